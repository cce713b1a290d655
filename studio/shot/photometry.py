"""From photographic units to Blender's radiometric ones and back. Pure arithmetic.

One constant joins the two worlds: radiance 1.0 in Blender is 683 cd/m2 (683 lm for a radiant watt, the convention of the glTF
exporters), and a camera puts a white diffuser that an incident meter was held against at 1.0: L = E / pi, E = 2.5 * 2^EV100 lux
(ISO 2720, calibration constant C = 250 of a flat receptor). So radiance 1.0 is EV100 = log2(683 * pi / 2.5) = 9.745; without
exposure compensation a grey card of 18 % under a metered light comes out at 0.18.
"""

from __future__ import annotations

import math

import numpy as np

#: Luminous efficacy that turns Blender's watts into lumens [lm/W]; glTF 2.0 KHR_lights_punctual exporters use it.
LUMENS_PER_WATT = 683.0
#: Illuminance at EV 0, ISO 100, of an incident meter with a flat receptor: C / 100 with C = 250 [lx] (ISO 2720:1974).
LUX_AT_EV0 = 2.5
#: The EV100 at which scene radiance 1.0 becomes output 1.0.
EV100_OF_UNIT_RADIANCE = math.log2(LUMENS_PER_WATT * math.pi / LUX_AT_EV0)

#: Bradford cone response matrix (Lam 1985; CIE 160:2004).
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
#: Linear Rec.709 from XYZ, D65 white (IEC 61966-2-1).
_RGB_FROM_XYZ = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]])
_D65_XYZ = np.array([0.95047, 1.0, 1.08883])
_LUMINANCE = np.array([0.2126729, 0.7151522, 0.0721750])  # Rec.709 luminance weights


def ev100(*, f_number: float, shutter_s: float, iso: float) -> float:
    """The exposure triangle as EV at ISO 100."""
    return math.log2(f_number**2 / shutter_s * 100.0 / iso)


def exposure_gain(*, f_number: float, shutter_s: float, iso: float, ev: float = 0.0) -> float:
    """What a camera multiplies scene radiance with: output 1.0 is display white. ``ev`` is exposure compensation in stops."""
    return 2.0 ** (EV100_OF_UNIT_RADIANCE - ev100(f_number=f_number, shutter_s=shutter_s, iso=iso) + ev)


def irradiance_of_ev(ev: float) -> float:
    """Irradiance [W/m2] at the subject for an incident reading in EV100."""
    return LUX_AT_EV0 * 2.0**ev / LUMENS_PER_WATT


def ev_of(irradiance: float) -> float:
    """What an incident meter shows in EV100 for an irradiance [W/m2]."""
    return math.log2(irradiance * LUMENS_PER_WATT / LUX_AT_EV0)


def lux(irradiance: float) -> float:
    """Illuminance [lx] of an irradiance [W/m2]."""
    return irradiance * LUMENS_PER_WATT


def watts_of_lumens(lumens: float) -> float:
    """Radiant power [W] as Blender understands it, of a luminous flux [lm]."""
    return lumens / LUMENS_PER_WATT


def irradiance_per_watt(shape: str, *, size_m: tuple[float, float], distance_m: float, grid_deg: float | None = None) -> float:
    """On-axis irradiance [W/m2] that one watt gives at a distance, for a receiver that faces the light.

    Exact for a Lambertian face: the configuration factor of a disc, or of a rectangle made of four corner rectangles (Howell,
    A Catalog of Radiation Heat Transfer Configuration Factors, B-13 and B-4); a bare bulb radiates evenly all around.
    A grid leaves the axis as it is. The sun is given by irradiance, so one watt of it is 1 W/m2.
    """
    if shape == "sun":
        return 1.0
    if shape == "bare":
        return 1.0 / (4.0 * math.pi * distance_m**2)
    del grid_deg  # the axis is not touched by a grid; `grid_power_share` says what Blender's spread needs
    width, height = size_m
    if shape == "octa":
        radius = width / 2
        return 1.0 / (math.pi * (radius**2 + distance_m**2))
    x, y = width / 2 / distance_m, height / 2 / distance_m
    corner = x / math.hypot(1, x) * math.atan(y / math.hypot(1, x)) + y / math.hypot(1, y) * math.atan(x / math.hypot(1, y))
    return 4.0 * corner / (2.0 * math.pi) / (width * height)


def grid_power_share(grid_deg: float) -> float:
    """The share of its power that a gridded light lets out: what to give Blender, whose ``spread`` keeps the power instead.

    Cycles attenuates a direction at angle x from the axis by 1 - tan(x) / tan(a), with a half the spread, and divides by
    1 - a / tan(a) to keep the power (kernel/light/area.h), so the axis gains by the inverse of that.
    """
    half = math.radians(grid_deg) / 2
    return 1.0 - half / math.tan(half)


def white_xyz(kelvin: float) -> np.ndarray:
    """XYZ, Y = 1, of a black body: the cubic of Kim et al. 2002 (US patent 7024034), 1667 to 25000 K. Shape (3,)."""
    t = 1e3 / kelvin
    if kelvin < 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin < 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin < 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return np.array([x / y, 1.0, (1 - x - y) / y])


def light_rgb(kelvin: float, *, white_balance_k: float, gel: str | None = None) -> np.ndarray:
    """Linear Rec.709 colour of a light as a camera sees it that is balanced to ``white_balance_k``. Shape (3,), luminance 1.

    Light of the balance's own temperature is exactly neutral: chromatic adaptation by Bradford. A gel multiplies and then takes
    light away, as a filter does: its luminance is not made up for.
    """
    source, balance = white_xyz(kelvin), white_xyz(white_balance_k)
    gain = (_BRADFORD @ _D65_XYZ) / (_BRADFORD @ balance)
    rgb = _RGB_FROM_XYZ @ np.linalg.solve(_BRADFORD, gain * (_BRADFORD @ source))
    rgb = np.clip(rgb, 0.0, None)
    rgb = rgb / (rgb @ _LUMINANCE)
    return rgb if gel is None else rgb * linear_rgb(gel)


def linear_rgb(hex_colour: str) -> np.ndarray:
    """Linear Rec.709 of an sRGB colour written as #rrggbb. Shape (3,)."""
    encoded = np.array([int(hex_colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
