"""The sampled adults that the open body was made of, in its own coordinates: how betas go with gender, age and ancestry.

MakeHuman's phenotypes act on a body by products (an old woman is not a young woman plus the difference of two men), so the mean body of
a phenotype is a regression with those products, and women and men scatter round it each in their own way: what makes a larger chest is
not the same for both. The file is computed on first use and kept beside the built body.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from studio.body.model import BodyModel
from studio.body.open_body import cache_folder, write_body
from studio.body.open_shape import OLD_YEARS, PHENOTYPES, RACES, YOUNG_YEARS
from studio.errors import StudioError
from studio.progress import Report, silent

#: Ages that the sampled bodies have [years]; see ``rigs/open/body.toml``.
AGE_RANGE = (18.0, 75.0)


@dataclass(frozen=True)
class Heritage:
    """What a body is born with and how old it is, as far as the open body knows of it.

    gender: 0 a man to 1 a woman. age_years: 18 to 75. ancestry: Shares of ``RACES`` (african, asian, caucasian), sum 1.
    """

    gender: float
    age_years: float
    ancestry: tuple[float, float, float]

    def features(self) -> np.ndarray:
        """Row of the regression's design matrix."""
        age = np.clip((self.age_years - YOUNG_YEARS) / (OLD_YEARS - YOUNG_YEARS), 0.0, 1.0)
        return _features(np.array([self.gender]), np.array([age]), np.array([self.ancestry]))[0]


@dataclass(frozen=True, eq=False)
class Population:
    """Sampled bodies. betas: shape (N, B), float64, antisymmetric directions zero. phenotypes: columns of PHENOTYPES, (N, 11)."""

    betas: np.ndarray
    phenotypes: np.ndarray

    @cached_property
    def _regression(self) -> np.ndarray:
        design = self._design()
        return np.linalg.lstsq(design, self.betas, rcond=None)[0]

    def _design(self) -> np.ndarray:
        value = dict(zip(PHENOTYPES, self.phenotypes.T, strict=True))
        ancestry = np.stack([value[name] for name in RACES], axis=1)
        return _features(value["gender"], value["age"], ancestry / ancestry.sum(axis=1, keepdims=True))

    @cached_property
    def _deviations(self) -> tuple[np.ndarray, np.ndarray]:
        """How men and how women differ from the average of their own age and ancestry, shapes (N, B), scaled so that their products are
        covariances."""
        design, woman = self._design(), self.phenotypes[:, 0] > 0.5
        residuals, freedom = self.betas - design @ self._regression, design.shape[1] / 2
        man, female = (part / np.sqrt(len(part) - freedom) for part in (residuals[~woman], residuals[woman]))
        return man, female

    def mean(self, heritage: Heritage) -> np.ndarray:
        """Betas of the average body of that heritage, shape (B,)."""
        return heritage.features() @ self._regression

    def covariance(self, gender: float) -> np.ndarray:
        """How bodies of a gender scatter round that average, shape (B, B)."""
        man, woman = self._deviations
        return (1 - gender) * man.T @ man + gender * woman.T @ woman

    def individual(self, gender: float, rng: np.random.Generator) -> np.ndarray:
        """How one person of a gender, drawn at random, differs from the average, shape (B,): normal, with that covariance."""
        man, woman = self._deviations
        return np.sqrt(1 - gender) * rng.normal(size=len(man)) @ man + np.sqrt(gender) * rng.normal(size=len(woman)) @ woman


def _features(gender: np.ndarray, age: np.ndarray, ancestry: np.ndarray) -> np.ndarray:
    """Main effects and those products that MakeHuman's targets are named by, shape (N, 12)."""
    african, asian = ancestry[:, 0], ancestry[:, 1]
    one = np.ones_like(gender)
    columns = (one, gender, age, african, asian, gender * age, gender * african, gender * asian, age * african, age * asian)
    return np.stack([*columns, age**2, gender * age**2], axis=1)


def load_population(model: BodyModel, *, report: Report = silent) -> Population:
    """The population of the open body: from the cache, or sampled now (about half a minute). Raises StudioError for other bodies."""
    if model.surface is None:
        raise StudioError(f"Only the open body knows how bodies go with gender and age, and '{model.name}' was asked for: use 'open'.")
    path = population_path(model)
    if not path.is_file():
        write_body(path, _sampled(model, report))
    with np.load(path, allow_pickle=False) as file:
        return Population(file["betas"].astype(np.float64), file["phenotypes"])


def population_path(model: BodyModel) -> Path:
    """Where the sampled bodies of a build of the open body are kept, or will be."""
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    folder = model.path.parent.parent if model.path is not None else cache_folder() / "bodies" / model.digest[:16]
    return folder / f"population-{model.digest[:8]}-{code}.npz"


def _sampled(model: BodyModel, report: Report) -> dict[str, np.ndarray]:
    """Sample the bodies of the recipe again and express them in the model's shape directions."""
    from studio.body.makehuman import MakeHuman
    from studio.body.open_recipe import load_recipe
    from studio.body.open_rig import finger_tips, marker_joints, reduced_weights, t_pose, t_rotations
    from studio.body.open_shape import sample_bodies

    report("sampling bodies", 0.0)
    source, recipe = MakeHuman.installed(), load_recipe()
    sample = sample_bodies(source, recipe.shape)
    report("posing them into the T-pose", 0.4)
    weights, joints = reduced_weights(source, recipe), marker_joints(source, recipe, sample.vertices)
    rotations = t_rotations(joints, finger_tips(source, sample.vertices), recipe.t_pose)
    kept = model.surface.hm08
    posed = t_pose(sample.vertices[:, kept], joints, weights[kept], rotations).vertices
    report("finding their betas", 0.9)
    scores = project(model, posed)
    # The smallest directions suffer from their storage in half precision: mean 0 and deviation 1 are exact.
    scores = (scores - scores.mean(axis=0)) / scores.std(axis=0, ddof=1) * symmetric_betas(model)
    return {"betas": scores.astype(np.float32), "phenotypes": sample.phenotypes}


def project(model: BodyModel, vertices: np.ndarray) -> np.ndarray:
    """Betas of bodies in the T-pose, shape (N, V, 3): the shape directions are orthogonal, so each is read off alone. Shape (N, B)."""
    directions = model.shape_dirs.reshape(-1, model.beta_count)
    centred = (vertices - model.template).reshape(len(vertices), -1)
    return (centred @ directions).astype(np.float64) / np.square(directions, dtype=np.float64).sum(axis=0)


def symmetric_betas(model: BodyModel) -> np.ndarray:
    """Which shape directions move both sides alike, shape (B,), bool."""
    flip = np.array([-1.0, 1.0, 1.0], dtype=np.float32)[:, None]
    mirrored = model.shape_dirs[model.surface.mirror] * flip
    return (mirrored * model.shape_dirs).sum(axis=(0, 1)) > 0
