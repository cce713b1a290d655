from __future__ import annotations

import numpy as np
import pytest
import trimesh

from studio import frames
from studio.errors import StudioError
from studio.mesh.closest import Surface
from studio.specs.appearance import Skin
from studio.specs.fit import FitSpec
from studio.store import Outcome, Recipe
from studio.store.store import Store
from studio.twin.complexion import complexion, melanin_of
from studio.twin.export import export_twin
from studio.twin.landmarks import LANDMARKS
from studio.twin.measure import measure_twin
from studio.twin.stage import fit_twin, load_twin

#: A fit that takes a few seconds: few points, few starts, no betas beyond the leading ones. The code is the same.
QUICK = {"points": 1500, "starts": 3, "betas": 40}
SPEC = FitSpec(**QUICK)
#: The scan's file is in centimetres, y up, off its origin.
FILE_FROM_WORLD = np.eye(4)
FILE_FROM_WORLD[:3, :3] = 100.0 * frames.SMPLX_FROM_WORLD
FILE_FROM_WORLD[:3, 3] = (120.0, -7.0, 33.0)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, known_body):
    """A store with a scan of a person with tan skin and a twin of it."""
    store = Store(tmp_path_factory.mktemp("twins") / "store")
    person = known_body("relaxed", seed=21, noise_m=0.0005, count=15_000)
    arrays = {
        "points": person.points.astype(np.float32),
        "normals": person.normals.astype(np.float32),
        "colours": np.tile(np.array([168, 121, 92], dtype=np.uint8), (len(person.points), 1)),
    }

    def build(draft):
        draft.write_arrays("scan.npz", **arrays)
        return Outcome(facts={"subject": "synthetic", "floor_seen": False, "file_from_world": FILE_FROM_WORLD.tolist()})

    scan = store.produce(kind="scan", name="anna", recipe=Recipe(stage="scan.add", inputs=(), spec={}), build=build)
    return store, scan, person, fit_twin(store, scan.asset.ref, spec=SPEC)


def test_twin_is_published_with_what_is_known_of_it(workplace):
    _, scan, _, production = workplace
    asset, facts = production.asset, production.asset.facts
    assert str(asset.ref) == "twin/anna@1"
    assert asset.passed
    assert set(facts["scan_to_twin_mm"]) == set(facts["parameters_only_mm"]) == {"mean", "median", "p95"}
    assert facts["scan_to_twin_mm"]["mean"] < facts["parameters_only_mm"]["mean"] < 2.5
    assert facts["iterations"] > 10
    assert (facts["mode"], facts["body"], facts["subject"], facts["scan"]) == ("skin", "open", "synthetic", str(scan.asset.ref))
    arrays = asset.arrays("twin.npz")
    assert arrays["body_pose"].shape == (21, 3)
    assert all(array.dtype == np.float32 for array in arrays.values())
    assert {item.digest for item in asset.manifest.inputs} >= {scan.asset.digest, facts["body_digest"]}


def test_how_much_the_scan_shows_is_published(workplace):
    facts = workplace[3].asset.facts
    assert facts["coverage"] > 0.9
    assert facts["coverage_by_part"]["left_foot"] > 0.9
    assert (facts["remarks"], facts["failures"]) == ([], [])


def test_a_bust_gives_a_twin_that_is_marked_failed_and_says_what_it_lacks(workplace, tmp_path):
    store, _, person, _ = workplace
    bust = person.points[:, 2] > person.vertices[:, 2].max() - 0.45
    arrays = {"points": person.points[bust].astype(np.float32), "normals": person.normals[bust].astype(np.float32)}

    def build(draft):
        draft.write_arrays("scan.npz", **arrays)
        return Outcome(facts={"subject": "synthetic", "floor_seen": False, "file_from_world": FILE_FROM_WORLD.tolist()})

    scan = store.produce(kind="scan", name="bust", recipe=Recipe(stage="scan.add", inputs=(), spec={"part": "bust"}), build=build)
    marks = {"nose": person.vertices[LANDMARKS["nose"]], "left_ear": person.vertices[LANDMARKS["left_ear"]]}
    lines = [f"{name},{','.join(map(str, frames.apply(FILE_FROM_WORLD, place)))}" for name, place in marks.items()]
    (tmp_path / "marks.csv").write_text("\n".join(["name,x,y,z", *lines]))
    production = fit_twin(store, scan.asset.ref, spec=SPEC, landmarks=tmp_path / "marks.csv")
    assert not production.asset.passed
    assert production.asset.facts["coverage"] < 0.4
    assert "the legs and the feet: scan the whole person" in " ".join(production.asset.facts["failures"])
    used = production.asset.manifest.spec["landmarks"]
    assert set(used) == set(marks)
    np.testing.assert_allclose(used["nose"], marks["nose"], atol=1e-6)
    twin = load_twin(store, production.asset.ref)
    nose = frames.world_from_smplx(twin.posed().vertices[LANDMARKS["nose"]].astype(np.float64))
    assert np.linalg.norm(nose - marks["nose"]) < 0.02
    with pytest.raises(StudioError, match="No version of twin/bust passed its gates"):
        load_twin(store, "twin/bust")


