"""Two-piece sleeves: an upper and an under sleeve that bend forward at the elbow. All in cm, pattern axes: x to the right, y up.

The sleeve of one piece below a cap is cut along two lines, before and behind the arm, and its underarm seam closed. Where the arm bends,
both pieces are hollowed before the elbow and full behind it. The seam lines of the two pieces are reflections of each other, so they are
equally long and the bend changes no girth. Rules after the two-piece sleeve of Aldrich (Metric Pattern Cutting).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.garment.curves import Line, Point, Segment, mirrored_path, path_length, reversed_path, split_path
from studio.garment.drafting import distance_where, easy, shifted_path, unit
from studio.garment.pattern import Edge, Panel, Placement
from studio.garment.sleeve import Cap

#: The seams lie under the arm by this beyond the middle of the front half, and by this short of the middle of the back half's under part
#: [cm]: they are not seen from before. Usual drafting: 2 and 1 to 2.
_UNDER_FRONT, _UNDER_BACK = 2.0, 1.5

#: Elbow along the arm from shoulder point to wrist, as a share. ANSUR II, acromion to radiale over sleeve outseam: women 0.573, men 0.565,
#: sd 0.012.
ELBOW = 0.57


@dataclass(frozen=True)
class BentShape:
    """A bent sleeve below its cap.

    length_cm: From the notch to the hem. elbow_cm: From the notch to the elbow. hem_cm: Girth at the hem. bend_cm: How far the hem lies to
    the front of a straight sleeve's. out_cm: How far the notch lies outside the shoulder point.
    """

    length_cm: float
    elbow_cm: float
    hem_cm: float
    bend_cm: float
    out_cm: float = 0.0


@dataclass(frozen=True)
class _Cut:
    """Where the cap is cut: points on it, and its pieces from there to the underarm, each in the order of the cap's paths."""

    front: Point
    back: Point
    cap_front: tuple[tuple[Segment, ...], tuple[Segment, ...]]
    cap_back: tuple[tuple[Segment, ...], tuple[Segment, ...]]


def two_piece_panels(cap: Cap, shape: BentShape) -> list[Panel]:
    """Upper and under sleeves of both arms.

    Upper: ``hem``, ``seam_back``, ``cap_back``, ``cap_front``, ``seam_front``. Under: ``hem``, ``seam_front``, ``cap_front``, ``cap_back``,
    ``seam_back``; its x = 0 is the underarm point, its front half lies at +x on the left arm.
    """
    cut = _cut(cap)
    before = _seam(cut.front, cap, shape, side=1.0)
    behind = _seam(cut.back, cap, shape, side=-1.0)
    upper = (
        Edge("hem", (Line(before[-1].end, behind[-1].end),)),
        Edge("seam_back", reversed_path(behind)),
        Edge("cap_back", cut.cap_back[1]),
        Edge("cap_front", cut.cap_front[0]),
        Edge("seam_front", before),
    )
    # reflected about their upper ends, with the underarm point moved to x = 0
    under_before = shifted_path(reversed_path(mirrored_path(before)), (2 * cut.front[0] + cap.front, 0.0))
    under_behind = shifted_path(reversed_path(mirrored_path(behind)), (2 * cut.back[0] - cap.back, 0.0))
    under = (
        Edge("hem", (Line(under_behind[-1].end, under_before[-1].end),)),
        Edge("seam_front", reversed_path(under_before)),
        Edge("cap_front", shifted_path(cut.cap_front[1], (cap.front, 0.0))),
        Edge("cap_back", shifted_path(cut.cap_back[0], (-cap.back, 0.0))),
        Edge("seam_back", under_behind),
    )
    width = cap.front + cap.back
    at = cap.height + shape.out_cm
    panels = []
    for name, edges, x in (("sleeve_upper", upper, 0.0), ("sleeve_under", under, -cap.back)):  # the underarm lies beyond the back half
        share = (edges[1].end[0] - edges[-1].start[0]) / width
        left = Panel(f"{name}_left", edges, Placement("left_arm", "around", "left_shoulder", (x, at), share=share))
        panels += [left, left.mirrored(f"{name}_right", Placement("right_arm", "around", "right_shoulder", (-x, at), share=share))]
    return panels


def _cut(cap: Cap) -> _Cut:
    """Cut the cap where the seams meet it."""

    def at(path: tuple[Segment, ...], x: float) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
        return split_path(path, distance_where(path, lambda point: point[0] - x, 0.0, path_length(path), what="two-piece sleeve"))

    front, back = at(cap.front_path, -cap.front / 2 - _UNDER_FRONT), at(cap.back_path, cap.back / 2 + _UNDER_BACK)
    return _Cut(front[0][-1].end, back[1][0].start, front, back)


def _seam(top: Point, cap: Cap, shape: BentShape, *, side: float) -> tuple[Segment, ...]:
    """The upper sleeve's seam downwards; ``side`` is 1 before the arm and -1 behind it.

    Of what the sleeve loses in girth each of the four seam lines takes a quarter; the bend moves both of the upper sleeve's to the front.
    The hem is square to the forearm on the under sleeve, whose front end lies higher for it; the upper sleeve, which goes round the arm
    at both ends, has the same ends.
    """
    drop, elbow = shape.length_cm - cap.height, shape.elbow_cm - cap.height
    taper = (cap.front + cap.back - shape.hem_cm) / 4
    lean = math.atan2(shape.bend_cm, drop - elbow)  # of the forearm
    underarm, elbow_point = (top[0], 0.0), (top[0] + side * taper * elbow / drop, -elbow)
    under = (cap.front + cap.back) / 2 - _UNDER_FRONT - _UNDER_BACK - 2 * taper  # width of the under sleeve's hem
    hem = (top[0] + side * taper - shape.bend_cm, -drop + side * 0.5 * under * math.tan(lean))
    through = unit(underarm, hem)
    return (
        Line(top, underarm),
        easy(underarm, (0.0, -1.0), elbow_point, through, fullness=0.33),
        easy(elbow_point, through, hem, (-math.sin(lean), -math.cos(lean)), fullness=0.33),
    )
