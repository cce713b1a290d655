"""A twin is believed only where its scan shows a person, and enough of one; otherwise a sentence says what is lacking."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from studio.body.model import BodyParameters
from studio.twin.distances import Distances, scan_distances
from studio.twin.gates import LEAST_COVERAGE, judge
from studio.twin.skin import PARTS


@dataclass(frozen=True)
class Fitted:
    """What the gates read of a fit."""

    parameters: BodyParameters
    offsets: np.ndarray
    scan_offsets: np.ndarray
    mode: str
    parameters_only: Distances
    scan_to_twin: Distances


@pytest.fixture(scope="module")
def person(known_body):
    return known_body("a", seed=8, count=30_000, noise_m=0.001)


@pytest.fixture(scope="module")
def verdict(model, skin, person):
    """Judge the person's true body against those of its points that a mask keeps."""

    def of(mask: np.ndarray, *, points: np.ndarray | None = None, mode: str = "skin", parameters: BodyParameters | None = None):
        shown = person.points[mask] if points is None else points
        near = scan_distances(shown, person.vertices, model.faces)
        fitted = Fitted(parameters or person.parameters, *(np.zeros_like(model.template),) * 2, mode, near, near)
        return judge(model, skin, fitted, shown, person.normals[mask], None)

    return of


def heights(person, places: np.ndarray) -> np.ndarray:
    """How high places lie, 0 at the soles and 1 at the top of the head."""
    return (places[:, 2] - person.vertices[:, 2].min()) / np.ptp(person.vertices[:, 2])


def everything(person) -> np.ndarray:
    return np.ones(len(person.points), bool)


def test_a_whole_scan_passes_and_nothing_is_said(person, verdict):
    found = verdict(everything(person))
    assert found.coverage > 0.97
    assert set(found.parts) == {*PARTS, "front", "back"}
    assert min(found.parts.values()) > 0.9
    assert (found.remarks, found.failures) == ((), ())


def test_a_sparse_scan_shows_as_much_as_a_dense_one(person, verdict):
    sparse = np.zeros(len(person.points), bool)
    sparse[np.random.default_rng(0).permutation(len(person.points))[:5000]] = True
    assert verdict(sparse).coverage > 0.95


def test_coverage_is_the_share_of_the_skin_that_is_there(person, model, skin, verdict):
    """Against a slow count: the area of the outer skin above the waist."""
    found = verdict(heights(person, person.points) > 0.5)
    above = heights(person, person.vertices) > 0.5
    assert abs(found.coverage - skin.area[above].sum() / skin.area.sum()) < 0.03
    assert found.parts["left_foot"] == 0.0
    assert found.parts["head"] > 0.95
    assert found.parts["right_leg"] < 0.25
    assert found.failures == ()
    assert "of the legs and the feet" in found.remarks[0]


def test_one_side_is_named_as_the_front_or_the_back(person, verdict):
    front = person.normals[:, 1] < 0.2
    found = verdict(front)
    assert found.parts["back"] < 0.25 < 0.9 < found.parts["front"]
    assert any("the back" in remark for remark in found.remarks)


def test_points_of_the_other_side_do_not_count_as_shown(person, model, skin, verdict):
    """A sheet of cloth behind a hand is near it, and faces away."""
    found = verdict(everything(person))
    turned = judge(
        model,
        skin,
        Fitted(person.parameters, *(np.zeros_like(model.template),) * 2, "skin", Distances(0, 0, 0, 1), Distances(0, 0, 0, 1)),
        person.points,
        -person.normals,
        None,
    )
    assert turned.coverage < 0.2 < found.coverage


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.8, 1.0, "the legs and the feet"), (0.0, 0.3, "the trunk, the head, the top of the head, the arms and the hands")],
)
def test_less_than_the_least_coverage_fails_with_what_is_lacking(low, high, words, person, verdict):
    height = heights(person, person.points)
    found = verdict((height >= low) & (height <= high))
    assert found.coverage < LEAST_COVERAGE
    assert len(found.failures) == 1
    assert f"{100 * found.coverage:.0f} % of the body" in found.failures[0]
    assert words in found.failures[0]
    assert found.remarks == ()


def test_legs_alone_fail_for_want_of_a_trunk(person, verdict):
    found = verdict(heights(person, person.points) < 0.53)
    assert found.coverage > LEAST_COVERAGE
    assert "of the trunk" in found.failures[0]


def test_a_body_that_does_not_meet_its_scan_fails(person, verdict):
    found = verdict(everything(person), points=person.points + np.array([0.0, 0.25, 0.0]))
    assert "comes within 3 cm" in found.failures[0]


def test_a_shape_that_no_person_has_fails_and_a_rare_one_is_remarked(person, verdict):
    betas = person.parameters.betas.copy()
    betas[2] = 9.0
    monster = verdict(everything(person), parameters=person.parameters.replace(betas=betas))
    assert any("9.0 standard deviations" in failure for failure in monster.failures)
    betas[2] = 4.5
    rare = verdict(everything(person), parameters=person.parameters.replace(betas=betas))
    assert any("4.5 standard deviations" in remark for remark in rare.remarks)


def test_a_stature_that_no_person_has_names_the_unit(person, verdict):
    """The first shape direction is mostly stature: 11 cm for each standard deviation."""
    giant = person.parameters.replace(betas=np.eye(1, len(person.parameters.betas))[0] * 5.9)
    found = verdict(everything(person), parameters=giant)
    assert any("stature would be" in failure and "unit" in failure for failure in found.failures), found.failures


def test_loose_clothes_in_skin_mode_are_remarked(person, model, skin):
    loose = Distances(12.0, 8.0, 40.0, 0.92)
    fitted = Fitted(person.parameters, *(np.zeros_like(model.template),) * 2, "skin", loose, replace(loose, mean=6.0))
    found = judge(model, skin, fitted, person.points, person.normals, None)
    assert any("--mode clothed" in remark for remark in found.remarks)
    clothed = judge(model, skin, replace(fitted, mode="clothed"), person.points, person.normals, None)
    assert not any("--mode clothed" in remark for remark in clothed.remarks)
