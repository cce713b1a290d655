"""Axes and units meet in one place, and agree."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from studio import frames


def test_smplx_up_and_facing_become_world_up_and_facing():
    axes = frames.world_from_smplx(np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]))
    assert np.array_equal(axes, [[0, 0, 1], [0, -1, 0], [1, 0, 0]])
    assert np.array_equal(frames.smplx_from_world(axes), [[0, 1, 0], [0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize(("up", "facing"), [pair for pair in itertools.product(frames.AXES, repeat=2) if pair[0][1] != pair[1][1]])
def test_any_axes_become_world_axes_by_a_rotation(up, facing):
    rotation = frames.world_from_axes(up, facing)
    assert np.allclose(rotation @ frames.AXES[up], [0, 0, 1])
    assert np.allclose(rotation @ frames.AXES[facing], [0, -1, 0])
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_smplx_axes_are_up_y_facing_z():
    assert np.array_equal(frames.world_from_axes("+y", "+z"), frames.WORLD_FROM_SMPLX)
