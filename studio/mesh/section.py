"""Plane sections of a triangle mesh: closed loops, and the tape round them.

A vertex that lies exactly on the plane counts as in front of it (simulation of simplicity, Edelsbrunner and Mücke 1990): every triangle is
then crossed in no edge or in two, so the crossings of a closed mesh always chain up to closed loops, without special cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Loop:
    """One connected part of a section.

    points: In order, shape (N, 3), float64, in the mesh's frame and unit; the first point is not repeated. Seen against the normal (from
        its tip) an outer contour of a mesh with outward faces runs counter-clockwise.
    closed: Whether the last point joins the first. False where the section runs into a border of the mesh.
    sides: The triangle sides that the points lie on, as vertex numbers, shape (N, 2), int64.
    shares: How far along its side each point lies, 0 at the first vertex, shape (N,), float64. With ``sides`` it finds the same points of
        the surface again when the mesh has moved.
    """

    points: np.ndarray
    closed: bool
    sides: np.ndarray
    shares: np.ndarray

    @property
    def length(self) -> float:
        """Length along the surface."""
        points = np.concatenate([self.points, self.points[:1]]) if self.closed else self.points
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())

    @property
    def centre(self) -> np.ndarray:
        """Middle of the box round the points, shape (3,)."""
        return (self.points.min(axis=0) + self.points.max(axis=0)) / 2


def section(vertices: np.ndarray, faces: np.ndarray, *, origin: np.ndarray, normal: np.ndarray) -> tuple[Loop, ...]:
    """Cut a mesh by a plane.

    Args:
        vertices: Positions, shape (V, 3).
        faces: Vertex indices, consistently oriented, shape (F, 3). Every side may belong to two triangles at most.
        origin: A point of the plane, shape (3,).
        normal: The plane's normal, any length but zero, shape (3,).

    Returns:
        The parts of the section, the one with the most points first.
    """
    normal = np.asarray(normal, dtype=float) / np.linalg.norm(normal)
    vertices, origin, faces = np.asarray(vertices, dtype=float), np.asarray(origin, dtype=float), np.asarray(faces)
    if 3 * len(faces) < len(vertices):
        front = _heights(vertices[faces], origin, normal) >= 0
    else:
        front = (_heights(vertices, origin, normal) >= 0)[faces]
    count = front[:, 0].astype(np.int8) + front[:, 1] + front[:, 2]
    mixed = (count == 1) | (count == 2)
    crossed = faces[mixed].astype(np.int64)
    if len(crossed) == 0:
        return ()
    enter, leave = _crossings(crossed, front[mixed])
    keys = np.concatenate([enter, leave])
    sides, index = np.unique(keys[:, 0] * len(vertices) + keys[:, 1], return_inverse=True)
    a, b = sides // len(vertices), sides % len(vertices)
    above, below = _heights(vertices[a], origin, normal), _heights(vertices[b], origin, normal)
    t = above / (above - below)
    points = vertices[a] + t[:, None] * (vertices[b] - vertices[a])
    chains = _chains(index[: len(crossed)], index[len(crossed) :], len(sides))
    ends = np.stack([a, b], axis=1)
    loops = [Loop(points[chain], closed, ends[chain], t[chain]) for chain, closed in chains]
    return tuple(sorted(loops, key=lambda loop: -len(loop.points)))


def _heights(points: np.ndarray, origin: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Signed distance of points of shape (..., 3) from a plane; the same for a point wherever it stands in the array.

    Written out: a matrix product may sum in another order for another shape, and its threads cost more than they save here.
    """
    away = points - origin
    return away[..., 0] * normal[0] + away[..., 1] * normal[1] + away[..., 2] * normal[2]


def _crossings(crossed: np.ndarray, front: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two sides of each triangle that the plane crosses, as sorted vertex pairs: where the section enters and where it leaves.

    front: Which corners lie in front of the plane, shape (F, 3), bool.

    Walking round a triangle with the normal of its face towards the walker's eye, the section runs from the side that goes down through the
    plane to the side that comes up, which keeps the inside of the mesh to its left when the plane's normal points to the eye.
    """
    start, end = crossed, np.roll(crossed, -1, axis=1)
    ahead = np.roll(front, -1, axis=1)
    down, up = front & ~ahead, ~front & ahead
    row = np.arange(len(crossed))
    pair = np.stack([start, end], axis=2)
    enter, leave = pair[row, down.argmax(axis=1)], pair[row, up.argmax(axis=1)]
    return np.sort(enter, axis=1), np.sort(leave, axis=1)


def _chains(enter: np.ndarray, leave: np.ndarray, count: int) -> list[tuple[np.ndarray, bool]]:
    """Chain directed links between crossing points into loops, and open chains where the mesh has a border."""
    follow = np.full(count, -1, dtype=np.int64)
    follow[enter] = leave
    has_source = np.zeros(count, dtype=bool)
    has_source[leave] = True
    follow_list = follow.tolist()
    visited = [False] * count
    chains = []
    starts = np.flatnonzero(~has_source & (follow >= 0)).tolist()  # open chains first, from their beginnings
    for first in (*starts, *range(count)):
        if visited[first] or follow_list[first] < 0:
            continue
        chain, node = [], first
        while node >= 0 and not visited[node]:
            visited[node] = True
            chain.append(node)
            node = follow_list[node]
        chains.append((np.array(chain), node == first))
    return chains


def flattened(points: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Points in two coordinates of the plane with that normal, shape (N, 2); lengths and sense of rotation are kept."""
    normal = np.asarray(normal, dtype=float) / np.linalg.norm(normal)
    helper = np.eye(3)[np.argmin(np.abs(normal))]
    u = np.cross(helper, normal)
    u /= np.linalg.norm(u)
    return np.asarray(points, dtype=float) @ np.stack([u, np.cross(normal, u)], axis=1)


def convex_hull(points: np.ndarray) -> np.ndarray:
    """Corners of the convex hull of points of shape (N, 2), counter-clockwise, shape (H, 2) (Andrew's monotone chain, 1979)."""
    ordered = sorted({(float(x), float(y)) for x, y in points})
    if len(ordered) <= 2:
        return np.array(ordered)

    def half(sequence: list[tuple[float, float]]) -> list[tuple[float, float]]:
        chain: list[tuple[float, float]] = []
        for p in sequence:
            while len(chain) >= 2:
                (ax, ay), (bx, by) = chain[-2], chain[-1]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) > 0:
                    break
                chain.pop()
            chain.append(p)
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def tape_length(points: np.ndarray, normal: np.ndarray) -> float:
    """Length of a taut tape round points of a plane section of shape (N, 3): the perimeter of their convex hull.

    A tape bridges hollows, so girths by ISO 8559-1 are hull lengths, not lengths along the skin.
    """
    hull = convex_hull(flattened(points, normal))
    return float(np.linalg.norm(hull - np.roll(hull, -1, axis=0), axis=1).sum())
