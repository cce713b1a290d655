"""Landmarks of the neck's base and of the shoulders, found on the outline of the body from the front and in its mid plane."""

from __future__ import annotations

import numpy as np

from studio.body.levels import prominence, soft_place
from studio.body.standing import LEFT, StandingBody, dense
from studio.errors import StudioError

#: Level of the back neck point (the tip of the seventh cervical vertebra) and its standard deviation, as shares of stature. ANSUR II:
#: cervicale height 0.857 (women) and 0.864 (men), sd 0.007. Chosen: neighbours against which the corner between back and nape stands out,
#: as a share of stature, and the difference in depth that matters [m].
_BACK_NECK, _BACK_NECK_SPREAD, _NAPE_REACH, _NAPE_SCALE = 0.860, 0.008, 0.045, 0.008

#: Level of the front neck point and its standard deviation, as shares of stature. ANSUR II: suprasternale height 0.816 (women) and 0.819
#: (men), sd 0.007; the point found here, the deepest place of the throat's base, lies about 1 cm above that bony notch. Where the chord
#: from the breastbone to the throat begins and ends: clear of chest and chin in open bodies. Difference in depth that matters [m]: chosen.
_FRONT_NECK, _FRONT_NECK_SPREAD, _CHORD, _PIT_SCALE = 0.824, 0.008, (0.755, 0.850), 0.005

#: The acromion lies outside the shoulder joint by this share of stature: ANSUR II's half biacromial breadth less the open body's joint.
_ACROMION_OUTSIDE = 0.010

#: The neck begins where the outline from the front is steeper than 45 degrees; the width of the change, as a share of that slope. Chosen.
_STEEP, _STEEP_SCALE = 1.0, 0.3

#: Step between heights of the outline [m], and the difference in width that places are told by [m]. Chosen: a few times what a scan's noise
#: makes of it.
_STEP, _WIDTH_SCALE = 0.004, 0.0015


def neck_and_shoulders(body: StandingBody) -> dict[str, np.ndarray]:
    """Front, back and side neck points and shoulder points, each of shape (3,). Raises StudioError where the neck has no skin."""
    profile = mid_profile(body)
    back_height = _back_neck(body, profile)
    points = {
        "front_neck": _at(profile, body.middle, _front_neck(body, profile), back=False),
        "back_neck": _at(profile, body.middle, back_height, back=True),
    }
    for side, sign in (("left", 1.0), ("right", -1.0)):
        points[f"{side}_shoulder"] = _acromion(body, side)
        points[f"{side}_side_neck"] = _side_neck(body, sign, float(points[f"{side}_shoulder"][2]), back_height)
    return points


def mid_profile(body: StandingBody) -> np.ndarray:
    """The outermost contour of the section by the mid plane, shape (N, 3). Raises StudioError where there is none."""
    loops = body.cut([body.middle, 0.0, 0.0], LEFT)
    if not loops:
        raise StudioError("The mid plane of the body to be measured cuts no skin; is it upright, in metres and in the A-pose?")
    return max((loop.points for loop in loops), key=lambda points: np.ptp(points[:, 2]))


def profile_depths(profile: np.ndarray, heights: np.ndarray, *, back: bool) -> np.ndarray:
    """The foremost or the rearmost y of a profile of shape (N, 3) at heights [m], shape (H,); NaN where it does not reach."""
    a, b = profile, np.roll(profile, -1, axis=0)
    crosses = (a[:, 2] - heights[:, None]) * (b[:, 2] - heights[:, None]) <= 0
    rise = np.where(a[:, 2] == b[:, 2], 1.0, b[:, 2] - a[:, 2])
    t = np.clip((heights[:, None] - a[:, 2]) / rise, 0.0, 1.0)
    depth = a[:, 1] + t * (b[:, 1] - a[:, 1])
    found = np.where(crosses, depth, -np.inf).max(axis=1) if back else np.where(crosses, depth, np.inf).min(axis=1)
    return np.where(np.isfinite(found), found, np.nan)


def _at(profile: np.ndarray, middle: float, height: float, *, back: bool) -> np.ndarray:
    return np.array([middle, float(profile_depths(profile, np.array([height]), back=back)[0]), height])


