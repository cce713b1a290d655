"""Outlines of apparel DXF: put together from their lines, cut into edges, unfolded and taken in to the sewing line."""

import itertools
import math
import random

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.formats.dxf import read_dxf
from studio.garment.formats.dxf_outline import nearest_on
from tests.garment.refusals import one_sentence

#: A front of 40 x 60 cm with a neck, an armhole and a slanted shoulder, counter-clockwise from the hem's left [cm].
NECK = [(28 - 8 * math.sin(math.radians(a)), 60 - 8 * math.cos(math.radians(a))) for a in (90, 70, 50, 30, 15)][::-1]
FRONT = [
    (0, 0), (40, 0), (40, 35), (37, 40), (36, 46), (36, 57), (20, 60), *((x - 8, y) for x, y in NECK), (4, 57), (4, 46), (3, 40), (0, 35),
]  # fmt: skip
SQUARE = [(0, 0), (30, 0), (30, 20), (0, 20)]


def corners_of(panel):
    return np.array([edge.start for edge in panel.outline])


def only_panel(patterns, size="M"):
    (panel,) = patterns.patterns[size].panels
    return panel


# --- outlines in pieces ---


@pytest.mark.parametrize("seed", range(6))
def test_an_outline_split_into_open_lines_in_any_order_and_direction_is_the_whole_one(seed, file, sheet):
    chance = random.Random(seed)
    whole = only_panel(read_dxf(save_whole(sheet, file)))
    page = sheet()
    block = page.block("FRONT-M", texts=("Piece Name: FRONT", "Size: M"))
    cuts = sorted(chance.sample(range(len(FRONT)), chance.randint(4, 12)))
    lines = [[FRONT[k % len(FRONT)] for k in range(a, b + 1)] for a, b in zip(cuts, [*cuts[1:], cuts[0] + len(FRONT)], strict=True)]
    chance.shuffle(lines)
    for line in lines:
        page.line(block, line[::-1] if chance.random() < 0.5 else line, 1)
    page.line(block, [FRONT[0], FRONT[0]], 1)  # AccuMark's markers of no length
    page.marks(block, FRONT, 2)
    assert only_panel(read_dxf(page.save(file))).outline == whole.outline


def save_whole(sheet, file):
    page = sheet()
    page.piece("FRONT", FRONT)
    return page.save(file)


def test_single_lines_and_light_polylines_make_the_same_outline(file, sheet):
    whole = only_panel(read_dxf(save_whole(sheet, file)))
    exploded, light = sheet(), sheet(version="R2000")
    block = exploded.block("FRONT-M", texts=("Piece Name: FRONT", "Size: M"))
    for a, b in itertools.pairwise([*FRONT, FRONT[0]]):
        block.add_line(*exploded.points([a, b]), dxfattribs={"layer": "1"})
    exploded.marks(block, FRONT, 2)
    assert only_panel(read_dxf(exploded.save(file))).outline == whole.outline
    block = light.block("FRONT-M", texts=("Piece Name: FRONT", "Size: M"))
    block.add_lwpolyline(light.points(FRONT), close=True, dxfattribs={"layer": "1"})
    light.marks(block, FRONT, 2)
    assert only_panel(read_dxf(light.save(file))).outline == whole.outline


@pytest.mark.parametrize("first", [True, False], ids=["drawn first", "drawn last"])
def test_a_notch_drawn_on_the_outline_s_layer_is_left_out(first, file, sheet):
    whole = only_panel(read_dxf(save_whole(sheet, file)))
    page = sheet()
    block = page.block("FRONT-M", texts=("Piece Name: FRONT", "Size: M"))
    notch = [(40, 35), (39, 35)]
    if first:
        page.line(block, notch[::-1], 1)
    page.line(block, FRONT[:3], 1)
    page.line(block, FRONT[2:] + FRONT[:1], 1)
    if not first:
        page.line(block, notch, 1)
    page.marks(block, FRONT, 2)
    read = read_dxf(page.save(file))
    assert only_panel(read).outline == whole.outline
    assert any("1 more line on the layer of its outline" in remark for remark in read.remarks)


