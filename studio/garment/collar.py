"""Collars: a stand round the neck, and the collar that is folded over it. All in cm, pattern axes: x to the right, y up.

Both are drawn as their half at x >= 0 from the centre back, standing up, as seen from outside: +x is the wearer's right. A stand is
shorter above than below, for the neck narrows upwards, so its seam curves up towards the front; a collar is longer at its outer edge,
which lies on the shoulders, so its seam curves down. Rules after the shirt collar with stand of Aldrich (Metric Pattern Cutting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from studio.errors import StudioError
from studio.garment.curves import Line, Point, Segment, mirrored_path, path_length, split_path
from studio.garment.drafting import along, direction, easy, smooth, solve, turned
from studio.garment.pattern import Edge, Panel, Placement

#: The end of a stand's seam rises over the centre back by this share of the seam's half length and is inclined by this angle there
#: [degrees]: 1.3 cm on a neck of 40 cm. Usual drafting: 1 to 1.5.
_STAND_RISE, _STAND_END_DEG = 0.065, 14.0

#: Height of a stand at the front, as a share of its height behind. Usual drafting: 3 to 5 mm less.
_STAND_FRONT = 0.88

#: The end of a collar's seam falls below the centre back by this share of the seam's half length, inclined by this angle [degrees], and its
#: front edge leans forward from the square by this angle [degrees]: the spread of the points. Chosen: it lies close to its stand.
_COLLAR_FALL, _COLLAR_END_DEG, _SPREAD_DEG = 0.10, 14.0, 14.0

#: Handles of a seam's curve at the centre back and at the front, as shares of its width: straight behind, bent before. Chosen.
_STRAIGHT, _BENT = 0.45, 0.30


def stand_panel(
    name: str, pieces: Sequence[tuple[str, float]], *, height: float, cloth: Literal["main", "rib"] = "main", rounded: bool = False
) -> Panel:  # fmt: skip
    """A collar stand in one piece, its seam as long as a neckline.

    pieces: Names and lengths of the seam's pieces on the right half, from the centre back to the front; the first goes over the centre
    back, the others get the suffix of their hand. height: Behind. rounded: The upper corners are rounded off.

    Its ends, which meet at the centre front, are ``end_left`` and ``end_right``.
    """
    lengths = [length for _, length in pieces]
    seam = _half_seam(sum(lengths), rise=_STAND_RISE, angle_deg=_STAND_END_DEG)
    end, square = seam[-1].end, turned(direction(_STAND_END_DEG), 90)
    corner = along(end, square, _STAND_FRONT * height)
    top_heading = direction(180 + _STAND_END_DEG)
    reach = corner[0]
    top: tuple[Segment, ...] = (smooth(corner, top_heading, (0.0, height), (-1.0, 0.0), leave=_BENT * reach, arrive=_STRAIGHT * reach),)
    rise = (Line(end, corner),)
    if rounded:
        radius = 0.5 * height
        before = along(corner, square, -radius)
        cut, top = split_path(top, radius)
        rise = (Line(end, before), easy(before, square, cut[-1].end, top_heading, fullness=0.4))
    bottom = _cut(seam, [piece for piece, _ in pieces], lengths)
    outline = [Edge(f"{edge.name}_left", mirrored_path(edge.path)) for edge in reversed(bottom[1:])]
    outline.append(Edge(bottom[0].name, mirrored_path(bottom[0].path) + bottom[0].path))
    outline += [Edge(f"{edge.name}_right", edge.path) for edge in bottom[1:]]
    outline += [Edge("end_right", rise), Edge("top", top + mirrored_path(top)), Edge("end_left", mirrored_path(rise))]
    return Panel(name, tuple(outline), _round_the_neck(sum(lengths), 0.0), grain_deg=90.0 if cloth == "rib" else 0.0, cloth=cloth)


def collar_panel(name: str, *, seam_length: float, height: float, point: float, stand_height: float) -> Panel:
    """A collar that is folded over its stand: half its seam as long as half the stand's upper edge [cm].

    height: Behind. point: Length of the front edges. It is drawn as it stands before it is folded over: its seam is the lower edge.
    Raises StudioError where the points would meet or the collar would be wider than its neck.
    """
    seam = _half_seam(seam_length, rise=-_COLLAR_FALL, angle_deg=-_COLLAR_END_DEG)
    end = seam[-1].end
    tip = along(end, direction(90 - _COLLAR_END_DEG - _SPREAD_DEG), point)
    if height > 0.6 * seam_length:
        raise StudioError(f"A collar of {height:g} cm is too high for a half neck of {seam_length:.1f} cm; lower collar_cm.")
    outer = smooth(tip, (-1.0, 0.0), (0.0, height), (-1.0, 0.0), leave=0.30 * tip[0], arrive=0.40 * tip[0])
    outline = (
        Edge("seam", mirrored_path(seam) + seam),
        Edge("front_right", (Line(end, tip),)),
        Edge("outer", (outer, *mirrored_path((outer,)))),
        Edge("front_left", mirrored_path((Line(end, tip),))),
    )
    return Panel(name, outline, replace(_round_the_neck(seam_length, stand_height), turned=True), grain_deg=0.0)


def _half_seam(length: float, *, rise: float, angle_deg: float) -> tuple[Segment, ...]:
    """Half a seam of a given length from the centre back: level there, ``rise`` shares of its length higher at its end."""

    def seam(x: float) -> tuple[Segment, ...]:
        end: Point = (x, rise * length)
        return (smooth((0.0, 0.0), (1.0, 0.0), end, direction(angle_deg), leave=_STRAIGHT * x, arrive=_BENT * x),)

    return seam(solve(lambda x: path_length(seam(x)) - length, 0.8 * length, length, what="collar"))


def _cut(path: tuple[Segment, ...], names: Sequence[str], lengths: Sequence[float]) -> list[Edge]:
    edges = []
    for name, length in zip(names[:-1], lengths[:-1], strict=True):
        piece, path = split_path(path, length)
        edges.append(Edge(name, piece))
    return [*edges, Edge(names[-1], path)]


def _round_the_neck(half_length: float, lower_by: float) -> Placement:
    """Rolled round the neck from the centre front, where its left end goes, to the centre front; ``lower_by`` is what lies below it."""
    return Placement("neck", "around", "side_neck", (-half_length, 0.0 - lower_by))
