"""glTF 2.0, as one binary file (GLB) or as JSON with its buffers beside it.

Read: all triangle meshes (and point clouds) of the default scene with the transforms of their nodes, vertex colours, base colours and
base colour textures. Skins and morph targets are left at rest. Positions are in metres with y up by the specification (3.6), and its
vertex colours and colour factors are linear (3.9.2); files of programs known to write sRGB bytes instead are taken as such.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from studio.errors import StudioError
from studio.scan.pictures import open_picture
from studio.scan.raw import Paint, RawScan, inside_folder

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4", 5126: "f4"}  # specification 3.6.2.2
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942

#: Compressions that are extensions, and need a decoder of their own.
_COMPRESSED = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")
#: Writers that store sRGB bytes as vertex colours, against the specification (seen in their sources).
_SRGB_WRITERS = ("trimesh", "open3d")
#: Values that an accessor may claim without bytes behind them (they are zeros by the specification). Chosen: far above any scan.
_MAX_ZEROS = 20_000_000
#: A scene graph nested deeper than this is a cycle.
_MAX_DEPTH = 200


@dataclass
class GltfFile:
    """The parsed JSON, and the buffers that it refers to."""

    path: Path
    document: dict[str, Any]
    binary: bytes | None
    buffers: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """One primitive in the scene's frame."""

    points: np.ndarray
    normals: np.ndarray | None
    colours: np.ndarray | None
    faces: np.ndarray | None
    corner_uv: np.ndarray | None
    picture: int
    flat: np.ndarray


def read_gltf(path: Path) -> RawScan:
    """Read a GLB or glTF file. Raises StudioError where it is malformed, cut off, compressed or without triangles and points."""
    file = open_gltf(path)
    try:
        parts = list(_parts(file))
        pictures = {part.picture for part in parts if part.picture >= 0}
        loaded = {index: _picture(file, index) for index in sorted(pictures)}
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise StudioError(f"{path.name} is damaged glTF ({type(error).__name__}: {error}); export it again.") from None
    if not parts:
        raise StudioError(f"{path.name} has no triangles and no points in its scene; export the scan itself as GLB.")
    return _joined(parts, loaded)


def gltf_references(path: Path) -> list[str]:
    """Names of the buffers and pictures that a glTF file refers to."""
    document = open_gltf(path).document
    entries = [*document.get("buffers", []), *document.get("images", [])]
    uris = [entry["uri"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("uri"), str)]
    return [unquote(uri) for uri in uris if not uri.startswith("data:")]


def open_gltf(path: Path) -> GltfFile:
    """The parsed file. Raises StudioError where it is cut off, of another version, or compressed."""
    data = path.read_bytes()
    binary = None
    if data[:4] == b"glTF":
        chunks, at = {}, 12
        while at + 8 <= len(data):
            length, kind = struct.unpack_from("<II", data, at)
            if at + 8 + length > len(data):
                raise StudioError(f"{path.name} is cut off: a part of {length:,} bytes is promised and missing; copy or export it again.")
            chunks.setdefault(kind, data[at + 8 : at + 8 + length])
            at += 8 + length
        binary, text = chunks.get(_BINARY_CHUNK), chunks.get(_JSON_CHUNK, b"")
    else:
        text = data
    try:
        document = json.loads(text)
        version = str(document["asset"]["version"])
    except (ValueError, KeyError, TypeError):
        raise StudioError(f"{path.name} has no glTF description inside; it is damaged, export it again.") from None
    if not version.startswith("2"):
        raise StudioError(f"{path.name} is glTF {version}, and 2.0 is read; export it again.")
    compressed = [name for name in _COMPRESSED if name in document.get("extensionsRequired", [])]
    if compressed:
        raise StudioError(f"{path.name} is compressed with {compressed[0]}, which is not read; export it without compression.")
    return GltfFile(path, document, binary)


def _parts(file: GltfFile):
    for primitive, scene_from_node in placed_primitives(file):
        if primitive.get("mode", _TRIANGLES) in (_POINTS, _TRIANGLES, _STRIP, _FAN):
            yield _part(file, primitive, scene_from_node)


