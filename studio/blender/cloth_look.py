"""Cloth: yarns from a tile at their true scale along the pattern's grain, prints, hems, stitches and seams, sheen, and the slight unrest of
worn cloth.

The pattern's own coordinates drive everything, so a panel's texture turns with its grainline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from studio.blender.job import Job
from studio.blender.nodes import Graph, Value

#: Pixels larger than this share of the weave's visible period do not resolve it; it would only flicker.
_RESOLVED_SHARE = 0.6
#: Width of one rib of a 1 x 1 rib knit as used for neckbands [m] (chosen: 9 ribs in 2 cm).
_RIB_M = 0.0022
#: A row of stitches runs this far inside the edge of a front [mm].
_EDGE_STITCH_MM = 4.0


@dataclass(frozen=True)
class Repeat:
    """An image that repeats over the cloth, and the width and height of one repeat [mm]."""

    image: bpy.types.Image
    size_mm: tuple[float, float]

    def sampled(self, graph: Graph, where: Value) -> bpy.types.Node:
        """The image at places of the flat panel [m]."""
        scale = (1000.0 / self.size_mm[0], 1000.0 / self.size_mm[1], 0.0)
        place = {"Vector": graph.stretched(where, scale)}
        return graph.node("TexImage", place, image=self.image, interpolation="Cubic", extension="REPEAT")


@dataclass(frozen=True)
class ClothPictures:
    """What a garment's cloth looks like close up. normal: Of the weave. tint: Its colours over the cloth's. print: A picture on it."""

    normal: Repeat | None = None
    tint: Repeat | None = None
    print: Repeat | None = None

    @classmethod
    def load(cls, job: Job, garment: dict[str, Any]) -> ClothPictures:
        """The pictures that a job has of one of its garments."""
        found: dict[str, Repeat] = {}
        if (weave := garment.get("weave")) is not None:
            arrays = job.arrays(weave["arrays"])
            for role, values in (("normal", 0.5 + 0.5 * arrays["normal"].astype(np.float32)), ("tint", arrays["tint"])):
                found[role] = Repeat(_image(f"{garment['name']} {role}", values), tuple(weave["size_mm"]))
        if (picture := garment.get("print")) is not None:
            found["print"] = Repeat(bpy.data.images.load(str(job.inside(picture["file"]))), tuple(picture["size_mm"]))
        return cls(**found)


def _image(name: str, values: np.ndarray) -> bpy.types.Image:
    """Numbers (H, W, 3), lower row first, as an image that is read as it is."""
    height, width, _ = values.shape
    image = bpy.data.images.new(name, width, height, alpha=False, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., :3] = values
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    return image


def cloth_detail(look: dict[str, Any], pixel_mm: float) -> str:
    """Whether pixels of that size can show ``yarns``, or the cloth is seen from ``far``."""
    return "yarns" if pixel_mm < _RESOLVED_SHARE * look["period_mm"] else "far"


def cloth_material(name: str, look: dict[str, Any], detail: str, *, pictures: ClothPictures) -> bpy.types.Material:
    """The material of one garment layer. look: from `studio.shot.cloth`. detail: from `cloth_detail`."""
    graph = Graph(name)
    rgb = np.array(look["rgb"])
    where = graph.attribute_vector("pattern")  # metres on the flat panel, and the panel's number
    near = detail == "yarns" and pictures.normal is not None
    normal = _unrest(graph, where, look, _yarns(graph, where, pictures.normal) if near else None)
    rib = graph.attribute("rib")
    stitches, fold = _hem(graph, look, rib)
    seam = graph.ramp(graph.attribute("seam_mm"), 2.2, 0.2)
    if look["opening_mm"] is not None:
        rows, step = _front(graph, look)
        stitches, seam = graph.math("MAXIMUM", stitches, rows), graph.math("MAXIMUM", seam, step)
    ridge = graph.math("SUBTRACT", graph.times(fold, 0.5), graph.add(graph.times(stitches, 0.9), graph.times(seam, 1.1)))
    axes = graph.node("SeparateXYZ", {0: where})
    wale = graph.math("SINE", graph.times(axes.outputs[0], 2 * math.pi / _RIB_M))
    ridge = graph.add(ridge, graph.times(rib, wale, 0.30))
    normal = graph.bump(ridge, strength=0.8, distance_m=0.0012, normal=normal)
    colour = _colour(graph, where, look, pictures, near=near)
    for share, dark in (
        (graph.times(rib, graph.ramp(wale, 0.0, -0.9, 0, 0.40)), 0.62),
        (graph.times(stitches, 0.22), 0.62),
        (graph.times(seam, 0.34), 0.55),
    ):
        colour = graph.colour(share, colour, (dark,) * 3, "MULTIPLY")
    inputs: dict[str | int, Value] = {
        "Base Color": colour, "Roughness": look["roughness"], "Specular IOR Level": look["specular"], "Normal": normal,
        "Sheen Weight": look["sheen"], "Sheen Roughness": 0.45, "Sheen Tint": np.clip(rgb * 1.25 + 0.08, 0, 1),
    }  # fmt: skip
    if look["anisotropy"] > 0:  # rounder across the warp than along it: highlights are drawn out along the weft
        inputs |= {"Anisotropic": look["anisotropy"], "Tangent": graph.node("Tangent", direction_type="UV_MAP", uv_map="UVMap")}
    principled = graph.node("BsdfPrincipled", inputs)
    if look["translucency"] <= 0:
        return graph.surface(principled)
    through = graph.node("BsdfTranslucent", {"Color": colour})
    return graph.surface(graph.node("MixShader", {0: look["translucency"], 1: principled, 2: through}))


def _colour(graph: Graph, where: Value, look: dict[str, Any], pictures: ClothPictures, *, near: bool) -> Value:
    """Dye or print, light and dark by some millimetres, and by yarns where they show; its mean is the cloth's colour."""
    colour: Value = np.array(look["rgb"])
    if pictures.print is not None:
        picture = pictures.print.sampled(graph, where)
        colour = graph.colour(picture.outputs["Alpha"], colour, picture.outputs["Color"])
    wander = graph.lerp(graph.ramp(graph.noise(where, 420, 2, 0.7), 0.33, 0.67), 1 - look["wander"], 1 + look["wander"])
    colour = graph.colour(1.0, colour, wander, "MULTIPLY")
    if near and pictures.tint is not None:
        colour = graph.colour(1.0, colour, pictures.tint.sampled(graph, where).outputs["Color"], "MULTIPLY")
    return colour


