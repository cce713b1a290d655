"""Colour maps are even, ordered, and readable without red and green."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from studio.page import colourmap
from studio.page.colourmap import UNKNOWN, diverging, round_limit, sequential, srgb_from_lab

#: Linear sRGB as a protanope and a deuteranope see it: Viénot, Brettel and Mollon, "Digital video colourmaps for checking the legibility
#: of displays by dichromats", Color Research & Application 24 (1999), in the simplified form for sRGB.
PROTAN = np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]])
DEUTAN = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])


def linear(srgb: np.ndarray) -> np.ndarray:
    value = srgb.astype(float) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIELAB of linear sRGB, written the other way round from the code under test."""
    xyz = light @ np.array([[0.4124564, 0.2126729, 0.0193339], [0.3575761, 0.7151522, 0.1191920], [0.1804375, 0.0721750, 0.9503041]])
    t = xyz / [0.95047, 1.0, 1.08883]
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def test_lab_and_srgb_are_inverse():
    colours = np.random.default_rng(0).uniform(0, 1, (200, 3))
    np.testing.assert_allclose(srgb_from_lab(lab(linear(255 * colours))), colours, atol=1e-4)


@pytest.mark.parametrize("colours", [sequential(10), diverging(10)], ids=["sequential", "diverging"])
def test_equal_steps_of_a_value_are_equal_steps_of_colour(colours):
    count = 1 + (len(colours.table) - 1) // 15  # every fifteenth colour of the table, so that rounding to 8 bits is small beside a step
    path = lab(linear(colours(np.linspace(colours.low, colours.high, count))))
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    half = len(steps) // 2
    for part in (steps[:half], steps[half:]):
        assert np.ptp(part) < 0.15 * part.mean()


def test_lightness_falls_with_size_on_both_sides_also_for_colour_blind_eyes():
    values = np.linspace(0, 5, 26)
    for seen in (np.eye(3), PROTAN, DEUTAN):
        up, down = (lab(np.clip(linear(diverging(5)(sign * values)) @ seen.T, 0, 1))[:, 0] for sign in (1, -1))
        assert (np.diff(up) < 0).all()
        assert (np.diff(down) < 0).all()
        assert up[0] - up[-1] > 50


def test_more_and_less_are_told_apart_by_colour_blind_eyes():
    for seen in (PROTAN, DEUTAN):
        for size in (1.0, 2.5, 5.0):
            less, more = (lab(np.clip(linear(diverging(5)(np.array(sign * size))) @ seen.T, 0, 1)) for sign in (-1, 1))
            assert np.linalg.norm(less[1:] - more[1:]) > 20, size  # by their hue, not by their lightness


def test_beyond_an_end_is_the_end_and_unknown_is_none_of_them():
    colours = diverging(2)
    np.testing.assert_array_equal(colours(np.array([-9.0, -np.inf])), np.tile(colours.table[0], (2, 1)))
    np.testing.assert_array_equal(colours(np.array([9.0, np.inf])), np.tile(colours.table[-1], (2, 1)))
    assert tuple(colours(np.array(np.nan))) == UNKNOWN
    nearest = np.abs(np.concatenate([colours.table, sequential(1).table]).astype(int) - UNKNOWN).max(axis=1).min()
    assert nearest > 20
    np.testing.assert_array_equal(colours(np.array(0.0)), sequential(2)(np.array(0.0)))


def test_scales_end_at_round_numbers():
    assert doctest.testmod(colourmap).failed == 0
    for value in np.geomspace(1e-3, 1e3, 50):
        assert value <= round_limit(value) * (1 + 1e-9) < 2.6 * value
    assert round_limit(0.0) == 1.0
