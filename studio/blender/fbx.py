"""The job kind ``fbx``: a rigged mesh through Blender's FBX exporter.

In: ``rig.npz`` and the request of ``studio.twin.export.interchange``; the image files that the materials name.
Out: the file that the request names.

Everything is built in centimetres in a scene whose unit is the centimetre, with the axes of the file (y up) inside an object that is turned
upright, so that the exporter has neither a scale nor a turn to write: programs that count in centimetres (Maya, Unreal) get a person of
170 units under nodes of scale 1 without rotation, and others (Unity, Blender) read the unit from the file. All bones point along y
without roll, which keeps their frames parallel to the axes, as SMPL-X motion data wants them.
"""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.blender.meshes import add_mesh, add_object
from studio.blender.nodes import Graph

_CM_PER_M = 100.0
#: Length of the bones [cm]; skinning does not depend on it, and FBX does not store it.
_BONE_CM = 5.0


def run(job: Job) -> dict[str, Any]:
    """Facts: the number of bones and of shapes."""
    request, arrays = job.request, job.arrays("rig.npz")
    scene = bpy.context.scene
    scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 1 / _CM_PER_M
    rig = _add_rig(request["name"], request["joints"], arrays)
    rig["twin"], rig["floor_m"] = request["title"], request["floor_m"]
    body = _add_body(job, arrays)
    body.parent = rig
    body.modifiers.new("skin", "ARMATURE").object = rig
    _pose(rig, request["joints"], arrays)
    _export(str(job.output(request["file"])))
    return {"bones": len(rig.data.bones), "shapes": len(request["shapes"])}


def _add_rig(name: str, joints: list[str], arrays: dict[str, np.ndarray]) -> bpy.types.Object:
    rig = add_object(name, bpy.data.armatures.new(name))
    rig.rotation_euler = (math.pi / 2, 0.0, 0.0)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for joint, place, parent in zip(joints, arrays["joints"] * _CM_PER_M, arrays["parents"], strict=True):
        bone = rig.data.edit_bones.new(joint)
        bone.head, bone.tail, bone.roll = place.tolist(), (place + np.array([0.0, _BONE_CM, 0.0])).tolist(), 0.0
        if parent >= 0:
            bone.parent = rig.data.edit_bones[joints[parent]]
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def _add_body(job: Job, arrays: dict[str, np.ndarray]) -> bpy.types.Object:
    request = job.request
    body = add_mesh(f"{request['name']}-body", arrays["vertices"] * _CM_PER_M, arrays["quads"])
    layer = body.data.uv_layers.new(name="st")
    layer.data.foreach_set("uv", np.ascontiguousarray(arrays["uv"], dtype=np.float32).ravel())
    for each in request["materials"]:
        body.data.materials.append(_material(job, each))
    body.data.polygons.foreach_set("material_index", np.ascontiguousarray(arrays["material"], dtype=np.int32))
    for joint, weights in zip(request["joints"], arrays["weights"].T, strict=True):
        group = body.vertex_groups.new(name=joint)
        for vertex in np.flatnonzero(weights > 0):
            group.add([int(vertex)], float(weights[vertex]), "REPLACE")
    body.shape_key_add(name="Basis")
    for name, offsets, weight in zip(request["shapes"], arrays["shape_offsets"], arrays["shape_weights"].tolist(), strict=True):
        key = body.shape_key_add(name=name, from_mix=False)
        moved = (arrays["vertices"] + offsets) * _CM_PER_M
        key.data.foreach_set("co", np.ascontiguousarray(moved, dtype=np.float32).ravel())
        key.slider_min, key.slider_max = min(weight, 0.0), max(weight, 1.0)
        key.value = weight
    return body


def _material(job: Job, each: dict[str, Any]) -> bpy.types.Material:
    graph = Graph(each["name"])
    inputs: dict[str | int, Any] = {"Base Color": tuple(each["colour"]), "Roughness": each["roughness"], "Metallic": 0.0}
    if "image" in each:
        inputs["Base Color"] = _image(graph, job, each["image"], "sRGB")
    if "normal" in each:
        inputs["Normal"] = graph.node("NormalMap", {"Color": _image(graph, job, each["normal"], "Non-Color")})
    return graph.surface(graph.node("BsdfPrincipled", inputs))


def _image(graph: Graph, job: Job, file: str, space: str) -> bpy.types.NodeSocket:
    image = bpy.data.images.load(str(job.inside(file)))
    image.colorspace_settings.name = space
    return graph.node("TexImage", image=image, extension="EXTEND").outputs["Color"]


def _pose(rig: bpy.types.Object, joints: list[str], arrays: dict[str, np.ndarray]) -> None:
    from mathutils import Quaternion

    for joint, (x, y, z, w) in zip(joints, arrays["quaternions"].tolist(), strict=True):
        bone = rig.pose.bones[joint]
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = Quaternion((w, x, y, z))
    shift = (arrays["translations"][0] - arrays["joints"][0]) * _CM_PER_M
    rig.pose.bones[joints[0]].location = shift.tolist()  # in the bone's own frame, which is parallel to the axes
    bpy.context.view_layer.update()


def _export(path: str) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path,
        object_types={"ARMATURE", "MESH"},
        use_mesh_modifiers=False,  # modifiers applied would cost the shape keys
        mesh_smooth_type="FACE",  # Unreal asks for smoothing groups
        add_leaf_bones=False,
        primary_bone_axis="Y",
        secondary_bone_axis="X",  # Blender's own bone axes: no turn is written
        bake_anim=False,
        use_custom_props=True,
        path_mode="COPY",
        embed_textures=True,
    )
