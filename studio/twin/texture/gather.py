"""The scan's colour at the vertices of the canvas: what light, skin and holes are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.twin.texture.canvas import Canvas, texels
from studio.twin.texture.colour import LUMINANCE
from studio.twin.texture.sight import Sight

#: Side of the texture whose texels are averaged: 1 to 2 mm on a body, some tens of texels for a vertex.
_SIZE = 1024
#: Texels below this luminance say nothing about grain.
_DARK = 1e-3


@dataclass(frozen=True, eq=False)
class Gathered:
    """Averages around each vertex.

    colour: Linear Rec.709, shape (V, 3). cover: Share of the vertex's texels that the scan shows, 0 to 1, (V,). grain: Standard deviation
    of the texels' luminance about the vertices' in shares of it, (V,).
    """

    colour: np.ndarray
    cover: np.ndarray
    grain: np.ndarray


def gather(canvas: Canvas, sight: Sight) -> Gathered:
    """Average what the scan shows over the texels around each vertex."""
    count = len(canvas.vertices)
    total, seen, colour, square = np.zeros(count), np.zeros(count), np.zeros((count, 3)), np.zeros(count)
    bright = np.zeros(count)
    for part in texels(canvas.uv, _SIZE):
        corners = canvas.triangles[part.triangle]
        normals = part.of(canvas.normals, corners)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        shown = sight.look(part.of(canvas.vertices, corners), normals, part.of(canvas.rest, corners))
        logs = np.log(np.maximum(shown.colour @ LUMINANCE, _DARK))
        for k in range(3):
            vertex, weight = corners[:, k], part.weights[:, k]
            trusted = weight * shown.weight
            total += np.bincount(vertex, weights=weight, minlength=count)
            seen += np.bincount(vertex, weights=trusted, minlength=count)
            bright += np.bincount(vertex, weights=trusted * logs, minlength=count)
            square += np.bincount(vertex, weights=trusted * logs**2, minlength=count)
            for channel in range(3):
                colour[:, channel] += np.bincount(vertex, weights=trusted * shown.colour[:, channel], minlength=count)
    safe = np.maximum(seen, 1e-9)
    variance = np.maximum(square / safe - (bright / safe) ** 2, 0)
    return Gathered(colour / safe[:, None], seen / np.maximum(total, 1e-9), np.sqrt(variance))
