"""Crossing triangles: agreement with a slow twin that uses another method, exact counts, invariance."""

from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.intersect import mesh_crossings, mesh_intersections, overlapping_boxes, self_crossings, self_intersections, unique_edges


def segment_hits_triangle(p: np.ndarray, q: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> bool:
    """By solving p + t (q - p) = a + u (b - a) + v (c - a)."""
    matrix = np.stack([q - p, a - b, a - c], axis=1)
    if abs(np.linalg.det(matrix)) < 1e-14:
        return False
    t, u, v = np.linalg.solve(matrix, a - p)
    return 0 < t < 1 and u > 0 and v > 0 and u + v < 1


def triangles_cross(s: np.ndarray, t: np.ndarray) -> bool:
    forth = any(segment_hits_triangle(s[k], s[(k + 1) % 3], *t) for k in range(3))
    return forth or any(segment_hits_triangle(t[k], t[(k + 1) % 3], *s) for k in range(3))


def slow_pairs(vertices: np.ndarray, faces: np.ndarray, other: np.ndarray, other_faces: np.ndarray, same: bool) -> set[tuple[int, int]]:
    pairs = set()
    for i, f in enumerate(faces):
        for j, g in enumerate(other_faces):
            if same and (j <= i or set(f) & set(g)):
                continue
            if triangles_cross(vertices[f], other[g]):
                pairs.add((i, j))
    return pairs


def grid(n: int, size: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A square of n x n vertices in the plane z = 0."""
    x, y = np.meshgrid(np.linspace(0, size, n), np.linspace(0, size, n), indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(n * n)], axis=1)
    i = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    return vertices, np.concatenate([np.stack([i, i + n, i + n + 1], axis=1), np.stack([i, i + n + 1, i + 1], axis=1)])


@pytest.fixture
def rng():
    return np.random.default_rng(20261120)


def test_random_soup_agrees_with_the_slow_twin(rng):
    vertices, faces = rng.random((90, 3)), rng.permutation(90).reshape(-1, 3)
    found = self_intersections(vertices, faces)
    assert {tuple(pair) for pair in found} == slow_pairs(vertices, faces, vertices, faces, same=True)
    assert len(found) > 20


def test_crumpled_sheet_agrees_with_the_slow_twin(rng):
    vertices, faces = grid(9)
    vertices = vertices + 0.12 * rng.standard_normal(vertices.shape)
    expected = slow_pairs(vertices, faces, vertices, faces, same=True)
    assert {tuple(pair) for pair in self_intersections(vertices, faces)} == expected
    assert len(expected) > 20


def test_two_soups_of_very_different_size_agree_with_the_slow_twin(rng):
    small, large = rng.random((60, 3)), 8 * rng.random((15, 3)) - 4
    f, g = rng.permutation(60).reshape(-1, 3), rng.permutation(15).reshape(-1, 3)
    found = {tuple(pair) for pair in mesh_intersections(small, f, large, g)}
    assert found == slow_pairs(small, f, large, g, same=False)
    assert {(j, i) for i, j in found} == {tuple(pair) for pair in mesh_intersections(large, g, small, f)}
    assert found


def test_flat_sheet_does_not_cross_itself():
    assert not len(self_intersections(*grid(20)))


def test_planted_triangle_crosses_exactly_the_triangles_it_passes_through():
    vertices, faces = grid(11)
    spike = np.array([[0.511, 0.52, -0.1], [0.513, 0.52, 0.1], [0.512, 0.5201, 0.1]])  # a needle through one triangle
    found = self_intersections(np.concatenate([vertices, spike]), np.concatenate([faces, [[121, 122, 123]]]))
    assert len(found) == 1
    face = faces[found[0, 0]]
    assert found[0, 1] == len(faces)
    assert (vertices[face].min(axis=0)[:2] <= [0.512, 0.52]).all()
    assert (vertices[face].max(axis=0)[:2] >= [0.512, 0.52]).all()


def test_crossing_point_lies_on_edge_and_triangle(rng):
    vertices, faces = rng.random((300, 3)), rng.permutation(300).reshape(-1, 3)
    found = self_crossings(vertices, faces)
    ends, corners = vertices[found.edges], vertices[faces[found.faces]]
    on_edge = ends[:, 0] + found.along[:, None] * (ends[:, 1] - ends[:, 0])
    in_face = np.einsum("nk,nkd->nd", found.barycentric, corners)
    assert len(found.faces) > 50
    np.testing.assert_allclose(on_edge, in_face, atol=1e-9)
    assert (found.barycentric > 0).all()


def test_rigid_motion_changes_nothing(rng):
    vertices, faces = grid(9)
    vertices = vertices + 0.12 * rng.standard_normal(vertices.shape)
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    np.testing.assert_array_equal(self_intersections(vertices, faces), self_intersections(vertices @ rotation.T + [3, -2, 1], faces))


def test_meshes_apart_do_not_cross():
    vertices, faces = grid(5)
    assert not len(mesh_crossings(vertices, faces, vertices + np.array([0, 0, 0.1]), faces).faces)
    assert not len(mesh_crossings(vertices, faces, vertices + np.array([9, 0, 0]), faces).faces)


def test_box_pairs_are_complete_and_unique(rng):
    low_a, low_b = rng.random((200, 3)), rng.random((150, 3))
    high_a, high_b = low_a + rng.random((200, 3)) ** 4, low_b + 0.05 * rng.random((150, 3))
    i, j = overlapping_boxes(low_a, high_a, low_b, high_b)
    expected = np.argwhere(((low_a[:, None] <= high_b) & (low_b <= high_a[:, None])).all(axis=2))
    assert len(i) == len(expected)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == {tuple(pair) for pair in expected.tolist()}


def test_edges_come_once_and_sorted():
    np.testing.assert_array_equal(unique_edges(np.array([[2, 1, 0], [1, 2, 3]])), [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
