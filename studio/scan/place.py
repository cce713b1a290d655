"""Seeing a cloud as a person: a coarse fit of the open body in a bank of poses, over all directions and sizes.

Rotations are tried on a grid (ups from the file's axes, from the cloud's principal axes and from the floor; 24 ways to face), first
on a distance field, then the best by ICP with scale (point to plane, Chen and Medioni 1992), scored in both directions with the
farthest points trimmed (Chetverikov et al. 2002), so that missing parts, clothes and arms in another pose count little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.frames import AXES
from studio.scan.reference import MEAN_STATURE_M, Reference, references

#: Extent along the body of a capture that shows a part of a person [m]: from a head with shoulders to a body without feet.
PART_M = (0.25, 1.75)

_YAWS = 24
_ROUGH_POINTS = 400
_FINE_POINTS = 1500
#: The same for parts, which have more places to be, and poses that are tried for them.
_ROUGH_PART_POINTS = 200
_ROUGH_PART_POSES = 4
_SETTLE_STEPS = 3
#: Starts of the first ICP, and poses tried for each: for a whole person, and for a part.
_KEPT_EACH = (12, 40)
_REFINED = (14, 40)
_FINISHED = 4
_TRIED_POSES = (6, 2)
_STEPS = 12
#: Placements that one ICP moves together: bounds its memory, 50 MB.
_TOGETHER = 32
#: Share of the nearest points that pull.
_NEAR_SHARE = 0.85
#: Pull towards no change, per unit of weight: holds what the surface does not decide (the height of a part without ends).
_DAMPING = 1e-6
#: The stature may be more than what is seen (feet and hair cut off) or a little less (a hat, remains of the floor).
_SCALE_CHANGE = (0.85, 1.05)
#: The person of whom a part is seen, against the mean stature.
_PART_SCALE_CHANGE = (0.9, 1.1)
#: Distance at which a pair of points has half its weight [heights]: 5 cm, about a loose cloth.
_ROBUST = 0.03
#: Weight of the two ends of a whole person, against that of all points.
_ENDS = 0.02
#: Misfit [heights] of surfaces that lie square to each other.
_UNLIKE = 0.02
#: From slender to heavy or in wide clothes, against the mean body.
_GIRTH = (0.75, 1.7)
_START_GIRTH = (0.8, 1.5)
_PART_GIRTH = (0.85, 1.25)


@dataclass(frozen=True)
class Placement:
    """One way to see the cloud as a person: ``reference = scale * diag(1/girth, 1/girth, 1) @ rotation @ file + shift``.

    rotation: World axes from file axes, shape (3, 3). scale: Reference heights per file unit. shift: Shape (3,), in heights.
    girth: How much wider and deeper the person is than the reference at the same height.
    seen_scale: The scale at which the cloud is as high as the reference; for a part the scale by the unit.
    whole: Whether the whole height of a person is seen; else a part. metres: Metres per file unit where the hypothesis says so.
    cost: Misfit in heights: how far the cloud is from the body and the body from the cloud.
    """

    rotation: np.ndarray
    scale: float
    shift: np.ndarray
    girth: float
    seen_scale: float
    reference: Reference
    whole: bool
    metres: float | None
    cost: float

    def place(self, points: np.ndarray) -> np.ndarray:
        """Take file points of shape (N, 3) to the reference's frame."""
        return self.scale * (points @ self.rotation.T) / np.array([self.girth, self.girth, 1.0]) + self.shift

    @property
    def stature(self) -> float:
        """From the soles to the top of the head, in file units."""
        return self.reference.stature / self.scale

    def turned_around(self, points: np.ndarray) -> Placement:
        """The same place, facing the other way; points are those that were placed."""
        half_turn = np.diag([-1.0, -1.0, 1.0])
        centre = self.place(points).mean(axis=0) * [1, 1, 0]
        return replace(self, rotation=half_turn @ self.rotation, shift=half_turn @ (self.shift - centre) + centre)


@dataclass(frozen=True)
class Search:
    """What is known beforehand: None where it is to be found. Axes are unit vectors in the file's frame."""

    metres: float | None = None
    up: np.ndarray | None = None
    facing: np.ndarray | None = None
    likely_ups: tuple[np.ndarray, ...] = ()
    likely_metres: float | None = None


