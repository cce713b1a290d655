"""What an apparel DXF holds, entity by entity: paths, points and labels by layer, one group for each block. Limits are kept here.

The layers are those of ANSI/AAMA-292 and ASTM D6673, which say what a thing is by the number of its layer. Nothing is interpreted here;
numbers are in the file's own unit.
"""

from __future__ import annotations

import contextlib
import logging
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Arc, Point

#: Layers that are read (ASTM D6673-10, 4.3). 84 to 87 repeat the curves of 1, 8, 11 and 14 for checking and are left alone.
BOUNDARY, TURN, NOTCH, GRADE_REFERENCE, MIRROR, GRAIN, INTERNAL, CUTOUT, DRILL, SEW = 1, 2, 4, 5, 6, 7, 8, 11, 13, 14
NOTCHES = (NOTCH, 80, 81, 82, 83)
STRIPE, PLAID = 9, 10

#: Limits. Chosen: a style of 40 pieces in 12 sizes with 300 entities and 500 points each has 144,000 entities, 240,000 points, 15 MB.
MAX_BYTES, MAX_ENTITIES, MAX_POINTS = 32_000_000, 400_000, 1_000_000

#: Blocks inside blocks inside blocks: apparel files use one level.
MAX_DEPTH = 4

#: A coordinate beyond this is no garment in any unit.
_MAX_COORDINATE = 1e7

#: Arcs and splines become chains of lines that stay this close to them, as a share of their extent: 0.03 mm on an armhole.
_FLATNESS = 1e-4

#: Tangent of a quarter of an arc's angle, at most: all but a thousandth of a circle.
_MOST_BULGE = 1e3

_MAX_LABEL = 200

_LAYER = re.compile(r"(?:layer[ _-]?)?0*(\d{1,4})", re.IGNORECASE)
_PATHS = {"LINE", "POLYLINE", "LWPOLYLINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE"}
_OUTSIDE = {"IMAGE", "WIPEOUT", "PDFUNDERLAY", "DWFUNDERLAY", "DGNUNDERLAY", "OLEFRAME", "OLE2FRAME"}


@dataclass(frozen=True, eq=False)
class DrawnPath:
    """A line of the drawing. points: Its corners, shape (N, 2), float64; a closed one does not repeat its first point."""

    layer: int
    points: np.ndarray
    closed: bool


@dataclass(frozen=True)
class Label:
    """A text of the drawing. at: Where it stands. after: The POINT entity just before it in the file, which it often describes."""

    layer: int
    text: str
    at: Point
    after: Point | None


@dataclass(frozen=True, eq=False)
class Group:
    """The content of one block, or what lies outside of blocks. marks: Layer and place of each POINT entity."""

    name: str
    paths: tuple[DrawnPath, ...] = ()
    marks: tuple[tuple[int, Point], ...] = ()
    labels: tuple[Label, ...] = ()

    def on(self, *layers: int) -> list[DrawnPath]:
        """The paths on some layers."""
        return [path for path in self.paths if path.layer in layers]

    def points(self, *layers: int) -> np.ndarray:
        """The POINT entities on some layers, shape (N, 2), float64."""
        return np.array([at for layer, at in self.marks if layer in layers], dtype=float).reshape(-1, 2)

    @property
    def is_piece(self) -> bool:
        """Whether it draws an outline."""
        return bool(self.on(BOUNDARY, SEW))


@dataclass(frozen=True, eq=False)
class Drawing:
    """A file. groups: Its blocks that draw an outline. loose: What lies outside of blocks. insunits: ``$INSUNITS``, 0 where unset."""

    groups: tuple[Group, ...]
    loose: Group
    insunits: int
    remarks: tuple[str, ...]


@dataclass
class _Reading:
    """What is left of the limits, and what was left out."""

    path: Path
    entities: int
    points: int
    skipped: Counter[str] = field(default_factory=Counter)
    deep: bool = False

    def spend(self, *, points: int = 0) -> None:
        self.entities -= 1
        self.points -= points
        if self.entities < 0 or self.points < 0:
            raise StudioError(f"{self.path} draws more than {MAX_ENTITIES:,} things or {MAX_POINTS:,} points; a pattern has far fewer.")


