"""A small reader of GLB files that poses a skin by what the file holds, written from the glTF 2.0 text."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

COMPONENT = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass(frozen=True)
class Glb:
    """A file's JSON and its binary chunk."""

    content: dict
    chunk: bytes

    @classmethod
    def read(cls, file: Path) -> Glb:
        data = file.read_bytes()
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        text_length, text_kind = struct.unpack_from("<I4s", data, 12)
        chunk_length, chunk_kind = struct.unpack_from("<I4s", data, 20 + text_length)
        assert (text_kind, chunk_kind) == (b"JSON", b"BIN\0")
        assert text_length % 4 == chunk_length % 4 == 0
        return cls(json.loads(data[20 : 20 + text_length]), data[28 + text_length :][:chunk_length])

    def view(self, number: int) -> bytes:
        view = self.content["bufferViews"][number]
        return self.chunk[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]

    def rows(self, number: int) -> np.ndarray:
        """The values of an accessor, one row each; sparse ones filled in; bounds checked."""
        accessor = self.content["accessors"][number]
        width, kind = WIDTH[accessor["type"]], COMPONENT[accessor["componentType"]]
        rows = np.zeros((accessor["count"], width), dtype=kind)
        if "bufferView" in accessor:
            rows[:] = np.frombuffer(self.view(accessor["bufferView"]), dtype=kind).reshape(-1, width)
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            index = np.frombuffer(self.view(sparse["indices"]["bufferView"]), dtype=COMPONENT[sparse["indices"]["componentType"]])
            assert (np.diff(index.astype(int)) > 0).all()
            rows[index] = np.frombuffer(self.view(sparse["values"]["bufferView"]), dtype=kind).reshape(-1, width)
        if "min" in accessor:
            np.testing.assert_array_equal(rows.min(axis=0), accessor["min"])
            np.testing.assert_array_equal(rows.max(axis=0), accessor["max"])
        return rows

    @cached_property
    def mesh(self) -> dict:
        (mesh,) = self.content["meshes"]
        return mesh

    @cached_property
    def shapes(self) -> list[str]:
        return self.mesh["extras"]["targetNames"]

    def attribute(self, name: str) -> np.ndarray:
        """An attribute of all primitives, one below the other."""
        return np.concatenate([self.rows(each["attributes"][name]) for each in self.mesh["primitives"]])

    def triangles(self) -> np.ndarray:
        """Triangles of all primitives, counted through, (F, 3)."""
        before, found = 0, []
        for each in self.mesh["primitives"]:
            found.append(self.rows(each["indices"]).reshape(-1, 3).astype(int) + before)
            before += len(self.rows(each["attributes"]["POSITION"]))
        return np.concatenate(found)

    def target(self, name: str, attribute: str = "POSITION") -> np.ndarray:
        """What a morph target adds, (S, 3)."""
        number = self.shapes.index(name)
        return np.concatenate([self.rows(each["targets"][number][attribute]) for each in self.mesh["primitives"]])

    def weights(self, sets: int = 2) -> np.ndarray:
        """Skin weights by joint, (S, 55), from so many sets of four, scaled to sum 1."""
        rows = np.arange(len(self.attribute("POSITION")))[:, None]
        dense = np.zeros((len(rows), len(self.joints)))
        for number in range(sets):
            np.add.at(dense, (rows, self.attribute(f"JOINTS_{number}").astype(int)), self.attribute(f"WEIGHTS_{number}"))
        return dense / dense.sum(axis=1, keepdims=True)

    @cached_property
    def skin(self) -> dict:
        (skin,) = self.content["skins"]
        return skin

    @cached_property
    def joints(self) -> list[str]:
        return [self.content["nodes"][number]["name"] for number in self.skin["joints"]]

    def parents(self) -> list[str]:
        """The name of each joint's parent node."""
        nodes = self.content["nodes"]
        parent = {child: node["name"] for node in nodes for child in node.get("children", ())}
        return [parent[number] for number in self.skin["joints"]]

    def joint_matrices(self) -> np.ndarray:
        """World transform of each joint, (55, 4, 4)."""
        found: dict[int, np.ndarray] = {}

        def walk(number: int, above: np.ndarray) -> None:
            node = self.content["nodes"][number]
            found[number] = above @ local_matrix(node)
            for child in node.get("children", ()):
                walk(child, found[number])

        for number in self.content["scenes"][self.content["scene"]]["nodes"]:
            walk(number, np.eye(4))
        return np.stack([found[number] for number in self.skin["joints"]])

    def inverse_bind(self) -> np.ndarray:
        return self.rows(self.skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1).astype(float)

    def posed(self, *, shapes: dict[str, float] | None = None, sets: int = 2) -> np.ndarray:
        """The skinned vertices [m], (S, 3). shapes: Weights that replace the file's own."""
        points = self.attribute("POSITION").astype(float)
        for name, weight in (dict(zip(self.shapes, self.mesh["weights"], strict=True)) | (shapes or {})).items():
            if weight:
                points = points + weight * self.target(name)
        matrices = np.einsum("sj,jab->sab", self.weights(sets), self.joint_matrices() @ self.inverse_bind())
        return np.einsum("sab,sb->sa", matrices[:, :3, :3], points) + matrices[:, :3, 3]


def local_matrix(node: dict) -> np.ndarray:
    """Translation, rotation and scale of a node as a matrix."""
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= node.get("scale", (1, 1, 1))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix
