"""Arrays to Blender objects."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np


def add_object(name: str, data: bpy.types.ID | None) -> bpy.types.Object:
    """An object of that data in the scene."""
    item = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(item)
    return item


def add_mesh(
    name: str,
    vertices: np.ndarray,
    faces: np.ndarray,
    material: bpy.types.Material | None = None,
    *,
    attributes: dict[str, np.ndarray] | None = None,
    corners: dict[str, np.ndarray] | None = None,
    smooth: bool = True,
) -> bpy.types.Object:
    """A mesh of triangles or quads, (F, 3) or (F, 4).

    attributes: by vertex, numbers (V,) or vectors (V, 3). corners: by corner, numbers (F, k) or vectors (F, k, 3).
    """
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, dtype=np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(faces, dtype=np.int32).ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, faces.shape[1], dtype=np.int32))
    for key, values in (attributes or {}).items():
        add_attribute(mesh, key, values)
    for key, values in (corners or {}).items():
        add_attribute(mesh, key, values.reshape(faces.size, *values.shape[2:]), domain="CORNER")
    mesh.update(calc_edges=True)
    if mesh.validate():
        raise ValueError(f"the mesh '{name}' is not valid: Blender had to repair it")
    if smooth:
        mesh.shade_smooth()
    if material is not None:
        mesh.materials.append(material)
    return add_object(name, mesh)


def add_attribute(mesh: bpy.types.Mesh, name: str, values: np.ndarray, *, domain: str = "POINT") -> None:
    """Store numbers (N,) or vectors (N, 3) on a mesh's vertices or corners."""
    vector = values.ndim == 2
    layer = mesh.attributes.new(name, "FLOAT_VECTOR" if vector else "FLOAT", domain)
    layer.data.foreach_set("vector" if vector else "value", np.ascontiguousarray(values, dtype=np.float32).ravel())


def add_texture_coordinates(item: bpy.types.Object, uv: np.ndarray) -> None:
    """Texture coordinates (F, k, 2) of the corners of a mesh's faces, under the name that shader nodes take by default."""
    layer = item.data.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", np.ascontiguousarray(uv, dtype=np.float32).ravel())


def add_tube(name: str, points: np.ndarray, radius_m: float, material: bpy.types.Material) -> bpy.types.Object:
    """A thin tube along a polyline (N, 3)."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions = "3D"
    curve.bevel_depth = radius_m
    spline = curve.splines.new("POLY")
    spline.points.add(len(points) - 1)
    spline.points.foreach_set("co", np.c_[points, np.ones(len(points))].astype(np.float32).ravel())
    curve.materials.append(material)
    return add_object(name, curve)


def add_strands(
    name: str, strands: np.ndarray, radii: np.ndarray, material: bpy.types.Material, *, absorption: np.ndarray | None = None
) -> bpy.types.Object:
    """Hair curves. strands: (N, K, 3) world [m]. radii: (N, K) [m]. absorption: Of each strand, (N, 3)."""
    count, points, _ = strands.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([points] * count)
    curves.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(strands, dtype=np.float32).ravel())
    radius = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.ascontiguousarray(radii, dtype=np.float32).ravel())
    if absorption is not None:
        layer = curves.attributes.new("absorption", "FLOAT_VECTOR", "CURVE")
        layer.data.foreach_set("vector", np.ascontiguousarray(absorption, dtype=np.float32).ravel())
    curves.materials.append(material)
    return add_object(name, curves)


def set_matrix(item: bpy.types.Object, rotation: Sequence[Sequence[float]], position: Sequence[float]) -> None:
    """Place an object by world rotation (3, 3) and position (3,)."""
    from mathutils import Matrix, Vector

    item.matrix_world = Matrix.Translation(Vector(position)) @ Matrix(rotation).to_4x4()
