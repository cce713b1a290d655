"""Age is written into a face: nothing on the young, lines where faces fold, deeper with the years, not the same on both sides."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from studio.shot.ageing import facial_lines, fine_lines, lined
from studio.shot.sitting import own_appearance
from studio.specs.appearance import load_appearance
from studio.specs.person import PersonSpec


def heights(head, skin, age, seed=1):
    return lined(head, skin.rest, age, seed=seed)


def test_the_young_have_no_lines(head, skin):
    assert not heights(head, skin, 22).any()


def test_lines_deepen_with_the_years_and_stay_folds_of_a_face(head, skin):
    folds = [np.minimum(heights(head, skin, age), 0) for age in (35, 50, 65, 80)]
    for earlier, later in pairwise(folds):
        assert (later <= earlier + 1e-4).all()
        assert later.sum() < 1.05 * earlier.sum()
    assert 0.4 < -folds[-1].min() * 1000 < 1.2  # millimetres
    p = head.head_from_rest(skin.rest)[heights(head, skin, 80) != 0]
    assert p[:, 1].max() < head.nose[1] + 0.085  # nothing behind the ears
    assert p[:, 2].min() > head.mouth[2] - 0.04


@pytest.mark.parametrize(("name", "x", "z"), [("forehead", 0.010, 0.042), ("crow's feet", 0.056, 0.0), ("nose to mouth", 0.0285, None)])
def test_lines_lie_where_faces_fold(head, skin, name, x, z):
    p = head.head_from_rest(skin.rest)
    z = head.mouth[2] + 0.012 if z is None else z
    near = (np.hypot(np.abs(p[:, 0]) - x, p[:, 2] - z) < 0.006) & (p[:, 1] < head.nose[1] + 0.085)
    assert heights(head, skin, 75)[near].min() < -0.0002, name


def test_no_face_is_lined_the_same_on_both_sides_or_like_another(head, skin):
    from scipy.spatial import cKDTree

    rest, height = head.head_from_rest(skin.rest), heights(head, skin, 70)
    left = (rest[:, 0] > 0.005) & (height != 0)
    distance, partner = cKDTree(rest).query(rest[left] * [-1, 1, 1])
    same = distance < 5e-4
    assert np.abs(height[left][same] - height[partner[same]]).max() > 1e-4
    assert np.abs(height - heights(head, skin, 70, seed=2)).max() > 1e-4


def test_fine_lines_are_shares_and_spare_the_body(head, skin):
    field = fine_lines(head, skin.rest)
    assert field.min() >= 0
    assert field.max() == 1
    assert field[skin.rest[:, 2] < 0.2].max() < 1e-3


def test_every_line_grows_shallow_to_its_ends(head):
    for line in facial_lines(head):
        assert line.depth_mm < 1
        assert 18 <= line.onset < 60


@pytest.mark.parametrize("given", [None, "amara"])
def test_a_person_looks_as_old_as_asked(given):
    appearance = None if given is None else load_appearance(given)
    person = PersonSpec(measures={"stature": 170}, age=66, appearance=appearance)
    assert person.look(1.0).skin.age == 66
    altered = PersonSpec(measures={"stature": 170}, age=66, altered={"skin": {"age": 40}})
    assert altered.look(1.0).skin.age == 40


@pytest.mark.parametrize(("skin", "age"), [({}, 58.0), ({"age": 35}, 35.0)])
def test_a_twin_made_before_skin_had_an_age_looks_as_old_as_it_is(skin, age):
    twin = SimpleNamespace(facts={"appearance": {"title": "t", "figure": "female", "skin": skin}, "age": 58.0}, ref="twin/old@1")
    assert own_appearance(twin).skin.age == age
