"""Curves: exact lengths, equal spacing, splitting and mirroring."""

import numpy as np
import pytest

from studio.garment.curves import (
    Arc,
    Cubic,
    Line,
    Quadratic,
    mirrored_path,
    path_length,
    points_at,
    reversed_path,
    sample_path,
    split_path,
)

SEGMENTS = [
    Line((0, 0), (3, 4)),
    Quadratic((0, 0), (4, 9), (10, 1)),
    Quadratic((0, 0), (5, 0), (10, 0)),  # straight, uniform
    Quadratic((0, 0), (12, 0), (4, 0)),  # folds back on itself
    Cubic((0, 0), (2, 8), (7, -5), (10, 3)),
    Arc((0, 0), (10, 0), 0.4),
    Arc((0, 0), (10, 0), -1.7),
]


@pytest.mark.parametrize("segment", SEGMENTS)
def test_lengths_agree_with_a_fine_polyline(segment):
    points = segment.at(np.linspace(0, 1, 400_001))
    assert segment.length == pytest.approx(np.linalg.norm(np.diff(points, axis=0), axis=1).sum(), rel=1e-8)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_derivatives_agree_with_differences(segment):
    t = np.array([0.1, 0.35, 0.8])
    slope = (segment.at(t + 1e-6) - segment.at(t - 1e-6)) / 2e-6
    assert np.allclose(segment.derivative(t), slope, atol=1e-5)


def test_a_half_circle_has_length_pi():
    arc = Arc((1, 0), (-1, 0), 1.0)
    assert arc.length == pytest.approx(np.pi, abs=1e-12)
    assert arc.radius == pytest.approx(1)
    assert np.allclose(arc.at(np.array([0.5])), [[0, 1]])  # counter-clockwise: over the top


def test_the_parabola_has_its_closed_length():
    # y = x^2 from 0 to 1, as a Bézier with control (1/2, 0)
    exact = (2 * 5**0.5 + np.arcsinh(2)) / 4
    assert Quadratic((0, 0), (0.5, 0), (1, 1)).length == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("segment", [s for s in SEGMENTS if s != SEGMENTS[3]])
def test_samples_are_equally_spaced_along_the_curve(segment):
    fine = sample_path((segment,), 2000)
    steps = np.linalg.norm(np.diff(fine, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.001
    assert tuple(fine[0]) == segment.start
    assert tuple(fine[-1]) == segment.end


def test_a_chain_is_sampled_across_its_joints():
    chain = (Line((0, 0), (3, 0)), Line((3, 0), (3, 4)))
    assert np.allclose(sample_path(chain, 7), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1], [3, 2], [3, 3], [3, 4]])


@pytest.mark.parametrize("segment", SEGMENTS[:2] + SEGMENTS[4:])
@pytest.mark.parametrize("share", [0.2, 0.77])
def test_splitting_keeps_the_curve(segment, share):
    first, second = split_path((segment,), share * segment.length)
    assert path_length(first) == pytest.approx(share * segment.length, rel=1e-5)
    assert path_length(first) + path_length(second) == pytest.approx(segment.length, rel=1e-9)
    whole = points_at((segment,), np.linspace(0, segment.length, 50))
    again = points_at(first + second, np.linspace(0, segment.length, 50))
    assert np.allclose(whole, again, atol=1e-4)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_mirroring_twice_and_reversing_twice_change_nothing(segment):
    assert mirrored_path(mirrored_path((segment,))) == (segment,)
    assert reversed_path(reversed_path((segment,))) == (segment,)


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_mirrored_curve_is_the_reflection_walked_backwards(segment):
    (mirrored,) = mirrored_path((segment,))
    t = np.linspace(0, 1, 11)
    assert np.allclose(mirrored.at(t), segment.at(1 - t) * [-1, 1])
    assert mirrored.length == pytest.approx(segment.length)
