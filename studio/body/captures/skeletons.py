"""What the joints of common skeletons are called: Mixamo, CMU (as BVH), LaFAN1, SMPL and SMPL-X names become joints of SMPL-X.

Spines and necks have any number of joints under any names: they are found by what hangs on them, not by a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.body.joints import FINGERS
from studio.errors import StudioError, did_you_mean

#: SMPL-X joint without its side -> names without their side, in small letters without blanks, dots and underscores. Two families: where an
#: upper arm is called arm (Mixamo, CMU, LaFAN1), ``shoulder`` is the collar; where it is called shoulder (SMPL), it is not.
_ARM_FAMILY = {
    "hip": ("upleg", "thigh"), "knee": ("leg", "shin", "calf"), "ankle": ("foot",), "foot": ("toebase", "toe", "toes"),
    "collar": ("shoulder", "collar", "clavicle"), "shoulder": ("arm", "uparm", "upperarm"), "elbow": ("forearm", "lowerarm", "lowarm"),
    "wrist": ("hand",),
}  # fmt: skip
_SMPL_FAMILY = {name: (name,) for name in ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")} | {
    "foot": ("foot", "toe")
}
_PELVIS = ("hips", "hip", "pelvis", "root")
#: Joints without which nobody is posed.
_NEEDED = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")


def plain(name: str) -> str:
    """A joint's name in small letters, without a prefix (``mixamorig:``) and without blanks, dots and underscores."""
    return re.sub(r"[\s._-]", "", re.sub(r"^mixamorig\d*[:_]?", "", name.rpartition(":")[2], flags=re.IGNORECASE)).lower()


def limb_joints(names: Sequence[str], *, source: str) -> dict[str, int]:
    """Which of a skeleton's joints is which of SMPL-X: the pelvis, arms, legs and fingers. names: Of all joints, parents first.

    Raises StudioError where a joint is missing that nobody is posed without.
    """
    number = {}
    for k, name in enumerate(names):
        number.setdefault(_sided(plain(name)), k)
    table = _ARM_FAMILY if any((side, "arm") in number or (side, "forearm") in number for side in ("left", "right")) else _SMPL_FAMILY
    found = {"pelvis": next((number["", name] for name in _PELVIS if ("", name) in number), 0)}
    for side in ("left", "right"):
        for joint, words in (table | _fingers()).items():
            for word in words:
                if (side, word) in number:
                    found.setdefault(f"{side}_{joint}", number[side, word])
    missing = [f"{side}_{joint}" for side in ("left", "right") for joint in _NEEDED if f"{side}_{joint}" not in found]
    if missing:
        asked = f"{missing[0].partition('_')[0]}{table[missing[0].partition('_')[2]][0]}"
        raise StudioError(
            f"{source} has no joint for '{missing[0]}' under a name of Mixamo, CMU, LaFAN1 or SMPL ('{asked}', for example): "
            f"{did_you_mean(asked, names)}"
        )
    return found


def _sided(name: str) -> tuple[str, str]:
    """A plain name as side and rest: ``leftarm``, ``larm`` and ``armleft`` are all the left arm."""
    for side in ("left", "right"):
        if name.startswith(side):
            return side, name.removeprefix(side)
        if name.endswith(side):
            return side, name.removesuffix(side)
    known = {word for table in (_ARM_FAMILY, _SMPL_FAMILY, _fingers()) for words in table.values() for word in words}
    for letter, side in (("l", "left"), ("r", "right")):
        if name.startswith(letter) and name[1:] in known:
            return side, name[1:]
        if name.endswith(letter) and name[:-1] in known:
            return side, name[:-1]
    return "", name


def _fingers() -> dict[str, tuple[str, ...]]:
    """Joints of fingers and what they are called: ``index1``, or ``handindex1`` as Mixamo has it."""
    return {f"{finger}{k}": (f"hand{finger}{k}", f"{finger}{k}") for finger in FINGERS for k in (1, 2, 3)}
