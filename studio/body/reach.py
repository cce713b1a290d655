"""Hands that reach what they are to reach, and arms that stay out of the body and of each other, on bodies of every shape.

Each arm has seven angles: three of the shoulder, bend and twist of the elbow, bend and side of the wrist. They are changed as little as it
takes by damped least squares (Wampler 1986; Buss, "Introduction to inverse kinematics", 2004). What must not be nearer than a clearance is
a one-sided constraint on its distance, linear in the angles: a point moves with its joints as a rigid body does, by its skin weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studio.body.arms import TOUCH_M, Trunk, arm_vertices, gaps, trunk
from studio.body.joints import FINGERS, INDEX, PARENTS
from studio.body.model import BodyModel, BodyOutput, BodyParameters, forward
from studio.body.rotations import from_matrix, to_matrix
from studio.mesh.closest import Surface
from studio.specs.pose import PoseSpec, Reach

#: Nearer than this to the skin, arms are turned away [m]: half of what a hand that rests has, so that what rests stays as it is.
APART_M = 0.5 * TOUCH_M
#: How far arms are brought apart [m].
_WANTED_M = TOUCH_M
#: Arms farther from each other than this do not meet within a step [m].
_NEAR_M = 0.03
#: Weights: what counts as much as a radian of the shoulder [m].
_CONTACT_M, _REACH_M = 0.0005, 0.01
#: Stiffness of the seven angles against the pose as it is written: wrists bend less readily than shoulders swing.
_STIFFNESS = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5])
#: Steps, the largest turn of one [rad], and how many rounds find what bears within one.
_STEPS, _LARGEST, _ROUNDS = 24, 0.12, 4
#: A step that turns nothing by more than this ends the search [rad].
_STILL = 1e-4


def keep_apart(model: BodyModel, parameters: BodyParameters, pose: PoseSpec, *, offsets: np.ndarray | None = None) -> BodyParameters:
    """Turn the arms, as little as it takes, until hands are where the pose wants them and no arm is inside the body or the other arm.

    Arms that are clear already, and have nothing to reach, are left as they are.
    """
    arms = {side: _Arm.of(model, side) for side in ("left", "right")}
    rotations = to_matrix(parameters.full_pose)
    posed = forward(model, parameters, offsets=offsets)
    body = trunk(model, posed)
    turned = np.zeros(14)
    for _ in range(_STEPS):
        scene = _Scene(model, posed, body, arms, tuple(pose.reach.items()))
        if not pose.reach and scene.is_clear:
            break
        step = _step(scene, turned)
        turned += step
        for number, arm in enumerate(arms.values()):
            arm.turn(rotations, step[7 * number : 7 * number + 7])
        if np.abs(step).max() < _STILL:
            break
        parameters = parameters.with_full_pose(from_matrix(rotations))
        posed = forward(model, parameters, offsets=offsets)
    return parameters


@dataclass(frozen=True, eq=False)
class _Arm:
    """vertices: Of forearm, hand and lower upper arm, numbers (N,). faces: Of them, numbered within, (F, 3). share: How much of each vertex
    moves with shoulder, elbow and wrist, (N, 3). joints: Numbers of these three.
    """

    side: str
    vertices: np.ndarray
    faces: np.ndarray
    share: np.ndarray
    joints: tuple[int, int, int]

    @classmethod
    def of(cls, model: BodyModel, side: str) -> _Arm:
        own = arm_vertices(model, side)
        vertices = np.flatnonzero(own)
        numbers = np.full(model.vertex_count, -1)
        numbers[vertices] = np.arange(len(vertices))
        joints = tuple(INDEX[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
        share = np.stack([model.weights[:, _below(joint)].sum(axis=1)[vertices] for joint in joints], axis=1)
        return cls(side, vertices, numbers[model.faces[own[model.faces].all(axis=1)]], share.astype(np.float64), joints)

    def axes(self, posed: BodyOutput) -> np.ndarray:
        """The seven axes about which the arm turns, world, shape (7, 3)."""
        shoulder, elbow, wrist = self.joints
        world = posed.posed_from_rest[:, :3, :3].astype(np.float64)
        collar = world[PARENTS[shoulder]]
        return np.stack([*collar.T, world[shoulder][:, 1], world[elbow][:, 0], world[wrist][:, 2], world[wrist][:, 1]])

    def moves(self, posed: BodyOutput, points: np.ndarray, share: np.ndarray) -> np.ndarray:
        """How points (N, 3) of the arm move with its angles [m / rad], shape (N, 3, 7). share: (N, 3) as of vertices."""
        turning = (0, 0, 0, 1, 1, 2, 2)
        origins = posed.joints[[self.joints[k] for k in turning]].astype(np.float64)
        swept = np.cross(self.axes(posed)[None], points[:, None] - origins[None])
        return (share[:, turning][:, :, None] * swept).swapaxes(1, 2)

    def turn(self, rotations: np.ndarray, angles: np.ndarray) -> None:
        """Turn the arm's joints (55, 3, 3), in place, by seven angles about `axes`."""
        shoulder, elbow, wrist = self.joints
        rotations[shoulder] = to_matrix(angles[:3]) @ rotations[shoulder]
        rotations[elbow] = to_matrix([0.0, angles[3], 0.0]) @ rotations[elbow] @ to_matrix([angles[4], 0.0, 0.0])
        rotations[wrist] = rotations[wrist] @ to_matrix([0.0, angles[6], angles[5]])


