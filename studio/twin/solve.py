"""Gauss-Newton on pose and shape together, at one level of detail at a time.

A step is a linear least-squares problem: distances of pairs along their normals, the shape prior (betas are in standard deviations), the
pose prior and the limits of the joints. Against Adam on the same energy (120 steps to the same residual) it needs 8 to 12 steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.body.rotations import left_jacobians
from studio.twin.correspond import Obstacle, Pairs, body_to_scan, scan_to_body
from studio.twin.kinematics import FitBody
from studio.twin.target import ScanTarget
from studio.twin.unknowns import State, SurfacePoints, Unknowns

#: Independent observations on a body: neighbouring distances tell the same story over about 8 cm of 1.8 m2 of skin.
OBSERVATIONS = 280.0
#: Observations that a landmark set by hand counts for.
_MARK_OBSERVATIONS = 10.0
#: Stiffness beyond a joint's limits [1/rad2]: 3 degrees beyond cost as much as one standard deviation.
_LIMIT_STIFFNESS = np.radians(3.0) ** -2
#: Longest step: of a joint [rad], and of the whole body [m]. Beyond them the correspondences are other ones.
_LONGEST_TURN, _LONGEST_SHIFT_M = 0.35, 0.15
#: A level ends early where a step turns no joint by more [rad], moves by less [m] and changes no beta by more than a 50th.
_STILL_TURN, _STILL_SHIFT_M, _STILL_BETA = 2e-3, 2e-4, 0.02
#: How far a body leans off the vertical [rad], standard deviation: scans stand upright, and the seated and striding lean this much.
_LEAN = np.radians(12.0)
#: Where cloth may be, points inside the body lose trust at this share of the reach: people move while they are captured, and the layers
#: that this leaves in the cloud would make the body thin. Measured: points within 3 cm of the body in a Kinect's cloud 64 % without it,
#: 71 % with it.
_GHOST_SHARE = 0.4
#: What a part costs that lies inside another one, against what it leaves unexplained. Chosen: nothing is won by going through.
_INSIDE_COST = 1.5


@dataclass(frozen=True)
class Level:
    """One level of detail.

    steps: Gauss-Newton steps at most. betas: How many shape coefficients move.
    reach_m: Reach of the correspondences at the start and at the end of the level. turn_m: What facing the opposite way costs, as half
    a distance. sigma_m: Error that counts as one standard deviation against the priors.
    slide: Weight of distances along the surface against those across it. hands: Whether fingers move.
    """

    steps: int
    betas: int
    reach_m: tuple[float, float]
    turn_m: float
    sigma_m: float
    slide: float = 0.0
    hands: bool = True


@dataclass(frozen=True, eq=False)
class Marks:
    """Places on a person that somebody or some sensor knows, frame of the fit [m].

    vertices (L,) and where they are (L, 3): each counts as ten observations. joints: Numbers (K,), where they are (K, 3), and how far they
    may be off, one standard deviation.
    """

    vertices: np.ndarray
    places: np.ndarray
    joints: np.ndarray
    joint_places: np.ndarray
    joint_sd_m: float


@dataclass(frozen=True, eq=False)
class Problem:
    """What stays the same within a level.

    vertices: Which vertices look for the scan, shape (S,). scan: Which points of the target look for the body, shape (T,).
    vertex_weight: How much correspondences on each vertex count, shape (V,).
    outside: Weight of scan points outside the body against those inside it, shape (V,): 1 on skin, less where cloth may lie.
    moving: Degrees of freedom of the pose that may change, shape (P,), bool; None for all.
    observations: Independent observations that the pairs stand for.
    marks: Places that are known. obstacle: What the moving part must not go through.
    """

    body: FitBody
    target: ScanTarget
    vertices: np.ndarray
    scan: np.ndarray
    vertex_weight: np.ndarray
    outside: np.ndarray
    moving: np.ndarray | None = None
    observations: float = OBSERVATIONS
    marks: Marks | None = None
    obstacle: Obstacle | None = None


def refine(problem: Problem, start: Unknowns, level: Level) -> tuple[Unknowns, int]:
    """Run one level. Returns the unknowns and the number of steps taken."""
    unknowns = start
    for step in range(level.steps):
        fraction = step / max(level.steps - 1, 1)
        reach = level.reach_m[0] * (level.reach_m[1] / level.reach_m[0]) ** fraction
        state = problem.body.evaluate(unknowns)
        move = _step(problem, state, pairs_of(problem, state, reach_m=reach, turn_m=level.turn_m), level)
        unknowns = unknowns.moved(move)
        if fraction >= 0.5 and _is_still(move, len(unknowns.p)):
            return unknowns, step + 1
    return unknowns, level.steps


def unexplained(problem: Problem, unknowns: Unknowns, *, reach_m: float, turn_m: float) -> float:
    """How much a body leaves unexplained: the scan's share plus half of the body's own, each 0 to 1. For choosing between fits.

    Every point counts alike: weights that hold the body inside its clothes would reward bodies that stick out of them. Unusual poses
    must explain a little more, and so must parts that lie inside others.
    """
    alike = np.ones_like(problem.vertex_weight)
    plain = replace(problem, vertex_weight=alike, outside=alike)
    there, back, *out = pairs_of(plain, problem.body.evaluate(unknowns), reach_m=reach_m, turn_m=turn_m)
    left = (1 - back.weights.sum()) + 0.5 * (1 - there.weights.sum()) + _INSIDE_COST * sum(each.weights.sum() for each in out)
    return float(left + problem.body.degrees.strain(unknowns.p))


def pairs_of(problem: Problem, state: State, *, reach_m: float, turn_m: float) -> tuple[Pairs, ...]:
    """Correspondences from body to scan and from scan to body, weighted, and what pushes the body out of an obstacle if there is one."""
    on_body = problem.vertex_weight[problem.vertices] / len(problem.vertices)
    vertices = SurfacePoints.at_vertices(problem.vertices)
    there = body_to_scan(state, problem.target, vertices, on_body, reach_m=reach_m, turn_m=turn_m)
    on_scan = np.full(len(problem.scan), 1.0 / len(problem.scan))
    back = scan_to_body(state, problem.body.skin, problem.target, problem.scan, on_scan, reach_m=reach_m, turn_m=turn_m)
    back = replace(back, weights=back.weights * back.points.of(problem.vertex_weight[:, None])[:, 0])
    pairs = _clothed(there, problem.outside, reach_m), _clothed(back, problem.outside, reach_m)
    if problem.obstacle is None:
        return pairs
    movers = len(problem.obstacle.movers)
    return *pairs, problem.obstacle.pushed_out(state, np.full(movers, 1.0 / movers))


def _clothed(pairs: Pairs, outside: np.ndarray, reach_m: float) -> Pairs:
    """Less weight where the scan lies outside the body under what may be cloth, and where it lies so deep inside that it is none."""
    loose = pairs.points.of(outside[:, None])[:, 0]
    ghost = np.where(loose < 1, (1 + (pairs.gap / (_GHOST_SHARE * reach_m)) ** 2) ** -2, 1.0)
    return replace(pairs, weights=pairs.weights * np.where(pairs.gap > 0, loose, ghost))


def _step(problem: Problem, state: State, pairs: tuple[Pairs, ...], level: Level) -> np.ndarray:
    points = SurfacePoints.joined(*(pair.points for pair in pairs))
    targets, normals = (np.concatenate([getattr(pair, name) for pair in pairs]) for name in ("targets", "normals"))
    weights = np.concatenate([0.5 * pairs[0].weights, *(pair.weights for pair in pairs[1:])])
    used = np.flatnonzero(weights > 1e-3 * weights.max(initial=0.0))
    points, targets, normals, weights = points.at(used), targets[used], normals[used], weights[used]
    if level.slide:
        along = _tangents(normals)
        points = SurfacePoints.joined(points, points)
        normals, targets = np.concatenate([normals, along]), np.concatenate([targets, targets])
        weights = np.concatenate([weights, 2 * level.slide * weights])
    free = _free(problem, state.unknowns, level)
    rows = problem.body.rows(state, points, normals, free=free)
    right = np.einsum("nd,nd->n", targets - points.of(state.vertices), normals)
    scale = problem.observations / level.sigma_m**2
    light = rows.astype(np.float32)  # a step is corrected by the next one; half the work
    weighted = weights[:, None].astype(np.float32) * light
    hessian, gradient = scale * (light.T @ weighted).astype(np.float64), scale * ((right * weights) @ rows)
    for more in _mark_terms(problem, state, level, free), _upright_terms(problem, state, free):
        hessian, gradient = hessian + more[0], gradient + more[1]
    return _solved(problem, state.unknowns, free, hessian, gradient)


def _upright_terms(problem: Problem, state: State, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The body's own vertical should be the world's: its x and z components are zero, give or take the lean."""
    degrees = problem.body.degrees
    whole = degrees.select("pelvis")
    turn = left_jacobians(state.unknowns.p[whole])
    x, y, z = state.rotations[0][:, 1]
    rows = np.zeros((2, state.unknowns.size))
    rows[:, 3 + np.flatnonzero(whole)] = np.array([[0.0, z, -y], [y, -x, 0.0]]) @ turn / _LEAN  # omega x up
    right, rows = -np.array([x, z]) / _LEAN, rows[:, free]
    return rows.T @ rows, right @ rows


