"""Tape measures of a body by ISO 8559-1:2017, taken on its mesh in the measuring pose.

A tape is taut: a girth is the convex hull of the section it runs in, a length over a surface is the hull's side of the section through
its points. The uncertainty of a girth is what it changes by when the tape slips by 5 mm (the allowance of ISO 20685-1 for the lengths that
place it), together with a millimetre for the mesh; that of a length is 5 mm at each of its two ends.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from studio.body.joints import INDEX
from studio.body.landmarks import Landmarks, find_landmarks
from studio.body.standing import LEFT, UP, StandingBody
from studio.body.tape import CLAUSES, Measure, Measures
from studio.errors import StudioError
from studio.mesh.section import convex_hull, flattened, tape_length

#: How far a tape may slip along the body [m], and what the mesh adds. ISO 20685-1:2018: 5 mm for segment lengths.
_SLIP, _MESH = 0.005, 0.001

#: No skin of a limb is farther from its bone than this [m]; a contour that reaches farther has merged with the trunk. Chosen.
_LIMB_REACH = 0.24

#: Uncertainty of a length between two landmarks [m]: 5 mm at each end.
_LENGTH_UNCERTAINTY = math.hypot(_SLIP, _SLIP)


def measure_body(vertices: np.ndarray, joints: np.ndarray, faces: np.ndarray, *, landmarks: Landmarks | None = None) -> Measures:
    """Measure a body.

    Args:
        vertices: Body in the A-pose, world frame [m], shape (V, 3).
        joints: The 55 SMPL-X joints in the same pose [m], shape (55, 3).
        faces: Triangles with outward orientation, shape (F, 3). Inner parts (eyes, teeth) do no harm.
        landmarks: As `find_landmarks` gave them, if they are known already.

    Raises:
        StudioError: The body is not upright, not in metres, or not in the A-pose.
    """
    body = StandingBody(np.asarray(vertices, dtype=float), np.asarray(joints, dtype=float), np.asarray(faces))
    marks = landmarks or find_landmarks(body)
    rows = [*_heights(body, marks), *_trunk_girths(body, marks), *_limb_girths(body, marks), *_lengths(body, marks)]
    return Measures.of(*(Measure(name, value, CLAUSES.get(name, ""), spread) for name, value, spread in rows))


Row = tuple[str, float, float]


def _heights(body: StandingBody, marks: Landmarks) -> list[Row]:
    floor = body.floor
    rows = [("stature", body.stature, _MESH)]
    for name, landmark in (
        ("waist_height", "waist"), ("hip_height", "hip"), ("inside_leg", "crotch"), ("cervical_height", "back_neck"),
        ("bust_height", "bust"), ("armpit_height", "armpit"), ("underbust_height", "underbust"),
    ):  # fmt: skip
        rows.append((name, marks.level(landmark) - floor, _SLIP))
    knee = (marks.level("left_knee") + marks.level("right_knee")) / 2
    return [*rows, ("knee_height", knee - floor, _SLIP)]


def _slipping(girth: Callable[[float], float], at: float) -> tuple[float, float]:
    """A girth and its uncertainty: the larger change when the tape slips either way."""
    value = girth(at)
    slip = max(abs(girth(at + _SLIP) - value), abs(girth(at - _SLIP) - value))
    return value, math.hypot(slip, _MESH)


def _trunk_girths(body: StandingBody, marks: Landmarks) -> list[Row]:
    rows: list[Row] = []
    for name in ("bust", "underbust", "waist", "hip"):
        rows.append((f"{name}_girth", *_slipping(body.girth, marks.level(name))))
    between = (marks.level("waist") + marks.level("hip")) / 2
    rows.append(("high_hip_girth", *_slipping(body.girth, between)))
    rows.append(("head_girth", *_head_girth(body)))
    rows.append(("neck_girth", *_neck_girth(body)))
    return rows


def _head_girth(body: StandingBody) -> tuple[float, float]:
    """The largest horizontal girth above the eyes."""
    eye = float(max(body.joint("left_eye")[2], body.joint("right_eye")[2]))
    crown = body.floor + body.stature
    heights = np.linspace(eye + 0.15 * (crown - eye), eye + 0.7 * (crown - eye), 12)
    girths = []
    for height in heights:
        loop = max(body.level_cut(height), key=lambda loop: loop.length)
        girths.append(tape_length(loop.points, UP))
    k = int(np.argmax(girths))
    return girths[k], max(_MESH, girths[k] - girths[max(k - 1, 0)])


def _neck_girth(body: StandingBody) -> tuple[float, float]:
    """The smallest girth at a right angle to the neck, between its base and the chin."""
    base, top = body.joint("neck"), body.joint("head")
    axis = (top - base) / np.linalg.norm(top - base)
    girths = []
    for share in np.linspace(-0.25, 0.55, 17):
        origin = base + share * (top - base)
        points = _round_axis(body, origin, axis)
        if points is not None:
            girths.append(tape_length(points, axis))
    if not girths:
        raise StudioError("No section goes round the neck of the body to be measured; is its mesh closed there?")
    k = int(np.argmin(girths))
    near = girths[max(k - 1, 0) : k + 2]
    return girths[k], math.hypot(max(near) - girths[k], _MESH)


def _round_axis(body: StandingBody, origin: np.ndarray, axis: np.ndarray) -> np.ndarray | None:
    """The points of the smallest section contour that goes round a point of a limb's axis; None where none does."""
    around = []
    for loop in body.cut(origin, axis):
        reach = np.linalg.norm(loop.points - origin, axis=1).max()
        if loop.closed and reach < _LIMB_REACH and _encloses(flattened(loop.points - origin, axis)):
            around.append(loop)
    return min(around, key=lambda loop: loop.length).points if around else None


