"""Sets of a photographic studio: white cyclorama, seamless paper, infinity cove, a wall and a floor."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh
from studio.blender.surroundings.finishes import finish

#: Half of the width and depth of a floor [m]: larger than any lens of a studio sees.
FLOOR_HALF_M = 12.0
#: Albedo of the white cyclorama that the camera does not see (matt white paint, typical 0.80-0.85).
_CYCLORAMA_ALBEDO = 0.82
#: Steps of a quarter turn between floor and wall.
_TURN_STEPS = 24
#: Height of paper and of a cove's walls [m].
_PAPER_HIGH_M, _COVE_HIGH_M = 7.0, 5.5


def quad(name: str, corners: list[tuple[float, float, float]], material: bpy.types.Material) -> bpy.types.Object:
    """One flat face."""
    return add_mesh(name, np.array(corners, dtype=float), np.array([(0, 1, 2, 3)]), material, smooth=False)


def floor(name: str, material: bpy.types.Material, *, back: float = FLOOR_HALF_M, z: float = 0.0) -> bpy.types.Object:
    """A level floor that ends ``back`` behind the subject [m]."""
    half = FLOOR_HALF_M
    return quad(name, [(-half, -half, z), (half, -half, z), (half, back, z), (-half, back, z)], material)


def white(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """A white floor and wall that light the subject and that no camera sees."""
    paint, back = finish("cyclorama", {"rgb": [_CYCLORAMA_ALBEDO] * 3, "finish": "paper"}), spec["wall_m"]
    items = [
        quad("floor", [(-6, -8, 0), (6, -8, 0), (6, back, 0), (-6, back, 0)], paint),
        quad("wall", [(-6, back, 0), (6, back, 0), (6, back, 5), (-6, back, 5)], paint),
    ]
    for item in items:
        item.visible_camera = False
    return items


def sweep(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """Paper that hangs behind the subject, turns into the floor with a radius and ends in front of it; around it the bare floor."""
    half, radius, back = spec["width_m"] / 2, spec["coving_m"], spec["wall_m"]
    turn = np.linspace(0, math.pi / 2, _TURN_STEPS)
    coving = [(back - radius + radius * math.sin(t), radius - radius * math.cos(t)) for t in turn]
    profile = [(-FLOOR_HALF_M, 0.0), *coving, (back, _PAPER_HIGH_M)]
    vertices = np.array([(x, y, z) for y, z in profile for x in (-half, half)])
    faces = np.array([(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)])
    items = [add_mesh("sweep", vertices, faces, finish("paper", spec["backdrop"]))]
    if spec["floor"] is not None:
        items.append(floor("floor", finish("floor", spec["floor"]), z=-0.004))
    return items


def cyclorama(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """Three walls and a floor that meet in curves: a plan with rounded corners, and the same curve from floor to wall all along it."""
    radius, back, side = spec["radius_m"], spec["wall_m"], spec["half_width_m"]
    turn = np.linspace(0, math.pi / 2, _TURN_STEPS)
    # the plan's line in which the floor's curve begins, and the directions in which it rises
    inner = [
        (-side + radius, -FLOOR_HALF_M),
        *[(-side + radius, back - radius)] * _TURN_STEPS,
        *[(side - radius, back - radius)] * _TURN_STEPS,
    ]
    inner = [*inner, (side - radius, -FLOOR_HALF_M)]
    outward = [(-1.0, 0.0), *[(-math.cos(t), math.sin(t)) for t in turn], *[(math.sin(t), math.cos(t)) for t in turn], (1.0, 0.0)]
    rise = [(radius * math.sin(t), radius - radius * math.cos(t)) for t in turn] + [(radius, _COVE_HIGH_M)]
    grid = np.array([[(x + dx * out, y + dy * out, z) for out, z in rise] for (x, y), (dx, dy) in zip(inner, outward, strict=True)])
    columns, rows = grid.shape[:2]
    index = np.arange(columns * rows).reshape(columns, rows)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    paint = finish("cove", spec["surface"])
    level = quad("floor", [(x, y, 0.0) for x, y in (inner[0], inner[-1], inner[-2], inner[1])], paint)
    walls = add_mesh("cove", grid.reshape(-1, 3), faces, paint)
    return [level, walls]


def room(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """A floor and a wall that meet in a corner, with a skirting board where one is asked for."""
    back, half = spec["wall_m"], FLOOR_HALF_M
    items = [
        floor("floor", finish("floor", spec["floor"] or spec["backdrop"]), back=back),
        quad("wall", [(-half, back, 0), (half, back, 0), (half, back, 9), (-half, back, 9)], finish("wall", spec["backdrop"])),
    ]
    if spec["skirting_cm"] > 0:
        items.append(skirting(back, spec["skirting_cm"] / 100, {**spec["backdrop"], "finish": "paint"}))
    return items


def skirting(back: float, high: float, surface: dict[str, Any]) -> bpy.types.Object:
    """A board along the foot of the back wall [m]."""
    half, thick = FLOOR_HALF_M, 0.016
    vertices = np.array([(-half, back - thick, 0), (half, back - thick, 0), (half, back - thick, high), (-half, back - thick, high),
                         (half, back, high + thick / 2), (-half, back, high + thick / 2)])  # fmt: skip
    return add_mesh("skirting", vertices, np.array([(0, 1, 2, 3), (3, 2, 4, 5)]), finish("skirting", surface), smooth=False)
