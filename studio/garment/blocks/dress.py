"""The shift dress block: front with side bust darts and waist darts, back with waist darts; sleeveless or with set-in sleeves.

Frame: x = 0 is the centre, y = 0 the level of the side neck point. The front is drawn as seen from the front (+x the wearer's left), the
back as seen from behind. The front's side seam is the back's, cut open at the bust dart: both are equally long by construction. How much
longer the front is than the back over the bust is the dart's intake; on a flat chest there is no dart.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.bodice import Shoulder, armhole, neckline, shoulder_frame
from studio.garment.bust import BustDart, darted_side, matching_side, plan_bust_dart
from studio.garment.curves import Cubic, Line, Point, Segment, path_length
from studio.garment.drafting import along, easy, shifted_path, unit
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, unfolded
from studio.garment.sleeve import Cap, set_in, sleeve_panels, tapered
from studio.specs.garment import DressDesign

#: The front is wider than the back by twice this [cm], for the bust.
_BUST_SHIFT = 0.5

#: Insets of the armhole from the shoulder tip at the across-back and across-front lines [cm], and how high these lie.
_INSET, _PITCH, _SCOOP = {"front": 2.6, "back": 1.3}, {"front": 0.42, "back": 0.50}, {"front": 0.64, "back": 0.55}

#: A sleeveless dress ends inside the shoulder point [cm].
_SLEEVELESS_INSET = 1.2

#: The side seam takes this share of the waist suppression but no more than its limit [cm]; the waist dart takes the rest, up to its own.
_SIDE_SHARE, _SIDE_LIMIT, _WAIST_DART_LIMIT, _SMALLEST_WAIST_DART = 0.45, 2.8, 3.2, 0.9

#: Waist darts: how far the upper tip stays below the bust point (front) or the armhole's level (back), and the lower tip below the waist,
#: as a share of the way to the hip [cm, cm, share].
_UNDER_BUST, _UNDER_ARMHOLE, _BELOW_WAIST = 3.0, 1.5, {"front": 0.55, "back": 0.68}

#: Sleeve cap height as shares of the armhole: a set-in sleeve of a woven dress. Armholes are deepened by no more than the last [cm].
_LOWEST_CAP, _HIGHEST_CAP, _DEEPEST = 0.24, 0.33, 8.0


@dataclass(frozen=True)
class _Body:
    """The key points of the dress, in the back's heights.

    side: The back's side seam from the underarm down to the hem. waist_dart: Intake in front and back, each.
    """

    frame: Shoulder
    tip: Point
    underarm: Point
    waist_y: float
    hip_y: float
    side: tuple[Segment, ...]
    bust_dart: BustDart
    waist_dart: float


def draft_dress(measures: Measures, design: DressDesign, *, name: str = "shift-dress") -> Pattern:
    """Draft a shift dress. Raises StudioError for measures that leave an armhole, a side seam or a cap impossible."""
    body, holes, cap = _fitted(measures, design)
    front, back = _front(measures, design, body, holes["front"]), _back(measures, design, body, holes["back"])
    panels = [front, back]
    seams = []
    for hand in ("left", "right"):
        seams.append(Seam(("front", f"shoulder_{hand}"), ("back", f"shoulder_{hand}")))
        seams += [Seam(("front", f"{name}_{hand}"), ("back", f"{name}_{hand}")) for name in body.bust_dart.names]
        if body.bust_dart.intake_cm:
            seams.append(Seam(("front", f"bust_dart_upper_{hand}"), ("front", f"bust_dart_lower_{hand}")))
        if body.waist_dart:
            seams += [Seam((side, f"waist_dart_outer_{hand}"), (side, f"waist_dart_inner_{hand}")) for side in ("front", "back")]
        if cap:
            seams += [Seam((side, f"armhole_{hand}"), (f"sleeve_{hand}", f"cap_{side}"), design.cap_ease) for side in ("front", "back")]
            seams.append(Seam((f"sleeve_{hand}", "underarm_front"), (f"sleeve_{hand}", "underarm_back")))
    if cap:
        panels += sleeve_panels(cap, tapered(measures, cap, share=design.sleeve_share, wrist_ease=design.wrist_ease_cm))
    chest, waist, _ = _quarters(measures, design)
    notes = (
        ("armhole_front", path_length(holes["front"])), ("armhole_back", path_length(holes["back"])),
        ("bust_dart", body.bust_dart.intake_cm), ("waist_dart", body.waist_dart), ("chest", 4 * chest), ("waist", 4 * waist),
        ("side_seam", path_length(body.side)), ("hem", front.edge("hem").length + back.edge("hem").length),
    )  # fmt: skip
    return Pattern(name, tuple(panels), tuple(seams), notes)


def _fitted(m: Measures, design: DressDesign) -> tuple[_Body, dict[str, tuple[Cubic, Cubic]], Cap | None]:
    """The body, its armholes, and the cap; with sleeves, the armhole is deepened until the cap fits the arm."""

    def holes(body: _Body) -> dict[str, tuple[Cubic, Cubic]]:
        return {side: _armhole(body, side) for side in ("front", "back")}

    if design.sleeve_share == 0:
        body = _body(m, design, 0.0)
        return body, holes(body), None
    body, cap, _ = set_in(
        lambda deepen: _body(m, design, deepen), lambda body: (path_length(holes(body)["front"]), path_length(holes(body)["back"])),
        arm_cm=m.cm("upper_arm_girth"), ease_cm=design.upper_arm_ease_cm, cap_ease=design.cap_ease, heights=(_LOWEST_CAP, _HIGHEST_CAP),
        deepest_cm=_DEEPEST,
    )  # fmt: skip
    return body, holes(body), cap


def _quarters(m: Measures, design: DressDesign) -> tuple[float, float, float]:
    """Mean quarters of chest, waist and hip with their ease."""
    chest = (m.cm("bust_girth") + design.bust_ease_cm) / 4
    hip = (m.cm("hip_girth") + design.hip_ease_cm) / 4
    return chest, (m.cm("waist_girth") + design.waist_ease_cm) / 4, hip


def _body(m: Measures, design: DressDesign, deepen: float) -> _Body:
    frame = shoulder_frame(m)
    tip = along(frame.tip, frame.heading, -_SLEEVELESS_INSET if design.sleeve_share == 0 else 0.0)
    chest, waist, hip = _quarters(m, design)
    underarm: Point = (chest, -(frame.back_depth_cm + m.cm("scye_depth") + design.armhole_ease_cm + deepen))
    waist_y = -(frame.back_depth_cm + m.cm("back_waist_length"))
    hip_y = waist_y - (m.cm("waist_height") - m.cm("hip_height"))
    hem_y = waist_y - design.length_below_waist_cm
    if hem_y > hip_y - 5:
        raise StudioError(
            f"A dress that ends {design.length_below_waist_cm:g} cm below the waist does not cover this body's hip; make it longer."
        )
    straight = chest + (hip - chest) * (waist_y - underarm[1]) / (hip_y - underarm[1])
    excess = max(straight - waist, 0.0)
    dart = min(excess - min(_SIDE_SHARE * excess, _SIDE_LIMIT), _WAIST_DART_LIMIT)
    dart = dart if dart >= _SMALLEST_WAIST_DART else 0.0
    at_side = straight - min(excess - dart, _SIDE_LIMIT)  # what neither takes stays as ease: a shift is not tight
    bust_dart = plan_bust_dart(m, frame, underarm_y=underarm[1], waist_y=waist_y)
    side = _side(underarm, (at_side, waist_y), (hip, hip_y), (hip + design.hem_flare_cm, hem_y))
    return _Body(frame, tip, underarm, waist_y, hip_y, side, bust_dart, dart)


def _side(underarm: Point, waist: Point, hip: Point, hem: Point) -> tuple[Segment, ...]:
    """The side seam, downwards: in to the waist, out over the hip, straight to the hem."""
    down, to_hem = (0.0, -1.0), unit(hip, hem)
    return easy(underarm, down, waist, down, fullness=0.32), easy(waist, down, hip, to_hem, fullness=0.34), Line(hip, hem)


def _armhole(body: _Body, side: str) -> tuple[Cubic, Cubic]:
    """From the underarm up to the shoulder tip."""
    shift = _BUST_SHIFT if side == "front" else -_BUST_SHIFT
    underarm = (body.underarm[0] + shift, body.underarm[1])
    width = min(body.tip[0] - _INSET[side], underarm[0] - (2.5 if side == "front" else 1.8))
    pitch = underarm[1] + _PITCH[side] * (body.tip[1] - underarm[1])
    return armhole(body.tip, body.frame.slope_deg, width=width, pitch=pitch, underarm=underarm, scoop=_SCOOP[side])


def _front(m: Measures, design: DressDesign, body: _Body, hole: tuple[Cubic, Cubic]) -> Panel:
    edges, hem_end = darted_side(shifted_path(body.side, (_BUST_SHIFT, 0.0)), body.bust_dart)
    neck = neckline(body.frame, side=design.neck_side_cm, depth=body.frame.front_depth_cm + design.neck_front_cm, back=False)
    bust = body.bust_dart.bust
    return _panel(body, "front", edges, hem_end, hole, neck, x=bust[0], top=bust[1] - _UNDER_BUST, drop=body.bust_dart.intake_cm)


def _back(m: Measures, design: DressDesign, body: _Body, hole: tuple[Cubic, Cubic]) -> Panel:
    side = shifted_path(body.side, (-_BUST_SHIFT, 0.0))
    neck = neckline(body.frame, side=design.neck_side_cm, depth=body.frame.back_depth_cm + design.neck_back_cm, back=True)
    x = 0.42 * side[0].end[0]  # half-way between the centre and the side, a little inwards
    edges = matching_side(side, body.bust_dart)
    return _panel(body, "back", edges, side[-1].end, hole, neck, x=x, top=body.underarm[1] - _UNDER_ARMHOLE, drop=0.0)


def _panel(
    body: _Body, name: str, side: list[Edge], hem_end: Point, hole: tuple[Cubic, Cubic], neck: Cubic, *, x: float, top: float, drop: float
) -> Panel:
    """The whole piece from its half; ``x`` and ``top`` place the waist dart, ``drop`` is how much lower its waist lies than the back's."""
    half = [
        Edge("hem", (Line((0.0, hem_end[1]), hem_end),)),
        *side,
        Edge("armhole", hole),
        Edge("shoulder", (Line(body.tip, neck.start),)),
        Edge("neck", (neck,)),
    ]
    plus, minus = ("left", "right") if name == "front" else ("right", "left")
    placement = Placement("torso", name, "side_neck", (0.0, 0.0))
    panel = Panel(name, unfolded(half, plus=plus, minus=minus), placement)
    if not body.waist_dart:
        return panel
    waist = body.waist_y - drop
    bottom = waist + _BELOW_WAIST[name] * (body.hip_y - body.waist_y)
    holes = (
        _waist_dart(x, top, waist, bottom, body.waist_dart, plus, 1.0),
        _waist_dart(x, top, waist, bottom, body.waist_dart, minus, -1.0),
    )
    return Panel(name, panel.outline, placement, holes=holes)


def _waist_dart(x: float, top: float, waist: float, bottom: float, intake: float, hand: str, sign: float) -> tuple[Edge, Edge]:
    """A dart with two tips, as a clockwise hole: down its right side as drawn, up its left."""
    centre = sign * x
    upper, lower = (centre, max(top, waist + 4.0)), (centre, bottom)
    right, left = (centre + intake / 2, waist), (centre - intake / 2, waist)
    down, up = (Line(upper, right), Line(right, lower)), (Line(lower, left), Line(left, upper))
    outer, inner = ("outer", "inner") if sign > 0 else ("inner", "outer")
    return Edge(f"waist_dart_{outer}_{hand}", down), Edge(f"waist_dart_{inner}_{hand}", up)
