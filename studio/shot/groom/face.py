"""Brows, lashes and the fine hairs along the hairline, in head coordinates like the styles."""

from __future__ import annotations

import numpy as np

from studio.shot.eyes import LidLine, on_eyeball
from studio.shot.groom.scalp import Obstacles, Roots
from studio.shot.groom.strands import unit
from studio.shot.head import Head
from studio.shot.subject import Skin
from studio.specs.appearance import Brows, Lashes

#: Hairs of one adult brow and of the lids (measured ranges: brow 250-500; upper lid 90-160, lower lid 75-80).
_BROW_HAIRS, _UPPER_LASHES, _LOWER_LASHES = 420, 150, 70
#: Half of a brow's height [m] along it, from the nose to the temple, and how full it is there.
_BROW_HALF = ([0, 0.12, 0.55, 0.8, 1], [0.0034, 0.0047, 0.0042, 0.0030, 0.0016])
_BROW_FULL = ([0, 0.08, 0.2, 0.7, 1], [0.35, 0.75, 1.0, 1.0, 0.45])
_BROW_FILLED = np.cumsum(np.interp(np.linspace(0, 1, 60), *_BROW_HALF) * np.interp(np.linspace(0, 1, 60), *_BROW_FULL))
_BROW_FILLED = (_BROW_FILLED - _BROW_FILLED[0]) / np.ptp(_BROW_FILLED)
#: Hairs of a beard by square centimetre (measured range: 30 to 60 on the cheek, 80 on the chin), and how long three days make them [m].
_BEARD_PER_CM2, _BEARD_M = 42.0, 0.0012
#: Lower lashes are about half as long as upper ones.
_LOWER_SHARE = 0.45


def grow_brows(skin: Skin, head: Head, brows: Brows, rng: np.random.Generator) -> np.ndarray:
    """Both brows as world strands (N, 7, 3): nearly upright at the nose, turning outwards and down to the temple."""
    count, points = round(_BROW_HAIRS * brows.density), 7
    grown = []
    for side in (1.0, -1.0):
        # as many hairs as there is room for: fewest at the thin tail, and loosely begun at the nose
        t = np.interp(rng.uniform(size=count), _BROW_FILLED, np.linspace(0, 1, len(_BROW_FILLED)))
        across = np.clip(rng.normal(0, 0.48, count), -1.15, 1.15)
        half = np.interp(t, *_BROW_HALF) * brows.thickness
        x = 0.030 + np.interp(t, [0, 0.3, 0.65, 1], [-0.0180, -0.004, 0.012, 0.0255])
        x = x + rng.normal(0, 0.0016, count) * np.interp(t, [0, 0.15, 1], [1, 0.3, 0.3]) - 0.0012 * across * (t < 0.12)
        z = np.interp(t, [0, 0.3, 0.65, 0.85, 1], [0.0165, 0.0195, 0.0225, 0.0195, 0.0145]) + across * half
        angle = np.radians(np.interp(t, [0, 0.12, 0.4, 0.7, 1], [84, 62, 24, -8, -28]))
        angle += rng.normal(0, 0.09, count) - across * np.radians(np.interp(t, [0, 0.2, 1], [8, 22, 14]))
        length = np.interp(t, [0, 0.2, 0.7, 1], [0.0056, 0.0080, 0.0068, 0.0042]) * rng.uniform(0.55, 1.1, count)
        s = np.linspace(0, 1, points)
        bend = angle[:, None] - 0.25 * s
        xx, zz = x[:, None] + np.cos(bend) * s * length[:, None], z[:, None] + np.sin(bend) * s * length[:, None]
        start = np.stack([side * xx, np.full_like(xx, head.nose[1] - 0.05), zz], axis=-1).reshape(-1, 3)
        origins = head.world_from_head(start)
        inward = np.broadcast_to(head.direction([0.0, 1.0, 0.0]), origins.shape)
        reach, triangle = skin.surface.first_hits(origins, inward)
        seen = np.isfinite(reach).reshape(count, points).all(axis=1)
        hit = origins + inward * np.where(np.isfinite(reach), reach, 0)[:, None]
        normals = skin.normals[skin.triangles[np.maximum(triangle, 0), 0]]
        lift = np.where(s == 0, -0.0003, 0.0004 + 0.0011 * np.sin(np.pi * np.minimum(1, 0.8 * s)))
        grown.append((hit + normals * np.tile(lift, count)[:, None]).reshape(count, points, 3)[seen])
    return np.concatenate(grown)


