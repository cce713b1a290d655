"""`scan add`: a file becomes a published scan."""

from __future__ import annotations

from pathlib import Path

from studio.progress import Report, silent, within
from studio.scan.readers import companions, read_scan
from studio.specs.scan import ScanSpec
from studio.store import Draft, Input, Outcome, Production, Recipe, file_digest
from studio.store.store import Store


def add_scan(
    store: Store, file: Path | str, *, name: str, subject: str, spec: ScanSpec = ScanSpec(), report: Report = silent, again: bool = False
) -> Production:
    """Read, clean, orient and scale a scan file, and publish it as ``scan/name``.

    subject: ``synthetic``, or the name of the person who was scanned; their consent is looked up by it.

    The asset holds ``scan.npz``: ``points`` (N, 3) float32 in world metres, ``normals`` (N, 3) float32, where the capture had them
    ``colours`` (N, 3) uint8 sRGB, and for a mesh ``faces`` (F, 3) int32. A textured mesh also has its pictures, ``picture-<k>.png``, and
    in ``scan.npz`` which of them each triangle shows, ``picture`` (F,) int32, -1 for none, and where, ``corner_uv`` (F, 3, 2) float32
    with the origin at the lower left. Its facts say how the file was read; ``file_from_world`` takes world metres back to the file's own
    coordinates and unit.

    Raises StudioError in one sentence for a file that cannot be read or does not show a person.
    """
    from studio.body.model import load_body

    file = Path(file)
    needed = companions(file)  # also refuses what is no scan file, before it is hashed
    recipe = Recipe(
        stage="scan.add",
        inputs=(
            Input("file", file.name, file_digest(file)),
            *(Input("companion", path.name, file_digest(path)) for path in needed),
            Input("reference", "open body", load_body("open").digest),
        ),
        spec=spec.model_dump(mode="json") | {"subject": subject, "suffix": file.suffix.lower()},
        tools=("numpy", "open3d", "pillow", "scipy"),
        code=("scan", "specs/scan", "mesh/normals", "frames"),
    )

    def build(draft: Draft) -> Outcome:
        from studio.scan.pictures import write_picture
        from studio.scan.prepare import prepare

        report("reading", 0.0)
        raw = read_scan(file)
        scan = prepare(raw, spec, name=file.name, report=within(report, 0.1, 0.9))
        report("writing", 0.9)
        arrays = {"points": scan.points.astype("float32"), "normals": scan.normals}
        if scan.colours is not None:
            arrays["colours"] = scan.colours
        if scan.faces is not None:
            arrays["faces"] = scan.faces.astype("int32")
        if scan.paint is not None:
            arrays["picture"], arrays["corner_uv"] = scan.paint.picture.astype("int32"), scan.paint.corner_uv.astype("float32")
            for index, picture in enumerate(scan.paint.pictures):
                write_picture(picture, draft.path(f"picture-{index}.png"))
        draft.write_arrays("scan.npz", **arrays)
        return Outcome(
            facts={
                "points": len(scan.points),
                "height_m": round(scan.height_m, 4),
                "unit": scan.unit,
                "up": scan.up,
                "facing": scan.facing,
                "up_confidence": round(scan.up_confidence, 3),
                "facing_confidence": round(scan.facing_confidence, 3),
                "colour": scan.colours is not None,
                "pictures": 0 if scan.paint is None else len(scan.paint.pictures),
                "faces": 0 if scan.faces is None else len(scan.faces),
                "removed": scan.removed,
                "floor_seen": scan.floor,
                "subject": subject,
                "file_from_world": scan.file_from_world.tolist(),
                "remarks": list(scan.remarks),
            }
        )

    production = store.produce(kind="scan", name=name, recipe=recipe, build=build, again=again)
    report("done", 1.0)
    return production
