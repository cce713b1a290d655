"""Short words for shader graphs, so that a material reads as its formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

#: A value in a graph: a socket, a node (its first output), a number, or a colour or vector.
Value = Any


class Graph:
    """The node tree of a new material, emptied. Methods return output sockets."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def node(self, kind: str, /, inputs: dict[str | int, Value] | None = None, **properties: Any) -> bpy.types.Node:
        """A shader node; ``kind`` without the prefix ShaderNode, inputs by name or index."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in properties.items():
            setattr(node, name, value)
        for name, value in (inputs or {}).items():
            self.join(value, node.inputs[name])
        return node

    def join(self, value: Value, socket: bpy.types.NodeSocket) -> None:
        """Link a socket, or set a constant."""
        if isinstance(value, bpy.types.Node):
            value = value.outputs[0]
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif socket.type == "RGBA":
            socket.default_value = (*(float(part) for part in tuple(value)[:3]), 1.0)
        elif socket.type == "VECTOR":
            socket.default_value = tuple(float(part) for part in value)
        else:
            socket.default_value = float(value)

    def math(self, operation: str, a: Value, b: Value = 0.0, c: Value = 0.0) -> bpy.types.NodeSocket:
        """One operation on numbers."""
        return self.node("Math", {0: a, 1: b, 2: c}, operation=operation).outputs[0]

    def add(self, *values: Value) -> Value:
        """Sum of numbers."""
        total = values[0]
        for value in values[1:]:
            total = self.math("ADD", total, value)
        return total

    def times(self, *values: Value) -> Value:
        """Product of numbers."""
        product = values[0]
        for value in values[1:]:
            product = self.math("MULTIPLY", product, value)
        return product

    def inverse(self, value: Value) -> bpy.types.NodeSocket:
        """1 - value."""
        return self.math("SUBTRACT", 1.0, value)

    def colour(self, factor: Value, a: Value, b: Value, blend: str = "MIX") -> bpy.types.NodeSocket:
        """A colour between a (factor 0) and b (factor 1)."""
        node = self.node("Mix", data_type="RGBA", blend_type=blend)
        first, second = (socket for socket in node.inputs if socket.type == "RGBA")
        self.join(factor, node.inputs[0])  # the first Factor socket is the float one
        self.join(a, first)
        self.join(b, second)
        return next(socket for socket in node.outputs if socket.type == "RGBA")

    def lerp(self, factor: Value, a: Value, b: Value) -> bpy.types.NodeSocket:
        """A number between a and b; the float sockets of a Mix node are inputs 0, 2 and 3."""
        return self.node("Mix", {0: factor, 2: a, 3: b}, data_type="FLOAT").outputs[0]

    def ramp(self, value: Value, low: float, high: float, to_low: float = 0.0, to_high: float = 1.0) -> bpy.types.NodeSocket:
        """Smooth step of a number from low to high, mapped to to_low to to_high. low may exceed high."""
        if low > high:
            low, high, to_low, to_high = high, low, to_high, to_low
        node = self.node("MapRange", {0: value, 1: low, 2: high, 3: to_low, 4: to_high}, interpolation_type="SMOOTHSTEP")
        return node.outputs[0]

    def attribute(self, name: str) -> bpy.types.NodeSocket:
        """A number that the mesh stores."""
        return self.node("Attribute", attribute_name=name).outputs["Fac"]

    def attribute_vector(self, name: str) -> bpy.types.NodeSocket:
        """A vector that the mesh stores."""
        return self.node("Attribute", attribute_name=name).outputs["Vector"]

    def attribute_colour(self, name: str) -> bpy.types.NodeSocket:
        """A colour that the mesh stores."""
        return self.node("Attribute", attribute_name=name).outputs["Color"]

    def noise(self, where: Value, scale: float, detail: float = 2.0, roughness: float = 0.5) -> bpy.types.NodeSocket:
        """Perlin noise around 0.5."""
        return self.node("TexNoise", {"Vector": where, "Scale": scale, "Detail": detail, "Roughness": roughness}).outputs[0]

    def warped(self, where: Value, scale: float, amount: float, detail: float = 2.0) -> bpy.types.NodeSocket:
        """Coordinates shaken by noise."""
        shake = self.node("TexNoise", {"Vector": where, "Scale": scale, "Detail": detail}).outputs["Color"]
        step = self.node("VectorMath", {0: shake, "Scale": amount}, operation="SCALE").outputs[0]
        return self.node("VectorMath", {0: where, 1: step}, operation="ADD").outputs[0]

    def cells(self, where: Value, scale: float, feature: str = "F1") -> bpy.types.Node:
        """Voronoi cells."""
        return self.node("TexVoronoi", {"Vector": where, "Scale": scale}, feature=feature)

    def stretched(self, where: Value, scale: Sequence[float]) -> bpy.types.NodeSocket:
        """Coordinates scaled by axis."""
        return self.node("Mapping", {"Vector": where, "Scale": scale}, vector_type="POINT").outputs[0]

    def bump(self, height: Value, *, strength: float, distance_m: float, normal: Value = None) -> bpy.types.NodeSocket:
        """A normal from a height field of that depth [m]."""
        node = self.node("Bump", {"Strength": strength, "Distance": distance_m, "Height": height})
        if normal is not None:
            self.join(normal, node.inputs["Normal"])
        return node.outputs[0]

    def surface(self, shader: Value) -> bpy.types.Material:
        """Finish the material with a surface shader."""
        self.join(shader, self.node("OutputMaterial").inputs["Surface"])
        return self.material
