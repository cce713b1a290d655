"""`twin texture` from a file to a published twin, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from studio.errors import StudioError
from studio.frames import apply
from studio.scan.pictures import sample
from studio.scan.stage import add_scan
from studio.store import Outcome, Recipe
from studio.store.workspace import create_workspace, open_store
from studio.twin.texture.stage import texture_size, texture_twin
from studio.twin.twin import load_twin

SKIN, MARK = (206, 160, 136), (120, 70, 60)


def write_body(model, vertices: np.ndarray, folder) -> None:
    """A body as OBJ in centimetres with a texture in the body's own layout: flat skin with one dark mark."""
    surface = model.surface
    quads, uv = surface.quads[surface.outer[surface.quads].all(axis=1)], surface.uv[surface.outer[surface.quads].all(axis=1)]
    rows = ["mtllib body.mtl", *(f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in 100 * vertices)]
    rows += [f"vt {u:.6f} {v:.6f}" for u, v in uv.reshape(-1, 2)] + ["usemtl skin"]
    corner = np.arange(4 * len(quads)).reshape(-1, 4)
    rows += ["f " + " ".join(f"{v + 1}/{t + 1}" for v, t in zip(quad, at, strict=True)) for quad, at in zip(quads, corner, strict=True)]
    (folder / "body.obj").write_text("\n".join(rows))
    (folder / "body.mtl").write_text("newmtl skin\nKd 1 1 1\nmap_Kd body.png\n")
    picture = np.full((1024, 1024, 3), SKIN, np.uint8)
    picture[mark()] = MARK
    Image.fromarray(picture).save(folder / "body.png")


def mark() -> tuple[slice, slice]:
    """Rows and columns of a mark on the left thigh, in a picture of 1024 pixels."""
    return slice(690, 712), slice(560, 590)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, known_body, model):
    """A store with a textured scan of a known body and the twin that explains it exactly."""
    folder = tmp_path_factory.mktemp("textured")
    store = open_store(create_workspace(folder / "studio"))
    person = known_body("a", seed=3, count=100)
    write_body(model, person.vertices, folder)  # z up and facing -y: found, and no unit is said
    scan = add_scan(store, folder / "body.obj", name="anna", subject="synthetic").asset
    in_world = apply(np.linalg.inv(np.array(scan.facts["file_from_world"])), 100 * person.vertices)
    shift = in_world.mean(axis=0) - person.vertices.mean(axis=0)
    np.testing.assert_allclose(in_world, person.vertices + shift, atol=1e-4)
    moved = np.array([shift[0], shift[2], -shift[1]])  # smplx axes
    parameters = person.parameters.replace(transl=(person.parameters.transl + moved).astype(np.float32))

    def build(draft):
        nothing = np.zeros_like(model.template)
        draft.write_arrays("twin.npz", **parameters.arrays(), offsets=nothing, scan_offsets=nothing)
        return Outcome(facts=facts(model, scan=str(scan.ref)))

    twin = store.produce(kind="twin", name="anna", recipe=Recipe("test", (), {}), build=build).asset
    return store, scan, twin


def facts(model, **more):
    return {
        "body": model.name, "body_digest": model.digest, "mode": "skin", "appearance": "ines", "subject": "synthetic", "skin_melanin": 0.3,
        "noise_mm": 0.1, "file_from_world": np.eye(4).tolist(),
    } | more  # fmt: skip


def test_a_scan_keeps_its_picture_and_where_its_triangles_lie_in_it(workplace):
    _, scan, _ = workplace
    arrays = scan.arrays("scan.npz")
    assert scan.facts["pictures"] == 1
    assert arrays["corner_uv"].shape == (*arrays["faces"].shape, 2)
    picture = np.asarray(Image.open(scan.path("picture-0.png")))
    assert picture.shape == (1024, 1024, 3)
    assert (picture[mark()] == MARK).all()
    corners = sample(picture, arrays["corner_uv"]).reshape(-1, 3)
    points = arrays["colours"][arrays["faces"].ravel()]
    assert (np.abs(corners - points).max(axis=1) <= 1).mean() > 0.98  # but where a cut goes through the mark


@pytest.fixture(scope="module")
def textured(workplace):
    store, _, twin = workplace
    return texture_twin(store, twin.ref, size=1024)


