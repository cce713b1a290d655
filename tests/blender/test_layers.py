"""Retouchers' layers against the picture they belong to, for a standard and for a film-like view."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from studio.engine import Engine
from studio.shot.camera import place
from studio.shot.cloth import Garment, cloth_look
from studio.shot.develop import srgb_profile, to_8_bit
from studio.shot.plan import plan_shots, take
from studio.shot.quality import quality_of
from studio.shot.retouch import write_layers
from studio.specs.appearance import AppearanceSpec, Hair
from studio.specs.scene import load_scene
from tests.shot.conftest import figure  # noqa: F401  a fixture: the average open body

SIZE = (100, 140)


def tube(figure):  # noqa: F811
    """A skirt like a tube around the hips."""
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 49), np.linspace(0.62, 1.0, 9), indexing="ij")
    vertices = np.stack([0.24 * np.cos(angle), 0.19 * np.sin(angle), height], axis=-1).reshape(-1, 3)
    index = np.arange(49 * 9).reshape(49, 9)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    uv = np.stack([angle.ravel() * 24, height.ravel() * 100], axis=1)[faces]
    look = cloth_look(construction="plain", pitch_mm=0.4, colour="#3050a0", roughness=0.8, sheen=0.1, thickness_mm=0.4)
    return Garment("skirt", vertices, faces, uv, np.zeros(len(faces), dtype=int), look)


@pytest.fixture(scope="module", params=["catalog-grey", "cove-white"])
def shot(request, tmp_path_factory, figure):  # noqa: F811
    scene = load_scene(request.param)
    camera = scene.cameras[0]
    quality = dataclasses.replace(quality_of("draft"), samples=16, min_samples=16, bounces=2)
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style="crop", strands=4000))
    taken = {}
    with Engine() as engine:
        for layers in (True, False):
            plan = plan_shots(
                tmp_path_factory.mktemp("shot"), figure, scene=scene, cameras=[camera], appearance=appearance, quality=quality,
                size_px=SIZE, garments=[tube(figure)], layers=layers,
            )  # fmt: skip
            taken[layers] = take(plan, engine)[0][0]
    return scene, place(camera, figure, size_px=SIZE, worn=[tube(figure).vertices]), taken


def test_a_picture_is_the_same_whether_layers_are_made_or_not(shot):
    _, _, taken = shot
    assert taken[True].pixel_sha256 == taken[False].pixel_sha256
    assert taken[False].layers is None


def test_the_shares_of_skin_hair_and_garments_add_up_to_the_subject(shot):
    _, _, taken = shot
    shares = taken[True].layers.shares
    assert set(shares) == {"skin", "hair", "garment-1"}
    total = sum(shares.values())
    cover = taken[True].mask / 255
    assert total.max() < 1.01
    assert np.abs(total - cover).mean() < 0.004  # eyes and lashes are the rest
    assert all(shares[part].max() > least for part, least in (("skin", 0.95), ("garment-1", 0.95), ("hair", 0.4)))


def test_depth_is_the_distance_along_the_axis_and_normals_face_out_of_the_cloth(shot):
    _, camera, taken = shot
    point = np.array([[0.0, -0.19, 0.8]])
    column, row, depth = camera.project(point)[0]
    layers = taken[True].layers
    assert layers.depth[int(row), int(column)] == pytest.approx(depth, abs=0.01)
    normal = layers.normal[int(row), int(column)]
    assert np.linalg.norm(normal) == pytest.approx(1, abs=0.05)
    assert normal[1] < -0.9


def test_the_deep_picture_is_the_picture_with_more_bits(shot):
    scene, _, taken = shot
    deep, flat = taken[True].layers.deep, taken[True].pixels
    assert deep.dtype == np.uint16
    assert deep.shape == flat.shape
    levels = 1 if scene.view == "standard" else 3  # film-like views are dithered in 8 bits, and not in 16
    assert np.abs(to_8_bit(deep / 65535).astype(int) - flat).max() <= levels
    assert len(np.unique(deep)) > 2 * len(np.unique(flat))


class Folder:
    """As much of a draft as is written to."""

    def __init__(self, folder):
        self.path = lambda name: folder / name


def test_files_are_written_that_others_read_as_they_are(shot, tmp_path):
    import tifffile

    layers = shot[2][True].layers
    write_layers(Folder(tmp_path), layers)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "picture.tiff"), layers.deep)
    with Image.open(tmp_path / "picture.tiff") as picture:
        assert picture.info["icc_profile"] == srgb_profile()
    for part, share in layers.shares.items():
        with Image.open(tmp_path / f"mask-{part}.png") as mask:
            assert mask.mode == "L"
            np.testing.assert_array_equal(np.asarray(mask), to_8_bit(share))
    assert (tmp_path / "linear.exr").read_bytes()[:4] == bytes([0x76, 0x2F, 0x31, 0x01])  # OpenEXR
    with np.load(io.BytesIO((tmp_path / "layers.npz").read_bytes())) as stored:
        assert stored["depth"].shape == stored["normal"].shape[:2] == layers.deep.shape[:2]
