"""Which of a scan's colours are the person's own skin, and which are cloth, hair, or an eye that shows through on a lid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.specs.fit import Mode
from studio.twin.skin import PARTS
from studio.twin.texture.canvas import Canvas
from studio.twin.texture.colour import LUMINANCE, smoothstep
from studio.twin.texture.gather import Gathered
from studio.twin.texture.spread import Weave

#: A vertex is seen if the scan shows this share of its texels.
_SEEN = 0.3
#: Percentiles of luminance of face and hands between which their skin is: below are brows, beard and nostrils, above is shine.
_BAND = (25, 92)
#: Least spread of skin's chroma, in logarithms of R/G and B/G. Skin of one person varies by 0.06 to 0.12 between palm, cheek and shin.
_SPREAD = 0.07
#: Chroma beyond so many spreads, and luminance beyond these logarithms below and above the reference, are not skin.
_CHROMA, _DARKER, _BRIGHTER = 4.0, 1.15, 0.9
#: The same before the light is known: shade and shine are wide.
_DARKER_RAW, _BRIGHTER_RAW = 2.2, 1.3
#: Unlike patches smaller than this are marks of the skin, larger ones cloth [m2]: a large tattoo has skin between its lines.
_MARK_M2 = 0.015
#: Under clothes, skin shows in patches larger than this [m2]; smaller ones are prints of the cloth.
_PATCH_M2 = 0.002
#: Rings of vertices around cloth and hair that are shaded or mixed with them: about 1 cm on the body, 5 mm on the head.
_CLOTH_RINGS, _HAIR_RINGS = 2, 2
#: Height above the eyes from which unlike colours on the face that hang together with the scalp's are hair, not brows [m].
_BROW_M = 0.032
#: Distance from the middle of the face, against that of the lids, from which there may be sideburns: brows do not touch them.
_TEMPLE = 1.9
#: Colour of lids: an eye shows through where chroma is less than this share of the skin's, or luminance less than that share.
_EYE_CHROMA, _EYE_DARK = 0.55, 0.4


@dataclass(frozen=True, eq=False)
class Bare:
    """keep: How far the scan's colour is taken at each vertex, 0 to 1, (V,). skin: How much like bare skin it is, 0 to 1, (V,)."""

    keep: np.ndarray
    skin: np.ndarray


def likeness(canvas: Canvas, colour: np.ndarray, cover: np.ndarray, *, lit: bool) -> np.ndarray:
    """How much like the skin of face and hands each vertex is, 0 to 1, (V,).

    colour: Linear, (V, 3). cover: How much of it is seen, (V,). lit: Whether light and shade are still in it.
    """
    safe = np.maximum(colour, 1e-4)
    chroma = np.log(safe[:, [0, 2]] / safe[:, 1:2])
    bright = np.log(safe @ LUMINANCE)
    regions = canvas.regions
    face = (regions["face"] > 0.5) & (np.maximum.reduce([regions[name] for name in ("lips", "eyelids", "scalp", "ears")]) < 0.1)
    reference = (face | _of(canvas, "left_hand")) & (cover > 0.6) & canvas.outer
    if reference.sum() < 200:
        reference = canvas.outer & (cover > 0.6)
    if not reference.any():
        return np.zeros(len(colour))
    low, high = np.percentile(bright[reference], _BAND)
    middle = reference & (bright >= low) & (bright <= high)
    centre, level = np.median(chroma[middle], axis=0), np.median(bright[middle])
    spread = np.maximum(1.4826 * np.median(np.abs(chroma[middle] - centre), axis=0), _SPREAD)
    unlike = np.linalg.norm((chroma - centre) / spread, axis=1) / _CHROMA
    darker, brighter = (_DARKER_RAW, _BRIGHTER_RAW) if lit else (_DARKER, _BRIGHTER)
    unlike = np.maximum.reduce([unlike, (level - bright) / darker, (bright - level) / brighter])
    return smoothstep(1.25, 0.8, unlike) * (cover > _SEEN) * canvas.outer


def _of(canvas: Canvas, *names: str) -> np.ndarray:
    return np.isin(canvas.part, [PARTS.index(name) for name in names])


