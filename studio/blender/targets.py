"""What photographers hold into the light to measure it: white cards, colour patches, marks. For calibration, and for its tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.blender.meshes import add_mesh
from studio.blender.nodes import Graph


def add_targets(targets: list[dict[str, Any]]) -> None:
    """Put targets up. Each has a ``kind``, a ``position`` [m] and a ``size_m``:

    ``card``: a square that faces ``facing``, diffuse, of the albedo ``rgb``. ``patch``: the same, but it shines with the radiance ``rgb``.
    ``ball``: shines with the radiance ``rgb``.
    """
    for target in targets:
        graph = Graph(target["kind"])
        if target["kind"] == "card":
            material = graph.surface(graph.node("BsdfDiffuse", {"Color": target["rgb"]}))
        else:
            material = graph.surface(graph.node("Emission", {"Color": target["rgb"], "Strength": 1.0}))
        if target["kind"] == "ball":
            vertices, faces = _ball(target["size_m"] / 2)
        else:
            vertices, faces = _square(np.array(target["facing"], dtype=float), target["size_m"])
        add_mesh(target["kind"], vertices + np.array(target["position"]), faces, material, smooth=target["kind"] == "ball")


def _square(facing: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    facing = facing / np.linalg.norm(facing)
    side = np.cross([0.0, 0.0, 1.0] if abs(facing[2]) < 0.9 else [0.0, 1.0, 0.0], facing)
    side /= np.linalg.norm(side)
    up = np.cross(facing, side)
    corners = np.array([-side - up, side - up, side + up, -side + up]) * size / 2
    return corners, np.array([[0, 1, 2, 3]])


def _ball(radius: float) -> tuple[np.ndarray, np.ndarray]:
    import bmesh

    mesh = bmesh.new()
    bmesh.ops.create_icosphere(mesh, subdivisions=4, radius=radius)
    vertices = np.array([vertex.co[:] for vertex in mesh.verts])
    faces = np.array([[vertex.index for vertex in face.verts] for face in mesh.faces])
    mesh.free()
    return vertices, faces
