"""Finished garments before the camera: their own materials reach the job, and hair goes under hats."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.finished.mesh import Material
from studio.mesh.closest import Surface
from studio.shot.groom.grow import Groom, Tuft
from studio.shot.groom.hat import pressed_under
from studio.shot.painted import PaintedGarment, write_painted
from tests.garment.finished.shapes import hat, picture, tube


def painted(folder: Path, **changes) -> PaintedGarment:
    vertices, faces, uv = tube()
    (folder / "stored").write_bytes(picture())
    made = {
        "name": "coat-0", "vertices": vertices, "faces": faces, "corner_uv": uv, "material": np.arange(len(faces)) % 2,
        "materials": (Material(name="red", colour="picture-3.png", metallic=0.5), Material(name="plain", rgb=(0.1, 0.2, 0.3))),
        "pictures": {"picture-3.png": folder / "stored"},
    }  # fmt: skip
    return PaintedGarment(**(made | changes))


def test_materials_and_pictures_reach_the_job_unchanged(tmp_path):
    job = tmp_path / "job"
    job.mkdir()
    request = json.loads(json.dumps(write_painted(job, 2, painted(tmp_path))))
    red, plain = request["materials"]
    assert (job / red["colour"]).read_bytes() == picture()
    assert (red["metallic"], red["normal"], plain["colour"], plain["rgb"]) == (0.5, None, None, [0.1, 0.2, 0.3])
    with np.load(job / request["arrays"], allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["material"], np.arange(len(arrays["faces"])) % 2)
        np.testing.assert_allclose(arrays["corner_uv"], tube()[2], atol=1e-6)


def test_faces_of_materials_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(StudioError, match="whose materials it does not have"):
        painted(tmp_path, material=np.full(len(tube()[1]), 2))


def test_hair_stays_under_a_hat_and_is_free_below_it():
    cap = hat(radius=0.1, depth=0.12)
    surface = Surface(cap.vertices, cap.faces)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    way = np.stack([np.cos(angles), np.sin(angles), np.zeros(40)], axis=1)
    up = np.array([0, 0, 1.0])
    # roots on a scalp of 9 cm, up through the crown to 15 cm, then down along its outside to 20 cm below the brim
    strands = np.stack(
        [0.09 * way + s * up for s in (0.02,)] + [0.15 * way + 0.05 * up, 0.15 * way + 0.03 * up, 0.12 * way - 0.2 * up], axis=1
    )
    brows = np.tile(np.array([0.0, -0.13, 0.05]), (1, 4, 1))
    groom = Groom((Tuft("hair", strands, np.full((40, 4), 1e-4)), Tuft("brows", brows, np.full((1, 4), 1e-4))))
    pressed = pressed_under(groom, [surface])
    points = pressed.tufts[0].points
    assert np.linalg.norm(points[:, :3, :2], axis=2).max() < 0.1
    np.testing.assert_allclose(points[:, 0], strands[:, 0], atol=1e-9)
    np.testing.assert_allclose(points[:, 3], strands[:, 3], atol=1e-9)
    np.testing.assert_array_equal(pressed.tufts[1].points, brows)
    assert pressed_under(groom, []) is groom
    inside, outside = (np.stack([0.01 * np.cos(angles), 0.01 * np.sin(angles) + y, np.full(40, 0.03)], axis=1) for y in (0.0, 0.14))
    for tie, kept in ((inside, True), (outside, False)):
        assert (pressed_under(Groom(groom.tufts, tie), [surface]).tie is tie) is kept  # a band beyond the hat is not shown
