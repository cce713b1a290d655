"""Sewing: the placed panels are drawn together along their seams, round the body and never into it, then welded and untangled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.garment.meshing import PatternMesh
from studio.look.cloth import Cloth, merged, weld_cloth
from studio.look.field import DistanceField
from studio.look.projective import ProjectiveSystem, Weights, limited_step
from studio.look.relax import relax

#: Found by trial on a tee, a skirt and trousers: stiff seams, little bending, inertia small enough for panels to travel 250 mm.
SEWING = Weights(inertia=0.05, bending=0.07, seam=4.0)
#: Iterations in which the seams close evenly, and in which they stay closed while the cloth comes to rest.
CLOSING, HOLDING = 160, 60
#: Share of the last step that is taken again, and the longest step of a vertex in one iteration [m].
MOMENTUM, LONGEST_STEP_M = 0.8, 0.010
#: Distance from the body that sewing keeps [m], and the sewn garment: just outside the contact distance of the simulation that follows
#: (3 mm), so that a waistband starts in contact; one that starts 6 mm off falls 3 cm before it holds (measured).
CLEARANCE_M, SEWN_CLEARANCE_M = 0.006, 0.0033
#: After welding the seams resist bending as well; what armholes tangled comes apart in 5 to 15 rounds.
WELDED_INERTIA, WELDED_BENDING = 0.05, 0.036
LEAST_ROUNDS, MOST_ROUNDS = 8, 60


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


def sew(mesh: PatternMesh, placed: np.ndarray, body: DistanceField) -> Sewn:
    """Sew panels that stand round a body.

    placed: Positions to start from [m], shape (V, 3). body: What the cloth stays out of.
    """
    x = close_seams(mesh, placed, body)
    gaps = np.linalg.norm(x[mesh.seam_pairs[:, 0]] - x[mesh.seam_pairs[:, 1]], axis=1)
    cloth, welded = weld_cloth(mesh)
    system = cloth.system(inertia=WELDED_INERTIA, bending=WELDED_BENDING)
    rest = relax(system, cloth.faces, merged(x, welded), body, clearance_m=SEWN_CLEARANCE_M, least=LEAST_ROUNDS, most=MOST_ROUNDS)
    return Sewn(cloth, rest.vertices, welded, float(gaps.max(initial=0.0)), rest.crossings)


def close_seams(
    mesh: PatternMesh, placed: np.ndarray, body: DistanceField | None, *, closing: int = CLOSING, holding: int = HOLDING
) -> np.ndarray:
    """Positions after the seams have been drawn together, not yet welded [m], shape (V, 3)."""
    system = ProjectiveSystem(
        vertex_count=len(mesh.flat_m), springs=mesh.springs, lengths=mesh.spring_lengths_m, faces=mesh.faces,
        flat=mesh.flat_m[mesh.faces], weights=SEWING, seams=mesh.seam_pairs,
    )  # fmt: skip
    x = np.array(placed, dtype=np.float64)
    velocity = np.zeros_like(x)
    first_gaps = np.linalg.norm(system.seam_difference @ x, axis=1)
    for iteration in range(closing + holding):
        gaps = first_gaps * max(0.0, 1.0 - (iteration + 1) / closing)
        inertial = x + MOMENTUM * velocity
        target = system.solve(inertial, inertial, iterations=2, seam_lengths=gaps)
        moved = limited_step(x, target, LONGEST_STEP_M)
        if body is not None:
            moved = body.push_out(moved, CLEARANCE_M, rounds=1)
        velocity, x = moved - x, moved
    return x
