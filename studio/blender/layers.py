"""What a picture is made of besides its light: how much of a pixel is subject, skin, hair and garments, how far it is, where it faces.

Shares are Cryptomatte (Friedman and Jones 2015), from the same samples as the picture, so that both have the same edges and the same blur.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job

#: Names for each pixel that Cryptomatte keeps where every object is to be told apart: hair before cloth before skin before the set.
_NAMES_IN_A_PIXEL = 8


def cover_as_alpha(cover: Callable[[bpy.types.NodeTree, bpy.types.Node], bpy.types.NodeSocket]) -> bpy.types.Node:
    """Have the picture's fourth channel say how much of a pixel is subject. cover: Makes the nodes for it. Returns the layers' node."""
    scene = bpy.context.scene
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    layers, final = tree.nodes.new("CompositorNodeRLayers"), tree.nodes.new("CompositorNodeComposite")
    alpha = tree.nodes.new("CompositorNodeSetAlpha")
    alpha.mode = "REPLACE_ALPHA"
    tree.links.new(layers.outputs["Image"], alpha.inputs["Image"])
    tree.links.new(cover(tree, layers), alpha.inputs["Alpha"])
    tree.links.new(alpha.outputs[0], final.inputs[0])
    return layers


def cover_before_white(white: float, tree: bpy.types.NodeTree, layers: bpy.types.Node) -> bpy.types.NodeSocket:
    """What the environment pass, which has the radiance ``white``, does not show through.

    The white behind the subject is part of the picture, and not added later, so that the denoiser sees hair before white as it is.
    """
    bpy.context.scene.view_layers[0].use_pass_environment = True
    channel, share = tree.nodes.new("CompositorNodeSeparateColor"), tree.nodes.new("CompositorNodeMath")
    share.operation = "MULTIPLY_ADD"
    share.inputs[1].default_value, share.inputs[2].default_value = -1.0 / white, 1.0
    tree.links.new(layers.outputs["Env"], channel.inputs[0])
    tree.links.new(channel.outputs[1], share.inputs[0])
    return share.outputs[0]


def cover_of_family(parent: bpy.types.Object, tree: bpy.types.NodeTree, layers: bpy.types.Node) -> bpy.types.NodeSocket:
    """The share of the samples that met a child of ``parent`` first."""
    # by family and not by object: there are two, subject and set, so that two names for each pixel (16 bytes) are all there is to keep
    layers.scene.view_layers[0].use_pass_cryptomatte_asset = True
    layers.scene.view_layers[0].pass_cryptomatte_depth = max(layers.scene.view_layers[0].pass_cryptomatte_depth, 2)
    return _matte(tree, layers, "CryptoAsset", [parent.name])


def tell_apart(job: Job, layers: bpy.types.Node, parts: dict[str, list[str]]) -> Callable[[str], None]:
    """Have depth, normals and the shares of parts written with the picture. parts: Names of objects by part.

    Returns what stores them for a camera once it is rendered: ``layers-<camera>.npz`` with ``depth`` (H, W) [m], ``normal`` (H, W, 3) in
    world axes, and ``share_<part>`` (H, W), upper row first, float32.
    """
    view_layer, tree = layers.scene.view_layers[0], layers.scene.node_tree
    view_layer.use_pass_z = view_layer.use_pass_normal = view_layer.use_pass_cryptomatte_object = True
    view_layer.pass_cryptomatte_depth = _NAMES_IN_A_PIXEL
    folder = Path(job.folder) / "layers"
    output = tree.nodes.new("CompositorNodeOutputFile")
    output.base_path = str(folder)
    output.format.file_format, output.format.color_depth, output.format.exr_codec = "OPEN_EXR", "32", "NONE"
    output.format.color_mode = "RGB"
    output.file_slots.clear()
    sockets = {"depth": layers.outputs["Depth"], "normal": layers.outputs["Normal"]}
    sockets |= {f"share_{part}": _matte(tree, layers, "CryptoObject", names) for part, names in parts.items()}
    for name, socket in sockets.items():
        output.file_slots.new(f"{name}-")
        tree.links.new(socket, output.inputs[f"{name}-"])

    def store(camera: str) -> None:
        read = {name: _read(next(folder.glob(f"{name}-*.exr"))) for name in sockets}
        arrays = {name: values if name == "normal" else values[..., 0] for name, values in read.items()}
        job.save(f"layers-{camera}.npz", **arrays)
        shutil.rmtree(folder)

    return store


def _matte(tree: bpy.types.NodeTree, layers: bpy.types.Node, kind: str, names: Sequence[str]) -> bpy.types.NodeSocket:
    matte = tree.nodes.new("CompositorNodeCryptomatteV2")
    matte.source, matte.scene, matte.layer_name = "RENDER", layers.scene, f"{layers.scene.view_layers[0].name}.{kind}"
    matte.matte_id = ",".join(names)
    return matte.outputs["Matte"]


def parts_of(request: dict[str, Any]) -> dict[str, list[str]]:
    """Names of a job's objects by what a retoucher calls them: skin, hair, each garment from the skin outwards. Brows go with the skin."""
    hair = [strands["name"] for strands in request["strands"] if strands["rgb"] is None]
    brows = [strands["name"] for strands in request["strands"] if strands["rgb"] is not None]
    parts = {
        "skin": ([] if request["body"] is None else ["body"]) + brows,
        "hair": hair + ([] if request["tie"] is None else ["tie"]),
    }
    parts |= {f"garment-{number + 1}": [garment["name"]] for number, garment in enumerate(request["garments"])}
    return {part: names for part, names in parts.items() if names}


def _read(path: Path) -> np.ndarray:
    """An EXR's first three channels, upper row first, (H, W, 3) float32."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    flat = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(flat)
    bpy.data.images.remove(image)
    return np.ascontiguousarray(flat.reshape(height, width, 4)[::-1, :, :3])
