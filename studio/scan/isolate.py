"""Before anything is known about axes and units: taking walls, floors and other things away from what may be a person.

All lengths are relative to the cloud itself, since its unit is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.scan.planes import Plane, find_plane, occupied_area
from studio.scan.sampling import components, spacing

#: Share of the cloud that a wall or floor has at least. Chosen: a floor cut close around the feet has about 8 %, the flattest
#: slab of a body 5 %; smaller remains are found later, when up and metres are known.
_PLANE_SHARE = 0.06
#: Share of the points that may lie beyond a wall or floor: strays, and the rim of a turntable below its top.
_MOST_BEYOND = 0.04
#: A wall or floor is as large as the shadow that everything else throws on it, at least by this share; a flat chest is not.
_PLANE_AREA = 0.6
_MAX_PLANES = 6
#: Parts of the cloud that are tried as the person, largest first, and how many points each has at least.
_MAX_PARTS = 6
_MIN_PART_POINTS = 150
_PART_SHARE = 0.01


@dataclass(frozen=True)
class Isolated:
    """What may be the person, and what is known from the surroundings.

    parts: Masks over the cloud, the likeliest first, each (N,), bool. normals: Unit normals of walls and floors, towards the person.
    """

    parts: tuple[np.ndarray, ...]
    normals: tuple[np.ndarray, ...]


def isolate(points: np.ndarray) -> Isolated:
    """Split an evenly thinned cloud of shape (N, 3) into what may be the person and what is a wall, a floor or a stray."""
    rng = np.random.default_rng(0)
    step = spacing(points)
    left = np.ones(len(points), bool)
    normals = []
    for _ in range(_MAX_PLANES):
        plane = _boundary(points[left], step, rng)
        if plane is None:
            break
        heights = plane.heights(points)
        tolerance = _tolerance(points[left], step)
        left &= heights > tolerance
        normals.append(plane.normal)
    return Isolated(tuple(_parts(points, left, step)), tuple(normals))


def _tolerance(points: np.ndarray, step: float) -> float:
    return max(1.5 * step, 0.004 * float(np.linalg.norm(np.ptp(points, axis=0))))


def _boundary(points: np.ndarray, step: float, rng: np.random.Generator) -> Plane | None:
    """A plane that bounds the cloud: everything is on one side of it, and it is as large as everything."""
    if len(points) < _MIN_PART_POINTS:
        return None
    tolerance = _tolerance(points, step)
    plane = find_plane(points, tolerance, rng=rng, most_beyond=_MOST_BEYOND)
    if plane is None or plane.on.mean() < _PLANE_SHARE:
        return None
    off = ~plane.on
    if (plane.heights(points) < -tolerance).mean() > _MOST_BEYOND:
        return None
    cell = 2.5 * step
    if occupied_area(points[plane.on], plane.normal, cell) < _PLANE_AREA * occupied_area(points[off], plane.normal, cell):
        return None
    return plane


def _parts(points: np.ndarray, left: np.ndarray, step: float) -> list[np.ndarray]:
    """The connected parts of what is left, largest first, and then all of it."""
    if left.sum() < _MIN_PART_POINTS:
        return []
    cell = max(3.5 * step, float(np.linalg.norm(np.ptp(points[left], axis=0))) / 150)
    label = np.full(len(points), -1)
    label[left] = components(points[left], cell)
    sizes = np.bincount(label[left])
    large = np.flatnonzero(sizes >= max(_MIN_PART_POINTS, _PART_SHARE * left.sum()))[:_MAX_PARTS]
    parts = [label == number for number in large]
    if len(parts) > 1:
        parts.append(left)  # a person in several pieces
    return parts
