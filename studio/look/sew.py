"""Sewing: the placed panels are drawn together along their seams, round the body and never into it, then welded and untangled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from studio.garment.meshing import PatternMesh
from studio.garment.pattern import Pattern
from studio.look.attach import Garment, lay_over, over_garment, sewing_order, vertices_of
from studio.look.cloth import Cloth, merged, weld_cloth
from studio.look.field import DistanceField, distance_field
from studio.look.figure import Figure
from studio.look.obstacle import Obstacle
from studio.look.place import place
from studio.look.projective import ProjectiveSystem, Weights, limited_step
from studio.look.relax import iron, relax

#: Found by trial on a tee, a skirt and trousers: stiff seams, little bending, inertia small enough for panels to travel 250 mm.
SEWING = Weights(inertia=0.05, bending=0.07, seam=4.0)
#: Iterations in which the seams close evenly, and in which they stay closed while the cloth comes to rest. In the last of those they are
#: pulled shut where they end, as over a slit, by stiffer seams: what the weld had to close there was 1.8 mm, and is 0.3.
CLOSING, HOLDING, SHUTTING = 160, 60, 12
SHUT = replace(SEWING, seam=24.0)
#: When something has been sewn on, the garment gives way in so many iterations to close and to rest.
_GIVING = 20
#: Share of the last step that is taken again, and the longest step of a vertex in one iteration [m].
MOMENTUM, LONGEST_STEP_M = 0.8, 0.010
#: Distance from the body that sewing keeps [m], and the sewn garment: just outside the contact distance of the simulation that follows
#: (3 mm), so that a waistband starts in contact; one that starts 6 mm off falls 3 cm before it holds (measured).
CLEARANCE_M, SEWN_CLEARANCE_M = 0.006, 0.0033
#: After welding the seams resist bending as well; what armholes tangled comes apart in 5 to 15 rounds.
WELDED_INERTIA, WELDED_BENDING = 0.05, 0.036
LEAST_ROUNDS, MOST_ROUNDS = 1, 60
#: What is still tangled then is pressed flat with so many rings around it, more each time, and rests again, while springs may stay short by
#: a share: the equilibrium that follows lays it in folds. A tee with sleeves in halves: 73 crossings, none after the first time.
IRONED, MOST_IRONED, SLACK = (3, 5, 7, 9), 30, 0.5
#: The field around the placed panels reaches this far beyond them [m].
FIELD_MARGIN_M = 0.06


@dataclass(frozen=True)
class Sewn:
    """A garment sewn round a body, in one piece.

    cloth: Its connections and flat shape. vertices: Positions [m], shape (V, 3), float64.
    welded: Vertex of ``cloth`` for each vertex of the pattern mesh.
    seam_gap_max_m: Largest distance that the weld had to close [m]. crossings: Edges that pass through triangles.
    """

    cloth: Cloth
    vertices: np.ndarray
    welded: np.ndarray
    seam_gap_max_m: float
    crossings: int


class Room(Protocol):
    """What sewing keeps cloth out of."""

    def push_out(self, points: np.ndarray, clearance_m: float, *, rounds: int = 2) -> np.ndarray:
        """The points, those closer than ``clearance_m`` moved away."""
        ...


def sew(pattern: Pattern, mesh: PatternMesh, figure: Figure, around: Obstacle, worn: Sequence[np.ndarray]) -> Sewn:
    """Sew a garment on a figure in its first pose: first what goes round the body, then stands and hoods, then what is turned over.

    around: The body under what is worn. worn: The triangles of that, shape (F, 3, 3) each.
    """
    x, sewn, body = np.zeros((len(mesh.flat_m), 3)), np.zeros(len(mesh.flat_m), dtype=bool), None
    for names in sewing_order(pattern):
        new, garment = vertices_of(mesh, names), Garment(mesh, x.copy(), sewn.copy())
        if sewn.any() and all(pattern.panel(name).placement.turned for name in names):
            x = lay_over(garment, new, around)
        else:
            part, index = mesh.part(new)
            x[index] = place(pattern, part, figure, worn=[*worn, *([x[garment.faces]] if sewn.any() else [])])
            body = distance_field(around, low=x[new | sewn].min(axis=0) - FIELD_MARGIN_M, high=x[new | sewn].max(axis=0) + FIELD_MARGIN_M)
            if sewn.any():
                x = _sewn_on(garment, new, x, body)
            else:
                x[index] = close_seams(part, x[index], body)
        sewn |= new
    return join(mesh, x, body)


def _sewn_on(garment: Garment, new: np.ndarray, x: np.ndarray, body: DistanceField) -> np.ndarray:
    """Positions of all vertices [m], shape (V, 3), the new ones drawn to a garment that stays as it is until they are there."""
    anchors = np.zeros(len(x), dtype=bool)
    anchors[garment.seams_to(new)[:, 1]] = True
    part, index = garment.mesh.part(new | anchors)
    room = over_garment(garment, part, index, new, body)
    x = x.copy()
    x[index] = close_seams(part, x[index], room, held=anchors[index])
    whole, index = garment.mesh.part(new | garment.sewn)
    x[index] = close_seams(whole, x[index], body, closing=_GIVING, holding=_GIVING)
    return x


def join(mesh: PatternMesh, x: np.ndarray, body: DistanceField) -> Sewn:
    """Weld a pattern mesh whose seams are closed at positions x [m], shape (V, 3), and pull apart what passes through itself."""
    gaps = np.linalg.norm(x[mesh.seam_pairs[:, 0]] - x[mesh.seam_pairs[:, 1]], axis=1)
    cloth, welded = weld_cloth(mesh)
    system = cloth.system(inertia=WELDED_INERTIA, bending=WELDED_BENDING)
    rest = relax(system, cloth.faces, merged(x, welded), body, clearance_m=SEWN_CLEARANCE_M, least=LEAST_ROUNDS, most=MOST_ROUNDS)
    for rings in IRONED:
        if not rest.crossings:
            break
        x = iron(cloth.faces, rest.vertices, body, clearance_m=SEWN_CLEARANCE_M, rings=rings)
        rest = relax(system, cloth.faces, x, body, clearance_m=SEWN_CLEARANCE_M, least=LEAST_ROUNDS, most=MOST_IRONED, slack=SLACK)
    return Sewn(cloth, rest.vertices, welded, float(gaps.max(initial=0.0)), rest.crossings)


def close_seams(
    mesh: PatternMesh, placed: np.ndarray, body: Room | None, *, held: np.ndarray | None = None, closing: int = CLOSING,
    holding: int = HOLDING,
) -> np.ndarray:  # fmt: skip
    """Positions after the seams have been drawn together, not yet welded [m], shape (V, 3). held: Vertices that stay, (V,), bool."""
    system = _system(mesh, SEWING)
    x = np.array(placed, dtype=np.float64)
    velocity = np.zeros_like(x)
    first_gaps = np.linalg.norm(system.seam_difference @ x, axis=1)
    for iteration in range(closing + holding):
        if iteration == closing + holding - SHUTTING:
            system = _system(mesh, SHUT)
        gaps = first_gaps * max(0.0, 1.0 - (iteration + 1) / closing)
        inertial = x + MOMENTUM * velocity
        target = system.solve(inertial, inertial, iterations=2, seam_lengths=gaps)
        moved = limited_step(x, target, LONGEST_STEP_M)
        if body is not None:
            moved = body.push_out(moved, CLEARANCE_M, rounds=1)
        if held is not None:
            moved[held] = x[held]
        velocity, x = moved - x, moved
    return x


def _system(mesh: PatternMesh, weights: Weights) -> ProjectiveSystem:
    return ProjectiveSystem(
        vertex_count=len(mesh.flat_m), springs=mesh.springs, lengths=mesh.spring_lengths_m, faces=mesh.faces,
        flat=mesh.flat_m[mesh.faces], weights=weights, seams=mesh.seam_pairs,
    )  # fmt: skip
