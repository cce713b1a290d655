"""An outfit of garments that are simulated and garments that are finished, in the order in which they are worn.

A finished garment takes the place of one that was sewn and settled: what is worn over it meets it as an obstacle, and the gates measure it.
Shoes and hats are put on the body before, since the body stands in its shoes.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.body.model import BodyModel, BodyParameters, forward
from studio.frames import world_from_smplx
from studio.garment.finished.asset import FinishedGarment
from studio.garment.finished.mend import GarmentMesh
from studio.garment.finished.mesh import Material, Variant
from studio.look import dress as sewing
from studio.look.cloth import Cloth
from studio.look.dress import Drape, Piece, Worn
from studio.look.figure import Figure, skin_faces
from studio.look.finish import RenderMesh, Subdivision, subdivide
from studio.look.gates import Allowed
from studio.look.obstacle import Layered, Obstacle, OuterBody, WornCloth
from studio.look.parting import give_way
from studio.look.sew import Sewn
from studio.look.solver import Settled, Solver
from studio.look.wearing.bound import bound_vertices
from studio.look.wearing.carry import carrier
from studio.look.wearing.clear import NearCloth, lifted
from studio.look.wearing.feet import ShoeSolid
from studio.look.wearing.hats import put_hat_on
from studio.look.wearing.rigid import Rigid, rigid_keys
from studio.look.wearing.shoes import put_shoes_on
from studio.look.wearing.turns import skin_turns
from studio.mesh.intersect import self_intersections
from studio.progress import Report, silent
from studio.specs.fabric import FabricMechanics
from studio.store import Asset, Draft

#: Soft garments with longer edges than this are subdivided, so that they can lie on the body [m]; so many times at most.
_EDGE_M, _LEVELS = 0.011, 2
#: More triangles are not made by subdividing.
_MOST_TRIANGLES = 300_000
#: Strain, of cloth, ribs and bias, does not apply to a mesh that has no flat pattern to be stretched from; it is measured as zero, and this
#: is never reached.
_STRAINED = (0.05, 0.05, 0.05)


@dataclass(frozen=True, eq=False)
class FinishedPiece:
    """A finished garment to put on. variant: In which it comes. fabric: How thick it is."""

    name: str
    garment: FinishedGarment
    variant: Variant
    fabric: FabricMechanics


@dataclass(frozen=True, eq=False)
class FittedPiece:
    """A finished garment that is worn: what is rendered of it beside its mesh.

    uv_cm, panel: Pattern coordinates of the corners, (F, 3, 2), and the piece of each face. corner_uv: Of its pictures, or None. material:
    Of each face, a number into ``materials``, (F,). rest_m: Its vertices in its own file's pose [m], (V, 3). remarks: How it was fitted.
    """

    name: str
    garment: FinishedGarment
    fabric: FabricMechanics
    uv_cm: np.ndarray
    panel: np.ndarray
    corner_uv: np.ndarray | None
    material: np.ndarray
    materials: tuple[Material, ...]
    rest_m: np.ndarray
    remarks: tuple[str, ...]
    ribs: tuple[int, ...] = ()

    def facts(self) -> dict[str, object]:
        """What a look says of it beside what it says of any garment."""
        own = {"kind": self.garment.kind, "materials": [each.model_dump(mode="json") for each in self.materials]}
        return own | {"remarks": list(self.remarks)}


@dataclass(frozen=True, eq=False)
class Stance:
    """A body in its accessories: pose and offsets of the look, and what is rigid on it by the piece's place in the outfit.

    solids: Its shoes as obstacles. remarks: What was done. Both by the piece's place.
    """

    posed: BodyParameters
    offsets: np.ndarray
    rigid: dict[int, tuple[GarmentMesh, tuple[Rigid, ...]]]
    solids: dict[int, tuple[ShoeSolid, ...]]
    remarks: dict[int, tuple[str, ...]]


def stand_in(model: BodyModel, posed: BodyParameters, pieces: Sequence[Piece | FinishedPiece], *, offsets: np.ndarray) -> Stance:
    """Put shoes and hats on a posed body, and make room for cloth between its limbs; without any it stands as it did."""
    rigid, solids, remarks = {}, {}, {}
    ordered = sorted(enumerate(pieces), key=lambda pair: _kind(pair[1]) == "hat")  # shoes first: they move the body
    for index, piece in ordered:
        if _kind(piece) not in ("shoe", "hat"):
            continue
        mesh, binding = piece.garment.mesh, piece.garment.binding
        if _kind(piece) == "shoe":
            shod = put_shoes_on(model, posed, mesh, binding=binding, offsets=offsets, name=piece.name)
            posed, offsets = shod.posed, shod.offsets
            rigid[index], solids[index], remarks[index] = (shod.mesh, shod.parts), shod.solids, shod.remarks
        else:
            hatted = put_hat_on(model, posed, mesh, binding=binding, offsets=offsets, name=piece.name)
            rigid[index], remarks[index] = (hatted.mesh, (hatted.part,)), (hatted.remark,)
    covered = [frozenset(panel.placement.region for panel in piece.pattern.panels) for piece in pieces if isinstance(piece, Piece)]
    return Stance(posed, give_way(model, posed, covered, offsets=offsets), rigid, solids, remarks)


def drape_outfit(
    figure: Figure, pieces: Sequence[Piece | FinishedPiece], model: BodyModel, stance: Stance, *, solver: Solver, report: Report = silent
) -> Drape:
    """Dress a figure in its last pose, as `studio.look.dress.drape`, in garments of both kinds."""

    def put_on(fitting: sewing.Fitting, piece: Piece | FinishedPiece, worn: Sequence[Worn], part: Report) -> Worn:
        if isinstance(piece, Piece):
            return fitting.put_on(piece, worn, part)
        part(f"fitting {piece.name}", 0.0)
        return put_on_finished(figure, piece, len(worn), model, stance, worn)

    return sewing.dressed(sewing.Fitting(figure, solver, sewing.EDGE_LENGTH_M), pieces, put_on, report=report)


def finished_piece(name: str, asset: Asset, variant: str, fabric: FabricMechanics) -> FinishedPiece:
    """A published finished garment in one of its variants."""
    garment = FinishedGarment(asset)
    return FinishedPiece(name, garment, garment.variant(variant), fabric)


def write_fitted(made: Draft, index: int, piece: FittedPiece, mesh: RenderMesh) -> None:
    """Write a worn finished garment into a look: as any garment, and ``corner_uv`` (F, 3, 2), ``material`` (F,) and its pictures.

    A picture's role is that of the garment's own after ``garment-<k>-``. ``rest_cm`` is where the vertices were in the garment's file.
    """
    own = {} if piece.corner_uv is None or not piece.materials else {"corner_uv": piece.corner_uv.astype(np.float32)}
    made.write_arrays(
        f"garment-{index}.npz", vertices=mesh.vertices.astype(np.float32), faces=mesh.faces.astype(np.int32),
        uv_cm=piece.uv_cm.astype(np.float32), panel=piece.panel.astype(np.int32), rest_cm=(100 * piece.rest_m).astype(np.float32),
        material=piece.material, **own,
    )  # fmt: skip
    used = {picture for each in piece.materials for picture in (each.colour, each.normal, each.surface) if picture is not None}
    for picture in sorted(used):
        shutil.copyfile(piece.garment.asset.path(picture), made.path(f"garment-{index}-{picture}"))


def _kind(piece: Piece | FinishedPiece) -> str:
    return piece.garment.kind if isinstance(piece, FinishedPiece) else "sewn"


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A garment's mesh as it is worn and as it was, its pattern coordinates, and its positions in all poses of the figure, (P, V, 3)."""

    mesh: GarmentMesh
    rest_m: np.ndarray
    uv_cm: np.ndarray
    panel: np.ndarray
    keys: np.ndarray


