"""Curl: waves, ringlets and coils, by diameter and pitch, and the styles that live by them.

Curl is measured as de la Mettrie et al. 2007 (Human Biology 79:265) do: by the diameter of the curve that a hair makes and by its curl
index, stretched length over natural length, in eight classes from straight (1) to coils of a few millimetres (8). Diameters and indices
between are interpolated here; the classes' names are theirs, the numbers are chosen within what they describe.
"""

from __future__ import annotations

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.groom.comb import Comb, Course, march
from studio.shot.groom.strands import arc_lengths, clump, finer, frames, locks, unit, wander
from studio.shot.groom.styles.hanging import Cut, hang

#: Curl classes, the diameter of their curve [m] and their curl index (stretched over natural length).
_CLASSES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
_DIAMETER_M = (0.200, 0.060, 0.034, 0.022, 0.015, 0.0095, 0.0062, 0.0042)
_INDEX = (1.0, 1.04, 1.12, 1.28, 1.55, 1.9, 2.4, 2.9)
#: Points on one turn of a coil: a spline through seven is round to 2 %.
_PER_TURN = 7
#: A strand has no more points than this.
_MOST_POINTS = 150


def diameter_m(curl: float) -> float:
    """Of the curve that hair of a curl class makes [m]."""
    return float(np.exp(np.interp(curl, _CLASSES, np.log(_DIAMETER_M))))


def shrinkage(curl: float) -> float:
    """Natural over stretched length of a curl class, 1 for straight hair."""
    return 1 / float(np.interp(curl, _CLASSES, _INDEX))


def coil(
    strands: np.ndarray, lock: np.ndarray, curl: float, rng: np.random.Generator, *, begin_m: float, tightness: float = 0.75
) -> np.ndarray:
    """Strands (N, K, 3) wound around their own course; the length that a coil takes up is taken from the course's end.

    lock: Strands of one lock turn together, (N,). begin_m: Along the strand, where the curl is full. tightness: How alike the hairs of a
    lock are, 0 to 1.
    """
    arc = arc_lengths(strands)
    natural = arc[:, -1] * shrinkage(curl)
    diameter, index = diameter_m(curl), 1 / shrinkage(curl)
    pitch = np.pi * diameter / np.sqrt(max(index**2 - 1, 1e-3))  # one turn is a helix of that diameter and index
    turns = float(np.quantile(natural, 0.9)) / pitch
    points = int(np.clip(_PER_TURN * turns, strands.shape[1], _MOST_POINTS))
    fine = finer(_shortened(strands, shrinkage(curl)), points)
    first, second = frames(fine)
    count, number = len(strands), int(lock.max()) + 1
    sense = np.where(rng.random(number) < 0.5, -1.0, 1.0)[lock]
    phase = rng.uniform(0, 2 * np.pi, number)[lock] + (1 - tightness) * 2.2 * rng.normal(size=count)
    stretch = (rng.uniform(0.82, 1.16, number)[lock] * (1 + (1 - tightness) * 0.25 * rng.normal(size=count)))[:, None]
    along = arc_lengths(fine)
    wound = phase[:, None] + sense[:, None] * 2 * np.pi * along / (pitch * stretch) * (1 + 0.06 * np.sin(along * 40 + phase[:, None]))
    radius = diameter / 2 * rng.uniform(0.85, 1.2, number)[lock] * (1 + (1 - tightness) * 0.3 * rng.normal(size=count))
    grown = radius[:, None] * smoothstep(0.0, begin_m, along) * (1.06 - 0.16 * along / along[:, -1:].max())
    offset = np.cos(wound)[..., None] * first + np.sin(wound)[..., None] * second
    # the root stays where it is: the helix is taken relative to where it starts
    return fine + grown[..., None] * offset


def _drawn_together(strands: np.ndarray, lock: np.ndarray, *, share: float) -> None:
    """Draw the hairs of each lock to its mean course, in place; fully so from a few centimetres off the scalp."""
    number = np.bincount(lock)
    mean = np.stack([[np.bincount(lock, strands[:, k, axis]) / number for axis in range(3)] for k in range(strands.shape[1])])
    along = smoothstep(0.0, 0.35, np.linspace(0, 1, strands.shape[1]))[None, :, None]
    strands += (mean.transpose(2, 0, 1)[lock] - strands) * share * along


