"""What the face of a sitting does: the appearance's own expression or an asked one, and lids that follow the eyes up and down."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from studio.shot.eyes import gaze_target
from studio.specs.appearance import AppearanceSpec
from studio.specs.expression import ExpressionSpec
from studio.specs.scene import Gaze

if TYPE_CHECKING:
    from studio.shot.head import Head

#: How far eyes look up or down when the body's eyeLookUp and eyeLookDown have moved the lids all the way [deg]: the upper lid goes along
#: with the eye (Malbouisson et al., IOVS 46, 2005: nearly degree by degree), and 3.7 mm of lid on a ball of 16 mm are 13 degrees.
_LIDS_DEG = 13.0
#: Of eyeWide that goes with eyeLookUp, which alone lifts the upper lid by 1.3 mm: with it, by those 3.7 mm.
_WIDE = 0.65


def expression_of(appearance: AppearanceSpec) -> ExpressionSpec:
    """The expression that an appearance has by itself. Slightly uneven, as smiles are."""
    smile, cheeks = appearance.expression.smile, appearance.expression.eyes
    actions = {
        "mouthSmileLeft": smile, "mouthSmileRight": 0.92 * smile, "mouthPressLeft": 0.3 * smile, "mouthPressRight": 0.3 * smile,
        "mouthDimpleLeft": 0.25 * smile, "mouthDimpleRight": 0.2 * smile, "cheekSquintLeft": cheeks, "cheekSquintRight": cheeks,
        "eyeSquintLeft": 0.4 * cheeks, "eyeSquintRight": 0.4 * cheeks,
    }  # fmt: skip
    return ExpressionSpec(actions=actions)


def with_lids(actions: Mapping[str, float], gaze: Gaze, head: Head) -> dict[str, float]:
    """Facial actions with lids that follow a gaze. Where it is the camera's, lids stay: one face serves all cameras of a sitting.

    Lids that are shut by ``eyeBlink`` stay shut.
    """
    if gaze in ("camera", "forward"):
        return dict(actions)
    target = gaze_target(gaze, head, None)
    wanted = target - head.eye_centres.mean(axis=0)
    up = math.degrees(math.atan2(wanted @ head.direction([0.0, 0.0, 1.0]), wanted @ head.direction([0.0, -1.0, 0.0])))
    amount = min(abs(up) / _LIDS_DEG, 1.0)
    follow = {"eyeLookUp": amount, "eyeWide": _WIDE * amount} if up > 0 else {"eyeLookDown": amount}
    followed = {
        f"{word}{side}": much * (1.0 - actions.get(f"eyeBlink{side}", 0.0)) for word, much in follow.items() for side in ("Left", "Right")
    }
    return {**actions, **{name: min(1.0, actions.get(name, 0.0) + more) for name, more in followed.items()}}
