"""Poses as they are asked for: names, files and frames of motions, mirrored, and blends of two.

- ``NAME``: a pose of the library; ``FILE.toml``: a pose file
- ``FILE.npz#120``, ``FILE.bvh#12``: one frame of a captured motion, the first is 0
- any of these with ``:mirrored``: left and right changed over
- ``A+B:0.3``: from A to B, 0.3 of the way, every joint along the shortest

All become a `PoseSpec` that says everything itself, so whatever was made in a pose is made anew where a file of it has changed.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from studio import library
from studio.body.captures.read import SUFFIXES, read_capture
from studio.body.joints import INDEX, mirrored
from studio.body.poses import pose_names, pose_rotations
from studio.body.rotations import axis_rotation, from_matrix, slerp, to_matrix
from studio.errors import StudioError, did_you_mean
from studio.specs.base import load_spec
from studio.specs.pose import BOTH, KIND, Angles, PoseSpec, Reach

_MIRRORED = ":mirrored"
_BLEND = re.compile(r"(?P<both>.+\+.+):(?P<share>[^:+]+)", re.DOTALL)
#: Digits of a degree that a computed angle keeps: a micrometre at arm's length, and the same text from run to run.
_DIGITS = 4


def find_pose(reference: str) -> PoseSpec:
    """The pose of a reference. Raises StudioError for names, files, frames and shares that there are not."""
    blend = None if _is_one(reference) else _BLEND.fullmatch(reference)
    if blend:
        a, b = _parted(blend["both"])
        return blended(find_pose(a), find_pose(b), _share(reference, blend["share"]))
    if reference.endswith(_MIRRORED):
        return mirrored_pose(find_pose(reference.removesuffix(_MIRRORED)))
    if reference.lower().endswith(".toml"):
        return load_spec(PoseSpec, Path(reference))
    file, mark, frame = reference.rpartition("#")
    if mark and Path(file).suffix.lower() in SUFFIXES:
        return _frame(reference, Path(file), frame)
    return _of_library(reference)


def pose_label(reference: str) -> str:
    """What a pose is called where it was used: its reference without the folders of its files."""
    return "+".join(re.split(r"[\\/]", part)[-1] for part in reference.split("+"))


def pose_slug(reference: str) -> str:
    """A pose's label as part of an asset's name."""
    return re.sub(r"[^a-z0-9_.]+", "-", pose_label(reference).lower()).strip("-_.")


def _is_one(reference: str) -> bool:
    """Whether a reference with a plus in it is one file after all."""
    return Path(reference.removesuffix(_MIRRORED).rpartition("#")[0] or reference.removesuffix(_MIRRORED)).is_file()


def _parted(both: str) -> tuple[str, str]:
    """The two poses of a blend: parted at the plus before which a file's name ends, else at the first."""
    pluses = [k for k, letter in enumerate(both) if letter == "+" and 0 < k < len(both) - 1]
    at = next((k for k in pluses if _is_one(both[:k])), pluses[0])
    return both[:at], both[at + 1 :]


def _of_library(name: str) -> PoseSpec:
    known = pose_names()
    if name in known:
        return load_spec(PoseSpec, library.find(name, "rigs", "poses", what="pose"))
    if Path(name).suffix.lower() in SUFFIXES:
        raise StudioError(f"{name} is a motion: say which of its frames, for example {Path(name).name}#0.")
    if "+" in name:
        raise StudioError(f"'{name}' blends two poses, but does not say how far: write for example relaxed+walk:0.3.")
    bare, colon, word = name.rpartition(":")
    if colon and bare in known:
        raise StudioError(f"A pose is not '{word}': {did_you_mean(word, ['mirrored'])}")
    raise StudioError(f"There is no pose '{name}': {did_you_mean(name, known)}")


