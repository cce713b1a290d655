from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from studio.shot.meter import read_meter
from studio.shot.photometry import LUMENS_PER_WATT, ev_of, luminance
from studio.shot.sky import clear_sky, level_irradiance
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec
from studio.specs.surroundings import DesertSet, Sky


def sky(elevation, **fields):
    return clear_sky(**{"sun_elevation_deg": elevation, "haze": 1.0, "altitude_m": 0.0, "white_balance_k": 5600.0, "rows": 48} | fields)


@pytest.mark.parametrize(
    # Illuminating Engineering Society, Daylight Availability (RP-21), clear sky: direct normal and diffuse horizontal, klx
    ("elevation", "sun_klx", "sky_klx"),
    [(10, (28, 50), (3.5, 8)), (20, (55, 78), (6, 11)), (40, (78, 98), (8, 15)), (60, (86, 106), (9, 17))],
)
def test_a_clear_sky_and_its_sun_are_as_bright_as_out_there(elevation, sun_klx, sky_klx):
    found = sky(elevation)
    assert sun_klx[0] < found.sun_irradiance * LUMENS_PER_WATT / 1000 < sun_klx[1]
    assert sky_klx[0] < level_irradiance(found.radiance) * LUMENS_PER_WATT / 1000 < sky_klx[1]


def test_the_sun_reddens_as_it_sinks_and_the_zenith_stays_blue():
    ratios = [(found.sun_rgb[0] / max(found.sun_rgb[2], 1e-6), found.radiance[0].mean(axis=0)) for found in map(sky, (60, 20, 6, 2))]
    reds = [red for red, _ in ratios]
    assert reds == sorted(reds)
    assert reds[-1] > 10
    assert all(zenith[2] > 1.3 * zenith[0] for _, zenith in ratios)


def test_the_sky_is_brightest_around_the_sun_and_the_same_on_both_of_its_sides():
    found = sky(25).radiance
    bright = luminance(found)
    row, column = np.unravel_index(bright.argmax(), bright.shape)
    assert 90 - (row + 0.5) / 48 * 180 == pytest.approx(25, abs=6)
    assert abs((column + 0.5) / 96 - 0.5) < 0.02
    np.testing.assert_allclose(found[:, 1:], found[:, :0:-1], rtol=1e-9)  # mirrored at the sun's column


def test_haze_dims_the_sun_and_brightens_the_sky_and_height_does_the_opposite():
    plain, hazy, high = sky(35), sky(35, haze=3.0), sky(35, altitude_m=3500.0)
    assert hazy.sun_irradiance < plain.sun_irradiance < high.sun_irradiance
    assert level_irradiance(hazy.radiance) > level_irradiance(plain.radiance) > level_irradiance(high.radiance)


def test_after_sunset_there_is_light_for_a_while_and_less_and_less():
    light = [level_irradiance(sky(elevation).radiance) for elevation in (1, -2, -4, -6)]
    assert all(later < 0.7 * earlier for earlier, later in pairwise(light))
    assert light[-1] > 0
    assert sky(-4).sun_irradiance == pytest.approx(0, abs=1e-9)


def test_a_level_receiver_under_an_even_sky_gets_pi_times_its_radiance():
    assert level_irradiance(np.full((90, 180, 3), 0.7)) == pytest.approx(0.7 * np.pi, rel=1e-3)


def outside(**fields):
    return SceneSpec(title="t", set=DesertSet(sky=Sky(**fields)), cameras=(Camera(name="front"),))


def test_the_sun_is_the_key_and_the_meter_reads_it_and_the_sky():
    metering = read_meter(outside(sun_elevation_deg=40), stature=1.7)
    key, around = metering.readings
    assert (key.light, key.role, around.light) == ("sun", "key", "sky")
    assert key.ev100 == pytest.approx(15.1, abs=0.3)  # sunny 16
    assert around.stops == pytest.approx(-3, abs=0.6)


def test_an_asked_brightness_of_the_sky_keeps_its_ratio_to_the_sun():
    natural, dimmed = (read_meter(outside(sun_elevation_deg=40, **fields), stature=1.7) for fields in ({}, {"ev": 7.0}))
    assert dimmed.readings[1].ev100 == pytest.approx(7.0)
    assert dimmed.readings[1].stops == pytest.approx(natural.readings[1].stops)
    assert ev_of(dimmed.readings[0].lux / LUMENS_PER_WATT) == pytest.approx(dimmed.readings[0].ev100)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"file": "a.hdr"}, "give the sky's ev"),
        ({"sun_elevation_deg": -3}, "the sun is below the horizon"),
        ({"file": "../a.hdr", "ev": 9}, "string should match pattern|String should match pattern"),
    ],
)
def test_a_sky_that_cannot_be_is_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        Sky(**fields)


def test_a_scene_whose_sun_and_lamp_are_both_the_key_is_refused():
    with pytest.raises(ValueError, match="one key light, and this one has 2, the sky's sun among them"):
        SceneSpec(title="t", set=DesertSet(sky=Sky()), lights=(Light(role="key", ev=9),), cameras=(Camera(name="front"),))