def _encloses(contour: np.ndarray) -> bool:
    """Whether a contour of shape (N, 2) winds round the origin."""
    angles = np.unwrap(np.arctan2(contour[:, 1], contour[:, 0]))
    closing = np.angle(np.exp(1j * (np.arctan2(contour[0, 1], contour[0, 0]) - angles[-1])))
    return abs(angles[-1] + closing - angles[0]) > np.pi


def _limb_girths(body: StandingBody, marks: Landmarks) -> list[Row]:
    """Girths of arms and legs, mean of left and right."""
    return [
        ("upper_arm_girth", *_mean_limb(body, "shoulder", "elbow", (0.30, 0.65), largest=True)),
        ("elbow_girth", *_mean_limb(body, "elbow", "wrist", (0.0, 0.0), largest=True)),
        ("wrist_girth", *_mean_limb(body, "elbow", "wrist", (0.88, 1.0), largest=False)),
        ("thigh_girth", *_thigh_girth(body, marks)),
        ("knee_girth", *_mean_limb(body, "knee", "ankle", (0.0, 0.0), largest=True)),
        ("calf_girth", *_mean_limb(body, "knee", "ankle", (0.15, 0.55), largest=True)),
        ("ankle_girth", *_mean_limb(body, "knee", "ankle", (0.80, 0.97), largest=False)),
    ]


def _mean_limb(body: StandingBody, start: str, end: str, shares: tuple[float, float], *, largest: bool) -> tuple[float, float]:
    """The largest or smallest girth at a right angle to a limb, between two places along its bone, mean of both sides."""
    both = []
    for side in ("left", "right"):
        a, b = body.joint(f"{side}_{start}"), body.joint(f"{side}_{end}")
        length = float(np.linalg.norm(b - a))
        axis = _joint_axis(body, side, start, end) if shares[0] == shares[1] else (b - a) / length

        def girth(distance: float, a: np.ndarray = a, b: np.ndarray = b, axis: np.ndarray = axis, length: float = length) -> float:
            points = _round_axis(body, a + distance / length * (b - a), axis)
            return tape_length(points, axis) if points is not None else np.nan

        first = max(shares[0] * length, min(_clear_of_trunk(girth, shares[1] * length), shares[1] * length))
        places = np.linspace(first, shares[1] * length, 1 if shares[0] == shares[1] else 13)
        values = np.array([girth(place) for place in places])
        if np.isnan(values).all():
            raise StudioError(f"No section goes round the {side} limb from {start} to {end}; is the body's mesh closed there?")
        at = places[np.nanargmax(values) if largest else np.nanargmin(values)]
        value, spread = _slipping(girth, float(at))
        both.append((value, spread if np.isfinite(spread) else _SLIP))
    return float(np.mean([value for value, _ in both])), max(spread for _, spread in both)


