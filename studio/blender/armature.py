"""The job kind ``armature``: pose a mesh with Blender's own armature and skinning. A reference that our forward pass is held to.

In: ``skin.npz`` with ``vertices`` (V, 3) rest positions, ``weights`` (V, J), ``joints`` (J, 3) rest positions, ``parents`` (J,), and
``rotations`` (J, 3, 3) relative to the parent, all in one frame. Out: ``posed.npz`` with ``vertices`` (V, 3).
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.blender.meshes import add_mesh, add_object

#: Length of every bone [m]; skinning does not depend on it.
_BONE_M = 0.05


def run(job: Job) -> dict[str, Any]:
    """Facts: how many vertices and bones there were."""
    arrays = job.arrays("skin.npz")
    rig = _build_rig(arrays["joints"], arrays["parents"])
    body = add_mesh("body", arrays["vertices"], arrays["faces"])
    for bone in range(len(arrays["joints"])):
        group = body.vertex_groups.new(name=f"bone{bone}")
        for vertex in np.flatnonzero(arrays["weights"][:, bone] > 0):
            group.add([int(vertex)], float(arrays["weights"][vertex, bone]), "REPLACE")
    modifier = body.modifiers.new("armature", "ARMATURE")
    modifier.object = rig
    _pose(rig, arrays["rotations"])
    evaluated = body.evaluated_get(bpy.context.evaluated_depsgraph_get())
    vertices = np.empty(len(evaluated.data.vertices) * 3, dtype=np.float32)
    evaluated.data.vertices.foreach_get("co", vertices)
    job.save("posed.npz", vertices=vertices.reshape(-1, 3))
    return {"vertices": len(body.data.vertices), "bones": len(rig.data.bones)}


def _build_rig(joints: np.ndarray, parents: np.ndarray) -> bpy.types.Object:
    """Bones that start at the joints, all along +y without roll, so that their own axes are the frame's."""
    rig = add_object("rig", bpy.data.armatures.new("rig"))
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for index, joint in enumerate(joints):
        bone = rig.data.edit_bones.new(f"bone{index}")
        bone.head = joint.tolist()
        bone.tail = (joint + np.array([0.0, _BONE_M, 0.0])).tolist()
        bone.roll = 0.0
        if parents[index] >= 0:
            bone.parent = rig.data.edit_bones[f"bone{parents[index]}"]
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig


def _pose(rig: bpy.types.Object, rotations: np.ndarray) -> None:
    from mathutils import Matrix

    for index, rotation in enumerate(rotations):
        bone = rig.pose.bones[f"bone{index}"]
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = Matrix(rotation.tolist()).to_quaternion()
    bpy.context.view_layer.update()
