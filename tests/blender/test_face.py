"""What a face shows in a picture: white teeth in red gums, and a catchlight where reflection says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.engine import Engine
from studio.mesh.closest import Surface
from studio.shot.camera import PlacedCamera
from studio.shot.catchlight import catchlights
from studio.shot.eyes import gaze_rotation
from studio.shot.lights import place_lights
from studio.shot.mouth import mouth_parts
from studio.shot.request import scene_request
from studio.shot.subject import eye_arrays, mouth_arrays, triangles_of
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec
from tests.blender.test_render import camera_request, linear
from tests.shot.conftest import figure, head, skin  # noqa: F401  fixtures: the average open body

LIGHT = Light(role="key", shape="octa", size_cm=80, distance_m=1.5, clock=6.8, elevation_deg=20, aim=0.93, ev=10)


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def before(head, target, size_px=(96, 64), width_m=0.07):  # noqa: F811
    """A camera half a metre before a point of the face, that sees so much around it."""
    forward, right, up = (head.direction(axis) for axis in ([0, -1.0, 0], [1.0, 0, 0], [0, 0, 1.0]))
    crop = (100 * width_m / 0.5, 100 * width_m / 0.5 * size_px[1] / size_px[0])
    rotation = np.stack([right, up, forward], axis=1)
    return PlacedCamera("face", target + 0.5 * forward, rotation, 100.0, crop, (0.0, 0.0), size_px, 0.5, 1000.0, 1.0, 0.0)


def lit(figure):  # noqa: F811
    scene = SceneSpec(title="t", lights=(LIGHT,), cameras=(Camera(name="c"),))
    (placed,) = place_lights(scene, stature=figure.stature)
    request = scene_request(Path(), scene, lights=[placed], stature=figure.stature, base_gain=1.0, files={})["lights"]
    return placed, request


def test_teeth_are_light_and_gums_are_red(engine, tmp_path, figure, head):  # noqa: F811
    folder = tmp_path / "mouth"
    folder.mkdir()
    np.savez(folder / "mouth.npz", **mouth_arrays(figure))
    parts = mouth_parts(figure)
    target = parts["teeth"].vertices[: len(parts["teeth"].vertices) // 14].mean(axis=0)
    camera, (_, lights) = before(head, target), lit(figure)
    pixels = linear(engine, folder, cameras=[camera_request(camera)], lights=lights, mouth={"arrays": "mouth.npz"})["face"]
    surfaces = {name: Surface(part.vertices, triangles_of(part.quads)) for name, part in parts.items()}
    rows, columns = np.indices(pixels.shape[:2]) + 0.5
    x = (columns / 96 - 0.5) * 0.07
    z = (0.5 - rows / 64) * 0.07 * 64 / 96
    local = np.stack([x, z, np.full(x.shape, -0.5)], axis=-1).reshape(-1, 3)
    rays = local / np.linalg.norm(local, axis=1, keepdims=True) @ camera.world_from_camera.T
    start = np.broadcast_to(camera.position, rays.shape)
    reach = {name: surface.first_hits(start, rays)[0] for name, surface in surfaces.items()}
    first = np.array(list(reach))[np.argmin(list(reach.values()), axis=0)]
    first[np.isinf(np.min(list(reach.values()), axis=0))] = ""
    colour = {name: np.median(pixels.reshape(-1, 4)[first == name, :3], axis=0) for name in ("teeth", "gums")}
    assert (first == "teeth").sum() > 200
    assert (first == "gums").sum() > 100
    assert colour["teeth"][2] > 0.6 * colour["teeth"][0]  # nearly white
    assert colour["gums"][1] < 0.55 * colour["gums"][0]  # flesh
    assert colour["teeth"][1] > 2 * colour["gums"][1]


def test_both_eyes_mirror_the_key_where_the_law_of_reflection_says(engine, tmp_path, figure, head, skin):  # noqa: F811
    folder = tmp_path / "eyes"
    folder.mkdir()
    np.savez(folder / "eyes.npz", **eye_arrays(head, skin.lids))
    placed, lights = lit(figure)
    camera = before(head, head.eye_centres.mean(axis=0) + head.direction([0, -0.0158, 0]), size_px=(256, 64), width_m=0.10)
    gaze = [gaze_rotation(head, eye, camera.position) for eye in (0, 1)]
    eyes = {"arrays": "eyes.npz", "centres": head.eye_centres.tolist(), "iris": "brown", "pupil": 0.34}
    request = camera_request(camera, gaze=[each.tolist() for each in gaze])
    pixels = linear(engine, folder, cameras=[request], lights=lights, eyes=eyes)["face"][..., 1]
    nothing = Surface(np.array([[0, 9.0, 0], [1, 9, 0], [0, 9, 1]]), np.array([[0, 1, 2]]))
    found = {each.eye: each for each in catchlights(head, nothing, [placed], camera=camera.position, gaze=gaze)}
    for eye in (0, 1):
        column, row = camera.project(found[eye].position[None])[0, :2]
        middle = camera.project((head.eye_centres[eye] + 0.0158 * gaze[eye][:, 2])[None])[0, :2]
        rows, columns = np.indices(pixels.shape) + 0.5
        iris = np.hypot(columns - middle[0], rows - middle[1]) < 0.0052 / camera.millimetres_per_pixel * 1000
        bright = iris & (pixels > 4 * np.median(pixels[iris]))
        assert bright.sum() >= 4
        there = np.hypot(columns - column, rows - row) < 5
        assert (bright & there).sum() > 0.5 * bright.sum()
