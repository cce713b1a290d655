"""`dress`: a twin in an outfit and a pose becomes a published look."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from studio.errors import StudioError
from studio.garment.catalog import Wear, draft, load_fabric, load_garment, parse_wear
from studio.garment.finished.asset import is_finished
from studio.look.cloth import along_grain
from studio.progress import Report, silent, within
from studio.specs.wind import WindSpec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe
from studio.store.refs import Ref
from studio.store.store import Store

if TYPE_CHECKING:
    from studio.body.model import BodyModel, BodyParameters
    from studio.body.tape import Measures
    from studio.garment.imported import ImportedGarment
    from studio.look.dress import Drape, Piece, Worn
    from studio.look.gates import Gates
    from studio.look.solver import Stress
    from studio.look.wearing.outfit import FinishedPiece, Stance

#: What brings garments to rest.
SolverName = Literal["statics", "blender"]

#: What ribs are cut from.
RIB = "rib-knit"

#: What can change a look besides its inputs: the rooms that draft, sew and simulate, the body's poses, and the specs that they read.
CODE = (
    "look", "garment", "body", "mesh", "blender/cloth", "blender/serve", "blender/job", "engine", "frames",
    *(f"specs/{name}" for name in ("base", "fabric", "garment", "motion", "pose", "sizes", "wind")),
)  # fmt: skip
TOOLS = ("bpy", "numpy", "open3d", "scipy", "torch")


def dress(
    store: Store,
    twin: Ref,
    *,
    wear: tuple[str, ...],
    pose: str = "relaxed",
    solver: SolverName = "statics",
    wind: WindSpec | None = None,
    name: str | None = None,
    report: Report = silent,
    again: bool = False,
) -> Production:
    """Sew and drape garments on a twin in a pose, and publish the result as ``look/name``.

    wear: ``GARMENT[:SIZE][:FABRIC][/COLOURWAY]``, innermost first; a garment of the library or an imported one. pose: A pose of the
    library, or another reference (see `studio.body.references`). solver: ``statics`` finds the equilibrium of forces, ``blender`` simulates
    in time with Blender's cloth. wind: That blows in the pose, for statics. name: The twin's name where it is None.

    The asset holds ``body.npz`` (the posed body's ``vertices`` and ``joints``, world [m], its ``offsets``, and its parameters by name),
    ``garment-<k>.npz`` innermost first (``vertices`` (V, 3) [m], ``faces`` (F, 3), ``uv_cm`` (F, 3, 2) with v along the grain, ``panel``
    (F,), ``rest_cm`` (V, 3): where the vertices were when it was sewn) and ``gates.json``. Where the solver knows forces it also holds what
    a fit report reads: ``pattern-<k>.json``, and ``sheet-<k>.npz``, the mesh that was simulated: ``vertices`` (V, 3) [m], ``faces`` (F, 3),
    ``grain_m`` (F, 3, 2): flat corners, warp along y [m], ``panel`` (F,), and its stress (see `Stress`). A look that fails a gate is
    published as failed.

    Raises StudioError for a garment, size, fabric or pose that does not exist, and where sewing or simulation break down.
    """
    from studio.body.poses import load_pose

    if wind is not None and solver != "statics":
        raise StudioError("Wind is blown by the solver 'statics' alone: leave --solver out, or --wind.")
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
            "fabrics": [load_fabric(name).model_dump(mode="json") for name in (*(item.fabric for item in outfit), RIB)],
            "pose": load_pose(pose).model_dump(mode="json") | {"name": pose},
            "solver": solver,
            "wind": None if wind is None else wind.model_dump(mode="json"),
        },
        tools=TOOLS,
        code=CODE,
    )
    production = store.produce(
        kind="look", name=name or twin.name, recipe=recipe, again=again,
        build=lambda made: _build(made, asset, outfit, imported, pose, solver, wind, report),
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
    wind: WindSpec | None,
    report: Report,
) -> Outcome:
    from studio.body.ground import pose_body
    from studio.body.model import BodyParameters, load_body
    from studio.body.poses import load_pose
    from studio.engine import Engine
    from studio.look.figure import build_figure
    from studio.look.follow import Statics
    from studio.look.settle import BlenderCloth
    from studio.look.wearing.outfit import drape_outfit, stand_in

    report("posing", 0.0)
    arrays = twin.arrays("twin.npz")
    model = load_body(report=within(report, 0.0, 0.02))
    parameters, offsets = BodyParameters.from_arrays(arrays), np.asarray(arrays["offsets"], dtype=np.float32)
    if offsets.shape != model.template.shape:
        raise StudioError(f"{twin.ref} was made on another body model than '{model.name}'; fit it again.")
    pieces = _pieces(outfit, imported, model, parameters, offsets)
    stance = stand_in(model, pose_body(model, parameters, load_pose(pose), offsets=offsets), pieces, offsets=offsets)
    figure = build_figure(model, stance.posed, offsets=stance.offsets, astride=any(_has_legs(piece) for piece in pieces))
    draping = within(report, 0.05, 0.97)
    if solver == "statics":
        result = drape_outfit(figure, pieces, model, stance, solver=Statics(None if wind is None else wind.velocity_m_s), report=draping)
    else:
        jobs = Path(tempfile.mkdtemp(prefix="studio-look-"))  # kept where the simulation fails: the error names it, and it can be replayed
        with Engine() as engine:
            result = drape_outfit(figure, pieces, model, stance, solver=BlenderCloth(engine, jobs), report=draping)
        shutil.rmtree(jobs)
    report("writing", 0.97)
    return write_look(made, result, model, stance, outfit=outfit, twin=twin, pose=pose)


def write_look(
    made: Draft, result: Drape, model: BodyModel, stance: Stance, *, outfit: tuple[Wear, ...], twin: Asset, pose: str
) -> Outcome:  # fmt: skip
    """Write a dressed body into a draft of a look, as `dress` describes it. pose: What it is called."""
    from studio.body.model import forward
    from studio.frames import world_from_smplx

    body = forward(model, stance.posed, offsets=stance.offsets)
    made.write_arrays(
        "body.npz",
        vertices=world_from_smplx(body.vertices),
        joints=world_from_smplx(body.joints),
        offsets=stance.offsets,
        **stance.posed.arrays(),
    )
    write_garments(made, result.garments)
    facts = _facts(result, outfit, twin, model, pose)
    made.write_json("gates.json", {key: facts[key] for key in ("gates", "failures", "garments")})
    return Outcome(facts=facts, passed=result.gates.passed)


def _pieces(
    outfit: tuple[Wear, ...], imported: dict[str, ImportedGarment], model: BodyModel, parameters: BodyParameters, offsets: np.ndarray
) -> list[Piece | FinishedPiece]:
    """Each garment as it was imported, drafted to its size, or drafted to the twin's own measures; a finished one in its variant."""
    from studio.look.dress import Piece
    from studio.look.wearing.outfit import finished_piece

    drafted = [item for item in outfit if not item.asset]
    measures = _measures(model, parameters, offsets) if any(item.size is None for item in drafted) else None
    pieces, rib = [], load_fabric(RIB).mechanics
    for item in outfit:
        fabric = load_fabric(item.fabric).mechanics
        if item.asset and is_finished(imported[item.asset].asset):
            pieces.append(finished_piece(item.garment, imported[item.asset].asset, imported[item.asset].size(item.size), fabric))
        elif item.asset:
            pieces.append(Piece(item.garment, imported[item.asset].pattern(item.size), fabric, rib))
        elif item.size is None:
            pieces.append(Piece(item.garment, draft(load_garment(item.garment), measures=measures), fabric, rib))
        else:
            pieces.append(Piece(item.garment, draft(load_garment(item.garment), size=item.size, chart=item.chart), fabric, rib))
    return pieces


def _has_legs(piece: Piece | FinishedPiece) -> bool:
    from studio.look.dress import Piece

    return isinstance(piece, Piece) and any(panel.placement.region.endswith("leg") for panel in piece.pattern.panels)


def _measures(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray) -> Measures:
    from studio.body.ground import stand
    from studio.body.measure import measure_body
    from studio.body.model import forward
    from studio.body.poses import apply_pose, load_pose
    from studio.frames import world_from_smplx
    from studio.look.figure import skin_faces

    standing = forward(model, stand(model, apply_pose(model, parameters, load_pose("a")), offsets=offsets), offsets=offsets)
    return measure_body(world_from_smplx(standing.vertices), world_from_smplx(standing.joints), skin_faces(model))


def write_garments(made: Draft, garments: Sequence[Worn]) -> None:
    """Write the garments of a look, innermost first. Those of an animation have vertices of shape (T, V, 3)."""
    for index, worn in enumerate(garments):
        _write_garment(made, index, worn)


def _write_garment(made: Draft, index: int, worn: Worn) -> None:
    from studio.look.wearing.outfit import FittedPiece, write_fitted

    if isinstance(worn.piece, FittedPiece):
        write_fitted(made, index, worn.piece, worn.mesh)
        return
    mesh = worn.mesh
    made.write_arrays(
        f"garment-{index}.npz",
        vertices=mesh.vertices.astype(np.float32),
        faces=mesh.faces.astype(np.int32),
        uv_cm=(100 * worn.grain_m).astype(np.float32),
        panel=mesh.panel.astype(np.int32),
        rest_cm=(100 * mesh.sewn_m).astype(np.float32),
    )
    if worn.settled.stress is not None:
        _write_sheet(made, index, worn, worn.settled.stress)


def _write_sheet(made: Draft, index: int, worn: Worn, stress: Stress) -> None:
    """The mesh that was simulated and what it bears, with its pattern: what is known of forces is known there."""
    from studio.garment.formats.garmentcode_write import garmentcode

    cloth = worn.sewn.cloth
    made.write_json(f"pattern-{index}.json", garmentcode(worn.piece.pattern))
    made.write_arrays(
        f"sheet-{index}.npz",
        vertices=worn.settled.vertices,
        faces=cloth.faces.astype(np.int32),
        grain_m=along_grain(cloth.flat_m, cloth.panel, cloth.panel_names, worn.piece.pattern),
        panel=cloth.panel.astype(np.int32),
        stretch=stress.stretch.astype(np.float32),
        shear=stress.shear.astype(np.float32),
        tension_n_m=stress.tension_n_m.astype(np.float32),
        pressure_pa=stress.pressure_pa.astype(np.float32),
    )


def _facts(result: Drape, outfit: tuple[Wear, ...], twin: Asset, model: BodyModel, pose: str) -> dict[str, object]:
    from studio.body.references import pose_label

    gates = result.gates
    return {
        "gates": gate_facts(gates),
        "passed": gates.passed,
        "failures": list(gates.failures),
        "garments": garment_facts(result.garments, outfit),
        "pose": pose_label(pose),
        "twin": str(twin.ref),
        "body": {"name": model.name, "digest": model.digest},
        "subject": twin.facts.get("subject"),
    }


def garment_facts(garments: Sequence[Worn], outfit: Sequence[Wear]) -> list[dict[str, object]]:
    """What a look says of each garment: what was asked for, and how it was made."""
    from studio.look.wearing.outfit import FittedPiece

    return [
        {
            **asdict(item),
            "panels": list(worn.panel_names),
            "ribs": list(worn.piece.ribs),
            "vertices": len(worn.mesh.vertices),
            "frames": worn.settled.frames,
            "motion_p95_mm": round(worn.settled.motion_p95_mm, 3),
            "seconds": {step: round(seconds, 1) for step, seconds in worn.seconds.items()},
            **(worn.piece.facts() if isinstance(worn.piece, FittedPiece) else {}),
        }
        for item, worn in zip(outfit, garments, strict=True)
    ]


def gate_facts(gates: Gates) -> dict[str, int | float]:
    """What was measured, as the facts of a look have it."""
    return {
        "penetrating_vertices": gates.penetrating_vertices,
        "penetrating_samples": gates.penetrating_samples,
        "deepest_mm": round(gates.deepest_mm, 3),
        "intersecting_pairs": gates.intersecting_pairs,
        "pairs_allowed": gates.pairs_allowed,
        "seam_gap_max_mm": round(gates.seam_gap_max_mm, 3),
        "settled_mm_per_frame": round(gates.settled_mm_per_frame, 3),
        "strain_p99": round(gates.strain_p99, 4),
        "strain_allowed": gates.strain_allowed,
        "bias_p99": round(gates.bias_p99, 4),
        "bias_allowed": round(gates.bias_allowed, 4),
    }