def _share(reference: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = np.nan
    if not 0.0 <= share <= 1.0:
        raise StudioError(f"'{reference}' goes '{text}' of the way from one pose to the other: write a number from 0 to 1.")
    return share


def _frame(reference: str, file: Path, text: str) -> PoseSpec:
    """One frame of a captured motion, facing the camera: the pelvis does not turn. Its fingers are the file's, its feet where they are."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise StudioError(f"'{reference}' names the frame '{text}': write its number, the first is 0.")
    capture = read_capture(file, still=True)
    if int(text) >= len(capture.rotations):
        raise StudioError(f"{file} has no frame {int(text):,}: its frames are 0 to {len(capture.rotations) - 1:,}.")
    rotations = to_matrix(capture.rotations[int(text)])
    root = rotations[0]
    rotations[0] = axis_rotation(1, -np.arctan2(root[0, 2] - root[2, 0], root[0, 0] + root[2, 2])) @ root
    joints = {name: angles for name, angles in _said(rotations).items() if capture.has_hands or KIND[name] != "finger"}
    return PoseSpec(description=f"Frame {int(text)} of {file.name}.", joints=joints, planted=(), level=())


def _said(rotations: np.ndarray) -> dict[str, Angles]:
    """What a pose says of all joints: rotation vectors in degrees, of matrices (55, 3, 3)."""
    degrees = np.round(np.degrees(from_matrix(rotations)), _DIGITS) + 0.0
    return {name: {"rotvec": tuple(float(each) for each in degrees[INDEX[name]])} for name in KIND}


def mirrored_pose(pose: PoseSpec) -> PoseSpec:
    """A pose with left and right changed over: what hangs on one side hangs on the other."""
    both = BOTH.keys()
    joints = {name if name in both else mirrored(name): _mirrored_angles(name, angles) for name, angles in pose.joints.items()}
    changes = {
        "joints": joints,
        "hands": pose.hands if isinstance(pose.hands, str) else {mirrored_side(side): hand for side, hand in pose.hands.items()},
        "reach": {mirrored_side(side): _mirrored_reach(reach) for side, reach in pose.reach.items()},
    }
    changes |= {name: tuple(sorted(mirrored_side(side) for side in getattr(pose, name))) for name in ("planted", "level", "touching")}
    return PoseSpec(**(pose.model_dump() | changes))


def mirrored_side(side: str) -> str:
    """The other side."""
    return "right" if side == "left" else "left"


def _mirrored_angles(joint: str, angles: Angles) -> Angles:
    """Words of paired joints read the same on both sides; in the middle, turning and leaning go the other way."""
    if "rotvec" in angles:
        x, y, z = angles["rotvec"]
        return {"rotvec": (x, -y, -z)}
    paired = joint in BOTH or mirrored(joint) != joint
    return angles if paired else {word: -value if word in ("turn", "lean", "left") else value for word, value in angles.items()}


def _mirrored_reach(reach: Reach) -> Reach:
    x, y, z = reach.offset_cm
    return Reach(**(reach.model_dump() | {"to": mirrored(reach.to), "offset_cm": (-x, y, z)}))


def blended(a: PoseSpec, b: PoseSpec, share: float) -> PoseSpec:
    """From one pose to another: every joint, fingers as well, along the shortest way.

    A foot stands or lies flat and an arm touches where that is so in both, and so does a hand reach. At 0 and 1 it is the pose itself.
    """
    if share in (0.0, 1.0):
        return a if share == 0.0 else b
    turned = slerp(*(from_matrix(pose_rotations(pose)) for pose in (a, b)), share)
    shared = {name: tuple(sorted({*getattr(a, name)} & {*getattr(b, name)})) for name in ("planted", "level", "touching")}
    return PoseSpec(
        description=f"{1 - share:.0%} of one pose, {share:.0%} of another.",
        joints=_said(to_matrix(turned)),
        hands="flat",
        clear_arms=a.clear_arms or b.clear_arms,
        reach={side: reach for side, reach in a.reach.items() if b.reach.get(side) == reach},
        carried_by="scene" if "scene" in (a.carried_by, b.carried_by) else "feet",
        **shared,
    )
