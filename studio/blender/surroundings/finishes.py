"""What walls and floors are made of: procedural materials in the set's own metres, found by rendering and looking."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.nodes import Graph, Value

#: Width and height of a brick with its joint, of a joint, and of a paving stone [m] (NF and common kerb-side formats).
_BRICK_M, _JOINT_M, _STONE_M = (0.25, 0.083), 0.010, (0.60, 0.40)

Coat = tuple[Value, Value, Value | None]


def finish(name: str, surface: dict[str, Any], *, wet: float = 0.0) -> bpy.types.Material:
    """The material of a surface. surface: its linear ``rgb`` and its ``finish``. wet: How much of it is covered by water, 0 to 1."""
    graph = Graph(name)
    rgb, kind = np.array(surface["rgb"]), surface["finish"]
    where = graph.node("TexCoord").outputs["Object"]
    if kind == "paper":
        return graph.surface(graph.node("BsdfDiffuse", {"Color": rgb}))
    colour, rough, normal = _FINISHES[kind](graph, where, rgb)
    inputs: dict[str | int, Value] = {"Base Color": colour, "Roughness": rough, "Specular IOR Level": 0.35}
    if normal is not None:
        inputs["Normal"] = normal
    dry = graph.node("BsdfPrincipled", inputs)
    return graph.surface(dry if wet <= 0 else _wetted(graph, where, dry, colour, normal, wet))


def glow(name: str, rgb: np.ndarray, radiance: float) -> bpy.types.Material:
    """Something that shines, evenly in all directions [W/m2/sr]."""
    graph = Graph(name)
    return graph.surface(graph.node("Emission", {"Color": rgb, "Strength": radiance}))


def glass(name: str) -> bpy.types.Material:
    """A dark window pane from outside: what is behind it is not seen, the sky in it is."""
    graph = Graph(name)
    return graph.surface(graph.node("BsdfPrincipled", {"Base Color": (0.012, 0.014, 0.016), "Roughness": 0.04, "Specular IOR Level": 0.8}))


def _wetted(graph: Graph, where: Value, dry: Value, colour: Value, normal: Value | None, wet: float) -> Value:
    """Water lies smooth in the low places, soaks the rest dark, and dries out from the high places."""
    low = graph.noise(where, 0.55, 4, 0.55)
    puddle = graph.ramp(low, 0.66 - 0.45 * wet, 0.58 - 0.45 * wet, 1.0, 0.0)
    dark = graph.colour(1.0, colour, (0.45, 0.45, 0.45), "MULTIPLY")
    soaked: dict[str | int, Value] = {"Base Color": dark, "Roughness": graph.lerp(puddle, 0.24, 0.03), "Specular IOR Level": 0.6}
    if normal is not None:
        flat = graph.node("NewGeometry").outputs["Normal"]
        soaked["Normal"] = graph.node("Mix", {0: puddle, 4: normal, 5: flat}, data_type="VECTOR").outputs[1]
    return graph.node(
        "MixShader", {0: graph.ramp(low, 0.40 - 0.3 * wet, 0.50 - 0.3 * wet), 1: dry, 2: graph.node("BsdfPrincipled", soaked)}
    )


def _paint(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    roller = graph.noise(where, 180, 2)
    return rgb, 0.6, graph.bump(roller, strength=0.15, distance_m=0.0006)


def _plaster(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """Lime plaster, trowelled by hand: broad clouds, fine trowel marks, a few paler rubbed places."""
    clouds, marks = graph.noise(where, 0.9, 5, 0.62), graph.noise(graph.stretched(where, (1.0, 1.0, 0.45)), 5.5, 5, 0.6)
    colour = graph.colour(graph.ramp(clouds, 0.30, 0.72), rgb * 0.80, rgb * 1.12)
    colour = graph.colour(graph.ramp(marks, 0.45, 0.75, 0, 0.5), colour, rgb * 1.25)
    relief = graph.add(marks, graph.times(graph.noise(where, 40, 4, 0.6), 0.25))
    return colour, 0.72, graph.bump(relief, strength=0.35, distance_m=0.006)


def _canvas(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """A painted canvas backdrop: strokes of a wide brush, darker towards the edges."""
    strokes = graph.noise(graph.warped(where, 1.2, 0.6), 1.6, 6, 0.58)
    colour = graph.colour(graph.ramp(strokes, 0.32, 0.70), rgb * 0.68, rgb * 1.30)
    return colour, 0.85, graph.bump(graph.noise(where, 260, 2), strength=0.2, distance_m=0.0008)


def _concrete(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """Power-trowelled concrete: clouds in colour and gloss, aggregate, fine wear."""
    clouds, wear = graph.noise(where, 1.1, 5, 0.65), graph.noise(where, 7.0, 5, 0.65)
    colour = graph.colour(graph.ramp(clouds, 0.30, 0.70), rgb * 0.78, rgb * 1.15)
    colour = graph.colour(graph.ramp(wear, 0.50, 0.80, 0, 0.35), colour, rgb * 0.70)
    rough = graph.add(0.34, graph.times(clouds, 0.22), graph.times(wear, 0.14))
    return colour, rough, graph.bump(graph.noise(where, 60, 4, 0.6), strength=0.12, distance_m=0.002)


def _wood(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """Boards 14 cm wide that run towards the wall, each of its own tone, with grain along it."""
    axes = graph.node("SeparateXYZ", {0: where})
    board = graph.times(axes.outputs[0], 1 / 0.14)
    tone = graph.node("TexWhiteNoise", {"W": graph.math("FLOOR", board)}, noise_dimensions="1D").outputs["Value"]
    grain = graph.noise(graph.stretched(where, (1.0, 0.05, 1.0)), 60, 4, 0.6)
    colour = graph.colour(tone, rgb * 0.82, rgb * 1.12)
    colour = graph.colour(graph.ramp(grain, 0.4, 0.7, 0, 0.45), colour, rgb * 0.62)
    gap = graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", graph.math("FRACT", board), 0.5)), 0.488, 0.498)
    colour = graph.colour(gap, colour, rgb * 0.15)
    return colour, graph.add(0.38, graph.times(grain, 0.2)), graph.bump(graph.inverse(gap), strength=0.4, distance_m=0.002)


def _brick(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """A wall of old bricks in running bond, limewashed unevenly, with recessed joints."""
    flat = _on_the_wall(graph, where)
    bricks = graph.node(
        "TexBrick",
        {"Vector": flat, "Color1": (0, 0, 0), "Color2": (1, 1, 1), "Mortar": (0.5, 0.5, 0.5), "Scale": 1.0, "Mortar Size": _JOINT_M / 2,
         "Mortar Smooth": 0.35, "Bias": 0.0, "Brick Width": _BRICK_M[0], "Row Height": _BRICK_M[1]},
    )  # fmt: skip
    tone, joint = graph.node("SeparateColor", {0: bricks.outputs["Color"]}).outputs[0], bricks.outputs["Fac"]
    colour = graph.colour(tone, rgb * [0.74, 0.66, 0.60], rgb * [1.16, 1.06, 0.98])
    stain = graph.noise(where, 5.0, 5, 0.65)
    colour = graph.colour(graph.ramp(stain, 0.45, 0.75, 0, 0.6), colour, rgb * 0.62)
    colour = graph.colour(graph.times(joint, 0.85), colour, rgb * 0.92 + 0.03)
    relief = graph.add(graph.times(graph.inverse(joint), 1.0), graph.times(graph.noise(where, 70, 4, 0.65), 0.35))
    return colour, 0.86, graph.bump(relief, strength=0.55, distance_m=0.006)


def _paving(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """Sawn paving stones in running bond, each of its own tone, with narrow sanded joints."""
    stones = graph.node(
        "TexBrick",
        {"Vector": where, "Color1": (0, 0, 0), "Color2": (1, 1, 1), "Mortar": (0.5, 0.5, 0.5), "Scale": 1.0, "Mortar Size": 0.004,
         "Mortar Smooth": 0.2, "Bias": 0.0, "Brick Width": _STONE_M[0], "Row Height": _STONE_M[1]},
    )  # fmt: skip
    tone, joint = graph.node("SeparateColor", {0: stones.outputs["Color"]}).outputs[0], stones.outputs["Fac"]
    colour = graph.colour(tone, rgb * 0.84, rgb * 1.10)
    speckle, stain = graph.noise(where, 320, 3, 0.7), graph.noise(where, 1.3, 5, 0.65)
    colour = graph.colour(graph.ramp(speckle, 0.45, 0.70, 0, 0.35), colour, rgb * 0.60)
    colour = graph.colour(graph.ramp(stain, 0.50, 0.80, 0, 0.40), colour, rgb * 0.66)
    colour = graph.colour(graph.times(joint, 0.9), colour, rgb * 0.34)
    relief = graph.add(graph.inverse(joint), graph.times(speckle, 0.18))
    return colour, graph.add(0.62, graph.times(stain, 0.2)), graph.bump(relief, strength=0.5, distance_m=0.003)


def _asphalt(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """Stones in bitumen, worn pale in the tracks, patched."""
    stones, wear = graph.cells(where, 130), graph.noise(where, 0.8, 5, 0.6)
    chosen = graph.node("SeparateColor", {0: stones.outputs["Color"]}).outputs[0]
    colour = graph.colour(graph.ramp(chosen, 0.55, 0.95), rgb * 0.70, rgb * 1.9)
    colour = graph.colour(graph.ramp(wear, 0.35, 0.75, 0, 0.5), colour, rgb * 1.35)
    return colour, 0.82, graph.bump(stones.outputs["Distance"], strength=0.5, distance_m=0.004)


def _sand(graph: Graph, where: Value, rgb: np.ndarray) -> Coat:
    """Wind ripples that wander and merge, and grains."""
    drift = graph.warped(graph.stretched(where, (1.0, 0.32, 1.0)), 0.8, 0.55, 3)
    ripples = graph.node("TexWave", {"Vector": drift, "Scale": 2.2, "Distortion": 1.6, "Detail": 2.0}, wave_type="BANDS").outputs["Fac"]
    tone, grain = graph.noise(where, 0.35, 4, 0.6), graph.noise(where, 900, 2, 0.6)
    colour = graph.colour(graph.ramp(tone, 0.35, 0.70), rgb * 0.90, rgb * 1.08)
    colour = graph.colour(graph.ramp(grain, 0.40, 0.75, 0, 0.35), colour, rgb * 0.70)
    relief = graph.add(graph.times(ripples, 0.8), graph.times(grain, 0.06))
    return colour, 0.92, graph.bump(relief, strength=0.6, distance_m=0.018)


def _on_the_wall(graph: Graph, where: Value) -> Value:
    """Coordinates along and up a wall, whichever way it faces."""
    axes, facing = graph.node("SeparateXYZ", {0: where}), graph.node("SeparateXYZ", {0: graph.node("NewGeometry").outputs["Normal"]})
    sideways = graph.math("GREATER_THAN", graph.math("ABSOLUTE", facing.outputs[0]), 0.7)
    return graph.node("CombineXYZ", {0: graph.lerp(sideways, axes.outputs[0], axes.outputs[1]), 1: axes.outputs[2], 2: 0.0}).outputs[0]


_FINISHES = {
    "paint": _paint, "plaster": _plaster, "canvas": _canvas, "concrete": _concrete, "wood": _wood, "brick": _brick, "paving": _paving,
    "asphalt": _asphalt, "sand": _sand,
}  # fmt: skip
