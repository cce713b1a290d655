"""What changed between two twins: nothing where nothing did, and a known change in the right place."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from studio.body.joints import INDEX
from studio.body.model import BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.cli.app import app
from studio.errors import StudioError
from studio.mesh.normals import vertex_normals
from studio.store.changes import changes
from studio.store.store import Store
from studio.store.workspace import create_workspace
from studio.twin import compare, history
from studio.twin.compare import compare_twins, laid_on
from studio.twin.history import KEY_MEASURES, twin_history
from studio.twin.measure import measures_of_shape
from studio.twin.report import pictures
from studio.twin.report.change import change_picture, write_change
from studio.twin.report.past import write_history
from studio.twin.report.words import cm
from tests.page.test_document import assert_self_contained
from tests.twin.published import publish_twin

#: How far the waist of the third version stands out [m].
FULLER_M = 0.010


@pytest.fixture(scope="module", autouse=True)
def remembered():
    """Twins are loaded and measured once each: versions never change."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (compare, history):
            patch.setattr(module, "load_twin", cache(module.load_twin))
            patch.setattr(module, "measures_of", cache(module.measures_of))
        yield


@pytest.fixture(scope="module")
def versions(tmp_path_factory, model):
    """A store with twin/eva: @1 a mean body, @2 taller by a beta and posed otherwise, @3 with a fuller waist by offsets, @4 failed."""
    store = Store(create_workspace(tmp_path_factory.mktemp("versions")) / "store")
    plain = apply_pose(model, BodyParameters.zero(model), load_pose("a"))
    grows = model.shape_dirs[model.template[:, 1].argmax(), 1] - model.shape_dirs[model.template[:, 1].argmin(), 1]
    betas = np.zeros(model.beta_count)
    betas[np.abs(grows).argmax()] = np.sign(grows[np.abs(grows).argmax()])
    pose = plain.full_pose.copy()
    pose[INDEX["left_elbow"], 1] += np.radians(20)
    publish_twin(store, model, plain, name="eva")
    publish_twin(store, model, plain.with_full_pose(pose).replace(betas=betas), name="eva", appearance="mei", noise_mm=0.9)
    publish_twin(store, model, plain, name="eva", offsets=fuller_waist(model), stage="twin.update")
    publish_twin(store, model, plain.replace(betas=0.5 * betas), name="eva", passed=False)
    return store


def fuller_waist(model) -> np.ndarray:
    """Offsets that move the skin outward round the waist, and fade over 8 cm."""
    rest = model.template.astype(np.float64)
    level = (model.joint_regressor @ model.template)[INDEX["spine1"], 1] + 0.06
    trunk = model.weights[:, [INDEX[name] for name in ("pelvis", "spine1", "spine2", "spine3")]].sum(axis=1)
    amount = FULLER_M * trunk * np.clip(2 - np.abs(rest[:, 1] - level) / 0.08, 0, 1)
    return amount[:, None] * vertex_normals(rest, model.faces)


@pytest.fixture(scope="module")
def fuller(versions):
    return compare_twins(versions, "twin/eva@1", "twin/eva@3")


def test_a_twin_does_not_differ_from_itself(versions):
    change = compare_twins(versions, "twin/eva@1", "twin/eva@1")
    assert change.whole.mean < 1e-4
    assert change.whole.max < 1e-3
    assert all(row.change_cm == 0 and not row.beyond_uncertainty for row in change.measures)
    assert change.turned_deg == ()
    assert change.facts == ()


def test_a_taller_beta_is_found_in_the_stature_to_a_millimetre(versions, model):
    change = compare_twins(versions, "twin/eva@1", "twin/eva@2")
    skin = model.surface.is_part("skin")
    rest = [
        forward(model, BodyParameters.zero(model).replace(betas=twin.arrays("twin.npz")["betas"])).vertices[skin, 1]
        for twin in (versions.resolve("twin/eva@1"), versions.resolve("twin/eva@2"))
    ]
    rows = {row.name: row for row in change.measures}
    assert rows["stature"].change_cm == pytest.approx(100 * (np.ptp(rest[1]) - np.ptp(rest[0])), abs=0.5)
    assert rows["stature"].change_cm > 2
    assert rows["stature"].beyond_uncertainty
    assert change.whole.mean > 1
    assert [name for name, _ in change.turned_deg] == ["left_elbow"]
    assert change.turned_deg[0][1] == pytest.approx(20, abs=0.01)
    said = {row.name: (row.before, row.after) for row in change.facts}
    assert said["appearance"] == ("amara", "mei")
    assert said["noise_mm"] == (0.5, 0.9)


