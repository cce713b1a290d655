"""The side bust dart: what makes room for a bust in woven tops and dresses. Usual drafting (Aldrich, Metric Pattern Cutting).

The front is drafted on the back's side seam. How much longer the front of the body is than its back, over the bust, is cut in as a dart
that points at the bust point; with the dart closed both side seams are equal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.body.tape import Measures
from studio.garment.bodice import Shoulder
from studio.garment.curves import Line, Point, Segment, reversed_path, split_path
from studio.garment.drafting import shifted_path
from studio.garment.pattern import Edge

#: Smallest and largest intake, and how far the tip stays from the bust point [cm]. Usual drafting.
_SMALLEST, _LARGEST, _SHORT_OF_BUST = 1.0, 7.0, 2.5

#: The dart lies at least this far below the underarm [cm], and above this share of the way to the waist.
_BELOW_UNDERARM, _ABOVE_WAIST = 2.5, 0.6


@dataclass(frozen=True)
class BustDart:
    """A side bust dart.

    intake_cm: What it takes; 0 on a flat chest, which needs none. bust: The bust point on the front, in the bodice's frame.
    along_cm: Its place along the side seam from the underarm, so that its middle lies level with the bust point.
    """

    intake_cm: float
    bust: Point
    along_cm: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the side seam's pieces, on front and back."""
        return ("side_upper", "side_lower") if self.intake_cm else ("side",)


def plan_bust_dart(m: Measures, frame: Shoulder, *, underarm_y: float, waist_y: float) -> BustDart:
    """The dart of a body, for a side seam that is near upright between underarm and waist."""
    longer = m.cm("front_waist_length") - (frame.back_depth_cm + m.cm("back_waist_length"))
    intake = min(longer, _LARGEST) if longer >= _SMALLEST else 0.0
    bust = _bust_point(m, frame)
    below = underarm_y - bust[1] - intake / 2
    return BustDart(intake, bust, min(max(below, _BELOW_UNDERARM), _ABOVE_WAIST * (underarm_y - waist_y)))


def darted_side(side: tuple[Segment, ...], dart: BustDart) -> tuple[list[Edge], Point]:
    """The front's side seam with the dart in it, as edges upwards from the hem, and where it meets the hem.

    side: The side seam without the dart, downwards from the underarm.
    """
    if not dart.intake_cm:
        return [Edge("side", reversed_path(side))], side[-1].end
    upper, lower = split_path(side, dart.along_cm)
    lower = shifted_path(lower, (0.0, -dart.intake_cm))
    mouth_upper, mouth_lower = upper[-1].end, lower[0].start
    tip = (min(dart.bust[0] + _SHORT_OF_BUST, mouth_upper[0] - 4.0), (mouth_upper[1] + mouth_lower[1]) / 2)
    edges = [
        Edge("side_lower", reversed_path(lower)),
        Edge("bust_dart_lower", (Line(mouth_lower, tip),)),
        Edge("bust_dart_upper", (Line(tip, mouth_upper),)),
        Edge("side_upper", reversed_path(upper)),
    ]
    return edges, lower[-1].end


def matching_side(side: tuple[Segment, ...], dart: BustDart) -> list[Edge]:
    """The back's side seam in the front's pieces, as edges upwards from the hem. side: Downwards from the underarm."""
    if not dart.intake_cm:
        return [Edge("side", reversed_path(side))]
    upper, lower = split_path(side, dart.along_cm)
    return [Edge("side_lower", reversed_path(lower)), Edge("side_upper", reversed_path(upper))]


def _bust_point(m: Measures, frame: Shoulder) -> Point:
    """The bust point on the front: at its distance from the side neck point."""
    x = m.cm("bust_point_distance") / 2
    reach = m.cm("neck_to_bust_point")
    return x, -math.sqrt(max(reach**2 - (frame.neck_half_cm - x) ** 2, 0.0))
