"""What is too tight is named by the measure that it goes round."""

from __future__ import annotations

import numpy as np
import pytest

from studio.look.finish import RenderMesh
from studio.look.tight import tightest
from tests.look.conftest import sheet, tube

LANDMARKS = {"bust": np.array([0, 0, 1.2]), "waist": np.array([0, 0, 1.0]), "hip": np.array([0, 0, 0.8])}


def stretched_at(height: float) -> tuple[RenderMesh, np.ndarray]:
    """A cloth from 0.7 to 1.3 m, and its triangles within 5 cm of a height."""
    vertices, faces = sheet(71, 31, 0.01)
    flat, x = vertices[:, :2], np.stack([vertices[:, 0], np.zeros(len(vertices)), 0.7 + vertices[:, 1]], axis=1)
    over = np.abs(x[faces, 2].mean(axis=1) - height) < 0.05
    return RenderMesh(x, faces, flat[faces], np.zeros(len(faces), dtype=int), x), over


@pytest.mark.parametrize(("height", "words"), [(1.21, "bust"), (1.0, "waist"), (0.82, "hips")])
def test_the_measure_that_most_of_the_stretched_cloth_is_level_with_is_named(height, words):
    mesh, over = stretched_at(height)
    assert tightest(mesh, tube(20, 60), LANDMARKS, over=over) == words


def test_nothing_is_named_where_nothing_is_stretched_too_far():
    mesh, over = stretched_at(1.0)
    assert tightest(mesh, tube(20, 60), LANDMARKS, over=np.zeros_like(over)) == ""
