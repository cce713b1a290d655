"""Files with places that a person or a program marked on a scan: landmarks of the skin, and joints of a skeleton.

Read: JSON (an object of names, a list of named places, or the bare keypoints of COCO and OpenPose) and CSV (``name,x,y,z``), with the names
of SMPL-X, Kinect v2, COCO-17 or OpenPose BODY_25. Coordinates are those of the scan's file.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.joints import JOINTS
from studio.errors import StudioError, did_you_mean
from studio.frames import apply
from studio.twin.landmarks import LANDMARKS

#: A file of a few dozen names; a larger one is something else.
_MAX_BYTES = 1_000_000
#: Keypoints with a lower confidence than this were not seen: OpenPose writes 0 for them.
_LEAST_CONFIDENCE = 0.05
#: Median distance of the places from the scan beyond which they are in other coordinates [m]: joints lie inside, hands may be missing.
_FAR_M = 0.35
#: Places of a person spread at least so far [m]; below it they are in another unit. Only where there are so many of them.
_SPREAD_M, _SPREAD_PLACES = 0.15, 5

Place = tuple[float, float, float]


@dataclass(frozen=True)
class System:
    """A way to name places. names: What its own names mean: a joint of SMPL-X, a landmark, or None for a place that has no counterpart.

    joint_sd_m: How far its joints lie from those of the body, one standard deviation [m]. order: Names of bare lists, in their order.
    """

    name: str
    names: Mapping[str, str | None]
    joint_sd_m: float
    order: tuple[str, ...] = ()


def _two_sided(pattern: Mapping[str, str | None], left: str, right: str) -> dict[str, str | None]:
    """Names of both sides from names with {} for the side."""
    return {
        theirs.format(side): None if ours is None else ours.format(own)
        for theirs, ours in pattern.items()
        for side, own in ((left, "left"), (right, "right"))
    }


#: Microsoft, Kinect for Windows SDK 2.0, JointType. Left and right are the subject's. Its SpineShoulder lies at the base of the neck, where
#: SMPL-X has the neck; its Foot at the ball of the foot. The middle of the hand, of the head and of the spine have no joint in SMPL-X,
#: and tips of fingers are too far off to be places of the skin.
_KINECT = {
    "SpineBase": "pelvis", "SpineShoulder": "neck", "SpineMid": None, "Neck": None, "Head": None, "Degree": None,
} | _two_sided(
    {
        "Shoulder{}": "{}_shoulder", "Elbow{}": "{}_elbow", "Wrist{}": "{}_wrist", "Hip{}": "{}_hip", "Knee{}": "{}_knee",
        "Ankle{}": "{}_ankle", "Foot{}": "{}_foot", "Hand{}": None, "HandTip{}": None, "Thumb{}": None,
    }, "Left", "Right",
)  # fmt: skip
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
#: Lin et al., Microsoft COCO, ECCV 2014: 17 keypoints, in the order of its annotations.
_COCO_ORDER = ("nose", *(f"{side}_{part}" for part in ("eye", "ear", *_LIMBS) for side in ("left", "right")))
#: Cao et al., OpenPose, TPAMI 2019: the BODY_25 model. The middle of the hips lies below the SMPL-X pelvis, and its neck between the
#: shoulders, where SMPL-X has no joint.
_BODY_25_ORDER = (
    "Nose", "Neck", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", "MidHip", "RHip", "RKnee", "RAnkle", "LHip", "LKnee",
    "LAnkle", "REye", "LEye", "REar", "LEar", "LBigToe", "LSmallToe", "LHeel", "RBigToe", "RSmallToe", "RHeel",
)  # fmt: skip
_BODY_25 = {"Nose": "nose", "Neck": None, "MidHip": None} | _two_sided(
    {
        **{"{}" + part.capitalize(): "{}_" + part for part in (*_LIMBS, "eye", "ear", "heel")},
        "{}BigToe": "{}_big_toe", "{}SmallToe": "{}_small_toe",
    }, "L", "R",
)  # fmt: skip

#: Tried in this order. Own names are meant as exactly as somebody placed them; what is known of the others: Kinect v2 against motion
#: capture 3 to 8 cm (Otte et al., PLoS ONE 2016; Wang et al., ICHI 2015), triangulated keypoints 2 to 4 cm at hips and shoulders.
SYSTEMS = (
    System("SMPL-X", {name: name for name in (*LANDMARKS, *JOINTS)}, 0.015),
    System("Kinect v2", _KINECT, 0.06),
    System("COCO", {name: name for name in _COCO_ORDER}, 0.03, _COCO_ORDER),
    System("OpenPose BODY_25", _BODY_25, 0.03, _BODY_25_ORDER),
)


@dataclass(frozen=True)
class MarkedPlaces:
    """What a landmark file says.

    landmarks: Places on the skin by the names of `studio.twin.landmarks`. joints: Joints by SMPL-X name.
    joint_sd_m: How far the joints may be off, one standard deviation [m].
    system: Whose names the file uses. unused: Its names that have no counterpart in the body.
    """

    landmarks: Mapping[str, Place]
    joints: Mapping[str, Place]
    joint_sd_m: float
    system: str
    unused: tuple[str, ...] = ()

    def in_world(self, file_from_world: np.ndarray, points: np.ndarray, *, name: str) -> MarkedPlaces:
        """The same places in the scan's world frame [m].

        file_from_world: The scan's fact, shape (4, 4). points: The scan's points in the world, shape (N, 3). name: Of the file.

        Raises StudioError where the places lie away from the scan, or in a heap: they are in other coordinates or another unit.
        """
        from scipy.spatial import cKDTree

        names = (*self.landmarks, *self.joints)
        world = apply(np.linalg.inv(file_from_world), np.array([*self.landmarks.values(), *self.joints.values()]))
        far = float(np.median(cKDTree(points).query(world)[0]))
        spread = float(np.linalg.norm(np.ptp(world, axis=0)))
        if far > _FAR_M or (len(names) >= _SPREAD_PLACES and spread < _SPREAD_M):
            found = f"{far:.3g} m from the scan" if far > _FAR_M else f"within {100 * spread:.2g} cm of one another"
            raise StudioError(f"The places in {name} lie {found}: give them in the coordinates and the unit of the scan's own file.")
        placed = {key: tuple(place) for key, place in zip(names, world.tolist(), strict=True)}
        landmarks, joints = ({key: placed[key] for key in mine} for mine in (self.landmarks, self.joints))
        return MarkedPlaces(landmarks, joints, self.joint_sd_m, self.system, self.unused)


def read_landmarks(path: Path) -> MarkedPlaces:
    """Read a file of landmarks or joints, in the coordinates that it holds.

    Raises StudioError in one sentence for a file that is missing, too large, malformed, names a place twice or one that is not known.
    """
    path = Path(path)
    if not path.is_file():
        near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else "its folder does not exist."
        raise StudioError(f"There is no landmark file {path}: {near}")
    if path.suffix.lower() not in (".json", ".csv", ".txt"):
        raise StudioError(
            f"{path.name} is no landmark file that is read ('{path.suffix or 'no suffix'}'); write the places as .json or .csv."
        )
    if path.stat().st_size > _MAX_BYTES:
        raise StudioError(f"{path.name} is larger than {_MAX_BYTES:,} bytes; a landmark file holds a name and three numbers per place.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StudioError(f"{path.name} is no text; write the places as JSON or CSV.") from None
    rows = _json_rows(text, path) if path.suffix.lower() == ".json" else _csv_rows(text, path)
    return _understood(rows, path)


@dataclass(frozen=True)
class _Row:
    """One place as the file has it; without a name in a bare list."""

    name: str | None
    place: Place


def _understood(rows: list[_Row], path: Path) -> MarkedPlaces:
    if not rows:
        raise StudioError(f"{path.name} holds no places; write a name and x, y, z for each.")
    if all(row.name is None for row in rows):
        rows, system = _ordered(rows, path)
    else:
        system = _system_of([row.name for row in rows], path)
    meaning = {_plain(theirs): ours for theirs, ours in system.names.items()}
    landmarks, joints, unused, seen = {}, {}, [], set()
    for row in rows:
        key = _plain(row.name)
        if key in seen:
            raise StudioError(f"{path.name} names '{row.name}' twice; give each place once.")
        seen.add(key)
        ours = meaning[key]
        if ours is None:
            unused.append(row.name)
        elif all(math.isfinite(value) for value in row.place):
            (landmarks if ours in LANDMARKS else joints)[ours] = row.place
    if not landmarks and not joints:
        raise StudioError(f"{path.name} holds no place that the body has; name at least one, such as 'nose' or 'left_knee'.")
    return MarkedPlaces(landmarks, joints, system.joint_sd_m, system.name, tuple(unused))


def _ordered(rows: list[_Row], path: Path) -> tuple[list[_Row], System]:
    """Names for a bare list, by its length."""
    for system in SYSTEMS:
        if system.order and len(system.order) == len(rows):
            return [_Row(name, row.place) for name, row in zip(system.order, rows, strict=True)], system
    raise StudioError(f"{path.name} lists {len(rows)} places without names; 17 are read as COCO and 25 as OpenPose, name the others.")


def _system_of(names: Iterable[str], path: Path) -> System:
    """The system whose list this is, or the first that knows all names; else a refusal with the nearest name of the one that knows most."""
    names = list(names)
    for system in SYSTEMS:
        if system.order and {_plain(name) for name in names} == {_plain(name) for name in system.order}:
            return system
    known = [{_plain(theirs) for theirs in system.names} for system in SYSTEMS]
    unknown = [[name for name in names if _plain(name) not in mine] for mine in known]
    best = min(range(len(SYSTEMS)), key=lambda index: len(unknown[index]))
    if unknown[best]:
        system = SYSTEMS[best]
        raise StudioError(
            f"{path.name} names '{unknown[best][0]}', which is no place of {system.name}: {did_you_mean(unknown[best][0], system.names)}"
        )
    return SYSTEMS[best]


def _plain(name: str) -> str:
    """A name without case, blanks and signs, so that 'Left Knee' is left_knee."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


