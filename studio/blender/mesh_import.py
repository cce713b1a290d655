"""The job kind ``mesh-import``: an FBX or USD file through Blender's reader becomes one triangle mesh.

In: the file that the request names. Out: ``mesh.npz`` (``vertices`` (V, 3) [m], world axes; ``faces`` (F, 3); ``corner_uv`` (F, 3, 2),
empty where a mesh has none; ``part`` (F,), the material's number) and the pictures that the file embeds. Pictures elsewhere are told by
their names alone and never opened.
"""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePosixPath
from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.errors import StudioError


def run(job: Job) -> dict[str, Any]:
    """Facts: ``materials``, each with ``name``, ``rgb``, ``roughness``, ``metallic``, and ``colour`` and ``normal`` pictures or None."""
    path = job.inside(job.request["file"])
    try:
        if path.suffix == ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(path), use_image_search=False, use_anim=False)
        else:
            _refuse_references(path)
            bpy.ops.wm.usd_import(filepath=str(path), import_cameras=False, import_lights=False, import_textures_mode="IMPORT_NONE")
    except RuntimeError as error:
        raise StudioError(f"Blender cannot read the file ({str(error).strip().splitlines()[-1]}); export it again.") from None
    parts, materials, count = [], [], 0
    graph = bpy.context.evaluated_depsgraph_get()
    for item in sorted((item for item in bpy.context.scene.objects if item.type == "MESH"), key=lambda item: item.name):
        part = _triangles(item, graph)
        if not len(part["faces"]):
            continue
        own = [slot.material for slot in item.material_slots] or [None]
        numbers = np.array([_number(material, materials) for material in own])
        part["part"] = numbers[np.minimum(part["part"], len(numbers) - 1)]
        part["faces"] = part["faces"] + count
        count += len(part["vertices"])
        parts.append(part)
    joined = {key: np.concatenate([part[key] for part in parts]) for key in ("vertices", "faces", "part")} if parts else _empty()
    whole = bool(parts) and all(len(part["corner_uv"]) for part in parts)
    joined["corner_uv"] = np.concatenate([part["corner_uv"] for part in parts]) if whole else np.zeros((0, 3, 2), np.float32)
    job.save("mesh.npz", **joined)
    return {"materials": [_facts(job, material, k) for k, material in enumerate(materials)] if any(materials) else []}


def _refuse_references(path: Path) -> None:
    """A USD file may bring in others, from anywhere: it is read only where it does not."""
    from pxr import Sdf, Tf

    try:
        layer = Sdf.Layer.FindOrOpen(str(path))
    except Tf.ErrorException:
        layer = None
    if layer is None:
        raise StudioError("The file is no valid USD; export it again.")
    others = [other for other in layer.GetCompositionAssetDependencies() if other]
    if others:
        raise StudioError(f"The USD file refers to {others[0]}, and a file must stand alone: export it flattened.")


def _empty() -> dict[str, np.ndarray]:
    return {"vertices": np.zeros((0, 3)), "faces": np.zeros((0, 3), np.int64), "part": np.zeros(0, np.int64)}


def _number(material: bpy.types.Material | None, materials: list[bpy.types.Material | None]) -> int:
    if material not in materials:
        materials.append(material)
    return materials.index(material)


def _triangles(item: bpy.types.Object, graph: bpy.types.Depsgraph) -> dict[str, np.ndarray]:
    """One object's mesh in the world, as it is seen: modifiers and skins at their rest are applied."""
    seen = item.evaluated_get(graph)
    mesh = seen.to_mesh()
    mesh.calc_loop_triangles()
    vertices, triangles = np.empty(3 * len(mesh.vertices)), len(mesh.loop_triangles)
    loops, part = np.empty(3 * triangles, np.int32), np.empty(triangles, np.int32)
    corner = np.empty(len(mesh.loops), np.int32)
    mesh.vertices.foreach_get("co", vertices)
    mesh.loop_triangles.foreach_get("loops", loops)
    mesh.loop_triangles.foreach_get("material_index", part)
    mesh.loops.foreach_get("vertex_index", corner)
    uv = np.zeros((0, 3, 2), np.float32)
    if mesh.uv_layers.active is not None:
        flat = np.empty(2 * len(mesh.loops), np.float32)
        mesh.uv_layers.active.data.foreach_get("uv", flat)
        uv = flat.reshape(-1, 2)[loops].reshape(-1, 3, 2)
    world = np.array(item.matrix_world)
    faces = corner[loops].reshape(-1, 3).astype(np.int64)
    if np.linalg.det(world[:3, :3]) < 0:
        faces, uv = faces[:, ::-1], uv[:, ::-1]
    seen.to_mesh_clear()
    return {"vertices": vertices.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3], "faces": faces, "part": part, "corner_uv": uv}


def _facts(job: Job, material: bpy.types.Material | None, number: int) -> dict[str, Any]:
    said: dict[str, Any] = {"name": material.name if material else "plain", "rgb": [0.8] * 3, "roughness": 0.8, "metallic": 0.0}
    said |= {"colour": None, "normal": None}
    nodes = material.node_tree.nodes if material and material.use_nodes else []
    shader = next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        return said
    base, normal = shader.inputs["Base Color"], shader.inputs["Normal"]
    said |= {"rgb": list(base.default_value)[:3], "roughness": shader.inputs["Roughness"].default_value}
    said["metallic"] = shader.inputs["Metallic"].default_value
    if (image := _image(base)) is not None:
        said |= {"colour": _picture(job, image, f"colour-{number}"), "rgb": [1.0] * 3}
    if normal.is_linked and (image := _image(normal.links[0].from_node.inputs.get("Color"))) is not None:
        said["normal"] = _picture(job, image, f"normal-{number}")
    return said


def _image(socket: bpy.types.NodeSocket | None) -> bpy.types.Image | None:
    if socket is None or not socket.is_linked or socket.links[0].from_node.type != "TEX_IMAGE":
        return None
    return socket.links[0].from_node.image


def _picture(job: Job, image: bpy.types.Image, role: str) -> dict[str, str]:
    """What an image is called, and the file that its embedded bytes were written to, if it has any."""
    called = {"name": PurePosixPath(image.filepath.replace("\\", "/") or image.name).name}
    if image.packed_file is None:
        return called
    file = f"{role}.image"
    with contextlib.suppress(OSError):
        job.output(file).write_bytes(image.packed_file.data)
    return called | {"file": file}
