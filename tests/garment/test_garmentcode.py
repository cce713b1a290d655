"""GarmentCode files: what they say is what is read, whatever unit or version they use; what studio writes comes back as it was."""

from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.curves import Arc, Cubic, Line, Quadratic, path_length
from studio.garment.formats.curvature import curvature_of, cut, joined, segment_from
from studio.garment.formats.garmentcode import parse_garmentcode
from studio.garment.formats.laid import deg_from_rotation, rotation_from_deg
from studio.garment.formats.read import read_pattern
from studio.garment.meshing import mesh_pattern
from studio.garment.pattern import Pattern, signed_area

CURVES = [
    Line((0.0, 0.0), (7.0, -3.0)),
    Quadratic((1.0, 2.0), (4.0, 9.0), (8.0, 1.0)),
    Cubic((0.0, 0.0), (-3.0, 5.0), (9.0, 6.0), (10.0, -2.0)),
    Arc((0.0, 0.0), (6.0, 1.0), 0.4),
    Arc((0.0, 0.0), (6.0, 1.0), -1.7),
]


def rectangle(width, height, *, x=0.0, y=0.0, z=20.0, rotation=(0, 0, 0), translation=None, clockwise=False, **more):
    """A panel, its lower left corner at (0, 0) of its paper: edges bottom, right, top, left, or from the bottom the other way round."""
    corners = [[0, 0], [width, 0], [width, height], [0, height]]
    edges = [{"endpoints": [k, (k + 1) % 4]} for k in range(4)]
    if clockwise:
        edges = [{"endpoints": edge["endpoints"][::-1]} for edge in reversed(edges)]
        edges = edges[-1:] + edges[:-1]  # bottom, left, top, right
    return {"vertices": corners, "edges": edges, "translation": translation or [x, y, z], "rotation": list(rotation), **more}


def content(panels, stitches=(), **properties):
    """The bytes of a file."""
    sides = [[{"panel": a, "edge": i}, {"panel": b, "edge": j}, *more] for (a, i), (b, j), *more in stitches]
    top = {"pattern": {"panels": panels, "stitches": sides}, "parameters": {}}
    top["properties"] = {"curvature_coords": "relative", "units_in_meter": 100, **properties}
    return json.dumps(top).encode()


def read(panels, stitches=(), *, file="test.json", **properties):
    """The pattern of a file."""
    found = parse_garmentcode(content(panels, stitches, **properties), file=file)
    return found.patterns["one"]


def worn_tube(**back):
    """A front and a back of 40 x 60 cm that hang before and behind the body; the back as the caller lays it."""
    return {"front": rectangle(40, 60, x=-20, y=60), "back": back}


BACK_CLOCKWISE = rectangle(40, 60, x=-20, y=60, z=-20, clockwise=True)  # how GarmentCode and its older templates draw backs
BACK_TURNED = rectangle(40, 60, x=20, y=60, z=-20, rotation=(0, 180, 0))
BACK_INWARD = rectangle(40, 60, x=-20, y=60, z=-20)  # its right side looks at the body


def seam_ends(pattern, seam, *, half=20.0):
    """Where the two ends of a seam are joined in the world (x, y), from either side; front and back are mirror images of each other."""
    mesh = mesh_pattern(pattern, edge_length_m=0.05)
    pairs = mesh.seam_pairs[mesh.seam_index == seam]
    worlds = []
    for k in range(2):
        at = mesh.flat_m[pairs[[0, -1], k]] * 100
        panel = pattern.panels[int(mesh.vertex_panel[pairs[0, k]])]
        sign = 1 if panel.placement.side == "front" else -1
        worlds.append(np.stack([sign * (at[:, 0] - panel.placement.at_cm[0]), at[:, 1] - panel.placement.at_cm[1]], axis=1))
    assert np.abs(worlds[0][:, 0]).max() == pytest.approx(half)
    return worlds


