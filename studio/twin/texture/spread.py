"""Smooth functions on the canvas: what is known at some vertices, spread to the others over the surface and across all seams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.twin.texture.canvas import Canvas

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Pull of the neighbours against a vertex that is fully known: what is known keeps its value to a tenth, a doubtful one is smoothed.
_STIFFNESS = 0.05
#: Says something where nothing is known for far around, so that the system can be solved.
_FLOOR = 1e-7


@dataclass(frozen=True, eq=False)
class Weave:
    """Who is whose neighbour on the canvas. near: Row-stochastic matrix of the neighbours, (V, V). laplacian: (V, V), without unit.

    stiffness: The same by cotangents (Pinkall and Polthier 1993), (V, V). areas: Of the vertices [m2], (V,). edges: (E, 2).
    """

    near: csr_matrix
    laplacian: csr_matrix
    stiffness: csr_matrix
    areas: np.ndarray
    edges: np.ndarray

    @classmethod
    def of(cls, canvas: Canvas) -> Weave:
        """Neighbours weigh by the inverse of their distance."""
        from scipy.sparse import coo_matrix, diags

        edges, count = canvas.edges, len(canvas.vertices)
        length = np.linalg.norm(canvas.rest[edges[:, 0]] - canvas.rest[edges[:, 1]], axis=1).astype(np.float64)
        weight = 1 / np.maximum(length, 0.1 * np.median(length))
        weight /= np.median(weight)
        both = coo_matrix((np.r_[weight, weight], (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])), shape=(count, count))
        degree = np.asarray(both.sum(axis=1)).ravel()
        near = (diags(1 / np.maximum(degree, 1e-12)) @ both).tocsr()
        return cls(near, (diags(degree) - both).tocsr(), _cotangents(canvas), np.maximum(canvas.areas, 1e-12), edges)

    def smoothed(self, values: np.ndarray, rounds: int) -> np.ndarray:
        """Values (V,) or (V, C) averaged with their neighbours."""
        for _ in range(rounds):
            values = 0.5 * values + 0.5 * (self.near @ values)
        return values

    def smoothed_over(self, values: np.ndarray, length_m: float) -> np.ndarray:
        """Values (V, C) averaged over about that length on the surface, however fine the mesh is there: one implicit step of diffusion."""
        from scipy.sparse import diags
        from scipy.sparse.linalg import splu

        system = diags(self.areas) + (length_m / 2) ** 2 * self.stiffness
        return splu(system.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(self.areas[:, None] * values)

    def grown(self, mask: np.ndarray, rings: int) -> np.ndarray:
        """A mask (V,), bool, with so many rings of neighbours around it."""
        for _ in range(rings):
            ring = mask[self.edges]
            mask = mask.copy()
            mask[self.edges[ring.any(axis=1)].ravel()] = True
        return mask

    def patches(self, mask: np.ndarray) -> np.ndarray:
        """Number of the connected patch of a mask that each vertex belongs to, -1 outside the mask, shape (V,)."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        inner = self.edges[mask[self.edges].all(axis=1)]
        graph = coo_matrix((np.ones(len(inner), bool), (inner[:, 0], inner[:, 1])), shape=(len(mask), len(mask)))
        return np.where(mask, connected_components(graph, directed=False)[1], -1)

    def spread(self, values: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The smoothest function that agrees with values (V, C) where they are known (V,), 0 to 1: a membrane.

        Where nothing is known in a whole connected piece, it is the mean of all that is known.
        """
        from scipy.sparse import diags
        from scipy.sparse.linalg import splu

        mean = np.average(values, axis=0, weights=known + 1e-12)
        system = diags(known + _FLOOR) + _STIFFNESS * self.laplacian
        right = known[:, None] * (values - mean)
        return splu(system.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(right) + mean


def _cotangents(canvas: Canvas) -> csr_matrix:
    from scipy.sparse import coo_matrix, diags

    count, corners = len(canvas.vertices), canvas.triangles
    rows, columns, weights = [], [], []
    for k in range(3):
        at, first, second = (canvas.vertices[corners[:, (k + step) % 3]].astype(np.float64) for step in range(3))
        u, v = first - at, second - at
        cotangent = np.einsum("nd,nd->n", u, v) / np.maximum(np.linalg.norm(np.cross(u, v), axis=1), 1e-12)
        rows.append(corners[:, (k + 1) % 3])
        columns.append(corners[:, (k + 2) % 3])
        weights.append(np.clip(cotangent, 0.0, 10.0) / 2)  # obtuse angles would make it overshoot
    row, column, weight = np.concatenate(rows), np.concatenate(columns), np.concatenate(weights)
    both = coo_matrix((np.r_[weight, weight], (np.r_[row, column], np.r_[column, row])), shape=(count, count)).tocsr()
    return (diags(np.asarray(both.sum(axis=1)).ravel()) - both).tocsr()