def _below(joint: int) -> list[int]:
    """A joint and all that hang on it."""
    found = [joint]
    for number in range(joint + 1, len(PARENTS)):
        if PARENTS[number] in found:
            found.append(number)
    return found


@dataclass(frozen=True, eq=False)
class _Scene:
    """A pose on its way: rows of the least squares, each a distance and how it changes with the 14 angles of left and right arm."""

    model: BodyModel
    posed: BodyOutput
    body: Trunk
    arms: dict[str, _Arm]
    reach: tuple[tuple[str, Reach], ...]

    @cached_property
    def _skin(self) -> dict[str, np.ndarray]:
        return {side: self.posed.vertices[arm.vertices].astype(np.float64) for side, arm in self.arms.items()}

    @cached_property
    def contacts(self) -> tuple[np.ndarray, np.ndarray]:
        """Distances of what is near [m], (K,), and how they change, (K, 14)."""
        found = [self._from_trunk(side) for side in self.arms]
        left, right = self._skin.values()
        if (left.min(axis=0) - right.max(axis=0)).max() < _NEAR_M and (right.min(axis=0) - left.max(axis=0)).max() < _NEAR_M:
            found += [self._from_arm("left", "right"), self._from_arm("right", "left")]
        return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])

    @property
    def is_clear(self) -> bool:
        """Whether nothing is nearer than ``APART_M``."""
        return bool((self.contacts[0] >= APART_M).all())

    def _from_trunk(self, side: str) -> tuple[np.ndarray, np.ndarray]:
        points, arm = self._skin[side], self.arms[side]
        nearest = self.body.surface.closest(points)
        distances = gaps(self.body, points)
        near = distances < _NEAR_M
        away = _away(points[near], nearest.points[near], nearest.normals[near], distances[near])
        rows = np.zeros((int(near.sum()), 14))
        rows[:, self._columns(side)] = np.einsum("nd,ndk->nk", away, arm.moves(self.posed, points[near], arm.share[near]))
        return distances[near], rows

    def _from_arm(self, side: str, other: str) -> tuple[np.ndarray, np.ndarray]:
        points, arm, its = self._skin[side], self.arms[side], self.arms[other]
        surface = Surface(self._skin[other], its.faces, threads=1)
        nearest = surface.closest(points)
        behind = np.einsum("nd,nd->n", points - nearest.points, nearest.normals) < 0
        distances = np.where(behind, -nearest.distances, nearest.distances)
        near = (distances < _NEAR_M) & (distances > -_NEAR_M)
        away = _away(points[near], nearest.points[near], nearest.normals[near], distances[near])
        share = np.einsum("nk,nkj->nj", nearest.barycentric[near], its.share[its.faces[nearest.triangles[near]]])
        rows = np.zeros((int(near.sum()), 14))
        rows[:, self._columns(side)] = np.einsum("nd,ndk->nk", away, arm.moves(self.posed, points[near], arm.share[near]))
        rows[:, self._columns(other)] = -np.einsum("nd,ndk->nk", away, its.moves(self.posed, nearest.points[near], share))
        return distances[near], rows

    def _columns(self, side: str) -> slice:
        return slice(0, 7) if side == "left" else slice(7, 14)

    def reached(self) -> tuple[np.ndarray, np.ndarray]:
        """How far each reaching hand is from its place along x, y, z [m], (K,), and how that changes, (K, 14)."""
        values, rows = [np.zeros(0)], [np.zeros((0, 14))]
        for side, reach in self.reach:
            point, joint = _hand_point(self.posed, side, reach.point)
            place, carrier = self._place(side, reach)
            row = np.zeros((3, 14))
            row[:, self._columns(side)] = self.arms[side].moves(self.posed, point[None], _rigid_share(self.arms[side], joint))[0]
            if carrier is not None:
                row[:, self._columns(carrier)] -= self.arms[carrier].moves(
                    self.posed, place[None], _rigid_share(self.arms[carrier], INDEX[reach.to])
                )[0]
            values.append(point - place)
            rows.append(row)
        return np.concatenate(values), np.concatenate(rows)

    def _place(self, side: str, reach: Reach) -> tuple[np.ndarray, str | None]:
        """Where a hand is to be [m], (3,), and the other arm's side where it is that arm that carries the place."""
        joint = INDEX[reach.to]
        frame = self.posed.posed_from_rest[joint, :3, :3].astype(np.float64)
        place = self.posed.joints[joint].astype(np.float64) + frame @ (0.01 * np.array(reach.offset_cm))
        other = "left" if side == "right" else "right"
        if joint in _below(self.arms[other].joints[0]):
            return place, other
        return self.body.surface.closest(place[None]).points[0], None


