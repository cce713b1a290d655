"""Biovision hierarchies, ``.bvh``: a skeleton with its zero pose, and Euler angles for each frame.

Format: Meredith, Maddock, "Motion Capture File Formats Explained" (2001), section 3. A file's bones have lengths and a zero pose of their
own. From both, what SMPL-X turns is told: a bone that points elsewhere in the file's zero pose than in the T-pose is turned there first, on
the shortest way, and then as the file has it. The zero pose has to be of a person who stands, whatever the arms do: which way a skeleton
faces is read from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.captures.capture import MOST_FRAMES, Capture
from studio.body.captures.skeletons import limb_joints
from studio.body.joints import INDEX, JOINTS, PARENTS
from studio.body.rotations import axis_rotation, from_matrix, least_rotation
from studio.errors import StudioError

#: The largest file: text takes ten times the memory of its numbers. The most joints: fingers, face and twist bones of film rigs.
_MOST_BYTES, _MOST_JOINTS = 128_000_000, 400
#: Length of thigh and shin of the mean open body [m], by which a file's unit is told.
_LEG_M = 0.805
#: Where the bones of left limbs point in the T-pose: those of the mean open body, whose arms and legs are not quite straight.
_T_POSE = {
    ("shoulder", "elbow"): np.array([0.9970, -0.0498, -0.0598]), ("elbow", "wrist"): np.array([0.9998, 0.0, -0.0200]),
    ("hip", "knee"): np.array([0.0100, -0.9987, -0.0501]), ("knee", "ankle"): np.array([0.0001, -0.9968, -0.0797]),
}  # fmt: skip
#: A zero pose stands where its legs point down and its spine up to within this cosine.
_STANDS = 0.8
_AXES = {"xrotation": 0, "yrotation": 1, "zrotation": 2}
_PLACES = {"xposition": 0, "yposition": 1, "zposition": 2}


@dataclass(frozen=True, eq=False)
class _Skeleton:
    """names, parents (-1 for the root), offsets from the parent (J, 3), and what each joint's channels are, in order."""

    names: list[str]
    parents: list[int]
    offsets: np.ndarray
    channels: list[list[str]]

    @property
    def rest(self) -> np.ndarray:
        """Where the joints are in the zero pose, the root at the origin, (J, 3)."""
        places = np.zeros_like(self.offsets)
        for k, parent in enumerate(self.parents):
            places[k] = self.offsets[k] + places[parent] if parent >= 0 else 0.0
        return places


def read_bvh(file: Path, *, still: bool = False) -> Capture:
    """Read a BVH file. still: One frame of it is wanted. Raises StudioError for a damaged file and for a skeleton that is not known."""
    if file.stat().st_size > _MOST_BYTES:
        raise StudioError(f"{file} has {file.stat().st_size / 1e6:,.0f} MB, and a BVH may have {_MOST_BYTES / 1e6:,.0f}: cut it first.")
    try:
        hierarchy, mark, motion = file.read_text(encoding="utf-8").partition("MOTION")
    except UnicodeDecodeError:
        raise StudioError(f"{file} is no BVH: it is not text.") from None
    if not mark:
        raise StudioError(f"{file} is no BVH: it has no MOTION.")
    skeleton = _skeleton(file, hierarchy.split())
    values, seconds = _motion(file, motion, sum(len(each) for each in skeleton.channels), still=still)
    turned, places = _turned(skeleton, values)
    return _as_smplx(file, skeleton, turned, places, 1.0 / seconds)


