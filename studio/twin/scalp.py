"""Whether a scan shows the skin of the scalp, or hair that stands off it.

A scalp that is fitted as if hair covered it sinks wherever the person's skull is larger than the model's, and the stature with it; hair
that is fitted as if it were skin makes the person taller. So one skull is fitted to face and scalp alike, and what it leaves decides.
"""

from __future__ import annotations

import numpy as np

from studio.twin.kinematics import FitBody
from studio.twin.solve import Level, Problem, pairs_of, refine
from studio.twin.target import ScanTarget
from studio.twin.unknowns import Unknowns

#: Scan points, and betas that shape the skull, that the question is asked with.
_POINTS, _BETAS = 2000, 80
_LEVEL = Level(6, _BETAS, (0.03, 0.015), 0.03, 0.003, hands=False)
#: Independent observations on a head: its share of the body's.
_OBSERVATIONS = 40.0
#: How far scan points may be from the body to be counted to its nearest part [m].
_PART_REACH_M = 0.05
#: A place of the scalp has data this near [m]; so much of it must, or the head's top is missing.
_SHOWN_M, _SHOWN_SHARE = 0.02, 0.5
#: Distance that nine of ten of the scalp's points stay below if it is bare [m], noise apart. Measured on ten made-up people: 2.1 to 3.4 mm
#: on bare scalps, 3.0 to 4.4 under smooth hair of 6 mm, 5.0 to 7.0 under 10 mm, more than 12 under 25 mm.
_BARE_M = 0.0042
#: Nine of ten values of a normal distribution lie within so many standard deviations.
_NINE_OF_TEN = 1.645


def scalp_is_bare(body: FitBody, target: ScanTarget, unknowns: Unknowns, rng: np.random.Generator) -> bool:
    """Whether one skull of the model explains face and scalp of the scan together; False too where the scan shows too little of them.

    unknowns: Of a fit whose head lies on the scan's to a centimetre or two.
    """
    from scipy.spatial import cKDTree

    skin = body.skin
    outer = np.flatnonzero(skin.outer)
    distance, nearest = cKDTree(body.evaluate(unknowns).vertices[outer]).query(target.points, workers=-1)
    on_head = np.flatnonzero((distance < _PART_REACH_M) & skin.is_part("head", "scalp")[outer[nearest]])
    if len(on_head) < _BETAS:
        return False
    scan = np.sort(rng.choice(on_head, min(_POINTS, len(on_head)), replace=False))
    head = body.at(np.flatnonzero(skin.is_part("head", "scalp") & skin.outer), _BETAS)
    alike = np.ones(head.vertex_count)
    problem = Problem(head, target, np.arange(head.vertex_count), scan, alike, alike, observations=_OBSERVATIONS)
    skull, _ = refine(problem, unknowns.cut(_BETAS), _LEVEL)
    state, scalp = head.evaluate(skull), head.skin.is_part("scalp")
    there, back = pairs_of(problem, state, reach_m=_LEVEL.reach_m[0], turn_m=_LEVEL.turn_m)
    shown = np.linalg.norm(there.targets - state.vertices, axis=1)[scalp] < _SHOWN_M
    gaps = back.gap[back.points.of(scalp[:, None].astype(float))[:, 0] > 0.5]
    enough = len(gaps) > 0 and shown.mean() > _SHOWN_SHARE
    return bool(enough and np.percentile(np.abs(gaps), 90) < np.hypot(_BARE_M, _NINE_OF_TEN * target.noise_m))
