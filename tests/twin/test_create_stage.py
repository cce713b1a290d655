"""`twin create` and `twin update` publish twins that every later stage can use, and refuse before anything is published."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from studio.cli.app import app
from studio.errors import StudioError
from studio.specs.appearance import AppearanceSpec
from studio.specs.base import validate
from studio.specs.person import Ancestry, PersonSpec, load_model, model_names, usual_appearance
from studio.store import Input, Outcome, Recipe, Ref
from studio.twin.create.stage import create_twin, standing
from studio.twin.export import export_twin
from studio.twin.measure import measure_twin
from studio.twin.twin import load_twin
from studio.twin.update import update_measures, update_scan


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A store with one made-up twin, ``twin/astrid``, from the ready model of that name."""
    from studio.store.store import Store

    store = Store(tmp_path_factory.mktemp("store") / "store")
    create_twin(store, "astrid", load_model("astrid").person)
    return store


def test_a_made_up_twin_is_used_like_a_fitted_one(shelf, tmp_path):
    asset, asked = shelf.resolve("twin/astrid@1"), load_model("astrid").measures
    measures = measure_twin(shelf, "twin/astrid")
    assert all(abs(measures.cm(name) - value) < 0.2 for name, value in asked.items())
    assert {name: row["given"] for name, row in asset.facts["measures"].items()} == asked
    assert all(abs(row["error_mm"]) < 2.0 for row in asset.facts["measures"].values())
    twin = load_twin(shelf, "twin/astrid")
    assert (twin.subject, twin.mode, not twin.offsets.any()) == ("synthetic", "created", True)
    assert abs(twin.posed().vertices[:, 1].min()) < 1e-3  # it stands on the floor in its own pose
    validate(AppearanceSpec, dict(asset.facts["appearance"]), source="facts")
    lines = export_twin(shelf, "twin/astrid", tmp_path / "astrid.obj").read_text().splitlines()
    heights = [float(line.split()[3]) for line in lines if line.startswith("v ")]
    assert max(heights) - min(heights) == pytest.approx(1.78, abs=0.01)
    assert 0 < asset.facts["naturalness"] <= 1


def test_the_same_spec_is_not_computed_twice(shelf):
    production = create_twin(shelf, "astrid", load_model("astrid").person)
    assert (str(production.ref), production.reused) == ("twin/astrid@1", True)


@pytest.mark.parametrize("name", model_names())
def test_every_ready_model_is_an_adult_whose_appearance_is_valid(name):
    model = load_model(name)
    assert 18 <= model.age <= 75
    assert {"stature", "bust_girth", "waist_girth", "hip_girth"} <= set(model.measures)
    assert model.appearance.title == model.title


def test_the_ready_models_are_varied():
    models = [load_model(name) for name in model_names()]
    assert len(models) == 12
    assert min(each.age for each in models) < 25 < 70 < max(each.age for each in models)
    assert len({each.seed for each in models}) == 12
    assert sum(each.gender < 0.4 for each in models) >= 4
    assert any(0.4 <= each.gender <= 0.6 for each in models)
    for part in ("african", "asian", "caucasian"):
        assert sum(each.ethnicity.shares[("african", "asian", "caucasian").index(part)] > 0.5 for each in models) >= 2
    girths = [each.measures["waist_girth"] for each in models]
    assert max(girths) > 1.6 * min(girths)


def test_a_stout_old_man_is_made_as_exactly_as_a_runway_model(shelf):
    model = load_model("samir")
    create_twin(shelf, "samir", model.person)
    measures = measure_twin(shelf, "twin/samir")
    assert all(abs(measures.cm(key) - value) < 0.5 for key, value in model.measures.items())


def test_the_usual_appearance_greys_with_age_and_darkens_with_ancestry():
    caucasian, african = Ancestry(caucasian=1), Ancestry(african=1)
    greys = [usual_appearance(1.0, age, caucasian).hair.grey for age in (30, 60, 75)]
    assert greys == [0.0, pytest.approx(0.6, abs=0.1), 1.0]
    assert usual_appearance(0.0, 30, african).skin.melanin > usual_appearance(0.0, 30, caucasian).skin.melanin + 0.4
    assert usual_appearance(0.0, 30, caucasian).figure == "male"


def test_what_is_altered_is_altered_on_what_the_gender_suggests():
    person = PersonSpec(measures={"stature": 180}, altered={"hair": {"style": "none"}})
    assert [(person.look(gender).figure, person.look(gender).hair.style) for gender in (0.0, 1.0)] == [("male", "none"), ("female", "none")]


