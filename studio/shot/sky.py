"""A clear sky and its sun: sunlight scattered by air and haze, weakened by ozone, for every direction.

Single scattering through a round, exponential atmosphere (Nishita et al. 1993, Display of the Earth Taking into Account Atmospheric
Scattering, sections 3 and 4) by wavelength, with ozone as Bruneton and Neyret have it since 2017; light that was scattered more than once
is added as an even source, as large as an infinite series of isotropic scatterings makes it (Hillaire 2020, section 5.5, in one layer).
Radiance is in the units of `photometry`: 683 cd/m2 are 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from studio.shot.photometry import balanced_rgb_from_xyz, luminance, of_luminance_one

_EARTH_M, _TOP_M = 6_360_000.0, 60_000.0
#: Scale heights of air and of haze [m] (Nishita et al. 1993).
_AIR_M, _HAZE_M = 7994.0, 1200.0
#: Scattering of haze at the sea [1/m] on a clear day: an optical depth of 0.10 at 550 nm (AERONET's rural stations lie around it); the
#: share of what haze takes that it scatters, and its forward lean (Hillaire 2020 has 0.90 and 0.8; 0.76 is the older custom).
_HAZE_SCATTER, _HAZE_ALBEDO, _HAZE_G = 7.5e-5, 0.90, 0.76
#: Ozone [molecules/m2]: 300 Dobson units, a layer that rises from 10 km to 25 km and falls to 40 km.
_OZONE_COLUMN = 300 * 2.687e20
_OZONE_LOW_M, _OZONE_PEAK_M, _OZONE_HIGH_M = 10_000.0, 25_000.0, 40_000.0
#: Chappuis band: cross section [m2] at its maximum, where that lies, and its width [nm] (Serdyuchenko et al. 2014, read off).
_OZONE_M2, _OZONE_NM, _OZONE_WIDTH_NM = 4.8e-25, 590.0, 62.0
#: Wavelengths that are followed [nm]: every 20.
_WAVES_NM = np.arange(390.0, 721.0, 20.0)
#: The sun: a black body of 5772 K that sends 1361 W/m2 to the top of the atmosphere (IAU 2015 resolution B3).
_SUN_K, _SUN_W_M2 = 5772.0, 1361.0
#: Albedo of the ground around, for light that comes back from it (bare soil and towns, 0.1 to 0.3).
_GROUND = 0.2
#: Steps along a ray through the atmosphere and towards the sun.
_STEPS, _SUN_STEPS = 32, 12
#: Height of the picture of a sky [pixels]; it is smooth, and the sun is not in it.
SKY_ROWS = 128


@dataclass(frozen=True)
class ClearSky:
    """A sky. radiance: Linear Rec.709, equirectangular, upper row first, (H, 2 H, 3), with the sun in the column of azimuth 0.

    sun_irradiance: On a plane that faces the sun [W/m2]. sun_rgb: Its colour, luminance 1.
    """

    radiance: np.ndarray
    sun_irradiance: float
    sun_rgb: np.ndarray

    def times(self, factor: float) -> ClearSky:
        """The same sky, sun and all, that much brighter."""
        return ClearSky(self.radiance * factor, self.sun_irradiance * factor, self.sun_rgb)


@lru_cache(maxsize=16)
def clear_sky(
    *, sun_elevation_deg: float, haze: float, altitude_m: float, white_balance_k: float, tint: float = 0.0, rows: int = SKY_ROWS
) -> ClearSky:
    """The sky over a place, as a camera sees it that is balanced to ``white_balance_k``. haze: 1 is a clear day."""
    elevation = math.radians(sun_elevation_deg)
    sun = np.array([math.cos(elevation), 0.0, math.sin(elevation)])
    azimuth = (np.arange(rows + 1) / rows) * np.pi  # one half: the other is its mirror
    altitude = np.pi / 2 - (np.arange(rows) + 0.5) / rows * np.pi
    z, a = np.meshgrid(altitude, azimuth, indexing="ij")
    directions = np.stack([np.cos(z) * np.cos(a), np.cos(z) * np.sin(a), np.sin(z)], axis=-1)
    above = altitude > 0
    spectral = np.zeros((*directions.shape[:2], len(_WAVES_NM)))
    spectral[above] = _sky(directions[above].reshape(-1, 3), sun, altitude_m, haze).reshape(above.sum(), rows + 1, -1)
    direct = _sunlight() * np.exp(-_depth_to_space(altitude_m, sun, haze)[0])
    spectral[~above] = _lit_ground(spectral[above], altitude[above], direct * max(sun[2], 0.0))
    to_rgb = balanced_rgb_from_xyz(white_balance_k, tint=tint) @ _xyz_from_spectrum()
    half = np.maximum(spectral @ to_rgb.T, 0.0)
    sun_rgb = np.maximum(to_rgb @ direct, 0.0)
    whole = np.concatenate([half[:, :0:-1], half[:, :-1]], axis=1)  # from azimuth -180 to 180 degrees, the sun in the middle
    return ClearSky(whole, float(luminance(sun_rgb)), of_luminance_one(sun_rgb + 1e-12))


def level_irradiance(radiance: np.ndarray) -> float:
    """What a level receiver under an equirectangular picture (H, W, 3) gets from its upper half [W/m2], by luminance."""
    rows, columns = radiance.shape[:2]
    edges = np.pi / 2 - np.arange(rows + 1) / rows * np.pi
    edges = np.maximum(edges, 0.0)
    weight = (
        (np.sin(edges[:-1]) ** 2 - np.sin(edges[1:]) ** 2) / 2 * (2 * np.pi / columns)
    )  # the exact integral of sin(z) cos(z) over a row
    return float((luminance(radiance).sum(axis=1) * weight).sum())


def _sunlight() -> np.ndarray:
    """Spectral irradiance at the top of the atmosphere [W/m2/nm], (L,): Planck's law."""
    metres = _WAVES_NM * 1e-9
    planck = 2 * 6.62607015e-34 * 2.99792458e8**2 / metres**5 / (np.exp(0.014387769 / metres / _SUN_K) - 1)
    total = 5.670374e-8 * _SUN_K**4 / np.pi
    return planck / total * _SUN_W_M2 * 1e-9


