"""Twins from measurements have the measures, are natural, and refuse what no adult has."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.population import AGE_RANGE, Heritage, load_population, project, symmetric_betas
from studio.errors import StudioError
from studio.specs.anthropometry import load_linear_tape, load_survey
from studio.specs.person import Ancestry, PersonSpec
from studio.twin.create.conflict import refuse_conflicts
from studio.twin.create.person import create_person, likely_gender
from studio.twin.create.solve import Wanted, solve
from studio.twin.create.statistics import BodyLines, Distribution, distribution, surveyed
from studio.twin.create.tape import Reading, read_body

MIXED = (1 / 3, 1 / 3, 1 / 3)


@pytest.fixture(scope="session")
def population(model):
    return load_population(model)


@pytest.fixture(scope="session")
def lines(model):
    return BodyLines.of(load_linear_tape(), model.beta_count)


@pytest.fixture(scope="session")
def women(lines, population):
    return distribution(load_survey(), lines, population, Heritage(1.0, 30.0, MIXED))


@pytest.fixture(scope="module")
def clara(model):
    """A woman of given measures, her body's name for every test that only looks."""
    return create_person(model, PersonSpec(measures={"stature": 172, "bust_girth": 90, "waist_girth": 72, "hip_girth": 98}, gender=1.0))


def test_the_tape_reads_what_was_given_on_the_made_body(model, clara):
    again = read_body(model, clara.solution.betas.astype(np.float32))
    assert np.abs(again.of(clara.names) - clara.given).max() < 0.001


def test_what_was_not_given_is_as_the_survey_expects_it_beside_what_was(women, clara):
    expected = women.given(clara.names, clara.given, np.full(len(clara.given), 0.005))
    for name, share in (("inside_leg", 0.02), ("thigh_girth", 0.03), ("calf_girth", 0.03), ("neck_girth", 0.03), ("head_girth", 0.03)):
        assert clara.solution.reading[name] == pytest.approx(expected.expected((name,))[0], rel=share), name


def test_the_average_body_is_the_same_on_both_sides(model, clara):
    assert not clara.solution.betas[~symmetric_betas(model)].any()


def test_the_same_person_is_made_twice_and_a_seed_makes_another(model, clara):
    spec = PersonSpec(measures={"stature": 172, "bust_girth": 90, "waist_girth": 72, "hip_girth": 98}, gender=1.0)
    assert np.array_equal(create_person(model, spec).solution.betas, clara.solution.betas)
    other = create_person(model, spec.model_copy(update={"seed": 5}))
    assert np.abs(other.solution.reading.of(clara.names) - clara.given).max() < 0.002
    face = (model.surface.regions["face"] > 0.5) & model.surface.outer
    moved = model.shape_dirs[face].astype(float) @ (other.solution.betas - clara.solution.betas)
    assert np.linalg.norm(moved - moved.mean(axis=0), axis=1).mean() > 0.001


# -- the dials ---------------------------------------------------------------------------------------------------------------------------


def test_the_gender_dial_is_monotone(model, population):
    """Bust over underbust rises and shoulders over hips fall from man to woman; the middle lies between."""
    readings = [read_body(model, population.mean(Heritage(gender, 30.0, MIXED)).astype(np.float32)) for gender in (0.0, 0.5, 1.0)]
    cup = [reading["bust_girth"] - reading["underbust_girth"] for reading in readings]
    shoulders = [reading["shoulder_width"] / reading["hip_girth"] for reading in readings]
    assert cup[0] < cup[1] < cup[2]
    assert shoulders[0] > shoulders[1] > shoulders[2]


def test_age_and_ancestry_move_the_average_and_the_sampled_bodies_lie_round_it(population):
    average = population.mean(Heritage(1.0, 30.0, MIXED))
    for other in (Heritage(1.0, 70.0, MIXED), Heritage(1.0, 30.0, (1.0, 0.0, 0.0)), Heritage(1.0, 30.0, (0.0, 1.0, 0.0))):
        assert np.linalg.norm(population.mean(other) - average) > 1.0
    draws = np.stack([population.individual(1.0, np.random.default_rng(seed)) for seed in range(400)])
    variance = np.diag(population.covariance(1.0))
    large = variance > 0.3
    assert np.allclose(draws.var(axis=0)[large] / variance[large], 1.0, atol=0.45)
    assert AGE_RANGE == (18.0, 75.0)


