"""Where the tape lies for each girth, and what it reads there.

A tape is a plane and what it goes round. It is found once, on the body in the A-pose; laid on another surface (a perturbed body, the
same body in another pose, a scan) in the same plane it says what that surface alone changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from studio.body.landmarks import Landmarks
from studio.body.levels import soft_place
from studio.body.standing import UP, StandingBody
from studio.errors import StudioError
from studio.mesh.section import Loop, flattened, tape_length

#: How far a tape may slip along the body [m]. ISO 20685-1:2018: 5 mm for segment lengths.
SLIP = 0.005

#: Smooth noise of a good scan's or fit's surface: standard deviation and correlation length [m]. Measured on scans fitted in bench fit:
#: medians of 0.5 to 0.7 mm at the vertices of other models, about a millimetre between them.
NOISE, NOISE_LENGTH = 0.001, 0.05

#: No skin of a limb is farther from its bone than this [m]; a contour that reaches farther has merged with the trunk. Chosen.
_LIMB_REACH = 0.24

#: A difference of girth that the fullest or the slimmest place is told by [m]. Chosen: a tape is read to a millimetre.
_GIRTH_SCALE = 0.001

#: Places tried for the fullest or slimmest girth of a limb. Chosen: 1 to 2 cm apart, and the mean over them is smooth.
_PLACES = 13

#: Places along the neck, and turns of the tape there against the joints' line with their standard deviation [rad]. Chosen: the joints'
#: errors turn it by 3 degrees.
_NECK_PLACES, _NECK_TURNS, _NECK_TURN_SPREAD = 9, np.radians(np.linspace(-12.0, 12.0, 5)), math.radians(6.0)

#: Where on its bone each limb's girth lies, as shares of the bone from joint to joint: between two places the fullest or the slimmest.
_LIMBS = (
    ("elbow_girth", "elbow", "wrist", (0.0, 0.0), "at"),
    ("wrist_girth", "elbow", "wrist", (0.90, 1.04), "slimmest"),
    ("knee_girth", "knee", "ankle", (0.0, 0.0), "at"),
    ("calf_girth", "knee", "ankle", (0.15, 0.55), "fullest"),
    ("ankle_girth", "knee", "ankle", (0.75, 1.0), "slimmest"),
)


@dataclass(frozen=True, eq=False)
class Tape:
    """One place of the tape.

    name: The measure. side: ``left`` or ``right`` limb; empty for trunk, neck and head. origin, normal: Its plane, world frame [m], (3,).
    kind: ``trunk`` goes round the trunk or both legs without the arms; ``limb`` round the one contour that holds ``origin``.
    """

    name: str
    side: Literal["", "left", "right"]
    origin: np.ndarray
    normal: np.ndarray
    kind: Literal["trunk", "limb"] = "limb"

    def slipped(self, distance: float) -> Tape:
        """The tape moved along its normal [m]."""
        return replace(self, origin=self.origin + distance * self.normal)


def lay(body: StandingBody, tape: Tape, *, faces: np.ndarray | None = None) -> tuple[Loop, ...]:
    """The contours that a tape goes round; none where there are none. faces: Those of the limb, where they are known already."""
    if tape.kind == "trunk":
        return body.trunk_loops(float(tape.origin[2]))
    around = []
    for loop in body.cut(tape.origin, tape.normal, faces=faces):
        reach = np.linalg.norm(loop.points - tape.origin, axis=1).max()
        if loop.closed and reach < _LIMB_REACH and _encloses(flattened(loop.points - tape.origin, tape.normal)):
            around.append(loop)
    return (max(around, key=lambda loop: loop.length),) if around else ()  # the outer one: a head has cavities


def girth(body: StandingBody, tape: Tape, *, faces: np.ndarray | None = None) -> float:
    """What a tape reads [m]; NaN where it goes round nothing."""
    loops = lay(body, tape, faces=faces)
    return tape_length(np.concatenate([loop.points for loop in loops]), tape.normal) if loops else math.nan


def girth_with_uncertainty(body: StandingBody, tape: Tape, *, faces: np.ndarray | None = None) -> tuple[float, float]:
    """What a tape reads, and half the width of the interval that 95 % of careful repetitions lie in [m].

    It holds the larger change when the tape slips by 5 mm either way, and twice the standard deviation that smooth noise of the surface
    makes of a girth: noise f of standard deviation s and correlation length l round a circle of radius r changes its girth by the
    integral of f over the angle, whose variance is s^2 l (2 pi)^1.5 / r, and no more than a change of the radius by s.
    """
    value = girth(body, tape, faces=faces)
    slips = [abs(girth(body, tape.slipped(distance), faces=faces) - value) for distance in (-SLIP, SLIP)]
    slip = max((slip for slip in slips if math.isfinite(slip)), default=SLIP)
    radius = value / (2 * math.pi)
    noise = NOISE * min(math.sqrt(NOISE_LENGTH * (2 * math.pi) ** 1.5 / radius), 2 * math.pi)
    return value, math.hypot(slip, 2 * noise)


def find_tapes(body: StandingBody, marks: Landmarks) -> tuple[Tape, ...]:
    """Where the tape lies for every girth. Raises StudioError where a limb has no skin that goes round it."""
    trunk = [_level(f"{name}_girth", marks[name]) for name in ("bust", "underbust", "waist", "hip")]
    trunk.insert(3, _level("high_hip_girth", (marks["waist"] + marks["hip"]) / 2))
    tapes = [*trunk, _head(body), _neck(body)]
    for side in ("left", "right"):
        tapes += [_upper_arm(body, marks, side), *(_on_bone(body, side, *row) for row in _LIMBS), *_thighs(body, marks, side)]
    return tuple(tapes)


def limb_faces(body: StandingBody, tape: Tape) -> np.ndarray | None:
    """The faces that cuts by a tape of a limb and by its slips can meet; None for the trunk, which knows its own."""
    return None if tape.kind == "trunk" else body.faces_near(tape.origin, tape.origin, _LIMB_REACH + 0.02)


def _level(name: str, place: np.ndarray) -> Tape:
    return Tape(name, "", np.array(place), UP, "trunk")


def _encloses(contour: np.ndarray) -> bool:
    """Whether a contour of shape (N, 2) winds round the origin."""
    angles = np.arctan2(contour[:, 1], contour[:, 0])
    steps = np.diff(angles, append=angles[:1])
    return abs(float((steps - 2 * np.pi * np.round(steps / (2 * np.pi))).sum())) > np.pi


def _best(body: StandingBody, tapes: list[Tape], faces: np.ndarray | None, *, fullest: bool, what: str) -> Tape:
    """The fullest or the slimmest of evenly spaced tapes, between them where that lies."""
    values = np.array([girth(body, tape, faces=faces) for tape in tapes])
    if np.isnan(values).all():
        raise StudioError(f"No section goes round {what} of the body to be measured; is its mesh closed there?")
    places = np.linspace(0.0, 1.0, len(tapes))
    at = soft_place(places, values if fullest else -values, scale=_GIRTH_SCALE)
    return replace(tapes[0], origin=tapes[0].origin + at * (tapes[-1].origin - tapes[0].origin))


def _head(body: StandingBody) -> Tape:
    """The fullest horizontal girth above the ears: above the eyes, where the ears end at a tenth of the way to the crown or lower."""
    eye = float(max(body.joint("left_eye")[2], body.joint("right_eye")[2]))
    crown = body.floor + body.stature
    eyes, joint = (body.joint("left_eye") + body.joint("right_eye")) / 2, body.joint("head")
    centre = joint + 0.5 * (eyes - joint) * [1.0, 1.0, 0.0]  # in the skull, between its joint and the eyes
    tapes = [
        Tape("head_girth", "", np.array([centre[0], centre[1], height]), UP)
        for height in np.linspace(eye + 0.13 * (crown - eye), eye + 0.55 * (crown - eye), _PLACES)
    ]
    return _best(body, tapes, body.faces_near(tapes[0].origin, tapes[-1].origin, _LIMB_REACH), fullest=True, what="the head")


def _neck(body: StandingBody) -> Tape:
    """The slimmest girth between the neck's base and the chin, its plane tilted to where that is slimmest: at a right angle to the neck.

    The joints of the neck are a hand's breadth apart and known to some millimetres, so they give its direction to a few degrees only.
    """
    base, top = body.joint("neck"), body.joint("head")
    faces = body.faces_near(base, top, _LIMB_REACH)
    span, tilt = float(np.linalg.norm(top - base)), math.atan2(top[1] - base[1], top[2] - base[2])

    def slimmest(turn: float) -> Tape:
        axis = np.array([0.0, math.sin(tilt + turn), math.cos(tilt + turn)])
        tapes = [Tape("neck_girth", "", base + share * span * axis, axis) for share in np.linspace(-0.25, 0.55, _NECK_PLACES)]
        return _best(body, tapes, faces, fullest=False, what="the neck")

    values = np.array([girth(body, slimmest(turn), faces=faces) for turn in _NECK_TURNS])
    return slimmest(soft_place(_NECK_TURNS, -values, scale=_GIRTH_SCALE, usual=0.0, spread=_NECK_TURN_SPREAD))


def _upper_arm(body: StandingBody, marks: Landmarks, side: Literal["left", "right"]) -> Tape:
    """Midway between the shoulder point and the elbow, at a right angle to the arm; farther down where the armpit reaches so far."""
    shoulder, elbow = body.joint(f"{side}_shoulder"), body.joint(f"{side}_elbow")
    length = float(np.linalg.norm(elbow - shoulder))
    axis = (elbow - shoulder) / length
    faces = body.faces_near(shoulder, elbow, _LIMB_REACH)
    middle = ((marks[f"{side}_shoulder"] - shoulder) @ axis + length) / 2

    def at(distance: float) -> Tape:
        return Tape("upper_arm_girth", side, shoulder + distance * axis, axis)

    clear = _clear_of_trunk(lambda distance: girth(body, at(distance), faces=faces), middle - SLIP, 0.9 * length)
    return at(middle if clear <= middle - SLIP else clear + SLIP)


def _clear_of_trunk(girth_at: Callable[[float], float], start: float, end: float) -> float:
    """The first place along a limb from ``start`` to ``end`` where the section goes round the limb alone [m].

    Next to the trunk the girth is no property of the arm: in the armpit it grows by 5 mm over the last 2 mm before the section runs into
    the chest, so a tape there would measure where exactly it lies.
    """
    if math.isfinite(girth_at(start)):
        return start
    merged, clear = start, end
    while clear - merged > 1e-4:
        middle = (merged + clear) / 2
        merged, clear = (merged, middle) if math.isfinite(girth_at(middle)) else (middle, clear)
    return clear + SLIP


def _on_bone(
    body: StandingBody, side: Literal["left", "right"], name: str, start: str, end: str, shares: tuple[float, float], which: str
) -> Tape:
    """A girth at a right angle to a limb: at its joint, or the fullest or slimmest between two places along its bone."""
    a, b = body.joint(f"{side}_{start}"), body.joint(f"{side}_{end}")
    if which == "at":
        return Tape(name, side, np.array(a), _joint_axis(body, side, start, end))
    axis = (b - a) / np.linalg.norm(b - a)
    tapes = [Tape(name, side, a + share * (b - a), axis) for share in np.linspace(*shares, _PLACES)]
    faces = body.faces_near(tapes[0].origin, tapes[-1].origin, _LIMB_REACH)
    return _best(body, tapes, faces, fullest=which == "fullest", what=f"the {side} limb from {start} to {end}")


def _joint_axis(body: StandingBody, side: str, joint: str, after: str) -> np.ndarray:
    """The direction through a joint that halves its bend: tapes over knee and elbow run at a right angle to it."""
    before = {"knee": "hip", "elbow": "shoulder"}[joint]
    incoming = body.joint(f"{side}_{joint}") - body.joint(f"{side}_{before}")
    outgoing = body.joint(f"{side}_{after}") - body.joint(f"{side}_{joint}")
    axis = incoming / np.linalg.norm(incoming) + outgoing / np.linalg.norm(outgoing)
    return axis / np.linalg.norm(axis)


def _thighs(body: StandingBody, marks: Landmarks, side: Literal["left", "right"]) -> list[Tape]:
    """Horizontal: just below the crotch, so far that both slips stay below it, and midway between the crotch and the kneecap."""
    hip, knee = body.joint(f"{side}_hip"), body.joint(f"{side}_knee")
    crotch = marks.level("crotch")

    def at(name: str, height: float) -> Tape:
        return Tape(name, side, hip + (height - hip[2]) / (knee[2] - hip[2]) * (knee - hip), UP)

    return [at("thigh_girth", crotch - 2.2 * SLIP), at("mid_thigh_girth", (crotch + float(knee[2])) / 2)]
