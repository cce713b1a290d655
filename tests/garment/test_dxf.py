"""Apparel DXF in and out: what is written comes back the same, and texts, units and sizes of other programs are read as they mean them."""

import math
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.catalog import draft, garment_names, load_garment
from studio.garment.formats.dxf import read_dxf, write_dxf
from studio.garment.formats.dxf_outline import nearest_on
from studio.garment.formats.dxf_relations import write_relations
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.formats.relations import read_relations
from studio.garment.meshing import mesh_pattern
from studio.garment.pattern import loop_polygon
from tests.garment.refusals import one_sentence

SQUARE = [(0, 0), (30, 0), (30, 20), (0, 20)]
TALL = [(0, 0), (40, 0), (30, 60), (10, 60)]


def only_panel(patterns, size="M"):
    (panel,) = patterns.patterns[size].panels
    return panel


def sewn_again(patterns, folder):
    """The patterns written and read back with their relations."""
    write_dxf(patterns, folder / "style.dxf")
    write_relations(patterns, folder / "seams.toml")
    return read_dxf(folder / "style.dxf", relations=read_relations(folder / "seams.toml"))


def assert_same_pattern(before, after, *, within_cm):
    assert after.seams == before.seams
    assert [panel.name for panel in after.panels] == [panel.name for panel in before.panels]
    for panel, read in zip(before.panels, after.panels, strict=True):
        assert read.placement == panel.placement
        assert read.cloth == panel.cloth
        assert read.grain_deg == pytest.approx(panel.grain_deg % 180, abs=1e-3)
        for loop, like in zip((panel.outline, *panel.holes), (read.outline, *sorted_holes(read, panel)), strict=True):
            fine, chain = loop_polygon(loop, 0.3), loop_polygon(like, 1e6)
            assert nearest_on(chain, fine)[0].max() < within_cm
        for edge in panel.edges:
            assert np.abs(edge.sample(50) - read.edge(edge.name).sample(50)).max() < within_cm


def sorted_holes(read, panel):
    by_name = {edge.name: hole for hole in read.holes for edge in hole}
    return [by_name[hole[0].name] for hole in panel.holes]


# --- what is written comes back ---


@pytest.mark.parametrize("name", garment_names())
def test_every_garment_comes_back_from_dxf_as_the_same_sewn_pattern(name, tmp_path):
    patterns = PatternSet(name, {"M": draft(load_garment(name), size="M")}, "M")
    again = sewn_again(patterns, tmp_path)
    assert (again.name, again.base, again.remarks) == (name, "M", ())
    assert_same_pattern(patterns.patterns["M"], again.patterns["M"], within_cm=0.005)


def test_a_nest_comes_back_in_all_its_sizes_and_can_be_meshed_for_sewing(tmp_path):
    tee = load_garment("tee")
    patterns = PatternSet("tee", {size: draft(tee, size=size) for size in ("S", "XL")}, "S")
    again = sewn_again(patterns, tmp_path)
    assert list(again.patterns) == ["S", "XL"]
    for size, pattern in patterns.patterns.items():
        assert_same_pattern(pattern, again.patterns[size], within_cm=0.005)
    before, after = (mesh_pattern(each.patterns["XL"], edge_length_m=0.03) for each in (patterns, again))
    places = [mesh.flat_m[mesh.seam_pairs] for mesh in (before, after)]
    assert np.abs(places[0] - places[1]).max() < 5e-5


def test_equal_patterns_give_equal_bytes_of_plain_release_12(tmp_path):
    patterns = PatternSet("tee", {"M": draft(load_garment("tee"), size="M")}, "M")
    for name in ("a", "b"):
        write_dxf(patterns, tmp_path / f"{name}.dxf")
        write_relations(patterns, tmp_path / f"{name}.toml")
    assert (tmp_path / "a.dxf").read_bytes() == (tmp_path / "b.dxf").read_bytes()
    assert (tmp_path / "a.toml").read_bytes() == (tmp_path / "b.toml").read_bytes()
    assert (tmp_path / "a.dxf").read_bytes().isascii()
    ezdxf = pytest.importorskip("ezdxf")
    document = ezdxf.readfile(tmp_path / "a.dxf")
    assert not document.audit().has_errors
    blocks = [block for block in document.blocks if not block.is_any_layout]
    assert {block.name for block in blocks} == {f"{panel.name}-M" for panel in patterns.patterns["M"].panels}
    front = next(block for block in blocks if block.name == "front-M")
    assert {"1", "2", "3", "4", "7", "14", "15", "84", "87"} == {entity.dxf.layer for entity in front}
    assert {"Piece Name: front", "Size: M", "Quantity: 1"} <= {text.dxf.text for text in front.query("TEXT")}


