"""Measures of a chart's body: those that the chart gives, and the others by regression on stature, bust, waist and hip girth.

The regressions are ours, least squares on the public anthropometric survey ANSUR II (US Army, 2012: 1,986 women and 4,082 men, tape
measures), each secondary measure on stature, bust, waist and hip girth. ``uncertainty_m`` of a derived measure is the residual standard
deviation: that is how far one person of those four measures may be from the chart's body.
"""

from __future__ import annotations

import math
from typing import Literal

from studio.body.tape import CLAUSES, Measure, Measures
from studio.errors import StudioError, did_you_mean
from studio.specs.sizes import SizeChart, SizeSpec

#: The measures that every size of a chart gives.
PRIMARY = ("stature", "bust_girth", "waist_girth", "hip_girth")

#: name -> (constant, per stature, per bust, per waist, per hip; residual standard deviation), all cm.
Regression = tuple[float, float, float, float, float, float]

#: ANSUR II women. waist_height is ISO's waist, midway between the tenth rib and the iliac crest. upper_arm_flexed is the flexed biceps.
_WOMEN: dict[str, Regression] = {
    "neck_girth": (12.5971, 0.0278, 0.1005, 0.0471, 0.0223, 1.26),
    "neck_base_girth": (11.2599, 0.0718, 0.0935, 0.0285, 0.0281, 1.38),
    "biacromial": (8.8249, 0.1471, 0.0300, -0.0041, 0.0125, 1.48),
    "acromial_drop": (2.2311, 0.0437, -0.0518, 0.0112, 0.0063, 1.27),
    "shoulder_length": (3.0227, 0.0612, 0.0049, -0.0047, 0.0048, 0.94),
    "waist_height": (-13.9360, 0.7172, -0.0570, 0.0357, 0.0202, 1.73),
    "hip_height": (-13.1504, 0.6075, -0.0442, 0.0979, -0.0651, 2.43),
    "back_waist_length": (5.2423, 0.1871, 0.0107, 0.0378, -0.0198, 1.83),
    "scye_drop": (3.6975, 0.0632, -0.0218, 0.0337, 0.0082, 1.35),
    "upper_arm_flexed": (0.1617, -0.0192, 0.1004, 0.0464, 0.1961, 1.72),
    "wrist_girth": (3.0848, 0.0482, 0.0227, 0.0028, 0.0211, 0.57),
    "thigh_girth": (-3.3755, -0.0388, -0.0188, 0.0135, 0.7043, 1.89),
    "lower_thigh": (0.5584, 0.0076, -0.0122, -0.0199, 0.4029, 2.06),
    "calf_girth": (4.0925, 0.0291, 0.0325, -0.0362, 0.2794, 1.91),
    "inside_leg": (-15.0513, 0.6166, -0.0699, 0.0294, -0.0297, 2.30),
    "knee_height": (-10.1537, 0.3448, -0.0254, 0.0308, -0.0130, 1.39),
    "sleeve_length": (-5.4950, 0.3574, 0.0045, 0.0027, 0.0097, 1.79),
    "head_girth": (39.1896, 0.0741, 0.0077, -0.0035, 0.0434, 1.81),
    "foot_length": (1.0759, 0.1290, 0.0048, -0.0052, 0.0249, 0.84),
    "back_width": (9.7361, 0.0324, 0.1822, 0.0142, 0.0377, 2.28),
    "bust_height": (-9.1848, 0.8155, -0.0443, -0.0255, -0.0006, 2.16),
    "cervical_height": (-8.8994, 0.9115, -0.0166, 0.0195, -0.0006, 1.05),
}

#: ANSUR II men.
_MEN: dict[str, Regression] = {
    "neck_girth": (15.7882, -0.0050, 0.1759, 0.0308, 0.0327, 1.55),
    "neck_base_girth": (15.0060, 0.0331, 0.1693, 0.0229, 0.0251, 1.67),
    "biacromial": (9.1373, 0.1099, 0.1408, -0.0786, 0.0550, 1.39),
    "acromial_drop": (5.7269, 0.0194, -0.0212, -0.0226, 0.0284, 1.33),
    "shoulder_length": (2.8719, 0.0582, 0.0374, -0.0418, 0.0182, 0.94),
    "waist_height": (-14.8231, 0.7097, 0.0019, 0.0066, -0.0150, 1.92),
    "hip_height": (-15.6199, 0.6247, 0.0434, 0.0027, -0.0997, 2.78),
    "back_waist_length": (6.7149, 0.1837, 0.0339, 0.0079, 0.0096, 1.98),
    "scye_drop": (4.6556, 0.0482, 0.0282, 0.0067, 0.0204, 1.30),
    "upper_arm_flexed": (0.2579, -0.0401, 0.2948, -0.1265, 0.2285, 1.99),
    "wrist_girth": (3.5738, 0.0424, 0.0375, -0.0053, 0.0303, 0.63),
    "thigh_girth": (-3.0933, -0.0671, 0.0518, -0.0439, 0.7458, 1.89),
    "lower_thigh": (2.9571, 0.0035, 0.0400, -0.0081, 0.3324, 1.57),
    "calf_girth": (6.1886, -0.0026, 0.0936, -0.0358, 0.2643, 1.77),
    "inside_leg": (-16.3922, 0.6016, 0.0365, -0.0654, -0.0233, 2.31),
    "knee_height": (-11.4059, 0.3459, 0.0272, -0.0044, -0.0292, 1.55),
    "sleeve_length": (-4.8294, 0.3620, 0.0419, -0.0300, -0.0102, 1.83),
    "head_girth": (39.5825, 0.0506, 0.0517, -0.0218, 0.0544, 1.39),
    "foot_length": (1.2727, 0.1243, 0.0301, -0.0324, 0.0380, 0.88),
    "back_width": (12.2070, 0.0114, 0.3105, -0.0127, -0.0274, 2.54),
    "bust_height": (-10.4493, 0.7828, 0.0453, -0.0502, 0.0197, 1.80),
    "cervical_height": (-9.1667, 0.8987, 0.0176, 0.0258, -0.0121, 1.07),
}

