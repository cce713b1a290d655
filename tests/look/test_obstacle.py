"""Distances to bodies, to bodies that overlap themselves, and to cloth that is worn."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from studio.look.creases import fill_creases
from studio.look.field import distance_field
from studio.look.obstacle import Layered, OuterBody, WornCloth
from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals
from tests.look.conftest import capsule, joined, sheet


@pytest.fixture(scope="module")
def overlapping() -> tuple[np.ndarray, np.ndarray]:
    """Two spheres of radius 0.1 whose centres are 0.15 apart."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    vertices, faces = np.asarray(ball.vertices), np.asarray(ball.faces, dtype=np.int64)
    return joined((vertices + np.array([-0.075, 0, 0]), faces), (vertices + np.array([0.075, 0, 0]), faces))


def union_distance(points: np.ndarray) -> np.ndarray:
    """Signed distance to the two spheres outside and near the surface: exact where the closest point is not in the seam."""
    return np.minimum(np.linalg.norm(points + np.array([0.075, 0, 0]), axis=1), np.linalg.norm(points - [0.075, 0, 0], axis=1)) - 0.1


def test_skin_that_is_buried_in_another_limb_is_no_surface(overlapping):
    points = np.random.default_rng(1).uniform([-0.2, -0.12, -0.12], [0.2, 0.12, 0.12], (4000, 3))
    distance = OuterBody(*overlapping).signed_distance(points)
    expected = union_distance(points)
    outside = expected > 0.001
    np.testing.assert_allclose(distance[outside], expected[outside], atol=3e-4)
    assert (distance[expected < -0.001] < 0).all()  # not one point in the lens between the spheres looks outside
    lens = (np.linalg.norm(points + np.array([0.075, 0, 0]), axis=1) < 0.095) & (np.linalg.norm(points - [0.075, 0, 0], axis=1) < 0.095)
    assert lens.sum() > 20
    seam = np.hypot(np.linalg.norm(points[lens][:, 1:], axis=1) - np.sqrt(0.1**2 - 0.075**2), points[lens][:, 0])
    np.testing.assert_allclose(-distance[lens], seam, atol=0.0075)  # the way out of the lens is its seam, to an edge length


def test_way_out_leads_out(overlapping):
    points = np.random.default_rng(2).uniform([-0.17, -0.1, -0.1], [0.17, 0.1, 0.1], (2000, 3))
    shallow = np.abs(union_distance(points)) < 0.01  # as deep as cloth gets
    points = points[shallow & (np.abs(points[:, 0]) > 0.02)]  # at the seam faces go under, and lead out to an edge length only
    body = OuterBody(*overlapping)
    distance, direction = body.closest(points)
    moved = body.signed_distance(points + (0.001 - distance)[:, None] * direction)
    np.testing.assert_allclose(np.linalg.norm(direction, axis=1), 1, atol=1e-9)
    assert np.quantile(moved, 0.01) > 0.0005


def test_field_agrees_with_the_exact_distance(overlapping):
    body = OuterBody(*overlapping)
    field = distance_field(body, low=np.array([-0.22, -0.14, -0.14]), high=np.array([0.22, 0.14, 0.14]))
    direction = np.random.default_rng(3).standard_normal((3000, 3))
    shell = direction / np.linalg.norm(direction, axis=1, keepdims=True) * np.random.default_rng(4).uniform(0.095, 0.11, (3000, 1))
    points = shell + np.array([0.075, 0, 0])
    points = points[np.linalg.norm(points + np.array([0.075, 0, 0]), axis=1) > 0.112]
    np.testing.assert_allclose(field.closest(points)[0], body.signed_distance(points), atol=4e-4)


def test_field_pushes_out_by_what_is_missing_and_leaves_the_rest(overlapping):
    body = OuterBody(*overlapping)
    field = distance_field(body, low=np.array([-0.22, -0.14, -0.14]), high=np.array([0.22, 0.14, 0.14]))
    points = np.random.default_rng(5).uniform([-0.2, -0.12, -0.12], [0.2, 0.12, 0.12], (3000, 3))
    near = points[np.abs(union_distance(points)) < 0.008]
    pushed = field.push_out(near, 0.004, rounds=4)
    assert np.quantile(body.signed_distance(pushed), 0.005) > 0.0035
    far = field.closest(near)[0] >= 0.004
    np.testing.assert_array_equal(pushed[far], near[far])


