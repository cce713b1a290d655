from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

from studio.shot import develop
from studio.shot.camera import place
from studio.shot.ground import GroundShadow
from studio.specs.camera import Camera


def test_the_srgb_curve_is_that_of_the_standard():
    codes = np.arange(256) / 255
    linear = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    np.testing.assert_array_equal(develop.to_8_bit(develop.encode_srgb(linear)), np.arange(256))
    assert develop.to_8_bit(develop.encode_srgb(np.array([7.0, -1.0]))).tolist() == [255, 0]


def test_ground_that_the_subject_does_not_cover_is_exactly_white_whatever_the_render_says(rng):
    linear = rng.normal(1.0, 0.01, (20, 30, 4))
    linear[..., 3] = rng.choice([0.0, 2e-7, -2e-7], (20, 30))  # what the division by the white leaves
    picture = develop.to_8_bit(develop.encode_srgb(develop.over_white(linear, 1.0, None)))
    assert (picture == 255).all()


def test_a_subject_is_not_touched_by_the_ground(rng):
    linear = rng.random((20, 30, 4))
    linear[..., 3] = 1.0
    np.testing.assert_array_equal(develop.over_white(linear, 0.5, rng.random((20, 30))), linear[..., :3] * 0.5)


def test_the_rim_of_a_foot_on_its_shadow_is_foot_and_shadow_and_no_white():
    foot, shadow, share = 0.4, 0.3, 0.5
    seen = np.array([[[share * foot + (1 - share)] * 3 + [share]]])  # rendered before white
    np.testing.assert_allclose(develop.over_white(seen, 1.0, np.array([[shadow]])), share * foot + (1 - share) * shadow)


def test_the_mask_is_the_cover_and_zero_on_bare_ground_only():
    linear = np.zeros((1, 6, 4))
    linear[0, :, 3] = [-2e-7, 5e-5, 0.001, 0.5, 0.99999, 1.2]
    mask = develop.cover_mask(linear)
    assert mask.dtype == np.uint8
    assert mask[0].tolist() == [0, 0, 1, 128, 255, 255]


def test_the_box_of_the_subject_holds_every_pixel_that_is_mostly_subject():
    mask = np.zeros((10, 20), np.uint8)
    mask[3:7, 4:9] = 255
    mask[1, 1] = 100  # a stray hair
    assert develop.subject_box(mask) == [4, 3, 9, 7]
    assert develop.subject_box(np.zeros((10, 20), np.uint8)) is None


def test_a_shadow_lies_where_the_feet_are_and_fades_to_white_before_the_border(figure):
    size = (450, 650)
    camera = place(Camera(name="c", azimuth_deg=25), figure, size_px=size)
    feet = np.stack([figure.joint(f"{side}_ankle")[:2] for side in ("left", "right")])
    dark = GroundShadow(np.full((64, 64), 0.3), tuple(feet.mean(axis=0)), 1.5)
    light = develop.ground_light(camera, dark, feet=feet)
    assert light.shape == (650, 450)
    rows = camera.project(np.c_[feet, np.zeros(2)])[:, :2].astype(int)
    assert all(light[row, column] < 0.4 for column, row in rows)
    assert (light[:400] == 1.0).all()
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    assert (border == 1.0).all()


def test_a_png_carries_srgb_and_its_bytes_are_the_same_each_time(tmp_path, rng):
    picture = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    first = develop.write_png(tmp_path / "a.png", picture)
    develop.write_png(tmp_path / "b.png", picture)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), picture)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert first == develop.pixel_sha256(picture)


def test_the_digest_is_of_the_pixels_and_not_of_the_file(tmp_path, rng):
    picture = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
    digest = develop.write_png(tmp_path / "a.png", picture)
    extra = PngImagePlugin.PngInfo()
    extra.add_text("Date", "another day")
    Image.fromarray(picture).save(tmp_path / "b.png", pnginfo=extra, compress_level=1)
    with Image.open(tmp_path / "b.png") as image:
        assert develop.pixel_sha256(np.asarray(image)) == digest
    changed = picture.copy()
    changed[0, 0, 0] ^= 1
    assert develop.pixel_sha256(changed) != digest
    assert develop.pixel_sha256(picture.transpose(1, 0, 2).copy()) != digest


def test_the_profile_does_not_depend_on_the_day():
    assert develop.srgb_profile()[24:36] == bytes([0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
