"""The straight trouser block: two fronts, two backs, and a waistband in two pieces; darts in front and back, closed at the centre front.

Frame of a leg: x = 0 is the centre front or centre back at the hip level, y = 0 the waist; the crotch point lies at negative x. The front
is drafted as the wearer's left leg seen from the front, the back as the right leg seen from behind, and both are mirrored. Rules after the
classic trouser draft (Aldrich, Metric Pattern Cutting; Müller & Sohn); the lengths that are sewn together are solved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.curves import Cubic, Line, Point
from studio.garment.drafting import along, direction, easy, smooth, solve, turned, unit
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, loop_polygon
from studio.garment.waist import WIDEST_BELOW_HIP, Waist, band_panel, dart_seams, draft_waist, plan_darts, side_at
from studio.specs.garment import TrousersDesign

#: The back is wider than the front at the hip, and its waist narrower, by twice this [cm]; the leg's back by twice the last.
_HIP_SHIFT, _WAIST_SHIFT, _LEG_SHIFT = 1.0, 0.5, 1.0

#: Crotch extensions: share of the finished hip girth and constant [cm]. Together they span the depth of the body between the legs.
_FRONT_FORK, _BACK_FORK = (0.050, 1.0), (0.098, 1.2)

#: The centre seams lean at the waist: the front by this [cm], the back by this angle [degrees]. The seat angle lets the wearer sit.
_FRONT_LEAN, _SEAT_ANGLE = 0.8, 11.0

#: The back's crease lies this far from the middle of its crotch line, towards the side if positive [cm].
_BACK_CREASE = -0.4

#: The centre back rises over the waist level by this share of the hip girth. Usual drafting: 2.5 to 3.5 cm.
_BACK_RISE = 0.028

#: What a body's crotch length asks for beyond these rules is shared by the front's and the back's extension, and by how much the centre
#: front and centre back rise. Bodies of one hip girth differ by 7 cm there, by belly and seat; where the length lies is not measured. With
#: most of the rise in front, over the belly, a plus-size woman's waistband is more level (its back 19 mm over its front, not 47) and the
#: cloth over her hips shears less (6.0 % on the bias at the 99th percentile, not 6.9 %).
_LONGER = {"front_fork": 0.20, "back_fork": 0.30, "front_rise": 0.40, "back_rise": 0.10}
#: How much more, or less, can be asked for [cm].
_LONGER_WITHIN = (-2.0, 14.0)

#: The side seam takes this much between hip and waist, at most [cm]; darts take the rest.
_SIDE_LIMIT, _SIDE_SHARE = 2.4, 0.40

#: Dart lengths, front and back [cm], measured from the natural waist.
_FRONT_DART, _BACK_DART = 9.5, 12.5

#: The leg at the crotch has at least this much ease on the thigh [cm].
_THIGH_EASE = 5.0


@dataclass(frozen=True)
class _Levels:
    """Heights below the waist, all negative [cm]."""

    top: float
    hip: float
    crotch: float
    knee: float
    hem: float


@dataclass(frozen=True)
class _Leg:
    """A drafted leg piece: its edges, counter-clockwise, and its waist."""

    edges: tuple[Edge, ...]
    waist: Waist

    def edge(self, name: str) -> Edge:
        return next(edge for edge in self.edges if edge.name == name)


def draft_trousers(measures: Measures, design: TrousersDesign, *, name: str = "straight-trousers") -> Pattern:
    """Draft straight trousers. Raises StudioError for measures that leave no waist, crotch or inseam."""
    front, back = _legs(measures, design)
    panels, seams = [], []
    for side, leg, drafted in (("front", front, "left"), ("back", back, "right")):
        other = "right" if drafted == "left" else "left"
        panel = Panel(f"{side}_{drafted}", leg.edges, Placement(f"{drafted}_leg", side, "waist", (0.0, 0.0)))
        twin = panel.mirrored(f"{side}_{other}", Placement(f"{other}_leg", side, "waist", (0.0, 0.0)))
        band = _band(measures, design, side, leg, drafted, other)
        panels += [panel, twin, band]
        for piece in (panel, twin):
            seams += dart_seams(piece.name, [edge.name for edge in piece.edges])
            hand = piece.name.removeprefix(f"{side}_")
            seams += [Seam((piece.name, name), (band.name, f"{name}_{hand}")) for name in leg.waist.pieces]
        seams.append(Seam((panel.name, "rise"), (twin.name, "rise")))
    for hand in ("left", "right"):
        seams += [Seam((f"front_{hand}", name), (f"back_{hand}", name)) for name in ("side", "inseam")]
    seams += [Seam(("band_front", "end_plus"), ("band_back", "end_minus")), Seam(("band_front", "end_minus"), ("band_back", "end_plus"))]
    levels = _levels(measures, design)
    notes = (
        ("waist_seam", 2 * (front.waist.finished_cm + back.waist.finished_cm)),
        ("crotch_seam", front.edge("rise").length + back.edge("rise").length),
        ("inseam", front.edge("inseam").length), ("side_seam", front.edge("side").length),
        ("thigh", _width(front, levels.crotch) + _width(back, levels.crotch)),
        ("back_crotch_lowered", front.edge("inseam").start[1] - back.edge("inseam").start[1]),
        ("hem", front.edge("hem").length + back.edge("hem").length),
    )  # fmt: skip
    return Pattern(name, tuple(panels), tuple(seams), notes)


def girth_below_waist(m: Measures, drop: float) -> float:
    """Body girth a few cm below the waist: between waist and hip it follows a quarter of a sine, steep first.

    On bodies measured with a high hip girth, half-way down, the rise is bent to pass through it.
    """
    waist, hip = m.cm("waist_girth"), m.cm("hip_girth")
    depth = m.cm("waist_height") - m.cm("hip_height")
    share = min(drop / depth, 1.0)
    rise = math.sin(math.pi / 2 * share)
    if "high_hip_girth" in m and abs(hip - waist) > 1:
        half = min(max((m.cm("high_hip_girth") - waist) / (hip - waist), 0.2), 0.9)
        rise = 2 * share**2 * (1 - 2 * half) + share * (4 * half - 1)  # the parabola through 0, the high hip and 1
    return waist + (hip - waist) * rise


def _legs(m: Measures, design: TrousersDesign) -> tuple[_Leg, _Leg]:
    """Front and back, their crotch seam as long as the body's plus what it hangs lower by, in front and behind."""

    @cache
    def drafted(longer: float) -> tuple[_Leg, _Leg]:
        front = _front(m, design, longer)
        return front, _back(m, design, front, longer)

    if "crotch_length" not in m:
        return drafted(0.0)
    wanted = m.cm("crotch_length") + 2 * (design.crotch_ease_cm - design.waist_drop_cm)

    def too_long(longer: float) -> float:
        return sum(leg.edge("rise").length for leg in drafted(longer)) - wanted

    least, most = _LONGER_WITHIN
    if too_long(least) >= 0:  # heavy thighs need wider extensions than the crotch does
        return drafted(least)
    return drafted(solve(too_long, least, most, what="crotch seam"))