def test_seams_are_notched_at_their_middles_and_ends(tmp_path):
    pattern = draft(load_garment("tee"), size="M")
    write_dxf(PatternSet("tee", {"M": pattern}, "M"), tmp_path / "tee.dxf")
    ezdxf = pytest.importorskip("ezdxf")
    block = ezdxf.readfile(tmp_path / "tee.dxf").blocks.get("front-M")
    notches = np.array([tuple(point.dxf.location)[:2] for point in block.query('POINT[layer=="4"]')]) / 10
    sewn = {edge for seam in pattern.seams for panel, edge in (seam.a, seam.b) if panel == "front"}
    expected = np.concatenate([pattern.panel("front").edge(edge).sample(2) for edge in sorted(sewn)])
    distances = np.linalg.norm(notches[:, None] - expected[None], axis=2)
    assert len(notches) == len(expected)
    assert distances.min(axis=0).max() < 1e-3
    inside = [point for point in block.query('POINT[layer=="4"]') if point.dxf.location[2] == 5.0]
    assert len(inside) == len(notches)


def test_names_in_any_alphabet_come_back_and_what_dxf_cannot_carry_is_refused(tmp_path):
    pattern = draft(load_garment("tank"), size="M")
    renamed = replace(pattern, panels=tuple(replace(panel, name=f"{panel.name} Größe 前") for panel in pattern.panels), seams=())
    again = sewn_again(PatternSet("Größe", {"М": renamed}, "М"), tmp_path)
    assert [panel.name for panel in again.patterns["М"].panels] == [panel.name for panel in renamed.panels]
    assert again.name == "Größe"
    broken = replace(pattern, panels=(replace(pattern.panels[0], name="a^b"),), seams=())
    with pytest.raises(StudioError) as info:
        write_dxf(PatternSet("x", {"M": broken}, "M"), tmp_path / "x.dxf")
    assert "a^b" in one_sentence(info)
    assert not (tmp_path / "x.dxf").exists()


def test_written_relations_are_toml(tmp_path):
    write_relations(PatternSet("tee", {"M": draft(load_garment("tee"), size="M")}, "M"), tmp_path / "seams.toml")
    data = tomllib.loads((tmp_path / "seams.toml").read_text(encoding="utf-8"))
    assert set(data) == {"pieces", "seams"}


# --- units, texts, sizes ---


@pytest.mark.parametrize(
    ("scale", "texts", "insunits", "remarked"),
    [
        (10.0, ("Units: METRIC",), 0, False),
        (1 / 2.54, ("UNITS:ENGLISH",), 0, False),
        (1 / 2.54, (), 1, False),
        (10.0, (), 4, False),
        (1.0, ("Units: METRIC",), 5, False),  # the code says which metric unit
        (1.0, ("Units: METRIC",), 0, True),  # METRIC that means centimetres
        (10.0, ("Units: ENGLISH",), 0, True),  # a wrong statement
        (1 / 2.54, ("Units: ENGLISH",), 4, True),  # a contradiction
        (10.0, (), 0, True),
        (1 / 2.54, (), 0, True),
    ],
)
def test_the_unit_is_what_the_file_says_where_that_makes_a_garment_and_guessed_with_a_remark_else(
    scale, texts, insunits, remarked, file, sheet
):
    page = sheet(scale=scale, texts=texts, version="R2000")
    page.document.header["$INSUNITS"] = insunits
    page.piece("FRONT", TALL)
    page.piece("TAB", [(0, 0), (4, 0), (4, 2), (0, 2)])  # smaller than any garment
    patterns = read_dxf(page.save(file))
    assert np.ptp(patterns.patterns["M"].panel("FRONT").polygon(), axis=0) == pytest.approx([40, 60])
    assert any("numbers are read as" in remark for remark in patterns.remarks) == remarked


def test_a_size_that_no_unit_explains_is_refused_and_relations_may_say_the_unit(file, tmp_path, sheet):
    page = sheet(scale=0.01, texts=())
    page.piece("FRONT", TALL)
    with pytest.raises(StudioError) as info:
        read_dxf(page.save(file))
    assert 'unit = "mm"' in one_sentence(info)
    page = sheet(scale=1.0, texts=("Units: ENGLISH",))
    page.piece("FRONT", TALL)
    (tmp_path / "seams.toml").write_text('unit = "cm"\n[pieces.front]\n')
    patterns = read_dxf(page.save(file), relations=read_relations(tmp_path / "seams.toml"))
    assert np.ptp(only_panel(patterns).polygon(), axis=0) == pytest.approx([40, 60])


def test_keys_are_read_in_any_case_and_names_may_stand_in_the_block_alone(file, sheet):
    page = sheet(texts=("UNITS:METRIC", "STYLE NAME:Tee 7", "SAMPLE SIZE:s"))
    for size in ("S", "L"):
        block = page.block(f"SLEEVE_{size}", texts=(f"SIZE NAME:{size}",))
        page.line(block, SQUARE, 1, close=True)
    patterns = read_dxf(page.save(file))
    assert (patterns.name, patterns.base, list(patterns.patterns)) == ("Tee 7", "S", ["S", "L"])
    assert only_panel(patterns, "S").name == "SLEEVE"


def test_a_file_without_sizes_has_the_one_size_and_its_own_name(file, sheet):
    page = sheet()
    page.line(page.block("FRONT"), SQUARE, 1, close=True)
    patterns = read_dxf(page.save(file))
    assert (patterns.name, patterns.base, list(patterns.patterns)) == ("style", "one", ["one"])


