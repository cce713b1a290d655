"""What is painted: the twin's skin as a picture shows it, and the texels of its texture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.mesh.normals import vertex_normals
from studio.mesh.subdivide import refine, refine_corners

if TYPE_CHECKING:
    from studio.body.surface import BodySurface

#: The body's quads are divided so often: shots divide twice, and the second time moves the surface by less than 0.1 mm.
_LEVELS = 1
#: Texels that are worked on at once: about 150 MB of arrays, whatever the size of the texture.
_CHUNK = 600_000
#: How far outside of a triangle a texel's centre may lie and still count as in it, in barycentric coordinates: rounding.
_EDGE = 1e-4


@dataclass(frozen=True, eq=False)
class Canvas:
    """The twin's skin with its texture coordinates. V vertices, T triangles. The world is that of the scan: metres, z up.

    vertices, normals: In the scan's pose, shape (V, 3), float32. rest: The same skin in the T-pose, shape (V, 3), float32.
    triangles: Shape (T, 3), int32; 2 i and 2 i + 1 are the halves of a quad. uv: Of their corners, origin at the lower left, (T, 3, 2).
    mirror: Vertex on the other side of the body, shape (V,), int32, -1 where there is none.
    outer: What a scan can show, shape (V,), bool. regions: Masks 0 to 1 by name, each (V,), float32. part: Number of the part of the body
    that each vertex belongs to, left and right alike, shape (V,), int32.
    """

    vertices: np.ndarray
    normals: np.ndarray
    rest: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray
    mirror: np.ndarray
    outer: np.ndarray
    regions: dict[str, np.ndarray]
    part: np.ndarray

    @property
    def edges(self) -> np.ndarray:
        """Each edge once, shape (E, 2), sorted."""
        half = np.sort(self.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        return np.unique(half, axis=0)

    @property
    def areas(self) -> np.ndarray:
        """Area that each vertex stands for [m2], shape (V,)."""
        a, b, c = (self.vertices[self.triangles[:, k]] for k in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
        return np.bincount(self.triangles.ravel(), weights=np.repeat(area, 3), minlength=len(self.vertices))


@dataclass(frozen=True, eq=False)
class Texels:
    """Some texels. row, column: From the upper left, shape (N,), int32. triangle: Shape (N,), int32. weights: Barycentric, (N, 3)."""

    row: np.ndarray
    column: np.ndarray
    triangle: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    def of(self, values: np.ndarray, corners: np.ndarray) -> np.ndarray:
        """Values of vertices, (V,) or (V, C), between the corners (N, 3) of each texel's triangle."""
        result = values[corners[:, 0]] * _as(self.weights[:, 0], values)
        result += values[corners[:, 1]] * _as(self.weights[:, 1], values)
        result += values[corners[:, 2]] * _as(self.weights[:, 2], values)
        return result


