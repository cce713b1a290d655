"""What a scan shows at places of the twin's skin: colour, fine surface, and how far both can be trusted.

The scan lies within millimetres of the twin, and not always where the twin is: under an arm, between fingers and in the folds of the groin
the nearest surface may be another limb's. Three tests tell them apart: the distance along the normal, whether both surfaces face the same
way, and whether the part of the twin that owns the scan there is, on the stretched-out body of the T-pose, the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from studio.scan.pictures import sample
from studio.twin.texture.canvas import Canvas
from studio.twin.texture.colour import linear_from_srgb, smoothstep

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Cosine between the surfaces' normals below which they are not the same skin, and above which they surely are.
_FACING = (0.25, 0.55)
#: Cosine between a triangle and the skin below which the triangle shows its back, or another limb.
_SAME_SIDE = 0.1
#: Distance in the T-pose between a place and the owner of what the scan shows there [m]: surely the same, surely another limb.
_OWNER_M = (0.014, 0.024)
#: Rays start this far on the other side of the skin [m], so that a scan on the very skin is not missed.
_START_M = 0.0002
#: sRGB of a channel from which a sensor begins to clip, and has: the colour there is no longer that of the skin.
_CLIPPED = (250.0, 255.0)
#: Points of a cloud that say what a place looks like, and the width of their kernel in spacings of the cloud. Chosen: with 0.5 a
#: point keeps two thirds of the say at its own place, so that edges stay as sharp as the cloud has them.
_NEIGHBOURS, _KERNEL = 8, 0.5
#: A place of a cloud without a point within so many spacings is a hole.
_HOLE = (2.0, 3.0)


@dataclass(frozen=True)
class Reach:
    """How far from the skin the scan counts [m]: fully up to ``full``, not at all from ``none`` on."""

    full: float
    none: float


@dataclass(frozen=True, eq=False)
class Seen:
    """What the scan shows at N places. colour: Linear Rec.709, (N, 3). weight: 0 not seen to 1, (N,). normal: Of the scan, (N, 3)."""

    colour: np.ndarray
    weight: np.ndarray
    normal: np.ndarray


class Sight(Protocol):
    """A scan that can be looked at. spacing: Between its points, or the side of a pixel [m]."""

    spacing: float

    def look(self, points: np.ndarray, normals: np.ndarray, rest: np.ndarray) -> Seen:
        """What it shows at places in its own frame [m] with unit normals, each (N, 3); rest: The same places in the T-pose, (N, 3)."""


def _trust(distance: np.ndarray, facing: np.ndarray, apart: np.ndarray, reach: Reach) -> np.ndarray:
    trust = smoothstep(reach.none, reach.full, distance) * smoothstep(*_FACING, facing)
    return trust * smoothstep(_OWNER_M[1], _OWNER_M[0], apart)


def owners(canvas: Canvas, points: np.ndarray) -> np.ndarray:
    """Where on the T-pose body each point of a scan belongs: the nearest vertex of the outer skin, shape (N, 3), float32."""
    from scipy.spatial import cKDTree

    outer = np.flatnonzero(canvas.outer)
    return canvas.rest[outer[cKDTree(canvas.vertices[outer]).query(points, workers=-1)[1]]]


@dataclass(frozen=True, eq=False)
class MeshSight:
    """A triangle mesh with pictures or with colours of its vertices.

    colours: Of the vertices, sRGB, (N, 3), uint8. owner: Of the vertices, see `owners`, (N, 3). pictures: sRGB, each (H, W, 3), uint8.
    picture: Of each triangle, -1 for none, (F,). corner_uv: (F, 3, 2). normals: Of the vertices, (N, 3).
    """

    faces: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    owner: np.ndarray
    pictures: tuple[np.ndarray, ...]
    picture: np.ndarray
    corner_uv: np.ndarray
    reach: Reach
    spacing: float
    _scene: Any
    _centre: np.ndarray

    def look(self, points: np.ndarray, normals: np.ndarray, rest: np.ndarray) -> Seen:
        distance, triangle, weights = self._nearest_along(points, normals)
        corners = self.faces[triangle]
        found = distance < self.reach.none
        normal = _between(self.normals, corners, weights)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        apart = np.linalg.norm(_between(self.owner, corners, weights) - rest, axis=1)
        weight = np.where(found, _trust(distance, np.einsum("nd,nd->n", normal, normals), apart, self.reach), 0.0)
        values = self._colours(triangle, corners, weights, weight > 0)
        weight *= smoothstep(_CLIPPED[1], _CLIPPED[0], values.max(axis=1))
        return Seen(linear_from_srgb(values), weight.astype(np.float32), normal)

    def _nearest_along(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The nearer of the first surfaces out of the skin and into it, of those that face its way.

        Returns distances, infinite where there is none, triangles and barycentric coordinates.
        """
        import open3d as o3d

        best = (np.full(len(points), np.inf, np.float32), np.zeros(len(points), np.int64), np.zeros((len(points), 2), np.float32))
        for way in (1.0, -1.0):
            direction = np.float32(way) * normals
            rays = np.concatenate([points - self._centre - _START_M * direction, direction], axis=1).astype(np.float32)
            hits = self._scene.cast_rays(o3d.core.Tensor(rays))
            distance = np.abs(hits["t_hit"].numpy() - np.float32(_START_M))
            distance[np.einsum("nd,nd->n", hits["primitive_normals"].numpy(), normals) < _SAME_SIDE] = np.inf
            nearer = distance < best[0]
            for kept, new in zip(best, (distance, hits["primitive_ids"].numpy(), hits["primitive_uvs"].numpy()), strict=True):
                kept[nearer] = new[nearer]
        uv = best[2]
        return best[0], best[1], np.stack([1 - uv[:, 0] - uv[:, 1], uv[:, 0], uv[:, 1]], axis=1)

    def _colours(self, triangle: np.ndarray, corners: np.ndarray, weights: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        values = np.zeros((len(triangle), 3), dtype=np.float32)
        picture = np.where(wanted, self.picture[triangle] if len(self.pictures) else -1, -2)
        plain = np.flatnonzero(picture == -1)
        values[plain] = _between(self.colours, corners[plain], weights[plain])
        for index, pixels in enumerate(self.pictures):
            shown = np.flatnonzero(picture == index)
            uv = np.einsum("nk,nkd->nd", weights[shown], self.corner_uv[triangle[shown]])
            values[shown] = sample(pixels, uv)
        return values


def _between(values: np.ndarray, corners: np.ndarray, weights: np.ndarray) -> np.ndarray:
    result = values[corners[:, 0]] * weights[:, :1]
    result += values[corners[:, 1]] * weights[:, 1:2]
    result += values[corners[:, 2]] * weights[:, 2:]
    return result


@dataclass(frozen=True, eq=False)
class CloudSight:
    """Points with colours: linear, (N, 3), float32. clear: How far each is not clipped, (N,). owner: see `owners`, (N, 3).

    spacing: Between neighbours [m].
    """

    points: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    clear: np.ndarray
    owner: np.ndarray
    reach: Reach
    spacing: float
    _tree: cKDTree

    def look(self, points: np.ndarray, normals: np.ndarray, rest: np.ndarray) -> Seen:
        """A kernel over the nearest points, measured along the skin: noise along the normal does not blur."""
        bound = float(np.hypot(_HOLE[1] * self.spacing, self.reach.none))
        distance, nearest = self._tree.query(points, k=_NEIGHBOURS, distance_upper_bound=bound, workers=-1)
        there = np.isfinite(distance)
        nearest = np.where(there, nearest, 0)
        offset = self.points[nearest] - points[:, None].astype(np.float32)
        height = np.einsum("nkd,nd->nk", offset, normals)
        along = np.sqrt(np.maximum(np.einsum("nkd,nkd->nk", offset, offset) - height**2, 0))
        facing = np.einsum("nkd,nd->nk", self.normals[nearest], normals)
        apart = np.linalg.norm(self.owner[nearest] - rest[:, None], axis=2)
        trust = np.where(there, _trust(np.abs(height), facing, apart, self.reach) * self.clear[nearest], 0.0)
        kernel = trust * np.exp(-0.5 * (along / (_KERNEL * self.spacing)) ** 2) + 1e-12 * trust
        share = (kernel / np.maximum(kernel.sum(axis=1, keepdims=True), 1e-30)).astype(np.float32)
        closest = np.where(trust > 0.05, along, np.inf).min(axis=1)
        weight = smoothstep(_HOLE[1] * self.spacing, _HOLE[0] * self.spacing, np.minimum(closest, 1.0)) * trust.max(axis=1)
        normal = np.einsum("nk,nkd->nd", share, self.normals[nearest])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        return Seen(np.einsum("nk,nkd->nd", share, self.colours[nearest]), weight.astype(np.float32), normal)


def sight_of(
    canvas: Canvas,
    points: np.ndarray,
    normals: np.ndarray,
    colours: np.ndarray,
    *,
    reach: Reach,
    faces: np.ndarray | None = None,
    pictures: tuple[np.ndarray, ...] = (),
    picture: np.ndarray | None = None,
    corner_uv: np.ndarray | None = None,
) -> MeshSight | CloudSight:
    """Make a scan ready to be looked at; arrays as in the scan's asset, points and normals in the canvas's frame.

    normals: Of the fine surface as it is to be trusted, outward, unit length.
    """
    from scipy.spatial import cKDTree

    owner = owners(canvas, points)
    points, normals = points.astype(np.float32), normals.astype(np.float32)
    if faces is None or not len(faces):
        tree = cKDTree(points)
        apart = tree.query(points[:: max(1, len(points) // 4000)], k=4, workers=-1)[0][:, 1:]
        spacing = float(np.median(apart.mean(axis=1)))
        clear = smoothstep(_CLIPPED[1], _CLIPPED[0], colours.max(axis=1).astype(np.float32))
        return CloudSight(points, normals, linear_from_srgb(colours), clear, owner, reach, spacing, tree)
    import open3d as o3d

    centre = points.mean(axis=0)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.core.Tensor(points - centre), o3d.core.Tensor(faces.astype(np.uint32)))
    faces, coloured = faces.astype(np.int64), colours.astype(np.float32)
    shown = np.full(len(faces), -1) if picture is None else picture
    uv = np.zeros((len(faces), 3, 2), np.float32) if corner_uv is None else corner_uv
    spacing = _pixel(points, faces, pictures, shown, uv)
    return MeshSight(faces, normals, coloured, owner, pictures, shown, uv, reach, spacing, scene, centre)


def _pixel(points: np.ndarray, faces: np.ndarray, pictures: tuple[np.ndarray, ...], picture: np.ndarray, uv: np.ndarray) -> float:
    """Side of a pixel of the pictures on the surface, or of the mesh's edges where it has none [m], in the median over the area."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    flat = np.abs(np.cross(uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0])) / 2
    pixels = np.full(len(faces), 0.5)  # a triangle for every half of a point
    for index, image in enumerate(pictures):
        shown = picture == index
        pixels[shown] = np.maximum(flat[shown] * image.shape[0] * image.shape[1], 1e-9)
    order = np.argsort(area / pixels)
    middle = order[np.searchsorted(np.cumsum(area[order]), area.sum() / 2)]
    return float(np.sqrt(area[middle] / pixels[middle]))