def test_lines_that_miss_each_other_by_less_than_half_a_millimetre_are_joined_and_more_is_refused_with_the_gap(file, sheet):
    def drawn(gap):
        page = sheet()
        block = page.block("FRONT-M", texts=("Piece Name: FRONT", "Size: M"))
        page.line(block, SQUARE[:3], 1)
        page.line(block, [SQUARE[2], SQUARE[3], (0, gap)], 1)
        return read_dxf(page.save(file))

    assert len(only_panel(drawn(0.04)).outline) == 4
    with pytest.raises(StudioError) as info:
        drawn(0.83)
    text = one_sentence(info)
    assert "'FRONT' (size M)" in text
    assert "open by 0.83 cm near (0.0, 0.8) cm" in text or "open by 0.83 cm near (0.0, 0.0) cm" in text
    assert str(file) in text


def test_an_outline_that_crosses_itself_is_refused_with_the_place(file, sheet):
    page = sheet()
    page.piece("FRONT", [(0, 0), (40, 0), (40, 40), (20, -10), (0, 40)])
    with pytest.raises(StudioError) as info:
        read_dxf(page.save(file))
    text = one_sentence(info)
    assert "'FRONT' (size M)" in text
    assert "crosses itself near" in text


def test_arcs_become_chains_of_lines_within_a_thirtieth_of_a_millimetre(file, sheet):
    page = sheet(version="R2000")
    block = page.block("DISC-M", texts=("Piece Name: DISC", "Size: M"))
    block.add_lwpolyline([(0, 0, 0, 0, 1), (300, 0, 0, 0, 1)], close=True, dxfattribs={"layer": "1"})
    points = only_panel(read_dxf(page.save(file))).polygon(1e6)
    assert np.abs(np.linalg.norm(points - (15, 0), axis=1) - 15).max() < 1e-9
    assert 15 * (1 - math.cos(math.pi / len(points))) < 0.004


@pytest.mark.parametrize("version", ["R12", "R2000"])
@pytest.mark.parametrize("below", [False, True], ids=["from above", "from below"])
def test_an_arc_bulges_to_the_side_that_the_file_says(version, below, file, sheet):
    page = sheet(version=version)
    block = page.block("A-M", texts=("Piece Name: A", "Size: M"))
    side = -1 if below else 1  # seen from below, x runs to the left
    points = [(0, 0, 1), (300 * side, 0, 0), (300 * side, 200, 0), (0, 200, 0)]
    options = {"layer": "1", "extrusion": (0, 0, side)}
    if version == "R12":
        block.add_polyline2d(points, format="xyb", close=True, dxfattribs=options)
    else:
        block.add_lwpolyline(points, format="xyb", close=True, dxfattribs=options)
    panel = only_panel(read_dxf(page.save(file)))
    bulged = 30 * 20 + side * math.pi * 15**2 / 2  # a half circle below the piece, or cut out of it where it runs clockwise
    assert panel.area_cm2() == pytest.approx(bulged, rel=1e-3)


# --- edges ---


def test_edges_run_from_turn_point_to_turn_point_counter_clockwise_from_the_lower_left(file, sheet):
    page = sheet()
    turns = [FRONT[k] for k in (0, 1, 2, 5, 6)] + [(12, 60), (4, 57), (0, 35)]
    page.piece("FRONT", FRONT[::-1], turns=turns)  # drawn clockwise
    panel = only_panel(read_dxf(page.save(file)))
    assert [edge.name for edge in panel.edges] == [f"e{k}" for k in range(1, 9)]
    expected = [(0, 0), (40, 0), (40, 35), (36, 57), (20, 60), (12, 60), (4, 57), (0, 35)]
    assert np.abs(corners_of(panel) - expected).max() < 1e-9


