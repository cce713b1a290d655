"""Between sRGB bytes and linear light, by tables: tens of millions of texels pass here."""

from __future__ import annotations

import numpy as np

#: Steps of the tables: finer than what 8 bits of sRGB tell apart in the dark, where a step of linear light is 0.0003.
_FORWARD, _BACK = 255 * 16, 1 << 14


def _linear(value: np.ndarray) -> np.ndarray:
    """Linear light of sRGB, both 0 to 1; IEC 61966-2-1."""
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _encoded(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


_LINEAR = _linear(np.arange(_FORWARD + 1) / _FORWARD).astype(np.float32)
#: The square root spreads the steps about evenly over what the eye tells apart.
_ENCODED = (255 * _encoded((np.arange(_BACK + 1) / _BACK) ** 2)).astype(np.float32)

#: Luminance of linear Rec.709; ITU-R BT.709.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def linear_from_srgb(values: np.ndarray) -> np.ndarray:
    """Linear Rec.709, 0 to 1, float32, of sRGB values 0 to 255 of any shape; fractions count to a sixteenth."""
    return _LINEAR[np.clip(np.rint(np.asarray(values, dtype=np.float32) * 16), 0, _FORWARD).astype(np.int16)]


def srgb_from_linear(linear: np.ndarray) -> np.ndarray:
    """sRGB bytes of linear Rec.709 of any shape; what is out of range is clipped."""
    root = np.sqrt(np.clip(linear, 0, 1))
    return np.rint(_ENCODED[np.rint(root * _BACK).astype(np.int32)]).astype(np.uint8)


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below low, 1 above high, a cubic between; low may exceed high to fall instead of rise."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)