def assert_same(ours: Pattern, theirs: Pattern) -> None:
    assert (ours.name, ours.notes, ours.seams) == (theirs.name, theirs.notes, theirs.seams)
    for a, b in zip(ours.panels, theirs.panels, strict=True):
        assert (a.name, a.placement, a.grain_deg, a.cloth, len(a.holes)) == (b.name, b.placement, b.grain_deg, b.cloth, len(b.holes))
        for loop, other in zip((a.outline, *a.holes), (b.outline, *b.holes), strict=True):
            assert [edge.name for edge in loop] == [edge.name for edge in other]
            for edge, twin in zip(loop, other, strict=True):
                assert [type(segment) for segment in edge.path] == [type(segment) for segment in twin.path]
                for segment, copied in zip(edge.path, twin.path, strict=True):
                    t = np.linspace(0, 1, 7)
                    assert np.allclose(segment.at(t), copied.at(t), rtol=0, atol=1e-9)


# --- shapes -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("segment", CURVES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("scale", [1.0, 1 / 3, 2.54])
def test_a_segment_that_is_written_is_read_back(segment, scale):
    """In any unit, relative or absolute."""
    told = curvature_of(segment) or {"type": "line", "params": []}
    rows = [[told["params"][0] / scale, *told["params"][1:]]] if told["type"] == "circle" else told["params"]
    relative = segment_from(told["type"], rows, segment.start, segment.end, relative=True, scale=scale)
    assert np.allclose(relative.at(np.linspace(0, 1, 9)), segment.at(np.linspace(0, 1, 9)), atol=1e-9)
    if told["type"] in ("quadratic", "cubic"):
        rows = [[x / scale, y / scale] for x, y in segment.controls[1:-1]]
        absolute = segment_from(told["type"], rows, segment.start, segment.end, relative=False, scale=scale)
        assert np.allclose(absolute.controls, segment.controls, atol=1e-12)