def _skeleton(file: Path, words: list[str]) -> _Skeleton:
    names, parents, offsets, channels, open_joints = [], [], [], [], []
    at, joint = 0, -1

    def numbers(count: int) -> list[float]:
        return [float(word) for word in words[at + 1 : at + 1 + count]]

    try:
        while at < len(words):
            word = words[at]
            if word in ("ROOT", "JOINT", "End"):
                if word == "ROOT" and names:
                    raise StudioError(f"{file} holds more than one skeleton: keep one.")
                names.append("" if word == "End" else words[at + 1])
                parents.append(open_joints[-1] if open_joints else -1)
                offsets.append([0.0] * 3)
                channels.append([])
                joint = len(names) - 1
                at += 2
            elif word == "{":
                open_joints.append(joint)
                at += 1
            elif word == "}":
                open_joints.pop()
                at += 1
            elif word == "OFFSET":
                offsets[open_joints[-1]] = numbers(3)
                at += 4
            elif word == "CHANNELS":
                count = int(words[at + 1])
                channels[open_joints[-1]] = [each.lower() for each in words[at + 2 : at + 2 + count]]
                at += 2 + count
            else:
                at += 1  # HIERARCHY, and what others write beside it
            if len(names) > _MOST_JOINTS:
                raise StudioError(f"{file} has more than {_MOST_JOINTS} joints: export its skeleton alone.")
    except (ValueError, IndexError):
        raise StudioError(f"{file} is no BVH: its hierarchy breaks off at word {at + 1}.") from None
    known = set(_AXES) | set(_PLACES)
    strange = [each for one in channels for each in one if each not in known]
    offsets = np.array(offsets, dtype=np.float64).reshape(-1, 3)
    if not names or open_joints or strange or not np.isfinite(offsets).all():
        why = f"the channel '{strange[0]}' is not one" if strange else "its hierarchy is not whole"
        raise StudioError(f"{file} is no BVH: {why}.")
    return _Skeleton(names, parents, offsets, channels)


def _motion(file: Path, text: str, width: int, *, still: bool) -> tuple[np.ndarray, float]:
    """Channel values (T, C) and the time of a frame [s]."""
    head, _, body = text.partition("Frame Time:")
    first, _, rows = body.strip().partition("\n")
    try:
        seconds = float(first.split()[0])
        values = np.array(rows.split(), dtype=np.float64)
        count = int(head.replace("Frames:", " ").split()[0])
    except (ValueError, IndexError):
        raise StudioError(
            f"{file} is no BVH: after MOTION, 'Frames:', 'Frame Time:' and one line of numbers a frame are expected."
        ) from None
    if not 1 <= count <= MOST_FRAMES or len(values) != count * width:
        raise StudioError(f"{file} has {len(values):,} numbers of motion, and {count:,} frames of {width} channels were announced.")
    if not np.isfinite(values).all() or not (still or 0.001 <= seconds <= 1.0):
        raise StudioError(f"{file} is no motion: its numbers are finite, and a frame takes 0.001 to 1 s, found {seconds:g}.")
    return values.reshape(count, width), max(seconds, 0.001)