def _xyz_from_spectrum() -> np.ndarray:
    """Weights that turn spectral values per nm into XYZ, (3, L): the CIE 1931 observer by Wyman, Sloan and Shirley 2013, table 1."""

    def lobe(height: float, centre: float, left: float, right: float) -> np.ndarray:
        t = (_WAVES_NM - centre) * np.where(centre > _WAVES_NM, left, right)
        return height * np.exp(-0.5 * t**2)

    x = lobe(0.362, 442.0, 0.0624, 0.0374) + lobe(1.056, 599.8, 0.0264, 0.0323) + lobe(-0.065, 501.1, 0.0490, 0.0382)
    y = lobe(0.821, 568.8, 0.0213, 0.0247) + lobe(0.286, 530.9, 0.0613, 0.0322)
    z = lobe(1.217, 437.0, 0.0845, 0.0278) + lobe(0.681, 459.0, 0.0385, 0.0725)
    return np.stack([x, y, z]) * (_WAVES_NM[1] - _WAVES_NM[0])


def _scattering(haze: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """At the sea, by wavelength: scattering of air and haze, extinction of haze, absorption of ozone at its peak [1/m], each (L,)."""
    air = 1.2398e-5 * (_WAVES_NM / 550.0) ** -4.08  # Bucholtz 1995, standard air at 288 K
    spread = haze * _HAZE_SCATTER * (_WAVES_NM / 550.0) ** -0.8
    per_metre = _OZONE_COLUMN / ((_OZONE_HIGH_M - _OZONE_LOW_M) / 2)
    ozone = _OZONE_M2 * np.exp(-(((_WAVES_NM - _OZONE_NM) / _OZONE_WIDTH_NM) ** 2)) * per_metre
    return air, spread, spread / _HAZE_ALBEDO, ozone


def _densities(height: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Air and haze relative to the sea, and ozone relative to its peak, at heights [m]."""
    rise = (height - _OZONE_LOW_M) / (_OZONE_PEAK_M - _OZONE_LOW_M)
    fall = (_OZONE_HIGH_M - height) / (_OZONE_HIGH_M - _OZONE_PEAK_M)
    return np.exp(-height / _AIR_M), np.exp(-height / _HAZE_M), np.clip(np.minimum(rise, fall), 0.0, 1.0)


def _to_top(height: np.ndarray, upward: np.ndarray) -> np.ndarray:
    """Length of rays from heights [m] with those sines of elevation to the top of the atmosphere [m]."""
    radius = _EARTH_M + height
    return -radius * upward + np.sqrt((radius * upward) ** 2 + (_EARTH_M + _TOP_M) ** 2 - radius**2)


def _along(height: np.ndarray, upward: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Height [m] at a distance ``reach`` [m] along rays."""
    radius = _EARTH_M + height
    return np.sqrt(radius**2 + reach**2 + 2 * radius * upward * reach) - _EARTH_M


def _depth_to_space(height: np.ndarray | float, sun: np.ndarray, haze: float, upward: np.ndarray | None = None) -> np.ndarray:
    """Optical depth from places at those heights towards the sun, (N, L); large where the earth is in the way.

    upward: Sine of the sun's elevation there, which differs along the way; the sun's own without it.
    """
    height = np.atleast_1d(np.asarray(height, dtype=float))
    rise = np.full_like(height, sun[2]) if upward is None else upward
    reach = _to_top(height, rise)
    # steps grow with distance: most of the air is near the ground
    edges = np.linspace(0, 1, _SUN_STEPS + 1) ** 2
    total = np.zeros((len(height), 3))
    for near, far in pairwise(edges):
        at = _along(height, rise, reach * (near + far) / 2)
        total += np.stack(_densities(np.maximum(at, 0.0)), axis=1) * (reach * (far - near))[:, None]
    air, _, haze_loss, ozone = _scattering(haze)
    depth = total @ np.stack([air, haze_loss, ozone])
    radius = _EARTH_M + height
    hidden = (rise < 0) & (radius * np.sqrt(np.maximum(1 - rise**2, 0.0)) < _EARTH_M)
    return np.where(hidden[:, None], 1e3, depth)


def _sky(directions: np.ndarray, sun: np.ndarray, altitude_m: float, haze: float) -> np.ndarray:
    """Spectral radiance of the sky in directions (N, 3) [W/m2/sr/nm], (N, L)."""
    air, spread, haze_loss, ozone = _scattering(haze)
    upward, towards = directions[:, 2], directions @ sun
    air_phase = 3 / (16 * np.pi) * (1 + towards**2)
    haze_phase = _cornette_shanks(towards, _HAZE_G)
    start = np.full(len(directions), altitude_m)
    reach = _to_top(start, upward)
    edges = np.linspace(0, 1, _STEPS + 1) ** 2
    passed, once, rays = np.zeros((len(directions), len(air))), np.zeros((len(directions), len(air))), _sunlight()
    spread_again = _again(sun, altitude_m, haze)
    for near, far in pairwise(edges):
        at, step = reach * (near + far) / 2, reach * (far - near)
        height = np.maximum(_along(start, upward, at), 0.0)
        of_air, of_haze, of_ozone = (density[:, None] for density in _densities(height))
        loss = (of_air * air + of_haze * haze_loss + of_ozone * ozone) * step[:, None]
        # the sun's elevation as it is seen from there, on a round earth
        local = ((_EARTH_M + altitude_m) * sun[2] + at * towards) / (_EARTH_M + height)
        light = np.exp(-_depth_to_space(height, sun, haze, upward=local) - passed - loss / 2)
        first = of_air * air * air_phase[:, None] + of_haze * spread * haze_phase[:, None]
        again = (of_air * air + of_haze * spread) * spread_again / (4 * np.pi) * np.exp(-passed - loss / 2)
        once += (light * first * rays + again) * step[:, None]
        passed += loss
    return once


def _again(sun: np.ndarray, altitude_m: float, haze: float) -> np.ndarray:
    """Irradiance all around [W/m2/nm], (L,), of light that was scattered before, the earth's included.

    A layer of the atmosphere's vertical depth sends a share of what it scatters once more through itself; the shares form a series.
    """
    air, spread, haze_loss, ozone = _scattering(haze)
    depth = air * _AIR_M + haze_loss * _HAZE_M + ozone * (_OZONE_HIGH_M - _OZONE_LOW_M) / 2
    scattered = (air * _AIR_M + spread * _HAZE_M) / depth
    caught = 1 - np.exp(-1.66 * depth)  # of diffuse light, whose mean way through a layer is 1.66 of its thickness (Elsasser 1942)
    share = np.clip(scattered * caught * (1 - 0.5 * np.exp(-depth)), 0.0, 0.95)
    through = np.exp(-_depth_to_space(altitude_m, sun, haze)[0])
    sunlight = _sunlight() * max(sun[2], 0.0)
    source = sunlight * ((1 - through) * scattered * 0.5 + through * _GROUND)
    return 2.0 * source * share / (1 - share)


def _cornette_shanks(towards: np.ndarray, g: float) -> np.ndarray:
    """Phase function of haze (Cornette and Shanks 1992), by the cosine of the angle to the sun [1/sr]."""
    front = 3 * (1 - g**2) / (8 * np.pi * (2 + g**2))
    return front * (1 + towards**2) / (1 + g**2 - 2 * g * towards) ** 1.5


def _lit_ground(sky: np.ndarray, altitude: np.ndarray, sunlight: np.ndarray) -> np.ndarray:
    """Radiance (L,) of the plain below the horizon, under a half of a sky (H, A, L) at those altitudes and under sunlight (L,)."""
    weight = np.sin(altitude) * np.cos(altitude) * (altitude[0] - altitude[1])
    mean = (sky[:, :-1] + sky[:, 1:]).mean(axis=1) / 2
    return _GROUND / np.pi * ((mean * weight[:, None]).sum(axis=0) * 2 * np.pi + sunlight)