def test_worn_cloth_has_a_side_and_ends_at_its_hem():
    vertices, faces = sheet(21, 21, 0.01)
    worn = WornCloth(vertices, faces)
    x, y = vertices[:, 0].mean(), vertices[:, 1].mean()
    points = np.array([[x, y, 0.02], [x, y, -0.03], [x, y, 0.0], [x, -0.04, 0.03], [x, -0.04, -0.001], [x, -0.04, -0.03]])
    distance, direction = worn.closest(points)
    np.testing.assert_allclose(distance[:5], [0.02, -0.03, 0.0, 0.05, np.hypot(0.04, 0.001)], atol=1e-7)
    np.testing.assert_allclose(direction[:3], np.tile([0, 0, 1], (3, 1)), atol=1e-6)
    np.testing.assert_allclose(direction[3], [0, -0.8, 0.6], atol=1e-6)  # away from the hem
    assert np.isinf(distance[5])


def test_layers_answer_with_the_one_that_is_violated_most():
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.05)
    body = OuterBody(np.asarray(ball.vertices), np.asarray(ball.faces))
    vertices, faces = sheet(31, 31, 0.01)
    over = WornCloth(vertices - [vertices[:, 0].mean(), vertices[:, 1].mean(), -0.06], faces)
    points = np.array([[0, 0, 0.055], [0, 0, -0.06]])
    distance, direction = Layered([body, over], [0.0, 0.0]).closest(points)
    np.testing.assert_allclose(distance[0], -0.005, atol=1e-4)
    np.testing.assert_allclose(direction[0], [0, 0, 1], atol=1e-3)
    np.testing.assert_allclose(Layered([body, over], [0.0, 0.01]).closest(points)[0][0], -0.015, atol=1e-4)


def test_crease_is_filled_until_the_ball_fits_and_nothing_else_moves():
    first, second = capsule(0.05, 0.3), capsule(0.05, 0.3)
    lean = np.radians(8)
    turn = np.array([[np.cos(lean), 0, np.sin(lean)], [0, 1, 0], [-np.sin(lean), 0, np.cos(lean)]])
    arm = (second[0] + [0, 0, -0.2]) @ turn.T  # hangs off the trunk like an arm, closer at the top
    vertices, faces = joined(first, (arm + np.array([0.105, 0, 0.2]), second[1]))
    filled = fill_creases(vertices, faces, where=np.ones(len(vertices), dtype=bool), ball_m=0.008)
    moved = np.linalg.norm(filled - vertices, axis=1)
    assert (moved > 0.001).sum() > 20
    body = OuterBody(vertices, faces)
    exposed = np.isin(np.arange(len(vertices)), body.faces) & ~Surface(vertices, faces).contains(
        vertices + 0.0005 * vertex_normals(vertices, faces)
    )
    assert body.signed_distance(filled[exposed]).min() > -2e-4  # skin moves outward only
    back = vertices[:, 0] < -0.01  # the trunk's far side is no crease
    np.testing.assert_array_equal(filled[back], vertices[back])
    # A ball at the surface of the filled crease has room: its lifted skin lies on the ball's envelope.
    lifted = (moved > 0.003) & exposed
    direction = (filled - vertices)[lifted] / moved[lifted, None]
    assert np.quantile(body.signed_distance(filled[lifted] + 0.008 * direction), 0.1) > 0.0075


def test_crease_outside_the_mask_stays():
    first, second = capsule(0.05, 0.3), capsule(0.05, 0.3, (0.102, 0, 0))
    vertices, faces = joined(first, second)
    where = vertices[:, 2] > 0
    filled = fill_creases(vertices, faces, where=where)
    np.testing.assert_array_equal(filled[~where], vertices[~where])
    assert (np.linalg.norm(filled - vertices, axis=1)[where] > 0.001).any()
