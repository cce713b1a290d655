"""What eyes mirror: by the law of reflection, in every scene of the library, and where a scene leaves an eye dark, by a light to add."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.shot.camera import place
from studio.shot.catchlight import catchlights, eye_glints
from studio.shot.eyes import gaze_rotation
from studio.shot.lights import place_lights
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec, load_scene, scene_names

PORTRAITS = [(name, camera.name) for name in scene_names() for camera in load_scene(name).cameras if camera.framing == "portrait"]
SIZE = (900, 1300)


def seen(scene: SceneSpec, camera_name: str, figure, head, skin):
    camera = place(scene.camera(camera_name), figure, size_px=SIZE)
    lights = place_lights(scene, stature=figure.stature)
    rig_deg = camera.azimuth_deg % 360 if scene.turns == "subject" else 0.0
    return eye_glints(camera, scene, lights, head, skin.surface, rig_deg=rig_deg)


@pytest.mark.parametrize(("name", "camera"), PORTRAITS)
def test_both_eyes_of_every_portrait_of_the_library_have_a_catchlight(figure, head, skin, name, camera):
    glints = seen(load_scene(name), camera, figure, head, skin)
    assert all(glints.lights)
    assert glints.missing is None


def test_a_scene_that_leaves_an_eye_dark_is_offered_a_light_that_both_eyes_mirror(figure, head, skin):
    scene = load_scene("catalog-white")
    only = scene.model_copy(update={"lights": tuple(light for light in scene.lights if light.role in ("hair", "rim"))})
    key = Light(role="key", shape="softbox", clock=11, elevation_deg=20, ev=11)
    dark = only.model_copy(update={"lights": (key, *only.lights)})
    glints = seen(dark, "portrait", figure, head, skin)
    assert not all(glints.lights)
    lit = dark.model_copy(update={"lights": (*dark.lights, glints.missing)})
    assert all("eye-light" in names for names in seen(lit, "portrait", figure, head, skin).lights)


def test_a_catalogue_portrait_mirrors_its_key_in_both_eyes(figure, head, skin):
    glints = seen(load_scene("catalog-white"), "portrait", figure, head, skin)
    assert glints.missing is None
    assert all("key-0" in names for names in glints.lights)


def test_a_light_is_mirrored_where_angles_are_equal_and_as_large_as_a_convex_mirror_shows_it(figure, head, skin):
    camera = place(Camera(name="c", framing="portrait"), figure, size_px=SIZE)
    light = Light(role="key", shape="octa", size_cm=60, distance_m=2.0, clock=6.6, elevation_deg=14, aim=0.93, ev=10)
    scene = SceneSpec(title="t", lights=(light,), cameras=(Camera(name="c"),))
    placed = place_lights(scene, stature=figure.stature)
    gaze = [gaze_rotation(head, eye, camera.position) for eye in (0, 1)]
    found = catchlights(head, skin.surface, placed, camera=camera.position, gaze=gaze)
    assert sorted(each.eye for each in found) == [0, 1]
    for each in found:
        assert each.share > 0.9
        to_camera, to_light = (point - each.position for point in (camera.position, placed[0].position))
        half = to_camera / np.linalg.norm(to_camera) + to_light / np.linalg.norm(to_light)
        off = each.position - head.eye_centres[each.eye]
        sideways = half / np.linalg.norm(half) - gaze[each.eye][:, 2] * (half @ gaze[each.eye][:, 2]) / np.linalg.norm(half)
        across = off - gaze[each.eye][:, 2] * (off @ gaze[each.eye][:, 2])
        # the dome is nearly a sphere of R = 8.3 mm: 1.1 mm over a sphere of 15.8 mm, within 6.5 mm of its axis
        np.testing.assert_allclose(across, 0.0083 * sideways, atol=0.0006)
        assert each.area_mm2 == pytest.approx(np.pi * (8.3 / 2 * 0.15) ** 2, rel=0.35)


def test_eyes_mirror_nothing_that_stands_behind(figure, head, skin):
    scene = load_scene("catalog-white")
    camera = place(scene.camera("portrait"), figure, size_px=SIZE)
    gaze = [gaze_rotation(head, eye, camera.position) for eye in (0, 1)]
    lights = place_lights(scene, stature=figure.stature)
    behind = [dataclasses.replace(light, position=light.position * [1, -1, 1]) for light in lights if light.light.role != "hair"]
    assert not catchlights(head, skin.surface, behind[:1], camera=camera.position, gaze=gaze)


def test_far_cameras_and_backs_are_not_asked(figure, head, skin):
    scene = load_scene("catalog-white")
    for name, size in (("front", (90, 130)), ("back", SIZE)):
        camera = place(scene.camera(name), figure, size_px=size)
        assert eye_glints(camera, scene, place_lights(scene, stature=figure.stature), head, skin.surface, rig_deg=0.0) is None
