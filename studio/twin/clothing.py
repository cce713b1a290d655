"""Whether a scan shows skin (or clothes as tight as skin) or clothes that stand off the body: for ``--mode auto``."""

from __future__ import annotations

import numpy as np

from studio.specs.fit import Mode
from studio.twin.correspond import scan_to_body
from studio.twin.kinematics import FitBody, Unknowns
from studio.twin.target import ScanTarget

#: Where people wear clothes.
_DRESSED = ("trunk", "left_arm", "right_arm", "left_leg", "right_leg")
#: Cloth stands off the body where the farthest tenth of the scan lies farther outside a body that was fitted under it than this [m].
#: Measured with that fit's 40 betas: bare bodies of other model families, and made-up ones, 5 to 9 mm; jeans and T-shirts 25 mm and more.
_LOOSE_M = 0.014
_REACH_M, _TURN_M = 0.15, 0.03
_SAMPLES = 6000


def clothing_of(body: FitBody, target: ScanTarget, under: Unknowns, rng: np.random.Generator) -> tuple[Mode, str]:
    """The mode that suits a scan, and why in a sentence.

    under: A fit that lets the scan lie outside the body, as under clothes.
    """
    scan = target.sample(_SAMPLES, rng)
    pairs = scan_to_body(body.evaluate(under), body.skin, target, scan, np.ones(len(scan)), reach_m=_REACH_M, turn_m=_TURN_M)
    on_dressed = body.skin.is_part(*_DRESSED)[pairs.points.corners[:, 0]]
    if not on_dressed.any():
        return "clothed", "The scan shows neither trunk nor limbs, so nothing speaks against clothes."
    stands_off = float(np.percentile(pairs.gap[on_dressed], 90))
    says = f"a tenth of the scan of trunk and limbs lies {stands_off * 1e3:.0f} mm or more outside the body that fits under it"
    if stands_off > _LOOSE_M:
        return "clothed", f"Taken for clothed, since {says}."
    return "skin", f"Taken for bare or tightly clothed, since only {says}."
