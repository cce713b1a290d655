"""How a twin looks beyond its shape: skin, eyes, hair. Presets live in rigs/appearance/*.toml."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from pydantic import Field

from studio import library
from studio.specs.base import Spec, load_spec
from studio.specs.quantity import Colour, Share

Iris = Literal["dark", "brown", "hazel", "green", "blue", "grey"]
HairStyle = Literal[
    "none", "buzz", "fade", "crop", "pixie", "bob", "lob", "fringe", "long", "waves", "curls", "afro", "ponytail", "half-up", "bun", "braid"
]


#: Albedo of skin with little, medium and much melanin, linear Rec.709 (fitted by eye, between the samples of Weyrich et al. 2006).
_TONES = ((0.760, 0.555, 0.450), (0.420, 0.250, 0.165), (0.104, 0.048, 0.028))
#: What a golden undertone does to the three channels, a rose one the other way round.
_GOLDEN = (0.0, 0.035, -0.10)


class Skin(Spec):
    """melanin: 0 palest to 1 deepest. undertone: -1 cool (rose) to 1 warm (golden). redness: blood in cheeks, knuckles, ears.
    freckles: how many. gloss: oil on the T-zone. stubble: shaved beard, 1 is three days old. age: years that lines and spots show; a
    twin made with an age brings its own. seed: of the mottling and of how lines run.
    """

    melanin: Share = 0.2
    undertone: float = Field(default=0.0, ge=-1, le=1)
    redness: Share = 0.5
    freckles: Share = 0.15
    gloss: Share = 0.4
    stubble: Share = 0.0
    age: float = Field(default=30.0, ge=18, le=95)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)

    @property
    def albedo(self) -> tuple[float, float, float]:
        """Colour of clean skin, linear Rec.709: log-interpolated between measured tones, leaning golden or rose."""
        at = 2 * self.melanin
        low, high = (_TONES[0], _TONES[1]) if at < 1 else (_TONES[1], _TONES[2])
        share = at if at < 1 else at - 1
        red, green, blue = (
            math.exp((1 - share) * math.log(a) + share * math.log(b)) * (1 + self.undertone * lean)
            for a, b, lean in zip(low, high, _GOLDEN, strict=True)
        )
        return red, green, blue


class Eyes(Spec):
    """iris: its colour. pupil: its diameter as a share of the iris."""

    iris: Iris = "brown"
    pupil: float = Field(default=0.34, ge=0.2, le=0.7)


class Brows(Spec):
    """density: number of hairs, 1 is a full adult brow. thickness: height of the brow, 1 is average."""

    density: float = Field(default=1.0, ge=0, le=2)
    thickness: float = Field(default=1.0, ge=0.4, le=2)


class Lashes(Spec):
    """length_mm: of the upper lashes. density: 1 is natural."""

    length_mm: float = Field(default=8.5, ge=3, le=14)
    density: float = Field(default=1.0, ge=0, le=2)


class Lips(Spec):
    """tint: a lipstick's colour, or none for the skin's own. strength: how much of it shows. gloss: 0 matt to 1 lacquer."""

    tint: Colour | None = None
    strength: Share = 0.5
    gloss: Share = 0.35


class Hair(Spec):
    """style and colour of the head hair.

    melanin, redness: As in Chiang et al. 2016: 0 white to 1 black, and the share of pheomelanin. dye: a colour instead. grey: Share of
    hairs that have turned white, the temples first.
    length_cm: How far the ends hang below the eyes (bob, lob, fringe, long, waves, curls, half-up); of the tail or plait (ponytail, braid);
    on top (buzz, fade, crop, pixie); of the stretched hair (afro). Without it what is usual for the style.
    part_cm: Where the parting lies, from the middle to the subject's left. curl: Class 1 (straight) to 8 (tightest coils) after de la
    Mettrie et al. 2007, for waves, curls, afro, ponytail and short hair; without it what is usual for the style.
    strands: How many hairs are grown; without it what the style wants. volume: Lift from the scalp. flyaways: Share of strands that
    stray. seed: Of the grooming.
    """

    style: HairStyle = "bob"
    melanin: Share = 0.75
    redness: Share = 0.3
    dye: Colour | None = None
    length_cm: float | None = Field(default=None, ge=0.2, le=90)
    part_cm: float = Field(default=1.5, ge=-6, le=6)
    curl: float | None = Field(default=None, ge=1, le=8)
    grey: Share = 0.0
    strands: int | None = Field(default=None, ge=0, le=200_000)
    volume: float = Field(default=1.0, ge=0, le=3)
    flyaways: Share = 0.012
    seed: int = Field(default=1, ge=0, le=2**31 - 1)


class Expression(Spec):
    """A face at rest reads as stern. smile: how far the corners of the mouth rise; eyes: how far the cheeks follow."""

    smile: Share = 0.25
    eyes: Share = 0.15


class AppearanceSpec(Spec):
    """What ``rigs/appearance/<name>.toml`` holds. figure: The bodies that it is proposed for; it can be asked for on any."""

    title: str
    figure: Literal["female", "male"]
    skin: Skin = Skin()
    eyes: Eyes = Eyes()
    brows: Brows = Brows()
    lashes: Lashes = Lashes()
    lips: Lips = Lips()
    hair: Hair = Hair()
    expression: Expression = Expression()


def load_appearance(name: str) -> AppearanceSpec:
    """An authored appearance by its name, or a file by its path. Raises StudioError for unknown names and invalid files."""
    if name.endswith(".toml"):
        return load_spec(AppearanceSpec, Path(name))
    return load_spec(AppearanceSpec, library.find(name, "rigs", "appearance", what="appearance"))
