"""Standing a posed body on the floor: feet that carry touch it, arms stay out of the body, the pelvis is over the origin.

A pose is written once in degrees and worn by bodies of every shape. What depends on the shape is solved here: legs of unequal
height (see `studio.body.feet`), and the shoulders by bisection on the distance between arm and body.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.body.feet import foot_vertices, level_feet, plant_feet
from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyOutput, BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.body.rotations import axis_rotation, from_matrix, least_rotation, to_matrix
from studio.mesh.closest import Surface
from studio.specs.pose import PoseSpec

ARM_CLEARANCE_M = 0.008  # chosen: room for two layers of cloth between a hanging arm and the side of the chest
TOUCH_M = 0.002  # a hand that rests on the body; skin cannot be nearer without being inside somewhere
MAX_OPENING_DEG = 40.0
MAX_CLOSING_DEG = 20.0
OPENING_STEP_DEG = 2.0


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
        posed = clear_arms(model, posed, touching=pose.touching, offsets=offsets)
    return stand(model, posed, offsets=offsets)


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


def clear_arms(
    model: BodyModel, parameters: BodyParameters, *, touching: tuple[str, ...] = (), offsets: np.ndarray | None = None
) -> BodyParameters:
    """Open each shoulder as little as it takes for arm and hand to keep clear of the trunk, the thighs and the head.

    An arm that is ``touching`` is opened or closed until it rests on the body; what cannot be reached within
    ``MAX_CLOSING_DEG`` is left as it is written.
    """
    body = trunk(model, forward(model, parameters, offsets=offsets))
    pose = to_matrix(parameters.full_pose)
    for side in ("left", "right"):
        gap = _gap_of_opening(model, parameters, pose, side, body, offsets)
        if side in touching:
            opening = _least_opening(gap, TOUCH_M, start=-MAX_CLOSING_DEG)
        else:
            opening = 0.0 if gap(0.0) >= ARM_CLEARANCE_M else _least_opening(gap, ARM_CLEARANCE_M, start=0.0)
        pose[INDEX[f"{side}_shoulder"]] = _opened(pose, side, opening)
    return parameters.with_full_pose(from_matrix(pose))


def _opened(pose: np.ndarray, side: str, degrees: float) -> np.ndarray:
    """The shoulder rotation with the arm raised sideways by some degrees."""
    sign = 1.0 if side == "left" else -1.0
    return axis_rotation(2, sign * np.radians(degrees)) @ pose[INDEX[f"{side}_shoulder"]]


def _gap_of_opening(
    model: BodyModel, parameters: BodyParameters, pose: np.ndarray, side: str, body: Trunk, offsets: np.ndarray | None
) -> Callable[[float], float]:
    """The least distance [m] between an arm and the body as a function of the shoulder's opening [deg]."""
    import torch

    from studio.body.lbs import lbs

    arm = np.flatnonzero(arm_vertices(model, side))
    tensors = model.tensors.subset(arm)
    shape = {name: torch.from_numpy(getattr(parameters, name))[None] for name in ("betas", "expression", "transl")}
    displaced = None if offsets is None else torch.from_numpy(np.asarray(offsets, dtype=np.float32)[arm])

    def gap(degrees: float) -> float:
        turned = pose.copy()
        turned[INDEX[f"{side}_shoulder"]] = _opened(pose, side, degrees)
        with torch.no_grad():
            posed = lbs(tensors, **shape, pose=torch.from_numpy(turned.astype(np.float32))[None], offsets=displaced)
        return float(gaps(body, posed.vertices[0].numpy()).min())

    return gap


def _least_opening(gap: Callable[[float], float], wanted: float, *, start: float) -> float:
    """The least opening [deg] from ``start`` on at which the gap is as wanted, by steps, then bisection; 0 where there is none.

    A gap that is already met at ``start`` below 0 means that the body cannot be touched by closing the arm that far: 0 as well.
    """
    closed, opened = start, start
    while gap(opened) < wanted:
        closed, opened = opened, opened + OPENING_STEP_DEG
        if opened > MAX_OPENING_DEG:
            return 0.0
    if opened == start:
        return 0.0
    for _ in range(5):
        middle = 0.5 * (closed + opened)
        closed, opened = (closed, middle) if gap(middle) >= wanted else (middle, opened)
    return opened


def arm_vertices(model: BodyModel, side: str) -> np.ndarray:
    """Forearm, hand and the lower two thirds of the upper arm, shape (V,), bool."""
    lower = [number for name, number in INDEX.items() if name.startswith(f"{side}_") and _below_elbow(name)]
    below = model.weights[:, lower].sum(axis=1) > 0.5
    shoulder, elbow = (model.joint_regressor[INDEX[f"{side}_{name}"]] @ model.template for name in ("shoulder", "elbow"))
    along = (model.template - shoulder) @ (elbow - shoulder) / np.square(elbow - shoulder).sum()
    return below | ((model.weights[:, INDEX[f"{side}_shoulder"]] > 0.9) & (along > 0.35))


def _below_elbow(name: str) -> bool:
    bare = name.split("_", 1)[1]
    return bare in ("elbow", "wrist") or bare.rstrip("123") in ("index", "middle", "pinky", "ring", "thumb")


@dataclass(frozen=True, eq=False)
class Trunk:
    """The posed body without its arms: an open surface, and which of its triangles lie at the cut, shape (F,), bool."""

    surface: Surface
    at_cut: np.ndarray


def trunk(model: BodyModel, posed: BodyOutput) -> Trunk:
    """Head, trunk and legs of a posed body."""
    arms = [INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("shoulder", "elbow", "wrist")]
    kept = model.weights[:, [*arms, *range(INDEX["left_index1"], len(INDEX))]].sum(axis=1) < 0.05
    whole = kept[model.faces].all(axis=1)
    cut = np.zeros(model.vertex_count, dtype=bool)
    cut[model.faces[~whole]] = True
    faces = model.faces[whole]
    return Trunk(Surface(posed.vertices, faces, threads=1), cut[faces].any(axis=1))


def gaps(body: Trunk, points: np.ndarray) -> np.ndarray:
    """Distances of points from the trunk, negative inside it, shape (N,) [m].

    Inside is behind the nearest triangle; beyond the cut, where the surface is open, every point counts as outside.
    """
    nearest = body.surface.closest(points)
    behind = np.einsum("nd,nd->n", points - nearest.points, nearest.normals) < 0
    return np.where(behind & ~body.at_cut[nearest.triangles], -nearest.distances, nearest.distances)
