"""Sampling adult bodies from MakeHuman's CC0 targets: phenotype targets blended as MakeHuman does, local changes on top.

A phenotype target is named after the extremes it belongs to (``universal-female-old-maxmuscle-minweight``) and weighs in
with the product of the body's shares in them; shares interpolate linearly between neighbouring extremes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.makehuman import VERTICES, MakeHuman
from studio.body.open_recipe import ShapeRecipe

#: Folders of the phenotype targets, and the words by which a target of a folder is told from others.
_MACRO_PARTS = (("macrodetails", None), ("macrodetails/height", None), ("macrodetails/proportions", None), ("breast", "firmness"))
RACES = ("african", "asian", "caucasian")
PHENOTYPES = ("gender", "age", "muscle", "weight", "height", "proportions", "cupsize", "firmness", *RACES)
#: Ages of MakeHuman's targets "young" and "old" (its documentation: 25 and 90 years).
YOUNG_YEARS, OLD_YEARS = 25.0, 90.0
#: Mean density of a body with half-filled lungs [kg/m3] (Krzywicki and Chinn, 1967, give 0.98 to 1.0 with air in the lungs).
BODY_DENSITY = 985.0
#: MakeHuman's phenotype 'weight' runs from 0 to 1, which ends at a BMI of 22 to 34, depending on 'muscle'. Its targets are continued
#: straight on for heavier bodies, up to where they still look natural.
WEIGHT_RANGE = (-0.1, 1.6)
HEIGHT_RANGE = (-0.15, 1.0)  # 0 is 1.22 to 1.36 m at usual weights, more for the heaviest: small heavy people lie a little below
WEIGHTS_TRIED = (0.0, 0.7, 1.4)
_THREE = {"muscle": "muscle", "weight": "weight", "cupsize": "cup", "firmness": "firmness"}


@dataclass(frozen=True)
class ShapeSample:
    """Sampled bodies in the rest pose of MakeHuman.

    vertices: [m], shape (N, 19158, 3), float32. phenotypes: columns of PHENOTYPES, shape (N, 11); gender 0 male to 1 female.
    """

    vertices: np.ndarray
    phenotypes: np.ndarray


class PhenotypeTargets:
    """The adult phenotype targets: their names' words and their offsets."""

    def __init__(self, source: MakeHuman) -> None:
        names, offsets = [], []
        for part, word in _MACRO_PARTS:
            for name in source.macro_targets(part):
                words = name.split("-")
                if {"baby", "child"} & set(words) or (word and not any(word in each for each in words)):
                    continue
                names.append(tuple(each for each in words if each != "universal"))
                offsets.append(source.target(*part.split("/"), name))
        self.words = names
        self.offsets = np.stack(offsets).reshape(len(offsets), -1)

    def coefficients(self, phenotypes: np.ndarray) -> np.ndarray:
        """Weight of every target for phenotypes of shape (N, 11): shape (N, targets)."""
        value = dict(zip(PHENOTYPES, phenotypes.T, strict=True))
        share = {"female": value["gender"], "male": 1 - value["gender"], "old": value["age"], "young": 1 - value["age"]}
        share |= {"maxheight": value["height"], "minheight": 1 - value["height"]}
        share |= {"uncommonproportions": value["proportions"], "idealproportions": 1 - value["proportions"]}
        for name, suffix in _THREE.items():
            x = value[name]
            share |= {f"min{suffix}": np.maximum(1 - 2 * x, 0), f"average{suffix}": 1 - np.abs(2 * x - 1)}
            share[f"max{suffix}"] = np.maximum(2 * x - 1, 0)
        race = np.stack([value[name] for name in RACES])
        share |= dict(zip(RACES, race / race.sum(axis=0), strict=True))
        return np.stack([np.prod([share[word] for word in words], axis=0) for words in self.words], axis=1)


