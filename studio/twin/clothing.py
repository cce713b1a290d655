"""Whether a scan shows skin (or clothes as tight as skin) or clothes that stand off the body: for ``--mode auto``."""

from __future__ import annotations

import numpy as np

from studio.specs.fit import Mode
from studio.twin.correspond import scan_to_body
from studio.twin.kinematics import FitBody
from studio.twin.target import ScanTarget
from studio.twin.unknowns import Unknowns

#: Where people wear clothes.
_DRESSED = ("trunk", "left_arm", "right_arm", "left_leg", "right_leg")
#: Points of trunk and limbs are from clothes where a tenth of them lies farther than this from the nearest body that hugs them [m]: no body
#: has folds. Measured with that fit's 80 betas: three bodies of other models 5 to 7 mm, made-up people whose skin no shape direction holds
#: 5 to 8 mm; the same under cloth 2 cm off 12 mm, 3 cm off 18 mm, two people captured in their clothes 21 and 56 mm; one in
#: a shirt, seen by one camera from the front, 9 mm.
_LOOSE_M = 0.010
_REACH_M, _TURN_M = 0.15, 0.03
_SAMPLES = 6000


def clothing_of(body: FitBody, target: ScanTarget, hugging: Unknowns, rng: np.random.Generator) -> tuple[Mode, str]:
    """The mode that suits a scan, and why in a sentence.

    hugging: A fit that takes the scan for skin.
    """
    scan = target.sample(_SAMPLES, rng)
    pairs = scan_to_body(body.evaluate(hugging), body.skin, target, scan, np.ones(len(scan)), reach_m=_REACH_M, turn_m=_TURN_M)
    on_dressed = body.skin.is_part(*_DRESSED)[pairs.points.corners[:, 0]]
    if not on_dressed.any():
        return "clothed", "Taken for clothed, since the scan shows neither trunk nor limbs."
    apart = float(np.percentile(np.abs(pairs.gap[on_dressed]), 90))
    says = f"a tenth of the scan of trunk and limbs lies {apart * 1e3:.0f} mm or more from the nearest body that hugs it"
    if apart > _LOOSE_M:
        return "clothed", f"Taken for clothed, since {says}."
    return "skin", f"Taken for bare or tightly clothed, since only {says}."
