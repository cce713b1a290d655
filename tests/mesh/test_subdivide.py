from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.subdivide import refine, refine_corners

CUBE = np.array([[x, y, z] for x in (-1.0, 1) for y in (-1.0, 1) for z in (-1.0, 1)])
SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def grid(n):
    index = np.arange((n + 1) ** 2).reshape(n + 1, n + 1)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    x, y = np.meshgrid(np.linspace(0, 1, n + 1), np.linspace(0, 1, n + 1), indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1), quads


def test_the_corners_of_a_cube_go_where_catmull_and_clark_say():
    fine = refine(SIDES, 8, 1)
    np.testing.assert_allclose(fine(CUBE)[:8], CUBE * 5 / 9, atol=1e-12)  # (F + 2 R) / 3 with F = 1/3, R = 2/3
    assert len(fine.quads) == 24
    assert fine.fine_from_coarse.shape == (26, 8)


def test_subdivision_follows_any_affine_motion(rng):
    vertices, quads = grid(3)
    vertices = vertices + rng.normal(0, 0.05, vertices.shape)
    fine = refine(quads, len(vertices), 2)
    matrix, offset = rng.normal(size=(3, 3)), rng.normal(size=3)
    np.testing.assert_allclose(fine(vertices @ matrix.T + offset), fine(vertices) @ matrix.T + offset, atol=1e-12)
    np.testing.assert_allclose(np.asarray(fine.fine_from_coarse.sum(axis=1)).ravel(), 1.0, atol=1e-12)


def test_the_rim_of_an_open_mesh_depends_on_the_rim_only(rng):
    vertices, quads = grid(4)
    inner = (np.abs(vertices[:, :2] - 0.5) < 0.45).all(axis=1)
    moved = vertices + inner[:, None] * rng.normal(0, 0.1, vertices.shape)
    fine = refine(quads, len(vertices), 2)
    flat, bumpy = fine(vertices), fine(moved)
    rim = (np.abs(flat[:, :2] - 0.5) > 0.5 - 1e-9).any(axis=1)
    assert rim.sum() > 40
    np.testing.assert_allclose(bumpy[rim], flat[rim], atol=1e-12)


def test_quads_stay_consistently_oriented():
    vertices, quads = grid(3)
    fine = refine(quads, len(vertices), 2)
    corners = fine(vertices)[fine.quads]
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    first = np.cross(*(vertices[quads[0]][[2, 3]] - vertices[quads[0]][[0, 1]]))
    assert (normals @ first > 0).all()


def test_corner_values_stay_on_the_corners_they_belong_to(rng):
    vertices, quads = grid(3)
    fine = refine(quads, len(vertices), 2)
    linear = refine_corners(vertices[quads], 2)  # bilinear positions
    inside = (np.abs(vertices[quads].mean(axis=1)[:, :2] - 0.5) < 0.2).all(axis=1)[fine.parents]
    np.testing.assert_allclose(linear[inside], fine(vertices)[fine.quads][inside], atol=1e-12)  # a flat even grid is its own limit
    assert fine.parents.max() == len(quads) - 1
    assert inside.any()
