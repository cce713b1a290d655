"""The skirt block: front and back, darts, a waistband in two pieces; flared as an A-line or pegged as a pencil skirt, with a slit behind.

Frame: x = 0 is the centre, y = 0 the waist seam at the centre. More of the waist suppression lies behind, as on the body: the back is
wider at the hip and narrower at the waist than the front.
"""

from __future__ import annotations

import math

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.curves import Line, Point
from studio.garment.drafting import along, direction, easy, solve, turned
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, unfolded
from studio.garment.waist import WIDEST_BELOW_HIP, Dart, Waist, band_panel, dart_seams, draft_waist, plan_darts, side_at
from studio.specs.garment import SkirtDesign

#: The front quarter is narrower at the hip and wider at the waist than a quarter of the girth, the back the reverse, by this [cm] but by no
#: more than a share of the suppression. Usual drafting.
_SHIFT, _SHIFT_SHARE = 0.75, 0.15

#: The side seam takes this share of a quarter's mean suppression, but no more than its limit [cm]; darts take the rest.
_SIDE_SHARE, _SIDE_LIMIT = 0.42, 3.6

#: Dart lengths, front and back [cm]: the front dart ends on the abdomen, the back dart above the fullest part of the seat.
_FRONT_DART, _BACK_DART = 9.5, 13.0

#: A slit ends at least this far below the hip level [cm].
_SLIT_BELOW_HIP = 8.0


def draft_skirt(measures: Measures, design: SkirtDesign, *, name: str = "skirt") -> Pattern:
    """Draft a skirt. Raises StudioError for measures that leave no waist seam, and for a slit that reaches the hips."""
    _refuse_high_slit(measures, design)
    front, back = _half(measures, design, "front"), _half(measures, design, "back")
    panels, seams = [], []
    for side, (edges, waist) in (("front", front), ("back", back)):
        pieces = _halves(edges, design) if side == "back" and design.slit_cm else _whole(edges, side)
        order = _waist_order(pieces, waist, side)
        band = band_panel(
            f"band_{side}", [(name, panel.edge(edge).length) for name, panel, edge in order], design.band_cm,
            Placement("waist", side, "waist", (0.0, 0.0)),
        )  # fmt: skip
        panels += [*pieces, band]
        for panel in pieces:
            seams += dart_seams(panel.name, [edge.name for edge in panel.edges])
        seams += [Seam((panel.name, edge), (band.name, name)) for name, panel, edge in order]
    if design.slit_cm:
        seams += [Seam(("front", f"side_{hand}"), (f"back_{hand}", "side")) for hand in ("left", "right")]
        seams.append(Seam(("back_left", "centre"), ("back_right", "centre")))
    else:
        seams += [Seam(("front", f"side_{hand}"), ("back", f"side_{hand}")) for hand in ("left", "right")]
    seams += [Seam(("band_front", "end_plus"), ("band_back", "end_minus")), Seam(("band_front", "end_minus"), ("band_back", "end_plus"))]
    notes = (
        ("waist_seam", 2 * (front[1].finished_cm + back[1].finished_cm)), ("side_seam", panels[0].edge("side_left").length),
        ("hem", math.fsum(panel.edge("hem").length for panel in panels if not panel.name.startswith("band"))),
        ("hip_line", 2 * sum(_quarters(measures, design, side)[0] for side in ("front", "back"))),
    )  # fmt: skip
    return Pattern(name, tuple(panels), tuple(seams), notes)


def _refuse_high_slit(m: Measures, design: SkirtDesign) -> None:
    room = design.length_cm - (m.cm("waist_height") - m.cm("hip_height")) - _SLIT_BELOW_HIP
    if design.slit_cm > room:
        raise StudioError(
            f"A slit of {design.slit_cm:g} cm reaches this body's hips in a skirt of {design.length_cm:g} cm; {max(room, 0):.0f} cm are "
            "possible, so lower slit_cm or make the skirt longer."
        )


def _whole(half: list[Edge], side: str) -> list[Panel]:
    plus, minus = ("left", "right") if side == "front" else ("right", "left")
    return [Panel(side, unfolded(half, plus=plus, minus=minus), Placement("waist", side, "waist", (0.0, 0.0)))]


def _halves(half: list[Edge], design: SkirtDesign) -> list[Panel]:
    """The back in two pieces: the centre seam, open at the slit."""
    top, bottom = half[-1].end, half[0].start
    slit = (0.0, bottom[1] + design.slit_cm)
    centre = [Edge("centre", (Line(top, slit),)), Edge("slit", (Line(slit, bottom),))]
    placement = Placement("waist", "back", "waist", (0.0, 0.0))
    right = Panel("back_right", (*half, *centre), placement)
    return [right.mirrored("back_left", placement), right]


