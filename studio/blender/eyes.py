"""Eyes: sclera with veins, a clear cornea, a fibrous iris with a dark limbus, tears and caruncle."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh, add_tube, set_matrix
from studio.blender.nodes import Graph

#: Dark and light fibre of each iris, linear Rec.709 (chosen by eye at portrait size).
_FIBRES = {
    "dark": ((0.016, 0.008, 0.005), (0.042, 0.020, 0.011)),
    "brown": ((0.035, 0.014, 0.006), (0.110, 0.048, 0.018)),
    "hazel": ((0.045, 0.028, 0.010), (0.145, 0.095, 0.038)),
    "green": ((0.050, 0.055, 0.028), (0.160, 0.150, 0.075)),
    "blue": ((0.070, 0.130, 0.200), (0.260, 0.360, 0.440)),
    "grey": ((0.090, 0.110, 0.130), (0.300, 0.330, 0.350)),
}
#: A cornea mirrors 2.5 % (index 1.376). Lights here are as large as they are and no brighter, where a photographer's have a hot middle:
#: what they leave in an eye is drawn that much brighter (chosen by eye).
_GLINT = 1.25
#: How far lids and lashes stand over the eye [m].
_LID_REACH_M = 0.006
_COLLARETTE = np.array([0.22, 0.12, 0.04])


def add_eyes(arrays: Any, eyes: dict[str, Any]) -> list[bpy.types.Object]:
    """Build both eyes. Returns the four objects that turn with the gaze: shell and iris of the left, then of the right."""
    materials = {"shell": _shell(), "iris": _iris(eyes["iris"], eyes["pupil"])}
    tears, flesh = _tears(), _caruncle()
    turning = []
    for side in ("left", "right"):
        for part, material in materials.items():
            attributes = {"radius_share": arrays[f"{part}_share"], "polar": arrays[f"{part}_polar"], "local": arrays[f"{part}_vertices"]}
            name = f"{part}_{side}"
            turning.append(add_mesh(name, arrays[f"{part}_vertices"], arrays[f"{part}_quads"], material, attributes=attributes))
        add_tube(f"tears_{side}", arrays[f"tears_{side}"], 0.00032, tears)
        bead = add_mesh(f"caruncle_{side}", arrays["bead_vertices"], arrays["bead_faces"], flesh)
        set_matrix(bead, np.diag([1.3, 0.45, 0.8]).tolist(), arrays[f"caruncle_{side}"].tolist())
    return turning


def turn_eyes(turning: list[bpy.types.Object], gaze: list[Any], centres: list[Any]) -> None:
    """Point the eyes: one world_from_eye rotation and one centre for each."""
    for index, item in enumerate(turning):
        set_matrix(item, gaze[index // 2], centres[index // 2])


def _iris(name: str, pupil: float) -> bpy.types.Material:
    graph = Graph("iris")
    share, polar = graph.attribute("radius_share"), graph.attribute_vector("polar")
    rays = graph.stretched(polar, (1.0, 1.0, 0.18))
    coarse, fine = graph.noise(rays, 14, 4, 0.65), graph.noise(rays, 38, 3, 0.6)
    dark, light = (np.array(colour) for colour in _FIBRES[name])
    colour = graph.colour(graph.ramp(coarse, 0.35, 0.68), dark, light)
    colour = graph.colour(graph.ramp(fine, 0.5, 0.75, 0, 0.5), colour, light * 1.35)
    inner = graph.ramp(graph.add(share, graph.times(coarse, 0.18)), 0.62, 0.48, 0, 0.55)
    colour = graph.colour(inner, colour, light * 0.8 if name == "dark" else _COLLARETTE)
    colour = graph.colour(graph.ramp(share, 0.66, 0.98, 0, 0.93), colour, dark * 0.18)
    colour = graph.colour(graph.ramp(_open(graph), 0.1, 0.8, 0.75, 0.0), colour, dark * 0.12)
    edge = graph.add(share, graph.times(fine, 0.03))
    colour = graph.colour(graph.ramp(edge, pupil + 0.035, pupil), colour, (0.002, 0.002, 0.002))
    normal = graph.bump(coarse, strength=0.5, distance_m=0.0003)
    return graph.surface(
        graph.node("BsdfPrincipled", {"Base Color": colour, "Roughness": 0.55, "Specular IOR Level": 0.2, "Normal": normal})
    )


def _shell() -> bpy.types.Material:
    """Sclera outside the limbus; inside it a cornea: transparent with a Fresnel reflection, since refraction would cost caustics.

    The white is greyer than one thinks, and lies in the shade of lid and lashes: there it is dimmed by what stands over it.
    """
    graph = Graph("eye")
    share, where = graph.attribute("radius_share"), graph.attribute_vector("local")
    cracks = graph.cells(graph.warped(where, 260, 0.0035, 3), 210, "DISTANCE_TO_EDGE").outputs["Distance"]
    veins = graph.times(
        graph.ramp(cracks, 0.03, 0.0, 0, 0.32), graph.ramp(share, 1.25, 2.3), graph.ramp(graph.noise(where, 160), 0.4, 0.65)
    )
    white = graph.colour(graph.ramp(share, 1.15, 2.3), (0.545, 0.500, 0.470), (0.42, 0.28, 0.245))
    white = graph.colour(graph.ramp(graph.noise(where, 240, 2), 0.35, 0.7, 0, 0.25), white, (0.50, 0.40, 0.33))
    white = graph.colour(veins, white, (0.50, 0.14, 0.10))
    white = graph.colour(graph.ramp(share, 1.20, 0.96, 0, 0.85), white, (0.13, 0.11, 0.105))
    white = graph.colour(graph.ramp(_open(graph), 0.2, 0.95, 0.85, 0.0), white, (0.090, 0.048, 0.042))
    sclera = graph.node(
        "BsdfPrincipled",
        {"Base Color": white, "Roughness": 0.30, "Subsurface Weight": 0.6, "Subsurface Radius": (1.0, 0.5, 0.3), "Subsurface Scale": 0.0018,
         "Coat Weight": 0.9, "Coat Roughness": 0.05, "Normal": graph.bump(graph.noise(where, 300, 2), strength=0.25, distance_m=0.0003)},
        subsurface_method="RANDOM_WALK",
    )  # fmt: skip
    cornea = _film(graph, 1.376, 0.015, _GLINT)
    return graph.surface(graph.node("MixShader", {0: graph.ramp(share, 0.90, 1.10), 1: cornea, 2: sclera}))


def _open(graph: Graph) -> bpy.types.NodeSocket:
    """How far a point of the eye is open to its surroundings within the reach of lids and lashes, 0 to 1."""
    return graph.node("AmbientOcclusion", {"Distance": _LID_REACH_M}, samples=4).outputs["AO"]


def _film(graph: Graph, ior: float, roughness: float, gain: float = 1.0) -> bpy.types.Node:
    mirrored, clear = graph.times(graph.node("Fresnel", {"IOR": ior}).outputs[0], gain), graph.node("BsdfTransparent")
    return graph.node("MixShader", {0: mirrored, 1: clear, 2: graph.node("BsdfGlossy", {"Roughness": roughness})})


def _tears() -> bpy.types.Material:
    graph = Graph("tears")
    return graph.surface(_film(graph, 1.5, 0.03))


def _caruncle() -> bpy.types.Material:
    graph = Graph("caruncle")
    inputs = {
        "Base Color": (0.62, 0.27, 0.23),
        "Roughness": 0.25,
        "Subsurface Weight": 1.0,
        "Subsurface Radius": (1.0, 0.3, 0.2),
        "Subsurface Scale": 0.002,
    }
    return graph.surface(graph.node("BsdfPrincipled", inputs))
