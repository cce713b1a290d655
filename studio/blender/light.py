"""Lights as `studio.shot.lights` placed them, under the empty that turns the whole rig around the subject."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh, add_object
from studio.blender.nodes import Graph


def add_lights(lights: list[dict[str, Any]], rig: bpy.types.Object) -> list[bpy.types.Object]:
    """Build all lights, their windows, and see to it that a window holds back its own light only."""
    items = [_add(light, rig) for light in lights]
    panels = {index: _window(light, rig) for index, light in enumerate(lights) if light["window"] is not None}
    for index, item in enumerate(items):
        foreign = [panel for owner, panel in panels.items() if owner != index]
        if foreign:
            _let_through(item, foreign)
    return items


def _add(light: dict[str, Any], rig: bpy.types.Object) -> bpy.types.Object:
    from mathutils import Vector

    kind = {"softbox": "AREA", "strip": "AREA", "octa": "AREA", "bare": "POINT", "sun": "SUN"}[light["shape"]]
    data = bpy.data.lights.new(light["name"], kind)
    data.energy = light["watts"]  # the sun's strength is its irradiance
    data.color = light["rgb"]
    if kind == "AREA":
        data.shape = "DISK" if light["shape"] == "octa" else "RECTANGLE"
        data.size = light["size_m"][0]
        if data.shape == "RECTANGLE":
            data.size_y = light["size_m"][1]
        if light["grid_deg"] is not None:
            data.spread = math.radians(light["grid_deg"])
    elif kind == "POINT":
        data.shadow_soft_size = light["size_m"][0] / 2
    else:
        data.angle = math.radians(light["angle_deg"])
    item = add_object(light["name"], data)
    item.location = light["position"]
    aim = Vector(light["aim"]) - Vector(light["position"])
    item.rotation_euler = aim.to_track_quat("-Z", "Y").to_euler()
    item.visible_camera = False
    item.parent = rig
    return item


def _window(light: dict[str, Any], rig: bpy.types.Object) -> bpy.types.Object:
    """An opaque wall with panes, seen by nothing but the light's rays."""
    graph = Graph("window")
    black = graph.surface(graph.node("BsdfDiffuse", {"Color": (0.0, 0.0, 0.0)}))
    window = light["window"]
    item = add_mesh("window", np.array(window["vertices"]), np.array(window["quads"]), black, smooth=False)
    item.visible_camera = item.visible_diffuse = item.visible_glossy = item.visible_transmission = False
    item.parent = rig
    return item


def _let_through(item: bpy.types.Object, foreign: list[bpy.types.Object]) -> None:
    """Let a light shine through the windows of other lights."""
    blockers = bpy.data.collections.new(f"blockers of {item.name}")
    for panel in foreign:
        blockers.objects.link(panel)
    item.light_linking.blocker_collection = blockers
    for entry in blockers.collection_objects:
        entry.light_linking.link_state = "EXCLUDE"


def set_world(ambient: dict[str, Any] | None) -> None:
    """Even light from all around: radiance [W/m2/sr] and colour; black without it."""
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*ambient["rgb"], 1.0) if ambient else (0.0, 0.0, 0.0, 1.0)
    background.inputs["Strength"].default_value = ambient["radiance"] if ambient else 0.0
    bpy.context.scene.world = world


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
