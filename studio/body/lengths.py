"""Lengths over the surface of a body by tape: taut between landmarks, in the plane through them."""

from __future__ import annotations

import math

import numpy as np

from studio.body.girths import SLIP
from studio.body.joints import INDEX
from studio.body.landmarks import Landmarks
from studio.body.neck import mid_profile, profile_depths
from studio.body.standing import UP, StandingBody
from studio.mesh.section import convex_hull

#: A tape stands off the straight line between its ends by no more than this beyond the place it goes over [m]: farther skin is another
#: part of the body. Chosen.
_BULGE = 0.03


def lengths(body: StandingBody, marks: Landmarks, *, uncertainty: float) -> list[tuple[str, float, float]]:
    """Name, length [m] and uncertainty [m] of every measure between landmarks."""
    shoulders, necks = (marks["left_shoulder"], marks["right_shoulder"]), (marks["left_side_neck"], marks["right_side_neck"])
    shoulder_length = np.mean([np.linalg.norm(s - n) for s, n in zip(shoulders, necks, strict=True)])
    shoulder_drop = np.mean([n[2] - s[2] for s, n in zip(shoulders, necks, strict=True)])
    profile = mid_profile(body)
    neck_base, slip = _neck_base(body, marks, profile)
    back = _spine(profile, body.middle, marks)
    shoulder_width = taut(body, shoulders[0], marks["back_neck"], shoulders[1])
    sleeve = _arm_length(body, marks)
    values = {
        "shoulder_length": float(shoulder_length),
        "shoulder_drop": float(shoulder_drop),
        "shoulder_width": shoulder_width,
        "back_waist_length": _down_to(back, marks.level("waist")),
        "scye_depth": _down_to(back, marks.level("armpit")),
        "bust_point_distance": float(np.linalg.norm(marks["bust_point_left"] - marks["bust_point_right"])),
        "sleeve_length": sleeve,
        "back_neck_to_wrist": shoulder_width / 2 + sleeve,
        "foot_length": _foot_length(body),
    }
    values |= _front_lengths(body, marks)
    rows = [(name, float(value), uncertainty) for name, value in values.items()]
    crotch = ("crotch_length", _crotch_length(profile, marks), 2 * SLIP)  # both its ends lie at the level of the waist
    return [("neck_base_girth", neck_base, max(slip, uncertainty)), *rows, crotch]


def _neck_base(body: StandingBody, marks: Landmarks, profile: np.ndarray) -> tuple[float, float]:
    """The girth over front, side and back neck points, and the larger change when the front neck point slips by 5 mm either way.

    The neck widens fast towards its base, so its girth depends on the place of the tape more than any other.
    """
    left, right, front = marks["left_side_neck"], marks["right_side_neck"], marks["front_neck"]
    behind = taut(body, left, marks["back_neck"], right)
    found = []
    for slip in (0.0, -SLIP, SLIP):
        height = float(front[2]) + slip
        depth = float(profile_depths(profile, np.array([height]), back=False)[0])
        found.append(taut(body, left, np.array([front[0], depth, height]), right) + behind)
    return found[0], max(abs(each - found[0]) for each in found[1:])


def taut(body: StandingBody, start: np.ndarray, via: np.ndarray, end: np.ndarray) -> float:
    """Length of a taut tape from ``start`` to ``end`` over the body's surface, in the plane that also holds ``via`` [m]."""
    along = end - start
    span = float(np.linalg.norm(along))
    along = along / span
    out = (via - start) - ((via - start) @ along) * along
    height = float(np.linalg.norm(out))
    if height < 1e-6:
        return span
    out = out / height
    points = np.concatenate([loop.points for loop in body.cut(start, np.cross(along, out))])
    u, v = (points - start) @ along, (points - start) @ out
    near = (u > 0) & (u < span) & (v > 0) & (v < height + _BULGE)
    path = np.concatenate([[[0.0, 0.0], [span, 0.0], [(via - start) @ along, height]], np.stack([u[near], v[near]], axis=1)])
    return _hull_length(path) - span


