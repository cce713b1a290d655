"""Feet as a shoe sees them: their frame and length, posed to its inner sole, and pressed into its room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studio.body.feet import foot_vertices
from studio.body.ground import pose_body
from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.poses import load_pose
from studio.body.rotations import axis_rotation, from_matrix, to_matrix
from studio.frames import SMPLX_FROM_WORLD, WORLD_FROM_SMPLX, apply, world_from_smplx
from studio.garment.finished.shoe import BALL, HEEL
from studio.look.figure import skin_faces
from studio.look.gates import surface_samples
from studio.look.obstacle import OuterBody
from studio.look.wearing.rigid import world_from_rest
from studio.mesh.closest import Surface

SIDES = ("left", "right")
#: Skin keeps this far from a shoe's inside [m]: more than the gate of 1 mm, since the triangles between pressed vertices are flat.
_INSIDE_M = 0.0028
#: Where a point of the shoe is still inside the skin, its surroundings are pressed more, in rounds, until none is
#: deeper than this [m]; points that are farther out than the reach are not looked at again.
_YIELDS, _LEFT_M, _REACH_M = 16, 0.0005, 0.008
#: No surface of a shoe is farther than this from the middle of its foot [m].
_BIGGEST_M = 0.25
#: A foot is pressed to this share of its own width at most; a shoe that leaves less is too narrow.
_MOST = 0.35
#: Heel, instep, ball and toes along the foot, where its middle is taken; and how far up the shin a shoe may reach, as a share of the leg.
_STATIONS, _SHIN = (0.12, 0.34, 0.55, 0.72, 0.86, 0.94), 0.6
#: Breadth of a toe [m].
_TOE_M = 0.016
#: Rounds in which ratios are smoothed, at first and when some are pressed more; skin vertices of a foot lie 5 to 10 mm apart.
_GRADUAL, _AGAIN = 12, 3
#: Half the width of the band of skin around a station, as a share of the foot.
_BAND = 0.06


@dataclass(frozen=True, eq=False)
class Foot:
    """A foot of a twin that stands level. side: ``left`` or ``right``. length: Heel to toes [m].

    rest_from_foot: What takes the foot's frame (toes towards -y, up along z, its heel at y = 0 on z = 0) to the ankle's rest coordinates.
    """

    side: str
    length: float
    rest_from_foot: np.ndarray


@dataclass(frozen=True, eq=False)
class ShoeSolid:
    """A worn shoe with its foot in it, as an obstacle for what hangs over it.

    Out is away from the foot's middle line, and the shoe ends at its outermost surface on that way: laces, tongue and lining, which face
    every way, do not matter, and a hem is lifted without a fold.
    """

    middle: tuple[tuple[np.ndarray, np.ndarray], ...]
    shoe: Surface

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distances outward from the shoe [m], (N,), infinite where it is not on the way, and unit directions outward, (N, 3)."""
        start = _nearest_on(self.middle, points)
        way = points - start
        length = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
        way /= length[:, None]
        distance = np.full(len(points), np.inf)
        near = np.flatnonzero(length < _BIGGEST_M)
        hit, _ = self.shoe.first_hits(start[near] + _BIGGEST_M * way[near], -way[near])
        met = hit < _BIGGEST_M
        distance[near[met]] = length[near[met]] - (_BIGGEST_M - hit[met])
        return distance, way


def find_feet(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray) -> tuple[Foot, Foot]:
    """Both feet of a twin, as they stand on a floor."""
    standing = forward(model, pose_body(model, parameters, load_pose("t"), offsets=offsets), offsets=offsets)
    skin, masks = world_from_smplx(standing.vertices.astype(np.float64)), foot_vertices(model)
    feet = []
    for side in SIDES:
        points, ahead = skin[masks[side]], np.array([0.0, -1.0])
        for _ in range(3):  # the axis runs through the middles of heel and ball, which are told along the axis
            along = points[:, :2] @ ahead
            share = (along - along.min()) / np.ptp(along)
            across = np.array([-ahead[1], ahead[0]])
            middles = []
            for station in (HEEL, BALL):
                band = points[np.abs(share - station) < _BAND, :2]
                middle = (band @ across).min() / 2 + (band @ across).max() / 2
                middles.append(middle * across + (along.min() + station * np.ptp(along)) * ahead)
            ahead = (middles[1] - middles[0]) / np.linalg.norm(middles[1] - middles[0])
        along = points[:, :2] @ ahead
        frame = np.eye(4)
        frame[:2, 1], frame[:2, 0] = -ahead, [-ahead[1], ahead[0]]
        frame[:2, 3] = middles[0] + (along.min() - middles[0] @ ahead) * ahead
        frame[2, 3] = points[:, 2].min()
        feet.append(Foot(side, float(np.ptp(along)), np.linalg.inv(world_from_rest(standing, f"{side}_ankle")) @ frame))
    return tuple(feet)


