"""What else a capture shows: a second person, something that touches the person, a person of another size than the unit says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studio.scan.normals import local_normals
from studio.scan.place import Placement, Search, placements
from studio.scan.sampling import thin_to

#: Misfit [heights] up to which something beside the person, or one half of what is no person, is a person as well. Stricter than for the
#: person who is looked for. Measured: made-up people 0.012 to 0.025, a chair 0.07, a dog 0.06.
_PERSON_COST = 0.03
#: Something this much lower or less wide than the person [share of height] is not looked at: a bag, a dog, a stool.
_LEAST_HEIGHT = 0.55
#: And so much better the right way up than upside down: half a pill has no head.
_CLEARLY = 0.2
#: Each side of a cut has at least this share of the points.
_SIDE_SHARE = 0.25
_POINTS = 5000


def second_person(points: np.ndarray, parts: list[np.ndarray], part: np.ndarray, found: Placement, metres: float) -> float | None:
    """How tall a second person in the capture is [m]; None where there is none.

    points: File frame, shape (N, 3). parts: Masks of what may be a person, each (N,). part: The one that was taken. found: How it was
    placed. metres: Metres per unit.
    """
    up = found.rotation[2]
    height = np.ptp(points[part] @ up)
    for other in parts:
        if (other & part).any() or np.ptp(points[other] @ up) < _LEAST_HEIGHT * height:
            continue
        seen = _placed(points[other], Search(metres=metres, up=up))
        if seen is not None and seen.cost < _PERSON_COST:
            return metres * seen.stature
    return None


def person_of_another_size(points: np.ndarray, search: Search) -> float | None:
    """How tall a person is whom a cloud shows if the unit that was told is believed [m]; None where it shows none in any unit."""
    seen = _placed(points, replace(search, metres=None, likely_metres=None))
    return seen.stature * search.metres if seen is not None and seen.cost < _PERSON_COST else None


def person_beside_something(points: np.ndarray, search: Search) -> bool:
    """Whether a cloud that is no person becomes one when it is cut in two: two people who touch, or a person and a thing."""
    centred = points - points.mean(axis=0)
    for axis in np.linalg.eigh(np.cov(centred.T))[1].T[::-1]:
        along = centred @ axis
        cut = _emptiest(along)
        for side in (along < cut, along >= cut):
            if side.mean() < _SIDE_SHARE:
                continue
            asked = replace(search, likely_ups=())
            seen = _placed(points[side], asked)
            if seen is None or seen.cost > _PERSON_COST:
                continue
            turned = _placed(points[side], replace(asked, up=-seen.rotation[2]))
            if turned is None or seen.cost < (1 - _CLEARLY) * turned.cost:
                return True
    return False


def _emptiest(along: np.ndarray) -> float:
    """Where the middle of a cloud has fewest points along an axis."""
    low, high = np.quantile(along, [_SIDE_SHARE, 1 - _SIDE_SHARE])
    count, edges = np.histogram(along, bins=15, range=(low, high))
    smooth = np.convolve(np.pad(count, 1, mode="edge"), [1, 2, 1], mode="valid")
    thinnest = int(smooth.argmin())
    return float(0.5 * (edges[thinnest] + edges[thinnest + 1]))


def _placed(cloud: np.ndarray, search: Search) -> Placement | None:
    """The best way to see a cloud as a whole person."""
    cloud = cloud[thin_to(cloud, _POINTS).chosen]
    if len(cloud) < 100:
        return None
    return next(iter(placements(cloud, local_normals(cloud), search, whole=True)), None)
