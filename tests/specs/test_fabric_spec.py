"""Fabrics and charts that contradict themselves are refused in one sentence."""

from __future__ import annotations

import pytest

from studio.errors import StudioError
from studio.specs.base import validate
from studio.specs.fabric import FabricMechanics, FabricSpec
from studio.specs.sizes import SizeChart, SizeSpec

MECHANICS = {
    "areal_weight_g_m2": 200, "thickness_mm": 0.5, "bending_warp_n_m": 2e-5, "bending_weft_n_m": 1e-5, "stretch_warp_n_m": 3000,
    "stretch_weft_n_m": 2000, "shear_n_m": 200, "friction": 0.4, "wearable_stretch_percent": 5,
}  # fmt: skip
LOOKS = {"construction": "plain", "yarn_pitch_mm": 0.4, "roughness": 0.8, "sheen": 0.1, "colour": "#808080"}
FABRIC = {
    "title": "t", "fibres": {"cotton": 100}, "mechanics": MECHANICS, "appearance": LOOKS, "source": "s", "measured": ["friction"],
    "estimates": "e",
}  # fmt: skip


def test_what_is_not_measured_is_estimated_and_drape_is_neither():
    fabric = validate(FabricSpec, FABRIC, source="f")
    assert set(fabric.estimated) | set(fabric.measured) == {name for name in FabricMechanics.model_fields if not name.startswith("drape")}
    assert not set(fabric.estimated) & set(fabric.measured)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measured": ["weight"]}, "measured names 'weight', which is no mechanical property"),
        ({"measured": ["drape_percent"]}, "measured names 'drape_percent', and the mechanics do not give it"),
        ({"uncertainty": {"friction": 1.3}}, "'friction' is measured, and uncertainty is of estimates"),
        ({"uncertainty": {"hand": 1.3}}, "uncertainty names 'hand'"),
        ({"uncertainty": {"thickness_mm": 0.9}}, "greater than 1"),
        ({"mechanics": MECHANICS | {"drape_band_percent": [70, 40]}}, "gives the lower drape coefficient first"),
        ({"mechanics": MECHANICS | {"drape_stiffness": 0}}, "mechanics.drape_stiffness"),
        ({"mechanics": MECHANICS | {"drape_stiffness": -1.5}}, "mechanics.drape_stiffness"),
        ({"mechanics": MECHANICS | {"drape_stiffness": 40}}, "mechanics.drape_stiffness"),
        ({"mechanics": MECHANICS | {"drape_stiffness": "soft"}}, "mechanics.drape_stiffness"),
        ({"measured": ["drape_stiffness"]}, "drape_stiffness is calibrated"),
        ({"appearance": LOOKS | {"construction": "rib", "weft_colour": "#ffffff"}}, "weft_colour is said of woven cloth"),
        ({"appearance": LOOKS | {"construction": "herringbone"}}, "'plain', 'twill'"),
        ({"appearance": LOOKS | {"print": {"file": "../rose.png", "repeat_cm": [5, 5]}}}, "appearance.print.file"),
        ({"appearance": LOOKS | {"print": {"file": "/etc/rose.png", "repeat_cm": [5, 5]}}}, "appearance.print.file"),
        ({"appearance": LOOKS | {"print": {"file": "rose.svg", "repeat_cm": [5, 5]}}}, "appearance.print.file"),
        ({"appearance": LOOKS | {"print": {"file": "rose.png", "repeat_cm": [0, 5]}}}, "appearance.print.repeat_cm"),
    ],
)
def test_contradictions_of_fabrics_are_refused(change, message):
    with pytest.raises(StudioError, match=message) as caught:
        validate(FabricSpec, FABRIC | change, source="f")
    assert "\n" not in str(caught.value)


BODY = {"stature_cm": 120, "bust_girth_cm": 62, "waist_girth_cm": 56, "hip_girth_cm": 65}
SMALL = BODY | {"stature_range_cm": [117, 123]}


def chart(**sizes):
    return {"title": "t", "population": "kids", "source": "s", "sizes": sizes}


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"a": BODY}, "give bust_range_cm or stature_range_cm, one of the two"),
        ({"a": BODY | {"bust_range_cm": [60, 64], "stature_range_cm": [117, 123]}}, "one of the two"),
        ({"a": BODY | {"stature_range_cm": [121, 127]}}, "the stature 120 cm lies outside the size's own range 121 to 127"),
        ({"a": SMALL, "b": BODY | {"stature_range_cm": [118, 124]}}, "ends at 123 cm stature and the next starts at 118"),
        ({"a": SMALL, "b": BODY | {"bust_range_cm": [60, 64]}}, "some sizes go by bust and some by stature"),
        ({}, "the chart has no sizes"),
    ],
)
def test_contradictions_of_charts_are_refused(sizes, message):
    with pytest.raises(StudioError, match=message):
        validate(SizeChart, chart(**sizes), source="chart")


def test_a_chart_decides_by_its_own_primary_measure():
    by_stature = validate(SizeChart, chart(small=SMALL), source="c")
    assert by_stature.primary == "stature"
    assert (by_stature.size_for(117), by_stature.size_for(122.99), by_stature.size_for(123)) == ("small", "small", None)
    by_bust = validate(SizeChart, chart(small=BODY | {"bust_range_cm": [60, 64]}), source="c")
    assert by_bust.primary == "bust_girth"
    assert (by_bust.size_for(62), by_bust.size_for(120)) == ("small", None)
    assert SizeSpec(**BODY, bust_range_cm=(60, 64)).own_cm == 62
