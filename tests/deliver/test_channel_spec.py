"""Channels as data: what contradicts itself is refused, and every authored channel says where its rules come from."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from studio.deliver.stage import channel_names, load_channel
from tests.deliver.floor import channel

AUTHORED = {"zalando", "amazon-main", "amazon-secondary", "google-merchant", "shopify", "instagram", "instagram-story", "print-a4"}


def test_every_authored_channel_names_its_source_and_the_day_it_was_read():
    assert set(channel_names()) == AUTHORED
    for name in AUTHORED:
        rules = load_channel(name)
        assert len(rules.source) > 10
        assert 2025 <= rules.read.year <= 2100
        assert rules.pictures is None or rules.pictures >= 1


def test_amazon_is_never_promised():
    for name in ("amazon-main", "amazon-secondary"):
        assert any("between you and Amazon" in remark for remark in load_channel(name).remarks)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": {"best_px": [90, 130], "least_px": [91, 10]}}, "less than what is accepted at least"),
        ({"size": {"best_px": [90, 130], "most_px": [90, 129]}}, "more than most_px"),
        ({"size": {"best_px": [1000, 1000], "most_megapixels": 0.9}}, "more than 0.9 megapixels"),
        ({"ratio": {"least": [1, 1], "most": [1, 1]}}, "not of the ratio"),
        ({"ratio": {"least": [2, 1], "most": [1, 1]}}, "wider than the most"),
        ({"fill": {"of": "height", "least": 0.9, "most": 0.8}}, "is more than the most"),
        ({"page": {"dpi": 300, "trim_mm": [210, 297]}}, "the page with its bleed is 2480x3508"),
        ({"formats": ["webp", "jpeg"]}, "the first format is the one that is delivered"),
        ({"formats": []}, "at least 1 item"),
        ({"name": "{article}"}, "needs {view} or {slot}"),
        ({"name": "{article}_{colour}_{view}"}, "unknown: \\['colour'\\]"),
        ({"name": "../{article}_{view}"}, "without slashes"),
        ({"name": "{view}{view}"}, "each of its fields once"),
        ({"name": "{article}.{slot}"}, "go together"),
        ({"slots": ["MAIN"]}, "go together"),
        ({"name": "{slot}", "slots": ["MAIN"], "most_pictures": 3}, "leave out most_pictures"),
        ({"may_touch": ["below"]}, "may_touch"),
        ({"bleed": 3}, "Extra inputs are not permitted"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(changes, sentence):
    channel()
    with pytest.raises(ValidationError, match=sentence):
        channel(**changes)


def test_a_page_knows_its_size_with_bleed():
    assert load_channel("print-a4").page.size_px == (2551, 3579)  # 216 x 303 mm at 300 dpi
