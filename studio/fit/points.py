"""Points of measure of a garment: what the draft says, what the flat mesh has, and what the cloth measures as it is worn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from studio.fit.girths import directional_strain
from studio.garment.pattern import Edge, Panel, Pattern, loop_polygon
from studio.look.sheet import WornSheet
from studio.specs.fitting import HeightLine, MeasurePoint, WidthLine

#: Outlines are taken as polygons with steps of this [cm], and the ends of a mesh's side lie on an edge when they are so near [cm].
_STEP_CM, _ON_EDGE_CM = 0.05, 0.03
#: Half the width of the strip about the centre in which an edge's point is looked for [cm].
_CENTRE_CM = 0.5


@dataclass(frozen=True)
class MeasuredPoint:
    """name: Of the point. spec_cm: By the draft. flat_cm: On the flat mesh. worn_cm: The same cloth as it is worn. tolerance_cm: Of sewn
    garments against the spec."""

    name: str
    spec_cm: float
    flat_cm: float
    worn_cm: float
    tolerance_cm: float


@dataclass(frozen=True)
class _Line:
    """A straight line on a panel, between two of its own points [cm]."""

    panel: Panel
    start: tuple[float, float]
    end: tuple[float, float]


def measured_points(sheet: WornSheet, points: Sequence[MeasurePoint]) -> tuple[MeasuredPoint, ...]:
    """The points that this garment has: a point whose edges or panels it lacks is left out."""
    rows = []
    for point in points:
        found = _along_edges(sheet, point) if point.edges else _along_lines(sheet, point)
        if found is not None and found[0] > 0:
            rows.append(MeasuredPoint(point.name, *(point.times * value for value in found), point.tolerance_cm))
    return tuple(rows)


def spec_cm(pattern: Pattern, point: MeasurePoint) -> float | None:
    """A point of measure by the draft alone [cm]; None where the pattern lacks it."""
    if point.edges:
        edges = _edges(pattern, point.edges, point.region)
        return point.times * math.fsum(edge.length for _, edge in edges) if edges else None
    lines = _lines(pattern, point)
    return point.times * math.fsum(inside_cm(line.panel, line.start, line.end) for line in lines) if lines else None


def inside_cm(panel: Panel, start: tuple[float, float], end: tuple[float, float]) -> float:
    """How much of a straight line lies inside a panel and outside its holes [cm]."""
    a, way = np.array(start), np.subtract(end, start)
    across = np.array([-way[1], way[0]])
    shares = []
    for loop in (panel.outline, *panel.holes):
        corners = loop_polygon(loop, _STEP_CM)
        following = np.roll(corners, -1, axis=0)
        here, there = (corners - a) @ across, (following - a) @ across
        cut = (here >= 0) != (there >= 0)
        points = corners[cut] + (here[cut] / (here[cut] - there[cut]))[:, None] * (following[cut] - corners[cut])
        shares.append((points - a) @ way / (way @ way))
    places = np.sort(np.concatenate(shares))
    pairs = np.clip(places[: len(places) // 2 * 2].reshape(-1, 2), 0.0, 1.0)
    return float((pairs[:, 1] - pairs[:, 0]).sum() * np.linalg.norm(way))


def on_mesh_cm(sheet: WornSheet, panel: Panel, start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """A straight line on a panel's mesh: its length there and the length of the same cloth as it is worn [cm]."""
    mine = np.flatnonzero(sheet.panel == sheet.pattern.panels.index(panel))
    corners, way = sheet.flat_cm[mine], np.subtract(end, start)
    low, high = np.zeros(len(mine)), np.ones(len(mine))
    for side in range(3):  # the line clipped by the half planes of the three sides (Cyrus and Beck 1978)
        a, b = corners[:, side], corners[:, (side + 1) % 3]
        inward = np.stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]], axis=1)
        height, rate = np.einsum("nd,nd->n", np.array(start) - a, inward), inward @ way
        with np.errstate(divide="ignore", invalid="ignore"):
            at = -height / rate
        low = np.where(rate > 0, np.maximum(low, at), low)
        high = np.where(rate < 0, np.minimum(high, at), high)
        high = np.where((rate == 0) & (height < 0), -1.0, high)
    share = np.maximum(high - low, 0.0)
    flat = share * np.linalg.norm(way)
    strain = directional_strain(sheet.metric[mine], np.broadcast_to(_on_grain(panel, way), (len(mine), 2)))
    return float(flat.sum()), float(flat @ (1 + strain))


def _on_grain(panel: Panel, way: np.ndarray) -> np.ndarray:
    """A direction on a panel as one along weft and warp."""
    turn = math.radians(90.0 - panel.grain_deg)
    return np.array([math.cos(turn) * way[0] - math.sin(turn) * way[1], math.sin(turn) * way[0] + math.cos(turn) * way[1]])


def _along_edges(sheet: WornSheet, point: MeasurePoint) -> tuple[float, float, float] | None:
    edges = _edges(sheet.pattern, point.edges, point.region)
    if not edges:
        return None
    lengths = [_edge_on_mesh(sheet, panel, edge) for panel, edge in edges]
    return math.fsum(edge.length for _, edge in edges), math.fsum(a for a, _ in lengths), math.fsum(b for _, b in lengths)


def _along_lines(sheet: WornSheet, point: MeasurePoint) -> tuple[float, float, float] | None:
    lines = _lines(sheet.pattern, point)
    if not lines:
        return None
    lengths = [on_mesh_cm(sheet, line.panel, line.start, line.end) for line in lines]
    spec = math.fsum(inside_cm(line.panel, line.start, line.end) for line in lines)
    return spec, math.fsum(a for a, _ in lengths), math.fsum(b for _, b in lengths)