def test_projecting_a_body_on_the_shape_directions_gives_its_betas(model):
    betas = np.random.default_rng(3).normal(0, 1, model.beta_count)
    body = model.template + model.shape_dirs @ betas.astype(np.float32)
    assert np.abs(project(model, body[None])[0] - betas)[:100].max() < 0.02


# -- statistics, against plain arithmetic -------------------------------------------------------------------------------------------------


def test_conditioning_agrees_with_regression_on_samples():
    """Oracle: draw many, keep those near the given value, average the rest."""
    rng = np.random.default_rng(0)
    covariance = np.array([[0.04, 0.03, 0.0], [0.03, 0.09, 0.02], [0.0, 0.02, 0.01]])
    people = Distribution(("a", "b", "c"), np.zeros(3), covariance)
    draws = rng.multivariate_normal(np.zeros(3), covariance, 400_000)
    near = draws[np.abs(draws[:, 1] - 0.4) < 0.01]
    known = people.given(("b",), np.exp([0.4]), np.array([1e-6]))
    assert np.allclose(known.mean, near.mean(axis=0), atol=0.01)
    assert np.allclose(np.diag(known.covariance)[[0, 2]], near[:, [0, 2]].var(axis=0), rtol=0.05)


def test_the_dial_at_its_ends_is_the_surveys_women_and_men():
    survey = load_survey()
    for gender, sample in ((0.0, survey.men), (1.0, survey.women)):
        people = surveyed(survey, Heritage(gender, sample.mean[0], MIXED))
        assert np.allclose(np.exp(people.mean), sample.mean[1:])
    assert surveyed(survey, Heritage(1.0, 75.0, MIXED)).mean == pytest.approx(surveyed(survey, Heritage(1.0, 58.0, MIXED)).mean)


def test_every_measure_of_the_tape_has_a_line_and_a_share_in_the_distribution(model, women, lines, clara):
    assert set(lines.names) <= set(clara.solution.reading.names)
    assert sorted(women.names) == sorted(lines.names)
    assert np.linalg.eigvalsh(women.covariance).min() > -1e-9


def test_the_lines_follow_the_real_tape(population, lines, clara):
    """Stature and lengths, which are nearly linear, within a centimetre of the tape."""
    for name in ("stature", "inside_leg", "knee_height", "sleeve_length", "armpit_height"):
        k = lines.names.index(name)
        assert lines.value[k] + lines.per_beta[k] @ clara.solution.betas == pytest.approx(clara.solution.reading[name], abs=0.01), name


@pytest.mark.parametrize(("wrong", "excess"), [(1.0, 1.001), (1.3, 1.05)], ids=["true lines", "lines 30 % too steep"])
def test_the_search_finds_the_nearest_solution_of_a_linear_tape(wrong, excess):
    """Oracle: the minimum of a quadratic under linear constraints, by its KKT system; distances by the prior."""
    rng = np.random.default_rng(1)
    slopes, root = rng.normal(size=(3, 8)) * 0.01, rng.normal(size=(8, 8))
    covariance, mean, value = root @ root.T, rng.normal(size=8), np.array([1.7, 0.9, 0.7])
    wanted = Wanted(("a", "b", "c"), np.array([1.75, 0.92, 0.74]), np.zeros(3), np.ones(3, dtype=bool))
    lines = BodyLines(wanted.names, value, np.full(3, 1e-3), slopes * wrong)
    found = solve(lambda betas: Reading(wanted.names, value + slopes @ betas), lines, wanted, mean=mean, covariance=covariance)
    exact = covariance @ slopes.T @ np.linalg.solve(slopes @ covariance @ slopes.T, wanted.values - value - slopes @ mean)
    far, least = (np.sqrt(step @ np.linalg.solve(covariance, step)) for step in (found.betas - mean, exact))
    assert np.abs(found.reading.values - wanted.values).max() < 0.001
    assert 0.98 * least < far < excess * least


