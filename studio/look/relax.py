"""Cloth brought to rest without a simulator: springs to their lengths, out of the body, and apart where it passes through itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.field import DistanceField
from studio.look.layers import contour_step
from studio.look.projective import ProjectiveSystem, limited_step

#: Longest move of a vertex by the springs in one round [m].
_LONGEST_M = 0.010


@dataclass(frozen=True)
class Relaxed:
    """vertices: Positions [m], shape (V, 3). crossings: Edges that still pass through triangles. rounds: How many it took."""

    vertices: np.ndarray
    crossings: int
    rounds: int


def relax(
    system: ProjectiveSystem,
    faces: np.ndarray,
    vertices: np.ndarray,
    body: DistanceField,
    *,
    clearance_m: float,
    least: int,
    most: int,
    slack: float = 0.0,
) -> Relaxed:
    """Relax ``least`` rounds, then on until nothing crosses any more, ``most`` rounds at most.

    slack: Share of its length by which a spring may be pressed together without answering.
    """
    x = np.array(vertices, dtype=np.float64)
    crossings = rounds = 0
    for rounds in range(1, most + 1):
        x = limited_step(x, system.solve(x, x, iterations=2, slack=slack), _LONGEST_M)
        x = body.push_out(x, clearance_m)
        move, crossings = contour_step(x, faces)
        if not crossings and rounds >= least:
            break
        x += move
    if crossings:
        x = body.push_out(x, clearance_m)
    return Relaxed(vertices=x, crossings=crossings, rounds=rounds)
