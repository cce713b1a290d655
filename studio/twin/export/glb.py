"""A rig as GLB, the binary form of glTF 2.0 (Khronos; ISO/IEC 12113:2022). Section numbers below are those of that text.

One skinned mesh with a primitive for each material. glTF has no quads: they are split as the body's own triangles are. A vertex is
doubled where the texture has a seam (3.7.2.1). Joints with up to eight influences a vertex take two sets (3.7.3.3), the strongest four
first: a reader that knows one set only, and scales it to one, stays as close as four influences can.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

import studio
from studio.body.joints import JOINTS, PARENTS
from studio.mesh.normals import vertex_normals
from studio.twin.export.materials import Image, Material
from studio.twin.export.rig import Rig, halves

_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_COMPONENT = {"float32": 5126, "uint8": 5121, "uint16": 5123, "uint32": 5125}
_KIND = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
#: Morph targets that move less than this share of their vertices are stored sparsely (a row then costs 14 or 16 bytes instead of 12).
_SPARSE_BELOW = 0.6
#: Primitives of fewer vertices than this are stored densely: they are small, and not every reader knows a sparse accessor of nothing.
_DENSE_BELOW = 1000
#: Components of a morph's normals that change less than this are taken as unchanged: half a step of an 8-bit normal buffer.
_NORMAL_STILL = 1 / 255
_SETS = 2  # of four influences each


class _Binary:
    """The binary chunk in the making, with the views and accessors into it."""

    def __init__(self) -> None:
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self._bytes = bytearray()

    def view(self, data: bytes, *, target: int | None = None) -> int:
        self._bytes += b"\0" * (-len(self._bytes) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self._bytes), "byteLength": len(data)} | ({"target": target} if target else {}))
        self._bytes += data
        return len(self.views) - 1

    def accessor(self, array: np.ndarray, *, target: int | None = None, bounds: bool = False) -> int:
        """An accessor of rows (N,) or (N, k); ``bounds`` adds least and greatest values, which positions must have (3.7.2.1)."""
        array = np.ascontiguousarray(array)
        return self._add({"bufferView": self.view(array.tobytes(), target=target)} | _shape(array) | (_bounds(array) if bounds else {}))

    def displacements(self, array: np.ndarray, *, bounds: bool = False) -> int:
        """An accessor of a morph target's rows (N, 3), sparse where few of them move (3.6.2.3)."""
        array = np.ascontiguousarray(array, dtype=np.float32)
        rows = np.flatnonzero(array.any(axis=1))
        rows = rows if len(rows) else np.zeros(1, dtype=np.int64)  # a sparse accessor has one row at least
        if len(array) < _DENSE_BELOW or len(rows) > _SPARSE_BELOW * len(array):
            return self.accessor(array, target=_ARRAY_BUFFER, bounds=bounds)
        index = rows.astype(np.uint16 if len(array) <= 65536 else np.uint32)
        sparse = {
            "count": len(rows),
            "indices": {"bufferView": self.view(index.tobytes()), "componentType": _COMPONENT[index.dtype.name]},
            "values": {"bufferView": self.view(array[rows].tobytes())},
        }
        return self._add({"sparse": sparse} | _shape(array) | (_bounds(array) if bounds else {}))

    def chunk(self) -> bytes:
        return bytes(self._bytes) + b"\0" * (-len(self._bytes) % 4)

    def _add(self, accessor: dict[str, Any]) -> int:
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _shape(array: np.ndarray) -> dict[str, Any]:
    return {"componentType": _COMPONENT[array.dtype.name], "count": len(array), "type": _KIND[1 if array.ndim == 1 else array.shape[1]]}


def _bounds(array: np.ndarray) -> dict[str, Any]:
    return {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}


def write_glb(file: Path, rig: Rig) -> None:
    """Write a rig as GLB."""
    binary = _Binary()
    materials, textures, images = _materials(binary, rig.materials)
    inverse_bind = np.tile(np.eye(4, dtype=np.float32), (len(JOINTS), 1, 1))
    inverse_bind[:, 3, :3] = -rig.joints  # column by column (3.7.3.1)
    joint_nodes = [2 + index for index in range(len(JOINTS))]
    content = {
        "asset": {"version": "2.0", "generator": f"studio {studio.__version__}", "extras": {"twin": rig.title, "floor_m": rig.floor_m}},
        "scene": 0,
        "scenes": [{"name": rig.name, "nodes": [0, 1]}],
        "nodes": [
            {"name": f"{rig.name}-rig", "children": [joint_nodes[0]]},
            {"name": rig.name, "mesh": 0, "skin": 0},
            *_joint_nodes(rig, joint_nodes),
        ],
        "meshes": [
            {
                "name": rig.name,
                "primitives": _primitives(binary, rig),
                "weights": [shape.weight for shape in rig.shapes],
                "extras": {"targetNames": [shape.name for shape in rig.shapes]},
            }
        ],
        "skins": [
            {
                "name": rig.name,
                "joints": joint_nodes,
                "skeleton": 0,
                "inverseBindMatrices": binary.accessor(inverse_bind.reshape(-1, 16)),
            }
        ],
        "materials": materials,
        "textures": textures,
        "images": images,
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],  # linear, mipmaps, no repetition
        "accessors": binary.accessors,
        "bufferViews": binary.views,
        "buffers": [{"byteLength": len(binary.chunk())}],
    }
    file.write_bytes(_container(content, binary.chunk()))


