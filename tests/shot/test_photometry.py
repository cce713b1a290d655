from __future__ import annotations

import math

import numpy as np
import pytest

from studio.shot import photometry as ph


def test_sunny_16_is_ev_15():
    assert ph.ev100(f_number=16, shutter_s=1 / 128, iso=100) == pytest.approx(15.0)


@pytest.mark.parametrize(("f_number", "shutter_s", "iso"), [(5.6, 1 / 60, 100), (2.8, 1 / 250, 400), (11, 1 / 125, 50)])
def test_a_grey_card_under_a_metered_light_comes_out_at_18_per_cent(f_number, shutter_s, iso):
    ev = ph.ev100(f_number=f_number, shutter_s=shutter_s, iso=iso)
    radiance = 0.18 * ph.irradiance_of_ev(ev) / math.pi
    assert radiance * ph.exposure_gain(f_number=f_number, shutter_s=shutter_s, iso=iso) == pytest.approx(0.18)


def test_a_stop_more_is_twice_the_light_everywhere():
    base = {"f_number": 8.0, "shutter_s": 1 / 125, "iso": 100.0}
    gain = ph.exposure_gain(**base)
    assert ph.exposure_gain(**base | {"ev": 1.0}) == pytest.approx(2 * gain)
    assert ph.exposure_gain(**base | {"iso": 200.0}) == pytest.approx(2 * gain)
    assert ph.exposure_gain(**base | {"shutter_s": 2 / 125}) == pytest.approx(2 * gain)
    assert ph.irradiance_of_ev(11) == pytest.approx(2 * ph.irradiance_of_ev(10))


def test_a_reading_survives_the_way_to_watts_and_back():
    assert ph.ev_of(ph.irradiance_of_ev(12.3)) == pytest.approx(12.3)
    assert ph.lux(ph.irradiance_of_ev(0)) == pytest.approx(2.5)


@pytest.mark.parametrize(("shape", "size"), [("softbox", (1.2, 0.8)), ("strip", (0.3, 1.8)), ("octa", (1.5, 1.5))])
@pytest.mark.parametrize("distance", [0.5, 2.0, 6.0])
def test_area_lights_give_what_summing_over_their_face_gives(shape, size, distance):
    count = 500
    axis = (np.arange(count) + 0.5) / count - 0.5
    x, y = np.meshgrid(axis * size[0], axis * size[1])
    face = np.ones_like(x, dtype=bool) if shape != "octa" else np.hypot(x, y) < size[0] / 2
    area = face.sum() * (size[0] / count) * (size[1] / count)
    squared = x**2 + y**2 + distance**2
    summed = ((distance**2 / squared**2) * face).sum() * (size[0] / count) * (size[1] / count) / (math.pi * area)
    assert ph.irradiance_per_watt(shape, size_m=size, distance_m=distance) == pytest.approx(summed, rel=2e-3)


def test_light_of_the_balance_is_exactly_neutral_and_others_lean_the_right_way():
    for kelvin in (2700, 4000, 5600, 9000):
        np.testing.assert_allclose(ph.light_rgb(kelvin, white_balance_k=kelvin), 1.0, atol=1e-4)
    warm, cool = ph.light_rgb(3200, white_balance_k=5600), ph.light_rgb(9000, white_balance_k=5600)
    assert warm[0] > 1 > warm[2]
    assert cool[0] < 1 < cool[2]


def test_a_gel_only_takes_light_away():
    plain, filtered = ph.light_rgb(5600, white_balance_k=5600), ph.light_rgb(5600, white_balance_k=5600, gel="#ff8040")
    assert (filtered <= plain + 1e-9).all()
    assert filtered[2] < 0.2 * plain[2]


def test_a_grid_lets_less_out_the_narrower_it_is():
    shares = [ph.grid_power_share(angle) for angle in (20, 40, 60, 90, 150)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.02
    assert shares[-1] < 1