# -- update ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fitted(shelf, model):
    """A twin with offsets, another pose, uneven sides, a texture, and facts of a fit."""
    rng = np.random.default_rng(2)
    betas = load_twin(shelf, "twin/astrid@1").parameters.betas + rng.normal(0, 0.1, model.beta_count).astype(np.float32)
    parameters = standing(model, betas).replace(global_orient=np.array([0.0, 0.4, 0.0]), transl=np.array([0.1, 0.02, 0.3]))
    offsets = (0.001 * np.sin(40 * model.template)).astype(np.float32)

    def build(draft):
        draft.write_arrays("twin.npz", **parameters.arrays(), offsets=offsets)
        draft.path("albedo.png").write_bytes(b"skin")
        facts = {
            "body": model.name,
            "body_digest": model.digest,
            "mode": "skin",
            "scan": "scan/eva@1",
            "subject": "eva",
            "appearance": "mei",
        }
        return Outcome(facts=facts | {"skin_melanin": 0.3, "scan_to_twin_mm": {"mean": 2.0}, "file_from_world": np.eye(4).tolist()})

    recipe = Recipe(stage="test", inputs=(Input("body", model.name, model.digest),), spec={}, tools=(), code=())
    return shelf.produce(kind="twin", name="eva", recipe=recipe, build=build).asset


def test_an_update_changes_what_was_asked_and_little_else(shelf, fitted, model):
    before = measure_twin(shelf, "twin/eva@1")
    asset = update_measures(shelf, Ref.parse("twin/eva@1"), {"waist_girth": before.cm("waist_girth") - 3}).asset
    after, old, new = measure_twin(shelf, asset.ref), load_twin(shelf, "twin/eva@1"), load_twin(shelf, asset.ref)
    assert after.cm("waist_girth") == pytest.approx(before.cm("waist_girth") - 3, abs=0.2)
    for name, mm in (("stature", 2), ("inside_leg", 3), ("hip_girth", 8), ("bust_girth", 8), ("neck_girth", 3), ("calf_girth", 3)):
        assert after.cm(name) == pytest.approx(before.cm(name), abs=mm / 10), name
    face = (model.surface.regions["face"] > 0.5) & model.surface.outer
    moved = model.shape_dirs[face].astype(float) @ (new.parameters.betas - old.parameters.betas)
    assert 1000 * np.linalg.norm(moved - moved.mean(axis=0), axis=1).max() < 1.0
    assert np.array_equal(new.offsets, old.offsets)
    assert np.array_equal(new.parameters.full_pose, old.parameters.full_pose)
    assert np.array_equal(new.parameters.transl, old.parameters.transl)


def test_an_update_is_the_next_version_of_the_same_person(shelf, fitted):
    stature = 180.0
    asset = update_measures(shelf, Ref.parse("twin/eva@1"), {"stature": stature}).asset
    facts = asset.facts
    assert asset.ref.name == "eva"
    assert asset.ref.version > 1
    assert (facts["previous"], facts["subject"], facts["appearance"], facts["skin_melanin"]) == ("twin/eva@1", "eva", "mei", 0.3)
    assert asset.path("albedo.png").read_bytes() == b"skin"
    assert "scan_to_twin_mm" not in facts  # it said how the version before lies on its scan
    assert facts["fitted"]["scan_to_twin_mm"] == {"mean": 2.0}
    assert facts["changed"]["inside_leg"] > 2  # a body does not grow in its neck alone


def test_an_update_that_contradicts_the_body_is_refused_and_publishes_nothing(shelf, fitted):
    versions = len(shelf.entries(kind="twin", name="eva"))
    with pytest.raises(StudioError, match=r"waist_girth 125 cm does not go with bust_girth"):
        update_measures(shelf, Ref.parse("twin/eva@1"), {"waist_girth": 125.0})
    with pytest.raises(StudioError, match="did you mean 'waist_girth'"):
        update_measures(shelf, Ref.parse("twin/eva@1"), {"waist_grith": 70.0})
    assert len(shelf.entries(kind="twin", name="eva")) == versions


def test_a_scan_of_somebody_else_is_refused(shelf, fitted):
    def build(draft):
        draft.write_arrays("scan.npz", points=np.zeros((3, 3)))
        return Outcome(facts={"subject": "paul"})

    shelf.produce(kind="scan", name="paul", recipe=Recipe(stage="test", inputs=(), spec={}, tools=(), code=()), build=build)
    with pytest.raises(StudioError, match=r"twin/eva@1 is of 'eva', and scan/paul@1 of 'paul'"):
        update_scan(shelf, Ref.parse("twin/eva@1"), Ref.parse("scan/paul"))


