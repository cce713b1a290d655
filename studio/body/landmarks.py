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

from studio.body.standing import LEFT, StandingBody, contains
from studio.errors import StudioError, did_you_mean

#: Height of the back neck point over the front neck point, as a share of stature. ANSUR II: cervicale less suprasternale is 0.041
#: (women) and 0.045 (men); the front point found here, the deepest place of the throat's base, lies about 1 cm above the bony notch.
_NECK_TILT = 0.036

#: Level of the waist between crotch and armpit, as a share. ANSUR II: the middle of tenth rib and iliac crest: women 0.53, men 0.51.
_WAIST_SHARE = 0.52

#: Weight of that level against the narrowest girth: a shift of a tenth of the way costs as much as 2 % of girth. Chosen.
_WAIST_PRIOR = 2.0

#: Level of the bust points below the armpit, as a share of stature, and the range searched. ANSUR II: 0.041 (women), 0.022 (men).
_BUST_BELOW_ARMPIT, _BUST_RANGE = 0.032, (0.004, 0.075)

#: The acromion lies outside the shoulder joint by this share of stature: ANSUR II's half biacromial breadth less the open body's joint.
_ACROMION_OUTSIDE = 0.010

#: The shoulder line begins where the ridge from the neck has come down to this slope, degrees.
_RIDGE_SLOPE_DEG = 45.0

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

    waist = _waist(body, crotch, armpit)
    bust, left_bust, right_bust = _bust(body, armpit)
    levels = {
        "armpit": armpit, "crotch": crotch, "waist": waist, "bust": bust, "underbust": _underbust(body, bust, waist),
        "hip": _hip(body, crotch, waist),
    }  # fmt: skip
    points |= {name: mid(height) for name, height in levels.items()}
    points |= {"bust_point_left": left_bust, "bust_point_right": right_bust}
    points |= _neck(body, armpit)
    for side in ("left", "right"):
        points[f"{side}_shoulder"] = _acromion(body, side)
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


def _waist(body: StandingBody, crotch: float, armpit: float) -> float:
    """The narrowest level near the middle between ribs and hip bone; where nothing narrows, that middle."""
    span = armpit - crotch
    heights = np.linspace(crotch + 0.36 * span, crotch + 0.68 * span, 33)
    girths = np.array([body.girth(height) for height in heights])
    cost = girths / girths.mean() + _WAIST_PRIOR * ((heights - crotch) / span - _WAIST_SHARE) ** 2
    return _refined(heights, cost)


def _refined(heights: np.ndarray, cost: np.ndarray) -> float:
    """Place of the smallest value of evenly spaced samples, by the parabola through it and its neighbours."""
    k = int(np.argmin(cost))
    if 0 < k < len(cost) - 1:
        a, b, c = cost[k - 1 : k + 2]
        bend = a - 2 * b + c
        if bend > 0:
            return float(heights[k] + (heights[1] - heights[0]) * 0.5 * (a - c) / bend)
    return float(heights[k])


def _front(body: StandingBody, height: float) -> float:
    """How far the trunk reaches forward at a height [m]."""
    return float(-body.trunk(height)[:, 1].min())