def grow_stubble(skin: Skin, head: Head, stubble: float, rng: np.random.Generator) -> np.ndarray:
    """Beard hairs that have come out of the skin, world strands (N, 3, 3): flat, down and forward. stubble: 1 is three days old."""
    triangles, field = skin.triangles, skin.fields["beard"]
    chosen = triangles[field[triangles].max(axis=1) > 0.05]
    corners = skin.vertices[chosen]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    density = areas * field[chosen].mean(axis=1)
    count = int(density.sum() * 1e4 * _BEARD_PER_CM2)
    if not count:
        return np.zeros((0, 3, 3))
    triangle = rng.choice(len(chosen), count, p=density / density.sum())
    weights = rng.dirichlet(np.ones(3), count)
    root = np.einsum("nk,nkd->nd", weights, corners[triangle])
    normal = unit(np.einsum("nk,nkd->nd", weights, skin.normals[chosen[triangle]]))
    down = head.direction([0.0, -0.35, -1.0]) + 0.35 * rng.normal(size=(count, 3))
    lie = unit(down - normal * (down * normal).sum(axis=1)[:, None])
    length = (0.25 + 0.75 * stubble) * _BEARD_M * rng.uniform(0.5, 1.2, count)[:, None]
    middle = root + length * 0.5 * unit(0.75 * normal + lie)
    return np.stack([root - 0.0001 * normal, middle, middle + length * 0.5 * unit(0.35 * normal + lie)], axis=1)


def grow_lashes(head: Head, lids: tuple[LidLine, LidLine], lashes: Lashes, rng: np.random.Generator) -> np.ndarray:
    """Upper and lower lashes of both eyes as world strands (N, 9, 3), fanned outwards, drawn together in threes."""
    right, up, forward = (head.direction(axis) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]))
    grown = []
    for eye, line in enumerate(lids):
        outer = 1.0 if eye == 0 else -1.0
        for upper in (True, False):
            count = round((_UPPER_LASHES if upper else _LOWER_LASHES) * lashes.density)
            t = np.sort(rng.uniform(0.07, 0.97, count))  # 0 at the inner corner
            first, last = (line.table[0, 0], line.table[-1, 0]) if eye == 0 else (line.table[-1, 0], line.table[0, 0])
            x = first + t * (last - first)
            z = (line.upper(x) + 0.0003) if upper else (line.lower(x) - 0.0004)
            root = on_eyeball(head, eye, x, z, 0.0006)
            sideways = outer * np.interp(t, [0, 0.5, 1], [-0.35, 0.1, 0.75]) + rng.normal(0, 0.10, count)
            full = lashes.length_mm / 1000 * (1.0 if upper else _LOWER_SHARE)
            length = full * np.interp(t, [0, 0.25, 0.75, 1], [0.55, 0.85, 1.1, 0.8]) * rng.uniform(0.75, 1.1, count)
            begin = unit(forward + sideways[:, None] * right + (-0.15 if upper else -0.35) * up)
            end = unit(0.75 * forward + 1.1 * sideways[:, None] * right + (1.0 if upper else -0.55) * up)
            grown.append(_curl(root, begin, end, length))
    return np.concatenate(grown)


def _curl(root: np.ndarray, begin: np.ndarray, end: np.ndarray, length: np.ndarray, points: int = 9) -> np.ndarray:
    """Strands whose direction turns from begin to end."""
    strands = np.zeros((len(root), points, 3))
    strands[:, 0] = root
    s = np.linspace(0, 1, points)
    for k in range(1, points):
        turn = s[k] ** 0.8
        strands[:, k] = strands[:, k - 1] + unit(begin * (1 - turn) + end * turn) * (length / (points - 1))[:, None]
    leader = np.arange(len(root)) // 3 * 3
    strands += (strands[leader] - strands) * (0.45 * s**2)[None, :, None]
    return strands


def grow_baby_hair(
    roots: Roots, main: np.ndarray, around: Obstacles, head: Head, rng: np.random.Generator, *, short: bool
) -> tuple[np.ndarray, Roots]:
    """Fine short hairs along the hairline, which else looks cut out, and their roots; they lean where the nearest strand goes. Head
    coordinates.
    """
    from scipy.spatial import cKDTree

    edge = np.flatnonzero((roots.density < 0.55) & (roots.density > 0.05) & (roots.points[:, 1] < head.centre[1] + 0.03))[:900]
    chosen = roots.of(edge)
    if not len(edge):
        return np.zeros((0, 8, 3)), chosen
    start, normals = chosen.points, chosen.normals
    leader = main[cKDTree(main[:, 0]).query(start)[1]]
    lead = unit(leader[:, 4] - leader[:, 0])
    direction = unit(lead * 0.8 + normals * 0.35 + 0.3 * unit(rng.normal(size=start.shape)))
    length = rng.uniform(0.003, 0.008, len(edge)) if short else rng.uniform(0.006, 0.022, len(edge))
    points, current = [start], start.copy()
    for _ in range(7):
        current = current + direction * (length / 7)[:, None]
        direction = unit(direction + 0.2 * lead)
        current, direction, _ = around.push_out(current, direction, 0.0005)
        points.append(current.copy())
    return np.stack(points, axis=1), chosen
