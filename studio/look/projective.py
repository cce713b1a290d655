"""Projective dynamics for cloth: one sparse matrix factorised once, all constraints projected at once.

Bouaziz, Martin, Liu, Kavan, Pauly, "Projective Dynamics: Fusing Constraint Projections for Fast Simulation" (SIGGRAPH 2014), section 3:
alternate a local step, which projects each spring to its length, with a global step, which solves
``(wi I + D'D + ws S'S + wb B'B) x = wi y + D'd + ws S's`` for positions. D, S and B are differences along springs, seams, and from the mean
of the neighbours (bending); y is where inertia leads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import SuperLU


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Weights of the terms, relative to a spring's 1."""

    inertia: float
    bending: float
    seam: float = 0.0


class ProjectiveSystem:
    """The factorised system of one cloth: springs of given lengths, seams that shrink, resistance to bending."""

    def __init__(
        self, *, vertex_count: int, springs: np.ndarray, lengths: np.ndarray, faces: np.ndarray, flat: np.ndarray, weights: Weights,
        seams: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        """
        Args:
            springs: Vertex pairs, shape (E, 2). lengths: Their rest lengths [m], shape (E,).
            faces: Triangles, shape (F, 3). flat: Their corners in the plane, when at rest [m], shape (F, 3, 2).
            seams: Vertex pairs to be drawn together, shape (S, 2).
        """
        from scipy.sparse import identity
        from scipy.sparse.linalg import splu

        self.weights, self.lengths = weights, lengths
        seams = np.zeros((0, 2), dtype=np.int64) if seams is None else seams
        self.spring_difference = _difference(springs, vertex_count)
        self.seam_difference = _difference(seams, vertex_count)
        self._springs_back = self.spring_difference.T.tocsr()
        self._seams_back = self.seam_difference.T.tocsr()
        bending = _off_the_plane(faces, flat, vertex_count)
        matrix = weights.inertia * identity(vertex_count) + self._springs_back @ self.spring_difference
        matrix = matrix + weights.seam * (self._seams_back @ self.seam_difference) + weights.bending * (bending.T @ bending)
        # Symmetric and positive definite: no pivoting needed, and the minimum degree of A + A' keeps the factor small.
        options = {"SymmetricMode": True}
        self._factor: SuperLU = splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)

    def solve(
        self, start: np.ndarray, inertial: np.ndarray, *, iterations: int, seam_lengths: np.ndarray | None = None, slack: float = 0.0
    ) -> np.ndarray:
        """Local and global steps from ``start``.

        inertial: Where inertia and outer forces alone would lead [m], shape (V, 3). seam_lengths: Longest seam gaps [m], shape (S,).
        slack: Share of its length by which a spring may be pressed together without answering.
        """
        x = start
        for _ in range(iterations):
            springs = _between(self.spring_difference @ x, (1 - slack) * self.lengths, self.lengths)
            right = self.weights.inertia * inertial + self._springs_back @ springs
            if seam_lengths is not None:
                gap = self.seam_difference @ x
                right += self.weights.seam * (self._seams_back @ _shortened(gap, seam_lengths))
            x = self._factor.solve(right)
        return x

    def strain(self, x: np.ndarray) -> np.ndarray:
        """Relative change of length of each spring, shape (E,)."""
        return np.linalg.norm(self.spring_difference @ x, axis=1) / self.lengths - 1.0


def limited_step(x: np.ndarray, target: np.ndarray, longest_m: float) -> np.ndarray:
    """``target``, no vertex moved farther from ``x`` than ``longest_m``."""
    step = target - x
    length = np.linalg.norm(step, axis=1)
    return x + step * np.minimum(1.0, longest_m / np.maximum(length, 1e-12))[:, None]


def _difference(pairs: np.ndarray, count: int) -> csr_matrix:
    """The matrix that takes positions to their differences along pairs, first less second, shape (len(pairs), count)."""
    from scipy.sparse import csr_matrix

    rows = np.arange(len(pairs))
    values = np.concatenate([np.ones(len(pairs)), -np.ones(len(pairs))])
    return csr_matrix((values, (np.concatenate([rows, rows]), np.concatenate([pairs[:, 0], pairs[:, 1]]))), shape=(len(pairs), count))


