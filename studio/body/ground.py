"""Standing a posed body on the floor: feet that carry touch it, arms stay out of the body, the pelvis is over the origin.

A pose is written once in degrees and worn by bodies of every shape. What depends on the shape is solved here: legs of unequal
height (see `studio.body.feet`), shoulders that open (see `studio.body.arms`), and hands that reach something (`studio.body.reach`).
"""

from __future__ import annotations

import numpy as np

from studio.body.arms import clear_arms
from studio.body.feet import foot_vertices, level_feet, plant_feet
from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.body.reach import keep_apart
from studio.body.rotations import axis_rotation, from_matrix, least_rotation, to_matrix
from studio.specs.pose import PoseSpec


def pose_body(model: BodyModel, parameters: BodyParameters, pose: PoseSpec, *, offsets: np.ndarray | None = None) -> BodyParameters:
    """A body of any shape in an authored pose, standing on the floor.

    Args:
        parameters: Whose shape and expression are kept.
        offsets: The twin's displacements on the rest body [m], shape (V, 3).

    Returns:
        Parameters with the pose, y = 0 as floor and the pelvis over the origin (x = z = 0).
    """
    posed = level_feet(model, apply_pose(model, parameters, pose), pose.level, offsets=offsets)
    if pose.planted:
        posed = plant_feet(model, posed, pose.planted, offsets=offsets)
    if pose.clear_arms:
        posed = _apart(model, posed, pose, offsets)
    return stand(model, posed, offsets=offsets)


def _apart(model: BodyModel, posed: BodyParameters, pose: PoseSpec, offsets: np.ndarray | None) -> BodyParameters:
    """The body with its arms out of itself, and its hands where they are to be: from the arms as they are written, or else from outside."""
    reaching = tuple(pose.reach)
    starts = [clear_arms(model, posed, touching=pose.touching, left_alone=reaching, offsets=offsets)]
    if reaching:
        starts.append(clear_arms(model, posed, touching=pose.touching, reaching=reaching, offsets=offsets))
    return keep_apart(model, starts, pose, offsets=offsets)


def stand(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None) -> BodyParameters:
    """Move the body so that its lowest sole is on the floor and its pelvis over the origin.

    The lowest vertex of both feet goes to y = 0 (z = 0 in the world frame); a foot that hangs above it stays in the air.
    """
    posed = forward(model, parameters, offsets=offsets)
    feet = foot_vertices(model)
    lowest = posed.vertices[feet["left"] | feet["right"], 1].min()
    pelvis = posed.joints[0]
    return parameters.replace(transl=parameters.transl - np.array([pelvis[0], lowest, pelvis[2]], dtype=np.float32))


def measuring_stance(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None) -> BodyParameters:
    """The A-pose in which bodies are measured: legs along one direction, soles flat, both feet on the floor, trunk upright.

    Where the legs differ, the pelvis tilts, as it does in people: half of the difference then counts for the stature, and which way a
    fit took the pelvis to be tilted, or the legs to be spread, hardly counts at all: a degree of spread is over a millimetre of stature.
    """
    pose = load_pose("a")
    posed = apply_pose(model, parameters, pose)
    posed = posed.with_full_pose(from_matrix(_legs_aimed(model, posed, offsets)))
    posed = level_feet(model, posed, pose.level, offsets=offsets)
    for _ in range(2):
        posed = posed.with_full_pose(from_matrix(_tilted(model, posed, offsets)))
    return stand(model, posed, offsets=offsets)


def _legs_aimed(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray | None) -> np.ndarray:
    """Local rotations (55, 3, 3) with both legs, from hip to ankle, along those of the model's mean body in the same pose."""
    mean = forward(model, BodyParameters.zero(model).with_full_pose(parameters.full_pose)).joints.astype(np.float64)
    joints = forward(model, parameters, offsets=offsets).joints.astype(np.float64)
    pose = to_matrix(parameters.full_pose)
    for side in ("left", "right"):
        hip, ankle = INDEX[f"{side}_hip"], INDEX[f"{side}_ankle"]
        pose[hip] = pose[0].T @ least_rotation(joints[ankle] - joints[hip], mean[ankle] - mean[hip]) @ pose[0] @ pose[hip]
    return pose


def _tilted(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray | None) -> np.ndarray:
    """Local rotations (55, 3, 3) with the pelvis tilted so that both soles are level, and legs and trunk as upright as before."""
    posed, feet = forward(model, parameters, offsets=offsets), foot_vertices(model)
    soles = {side: posed.vertices[feet[side], 1].min() for side in ("left", "right")}
    width = posed.joints[INDEX["left_hip"], 0] - posed.joints[INDEX["right_hip"], 0]
    return pelvis_tilted(to_matrix(parameters.full_pose), float(np.arcsin(np.clip((soles["right"] - soles["left"]) / width, -0.3, 0.3))))


def pelvis_tilted(pose: np.ndarray, angle_rad: float) -> np.ndarray:
    """Local rotations (55, 3, 3) with the left side of the pelvis raised, and what hangs on it turned back."""
    pose, tilt = pose.copy(), axis_rotation(2, angle_rad)
    for name in ("left_hip", "right_hip", "spine1"):
        pose[INDEX[name]] = tilt.T @ pose[INDEX[name]]
    pose[0] = pose[0] @ tilt
    return pose
