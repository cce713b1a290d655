"""How names and numbers are written for people."""

from __future__ import annotations

import math


def words(name: str) -> str:
    """The name of a measure as it is said: ``bust_girth`` is "bust girth"."""
    return name.replace("_", " ")


def cm(value: float, *, signed: bool = False) -> str:
    """A measure or its change, to a millimetre, a dash where there is none; never a sign before a zero."""
    if not math.isfinite(value):
        return "–"
    tenths = round(value, 1) + 0.0
    return f"{tenths:+.1f}" if signed and tenths else f"{tenths:.1f}"


def said(value: object) -> str:
    """A recorded value as it is written for people."""
    return "–" if value is None else str(value)
