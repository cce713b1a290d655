"""The tape on the raw scan: a check of a twin's girths against the points it was fitted to.

Each tape is found on the twin in the A-pose and carried to the pose of the scan by the points of the skin that it touches. There the scan
is cut in the plane through them, and its girth is compared with the twin's own in the same plane. The scan is read where it has data:
its section is the twin's contour, moved to the median of the scan's points in bins along it. By Cauchy's formula the length of a convex
curve is the integral of its support function over all directions, so each direction of the tape either rests on data or does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.girths import find_tapes, lay
from studio.body.landmarks import find_landmarks
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.mesh.section import Loop, flattened, section, tape_length
from studio.store import Ref
from studio.store.store import Store
from studio.twin.measure import measuring_body, skin_faces
from studio.twin.twin import Twin

#: A girth is given where at least this share of the tape's directions rests on data. Chosen: an arm's width of a hip may be missing.
LEAST_COVERAGE = 0.8

#: Directions of the support function. Chosen: the sum over them is exact to 1e-4 for contours of this smoothness.
_DIRECTIONS = 180

#: Spacing of the twin's contour and of cuts through triangles, and length of a bin [m]. Chosen: a bin holds some points of a sparse scan.
_SPACING, _BIN = 0.003, 0.010

#: Half the thickness of the slab that points of a cloud are taken from [m], and the slope beyond which a point says nothing about the
#: plane: the cosine between its normal and the plane's. Chosen: a slope of 37 degrees carries a point 4 mm over 5 mm of the slab.
_SLAB, _STEEPEST = 0.005, 0.8

#: The scan's points of a tape lie within this distance of the twin's contour [m]: on skin, and over clothes.
_REACH = {"skin": 0.03, "clothed": 0.09}

#: Points of the scan face as the contour does: cosine at least this. Chosen: farther folds and the far side of thin parts do not.
_FACING = 0.3

#: A contour of the twin belongs to a tape when it lies this near to the points that the tape touches, on average [m]. Chosen.
_NEAR = 0.03

#: A plane that cuts the posed twin in a girth this much longer or shorter than in the A-pose cuts something else as well [share]: the
#: other thigh, a bent joint. Chosen: in the relaxed pose the girths of the open body differ by 1 % or less.
_LIKENESS = 0.04

#: Points that a bin and its two neighbours need together, and standard deviation of the smoothing along the contour in bins. Chosen: the
#: hull of noisy bins would be too long.
_LEAST_POINTS, _SMOOTHING = 3, 1.0


#: Girth of the scan, girth of the twin, and coverage of a tape that reads nothing.
_UNREAD = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class ScanCheck:
    """One girth read on the scan.

    name: The measure. scan_m: Girth of the scan in the scan's pose [m]; None where too little of it is there. twin_m: The twin's own in the
    same pose and planes [m], of the same sides; None likewise. coverage: Share of the tape's directions that rest on data, 0 to 1.
    """

    name: str
    scan_m: float | None
    twin_m: float | None
    coverage: float

    @property
    def difference_m(self) -> float | None:
        """Scan less twin [m]."""
        return None if self.scan_m is None or self.twin_m is None else self.scan_m - self.twin_m


@dataclass(frozen=True, eq=False)
class _Contour:
    """Samples of the twin's contour in the plane of a tape: points (C, 2), outward normals (C, 2), bin (C,), and others' samples (D, 2)."""

    points: np.ndarray
    normals: np.ndarray
    bin: np.ndarray
    bins: int
    others: np.ndarray


def check_against_scan(store: Store, twin: Twin) -> tuple[ScanCheck, ...] | None:
    """`scan_checks` of a published twin on the scan that it was fitted to; None where the twin names no scan, or the store lacks it."""
    named = store.resolve(twin.ref).facts.get("scan")
    if named is None:
        return None
    try:
        arrays = store.resolve(Ref.parse(named, kind="scan")).arrays("scan.npz")
    except StudioError:
        return None
    return scan_checks(twin, arrays["points"], arrays["normals"], arrays.get("faces"))


def scan_checks(twin: Twin, points: np.ndarray, normals: np.ndarray, faces: np.ndarray | None = None) -> tuple[ScanCheck, ...]:
    """Read every girth on a scan.

    Args:
        twin: A twin that was fitted to it.
        points: World frame [m], shape (N, 3). normals: Unit outward, shape (N, 3).
        faces: Triangles where the scan is a mesh, shape (F, 3); a cloud is cut in a slab.

    Returns:
        One check per girth, mean of the sides that can be read, in the order of the measures.
    """
    body = measuring_body(twin.model, twin.parameters, twin.offsets)
    posed = world_from_smplx(twin.posed().vertices.astype(np.float64))
    scan = (np.asarray(points, dtype=float), np.asarray(normals, dtype=float), None if faces is None else np.asarray(faces))
    found: dict[str, list[tuple[float, float, float]]] = {}
    for tape in find_tapes(body, find_landmarks(body)):
        loops = lay(body, tape)
        touched = np.concatenate([vertices_on(posed, loop) for loop in loops])
        standing_m = tape_length(np.concatenate([loop.points for loop in loops]), tape.normal)
        read = _check(posed, skin_faces(twin.model), touched, scan, _REACH[twin.mode])
        alike = abs(read[1] - standing_m) < _LIKENESS * standing_m
        found.setdefault(tape.name, []).append(read if alike else _UNREAD)
    return tuple(_mean_of_sides(name, sides) for name, sides in found.items())


def vertices_on(vertices: np.ndarray, loop: Loop) -> np.ndarray:
    """Where a section's points of the skin are when the mesh has moved to other vertices (V, 3): shape (N, 3)."""
    a, b = vertices[loop.sides[:, 0]], vertices[loop.sides[:, 1]]
    return a + loop.shares[:, None] * (b - a)