def put_on_finished(
    figure: Figure, piece: FinishedPiece, index: int, model: BodyModel, stance: Stance, worn: Sequence[Worn]
) -> Worn:  # fmt: skip
    """A finished garment on a figure in its last pose, over those that are worn already. index: Its place in the outfit of the stance."""
    fitted = _rigid(figure, piece, model, *stance.rigid[index]) if index in stance.rigid else _soft(figure, piece, model, stance, worn)
    mesh = fitted.mesh
    flat = _laid_flat(mesh.vertices[mesh.faces])
    materials, material = _looks(piece, mesh.part)
    own = FittedPiece(
        piece.name, piece.garment, piece.fabric, fitted.uv_cm, fitted.panel, mesh.corner_uv, material, materials, fitted.rest_m,
        stance.remarks.get(index, ()),
    )  # fmt: skip
    render = RenderMesh(mesh.vertices, mesh.faces, flat, fitted.panel.astype(np.int64), mesh.vertices)
    none = np.zeros((0, 2), np.int64)
    cloth = Cloth(len(mesh.vertices), mesh.faces, flat, fitted.panel.astype(np.int64), (), none, np.zeros(0))
    sewn = Sewn(cloth, mesh.vertices, np.arange(len(mesh.vertices)), 0.0, 0)
    crossings = len(self_intersections(mesh.vertices, mesh.faces))  # its own: layers of its file, which no solver made
    return Worn(own, render, (), sewn, Settled(mesh.vertices, fitted.keys, 0.0, 0.0, 0), Allowed(crossings, *_STRAINED), {})


