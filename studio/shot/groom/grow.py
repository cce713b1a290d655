"""All hairs of a figure, ready for a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.groom.clear import Walls, clear
from studio.shot.groom.comb import Comb
from studio.shot.groom.face import grow_baby_hair, grow_brows, grow_lashes, grow_stubble
from studio.shot.groom.pigment import absorption
from studio.shot.groom.scalp import obstacles, plant
from studio.shot.groom.strands import taper
from studio.shot.groom.styles import STYLES, grow_style
from studio.shot.head import Head
from studio.shot.subject import Skin
from studio.specs.appearance import AppearanceSpec

#: Radius of adult scalp hair [m] (diameter 50-100 um, Robbins, Chemical and Physical Behavior of Human Hair), brows, lashes, vellus,
#: beard.
_HAIR_M, _BROW_M, _LASH_M, _BABY_M, _BEARD_M = 0.000072, 0.00005, 0.00006, 0.00004, 0.00006
#: A hair thinner than this share of a pixel is drawn thicker, and fewer of them: the same cover with less noise (chosen by eye).
_PIXEL_SHARE = 0.10
#: Hairs shorter than this are drawn finer [m].
_STUBBLE_M = 0.005
_STEPS = (1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class Tuft:
    """Strands of one kind. points: (N, K, 3) world [m]. radii: (N, K) [m]. absorption: Of head hair, (N, 3), see `pigment`."""

    name: str
    points: np.ndarray
    radii: np.ndarray
    absorption: np.ndarray | None = None


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
    skin: Skin,
    head: Head,
    appearance: AppearanceSpec,
    *,
    worn: Sequence[Surface],
    thickening: float,
    share: float = 1.0,
    wind_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Groom:
    """Grow head hair, brows and lashes. Head hair falls as the head is held, and with the wind.

    worn: Garments, their outer sides, which hair lies upon. thickening: From `hair_thickening`. share: Of the strands. wind_m_s: Velocity
    of a steady wind in the world [m/s].
    """
    rng = np.random.default_rng(appearance.hair.seed)
    brows = grow_brows(skin, head, appearance.brows, rng)
    tufts = [Tuft("brows", brows, taper(len(brows), 7, radius_m=_BROW_M, tip=0.15, rng=rng))]
    lashes = grow_lashes(head, skin.lids, appearance.lashes, rng)
    tufts.append(Tuft("lashes", lashes, taper(len(lashes), 9, radius_m=_LASH_M, tip=0.1, rng=rng)))
    if appearance.skin.stubble > 0:
        stubble = grow_stubble(skin, head, appearance.skin.stubble, np.random.default_rng(appearance.skin.seed))
        tufts.append(Tuft("stubble", stubble, taper(len(stubble), 3, radius_m=_BEARD_M, tip=0.6, rng=np.random.default_rng(0))))
    if appearance.hair.style == "none" or appearance.hair.strands == 0:
        return Groom(tuple(tufts))
    style = STYLES[appearance.hair.style]
    # short hair is seen end on and as single hairs, whose number shows more than their cover
    thick = max(1.0, 0.5 * thickening) if style.short else thickening
    count = max(int((appearance.hair.strands or style.strands) * share / thick), 1)
    around, walls = obstacles(skin, head, worn), Walls(skin.surface, worn)
    down, wind = np.array([0.0, 0.0, -1.0]) @ head.rotation, np.asarray(wind_m_s, dtype=float) @ head.rotation
    roots = plant(skin, head, count, rng)
    grown = grow_style(Comb(head, roots, around, appearance.hair, rng, down, wind))
    baby, edge = grow_baby_hair(plant(skin, head, 60_000, rng), grown.strands, around, head, rng, short=style.short)
    own, fine = (absorption(appearance.hair, at, head, rng) for at in (roots, edge))
    for name, points, colour, radius, tip in (
        ("hair", grown.strands, own, _HAIR_M * thick, 0.3),
        ("coil", grown.coil, own, _HAIR_M * thick, 0.8),
        ("baby", baby, fine, _BABY_M * max(1.0, thick * 0.7), 0.1),
    ):
        if points is not None and len(points):
            world = head.world_from_head(points.reshape(-1, 3)).reshape(points.shape)
            world = clear(world, walls, around, points, rooted=name != "coil")
            radii = taper(len(points), points.shape[1], radius_m=radius, tip=tip, rng=rng) * _fineness(world)[:, None]
            tufts.append(Tuft(name, world, radii, colour[: len(points)]))
    return Groom(tuple(tufts), None if grown.tie is None else head.world_from_head(grown.tie))


def _fineness(strands: np.ndarray) -> np.ndarray:
    """Share of its thickness that a hair has, (N,): clipped to the skin only its cut end shows."""
    length = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(axis=1)
    return np.clip(length / _STUBBLE_M, 0.5, 1.0)
