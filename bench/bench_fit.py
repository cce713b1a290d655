"""How well and how fast twins are fitted: three bodies of another model family, and three real captures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.model import BodyModel, forward, load_body
from studio.body.poses import apply_pose, load_pose
from studio.frames import apply, world_from_smplx
from studio.mesh.intersect import self_intersections
from studio.scan.prepare import Scan, prepare
from studio.scan.readers import read_scan
from studio.specs.fit import FitSpec
from studio.specs.scan import ScanSpec
from studio.twin.distances import Distances
from studio.twin.fit import Fit, fit_body
from studio.twin.landmarks import LANDMARKS

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = (
    ("bodies/smplx_neutral_tpose.obj", "skin"),
    ("bodies/smpl_man_tpose.obj", "skin"),
    ("bodies/smpl_woman_tpose.obj", "skin"),
    ("scans/kinect_fusion/20190823_020756.pcd", "clothed"),
    ("scans/kinect_fusion/20190823_030127.pcd", "clothed"),
    ("scans/depth_frame/person.pcd", "clothed"),
)

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

_HEAD = """## Scan to twin

Distances from every kept point of the scan to the surface of the twin [mm]: mean / median / 95th percentile. Clothed captures are fitted
under their clothes, so their distances say how far the cloth stands off; `explained` is the share of points within 30 mm. Landmark: the
largest error among nose, fingertips, toes and heels [mm]. New crossings: pairs of triangles that cross only because of the offsets, in
the A-pose. Seconds of wall time and of processor time, the fit alone.

| file | mode | points | parameters alone | with offsets | explained | landmark | new crossings | wall s | processor s |
|---|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class _Error:
    name: str
    mm: float


def run() -> str:
    """Fit every file and return the table."""
    model = load_body("open")
    return "\n".join([_HEAD, *(_row(model, name, mode) for name, mode in FILES)])


def _row(model: BodyModel, name: str, mode: str) -> str:
    scan = prepare(read_scan(DATA / name), ScanSpec(), name=name)
    start = time.process_time()
    fit = fit_body(model, scan.points, scan.normals, faces=scan.faces, spec=FitSpec(mode=mode))
    used = time.process_time() - start
    worst, offsets, crossings = "-", "-", "-"
    if mode == "skin":
        error = _worst_landmark(model, scan, fit, DATA / name)
        worst, offsets, crossings = f"{error.mm:.1f} ({error.name})", _cell(fit.scan_to_twin), str(_new_crossings(model, fit))
    explained = f"{100 * fit.scan_to_twin.explained:.0f} %"
    row = (name, mode, f"{len(scan.points):,}", _cell(fit.parameters_only), offsets, explained, worst, crossings)
    return f"| {' | '.join(row)} | {fit.seconds:.0f} | {used:.0f} |"


def _cell(distances: Distances) -> str:
    return f"{distances.mean:.2f} / {distances.median:.2f} / {distances.p95:.2f}"


def _worst_landmark(model: BodyModel, scan: Scan, fit: Fit, file: Path) -> _Error:
    """The landmark whose place on the twin is farthest from its place on the file's own mesh."""
    lines = (line.split()[1:4] for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("v "))
    there = apply(np.linalg.inv(scan.file_from_world), np.array(list(lines), dtype=np.float64))
    here = world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets).vertices.astype(np.float64))
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
