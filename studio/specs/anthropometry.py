"""What ``rigs/anthropometry/*.toml`` holds: how a people's body measures are distributed, and how the open body's follow its betas."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from studio import library
from studio.specs.base import Spec, load_spec

Positive = Annotated[float, Field(gt=0)]


class Dimension(Spec):
    """One measure of a survey.

    name: The tape's name of it. source: What the survey calls it, or how it is got from what the survey has. definition: How the survey's
    way of measuring differs from the tape's. tolerance: What the two may differ by on one body, for that reason: a share of the value.
    """

    name: str
    source: str
    definition: str
    tolerance: Annotated[float, Field(gt=0, le=0.2)]


class Sample(Spec):
    """One gender's distribution: a normal one of age [years] and of the natural logarithms of the measures (metres; mass in kg).

    subjects: How many people. mean: Age, then geometric means in the order of the dimensions. sd: Of the age, then of the logarithms.
    correlation: The rows of the matrix below its diagonal: row k holds its k first entries.
    """

    subjects: int = Field(ge=100)
    mean: tuple[Positive, ...]
    sd: tuple[Positive, ...]
    correlation: tuple[tuple[Annotated[float, Field(gt=-1, lt=1)], ...], ...]

    @property
    def covariance(self) -> np.ndarray:
        """Of age and logarithms, shape (1 + D, 1 + D)."""
        matrix = np.eye(len(self.mean))
        for k, row in enumerate(self.correlation):
            matrix[k, :k] = matrix[:k, k] = row
        return matrix * np.outer(self.sd, self.sd)


class SurveySpec(Spec):
    """A survey of adults: dimensions, and what its women and its men measure. ages: Between which it has people [years]."""

    title: str
    source: str
    ages: tuple[float, float]
    dimensions: tuple[Dimension, ...]
    women: Sample
    men: Sample

    @model_validator(mode="after")
    def _complete(self) -> SurveySpec:
        size = 1 + len(self.dimensions)
        for name, sample in (("women", self.women), ("men", self.men)):
            rows = [len(row) for row in sample.correlation]
            if len(sample.mean) != size or len(sample.sd) != size or rows != list(range(size)):
                raise ValueError(f"{name} must have {size} means and deviations and a triangle of correlations: age, then each dimension")
            if np.linalg.eigvalsh(sample.covariance).min() <= 0:
                raise ValueError(f"the correlations of {name} contradict each other: their matrix is not positive definite")
        return self


class Gradient(Spec):
    """A number of the body as a linear function of its betas.

    value: Of the mean body [m, or kg]. residual: Standard deviation round the line. per_beta: Change per unit of each beta, first ones.
    """

    value: Positive
    residual: Positive
    per_beta: tuple[float, ...]


class LinearTapeSpec(Spec):
    """The tape on the open body, linearised. betas: Which ones, rising; every gradient has one entry for each."""

    title: str
    source: str
    betas: tuple[Annotated[int, Field(ge=0, lt=300)], ...]
    gradients: dict[str, Gradient]

    @model_validator(mode="after")
    def _complete(self) -> LinearTapeSpec:
        for name, gradient in self.gradients.items():
            if len(gradient.per_beta) != len(self.betas):
                raise ValueError(f"'{name}' has {len(gradient.per_beta)} entries per beta, and {len(self.betas)} betas are listed")
        return self


@cache
def load_survey(name: str = "ansur2") -> SurveySpec:
    """An authored survey."""
    return load_spec(SurveySpec, library.find(name, "rigs", "anthropometry", what="survey"))


@cache
def load_linear_tape() -> LinearTapeSpec:
    """The linearised tape of the open body."""
    return load_spec(LinearTapeSpec, library.find("open-body", "rigs", "anthropometry", what="linear tape"))
