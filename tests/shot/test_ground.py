from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.closest import Surface
from studio.shot.ground import ground_shadow
from studio.shot.lights import place_lights
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec


def plate(height, half=0.25):
    corners = np.array([[-half, -half, height], [half, -half, height], [half, half, height], [-half, half, height]])
    return Surface(corners, np.array([[0, 1, 2], [0, 2, 3]]))


def lights(**fields):
    scene = SceneSpec(title="t", lights=(Light(role="key", ev=12, **fields),), cameras=(Camera(name="front"),))
    return place_lights(scene, stature=1.7)


def shadow(surfaces, lamps, ambient=0.0, rig_deg=0.0):
    return ground_shadow(surfaces, lamps, ambient=ambient, rig_deg=rig_deg, centre=(0.0, 0.0), width_m=1.6, size=64).light


def test_the_overhead_sun_draws_the_plate_itself():
    light = shadow([plate(0.5)], lights(shape="sun", elevation_deg=89.9))
    axis = ((np.arange(64) + 0.5) / 64 - 0.5) * 1.6
    distance = np.maximum(np.abs(axis)[:, None], np.abs(axis)[None, :])
    assert (light[distance < 0.20] < 0.01).all()
    assert (light[distance > 0.32] > 0.99).all()
    assert (1 - light).sum() * (1.6 / 64) ** 2 == pytest.approx(0.25, rel=0.02)


def test_a_slanting_sun_throws_the_shadow_away_from_itself_and_turns_with_the_rig():
    low = lights(shape="sun", clock=9, elevation_deg=45)  # from the camera's left, -x
    light = shadow([plate(0.3, half=0.1)], low)
    axis = ((np.arange(64) + 0.5) / 64 - 0.5) * 1.6
    dark = 1 - light
    assert (dark.sum(axis=0) @ axis) / dark.sum() == pytest.approx(0.3, abs=0.01)
    turned = 1 - shadow([plate(0.3, half=0.1)], low, rig_deg=90)
    assert (turned.sum(axis=1) @ -axis) / turned.sum() == pytest.approx(0.3, abs=0.01)  # upper rows are +y


def test_the_sky_under_a_plate_is_what_the_configuration_factor_says():
    height, half = 0.2, 0.25
    x = half / height
    factor = 4 * 2 * x / np.sqrt(1 + x**2) * np.arctan(x / np.sqrt(1 + x**2)) / (2 * np.pi)  # a square seen from under its middle
    light = shadow([plate(height, half)], [], ambient=1.0)
    assert light[31:33, 31:33].mean() == pytest.approx(1 - factor, abs=0.02)


@pytest.mark.parametrize("shape", ["octa", "softbox"])
def test_an_empty_floor_keeps_all_of_its_light(shape):
    nothing = Surface(np.array([[9.0, 9, -9], [9, 9.1, -9], [9.1, 9, -9]]), np.array([[0, 1, 2]]))
    np.testing.assert_allclose(shadow([nothing], lights(shape=shape), ambient=3.0), 1.0, atol=1e-12)


def test_a_larger_light_throws_a_softer_shadow():
    def edge(size_cm):
        light = shadow([plate(0.4)], lights(shape="octa", size_cm=size_cm, elevation_deg=80, distance_m=2))
        return ((light > 0.1) & (light < 0.9)).sum()

    assert edge(160) > 2 * edge(20)
