"""File names follow the channel's grammar, and are read back as they were put together."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from studio.deliver.naming import ReadName, name_files, read_name
from studio.deliver.stage import load_channel
from studio.errors import StudioError
from studio.store import Ref
from tests.deliver.floor import channel

ASIN = "B0ABCDEFGH"


def shots(*views, look="look/anna@1"):
    return [SimpleNamespace(ref=Ref("shot", f"anna-{view}", 1), facts={"look": look, "camera": view}) for view in views]


@pytest.mark.parametrize(
    ("name", "article", "views", "files"),
    [
        ("zalando", "SKU_1", ("front", "three-quarter"), ["SKU_1_front.jpg", "SKU_1_three-quarter.jpg"]),
        ("shopify", "4006381333931", ("three-quarter",), ["4006381333931-three-quarter.jpg"]),
        ("amazon-main", ASIN, ("front",), [f"{ASIN}.MAIN.jpg"]),
        ("amazon-secondary", ASIN, ("back", "side", "portrait"), [f"{ASIN}.PT01.jpg", f"{ASIN}.PT02.jpg", f"{ASIN}.PT03.jpg"]),
        ("zalando", None, ("front",), ["anna_front.jpg"]),
    ],
)
def test_files_are_named_as_the_channel_wants_and_read_back(name, article, views, files):
    rules = load_channel(name)
    named = name_files(shots(*views), rules, article)
    assert [each.file for each in named] == files
    for each, view in zip(named, views, strict=True):
        said = read_name(each.file.removesuffix(rules.suffix), rules)
        assert said == ReadName(each.article, view if "{view}" in rules.name else None, each.slot)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("amazon-main", ASIN),
        ("amazon-main", f"{ASIN}.PT01"),
        ("amazon-secondary", f"{ASIN}.PT09"),
        ("zalando", "front"),
        ("zalando", "a_Front"),
    ],
)
def test_names_of_another_grammar_are_not_read(name, stem):
    assert read_name(stem, load_channel(name)) is None


@pytest.mark.parametrize(
    ("name", "article", "views", "sentence"),
    [
        ("amazon-main", None, ("front",), r"'anna' is not an ASIN or a GTIN"),
        ("amazon-main", ASIN, ("back",), r"takes the view front, and shot/anna-back@1 is the view back"),
        ("amazon-main", ASIN, ("front", "front"), r"takes 1 picture of an article at most, and shot/anna-front@1 would be number 2"),
        ("amazon-secondary", ASIN, tuple(f"v{n}" for n in range(9)), r"takes 8 pictures of an article at most"),
        ("zalando", None, ("front", "front"), r"would both be named anna_front\.jpg"),
        ("zalando", "4006381333932", ("front",), r"check digit should be 1"),
    ],
)
def test_what_cannot_be_named_is_refused(name, article, views, sentence):
    with pytest.raises(StudioError, match=sentence):
        name_files(shots(*views), load_channel(name), article)


def test_slots_and_limits_count_for_each_article_of_a_call():
    rules = channel(name="{article}.{slot}", slots=["PT01", "PT02"])
    two = [*shots("front", "back", look="look/anna@1"), *shots("front", "back", look="look/berta@1")]
    assert [each.file for each in name_files(two, rules, None)] == ["anna.PT01.jpg", "anna.PT02.jpg", "berta.PT01.jpg", "berta.PT02.jpg"]
