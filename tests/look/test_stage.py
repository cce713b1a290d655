"""What `dress` publishes and refuses. The drape itself is replaced by a small one: it has its own tests."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from studio.body.model import BodyParameters, load_body
from studio.errors import StudioError
from studio.garment.formats.garmentcode import read_garmentcode
from studio.look.cloth import weld_cloth
from studio.look.finish import RenderMesh
from studio.look.gates import Allowed, Gates
from studio.look.sew import Sewn
from studio.look.solver import Settled
from studio.look.stage import dress
from studio.store import Outcome, Recipe

GOOD = {
    "penetrating_vertices": 0, "penetrating_samples": 0, "deepest_mm": 0.2, "intersecting_pairs": 0, "pairs_allowed": 100,
    "seam_gap_max_mm": 0.3, "settled_mm_per_frame": 0.2, "strain_p99": 0.05, "strain_allowed": 0.08,
    "bias_p99": 0.03, "bias_allowed": 0.067,
}  # fmt: skip


@pytest.fixture(scope="module")
def body():
    return load_body()


@pytest.fixture
def twin(store, body):
    """A published twin of the mean body."""
    parameters = BodyParameters.zero(body)

    def build(made) -> Outcome:
        made.write_arrays("twin.npz", offsets=np.zeros_like(body.template), **parameters.arrays())
        return Outcome(facts={"subject": "synthetic"})

    return store.produce(kind="twin", name="ada", recipe=Recipe(stage="test", inputs=(), spec={}), build=build).asset


@pytest.fixture(scope="module")
def once(body):
    """The mean body's measures and its way to the relaxed pose, computed once."""
    from studio.body.ground import pose_body
    from studio.body.poses import load_pose
    from studio.look.figure import build_figure
    from studio.look.parting import give_way
    from studio.look.stage import _measures

    zero, parameters = np.zeros_like(body.template), BodyParameters.zero(body)
    posed = pose_body(body, parameters, load_pose("relaxed"), offsets=zero)
    parted = give_way(body, posed, [frozenset({"torso", "left_arm", "right_arm"})], offsets=zero)  # as a tee parts it
    return SimpleNamespace(measures=_measures(body, parameters, zero), posed=posed, figure=build_figure(body, posed, offsets=parted))


@pytest.fixture
def draping(monkeypatch, once):
    """Replaces the drape: panels are welded where they lie flat. What it was asked for is kept, its gates can be set."""
    from studio.body import ground
    from studio.garment.meshing import mesh_pattern
    from studio.look import dress as room
    from studio.look import figure as figure_room
    from studio.look import stage as stage_room

    monkeypatch.setattr(ground, "pose_body", lambda *_, **__: once.posed)
    monkeypatch.setattr(stage_room, "_measures", lambda *_: once.measures)
    monkeypatch.setattr(figure_room, "build_figure", lambda *_, **__: once.figure)
    asked = SimpleNamespace(pieces=None, gates=dict(GOOD))

    def dressed(fitting, pieces, put_on, *, report):
        figure = fitting.figure
        asked.pieces, asked.figure = pieces, figure
        garments = []
        for piece in pieces:
            mesh = mesh_pattern(piece.pattern, edge_length_m=0.03)
            cloth, welded = weld_cloth(mesh)
            positions = np.zeros((cloth.vertex_count, 3))
            positions[welded, :2] = mesh.flat_m
            render = RenderMesh(positions, cloth.faces, cloth.flat_m, cloth.panel, positions)
            sewn = Sewn(cloth, positions, welded, 0.0003, 0)
            garments.append(
                room.Worn(
                    piece,
                    render,
                    mesh.panel_names,
                    sewn,
                    Settled(positions, positions[None], 0.2, 0.4, 60),
                    Allowed(5, 0.05, 0.05, 0.067),
                    {"sew": 1.0},
                )
            )
        return room.Drape(figure.vertices[-1], figure.faces, tuple(garments), Gates(**asked.gates))

    monkeypatch.setattr(room, "dressed", dressed)
    return asked


