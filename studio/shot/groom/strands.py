"""Operations on bundles of strands: noise, clumping, cutting, stray hairs. Strands are (N, K, 3) in head coordinates [m]."""

from __future__ import annotations

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to length 1."""
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12)


def tangent(vectors: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Unit vectors along the surface with these normals."""
    return unit(vectors - normals * (vectors * normals).sum(axis=-1, keepdims=True))


def wander(points: np.ndarray, per_metre: float, rng: np.random.Generator, octaves: int = 3) -> np.ndarray:
    """Smooth vector noise of unit order: sums of sines in random directions, so neighbours agree. Shape (N, 3)."""
    total = np.zeros((len(points), 3))
    for octave in range(octaves):
        for _ in range(4):
            wave = rng.normal(size=3)
            wave *= per_metre * 2**octave / np.linalg.norm(wave)
            total += np.sin(points @ wave + rng.uniform(0, 2 * np.pi))[:, None] * rng.normal(size=3) * 0.35 / 2**octave
    return total


def clump(
    strands: np.ndarray, keys: np.ndarray, *, clumps: int, pull: float, power: float, rng: np.random.Generator, start: int = 0
) -> None:
    """Draw strands towards the nearest of some chosen ones, in place: little at the root (or at ``start``), ``pull`` at the tip.

    keys: Where strands count as neighbours, (N, any); strands that must not mix differ in it.
    """
    from scipy.spatial import cKDTree

    count, points, _ = strands.shape
    leaders = rng.choice(count, min(clumps, count), replace=False)
    _, nearest = cKDTree(keys[leaders]).query(keys, workers=-1)
    along = np.zeros(points)
    along[start:] = np.linspace(0, 1, points - start) ** power
    amount = np.clip(pull * rng.uniform(0.5, 1.1, count)[:, None] * along, 0, 0.92)
    strands += (strands[leaders[nearest]] - strands) * amount[..., None]


def cut_below(strands: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Strands that end where they first fall below a height each (N,); resampled to as many points as before."""
    count, points, _ = strands.shape
    z = strands[:, :, 2]
    below = z < height[:, None]
    below[:, :4] = False  # a strand keeps a few points above the skin whatever its cut
    falls = below.any(axis=1)
    first = np.where(falls, below.argmax(axis=1), points - 1)
    row = np.arange(count)
    upper, lower = z[row, first - 1], z[row, first]
    share = np.clip((upper - height) / (upper - lower + 1e-9), 0, 1)
    return resample(strands, np.where(falls, first - 1 + share, points - 1.0))


def resample(strands: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Strands up to a parameter each, ``end`` (N,) in points along the strand, spread over as many points as before."""
    count, points, _ = strands.shape
    at = np.linspace(0, 1, points)[None] * end[:, None]
    low = np.minimum(at.astype(int), points - 2)
    share = (at - low)[..., None]
    row = np.arange(count)[:, None]
    return strands[row, low] * (1 - share) + strands[row, low + 1] * share


def stray(strands: np.ndarray, *, share: float, reach_m: float, rng: np.random.Generator) -> None:
    """Let a share of the strands leave the others, in place: away, in waves, a little upwards."""
    count, points, _ = strands.shape
    number = int(count * share)
    if not number:
        return
    chosen = rng.choice(count, number, replace=False)
    s = np.linspace(0, 1, points)[None, :, None]
    away, wave = unit(rng.normal(size=(number, 1, 3))), unit(rng.normal(size=(number, 1, 3)))
    strength = reach_m * rng.uniform(0.2, 1, (number, 1, 1))
    strands[chosen] += strength * s**1.2 * away + 0.3 * strength * s * np.sin(9 * s + rng.uniform(0, 6, (number, 1, 1))) * wave
    strands[chosen] += 0.4 * strength * np.sin(np.pi * np.minimum(2 * s, 1)) * np.array([0, 0, 1.0])


def taper(count: int, points: int, *, radius_m: float, tip: float, rng: np.random.Generator) -> np.ndarray:
    """Radii (N, K) [m]: strands differ by a quarter, and thin to a share ``tip`` of themselves."""
    along = 1 - (1 - tip) * np.linspace(0, 1, points) ** 2
    return radius_m * rng.uniform(0.75, 1.2, count)[:, None] * along


def arc_lengths(strands: np.ndarray) -> np.ndarray:
    """Length from the root to each point [m], (N, K)."""
    return np.concatenate([np.zeros((len(strands), 1)), np.linalg.norm(np.diff(strands, axis=1), axis=2).cumsum(axis=1)], axis=1)


def locks(keys: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Which of a number of locks each strand belongs to, by the nearest of some chosen strands, (N,), int. keys: as of `clump`."""
    from scipy.spatial import cKDTree

    leaders = rng.choice(len(keys), min(number, len(keys)), replace=False)
    return cKDTree(keys[leaders]).query(keys, workers=-1)[1]


def frames(strands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors across each strand at each point, (N, K, 3) both, turned along it without twist (double reflection, Wang et al.
    2008, reduced to projection: steps are short).
    """
    ahead = unit(np.gradient(strands, axis=1))
    across = np.empty_like(ahead)
    seed = np.where((np.abs(ahead[:, 0, 2]) < 0.9)[:, None], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0])
    across[:, 0] = tangent(seed, ahead[:, 0])
    for k in range(1, strands.shape[1]):
        across[:, k] = tangent(across[:, k - 1], ahead[:, k])
    return across, np.cross(ahead, across)


def finer(strands: np.ndarray, points: int) -> np.ndarray:
    """Strands with more points: Catmull-Rom through the old ones, evenly in their parameter."""
    old = strands.shape[1]
    padded = np.concatenate([2 * strands[:, :1] - strands[:, 1:2], strands, 2 * strands[:, -1:] - strands[:, -2:-1]], axis=1)
    at = np.linspace(0, old - 1, points)
    low = np.minimum(at.astype(int), old - 2)
    t = (at - low)[:, None]
    a, b, c, d = (padded[:, low + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
