"""Article numbers: what may stand in a file name, and which of them carry a check digit."""

from __future__ import annotations

import re

from studio.errors import StudioError
from studio.specs.channel import ArticleKind

#: What an article number may be made of, so that it can stand in a file name on every system.
ARTICLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: GTIN-8, -12, -13 and -14 (GS1 General Specifications, section 1.3).
GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
#: An Amazon Standard Identification Number: ten letters and digits; that of a book is its ISBN-10.
_ASIN = re.compile(r"B[0-9A-Z]{9}|[0-9]{9}[0-9X]")

_WORDS: dict[ArticleKind, str] = {"any": "any number", "gtin": "a GTIN of 8, 12, 13 or 14 digits", "asin": "an ASIN"}


def gtin_check_digit(digits: str) -> int:
    """The check digit that follows ``digits``: modulo 10, weights 3 and 1 by turns from the right (GS1 General Specifications, 7.9.1)."""
    total = sum(int(digit) * (1 if index % 2 else 3) for index, digit in enumerate(reversed(digits)))
    return -total % 10


def gtin_of(article: str) -> str | None:
    """The article number if it is a GTIN whose check digit holds, else None."""
    return article if GTIN.fullmatch(article) and gtin_check_digit(article[:-1]) == int(article[-1]) else None


def article_fault(article: str, kinds: tuple[ArticleKind, ...]) -> str | None:
    """What is wrong with an article number on a channel that takes ``kinds``, as the end of a sentence; None where nothing is.

    Digits in the number of a GTIN are one: a wrong digit costs more than a number of one's own that is given a letter in front.
    """
    if "asin" in kinds and _ASIN.fullmatch(article):
        return None
    if GTIN.fullmatch(article):
        expected = gtin_check_digit(article[:-1])
        if int(article[-1]) == expected:
            return None if {"any", "gtin"} & set(kinds) else f"is not {_wanted(kinds)}"
        return f"has {len(article)} digits as a GTIN has, and its check digit should be {expected}"
    return None if "any" in kinds else f"is not {_wanted(kinds)}"


def check_article(article: str, kinds: tuple[ArticleKind, ...], *, channel: str) -> None:
    """Raises StudioError for a number that cannot stand in a file name, or that the channel does not take."""
    if not ARTICLE.fullmatch(article):
        raise StudioError(f"'{article}' cannot stand in a file name: give --article with letters, digits, '.', '_' and '-'.")
    fault = article_fault(article, kinds)
    if fault is None:
        return
    if GTIN.fullmatch(article) and "any" in kinds:
        raise StudioError(f"The article {article} {fault}: correct it, or put a letter before a number of your own.")
    raise StudioError(f"The article '{article}' {fault}, and {channel} names files by {_wanted(kinds)}: give --article.")


def _wanted(kinds: tuple[ArticleKind, ...]) -> str:
    return " or ".join(_WORDS[kind] for kind in kinds)