def _turned(skeleton: _Skeleton, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World rotations of all joints (T, J, 3, 3), in the file's axes, and places of the root (T, 3)."""
    from scipy.spatial.transform import Rotation

    count, column = len(values), 0
    world = np.tile(np.eye(3), (count, len(skeleton.names), 1, 1))
    places = np.zeros((count, 3))
    for k, (channels, parent) in enumerate(zip(skeleton.channels, skeleton.parents, strict=True)):
        local = np.tile(np.eye(3), (count, 1, 1))
        for channel in channels:
            if channel in _AXES:
                vectors = np.radians(values[:, column, None]) * np.eye(3)[_AXES[channel]]
                local = local @ Rotation.from_rotvec(vectors).as_matrix()
            elif parent < 0:
                places[:, _PLACES[channel]] = values[:, column]
            column += 1
        world[:, k] = local if parent < 0 else world[:, parent] @ local
    return world, places


def _as_smplx(file: Path, skeleton: _Skeleton, turned: np.ndarray, places: np.ndarray, fps: float) -> Capture:
    limbs = limb_joints(skeleton.names, source=str(file))
    joints = limbs | _middle(skeleton, limbs)
    rest = skeleton.rest
    file_from_body = _facing(file, rest, joints)
    turned = file_from_body.T @ turned @ file_from_body
    zero = _zero_pose(rest @ file_from_body, joints)
    world = np.tile(np.eye(3), (len(turned), len(JOINTS), 1, 1))
    local = world.copy()
    for number, name in enumerate(JOINTS):
        parent = PARENTS[number]
        if name in joints:
            world[:, number] = turned[:, joints[name]] @ zero.get(name, np.eye(3))
            local[:, number] = world[:, number] if parent < 0 else world[:, parent].swapaxes(1, 2) @ world[:, number]
        else:
            world[:, number] = world[:, parent]
    leg = sum(np.linalg.norm(rest[joints[a]] - rest[joints[b]]) for a, b in (("left_hip", "left_knee"), ("left_knee", "left_ankle")))
    places = (places - places[0]) @ file_from_body * (_LEG_M / leg)
    heading = axis_rotation(1, -np.arctan2(local[0, 0, 0, 2] - local[0, 0, 2, 0], local[0, 0, 0, 0] + local[0, 0, 2, 2]))
    local[:, 0] = heading @ local[:, 0]
    return Capture(from_matrix(local), places @ heading.T, fps, has_hands="left_index1" in joints or "right_index1" in joints)


def _middle(skeleton: _Skeleton, limbs: dict[str, int]) -> dict[str, int]:
    """Which joints are spine1 to spine3, neck and head: those between the pelvis and the arms, and what else hangs on the last of them."""
    left, right = (_ancestors(skeleton, limbs[f"{side}_shoulder"]) for side in ("left", "right"))
    shared = [k for k in left if k in right]  # from the chest down to the root
    spine = [k for k in reversed(shared) if k != limbs["pelvis"] and limbs["pelvis"] in _ancestors(skeleton, k)]
    found = {"spine3": spine[-1]} if spine else {}
    if len(spine) > 1:
        found["spine1"] = spine[0]
    if len(spine) > 2:
        found["spine2"] = spine[len(spine) // 2]
    chest = shared[0] if shared else limbs["pelvis"]
    heads = [k for k, name in enumerate(skeleton.names) if "head" in name.lower() and chest in _ancestors(skeleton, k)]
    if heads:
        found["head"] = heads[0]
        necks = [k for k in reversed(_ancestors(skeleton, heads[0])) if chest in _ancestors(skeleton, k)]
        if necks:
            found["neck"] = necks[0]
    return found


def _ancestors(skeleton: _Skeleton, joint: int) -> list[int]:
    """All joints above one, from its parent up."""
    found = []
    while skeleton.parents[joint] >= 0:
        joint = skeleton.parents[joint]
        found.append(joint)
    return found


def _facing(file: Path, rest: np.ndarray, joints: dict[str, int]) -> np.ndarray:
    """Rotation (3, 3) from SMPL-X axes (left, up, forward) to the file's. Raises StudioError for a zero pose that does not stand."""
    left = rest[joints["left_hip"]] - rest[joints["right_hip"]]
    hips = 0.5 * (rest[joints["left_hip"]] + rest[joints["right_hip"]])
    legs = [rest[joints[f"{side}_ankle"]] - rest[joints[f"{side}_hip"]] for side in ("left", "right")]
    shoulders = 0.5 * (rest[joints["left_shoulder"]] + rest[joints["right_shoulder"]])
    up = _unit(shoulders - hips)
    left = _unit(left - (left @ up) * up)
    if min(-_unit(leg) @ up for leg in legs) < _STANDS or not np.isfinite(left).all():
        raise StudioError(
            f"{file} has a zero pose that does not stand, so what its angles turn is not known: export it with a T-pose as its zero pose."
        )
    frame = np.stack([left, up, np.cross(left, up)], axis=1)
    axes = np.where(np.abs(frame) > _STANDS, np.sign(frame), 0.0)  # skeletons are drawn along axes, whatever their shoulders do
    return axes if np.abs(axes).sum() == 3 else frame


def _zero_pose(rest: np.ndarray, joints: dict[str, int]) -> dict[str, np.ndarray]:
    """World rotations that take limbs from the T-pose to the file's zero pose. rest: In SMPL-X axes."""
    zero = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for (joint, child), straight in _T_POSE.items():
            bone = rest[joints[f"{side}_{child}"]] - rest[joints[f"{side}_{joint}"]]
            zero[f"{side}_{joint}"] = least_rotation(straight * [sign, 1.0, 1.0], bone)
        hand = [name for name in INDEX if name.startswith(f"{side}_") and name[-1] in "123"]
        zero |= dict.fromkeys([f"{side}_wrist", *hand], zero[f"{side}_elbow"])  # hands and fingers lie on with the forearm
    return zero


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