def placements(points: np.ndarray, normals: np.ndarray, search: Search, *, whole: bool) -> list[Placement]:
    """The best ways to see a cloud as a person, best first.

    points: Evenly thinned cloud of one thing, file frame and unit, shape (N, 3). normals: Of either sign, shape (N, 3).
    whole: Whether to see it as a person from head to feet (of any size where the unit is unknown), or as a part of one.
    """
    fine = np.random.default_rng(0).permutation(len(points))[:_FINE_POINTS]
    few = fine[:_ROUGH_POINTS]
    near = _best_poses(points[few], normals[few], _rough(points[few], normals[few], search, whole), references(), exact=False)
    near = _different(sorted(near, key=lambda placement: placement.cost), _FINISHED)
    refined = []
    for start in near:
        poses = references() if start is near[0] else (start.reference,)
        refined.append(_best_pose(points[fine], normals[fine], start, poses))
    return sorted(refined, key=lambda placement: placement.cost)


def refine(points: np.ndarray, normals: np.ndarray, start: Placement) -> Placement:
    """The best pose after ICP from one placement; arrays as for `placements`."""
    fine = np.random.default_rng(0).permutation(len(points))[:_FINE_POINTS]
    return _best_pose(points[fine], normals[fine], start, references())


def _ups(points: np.ndarray, search: Search) -> list[np.ndarray]:
    if search.up is not None:
        return [search.up]
    ups = [np.array(axis) for axis in AXES.values()]
    principal = np.linalg.eigh(np.cov(points.T))[1].T
    for axis in (*search.likely_ups, *principal, *-principal):
        if all(axis @ other < np.cos(np.radians(8.0)) for other in ups):
            ups.append(axis)
    return ups


def _rotations(points: np.ndarray, search: Search) -> np.ndarray:
    """World axes from file axes to try, shape (R, 3, 3)."""
    rotations = []
    for up in _ups(points, search):
        if search.facing is not None:
            across = search.facing - (search.facing @ up) * up
            if np.linalg.norm(across) < 0.5:
                continue
            rotations.append(rotation_from(up, across))
            continue
        first = np.cross(up, np.eye(3)[int(np.abs(up).argmin())])
        for yaw in np.arange(_YAWS) * (2 * np.pi / _YAWS):
            rotations.append(rotation_from(up, np.cos(yaw) * first + np.sin(yaw) * np.cross(up, first)))
    return np.array(rotations)


