"""Places along a profile of the body that move little when its surface moves little.

The place of the largest value of a curve jumps where two places are nearly equal, and wanders where the curve is flat. Landmarks are
therefore the mean of all places, each weighted by how well it answers the definition (a soft argmax) and by how usual it is. Where the
body shows the feature plainly the mean is the place of the feature; where it does not, the usual place; between the two it moves steadily.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.standing import StandingBody

#: Step between levels of the trunk's profile [m]. Chosen: a twentieth of the features it shows.
STEP = 0.004

#: Columns in which the breasts lie, as shares of half the distance of the shoulder joints. Chosen about the open body's bust points (0.45).
_BREAST_COLUMNS = np.linspace(0.30, 0.65, 8)


@dataclass(frozen=True, eq=False)
class TrunkProfile:
    """What horizontal sections of the trunk show at evenly spaced heights, each of shape (L,), float64 [m].

    heights: Above z = 0. girth: By tape. back: How far the trunk reaches backwards (y). breast: How far it reaches forwards (-y) in the
    columns of the breasts, mean of both sides.
    """

    heights: np.ndarray
    girth: np.ndarray
    back: np.ndarray
    breast: np.ndarray


def trunk_profile(body: StandingBody, low: float, high: float) -> TrunkProfile:
    """The trunk's profile between two heights [m]. Raises StudioError where there is no trunk."""
    heights = np.linspace(low, high, max(int(np.ceil((high - low) / STEP)), 8) + 1)
    girth = np.array([body.girth(height) for height in heights])
    contours = [np.concatenate([loop.points for loop in body.trunk_loops(height)]) for height in heights]
    back = np.array([points[:, 1].max() for points in contours])
    columns = body.shoulder_half * np.concatenate([-_BREAST_COLUMNS, _BREAST_COLUMNS])
    breast = np.array([-front_depth(body, height, body.middle + columns).mean() for height in heights])
    return TrunkProfile(heights, girth, back, breast)


def front_depth(body: StandingBody, height: float, columns: np.ndarray) -> np.ndarray:
    """The foremost y of the trunk's section at a height in columns x [m], shape (C,); NaN beside the trunk."""
    depths = np.full(len(columns), np.inf)
    for loop in body.trunk_loops(height):
        a, b = loop.points, np.roll(loop.points, -1, axis=0)
        crosses = (a[:, 0] - columns[:, None]) * (b[:, 0] - columns[:, None]) <= 0
        run = np.where(a[:, 0] == b[:, 0], 1.0, b[:, 0] - a[:, 0])
        t = np.clip((columns[:, None] - a[:, 0]) / run, 0.0, 1.0)
        depths = np.minimum(depths, np.where(crosses, a[:, 1] + t * (b[:, 1] - a[:, 1]), np.inf).min(axis=1))
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