def _shortened(strands: np.ndarray, share: float) -> np.ndarray:
    from studio.shot.groom.strands import resample

    return resample(strands, np.full(len(strands), share * (strands.shape[1] - 1)))


def waves(comb: Comb) -> np.ndarray:
    """Loose S-waves to below the shoulders: locks swing from side to side from the height of the cheekbones down."""
    cut = Cut(ends_m=(comb.hair.length_cm or 26.0) / 100, rise_m=-0.02, ragged_m=0.010, layers=0.20, front_deg=66, body=1.15)
    strands, keys = hang(comb, cut, steps=44)
    clump(strands, keys, clumps=900, pull=0.55, power=1.2, rng=comb.rng)
    lock = locks(keys, 120, comb.rng)
    _drawn_together(strands, lock, share=0.6)
    curl = comb.hair.curl or 2.6
    along = arc_lengths(strands)
    first, second = frames(strands)
    number, count = int(lock.max()) + 1, len(strands)
    length = 2.0 * diameter_m(curl)
    drift = wander(comb.roots.points, 22, comb.rng)
    phase = (1.1 * comb.rng.normal(size=number)[lock] + 1.5 * drift[:, 0] + 0.18 * comb.rng.normal(size=count))[:, None]
    stretch = (comb.rng.uniform(0.85, 1.2, number)[lock] * comb.rng.normal(1, 0.04, count))[:, None]
    angle = 2 * np.pi * along / (length * stretch) + phase
    amplitude = 0.0135 * comb.rng.uniform(0.7, 1.15, number)[lock][:, None] * smoothstep(0.055, 0.15, along)
    turn = comb.rng.uniform(0, 2 * np.pi, number)[lock][:, None] + along * 5
    swing = np.cos(turn)[..., None] * first + np.sin(turn)[..., None] * second
    other = -np.sin(turn)[..., None] * first + np.cos(turn)[..., None] * second
    return strands + amplitude[..., None] * (np.sin(angle)[..., None] * swing + 0.45 * np.cos(angle)[..., None] * other)


def curls(comb: Comb) -> np.ndarray:
    """Ringlets with volume, round in outline, to the shoulders."""
    curl = comb.hair.curl or 5.0
    ends = (comb.hair.length_cm or 17.0) / 100
    cut = Cut(ends_m=ends / shrinkage(curl) * 1.05, ragged_m=0.012, layers=0.42, front_deg=75, body=2.6)
    strands, keys = hang(comb, cut, steps=40)
    lock = locks(keys, 300, comb.rng)
    _drawn_together(strands, lock, share=0.72)
    return coil(strands, lock, curl, comb.rng, begin_m=0.05, tightness=0.94)


def afro(comb: Comb) -> np.ndarray:
    """Coils that stand from the scalp, combed out and shaped round; each hair a helix of a few millimetres."""
    roots, rng, hair, head = comb.roots, comb.rng, comb.hair, comb.head
    curl = hair.curl or 7.2
    length = (hair.length_cm or 13.0) / 100
    q, count = roots.points, len(roots)
    centre = head.centre + np.array([0, 0.005, -0.005])
    outward = unit((q - centre) * [1.0, 1.0, 1.0])
    noise, fine = wander(q, 60, rng), wander(q, 260, rng)
    edge = smoothstep(0.0, 0.9, roots.density)  # shorter at the hairline
    low = smoothstep(0.02, -0.06, q[:, 2])
    shaped = length * (0.65 + 0.35 * edge) * (1 - 0.32 * low) * (1 + 0.05 * noise[:, 0] + 0.05 * rng.normal(size=count))
    start = unit(0.75 * roots.normals + 0.5 * outward + 0.16 * fine)
    course = Course(
        np.maximum(shaped, 0.006), start, unit(outward + 0.12 * noise), 10.0, np.full(count, 0.002), noise, bend=0.9, waver=3.0
    )  # fmt: skip
    strands = march(comb, course, steps=16)
    lock = locks(q, 3000, rng)
    clump(strands, q, clumps=3000, pull=0.55, power=0.9, rng=rng)
    clump(strands, q, clumps=420, pull=0.12, power=1.2, rng=rng)
    return coil(strands, lock, curl, rng, begin_m=0.008, tightness=0.6)