def _levels(m: Measures, design: TrousersDesign) -> _Levels:
    waist = m.cm("waist_height")
    crotch = -(waist - m.cm("inside_leg")) - design.crotch_ease_cm
    hem = -(waist - design.hem_above_floor_cm)
    knee = min(-(waist - m.cm("knee_height")), crotch - 12)
    if hem > knee - 8:
        raise StudioError(
            f"A hem {design.hem_above_floor_cm:g} cm above the floor is not 8 cm below this body's knee, as straight trousers need; lower "
            "hem_above_floor_cm."
        )
    return _Levels(-design.waist_drop_cm, -(waist - m.cm("hip_height")), crotch, knee, hem)


def _quarters(m: Measures, design: TrousersDesign, side: str, longer: float) -> tuple[float, float, float]:
    """Hip width, waist width and crotch extension of one piece."""
    front = side == "front"
    hip_girth = m.cm("hip_girth") + design.hip_ease_cm
    waist_girth = girth_below_waist(m, design.waist_drop_cm) + design.waist_ease_cm
    hip = hip_girth / 4 + (-_HIP_SHIFT if front else _HIP_SHIFT)
    waist = waist_girth / 4 + (_WAIST_SHIFT if front else -_WAIST_SHIFT)
    forks = [share * hip_girth + constant for share, constant in (_FRONT_FORK, _BACK_FORK)]
    forks = [fork + _LONGER[f"{each}_fork"] * longer for fork, each in zip(forks, ("front", "back"), strict=True)]
    short = m.cm("thigh_girth") + _THIGH_EASE - (hip_girth / 2 + sum(forks))
    if short > 0:  # heavy thighs: a third of what lacks in front, two thirds behind
        forks = [forks[0] + short / 3, forks[1] + 2 * short / 3]
    return hip, waist, forks[0 if front else 1]


