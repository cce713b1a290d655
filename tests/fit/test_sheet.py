"""Strain, tension and girths of cloth under a deformation that is given, against slow twins and closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from studio.fit.drag import drag_lines, region_states, states
from studio.fit.girths import directional_strain, girth_at
from studio.fit.strain import panel_strains, percentile
from studio.look.cloth import principal_stretches
from tests.fit.conftest import CLOTH, given, laid, level_at, on_cylinder, rectangle


def stretched(matrix, *, grain_deg=90.0, width_cm=30.0, height_cm=20.0):
    """A rectangle taken to space by a matrix (2, 2), upright in the plane y = 0."""

    def place(flat, _):
        x, z = np.array(matrix) @ flat.T
        return np.stack([x, np.zeros(len(x)), z], axis=1)

    return laid(rectangle(width_cm, height_cm, grain_deg=grain_deg), place)


@pytest.mark.parametrize("grain_deg", [90.0, 0.0, 45.0, 130.0])
def test_strain_is_resolved_on_the_threads_whichever_way_a_panel_was_cut(grain_deg):
    """10 % along x and 2 % along y of the panel: weft and warp see what lies along them, and the metric's diagonal the bias."""
    matrix = np.diag([1.10, 1.02])
    sheet = stretched(matrix, grain_deg=grain_deg)
    (row,) = panel_strains(sheet)
    for name, angle_deg in (("weft", grain_deg - 90), ("warp", grain_deg)):
        thread = np.array([math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))])
        expected = np.linalg.norm(matrix @ thread) - 1
        assert row.along[name].mean == pytest.approx(expected, abs=1e-9)
        assert row.along[name].max == pytest.approx(row.along[name].p95, abs=1e-9)
    diagonals = [np.array([math.cos(turn), math.sin(turn)]) for turn in np.radians([grain_deg - 45, grain_deg + 45])]
    assert row.along["bias"].mean == pytest.approx(max(np.linalg.norm(matrix @ each) for each in diagonals) - 1, abs=1e-9)
    assert row.largest.mean == pytest.approx(0.10, abs=1e-9)
    assert row.over == pytest.approx(1.0)


def test_principal_strain_is_that_of_the_deformation_gradient():
    rng = np.random.default_rng(3)
    sheet = laid(rectangle(30.0, 20.0), lambda flat, _: np.stack([flat[:, 0], 0.02 * np.sin(20 * flat[:, 0]), flat[:, 1]], axis=1))
    shaken = given(
        sheet.pattern, CLOTH, sheet.faces, sheet.flat_cm / 100, sheet.panel, sheet.vertices + rng.normal(0, 0.001, sheet.vertices.shape)
    )
    expected = principal_stretches(shaken.vertices[shaken.faces], shaken.grain_m) - 1
    np.testing.assert_allclose(shaken.principal_strain, expected, atol=1e-9)
    for face in range(0, len(shaken.faces), 17):  # slow and readable
        flat, space = shaken.grain_m[face], shaken.vertices[shaken.faces[face]]
        gradient = np.linalg.lstsq(flat[1:] - flat[0], space[1:] - space[0], rcond=None)[0].T
        assert shaken.strain[face, 0] == pytest.approx(np.linalg.norm(gradient @ [1, 0]) - 1)
        assert shaken.strain[face, 1] == pytest.approx(np.linalg.norm(gradient @ [0, 1]) - 1)
        large = np.linalg.svd(gradient)[1][0]
        assert shaken.principal_strain[face, 0] == pytest.approx(large - 1)


def test_tension_is_hookes_per_worn_width_and_lies_along_the_pull():
    """2 % along the weft, cloth as wide as it was across it; then the same cloth 10 % wider, which shares the force over more width."""
    for across in (1.0, 1.1):
        sheet = stretched(np.diag([1.02, across]))
        large, small = sheet.principal_tension[0].T
        pulled = CLOTH.stretch_weft_n_m * 0.02 / across
        held = CLOTH.stretch_warp_n_m * (across - 1) / 1.02
        np.testing.assert_allclose(np.sort([pulled, held]), [small.mean(), large.mean()], rtol=1e-6, atol=1e-9)
        way = np.abs(sheet.principal_tension[1][0])
        np.testing.assert_allclose(way, [1, 0, 0] if across == 1.0 else [0, 0, 1], atol=1e-6)


