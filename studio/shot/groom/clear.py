"""The last word on where hair may be: outside skin and cloth, by exact distances, segments and not only points.

While strands grow, obstacles are points a few millimetres apart: quick, and nearly right. Here what came close to a surface is measured
against its triangles and lifted off; a strand that still goes into something afterwards ends before it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.groom.scalp import Obstacles

#: Hair keeps this far from skin and cloth [m]: more than half its thickness, so that it is not drawn inside.
_CLEAR_M = 0.0004
#: What grows near the surface within this is measured exactly [m]: above the error of the quick distance.
_NEAR_M = 0.0025
#: So is what is this close to a known point [m]: heights mislead at ears and other thin parts.
_BESIDE_M = 0.004
#: A point deeper than this ends its strand [m].
_DEEP_M = 0.0005
#: Rounds of lifting; three leave a few strands in ten thousand.
_ROUNDS = 3
#: Where along a segment it is measured: roughly at first, which suffices where it is found higher than a quarter of the segment, since a
#: distance changes no faster than the place.
_ROUGHLY, _BETWEEN = (0.5, 1.0), (0.25, 0.5, 0.75, 1.0)
#: The first segments come out of the skin, and are left alone as far as they lie flat on it.
_AT_ROOT = 1


@dataclass(frozen=True)
class Walls:
    """What hair must not go through, in the world: the skin, and cloth that it lies on."""

    skin: Surface
    cloths: Sequence[Surface]


def clear(strands: np.ndarray, walls: Walls, around: Obstacles, local: np.ndarray, *, rooted: bool = True) -> np.ndarray:
    """World strands (N, K, 3) lifted off the walls; those that cannot be are ended before them.

    local: The same strands in head coordinates, in which ``around`` answers which of them are near anything. rooted: Whether their first
    points lie in the skin.
    """
    strands = strands.copy()
    first = _AT_ROOT if rooted else 0
    rows, columns = np.nonzero(_near(local, around))
    wanted = columns >= first
    rows, columns = rows[wanted], columns[wanted]
    close = rows, columns
    for turn in range(_ROUNDS):
        if not len(rows):
            break
        still = _lift(strands, walls, rows, columns, first, roughly=turn == 0)
        rows, columns = _widened(rows[still], columns[still], strands.shape[1], first)
    return _ended(strands, walls, (rows, columns), close)


def _lift(strands: np.ndarray, walls: Walls, rows: np.ndarray, columns: np.ndarray, first: int, *, roughly: bool) -> np.ndarray:
    """Lift the segments that end at points (strand, number) off the walls, in place. Returns which of them are to be measured again."""
    lift, counted = np.zeros_like(strands), np.zeros(strands.shape[:2])
    before = np.maximum(columns - 1, 0)
    begin, stop = strands[rows, before], strands[rows, columns]
    sag = np.linalg.norm(stop - begin, axis=1) / 4 if roughly else 0.0
    still = np.zeros(len(rows), dtype=bool)
    for share in _ROUGHLY if roughly else _BETWEEN:
        height, normals = _height(begin * (1 - share) + stop * share, walls)
        short = _CLEAR_M - height
        if first and share < 1:  # the segment out of the root may lie in the skin at its root
            short = np.where(columns == 1, 0.0, short)
        low = short > 0
        still |= short + sag > 0
        push = normals[low] * (short[low] * 1.05)[:, None]
        for end in (columns[low],) if share == 1 else (columns[low], before[low]):
            free = end >= first
            np.add.at(lift, (rows[low][free], end[free]), push[free])
            np.add.at(counted, (rows[low][free], end[free]), 1)
    strands += lift / np.maximum(counted, 1)[..., None]
    return still


def _near(local: np.ndarray, around: Obstacles) -> np.ndarray:
    """Which points may be closer than a hair's breadth to something, (N, K), bool; a point's neighbours count with it."""
    distance, height, _ = around.above(local.reshape(-1, 3))
    near = ((distance < _BESIDE_M) | (np.isfinite(distance) & (height < _NEAR_M))).reshape(local.shape[:2])
    near[:, 1:] |= near[:, :-1]
    near[:, :-1] |= near[:, 1:]
    return near


def _widened(rows: np.ndarray, columns: np.ndarray, points: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """The points that moved and the ends of the segments that hang on them."""
    codes = np.unique(np.concatenate([rows * points + np.clip(columns + step, first, points - 1) for step in (-1, 0, 1)]))
    return codes // points, codes % points


def _height(points: np.ndarray, walls: Walls) -> tuple[np.ndarray, np.ndarray]:
    """Height over the skin or a cloth, whichever is less, and its normal there; (N,), (N, 3)."""
    height, normals = _over(points, walls.skin)
    for cloth in walls.cloths:
        above, upright = _over(points, cloth, open_to=0.02)
        lower = above < height
        height, normals = np.where(lower, above, height), np.where(lower[:, None], upright, normals)
    return height, normals


def _over(points: np.ndarray, surface: Surface, *, open_to: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Signed height over a surface and its smooth normal. open_to: An open surface says nothing beyond that distance [m]."""
    found = surface.closest(points)
    normals = (surface.smooth_normals[surface.faces[found.triangles]] * found.barycentric[..., None]).sum(axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    inside = ((points - found.points) * normals).sum(axis=1) < 0
    height = np.where(inside, -found.distances, found.distances)
    if open_to is not None:
        height = np.where(found.distances > open_to, np.inf, height)
    return height, normals


Points = tuple[np.ndarray, np.ndarray]


def _ended(strands: np.ndarray, walls: Walls, suspects: Points, close: Points) -> np.ndarray:
    """Strands that end before what they would go through, with as many points as before, the last ones close together.

    suspects: Points (strand, number) that were still being lifted. close: All that are near anything.
    """
    end = np.full(len(strands), strands.shape[1])
    rows, columns = suspects
    if len(rows):
        before = np.maximum(columns - 1, 0)
        bad = np.zeros(len(rows), dtype=bool)
        for share in _BETWEEN:
            height, _ = _height(strands[rows, before] * (1 - share) + strands[rows, columns] * share, walls)
            bad |= (height < -_DEEP_M) & ((columns > 1) | (share == 1))
        np.minimum.at(end, rows[bad], columns[bad])
    rows, columns = (each[close[1] > 0] for each in close)
    for cloth in walls.cloths if len(rows) else ():
        begin = strands[rows, columns - 1]
        hits, _ = cloth.first_hits(begin, strands[rows, columns] - begin)
        through = hits <= 1.0
        np.minimum.at(end, rows[through], columns[through])
    for row in np.flatnonzero(end < strands.shape[1]):
        last = max(end[row] - 1, 1)
        start, stop = strands[row, last - 1].copy(), strands[row, last].copy()
        rest = np.linspace(0.5, 1, strands.shape[1] - last)[:, None] * (1.0 if end[row] > 1 else 0.1)  # nothing is left but its root
        strands[row, last:] = start + (stop - start) * rest
    return strands
