"""The torso of tops: front and back from the shoulders to the hem, without darts, and what is cut from them.

Frame: x = 0 is the centre, y = 0 the level of the side neck point. The front is drawn as seen from the front (+x the wearer's left), the
back as seen from behind (+x the wearer's right). Both are drafted as their half at x >= 0. Rules after the loose-fitting blocks of
Aldrich (Metric Pattern Cutting): the chest is as wide in front as behind but for the bust, shoulder lines and armholes meet smoothly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.bodice import Shoulder, armhole, neckline, shoulder_frame
from studio.garment.curves import Cubic, Line, Point, Segment, path_length, split_path
from studio.garment.drafting import along, distance_where, easy, unit
from studio.garment.pattern import JOIN_TOLERANCE_CM, Edge, Panel, Placement
from studio.garment.sleeve import Cap, set_in
from studio.specs.garment import TopDesign

TorsoSide = Literal["front", "back"]

#: The armhole runs inside the shoulder tip: by this at the across-back and across-front lines [cm]. Usual drafting of loose tops: the front
#: is hollowed more, for the arm moves forward.
_INSET = {"front": 2.0, "back": 1.0}

#: Height of those lines over the underarm, as a share of the armhole's height, and the least width of the bend below them [cm].
_PITCH, _LEAST_BEND = {"front": 0.44, "back": 0.50}, {"front": 2.5, "back": 1.8}

#: Fullness of the armhole's lower bend.
_SCOOP = {"front": 0.62, "back": 0.55}

#: A bust that is larger than the underbust by more than the first [cm] takes its cloth from the back: the side seam moves back by the
#: second, a share of what is more, up to the third [cm]. Measured on the demo's figure (14 cm): with equal halves the front is stretched by
#: 7 to 10 % beside the bust while the back hangs loose.
_FLAT_CHEST, _BUST_SHIFT, _LARGEST_BUST_SHIFT = 5.0, 0.125, 2.0

#: Below the chest a quarter is no more than this narrower than it [cm], and the waist is taken in by no more than this [cm].
_NARROWER_HIP, _WAIST_LIMIT = 1.0, 4.0

#: A shoulder seam is at least this long, and the hem lies at least this far below the underarm [cm].
_SHORTEST_SHOULDER, _SHORTEST_SIDE = 2.0, 8.0

#: Necklines and shoulder extensions are meant for shoulders of this length and more [cm]; on shorter ones, as children have them, they are
#: smaller in proportion. The shortest of the adults' charts is 13.15.
_FULL_SHOULDER = 13.0

#: Which hand the drafted half belongs to, and which its reflection.
HANDS: dict[TorsoSide, tuple[str, str]] = {"front": ("left", "right"), "back": ("right", "left")}


@dataclass(frozen=True)
class Torso:
    """One side's half: key points and curves. In front the side seam lies farther from the centre than behind, for the bust.

    tip: End of the shoulder seam. extension_cm: How far it lies outside the shoulder point. neck_side_cm, neck_depth_cm: The finished
    neckline, outside the neck base at the side and below y = 0 at the centre. side: The side seam from the hem up to the underarm.
    """

    name: TorsoSide
    frame: Shoulder
    tip: Point
    extension_cm: float
    underarm: Point
    hip_y: float
    neck_side_cm: float
    neck_depth_cm: float
    side: tuple[Segment, ...]

    @property
    def hem(self) -> Point:
        """Where the side seam begins."""
        return self.side[0].start

    @cached_property
    def armhole(self) -> tuple[Cubic, Cubic]:
        """From the underarm up to the shoulder tip."""
        width = min(self.tip[0] - _INSET[self.name], self.underarm[0] - _LEAST_BEND[self.name])  # slim chests under wide shoulders: a bend
        pitch = self.underarm[1] + _PITCH[self.name] * (self.tip[1] - self.underarm[1])
        return armhole(
            self.tip, self.frame.slope_deg, width=width, pitch=pitch, underarm=self.underarm, scoop=_SCOOP[self.name]
        )  # fmt: skip

    def neck(self, outside_cm: float = 0.0) -> Cubic:
        """Half of the finished neckline, from the shoulder seam to the centre, or of a line outside it, where a band is sewn on."""
        across = outside_cm * math.cos(math.radians(self.frame.slope_deg))
        depth = self.neck_depth_cm + outside_cm
        curve = neckline(self.frame, side=self.neck_side_cm + across, depth=depth, back=self.name == "back")
        left = math.copysign(math.dist(curve.start, self.tip), self.tip[0] - curve.start[0])
        if left < _SHORTEST_SHOULDER:
            raise StudioError(
                f"The neckline leaves {max(left, 0.0):.1f} cm of this body's shoulder, and a shoulder seam has {_SHORTEST_SHOULDER:g} at "
                "least; take a smaller neck_side_cm or a larger shoulder_extension_cm."
            )
        return curve

    def shoulder(self, neck: Cubic) -> Edge:
        """The shoulder seam from the tip to a neckline."""
        return Edge("shoulder", (Line(self.tip, neck.start),))


def draft_torso(m: Measures, design: TopDesign, *, deepen_cm: float = 0.0, rib_cm: float = 0.0) -> tuple[Torso, Torso]:
    """Draft front and back. ``deepen_cm`` is added to the armhole; ``rib_cm`` of the length are left to a rib at the hem."""
    frame = shoulder_frame(m)
    return _half(m, design, frame, "front", deepen_cm, rib_cm), _half(m, design, frame, "back", deepen_cm, rib_cm)


def _half(m: Measures, design: TopDesign, frame: Shoulder, name: TorsoSide, deepen_cm: float, rib_cm: float) -> Torso:
    front = name == "front"
    chest = (m.cm("bust_girth") + design.bust_ease_cm) / 4
    underarm_y = -(frame.back_depth_cm + m.cm("scye_depth") + design.armhole_ease_cm + deepen_cm)
    waist_y = -(frame.back_depth_cm + m.cm("back_waist_length"))
    hip_y = waist_y - (m.cm("waist_height") - m.cm("hip_height"))
    hip = max((m.cm("hip_girth") + design.hip_ease_cm) / 4, chest - _NARROWER_HIP)
    straight = chest + (hip - chest) * (waist_y - underarm_y) / (hip_y - underarm_y)
    fitted = (m.cm("waist_girth") + design.bust_ease_cm) / 4
    waist = straight - design.waist_shaping * max(0.0, min(straight - fitted, _WAIST_LIMIT))
    shift = _bust_shift(m) if front else -_bust_shift(m)
    side = _side((chest + shift, underarm_y), (waist + shift, waist_y), (hip + shift, hip_y), hip_y - design.length_below_hip_cm + rib_cm)
    graded = neck_share(frame)
    neck = frame.front_depth_cm + graded * design.neck_front_cm if front else frame.back_depth_cm + graded * design.neck_back_cm
    extension = graded * design.shoulder_extension_cm
    tip = along(frame.tip, frame.heading, extension)
    return Torso(name, frame, tip, extension, (chest + shift, underarm_y), hip_y, graded * design.neck_side_cm, neck, side)


def neck_share(frame: Shoulder) -> float:
    """Share of the design's neckline and shoulder extension that a body's shoulders take."""
    return min(1.0, math.dist(frame.on_line(frame.neck_half_cm), frame.tip) / _FULL_SHOULDER)


def _bust_shift(m: Measures) -> float:
    prominence = m.cm("bust_girth") - m.cm("underbust_girth")
    return min(_BUST_SHIFT * max(0.0, prominence - _FLAT_CHEST), _LARGEST_BUST_SHIFT)


def _side(underarm: Point, waist: Point, hip: Point, hem_y: float) -> tuple[Segment, ...]:
    """The side seam upwards from the hem: upright below the hip, over the waist to the underarm; cut off where the hem lies higher."""
    up = (0.0, 1.0)
    if waist[1] > underarm[1] - 2.0:
        raise StudioError("The armhole reaches this body's waist; lower armhole_ease_cm, or check scye_depth and back_waist_length.")
    if hem_y > underarm[1] - _SHORTEST_SIDE:
        raise StudioError(
            f"The hem lies {underarm[1] - hem_y:.1f} cm below this body's underarm, and {_SHORTEST_SIDE:g} are needed; make "
            "length_below_hip_cm larger."
        )
    through = unit(hip, underarm)  # so that a waist that is not taken in makes no step between a wide hip and a slim chest
    whole: tuple[Segment, ...] = (easy(hip, up, waist, through, fullness=0.33), easy(waist, through, underarm, up, fullness=0.33))
    if hem_y < hip[1] - JOIN_TOLERANCE_CM:
        return (Line((hip[0], hem_y), hip), *whole)
    if hem_y <= hip[1] + JOIN_TOLERANCE_CM:
        return whole
    cut = distance_where(whole, lambda point: point[1] - hem_y, 0.0, path_length(whole), what="hem")
    return split_path(whole, cut)[1]


def hem_line(torso: Torso) -> Edge:
    """The hem from the centre to the side seam: level."""
    return Edge("hem", (Line((0.0, torso.hem[1]), torso.hem),))


def torso_placement(side: TorsoSide) -> Placement:
    """Where a torso panel in the block's own frame hangs."""
    return Placement("torso", side, "side_neck", (0.0, 0.0))


