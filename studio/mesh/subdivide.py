"""Catmull-Clark subdivision, so that the mesh which Blender renders is known, and measured, outside Blender.

Catmull and Clark 1978, with the boundary rules of DeRose, Kass and Truong 1998. One level is a sparse matrix: positions, rest
positions and painted regions all go through the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Refined:
    """A subdivided mesh. fine_from_coarse: sparse (V', V); quads: (Q', 4); corner_weights live in `refine_corners`.

    parents: The coarse quad of each fine quad, shape (Q',).
    """

    fine_from_coarse: csr_matrix
    quads: np.ndarray
    parents: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Per-vertex values of shape (V,) or (V, C) on the fine mesh."""
        return self.fine_from_coarse @ values


def refine(quads: np.ndarray, count: int, levels: int) -> Refined:
    """Subdivide a pure quad mesh of ``count`` vertices ``levels`` times. Vertices that no quad uses must not exist."""
    from scipy.sparse import identity

    total, current, parents = identity(count, format="csr"), np.asarray(quads, dtype=np.int64), np.arange(len(quads))
    for _ in range(levels):
        step, current = _level(current, total.shape[0])
        total = step @ total
        parents = np.repeat(parents, 4)
    return Refined(total.tocsr(), current, parents)


def _level(quads: np.ndarray, count: int) -> tuple[csr_matrix, np.ndarray]:
    """The matrix of one level and the fine quads. Fine vertices: old vertices, then edge points, then face points."""
    from scipy.sparse import coo_matrix, csr_matrix, diags, vstack

    number = len(quads)
    half = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, edge_of = np.unique(np.sort(half, axis=1), axis=0, return_inverse=True)
    edge_of = edge_of.reshape(number, 4)
    uses = np.bincount(edge_of.ravel(), minlength=len(edges))
    face = csr_matrix((np.full(4 * number, 0.25), (np.repeat(np.arange(number), 4), quads.ravel())), shape=(number, count))
    ones = np.ones(len(edges))
    ends = csr_matrix((np.r_[ones, ones] / 2, (np.r_[0 : len(edges), 0 : len(edges)], edges.T.ravel())), shape=(len(edges), count))
    inner = uses == 2
    faces_of_edge = coo_matrix(
        (np.ones(4 * number), (edge_of.ravel(), np.repeat(np.arange(number), 4))), shape=(len(edges), number)
    ).tocsr()
    edge_points = diags(np.where(inner, 0.5, 1.0)) @ ends + diags(np.where(inner, 0.25, 0.0)) @ (faces_of_edge @ face)
    vertex_points = _vertex_points(quads, count, face, ends, edges, inner)
    fine = vstack([vertex_points, edge_points, face]).tocsr()
    middle = count + len(edges) + np.arange(number)
    e = count + edge_of
    children = [np.stack([quads[:, k], e[:, k], middle, e[:, (k + 3) % 4]], axis=1) for k in range(4)]
    return fine, np.stack(children, axis=1).reshape(-1, 4)


def _vertex_points(quads: np.ndarray, count: int, face: csr_matrix, ends: csr_matrix, edges: np.ndarray, inner: np.ndarray) -> csr_matrix:
    """Inside: (F + 2 R + (n - 3) P) / n; on a boundary: a sixth of both neighbours' edge middles' sum rule (1/8, 3/4, 1/8)."""
    from scipy.sparse import csr_matrix, diags

    valence = np.bincount(edges.ravel(), minlength=count).astype(float)
    face_of_vertex = csr_matrix((np.ones(quads.size), (quads.ravel(), np.repeat(np.arange(len(quads)), 4))), shape=(count, len(quads)))
    around = np.maximum(np.bincount(quads.ravel(), minlength=count), 1)
    edge_of_vertex = csr_matrix((np.ones(edges.size), (edges.T.ravel(), np.tile(np.arange(len(edges)), 2))), shape=(count, len(edges)))
    on_boundary = np.zeros(count, dtype=bool)
    on_boundary[edges[~inner].ravel()] = True
    n = np.maximum(valence, 1)
    smooth = diags(1 / (n * around)) @ face_of_vertex @ face + diags(2 / n**2) @ edge_of_vertex @ ends + diags((n - 3) / n)
    rim = edge_of_vertex @ diags((~inner).astype(float))
    rim_count = np.asarray(rim.sum(axis=1)).ravel()
    # two boundary edges meet here: their middles' mean (P/2 + neighbours/4) and P itself, half each: 3/4 P + 1/8 each; else a corner
    regular = on_boundary & (rim_count == 2)
    crease = diags(np.where(regular, 0.25, 0.0)) @ rim @ ends + diags(np.where(regular, 0.5, 1.0))
    return diags(np.where(on_boundary, 0.0, 1.0)) @ smooth + diags(np.where(on_boundary, 1.0, 0.0)) @ crease


def refine_corners(values: np.ndarray, levels: int) -> np.ndarray:
    """Corner values of shape (Q, 4, C), such as texture coordinates, interpolated bilinearly to the fine quads' corners."""
    for _ in range(levels):
        middle = values.mean(axis=1)
        edge = (values + np.roll(values, -1, axis=1)) / 2
        children = [np.stack([values[:, k], edge[:, k], middle, edge[:, (k + 3) % 4]], axis=1) for k in range(4)]
        values = np.stack(children, axis=1).reshape(-1, 4, values.shape[2])
    return values
