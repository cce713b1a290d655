"""The 55 joints of SMPL-X: names, parents and mirror partners, in the order that every SMPL-X file uses.

Source: the joint order of the ``smplx`` package (``smplx/joint_names.py``, first 55 names) and Pavlakos et al.,
"Expressive Body Capture", CVPR 2019, section 3.1. Zero pose is the T-pose; every joint frame is parallel to the body's
axes (y up, z forward, x to the subject's left).
"""

from __future__ import annotations

_BODY = {
    "pelvis": None, "left_hip": "pelvis", "right_hip": "pelvis", "spine1": "pelvis", "left_knee": "left_hip",
    "right_knee": "right_hip", "spine2": "spine1", "left_ankle": "left_knee", "right_ankle": "right_knee", "spine3": "spine2",
    "left_foot": "left_ankle", "right_foot": "right_ankle", "neck": "spine3", "left_collar": "spine3",
    "right_collar": "spine3", "head": "neck", "left_shoulder": "left_collar", "right_shoulder": "right_collar",
    "left_elbow": "left_shoulder", "right_elbow": "right_shoulder", "left_wrist": "left_elbow",
    "right_wrist": "right_elbow", "jaw": "head", "left_eye": "head", "right_eye": "head",
}  # fmt: skip
FINGERS = ("index", "middle", "pinky", "ring", "thumb")


def _tree() -> dict[str, str | None]:
    tree: dict[str, str | None] = dict(_BODY)
    for side in ("left", "right"):
        for finger in FINGERS:
            parent = f"{side}_wrist"
            for phalanx in (1, 2, 3):
                tree[f"{side}_{finger}{phalanx}"] = parent
                parent = f"{side}_{finger}{phalanx}"
    return tree


_TREE = _tree()
#: Joint names, parents first; the index of a name is its joint number.
JOINTS: tuple[str, ...] = tuple(_TREE)
INDEX: dict[str, int] = {name: number for number, name in enumerate(JOINTS)}
#: Parent joint number of each joint; -1 for the pelvis.
PARENTS: tuple[int, ...] = tuple(-1 if parent is None else INDEX[parent] for parent in _TREE.values())


def mirrored(name: str) -> str:
    """The joint on the other side of the body; the same joint where it lies in the middle."""
    if name.startswith("left_"):
        return "right_" + name.removeprefix("left_")
    if name.startswith("right_"):
        return "left_" + name.removeprefix("right_")
    return name


def below(joint: int) -> list[int]:
    """Numbers of a joint and of all that hang on it."""
    found = [joint]
    for number in range(joint + 1, len(PARENTS)):
        if PARENTS[number] in found:
            found.append(number)
    return found


#: Joint number of each joint's mirror partner.
MIRROR: tuple[int, ...] = tuple(INDEX[mirrored(name)] for name in JOINTS)

BODY_JOINTS = JOINTS[1:22]
LEFT_HAND_JOINTS = JOINTS[25:40]
RIGHT_HAND_JOINTS = JOINTS[40:55]
