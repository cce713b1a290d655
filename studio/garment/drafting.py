"""The drafting table: directions, smooth curves between them, lengths that are solved. All in cm; x points to the right, y up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Cubic, Point, Segment, points_at


def direction(angle_deg: float) -> Point:
    """The unit vector at an angle from +x, counter-clockwise."""
    return math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))


def along(start: Point, heading: Point, distance: float) -> Point:
    """The point at a distance from ``start`` along a unit vector."""
    return start[0] + heading[0] * distance, start[1] + heading[1] * distance


def smooth(start: Point, heading: Point, end: Point, arrival: Point, *, leave: float, arrive: float) -> Cubic:
    """A cubic that leaves ``start`` along ``heading`` and reaches ``end`` travelling along ``arrival`` (unit vectors).

    ``leave`` and ``arrive`` are the handle lengths [cm].
    """
    return Cubic(start, along(start, heading, leave), along(end, arrival, -arrive), end)


def easy(start: Point, heading: Point, end: Point, arrival: Point, *, fullness: float = 0.36) -> Cubic:
    """`smooth` with both handles at a share of the chord: the curve a French curve draws between two directions."""
    chord = math.dist(start, end)
    return smooth(start, heading, end, arrival, leave=fullness * chord, arrive=fullness * chord)


def turned(vector: Point, angle_deg: float) -> Point:
    """The vector turned counter-clockwise."""
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return c * vector[0] - s * vector[1], s * vector[0] + c * vector[1]


def unit(start: Point, end: Point) -> Point:
    """The unit vector from start to end."""
    length = math.dist(start, end)
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length


def shifted_path(path: Sequence[Segment], shift: Point) -> tuple[Segment, ...]:
    """The path moved by a vector."""
    return tuple(segment.moved(np.eye(2), shift) for segment in path)


def folded_path(path: Sequence[Segment], a: Point, b: Point) -> tuple[Segment, ...]:
    """The path folded over the line through two points: reflected about it."""
    (x, y), (dx, dy) = a, unit(a, b)
    matrix = np.array([[dx * dx - dy * dy, 2 * dx * dy], [2 * dx * dy, dy * dy - dx * dx]])
    moved = np.array([x, y]) - matrix @ np.array([x, y])
    return tuple(segment.moved(matrix, (float(moved[0]), float(moved[1]))) for segment in path)


def distance_where(path: Sequence[Segment], value: Callable[[Point], float], low: float, high: float, *, what: str) -> float:
    """Distance along a path, between two bounds [cm], at which a continuous function of the place is zero. Errors as in `solve`."""

    def there(distance: float) -> float:
        x, y = points_at(path, np.array([distance]))[0]
        return value((float(x), float(y)))

    return solve(there, low, high, what=what)


def solve(function: Callable[[float], float], low: float, high: float, *, what: str) -> float:
    """The root of a continuous function between bounds (Brent 1973). StudioError names ``what`` where the bounds hold none."""
    from scipy.optimize import brentq

    at = cache(function)  # the bounds are asked for again by the search
    if not at(low) * at(high) < 0:
        raise StudioError(f"There is no {what} that fits these measures and this design; check the measures, or change the ease.")
    return float(brentq(at, low, high, xtol=1e-12, rtol=1e-12))