def _as(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return weights if values.ndim == 1 else weights[:, None]


def build_canvas(surface: BodySurface, posed: np.ndarray, rest: np.ndarray, *, part: np.ndarray, outer: np.ndarray) -> Canvas:
    """The canvas of a body.

    posed, rest: The body's vertices in the scan's pose (world) and in the T-pose [m], shape (V, 3). part: Number of each vertex's part,
    left and right alike. outer: Which vertices a scan can show, shape (V,), bool.
    """
    skin = surface.is_part("skin")
    chosen = skin[surface.quads].all(axis=1)
    quads, used = surface.quads[chosen], np.unique(surface.quads[chosen])
    renumber = np.full(len(posed), -1)
    renumber[used] = np.arange(len(used))
    quads = renumber[quads]
    fine = refine(quads, len(used), _LEVELS)
    halves = [[0, 1, 2], [0, 2, 3]]
    triangles = fine.quads[:, halves].reshape(-1, 3).astype(np.int32)
    vertices = fine(posed[used].astype(np.float64))
    corner_uv = refine_corners(surface.uv[chosen].astype(np.float64), _LEVELS)
    leader = np.asarray(fine.fine_from_coarse.argmax(axis=1)).ravel()
    return Canvas(
        vertices=vertices.astype(np.float32),
        normals=vertex_normals(vertices, triangles).astype(np.float32),
        rest=fine(rest[used].astype(np.float64)).astype(np.float32),
        triangles=triangles,
        uv=corner_uv[:, halves].reshape(-1, 3, 2).astype(np.float32),
        mirror=_mirror(quads, renumber[surface.mirror[used]]),
        outer=fine(outer[used].astype(np.float64)) > 0.99,
        regions={name: fine(mask[used].astype(np.float64)).astype(np.float32) for name, mask in surface.regions.items()},
        part=part[used][leader].astype(np.int32),
    )


def _mirror(quads: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """The mirror of the vertices of a mesh that was divided once: old vertices, then edges, then faces (`mesh.subdivide`)."""
    count = len(mirror)
    half = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    edges = np.unique(half, axis=0)

    def find(table: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        known, at = np.unique(np.concatenate([table, wanted]), axis=0, return_inverse=True)
        place = np.full(len(known), -1)
        place[at.ravel()[: len(table)]] = np.arange(len(table))
        return place[at.ravel()[len(table) :]]

    of_edge = find(edges, np.sort(mirror[edges], axis=1))
    of_face = find(np.sort(quads, axis=1), np.sort(mirror[quads], axis=1))
    of_edge, of_face = np.where(of_edge < 0, -1, of_edge + count), np.where(of_face < 0, -1, of_face + count + len(edges))
    return np.concatenate([mirror, of_edge, of_face]).astype(np.int32)


def texels(uv: np.ndarray, size: int) -> Iterator[Texels]:
    """All texels whose centres lie on the triangles, in parts of bounded size. A texel on an edge may come twice.

    uv: Texture coordinates within 0 and 1 of the corners of T triangles, shape (T, 3, 2). size: Side of the square texture in texels.
    """
    x = uv[..., 0].astype(np.float64) * size - 0.5
    y = (1.0 - uv[..., 1].astype(np.float64)) * size - 0.5
    left, top = np.ceil(x.min(axis=1) - _EDGE).astype(np.int64), np.ceil(y.min(axis=1) - _EDGE).astype(np.int64)
    width = np.maximum(np.floor(x.max(axis=1) + _EDGE).astype(np.int64) - left + 1, 0)
    height = np.maximum(np.floor(y.max(axis=1) + _EDGE).astype(np.int64) - top + 1, 0)
    boxes = np.cumsum(width * height)
    planes = _planes(x, y)
    begin = 0
    while begin < len(boxes):
        before = boxes[begin - 1] if begin else 0
        end = max(int(np.searchsorted(boxes, before + 2 * _CHUNK, side="right")), begin + 1)
        found = _inside(np.arange(begin, end), left, top, width, width * height, planes)
        if len(found):
            yield found
        begin = end


def _planes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Barycentric coordinates of each triangle's second and third corner as functions 1, x, y of the picture, shape (T, 2, 3)."""
    ax, bx, cx = x.T
    ay, by, cy = y.T
    area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    scale = np.divide(1.0, area, out=np.zeros_like(area), where=np.abs(area) > 1e-12)
    second = np.stack([(cx * ay - ax * cy), (cy - ay), (ax - cx)], axis=1) * scale[:, None]
    third = np.stack([(ax * by - bx * ay), (ay - by), (bx - ax)], axis=1) * scale[:, None]
    return np.stack([second, third], axis=1)


def _inside(chosen: np.ndarray, left: np.ndarray, top: np.ndarray, width: np.ndarray, count: np.ndarray, planes: np.ndarray) -> Texels:
    counts = count[chosen]
    first = np.cumsum(counts) - counts
    triangle = np.repeat(chosen, counts)
    place = np.arange(len(triangle)) - np.repeat(first, counts)
    down, across = np.divmod(place, np.repeat(np.maximum(width[chosen], 1), counts))
    column, row = across + left[triangle], down + top[triangle]
    plane = planes[triangle]
    b = plane[:, 0, 0] + plane[:, 0, 1] * column + plane[:, 0, 2] * row
    c = plane[:, 1, 0] + plane[:, 1, 1] * column + plane[:, 1, 2] * row
    inside = (b >= -_EDGE) & (c >= -_EDGE) & (b + c <= 1 + _EDGE) & plane[:, :, 1:].any(axis=(1, 2))
    b, c = b[inside], c[inside]
    weights = np.stack([1 - b - c, b, c], axis=1).astype(np.float32)
    return Texels(row[inside].astype(np.int32), column[inside].astype(np.int32), triangle[inside].astype(np.int32), weights)
