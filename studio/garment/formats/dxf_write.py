"""Patterns as ASTM DXF: release 12, ASCII, millimetres, one block for each piece and size, curves as chains of lines."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Line, Point, Segment, points_at
from studio.garment.formats import dxf_entities as layers
from studio.garment.formats.dxf_outline import Outline, begun, in_order
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.pattern import Edge, EdgeRef, Panel

#: Curves stay this close to their chains of lines [cm]: a fifth of what readers are held to.
_FLATNESS_CM = 0.002

#: Millimetres per centimetre, and their decimals: 0.0001 mm hides the noise of arithmetic and is below every reader's tolerance.
_MM, _DECIMALS = 10.0, 4

#: Depth of notches and height of texts [mm]. 5 mm slits are usual in a 10 mm allowance.
_NOTCH_MM, _TEXT_MM = 5.0, 10.0

#: Layers that ASTM wants beside the curves of the boundary, the cut-outs and the sew lines: copies to check the reading by.
_CHECK = {layers.BOUNDARY: 84, layers.CUTOUT: 86, layers.SEW: 87}
_CURVE_POINT, _ANNOTATION = 3, 15

#: Free space between pieces on the sheet, and the width that they are laid out in [mm].
_GAP_MM, _SHEET_MM = 50.0, 3000.0


def dxf_bytes(patterns: PatternSet) -> bytes:
    """The file's content: no dates and no handles, so that equal patterns give equal bytes."""
    import ezdxf
    from ezdxf.addons import gerber_D6673

    text = io.StringIO()
    with layers.quiet():
        document = ezdxf.new("R12")
        sheet, names, corner, row = document.modelspace(), set[str](), np.array([0.0, 0.0]), 0.0
        for size, pattern in patterns.patterns.items():
            sewn = {ref for seam in pattern.seams for ref in (seam.a, seam.b)}
            for panel in pattern.panels:
                name = _block_name(panel.name, size, names)
                block = document.blocks.new(name)
                low, high = _draw_panel(block, panel, size, sewn)
                if corner[0] > 0 and corner[0] + high[0] - low[0] > _SHEET_MM:
                    corner, row = np.array([0.0, corner[1] - row - _GAP_MM]), 0.0
                sheet.add_blockref(name, _vertex(corner - np.array([low[0], high[1]])), dxfattribs={"layer": str(layers.BOUNDARY)})
                corner = corner + np.array([high[0] - low[0] + _GAP_MM, 0.0])
                row = max(row, float(high[1] - low[1]))
        _texts(sheet, _style_texts(patterns), (0.0, _GAP_MM + 10 * _TEXT_MM))
        gerber_D6673.export_stream(document, text)  # without layout blocks, which AccuMark would take for pieces
    return text.getvalue().encode("ascii")


def edge_numbers(panel: Panel) -> dict[str, str]:
    """What a reader numbers the edges of a panel that `dxf_bytes` has written: name -> ``e1``, ``e2``, ..."""
    outline, *holes = (_drawn(loop) for loop in (panel.outline, *panel.holes))
    loops = dict(zip((id(each) for each in (outline, *holes)), (panel.outline, *panel.holes), strict=True))
    numbers: dict[str, str] = {}
    for drawn in (outline, *in_order(holes, outline)):
        loop = loops[id(drawn)]
        first = int(np.linalg.norm(np.array([edge.start for edge in loop]) - begun(drawn).points[0], axis=1).argmin())
        for edge in (*loop[first:], *loop[:first]):
            numbers[edge.name] = f"e{len(numbers) + 1}"
    return {edge.name: numbers[edge.name] for edge in panel.edges}


def _drawn(loop: Sequence[Edge]) -> Outline:
    """A loop as it is written: chains of lines, rounded, with turn points where edges begin."""
    parts = [_sampled(edge) for edge in loop]
    points = np.round(np.concatenate(parts) * _MM, _DECIMALS) / _MM + 0.0
    turn = np.concatenate([np.arange(len(part)) == 0 for part in parts])
    return Outline(points, turn, np.full(len(points), -1, dtype=np.int64))


def _sampled(edge: Edge) -> np.ndarray:
    """Points of an edge without its last one, shape (N, 2)."""
    return np.concatenate([_chain(segment)[:-1] for segment in edge.path])


def _chain(segment: Segment) -> np.ndarray:
    """Points at equal parameters, as many as keep the lines between them within the tolerance of the curve, shape (N, 2)."""
    if isinstance(segment, Line):
        return np.array([segment.start, segment.end])
    count = 2
    while True:
        points = segment.at(np.linspace(0.0, 1.0, 2 * count + 1))
        chords, offsets = points[2::2] - points[:-2:2], points[1::2] - points[:-2:2]
        across = np.abs(offsets[:, 0] * chords[:, 1] - offsets[:, 1] * chords[:, 0]) / np.maximum(np.linalg.norm(chords, axis=1), 1e-9)
        if across.max() <= _FLATNESS_CM or count >= 1024:
            return points[::2]
        count *= 2


