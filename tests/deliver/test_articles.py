"""Article numbers: a GTIN carries a check digit, and one wrong digit is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.deliver.articles import article_fault, check_article, gtin_check_digit, gtin_of
from studio.errors import StudioError

#: GTIN-8, -12, -13 and -14 as they stand on goods and in GS1's own examples.
KNOWN = ["96385074", "036000291452", "4006381333931", "6291041500213", "10614141000415"]


@pytest.mark.parametrize("gtin", KNOWN)
def test_the_check_digit_is_that_of_known_numbers(gtin):
    assert gtin_check_digit(gtin[:-1]) == int(gtin[-1])
    assert gtin_of(gtin) == gtin


@given(st.sampled_from((7, 11, 12, 13)).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n)), st.data())
def test_any_one_wrong_digit_of_a_gtin_is_found(digits, data):
    gtin = digits + str(gtin_check_digit(digits))
    assert gtin_of(gtin) == gtin
    place = data.draw(st.integers(0, len(gtin) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != gtin[place]]))
    wrong = gtin[:place] + other + gtin[place + 1 :]
    assert gtin_of(wrong) is None
    assert "check digit" in article_fault(wrong, ("any",))


@pytest.mark.parametrize(
    ("article", "kinds", "fault"),
    [
        ("SKU-1", ("any",), None),
        ("SKU-1", ("gtin",), r"is not a GTIN"),
        ("4006381333931", ("any",), None),
        ("4006381333931", ("gtin", "asin"), None),
        ("4006381333931", ("asin",), r"is not an ASIN"),
        ("4006381333932", ("any",), r"13 digits as a GTIN has, and its check digit should be 1"),
        ("4006381333932", ("asin", "gtin"), r"check digit should be 1"),
        ("B0ABCDEFGH", ("asin",), None),
        ("080442957X", ("asin",), None),
        ("b0abcdefgh", ("asin",), r"is not an ASIN"),
        ("B0ABCDEFG", ("asin", "gtin"), r"is not an ASIN or a GTIN"),
        ("123456789", ("any",), None),  # nine digits are no GTIN
    ],
)
def test_a_channel_takes_the_articles_that_it_names(article, kinds, fault):
    import re

    found = article_fault(article, kinds)
    assert (found is None) == (fault is None), found
    assert fault is None or re.search(fault, found)


@pytest.mark.parametrize("article", ["../x", "a/b", "", ".hidden", "ä", "x" * 65])
def test_an_article_number_is_never_a_path(article):
    with pytest.raises(StudioError, match="cannot stand in a file name"):
        check_article(article, ("any",), channel="Test")


def test_a_wrong_check_digit_is_told_with_the_way_out():
    with pytest.raises(StudioError, match=r"4006381333932 has 13 digits.*correct it, or put a letter before a number of your own"):
        check_article("4006381333932", ("any",), channel="Test")
    with pytest.raises(StudioError, match=r"'anna' is not an ASIN or a GTIN.*and Test names files by an ASIN.*give --article"):
        check_article("anna", ("asin", "gtin"), channel="Test")
