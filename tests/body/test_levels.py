"""Places along a profile: found where they are plain, usual where nothing shows, and never jumping in between."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.levels import front_depth, prominence, soft_place
from studio.mesh.section import section

PLACES = np.linspace(0.0, 1.0, 201)


def peak(at, height=0.02, width=0.03):
    return height * np.exp(-0.5 * ((PLACES - at) / width) ** 2)


@pytest.mark.parametrize("at", [0.3, 0.5, 0.71])
def test_a_plain_feature_is_found_where_it_is(at):
    assert soft_place(PLACES, peak(at), scale=0.002, usual=0.5, spread=0.2) == pytest.approx(at, abs=0.01)


def test_where_nothing_shows_the_place_is_the_usual_one():
    assert soft_place(PLACES, np.zeros_like(PLACES), scale=0.002, usual=0.4, spread=0.05) == pytest.approx(0.4, abs=1e-3)


def test_between_two_equal_features_the_place_does_not_jump():
    """Where an argmax moves by 0.4 at once, each hundredth of a scale moves the place by less than a hundredth of that."""
    places = [soft_place(PLACES, peak(0.3) + (1 + tip) * peak(0.7), scale=0.002) for tip in np.linspace(-0.1, 0.1, 101)]
    assert np.abs(np.diff(places)).max() < 0.004
    assert places[0] < 0.5 < places[-1]


def test_places_without_a_merit_do_not_count():
    merit = peak(0.5)
    merit[PLACES > 0.4] = np.nan
    assert soft_place(PLACES, merit, scale=0.001) < 0.4


def test_a_slope_is_no_prominence_and_a_step_of_a_parabola_is_its_bend():
    step = PLACES[1] - PLACES[0]
    inner = slice(20, -20)
    np.testing.assert_allclose(prominence(3 * PLACES + 1, step, 0.1)[inner], 0, atol=1e-12)
    np.testing.assert_allclose(prominence(-(PLACES**2), step, 0.1)[inner], 0.01, rtol=1e-6)
    assert np.isnan(prominence(PLACES, step, 0.1)[:20]).all()


def test_the_front_of_a_ball_is_its_circle():
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=5)
    loops = section(ball.vertices, ball.faces, origin=[0, 0, 0], normal=[0, 0, 1])
    columns = np.array([-0.6, 0.0, 0.8, 1.2])
    np.testing.assert_allclose(front_depth(loops, columns), [-0.8, -1.0, -0.6, np.nan], atol=2e-3)
