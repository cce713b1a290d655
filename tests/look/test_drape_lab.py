"""The calibration of bending to published drape, on a cloth whose drape is known in closed form."""

from __future__ import annotations

import tomllib

import pytest

from bench import drape_lab
from studio.garment.catalog import load_fabric

#: A made-up law of drape [%] by rigidity [N.m]: half at 10 uN.m, as real cloth grows with the logarithm.
HALF_N_M = 1e-5


def law(mechanics, edge_m):
    assert edge_m == drape_lab.COARSE_M, "the fine edges are held out"
    rigidity = mechanics.drape_stiffness * mechanics.bending_warp_n_m
    percent = 100 * rigidity / (rigidity + HALF_N_M)
    return drape_lab.Value(percent, 0.0, (6, 6), True)


def cloth(**change):
    plain = load_fabric("cotton-poplin").mechanics.model_copy(update={"drape_band_percent": None})
    return plain.model_copy(update=change)


@pytest.fixture(autouse=True)
def _by_law(monkeypatch):
    monkeypatch.setattr(drape_lab, "measured", law)


@pytest.mark.parametrize("published", [30.0, 53.0, 82.9])
def test_the_factor_brings_a_cloth_to_its_published_drape(published):
    m = cloth(drape_percent=published, bending_warp_n_m=1e-5)
    factor = drape_lab.stiffness(m)
    assert law(m.model_copy(update={"drape_stiffness": factor}), drape_lab.COARSE_M).percent == pytest.approx(published, abs=3)


def test_a_cloth_within_its_band_is_left_alone_and_one_outside_is_brought_well_inside():
    assert drape_lab.stiffness(cloth(drape_band_percent=(40.0, 60.0), bending_warp_n_m=1e-5)) == 1
    soft = cloth(drape_band_percent=(60.0, 76.0), bending_warp_n_m=1e-5)
    factor = drape_lab.stiffness(soft)
    assert factor > 1
    assert 64 <= law(soft.model_copy(update={"drape_stiffness": factor}), drape_lab.COARSE_M).percent <= 72


def test_what_was_calibrated_before_does_not_change_what_is_found():
    m = cloth(drape_percent=30.0, bending_warp_n_m=1e-5)
    assert drape_lab.stiffness(m.model_copy(update={"drape_stiffness": 3.0})) == drape_lab.stiffness(m)


def test_a_cloth_of_which_no_drape_was_published_is_not_calibrated():
    assert drape_lab.stiffness(cloth(bending_warp_n_m=1e-6)) == 1


def test_the_factor_is_written_once_beside_the_drape_and_1_is_left_out(tmp_path, monkeypatch):
    path = tmp_path / "silk.toml"
    path.write_text("[mechanics]\nfriction = 0.2\ndrape_band_percent = [20, 40]\ndrape_stiffness = 3\nwearable_stretch_percent = 5\n")
    monkeypatch.setattr(drape_lab.library, "find", lambda *_, **__: path)
    for factor in (0.63, 0.7):
        drape_lab._write("silk", factor)
        assert tomllib.loads(path.read_text())["mechanics"]["drape_stiffness"] == factor
    assert path.read_text().index("band") < path.read_text().index("stiffness") < path.read_text().index("wearable")
    drape_lab._write("silk", 1.0)
    assert "drape_stiffness" not in path.read_text()