def _edge_on_mesh(sheet: WornSheet, panel: Panel, edge: Edge) -> tuple[float, float]:
    """Length of an edge on the panel's mesh and as it is worn [cm]: of the sides whose ends and middle lie on its curve."""
    mine = np.flatnonzero(sheet.panel == sheet.pattern.panels.index(panel))
    sides = np.stack([sheet.flat_cm[mine], np.roll(sheet.flat_cm[mine], -1, axis=1)], axis=2)  # (F, 3, 2 ends, 2)
    curve = edge.sample(max(8, math.ceil(edge.length / _STEP_CM)))
    longest = float(np.linalg.norm(sides[:, :, 1] - sides[:, :, 0], axis=2).max())
    low, high = curve.min(axis=0) - _ON_EDGE_CM, curve.max(axis=0) + _ON_EDGE_CM
    near = ((sides > low) & (sides < high)).all(axis=(2, 3))
    face, side = np.nonzero(near)
    if not len(face):
        return 0.0, 0.0
    ends = sides[face, side]
    away = [np.linalg.norm(ends[:, None, k] - curve[None], axis=2) for k in range(2)]
    on = (away[0].min(axis=1) < _ON_EDGE_CM) & (away[1].min(axis=1) < _ON_EDGE_CM)
    # a chord of the curve spans no more of it than its own length: a side across the panel that ends on it twice does
    spans = np.abs(away[0].argmin(axis=1) - away[1].argmin(axis=1)) * edge.length / (len(curve) - 1)
    chord = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    on &= (spans < 1.2 * chord + _STEP_CM) & (chord <= longest)
    way = ends[on, 1] - ends[on, 0]
    strain = directional_strain(sheet.metric[mine[face[on]]], np.array([_on_grain(panel, each) for each in way]).reshape(-1, 2))
    return float(chord[on].sum()), float(chord[on] @ (1 + strain))


def _edges(pattern: Pattern, names: Sequence[str], region: str) -> list[tuple[Panel, Edge]]:
    """The edges whose PANEL.EDGE matches one of some names, of panels in a region, each once."""
    return [
        (panel, edge)
        for panel in pattern.panels
        if panel.placement.region == region
        for edge in panel.edges
        if any(fnmatchcase(f"{panel.name}.{edge.name}", name) for name in names)
    ]


def _lines(pattern: Pattern, point: MeasurePoint) -> list[_Line]:
    if point.width is not None:
        return _across(pattern, point.width, point.region)
    return _down(pattern, point.height, point.region) if point.height is not None else []


def _across(pattern: Pattern, line: WidthLine, region: str) -> list[_Line]:
    """The level line over each panel, told by its height over the point that the panel hangs from."""
    below = _heights(pattern, line.below, region)
    towards = _heights(pattern, line.towards, region)
    if not below or (line.towards and not towards):
        return []
    level = (max(high for _, high in below) if line.from_top else min(low for low, _ in below)) - line.down_cm
    if towards:
        level -= line.share * (level - min(low for low, _ in towards))
    lines = []
    for panel in pattern.panels:
        if _is_trunk(panel, region) and any(fnmatchcase(panel.name, name) for name in line.across):
            corners, y = panel.polygon(), level + panel.placement.at_cm[1]
            lines.append(_Line(panel, (float(corners[:, 0].min()) - 1.0, y), (float(corners[:, 0].max()) + 1.0, y)))
    return lines


def _is_trunk(panel: Panel, region: str) -> bool:
    """Whether a panel belongs to a region; trousers' legs go up to the waist."""
    return panel.placement.region == region or (region == "waist" and panel.placement.region.endswith("leg"))


def _down(pattern: Pattern, line: HeightLine, region: str) -> list[_Line]:
    """The line down through each panel, told by its place from the point that the panel hangs from."""
    tops = [(_local(panel, edge), panel) for panel, edge in _edges(pattern, line.top, region)]
    bottoms = _heights(pattern, line.bottom, region)
    if not tops or not bottoms:
        return []
    points = np.concatenate([local for local, _ in tops])
    if line.at_centre:
        points = points[np.abs(points[:, 0]) < _CENTRE_CM]
        if not len(points):
            return []
    x, top = points[points[:, 1].argmax()]
    bottom = min(low for low, _ in bottoms)
    lines = []
    for panel in pattern.panels:
        if panel.placement.region == region and panel.name in line.through:
            at = panel.placement.at_cm
            aside = float(x) + at[0] + (1e-3 if line.at_centre else math.copysign(1e-3, -x))  # not along a fold line or a corner
            lines.append(_Line(panel, (aside, float(top) + at[1]), (aside, float(bottom) + at[1])))
    return lines


def _local(panel: Panel, edge: Edge) -> np.ndarray:
    """Points of an edge from the point that its panel hangs from [cm], (N, 2)."""
    return edge.sample(max(2, math.ceil(edge.length / _STEP_CM))) - np.array(panel.placement.at_cm)


def _heights(pattern: Pattern, names: Sequence[str], region: str) -> list[tuple[float, float]]:
    """Lowest and highest point of every edge of those names over the point that its panel hangs from [cm]."""
    found = [(panel, edge) for panel in pattern.panels if _is_trunk(panel, region) for edge in panel.edges
             if any(fnmatchcase(f"{panel.name}.{edge.name}", name) for name in names)]  # fmt: skip
    return [(float(local[:, 1].min()), float(local[:, 1].max())) for local in (_local(panel, edge) for panel, edge in found)]
