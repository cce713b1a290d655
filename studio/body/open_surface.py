"""Regions of the open body's skin: MakeHuman's CC0 texture masks brought to the vertices, and what can be seen from outside."""

from __future__ import annotations

import numpy as np

from studio.body.joints import INDEX
from studio.body.makehuman import MakeHuman
from studio.body.open_topology import PARTS, Topology
from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals

#: Region names and the texture masks that they come from.
MASKS = {
    "lips": "mpfb_lips", "ears": "mpfb_ears", "eyelids": "mpfb_eyelids", "face": "mpfb_face",
    "fingernails": "mpfb_fingernails", "toenails": "mpfb_toenails", "inside_mouth": "mpfb_inside-mouth",
}  # fmt: skip
JPEG_NOISE = 0.12  # the masks are JPEG files: blocks around a mask reach this brightness where nothing is meant
RAYS = 96  # per vertex, over the whole sphere; half of them point outward
RAY_START_M = 5e-4  # off the skin, so that a ray does not meet the faces of its own vertex
SEEN = 0.02  # a vertex is outer skin where this share of its outward rays escapes: one ray of 48 or more


def region_masks(source: MakeHuman, topology: Topology, template: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Masks 0 to 1 per vertex, each (V,), float32: the texture masks, ``scalp``, and ``outer`` (0 or 1)."""
    skin = topology.part == PARTS.index("body")
    masks = {name: np.where(skin, _sampled(source.mask(file), topology), 0.0).astype(np.float32) for name, file in MASKS.items()}
    outer = skin & (exposure(template, topology.faces) >= SEEN)
    outer |= outer[topology.mirror]
    masks["scalp"] = _scalp(template, weights, masks, outer)
    masks["outer"] = outer.astype(np.float32)
    for name, mask in masks.items():  # the mask images differ a little from side to side
        masks[name] = 0.5 * (mask + mask[topology.mirror])
    return masks


def exposure(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Share of the outward directions from which each vertex can be seen, shape (V,), float64."""
    normals = vertex_normals(vertices, faces)
    surface = Surface(vertices, faces)
    escaped, outward = np.zeros(len(vertices)), np.zeros(len(vertices))
    for direction in _sphere(RAYS):
        facing = normals @ direction > 0.05
        start = vertices[facing] + RAY_START_M * normals[facing]
        _, triangles = surface.first_hits(start, np.broadcast_to(direction, start.shape))
        escaped[facing] += triangles < 0
        outward += facing
    return escaped / np.maximum(outward, 1)


def _sphere(count: int) -> np.ndarray:
    """Directions spread evenly over the sphere (Fibonacci lattice), shape (count, 3)."""
    k = np.arange(count) + 0.5
    height, turn = 1 - 2 * k / count, np.pi * (1 + np.sqrt(5)) * k
    ring = np.sqrt(1 - height**2)
    return np.stack([ring * np.cos(turn), height, ring * np.sin(turn)], axis=1)


def _sampled(image: np.ndarray, topology: Topology) -> np.ndarray:
    """Bilinear samples of an image at the vertices; at a texture seam the largest of a vertex's values."""
    height, width = image.shape
    uv = topology.uv.reshape(-1, 2)
    x = np.clip(uv[:, 0] * width - 0.5, 0, width - 1.001)
    y = np.clip((1 - uv[:, 1]) * height - 0.5, 0, height - 1.001)
    column, row = x.astype(int), y.astype(int)
    a, b = x - column, y - row
    upper = image[row, column] * (1 - a) + image[row, column + 1] * a
    lower = image[row + 1, column] * (1 - a) + image[row + 1, column + 1] * a
    values = np.clip((upper * (1 - b) + lower * b - JPEG_NOISE) / (1 - JPEG_NOISE), 0, 1)
    sampled = np.zeros(len(topology.hm08))
    np.maximum.at(sampled, topology.quads.reshape(-1), values)
    return sampled


def _scalp(template: np.ndarray, weights: np.ndarray, masks: dict[str, np.ndarray], outer: np.ndarray) -> np.ndarray:
    """Where head hair grows: the outer skin of the head above a line from the forehead over the ears to the nape, soft at 8 mm."""
    head = outer & (weights[:, INDEX["head"]] > 0.5)
    ears = masks["ears"] > 0.5
    ear_top = template[ears, 1].max()
    ear = template[ears].mean(axis=0)
    crown = template[head, 1].max()
    forehead = template[head & (np.abs(template[:, 0]) < 0.01), 2].max()
    hairline = crown - 0.27 * (crown - ear[1])  # front edge; portrait proportions: hairline a quarter below the crown
    nape = ear[1] - 0.045
    z = template[:, 2]
    front, back = forehead - 0.012, ear[2] - 0.02
    share = np.clip((z - back) / (front - back), 0, 1)
    line = nape + (hairline - nape) * _smoothstep(np.clip(share * 1.25, 0, 1))
    over_ear = _smoothstep(np.clip((z - ear[2] + 0.024) / 0.014, 0, 1)) * _smoothstep(np.clip((ear[2] + 0.040 - z) / 0.014, 0, 1))
    line = np.maximum(line, line + over_ear * (ear_top - 0.004 - line))
    soft = np.clip((template[:, 1] - line) / 0.008 * 0.5 + 0.5, 0, 1)
    return np.where(head, soft * (1 - masks["ears"]), 0.0).astype(np.float32)


def _smoothstep(x: np.ndarray) -> np.ndarray:
    return x * x * (3 - 2 * x)
