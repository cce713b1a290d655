"""Tape measures of a body by ISO 8559-1:2017, taken on its mesh in the measuring pose.

A tape is taut: a girth is the convex hull of the section it runs in, a length over a surface is the hull's side of the section through
its points. Every measure comes with half the width of the interval that 95 % of careful repetitions lie in: another measurer places the
tape up to 5 mm away (the allowance of ISO 20685-1 for the lengths that place it), and another scan of the same skin differs by smooth
noise of a millimetre.
"""

from __future__ import annotations

import math

import numpy as np

from studio.body.girths import NOISE, SLIP, find_tapes, girth_with_uncertainty, limb_faces
from studio.body.landmarks import Landmarks, find_landmarks
from studio.body.lengths import lengths
from studio.body.standing import StandingBody
from studio.body.tape import CLAUSES, Measure, Measures
from studio.errors import StudioError

#: Uncertainty of stature [m]: twice the standard deviation of noise at the crown and at the sole.
_STATURE_UNCERTAINTY = 2 * math.hypot(NOISE, NOISE)

#: Uncertainty of a length between two landmarks [m]: 5 mm at each end.
_LENGTH_UNCERTAINTY = math.hypot(SLIP, SLIP)


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
    rows = [*_heights(body, marks), *_girths(body, marks), *lengths(body, marks, uncertainty=_LENGTH_UNCERTAINTY)]
    return Measures.of(*(Measure(name, value, CLAUSES.get(name, ""), spread) for name, value, spread in rows))


def _heights(body: StandingBody, marks: Landmarks) -> list[tuple[str, float, float]]:
    floor = body.floor
    rows = [("stature", body.stature, _STATURE_UNCERTAINTY)]
    for name, landmark in (
        ("waist_height", "waist"), ("hip_height", "hip"), ("inside_leg", "crotch"), ("cervical_height", "back_neck"),
        ("bust_height", "bust"), ("armpit_height", "armpit"), ("underbust_height", "underbust"),
    ):  # fmt: skip
        rows.append((name, marks.level(landmark) - floor, SLIP))
    knee = (marks.level("left_knee") + marks.level("right_knee")) / 2
    body_rise = marks.level("waist") - marks.level("crotch")
    return [*rows, ("knee_height", knee - floor, SLIP), ("body_rise", body_rise, _LENGTH_UNCERTAINTY)]


def _girths(body: StandingBody, marks: Landmarks) -> list[tuple[str, float, float]]:
    """Every girth; those of limbs are the mean of left and right."""
    found: dict[str, list[tuple[float, float]]] = {}
    for tape in find_tapes(body, marks):
        value, uncertainty = girth_with_uncertainty(body, tape, faces=limb_faces(body, tape))
        if not math.isfinite(value):
            where = f"the {tape.side} limb" if tape.side else "the body"
            raise StudioError(f"No section goes round {where} to be measured where {tape.name} lies; is the body's mesh closed there?")
        found.setdefault(tape.name, []).append((value, uncertainty))
    return [
        (name, float(np.mean([value for value, _ in both])), max(uncertainty for _, uncertainty in both)) for name, both in found.items()
    ]
