"""One repeat of a cloth's surface as pictures: height, normals and colour, at true scale and seamless.

The tile depends on the fabric and its colour alone: the same fabric gives the same tile, bit for bit on one machine.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from studio.garment.relief import PIXELS, Relief, fuzz, periodic_noise, relief, smooth
from studio.specs.base import canonical_json
from studio.specs.fabric import FabricAppearance

#: How much darker the deepest gap between yarns is than their tops: light that comes back out of it. Chosen by looking.
_GAP_DARK = 0.45
#: Deviation of the lightness of single fibres, as logarithm: of every cloth, and of a melange of strength 1. Chosen: grey marl 0.5.
_FIBRE, _MELANGE = 0.04, 0.55
#: The share of a cloth's colour that its warp keeps at least when the weft is lighter; beyond it the weft is drawn towards the cloth.
_WARP_LEAST = 0.25
#: Smoothing of the relief before its slopes are read [pixels]: the flanks of yarns are vertical, normals are not.
_SOFTEN = 0.8
#: What decides the relief of an appearance.
_SHAPE_FIELDS = {"construction", "yarn_pitch_mm", "course_pitch_mm", "twill", "twill_direction", "slub", "nap"}


@dataclass(frozen=True, eq=False)
class WeaveTile:
    """One repeat of a surface; the first row lies at its lower edge, rows go up the grain, columns along the weft.

    size_mm: Width and height of the repeat. height_mm: Above the deepest gap, shape (H, W), float32.
    normal: Unit normals, x along the weft, y along the warp, z out of the cloth, shape (H, W, 3), float32.
    colour: Linear Rec.709, whose mean is the cloth's colour, shape (H, W, 3), float32.
    """

    size_mm: tuple[float, float]
    height_mm: np.ndarray
    normal: np.ndarray
    colour: np.ndarray


def weave_tile(looks: FabricAppearance, *, thickness_mm: float, rgb: np.ndarray, weft_rgb: np.ndarray | None = None) -> WeaveTile:
    """The surface of a fabric in one colour.

    rgb: Colour of the cloth as a whole, linear Rec.709, shape (3,). weft_rgb: Of the weft yarns where they differ.
    """
    rng = np.random.default_rng(zlib.crc32(canonical_json(looks.model_dump(include=_SHAPE_FIELDS)).encode()))
    surface = relief(looks, thickness_mm=thickness_mm, rng=rng)
    height = smooth(surface.height_mm, _SOFTEN)
    height = height - height.min()
    colour = _coloured(looks, surface, np.asarray(rgb, dtype=float), weft_rgb, rng)
    return WeaveTile(
        surface.size_mm, height.astype(np.float32), normals(height, surface.size_mm).astype(np.float32), colour.astype(np.float32)
    )


def normals(height_mm: np.ndarray, size_mm: tuple[float, float]) -> np.ndarray:
    """Unit normals of a periodic height field, shape (H, W, 3): central differences over the edges."""
    rows, columns = height_mm.shape
    slope_x = (np.roll(height_mm, -1, axis=1) - np.roll(height_mm, 1, axis=1)) / (2 * size_mm[0] / columns)
    slope_y = (np.roll(height_mm, -1, axis=0) - np.roll(height_mm, 1, axis=0)) / (2 * size_mm[1] / rows)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(height_mm)], axis=-1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)


def _coloured(
    looks: FabricAppearance, surface: Relief, rgb: np.ndarray, weft_rgb: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Yarns' colours, darker in the gaps, with fibres lighter and darker; the mean is the cloth's colour exactly."""
    warp, weft = _yarn_colours(rgb, weft_rgb, share=float(1 - surface.warp.mean()))
    colour = surface.warp[..., None] * warp + (1 - surface.warp[..., None]) * weft
    depth = 1 - surface.height_mm / max(float(surface.height_mm.max()), 1e-9)
    light = 1 - _GAP_DARK * (1 - looks.nap) * depth**1.5
    light = light * np.exp((_FIBRE + _MELANGE * looks.melange) * _fibres(looks, surface, rng))
    return _with_mean(colour * light[..., None], rgb)


def _fibres(looks: FabricAppearance, surface: Relief, rng: np.random.Generator) -> np.ndarray:
    """How single fibres differ in lightness, mean 0, deviation about 1: along the yarns, and in all directions where they stand off."""
    shape, long, thin = surface.warp.shape, 0.9 * PIXELS, 0.9
    warp, weft, raised = periodic_noise(shape, (long, thin), rng), periodic_noise(shape, (thin, long), rng), fuzz(shape, rng)
    return (1 - looks.nap) * (surface.along_warp * warp + (1 - surface.along_warp) * weft) + looks.nap * raised


def _yarn_colours(rgb: np.ndarray, weft_rgb: np.ndarray | None, *, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Colours of warp and weft whose mean is the cloth's, the weft as near to what was asked as that allows. share: Of weft seen."""
    if weft_rgb is None or not 0 < share < 1:
        return rgb, rgb
    apart = np.asarray(weft_rgb, dtype=float) - rgb
    lean = apart * share / (1 - share)  # what the warp must give up for it
    room = np.where(lean > 0, (1 - _WARP_LEAST) * rgb, 1 - rgb)
    part = min(1.0, float((room / np.maximum(np.abs(lean), 1e-9)).min()))
    return rgb - part * lean, rgb + part * apart


def _with_mean(colour: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Colours scaled so that their mean is ``rgb`` and none is brighter than white: what is cut off there is made up for elsewhere."""
    for _ in range(60):
        colour = np.minimum(colour * (rgb / np.maximum(colour.mean(axis=(0, 1)), 1e-12)), 1.0)
    return colour
