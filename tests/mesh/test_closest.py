"""Closest points and signed distance: against a slow twin over all triangles, and against shapes with known distances."""

from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.closest import Surface, closest_barycentric

BOX_VERTICES = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
BOX_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)


def box_distance(points: np.ndarray) -> np.ndarray:
    """Signed distance to the unit box, in closed form."""
    beyond = np.abs(points) - 0.5
    return np.linalg.norm(np.maximum(beyond, 0), axis=1) + np.minimum(beyond.max(axis=1), 0)


def slow_closest_on_triangle(p: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Ericson 2005, section 5.1.5, one point and one triangle: the Voronoi regions one after the other."""
    ab, ac, ap = b - a, c - a, p - a
    d1, d2 = ab @ ap, ac @ ap
    if d1 <= 0 and d2 <= 0:
        return a
    d3, d4 = ab @ (p - b), ac @ (p - b)
    if d3 >= 0 and d4 <= d3:
        return b
    vc = d1 * d4 - d3 * d2
    if vc <= 0 and d1 >= 0 and d3 <= 0:
        return a + d1 / (d1 - d3) * ab
    d5, d6 = ab @ (p - c), ac @ (p - c)
    if d6 >= 0 and d5 <= d6:
        return c
    vb = d5 * d2 - d1 * d6
    if vb <= 0 and d2 >= 0 and d6 <= 0:
        return a + d2 / (d2 - d6) * ac
    va = d3 * d6 - d5 * d4
    if va <= 0 and d4 - d3 >= 0 and d5 - d6 >= 0:
        return b + (d4 - d3) / ((d4 - d3) + (d5 - d6)) * (c - b)
    return a + (vb * ab + vc * ac) / (va + vb + vc)


def slow_closest(point: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    candidates = np.array([slow_closest_on_triangle(point, *vertices[face]) for face in faces])
    return candidates[np.linalg.norm(candidates - point, axis=1).argmin()]


def sphere(rings: int, radius: float = 1.0, centre: tuple[float, float, float] = (0, 0, 0)) -> tuple[np.ndarray, np.ndarray]:
    """A sphere of latitude rings, outward, closed at the poles."""
    theta = np.linspace(0, np.pi, rings + 1)[1:-1]
    phi = np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    body = np.stack(
        [np.outer(np.sin(theta), np.cos(phi)), np.outer(np.sin(theta), np.sin(phi)), np.outer(np.cos(theta), np.ones_like(phi))], -1
    )
    vertices = np.concatenate([body.reshape(-1, 3), [[0, 0, 1], [0, 0, -1]]])
    n, faces = len(phi), []
    for i in range(n):
        j = (i + 1) % n
        faces += [[len(vertices) - 2, i, j], [len(vertices) - 1, (rings - 2) * n + j, (rings - 2) * n + i]]
        for row in range(rings - 2):
            a, b, c, d = row * n + i, row * n + j, (row + 1) * n + i, (row + 1) * n + j
            faces += [[a, c, d], [a, d, b]]
    return vertices * radius + np.array(centre), np.array(faces)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_closest_points_agree_with_a_slow_twin_over_all_triangles(rng: np.random.Generator) -> None:
    vertices, faces = rng.normal(size=(30, 3)), np.array([rng.choice(30, size=3, replace=False) for _ in range(60)])
    queries = rng.normal(size=(200, 3)) * 1.5
    found = Surface(vertices, faces).closest(queries)
    truth = np.array([slow_closest(query, vertices, faces) for query in queries])
    np.testing.assert_allclose(found.distances, np.linalg.norm(truth - queries, axis=1), atol=1e-6)
    np.testing.assert_allclose(found.points, truth, atol=1e-6)


def test_one_triangle_answers_like_the_slow_twin_in_all_its_regions(rng: np.random.Generator) -> None:
    corners, queries = rng.normal(size=(500, 3, 3)), 2 * rng.normal(size=(500, 3))
    weights = closest_barycentric(queries, corners)
    truth = np.array([slow_closest_on_triangle(query, *triangle) for query, triangle in zip(queries, corners, strict=True)])
    np.testing.assert_allclose(np.einsum("nk,nkd->nd", weights, corners), truth, atol=1e-9)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_a_triangle_without_area_answers_by_its_edges() -> None:
    line = np.array([[[0.0, 0, 0], [1, 0, 0], [3, 0, 0]]])
    weights = closest_barycentric(np.array([[2.0, 5, 0]]), line)
    np.testing.assert_allclose(np.einsum("nk,nkd->nd", weights, line), [[2, 0, 0]])


def test_the_parts_of_an_answer_fit_together(rng: np.random.Generator) -> None:
    vertices, faces = sphere(12)
    queries = 1.5 * rng.normal(size=(300, 3))
    found = Surface(vertices, faces).closest(queries)
    rebuilt = np.einsum("nk,nkd->nd", found.barycentric, vertices[faces[found.triangles]])
    np.testing.assert_allclose(rebuilt, found.points, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(queries - found.points, axis=1), found.distances, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(found.normals, axis=1), 1, atol=1e-12)
    assert (np.einsum("nd,nd->n", found.normals, found.points) > 0.9).all(), "outward on a sphere"


def test_distances_far_from_the_origin_keep_a_thousandth_of_a_millimetre(rng: np.random.Generator) -> None:
    """float32 alone would have steps of 0.06 mm at 1 km: a georeferenced capture."""
    far = np.array([1000.0, -2000.0, 500.0])
    queries = rng.uniform(-1, 1, size=(400, 3))
    found = Surface(BOX_VERTICES + far, BOX_FACES).closest(queries + far)
    np.testing.assert_allclose(found.distances, np.abs(box_distance(queries)), atol=1e-6)


def test_signed_distance_of_a_box_is_the_closed_form(rng: np.random.Generator) -> None:
    queries = rng.uniform(-1, 1, size=(3000, 3))
    np.testing.assert_allclose(Surface(BOX_VERTICES, BOX_FACES).signed_distance(queries), box_distance(queries), atol=1e-6)


def test_signed_distance_of_a_sphere_is_negative_inside_exactly(rng: np.random.Generator) -> None:
    vertices, faces = sphere(60)
    queries = rng.normal(size=(3000, 3))
    radii = np.linalg.norm(queries, axis=1)
    signed = Surface(vertices, faces).signed_distance(queries)
    np.testing.assert_allclose(signed, radii - 1, atol=2e-3)  # the facets lie 1.4e-3 inside the sphere
    sure = np.abs(radii - 1) > 2e-3
    assert ((signed < 0) == (radii < 1))[sure].all()


def test_a_part_nested_in_another_is_inside() -> None:
    """An eyeball in a head: counting crossings by parity would call its inside the outside."""
    head, head_faces = sphere(20)
    eye, eye_faces = sphere(10, 0.2, (0.5, 0, 0))
    surface = Surface(np.concatenate([head, eye]), np.concatenate([head_faces, eye_faces + len(head)]))
    assert surface.contains(np.array([[0.5, 0.01, 0.02], [0, 0.1, 0], [-0.6, 0, 0]])).all()
    assert not surface.contains(np.array([[1.2, 0, 0], [0, 0, -2.0]])).any()


def test_a_small_hole_does_not_turn_the_inside_out(rng: np.random.Generator) -> None:
    vertices, faces = sphere(30)
    centres = vertices[faces].mean(axis=1)
    kept = faces[centres[:, 2] > -0.97]  # the soles of a scan are open
    queries = rng.normal(size=(500, 3))
    queries *= (rng.uniform(0, 0.8, 500) / np.linalg.norm(queries, axis=1))[:, None]
    assert Surface(vertices, kept).contains(queries).mean() > 0.99


def test_a_ray_meets_the_first_face_or_nothing() -> None:
    surface = Surface(BOX_VERTICES, BOX_FACES)
    distances, triangles = surface.first_hits(np.array([[-3.0, 0.1, 0.2], [-3.0, 5, 0]]), np.array([[2.0, 0, 0], [1.0, 0, 0]]))
    np.testing.assert_allclose(distances, [1.25, np.inf], rtol=1e-6)
    assert triangles[0] in (0, 1)
    assert triangles[1] == -1


def test_no_points_give_an_empty_answer() -> None:
    found = Surface(BOX_VERTICES, BOX_FACES).closest(np.zeros((0, 3)))
    assert found.points.shape == (0, 3)
    assert found.distances.shape == (0,)


@pytest.mark.parametrize(
    ("vertices", "faces"),
    [
        (np.zeros((3, 2)), [[0, 1, 2]]),
        (np.full((3, 3), np.nan), [[0, 1, 2]]),
        (np.zeros((3, 3)), np.zeros((0, 3), int)),
        (np.zeros((3, 3)), [[0, 1, 3]]),
    ],
)
def test_arrays_that_are_no_mesh_are_refused(vertices: np.ndarray, faces: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"needed|name vertices"):
        Surface(vertices, np.array(faces))


def test_queries_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Surface(BOX_VERTICES, BOX_FACES).closest(np.array([[0.0, np.nan, 0]]))
