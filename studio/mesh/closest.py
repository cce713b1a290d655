"""Closest points, signed distance and ray hits on a triangle mesh, over Open3D's ray casting scene (Embree).

Embree stores and searches in float32. Positions are therefore moved to the mesh's centre before they go in, and the point on
the triangle that the search chose is computed again in float64. What is left is the choice of the triangle: near a tie, or a
metre away from a body, the neighbour may win whose true distance is larger by about 1e-7 of the scene's size (0.2 micrometres for
a person in metres).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.mesh.normals import face_normals, vertex_normals

if TYPE_CHECKING:
    import open3d as o3d

#: Fixed, unrelated ray directions for the inside test: none lies in a plane that scans or grids are aligned with. Odd, so that
#: the votes cannot tie. Chosen: irrational-looking numbers, pairwise at wide angles.
_VOTES = np.array([[0.5773, 0.6123, 0.5401], [-0.7071, 0.3511, -0.6138], [0.1711, -0.8817, 0.4397]])

#: Queries that go to Embree at once: bounds the memory of a call on millions of points.
_CHUNK = 1_000_000


@dataclass(frozen=True)
class ClosestPoints:
    """Where a mesh is closest to each of N query points. All arrays in the mesh's frame and unit.

    points: The closest points on the surface, shape (N, 3), float64.
    distances: Unsigned distances from the queries, shape (N,), float64.
    triangles: The triangles that hold the closest points, shape (N,), int64.
    barycentric: Weights of the triangle's three corners, sum 1, shape (N, 3), float64.
    normals: Unit normals of those triangles by the right-hand rule, shape (N, 3), float64.
    """

    points: np.ndarray
    distances: np.ndarray
    triangles: np.ndarray
    barycentric: np.ndarray
    normals: np.ndarray


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh that answers questions about distance. Built once, asked often.

    vertices: Positions, shape (V, 3), any float.
    faces: Vertex indices, shape (F, 3), at least one; consistently oriented, normals outward, for `signed_distance`.
    threads: Threads that a query may use; 0 leaves it to Open3D.

    Raises ValueError for arrays of other shapes, values that are not finite, and indices out of range.
    """

    vertices: np.ndarray
    faces: np.ndarray
    threads: int = 0
    _scene: o3d.t.geometry.RaycastingScene = field(init=False, repr=False)
    _centre: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        vertices = np.array(self.vertices, dtype=np.float64)
        faces = np.array(self.faces, dtype=np.int64)
        _check_mesh(vertices, faces)
        import open3d as o3d  # deferred: importing studio.mesh must not load it

        used = vertices[faces]
        centre = (used.min(axis=(0, 1)) + used.max(axis=(0, 1))) / 2
        scene = o3d.t.geometry.RaycastingScene(nthreads=self.threads)
        scene.add_triangles(_tensor(vertices - centre), o3d.core.Tensor(faces.astype(np.uint32)))
        for name, value in (("vertices", vertices), ("faces", faces), ("_scene", scene), ("_centre", centre)):
            object.__setattr__(self, name, value)

    @cached_property
    def smooth_normals(self) -> np.ndarray:
        """Unit normals of the vertices, weighted by area, shape (V, 3), float64; found when they are first asked for."""
        return vertex_normals(self.vertices, self.faces)

    def closest(self, points: np.ndarray) -> ClosestPoints:
        """The closest point of the surface to each query point; points of shape (N, 3), any float."""
        points = _checked_points(points, "points")
        count = len(points)
        found = ClosestPoints(np.empty((count, 3)), np.empty(count), np.empty(count, np.int64), np.empty((count, 3)), np.empty((count, 3)))
        for part in _parts(count):
            answer = self._scene.compute_closest_points(_tensor(points[part] - self._centre), nthreads=self.threads)
            triangles = answer["primitive_ids"].numpy().astype(np.int64)
            corners = self.vertices[self.faces[triangles]]
            barycentric = closest_barycentric(points[part], corners)
            nearest = np.einsum("nk,nkd->nd", barycentric, corners)
            found.points[part], found.barycentric[part], found.triangles[part] = nearest, barycentric, triangles
            found.distances[part] = np.linalg.norm(points[part] - nearest, axis=1)
            found.normals[part] = face_normals(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))
        return found

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the surface, negative inside, shape (N,), float64; points of shape (N, 3), any float."""
        distances = self.closest(points).distances
        return np.where(self.contains(points), -distances, distances)

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Which points are inside, shape (N,), bool.

        A ray leaves the mesh once more than it enters where it starts inside: the signed count of its crossings is the winding
        number, so nested parts (an eyeball in a head) and overlapping ones count as inside too. Three rays vote, since a ray
        can slip through an edge or out of a hole.
        """
        points = _checked_points(points, "points")
        votes = np.zeros(len(points), dtype=np.int64)
        for direction in _VOTES / np.linalg.norm(_VOTES, axis=1, keepdims=True):
            outward = np.sign(face_normals(self.vertices, self.faces) @ direction).astype(np.int64)
            for part in _parts(len(points)):
                origins = points[part] - self._centre
                rays = np.concatenate([origins, np.broadcast_to(direction, origins.shape)], axis=1)
                hits = self._scene.list_intersections(_tensor(rays), nthreads=self.threads)
                crossings = outward[hits["primitive_ids"].numpy().astype(np.int64)]
                winding = np.bincount(hits["ray_ids"].numpy().astype(np.int64), weights=crossings, minlength=len(origins))
                votes[part] += winding > 0.5
        return votes > len(_VOTES) // 2

    def first_hits(self, origins: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first triangle that each ray meets.

        origins, directions: Shape (N, 3), any float; a direction need not have unit length.

        Returns the distances along the ray in lengths of its direction, shape (N,), float64, infinite where it meets nothing, and
        the triangles, shape (N,), int64, -1 where it meets nothing.
        """
        origins, directions = _checked_points(origins, "origins"), _checked_points(directions, "directions")
        if origins.shape != directions.shape:
            raise ValueError(f"{len(origins)} origins and {len(directions)} directions: a ray needs one of each")
        distances, triangles = np.empty(len(origins)), np.empty(len(origins), dtype=np.int64)
        for part in _parts(len(origins)):
            rays = np.concatenate([origins[part] - self._centre, directions[part]], axis=1)
            hits = self._scene.cast_rays(_tensor(rays), nthreads=self.threads)
            distances[part] = hits["t_hit"].numpy()
            triangles[part] = hits["primitive_ids"].numpy()
        triangles[np.isinf(distances)] = -1
        return distances, triangles


def closest_barycentric(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentric coordinates of the point of a triangle that is closest to a query point, shape (N, 3), float64.

    The regions of Ericson, Real-Time Collision Detection (2005), section 5.1.5, tested for all triangles at once: the inside first,
    then the three edges, each clamped at its ends, and the nearest of these. A triangle without area answers by its edges.

    points: Query points, shape (N, 3). corners: One triangle for each, shape (N, 3 corners, 3).
    """
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    best = np.zeros((len(points), 3))
    best_squared = np.full(len(points), np.inf)
    for start, stop in ((0, 1), (1, 2), (2, 0)):
        edge = corners[:, stop] - corners[:, start]
        squared = np.einsum("nd,nd->n", edge, edge)
        along = np.einsum("nd,nd->n", points - corners[:, start], edge)
        t = np.clip(np.divide(along, squared, out=np.zeros_like(along), where=squared > 0), 0.0, 1.0)
        weights = np.zeros((len(points), 3))
        weights[:, start], weights[:, stop] = 1.0 - t, t
        _keep_better(best, best_squared, weights, points, corners)
    normal = np.cross(b - a, c - a)
    area = np.einsum("nd,nd->n", normal, normal)  # of the doubled triangle, squared
    u = np.einsum("nd,nd->n", np.cross(c - b, points - b), normal)
    v = np.einsum("nd,nd->n", np.cross(a - c, points - c), normal)
    inside = np.stack([u, v, area - u - v], axis=1)
    inside = np.divide(inside, area[:, None], out=np.full_like(inside, -1.0), where=area[:, None] > 0)
    in_face = (inside >= 0).all(axis=1)
    best[in_face] = inside[in_face]
    return best


def _keep_better(best: np.ndarray, best_squared: np.ndarray, weights: np.ndarray, points: np.ndarray, corners: np.ndarray) -> None:
    """Replace in place the weights of those points whose candidate is nearer."""
    offset = points - np.einsum("nk,nkd->nd", weights, corners)
    squared = np.einsum("nd,nd->n", offset, offset)
    better = squared < best_squared
    best[better], best_squared[better] = weights[better], squared[better]


def _check_mesh(vertices: np.ndarray, faces: np.ndarray) -> None:
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not np.isfinite(vertices).all():
        raise ValueError(f"vertices of shape (V, 3) with finite values are needed, found shape {vertices.shape}")
    if faces.ndim != 2 or faces.shape[1] != 3 or not len(faces):
        raise ValueError(f"faces of shape (F, 3) with one triangle at least are needed, found shape {faces.shape}")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise ValueError(f"faces name vertices {faces.min()} to {faces.max()}, and there are {len(vertices)}")


def _checked_points(points: np.ndarray, name: str) -> np.ndarray:
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"{name} of shape (N, 3) are needed, found shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} must be finite, and {(~np.isfinite(points)).any(axis=1).sum()} of {len(points)} are not")
    return points


def _parts(count: int) -> list[slice]:
    return [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]


def _tensor(array: np.ndarray) -> o3d.core.Tensor:
    import open3d as o3d

    return o3d.core.Tensor(np.ascontiguousarray(array, dtype=np.float32))
