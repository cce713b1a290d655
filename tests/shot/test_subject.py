from __future__ import annotations

import numpy as np
import pytest

from studio.shot.complexion import bust_height, chest, paint
from studio.shot.eyes import GAZE_LIMIT_DEG, gaze_rotation, on_eyeball


def test_the_head_is_rigid_and_its_coordinates_lead_back(figure, head):
    rigid = figure.skin & (figure.region("head") > 0.999)
    world = head.world_from_head(head.head_from_rest(figure.rest_vertices[rigid]))
    np.testing.assert_allclose(np.median(np.linalg.norm(world - figure.vertices[rigid], axis=1)), 0, atol=1e-4)
    points = figure.vertices[rigid][:50]
    np.testing.assert_allclose(head.world_from_head(head.head_from_world(points)), points, atol=1e-9)


def test_eyeballs_are_found_where_the_body_has_them(figure, head):
    for centre, eyeball in zip(head.eye_centres, figure.eyeballs, strict=True):
        distance = np.linalg.norm(figure.vertices[eyeball] - centre, axis=1)
        assert np.abs(distance - head.eye_radius).max() < 0.0012


@pytest.mark.parametrize("eye", [0, 1])
def test_eyes_look_at_a_camera_within_reach_and_ahead_otherwise(head, eye):
    ahead = head.direction([0, -1, 0])
    near = head.eye_centres[eye] + 2 * ahead + head.direction([0.6, 0, 0.1])
    gaze = gaze_rotation(head, eye, near)
    np.testing.assert_allclose(gaze @ gaze.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(gaze) == pytest.approx(1)
    np.testing.assert_allclose(gaze[:, 2], (near - head.eye_centres[eye]) / np.linalg.norm(near - head.eye_centres[eye]))
    aside = head.eye_centres[eye] + head.direction([5, -5 / np.tan(np.radians(GAZE_LIMIT_DEG + 3)), 0])
    np.testing.assert_allclose(gaze_rotation(head, eye, aside)[:, 2], ahead, atol=1e-12)


def test_the_opening_between_the_lids_is_that_of_an_adult_eye(skin):
    for line in skin.lids:
        width = np.ptp(line.table[:, 0])
        height = (line.table[:, 2] - line.table[:, 1]).max()
        assert 0.020 < width < 0.032  # palpebral fissure 27-31 mm long on real lids; on the enlarged eyeball a little less
        assert 0.006 < height < 0.012


def test_no_skin_lies_before_the_eye_between_the_lids(head, skin):
    forward = head.direction([0, -1, 0])
    for eye, line in enumerate(skin.lids):
        x = line.table[5:-5, 0]
        for share in (0.25, 0.5, 0.75):
            z = line.lower(x) + share * (line.upper(x) - line.lower(x))
            points = on_eyeball(head, eye, x, z, lift=0.0005)
            reach, _ = skin.surface.first_hits(points, np.broadcast_to(forward, points.shape))
            assert np.isinf(reach).mean() > 0.95


def test_what_is_painted_is_the_same_on_both_sides(figure, head, skin):
    rest = head.head_from_rest(skin.rest)
    left = rest[:, 0] > 0.005
    from scipy.spatial import cKDTree

    distance, partner = cKDTree(rest).query(rest[left] * [-1, 1, 1])
    close = distance < 5e-4
    assert close.mean() > 0.9
    for name in ("lips", "blush", "oil", "undereye", "scalp", "beard"):
        values = skin.fields[name]
        assert np.abs(values[left][close] - values[partner[close]]).max() < 0.12, name


def test_fields_are_shares(skin):
    for name, values in skin.fields.items():
        assert np.isfinite(values).all()
        if name != "underwear":
            assert values.min() > -1e-6, name
            assert values.max() < 1 + 1e-6 or name == "undereye", name


def test_underwear_covers_the_lap_and_a_bust_and_a_womans_chest(figure, head, skin):
    rest, covered = skin.rest, skin.fields["underwear"] > 0
    hip = figure.joint("left_hip", rest=True)
    lap = (np.abs(rest[:, 0]) < 0.03) & (np.abs(rest[:, 2] - hip[2]) < 0.05)
    assert covered[lap].all()
    assert not covered[rest[:, 2] > figure.joint("neck", rest=True)[2]].any()
    assert not covered[rest[:, 2] < figure.joint("left_knee", rest=True)[2]].any()
    clothed, p = paint(figure, head, woman=True)["underwear"] > 0, figure.rest_vertices
    assert clothed[figure.skin & (np.abs(p[:, 2] - chest(figure)[0]) < 0.05) & (np.abs(p[:, 0]) < 0.10)].all()
    if (bust := bust_height(figure)) is not None:
        near = (np.abs(rest[:, 2] - bust) < 0.05) & (np.abs(rest[:, 0]) < 0.12)
        assert covered[near].all()