def pointed(model: BodyModel, posed: BodyParameters, feet: tuple[Foot, Foot], slope_rad: float, *, offsets: np.ndarray) -> BodyParameters:
    """The body with both feet pointed down by an angle, as a heel does, and the toes turned up by it again: they lie flat."""
    body, pose = forward(model, posed, offsets=offsets), to_matrix(posed.full_pose)
    for foot in feet:
        knee, ankle, toes = (INDEX[f"{foot.side}_{name}"] for name in ("knee", "ankle", "foot"))
        frame = (world_from_rest(body, f"{foot.side}_ankle") @ foot.rest_from_foot)[:3, :3]
        turn = SMPLX_FROM_WORLD @ frame @ axis_rotation(0, slope_rad) @ frame.T @ WORLD_FROM_SMPLX
        parent, own = (body.posed_from_rest[joint, :3, :3].astype(np.float64) for joint in (knee, ankle))
        pose[ankle] = parent.T @ turn @ parent @ pose[ankle]
        pose[toes] = own.T @ turn.T @ own @ pose[toes]
    return posed.with_full_pose(from_matrix(pose))


def pressed(
    model: BodyModel, posed: BodyParameters, feet: tuple[Foot, Foot], shoes: dict[str, Surface], *, offsets: np.ndarray
) -> tuple[np.ndarray, float, tuple[ShoeSolid, ShoeSolid]]:
    """Offsets (V, 3) with which both feet fit into their shoes, by how much skin was pressed at most [m], and the shoes as obstacles.

    From the middle of the foot outward, skin ends before the first surface of the shoe that it would meet: feet are soft, and shoes not.
    shoes: Each shoe where it is worn, world, by side.
    """
    body = forward(model, posed, offsets=offsets)
    skin = world_from_smplx(body.vertices.astype(np.float64))
    moves, solids = np.zeros_like(skin), []
    for foot in feet:
        frame = world_from_rest(body, f"{foot.side}_ankle") @ foot.rest_from_foot
        middle = _middle(skin, foot_vertices(model)[foot.side], body, foot, frame)
        moves += _press_of(model, skin, middle, foot.side, shoes[foot.side])
        solids.append(ShoeSolid(tuple(middle), shoes[foot.side]))
    blended = np.einsum("vj,jab->vab", model.weights, body.posed_from_rest[:, :3, :3]).astype(np.float64)
    moved = np.abs(moves).max(axis=1) > 0
    inward = np.zeros_like(moves)
    inward[moved] = np.linalg.solve(blended[moved], (moves[moved] @ SMPLX_FROM_WORLD.T)[..., None])[..., 0]
    return (offsets + inward).astype(np.float32), float(np.linalg.norm(moves, axis=1).max()), tuple(solids)


def _press_of(model: BodyModel, skin: np.ndarray, middle: list[tuple[np.ndarray, np.ndarray]], side: str, shoe: Surface) -> np.ndarray:
    """By how much the skin of one foot, and of its shin up to the end of its middle line, gives way [m], (V, 3)."""
    reach = model.weights[:, [INDEX[f"{side}_{name}"] for name in ("ankle", "foot", "knee")]].sum(axis=1) > 0.5
    chosen = np.flatnonzero(reach & (skin[:, 2] < max(start[2] for start, _ in middle)))
    start = _nearest_on(middle, skin[chosen])
    way = skin[chosen] - start
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
    hit, _ = shoe.first_hits(start, way / length[:, None])
    ratio = np.ones(len(skin))
    ratio[chosen] = np.where(hit < length + _INSIDE_M, np.maximum(hit - _INSIDE_M, _MOST * np.minimum(hit, length)) / length, 1.0)
    toes = chosen[model.weights[chosen, INDEX[f"{side}_foot"]] > 0.3]
    ratio[toes] = _least_near(skin[toes], ratio[toes])
    ratio = _gradual(_widened(ratio, model.faces), model.faces, rounds=_GRADUAL)
    near = np.zeros(len(skin), bool)
    near[chosen] = True
    faces = skin_faces(model)
    faces = faces[near[faces].all(axis=1)]
    whole, moves = np.zeros(len(skin)), np.zeros_like(skin)
    whole[chosen] = length
    samples = surface_samples(shoe.vertices, shoe.faces)
    for number in range(_YIELDS):
        moves[chosen] = (ratio[chosen, None] - 1) * way
        distance, _ = OuterBody(skin + moves, faces).closest(samples)
        if not (distance < -_LEFT_M).any():
            break
        if number == 0:  # skin only recedes: what is far off now stays so
            near_skin = distance < _REACH_M
            samples, distance = samples[near_skin], distance[near_skin]
        less = _reduced(skin + moves, ratio, whole, faces, samples, distance)
        ratio = _gradual(less, model.faces, rounds=_AGAIN)
    return moves


