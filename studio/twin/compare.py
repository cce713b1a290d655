"""What changed from one twin to another: its measures in centimetres, its surface in millimetres, its pose and what is known of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.body.joints import JOINTS
from studio.body.tape import Measure, Measures
from studio.errors import StudioError
from studio.mesh.closest import Surface
from studio.progress import Report, silent
from studio.store import Ref
from studio.store.changes import Change, changes
from studio.store.store import Store
from studio.twin.measure import measures_of, measuring_body
from studio.twin.nearness import BODY_PARTS, signed_distance
from studio.twin.skin import outer_skin
from studio.twin.twin import Twin, load_twin

#: A joint that turned by less than this in the scan's pose is not named [deg].
_TURNED_DEG = 1.0


@dataclass(frozen=True)
class MeasureChange:
    """One measure before and after [cm]; not a number where the tape failed on one of the bodies.

    uncertainty_cm: Of the change: both uncertainties together, as independent ones add up (GUM, JCGM 100:2008, 5.1.2).
    """

    name: str
    clause: str
    before_cm: float
    after_cm: float
    uncertainty_cm: float

    @property
    def change_cm(self) -> float:
        """After less before, to a hundredth of a centimetre: finer is not read off a tape."""
        return round(self.after_cm - self.before_cm, 2) + 0.0  # no minus before a zero

    @property
    def beyond_uncertainty(self) -> bool:
        """Whether it changed by more than the two measurements may differ by."""
        return bool(abs(self.change_cm) > self.uncertainty_cm)


@dataclass(frozen=True)
class SurfaceChange:
    """How far the skin of a part moved, by area: unsigned mean, 95th percentile and largest, and the signed mean, outward positive [mm]."""

    part: str
    mean: float
    p95: float
    max: float
    outward: float


@dataclass(frozen=True, eq=False)
class TwinChange:
    """Two twins of one body model. V vertices.

    measures: In the order of the tape; empty where it fails on both. whole, parts: The skin's change, bodies in the A-pose on each other.
    turned_deg: Joints of the body that are turned otherwise in the scans' poses, most first. facts: What is said differently.
    vertices: Of the second body in that stance, world frame [m], (V, 3). outward_mm: Its distance from the first, outward positive, (V,);
    not a number on inner parts. area: Skin that each vertex stands for [m2], (V,). faces: Triangles, (F, 3).
    """

    before: Ref
    after: Ref
    measures: tuple[MeasureChange, ...]
    whole: SurfaceChange
    parts: tuple[SurfaceChange, ...]
    turned_deg: tuple[tuple[str, float], ...]
    facts: tuple[Change, ...]
    vertices: np.ndarray
    outward_mm: np.ndarray
    area: np.ndarray
    faces: np.ndarray


def compare_twins(store: Store, before: Ref | str, after: Ref | str, *, report: Report = silent) -> TwinChange:
    """Compare two twins, two versions of one or two different ones.

    Both stand on the floor in the A-pose; the second is turned about the vertical and moved level so that it lies on the first, by least
    squares over the skin.

    Raises StudioError where one of them is not there, and where they are on different body models.
    """
    assets = [store.resolve(Ref.parse(ref, kind="twin") if isinstance(ref, str) else ref) for ref in (before, after)]
    first, second = (load_twin(store, asset.ref) for asset in assets)
    if first.model.digest != second.model.digest:
        raise StudioError(
            f"{first.ref} is on the body model '{first.model.name}' and {second.ref} on '{second.model.name}': "
            "compare twins of one body model, or fit one of the scans again with the other's --body."
        )
    report("measures", 0.2)
    measures = _measures(_tape(first), _tape(second))
    report("surface", 0.7)
    skin = outer_skin(first.model)
    start, end = (measuring_body(twin.model, twin.parameters, twin.offsets).vertices for twin in (first, second))
    end = laid_on(end, start, skin.area)
    outward = np.full(len(end), np.nan)
    outward[skin.outer] = 1e3 * signed_distance(Surface(start, skin.faces), end[skin.outer])[0]
    parts = tuple(_surface(name, outward, skin.area * skin.is_part(*names)) for name, names in BODY_PARTS.items())
    return TwinChange(
        before=first.ref,
        after=second.ref,
        measures=measures,
        whole=_surface("whole body", outward, skin.area),
        parts=parts,
        turned_deg=_turned(first, second),
        facts=changes(*assets),
        vertices=end,
        outward_mm=outward,
        area=np.where(skin.outer, skin.area, 0.0),
        faces=first.model.faces,
    )


def laid_on(points: np.ndarray, others: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Turn points (V, 3) about the vertical and move them level so that they lie on as many others, by weighted least squares."""
    share = weights / weights.sum()
    middle, goal = share @ points[:, :2], share @ others[:, :2]
    moved, there = points[:, :2] - middle, others[:, :2] - goal
    turn = math.atan2(share @ (moved[:, 0] * there[:, 1] - moved[:, 1] * there[:, 0]), share @ (moved * there).sum(axis=1))
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return np.concatenate([moved @ rotation.T + goal, points[:, 2:]], axis=1)


def _tape(twin: Twin) -> Measures | None:
    try:
        return measures_of(twin)
    except StudioError:
        return None


def _measures(before: Measures | None, after: Measures | None) -> tuple[MeasureChange, ...]:
    names = [measure.name for measure in (before or after or ())]
    rows = []
    for name in names:
        pair: list[Measure | None] = [table[name] if table is not None and name in table else None for table in (before, after)]
        values = [math.nan if each is None else each.cm for each in pair]
        spread = math.hypot(*(100 * each.uncertainty_m for each in pair if each is not None))
        rows.append(MeasureChange(name, next(each.clause for each in pair if each is not None), *values, spread))
    return tuple(rows)


def _surface(part: str, outward_mm: np.ndarray, area: np.ndarray) -> SurfaceChange:
    chosen = np.isfinite(outward_mm) & (area > 0)
    signed, weight = outward_mm[chosen], area[chosen] / area[chosen].sum()
    size = np.abs(signed)
    order = np.argsort(size)
    p95 = size[order][min(np.searchsorted(np.cumsum(weight[order]), 0.95), len(size) - 1)]
    return SurfaceChange(part, float(weight @ size), float(p95), float(size.max()), float(weight @ signed))


def _turned(before: Twin, after: Twin) -> tuple[tuple[str, float], ...]:
    """The body's joints by how far they are turned against each other in the two poses [deg]; not the whole body's own turn."""
    from studio.body.rotations import to_matrix

    first, second = (to_matrix(twin.parameters.body_pose.astype(np.float64)) for twin in (before, after))
    cosine = (np.einsum("jab,jab->j", first, second) - 1) / 2
    angles = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    rows = [(JOINTS[1 + k], float(angle)) for k, angle in enumerate(angles) if angle >= _TURNED_DEG]
    return tuple(sorted(rows, key=lambda row: -row[1]))