def test_without_turn_points_edges_begin_at_corners_sharper_than_thirty_degrees(file, sheet):
    page = sheet()
    arc = [(30 + 10 * math.sin(math.radians(a)), 10 - 10 * math.cos(math.radians(a))) for a in range(0, 181, 12)]
    page.piece("TAB", [(0, 0), *arc, (0, 20)], turns=[])
    panel = only_panel(read_dxf(page.save(file)))
    assert np.abs(corners_of(panel) - [(0, 0), (0, 20)]).max() < 1e-9


def test_a_turn_point_on_the_middle_of_a_line_begins_an_edge_and_one_beside_it_does_not(file, sheet):
    page = sheet()
    page.piece("A", SQUARE, turns=[*SQUARE, (12, 0), (12, 5)])
    panel = only_panel(read_dxf(page.save(file)))
    assert np.abs(corners_of(panel) - [(0, 0), (12, 0), (30, 0), (30, 20), (0, 20)]).max() < 1e-9


def test_edges_carry_the_same_numbers_in_every_size_even_where_another_corner_comes_to_lie_lower_left(file, sheet):
    small = [(0, 3), (10, 0), (20, 3), (20, 30), (0, 30)]
    large = [(0, 3), (2.4, 0), (30, 3), (30, 40), (0, 40)]  # its tip lies farther down and left than its corner
    page = sheet(texts=("Units: METRIC", "Sample Size: S"))
    page.piece("A", small, size="S")
    page.piece("A", large, size="L")
    patterns = read_dxf(page.save(file))
    assert np.abs(corners_of(only_panel(patterns, "S")) - small).max() < 1e-9
    assert np.abs(corners_of(only_panel(patterns, "L")) - large).max() < 1e-9


def test_a_size_whose_corners_do_not_match_is_left_out_with_a_remark(file, sheet):
    page = sheet(texts=("Units: METRIC", "Sample Size: S"))
    page.piece("A", SQUARE, size="S")
    page.piece("A", SQUARE, size="L", turns=SQUARE[:3])
    patterns = read_dxf(page.save(file))
    assert list(patterns.patterns) == ["S"]
    assert any("Size 'L' is left out" in remark and "'A'" in remark for remark in patterns.remarks)


def test_corners_found_by_angle_are_those_of_the_base_size_in_every_size(file, sheet):
    def lens(deg):  # a corner of this many degrees in the middle of the top
        return [(0, 0), (30, 0), (30, 20), (15, 20 + 15 * math.tan(math.radians(deg / 2))), (0, 20)]

    page = sheet(texts=("Units: METRIC", "Sample Size: M"))
    for size, deg in (("S", 26), ("M", 34)):
        page.piece("A", lens(deg), size=size, turns=[])
    patterns = read_dxf(page.save(file))
    assert [len(only_panel(patterns, size).outline) for size in ("S", "M")] == [5, 5]


# --- half pieces, sew lines, allowances ---


def half_front():
    """The right half of FRONT, from the centre of the hem round to the centre of the neck."""
    right = [(x, y) for x, y in FRONT if x > 20]
    return [(20, 0), *right, (20, 60)]


def test_a_half_piece_with_its_mirror_line_on_an_edge_is_unfolded_and_the_fold_is_no_edge(file, sheet):
    page = sheet()
    half = half_front()
    block = page.piece("FRONT", half)
    page.line(block, [(20, -1), (20, 61)], 6)
    page.marks(block, [(30, 0)], 4)
    patterns = read_dxf(page.save(file))
    panel = only_panel(patterns)
    mirrored = [(40 - x, y) for x, y in half[::-1]]
    whole = np.array([half[0], *half[1:-1], half[-1], *mirrored[1:-1]])
    assert panel.area_cm2() == pytest.approx(2 * area(half), rel=1e-9)
    assert nearest_on(panel.polygon(1e6), whole)[0].max() < 1e-9
    assert (20.0, 0.0) not in [edge.start for edge in panel.edges]  # the hem runs through
    assert panel.edge("e1").start == (0.0, 0.0)
    assert panel.edge("e1").end == (40.0, 0.0)
    notes = dict(patterns.patterns["M"].notes)
    assert [notes["FRONT.e1.n1"], notes["FRONT.e1.n2"]] == pytest.approx([10, 30])


