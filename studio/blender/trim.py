"""Buttons and zips: small hard things on cloth, in tones that go with it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.blender.meshes import add_mesh
from studio.blender.nodes import Graph

#: Pearl and horn, linear: buttons are light on light cloth and dark on dark cloth; steel of a zip; how light cloth is dark.
_PEARL, _HORN, _STEEL, _DARK_BELOW = (0.74, 0.72, 0.68), (0.028, 0.022, 0.018), (0.42, 0.42, 0.43), 0.16


def add_trim(job: Job, garment: dict[str, Any]) -> bpy.types.Object:
    """Add the trim of a garment to the scene."""
    arrays, rgb = job.arrays(garment["trim"]["arrays"]), np.array(garment["look"]["rgb"])
    item = add_mesh(f"{garment['name']} trim", arrays["vertices"], arrays["faces"])
    for part in garment["trim"]["parts"]:
        item.data.materials.append(_material(part, rgb))
    item.data.polygons.foreach_set("material_index", np.ascontiguousarray(arrays["part"], dtype=np.int32))
    item.data.set_sharp_from_angle(angle=0.6)
    return item


def _material(part: str, rgb: np.ndarray) -> bpy.types.Material:
    graph = Graph(part)
    if part == "thread":
        return graph.surface(graph.node("BsdfPrincipled", {"Base Color": np.clip(rgb * 0.8, 0, 1), "Roughness": 0.9}))
    if part == "metal":
        return graph.surface(graph.node("BsdfPrincipled", {"Base Color": _STEEL, "Metallic": 1.0, "Roughness": 0.32}))
    dark = rgb.mean() < _DARK_BELOW
    inputs = {"Base Color": _HORN if dark else _PEARL, "Roughness": 0.22, "Coat Weight": 0.0 if dark else 0.5, "Coat Roughness": 0.1}
    if not dark:
        inputs |= {"Subsurface Weight": 0.4, "Subsurface Radius": (1.0, 0.9, 0.8), "Subsurface Scale": 0.001}
    return graph.surface(graph.node("BsdfPrincipled", inputs))
