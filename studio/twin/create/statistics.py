"""How an adult's measures are distributed once gender, age and some of the measures are known.

The survey (ANSUR II) has 24 dimensions; the tape reads more. What the survey does not have follows from what it has as it does on the
sampled bodies of the open body: p(all) = p_survey(surveyed) p_bodies(others | surveyed). Everything is a normal distribution of
logarithms: bodies grow in proportion, and girths are skewed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.population import Heritage, Population
from studio.specs.anthropometry import LinearTapeSpec, SurveySpec


@dataclass(frozen=True, eq=False)
class Distribution:
    """Logarithms of body numbers (metres; mass in kg). names: (M,). mean: shape (M,). covariance: shape (M, M)."""

    names: tuple[str, ...]
    mean: np.ndarray
    covariance: np.ndarray

    def at(self, names: tuple[str, ...]) -> np.ndarray:
        """Indices of names, shape (K,)."""
        return np.array([self.names.index(name) for name in names], dtype=int)

    def given(self, names: tuple[str, ...], values: np.ndarray, tolerance: np.ndarray) -> Distribution:
        """All numbers, where some are known to a tolerance, a share of each (Gaussian conditioning)."""
        known = self.at(names)
        seen = self.covariance[np.ix_(known, known)] + np.diag(np.square(tolerance))
        gain = np.linalg.solve(seen, self.covariance[known]).T
        mean = self.mean + gain @ (np.log(values) - self.mean[known])
        return Distribution(self.names, mean, self.covariance - gain @ self.covariance[known])

    def expected(self, names: tuple[str, ...]) -> np.ndarray:
        """Median values [m, kg]."""
        return np.exp(self.mean[self.at(names)])

    def spread(self, names: tuple[str, ...]) -> np.ndarray:
        """Standard deviations, as shares of the values."""
        return np.sqrt(np.diag(self.covariance)[self.at(names)])


@dataclass(frozen=True, eq=False)
class BodyLines:
    """The linear tape, ready to be used. names: (M,). value [m, kg], residual: shape (M,). per_beta: shape (M, B)."""

    names: tuple[str, ...]
    value: np.ndarray
    residual: np.ndarray
    per_beta: np.ndarray

    @classmethod
    def of(cls, spec: LinearTapeSpec, betas: int) -> BodyLines:
        """The lines of an authored table for a model with so many betas."""
        rows = list(spec.gradients.values())
        per_beta = np.zeros((len(rows), betas))
        per_beta[:, spec.betas] = [row.per_beta for row in rows]
        return cls(tuple(spec.gradients), np.array([row.value for row in rows]), np.array([row.residual for row in rows]), per_beta)

    def rows(self, names: tuple[str, ...]) -> np.ndarray:
        """Slopes of some names, shape (K, B)."""
        return self.per_beta[[self.names.index(name) for name in names]]


def surveyed(survey: SurveySpec, heritage: Heritage) -> Distribution:
    """What the survey says of one gender and age. Between the genders means and covariances are blended; ages beyond the survey's
    are taken as its last."""
    share = heritage.gender
    men, women = survey.men, survey.women
    mean = (1 - share) * _logs(men.mean) + share * _logs(women.mean)
    covariance = (1 - share) * men.covariance + share * women.covariance
    slope = covariance[1:, 0] / covariance[0, 0]
    age = np.clip(heritage.age_years, *survey.ages)
    names = tuple(dimension.name for dimension in survey.dimensions)
    return Distribution(names, mean[1:] + slope * (age - mean[0]), covariance[1:, 1:] - np.outer(slope, covariance[0, 1:]))


def _logs(mean: tuple[float, ...]) -> np.ndarray:
    return np.append(mean[0], np.log(mean[1:]))


def distribution(survey: SurveySpec, lines: BodyLines, population: Population, heritage: Heritage) -> Distribution:
    """Of everything that the tape reads, for one gender, age and ancestry."""
    known = surveyed(survey, heritage)
    tolerance = np.array([dimension.tolerance for dimension in survey.dimensions])
    value = lines.value + lines.per_beta @ population.mean(heritage)
    slopes = lines.per_beta / value[:, None]
    bodies = slopes @ population.covariance(heritage.gender) @ slopes.T + np.diag(np.square(lines.residual / value))
    inside = [lines.names.index(name) for name in known.names]
    others = [k for k in range(len(lines.names)) if k not in inside]
    gain = np.linalg.solve(bodies[np.ix_(inside, inside)] + np.diag(np.square(tolerance)), bodies[np.ix_(inside, others)]).T
    rest = bodies[np.ix_(others, others)] - gain @ bodies[np.ix_(inside, others)]
    mean = np.log(value[others]) + gain @ (known.mean - np.log(value[inside]))
    across = gain @ known.covariance
    covariance = np.block([[known.covariance, across.T], [across, across @ gain.T + rest]])
    names = (*known.names, *(lines.names[k] for k in others))
    return Distribution(names, np.concatenate([known.mean, mean]), covariance)