def _mark_terms(problem: Problem, state: State, level: Level, free: np.ndarray) -> tuple[np.ndarray | float, np.ndarray | float]:
    marks, body = problem.marks, problem.body
    hessian, gradient = 0.0, 0.0
    if marks is not None and len(marks.vertices):
        points = SurfacePoints.at_vertices(np.repeat(marks.vertices, 3))
        rows = body.rows(state, points, np.tile(np.eye(3), (len(marks.vertices), 1)), free=free)
        scale = _MARK_OBSERVATIONS / level.sigma_m**2
        hessian, gradient = scale * (rows.T @ rows), scale * ((marks.places - state.vertices[marks.vertices]).ravel() @ rows)
    if marks is not None and len(marks.joints):
        rows = body.joint_rows(state, marks.joints, free)
        off = marks.joint_places - state.joints[marks.joints] - state.unknowns.transl
        # A skeleton that is wrong at a wrist must not bend the arm: trust falls with the distance (Geman and McClure 1987).
        trust = np.repeat(1 / (1 + (np.linalg.norm(off, axis=1) / (3 * marks.joint_sd_m)) ** 2) ** 2, 3) / marks.joint_sd_m**2
        hessian, gradient = hessian + rows.T @ (trust[:, None] * rows), gradient + (trust * off.ravel()) @ rows
    return hessian, gradient


