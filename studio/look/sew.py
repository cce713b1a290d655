"""Sewing: the placed panels are drawn together along their seams, round the body and never into it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.garment.meshing import PatternMesh
from studio.look.field import DistanceField
from studio.look.projective import ProjectiveSystem, Weights, limited_step

#: Found by trial on a tee, a skirt and trousers: stiff seams, little bending, inertia small enough for panels to travel 250 mm.
SEWING = Weights(inertia=0.05, bending=0.07, seam=4.0)
#: Iterations in which the seams close evenly, and in which they stay closed while the cloth comes to rest.
CLOSING, HOLDING = 160, 60
#: Share of the last step that is taken again, and the longest step of a vertex in one iteration [m].
MOMENTUM, LONGEST_STEP_M = 0.8, 0.010
#: Distance that sewing keeps from the body [m]: room for the contact distances of the simulation that follows.
CLEARANCE_M = 0.006


@dataclass(frozen=True)
class Sewn:
    """Panels sewn round a body, not yet welded.

    vertices: Positions [m], shape (V, 3), float64. seam_gaps_m: Distance left at each seam pair [m], shape (S,).
    strain: Relative change of length of each of the mesh's springs, shape (E,).
    """

    vertices: np.ndarray
    seam_gaps_m: np.ndarray
    strain: np.ndarray


def sew(mesh: PatternMesh, placed: np.ndarray, body: DistanceField | None, *, closing: int = CLOSING, holding: int = HOLDING) -> Sewn:
    """Close the seams of panels that stand round a body.

    placed: Positions to start from [m], shape (V, 3). body: What the cloth stays out of; None for nothing.
    """
    system = ProjectiveSystem(
        vertex_count=len(mesh.flat_m), springs=mesh.springs, lengths=mesh.spring_lengths_m, faces=mesh.faces, weights=SEWING,
        seams=mesh.seam_pairs,
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
    return Sewn(vertices=x, seam_gaps_m=np.linalg.norm(system.seam_difference @ x, axis=1), strain=system.strain(x))
