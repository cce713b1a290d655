"""How far cloth that lies on the body jumps from frame to frame beside the skin below it: what an eye would see as popping.

What hangs free, such as a hem, may go its own way from one equilibrium to the next; it is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from studio.frames import apply
from studio.look.motion.way import level_motion
from studio.mesh.closest import Surface

#: Cloth that is nearer to the skin than this lies on the body [m].
_ON_BODY_M = 0.015

if TYPE_CHECKING:
    from studio.look.motion.frames import Frame
    from studio.look.motion.published import PublishedOutfit


def largest_jumps(frames: Sequence[Frame], outfit: PublishedOutfit, *, cyclic: bool) -> dict[str, float]:
    """Over all pairs of frames that follow each other, of a cycle also the last and the first: motion beside the skin below [mm].

    ``largest``, ``p99`` (of the vertices, in the pair where it is largest) and ``after_frame``, which pair that is.
    """
    pairs = [(k, k + 1) for k in range(len(frames) - 1)] + ([(len(frames) - 1, 0)] if cyclic else [])
    found = [1000 * _beside_skin(frames[a], frames[b], outfit) for a, b in pairs]
    p99 = [float(np.percentile(each, 99)) for each in found]
    worst = int(np.argmax(p99))
    return {"largest": max(float(each.max()) for each in found), "p99": p99[worst], "after_frame": pairs[worst][0]}


def _beside_skin(frame: Frame, following: Frame, outfit: PublishedOutfit) -> np.ndarray:
    """How far vertices that lie on the body go beside the skin below them to the next frame, as the pelvis sees it [m], (N,)."""
    back = np.linalg.inv(level_motion(frame.skin, following.skin, outfit.owner))
    surface = Surface(frame.skin, outfit.skin_faces)
    moved = []
    for before, after in zip(frame.worn, following.worn, strict=True):
        at = surface.closest(before.mesh.vertices)
        on_body = at.distances < _ON_BODY_M
        way = (apply(back, following.skin) - frame.skin)[outfit.skin_faces[at.triangles]]
        skin = np.einsum("nk,nkd->nd", at.barycentric, way)
        moved.append(np.linalg.norm(apply(back, after.mesh.vertices) - before.mesh.vertices - skin, axis=1)[on_body])
    return np.concatenate([*moved, np.zeros(1)])