def _free(problem: Problem, unknowns: Unknowns, level: Level) -> np.ndarray:
    """Which unknowns may change, shape (size,), bool."""
    free = np.ones(unknowns.size, dtype=bool)
    pose = slice(3, 3 + len(unknowns.p))
    free[pose.stop + level.betas : pose.stop + len(unknowns.betas)] = False
    if not level.hands:
        free[pose] &= ~problem.body.degrees.hands
    if problem.moving is not None:
        free[:3], free[pose], free[pose.stop :] = False, problem.moving, False
    return free


def _tangents(normals: np.ndarray) -> np.ndarray:
    """One unit vector in each tangent plane, by turns near horizontal and near vertical: half of them each, shape (S, 3)."""
    level = np.stack([normals[:, 2], np.zeros(len(normals)), -normals[:, 0]], axis=1)  # y x n
    length = np.linalg.norm(level, axis=1, keepdims=True)
    level = np.where(length > 1e-3, level / np.maximum(length, 1e-12), [1.0, 0.0, 0.0])
    return np.where((np.arange(len(normals)) % 2 == 0)[:, None], level, np.cross(normals, level))


def _solved(problem: Problem, unknowns: Unknowns, free: np.ndarray, hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Add the priors, solve for what is free, and keep the step short."""
    degrees, p = problem.body.degrees, unknowns.p
    pose = slice(3, 3 + len(p))
    stiffness = degrees.spread**-2
    pull = stiffness * (degrees.mean - p)
    for limit, beyond in ((degrees.lowest, p < degrees.lowest), (degrees.highest, p > degrees.highest)):
        stiffness = stiffness + beyond * _LIMIT_STIFFNESS
        pull = pull + beyond * _LIMIT_STIFFNESS * (limit - p)
    normal = np.concatenate([unknowns.betas, unknowns.flesh, unknowns.swell])  # all of them are in standard deviations
    diagonal = np.concatenate([np.full(3, 1e-6), stiffness, np.ones(len(normal))])[free]
    gradient = gradient + np.concatenate([np.zeros(3), pull, -normal])[free]
    step = np.zeros(unknowns.size)
    step[free] = np.linalg.solve(hessian + np.diag(diagonal), gradient)
    longest = max(np.abs(step[pose]).max() / _LONGEST_TURN, np.abs(step[:3]).max() / _LONGEST_SHIFT_M, 1.0)
    return step / longest


def _is_still(step: np.ndarray, degrees: int) -> bool:
    shift, turn, normal = step[:3], step[3 : 3 + degrees], step[3 + degrees :]
    return bool(np.abs(shift).max() < _STILL_SHIFT_M and np.abs(turn).max() < _STILL_TURN and np.abs(normal).max(initial=0) < _STILL_BETA)