def find_bare(canvas: Canvas, weave: Weave, gathered: Gathered, evened: np.ndarray, *, mode: Mode) -> Bare:
    """Decide where the scan's colour is taken. evened: Colour without the light, linear, (V, 3)."""
    like = likeness(canvas, evened, gathered.cover, lit=False)
    seen = (gathered.cover > _SEEN) & canvas.outer
    unlike = seen & (weave.smoothed(like, 2) < 0.5)
    patch, areas = weave.patches(unlike), canvas.areas
    head = _of(canvas, "head", "scalp")
    cloth = _cloth(canvas, weave, unlike, patch, areas, head, mode)
    hair = _hair(canvas, unlike, patch, head)
    away = weave.grown(cloth, _CLOTH_RINGS) & ~head
    away |= cloth
    away |= weave.grown(hair, _HAIR_RINGS) & ~_below_brows(canvas) | hair
    away |= weave.grown(_eyes_on_lids(canvas, evened, like), 1) & (canvas.regions["eyelids"] > 0.1)
    away |= weave.grown(~canvas.outer, 1)  # the rims of lids, lips and nostrils, which lie a little elsewhere on the scan
    keep = 1 - weave.smoothed(away.astype(np.float64), 2)
    keep = np.where(away, 0.0, smoothstep(0.3, 0.9, keep)) * canvas.outer
    return Bare(keep, like * keep)


def _cloth(
    canvas: Canvas, weave: Weave, unlike: np.ndarray, patch: np.ndarray, areas: np.ndarray, head: np.ndarray, mode: Mode
) -> np.ndarray:
    count = int(patch.max(initial=-1)) + 1
    size = np.bincount(patch[unlike], weights=areas[unlike], minlength=count)
    on_head = np.bincount(patch[unlike], weights=(areas * head)[unlike], minlength=count)
    large = (size - on_head > _MARK_M2)[patch] & unlike & ~(head & (canvas.regions["face"] > 0.5))
    if mode == "skin":
        return large
    always = head | _of(canvas, "left_hand")
    rest = canvas.outer & ~always
    shown = weave.patches(canvas.outer & ~unlike)
    skin_size = np.bincount(shown[shown >= 0], weights=areas[shown >= 0], minlength=int(shown.max(initial=-1)) + 1)
    bare = (shown >= 0) & (skin_size > _PATCH_M2)[shown]
    return rest & ~bare | large & ~always


def _below_brows(canvas: Canvas) -> np.ndarray:
    """The face without forehead and temples."""
    lids, face = canvas.regions["eyelids"] > 0.5, canvas.regions["face"] > 0.5
    if not lids.any():
        return face
    across = np.abs(canvas.rest[:, 0] - canvas.rest[lids, 0].mean())  # a fitted head need not be in the middle
    return face & (canvas.rest[:, 2] < canvas.rest[lids, 2].mean() + _BROW_M) & (across < _TEMPLE * across[lids].mean())


def _hair(canvas: Canvas, unlike: np.ndarray, patch: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Unlike colours on the scalp and what hangs together with them, but for the face below the brows: a beard is one's own."""
    scalp = unlike & (canvas.regions["scalp"] > 0.3)
    with_scalp = np.zeros(int(patch.max(initial=-1)) + 1, dtype=bool)
    with_scalp[patch[scalp]] = True
    near = head | _of(canvas, "trunk")
    return unlike & with_scalp[patch] & near & ~_below_brows(canvas)


def _eyes_on_lids(canvas: Canvas, evened: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Where white, iris or lashes of the scan's eye fell on the twin's lid."""
    near = canvas.regions["eyelids"] > 0.1
    sure = (like > 0.8) & (canvas.regions["face"] > 0.5)
    if not near.any() or not sure.any():
        return np.zeros(len(like), dtype=bool)
    safe = np.maximum(evened, 1e-4)
    warmth = np.log(safe[:, 0] / safe[:, 2])
    bright = safe @ LUMINANCE
    pale = warmth < _EYE_CHROMA * np.median(warmth[sure])
    return near & (pale | (bright < _EYE_DARK * np.median(bright[sure])))
