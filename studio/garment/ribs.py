"""Ribs at hem and wrists: straight strips, shorter than what is sewn to them and gathered by them. All in cm."""

from __future__ import annotations

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.bands import strip_panel
from studio.garment.pattern import Panel, Placement, Seam
from studio.garment.torso import Torso
from studio.specs.garment import RibbedDesign


def hem_ribs(m: Measures, design: RibbedDesign, front: Torso, back: Torso, *, open_front: bool) -> tuple[list[Panel], list[Seam]]:
    """The rib of the hem and its seams: a front and a back piece, or two fronts that meet at the centre.

    The rib measures the hips with its ease; front and back share it as they share the hem. Raises StudioError where it would be longer than
    the hem that it gathers.
    """
    girth, hem = m.cm("hip_girth") + design.rib_ease_cm, 2 * (front.hem[0] + back.hem[0])
    if girth > hem:
        raise StudioError(
            f"The rib of {girth:.1f} cm is longer than the hem of {hem:.1f} cm that it gathers; lower rib_ease_cm or raise hip_ease_cm."
        )
    gathered = girth / hem
    ease = gathered - 1
    behind = _rib("rib_back", back, gathered, design.rib_cm)
    if not open_front:
        before = _rib("rib_front", front, gathered, design.rib_cm)
        seams = [Seam((side, "hem"), (f"rib_{side}", "hem_seam"), ease) for side in ("front", "back")]
        seams += [Seam(("rib_front", "end_plus"), ("rib_back", "end_minus")), Seam(("rib_front", "end_minus"), ("rib_back", "end_plus"))]
        return [before, behind], seams
    left = strip_panel(
        "rib_front_left", [("hem_seam", front.hem[0] * gathered)], height=design.rib_cm, left=0.0, placement=_placement(front),
        ends=("centre", "end"), cloth="rib",
    )  # fmt: skip
    right = left.mirrored("rib_front_right", left.placement)
    seams = [Seam((f"front_{hand}", "hem"), (f"rib_front_{hand}", "hem_seam"), ease) for hand in ("left", "right")]
    seams += [
        Seam(("back", "hem"), ("rib_back", "hem_seam"), ease), Seam(("rib_front_left", "centre"), ("rib_front_right", "centre")),
        Seam(("rib_front_left", "end"), ("rib_back", "end_minus")), Seam(("rib_front_right", "end"), ("rib_back", "end_plus")),
    ]  # fmt: skip
    return [left, right, behind], seams


def _rib(name: str, torso: Torso, gathered: float, height: float) -> Panel:
    width = 2 * torso.hem[0] * gathered
    return strip_panel(name, [("hem_seam", width)], height=height, left=-width / 2, placement=_placement(torso), cloth="rib")


def _placement(torso: Torso) -> Placement:
    """Just below the hem that the rib is sewn to."""
    return Placement("torso", torso.name, "side_neck", (0.0, -torso.hem[1]))


def sleeve_seam_cm(m: Measures, design: RibbedDesign) -> float:
    """Where the sleeve ends and its cuff begins, from the shoulder point along the arm [cm]."""
    return design.sleeve_share * m.cm("sleeve_length") - design.rib_cm


def sleeve_hem_cm(m: Measures, design: RibbedDesign) -> float:
    """Girth of the sleeve where the cuff gathers it [cm]."""
    return m.cm("wrist_girth") + design.cuff_ease_cm + design.sleeve_fullness_cm
