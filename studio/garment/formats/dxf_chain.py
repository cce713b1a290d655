"""Outlines that a file draws in several lines, put together to closed loops.

AccuMark splits the outline of a piece into 4 to 12 open polylines, other programs into single lines, in any order and direction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.garment.curves import Point
from studio.garment.pattern import signed_area

#: A loop is at least this many tolerances long: shorter ones are lines so short that both their ends are close to each other.
_SHORTEST_LOOP = 20.0


@dataclass(frozen=True, eq=False)
class Chained:
    """Lines put together.

    loops: Closed chains, shape (N, 2) each, first point not repeated, the largest area first.
    strays: How many lines belong to no loop. gap: The distance at which the longest chain of them stays open, 0 where there is none.
    at: Where that is.
    """

    loops: tuple[np.ndarray, ...]
    strays: int
    gap: float
    at: Point


def chain_loops(paths: Sequence[tuple[np.ndarray, bool]], *, tolerance: float) -> Chained:
    """Put lines together whose ends are no farther apart than ``tolerance``, in any order and direction.

    paths: Corners of each line, shape (N, 2), and whether it is closed by itself. Numbers are in the unit of the lines.
    """
    loops = [points for points, closed in paths if closed]
    lines = _distinct([points for points, closed in paths if not closed and len(points) > 1], tolerance)
    ends = np.array([(line[0], line[-1]) for line in lines]).reshape(-1, 2, 2)
    free = np.ones(len(lines), dtype=bool)
    strays, gap, at, longest = 0, 0.0, (0.0, 0.0), -1.0
    while free.any():
        chain, lost, missed, end = _grow(lines, ends, free, tolerance)
        strays += lost
        if missed is None:
            loops.append(_joined(chain, tolerance))
            continue
        length = sum(_length(points) for points in chain)
        if length > longest:
            longest, gap, at = length, missed, end
    loops = [loop for loop in loops if len(loop) > 2 and signed_area(loop) != 0]
    return Chained(tuple(sorted(loops, key=lambda loop: -abs(signed_area(loop)))), strays, gap, at)


def _grow(
    lines: list[np.ndarray], ends: np.ndarray, free: np.ndarray, tolerance: float
) -> tuple[list[np.ndarray], int, float | None, Point]:
    """One chain from the first free line on: its lines, how many lines are lost, the gap at which it stays open and where that is.

    The gap is None where the chain closes. A line that leads nowhere, such as a notch drawn on the outline's layer, is given up and the
    next one tried. Lines of the chain and lost ones are no longer free.
    """
    taken: list[int] = []
    dead: list[int] = []  # they end nowhere, and so do for every other chain
    chain: list[np.ndarray] = []
    starts, lengths = np.zeros((len(lines), 2)), np.zeros(len(lines))

    def take(k: int, flipped: bool) -> None:
        free[k] = False
        chain.append(lines[k][::-1] if flipped else lines[k])
        starts[len(taken)], lengths[len(taken)] = chain[-1][0], _length(chain[-1])
        taken.append(k)

    take(int(np.flatnonzero(free)[0]), False)
    missed, at = math.inf, (0.0, 0.0)
    while True:
        end = chain[-1][-1]
        begin, closing = _closing(starts[: len(taken)], lengths[: len(taken)], end, tolerance)
        k, flipped, distance = _nearest(ends, free, end)
        if closing <= min(tolerance, distance):
            free[taken[:begin]] = True
            return chain[begin:], len(dead), None, at
        if distance <= tolerance:
            take(k, flipped)
            continue
        if min(closing, distance) <= missed:
            missed, at = min(closing, distance), (float(end[0]), float(end[1]))
        if len(chain) == 1 or _nearest(ends, free, chain[-1][0])[2] > tolerance:
            break
        chain.pop()
        dead.append(taken.pop())
    return chain, len(dead) + len(chain), missed, at


def _closing(starts: np.ndarray, lengths: np.ndarray, end: np.ndarray, tolerance: float) -> tuple[int, float]:
    """With which of its lines a chain comes nearest to where it has been before, and how near it comes.

    Lines before that one lead to the loop without being part of it. A loop has to be far longer than the tolerance.
    """
    gaps = np.linalg.norm(starts - end, axis=1)
    gaps[lengths[::-1].cumsum()[::-1] < _SHORTEST_LOOP * tolerance] = math.inf
    begin = int(gaps.argmin())
    return begin, float(gaps[begin])


def _nearest(ends: np.ndarray, free: np.ndarray, point: np.ndarray) -> tuple[int, bool, float]:
    """The free line with an end nearest to a point, whether that is its last point, and how near."""
    if not free.any():
        return -1, False, math.inf
    distances = np.linalg.norm(ends - point, axis=2)
    distances[~free] = math.inf
    k = int(distances.argmin())
    return k // 2, bool(k % 2), float(distances.flat[k])


def _joined(chain: list[np.ndarray], tolerance: float) -> np.ndarray:
    """The chain's points; where two lines meet, the first one's end stands for both."""
    points = np.concatenate([line if k == 0 else line[1:] for k, line in enumerate(chain)])
    return points[:-1] if np.linalg.norm(points[-1] - points[0]) <= tolerance else points


def _distinct(lines: list[np.ndarray], tolerance: float) -> list[np.ndarray]:
    """Lines without those of no length and those that are drawn twice, in whichever direction."""
    kept: dict[bytes, np.ndarray] = {}
    for line in lines:
        if _length(line) > 0:
            coarse = np.round(line / (0.1 * tolerance)) + 0.0  # + 0.0 turns -0.0 into 0.0
            kept.setdefault(min(coarse.tobytes(), coarse[::-1].tobytes()), line)
    return list(kept.values())


def _length(points: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
