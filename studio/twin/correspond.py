"""Which point of the scan belongs to which point of the body, and how much that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.mesh.closest import closest_barycentric
from studio.twin.skin import Skin
from studio.twin.target import ScanTarget, threads
from studio.twin.unknowns import State, SurfacePoints

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: How deep inside other skin a part is looked for [m]: half the thickness of a thigh. Skin that touches may overlap by what vertices leave.
_DEEPEST_M, _SKIN_M = 0.05, 0.002


@dataclass(frozen=True, eq=False)
class Pairs:
    """S pairs: a point that rides on the body, where it should be, along which direction that is known, and a weight.

    points: On the body. targets: [m] (S, 3). normals: Unit directions along which the distance counts, (S, 3). weights: (S,), they
    sum to about 1 where all pairs are trusted. gap: Signed distance of the target from the body [m], positive outside, (S,).
    """

    points: SurfacePoints
    targets: np.ndarray
    normals: np.ndarray
    weights: np.ndarray
    gap: np.ndarray


def body_to_scan(state: State, target: ScanTarget, points: SurfacePoints, share: np.ndarray, *, reach_m: float, turn_m: float) -> Pairs:
    """For each of the given points of the body the nearest scan point that faces the same way.

    share: Weight of each before trust, shape (S,). reach_m: Distance at which trust is a quarter (Geman and McClure 1987).
    """
    here, normals = points.of(state.vertices), _unit(points.of(state.normals))
    found = target.nearest(here, normals, turn_m=turn_m)
    return _trusted(points, here, normals, target.points[found], target.normals[found], share, reach_m)


def scan_to_body(
    state: State, skin: Skin, target: ScanTarget, scan: np.ndarray, share: np.ndarray, *, reach_m: float, turn_m: float
) -> Pairs:
    """For each of the given scan points the nearest point of the skin that faces the same way.

    The nearest vertex in position and direction is found first, then the nearest point on the triangles around it.
    """
    from scipy.spatial import cKDTree

    outer = np.flatnonzero(skin.outer)
    tree = cKDTree(np.hstack([state.vertices[outer], turn_m * state.normals[outer]]))
    points, facing = target.points[scan], target.normals[scan]
    vertex = outer[tree.query(np.hstack([points, turn_m * facing]), workers=threads(len(points)))[1]]
    on_skin = _closest_around(state.vertices, skin, vertex, points) if len(skin.faces) else SurfacePoints.at_vertices(vertex)
    return _trusted(on_skin, on_skin.of(state.vertices), _unit(on_skin.of(state.normals)), points, facing, share, reach_m)


@dataclass(frozen=True, eq=False)
class Obstacle:
    """Skin that others must not go through: points [m] and unit normals, shape (M, 3), and the vertices that move about it, shape (K,)."""

    points: np.ndarray
    normals: np.ndarray
    movers: np.ndarray

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(self.points)

    def pushed_out(self, state: State, share: np.ndarray) -> Pairs:
        """Pairs that pull what is inside the obstacle straight out of it. share: Weight of each mover, shape (K,)."""
        here = state.vertices[self.movers]
        distance, nearest = self._tree.query(here, distance_upper_bound=_DEEPEST_M)
        near = np.flatnonzero(np.isfinite(distance))
        normal = self.normals[nearest[near]]
        depth = np.einsum("nd,nd->n", self.points[nearest[near]] - here[near], normal)
        inside = depth > _SKIN_M
        movers, normal, depth = self.movers[near[inside]], normal[inside], depth[inside]
        targets = state.vertices[movers] + depth[:, None] * normal
        return Pairs(SurfacePoints.at_vertices(movers), targets, normal, share[near[inside]], depth)


def _closest_around(vertices: np.ndarray, skin: Skin, vertex: np.ndarray, points: np.ndarray) -> SurfacePoints:
    around = skin.vertex_faces[vertex]
    count, fan = around.shape
    corners = skin.faces[around.ravel()]
    weights = closest_barycentric(np.repeat(points, fan, axis=0), vertices[corners])
    offset = np.einsum("nc,ncd->nd", weights, vertices[corners]) - np.repeat(points, fan, axis=0)
    best = np.einsum("nd,nd->n", offset, offset).reshape(count, fan).argmin(axis=1) + fan * np.arange(count)
    return SurfacePoints(corners[best], weights[best])


def _trusted(
    points: SurfacePoints, here: np.ndarray, normals: np.ndarray, there: np.ndarray, facing: np.ndarray, share: np.ndarray, reach_m: float
) -> Pairs:
    """Weights by distance and by how well the normals agree; the direction is the mean of both normals.

    Rusinkiewicz, "A Symmetric Objective Function for ICP" (TOG 2019): with both normals the residual vanishes on quadrics, and steps
    may be larger than with one.
    """
    agree = np.einsum("nd,nd->n", normals, facing)
    offset = there - here
    square = np.einsum("nd,nd->n", offset, offset)
    trust = np.clip((agree - 0.2) / 0.5, 0.0, 1.0) / (1 + square / reach_m**2) ** 2
    return Pairs(points, there, _unit(normals + facing), share * trust, np.einsum("nd,nd->n", offset, normals))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
