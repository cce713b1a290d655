"""A tube of cloth on a cylinder: everything about its fit is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from studio.fit.contact import felt_pa, gaps_m, laplace_pa, region_contacts
from studio.fit.girths import girth_at
from studio.fit.strain import panel_strains
from studio.fit.verdict import LevelNumbers, Target, judge, judge_region
from studio.look.statics.specimens import Cylinder
from studio.specs.fitting import load_fitting
from tests.fit.conftest import STANDOFF_M, level_at, on_cylinder

RADIUS = 0.05
BODY_M = 2 * np.pi * RADIUS


def middle(sheet):
    """Triangles of the middle half of a tube: its ends curl."""
    return np.abs(sheet.vertices[sheet.faces][..., 2]).max(axis=1) < 0.03


@pytest.mark.parametrize("narrow", [0.02, 0.05, 0.10])
def test_a_narrow_tube_has_the_ease_strain_tension_and_pressure_that_geometry_and_hooke_say(narrow):
    sheet = on_cylinder(RADIUS, narrow)
    flat_m = 2 * np.pi * (RADIUS + STANDOFF_M) * (1 - narrow)
    depth = STANDOFF_M - (np.linalg.norm(sheet.vertices[sheet.faces[middle(sheet)]][..., :2], axis=2).mean() - RADIUS)
    worn_m = 2 * np.pi * (RADIUS + STANDOFF_M - depth)
    girth = girth_at(sheet, level_at(0.0, BODY_M))
    assert girth.flat_m == pytest.approx(flat_m, rel=1e-3)
    assert girth.worn_m == pytest.approx(worn_m, rel=2e-3)
    assert girth.strain == pytest.approx(worn_m / flat_m - 1, abs=2e-3)
    assert girth.in_contact == pytest.approx(1.0)
    assert girth.beside_m == 0.0
    tension = sheet.fabric.stretch_weft_n_m * (worn_m / flat_m - 1)
    large, small = sheet.principal_tension[0][middle(sheet)].T
    assert large.mean() == pytest.approx(tension, rel=0.05)
    assert abs(small.mean()) < 0.1 * tension
    along = sheet.principal_tension[1][middle(sheet)]
    assert np.abs(along[:, 2]).max() < 0.2  # the pull goes round, not along


@pytest.mark.parametrize("narrow", [0.02, 0.05, 0.10])
def test_the_solver_and_laplaces_law_find_the_pressure_of_tension_over_radius(narrow):
    sheet = on_cylinder(RADIUS, narrow)
    girth = girth_at(sheet, level_at(0.0, BODY_M))
    expected = sheet.fabric.stretch_weft_n_m * girth.strain / (girth.worn_m / (2 * np.pi))
    inner = middle(sheet)
    vertices = np.unique(sheet.faces[inner])
    assert laplace_pa(sheet)[inner].mean() == pytest.approx(expected, rel=0.05)
    assert sheet.pressure_pa[vertices].mean() == pytest.approx(expected, rel=0.05)
    assert felt_pa(sheet)[vertices].mean() == pytest.approx(sheet.pressure_pa[vertices].mean(), rel=0.02)
    gaps = gaps_m(sheet, Cylinder(RADIUS), STANDOFF_M)
    assert gaps[vertices].mean() < 0
    assert gaps[vertices].mean() > -STANDOFF_M  # the skin gives way, and is not passed
    (row,) = region_contacts(sheet, np.zeros(len(sheet.vertices), dtype=int), ("trunk",), gaps, laplace_pa(sheet))
    assert row.area_m2 == pytest.approx(sheet.areas_now_m2.sum())
    assert row.laplace_kpa == pytest.approx(row.pressure_kpa.mean, rel=0.15)  # with the ends, which curl


def test_a_wide_tube_touches_nothing_and_bears_nothing():
    sheet = on_cylinder(RADIUS, -0.3)
    girth = girth_at(sheet, level_at(0.0, BODY_M))
    assert girth.flat_m == pytest.approx(1.3 * 2 * np.pi * (RADIUS + STANDOFF_M), rel=1e-3)
    assert abs(girth.strain) < 2e-3
    assert girth.in_contact == 0.0
    assert sheet.pressure_pa.max() == 0.0
    (row,) = region_contacts(
        sheet, np.zeros(len(sheet.vertices), dtype=int), ("trunk",), gaps_m(sheet, Cylinder(RADIUS), STANDOFF_M), laplace_pa(sheet)
    )
    assert row.contact == 0.0
    assert np.isnan(row.pressure_kpa.mean)
    assert row.gap_mm == pytest.approx(1000 * 0.3 * (RADIUS + STANDOFF_M), rel=0.05)


def test_strain_by_panel_is_told_along_the_thread_that_is_stretched():
    (row,) = panel_strains(on_cylinder(RADIUS, 0.10))
    assert row.along["weft"].mean == pytest.approx(0.10, abs=0.02)
    assert row.along["warp"].mean < 0.01
    assert row.along["warp"].mean < row.along["bias"].mean < row.along["weft"].mean
    assert row.over > 0.95  # its fabric is worn at 5 %
    (right,) = panel_strains(on_cylinder(RADIUS, -0.3))
    assert right.over == 0.0


def numbers(sheet, target):
    girth = girth_at(sheet, level_at(0.0, BODY_M))
    touching = np.unique(sheet.faces[girth.faces])
    kpa = float(sheet.pressure_pa[touching].mean() / 1000)
    return LevelNumbers(
        "bust", "bust_girth", 100 * BODY_M, 100 * girth.flat_m, 100 * girth.worn_m, strain=girth.strain, strain_p95=girth.strain_p95,
        contact=girth.in_contact, pressure_kpa=kpa, target=target,
    )  # fmt: skip


def test_too_small_right_and_too_large_say_so_for_the_right_reason():
    rules, target = load_fitting(), Target(ease_cm=4.0, interval_cm=4.0, spread_cm=0.0, made_for_cm=100 * BODY_M)
    words = {}
    for narrow in (0.12, 0.0, -0.1, -0.35):
        found = numbers(on_cylinder(RADIUS, narrow), target)
        words[narrow] = judge(found, limit=0.05, rules=rules)
    assert words[0.12].word == "too tight"
    assert "stretch" in words[0.12].reason
    assert "5%" in words[0.12].reason
    assert words[0.0].word == "tight"
    assert "less" in words[0.0].reason
    assert words[-0.1].word == "good"
    assert "within 2.0 cm" in words[-0.1].reason
    assert words[-0.35].word == "too loose"
    assert "sizes more" in words[-0.35].reason


@pytest.mark.parametrize(("narrow", "word", "limit_kpa"), [(0.12, "tight", "2.33"), (0.22, "too tight", "4.67")])
def test_a_firm_band_is_too_tight_for_its_pressure_where_its_cloth_could_bear_it(narrow, word, limit_kpa):
    """4000 N/m round a wrist: the cloth of this test may stretch by half, the skin minds earlier."""
    sheet = on_cylinder(0.03, narrow, modulus_n_m=4000.0)
    girth = girth_at(sheet, level_at(0.0, 2 * np.pi * 0.03))
    kpa = float(sheet.pressure_pa[np.unique(sheet.faces[girth.faces])].mean() / 1000)
    borne = {"strain": girth.strain, "strain_p95": girth.strain_p95, "pressure_kpa": kpa}
    verdict = judge(LevelNumbers("wrist", "wrist_girth", 18.8, 100 * girth.flat_m, **borne), limit=0.5, rules=load_fitting())
    assert verdict.word == word
    assert limit_kpa in verdict.reason
    assert "J-STAGE" in verdict.source
    assert judge(LevelNumbers("wrist", "wrist_girth", 18.8, 24.0), limit=0.2, rules=load_fitting()) is None


@pytest.mark.parametrize(
    ("strain_p95", "over", "kpa", "word"),
    [
        (0.02, 0.0, 0.5, None),
        (0.03, 0.0, 0.5, "tight"),
        (0.06, 0.12, 0.5, "too tight"),
        (0.02, 0.0, 3.0, "tight"),
        (0.03, 0.0, 5.0, "too tight"),
    ],
)
def test_a_region_is_judged_by_what_its_cloth_bears(strain_p95, over, kpa, word):
    """Of a fabric that is worn at 5 %."""
    verdict = judge_region(strain_p95, over, kpa, limit=0.05, rules=load_fitting())
    assert (verdict and verdict.word) == word
    assert verdict is None or ("kPa" in verdict.reason) == (kpa > 2.33)


def test_what_still_has_ease_is_tight_at_most_however_many_sizes_it_lacks():
    target = Target(ease_cm=28.0, interval_cm=8.0, spread_cm=0.0, made_for_cm=62.0)
    roomy = judge(LevelNumbers("waist", "waist_girth", 78.0, 90.0, target=target), limit=0.2, rules=load_fitting())
    none = judge(LevelNumbers("waist", "waist_girth", 90.5, 90.0, target=target), limit=0.2, rules=load_fitting())
    assert (roomy.word, none.word) == ("tight", "too tight")
