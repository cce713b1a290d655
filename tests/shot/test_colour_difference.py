from __future__ import annotations

import numpy as np
import pytest

from studio.shot.colour_difference import ciede2000, ciede2000_of_lab


@pytest.mark.parametrize(
    # Sharma, Wu and Dalal 2005, table 1
    ("first", "second", "difference"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_colour_difference_is_that_of_the_published_pairs(first, second, difference):
    assert ciede2000_of_lab(np.array([first]), np.array([second]))[0] == pytest.approx(difference, abs=1e-4)


def test_equal_colours_do_not_differ():
    colours = np.random.default_rng(0).random((20, 3))
    np.testing.assert_allclose(ciede2000(colours, colours), 0, atol=1e-6)
