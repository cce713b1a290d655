"""Hair that is parted and hangs: bob, lob, long, fringe, and waves and curls, which are set into it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.groom.comb import BEND_M, Comb, Course, march
from studio.shot.groom.strands import clump, resample, tangent, unit, wander


@dataclass(frozen=True)
class Cut:
    """How hanging hair is cut.

    ends_m: How far the ends hang below the eyes [m]. rise_m: How much higher the ends are behind than in front. ragged_m: Spread of the
    ends. layers: Share of the length that the shortest layers lack. front_deg: Strands that grow nearer to the face fall before the
    shoulders. turned_in: Whether the ends turn to the neck. body: Lift over the skull, 1 is straight hair. fringe: Whether there are
    bangs. swept: Whether all of it is combed back over the ears.
    """

    ends_m: float
    rise_m: float = 0.0
    ragged_m: float = 0.004
    layers: float = 0.0
    front_deg: float = 60.0
    turned_in: bool = False
    body: float = 1.0
    fringe: bool = False
    swept: bool = False


def hang(comb: Comb, cut: Cut, *, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Strands (N, steps, 3) cut as asked, and the keys (N, 5) by which they are neighbours."""
    q, rng, head = comb.roots.points, comb.rng, comb.head
    count, part = len(q), comb.hair.part_cm / 100
    behind = smoothstep(-0.005, 0.035, q[:, 1] - head.centre[1])  # the parting ends at the crown
    wobble = 0.0011 * rng.normal(size=count) + 0.0013 * np.sin(q[:, 1] * 300 + 1.0) + 0.0009 * np.sin(q[:, 1] * 710)
    side = np.where(q[:, 0] > part + wobble, 1.0, -1.0)
    noise, fine = wander(q, 45, rng), wander(q, 220, rng)
    bangs = _bangs(comb, fine) if cut.fringe else np.zeros(count, dtype=bool)
    lead = _parted(comb, side, behind)
    if cut.swept:
        lead = tangent(np.c_[0.12 * side, np.ones(count), np.full(count, -0.30)], comb.roots.normals)
    lead[bangs] = _forward(q[bangs], comb.roots.normals[bangs])
    lift = np.where(bangs, 0.16, 0.22 + 0.30 * comb.hair.volume * cut.body)[:, None]
    start = unit(comb.roots.normals * lift + lead + 0.10 * noise + 0.05 * fine)
    margin = (0.0013 + 0.0085 * cut.body * comb.hair.volume * comb.height**1.3) * rng.uniform(0.25, 1, count) + 0.0008
    margin[bangs] *= 0.35
    front = np.abs(comb.azimuth_deg) + 12 * noise[:, 1] + 8 * fine[:, 1] < cut.front_deg
    steer = _Steering(comb, side, front, bangs, cut)
    layered = np.clip(1 - cut.layers * smoothstep(0.35, 1.0, comb.height) * rng.uniform(0.35, 1.0, count), 0.3, 1)
    reach = np.where(bangs, 0.13, (cut.ends_m + head.top) * 1.18 + 0.09)
    course = Course(
        reach,
        start,
        lead,
        np.where(bangs, 0.022, 0.11 if cut.swept else 0.055),
        margin,
        noise,
        bend=np.where(bangs, 0.016, BEND_M),
        waver=0.7,
    )
    hung = march(comb if comb.at_ease else comb.relaxed(), course, steps=steps, guide=steer)
    thinned = rng.random(count)
    ends = cut.ragged_m * (0.6 * noise[:, 0] + rng.normal(size=count)) + np.where(
        thinned < 0.10, rng.uniform(0, 6, count) * cut.ragged_m, 0
    )
    ends = -cut.ends_m + ends + cut.rise_m * smoothstep(-0.06, 0.10, q[:, 1] - head.centre[1])
    ends[bangs] = _brow_line(hung[bangs], rng) if bangs.any() else 0
    stop = np.maximum(_first_below(hung, ends) * np.where(bangs, 1, layered), 3.0)
    if comb.at_ease:
        strands = resample(hung, stop)
    else:
        length = stop * (reach / (steps - 1))
        strands = march(comb, replace(course, length=length), steps=steps, guide=steer)
    # strands from both sides of the parting, and before and behind the shoulders, never share a clump
    keys = np.c_[q, side * 0.10 * (1 - behind), front * 0.15 + bangs * 0.50]
    return strands, keys


