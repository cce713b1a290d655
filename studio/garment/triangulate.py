"""Triangles of near-uniform side length inside closed outlines.

A hexagonal seed is relaxed like the struts of a truss while scipy's Delaunay triangulation is renewed (Persson and Strang, A simple mesh
generator in Matlab, SIAM Review 46(2), 2004). Boundary and interior spacing agree and interior points keep out of the diametral circles of
the boundary's sides, so these come out of the unconstrained triangulation by themselves; where the outline is too close to itself
for that, meshing fails with a sentence, never with a wrong mesh.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import StudioError

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Rounds of relaxation; the rest length of its struts in edge lengths, and its step, as in section 3 of Persson and Strang.
#: Measured on the tee at 12 mm: 1st percentile of the edges 0.85 and smallest angles 41 degrees (Lloyd: 0.83, 36).
_ROUNDS, _PRESTRESS, _TRUSS_STEP = 40, 1.15, 0.2

#: Distance from the outline that seed points keep, in edge lengths: outside the diametral circles of the boundary edges.
_CLEARANCE = 0.55

#: Where seeds are added, the outline counts as this much farther than it is, and a new seed needs this much room, in edge lengths.
_BOUNDARY_ROOM, _LEAST_ROOM = 1.6, 0.7

#: Interior points keep out of this many radii of the boundary edges' diametral circles.
_GABRIEL = 1.05

#: A panel whose inside is nowhere farther than this from its outline, in edge lengths, is a strip.
_NARROW = 1.3

#: Triangles below this share of the squared edge length lie between points of a straight edge and are rounding.
_SLIVER = 1e-6


def triangulate(boundary: np.ndarray, segments: np.ndarray, *, holes: int, edge_length: float, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Fill closed outlines with near-equilateral triangles.

    Args:
        boundary: Corners of all outlines, spaced by about ``edge_length``, shape (B, 2). They are kept as they are, and come first.
        segments: Sides of the outlines as indices of corners, shape (B, 2): outer outline counter-clockwise, holes clockwise.
        holes: How many of the outlines are holes.
        edge_length: Wanted length of the triangles' sides, in the unit of the corners.
        name: What is being meshed, for the message.

    Returns:
        Points of shape (V, 2), float64, and triangles of shape (F, 3), int64, counter-clockwise.

    Raises:
        StudioError: The outline comes so close to itself that a side of it is not in the triangulation.
    """
    from scipy.spatial import Delaunay, cKDTree

    fixed = len(boundary)
    ends = boundary[segments]
    circles, radii = cKDTree(ends.mean(axis=1)), np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / 2
    points = np.concatenate([boundary, _seeds(boundary, segments, holes, edge_length)])
    for round_ in range(_ROUNDS + 1):
        triangles = Delaunay(points).simplices.astype(np.int64)
        triangles = triangles[np.abs(_cross(points[triangles])) > _SLIVER * edge_length**2]  # along straight edges
        suspect = np.flatnonzero((triangles < fixed).all(axis=1))  # only those can bridge a bay of the outline or a hole
        outside = suspect[~inside(points[triangles[suspect]].mean(axis=1), boundary, segments)]
        triangles = np.delete(triangles, outside, axis=0)
        if round_ == _ROUNDS or fixed == len(points):
            break
        points = _kept_clear(points, _pushed_apart(points, triangles, fixed, edge_length), triangles, fixed, circles, radii)
    return points, _checked(points, triangles, segments, name, edge_length)


def _seeds(boundary: np.ndarray, segments: np.ndarray, holes: int, edge_length: float) -> np.ndarray:
    """Interior points: those of a hexagonal grid, symmetric about x = 0, that lie farthest from the outline, shape (N, 2).

    As many are taken as make equilateral triangles of side ``edge_length`` fill the panel: by Euler's formula a disc with B boundary and N
    interior vertices has B + 2 N - 2 triangles, and two more for each hole.
    """
    low, high = boundary.min(axis=0), boundary.max(axis=0)
    row_height = edge_length * math.sqrt(3) / 2
    rows = []
    for k in range(math.floor(low[1] / row_height), math.ceil(high[1] / row_height) + 1):
        columns = np.arange(math.floor(low[0] / edge_length) - 1, math.ceil(high[0] / edge_length) + 2) + (0.5 if k % 2 else 0.0)
        rows.append(np.stack([columns * edge_length, np.full(len(columns), k * row_height)], axis=1))
    grid = np.concatenate(rows)
    grid = grid[inside(grid, boundary, segments)]
    distance = _distance_to_segments(grid, boundary, segments)
    triangles = 0.5 * _shoelace(boundary[segments]) / (edge_length**2 * math.sqrt(3) / 4)
    wanted = max(0, round((triangles - len(boundary) + 2 - 2 * holes) / 2))
    clear = distance > _CLEARANCE * edge_length
    if len(grid) == 0 or distance.max() < _NARROW * edge_length:  # the grid's rows would miss parts of a strip
        return _filled(np.zeros((0, 2)), boundary, segments, len(grid), edge_length)
    if wanted > clear.sum():
        return _filled(grid[clear], boundary, segments, wanted, edge_length)
    order = np.argsort(-np.round(distance, 9), kind="stable")[:wanted]
    return grid[np.sort(order)]


