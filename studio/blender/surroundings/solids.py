"""Boxes and the like, merged into one mesh where a set has many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_CORNERS = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=float)
_SIDES = np.array([(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)])


def boxes(lows: Sequence[Sequence[float]] | np.ndarray, highs: Sequence[Sequence[float]] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Axis-aligned boxes from their lower to their upper corners, (B, 3) each: vertices (8 B, 3) and outward quads (6 B, 4)."""
    low, high = np.asarray(lows, dtype=float).reshape(-1, 3), np.asarray(highs, dtype=float).reshape(-1, 3)
    vertices = low[:, None] + _CORNERS * (high - low)[:, None]
    quads = _SIDES + 8 * np.arange(len(low))[:, None, None]
    return vertices.reshape(-1, 3), quads.reshape(-1, 4)


def wall_with_openings(
    span: tuple[float, float], high: float, openings: Sequence[tuple[float, float, float, float]], *, at: float, thick: float
) -> tuple[np.ndarray, np.ndarray]:
    """A wall across x with openings, as boxes.

    span: From and to along y [m]. openings: (from, to, sill, head) each, in order along y. at, thick: Its inner face, and how far it
    reaches outwards, towards -x where ``thick`` is negative.
    """
    x = sorted((at, at + thick))
    lows, highs, y = [], [], span[0]
    for start, stop, sill, head in openings:
        lows += [(x[0], y, 0.0), (x[0], start, 0.0), (x[0], start, head)]
        highs += [(x[1], start, high), (x[1], stop, sill), (x[1], stop, high)]
        y = stop
    lows.append((x[0], y, 0.0))
    highs.append((x[1], span[1], high))
    solid = [(low, up) for low, up in zip(lows, highs, strict=True) if min(np.array(up) - np.array(low)) > 1e-6]
    return boxes([low for low, _ in solid], [up for _, up in solid])
