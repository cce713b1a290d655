"""Fingers: thin, close together and alike, so a hand tries several ways to be held before it is fitted."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from studio.body.joints import INDEX
from studio.twin.kinematics import FitBody, State, Unknowns
from studio.twin.solve import Level, Problem, refine, unexplained
from studio.twin.target import ScanTarget

#: Left hand: bend of the knuckles, curl of the fingers, spread, in degrees: flat, relaxed, hooked, fist, fanned.
_BENDS = ((8, 0), (-10, -8), (-22, -18), (-30, -45), (-75, -85), (-50, -10))
_SPREADS = (0, 12)
#: Thumb: base about y and z, in degrees: alongside, across the palm, away.
_THUMBS = ((0, 0), (25, -20), (-20, 10))
#: The hand itself about its wrist's z [deg], on top of what the coarse fit found: the palm's plane is uncertain without fingers.
_WRISTS = (0, 22, -22)
#: Points of a hand on each side, and how many of them make one observation's worth of evidence.
_POINTS = 900
_HAND_OBSERVATIONS = 60.0
#: Points of the scan within this distance of the hand's joints may belong to it [m]; fewer than _FEWEST and there is no hand in the scan.
_NEAR_M = 0.06
_FEWEST = 60
_LEVELS = (
    Level(steps=8, betas=0, reach_m=(0.04, 0.02), turn_m=0.02, sigma_m=0.008, slide=0.1),
    Level(steps=10, betas=0, reach_m=(0.02, 0.008), turn_m=0.012, sigma_m=0.004, slide=0.02),
)  # fmt: skip


def fit_hands(body: FitBody, target: ScanTarget, start: Unknowns, rng: np.random.Generator) -> Unknowns:
    """Fit wrist and fingers of both hands with the rest held still; a hand that the scan does not show keeps its relaxed pose."""
    unknowns = start
    for side, sign in (("left", 1.0), ("right", -1.0)):
        problem = _hand_problem(body, target, body.evaluate(unknowns), side, rng)
        if problem is None:
            continue
        tries = [unknowns, *(_held(body, unknowns, side, sign, *way) for way in product(_BENDS, _SPREADS, _THUMBS, _WRISTS))]
        scores = [unexplained(problem, way, reach_m=0.012, turn_m=0.012) for way in tries]
        best = np.argsort(scores, kind="stable")[:3]
        refined = []
        for index in best:
            way = tries[index]
            for level in _LEVELS:
                way, _ = refine(problem, way, level)
            refined.append((unexplained(problem, way, reach_m=0.006, turn_m=0.012), way))
        unknowns = min(refined, key=lambda pair: pair[0])[1]
    return unknowns


def _hand_problem(body: FitBody, target: ScanTarget, state: State, side: str, rng: np.random.Generator) -> Problem | None:
    """The problem of one hand, its points alone; None where the scan shows too little of it."""
    from scipy.spatial import cKDTree

    joints = [number for name, number in INDEX.items() if name.startswith(side) and number >= INDEX["left_index1"]]
    places = state.joints[[*joints, INDEX[f"{side}_wrist"]]] + state.unknowns.transl
    near, _ = cKDTree(places).query(target.points, distance_upper_bound=_NEAR_M)
    shown = np.flatnonzero(np.isfinite(near))
    if len(shown) < _FEWEST:
        return None
    thin = body.part(body.skin.is_part(f"{side}_hand"), _POINTS, rng)
    scan = np.sort(rng.choice(shown, min(len(shown), _POINTS), replace=False))
    moving = body.degrees.select(f"{side}_wrist", *(name for name in INDEX if name.startswith(side) and INDEX[name] >= INDEX["left_index1"]))
    ones = np.ones(len(thin.template))
    return Problem(thin, target, np.arange(len(thin.template)), scan, ones, ones, moving, _HAND_OBSERVATIONS)


def _held(
    body: FitBody,
    unknowns: Unknowns,
    side: str,
    sign: float,
    bend: tuple[float, float],
    spread: float,
    thumb: tuple[float, float],
    wrist: float,
) -> Unknowns:
    """The hand held in one way; z and y turn the other way round on the right."""
    degrees, p = body.degrees, unknowns.p.copy()

    def put(name: str, angle_deg: float) -> None:
        p[degrees.index(f"{side}_{name}")] = np.radians(angle_deg)

    for finger, share in (("index", 1.0), ("middle", 0.2), ("ring", -0.5), ("pinky", -1.2)):
        put(f"{finger}1.bend", sign * bend[0])
        put(f"{finger}1.curl", sign * bend[1])
        put(f"{finger}1.spread", -sign * share * spread)
    put("thumb1.y", sign * thumb[0])
    put("thumb1.z", sign * thumb[1])
    p[degrees.index(f"{side}_wrist.z")] += sign * np.radians(wrist)
    return replace(unknowns, p=p)
