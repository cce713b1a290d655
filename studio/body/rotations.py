"""Rotations in numpy: axis-angle vectors and matrices, over any batch. Right-handed, radians, float64."""

from __future__ import annotations

import numpy as np


def to_matrix(vectors: np.ndarray) -> np.ndarray:
    """Matrices (..., 3, 3) of axis-angle vectors (..., 3)."""
    from scipy.spatial.transform import Rotation

    vectors = np.asarray(vectors, dtype=np.float64)
    return Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(*vectors.shape[:-1], 3, 3)


def from_matrix(matrices: np.ndarray) -> np.ndarray:
    """Axis-angle vectors (..., 3) of matrices (..., 3, 3); angles up to pi."""
    from scipy.spatial.transform import Rotation

    matrices = np.asarray(matrices, dtype=np.float64)
    return Rotation.from_matrix(matrices.reshape(-1, 3, 3)).as_rotvec().reshape(*matrices.shape[:-2], 3)


def left_jacobians(vectors: np.ndarray) -> np.ndarray:
    """How a change of an axis-angle vector turns the rotation: ``exp(v + d) = exp(left(v) d) exp(v)`` to first order, (..., 3, 3).

    Solà et al., "A micro Lie theory for state estimation in robotics" (2018), equation 145.
    """
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    skew = np.zeros((*vectors.shape, 3))
    skew[..., 0, 1], skew[..., 0, 2], skew[..., 1, 2] = -vectors[..., 2], vectors[..., 1], -vectors[..., 0]
    skew -= np.swapaxes(skew, -1, -2)
    small = angle < 1e-5
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 0.5, (1 - np.cos(safe)) / safe**2)
    second = np.where(small, 1 / 6, (safe - np.sin(safe)) / safe**3)
    return np.eye(3) + first * skew + second * (skew @ skew)


def axis_rotation(axis: int, angle: float) -> np.ndarray:
    """Matrix (3, 3) of a rotation about coordinate axis 0, 1 or 2."""
    vector = np.zeros(3)
    vector[axis] = angle
    return to_matrix(vector)


def least_rotation(start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """The smallest rotations that turn directions ``start`` (..., 3) to ``stop``, same shape or (3,); they are not opposite."""
    a = start / np.linalg.norm(start, axis=-1, keepdims=True)
    b = np.broadcast_to(stop / np.linalg.norm(stop, axis=-1, keepdims=True), a.shape)
    v, c = np.cross(a, b), (a * b).sum(axis=-1)[..., None, None]
    k = np.zeros((*a.shape, 3))
    k[..., 0, 1], k[..., 0, 2], k[..., 1, 2] = -v[..., 2], v[..., 1], -v[..., 0]
    k -= k.swapaxes(-1, -2)
    return np.eye(3) + k + k @ k / (1 + c)


def slerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """Axis-angle vectors between ``a`` and ``b`` (..., 3), at constant angular speed along the shortest way."""
    start = to_matrix(a)
    step = from_matrix(start.swapaxes(-1, -2) @ to_matrix(b))
    return from_matrix(start @ to_matrix(t * step))
