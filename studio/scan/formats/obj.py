"""Wavefront OBJ with its material library (MTL) and textures.

Read: positions, colours behind the positions (the `v x y z r g b` of scanners), polygons with relative or absolute indices, texture
coordinates, diffuse colours and textures. Normals are not read: those of an OBJ belong to corners, and a mesh knows its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.scan.pictures import open_picture
from studio.scan.raw import Paint, RawScan, fan_triangles, inside_folder, parse_numbers

#: A material library is a page of text.
_MAX_MTL_BYTES = 10_000_000


@dataclass(frozen=True)
class _Material:
    diffuse: tuple[float, float, float] | None  # sRGB, 0 to 1
    texture: str | None


@dataclass(frozen=True)
class Polygons:
    """Corners of all polygons one after the other: indices from 0, texture index -1 where there is none."""

    counts: np.ndarray
    vertex: np.ndarray
    texture: np.ndarray
    material: np.ndarray
    names: tuple[str, ...]


def read_obj(path: Path) -> RawScan:
    """Read an OBJ file with what it refers to in its own folder. Raises StudioError where it is malformed."""
    data = path.read_bytes()
    if b"\\\n" in data or b"\\\r\n" in data:
        data = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    table = obj_table(data, b"v", (3, 4, 6, 7), path)
    if not len(table):
        raise StudioError(f"{path.name} has no vertices (lines that begin with 'v'); export the scan again as OBJ.")
    points, colours = table[:, :3].copy(), None
    if table.shape[1] >= 6:
        colours = np.round(np.clip(table[:, 3:6], 0, 1) * 255).astype(np.uint8)
        if table[:, 3:6].max() > 1.0:  # some scanners write 0 to 255
            colours = np.clip(table[:, 3:6], 0, 255).astype(np.uint8)
    uv = obj_table(data, b"vt", (1, 2, 3), path)
    polygons = obj_polygons(data, len(points), len(uv), path)
    if polygons is None:
        return RawScan(points, colours=colours)
    triangles, polygon = fan_triangles(polygons.counts)
    faces = polygons.vertex[triangles].astype(np.int32)
    paint, remarks = None, ()
    if colours is None:
        corner_uv = polygons.texture[triangles]
        paint, remarks = _paint(data, path, polygons.material[polygon], polygons.names, corner_uv, uv)
    return RawScan(points, colours=colours, faces=faces, paint=paint, remarks=remarks)


def obj_references(path: Path) -> list[str]:
    """Names of the material libraries and textures that an OBJ file refers to."""
    library, _ = _materials(path.read_bytes(), path)
    names = [line.decode("utf-8", "replace").strip() for line in obj_lines(path.read_bytes(), b"mtllib")]
    return names + [material.texture for material in library.values() if material.texture]


def obj_lines(data: bytes, keyword: bytes) -> list[bytes]:
    """What follows a keyword, of every line that begins with it."""
    return re.findall(rb"(?m)^[ \t]*" + keyword + rb"[ \t]+([^\r\n]*)", data)


def obj_table(data: bytes, keyword: bytes, widths: tuple[int, ...], path: Path) -> np.ndarray:
    """The numbers of all lines with a keyword, one row a line."""
    lines = obj_lines(data, keyword)
    if not lines:
        return np.zeros((0, widths[0]))
    try:
        numbers = parse_numbers(b"\n".join(lines))
    except ValueError:
        raise StudioError(f"{path.name} has '{keyword.decode()}' lines that are not numbers; it is damaged, export it again.") from None
    width, rest = divmod(len(numbers), len(lines))
    if rest or width not in widths or len(lines[0].split()) != width:
        raise StudioError(f"{path.name} has '{keyword.decode()}' lines of different lengths; it is cut off or damaged, export it again.")
    return numbers.reshape(-1, width)


def obj_polygons(data: bytes, points: int, coordinates: int, path: Path) -> Polygons | None:
    """All 'f' lines, with the material that was in use; None where there are none. Raises StudioError where they cannot be read."""
    names: list[str] = [""]
    lines: list[bytes] = []
    in_use: list[tuple[int, int]] = []  # material, polygons
    starts = [
        (match.start(), match.group(1).decode("latin-1").strip()) for match in re.finditer(rb"(?m)^[ \t]*usemtl[ \t]+([^\r\n]*)", data)
    ]
    bounds = [(0, ""), *starts, (len(data), "")]
    for (start, name), (stop, _) in pairwise(bounds):
        part = obj_lines(data[start:stop], b"f")
        if name not in names:
            names.append(name)
        in_use.append((names.index(name), len(part)))
        lines += part
    if not lines:
        return None
    material = np.repeat([index for index, _ in in_use], [count for _, count in in_use])
    counts = np.array([len(line.split()) for line in lines])
    try:
        vertex, texture = _corners(b"\n".join(lines), int(counts.sum()))
    except ValueError:
        raise StudioError(f"{path.name} has faces that cannot be read; it is cut off or damaged, export it again.") from None
    if (vertex < 0).any() or (texture < 0).any():
        seen = _vertices_before(data)
        vertex = np.where(vertex < 0, vertex + np.repeat(seen[:, 0], counts) + 1, vertex)
        texture = np.where(texture < 0, texture + np.repeat(seen[:, 1], counts) + 1, texture)
    if vertex.min() < 1 or vertex.max() > points or texture.max() > coordinates:
        raise StudioError(f"{path.name} has faces that name vertices it does not have ({points:,}); it is cut off or damaged.")
    return Polygons(counts, vertex - 1, texture - 1, material, tuple(names))


def _corners(text: bytes, corners: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertex and texture index of every corner, as written; 0 for no texture. Raises ValueError."""
    if b"//" in text and re.search(rb"\d/-?\d", text.replace(b"//", b"  ")):
        return _mixed_corners(text)
    text = text.replace(b"//", b"/0/")
    fields, rest = divmod(text.count(b"/"), corners)
    if rest:
        return _mixed_corners(text)
    numbers = parse_numbers(text.replace(b"/", b" "), np.int64)
    if len(numbers) != corners * (fields + 1):
        return _mixed_corners(text)
    numbers = numbers.reshape(corners, fields + 1)
    return numbers[:, 0], numbers[:, 1] if fields else np.zeros(corners, np.int64)


