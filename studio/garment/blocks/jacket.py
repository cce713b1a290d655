"""The jacket block: an unlined bomber with a zip front, two-piece sleeves, ribs at collar, hem and wrists.

Frame: see `studio.garment.torso`. The fronts end at the centre, where the zip joins them up to the neck: the jacket is drafted closed. The
collar's rounded ends meet there and are free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from studio.body.tape import Measures
from studio.garment.bands import cuff_girth, cuff_panels
from studio.garment.collar import stand_panel
from studio.garment.curves import Line, Segment, split_path
from studio.garment.pattern import Edge, Panel, Pattern, Seam, unfolded
from studio.garment.ribs import hem_ribs, sleeve_hem_cm, sleeve_seam_cm
from studio.garment.sleeve import Cap, cap_notes
from studio.garment.torso import HANDS, Torso, front_halves, hem_line, hole_lengths, torso_placement, torso_with_cap
from studio.garment.two_piece import ELBOW, BentShape, two_piece_panels
from studio.specs.garment import JacketDesign

#: Bounds of the cap's height as shares of the armhole, and the most an armhole is deepened for it [cm]: the arms of a bomber move. Chosen.
_CAP_HEIGHTS, _DEEPEST = (0.16, 0.32), 10.0


@dataclass(frozen=True)
class _Jacket:
    """Both halves of the torso, and the cap and sleeves that fit their armholes. longer: The cap's length over the armhole's."""

    front: Torso
    back: Torso
    sleeves: tuple[Panel, ...]
    longer: float

    @cached_property
    def front_hole(self) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        """The front's armhole below and above the sleeve's front seam."""
        return self._hole(self.front, "front")

    @cached_property
    def back_hole(self) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        """The back's armhole below and above the sleeve's back seam."""
        return self._hole(self.back, "back")

    def _hole(self, torso: Torso, side: str) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        under = next(panel for panel in self.sleeves if panel.name == "sleeve_under_left").edge(f"cap_{side}").length
        return split_path(torso.armhole, under / self.longer)


def draft_jacket(measures: Measures, design: JacketDesign, *, name: str = "jacket") -> Pattern:
    """Draft a bomber jacket. Raises StudioError for measures that leave a shoulder, an armhole or a cap impossible."""
    (front, back), cap, deepened = torso_with_cap(measures, design, heights=_CAP_HEIGHTS, deepest_cm=_DEEPEST, rib_cm=design.rib_cm)
    jacket = _Jacket(front, back, tuple(two_piece_panels(cap, _bent(measures, design, front.extension_cm))), 1 + design.cap_ease)
    ribs, rib_seams = hem_ribs(measures, design, front, back, open_front=True)
    neckline = [("back", back.neck().length), ("front", front.neck().length)]
    collar = stand_panel("collar", neckline, height=design.collar_cm, cloth="rib", rounded=True)
    panels = [*_fronts(jacket), _back(jacket), *jacket.sleeves, *_cuffs(measures, design, jacket.sleeves), *ribs, collar]
    return Pattern(name, tuple(panels), tuple(_seams(design, panels) + rib_seams), _notes(measures, design, jacket, deepened, cap))


def _bent(m: Measures, design: JacketDesign, out: float) -> BentShape:
    return BentShape(
        sleeve_seam_cm(m, design) - out, ELBOW * m.cm("sleeve_length") - out, sleeve_hem_cm(m, design), design.elbow_bend_cm, out
    )  # fmt: skip


def _fronts(jacket: _Jacket) -> tuple[Panel, Panel]:
    front = jacket.front
    lower, upper = jacket.front_hole
    neck = front.neck()
    edges = (
        hem_line(front),
        Edge("side", front.side),
        Edge("armhole_lower", lower),
        Edge("armhole_upper", upper),
        front.shoulder(neck),
        Edge("neck", (neck,)),
        Edge("centre", (Line(neck.end, (0.0, front.hem[1])),)),
    )
    return front_halves(edges, torso_placement("front"))


def _back(jacket: _Jacket) -> Panel:
    back = jacket.back
    lower, upper = jacket.back_hole
    neck = back.neck()
    half = [
        hem_line(back), Edge("side", back.side), Edge("armhole_lower", lower), Edge("armhole_upper", upper), back.shoulder(neck),
        Edge("neck", (neck,)),
    ]  # fmt: skip
    plus, minus = HANDS["back"]
    return Panel("back", unfolded(half, plus=plus, minus=minus), torso_placement("back"))


def _cuffs(m: Measures, design: JacketDesign, sleeves: tuple[Panel, ...]) -> list[Panel]:
    """The cuff's seam runs on from the sleeve's front seam."""
    upper, under = (panel.edge("hem").length for panel in (sleeves[0], sleeves[2]))
    return cuff_panels(
        [("upper", upper), ("under", under)], girth=cuff_girth(m, design.cuff_ease_cm), height=design.rib_cm,
        before=0.5 * upper / (upper + under), on_arm_cm=sleeve_seam_cm(m, design), cloth="rib",
    )  # fmt: skip


def _seams(design: JacketDesign, panels: list[Panel]) -> list[Seam]:
    lengths = {(panel.name, edge.name): edge.length for panel in panels for edge in panel.edges}
    seams = [Seam(("front_left", "centre"), ("front_right", "centre")), Seam(("back", "neck"), ("collar", "back"))]
    for hand in ("left", "right"):
        front, upper, under, cuff = f"front_{hand}", f"sleeve_upper_{hand}", f"sleeve_under_{hand}", f"cuff_{hand}"
        seams += [Seam((front, name), ("back", f"{name}_{hand}")) for name in ("shoulder", "side")]
        for part, sleeve in (("lower", under), ("upper", upper)):
            seams += [
                Seam((front, f"armhole_{part}"), (sleeve, "cap_front"), design.cap_ease),
                Seam(("back", f"armhole_{part}_{hand}"), (sleeve, "cap_back"), design.cap_ease),
            ]
        seams += [Seam((upper, name), (under, name)) for name in ("seam_front", "seam_back")]
        for part, sleeve in (("upper", upper), ("under", under)):
            seams.append(Seam((sleeve, "hem"), (cuff, part), lengths[cuff, part] / lengths[sleeve, "hem"] - 1))
        seams += [Seam((cuff, "end_minus"), (cuff, "end_plus")), Seam((front, "neck"), ("collar", f"front_{hand}"))]
    return seams


def _notes(m: Measures, design: JacketDesign, jacket: _Jacket, deepened: float, cap: Cap) -> tuple[tuple[str, float], ...]:
    front, back = jacket.front, jacket.back
    return (
        *cap_notes(
            cap, hole=hole_lengths((front, back)), deepened=deepened, wanted_cm=m.cm("upper_arm_girth") + design.upper_arm_ease_cm,
        ),
        ("chest_half", front.underarm[0] + back.underarm[0]), ("hem", 2 * (front.hem[0] + back.hem[0])),
        ("hem_rib", m.cm("hip_girth") + design.rib_ease_cm), ("cuff", cuff_girth(m, design.cuff_ease_cm)),
        ("neckline", 2 * (front.neck().length + back.neck().length)),
        ("zip", front.neck().end[1] - front.hem[1] + design.rib_cm),
    )  # fmt: skip
