"""Hands that reach what they are to reach, and arms that stay out of the body and of each other, on bodies of every shape.

Each arm has seven angles: three of the shoulder, bend and twist of the elbow, bend and side of the wrist. They are changed as little as it
takes by damped least squares (Wampler 1986; Buss, "Introduction to inverse kinematics", 2004). What must not be nearer than a clearance is
a one-sided constraint on its distance, linear in the angles: a point moves with its joints as a rigid body does, by its skin weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.body.arms import TOUCH_M, Part, arm_vertices, part_faces, trunk
from studio.body.joints import FINGERS, INDEX, PARENTS, below
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.rotations import from_matrix, to_matrix
from studio.mesh.closest import Surface
from studio.specs.pose import PoseSpec, Reach, Side

if TYPE_CHECKING:
    from studio.body.lbs import BodyTensors, Posed

#: How far arms are brought apart [m].
_WANTED_M = TOUCH_M
#: Arms farther from each other than this do not meet within a step [m].
_NEAR_M = 0.03
#: Weights: what counts as much as a radian of the shoulder [m].
_CONTACT_M, _REACH_M = 0.0005, 0.01
#: Stiffness of the seven angles against the pose as it is written: wrists bend less readily than shoulders swing.
_STIFFNESS = np.array([1.0, 1.0, 1.0, 1.0, 1.5, 2.5, 2.5])
#: Stiffness against a step alone: without it, what neither places nor contacts decide swings to and fro.
_DAMPING = 2.0
#: Steps, the largest turn of one [rad], and how many rounds find what bears within one.
_REACHING_STEPS, _PARTING_STEPS, _LARGEST, _ROUNDS = 24, 24, 0.15, 4
#: A hand this near its place is there [m]: bodies, and fingers, of other sizes are between.
_REACHED_M = 0.08
#: What a metre inside the body counts, in metres by which hands miss their places.
_INSIDE_WEIGHT = 100.0
#: A step that turns nothing by more than this ends the search [rad].
_STILL = 2e-3


def keep_apart(model: BodyModel, starts: Sequence[BodyParameters], pose: PoseSpec, *, offsets: np.ndarray | None = None) -> BodyParameters:
    """Turn the arms, as little as it takes, until hands are where the pose wants them and no arm is inside the body or the other arm.

    starts: One body with its arms in several positions to start from, the most wanted first; they differ in nothing else. The first that
    comes right is taken, else the one that comes nearest to it: a hand may find its place taken by the body. Arms that are clear already,
    and have nothing to reach, are left as they are.
    """
    arms = (_Arm.of(model, "left"), _Arm.of(model, "right"))
    shaped = _Shaped.of(model, starts[0], np.concatenate([arm.vertices for arm in arms]), offsets)
    body = trunk(model, forward(model, starts[0], offsets=offsets))
    found = []
    for start in starts:
        rotations = to_matrix(start.full_pose)
        moved = _search(shaped, body, arms, pose, rotations)
        scene = _Scene(shaped.posed(rotations), body, arms, tuple(pose.reach.items()))
        missed = float(np.linalg.norm(scene.reached()[0].reshape(-1, 3), axis=1).sum())
        inside = max(0.0, -float(scene.contacts[0].min(initial=0.0)))
        found.append((_INSIDE_WEIGHT * inside + missed, start.with_full_pose(from_matrix(rotations)) if moved else start))
        if inside == 0.0 and missed <= _REACHED_M * len(pose.reach):
            break
    return min(found, key=lambda each: each[0])[1]


def _search(shaped: _Shaped, body: Part, arms: tuple[_Arm, _Arm], pose: PoseSpec, rotations: np.ndarray) -> bool:
    """Turn the arms' joints (55, 3, 3), in place. Returns whether anything was turned."""
    moved = False
    for reach, steps in ((tuple(pose.reach.items()), _REACHING_STEPS), ((), _PARTING_STEPS)):  # at last nothing but what keeps them apart
        turned = np.zeros(14)
        for _ in range(steps):
            scene = _Scene(shaped.posed(rotations), body, arms, reach)
            if not reach and scene.is_clear:
                break
            step, moved = _step(scene, turned), True
            turned += step
            for arm, angles in zip(arms, np.split(step, 2), strict=True):
                arm.turn(rotations, angles)
            if reach and np.abs(step).max() < _STILL:
                break
    return moved


