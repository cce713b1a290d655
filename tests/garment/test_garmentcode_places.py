"""Where panels of GarmentCode files go: told from labels, names, seams and how the file lays them round its body."""

from __future__ import annotations

import json

import pytest

from studio.garment.catalog import draft, load_garment
from studio.garment.formats.garmentcode import parse_garmentcode
from studio.garment.formats.garmentcode_write import garmentcode
from studio.garment.formats.read import read_pattern
from studio.garment.pattern import Placement
from tests.garment.test_garmentcode import BACK_CLOCKWISE, content, read, rectangle


def places(panels, stitches=()):
    return {panel.name: panel.placement for panel in read(panels, stitches).panels}


def test_half_torsos_hang_from_the_neck_beside_the_middle():
    """Fronts and backs in halves, shoulders 6 cm below the neck's corners."""
    panels = {}
    for side, z in (("f", 25), ("b", -20)):
        for hand, sign in (("left", 1), ("right", -1)):
            points = [[0, 0], [sign * 25, 0], [sign * 25, 34], [sign * 18, 40], [sign * 7, 44], [0, 38]]
            order = range(6) if (sign > 0) == (side == "f") else range(6, 0, -1)
            edges = [{"endpoints": [k % 6, (k + (1 if (sign > 0) == (side == "f") else -1)) % 6]} for k in order]
            panels[f"{hand}_{side}"] = {"vertices": points, "edges": edges, "translation": [0, 95, z], "rotation": [0, 0, 0]}

    def edge(panel, a, b):
        return next(k for k, each in enumerate(panels[panel]["edges"]) if set(each["endpoints"]) == {a, b})

    stitches = [((f"{hand}_f", edge(f"{hand}_f", 3, 4)), (f"{hand}_b", edge(f"{hand}_b", 3, 4))) for hand in ("left", "right")]
    stitches += [((f"{hand}_f", edge(f"{hand}_f", 1, 2)), (f"{hand}_b", edge(f"{hand}_b", 1, 2))) for hand in ("left", "right")]
    stitches += [((f"left_{side}", edge(f"left_{side}", 5, 0)), (f"right_{side}", edge(f"right_{side}", 5, 0))) for side in "fb"]
    found = places(panels, stitches)
    assert {name: (place.region, place.side, place.landmark) for name, place in found.items()} == {
        f"{hand}_{side}": ("torso", {"f": "front", "b": "back"}[side], "side_neck") for side in "fb" for hand in ("left", "right")
    }
    assert all(place.at_cm == pytest.approx((0.0, 44.0)) for place in found.values())


@pytest.mark.parametrize("pose", ["a", "t"])
def test_half_sleeves_are_rolled_from_the_line_over_the_arm(pose):
    """Drawn along the arm, as pygarment does in an A-pose and the older templates in a T-pose; +y of ours runs up the arm."""
    turn = -45 if pose == "a" else 0
    panels = {"torso_front": rectangle(40, 60, x=-20, y=60), "torso_back": BACK_CLOCKWISE}
    panels["left_sleeve_f"] = rectangle(24, 18, translation=[22, 120, 17], rotation=(0, 0, turn))
    panels["left_sleeve_b"] = rectangle(24, 18, translation=[22, 120, -12], rotation=(0, 0, turn), clockwise=True)
    stitches = [
        (("left_sleeve_f", 2), ("left_sleeve_b", 2)), (("left_sleeve_f", 0), ("left_sleeve_b", 0)),
        (("left_sleeve_f", 3), ("torso_front", 1)), (("left_sleeve_b", 1), ("torso_back", 3)),
    ]  # fmt: skip
    pattern = read(panels, stitches)
    front, back = pattern.panel("left_sleeve_f"), pattern.panel("left_sleeve_b")
    for half, side in ((front, -1), (back, 1)):  # on a left sleeve the front half lies at -x
        place = half.placement
        assert (place.region, place.side, place.landmark, place.share) == ("left_arm", "around", "left_shoulder", pytest.approx(0.5))
        across = half.polygon()[:, 0] - place.at_cm[0]
        assert (across.min(), across.max()) == pytest.approx((-18, 0) if side < 0 else (0, 18))
        assert half.polygon()[:, 1].max() == pytest.approx(place.at_cm[1])
        assert half.grain_deg == pytest.approx(90.0)
    assert front.edge("edge_3").path[0].start[1] == pytest.approx(front.placement.at_cm[1])  # the cap is up


