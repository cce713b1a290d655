"""Sewing relations beside a DXF: what they make of its pieces, and how they are refused."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.garment.catalog import draft, load_garment
from studio.garment.curves import Line
from studio.garment.formats import dxf_entities
from studio.garment.formats.dxf import read_dxf, write_dxf
from studio.garment.formats.dxf_relations import write_relations
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.formats.relations import PieceRelation, RelationsSpec, SeamRelation, read_relations, toml_text
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, signed_area
from tests.garment import refusals

#: A body piece, a sleeve that is twice as wide, and half of a collar [cm]; all corners are turn points.
BODY = [(0, 0), (20, 0), (20, 30), (12, 36), (0, 36)]
SLEEVE = [(0, 0), (40, 0), (40, 30), (0, 30)]
HALF = [(0, 0), (10, 0), (12, 8), (0, 8)]


@pytest.fixture
def drawing(tmp_path):
    """A DXF of three pieces in two sizes; the larger one is 10 % larger."""
    with dxf_entities.quiet():
        import ezdxf

        document = ezdxf.new("R12")
        space = document.modelspace()
        for text in ("Units: METRIC", "Sample Size: M", "Style Name: coat"):
            space.add_text(text, dxfattribs={"layer": "1"})
        for size, scale in (("M", 10.0), ("L", 11.0)):
            for name, corners, quantity in (("BODY", BODY, 1), ("SLEEVE", SLEEVE, 2), ("Half Collar", HALF, 1)):
                block = document.blocks.new(f"{name.replace(' ', '_')}-{size}")
                space.add_blockref(block.name, (0, 0))
                for text in (f"Piece Name: {name}", f"Size: {size}", f"Quantity: {quantity}"):
                    block.add_text(text, dxfattribs={"layer": "1"})
                points = [(x * scale, y * scale) for x, y in corners]
                block.add_polyline2d(points, close=True, dxfattribs={"layer": "14"})
                for point in points:
                    block.add_point(point, dxfattribs={"layer": "2"})
                if name == "SLEEVE":
                    block.add_point((15 * scale, 0), dxfattribs={"layer": "4"})
                block.add_line((5 * scale, 2 * scale), (5 * scale, 6 * scale), dxfattribs={"layer": "7"})
        document.saveas(tmp_path / "coat.dxf")
    return tmp_path / "coat.dxf"


@pytest.fixture
def read(drawing, tmp_path):
    """Reads the drawing with relations given as TOML."""

    def with_relations(text):
        (tmp_path / "seams.toml").write_text(text, encoding="utf-8")
        return read_dxf(drawing, relations=read_relations(tmp_path / "seams.toml"))

    return with_relations


def one_sentence(info):
    text = refusals.one_sentence(info)
    assert "seams.toml" in text
    return text


def corners_of(panel):
    return np.array([edge.start for edge in panel.outline])


# --- panels ---


def test_a_piece_is_found_in_any_case_and_put_where_the_relations_say(read):
    patterns = read('[pieces.body]\nregion = "torso"\nside = "back"\nlandmark = "waist"\nat_cm = [3, 4.5]\ncloth = "rib"\n')
    panel = patterns.patterns["L"].panel("body")
    assert panel.placement == Placement("torso", "back", "waist", (3.0, 4.5))
    assert panel.cloth == "rib"
    assert patterns.name == "coat"
    assert np.abs(corners_of(panel) - 1.1 * np.array(BODY)).max() < 1e-9
    assert any("does not name are left out: SLEEVE, Half Collar" in remark for remark in patterns.remarks)


def test_a_piece_may_be_two_panels_one_of_them_mirrored(read):
    patterns = read(
        '[pieces.left]\npiece = "SLEEVE"\nregion = "left_arm"\nside = "around"\nat_cm = [20, 30]\nshare = 0.5\n'
        '[pieces.right]\npiece = "SLEEVE"\nmirrored = true\nregion = "right_arm"\nside = "around"\nat_cm = [5, 30]\n'
    )
    left, right = patterns.patterns["M"].panels
    assert right.edges == left.mirrored("right", right.placement).edges
    assert (left.placement.at_cm, right.placement.at_cm) == ((20.0, 30.0), (-5.0, 30.0))
    assert (left.placement.share, right.placement.share) == (0.5, 1.0)
    notes = dict(patterns.patterns["M"].notes)
    assert (notes["left.e1.n1"], notes["right.e1.n1"]) == (15.0, 25.0)  # each from the start of its own edge
    assert not any("SLEEVE' cut" in remark for remark in patterns.remarks)


def test_a_quantity_that_relations_do_not_use_up_is_remarked(read):
    patterns = read('[pieces.left]\npiece = "SLEEVE"\n')
    assert any("has 'SLEEVE' cut 2 times" in remark and "uses it 1 times" in remark for remark in patterns.remarks)


def test_a_piece_that_lies_on_its_side_is_turned_with_its_grain_and_its_place(read):
    patterns = read('[pieces.body]\nturn_deg = 90\nat_cm = [20, 30]\n[pieces.other]\npiece = "BODY"\nturn_deg = -90\nmirrored = true\n')
    panel, other = patterns.patterns["M"].panels
    assert np.abs(corners_of(panel) - [(-y, x) for x, y in BODY]).max() < 1e-9
    assert panel.placement.at_cm == pytest.approx((-30, 20))
    assert panel.grain_deg == pytest.approx(0.0)
    assert signed_area(other.polygon()) > 0
    assert other.placement.at_cm == pytest.approx((-18, 0))  # the middle of its top after turning


def test_a_panel_is_placed_by_an_edge_in_every_size(read):
    patterns = read('[pieces.body]\nat_edge = ["e4", 0.5]\n')
    assert patterns.patterns["M"].panel("body").placement.at_cm == pytest.approx((6, 36))
    assert patterns.patterns["L"].panel("body").placement.at_cm == pytest.approx((6.6, 39.6))


def test_a_place_may_be_given_for_each_size(read):
    patterns = read("[pieces.body]\nat_cm = { M = [1, 2], L = [3, 4] }\n")
    assert [patterns.patterns[size].panel("body").placement.at_cm for size in ("M", "L")] == [(1, 2), (3, 4)]
    with pytest.raises(StudioError) as info:
        read("[pieces.body]\nat_cm = { M = [1, 2], XL = [3, 4] }\n")
    assert "no 'at_cm' for size 'L': did you mean 'XL'?" in one_sentence(info)


def test_a_half_piece_is_unfolded_at_the_edge_that_the_relations_name(read):
    patterns = read('[pieces.collar]\npiece = "half collar"\nfold = "e4"\n')
    panel = patterns.patterns["M"].panel("collar")
    assert np.abs(corners_of(panel) - [(-10, 0), (10, 0), (12, 8), (-12, 8)]).max() < 1e-9
    assert panel.area_cm2() == pytest.approx(2 * 88)
    with pytest.raises(StudioError) as info:
        read('[pieces.collar]\npiece = "half collar"\nfold = "e9"\n')
    assert "'Half Collar' has no edge 'e9' to unfold at" in str(info.value)


def test_a_seam_allowance_is_taken_off_only_where_there_is_no_sew_line(tmp_path):
    with dxf_entities.quiet():
        import ezdxf

        document = ezdxf.new("R12")
        block = document.blocks.new("A")
        block.add_polyline2d([(x * 10, y * 10) for x, y in SLEEVE], close=True, dxfattribs={"layer": "1"})
        block.add_point((200, 0), dxfattribs={"layer": "4"})
        document.modelspace().add_text("Units: METRIC")
        document.saveas(tmp_path / "a.dxf")
    (tmp_path / "seams.toml").write_text("[pieces.a]\nseam_allowance_cm = 1.5\n")
    panel = read_dxf(tmp_path / "a.dxf", relations=read_relations(tmp_path / "seams.toml")).patterns["one"]
    assert np.abs(corners_of(panel.panel("a")) - [(1.5, 1.5), (38.5, 1.5), (38.5, 28.5), (1.5, 28.5)]).max() < 1e-9
    assert dict(panel.notes) == {"a.e1.n1": 18.5}


# --- edges and seams ---


def test_a_run_of_edges_is_sewn_as_one_even_across_the_first(read):
    text = '[pieces.body]\n[pieces.other]\npiece = "BODY"\n[[seams]]\na = ["body", "e5-e1"]\nb = ["other", "e5-e1"]\n'
    pattern = read(text).patterns["M"]
    panel = pattern.panel("body")
    assert [edge.name for edge in panel.edges] == ["e5-e1", "e2", "e3", "e4"]
    assert panel.edge("e5-e1").length == pytest.approx(56)
    assert (panel.edge("e5-e1").start, panel.edge("e5-e1").end) == ((0, 36), (20, 0))
    assert pattern.seams == (Seam(("body", "e5-e1"), ("other", "e5-e1")),)


def test_an_edge_is_split_at_notches_and_shares_so_that_two_pieces_can_be_sewn_to_it(read):
    pattern = read(
        '[pieces.body]\n[pieces.sleeve]\nsplit = { e1 = ["n1", 0.75] }\nedges = { middle = "e1b", rest = "e1c-e2" }\n'
        '[[seams]]\na = ["sleeve", "middle"]\nb = ["body", "e3"]\nease = -0.333333\n'
    ).patterns["M"]
    panel = pattern.panel("sleeve")
    assert [edge.name for edge in panel.edges] == ["e1a", "middle", "rest", "e3", "e4"]
    assert [round(panel.edge(name).length, 9) for name in ("e1a", "middle", "rest")] == [15, 15, 40]
    assert pattern.seams[0].a == ("sleeve", "middle")


def test_names_of_edges_are_used_and_their_numbers_still_understood(read):
    pattern = read(
        '[pieces.body]\nedges = { side = "e2", hem = "e1" }\n[pieces.other]\npiece = "BODY"\n'
        '[[seams]]\na = ["body", "e2"]\nb = ["other", "e2"]\n'
    ).patterns["M"]
    assert [edge.name for edge in pattern.panel("body").edges] == ["hem", "side", "e3", "e4", "e5"]
    assert pattern.seams == (Seam(("body", "side"), ("other", "e2")),)


def test_a_seam_without_ease_takes_the_one_that_its_lengths_make_in_each_size(read):
    text = '[pieces.body]\n[pieces.sleeve]\nsplit = { e1 = [0.5] }\n[[seams]]\na = ["body", "e5"]\nb = ["sleeve", "e2-e3"]\n'
    with pytest.raises(StudioError) as info:
        read(text)
    message = one_sentence(info)
    assert "'body.e5' (36.00 cm)" in message
    assert "'sleeve.e2-e3' (70.00 cm)" in message
    assert "ease = 0.944" in message
    patterns = read(text + "ease = 0.94\n")
    assert [pattern.seams[0].ease for pattern in patterns.patterns.values()] == pytest.approx([70 / 36 - 1] * 2)
    exact = read('[pieces.body]\n[pieces.sleeve]\nsplit = { e1 = [0.51] }\n[[seams]]\na = ["body", "e1"]\nb = ["sleeve", "e1a"]\n')
    assert exact.patterns["M"].seams[0].ease == pytest.approx(0.02)
    remarked = read('[pieces.body]\n[pieces.sleeve]\nsplit = { e1 = [0.52] }\n[[seams]]\na = ["body", "e1"]\nb = ["sleeve", "e1a"]\n')
    assert any("is eased by +4.0%" in remark for remark in remarked.remarks)


def test_a_stated_ease_that_the_lengths_contradict_is_refused(read):
    with pytest.raises(StudioError) as info:
        read('[pieces.body]\n[pieces.sleeve]\n[[seams]]\na = ["body", "e2"]\nb = ["sleeve", "e2"]\nease = 0.05\n')
    assert "+5.0% is stated" in one_sentence(info)


def test_a_turned_seam_joins_right_side_to_wrong_side(read):
    pattern = read('[pieces.body]\n[pieces.sleeve]\n[[seams]]\na = ["body", "e2"]\nb = ["sleeve", "e2"]\nturned = true\n').patterns["M"]
    assert pattern.seams == (Seam(("body", "e2"), ("sleeve", "e2"), right_wrong=True),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[pieces.bodi]\n', "'bodi' is to be made of the piece 'bodi', and coat.dxf has none of that name: did you mean 'BODY'?"),
        ('[pieces.body]\nlandmrk = "waist"\n', "unknown key 'pieces.body.landmrk': did you mean 'landmark'?"),
        ('[pieces.body]\nregion = "leg"\n', "'pieces.body.region'"),
        ('[pieces.body]\nat_cm = { M = [1] }\n', "'pieces.body.at_cm': this is a point"),
        ('[pieces.body]\nat_cm = [1, 2]\nat_edge = ["e1", 0.5]\n', "at_cm or at_edge, not both"),
        ('[pieces.body]\nat_edge = ["e7", 0.5]\n', "'body' has no edge 'e7' to be placed by"),
        ('[pieces.body]\nsplit = { e1 = [1.5] }\n', "shares between 0 and 1"),
        ('[pieces.body]\nsplit = { e9 = [0.5] }\n', "'body' has no edge 'e9' to split"),
        ('[pieces.sleeve]\nsplit = { e1 = ["n2"] }\n', "'e1' has 1 notches and is not split at 'n2'"),
        ('[pieces.body]\nsplit = { e1 = [0.5, 0.5] }\n', "split twice at the same place"),
        ('[pieces.body]\nedges = { a = "e1", b = "e1" }\n', "gives 'e1' two names"),
        ('[pieces.body]\nedges = { a = "e1-e3", b = "e3" }\n', "the edge 'e3' is part of both 'a' and 'b'"),
        ('[pieces.body]\nedges = { a = "e1-x3" }\n', "'body' has no edge 'x3': there is: e1, e2"),
        ('[pieces.body]\n[[seams]]\na = ["body", "e1"]\nb = ["bodi", "e2"]\n', "'bodi': did you mean 'body'?"),
        ('[pieces.body]\n[[seams]]\na = ["body", "e1"]\nb = ["body", "e22"]\n', "'body' has no edge 'e22': did you mean 'e2'?"),
        ('[pieces.body]\n[[seams]]\na = ["body", "e1"]\nb = ["body"]\n', "'seams.0.b.1' is missing"),
        ('[[seams]]\na = ["body", "e1"]\nb = ["body", "e2"]\n', "'pieces' is missing"),
        ('unit = "ell"\n[pieces.body]\n', "'unit'"),
        ('[pieces.body\n', "is not valid TOML"),
    ],
)  # fmt: skip
def test_wrong_relations_are_refused_with_the_file_the_piece_and_the_edge(text, said, read):
    with pytest.raises(StudioError) as info:
        read(text)
    assert said in one_sentence(info)


# --- writing ---


def square(name, width, placement, names=("e1", "e2", "e3", "e4")):
    corners = [(0.0, 0.0), (width, 0.0), (width, 20.0), (0.0, 20.0)]
    lines = zip(names, corners, corners[1:] + corners[:1], strict=True)
    return Panel(name, tuple(Edge(edge, (Line(a, b),)) for edge, a, b in lines), placement)


def test_edges_whose_names_are_the_numbers_of_others_come_back_under_their_names(tmp_path):
    place = Placement("waist", "around", "waist", (1.25, 2.5), 0.5)
    panels = (square("a", 30.0, place, ("e3", "e1", "x y", "e2")), square("b", 30.0, place))
    pattern = Pattern("p", panels, (Seam(("a", "e1"), ("b", "e2"), right_wrong=True), Seam(("a", "x y"), ("b", "e3"))))
    patterns = PatternSet("p", {"M": pattern}, "M")
    write_dxf(patterns, tmp_path / "p.dxf")
    write_relations(patterns, tmp_path / "p.toml")
    again = read_dxf(tmp_path / "p.dxf", relations=read_relations(tmp_path / "p.toml")).patterns["M"]
    assert again.seams == pattern.seams
    for panel in panels:
        read = again.panel(panel.name)
        assert read.placement == panel.placement
        assert {edge.name: edge.path for edge in read.edges} == {edge.name: edge.path for edge in panel.edges}


def test_what_differs_from_size_to_size_is_written_for_each_and_other_seams_are_refused(tmp_path):
    def pattern(width, at, ease):
        panels = (
            square("a", width, Placement("torso", "front", "waist", (at, 1.0))),
            square("b", width, Placement("torso", "back", "waist", (0, 0))),
        )
        stretched = replace(panels[1], outline=panels[1].outline)
        return Pattern("p", (panels[0], stretched), (Seam(("a", "e2"), ("b", "e4"), ease),))

    patterns = PatternSet("p", {"S": pattern(30.0, 1.0, 0.0), "L": pattern(35.0, 2.0, 0.0015)}, "S")
    write_dxf(patterns, tmp_path / "p.dxf")
    write_relations(patterns, tmp_path / "p.toml")
    again = read_dxf(tmp_path / "p.dxf", relations=read_relations(tmp_path / "p.toml"))
    for size, before in patterns.patterns.items():
        assert again.patterns[size].seams == before.seams
        assert again.patterns[size].panel("a").placement == before.panel("a").placement
    other = replace(pattern(35.0, 2.0, 0.0), seams=())
    with pytest.raises(StudioError) as info:
        write_relations(PatternSet("p", {"S": pattern(30.0, 1.0, 0.0), "L": other}, "S"), tmp_path / "q.toml")
    assert "'S' and 'L'" in str(info.value)
    assert not (tmp_path / "q.toml").exists()


def test_a_read_pattern_is_written_and_read_again_without_change(read, tmp_path):
    first = read(
        '[pieces.body]\nedges = { "run" = "e2-e4" }\n[pieces.sleeve_left]\npiece = "SLEEVE"\nsplit = { e3 = [0.5] }\n'
        '[pieces.sleeve_right]\npiece = "SLEEVE"\nmirrored = true\nregion = "right_arm"\nside = "around"\nsplit = { e3 = [0.5] }\n'
        '[[seams]]\na = ["sleeve_left", "e2"]\nb = ["sleeve_left", "e4"]\n'
        '[[seams]]\na = ["body", "run"]\nb = ["sleeve_right", "e1"]\nease = -0.25\n'
    )
    write_dxf(first, tmp_path / "again.dxf")
    write_relations(first, tmp_path / "again.toml")
    again = read_dxf(tmp_path / "again.dxf", relations=read_relations(tmp_path / "again.toml"))
    for size, pattern in first.patterns.items():
        assert again.patterns[size].seams == pattern.seams
        for panel in pattern.panels:
            for edge in panel.edges:
                assert np.abs(again.patterns[size].panel(panel.name).edge(edge.name).sample(9) - edge.sample(9)).max() < 1e-4


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
share = st.floats(0.001, 0.999)
cm = st.floats(-900, 900)


@given(
    names=st.lists(text, min_size=1, max_size=3, unique=True),
    edges=st.dictionaries(text, text, max_size=3),
    split=st.dictionaries(text, st.lists(st.one_of(share, text), min_size=1, max_size=3), max_size=2),
    at=st.one_of(st.none(), st.tuples(cm, cm), st.dictionaries(text, st.tuples(cm, cm), min_size=1, max_size=2)),
    ease=st.one_of(st.none(), st.floats(-0.5, 2)),
    mirrored=st.booleans(),
)
def test_any_relations_come_back_from_their_file(tmp_path_factory, names, edges, split, at, ease, mirrored):
    piece = PieceRelation(mirrored=mirrored, edges=edges, split={key: tuple(value) for key, value in split.items()}, at_cm=at)
    seam = SeamRelation(a=(names[0], "e1"), b=(names[-1], "e2"), ease=ease, turned=mirrored)
    spec = RelationsSpec(unit="cm", pieces=dict.fromkeys(names, piece), seams=(seam,))
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(toml_text(spec), encoding="utf-8")
    assert read_relations(path).spec == spec


def test_relations_of_a_library_garment_say_only_what_is_not_usual(tmp_path):
    write_relations(PatternSet("tee", {"M": draft(load_garment("tee"), size="M")}, "M"), tmp_path / "seams.toml")
    content = (tmp_path / "seams.toml").read_text(encoding="utf-8")
    assert "mirrored" not in content
    assert "turn_deg" not in content
    spec = read_relations(tmp_path / "seams.toml").spec
    assert spec.pieces["front"].edges["hem"] == "e1"
    assert math.isclose(spec.pieces["neckband_front"].at_cm[1], 0.0, abs_tol=1e-9)
