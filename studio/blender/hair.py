"""Materials of hair: the fibre model of Chiang et al. 2016 for head hair, plain dark fibres for brows and lashes."""

from __future__ import annotations

import bpy

from studio.blender.nodes import Graph, Value

#: How much less the tip of a hair absorbs than its root: sun and washing. By eye.
_WEATHERED = 0.14


def hair_material() -> bpy.types.Material:
    """Head hair: each strand brings how strongly it absorbs red, green and blue, as the attribute ``absorption``."""
    graph = Graph("hair")
    worn = graph.math("MULTIPLY_ADD", graph.node("HairInfo").outputs["Intercept"], -_WEATHERED, 1.0)
    sigma = graph.node("VectorMath", {0: graph.attribute_vector("absorption"), "Scale": worn}, operation="SCALE").outputs[0]
    inputs: dict[str | int, Value] = {
        "Absorption Coefficient": sigma, "Roughness": 0.27, "Radial Roughness": 0.45, "Random Roughness": 0.3, "IOR": 1.55, "Coat": 0.0,
    }  # fmt: skip
    return graph.surface(graph.node("BsdfHairPrincipled", inputs, model="CHIANG", parametrization="ABSORPTION"))


def fibre_material(name: str, rgb: list[float]) -> bpy.types.Material:
    """Brows and lashes: short fibres seen against skin, for which the hair model comes out too pale."""
    graph = Graph(name)
    return graph.surface(graph.node("BsdfPrincipled", {"Base Color": rgb, "Roughness": 0.45, "Specular IOR Level": 0.3}))
