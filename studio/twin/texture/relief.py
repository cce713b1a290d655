"""Fine relief of a scan that the twin's mesh is too coarse for, as a normal map in tangent space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studio.mesh.normals import face_areas, face_normals
from studio.twin.texture.canvas import Canvas, Texels

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Slope of relief that is kept at most: steeper is a fold of another shape, not relief.
_STEEPEST = 0.6
#: Slope [rad] that the scan's noise may leave in the relief: 2 degrees, what a side light begins to show.
_QUIET = 0.035
#: Cosine between neighbouring triangles that lie in one plane, but for the rounding of float32 coordinates [0.5 degrees].
_FLAT_COSINE = 0.99996
#: A mesh whose flat pieces have this many triangles was divided.
_DIVIDED = 3.0
#: The widest kernel that normals are averaged over [m], and points in it: beyond, there is no relief left to keep.
_WIDEST_M, _MOST_POINTS = 0.012, 48


def quiet_normals(points: np.ndarray, normals: np.ndarray, noise_m: float, *, faces: np.ndarray | None = None) -> np.ndarray:
    """Normals of a scan without what noise and facets do to them, shape (N, 3), float32.

    Noise s of points that lie h apart leaves a slope of about 2 s h / (r r sqrt(pi)) in a plane through those within r; r is chosen so that
    this is small, and no smaller than a facet. points: [m], (N, 3). normals: Unit, (N, 3). noise_m: Standard deviation along the normal.
    faces: Of a mesh, (F, 3), or None.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    spacing = _spacing(tree, points)
    radius = np.sqrt(2 * noise_m * spacing / (_QUIET * np.sqrt(np.pi)))
    if faces is not None and len(faces):
        radius = max(radius, facet_size(points, faces))
    radius = min(radius, _WIDEST_M)
    if radius < 1.2 * spacing:
        return normals.astype(np.float32)
    count = int(np.clip(np.pi * (radius / spacing) ** 2, 4, _MOST_POINTS))
    result = np.empty((len(points), 3), np.float32)
    for start in range(0, len(points), 100_000):
        part = slice(start, start + 100_000)
        distance, nearest = tree.query(points[part], k=count, workers=-1)
        around = normals[nearest]
        weight = np.exp(-2 * (distance / radius) ** 2) * np.clip(np.einsum("nkd,nd->nk", around, normals[part]), 0, 1)
        result[part] = np.einsum("nk,nkd->nd", weight, around)
    return result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-9)


def facet_size(points: np.ndarray, faces: np.ndarray) -> float:
    """Side of the flat facets that a mesh is made of [m], 0 where each triangle is one: a divided mesh has more triangles than detail."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    normals = face_normals(points, faces)
    half = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).astype(np.int64), axis=1)
    order = np.lexsort((half[:, 1], half[:, 0]))
    twin = np.flatnonzero((half[order[1:]] == half[order[:-1]]).all(axis=1))
    first, second = order[twin] // 3, order[twin + 1] // 3
    flat = np.einsum("nd,nd->n", normals[first], normals[second]) > _FLAT_COSINE
    graph = coo_matrix((np.ones(int(flat.sum()), bool), (first[flat], second[flat])), shape=(len(faces), len(faces)))
    piece = connected_components(graph, directed=False)[1]
    areas = face_areas(points, faces)
    sizes = np.bincount(piece, weights=areas)
    ranked = np.argsort(sizes)
    middle = sizes[ranked[np.searchsorted(np.cumsum(sizes[ranked]), areas.sum() / 2)]]
    if middle < _DIVIDED * np.median(areas):
        return 0.0
    return float(np.sqrt(middle * 4 / np.sqrt(3)))


def _spacing(tree: cKDTree, points: np.ndarray) -> float:
    return float(np.median(tree.query(points[:: max(1, len(points) // 4000)], k=2, workers=-1)[0][:, 1]))


def corner_tangents(canvas: Canvas) -> np.ndarray:
    """The directions of u and of v on the surface at the corners of the triangles, shape (T, 3 corners, 2, 3), float32.

    Each is the mean over the triangles that share the corner on the same side of a seam.
    """
    a, b, c = (canvas.vertices[canvas.triangles[:, k]].astype(np.float64) for k in range(3))
    uv = canvas.uv.astype(np.float64)
    first, second = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = first[:, 0] * second[:, 1] - second[:, 0] * first[:, 1]
    safe = np.where(np.abs(area) > 1e-15, area, np.inf)[:, None]
    along_u = ((b - a) * second[:, 1:] - (c - a) * first[:, 1:]) / safe
    along_v = ((c - a) * first[:, :1] - (b - a) * second[:, :1]) / safe
    directions = np.stack([along_u, along_v], axis=1)
    directions /= np.maximum(np.linalg.norm(directions, axis=2, keepdims=True), 1e-12)
    keys = np.column_stack([canvas.triangles.reshape(-1, 1), np.rint(uv.reshape(-1, 2) * 65536).astype(np.int64)])
    _, place = np.unique(keys, axis=0, return_inverse=True)
    place = place.ravel()
    flat = np.repeat(directions.reshape(-1, 6), 3, axis=0)
    total = np.stack([np.bincount(place, weights=flat[:, k]) for k in range(6)], axis=1)
    return total[place].reshape(-1, 3, 2, 3).astype(np.float32)


def relief_bytes(part: Texels, tangents: np.ndarray, normals: np.ndarray, scanned: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Normal map of texels, OpenGL's convention (green along v), shape (N, 3), uint8.

    tangents: Of the texels' triangles, from `corner_tangents`, (N, 3, 2, 3). normals, scanned: Of the twin and the scan, unit, (N, 3).
    amount: How far the scan is followed, 0 to 1, (N,).
    """
    along_u = np.einsum("nk,nkd->nd", part.weights, tangents[:, :, 0])
    along_u -= normals * np.einsum("nd,nd->n", along_u, normals)[:, None]
    along_u /= np.maximum(np.linalg.norm(along_u, axis=1, keepdims=True), 1e-9)
    along_v = np.cross(normals, along_u)
    along_v *= np.sign(np.einsum("nd,nkd->n", along_v, tangents[:, :, 1]))[:, None]
    up = np.maximum(np.einsum("nd,nd->n", scanned, normals), 0.2)
    slope = np.stack([np.einsum("nd,nd->n", scanned, along_u), np.einsum("nd,nd->n", scanned, along_v)], axis=1) / up[:, None]
    steep = np.linalg.norm(slope, axis=1)
    slope *= (amount * np.minimum(1, _STEEPEST / np.maximum(steep, 1e-9)))[:, None]
    tilted = np.column_stack([slope, np.ones(len(slope), np.float32)])
    tilted /= np.linalg.norm(tilted, axis=1, keepdims=True)
    return np.rint(127.5 * (tilted + 1)).astype(np.uint8)