def sample_phenotypes(recipe: ShapeRecipe, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Phenotypes of ``recipe.bodies`` adults, shape (N, 11), with height and weight open, and the (stature [m], BMI) each shall have.

    Both sexes in equal numbers, one body in ten between them; the rest spread over their whole range.
    """
    n = recipe.bodies
    female = np.arange(n) % 2 == 0
    gender = np.where(rng.random(n) < 0.1, rng.random(n), np.clip(np.where(female, 1.0, 0.0) + rng.normal(0, 0.06, n), 0, 1))
    years = rng.uniform(*recipe.age_range, n)
    age = np.clip((years - YOUNG_YEARS) / (OLD_YEARS - YOUNG_YEARS), 0, 1)
    woman = gender[:, None] > 0.5
    mean, sd = np.where(woman, recipe.female_stature_m, recipe.male_stature_m).T
    stature = np.clip(rng.normal(mean, sd), *recipe.stature_range_m)
    median, log_sd = np.where(woman, recipe.female_bmi, recipe.male_bmi).T
    bmi = np.clip(median * np.exp(rng.normal(0, log_sd)), *recipe.bmi_range)
    open_ = np.full(n, 0.5)
    muscle = rng.beta(1.6, 2.2, n) * np.clip(1 - 0.035 * (bmi - 24), 0.25, 1)  # 'weight' adds little to muscular bodies
    columns = [gender, age, muscle, open_, open_, rng.beta(1.5, 1.5, n), rng.beta(1.5, 1.5, n), rng.beta(2.0, 2.0, n)]
    return np.stack([*columns, *rng.dirichlet([0.7] * 3, n).T], axis=1), stature, bmi


def local_offsets(source: MakeHuman, recipe: ShapeRecipe, rng: np.random.Generator) -> np.ndarray:
    """Offsets [m] of random local changes, shape (N, 19158 * 3), float32. Left and right differ by ``asymmetry_sd`` only."""
    from scipy.sparse import csr_matrix

    n, shared, amounts, offsets = recipe.bodies, {}, [], []
    for part, negative, positive in source.local_changes:
        name = positive[2:] if positive[:2] in ("l-", "r-") else positive
        if part == "genitals" or name in recipe.left_out:
            continue
        if name not in shared:
            shared[name] = rng.normal(0, recipe.local_sd, n) * (rng.random(n) < recipe.local_share)
        amount = shared[name] + (rng.normal(0, recipe.asymmetry_sd, n) if name != positive else 0.0)
        amount = np.clip(amount, -1, 1).astype(np.float32)
        amounts += [np.maximum(amount, 0), np.maximum(-amount, 0)]
        offsets += [csr_matrix(source.target(*part.split("/"), target).reshape(1, -1)) for target in (positive, negative)]
    return _sparse_product(np.stack(amounts, axis=1), offsets)


def _sparse_product(amounts: np.ndarray, offsets: list) -> np.ndarray:
    """Amounts (N, T) times sparse targets, each (1, D): dense (N, D), float32. A target moves a tenth of the body or less."""
    from scipy.sparse import vstack

    return np.ascontiguousarray((vstack(offsets).T.tocsr() @ np.ascontiguousarray(amounts.T)).T)


def sample_bodies(source: MakeHuman, recipe: ShapeRecipe) -> ShapeSample:
    """Sample bodies in MakeHuman's rest pose. 'weight' and 'height' are solved for, so that each has its stature exactly
    and its BMI as nearly as its muscles allow."""
    rng = np.random.default_rng(recipe.seed)
    targets = PhenotypeTargets(source)
    phenotypes, stature, bmi = sample_phenotypes(recipe, rng)
    vertices = local_offsets(source, recipe, rng)
    vertices += source.vertices.reshape(-1).astype(np.float32)
    skin = len(source.vertex_groups["body"])  # the skin is the first vertices of hm08
    offsets, own = targets.offsets[:, : 3 * skin], vertices[:, : 3 * skin]

    def bodies(name: str, value: float) -> np.ndarray:
        phenotypes[:, PHENOTYPES.index(name)] = value
        return (own + targets.coefficients(phenotypes).astype(np.float32) @ offsets).reshape(len(own), -1, 3)

    quads, _ = source.quads("body")
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    phenotypes[:, PHENOTYPES.index("height")] = 0.36  # gives the mean stature: volume is read at nearly the right size
    masses = [_bmi(bodies("weight", weight), faces, stature) for weight in WEIGHTS_TRIED]
    phenotypes[:, PHENOTYPES.index("weight")] = np.clip(_solve_quadratic(WEIGHTS_TRIED, masses, bmi), *WEIGHT_RANGE)
    low, high = (np.ptp(bodies("height", height)[..., 1], axis=1) for height in (0.0, 0.5))  # stature is linear in 'height'
    phenotypes[:, PHENOTYPES.index("height")] = np.clip(0.5 * (stature - low) / (high - low), *HEIGHT_RANGE)
    vertices += targets.coefficients(phenotypes).astype(np.float32) @ targets.offsets
    return ShapeSample(vertices.reshape(len(vertices), VERTICES, 3), phenotypes)


def _bmi(bodies: np.ndarray, faces: np.ndarray, stature: np.ndarray) -> np.ndarray:
    """Body mass index [kg/m2] of bodies (N, V, 3) once they are scaled to a stature [m], shape (N,)."""
    volumes = np.array([_volume(body, faces) for body in bodies])
    scale = stature / np.ptp(bodies[..., 1], axis=1)
    return BODY_DENSITY * volumes * scale**3 / stature**2


def _volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Volume inside a closed mesh [m3], by the flux of x through it (divergence theorem)."""
    x, y, z = (vertices[:, axis][faces.T] for axis in range(3))
    area = (y[1] - y[0]) * (z[2] - z[0]) - (y[2] - y[0]) * (z[1] - z[0])
    return float((area * x.sum(axis=0)).sum(dtype=np.float64) / 6)


def _solve_quadratic(at: tuple[float, float, float], values: list[np.ndarray], wanted: np.ndarray) -> np.ndarray:
    """Where the parabolas through three values each, rising, have the wanted value, shape (N,)."""
    a, b, c = (np.linalg.inv(np.vander(at, 3)) @ np.stack(values)).reshape(3, -1)
    root = np.sqrt(np.maximum(b**2 - 4 * a * (c - wanted), 0.0))
    return 2 * (wanted - c) / (b + root)  # the rising branch, stable where the parabola is nearly straight
