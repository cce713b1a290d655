"""Landmarks of a body that stands in the measuring pose (A-pose: arms about 45 degrees down, feet apart), found on its surface.

World frame: metres, z up, facing -y, +x the body's left. Landmarks are found from the shape of sections and profiles near the joints,
not from vertex numbers, so they work for every body model in the SMPL-X format. Proportions of stature are used where the skin has no
feature; they come from the means of ANSUR II (1,986 women, 4,082 men). Definitions follow ISO 8559-1:2017, clause 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from studio.body.levels import TrunkProfile, front_depth, prominence, soft_place, trunk_profile
from studio.body.neck import neck_and_shoulders
from studio.body.standing import StandingBody, contains
from studio.errors import StudioError, did_you_mean

#: Level of the waist between crotch and crown, as a share, and its standard deviation. ANSUR II: the middle of tenth rib and iliac crest:
#: women 0.288, men 0.269, sd 0.016 and 0.017. (Between crotch and axilla it spreads as much, and an armpit is where scans and fits are
#: worst.) The relative difference of girth that matters: chosen.
_WAIST_SHARE, _WAIST_SPREAD, _WAIST_SCALE = 0.278, 0.020, 0.01

#: Level of the bust points and its standard deviation, as shares of stature. ANSUR II: chest height 0.719 (women) and 0.735 (men), sd 0.014
#: and 0.011; told from the axilla it spreads as much.
_BUST_LEVEL, _BUST_SPREAD = 0.727, 0.014

#: Level of the fold below the breasts under the bust points, and its standard deviation, as shares of stature. Mean of 30 random open
#: bodies whose fold is deeper than 5 mm (sd 0.002); fuller breasts than theirs hang lower, so the spread is chosen wider.
_FOLD_BELOW_BUST, _FOLD_SPREAD = 0.025, 0.010

#: Neighbours against which a breast stands out and the fold below it lies back, as shares of stature. Chosen: a whole breast (with half of
#: one, the steep fold below draws the place down by 2 cm), half a fold.
_BREAST_REACH, _FOLD_REACH = 0.042, 0.015

#: Where on a breast its most forward place is looked for: standard deviation about the place that stands out most, as a share of stature.
_APEX_SPREAD = 0.009

#: Distance of a bust point from the middle and its spread, as shares of half the distance of the shoulder joints: the open body's 0.45.
_BUST_POINT_SHARE, _BUST_POINT_SPREAD = 0.45, 0.10

#: Differences in depth that a place of the trunk is told by [m]: by its most forward or rearmost skin, by how far a breast stands out, by
#: how deep a fold lies. The noise of a good scan is below all of them; breasts stand out by more than 15 mm, folds lie back by more than
#: 7 mm (30 random open bodies).
_SKIN_SCALE, _APEX_SCALE, _BREAST_SCALE, _FOLD_SCALE = 0.002, 0.003, 0.006, 0.003

#: Step of searches along the body [m]; crossings are bisected finer.
_STEP = 0.004


@dataclass(frozen=True)
class Landmarks:
    """Named points on a body's surface (or axis, for limb joints), world frame [m], each of shape (3,), float64.

    ``side_neck`` and ``shoulder`` mean the left one; ``right_side_neck``, ``left_shoulder`` and so on name a side. Levels (``armpit``,
    ``bust``, ``underbust``, ``waist``, ``hip``, ``crotch``) are points in the mid plane at that height; ``bust_point_left`` and
    ``bust_point_right`` lie on the skin.
    """

    points: Mapping[str, np.ndarray]
    stature: float

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.points:
            raise StudioError(f"There is no landmark '{name}': {did_you_mean(name, self.points)}")
        return self.points[name]

    def level(self, name: str) -> float:
        """Height of a landmark above the floor [m]."""
        return float(self[name][2])


def find_landmarks(body: StandingBody) -> Landmarks:
    """Find all landmarks. Raises StudioError where the body is not upright in the measuring pose."""
    _refuse_other_poses(body)
    points: dict[str, np.ndarray] = {}
    armpit, crotch = _armpit(body), _crotch(body)
    middle = body.middle

    def mid(height: float) -> np.ndarray:
        return np.array([middle, _depth_middle(body, height), height])

    profile = trunk_profile(body, crotch - 0.01, armpit, armpit + _BREAST_REACH * body.stature)
    waist = _waist(profile, crotch, armpit, body.stature)
    bust = _bust(profile, armpit, body.stature)
    levels = {
        "armpit": armpit, "crotch": crotch, "waist": waist, "bust": bust, "underbust": _underbust(profile, bust, waist, body.stature),
        "hip": _hip(profile, crotch, waist),
    }  # fmt: skip
    points |= {name: mid(height) for name, height in levels.items()}
    left_bust, right_bust = (_bust_point(body, bust, sign) for sign in (1.0, -1.0))
    points |= {"bust_point_left": left_bust, "bust_point_right": right_bust}
    points |= neck_and_shoulders(body)
    for side in ("left", "right"):
        for joint in ("elbow", "wrist", "knee", "ankle"):
            points[f"{side}_{joint}"] = body.joint(f"{side}_{joint}")
    points |= {"side_neck": points["left_side_neck"], "shoulder": points["left_shoulder"]}
    points |= {joint: points[f"left_{joint}"] for joint in ("elbow", "wrist", "knee", "ankle")}
    vertices = body.vertices[np.unique(body.faces)]
    points["crown"] = vertices[vertices[:, 2].argmax()]
    for point in points.values():
        point.setflags(write=False)
    return Landmarks(MappingProxyType(points), body.stature)


def _refuse_other_poses(body: StandingBody) -> None:
    up = body.joint("head") - body.joint("pelvis")
    if up[2] < 0.8 * np.linalg.norm(up):
        raise StudioError("The body to be measured does not stand upright along z; bring it to the world frame and the A-pose first.")
    if not 0.5 < body.stature < 2.6:
        raise StudioError(f"The body to be measured is {body.stature:.2f} m tall; vertices must be in metres.")
    for side in ("left", "right"):
        arm = body.joint(f"{side}_elbow") - body.joint(f"{side}_shoulder")
        down = abs(round(float(np.degrees(np.arcsin(-arm[2] / np.linalg.norm(arm))))))
        if not 20 < down < 70:
            raise StudioError(
                f"The {side} upper arm points {down} degrees from level; bodies are measured in the A-pose, arms about 45 degrees down."
            )


def _bisect(test: Callable[[float], bool], true_at: float, false_at: float, tolerance: float = 2e-4) -> float:
    """The last place where a test holds, between one where it does and one where it does not."""
    while abs(true_at - false_at) > tolerance:
        middle = (true_at + false_at) / 2
        true_at, false_at = (middle, false_at) if test(middle) else (true_at, middle)
    return true_at


def _armpit(body: StandingBody) -> float:
    """The highest level at which both arms are separate from the trunk."""

    def separate(height: float) -> bool:
        arms = body.arm_positions(height)
        return not any(
            loop.points[:, 0].min() < body.middle < loop.points[:, 0].max() and any(contains(loop.points, arm) for arm in arms)
            for loop in body.level_cut(height)
        )

    top = min(float(body.joint(f"{side}_shoulder")[2]) for side in ("left", "right"))
    bottom = float(body.joint("spine1")[2])
    for height in np.arange(top, bottom, -_STEP):
        if separate(height):
            return _bisect(separate, height, height + _STEP)
    raise StudioError("The arms of the body to be measured are not free of its trunk; bring it to the A-pose, arms about 45 degrees down.")


def _crotch(body: StandingBody) -> float:
    """The lowest level at which one contour holds both legs."""

    def joined(height: float) -> bool:
        legs = []
        for side in ("left", "right"):
            hip, knee = body.joint(f"{side}_hip"), body.joint(f"{side}_knee")
            t = (height - hip[2]) / (knee[2] - hip[2])
            legs.append((hip + t * (knee - hip))[:2])
        return any(all(contains(loop.points, leg) for leg in legs) for loop in body.level_cut(height))

    top, bottom = float(body.joint("left_hip")[2]), float(body.joint("left_knee")[2])
    if not joined(top):
        raise StudioError("The legs of the body to be measured are separate at the hip joints; is it closed, upright and in metres?")
    for height in np.arange(top - _STEP, bottom, -_STEP):
        if not joined(height):
            return _bisect(joined, height + _STEP, height)
    raise StudioError("The legs of the body to be measured touch each other down to the knee; measure it with the feet apart.")


def _waist(profile: TrunkProfile, crotch: float, armpit: float, stature: float) -> float:
    """The narrowest level near the middle between ribs and hip bone; where nothing narrows, that middle."""
    span = armpit - crotch
    within = (profile.heights > crotch + 0.30 * span) & (profile.heights < crotch + 0.74 * span)
    heights, girths = profile.heights[within], profile.girth[within]
    above = stature - crotch
    usual = crotch + _WAIST_SHARE * above
    return soft_place(heights, -girths / girths.mean(), scale=_WAIST_SCALE, usual=usual, spread=_WAIST_SPREAD * above)


def _bust(profile: TrunkProfile, armpit: float, stature: float) -> float:
    """The level of the most forward place of the breasts, or of the chest.

    First where they stand out most against what lies above and below, near the usual level: a belly may reach farther forward. Then the
    most forward place about there.
    """
    merit = prominence(profile.breast, _step(profile), _BREAST_REACH * stature)
    merit = np.where(profile.heights < armpit, merit, np.nan)
    usual, spread = _BUST_LEVEL * stature, _BUST_SPREAD * stature
    breast = soft_place(profile.heights, merit, scale=_BREAST_SCALE, usual=usual, spread=spread)
    return soft_place(profile.heights, profile.breast, scale=_APEX_SCALE, usual=breast, spread=_APEX_SPREAD * stature)


def _underbust(profile: TrunkProfile, bust: float, waist: float, stature: float) -> float:
    """The level directly below the breasts: the deepest fold, near the usual level."""
    merit = -prominence(profile.breast, _step(profile), _FOLD_REACH * stature)
    merit = np.where((profile.heights > waist) & (profile.heights < bust), merit, np.nan)
    return soft_place(profile.heights, merit, scale=_FOLD_SCALE, usual=bust - _FOLD_BELOW_BUST * stature, spread=_FOLD_SPREAD * stature)


def _step(profile: TrunkProfile) -> float:
    return float(profile.heights[1] - profile.heights[0])


def _bust_point(body: StandingBody, level: float, sign: float) -> np.ndarray:
    """The most forward place of one breast at the level of the bust, shape (3,)."""
    half = body.shoulder_half
    aside = half * np.linspace(0.15, 0.95, 33)
    depth = front_depth(body.trunk_loops(level), body.middle + sign * aside)
    place = soft_place(aside, -depth, scale=_APEX_SCALE, usual=_BUST_POINT_SHARE * half, spread=_BUST_POINT_SPREAD * half)
    shown = np.isfinite(depth)
    return np.array([body.middle + sign * place, float(np.interp(place, aside[shown], depth[shown])), level])


def _hip(profile: TrunkProfile, crotch: float, waist: float) -> float:
    """The level at which the seat reaches farthest back."""
    within = (profile.heights > crotch - 0.01) & (profile.heights < crotch + 0.6 * (waist - crotch))
    return soft_place(profile.heights[within], profile.back[within], scale=_SKIN_SCALE)


def _depth_middle(body: StandingBody, height: float) -> float:
    points = body.trunk(height)
    return float((points[:, 1].min() + points[:, 1].max()) / 2) if points is not None else float(body.joint("pelvis")[1])
