"""A hood in two halves that are sewn together over the head, from the neck behind to the face. All in cm, x to the right, y up.

Drafted as its left half, standing up, as seen from outside: the face lies at -x, x = 0 is where the centre seam meets the neck. Rules after
the two-piece hood of Aldrich (Metric Pattern Cutting): height and depth are the head's plus room, the neck edge is the neckline.
"""

from __future__ import annotations

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.curves import Point, Segment, path_length, split_path
from studio.garment.drafting import direction, easy, smooth, solve
from studio.garment.pattern import Edge, Panel, Placement
from studio.specs.garment import HoodieDesign

#: The neck edge falls from the centre back to the front by this share of its length: the neckline is deeper in front. It comes up to the
#: centre seam at this angle [degrees]. Chosen, as the shapes below: hoods of sweatshirts look like this.
_NECK_FALL, _NECK_RISE_DEG = 0.17, 10.0

#: How far the centre seam stands out behind the neck, for the back of the head [cm], and where: as a share of the height.
_BULGE, _BULGE_AT = 1.4, 0.52

#: The highest point as a share of the depth from the back, and how much lower the hood is at the face [cm].
_CROWN_AT, _FACE_LOWER = 0.45, 1.2

#: The front edge is at least this share of the depth wide at the neck: a shorter neckline would pull the hood off the face.
_SHORTEST_NECK = 0.6


def hood_panels(m: Measures, design: HoodieDesign, *, neck_front: float, neck_back: float) -> tuple[Panel, Panel]:
    """Both halves for a neckline whose halves are so long in front and behind [cm].

    Edges: ``neck_front``, ``neck_back``, ``centre``, ``face``. Raises StudioError for a neckline that is too short for the hood.
    """
    height = m.cm("stature") - m.cm("cervical_height") + design.hood_height_cm
    depth = m.cm("head_girth") / 3 + design.hood_depth_cm
    if neck_front + neck_back < _SHORTEST_NECK * depth:
        raise StudioError(
            f"A hood {depth:.1f} cm deep does not fit a half neckline of {neck_front + neck_back:.1f} cm; make the neckline wider or lower "
            "hood_depth_cm."
        )
    neck = _neck_edge(neck_front + neck_back)
    front, back = split_path(neck, neck_front)
    face_top = (_BULGE - depth, height - _FACE_LOWER)
    centre = _centre_seam(height, depth, face_top)
    outline = (
        Edge("neck_front", front),
        Edge("neck_back", back),
        Edge("centre", centre),
        Edge("face", (easy(face_top, direction(-84), neck[0].start, direction(-90 - 4), fullness=0.33),)),
    )
    left = Panel("hood_left", outline, Placement("neck", "left", "back_neck", (0.0, 0.0)))
    return left, left.mirrored("hood_right", Placement("neck", "right", "back_neck", (0.0, 0.0)))


def _neck_edge(length: float) -> tuple[Segment, ...]:
    """From the centre front to the centre back, of a given length."""
    fall = _NECK_FALL * length

    def edge(reach: float) -> tuple[Segment, ...]:
        start: Point = (-reach, -fall)
        return (smooth(start, direction(-4), (0.0, 0.0), direction(_NECK_RISE_DEG), leave=0.42 * reach, arrive=0.30 * reach),)

    return edge(solve(lambda reach: path_length(edge(reach)) - length, 0.7 * length, length, what="hood"))


def _centre_seam(height: float, depth: float, face_top: Point) -> tuple[Segment, ...]:
    """From the neck behind, round the back of the head and over it to the face."""
    back: Point = (_BULGE, _BULGE_AT * height)
    crown: Point = (_BULGE - _CROWN_AT * depth, height)
    up, forward = (0.0, 1.0), (-1.0, 0.0)
    return (
        easy((0.0, 0.0), direction(90 + _NECK_RISE_DEG), back, up, fullness=0.35),
        smooth(back, up, crown, forward, leave=0.62 * (height - back[1]), arrive=0.56 * (back[0] - crown[0])),
        easy(crown, forward, face_top, direction(186), fullness=0.35),
    )
