"""Plain words for colours, for people who do not see the picture."""

from __future__ import annotations

import math

#: What shoppers call a colour, and a colour that everybody would call so, as sRGB hex. Chosen, after the colour names of clothing shops.
COLOUR_WORDS = {
    "white": "#ffffff", "off-white": "#f0ede6", "cream": "#ece3cd", "beige": "#d3c3a3", "sand": "#c2a984", "camel": "#b18553",
    "stone": "#b8a98c", "khaki": "#857a58", "olive": "#5a5b3c", "brown": "#5f4433", "dark brown": "#3a2a20", "rust": "#a4502f",
    "terracotta": "#b5654a", "orange": "#e07b2c", "coral": "#e0705c", "yellow": "#e8c72f", "mustard": "#c0932c", "red": "#b8242c",
    "dark red": "#7a1d27", "burgundy": "#5a1f2c", "pink": "#e3b6bd", "bright pink": "#d9487d", "lilac": "#b9a4cc", "purple": "#6a3f87",
    "navy": "#232d47", "dark blue": "#2c3b63", "blue": "#3f66a5", "slate": "#66707c", "light blue": "#a9c0dc", "turquoise": "#3f9fa5",
    "green": "#3f7d4f", "light green": "#a5c79a", "sage": "#8f9d88", "forest": "#35493d", "emerald": "#1f6a50", "light grey": "#c9cacc",
    "grey": "#929396", "dark grey": "#5c5d60", "charcoal": "#3b3d41", "black": "#1b1b1d",
}  # fmt: skip
#: A maker's word is kept up to this distance in CIE L*a*b*. Chosen: a pale blue that is sold as blue is called light blue.
_SAME_WORD = 25.0
#: The reference white of sRGB, D65 (IEC 61966-2-1), and the matrix to its CIE XYZ.
_WHITE = (0.9505, 1.0, 1.089)
_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def colour_word(hex_colour: str, *, name: str | None = None) -> str:
    """What a colour is called. ``name``: What its maker calls it, which is kept where it is a word for such a colour.

    >>> colour_word("#1f2a44"), colour_word("#8fa4c0", name="light"), colour_word("#8a9a84", name="sage")
    ('navy', 'light blue', 'sage')
    """
    own = _lab(hex_colour)
    said = (name or "").replace("-", " ")
    if said in COLOUR_WORDS and math.dist(_lab(COLOUR_WORDS[said]), own) <= _SAME_WORD:
        return said
    return min(COLOUR_WORDS, key=lambda word: math.dist(_lab(COLOUR_WORDS[word]), own))


def _lab(hex_colour: str) -> tuple[float, float, float]:
    """CIE L*a*b* (CIE 15:2004, 8.2.1.1) of an sRGB hex."""
    codes = [int(hex_colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [code / 12.92 if code <= 0.04045 else ((code + 0.055) / 1.055) ** 2.4 for code in codes]
    x, y, z = (_cube_root(sum(w * c for w, c in zip(row, linear, strict=True)) / white) for row, white in zip(_XYZ, _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube_root(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29