def _front_neck(body: StandingBody, profile: np.ndarray) -> float:
    """Height of the deepest place between the breastbone and the throat, against the chord from one to the other [m]."""
    heights = np.arange(*(share * body.stature for share in _CHORD), _STEP)
    depth = profile_depths(profile, heights, back=False)
    rise, run = heights[-1] - heights[0], depth[-1] - depth[0]
    chord = depth[0] + run * (heights - heights[0]) / rise
    behind = (depth - chord) * rise / np.hypot(rise, run)
    usual, spread = _FRONT_NECK * body.stature, _FRONT_NECK_SPREAD * body.stature
    return soft_place(heights, behind, scale=_PIT_SCALE, usual=usual, spread=spread)


def _back_neck(body: StandingBody, profile: np.ndarray) -> float:
    """Height of the place that stands out most between upper back and nape [m]."""
    usual, spread = _BACK_NECK * body.stature, _BACK_NECK_SPREAD * body.stature
    reach = _NAPE_REACH * body.stature
    heights = np.arange(usual - 4 * spread - reach, usual + 4 * spread + reach, _STEP)
    merit = prominence(profile_depths(profile, heights, back=True), _STEP, reach)
    return soft_place(heights, merit, scale=_NAPE_SCALE, usual=usual, spread=spread)


def ridge(body: StandingBody, x: float, floor: float, ceiling: float) -> np.ndarray:
    """The highest point of the shoulder in the plane at x, between two heights, shape (3,); on a flat top the middle of it."""
    points = np.concatenate([dense(loop.points) for loop in body.cut([x, 0.0, 0.0], LEFT)])
    points = points[(points[:, 2] < ceiling) & (points[:, 2] > floor)]
    weights = np.exp((points[:, 2] - points[:, 2].max()) / _WIDTH_SCALE)
    return np.array([x, float(weights @ points[:, 1] / weights.sum()), float(points[:, 2].max())])


def _acromion(body: StandingBody, side: str) -> np.ndarray:
    """The shoulder point: the top of the shoulder above the outer end of the acromion, equally far from the mid plane on both sides."""
    joint, sign = body.joint(f"{side}_shoulder"), 1.0 if side == "left" else -1.0
    x = body.middle + sign * (body.shoulder_half + _ACROMION_OUTSIDE * body.stature)
    return ridge(body, x, float(joint[2]) - 0.10, float(body.joint("head")[2]))


def _side_neck(body: StandingBody, sign: float, shoulder_height: float, neck_level: float) -> np.ndarray:
    """Where the neck's base meets the front edge of the trapezius: on the outline of neck and shoulder from the front.

    Its height is the mean of two estimates: where the outline becomes steeper than 45 degrees, and the level of the back neck point.
    """
    chin_free = float(body.joint("neck")[2] + 0.35 * (body.joint("head")[2] - body.joint("neck")[2]))
    heights = np.arange(shoulder_height, max(chin_free, neck_level + 0.02), _STEP)
    if len(heights) < 3:
        raise StudioError(
            "The shoulders of the body to be measured lie above its neck; are its joints where its skin is, and does it stand upright?"
        )
    width = np.array([_outline(body, sign, height)[0] for height in heights])
    flatness = -np.gradient(width, _STEP)  # of the outline: large on the shoulder, about nothing on the neck
    smooth = np.convolve(np.pad(flatness, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    on_shoulder = 1.0 / (1.0 + np.exp(-(smooth - 1.0 / _STEEP) / _STEEP_SCALE))
    corner = shoulder_height + float(on_shoulder.sum()) * _STEP
    height = (corner + neck_level) / 2
    # Behind a flat shelf of the shoulder the outline jumps to the neck: the mean width over 2 cm of height does not.
    level = np.convolve(np.pad(width, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    aside = float(np.interp(height + _STEP, heights, level))
    return np.array([body.middle + sign * aside, _outline(body, sign, height)[1], height])


def _outline(body: StandingBody, sign: float, height: float) -> tuple[float, float]:
    """How far the skin reaches to one side at a height, and the y of that place."""
    points = dense(max(body.level_cut(height), key=lambda loop: loop.length).points)
    aside = sign * (points[:, 0] - body.middle)
    weights = np.exp((aside - aside.max()) / _WIDTH_SCALE)
    return float(aside.max()), float(weights @ points[:, 1] / weights.sum())
