"""Normals: against a loop over triangles, and against shapes whose normals are known."""

from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.normals import face_areas, face_normals, vertex_normals


def slow_vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The numpy twin: one triangle at a time."""
    normals = np.zeros_like(vertices)
    for a, b, c in faces:
        normals[[a, b, c]] += np.cross(vertices[b] - vertices[a], vertices[c] - vertices[a])
    lengths = np.linalg.norm(normals, axis=1)
    return np.array([normal / length if length else normal for normal, length in zip(normals, lengths, strict=True)])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_vertex_normals_agree_with_a_loop_over_triangles(rng: np.random.Generator) -> None:
    vertices, faces = rng.normal(size=(40, 3)), rng.integers(0, 38, size=(90, 3))  # vertices 38, 39 are used by none
    normals = vertex_normals(vertices, faces)
    np.testing.assert_allclose(normals, slow_vertex_normals(vertices, faces), atol=1e-12)
    assert (normals[38:] == 0).all()


def test_batched_bodies_have_the_normals_of_each_alone(rng: np.random.Generator) -> None:
    vertices, faces = rng.normal(size=(2, 3, 20, 3)), rng.integers(0, 20, size=(50, 3))
    normals = vertex_normals(vertices, faces)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(normals[index], vertex_normals(vertices[index], faces))
        np.testing.assert_array_equal(face_normals(vertices, faces)[index], face_normals(vertices[index], faces))


def test_normals_follow_a_rotation_and_ignore_scale(rng: np.random.Generator) -> None:
    vertices, faces = rng.normal(size=(30, 3)), rng.integers(0, 30, size=(60, 3))
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    moved = vertex_normals(1000.0 * vertices @ rotation.T + 5.0, faces)
    np.testing.assert_allclose(moved, vertex_normals(vertices, faces) @ rotation.T, atol=1e-9)


def test_a_right_handed_triangle_faces_up_and_has_its_area() -> None:
    vertices, faces = np.array([[0.0, 0, 0], [3, 0, 0], [0, 2, 0]]), np.array([[0, 1, 2]])
    np.testing.assert_array_equal(face_normals(vertices, faces), [[0, 0, 1]])
    np.testing.assert_array_equal(face_areas(vertices, faces), [3.0])


def test_a_triangle_without_area_has_a_zero_normal_and_no_nan() -> None:
    vertices, faces = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]])
    assert (face_normals(vertices, faces) == 0).all()
    assert (vertex_normals(vertices, faces) == 0).all()
