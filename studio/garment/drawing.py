"""Pattern drawings: SVG to scale, every edge numbered and measured, with grainlines, darts and a list of edges and seams."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from studio.garment.curves import Arc, Cubic, Line, Point, Quadratic, Segment, points_at
from studio.garment.pattern import Edge, Panel, Pattern, loop_polygon

#: Free space between pieces, and the width the pieces are packed into [cm].
GAP, SHEET = 4.0, 150.0

#: Height of lettering, of a line of the seam list, and widths of lines [cm].
LETTER, LINE_FEED, STROKE = 1.1, 1.7, 0.12

_STYLE = (
    ".cut{fill:#f6f4ef;stroke:#1c1c1e;fill-rule:evenodd}.rib{fill:#e4e9ee}.grain{stroke:#6b6b70}.node{fill:#1c1c1e}"
    "text{font-family:sans-serif;fill:#1c1c1e}.number{fill:#a4502f}.name{font-weight:bold}"
)


@dataclass(frozen=True)
class OnSheet:
    """A panel on the sheet, whose y points down."""

    panel: Panel
    x: float
    y: float

    def at(self, point: Point) -> Point:
        """A point of the panel on the sheet [cm]."""
        return self.x + point[0], self.y - point[1]


def pattern_svg(pattern: Pattern) -> str:
    """The pattern as an SVG document, one user unit to the centimetre, sized so that it prints at 1:1.

    Edges are numbered panel by panel in the order of their outlines (holes last); the list below the pieces says what each is called and
    what it is sewn to.
    """
    placed, width, height = packed(pattern.panels)
    numbers = edge_numbers(pattern)
    body = [_piece(item, numbers) for item in placed]
    edges, list_height = _edge_list(edge_lines(pattern, numbers), width, height + GAP)
    total = height + GAP + list_height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}cm" height="{total:.2f}cm" viewBox="0 0 {width:.2f} {total:.2f}">\n'
        f"<title>{escape(pattern.name)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect width="{width:.2f}" height="{total:.2f}" fill="#ffffff"/>\n' + "\n".join([*body, edges]) + "\n</svg>\n"
    )


def packed(panels: Sequence[Panel]) -> tuple[list[OnSheet], float, float]:
    """Pieces in rows, in the pattern's order; the sheet's width and height, wide enough for the list of edges."""
    placed, x, y, row, width = [], GAP, GAP, 0.0, 0.5 * SHEET
    for panel in panels:
        polygon = panel.polygon()
        (left, low), (right, high) = polygon.min(axis=0), polygon.max(axis=0)
        if x > GAP and x + (right - left) + GAP > SHEET:
            x, y, row = GAP, y + row + 2 * GAP, 0.0
        placed.append(OnSheet(panel, x - left, y + high))
        x += right - left + 1.5 * GAP
        row, width = max(row, high - low), max(width, x)
    return placed, width, y + row + GAP


def edge_numbers(pattern: Pattern) -> dict[tuple[str, str], int]:
    refs = [(panel.name, edge.name) for panel in pattern.panels for edge in panel.edges]
    return {ref: number for number, ref in enumerate(refs, start=1)}


def _piece(item: OnSheet, numbers: dict[tuple[str, str], int]) -> str:
    panel = item.panel
    polygon = panel.polygon()
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    strip = panel.area_cm2(0.5) < 4 * LETTER * float(high[0] - low[0])  # no room for lettering inside
    outline = " ".join(_loop_path(item, loop) for loop in (panel.outline, *panel.holes))
    cloth = " rib" if panel.cloth == "rib" else ""
    parts = [f'<path class="cut{cloth}" stroke-width="{STROKE}" d="{outline}"/>', _grainline(item)]
    for edge in panel.edges:
        x, y = item.at(edge.start)
        parts.append(f'<circle class="node" cx="{x:.3f}" cy="{y:.3f}" r="{1.6 * STROKE:.3f}"/>')
        parts.append(_edge_label(item, edge, numbers[panel.name, edge.name], outside=strip))
    x, y = item.at((float(low[0] + high[0]) / 2, float(high[1] + 2.2 * LETTER if strip else polygon[:, 1].mean())))
    parts.append(f'<text class="name" font-size="{LETTER:.2f}" text-anchor="middle" x="{x:.2f}" y="{y:.2f}">{escape(panel.name)}</text>')
    return "<g>\n" + "\n".join(parts) + "\n</g>"


def _loop_path(item: OnSheet, loop: Sequence[Edge]) -> str:
    x, y = item.at(loop[0].start)
    return f"M{x:.4f} {y:.4f} " + " ".join(_command(item, segment) for edge in loop for segment in edge.path) + " Z"


def _command(item: OnSheet, segment: Segment) -> str:
    """The segment as an SVG path command: curves stay exact."""
    points = [item.at(point) for point in segment.controls[1:]]
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


def _edge_label(item: OnSheet, edge: Edge, number: int, *, outside: bool) -> str:
    """Number and length beside the middle of the edge: inside the piece where there is room."""
    middle = points_at(edge.path, [0.5 * edge.length - 0.05, 0.5 * edge.length + 0.05])
    tangent = middle[1] - middle[0]
    scale = (-1 if outside else 1) / max(math.hypot(*tangent), 1e-9)
    away = (-tangent[1] * scale, tangent[0] * scale)  # the piece lies to the left of its outline
    x, y = item.at((float(middle[0, 0] + 0.8 * LETTER * away[0]), float(middle[0, 1] + 0.8 * LETTER * away[1])))
    anchor = "start" if away[0] > 0.7 else "end" if away[0] < -0.7 else "middle"
    size = min(LETTER, 0.5 * LETTER + 0.03 * edge.length)
    return (
        f'<text class="number" font-size="{size:.2f}" text-anchor="{anchor}" x="{x:.2f}" y="{y + size / 3:.2f}">'
        f"{number} · {edge.length:.1f}</text>"
    )


def _grainline(item: OnSheet) -> str:
    """A double arrow along the warp through the middle of the piece, a third of its height long."""
    polygon = loop_polygon(item.panel.outline, 1.0)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    angle = math.radians(item.panel.grain_deg)
    half = min(12.0, (high[1] - low[1]) / 4)
    cx, cy = float(0.35 * low[0] + 0.65 * high[0]), float(0.67 * low[1] + 0.33 * high[1])  # below the darts
    tips = [item.at((cx + s * half * math.cos(angle), cy + s * half * math.sin(angle))) for s in (-1, 1)]
    (x0, y0), (x1, y1) = tips
    parts = [f"M{x0:.3f} {y0:.3f} L{x1:.3f} {y1:.3f}"]
    for (x, y), s in zip(tips, (-1, 1), strict=True):
        for turn in (-0.4, 0.4):  # barbs
            back = angle + turn
            parts.append(f"M{x:.3f} {y:.3f} l{-s * 0.9 * math.cos(back):.3f} {s * 0.9 * math.sin(back):.3f}")
    return f'<path class="grain" fill="none" stroke-width="{0.6 * STROKE:.3f}" d="{" ".join(parts)}"/>'


def edge_lines(pattern: Pattern, numbers: dict[tuple[str, str], int]) -> list[str]:
    """What is sewn to what, by number and name, with both lengths [cm]; then the edges that are not sewn."""
    lines = []
    for seam, a, b in pattern.seam_lengths():
        ease = f", ease {seam.ease:+.1%}" if seam.ease else ""
        wrong = ", right side to wrong side" if seam.right_wrong else ""
        named = f"{'.'.join(seam.a)} ({a:.1f}) to {'.'.join(seam.b)} ({b:.1f})"
        lines.append(f"{numbers[seam.a]} to {numbers[seam.b]}: {named}{ease}{wrong}")
    sewn = {ref for seam in pattern.seams for ref in (seam.a, seam.b)}
    free = [ref for ref in numbers if ref not in sewn]
    return lines + [f"{numbers[ref]}: {'.'.join(ref)} ({pattern.edge(ref).length:.1f}), not sewn" for ref in free]


def list_places(count: int, width: float, top: float) -> tuple[list[Point], float]:
    """Where the lines of the list stand below the pieces, in columns as wide as half a sheet, and the list's height [cm]."""
    rows = math.ceil(count / max(1, int(width / (0.5 * SHEET))))
    places = [(GAP + (k // rows) * 0.5 * SHEET, top + (k % rows + 1) * LINE_FEED) for k in range(count)]
    return places, (rows + 2) * LINE_FEED


def _edge_list(lines: Sequence[str], width: float, top: float) -> tuple[str, float]:
    places, height = list_places(len(lines), width, top)
    texts = [
        f'<text font-size="{LETTER:.2f}" x="{x:.2f}" y="{y:.2f}">{escape(line)}</text>' for (x, y), line in zip(places, lines, strict=True)
    ]
    return "\n".join(texts), height