def _bangs(comb: Comb, fine: np.ndarray) -> np.ndarray:
    """Which roots are cut into a fringe: a triangle from the corners of the forehead to a point on top."""
    q = comb.roots.points
    apex = comb.head.centre[1] - 0.012
    front = comb.head.nose[1]
    depth = np.clip((apex - q[:, 1]) / (apex - front), 0, 1)
    return (q[:, 1] < apex) & (np.abs(q[:, 0]) + 0.002 * fine[:, 0] < 0.066 * depth**0.5) & (q[:, 2] > 0.03)


def _forward(q: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Combed over the forehead, a little to the temples."""
    return tangent(np.c_[q[:, 0] * 3.0, np.full(len(q), -1.0), np.full(len(q), -0.25)], normals)


def _brow_line(bangs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Height at which a fringe is cut: over the brows, longer to the temples."""
    x = np.abs(bangs[np.arange(len(bangs)), (bangs[..., 2] < 0.03).argmax(axis=1), 0])
    return 0.021 - 0.020 * smoothstep(0.038, 0.072, x) + 0.0020 * rng.normal(size=len(bangs)) + 0.0015 * np.sin(x * 900)


def _first_below(strands: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Where each strand first falls below its height, in points along it, (N,); its last point where it never does."""
    z = strands[:, :, 2]
    below = z < height[:, None]
    below[:, :3] = False
    falls = below.any(axis=1)
    first = np.where(falls, below.argmax(axis=1), strands.shape[1] - 1)
    row = np.arange(len(z))
    share = np.clip((z[row, first - 1] - height) / (z[row, first - 1] - z[row, first] + 1e-9), 0, 1)
    return np.where(falls, first - 1 + share, strands.shape[1] - 1.0)


def _parted(comb: Comb, side: np.ndarray, behind: np.ndarray) -> np.ndarray:
    """Where a comb leads from the roots: away from the parting and back in front, down behind the crown, (N, 3)."""
    q, rng = comb.roots.points, comb.rng
    part, zero = comb.hair.part_cm / 100, np.zeros(len(q))
    frontal = np.clip(1 - np.abs(comb.azimuth_deg) / 85, 0, 1)
    from_part = smoothstep(0.0, 0.07, np.abs(q[:, 0] - part))
    front = np.c_[side * (1 - 0.25 * (1 - frontal)), 0.30 + 0.75 * frontal * from_part + 0.25 * (1 - frontal), zero - 0.15]
    fan = np.clip(q[:, 0] - part * (1 - behind), -0.05, 0.05) * 14 + 0.15 * rng.normal(size=len(q))
    back = np.c_[fan, zero + 0.45, zero - 0.75]
    return tangent(front * (1 - behind[:, None]) + back * behind[:, None], comb.roots.normals)


@dataclass(frozen=True)
class _Steering:
    """Holds strands beside the face, lays them before or behind the shoulders, keeps them off the throat; gently, by the step."""

    comb: Comb
    side: np.ndarray
    front: np.ndarray
    bangs: np.ndarray
    cut: Cut

    def __call__(self, points: np.ndarray, arc: np.ndarray, step: np.ndarray) -> np.ndarray:
        head, q = self.comb.head, self.comb.roots.points
        x, y, z = points.T
        zero, free = np.zeros(len(points)), ~self.bangs & (arc > 0.03)
        own = np.where(self.front | (np.abs(q[:, 0]) < 0.012), self.side, np.sign(q[:, 0]))
        face = (y < head.centre[1] - 0.012) & (z < 0.055) & (z > -0.19) & free
        room = np.where(face, 0.066 - 0.012 * smoothstep(-0.03, -0.12, z) - x * own, 0)
        aside = np.clip(room, 0, 0.30 * step)
        low = smoothstep(-0.035, -0.09, z) * free
        ridge = self.comb.around.ridge_y
        to_front = np.where(self.front, np.clip(y - (ridge - 0.046), 0, 0.22 * step), 0) * smoothstep(-0.06, -0.12, z)
        to_back = np.where(self.front, 0, np.clip(ridge + 0.026 - y, 0, (0.9 if self.cut.swept else 0.55) * step))
        if self.cut.swept:
            low = np.maximum(low, smoothstep(0.02, -0.03, z) * free)
        hug = np.where(self.front, 0.25, 0.25 + 0.75 * smoothstep(-0.08, -0.13, z)) * step
        narrow = np.sign(x) * np.clip(np.abs(x) - np.where(self.front, 0.078, 0.066), 0, hug) * smoothstep(-0.02, -0.09, z) * free
        throat = np.where(self.front, np.clip(0.048 - x * own, 0, 0.30 * step), 0) * smoothstep(-0.09, -0.14, z) * free
        moved = points + np.c_[own * (aside + throat) - narrow, 0.5 * aside * ~self.front + (to_back - to_front) * low, zero]
        if self.cut.turned_in:
            inward = unit(np.c_[-x, -(y - head.centre[1] - 0.005), zero])
            near = smoothstep(-self.cut.ends_m + 0.075, -self.cut.ends_m, z) * free
            moved = moved + inward * (0.42 * near * step)[:, None]
        return moved


def bob(comb: Comb) -> np.ndarray:
    """Parted at the side, cut level with the chin, the ends turned in."""
    cut = Cut(ends_m=(comb.hair.length_cm or 12.5) / 100, rise_m=0.014, ragged_m=0.0022, front_deg=50, turned_in=True)
    strands, keys = hang(comb, cut, steps=30)
    _locks(strands, keys, comb, clumps=1100)
    return strands


def fringe(comb: Comb) -> np.ndarray:
    """A full fringe over the brows, the rest to the collarbone."""
    cut = Cut(ends_m=(comb.hair.length_cm or 21.0) / 100, ragged_m=0.005, front_deg=62, fringe=True)
    strands, keys = hang(comb, cut, steps=34)
    _locks(strands, keys, comb, clumps=1200)
    return strands


def lob(comb: Comb) -> np.ndarray:
    """A long bob: to the collarbone, longer in front."""
    cut = Cut(ends_m=(comb.hair.length_cm or 19.0) / 100, rise_m=0.03, ragged_m=0.004, front_deg=80)
    strands, keys = hang(comb, cut, steps=34)
    _locks(strands, keys, comb, clumps=1200)
    return strands


def long(comb: Comb) -> np.ndarray:
    """Parted, layered, over the shoulders in front and down the back."""
    cut = Cut(ends_m=(comb.hair.length_cm or 36.0) / 100, rise_m=-0.07, ragged_m=0.012, layers=0.16, front_deg=46)
    strands, keys = hang(comb, cut, steps=44)
    _locks(strands, keys, comb, clumps=1400)
    return strands


def _locks(strands: np.ndarray, keys: np.ndarray, comb: Comb, *, clumps: int) -> None:
    """Straight hair gathers at three scales: wisps of some twenty hairs, locks, and the fall of a whole side."""
    clump(strands, keys, clumps=clumps, pull=0.58, power=1.6, rng=comb.rng)
    clump(strands, keys, clumps=clumps // 4, pull=0.26, power=1.4, rng=comb.rng)
    clump(strands, keys, clumps=clumps // 28, pull=0.12, power=1.4, rng=comb.rng)