def _rigid(figure: Figure, piece: FinishedPiece, model: BodyModel, mesh: GarmentMesh, parts: tuple[Rigid, ...]) -> _Fitted:
    uv_cm, panel = piece.garment.pattern
    if len(mesh.faces) == 2 * len(uv_cm):  # a shoe and its mirror image, whose triangles are turned over
        uv_cm, panel = np.concatenate([uv_cm, uv_cm[:, ::-1]]), np.tile(panel, 2)
    keys, start = [], 0
    for part in parts:
        own = mesh.vertices[start : start + len(part.local)]
        stiff = rigid_keys(own, figure, model.weights, part.joint)
        share = part.share[:, None]
        keys.append(stiff if share.all() else share * stiff + (1 - share) * _carried_keys(own, figure, model))
        start += len(part.local)
    return _Fitted(mesh, piece.garment.mesh.vertices[mesh.source], uv_cm, panel, np.concatenate(keys, axis=1))


def _soft(figure: Figure, piece: FinishedPiece, model: BodyModel, stance: Stance, worn: Sequence[Worn]) -> _Fitted:
    rest = piece.garment.mesh
    fine, uv_cm, panel, rest_m = _finer(
        replace(rest, vertices=_on_twin(piece.garment, model, stance)), *piece.garment.pattern, rest.vertices
    )
    shoes = [solid for index, pair in stance.solids.items() if index < len(worn) for solid in pair]
    x = lifted(fine.vertices, fine.faces, _below(figure, stance, worn), shoes=shoes)
    if shoes:  # what the solids leave, as the gates see it
        x = lifted(x, fine.faces, _below(figure, None, worn), together=False)
    mesh = replace(fine, vertices=x)
    return _Fitted(mesh, rest_m, uv_cm, panel, _carried_keys(mesh.vertices, figure, model))


def _carried_keys(vertices: np.ndarray, figure: Figure, model: BodyModel) -> np.ndarray:
    """Vertices that are given in a figure's last pose, in all of its poses as the skin carries them, (P, N, 3)."""
    last = figure.vertices[-1]
    carried = carrier(vertices, last, figure.faces, carries=figure.dressable)
    return np.array([*(carried.to(skin, skin_turns(last, skin, model.weights)) for skin in figure.vertices[:-1]), vertices])


