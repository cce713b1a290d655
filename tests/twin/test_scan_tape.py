"""The tape on the raw scan: against closed forms, against the tape on the body itself, and refused where the scan shows too little."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from studio.body.girths import find_tapes, girth
from studio.body.landmarks import find_landmarks
from studio.body.model import BodyParameters, forward
from studio.cli.measures import measure_rows, measure_table
from studio.frames import world_from_smplx
from studio.mesh.normals import vertex_normals
from studio.store import Outcome, Recipe, Ref
from studio.store.workspace import create_workspace, open_store
from studio.twin.measure import measures_of, measuring_body
from studio.twin.scan_tape import LEAST_COVERAGE, scan_checks
from studio.twin.twin import Twin


def twin_of(model, parameters):
    offsets = np.zeros((model.vertex_count, 3), dtype=np.float32)
    return Twin(
        Ref.parse("twin/anna@1", kind="twin"), model, parameters, offsets, np.zeros_like(offsets), "skin", "plain", "synthetic", None
    )


@pytest.fixture(scope="module")
def relaxed(model, skin, known_body):
    """A twin in the relaxed pose, its vertices there, and their normals."""
    person = known_body("relaxed", seed=5, count=40_000)
    return twin_of(model, person.parameters), person, vertex_normals(person.vertices, model.faces)


@pytest.mark.parametrize("grown_mm", [0.0, 3.0])
def test_on_a_cloud_grown_by_a_skin_of_3_mm_every_girth_grows_by_its_circle(relaxed, grown_mm):
    """By 2 pi times the growth where the skin stands upright to the plane, by up to a fifth more where it slopes."""
    twin, person, _ = relaxed
    rng = np.random.default_rng(0)
    points = person.points + (1e-3 * grown_mm + rng.normal(0, 0.001, (len(person.points), 1))) * person.normals
    checks = scan_checks(twin, points, person.normals)
    assert [check.name for check in checks] == list(dict.fromkeys(tape.name for tape in _tapes(twin)))
    for check in checks:
        assert check.coverage > (0.4 if check.name == "thigh_girth" else 0.9), check  # one thigh touches the other
        assert 2 * np.pi * grown_mm - 3.0 < 1000 * check.difference_m < 2.4 * np.pi * grown_mm + 3.0, check


def test_on_a_mesh_every_girth_grows_likewise(relaxed, skin):
    twin, person, normals = relaxed
    checks = scan_checks(twin, person.vertices + 0.003 * normals, normals, skin.faces)
    growths = {
        check.name: 1000 * check.difference_m / (2 * np.pi * 3) for check in checks if check.name != "thigh_girth"
    }  # the thighs touch
    assert {name: growth for name, growth in growths.items() if not 0.93 < growth < 1.2} == {}


def test_another_body_reads_as_the_tape_reads_it_in_the_same_place(model, skin):
    """Oracle: a second body that stands in the measuring pose is cut by the tape itself in the planes found on the first."""
    rng = np.random.default_rng(2)
    shape = np.zeros((2, model.beta_count), dtype=np.float32)
    shape[:, :10] = rng.normal(0, 0.7, 10)
    shape[1, 3:10] += rng.normal(0, 0.10, 7)
    first, second = (_standing_twin(model, betas) for betas in shape)
    there = measuring_body(model, second.parameters, second.offsets)
    checks = {check.name: check for check in scan_checks(first, there.vertices, vertex_normals(there.vertices, there.faces), skin.faces)}
    expected: dict[str, list[float]] = {}
    for tape in _tapes(first):
        expected.setdefault(tape.name, []).append(girth(there, tape))
    read = [name for name, check in checks.items() if check.scan_m is not None]
    assert {"bust_girth", "waist_girth", "hip_girth", "calf_girth", "knee_girth", "neck_girth"} <= set(read)
    for name in read:
        assert checks[name].scan_m == pytest.approx(np.mean(expected[name]), abs=0.0025), name


def test_half_a_scan_is_refused_and_says_how_much_there_was(relaxed):
    twin, person, _ = relaxed
    front = person.points[:, 1] < 0.0
    checks = {check.name: check for check in scan_checks(twin, person.points[front], person.normals[front])}
    for name in ("bust_girth", "waist_girth", "hip_girth"):
        assert checks[name].scan_m is checks[name].twin_m is checks[name].difference_m is None
        assert 0.3 < checks[name].coverage < LEAST_COVERAGE


def test_points_inside_out_and_far_away_do_not_count(relaxed):
    twin, person, _ = relaxed
    everything = np.concatenate([person.points, person.points, person.points + np.array([2.0, 0.0, 0.0])])
    normals = np.concatenate([person.normals, -person.normals, person.normals])
    plain, cluttered = (scan_checks(twin, points, normal) for points, normal in ((person.points, person.normals), (everything, normals)))
    assert [check.scan_m for check in plain] == pytest.approx([check.scan_m for check in cluttered], abs=1e-3)  # thighs touch


def test_rows_and_table_say_what_was_read(relaxed):
    twin, person, _ = relaxed
    half = person.points[:, 1] < 0.0
    rows = measure_rows(measures_of(twin), scan_checks(twin, person.points[half], person.normals[half]))
    json.dumps(rows, allow_nan=False)
    assert rows["waist_girth"]["scan_check"]["scan_cm"] is None
    assert set(rows["stature"]) == {"cm", "clause", "uncertainty_cm"}
    table = measure_table(rows, checked=True).splitlines()
    assert len(table) == len(rows) + 1
    assert "% shown" in next(line for line in table if line.startswith("waist_girth"))
    plain = measure_table(measure_rows(measures_of(twin), None), checked=False)
    assert "scan" not in plain


def _tapes(twin):
    body = measuring_body(twin.model, twin.parameters, twin.offsets)
    return find_tapes(body, find_landmarks(body))


def _standing_twin(model, betas):
    """A twin whose scan was taken in the measuring pose itself."""
    from studio.body.ground import measuring_stance

    parameters = measuring_stance(model, BodyParameters.zero(model).replace(betas=betas))
    assert np.isfinite(world_from_smplx(forward(model, parameters).vertices)).all()
    return twin_of(model, parameters)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, relaxed):
    """A workspace with twin/anna, whose scan is there, and twin/nina, made from no scan."""
    twin, person, _ = relaxed
    folder = create_workspace(tmp_path_factory.mktemp("tape"))
    store = open_store(folder)
    arrays = {"points": person.points.astype(np.float32), "normals": person.normals.astype(np.float32)}
    publish(store, "scan", "anna", "scan.npz", arrays, {"subject": "synthetic"})
    facts = {"body": "open", "body_digest": twin.model.digest, "mode": "skin", "appearance": "plain", "subject": "synthetic"}
    for name, scan in (("anna", "scan/anna@1"), ("nina", None), ("lost", "scan/lost@1")):
        shape = {**twin.parameters.arrays(), "offsets": twin.offsets}
        publish(store, "twin", name, "twin.npz", shape, {**facts, "skin_melanin": None, "scan": scan})
    return folder


def publish(store, kind, name, role, arrays, facts):
    def build(draft):
        draft.write_arrays(role, **arrays)
        return Outcome(facts=facts)

    store.produce(kind=kind, name=name, recipe=Recipe(stage="test", inputs=(), spec={"name": name}), build=build)


def answer(folder, *arguments):
    from studio.cli.app import app

    run = CliRunner().invoke(app, ["--workspace", str(folder), *arguments])
    assert run.exit_code == 0, run.output
    return run.stdout


def test_the_command_checks_a_twin_on_its_scan_and_only_where_there_is_one(workspace):
    measures = json.loads(answer(workspace, "--json", "twin", "measure", "twin/anna"))["measures"]
    assert {"cm", "clause", "uncertainty_cm"} <= set(measures["waist_girth"])
    assert abs(measures["waist_girth"]["scan_check"]["difference_cm"]) < 0.2
    assert "scan_check" not in measures["stature"]
    assert "scan - twin" in answer(workspace, "twin", "measure", "twin/anna")
    for arguments in (("twin/anna", "--no-scan"), ("twin/nina",), ("twin/lost",)):
        rows = json.loads(answer(workspace, "--json", "twin", "measure", *arguments))["measures"]
        assert not any("scan_check" in row for row in rows.values())
        assert rows["waist_girth"]["cm"] == measures["waist_girth"]["cm"]
