"""The body as the dressing sees it: one mesh in several poses, which limb each vertex belongs to, and named heights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from studio.body.ground import stand
from studio.body.joints import INDEX, JOINTS, PARENTS
from studio.body.landmarks import StandingBody, find_landmarks
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.poses import apply_pose, interpolate, load_pose
from studio.frames import world_from_smplx
from studio.look.creases import fill_creases

#: The pose in which garments are sewn on: arms and legs apart, so that sleeves and trouser legs close round each limb alone.
DRESSING_POSE = "a"
#: Poses from there to the last, both included. Between them vertices move in straight lines; 8 steps keep an arm's chord within 0.2 mm.
POSES = 9
#: Feet are pointed down while a garment is sewn on, so that trouser legs can close round the shin as they do when a foot slips through.
POINTED_DEG = 55.0
#: Legs are spread by this much more each while trousers are sewn on: where thighs touch, no cloth goes between them.
ASTRIDE_DEG = 7.0
#: What reaches higher than this over the head's joint, between the ears' lobes, is a hood [m].
_HOOD_M = 0.02

#: Joints whose skin is arm, hand, foot or head: what a garment for the torso or the legs is not measured against.
_ROOTS = {
    "left_arm": "left_shoulder", "right_arm": "right_shoulder", "left_foot": "left_ankle", "right_foot": "right_ankle",
    "left_leg": "left_hip", "right_leg": "right_hip", "head": "head",
    "left_lower_arm": "left_elbow", "right_lower_arm": "right_elbow", "left_lower_leg": "left_knee", "right_lower_leg": "right_knee",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Figure:
    """A body in the poses it goes through while it is dressed: sewn in the first, seen in the last.

    vertices: Positions in each pose, world frame [m], shape (P, V, 3), float64.
    joints: Joint positions in each pose [m], shape (P, 55, 3), float64.
    faces: The skin that cloth can touch, shape (F, 3), int64, counter-clockwise from outside.
    owner: Index of the joint that moves each vertex most, shape (V,), int64.
    landmarks: Named points of the body in the first pose [m], shape (3,) each.
    """

    vertices: np.ndarray
    joints: np.ndarray
    faces: np.ndarray
    owner: np.ndarray
    landmarks: Mapping[str, np.ndarray]
    _closed: dict[int, np.ndarray] = field(default_factory=dict, repr=False)
    _hooded: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    def closed(self, pose: int) -> np.ndarray:
        """The vertices in a pose with creases filled that are too narrow for cloth [m], shape (V, 3)."""
        if pose not in self._closed:
            self._closed[pose] = fill_creases(self.vertices[pose], self.faces, where=self.dressable)
        return self._closed[pose]

    def hooded(self, pose: int) -> np.ndarray:
        """The vertices in a pose with the head's creases filled [m], shape (V, 3): cloth between an ear and the head knows no way out."""
        if pose not in self._hooded:
            self._hooded[pose] = fill_creases(self.vertices[pose], self.faces, where=self.used & self.part("head"))
        return self._hooded[pose]

    def is_hood(self, cloth: np.ndarray) -> bool:
        """Whether a garment that was sewn at positions (N, 3) [m] lies over the ears."""
        return float(cloth[:, 2].max()) > self.joint("head")[2] + _HOOD_M

    def part(self, name: str) -> np.ndarray:
        """Which vertices belong to a limb (``left_arm`` from the shoulder down, ``head``, ...), shape (V,), bool."""
        return self._below[INDEX[_ROOTS[name]]][self.owner]

    def joint(self, name: str) -> np.ndarray:
        """Position of a joint in the first pose [m], shape (3,)."""
        return self.joints[0, INDEX[name]]

    @cached_property
    def dressable(self) -> np.ndarray:
        """Vertices that garments reach: skin, but not of head, hands and feet, shape (V,), bool."""
        bare = [self.part("head"), self.part("left_foot"), self.part("right_foot")]
        bare += [self._below[INDEX[f"{side}_wrist"]][self.owner] for side in ("left", "right")]
        return self.used & ~np.logical_or.reduce(bare)

    @cached_property
    def used(self) -> np.ndarray:
        """Vertices that the faces use, shape (V,), bool."""
        used = np.zeros(len(self.owner), dtype=bool)
        used[self.faces] = True
        return used

    @cached_property
    def _below(self) -> np.ndarray:
        """Whether joint j is ancestor ``i`` or below it, shape (55, 55), bool."""
        below = np.eye(len(JOINTS), dtype=bool)
        for j in range(1, len(JOINTS)):  # parents come before their children
            below[:, j] |= below[:, int(PARENTS[j])]
        return below


def build_figure(model: BodyModel, posed: BodyParameters, *, offsets: np.ndarray | None = None, astride: bool = False) -> Figure:
    """A body's way from the dressing pose to the one it is given in.

    posed: Shape, expression and the last pose. offsets: The twin's displacements on the rest body [m], shape (V, 3). astride: It is dressed
    in trousers.
    """
    standing = stand(model, apply_pose(model, posed, load_pose(DRESSING_POSE)), offsets=offsets)
    first, last = _dressing(standing, ASTRIDE_DEG if astride else 0.0), posed
    faces = skin_faces(model)
    vertices, joints = [], []
    for t in np.linspace(0.0, 1.0, POSES):
        posed = forward(model, interpolate(first, last, float(t * t * (3 - 2 * t))), offsets=offsets)
        vertices.append(world_from_smplx(posed.vertices.astype(np.float64)))
        joints.append(world_from_smplx(posed.joints.astype(np.float64)))
    return Figure(
        vertices=np.array(vertices), joints=np.array(joints), faces=faces, owner=model.weights.argmax(axis=1),
        landmarks=_landmarks(model, standing, offsets),
    )  # fmt: skip


def dressing_landmarks(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None) -> Mapping[str, np.ndarray]:
    """Named points of a body in the pose that it is dressed in [m], world, shape (3,) each."""
    return _landmarks(model, stand(model, apply_pose(model, parameters, load_pose(DRESSING_POSE)), offsets=offsets), offsets)


def _landmarks(model: BodyModel, standing: BodyParameters, offsets: np.ndarray | None) -> Mapping[str, np.ndarray]:
    body = forward(model, standing, offsets=offsets)
    skin, skeleton = (world_from_smplx(points.astype(np.float64)) for points in (body.vertices, body.joints))
    return find_landmarks(StandingBody(skin, skeleton, skin_faces(model))).points


def skin_faces(model: BodyModel) -> np.ndarray:
    """The faces of a body model that are skin: no eyes, teeth and tongue where it tells them apart, shape (F, 3), int64."""
    faces = np.asarray(model.faces, dtype=np.int64)
    return faces if model.surface is None else faces[model.surface.is_part("skin")[faces].all(axis=1)]


def _dressing(parameters: BodyParameters, spread_deg: float) -> BodyParameters:
    """The same pose on tiptoe without the floor: ankles stretched, and each leg spread by so much more."""
    from scipy.spatial.transform import Rotation

    pose = parameters.full_pose.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        pose[INDEX[f"{side}_ankle"]] = [np.radians(POINTED_DEG), 0.0, 0.0]
        hip = Rotation.from_euler("z", sign * spread_deg, degrees=True) * Rotation.from_rotvec(pose[INDEX[f"{side}_hip"]])
        pose[INDEX[f"{side}_hip"]] = hip.as_rotvec()
    return parameters.with_full_pose(pose)
