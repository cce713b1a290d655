"""Grain of skin for places that no camera saw: noise in space, so that no seam of the texture cuts it."""

from __future__ import annotations

import numpy as np

#: The noise repeats after this many voxels of this size [m]: 6 cm, wider than what is usually missing.
_VOXELS, _VOXEL_M = 96, 0.0006
#: Wavelengths that it holds [m], and how fast the longer ones are stronger: mottling of skin between pores and blotches.
_WAVES_M, _SLOPE = (0.0016, 0.014), 1.3
#: Share of the grain that reddens, and where in the volume it is read [voxels].
_RED_SHARE, _RED_SHIFT = 0.35, 41


class Grain:
    """Noise with mean 0 and standard deviation 1; equal generators give equal noise."""

    def __init__(self, rng: np.random.Generator) -> None:
        frequency = np.fft.fftfreq(_VOXELS, d=_VOXEL_M)
        fx, fy, fz = np.meshgrid(frequency, frequency, frequency[: _VOXELS // 2 + 1], indexing="ij")
        radius = np.sqrt(fx**2 + fy**2 + fz**2)
        inside = (radius > 1 / _WAVES_M[1]) & (radius < 1 / _WAVES_M[0])
        filtered = np.where(inside, np.maximum(radius, 1.0) ** -(_SLOPE + 1), 0.0)  # one more than on a surface
        white = np.fft.rfftn(rng.standard_normal((_VOXELS,) * 3))
        volume = np.fft.irfftn(white * filtered, s=(_VOXELS,) * 3, axes=(0, 1, 2))
        self._volume = (volume / volume.std()).astype(np.float32)

    def factors(self, rest: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """What colour is multiplied with, (N, 3), at places of the T-pose [m], (N, 3), for a standard deviation of luminance (N,)."""
        at = (rest / _VOXEL_M).T
        light = self._at(at)
        red = self._at(at + _RED_SHIFT)
        tint = np.stack([red, -0.5 * red, -0.5 * red], axis=1) * _RED_SHARE
        return np.exp(amount[:, None] * (light[:, None] + tint)).astype(np.float32)

    def _at(self, places: np.ndarray) -> np.ndarray:
        from scipy.ndimage import map_coordinates

        return map_coordinates(self._volume, places, order=1, mode="grid-wrap")
