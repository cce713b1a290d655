"""The GarmentCode JSON format as it lies in a file: checked, limited and typed, but not yet understood.

The format is described in the comments of Garment-Pattern-Generator's ``template_spec_with_comments.json`` (version 1) and by what
pygarment's ``pattern/core.py`` reads and writes (version 2). A file is data: numbers, names and references between them, no more.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from studio.errors import StudioError, did_you_mean
from studio.garment.curves import Point
from studio.specs.base import canonical_json

#: Larger files, more pieces or a longer outline than these are a mistake or an attack: the largest of the format's own examples have
#: 28 kB, 9 panels and 21 edges in one panel. Chosen: about a hundred times as much.
MAX_BYTES, MAX_PANELS, MAX_EDGES, MAX_STITCHES, MAX_NAME = 4_000_000, 500, 2_000, 20_000, 100

#: A panel does not reach farther than this from its origin, nor lie farther from the body's [cm]. Chosen.
MAX_CM = 2_000.0

#: The key of ``properties`` under which studio puts what the format lacks.
NOTES_KEY = "studio"

#: Edge curvatures of version 2, and how many rows of how many numbers each has.
_CURVES = {"quadratic": (1, 2), "cubic": (2, 2), "circle": (1, 3)}


@dataclass(frozen=True)
class FileEdge:
    """One segment of an outline. start, end: Vertex numbers. kind, numbers: As `curvature.segment_from` takes them."""

    start: int
    end: int
    kind: str
    numbers: tuple[tuple[float, ...], ...]
    label: str


@dataclass(frozen=True)
class FilePanel:
    """One panel. vertices: In the file's unit. translation: The same, in space. rotation_deg: About x, then y, then z."""

    name: str
    vertices: tuple[Point, ...]
    edges: tuple[FileEdge, ...]
    translation: tuple[float, float, float]
    rotation_deg: tuple[float, float, float]
    label: str


@dataclass(frozen=True)
class FileStitch:
    """Two edges, each as its panel's name and its number there, that are sewn together."""

    a: tuple[str, int]
    b: tuple[str, int]
    right_wrong: bool


@dataclass(frozen=True)
class PatternFile:
    """A whole file.

    scale: Centimetres in its unit. relative: How its curvatures are given. parameters, constraints: Names of version 1.
    notes: What studio has put under its own key, if anything. digest: SHA-256 of the pattern section, as canonical JSON.
    """

    panels: tuple[FilePanel, ...]
    stitches: tuple[FileStitch, ...]
    scale: float
    relative: bool
    parameters: tuple[str, ...]
    constraints: tuple[str, ...]
    notes: dict[str, Any] | None
    digest: str


def load_file(path: Path) -> bytes:
    """The bytes of a pattern file. Raises StudioError where there is none, or where it is too large for one."""
    if not path.is_file():
        raise StudioError(f"There is no file {path}.")
    if path.stat().st_size > MAX_BYTES:
        raise StudioError(f"{path.name} has {path.stat().st_size:,} bytes, and a pattern may have {MAX_BYTES:,} at most.")
    return path.read_bytes()


def parse_file(content: bytes, *, file: str) -> PatternFile:
    """Check and read a file's bytes. ``file`` is what the user calls it. Raises StudioError in one sentence for anything amiss."""
    top = _record(_json(content, file), f"{file}: the file")
    if "pattern" not in top:
        raise StudioError(f"{file} has no 'pattern', so it is not in the GarmentCode format.")
    pattern, properties = (_record(top.get(key, {}), f"{file}: '{key}'") for key in ("pattern", "properties"))
    panels = tuple(_panel(name, value, file) for name, value in _named_panels(pattern, file))
    edges = {panel.name: panel.edges for panel in panels}
    stitches = _list(pattern.get("stitches", []), f"{file}: 'stitches'", most=MAX_STITCHES)
    return PatternFile(
        panels=panels,
        stitches=tuple(_stitch(value, edges, f"{file}: the stitch {number}") for number, value in enumerate(stitches)),
        scale=100 / _units(properties, file),
        relative=_coordinates(properties, file),
        parameters=tuple(_record(top.get("parameters", {}), f"{file}: 'parameters'")),
        constraints=tuple(_record(top.get("constraints", {}), f"{file}: 'constraints'")),
        notes=properties.get(NOTES_KEY),
        digest=pattern_digest(pattern),
    )


