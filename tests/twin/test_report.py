"""The report of a twin: one file that needs nothing else, says what is wrong, and stays quiet where nothing is."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from studio.body.tape import Measure, Measures
from studio.cli.app import app
from studio.errors import StudioError
from studio.mesh.normals import vertex_normals
from studio.store.store import Store
from studio.store.workspace import create_workspace
from studio.twin.measure import measures_of_shape
from studio.twin.nearness import BODY_PARTS, Nearness, PartNearness
from studio.twin.report import pictures
from studio.twin.report.remarks import Remark, twin_warnings
from studio.twin.report.sheet import report_twin
from tests.page.test_document import HOSTILE, Reader, assert_self_contained
from tests.twin.published import publish_scan, publish_twin


@pytest.fixture(scope="module")
def reported(tmp_path_factory, known_body, model):
    """A store with a good twin of a made-up scan whose subject has a hostile name, and the report of it at a small picture size."""
    folder = tmp_path_factory.mktemp("reports")
    store = Store(folder / "store")
    person = known_body("a", seed=3, noise_m=0.0005)
    scan = publish_scan(
        store, name="anna", points=person.points, normals=person.normals, colours=np.full((len(person.points), 3), 150, np.uint8)
    )
    publish_twin(store, model, person.parameters, name="anna", scan=scan, subject=HOSTILE, appearance=HOSTILE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "HEIGHT_PX", 160)
        written = report_twin(store, "twin/anna", out=folder / "out")
    return store, person, written


def test_a_report_is_one_file_that_needs_nothing_else(reported):
    *_, written = reported
    assert written.file.name == "twin-anna-1.html"
    assert [path.name for path in written.file.parent.iterdir()] == ["twin-anna-1.html"]
    reader = assert_self_contained(written.file.read_text(encoding="utf-8"))
    images = [attributes for tag, attributes in reader.elements if tag == "img"]
    assert len(images) == 4  # two rows of pairs, two maps
    assert all(each["alt"] for each in images)
    assert written.file.stat().st_size < 1_000_000


def test_a_hostile_name_is_text(reported):
    *_, written = reported
    reader = Reader(written.file.read_text(encoding="utf-8"))
    assert reader.text.count(HOSTILE) == 2
    assert not [tag for tag, _ in reader.elements if tag == "script"]


def test_a_good_twin_has_no_warnings_and_its_distances_are_those_of_its_scan(reported):
    _, _, written = reported
    assert written.remarks == ()
    assert written.near.mean_mm == pytest.approx(0.4, abs=0.1)  # of noise of 0.5 mm
    assert written.near.shown > 0.95
    text = "".join(Reader(written.file.read_text(encoding="utf-8")).text)
    assert "No warnings." in text
    for part in BODY_PARTS:
        assert part in text


def test_the_page_says_what_the_tape_says_and_where_it_comes_from(reported, model):
    store, person, written = reported
    text = "".join(Reader(written.file.read_text(encoding="utf-8")).text)
    asset, scan = store.resolve("twin/anna"), store.resolve("scan/anna")
    for measure in measures_of_shape(model, person.parameters, np.zeros_like(model.template)):
        row = f"{measure.name.replace('_', ' ').capitalize()}{measure.cm:.1f}{100 * measure.uncertainty_m:.1f}{measure.clause}"
        assert row in text
    for digest in (asset.digest, scan.digest, asset.manifest.source, asset.manifest.recipe):
        assert digest in text
    assert f"numpy {asset.manifest.tools['numpy']}" in text
    assert "points 7" in text


def test_a_twin_without_a_scan_gets_a_report_without_one(reported, known_body, model, tmp_path, monkeypatch):
    store, person, _ = reported
    monkeypatch.setattr(pictures, "HEIGHT_PX", 80)
    publish_twin(store, model, person.parameters, name="made", stage="twin.create", mode="measures", noise_mm=None)
    written = report_twin(store, "twin/made", out=tmp_path / "made.html")
    assert written.near is None
    page = written.file.read_text(encoding="utf-8")
    reader = assert_self_contained(page)
    assert len([tag for tag, _ in reader.elements if tag == "img"]) == 1
    assert "Distance" not in page
    assert "made without a scan" in page
    assert "Stature" in page


def bad_nearness() -> Nearness:
    rows = []
    for part in BODY_PARTS:
        shown = {"right hand": 0.0, "left hand": 0.02, "head": 0.3}.get(part, 0.9)
        rows.append(PartNearness(part, 0.1, 12.0, 9.0, 40.0, 5.0, shown))
    distances = np.concatenate([np.full(80, 9.0), np.full(20, 60.0)])
    return Nearness(np.zeros((100, 3)), np.zeros((100, 3)), distances, np.zeros(4), 0.80, 0.7, tuple(rows))


def good_nearness() -> Nearness:
    rows = tuple(PartNearness(part, 0.1, 0.8, 0.7, 2.0, 0.0, 0.97) for part in BODY_PARTS)
    return Nearness(np.zeros((100, 3)), np.zeros((100, 3)), np.full(100, 0.8), np.zeros(4), 1.0, 0.98, rows)


def tape(**cm: float) -> Measures:
    usual = {"stature": 170.0, "bust_girth": 90.0, "waist_girth": 75.0, "hip_girth": 98.0} | cm
    return Measures.of(*(Measure(name, value / 100, "", 0.005) for name, value in usual.items()))


GOOD = {"mode": "skin", "noise_mm": 1.0, "offset_crossings": 0}


def test_everything_wrong_with_a_bad_twin_is_said_with_its_number():
    facts = {"mode": "skin", "noise_mm": 4.2, "offset_crossings": 37}
    scan = {"remarks": ["Which way is up is not clear in this file."], "floor_seen": False}
    found = twin_warnings(facts, passed=False, near=bad_nearness(), measures=tape(waist_girth=31.0), scan=scan)
    said = {about: " ".join(each.text for each in found if each.about == about) for about in {each.about for each in found}}
    assert set(said) == {"gate", "explained", "distance", "coverage", "parts", "noise", "crossings", "measures", "scan", "floor"}
    assert "80 %" in said["explained"]
    assert "19.2 mm" in said["distance"]
    assert "70 %" in said["coverage"]
    assert "nothing of the left hand and right hand" in said["parts"]
    assert "head (30 %)" in said["parts"]
    assert "4.2 mm" in said["noise"]
    assert "37 pairs" in said["crossings"]
    assert "Waist girth is 31.0 cm" in said["measures"]
    assert "Which way is up" in said["scan"]
    recorded = {**facts, "failures": ["No person."], "remarks": ["The scan shows little or nothing of the hands: there is a guess."]}
    again = twin_warnings(recorded, passed=False, near=bad_nearness(), measures=tape())
    assert [each.text for each in again if each.about == "gate"] == ["No person."]  # the fit's own words
    assert [each.text for each in again if each.about == "fit"] == recorded["remarks"]
    assert [each.text for each in again if each.about == "parts" and "hand" in each.text] == []  # said once
    assert [each.level for each in found if each.about == "floor"] == ["note"]


def test_a_good_twin_is_not_warned_of_and_each_fault_alone_is():
    def abouts(facts=GOOD, *, passed=True, near=None, measures=None, scan=None):
        told = twin_warnings(facts, passed=passed, near=near or good_nearness(), measures=measures or tape(), scan=scan)
        return [each.about for each in told]

    assert abouts() == []
    assert abouts(passed=False) == ["gate"]
    assert abouts({**GOOD, "mode": "clothed"}) == ["clothes"]
    assert abouts({**GOOD, "noise_mm": 3.0}) == ["noise"]
    assert abouts({**GOOD, "noise_mm": None}) == []
    assert abouts({**GOOD, "offset_crossings": 2}) == ["crossings"]
    assert abouts(measures=tape(stature=230.0)) == ["measures"]
    assert abouts(scan={"remarks": ["odd"], "floor_seen": True}) == ["scan"]
    assert abouts(near=replace(good_nearness(), explained=0.9)) == ["explained"]
    assert abouts(near=replace(good_nearness(), shown=0.8)) == ["coverage"]
    assert [each.about for each in twin_warnings(GOOD, passed=True, near=None, measures=None)] == ["measures"]


def test_nothing_is_written_where_the_report_is_refused(reported, tmp_path):
    store, *_ = reported
    (tmp_path / "kept").write_text("kept")
    for ref, out, sentence in (
        ("twin/nobody", tmp_path, "There is no twin/nobody"),
        ("scan/anna", tmp_path, "'scan/anna' is a scan, and a twin is needed"),
        ("twin/anna", tmp_path / "a.pdf", r"a\.pdf is neither"),
        ("twin/anna", tmp_path / "kept", "neither a folder nor"),
    ):
        with pytest.raises(StudioError, match=sentence):
            report_twin(store, ref, out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_pictures_of_scan_and_twin_lie_on_each_other(known_body, model):
    from scipy.ndimage import binary_dilation

    person = known_body("a", seed=3)
    views = pictures.four_views(person.points, person.vertices)
    small = tuple(replace(view, pixel_m=8 * view.pixel_m, size_px=tuple(size // 8 for size in view.size_px)) for view in views)
    scan = pictures.ScanShape(person.points, person.normals)
    for cloud, body in zip(pictures.scan_pictures(small, scan), pictures.body_pictures(small, person.vertices, model.faces), strict=True):
        a, b = cloud[..., 3] > 127, body[..., 3] > 127
        assert (a & b).sum() > 0.98 * b.sum()
        assert not (a & ~binary_dilation(b, iterations=2)).any()  # splats of 12 mm reach over the edge by a pixel of 17 mm
    mesh = pictures.ScanShape(person.vertices, vertex_normals(person.vertices, model.faces), faces=model.faces)
    for drawn, body in zip(pictures.scan_pictures(small, mesh), pictures.body_pictures(small, person.vertices, model.faces), strict=True):
        np.testing.assert_array_equal(drawn, body)


def test_the_command_answers_with_file_warnings_and_distances(reported, tmp_path, monkeypatch):
    *_, written = reported
    spoken = replace(written, remarks=(Remark("noise", "Noisy."), Remark("floor", "No floor.", level="note")))
    monkeypatch.setattr("studio.twin.report.sheet.report_twin", lambda *_, **__: spoken)
    folder = create_workspace(tmp_path)
    run = CliRunner().invoke(app, ["--workspace", str(folder), "--json", "twin", "report", "twin/anna"])
    assert run.exit_code == 0
    answer = json.loads(run.stdout)
    assert (answer["ref"], answer["file"]) == ("twin/anna@1", str(written.file))
    assert (answer["warnings"], answer["notes"]) == (["Noisy."], ["No floor."])
    assert set(answer["distances"]) == {"mean_mm", "median_mm", "p95_mm", "explained", "shown"}
    assert answer["distances"]["mean_mm"] == pytest.approx(written.near.mean_mm, abs=0.001)
