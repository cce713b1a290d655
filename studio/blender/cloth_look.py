"""Cloth: yarns at their true pitch along the pattern's grain, hems, stitches and seams, sheen, and the slight unrest of worn cloth.

The pattern's own coordinates drive everything, so a panel's texture turns with its grainline.
"""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.nodes import Graph, Value

#: Pixels larger than this share of the pitch do not resolve yarns; they would only flicker.
_RESOLVED_SHARE = 0.6
#: Width of one rib of a 1 x 1 rib knit as used for neckbands [m] (chosen: 9 ribs in 2 cm).
_RIB_M = 0.0022
#: Yarns are this much lighter than the cloth, gaps darker, so that the cloth keeps its colour when a camera comes near (measured).
_YARN_GAIN = 1.08


def cloth_detail(look: dict[str, Any], pixel_mm: float) -> str:
    """Whether pixels of that size can show ``yarns``, or the cloth is seen from ``far``."""
    return "yarns" if pixel_mm < _RESOLVED_SHARE * look["pitch_mm"] else "far"


def cloth_material(name: str, look: dict[str, Any], detail: str) -> bpy.types.Material:
    """The material of one garment layer. look: from `studio.shot.cloth`. detail: from `cloth_detail`."""
    graph = Graph(name)
    rgb = np.array(look["rgb"])
    where = graph.attribute_vector("pattern")  # metres on the flat panel, and the panel's number
    normal = _unrest(graph, where, look)
    rib = graph.attribute("rib")
    stitches, fold = _hem(graph, look, rib)
    seam = graph.ramp(graph.attribute("seam_mm"), 2.2, 0.2)
    ridge = graph.math("SUBTRACT", graph.times(fold, 0.5), graph.add(graph.times(stitches, 0.9), graph.times(seam, 1.1)))
    axes = graph.node("SeparateXYZ", {0: where})
    wale = graph.math("SINE", graph.times(axes.outputs[0], 2 * math.pi / _RIB_M))
    ridge = graph.add(ridge, graph.times(rib, wale, 0.30))
    normal = graph.bump(ridge, strength=0.8, distance_m=0.0012, normal=normal)
    colour: Value = graph.colour(
        graph.ramp(graph.noise(where, 420, 2, 0.7), 0.35, 0.7, 0, look["melange"]), rgb, rgb * look["melange_shift"]
    )
    if detail == "yarns":
        height, gap = _yarns(graph, where, look)
        normal = graph.bump(height, strength=0.55, distance_m=look["relief_mm"] / 1000, normal=normal)
        colour = graph.colour(gap, graph.colour(1.0, colour, (_YARN_GAIN,) * 3, "MULTIPLY"), rgb * 0.72)
    colour = graph.colour(graph.times(rib, graph.ramp(wale, 0.0, -0.9, 0, 0.40)), colour, rgb * 0.62)
    colour = graph.colour(graph.times(stitches, 0.30), colour, rgb * 0.55)
    colour = graph.colour(graph.times(seam, 0.55), colour, rgb * 0.45)
    principled = graph.node(
        "BsdfPrincipled",
        {"Base Color": colour, "Roughness": look["roughness"], "Specular IOR Level": look["specular"], "Normal": normal,
         "Sheen Weight": look["sheen"], "Sheen Roughness": 0.45, "Sheen Tint": np.clip(rgb * 1.25 + 0.08, 0, 1)},
    )  # fmt: skip
    if look["translucency"] <= 0:
        return graph.surface(principled)
    through = graph.node("BsdfTranslucent", {"Color": rgb})
    return graph.surface(graph.node("MixShader", {0: look["translucency"], 1: principled, 2: through}))


def _unrest(graph: Graph, where: Value, look: dict[str, Any]) -> Value:
    """Wrinkles that a simulation mesh is too coarse to hold: a few millimetres wide, faint."""
    soft = graph.noise(where, 26, 2, 0.55)
    creases = graph.noise(graph.stretched(where, (1.0, 1.0, 0.35)), 60, 2, 0.6)
    return graph.bump(graph.add(soft, graph.times(creases, 0.3)), strength=look["unrest"], distance_m=0.005)


def _hem(graph: Graph, look: dict[str, Any], rib: Value) -> tuple[Value, Value]:
    """Rows of stitches at the hem's depth, broken into stitches along the edge, and the doubled cloth of the fold; not on ribs."""
    edge, along = graph.attribute("edge_mm"), graph.attribute("along_mm")
    depth = look["hem_mm"]
    row = graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", edge, depth)), 1.3, 0.3)
    if look["hem_rows"] == 2:
        row = graph.math("MAXIMUM", row, graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", edge, depth - 5.0)), 1.3, 0.3))
    thread = graph.math("SINE", graph.times(along, 2 * math.pi / look["stitch_mm"]))
    row = graph.times(row, graph.inverse(rib), graph.ramp(thread, -0.4, 0.3, 0.45, 1.0))
    return row, graph.times(graph.ramp(edge, depth + 0.8, depth - 0.8), graph.inverse(rib))


def _yarns(graph: Graph, where: Value, look: dict[str, Any]) -> tuple[Value, Value]:
    """Height of the yarns and the dark of the gaps between them, both 0 to 1. Pattern coordinates are metres, pitches mm."""
    axes = graph.node("SeparateXYZ", {0: where})
    across = graph.times(axes.outputs[0], 1000.0 / look["pitch_mm"])
    along = graph.times(axes.outputs[1], 1000.0 / look["course_mm"])
    if look["structure"] in ("jersey", "rib"):  # columns of V-shaped loops
        side = graph.math("ABSOLUTE", graph.math("SUBTRACT", graph.math("FRACT", across), 0.5))
        phase = graph.math("ADD", along, graph.times(side, 1.6))
        loop = graph.math("ABSOLUTE", graph.math("SINE", graph.times(phase, math.pi)))
        height = graph.times(loop, graph.math("SINE", graph.times(side, 2 * math.pi)))
    elif look["structure"] == "plain":
        height = graph.times(
            graph.math("ABSOLUTE", graph.math("SINE", graph.times(across, math.pi))),
            graph.math("ABSOLUTE", graph.math("SINE", graph.times(along, math.pi))),
        )
    else:  # twill: diagonal ribs
        height = graph.math("ABSOLUTE", graph.math("SINE", graph.times(graph.add(across, along), math.pi)))
    return height, graph.ramp(height, 0.45, 0.0)
