"""The hoodie block: a loose sweatshirt with a hood in two halves, set-in sleeves, ribs at hem and wrists.

Frame: see `studio.garment.torso`.
"""

from __future__ import annotations

from studio.body.tape import Measures
from studio.garment.bands import cuff_girth, cuff_panels
from studio.garment.hood import hood_panels
from studio.garment.pattern import Edge, Panel, Pattern, Seam, unfolded
from studio.garment.ribs import hem_ribs, sleeve_hem_cm, sleeve_seam_cm
from studio.garment.sleeve import Cap, SleeveShape, cap_notes, sleeve_panels
from studio.garment.torso import HANDS, Torso, hem_line, hole_lengths, split_fold, torso_placement, torso_with_cap
from studio.specs.garment import HoodieDesign

#: Bounds of the cap's height as shares of the armhole, and the most an armhole is deepened for it [cm]: sweatshirts have low caps. Chosen.
_CAP_HEIGHTS, _DEEPEST = (0.13, 0.30), 10.0


def draft_hoodie(measures: Measures, design: HoodieDesign, *, name: str = "hoodie") -> Pattern:
    """Draft a hoodie. Raises StudioError for measures that leave a shoulder, an armhole, a cap or a hood impossible."""
    (front, back), cap, deepened = torso_with_cap(measures, design, heights=_CAP_HEIGHTS, deepest_cm=_DEEPEST, rib_cm=design.rib_cm)
    ribs, rib_seams = hem_ribs(measures, design, front, back, open_front=False)
    hoods = hood_panels(measures, design, neck_front=front.neck().length, neck_back=back.neck().length)
    panels = [_body_panel(front), _body_panel(back), *_sleeves(measures, design, cap, front.extension_cm), *ribs, *hoods]
    seams = _seams(design, panels) + rib_seams
    return Pattern(name, tuple(panels), tuple(seams), _notes(measures, design, (front, back), deepened, cap))


def _body_panel(torso: Torso) -> Panel:
    neck = torso.neck()
    half = [hem_line(torso), Edge("side", torso.side), Edge("armhole", torso.armhole), torso.shoulder(neck), Edge("neck", (neck,))]
    plus, minus = HANDS[torso.name]
    outline = split_fold(unfolded(half, plus=plus, minus=minus), "neck", torso.name)  # each half of the hood has its own half of the neck
    return Panel(torso.name, outline, torso_placement(torso.name))


def _sleeves(m: Measures, design: HoodieDesign, cap: Cap, out: float) -> list[Panel]:
    on_arm, hem = sleeve_seam_cm(m, design), sleeve_hem_cm(m, design)
    sleeves = sleeve_panels(cap, SleeveShape(on_arm - out, hem, out))
    girth = cuff_girth(m, design.cuff_ease_cm)
    return sleeves + cuff_panels([("sleeve", hem)], girth=girth, height=design.rib_cm, before=0.5, on_arm_cm=on_arm, cloth="rib")


def _seams(design: HoodieDesign, panels: list[Panel]) -> list[Seam]:
    lengths = {(panel.name, edge.name): edge.length for panel in panels for edge in panel.edges}
    seams = [Seam(("hood_left", "centre"), ("hood_right", "centre"))]
    for hand in ("left", "right"):
        sleeve, cuff = f"sleeve_{hand}", f"cuff_{hand}"
        seams += [Seam(("front", f"{name}_{hand}"), ("back", f"{name}_{hand}")) for name in ("shoulder", "side")]
        seams += [Seam((side, f"armhole_{hand}"), (sleeve, f"cap_{side}"), design.cap_ease) for side in ("front", "back")]
        seams += [Seam((side, f"neck_{hand}"), (f"hood_{hand}", f"neck_{side}")) for side in ("front", "back")]
        seams += [
            Seam((sleeve, "underarm_front"), (sleeve, "underarm_back")),
            Seam((sleeve, "hem"), (cuff, "sleeve"), lengths[cuff, "sleeve"] / lengths[sleeve, "hem"] - 1),
            Seam((cuff, "end_minus"), (cuff, "end_plus")),
        ]
    return seams


def _notes(
    m: Measures, design: HoodieDesign, torsos: tuple[Torso, Torso], deepened: float, cap: Cap
) -> tuple[tuple[str, float], ...]:  # fmt: skip
    front, back = torsos
    return (
        *cap_notes(cap, hole=hole_lengths(torsos), deepened=deepened, wanted_cm=m.cm("upper_arm_girth") + design.upper_arm_ease_cm),
        ("chest_half", front.underarm[0] + back.underarm[0]), ("hem", 2 * (front.hem[0] + back.hem[0])),
        ("hem_rib", m.cm("hip_girth") + design.rib_ease_cm), ("cuff", cuff_girth(m, design.cuff_ease_cm)),
        ("neckline", 2 * (front.neck().length + back.neck().length)),
    )  # fmt: skip