@dataclass(frozen=True, eq=False)
class _Shaped:
    """The arms' skin of one person, left before right: shape and expression are worked out once, since only the pose changes."""

    tensors: BodyTensors
    transl: np.ndarray

    @classmethod
    def of(cls, model: BodyModel, parameters: BodyParameters, vertices: np.ndarray, offsets: np.ndarray | None) -> _Shaped:
        import torch

        from studio.body.lbs import lbs

        kept = model.tensors.subset(vertices)
        rest = lbs(
            replace(kept, pose_dirs=kept.pose_dirs[:0]), betas=torch.from_numpy(parameters.betas)[None],
            expression=torch.from_numpy(parameters.expression)[None], pose=torch.zeros(1, len(INDEX), 3),
            offsets=None if offsets is None else torch.from_numpy(np.asarray(offsets, dtype=np.float32)[vertices]),
        )  # fmt: skip
        none = {name: getattr(kept, name)[:, :0] for name in ("shape_dirs", "joint_shape_dirs", "expression_dirs", "joint_expression_dirs")}
        return cls(replace(kept, template=rest.vertices[0], joint_template=rest.rest_joints[0], **none), parameters.transl)

    def posed(self, rotations: np.ndarray) -> Posed:
        """The arms for rotations of all joints (55, 3, 3)."""
        import torch

        from studio.body.lbs import lbs

        turned = torch.from_numpy(rotations.astype(np.float32))[None]
        with torch.no_grad():
            return lbs(self.tensors, betas=torch.zeros(1, 0), pose=turned, transl=torch.from_numpy(self.transl)[None])


@dataclass(frozen=True, eq=False)
class _Arm:
    """vertices: Of forearm, hand and lower upper arm, numbers (N,). faces: Of them, numbered within, (F, 3), and which lie at the cut.

    share: How much of each vertex moves with shoulder, elbow and wrist, (N, 3). joints: Numbers of these three.
    """

    side: Side
    vertices: np.ndarray
    faces: np.ndarray
    at_cut: np.ndarray
    share: np.ndarray
    joints: tuple[int, int, int]

    @classmethod
    def of(cls, model: BodyModel, side: Side) -> _Arm:
        own = arm_vertices(model, side)
        vertices = np.flatnonzero(own)
        numbers = np.full(model.vertex_count, -1)
        numbers[vertices] = np.arange(len(vertices))
        joints = tuple(INDEX[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist"))
        share = np.stack([model.weights[:, below(joint)].sum(axis=1)[vertices] for joint in joints], axis=1)
        faces, at_cut = part_faces(model, own)
        return cls(side, vertices, numbers[faces], at_cut, share.astype(np.float64), joints)

    @property
    def columns(self) -> slice:
        """Where its seven angles are among the 14 of both arms."""
        return slice(0, 7) if self.side == "left" else slice(7, 14)

    def moves(self, posed: _Joints, points: np.ndarray, share: np.ndarray) -> np.ndarray:
        """How points (N, 3) of the arm move with its angles [m / rad], shape (N, 3, 7). share: (N, 3) as of vertices."""
        turning = (0, 0, 0, 1, 1, 2, 2)
        shoulder, elbow, wrist = self.joints
        world = posed.rotations
        axes = np.stack([*world[PARENTS[shoulder]].T, world[shoulder][:, 1], world[elbow][:, 0], world[wrist][:, 2], world[wrist][:, 1]])
        swept = np.cross(axes[None], points[:, None] - posed.places[[self.joints[k] for k in turning]][None])
        return (share[:, turning][:, :, None] * swept).swapaxes(1, 2)

    def turn(self, rotations: np.ndarray, angles: np.ndarray) -> None:
        """Turn the joints (55, 3, 3), in place, by seven angles: about the collar's axes, the elbow's bend and twist, the wrist's two."""
        shoulder, elbow, wrist = self.joints
        rotations[shoulder] = to_matrix(angles[:3]) @ rotations[shoulder]
        rotations[elbow] = to_matrix([0.0, angles[3], 0.0]) @ rotations[elbow] @ to_matrix([angles[4], 0.0, 0.0])
        rotations[wrist] = rotations[wrist] @ to_matrix([0.0, angles[6], angles[5]])


@dataclass(frozen=True, eq=False)
class _Joints:
    """places: Of all joints [m], (55, 3). rotations: World rotations of what hangs on each, (55, 3, 3). Float64."""

    places: np.ndarray
    rotations: np.ndarray


class _Scene:
    """A pose on its way: rows of the least squares, each a distance and how it changes with the 14 angles of left and right arm."""

    def __init__(self, posed: Posed, body: Part, arms: tuple[_Arm, _Arm], reach: tuple[tuple[Side, Reach], ...]) -> None:
        skin = posed.vertices[0].numpy().astype(np.float64)
        self.body, self.arms, self.reach = body, {arm.side: arm for arm in arms}, reach
        self.joints = _Joints(*(each[0].numpy().astype(np.float64) for each in (posed.joints, posed.posed_from_rest[..., :3, :3])))
        self.skin = dict(zip(self.arms, np.split(skin, [len(arms[0].vertices)]), strict=True))

    @cached_property
    def contacts(self) -> tuple[np.ndarray, np.ndarray]:
        """Distances of what is near [m], (K,), and how they change, (K, 14)."""
        found = [self._rows(side, self.body, None) for side in self.arms]
        left, right = self.skin.values()
        if (left.min(axis=0) - right.max(axis=0)).max() < _NEAR_M and (right.min(axis=0) - left.max(axis=0)).max() < _NEAR_M:
            for side, other in (("left", "right"), ("right", "left")):
                its = self.arms[other]
                found.append(self._rows(side, Part(Surface(self.skin[other], its.faces, threads=1), its.at_cut), its))
        return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])

    @property
    def is_clear(self) -> bool:
        """Whether no skin of an arm is inside the trunk or the other arm."""
        return bool((self.contacts[0] >= 0.0).all())

    def _rows(self, side: Side, other: Part, its: _Arm | None) -> tuple[np.ndarray, np.ndarray]:
        """What of an arm is near to the trunk, or to the other arm where ``its`` is that."""
        arm, points = self.arms[side], self.skin[side]
        nearest, distances = other.nearest(points)
        near = np.abs(distances) < _NEAR_M  # what is deeper has met another surface's back
        at, triangles = nearest.points[near], nearest.triangles[near]
        away = _away(points[near], at, nearest.normals[near], distances[near])
        if its is not None:
            away = _one_way(away, distances[near])
        rows = np.zeros((int(near.sum()), 14))
        rows[:, arm.columns] = np.einsum("nd,ndk->nk", away, arm.moves(self.joints, points[near], arm.share[near]))
        if its is not None:
            share = np.einsum("nk,nkj->nj", nearest.barycentric[near], its.share[its.faces[triangles]])
            rows[:, its.columns] = -np.einsum("nd,ndk->nk", away, its.moves(self.joints, at, share))
        return distances[near], rows

    def reached(self) -> tuple[np.ndarray, np.ndarray]:
        """How far each reaching hand is from its place along x, y, z [m], (K,), and how that changes, (K, 14)."""
        values, rows = [np.zeros(0)], [np.zeros((0, 14))]
        for side, reach in self.reach:
            arm, (point, joint) = self.arms[side], _hand_point(self.joints, side, reach.point)
            row, place = np.zeros((3, 14)), self._place(reach)
            row[:, arm.columns] = arm.moves(self.joints, point[None], _rigid_share(arm, joint))[0]
            carrier = self.arms["left" if side == "right" else "right"]
            row[:, carrier.columns] -= carrier.moves(self.joints, place[None], _rigid_share(carrier, INDEX[reach.to]))[0]
            values.append(point - place)
            rows.append(row)
        return np.concatenate(values), np.concatenate(rows)

    def _place(self, reach: Reach) -> np.ndarray:
        """Where a hand is to be [m], (3,)."""
        joint = INDEX[reach.to]
        place = self.joints.places[joint] + self.joints.rotations[joint] @ (0.01 * np.array(reach.offset_cm))
        if any(joint in below(arm.joints[0]) for arm in self.arms.values()):
            return place
        nearest = self.body.surface.closest(place[None])
        return nearest.points[0] + 0.01 * reach.off_skin_cm * nearest.normals[0]


