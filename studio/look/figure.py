"""The body as the dressing sees it: one mesh in several poses, which limb each vertex belongs to, and named heights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studio.body.joints import INDEX, JOINTS, PARENTS

#: Joints whose skin is arm, hand, foot or head: what a garment for the torso or the legs is not measured against.
_ROOTS = {
    "left_arm": "left_shoulder", "right_arm": "right_shoulder", "left_foot": "left_ankle", "right_foot": "right_ankle",
    "left_leg": "left_hip", "right_leg": "right_hip", "head": "head",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Figure:
    """A body in the poses it goes through while it is dressed: sewn in the first, seen in the last.

    vertices: Positions in each pose, world frame [m], shape (P, V, 3), float64.
    joints: Joint positions in each pose [m], shape (P, 55, 3), float64.
    faces: The skin that cloth can touch, shape (F, 3), int64, counter-clockwise from outside.
    owner: Index of the joint that moves each vertex most, shape (V,), int64.
    landmarks: Named points of the body in the first pose [m], shape (3,) each.
    """

    vertices: np.ndarray
    joints: np.ndarray
    faces: np.ndarray
    owner: np.ndarray
    landmarks: Mapping[str, np.ndarray]

    def part(self, name: str) -> np.ndarray:
        """Which vertices belong to a limb (``left_arm`` from the shoulder down, ``head``, ...), shape (V,), bool."""
        return self._below[INDEX[_ROOTS[name]]][self.owner]

    def joint(self, name: str) -> np.ndarray:
        """Position of a joint in the first pose [m], shape (3,)."""
        return self.joints[0, INDEX[name]]

    @cached_property
    def used(self) -> np.ndarray:
        """Vertices that the faces use, shape (V,), bool."""
        used = np.zeros(len(self.owner), dtype=bool)
        used[self.faces] = True
        return used

    @cached_property
    def _below(self) -> np.ndarray:
        """Whether joint j is ancestor ``i`` or below it, shape (55, 55), bool."""
        below = np.eye(len(JOINTS), dtype=bool)
        for j in range(1, len(JOINTS)):  # parents come before their children
            below[:, j] |= below[:, int(PARENTS[j])]
        return below
