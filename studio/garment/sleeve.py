"""Set-in sleeves: a cap that is as long as its armhole, and the sleeve below it. All in cm, pattern axes: x to the right, y up."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.curves import Cubic, Line, Segment, path_length
from studio.garment.drafting import along, direction, easy, smooth, solve, unit
from studio.garment.pattern import Edge, Panel, Placement

#: An underarm sleeve seam of at least this length [cm] keeps the sleeve a sleeve.
SHORTEST_UNDERARM = 4.0


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
        raise StudioError(
            f"A sleeve {width:.1f} cm wide does not fit an armhole of {total:.1f} cm; deepen the armhole or take less arm ease."
        )

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


def fitted_cap(
    *, front: float, back: float, ease: float, width: float, lowest: float, highest: float
) -> Cap | None:  # fmt: skip
    """The cap for an armhole of two lengths, ``ease`` longer than it (a share), for a sleeve at least ``width`` wide.

    Its height lies between two shares of the armhole's length: a cap that would be higher is lowered by widening the sleeve; None where
    the armhole is too short for the arm, so that even the flattest cap would not do.
    """
    hole = front + back
    if width >= 0.94 * hole:
        return None
    longer = 1 + ease

    def cap(wide: float) -> Cap:
        return sleeve_cap(front_length=front * longer, back_length=back * longer, width=wide)

    found = cap(width)
    if found.height < lowest * hole:
        return None
    if found.height > highest * hole:
        wider = solve(lambda wide: cap(wide).height - highest * hole, width, 0.94 * hole, what="sleeve width")
        return cap(wider)
    return found


def sleeve_panels(m: Measures, cap: Cap, *, share: float, upper_arm_ease: float) -> list[Panel]:
    """Left and right sleeve below a cap, their front halves towards the front as seen from outside.

    ``share`` is the sleeve's length as a share of the arm from shoulder point to wrist. The sleeve tapers on a straight line towards a
    wrist with half the upper arm's ease.
    """
    arm = m.cm("sleeve_length")
    length = max(share * arm, cap.height + SHORTEST_UNDERARM)
    drop = length - cap.height
    wrist = m.cm("wrist_girth") + upper_arm_ease / 2
    taper = max(min(drop / max(arm - cap.height, 1.0), 1.0) * (cap.front + cap.back - wrist) / 2, 0.0)
    front, back, hem_front, hem_back = (-cap.front, 0.0), (cap.back, 0.0), (taper - cap.front, -drop), (cap.back - taper, -drop)
    outline = (
        Edge("hem", (Line(hem_front, hem_back),)),
        Edge("underarm_back", (Line(hem_back, back),)),
        Edge("cap_back", cap.back_path),
        Edge("cap_front", cap.front_path),
        Edge("underarm_front", (Line(front, hem_front),)),
    )
    left = Panel("sleeve_left", outline, Placement("left_arm", "around", "left_shoulder", (0.0, cap.height)))
    return [left, left.mirrored("sleeve_right", Placement("right_arm", "around", "right_shoulder", (0.0, cap.height)))]
