"""The T-shirt block: front, back, two set-in sleeves and a rib neckband cut to shape.

Frame: x = 0 is the centre, y = 0 the level of the side neck point. The front is drawn as seen from the front (+x the wearer's left), the
back as seen from behind (+x the wearer's right).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.body.tape import Measures
from studio.garment.curves import Cubic, Line, Point, path_length
from studio.garment.drafting import Cap, Shoulder, along, armhole, easy, neckline, shoulder_frame, sleeve_cap
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, unfolded
from studio.specs.garment import TeeDesign

MEASURES = (
    "bust_girth", "waist_girth", "hip_girth", "neck_base_girth", "shoulder_width", "shoulder_length", "shoulder_drop", "scye_depth",
    "back_waist_length", "waist_height", "hip_height", "upper_arm_girth", "wrist_girth", "sleeve_length",
)  # fmt: skip

#: The armhole runs inside the shoulder tip: by this at the across-back and across-front lines [cm]. Usual T-shirt drafting: the front is
#: hollowed more, for the arm moves forward.
_BACK_INSET, _FRONT_INSET = 1.0, 2.0

#: Height of those lines over the underarm, as a share of the armhole's height.
_BACK_PITCH, _FRONT_PITCH = 0.50, 0.44

#: Fullness of the armhole's lower bend.
_BACK_SCOOP, _FRONT_SCOOP = 0.55, 0.62

#: A cap lower than this share of the armhole drags from the underarm; the armhole is deepened until it is not. Chosen.
_LOWEST_CAP = 0.20

#: An underarm sleeve seam of at least this length [cm] keeps the sleeve a sleeve.
_SHORTEST_UNDERARM = 4.0


@dataclass(frozen=True)
class _Torso:
    """The key points of front and back, which they share."""

    frame: Shoulder
    tip: Point
    underarm: Point
    waist: Point
    hem: Point


def draft_tee(measures: Measures, design: TeeDesign) -> Pattern:
    """Draft a T-shirt. Raises StudioError for measures that leave an armhole or a cap impossible."""
    deepen = 0.0
    while True:
        torso = _torso(measures, design, deepen)
        holes = {side: _armhole(torso, side) for side in ("front", "back")}
        cap = _cap(measures, design, path_length(holes["front"]), path_length(holes["back"]))
        if cap is not None or deepen > 8:
            break
        deepen += 0.5
    if cap is None:  # say why, with the numbers of the last try
        cap = _solve_cap(measures, design, path_length(holes["front"]), path_length(holes["back"]))
    panels = [_body_panel(torso, design, side, holes[side]) for side in ("front", "back")]
    panels += _sleeves(measures, design, cap)
    seams = _body_seams(design)
    if design.band_cm > 0:
        panels += [_band_panel(torso, design, side) for side in ("front", "back")]
        seams += [Seam((side, "neck"), (f"neckband_{side}", "outer")) for side in ("front", "back")]
        seams += [Seam(("neckband_front", f"end_{hand}"), ("neckband_back", f"end_{hand}")) for hand in ("left", "right")]
    hole = path_length(holes["front"]) + path_length(holes["back"])
    notes = (
        ("armhole_front", path_length(holes["front"])), ("armhole_back", path_length(holes["back"])),
        ("cap_length", path_length(cap.front_path) + path_length(cap.back_path)), ("cap_height", cap.height),
        ("cap_height_share", cap.height / hole), ("chest_half", 2 * torso.underarm[0]), ("armhole_deepened", deepen),
        ("neck_opening", 2 * sum(_neck_curve(torso, design, side, 0.0).length for side in ("front", "back"))),
    )  # fmt: skip
    return Pattern("tee", tuple(panels), tuple(seams), notes)


def _torso(m: Measures, design: TeeDesign, deepen: float) -> _Torso:
    frame = shoulder_frame(
        neck_base_girth=m.cm("neck_base_girth"), shoulder_width=m.cm("shoulder_width"), shoulder_length=m.cm("shoulder_length"),
        shoulder_drop=m.cm("shoulder_drop"),
    )  # fmt: skip
    tip = along(frame.tip, frame.heading, design.shoulder_extension_cm)
    chest = (m.cm("bust_girth") + design.bust_ease_cm) / 4
    underarm_y = -(frame.back_depth_cm + m.cm("scye_depth") + design.armhole_ease_cm + deepen)
    waist_y = -(frame.back_depth_cm + m.cm("back_waist_length"))
    hem_y = waist_y - (m.cm("waist_height") - m.cm("hip_height")) - design.length_below_hip_cm
    hem = max((m.cm("hip_girth") + design.hip_ease_cm) / 4, chest - 1.0)
    straight = chest + (hem - chest) * (waist_y - underarm_y) / (hem_y - underarm_y)
    fitted = (m.cm("waist_girth") + design.bust_ease_cm) / 4
    waist = straight - design.waist_shaping * max(0.0, min(straight - fitted, 4.0))
    return _Torso(frame, tip, (chest, underarm_y), (waist, waist_y), (hem, hem_y))


def _armhole(torso: _Torso, side: str) -> tuple[Cubic, Cubic]:
    """From the underarm up to the shoulder tip."""
    front = side == "front"
    inset, share = (_FRONT_INSET, _FRONT_PITCH) if front else (_BACK_INSET, _BACK_PITCH)
    width = min(torso.tip[0] - inset, torso.underarm[0] - (2.5 if front else 1.8))  # slim chests under wide shoulders keep a bend
    pitch = torso.underarm[1] + share * (torso.tip[1] - torso.underarm[1])
    return armhole(
        torso.tip, torso.frame.slope_deg, width=width, pitch=pitch, underarm=torso.underarm,
        scoop=_FRONT_SCOOP if front else _BACK_SCOOP,
    )  # fmt: skip


def _neck_curve(torso: _Torso, design: TeeDesign, side: str, band: float) -> Cubic:
    """Half of the finished neckline (band 0) or of the seam outside the band."""
    front = side == "front"
    depth = torso.frame.front_depth_cm + design.neck_front_cm if front else torso.frame.back_depth_cm + design.neck_back_cm
    across = band * math.cos(math.radians(torso.frame.slope_deg))
    return neckline(torso.frame, side=design.neck_side_cm + across, depth=depth + band, back=not front)


def _body_panel(torso: _Torso, design: TeeDesign, side: str, hole: tuple[Cubic, Cubic]) -> Panel:
    neck = _neck_curve(torso, design, side, design.band_cm)
    up = (0.0, 1.0)
    half = [
        Edge("hem", (Line((0.0, torso.hem[1]), torso.hem),)),
        Edge("side", (easy(torso.hem, up, torso.waist, up, fullness=0.33), easy(torso.waist, up, torso.underarm, up, fullness=0.33))),
        Edge("armhole", hole),
        Edge("shoulder", (Line(torso.tip, neck.start),)),
        Edge("neck", (neck,)),
    ]
    plus, minus = ("left", "right") if side == "front" else ("right", "left")
    placement = Placement("torso", side, "side_neck", (0.0, 0.0))
    return Panel(side, unfolded(half, plus=plus, minus=minus), placement)


def _band_panel(torso: _Torso, design: TeeDesign, side: str) -> Panel:
    """The neckband, cut to the shape it takes when a straight rib strip is stretched on: it lies flat, and its inner edge is shorter."""
    inner = _neck_curve(torso, design, side, 0.0)
    outer = _neck_curve(torso, design, side, design.band_cm)
    plus, minus = ("left", "right") if side == "front" else ("right", "left")
    half = [
        Edge("outer", (outer.reversed(),)),
        Edge("end", (Line(outer.start, inner.start),)),
        Edge("inner", (inner,)),
    ]
    return Panel(
        f"neckband_{side}", unfolded(half, plus=plus, minus=minus), Placement("neck", side, "side_neck", (0.0, 0.0)), cloth="rib"
    )


def _cap(m: Measures, design: TeeDesign, front: float, back: float) -> Cap | None:
    """The cap, or None where this armhole is too short for the arm."""
    width = m.cm("upper_arm_girth") + design.upper_arm_ease_cm
    if width >= 0.93 * (front + back):
        return None
    cap = _solve_cap(m, design, front, back)
    return cap if cap.height >= _LOWEST_CAP * (front + back) else None


def _solve_cap(m: Measures, design: TeeDesign, front: float, back: float) -> Cap:
    longer = 1 + design.cap_ease
    return sleeve_cap(front_length=front * longer, back_length=back * longer, width=m.cm("upper_arm_girth") + design.upper_arm_ease_cm)


def _sleeves(m: Measures, design: TeeDesign, cap: Cap) -> list[Panel]:
    """Left and right sleeve, their front halves towards the front as seen from outside."""
    length = max(design.sleeve_share * m.cm("sleeve_length"), cap.height + _SHORTEST_UNDERARM)
    drop = length - cap.height
    # the sleeve tapers from the underarm towards a wrist with half the upper arm's ease
    wrist = m.cm("wrist_girth") + design.upper_arm_ease_cm / 2
    whole = max(m.cm("sleeve_length") - cap.height, 1.0)
    taper = min(drop / whole, 1.0) * (cap.front + cap.back - wrist) / 2
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


def _body_seams(design: TeeDesign) -> list[Seam]:
    seams = []
    for hand in ("left", "right"):
        seams += [
            Seam(("front", f"shoulder_{hand}"), ("back", f"shoulder_{hand}")),
            Seam(("front", f"side_{hand}"), ("back", f"side_{hand}")),
            Seam(("front", f"armhole_{hand}"), (f"sleeve_{hand}", "cap_front"), design.cap_ease),
            Seam(("back", f"armhole_{hand}"), (f"sleeve_{hand}", "cap_back"), design.cap_ease),
            Seam((f"sleeve_{hand}", "underarm_front"), (f"sleeve_{hand}", "underarm_back")),
        ]
    return seams
