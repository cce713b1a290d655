"""Places along a profile of the body that move little when its surface moves little.

The place of the largest value of a curve jumps where two places are nearly equal, and wanders where the curve is flat. Landmarks are
therefore the mean of all places, each weighted by how well it answers the definition (a soft argmax) and by how usual it is. Where the
body shows the feature plainly the mean is the place of the feature; where it does not, the usual place; between the two it moves steadily.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.body.standing import UP, StandingBody, no_trunk
from studio.mesh.section import Loop, tape_length

#: Step between levels of the trunk's profile [m]. Chosen: a twentieth of the features it shows.
STEP = 0.004

#: Columns in which the breasts lie, as shares of half the distance of the shoulder joints. Chosen: about the open body's bust points
#: (0.45), inside the slimmest waist (0.65).
_BREAST_COLUMNS = np.linspace(0.25, 0.50, 7)


@dataclass(frozen=True, eq=False)
class TrunkProfile:
    """What horizontal sections of the trunk show at evenly spaced heights, each of shape (L,), float64 [m].

    heights: Above z = 0. girth: By tape, NaN above the armpit. back: How far the trunk reaches backwards (y). breast: How far it reaches
    forwards (-y) in the columns of the breasts, mean of both sides; NaN where a column passes beside it.
    """

    heights: np.ndarray
    girth: np.ndarray
    back: np.ndarray
    breast: np.ndarray


def trunk_profile(body: StandingBody, low: float, armpit: float, high: float) -> TrunkProfile:
    """The trunk's profile from ``low`` over the armpit to ``high`` [m]. Raises StudioError where there is no trunk."""
    heights = np.linspace(low, high, max(int(np.ceil((high - low) / STEP)), 8) + 1)
    columns = body.middle + body.shoulder_half * np.concatenate([-_BREAST_COLUMNS, _BREAST_COLUMNS])
    girth, back, breast = (np.full(len(heights), np.nan) for _ in range(3))
    for k, height in enumerate(heights):
        loops = body.trunk_loops(float(height))
        if not loops:
            raise no_trunk(float(height))
        points = np.concatenate([loop.points for loop in loops])
        girth[k] = tape_length(points, UP) if height <= armpit else np.nan
        back[k] = points[:, 1].max()
        breast[k] = -front_depth(loops, columns).mean()
    return TrunkProfile(heights, girth, back, breast)


def front_depth(loops: Sequence[Loop], columns: np.ndarray) -> np.ndarray:
    """The foremost y of a level section in columns x [m], shape (C,); NaN beside it."""
    depths = np.full(len(columns), np.inf)
    for loop in loops:
        a, b = loop.points, np.roll(loop.points, -1, axis=0)
        crosses = (a[:, 0] - columns[:, None]) * (b[:, 0] - columns[:, None]) <= 0
        column, side = np.nonzero(crosses)
        run = b[side, 0] - a[side, 0]
        t = np.clip((columns[column] - a[side, 0]) / np.where(run == 0, 1.0, run), 0.0, 1.0)
        np.minimum.at(depths, column, a[side, 1] + t * (b[side, 1] - a[side, 1]))
    return np.where(np.isfinite(depths), depths, np.nan)


def soft_place(places: np.ndarray, merit: np.ndarray, *, scale: float, usual: float | None = None, spread: float | None = None) -> float:
    """The mean place, weighted by ``exp(merit / scale)`` and by a normal distribution about the usual place.

    places: Evenly spaced, shape (L,). merit: How well each answers the definition, shape (L,); NaN counts for nothing. scale: The
    difference of merit that matters, in its unit. usual, spread: The usual place and its standard deviation; all are equal without them.
    """
    score = merit / scale
    if usual is not None and spread is not None:
        score = score - 0.5 * ((places - usual) / spread) ** 2
    weights = np.exp(np.nan_to_num(score - np.nanmax(score), nan=-np.inf))
    return float(weights @ places / weights.sum())


def prominence(values: np.ndarray, step: float, reach: float) -> np.ndarray:
    """How far each value of an evenly spaced curve stands out over the chord of its neighbours at a distance ``reach``, shape (L,).

    A slope counts for nothing; NaN where a neighbour lies outside.
    """
    offset = max(round(reach / step), 1)
    out = np.full(len(values), np.nan)
    inner = slice(offset, len(values) - offset)
    out[inner] = values[inner] - (values[2 * offset :] + values[: len(values) - 2 * offset]) / 2
    return out
