"""A loft: brick behind, boards below, tall windows to one side through which the sky lights it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh, add_object
from studio.blender.surroundings.finishes import finish
from studio.blender.surroundings.solids import boxes, wall_with_openings
from studio.blender.surroundings.walls import floor, quad, skirting

#: Thickness of the window wall, of a window's frame and of its glazing bars [m]; rows and columns of panes.
_WALL_THICK_M, _FRAME_M, _BAR_M = 0.35, 0.055, 0.028
_PANES = (3, 5)
#: How far the room goes on: to the right of the subject, and behind the camera [m]; distance between two windows.
_RIGHT_M, _FRONT_M, _PIER_M = 5.0, 7.0, 0.55
#: White that walls and ceiling out of sight are painted with, and the dark of steel windows, linear.
_LIMEWASH, _STEEL = (0.72, 0.71, 0.69), (0.035, 0.036, 0.038)


def loft(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """The room around the subject, its windows, and portals in them that guide rays to the sky."""
    back, left, high = spec["wall_m"], -spec["side_m"], spec["ceiling_m"]
    lime = finish("limewash", {"rgb": list(_LIMEWASH), "finish": "plaster"})
    openings = _openings(spec)
    vertices, faces = wall_with_openings((-_FRONT_M, back), high, openings, at=left, thick=-_WALL_THICK_M)
    items = [
        floor("floor", finish("floor", spec["floor"]), back=back),
        quad("wall", [(left, back, 0), (_RIGHT_M, back, 0), (_RIGHT_M, back, high), (left, back, high)], finish("wall", spec["backdrop"])),
        add_mesh("window wall", vertices, faces, lime, smooth=False),
        quad("right wall", [(_RIGHT_M, -_FRONT_M, 0), (_RIGHT_M, back, 0), (_RIGHT_M, back, high), (_RIGHT_M, -_FRONT_M, high)], lime),
        quad("front wall", [(left, -_FRONT_M, 0), (_RIGHT_M, -_FRONT_M, 0), (_RIGHT_M, -_FRONT_M, high), (left, -_FRONT_M, high)], lime),
        quad("ceiling", [(left - 1, -_FRONT_M, high), (left - 1, back, high), (_RIGHT_M, back, high), (_RIGHT_M, -_FRONT_M, high)], lime),
        skirting(back, 0.14, {"rgb": list(_LIMEWASH), "finish": "paint"}),
        _frames(openings, left),
    ]
    items[4].visible_camera = False  # a camera farther back than the room looks through its wall
    return items + [_portal(opening, left) for opening in openings]


def _openings(spec: dict[str, Any]) -> list[tuple[float, float, float, float]]:
    """The windows, evenly from behind the subject forwards: the second from behind stands beside it."""
    width, tall = (size / 100 for size in spec["window_cm"])
    sill, step = spec["sill_cm"] / 100, width + _PIER_M
    last = min(spec["wall_m"] - 0.3, 0.9 + width / 2)
    starts = [last - width - k * step for k in range(spec["windows"])]
    return sorted((start, start + width, sill, sill + tall) for start in starts if start > -_FRONT_M + 0.2)


def _frames(openings: list[tuple[float, float, float, float]], left: float) -> bpy.types.Object:
    """Steel frames with glazing bars, in the middle of the wall's thickness."""
    x, lows, highs = left - _WALL_THICK_M / 2, [], []

    def bar(y: tuple[float, float], z: tuple[float, float], deep: float) -> None:
        lows.append((x - deep / 2, y[0], z[0]))
        highs.append((x + deep / 2, y[1], z[1]))

    for start, stop, sill, head in openings:
        for y in (start, stop - _FRAME_M):
            bar((y, y + _FRAME_M), (sill, head), 0.06)
        for z in (sill, head - _FRAME_M):
            bar((start + _FRAME_M, stop - _FRAME_M), (z, z + _FRAME_M), 0.06)
        for y in np.linspace(start, stop, _PANES[0] + 1)[1:-1]:
            bar((y - _BAR_M / 2, y + _BAR_M / 2), (sill + _FRAME_M, head - _FRAME_M), 0.035)
        for z in np.linspace(sill, head, _PANES[1] + 1)[1:-1]:
            bar((start + _FRAME_M, stop - _FRAME_M), (z - _BAR_M / 2, z + _BAR_M / 2), 0.03)
    return add_mesh("frames", *boxes(lows, highs), finish("steel", {"rgb": list(_STEEL), "finish": "paint"}), smooth=False)


def _portal(opening: tuple[float, float, float, float], left: float) -> bpy.types.Object:
    """An opening as Cycles wants to know it: rays to the sky go through it."""
    start, stop, sill, head = opening
    data = bpy.data.lights.new("portal", "AREA")
    data.shape, data.size, data.size_y = "RECTANGLE", stop - start, head - sill
    data.cycles.is_portal = True
    item = add_object("portal", data)
    item.location = (left - _WALL_THICK_M, (start + stop) / 2, (sill + head) / 2)
    item.rotation_euler = (np.pi / 2, 0.0, -np.pi / 2)  # it faces +x, into the room
    return item