def _reduced(
    x: np.ndarray, ratio: np.ndarray, length: np.ndarray, faces: np.ndarray, samples: np.ndarray, distance: np.ndarray
) -> np.ndarray:
    """Ratios with which skin at ``x`` would lie before a shoe's points that are inside it, (V,).

    samples, distance: Of the shoe's surface, and how far outside the skin each is [m]. length: From the middle of the foot to each vertex
    when nothing is pressed [m], (V,).
    """
    inside = distance < -_LEFT_M
    found, less = Surface(x, faces).closest(samples[inside]), ratio.copy()
    for corner in range(3):
        index = faces[found.triangles, corner]
        np.minimum.at(less, index, ratio[index] + (distance[inside] - 0.75 * _INSIDE_M) / np.maximum(length[index], 0.005))
    return np.maximum(less, 0.5 * _MOST)


def _middle(skin: np.ndarray, of_foot: np.ndarray, body, foot: Foot, frame: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The foot's middle line as segments: shin, ankle, instep to toes, and the heel."""
    points = apply(np.linalg.inv(frame), skin[of_foot])
    ankle, knee = (WORLD_FROM_SMPLX @ body.joints[INDEX[f"{foot.side}_{name}"]].astype(np.float64) for name in ("ankle", "knee"))
    height = apply(np.linalg.inv(frame), ankle[None])[0, 2]
    places = []
    for station in _STATIONS:
        band = points[(np.abs(-points[:, 1] / foot.length - station) < _BAND) & (points[:, 2] < height)]
        places.append(apply(frame, np.array([(band.min(axis=0) + band.max(axis=0)) / 2]))[0])
    heel, instep, *rest = places
    chain = [ankle + _SHIN * (knee - ankle), ankle, instep, *rest]
    return [*pairwise(chain), (heel, instep)]


def _nearest_on(segments: Sequence[tuple[np.ndarray, np.ndarray]], points: np.ndarray) -> np.ndarray:
    """The nearest point of some segments to each point, shape (N, 3)."""
    best, found = np.full(len(points), np.inf), np.zeros_like(points)
    for start, stop in segments:
        axis = stop - start
        t = np.clip((points - start) @ axis / (axis @ axis), 0, 1)
        place = start + t[:, None] * axis
        distance = np.linalg.norm(points - place, axis=1)
        nearer = distance < best
        best[nearer], found[nearer] = distance[nearer], place[nearer]
    return found


def _least_near(points: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The least value within a toe's breadth of each point: both sides of a toe are pressed alike, and not one through the other."""
    from scipy.spatial import cKDTree

    return np.array([values[near].min() for near in cKDTree(points).query_ball_point(points, _TOE_M)])


def _widened(ratio: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Ratios of pressed vertices that are the least around them: what lies between two is pressed as well, (V,)."""
    least = ratio.copy()
    for a, b in ((0, 1), (1, 2), (2, 0)):
        np.minimum.at(least, faces[:, a], ratio[faces[:, b]])
        np.minimum.at(least, faces[:, b], ratio[faces[:, a]])
    return np.where(ratio < 1, least, ratio)


def _gradual(ratio: np.ndarray, faces: np.ndarray, *, rounds: int) -> np.ndarray:
    """Ratios that are nowhere larger and change gradually, (V,): a pressed foot stays smooth, and skin beside a shoe gives way."""
    from studio.mesh.smooth import neighbour_mean

    mean, found = neighbour_mean(faces, len(ratio)), ratio.copy()
    for _ in range(rounds):
        found = np.minimum(ratio, 0.5 * found + 0.5 * (mean @ found))
    return found
