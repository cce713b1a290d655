"""PLY, the Stanford polygon file format: ASCII and binary of both byte orders.

Read: positions, normals, colours (8 and 16 bit, and float), polygons, and the texture coordinates that photogrammetry programs write (per
vertex, or per face as `texcoord` with `comment TextureFile`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.scan.pictures import open_picture
from studio.scan.raw import Paint, RawScan, fan_triangles, inside_folder, parse_numbers

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_BYTE_ORDER = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": "<"}

#: A header is a few lines of text; a longer one is no header.
_MAX_HEADER_BYTES = 100_000


@dataclass(frozen=True)
class _Property:
    name: str
    type: str
    count_type: str | None  # of a list


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]


@dataclass(frozen=True)
class _List:
    """A list property: how many values each record has, and all values one after the other."""

    counts: np.ndarray
    values: np.ndarray


_Columns = dict[str, np.ndarray | _List]


def read_ply(path: Path) -> RawScan:
    """Read a PLY file. Raises StudioError for a file that is malformed or cut off."""
    data = path.read_bytes()
    style, elements, textures, start = _header(data, path)
    columns: dict[str, _Columns] = {}
    for element in elements:
        reader = _read_ascii if style == "ascii" else _read_binary
        columns[element.name], start = reader(data, start, element, _BYTE_ORDER[style], path)
        if element.name == "face":
            break  # nothing after the faces is of use
    vertex = columns.get("vertex")
    if vertex is None or not {"x", "y", "z"} <= set(vertex):
        raise StudioError(f"{path.name} has no vertices with x, y and z; export the scan again as PLY.")
    points = np.stack([vertex[axis].astype(np.float64) for axis in "xyz"], axis=1)
    normals = _stack(vertex, ("nx", "ny", "nz"))
    colours = _colours(vertex)
    faces, corner_uv, picture = _faces(columns.get("face", {}), vertex, len(points), path)
    paint, remarks = None, ()
    if corner_uv is not None and colours is None:
        paint, remarks = _paint(textures, corner_uv, picture, path)
    return RawScan(points, None if normals is None else normals.astype(np.float32), colours, faces, paint, remarks=remarks)


def ply_references(path: Path) -> list[str]:
    """Names of the textures that a PLY file refers to."""
    with path.open("rb") as file:
        return _header(file.read(_MAX_HEADER_BYTES), path)[2]


def _header(data: bytes, path: Path) -> tuple[str, list[_Element], list[str], int]:
    """The encoding, the elements in order, the names of textures, and where the content starts."""
    end = data.find(b"end_header", 0, _MAX_HEADER_BYTES)
    line_end = data.find(b"\n", end)
    if end < 0 or line_end < 0:
        raise StudioError(f"{path.name} is cut off inside its PLY header; copy or export it again.")
    style, textures, elements = "", [], []
    try:
        for line in data[:end].decode("latin-1").splitlines()[1:]:
            words = line.split()
            if not words:
                continue
            if words[0] == "format":
                style = words[1]
            elif words[0] == "comment" and len(words) > 2 and words[1].lower() == "texturefile":
                textures.append(line.split(None, 2)[2])
            elif words[0] == "element":
                elements.append(_Element(words[1], int(words[2]), ()))
            elif words[0] == "property":
                is_list = words[1] == "list"
                new = _Property(words[4], _TYPES[words[3]], _TYPES[words[2]]) if is_list else _Property(words[2], _TYPES[words[1]], None)
                last = elements[-1]
                elements[-1] = _Element(last.name, last.count, (*last.properties, new))
    except (IndexError, ValueError, KeyError) as error:
        raise StudioError(f"{path.name} has a PLY header that cannot be read (at {error}); export it again.") from None
    if style not in _BYTE_ORDER:
        raise StudioError(f"{path.name} is a PLY file of the encoding '{style}', which is unknown; export it as binary_little_endian.")
    return style, elements, textures, line_end + 1


def _cut_off(path: Path, element: _Element) -> StudioError:
    return StudioError(
        f"{path.name} is cut off: its header promises {element.count:,} records of '{element.name}'; copy or export it again."
    )


def _read_binary(data: bytes, start: int, element: _Element, order: str, path: Path) -> tuple[_Columns, int]:
    """One element of a binary file. Lists are read as fixed records where all have the first one's length, which is the rule."""
    if element.count == 0 or not element.properties:
        return {p.name: _List(np.zeros(0, int), np.zeros(0)) if p.count_type else np.zeros(0) for p in element.properties}, start
    lengths = {}
    at = start
    for prop in element.properties:
        if prop.count_type:
            lengths[prop.name], at = _one(data, at, order + prop.count_type, path, element)
        at += int(lengths.get(prop.name, 1)) * np.dtype(prop.type).itemsize
    dtype = _record(element, lengths, order)
    stop = start + element.count * dtype.itemsize
    if stop <= len(data):
        records = np.frombuffer(data, dtype, element.count, start)
        if all((records[f"{name} count"] == length).all() for name, length in lengths.items()):
            return _columns(records, element, lengths), stop
    elif not lengths:
        raise _cut_off(path, element)
    return _read_binary_lists(data, start, element, order, path)


