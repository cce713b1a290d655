"""Pattern drawings as pictures: the drawing of `drawing.pattern_svg` in pixels, for programs and people without an SVG viewer."""

from __future__ import annotations

import io
import math

from studio.garment.curves import points_at
from studio.garment.drawing import GAP, LETTER, OnSheet, edge_lines, edge_numbers, list_places, packed
from studio.garment.pattern import Edge, Pattern, loop_polygon

#: Pixels to a centimetre: lettering stays legible. A larger sheet gets fewer, so that no side has more pixels than the second. Chosen.
_PER_CM, _MOST_PIXELS = 14.0, 12_000

_PAPER, _INK, _NUMBER, _GRAIN = (255, 255, 255), (28, 28, 30), (164, 80, 47), (107, 107, 112)
_FILL = {"main": (246, 244, 239), "rib": (228, 233, 238)}


def pattern_png(pattern: Pattern) -> bytes:
    """The pattern as a PNG file: its pieces with numbered edges, and the list of what each edge is called and sewn to."""
    from PIL import Image, ImageDraw

    placed, width, height = packed(pattern.panels)
    numbers = edge_numbers(pattern)
    lines = edge_lines(pattern, numbers)
    places, list_height = list_places(len(lines), width, height + GAP)
    total = height + GAP + list_height
    scale = min(_PER_CM, _MOST_PIXELS / max(width, total))
    image = Image.new("RGB", (math.ceil(width * scale), math.ceil(total * scale)), _PAPER)
    sheet = _Sheet(ImageDraw.Draw(image), scale)
    for item in placed:
        sheet.piece(item, numbers)
    for (x, y), line in zip(places, lines, strict=True):
        sheet.text((x, y), line, _INK, anchor="ls")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", dpi=(2.54 * scale, 2.54 * scale))
    return buffer.getvalue()


class _Sheet:
    """Draws in centimetres on an image of ``scale`` pixels to the centimetre."""

    def __init__(self, draw, scale: float) -> None:
        from PIL import ImageFont

        self._draw, self._scale = draw, scale
        self._font = ImageFont.load_default(max(LETTER * scale, 6))  # the typeface that Pillow carries

    def text(self, at: tuple[float, float], text: str, colour: tuple[int, int, int], *, anchor: str = "mm") -> None:
        self._draw.text(self._pixels(at), text, colour, self._font, anchor=anchor)

    def piece(self, item: OnSheet, numbers: dict[tuple[str, str], int]) -> None:
        """A panel with its holes, grain, name and numbered edges."""
        panel, pen = item.panel, max(1, round(0.12 * self._scale))
        self._polygon(item, panel.outline, _FILL[panel.cloth], pen)
        for hole in panel.holes:
            self._polygon(item, hole, _PAPER, pen)
        self._grain(item)
        for edge in panel.edges:
            x, y = self._pixels(item.at(edge.start))
            self._draw.ellipse([x - pen, y - pen, x + pen, y + pen], fill=_INK)
            self.text(item.at(_beside(edge)), str(numbers[panel.name, edge.name]), _NUMBER)
        polygon = panel.polygon()
        self.text(item.at((float(polygon[:, 0].mean()), float(polygon[:, 1].mean()))), panel.name, _INK)

    def _polygon(self, item: OnSheet, loop: tuple[Edge, ...], fill: tuple[int, int, int], pen: int) -> None:
        corners = [self._pixels(item.at((float(x), float(y)))) for x, y in loop_polygon(loop, 0.2)]
        self._draw.polygon(corners, fill=fill)
        self._draw.line([*corners, corners[0]], fill=_INK, width=pen, joint="curve")

    def _grain(self, item: OnSheet) -> None:
        polygon = item.panel.polygon()
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        half, angle = min(12.0, float(high[1] - low[1]) / 4), math.radians(item.panel.grain_deg)
        x, y = float(0.35 * low[0] + 0.65 * high[0]), float(0.67 * low[1] + 0.33 * high[1])
        ends = [item.at((x + s * half * math.cos(angle), y + s * half * math.sin(angle))) for s in (-1, 1)]
        self._draw.line([self._pixels(end) for end in ends], fill=_GRAIN, width=1)

    def _pixels(self, at: tuple[float, float]) -> tuple[float, float]:
        return at[0] * self._scale, at[1] * self._scale


def _beside(edge: Edge) -> tuple[float, float]:
    """A point inside the piece next to the middle of an edge [cm]."""
    middle = points_at(edge.path, [0.5 * edge.length - 0.05, 0.5 * edge.length + 0.05])
    dx, dy = middle[1] - middle[0]
    away = 0.9 * LETTER / max(math.hypot(dx, dy), 1e-9)
    return float(middle[0, 0] - dy * away), float(middle[0, 1] + dx * away)
