"""Garments with materials of their own: base colour, roughness, metal and normals by pictures or numbers, as glTF 2.0 has them."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.blender.meshes import add_mesh, add_texture_coordinates
from studio.blender.nodes import Graph, Value


def add_painted(job: Job, request: dict[str, Any]) -> bpy.types.Object:
    """Add a garment to the scene. request: From `studio.shot.painted`."""
    arrays = job.arrays(request["arrays"])
    item = add_mesh(request["name"], arrays["vertices"], arrays["faces"])
    add_texture_coordinates(item, arrays["corner_uv"])
    for each in request["materials"]:
        item.data.materials.append(painted_material(job, each))
    item.data.polygons.foreach_set("material_index", np.ascontiguousarray(arrays["material"], dtype=np.int32))
    return item


def painted_material(job: Job, each: dict[str, Any]) -> bpy.types.Material:
    """One material. Pictures multiply the numbers beside them (glTF 2.0, section 3.9.2)."""
    graph = Graph(each["name"])
    colour: Value = each["rgb"]
    alpha: Value = each["opacity"]
    if each["colour"] is not None:
        picture = _picture(graph, job, each["colour"], "sRGB")
        colour = graph.colour(1.0, picture.outputs["Color"], each["rgb"], "MULTIPLY")
        if each["cut_out"]:
            alpha = graph.times(picture.outputs["Alpha"], each["opacity"])
    roughness, metallic = each["roughness"], each["metallic"]
    if each["surface"] is not None:
        channels = graph.node("SeparateColor", {0: _picture(graph, job, each["surface"], "Non-Color").outputs["Color"]})
        roughness, metallic = graph.times(channels.outputs[1], roughness), graph.times(channels.outputs[2], metallic)
    inputs: dict[str | int, Value] = {"Base Color": colour, "Roughness": roughness, "Metallic": metallic, "Alpha": alpha}
    if each["normal"] is not None:
        encoded = _picture(graph, job, each["normal"], "Non-Color").outputs["Color"]
        normal = graph.node("NormalMap", {"Strength": each["normal_scale"], "Color": encoded}, space="TANGENT", uv_map="UVMap")
        inputs["Normal"] = normal.outputs["Normal"]
    return graph.surface(graph.node("BsdfPrincipled", inputs))


def _picture(graph: Graph, job: Job, file: str, space: str) -> bpy.types.Node:
    image = bpy.data.images.load(str(job.inside(file)), check_existing=True)
    image.colorspace_settings.name = space
    return graph.node("TexImage", image=image, extension="REPEAT")