def test_the_next_version_is_the_same_twin_with_pictures_of_its_skin(workplace, textured):
    store, scan, twin = workplace
    asset = textured.asset
    assert str(asset.ref) == "twin/anna@2"
    assert asset.manifest.files["twin.npz"] == twin.manifest.files["twin.npz"]
    assert {key: value for key, value in asset.facts.items() if key != "texture"} == dict(twin.facts)
    texture = asset.facts["texture"]
    assert (texture["size_px"], texture["scan"]) == (1024, str(scan.ref))
    assert texture["covered_share"] + texture["mirrored_share"] + texture["inpainted_share"] == pytest.approx(1, abs=2e-4)
    assert texture["covered_share"] > 0.9
    assert {item.digest for item in asset.manifest.inputs} == {twin.digest, scan.digest}
    pictures = load_twin(store, asset.ref).pictures
    assert pictures.face_covered > 0.8
    assert load_twin(store, twin.ref).pictures is None
    albedo = np.asarray(Image.open(pictures.albedo)).astype(int)
    rows, columns = mark()
    inner = albedo[rows.start + 3 : rows.stop - 3, columns.start + 3 : columns.stop - 3]
    beside = albedo[rows, columns.start - 12 : columns.start - 4]
    assert np.abs(inner - MARK).max() < 12
    assert np.abs(beside - SKIN).max() < 12
    assert np.asarray(Image.open(pictures.confidence))[rows, columns].min() == 255
    assert np.abs(np.asarray(Image.open(pictures.normal))[rows, columns].astype(int) - [128, 128, 255]).max() < 24


def test_the_same_is_not_baked_twice_and_not_on_top_of_itself(workplace, textured):
    store, _, twin = workplace
    again = texture_twin(store, "twin/anna", size=1024)
    assert again.reused
    assert again.asset.ref == textured.asset.ref
    assert [item.digest for item in again.asset.manifest.inputs if item.role == "twin"] == [twin.digest]


@pytest.mark.parametrize("text", ["4k", "4096", " 4K "])
def test_sizes_are_read_as_people_write_them(text):
    assert texture_size(text) == 4096


@pytest.mark.parametrize(("text", "sentence"), [("512", "1k to 8k"), ("9k", "1k to 8k"), ("large", "'large' is none"), ("", "'' is none")])
def test_a_size_out_of_range_is_answered_in_one_sentence(text, sentence):
    with pytest.raises(StudioError, match=sentence):
        texture_size(text)


def test_what_has_no_colours_is_refused_and_leaves_nothing_behind(workplace, model):
    store, scan, _ = workplace
    grey = {key: value for key, value in scan.arrays("scan.npz").items() if key in ("points", "normals")}

    def publish(kind, name, more, role, arrays):
        def build(draft):
            draft.write_arrays(role, **arrays)
            return Outcome(facts=more)

        return store.produce(kind=kind, name=name, recipe=Recipe("test", (), {"name": name}), build=build).asset

    publish("scan", "grey", {"subject": "synthetic", "colour": False}, "scan.npz", grey)
    twin = store.resolve("twin/anna@1").arrays("twin.npz")
    publish("twin", "grey", facts(model, scan="scan/grey@1"), "twin.npz", twin)
    publish("twin", "made", facts(model, scan=None), "twin.npz", twin)
    before = len(store.entries())
    runner = CliRunner()
    from studio.cli.app import app

    for name, sentence in (
        ("grey", "scan/grey@1 has no colours"),
        ("made", "twin/made@1 was made without a scan"),
        ("anne", "did you mean"),
    ):
        done = runner.invoke(app, ["--workspace", str(store.folder.parent), "twin", "texture", f"twin/{name}", "--size", "1k"])
        assert isinstance(done.exception, StudioError), done.output
        assert sentence in str(done.exception)
        assert str(done.exception).count("\n") == 0
    assert len(store.entries()) == before


def test_a_scan_of_something_else_is_refused(workplace):
    store, scan, twin = workplace
    arrays = scan.arrays("scan.npz")
    arrays["points"] = arrays["points"] + np.float32([1.2, 0, 0])

    def build(draft):
        draft.write_arrays("scan.npz", **{key: arrays[key] for key in ("points", "normals", "colours")})
        return Outcome(facts={"subject": "synthetic", "colour": True})

    away = store.produce(kind="scan", name="away", recipe=Recipe("test", (), {"away": True}), build=build).asset
    with pytest.raises(StudioError, match="so it is of another person or pose"):
        texture_twin(store, twin.ref, size=1024, scan=away.ref)
