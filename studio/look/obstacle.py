"""What cloth must stay out of: a body's outer surface, alone or under garments that are worn already.

Both answer one question, ``closest``: how far outside is a point, and which way leads out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals

#: A vertex is buried when the point this far above it is inside the body [m]: more than the float32 of the ray caster, less than the
#: radius of any limb.
_ABOVE_SKIN_M = 0.0005

#: A closest point lies on a triangle's side, or at its corner, when the other corners weigh less than this: rounding.
_ON_EDGE = 1e-7

#: A point whose way to the surface is so far aslant of the normal (its cosine) is beside a sharp edge, as an ear's rim: rays tell its side.
_ASKEW = 0.7

#: Beside a hem, a point that lies below its plane by more than this share of its distance is behind the garment and not around the hem.
_BEHIND = 0.3

#: Corners of a tetrahedron, unit length: where directions are averaged.
_TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3.0)


class Obstacle(Protocol):
    """Anything with an outside."""

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances of points (N, 3) [m], inside negative, shape (N,), and unit directions outward, shape (N, 3)."""
        ...


class OuterBody:
    """A body's outer surface: skin that is buried where limbs overlap (an armpit, thighs) does not count as surface.

    Without this a point inside the arm that is near the chest's buried skin would look as if it were outside.
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        """vertices: Shape (V, 3) [m]. faces: Shape (F, 3), a closed mesh that may overlap itself, normals outward."""
        self._whole = Surface(vertices, faces)
        above = self._whole.vertices + _ABOVE_SKIN_M * vertex_normals(vertices, faces)
        buried = self._whole.contains(above)[self._whole.faces]
        outer = ~buried.all(axis=1)
        self.vertices, self.faces = self._whole.vertices, self._whole.faces[outer]
        self._surface = self._whole if outer.all() else Surface(vertices, self.faces)
        self._normals = vertex_normals(vertices, self.faces)
        self._doubtful = buried[outer].any(axis=1)  # faces that go under: there the normal does not tell the side, rays do

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances [m], shape (N,), and unit directions that lead outward by the shortest way, shape (N, 3)."""
        found = self._surface.closest(points)
        outward = np.einsum("nk,nkd->nd", found.barycentric, self._normals[self.faces[found.triangles]])
        offset = points - found.points
        height = np.einsum("nd,nd->n", offset, outward)
        inside = height < 0
        doubtful = self._doubtful[found.triangles] | (np.abs(height) < _ASKEW * found.distances)
        if doubtful.any():
            inside[doubtful] = self._whole.contains(points[doubtful])
        return _signed(offset, found.distances, inside, outward)

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Distances to the outer surface [m], inside negative, shape (N,), float64."""
        return self.closest(points)[0]


class WornCloth:
    """A garment that is worn already, as an obstacle for the next: one-sided, and only where its surface lies beside a point.

    A point whose closest place is a hem is outside, by its distance, unless it lies behind the hem: then the garment says nothing.
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        self._surface = Surface(vertices, faces)
        self._normals = vertex_normals(vertices, faces)
        sides = np.sort(self._surface.faces[:, [1, 2, 2, 0, 0, 1]].reshape(-1, 2), axis=1)  # side k lies opposite corner k
        _, index, counts = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
        self._hem = (counts[index.ravel()] == 1).reshape(-1, 3)
        on_hem = np.zeros(len(self._surface.vertices), dtype=bool)
        on_hem[sides[counts[index.ravel()] == 1]] = True
        self._hem_corner = on_hem[self._surface.faces]

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `OuterBody.closest`; infinite behind hems."""
        found = self._surface.closest(points)
        outward = np.einsum("nk,nkd->nd", found.barycentric, self._normals[self._surface.faces[found.triangles]])
        offset = points - found.points
        height = np.einsum("nd,nd->n", offset, outward)
        distance, direction = _signed(offset, found.distances, height < 0, outward)
        on_side = self._hem[found.triangles] & (found.barycentric < _ON_EDGE)
        at_corner = self._hem_corner[found.triangles] & (found.barycentric > 1 - _ON_EDGE)
        on_hem = (on_side | at_corner).any(axis=1)
        behind = on_hem & (height < -_BEHIND * found.distances)
        beside = on_hem & ~behind & (distance < 0)
        distance[behind] = np.inf
        distance[beside], direction[beside] = -distance[beside], -direction[beside]
        return distance, direction


@dataclass(frozen=True)
class Layered:
    """Several obstacles as one: the one that is violated most, or is nearest, answers.

    standoffs_m: How much farther than from the others a point must stay from each [m].
    """

    parts: Sequence[Obstacle]
    standoffs_m: Sequence[float]

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `OuterBody.closest`, over all parts."""
        distance, direction = self.parts[0].closest(points)
        distance = distance - self.standoffs_m[0]
        for part, standoff in zip(self.parts[1:], self.standoffs_m[1:], strict=True):
            other, other_direction = part.closest(points)
            nearer = other - standoff < distance
            distance[nearer], direction[nearer] = other[nearer] - standoff, other_direction[nearer]
        return distance, direction


def smoothed_closest(obstacle: Obstacle, points: np.ndarray, radius_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances, and directions averaged over the surroundings: in a pinch the walls cancel and what is left leads out of it."""
    distance, direction = obstacle.closest(points)
    direction = direction.copy()
    for corner in _TETRAHEDRON:
        direction += obstacle.closest(points + radius_m * corner)[1]
    return distance, direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)


def _signed(offset: np.ndarray, distances: np.ndarray, inside: np.ndarray, outward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sign = np.where(inside, -1.0, 1.0)
    # On the surface itself the way out is the normal.
    direction = np.where((distances > 1e-6)[:, None], sign[:, None] * offset, outward)
    return sign * distances, direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-12)
