from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot.lights import light_direction, place_lights
from studio.shot.meter import meter_readings
from studio.specs.camera import Camera
from studio.specs.light import Gobo, Light
from studio.specs.scene import SceneSpec

KEY = Light(role="key", ev=12, shape="softbox", size_cm=(80, 120), distance_m=2, clock=7.5, elevation_deg=35)


def scene(*lights, **fields):
    return SceneSpec(title="test", lights=(KEY, *lights), cameras=(Camera(name="front"),), **fields)


def test_the_clock_runs_as_seen_from_above_with_the_camera_at_six():
    np.testing.assert_allclose(light_direction(6, 0), [0, -1, 0], atol=1e-12)  # in front
    np.testing.assert_allclose(light_direction(9, 0), [-1, 0, 0], atol=1e-12)  # the camera's left
    np.testing.assert_allclose(light_direction(3, 0), [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(light_direction(12, 0), [0, 1, 0], atol=1e-12)  # behind
    np.testing.assert_allclose(light_direction(4, 90), [0, 0, 1], atol=1e-12)


@pytest.mark.parametrize("shape", ["softbox", "octa", "strip", "bare", "sun"])
@pytest.mark.parametrize("stops", [-2.0, 0.0, 1.0])
def test_stops_are_read_against_the_key_whatever_the_light_is(shape, stops):
    key, other = place_lights(scene(Light(role="fill", shape=shape, stops=stops, size_cm=(60, 90), distance_m=3.1)), stature=1.7)
    assert other.illuminance / key.illuminance == pytest.approx(2**stops)


def test_a_meter_shows_the_ev_that_was_asked():
    key = place_lights(scene(), stature=1.7)[0]
    assert key.illuminance == pytest.approx(2.5 * 2**12)


def test_the_meter_reads_the_ratio_that_was_lit():
    lit = place_lights(scene(Light(role="fill", stops=-2), Light(role="rim", shape="bare", watts=200)), stature=1.7)
    readings = {reading.role: reading.as_facts() for reading in meter_readings(lit)}
    assert readings["key"] == {"light": "key-0", "role": "key", "lux": 2.5 * 2**12, "ev100": 12.0, "stops": 0.0}
    assert readings["fill"]["stops"] == -2.0
    assert readings["rim"]["lux"] == pytest.approx(200 * 683 / (4 * np.pi * 4), rel=1e-3)


def test_lights_stand_at_their_distance_and_look_at_the_subject():
    light = place_lights(scene(), stature=1.8)[0]
    assert np.linalg.norm(light.position - light.aim) == pytest.approx(2.0)
    np.testing.assert_allclose(light.aim, [0, 0, 0.6 * 1.8])


def test_lumens_and_watts_of_the_same_light_agree():
    by_watts = place_lights(scene(Light(role="fill", watts=10.0)), stature=1.7)[1]
    by_lumens = place_lights(scene(Light(role="fill", lumens=6830.0)), stature=1.7)[1]
    assert by_watts.watts == pytest.approx(by_lumens.watts) == pytest.approx(10.0)


def test_the_sun_shines_through_the_panes_of_its_window_and_not_through_its_bars():
    window = Gobo(size_cm=(100, 150), panes=(2, 3), bar_cm=10, distance_m=2.0)
    sun = place_lights(scene(Light(role="rim", shape="sun", stops=1, clock=8, elevation_deg=25, gobo=window)), stature=1.7)[1]
    vertices, quads = sun.gobo
    axis = (sun.position - sun.aim) / np.linalg.norm(sun.position - sun.aim)
    side = np.cross([0, 0, 1.0], axis) / np.linalg.norm(np.cross([0, 0, 1.0], axis))
    up = np.cross(axis, side)
    flat = np.stack([(vertices - sun.aim) @ side, (vertices - sun.aim) @ up], axis=1)

    def covered(x, y):
        low, high = flat[quads].min(axis=1), flat[quads].max(axis=1)
        return ((low <= [x, y]) & (high >= [x, y])).all(axis=1).any()

    assert covered(0.0, 0.0)  # the bar in the middle
    assert not covered(0.25, 0.0)  # a pane
    assert not covered(-0.25, 0.5)
    assert covered(0.25, 0.27)  # the bar between two rows of panes
    assert covered(0.7, 0.0)  # the wall beside the window
    np.testing.assert_allclose((vertices - sun.aim) @ axis, 2.0)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ev": 10, "stops": 1}, "exactly one of ev, stops, watts or lumens, and this one has ev and stops"),
        ({}, "has none"),
        ({"shape": "sun", "watts": 5}, "the sun has no power"),
    ],
)
def test_a_light_that_is_strong_in_no_way_or_two_is_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        Light(role="fill", **fields)


def test_a_scene_without_a_key_is_refused():
    with pytest.raises(ValueError, match="a light with the role key"):
        SceneSpec(title="x", lights=(Light(role="fill", ev=10),), cameras=(Camera(name="front"),))


def test_a_light_under_the_floor_is_refused():
    with pytest.raises(StudioError, match="under the floor"):
        place_lights(scene(Light(role="fill", stops=-1, elevation_deg=-60, distance_m=3)), stature=1.7)
