"""From measures to betas: the likeliest body of that gender, age and ancestry that has them.

p(body) = p_survey(measures) p_bodies(betas | measures): the measures that were not given are expected as the survey has them beside those
that were, and the betas follow both as the sampled bodies do. With a tape that is linear in the betas this is one Gaussian conditioning
(Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, appendix A.2); the real tape is not, so it is laid again after
every step, the lines are moved to what it reads, and their slopes for the given measures are mended by what they mispredicted (Broyden,
"A class of methods for solving nonlinear simultaneous equations", Math. Comp. 1965).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.progress import Report, silent
from studio.twin.create.conflict import spoken
from studio.twin.create.statistics import BodyLines
from studio.twin.create.tape import MASS, Reading

#: How near a given measure is brought before the search ends, and within what it counts as met [m]; for the mass [kg] a hundred times that.
CLOSE, MET = 0.0010, 0.005
#: How sharply given measures are asked for in each step [m].
_SHARP = 0.0003
#: How often the tape is laid at most, and at least: what was not given is to be met as well.
_STEPS, _SURE = 20, 4
#: A step that has been halved so often leads nowhere.
_STUCK = 0.02
#: A tape that reads this much else than the lines say has found its landmark in another place, and says nothing of slopes [m].
_JUMP = 0.03


@dataclass(frozen=True, eq=False)
class Wanted:
    """Numbers that a body shall have. names: (K,). values [m, kg], and spread: how far they may be off, shape (K,); given: which are
    firm, shape (K,), bool."""

    names: tuple[str, ...]
    values: np.ndarray
    spread: np.ndarray
    given: np.ndarray


@dataclass(frozen=True, eq=False)
class Solution:
    """betas: shape (B,). reading: What the tape reads on them. steps: How many times it was laid. distance: Mahalanobis, from the mean."""

    betas: np.ndarray
    reading: Reading
    steps: int
    distance: float


def solve(
    read: Callable[[np.ndarray], Reading],
    lines: BodyLines,
    wanted: Wanted,
    *,
    mean: np.ndarray,
    covariance: np.ndarray,
    report: Report = silent,
) -> Solution:
    """The betas nearest to ``mean`` (B,), by ``covariance`` (B, B), on which the tape reads what is wanted.

    read: Lays the tape on betas. Raises StudioError where the given measures cannot all be reached.
    """
    slopes = lines.rows(wanted.names)
    noise = np.diag(np.square(np.where(wanted.given, _SHARP * _unit(wanted.names), wanted.spread)))
    best, share = Solution(mean, read(mean), 1, 0.0), 1.0
    for step in range(2, _STEPS + 1):
        found = best.reading.of(wanted.names)
        seen = slopes @ covariance @ slopes.T
        weight = np.linalg.solve(seen + noise, wanted.values - found - slopes @ (mean - best.betas))
        change = share * (mean + covariance @ (slopes.T @ weight) - best.betas)
        distance = float(np.sqrt(max(weight @ seen @ weight, 0.0)))
        trial = Solution(best.betas + change, read(best.betas + change), step, distance)
        surprise = trial.reading.of(wanted.names) - found - slopes @ change
        learn = wanted.given & (np.abs(surprise) < _JUMP * _unit(wanted.names))
        slopes = slopes + np.where(learn, surprise, 0.0)[:, None] * change / max(change @ change, 1e-9)
        if step <= 3 or _miss(trial, wanted) < _miss(best, wanted):
            best, share = trial, min(1.0, 2 * share)
        else:
            share /= 2
        report("meeting the measures", step / _STEPS)
        if (_miss(best, wanted) < CLOSE and step >= _SURE) or share < _STUCK:
            break
    if _miss(best, wanted) > MET:
        _unreachable(best, wanted)
    return best


def _unit(names: tuple[str, ...]) -> np.ndarray:
    """What a metre's tolerance is worth: 1, and 100 for the mass in kg."""
    return np.array([100.0 if name == MASS else 1.0 for name in names])


def _misses(solution: Solution, wanted: Wanted) -> np.ndarray:
    off = np.abs(solution.reading.of(wanted.names) - wanted.values) / _unit(wanted.names)
    return np.where(wanted.given, off, 0.0)


def _miss(solution: Solution, wanted: Wanted) -> float:
    """Of the given measures, the largest error [m]."""
    return float(_misses(solution, wanted).max())


def _unreachable(solution: Solution, wanted: Wanted) -> None:
    worst = int(_misses(solution, wanted).argmax())
    name, found = wanted.names[worst], solution.reading[wanted.names[worst]]
    others = [other for other, given in zip(wanted.names, wanted.given, strict=True) if given and other != name]
    beside = f" together with {', '.join(others)}" if others else ""
    raise StudioError(
        f"No body has {spoken(name, float(wanted.values[worst]))}{beside}: the nearest has {spoken(name, found)}; "
        f"ask for a value nearer to that, or leave one of the measures out."
    )