def test_points_beside_the_fold_by_less_than_half_a_millimetre_are_moved_onto_it(file, sheet):
    page = sheet()
    block = page.piece("A", [(0.03, 0), (15, 0), (15, 20), (-0.03, 20)])
    page.line(block, [(0, 0), (0, 20)], 6)
    panel = only_panel(read_dxf(page.save(file)))
    points = panel.polygon(1e6)
    assert np.abs(np.sort(points[:, 0]) - [-15, -15, 0, 0, 15, 15]).max() < 1e-9


def test_a_half_piece_s_sew_line_that_ends_at_the_fold_is_closed_there(file, sheet):
    page = sheet()
    block = page.block("A-M", texts=("Piece Name: A", "Size: M"))
    page.line(block, [(0, 0), (16, 0), (16, 12), (0, 12)], 1, close=True)
    page.line(block, [(0, 0), (0, 12)], 6)
    page.line(block, [(0, 1), (15, 1)], 14)
    page.line(block, [(0, 11), (15, 11), (15, 1)], 14)
    panel = only_panel(read_dxf(page.save(file)))
    assert np.abs(corners_of(panel) - [(-15, 1), (15, 1), (15, 11), (-15, 11)]).max() < 1e-9


def area(corners):
    x, y = np.array(corners, dtype=float).T
    return abs(float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum()))


def test_a_whole_piece_with_a_line_of_symmetry_stays_as_it_is(file, sheet):
    page = sheet()
    block = page.piece("A", SQUARE)
    page.line(block, [(15, 0), (15, 20)], 6)
    patterns = read_dxf(page.save(file))
    assert only_panel(patterns).area_cm2() == pytest.approx(600)
    assert any("mirror line of 'A'" in remark for remark in patterns.remarks)


def test_the_sew_line_wins_over_the_cut_line_and_notches_move_onto_it(file, sheet):
    page = sheet()
    inner = [(1, 1), (29, 1), (29, 19), (1, 19)]
    block = page.piece("A", SQUARE)
    page.line(block, inner, 14, close=True)
    page.marks(block, inner, 2)
    page.marks(block, [(15, 0), (15, 0.7)], 4)  # AccuMark marks a notch's depth with a second point
    patterns = read_dxf(page.save(file))
    assert np.abs(corners_of(only_panel(patterns)) - inner).max() < 1e-9
    assert dict(patterns.patterns["M"].notes) == {"A.e1.n1": 14.0}
    assert not any("cut lines are taken" in remark for remark in patterns.remarks)


@pytest.mark.parametrize("text", ["Seam Allowance: 10", "SEAM ALLOWANCE: 1 cm", "Seam Allowance: 1,0 cm"])
def test_a_cut_line_is_taken_in_by_the_allowance_that_the_file_states_and_else_stays(text, file, sheet):
    plain, stated = sheet(), sheet()
    plain.piece("A", SQUARE)
    read = read_dxf(plain.save(file))
    assert only_panel(read).area_cm2() == pytest.approx(600)
    assert any("cut lines are taken as sewing lines" in remark for remark in read.remarks)
    stated.piece("A", SQUARE, texts=(text,))
    read = read_dxf(stated.save(file))
    assert np.abs(corners_of(only_panel(read)) - [(1, 1), (29, 1), (29, 19), (1, 19)]).max() < 1e-9
    assert any("1 cm inside the cut lines, as the file says" in remark for remark in read.remarks)


def test_cut_outs_become_holes_with_numbered_edges(file, sheet):
    page = sheet()
    block = page.piece("A", SQUARE)
    diamond = [(15, 5), (17, 10), (15, 15), (13, 10)]
    page.line(block, diamond, 11, close=True)
    page.marks(block, diamond, 2)
    panel = only_panel(read_dxf(page.save(file)))
    assert [edge.name for edge in panel.holes[0]] == ["e5", "e6", "e7", "e8"]
    assert panel.area_cm2() == pytest.approx(600 - 20)
