"""What colour each hair has: how strongly its inside absorbs light, by its own melanin, or as it was dyed.

Fibre model of Chiang et al. 2016 (A Practical and Controllable Hair and Fur Model for Production Path Tracing), whose absorption is per
fibre radius; concentrations and the colour's inversion are those of its implementation in Cycles.
"""

from __future__ import annotations

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.groom.scalp import Roots
from studio.shot.groom.strands import wander
from studio.shot.head import Head
from studio.shot.photometry import linear_rgb
from studio.specs.appearance import Hair

#: Absorption of a unit of eumelanin and of pheomelanin in R, G, B (d'Eon et al. 2011, as scaled in Cycles).
_EUMELANIN, _PHEOMELANIN = np.array([0.506, 0.841, 1.653]), np.array([0.343, 0.733, 1.924])
#: Of a hair without melanin: clear keratin, a trace yellow. By eye, against pictures of white hair.
_WHITE = np.array([0.030, 0.036, 0.052])
#: How hairs of one head, and its locks, differ in concentration, as shares of it. By eye.
_BY_HAIR, _BY_LOCK = 0.16, 0.12
#: Roughness around the fibre for which a dye's colour is inverted: that of the material.
_RADIAL_ROUGHNESS = 0.45


def absorption(hair: Hair, roots: Roots, head: Head, rng: np.random.Generator) -> np.ndarray:
    """Absorption of each hair in R, G, B, (N, 3). White hairs are those that turn first: grey begins at the temples."""
    count = len(roots)
    differs = np.exp(_BY_HAIR * rng.normal(size=count) + _BY_LOCK * wander(roots.points, 90, rng)[:, 0])
    base = of_dye(linear_rgb(hair.dye)) if hair.dye is not None else of_melanin(hair.melanin, hair.redness)
    coloured = base * differs[:, None]
    temple = smoothstep(0.07, 0.03, roots.points[:, 2]) * smoothstep(head.centre[1] + 0.02, head.centre[1] - 0.02, roots.points[:, 1])
    order = rng.random(count) - 0.35 * temple
    if hair.grey <= 0:
        return coloured
    white = order <= np.quantile(order, hair.grey)
    return np.where(white[:, None], _WHITE * differs[:, None], coloured)


def of_melanin(melanin: float, redness: float) -> np.ndarray:
    """Absorption of natural hair, (3,). melanin: 0 none to 1 black. redness: Share of pheomelanin."""
    concentration = -np.log(max(1.0 - melanin, 1e-4))
    return concentration * ((1 - redness) * _EUMELANIN + redness * _PHEOMELANIN) + _WHITE


def of_dye(rgb: np.ndarray) -> np.ndarray:
    """Absorption of hair that looks that colour in the mass, (3,): Chiang et al. 2016, equation 9. rgb: Linear."""
    b = _RADIAL_ROUGHNESS
    scatter = 5.969 * b**5 - 0.215 * b**4 + 2.532 * b**3 - 10.73 * b**2 + 5.574 * b + 0.245
    return (np.log(np.clip(rgb, 1e-4, 0.999)) / scatter) ** 2


def seen_between(hair: Hair) -> np.ndarray:
    """Linear colour of the dark between the hairs, (3,): light through a few fibres of the head's mean colour."""
    base = of_dye(linear_rgb(hair.dye)) if hair.dye is not None else of_melanin(hair.melanin, hair.redness)
    through = (1 - hair.grey) * np.exp(-1.6 * base) + hair.grey * np.exp(-1.6 * (_WHITE + 0.25))
    return 0.20 * through
