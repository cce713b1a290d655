"""A small reader of binary FBX files (version 7.4) that poses a skin by what the file holds.

The layout of the records is that of the Blender developers' description of the format (code.blender.org, "FBX binary file format
specification", 2013); the meaning of the elements that of Autodesk's FBX SDK.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

SCALAR = {"Y": "<h", "C": "<?", "I": "<i", "F": "<f", "D": "<d", "L": "<q"}
ARRAY = {"f": "<f4", "d": "<f8", "l": "<i8", "i": "<i4", "b": "<i1"}


@dataclass
class Element:
    """A record: its name, its values, its children."""

    name: str
    values: list = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> Element:
        (found,) = self.all(name)
        return found

    def value(self, name: str):
        return self.one(name).values[0]

    def properties(self) -> dict[str, list]:
        """What stands under Properties70, by name."""
        return {row.values[0].decode(): row.values[4:] for row in self.one("Properties70").children}


def read_elements(file: Path) -> Element:
    data = file.read_bytes()
    assert data[:23] == b"Kaydara FBX Binary  \0\x1a\0"
    assert struct.unpack_from("<I", data, 23) == (7400,)
    root, at = Element("root"), 27
    while (step := _record(data, at))[0] is not None:
        root.children.append(step[0])
        at = step[1]
    return root


def _record(data: bytes, at: int) -> tuple[Element | None, int]:
    end, count, _, name_length = struct.unpack_from("<IIIB", data, at)
    if end == 0:
        return None, at + 13
    at += 13
    element = Element(data[at : at + name_length].decode())
    at += name_length
    for _ in range(count):
        value, at = _value(data, at)
        element.values.append(value)
    while at < end:
        child, at = _record(data, at)
        if child is not None:
            element.children.append(child)
    return element, end


def _value(data: bytes, at: int):
    kind, at = chr(data[at]), at + 1
    if kind in SCALAR:
        return struct.unpack_from(SCALAR[kind], data, at)[0], at + struct.calcsize(SCALAR[kind])
    if kind in "SR":
        (length,) = struct.unpack_from("<I", data, at)
        return data[at + 4 : at + 4 + length], at + 4 + length
    count, packed, length = struct.unpack_from("<III", data, at)
    body = data[at + 12 : at + 12 + length]
    return np.frombuffer(zlib.decompress(body) if packed else body, dtype=ARRAY[kind], count=count), at + 12 + length


def short(element: Element) -> str:
    """An object's name without its class."""
    return element.values[1].split(b"\0")[0].decode()


class Fbx:
    """The scene of a file: one mesh with a skin and shapes."""

    def __init__(self, file: Path) -> None:
        self.root = read_elements(file)
        self.settings = self.root.one("GlobalSettings").properties()
        self.objects = {element.values[0]: element for element in self.root.one("Objects").children}
        self.links = [row.values for row in self.root.one("Connections").all("C")]

    def kind(self, name: str, variety: bytes | None = None) -> dict[int, Element]:
        return {key: each for key, each in self.objects.items() if each.name == name and variety in (None, each.values[2])}

    def sources(self, target: int) -> list[int]:
        return [row[1] for row in self.links if row[2] == target]

    @cached_property
    def bones(self) -> dict[int, Element]:
        return self.kind("Model", b"LimbNode")

    def parent_of(self, model: int) -> int | None:
        above = [row[2] for row in self.links if row[1] == model and row[2] in self.kind("Model")]
        return above[0] if above else None

    def world(self, model: int) -> np.ndarray:
        """World matrix of a node from its Lcl properties and those of the nodes above."""
        above = self.parent_of(model)
        return (np.eye(4) if above is None else self.world(above)) @ local_matrix(self.objects[model])

    @cached_property
    def geometry(self) -> Element:
        (mesh,) = self.kind("Geometry", b"Mesh").values()
        return mesh

    @cached_property
    def vertices(self) -> np.ndarray:
        return self.geometry.value("Vertices").reshape(-1, 3)

    @cached_property
    def shapes(self) -> dict[str, tuple[np.ndarray, float]]:
        """Displacements of every vertex, and the weight that is set, by name."""
        found = {}
        for key, channel in self.kind("Deformer", b"BlendShapeChannel").items():
            (shape,) = (self.objects[source] for source in self.sources(key))
            offsets = np.zeros_like(self.vertices)
            offsets[shape.value("Indexes")] = shape.value("Vertices").reshape(-1, 3)
            found[short(channel)] = offsets, channel.value("DeformPercent") / 100
        return found

    @cached_property
    def clusters(self) -> dict[str, tuple[int, Element]]:
        """The cluster of each bone by its name, with the bone's number."""
        found = {}
        for key, cluster in self.kind("Deformer", b"Cluster").items():
            (bone,) = self.sources(key)
            found[short(self.objects[bone])] = bone, cluster
        return found

    def weights(self, joints: tuple[str, ...]) -> np.ndarray:
        dense = np.zeros((len(self.vertices), len(joints)))
        for column, name in enumerate(joints):
            _, cluster = self.clusters[name]
            if cluster.all("Indexes"):
                dense[cluster.value("Indexes"), column] = cluster.value("Weights")
        return dense

    def bind(self, name: str) -> np.ndarray:
        """World matrix of a bone when the skin was bound."""
        return matrix(self.clusters[name][1].value("TransformLink"))

    def posed(self, joints: tuple[str, ...], *, shapes: dict[str, float] | None = None) -> np.ndarray:
        """The skinned vertices in the file's unit, (V, 3). shapes: Weights that replace the file's own."""
        points = self.vertices.copy()
        for name, (offsets, weight) in self.shapes.items():
            points += offsets * (shapes or {}).get(name, weight)
        moved = [self.world(self.clusters[name][0]) @ matrix(self.clusters[name][1].value("Transform")) for name in joints]
        matrices = np.einsum("vj,jab->vab", self.weights(joints), np.stack(moved))
        return np.einsum("vab,vb->va", matrices[:, :3, :3], points) + matrices[:, :3, 3]


def matrix(values: np.ndarray) -> np.ndarray:
    return np.asarray(values).reshape(4, 4).T


def local_matrix(model: Element) -> np.ndarray:
    """Translation, rotation (x, then y, then z, in degrees) and scale of a node; pre- and post-rotations and pivots must be absent."""
    properties = model.properties()
    assert not {"PreRotation", "PostRotation", "RotationOffset", "RotationPivot", "ScalingPivot"} & set(properties)
    result = np.eye(4)
    for axis, angle in enumerate(np.radians(properties.get("Lcl Rotation", [0, 0, 0]))):
        turn, (i, j) = np.eye(4), [(1, 2), (2, 0), (0, 1)][axis]
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        result = turn @ result
    result[:3, :3] *= properties.get("Lcl Scaling", [1, 1, 1])
    result[:3, 3] = properties.get("Lcl Translation", [0, 0, 0])
    return result
