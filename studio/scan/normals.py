"""Normals of scans: local planes fitted to the cloud, turned outward by what can be seen from outside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.mesh.normals import vertex_normals
from studio.scan.sampling import thin

#: Normals of clouds are fitted to points thinned to this spacing [m], over about a centimetre: noise of 1-2 mm is averaged out.
_CELL_M = 0.004
_NEIGHBOURS = 20

#: Directions to look from, and the width of a pixel in typical spacings of the cloud: wide enough that no gap is looked through.
_VIEWS = 60
_PIXEL = 3.0
#: How strongly neighbours with like normals agree on a side, against what is seen; and for how many rounds.
_AGREEMENT = 2.0
_ROUNDS = 40


def local_normals(points: np.ndarray, *, neighbours: int = _NEIGHBOURS) -> np.ndarray:
    """Unit normals of either sign, shape (N, 3), float64: where each point's neighbourhood is thinnest (Hoppe et al. 1992)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    normals = np.empty((len(points), 3))
    for start in range(0, len(points), 50_000):
        part = slice(start, start + 50_000)
        _, near = tree.query(points[part], k=min(neighbours, len(points)), workers=-1)
        offsets = points[near] - points[near].mean(axis=1, keepdims=True)
        normals[part] = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))[1][:, :, 0]
    return normals


def cloud_normals(points: np.ndarray, outward: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Outward unit normals of a cloud, shape (N, 3), float32.

    points: Metres, shape (N, 3). outward: Gives for points of shape (M, 3) what outward is likely to be, from the coarse body, as unit
    vectors or zero, shape (M, 3); it decides where a capture is a sheet that can be seen from both sides.
    """
    from scipy.spatial import cKDTree

    thinned = thin(points, _CELL_M)
    count = np.bincount(thinned.cell_of)[:, None]
    middle = np.stack([np.bincount(thinned.cell_of, weights=points[:, axis]) for axis in range(3)], axis=1) / count
    normals = local_normals(middle)
    step = float(np.median(cKDTree(middle).query(middle[:: max(1, len(middle) // 2000)], k=2)[0][:, 1]))
    evidence = np.clip(seen_side(middle, normals, step), -1, 1) + 0.5 * np.einsum("nd,nd->n", normals, outward(middle))
    normals *= _agreed(middle, normals, evidence)[:, None]
    return normals[thinned.cell_of].astype(np.float32)


def mesh_normals(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Area-weighted vertex normals, with points at the same place as one (seams of textures), shape (N, 3), float64.

    Points that no triangle uses have the normal of the nearest one that has.
    """
    _, first, same = np.unique(points, axis=0, return_index=True, return_inverse=True)
    normals = vertex_normals(points[first], same.ravel()[faces])[same.ravel()]
    bare = ~normals.any(axis=1)
    if bare.any() and not bare.all():
        from scipy.spatial import cKDTree

        normals[bare] = normals[~bare][cKDTree(points[~bare]).query(points[bare])[1]]
    return normals


def seen_side(points: np.ndarray, normals: np.ndarray, step: float) -> np.ndarray:
    """Which side of each point is seen from outside, shape (N,), float64: positive for the normal's own side, 0 for points never seen.

    The cloud is drawn from many directions into a depth buffer (after Katz et al. 2007, visibility of point sets); a point that is in front
    votes for the side that faces the viewer. step: Typical distance of neighbours.
    """
    from scipy.ndimage import minimum_filter

    votes, weights = np.zeros(len(points)), np.zeros(len(points))
    pixel = _PIXEL * step
    for direction in _sphere(_VIEWS):
        right = np.cross(direction, np.eye(3)[int(np.abs(direction).argmin())])
        right /= np.linalg.norm(right)
        screen = np.stack([points @ right, points @ np.cross(direction, right)], axis=1)
        cell = np.floor((screen - screen.min(axis=0)) / pixel).astype(np.int64)
        depth = -points @ direction  # small is near the viewer, who is far away along the direction
        shape = cell.max(axis=0) + 1
        flat = cell[:, 0] * shape[1] + cell[:, 1]
        buffer = np.full(shape[0] * shape[1], np.inf)
        np.minimum.at(buffer, flat, depth)
        nearest = minimum_filter(buffer.reshape(shape), size=3).ravel()[flat]
        facing = normals @ direction
        slope = np.abs(facing).clip(0.2)
        visible = depth <= nearest + 2.5 * pixel / slope
        votes[visible] += facing[visible]
        weights[visible] += np.abs(facing[visible])
    return np.divide(votes, weights, out=np.zeros_like(votes), where=weights > 0)


def _sphere(count: int) -> np.ndarray:
    """Directions spread evenly over the sphere (Fibonacci lattice; Gonzalez 2010), shape (count, 3)."""
    index = np.arange(count) + 0.5
    z, turn = 1 - 2 * index / count, np.pi * (1 + np.sqrt(5)) * index
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), z], axis=1)


def _agreed(points: np.ndarray, normals: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """Sign for each normal: what is seen, smoothed among neighbours that lie alike (mean field on the graph of Hoppe et al. 1992)."""
    from scipy.sparse import coo_array
    from scipy.spatial import cKDTree

    k = min(10, len(points))
    _, near = cKDTree(points).query(points, k=k, workers=-1)
    row = np.repeat(np.arange(len(points)), k - 1)
    column = near[:, 1:].ravel()
    like = np.einsum("nd,nd->n", normals[row], normals[column])
    graph = coo_array((like, (row, column)), shape=(len(points), len(points))).tocsr()
    graph = (graph + graph.T) / (2 * max(k - 1, 1))
    sign = evidence.copy()
    for _ in range(_ROUNDS):
        sign = np.tanh(_AGREEMENT * (graph @ sign) + evidence)
    return np.where(sign < 0, -1.0, 1.0)