def _bust(body: StandingBody, armpit: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Level and points of the bust: the most forward place against the line of the chest, near its usual level."""
    stature, half = body.stature, body.shoulder_half
    near, far = _BUST_RANGE
    heights = np.linspace(armpit - far * stature, armpit - near * stature, 37)
    forward = np.array([_front(body, height) for height in heights])
    line = np.linspace(forward[0], forward[-1], len(forward))
    usual = armpit - _BUST_BELOW_ARMPIT * stature
    bump = forward - line - 0.15 * ((heights - usual) / (0.02 * stature)) ** 2 * 0.01  # 1.5 mm per squared 2 % of stature
    level = _refined(heights, -bump)
    points = body.trunk(level)
    found = []
    for sign in (1, -1):
        aside = sign * (points[:, 0] - body.middle)
        chosen = points[(aside > 0.15 * half) & (aside < 0.95 * half)]
        found.append(chosen[chosen[:, 1].argmin()] if len(chosen) else points[points[:, 1].argmin()])
    return level, found[0], found[1]


def _underbust(body: StandingBody, bust: float, waist: float) -> float:
    """Level just below the breasts: the deepest fold against the line from the bust to the waist, near its usual level."""
    usual = bust - 0.045 * body.stature  # about 7 cm below: women's block tables
    heights = np.linspace(max(waist + 0.02, bust - 0.085 * body.stature), bust - 0.02 * body.stature, 25)
    forward = np.array([_front(body, height) for height in heights])
    ends = _front(body, waist), _front(body, bust)
    line = ends[0] + (heights - waist) / (bust - waist) * (ends[1] - ends[0])
    return _refined(heights, forward - line + 0.15 * ((heights - usual) / (0.02 * body.stature)) ** 2 * 0.01)


def _hip(body: StandingBody, crotch: float, waist: float) -> float:
    """The level at which the seat reaches farthest back."""
    heights = np.linspace(crotch - 0.01, crotch + 0.6 * (waist - crotch), 37)
    back = np.array([body.trunk(height)[:, 1].max() for height in heights])
    return _refined(heights, -back)


def _neck(body: StandingBody, armpit: float) -> dict[str, np.ndarray]:
    """Front, back and side neck points."""
    chin_free = float(body.joint("neck")[2] + 0.35 * (body.joint("head")[2] - body.joint("neck")[2]))
    profile = _profile(body)
    throat = float(body.joint("neck")[2])  # level with the throat, below the chin
    front = profile[(profile[:, 2] > armpit) & (profile[:, 2] < throat) & (profile[:, 1] < body.joint("neck")[1])]
    front = front[np.argsort(front[:, 2])]
    chord = (front[-1] - front[0]) / np.linalg.norm(front[-1] - front[0])
    behind = -np.cross(chord, front - front[0]) @ LEFT  # how far the profile lies behind the chord from sternum to throat
    front_point = front[np.argmax(behind)]
    back_height = front_point[2] + _NECK_TILT * body.stature
    back_point = _back_of(body, back_height)
    points = {"front_neck": front_point.copy(), "back_neck": back_point}
    for side in ("left", "right"):
        points[f"{side}_side_neck"] = _side_neck(body, side, float(back_point[2]), chin_free)
    return points


def _profile(body: StandingBody) -> np.ndarray:
    """The outermost front and back of the section by the mid plane, shape (N, 3)."""
    loops = body.cut([body.middle, 0.0, 0.0], LEFT)
    return max((loop.points for loop in loops), key=lambda points: np.ptp(points[:, 2]))


def _back_of(body: StandingBody, height: float) -> np.ndarray:
    """The point of the back in the mid plane at a height, shape (3,)."""
    profile = _profile(body)
    following = np.roll(profile, -1, axis=0)
    crosses = (profile[:, 2] - height) * (following[:, 2] - height) <= 0
    a, b = profile[crosses], following[crosses]
    t = ((height - a[:, 2]) / np.where(b[:, 2] == a[:, 2], 1.0, b[:, 2] - a[:, 2]))[:, None]
    points = a + t * (b - a)
    return points[points[:, 1].argmax()].copy()


def ridge(body: StandingBody, side: str, x: float, ceiling: float) -> np.ndarray:
    """The highest point of the shoulder at a distance from the mid plane, below a ceiling that keeps the head out, shape (3,)."""
    sign = 1.0 if side == "left" else -1.0
    floor = float(body.joint(f"{side}_shoulder")[2]) - 0.10
    points = np.concatenate([loop.points for loop in body.cut([body.middle + sign * x, 0.0, 0.0], LEFT)])
    points = points[(points[:, 2] < ceiling) & (points[:, 2] > floor)]
    return points[points[:, 2].argmax()].copy()


def _side_neck(body: StandingBody, side: str, neck_level: float, ceiling: float) -> np.ndarray:
    """Where the neck's base meets the front edge of the trapezius, on the ridge from neck to shoulder.

    The mean of two estimates: where the ridge has flattened to a shoulder's slope, and where it passes the level of the back neck point.
    """
    shoulder = abs(float(body.joint(f"{side}_shoulder")[0]) - body.middle)
    xs = np.arange(0.95 * shoulder, 0.15 * shoulder, -0.002)
    heights = np.array([ridge(body, side, x, ceiling)[2] for x in xs])
    steepness = np.gradient(heights, 0.002)  # rise per step towards the neck
    smooth = np.convolve(np.pad(steepness, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    outer = len(xs) // 3  # the slope of the acromion itself does not count
    steep = np.flatnonzero(smooth[outer:] >= np.tan(np.radians(_RIDGE_SLOPE_DEG)))
    above = np.flatnonzero(heights >= neck_level)
    last = len(xs) - 1
    by_slope = xs[outer + steep[0]] if len(steep) else xs[last]
    by_level = xs[above[0]] if len(above) else xs[last]
    return ridge(body, side, float(by_slope + by_level) / 2, ceiling)


def _acromion(body: StandingBody, side: str) -> np.ndarray:
    """The shoulder point: the top of the shoulder above the outer end of the acromion."""
    x = abs(float(body.joint(f"{side}_shoulder")[0]) - body.middle) + _ACROMION_OUTSIDE * body.stature
    return ridge(body, side, x, float(body.joint("head")[2]))


def _depth_middle(body: StandingBody, height: float) -> float:
    points = body.trunk(height)
    return float((points[:, 1].min() + points[:, 1].max()) / 2) if points is not None else float(body.joint("pelvis")[1])
