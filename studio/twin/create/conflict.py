"""Measures that no adult has, alone or together, and the sentence that says so."""

from __future__ import annotations

import numpy as np

from studio.errors import StudioError
from studio.twin.create.statistics import Distribution
from studio.twin.create.tape import MASS

#: Standard deviations from what is expected of a measure: alone, and where others are given. All of the 6,068 people of ANSUR II pass
#: with any of the measures that `bench create` gives; wider than they need, since civilians vary more than soldiers.
ALONE, TOGETHER = 6.0, 4.5
#: Tolerance of a measure that a person was given by a tape, a share of it: half a per cent is 5 mm of a waist.
TAPE_TOLERANCE = 0.005


def refuse_conflicts(everyone: Distribution, names: tuple[str, ...], values: np.ndarray, *, asked: int | None = None) -> None:
    """Raise StudioError where a value [m, kg] is none of an adult's, or where values do not go with each other.

    asked: How many of them, the first, are in question, where the others are a body's own; all without it.
    """
    asked = len(names) if asked is None else asked
    for name, value in zip(names[:asked], values[:asked], strict=True):
        low, high = _range(everyone, name, ALONE)
        if not low <= value <= high:
            raise StudioError(
                f"{spoken(name, value)} is no measure of an adult of that gender and age: it lies between {bounds(name, low, high)}."
            )
    if len(names) < 2:
        return
    scores = [abs(_score(everyone, k, names, values)) for k in range(asked)]
    # Where two disagree, both stand out alike: stature is what people know best, so the other is named as the one in question.
    worst = max(range(asked), key=lambda k: (scores[k] * (0.8 if names[k] == "stature" else 1.0), names[k]))
    if max(scores) <= TOGETHER * (1 + 1e-9):
        return
    others = [k for k in range(len(names)) if k != worst]
    pair = max(others, key=lambda k: abs(_score(everyone, 0, (names[worst], names[k]), values[[worst, k]])))
    against = [pair] if abs(_score(everyone, 0, (names[worst], names[pair]), values[[worst, pair]])) > TOGETHER else others
    _raise(everyone, worst, against, names, values)


def _raise(everyone: Distribution, worst: int, against: list[int], names: tuple[str, ...], values: np.ndarray) -> None:
    low, high = _going(everyone, tuple(names[k] for k in (worst, *against)), values[[worst, *against]])
    listed = _listed([spoken(names[k], values[k]) for k in against])
    those = f"that {plain(names[against[0]])}" if len(against) == 1 else "those"
    raise StudioError(
        f"{spoken(names[worst], values[worst])} does not go with {listed}: for {those} it lies between "
        f"{bounds(names[worst], low, high)}; change one of them."
    )


def _given(everyone: Distribution, names: tuple[str, ...], values: np.ndarray) -> Distribution:
    return everyone.given(names, values, np.full(len(names), TAPE_TOLERANCE))


def _score(everyone: Distribution, k: int, names: tuple[str, ...], values: np.ndarray) -> float:
    """How many standard deviations value ``k`` lies from what the others let expect."""
    rest = [j for j in range(len(names)) if j != k]
    known = _given(everyone, tuple(names[j] for j in rest), values[rest])
    at = known.names.index(names[k])
    return float((np.log(values[k]) - known.mean[at]) / np.hypot(np.sqrt(known.covariance[at, at]), TAPE_TOLERANCE))


def _range(known: Distribution, name: str, limit: float) -> tuple[float, float]:
    at = known.names.index(name)
    spread = limit * np.hypot(np.sqrt(known.covariance[at, at]), TAPE_TOLERANCE)
    return float(np.exp(known.mean[at] - spread)), float(np.exp(known.mean[at] + spread))


def _going(everyone: Distribution, names: tuple[str, ...], values: np.ndarray) -> tuple[float, float]:
    """Between which the first value [m, kg] goes with the others and they with it: every score is linear in its logarithm."""
    known = _given(everyone, names[1:], values[1:])
    at = known.names.index(names[0])
    middle, step = known.mean[at], float(np.sqrt(known.covariance[at, at]))
    low, high = middle - TOGETHER * np.hypot(step, TAPE_TOLERANCE), middle + TOGETHER * np.hypot(step, TAPE_TOLERANCE)
    for k in range(1, len(names)):
        here, there = (_score(everyone, k, names, np.append(np.exp(x), values[1:])) for x in (middle, middle + step))
        slope = (there - here) / step
        ends = sorted(middle + (limit - here) / slope for limit in (-TOGETHER, TOGETHER)) if slope else (low, high)
        if ends[0] < middle < ends[1]:  # else the others disagree among themselves, whatever the first is
            low, high = max(low, ends[0]), min(high, ends[1])
    return float(np.exp(low)), float(np.exp(high))


def unusualness(everyone: Distribution, names: tuple[str, ...], values: np.ndarray) -> float:
    """Squared Mahalanobis distance of given values from the average adult of that gender and age."""
    at = everyone.at(names)
    apart = np.log(values) - everyone.mean[at]
    seen = everyone.covariance[np.ix_(at, at)] + TAPE_TOLERANCE**2 * np.eye(len(at))
    return float(apart @ np.linalg.solve(seen, apart))


def spoken(name: str, value: float) -> str:
    """``waist_girth 72 cm``."""
    return f"{name} {value:.4g} kg" if name == MASS else f"{name} {100 * value:.4g} cm"


def bounds(name: str, low: float, high: float) -> str:
    """``64 and 76 cm``: the whole numbers inside a range."""
    scale, unit = (1, "kg") if name == MASS else (100, "cm")
    return f"{np.ceil(scale * low):.0f} and {np.floor(scale * high):.0f} {unit}"


def plain(name: str) -> str:
    """``inside leg``."""
    return name.replace("_", " ")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