def _waist_order(pieces: list[Panel], waist: Waist, side: str) -> list[tuple[str, Panel, str]]:
    """The pieces of the waist seam from -x to +x: their names on the band, their panels, and their names there."""
    if len(pieces) == 1:
        plus, minus = ("left", "right") if side == "front" else ("right", "left")
        order = [f"{name}_{minus}" for name in waist.pieces[:-1]] + ["waist"] + [f"{name}_{plus}" for name in reversed(waist.pieces[:-1])]
        return [(name, pieces[0], name) for name in order]
    left, right = pieces
    return [(f"{name}_left", left, name) for name in waist.pieces] + [(f"{name}_right", right, name) for name in reversed(waist.pieces)]


def _quarters(m: Measures, design: SkirtDesign, side: str) -> tuple[float, float, float]:
    """Widths of a quarter at hip and waist, and the mean suppression between them, before front and back are told apart."""
    hip, waist = (m.cm("hip_girth") + design.hip_ease_cm) / 4, (m.cm("waist_girth") + design.waist_ease_cm) / 4
    mean = max(hip - waist, 0.0)
    shift = min(_SHIFT, _SHIFT_SHARE * mean) * (-1 if side == "front" else 1)
    return max(hip, waist) + shift, waist - shift, mean


def _darts(m: Measures, design: SkirtDesign, side: str) -> tuple[float, tuple[Dart, ...]]:
    """Finished waist of a quarter and its darts."""
    hip, waist, mean = _quarters(m, design, side)
    front = side == "front"
    length = min(_FRONT_DART if front else _BACK_DART, 0.68 * (m.cm("waist_height") - m.cm("hip_height")))
    intake = hip - waist - min(_SIDE_SHARE * mean, _SIDE_LIMIT)
    return waist, plan_darts(intake, length_cm=length, one_at=0.52 if front else 0.48, two_at=(0.36, 0.70))


def _half(m: Measures, design: SkirtDesign, side: str) -> tuple[list[Edge], Waist]:
    """Half of a piece, from the hem's fold to the waist's fold, counter-clockwise; the back's side seam is matched to the front's."""
    if side == "front":
        return _half_at(m, design, side, design.side_rise_cm)
    wanted = _edge_length(_half_at(m, design, "front", design.side_rise_cm), "side")
    rise = solve(
        lambda y: _edge_length(_half_at(m, design, side, y), "side") - wanted, design.side_rise_cm - 1.5, design.side_rise_cm + 1.5,
        what="side seam",
    )  # fmt: skip
    return _half_at(m, design, side, rise)


def _edge_length(half: tuple[list[Edge], Waist], name: str) -> float:
    return next(edge.length for edge in half[0] if edge.name == name)


def _half_at(m: Measures, design: SkirtDesign, side: str, rise: float) -> tuple[list[Edge], Waist]:
    """The half piece whose side seam passes the hip level at the hip's width: below it is as much wider as that takes."""
    hip, level = _quarters(m, design, side)[0], m.cm("hip_height") - m.cm("waist_height")
    half = _half_of(m, design, side, rise, hip)
    seam = next(edge for edge in half[0] if edge.name == "side")
    return _half_of(m, design, side, rise, 2 * hip - side_at(seam, level))


def _half_of(m: Measures, design: SkirtDesign, side: str, rise: float, widest: float) -> tuple[list[Edge], Waist]:
    hip_depth = m.cm("waist_height") - m.cm("hip_height")
    hip_depth += min(WIDEST_BELOW_HIP, 0.5 * (design.length_cm - hip_depth))  # a mini ends soon after
    hip: Point = (widest, -hip_depth)
    below = design.length_cm - hip_depth
    bottom = _quarters(m, design, side)[0] + design.flare_cm
    swing = math.atan2(bottom - widest, below)  # angle of the flared side seam
    lift = 0.5 * bottom * math.tan(swing / 2)  # half of what squares the hem to the side seam: the other half
    swing = math.atan2(bottom - widest, below - lift)  # drops out in wear, where the flared cloth hangs on the bias
    up = (-math.sin(swing), math.cos(swing))
    hem = along(hip, up, lift - below)
    turn = 2 * math.atan2(hem[1] + design.length_cm, hem[0])  # of an arc from the centre to the side
    finished, darts = _darts(m, design, side)
    slope = min(max((hip[0] - finished - sum(dart.intake_cm for dart in darts)) / hip_depth, 0.0), 0.35)
    into_waist = turned((0.0, 1.0), 57.3 * 1.5 * slope)  # the side seam leans over the hip: half as much again as its chord
    waist = draft_waist(
        centre=(0.0, 0.0), centre_heading=(1.0, 0.0), side_y=rise, side_heading=into_waist, finished_cm=finished, darts=darts
    )
    curve = easy(hip, up, waist.side, into_waist, fullness=0.36)
    half = [
        Edge("hem", (easy((0.0, -design.length_cm), (1.0, 0.0), hem, direction(math.degrees(turn))),)),
        Edge("side", (Line(hem, hip), curve)),
        *waist.edges,
    ]
    return half, waist
