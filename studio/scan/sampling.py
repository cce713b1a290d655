"""Thinning clouds on a voxel grid, and the parts they fall into. All results are the same on every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: A grid coordinate gets 21 bits of a 64-bit key: two million cells along an axis.
_BITS = 21


@dataclass(frozen=True)
class Thinned:
    """One point of a cloud for each occupied cell of a voxel grid.

    cell: Side of a cell, in the cloud's unit.
    chosen: Index of the first point in each of C occupied cells, shape (C,), int64.
    cell_of: The occupied cell of each point, shape (N,), int64.
    """

    cell: float
    chosen: np.ndarray
    cell_of: np.ndarray


def thin(points: np.ndarray, cell: float) -> Thinned:
    """Keep one point per voxel. points: Finite, shape (N, 3). cell: Side of a voxel in their unit."""
    _, chosen, cell_of = np.unique(_keys(_grid(points, cell)), return_index=True, return_inverse=True)
    order = np.argsort(chosen)  # in the order of the file
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Thinned(cell, chosen[order], rank[cell_of.ravel()])


def thin_to(points: np.ndarray, count: int) -> Thinned:
    """Thin to at most ``count`` points, on the finest of grids whose cells grow by the square root of 2."""
    cell = max(float(np.linalg.norm(np.ptp(points, axis=0))), 1e-300) / 2**10
    result = thin(points, cell)
    while len(result.chosen) > count:
        cell *= 2**0.5
        coarser = thin(points[result.chosen], cell)  # what is thinned already is thinned on: millions are sorted once
        result = Thinned(cell, result.chosen[coarser.chosen], coarser.cell_of[result.cell_of])
    return result


def spacing(points: np.ndarray) -> float:
    """Median distance to the nearest other point, on a sample of the cloud; in its unit."""
    from scipy.spatial import cKDTree

    sample = points[:: max(1, len(points) // 2000)]
    distances, _ = cKDTree(points).query(sample, k=2, workers=-1)
    return float(np.median(distances[:, 1]))


def components(points: np.ndarray, cell: float) -> np.ndarray:
    """Parts of a cloud that hang together: points in the same or touching cells (26 neighbours). Largest part 0, shape (N,), int64."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    grid = _grid(points, cell)
    keys, cell_of = np.unique(_keys(grid), return_inverse=True)
    pairs = []
    for dx, dy, dz in _HALF_NEIGHBOURS:
        other = keys + (dx << 2 * _BITS) + (dy << _BITS) + dz
        at = np.minimum(np.searchsorted(keys, other), len(keys) - 1)
        hit = keys[at] == other
        pairs.append(np.stack([np.flatnonzero(hit), at[hit]]))
    start, stop = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(len(start), bool), (start, stop)), shape=(len(keys), len(keys)))
    _, labels = connected_components(graph, directed=False)
    labels = labels[cell_of.ravel()]
    sizes = np.bincount(labels)
    rank = np.empty(len(sizes), np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[labels]


#: One of each pair of opposite neighbours.
_HALF_NEIGHBOURS = [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) > (0, 0, 0)]


def _grid(points: np.ndarray, cell: float) -> np.ndarray:
    """Cell coordinates, from 1, so that neighbours never wrap around."""
    grid = np.floor((points - points.min(axis=0)) / cell).astype(np.int64) + 1
    if grid.max(initial=0) >= 2**_BITS - 1:
        raise ValueError(f"a cell of {cell} is too small for this cloud")
    return grid


def _keys(grid: np.ndarray) -> np.ndarray:
    return (grid[:, 0] << 2 * _BITS) + (grid[:, 1] << _BITS) + grid[:, 2]
