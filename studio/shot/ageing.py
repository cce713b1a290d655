"""What years write into a face: lines where skin folds, as relief of the refined skin, and where it is finely wrinkled.

Lines run where the muscles under them fold the skin (the grading scales of Carruthers et al. 2008 name the same ones):
across the forehead, upright between the brows, fanning from the outer corner of the eye, under the eye, from the nose to the corner
of the mouth, from there down, and around the lips. Courses, depths and the years in which they come were set by eye on rendered faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.head import Head


@dataclass(frozen=True)
class FacialLine:
    """A line of both halves of the face. points: (across, up) in head coordinates [m]. depth_mm, width_mm: Of the fold at its deepest.

    onset: Age at which it begins [years]; it is full ``_GROWS_YEARS`` later. bulge: How much of its depth the skin beside it stands out.
    """

    points: tuple[tuple[float, float], ...]
    depth_mm: float
    width_mm: float
    onset: float
    bulge: float = 0.35


#: How long a line takes to become as deep as it gets [years].
_GROWS_YEARS = 38.0
#: Lines wander by that much from their course, over that length [m]: no face has the same on both sides.
_WANDER_M, _WANDER_LENGTH_M = 0.0013, 0.030


def facial_lines(head: Head) -> tuple[FacialLine, ...]:
    """The lines of a face, placed by its nose and mouth."""
    nose, mouth = head.nose[2], head.mouth[2]
    lines = [
        FacialLine(((0.0, z), (0.014, z + 0.0012), (0.028, z), (0.038, z - 0.003)), depth, 1.1, onset)
        for z, depth, onset in ((0.0335, 0.40, 38), (0.0415, 0.55, 32), (0.0490, 0.50, 36), (0.0560, 0.35, 44))
    ]
    lines.append(FacialLine(((0.0055, 0.0070), (0.0066, 0.0130), (0.0062, 0.0205)), 0.50, 1.0, 34))
    for turn_deg, length, depth, onset in ((34, 0.017, 0.38, 34), (14, 0.020, 0.45, 30), (-8, 0.020, 0.45, 32), (-30, 0.018, 0.38, 38)):
        turn = np.radians(turn_deg)
        ray = tuple((0.0465 + r * np.cos(turn), -0.002 + (0.0035 + r) * np.sin(turn)) for r in np.linspace(0.001, length, 6))
        lines.append(FacialLine(ray, depth, 0.8, onset))
    cheek = ((0.0180, nose + 0.0040), (0.0235, nose - 0.0060), (0.0285, mouth + 0.0120), (0.0310, mouth + 0.0010))
    jowl = ((0.0260, mouth - 0.0030), (0.0270, mouth - 0.0120), (0.0250, mouth - 0.0220))
    lines += [
        FacialLine(((0.0165, -0.0085), (0.0215, -0.0150), (0.0290, -0.0180), (0.0370, -0.0160)), 0.45, 1.5, 34, 0.5),
        FacialLine(((0.0180, -0.0140), (0.0235, -0.0210), (0.0310, -0.0245)), 0.40, 1.7, 48, 0.5),
        FacialLine(cheek, 0.85, 2.2, 24, 0.5),
        FacialLine(jowl, 0.60, 1.8, 38, 0.4),
    ]
    for x in (0.0035, 0.0085, 0.0130):
        lines.append(FacialLine(((x, mouth + 0.0085), (1.12 * x, mouth + 0.0160)), 0.22, 0.7, 50, 0.2))
    return tuple(lines)


def lined(head: Head, rest: np.ndarray, age: float, *, seed: int) -> np.ndarray:
    """How far the skin at rest positions (N, 3) [m] stands out where an age has drawn lines [m], negative in them, shape (N,)."""
    from scipy.spatial import cKDTree

    height = np.zeros(len(rest))
    p = head.head_from_rest(rest)
    face = np.flatnonzero(
        (p[:, 1] < head.nose[1] + 0.085) & (np.abs(p[:, 0]) < 0.075) & (p[:, 2] > head.mouth[2] - 0.04) & (p[:, 2] < 0.07)
    )
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, 4)
    x, z = p[face, 0], p[face, 2]
    turn = 2 * np.pi / _WANDER_LENGTH_M
    across = np.abs(x) + _WANDER_M * np.sin(turn * z + phase[0]) * np.sin(0.5 * turn * x + phase[1])
    up = z + _WANDER_M * (np.sin(turn * x + phase[2]) + 0.5 * np.sin(2.3 * turn * x + phase[3]))
    for line in facial_lines(head):
        strength = float(smoothstep(line.onset, line.onset + _GROWS_YEARS, np.array(age)))
        if strength == 0:
            continue
        course = np.array(line.points)
        t = np.linspace(0, 1, 40)
        dense = np.stack([np.interp(t, np.linspace(0, 1, len(course)), course[:, axis]) for axis in (0, 1)], axis=1)
        begins = 1.0 if course[0, 0] == 0 else 0.0  # lines over the middle do not end there
        weight = np.minimum(1, np.minimum(begins + 5 * t, 4 * (1 - t)))
        distance, nearest = cKDTree(dense).query(np.c_[across, up], distance_upper_bound=0.012)
        near = np.isfinite(distance)
        share, width = weight[np.where(near, nearest, 0)], line.width_mm / 1000
        away = np.where(near, distance, 1.0) / width
        profile = line.bulge * np.exp(-(((away - 2.2) / 1.3) ** 2)) - np.exp(-(away**2))
        height[face] += strength * share * line.depth_mm / 1000 * profile
    return height


def fine_lines(head: Head, rest: np.ndarray) -> np.ndarray:
    """Where old skin is crêped: around the eyes, on cheeks, lips and throat, 0 to 1, shape (N,)."""
    p = head.head_from_rest(rest)
    p[:, 0] = np.abs(p[:, 0])

    def spot(centre: tuple[float, float, float], spread: tuple[float, float, float]) -> np.ndarray:
        return np.exp(-0.5 * (((p - centre) / spread) ** 2).sum(axis=1))

    nose, mouth = head.nose, head.mouth
    eyes = spot((0.036, 0.0, -0.010), (0.018, 0.025, 0.010))
    cheeks = spot((0.050, nose[1] + 0.045, mouth[2] + 0.015), (0.015, 0.035, 0.022))
    lips = spot((0.0, mouth[1], mouth[2] + 0.010), (0.020, 0.02, 0.008))
    throat = spot((0.0, mouth[1] + 0.06, mouth[2] - 0.085), (0.045, 0.06, 0.035))
    return np.clip(eyes + 0.8 * cheeks + 0.8 * lips + 0.9 * throat, 0, 1)
