from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.normals import face_areas
from studio.twin.correspond import body_to_scan, scan_to_body
from studio.twin.skin import PARTS
from studio.twin.target import ScanTarget, prepare_target
from studio.twin.unknowns import SurfacePoints


def test_skin_is_what_a_scanner_sees(model, skin):
    surface = model.surface
    assert not (skin.outer & ~surface.is_part("skin")).any()
    assert skin.outer[surface.is_part("skin")].mean() > 0.85
    assert not skin.outer[surface.regions["inside_mouth"] > 0.99].all()
    disagree = skin.outer != skin.outer[surface.mirror]
    assert disagree.mean() < 0.001
    assert 1.4 < skin.area.sum() < 2.2  # m2 of an adult


def test_parts_of_the_skin_are_where_they_belong(model, skin):
    middle = {name: model.template[skin.is_part(name) & skin.outer].mean(axis=0) for name in PARTS}
    assert middle["scalp"][1] > middle["head"][1] > middle["trunk"][1] > middle["left_leg"][1] > middle["left_foot"][1]
    assert middle["left_hand"][0] > middle["left_arm"][0] > 0.2 > -0.2 > middle["right_arm"][0] > middle["right_hand"][0]


def test_nearest_point_is_on_the_sheet_that_faces_the_same_way():
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 30), np.linspace(0, 1, 30)), axis=-1).reshape(-1, 2)
    front, back = np.insert(grid, 2, 0.005, axis=1), np.insert(grid, 2, -0.005, axis=1)
    up = np.tile([0.0, 0.0, 1.0], (len(grid), 1))
    target = ScanTarget(np.concatenate([front, back]), np.concatenate([up, -up]), np.ones(2 * len(grid)), 0.03, 0.0)
    queries = np.insert(grid[::7], 2, -0.003, axis=1)  # nearer to the back
    found = target.nearest(queries, up[: len(queries)], turn_m=0.02)
    assert (target.points[found][:, 2] > 0).all()


def test_mesh_counts_by_its_surface_and_not_by_its_vertices():
    """A square of one large and many small triangles gives points of even density."""
    side = np.linspace(0.5, 1.0, 25)
    small = np.insert(np.stack(np.meshgrid(side, np.linspace(0, 1, 50)), axis=-1).reshape(-1, 2), 2, 0.0, axis=1)
    cells = np.arange(49)[:, None] * 25 + np.arange(24)
    fine = np.concatenate([np.stack([cells, cells + 1, cells + 26], axis=-1), np.stack([cells, cells + 26, cells + 25], axis=-1)])
    large = np.array([[0.0, 0, 0], [0.5, 0, 0], [0.5, 1, 0], [0, 1, 0]])
    points = np.concatenate([small, large])
    faces = np.concatenate([fine.reshape(-1, 3), np.array([[0, 1, 2], [0, 2, 3]]) + len(small)])
    target = prepare_target(points, np.tile([0.0, 0, 1], (len(points), 1)), faces, np.random.default_rng(0))
    assert abs((target.points[:, 0] < 0.5).mean() - 0.5) < 0.01
    assert abs(target.area.sum() - 1.0) < 0.15


def test_noise_is_measured():
    rng = np.random.default_rng(1)
    points = np.insert(rng.random((20_000, 2)), 2, 0.0, axis=1)
    points[:, 2] = rng.normal(0, 0.002, len(points))
    target = prepare_target(points, np.tile([0.0, 0, 1], (len(points), 1)), None, rng)
    assert 0.0017 < target.noise_m < 0.0025


def test_pairs_on_the_body_itself_are_at_no_distance_and_fully_trusted(body, skin):
    state = body.evaluate(body.start())
    rng = np.random.default_rng(2)
    target = prepare_target(state.vertices[skin.outer], state.normals[skin.outer], None, rng)
    vertices = skin.sample(500, rng)
    there = body_to_scan(state, target, SurfacePoints.at_vertices(vertices), np.ones(500), reach_m=0.02, turn_m=0.02)
    assert np.median(np.abs(there.gap)) < 1e-6
    assert np.median(there.weights) > 0.99
    back = scan_to_body(
        state,
        skin,
        target,
        np.arange(0, len(target.points), 25),
        np.ones(490)[: len(np.arange(0, len(target.points), 25))],
        reach_m=0.02,
        turn_m=0.02,
    )
    assert np.abs(back.gap).max() < 1e-4