# -- JSON ------------------------------------------------------------------------------------------------------------------


def _json_rows(text: str, path: Path) -> list[_Row]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StudioError(f"{path.name} is no JSON ({str(error).splitlines()[0]}); export the places again.") from None
    return _rows_of(data, path)


def _rows_of(data: object, path: Path) -> list[_Row]:
    """Places in any of the shapes that people and programs write."""
    if isinstance(data, dict):
        if isinstance(data.get("people"), list):  # OpenPose
            if len(data["people"]) != 1:
                raise StudioError(f"{path.name} holds {len(data['people'])} people; keep the one who was scanned.")
            return _rows_of(data["people"][0], path)
        for key in ("pose_keypoints_3d", "keypoints_3d", "keypoints", "places"):
            if isinstance(data.get(key), list):
                return _rows_of(data[key], path)
        groups = [data[key] for key in ("landmarks", "joints") if isinstance(data.get(key), dict | list)]
        if groups:
            return [row for group in groups for row in _rows_of(group, path)]
        return [_Row(str(name), _place(value, str(name), path)) for name, value in data.items()]
    if not isinstance(data, list):
        raise StudioError(f"{path.name} holds neither an object nor a list; write names with x, y, z each.")
    if data and all(isinstance(value, int | float) for value in data):  # flat: x, y, z, confidence, x, ...
        for system in SYSTEMS:
            for width in (4, 3):
                if system.order and len(data) == width * len(system.order):
                    return [_Row(None, _place(data[at : at + width], str(at // width), path)) for at in range(0, len(data), width)]
        raise StudioError(f"{path.name} lists {len(data)} numbers; 17 or 25 keypoints with x, y, z, or also a confidence, are read.")
    return [_listed(value, number, path) for number, value in enumerate(data)]


def _listed(value: object, number: int, path: Path) -> _Row:
    if isinstance(value, dict):
        name = value.get("name", value.get("joint", value.get("label")))
        place = value.get("position", value.get("place", value))
        return _Row(None if name is None else str(name), _place(place, str(name or number), path))
    return _Row(None, _place(value, str(number), path))


def _place(value: object, name: str, path: Path) -> Place:
    """x, y, z; not a number where a confidence says that the place was not seen."""
    if isinstance(value, dict):
        lower = {str(key).lower(): item for key, item in value.items()}
        sure = lower.get("confidence", lower.get("score", lower.get("visibility")))
        value = [lower.get(axis) for axis in "xyz"] + ([] if sure is None else [sure])
    if not isinstance(value, list) or len(value) not in (3, 4) or not all(_is_number(item) for item in value):
        raise StudioError(f"{path.name} has no x, y, z for '{name}'; give three numbers.")
    numbers = [float(item) for item in value]
    if len(numbers) == 4 and numbers[3] < _LEAST_CONFIDENCE:
        return (math.nan, math.nan, math.nan)
    if not all(math.isfinite(number) for number in numbers[:3]):
        raise StudioError(f"{path.name} has a place for '{name}' that is not finite; leave out what was not seen.")
    return (numbers[0], numbers[1], numbers[2])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# -- CSV -------------------------------------------------------------------------------------------------------------------


def _csv_rows(text: str, path: Path) -> list[_Row]:
    """``name,x,y,z`` a line, with or without a heading; blanks, tabs and semicolons separate as well, with a decimal comma if need be."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows = []
    for number, line in enumerate(lines):
        separator = next((sign for sign in (";", "\t", ",") if sign in line), None)
        words = [word.strip().strip('"') for word in line.split(separator)]
        words = [words[0], *(word.replace(",", ".") if separator in (";", "\t") else word for word in words[1:] if word)]
        try:
            values = [float(word) for word in words[1:]]
        except ValueError:
            if number == 0:
                continue  # the heading
            raise StudioError(f"{path.name} has something else than numbers in line '{line[:60]}'; write name,x,y,z.") from None
        rows.append(_Row(words[0], _place(values, words[0], path)))
    return rows
