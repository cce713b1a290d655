"""The one place where axes and units meet.

World (Blender): metres, z up, the subject stands at the origin on z = 0 and faces -y; +x is the subject's left.
SMPL-X: metres, y up, faces +z; +x is the subject's left as well. Pattern space: centimetres.
Transforms are named ``a_from_b`` and act on column vectors: ``p_a = a_from_b @ p_b``.
"""

from __future__ import annotations

import numpy as np

#: Rotation that takes SMPL-X axes (y up, facing +z) to world axes (z up, facing -y). Shape (3, 3).
WORLD_FROM_SMPLX = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
SMPLX_FROM_WORLD = WORLD_FROM_SMPLX.T

#: Metres in one unit of length.
METRES_PER_UNIT = {"m": 1.0, "cm": 0.01, "mm": 0.001, "dm": 0.1, "in": 0.0254, "ft": 0.3048}

#: Unit vectors by axis name, for up-axis and facing options.
AXES = {
    "+x": (1.0, 0.0, 0.0), "-x": (-1.0, 0.0, 0.0),
    "+y": (0.0, 1.0, 0.0), "-y": (0.0, -1.0, 0.0),
    "+z": (0.0, 0.0, 1.0), "-z": (0.0, 0.0, -1.0),
}  # fmt: skip


def world_from_smplx(points: np.ndarray) -> np.ndarray:
    """Rotate points or vectors of shape (..., 3) from SMPL-X axes to world axes. Lengths are kept."""
    return points @ WORLD_FROM_SMPLX.T.astype(points.dtype)


def smplx_from_world(points: np.ndarray) -> np.ndarray:
    """Rotate points or vectors of shape (..., 3) from world axes to SMPL-X axes. Lengths are kept."""
    return points @ SMPLX_FROM_WORLD.T.astype(points.dtype)


def apply(a_from_b: np.ndarray, points_b: np.ndarray) -> np.ndarray:
    """Apply an affine transform of shape (4, 4) to points of shape (..., 3)."""
    return points_b @ a_from_b[:3, :3].T + a_from_b[:3, 3]


def world_from_axes(up: str, facing: str) -> np.ndarray:
    """Rotation that takes axes with the named ``up`` and ``facing`` directions to world axes. Shape (3, 3).

    ``facing`` is the direction the subject looks in. Raises ValueError where the two are not perpendicular.
    """
    up_axis, facing_axis = np.array(AXES[up]), np.array(AXES[facing])
    if abs(up_axis @ facing_axis) > 1e-9:
        raise ValueError(f"up {up} and facing {facing} lie on one axis")
    left_axis = np.cross(up_axis, facing_axis)  # of the subject; SMPL-X check: y x z = x
    return np.stack([left_axis, -facing_axis, up_axis])