def _container(content: dict[str, Any], chunk: bytes) -> bytes:
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(chunk))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(chunk), b"BIN\0") + chunk


def _joint_nodes(rig: Rig, numbers: list[int]) -> list[dict[str, Any]]:
    quaternions = rig.quaternions
    nodes = []
    for joint, name in enumerate(JOINTS):
        children = [numbers[child] for child, parent in enumerate(PARENTS) if parent == joint]
        node = {"name": name, "translation": rig.translations[joint].tolist(), "rotation": quaternions[joint].tolist()}
        nodes.append(node | ({"children": children} if children else {}))
    return nodes


def _primitives(binary: _Binary, rig: Rig) -> list[dict[str, Any]]:
    influences, weights = strongest(rig.weights, 4 * _SETS)
    changes = [_normal_changes(rig, shape.offsets) for shape in rig.shapes]
    primitives = []
    for number in range(len(rig.materials)):
        vertex, uv, triangles = split_at_seams(rig.quads[rig.material == number], rig.uv[rig.material == number])

        def rows(array: np.ndarray, *, bounds: bool = False, vertex: np.ndarray = vertex) -> int:
            return binary.accessor(array[vertex], target=_ARRAY_BUFFER, bounds=bounds)

        attributes = {
            "POSITION": rows(rig.vertices.astype(np.float32), bounds=True),
            "NORMAL": rows(rig.normals.astype(np.float32)),
            "TEXCOORD_0": binary.accessor(np.c_[uv[:, 0], 1 - uv[:, 1]].astype(np.float32), target=_ARRAY_BUFFER),  # from the top (3.8.3)
        }
        for index in range(_SETS):
            four = slice(4 * index, 4 * index + 4)
            attributes[f"JOINTS_{index}"] = rows(influences[:, four])
            attributes[f"WEIGHTS_{index}"] = rows(weights[:, four])
        targets = [
            {"POSITION": binary.displacements(shape.offsets[vertex], bounds=True), "NORMAL": binary.displacements(change[vertex])}
            for shape, change in zip(rig.shapes, changes, strict=True)
        ]
        index_type = np.uint16 if len(vertex) < 65535 else np.uint32
        indices = binary.accessor(triangles.reshape(-1).astype(index_type), target=_ELEMENT_ARRAY_BUFFER)
        primitives.append({"attributes": attributes, "targets": targets, "indices": indices, "material": number, "mode": 4})
    return primitives


def strongest(weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` strongest influences of each vertex, strongest first: joints (V, count) uint8, and weights float32 of sum 1."""
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    kept = np.take_along_axis(weights, order, axis=1).astype(np.float64)
    kept = (kept / kept.sum(axis=1, keepdims=True)).astype(np.float32)
    return np.where(kept > 0, order, 0).astype(np.uint8), kept  # a joint without weight is written as 0 (3.7.3.3)


def split_at_seams(quads: np.ndarray, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices with one texture coordinate each: number of the body's vertex (S,), coordinates (S, 2), triangles (2 Q, 3) into them."""
    corners = np.concatenate([quads.reshape(-1, 1), uv.reshape(-1, 2)], axis=1)
    split, corner = np.unique(corners, axis=0, return_inverse=True)
    return split[:, 0].astype(np.int64), split[:, 1:], halves(corner.reshape(-1, 4))


def _normal_changes(rig: Rig, offsets: np.ndarray) -> np.ndarray:
    """What a shape adds to the normals, shape (V, 3)."""
    change = vertex_normals(rig.vertices + offsets, rig.triangles) - rig.normals
    change[np.abs(change).max(axis=1) < _NORMAL_STILL] = 0.0
    return change


def _materials(binary: _Binary, made_of: tuple[Material, ...]) -> tuple[list, list, list]:
    """Materials, textures and images."""
    images: list[Image] = []

    def texture(image: Image) -> dict[str, int]:
        if image not in images:
            images.append(image)
        return {"index": images.index(image)}

    materials = []
    for each in made_of:
        surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": each.roughness}
        surface |= {"baseColorFactor": [*each.colour, 1.0]} if each.image is None else {"baseColorTexture": texture(each.image)}
        normal = {} if each.normal is None else {"normalTexture": texture(each.normal)}
        materials.append({"name": each.name, "pbrMetallicRoughness": surface} | normal)
    textures = [{"source": index, "sampler": 0, "name": image.name} for index, image in enumerate(images)]
    stored = [{"name": image.name, "mimeType": "image/png", "bufferView": binary.view(image.data)} for image in images]
    return materials, textures, stored
