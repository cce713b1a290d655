"""The sewing pattern: flat panels in cm, the seams that join them, and where they go on the body.

Every panel is drawn as seen from outside the worn garment, right side of the cloth up, its outline counter-clockwise. Two
neighbouring pieces of a garment therefore run along their common seam in opposite directions: a seam joins the start of one edge to the
end of the other, unless it says that a right side is sewn to a wrong side. Nothing about orientation is left to be guessed.

On a front panel +x is the wearer's left, on a back panel the wearer's right; a left sleeve has its front half at -x, a right
sleeve at +x. Darts are edges of one panel that are sewn to each other; a dart that does not reach the outline is a hole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.garment.curves import Point, Segment, mirrored_path, path_length, sample_path

#: Edges that should meet may miss each other by this [cm]: rounding of drafting arithmetic, far below a pencil line.
JOIN_TOLERANCE_CM = 1e-6

#: A seam's two sides may differ from the stated ease by this share of their length: 0.2 mm on 10 cm, less than a thread.
SEAM_TOLERANCE = 0.002

#: Outlines are checked for self-crossing on polygons with steps of about this [cm], and with about this many corners at most.
_CHECK_STEP_CM, _CHECK_CORNERS = 0.5, 800

Region = Literal["torso", "left_arm", "right_arm", "left_leg", "right_leg", "waist", "neck"]
Side = Literal["front", "back", "left", "right", "around"]
EdgeRef = tuple[str, str]


@dataclass(frozen=True)
class Edge:
    """A named part of a panel's outline: a chain of segments [cm] that is sewn, hemmed or left as one."""

    name: str
    path: tuple[Segment, ...]

    @property
    def start(self) -> Point:
        return self.path[0].start

    @property
    def end(self) -> Point:
        return self.path[-1].end

    @cached_property
    def length(self) -> float:
        """Length [cm]."""
        return path_length(self.path)

    def sample(self, count: int) -> np.ndarray:
        """``count`` + 1 points at equal distances [cm], shape (count + 1, 2), float64."""
        return sample_path(self.path, count)


@dataclass(frozen=True)
class Placement:
    """Where a panel goes before it is sewn.

    region: The part of the body it covers.
    side: ``front`` and ``back`` hang flat before and behind that part, ``left`` and ``right`` beside it, ``around`` is rolled round it.
    landmark: A landmark of `studio.body.landmarks` whose height the panel's ``at_cm`` is put at.
    at_cm: The panel's point that goes there. Before and behind its x lies in the body's mid plane, beside the body over the landmark.
    share: How much of the way round a rolled panel covers: half a sleeve, 0.5.
    turned: A rolled panel lies turned over outwards along its lower edge, as a collar does over its stand.
    """

    region: Region
    side: Side
    landmark: str
    at_cm: Point
    share: float = 1.0
    turned: bool = False


@dataclass(frozen=True)
class Panel:
    """One flat piece of cloth, as seen from outside the worn garment.

    name: Unique in its pattern.
    outline: Edges in counter-clockwise order, each starting where the one before ended [cm].
    placement: Where it goes on the body.
    holes: Inner outlines, clockwise: darts that lie wholly inside the panel.
    grain_deg: Direction of the warp (of the wales, on a knit) from +x, degrees; 90 is up the panel.
    cloth: ``main`` is the garment's fabric; ``rib`` is a rib knit of the same colour.
    """

    name: str
    outline: tuple[Edge, ...]
    placement: Placement
    holes: tuple[tuple[Edge, ...], ...] = ()
    grain_deg: float = 90.0
    cloth: Literal["main", "rib"] = "main"

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, the outline's first, then the holes'."""
        return self.outline + tuple(edge for hole in self.holes for edge in hole)

    def edge(self, name: str) -> Edge:
        """The edge of that name. Raises StudioError with the closest name where there is none."""
        for edge in self.edges:
            if edge.name == name:
                return edge
        known = [edge.name for edge in self.edges]
        raise StudioError(f"The panel '{self.name}' has no edge '{name}': {did_you_mean(name, known)}")

    def polygon(self, step_cm: float = _CHECK_STEP_CM) -> np.ndarray:
        """The outline as a polygon with steps of at most ``step_cm``, shape (N, 2), float64, first point not repeated."""
        return loop_polygon(self.outline, step_cm)

    def area_cm2(self, step_cm: float = 0.05) -> float:
        """Area of the piece [cm2], holes taken out, from polygons with steps of ``step_cm``."""
        return signed_area(self.polygon(step_cm)) + sum(signed_area(loop_polygon(hole, step_cm)) for hole in self.holes)

    def mirrored(self, name: str, placement: Placement) -> Panel:
        """The piece for the body's other side: reflected about x = 0, edges under the same names, still counter-clockwise."""

        def mirror(loop: Sequence[Edge]) -> tuple[Edge, ...]:
            return tuple(Edge(edge.name, mirrored_path(edge.path)) for edge in reversed(loop))

        return replace(
            self, name=name, placement=placement, outline=mirror(self.outline),
            holes=tuple(mirror(hole) for hole in self.holes), grain_deg=180.0 - self.grain_deg,
        )  # fmt: skip


