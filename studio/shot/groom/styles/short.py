"""Short hair: crop, pixie, buzz, fade. Lengths and directions are fields over the scalp, as a barber sees it."""

from __future__ import annotations

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.groom.comb import Comb, Course, march
from studio.shot.groom.strands import clump, locks, tangent, unit, wander
from studio.shot.groom.styles.coiled import coil

#: Shortest hair that clippers leave [m].
_CLIPPED_M = 0.0012


def crop(comb: Comb) -> np.ndarray:
    """Longer on top, brushed forward and to the side, the sides and the nape tapered with scissors."""
    top, upper = (comb.hair.length_cm or 5.0) / 100, _upper(comb)
    length = 0.42 * top + 0.58 * top * upper
    return _cut(comb, length * (1 - 0.62 * _nape(comb)), lift=0.55 + 0.75 * upper, spread=0.22, clumps=2400, forward=1.0)


def pixie(comb: Comb) -> np.ndarray:
    """A soft short cut: a long fringe swept to the side, layers over the ears, a close nape."""
    top, upper = (comb.hair.length_cm or 8.5) / 100, _upper(comb)
    length = 0.50 * top + 0.50 * top * upper + 0.012 * _front(comb) * top / 0.085
    lift, soft = 0.22 + 0.40 * upper, 0.034
    return _cut(
        comb, length * (1 - 0.66 * _nape(comb)), lift=lift, spread=0.14, clumps=1300, forward=0.75, sweep=1.5, bend_m=soft, hug=0.16
    )


def buzz(comb: Comb) -> np.ndarray:
    """Clipped to one length all over."""
    length = np.full(len(comb.roots), (comb.hair.length_cm or 0.7) / 100) * (1 - 0.35 * _nape(comb))
    return _cut(comb, length, lift=1.1 + 0 * length, spread=0.25, clumps=0, forward=0.8, steps=5)


def fade(comb: Comb) -> np.ndarray:
    """Textured on top, the sides and the back faded to the skin."""
    top, q = (comb.hair.length_cm or 3.4) / 100, comb.roots.points
    back = smoothstep(comb.head.centre[1] - 0.03, comb.head.back - 0.01, q[:, 1])
    rise = np.clip((q[:, 2] + 0.022 - 0.016 * back) / (0.104 - 0.008 * back), 0, 1)
    length = _CLIPPED_M * (top / _CLIPPED_M) ** (rise**1.5)  # each centimetre up the same share longer, as guards go
    upper = smoothstep(0.55, 1.0, rise)
    return _cut(comb, length, lift=0.45 + 0.80 * upper, spread=0.34, clumps=1800, forward=0.7, steps=9)


def shade(style: str, points: np.ndarray, scalp: np.ndarray) -> np.ndarray:
    """How much of the colour of hair the skin under it has: less where clippers leave little. points: (V, 3) in head coordinates."""
    if style == "fade":
        return scalp * (0.16 + 0.84 * smoothstep(-0.040, 0.050, points[:, 2]))
    return scalp * 0.85 if style == "buzz" else scalp


def _upper(comb: Comb) -> np.ndarray:
    """1 on top, 0 on the sides and behind, (N,)."""
    edge = 0.058 - 0.006 * np.sin(comb.roots.points[:, 1] * 90)
    return smoothstep(edge - 0.026, edge + 0.024, comb.roots.points[:, 2])


def _nape(comb: Comb) -> np.ndarray:
    q = comb.roots.points
    sideburn = smoothstep(0.012, -0.006, q[:, 2]) * smoothstep(0.03, 0.0, q[:, 1] - comb.head.centre[1])
    return np.maximum(smoothstep(0.015, -0.055, q[:, 2]) * smoothstep(0.02, 0.06, q[:, 1] - comb.head.centre[1]), 0.55 * sideburn)


def _front(comb: Comb) -> np.ndarray:
    return np.clip(1 - np.abs(comb.azimuth_deg) / 60, 0, 1)


def _cut(
    comb: Comb, length: np.ndarray, *, lift: np.ndarray, spread: float, clumps: int, forward: float, sweep: float = 0.40,
    bend_m: float = 0.075, hug: float = 0.08, steps: int = 12,
) -> np.ndarray:  # fmt: skip
    """Strands (N, steps, 3) that swirl from the whorl, forward on top and down on the sides.

    lift: How upright they leave the scalp. sweep: How much they go aside in front. bend_m: How stiff they are, see `Course`.
    """
    roots, rng, head, q = comb.roots, comb.rng, comb.head, comb.roots.points
    count, upper = len(q), _upper(comb)[:, None]
    noise, fine = wander(q, 55, rng), wander(q, 240, rng)
    whorl = np.array([0.012, head.back - 0.035])
    around = q[:, :2] - whorl
    outward = unit(np.c_[around, np.zeros(count)])
    swirl = np.c_[-outward[:, 1], outward[:, 0], np.zeros(count)]
    to_side = -np.sign(comb.hair.part_cm or 1.0)
    aside = sweep * to_side * (0.5 + 0.5 * _front(comb))
    ahead = np.c_[aside, np.full(count, -forward), np.zeros(count)] + 0.25 * noise * [1, 1, 0]
    near = np.exp(-((np.linalg.norm(around, axis=1) / 0.03) ** 2))[:, None]
    downward = np.c_[np.zeros(count), np.full(count, 0.30), np.full(count, -1.0)]
    wanted = upper * ((1 - near) * ahead + near * (outward + 0.8 * swirl)) + (1 - upper) * downward
    lead = tangent(wanted, roots.normals)
    length = length * np.clip(1 + 0.10 * noise[:, 0] + 0.10 * rng.normal(size=count), 0.6, 1.4)
    length = np.maximum(length * (0.45 + 0.55 * smoothstep(0.0, 0.6, roots.density)), _CLIPPED_M)  # finer at the hairline
    start = unit(roots.normals * (lift * (0.5 + 0.5 * comb.hair.volume))[:, None] + lead * 0.85 + spread * noise * 0.8 + 0.14 * fine)
    margin = np.minimum(0.0004 + 0.0016 * rng.random(count) + 0.06 * length * upper[:, 0] * comb.hair.volume, 0.5 * length)
    course = Course(length, start, lead, 0.25, margin, noise + 0.5 * fine, bend=bend_m, waver=3.0, comb_m=0.3 * bend_m, hug=hug)
    strands = march(comb, course, steps=steps)
    if clumps:
        clump(strands, q, clumps=clumps, pull=0.55, power=1.3, rng=rng)
        clump(strands, q, clumps=clumps // 5, pull=0.26, power=1.5, rng=rng)
    if comb.hair.curl is None or comb.hair.curl < 1.5:
        return strands
    return coil(strands, locks(q, 2600, rng), comb.hair.curl, rng, begin_m=0.006, tightness=0.65)
