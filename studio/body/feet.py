"""Feet on a floor: soles and toes that lie flat, and legs that reach down to it.

How a foot lies in the rest pose is a matter of shape, and how it stands a matter of the floor; what is between, ankle, toes and knee
make up for. Legs of unequal height stand by two-bone inverse kinematics.
"""

from __future__ import annotations

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyOutput, BodyParameters, forward
from studio.body.rotations import axis_rotation, from_matrix, least_rotation, to_matrix

_UP = np.array([0.0, 1.0, 0.0])
_TOE_ARM_M = 0.01  # nearer to their joint than this, no turn of the toes lifts them
_TOES_TURN = np.radians(25.0)  # toes that stand off the sole by more are not lying
_STRETCH = 0.9995  # share of its full length to which a leg is stretched at most: a knee is never locked


def level_feet(
    model: BodyModel, parameters: BodyParameters, level: tuple[str, ...], *, offsets: np.ndarray | None = None
) -> BodyParameters:
    """Turn ankles and toes until these feet rest on heel, ball and toes: how they lie in the rest pose is a matter of shape.

    A person who stands has flat soles; two degrees of tilt in a twin's rest pose would add 8 mm to its stature, toes that point down 5.
    """
    pose = to_matrix(parameters.full_pose)
    for part in ("sole", "sole", "toes", "toes") if level else ():  # twice: skinning blends a little of the shin into the heel
        posed = forward(model, parameters.with_full_pose(from_matrix(pose)), offsets=offsets)
        vertices = posed.vertices.astype(np.float64)
        for side in level:
            sole, toes = sole_and_toes(model, side)
            if part == "sole":
                joint, parent, turn = f"{side}_ankle", f"{side}_knee", sole_turn(vertices[sole], up=_UP)
            else:
                joint, parent = f"{side}_foot", f"{side}_ankle"
                turn = toe_turn(vertices[toes], posed.joints[INDEX[joint]].astype(np.float64), vertices[sole, 1].min(), up=_UP)
            world = posed.posed_from_rest[INDEX[parent], :3, :3].astype(np.float64)
            pose[INDEX[joint]] = world.T @ turn @ world @ pose[INDEX[joint]]
    return parameters.with_full_pose(from_matrix(pose))


def sole_turn(sole: np.ndarray, *, up: np.ndarray) -> np.ndarray:
    """The least rotation (3, 3) that levels a foot: it lays the facet of its convex hull that carries its middle flat on the floor.

    sole: Points of a foot without its toes [m], shape (N, 3). up: Unit vector.
    """
    from scipy.spatial import ConvexHull

    hull = ConvexHull(sole)
    below = hull.equations[:, :3] @ up < -0.5  # the foot's underside, tilted by up to 60 degrees
    middle = 0.5 * (sole.min(axis=0) + sole.max(axis=0))
    equations = hull.equations[below]
    heights = -(equations[:, :3] @ middle + equations[:, 3]) / (equations[:, :3] @ up)  # how far up each facet's plane is from the middle
    return least_rotation(equations[heights.argmax(), :3], -up)


def toe_turn(toes: np.ndarray, joint: np.ndarray, floor: float, *, up: np.ndarray) -> np.ndarray:
    """The rotation (3, 3) about a foot's side axis that lays its toes on the floor: the lowest of them touches it.

    toes: Points of them [m], shape (N, 3). joint: Where they bend, (3,). floor: Its height along ``up`` [m].
    """
    arms = toes - joint
    ahead = arms.mean(axis=0) - (arms.mean(axis=0) @ up) * up
    ahead /= np.linalg.norm(ahead)
    along, height = arms @ ahead, arms @ up
    before = along > _TOE_ARM_M
    reach = np.hypot(along, height)[before]
    angles = np.arcsin(np.clip((floor - joint @ up) / reach, -1, 1)) - np.arctan2(height, along)[before]
    return to_matrix(np.clip(angles.max(), -_TOES_TURN, _TOES_TURN) * np.cross(ahead, up))


def sole_and_toes(model: BodyModel, side: str) -> tuple[np.ndarray, np.ndarray]:
    """The vertices of a foot without its toes, and of the toes."""
    foot, toes = foot_vertices(model)[side], model.weights[:, INDEX[f"{side}_foot"]] >= 0.5
    return np.flatnonzero(foot & ~toes), np.flatnonzero(foot & toes)


