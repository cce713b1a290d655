"""Cloth brought to rest without a simulator: springs to their lengths, out of the body, and apart where it passes through itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.field import DistanceField
from studio.look.layers import contour_step
from studio.look.projective import ProjectiveSystem, limited_step
from studio.mesh.intersect import self_crossings
from studio.mesh.smooth import neighbour_mean

#: Longest move of a vertex by the springs in one round [m].
_LONGEST_M = 0.010
#: What still crosses after so many rounds is held in place by the springs around it: there, so many rings of neighbours wide, they move by
#: this share only (a hoodie's gathered sleeves: 102 crossings left after 60 rounds with all of their pull, none with this).
_PATIENT, _RINGS, _LOOSE = 10, 3, 0.05
#: What was pressed flat is moved out of the body in so many rounds.
_PUSHES = 5


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


def iron(faces: np.ndarray, vertices: np.ndarray, body: DistanceField, *, clearance_m: float, rings: int) -> np.ndarray:
    """Positions [m], (V, 3), with what passes through itself, and so many rings around it, pressed flat between what surrounds it.

    A fold that went through itself as a whole, as where the halves of a sleeve close over each other, has no way back by small steps: what
    is left of it would be turned inside out. Flat it is the right way out, and too short; what springs then push apart buckles anew. Each
    vertex goes to the mean of its neighbours (Tutte, How to Draw a Graph, 1963: no triangle is turned over in a convex frame).
    """
    from scipy.sparse import identity
    from scipy.sparse.linalg import spsolve

    found, count = self_crossings(vertices, faces), len(vertices)
    pressed = np.zeros(count, dtype=bool)
    pressed[found.edges], pressed[faces[found.faces]] = True, True
    pressed = _around(pressed, faces, rings)
    system = (identity(count) - neighbour_mean(faces, count)).tocsr()[pressed]
    x = np.array(vertices)
    x[pressed] = spsolve(system[:, pressed].tocsc(), -(system[:, ~pressed] @ x[~pressed]))
    return body.push_out(x, clearance_m, rounds=_PUSHES)


def _around(chosen: np.ndarray, faces: np.ndarray, rings: int = _RINGS) -> np.ndarray:
    """Vertices within so many rings of chosen ones (V,), bool."""
    for _ in range(rings):
        wider = chosen.copy()
        wider[faces[chosen[faces].any(axis=1)]] = True
        chosen = wider
    return chosen
