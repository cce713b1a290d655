"""Building a set and what stands around in it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.blender.meshes import add_mesh
from studio.blender.nodes import Graph
from studio.blender.painted import add_painted
from studio.blender.surroundings.desert import desert
from studio.blender.surroundings.finishes import finish
from studio.blender.surroundings.loft import loft
from studio.blender.surroundings.street import street
from studio.blender.surroundings.walls import cyclorama, room, sweep, white

_KINDS = {
    "white": white, "sweep": sweep, "cyclorama": cyclorama, "room": room, "loft": loft, "street": street, "desert": desert,
}  # fmt: skip
#: Albedo of a card by its finish, linear. Foil is crumpled on its board, and drawn matt: light that a mirror throws on skin is a caustic,
#: which is not followed.
_CARDS = {"black": (0.02, 0.02, 0.02), "white": (0.82, 0.82, 0.81), "silver": (0.94, 0.94, 0.94), "gold": (0.96, 0.72, 0.40)}


def build_set(job: Job, spec: dict[str, Any], rig: bpy.types.Object) -> None:
    """Build the set and its props under the empty ``rig``. spec: From `studio.shot.request`."""
    items = _KINDS[spec["kind"]](spec)
    items += [_prop(job, prop, number) for number, prop in enumerate(spec["props"])]
    for item in items:
        item.parent = rig


def add_cards(cards: list[dict[str, Any]], rig: bpy.types.Object) -> None:
    """Flags and reflectors, which no camera sees."""
    for card in cards:
        graph = Graph(card["finish"])
        material = graph.surface(graph.node("BsdfDiffuse", {"Color": _CARDS[card["finish"]]}))
        item = add_mesh("card", np.array(card["corners"]), np.array([(0, 1, 2, 3)]), material, smooth=False)
        item.visible_camera = False
        item.parent = rig


def _prop(job: Job, prop: dict[str, Any], number: int) -> bpy.types.Object:
    if prop["shape"] is None:
        item = add_painted(job, prop["model"])
    else:
        item = add_mesh(f"prop {number}", *_solid(prop["shape"]), finish(f"prop {number}", prop["surface"]), smooth=False)
        item.scale = [size / 100 for size in prop["size_cm"]]
        item.data.polygons.foreach_set("use_smooth", [prop["shape"] == "ball"] * len(item.data.polygons))
    item.location = prop["at_m"]
    item.rotation_euler = (0.0, 0.0, np.radians(prop["turn_deg"]))
    return item


def _solid(shape: str) -> tuple[np.ndarray, np.ndarray]:
    """A box, cylinder or ball of size 1 whose foot is the origin, edges a little broken so that they catch light."""
    import bmesh

    mesh = bmesh.new()
    if shape == "ball":
        bmesh.ops.create_uvsphere(mesh, u_segments=64, v_segments=32, radius=0.5)
    elif shape == "cylinder":
        bmesh.ops.create_cone(mesh, cap_ends=True, segments=96, radius1=0.5, radius2=0.5, depth=1.0)
    else:
        bmesh.ops.create_cube(mesh, size=1.0)
    if shape != "ball":
        sharp = [edge for edge in mesh.edges if edge.is_manifold and edge.calc_face_angle() > 0.7]
        bmesh.ops.bevel(mesh, geom=sharp, offset=0.008, segments=2, affect="EDGES")
    bmesh.ops.triangulate(mesh, faces=mesh.faces)
    vertices = np.array([vertex.co[:] for vertex in mesh.verts]) + np.array([0.0, 0.0, 0.5])
    faces = np.array([[vertex.index for vertex in face.verts] for face in mesh.faces])
    mesh.free()
    return vertices, faces
