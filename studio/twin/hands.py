"""Fingers: thin, close together and alike, so a hand tries several ways to be held before it is fitted."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np

from studio.body.joints import INDEX
from studio.twin.correspond import Obstacle
from studio.twin.kinematics import FitBody
from studio.twin.solve import Level, Problem, refine, unexplained
from studio.twin.target import ScanTarget
from studio.twin.unknowns import State, Unknowns

#: Left hand: bend of the knuckles, curl of the fingers, spread, in degrees: flat, relaxed, hooked, fist, fanned.
_BENDS = ((8, 0), (-10, -8), (-22, -18), (-30, -45), (-75, -85), (-50, -10))
_SPREADS = (0, 10, 20)
#: Thumb: base about y and z, in degrees: alongside, across the palm, away.
_THUMBS = ((0, 0), (25, -20), (-20, 10))
#: The hand itself about its wrist's z and y [deg], on top of what the coarse fit found: without fingers, the palm's plane is uncertain,
#: and so is which finger is which. The twist about the forearm is least certain: a slab looks alike from both sides.
_WRIST_BENDS, _WRIST_TURNS, _WRIST_TWISTS = (0, 22, -22), (0, 12, -12), (0, 35, -35, 70, -70)
#: How many planes of the hand are looked into, and how many ways to hold it are refined.
_PLANES, _REFINED = 3, 5
#: Points of a hand on each side, and the independent observations that they stand for (a finger's phalanx gives four).
_POINTS = 700
HAND_OBSERVATIONS = 300.0
#: Points of the scan within this distance of the hand's joints may belong to it [m]; fewer than _FEWEST and there is no hand in the scan.
_NEAR_M = 0.06
_FEWEST = 60
#: Further around, the body takes part but holds still [m].
_MARGIN_M = 0.02
#: Reach of the score among ways to hold a hand, and among fitted hands [m]: half a finger's width, and a quarter.
_COARSE_REACH_M, _FINE_REACH_M = 0.012, 0.006
_TURN_M = 0.012
_LEVELS = (
    Level(steps=8, betas=0, reach_m=(0.05, 0.03), turn_m=0.02, sigma_m=0.006, slide=0.1),
    Level(steps=10, betas=0, reach_m=(0.03, 0.01), turn_m=_TURN_M, sigma_m=0.003, slide=0.02),
)  # fmt: skip


def fit_hands(
    body: FitBody,
    target: ScanTarget,
    start: Unknowns,
    rng: np.random.Generator,
    *,
    search: bool = True,
    observations: float = HAND_OBSERVATIONS,
) -> Unknowns:
    """Fit wrist and fingers of both hands with the rest held still; a hand that the scan does not show keeps its pose.

    search: Try several ways to hold the hand; otherwise only the present one is refined.
    observations: Independent observations that the points of one hand stand for, against the prior of a relaxed hand.
    """
    unknowns = start
    for side, sign in (("left", 1.0), ("right", -1.0)):
        problem = _hand_problem(body, target, body.evaluate(unknowns), side, rng, observations)
        if problem is None:
            continue
        present = Unknowns(unknowns.transl, unknowns.p, np.zeros(0))  # the hand's skin is held as it is
        ways = [present]
        if search:
            ways = [refine(problem, way, _LEVELS[0])[0] for way in _best_ways(problem, present, side, sign)]
            ways = sorted(ways, key=lambda way: unexplained(problem, way, reach_m=_FINE_REACH_M, turn_m=_TURN_M))[:2]
        ways = [refine(problem, way, _LEVELS[1])[0] for way in ways]
        best = min(ways, key=lambda way: unexplained(problem, way, reach_m=_FINE_REACH_M, turn_m=_TURN_M))
        unknowns = replace(unknowns, p=best.p)
    return unknowns


def _best_ways(problem: Problem, present: Unknowns, side: str, sign: float) -> list[Unknowns]:
    """The most promising ways to hold a hand: bends and wrist first, then spread and thumb for the best of these."""

    some = replace(problem, vertices=problem.vertices[::3], scan=problem.scan[::3])

    def score(way: Unknowns) -> float:
        return unexplained(some, way, reach_m=_COARSE_REACH_M, turn_m=_TURN_M)

    def held(*way) -> Unknowns:
        return _held(problem.body, present, side, sign, *way)

    plane = product(_BENDS, _WRIST_BENDS, _WRIST_TWISTS)
    first = sorted(plane, key=lambda way: score(held(way[0], _SPREADS[1], _THUMBS[0], (way[2], 0, way[1]))))[:_PLANES]
    rest = product(first, _SPREADS, _THUMBS, _WRIST_TURNS)
    ways = [held(bend, spread, thumb, (twist, turn, wrist)) for (bend, wrist, twist), spread, thumb, turn in rest]
    return sorted([present, *ways], key=score)[:_REFINED]


def _hand_problem(
    body: FitBody, target: ScanTarget, state: State, side: str, rng: np.random.Generator, observations: float
) -> Problem | None:
    """The problem of one hand, its points alone; None where the scan shows too little of it."""
    from scipy.spatial import cKDTree

    joints = [number for name, number in INDEX.items() if name.startswith(side) and number >= INDEX["left_index1"]]
    places = state.joints[[*joints, INDEX[f"{side}_wrist"]]] + state.unknowns.transl
    near, _ = cKDTree(places).query(target.points, distance_upper_bound=_NEAR_M)
    shown = np.flatnonzero(np.isfinite(near))
    if len(shown) < _FEWEST:
        return None
    around, _ = cKDTree(places).query(state.vertices, distance_upper_bound=_NEAR_M + _MARGIN_M)  # forearm and thigh take what is theirs
    thin = body.frozen(state, np.isfinite(around), _POINTS, rng)
    scan = np.sort(rng.choice(shown, min(len(shown), _POINTS), replace=False))
    moving = body.degrees.select(
        f"{side}_wrist", *(name for name in INDEX if name.startswith(side) and INDEX[name] >= INDEX["left_index1"])
    )
    ones = np.ones(len(thin.template))
    others = body.skin.outer & ~body.skin.is_part(f"{side}_hand", f"{side}_arm") & (around < np.inf)
    movers = np.flatnonzero(thin.skin.is_part(f"{side}_hand"))
    near = Obstacle(state.vertices[others], state.normals[others], movers) if others.any() and len(movers) else None
    everything = np.arange(len(thin.template))
    return Problem(thin, target, everything, scan, ones, ones, moving, observations, obstacle=near)


def _held(
    body: FitBody,
    unknowns: Unknowns,
    side: str,
    sign: float,
    bend: tuple[float, float],
    spread: float,
    thumb: tuple[float, float],
    wrist: tuple[float, float, float],
) -> Unknowns:
    """The hand held in one way; z and y turn the other way round on the right. wrist: On top of what it is, about x, y and z [deg]."""
    degrees, p = body.degrees, unknowns.p.copy()

    def put(name: str, angle_deg: float) -> None:
        p[degrees.index(f"{side}_{name}")] = np.radians(angle_deg)

    for finger, share in (("index", 1.0), ("middle", 0.2), ("ring", -0.5), ("pinky", -1.2)):
        put(f"{finger}1.bend", sign * bend[0])
        put(f"{finger}1.curl", sign * bend[1])
        put(f"{finger}1.spread", -sign * share * spread)
    put("thumb1.y", sign * thumb[0])
    put("thumb1.z", sign * thumb[1])
    for axis, angle, flip in zip("xyz", wrist, (1.0, sign, sign), strict=True):
        p[degrees.index(f"{side}_wrist.{axis}")] += flip * np.radians(angle)
    return replace(unknowns, p=p)
