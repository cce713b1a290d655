"""The library: every authored file is valid, and names are helped."""

import math
from itertools import pairwise

import pytest

from studio import library
from studio.errors import StudioError
from studio.garment.catalog import (
    Wear,
    chart_names,
    draft,
    fabric_names,
    garment_names,
    load_chart,
    load_fabric,
    load_garment,
    parse_wear,
    size_measures,
)
from studio.garment.drawing import pattern_svg
from studio.specs.base import validate
from studio.specs.fabric import FabricSpec
from studio.specs.garment import TeeDesign
from studio.specs.sizes import SizeChart


def test_the_acceptance_garments_are_there():
    assert {"tee", "shift-dress", "straight-trousers", "a-line-skirt"} <= set(garment_names())


@pytest.mark.parametrize("name", garment_names())
def test_every_garment_file_is_valid(name):
    garment = load_garment(name)
    assert garment.spec.fabric in fabric_names()
    assert garment.spec.chart in chart_names()
    assert garment.spec.source
    sizes = load_chart(garment.spec.chart).sizes
    assert draft(garment, size=next(iter(sizes))).panels


@pytest.mark.parametrize("name", fabric_names())
def test_every_fabric_file_is_valid(name):
    fabric = load_fabric(name)
    if not fabric.measured:  # estimated throughout, and says so
        assert name in ("linen", "viscose-challis", "sweat-fleece")
        assert fabric.estimates.strip().startswith("All of it.")
    assert "et al" in fabric.source or any(year in fabric.source for year in ("2011", "2015", "2017", "2021", "2022"))
    assert fabric.estimates
    assert 0.76 < fabric.mechanics.bending_length_cm < 3.93  # all 618 fabrics of Feng et al. 2022 lie inside


def test_the_bending_length_follows_from_weight_and_rigidity():
    mechanics = load_fabric("cotton-jersey").mechanics
    c = mechanics.bending_length_cm / 100
    assert mechanics.areal_weight_g_m2 / 1000 * 9.80665 * c**3 == pytest.approx((23.2e-6 + 14.3e-6) / 2, rel=1e-9)
    along = mechanics.model_copy(update={"bending_weft_n_m": mechanics.bending_warp_n_m})
    assert along.bending_length_cm == pytest.approx(2.33, abs=0.01)  # as published, of the warp


def test_nothing_else_lies_in_the_folder():
    for path in library.folder("garments").rglob("*"):
        if path.is_file():
            assert path.suffix == ".toml", path


@pytest.mark.parametrize("name", chart_names())
def test_sizes_grow_and_their_measures_with_them(name):
    sizes = load_chart(name).sizes
    if name in ("women", "men"):
        assert list(sizes) == ["XS", "S", "M", "L", "XL", "XXL"]
    tables = [size_measures(size, chart=name) for size in sizes]
    for smaller, larger in pairwise(tables):
        for girth in ("bust_girth", "waist_girth", "hip_girth", "upper_arm_girth", "thigh_girth", "neck_base_girth", "wrist_girth"):
            assert smaller.cm(girth) < larger.cm(girth)
    for table in tables:
        assert table.cm("inside_leg") < table.cm("hip_height") < table.cm("waist_height") < table.cm("cervical_height")
        assert all(math.isfinite(m.value_m) and m.value_m > 0 for m in table)


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "file"), [("women", "FEMALE"), ("men", "MALE")])
def test_derived_measures_reproduce_the_survey_s_means(shared_data, name, file):
    """A regression passes through the means: the survey's mean person gets the survey's mean measures."""
    import csv

    from studio.garment.derive import chart_measures
    from studio.specs.sizes import SizeSpec

    with (shared_data / "anthropometry" / f"ANSUR_II_{file}_Public.csv").open(encoding="latin-1", newline="") as handle:
        rows = list(csv.DictReader(handle))

    def mean(column):
        return sum(float(row[column]) for row in rows) / len(rows) / 10

    bust = mean("chestcircumference")
    body = SizeSpec(bust_range_cm=(bust - 4, bust + 4), stature_cm=mean("stature"), bust_girth_cm=bust,
                    waist_girth_cm=mean("waistcircumference"), hip_girth_cm=mean("buttockcircumference"))  # fmt: skip
    measures = chart_measures(load_chart(name), body)
    for ours, column in (
        ("neck_base_girth", "neckcircumferencebase"), ("inside_leg", "crotchheight"), ("wrist_girth", "wristcircumference"),
        ("thigh_girth", "thighcircumference"), ("sleeve_length", "sleeveoutseam"), ("shoulder_length", "shoulderlength"),
        ("cervical_height", "cervicaleheight"), ("calf_girth", "calfcircumference"), ("head_girth", "headcircumference"),
    ):  # fmt: skip
        assert measures.cm(ours) == pytest.approx(mean(column), abs=0.1), ours


