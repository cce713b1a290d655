"""Offsets must not push the skin through itself, in the scan's pose or in others: toes, fingers, armpits and the crotch are close calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from studio.mesh.intersect import self_intersections

#: Rounds of smoothing and shrinking before what is left counts as solved by taking the offsets out there altogether.
_ROUNDS = 6
#: Rings of neighbours around a crossing that are treated with it.
_RINGS = 3
#: Around what was treated, crossings are looked for again within this distance [m].
_NEAR_M = 0.03

#: Poses a body with rest offsets (V, 3): vertices (V, 3).
Pose = Callable[[np.ndarray], np.ndarray]


def without_new_crossings(offsets: np.ndarray, poses: Sequence[Pose], faces: np.ndarray) -> tuple[np.ndarray, int]:
    """Smooth and shrink offsets where they make triangles cross that do not cross without them.

    offsets: On the rest body [m], shape (V, 3). poses: The poses in which nothing may cross. faces: Triangles that count, (F, 3).

    Returns the offsets and how many crossing pairs that only offsets make are left over all poses.
    """
    count = len(faces)
    everything = np.arange(count)
    plain = [_crossing(pose(np.zeros_like(offsets)), faces, everything) for pose in poses]
    current, near = offsets.copy(), [everything] * len(poses)
    for round_ in range(_ROUNDS + 1):
        posed = [pose(current) for pose in poses]
        found = [_crossing(vertices, faces, some) for vertices, some in zip(posed, near, strict=True)]
        new = [pairs[~np.isin(pairs @ [count, 1], known @ [count, 1])] for pairs, known in zip(found, plain, strict=True)]
        left = sum(map(len, new))
        if not left or round_ == _ROUNDS:
            break
        marked = np.zeros(len(offsets), dtype=bool)
        marked[faces[np.concatenate(new)]] = True
        near = [_faces_near(vertices, faces, marked) for vertices in posed]  # nothing else will move
        current = _calmed(current, marked, faces, 0.0 if round_ == _ROUNDS - 1 else 0.75)
    return current, left


def _crossing(vertices: np.ndarray, faces: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Pairs of numbers of triangles that cross, among some of them given in ascending order, shape (K, 2), int64."""
    return some[self_intersections(vertices, faces[some])] if len(some) else np.zeros((0, 2), dtype=np.int64)


def _faces_near(vertices: np.ndarray, faces: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """Numbers of the triangles with a corner near a marked vertex, ascending."""
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(vertices[marked]).query(vertices, distance_upper_bound=_NEAR_M)
    return np.flatnonzero(np.isfinite(distance)[faces].any(axis=1))


def _calmed(offsets: np.ndarray, marked: np.ndarray, faces: np.ndarray, keep: float) -> np.ndarray:
    """Offsets made smoother and smaller in and around the marked vertices, fading out over the rings around them."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    degree = np.maximum(np.bincount(edges.ravel(), minlength=len(offsets)), 1)[:, None]

    def average(values: np.ndarray) -> np.ndarray:
        total = np.zeros_like(values)
        np.add.at(total, edges[:, 0], values[edges[:, 1]])
        np.add.at(total, edges[:, 1], values[edges[:, 0]])
        return total / degree

    strength = marked.astype(np.float64)[:, None]
    grown = marked.copy()
    for ring in range(_RINGS):
        touched = grown[faces].any(axis=1)
        around = np.zeros_like(grown)
        around[faces[touched]] = True
        strength[around & ~grown] = 1 - (ring + 1) / (_RINGS + 1)
        grown |= around
    smooth = offsets
    for _ in range(4):
        smooth = (1 - strength) * offsets + strength * average(smooth)
    return (1 - strength) * offsets + strength * keep * smooth

