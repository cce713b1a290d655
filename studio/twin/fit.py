"""Registration of an SMPL-X-format body to a scan, without landmarks: starts, pose and shape from coarse to fine, hands, offsets.

Two products with one beginning. *Skin* hugs the surface: fine levels, in which the body may differ from its model (see
`studio.twin.swellings`), and offsets. *Clothed* finds the body under the cloth: the scan may lie outside the body where cloth may be,
must not lie inside it, and offsets are off (on loose clothes, pulling the body to the surface makes it nearly twice as wrong: ETCH,
ICCV 2025, table 1). The result says which one was done.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from studio import frames
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.body.rotations import from_matrix, to_matrix
from studio.errors import StudioError
from studio.mesh.intersect import self_intersections
from studio.progress import Report, silent, within
from studio.specs.fit import FitSpec, Mode
from studio.twin.bending import trust_of
from studio.twin.clothing import clothing_of
from studio.twin.distances import Distances, scan_distances
from studio.twin.hands import HAND_OBSERVATIONS, fit_hands
from studio.twin.kinematics import FitBody
from studio.twin.landmarks import joint_arrays, landmark_arrays
from studio.twin.offsets import plate_of, solve_offsets
from studio.twin.repair import without_new_crossings
from studio.twin.scalp import scalp_is_bare
from studio.twin.skin import outer_skin
from studio.twin.solve import Level, Marks, Problem, refine, unexplained
from studio.twin.starts import find_starts
from studio.twin.target import ScanTarget, prepare_target
from studio.twin.unknowns import Unknowns

#: The fewest points that a body is fitted to: a hand in a bad depth frame has more.
_FEWEST_POINTS = 500
#: Coarse levels see body and scan at so many points, with so many betas.
_COARSE_POINTS, _COARSE_BETAS = 1000, 20
#: Coarse levels: the level, how many fits go on to the next, and the reach at which they are compared.
_COARSE: tuple[tuple[Level, int, float], ...] = (
    (Level(4, 10, (0.20, 0.12), 0.10, 0.050, slide=0.3, hands=False), 5, 0.08),
    (Level(8, 10, (0.12, 0.08), 0.10, 0.050, slide=0.3, hands=False), 3, 0.05),
    (Level(12, 20, (0.08, 0.05), 0.06, 0.025, slide=0.1, hands=False), 1, 0.03),
)  # fmt: skip
#: Fine levels by mode, with the share of ``FitSpec.points`` that each uses. Hands are fitted after the first and the last.
_FINE: dict[Mode, tuple[tuple[Level, float], ...]] = {
    "skin": (
        (Level(10, 80, (0.05, 0.03), 0.04, 0.009, slide=0.03, hands=False), 0.4),
        (Level(10, 150, (0.03, 0.02), 0.03, 0.0045, hands=False), 0.8),
        (Level(8, 300, (0.02, 0.012), 0.03, 0.0015, hands=False), 1.0),
    ),
    "clothed": (
        (Level(20, 40, (0.08, 0.06), 0.05, 0.020, slide=0.05, hands=False), 0.4),
        (Level(20, 60, (0.06, 0.05), 0.04, 0.012, slide=0.02, hands=False), 0.8),
    ),
}  # fmt: skip
#: From which fine level on the body may differ from its model: at first that would only be another way to be far off.
_LOOSENED = 1
#: Small parts get more points than their area gives them; each then counts by the root of that.
_BOOST = {"left_hand": 6.0, "right_hand": 6.0, "left_foot": 3.0, "right_foot": 3.0, "head": 3.0}
#: How far a scan point may be from the body to be counted to its nearest part [m].
_PART_REACH_M = 0.05
#: Weight of hair, which stands off the head, and of feet, which wear shoes and stand in floor remains.
_SCALP_WEIGHT = {"skin": 0.5, "clothed": 0.3}
_FEET_WEIGHT = {"skin": 1.0, "clothed": 0.4}
#: Weight of scan points outside the body where cloth may be, against points inside it: while the pose is found, and then. Measured on
#: made-up people: under cloth that stands 1 to 4 cm off, 0.12 leaves 5 % of the cloth inside the body, 0.04 1 to 3 %;
#: under tight clothes with 3 mm of noise, 0.04 makes the body 2 mm too thin, 0.02 3 mm.
_CLOTH_WEIGHT_COARSE, _CLOTH_WEIGHT = 0.5, 0.035
#: The same for face and hands of clothed people: people move while they are captured, and of two layers of a face the inner one is nearer
#: to it. Measured on Kinect clouds: with 1.0 twice as much of the head lies more than 1 cm outside its cloud; with 0.12 the bare skin is
#: 10 mm off instead of 7.
_BARE_WEIGHT = 0.3
#: The same for the scalp where the rest is skin, until it is known whether the scan shows a scalp or hair.
_UNKNOWN_SCALP_WEIGHT = 0.1
#: A body that faces away from where the scan is said to face must explain this share more [of all points].
_TURNED_COST = 0.03
#: Hands of clothed people are seen by worse scanners, and sleeves end on them: the relaxed hand has more to say.
_HAND_OBSERVATIONS = {"skin": HAND_OBSERVATIONS, "clothed": 40.0}
#: Parts that are likely skin in clothed people.
_BARE = ("head", "left_hand", "right_hand")


@dataclass(frozen=True, eq=False)
class Fit:
    """A body fitted to a scan.

    parameters: Shape and the scan's pose. offsets: Displacements of the shaped rest body [m] that belong to the person, shape (V, 3),
    float32. scan_offsets: What comes on top in the scan's pose alone, where flesh is bent (see `studio.twin.bending`): with both, the body
    lies on the scan. Both are zero in clothed mode.
    mode: What was done: ``skin`` or ``clothed``. mode_reason: Why, in a sentence.
    parameters_only, scan_to_twin: Distances from every point of the scan to the surface of the body, without and with offsets.
    iterations: Linear solves of the winning fit. crossings: Triangle pairs that cross only because of offsets, in the scan's pose and the
    A-pose. bare_scalp: Whether the scan shows the skin of the scalp; else the face tells where the skull under the hair ends, to about a
    centimetre. noise_mm: Of the scan. seconds: Wall time.
    """

    parameters: BodyParameters
    offsets: np.ndarray
    scan_offsets: np.ndarray
    mode: Mode
    mode_reason: str
    parameters_only: Distances
    scan_to_twin: Distances
    iterations: int
    crossings: int
    bare_scalp: bool
    noise_mm: float
    seconds: float


def fit_body(
    model: BodyModel,
    points: np.ndarray,
    normals: np.ndarray,
    *,
    faces: np.ndarray | None = None,
    floor: bool = False,
    spec: FitSpec = FitSpec(),
    report: Report = silent,
) -> Fit:
    """Fit a body model to a scan.

    Args:
        model: The body model.
        points: Of the scan, world frame [m] (z up; the facing need not be known), shape (N, 3).
        normals: Outward unit normals, shape (N, 3).
        faces: Triangles where the scan is a mesh, shape (F, 3): its surface counts then, not where its vertices happen to be.
        floor: Whether z = 0 is a floor that was seen: standing feet then reach down to it, though no scanner sees their soles.
        spec: What is wanted.
        report: Told about the progress.

    Raises:
        StudioError: For arrays that do not fit together, and for a scan with too few points.
    """
    started = time.perf_counter()
    _check(points, normals)
    rng = np.random.default_rng(spec.seed)
    scan, facing = (frames.smplx_from_world(np.asarray(array, dtype=np.float64)) for array in (points, normals))
    middle = np.median(scan, axis=0)  # work near the origin, whatever the scan's coordinates
    target = prepare_target(scan - middle, facing, faces, rng)
    body = FitBody(model, outer_skin(model), betas=spec.betas)
    marks = _marks(spec, middle)
    unknowns, iterations = _coarse(body, target, spec, marks, rng, within(report, 0.0, 0.3))
    mode, reason, done, bare = spec.mode, "As asked.", 0, False
    if spec.mode != "clothed":
        hugging, first = _fine(body, target, spec, "skin", unknowns, marks, rng, within(report, 0.3, 0.45), levels=slice(0, 1))
        iterations += first
        if spec.mode == "auto":
            mode, reason = clothing_of(body, target, hugging, rng)
        if mode == "skin":
            unknowns, done, bare = hugging, 1, scalp_is_bare(body, target, hugging, rng)
    fine = within(report, 0.3 if spec.mode == "clothed" else 0.45, 0.75)
    unknowns, more = _fine(body, target, spec, mode, unknowns, marks, rng, fine, levels=slice(done, None), scalp=float(bare))
    parameters = _parameters(body, replace(unknowns, transl=unknowns.transl + middle))
    offsets, solves, crossings = (np.zeros_like(model.template),) * 2, 0, 0
    with ThreadPoolExecutor(1) as thread:
        measured = thread.submit(lambda: scan_distances(scan, forward(model, parameters).vertices, model.faces))
        if mode == "skin":
            plain_crossings = thread.submit(_crossings, model, parameters)
            report("offsets", 0.75)
            trust, floor_y = trust_of(body, unknowns), -middle[1] if floor else None
            state = body.evaluate(unknowns)
            own, in_scan, solves = solve_offsets(body, target, state, plate_of(body), trust, rng, floor=floor_y, bare=bare)
            report("offsets", 0.9)
            swell, flesh = body.swell(unknowns), body.flesh(unknowns)
            offsets, crossings = _repaired(model, parameters, own + swell, in_scan + swell + flesh, plain_crossings.result())
    report("distances", 0.97)
    final = plain = measured.result()
    if mode == "skin":
        final = scan_distances(scan, forward(model, parameters, offsets=offsets[0] + offsets[1]).vertices, model.faces)
    report("fitted", 1.0)
    noise, seconds = target.noise_m * 1e3, time.perf_counter() - started
    return Fit(parameters, *offsets, mode, reason, plain, final, iterations + more + solves, crossings, bare, noise, seconds)


def _check(points: np.ndarray, normals: np.ndarray) -> None:
    if points.ndim != 2 or points.shape[1] != 3 or points.shape != normals.shape:
        raise StudioError(f"A fit needs points and normals of shape (N, 3), found {points.shape} and {normals.shape}.")
    if len(points) < _FEWEST_POINTS:
        raise StudioError(f"The scan has {len(points)} points, and a body needs {_FEWEST_POINTS} at least: scan again, or keep more of it.")
    if not (np.isfinite(points).all() and np.isfinite(normals).all()):
        raise StudioError("The scan's points and normals must be finite numbers, and some are not: clean the scan first.")


def _marks(spec: FitSpec, middle: np.ndarray) -> Marks:
    """What is known of the person, in the frame of the fit."""
    vertices, places = landmark_arrays(spec.landmarks)
    joints, joint_places = joint_arrays(spec.joints)
    there, joint_there = (frames.smplx_from_world(each) - middle for each in (places, joint_places))
    return Marks(vertices, there, joints, joint_there, spec.joints_sd_m)


def _coarse(
    body: FitBody, target: ScanTarget, spec: FitSpec, marks: Marks, rng: np.random.Generator, report: Report
) -> tuple[Unknowns, int]:
    """Follow the best starts, fewer at each level, and keep the one that explains the scan best."""
    from threadpoolctl import threadpool_limits

    report("starting poses", 0.0)
    thin = body.thinned(_COARSE_POINTS, _COARSE_BETAS, rng, always=marks.vertices)
    vertices, scan = np.arange(len(thin.template)), target.sample(_COARSE_POINTS, rng)
    here = replace(marks, vertices=thin.where(marks.vertices))
    mode = "clothed" if spec.mode == "clothed" else "skin"
    problem = _problem(thin, target, mode, vertices, scan, marks=here, cloth=_CLOTH_WEIGHT_COARSE)
    iterations = 0
    # Several fits at once, each of small matrices: threads of BLAS on top of that would wait for each other.
    with threadpool_limits(1), ThreadPoolExecutor() as threads:
        starts = find_starts(body, target, rng, count=spec.starts, joints=(marks.joints, marks.joint_places))
        fits = [start.unknowns.cut(_COARSE_BETAS) for start in starts]
        for number, (level, keep, reach) in enumerate(_COARSE):
            report("pose", 0.2 + 0.8 * number / len(_COARSE))

            def followed(fit: Unknowns, level: Level = level, reach: float = reach) -> tuple[Unknowns, float]:
                fit, _ = refine(problem, fit, level)
                return fit, unexplained(problem, fit, reach_m=reach, turn_m=0.05) + _TURNED_COST * _turned(thin, fit)

            found = list(threads.map(followed, fits))
            fits = [found[index][0] for index in np.argsort([score for _, score in found], kind="stable")[:keep]]
            iterations += level.steps
    return fits[0].padded(body.betas), iterations


def _turned(body: FitBody, unknowns: Unknowns) -> float:
    """0 where the body faces as the scan is said to face, 1 where it faces the other way."""
    orient = unknowns.p[[body.degrees.index(f"pelvis.{axis}") for axis in "xyz"]]
    return float(0.5 * (1 - to_matrix(orient)[2, 2]))


def _fine(
    body: FitBody,
    target: ScanTarget,
    spec: FitSpec,
    mode: Mode,
    start: Unknowns,
    marks: Marks,
    rng: np.random.Generator,
    report: Report,
    *,
    levels: slice,
    scalp: float = _UNKNOWN_SCALP_WEIGHT,
) -> tuple[Unknowns, int]:
    """Fine levels of a mode on the whole skin, with hands after the first and the last. levels: Which. scalp: See `_problem`."""
    unknowns, iterations = start, 0
    for number, (level, share) in list(enumerate(_FINE[mode]))[levels]:
        report("shape", (number - (levels.start or 0)) / len(_FINE[mode][levels]))
        if mode == "skin" and number == _LOOSENED:
            unknowns = body.loosened(unknowns)
        boost = _boosts(body)
        on_scan = _of_nearest(body, target, unknowns, boost)
        count = max(int(share * spec.points), 500)
        vertices, scan = body.skin.sample(count, rng, boost=boost), target.sample(count, rng, boost=on_scan)
        problem = _problem(body, target, mode, vertices, scan, marks=marks, weight=boost**-0.5, scalp=scalp)
        unknowns, steps = refine(problem, unknowns, level)
        if number in (0, len(_FINE[mode]) - 1):  # found at first; what changes later changes little until the end
            unknowns = fit_hands(body, target, unknowns, rng, search=number == 0, observations=_HAND_OBSERVATIONS[mode])
        iterations += steps
    return unknowns, iterations


def _problem(
    body: FitBody,
    target: ScanTarget,
    mode: Mode,
    vertices: np.ndarray,
    scan: np.ndarray,
    *,
    marks: Marks,
    weight: np.ndarray | float = 1.0,
    cloth: float = _CLOTH_WEIGHT,
    scalp: float = _UNKNOWN_SCALP_WEIGHT,
) -> Problem:
    """The problem with the weights that a mode gives to the parts of the body.

    scalp: In skin mode, weight of what lies outside the skull: 1 where it is a scalp, 0 where it is hair, of which nothing is known but
    that the skull is inside it.
    """
    skin = body.skin
    weights = np.ones(len(skin.outer)) * weight
    weights[skin.is_part("scalp")] *= max(_SCALP_WEIGHT[mode], scalp)
    weights[skin.is_part("left_foot", "right_foot")] *= _FEET_WEIGHT[mode]
    if mode == "clothed":
        outside = np.where(skin.is_part(*_BARE), max(cloth, _BARE_WEIGHT), cloth)
    else:
        outside = np.where(skin.is_part("scalp"), scalp, 1.0)
    return Problem(body, target, vertices, scan, weights, outside, marks=marks)


def _boosts(body: FitBody) -> np.ndarray:
    boost = np.ones(len(body.template))
    for part, times in _BOOST.items():
        boost[body.skin.is_part(part)] = times
    return boost


def _of_nearest(body: FitBody, target: ScanTarget, unknowns: Unknowns, values: np.ndarray) -> np.ndarray:
    """The value of the nearest outer vertex for every target point, 1 where the body is far."""
    from scipy.spatial import cKDTree

    outer = np.flatnonzero(body.skin.outer)
    distance, nearest = cKDTree(body.evaluate(unknowns).vertices[outer]).query(target.points, workers=-1)
    return np.where(distance < _PART_REACH_M, values[outer[nearest]], 1.0)


def _parameters(body: FitBody, unknowns: Unknowns) -> BodyParameters:
    """Parameters with the whole body's rotation as the shortest axis-angle vector."""
    parameters = body.parameters(unknowns)
    orient = from_matrix(to_matrix(parameters.global_orient.astype(np.float64)))
    return parameters.replace(global_orient=orient)