def test_letters_cover_the_girths_between_them():
    chart = load_chart("women")
    assert chart.size_for(89.9) == "S"
    assert chart.size_for(90) == "M"
    assert chart.size_for(140) is None


# --- what a wear option means -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wear"),
    [
        ("tee", Wear("tee", None, None, "cotton-jersey", None)),
        ("tee:made", Wear("tee", None, None, "cotton-jersey", None)),
        ("tee:made:denim/black", Wear("tee", None, None, "denim", "black")),
        ("tee:M", Wear("tee", "women", "M", "cotton-jersey", None)),
        ("tee:men-L", Wear("tee", "men", "L", "cotton-jersey", None)),
        ("tee:cotton-twill", Wear("tee", None, None, "cotton-twill", None)),
        ("tee/rust", Wear("tee", None, None, "cotton-jersey", "rust")),
        ("tee:M:cotton-jersey/navy", Wear("tee", "women", "M", "cotton-jersey", "navy")),
        ("a-line-skirt:XXL:silk-charmeuse", Wear("a-line-skirt", "women", "XXL", "silk-charmeuse", None)),
    ],
)
def test_wear_options_are_read(text, wear):
    assert parse_wear(text) == wear


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("te", "did you mean 'tee'?"),
        ("tee:N", "there is:"),
        ("tee:M:cotton-jersy", "did you mean 'cotton-jersey'?"),
        ("tee:cotton-jersy", "did you mean 'cotton-jersey'?"),
        ("tee:M:cotton-jersey/nvy", "did you mean 'navy'?"),
        ("tee/", "has no colour"),
        ("tee:M:cotton-jersey:large", "GARMENT[:SIZE][:FABRIC]"),
        ("tee:men-XXXL", "did you mean 'XXL'?"),
    ],
)
def test_wrong_wear_options_are_helped(text, hint):
    with pytest.raises(StudioError) as info:
        parse_wear(text)
    assert hint in str(info.value)
    assert "\n" not in str(info.value)


def test_a_draft_needs_a_body_or_a_size():
    tee = load_garment("tee")
    with pytest.raises(StudioError, match="give one of the two"):
        draft(tee)
    with pytest.raises(StudioError, match="has no size 'XM'"):
        draft(tee, size="XM")


# --- bad specs ----------------------------------------------------------------------------------------------------------------


def test_a_misspelt_design_parameter_is_helped():
    with pytest.raises(StudioError, match=r"unknown key 'bust_eas_cm': did you mean 'bust_ease_cm'\?"):
        validate(TeeDesign, {"bust_eas_cm": 3}, source="tee")


def test_fibres_must_sum_to_a_hundred():
    data = load_fabric("cotton-jersey").model_dump()
    data["fibres"] = {"cotton": 60}
    with pytest.raises(StudioError, match="60 % in all"):
        validate(FabricSpec, data, source="fabric")


def test_a_chart_with_a_gap_is_refused():
    data = load_chart("women").model_dump()
    data["sizes"]["M"]["bust_range_cm"] = (91, 98)
    with pytest.raises(StudioError, match="gap or overlap"):
        validate(SizeChart, data, source="chart")


def test_a_body_outside_its_own_size_is_refused():
    data = load_chart("women").model_dump()
    data["sizes"]["M"]["bust_girth_cm"] = 120
    with pytest.raises(StudioError, match="outside the size's own range 90 to 98"):
        validate(SizeChart, data, source="chart")


# --- drawing ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", garment_names())
def test_drawings_are_to_scale_and_number_every_edge(name):
    from xml.etree import ElementTree

    pattern = draft(load_garment(name), size="M")
    svg = ElementTree.fromstring(pattern_svg(pattern))
    width, height = (float(svg.attrib[key].removesuffix("cm")) for key in ("width", "height"))
    box = [float(number) for number in svg.attrib["viewBox"].split()]
    assert box == [0, 0, width, height]  # one user unit is a centimetre
    space = "{http://www.w3.org/2000/svg}"
    labels = [text.text for text in svg.iter(f"{space}text") if text.attrib.get("class") == "number"]
    edges = [edge for panel in pattern.panels for edge in panel.edges]
    assert labels == [f"{number} · {edge.length:.1f}" for number, edge in enumerate(edges, start=1)]
    assert len([path for path in svg.iter(f"{space}path") if path.attrib["class"].startswith("cut")]) == len(pattern.panels)
