"""The words of ``studio.specs.pose`` as rotations."""

from __future__ import annotations

import numpy as np

from studio.body.rotations import axis_rotation, to_matrix
from studio.specs.pose import KIND, WORDS, Angles

_AXIS = {"x": 0, "y": 1, "z": 2}


def joint_rotation(joint: str, angles: Angles) -> np.ndarray:
    """Rotation matrix (3, 3) of a joint from its words, as ``studio.specs.pose`` describes; right joints mirror left ones."""
    if "rotvec" in angles:
        return to_matrix(np.radians(np.array(angles["rotvec"], dtype=np.float64)))
    rotation = np.eye(3)
    for word, (axis, sign, _, _) in WORDS[KIND[joint]].items():
        degrees = angles.get(word, 0.0) * sign
        if joint.startswith("right_") and axis != "x":
            degrees = -degrees  # a reflection at x = 0 turns rotations about y and z round
        rotation = rotation @ axis_rotation(_AXIS[axis], np.radians(degrees))
    return rotation
