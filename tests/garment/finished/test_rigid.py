"""Shoes and hats in frames of their own: what is measured in them is what they were built with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.finished.hat import lay_out_hat
from studio.garment.finished.shoe import BALL, HEEL, lay_out_shoe
from tests.garment.finished.shapes import LENGTH, RISE, SOLE, WALL, as_mesh, hat, joined, shoe, tube
from tests.garment.refusals import one_sentence


def moved(mesh, *, turn_deg=0.0, shift=(0.0, 0.0, 0.0)):
    a = np.radians(turn_deg)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    return replace(mesh, vertices=mesh.vertices @ turn.T + np.array(shift))


def mirrored(mesh):
    return replace(mesh, vertices=mesh.vertices * [-1, 1, 1]).turned(np.ones(len(mesh.faces), bool))


def test_a_shoe_is_measured_inside():
    found, remarks = lay_out_shoe(shoe(), name="shoe")
    assert found.measured
    assert found.length == pytest.approx(LENGTH, abs=1e-3)
    assert found.inner_length == pytest.approx(LENGTH - 2 * WALL, abs=2e-3)
    assert found.insole == pytest.approx((SOLE + RISE, SOLE), abs=1e-3)
    assert found.slope_rad == pytest.approx(np.arctan2(RISE, (BALL - HEEL) * LENGTH), abs=0.005)
    assert "is a left one" in remarks[0]


@pytest.mark.parametrize("turn_deg", [37.0, 90.0, 180.0, 251.0])
def test_a_shoe_is_the_same_wherever_it_lies_and_a_right_one_is_mirrored(turn_deg):
    plain = lay_out_shoe(shoe(), name="shoe")[0]
    for start, side in ((shoe(), "left"), (mirrored(shoe()), "right")):
        found, remarks = lay_out_shoe(moved(start, turn_deg=turn_deg, shift=(0.4, -0.2, 0.1)), name="shoe")
        assert f"is a {side} one" in remarks[0]
        np.testing.assert_allclose(found.mesh.vertices, plain.mesh.vertices, atol=3e-3)
        assert found.inner_length == pytest.approx(plain.inner_length, abs=1e-3)


def test_of_a_pair_one_shoe_is_kept():
    left = moved(shoe(), shift=(0.1, 0, 0))
    right = moved(mirrored(shoe()), shift=(-0.1, 0, 0))
    pair = joined((left.vertices, left.faces), (right.vertices, right.faces))
    found, remarks = lay_out_shoe(pair, name="shoes")
    assert remarks[0].startswith("It is a pair")
    assert len(found.mesh.faces) == len(left.faces)
    np.testing.assert_allclose(np.ptp(found.mesh.vertices, axis=0), np.ptp(left.vertices, axis=0), atol=3e-3)


def test_a_shoe_that_is_straight_fits_either_foot():
    assert "fits either foot" in lay_out_shoe(shoe(bent=False), name="shoe")[1][0]


def test_a_shell_without_an_inside_gets_a_plain_sole():
    vertices, faces, _ = tube(radius=0.05, height=0.08)
    found, remarks = lay_out_shoe(as_mesh(vertices * [1.0, 2.8, 1.0], faces), name="shell")
    assert not found.measured
    assert found.rise == pytest.approx(0.0, abs=1e-6)
    assert "its inside is not modelled" in remarks[-1]


def test_what_has_no_length_is_no_shoe():
    with pytest.raises(StudioError, match="is not seen as a shoe") as info:
        lay_out_shoe(as_mesh(*tube(radius=0.1, height=0.1)[:2]), name="bucket.obj")
    one_sentence(info)


def test_a_hat_is_measured_inside_and_set_on_its_opening():
    radius, depth = 0.1, 0.12
    found, _ = lay_out_hat(moved(hat(radius=radius, depth=depth), shift=(0.3, 0.1, 1.6)), name="hat")
    assert found.girth == pytest.approx(2 * np.pi * radius, rel=0.01)
    assert found.depth == pytest.approx(depth, abs=0.006)
    assert np.abs(found.mesh.vertices[:, :2].mean(axis=0)).max() < 1e-3
    assert found.scaled(1.1).girth == pytest.approx(1.1 * found.girth)


def test_what_does_not_close_over_a_head_is_no_hat():
    with pytest.raises(StudioError, match="has no crown") as info:
        lay_out_hat(as_mesh(*tube(radius=0.1, height=0.12)[:2]), name="ring.obj")
    one_sentence(info)
