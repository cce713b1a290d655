"""Colour maps for numbers on surfaces: even steps for the eye, and readable without red and green.

Each map is a path through CIELAB whose points are spread by its length, so that equal steps of a value are equal steps of colour (as CIE
1976 measures them). Lightness falls all along from the neutral end, so that the order also shows in grey and to every kind of colour
vision. The neutral end is light: the map is laid on a shaded body, and what is as it should be should look like the body.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Steps of a map; more are not told apart in 8 bits.
_STEPS = 256
#: Corners of the paths (L*, a*, b*). Chosen on the shaded body: from light grey over straw and orange to a deep red, and over sky blue to a
#: deep blue. Blue and orange are told apart by all common colour deficiencies (Okabe and Ito, Color Universal Design, 2008).
_NEUTRAL = (90.0, 0.0, 3.0)
_WARM = (_NEUTRAL, (80.0, 12.0, 38.0), (62.0, 42.0, 54.0), (43.0, 56.0, 42.0), (24.0, 42.0, 24.0))
_COOL = (_NEUTRAL, (78.0, -8.0, -16.0), (60.0, -6.0, -36.0), (41.0, 6.0, -46.0), (24.0, 16.0, -44.0))
#: Where nothing is known (sRGB): a grey that no map has.
UNKNOWN = (122, 124, 128)


@dataclass(frozen=True, eq=False)
class ColourMap:
    """Colours for values between two ends; values beyond take the colour of the end.

    low, high: The ends, in the unit of the values. table: sRGB from low to high, shape (steps, 3), uint8.
    """

    low: float
    high: float
    table: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """sRGB of values of shape (...), uint8, shape (..., 3); `UNKNOWN` where a value is not a number."""
        values = np.asarray(values, dtype=np.float64)
        known = np.isfinite(values) | np.isinf(values)
        share = (np.where(known, values, self.low) - self.low) / (self.high - self.low)
        index = np.round(np.clip(share, 0, 1) * (len(self.table) - 1)).astype(np.int64)
        return np.where(known[..., None], self.table[index], np.array(UNKNOWN, dtype=np.uint8)).astype(np.uint8)


def sequential(high: float) -> ColourMap:
    """From nothing (light grey) to much (deep red), for sizes such as distances: 0 to ``high``."""
    return ColourMap(0.0, float(high), _path(_WARM))


def diverging(limit: float) -> ColourMap:
    """From less (deep blue) over none (light grey) to more (deep red), for signed values: -``limit`` to ``limit``."""
    return ColourMap(-float(limit), float(limit), np.concatenate([_path(_COOL)[:0:-1], _path(_WARM)]))


def round_limit(value: float) -> float:
    """The end of a scale that holds ``value``: the next of 1, 2, 5, 10, 20, 50 ... that is not smaller.

    >>> [round_limit(value) for value in (0.3, 2.0, 2.1, 37)]
    [0.5, 2.0, 5.0, 50.0]
    """
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if value <= step * power * (1 + 1e-9)))


def srgb_from_lab(lab: np.ndarray) -> np.ndarray:
    """CIELAB under D65 to sRGB 0 to 1 (CIE 15:2004, IEC 61966-2-1), shape (..., 3), not clipped."""
    lightness, a, b = np.moveaxis(np.asarray(lab, dtype=np.float64), -1, 0)
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.95047, 1.0, 1.08883]
    linear = xyz @ np.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]).T
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)


def _path(corners: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    """sRGB along a smooth path through corners of CIELAB, in steps of equal length, shape (_STEPS, 3), uint8."""
    fine = _smooth(np.array(corners))
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    even = np.linspace(0, along[-1], _STEPS)
    lab = np.stack([np.interp(even, along, fine[:, axis]) for axis in range(3)], axis=1)
    return np.round(255 * np.clip(srgb_from_lab(lab), 0, 1)).astype(np.uint8)


def _smooth(corners: np.ndarray) -> np.ndarray:
    """Points of a uniform Catmull-Rom curve through corners (Catmull and Rom 1974), shape (M, 3)."""
    padded = np.concatenate([2 * corners[:1] - corners[1:2], corners, 2 * corners[-1:] - corners[-2:-1]])
    t = np.linspace(0, 1, 200, endpoint=False)[:, None]
    pieces = []
    for k in range(1, len(padded) - 2):
        p0, p1, p2, p3 = padded[k - 1 : k + 3]
        pieces.append(0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3))
    return np.concatenate([*pieces, corners[-1:]])
