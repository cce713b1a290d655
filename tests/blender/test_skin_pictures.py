"""A twin's own skin in a picture: where the texture says blue the picture is blue, the relief shades, and underwear lies over it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from studio.engine import Engine
from studio.shot.plan import plan_shots, take
from studio.shot.quality import quality_of
from studio.specs.appearance import AppearanceSpec, Brows, Hair
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec
from studio.twin.twin import SkinPictures
from tests.shot.conftest import figure  # noqa: F401  a fixture: the average open body

#: Where one hand lies in the body's layout, u and v: painted blue.
HAND_U, HAND_V = (0.36, 0.565), (0.0, 0.13)
SIZE = (96, 140)


@pytest.fixture(scope="module")
def plans(tmp_path_factory, figure):  # noqa: F811
    """The same shot without and with pictures of the skin; one hand of the texture is blue, the rest skin."""
    folder = tmp_path_factory.mktemp("skin")
    albedo = np.full((512, 512, 3), (196, 150, 128), np.uint8)
    albedo[round((1 - HAND_V[1]) * 512) :, round(HAND_U[0] * 512) : round(HAND_U[1] * 512)] = (40, 60, 190)
    Image.fromarray(albedo).save(folder / "own-albedo.png")
    tilt = np.full((512, 512, 3), (128, 128, 255), np.uint8)
    Image.fromarray(tilt).save(folder / "own-normal.png")
    Image.fromarray(np.full((512, 512), 255, np.uint8)).save(folder / "own-confidence.png")
    pictures = SkinPictures(*(folder / f"own-{name}.png" for name in ("albedo", "normal", "confidence")), face_covered=1.0)
    light = Light(role="key", shape="octa", size_cm=150, distance_m=2.5, ev=9, clock=6, elevation_deg=30)
    camera = Camera(name="front", framing="full", fill=0.9)
    scene = SceneSpec(title="t", lights=(light,), cameras=(camera,))
    plain = AppearanceSpec(title="t", figure="female", hair=Hair(style="none"), brows=Brows(density=0.0))
    options = {"scene": scene, "cameras": (camera,), "appearance": plain, "quality": quality_of("draft"), "size_px": SIZE}
    without = plan_shots(folder / "without", figure, **options)
    return without, plan_shots(folder / "with", figure, pictures=pictures, **options), pictures


def test_a_job_without_pictures_says_nothing_of_them(plans):
    without, _, _ = plans
    job = json.loads((without.folder / "job.json").read_text())
    assert "pictures" not in job["body"]
    with np.load(without.folder / "body.npz", allow_pickle=False) as arrays:
        assert "corner_uv" not in arrays.files
    assert not list(without.folder.glob("*.png"))
    assert not any(strands["name"] == "brows" for strands in job["strands"])  # a tuft without hairs is left out


def test_a_job_with_pictures_brings_them_and_where_each_corner_lies(plans, figure):  # noqa: F811
    _, own, pictures = plans
    job = json.loads((own.folder / "job.json").read_text())
    assert job["body"]["pictures"] == {"albedo": "albedo.png", "normal": "normal.png"}
    assert (own.folder / "albedo.png").read_bytes() == pictures.albedo.read_bytes()
    with np.load(own.folder / "body.npz", allow_pickle=False) as arrays:
        uv, quads, rest = arrays["corner_uv"], arrays["quads"], arrays["rest"]
    assert uv.shape == (*quads.shape, 2)
    chosen = figure.skin[figure.quads].all(axis=1)

    def keys(corners: np.ndarray) -> list[tuple[int, int]]:
        return list(map(tuple, np.rint(corners.reshape(-1, 2) * 1e5).astype(int)))

    corner = dict(zip(keys(figure.uv[chosen]), figure.rest_vertices[figure.quads[chosen].ravel()], strict=True))
    shared = [(rest[v], corner[key]) for v, key in zip(quads.ravel(), keys(uv), strict=True) if key in corner]
    assert len(shared) > 10_000
    apart = np.linalg.norm(np.subtract(*map(np.array, zip(*shared, strict=True))), axis=1)
    assert np.percentile(apart, 99) < 0.004  # what smoothing moves a corner by


def test_the_picture_shows_the_twins_own_skin_under_its_underwear(plans, figure):  # noqa: F811
    without, own, _ = plans
    with Engine() as engine:
        plain, textured = (take(plan, engine)[0][0] for plan in (without, own))
    body = (plain.mask > 250) & (textured.mask > 250)
    np.testing.assert_array_equal(plain.mask > 250, textured.mask > 250)
    blue = body & (textured.pixels[..., 2].astype(int) > textured.pixels[..., 0].astype(int) + 15)
    assert not (body & (plain.pixels[..., 2].astype(int) > plain.pixels[..., 0].astype(int) + 15)).any()
    at_hand = (figure.uv > [HAND_U[0], HAND_V[0]]).all(axis=2) & (figure.uv < [HAND_U[1], HAND_V[1]]).all(axis=2)
    hand = figure.vertices[figure.quads[at_hand.all(axis=1)]].mean(axis=(0, 1))
    low, high = figure.vertices[figure.skin].min(axis=0), figure.vertices[figure.skin].max(axis=0)
    rows, columns = np.nonzero(body)
    wanted_row = rows.max() - (hand[2] - low[2]) / (high[2] - low[2]) * (rows.max() - rows.min())
    wanted_column = columns.min() + (hand[0] - low[0]) / (high[0] - low[0]) * (columns.max() - columns.min())
    assert blue.sum() > 15
    np.testing.assert_allclose(np.mean(np.nonzero(blue), axis=1), [wanted_row, wanted_column], atol=8)  # the side that the camera sees
    rows = np.flatnonzero(body.any(axis=1))
    hips = rows[0] + round(0.50 * len(rows))
    middle = body.shape[1] // 2
    face = rows[0] + round(0.07 * len(rows))
    grey, skin = (textured.pixels[row - 2 : row + 3, middle - 4 : middle + 5].reshape(-1, 3).mean(axis=0) for row in (hips, face))
    assert grey[0] < 1.2 * grey[2]  # underwear is grey
    assert skin[0] > 1.3 * skin[2]
