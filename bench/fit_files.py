"""Fits of real files: bodies of another model family, and people captured in their clothes by depth cameras."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel, forward
from studio.body.poses import apply_pose, load_pose
from studio.frames import apply, world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.intersect import self_intersections
from studio.mesh.normals import vertex_normals
from studio.scan.prepare import Scan, prepare
from studio.scan.readers import read_scan
from studio.scan.reference import surface_samples
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.twin.fit import Fit, fit_body
from studio.twin.landmark_files import read_landmarks
from studio.twin.landmarks import LANDMARKS
from studio.twin.skin import PARTS, Skin, outer_skin

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BODIES = ("bodies/smplx_neutral_tpose.obj", "bodies/smpl_man_tpose.obj", "bodies/smpl_woman_tpose.obj")
PEOPLE = ("scans/kinect_fusion/20190823_020756.pcd", "scans/kinect_fusion/20190823_030127.pcd", "scans/depth_frame/person.pcd")

#: The landmarks' vertices on the meshes of other models by their number of vertices. SMPL: ``smplx/vertex_ids.py``, without its heels,
#: which lie 2 cm below the heel's rearmost point. SMPL-X: as on ours, but its right heel 8635 lies 17 mm below the mirror image of its
#: left one, 8634 on it, and its ears are points of the cheek.
_SMPL = {
    "nose": 332,
    "left_thumb": 2746, "left_index": 2319, "left_middle": 2445, "left_ring": 2556, "left_pinky": 2673,
    "right_thumb": 6191, "right_index": 5782, "right_middle": 5905, "right_ring": 6016, "right_pinky": 6133,
    "left_big_toe": 3216, "left_small_toe": 3226, "right_big_toe": 6617, "right_small_toe": 6624,
}  # fmt: skip
_SMPLX = {name: vertex for name, vertex in LANDMARKS.items() if not name.endswith("_ear")} | {"right_heel": 8634}
_VERTICES = {6890: _SMPL, 10475: _SMPLX}
#: The rearmost point of a heel is looked for below this height over the sole [m].
_HEEL_M = 0.05
_SAMPLES = 40_000
#: A cloud has data at a vertex so far behind it [m]; a vertex this far outside the cloud counts as outside [m].
_DATA_M, _OUTSIDE_M = 0.05, 0.010
#: Layers of a cloud lie up to this far apart, and are looked for at these steps [m].
_LAYERS_M, _PROBE_M = 0.12, 0.012
_BARE = ("head", "left_hand", "right_hand")

_BODIES_HEAD = """## Bodies of other models

Both ways, untrimmed: from 40,000 places of the file's surface to the twin's outer skin and back [mm], with offsets and with the
parameters alone. Landmark: the largest error among nose, fingertips, toes and heels [mm]. New crossings: pairs of triangles that cross
only because of the offsets, in the A-pose.

| file | points | twin | parameters | landmark | new crossings | wall s | processor s |
|---|---|---|---|---|---|---|---|"""

_PEOPLE_HEAD = """## People in their clothes

Kinect Fusion captures and one depth frame, fitted under the clothes (`--mode clothed`). Explained: share of the scan within 30 mm of the
body. Outside: share of the body's vertices more than 10 mm outside the cloud, of those that have data along their normals. Joints: mean
distance from the camera's own skeleton [mm], which the fit does not know; told: the same where it is told (`--landmarks`). Bare: median
gap of face and hands [mm].

| file | points | explained | outside | joints | told | bare | wall s | processor s |
|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class _Error:
    name: str
    mm: float


def bodies(model: BodyModel) -> str:
    """Fit the three bodies and return the table."""
    return "\n".join([_BODIES_HEAD, *(_body_row(model, name) for name in BODIES)])


def people(model: BodyModel) -> str:
    """Fit the clothed people and return the table."""
    skin = outer_skin(model)
    return "\n".join([_PEOPLE_HEAD, *(_person_row(model, skin, name) for name in PEOPLE)])


def _timed(model: BodyModel, scan: Scan, spec: FitSpec) -> tuple[Fit, float]:
    start = time.process_time()
    fit = fit_body(model, scan.points, scan.normals, faces=scan.faces, floor=scan.floor, spec=spec)
    return fit, time.process_time() - start


def _body_row(model: BodyModel, name: str) -> str:
    scan = prepare(read_scan(DATA / name), ScanSpec(), name=name)
    fit, used = _timed(model, scan, FitSpec())
    twin, plain = (_both_ways(model, scan, fit, offsets) for offsets in (fit.offsets + fit.scan_offsets, None))
    error = _worst_landmark(model, scan, fit, DATA / name)
    row = (name, f"{len(scan.points):,}", twin, plain, f"{error.mm:.1f} ({error.name})", str(_new_crossings(model, fit)))
    return f"| {' | '.join(row)} | {fit.seconds:.0f} | {used:.0f} |"


def _both_ways(model: BodyModel, scan: Scan, fit: Fit, offsets: np.ndarray | None) -> str:
    outer = model.faces[model.surface.outer[model.faces].all(axis=1)]
    twin = Surface(world_from_smplx(forward(model, fit.parameters, offsets=offsets).vertices.astype(np.float64)), outer)
    truth = Surface(scan.points, scan.faces)
    rng = np.random.default_rng(0)
    apart = []
    for here, other in ((truth, twin), (twin, truth)):
        apart.append(other.closest(surface_samples(here.vertices, here.faces, _SAMPLES, rng=rng)[0]).distances)
    distances = 1e3 * np.concatenate(apart)
    return f"{distances.mean():.2f} / {np.percentile(distances, 95):.2f}"


