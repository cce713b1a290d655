"""Hair styles: each grows all its strands at once. The weights and distances in them were found by rendering and looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.shot.groom.comb import Comb
from studio.shot.groom.strands import stray
from studio.shot.groom.styles import coiled, drawn, hanging, short
from studio.shot.groom.styles.drawn import DRAWN, Drawn


@dataclass(frozen=True)
class Style:
    """How a style is grown. strands: How many hairs it wants. stray_m: How far stray hairs leave the others [m]. short: No longer than
    a finger's breadth or two, so that its hairline is fine.
    """

    grow: Callable[[Comb], np.ndarray | Drawn]
    strands: int
    stray_m: float
    short: bool = False


STYLES = {
    "buzz": Style(short.buzz, 110_000, 0.0, short=True),
    "fade": Style(short.fade, 80_000, 0.002, short=True),
    "crop": Style(short.crop, 44_000, 0.003, short=True),
    "pixie": Style(short.pixie, 36_000, 0.004, short=True),
    "bob": Style(hanging.bob, 28_000, 0.008),
    "lob": Style(hanging.lob, 28_000, 0.009),
    "fringe": Style(hanging.fringe, 28_000, 0.008),
    "long": Style(hanging.long, 28_000, 0.010),
    "waves": Style(coiled.waves, 28_000, 0.012),
    "curls": Style(coiled.curls, 28_000, 0.012),
    "afro": Style(coiled.afro, 36_000, 0.006),
    "ponytail": Style(drawn.ponytail, 26_000, 0.006),
    "half-up": Style(drawn.half_up, 28_000, 0.008),
    "bun": Style(drawn.bun, 26_000, 0.005),
    "braid": Style(drawn.braid, 26_000, 0.005),
}


def grow_style(comb: Comb) -> Drawn:
    """Grow the style that the hair asks for, with its stray hairs."""
    style = STYLES[comb.hair.style]
    grown = style.grow(comb)
    grown = grown if isinstance(grown, Drawn) else Drawn(grown)
    strands = grown.strands
    if comb.hair.style in ("ponytail", "bun", "braid"):
        loose = strands[:, :DRAWN].copy()
        stray(loose, share=comb.hair.flyaways, reach_m=style.stray_m, rng=comb.rng)
        blend = np.sin(np.linspace(0, np.pi, DRAWN))[None, :, None]  # both ends stay: the root, and the tie
        strands[:, :DRAWN] += (loose - strands[:, :DRAWN]) * blend
    else:
        stray(strands, share=comb.hair.flyaways, reach_m=style.stray_m, rng=comb.rng)
    return grown
