"""The report of a published look: its files, that its numbers move with garment and body, and what it refuses."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.fit import maps, report
from studio.fit.body import LEVELS, REGIONS, fit_body
from studio.fit.report import fit_report
from studio.garment.catalog import load_fabric
from studio.store import Ref
from studio.twin.twin import load_twin
from tests.fit.conftest import read_json

BODY_PARTS = ("neck", "bust", "waist", "seat", "thigh", "lower leg")


@pytest.fixture(scope="module")
def bodies():
    """Bodies that were measured already, by the version of their twin: all looks here are of one pose."""
    return {}


@pytest.fixture
def quick(monkeypatch, bodies):
    """Small pictures, and every twin measured once."""
    monkeypatch.setattr(maps, "_HEIGHT_PX", 130)

    def measured(twin, vertices, joints):
        if twin.ref not in bodies:
            bodies[twin.ref] = fit_body(twin, vertices, joints)
        return bodies[twin.ref]

    monkeypatch.setattr(report, "fit_body", measured)


def test_the_tapes_lie_on_the_skin_and_go_with_it(publish_look, store, average):
    """Turned by 30 degrees and carried away: the same girths, levels that turned with the body."""
    publish_look(50.0)
    twin = load_twin(store, "twin/ada")
    still = fit_body(twin, average.vertices, average.joints)
    turn = np.array([[np.cos(0.5), -np.sin(0.5), 0], [np.sin(0.5), np.cos(0.5), 0], [0, 0, 1]])
    moved = fit_body(twin, average.vertices @ turn.T + [0.3, 0.1, 0.2], average.joints @ turn.T + [0.3, 0.1, 0.2])
    assert {level.measure for level in still.levels} == set(LEVELS)
    for before, after in zip(still.levels, moved.levels, strict=True):
        assert after.girth_m == before.girth_m
        np.testing.assert_allclose(after.origin, turn @ before.origin + [0.3, 0.1, 0.2], atol=1e-9)
        np.testing.assert_allclose(after.normal, turn @ before.normal, atol=1e-6)
    down = {level.name: level.normal[2] for level in still.levels}
    assert down["bust"] == pytest.approx(-1.0, abs=1e-6)
    assert down["left knee"] < -0.9
    assert down["left bicep"] < -0.5  # down the arm
    assert still.girths_cm["bust_girth"] == pytest.approx(
        next(100 * level.girth_m for level in still.levels if level.name == "bust"), abs=0.5
    )
    heights = {
        name: average.vertices[still.region == REGIONS.index(name), 2].mean()
        for name in ("neck", "bust", "waist", "seat", "thigh", "lower leg")
    }
    assert list(heights.values()) == sorted(heights.values(), reverse=True)
    front, back = (average.vertices[still.region == REGIONS.index(name), 1].mean() for name in ("bust", "upper back"))
    assert front < back


@pytest.mark.usefixtures("quick")
def test_a_report_is_a_page_numbers_and_maps_that_agree(publish_look, store, tmp_path):
    look = publish_look(55.0)
    written = fit_report(store, "look/ada", out=tmp_path / "fit")
    assert written.ref == look.ref
    names = ["fit.html", "fit.json", "tee-strain.png", "tee-tension.png", "tee-pressure.png", "tee-gap.png"]
    assert [file.name for file in written.files] == names
    found = read_json(tmp_path / "fit" / "fit.json")["garments"]["tee"]
    for level in ("bust", "waist", "hip"):
        row = found["levels"][level]
        assert row["flat_cm"] == pytest.approx(110.0, abs=0.1)  # the tube is 110 cm round everywhere
        assert row["ease_cm"] == pytest.approx(110.0 - row["body_cm"], abs=0.1)
        assert written.ease_cm["tee"][level]["flat"] == pytest.approx(row["ease_cm"])
    assert found["levels"]["hem"]["flat_cm"] == pytest.approx(110.0, abs=0.1)
    assert set(found["strain"]) == {"front", "back"}
    assert written.verdict["tee"]["overall"] == found["verdict"]["overall"]
    size = written.verdict["tee"]["size"]["recommended"]
    assert size in ("S", "M", "L")
    assert found["simulation"]["steps"] == 9
    page = written.files[0].read_text()
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|src=\"(?!data:)", page)
    for text in (
        "look/ada@1",
        "Crew-neck T-shirt",
        "too tight" if "too tight" in found["verdict"]["overall"] else "Ease",
        "Laplace",
        "J-STAGE",
    ):
        assert text in page
    for file in written.files[2:]:
        pixels = np.asarray(Image.open(file).convert("RGB")).astype(int)
        assert min(pixels.shape[:2]) > 100
        assert pixels.std() > 10


@pytest.mark.usefixtures("quick")
def test_a_larger_garment_has_more_ease_and_a_wider_gap(publish_look, store, tmp_path):
    found = {}
    for half in (52.0, 70.0):
        publish_look(half, name=f"ada-{half:.0f}")
        fit_report(store, f"look/ada-{half:.0f}", out=tmp_path / str(half))
        found[half] = read_json(tmp_path / str(half) / "fit.json")["garments"]["tee"]
    small, large = found.values()
    assert large["levels"]["waist"]["ease_cm"] - small["levels"]["waist"]["ease_cm"] == pytest.approx(36.0, abs=0.1)
    wider = large["contact"]["waist"]["gap_mm"] - small["contact"]["waist"]["gap_mm"]
    assert 0.7 < wider / (1000 * 0.36 / (2 * np.pi)) < 1.0  # a round tube about an oval waist, by the shortest way
    assert large["verdict"]["levels"]["bust"]["word"] == "too loose"
    assert "more" in large["verdict"]["levels"]["bust"]["reason"]


@pytest.mark.usefixtures("quick")
def test_sizes_that_were_draped_stand_beside_each_other(publish_look, store, tmp_path):
    publish_look(50.0, size="S", name="ada-s")
    publish_look(62.0, size="XL", name="ada-xl")
    publish_look(55.0, size="M", name="ada")
    fit_report(store, "look/ada", out=tmp_path)
    draped = read_json(tmp_path / "fit.json")["garments"]["tee"]["sizes"]["draped"]
    assert list(draped) == ["S", "M", "XL"]
    assert [draped[size]["levels"]["waist"]["flat_cm"] for size in draped] == pytest.approx([100, 110, 124], abs=0.1)
    assert draped["XL"]["look"] == "look/ada-xl@1"


@pytest.mark.usefixtures("quick")
def test_a_garment_made_to_measure_is_held_to_its_design(publish_look, store, tmp_path):
    publish_look(50.0, size=None)
    fit_report(store, "look/ada", out=tmp_path)
    found = read_json(tmp_path / "fit.json")["garments"]["tee"]
    assert found["size"] == "made to measure"
    assert found["levels"]["bust"]["target"]["ease_cm"] == 12.0  # what the tee's design says
    assert found["levels"]["bust"]["target"]["made_for_cm"] is None
    assert found["levels"]["waist"]["verdict"] is None  # the tee says nothing of its waist


@pytest.mark.usefixtures("quick")
def test_a_look_that_failed_is_reported_where_none_passed(publish_look, store, tmp_path):
    publish_look(50.0, passed=False)
    written = fit_report(store, "look/ada", out=tmp_path)
    assert read_json(tmp_path / "fit.json")["passed"] is False
    assert "failed a gate" in written.files[0].read_text()
    publish_look(60.0)
    assert report._newest(store, Ref("look", "ada")).ref.version == 2
    assert report._newest(store, Ref("look", "ada", 1)).ref.version == 1


@pytest.mark.usefixtures("quick")
def test_a_look_without_forces_an_unknown_size_and_a_file_for_a_folder_are_refused(publish_look, store, tmp_path):
    publish_look(50.0, solver="blender", name="pretty")
    with pytest.raises(StudioError, match=r"look/pretty@1 has no garment .* again with --solver statics"):
        fit_report(store, "look/pretty", out=tmp_path)
    publish_look(50.0)
    with pytest.raises(StudioError, match=r"no size 'XM': did you mean"):
        fit_report(store, "look/ada", out=tmp_path / "fit", sizes="XM")
    assert not (tmp_path / "fit").exists()
    (tmp_path / "text.txt").write_text("here")
    with pytest.raises(StudioError, match=r"text\.txt is a file"):
        fit_report(store, "look/ada", out=tmp_path / "text.txt")
    with pytest.raises(StudioError, match=r"There is no look/eve"):
        fit_report(store, "look/eve", out=tmp_path)


@pytest.mark.usefixtures("quick")
def test_sizes_that_are_asked_for_are_dressed_as_the_look_was(publish_look, store, tmp_path, monkeypatch):
    from studio.look import stage

    publish_look(50.0)
    asked = []

    def dress(_, twin, **options):
        asked.append((str(twin), options))
        if options["name"] == "ada-l":
            raise StudioError("The sleeves do not close.")

    monkeypatch.setattr(stage, "dress", dress)
    fit_report(store, "look/ada", out=tmp_path, sizes="S,M,L")
    assert [(options["wear"], options["name"]) for _, options in asked] == [
        (("tee:women-S:cotton-jersey",), "ada-s"), (("tee:women-L:cotton-jersey",), "ada-l"),
    ]  # fmt: skip
    assert {twin for twin, _ in asked} == {"twin/ada@1"}
    assert {(options["solver"], options["pose"]) for _, options in asked} == {("statics", "a")}
    assert read_json(tmp_path / "fit.json")["sizes_not_draped"] == {"L": "The sleeves do not close."}
    assert "L: The sleeves do not close." in (tmp_path / "fit.html").read_text()


@pytest.mark.usefixtures("quick")
def test_what_is_worn_over_another_garment_is_measured_from_that(publish_look, store, tmp_path):
    """Two round tubes about one middle, 120 and 130 cm round: the gap between is their radii's difference less cloth and stand-off."""
    publish_look(60.0, 65.0)
    written = fit_report(store, "look/ada", out=tmp_path)
    found = read_json(tmp_path / "fit.json")["garments"]
    assert list(found) == list(written.verdict) == ["tee-0", "tee-1"]
    cloth_mm = load_fabric("cotton-jersey").mechanics.thickness_mm
    expected = 1000 * 0.10 / (2 * np.pi) - cloth_mm - found["tee-1"]["simulation"]["standoff_mm"]
    assert found["tee-1"]["contact"]["waist"]["gap_mm"] == pytest.approx(expected, abs=0.6)
    assert found["tee-0"]["contact"]["waist"]["gap_mm"] > 2 * expected  # from the skin
    assert [found[name]["levels"]["hip"]["flat_cm"] for name in found] == pytest.approx([120, 130], abs=0.1)
    assert len(written.files) == 2 + 2 * 4
