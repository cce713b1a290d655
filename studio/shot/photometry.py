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


def balance_xyz(kelvin: float, *, tint: float = 0.0) -> np.ndarray:
    """XYZ, Y = 1, of the light that a camera calls white: a black body, moved off its locus by ``tint``. Shape (3,).

    A tint of 1 is a distance of 1/3000 in CIE 1960 u, v at right angles to the locus, positive below it, so that pictures turn magenta
    (kTintScale of the DNG SDK, the unit of raw converters).
    """
    if not tint:
        return white_xyz(kelvin)
    here, along = _uv(white_xyz(kelvin)), _uv(white_xyz(kelvin * 1.001)) - _uv(white_xyz(kelvin * 0.999))
    across = np.array([along[1], -along[0]]) / np.linalg.norm(along)
    across *= np.sign(across[1])  # towards green
    u, v = here + across * tint / 3000.0
    x, y = 3 * u / (2 * u - 8 * v + 4), 2 * v / (2 * u - 8 * v + 4)
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _uv(xyz: np.ndarray) -> np.ndarray:
    """CIE 1960 u, v of a colour."""
    x, y, z = xyz
    return np.array([4 * x, 6 * y]) / (x + 15 * y + 3 * z)


def balanced_rgb_from_xyz(white_balance_k: float, *, tint: float = 0.0) -> np.ndarray:
    """Linear Rec.709 from XYZ as a camera sees it that is balanced to a light: that light is neutral (Bradford). Shape (3, 3)."""
    gain = (_BRADFORD @ _D65_XYZ) / (_BRADFORD @ balance_xyz(white_balance_k, tint=tint))
    return _RGB_FROM_XYZ @ np.linalg.solve(_BRADFORD, gain[:, None] * _BRADFORD)


def balanced_rgb_from_rgb(white_balance_k: float, *, tint: float = 0.0) -> np.ndarray:
    """What such a camera makes of linear Rec.709 whose white is D65, as panoramas have it. Shape (3, 3)."""
    return balanced_rgb_from_xyz(white_balance_k, tint=tint) @ np.linalg.inv(_RGB_FROM_XYZ)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance of linear Rec.709, (..., 3) to (...)."""
    return rgb @ _LUMINANCE


def light_rgb(kelvin: float, *, white_balance_k: float, tint: float = 0.0, gel: str | None = None) -> np.ndarray:
    """Linear Rec.709 colour of a light as a camera sees it that is balanced to ``white_balance_k``. Shape (3,), luminance 1.

    Light of the balance's own temperature is exactly neutral. A gel multiplies and then takes light away, as a filter does: its
    luminance is not made up for.
    """
    rgb = of_luminance_one(balanced_rgb_from_xyz(white_balance_k, tint=tint) @ white_xyz(kelvin))
    return rgb if gel is None else rgb * linear_rgb(gel)


def of_luminance_one(rgb: np.ndarray) -> np.ndarray:
    """A colour, with what no display can show clipped, scaled to luminance 1. Shape (3,)."""
    rgb = np.clip(rgb, 0.0, None)
    return rgb / luminance(rgb)


def linear_rgb(hex_colour: str) -> np.ndarray:
    """Linear Rec.709 of an sRGB colour written as #rrggbb. Shape (3,)."""
    encoded = np.array([int(hex_colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
