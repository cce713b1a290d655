"""Set-in sleeves: a cap that is as long as its armhole, and the sleeve below it. All in cm, pattern axes: x to the right, y up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.curves import Arc, Cubic, Line, Point, Segment, path_length, split_path
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


def fitted_cap(*, front: float, back: float, ease: float, width: float, lowest: float, highest: float) -> Cap | None:
    """The cap for an armhole of two lengths, ``ease`` longer than it (a share), for a sleeve at least ``width`` wide.

    Its height lies between two shares of the armhole's length: a cap that would be higher is lowered by widening the sleeve; None where
    the armhole is too short for the arm, so that even the flattest cap would not do.
    """
    hole, longer = front + back, 1 + ease
    if width >= 0.94 * hole:
        return None

    @cache
    def cap(height: float) -> Cap:
        return _cap(front * longer, back * longer, height)

    def wider(height: float) -> float:
        found = cap(height)
        return found.front + found.back - width

    if wider(highest * hole) >= 0:
        return cap(highest * hole)
    if wider(lowest * hole) < 0:
        return None
    return cap(solve(wider, lowest * hole, highest * hole, what="sleeve cap"))


def _cap(front_length: float, back_length: float, height: float) -> Cap:
    """The cap of a given height whose halves are so long [cm]; how wide they are is solved."""
    front, shape_front = _half(front_length, height, hollow=0.62, rise=13.0, turn=0.40)
    back, shape_back = _half(back_length, height, hollow=0.45, rise=10.0, turn=0.34)
    flip = np.diag([-1.0, 1.0])
    front_down = tuple(segment.moved(flip, (0.0, 0.0)).reversed() for segment in reversed(shape_front))
    return Cap(height, front, back, front_down, shape_back)


def _half(length: float, height: float, *, hollow: float, rise: float, turn: float) -> tuple[float, tuple[Cubic, Cubic]]:
    """Width and curve of half a cap of a given length and height. ``hollow`` is a share of the guide line's own angle, so that a flat cap
    is hollowed less."""

    def shape(width: float) -> tuple[Cubic, Cubic]:
        return cap_half(width, height, hollow=hollow * math.degrees(math.atan2(height, width)), rise=rise, turn=turn)

    width = solve(lambda wide: path_length(shape(wide)) - length, 0.1 * length, length, what="sleeve cap")
    return width, shape(width)


BodyT = TypeVar("BodyT")


def set_in(
    bodies: Callable[[float], BodyT], holes: Callable[[BodyT], tuple[float, float]], *, arm_cm: float, ease_cm: float, cap_ease: float,
    heights: tuple[float, float], deepest_cm: float,
) -> tuple[BodyT, Cap, float]:  # fmt: skip
    """A body, the cap for an arm, and by how much the armhole is deepened for it [cm]: as little as lets the cap be high enough.

    bodies: Drafts the body with its armholes deepened by some cm. holes: Lengths of its armhole in front and behind [cm]. heights: Bounds
    of the cap's height, as shares of the armhole's length. deepest_cm: The most that is tried. StudioError where that is too little.
    """
    front = back = 0.0
    for deepen in np.arange(0.0, deepest_cm + 0.1, 0.5):
        body = bodies(float(deepen))
        front, back = holes(body)
        cap = fitted_cap(front=front, back=back, ease=cap_ease, width=arm_cm + ease_cm, lowest=heights[0], highest=heights[1])
        if cap is not None:
            return body, cap, float(deepen)
    raise StudioError(
        f"A sleeve for an upper arm of {arm_cm:.1f} cm does not fit the armhole of {front + back:.1f} cm that this shoulder and chest "
        "give; check the measures, or lower upper_arm_ease_cm."
    )


@dataclass(frozen=True)
class SleeveShape:
    """A sleeve below its cap.

    length_cm: From the notch to the hem, along the top. hem_cm: Girth at the hem; a wider one than the sleeve's own leaves it straight.
    out_cm: How far the notch lies outside the shoulder point: where the sleeve goes on the arm.
    """

    length_cm: float
    hem_cm: float
    out_cm: float = 0.0


def tapered(m: Measures, cap: Cap, *, share: float, wrist_ease: float, out: float = 0.0) -> SleeveShape:
    """A sleeve that ends at a share of the arm from shoulder point to wrist, on its way to a wrist with its ease [cm]."""
    arm = m.cm("sleeve_length") - out
    length = max(share * m.cm("sleeve_length") - out, cap.height + SHORTEST_UNDERARM)
    width, wrist = cap.front + cap.back, m.cm("wrist_girth") + wrist_ease
    way = min((length - cap.height) / max(arm - cap.height, 1.0), 1.0)
    return SleeveShape(length, width - way * (width - wrist), out)


def sleeve_panels(cap: Cap, shape: SleeveShape, cap_edges: Sequence[Edge] | None = None) -> list[Panel]:
    """Left and right sleeve in one piece below a cap, their front halves towards the front as seen from outside.

    cap_edges: The cap in pieces from the back underarm point to the front one; ``cap_back`` and ``cap_front`` where none are given.

    The sleeve is a cone that is cut open at the underarm: its hem is an arc, so that it runs level round the arm.
    """
    drop = shape.length_cm - cap.height
    hem_front, hem_back, hem = _cone_hem(cap, drop, shape.hem_cm)
    outline = (
        Edge("hem", (hem,)),
        Edge("underarm_back", (Line(hem_back, (cap.back, 0.0)),)),
        *(cap_edges or (Edge("cap_back", cap.back_path), Edge("cap_front", cap.front_path))),
        Edge("underarm_front", (Line((-cap.front, 0.0), hem_front),)),
    )
    at = (0.0, cap.height + shape.out_cm)
    left = Panel("sleeve_left", outline, Placement("left_arm", "around", "left_shoulder", at))
    return [left, left.mirrored("sleeve_right", Placement("right_arm", "around", "right_shoulder", at))]


def _cone_hem(cap: Cap, drop: float, girth: float) -> tuple[Point, Point, Segment]:
    """Front and back end of the hem, and the hem between them, ``drop`` below the underarm line in the middle and ``girth`` long [cm]."""
    width, middle = cap.front + cap.back, (cap.back - cap.front) / 2
    if girth > width - 0.05:
        front, back = (-cap.front, -drop), (cap.back, -drop)
        return front, back, Line(front, back)
    # half the angle at the apex: the hem is an arc about it, through a point of the middle line
    half = solve(
        lambda angle: angle * (width / math.tan(angle) - 2 * drop) - girth, 1e-6, math.atan(width / (2 * drop)), what="sleeve hem"
    )  # fmt: skip
    apex, radius = -width / (2 * math.tan(half)), width / (2 * math.tan(half)) - drop
    reach, height = radius * math.sin(half), apex + radius * math.cos(half)
    front, back = (middle - reach, height), (middle + reach, height)
    return front, back, Arc(front, back, -math.tan(half / 2))


def cap_pieces(cap: Cap, pieces: Sequence[tuple[str, float]], last: str) -> list[Edge]:
    """The cap in pieces from the back underarm point over the notch to the front one: names and lengths [cm], and the last piece's name."""
    rest: tuple[Segment, ...] = cap.back_path + cap.front_path
    edges = []
    for name, length in pieces:
        piece, rest = split_path(rest, length)
        edges.append(Edge(name, piece))
    return [*edges, Edge(last, rest)]


def cap_notes(cap: Cap, *, hole: tuple[float, float], deepened: float, wanted_cm: float) -> list[tuple[str, float]]:
    """What a pattern maker wants to know of a set-in sleeve [cm].

    hole: Lengths of the armhole before and behind. deepened: By how much it was. wanted_cm: The sleeve's width that was asked for.
    """
    return [
        ("armhole_front", hole[0]), ("armhole_back", hole[1]), ("armhole_deepened", deepened),
        ("cap_length", path_length(cap.front_path) + path_length(cap.back_path)), ("cap_height", cap.height),
        ("sleeve_widened", max(cap.front + cap.back - wanted_cm, 0.0)),
    ]  # fmt: skip
