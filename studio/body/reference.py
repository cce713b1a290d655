"""The forward pass once more, one joint and one vertex idea at a time: the oracle that tests hold the fast one to.

Loper et al., "SMPL", TOG 2015, equations 2 to 11, in float64.
"""

from __future__ import annotations

import numpy as np

from studio.body.model import BodyModel, BodyOutput, BodyParameters


def rotation_matrix(vector: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) of an axis-angle vector (3,) [rad]."""
    angle = np.linalg.norm(vector)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def forward_reference(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None) -> BodyOutput:
    """What ``studio.body.model.forward`` gives, computed slowly in float64."""
    betas, expression = parameters.betas.astype(np.float64), parameters.expression.astype(np.float64)
    shaped = model.template.astype(np.float64)
    shaped = shaped + model.shape_dirs[..., : len(betas)].astype(np.float64) @ betas
    shaped = shaped + model.expression_dirs[..., : len(expression)].astype(np.float64) @ expression
    rest_joints = model.joint_regressor.astype(np.float64) @ shaped
    rotations = [rotation_matrix(vector) for vector in parameters.full_pose.astype(np.float64)]
    if offsets is not None:
        shaped = shaped + offsets
    features = np.concatenate([(rotation - np.eye(3)).reshape(-1) for rotation in rotations[1:]])
    shaped = shaped + model.pose_dirs.astype(np.float64) @ features[: model.pose_dirs.shape[2]]
    world: list[np.ndarray] = []
    for joint, parent in enumerate(model.parents):
        local = np.eye(4)
        local[:3, :3] = rotations[joint]
        local[:3, 3] = rest_joints[joint] - (rest_joints[parent] if parent >= 0 else 0)
        world.append(world[parent] @ local if parent >= 0 else local)
    posed_from_rest = np.stack(world)
    joints = posed_from_rest[:, :3, 3] + parameters.transl
    posed = np.zeros_like(shaped)
    for joint in range(len(world)):
        posed_from_rest[joint, :3, 3] = joints[joint] - world[joint][:3, :3] @ rest_joints[joint]
        moved = shaped @ posed_from_rest[joint, :3, :3].T + posed_from_rest[joint, :3, 3]
        posed += model.weights[:, joint : joint + 1] * moved
    return BodyOutput(posed, joints, rest_joints, posed_from_rest)
