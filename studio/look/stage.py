"""`dress`: a twin in an outfit and a pose becomes a published look."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from studio.errors import StudioError
from studio.garment.catalog import Wear, draft, load_fabric, load_garment, parse_wear
from studio.look.cloth import along_grain
from studio.progress import Report, silent, within
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe
from studio.store.refs import Ref
from studio.store.store import Store

if TYPE_CHECKING:
    from studio.body.model import BodyModel, BodyParameters
    from studio.body.tape import Measures
    from studio.garment.imported import ImportedGarment
    from studio.garment.pattern import Pattern
    from studio.look.dress import Drape, Worn

#: What brings garments to rest.
SolverName = Literal["statics", "blender"]

#: What can change a look besides its inputs: the rooms that draft, sew and simulate, and the body's poses.
_CODE = ("look", "garment", "body", "mesh", "blender/cloth", "blender/serve", "blender/job", "engine", "frames", "specs")
_TOOLS = ("bpy", "numpy", "open3d", "scipy", "torch")


def dress(
    store: Store,
    twin: Ref,
    *,
    wear: tuple[str, ...],
    pose: str = "relaxed",
    solver: SolverName = "blender",
    name: str | None = None,
    report: Report = silent,
    again: bool = False,
) -> Production:
    """Sew and drape garments on a twin in a pose, and publish the result as ``look/name``.

    wear: ``GARMENT[:SIZE][:FABRIC][/COLOURWAY]``, innermost first; a garment of the library or an imported one. pose: A pose of the
    library. solver: ``statics`` finds the equilibrium of forces, ``blender`` simulates in time with Blender's cloth. name: The twin's name
    where it is None.

    The asset holds ``body.npz`` (the posed body's ``vertices`` and ``joints``, world [m], its ``offsets``, and its parameters by name),
    ``garment-<k>.npz`` innermost first (``vertices`` (V, 3) [m], ``faces`` (F, 3), ``uv_cm`` (F, 3, 2) with v along the grain, ``panel``
    (F,), ``rest_cm`` (V, 3): where the vertices were when it was sewn) and ``gates.json``. A look that fails a gate is published as
    failed.

    Raises StudioError for a garment, size, fabric or pose that does not exist, and where sewing or simulation break down.
    """
    from studio.body.poses import load_pose

    if not wear:
        raise StudioError("A look needs a garment: name one with --wear, for example --wear tee.")
    asset = store.resolve(twin)
    outfit = tuple(parse_wear(text, store=store) for text in wear)
    imported = _imported(store, outfit)
    garments = [Input(f"garment-{layer}", item.asset, imported[item.asset].asset.digest) for layer, item in enumerate(outfit) if item.asset]
    recipe = Recipe(
        stage="look.dress",
        inputs=(Input("twin", str(asset.ref), asset.digest), *garments),
        spec={
            "wear": [asdict(item) for item in outfit],
            "garments": [None if item.asset else load_garment(item.garment).spec.model_dump(mode="json") for item in outfit],
            "fabrics": [load_fabric(item.fabric).model_dump(mode="json") for item in outfit],
            "pose": load_pose(pose).model_dump(mode="json") | {"name": pose},
            "solver": solver,
        },
        tools=_TOOLS,
        code=_CODE,
    )
    production = store.produce(
        kind="look", name=name or twin.name, recipe=recipe, again=again,
        build=lambda made: _build(made, asset, outfit, imported, pose, solver, report),
    )  # fmt: skip
    report("done", 1.0)
    return production


def _imported(store: Store, outfit: tuple[Wear, ...]) -> dict[str, ImportedGarment]:
    """The imported garments of an outfit, by reference. Raises StudioError where one comes in several sizes and none is named."""
    from studio.garment.imported import load_imported

    garments = {item.asset: load_imported(store, item.asset) for item in outfit if item.asset}
    for item in outfit:
        if item.asset:
            garments[item.asset].size(item.size)
    return garments


def _build(
    made: Draft,
    twin: Asset,
    outfit: tuple[Wear, ...],
    imported: dict[str, ImportedGarment],
    pose: str,
    solver: SolverName,
    report: Report,
) -> Outcome:
    from studio.body.ground import pose_body
    from studio.body.model import BodyParameters, forward, load_body
    from studio.body.poses import load_pose
    from studio.engine import Engine
    from studio.frames import world_from_smplx
    from studio.look.dress import Piece, drape
    from studio.look.figure import build_figure
    from studio.look.follow import Statics
    from studio.look.settle import BlenderCloth

    report("posing", 0.0)
    arrays = twin.arrays("twin.npz")
    model = load_body(report=within(report, 0.0, 0.02))
    parameters, offsets = BodyParameters.from_arrays(arrays), np.asarray(arrays["offsets"], dtype=np.float32)
    if offsets.shape != model.template.shape:
        raise StudioError(f"{twin.ref} was made on another body model than '{model.name}'; fit it again.")
    patterns = _patterns(outfit, imported, model, parameters, offsets)
    posed = pose_body(model, parameters, load_pose(pose), offsets=offsets)
    figure = build_figure(model, posed, offsets=offsets)
    pieces = [Piece(item.garment, pattern, load_fabric(item.fabric).mechanics) for item, pattern in zip(outfit, patterns, strict=True)]
    draping = within(report, 0.05, 0.97)
    if solver == "statics":
        result = drape(figure, pieces, solver=Statics(), report=draping)
    else:
        jobs = Path(tempfile.mkdtemp(prefix="studio-look-"))  # kept where the simulation fails: the error names it, and it can be replayed
        with Engine() as engine:
            result = drape(figure, pieces, solver=BlenderCloth(engine, jobs), report=draping)
        shutil.rmtree(jobs)
    report("writing", 0.97)
    body = forward(model, posed, offsets=offsets)
    made.write_arrays(
        "body.npz",
        vertices=world_from_smplx(body.vertices),
        joints=world_from_smplx(body.joints),
        offsets=offsets,
        **posed.arrays(),
    )
    for index, worn in enumerate(result.garments):
        _write_garment(made, index, worn)
    facts = _facts(result, outfit, twin, model, pose)
    made.write_json("gates.json", {key: facts[key] for key in ("gates", "failures", "garments")})
    return Outcome(facts=facts, passed=result.gates.passed)


def _patterns(
    outfit: tuple[Wear, ...], imported: dict[str, ImportedGarment], model: BodyModel, parameters: BodyParameters, offsets: np.ndarray
) -> list[Pattern]:
    """Each garment as it was imported, drafted to its size, or drafted to the twin's own measures."""
    drafted = [item for item in outfit if not item.asset]
    measures = _measures(model, parameters, offsets) if any(item.size is None for item in drafted) else None
    patterns = []
    for item in outfit:
        if item.asset:
            patterns.append(imported[item.asset].pattern(item.size))
        elif item.size is None:
            patterns.append(draft(load_garment(item.garment), measures=measures))
        else:
            patterns.append(draft(load_garment(item.garment), size=item.size, chart=item.chart))
    return patterns


def _measures(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray) -> Measures:
    from studio.body.ground import stand
    from studio.body.measure import measure_body
    from studio.body.model import forward
    from studio.body.poses import apply_pose, load_pose
    from studio.frames import world_from_smplx
    from studio.look.figure import skin_faces

    standing = forward(model, stand(model, apply_pose(model, parameters, load_pose("a")), offsets=offsets), offsets=offsets)
    return measure_body(world_from_smplx(standing.vertices), world_from_smplx(standing.joints), skin_faces(model))


def _write_garment(made: Draft, index: int, worn: Worn) -> None:
    mesh = worn.mesh
    made.write_arrays(
        f"garment-{index}.npz",
        vertices=mesh.vertices.astype(np.float32),
        faces=mesh.faces.astype(np.int32),
        uv_cm=along_grain(100 * mesh.flat_m, mesh.panel, worn.panel_names, worn.piece.pattern).astype(np.float32),
        panel=mesh.panel.astype(np.int32),
        rest_cm=(100 * mesh.sewn_m).astype(np.float32),
    )


def _facts(result: Drape, outfit: tuple[Wear, ...], twin: Asset, model: BodyModel, pose: str) -> dict[str, object]:
    gates = result.gates
    return {
        "gates": {
            "penetrating_vertices": gates.penetrating_vertices,
            "penetrating_samples": gates.penetrating_samples,
            "deepest_mm": round(gates.deepest_mm, 3),
            "intersecting_pairs": gates.intersecting_pairs,
            "pairs_allowed": gates.pairs_allowed,
            "seam_gap_max_mm": round(gates.seam_gap_max_mm, 3),
            "settled_mm_per_frame": round(gates.settled_mm_per_frame, 3),
            "strain_p99": round(gates.strain_p99, 4),
            "strain_allowed": gates.strain_allowed,
        },
        "passed": gates.passed,
        "failures": list(gates.failures),
        "garments": [
            {
                **asdict(item),
                "panels": list(worn.panel_names),
                "ribs": [index for index, name in enumerate(worn.panel_names) if worn.piece.pattern.panel(name).cloth == "rib"],
                "vertices": len(worn.mesh.vertices),
                "frames": worn.settled.frames,
                "seconds": {step: round(seconds, 1) for step, seconds in worn.seconds.items()},
            }
            for item, worn in zip(outfit, result.garments, strict=True)
        ],
        "pose": pose,
        "twin": str(twin.ref),
        "body": {"name": model.name, "digest": model.digest},
        "subject": twin.facts.get("subject"),
    }