def test_cuffs_follow_their_sleeves_down_the_arm():
    panels = {"torso_front": rectangle(40, 60, x=-20, y=60), "torso_back": BACK_CLOCKWISE}
    panels["right_sleeve"] = rectangle(40, 30, translation=[-60, 120, 0], rotation=(-90, 0, 0), label="arm")
    panels["right_cuff"] = rectangle(8, 30, translation=[-75, 120, 0], rotation=(-90, 0, 0))
    stitches = [(("right_sleeve", 1), ("torso_front", 3)), (("right_sleeve", 3), ("right_cuff", 1))]
    pattern = read(panels, stitches)
    sleeve, cuff = pattern.panel("right_sleeve"), pattern.panel("right_cuff")
    assert {sleeve.placement.region, cuff.placement.region} == {"right_arm"}
    reach = [panel.polygon()[:, 1] - panel.placement.at_cm[1] for panel in (sleeve, cuff)]
    assert reach[0].max() == pytest.approx(0.0)
    assert reach[0].min() == pytest.approx(-40.0)
    assert (reach[1].max(), reach[1].min()) == pytest.approx((-40.0, -48.0))


def test_trouser_halves_skirts_and_bands_hang_from_the_waist():
    panels = {}
    for hand, sign in (("L", 1), ("R", -1)):
        for side, z in (("front", 20), ("back", -20)):
            clockwise = (sign > 0) != (side == "front")
            points = [[0, 70], [sign * -3, 45], [sign * 6, 0], [sign * 22, 0], [sign * 22, 70]]
            edges = [{"endpoints": [k, (k + 1) % 5]} for k in range(5)]
            if clockwise:
                edges = [{"endpoints": each["endpoints"][::-1]} for each in reversed(edges)]
            panels[hand + side] = {"vertices": points, "edges": edges, "translation": [sign * 3.5, 30, z], "rotation": [0, 0, 0]}
    panels["wb_front"] = rectangle(44, 5, x=-22, y=105, label="body")

    def edge(panel, a, b):
        return next(k for k, each in enumerate(panels[panel]["edges"]) if set(each["endpoints"]) == {a, b})

    stitches = []
    for a, b in ((1, 2), (3, 4)):  # inseam, side seam
        stitches += [((f"{hand}front", edge(f"{hand}front", a, b)), (f"{hand}back", edge(f"{hand}back", a, b))) for hand in "LR"]
    stitches += [((f"L{side}", edge(f"L{side}", 0, 1)), (f"R{side}", edge(f"R{side}", 0, 1))) for side in ("front", "back")]
    stitches.append((("Lfront", edge("Lfront", 4, 0)), ("wb_front", 0)))
    found = places(panels, stitches)
    for name in ("Lfront", "Lback", "Rfront", "Rback"):
        region = "left_leg" if name[0] == "L" else "right_leg"
        assert (found[name].region, found[name].side, found[name].landmark) == (region, name[1:], "waist")
        assert found[name].at_cm[1] == pytest.approx(70.0)
    assert found["wb_front"] == Placement("waist", "front", "waist", (22.0, 0.0))


def test_a_gore_at_the_side_hangs_beside_the_panel_it_is_sewn_to():
    panels = {"skirt_front": rectangle(40, 60, x=-20, y=40), "skirt_back": rectangle(40, 60, x=-20, y=40, z=-20, clockwise=True)}
    panels["skirt_left"] = rectangle(10, 60, translation=[25, 40, 5], rotation=(0, 90, 0))
    found = places(panels, [(("skirt_front", 1), ("skirt_left", 3)), (("skirt_left", 1), ("skirt_back", 3))])
    gore = found["skirt_left"]
    assert (gore.region, gore.side, gore.landmark) == ("waist", "front", "waist")
    assert -gore.at_cm[0] == pytest.approx(20.0)  # its seam begins where the front ends


def test_halves_of_a_hood_hang_behind_with_their_seam_in_the_middle():
    panels = {"torso_front": rectangle(40, 60, x=-20, y=60), "torso_back": BACK_CLOCKWISE}
    panels["left_hood"] = rectangle(22, 30, translation=[10, 120, 11], rotation=(0, 90, 0))
    panels["right_hood"] = rectangle(22, 30, translation=[-10, 120, -11], rotation=(0, -90, 0))
    stitches = [(("left_hood", 1), ("right_hood", 3)), (("left_hood", 0), ("torso_back", 2))]
    found = places(panels, stitches)
    assert {(found[name].region, found[name].side) for name in ("left_hood", "right_hood")} == {("neck", "back")}
    assert found["left_hood"].at_cm[0] == pytest.approx(22.0)
    assert found["right_hood"].at_cm[0] == pytest.approx(0.0)
    assert found["left_hood"].at_cm[1] == pytest.approx(0.0 - 60.0 + found["torso_back"].at_cm[1])  # sewn edges meet


