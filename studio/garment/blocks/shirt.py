"""The shirt block: buttoned front in two pieces, yoke, back, collar on a stand, sleeves with cuffs; bust darts where they are needed.

Frame: see `studio.garment.torso`. The draft follows the classic shirt of Aldrich (Metric Pattern Cutting): a loose torso, low sleeve caps,
a yoke that takes the shoulder seam to the front. The fronts end at the centre, where they are sewn together: the shirt is drafted as it
is worn, and what lies under the buttons is noted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.bands import cuff_girth, cuff_panels
from studio.garment.bust import BustDart, darted_side, matching_side, plan_bust_dart
from studio.garment.collar import collar_panel, stand_panel
from studio.garment.curves import Line, Point, Segment, path_length, reversed_path, split_path
from studio.garment.drafting import distance_where, easy, folded_path, unit
from studio.garment.opening import button_notes
from studio.garment.pattern import Edge, Panel, Pattern, Seam, unfolded
from studio.garment.sleeve import Cap, SleeveShape, cap_notes, cap_pieces, set_in, sleeve_panels
from studio.garment.torso import HANDS, Torso, draft_torso, front_halves, hem_line, torso_placement
from studio.specs.garment import ShirtDesign

#: Bounds of the cap's height as shares of the armhole, and the most an armhole is deepened for it [cm]: shirts have low caps. Chosen.
_CAP_HEIGHTS, _DEEPEST = (0.15, 0.30), 10.0

#: The seam below the yoke takes this out at the armhole [cm]: it stands for the dart over the shoulder blade. Usual drafting: 0.7 to 1.
_BLADE_DART = 0.7

#: The yoke's seam lies at least this far below the shoulder tip and above the underarm, at the armhole [cm].
_BELOW_TIP, _ABOVE_UNDERARM = 1.5, 5.0


@dataclass(frozen=True)
class _Shirt:
    """Both halves of the torso and where the yoke cuts them.

    yoke_y: Level of the yoke's lower edge. forward_cm: How far the yoke's front seam lies before the shoulder line.
    """

    front: Torso
    back: Torso
    dart: BustDart
    yoke_y: float
    forward_cm: float

    @cached_property
    def back_hole(self) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        """The back's armhole below the yoke's dart, and the yoke's above it."""
        path = self.back.armhole
        tip, underarm = self.back.tip, self.back.underarm
        if not underarm[1] + _ABOVE_UNDERARM < self.yoke_y < tip[1] - _BELOW_TIP:
            raise StudioError(
                f"A yoke that ends {tip[1] - self.yoke_y:.1f} cm below this body's shoulder point does not cross its armhole of "
                f"{tip[1] - underarm[1]:.1f} cm; change yoke_cm."
            )
        total = path_length(path)
        at, below = (
            distance_where(path, lambda point, y=level: point[1] - y, 0.0, total, what="yoke")
            for level in (self.yoke_y, self.yoke_y - _BLADE_DART)
        )  # fmt: skip
        return split_path(path, below)[0], split_path(path, at)[1]

    @cached_property
    def front_hole(self) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        """The front's armhole below the yoke, and the yoke's above it."""
        path = self.front.armhole
        cut = distance_where(path, self._before_shoulder, 0.0, path_length(path), what="yoke")
        return split_path(path, cut)

    @cached_property
    def front_neck(self) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        """The yoke's part of the front neckline, from the shoulder on, and the front's down to the centre."""
        path = (self.front.neck(),)
        cut = distance_where(path, self._before_shoulder, 0.0, path_length(path), what="yoke")
        return split_path(path, cut)

    def _before_shoulder(self, point: Point) -> float:
        """How far a point lies before the yoke's front seam, which is parallel to the shoulder line [cm]."""
        start, heading = self.front.neck().start, unit(self.front.neck().start, self.front.tip)
        return (point[0] - start[0]) * heading[1] - (point[1] - start[1]) * heading[0] - self.forward_cm

    @property
    def holes(self) -> tuple[float, float]:
        """Lengths of the armhole before and behind the shoulder tip, the dart taken out."""
        return path_length(self.front.armhole), path_length(self.back_hole[0] + self.back_hole[1])