def pattern_digest(pattern: dict[str, Any]) -> str:
    """SHA-256 of a pattern section: equal when it holds the same numbers, however they are laid out."""
    return hashlib.sha256(canonical_json(pattern).encode("utf-8", "surrogatepass")).hexdigest()


def _json(content: bytes, file: str) -> Any:
    def refuse(number: str) -> NoReturn:
        raise StudioError(f"{file} holds {number[:20]}, which is no number a pattern can have.")

    def finite(number: str) -> float:
        return value if math.isfinite(value := float(number)) else refuse(number)

    try:
        return json.loads(content, parse_constant=refuse, parse_float=finite)
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise StudioError(f"{file} is not valid JSON: {str(error).splitlines()[0]}.") from None


def _named_panels(pattern: dict[str, Any], file: str) -> Iterator[tuple[str, Any]]:
    """Panels in ``panel_order`` where it names each of them, else as they stand."""
    panels = _record(pattern.get("panels"), f"{file}: 'panels'")
    if not panels:
        raise StudioError(f"{file} has no panels.")
    if len(panels) > MAX_PANELS:
        raise StudioError(f"{file} has {len(panels):,} panels, and {MAX_PANELS} are read at most.")
    order = pattern.get("panel_order")
    same = isinstance(order, list) and all(isinstance(name, str) for name in order) and sorted(order) == sorted(panels)
    for name in order if same else panels:
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise StudioError(f"{file}: a panel is called {_short(name)}; a name has 1 to {MAX_NAME} printable characters.")
        yield name, panels[name]


def _panel(name: str, value: Any, file: str) -> FilePanel:
    what = f"{file}: the panel '{name}'"
    record = _record(value, what)
    vertices = tuple(
        _row(row, 2, f"{file}: the vertex {number} of '{name}'")
        for number, row in enumerate(_list(record.get("vertices"), f"{what}: 'vertices'", most=MAX_EDGES))
    )
    edges = _list(record.get("edges"), f"{what}: 'edges'", most=MAX_EDGES)
    if not edges:
        raise StudioError(f"{what} has no edges.")
    return FilePanel(
        name=name,
        vertices=vertices,
        edges=tuple(_edge(edge, len(vertices), f"{file}: the edge {number} of '{name}'") for number, edge in enumerate(edges)),
        translation=_row(record.get("translation", [0, 0, 0]), 3, f"{what}: 'translation'"),
        rotation_deg=_row(record.get("rotation", [0, 0, 0]), 3, f"{what}: 'rotation'"),
        label=_label(record, what),
    )


def _edge(value: Any, vertices: int, what: str) -> FileEdge:
    record = _record(value, what)
    ends = record.get("endpoints")
    if not (isinstance(ends, list) and len(ends) == 2 and all(type(end) is int for end in ends)):
        raise StudioError(f"{what} should have two vertex numbers as 'endpoints', and has {_short(ends)}.")
    for end in ends:
        if not 0 <= end < vertices:
            raise StudioError(f"{what} ends at the vertex {end}, and the panel has the vertices 0 to {vertices - 1}.")
    kind, numbers = _curvature(record.get("curvature"), f"{what}: 'curvature'")
    return FileEdge(ends[0], ends[1], kind, numbers, _label(record, what))


