"""All hairs of a figure, ready for a job."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.shot.groom.face import grow_baby_hair, grow_brows, grow_lashes, grow_stubble
from studio.shot.groom.scalp import obstacles, plant
from studio.shot.groom.strands import taper
from studio.shot.groom.styles import Comb, style
from studio.shot.head import Head
from studio.shot.subject import Skin
from studio.specs.appearance import AppearanceSpec

#: Radius of adult scalp hair [m] (diameter 50-100 um, Robbins, Chemical and Physical Behavior of Human Hair), brows, lashes, vellus,
#: beard.
_HAIR_M, _BROW_M, _LASH_M, _BABY_M, _BEARD_M = 0.000072, 0.00005, 0.00006, 0.00004, 0.00006
#: A hair thinner than this share of a pixel is drawn thicker, and fewer of them: the same cover with less noise (chosen by eye).
_PIXEL_SHARE = 0.10
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Tuft:
    """Strands of one kind. points: (N, K, 3) world [m]. radii: (N, K) [m]."""

    name: str
    points: np.ndarray
    radii: np.ndarray


@dataclass(frozen=True)
class Groom:
    """All hairs of a figure, and the elastic band of a ponytail as a world polyline (N, 3)."""

    tufts: tuple[Tuft, ...]
    tie: np.ndarray | None = None


def hair_thickening(pixel_mm: float) -> float:
    """How much thicker than life hairs are drawn for pixels of that size, in coarse steps: cameras of one step share one groom."""
    wanted = _PIXEL_SHARE * pixel_mm / 1000 / _HAIR_M
    return max(step for step in _STEPS if step <= max(wanted, 1.0))


def grow_hair(
    skin: Skin, head: Head, appearance: AppearanceSpec, *, worn: list[tuple[np.ndarray, np.ndarray]], thickening: float, share: float = 1.0
) -> Groom:
    """Grow head hair, brows and lashes.

    worn: Garments as (vertices, vertex normals), which hair lies upon. thickening: From `hair_thickening`. share: Of the strands.
    """
    rng = np.random.default_rng(appearance.hair.seed)
    thick = thickening
    tufts = []
    brows = grow_brows(skin, head, appearance.brows, rng)
    tufts.append(Tuft("brows", brows, taper(len(brows), 7, radius_m=_BROW_M, tip=0.15, rng=rng)))
    lashes = grow_lashes(head, skin.lids, appearance.lashes, rng)
    tufts.append(Tuft("lashes", lashes, taper(len(lashes), 9, radius_m=_LASH_M, tip=0.1, rng=rng)))
    if appearance.skin.stubble > 0:
        stubble = grow_stubble(skin, head, appearance.skin.stubble, np.random.default_rng(appearance.skin.seed))
        tufts.append(Tuft("stubble", stubble, taper(len(stubble), 3, radius_m=_BEARD_M, tip=0.6, rng=np.random.default_rng(0))))
    tie = None
    if appearance.hair.style != "none" and appearance.hair.strands:
        count = max(int(appearance.hair.strands * share / thick), 1000)
        around = obstacles(skin, head, worn)
        down = np.array([0.0, 0.0, -1.0]) @ head.rotation
        roots = plant(skin, head, count, rng)
        strands, extra = style(Comb(head, roots, around, appearance.hair, rng, down))
        fine = plant(skin, head, 60_000, rng)
        baby = grow_baby_hair(fine, strands, around, head, rng, short=appearance.hair.style == "crop")
        for name, points, radius, tip in (
            ("hair", strands, _HAIR_M * thick, 0.3),
            ("coil", extra.get("coil"), _HAIR_M * thick, 0.8),
            ("baby", baby, _BABY_M * max(1.0, thick * 0.7), 0.1),
        ):
            if points is not None and len(points):
                world = head.world_from_head(points.reshape(-1, 3)).reshape(points.shape)
                tufts.append(Tuft(name, world, taper(len(points), points.shape[1], radius_m=radius, tip=tip, rng=rng)))
        if "tie" in extra:
            tie = head.world_from_head(extra["tie"])
    return Groom(tuple(tufts), tie)
