"""Creases of a body that are too narrow for cloth, filled: the morphological closing of the body by a ball.

Where an arm meets the chest, two layers of cloth and their contact distances do not fit. A cloth simulation whose collider has such a
crease is pushed by both walls at once, and cloth ends inside the body. The collider is therefore the body closed by a ball of half the room
that the cloth needs: skin that the ball cannot touch is lifted onto the ball's envelope. Everything else stays where it is, and so do the
mesh's connections, so the closed body can move through poses like the body itself.
"""

from __future__ import annotations

import numpy as np

from studio.look.obstacle import OuterBody, smoothed_closest
from studio.mesh.normals import vertex_normals

#: Radius of the ball [m]. Two layers of cloth at 3 mm from the skin each and 1.5 mm from each other need 7.5 mm across; with 12 mm edges
#: between vertices that follow a wedge they need twice that.
BALL_M = 0.008
#: Rounds in which a ball that does not fit beside its skin is moved out of the crease; directions are averaged over this share of it.
_ROUNDS, _SURROUNDINGS = 14, 0.6
#: A ball fits when this share of its radius is free: the search need not end exactly.
_FITS = 0.98


def fill_creases(vertices: np.ndarray, faces: np.ndarray, *, where: np.ndarray, ball_m: float = BALL_M) -> np.ndarray:
    """Vertices with creases filled [m], shape (V, 3); those outside ``where`` (V,), bool, and those of wide places are unchanged.

    vertices: Shape (V, 3) [m]. faces: Shape (F, 3), normals outward.
    """
    body = OuterBody(vertices, faces)
    candidates = np.flatnonzero(where)
    centres = vertices[candidates] + ball_m * vertex_normals(vertices, faces)[candidates]
    tight = body.closest(centres)[0] < _FITS * ball_m
    candidates, centres = candidates[tight], centres[tight]
    active = np.arange(len(candidates))
    for _ in range(_ROUNDS):
        distance, direction = smoothed_closest(body, centres[active], _SURROUNDINGS * ball_m)
        stuck = distance < _FITS * ball_m
        active = active[stuck]
        if not len(active):
            break
        step = np.clip(ball_m - distance[stuck], 0.2 * ball_m, ball_m)
        centres[active] += step[:, None] * direction[stuck]
    to_centre = centres - vertices[candidates]
    length = np.linalg.norm(to_centre, axis=1)
    lift = np.maximum(length - ball_m, 0.0)
    filled = np.array(vertices, dtype=np.float64)
    filled[candidates] += to_centre * (lift / np.maximum(length, 1e-9))[:, None]
    return filled