def test_interfaced_cloth_is_told_by_its_own_tension():
    sheet = stretched(np.diag([1.02, 1.01]))
    firm = given(sheet.pattern, CLOTH, sheet.faces, sheet.flat_cm / 100, sheet.panel, sheet.vertices)
    object.__setattr__(firm, "tension_n_m", 4 * firm.tension_n_m)
    np.testing.assert_allclose(sheet.stiffening, 1.0)
    np.testing.assert_allclose(firm.stiffening, 4.0)


def test_panels_of_rib_have_the_stiffness_and_the_limit_of_rib():
    plain = rectangle(30.0, 20.0)
    ribbed = replace(plain, panels=(replace(plain.panels[0], cloth="rib"),))
    rib = CLOTH.model_copy(update={"stretch_weft_n_m": 80.0, "stretch_warp_n_m": 130.0, "shear_n_m": 60.0, "wearable_stretch_percent": 30})
    sheet = stretched(np.diag([1.10, 1.0]))
    (main,) = panel_strains(replace(sheet, rib=rib))
    knit = replace(sheet, pattern=ribbed, rib=rib, tension_n_m=sheet.tension_n_m * [80 / 400, 130 / 900])
    (row,) = panel_strains(knit)
    np.testing.assert_allclose(knit.stiffening, 1.0)
    assert (main.over, row.over) == (pytest.approx(1.0), 0.0)  # 10 %: too much for a fabric worn at 5, nothing for a rib worn at 30
    assert row.tension_n_m.mean == pytest.approx(8.0)


def test_girths_agree_with_a_slow_walk_over_the_triangles():
    sheet = on_cylinder(0.05, 0.05)
    height, total, worn = 0.0131, 0.0, 0.0
    for face, corners in enumerate(sheet.faces):
        places = []
        for k in range(3):
            a, b = sheet.vertices[corners[k], 2] - height, sheet.vertices[corners[(k + 1) % 3], 2] - height
            if (a >= 0) != (b >= 0):
                places.append(sheet.grain_m[face, k] + a / (a - b) * (sheet.grain_m[face, (k + 1) % 3] - sheet.grain_m[face, k]))
        if len(places) == 2:
            way = places[1] - places[0]
            total += math.hypot(*way)
            worn += math.sqrt(way @ sheet.metric[face] @ way)
    girth = girth_at(sheet, level_at(height, 0.3))
    assert girth.flat_m == pytest.approx(total, rel=1e-9)
    assert girth.worn_m == pytest.approx(worn, rel=1e-9)
    assert girth.offsets_cm == {"front": pytest.approx(100 * (height - sheet.vertices[:, 2].min()), abs=0.05)}


def test_levels_and_numbers_move_with_the_body():
    """Everything turned and carried away: the same girths, flat and worn."""
    sheet, level = on_cylinder(0.05, 0.05), level_at(0.01, 0.3)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = given(sheet.pattern, sheet.fabric, sheet.faces, sheet.flat_cm / 100, sheet.panel, sheet.vertices @ turn.T + [1, 2, 3])
    still = given(sheet.pattern, sheet.fabric, sheet.faces, sheet.flat_cm / 100, sheet.panel, sheet.vertices)
    there = type(level)(**{**level.__dict__, "origin": turn @ level.origin + [1, 2, 3], "normal": turn @ level.normal})
    one, other = girth_at(still, level), girth_at(moved, there)
    assert other.flat_m == pytest.approx(one.flat_m, rel=1e-9)
    assert other.worn_m == pytest.approx(one.worn_m, rel=1e-9)
    assert other.tape_m == pytest.approx(one.tape_m, rel=1e-9)
    np.testing.assert_allclose(moved.principal_strain, still.principal_strain, atol=1e-9)


