"""The drafting table: directions, smooth curves between them, lengths that are solved. All in cm; x points to the right, y up."""

from __future__ import annotations

import math
from collections.abc import Callable

from studio.errors import StudioError
from studio.garment.curves import Cubic, Point


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


def solve(function: Callable[[float], float], low: float, high: float, *, what: str) -> float:
    """The root of a continuous function between bounds (Brent 1973). StudioError names ``what`` where the bounds hold none."""
    from scipy.optimize import brentq

    if not function(low) * function(high) < 0:
        raise StudioError(f"There is no {what} that fits these measures and this design; check the measures, or change the ease.")
    return float(brentq(function, low, high, xtol=1e-12, rtol=1e-12))
