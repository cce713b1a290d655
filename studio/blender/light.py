"""Lights as `studio.shot.lights` placed them, under the empty that turns the whole rig around the subject."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh, add_object
from studio.blender.nodes import Graph


def add_lights(lights: list[dict[str, Any]], rig: bpy.types.Object) -> list[bpy.types.Object]:
    """Build all lights, their gobos, and see to it that a gobo holds back its own light only."""
    items = [_add(light, rig) for light in lights]
    panels = {index: _gobo(light, rig) for index, light in enumerate(lights) if light["gobo"] is not None}
    for index, item in enumerate(items):
        foreign = [panel for owner, panel in panels.items() if owner != index]
        if foreign:
            _let_through(item, foreign)
    return items


def _add(light: dict[str, Any], rig: bpy.types.Object) -> bpy.types.Object:
    from mathutils import Vector

    kind = {"bare": "POINT", "spot": "SPOT", "sun": "SUN"}.get(light["shape"], "AREA")
    data = bpy.data.lights.new(light["name"], kind)
    data.energy = light["watts"]  # the sun's strength is its irradiance
    data.color = light["rgb"]
    if kind == "AREA":
        data.shape = "DISK" if light["rings"] else "RECTANGLE"
        data.size = light["size_m"][0]
        if data.shape == "RECTANGLE":
            data.size_y = light["size_m"][1]
        if light["grid_deg"] is not None:
            data.spread = math.radians(light["grid_deg"])
        if light["rings"] and len(light["rings"]) > 1:
            _shade_rings(data, light["rings"])
    elif kind in ("POINT", "SPOT"):
        data.shadow_soft_size = light["size_m"][0] / 2
        if kind == "SPOT":
            data.spot_size, data.spot_blend = math.radians(light["beam_deg"]), light["edge"]
    else:
        data.angle = math.radians(light["angle_deg"])
    item = add_object(light["name"], data)
    item.location = light["position"]
    aim = Vector(light["aim"]) - Vector(light["position"])
    item.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
    item.visible_camera = False
    item.parent = rig
    return item


def _shade_rings(data: bpy.types.Light, rings: list[list[float]]) -> None:
    """Make a disc brighter in some of its rings: outer radius as a share of the disc's, and brightness relative to the mean."""
    data.use_nodes = True
    tree = data.node_tree
    emission = next(node for node in tree.nodes if node.type == "EMISSION")
    # of an area light Cycles knows where on its face a ray starts, 0 to 1 across it
    place = tree.nodes.new("ShaderNodeNewGeometry").outputs["Parametric"]
    centred, length = tree.nodes.new("ShaderNodeVectorMath"), tree.nodes.new("ShaderNodeVectorMath")
    centred.operation, length.operation = "SUBTRACT", "LENGTH"
    centred.inputs[1].default_value = (0.5, 0.5, 0.0)
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    ramp.color_ramp.interpolation = "CONSTANT"
    doubled = tree.nodes.new("ShaderNodeMath")
    doubled.operation, doubled.inputs[1].default_value = "MULTIPLY", 2.0
    strongest = max(weight for _, weight in rings)
    while len(ramp.color_ramp.elements) < len(rings):
        ramp.color_ramp.elements.new(1.0)
    inner = 0.0
    for element, (outer, weight) in zip(ramp.color_ramp.elements, rings, strict=True):
        element.position, element.color = inner, (*[weight / strongest] * 3, 1.0)
        inner = outer
    scaled = tree.nodes.new("ShaderNodeMath")
    scaled.operation, scaled.inputs[1].default_value = "MULTIPLY", strongest
    for source, target in (
        (place, centred.inputs[0]), (centred.outputs[0], length.inputs[0]), (length.outputs["Value"], doubled.inputs[0]),
        (doubled.outputs[0], ramp.inputs[0]), (ramp.outputs[0], scaled.inputs[0]), (scaled.outputs[0], emission.inputs["Strength"]),
    ):  # fmt: skip
        tree.links.new(source, target)


def _gobo(light: dict[str, Any], rig: bpy.types.Object) -> bpy.types.Object:
    """Opaque parts before a light, seen by nothing but its rays."""
    graph = Graph("gobo")
    black = graph.surface(graph.node("BsdfDiffuse", {"Color": (0.0, 0.0, 0.0)}))
    gobo = light["gobo"]
    item = add_mesh("gobo", np.array(gobo["vertices"]), np.array(gobo["quads"]), black, smooth=False)
    item.visible_camera = item.visible_diffuse = item.visible_glossy = item.visible_transmission = False
    item.parent = rig
    return item


def _let_through(item: bpy.types.Object, foreign: list[bpy.types.Object]) -> None:
    """Let a light shine through the gobos of other lights."""
    blockers = bpy.data.collections.new(f"blockers of {item.name}")
    for panel in foreign:
        blockers.objects.link(panel)
    item.light_linking.blocker_collection = blockers
    for entry in blockers.collection_objects:
        entry.light_linking.link_state = "EXCLUDE"


def show_white(radiance: float) -> None:
    """Let the camera see an even white instead of the world's ambient light, which goes on lighting the scene."""
    tree = bpy.context.scene.world.node_tree
    if "white" not in tree.nodes:
        output, ambient = tree.nodes["World Output"], tree.nodes["Background"]
        white = tree.nodes.new("ShaderNodeBackground")
        white.name = "white"
        path, mix = tree.nodes.new("ShaderNodeLightPath"), tree.nodes.new("ShaderNodeMixShader")
        tree.links.new(path.outputs["Is Camera Ray"], mix.inputs[0])
        tree.links.new(ambient.outputs[0], mix.inputs[1])
        tree.links.new(white.outputs[0], mix.inputs[2])
        tree.links.new(mix.outputs[0], output.inputs["Surface"])
    tree.nodes["white"].inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    tree.nodes["white"].inputs["Strength"].default_value = radiance