def _leg_widths(m: Measures, design: TrousersDesign, side: str) -> tuple[float, float]:
    """Half widths of a piece at knee and hem."""
    shift = -_LEG_SHIFT if side == "front" else _LEG_SHIFT
    knee = max(m.cm("knee_girth") + design.knee_ease_cm, design.hem_girth_cm)
    return (knee / 2 + shift) / 2, (design.hem_girth_cm / 2 + shift) / 2


def _front(m: Measures, design: TrousersDesign, longer: float) -> _Leg:
    levels = _levels(m, design)
    hip, waist, fork = _quarters(m, design, "front", longer)
    lean = _FRONT_LEAN * (levels.top - levels.hip) / -levels.hip
    centre = (lean, levels.top + _LONGER["front_rise"] * longer)
    down = unit(centre, (0.0, levels.hip))
    fork_point = (-fork, levels.crotch)
    crease = (hip - fork) / 2
    return _leg(m, design, "front", centre=centre, down=down, fork_point=fork_point, crease=crease, side_y=levels.top + 0.4,
                hip=hip, waist=waist)  # fmt: skip


def _back(m: Measures, design: TrousersDesign, front: _Leg, longer: float) -> _Leg:
    """The back: the crotch point is lowered until the inseams match, the side's waist point is moved until the side seams do."""
    levels = _levels(m, design)
    hip, waist, fork = _quarters(m, design, "back", longer)
    tilt = math.radians(_SEAT_ANGLE)
    down = (-math.sin(tilt), -math.cos(tilt))
    rise = _BACK_RISE * m.cm("hip_girth") + _LONGER["back_rise"] * longer
    height = (levels.top - levels.hip) + rise
    centre = (height * math.tan(tilt), levels.top + rise)
    crease = (hip - fork) / 2 + _BACK_CREASE

    def leg(lowered: float, side_y: float) -> _Leg:
        return _leg(m, design, "back", centre=centre, down=down, fork_point=(-fork, levels.crotch - lowered), crease=crease,
                    side_y=side_y, hip=hip, waist=waist)  # fmt: skip

    start = levels.top + 0.4
    wanted = front.edge("inseam").length
    lowered = solve(lambda d: leg(d, start).edge("inseam").length - wanted, -3.0, 9.0, what="inseam")
    wanted_side = front.edge("side").length
    side_y = solve(lambda y: leg(lowered, y).edge("side").length - wanted_side, start - 3.0, start + 3.0, what="side seam")
    return leg(lowered, side_y)


def _leg(
    m: Measures, design: TrousersDesign, side: str, *, centre: Point, down: Point, fork_point: Point, crease: float, side_y: float,
    hip: float, waist: float,
) -> _Leg:  # fmt: skip
    levels = _levels(m, design)
    knee_half, hem_half = _leg_widths(m, design, side)
    knee_in, knee_out = (crease - knee_half, levels.knee), (crease + knee_half, levels.knee)
    hem_in, hem_out = (crease - hem_half, levels.hem), (crease + hem_half, levels.hem)
    inseam = _inseam(fork_point, knee_in, hem_in, hollow=8.0 if side == "front" else 11.0)
    seam = _waist(m, side, levels, centre, down, side_y, hip, waist)
    side_edge = _side(hem_out, knee_out, (hip, levels.hip - WIDEST_BELOW_HIP), seam)
    widest = 2 * hip - side_at(side_edge, levels.hip)  # so that it passes the hip level at the hip's width
    side_edge = _side(hem_out, knee_out, (widest, levels.hip - WIDEST_BELOW_HIP), seam)
    edges = (
        Edge("hem", (Line(hem_in, hem_out),)),
        side_edge,
        *seam.edges,
        Edge("rise", _rise(centre, down, levels, fork_point, inseam)),
        Edge("inseam", inseam),
    )
    return _Leg(edges, seam)


