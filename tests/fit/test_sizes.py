"""Which size of a chart a body is told to take, and why."""

from __future__ import annotations

import pytest

from studio.errors import StudioError
from studio.fit.garments import asked_sizes
from studio.fit.sizes import LevelOffsets, chart_patterns, flat_girth_cm, interval_cm, made_for_cm, size_matrix, target_at
from studio.garment.catalog import draft, load_chart, load_garment, size_measures
from studio.specs.fitting import load_fitting

RULES = load_fitting()
#: Heights below the side neck point at which a tee is read [cm], and the measures there.
HEIGHTS = {"bust": -30.0, "waist": -44.0, "hip": -62.0}
#: What the tee's design says.
DESIGN = {"bust_girth": 12.0, "hip_girth": 8.0}
WOMEN = list(load_chart("women").sizes)


@pytest.fixture(scope="module")
def tees():
    return chart_patterns("tee", "women")


def levels(bust, waist, hip):
    girths = {"bust": bust, "waist": waist, "hip": hip}
    return [LevelOffsets(name, f"{name}_girth", girths[name], {"front": y, "back": y}) for name, y in HEIGHTS.items()]


def matrix(patterns, bust, waist, hip, *, limit=0.2):
    return size_matrix(
        patterns, levels(bust, waist, hip), limit=limit, rules=RULES,
        target_of=lambda size, measure, flat_cm: target_at(flat_cm, measure, chart="women", size=size, eases=DESIGN),
    )  # fmt: skip


def girths(size):
    own = size_measures(size, chart="women")
    return [own.cm(f"{name}_girth") for name in HEIGHTS]


def test_a_pattern_has_at_a_level_what_a_ruler_finds():
    tee = draft(load_garment("tee"), size="M")
    chest = dict(tee.notes)["chest_half"]
    below = {"front": -26.0, "back": -26.0}
    assert flat_girth_cm(tee, below) == pytest.approx(2 * chest, abs=1.0)  # at the armhole, before the waist is taken in
    assert flat_girth_cm(tee, {"front": -62.0, "back": -62.0}) == pytest.approx(
        size_measures("M", chart="women").cm("hip_girth") + 8, abs=0.3
    )
    assert flat_girth_cm(tee, {"bib": -10.0}) is None
    assert flat_girth_cm(tee, {}) is None


@pytest.mark.parametrize("size", WOMEN)
def test_the_body_that_a_size_is_drafted_for_is_told_to_take_it_and_its_neighbour_next(tees, size):
    found = matrix(tees, *girths(size))
    at = WOMEN.index(size)
    assert found.best == size
    assert found.second in WOMEN[max(at - 1, 0) : at + 2]
    assert found.why.startswith(f"{size} comes nearest: it is made for a body like this one")
    words = {row.size: row.word for row in found.sizes}
    assert words[size] == "good"
    assert all(words[smaller] in ("tight", "too tight") for smaller in WOMEN[:at])
    assert all(words[larger] in ("loose", "too loose") for larger in WOMEN[at + 1 :])


def test_ease_falls_by_what_the_body_grows(tees):
    one, other = matrix(tees, 94, 78, 102), matrix(tees, 97, 80, 102)
    for before, after in zip(one.sizes, other.sizes, strict=True):
        assert after.ease_cm["bust"] == pytest.approx(before.ease_cm["bust"] - 3)
        assert after.ease_cm["waist"] == pytest.approx(before.ease_cm["waist"] - 2)
        assert after.ease_cm["hip"] == pytest.approx(before.ease_cm["hip"])


def test_the_worst_dimension_governs(tees):
    """A bust of M over hips of XL: L is off by one size at the bust and at the hip, M and XL by two at one of them."""
    bust, waist, _ = girths("M")
    found = matrix(tees, bust, waist, girths("XL")[2])
    assert found.best == "L"
    assert "at its worst, the" in found.why


def test_sizes_whose_cloth_would_have_to_stretch_too_far_are_not_told(tees):
    found = matrix(tees, 112, 90, 108, limit=0.02)
    refused = [row.size for row in found.sizes if not row.goes_on]
    assert refused == ["XS", "S", "M"]  # 90, 98 and 106 cm of tee for 112 cm of bust
    assert found.sizes[0].needed == pytest.approx(-found.sizes[0].ease_cm["bust"] / (112 + found.sizes[0].ease_cm["bust"]))
    assert found.best not in refused
    none = matrix(tees, 200, 190, 200, limit=0.02)
    assert (none.best, none.second) == ("", "")
    assert none.why.startswith("No size goes on this body")


def test_a_body_beyond_the_chart_is_told_so(tees):
    found = matrix(tees, 140, 124, 145)
    assert found.best == "XXL"
    assert found.why.startswith("No size is made for this body. XXL comes nearest")


def test_a_size_that_cannot_be_drafted_says_why_and_sizes_without_a_chart_are_told_in_order():
    patterns = {"S": "the armhole does not fit", "M": draft(load_garment("tee"), size="M"), "L": draft(load_garment("tee"), size="L")}
    found = size_matrix(patterns, levels(94, 78, 102), target_of=lambda *_: None, limit=0.2, rules=RULES)
    assert found.sizes[0].refused == "the armhole does not fit"
    assert (found.best, found.second) == ("M", "L")
    assert "first that goes on" in found.why


def test_targets_are_the_ease_on_the_body_of_the_size():
    target = target_at(107.0, "bust_girth", chart="women", size="M", eases=DESIGN)
    assert (target.ease_cm, target.interval_cm, target.made_for_cm, target.spread_cm) == (12.0, 8.0, 94.0, 0.0)
    assert target_at(107.0, "bust_girth", chart="women", size="M", eases={}).ease_cm == 13.0  # where the design is silent
    between = target_at(106.0, "high_hip_girth", chart="women", size="M", eases=DESIGN)
    assert between.made_for_cm == (78.0 + 102.0) / 2
    assert target_at(20.0, "nose_girth", chart="women", size="M", eases=DESIGN) is None
    assert made_for_cm("upper_arm_girth", chart="women", size="M")[1] > 1.0  # a chart that does not say has people of all arms
    assert interval_cm("bust_girth", chart="women", size="XS") == 8.0
    assert interval_cm("bust_girth", chart="women", size="L") == pytest.approx((113 - 94) / 2)


@pytest.mark.parametrize(
    ("text", "found"), [("all", ("XS", "S", "M")), ("S", ("S",)), (" M , XS", ("M", "XS")), ("S,S", ("S",))]
)  # fmt: skip
def test_sizes_are_asked_for_by_name_or_all(text, found):
    assert asked_sizes(text, ["XS", "S", "M"]) == found


@pytest.mark.parametrize(("text", "said"), [("XM", "no size 'XM': did you mean"), (",", "names no size"), ("", "names no size")])
def test_unknown_sizes_are_refused(text, said):
    with pytest.raises(StudioError, match=said):
        asked_sizes(text, ["XS", "S", "M"])
