"""The body as a fit is measured on it: its girths and where their tapes lie in the pose of a look, and the region of every place of skin.

A tape is laid on the twin as it stands to be measured, by ISO 8559-1. In a look's pose the same points of the skin are found again, and
the plane through them is where the garment is measured: levels move with the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.body.girths import Tape, find_tapes, girth, lay, limb_faces
from studio.body.joints import INDEX
from studio.body.landmarks import Landmarks, find_landmarks
from studio.body.measure import measure_body
from studio.body.segments import SEGMENTS, segment_labels
from studio.body.standing import StandingBody
from studio.twin.measure import measuring_body
from studio.twin.twin import Twin

#: The girths that garments are compared with, by the tape's name: what a garment maker calls the level, and what part of a garment goes
#: round it. Head, elbow and mid-thigh are not fitted.
LEVELS = {
    "neck_girth": ("neck", "neck"), "bust_girth": ("bust", "trunk"), "underbust_girth": ("underbust", "trunk"),
    "waist_girth": ("waist", "trunk"), "high_hip_girth": ("high hip", "trunk"), "hip_girth": ("hip", "trunk"),
    "upper_arm_girth": ("bicep", "arm"), "wrist_girth": ("wrist", "arm"), "thigh_girth": ("thigh", "leg"), "knee_girth": ("knee", "leg"),
    "ankle_girth": ("ankle", "leg"),
}  # fmt: skip
#: Half the height of the belt of skin that counts as waist [m]: a waistband's.
_WAIST_BELT_M = 0.02
#: Above the armpit the trunk is shoulder beyond this share of the way to the shoulder joint. Chosen.
_SHOULDERS = 0.6
#: The regions of the skin that contact is told by.
REGIONS = (
    "neck", "shoulder", "upper back", "bust", "ribs", "waist", "abdomen", "seat", "upper arm", "forearm", "thigh", "lower leg", "elsewhere",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Level:
    """A tape of the body in a look's pose.

    name: As a garment maker says it, for example ``bust`` or ``left bicep``. measure: The tape's name. part: Of a garment that goes round
    it: ``trunk``, ``arm``, ``leg`` or ``neck``. origin, normal: Its plane, world frame [m], (3,); the normal points to where a garment is
    read instead when it does not go round here: down the trunk, down a limb. girth_m: By tape on the standing body. side: Of a limb.
    """

    name: str
    measure: str
    part: str
    origin: np.ndarray
    normal: np.ndarray
    girth_m: float
    side: str = ""


@dataclass(frozen=True, eq=False)
class FitBody:
    """A body in a look's pose.

    vertices: World frame [m], (V, 3). faces: Of the skin, (F, 3). region: Number into `REGIONS` of each vertex, (V,).
    levels: By height on the standing body. girths_cm: All girths that the tape knows, limbs as the mean of both sides, by the tape's name.
    middles: Where the bones of both legs pass, for telling a skirt from trousers: hip and knee of each side [m], (2, 2, 3).
    """

    vertices: np.ndarray
    faces: np.ndarray
    region: np.ndarray
    levels: tuple[Level, ...]
    girths_cm: Mapping[str, float]
    middles: np.ndarray


def fit_body(twin: Twin, vertices: np.ndarray, joints: np.ndarray) -> FitBody:
    """A twin as it stands in a look: the posed vertices (V, 3) and joints (55, 3), world frame [m].

    Raises StudioError where the tape does not go round the twin.
    """
    standing = measuring_body(twin.model, twin.parameters, twin.offsets)
    marks = find_landmarks(standing)
    tapes = [tape for tape in find_tapes(standing, marks) if tape.name in LEVELS]
    levels = tuple(level for level in (posed_level(standing, tape, vertices) for tape in tapes) if level is not None)
    measures = measure_body(standing.vertices, standing.joints, standing.faces, landmarks=marks)
    legs = [[joints[INDEX[f"{side}_{name}"]] for name in ("hip", "knee")] for side in ("left", "right")]
    return FitBody(
        vertices=vertices, faces=np.asarray(standing.faces), region=_regions(twin, standing, marks), levels=levels,
        girths_cm={item.name: item.cm for item in measures}, middles=np.array(legs),
    )  # fmt: skip


def posed_level(standing: StandingBody, tape: Tape, vertices: np.ndarray) -> Level | None:
    """Where a tape of the standing body lies when its skin has moved to ``vertices``; None where it goes round nothing."""
    loops = lay(standing, tape, faces=limb_faces(standing, tape))
    if not loops:
        return None
    before = np.concatenate([loop.points for loop in loops])
    now = np.concatenate(
        [(1 - loop.shares)[:, None] * vertices[loop.sides[:, 0]] + loop.shares[:, None] * vertices[loop.sides[:, 1]] for loop in loops]
    )
    origin, normal = now.mean(axis=0), np.linalg.svd(now - now.mean(axis=0), full_matrices=False)[2][2]
    # the way round stays the same: what was above the tape is still on its upper side
    sense = _turning(before, tape.normal) * _turning(now, normal)
    normal = normal if sense > 0 else -normal
    name, part = LEVELS[tape.name]
    downwards = -1.0 if part in ("trunk", "leg", "neck") and tape.normal[2] > 0 else 1.0
    return Level(
        f"{tape.side} {name}".strip(), tape.name, part, origin, downwards * normal, girth(standing, tape, faces=limb_faces(standing, tape)),
        tape.side,
    )  # fmt: skip


def _turning(loop: np.ndarray, normal: np.ndarray) -> float:
    """Twice the area that a closed line goes round, seen against a normal: its sign is its sense."""
    spokes = loop - loop.mean(axis=0)
    return float(np.cross(spokes, np.roll(spokes, -1, axis=0)).sum(axis=0) @ normal)


def _regions(twin: Twin, standing: StandingBody, marks: Landmarks) -> np.ndarray:
    """The region of each vertex: limbs by the joint that moves them, the trunk by its landmarks' heights on the standing body."""
    segment = np.array(SEGMENTS)[segment_labels(twin.model)]
    height, depth = standing.vertices[:, 2], standing.vertices[:, 1]
    before, aside = depth < marks["armpit"][1], np.abs(standing.vertices[:, 0]) > _SHOULDERS * standing.shoulder_half
    trunk = np.select(
        [
            (height > marks.level("armpit")) & aside, height > marks.level("armpit"),
            height > marks.level("underbust"), height > marks.level("waist") + _WAIST_BELT_M, height > marks.level("waist") - _WAIST_BELT_M,
            height > (marks.level("waist") + marks.level("hip")) / 2,
        ],
        ["shoulder", "bust", "bust", "ribs", "waist", "abdomen"], "seat",
    )  # fmt: skip
    trunk = np.where((trunk == "bust") & ~before, "upper back", trunk)
    limbs = {"neck": "neck", "upper_arm": "upper arm", "forearm": "forearm", "thigh": "thigh", "shin": "lower leg", "torso": ""}
    named = np.array([limbs.get(part.removeprefix("left_").removeprefix("right_"), "elsewhere") for part in SEGMENTS])
    region = named[segment_labels(twin.model)]
    region = np.where(segment == "torso", trunk, region)
    region = np.where((region == "thigh") & (height > marks.level("crotch")), "seat", region)
    return np.array([REGIONS.index(name) for name in region])
