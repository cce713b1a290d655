"""Authored poses applied to a body: words to rotations, hands, and what depends on the body's shape (see ``ground``)."""

from __future__ import annotations

import numpy as np

from studio import library
from studio.body.joint_words import joint_rotation
from studio.body.joints import INDEX, JOINTS
from studio.body.model import BodyModel, BodyParameters
from studio.body.rotations import axis_rotation, from_matrix, slerp
from studio.specs.base import load_spec
from studio.specs.pose import KIND, HandSpec, PoseSpec


def pose_names() -> list[str]:
    """Names of the authored poses, sorted."""
    return library.names("rigs", "poses")


def load_pose(reference: str) -> PoseSpec:
    """The pose of that name, file, frame or blend; see `studio.body.references`. Raises StudioError where there is none."""
    from studio.body.references import find_pose  # it blends with what is here

    return find_pose(reference)


def load_hand(name: str) -> HandSpec:
    """The authored hand preset of that name."""
    return load_spec(HandSpec, library.find(name, "rigs", "hands", what="hand preset"))


def pose_rotations(pose: PoseSpec) -> np.ndarray:
    """Rotation matrices of all joints, shape (55, 3, 3), float64. Level feet are levelled."""
    rotations = np.tile(np.eye(3), (len(JOINTS), 1, 1))
    for name in KIND:
        rotations[INDEX[name]] = joint_rotation(name, pose.angles(name))
    for side in ("left", "right"):
        for finger, angles in load_hand(pose.hand(side)).joints.items():
            joint = f"{side}_{finger}"
            if not pose.angles(joint):
                rotations[INDEX[joint]] = joint_rotation(joint, angles)
    for side in pose.level:
        rotations[INDEX[f"{side}_ankle"]] = level_ankle(rotations, side)
    return rotations


def level_ankle(rotations: np.ndarray, side: str) -> np.ndarray:
    """Ankle rotation (3, 3) that keeps the sole flat on the ground and lets the toes point where the leg points."""
    shin = np.eye(3)
    for joint in ("pelvis", f"{side}_hip", f"{side}_knee"):
        shin = shin @ rotations[INDEX[joint]]
    forward = shin[:, 2]
    return shin.T @ axis_rotation(1, np.arctan2(forward[0], forward[2]))


def apply_pose(model: BodyModel, parameters: BodyParameters, pose: PoseSpec) -> BodyParameters:
    """The same body in a pose; shape, expression and translation are kept.

    Gives the pose as it is written. ``studio.body.ground.pose_body`` also stands the body on the floor and keeps its arms out
    of its sides.
    """
    del model  # every SMPL-X body has the same joints; kept in the signature for models that may not
    return parameters.with_full_pose(from_matrix(pose_rotations(pose)))


def interpolate(a: BodyParameters, b: BodyParameters, t: float) -> BodyParameters:
    """Between two parameters of one body: every joint turns at constant speed along the shortest way, the rest is linear.

    ``t`` 0 gives ``a``, 1 gives ``b``.
    """
    mixed = a.with_full_pose(slerp(a.full_pose, b.full_pose, t))
    linear = {name: (1 - t) * getattr(a, name) + t * getattr(b, name) for name in ("betas", "expression", "transl")}
    return mixed.replace(**linear)