def _mean_of_sides(name: str, sides: list[tuple[float, float, float]]) -> ScanCheck:
    read = [side for side in sides if side[2] >= LEAST_COVERAGE]
    coverage = float(np.mean([side[2] for side in sides]))
    if not read:
        return ScanCheck(name, None, None, coverage)
    return ScanCheck(name, float(np.mean([side[0] for side in read])), float(np.mean([side[1] for side in read])), coverage)


def _check(posed: np.ndarray, skin: np.ndarray, touched: np.ndarray, scan: tuple, reach: float) -> tuple[float, float, float]:
    """Girth of the scan, girth of the twin, coverage; in the plane of least squares through the touched points."""
    from scipy.spatial import cKDTree

    points, normals, faces = scan
    origin = touched.mean(axis=0)
    normal = np.linalg.svd(touched - origin, full_matrices=False)[2][2]
    contour = _contour(section(posed, skin, origin=origin, normal=normal), touched, origin, normal)
    if contour is None:
        return _UNREAD
    cut, facing = _cut_cloud(points, normals, origin, normal) if faces is None else _cut_mesh(points, normals, faces, origin, normal)
    cut, facing = flattened(cut - origin, normal), flattened(facing, normal)
    away, nearest = cKDTree(np.concatenate([contour.points, contour.others])).query(cut, distance_upper_bound=reach)
    own = np.isfinite(away) & (nearest < len(contour.points))
    cut, facing, nearest = cut[own], facing[own], nearest[own]
    outside = (facing * contour.normals[nearest]).sum(axis=1) > _FACING
    cut, nearest = cut[outside], nearest[outside]
    offsets = ((cut - contour.points[nearest]) * contour.normals[nearest]).sum(axis=1)
    moved, shown = _bin_medians(offsets, contour.bin[nearest], contour.bins)
    if not shown.any():
        return _UNREAD
    return _girths(contour, moved, shown)


def _contour(loops: tuple[Loop, ...], touched: np.ndarray, origin: np.ndarray, normal: np.ndarray) -> _Contour | None:
    """The part of the twin's section that a tape touches, in plane coordinates; None where the section has none."""
    from scipy.spatial import cKDTree

    near = cKDTree(touched)
    points, normals, numbers, others, bins = [], [], [], [np.zeros((0, 2))], 0
    for loop in loops:
        flat = flattened(loop.points - origin, normal)
        if not loop.closed or near.query(loop.points)[0].mean() > _NEAR:
            others.append(flat)
            continue
        samples, outward, along = _sampled(flat)
        count = max(round(float(loop.length) / _BIN), 8)
        points.append(samples)
        normals.append(outward)
        numbers.append(bins + np.minimum((along * count).astype(int), count - 1))
        bins += count
    if not points:
        return None
    return _Contour(np.concatenate(points), np.concatenate(normals), np.concatenate(numbers), bins, np.concatenate(others))


