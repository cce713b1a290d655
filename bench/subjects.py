"""Made-up people for measuring how scans are read: any pose, any shape, seen whole or in part, with what captures do to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.body.ground import stand
from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward, load_body
from studio.body.poses import apply_pose, load_pose
from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.normals import face_normals
from studio.scan.reference import surface_samples
from studio.specs.pose import PoseSpec

#: Poses that people are scanned in and that no authored file holds.
_POSES = {
    "I": PoseSpec(joints={"shoulders": {"lower": 76}, "collars": {"lift": -4}}),
    "arms to the front": PoseSpec(joints={"shoulders": {"forward": 85}}),
    "arms up": PoseSpec(joints={"shoulders": {"lower": -62}, "collars": {"lift": 12}}),
    "one arm up": PoseSpec(joints={"left_shoulder": {"lower": -65}, "right_shoulder": {"lower": 70}}),
    "elbows bent": PoseSpec(joints={"shoulders": {"lower": 68}, "elbows": {"bend": 95}}),
    "hands on hips": PoseSpec(joints={"shoulders": {"lower": 52, "twist": 35}, "elbows": {"bend": 95}}),
    "leg forward": PoseSpec(
        joints={"shoulders": {"lower": 60}, "left_hip": {"bend": 32}, "right_hip": {"bend": -14}, "left_knee": {"bend": 12}},
        planted=(), level=(),
    ),
    "knee raised": PoseSpec(
        joints={"shoulders": {"lower": 62}, "left_hip": {"bend": 80}, "left_knee": {"bend": 85}}, planted=("right",), level=("right",)
    ),
    "astride": PoseSpec(joints={"shoulders": {"lower": 40}, "hips": {"spread": 26}}),
    "bent forward": PoseSpec(
        joints={"shoulders": {"lower": 62}, "pelvis": {"bend": 22}, "spine1": {"bend": 10}, "spine2": {"bend": 8}, "hips": {"bend": 28}}
    ),
    "looking aside": PoseSpec(joints={"shoulders": {"lower": 66}, "head": {"turn": 45}, "spine2": {"turn": 15}}),
    "phone": PoseSpec(joints={"left_shoulder": {"lower": 66}, "right_shoulder": {"lower": 60}, "right_elbow": {"bend": 140}}),
}  # fmt: skip
_AUTHORED = {"T": "t", "A": "a", "relaxed": "relaxed", "seated": "seated", "arms out": "arms-out", "stride": "stride", "walk": "walk",
             "hand on hip": "hand-on-hip"}  # fmt: skip
POSES = (*_AUTHORED, *_POSES)


@dataclass(frozen=True, eq=False)
class Person:
    """A body with known parameters, world frame: metres, z up, facing -y, soles on z = 0.

    vertices: Shape (V, 3), float64. faces: What can be seen, shape (F, 3). joint_of: The joint that carries each vertex most, shape (V,).
    points, normals: Evenly over the skin, shape (N, 3), float64. joint: The joint that carries each point, shape (N,).
    """

    parameters: BodyParameters
    vertices: np.ndarray
    faces: np.ndarray
    joint_of: np.ndarray
    points: np.ndarray
    normals: np.ndarray
    joint: np.ndarray

    def without(self, *joints: str) -> Person:
        """Without what hangs on some joints, such as ``left_wrist`` with its fingers."""
        gone = [INDEX[name] for name in INDEX if any(name.startswith(joint) for joint in joints)]
        return self.where(~np.isin(self.joint, gone))

    def where(self, mask: np.ndarray) -> Person:
        """Those of the points alone."""
        return replace(self, points=self.points[mask], normals=self.normals[mask], joint=self.joint[mask])

    def seen_from(self, azimuth_deg: float, *, height_m: float = 1.2, distance_m: float = 2.5) -> Person:
        """What one camera sees; 0 is the front, 90 the subject's left."""
        turn = np.radians(azimuth_deg)
        camera = np.array([distance_m * np.sin(turn), -distance_m * np.cos(turn), height_m])
        ray = camera - self.points
        length = np.linalg.norm(ray, axis=1, keepdims=True)
        facing = np.einsum("nd,nd->n", ray / length, self.normals) > 0.2
        hit, _ = Surface(self.vertices, self.faces).first_hits(self.points + 0.002 * self.normals, ray / length)
        return self.where(facing & (hit > length[:, 0]))


def person(
    pose: str, *, seed: int, count: int = 40_000, spread: float = 0.8, turn_deg: float = 0.0, uneven_rad: float = 0.03, scale: float = 1.0
) -> Person:
    """A person of random shape in one of `POSES`, unevenly posed.

    spread: Standard deviation of the betas. turn_deg: How far they are turned about the vertical. scale: Of everything: a doll, a statue.
    """
    model = load_body("open")
    rng = np.random.default_rng(seed)
    betas = np.zeros(model.beta_count)
    betas[:40] = rng.normal(0, spread, 40)
    parameters = BodyParameters.zero(model).replace(betas=betas)
    parameters = apply_pose(model, parameters, load_pose(_AUTHORED[pose]) if pose in _AUTHORED else _POSES[pose])
    rotations = parameters.full_pose.copy()
    rotations[1:22] += rng.normal(0, uneven_rad, (21, 3))
    parameters = stand(model, parameters.with_full_pose(rotations))
    turn = np.radians(turn_deg)
    about_up = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    vertices = scale * world_from_smplx(forward(model, parameters).vertices.astype(np.float64)) @ about_up.T
    faces = _seen_faces(model)
    points, triangle = surface_samples(vertices, faces, count, rng=rng)
    joint_of = model.weights.argmax(axis=1)
    return Person(parameters, vertices, faces, joint_of, points, face_normals(vertices, faces)[triangle], joint_of[faces[triangle, 0]])


def _seen_faces(model: BodyModel) -> np.ndarray:
    surface = model.surface
    seen = surface.outer | surface.is_part("left_eye") | surface.is_part("right_eye")
    return model.faces[seen[model.faces].all(axis=1)]


def noisy(points: np.ndarray, *, noise_m: float = 0.001, outliers: float = 0.0, rng: np.random.Generator) -> np.ndarray:
    """Points with noise in all directions, and a share of them thrown anywhere in the box around all, grown by half."""
    moved = points + rng.normal(0, noise_m, points.shape)
    low, high = points.min(axis=0), points.max(axis=0)
    wild = rng.random(len(points)) < outliers
    moved[wild] = rng.uniform(low - 0.25 * (high - low), high + 0.25 * (high - low), (int(wild.sum()), 3))
    return moved


def with_holes(points: np.ndarray, *, count: int, radius_m: float, rng: np.random.Generator) -> np.ndarray:
    """Which points are left where balls of a radius have eaten holes, shape (N,), bool."""
    left = np.ones(len(points), bool)
    for centre in points[rng.integers(0, len(points), count)]:
        left &= np.linalg.norm(points - centre, axis=1) > radius_m
    return left
