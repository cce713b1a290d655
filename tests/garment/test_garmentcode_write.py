"""Patterns written as GarmentCode files: they come back as they were, and other programs can sew them."""

from __future__ import annotations

import json

import pytest

from studio.garment.catalog import draft, garment_names, load_garment
from studio.garment.curves import Arc, Line, Quadratic
from studio.garment.formats.curvature import segment_from
from studio.garment.formats.garmentcode import parse_garmentcode, read_garmentcode
from studio.garment.formats.garmentcode_write import garmentcode, write_garmentcode
from studio.garment.formats.read import read_pattern
from studio.garment.meshing import mesh_pattern
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam
from tests.garment.test_garmentcode import assert_same


@pytest.mark.parametrize("name", garment_names())
def test_every_garment_of_the_library_comes_back_as_it_was(name, tmp_path):
    pattern = draft(load_garment(name), size="M")
    write_garmentcode(pattern, tmp_path / "a.json")
    found = read_garmentcode(tmp_path / "a.json")
    assert_same(pattern, found.patterns["one"])
    assert found.remarks == ()


def test_arcs_holes_ribs_and_turned_seams_come_back_as_they_were(tmp_path):
    outer = (
        Edge("low", (Arc((10.0, 0.0), (-10.0, 0.0), -1.0),)),
        Edge("up", (Arc((-10.0, 0.0), (3.0, 9.5), -0.3), Arc((3.0, 9.5), (10.0, 0.0), -0.3))),
    )
    outer = tuple(Edge(edge.name, tuple(s.reversed() for s in reversed(edge.path))) for edge in reversed(outer))
    hole = (Edge("hole", (Quadratic((4.0, 0.0), (0.0, -6.0), (-4.0, 0.0)), Quadratic((-4.0, 0.0), (0.0, 6.0), (4.0, 0.0)))),)
    disc = Panel("disc", outer, Placement("left_arm", "around", "left_shoulder", (1.0, 2.0), 0.5), (hole,), 37.5, "rib")
    wide = Edge("a", (Line((0.0, 0.0), (30.0, 0.0)),)), Edge("b", (Line((30.0, 0.0), (20.0, 20.0)), Line((20.0, 20.0), (0.0, 0.0))))
    plate = Panel("plate", wide, Placement("waist", "back", "waist", (0.0, 0.0)))
    ease = plate.edge("a").length / disc.edge("up").length - 1
    pattern = Pattern("odd", (disc, plate), (Seam(("disc", "up"), ("plate", "a"), ease, right_wrong=True),), (("figure", 1.5),))
    write_garmentcode(pattern, tmp_path / "a.json")
    assert_same(pattern, read_garmentcode(tmp_path / "a.json").patterns["one"])


def test_what_is_written_is_sewn_edge_to_edge_at_equal_shares():
    """Each stitch joins one edge of one segment to another, and along every seam of ours both sides are cut at the same shares."""
    pattern = draft(load_garment("straight-trousers"), size="M")
    file = garmentcode(pattern)
    panels = file["pattern"]["panels"]

    def length(side):
        panel = panels[side["panel"]]
        edge = panel["edges"][side["edge"]]
        start, end = (panel["vertices"][k] for k in edge["endpoints"])
        curvature = edge.get("curvature", {"type": "line", "params": []})
        return segment_from(curvature["type"], curvature["params"], tuple(start), tuple(end), relative=True, scale=1.0).length

    used = [(side["panel"], side["edge"]) for stitch in file["pattern"]["stitches"] for side in stitch]
    assert len(used) == len(set(used))
    ratios = [length(a) / length(b) for a, b in file["pattern"]["stitches"]]
    assert max(abs(ratio - 1) for ratio in ratios) < 0.05  # a notch is a hundredth of a seam
    for panel in panels.values():
        ends = [edge["endpoints"] for edge in panel["edges"]]
        assert all(a[1] == b[0] or a[1] < a[0] for a, b in zip(ends, ends[1:] + ends[:1], strict=True))


def test_stitched_edges_never_carry_two_labels():
    """pygarment's mesh generator refuses them."""
    for name in garment_names():
        file = garmentcode(draft(load_garment(name), size="M"))["pattern"]
        for a, b, *_ in file["stitches"]:
            labels = {file["panels"][side["panel"]]["edges"][side["edge"]].get("label") for side in (a, b)} - {None}
            assert len(labels) <= 1


def test_notes_of_a_file_that_was_changed_are_left_aside(tmp_path):
    pattern = draft(load_garment("tee"), size="M")
    file = garmentcode(pattern)
    file["pattern"]["panels"]["front"]["vertices"][0][1] -= 3.0
    found = parse_garmentcode(json.dumps(file).encode(), file="tee.json")
    assert "Another program has changed the pattern" in found.remarks[0]
    assert found.patterns["one"].panel("front").area_cm2() > pattern.panel("front").area_cm2() + 10


# --- real files ---------------------------------------------------------------------------------------------------------------

#: Panels and stitches of the examples, counted in the files themselves.
EXAMPLES = {
    "garmentcode/dress_pencil_specification": (6, 23), "garmentcode/fitted_shirt_neutral_specification": (8, 26),
    "garmentcode/hoody_mean_specification": (6, 12), "garmentcode/pants_neutral_specification": (6, 24),
    "garmentcode/shirt_mean_specification": (8, 18), "garmentcode/skirt2_neutral_specification": (4, 6),
    "garmentcode/tshirt_female_specification": (8, 16), "garmentcode/tshirt_neutral_specification": (8, 16),
    "garment_pattern_generator/dress": (8, 18), "garment_pattern_generator/jacket": (7, 12),
    "garment_pattern_generator/pants_straight_sides": (4, 6), "garment_pattern_generator/skirt_4_panels": (4, 8),
    "garment_pattern_generator/tee": (6, 12),
}  # fmt: skip


@pytest.mark.shared_data
@pytest.mark.parametrize(("file", "counts"), EXAMPLES.items(), ids=EXAMPLES)
def test_examples_of_the_format_are_read_meshed_and_sewn_pair_by_pair(file, counts, shared_data, tmp_path):
    found = read_pattern(shared_data / "patterns" / f"{file}.json")
    pattern = found.patterns["one"]
    assert (len(pattern.panels), len(pattern.seams)) == counts
    assert not any(seam.right_wrong for seam in pattern.seams)
    mesh = mesh_pattern(pattern, edge_length_m=0.02)
    assert (mesh.areas_m2 > 0).all()
    for k, seam in enumerate(pattern.seams):
        a, b = mesh.edges[seam.a], mesh.edges[seam.b][::-1]
        pairs = mesh.seam_pairs[mesh.seam_index == k]
        assert len(a) == len(b)
        assert set(map(tuple, pairs)) == {(i, j) for i, j in zip(a, b, strict=True) if i != j}
    write_garmentcode(pattern, tmp_path / "again.json")
    assert_same(pattern, read_garmentcode(tmp_path / "again.json").patterns["one"])