def test_two_pieces_of_one_name_and_size_are_told_apart_with_a_remark(file, sheet):
    page = sheet()
    for block in ("A", "B"):
        page.line(page.block(block, texts=("Piece Name: POCKET", "Size: M")), SQUARE, 1, close=True)
    patterns = read_dxf(page.save(file))
    assert [panel.name for panel in patterns.patterns["M"].panels] == ["POCKET", "POCKET-2"]
    assert any("Two pieces of size M are called 'POCKET' (blocks 'A' and 'B')" in remark for remark in patterns.remarks)


def test_a_piece_that_is_drawn_in_one_size_only_is_used_in_all(file, sheet):
    page = sheet(texts=("Units: METRIC", "Sample Size: S"))
    for size, width in (("S", 30), ("L", 36)):
        page.piece("FRONT", [(0, 0), (width, 0), (width, 20), (0, 20)], size=size)
    page.piece("LOOP", [(0, 0), (8, 0), (8, 2), (0, 2)], size="S")
    patterns = read_dxf(page.save(file))
    assert patterns.patterns["L"].panel("LOOP").area_cm2() == pytest.approx(16)
    assert any("'LOOP' is not drawn in L" in remark for remark in patterns.remarks)


@pytest.mark.parametrize("deg", [0.0, 30.0, 90.0, 135.0])
def test_the_grain_line_s_direction_is_the_panel_s_grain(deg, file, sheet):
    page = sheet()
    block = page.piece("A", SQUARE)
    c, s = math.cos(math.radians(deg)), math.sin(math.radians(deg))
    block.add_line((150 + 60 * c, 100 + 60 * s), (150 - 60 * c, 100 - 60 * s), dxfattribs={"layer": "7"})
    assert only_panel(read_dxf(page.save(file))).grain_deg == pytest.approx(deg)


def test_notches_and_drill_holes_are_notes_and_internal_lines_a_remark(file, sheet):
    page = sheet()
    block = page.piece("A", SQUARE)
    page.marks(block, [(0, 0), (10, 0), (30, 5)], 4)
    page.marks(block, [(4, 7)], 80)
    page.marks(block, [(15, 12)], 13)
    page.line(block, [(5, 5), (25, 5)], 8)
    patterns = read_dxf(page.save(file))
    notes = dict(patterns.patterns["M"].notes)
    assert notes == {"A.e1.n1": 10.0, "A.e2.n1": 5.0, "A.e4.n1": 13.0, "A.drill1_x": 15.0, "A.drill1_y": 12.0}
    assert any("'A' has 1 internal line, not read" in remark for remark in patterns.remarks)


def test_pieces_outside_of_blocks_are_read_by_their_outlines(file, sheet):
    page = sheet()
    space = page.document.modelspace()
    for name, shift in (("LEFT PART", 0), ("OTHER", 60)):
        moved = [(x + shift, y) for x, y in SQUARE]
        page.line(space, moved[:3], 1)
        page.line(space, [*moved[2:], moved[0]], 1)
        space.add_text(f"Piece Name: {name}", dxfattribs={"layer": "1", "insert": ((shift + 15) * 10, 100)})
    patterns = read_dxf(page.save(file))
    assert [(panel.name, round(panel.area_cm2())) for panel in patterns.patterns["one"].panels] == [("LEFT PART", 600), ("OTHER", 600)]


def test_without_relations_pieces_hang_in_front_and_a_remark_says_what_is_missing(file, sheet):
    page = sheet()
    page.piece("SLEEVE", SQUARE, texts=("Quantity: 1,1",))
    patterns = read_dxf(page.save(file))
    placement = only_panel(patterns).placement
    assert (placement.region, placement.side, placement.at_cm) == ("torso", "front", (15.0, 20.0))
    assert patterns.patterns["M"].seams == ()
    assert any("studio garment check style.dxf --out pattern.svg" in remark and "seams.toml" in remark for remark in patterns.remarks)
    assert any("'SLEEVE' is cut 2 times" in remark for remark in patterns.remarks)


def test_a_block_is_read_as_large_as_it_is_inserted(file, sheet):
    page = sheet(scale=1.0)
    block = page.block("A", inserted=False)
    page.line(block, SQUARE, 1, close=True)
    page.document.modelspace().add_blockref("A", (500, 7), dxfattribs={"layer": "1", "xscale": 10, "yscale": 10, "rotation": 30})
    assert only_panel(read_dxf(page.save(file)), "one").area_cm2() == pytest.approx(600)


def test_an_outline_inside_a_nested_block_belongs_to_the_piece_that_inserts_it(file, sheet):
    page = sheet()
    part = page.block("TICKS", inserted=False)
    page.marks(part, [(0, 0)], 4)
    page.line(part, [(0, 0), (1, 0), (1, 1)], 1)
    block = page.piece("A", SQUARE)
    block.add_blockref("TICKS", (100, 0), dxfattribs={"layer": "4"})
    patterns = read_dxf(page.save(file))
    assert [panel.name for panel in patterns.patterns["M"].panels] == ["A"]
    assert dict(patterns.patterns["M"].notes) == {"A.e1.n1": 10.0}
