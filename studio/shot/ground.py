"""The shadow that a subject leaves on a white floor, by counting how much of each light a point of the floor still sees.

Rays go from the floor to points spread over the lights' faces and over the sky (ambient light). What comes out is the share of the
floor's light that is left, 1 where nothing is taken: exact for the direct light of area lights on a diffuse floor, smooth, and the
same on every machine; the little light that legs reflect is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.faces import ROUND, face_axes, ring_weight
from studio.shot.lights import PlacedLight, turned

#: Points on each light's face and directions of the sky, per point of the floor. Their noise is below one 8-bit step after smoothing.
_LIGHT_SAMPLES, _SKY_SAMPLES = 16, 48
#: Rays start this far above the floor [m]: soles that stand on it must still cover it.
_LIFT_M = 0.0004
#: Standard deviation of the final smoothing, in points of the map.
_SMOOTHING = 0.8


@dataclass(frozen=True)
class GroundShadow:
    """Light left on a square of floor. light: (S, S), 1 is all of it, upper row at +y. centre, width_m: where the square lies."""

    light: np.ndarray
    centre: tuple[float, float]
    width_m: float


def ground_shadow(
    surfaces: Sequence[Surface],
    lights: Sequence[PlacedLight],
    *,
    ambient: float,
    rig_deg: float,
    centre: tuple[float, float],
    width_m: float,
    size: int,
    seed: int = 0,
) -> GroundShadow:
    """Measure the shadow.

    surfaces: What stands on the floor. ambient: Irradiance of the sky on the floor [W/m2]. rig_deg: How far the lights have turned
    around the subject. size: Points along one side of the map.
    """
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    axis = ((np.arange(size) + 0.5) / size - 0.5) * width_m
    x, y = np.meshgrid(axis + centre[0], -axis + centre[1])
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, _LIFT_M)], axis=1)
    shift = rng.random((len(points), 2))  # every point has its own shift of one common low-discrepancy set
    left, total = np.zeros(len(points)), np.zeros(len(points))
    for light in lights:
        for u, v in _spread(_LIGHT_SAMPLES):
            directions, weight = _towards(light, points, rig_deg, (shift + np.array([u, v])) % 1.0)
            total += weight
            left += weight * ~_blocked(surfaces, points, directions, weight > 0)
    if ambient > 0:
        for u, v in _spread(_SKY_SAMPLES):
            directions = _cosine_sky((shift + np.array([u, v])) % 1.0)
            total += ambient / _SKY_SAMPLES
            left += ambient / _SKY_SAMPLES * ~_blocked(surfaces, points, directions, np.ones(len(points), dtype=bool))
    share = np.divide(left, total, out=np.ones_like(left), where=total > 0).reshape(size, size)
    return GroundShadow(gaussian_filter(share, _SMOOTHING, mode="nearest"), centre, width_m)


def _blocked(surfaces: Sequence[Surface], points: np.ndarray, directions: np.ndarray, asked: np.ndarray) -> np.ndarray:
    hit = np.zeros(len(points), dtype=bool)
    index = np.flatnonzero(asked)
    for surface in surfaces:
        if len(index):
            reach, _ = surface.first_hits(points[index], directions[index])
            hit[index] |= reach < 1.0
    return hit


def _towards(light: PlacedLight, points: np.ndarray, rig_deg: float, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors from points to places on a light, one each, and the irradiance [W/m2] that they bring, divided by the samples."""
    position, aim = turned(np.stack([light.position, light.aim]), rig_deg)
    axis = (aim - position) / np.linalg.norm(aim - position)
    spec = light.light
    if spec.shape == "sun":
        radius = math.tan(math.radians(spec.angle_deg) / 2)
        side, up = face_axes(axis)
        r, angle = radius * np.sqrt(uv[:, :1]), 2 * np.pi * uv[:, 1:]
        directions = (-axis + r * np.cos(angle) * side + r * np.sin(angle) * up) * 100.0
        return directions, np.full(len(points), light.watts * max(-axis[2], 0.0) / _LIGHT_SAMPLES)
    width, height = spec.size_m
    side, up = face_axes(axis)
    shade = 1.0
    if spec.shape in ROUND:
        r, angle = np.sqrt(uv[:, :1]), 2 * np.pi * uv[:, 1:]
        face = position + width / 2 * r * (np.cos(angle) * side + np.sin(angle) * up)
        shade = ring_weight(spec.shape, r[:, 0])
    else:
        face = position + (uv[:, :1] - 0.5) * width * side + (uv[:, 1:] - 0.5) * height * up
    directions = face - points
    squared = (directions**2).sum(axis=1)
    unit = directions / np.sqrt(squared)[:, None]
    down = np.maximum(unit[:, 2], 0.0)
    off_axis = np.maximum(-(unit @ axis), 0.0)
    if spec.shape in ("bare", "spot"):
        inside = 1.0 if spec.shape == "bare" else _in_cone(off_axis, spec.beam_deg, spec.edge)
        return directions, light.watts / (4 * np.pi * squared) * down * inside / _LIGHT_SAMPLES
    weight = shade * light.watts / np.pi * off_axis * down / squared / _LIGHT_SAMPLES
    if spec.grid_deg is not None:
        half = math.radians(spec.grid_deg) / 2
        tangent = np.sqrt(np.maximum(1 - off_axis**2, 0)) / np.maximum(off_axis, 1e-6)
        weight *= np.maximum(1 - tangent / math.tan(half), 0.0) / (1 - half / math.tan(half))
    return directions, weight


def _in_cone(cosine: np.ndarray, beam_deg: float, edge: float) -> np.ndarray:
    """How much of a spot's light goes in directions at those cosines from its axis: a smooth step over its edge, as Cycles has it."""
    outer = math.cos(math.radians(beam_deg) / 2)
    t = np.clip((cosine - outer) / max((1 - outer) * edge, 1e-6), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def _cosine_sky(uv: np.ndarray) -> np.ndarray:
    """Directions over the upper half, as likely as their cosine; long enough to pass the subject."""
    r, angle = np.sqrt(uv[:, 0]), 2 * np.pi * uv[:, 1]
    return 100.0 * np.stack([r * np.cos(angle), r * np.sin(angle), np.sqrt(np.maximum(1 - uv[:, 0], 1e-9))], axis=1)


def _spread(count: int) -> np.ndarray:
    """Low-discrepancy points in the unit square: the additive recurrence of the plastic number (Roberts 2018). Shape (count, 2)."""
    plastic = 1.32471795724474602596
    steps = np.arange(1, count + 1)[:, None]
    return (0.5 + steps / np.array([plastic, plastic**2])) % 1.0
