"""The T-shirt block: front, back, two set-in sleeves and a rib neckband cut to shape.

Frame: x = 0 is the centre, y = 0 the level of the side neck point. The front is drawn as seen from the front (+x the wearer's left), the
back as seen from behind (+x the wearer's right).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.bodice import Shoulder, armhole, neckline, shoulder_frame
from studio.garment.curves import Cubic, Line, Point, path_length
from studio.garment.drafting import along, direction, easy
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, unfolded
from studio.garment.sleeve import fitted_cap, sleeve_panels
from studio.specs.garment import TeeDesign

#: The armhole runs inside the shoulder tip: by this at the across-back and across-front lines [cm]. Usual T-shirt drafting: the front is
#: hollowed more, for the arm moves forward.
_BACK_INSET, _FRONT_INSET = 1.0, 2.0

#: Height of those lines over the underarm, as a share of the armhole's height.
_BACK_PITCH, _FRONT_PITCH = 0.50, 0.44

#: A bust that is larger than the underbust by more than the first [cm] takes its cloth from the back: the side seam moves back by the
#: second, a share of what is more, up to the third [cm]. Measured on the demo's figure (14 cm): with equal halves the front is stretched by
#: 7 to 10 % beside the bust while the back hangs loose.
_FLAT_CHEST, _BUST_SHIFT, _LARGEST_BUST_SHIFT = 5.0, 0.125, 2.0

#: Fullness of the armhole's lower bend.
_BACK_SCOOP, _FRONT_SCOOP = 0.55, 0.62

#: A cap lower than this share of the armhole drags from the underarm: the armhole is deepened, by no more than the last [cm]. A cap
#: higher than the second is a jacket's, not a T-shirt's: the sleeve is widened. Chosen.
_LOWEST_CAP, _HIGHEST_CAP, _DEEPEST = 0.20, 0.27, 10.0


@dataclass(frozen=True)
class _Torso:
    """The key points of one side. In front the side seam lies farther from the centre than behind, for the bust."""

    frame: Shoulder
    tip: Point
    underarm: Point
    waist: Point
    hem: Point


def draft_tee(measures: Measures, design: TeeDesign) -> Pattern:
    """Draft a T-shirt. Raises StudioError for measures that leave an armhole or a cap impossible."""
    width = measures.cm("upper_arm_girth") + design.upper_arm_ease_cm
    for deepen in np.arange(0.0, _DEEPEST + 0.1, 0.5):
        torsos = {side: _torso(measures, design, float(deepen), side) for side in ("front", "back")}
        holes = {side: _armhole(torso, side) for side, torso in torsos.items()}
        front, back = path_length(holes["front"]), path_length(holes["back"])
        cap = fitted_cap(front=front, back=back, ease=design.cap_ease, width=width, lowest=_LOWEST_CAP, highest=_HIGHEST_CAP)
        if cap is not None:
            break
    else:
        raise StudioError(
            f"A sleeve for an upper arm of {measures.cm('upper_arm_girth'):.1f} cm does not fit the armhole of {front + back:.1f} cm that "
            "this shoulder and chest give; check the measures, or lower upper_arm_ease_cm."
        )
    panels = [_body_panel(torso, design, side, holes[side]) for side, torso in torsos.items()]
    panels += sleeve_panels(measures, cap, share=design.sleeve_share, upper_arm_ease=design.upper_arm_ease_cm)
    seams = _body_seams(design)
    if design.band_cm > 0:
        panels += [_band_panel(torso, design, side) for side, torso in torsos.items()]
        seams += [Seam((side, "neck"), (f"neckband_{side}", "outer")) for side in ("front", "back")]
        seams += [Seam(("neckband_front", f"end_{hand}"), ("neckband_back", f"end_{hand}")) for hand in ("left", "right")]
    notes = (
        ("armhole_front", front), ("armhole_back", back), ("cap_length", path_length(cap.front_path) + path_length(cap.back_path)),
        ("cap_height", cap.height), ("armhole_deepened", float(deepen)),
        ("chest_half", sum(torso.underarm[0] for torso in torsos.values())),
        ("neck_opening", 2 * sum(_neck_curve(torso, design, side, 0.0).length for side, torso in torsos.items())),
    )  # fmt: skip
    return Pattern("tee", tuple(panels), tuple(seams), notes)


def _torso(m: Measures, design: TeeDesign, deepen: float, side: str) -> _Torso:
    frame = shoulder_frame(m)
    tip = along(frame.tip, frame.heading, design.shoulder_extension_cm)
    chest = (m.cm("bust_girth") + design.bust_ease_cm) / 4
    underarm_y = -(frame.back_depth_cm + m.cm("scye_depth") + design.armhole_ease_cm + deepen)
    waist_y = -(frame.back_depth_cm + m.cm("back_waist_length"))
    hem_y = waist_y - (m.cm("waist_height") - m.cm("hip_height")) - design.length_below_hip_cm
    hem = max((m.cm("hip_girth") + design.hip_ease_cm) / 4, chest - 1.0)
    straight = chest + (hem - chest) * (waist_y - underarm_y) / (hem_y - underarm_y)
    fitted = (m.cm("waist_girth") + design.bust_ease_cm) / 4
    waist = straight - design.waist_shaping * max(0.0, min(straight - fitted, 4.0))
    prominence = m.cm("bust_girth") - m.cm("underbust_girth")
    shift = min(_BUST_SHIFT * max(0.0, prominence - _FLAT_CHEST), _LARGEST_BUST_SHIFT)
    shift = shift if side == "front" else -shift
    return _Torso(frame, tip, (chest + shift, underarm_y), (waist + shift, waist_y), (hem + shift, hem_y))


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
    swing = math.degrees(math.atan2(torso.hem[0] - torso.waist[0], torso.waist[1] - torso.hem[1]))
    leaving = direction(90 + 0.8 * swing)  # nearly straight from the waist to the hem
    half = [
        Edge("hem", (Line((0.0, torso.hem[1]), torso.hem),)),
        Edge("side", (easy(torso.hem, leaving, torso.waist, up, fullness=0.33), easy(torso.waist, up, torso.underarm, up, fullness=0.33))),
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
    return Panel(f"neckband_{side}", unfolded(half, plus=plus, minus=minus), Placement("neck", side, "side_neck", (0.0, 0.0)), cloth="rib")


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