@pytest.mark.parametrize("segment", CURVES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("parameters", [(), (0.5,), (0.02, 0.4), (0.1, 0.3, 0.35, 0.96)])
def test_a_segment_that_is_cut_is_joined_exactly(segment, parameters):
    pieces = cut(segment, parameters)
    assert len(pieces) == len(parameters) + 1
    assert path_length(pieces) == pytest.approx(segment.length, abs=1e-7)
    again = joined(pieces, parameters)
    assert type(again) is type(segment)
    assert np.allclose(again.at(np.linspace(0, 1, 11)), segment.at(np.linspace(0, 1, 11)), atol=1e-10)


@pytest.mark.parametrize("right", [0, 1])
@pytest.mark.parametrize("large", [0, 1])
def test_a_circle_has_its_radius_and_bulges_to_the_side_it_says(right, large):
    """As in SVG with y up: ``right`` turns counter-clockwise, and such an arc lies to the right of its chord."""
    arc = segment_from("circle", [[5.0, large, right]], (0.0, 0.0), (6.0, 0.0), relative=True, scale=1.0)
    points = arc.at(np.linspace(0, 1, 21))
    middle = points[10]
    centre = np.array([3.0, (1 if large else -1) * (-4.0 if right else 4.0)])  # 3, 4, 5
    assert np.allclose(np.linalg.norm(points - centre, axis=1), 5.0)
    assert (middle[1] < 0) == bool(right)
    assert arc.length == pytest.approx(5 * (2 * math.pi - 2 * math.asin(0.6) if large else 2 * math.asin(0.6)))


def test_a_circle_too_small_for_its_chord_is_half_a_circle():
    arc = segment_from("circle", [[2.0, 0, 1]], (0.0, 0.0), (6.0, 0.0), relative=True, scale=1.0)
    assert arc.length == pytest.approx(3 * math.pi)


def test_old_and_new_quadratic_curves_are_the_same():
    old, new = rectangle(40, 60), rectangle(40, 60)
    old["edges"][2]["curvature"] = [0.5, -0.1]
    new["edges"][2]["curvature"] = {"type": "quadratic", "params": [[0.5, -0.1]]}
    assert read({"front": old}).panels == read({"front": new}).panels
    assert read({"front": old}).panel("front").edge("edge_2").path[0] == Quadratic((40.0, 60.0), (20.0, 64.0), (0.0, 60.0))


@pytest.mark.parametrize("units", [300, 1, 39.37])
def test_the_unit_of_a_file_does_not_matter(units):
    panels = worn_tube(**copy.deepcopy(BACK_CLOCKWISE))
    panels["front"]["edges"][1]["curvature"] = {"type": "circle", "params": [50.0, 0, 1]}
    panels["front"]["edges"][0]["curvature"] = {"type": "cubic", "params": [[0.3, 0.1], [0.6, -0.1]]}
    stitches = [(("front", 1), ("back", 3)), (("front", 3), ("back", 1))]
    scaled = copy.deepcopy(panels)
    for panel in scaled.values():
        panel["vertices"] = [[x * units / 100, y * units / 100] for x, y in panel["vertices"]]
        panel["translation"] = [x * units / 100 for x in panel["translation"]]
    scaled["front"]["edges"][1]["curvature"]["params"][0] *= units / 100
    here, there = read(panels, stitches), read(scaled, stitches, units_in_meter=units)
    for a, b in zip(here.panels, there.panels, strict=True):
        assert np.allclose(a.polygon(), b.polygon(), atol=1e-9)
        assert b.placement.at_cm == pytest.approx(a.placement.at_cm)
    assert [seam.a for seam in here.seams] == [seam.a for seam in there.seams]


def test_a_dart_in_the_outline_is_sewn_to_itself():
    panel = rectangle(40, 60)
    panel["vertices"] += [[22, 60], [20, 50], [18, 60]]
    panel["edges"][2:3] = [{"endpoints": ends} for ends in ([2, 4], [4, 5], [5, 6], [6, 3])]
    pattern = read({"front": panel}, [(("front", 3), ("front", 4))])
    mesh = mesh_pattern(pattern, edge_length_m=0.02)
    legs = mesh.flat_m[mesh.seam_pairs] * 100
    assert np.allclose(legs[:, 0, 0] - 20, 20 - legs[:, 1, 0])
    assert np.allclose(legs[:, 0, 1], legs[:, 1, 1])
    assert len(mesh.seam_pairs) == len(mesh.edges["front", "edge_3"]) - 1  # the tip is one vertex


@pytest.mark.parametrize("clockwise", [True, False])
def test_a_hole_is_a_hole_whichever_way_it_is_drawn(clockwise):
    panel = rectangle(40, 60)
    panel["vertices"] += [[18, 20], [20, 40], [22, 20]]
    ring = [[4, 5], [5, 6], [6, 4]] if clockwise else [[4, 6], [6, 5], [5, 4]]
    panel["edges"] += [{"endpoints": ends} for ends in ring]
    legs = (4, 5) if clockwise else (5, 6)
    pattern = read({"front": panel}, [(("front", legs[0]), ("front", legs[1]))])
    (hole,) = pattern.panel("front").holes
    assert signed_area(np.array([edge.start for edge in hole])) == pytest.approx(-40)
    assert pattern.panel("front").area_cm2() == pytest.approx(2400 - 40)
    mesh = mesh_pattern(pattern, edge_length_m=0.02)
    pairs = mesh.flat_m[mesh.seam_pairs] * 100
    assert np.allclose(pairs[:, 0, 1], pairs[:, 1, 1])  # level with each other, up to the tip


# --- sides and seams ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [BACK_CLOCKWISE, BACK_TURNED], ids=["clockwise", "turned"])
def test_a_back_is_drawn_from_outside_and_sewn_where_it_meets_the_front(back):
    pattern = read(worn_tube(**back), [(("front", 1), ("back", 3))])
    assert pattern.panel("back").placement.side == "back"
    assert signed_area(pattern.panel("back").polygon()) == pytest.approx(2400)
    assert not pattern.seams[0].right_wrong
    ours, theirs = seam_ends(pattern, 0)
    assert np.allclose(ours, theirs)


def test_a_panel_whose_right_side_faces_the_body_is_turned_over_with_its_seams():
    """Such a back runs along the seam as the front does, so a file that sews it flat says right side to wrong side."""
    pattern = read(worn_tube(**BACK_INWARD), [(("front", 1), ("back", 1), "right_wrong")])
    assert signed_area(pattern.panel("back").polygon()) == pytest.approx(2400)
    assert not pattern.seams[0].right_wrong
    ours, theirs = seam_ends(pattern, 0)
    assert np.allclose(ours, theirs)
    found = parse_garmentcode(content(worn_tube(**BACK_INWARD)), file="test.json")
    assert any("'back' faced the body" in remark for remark in found.remarks)


def test_right_to_wrong_seams_join_start_to_start():
    pattern = read(worn_tube(**BACK_CLOCKWISE), [(("front", 1), ("back", 3), "right_wrong")])
    assert pattern.seams[0].right_wrong
    ours, theirs = seam_ends(pattern, 0)
    assert np.allclose(ours, theirs[::-1])  # upside down, as the file says
    mesh = mesh_pattern(pattern, edge_length_m=0.05)
    assert np.array_equal(mesh.seam_pairs, np.stack([mesh.edges["front", "edge_1"], mesh.edges["back", "edge_3"]], axis=1))


def test_sides_of_different_length_are_eased_and_remarked():
    panels = worn_tube(**rectangle(40, 66, x=-20, y=54, z=-20, clockwise=True))
    found = parse_garmentcode(content(panels, [(("front", 1), ("back", 3))]), file="test.json")
    pattern = found.patterns["one"]
    assert pattern.seams[0].ease == pytest.approx(0.1)
    assert any("One seam gathers more than 6%" in remark and "10%" in remark for remark in found.remarks)
    mesh = mesh_pattern(pattern, edge_length_m=0.02)
    assert len(mesh.seam_pairs) == len(mesh.edges["front", "edge_1"]) == len(mesh.edges["back", "edge_3"])


def test_edges_are_called_by_label_or_number_and_stitched_by_either():
    panels = worn_tube(**copy.deepcopy(BACK_CLOCKWISE))
    for edge in (0, 1):
        panels["front"]["edges"][edge]["label"] = "seam"
    panels["front"]["edges"][3]["label"] = "side"
    pattern = read(panels, [(("front", "side"), ("back", 1))])
    assert [edge.name for edge in pattern.panel("front").edges] == ["seam", "seam_2", "edge_2", "side"]
    assert pattern.seams[0].a == ("front", "side")
    with pytest.raises(StudioError, match="it has several of these; give its number"):
        read(panels, [(("front", "seam"), ("back", 1))])


def test_panels_come_in_the_order_the_file_gives():
    top = json.loads(content(worn_tube(**BACK_CLOCKWISE)))
    top["pattern"]["panel_order"] = ["back", "front"]
    found = parse_garmentcode(json.dumps(top).encode(), file="test.json")
    assert [panel.name for panel in found.patterns["one"].panels] == ["back", "front"]


def test_parameters_of_old_templates_are_named_and_not_applied():
    top = json.loads(content(worn_tube(**BACK_CLOCKWISE)))
    top["parameters"] = {"length": {"value": 1.4, "type": "length"}, "wideness": {"value": 1}}
    top["constraints"] = {"sides": {"type": "length_equality"}}
    found = parse_garmentcode(json.dumps(top).encode(), file="test.json")
    assert "The file has 2 parameters (length, wideness) and 1 constraint (sides)" in found.remarks[0]
    assert found.patterns["one"].panel("front").area_cm2() == pytest.approx(2400)


def test_angles_are_read_as_pygarment_turns_them():
    """About the fixed axes x, then y, then z; and back again, also where y is a right angle."""
    turn = rotation_from_deg((-36.3, 90.0, 0.0))  # the left gore of the older four-panel skirt: its top leans towards the body
    assert np.allclose(turn @ [0, 1, 0], [-math.sin(math.radians(36.3)), math.cos(math.radians(36.3)), 0])
    for angles in ((-36.3, 90.0, 0.0), (10.0, 20.0, -30.0), (180.0, 0.0, 180.0), (0.0, -90.0, 0.0)):
        matrix = rotation_from_deg(angles)
        assert np.allclose(rotation_from_deg(deg_from_rotation(matrix)), matrix)


# --- refusals -----------------------------------------------------------------------------------------------------------------


def spoilt(change):
    """A good file's content after ``change``, which is handed its front panel, its stitches and the whole."""
    top = json.loads(content(worn_tube(**BACK_CLOCKWISE), [(("front", 1), ("back", 3))]))
    change(top["pattern"]["panels"]["front"], top["pattern"]["stitches"], top)
    return json.dumps(top).encode()


def put(place, key, value):
    place[key] = value


BAD_FILES = [
    (b"{", r"test\.json is not valid JSON"),
    (b"[1, 2]", r"the file should be an object with keys, and is \[1, 2\]"),
    (b"{}", r"has no 'pattern', so it is not in the GarmentCode format"),
    (b'{"pattern": {"panels": {}}}', r"has no panels"),
    (b'{"pattern": {"panels": {"a": NaN}}}', r"holds NaN, which is no number"),
    (b'{"pattern": {"panels": {"a": 1e999}}}', r"holds 1e999, which is no number"),
    (b"\xff\xfe\x00", r"is not valid JSON"),
    (b"[" * 100_000, r"is not valid JSON"),
    (lambda f, s, t: put(f, "vertices", [[0, 0], [1]]), r"the vertex 1 of 'front' should be 2 numbers, and is \[1\]"),
    (lambda f, s, t: put(f, "vertices", [[0, "1"]] * 4), r"the vertex 0 of 'front' should be 2 numbers"),
    (lambda f, s, t: put(f["edges"][1], "endpoints", [1, 9]), r"the edge 1 of 'front' ends at the vertex 9, and the panel has .* 0 to 3"),
    (lambda f, s, t: put(f["edges"][1], "endpoints", [1, True]), r"should have two vertex numbers as 'endpoints'"),
    (lambda f, s, t: put(f["edges"][1], "endpoints", [2, 3]), r"edge 1 of 'front' starts at the vertex 2, and the one before it ends at 1"),
    (lambda f, s, t: f["edges"].pop(), r"the outline of 'front' is open: its last edge does not end at the vertex 0"),
    (lambda f, s, t: put(f, "edges", []), r"the panel 'front' has no edges"),
    (lambda f, s, t: put(f["vertices"], 1, [0, 0]), r"the edge 0 of 'front' has no length"),
    (lambda f, s, t: put(f["vertices"], 1, [-3, 30]), r"crosses itself"),
    (lambda f, s, t: put(f["vertices"], 1, [1e7, 0]), r"the panel 'front' reaches 100,000 m; is the unit right\?"),
    (lambda f, s, t: put(f, "translation", [0, 0, 90000]), r"the panel 'front' lies 900 m from the body"),
    (lambda f, s, t: put(f, "rotation", [0, 0]), r"'rotation' should be 3 numbers"),
    (lambda f, s, t: put(f["edges"][0], "curvature", {"type": "cubik", "params": []}), r"of the type 'cubik': did you mean 'cubic'\?"),
    (lambda f, s, t: put(f["edges"][0], "curvature", {"type": ["cubic"]}), r"of the type \['cubic'\]"),
    (lambda f, s, t: put(f["edges"][0], "curvature", {"type": "cubic", "params": [[0, 1]]}), r"a cubic curve has 2 control points, and 1"),
    (lambda f, s, t: put(f["edges"][0], "curvature", {"type": "circle", "params": [0, 0, 1]}), r"the radius of a circle is 0"),
    (lambda f, s, t: put(f["edges"][0], "curvature", [9e5, 9e5]), r"the edge 0 of 'front' is .* m long; is its curvature right\?"),
    (lambda f, s, t: put(f["edges"][0], "label", "a" * 101), r"a label has up to 100 printable characters"),
    (lambda f, s, t: put(t["pattern"]["panels"], "a\nb", f), r"a panel is called 'a\\nb'; a name has 1 to 100 printable characters"),
    (lambda f, s, t: put(t["properties"], "units_in_meter", 0), r"'units_in_meter' is 0, and should be a number, 100 for centimetres"),
    (lambda f, s, t: put(t["properties"], "curvature_coords", "polar"), r"'curvature_coords' is 'polar', and should be 'relative'"),
    (lambda f, s, t: put(t["properties"], "studio", {"name": 1}), r"'properties\.studio'"),
    (lambda f, s, t: put(s[0][0], "panel", "frnt"), r"the stitch 0 names the panel 'frnt': did you mean 'front'\?"),
    (lambda f, s, t: put(s[0][0], "edge", 4), r"the stitch 0 names the edge 4 of 'front', which has the edges 0 to 3"),
    (lambda f, s, t: put(s[0][0], "edge", "sied"), r"the stitch 0 names the edge 'sied' of 'front'"),
    (lambda f, s, t: s[0].append("wrong"), r"the stitch 0 should name two edges, and perhaps 'right_wrong' after them"),
    (lambda f, s, t: s.append(s[0]), r"is sewn twice"),
    (lambda f, s, t: f["edges"].extend(f["edges"] * 1000), r"'edges' has 4,004 entries, and 2,000 are read at most"),
    (lambda f, s, t: t["pattern"]["panels"].update({f"p{k}": f for k in range(500)}), r"has 502 panels, and 500 are read at most"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), BAD_FILES, ids=[sentence for _, sentence in BAD_FILES])
def test_bad_files_are_refused_in_one_sentence_that_names_them(change, sentence):
    with pytest.raises(StudioError, match=sentence) as info:
        parse_garmentcode(change if isinstance(change, bytes) else spoilt(change), file="test.json")
    text = str(info.value)
    assert text.startswith("test.json")
    assert "\n" not in text
    assert text.endswith((".", "?", "problems)"))
    assert len(text) < 400


def test_two_outlines_side_by_side_are_refused():
    panel = rectangle(40, 60)
    panel["vertices"] += [[60, 0], [70, 0], [70, 10]]
    panel["edges"] += [{"endpoints": ends} for ends in ([4, 5], [5, 6], [6, 4])]
    with pytest.raises(StudioError, match="'front' has two outlines, one beside the other; make them two panels"):
        read({"front": panel})


def test_large_missing_and_unknown_files_are_refused(tmp_path):
    (tmp_path / "big.json").write_bytes(b" " * 4_000_001)
    with pytest.raises(StudioError, match=r"big\.json has 4,000,001 bytes"):
        read_pattern(tmp_path / "big.json")
    with pytest.raises(StudioError, match=r"There is no file .*none\.json"):
        read_pattern(tmp_path / "none.json")
    with pytest.raises(StudioError, match=r"shirt\.jsn is no pattern file that studio reads: did you mean '\.json'\?"):
        read_pattern(tmp_path / "shirt.jsn")
    (tmp_path / "good.json").write_bytes(content(worn_tube(**BACK_CLOCKWISE)))
    with pytest.raises(StudioError, match=r"good\.json says itself what is sewn to what"):
        read_pattern(tmp_path / "good.json", seams=tmp_path / "seams.toml")
