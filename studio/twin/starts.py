"""Where a fit starts: thousands of poses, statures and facings, scored by how well they explain the scan.

Limbs hang on the trunk and on nothing else, so every limb's options are posed and measured once, and any combination of them is scored
from these tables: the distance from a scan point to a body is the least of the distances to its parts.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, product

import numpy as np

from studio.body.rotations import to_matrix
from studio.twin.kinematics import FitBody
from studio.twin.target import ScanTarget
from studio.twin.unknowns import State, Unknowns

#: Left arm: shoulder x, y, z and elbow y in degrees. From the T-pose down to hanging, then forward, bent, on the hip, and raised.
_ARMS = (
    (0, 0, 0, 0), (0, 0, -25, 0), (0, 0, -45, -5), (0, 0, -62, -8), (0, 5, -78, -8), (10, 0, -70, -35), (0, -30, -60, -20),
    (0, -70, 0, -10), (40, -20, -70, -85), (0, -50, -60, -100), (70, 20, -45, -95), (-80, 0, -20, -90), (0, 0, 45, 0), (0, 0, 75, 0),
)  # fmt: skip
#: Left leg: hip x, z and knee x in degrees: together, astride, one step forward or back, raised knee, seated.
_LEGS = ((0, -2, 0), (0, 5, 0), (0, 14, 0), (-20, 3, 5), (15, 3, 10), (-60, 5, 70), (-85, 8, 85))
#: Yaw of the body against where the scan is said to face [deg].
_YAWS = (0, 45, 90, 135, 180, 225, 270, 315)
#: Statures [m] that are tried besides the scan's own height: what adults are, for scans that lack feet or the top of the head.
_ADULT_STATURES_M = (1.56, 1.70, 1.84)
#: Share of the stature that is left when sitting upright on a seat of knee height (ANSUR II: sitting height 0.52, popliteal height 0.24).
_SEATED_SHARE = 0.77
#: A scan's own height counts as a stature in this range (ANSUR II: 1.41 to 1.99 m over 6,068 adults).
_POSSIBLE_M = (1.40, 2.08)
#: Distance at which a point counts half in the score.
_SCORE_REACH_M = 0.10
_TURN_M = 0.08
#: Distance beyond which a known joint is simply wrong [m]: the length of a forearm.
_JOINT_REACH_M = 0.25
_BODY_POINTS, _SCAN_POINTS = 700, 600
#: Pairs of arms that are tried with all legs.
_ARM_PAIRS = 24
_GROUPS = {
    "trunk": ("trunk", "head", "scalp"), "left_arm": ("left_arm", "left_hand"), "right_arm": ("right_arm", "right_hand"),
    "left_leg": ("left_leg", "left_foot"), "right_leg": ("right_leg", "right_foot"),
}  # fmt: skip


#: A body that is tried: unknowns, vertices (V, 3) and normals (V, 3).
Option = tuple[Unknowns, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Start:
    """A start and its score: mean share of points that it leaves unexplained, both ways, 0 best, 1 worst."""

    unknowns: Unknowns
    score: float
    yaw_deg: float


def find_starts(
    body: FitBody,
    target: ScanTarget,
    rng: np.random.Generator,
    *,
    count: int,
    joints: tuple[np.ndarray, np.ndarray] = (np.zeros(0, dtype=np.int64), np.zeros((0, 3))),
) -> list[Start]:
    """The best starts, best first: at most ``count``, at most a third of them with the same facing.

    body: The whole body; it is thinned here. joints: Numbers (K,) and places (K, 3) of joints that are known roughly.
    """
    thin = body.thinned(_BODY_POINTS, 10, rng)
    scan = target.sample(_SCAN_POINTS, rng)
    points, normals = target.points[scan], target.normals[scan]
    tries = _statures(target)
    states = {stature: _options(thin, stature) for stature, _ in tries}

    def best(yaw: float, tried: tuple[float, str]) -> list[Start]:
        return _best_limbs(thin, target, points, normals, _placed(thin, target, states[tried[0]], yaw, tried[1]), yaw)

    with ThreadPoolExecutor() as threads:  # in order, whichever is ready first
        found = list(chain.from_iterable(threads.map(best, *zip(*product(_YAWS, tries), strict=True))))
    if len(joints[0]):
        found = [replace(start, score=start.score + _off_joints(thin, start.unknowns, *joints)) for start in found]
    found.sort(key=lambda start: start.score)
    chosen: list[Start] = []
    for start in found:
        same = sum(other.yaw_deg == start.yaw_deg for other in chosen)
        if len(chosen) < count and same < max(count // 3, 1):
            chosen.append(start)
    return [Start(start.unknowns.padded(body.betas), start.score, start.yaw_deg) for start in chosen]


def _off_joints(body: FitBody, unknowns: Unknowns, joints: np.ndarray, places: np.ndarray) -> float:
    """How far a start's joints are from where they are known to be, 0 to 1."""
    off = np.linalg.norm(body.evaluate(unknowns).joints[joints] + unknowns.transl - places, axis=1)
    return float((np.minimum(off, _JOINT_REACH_M) / _JOINT_REACH_M).mean())


