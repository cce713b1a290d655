"""What an open mouth shows: enamel, gums and the tongue, all wet."""

from __future__ import annotations

from typing import Any

import bpy

from studio.blender.meshes import add_mesh
from studio.blender.nodes import Graph

#: Albedo of healthy teeth at the edge, the body of the crown and the neck, linear Rec.709 (shade A1 to A2 of a VITA guide, by eye).
_EDGE, _BODY, _NECK = (0.56, 0.56, 0.52), (0.70, 0.655, 0.56), (0.62, 0.52, 0.38)
#: Gum at its margin and where it is attached, and the tongue's back, linear Rec.709 (chosen by eye).
_MARGIN, _GUM, _TONGUE = (0.52, 0.20, 0.18), (0.42, 0.13, 0.12), (0.40, 0.13, 0.12)
_SALIVA = {"Coat Weight": 0.7, "Coat Roughness": 0.07, "Coat IOR": 1.34}


def add_mouth(arrays: Any) -> list[bpy.types.Object]:
    """Build the parts that the arrays hold: ``teeth``, ``gums``, ``tongue``."""
    materials = {"teeth": _enamel, "gums": _gums, "tongue": _tongue}
    return [
        add_mesh(
            name, arrays[f"{name}_vertices"], arrays[f"{name}_quads"], make(),
            attributes={"local": arrays[f"{name}_local"], "neck": arrays[f"{name}_neck"]},
        )
        for name, make in materials.items()
    ]  # fmt: skip


def _enamel() -> bpy.types.Material:
    """Translucent towards the edge, warmer towards the gum, where dentine shows through."""
    graph = Graph("enamel")
    neck, where = graph.attribute("neck"), graph.attribute_vector("local")
    cloud = graph.noise(where, 420, 2)
    at = graph.add(neck, graph.times(graph.math("SUBTRACT", cloud, 0.5), 0.25))
    colour = graph.colour(graph.ramp(at, 0.02, 0.30), _EDGE, _BODY)
    colour = graph.colour(graph.ramp(at, 0.55, 1.05), colour, _NECK)
    ridges = graph.noise(graph.stretched(where, (1.0, 1.0, 3.0)), 700, 2)
    inputs = {
        "Base Color": colour, "Roughness": 0.28, "IOR": 1.6, "Specular IOR Level": 0.35, "Subsurface Weight": 0.7,
        "Subsurface Radius": (1.0, 0.75, 0.5), "Subsurface Scale": 0.0012,
        "Normal": graph.bump(ridges, strength=0.25, distance_m=0.0001),
    } | _SALIVA  # fmt: skip
    return graph.surface(graph.node("BsdfPrincipled", inputs, subsurface_method="RANDOM_WALK"))


def _gums() -> bpy.types.Material:
    """Coral at the margin, deeper away from it, stippled as attached gum is."""
    graph = Graph("gums")
    where = graph.attribute_vector("local")
    blotch = graph.noise(where, 260, 2)
    colour = graph.colour(graph.ramp(graph.add(graph.attribute("neck"), graph.times(blotch, 0.3)), 0.1, 0.7), _MARGIN, _GUM)
    return _flesh(graph, colour, graph.noise(where, 1300, 2), 0.00015)


def _tongue() -> bpy.types.Material:
    """Papillae on a muscle."""
    graph = Graph("tongue")
    where = graph.attribute_vector("local")
    papillae = graph.cells(graph.warped(where, 400, 0.0008), 900).outputs["Distance"]
    colour = graph.colour(graph.ramp(papillae, 0.1, 0.5), [1.25 * part for part in _TONGUE], _TONGUE)
    colour = graph.colour(graph.ramp(graph.noise(where, 120, 3), 0.4, 0.7, 0, 0.6), colour, [0.7 * part for part in _TONGUE])
    return _flesh(graph, colour, graph.inverse(papillae), 0.0004)


def _flesh(graph: Graph, colour: Any, relief: Any, depth_m: float) -> bpy.types.Material:
    inputs = {
        "Base Color": colour, "Roughness": 0.35, "Subsurface Weight": 0.8, "Subsurface Radius": (1.0, 0.35, 0.25),
        "Subsurface Scale": 0.0016, "Normal": graph.bump(relief, strength=0.5, distance_m=depth_m),
    } | _SALIVA  # fmt: skip
    return graph.surface(graph.node("BsdfPrincipled", inputs, subsurface_method="RANDOM_WALK"))
