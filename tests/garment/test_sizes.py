"""Size charts: ordered, without gaps, complete for every garment, and plausible against people and against other published charts."""

from __future__ import annotations

import csv
import itertools
import math

import numpy as np
import pytest

from studio.body.tape import Measures
from studio.errors import StudioError
from studio.garment.catalog import chart_names, garment_names, load_chart, load_garment, parse_wear, size_measures
from studio.garment.derive import PRIMARY, adult_values, chart_measures
from studio.specs.sizes import SizeSpec

CHARTS = chart_names()
ALL_SIZES = [(chart, size) for chart in CHARTS for size in load_chart(chart).sizes]
INCH = 2.54


def measures(chart: str, size: str) -> Measures:
    return size_measures(size, chart=chart)


def test_the_charts_are_there():
    assert {"women", "men", "us-misses", "kids"} <= set(CHARTS)
    assert list(load_chart("us-misses").sizes) == ["00", "0", "2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]
    assert list(load_chart("kids").sizes) == [str(stature) for stature in range(104, 165, 6)]


# --- order and choice ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_of_the_primary_measure_within_a_chart_has_exactly_one_size(chart):
    known = load_chart(chart)
    ordered = list(known.sizes.values())
    low, high = ordered[0].range_cm[0], ordered[-1].range_cm[1]
    for value in np.arange(low, high, 0.1):
        holding = [name for name, size in known.sizes.items() if size.range_cm[0] <= value < size.range_cm[1]]
        assert holding == [known.size_for(float(value))]
    assert known.size_for(math.nextafter(low, 0)) is None
    assert known.size_for(high) is None


@pytest.mark.parametrize("chart", CHARTS)
def test_the_body_that_a_size_is_made_for_gets_that_size(chart):
    known = load_chart(chart)
    for name in known.sizes:
        assert known.size_for(measures(chart, name).cm(known.primary)) == name


def test_adults_are_chosen_by_bust_and_children_by_stature():
    assert {chart: load_chart(chart).primary for chart in CHARTS} == {
        chart: "stature" if load_chart(chart).population == "kids" else "bust_girth" for chart in CHARTS
    }
    assert load_chart("kids").size_for(118.9) == "116"
    assert load_chart("us-misses").size_for(36.25 * INCH) == "8"


@pytest.mark.parametrize("chart", CHARTS)
def test_bodies_grow_with_their_size_in_every_measure_of_girth(chart):
    known = load_chart(chart)
    tables = [measures(chart, size) for size in known.sizes]
    girths = [each.name for each in tables[0] if each.name.endswith("_girth")]
    assert len(girths) >= 10
    for smaller, larger in itertools.pairwise(tables):
        for name in girths:
            assert smaller.cm(name) < larger.cm(name), name
        if known.primary == "stature":  # and children in every length
            for each in smaller:
                assert each.value_m < larger[each.name].value_m, each.name


@pytest.mark.parametrize(("chart", "size"), ALL_SIZES)
def test_levels_lie_one_above_the_other_and_girths_enclose_each_other(chart, size):
    body = measures(chart, size)
    levels = ("knee_height", "inside_leg", "hip_height", "waist_height", "cervical_height", "stature")
    assert all(body.cm(low) < body.cm(high) for low, high in itertools.pairwise(levels))
    inner = ("wrist_girth", "upper_arm_girth", "neck_girth", "neck_base_girth", "underbust_girth", "bust_girth")
    assert all(body.cm(small) < body.cm(large) for small, large in itertools.pairwise(inner))
    assert body.cm("knee_girth") < body.cm("thigh_girth") < body.cm("hip_girth")
    assert body.cm("neck_to_bust_point") < body.cm("front_waist_length")
    assert all(math.isfinite(each.value_m) and each.value_m > 0 and each.uncertainty_m >= 0 for each in body)


@pytest.mark.parametrize(("chart", "size"), ALL_SIZES)
def test_every_chart_has_every_measure_that_any_garment_is_drafted_from(chart, size):
    body = measures(chart, size)
    for garment in garment_names():
        assert [name for name in load_garment(garment).spec.measures if name not in body] == []
    assert {each.name for each in body} == {each.name for each in measures("women", "M")}


@pytest.mark.parametrize(("chart", "size"), [("us-misses", "8"), ("us-misses", "00"), ("kids", "116")])
def test_sizes_of_other_charts_are_worn_by_name(chart, size):
    wear = parse_wear(f"tee:{chart}-{size}")
    assert (wear.chart, wear.size) == (chart, size)


# --- what a chart gives itself -------------------------------------------------------------------------------------------------


def test_what_a_chart_gives_stands_and_what_it_misnames_is_helped():
    chart = load_chart("women")
    own = chart.sizes["M"].model_copy(update={"further_cm": {"wrist_girth": 17.5}})
    body = chart_measures(chart, own)
    assert body.cm("wrist_girth") == pytest.approx(17.5)
    assert body["wrist_girth"].uncertainty_m == 0
    with pytest.raises(StudioError, match="gives a measure 'wrist', and there is none"):
        chart_measures(chart, own.model_copy(update={"further_cm": {"wrist": 17.5}}))


#: ASTM D5585-11, misses, by size [in]: bust, underbust, curvy waist, straight waist, neck base.
MISSES = {
    "00": (31.125, 25.75, 23.875, 25.375, 13.25), "8": (36.25, 30.0, 28.0, 29.5, 14.625), "14": (40.375, 34.0, 32.5, 34.0, 15.5),
    "20": (46.0, 39.625, 39.0, 40.5, 16.375),
}  # fmt: skip


@pytest.mark.parametrize(("size", "inches"), MISSES.items())
def test_misses_are_the_standard_s(size, inches):
    body = measures("us-misses", size)
    bust, underbust, curvy, straight, neck_base = (INCH * each for each in inches)
    for name, value in (("bust_girth", bust), ("underbust_girth", underbust), ("neck_base_girth", neck_base)):
        assert body.cm(name) == pytest.approx(value, abs=0.06)
    assert body.cm("waist_girth") == pytest.approx((curvy + straight) / 2, abs=0.06)


@pytest.mark.parametrize("size", MISSES)
def test_what_we_would_have_derived_lies_within_three_deviations_of_what_the_standard_gives(size):
    """The standard's neck base and underbust do not go into the regressions: they check them."""
    derived, given = adult_values("women", load_chart("us-misses").sizes[size]), measures("us-misses", size)
    for name in ("underbust_girth", "neck_base_girth"):
        value, spread = derived[name]
        assert abs(value - given.cm(name)) < 3 * spread, name


# --- children against another maker's chart ------------------------------------------------------------------------------------

#: ottobredesign.com, preschoolers, by stature [cm]: back waist length, arm length, outside leg length (waist height), shoulder length.
#: None of these goes into ours.
PRESCHOOLERS = {
    104: (25.0, 36.0, 62.0, 8.8), 110: (26.5, 38.0, 66.0, 9.2), 116: (28.0, 40.0, 70.0, 9.6), 122: (29.5, 42.0, 74.0, 10.0),
}  # fmt: skip


@pytest.mark.parametrize(("stature", "published"), PRESCHOOLERS.items())
def test_children_s_lengths_are_another_maker_s_to_a_centimetre(stature, published):
    body = measures("kids", str(stature))
    for name, value in zip(("back_waist_length", "sleeve_length", "waist_height", "shoulder_length"), published, strict=True):
        assert body.cm(name) == pytest.approx(value, abs=1.0), name


def test_the_largest_child_is_nearly_a_small_adult():
    adult = SizeSpec(bust_range_cm=(80, 86), stature_cm=164, bust_girth_cm=83, waist_girth_cm=70.5, hip_girth_cm=86)
    child, woman, man = measures("kids", "164"), adult_values("women", adult), adult_values("men", adult)
    for each in child:
        if each.name not in PRIMARY:
            low, high = sorted((woman[each.name][0], man[each.name][0]))
            slack = 1.0 + 0.03 * high
            assert low - slack < each.cm < high + slack, each.name


# --- adults against people -----------------------------------------------------------------------------------------------------

_ANSUR = {
    "stature": "stature", "bust_girth": "chestcircumference", "waist_girth": "waistcircumference", "hip_girth": "buttockcircumference",
    "neck_girth": "neckcircumference", "wrist_girth": "wristcircumference", "thigh_girth": "thighcircumference",
    "calf_girth": "calfcircumference", "inside_leg": "crotchheight", "sleeve_length": "sleeveoutseam", "cervical_height": "cervicaleheight",
    "shoulder_length": "shoulderlength", "head_girth": "headcircumference", "foot_length": "footlength",
}  # fmt: skip


@pytest.fixture(scope="module")
def survey(request):
    shared_data = request.getfixturevalue("shared_data")
    people = {}
    for population, file in (("women", "FEMALE"), ("men", "MALE")):
        with (shared_data / "anthropometry" / f"ANSUR_II_{file}_Public.csv").open(encoding="latin-1", newline="") as handle:
            rows = list(csv.DictReader(handle))
        people[population] = {name: np.array([float(row[column]) for row in rows]) / 10 for name, column in _ANSUR.items()}
    return people


@pytest.mark.shared_data
@pytest.mark.parametrize("chart", [name for name in CHARTS if load_chart(name).population != "kids"])
def test_the_bodies_of_a_chart_are_people_s(survey, chart):
    """For every size that the survey has people near: what is derived for their mean body is their mean, to a centimetre and sampling."""
    population = load_chart(chart).population
    people, compared = survey[population], 0
    for size in load_chart(chart).sizes:
        body = measures(chart, size)
        near = np.ones(len(people["stature"]), dtype=bool)
        for name, reach in (("bust_girth", 3.0), ("waist_girth", 4.0), ("hip_girth", 4.0), ("stature", 6.0)):
            near &= np.abs(people[name] - body.cm(name)) < reach
        if near.sum() < 15:
            continue
        compared += 1
        middle = {f"{name}_cm": float(people[name][near].mean()) for name in PRIMARY}
        bust = middle["bust_girth_cm"]
        derived = adult_values(population, SizeSpec(bust_range_cm=(bust - 1, bust + 1), **middle))
        for name in set(_ANSUR) - set(PRIMARY):
            found = people[name][near]
            assert abs(found.mean() - derived[name][0]) < 1.0 + 3 * found.std() / math.sqrt(near.sum()), (size, name)
    assert compared >= 3


@pytest.mark.shared_data
def test_the_hips_of_misses_are_the_survey_s_for_their_stature_bust_and_waist(survey):
    women = survey["women"]
    design = np.stack([np.ones(len(women["stature"])), women["stature"], women["bust_girth"], women["waist_girth"]], axis=1)
    solution, *_ = np.linalg.lstsq(design, women["hip_girth"], rcond=None)
    for size in load_chart("us-misses").sizes:
        body = measures("us-misses", size)
        expected = solution @ [1, body.cm("stature"), body.cm("bust_girth"), body.cm("waist_girth")]
        assert body.cm("hip_girth") == pytest.approx(expected, abs=0.35)  # rounded to half a centimetre