@dataclass(frozen=True)
class Seam:
    """Two edges that are sewn together, the start of ``a`` to the end of ``b``.

    ease: How much longer ``b`` is than ``a`` by design, as a share of ``a``: 0.01 is eased in, -0.1 is stretched on.
    right_wrong: The right side of one piece goes to the wrong side of the other, as where a lapel is turned back: the start of ``a``
        is then sewn to the start of ``b``.
    """

    a: EdgeRef
    b: EdgeRef
    ease: float = 0.0
    right_wrong: bool = False


@dataclass(frozen=True)
class Pattern:
    """All pieces of a garment and the seams between them, checked when it is made.

    name: What it is drafted for, for example ``tee``.
    notes: Figures of the draft for the pattern maker, name to cm.

    Raises StudioError when an outline is open, crosses itself or is clockwise, when names repeat, when a seam names an unknown edge,
    or when its sides do not match.
    """

    name: str
    panels: tuple[Panel, ...]
    seams: tuple[Seam, ...]
    notes: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        _refuse_repeats([panel.name for panel in self.panels], f"The pattern '{self.name}' has two panels")
        for panel in self.panels:
            _check_panel(panel)
        used: set[EdgeRef] = set()
        for seam in self.seams:
            self._check_seam(seam)
            for ref in (seam.a, seam.b):
                if ref in used:
                    raise StudioError(f"The edge '{ref[1]}' of '{ref[0]}' is sewn twice; split it where the other piece ends.")
                used.add(ref)

    def panel(self, name: str) -> Panel:
        """The panel of that name. Raises StudioError with the closest name where there is none."""
        for panel in self.panels:
            if panel.name == name:
                return panel
        known = [panel.name for panel in self.panels]
        raise StudioError(f"The pattern '{self.name}' has no panel '{name}': {did_you_mean(name, known)}")

    def edge(self, ref: EdgeRef) -> Edge:
        """The edge that a seam's reference names."""
        return self.panel(ref[0]).edge(ref[1])

    def seam_lengths(self) -> Iterator[tuple[Seam, float, float]]:
        """Every seam with the lengths of its two sides [cm]."""
        for seam in self.seams:
            yield seam, self.edge(seam.a).length, self.edge(seam.b).length

    def _check_seam(self, seam: Seam) -> None:
        a, b = self.edge(seam.a).length, self.edge(seam.b).length
        if abs(b - a * (1 + seam.ease)) > SEAM_TOLERANCE * a:
            raise StudioError(
                f"The seam of '{'.'.join(seam.a)}' ({a:.2f} cm) and '{'.'.join(seam.b)}' ({b:.2f} cm) does not match: with an ease of "
                f"{seam.ease:.1%} the second should have {a * (1 + seam.ease):.2f} cm; change the ease or the edge."
            )


