"""The set: what the subject stands on and in front of. Everything hangs on one empty that can turn around the subject."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh
from studio.blender.nodes import Graph, Value

#: Half of the width and depth of a floor [m]: larger than any lens of a studio sees.
_FLOOR_HALF_M = 12.0
#: Albedo of the white cyclorama that the camera does not see (matt white paint, typical 0.80-0.85).
_CYCLORAMA_ALBEDO = 0.82


def build_set(spec: dict[str, Any], rig: bpy.types.Object) -> list[bpy.types.Object]:
    """Build the set under the empty ``rig``. Returns its objects, the floor first."""
    if spec["kind"] == "white":
        white = _finish("cyclorama", {"rgb": [_CYCLORAMA_ALBEDO] * 3, "finish": "paper"})
        floor = _quad("floor", [(-6, -8, 0), (6, -8, 0), (6, spec["wall_m"], 0), (-6, spec["wall_m"], 0)], white)
        wall = _quad("wall", [(-6, spec["wall_m"], 0), (6, spec["wall_m"], 0), (6, spec["wall_m"], 5), (-6, spec["wall_m"], 5)], white)
        items = [floor, wall]
        for item in items:
            item.visible_camera = False
    elif spec["kind"] == "sweep":
        items = _sweep(spec)
    else:
        items = _room(spec)
    for item in items:
        item.parent = rig
    return items


def _sweep(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """Paper that hangs behind the subject, turns into the floor with a radius and ends in front of it; around it the bare floor."""
    half, radius, back = spec["width_m"] / 2, spec["coving_m"], spec["wall_m"]
    turn = np.linspace(0, math.pi / 2, 24)
    profile = (
        [(-_FLOOR_HALF_M, 0.0)] + [(back - radius + radius * math.sin(t), radius - radius * math.cos(t)) for t in turn] + [(back, 7.0)]
    )
    vertices = np.array([(x, y, z) for y, z in profile for x in (-half, half)])
    faces = np.array([(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)])
    paper = add_mesh("sweep", vertices, faces, _finish("paper", spec["backdrop"]))
    items = [paper]
    if spec["floor"] is not None:
        floor = _finish("floor", spec["floor"])
        items.append(_quad("floor", [(-_FLOOR_HALF_M, -_FLOOR_HALF_M, -0.004), (_FLOOR_HALF_M, -_FLOOR_HALF_M, -0.004),
                                     (_FLOOR_HALF_M, _FLOOR_HALF_M, -0.004), (-_FLOOR_HALF_M, _FLOOR_HALF_M, -0.004)], floor))  # fmt: skip
    return items


def _room(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """A floor and a wall that meet in a corner, with a skirting board where one is asked for."""
    back, half = spec["wall_m"], _FLOOR_HALF_M
    floor = _quad(
        "floor",
        [(-half, -half, 0), (half, -half, 0), (half, back, 0), (-half, back, 0)],
        _finish("floor", spec["floor"] or spec["backdrop"]),
    )
    wall = _quad("wall", [(-half, back, 0), (half, back, 0), (half, back, 9), (-half, back, 9)], _finish("wall", spec["backdrop"]))
    items = [floor, wall]
    if spec["skirting_cm"] > 0:
        high, thick = spec["skirting_cm"] / 100, 0.016
        vertices = np.array([(-half, back - thick, 0), (half, back - thick, 0), (half, back - thick, high), (-half, back - thick, high),
                             (half, back, high + thick / 2), (-half, back, high + thick / 2)])  # fmt: skip
        faces = np.array([(0, 1, 2, 3), (3, 2, 4, 5)])
        items.append(add_mesh("skirting", vertices, faces, _finish("skirting", {**spec["backdrop"], "finish": "paint"}), smooth=False))
    return items


def _quad(name: str, corners: list[tuple[float, float, float]], material: bpy.types.Material) -> bpy.types.Object:
    return add_mesh(name, np.array(corners, dtype=float), np.array([(0, 1, 2, 3)]), material, smooth=False)


def _finish(name: str, surface: dict[str, Any]) -> bpy.types.Material:
    """What a surface is made of; sizes in the set's own metres."""
    graph = Graph(name)
    rgb, finish = np.array(surface["rgb"]), surface["finish"]
    where = graph.node("TexCoord").outputs["Object"]
    if finish == "paper":
        return graph.surface(graph.node("BsdfDiffuse", {"Color": rgb}))
    colour, rough, normal = _FINISHES[finish](graph, where, rgb)
    inputs: dict[str | int, Value] = {"Base Color": colour, "Roughness": rough, "Specular IOR Level": 0.35}
    if normal is not None:
        inputs["Normal"] = normal
    return graph.surface(graph.node("BsdfPrincipled", inputs))


def _paint(graph: Graph, where: Value, rgb: np.ndarray) -> tuple[Value, Value, Value]:
    roller = graph.noise(where, 180, 2)
    return rgb, 0.6, graph.bump(roller, strength=0.15, distance_m=0.0006)


def _plaster(graph: Graph, where: Value, rgb: np.ndarray) -> tuple[Value, Value, Value]:
    """Lime plaster, trowelled by hand: broad clouds, fine trowel marks, a few paler rubbed places."""
    clouds, marks = graph.noise(where, 0.9, 5, 0.62), graph.noise(graph.stretched(where, (1.0, 1.0, 0.45)), 5.5, 5, 0.6)
    colour = graph.colour(graph.ramp(clouds, 0.30, 0.72), rgb * 0.80, rgb * 1.12)
    colour = graph.colour(graph.ramp(marks, 0.45, 0.75, 0, 0.5), colour, rgb * 1.25)
    relief = graph.add(marks, graph.times(graph.noise(where, 40, 4, 0.6), 0.25))
    return colour, 0.72, graph.bump(relief, strength=0.35, distance_m=0.006)


def _canvas(graph: Graph, where: Value, rgb: np.ndarray) -> tuple[Value, Value, Value]:
    """A painted canvas backdrop: strokes of a wide brush, darker towards the edges."""
    strokes = graph.noise(graph.warped(where, 1.2, 0.6), 1.6, 6, 0.58)
    colour = graph.colour(graph.ramp(strokes, 0.32, 0.70), rgb * 0.68, rgb * 1.30)
    return colour, 0.85, graph.bump(graph.noise(where, 260, 2), strength=0.2, distance_m=0.0008)


def _concrete(graph: Graph, where: Value, rgb: np.ndarray) -> tuple[Value, Value, Value]:
    """Power-trowelled concrete: clouds in colour and gloss, aggregate, fine wear."""
    clouds, wear = graph.noise(where, 1.1, 5, 0.65), graph.noise(where, 7.0, 5, 0.65)
    colour = graph.colour(graph.ramp(clouds, 0.30, 0.70), rgb * 0.78, rgb * 1.15)
    colour = graph.colour(graph.ramp(wear, 0.50, 0.80, 0, 0.35), colour, rgb * 0.70)
    rough = graph.add(0.34, graph.times(clouds, 0.22), graph.times(wear, 0.14))
    return colour, rough, graph.bump(graph.noise(where, 60, 4, 0.6), strength=0.12, distance_m=0.002)


def _wood(graph: Graph, where: Value, rgb: np.ndarray) -> tuple[Value, Value, Value]:
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


_FINISHES = {"paint": _paint, "plaster": _plaster, "canvas": _canvas, "concrete": _concrete, "wood": _wood}