def test_a_fuller_waist_is_found_at_the_waist_and_nowhere_else(fuller, model):
    rows = {row.name: row for row in fuller.measures}
    truth = [
        measures_of_shape(model, BodyParameters.zero(model), offsets) for offsets in (np.zeros_like(model.template), fuller_waist(model))
    ]
    assert rows["waist_girth"].change_cm == pytest.approx(truth[1].cm("waist_girth") - truth[0].cm("waist_girth"), abs=0.02)
    assert rows["waist_girth"].change_cm == pytest.approx(100 * 2 * np.pi * FULLER_M, rel=0.15)
    assert rows["waist_girth"].beyond_uncertainty
    for name in ("stature", "inside_leg", "head_girth", "thigh_girth", "calf_girth", "wrist_girth"):
        assert not rows[name].beyond_uncertainty, name
    parts = {row.part: row for row in fuller.parts}
    assert parts["trunk"].max == pytest.approx(1e3 * FULLER_M, rel=0.1)
    assert parts["trunk"].outward > 1
    for part in ("head", "left hand", "right foot", "right leg"):
        assert parts[part].p95 < 0.5, part
    at = fuller.vertices[np.nanargmax(fuller.outward_mm)]
    assert 0.5 < at[2] / fuller.vertices[:, 2].max() < 0.75


def test_the_other_way_round_everything_has_the_other_sign(versions, fuller):
    back = compare_twins(versions, "twin/eva@3", "twin/eva@1")
    for there, here in zip(fuller.measures, back.measures, strict=True):
        assert here.change_cm == pytest.approx(-there.change_cm, abs=1e-9)
    assert back.whole.outward == pytest.approx(-fuller.whole.outward, rel=0.1)


def test_uncertainties_of_a_change_add_up_as_independent_ones(fuller):
    row = replace(fuller.measures[0], before_cm=80.0, after_cm=80.49, uncertainty_cm=float(np.hypot(0.3, 0.4)))
    assert not row.beyond_uncertainty
    assert replace(row, after_cm=80.51).beyond_uncertainty
    assert not replace(row, after_cm=float("nan")).beyond_uncertainty


def test_bodies_are_laid_on_each_other_before_they_are_compared():
    rng = np.random.default_rng(3)
    points, weights = rng.normal(0, 1, (60, 3)), rng.uniform(0, 1, 60)
    turn = 0.4
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    moved = points @ rotation.T + (0.3, -0.2, 0.0)
    np.testing.assert_allclose(laid_on(moved, points, weights), points, atol=1e-12)
    higher = points + np.array([0, 0, 0.1])
    np.testing.assert_allclose(laid_on(higher, points, weights), higher, atol=1e-12)  # heights are kept


def test_a_change_is_written_as_a_page_and_as_a_picture(fuller, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "HEIGHT_PX", 120)
    page = write_change(fuller, out=tmp_path / "d.html").read_text(encoding="utf-8")
    assert_self_contained(page)
    marked = re.findall(r"<tr class=marked><td>([^<]+)</td>", page)
    assert "Waist girth" in marked
    assert "Stature" not in marked
    with Image.open(write_change(fuller, out=tmp_path / "d.png")) as picture:
        assert picture.height == 120 + 70 + 110
    pixels = np.asarray(Image.open(io.BytesIO(change_picture(fuller))).convert("RGB")).astype(int)[70:190]
    red = (pixels[..., 0] - pixels[..., 2] > 90).any(axis=1)
    rows = np.flatnonzero(red)
    assert 0.2 < rows.min() / 120 < rows.max() / 120 < 0.65  # the waist, and only there
    with pytest.raises(StudioError, match=r"d\.pdf is neither a folder nor a file that ends in \.html or \.png"):
        write_change(fuller, out=tmp_path / "d.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.html", "d.png"]


def test_twins_on_other_body_models_are_not_compared(versions, monkeypatch):
    first, second = (compare.load_twin(versions, f"twin/eva@{k}") for k in (1, 2))
    other = replace(second, model=replace(second.model, name="smplx-neutral", digest="0" * 64))
    twins = iter([first, other])
    monkeypatch.setattr(compare, "load_twin", lambda *_: next(twins))
    with pytest.raises(StudioError, match=r"twin/eva@1 is on the body model 'open' and twin/eva@2 on 'smplx-neutral'"):
        compare_twins(versions, "twin/eva@1", "twin/eva@2")


