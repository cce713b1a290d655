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
#: Lower lashes are about half as long as upper ones.
_LOWER_SHARE = 0.5


def grow_brows(skin: Skin, head: Head, brows: Brows, rng: np.random.Generator) -> np.ndarray:
    """Both brows as world strands (N, 7, 3): nearly upright at the nose, turning outwards and down to the temple."""
    count, points = round(_BROW_HAIRS * brows.density), 7
    grown = []
    for side in (1.0, -1.0):
        t, across = rng.beta(1.15, 1.25, count), np.clip(rng.normal(0, 0.42, count), -1, 1)
        half = np.interp(t, [0, 0.12, 0.55, 0.8, 1], [0.0034, 0.0047, 0.0042, 0.0031, 0.0018]) * brows.thickness
        x = 0.030 + np.interp(t, [0, 0.3, 0.65, 1], [-0.0180, -0.004, 0.012, 0.0255])
        z = np.interp(t, [0, 0.3, 0.65, 0.85, 1], [0.0165, 0.0195, 0.0225, 0.0195, 0.0145]) + across * half
        angle = np.radians(np.interp(t, [0, 0.12, 0.4, 0.7, 1], [84, 62, 24, -8, -28]))
        angle += rng.normal(0, 0.09, count) - across * np.radians(np.interp(t, [0, 0.2, 1], [8, 22, 14]))
        length = np.interp(t, [0, 0.2, 0.7, 1], [0.0058, 0.0082, 0.0075, 0.0055]) * rng.uniform(0.7, 1.1, count)
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