def _away(points: np.ndarray, nearest: np.ndarray, normals: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Unit directions in which distances grow, (N, 3): from the nearest point, or its normal where a point lies on the skin."""
    straight = (points - nearest) * np.sign(distances)[:, None]
    length = np.linalg.norm(straight, axis=1, keepdims=True)
    return np.where(length > 1e-4, straight / np.maximum(length, 1e-12), normals)


def _rigid_share(arm: _Arm, joint: int) -> np.ndarray:
    """Share (1, 3) of a point that moves with one joint as a rigid body."""
    return np.array([[float(joint in _below(each)) for each in arm.joints]])


def _hand_point(posed: BodyOutput, side: str, point: str) -> tuple[np.ndarray, int]:
    """A named point of an arm [m], (3,), and the joint that it moves with."""
    wrist, elbow = INDEX[f"{side}_wrist"], INDEX[f"{side}_elbow"]
    joints = posed.joints.astype(np.float64)
    if point == "wrist":
        return joints[wrist], wrist
    if point == "forearm":
        return 0.5 * (joints[wrist] + joints[elbow]), elbow
    if point == "fingertip":
        last, before = (joints[INDEX[f"{side}_middle{k}"]] for k in (3, 2))
        return last + (last - before), wrist
    knuckles = np.mean([joints[INDEX[f"{side}_{finger}1"]] for finger in FINGERS if finger != "thumb"], axis=0)
    up = posed.posed_from_rest[wrist, :3, 1].astype(np.float64)
    thick = 0.15 * np.linalg.norm(knuckles - joints[wrist])  # half a hand's thickness by its length from wrist to knuckles
    return 0.35 * joints[wrist] + 0.65 * knuckles + (thick if point == "back" else -thick) * up, wrist


def _step(scene: _Scene, turned: np.ndarray) -> np.ndarray:
    """The turn of all 14 angles [rad] that is least in all: towards the places, off what is too near, back to what is written."""
    distances, moves = scene.contacts
    missed, reaching = scene.reached()
    stiff = np.tile(_STIFFNESS, 2)
    rows, values = [np.diag(stiff), reaching / _REACH_M], [stiff * turned, missed / _REACH_M]
    fixed, aim = np.concatenate(rows), -np.concatenate(values)
    bearing = distances < _WANTED_M
    step = np.zeros(14)
    for _ in range(_ROUNDS):
        pushed, short = moves[bearing] / _CONTACT_M, (_WANTED_M - distances[bearing]) / _CONTACT_M
        step = np.linalg.lstsq(np.concatenate([fixed, pushed]), np.concatenate([aim, short]), rcond=None)[0]
        step *= min(1.0, _LARGEST / max(np.abs(step).max(), 1e-12))
        too_near = distances + moves @ step < _WANTED_M - 1e-5
        if not (too_near & ~bearing).any():
            break
        bearing |= too_near
    return step