def split_fold(panel_outline: tuple[Edge, ...], name: str, side: TorsoSide) -> tuple[Edge, ...]:
    """An unfolded outline whose edge ``name``, one piece over the fold, is cut there into one edge for each hand."""
    plus, minus = HANDS[side]
    edges = []
    for edge in panel_outline:
        if edge.name == name:
            half = len(edge.path) // 2
            first, second = (minus, plus) if edge.path[0].start[0] < 0 else (plus, minus)
            edges += [Edge(f"{name}_{first}", edge.path[:half]), Edge(f"{name}_{second}", edge.path[half:])]
        else:
            edges.append(edge)
    return tuple(edges)


def front_halves(edges: tuple[Edge, ...], placement: Placement) -> tuple[Panel, Panel]:
    """A front in two pieces that meet at the centre: the drafted half is the wearer's left."""
    left = Panel("front_left", edges, placement)
    return left, left.mirrored("front_right", placement)


def torso_with_cap(
    m: Measures, design: TopDesign, *, heights: tuple[float, float], deepest_cm: float, rib_cm: float = 0.0
) -> tuple[tuple[Torso, Torso], Cap, float]:
    """Front and back whose armholes the arm's cap fits, the cap, and by how much the armholes are deepened for it [cm]: see `set_in`."""
    return set_in(
        lambda deepen: draft_torso(m, design, deepen_cm=deepen, rib_cm=rib_cm),
        hole_lengths,
        arm_cm=m.cm("upper_arm_girth"), ease_cm=design.upper_arm_ease_cm, cap_ease=design.cap_ease, heights=heights, deepest_cm=deepest_cm,
    )  # fmt: skip


def hole_lengths(torsos: tuple[Torso, Torso]) -> tuple[float, float]:
    """Lengths of the armhole in front and behind [cm]."""
    return path_length(torsos[0].armhole), path_length(torsos[1].armhole)