def read_drawing(path: Path) -> Drawing:
    """Read an ASCII or binary DXF of any version. Raises StudioError for what is missing, too large, no DXF, or not finite."""
    if not path.is_file():
        raise StudioError(f"There is no file {path}.")
    if path.stat().st_size > MAX_BYTES:
        raise StudioError(f"{path} has {path.stat().st_size:,} bytes, and a pattern file may have {MAX_BYTES:,} at most.")
    with quiet():
        document, faults = _document(path)
        try:
            drawing = _content(document, _Reading(path, MAX_ENTITIES, MAX_POINTS))
        except StudioError:
            raise
        except Exception as error:  # any exception: entities of a damaged file fail in the library in many ways
            raise StudioError(f"{path} is damaged ({error}); export it again from the program that made it.") from None
    remarks = (f"{path.name} is damaged ({faults}); what could be was mended, and the rest left out.",) if faults else ()
    return Drawing(drawing.groups, drawing.loose, drawing.insunits, (*remarks, *drawing.remarks))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep ezdxf's warnings, which go through logging, off stderr."""
    logger = logging.getLogger("ezdxf")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _document(path: Path) -> tuple[Any, str]:
    """The parsed file, and what is wrong with it; empty where nothing is."""
    import ezdxf
    from ezdxf import recover

    try:
        return ezdxf.readfile(path), ""
    except Exception as error:  # any exception: a foreign or damaged file; the second reader is slower and takes far more
        complaint = " ".join(str(error).split()) or type(error).__name__
    try:
        document, auditor = recover.readfile(path)
    except Exception as error:
        raise StudioError(f"{path} is no DXF file that can be read ({error}); export it again as AAMA or ASTM DXF.") from None
    faults = len(auditor.errors) + len(auditor.fixes)
    return document, f"{complaint.rstrip('.')}; {faults} more faults" if faults else complaint.rstrip(".")


def _content(document: Any, reading: _Reading) -> Drawing:
    blocks = [block for block in document.blocks if not block.is_any_layout and not block.name.startswith("*")]
    foreign = [block.name for block in blocks if block.block.is_xref or block.block.is_xref_overlay]
    loose = _group("", document.modelspace(), reading, inserts=False)
    scales = _insert_scales(document.modelspace())
    groups, remarks = [], []
    for block in blocks:
        group = _group(block.name, block, reading, inserts=_draws_itself(block))
        scale = scales.get(block.name, 1.0)
        if group.is_piece and scale != 1.0:
            remarks.append(f"The block '{block.name}' is inserted {scale:g} times as large as it is drawn, and is read so.")
            group = _scaled(group, scale)
        groups.append(group)
    parts = _parts(blocks)
    if foreign:
        remarks.append(f"{reading.path.name} refers to other drawings ({', '.join(sorted(foreign))}), which are not followed.")
    if reading.deep:
        remarks.append(f"Blocks inside more than {MAX_DEPTH} blocks are left out.")
    remarks += [f"{count} {kind} entities are left out." for kind, count in sorted(reading.skipped.items())]
    kept = tuple(group for group in groups if group.is_piece and group.name not in parts | set(foreign))
    return Drawing(kept, loose, int(document.header.get("$INSUNITS", 0) or 0), tuple(remarks))


def _layer(entity: Any) -> int:
    found = _LAYER.fullmatch(str(entity.dxf.layer).strip())
    return int(found[1]) if found else 0


def _draws_itself(block: Any) -> bool:
    return any(_layer(entity) in (BOUNDARY, SEW) and entity.dxftype() in _PATHS for entity in block)


def _parts(blocks: list[Any]) -> set[str]:
    """Names of blocks that only serve as part of a piece: those inserted by a block that draws an outline of its own."""
    own = [block for block in blocks if _draws_itself(block)]
    return {each.dxf.name for block in own for each in block if each.dxftype() == "INSERT" and each.dxf.name != block.name}


def _insert_scales(modelspace: Any) -> dict[str, float]:
    """How large blocks are inserted, where every insertion of a block agrees and keeps its proportions.

    A place on the marker, a rotation and a mirroring say nothing about the pattern itself.
    """
    found: dict[str, set[float]] = {}
    for insert in modelspace.query("INSERT"):
        x, y = abs(float(insert.dxf.xscale)), abs(float(insert.dxf.yscale))
        found.setdefault(insert.dxf.name, set()).add(x if abs(x - y) <= 1e-9 * max(x, y) else 1.0)
    return {name: scales.pop() for name, scales in found.items() if len(scales) == 1 and all(s > 0 for s in scales)}


def _scaled(group: Group, scale: float) -> Group:
    def moved(at: Point) -> Point:
        return at[0] * scale, at[1] * scale

    return Group(
        group.name,
        tuple(DrawnPath(path.layer, path.points * scale, path.closed) for path in group.paths),
        tuple((layer, moved(at)) for layer, at in group.marks),
        tuple(Label(label.layer, label.text, moved(label.at), label.after and moved(label.after)) for label in group.labels),
    )