def draft_shirt(measures: Measures, design: ShirtDesign, *, name: str = "shirt") -> Pattern:
    """Draft a shirt. Raises StudioError for measures that leave a shoulder, a yoke, an armhole or a cap impossible."""
    shirt, cap, deepened = set_in(
        lambda deepen: _shirt(measures, design, deepen), lambda shirt: shirt.holes, arm_cm=measures.cm("upper_arm_girth"),
        ease_cm=design.upper_arm_ease_cm, cap_ease=design.cap_ease, heights=_CAP_HEIGHTS, deepest_cm=_DEEPEST,
    )  # fmt: skip
    fronts, back, yoke = _fronts(shirt), _back(shirt), _yoke(shirt)
    stand = stand_panel(
        "stand", [("yoke", yoke.edge("neck").length / 2), ("front", fronts[0].edge("neck").length)], height=design.stand_cm
    )  # fmt: skip
    collar = collar_panel(
        "collar", seam_length=stand.edge("top").length / 2, height=design.collar_cm, point=design.point_cm, stand_height=design.stand_cm
    )
    panels = [*fronts, back, yoke, stand, collar, *_sleeves(measures, design, shirt, cap)]
    return Pattern(name, tuple(panels), tuple(_seams(shirt, design, panels)), _notes(measures, design, shirt, deepened, cap, panels))


def _shirt(m: Measures, design: ShirtDesign, deepen: float) -> _Shirt:
    front, back = draft_torso(m, design, deepen_cm=deepen)
    waist_y = -(back.frame.back_depth_cm + m.cm("back_waist_length"))
    dart = plan_bust_dart(m, back.frame, underarm_y=back.underarm[1], waist_y=waist_y)
    return _Shirt(front, back, dart, -back.neck_depth_cm - design.yoke_cm, design.forward_cm)


def _fronts(shirt: _Shirt) -> tuple[Panel, Panel]:
    front = shirt.front
    side, hem_end = darted_side(reversed_path(front.side), shirt.dart)
    hole, neck = shirt.front_hole[0], shirt.front_neck[1]
    edges = (
        Edge("hem", (Line((0.0, hem_end[1]), hem_end),)),
        *side,
        Edge("armhole", hole),
        Edge("yoke", (Line(hole[-1].end, neck[0].start),)),
        Edge("neck", neck),
        Edge("centre", (Line(neck[-1].end, (0.0, hem_end[1])),)),
    )
    return front_halves(edges, torso_placement("front"))


def _back(shirt: _Shirt) -> Panel:
    hole, centre = shirt.back_hole[0], (0.0, shirt.yoke_y)
    top = easy(hole[-1].end, unit(hole[-1].end, (0.0, shirt.yoke_y + _BLADE_DART / 2)), centre, (-1.0, 0.0), fullness=0.33)
    half = [hem_line(shirt.back), *matching_side(reversed_path(shirt.back.side), shirt.dart), Edge("armhole", hole), Edge("yoke", (top,))]
    plus, minus = HANDS["back"]
    return Panel("back", unfolded(half, plus=plus, minus=minus), torso_placement("back"))


def _yoke(shirt: _Shirt) -> Panel:
    """The yoke as it lies flat: the back's upper part, and the front's folded up over the shoulder line. Cut across the grain, as usual."""
    over = shirt.front.neck().start, shirt.front.tip
    before_hole = folded_path(reversed_path(shirt.front_hole[1]), *over)
    before_neck = folded_path(reversed_path(shirt.front_neck[0]), *over)
    hole = shirt.back_hole[1]
    half = [
        Edge("back", (Line((0.0, shirt.yoke_y), hole[0].start),)),
        Edge("armhole", hole + before_hole),
        Edge("front", (Line(before_hole[-1].end, before_neck[0].start),)),
        Edge("neck", (*before_neck, shirt.back.neck())),
    ]
    plus, minus = HANDS["back"]
    return Panel("yoke", unfolded(half, plus=plus, minus=minus), torso_placement("back"), grain_deg=0.0)