#: The relaxed upper arm is about this share of the flexed biceps that ANSUR II measured. Chosen: 5 to 7 % is usual.
_RELAXED_UPPER_ARM = 0.94

#: Length along the back over height, C7 to armpit level: the upper back leans by about 20 degrees. Chosen.
_BACK_LEAN = 1.06

#: Slope of a shoulder line of usual blocks, degrees. Chosen: blocks use 20 to 24.
SHOULDER_SLOPE_DEG = 22.0

#: The knee girth over the kneecap, as a share of the lower thigh girth just above it. Chosen.
_KNEE_OF_LOWER_THIGH = 0.95

#: Surface length over height from the side neck point to the bust point, and on to the waist. Chosen: fits block tables to 1 cm.
FRONT_SLOPE, BELOW_BUST_SLOPE = 1.17, 1.05

#: Distance of the bust points as a share of the bust girth, and the excess of the bust over the underbust: rules of block drafting.
_BUST_POINT_SHARE = 0.205
_UNDERBUST_SHARE = {"women": 0.875, "men": 0.945}


def chart_measures(chart: SizeChart, size: SizeSpec) -> Measures:
    """All measures that blocks draft from, for the body of one size of a chart [m].

    What the chart gives itself stands; the rest is derived, for children by `studio.garment.childhood`. Raises StudioError where the chart
    gives a measure that there is not.
    """
    if chart.population == "kids":
        from studio.garment.childhood import child_values

        values = child_values(size)
    else:
        values = adult_values(chart.population, size)
    for name, value in size.further_cm.items():
        if name not in values:
            raise StudioError(f"The chart '{chart.title}' gives a measure '{name}', and there is none: {did_you_mean(name, values)}")
        values[name] = (value, 0.0)
    return Measures.of(
        *(Measure(name, value / 100, CLAUSES.get(name, ""), spread / 100) for name, (value, spread) in sorted(values.items()))
    )


def adult_values(population: Literal["women", "men"], size: SizeSpec) -> dict[str, tuple[float, float]]:
    """Measures of an adult body of that stature, bust, waist and hip girth, by name: value and residual standard deviation [cm]."""
    table = _WOMEN if population == "women" else _MEN
    primary = (size.stature_cm, size.bust_girth_cm, size.waist_girth_cm, size.hip_girth_cm)
    raw = {name: (sum(k * x for k, x in zip(row[1:5], primary, strict=True)) + row[0], row[5]) for name, row in table.items()}
    values = dict(zip(PRIMARY, ((value, 0.0) for value in primary), strict=True))
    values |= {name: pair for name, pair in raw.items() if name not in _INTERMEDIATE}
    return values | _composed(raw, size, population)


#: Survey measures that are only steps on the way to a measure of ours.
_INTERMEDIATE = {"biacromial", "acromial_drop", "scye_drop", "upper_arm_flexed", "lower_thigh", "bust_height"}


def _composed(raw: dict[str, tuple[float, float]], size: SizeSpec, population: Literal["women", "men"]) -> dict[str, tuple[float, float]]:
    """Measures that the survey did not take, from those it took."""
    half_breadth, drop = raw["biacromial"][0] / 2, raw["acromial_drop"][0]
    shoulder_width = 2 * math.hypot(half_breadth, drop)  # over the back neck point, down to each shoulder point
    shoulder_length = raw["shoulder_length"][0]
    to_bust = raw["cervical_height"][0] - raw["bust_height"][0]
    to_waist = raw["bust_height"][0] - raw["waist_height"][0]
    rise = raw["waist_height"][0] - raw["inside_leg"][0]
    return {
        "shoulder_width": (shoulder_width, raw["biacromial"][1]),
        "shoulder_drop": (shoulder_length * math.sin(math.radians(SHOULDER_SLOPE_DEG)), 1.0),
        "scye_depth": (raw["scye_drop"][0] * _BACK_LEAN, raw["scye_drop"][1]),
        "upper_arm_girth": (raw["upper_arm_flexed"][0] * _RELAXED_UPPER_ARM, raw["upper_arm_flexed"][1]),
        "knee_girth": (raw["lower_thigh"][0] * _KNEE_OF_LOWER_THIGH, raw["lower_thigh"][1]),
        "underbust_girth": (size.bust_girth_cm * _UNDERBUST_SHARE[population], 3.0),
        "bust_point_distance": (size.bust_girth_cm * _BUST_POINT_SHARE, 1.5),
        "neck_to_bust_point": (to_bust * FRONT_SLOPE, 1.5),
        "front_waist_length": (to_bust * FRONT_SLOPE + to_waist * BELOW_BUST_SLOPE, 2.0),
        "crotch_length": (2 * rise + 0.15 * size.hip_girth_cm, 3.0),  # down, through the crotch, up; the share is block practice
    }
