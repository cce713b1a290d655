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


def test_a_tint_leaves_what_is_balanced_neutral_in_the_middle_and_turns_the_rest_green_or_magenta():
    np.testing.assert_allclose(ph.balance_xyz(4200, tint=0.0), ph.white_xyz(4200))
    plain, magenta, green = (ph.light_rgb(4200, white_balance_k=4200, tint=tint) for tint in (0.0, 30.0, -30.0))
    assert magenta[1] < plain[1] < green[1]
    assert magenta[0] > magenta[1] < magenta[2]
    shift = ph.balance_xyz(4200, tint=150.0)
    assert np.linalg.norm(uv(shift) - uv(ph.white_xyz(4200))) == pytest.approx(150 / 3000, rel=1e-6)


def test_daylight_of_a_panorama_stays_white_where_the_camera_is_balanced_to_it():
    np.testing.assert_allclose(ph.balanced_rgb_from_xyz(5600) @ ph.white_xyz(5600), 1.0, atol=1e-3)
    warm = ph.balanced_rgb_from_rgb(9000) @ np.ones(3)  # a camera balanced to blue light sees daylight warm
    assert warm[0] > warm[1] > warm[2]


def uv(xyz):
    x, y, z = xyz
    return np.array([4 * x, 6 * y]) / (x + 15 * y + 3 * z)
