"""The fabric library against published numbers, and fabrics that are estimated from little."""

from __future__ import annotations

import itertools
import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.garment.catalog import fabric_names, load_fabric
from studio.garment.fabric_prior import (
    COLOURWAYS,
    estimate_fabric,
    estimate_name,
    estimate_named,
    fabric_from,
    load_fabric_file,
)
from studio.specs.fabric import GRAVITY, WOVENS, Construction, FabricMechanics, Hand

#: Feng et al. 2022: warp rigidity [uN.m], median of classes of areal weight [g/m2].
SURVEY_MEDIANS = {(80, 120): 5.8, (120, 160): 11.9, (160, 220): 18.1, (220, 300): 19.7, (300, 500): 47.6}
#: Its 5th and 95th percentile of bending length [cm], of warp and of weft.
SURVEY_LENGTH_CM = {"warp": (1.06, 3.29), "weft": (1.00, 2.70)}
SURVEY_EXTREMES_CM = (0.69, 3.92)
HANDS, CONSTRUCTIONS = get_args(Hand), get_args(Construction)


def length_cm(mechanics: FabricMechanics, direction: str) -> float:
    rigidity = getattr(mechanics, f"bending_{direction}_n_m")
    return 100 * (rigidity / (mechanics.areal_weight_g_m2 / 1000 * GRAVITY)) ** (1 / 3)


# --- the library ---------------------------------------------------------------------------------------------------------------


def test_the_library_has_the_cloths_that_clothes_are_made_of():
    known = set(fabric_names())
    assert len(known) >= 20
    assert {
        "cotton-jersey", "rib-knit", "ponte-roma", "swim-knit", "sweat-fleece", "polyester-fleece", "cotton-poplin", "cotton-broadcloth",
        "linen", "viscose-challis", "silk-charmeuse", "polyester-faille", "polyester-lining", "cotton-twill", "cotton-canvas", "denim",
        "stretch-denim", "wool-tropical", "wool-coating", "sheep-leather",
    } <= known  # fmt: skip
    assert {load_fabric(name).appearance.construction for name in known} == set(CONSTRUCTIONS)


@pytest.mark.parametrize("name", fabric_names())
def test_every_estimate_is_owned_up_to_with_its_uncertainty(name):
    fabric = load_fabric(name)
    assert set(fabric.uncertainty) == set(fabric.estimated)
    assert fabric.estimates.strip().endswith(".")
    assert fabric.appearance.colourways


@pytest.mark.parametrize("name", fabric_names())
def test_bending_is_plausible_among_real_fabrics(name):
    mechanics, measured = load_fabric(name).mechanics, set(load_fabric(name).measured)
    for direction, (low, high) in SURVEY_LENGTH_CM.items():
        if f"bending_{direction}_n_m" in measured:  # what is measured may be unusual; what is estimated may not
            low, high = SURVEY_EXTREMES_CM
        assert 0.95 * low < length_cm(mechanics, direction) < 1.05 * high
    assert 0.1 < mechanics.areal_weight_g_m2 / 1000 / mechanics.thickness_mm < 0.75  # bulk density [g/cm3]


#: Published numbers, in the units they were published in.
GF_CM2_PER_CM = 98.0665e-6


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("cotton-broadcloth", "bending_warp_n_m", 0.118 * GF_CM2_PER_CM), ("cotton-broadcloth", "drape_percent", 82.9),
        ("polyester-faille", "bending_warp_n_m", 0.019 * GF_CM2_PER_CM), ("polyester-faille", "drape_percent", 28.3),
        ("wool-tropical", "bending_warp_n_m", 0.067 * GF_CM2_PER_CM),
        ("rib-knit", "stretch_warp_n_m", 2 * 65.166), ("rib-knit", "stretch_weft_n_m", 2 * 42.871), ("rib-knit", "shear_n_m", 2 * 83.176),
        ("swim-knit", "stretch_warp_n_m", 2 * 104.615), ("swim-knit", "areal_weight_g_m2", 204),
        ("cotton-jersey", "stretch_weft_n_m", 2 * 16.594), ("cotton-jersey", "bending_weft_n_m", 14.268e-6),
        ("stretch-denim", "stretch_weft_n_m", 2 * 205.352), ("cotton-twill", "bending_warp_n_m", 125.41e-6),
        ("polyester-lining", "stretch_weft_n_m", 2 * 43.068), ("polyester-fleece", "bending_warp_n_m", 117.07e-6),
        ("denim", "stretch_warp_n_m", 9.029e6 * 0.66e-3), ("denim", "shear_n_m", 2.448e6 * 0.66e-3),
        ("cotton-canvas", "stretch_warp_n_m", 19.804e6 * 0.53e-3), ("cotton-canvas", "stretch_weft_n_m", 5.366e6 * 0.53e-3),
        ("wool-coating", "stretch_weft_n_m", 2.29e6 * 1.28e-3), ("silk-charmeuse", "stretch_warp_n_m", 9.942e6 * 0.18e-3),
        ("cotton-poplin", "stretch_warp_n_m", 25.004e6 * 0.18e-3),
    ],
)  # fmt: skip
def test_measured_values_are_the_published_ones(name, field, value):
    fabric = load_fabric(name)
    assert field in fabric.measured
    assert getattr(fabric.mechanics, field) == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize("name", fabric_names())
