"""The T-shirt block for jersey tops: front, back, set-in sleeves of any length or none, and a rib neckband cut to shape.

T-shirts, long-sleeved tops and tank tops are this draft with other design parameters. Frame: see `studio.garment.torso`.
"""

from __future__ import annotations

from studio.body.tape import Measures
from studio.garment.curves import Line
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, unfolded
from studio.garment.sleeve import Cap, cap_notes, sleeve_panels, tapered
from studio.garment.torso import HANDS, Torso, draft_torso, hem_line, hole_lengths, torso_placement, torso_with_cap
from studio.specs.garment import TeeDesign

#: A cap lower than this share of the armhole drags from the underarm: the armhole is deepened, by no more than the last [cm]. A cap
#: higher than the second is a jacket's, not a T-shirt's: the sleeve is widened. Chosen.
_LOWEST_CAP, _HIGHEST_CAP, _DEEPEST = 0.20, 0.27, 10.0


def draft_tee(measures: Measures, design: TeeDesign, *, name: str = "tee") -> Pattern:
    """Draft a jersey top. Raises StudioError for measures that leave a shoulder, an armhole or a cap impossible."""
    if design.sleeve_share > 0:
        torsos, cap, deepened = torso_with_cap(measures, design, heights=(_LOWEST_CAP, _HIGHEST_CAP), deepest_cm=_DEEPEST)
    else:
        torsos, cap, deepened = draft_torso(measures, design), None, 0.0
    panels = [_body_panel(torso, design) for torso in torsos]
    seams = _body_seams(design)
    if cap:
        shape = tapered(measures, cap, share=design.sleeve_share, wrist_ease=design.wrist_ease_cm, out=torsos[0].extension_cm)
        panels += sleeve_panels(cap, shape)
    if design.band_cm > 0:
        panels += [_band_panel(torso, design) for torso in torsos]
        seams += [Seam((side, "neck"), (f"neckband_{side}", "outer")) for side in ("front", "back")]
        seams += [Seam(("neckband_front", f"end_{hand}"), ("neckband_back", f"end_{hand}")) for hand in ("left", "right")]
    return Pattern(name, tuple(panels), tuple(seams), _notes(measures, design, torsos, deepened, cap))


def _notes(m: Measures, design: TeeDesign, torsos: tuple[Torso, Torso], deepened: float, cap: Cap | None) -> tuple[tuple[str, float], ...]:
    front, back = torsos
    hole = hole_lengths(torsos)
    if cap:
        wanted = m.cm("upper_arm_girth") + design.upper_arm_ease_cm
        notes = cap_notes(cap, hole=hole, deepened=deepened, wanted_cm=wanted)
    else:
        notes = [("armhole_front", hole[0]), ("armhole_back", hole[1])]
    chest, neck = front.underarm[0] + back.underarm[0], front.neck().length + back.neck().length
    return (*notes, ("chest_half", chest), ("neck_opening", 2 * neck))


def _body_panel(torso: Torso, design: TeeDesign) -> Panel:
    neck = torso.neck(design.band_cm)
    half = [hem_line(torso), Edge("side", torso.side), Edge("armhole", torso.armhole), torso.shoulder(neck), Edge("neck", (neck,))]
    plus, minus = HANDS[torso.name]
    return Panel(torso.name, unfolded(half, plus=plus, minus=minus), torso_placement(torso.name))


def _band_panel(torso: Torso, design: TeeDesign) -> Panel:
    """The neckband, cut to the shape it takes when a straight rib strip is stretched on: it lies flat, and its inner edge is shorter."""
    inner, outer = torso.neck(), torso.neck(design.band_cm)
    plus, minus = HANDS[torso.name]
    half = [
        Edge("outer", (outer.reversed(),)),
        Edge("end", (Line(outer.start, inner.start),)),
        Edge("inner", (inner,)),
    ]
    placement = Placement("neck", torso.name, "side_neck", (0.0, 0.0))
    return Panel(f"neckband_{torso.name}", unfolded(half, plus=plus, minus=minus), placement, cloth="rib")


def _body_seams(design: TeeDesign) -> list[Seam]:
    seams = []
    for hand in ("left", "right"):
        seams += [Seam(("front", f"{name}_{hand}"), ("back", f"{name}_{hand}")) for name in ("shoulder", "side")]
        if design.sleeve_share > 0:
            seams += [Seam((side, f"armhole_{hand}"), (f"sleeve_{hand}", f"cap_{side}"), design.cap_ease) for side in ("front", "back")]
            seams.append(Seam((f"sleeve_{hand}", "underarm_front"), (f"sleeve_{hand}", "underarm_back")))
    return seams