def placed_primitives(file: GltfFile) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
    """The primitives of the default scene, each with the transform (4, 4) of its node. Raises ValueError where nodes go in a circle."""
    document = file.document
    nodes = document.get("nodes", [])
    scenes = document.get("scenes")
    if scenes:
        roots = scenes[document.get("scene", 0)].get("nodes", [])
    else:
        children = {child for node in nodes for child in node.get("children", [])}
        roots = [index for index in range(len(nodes)) if index not in children]
    stack = [(root, np.eye(4), 0) for root in reversed(roots)]
    while stack:
        index, scene_from_parent, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise ValueError("nodes nested in a circle")
        node = nodes[index]
        scene_from_node = scene_from_parent @ _parent_from_node(node)
        stack += [(child, scene_from_node, depth + 1) for child in reversed(node.get("children", []))]
        if "mesh" in node:
            for primitive in document["meshes"][node["mesh"]]["primitives"]:
                yield primitive, scene_from_node


def _parent_from_node(node: dict[str, Any]) -> np.ndarray:
    """A node's transform: a column-major matrix, or translation, rotation (quaternion x y z w) and scale (3.5.3)."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", (1.0, 1.0, 1.0)), dtype=np.float64)
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix


def _part(file: GltfFile, primitive: dict[str, Any], scene_from_node: np.ndarray) -> _Part:
    attributes, linear = primitive["attributes"], scene_from_node[:3, :3]
    points = accessor_values(file, attributes["POSITION"]).astype(np.float64) @ linear.T + scene_from_node[:3, 3]
    normals = None
    if "NORMAL" in attributes and abs(np.linalg.det(linear)) > 0:
        normals = accessor_values(file, attributes["NORMAL"]).astype(np.float64) @ np.linalg.inv(linear)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    faces = primitive_triangles(file, primitive, len(points))
    if faces is not None and np.linalg.det(linear) < 0:
        faces = faces[:, ::-1]  # a mirrored node turns its triangles inside out (3.7.4)
    material = file.document["materials"][primitive["material"]] if "material" in primitive else {}
    surface = material.get("pbrMetallicRoughness", {})
    factor = np.array(surface.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0)), dtype=np.float64)[:3]
    colours, picture, corner_uv = None, -1, None
    if "COLOR_0" in attributes:
        colours = _vertex_colours(file, attributes["COLOR_0"])
    texture = surface.get("baseColorTexture")
    if colours is None and texture is not None and faces is not None:
        name = f"TEXCOORD_{texture.get('texCoord', 0)}"
        if name in attributes:
            uv = accessor_values(file, attributes[name]).astype(np.float32)
            corner_uv = np.stack([uv[faces][..., 0], 1.0 - uv[faces][..., 1]], axis=-1)  # glTF counts v from the top
            picture = file.document["textures"][texture["index"]].get("source", -1)
    return _Part(points, normals, colours, faces, corner_uv, picture, _srgb8(factor[None])[0])


def _vertex_colours(file: GltfFile, accessor: int) -> np.ndarray:
    stored = accessor_values(file, accessor)[:, :3]
    if stored.dtype.kind in "iu":  # a writer that forgot to say that they are normalised
        stored = stored / np.float64(np.iinfo(stored.dtype).max)
    generator = str(file.document["asset"].get("generator", "")).lower()
    if any(writer in generator for writer in _SRGB_WRITERS):
        return np.round(np.clip(stored, 0, 1) * 255).astype(np.uint8)
    return _srgb8(stored)


def _srgb8(linear: np.ndarray) -> np.ndarray:
    """Linear light 0 to 1 to sRGB bytes (IEC 61966-2-1)."""
    linear = np.clip(linear, 0, 1)
    return np.round(255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)).astype(np.uint8)


def primitive_triangles(file: GltfFile, primitive: dict[str, Any], points: int) -> np.ndarray | None:
    mode = primitive.get("mode", _TRIANGLES)
    if mode == _POINTS:
        return None
    indices = accessor_values(file, primitive["indices"]).ravel().astype(np.int64) if "indices" in primitive else np.arange(points)
    if len(indices) and indices.max() >= points:
        raise ValueError(f"a triangle names vertex {indices.max()} of {points}")
    if mode == _TRIANGLES:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    if mode == _FAN:
        return np.stack([np.full(len(indices) - 2, indices[0]), indices[1:-1], indices[2:]], axis=1)
    strip = np.stack([indices[:-2], indices[1:-1], indices[2:]], axis=1)
    strip[1::2] = strip[1::2, [1, 0, 2]]
    return strip


def accessor_values(file: GltfFile, index: int) -> np.ndarray:
    """The values of an accessor, shape (count, width); normalised integers become floats (3.6.2.2)."""
    accessor = file.document["accessors"][index]
    dtype, width, count = np.dtype("<" + _COMPONENTS[accessor["componentType"]]), _WIDTHS[accessor["type"]], accessor["count"]
    if "bufferView" in accessor:
        values = _view(file, accessor["bufferView"], accessor.get("byteOffset", 0), dtype, width, count)
    elif count > _MAX_ZEROS:
        raise ValueError(f"{count} values without data")
    else:
        values = np.zeros((count, width), dtype)
    if "sparse" in accessor:
        values = _with_sparse(file, accessor["sparse"], values, dtype, width)
    if accessor.get("normalized") and dtype.kind in "iu":
        return np.maximum(values / np.float64(np.iinfo(dtype).max), -1.0)
    return values


def _with_sparse(file: GltfFile, sparse: dict[str, Any], values: np.ndarray, dtype: np.dtype, width: int) -> np.ndarray:
    places = sparse["indices"]
    index_type = np.dtype("<" + _COMPONENTS[places["componentType"]])
    rows = _view(file, places["bufferView"], places.get("byteOffset", 0), index_type, 1, sparse["count"]).ravel()
    replaced = values.copy()
    replaced[rows] = _view(file, sparse["values"]["bufferView"], sparse["values"].get("byteOffset", 0), dtype, width, sparse["count"])
    return replaced


def _view(file: GltfFile, index: int, offset: int, dtype: np.dtype, width: int, count: int) -> np.ndarray:
    view = file.document["bufferViews"][index]
    data = _buffer(file, view["buffer"])
    start, stride = view.get("byteOffset", 0) + offset, view.get("byteStride") or dtype.itemsize * width
    end = start + stride * (count - 1) + dtype.itemsize * width
    if count < 0 or start < 0 or (count and end > len(data)):
        raise StudioError(f"{file.path.name} is cut off: {end:,} bytes of geometry are promised, {len(data):,} are there; export it again.")
    return np.ndarray((count, width), dtype, data, start, (stride, dtype.itemsize))


def _buffer(file: GltfFile, index: int) -> bytes:
    if index not in file.buffers:
        uri = file.document["buffers"][index].get("uri")
        file.buffers[index] = (file.binary or b"") if uri is None else resource_bytes(file, uri)
    return file.buffers[index]


def resource_bytes(file: GltfFile, uri: str) -> bytes:
    """The bytes behind a URI: inside the JSON, or a file in the same folder; nothing is fetched."""
    if uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2], validate=True)
        except binascii.Error:
            raise StudioError(f"{file.path.name} holds data that is not base64; export it again.") from None
    found = inside_folder(file.path.parent, unquote(uri))
    if found is None:
        raise StudioError(f"{file.path.name} needs the file {uri}, which is not in its folder; put it there, or export a GLB.")
    return found.read_bytes()


def _picture(file: GltfFile, index: int) -> np.ndarray:
    data, name = image_bytes(file, index)
    return open_picture(data, name=name)


def image_bytes(file: GltfFile, index: int) -> tuple[bytes, str]:
    """An image as it is packed, and what it is called."""
    image = file.document["images"][index]
    name = str(image.get("name") or image.get("uri", f"image {index}"))[:60]
    if "uri" in image:
        return resource_bytes(file, image["uri"]), name
    view = file.document["bufferViews"][image["bufferView"]]
    start = view.get("byteOffset", 0)
    return bytes(_buffer(file, view["buffer"])[start : start + view["byteLength"]]), name


def _joined(parts: list[_Part], pictures: dict[int, np.ndarray]) -> RawScan:
    """All parts as one mesh; as one cloud where one of them has no triangles."""
    sizes = [len(part.points) for part in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    points = np.concatenate([part.points for part in parts])
    whole = all(part.normals is not None for part in parts)
    normals = np.concatenate([part.normals for part in parts]).astype(np.float32) if whole else None
    colours = None
    if any(part.colours is not None for part in parts):
        colours = np.concatenate([np.tile(p.flat, (n, 1)) if p.colours is None else p.colours for p, n in zip(parts, sizes, strict=True)])
    if any(part.faces is None for part in parts):
        return RawScan(points, normals, colours, metres_per_unit=1.0)
    faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32)
    paint = None
    flats = np.unique([part.flat for part in parts], axis=0)
    if colours is None and (pictures or len(flats) > 1):
        order = {index: position for position, index in enumerate(pictures)}
        counts = [len(part.faces) for part in parts]
        uv = [np.zeros((n, 3, 2), np.float32) if p.corner_uv is None else p.corner_uv for p, n in zip(parts, counts, strict=True)]
        picture = np.repeat([order.get(part.picture, -1) for part in parts], counts).astype(np.int32)
        paint = Paint(tuple(pictures.values()), picture, np.concatenate(uv), np.repeat([p.flat for p in parts], counts, axis=0))
    return RawScan(points, normals, colours, faces, paint, metres_per_unit=1.0)