def _mixed_corners(text: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Corners of which some have texture coordinates or normals and some have not: one by one."""
    parts = [corner.split(b"/") for corner in text.split()]
    vertex = np.array([int(part[0]) for part in parts])
    texture = np.array([int(part[1]) if len(part) > 1 and part[1] else 0 for part in parts])
    return vertex, texture


def _vertices_before(data: bytes) -> np.ndarray:
    """For each face line, how many 'v' and 'vt' lines come before it: what relative indices count from. Shape (P, 2)."""
    seen, rows = {b"v": 0, b"vt": 0}, []
    for keyword in re.findall(rb"(?m)^[ \t]*(vt|v|f)[ \t]", data):
        if keyword == b"f":
            rows.append((seen[b"v"], seen[b"vt"]))
        else:
            seen[keyword] += 1
    return np.array(rows)


def _paint(
    data: bytes, path: Path, material: np.ndarray, names: tuple[str, ...], corner: np.ndarray, uv: np.ndarray
) -> tuple[Paint | None, tuple[str, ...]]:
    """The textures and plain colours of the materials in use; None where the file has no colour to tell."""
    library, remarks = _materials(data, path)
    pictures, picture_of, colour_of = [], np.full(len(names), -1), np.full((len(names), 3), 128, np.uint8)
    for index, name in enumerate(names):
        found = library.get(name)
        if found is None or not (material == index).any():
            continue
        if found.diffuse is not None:
            colour_of[index] = np.round(np.clip(found.diffuse, 0, 1) * np.float64(255))
        if found.texture is not None:
            file = inside_folder(path.parent, found.texture)
            if file is None:
                remarks.append(f"The texture {found.texture} of {path.name} is not beside it: that part of the scan has no colour.")
                continue
            picture_of[index] = len(pictures)
            pictures.append(open_picture(file, name=file.name))
    flat = colour_of[material]
    picture = picture_of[material].astype(np.int32)
    has_uv = (corner >= 0).all(axis=1) if len(uv) and uv.shape[1] >= 2 else np.zeros(len(corner), bool)
    picture[~has_uv] = -1
    if (picture < 0).all() and len(np.unique(flat, axis=0)) < 2:
        return None, tuple(remarks)  # one grey for everything is an exporter's default, not a colour
    corner_uv = np.zeros((*corner.shape, 2), np.float32)
    corner_uv[has_uv] = uv[corner[has_uv], :2]
    return Paint(tuple(pictures), picture, corner_uv, flat), tuple(remarks)


def _materials(data: bytes, path: Path) -> tuple[dict[str, _Material], list[str]]:
    materials: dict[str, _Material] = {}
    remarks: list[str] = []
    for line in obj_lines(data, b"mtllib"):
        reference = line.decode("utf-8", "replace").strip()
        file = inside_folder(path.parent, reference)
        if file is None:
            remarks.append(f"The material library {reference} of {path.name} is not beside it: the scan has no colour from it.")
            continue
        if file.stat().st_size > _MAX_MTL_BYTES:
            raise StudioError(
                f"The material library {file.name} of {path.name} is larger than {_MAX_MTL_BYTES:,} bytes; it is no MTL file."
            )
        materials |= _parse_mtl(file.read_text(encoding="utf-8", errors="replace"))
    return materials, remarks


def _parse_mtl(text: str) -> dict[str, _Material]:
    materials: dict[str, _Material] = {}
    name = ""
    for line in text.splitlines():
        keyword, _, rest = line.strip().partition(" ")
        keyword, rest = keyword.lower(), rest.strip()
        old = materials.get(name, _Material(None, None))
        if keyword == "newmtl":
            name = rest
            materials[name] = _Material(None, None)
        elif keyword == "map_kd":
            materials[name] = _Material(old.diffuse, without_options(rest))
        elif keyword == "kd":
            try:
                red, green, blue = (float(word) for word in rest.split()[:3])
            except ValueError:
                continue  # a spectral file or another rare form: no plain colour
            materials[name] = _Material((red, green, blue), old.texture)
    return materials


def without_options(rest: str) -> str:
    """The file name of a `map_Kd` line behind options such as `-s 1 1 1`; the name may hold blanks."""
    words = rest.split()
    while words and words[0].startswith("-") and len(words) > 1:
        words = words[1:]
        while len(words) > 1 and re.fullmatch(r"[-+.\deE]+|on|off", words[0]):
            words = words[1:]
    return " ".join(words)
