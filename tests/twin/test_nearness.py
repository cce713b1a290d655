"""Distances between scan and twin: signs, parts and holes that are known because they were made."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.model import BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.normals import face_areas, vertex_normals
from studio.twin.nearness import BODY_PARTS, nearness, signed_distance
from studio.twin.skin import PARTS


@pytest.fixture(scope="module")
def standing(model, skin):
    """A body in the A-pose, and points on its skin with their normals, world frame."""
    parameters = apply_pose(model, BodyParameters.zero(model), load_pose("a"))
    vertices = world_from_smplx(forward(model, parameters).vertices.astype(np.float64))
    normals = vertex_normals(vertices, model.faces)
    rng = np.random.default_rng(5)
    areas = face_areas(vertices, skin.faces)
    triangle = rng.choice(len(skin.faces), 30_000, p=areas / areas.sum())
    weights = rng.dirichlet((1, 1, 1), 30_000)
    corners = skin.faces[triangle]
    points = np.einsum("nk,nkd->nd", weights, vertices[corners])
    facing = np.einsum("nk,nkd->nd", weights, normals[corners])
    return vertices, points, facing / np.linalg.norm(facing, axis=1, keepdims=True)


def compared(standing, model, skin, points, normals, *, faces=None, mode="skin"):
    return nearness(points, normals, faces, vertices=standing[0], model_faces=model.faces, skin=skin, mode=mode)


def test_the_side_of_the_skin_is_the_one_that_counting_crossings_gives(standing, skin):
    vertices, points, normals = standing
    surface = Surface(vertices, skin.faces)
    rng = np.random.default_rng(1)
    queries = points[:3000] + rng.uniform(-0.01, 0.01, (3000, 1)) * normals[:3000]
    signed, triangle = signed_distance(surface, queries)
    truth = surface.contains(queries)
    clear = np.abs(signed) > 1e-4
    assert ((signed < 0) == truth)[clear].mean() > 0.995  # the skin alone is open at the eyes
    assert triangle.max() < len(skin.faces)


def test_a_scan_that_stands_off_by_2_mm_is_2_mm_outside_in_every_part(standing, model, skin):
    _, points, normals = standing
    near = compared(standing, model, skin, points + 0.002 * normals, normals)
    assert near.mean_mm == pytest.approx(2.0, abs=0.1)
    assert near.explained == 1.0
    assert near.shown > 0.98
    assert [row.part for row in near.parts] == list(BODY_PARTS)
    assert sum(row.share for row in near.parts) == pytest.approx(1.0)
    for row in near.parts:
        assert row.outside_mm == pytest.approx(2.0, abs=0.15), row.part
    assert np.nanmedian(near.to_scan_mm) == pytest.approx(2.0, abs=0.3)
    within = compared(standing, model, skin, points - 0.002 * normals, normals)
    assert np.median(within.to_twin_mm) == pytest.approx(-2.0, abs=0.05)


def test_what_the_scan_does_not_show_is_told_by_part(standing, model, skin):
    vertices, points, normals = standing
    hand = vertices[skin.is_part("right_hand")]
    low, high = hand.min(axis=0) - 0.01, hand.max(axis=0) + 0.01
    kept = ~((points > low) & (points < high)).all(axis=1)
    near = compared(standing, model, skin, points[kept], normals[kept])
    shown = {row.part: row.shown for row in near.parts}
    assert shown["right hand"] < 0.1
    assert min(shown[part] for part in ("left hand", "head", "trunk", "left leg")) > 0.95
    unseen = np.isnan(near.to_scan_mm) & skin.outer
    assert (skin.part[unseen] == PARTS.index("right_hand")).mean() > 0.8


def test_the_front_of_a_hand_does_not_show_its_back(standing, model, skin):
    vertices, points, normals = standing
    in_front = normals[:, 1] < 0  # a camera in front of the subject
    near = compared(standing, model, skin, points[in_front], normals[in_front])
    facing = vertex_normals(vertices, model.faces)[:, 1]
    seen = np.isfinite(near.to_scan_mm)
    assert seen[skin.outer & (facing < -0.3)].mean() > 0.97
    assert seen[skin.outer & (facing > 0.6)].mean() < 0.05
    assert 0.45 < near.shown < 0.65  # half of it, and what turns away by less than 45 degrees next to it


def test_a_coarse_mesh_shows_what_lies_between_its_vertices(standing, model, skin):
    vertices, *_ = standing
    normals = vertex_normals(vertices, model.faces)
    near = compared(standing, model, skin, vertices, normals, faces=model.faces)
    assert near.mean_mm < 1e-3
    assert near.shown > 0.99


def test_under_clothes_the_body_is_shown_by_cloth_and_the_head_is_not(standing, model, skin):
    _, points, normals = standing
    near = compared(standing, model, skin, points + 0.06 * normals, normals, mode="clothed")
    shown = {row.part: row.shown for row in near.parts}
    assert shown["trunk"] > 0.8
    assert shown["head"] < 0.3
    assert near.explained < 0.2