def test_history_lists_every_version_and_measures_each(versions, tmp_path):
    past = twin_history(versions, "twin/eva")
    assert [str(version.ref) for version in past] == [f"twin/eva@{k}" for k in (1, 2, 3, 4)]
    assert [version.made for version in past] == ["fit", "fit", "update", "fit"]
    assert [version.passed for version in past] == [True, True, True, False]
    stature = [version.measures.cm("stature") for version in past]
    assert stature[0] < stature[3] < stature[1]
    assert stature[2] == pytest.approx(stature[0], abs=0.05)
    drawing = ElementTree.fromstring(write_history(past, out=tmp_path / "h.svg").read_text(encoding="utf-8"))
    circles = [each for each in drawing.iter() if each.tag.endswith("circle")]
    assert len(circles) == 4 * len(KEY_MEASURES)
    assert sum(each.get("fill") == "#ffffff" for each in circles) == len(KEY_MEASURES)  # the failed one is hollow
    page = write_history(past, out=tmp_path / "h.html").read_text(encoding="utf-8")
    assert_self_contained(page)
    assert f"{stature[1]:.1f}" in page


def test_a_version_that_cannot_be_read_is_listed_with_the_reason(versions, tmp_path, monkeypatch):
    def gone(_store, ref):
        raise StudioError(f"{ref} was fitted on another version of the body model.")

    monkeypatch.setattr(history, "load_twin", gone)
    past = twin_history(versions, "twin/eva")
    assert [version.measures for version in past] == [None] * 4
    page = write_history(past, out=tmp_path / "h.html").read_text(encoding="utf-8")
    assert "twin/eva@2 was fitted on another version" in page
    with pytest.raises(StudioError, match="There is no twin/nobody"):
        twin_history(versions, "twin/nobody")


def test_changes_of_what_is_recorded_name_only_what_differs(versions):
    rows = {row.name: row for row in changes(versions.resolve("twin/eva@1"), versions.resolve("twin/eva@3"))}
    assert (rows["stage"].before, rows["stage"].after) == ("twin.fit", "twin.update")
    assert "subject" not in rows
    assert "settings.sum" in rows
    assert changes(versions.resolve("twin/eva@1"), versions.resolve("twin/eva@1")) == ()
    json.dumps([[row.name, row.before, row.after] for row in rows.values()], allow_nan=False)


def answered(store: Store, *arguments: str) -> dict:
    """The one JSON object with which a command answers."""
    run = CliRunner().invoke(app, ["--workspace", str(store.folder.parent), "--json", *arguments])
    assert run.exit_code == 0, run.output
    assert run.stdout.count("\n") == 1
    return json.loads(run.stdout)


def test_diff_answers_with_every_measure_and_what_moved(versions, fuller, tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "HEIGHT_PX", 60)
    answer = answered(versions, "diff", "twin/eva@1", "twin/eva@3", "--out", str(tmp_path / "d.html"))
    assert (answer["before"], answer["after"], answer["file"]) == ("twin/eva@1", "twin/eva@3", str(tmp_path / "d.html"))
    assert set(answer["measures"]) == {row.name for row in fuller.measures}
    for row in fuller.measures:
        told = answer["measures"][row.name]
        assert set(told) == {"before_cm", "after_cm", "change_cm", "uncertainty_cm", "beyond_uncertainty"}
        assert told["change_cm"] == pytest.approx(told["after_cm"] - told["before_cm"], abs=0.011)
        assert told["beyond_uncertainty"] == row.beyond_uncertainty
    assert answer["surface_mm"]["max"] == pytest.approx(fuller.whole.max, abs=0.001)
    assert set(answer["surface_mm"]["parts"]) == {row.part for row in fuller.parts}
    assert answer["facts"]["stage"] == {"before": "twin.fit", "after": "twin.update"}
    assert (tmp_path / "d.html").is_file()


def test_history_answers_with_every_version(versions):
    answer = answered(versions, "twin", "history", "twin/eva")
    assert [row["ref"] for row in answer["versions"]] == [f"twin/eva@{k}" for k in (1, 2, 3, 4)]
    assert answer["versions"][0]["measures"]["stature"].keys() == {"cm", "uncertainty_cm"}
    assert answer["file"] is None


def test_a_zero_change_has_no_sign():
    assert cm(-0.001, signed=True) == "0.0"
    assert cm(0.24, signed=True) == "+0.2"
    assert cm(float("nan")) == "–"