def _worst_landmark(model: BodyModel, scan: Scan, fit: Fit, file: Path) -> _Error:
    """The landmark whose place on the twin is farthest from its place on the file's own mesh."""
    lines = (line.split()[1:4] for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("v "))
    there = apply(np.linalg.inv(scan.file_from_world), np.array(list(lines), dtype=np.float64))
    here = world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets + fit.scan_offsets).vertices.astype(np.float64))
    places = {name: there[vertex] for name, vertex in _VERTICES[len(there)].items()}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        places.setdefault(f"{side}_heel", _heel(there[sign * there[:, 0] > 0]))
    errors = [_Error(name.replace("_", " "), 1e3 * float(np.linalg.norm(here[LANDMARKS[name]] - place))) for name, place in places.items()]
    return max(errors, key=lambda error: error.mm)


def _heel(half: np.ndarray) -> np.ndarray:
    """The rearmost point of the foot among the vertices of one half of a body, world frame (facing -y), shape (3,)."""
    foot = half[half[:, 2] < half[:, 2].min() + _HEEL_M]
    return foot[foot[:, 1].argmax()]


def _new_crossings(model: BodyModel, fit: Fit) -> int:
    """Pairs of triangles that cross in the A-pose with offsets and not without them."""
    posed = apply_pose(model, fit.parameters, load_pose("a"))
    plain, bent = (self_intersections(forward(model, posed, offsets=each).vertices, model.faces) for each in (None, fit.offsets))
    return len({tuple(pair) for pair in bent.tolist()} - {tuple(pair) for pair in plain.tolist()})


def _person_row(model: BodyModel, skin: Skin, name: str) -> str:
    scan = prepare(read_scan(DATA / name), ScanSpec(), name=name)
    fit, used = _timed(model, scan, FitSpec(mode="clothed"))
    outside, bare = _clothed_figures(model, skin, scan, fit)
    marks = DATA / name.replace(".pcd", "_joints.csv")
    joints, told = "-", "-"
    if marks.is_file():
        known = dict(read_landmarks(marks).in_world(scan.file_from_world, scan.points, name=marks.name).joints)
        joints = f"{_off_joints(model, fit, known):.0f}"
        told = f"{_off_joints(model, _timed(model, scan, FitSpec(mode='clothed', joints=known))[0], known):.0f}"
    explained = f"{100 * fit.scan_to_twin.explained:.0f} %"
    row = (name, f"{len(scan.points):,}", explained, f"{100 * outside:.1f} %", joints, told, f"{bare:.1f}")
    return f"| {' | '.join(row)} | {fit.seconds:.0f} | {used:.0f} |"


def _beyond_cloud(scan: Scan, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """How far points are outside the outermost layer of the cloud along their normals [m], shape (N,); inf where it has no data there.

    People move while they are captured: clouds have several layers. What faces the same way less than a probe aside is data.
    """
    from scipy.spatial import cKDTree

    tree, beyond = cKDTree(scan.points), np.full(len(points), np.inf)
    for ahead in np.arange(-_DATA_M, _LAYERS_M, _PROBE_M):
        distance, nearest = tree.query(points + ahead * normals, distance_upper_bound=1.5 * _PROBE_M)
        near = np.flatnonzero(np.isfinite(distance))
        offset, normal = scan.points[nearest[near]] - points[near], normals[near]
        along = np.einsum("nd,nd->n", offset, normal)
        aside = np.linalg.norm(offset - along[:, None] * normal, axis=1)
        data = (aside < _PROBE_M) & (np.einsum("nd,nd->n", normal, scan.normals[nearest[near]]) > 0.3)
        beyond[near[data]] = np.minimum(beyond[near[data]], -along[data])
    return beyond


def _off_joints(model: BodyModel, fit: Fit, known: dict[str, tuple[float, float, float]]) -> float:
    joints = world_from_smplx(forward(model, fit.parameters).joints.astype(np.float64))
    return 1e3 * float(np.mean([np.linalg.norm(joints[INDEX[name]] - place) for name, place in known.items()]))


def _clothed_figures(model: BodyModel, skin: Skin, scan: Scan, fit: Fit) -> tuple[float, float]:
    """Share of the body's vertices outside the cloud where it has data, and the median gap of bare skin [mm]."""
    vertices = world_from_smplx(forward(model, fit.parameters).vertices.astype(np.float64))
    outer = np.flatnonzero(skin.outer)
    normals = vertex_normals(vertices, skin.faces)[outer]
    beyond = _beyond_cloud(scan, vertices[outer], normals)
    found = Surface(vertices, skin.faces).closest(scan.points)
    part = skin.part[skin.faces[found.triangles][:, 0]]
    bare = np.isin(part, [PARTS.index(name) for name in _BARE]) & (found.distances < _DATA_M)
    return float((beyond[np.isfinite(beyond)] > _OUTSIDE_M).mean()), 1e3 * float(np.median(found.distances[bare]))
