"""Curved edges as the GarmentCode format writes them: Bézier controls beside the chord, circles by radius; and edges cut into pieces.

Relative coordinates treat an edge as the vector (1, 0): a control (x, y) lies x chords along and y chords to the left (pygarment,
pattern/utils.py). A circle is written as SVG's elliptical arc is: radius, the longer way round or not, and ``right``, which is 1 where the
path bends to its left and so bulges to the right of the chord (garmentcode/edge.py, CircleEdge.as_radius_flag).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from studio.garment.curves import Arc, Cubic, Line, Point, Quadratic, Segment, split_segment

#: An arc whose radius is this many times the chord leaves it by less than rounding can tell.
_STRAIGHT = 1e9


def segment_from(kind: str, numbers: Sequence[Sequence[float]], start: Point, end: Point, *, relative: bool, scale: float) -> Segment:
    """The segment from ``start`` to ``end`` [cm].

    kind: ``line``, ``quadratic``, ``cubic`` or ``circle``. numbers: Control points, or one row of radius, large arc and right.
    relative: Whether controls are given beside the chord; else they, and radii always, are lengths in the file's unit.
    scale: Centimetres in the file's unit.
    """
    if kind == "line":
        return Line(start, end)
    if kind == "circle":
        radius, large, right = numbers[0]
        return arc_of_radius(start, end, radius * scale, large=large > 0.5, right=right > 0.5)
    controls = [_beside(start, end, (x, y)) if relative else (x * scale, y * scale) for x, y in numbers]
    return Quadratic(start, controls[0], end) if kind == "quadratic" else Cubic(start, controls[0], controls[1], end)


def curvature_of(segment: Segment) -> dict[str, Any] | None:
    """What the format writes as an edge's ``curvature``, relative; None for a straight one. Lengths in cm."""
    if isinstance(segment, Line):
        return None
    if isinstance(segment, Arc):
        return {"type": "circle", "params": [segment.radius, int(abs(segment.bulge) > 1), int(segment.bulge > 0)]}
    controls = [_relative(segment.start, segment.end, control) for control in segment.controls[1:-1]]
    return {"type": "quadratic" if len(controls) == 1 else "cubic", "params": [list(control) for control in controls]}


def arc_of_radius(start: Point, end: Point, radius: float, *, large: bool, right: bool) -> Segment:
    """The circular arc from ``start`` to ``end``: the shorter or the longer way round, bulging to the right of the chord or to its left.

    A radius below half the chord means half a circle, as SVG 1.1 has it (appendix F.6.6).
    """
    half = math.dist(start, end) / 2
    if 2 * half * _STRAIGHT < radius and not large:
        return Line(start, end)
    rise = math.sqrt(max((radius - half) * (radius + half), 0.0))  # from the chord to the centre
    sagitta = max(radius, half) + rise if large else half * half / (max(radius, half) + rise)
    return Arc(start, end, sagitta / half * (1 if right else -1))


def cut(segment: Segment, parameters: Sequence[float]) -> tuple[Segment, ...]:
    """A segment's pieces between rising parameters t, all of them inside it."""
    pieces, rest, done = [], segment, 0.0
    for t in parameters:
        first, rest = split_segment(rest, (t - done) / (1 - done))
        pieces.append(first)
        done = t
    return (*pieces, rest)


def joined(pieces: Sequence[Segment], parameters: Sequence[float]) -> Segment:
    """The segment that was cut at these parameters; exact to rounding: ``joined(cut(s, t), t)`` is ``s``.

    The first piece of a Bézier curve begins along the same leg, shortened by the first parameter; the last one ends likewise.
    """
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first
    start, end, head, tail = first.start, last.end, parameters[0], 1 - parameters[-1]
    if isinstance(first, Line):
        return Line(start, end)
    if isinstance(first, Arc):
        return Arc(start, end, math.tan(math.fsum(math.atan(piece.bulge) for piece in pieces)))
    leaving, arriving = _stretched(start, first.controls[1], 1 / head), _stretched(end, last.controls[-2], 1 / tail)
    if isinstance(first, Quadratic):
        return Quadratic(start, leaving if head >= tail else arriving, end)
    return Cubic(start, leaving, arriving, end)


def _beside(start: Point, end: Point, relative: Point) -> Point:
    dx, dy = end[0] - start[0], end[1] - start[1]
    return start[0] + relative[0] * dx - relative[1] * dy, start[1] + relative[0] * dy + relative[1] * dx


def _relative(start: Point, end: Point, point: Point) -> Point:
    chord, arm = np.subtract(end, start), np.subtract(point, start)
    square = float(chord @ chord)
    return float(chord @ arm) / square, float(chord[0] * arm[1] - chord[1] * arm[0]) / square


def _stretched(base: Point, tip: Point, factor: float) -> Point:
    return base[0] + factor * (tip[0] - base[0]), base[1] + factor * (tip[1] - base[1])
