from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot.gobo import gobo_mesh
from studio.specs.light import Gobo

AIM, POSITION = np.array([0.0, 0.0, 1.0]), np.array([0.0, -4.0, 1.0])


def covered(gobo, points):
    """Which points (N, 2) of the sheet's plane, across and up, are opaque."""
    vertices, quads = gobo_mesh(gobo, AIM, POSITION)
    flat = np.stack([vertices[:, 0] * -1, vertices[:, 2] - 1.0], axis=1)[quads]
    edge = np.roll(flat, -1, axis=1) - flat
    hit = np.zeros(len(points), dtype=bool)
    for k, point in enumerate(points):
        toward = point - flat
        cross = edge[..., 0] * toward[..., 1] - edge[..., 1] * toward[..., 0]
        hit[k] = ((cross >= 0).all(axis=1) | (cross <= 0).all(axis=1)).any()
    return hit


@pytest.mark.parametrize("density", [0.3, 0.6])
def test_leaves_cover_the_share_that_was_asked(density):
    gobo = Gobo(kind="leaves", size_cm=(200, 200), bar_cm=9, density=density, distance_m=2.0, seed=4)
    points = np.random.default_rng(0).uniform(-0.85, 0.85, (1200, 2))
    assert covered(gobo, points).mean() == pytest.approx(density, abs=0.06)


def test_blinds_are_slats_and_gaps_of_equal_height():
    gobo = Gobo(kind="blinds", size_cm=(100, 120), panes=(1, 12), distance_m=2.0)
    z = np.linspace(-0.55, 0.55, 400)
    assert covered(gobo, np.stack([np.zeros_like(z), z], axis=1)).mean() == pytest.approx(0.5, abs=0.06)


def test_a_gobo_stands_across_the_axis_at_its_distance():
    vertices, _ = gobo_mesh(Gobo(size_cm=(100, 100), distance_m=1.5), AIM, POSITION)
    np.testing.assert_allclose(vertices[:, 1], -1.5, atol=1e-12)


def test_what_cannot_be_made_is_said_with_its_numbers():
    with pytest.raises(StudioError, match="40 panes with bars of 4 cm do not fit into a window of 100 cm"):
        gobo_mesh(Gobo(size_cm=(100, 100), panes=(40, 1), distance_m=1.5), AIM, POSITION)
    with pytest.raises(StudioError, match="make bar_cm, the length of a leaf, larger"):
        gobo_mesh(Gobo(kind="leaves", size_cm=(2000, 2000), bar_cm=1, distance_m=1.5), AIM, POSITION)