def test_a_new_scan_of_the_same_person_keeps_looks_and_textures(shelf, fitted, model, monkeypatch):
    """The fit itself has its own tests: here it is one that writes a body and a texture."""
    from studio.twin import stage

    def build_twin(draft, source, body, spec, report):
        draft.write_arrays("twin.npz", **standing(body, np.zeros(body.beta_count)).arrays(), offsets=np.zeros_like(body.template))
        draft.path("normal.png").write_bytes(b"new")
        facts = {"scan": str(source.ref), "subject": "eva", "appearance": "ines", "skin_melanin": 0.9, "mode": spec.mode}
        return Outcome(facts=facts | {"body": body.name, "body_digest": body.digest}, passed=False)

    def scan(draft):
        draft.write_arrays("scan.npz", points=np.zeros((3, 3)))
        return Outcome(facts={"subject": "eva"})

    monkeypatch.setattr(stage, "build_twin", build_twin)
    shelf.produce(kind="scan", name="eva", recipe=Recipe(stage="test", inputs=(), spec={}, tools=(), code=()), build=scan)
    asset = update_scan(shelf, Ref.parse("twin/eva@1"), Ref.parse("scan/eva")).asset
    facts = asset.facts
    assert (asset.ref.name, facts["previous"], facts["scan"]) == ("eva", "twin/eva@1", "scan/eva@1")
    assert (facts["appearance"], facts["skin_melanin"], facts["mode"]) == ("mei", 0.3, "skin")
    assert (asset.path("albedo.png").read_bytes(), asset.path("normal.png").read_bytes()) == (b"skin", b"new")
    assert not asset.passed  # a fit that fails its gate is kept as failed


# -- commands ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """Run a command in a new workspace: ``studio("twin", ...)`` gives its exit code, stdout and stderr."""
    folder, runner = tmp_path_factory.mktemp("workspace"), CliRunner()
    runner.invoke(app, ["init", str(folder)])

    def run(*arguments):
        result = runner.invoke(app, ["--workspace", str(folder), "--json", *arguments], catch_exceptions=True)
        error = str(result.exception) if isinstance(result.exception, StudioError) else result.stderr
        return result.exit_code, result.stdout, error

    return run


def test_the_commands_answer_one_json_object(studio):
    code, out, _ = studio(
        "twin", "create", "lena", "--height-cm", "170", "--measure", "waist_girth=72", "--gender", "woman", "--hair", "bob:red"
    )
    answer = json.loads(out)
    assert (code, answer["ref"]) == (0, "twin/lena@1")
    assert {name: row["given"] for name, row in answer["measures"].items()} == {"stature": 170.0, "waist_girth": 72.0}
    code, out, _ = studio("twin", "update", "twin/lena", "--measure", "waist_girth=74")
    answer = json.loads(out)
    assert (code, answer["ref"], answer["previous"]) == (0, "twin/lena@2", "twin/lena@1")
    assert abs(answer["measures"]["waist_girth"]["error_mm"]) < 2
    assert set(json.loads(studio("model", "list")[1])["models"]) == set(model_names())


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("twin", "create", "x"), "give --height-cm"),
        (("twin", "create", "x", "--height-cm", "150", "--inside-leg-cm", "100"), "inside_leg 100 cm does not go with stature 150 cm"),
        (("twin", "create", "x", "--measure", "bust_grith=90"), "did you mean 'bust_girth'"),
        (("twin", "create", "x", "--measure", "bust_girth"), "'bust_girth' is no measure: write NAME=CM"),
        (("twin", "create", "x", "--height-cm", "-3"), "greater than 0"),
        (("twin", "create", "x", "--height-cm", "nan"), "finite"),
        (("twin", "create", "x", "--height-cm", "170", "--gender", "womn"), "did you mean 'woman'"),
        (("twin", "create", "x", "--height-cm", "170", "--gender", "1.2"), "less than or equal to 1"),
        (("twin", "create", "x", "--height-cm", "170", "--age", "12"), "greater than or equal to 18"),
        (("twin", "create", "x", "--height-cm", "170", "--ethnicity", "asain"), "did you mean 'asian'"),
        (("twin", "create", "x", "--height-cm", "170", "--skin", "tam"), "did you mean 'tan'"),
        (("twin", "create", "x", "--height-cm", "170", "--hair", "bob:blnd"), "did you mean 'blond'"),
        (("twin", "create", "x", "--height-cm", "170", "--hair", "mohawk"), "hair.style"),
        (("twin", "create", "x", "--height-cm", "170", "--eyes", "pink"), "eyes.iris"),
        (("twin", "create", "x", "--height-cm", "170", "--look", "amra"), "did you mean 'amara'"),
        (("twin", "create", "x", "--model", "zolla"), "did you mean 'zola'"),
        (("twin", "create", "x", *(f"--measure=m{k}=50" for k in range(21))), "at most 20"),
        (("twin", "update", "twin/x", "--measure", "waist_girth=70"), "There is no twin/x"),
        (("twin", "update", "twin/x"), "Say what has changed of twin/x"),
    ],
    ids=lambda value: " ".join(value[2:6]) if isinstance(value, tuple) else "",
)
def test_a_refused_command_says_what_to_do_and_leaves_nothing(studio, arguments, part):
    code, out, error = studio(*arguments)
    assert code == 1
    assert part in error
    assert "Traceback" not in error
    assert not out
    assert "There is no twin/x" in studio("twin", "measure", "twin/x")[2]