def _yarns(graph: Graph, where: Value, weave: Repeat) -> Value:
    """The normal of yarns, in the tangent space of the pattern's coordinates."""
    encoded = weave.sampled(graph, where).outputs["Color"]
    return graph.node("NormalMap", {"Color": encoded}, space="TANGENT", uv_map="UVMap").outputs["Normal"]


def _unrest(graph: Graph, where: Value, look: dict[str, Any], normal: Value | None) -> Value:
    """Wrinkles that a simulation mesh is too coarse to hold: a few millimetres wide, faint."""
    soft = graph.noise(where, 26, 2, 0.55)
    creases = graph.noise(graph.stretched(where, (1.0, 1.0, 0.35)), 60, 2, 0.6)
    return graph.bump(graph.add(soft, graph.times(creases, 0.3)), strength=look["unrest"], distance_m=0.005, normal=normal)


def _front(graph: Graph, look: dict[str, Any]) -> tuple[Value, Value]:
    """What is seen of a front that closes: rows of stitches along it, and on its lower side the edge of the upper one."""
    centre, under = graph.attribute("centre_mm"), graph.attribute("under")
    inside = graph.lerp(under, look["opening_mm"], look["opening_mm"] - _EDGE_STITCH_MM)
    row = graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", centre, inside)), 1.0, 0.25)
    edge = graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", centre, look["opening_mm"])), 1.6, 0.1)
    return graph.times(row, 0.8), graph.times(edge, under)


def _hem(graph: Graph, look: dict[str, Any], rib: Value) -> tuple[Value, Value]:
    """Rows of stitches at the hem's depth, broken into stitches along the edge, and the doubled cloth of the fold; not on ribs."""
    edge, along = graph.attribute("edge_mm"), graph.attribute("along_mm")
    depth = look["hem_mm"]
    row = graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", edge, depth)), 1.3, 0.3)
    if look["hem_rows"] == 2:
        row = graph.math("MAXIMUM", row, graph.ramp(graph.math("ABSOLUTE", graph.math("SUBTRACT", edge, depth - 5.0)), 1.3, 0.3))
    thread = graph.math("SINE", graph.times(along, 2 * math.pi / look["stitch_mm"]))
    row = graph.times(row, graph.inverse(rib), graph.ramp(thread, -0.4, 0.3, 0.45, 1.0))
    return row, graph.times(graph.ramp(edge, depth + 0.8, depth - 0.8), graph.inverse(rib))
