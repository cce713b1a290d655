"""The tone of a person's skin from a scan's colours, and the appearance preset that comes nearest to it.

A scan's colours are light as it came back, not albedo, so the estimate is coarse: good enough to choose a preset and to start from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from studio import library
from studio.specs.appearance import Skin, load_appearance

#: Melanin shares between whose rendered tones a scan's tone is looked up.
_STEPS = np.linspace(0.0, 1.0, 21)
#: A bust that is this much larger than the underbust is a woman's [m]: cup A of EN 13402-3 begins at 12 cm, men's chests lie at 5 to 10.
BUST_OVER_UNDERBUST_M = 0.115

Figure = Literal["female", "male"]

#: The fewest coloured points of face and hands that say anything.
_FEWEST = 200
#: Brightness percentiles between which skin is read: below are brows, beard, nostrils and shadow, above is shine.
_BAND = (40, 85)


@dataclass(frozen=True)
class Complexion:
    """An appearance preset by name, and the melanin share that was read from the scan; None where the scan has no usable colours."""

    appearance: str
    melanin: float | None


def complexion(colours: np.ndarray | None, bare: np.ndarray, *, figure: Figure) -> Complexion:
    """Choose an appearance for a scan among those that are proposed for the figure.

    colours: sRGB of the scan's points, shape (N, 3), uint8, or None. bare: Which points lie on the face or the hands, shape (N,), bool.
    """
    known = {name: load_appearance(name) for name in library.names("rigs", "appearance")}
    presets = {name: preset.skin.melanin for name, preset in known.items() if preset.figure == figure}
    if colours is None or bare.sum() < _FEWEST:
        return Complexion(min(presets), None)
    melanin = melanin_of(colours[bare])
    return Complexion(min(presets, key=lambda name: (abs(presets[name] - melanin), name)), round(melanin, 3))


def melanin_of(colours: np.ndarray) -> float:
    """Melanin share 0 to 1 of skin colours in sRGB, shape (N, 3), uint8: the one whose rendered tone has the same typology angle.

    The individual typology angle orders skin by constitutive pigment: Del Bino and Bernerd, "Variations in skin colour and the biological
    consequences of ultraviolet radiation exposure", Br. J. Dermatol. 2013.
    """
    lab = _lab(_linear(colours))
    low, high = np.percentile(lab[:, 0], _BAND)
    angle = _typology_angle_deg(np.median(lab[(lab[:, 0] >= low) & (lab[:, 0] <= high)], axis=0)[None])[0]
    tones = _typology_angle_deg(_lab(np.array([Skin(melanin=float(share)).albedo for share in _STEPS])))
    return float(np.interp(-angle, -tones, _STEPS))


def _typology_angle_deg(lab: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(lab[:, 0] - 50.0, np.maximum(lab[:, 2], 1e-6)))


def _linear(colours: np.ndarray) -> np.ndarray:
    """Linear Rec.709 of sRGB colours (N, 3), uint8; IEC 61966-2-1."""
    value = colours / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear Rec.709 colours (N, 3), 0 to 1; CIE 15."""
    xyz = linear @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    ratio = xyz / np.array([0.95047, 1.0, 1.08883])
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * root[:, 1] - 16, 500 * (root[:, 0] - root[:, 1]), 200 * (root[:, 1] - root[:, 2])], axis=1)