def test_the_stiffer_direction_of_wovens_is_the_warp_where_that_was_measured(name):
    fabric = load_fabric(name)
    if {"stretch_warp_n_m", "stretch_weft_n_m"} <= set(fabric.measured):
        assert fabric.mechanics.stretch_warp_n_m > 0.95 * fabric.mechanics.stretch_weft_n_m


@pytest.mark.parametrize("name", ["silk-charmeuse", "wool-tropical", "wool-coating", "denim", "sheep-leather"])
def test_the_bending_length_fits_the_published_band_of_drape(name):
    """Drape of cloths by bending length, simulated without friction: 42 % at 1.5 cm, 59.8 at 2.0, 73.7 at 2.5, 79.1 at 3.0."""
    mechanics = load_fabric(name).mechanics
    low, high = mechanics.drape_band_percent
    drape = float(np.interp(mechanics.bending_length_cm, (1.0, 1.5, 2.0, 2.5, 3.0), (22.0, 42.0, 59.8, 73.7, 79.1)))
    assert low - 3 <= drape <= high + 3


def test_only_fabrics_with_a_published_drape_are_calibrated():
    """The factor mends what elastic cloth lacks; many times the measured rigidity would be another cloth."""
    for name in fabric_names():
        m = load_fabric(name).mechanics
        if m.drape_percent is None and m.drape_band_percent is None:
            assert m.drape_stiffness == 1
        assert 0.4 < m.drape_stiffness < 2.5, name
    for hand in HANDS:
        assert (
            estimate_fabric(200, hand).mechanics.drape_stiffness == 1
        )  # its bending is the survey's, whatever the library is calibrated to


# --- estimates -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("edges", "median"), SURVEY_MEDIANS.items())
def test_a_medium_cloth_bends_like_the_survey_s_median_of_its_weight(edges, median):
    weight = math.sqrt(edges[0] * edges[1])
    mechanics = estimate_fabric(weight, "medium").mechanics
    assert 1e6 * mechanics.bending_warp_n_m == pytest.approx(median, rel=0.35)


def test_soft_and_stiff_are_the_survey_s_tenth_and_ninetieth_percentile():
    soft, medium, stiff = (estimate_fabric(197, hand).mechanics for hand in HANDS)
    assert soft.bending_length_cm == pytest.approx(1.33, abs=0.08)  # of all weights: 1.33, 1.93 and 2.73 cm
    assert medium.bending_length_cm == pytest.approx(1.93, abs=0.08)
    assert stiff.bending_length_cm == pytest.approx(2.73, abs=0.08)


@given(weight=st.floats(15, 1490), hand=st.sampled_from(HANDS), construction=st.sampled_from(CONSTRUCTIONS))
@settings(max_examples=80, deadline=None)
def test_estimates_are_smooth_in_weight_and_everything_is_marked(weight, hand, construction):
    fabric, heavier = (estimate_fabric(each, hand, construction) for each in (weight, weight * 1.005))
    assert fabric.measured == ("areal_weight_g_m2",)
    assert set(fabric.uncertainty) == set(fabric.estimated)
    for field in FabricMechanics.model_fields:
        here, there = getattr(fabric.mechanics, field), getattr(heavier.mechanics, field)
        if here is not None:
            assert abs(math.log(there / here)) < 0.03, field  # no steps between classes of weight
    for direction in ("warp", "weft"):
        assert 0.5 < length_cm(fabric.mechanics, direction) < 4.0


@given(weight=st.floats(30, 700), construction=st.sampled_from(CONSTRUCTIONS))
@settings(max_examples=30, deadline=None)
def test_stiffer_hands_are_stiffer_and_heavier_cloth_is_too(weight, construction):
    soft, medium, stiff = (estimate_fabric(weight, hand, construction).mechanics for hand in HANDS)
    for field in ("bending_warp_n_m", "bending_weft_n_m"):
        assert getattr(soft, field) < getattr(medium, field) < getattr(stiff, field)
        assert getattr(medium, field) < getattr(estimate_fabric(weight * 1.2, "medium", construction).mechanics, field)