# -- refusals ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measures", "parts"),
    [
        (
            {"stature": 1.5, "inside_leg": 1.0},
            ("inside_leg 100 cm does not go with stature 150 cm", "for that stature", "change one of them"),
        ),
        ({"bust_girth": 0.8, "waist_girth": 1.2, "stature": 1.7}, ("waist_girth 120 cm does not go with bust_girth 80 cm",)),
        ({"hip_girth": 0.9, "thigh_girth": 0.95}, ("thigh_girth 95 cm does not go with hip_girth 90 cm",)),
        ({"stature": 3.0}, ("stature 300 cm is no measure of an adult", "it lies between")),
        ({"mass": 400.0, "stature": 1.7}, ("mass 400 kg is no measure of an adult", "kg")),
    ],
)
def test_a_conflict_is_named_with_the_range_that_goes(women, measures, parts):
    with pytest.raises(StudioError) as error:
        refuse_conflicts(women, tuple(measures), np.array(list(measures.values())))
    assert all(part in str(error.value) for part in parts), error.value


def test_the_range_that_a_refusal_names_is_accepted(women):
    with pytest.raises(StudioError, match="lies between") as error:
        refuse_conflicts(women, ("stature", "inside_leg"), np.array([1.5, 1.0]))
    low, high = (float(word) / 100 for word in str(error.value).split("between ")[1].split(" cm")[0].split(" and "))
    for leg in (low, high):
        refuse_conflicts(women, ("stature", "inside_leg"), np.array([1.5, leg]))
    with pytest.raises(StudioError):
        refuse_conflicts(women, ("stature", "inside_leg"), np.array([1.5, high + 0.011]))


@pytest.mark.parametrize(
    "measures",
    [
        {"stature": 1.78, "bust_girth": 0.82, "waist_girth": 0.60, "hip_girth": 0.89},
        {"stature": 1.65, "bust_girth": 1.25, "waist_girth": 1.15, "hip_girth": 1.30},
        {"stature": 1.50, "mass": 40.0},
        {"stature": 1.85, "mass": 110.0},
    ],
    ids=["runway", "plus size", "small and light", "tall and heavy"],
)
def test_unusual_people_are_not_refused(women, measures):
    refuse_conflicts(women, tuple(measures), np.array(list(measures.values())))


def test_bodies_out_of_reach_are_named_with_the_nearest():
    """A tape that cannot rise above 1.8 m, whatever the betas."""
    wanted = Wanted(("stature",), np.array([1.9]), np.zeros(1), np.ones(1, dtype=bool))
    lines = BodyLines(("stature",), np.array([1.7]), np.array([0.01]), np.array([[0.1]]))

    def read(betas: np.ndarray) -> Reading:
        return Reading(("stature",), np.array([min(1.7 + 0.1 * betas[0], 1.8)]))

    with pytest.raises(StudioError, match=r"No body has stature 190 cm.*the nearest has stature 180 cm"):
        solve(read, lines, wanted, mean=np.zeros(1), covariance=np.eye(1))


def test_unknown_measures_and_other_bodies_are_refused(model):
    from dataclasses import replace

    with pytest.raises(StudioError, match="did you mean 'bust_girth'"):
        create_person(model, PersonSpec(measures={"bust_grith": 90}))
    with pytest.raises(StudioError, match="Only the open body knows"):
        load_population(replace(model, surface=None))


@pytest.mark.parametrize(
    ("measures", "gender"),
    [({"stature": 1.62, "hip_girth": 1.02, "waist_girth": 0.76}, 1.0), ({"stature": 1.84, "neck_girth": 0.41}, 0.0)],
    ids=["wide hips", "a thick neck"],
)
def test_measures_suggest_the_gender(population, lines, measures, gender):
    names, values = tuple(measures), np.array(list(measures.values()))
    spec = PersonSpec(measures={name: 100 * value for name, value in measures.items()}, ethnicity=Ancestry(asian=1))
    assert likely_gender(spec, load_survey(), lines, population, names, values) == gender
