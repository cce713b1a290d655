"""Materials of hair: the fibre model of Chiang et al. 2016 for head hair, plain dark fibres for brows and lashes."""

from __future__ import annotations

from typing import Any

import bpy

from studio.blender.nodes import Graph, Value


def hair_material(hair: dict[str, Any]) -> bpy.types.Material:
    """Head hair by melanin and redness, or dyed. Strands differ a little from each other, as real ones do."""
    graph = Graph("hair")
    inputs: dict[str | int, Value] = {
        "Roughness": 0.30, "Radial Roughness": 0.45, "Random Roughness": 0.3, "IOR": 1.55, "Coat": 0.0,
    }  # fmt: skip
    node = graph.node("BsdfHairPrincipled", inputs, model="CHIANG", parametrization="COLOR" if hair["dye_rgb"] else "MELANIN")
    if hair["dye_rgb"]:
        graph.join(hair["dye_rgb"], node.inputs["Color"])
    else:
        graph.join(hair["melanin"], node.inputs["Melanin"])
        graph.join(hair["redness"], node.inputs["Melanin Redness"])
        graph.join(0.22, node.inputs["Random Color"])  # which the node has for melanin only
    return graph.surface(node)


def fibre_material(name: str, rgb: list[float]) -> bpy.types.Material:
    """Brows and lashes: short fibres seen against skin, for which the hair model comes out too pale."""
    graph = Graph(name)
    return graph.surface(graph.node("BsdfPrincipled", {"Base Color": rgb, "Roughness": 0.45, "Specular IOR Level": 0.3}))
