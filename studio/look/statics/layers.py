"""Contact of cloth with itself: layers that come near each other are pressed apart, and never pass through.

Pairs of a vertex and a triangle, and of two edges, are looked for anew in every step; which side a layer is on is where it is now, so
cloth that starts apart stays apart: a step is shortened until no pair covers more than a share of its distance (the conservative bound
of Wu, Peng, Chen and others, "A Safe and Fast Repulsion Method for GPU-based Cloth Self Collisions", TOG 2020, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.look.layers import contour_step
from studio.mesh.closest import closest_barycentric
from studio.mesh.intersect import self_crossings

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Pressure per depth [Pa/m]: as soft as the body's, so that no layer gives way first; where less than all of the distance is left, harder
#: by the square of its share, so many times at most: what tension presses together would else end in one place, where no step leads out.
STIFFNESS_PA_M, _HARDEST = 1e6, 400.0
#: Triangles are looked for among so many nearest ones: those around a vertex itself come first.
_NEAREST = 40
#: Rounds in which moves are shortened until no pair closes by more than its share.
_ROUNDS = 6
#: Rounds in which vertices are held back until nothing crosses, with so many rings of neighbours: what is held crosses what is not.
_RINGS = (1, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 8)
#: Longest move of a crossing in one step out of it [m].
_UNTANGLING_M = 0.002
#: Neighbours count as layers below so many times the distance that layers keep: a flat mesh has none so near.
_TOUCHING = 2.0
#: Share of the distance that a step may cover.
_SHARE = 0.8


@dataclass(frozen=True, eq=False)
class Layers:
    """P pairs of a vertex and a triangle, or of two edges, of different layers.

    corners: The vertex and the triangle's corners, or the edges' ends, shape (P, 4). weights: Of the corners in the shortest way between
    them: positive on one side, negative on the other, (P, 4). normals: Its direction, unit, from the negative side to the positive, (P, 3).
    distances: Its length [m], (P,). areas: What the positive side stands for [m2], (P,). apart_m: How far layers keep apart.
    """

    corners: np.ndarray
    weights: np.ndarray
    normals: np.ndarray
    distances: np.ndarray
    areas: np.ndarray
    apart_m: float

    @property
    def stiffness(self) -> np.ndarray:
        """Force per depth of each pair [N/m], (P,)."""
        return STIFFNESS_PA_M * self.areas * np.clip((self.apart_m / np.maximum(self.distances, 1e-9)) ** 2, 1.0, _HARDEST)

    def _depths(self, x: np.ndarray) -> np.ndarray:
        distance = np.einsum("pc,pcd,pd->p", self.weights, x[self.corners], self.normals)
        return np.maximum(self.apart_m - distance, 0.0)

    def energy(self, x: np.ndarray) -> float:
        """Energy of what is too near [J]."""
        return float(0.5 * (self.stiffness @ self._depths(x) ** 2))

    def derivatives(self, x: np.ndarray) -> tuple[np.ndarray, csr_matrix]:
        """Gradient of the energy [N], shape (V, 3), and its Hessian [N/m], (3 V, 3 V), positive semi-definite."""
        from scipy.sparse import csr_matrix, diags

        depths = self._depths(x)
        near = np.flatnonzero(depths > 0)
        entries = (self.weights[near, :, None] * self.normals[near, None]).reshape(-1)
        columns = (3 * self.corners[near, :, None] + np.arange(3)).reshape(-1)
        across = csr_matrix((entries, columns, np.arange(0, 12 * len(near) + 1, 12)), shape=(len(near), x.size))
        stiffness = self.stiffness[near]
        gradient = -(across.T @ (stiffness * depths[near])).reshape(-1, 3)
        return gradient, (across.T @ diags(stiffness) @ across).tocsr()

    def bounded(self, move: np.ndarray) -> np.ndarray:
        """The move (V, 3) [m] with no pair closing by more than its share: what closes is taken out, what slides stays.

        Jacobi's iteration over all pairs; what it leaves is slowed down.
        """
        move, limit = move.copy(), _SHARE * self.distances
        shares = self.weights / (self.weights**2).sum(axis=1, keepdims=True)
        for _ in range(_ROUNDS):
            over = self._closing(move) - limit
            close = np.flatnonzero(over > 0)
            if not len(close):
                return move
            back = (shares[close] * over[close, None])[:, :, None] * self.normals[close, None]
            total, count = np.zeros_like(move), np.zeros(len(move))
            np.add.at(total, self.corners[close], back)
            np.add.at(count, self.corners[close], 1.0)
            move += total / np.maximum(count, 1.0)[:, None]
        closing = self._closing(move)
        slow = np.where(closing > limit, limit / np.maximum(closing, 1e-12), 1.0)
        scale = np.ones(len(move))
        np.minimum.at(scale, self.corners, np.repeat(slow[:, None], 4, axis=1))
        return move * scale[:, None]

    def _closing(self, move: np.ndarray) -> np.ndarray:
        """By how much a move brings each pair together [m], (P,)."""
        return -np.einsum("pc,pcd,pd->p", self.weights, move[self.corners], self.normals)


class LayerSearch:
    """Finds the layers of one cloth."""

    def __init__(self, faces: np.ndarray, areas: np.ndarray, *, apart_m: float) -> None:
        """faces: Shape (F, 3). areas: Of the vertices [m2], shape (V,). apart_m: How far layers keep apart [m]."""
        self._faces, self._areas, self._apart_m, self._count = faces, areas, apart_m, len(areas)
        sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        own = np.repeat(np.arange(self._count)[:, None], 2, axis=1)
        both = np.concatenate([sides, sides[:, ::-1], own])
        self._adjacent = np.unique(both[:, 0] * self._count + both[:, 1])
        self._edges = np.unique(np.sort(sides, axis=1), axis=0)

    def apart(self, before: np.ndarray, after: np.ndarray, tangled: np.ndarray) -> np.ndarray:
        """Positions ``after`` (V, 3) [m], where cloth would newly pass through itself left as they were ``before``.

        tangled: Vertices where it did already, shape (V,), bool: what is there may move, or no step would ever undo it.
        """
        x, held = after, np.zeros(self._count, dtype=bool)
        for rings in _RINGS:
            crossing = self._crossing(x)
            new = np.unique(crossing[~tangled[crossing].all(axis=1)])
            if not len(new):
                return x
            held[new] = True
            for _ in range(rings):
                held[self._faces[held[self._faces].any(axis=1)]] = True
            x = np.where(held[:, None], before, after)
        return before

    def tangled(self, x: np.ndarray) -> np.ndarray:
        """Which vertices are where cloth passes through itself, shape (V,), bool."""
        tangled = np.zeros(self._count, dtype=bool)
        tangled[self._crossing(x)] = True
        return tangled

    def untangled(self, x: np.ndarray, tangled: np.ndarray) -> np.ndarray:
        """Positions x (V, 3) [m] after one step out of what is tangled."""
        around = self._faces[tangled[self._faces].any(axis=1)]
        return x + contour_step(x, around, longest_m=_UNTANGLING_M)[0]

    def _crossing(self, x: np.ndarray) -> np.ndarray:
        """The ends of edges that pass through triangles, and those triangles' corners, shape (K, 5)."""
        found = self_crossings(x, self._faces)
        return np.concatenate([found.edges, self._faces[found.faces]], axis=1)

    def find(self, x: np.ndarray, reach_m: float, tangled: np.ndarray) -> Layers:
        """Pairs within ``reach_m`` at positions x [m], shape (V, 3); what shares a vertex does not count, neighbours only where they touch.

        tangled: Vertices whose side cannot be told, shape (V,), bool: they keep apart from nothing.
        """
        corners, weights = self._vertices_and_triangles(x, reach_m)
        edges = self._edges_of(corners)
        if len(edges):
            crossing, shares = self._edges_and_edges(x, edges, reach_m)
            corners, weights = np.concatenate([corners, crossing]), np.concatenate([weights, shares])
        offset = np.einsum("pc,pcd->pd", weights, x[corners])
        length = np.linalg.norm(offset, axis=1)
        near = (length > 1e-9) & ~tangled[corners].any(axis=1)
        corners, weights = corners[near], weights[near]
        areas = np.einsum("pc,pc->p", np.maximum(weights, 0.0), self._areas[corners])
        return Layers(corners, weights, offset[near] / length[near, None], length[near], areas, self._apart_m)

    def _vertices_and_triangles(self, x: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Candidates: a vertex and the corners of a triangle, (P, 4), and their weights in the shortest way between them, (P, 4)."""
        from scipy.spatial import cKDTree

        corners = x[self._faces]
        middles = corners.mean(axis=1)
        radius = float(np.linalg.norm(corners - middles[:, None], axis=2).max())
        count = min(_NEAREST, len(middles))
        distance, face = cKDTree(middles).query(x, k=count, distance_upper_bound=radius + reach_m, workers=-1)
        vertex, column = np.nonzero(np.isfinite(distance))
        face = face[vertex, column]
        apart = ~(vertex[:, None] == self._faces[face]).any(axis=1)
        vertex, face = vertex[apart], face[apart]
        barycentric = closest_barycentric(x[vertex], corners[face])
        distance = np.linalg.norm(x[vertex] - np.einsum("pc,pcd->pd", barycentric, corners[face]), axis=1)
        near = self._counts(distance, reach_m, vertex[:, None], self._faces[face])
        pairs = np.concatenate([vertex[near, None], self._faces[face[near]]], axis=1)
        return pairs, np.concatenate([np.ones((near.sum(), 1)), -barycentric[near]], axis=1)

    def _edges_of(self, corners: np.ndarray) -> np.ndarray:
        """Edges with an end among some pairs' corners, shape (E', 2): cloth that is far from every other layer has no crossing edges."""
        near = np.zeros(self._count, dtype=bool)
        near[corners] = True
        return self._edges[near[self._edges].any(axis=1)]

    def _edges_and_edges(self, x: np.ndarray, edges: np.ndarray, reach_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Candidates: the ends of two edges, (P, 4), and their weights in the shortest way between them, (P, 4)."""
        from scipy.spatial import cKDTree

        middles = x[edges].mean(axis=1)
        longest = float(np.linalg.norm(x[edges[:, 1]] - x[edges[:, 0]], axis=1).max())
        tree = cKDTree(middles)
        first, second = tree.query_pairs(longest + reach_m, output_type="ndarray").T
        a, b = edges[first], edges[second]
        apart = ~(a[:, :, None] == b[:, None, :]).any(axis=(1, 2))
        a, b = a[apart], b[apart]
        s, t = closest_on_segments(x[a[:, 0]], x[a[:, 1]], x[b[:, 0]], x[b[:, 1]])
        corners, weights = np.concatenate([a, b], axis=1), np.stack([1 - s, s, t - 1, -t], axis=1)
        distance = np.linalg.norm(np.einsum("pc,pcd->pd", weights, x[corners]), axis=1)
        near = self._counts(distance, reach_m, a, b)
        return corners[near], weights[near]

    def _counts(self, distance: np.ndarray, reach_m: float, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Which pairs at such distances count (P,): neighbours, with an edge between them, are near each other anyway. Both (P, .)."""
        counts = np.flatnonzero(distance < reach_m)
        far = counts[distance[counts] > _TOUCHING * self._apart_m]
        beside = self._are_adjacent(first[far][:, :, None], second[far][:, None, :]).any(axis=(1, 2))
        counted = np.zeros(len(distance), dtype=bool)
        counted[counts] = True
        counted[far[beside]] = False
        return counted

    def _are_adjacent(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Whether vertices are the same or have an edge between them."""
        keys = first * self._count + second
        at = np.minimum(np.searchsorted(self._adjacent, keys), len(self._adjacent) - 1)
        return self._adjacent[at] == keys


def closest_on_segments(p: np.ndarray, q: np.ndarray, r: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where segments p-q and r-s (N, 3) are nearest to each other, as shares along each, shape (N,).

    Ericson, "Real-Time Collision Detection" (2005), section 5.1.9.
    """
    u, v, w = q - p, s - r, p - r
    a, b, c = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    d, e = (u * w).sum(1), (v * w).sum(1)
    a, c = np.maximum(a, 1e-18), np.maximum(c, 1e-18)
    across = a * c - b * b
    first = np.where(across > 1e-9 * a * c, np.clip((b * e - c * d) / np.maximum(across, 1e-24), 0.0, 1.0), 0.5)
    second = np.clip((b * first + e) / c, 0.0, 1.0)
    return np.clip((b * second - d) / a, 0.0, 1.0), second