def test_a_band_round_the_body_is_rolled_with_its_front_in_front():
    panels = {"skirt_front": rectangle(40, 60, x=-20, y=40), "skirt_back": rectangle(40, 60, x=-20, y=40, z=-20, clockwise=True)}
    band = rectangle(80, 5, x=-40, y=101)
    band["vertices"].insert(1, [20, 0])  # 20 cm of back, 40 of front, 20 of back
    band["vertices"].insert(2, [60, 0])
    band["edges"] = [{"endpoints": [k, (k + 1) % 6]} for k in range(6)]
    panels["wb"] = band
    found = places(panels, [(("wb", 1), ("skirt_front", 2)), (("wb", 0), ("skirt_back", 2))])
    assert (found["wb"].region, found["wb"].side, found["wb"].landmark) == ("waist", "around", "waist")
    assert 20 < found["wb"].at_cm[0] < 60


def test_panels_that_nothing_tells_are_guessed_and_said():
    found = parse_garmentcode(content({"a": rectangle(40, 30, x=-20, y=60), "b": BACK_CLOCKWISE}), file="test.json")
    assert any("'a' (skirt)" in remark for remark in found.remarks)
    assert any("'b' is sewn to none of the others" in remark or "'a' is sewn to none" in remark for remark in found.remarks)


def test_panels_in_one_place_are_told_apart_by_their_names():
    panels = {name: rectangle(25, 60) for name in ("front_left", "front_right", "back_left", "b_right")}
    for panel in panels.values():
        panel["translation"] = [0, 0, 0]
    found = parse_garmentcode(content(panels), file="test.json")
    placed = {panel.name: panel.placement for panel in found.patterns["one"].panels}
    assert [placed[name].side for name in panels] == ["front", "front", "back", "back"]
    for name, sign in (("front_left", 1), ("front_right", -1), ("back_left", -1), ("b_right", 1)):
        middle = 12.5 - placed[name].at_cm[0]  # +x is the wearer's left on a front, the right on a back
        assert middle * sign > 12, name
    assert "lays all panels in one place" in " ".join(found.remarks)


def test_a_strip_over_a_skirt_is_its_band_whatever_it_is_called():
    panels = {"p1": rectangle(40, 60, x=-20, y=40), "p2": rectangle(40, 60, x=-20, y=40, z=-20, clockwise=True)}
    panels["p3"] = rectangle(40, 5, x=-20, y=102)
    found = places(panels, [(("p3", 0), ("p1", 2)), (("p1", 1), ("p2", 3))])
    assert found["p3"] == Placement("waist", "front", "waist", (20.0, 0.0))
    assert found["p1"].at_cm[1] == pytest.approx(60.0)


@pytest.mark.parametrize("name", ["tee", "a-line-skirt", "straight-trousers", "shift-dress"])
def test_places_of_our_own_patterns_are_found_without_what_studio_notes(name):
    """Written for other programs and read as if one of them had written it, a pattern goes to the same places."""
    pattern = draft(load_garment(name), size="M")
    bare = garmentcode(pattern)
    del bare["properties"]["studio"]
    found = parse_garmentcode(json.dumps(bare).encode(), file=f"{name}.json").patterns["one"]
    for ours, theirs in zip(pattern.panels, found.panels, strict=True):
        a, b = ours.placement, theirs.placement
        assert (a.region, a.side, a.landmark) == (b.region, b.side, b.landmark), ours.name
        assert a.at_cm[1] == pytest.approx(b.at_cm[1], abs=4.0), ours.name  # a landmark is a point, and a neckline lies below it
        assert theirs.grain_deg == ours.grain_deg
        assert theirs.area_cm2() == pytest.approx(ours.area_cm2())
    sewn = {frozenset((seam.a[0], seam.b[0])) for seam in pattern.seams}
    assert {frozenset((seam.a[0], seam.b[0])) for seam in found.seams} == sewn


# --- real files ---------------------------------------------------------------------------------------------------------------

SIDES = {"f": "front", "b": "back"}


@pytest.mark.shared_data
def test_examples_of_the_format_go_where_they_belong(shared_data):
    """Heads above, arms at their side, legs apart: told from names that only this test reads."""
    for path in sorted((shared_data / "patterns").glob("*/*.json")):
        if path.stem == "template_spec_with_comments":  # JSON with comments: a text, no pattern
            continue
        file = path.stem
        for panel in read_pattern(path).patterns["one"].panels:
            place, name = panel.placement, panel.name
            hand = "left" if name.startswith(("l", "L")) or name.endswith("_l") else "right"
            if "sleeve" in name:
                assert (place.region, place.side, place.landmark) == (f"{hand}_arm", "around", f"{hand}_shoulder"), (file, name)
                assert place.share == pytest.approx(0.5, abs=0.01)
            elif "pants" in file and "wb" not in name:
                assert place.region == f"{hand}_leg", (file, name)
                assert place.landmark == "waist"
            elif "hood" in name:
                assert (place.region, place.side) == ("neck", "back")
            else:
                assert place.landmark == ("waist" if "skirt" in file or "pants" in file else "side_neck"), (file, name)
            if "torso" in name:
                assert place.side == SIDES[name.split("_")[1][0]]
