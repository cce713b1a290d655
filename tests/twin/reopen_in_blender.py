"""Run by a test in a process of its own: open exported files in Blender as a user does, and write down what is there.

``python reopen_in_blender.py FILE...`` writes ``FILE.npz`` beside each file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy
import numpy as np

OPEN = {".glb": bpy.ops.import_scene.gltf, ".fbx": bpy.ops.import_scene.fbx, ".usd": bpy.ops.wm.usd_import}


def reopen(file: Path) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    OPEN[file.suffix](filepath=str(file))
    meshes = [item for item in bpy.data.objects if item.type == "MESH" and len(item.data.vertices) > 1000]
    bpy.context.scene.frame_set(bpy.context.scene.frame_start)  # importers put the pose of a USD into frames
    (body,) = meshes
    found = {"size": np.array([len(body.data.vertices), len(body.data.polygons)])}
    rigs = [item for item in bpy.data.objects if item.type == "ARMATURE"]
    if rigs:
        found |= rig_facts(rigs, body)
    posed = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
    found["vertices"] = in_world(posed, posed.data.vertices)
    if body.data.shape_keys is not None:
        keys = body.data.shape_keys.key_blocks
        found |= {"shapes": np.array([key.name for key in keys][1:]), "shape_weights": np.array([key.value for key in keys][1:])}
    found["materials"] = np.array([slot.material.name for slot in body.material_slots])
    found["material"] = np.array([polygon.material_index for polygon in body.data.polygons])
    found["images"] = np.array([image.name for image in bpy.data.images if image.size[0] > 0])
    np.savez(file.with_suffix(file.suffix + ".npz"), **found)


def rig_facts(rigs: list[bpy.types.Object], body: bpy.types.Object) -> dict[str, np.ndarray]:
    (rig,) = rigs
    names = [bone.name for bone in rig.data.bones]
    weights = np.zeros((len(body.data.vertices), len(names)))
    group_names = [group.name for group in body.vertex_groups]
    for vertex in body.data.vertices:
        for group in vertex.groups:
            weights[vertex.index, names.index(group_names[group.group])] = group.weight
    heads = np.array([rig.matrix_world @ bone.head_local for bone in rig.data.bones])
    posed = np.array([rig.matrix_world @ bone.head for bone in rig.pose.bones])
    parents = [bone.parent.name if bone.parent else "" for bone in rig.data.bones]
    keys = body.data.shape_keys
    rest = in_world(body, keys.key_blocks[0].data if keys else body.data.vertices)
    return {"bones": np.array(names), "bone_parents": np.array(parents), "heads": heads, "joints": posed, "weights": weights, "rest": rest}


def in_world(item: bpy.types.Object, points: bpy.types.bpy_prop_collection) -> np.ndarray:
    flat = np.empty(len(points) * 3, dtype=np.float32)
    points.foreach_get("co", flat)
    matrix = np.array(item.matrix_world)
    return flat.reshape(-1, 3).astype(float) @ matrix[:3, :3].T + matrix[:3, 3]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        reopen(Path(name))
    sys.stdout.flush()
    os._exit(0)  # bpy was seen to hang at a normal exit
