"""Constructions that several blocks share: neckline, armhole, sleeve cap, darts. All in cm, pattern axes: x to the right, y up.

The rules are those of flat pattern drafting as taught (Aldrich, Metric Pattern Cutting; Müller & Sohn), turned into equations: curves
leave seams at right angles so that they run on smoothly in the next piece, and lengths that must match are solved, not eyeballed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Cubic, Line, Point, Segment, path_length

#: Handle length of a cubic that draws a quarter of an ellipse, as a share of the half axis.
QUARTER_ELLIPSE = 0.5523


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


# --- bodice -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shoulder:
    """The frame of a bodice: x = 0 is the centre, y = 0 the level of the side neck point at the neck base.

    neck_half_cm: Half width of the neck base. back_depth_cm, front_depth_cm: Depths of its arcs below y = 0.
    slope_deg: Fall of the shoulder line. tip: The shoulder point.
    """

    neck_half_cm: float
    back_depth_cm: float
    front_depth_cm: float
    slope_deg: float
    tip: Point

    def on_line(self, x: float) -> Point:
        """The point of the shoulder line at x."""
        return x, -(x - self.neck_half_cm) * math.tan(math.radians(self.slope_deg))

    @property
    def heading(self) -> Point:
        """Unit vector from the neck to the tip."""
        return direction(-self.slope_deg)


def shoulder_frame(*, neck_base_girth: float, shoulder_width: float, shoulder_length: float, shoulder_drop: float) -> Shoulder:
    """Draft the neck base and the shoulder line from measures [cm].

    The neck base is trued: its half width is a sixth of the girth (+ 0.3), the back arc is an eighteenth of the girth deep, and the
    front depth is solved so that both arcs together measure the girth. The shoulder tip lies on the slope at half the across-back
    shoulder width from the back neck point, as the tape runs.
    """
    slope = math.degrees(math.asin(min(0.64, max(0.17, shoulder_drop / shoulder_length))))  # 10 to 40 degrees
    half, back = neck_base_girth / 6 + 0.3, neck_base_girth / 18

    def excess(front: float) -> float:
        frame = Shoulder(half, back, front, slope, (0.0, 0.0))
        return 2 * (neckline(frame, side=0, depth=back, back=True).length + neckline(frame, side=0, depth=front, back=False).length) - neck_base_girth

    front = solve(excess, 0.5, neck_base_girth / 2, what="neckline")
    tangent = math.tan(math.radians(slope))

    def reach(x: float) -> float:
        return math.hypot(x, -(x - half) * tangent + back) - shoulder_width / 2

    x = solve(reach, half, shoulder_width, what="shoulder line")
    return Shoulder(half, back, front, slope, (x, -(x - half) * tangent))


def neckline(frame: Shoulder, *, side: float, depth: float, back: bool) -> Cubic:
    """Half a neckline, from the shoulder seam to the centre.

    ``side`` is how far along x it lies outside the neck base at the shoulder, ``depth`` its depth at the centre below y = 0. It leaves the
    shoulder line at a right angle and reaches the centre level. The front is a deep U, the back is flat and turns up at the side.
    """
    start = frame.on_line(frame.neck_half_cm + side)
    drop = depth + start[1]
    if drop <= 0.2:
        raise StudioError("The neckline lies above its own shoulder point; make it deeper at the centre or narrower at the side.")
    leave = (0.42 if back else 0.60) * drop
    arrive = (0.62 if back else 0.56) * start[0]
    return smooth(start, turned(frame.heading, -90), (0.0, -depth), (-1.0, 0.0), leave=leave, arrive=arrive)


def armhole(tip: Point, slope_deg: float, *, width: float, pitch: float, underarm: Point, scoop: float, side_heading: Point = (0.0, 1.0)) -> tuple[Cubic, Cubic]:
    """An armhole from the underarm point up to the shoulder tip.

    ``width`` is the x at which it runs parallel to the centre (half the across-back or across-front width), ``pitch`` the y where it does,
    ``scoop`` the fullness of the lower bend (0.5 shallow, 0.65 hollowed out). It leaves the side seam and the shoulder seam at right angles.
    """
    outward = turned(side_heading, 90)  # to the left of the side seam that comes up: into the armhole
    bend = (width, pitch)
    reach, rise = underarm[0] - width, pitch - underarm[1]
    if reach <= 0.3 or rise <= 0.5:
        raise StudioError(f"The armhole does not fit: the chest is {reach:.1f} cm wider than the armhole line; add bust ease or take a narrower shoulder.")
    lower = smooth(underarm, outward, bend, (0.0, 1.0), leave=scoop * reach, arrive=scoop * rise)
    upper_chord = math.dist(bend, tip)
    into_tip = turned(direction(-slope_deg), 90)  # up, at a right angle to the shoulder line
    upper = smooth(bend, (0.0, 1.0), tip, into_tip, leave=0.40 * upper_chord, arrive=0.30 * upper_chord)
    return lower, upper


# --- sleeve -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cap:
    """A sleeve cap: x = 0 below the shoulder notch, y = 0 the underarm line, front half drawn at negative x.

    height: Of the notch above the underarm line. front, back: Half widths. front_path runs from the notch down to the front underarm
    point, back_path from the back underarm point up to the notch.
    """

    height: float
    front: float
    back: float
    front_path: tuple[Segment, ...]
    back_path: tuple[Segment, ...]


def cap_half(width: float, height: float, *, hollow: float, rise: float, turn: float) -> tuple[Cubic, Cubic]:
    """Half a cap from the underarm point (width, 0) to the notch (0, height): an S with its turning point on the guide line.

    ``turn`` is the place of the turning point along the straight guide line, ``hollow`` the angle [degrees] by which the curve lies below
    the guide line where it starts, ``rise`` the angle by which it is steeper than it at the turning point.
    """
    start, notch = (width, 0.0), (0.0, height)
    guide = unit(start, notch)
    angle = math.degrees(math.atan2(guide[1], guide[0]))
    middle = along(start, guide, turn * math.dist(start, notch))
    steep = direction(angle - rise)
    low = direction(angle + hollow)
    lower = easy(start, low, middle, steep, fullness=0.34)
    upper_chord = math.dist(middle, notch)
    upper = smooth(middle, steep, notch, (-1.0, 0.0), leave=0.36 * upper_chord, arrive=0.50 * upper_chord)
    return lower, upper


def sleeve_cap(*, front_length: float, back_length: float, width: float) -> Cap:
    """The cap of a sleeve of a given width whose halves are as long as the armhole's halves (with their ease) [cm].

    Height and the place of the notch above the underarm line are solved. StudioError where the width leaves no height.
    """
    total = front_length + back_length
    if width >= 0.985 * total:
        raise StudioError(f"A sleeve {width:.1f} cm wide does not fit an armhole of {total:.1f} cm; deepen the armhole or take less arm ease.")

    def halves(height: float, front: float) -> tuple[tuple[Cubic, Cubic], tuple[Cubic, Cubic]]:
        shape_front = cap_half(front, height, hollow=_hollow(front, height, 0.62), rise=13.0, turn=0.40)
        shape_back = cap_half(width - front, height, hollow=_hollow(width - front, height, 0.45), rise=10.0, turn=0.34)
        return shape_front, shape_back

    def split(height: float) -> float:
        """Front width at which both halves miss their lengths by the same share."""

        def unfair(front: float) -> float:
            a, b = halves(height, front)
            return path_length(a) / front_length - path_length(b) / back_length

        return solve(unfair, 0.2 * width, 0.8 * width, what="sleeve cap")

    def excess(height: float) -> float:
        front = split(height)
        return path_length(halves(height, front)[0]) - front_length

    height = solve(excess, 0.02 * total, 0.48 * total, what="sleeve cap")
    front = split(height)
    shape_front, shape_back = halves(height, front)
    flip = np.diag([-1.0, 1.0])
    front_down = tuple(segment.moved(flip, (0.0, 0.0)).reversed() for segment in reversed(shape_front))
    return Cap(height, front, width - front, front_down, shape_back)


def _hollow(width: float, height: float, share: float) -> float:
    """Angle below the guide line at the underarm: a share of the guide line's own, so that a flat cap is hollowed less."""
    return share * math.degrees(math.atan2(height, width))


def rectangle(low: Point, high: Point) -> tuple[Line, Line, Line, Line]:
    """Bottom, right, top and left side of an upright rectangle, counter-clockwise."""
    a, b, c, d = low, (high[0], low[1]), high, (low[0], high[1])
    return Line(a, b), Line(b, c), Line(c, d), Line(d, a)
