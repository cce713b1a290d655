"""Sand: flat and rippled where the subject stands, dunes around it to the horizon."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh
from studio.blender.surroundings.finishes import finish

#: Half of the ground's side [m], and rows of its mesh: dunes are tens of metres, so half a metre near the subject is fine enough.
_HALF_M, _ROWS = 140.0, 361
#: Flat to this distance from the subject, and rising to full height at that one [m].
_FLAT_M, _FULL_M = 5.0, 38.0


def desert(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """The ground, finer near the subject."""
    t = np.linspace(-1, 1, _ROWS)
    axis = _HALF_M * (0.25 * t + 0.75 * np.sign(t) * np.abs(t) ** 3)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    distance = np.hypot(x, y)
    share = np.clip((distance - _FLAT_M) / (_FULL_M - _FLAT_M), 0.0, 1.0)
    z = dunes(x, y, seed=spec["seed"]) * spec["dune_m"] * share**2 * (3 - 2 * share)
    index = np.arange(_ROWS * _ROWS).reshape(_ROWS, _ROWS)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    vertices = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    return [add_mesh("sand", vertices, faces, finish("sand", spec["surface"]))]


def dunes(x: np.ndarray, y: np.ndarray, *, seed: int) -> np.ndarray:
    """Heights of 0 to about 1: crests across the wind that wander and branch, steep on their lee side."""
    rng = np.random.default_rng(seed)
    bend = sum(
        np.sin(x * wave[0] + y * wave[1] + phase) * size
        for wave, phase, size in zip(rng.normal(0, 0.045, (6, 2)), rng.uniform(0, 6.3, 6), rng.uniform(2.0, 6.0, 6), strict=True)
    )
    total = np.zeros_like(x)
    for length, size in ((62.0, 0.65), (27.0, 0.26), (11.0, 0.09)):
        angle = rng.uniform(-0.5, 0.5) + 0.4
        phase = ((x * np.sin(angle) + y * np.cos(angle) + bend * length / 40) / length + rng.random()) % 1.0
        windward, lee = phase / 0.72, (1 - phase) / 0.28
        crest = np.minimum(windward, lee)
        total += size * crest**2 * (3 - 2 * crest)
    return total