def _off_the_plane(faces: np.ndarray, flat: np.ndarray, count: int) -> csr_matrix:
    """The matrix that takes positions to their offsets from a weighted mean of their neighbours: zero wherever the cloth is flat.

    Inside the weights are the cotangents of the flat triangles (Pinkall and Polthier 1993): the offset then points along the normal,
    whatever the mesh, so bending does not slide vertices along the cloth. On hems see `_hem_rows`.
    """
    from scipy.sparse import coo_matrix, diags

    rows, columns, values = [], [], []
    for k in range(3):
        u, v = flat[:, (k + 1) % 3] - flat[:, k], flat[:, (k + 2) % 3] - flat[:, k]
        cotangent = (u * v).sum(axis=1) / np.maximum(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]), 1e-12)
        a, b = faces[:, (k + 1) % 3], faces[:, (k + 2) % 3]
        rows += [a, b]
        columns += [b, a]
        values += [cotangent, cotangent]
    shape = (count, count)
    weights = coo_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsr()
    total = np.asarray(weights.sum(axis=1)).ravel()
    interior = total > 1e-6
    interior[boundary_vertices(faces)] = False
    scale = np.where(interior, 1 / np.where(interior, total, 1.0), 0.0)
    inside = diags(interior.astype(float)) - diags(scale) @ weights
    return (inside + _hem_rows(faces, flat, count)).tocsr()


def _hem_rows(faces: np.ndarray, flat: np.ndarray, count: int) -> csr_matrix:
    """Rows for hem vertices: offsets from the point that has the same barycentric coordinates in three neighbours as on the flat pattern.

    The neighbours are the two along the hem and the mean of those inside. Vertices where a seam ends are left out, for they
    have two places on the pattern.
    """
    from scipy.sparse import coo_matrix

    sides = np.stack([faces.ravel(), np.roll(faces, -1, axis=1).ravel()], axis=1)
    places = np.stack([flat.reshape(-1, 2), np.roll(flat, -1, axis=1).reshape(-1, 2)], axis=1)
    alone = ~np.isin(sides[:, 0] * count + sides[:, 1], sides[:, 1] * count + sides[:, 0])
    following, previous = dict(sides[alone].tolist()), dict(sides[alone][:, ::-1].tolist())
    place_of: dict[int, np.ndarray] = {}
    neighbours: dict[int, dict[int, np.ndarray]] = {vertex: {} for vertex in following}
    seams = set()
    hem = np.isin(sides, sides[alone]).any(axis=1)
    for (a, b), (at_a, at_b) in zip(sides[hem].tolist(), places[hem], strict=True):
        for vertex, at, other, other_at in ((a, at_a, b, at_b), (b, at_b, a, at_a)):
            if vertex in neighbours:
                neighbours[vertex][other] = other_at
                if np.abs(place_of.setdefault(vertex, at) - at).max() > 1e-9:
                    seams.add(vertex)
    rows, columns, values = [], [], []
    for vertex in following.keys() - seams:
        shares = _hem_shares(place_of[vertex], neighbours[vertex], (previous.get(vertex, -1), following[vertex]))
        if shares:
            rows += [vertex] * (1 + len(shares))
            columns += [vertex, *shares]
            values += [1.0, *shares.values()]
    return coo_matrix((values, (rows, columns)), shape=(count, count)).tocsr()


def _hem_shares(place: np.ndarray, neighbours: dict[int, np.ndarray], along: tuple[int, int]) -> dict[int, float]:
    """What to take off a hem vertex, by neighbour: its barycentric coordinates in both along the hem and the mean of the others."""
    inside = [other for other in neighbours if other not in along]
    if not inside or any(other not in neighbours for other in along):
        return {}
    corners = np.stack([neighbours[along[0]], neighbours[along[1]], np.mean([neighbours[other] for other in inside], axis=0)])
    system = np.vstack([corners.T, np.ones(3)])
    if abs(np.linalg.det(system)) < 1e-12:
        return {}
    share = np.linalg.solve(system, np.append(place, 1.0))
    return {along[0]: -share[0], along[1]: -share[1]} | {other: -share[2] / len(inside) for other in inside}


def boundary_vertices(faces: np.ndarray) -> np.ndarray:
    """Vertices on edges that only one triangle has, sorted."""
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys, counts = np.unique(sides[:, 0] * (int(faces.max()) + 1) + sides[:, 1], return_counts=True)
    alone = keys[counts == 1]
    return np.unique(np.concatenate([alone // (int(faces.max()) + 1), alone % (int(faces.max()) + 1)]))


def _between(vectors: np.ndarray, shortest: np.ndarray, longest: np.ndarray) -> np.ndarray:
    """The vectors brought to lengths between two bounds."""
    length = np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)
    return vectors * (np.clip(length, shortest, longest) / length)[:, None]


def _shortened(vectors: np.ndarray, longest: np.ndarray) -> np.ndarray:
    return vectors * np.minimum(1.0, longest / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9))[:, None]