def test_look_holds_what_the_architecture_promises(store, twin, draping, body):
    made = dress(store, twin.ref, wear=("a-line-skirt", "tee:M:cotton-jersey/navy"))
    assert str(made.ref) == "look/ada@1"
    assert made.asset.passed
    facts = made.asset.facts
    assert facts["passed"] is True
    assert facts["failures"] == []
    assert {"penetrating_vertices", "deepest_mm", "intersecting_pairs", "seam_gap_max_mm", "settled_mm_per_frame", "strain_p99"} <= set(
        facts["gates"]
    )
    assert [item["garment"] for item in facts["garments"]] == ["a-line-skirt", "tee"]
    assert facts["garments"][1]["size"] == "M"
    assert facts["garments"][1]["colourway"] == "navy"
    assert facts["twin"] == "twin/ada@1"
    assert facts["subject"] == "synthetic"
    arrays = made.asset.arrays("garment-1.npz")
    count = len(arrays["faces"])
    assert arrays["uv_cm"].shape == (count, 3, 2)
    assert arrays["panel"].shape == (count,)
    assert arrays["rest_cm"].shape == arrays["vertices"].shape
    assert arrays["vertices"].dtype == np.float32
    assert arrays["panel"].max() < len(facts["garments"][1]["panels"])
    ribs = [facts["garments"][1]["panels"][index] for index in facts["garments"][1]["ribs"]]
    assert set(ribs) == {"neckband_front", "neckband_back"}
    assert made.asset.json("gates.json")["gates"] == facts["gates"]


def test_a_pose_file_that_was_edited_makes_a_new_version_and_the_same_one_does_not(store, twin, draping, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[joints]\nhead = { turn = 20 }\n")
    blend = f"{file}+relaxed:0.5"
    first = dress(store, twin.ref, wear=("tee",), pose=blend)
    assert first.asset.facts["pose"] == "mine.toml+relaxed:0.5"
    assert dress(store, twin.ref, wear=("tee",), pose=blend).reused
    file.write_text("[joints]\nhead = { turn = 21 }\n")
    second = dress(store, twin.ref, wear=("tee",), pose=blend)
    assert (second.reused, str(second.ref)) == (False, "look/ada@2")


def test_body_of_the_look_is_posed_stands_on_the_floor_and_can_be_posed_again(store, twin, draping, body):
    from studio.body.model import forward
    from studio.frames import world_from_smplx

    arrays = dress(store, twin.ref, wear=("tee",)).asset.arrays("body.npz")
    assert abs(arrays["vertices"][:, 2].min()) < 0.002
    again = forward(body, BodyParameters.from_arrays(arrays), offsets=arrays["offsets"])
    np.testing.assert_allclose(world_from_smplx(again.vertices), arrays["vertices"], atol=1e-6)
    np.testing.assert_allclose(draping.figure.vertices[-1], arrays["vertices"], atol=1e-6)  # the body that was dressed


def test_pattern_coordinates_keep_lengths_and_run_along_the_grain(store, twin, draping):
    arrays = dress(store, twin.ref, wear=("tee",)).asset.arrays("garment-0.npz")
    flat = arrays["vertices"][arrays["faces"]][..., :2] * 100  # the stand-in leaves every panel flat

    def sides(corners: np.ndarray) -> np.ndarray:
        return np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)

    whole = np.abs(sides(arrays["uv_cm"]) - sides(flat)).max(axis=1) < 1e-3
    assert whole.mean() > 0.8  # all but those at seams, whose vertices went to another panel's place


def test_failed_gate_is_published_as_failed_and_not_reused(store, twin, draping):
    draping.gates["strain_p99"] = 0.2
    failed = dress(store, twin.ref, wear=("tee",))
    assert not failed.asset.passed
    assert failed.asset.facts["failures"] == ["strain (99th percentile): 20.0%, allowed 8%"]
    draping.gates["strain_p99"] = 0.05
    good = dress(store, twin.ref, wear=("tee",))
    assert (good.ref.version, good.asset.passed, good.reused) == (2, True, False)


