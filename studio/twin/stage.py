"""`twin fit`: a published scan becomes a published twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.specs.fit import FitSpec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, Ref
from studio.store.store import Store
from studio.twin.twin import Twin, load_twin

__all__ = ["Twin", "fit_twin", "load_twin"]

#: What can change a twin besides its inputs: not reports, exports and whatever else this room makes of twins.
_CODE = (
    *(f"twin/{module}" for module in (
        "bending", "clothing", "complexion", "correspond", "degrees", "distances", "fit", "gates", "hands", "kinematics", "landmark_files",
        "landmarks", "measure", "offsets", "repair", "scalp", "skin", "solve", "stage", "starts", "swellings", "target", "twin",
        "unknowns",
    )),
    "body", "mesh/closest", "mesh/intersect", "mesh/normals", "mesh/section", "frames", "scan/reference", "scan/sampling", "specs/fit",
    "specs/appearance", "specs/pose",
)  # fmt: skip
_TOOLS = ("numpy", "open3d", "scipy", "torch")


def fit_twin(
    store: Store,
    scan: Ref | str,
    *,
    name: str | None = None,
    spec: FitSpec = FitSpec(),
    landmarks: Path | str | None = None,
    report: Report = silent,
    again: bool = False,
) -> Production:
    """Fit a body model to a scan and publish it as ``twin/name``, by default under the scan's name.

    landmarks: A file of landmarks or joints in the coordinates of the scan's own file (see `studio.twin.landmark_files`); what it holds
        joins, and where it has the same name replaces, what the spec holds.

    The asset holds ``twin.npz`` (see ARCHITECTURE.md): shape, the pose of the scan, and offsets, SMPL-X frame. Facts: ``scan_to_twin_mm``
    and ``parameters_only_mm`` (mean, median, p95 over every point of the scan), ``explained`` (share of the points within 30 mm),
    ``iterations``, ``mode`` and ``mode_reason``, ``body`` and ``body_digest``, ``scan``, ``subject``, ``appearance``, ``skin_melanin``,
    ``bare_scalp`` (whether the scan shows a scalp, not hair), ``noise_mm``, ``offset_crossings``, ``file_from_world``, ``coverage``
    (share of the skin that the scan shows) and ``coverage_by_part``, ``remarks`` and ``failures`` (sentences). A twin that cannot be
    believed (see `studio.twin.gates`) is published as failed.

    Raises StudioError for a missing scan, an unknown landmark or a bad landmark file, and MissingDependency for a missing body model.
    """
    from studio.body.model import load_body

    source = store.resolve(Ref.parse(scan, kind="scan") if isinstance(scan, str) else scan)
    remarks: tuple[str, ...] = ()
    if landmarks is not None:
        spec, remarks = _with_marks(spec, source, Path(landmarks))
    model = load_body(spec.body, report=within(report, 0.0, 0.05))
    recipe = Recipe(
        stage="twin.fit",
        inputs=(Input("scan", str(source.ref), source.digest), Input("body", model.name, model.digest)),
        spec=spec.model_dump(mode="json"),
        tools=_TOOLS,
        code=_CODE,
        seeds={"points": spec.seed},
    )

    def build(draft: Draft) -> Outcome:
        return build_twin(draft, source, model, spec, within(report, 0.05, 1.0), said=remarks)

    production = store.produce(kind="twin", name=name or source.ref.name, recipe=recipe, build=build, again=again)
    report("done", 1.0)
    return production


def _with_marks(spec: FitSpec, source: Asset, file: Path) -> tuple[FitSpec, tuple[str, ...]]:
    """The spec with the places of a file, in the world frame, and what is to be said about them."""
    from studio.twin.landmark_files import read_landmarks

    read = read_landmarks(file)
    marks = read.in_world(np.array(source.facts["file_from_world"]), source.arrays("scan.npz")["points"], name=file.name)
    joined = {
        "landmarks": spec.landmarks | dict(marks.landmarks),
        "joints": spec.joints | dict(marks.joints),
        "joints_sd_m": marks.joint_sd_m,
    }
    unused = ", ".join(marks.unused)
    remarks = (f"{file.name} was read as {marks.system}; the body has no place for {unused}.",) if unused else ()
    return spec.model_copy(update=joined), remarks


def build_twin(draft: Draft, source: Asset, model, spec: FitSpec, report: Report, *, said: tuple[str, ...] = ()) -> Outcome:
    """Fit to a scan and write what a twin's asset holds; the outcome says what is known of it. said: Remarks from before the fit."""
    from studio.twin.fit import Fit, fit_body
    from studio.twin.gates import judge
    from studio.twin.skin import outer_skin

    arrays = source.arrays("scan.npz")
    fit: Fit = fit_body(
        model, arrays["points"], arrays["normals"], faces=arrays.get("faces"), floor=source.facts["floor_seen"], spec=spec, report=report
    )
    draft.write_arrays("twin.npz", **fit.parameters.arrays(), offsets=fit.offsets, scan_offsets=fit.scan_offsets)
    skin = outer_skin(model)
    verdict = judge(model, skin, fit, arrays["points"], arrays["normals"], arrays.get("faces"))
    look = _complexion(model, skin, fit, arrays["points"], arrays.get("colours"))
    final, plain = fit.scan_to_twin.facts(), fit.parameters_only.facts()
    explained = final.pop("explained")
    plain.pop("explained")
    return Outcome(
        facts={
            "scan_to_twin_mm": final,
            "parameters_only_mm": plain,
            "explained": explained,
            "iterations": fit.iterations,
            "mode": fit.mode,
            "mode_reason": fit.mode_reason,
            "body": model.name,
            "body_digest": model.digest,
            "scan": str(source.ref),
            "subject": source.facts.get("subject"),
            "appearance": look.appearance,
            "skin_melanin": look.melanin,
            "bare_scalp": fit.bare_scalp,
            "noise_mm": round(fit.noise_mm, 3),
            "offset_crossings": fit.crossings,
            "file_from_world": source.facts["file_from_world"],
            "coverage": round(verdict.coverage, 3),
            "coverage_by_part": {name: round(share, 3) for name, share in verdict.parts.items()},
            "remarks": [*said, *verdict.remarks],
            "failures": list(verdict.failures),
        },
        passed=not verdict.failures,
    )


def _complexion(model, skin, fit, points: np.ndarray, colours: np.ndarray | None):
    """The appearance by the colours of those points that lie on the face or the hands of the fitted body."""
    from scipy.spatial import cKDTree

    from studio.body.model import forward
    from studio.frames import world_from_smplx
    from studio.twin.complexion import complexion
    from studio.twin.skin import PARTS

    figure = _figure(model, fit)
    if colours is None:
        return complexion(None, np.zeros(0, dtype=bool), figure=figure)
    body = world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets + fit.scan_offsets).vertices)
    distance, nearest = cKDTree(body).query(points, distance_upper_bound=0.02, workers=-1)
    part = np.append(skin.part, -1)[nearest]
    bare = np.isfinite(distance) & np.isin(part, [PARTS.index(name) for name in ("head", "left_hand", "right_hand")])
    return complexion(colours, bare, figure=figure)


def _figure(model, fit) -> str:
    """Whether appearances for women or for men are proposed, by the tape; a shape that cannot be measured gets the first."""
    from studio.twin.complexion import BUST_OVER_UNDERBUST_M
    from studio.twin.measure import measures_of_shape

    try:
        measures = measures_of_shape(model, fit.parameters, fit.offsets)
    except StudioError:
        return "female"
    return "female" if measures["bust_girth"].value_m - measures["underbust_girth"].value_m > BUST_OVER_UNDERBUST_M else "male"