def _clear_of_trunk(girth: Callable[[float], float], end: float) -> float:
    """The first place along a limb, from its joint to ``end``, where a tape that may slip still goes round the limb alone [m].

    Next to the trunk the girth is no property of the arm: in the armpit it grows by 5 mm over the last 2 mm before the section runs into
    the chest, so a tape there would measure where exactly it lies.
    """
    if np.isfinite(girth(0.0)):
        return 0.0
    merged, clear = 0.0, end
    while clear - merged > _MESH / 10:
        middle = (merged + clear) / 2
        merged, clear = (merged, middle) if np.isfinite(girth(middle)) else (middle, clear)
    return clear + 2.2 * _SLIP  # as for the thigh: both slips stay clear


def _joint_axis(body: StandingBody, side: str, joint: str, after: str) -> np.ndarray:
    """The direction through a joint that halves its bend: tapes over knee and elbow run at a right angle to it."""
    before = {"knee": "hip", "elbow": "shoulder"}[joint]
    incoming = body.joint(f"{side}_{joint}") - body.joint(f"{side}_{before}")
    outgoing = body.joint(f"{side}_{after}") - body.joint(f"{side}_{joint}")
    axis = incoming / np.linalg.norm(incoming) + outgoing / np.linalg.norm(outgoing)
    return axis / np.linalg.norm(axis)


def _thigh_girth(body: StandingBody, marks: Landmarks) -> tuple[float, float]:
    """Horizontal, just below the crotch, mean of both sides."""
    both = []
    for side in ("left", "right"):
        hip, knee = body.joint(f"{side}_hip"), body.joint(f"{side}_knee")

        def girth(height: float, hip: np.ndarray = hip, knee: np.ndarray = knee) -> float:
            origin = hip + (height - hip[2]) / (knee[2] - hip[2]) * (knee - hip)
            points = _round_axis(body, origin, UP)
            return tape_length(points, UP) if points is not None else np.nan

        value, spread = _slipping(girth, marks.level("crotch") - 2.2 * _SLIP)  # so far below that both slips stay below the crotch
        both.append((value, spread))
    if not np.isfinite(both).all():
        raise StudioError("No section goes round each thigh just below the crotch; is the body's mesh closed there?")
    return float(np.mean([value for value, _ in both])), max(spread for _, spread in both)


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
    near = (u > 0) & (u < span) & (v > 0) & (v < height + 0.03)
    path = np.concatenate([[[0.0, 0.0], [span, 0.0], [(via - start) @ along, height]], np.stack([u[near], v[near]], axis=1)])
    hull = convex_hull(path)
    return float(np.linalg.norm(hull - np.roll(hull, -1, axis=0), axis=1).sum()) - span


def _lengths(body: StandingBody, marks: Landmarks) -> list[Row]:
    shoulders, necks = (marks["left_shoulder"], marks["right_shoulder"]), (marks["left_side_neck"], marks["right_side_neck"])
    shoulder_length = np.mean([np.linalg.norm(s - n) for s, n in zip(shoulders, necks, strict=True)])
    shoulder_drop = np.mean([n[2] - s[2] for s, n in zip(shoulders, necks, strict=True)])
    neck_base = taut(body, necks[0], marks["front_neck"], necks[1]) + taut(body, necks[0], marks["back_neck"], necks[1])
    back = _spine(body, marks)
    values = {
        "neck_base_girth": neck_base,
        "shoulder_length": float(shoulder_length),
        "shoulder_drop": float(shoulder_drop),
        "shoulder_width": taut(body, shoulders[0], marks["back_neck"], shoulders[1]),
        "back_waist_length": _down_to(back, marks.level("waist")),
        "scye_depth": _down_to(back, marks.level("armpit")),
        "bust_point_distance": float(np.linalg.norm(marks["bust_point_left"] - marks["bust_point_right"])),
        "sleeve_length": _arm_length(body, marks),
        "crotch_length": _crotch_length(body, marks),
        "foot_length": _foot_length(body),
    }
    values |= _front_lengths(body, marks)
    return [(name, float(value), _LENGTH_UNCERTAINTY) for name, value in values.items()]


