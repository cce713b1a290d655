"""Measures of a child's body from its size: between a published child of 92 cm and the adult regressions.

The regressions of `studio.garment.derive` are of adults. Below them stands the child of 92 cm of W. Aldrich's size chart for infants and
toddlers (Metric Pattern Cutting for Children's Wear and Babywear, fifth edition, as public grading tables quote it), above them the mean
of a man and a woman of 170 cm with a youth's girths. Between the two, lengths and widths go with stature, girths of the upper body with
the chest, those of the legs with the hips, all linearly: at 104 to 122 cm that meets another maker's published lengths to 1 cm (tests). No
body of a child is made from these numbers; patterns are.
"""

from __future__ import annotations

import math

from studio.garment.derive import BELOW_BUST_SLOPE, FRONT_SLOPE, PRIMARY, SHOULDER_SLOPE_DEG, adult_values
from studio.specs.sizes import SizeSpec

#: The published child [cm]: stature and girths, then measures by our names. Waist, hip and knee heights follow from its body rise (15.7),
#: inside leg, waist to hip (11.5) and waist to knee (32.0); its neck size is taken for the neck base.
_CHILD = {"stature": 92.0, "bust_girth": 54.0, "waist_girth": 51.0, "hip_girth": 54.0}
_CHILD_BY_STATURE = {
    "cervical_height": 74.6, "waist_height": 53.7, "hip_height": 42.2, "knee_height": 21.7, "inside_leg": 38.0, "back_waist_length": 23.0,
    "sleeve_length": 32.0, "shoulder_length": 7.0, "scye_depth": 12.6, "back_width": 22.0, "head_girth": 50.5,
    "shoulder_width": 22.3,  # two shoulders and the neck between them, its base over pi
}  # fmt: skip
_CHILD_BY_CHEST = {
    "neck_base_girth": 26.0, "upper_arm_girth": 18.0, "wrist_girth": 12.4,
    "underbust_girth": 52.9,  # chosen: 98 % of the chest, for a child's is a cylinder
}  # fmt: skip
#: Measures that the published child lacks, and what they are proportional to, as in adults.
_AS_ADULTS = {
    "neck_girth": "neck_base_girth", "thigh_girth": "hip_girth", "knee_girth": "hip_girth", "calf_girth": "hip_girth",
    "foot_length": "stature", "bust_point_distance": "bust_girth",
}  # fmt: skip

#: The youth at the other end: statures of men and women meet here; girths are the chart's own, continued.
_YOUTH = SizeSpec(stature_range_cm=(167, 173), stature_cm=170, bust_girth_cm=86.5, waist_girth_cm=73, hip_girth_cm=90)

#: What the straight lines may be off by [cm], beside how single children differ. Chosen.
_MODEL_CM = 1.0


def child_values(size: SizeSpec) -> dict[str, tuple[float, float]]:
    """Measures of the child that a size is made for, by name: value and standard deviation [cm]."""
    youth = _youth()
    values = {
        "stature": (size.stature_cm, 0.0), "bust_girth": (size.bust_girth_cm, 0.0),
        "waist_girth": (size.waist_girth_cm, 0.0), "hip_girth": (size.hip_girth_cm, 0.0),
    }  # fmt: skip
    for table, leader in ((_CHILD_BY_STATURE, "stature"), (_CHILD_BY_CHEST, "bust_girth")):
        grown = (values[leader][0] - _CHILD[leader]) / (youth[leader][0] - _CHILD[leader])
        for name, small in table.items():
            values[name] = _spread(name, small + grown * (youth[name][0] - small), youth)
    for name, like in _AS_ADULTS.items():
        values[name] = _spread(name, values[like][0] * youth[name][0] / youth[like][0], youth)
    return values | {name: _spread(name, value, youth) for name, value in _composed(values, youth).items()}


def _composed(values: dict[str, tuple[float, float]], youth: dict[str, tuple[float, float]]) -> dict[str, float]:
    """Measures over the front of the trunk, as they are composed for adults [cm]; the chest level lies where it does in them."""
    at = {name: value for name, (value, _) in values.items()}
    adult = {name: value for name, (value, _) in youth.items()}
    chest_share = adult["neck_to_bust_point"] / FRONT_SLOPE / (adult["cervical_height"] - adult["waist_height"])
    trunk = at["cervical_height"] - at["waist_height"]
    to_chest = chest_share * trunk
    return {
        "shoulder_drop": at["shoulder_length"] * math.sin(math.radians(SHOULDER_SLOPE_DEG)),
        "neck_to_bust_point": to_chest * FRONT_SLOPE,
        "front_waist_length": to_chest * FRONT_SLOPE + (trunk - to_chest) * BELOW_BUST_SLOPE,
        "crotch_length": 2 * (at["waist_height"] - at["inside_leg"]) + 0.15 * at["hip_girth"],
    }


def _youth() -> dict[str, tuple[float, float]]:
    """The mean of a woman and a man of the youth's stature and girths."""
    woman, man = adult_values("women", _YOUTH), adult_values("men", _YOUTH)
    return {name: ((woman[name][0] + man[name][0]) / 2, (woman[name][1] + man[name][1]) / 2) for name in woman}


def _spread(name: str, value: float, youth: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """A value with its deviation: children differ in proportion to adults, and the line is a model."""
    adult, spread = youth[name]
    return value, math.hypot(spread * value / adult, _MODEL_CM) if name not in PRIMARY else 0.0
