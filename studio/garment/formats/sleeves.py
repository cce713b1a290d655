"""Sleeves of imported patterns: whole or in halves, with cuffs, turned so that they run up the arm, and rolled round it.

A half sleeve is rolled from the line over the arm, its front half to the front and its back half to the back; both then lie where the
whole sleeve would, and the gap is at the underarm. What hangs below a sleeve follows it down the arm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from studio.garment.curves import Point
from studio.garment.formats.laid import Laid, Link
from studio.garment.formats.parts import Part, hand_of
from studio.garment.pattern import Edge, Placement

#: Sleeves are drawn along an axis of their paper. A direction from hem to cap within this of one means it [degrees]; caps slant by up to
#: 20 in the examples.
_ALONG_AXIS_DEG = 30.0

#: Ends of edges this near are one corner [cm].
_CORNER_CM = 1e-3


def place_sleeves(
    sleeves: dict[str, Laid], links: dict[str, tuple[Link, ...]], parts: dict[str, Part]
) -> tuple[dict[str, Laid], dict[str, Placement]]:
    """The sleeves' panels with +y up the arm, and their placements, by name.

    links: Of all panels of the garment. parts: What each of them is.
    """
    order = _down_the_arm(sleeves, links, parts)
    turned = {name: sleeves[name].with_up(_up_the_arm(name, sleeves, links, order), snap_deg=_ALONG_AXIS_DEG) for name in order}
    at: dict[str, Point] = {}
    for name, rank in order.items():
        above = [link for link in links[name] if order.get(link.other, rank) < rank]
        at[name] = _below(name, above, turned, at) if above else _cap_top(name, turned, links)
    placements = {}
    for name, panel in turned.items():
        hand = hand_of(panel)
        whole = math.fsum(turned[other].width for other in {name, *_other_halves(name, turned, links)})
        placements[name] = Placement(f"{hand}_arm", "around", f"{hand}_shoulder", at[name], panel.width / whole)
    return turned, placements


def _down_the_arm(sleeves: dict[str, Laid], links: dict[str, tuple[Link, ...]], parts: dict[str, Part]) -> dict[str, int]:
    """How many pieces there are between each sleeve panel and the garment's body, nearest first."""
    order = {name: 0 for name in sleeves if any(parts[link.other] != "arm" for link in links[name])}
    rank = 0
    while len(order) < len(sleeves):
        rank += 1
        following = [name for name in sleeves if name not in order and any(link.other in order for link in links[name])]
        order |= dict.fromkeys(following, rank) if following else {name: 0 for name in sleeves if name not in order}
    return dict(sorted(order.items(), key=lambda item: item[1]))


def _up_the_arm(name: str, sleeves: dict[str, Laid], links: dict[str, tuple[Link, ...]], order: dict[str, int]) -> np.ndarray:
    """Direction in a panel from its outer to its inner end, shape (2,)."""
    panel, rank = sleeves[name], order[name]
    inner = [link.edge for link in links[name] if order.get(link.other, -1) < rank]
    sewn = {link.edge.name for link in links[name]}
    outer = [link.edge for link in links[name] if order.get(link.other, -1) > rank]
    outer += [edge for edge in panel.outline if edge.name not in sewn]
    middle = (panel.polygon.min(axis=0) + panel.polygon.max(axis=0)) / 2
    if not inner:  # sewn to nothing: its inner end is the one nearer to the body
        nearest = panel.polygon[np.abs(panel.world[:, 0]).argmin()]
        return nearest - middle
    up = _middle(inner) - (_middle(outer) if outer else middle)
    return up if np.linalg.norm(up) > 1e-6 else np.array([0.0, 1.0])


def _middle(edges: Sequence[Edge]) -> np.ndarray:
    return np.average([edge.sample(2)[1] for edge in edges], axis=0, weights=[edge.length for edge in edges])


def _cap_top(name: str, turned: dict[str, Laid], links: dict[str, tuple[Link, ...]]) -> Point:
    """The point that goes to the shoulder point: the upper end of a half's seam over the arm, or the top of a whole sleeve's cap."""
    panel = turned[name]
    halves = _other_halves(name, turned, links)
    over = _over_the_arm(panel, [panel.edges[link.edge.name] for link in links[name] if link.other in halves])
    if over:
        return max((end for edge in over for end in (edge.start, edge.end)), key=lambda end: end[1])
    x, y = panel.polygon[panel.polygon[:, 1].argmax()]
    return _top_corner(name, turned, links) or (float(x), float(y))


def _other_halves(name: str, turned: dict[str, Laid], links: dict[str, tuple[Link, ...]]) -> set[str]:
    """The pieces at the other side of the arm that a piece is sewn to."""
    sewn = {link.other for link in links[name] if link.other in turned}
    return {other for other in sewn if float(turned[other].normal @ turned[name].normal) < -0.5}


def _over_the_arm(panel: Laid, edges: Sequence[Edge]) -> list[Edge]:
    """Of the edges that join two halves of a sleeve, those over the arm: the higher side in the file's world."""
    middle = panel.centre[1]
    sides: dict[bool, list[Edge]] = {}
    across = float(panel.polygon[:, 0].min() + panel.polygon[:, 0].max()) / 2
    for edge in edges:
        sides.setdefault(float(edge.sample(2)[1, 0]) > across, []).append(edge)
    heights = {side: float(np.mean([panel.middle(edge)[1] for edge in those])) for side, those in sides.items()}
    if not heights:
        return []
    best = max(heights, key=lambda side: heights[side])
    return sides[best] if len(heights) == 2 or heights[best] > middle else []


def _top_corner(name: str, turned: dict[str, Laid], links: dict[str, tuple[Link, ...]]) -> Point | None:
    """The highest corner between two edges of a cap: where front and back armhole meet at the shoulder. None where it is one edge."""
    edges = [turned[name].edges[link.edge.name] for link in links[name] if link.other not in turned]
    corners = [a.end for a in edges for b in edges if a is not b and math.dist(a.end, b.start) < _CORNER_CM]
    return max(corners, key=lambda end: end[1]) if corners else None


def _below(name: str, above: Sequence[Link], turned: dict[str, Laid], at: dict[str, Point]) -> Point:
    """The point of a lower piece that goes to the shoulder point: as far above it as the pieces over it are long."""
    own = np.array([turned[name].edges[link.edge.name].sample(2)[1] for link in above])
    theirs = np.array([turned[link.other].edges[link.theirs.name].sample(2)[1] for link in above])
    hung = np.array([at[link.other] for link in above])
    x, y = np.average(own - theirs + hung, axis=0, weights=[link.edge.length for link in above])
    return float(x), float(y)
