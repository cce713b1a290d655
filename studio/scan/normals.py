"""Normals of scans: local planes fitted to the cloud, turned outward by what can be seen from outside."""

from __future__ import annotations

import numpy as np


def local_normals(points: np.ndarray, *, neighbours: int = 20) -> np.ndarray:
    """Unit normals of either sign, shape (N, 3), float64: the direction in which each point's neighbourhood is thinnest (Hoppe et al. 1992)."""
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    normals = np.empty((len(points), 3))
    for start in range(0, len(points), 50_000):
        part = slice(start, start + 50_000)
        _, near = tree.query(points[part], k=min(neighbours, len(points)), workers=-1)
        offsets = points[near] - points[near].mean(axis=1, keepdims=True)
        normals[part] = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))[1][:, :, 0]
    return normals