def _repair_poses(model: BodyModel, parameters: BodyParameters) -> tuple[BodyParameters, BodyParameters]:
    """The poses in which offsets may make nothing cross: the A-pose and the scan's."""
    return apply_pose(model, parameters, load_pose("a")), parameters


def _crossings(model: BodyModel, parameters: BodyParameters) -> list[np.ndarray]:
    """Pairs of triangles that cross without offsets in each of these poses, (K, 2)."""
    return [self_intersections(forward(model, posed).vertices, model.faces) for posed in _repair_poses(model, parameters)]


def _repaired(
    model: BodyModel, parameters: BodyParameters, own: np.ndarray, in_scan: np.ndarray, known: list[np.ndarray]
) -> tuple[tuple[np.ndarray, np.ndarray], int]:
    """Offsets of the person that make no new self-intersection in the A-pose, what comes on top in the scan's pose so that there is none
    there either, and how many are left. known: What crosses in both without offsets."""
    rest, faces = model.template.astype(np.float64), model.faces.astype(np.int64)

    def calmed(offsets: np.ndarray, posed: BodyParameters, known: np.ndarray) -> tuple[np.ndarray, int]:
        plain = forward(model, posed)
        linear = (model.weights @ plain.posed_from_rest[:, :3, :3].reshape(-1, 9)).reshape(-1, 3, 3)  # skinning is linear in offsets
        return without_new_crossings(offsets, rest, faces, lambda moved: plain.vertices + (linear @ moved[..., None])[..., 0], known)

    with ThreadPoolExecutor(2) as threads:  # two poses that do not depend on each other
        (mine, left), (there, left_there) = threads.map(calmed, (own, in_scan), _repair_poses(model, parameters), known)
    return (mine.astype(np.float32), (there - mine).astype(np.float32)), left + left_there