def _group(name: str, entities: Any, reading: _Reading, *, inserts: bool) -> Group:
    paths: list[DrawnPath] = []
    marks: list[tuple[int, Point]] = []
    labels: list[Label] = []
    last: Point | None = None
    for entity in _flat(entities, reading, MAX_DEPTH if inserts else 0):
        kind, layer = entity.dxftype(), _layer(entity)
        if kind in _PATHS:
            paths += _path(entity, layer, reading)
        elif kind == "POINT":
            last = _at(entity.dxf.location, reading)
            marks.append((layer, last))
            continue
        elif kind in {"TEXT", "MTEXT"}:
            labels.append(Label(layer, _plain(entity), _at(entity.dxf.insert, reading), last))
        elif kind in _OUTSIDE:
            reading.skipped[kind] += 1
        last = None
    return Group(name, tuple(paths), tuple(marks), tuple(labels))


def _flat(entities: Any, reading: _Reading, depth: int) -> Iterator[Any]:
    """The entities, those of inserted blocks in their place."""
    for entity in entities:
        reading.spend()
        if entity.dxftype() != "INSERT":
            yield entity
        elif depth > 1:
            yield from _flat(entity.virtual_entities(), reading, depth - 1)
        elif depth == 1:
            reading.deep = True


def _at(location: Any, reading: _Reading) -> Point:
    x, y = float(location[0]), float(location[1])
    if not (abs(x) <= _MAX_COORDINATE and abs(y) <= _MAX_COORDINATE):  # also refuses NaN
        raise StudioError(f"{reading.path} has a point at ({x:g}, {y:g}), which is no place on a pattern; export it again.")
    return x, y


def _plain(entity: Any) -> str:
    from ezdxf.lldxf.encoding import decode_dxf_unicode

    text = decode_dxf_unicode(entity.plain_text()[:_MAX_LABEL]).encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _path(entity: Any, layer: int, reading: _Reading) -> list[DrawnPath]:
    """The entity as a chain of lines; none where it has no length or is a mesh."""
    kind = entity.dxftype()
    closed = kind == "CIRCLE"
    if kind == "LINE":
        vertices = [entity.dxf.start, entity.dxf.end]
    elif kind in {"POLYLINE", "LWPOLYLINE"}:
        if kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
            return []
        closed = bool(entity.is_closed if kind == "POLYLINE" else entity.closed)
        vertices = _corners(entity, kind, closed, reading)
    else:
        given = [*entity.control_points, *entity.fit_points] if kind == "SPLINE" else [entity.dxf.center]
        reading.spend(points=len(given))
        extent = np.array([_at(vertex, reading) for vertex in given])  # checked before anything is computed from it
        closed = closed or (kind == "SPLINE" and bool(entity.closed))
        size = {"SPLINE": lambda: float(np.ptp(extent, axis=0).max()), "ELLIPSE": lambda: float(entity.dxf.major_axis.magnitude)}
        flatness = _FLATNESS * size.get(kind, lambda: 2 * float(entity.dxf.radius))()
        vertices = list(entity.flattening(flatness)) if flatness > 0 else []
    reading.spend(points=len(vertices))
    points = np.array([_at(vertex, reading) for vertex in vertices], dtype=float).reshape(-1, 2)
    points = points[np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])] if len(points) else points
    if len(points) > 2 and np.array_equal(points[0], points[-1]):
        points, closed = points[:-1], True
    return [DrawnPath(layer, points, closed)] if len(points) > 1 else []


def _corners(entity: Any, kind: str, closed: bool, reading: _Reading) -> list[Point]:
    """The points of a polyline; where two are joined by an arc, points of the arc between them."""
    if kind == "POLYLINE":
        points = [_at(vertex, reading) for vertex in entity.points_in_wcs()]
        bulges = [float(vertex.dxf.get("bulge", 0.0)) for vertex in entity.vertices]
    else:
        points = [_at(vertex, reading) for vertex in entity.vertices_in_wcs()]
        bulges = [float(point[0]) for point in entity.get_points("b")]
    if not any(bulges):
        return points
    sign = math.copysign(1.0, float(entity.dxf.extrusion[2]))  # seen from below, arcs run the other way round
    found: list[Point] = []
    for k, (start, bulge) in enumerate(zip(points, bulges, strict=True)):
        found.append(start)
        end = points[(k + 1) % len(points)]
        if abs(bulge) > _FLATNESS and start != end and (closed or k + 1 < len(points)):
            arc = Arc(start, end, max(-_MOST_BULGE, min(_MOST_BULGE, sign * bulge)))
            steps = math.ceil(abs(arc.sweep_rad) / (2 * math.acos(1 - 2 * _FLATNESS)))
            reading.spend(points=steps)
            found += [(float(x), float(y)) for x, y in arc.at(np.linspace(0.0, 1.0, steps + 1)[1:-1])]
    return found
