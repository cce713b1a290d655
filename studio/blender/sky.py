"""What is all around: even light, a clear sky as an equirectangular picture, or a panorama from a file."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.errors import StudioError

#: A panorama is not read where it is larger than this [pixels].
_MOST_PIXELS = 70_000_000


def set_world(job: Job, around: dict[str, Any] | None) -> None:
    """Light from all around; black without it. around: From `studio.shot.request`: even (``radiance``, ``rgb``), or ``sky`` or ``file``."""
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    bpy.context.scene.world = world
    if around is None or "radiance" in around:
        background.inputs["Color"].default_value = (*around["rgb"], 1.0) if around else (0.0, 0.0, 0.0, 1.0)
        background.inputs["Strength"].default_value = around["radiance"] if around else 0.0
        return
    pixels = _sky_pixels(job, around) if "sky" in around else _panorama(job, around)
    _shine(world, background, pixels, turn_rad=math.radians(around["turn_deg"]), visible=around["visible"])


def turn_world(rig_deg: float) -> None:
    """Turn the sky with the rig."""
    tree = bpy.context.scene.world.node_tree
    if "turn" in tree.nodes:
        node = tree.nodes["turn"]
        node.inputs["Rotation"].default_value = (0.0, 0.0, node["own_rad"] - math.radians(rig_deg))


def _sky_pixels(job: Job, around: dict[str, Any]) -> np.ndarray:
    return job.arrays(around["sky"])["radiance"].astype(np.float32)


def _panorama(job: Job, around: dict[str, Any]) -> np.ndarray:
    """A file's pixels, balanced, and as bright as its level irradiance is to be. Upper row first, (H, 2 H, 3)."""
    image = bpy.data.images.load(str(job.inside(around["file"])))
    width, height = image.size
    if not width or not height:
        raise StudioError(f"The panorama {around['called']} cannot be read; save it again as .hdr or .exr.")
    if width * height > _MOST_PIXELS or abs(width / height - 2) > 0.02:
        raise StudioError(
            f"The panorama {around['called']} has {width}x{height} pixels; it wants twice as many across as down, 12k at most."
        )
    flat = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(flat)
    bpy.data.images.remove(image)
    pixels = np.maximum(flat.reshape(height, width, 4)[::-1, :, :3], 0.0)
    pixels = np.maximum(np.nan_to_num(pixels) @ np.array(around["balance"], dtype=np.float32).T, 0.0)
    level = _level_irradiance(pixels)
    if not level > 0:
        raise StudioError(f"The upper half of the panorama {around['called']} is black; it lights nothing.")
    return pixels * np.float32(around["irradiance"] / level)


def _level_irradiance(pixels: np.ndarray) -> float:
    """By luminance, on a level receiver [W/m2]: rows weigh as the integral of sin(z) cos(z) over them."""
    rows, columns = pixels.shape[:2]
    edges = np.maximum(np.pi / 2 - np.arange(rows + 1) / rows * np.pi, 0.0)
    weight = (np.sin(edges[:-1]) ** 2 - np.sin(edges[1:]) ** 2) / 2 * (2 * np.pi / columns)
    return float(((pixels @ np.array([0.2126729, 0.7151522, 0.0721750])).sum(axis=1) * weight).sum())


def _shine(world: bpy.types.World, background: bpy.types.Node, pixels: np.ndarray, *, turn_rad: float, visible: bool) -> None:
    height, width, _ = pixels.shape
    image = bpy.data.images.new("sky", width, height, alpha=False, float_buffer=True, is_data=True)
    whole = np.ones((height, width, 4), dtype=np.float32)
    whole[..., :3] = pixels[::-1]
    image.pixels.foreach_set(whole.ravel())
    image.pack()
    tree = world.node_tree
    where, turn = tree.nodes.new("ShaderNodeTexCoord"), tree.nodes.new("ShaderNodeMapping")
    turn.name, turn.vector_type, turn["own_rad"] = "turn", "POINT", turn_rad
    picture = tree.nodes.new("ShaderNodeTexEnvironment")
    picture.image, picture.interpolation = image, "Linear"
    tree.links.new(where.outputs["Generated"], turn.inputs["Vector"])
    tree.links.new(turn.outputs[0], picture.inputs["Vector"])
    tree.links.new(picture.outputs[0], background.inputs["Color"])
    turn.inputs["Rotation"].default_value = (0.0, 0.0, turn_rad)
    world.cycles.sampling_method = "AUTOMATIC"
    world.cycles_visibility.camera = visible
