"""Patterns refuse what can not be sewn, in one sentence each, and say what is wrong."""

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.curves import Line
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam, self_crossing, signed_area, unfolded
from tests.garment.refusals import one_sentence

FRONT, BACK = Placement("torso", "front", "side_neck", (0, 0)), Placement("torso", "back", "side_neck", (0, 0))


def polygon_panel(name, corners, placement=FRONT, names=None, **options):
    corners = [tuple(map(float, corner)) for corner in corners]
    names = names or [f"e{k}" for k in range(len(corners))]
    edges = tuple(
        Edge(edge, (Line(a, b),)) for edge, a, b in zip(names, corners, corners[1:] + corners[:1], strict=True)
    )  # fmt: skip
    return Panel(name, edges, placement, **options)


SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]


def test_an_open_outline_is_refused_with_the_gap():
    edges = (Edge("a", (Line((0, 0), (10, 0)),)), Edge("b", (Line((10, 0), (5, 8)),)), Edge("c", (Line((5, 8), (0, 0.5)),)))
    with pytest.raises(StudioError) as info:
        Pattern("p", (Panel("front", edges, FRONT),), ())
    assert "'c' ends 0.500 cm away from where 'a' starts" in one_sentence(info)


def test_a_clockwise_outline_is_refused():
    with pytest.raises(StudioError) as info:
        Pattern("p", (polygon_panel("front", SQUARE[::-1]),), ())
    assert "runs clockwise" in one_sentence(info)


def test_a_self_crossing_outline_is_refused_with_the_place():
    with pytest.raises(StudioError) as info:
        Pattern("p", (polygon_panel("front", [(0, 0), (10, 0), (10, 10), (5, -3), (0, 10)]),), ())
    assert "crosses itself near" in one_sentence(info)


def test_a_seam_whose_sides_differ_is_refused_with_both_lengths():
    wide = polygon_panel("back", [(0, 0), (11, 0), (11, 11), (0, 11)], BACK)
    with pytest.raises(StudioError) as info:
        Pattern("p", (polygon_panel("front", SQUARE), wide), (Seam(("front", "e1"), ("back", "e3")),))
    text = one_sentence(info)
    assert "10.00 cm" in text
    assert "11.00 cm" in text
    Pattern("p", (polygon_panel("front", SQUARE), wide), (Seam(("front", "e1"), ("back", "e3"), ease=0.1),))  # stated ease is fine


def test_an_unknown_edge_names_the_closest():
    panels = (polygon_panel("front", SQUARE, names=["hem", "side", "top", "fold"]), polygon_panel("back", SQUARE, BACK))
    with pytest.raises(StudioError) as info:
        Pattern("p", panels, (Seam(("front", "sied"), ("back", "e3")),))
    assert "did you mean 'side'" in one_sentence(info)


def test_an_edge_is_sewn_once():
    panels = (polygon_panel("front", SQUARE), polygon_panel("back", SQUARE, BACK))
    with pytest.raises(StudioError) as info:
        Pattern("p", panels, (Seam(("front", "e1"), ("back", "e3")), Seam(("front", "e1"), ("back", "e1"))))
    assert "sewn twice" in one_sentence(info)


def test_two_panels_of_one_name_are_refused():
    with pytest.raises(StudioError) as info:
        Pattern("p", (polygon_panel("front", SQUARE), polygon_panel("front", SQUARE)), ())
    assert "two panels called 'front'" in one_sentence(info)


def test_a_counter_clockwise_hole_is_refused():
    hole = polygon_panel("x", [(4, 4), (6, 4), (6, 6), (4, 6)], names=["h0", "h1", "h2", "h3"]).outline
    with pytest.raises(StudioError) as info:
        Pattern("p", (polygon_panel("front", SQUARE, holes=(hole,)),), ())
    assert "holes are drawn clockwise" in one_sentence(info)


def test_unfolding_gives_a_whole_symmetric_piece():
    half = [
        Edge("hem", (Line((0, 0), (5, 0)),)),
        Edge("side", (Line((5, 0), (4, 10)),)),
        Edge("top", (Line((4, 10), (0, 9)),)),
    ]
    panel = Panel("front", unfolded(half, plus="left", minus="right"), FRONT)
    Pattern("p", (panel,), ())
    assert [edge.name for edge in panel.edges] == ["hem", "side_left", "top", "side_right"]
    assert panel.area_cm2() == pytest.approx(2 * signed_area(np.array([(0, 0), (5, 0), (4, 10), (0, 9)])))
    assert panel.edge("side_left").length == pytest.approx(panel.edge("side_right").length)


def test_a_mirrored_panel_stays_counter_clockwise_under_the_same_names():
    panel = polygon_panel("left", [(1, 0), (10, 0), (8, 12)], names=["hem", "side", "rise"])
    twin = panel.mirrored("right", BACK)
    Pattern("p", (panel, twin), (Seam(("left", "rise"), ("right", "rise")),))
    assert signed_area(twin.polygon()) == pytest.approx(signed_area(panel.polygon()))
    assert twin.edge("rise").start == (-panel.edge("rise").end[0], panel.edge("rise").end[1])


def test_simple_polygons_do_not_cross_themselves():
    t = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    star = np.stack([np.cos(t), np.sin(t)], axis=1) * (1 + 0.5 * np.cos(9 * t))[:, None]
    assert self_crossing(star) is None
    assert self_crossing(star[np.r_[1, 0, 2:200]]) is not None
