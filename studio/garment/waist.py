"""The upper part of skirts and trousers: a waist seam with darts, the straight band that is sewn to it, and the side seam over the hip.

All in cm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.garment.curves import Cubic, Line, Point, points_at
from studio.garment.drafting import along, easy, solve, turned, unit
from studio.garment.pattern import Edge, Panel, Placement, Seam

#: A dart takes at most this much [cm]; more makes a cone with a point that stands off the body. Usual drafting limit.
LARGEST_DART = 3.2

#: Less than this is not worth a dart; the side seam takes it. Usual drafting limit [cm].
SMALLEST_DART = 0.8

#: The side seam reaches the hip's width so far below the level of the largest girth [cm], which the seat makes: seen from the front a body
#: is widest lower down. Reaching it there, the seam stands off above (half width of a skirt on an average woman, 10 to 18 cm below the
#: waist: 16 to 20 mm more than the body's, and 6 mm more than lower down; now 10 to 16 and 2).
WIDEST_BELOW_HIP = 4.0


@dataclass(frozen=True)
class Dart:
    """A dart in a waist seam.

    at: Place of its middle on the finished (closed) seam, as a share of the seam's length from the centre.
    intake_cm: What it takes out. length_cm: From the seam to its tip.
    """

    at: float
    intake_cm: float
    length_cm: float


def plan_darts(intake_cm: float, *, length_cm: float, one_at: float, two_at: tuple[float, float]) -> tuple[Dart, ...]:
    """Share an intake among as many darts as it needs: none below `SMALLEST_DART`, else one or two; the one at the side is shorter."""
    if intake_cm < SMALLEST_DART:
        return ()
    if intake_cm <= LARGEST_DART:
        return (Dart(one_at, intake_cm, length_cm),)
    return Dart(two_at[0], intake_cm / 2, length_cm), Dart(two_at[1], intake_cm / 2, length_cm - 1.5)


@dataclass(frozen=True)
class Waist:
    """Half a waist seam, from the side to the centre, as edges of a counter-clockwise outline: seam pieces and dart legs in turn.

    edges: In order. pieces: Names of the seam pieces, from the side to the centre. darts: Pairs of names of dart legs.
    side: Where it meets the side seam.
    """

    edges: tuple[Edge, ...]
    pieces: tuple[str, ...]
    darts: tuple[tuple[str, str], ...]
    side: Point

    @property
    def finished_cm(self) -> float:
        """Length of the seam when the darts are closed."""
        return math.fsum(edge.length for edge in self.edges if edge.name in self.pieces)


def draft_waist(
    *, centre: Point, centre_heading: Point, side_y: float, side_heading: Point, finished_cm: float, darts: Sequence[Dart]
) -> Waist:
    """Draft half a waist seam of a given finished length from the centre to the side seam at height ``side_y``.

    ``centre_heading`` is the seam's direction at the centre (a right angle to the centre line), ``side_heading`` the direction in which
    the side seam comes up to it. The x of the side point is solved. Every piece of the seam meets the legs of its darts at right angles
    and both legs of a dart are equal, so the seam is one smooth line when they are closed.
    """

    def build(side_x: float) -> Waist:
        return _waist(centre, centre_heading, (side_x, side_y), side_heading, darts)

    rough = finished_cm + math.fsum(dart.intake_cm for dart in darts)
    side_x = solve(lambda x: build(x).finished_cm - finished_cm, centre[0] + 0.6 * rough, centre[0] + 1.2 * rough, what="waist seam")
    return build(side_x)


def _waist(centre: Point, centre_heading: Point, side: Point, side_heading: Point, darts: Sequence[Dart]) -> Waist:
    across_side = turned(side_heading, -90)  # outwards over the side seam, at a right angle to it
    base = easy(centre, centre_heading, side, across_side)
    total = base.length
    closed = total - math.fsum(dart.intake_cm for dart in darts)
    starts, heading, previous = centre, centre_heading, 0.0
    edges: list[Edge] = []
    names: list[str] = []
    pairs = []
    for k, dart in enumerate(darts, start=1):
        middle = dart.at * closed + previous + dart.intake_cm / 2
        previous += dart.intake_cm
        inner, outer, tip = _dart_points(base, middle, dart)
        square_inner, square_outer = turned(unit(inner, tip), 90), turned(unit(outer, tip), 90)
        names.append("waist" if k == 1 else f"waist_{k}")
        edges.append(Edge(names[-1], (easy(starts, heading, inner, square_inner),)))
        edges += [Edge(f"dart_{k}_inner", (Line(inner, tip),)), Edge(f"dart_{k}_outer", (Line(tip, outer),))]
        pairs.append((f"dart_{k}_inner", f"dart_{k}_outer"))
        starts, heading = outer, square_outer
    names.append(f"waist_{len(darts) + 1}" if darts else "waist")
    edges.append(Edge(names[-1], (easy(starts, heading, side, across_side),)))
    outline = tuple(Edge(edge.name, tuple(segment.reversed() for segment in reversed(edge.path))) for edge in reversed(edges))
    return Waist(outline, tuple(reversed(names)), tuple(pairs), side)


def _dart_points(base: Cubic, middle: float, dart: Dart) -> tuple[Point, Point, Point]:
    """Inner and outer end of the mouth, and the tip: on the perpendicular bisector of the mouth, so both legs are equal."""
    mouth = points_at((base,), [middle - dart.intake_cm / 2, middle + dart.intake_cm / 2])
    inner, outer = (float(mouth[0, 0]), float(mouth[0, 1])), (float(mouth[1, 0]), float(mouth[1, 1]))
    centre = ((inner[0] + outer[0]) / 2, (inner[1] + outer[1]) / 2)
    return inner, outer, along(centre, turned(unit(inner, outer), -90), dart.length_cm)


def side_at(side: Edge, level: float) -> float:
    """Where a side seam passes a level, measured from the centre [cm]."""
    points = side.sample(400)
    order = np.argsort(points[:, 1])
    return float(np.interp(level, points[order, 1], points[order, 0]))


def dart_seams(panel: str, edges: Sequence[str]) -> list[Seam]:
    """The seams that close all darts of a panel, from its edges' names (``dart_1_inner``, ``dart_1_inner_left``, …)."""
    inner = [name for name in edges if name.startswith("dart_") and "_inner" in name]
    return [Seam((panel, name), (panel, name.replace("_inner", "_outer"))) for name in inner]


def band_panel(name: str, pieces: Sequence[tuple[str, float]], height: float, placement: Placement) -> Panel:
    """A straight waistband: ``pieces`` are the names and lengths of its lower edge's parts, from -x to +x; x = 0 is its middle.

    Its ends are called ``end_minus`` and ``end_plus``.
    """
    total = math.fsum(length for _, length in pieces)
    x, edges = -total / 2, []
    for piece, length in pieces:
        edges.append(Edge(piece, (Line((x, 0.0), (x + length, 0.0)),)))
        x += length
    right, left = total / 2, -total / 2
    edges[-1] = Edge(edges[-1].name, (Line(edges[-1].start, (right, 0.0)),))
    edges += [
        Edge("end_plus", (Line((right, 0.0), (right, height)),)),
        Edge("top", (Line((right, height), (left, height)),)),
        Edge("end_minus", (Line((left, height), (left, 0.0)),)),
    ]
    return Panel(name, tuple(edges), placement)