def _statures(target: ScanTarget) -> list[tuple[float, str]]:
    """Statures to try, each with how the body is placed on the scan: by its lowest point (feet), its highest (head), or so and seated."""
    low, high = np.percentile(target.points[:, 1], [0.3, 99.7])
    tries = [(stature, "head") for stature in _ADULT_STATURES_M]
    tries += [(stature, "feet") for stature in _ADULT_STATURES_M]
    tries += [(share * (high - low), "feet") for share in (1.0, 0.8) if _POSSIBLE_M[0] < share * (high - low) < _POSSIBLE_M[1]]
    seated = (high - low) / _SEATED_SHARE
    if _POSSIBLE_M[0] < seated < _POSSIBLE_M[1]:
        tries += [(stature, "seated") for stature in (seated, *_ADULT_STATURES_M)]
    return tries


def _best_limbs(
    body: FitBody, target: ScanTarget, points: np.ndarray, normals: np.ndarray, options: list[Option], yaw: float
) -> list[Start]:
    """The two best combinations of limbs for one facing and stature."""
    groups = {name: body.skin.is_part(*parts) for name, parts in _GROUPS.items()}
    to_body, to_scan = {}, {}
    for name, mine in groups.items():
        kept = options if name != "trunk" else options[:1]
        kept = kept[: len(_ARMS)] if "arm" in name else kept[: len(_LEGS)] if "leg" in name else kept
        to_body[name] = np.stack([_unexplained(points, normals, vertices[mine], facing[mine]) for _, vertices, facing in kept])
        to_scan[name] = np.array([_unexplained(vertices[mine], facing[mine], points, normals).sum() for _, vertices, facing in kept])
    pairs = _likely_pairs(to_body, to_scan, _strains(body, _ARMS, "arm"), len(body.template))
    left, right = np.divmod(pairs, len(_ARMS))
    arms = np.minimum(to_body["left_arm"][left], to_body["right_arm"][right])
    legs = np.minimum(np.minimum(to_body["left_leg"][:, None], to_body["right_leg"][None]), to_body["trunk"][0])
    legs = legs.reshape(-1, len(points))
    back = np.stack([np.minimum(arms, leg).mean(axis=1) for leg in legs], axis=1)
    there = (to_scan["left_arm"][left] + to_scan["right_arm"][right])[:, None] + to_scan["trunk"]
    there = (there + (to_scan["left_leg"][:, None] + to_scan["right_leg"]).reshape(1, -1)) / len(body.template)
    score = back + 0.5 * there + _strains(body, _ARMS, "arm")[pairs, None] + _strains(body, _LEGS, "leg")
    starts = []
    for flat in np.argsort(score.ravel())[:2]:
        arm, leg = np.unravel_index(flat, score.shape)
        left_arm, right_arm = int(left[arm]), int(right[arm])
        left_leg, right_leg = divmod(int(leg), len(_LEGS))
        p = _pose(body, yaw, _ARMS[left_arm], _ARMS[right_arm], _LEGS[left_leg], _LEGS[right_leg])
        unknowns = Unknowns(options[0][0].transl, p, options[0][0].betas)
        starts.append(Start(unknowns, float(score.ravel()[flat]), yaw))
    return starts


def _likely_pairs(to_body: dict[str, np.ndarray], to_scan: dict[str, np.ndarray], strains: np.ndarray, count: int) -> np.ndarray:
    """The best pairs of arms with the trunk alone, as numbers into all pairs: legs rarely change which are best. count: Body points."""
    arms = np.minimum(np.minimum(to_body["left_arm"][:, None], to_body["right_arm"][None]), to_body["trunk"][0])
    there = (to_scan["left_arm"][:, None] + to_scan["right_arm"]).ravel()
    score = arms.reshape(-1, arms.shape[-1]).mean(axis=1) + 0.5 * there / count + strains
    return np.argsort(score, kind="stable")[:_ARM_PAIRS]


def _strains(body: FitBody, options: tuple[tuple, ...], limb: str) -> np.ndarray:
    """What the poses of a pair of limbs cost, for all pairs of options, flat."""
    rest = {"arm": _ARMS[3], "leg": _LEGS[0]}
    costs = []
    for option in options:
        one = rest | {limb: option}
        costs.append(body.degrees.strain(_pose(body, 0.0, one["arm"], rest["arm"], one["leg"], rest["leg"])))
    costs = np.array(costs) - min(costs)
    return (costs[:, None] + costs).ravel()