def _draw_panel(block: Any, panel: Panel, size: str, sewn: set[EdgeRef]) -> tuple[np.ndarray, np.ndarray]:
    """Draw a piece into its block; its lower left and upper right corner [mm]."""
    outline, *holes = (_drawn(loop) for loop in (panel.outline, *panel.holes))
    for drawn, on in ((outline, (layers.BOUNDARY, layers.SEW)), *((hole, (layers.CUTOUT,)) for hole in holes)):
        for layer in on:
            for each in (layer, _CHECK[layer]):
                block.add_polyline2d([_vertex(point * _MM) for point in drawn.points], close=True, dxfattribs={"layer": str(each)})
        for point, turn in zip(drawn.points, drawn.turn, strict=True):
            block.add_point(_vertex(point * _MM), dxfattribs={"layer": str(layers.TURN if turn else _CURVE_POINT)})
    for edge in panel.edges:
        if (panel.name, edge.name) in sewn:
            _notches(block, edge)
    low, high = outline.points.min(axis=0) * _MM, outline.points.max(axis=0) * _MM
    middle, reach = (low + high) / 2, float(high[1] - low[1]) / 6
    grain = math.radians(panel.grain_deg)
    along = np.array([math.cos(grain), math.sin(grain)]) * reach
    block.add_line(_vertex(middle - along), _vertex(middle + along), dxfattribs={"layer": str(layers.GRAIN)})
    _texts(block, [f"Piece Name: {panel.name}", f"Size: {size}", "Quantity: 1", f"Material: {panel.cloth}"], tuple(middle))
    label = {"layer": str(_ANNOTATION), "height": _TEXT_MM, "insert": _vertex(middle + np.array([0.0, 2 * _TEXT_MM]))}
    block.add_text(_plain(f"{panel.name} {size}"), dxfattribs=label)
    return low, high


def _notches(block: Any, edge: Edge) -> None:
    """Slit notches at the middle and the ends of a seam: place, depth (z) and direction inwards (ASTM D6673)."""
    step = min(0.01, edge.length / 4)
    for along in (0.0, edge.length / 2, edge.length):
        before, after = points_at(edge.path, np.array([max(along - step, 0.0), min(along + step, edge.length)]))
        inwards = math.degrees(math.atan2(after[0] - before[0], before[1] - after[1]))  # to the left of the outline
        (place,) = points_at(edge.path, np.array([along]))
        where = (*_vertex(place * _MM), _NOTCH_MM)
        block.add_point(where, dxfattribs={"layer": str(layers.NOTCH), "thickness": 0.0, "angle": round(inwards, 2) % 360 + 0.0})


def _style_texts(patterns: PatternSet) -> list[str]:
    return [
        "ASTM/D13Proposal 1 Version: D 6673-04", f"Style Name: {patterns.name}", f"Sample Size: {patterns.base}", "Units: METRIC",
    ]  # fmt: skip


def _texts(layout: Any, lines: Sequence[str], at: Point) -> None:
    """Lines of text below one another, as files of this kind have their fields."""
    for k, line in enumerate(lines):
        insert = _vertex(np.array([at[0], at[1] - 1.5 * k * _TEXT_MM]))
        layout.add_text(_plain(line), dxfattribs={"layer": str(layers.BOUNDARY), "height": _TEXT_MM, "insert": insert})


def _plain(text: str) -> str:
    """Text in ASCII; DXF writes other characters as ``\\U+`` and four hexadecimal digits."""
    for character in text:
        if not character.isprintable() or ord(character) > 0xFFFF or character in "^\\" or "%%" in text:
            raise StudioError(f"'{text}' has characters that DXF cannot carry; rename the piece, size or garment.")
    return "".join(character if character.isascii() else f"\\U+{ord(character):04X}" for character in text)


def _block_name(panel: str, size: str, taken: set[str]) -> str:
    """A name of release 12: letters, digits, hyphens and underscores, each once, in any case."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", f"{panel}-{size}")
    name, count = plain, 1
    while name.upper() in taken:
        count += 1
        name = f"{plain}_{count}"
    taken.add(name.upper())
    return name


def _vertex(point: np.ndarray) -> Point:
    """Rounded; + 0.0 turns -0.0 into 0.0."""
    return round(float(point[0]), _DECIMALS) + 0.0, round(float(point[1]), _DECIMALS) + 0.0
