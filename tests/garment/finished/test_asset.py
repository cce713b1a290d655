"""`garment add` of finished garments: what is published, how it is named, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from studio.body.ground import pose_body
from studio.body.model import BodyParameters, forward, load_body
from studio.body.poses import load_pose
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.garment.catalog import parse_wear
from studio.garment.finished.asset import FinishedGarment, FinishedSpec, add_finished
from studio.garment.finished.mhclo import read_clothes
from studio.garment.imported import load_imported
from studio.look.figure import skin_faces
from studio.mesh.normals import vertex_normals
from studio.store import Outcome, Recipe
from studio.store.workspace import create_workspace, open_store
from tests.cli.test_commands import assert_refused, studio
from tests.garment.finished.shapes import glb, hat, obj_text, picture, shoe, write, y_up
from tests.garment.refusals import one_sentence

LOOKS = (picture((255, 0, 0)), picture((0, 255, 0)))


@pytest.fixture(scope="module")
def body():
    return load_body()


@pytest.fixture(scope="module")
def suit(body):
    """A second skin, 8 mm off the trunk and thighs of the mean body in the A-pose: vertices [m], world, and faces."""
    posed = forward(body, pose_body(body, BodyParameters.zero(body), load_pose("a")))
    skin, faces = world_from_smplx(posed.vertices.astype(float)), skin_faces(body)
    height = skin[:, 2] / skin[faces].max()
    chosen = (height > 0.35) & (height < 0.8) & (np.abs(skin[:, 0]) < 0.25)
    faces = faces[chosen[faces].all(axis=1)]
    used, faces = np.unique(faces, return_inverse=True)
    return (skin + 0.008 * vertex_normals(skin, skin_faces(body)))[used], faces.reshape(-1, 3)


def shoe_file(folder, name="shoe.glb"):
    mesh = shoe()
    return write(folder, name, glb(y_up(mesh.vertices), mesh.faces, pictures=LOOKS, variants=("day", "night")))


def clothes_file(folder, *, base="hm08", rows=None, tail="", name="cap.mhclo"):
    """A MakeHuman binding of a hat to three vertices of hm08 each."""
    mesh = hat()
    write(folder, "cap.obj", obj_text(10 * y_up(mesh.vertices), mesh.faces))
    rows = [f"{k} {k + 1} {k + 2} 0.5 0.25 0.25 0.1 0.2 -0.3" for k in range(len(mesh.vertices))] if rows is None else rows
    head = f"basemesh {base}\nname cap\ntag Hats\nobj_file cap.obj\nx_scale 1 2 1.5\nverts 0\nmaterial cap.mhmat\n"
    return write(folder, name, head + "\n".join(rows) + "\n" + tail)


def test_a_shoe_is_published_with_its_variants_and_pictures(store, tmp_path):
    made = add_finished(store, shoe_file(tmp_path), name="runner", spec=FinishedSpec(kind="shoe", title="Runner"))
    facts, garment = made.asset.facts, FinishedGarment(made.asset)
    assert (facts["form"], facts["kind"], facts["title"], facts["unit"]) == ("mesh", "shoe", "Runner", "m")
    assert [entry["size"] for entry in facts["sizes"]] == ["day", "night"]
    shown = [garment.materials[garment.variant(name).materials[0]].colour for name in ("day", "night")]
    assert [made.asset.path(role).read_bytes() for role in shown] == list(LOOKS)
    assert garment.mesh.vertices[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert made.asset.path("original").read_bytes() == shoe_file(tmp_path).read_bytes()
    assert [entry.ref for entry in store.entries(kind="garment")] == [made.ref]
    assert add_finished(store, shoe_file(tmp_path), name="runner", spec=FinishedSpec(kind="shoe", title="Runner")).reused


def test_the_variant_that_is_worn_can_be_chosen_when_adding_and_when_wearing(store, tmp_path):
    add_finished(store, shoe_file(tmp_path), name="runner", spec=FinishedSpec(kind="shoe", variant="night"))
    assert load_imported(store, "garment/runner").size(None) == "night"
    assert parse_wear("garment/runner:day", store=store).size == "day"
    assert parse_wear("runner", store=store).asset == "garment/runner@1"
    with pytest.raises(StudioError, match="'dya' is neither a variant of garment/runner@1 nor a fabric: did you mean 'day'") as info:
        parse_wear("runner:dya", store=store)
    one_sentence(info)
    with pytest.raises(StudioError, match="has looks of its own"):
        parse_wear("runner:day:denim", store=store)
    with pytest.raises(StudioError, match=r"shoe\.glb has no variant 'nigth': did you mean 'night'"):
        add_finished(store, shoe_file(tmp_path), name="runner", spec=FinishedSpec(kind="shoe", variant="nigth"))
    with pytest.raises(StudioError, match="is a finished garment and has no pattern"):
        load_imported(store, "garment/runner").pattern()


def test_cloth_without_looks_wears_a_fabric_that_can_be_named(store, tmp_path):
    made = add_finished(store, clothes_file(tmp_path), name="cap")
    assert (made.asset.facts["kind"], made.asset.facts["fabric"], made.asset.facts["materials"]) == ("hat", "wool-coating", [])
    assert parse_wear("cap:denim", store=store).fabric == "denim"
    assert parse_wear("cap/navy", store=store).colourway == "navy"


def test_a_binding_is_read_as_it_is_written(tmp_path):
    rows = ["7", "1 2 3 0.2 0.3 0.5 0.1 -0.2 0.3"]
    read = read_clothes(clothes_file(tmp_path, rows=rows, tail="delete_verts\n4 - 9\n"), name="cap.mhclo")
    np.testing.assert_array_equal(read.binding.vertices, [[7, 7, 7], [1, 2, 3]])
    np.testing.assert_allclose(read.binding.weights, [[1, 0, 0], [0.2, 0.3, 0.5]])
    np.testing.assert_allclose(read.binding.offsets, [[0, 0, 0], [0.01, -0.02, 0.03]])
    assert read.binding.scale_m.tolist() == pytest.approx([0.15, 0.0, 0.0])
    assert read.tags == ("Hats",)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"base": "hm07"}, "made for the base mesh 'hm07'"),
        ({"rows": []}, "binds no vertices"),
        ({"rows": ["1 2 3 0.2"]}, "vertex 0 has 4 numbers"),
        ({"rows": ["1 2 3 0.9 0.9 0.9 0 0 0"]}, "do not add up to 1"),
        ({"rows": ["1 2 3 nan 0.5 0.5 0 0 0"]}, "not finite"),
        ({"rows": ["99999"]}, "vertices that hm08 does not have"),
        ({"rows": ["1"]}, "do not belong together"),
    ],
)
def test_bad_bindings_are_refused(changes, sentence, store, tmp_path):
    with pytest.raises(StudioError, match=sentence) as info:
        add_finished(store, clothes_file(tmp_path, **changes), name="cap")
    one_sentence(info)
    assert store.entries() == []


def test_the_mesh_of_a_binding_may_not_lie_outside_of_its_folder(store, tmp_path):
    (tmp_path / "in").mkdir()
    file = clothes_file(tmp_path / "in")
    (tmp_path / "in" / "cap.obj").rename(tmp_path / "cap.obj")
    file.write_text(file.read_text().replace("obj_file cap.obj", "obj_file ../cap.obj"))
    with pytest.raises(StudioError, match="which is not beside it"):
        add_finished(store, file, name="cap")


def test_the_mannequin_is_found_though_the_file_says_neither_unit_nor_axes_nor_place(store, suit, tmp_path):
    vertices, faces = suit
    text = obj_text(100 * (vertices - [0.0, 0.0, 0.4]), faces)  # z up, in centimetres, begins near its origin
    made = add_finished(store, write(tmp_path, "suit.obj", text), name="suit")
    words = " ".join(made.asset.facts["remarks"])
    assert made.asset.facts["unit"] == "cm"
    assert "pose 'a'" in words
    assert "none was given" in words
    np.testing.assert_allclose(FinishedGarment(made.asset).mesh.vertices[:, 2].min(), vertices[:, 2].min(), atol=0.03)


def test_a_garment_that_was_made_on_a_twin_lies_where_the_twin_stands(store, body, suit, tmp_path):
    parameters = pose_body(body, BodyParameters.zero(body), load_pose("a"))

    def build(made) -> Outcome:
        made.write_arrays("twin.npz", offsets=np.zeros_like(body.template), **parameters.arrays())
        facts = {"body": "open", "body_digest": body.digest, "mode": "created", "appearance": None, "subject": "synthetic"}
        return Outcome(facts=facts | {"skin_melanin": None, "scan": None})

    store.produce(kind="twin", name="ada", recipe=Recipe(stage="test", inputs=(), spec={}), build=build)
    vertices, faces = suit
    file = write(tmp_path, "suit.obj", obj_text(y_up(vertices), faces))
    made = add_finished(store, file, name="suit", mannequin="twin/ada")
    assert [item.name for item in made.asset.manifest.inputs if item.role == "mannequin"] == ["twin/ada@1"]
    np.testing.assert_allclose(FinishedGarment(made.asset).mesh.vertices, vertices, atol=1e-5)
    np.testing.assert_allclose(FinishedGarment(made.asset).mannequin["body_pose"], parameters.body_pose, atol=0.02)
    far = write(tmp_path, "far.obj", obj_text(y_up(vertices) + np.array([0.0, 1.2, 0.0]), faces))
    with pytest.raises(StudioError, match="does not lie on twin/ada"):
        add_finished(store, far, name="far", mannequin="twin/ada")


def test_what_does_not_go_together_is_refused(store, tmp_path):
    with pytest.raises(StudioError, match="is a shoe, which is placed by its own shape: leave out --mannequin"):
        add_finished(store, shoe_file(tmp_path), name="x", spec=FinishedSpec(kind="shoe"), mannequin="twin/ada")
    with pytest.raises(StudioError, match="is bound to MakeHuman's body: leave out --mannequin"):
        add_finished(store, clothes_file(tmp_path), name="x", mannequin="twin/ada")
    with pytest.raises(StudioError, match=r"There is no file .*none\.obj"):
        add_finished(store, write(tmp_path, "s.obj", "v 0 0 0"), name="x", mannequin=tmp_path / "none.obj")
    with pytest.raises(StudioError, match="did you mean 'cotton-twill'"):
        add_finished(store, shoe_file(tmp_path), name="x", spec=FinishedSpec(fabric="cotton-twil"))
    assert store.entries() == []


def test_the_command_line_adds_lists_and_shows_finished_garments(tmp_path):
    folder = create_workspace(tmp_path / "ws")
    shoe_file(folder)
    run = studio("--json", "garment", "add", "shoe.glb", "--name", "runner", "--kind", "shoe", cwd=folder)
    assert run.returncode == 0, run.stderr
    made = json.loads(run.stdout)
    assert (made["ref"], made["kind"], made["variants"]) == ("garment/runner@1", "shoe", ["day", "night"])
    assert "variants day night" in studio("garment", "show", "runner", cwd=folder).stdout
    listed = json.loads(studio("--json", "garment", "list", cwd=folder).stdout)["imported"]
    assert listed["garment/runner@1"]["sizes"] == ["day", "night"]
    before = open_store(folder).entries()
    for arguments, sentence in (
        (("shoe.glb", "--name", "x", "--seams", "s.toml"), "--seams goes with a DXF"),
        (("tee.json", "--name", "x", "--kind", "shoe"), "--kind goes with a finished garment"),
        (("tee.json", "--name", "x", "--mannequin", "twin/a"), "--mannequin goes with a finished garment"),
        (("shoe.glb", "--name", "x", "--unit", "yard"), "'unit'"),
    ):
        assert_refused(studio("garment", "add", *arguments, cwd=folder), sentence)
    assert_refused(studio("garment", "export", "runner", "x.svg", cwd=folder), "is a finished garment and has no pattern")
    assert open_store(folder).entries() == before
