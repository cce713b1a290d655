from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot.camera import SAFE_MARGIN, crop_of, place
from studio.shot.framing import framed_range
from studio.specs.camera import Camera

SIZE = (900, 1300)


def scaled(figure, factor):
    return dataclasses.replace(
        figure,
        vertices=figure.vertices * factor,
        rest_vertices=figure.rest_vertices * factor,
        joints=figure.joints * factor,
        rest_joints=figure.rest_joints * factor,
    )


@pytest.mark.parametrize("framing", ["full", "three-quarter", "half", "portrait"])
@pytest.mark.parametrize("azimuth", [0, 35, 180])
def test_a_small_and_a_tall_twin_are_framed_alike(figure, framing, azimuth):
    camera = Camera(name="c", framing=framing, azimuth_deg=azimuth, fill=0.85)
    pictures = []
    for factor in (0.85, 1.0, 1.12):
        body = scaled(figure, factor)
        pictures.append(place(camera, body, size_px=SIZE).project(body.joints)[:, :2])
    np.testing.assert_allclose(pictures[0], pictures[1], atol=1e-6)
    np.testing.assert_allclose(pictures[2], pictures[1], atol=1e-6)


@pytest.mark.parametrize("framing", ["full", "three-quarter", "half", "portrait"])
def test_the_range_fills_what_was_asked(figure, framing):
    placed = place(Camera(name="c", framing=framing, fill=0.8), figure, size_px=SIZE)
    low, high = framed_range(figure, framing)
    rows = placed.project(np.array([[0, 0, low], [0, 0, high]]))[:, 1]
    assert (rows[0] - rows[1]) / SIZE[1] == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize("azimuth", range(0, 360, 45))
def test_all_of_a_full_figure_is_in_the_picture(figure, azimuth):
    placed = place(Camera(name="c", framing="full", fill=0.95, focal_mm=50, azimuth_deg=azimuth), figure, size_px=SIZE)
    share = placed.project(figure.vertices[figure.skin])[:, :2] / np.array(SIZE)
    assert share.min() >= SAFE_MARGIN
    assert share.max() <= 1 - SAFE_MARGIN


def test_verticals_stay_parallel_with_a_shifted_lens_and_converge_with_a_tilted_one(figure):
    post = np.array([[0.4, 0.3, 0.0], [0.4, 0.3, 2.0]])
    shifted = place(Camera(name="c", height_m=0.4), figure, size_px=SIZE).project(post)
    tilted = place(Camera(name="c", height_m=0.4, tilt=True), figure, size_px=SIZE).project(post)
    assert shifted[0, 0] == pytest.approx(shifted[1, 0], abs=1e-6)
    assert abs(tilted[0, 0] - tilted[1, 0]) > 2


def test_a_picture_moved_sideways_moves_the_subject_by_that_share(figure):
    straight = place(Camera(name="c"), figure, size_px=SIZE).project(np.array([[0, 0, 1.0]]))[0]
    moved = place(Camera(name="c", shift_x=0.1), figure, size_px=SIZE).project(np.array([[0, 0, 1.0]]))[0]
    assert moved[0] - straight[0] == pytest.approx(0.1 * SIZE[0])
    assert moved[1] == pytest.approx(straight[1])


def test_the_floor_under_a_pixel_projects_back_to_it(figure, rng):
    placed = place(Camera(name="c", azimuth_deg=20, height_m=1.3), figure, size_px=SIZE)
    pixels = rng.uniform([0, 1150], [900, 1300], (50, 2))
    ground = placed.ground_points(pixels)
    back = placed.project(np.c_[ground, np.zeros(len(ground))])[:, :2]
    np.testing.assert_allclose(back, pixels, atol=1e-6)


def test_the_longer_lens_stands_farther_away_by_its_focal_length(figure):
    near, far = (place(Camera(name="c", focal_mm=focal), figure, size_px=SIZE) for focal in (85, 170))
    assert np.linalg.norm(far.position[:2]) == pytest.approx(2 * np.linalg.norm(near.position[:2]), rel=0.02)


def test_the_eyes_are_sharp(figure):
    placed = place(Camera(name="c", azimuth_deg=30), figure, size_px=SIZE)
    eyes = np.mean([figure.vertices[eyeball].mean(axis=0) for eyeball in figure.eyeballs], axis=0)
    assert placed.focus_m == pytest.approx(placed.project(eyes[None])[0, 2], abs=0.015)


def test_an_upright_picture_turns_the_camera_upright():
    assert crop_of(Camera(name="c"), (2, 3)) == pytest.approx((24, 36))
    assert crop_of(Camera(name="c"), (3, 2)) == pytest.approx((36, 24))
    assert crop_of(Camera(name="c"), (1, 1)) == pytest.approx((24, 24))


def test_a_camera_inside_the_subject_is_refused_with_a_remedy(figure):
    with pytest.raises(StudioError, match="longer focal length"):
        place(Camera(name="close", distance_m=0.3), figure, size_px=SIZE)
