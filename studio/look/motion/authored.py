"""Authored motions on a body of any shape: key poses as the body takes them, and what is between."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio import library
from studio.body.feet import level_feet
from studio.body.ground import pose_body
from studio.body.joints import JOINTS
from studio.body.model import BodyModel, BodyParameters
from studio.body.poses import load_pose
from studio.specs.base import load_spec
from studio.specs.motion import MotionSpec

#: Keys that a cyclic motion repeats at either end, so that its curves know how it goes on.
_AROUND = 3


def motion_names() -> list[str]:
    """Names of the authored motions, sorted."""
    return library.names("rigs", "motions")


def load_motion(name: str) -> MotionSpec:
    """The authored motion of that name. Raises StudioError with the closest name where there is none."""
    return load_spec(MotionSpec, library.find(name, "rigs", "motions", what="motion"))


@dataclass(frozen=True, eq=False)
class KeyPoses:
    """Key poses of one body.

    times: Shares of the motion, shape (K,). rotations: Of all joints, axis-angle [rad], continuous from key to key, shape (K, 55, 3).
    level: Which feet are flat on the floor at each key.
    """

    times: np.ndarray
    rotations: np.ndarray
    level: tuple[frozenset[str], ...]
    cyclic: bool

    def at(self, share: float) -> np.ndarray:
        """Rotations of all joints at a share of the motion, shape (55, 3).

        Each joint goes through its keys on monotone cubics (Fritsch, Carlson, SIAM J. Numer. Anal. 17, 1980): it comes to rest where it
        turns back, and never swings beyond a key.
        """
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(self.times, self.rotations, axis=0)(share % 1.0 if self.cyclic else share)

    def level_at(self, share: float) -> tuple[str, ...]:
        """Feet that are flat at the keys before and after."""
        after = int(np.clip(np.searchsorted(self.times, share % 1.0 if self.cyclic else share, side="right"), 1, len(self.times) - 1))
        return tuple(sorted(self.level[after - 1] & self.level[after]))


def key_poses(model: BodyModel, parameters: BodyParameters, motion: MotionSpec, *, offsets: np.ndarray) -> KeyPoses:
    """The keys of a motion on a body: feet levelled, arms out of its sides."""
    times, rotations, level = [], [], []
    for key in motion.keys:
        pose = motion.key_pose(key, None if key.pose is None else load_pose(key.pose))
        times.append(key.at)
        rotations.append(pose_body(model, parameters, pose, offsets=offsets).full_pose.astype(np.float64))
        level.append(frozenset(key.level))
    if motion.mirrored:
        times += [time + 0.5 for time in times]
        rotations += [mirrored_pose(each) for each in rotations]
        level += [frozenset("right" if side == "left" else "left" for side in sides) for sides in level]
    keys = KeyPoses(np.array(times), continuous(np.array(rotations)), tuple(level), motion.cyclic)
    return _repeated(keys) if motion.cyclic else keys


def mirrored_pose(pose: np.ndarray) -> np.ndarray:
    """Rotations (55, 3) of all joints with left and right changed over: reflected at x = 0."""
    other = [JOINTS.index(_other_side(name)) for name in JOINTS]
    return pose[other] * np.array([1.0, -1.0, -1.0])


def continuous(rotations: np.ndarray) -> np.ndarray:
    """The same rotations (K, J, 3) [rad], each by the vector that is nearest to the one before: 190 degrees after 170, and not -170."""
    found = np.array(rotations, dtype=np.float64)
    for k in range(1, len(found)):
        angle = np.linalg.norm(found[k], axis=-1, keepdims=True)
        axis = found[k] / np.maximum(angle, 1e-12)
        turns = np.round(((found[k - 1] * axis).sum(axis=-1, keepdims=True) - angle) / (2 * np.pi))
        found[k] += np.where(angle > 1e-9, 2 * np.pi * turns * axis, 0.0)
    return found


def _other_side(joint: str) -> str:
    for side, other in (("left_", "right_"), ("right_", "left_")):
        if joint.startswith(side):
            return other + joint.removeprefix(side)
    return joint


def _repeated(keys: KeyPoses) -> KeyPoses:
    """A cycle with keys of the ones before and after it at its ends."""
    order = np.arange(-_AROUND, len(keys.times) + _AROUND)
    index, turn = order % len(keys.times), order // len(keys.times)
    rotations = continuous(keys.rotations[index])
    return replace(keys, times=keys.times[index] + turn, rotations=rotations, level=tuple(keys.level[k] for k in index))


def levelled(model: BodyModel, parameters: BodyParameters, keys: KeyPoses, share: float, *, offsets: np.ndarray) -> BodyParameters:
    """The body at a share of its motion, flat feet flat; not yet on the floor."""
    return level_feet(model, parameters.with_full_pose(keys.at(share)), keys.level_at(share), offsets=offsets)
