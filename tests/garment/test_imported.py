"""Imported garments: published from a file, listed beside the library, drawn, exported and named by --wear."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.garment.catalog import Wear, draft, load_garment, parse_wear
from studio.garment.check import check_pattern
from studio.garment.drawing import pattern_svg
from studio.garment.formats.dxf import write_dxf
from studio.garment.formats.dxf_relations import write_relations
from studio.garment.formats.garmentcode import read_garmentcode
from studio.garment.formats.garmentcode_write import garmentcode, write_garmentcode
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.imported import ImportSpec, add_garment, imported_garments, load_imported
from studio.garment.raster import pattern_png
from studio.store.store import Store
from studio.store.workspace import create_workspace, open_store
from tests.cli.test_commands import assert_refused, studio
from tests.garment.test_garmentcode import BACK_CLOCKWISE, assert_same, content, worn_tube


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """tube.json (a tiny garment of another program), tee.json and graded.dxf with its seams.toml, drawn by studio."""
    folder = tmp_path_factory.mktemp("files")
    stitches = [(("front", 1), ("back", 3)), (("front", 3), ("back", 1))]
    (folder / "tube.json").write_bytes(content(worn_tube(**BACK_CLOCKWISE), stitches))
    write_garmentcode(draft(load_garment("tee"), size="M"), folder / "tee.json")
    skirt = load_garment("a-line-skirt")
    sizes = PatternSet("skirt", {size: draft(skirt, size=size) for size in ("S", "M")}, "M")
    write_dxf(sizes, folder / "graded.dxf")
    write_relations(sizes, folder / "seams.toml")
    (folder / "text.txt").write_text("no pattern")
    return folder


@pytest.fixture(scope="module")
def stocked(files, tmp_path_factory) -> Store:
    """A store with garment/tube, of one size, and garment/graded, of sizes S and M; tests only read it."""
    store = Store(tmp_path_factory.mktemp("stocked"))
    add_garment(store, files / "tube.json", name="tube", spec=ImportSpec(title="Tube", fabric="cotton-twill"))
    add_garment(store, files / "graded.dxf", name="graded", seams=files / "seams.toml")
    return store


# --- publishing ---------------------------------------------------------------------------------------------------------------


def test_asset_holds_every_size_the_facts_and_the_files_it_was_made_from(stocked, files):
    asset = stocked.resolve("garment/graded")
    assert set(asset.manifest.files) == {"pattern-0.json", "pattern-1.json", "garment.json", "original", "seams.toml"}
    assert asset.path("original").read_bytes() == (files / "graded.dxf").read_bytes()
    assert asset.path("seams.toml").read_bytes() == (files / "seams.toml").read_bytes()
    facts = asset.json("garment.json")
    assert facts == asset.facts
    assert [entry["size"] for entry in facts["sizes"]] == ["S", "M"]
    assert facts["base"] == "M"
    assert facts["file"] == {"name": "graded.dxf", "sha256": hashlib.sha256((files / "graded.dxf").read_bytes()).hexdigest()}
    assert {item.role for item in asset.manifest.inputs} == {"original", "seams.toml"}


def test_patterns_of_the_asset_are_those_of_the_file(stocked, files):
    ours = read_garmentcode(files / "tube.json")
    assert_same(ours.patterns["one"], load_imported(stocked, "garment/tube").pattern())
    facts = load_imported(stocked, "tube").asset.facts
    assert (facts["title"], facts["fabric"], facts["layer"], facts["panels"], facts["seams"]) == ("Tube", "cotton-twill", 1, 2, 2)
    assert tuple(facts["remarks"]) == ours.remarks


def test_same_file_said_the_same_way_is_published_once(store, files):
    first = add_garment(store, files / "tube.json", name="tube")
    assert add_garment(store, files / "tube.json", name="tube").reused
    assert add_garment(store, files / "tube.json", name="tube", spec=ImportSpec(layer=2)).ref.version == 2
    assert add_garment(store, files / "tube.json", name="tube", again=True).ref.version == 3
    assert first.asset.facts["title"] == "tube"


def test_sizes_are_chosen_and_wrong_ones_helped(stocked):
    graded, tube = load_imported(stocked, "garment/graded"), load_imported(stocked, "garment/tube@1")
    wider = graded.pattern("M").panel("front").area_cm2() / graded.pattern("S").panel("front").area_cm2()
    assert 1.01 < wider < 1.2
    assert tube.pattern().name == "tube"
    with pytest.raises(StudioError, match="comes in the sizes S, M: say which, for example graded:M"):
        graded.pattern()
    with pytest.raises(StudioError, match="garment/graded@1 has no size 'XL': there is: M, S"):
        graded.pattern("XL")
    with pytest.raises(StudioError, match="garment/tube@1 has no size 'M': it comes in one size"):
        tube.pattern("M")
    assert list(imported_garments(stocked)) == ["graded", "tube"]


def test_nothing_is_published_from_what_cannot_be_read(store, files, tmp_path):
    with pytest.raises(StudioError, match=r"text\.txt is no pattern file"):
        add_garment(store, files / "text.txt", name="text")
    with pytest.raises(StudioError, match="There is no fabric 'twil'"):
        add_garment(store, files / "tube.json", name="tube", spec=ImportSpec(fabric="twil"))
    with pytest.raises(StudioError, match=r"There is no file .*missing\.toml"):
        add_garment(store, files / "graded.dxf", name="graded", seams=tmp_path / "missing.toml")
    with pytest.raises(StudioError, match=r"tube\.json says itself what is sewn to what"):
        add_garment(store, files / "tube.json", name="tube", seams=files / "seams.toml")
    assert store.entries() == []


# --- what --wear means --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wear"),
    [
        ("tube", Wear("tube", None, None, "cotton-twill", None, "garment/tube@1")),
        ("garment/tube", Wear("tube", None, None, "cotton-twill", None, "garment/tube@1")),
        ("tube@1:cotton-jersey/navy", Wear("tube", None, None, "cotton-jersey", "navy", "garment/tube@1")),
        ("graded:S", Wear("graded", None, "S", "cotton-jersey", None, "garment/graded@1")),
        ("garment/graded:M:cotton-twill/navy", Wear("graded", None, "M", "cotton-twill", "navy", "garment/graded@1")),
        ("tee:M", Wear("tee", "women", "M", "cotton-jersey", None)),
        ("a-line-skirt", Wear("a-line-skirt", None, None, "cotton-twill", None)),
    ],
)
def test_imported_garments_are_worn_by_name(text, wear, stocked):
    assert parse_wear(text, store=stocked) == wear


def test_library_comes_first_unless_the_reference_says_otherwise(store, files):
    add_garment(store, files / "tube.json", name="tee")
    assert parse_wear("tee", store=store).asset is None
    assert parse_wear("garment/tee", store=store).asset == "garment/tee@1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("garment/tub", r"There is no garment/tub: did you mean 'garment/tube'\?"),
        ("tube:M", r"'M' is neither a size of garment/tube@1 nor a fabric"),
        ("graded:Q", r"'Q' is neither a size of garment/graded@1 nor a fabric"),
        ("graded:cotton-jersy", r"did you mean 'cotton-jersey'\?"),
        ("graded:Q:cotton-twill", r"garment/graded@1 has no size 'Q'"),
        ("tube/nvy", r"The fabric 'cotton-twill' has no colour 'nvy': did you mean 'navy'\?"),
        ("garment/tube@7", r"There is no garment/tube@7: the newest version is garment/tube@1"),
        ("garment/../x", r"is not a reference|There is no garment"),
        ("tea", r"There is no garment 'tea': did you mean 'tee'\?"),
    ],
)
def test_wrong_names_of_imported_garments_are_helped(text, sentence, stocked):
    with pytest.raises(StudioError, match=sentence):
        parse_wear(text, store=stocked)


def test_imported_garments_need_a_workspace():
    with pytest.raises(StudioError, match="garment/tube is looked for in a workspace, and there is none here"):
        parse_wear("garment/tube")


# --- drawing and checking -----------------------------------------------------------------------------------------------------


def test_drawings_list_every_edge_by_number_and_name(files):
    pattern = read_garmentcode(files / "tube.json").patterns["one"]
    svg = pattern_svg(pattern)
    assert "2 to 8: front.edge_1 (60.0) to back.edge_3 (60.0)" in svg
    assert "3: front.edge_2 (40.0), not sewn" in svg


def test_pictures_show_the_pieces_to_scale(files, tmp_path):
    pattern = read_garmentcode(files / "tube.json").patterns["one"]
    (tmp_path / "tube.png").write_bytes(pattern_png(pattern))
    with Image.open(tmp_path / "tube.png") as image:
        per_cm = image.info["dpi"][0] / 2.54
        pixels = np.asarray(image.convert("RGB")).astype(int)
    cloth = (pixels == (246, 244, 239)).all(axis=2).sum() / per_cm**2
    assert cloth == pytest.approx(2 * 40 * 60, rel=0.04)  # less its lines and lettering


def test_mismatched_sides_are_told_of_files_and_not_of_drafts(tmp_path):
    panels = worn_tube(**BACK_CLOCKWISE)
    panels["front"]["vertices"][2][1] += 2.0
    (tmp_path / "odd.json").write_bytes(content(panels, [(("front", 1), ("back", 3))]))
    pattern = read_garmentcode(tmp_path / "odd.json").patterns["one"]
    (found,) = check_pattern(pattern, drafted=False).mismatches
    assert (found.a, found.a_cm, found.b, found.b_cm) == ("front.edge_1", 62.0, "back.edge_3", 60.0)
    assert check_pattern(draft(load_garment("tee"), size="M"), drafted=True).mismatches == ()


# --- commands -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, files) -> Path:
    """A workspace with the files in it, garment/tube and garment/graded."""
    folder = create_workspace(tmp_path_factory.mktemp("ws"))
    for file in files.iterdir():
        shutil.copy(file, folder)
    store = open_store(folder)
    add_garment(store, files / "tube.json", name="tube", spec=ImportSpec(title="Tube"))
    add_garment(store, files / "graded.dxf", name="graded", seams=files / "seams.toml")
    return folder


def answer(*arguments: str, cwd: Path) -> dict:
    run = studio("--json", *arguments, cwd=cwd)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_add_says_what_it_read(workspace):
    run = studio("garment", "add", "tee.json", "--name", "other-tee", "--title", "T-shirt", "--fabric", "ponte-roma", cwd=workspace)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "garment/other-tee@1  T-shirt: 6 panels, 14 seams, one size\n"
    made = answer("garment", "add", "graded.dxf", "--name", "again", "--seams", "seams.toml", "--layer", "2", cwd=workspace)
    assert (made["ref"], made["sizes"], made["layer"]) == ("garment/again@1", ["S", "M"], 2)
    assert answer("show", "garment/other-tee", cwd=workspace)["facts"]["fabric"] == "ponte-roma"


def test_list_and_show_name_imported_garments_beside_the_library(workspace, tmp_path):
    listed = answer("garment", "list", cwd=workspace)
    assert listed["imported"]["garment/tube@1"] == {"title": "Tube", "sizes": ["one"]}
    assert "tee" in listed["garments"]
    assert answer("garment", "list", cwd=tmp_path)["imported"] == {}
    assert answer("garment", "show", "graded", cwd=workspace)["file"]["name"] == "graded.dxf"
    assert answer("garment", "show", "tee", cwd=tmp_path)["block"] == "tee"
    assert {row["ref"] for row in answer("list", "garment", cwd=workspace)["assets"]} >= {"garment/tube@1", "garment/graded@1"}


def test_check_needs_no_store_for_a_file_and_writes_svg_or_png(workspace, tmp_path):
    shutil.copy(workspace / "tube.json", tmp_path)
    found = answer("garment", "check", "tube.json", "--out", "tube.svg", cwd=tmp_path)
    assert found["panels_cm2"] == {"front": 2400.0, "back": 2400.0}
    assert [seam["a"] for seam in found["seams"]] == ["front.edge_1", "front.edge_3"]
    assert found["mismatches"] == []
    assert (tmp_path / "tube.svg").read_text().startswith("<svg")
    run = studio("garment", "check", "tube", "--out", "tube.png", cwd=workspace)
    assert run.stdout.splitlines()[0] == "tube: 2 panels, 2 seams, 0.48 m2 of cloth; drawn in tube.png"
    assert "  front                     2400.0 cm2  4 edges" in run.stdout
    with Image.open(workspace / "tube.png") as image:
        assert image.size[0] > 500


def test_check_of_a_file_takes_a_size(workspace):
    arguments = ("--seams", "seams.toml", "--out", "graded.svg")
    base = answer("garment", "check", "graded.dxf", *arguments, cwd=workspace)
    small = answer("garment", "check", "graded.dxf:S", *arguments, cwd=workspace)
    assert (base["size"], small["size"], small["sizes"]) == ("M", "S", ["S", "M"])
    assert small["panels_cm2"]["front"] < base["panels_cm2"]["front"]


def test_exports_can_be_imported_again(workspace):
    answer("garment", "export", "tee:L", "l.json", cwd=workspace)
    assert_same(draft(load_garment("tee"), size="L"), read_garmentcode(workspace / "l.json").patterns["one"])
    made = answer("garment", "export", "tube", "tube.dxf", "--seams", "tube.toml", cwd=workspace)
    assert made["sizes"] == ["one"]
    back = answer("garment", "check", "tube.dxf", "--seams", "tube.toml", "--out", "back.svg", cwd=workspace)
    assert back["panels_cm2"] == {"front": 2400.0, "back": 2400.0}
    whole = answer("garment", "export", "a-line-skirt", "skirt.dxf", cwd=workspace)
    assert whole["sizes"] == ["XS", "S", "M", "L", "XL", "XXL"]
    answer("garment", "export", "garment/graded:S", "s.svg", cwd=workspace)
    assert (workspace / "s.svg").read_text().startswith("<svg")
    assert json.loads((workspace / "l.json").read_text())["pattern"] == garmentcode(draft(load_garment("tee"), size="L"))["pattern"]


#: A command line that is refused, and what its one sentence says.
REFUSED = [
    (("garment", "add", "none.json", "--name", "x"), r"There is no file none\.json"),
    (("garment", "add", "tube.json", "--name", "A B"), r"is not a reference"),
    (("garment", "add", "tube.json", "--name", "x", "--fabric", "cotton-twil"), r"did you mean 'cotton-twill'\?"),
    (("garment", "add", "tube.json", "--name", "x", "--layer", "12"), r"'layer': input should be less than or equal to 9, found 12"),
    (("garment", "show", "garment/tub"), r"There is no garment/tub: did you mean 'garment/tube'\?"),
    (("garment", "check", "none.json"), r"There is no file none\.json"),
    (("garment", "check", "graded.dxf:XXL", "--seams", "seams.toml"), r"graded\.dxf has no size 'XXL'"),
    (("garment", "check", "tube.json", "--out", "tube.pdf"), r"tube\.pdf is neither a folder nor a file that ends in \.svg or \.png"),
    (("garment", "check", "tube", "--twin", "twin/nobody"), r"is not drafted to measure: leave out --twin"),
    (("garment", "export", "tee", "tee.json"), r"names no size and no twin was given"),
    (("garment", "export", "graded", "g.json"), r"comes in the sizes S, M, and g\.json holds one: say which, for example graded:M"),
    (("garment", "export", "tee:M", "nowhere/tee.json"), r"There is no folder nowhere"),
    (("garment", "export", "tee:M", "tee.json", "--seams", "tee.toml"), r"--seams goes with a DXF"),
    (("garment", "export", "tee:M", "tee.svg", "--twin", "twin/nobody"), r"leave out one of the two"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_what_does_not_fit_is_refused_in_one_sentence_and_leaves_nothing(arguments, sentence, workspace):
    before, files = open_store(workspace).entries(), set(workspace.iterdir())
    assert_refused(studio(*arguments, cwd=workspace), sentence)
    assert open_store(workspace).entries() == before
    assert set(workspace.iterdir()) == files
