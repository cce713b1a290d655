"""Whether a scan shows a scalp or hair, which decides where a head ends and how tall its owner is."""

from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.normals import face_areas, face_normals
from studio.twin.measure import measures_of_shape
from studio.twin.offsets import plate_of, solve_offsets
from studio.twin.scalp import scalp_is_bare
from studio.twin.target import prepare_target

#: Width of the lumps that no skull of the model has, and of locks of hair [m].
_LUMP_M, _LOCK_M = 0.05, 0.02


def lumps(places: np.ndarray, centres: np.ndarray, width: float, rng: np.random.Generator) -> np.ndarray:
    """A smooth random field over places (V, 3) of about unit size, shape (V,)."""
    bumps = np.exp(-np.square(places[:, None] - centres).sum(axis=2) / (2 * width**2))
    return bumps @ rng.normal(0, 1, len(centres))


@pytest.fixture(scope="module")
def heads(body, skin, model):
    """Scans of one person's head and shoulders: ``heads(hair_m=..., noise_m=..., skull=...)`` gives the target and the true body."""
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(5)
    true = body.start()
    true.betas[:] = rng.normal(0, 0.7, len(true.betas))
    state = body.evaluate(true)
    scalp, outer = skin.is_part("scalp"), skin.outer
    hairline = cKDTree(state.vertices[outer & ~scalp]).query(state.vertices)[0]
    locks = lumps(state.vertices, state.vertices[rng.choice(np.flatnonzero(scalp & outer), 25)], _LOCK_M, rng)
    skull = 0.001 * lumps(state.vertices, state.vertices[rng.choice(np.flatnonzero(outer), 120)], _LUMP_M, rng)

    def make(*, hair_m: float = 0.0, noise_m: float = 0.001, scalped: bool = False):
        hair = hair_m * np.clip(hairline / 0.01, 0, 1) * scalp * (1 + 0.3 * locks)
        points = state.vertices + (skull + hair)[:, None] * state.normals
        near = skin.is_part("head", "trunk") | (scalp & (not scalped))
        faces = skin.faces[near[skin.faces].all(axis=1)]
        draw = np.random.default_rng(7)
        areas = face_areas(points, faces)
        triangle = draw.choice(len(faces), 40_000, p=areas / areas.sum())
        weights = draw.dirichlet((1, 1, 1), len(triangle))
        scan = np.einsum("nc,ncd->nd", weights, points[faces[triangle]]) + draw.normal(0, noise_m, (len(triangle), 3))
        return prepare_target(scan, face_normals(points, faces)[triangle], None, draw)

    start = body.start()
    start.betas[:] = true.betas + rng.normal(0, 0.2, len(true.betas))
    return make, start


@pytest.mark.parametrize(
    ("scan", "bare"),
    [
        ({}, True),
        ({"noise_m": 0.003}, True),
        ({"hair_m": 0.012}, False),
        ({"hair_m": 0.012, "noise_m": 0.003}, False),
        ({"hair_m": 0.03}, False),
        ({"scalped": True}, False),
    ],
    ids=["a scalp", "a noisy scalp", "short hair", "noisy short hair", "long hair", "no scalp in the scan"],
)
def test_a_scalp_is_told_from_hair(body, heads, scan, bare):
    make, start = heads
    assert scalp_is_bare(body, make(**scan), start, np.random.default_rng(0)) is bare


def test_a_bare_skull_is_followed_however_high_it_is(body, skin):
    """What is hair above 3 mm otherwise belongs to the person where no hair is seen."""
    state = body.evaluate(body.start())
    scalp = skin.is_part("scalp") & skin.outer
    head = skin.is_part("scalp", "head", "trunk") & skin.outer
    points = state.vertices + np.where(scalp, 0.008, 0.0)[:, None] * state.normals
    rng = np.random.default_rng(1)
    target = prepare_target(points[head], state.normals[head], None, rng)
    _, offsets, _ = solve_offsets(body, target, state, plate_of(body), np.ones(body.vertex_count), rng, bare=True)
    assert 0.0075 < np.median(np.einsum("vd,vd->v", offsets, state.normals)[scalp]) < 0.0085


def test_hair_is_not_added_to_the_stature_and_a_high_skull_is(model, skin, known_body):
    """Two scans of one person: with 2 cm of hair, and bald with a crown 6 mm higher than any skull of the model.

    Under hair the face alone tells how high the skull is: of four such people this is the one whose face tells least.
    """
    from studio.specs.fit import FitSpec
    from studio.twin.fit import fit_body

    person = known_body("a", seed=11, count=40_000, noise_m=0.001, betas=60, spread=1.0)
    true = measures_of_shape(model, person.parameters, np.zeros_like(model.template))["stature"].value_m
    crown = person.vertices[skin.is_part("scalp")][:, 2].max()
    found = {}
    for name, grown in {"hair": _hair(person, skin), "bald": _crown(person, crown)}.items():
        fit = fit_body(model, person.points + grown[:, None] * person.normals, person.normals, spec=FitSpec())
        found[name] = measures_of_shape(model, fit.parameters, fit.offsets)["stature"].value_m - true
    assert abs(found["hair"]) < 0.014
    assert abs(found["bald"] - 0.006) < 0.003


def _hair(person, skin) -> np.ndarray:
    """How far hair stands off at every scan point [m], shape (N,)."""
    from scipy.spatial import cKDTree

    outer = np.flatnonzero(skin.outer)
    _distance, nearest = cKDTree(person.vertices[outer]).query(person.points)
    skin_only = cKDTree(person.vertices[skin.outer & ~skin.is_part("scalp")])
    hairline = skin_only.query(person.points)[0]
    return 0.02 * np.clip(hairline / 0.01, 0, 1) * skin.is_part("scalp")[outer[nearest]]


def _crown(person, crown: float) -> np.ndarray:
    """A dome over the crown [m] at every scan point, shape (N,)."""
    return 0.006 * np.exp(-(((person.points[:, 2] - crown) / 0.08) ** 2)) * (person.normals[:, 2] > 0)