def _record(element: _Element, lengths: dict[str, int], order: str) -> np.dtype:
    fields = []
    for prop in element.properties:
        if prop.count_type:
            fields += [(f"{prop.name} count", order + prop.count_type), (prop.name, order + prop.type, (int(lengths[prop.name]),))]
        else:
            fields.append((prop.name, order + prop.type))
    return np.dtype(fields)


def _columns(records: np.ndarray, element: _Element, lengths: dict[str, int]) -> _Columns:
    columns: _Columns = {}
    for prop in element.properties:
        values = records[prop.name]
        if prop.count_type:
            columns[prop.name] = _List(np.full(len(records), int(lengths[prop.name])), values.reshape(-1))
        else:
            columns[prop.name] = values
    return columns


def _one(data: bytes, at: int, dtype: str, path: Path, element: _Element) -> tuple[int, int]:
    size = np.dtype(dtype).itemsize
    if at + size > len(data):
        raise _cut_off(path, element)
    return int(np.frombuffer(data, dtype, 1, at)[0]), at + size


def _read_binary_lists(data: bytes, at: int, element: _Element, order: str, path: Path) -> tuple[_Columns, int]:
    """Records of different lengths (triangles among quads), one after the other."""
    counts: dict[str, list[int]] = {p.name: [] for p in element.properties if p.count_type}
    parts: dict[str, list[bytes]] = {p.name: [] for p in element.properties}
    layout = [(p.name, np.dtype(p.type).itemsize, p.count_type and np.dtype(order + p.count_type)) for p in element.properties]
    byteorder = "little" if order == "<" else "big"
    for _ in range(element.count):
        for name, size, count_type in layout:
            length = 1
            if count_type:
                length = int.from_bytes(data[at : at + count_type.itemsize], byteorder)
                counts[name].append(length)
                at += count_type.itemsize
            parts[name].append(data[at : at + length * size])
            at += length * size
        if at > len(data):
            raise _cut_off(path, element)
    columns: _Columns = {}
    for prop in element.properties:
        values = np.frombuffer(b"".join(parts[prop.name]), order + prop.type)
        columns[prop.name] = _List(np.array(counts[prop.name]), values) if prop.count_type else values
    return columns, at


def _read_ascii(data: bytes, start: int, element: _Element, order: str, path: Path) -> tuple[_Columns, int]:
    """One element of a text file: a record a line."""
    line_ends = np.flatnonzero(np.frombuffer(data, np.uint8, offset=start) == ord("\n"))
    if len(line_ends) < element.count - 1:  # the last line may end with the file
        raise _cut_off(path, element)
    stop = len(data) if len(line_ends) < element.count else start + int(line_ends[element.count - 1]) + 1 if element.count else start
    try:
        flat = parse_numbers(data[start:stop])
    except ValueError:
        raise StudioError(f"{path.name} has something else than numbers among its {element.name} records; export it again.") from None
    lengths, at = {}, 0
    for prop in element.properties:
        if prop.count_type:
            lengths[prop.name] = int(flat[at]) if at < len(flat) else 0
            at += 1
        at += lengths.get(prop.name, 1)
    if len(flat) == element.count * at:
        table = flat.reshape(element.count, at)
        columns, column = {}, 0
        for prop in element.properties:
            if prop.count_type:
                length = lengths[prop.name]
                if (table[:, column] != length).any():
                    break
                columns[prop.name] = _List(np.full(element.count, length), table[:, column + 1 : column + 1 + length].reshape(-1))
                column += 1 + length
            else:
                columns[prop.name] = table[:, column].astype(prop.type)
                column += 1
        else:
            return columns, stop
    return _ascii_lists(flat, element, path), stop


