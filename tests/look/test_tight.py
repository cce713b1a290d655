"""What is too tight is named by the measure that it goes round."""

from __future__ import annotations

import numpy as np
import pytest

from studio.look.finish import RenderMesh
from studio.look.tight import tightest
from tests.look.conftest import sheet, tube

LANDMARKS = {"bust": np.array([0, 0, 1.2]), "waist": np.array([0, 0, 1.0]), "hip": np.array([0, 0, 0.8])}


def stretched_at(height: float) -> RenderMesh:
    """A cloth from 0.7 to 1.3 m whose rows within 5 cm of a height are a tenth wider than they are cut."""
    vertices, faces = sheet(71, 31, 0.01)
    flat, x = vertices[:, :2], np.stack([vertices[:, 0], np.zeros(len(vertices)), 0.7 + vertices[:, 1]], axis=1)
    x[:, 0] *= np.where(np.abs(x[:, 2] - height) < 0.05, 1.1, 1.0)
    return RenderMesh(x, faces, flat[faces], np.zeros(len(faces), dtype=int), x)


@pytest.mark.parametrize(("height", "words"), [(1.21, "bust"), (1.0, "waist"), (0.82, "hips")])
def test_the_measure_that_most_of_the_stretched_cloth_is_level_with_is_named(height, words):
    assert tightest(stretched_at(height), tube(20, 60), LANDMARKS, beyond=0.05) == words


def test_nothing_is_named_where_nothing_is_stretched_too_far():
    assert tightest(stretched_at(1.0), tube(20, 60), LANDMARKS, beyond=9.0) == ""