def rotation_from(up: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """World axes from file axes, shape (3, 3), for an up and a facing direction in the file's frame."""
    up = up / np.linalg.norm(up)
    facing = facing - (facing @ up) * up
    facing = facing / np.linalg.norm(facing)
    return np.stack([np.cross(up, facing), -facing, up])


def _rough(points: np.ndarray, normals: np.ndarray, search: Search, whole: bool) -> list[Placement]:
    """The most promising placements by the distance field, different from one another."""
    rotations = _rotations(points, search)
    if not whole:  # many more places to try, and a part does not show the whole pose
        points, normals = points[:_ROUGH_PART_POINTS], normals[:_ROUGH_PART_POINTS]
    turned, turned_normals = (np.einsum("rij,nj->rni", rotations, array) for array in (points, normals))
    low, high = np.percentile(turned[..., 2], [0.5, 99.5], axis=1)
    heights = np.maximum(high - low, 1e-300)
    centre = turned[..., :2].mean(axis=1)
    bank = references() if whole else references()[:: len(references()) // _ROUGH_PART_POSES]
    found: list[Placement] = []
    for scale, metres, floor in _hypotheses(heights, search, whole):
        usable = np.flatnonzero(np.isfinite(scale))
        if not len(usable):
            continue
        start = np.concatenate([-centre * scale[:, None], (floor - low * scale)[:, None]], axis=1)[usable]
        placed = turned[usable] * scale[usable, None, None] + start[:, None]
        depth = np.ptp(np.percentile(placed[..., 1], [10, 90], axis=1), axis=0)
        for reference in bank:
            girth = np.clip(depth / reference.depth, *_START_GIRTH) if whole else np.ones(len(usable))
            wide = np.column_stack([1 / girth, 1 / girth, np.ones(len(usable))])
            moved, cost = _settled(placed * wide[:, None], turned_normals[usable], reference, whole)
            for index in np.argsort(cost)[: _KEPT_EACH[0 if whole else 1]]:
                at, shift = usable[index], start[index] * wide[index] + moved[index]
                size, wider = float(scale[at]), float(girth[index])
                found.append(Placement(rotations[at], size, shift, wider, size, reference, whole, metres, float(cost[index])))
    return _different(sorted(found, key=lambda placement: placement.cost), _REFINED[0 if whole else 1])


def _settled(placed: np.ndarray, normals: np.ndarray, reference: Reference, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Shift clouds of shape (R, N, 3) onto a body a few times: the shifts, shape (R, 3), and the misfits after, shape (R,).

    The middle of a surface that is seen from one side only is not the body's middle. The height of a whole person stays.
    """
    moved = np.zeros((len(placed), 3))
    free = np.array([1.0, 1.0, 0.0 if whole else 1.0])
    for _ in range(_SETTLE_STEPS):
        nearest = reference.rough_nearest(placed + moved[:, None])
        moved += (reference.points[nearest] - placed - moved[:, None]).mean(axis=1) * free
    now = placed + moved[:, None]
    alike = np.abs(np.einsum("rnd,rnd->rn", normals, reference.normals[reference.rough_nearest(now)])).mean(axis=1)
    return moved, reference.rough_distance(now).mean(axis=1) + _UNLIKE * (1 - alike)


def _hypotheses(heights: np.ndarray, search: Search, whole: bool):
    """Scale for each rotation (not a number where it is implausible), metres per unit, and where the cloud's lowest point is."""
    if whole:
        scale = 1.0 / heights
        if search.metres is not None:
            scale = np.where((heights * search.metres > 0.75) & (heights * search.metres < 2.6), scale, np.nan)
        yield scale, search.metres, 0.0
        return
    told = search.metres or search.likely_metres
    for metres in [told] if told is not None else [1.0, 0.01, 0.001]:
        extent = heights * metres
        scale = np.where((extent > PART_M[0]) & (extent < PART_M[1]), metres / MEAN_STATURE_M, np.nan)
        for share in (1.0, 0.75, 0.5, 0.25, 0.0):  # from the head down to the feet
            yield scale, metres, share * (1.0 - heights * np.nan_to_num(scale, nan=0.0))


def _different(placements: list[Placement], count: int) -> list[Placement]:
    """The first ones of a sorted list that differ in direction or unit."""
    kept: list[Placement] = []
    for placement in placements:
        similar = (
            np.trace(other.rotation.T @ placement.rotation) > 1 + 2 * np.cos(np.radians(35.0)) and other.metres == placement.metres
            for other in kept
        )
        if not any(similar):
            kept.append(placement)
        if len(kept) == count:
            break
    return kept


def _best_pose(points: np.ndarray, normals: np.ndarray, start: Placement, poses: tuple[Reference, ...], *, exact: bool = True) -> Placement:
    """The best pose after ICP from one start."""
    return _best_poses(points, normals, [start], poses, exact=exact)[0]


def _best_poses(
    points: np.ndarray, normals: np.ndarray, starts: list[Placement], poses: tuple[Reference, ...], *, exact: bool
) -> list[Placement]:
    """The best pose after ICP from each of several starts, all whole or all parts. One ICP moves them all: its steps are small."""
    tried, owner = [], []
    for number, start in enumerate(starts):
        count = _TRIED_POSES[0 if start.whole or exact else 1]
        likely = poses
        if len(poses) > count:
            placed = start.place(points)
            likely = tuple(sorted(poses, key=lambda pose: pose.rough_distance(placed).mean())[:count])
        tried += [replace(start, reference=pose) for pose in likely]
        owner += [number] * len(likely)
    fitted = []
    for first in range(0, len(tried), _TOGETHER):
        fitted += _icp(points, normals, tried[first : first + _TOGETHER], exact)
    best: dict[int, Placement] = {}
    for number, placement in zip(owner, fitted, strict=True):
        if number not in best or placement.cost < best[number].cost:
            best[number] = placement
    return [best[number] for number in range(len(starts))]


def _icp(points: np.ndarray, normals: np.ndarray, starts: list[Placement], exact: bool) -> list[Placement]:
    """Rotation, shift, height and girth of K placements by weighted least squares on point-to-plane distances.

    Directions that were told only choose the starts: a person may lean, and a sensor be tilted against the axis that is called up.
    """
    from scipy.spatial.transform import Rotation

    now = _Moving.of(starts)
    for _ in range(_STEPS):
        placed = now.place(points)
        nearest = [
            one.reference.tree.query(at)[1] if exact else one.reference.rough_nearest(at) for one, at in zip(starts, placed, strict=True)
        ]
        offset = np.stack([one.reference.points[index] for one, index in zip(starts, nearest, strict=True)]) - placed
        normal = np.stack([one.reference.normals[index] for one, index in zip(starts, nearest, strict=True)])
        squared = np.einsum("knd,knd->kn", offset, offset)
        alike = np.abs(np.einsum("knd,knd->kn", normals @ now.rotation.transpose(0, 2, 1), normal))
        farthest = np.partition(squared, int(_NEAR_SHARE * squared.shape[1]), axis=1)[:, int(_NEAR_SHARE * squared.shape[1]), None]
        weight = (squared <= farthest + 1e-12) * alike / (1 + squared / _ROBUST**2)
        centre = (weight[:, None] @ placed)[:, 0] / weight.sum(axis=1, keepdims=True)
        arm = placed - centre[:, None]
        taller, wider = arm[..., 2] * normal[..., 2], np.einsum("knd,knd->kn", arm[..., :2], normal[..., :2])
        jacobian = np.concatenate([np.cross(arm, normal), normal, taller[..., None], wider[..., None]], axis=2)
        residual = np.einsum("knd,knd->kn", offset, normal)
        if starts[0].whole:  # feet to the feet, top to the top, softly: a tube of cloth would slide along a trunk
            ends = np.percentile(placed[..., 2], [0.5, 99.5], axis=1).T
            rows = np.zeros((len(starts), 2, 8))
            rows[..., 5], rows[..., 6] = 1.0, ends - centre[:, 2:]
            jacobian, residual = np.concatenate([jacobian, rows], axis=1), np.concatenate([residual, [0.0, 1.0] - ends], axis=1)
            weight = np.concatenate([weight, np.repeat(_ENDS * weight.sum(axis=1, keepdims=True), 2, axis=1)], axis=1)
        weighted = (jacobian * weight[..., None]).transpose(0, 2, 1)
        damping = _DAMPING * weight.sum(axis=1)[:, None, None] * np.eye(8)
        change = np.linalg.solve(weighted @ jacobian + damping, weighted @ residual[..., None])[..., 0]
        turn = Rotation.from_rotvec(change[:, :3]).as_matrix()
        now = now.moved(turn, change[:, 3:6], *(1 + np.clip(change[:, 6:], -0.05, 0.05)).T, centre)
    ended = [
        replace(one, rotation=now.rotation[k], scale=float(now.scale[k]), shift=now.shift[k], girth=float(now.girth[k]))
        for k, one in enumerate(starts)
    ]
    return [replace(one, cost=_cost(one.place(points), normals @ one.rotation.T, one, every=4 if exact else 12)) for one in ended]


@dataclass(frozen=True)
class _Moving:
    """K placements on their way. rotation: Shape (K, 3, 3). scale, girth, seen_scale: Shape (K,). shift: Shape (K, 3)."""

    rotation: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    girth: np.ndarray
    seen_scale: np.ndarray
    whole: bool

    @classmethod
    def of(cls, starts: list[Placement]) -> _Moving:
        arrays = (np.array([getattr(one, name) for one in starts]) for name in ("rotation", "scale", "shift", "girth", "seen_scale"))
        return cls(*arrays, whole=starts[0].whole)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points of shape (N, 3) in each placement, shape (K, N, 3)."""
        stretch = self.scale[:, None] / np.column_stack([self.girth, self.girth, np.ones(len(self.girth))])
        return points @ (self.rotation.transpose(0, 2, 1) * stretch[:, None]) + self.shift[:, None]

    def moved(self, turn: np.ndarray, move: np.ndarray, taller: np.ndarray, wider: np.ndarray, centre: np.ndarray) -> _Moving:
        """After one step, about centres; height and girth stay within what people and cut-off captures have."""
        limits = _SCALE_CHANGE if self.whole else _PART_SCALE_CHANGE
        scale = self.seen_scale * np.clip(self.scale * taller / self.seen_scale, *limits)
        girth = np.clip(self.girth * (scale / self.scale) / wider, *(_GIRTH if self.whole else _PART_GIRTH))
        grown = scale / self.scale
        stretch = np.column_stack([grown * self.girth / girth] * 2 + [grown])
        shift = stretch * (turn @ (self.shift - centre)[..., None])[..., 0] + centre + move
        return _Moving(turn @ self.rotation, scale, shift, girth, self.seen_scale, self.whole)


def _cost(placed: np.ndarray, normals: np.ndarray, placement: Placement, *, every: int) -> float:
    """Misfit in heights: cloud to body, body to cloud, and how differently the surfaces lie. every: Which of the body's points count."""
    from scipy.spatial import cKDTree

    reference, whole = placement.reference, placement.whole
    distance, nearest = reference.tree.query(placed)
    out = np.sort(np.minimum(distance, 0.1))[: int(0.92 * len(distance))].mean()
    alike = np.abs(np.einsum("nd,nd->n", normals, reference.normals[nearest]))
    seen = reference.points[::every]
    if not whole:
        seen = seen[(seen[:, 2] > placed[:, 2].min()) & (seen[:, 2] < placed[:, 2].max())]
    back = np.sort(np.minimum(cKDTree(placed).query(seen)[0], 0.1))
    back = back[: max(1, int((0.85 if whole else 0.4) * len(back)))].mean() if len(back) else 0.1
    return float(out + 0.5 * back + _UNLIKE * (1 - alike.mean()))