def test_same_outfit_is_not_draped_twice(store, twin, draping):
    first = dress(store, twin.ref, wear=("tee",))
    draping.pieces = None
    second = dress(store, twin.ref, wear=("tee",))
    assert second.reused
    assert second.ref == first.ref
    assert draping.pieces is None
    assert dress(store, twin.ref, wear=("tee",), again=True).ref.version == 2
    assert not dress(store, twin.ref, wear=("tee",), pose="attention").reused


def test_made_to_measure_is_drafted_to_the_twin_and_a_size_to_the_chart(store, twin, draping):
    dress(store, twin.ref, wear=("tee",))
    own = dict(draping.pieces[0].pattern.notes)["chest_half"]
    dress(store, twin.ref, wear=("tee:XXL",))
    assert dict(draping.pieces[0].pattern.notes)["chest_half"] > own + 5


def test_imported_garment_is_worn_as_its_file_draws_it_and_is_an_input_of_the_look(store, twin, draping, tmp_path):
    from studio.garment.imported import ImportSpec, add_garment
    from tests.garment.test_garmentcode import BACK_CLOCKWISE, assert_same, content, worn_tube

    (tmp_path / "tube.json").write_bytes(content(worn_tube(**BACK_CLOCKWISE), [(("front", 1), ("back", 3)), (("front", 3), ("back", 1))]))
    added = add_garment(store, tmp_path / "tube.json", name="tube", spec=ImportSpec(fabric="cotton-twill"))
    made = dress(store, twin.ref, wear=("tube/navy", "tee:M"))
    roles = {item.role: (item.name, item.digest) for item in made.asset.manifest.inputs}
    assert roles == {"twin": ("twin/ada@1", twin.digest), "garment-0": ("garment/tube@1", added.asset.digest)}
    assert [entry.ref for entry in store.made_from(added.asset)] == [made.ref]
    assert_same(draping.pieces[0].pattern, read_garmentcode(tmp_path / "tube.json").patterns["one"])
    worn = made.asset.facts["garments"][0]
    assert (worn["garment"], worn["asset"], worn["fabric"], worn["colourway"]) == ("tube", "garment/tube@1", "cotton-twill", "navy")
    assert dress(store, twin.ref, wear=("garment/tube@1/navy", "tee:M")).reused
    add_garment(store, tmp_path / "tube.json", name="tube", spec=ImportSpec(fabric="cotton-twill"), again=True)
    assert not dress(store, twin.ref, wear=("tube/navy", "tee:M")).reused  # a new version of the garment makes a new look


@pytest.mark.parametrize(
    ("wear", "pose", "words"),
    [
        ((), "relaxed", "A look needs a garment"),
        (("tea",), "relaxed", "did you mean 'tee'"),
        (("tee:velvet",), "relaxed", "velvet"),
        (("tee",), "relaxt", "did you mean 'relaxed'"),
    ],
)
def test_what_does_not_exist_is_refused_before_work_starts(store, twin, draping, wear, pose, words):
    with pytest.raises(StudioError, match=words):
        dress(store, twin.ref, wear=wear, pose=pose)
    assert draping.pieces is None
    assert not store.entries(kind="look")


def test_twin_of_another_body_is_refused(store, draping, body):
    def build(made) -> Outcome:
        made.write_arrays("twin.npz", offsets=np.zeros((7, 3)), **BodyParameters.zero(body).arrays())
        return Outcome(facts={})

    other = store.produce(kind="twin", name="eve", recipe=Recipe(stage="test", inputs=(), spec={}), build=build).asset
    with pytest.raises(StudioError, match="another body model"):
        dress(store, other.ref, wear=("tee",))
