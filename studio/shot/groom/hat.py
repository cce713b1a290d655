"""Hair under a hat: pressed to the room that the hat leaves, and free below it."""

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
    """The groom with every point of its hair before the first surface of a hat that lies on the way from the middle of the head to it."""
    roots = [tuft.points[:, 0] for tuft in groom.tufts if tuft.name == "hair" and len(tuft.points)]
    if not hats or not roots:
        return groom
    centre = (np.concatenate(roots).min(axis=0) + np.concatenate(roots).max(axis=0)) / 2
    return replace(groom, tufts=tuple(_pressed(tuft, centre, hats) if tuft.name in _SCALP else tuft for tuft in groom.tufts))


def _pressed(tuft, centre: np.ndarray, hats: Sequence[Surface]):
    way = tuft.points.reshape(-1, 3) - centre
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    way /= length[:, None]
    for hat in hats:
        hit, _ = hat.first_hits(np.broadcast_to(centre, way.shape), way)
        length = np.minimum(length, np.maximum(hit - _INSIDE_M, 0.0))
    return replace(tuft, points=(centre + length[:, None] * way).reshape(tuft.points.shape))
