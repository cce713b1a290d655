"""Gobos as geometry: opaque sheets across a light's axis whose openings let it through."""

from __future__ import annotations

import math

import numpy as np

from studio.errors import StudioError
from studio.shot.faces import face_axes
from studio.specs.light import Gobo

#: How far a window's opaque wall reaches beyond its opening [m]: past the cone that a light throws on a subject and a set.
_WALL_BEYOND_M = 6.0
#: A slat covers this share of the height of its row in blinds (25 mm slats every 22 mm, half open).
_SLAT_SHARE = 0.5
#: Width of a leaf as a share of its length, and how far its length differs from the mean.
_LEAF_WIDTH, _LEAF_VARIES = 0.45, 0.35
#: No more leaves than this [-].
_MOST_LEAVES = 20_000


def gobo_mesh(gobo: Gobo, aim: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The opaque parts of a gobo between a light at ``position`` and the point it aims at: vertices (V, 3) [m] and quads (Q, 4)."""
    axis = (position - aim) / np.linalg.norm(position - aim)
    side, up = face_axes(axis)
    tilt = math.radians(gobo.tilt_deg)
    side, up = side * math.cos(tilt) + up * math.sin(tilt), up * math.cos(tilt) - side * math.sin(tilt)
    flat, quads = _leaves(gobo) if gobo.kind == "leaves" else _panes(gobo)
    centre = aim + axis * gobo.distance_m
    return centre + flat[:, :1] * side + flat[:, 1:] * up, quads


def _panes(gobo: Gobo) -> tuple[np.ndarray, np.ndarray]:
    """A wall with an opening that bars divide."""
    lines = []
    for axis, (size_cm, count) in enumerate(zip(gobo.size_cm, gobo.panes, strict=True)):
        slats = gobo.kind == "blinds" and axis == 1
        size = size_cm / 100
        bar = size / count * _SLAT_SHARE if slats else gobo.bar_cm / 100
        pane = (size - (count - 1) * bar) / count
        if pane <= 0:
            raise StudioError(f"{count} panes with bars of {gobo.bar_cm:g} cm do not fit into a window of {size_cm:g} cm.")
        starts = -size / 2 + np.arange(count) * (pane + bar)
        edges = np.stack([starts, starts + pane], axis=1).ravel()
        lines.append(np.r_[-size / 2 - _WALL_BEYOND_M, edges, size / 2 + _WALL_BEYOND_M])
    columns, rows = lines
    grid = np.stack(np.meshgrid(columns, rows, indexing="ij"), axis=-1)
    index = np.arange(len(columns) * len(rows)).reshape(len(columns), len(rows))
    quads = [
        (index[i, j], index[i + 1, j], index[i + 1, j + 1], index[i, j + 1])
        for i in range(len(columns) - 1)
        for j in range(len(rows) - 1)
        if not (i % 2 == 1 and j % 2 == 1)  # odd cells are the panes
    ]
    return grid.reshape(-1, 2), np.array(quads)


def _leaves(gobo: Gobo) -> tuple[np.ndarray, np.ndarray]:
    """Leaves of two quads each, strewn until they would cover ``density`` of the sheet: a share p is left free by -ln(p) of leaf area."""
    rng = np.random.default_rng(gobo.seed)
    width, height = (size / 100 for size in gobo.size_cm)
    length = gobo.bar_cm / 100
    each = length**2 * _LEAF_WIDTH * 0.75  # a hexagon of these corners covers three quarters of its box
    count = math.ceil(-math.log(1.0 - gobo.density) * width * height / each)
    if count > _MOST_LEAVES:
        raise StudioError(
            f"A gobo of {width * 100:g} x {height * 100:g} cm wants {count:,} leaves of {gobo.bar_cm:g} cm, {_MOST_LEAVES:,} at most: "
            f"make bar_cm, the length of a leaf, larger."
        )
    shape = np.array([(-0.5, 0), (-0.25, 0.5), (0.25, 0.5), (0.5, 0), (0.25, -0.5), (-0.25, -0.5)]) * [1.0, _LEAF_WIDTH]
    sizes = length * rng.uniform(1 - _LEAF_VARIES, 1 + _LEAF_VARIES, count)
    angles = rng.uniform(0, 2 * np.pi, count)
    turn = np.stack([np.cos(angles), -np.sin(angles), np.sin(angles), np.cos(angles)], axis=1).reshape(-1, 2, 2)
    places = rng.uniform(-0.5, 0.5, (count, 1, 2)) * [width, height]
    corners = places + np.einsum("nij,kj->nki", turn, shape) * sizes[:, None, None]
    first = 6 * np.arange(count)[:, None]
    quads = np.concatenate([first + np.array(half) for half in ((0, 1, 2, 3), (0, 3, 4, 5))])
    return corners.reshape(-1, 2), quads
