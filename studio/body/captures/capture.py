"""A captured motion as the rooms see it, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.rotations import slerp

#: The largest file, and the most frames: an hour at 120 frames a second is 470 MB, and no look goes through it.
MOST_BYTES, MOST_FRAMES = 512_000_000, 100_000
#: Frames a second of a file that does not say, where its speed does not matter.
STILL_FPS = 30.0


@dataclass(frozen=True, eq=False)
class Capture:
    """A captured motion. SMPL-X axes: y up, the body faces +z at first, and stands over the origin.

    rotations: Of all joints, axis-angle [rad], shape (T, 55, 3). places: Of the pelvis against where it begins [m], (T, 3). fps: Frames a
    second. has_hands: Whether it moves the fingers.
    """

    rotations: np.ndarray
    places: np.ndarray
    fps: float
    has_hands: bool

    @property
    def duration_s(self) -> float:
        """From the first frame to the last [s]."""
        return (len(self.rotations) - 1) / self.fps

    def at(self, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (55, 3) and place (3,) at a share of the motion; between two frames on the shortest way."""
        place = float(np.clip(share, 0.0, 1.0)) * (len(self.rotations) - 1)
        before = min(int(place), len(self.rotations) - 2)
        t = place - before
        return slerp(self.rotations[before], self.rotations[before + 1], t), (1 - t) * self.places[before] + t * self.places[before + 1]
