"""Pattern drawings: SVG to scale, every edge numbered and measured, with grainlines, darts and a list of seams."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from studio.garment.curves import Arc, Cubic, Line, Point, Quadratic, Segment, points_at
from studio.garment.pattern import Edge, Panel, Pattern, loop_polygon

#: Free space between pieces, and the width the pieces are packed into [cm].
_GAP, _SHEET = 4.0, 150.0

#: Height of lettering, of a line of the seam list, and widths of lines [cm].
_LETTER, _LINE_FEED, _STROKE = 1.1, 1.7, 0.12

_STYLE = (
    ".cut{fill:#f6f4ef;stroke:#1c1c1e;fill-rule:evenodd}.rib{fill:#e4e9ee}.grain{stroke:#6b6b70}.node{fill:#1c1c1e}"
    "text{font-family:sans-serif;fill:#1c1c1e}.number{fill:#a4502f}.name{font-weight:bold}"
)


@dataclass(frozen=True)
class _Placed:
    """A panel on the sheet: sheet = (x + panel_x, y - panel_y)."""

    panel: Panel
    x: float
    y: float


def pattern_svg(pattern: Pattern) -> str:
    """The pattern as an SVG document, one user unit to the centimetre, sized so that it prints at 1:1.

    Edges are numbered panel by panel in the order of their outlines (holes last); the seam list below the pieces uses the numbers.
    """
    placed, width, height = _packed(pattern.panels)
    numbers = _numbers(pattern)
    body = [_piece(item, numbers) for item in placed]
    seams, list_height = _seam_list(pattern, numbers, height + _GAP)
    total = height + _GAP + list_height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}cm" height="{total:.2f}cm" viewBox="0 0 {width:.2f} {total:.2f}">\n'
        f"<title>{escape(pattern.name)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect width="{width:.2f}" height="{total:.2f}" fill="#ffffff"/>\n' + "\n".join([*body, seams]) + "\n</svg>\n"
    )


def _packed(panels: Sequence[Panel]) -> tuple[list[_Placed], float, float]:
    """Pieces in rows, in the pattern's order; the sheet's width and height."""
    placed, x, y, row, width = [], _GAP, _GAP, 0.0, 0.0
    for panel in panels:
        polygon = panel.polygon()
        (left, low), (right, high) = polygon.min(axis=0), polygon.max(axis=0)
        if x > _GAP and x + (right - left) + _GAP > _SHEET:
            x, y, row = _GAP, y + row + 2 * _GAP, 0.0
        placed.append(_Placed(panel, x - left, y + high))
        x += right - left + 1.5 * _GAP
        row, width = max(row, high - low), max(width, x)
    return placed, width, y + row + _GAP


def _numbers(pattern: Pattern) -> dict[tuple[str, str], int]:
    refs = [(panel.name, edge.name) for panel in pattern.panels for edge in panel.edges]
    return {ref: number for number, ref in enumerate(refs, start=1)}


def _piece(item: _Placed, numbers: dict[tuple[str, str], int]) -> str:
    panel = item.panel
    polygon = panel.polygon()
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    strip = panel.area_cm2(0.5) < 4 * _LETTER * float(high[0] - low[0])  # no room for lettering inside
    outline = " ".join(_loop_path(item, loop) for loop in (panel.outline, *panel.holes))
    cloth = " rib" if panel.cloth == "rib" else ""
    parts = [f'<path class="cut{cloth}" stroke-width="{_STROKE}" d="{outline}"/>', _grainline(item)]
    for edge in panel.edges:
        x, y = _sheet(item, edge.start)
        parts.append(f'<circle class="node" cx="{x:.3f}" cy="{y:.3f}" r="{1.6 * _STROKE:.3f}"/>')
        parts.append(_edge_label(item, edge, numbers[panel.name, edge.name], outside=strip))
    x, y = _sheet(item, (float(low[0] + high[0]) / 2, float(high[1] + 2.2 * _LETTER if strip else polygon[:, 1].mean())))
    parts.append(f'<text class="name" font-size="{_LETTER:.2f}" text-anchor="middle" x="{x:.2f}" y="{y:.2f}">{escape(panel.name)}</text>')
    return "<g>\n" + "\n".join(parts) + "\n</g>"


def _sheet(item: _Placed, point: Point) -> Point:
    return item.x + point[0], item.y - point[1]


def _loop_path(item: _Placed, loop: Sequence[Edge]) -> str:
    x, y = _sheet(item, loop[0].start)
    return f"M{x:.4f} {y:.4f} " + " ".join(_command(item, segment) for edge in loop for segment in edge.path) + " Z"


def _command(item: _Placed, segment: Segment) -> str:
    """The segment as an SVG path command: curves stay exact."""
    points = [_sheet(item, point) for point in segment.controls[1:]]
    tail = " ".join(f"{x:.4f} {y:.4f}" for x, y in points)
    if isinstance(segment, Line):
        return f"L{tail}"
    if isinstance(segment, Quadratic):
        return f"Q{tail}"
    if isinstance(segment, Cubic):
        return f"C{tail}"
    if isinstance(segment, Arc):  # counter-clockwise with y up is clockwise with y down, which SVG calls sweep 0
        large, sweep = int(abs(segment.sweep_rad) > math.pi), int(segment.bulge < 0)
        return f"A{segment.radius:.4f} {segment.radius:.4f} 0 {large} {sweep} {tail}"
    raise TypeError(f"unknown segment {type(segment).__name__}")


def _edge_label(item: _Placed, edge: Edge, number: int, *, outside: bool) -> str:
    """Number and length beside the middle of the edge: inside the piece where there is room."""
    middle = points_at(edge.path, [0.5 * edge.length - 0.05, 0.5 * edge.length + 0.05])
    tangent = middle[1] - middle[0]
    scale = (-1 if outside else 1) / max(math.hypot(*tangent), 1e-9)
    away = (-tangent[1] * scale, tangent[0] * scale)  # the piece lies to the left of its outline
    x, y = _sheet(item, (float(middle[0, 0] + 0.8 * _LETTER * away[0]), float(middle[0, 1] + 0.8 * _LETTER * away[1])))
    anchor = "start" if away[0] > 0.7 else "end" if away[0] < -0.7 else "middle"
    size = min(_LETTER, 0.5 * _LETTER + 0.03 * edge.length)
    return (
        f'<text class="number" font-size="{size:.2f}" text-anchor="{anchor}" x="{x:.2f}" y="{y + size / 3:.2f}">'
        f"{number} · {edge.length:.1f}</text>"
    )


def _grainline(item: _Placed) -> str:
    """A double arrow along the warp through the middle of the piece, a third of its height long."""
    polygon = loop_polygon(item.panel.outline, 1.0)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    angle = math.radians(item.panel.grain_deg)
    half = min(12.0, (high[1] - low[1]) / 4)
    cx, cy = float(0.35 * low[0] + 0.65 * high[0]), float(0.67 * low[1] + 0.33 * high[1])  # below the darts
    tips = [_sheet(item, (cx + s * half * math.cos(angle), cy + s * half * math.sin(angle))) for s in (-1, 1)]
    (x0, y0), (x1, y1) = tips
    parts = [f"M{x0:.3f} {y0:.3f} L{x1:.3f} {y1:.3f}"]
    for (x, y), s in zip(tips, (-1, 1), strict=True):
        for turn in (-0.4, 0.4):  # barbs
            back = angle + turn
            parts.append(f"M{x:.3f} {y:.3f} l{-s * 0.9 * math.cos(back):.3f} {s * 0.9 * math.sin(back):.3f}")
    return f'<path class="grain" fill="none" stroke-width="{0.6 * _STROKE:.3f}" d="{" ".join(parts)}"/>'


def _seam_list(pattern: Pattern, numbers: dict[tuple[str, str], int], top: float) -> tuple[str, float]:
    """What is sewn to what, with both lengths, in two columns."""
    lines = []
    for seam, a, b in pattern.seam_lengths():
        ease = f", ease {seam.ease:+.1%}" if seam.ease else ""
        lines.append(f"{numbers[seam.a]} to {numbers[seam.b]}: {'.'.join(seam.a)} ({a:.1f}) to {'.'.join(seam.b)} ({b:.1f}){ease}")
    half = math.ceil(len(lines) / 2)
    parts = []
    for k, line in enumerate(lines):
        x, y = _GAP + (k // half) * 0.5 * _SHEET, top + (k % half + 1) * _LINE_FEED
        parts.append(f'<text font-size="{_LETTER:.2f}" x="{x:.2f}" y="{y:.2f}">{escape(line)}</text>')
    return "\n".join(parts), (half + 2) * _LINE_FEED