def _hull_length(points: np.ndarray) -> float:
    hull = convex_hull(points)
    return float(np.linalg.norm(hull - np.roll(hull, -1, axis=0), axis=1).sum())


def _spine(profile: np.ndarray, middle: float, marks: Landmarks) -> np.ndarray:
    """The back's profile in the mid plane from the back neck point downwards, shape (N, 3)."""
    levels = np.arange(marks.level("back_neck"), marks.level("crotch"), -0.005)
    depths = profile_depths(profile, levels, back=True)
    shown = np.isfinite(depths)
    return np.stack([np.full(shown.sum(), middle), depths[shown], levels[shown]], axis=1)


def _down_to(path: np.ndarray, level: float) -> float:
    """Length along a falling path from its start to a level [m]."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    return float(np.interp(-level, -path[:, 2], along))


def _arm_length(body: StandingBody, marks: Landmarks) -> float:
    """From the shoulder point to the elbow and on to the wrist with the arm hanging, mean of both sides.

    The standard measures it so, and ANSUR II's sleeve outseam likewise. In the A-pose the shoulder point is 2 cm nearer to the elbow: the
    arm is turned down about the shoulder joint.
    """
    found = []
    for side in ("left", "right"):
        joint, elbow, wrist = (body.joint(f"{side}_{name}") for name in ("shoulder", "elbow", "wrist"))
        hanging = joint - float(np.linalg.norm(elbow - joint)) * UP
        found.append(float(np.linalg.norm(hanging - marks[f"{side}_shoulder"]) + np.linalg.norm(wrist - elbow)))
    return float(np.mean(found))


def _front_lengths(body: StandingBody, marks: Landmarks) -> dict[str, float]:
    """From the side neck point to the bust point, and on to the waist; mean of both sides."""
    to_bust, to_waist = [], []
    for side in ("left", "right"):
        neck, bust = marks[f"{side}_side_neck"], marks[f"bust_point_{side}"]
        first = float(np.linalg.norm(bust - neck))
        drop = marks.level("bust") - marks.level("waist")
        trunk = body.trunk(marks.level("waist"))
        aside = np.abs(trunk[:, 0] - bust[0])
        front = trunk[aside < 0.03]
        depth = abs(float(front[:, 1].min()) - bust[1]) if len(front) else 0.0
        to_bust.append(first)
        to_waist.append(first + math.hypot(drop, depth))
    return {"neck_to_bust_point": float(np.mean(to_bust)), "front_waist_length": float(np.mean(to_waist))}


def _crotch_length(profile: np.ndarray, marks: Landmarks) -> float:
    """From the front waist through the crotch to the back waist, taut in the mid plane."""
    waist, crotch = marks.level("waist"), marks.level("crotch")
    front, back = (float(profile_depths(profile, np.array([waist]), back=side)[0]) for side in (False, True))
    below = profile[(profile[:, 2] < waist) & (profile[:, 2] > crotch)][:, 1:]
    return _hull_length(np.concatenate([below, [[front, waist], [back, waist]]])) - (back - front)


def _foot_length(body: StandingBody) -> float:
    """From the heel to the longest toe along the foot, mean of both sides."""
    found = []
    used = body.vertices[np.unique(body.faces)]
    for side in ("left", "right"):
        ankle, ball = body.joints[INDEX[f"{side}_ankle"]], body.joints[INDEX[f"{side}_foot"]]
        direction = (ball - ankle) * [1.0, 1.0, 0.0]
        direction /= np.linalg.norm(direction)
        near = used[(used[:, 2] < ankle[2]) & (np.abs((used - ankle) @ np.cross(UP, direction)) < 0.12)]
        near = near[np.abs((near - ankle) @ direction) < 0.35]
        sole = near[:, :2] - near[:, :2].mean(axis=0)
        axis = np.linalg.svd(sole, full_matrices=False)[2][0]
        found.append(np.ptp(sole @ axis))
    return float(np.mean(found))