def _sampled(loop: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evenly spaced points of a closed contour (N, 2), their outward normals, and how far along the contour they lie, 0 to 1."""
    closed = np.concatenate([loop, loop[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    along = np.arange(max(int(length[-1] / _SPACING), 24)) / max(int(length[-1] / _SPACING), 24)
    samples = np.stack([np.interp(along * length[-1], length, closed[:, axis]) for axis in (0, 1)], axis=1)
    tangent = np.roll(samples, -2, axis=0) - np.roll(samples, 2, axis=0)
    outward = np.stack([tangent[:, 1], -tangent[:, 0]], axis=1)
    area = (samples[:, 0] * np.roll(samples[:, 1], -1) - samples[:, 1] * np.roll(samples[:, 0], -1)).sum()
    return samples, np.sign(area) * outward / np.linalg.norm(outward, axis=1, keepdims=True), along


def _cut_cloud(points: np.ndarray, normals: np.ndarray, origin: np.ndarray, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of a cloud near a plane, slid along their tangent planes into it, and their normals; each of shape (K, 3)."""
    height = (points - origin) @ normal
    near = np.abs(height) < _SLAB
    points, normals, height = points[near], normals[near], height[near]
    lean = normals @ normal
    flat = np.abs(lean) < _STEEPEST
    points, normals, height, lean = points[flat], normals[flat], height[flat], lean[flat]
    uphill = normal - lean[:, None] * normals
    return points - (height / (1 - lean**2))[:, None] * uphill, normals


def _cut_mesh(
    points: np.ndarray, normals: np.ndarray, faces: np.ndarray, origin: np.ndarray, normal: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points along the cut of a plane through triangles of any connectivity, at most a spacing apart, and their normals, each (K, 3)."""
    height = (points - origin) @ normal
    front = height >= 0
    count = front[faces].sum(axis=1)
    crossed = faces[(count == 1) | (count == 2)]
    odd = np.argmax(front[crossed] == (front[crossed].sum(axis=1) == 1)[:, None], axis=1)  # the corner that is alone on its side
    row = np.arange(len(crossed))
    apex, ends = crossed[row, odd], [crossed[row, (odd + 1) % 3], crossed[row, (odd + 2) % 3]]
    p, q = (points[apex] + (height[apex] / (height[apex] - height[end]))[:, None] * (points[end] - points[apex]) for end in ends)
    facing = normals[crossed].sum(axis=1)
    counts = np.maximum(np.ceil(np.linalg.norm(q - p, axis=1) / _SPACING).astype(int), 1)
    first = np.repeat(row, counts)
    share = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + 0.5) / np.repeat(counts, counts)
    return p[first] + share[:, None] * (q - p)[first], facing[first]


def _bin_medians(offsets: np.ndarray, bin_of: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Median offset of each bin, smoothed and filled in from its neighbours, shape (bins,) [m], and whether the bin has data, bool."""
    order = np.argsort(bin_of, kind="stable")
    counts = np.bincount(bin_of, minlength=bins)
    medians = np.array([np.median(part) if len(part) else 0.0 for part in np.split(offsets[order], np.cumsum(counts)[:-1])])
    shown = counts + np.roll(counts, 1) + np.roll(counts, -1) >= _LEAST_POINTS
    distance = np.abs(np.arange(bins)[:, None] - np.arange(bins)[None])
    distance = np.minimum(distance, bins - distance)
    filled = counts > 0
    nearest = np.where(filled, distance, bins).min(axis=1, keepdims=True)  # a gap takes what lies at its rims
    weights = np.exp(-0.5 * (np.maximum(distance - nearest, 0) / _SMOOTHING) ** 2) * np.minimum(counts, _LEAST_POINTS)
    return weights @ medians / np.maximum(weights.sum(axis=1), 1e-12), shown


def _girths(contour: _Contour, moved: np.ndarray, shown: np.ndarray) -> tuple[float, float, float]:
    """Girth of the scan, girth of the twin, and the share of directions whose support rests on a bin with data or beside one."""
    angles = np.arange(_DIRECTIONS) * (2 * np.pi / _DIRECTIONS)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    on_scan = contour.points + moved[contour.bin][:, None] * contour.normals
    twin, scan = contour.points @ directions, on_scan @ directions
    step = 2 * np.pi / _DIRECTIONS
    data = shown[contour.bin[scan.argmax(axis=0)]]
    return float(scan.max(axis=0).sum() * step), float(twin.max(axis=0).sum() * step), float(data.mean())
