"""A made-up person in memory: measures, gender, age and ancestry become a shape of the open body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.model import BodyModel
from studio.body.population import Heritage, Population, load_population
from studio.errors import StudioError, did_you_mean
from studio.progress import Report, silent, within
from studio.specs.anthropometry import SurveySpec, load_linear_tape, load_survey
from studio.specs.person import PersonSpec
from studio.twin.create.conflict import TAPE_TOLERANCE, refuse_conflicts, unusualness
from studio.twin.create.solve import Solution, Wanted, solve
from studio.twin.create.statistics import BodyLines, Distribution, distribution
from studio.twin.create.tape import MASS, read_body

#: How far an individual is from the average, as a share of how far people are. Chosen by eye: at 1, faces and hands drawn from targets
#: that know nothing of each other are now and then odd.
_INDIVIDUAL = 0.75


@dataclass(frozen=True, eq=False)
class Created:
    """solution: The shape and what the tape reads on it. heritage: Whose it is; ``suggested`` where the measures chose the gender.

    names, given: The measures that were asked for [m, kg], shape (K,). typical: Share of people of that gender and age who are less
    usual in these measures: 1 is the average, 0.01 one in a hundred.
    """

    solution: Solution
    heritage: Heritage
    suggested: bool
    names: tuple[str, ...]
    given: np.ndarray
    typical: float


def create_person(model: BodyModel, spec: PersonSpec, *, report: Report = silent) -> Created:
    """Find the body. Raises StudioError for unknown measures, for measures that do not go with each other, and where no body has them."""
    lines, survey = BodyLines.of(load_linear_tape(), model.beta_count), load_survey()
    names = known_names(lines, tuple(spec.measures))
    given = metric(names, tuple(spec.measures.values()))
    population = load_population(model, report=within(report, 0.0, 0.3))
    heritage = Heritage(likely_gender(spec, survey, lines, population, names, given), spec.age, spec.ethnicity.shares)
    everyone = distribution(survey, lines, population, heritage)
    refuse_conflicts(everyone, names, given)
    rng = None if spec.seed is None else np.random.default_rng(spec.seed)
    wanted = _wanted(everyone, survey, names, given, rng)
    mean = population.mean(heritage)
    if rng is not None:
        mean = mean + _INDIVIDUAL * population.individual(heritage.gender, rng)
    solution = solve(
        lambda betas: read_body(model, betas.astype(np.float32)),
        lines,
        wanted,
        mean=mean,
        covariance=population.covariance(heritage.gender),
        report=within(report, 0.3, 1.0),
    )
    return Created(solution, heritage, spec.gender is None, names, given, typical(everyone, names, given))


def known_names(lines: BodyLines, names: tuple[str, ...]) -> tuple[str, ...]:
    """The same names. Raises StudioError for one that the tape does not read."""
    for name in names:
        if name not in lines.names:
            raise StudioError(f"A body has no measure '{name}': {did_you_mean(name, lines.names)}")
    return names


def metric(names: tuple[str, ...], values: tuple[float, ...]) -> np.ndarray:
    """Values in cm (the mass in kg) as metres (and kg), shape (K,)."""
    return np.array([value if name == MASS else value / 100 for name, value in zip(names, values, strict=True)])


def typical(everyone: Distribution, names: tuple[str, ...], given: np.ndarray) -> float:
    """Share of people who are less usual in these measures (the chi-squared distribution of the Mahalanobis distance)."""
    from scipy.stats import chi2

    return float(chi2.sf(unusualness(everyone, names, given), len(names)))


def likely_gender(
    spec: PersonSpec, survey: SurveySpec, lines: BodyLines, population: Population, names: tuple[str, ...], given: np.ndarray
) -> float:
    """As asked, else that of the two in which such measures are more frequent."""
    if spec.gender is not None:
        return spec.gender
    surprises = []
    for gender in (0.0, 1.0):
        everyone = distribution(survey, lines, population, Heritage(gender, spec.age, spec.ethnicity.shares))
        at = everyone.at(names)
        seen = everyone.covariance[np.ix_(at, at)] + TAPE_TOLERANCE**2 * np.eye(len(at))
        surprises.append(unusualness(everyone, names, given) + np.linalg.slogdet(seen)[1])
    return float(np.argmin(surprises))


def _wanted(
    everyone: Distribution, survey: SurveySpec, names: tuple[str, ...], given: np.ndarray, rng: np.random.Generator | None
) -> Wanted:
    """The given measures, firmly, and what the survey lets expect of its other dimensions; for an individual, drawn from that."""
    others = tuple(dimension for dimension in survey.dimensions if dimension.name not in names)
    rest = everyone.given(names, given, np.full(len(names), TAPE_TOLERANCE))
    at = rest.at(tuple(dimension.name for dimension in others))
    logs = rest.mean[at]
    if rng is not None and len(at):
        spread = rest.covariance[np.ix_(at, at)]
        lower = np.linalg.cholesky(spread + 1e-9 * np.trace(spread) * np.eye(len(at)))
        logs = logs + _INDIVIDUAL * lower @ rng.normal(size=len(at))
    values = np.exp(logs)
    return Wanted(
        names=(*names, *(dimension.name for dimension in others)),
        values=np.concatenate([given, values]),
        spread=np.concatenate([np.zeros(len(given)), values * [dimension.tolerance for dimension in others]]),
        given=np.arange(len(names) + len(others)) < len(names),
    )