def foot_vertices(model: BodyModel) -> dict[str, np.ndarray]:
    """Vertices of each foot (ankle and toes), by side, shape (V,), bool."""
    return {side: model.weights[:, [INDEX[f"{side}_ankle"], INDEX[f"{side}_foot"]]].sum(axis=1) > 0.5 for side in ("left", "right")}


def plant_feet(
    model: BodyModel, parameters: BodyParameters, planted: tuple[str, ...], *, offsets: np.ndarray | None = None
) -> BodyParameters:
    """Bend the legs until every planted foot has the same lowest height; the feet keep their directions in space.

    The pelvis stays; the floor is where the longest reach of the shortest leg allows it, and not below the higher foot's own
    sole where that is enough.
    """
    feet = foot_vertices(model)
    pose = to_matrix(parameters.full_pose)
    for _ in range(3):  # skinning blends a little of the shin into the foot: the second round removes that, the third checks
        parameters = parameters.with_full_pose(from_matrix(pose))
        posed = forward(model, parameters, offsets=offsets)
        soles = {side: posed.vertices[feet[side], 1].min() for side in planted}
        reach = {side: soles[side] - _spare_length(posed, side) for side in planted}
        floor = max(min(soles.values()), *reach.values())
        for side in planted:
            _set_ankle_height(pose, posed, side, float(floor - soles[side]))
    return parameters.with_full_pose(from_matrix(pose))


def _leg(posed: BodyOutput, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(posed.joints[INDEX[f"{side}_{name}"]].astype(np.float64) for name in ("hip", "knee", "ankle"))


def _spare_length(posed: BodyOutput, side: str) -> float:
    """By how much the foot can go straight down before the knee is straight [m]."""
    hip, knee, ankle = _leg(posed, side)
    length = _STRETCH * (np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
    sideways = np.square(ankle[[0, 2]] - hip[[0, 2]]).sum()
    return max(0.0, float(np.sqrt(max(length**2 - sideways, 0.0)) - (hip[1] - ankle[1])))


def _set_ankle_height(pose: np.ndarray, posed: BodyOutput, side: str, rise: float) -> None:
    """Move one ankle by ``rise`` [m] straight up, in place: knee by the law of cosines, hip to aim, ankle to keep the foot."""
    hip, knee, ankle = _leg(posed, side)
    target = ankle + np.array([0.0, rise, 0.0])
    thigh, shin = np.linalg.norm(knee - hip), np.linalg.norm(ankle - knee)
    reach = min(np.linalg.norm(target - hip), _STRETCH * (thigh + shin))
    now = np.linalg.norm(ankle - hip)
    numbers = [INDEX[f"{side}_{name}"] for name in ("hip", "knee", "ankle")]
    foot = posed.posed_from_rest[numbers[2], :3, :3].astype(np.float64)
    bend = _knee_angle(thigh, shin, reach) - _knee_angle(thigh, shin, now)
    pose[numbers[1]] = pose[numbers[1]] @ axis_rotation(0, bend)
    bent = _leg_after(pose, posed, numbers)
    aim = least_rotation(bent[1] - hip, target - hip)
    parent = posed.posed_from_rest[0, :3, :3].astype(np.float64)
    pose[numbers[0]] = parent.T @ aim @ parent @ pose[numbers[0]]
    shin_rotation = parent @ pose[numbers[0]] @ pose[numbers[1]]
    pose[numbers[2]] = shin_rotation.T @ foot


def _leg_after(pose: np.ndarray, posed: BodyOutput, numbers: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Knee and ankle [m] for the leg rotations in ``pose``, the pelvis as it is in ``posed``."""
    rest, hip = posed.rest_joints.astype(np.float64), posed.joints[numbers[0]].astype(np.float64)
    rotation = posed.posed_from_rest[0, :3, :3].astype(np.float64) @ pose[numbers[0]]
    knee = hip + rotation @ (rest[numbers[1]] - rest[numbers[0]])
    return knee, knee + rotation @ pose[numbers[1]] @ (rest[numbers[2]] - rest[numbers[1]])


def _knee_angle(thigh: float, shin: float, reach: float) -> float:
    """Angle between thigh and shin, 0 for a straight leg [rad]."""
    return float(np.pi - np.arccos(np.clip((thigh**2 + shin**2 - reach**2) / (2 * thigh * shin), -1, 1)))
