"""How tubes hang that were tilted and sheared by known amounts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from studio.fit.balance import chains, hems, openings, side_seams
from studio.fit.neckline import neckline
from studio.garment.meshing import mesh_pattern
from tests.fit.conftest import CLOTH, given, round_tube
from tests.look.conftest import tube


@pytest.fixture(scope="module")
def hanging():
    """A tube of two panels, 80 cm round and 36 cm high."""
    pattern = tube(40.0, 36.0)
    return round_tube(mesh_pattern(pattern, edge_length_m=0.02), pattern, top_m=1.2, fabric=CLOTH)


def moved(sheet, vertices):
    return given(sheet.pattern, CLOTH, sheet.faces, sheet.flat_cm / 100, sheet.panel, vertices)


def test_openings_are_the_closed_borders_with_their_flat_length(hanging):
    found = openings(hanging)
    assert [opening.flat_m for opening in found] == pytest.approx([0.80, 0.80], rel=1e-6)
    assert sorted(opening.centre[2] for opening in found) == pytest.approx([0.84, 1.2], abs=1e-6)


def test_a_level_hem_is_balanced_and_a_tilted_one_says_by_how_much(hanging):
    (level,) = hems(hanging, openings(hanging))
    assert level.spread_mm == pytest.approx(0.0, abs=1e-6)
    assert level.height_m == pytest.approx(0.84)
    radius, slope = 0.80 / (2 * math.pi), 0.05
    tilted = moved(hanging, hanging.vertices + np.outer(slope * hanging.vertices[:, 1], [0, 0, 1]))
    (hem,) = hems(tilted, openings(tilted))
    assert hem.spread_mm == pytest.approx(2000 * radius * slope, rel=0.02)
    quarter = 1000 * radius * slope * 2 * math.sqrt(2) / math.pi  # mean of the sine over a quarter
    assert hem.back_mm == pytest.approx(quarter, rel=0.05)
    assert hem.front_mm == pytest.approx(-quarter, rel=0.05)
    assert abs(hem.left_mm) < 0.5
    assert abs(hem.right_mm) < 0.5


def test_side_seams_are_plumb_until_they_swing(hanging):
    assert [seam.side for seam in side_seams(hanging)] == ["left", "right"]
    for seam in side_seams(hanging):
        assert seam.length_m == pytest.approx(0.36, rel=1e-3)
        assert seam.lean_deg == pytest.approx(0.0, abs=1e-6)
    way = np.array([0.0, -math.tan(math.radians(4)), 0.0])  # the hem swings forward
    swung = moved(hanging, hanging.vertices + np.outer(1.2 - hanging.vertices[:, 2], way))
    for seam in side_seams(swung):
        assert seam.lean_deg == pytest.approx(4.0, abs=1e-6)
        assert seam.forward_mm == pytest.approx(360 * math.tan(math.radians(4)), rel=1e-3)


def test_chains_go_from_end_to_end_and_rings_are_closed():
    found = chains(np.array([[3, 4], [1, 2], [2, 3], [7, 8], [8, 9], [7, 9]]))
    assert [sorted(set(chain.tolist())) for chain in found] == [[1, 2, 3, 4], [7, 8, 9]]
    assert found[0].tolist() == [1, 2, 3, 4]


def test_a_neckline_is_the_seam_of_a_collar_or_the_border_that_goes_round_the_neck(hanging):
    """The tube as a garment: open at its top, 80 cm round; then its back as a collar that is sewn to the front along 36 cm on each side."""
    neck = np.array([0.0, 0.0, 1.25])
    open_top = neckline(hanging, openings(hanging), neck)
    assert (open_top.name, open_top.flat_m) == ("neck opening", pytest.approx(0.80))
    elsewhere = np.array([1.0, 0.0, 1.25])  # a neck that it is not worn round
    assert neckline(hanging, openings(hanging), elsewhere) is None
    front, back = hanging.pattern.panels
    collar = replace(back, placement=replace(back.placement, region="neck", side="around"))
    collared = replace(hanging, pattern=replace(hanging.pattern, panels=(front, collar)))
    seam = neckline(collared, openings(collared), neck)
    assert (seam.name, seam.flat_m) == ("neck seam", pytest.approx(0.36))
    assert seam.worn_m == pytest.approx(0.36, rel=1e-3)