def _on_twin(garment: FinishedGarment, model: BodyModel, stance: Stance) -> np.ndarray:
    """A soft garment's vertices on the posed twin before they are lifted off anything [m], world, shape (V, 3)."""
    if (binding := garment.binding) is not None:
        return bound_vertices(model, stance.posed, binding, offsets=stance.offsets)
    arrays = garment.mannequin
    made_on = BodyParameters.from_arrays(arrays)
    source, target = (
        world_from_smplx(forward(model, parameters, offsets=offsets).vertices.astype(np.float64))
        for parameters, offsets in ((made_on, arrays["offsets"]), (stance.posed, stance.offsets))
    )
    hands = [joint for joint in range(model.weights.shape[1]) if joint >= 25 or joint in (20, 21)]
    carries = model.weights[:, hands].sum(axis=1) < 0.5  # a hand beside a skirt does not carry it
    faces = skin_faces(model)
    return carrier(garment.mesh.vertices, source, faces, carries=carries).to(target, skin_turns(source, target, model.weights))


def _finer(
    mesh: GarmentMesh, uv_cm: np.ndarray, panel: np.ndarray, rest_m: np.ndarray
) -> tuple[GarmentMesh, np.ndarray, np.ndarray, np.ndarray]:
    """The mesh, and what goes with it, with its triangles cut in four until they are small enough to lie on a body."""
    for _ in range(_LEVELS):
        corners = mesh.vertices[mesh.faces]
        edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
        if np.median(edges) < _EDGE_M or 4 * len(mesh.faces) > _MOST_TRIANGLES:
            break
        fine = subdivide(mesh.faces, len(mesh.vertices))
        uv = None if mesh.corner_uv is None else Subdivision.corners(mesh.corner_uv)
        vertices = fine.vertices(mesh.vertices)
        mesh = GarmentMesh(vertices, fine.faces, np.tile(mesh.part, 4), uv, np.arange(len(vertices)))
        uv_cm, panel, rest_m = Subdivision.corners(uv_cm), np.tile(panel, 4), fine.vertices(rest_m)
    return mesh, uv_cm, panel, rest_m


def _below(figure: Figure, stance: Stance | None, worn: Sequence[Worn]) -> Obstacle:
    """The body under what is worn already, each as thick as its cloth; shoes as the solids of a stance, if one is given."""
    parts, standoffs = [OuterBody(figure.vertices[-1], figure.faces)], [0.0]
    for index, other in enumerate(worn):
        solids = (stance and stance.solids.get(index)) or (NearCloth(WornCloth(other.mesh.vertices, other.mesh.faces)),)
        parts += solids
        standoffs += [other.piece.fabric.thickness_mm / 1000] * len(solids)
    return Layered(parts, standoffs) if worn else parts[0]


def _looks(piece: FinishedPiece, part: np.ndarray) -> tuple[tuple[Material, ...], np.ndarray]:
    """The materials that the variant uses, and the one of each face, (F,); none where it wears a fabric."""
    if not piece.garment.materials:
        return (), np.zeros(len(part), np.int32)
    used, material = np.unique(np.array(piece.variant.materials)[part], return_inverse=True)
    return tuple(piece.garment.materials[number] for number in used), material.astype(np.int32)


def _laid_flat(corners: np.ndarray) -> np.ndarray:
    """Each triangle in a plane of its own, (F, 3, 2) from (F, 3, 3): by what it is, so that it is stretched by nothing."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.maximum(np.linalg.norm(a, axis=1), 1e-12)
    along = np.einsum("fd,fd->f", a, b) / length
    across = np.sqrt(np.maximum(np.einsum("fd,fd->f", b, b) - along**2, 1e-24))
    flat = np.zeros((len(corners), 3, 2))
    flat[:, 1, 0], flat[:, 2, 0], flat[:, 2, 1] = length, along, across
    return flat