def _curvature(value: Any, what: str) -> tuple[str, tuple[tuple[float, ...], ...]]:
    if value is None:
        return "line", ()
    if isinstance(value, list):  # version 1: the one control point of a quadratic curve
        return "quadratic", (_row(value, 2, what),)
    record = _record(value, what)
    kind = record.get("type")
    if not isinstance(kind, str) or kind not in _CURVES:
        raise StudioError(f"{what} is of the type {_short(kind)}: {did_you_mean(str(kind), _CURVES)}")
    rows, width = _CURVES[kind]
    params = _list(record.get("params"), f"{what}: 'params'", most=MAX_EDGES)
    params = [params] if kind == "circle" else params
    if len(params) != rows:
        raise StudioError(f"{what}: a {kind} curve has {rows} control point{'s' if rows > 1 else ''}, and {len(params)} are given.")
    numbers = tuple(_row([float(x) if isinstance(x, bool) else x for x in _list(row, what)], width, what) for row in params)
    if kind == "circle" and numbers[0][0] <= 0:
        raise StudioError(f"{what}: the radius of a circle is {numbers[0][0]:g}, and should be more than 0.")
    return kind, numbers


def _stitch(value: Any, edges: dict[str, tuple[FileEdge, ...]], what: str) -> FileStitch:
    sides = _list(value, what)
    marked = len(sides) == 3 and sides[2] == "right_wrong"
    if len(sides) != 2 and not marked:
        raise StudioError(f"{what} should name two edges, and perhaps 'right_wrong' after them; it is {_short(value)}.")
    a, b = (_side(side, edges, what) for side in sides[:2])
    return FileStitch(a, b, marked)


def _side(value: Any, edges: dict[str, tuple[FileEdge, ...]], what: str) -> tuple[str, int]:
    record = _record(value, f"{what}: a side")
    panel, edge = record.get("panel"), record.get("edge")
    if not isinstance(panel, str) or panel not in edges:
        raise StudioError(f"{what} names the panel {_short(panel)}: {did_you_mean(str(panel), edges)}")
    if isinstance(edge, str):
        labels = [each.label for each in edges[panel]]
        if labels.count(edge) != 1:
            hint = "it has several of these" if edge in labels else did_you_mean(edge, filter(None, labels)).removesuffix(".")
            raise StudioError(f"{what} names the edge '{edge}' of '{panel}': {hint}; give its number.")
        return panel, labels.index(edge)
    if type(edge) is not int or not 0 <= edge < len(edges[panel]):
        raise StudioError(f"{what} names the edge {_short(edge)} of '{panel}', which has the edges 0 to {len(edges[panel]) - 1}.")
    return panel, edge


def _units(properties: dict[str, Any], file: str) -> float:
    units = properties.get("units_in_meter", 100)
    if not _is_number(units) or not 1e-3 <= units <= 1e6:
        raise StudioError(f"{file}: 'units_in_meter' is {_short(units)}, and should be a number, 100 for centimetres.")
    return float(units)


def _coordinates(properties: dict[str, Any], file: str) -> bool:
    said = properties.get("curvature_coords", "relative")
    if said not in ("relative", "absolute"):
        raise StudioError(f"{file}: 'curvature_coords' is {_short(said)}, and should be 'relative' or 'absolute'.")
    return said == "relative"


def _label(record: dict[str, Any], what: str) -> str:
    label = record.get("label") or ""
    if not isinstance(label, str) or len(label) > MAX_NAME or not label.isprintable():
        raise StudioError(f"{what} has the label {_short(label)}; a label has up to {MAX_NAME} printable characters.")
    return label


def _record(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise StudioError(f"{what} should be an object with keys, and is {_short(value)}.")
    return value


def _list(value: Any, what: str, *, most: int = MAX_EDGES) -> list[Any]:
    if not isinstance(value, list):
        raise StudioError(f"{what} should be a list, and is {_short(value)}.")
    if len(value) > most:
        raise StudioError(f"{what} has {len(value):,} entries, and {most:,} are read at most.")
    return value


def _row(value: Any, width: int, what: str) -> Any:
    """A tuple of so many finite numbers."""
    if not (isinstance(value, list) and len(value) == width and all(_is_number(x) for x in value)):
        raise StudioError(f"{what} should be {width} numbers, and is {_short(value)}.")
    return tuple(float(x) for x in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _short(value: Any) -> str:
    """A value as a message quotes it."""
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