def loop_polygon(loop: Sequence[Edge], step_cm: float) -> np.ndarray:
    """A closed chain of edges as a polygon, shape (N, 2), float64; corners are kept, the first point is not repeated."""
    parts = []
    for edge in loop:
        for segment in edge.path:
            count = max(1, math.ceil(segment.length / step_cm))
            parts.append(sample_path((segment,), count)[:-1])
    return np.concatenate(parts)


def signed_area(polygon: np.ndarray) -> float:
    """Area of a polygon (shoelace formula): positive when its corners run counter-clockwise."""
    x, y = polygon.T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def unfolded(half: Sequence[Edge], *, plus: str, minus: str) -> tuple[Edge, ...]:
    """The whole outline of a piece that is drafted as its half at x >= 0, from the bottom of the fold to its top, counter-clockwise.

    The first and the last edge touch the fold and become one edge each with their reflections; every other edge appears twice, under
    its name with the suffix ``_<plus>`` on the drafted half and ``_<minus>`` on the reflected one.
    """
    first, *between, last = half
    whole = [Edge(first.name, mirrored_path(first.path) + first.path)]
    whole += [Edge(f"{edge.name}_{plus}", edge.path) for edge in between]
    whole.append(Edge(last.name, last.path + mirrored_path(last.path)))
    whole += [Edge(f"{edge.name}_{minus}", mirrored_path(edge.path)) for edge in reversed(between)]
    return tuple(whole)


def self_crossing(polygon: np.ndarray) -> tuple[int, int] | None:
    """The first pair of sides of a closed polygon that cross, as indices of their first corners; None for a simple polygon."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    d = b - a
    n = len(a)

    def side(p: np.ndarray, q: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Which side of the lines (p, direction) the points q lie on, shape (n, n)."""
        offset = q[None, :, :] - p[:, None, :]
        return direction[:, None, 0] * offset[..., 1] - direction[:, None, 1] * offset[..., 0]

    start, end = side(a, a, d), side(a, b, d)
    straddles = start * end < -1e-18  # sides along one straight edge lie on a line but for rounding
    crosses = straddles & straddles.T
    i = np.arange(n)
    for k in (-1, 0, 1):  # a side always touches its neighbours
        crosses[i, (i + k) % n] = False
    found = np.argwhere(crosses)
    return (int(found[0, 0]), int(found[0, 1])) if len(found) else None


def _check_panel(panel: Panel) -> None:
    _refuse_repeats([edge.name for edge in panel.edges], f"The panel '{panel.name}' has two edges")
    for k, loop in enumerate((panel.outline, *panel.holes)):
        if not loop or not all(edge.path for edge in loop):
            raise StudioError(f"The panel '{panel.name}' has an outline or an edge without segments.")
        _check_chain(panel, loop)
        polygon = loop_polygon(loop, max(_CHECK_STEP_CM, math.fsum(edge.length for edge in loop) / _CHECK_CORNERS))
        crossing = self_crossing(polygon)
        if crossing:
            x, y = polygon[crossing[0]]
            raise StudioError(
                f"The outline of '{panel.name}' crosses itself near ({x:.1f}, {y:.1f}) cm: the measures do not fit this design; "
                "check them or lower its ease."
            )
        if k == 0 and signed_area(polygon) <= 0:
            raise StudioError(f"The outline of '{panel.name}' runs clockwise; a panel is drawn counter-clockwise, as seen from outside.")
        if k > 0 and signed_area(polygon) >= 0:
            raise StudioError(f"A hole of '{panel.name}' runs counter-clockwise; holes are drawn clockwise.")


def _check_chain(panel: Panel, loop: Sequence[Edge]) -> None:
    segments = [(edge.name, segment) for edge in loop for segment in edge.path]
    for k, (name, segment) in enumerate(segments):
        before_name, before = segments[k - 1]
        gap = math.dist(before.end, segment.start)
        if not gap <= JOIN_TOLERANCE_CM:  # also refuses NaN
            raise StudioError(f"The outline of '{panel.name}' is open: '{before_name}' ends {gap:.3f} cm away from where '{name}' starts.")


def _refuse_repeats(names: Sequence[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise StudioError(f"{what} called '{name}'; every name may be used once.")