def test_membrane_stiffness_is_the_median_of_the_measured_fabrics_of_the_library():
    fields = ("stretch_warp_n_m", "stretch_weft_n_m", "shear_n_m")
    known = [load_fabric(name) for name in fabric_names()]
    known = [fabric for fabric in known if set(fields) <= set(fabric.measured)]
    for construction, kin in (
        ("interlock", [fabric for fabric in known if fabric.appearance.knit]),
        ("plain", [fabric for fabric in known if fabric.appearance.construction in WOVENS]),
    ):
        estimate = estimate_fabric(200, "medium", construction).mechanics
        for field in fields:
            assert getattr(estimate, field) == pytest.approx(np.median([getattr(each.mechanics, field) for each in kin]), rel=0.01)


def test_the_uncertainty_covers_two_of_three_measured_fabrics():
    """Each measured fabric of the library against the estimate that its weight, its hand and its construction give."""
    inside = []
    for fabric in map(load_fabric, fabric_names()):
        for field in ("bending_warp_n_m", "bending_weft_n_m"):
            if field in fabric.measured:
                guesses = [estimate_fabric(fabric.mechanics.areal_weight_g_m2, hand, fabric.appearance.construction) for hand in HANDS]
                off = [abs(math.log(getattr(guess.mechanics, field) / getattr(fabric.mechanics, field))) for guess in guesses]
                best = int(np.argmin(off))
                inside.append(off[best] < math.log(guesses[best].uncertainty[field]))
    assert len(inside) >= 15
    assert np.mean(inside) >= 0.68


def test_a_thickness_that_was_measured_stands():
    fabric = estimate_fabric(200, thickness_mm=0.77)
    assert fabric.mechanics.thickness_mm == 0.77
    assert set(fabric.measured) == {"areal_weight_g_m2", "thickness_mm"}


# --- files and names -----------------------------------------------------------------------------------------------------------


def test_a_file_with_weight_hand_construction_and_colour_is_a_fabric(tmp_path):
    path = tmp_path / "curtain.toml"
    path.write_text('areal_weight_g_m2 = 240\nhand = "stiff"\nconstruction = "twill"\ncolour = "#334455"\n[colourways]\nsky = "#99bbdd"\n')
    fabric = load_fabric_file(path)
    assert fabric.mechanics == estimate_fabric(240, "stiff", "twill").mechanics
    assert (fabric.colour(None), fabric.colour("sky")) == ("#334455", "#99bbdd")
    assert "stiff" in fabric.estimates


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('areal_weight_g_m2 = 240\nconstruction = "twill"', "the key 'colour' is missing"),
        ('areal_weight_g_m2 = 5\nconstruction = "twill"\ncolour = "#334455"', "'areal_weight_g_m2'"),
        ('areal_weight_g_m2 = 240\nhand = "limp"\nconstruction = "twill"\ncolour = "#334455"', "'soft', 'medium'"),
        ('areal_weight_g_m = 240', "missing|unknown key"),
        ('title = "x"\n[mechanics]\nareal_weight_g_m2 = 200', "missing"),
    ],
)  # fmt: skip
def test_wrong_files_get_one_sentence_with_the_file_s_name(tmp_path, text, message):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(StudioError, match=message) as caught:
        load_fabric_file(path)
    assert str(path) in str(caught.value)


def test_whole_and_sketched_fabrics_come_through_the_same_door():
    whole = load_fabric("denim")
    assert fabric_from(whole.model_dump(mode="json"), source="x") == whole


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("g200-soft", "g200-soft-interlock"), ("g200", "g200-medium-interlock"), ("g85.5-stiff", "g85.5-stiff-interlock"),
        ("g200-twill", "g200-medium-twill"), ("g160-soft-single-jersey", "g160-soft-single-jersey"),
        ("cotton-jersey", None), ("M", None), ("g-string", None), ("gabardine", None),
    ],
)  # fmt: skip
def test_an_estimate_has_a_name(text, full):
    assert estimate_name(text, construction="interlock") == full


def test_every_full_name_names_itself_and_its_fabric():
    for weight, hand, construction in itertools.product((80, 187, 320.5), HANDS, CONSTRUCTIONS):
        name = f"g{weight:g}-{hand}-{construction}"
        assert estimate_name(name) == name
        fabric = estimate_named(name)
        assert fabric.mechanics == estimate_fabric(weight, hand, construction).mechanics
        assert fabric.appearance.colourways == COLOURWAYS
    assert estimate_named("cotton-jersey") is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("g200-sof", "did you mean 'soft'"),
        ("g200-twil", "did you mean 'twill'"),
        ("g5000", "cloth has 15 to 1500"),
        ("g10", "cloth has 15 to 1500"),
    ],
)
def test_wrong_names_are_helped(text, hint):
    with pytest.raises(StudioError, match=hint):
        estimate_name(text)
