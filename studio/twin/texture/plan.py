"""What becomes of every place of the skin: its own colour with the light taken out, the other side's, or one that fits in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.progress import Report, silent
from studio.specs.fit import Mode
from studio.twin.texture.bare import find_bare, likeness
from studio.twin.texture.canvas import Canvas
from studio.twin.texture.colour import smoothstep
from studio.twin.texture.gather import gather
from studio.twin.texture.light import Light, find_light, transfer
from studio.twin.texture.sight import Sight
from studio.twin.texture.spread import Weave

#: A vertex takes its own colour where the scan shows its texels, fading out over the rim of a hole.
_RIM = (0.1, 0.7)
#: The other side helps where one's own colour is taken less than this: half a mole in the rim of a hole must not meet half its image.
_LACKING = (0.3, 0.05)
#: The other side's tone against one's own, at most: more is not tone but another thing.
_TONE = (0.6, 1.7)
#: Share of its say that a colour which is not like skin has in what spreads into holes: a lip meets its hole, and does not fill a cheek.
_UNLIKE_SAY = 0.05
#: Grain of skin in shares of its luminance where the scan says nothing about it, and at most: the rest is edges.
_GRAIN, _MOST_GRAIN = 0.03, 0.06


@dataclass(frozen=True, eq=False)
class Plan:
    """Smooth fields on the vertices of a canvas, float32.

    gain: What the scan's colour is multiplied with, (V, 3). own: How far it is taken, (V,). mirrored: How far the colour of the other side
    is taken where one's own is not, (V,). mirrored_gain: What the other side's colour is multiplied with, (V, 3). fill: Colour where
    neither is, (V, 3). grain: Standard deviation of the skin's luminance, in shares, (V,). skin: How much like bare skin it is, (V,).
    light: What lit the scan.
    """

    gain: np.ndarray
    own: np.ndarray
    mirrored: np.ndarray
    mirrored_gain: np.ndarray
    fill: np.ndarray
    grain: np.ndarray
    skin: np.ndarray
    light: Light


def make_plan(canvas: Canvas, sight: Sight, *, mode: Mode, report: Report = silent) -> Plan:
    """Look at the whole scan coarsely, and decide.

    mode: How the twin was fitted; clothes are looked for harder under ``clothed``.
    """
    report("looking at the scan", 0.0)
    gathered, weave = gather(canvas, sight), Weave.of(canvas)
    report("light", 0.4)
    arrives = transfer(canvas, weave)
    light = find_light(
        canvas, gathered.colour, likeness(canvas, gathered.colour, gathered.cover, lit=True) * gathered.cover, arrives=arrives
    )
    bare = find_bare(canvas, weave, gathered, gathered.colour / light.shading, mode=mode)
    light = find_light(canvas, gathered.colour, bare.skin * gathered.cover, arrives=arrives)
    report("holes", 0.8)
    evened = gathered.colour / light.shading
    own = bare.keep * smoothstep(*_RIM, gathered.cover)
    mirrored, tone = _other_side(canvas, weave, own, evened)
    other = np.where(canvas.mirror >= 0, canvas.mirror, 0)
    known = own + (1 - own) * mirrored
    values = (own[:, None] * evened + ((1 - own) * mirrored)[:, None] * evened[other] * tone) / np.maximum(known, 1e-9)[:, None]
    say = own * (_UNLIKE_SAY + (1 - _UNLIKE_SAY) * bare.skin) + (1 - own) * mirrored * bare.skin[other]
    fill = np.maximum(weave.spread(values, say), 1e-3)
    grain = _grain(weave, gathered.grain, own * bare.skin)
    fields = (1 / light.shading, own, mirrored, tone / light.shading[other], fill, grain, bare.skin)
    return Plan(*(field.astype(np.float32) for field in fields), light)


def _other_side(canvas: Canvas, weave: Weave, own: np.ndarray, evened: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the other side helps, (V,), and its tone against one's own, (V, 3), found where both are seen."""
    paired = canvas.mirror >= 0
    other = np.where(paired, canvas.mirror, 0)
    helps = np.where(paired & (other != np.arange(len(own))), own[other], 0.0) * smoothstep(*_LACKING, own)
    ratio = np.log(np.maximum(evened, 1e-4) / np.maximum(evened[other], 1e-4))
    both = own * own[other] * paired
    if not (both > 0.5).any():
        return helps, np.ones_like(evened)
    ratio = np.clip(weave.smoothed(np.where((both > 0.5)[:, None], ratio, 0.0), 2), *np.log(_TONE))
    return helps, np.exp(np.clip(weave.spread(ratio, both**2), *np.log(_TONE)))


def _grain(weave: Weave, measured: np.ndarray, sure: np.ndarray) -> np.ndarray:
    if sure.sum() < 1:
        return np.full(len(measured), _GRAIN)
    value = np.minimum(measured, _MOST_GRAIN)
    return np.clip(weave.spread(value[:, None], sure)[:, 0], 0.0, _MOST_GRAIN)
