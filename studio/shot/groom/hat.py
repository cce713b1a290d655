"""Hair under a hat or a hood: pressed to the room that the hat leaves, and free below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.groom.grow import Groom

#: Hair stays this far inside a hat [m]: more than a strand is thick when it is drawn for a small picture.
_INSIDE_M = 0.0015
#: What grows on the scalp; brows and lashes are below any hat.
_SCALP = ("hair", "coil", "baby")


def pressed_under(groom: Groom, hats: Sequence[Surface]) -> Groom:
    """The groom with every point of its hair before the first surface of a hat that lies on the way from the middle of the head to it.

    A ponytail's band that a hat would cut is not shown.
    """
    roots = [tuft.points[:, 0] for tuft in groom.tufts if tuft.name == "hair" and len(tuft.points)]
    if not hats or not roots:
        return groom
    centre = (np.concatenate(roots).min(axis=0) + np.concatenate(roots).max(axis=0)) / 2
    tufts = tuple(
        replace(tuft, points=_pressed(tuft.points, centre, hats)) if tuft.name in _SCALP else tuft for tuft in groom.tufts
    )  # fmt: skip
    hidden = groom.tie is not None and not np.array_equal(_pressed(groom.tie, centre, hats), groom.tie)
    return replace(groom, tufts=tufts, tie=None if hidden else groom.tie)


def _pressed(points: np.ndarray, centre: np.ndarray, hats: Sequence[Surface]) -> np.ndarray:
    """Points (..., 3) with those beyond a hat brought before it."""
    way = points.reshape(-1, 3) - centre
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    shortest = length.copy()
    for hat in hats:
        hit, _ = hat.first_hits(np.broadcast_to(centre, way.shape), way / length[:, None])
        shortest = np.minimum(shortest, np.maximum(hit - _INSIDE_M, 0.0))
    pressed = shortest < length
    found = points.reshape(-1, 3).copy()
    found[pressed] = centre + (shortest / length)[pressed, None] * way[pressed]
    return found.reshape(points.shape)
