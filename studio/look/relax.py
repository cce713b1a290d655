"""Cloth brought to rest without a simulator: springs to their lengths, out of the body, and apart where it passes through itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.field import DistanceField
from studio.look.layers import contour_step
from studio.look.projective import ProjectiveSystem, limited_step

#: Longest move of a vertex by the springs in one round [m].
_LONGEST_M = 0.010
#: What still crosses after so many rounds is held in place by the springs around it: there, so many rings of neighbours wide, they move by
#: this share only (a hoodie's gathered sleeves: 102 crossings left after 60 rounds with all of their pull, none with this).
_PATIENT, _RINGS, _LOOSE = 10, 3, 0.05


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
    x, pull = np.array(vertices, dtype=np.float64), np.ones((len(vertices), 1))
    crossings = rounds = 0
    for rounds in range(1, most + 1):
        x = x + pull * (limited_step(x, system.solve(x, x, iterations=2, slack=slack), _LONGEST_M) - x)
        x = body.push_out(x, clearance_m)
        move, crossings = contour_step(x, faces)
        if not crossings and rounds >= least:
            break
        if rounds >= _PATIENT:
            pull = np.where(_around(np.abs(move).max(axis=1) > 0, faces)[:, None], _LOOSE, 1.0)
        x += move
    if crossings:
        x = body.push_out(x, clearance_m)
    return Relaxed(vertices=x, crossings=crossings, rounds=rounds)


def _around(chosen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Vertices within some rings of chosen ones (V,), bool."""
    for _ in range(_RINGS):
        wider = chosen.copy()
        wider[faces[chosen[faces].any(axis=1)]] = True
        chosen = wider
    return chosen