def test_far_pairs_and_pairs_that_face_away_lose_their_weight(body, skin):
    state = body.evaluate(body.start())
    rng = np.random.default_rng(3)
    outside = prepare_target(state.vertices[skin.outer] + 0.04 * state.normals[skin.outer], state.normals[skin.outer], None, rng)
    inverted = prepare_target(state.vertices[skin.outer], -state.normals[skin.outer], None, rng)
    vertices = skin.sample(500, rng)
    far = body_to_scan(state, outside, SurfacePoints.at_vertices(vertices), np.ones(500), reach_m=0.02, turn_m=0.02)
    assert np.median(far.weights) < 0.1
    assert np.median(far.gap) > 0.02
    away = body_to_scan(state, inverted, SurfacePoints.at_vertices(vertices), np.ones(500), reach_m=0.02, turn_m=0.02)
    assert np.median(away.weights) == 0


def test_what_went_through_other_skin_is_pulled_straight_out_and_the_rest_is_left_alone(body):
    """A wall at the height of the navel that faces up: vertices up to 5 cm below it are inside, those above are not."""
    from studio.twin.correspond import Obstacle

    state = body.evaluate(body.start())
    level = float(np.median(state.vertices[:, 1]))
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 400), np.linspace(-0.5, 0.5, 200), indexing="ij"), axis=-1).reshape(-1, 2)
    wall = np.stack([grid[:, 0], np.full(len(grid), level), grid[:, 1]], axis=1)
    movers = np.flatnonzero(body.skin.outer)
    pairs = Obstacle(wall, np.tile([0.0, 1.0, 0.0], (len(wall), 1)), movers).pushed_out(state, np.ones(len(movers)))
    depth = level - state.vertices[movers, 1]
    sure = movers[(depth > 0.003) & (depth < 0.045)]
    assert set(sure) <= set(pairs.points.corners[:, 0])
    assert not set(movers[(depth < 0.001) | (depth > 0.055)]) & set(pairs.points.corners[:, 0])
    np.testing.assert_allclose(pairs.targets[:, 1], level, atol=1e-9)
    np.testing.assert_allclose(pairs.targets[:, [0, 2]], state.vertices[pairs.points.corners[:, 0]][:, [0, 2]], atol=1e-9)


def test_means_over_points_all_over_triangles_are_those_of_integrals_of_quadratics():
    """Against a Monte Carlo mean."""
    rng = np.random.default_rng(0)
    vertices, faces = rng.normal(size=(6, 3)), np.array([[0, 1, 2], [2, 3, 4], [4, 5, 0]])
    areas = face_areas(vertices, faces)
    points, share = SurfacePoints.all_over(faces, areas)
    assert share.sum() == pytest.approx(areas.sum())
    x, y, z = points.of(vertices).T
    drawn = np.repeat(np.arange(3), 200_000)
    u, v, w = np.einsum("nc,ncd->nd", rng.dirichlet((1, 1, 1), len(drawn)), vertices[faces[drawn]]).T
    density = areas[drawn] / 200_000
    assert share @ (x * y - z**2 + x) == pytest.approx(density @ (u * v - w**2 + u), abs=0.02)


def test_points_all_over_a_prism_lie_inside_its_cylinder_as_much_as_the_prism_does():
    angle = np.radians(np.arange(0, 360, 15))
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    vertices = np.concatenate([np.insert(ring, 2, height, axis=1) for height in (0.0, 0.3)])
    a, b = np.arange(24), (np.arange(24) + 1) % 24
    faces = np.concatenate([np.stack([a, b, a + 24], 1), np.stack([b, b + 24, a + 24], 1)])
    points, share = SurfacePoints.all_over(faces, face_areas(vertices, faces))
    radius = np.linalg.norm(points.of(vertices)[:, :2], axis=1)
    across = np.linspace(-1, 1, 20_001) * np.tan(np.radians(7.5))
    exact = np.cos(np.radians(7.5)) * np.sqrt(1 + across**2).mean()
    assert (share @ radius) / share.sum() == pytest.approx(exact, abs=1e-4)
    assert radius[: len(vertices)].min() == pytest.approx(1)
    assert exact < 0.995
