"""Rotations between two states of one body, from its points."""

from __future__ import annotations

import numpy as np

from studio.body.joints import PARENTS

#: A joint's rotation is read from skin that it moves by this share at least; from so many vertices, else it is its parent's.
_OWN, _FEWEST = 0.6, 12


def nearest_rotations(matrices: np.ndarray) -> np.ndarray:
    """The rotations nearest to matrices (..., 3, 3) (Arun, Huang, Blostein, PAMI 1987)."""
    u, _, vt = np.linalg.svd(matrices)
    u[..., 2] *= np.sign(np.linalg.det(u @ vt))[..., None]
    return u @ vt


def rigid_between(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rotation (3, 3) and shift (3,) that best take points (N, 3) to others (Kabsch 1976)."""
    middle, other = source.mean(axis=0), target.mean(axis=0)
    turn = nearest_rotations((target - other).T @ (source - middle))
    return turn, other - turn @ middle


def skin_turns(source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How the surroundings of every vertex of a body turned from one state to another, shape (V, 3, 3).

    Each joint's skin gives one rotation; they are blended by the skinning weights (V, 55), as skin is. source, target: Shape (V, 3).
    """
    turns = np.tile(np.eye(3), (weights.shape[1], 1, 1))
    for joint, parent in enumerate(PARENTS):  # parents come before their children
        own = weights[:, joint] > _OWN
        if own.sum() >= _FEWEST:
            turns[joint] = rigid_between(source[own], target[own])[0]
        elif parent >= 0:
            turns[joint] = turns[parent]
    return nearest_rotations(np.einsum("vj,jab->vab", weights, turns))