def _ascii_lists(flat: np.ndarray, element: _Element, path: Path) -> _Columns:
    counts: dict[str, list[int]] = {p.name: [] for p in element.properties if p.count_type}
    spans: dict[str, list[np.ndarray]] = {p.name: [] for p in element.properties}
    at = 0
    for _ in range(element.count):
        for prop in element.properties:
            length = 1
            if prop.count_type:
                if at >= len(flat):
                    raise _cut_off(path, element)
                length = int(flat[at])
                counts[prop.name].append(length)
                at += 1
            spans[prop.name].append(flat[at : at + length])
            at += length
    if at > len(flat):
        raise _cut_off(path, element)
    columns: _Columns = {}
    for prop in element.properties:
        values = np.concatenate(spans[prop.name]) if spans[prop.name] else np.zeros(0)
        columns[prop.name] = _List(np.array(counts[prop.name], int), values) if prop.count_type else values
    return columns


def _stack(vertex: _Columns, names: tuple[str, ...]) -> np.ndarray | None:
    return np.stack([vertex[name] for name in names], axis=1) if set(names) <= set(vertex) else None


def _colours(vertex: _Columns) -> np.ndarray | None:
    for prefix in ("", "diffuse_"):
        colours = _stack(vertex, (f"{prefix}red", f"{prefix}green", f"{prefix}blue"))
        if colours is None:
            continue
        if colours.dtype.kind == "f":
            return np.round(np.clip(colours, 0, 1) * 255).astype(np.uint8)
        return (colours >> 8).astype(np.uint8) if colours.dtype.itemsize == 2 else colours.astype(np.uint8)
    return None


def _faces(face: _Columns, vertex: _Columns, points: int, path: Path) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """Triangles, texture coordinates of their corners and the number of their picture; None for what the file lacks."""
    polygons = face.get("vertex_indices", face.get("vertex_index"))
    if not isinstance(polygons, _List) or not len(polygons.counts):
        return None, None, None
    triangles, polygon = fan_triangles(polygons.counts)
    indices = polygons.values.astype(np.int64)
    if len(indices) and (indices.min() < 0 or indices.max() >= points):
        raise StudioError(f"{path.name} has faces that name vertices beyond its {points:,}; it is damaged, export it again.")
    faces = indices[triangles].astype(np.int32)
    uv = None
    texcoord = face.get("texcoord")
    if isinstance(texcoord, _List) and (texcoord.counts == 2 * polygons.counts).all():
        uv = texcoord.values.reshape(-1, 2)[triangles].astype(np.float32)
    else:
        for names in (("s", "t"), ("u", "v"), ("texture_u", "texture_v")):
            per_vertex = _stack(vertex, names)
            if per_vertex is not None:
                uv = per_vertex[faces].astype(np.float32)
    number = face.get("texnumber")
    picture = (
        number[polygon].astype(np.int32) if isinstance(number, np.ndarray) and number.dtype.kind != "O" else np.zeros(len(faces), np.int32)
    )
    return faces, uv, picture


def _paint(textures: list[str], corner_uv: np.ndarray, picture: np.ndarray, path: Path) -> tuple[Paint | None, tuple[str, ...]]:
    found = [inside_folder(path.parent, texture) for texture in textures]
    missing = [texture for texture, file in zip(textures, found, strict=True) if file is None]
    if not textures or missing:
        what = f"the texture {missing[0]} is not beside it" if missing else "it names no texture"
        return None, (f"{path.name} has texture coordinates, and {what}: the scan has no colour.",)
    pictures = tuple(open_picture(file, name=file.name) for file in found)
    picture = np.where(picture < len(pictures), picture, -1).astype(np.int32)
    return Paint(pictures, picture, corner_uv, np.full((len(picture), 3), 128, np.uint8)), ()