def _options(body: FitBody, stature: float) -> list[State]:
    """The body with option k of all limbs at once, not turned. The trunk is the same in all."""
    betas = _betas_of_stature(body, stature)
    states = []
    for k in range(max(len(_ARMS), len(_LEGS))):
        arm, leg = _ARMS[min(k, len(_ARMS) - 1)], _LEGS[min(k, len(_LEGS) - 1)]
        states.append(body.evaluate(Unknowns(np.zeros(3), _pose(body, 0.0, arm, arm, leg, leg), betas)))
    return states


def _placed(body: FitBody, target: ScanTarget, states: list[State], yaw: float, place: str) -> list[Option]:
    """The options turned by a yaw [deg] about the pelvis and placed on the scan."""
    turned = []
    for state in states:
        p = state.unknowns.p.copy()
        p[body.degrees.index("pelvis.y")] = np.radians((yaw + 180) % 360 - 180)
        turn = to_matrix(p[:3])
        turned.append((p, (state.vertices - state.joints[0]) @ turn.T + state.joints[0], state.normals @ turn.T))
    low, high = np.percentile(target.points[:, 1], [0.3, 99.7])
    _, vertices, normals = turned[len(_LEGS) - 1 if place == "seated" else 0]  # the legs that the middle is taken with
    middle = body.skin.is_part("trunk", "left_leg", "right_leg")
    transl = np.median(target.points, axis=0) - _median(vertices[middle], _seen(target, normals[middle]))
    transl[1] = low - vertices[:, 1].min() if place == "feet" else high - vertices[:, 1].max()
    return [(Unknowns(transl, p, state.unknowns.betas), at + transl, facing) for state, (p, at, facing) in zip(states, turned, strict=True)]


def _seen(target: ScanTarget, normals: np.ndarray) -> np.ndarray:
    """How likely a scan shows skin that faces the given ways (N, 3), to first order in the mean of its normals; 1 if it shows all round.

    One camera sees one side, and the middle of that side is not the middle of the body: a bust that was put there met the body's back.
    """
    towards = target.area @ target.normals / target.area.sum()
    return np.maximum(1 + 3 * normals @ towards, 0.0)  # the density 1 + 3 n.m on the sphere has the mean m


def _median(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted median of points (N, D) along each axis, shape (D,)."""
    order = np.argsort(points, axis=0)
    share = np.cumsum(weights[order], axis=0) / weights.sum()
    return np.take_along_axis(points, np.take_along_axis(order, (share < 0.5).sum(axis=0)[None], axis=0), axis=0)[0]


def _pose(body: FitBody, yaw: float, left_arm: tuple, right_arm: tuple, left_leg: tuple, right_leg: tuple) -> np.ndarray:
    degrees = body.degrees
    p = np.where(degrees.hands, degrees.mean, 0.0)

    def put(name: str, angle_deg: float) -> None:
        p[degrees.index(name)] = np.radians(angle_deg)

    put("pelvis.y", (yaw + 180) % 360 - 180)
    for side, sign, arm, leg in (("left", 1, left_arm, left_leg), ("right", -1, right_arm, right_leg)):
        put(f"{side}_shoulder.x", arm[0])
        put(f"{side}_shoulder.y", sign * arm[1])
        put(f"{side}_shoulder.z", sign * arm[2])
        put(f"{side}_elbow.y", sign * arm[3])
        put(f"{side}_hip.x", leg[0])
        put(f"{side}_hip.z", sign * leg[1])
        put(f"{side}_knee.x", leg[2])
    return p


def _betas_of_stature(body: FitBody, stature: float) -> np.ndarray:
    """The likeliest betas of that stature: along the gradient of the stature, which is linear in the betas."""
    top, sole = body.template[:, 1].argmax(), body.template[:, 1].argmin()
    directions = body.shape_directions
    gradient = directions[top, 1] - directions[sole, 1]
    mean = body.template[top, 1] - body.template[sole, 1]
    return gradient * (stature - mean) / (gradient @ gradient)


def _unexplained(points: np.ndarray, normals: np.ndarray, others: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """How little each point is explained by the nearest of others, in position and direction: 0 on it, half at the reach, to 1."""
    a = np.hstack([points, _TURN_M * normals]).astype(np.float32)
    b = np.hstack([others, _TURN_M * facing]).astype(np.float32)
    square = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    nearest = np.maximum(square.min(axis=1), 0)
    return nearest / (nearest + _SCORE_REACH_M**2)