def _spine(body: StandingBody, marks: Landmarks) -> np.ndarray:
    """The back's profile in the mid plane from the back neck point downwards, shape (N, 3)."""
    loops = body.cut([body.middle, 0.0, 0.0], LEFT)
    profile = max((loop.points for loop in loops), key=lambda points: np.ptp(points[:, 2]))
    top, bottom = marks.level("back_neck"), marks.level("crotch")
    levels = np.arange(top, bottom, -0.005)
    following = np.roll(profile, -1, axis=0)
    points = []
    for level in levels:
        crosses = (profile[:, 2] - level) * (following[:, 2] - level) <= 0
        a, b = profile[crosses], following[crosses]
        t = (level - a[:, 2]) / np.where(b[:, 2] == a[:, 2], 1.0, b[:, 2] - a[:, 2])
        points.append([body.middle, float((a[:, 1] + t * (b[:, 1] - a[:, 1])).max()), level])
    return np.array(points)


def _down_to(path: np.ndarray, level: float) -> float:
    """Length along a falling path from its start to a level [m]."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    return float(np.interp(-level, -path[:, 2], along))


def _arm_length(body: StandingBody, marks: Landmarks) -> float:
    """From the shoulder point over the elbow to the wrist, mean of both sides."""
    lengths = []
    for side in ("left", "right"):
        points = [marks[f"{side}_shoulder"], body.joint(f"{side}_elbow"), body.joint(f"{side}_wrist")]
        lengths.append(sum(np.linalg.norm(b - a) for a, b in itertools.pairwise(points)))
    return float(np.mean(lengths))


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


def _crotch_length(body: StandingBody, marks: Landmarks) -> float:
    """From the front waist through the crotch to the back waist, taut in the mid plane."""
    waist = marks.level("waist")
    loops = body.cut([body.middle, 0.0, 0.0], LEFT)
    profile = max((loop.points for loop in loops), key=lambda points: np.ptp(points[:, 2]))
    below = profile[(profile[:, 2] < waist) & (profile[:, 2] > marks.level("crotch") - 0.03)][:, 1:]
    trunk = body.trunk(waist)
    middle = trunk[np.abs(trunk[:, 0] - body.middle) < 0.02]
    front, back = float(middle[:, 1].min()), float(middle[:, 1].max())
    hull = convex_hull(np.concatenate([below, [[front, waist], [back, waist]]]))
    return float(np.linalg.norm(hull - np.roll(hull, -1, axis=0), axis=1).sum()) - (back - front)


def _foot_length(body: StandingBody) -> float:
    """From the heel to the longest toe along the foot, mean of both sides."""
    lengths = []
    for side in ("left", "right"):
        ankle, ball = body.joints[INDEX[f"{side}_ankle"]], body.joints[INDEX[f"{side}_foot"]]
        direction = (ball - ankle) * [1.0, 1.0, 0.0]
        direction /= np.linalg.norm(direction)
        used = body.vertices[np.unique(body.faces)]
        near = used[(used[:, 2] < ankle[2]) & (np.abs((used - ankle) @ np.cross(UP, direction)) < 0.12)]
        near = near[np.abs((near - ankle) @ direction) < 0.35]
        sole = near[:, :2] - near[:, :2].mean(axis=0)
        axis = np.linalg.svd(sole, full_matrices=False)[2][0]
        lengths.append(np.ptp(sole @ axis))
    return float(np.mean(lengths))