def _filled(seeds: np.ndarray, boundary: np.ndarray, segments: np.ndarray, wanted: int, edge_length: float) -> np.ndarray:
    """More seeds in narrow pieces that the grid's rows missed: the farthest free place first, while there is room."""
    from scipy.spatial import cKDTree

    low, high = boundary.min(axis=0), boundary.max(axis=0)
    fine = edge_length / 3
    axes = [np.arange(math.floor(low[k] / fine), math.ceil(high[k] / fine) + 1) * fine for k in range(2)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    grid = grid[inside(grid, boundary, segments)]
    room = _distance_to_segments(grid, boundary, segments) * _BOUNDARY_ROOM
    if len(seeds):
        room = np.minimum(room, cKDTree(seeds).query(grid)[0])
    added = []
    while len(seeds) + len(added) < wanted and len(grid):
        best = int(np.argmax(np.round(room, 9)))
        if room[best] < _LEAST_ROOM * edge_length:
            break
        added.append(grid[best])
        room = np.minimum(room, np.linalg.norm(grid - grid[best], axis=1))
    return np.concatenate([seeds, np.array(added).reshape(-1, 2)])


def _shoelace(sides: np.ndarray) -> float:
    """Twice the signed area inside closed outlines given as their sides, shape (N, 2, 2)."""
    (x0, y0), (x1, y1) = sides[:, 0].T, sides[:, 1].T
    return float((x0 * y1 - x1 * y0).sum())


def _pushed_apart(points: np.ndarray, triangles: np.ndarray, fixed: int, edge_length: float) -> np.ndarray:
    """One step of the truss of Persson and Strang (2004): sides shorter than their rest length push; the first ``fixed`` points stay."""
    pairs = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = np.unique(pairs[:, 0] * len(points) + pairs[:, 1])  # much faster than unique rows
    sides = np.stack([keys // len(points), keys % len(points)], axis=1)
    along = points[sides[:, 1]] - points[sides[:, 0]]
    length = np.linalg.norm(along, axis=1)
    push = (np.maximum(_PRESTRESS * edge_length - length, 0.0) / np.maximum(length, 1e-9))[:, None] * along
    force = np.zeros_like(points)
    np.add.at(force, sides[:, 1], push)
    np.add.at(force, sides[:, 0], -push)
    moved = points.copy()
    moved[fixed:] += _TRUSS_STEP * force[fixed:]
    return moved


def _kept_clear(
    before: np.ndarray, after: np.ndarray, triangles: np.ndarray, fixed: int, circles: cKDTree, radii: np.ndarray
) -> np.ndarray:
    """The moved points, but for those that would come into the diametral circle of a boundary edge (centres, radii): they stay.

    An edge whose diametral circle is empty is in every Delaunay triangulation (Gabriel and Sokal 1969), so the outline is kept.
    """
    beside = np.unique(triangles[(triangles < fixed).any(axis=1)])
    beside = beside[beside >= fixed]
    distance, nearest = circles.query(after[beside], k=min(4, len(radii)))
    stay = beside[(distance < _GABRIEL * radii[nearest]).any(axis=1)]
    after[stay] = before[stay]
    return after


def _checked(points: np.ndarray, triangles: np.ndarray, segments: np.ndarray, name: str, edge_length: float) -> np.ndarray:
    """The triangles, counter-clockwise; StudioError when a boundary edge is missing or the triangles do not fill the panel."""
    flipped = _cross(points[triangles]) < 0
    triangles[flipped] = triangles[flipped][:, ::-1]
    sides = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, counts = np.unique(sides, axis=0, return_counts=True)
    wanted = np.unique(np.sort(segments, axis=1), axis=0)
    if not np.array_equal(unique[counts == 1], wanted) or len(np.unique(triangles)) != len(points):
        raise StudioError(
            f"The panel '{name}' can not be meshed with edges of {edge_length * 10:g} mm: somewhere its outline comes closer to itself "
            "than that; ask for shorter edges."
        )
    return triangles


def _cross(corners: np.ndarray) -> np.ndarray:
    """Twice the signed area of triangles with corners of shape (F, 3, 2)."""
    u, v = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]


def inside(queries: np.ndarray, boundary: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Which points lie inside closed outlines, by the even-odd rule, shape (N,), bool. Holes are outlines inside outlines."""
    a, b = boundary[segments[:, 0]], boundary[segments[:, 1]]
    result = np.zeros(len(queries), dtype=bool)
    for (x0, y0), (x1, y1) in zip(a, b, strict=True):
        if y0 == y1:
            continue
        spans = (queries[:, 1] >= min(y0, y1)) & (queries[:, 1] < max(y0, y1))
        result ^= spans & (queries[:, 0] < x0 + (queries[:, 1] - y0) * (x1 - x0) / (y1 - y0))
    return result


def _distance_to_segments(queries: np.ndarray, boundary: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Distances from points to the nearest of the boundary segments, shape (N,)."""
    best = np.full(len(queries), np.inf)
    for i, j in segments:
        a, d = boundary[i], boundary[j] - boundary[i]
        t = np.clip((queries - a) @ d / max(d @ d, 1e-300), 0.0, 1.0)
        best = np.minimum(best, np.linalg.norm(queries - a - t[:, None] * d, axis=1))
    return best
