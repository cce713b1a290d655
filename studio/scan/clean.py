"""Taking away what is not the person: floors, turntables, stray points and clusters. Metres, z up; the person is roughly known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.scan.place import Placement
from studio.scan.planes import Plane, find_plane, occupied_area
from studio.scan.sampling import components, spacing, thin

Distance = Callable[[np.ndarray], np.ndarray]

#: Everything is judged on a cloud thinned to this spacing [m]: below the noise of a hand-held scanner (1-2 mm) nothing is gained.
_CELL_M = 0.004
#: The person is looked for this far around what was found coarsely [m]: the coarse cut takes the soles with the floor.
_AROUND_M = 0.06

#: A floor lies in the lowest part of the capture [m], is level within this angle [deg], and shows this much beside the feet [m2].
#: Chosen: less than half an A4 sheet cannot be told from soles and hems.
_FLOOR_BAND_M = 0.2
_FLOOR_LEVEL_DEG = 15.0
_FLOOR_BESIDE_M2 = 0.03
#: A floor of this size beside the feet gives the up direction better than the body does [m2].
_FLOOR_LEVELS_M2 = 0.15
_AREA_CELL_M = 0.02
#: Floor, then a turntable on it, and a mat on that, which lie as level as the first within this angle [deg]: insteps do not.
_MAX_FLOORS = 3
_FLOORS_PARALLEL_DEG = 4.0
#: Half the thickness of a floor: least [m], most [m], and in standard deviations of its points.
_FLOOR_HALF_M = (0.004, 0.02)
_FLOOR_SIGMAS = 3.0

#: A point is a stray where its neighbours are this much farther away than usual in this cloud, and half that much farther than those of
#: its neighbours (local outlier factor, Breunig et al. 2000). Measured on made-up captures, whose density varies 3 times: of the person's
#: points 99.9 % stay; those lost are misses of 2 cm and more.
_STRAY_FACTOR = 2.5
_STRAY_NEIGHBOURS = 10

#: A thread: its neighbourhood is at most this wide, as a share of its length; told only in clouds denser than this [m], in which a finger
#: is no line.
_THREAD_WIDTH = 0.12
_THREAD_SPACING_M = 0.008

#: Parts of the cloud that do not touch at this distance [m] are separate. Separate parts stay where their typical distance to the coarse
#: body is below this [m]; arms and feet that a gap cuts off.
_GAP_M = 0.025
_NEAR_BODY_M = 0.06
_LEAST_PART = 40


@dataclass(frozen=True)
class Cleaned:
    """What stays of a cloud.

    keep: Shape (N,), bool.
    floor: The plane that the person stands on in the cloud's frame, or None where none was seen; its normal points up.
    levels: Whether the floor is large enough to say which way up is.
    """

    keep: np.ndarray
    floor: Plane | None
    levels: bool


def clean(points: np.ndarray, part: np.ndarray, *, distance_to_body: Distance) -> Cleaned:
    """Keep the person.

    points: Metres, z up, shape (N, 3). part: What was found to be the person coarsely, shape (N,), bool.
    distance_to_body: Function from points of shape (M, 3) to distances [m] from the coarse fit, shape (M,).
    """
    low, high = points[part].min(axis=0) - _AROUND_M, points[part].max(axis=0) + _AROUND_M
    region = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    thinned = thin(points[region], _CELL_M)
    cloud = points[region[thinned.chosen]]
    keep, floor, levels = _without_floors(cloud)
    keep[keep] = ~_strays(cloud[keep])
    keep[keep] = _belongs(cloud[keep], distance_to_body)
    result = np.zeros(len(points), bool)
    result[region] = keep[thinned.cell_of]
    if floor is not None:  # cells that reach through the floor
        result[region] &= floor.heights(points[region]) > -_FLOOR_HALF_M[0]
    return Cleaned(result, floor, levels)


def _without_floors(cloud: np.ndarray) -> tuple[np.ndarray, Plane | None, bool]:
    """Which points are above every floor, the uppermost floor, and whether it is large."""
    rng = np.random.default_rng(0)
    keep, floor, levels = np.ones(len(cloud), bool), None, False
    for _ in range(_MAX_FLOORS):
        index = np.flatnonzero(keep)
        found = _floor(cloud[index], rng, under=floor)
        if found is None:
            break
        plane, half, beside = found
        heights = plane.heights(cloud[index])
        on = np.abs(heights) <= half
        sole = _under_feet(cloud[index], heights, half, reach=0)
        keep[index[(heights < -half) | (on & ~sole)]] = False
        floor, levels = plane, beside > _FLOOR_LEVELS_M2
    return keep, floor, levels


def _floor(cloud: np.ndarray, rng: np.random.Generator, *, under: Plane | None) -> tuple[Plane, float, float] | None:
    """The floor in the lowest part of a cloud, half its thickness, and its area beside the feet. under: The floor below it, if any."""
    if len(cloud) < 100:
        return None
    lowest = np.percentile(cloud[:, 2], 0.2)
    band = cloud[cloud[:, 2] < lowest + _FLOOR_BAND_M]
    near, within_deg = (np.array([0.0, 0.0, 1.0]), _FLOOR_LEVEL_DEG) if under is None else (under.normal, _FLOORS_PARALLEL_DEG)
    plane = find_plane(band, _FLOOR_HALF_M[1] / 2, rng=rng, near=near, within_deg=within_deg)
    if plane is None:
        return None
    half = _half_thickness(plane.heights(band))
    beside = _beside_feet(cloud, plane, half)
    if beside.sum() >= 3:  # again without the feet, which stand on one side
        centre = cloud[beside].mean(axis=0)
        normal = np.linalg.eigh(np.cov((cloud[beside] - centre).T))[1][:, 0]
        normal *= np.sign(normal[2]) or 1.0
        plane = Plane(normal, float(normal @ centre), plane.on)
        half = _half_thickness(plane.heights(cloud[beside]))
        beside = _beside_feet(cloud, plane, half)
    if plane.normal @ near < np.cos(np.radians(within_deg)):
        return None
    area = occupied_area(cloud[beside], plane.normal, _AREA_CELL_M)
    return (plane, half, area) if area > _FLOOR_BESIDE_M2 else None


def _half_thickness(heights: np.ndarray) -> float:
    """Half the thickness of a floor [m], from the heights of points on and near it."""
    near = np.abs(heights[np.abs(heights) < _FLOOR_HALF_M[1]])
    spread = 1.4826 * float(np.median(near)) if len(near) else 0.0
    return float(np.clip(_FLOOR_SIGMAS * spread, *_FLOOR_HALF_M))


def _beside_feet(cloud: np.ndarray, plane: Plane, half: float) -> np.ndarray:
    """Which points lie on the plane, but not under or close to the feet."""
    heights = plane.heights(cloud)
    return (np.abs(heights) <= half) & ~_under_feet(cloud, heights, half, reach=3)


#: Grid on which the shadow of the feet is drawn [m], and the height above the floor up to which points count as feet [m].
_SHADOW_CELL_M = 0.01
_FOOT_M = 0.15


def _under_feet(cloud: np.ndarray, heights: np.ndarray, half: float, *, reach: int) -> np.ndarray:
    """Which points lie within the outline of the feet, seen from above; ``reach`` widens it by that many cells."""
    from scipy.ndimage import binary_closing, binary_dilation

    grid = np.floor((cloud[:, :2] - cloud[:, :2].min(axis=0)) / _SHADOW_CELL_M).astype(np.int64) + 4
    shadow = np.zeros(grid.max(axis=0) + 5, bool)
    feet = grid[(heights > half) & (heights < _FOOT_M)]
    shadow[feet[:, 0], feet[:, 1]] = True
    shadow = binary_closing(shadow, iterations=2)
    if reach:
        shadow = binary_dilation(shadow, iterations=reach)
    return shadow[grid[:, 0], grid[:, 1]]


def _strays(cloud: np.ndarray) -> np.ndarray:
    """Which points lie alone against what is usual around them, or along a thread."""
    from scipy.spatial import cKDTree

    if len(cloud) <= _STRAY_NEIGHBOURS:
        return np.zeros(len(cloud), bool)
    distances, near = cKDTree(cloud).query(cloud, k=_STRAY_NEIGHBOURS + 1, workers=-1)
    own = distances[:, 1:].mean(axis=1)
    around = np.median(own[near[:, 1:]], axis=1)
    usual = float(np.median(own))
    alone = (own > _STRAY_FACTOR * usual) & (own > _STRAY_FACTOR / 2 * around)
    if usual > _THREAD_SPACING_M:
        return alone
    return alone | _threads(cloud, near)


def _threads(cloud: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Which points have neighbours along a line only, such as a flying hair or a cable. near: Their indices, shape (N, k)."""
    thin_as = np.zeros(len(cloud), bool)
    for start in range(0, len(cloud), 50_000):
        part = slice(start, start + 50_000)
        offsets = cloud[near[part]] - cloud[near[part]].mean(axis=1, keepdims=True)
        spread = np.linalg.eigvalsh(np.einsum("nki,nkj->nij", offsets, offsets))
        thin_as[part] = spread[:, 1] < _THREAD_WIDTH**2 * spread[:, 2]
    return thin_as


def _belongs(cloud: np.ndarray, distance_to_body: Distance) -> np.ndarray:
    """Which points are in the largest part, or in another one that lies where a body has something."""
    if not len(cloud):
        return np.zeros(0, bool)
    label = components(cloud, max(_GAP_M / 2, 2.5 * spacing(cloud)))
    sizes = np.bincount(label)
    near = distance_to_body(cloud)
    keep = label == 0
    for number in np.flatnonzero(sizes >= _LEAST_PART)[1:]:
        part = label == number
        if np.median(near[part]) < _NEAR_BODY_M:
            keep |= part
    return keep


def distance_function(placement: Placement, file_from_cloud: np.ndarray, metres_per_unit: float) -> Distance:
    """Distances [m] from the coarse body, for points of the cleaned cloud's frame. file_from_cloud: Shape (3, 3), with the unit."""

    def distance(points: np.ndarray) -> np.ndarray:
        return placement.reference.rough_distance(placement.place(points @ file_from_cloud.T)) / placement.scale * metres_per_unit

    return distance
