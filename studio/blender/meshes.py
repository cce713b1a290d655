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
    uv: np.ndarray | None = None,
    smooth: bool = True,
) -> bpy.types.Object:
    """A mesh of triangles or quads (F, 3 or 4). attributes: by vertex, (V,) numbers or (V, 3) vectors. uv: by corner, (F, 3 or 4, 2).

    A quad whose last two indices are equal is a triangle.
    """
    mesh = bpy.data.meshes.new(name)
    sizes = np.full(len(faces), faces.shape[1])
    corners = faces.ravel()
    if faces.shape[1] == 4 and (short := faces[:, 3] == faces[:, 2]).any():
        sizes = np.where(short, 3, 4)
        keep = np.ones(faces.shape, dtype=bool)
        keep[short, 3] = False
        corners = faces[keep]
        uv = uv[keep] if uv is not None else None
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, dtype=np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(corners, dtype=np.int32))
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.r_[0, np.cumsum(sizes)[:-1]].astype(np.int32))
    for key, values in (attributes or {}).items():
        add_attribute(mesh, key, values)
    if uv is not None:
        mesh.uv_layers.new(name="uv").data.foreach_set("uv", np.ascontiguousarray(uv, dtype=np.float32).ravel())
    mesh.update(calc_edges=True)
    if mesh.validate():
        raise ValueError(f"the mesh '{name}' is not valid: Blender had to repair it")
    if smooth:
        mesh.shade_smooth()
    if material is not None:
        mesh.materials.append(material)
    return add_object(name, mesh)


def add_attribute(mesh: bpy.types.Mesh, name: str, values: np.ndarray) -> None:
    """Store numbers (V,) or vectors (V, 3) on a mesh's vertices."""
    vector = values.ndim == 2
    layer = mesh.attributes.new(name, "FLOAT_VECTOR" if vector else "FLOAT", "POINT")
    layer.data.foreach_set("vector" if vector else "value", np.ascontiguousarray(values, dtype=np.float32).ravel())


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


def add_strands(name: str, strands: np.ndarray, radii: np.ndarray, material: bpy.types.Material) -> bpy.types.Object:
    """Hair curves. strands: (N, K, 3) world [m]. radii: (N, K) [m]."""
    count, points, _ = strands.shape
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves([points] * count)
    curves.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(strands, dtype=np.float32).ravel())
    radius = curves.attributes.get("radius") or curves.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", np.ascontiguousarray(radii, dtype=np.float32).ravel())
    curves.materials.append(material)
    return add_object(name, curves)


def set_matrix(item: bpy.types.Object, rotation: Sequence[Sequence[float]], position: Sequence[float]) -> None:
    """Place an object by world rotation (3, 3) and position (3,)."""
    from mathutils import Matrix, Vector

    item.matrix_world = Matrix.Translation(Vector(position)) @ Matrix(rotation).to_4x4()
