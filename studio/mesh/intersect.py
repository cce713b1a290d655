"""Where triangle meshes cross themselves or each other, numpy only.

Edges are tested against triangles: two triangles that are not in one plane cross exactly when an edge of one passes through the other.
A uniform grid finds the candidates. Touching (a corner or an edge that lies on the other surface) and coplanar overlap do not count
as crossing: they are measure-zero cases, and the sign tests below are strict.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: Grid cells per box, on average, above which the grid is made coarser: bounds memory where a few boxes are huge.
_CELLS_PER_BOX = 24

#: Candidate pairs that are expanded at once: bounds memory.
_CHUNK = 4_000_000


@dataclass(frozen=True)
class Crossings:
    """Edges that pass through triangles, K of them.

    edges: Indices of the two ends of each edge, shape (K, 2), int64.
    faces: Index of the triangle that each passes through, shape (K,), int64.
    along: Where on the edge, 0 at its first end to 1 at its second, shape (K,), float64.
    barycentric: Where in the triangle: weights of its corners, shape (K, 3), float64.
    """

    edges: np.ndarray
    faces: np.ndarray
    along: np.ndarray
    barycentric: np.ndarray


def unique_edges(faces: np.ndarray) -> np.ndarray:
    """The edges of triangles, each once, smaller index first, sorted, shape (E, 2), int64."""
    sides = np.sort(np.asarray(faces, dtype=np.int64)[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return _unique_rows(sides)


def self_crossings(vertices: np.ndarray, faces: np.ndarray) -> Crossings:
    """Edges of a mesh that pass through triangles of the same mesh with which they share no vertex.

    vertices: Shape (V, 3), any float. faces: Shape (F, 3).
    """
    vertices, faces = np.asarray(vertices, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    edges = unique_edges(faces)
    edge_index, face_index = _candidates(vertices, edges, vertices, faces)
    shared = (edges[edge_index][:, :, None] == faces[face_index][:, None, :]).any(axis=(1, 2))
    return _narrow(vertices, edges, vertices, faces, edge_index[~shared], face_index[~shared])


def mesh_crossings(vertices: np.ndarray, faces: np.ndarray, other_vertices: np.ndarray, other_faces: np.ndarray) -> Crossings:
    """Edges of the first mesh that pass through triangles of the second."""
    vertices, other_vertices = np.asarray(vertices, dtype=np.float64), np.asarray(other_vertices, dtype=np.float64)
    edges, other_faces = unique_edges(faces), np.asarray(other_faces, dtype=np.int64)
    edge_index, face_index = _candidates(vertices, edges, other_vertices, other_faces)
    return _narrow(vertices, edges, other_vertices, other_faces, edge_index, face_index)


def self_intersections(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Pairs of triangles of one mesh that cross and share no vertex: each once, smaller index first, sorted, shape (K, 2), int64."""
    faces = np.asarray(faces, dtype=np.int64)
    found = self_crossings(vertices, faces)
    pairs = _expand_edges(found, faces)
    shared = (faces[pairs[:, 0]][:, :, None] == faces[pairs[:, 1]][:, None, :]).any(axis=(1, 2))
    return _unique_rows(np.sort(pairs[~shared], axis=1))


def mesh_intersections(vertices: np.ndarray, faces: np.ndarray, other_vertices: np.ndarray, other_faces: np.ndarray) -> np.ndarray:
    """Pairs (triangle of the first mesh, triangle of the second) that cross, each once, sorted, shape (K, 2), int64."""
    faces, other_faces = np.asarray(faces, dtype=np.int64), np.asarray(other_faces, dtype=np.int64)
    forth = _expand_edges(mesh_crossings(vertices, faces, other_vertices, other_faces), faces)
    back = _expand_edges(mesh_crossings(other_vertices, other_faces, vertices, faces), other_faces)
    return _unique_rows(np.concatenate([forth, back[:, ::-1]]))


