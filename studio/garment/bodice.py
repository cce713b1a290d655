"""The frame of a bodice: neck base, shoulder line, neckline and armhole. All in cm, pattern axes: x to the right, y up.

The rules are those of flat pattern drafting as taught (Aldrich, Metric Pattern Cutting; Müller & Sohn), turned into equations: curves
leave seams at right angles so that they run on smoothly in the next piece, and lengths that must match are solved, not eyeballed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.curves import Cubic, Point
from studio.garment.drafting import direction, smooth, solve, turned


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


def shoulder_frame(m: Measures) -> Shoulder:
    """Draft the neck base and the shoulder line from measures.

    The neck base is trued: its half width is a sixth of the girth (+ 0.3), the back arc is an eighteenth of the girth deep, and the
    front depth is solved so that both arcs together measure the girth. The shoulder tip lies on the slope at half the across-back
    shoulder width from the back neck point, as the tape runs.
    """
    neck_base_girth, shoulder_width = m.cm("neck_base_girth"), m.cm("shoulder_width")
    shoulder_length, shoulder_drop = m.cm("shoulder_length"), m.cm("shoulder_drop")
    slope = math.degrees(math.asin(min(0.64, max(0.17, shoulder_drop / shoulder_length))))  # 10 to 40 degrees
    half, back = neck_base_girth / 6 + 0.3, neck_base_girth / 18

    def excess(front: float) -> float:
        frame = Shoulder(half, back, front, slope, (0.0, 0.0))
        arcs = neckline(frame, side=0, depth=back, back=True).length + neckline(frame, side=0, depth=front, back=False).length
        return 2 * arcs - neck_base_girth

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
    leave = (0.42 if back else 0.46) * drop
    arrive = (0.62 if back else 0.68) * start[0]
    return smooth(start, turned(frame.heading, -90), (0.0, -depth), (-1.0, 0.0), leave=leave, arrive=arrive)


def armhole(tip: Point, slope_deg: float, *, width: float, pitch: float, underarm: Point, scoop: float) -> tuple[Cubic, Cubic]:
    """An armhole from the underarm point up to the shoulder tip.

    ``width`` is the x at which it runs parallel to the centre (half the across-back or across-front width), ``pitch`` the y where it
    does, ``scoop`` the fullness of the lower bend (0.5 shallow, 0.65 hollowed out). It meets side and shoulder seam at right angles.
    """
    inward = (-1.0, 0.0)  # at a right angle to the side seam that comes up
    bend = (width, pitch)
    reach, rise = underarm[0] - width, pitch - underarm[1]
    if reach <= 0.3 or rise <= 0.5:
        raise StudioError(
            f"The armhole does not fit: the chest is {reach:.1f} cm wider than the armhole line; add bust ease or take a narrower shoulder."
        )
    lower = smooth(underarm, inward, bend, (0.0, 1.0), leave=scoop * reach, arrive=scoop * rise)
    upper_chord = math.dist(bend, tip)
    into_tip = turned(direction(-slope_deg), 90)  # up, at a right angle to the shoulder line
    upper = smooth(bend, (0.0, 1.0), tip, into_tip, leave=0.40 * upper_chord, arrive=0.30 * upper_chord)
    return lower, upper