def test_same_fit_is_not_computed_twice_and_another_is(workplace):
    store, scan, _, production = workplace
    again = fit_twin(store, "scan/anna", spec=SPEC)
    assert again.reused
    assert again.asset.ref == production.asset.ref
    other = fit_twin(store, scan.asset.ref, name="anna-clothed", spec=FitSpec(mode="clothed", **QUICK))
    assert not other.reused
    assert other.asset.facts["mode"] == "clothed"
    assert not other.asset.arrays("twin.npz")["offsets"].any()


@pytest.mark.parametrize("suffix", [".ply", ".obj"])
def test_exported_in_the_scans_pose_it_lies_on_the_scans_own_file(workplace, tmp_path, suffix):
    store, _, person, _ = workplace
    file = export_twin(store, "twin/anna", tmp_path / f"anna{suffix}")
    mesh = trimesh.load(file, process=False, force="mesh")  # an OBJ has several materials
    in_file = frames.apply(FILE_FROM_WORLD, person.points)
    distance_cm = Surface(np.asarray(mesh.vertices), np.asarray(mesh.faces)).closest(in_file).distances
    assert distance_cm.mean() < 0.15
    assert mesh.volume > 0  # outside is outside


def test_exported_in_another_pose_it_stands_on_the_floor_in_metres(workplace, tmp_path):
    store, *_ = workplace
    mesh = trimesh.load(export_twin(store, "twin/anna", tmp_path / "anna.ply", pose="t"), process=False)
    assert abs(mesh.bounds[0, 2]) < 0.02
    assert 1.3 < np.ptp(mesh.vertices[:, 2]) < 2.2
    assert np.ptp(mesh.vertices[:, 0]) > 1.2  # arms out


def test_exported_parameters_give_the_exported_vertices(workplace, tmp_path):
    from studio.body.model import BodyParameters, forward

    store, *_ = workplace
    twin = load_twin(store, "twin/anna")
    with np.load(export_twin(store, "twin/anna", tmp_path / "anna.npz", pose="a"), allow_pickle=False) as file:
        arrays = dict(file)
    posed = forward(twin.model, BodyParameters.from_arrays(arrays), offsets=arrays["offsets"]).vertices
    np.testing.assert_allclose(posed, arrays["vertices"], atol=1e-6)


def test_export_refuses_what_it_cannot_write(workplace, tmp_path):
    store, *_ = workplace
    with pytest.raises(StudioError, match=r"'\.stl'.*there is: \.fbx, \.glb, \.npz, \.obj, \.ply"):
        export_twin(store, "twin/anna", tmp_path / "anna.stl")
    with pytest.raises(StudioError, match="There is no pose 'relaxd': did you mean 'relaxed'"):
        export_twin(store, "twin/anna", tmp_path / "anna.ply", pose="relaxd")
    with pytest.raises(StudioError, match="There is no folder"):
        export_twin(store, "twin/anna", tmp_path / "nowhere" / "anna.ply")
    assert not list(tmp_path.iterdir())


def test_loaded_twin_is_the_published_one_in_any_pose(workplace):
    store, _, person, production = workplace
    twin = load_twin(store, "twin/anna")
    assert twin.ref == production.asset.ref
    in_world = frames.world_from_smplx(twin.posed().vertices.astype(np.float64))
    assert Surface(in_world, twin.model.faces).closest(person.points).distances.mean() < 0.0015
    standing = twin.standing("attention")
    np.testing.assert_array_equal(standing.betas, twin.parameters.betas)
    assert not np.allclose(twin.posed(standing).vertices, twin.posed().vertices)


def test_measures_are_those_of_the_person(workplace):
    store, _, person, _ = workplace
    measures = measure_twin(store, "twin/anna")
    true_cm = 100 * np.ptp(person.vertices[:, 2])  # relaxed, nearly upright
    assert abs(measures["stature"].cm - true_cm) < 2.5
    assert 55 < measures["waist_girth"].cm < 140


def test_twin_of_another_body_model_is_refused(workplace, monkeypatch):
    import dataclasses

    import studio.twin.twin as module

    store, *_ = workplace
    model = dataclasses.replace(load_twin(store, "twin/anna").model, digest="0" * 64)
    monkeypatch.setattr(module, "load_body", lambda *_, **__: model)
    with pytest.raises(StudioError, match=r"fit scan/anna@1 again"):
        load_twin(store, "twin/anna")


def test_tone_is_read_from_the_scans_colours(workplace):
    _, _, _, production = workplace
    assert 0.3 < production.asset.facts["skin_melanin"] < 0.75


@pytest.mark.parametrize("order", [[(244, 214, 196), (217, 172, 140), (150, 103, 74), (78, 52, 38)]])
def test_deeper_skin_reads_as_more_melanin(order):
    rng = np.random.default_rng(0)
    tones = [melanin_of(np.clip(rng.normal(colour, 6, (500, 3)), 0, 255).astype(np.uint8)) for colour in order]
    assert tones == sorted(tones)
    assert tones[0] < 0.25
    assert tones[-1] > 0.75


@pytest.mark.parametrize("melanin", [0.1, 0.35, 0.6, 0.9])
def test_a_tone_that_is_photographed_as_it_is_rendered_is_read_back(melanin):
    linear = np.array(Skin(melanin=melanin).albedo)
    colour = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
    assert melanin_of(np.tile(colour.round(), (300, 1)).astype(np.uint8)) == pytest.approx(melanin, abs=0.02)


def test_scan_without_colours_gets_a_preset_all_the_same():
    chosen = complexion(None, np.zeros(0, dtype=bool), figure="female")
    assert chosen.melanin is None
    assert chosen.appearance