def test_a_level_above_the_garment_is_read_where_it_first_goes_round_and_one_far_away_not_at_all():
    sheet = on_cylinder(0.05, 0.0)
    top = sheet.vertices[:, 2].max()
    assert girth_at(sheet, level_at(top + 0.018, 0.3)).beside_m == pytest.approx(0.02)
    assert girth_at(sheet, level_at(top + 0.2, 0.3)) is None
    assert girth_at(sheet, level_at(0.0, 0.3, part="arm", side="left")) is None  # it covers the trunk
    around = on_cylinder(0.05, 0.0, region="left_arm")
    assert girth_at(around, level_at(0.0, 0.3, part="arm", side="left")) is not None
    assert girth_at(around, level_at(0.0, 0.3, part="arm", side="right")) is None


def test_a_line_that_goes_round_the_other_leg_is_no_legs_girth():
    sheet = on_cylinder(0.05, 0.0)
    level = level_at(0.0, 0.3, part="leg", side="left")
    assert girth_at(sheet, level, avoid=np.array([0.3, 0.0, 0.0])) is not None
    assert girth_at(sheet, level, avoid=np.array([0.02, 0.0, 0.0])) is None


def test_directional_strain_of_a_known_metric():
    metric = np.array([[[1.21, 0.0], [0.0, 1.0]], [[1.0, 0.1], [0.1, 1.0]]])
    np.testing.assert_allclose(directional_strain(metric, np.array([[5.0, 0.0], [1.0, 1.0]])), [0.1, math.sqrt(1.1) - 1])


def test_percentiles_count_by_area():
    assert percentile(np.array([1.0, 2.0, 3.0]), np.array([90.0, 4.0, 6.0]), 95) == 3.0
    assert percentile(np.array([3.0, 1.0, 2.0]), np.array([4.0, 90.0, 6.0]), 95) == 2.0


def banded(width_m=0.30, band_m=0.045):
    """Cloth that is pulled by 1 % along x in a level band at half its height, and pushed together a little across it; slack elsewhere."""
    sheet = stretched(np.eye(2), width_cm=100 * width_m)
    middle = sheet.vertices[sheet.faces][..., 2].mean(axis=1)
    inside = np.abs(middle - 0.10) < band_m
    tension = np.where(inside[:, None], [4.0, -0.5], [0.0, 0.0])
    object.__setattr__(sheet, "tension_n_m", tension)
    object.__setattr__(sheet, "stretch", np.where(inside[:, None], [1.01, 0.999], 1.0))
    return sheet


def test_a_drag_line_runs_along_the_pull_from_end_to_end_and_cloth_pulled_both_ways_has_none():
    sheet = banded()
    names, below = ("belly",), np.zeros(len(sheet.vertices), dtype=int)
    line = drag_lines(sheet, below, names)[0]
    assert line.length_m == pytest.approx(0.30, abs=0.03)
    assert line.angle_deg < 3
    assert np.abs(line.points[:, 2] - 0.10).max() < 0.045
    assert line.tension_n_m == pytest.approx(4.0, rel=0.1)
    assert "belly" in line.start
    assert {line.start.split()[0], line.end.split()[0]} == {"left", "right"}
    taut = stretched(np.diag([1.01, 1.01]))
    assert drag_lines(taut, below[: len(taut.vertices)], names) == ()


def test_states_are_told_by_the_signs_of_the_principal_tensions():
    for matrix, state in (([1.01, 1.01], 0), ([1.01, 0.995], 1), ([0.99, 0.99], 2)):
        assert set(states(stretched(np.diag(matrix)))) == {state}
    sheet = banded()
    (row,) = region_states(sheet, np.zeros(len(sheet.vertices), dtype=int), ("belly",))
    assert row.taut == 0.0
    assert row.wrinkled == pytest.approx(0.45, abs=0.06)  # a band of 9 cm of 20
    assert row.wrinkled + row.slack == pytest.approx(1.0)
    assert row.pull_n_m == pytest.approx(4.0, rel=0.02)