def _sleeves(m: Measures, design: ShirtDesign, shirt: _Shirt, cap: Cap) -> list[Panel]:
    longer = 1 + design.cap_ease
    yoke = path_length(shirt.back_hole[1]) + path_length(shirt.front_hole[1])
    pieces = cap_pieces(cap, [("cap_back", path_length(shirt.back_hole[0]) * longer), ("cap_yoke", yoke * longer)], "cap_front")
    cuff = cuff_girth(m, design.cuff_ease_cm)
    on_arm, out = design.sleeve_share * m.cm("sleeve_length") - design.cuff_cm, shirt.front.extension_cm
    sleeves = sleeve_panels(cap, SleeveShape(on_arm - out, cuff + design.cuff_pleats_cm, out), pieces)
    hem = [("sleeve", cuff + design.cuff_pleats_cm)]
    return sleeves + cuff_panels(hem, girth=cuff, height=design.cuff_cm, before=0.5, on_arm_cm=on_arm, cloth="main")


def _seams(shirt: _Shirt, design: ShirtDesign, panels: list[Panel]) -> list[Seam]:
    edges = {(panel.name, edge.name): edge.length for panel in panels for edge in panel.edges}

    def eased(a: tuple[str, str], b: tuple[str, str]) -> Seam:
        return Seam(a, b, edges[b] / edges[a] - 1)

    seams = [eased(("back", "yoke"), ("yoke", "back")), Seam(("front_left", "centre"), ("front_right", "centre"))]
    for hand in ("left", "right"):
        front, sleeve, cuff = f"front_{hand}", f"sleeve_{hand}", f"cuff_{hand}"
        seams += [Seam((front, name), ("back", f"{name}_{hand}")) for name in shirt.dart.names]
        if shirt.dart.intake_cm:
            seams.append(Seam((front, "bust_dart_upper"), (front, "bust_dart_lower")))
        seams += [
            Seam((front, "yoke"), ("yoke", f"front_{hand}")),
            Seam((front, "armhole"), (sleeve, "cap_front"), design.cap_ease),
            Seam(("yoke", f"armhole_{hand}"), (sleeve, "cap_yoke"), design.cap_ease),
            Seam(("back", f"armhole_{hand}"), (sleeve, "cap_back"), design.cap_ease),
            Seam((sleeve, "underarm_front"), (sleeve, "underarm_back")),
            eased((sleeve, "hem"), (cuff, "sleeve")),
            Seam((cuff, "end_minus"), (cuff, "end_plus")),
            Seam((front, "neck"), ("stand", f"front_{hand}")),
        ]
    seams += [Seam(("yoke", "neck"), ("stand", "yoke")), Seam(("stand", "end_left"), ("stand", "end_right"))]
    return [*seams, Seam(("stand", "top"), ("collar", "seam"))]


def _notes(
    m: Measures, design: ShirtDesign, shirt: _Shirt, deepened: float, cap: Cap, panels: list[Panel]
) -> tuple[tuple[str, float], ...]:
    front = panels[0]
    neck_y, hem_y = front.edge("centre").start[1], front.edge("centre").end[1]
    return (
        *cap_notes(cap, hole=shirt.holes, deepened=deepened, wanted_cm=m.cm("upper_arm_girth") + design.upper_arm_ease_cm),
        ("chest_half", shirt.front.underarm[0] + shirt.back.underarm[0]), ("bust_dart", shirt.dart.intake_cm), ("blade_dart", _BLADE_DART),
        ("neckline", 2 * (path_length(shirt.front_neck[0] + shirt.front_neck[1]) + shirt.back.neck().length)),
        ("cuff", cuff_girth(m, design.cuff_ease_cm)), ("cuff_pleats", design.cuff_pleats_cm),
        *button_notes(centre_cm=neck_y - hem_y, bust_cm=neck_y - shirt.dart.bust[1], stand_cm=design.button_stand_cm),
    )  # fmt: skip
