from __future__ import annotations

import math

import numpy as np
import pytest

from studio.shot.faces import ROUND, blender_watts, grid_power_share, irradiance_per_watt, ring_weight, rings


@pytest.mark.parametrize(
    ("shape", "size"),
    [("softbox", (1.2, 0.8)), ("strip", (0.3, 1.8)), ("octa", (1.5, 1.5)), ("dish", (0.55, 0.55)), ("umbrella", (1.1, 1.1))],
)
@pytest.mark.parametrize("distance", [0.5, 2.0, 6.0])
def test_lights_with_a_face_give_what_summing_over_it_gives(shape, size, distance):
    count = 1200
    axis = (np.arange(count) + 0.5) / count - 0.5
    x, y = np.meshgrid(axis * size[0], axis * size[1])
    share = np.hypot(x, y) / (size[0] / 2)
    face = np.where(share < 1, ring_weight(shape, share), 0.0) if shape in ROUND else np.ones_like(x)
    cell = (size[0] / count) * (size[1] / count)
    power = math.pi * (face * cell).sum()
    summed = ((distance**2 / (x**2 + y**2 + distance**2) ** 2) * face).sum() * cell / power
    assert irradiance_per_watt(shape, size_m=size, distance_m=distance) == pytest.approx(summed, rel=2e-3)


@pytest.mark.parametrize("shape", ROUND)
def test_rings_share_out_all_of_a_lights_power(shape):
    outer = np.array([radius for radius, _ in rings(shape)])
    weight = np.array([weight for _, weight in rings(shape)])
    assert outer[-1] == 1.0
    assert weight @ np.diff(np.r_[0.0, outer**2]) == pytest.approx(1.0)


def test_a_beauty_dish_is_dark_behind_its_deflector_and_an_umbrella_bright_in_its_middle():
    assert ring_weight("dish", np.array(0.1)) < 0.3 < ring_weight("dish", np.array(0.7))
    falling = ring_weight("umbrella", np.array([0.1, 0.4, 0.6, 0.9]))
    assert (np.diff(falling) < 0).all()


def test_a_spot_puts_all_of_its_flux_into_its_cone():
    narrow, wide = (irradiance_per_watt("spot", size_m=(0.1, 0.1), distance_m=3.0, beam_deg=angle) for angle in (20, 60))
    assert narrow / wide == pytest.approx((1 - math.cos(math.radians(30))) / (1 - math.cos(math.radians(10))))
    whole = irradiance_per_watt("spot", size_m=(0.1, 0.1), distance_m=3.0, beam_deg=360)
    assert whole == pytest.approx(irradiance_per_watt("bare", size_m=(0.1, 0.1), distance_m=3.0))
    assert blender_watts("spot", 1.0, size_m=(0.1, 0.1), distance_m=3.0, grid_deg=None) == pytest.approx(4 * math.pi * 9)


def test_a_grid_lets_less_out_the_narrower_it_is():
    shares = [grid_power_share(angle) for angle in (20, 40, 60, 90, 150)]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.02
    assert shares[-1] < 1
