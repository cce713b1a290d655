"""What a file's axes and unit are: `orient` decides by the coarse fits of `place`, or refuses what is no person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.frames import AXES, METRES_PER_UNIT
from studio.scan.company import person_beside_something, person_of_another_size, second_person
from studio.scan.normals import local_normals
from studio.scan.place import Placement, Search, placements, refine, rotation_from
from studio.scan.sampling import thin_to
from studio.specs.scan import ScanSpec

#: Stature by which units are told apart [m]; no two units of `METRES_PER_UNIT` fit the same file.
STATURE_M = (1.2, 2.2)
#: Stature that is believed where the format says what its unit is, or the person who added the file.
_TOLD_STATURE_M = (0.7, 2.6)
#: Units in which no scanner writes by itself; believed only for a good fit.
_RARE_UNITS = ("dm", "ft")

#: Misfit [heights] up to which a cloud is taken for a person, and for a part of one. Measured: naked bodies of other models 0.015-0.018,
#: clothed depth-camera scans 0.024-0.027, draped statues 0.036-0.038, an ellipsoid of a person's size 0.029, car 0.039, shoe 0.040,
#: chair 0.070, sphere 0.10; as parts a bust in a depth frame 0.009, a body without a head 0.022.
_WHOLE_COST = 0.046
_PART_COST = 0.03
#: Above this misfit, and for parts, something must tell head from feet: the least `up_confidence`. Measured: ellipsoid, chair, car, shoe
#: 0.01-0.07, made-up bodies in odd poses with their shins cut off 0.11-0.15, clothed depth-camera scans 0.31, the bust 0.67.
_CLEAR_COST = 0.024
_UP_CONFIDENCE = 0.1
#: What a part must have: this share of its points on head and trunk, this diagonal [m], and a misfit below this share of its own
#: thickness. Measured: the bust 0.36, the shoe 1.0, remains of floors 1.6 and more.
_PART_TRUNK = 0.3
_PART_DIAGONAL_M = 0.4
_PART_THICKNESS = 0.55
#: Diagonal of the largest person with raised arms [m].
_LARGEST_M = 3.2
#: Seen as a part only if that fits so much better than as a whole.
_PART_GAIN = 0.75

#: Files are nearly always aligned with gravity, and people stand within a few degrees of straight: a found direction this
#: close [deg] to an axis of the file is that axis. The coarse fit itself leans by 4 degrees on upright bodies of other models.
_SNAP_UP_DEG = 9.0
_SNAP_FACING_DEG = 12.0

_ORIENT_POINTS = 8000
#: A cloud with fewer points says nothing more about why it is no person.
_LEAST_CLOUD = 150


@dataclass(frozen=True)
class Orientation:
    """How a file's coordinates relate to a standing person.

    rotation: World axes (z up, facing -y) from file axes, shape (3, 3), float64.
    metres_per_unit, unit: The file's unit. up, facing: The file axes nearest to these directions.
    up_confidence, facing_confidence: 0 where the opposite fits as well, towards 1 the clearer it is (1 - cost / cost of the best other);
        1 where it was told.
    placement: The coarse fit. part: Which points of the cloud are the person, shape (N,), bool.
    """

    rotation: np.ndarray
    metres_per_unit: float
    unit: str
    up: str
    facing: str
    up_confidence: float
    facing_confidence: float
    placement: Placement
    part: np.ndarray


def orient(
    points: np.ndarray,
    parts: list[np.ndarray],
    *,
    spec: ScanSpec,
    name: str,
    likely_metres: float | None,
    likely_ups: tuple[np.ndarray, ...] = (),
) -> Orientation:
    """Find the person in a cloud: which part, which way up and round, and in which unit.

    points: Finite, file frame and unit, shape (N, 3). parts: Masks of what may be the person, likeliest first, each (N,), bool.
    likely_metres: Metres per unit by the file's format, or None. likely_ups: Normals of floors.

    Raises StudioError in one sentence where nothing looks like a person, or no unit gives a plausible stature.
    """
    search = Search(
        metres=spec.metres_per_unit,
        up=None if spec.up is None else np.array(AXES[spec.up]),
        facing=None if spec.facing is None else np.array(AXES[spec.facing]),
        likely_ups=likely_ups,
        likely_metres=likely_metres,
    )
    best: tuple[Placement, np.ndarray, np.ndarray, np.ndarray] | None = None
    others: list[Placement] = []
    for part in sorted(parts, key=lambda part: _size_is_odd(points[part], search)):
        cloud = points[part]
        cloud = cloud[thin_to(cloud, _ORIENT_POINTS).chosen]
        normals = local_normals(cloud)
        found = _seen(cloud, normals, search)
        if found and (best is None or _rank(found[0]) < _rank(best[0])):
            best, others = (found[0], part, cloud, normals), found[1:]
        if best is not None and _rank(best[0]) < _CLEAR_COST:
            break
    if best is None:
        raise _no_person(name, points, parts, search)
    placement, part, cloud, normals = best
    up_confidence, facing_confidence = _confidences(placement, others, cloud, normals, search)
    told = spec.unit is not None and spec.up is not None and spec.facing is not None
    if not told and not _is_person(placement, cloud, up_confidence, up_told=spec.up is not None):
        raise _no_person(name, points, parts, search, placement)
    metres, unit = _unit(placement, cloud, spec, likely_metres, name)
    other = second_person(points, parts, part, placement, metres)
    if other is not None:
        raise StudioError(
            f"{name} shows two people, {metres * placement.stature:.2f} and {other:.2f} m tall, and a scan is of one person; "
            "cut the other one out of the file and add it again."
        )
    rotation = _snapped(placement.rotation, search)
    return Orientation(
        rotation=rotation,
        metres_per_unit=metres,
        unit=unit,
        up=nearest_axis(rotation[2]),
        facing=nearest_axis(-rotation[1]),
        up_confidence=up_confidence,
        facing_confidence=facing_confidence,
        placement=placement,
        part=part,
    )


def nearest_axis(direction: np.ndarray) -> str:
    """Name of the axis closest to a direction of shape (3,)."""
    return max(AXES, key=lambda axis: float(np.dot(AXES[axis], direction)))


def _seen(cloud: np.ndarray, normals: np.ndarray, search: Search) -> list[Placement]:
    """Placements of one cloud, best first: as a whole person, or as a part where that is much better."""
    whole = placements(cloud, normals, search, whole=True)
    if whole and whole[0].cost < _CLEAR_COST:
        return whole
    part = [p for p in placements(cloud, normals, search, whole=False) if _may_be_part(p, cloud)]
    if part and (not whole or _rank(part[0]) < _rank(whole[0])):
        return part
    return whole


def _may_be_part(placement: Placement, cloud: np.ndarray) -> bool:
    """Any small thing lies close to a body somewhere: a part must have size, show head or trunk, and fit better than it is thick."""
    placed = placement.place(cloud[::4])
    _, nearest = placement.reference.tree.query(placed)
    thickness = np.sqrt(max(0.0, float(np.linalg.eigvalsh(np.cov(placed.T))[0])))
    diagonal = float(np.linalg.norm(np.ptp(cloud, axis=0))) * placement.metres
    shows_trunk = placement.reference.trunk[nearest].mean() > _PART_TRUNK
    return diagonal > _PART_DIAGONAL_M and shows_trunk and placement.cost < _PART_THICKNESS * thickness


def _size_is_odd(cloud: np.ndarray, search: Search) -> bool:
    """Whether a person would have another size, where the unit is told or likely; those are looked at last."""
    metres = search.metres or search.likely_metres
    if metres is None:
        return False
    low, high = np.percentile(cloud, [1, 99], axis=0)
    diagonal = float(np.linalg.norm(high - low)) * metres
    return not _PART_DIAGONAL_M < diagonal < _LARGEST_M


def _rank(placement: Placement) -> float:
    """Misfit by which clouds and ways to see them are compared: a part fits more easily than a whole."""
    return placement.cost if placement.whole else placement.cost / _PART_GAIN


def _confidences(best: Placement, others: list[Placement], cloud: np.ndarray, normals: np.ndarray, search: Search) -> tuple[float, float]:
    """How clear up and facing are: one less the ratio of the best fit's misfit to that of the best other one."""
    up_confidence = facing_confidence = 1.0
    if search.up is None:
        upside_down = Search(metres=search.metres or best.metres, up=-best.rotation[2], likely_metres=search.likely_metres)
        rivals = [other for other in others if other.rotation[2] @ best.rotation[2] < np.cos(np.radians(45.0))]
        rivals += placements(cloud, normals, upside_down, whole=best.whole)
        up_confidence = 1 - best.cost / min((rival.cost for rival in rivals), default=np.inf)
    if search.facing is None:
        rivals = [other for other in others if other.rotation[2] @ best.rotation[2] > 0.7 and other.rotation[1] @ best.rotation[1] < 0]
        rivals.append(refine(cloud, normals, best.turned_around(cloud)))
        facing_confidence = 1 - best.cost / min(rival.cost for rival in rivals)
    return max(0.0, float(up_confidence)), max(0.0, float(facing_confidence))


