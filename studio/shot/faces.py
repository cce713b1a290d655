"""How much light the faces of lights send along their axis. Pure arithmetic.

Exact for Lambertian faces: the configuration factor of a disc, of rings of it, or of a rectangle made of four corner rectangles (Howell,
A Catalog of Radiation Heat Transfer Configuration Factors, B-13 and B-4).
"""

from __future__ import annotations

import math

import numpy as np

#: Round lights, and whose face is not even: rings as (outer radius as a share of the face's, relative radiance). The deflector of a
#: beauty dish covers a third of its diameter and is lit from within alone; the light of an umbrella falls off from its middle, where the
#: flash head points (both chosen from catchlights in portraits; makers publish no such figures).
_RINGS: dict[str, tuple[tuple[float, float], ...]] = {
    "octa": ((1.0, 1.0),),
    "dish": ((0.34, 0.12), (1.0, 1.0)),
    "umbrella": ((0.25, 1.0), (0.5, 0.78), (0.75, 0.52), (1.0, 0.30)),
}
ROUND = tuple(_RINGS)


def face_axes(axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors across and up a face that looks along an axis, (3,) each; the first is level."""
    side = np.cross([0.0, 0.0, 1.0], axis)
    side /= np.linalg.norm(side)
    return side, np.cross(axis, side)


def rings(shape: str) -> list[tuple[float, float]]:
    """Rings of a round light from the middle out: outer radius as a share of the face's, and radiance relative to the face's mean."""
    outer = np.array([radius for radius, _ in _RINGS[shape]])
    weight = np.array([weight for _, weight in _RINGS[shape]])
    area = np.diff(np.r_[0.0, outer**2])
    return list(zip(outer.tolist(), (weight / (weight @ area)).tolist(), strict=True))


def ring_weight(shape: str, share: np.ndarray) -> np.ndarray:
    """Radiance at a share of the face's radius relative to the face's mean, shape (...)."""
    table = rings(shape)
    number = np.searchsorted([radius for radius, _ in table], np.minimum(share, 1.0))
    return np.array([weight for _, weight in table])[number]


def irradiance_per_watt(shape: str, *, size_m: tuple[float, float], distance_m: float, beam_deg: float = 360.0) -> float:
    """On-axis irradiance [W/m2] that one watt gives at a distance, for a receiver that faces the light.

    A bare bulb radiates evenly all around, a spot within its cone. The sun is given by irradiance, so one watt of it is 1 W/m2. A grid
    leaves the axis as it is.
    """
    if shape == "sun":
        return 1.0
    if shape in ("bare", "spot"):
        steradians = 2.0 * math.pi * (1.0 - math.cos(math.radians(beam_deg) / 2)) if shape == "spot" else 4.0 * math.pi
        return 1.0 / (steradians * distance_m**2)
    width, height = size_m
    if shape in ROUND:
        radius, inner, total = width / 2, 0.0, 0.0
        for outer, weight in rings(shape):
            factor = (outer * radius) ** 2 / ((outer * radius) ** 2 + distance_m**2)
            total, inner = total + weight * (factor - inner), factor
        return total / (math.pi * radius**2)
    x, y = width / 2 / distance_m, height / 2 / distance_m
    corner = x / math.hypot(1, x) * math.atan(y / math.hypot(1, x)) + y / math.hypot(1, y) * math.atan(x / math.hypot(1, y))
    return 4.0 * corner / (2.0 * math.pi) / (width * height)


def blender_watts(shape: str, irradiance: float, *, size_m: tuple[float, float], distance_m: float, grid_deg: float | None) -> float:
    """What Blender is given so that a light brings that irradiance [W/m2] to its axis: W, or W/m2 for the sun.

    Blender's spot is a bulb behind a hole: its power is that of the whole sphere.
    """
    watts = irradiance / irradiance_per_watt("bare" if shape == "spot" else shape, size_m=size_m, distance_m=distance_m)
    return watts if grid_deg is None else watts * grid_power_share(grid_deg)


def grid_power_share(grid_deg: float) -> float:
    """The share of its power that a gridded light lets out: what to give Blender, whose ``spread`` keeps the power instead.

    Cycles attenuates a direction at angle x from the axis by 1 - tan(x) / tan(a), with a half the spread, and divides by
    1 - a / tan(a) to keep the power (kernel/light/area.h), so the axis gains by the inverse of that.
    """
    half = math.radians(grid_deg) / 2
    return 1.0 - half / math.tan(half)
