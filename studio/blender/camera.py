"""Cameras as `studio.shot.camera` placed them."""

from __future__ import annotations

from typing import Any

import bpy

from studio.blender.meshes import add_object, set_matrix

#: Blades of the iris diaphragm (a common portrait lens).
_BLADES = 9


def add_camera(spec: dict[str, Any]) -> bpy.types.Object:
    """A perspective camera with a shifted lens. Vertical fit: Blender then counts both shifts in heights of the picture."""
    data = bpy.data.cameras.new(spec["name"])
    data.lens = spec["focal_mm"]
    data.sensor_fit = "VERTICAL"
    width_mm, height_mm = spec["crop_mm"]
    data.sensor_width, data.sensor_height = width_mm, height_mm
    data.shift_x = spec["shift"][0] * width_mm / height_mm
    data.shift_y = spec["shift"][1]
    data.clip_start, data.clip_end = 0.02, 200.0
    data.dof.use_dof = True
    data.dof.focus_distance = spec["focus_m"]
    data.dof.aperture_fstop = spec["f_number"]
    data.dof.aperture_blades = _BLADES
    item = add_object(spec["name"], data)
    set_matrix(item, spec["world_from_camera"], spec["position"])
    return item


def add_overhead_camera(centre: tuple[float, float], width_m: float) -> bpy.types.Object:
    """A camera without perspective that looks straight down on a square of the floor; the picture's up is +y."""
    data = bpy.data.cameras.new("overhead")
    data.type = "ORTHO"
    data.ortho_scale = width_m
    data.clip_end = 20.0
    item = add_object("overhead", data)
    item.location = (centre[0], centre[1], 4.0)
    return item