def _is_person(placement: Placement, cloud: np.ndarray, up_confidence: float, *, up_told: bool) -> bool:
    if placement.cost > (_WHOLE_COST if placement.whole else _PART_COST):
        return False
    clear = placement.whole and placement.cost < _CLEAR_COST
    return clear or up_told or up_confidence > _UP_CONFIDENCE


def _no_person(name: str, points: np.ndarray, parts: list[np.ndarray], search: Search, nearest: Placement | None = None) -> StudioError:
    """Why a capture is refused, as near as can be told. nearest: The best that was found, where anything was."""
    largest = max((points[part] for part in parts), key=len, default=points)
    if len(largest) >= _LEAST_CLOUD:
        stature = None if search.metres is None else person_of_another_size(largest, search)
        if stature is not None:
            metres = 1.7 / stature * search.metres
            return StudioError(
                f"{name} shows a person {stature:.3g} m tall in the unit that was told, and people are 0.75 to 2.6 m tall; leave out "
                f"--unit or say the metres in one unit of the file, for example --unit {metres:.4g} for a person of 1.70 m."
            )
        if person_beside_something(largest, search):
            return StudioError(
                f"{name} shows a person together with something that touches them, such as a second person or a chair; cut out of the file "
                "what is not the person, and add it again."
            )
    if nearest is None:
        found = "nothing in it has the size and the shape of one"
    elif nearest.cost > (_WHOLE_COST if nearest.whole else _PART_COST):
        what, most = ("people", _WHOLE_COST) if nearest.whole else ("parts of people", _PART_COST)
        misfit = f"{100 * nearest.cost:.1f} % of a body's height, and scans of {what} come within {100 * most:.1f} %"
        found = f"no body, however it is posed and turned, comes nearer than {misfit}"
    else:
        found = "nothing in it tells a head from feet"
    return StudioError(
        f"{name} does not look like a person: {found}; choose the scan of a person, or say --unit, --up and --facing if it is one."
    )