def _side(hem: Point, knee: Point, hip: Point, seam: Waist) -> Edge:
    """The side seam from the hem over knee and hip to the waist."""
    up_leg, thigh = unit(hem, knee), math.dist(knee, hip)
    return Edge("side", (
        Line(hem, knee),
        smooth(knee, up_leg, hip, (0.0, 1.0), leave=0.36 * thigh, arrive=0.20 * thigh),
        easy(hip, (0.0, 1.0), seam.side, _into_waist(unit(hip, seam.side)), fullness=0.36),
    ))  # fmt: skip


def _waist(
    m: Measures, side: str, levels: _Levels, centre: Point, down: Point, side_y: float, hip: float, waist: float
) -> Waist:  # fmt: skip
    front = side == "front"
    # what has to go between the hip's width and the waist's, of which the centre seam's lean takes its part
    excess = hip - centre[0] - waist
    at_side = min(max(_SIDE_SHARE * excess, 0.0), _SIDE_LIMIT)
    length = min(_FRONT_DART if front else _BACK_DART, 0.62 * -levels.hip) + levels.top
    darts = plan_darts(excess - at_side, length_cm=length, one_at=0.52 if front else 0.50, two_at=(0.34, 0.68))
    lean = unit((hip, levels.hip - WIDEST_BELOW_HIP), (hip - at_side, side_y))
    return draft_waist(
        centre=centre, centre_heading=turned(down, 90), side_y=side_y, side_heading=_into_waist(lean), finished_cm=waist, darts=darts
    )


def _into_waist(lean: Point) -> Point:
    """Direction in which the side seam reaches the waist: it leans half as much again as the straight line from the hip."""
    angle = math.degrees(math.atan2(lean[0], lean[1]))  # from upright, clockwise
    return direction(90 - 1.5 * angle)


def _inseam(fork: Point, knee: Point, hem: Point, *, hollow: float) -> tuple[Cubic, Line]:
    """From the crotch point down to the hem: hollowed to the knee, then straight. ``hollow`` is the turn at the crotch [degrees]."""
    down_leg = unit(knee, hem)
    chord = unit(fork, knee)
    return easy(fork, turned(chord, hollow), knee, down_leg, fullness=0.36), Line(knee, hem)


def _rise(centre: Point, down: Point, levels: _Levels, fork: Point, inseam: tuple[Cubic, Line]) -> tuple[Line, Cubic]:
    """The crotch seam from the waist to the crotch point: straight, then bent; it meets the inseam at a right angle."""
    leaving = inseam[0].derivative([0.0])[0]
    arrival = turned(unit((0.0, 0.0), (float(leaving[0]), float(leaving[1]))), -90)  # outwards: the inseam turned clockwise
    # the bend begins about as high over the crotch point as the extension is wide: near the classic marks on the 45 degree line
    height = min(0.40 * -fork[0] + 4.5, 0.5 * (levels.top - levels.crotch))
    bend_y = levels.crotch + height
    bend = along(centre, down, (centre[1] - bend_y) / -down[1])
    reach, fall = bend[0] - fork[0], bend[1] - fork[1]
    return Line(centre, bend), smooth(bend, down, fork, arrival, leave=0.58 * fall, arrive=0.50 * reach)


def _band(m: Measures, design: TrousersDesign, side: str, leg: _Leg, drafted: str, other: str) -> Panel:
    """The waistband's half for front or back; the drafted leg lies at +x."""
    lengths = {name: leg.edge(name).length for name in leg.waist.pieces}
    plus = [(f"{name}_{drafted}", lengths[name]) for name in reversed(leg.waist.pieces)]
    minus = [(f"{name}_{other}", lengths[name]) for name in leg.waist.pieces]
    return band_panel(f"band_{side}", minus + plus, design.band_cm, Placement("waist", side, "waist", (0.0, design.waist_drop_cm)))


def _width(leg: _Leg, level: float) -> float:
    """Width of a piece at a level [cm]."""
    polygon = loop_polygon(leg.edges, 0.2)
    following = np.roll(polygon, -1, axis=0)
    crosses = (polygon[:, 1] - level) * (following[:, 1] - level) <= 0
    x = polygon[crosses, 0]
    return float(x.max() - x.min())