def overlapping_boxes(low_a: np.ndarray, high_a: np.ndarray, low_b: np.ndarray, high_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices (i, j) of all axis-aligned boxes a and b that overlap or touch; each pair once, in no particular order.

    low_a, high_a: Corners, shape (A, 3); low_b, high_b: shape (B, 3).
    """
    empty = np.zeros(0, dtype=np.int64)
    if not len(low_a) or not len(low_b):
        return empty, empty
    # Only where both sets are can anything overlap.
    low, high = np.maximum(low_a.min(axis=0), low_b.min(axis=0)), np.minimum(high_a.max(axis=0), high_b.max(axis=0))
    keep_a = np.flatnonzero(((high_a >= low) & (low_a <= high)).all(axis=1))
    keep_b = np.flatnonzero(((high_b >= low) & (low_b <= high)).all(axis=1))
    if not len(keep_a) or not len(keep_b):
        return empty, empty
    low_a, high_a, low_b, high_b = low_a[keep_a], high_a[keep_a], low_b[keep_b], high_b[keep_b]
    cell = _cell_size(low_a, high_a, low_b, high_b)
    first_a, last_a, first_b, last_b = (np.floor((corner - low) / cell).astype(np.int64) for corner in (low_a, high_a, low_b, high_b))
    base = np.minimum(first_a.min(axis=0), first_b.min(axis=0))
    size = np.maximum(last_a.max(axis=0), last_b.max(axis=0)) - base + 1
    box_a, key_a = _cells(first_a - base, last_a - base, size)
    box_b, key_b = _cells(first_b - base, last_b - base, size)
    order = np.argsort(key_b, kind="stable")
    box_b, key_b = box_b[order], key_b[order]
    start, stop = np.searchsorted(key_b, key_a, side="left"), np.searchsorted(key_b, key_a, side="right")
    found_a, found_b = [], []
    for part in _chunks(stop - start):
        count = (stop - start)[part]
        i = np.repeat(box_a[part], count)
        j = box_b[np.repeat(start[part], count) + _ramp(count)]
        key = np.repeat(key_a[part], count)
        # A pair that shares several cells counts in the one that holds the lower corner of its overlap.
        home = np.maximum(first_a[i], first_b[j]) - base
        hit = (home[:, 0] * size[1] + home[:, 1]) * size[2] + home[:, 2] == key
        i, j = i[hit], j[hit]
        hit = ((low_a[i] <= high_b[j]) & (low_b[j] <= high_a[i])).all(axis=1)
        found_a.append(i[hit])
        found_b.append(j[hit])
    return keep_a[np.concatenate(found_a)], keep_b[np.concatenate(found_b)]


def _candidates(vertices: np.ndarray, edges: np.ndarray, other: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ends, corners = vertices[edges], other[faces]
    return overlapping_boxes(ends.min(axis=1), ends.max(axis=1), corners.min(axis=1), corners.max(axis=1))


def _narrow(
    vertices: np.ndarray, edges: np.ndarray, other: np.ndarray, faces: np.ndarray, edge_index: np.ndarray, face_index: np.ndarray
) -> Crossings:
    """The candidates that truly cross, by the signs of five tetrahedra (Moeller and Trumbore 1997, written with volumes)."""
    p, q = vertices[edges[edge_index, 0]], vertices[edges[edge_index, 1]]
    a, b, c = (other[faces[face_index, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    height_p, height_q = np.einsum("nd,nd->n", p - a, normal), np.einsum("nd,nd->n", q - a, normal)
    near = np.flatnonzero(height_p * height_q < 0)
    p, q, a, b, c = p[near], q[near], a[near], b[near], c[near]
    direction = q - p
    u = np.einsum("nd,nd->n", direction, np.cross(b - p, c - p))
    v = np.einsum("nd,nd->n", direction, np.cross(c - p, a - p))
    w = np.einsum("nd,nd->n", direction, np.cross(a - p, b - p))
    inside = ((u > 0) & (v > 0) & (w > 0)) | ((u < 0) & (v < 0) & (w < 0))
    hit = near[inside]
    weights = np.stack([u, v, w], axis=1)[inside]
    return Crossings(
        edges=edges[edge_index[hit]],
        faces=face_index[hit],
        along=height_p[hit] / (height_p[hit] - height_q[hit]),
        barycentric=weights / weights.sum(axis=1, keepdims=True),
    )


def _expand_edges(found: Crossings, faces: np.ndarray) -> np.ndarray:
    """Pairs (triangle that has the edge, triangle that it passes through), shape (K, 2)."""
    count = int(faces.max()) + 1 if len(faces) else 1
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = sides[:, 0] * count + sides[:, 1]
    order = np.argsort(keys, kind="stable")
    keys, owner = keys[order], np.repeat(np.arange(len(faces)), 3)[order]
    wanted = found.edges[:, 0] * count + found.edges[:, 1]
    start, stop = np.searchsorted(keys, wanted, side="left"), np.searchsorted(keys, wanted, side="right")
    number = stop - start
    return np.stack([owner[np.repeat(start, number) + _ramp(number)], np.repeat(found.faces, number)], axis=1)


def _cell_size(low_a: np.ndarray, high_a: np.ndarray, low_b: np.ndarray, high_b: np.ndarray) -> float:
    """About the size of the usual box, larger where that would put the boxes into too many cells."""
    extent_a, extent_b = (high_a - low_a).max(axis=1), (high_b - low_b).max(axis=1)
    cell = max(np.median(extent_a), np.median(extent_b), 1e-12)
    extents = np.concatenate([high_a - low_a, high_b - low_b])
    while np.prod(np.floor(extents / cell) + 2, axis=1).sum() > _CELLS_PER_BOX * len(extents):
        cell *= 1.5
    return float(cell)


def _cells(first: np.ndarray, last: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every cell that every box touches: the box, and the cell's number."""
    span = last - first + 1
    count = span.prod(axis=1)
    box = np.repeat(np.arange(len(first)), count)
    step = _ramp(count)
    depth, height = span[box, 2], span[box, 1]
    cell = first[box] + np.stack([step // (depth * height), step // depth % height, step % depth], axis=1)
    return box, (cell[:, 0] * size[1] + cell[:, 1]) * size[2] + cell[:, 2]


def _ramp(counts: np.ndarray) -> np.ndarray:
    """0, 1 .. n - 1 for each n in ``counts``, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def _chunks(counts: np.ndarray) -> list[slice]:
    """Slices of entries whose counts add up to at most about ``_CHUNK`` each; one slice at least."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.searchsorted(ends, np.arange(_CHUNK, total, _CHUNK)).tolist()
    borders = [0, *dict.fromkeys(cut for cut in cuts if cut > 0), len(counts)]
    return [slice(start, stop) for start, stop in pairwise(borders)]


def _unique_rows(pairs: np.ndarray) -> np.ndarray:
    """Sorted unique rows of a non-negative integer array of shape (K, 2); faster than ``np.unique(axis=0)``."""
    if not len(pairs):
        return np.zeros((0, 2), dtype=np.int64)
    base = int(pairs[:, 1].max()) + 1
    keys = np.unique(pairs[:, 0] * base + pairs[:, 1])
    return np.stack([keys // base, keys % base], axis=1)