def _unit(placement: Placement, cloud: np.ndarray, spec: ScanSpec, likely_metres: float | None, name: str) -> tuple[float, str]:
    """Metres per file unit, and what that unit is called."""
    if spec.unit is not None:
        return spec.metres_per_unit, spec.unit
    called = {metres: unit for unit, metres in METRES_PER_UNIT.items()}
    if not placement.whole:
        return placement.metres, called[placement.metres]
    height = placement.reference.stature * float(np.ptp(cloud @ placement.rotation[2]))
    if likely_metres is not None and _TOLD_STATURE_M[0] < height * likely_metres < _TOLD_STATURE_M[1]:
        return likely_metres, called.get(likely_metres, f"{likely_metres:g}")
    for unit, metres in METRES_PER_UNIT.items():
        if STATURE_M[0] <= height * metres <= STATURE_M[1] and (unit not in _RARE_UNITS or placement.cost < _CLEAR_COST):
            return metres, unit
    raise StudioError(
        f"{name} shows a person {height:.4g} units tall, and no unit makes that a stature of {STATURE_M[0]} to {STATURE_M[1]} m; "
        f"say --unit with the metres in one unit of the file, for example --unit {1.7 / height:.4g} for a person of 1.70 m, or scan the "
        "whole person if this is a part of one."
    )


def _snapped(rotation: np.ndarray, search: Search) -> np.ndarray:
    """World axes from file axes, with the directions that were told, or that are close to an axis of the file, exactly."""
    up = search.up if search.up is not None else _snap(rotation[2], _SNAP_UP_DEG)
    facing = search.facing
    if facing is None or abs(facing @ up) > 0.5:
        level = -rotation[1] + (rotation[1] @ up) * up
        facing = _snap(level / np.linalg.norm(level), _SNAP_FACING_DEG)
    return rotation_from(up, facing)


def _snap(direction: np.ndarray, limit_deg: float) -> np.ndarray:
    axis = np.array(AXES[nearest_axis(direction)])
    return axis if axis @ direction > np.cos(np.radians(limit_deg)) else direction