def _away(points: np.ndarray, nearest: np.ndarray, normals: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Unit directions in which distances grow, (N, 3): from the nearest point, or its normal where a point lies on the skin."""
    straight = (points - nearest) * np.sign(distances)[:, None]
    length = np.linalg.norm(straight, axis=1, keepdims=True)
    return np.where(length > 1e-4, straight / np.maximum(length, 1e-12), normals)


def _one_way(away: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """The same directions, but one for all that is inside: out of a hand, every finger has its own way out, and they are opposite."""
    inside = distances < 0
    if inside.any():
        whole = (-distances[inside, None] * away[inside]).sum(axis=0)
        away = np.where(inside[:, None], whole / max(float(np.linalg.norm(whole)), 1e-12), away)
    return away


def _rigid_share(arm: _Arm, joint: int) -> np.ndarray:
    """Share (1, 3) of a point that moves with one joint as a rigid body."""
    return np.array([[float(joint in below(each)) for each in arm.joints]])


def _hand_point(posed: _Joints, side: Side, point: str) -> tuple[np.ndarray, int]:
    """A named point of an arm [m], (3,), and the joint that it moves with."""
    wrist, elbow = INDEX[f"{side}_wrist"], INDEX[f"{side}_elbow"]
    joints = posed.places
    if point == "wrist":
        return joints[wrist], wrist
    if point == "forearm":
        return 0.5 * (joints[wrist] + joints[elbow]), elbow
    if point == "fingertip":
        last, before = (joints[INDEX[f"{side}_middle{k}"]] for k in (3, 2))
        return last + (last - before), wrist
    knuckles = np.mean([joints[INDEX[f"{side}_{finger}1"]] for finger in FINGERS if finger != "thumb"], axis=0)
    up = posed.rotations[wrist][:, 1]
    thick = 0.15 * np.linalg.norm(knuckles - joints[wrist])  # half a hand's thickness by its length from wrist to knuckles
    return 0.35 * joints[wrist] + 0.65 * knuckles + (thick if point == "back" else -thick) * up, wrist


def _step(scene: _Scene, turned: np.ndarray) -> np.ndarray:
    """The turn of all 14 angles [rad] that is least in all: towards the places, off what is too near, back to what is written."""
    distances, moves = scene.contacts
    missed, reaching = scene.reached()
    stiff = np.tile(_STIFFNESS, 2)
    rows = [np.diag(stiff), _DAMPING * np.eye(14), reaching / _REACH_M]
    values = [stiff * turned, np.zeros(14), missed / _REACH_M]
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
