"""Offsets must not push the skin through itself, in the scan's pose or in others: toes, fingers, lips and armpits are close calls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.mesh.intersect import self_intersections

#: Rounds: how far around a crossing offsets are calmed [m], and what share of them stays there.
_ROUNDS = ((0.010, 0.8), (0.015, 0.7), (0.020, 0.6), (0.025, 0.5), (0.030, 0.3), (0.030, 0.0), (0.045, 0.0), (0.060, 0.0))
#: Around what was treated, crossings are looked for again within this distance [m].
_NEAR_M = 0.05

#: Poses a body with rest offsets (V, 3): vertices (V, 3).
Pose = Callable[[np.ndarray], np.ndarray]


def without_new_crossings(
    offsets: np.ndarray, rest: np.ndarray, faces: np.ndarray, pose: Pose, known: np.ndarray
) -> tuple[np.ndarray, int]:
    """Smooth and shrink offsets where they make triangles cross that do not cross without them.

    offsets: On the rest body [m], shape (V, 3). rest: The rest body's vertices [m], (V, 3). faces: Triangles that count, (F, 3).
    pose: The pose in which nothing may cross. known: What crosses there without offsets, as pairs of triangles (K, 2).

    Returns the offsets and how many crossing pairs that only offsets make are left.
    """
    count = len(faces)
    near = np.arange(count)
    current, marked = offsets.copy(), np.zeros(len(offsets), dtype=bool)
    for radius, keep in (*_ROUNDS, (0.0, 1.0)):
        posed = pose(current)
        found = _crossing(posed, faces, near)
        new = found[~np.isin(found @ [count, 1], known @ [count, 1])]
        if not len(new) or not radius:
            break
        fresh = np.zeros(len(offsets), dtype=bool)
        fresh[faces[new]] = True
        marked |= fresh
        current = _calmed(current, rest, faces, _around(rest, fresh, radius), keep)
        near = _faces_near(posed, faces, marked)  # nothing else has moved
    return current, len(new)


def _crossing(vertices: np.ndarray, faces: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Pairs of numbers of triangles that cross, among some of them given in ascending order, shape (K, 2), int64."""
    return some[self_intersections(vertices, faces[some])] if len(some) else np.zeros((0, 2), dtype=np.int64)


def _faces_near(vertices: np.ndarray, faces: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """Numbers of the triangles with a corner near a marked vertex, ascending."""
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(vertices[marked]).query(vertices, distance_upper_bound=_NEAR_M)
    return np.flatnonzero(np.isfinite(distance)[faces].any(axis=1))


def _around(rest: np.ndarray, marked: np.ndarray, radius: float) -> np.ndarray:
    """1 at marked vertices, falling to 0 at the radius [m] around them, shape (V, 1). Across gaps too: toes are treated together."""
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(rest[marked]).query(rest, distance_upper_bound=radius)
    return np.clip(2 - 2 * distance / radius, 0, 1)[:, None]


def _calmed(offsets: np.ndarray, rest: np.ndarray, faces: np.ndarray, strength: np.ndarray, keep: float) -> np.ndarray:
    """Offsets made smoother and smaller where ``strength`` (V, 1) says so."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    degree = np.maximum(np.bincount(edges.ravel(), minlength=len(rest)), 1)[:, None]
    smooth = offsets
    for _ in range(4):
        total = np.zeros_like(offsets)
        np.add.at(total, edges[:, 0], smooth[edges[:, 1]])
        np.add.at(total, edges[:, 1], smooth[edges[:, 0]])
        smooth = (1 - strength) * offsets + strength * total / degree
    return (1 - strength) * offsets + strength * keep * smooth
