"""Skirts and trousers."""

import math

import pytest

from studio.errors import StudioError
from studio.garment.blocks.skirt import draft_skirt
from studio.garment.blocks.trousers import draft_trousers, girth_below_waist
from studio.specs.garment import SkirtDesign, TrousersDesign
from tests.garment.measuring import LETTERS, angle_between, body_of, changed, drafted, heading, panels, waist_seam, width_at

BOTTOMS = ("a-line-skirt", "pencil-skirt", "straight-trousers")


def test_the_waist_is_the_body_plus_ease_once_the_darts_are_closed():
    for chart, size in LETTERS:
        measures = body_of(chart, size)
        skirt, trousers = drafted("a-line-skirt", chart, size), drafted("straight-trousers", chart, size)
        assert waist_seam(skirt) == pytest.approx(measures.cm("waist_girth") + SkirtDesign().waist_ease_cm, abs=1e-3)
        wanted = girth_below_waist(measures, TrousersDesign().waist_drop_cm) + TrousersDesign().waist_ease_cm
        assert waist_seam(trousers) == pytest.approx(wanted, abs=1e-3)


def test_bands_are_as_long_as_the_waist():
    for name in BOTTOMS:
        for chart, size in LETTERS:
            pattern = drafted(name, chart, size)
            band = pattern.panel("band_front").edge("top").length + pattern.panel("band_back").edge("top").length
            assert band == pytest.approx(waist_seam(pattern), abs=1e-3)


def test_the_waist_seam_is_smooth_where_darts_close():
    """Seam pieces meet the legs of their darts at right angles, and both legs are equal."""
    found = 0
    for panel in (panel for name in BOTTOMS for chart, size in LETTERS for panel in drafted(name, chart, size).panels):
        edges = panel.outline
        for before, leg in zip(edges, edges[1:] + edges[:1], strict=True):
            if before.name.startswith("waist") and leg.name.startswith("dart"):
                assert angle_between(heading(before, -1), heading(leg, 0)) == pytest.approx(90, abs=0.01)
                found += 1
            if before.name.startswith("dart") and leg.name.startswith("dart"):
                assert before.length == pytest.approx(leg.length, rel=1e-9)
    assert found > 80


def test_more_is_taken_out_behind_than_in_front():
    def intake(panel):
        legs = [edge for edge in panel.edges if edge.name.startswith("dart") and "outer" in edge.name]
        twins = [panel.edge(edge.name.replace("outer", "inner")) for edge in legs]
        points = [(o.start if o.start not in (i.start, i.end) else o.end, i.start if i.start not in (o.start, o.end) else i.end)
                  for o, i in zip(legs, twins, strict=True)]  # fmt: skip
        return sum(math.dist(a, b) for a, b in points)

    for chart, size in LETTERS:
        skirt = drafted("a-line-skirt", chart, size)
        assert intake(skirt.panel("back")) > intake(skirt.panel("front")) or intake(skirt.panel("back")) == 0


def test_the_crotch_seam_runs_on_smoothly_from_front_to_back():
    """Rise and inseam meet at right angles in front and behind, so together they make a straight line."""
    for chart, size in LETTERS:
        trousers = drafted("straight-trousers", chart, size)
        for name in ("front_left", "back_right"):
            panel = trousers.panel(name)
            assert angle_between(heading(panel.edge("rise"), -1), heading(panel.edge("inseam"), 0)) == pytest.approx(90, abs=0.01)
        assert -1.5 < dict(trousers.notes)["back_crotch_lowered"] < 2.5


def test_the_back_rise_is_longer_and_its_fork_wider():
    for chart, size in LETTERS:
        trousers = drafted("straight-trousers", chart, size)
        front, back = trousers.panel("front_left"), trousers.panel("back_right")
        assert back.edge("rise").length > front.edge("rise").length + 3
        assert back.edge("inseam").start[0] < front.edge("inseam").start[0] - 2
        assert back.edge("rise").start[1] > front.edge("rise").start[1] + 1.5


def test_the_legs_are_wide_enough_for_the_thighs():
    measures = changed(body_of("women", "S"), thigh_girth=68)
    trousers = draft_trousers(measures, TrousersDesign())
    assert dict(trousers.notes)["thigh"] > 68


def test_the_crotch_seam_is_as_long_as_the_body_asks_for():
    """What hangs lower by its ease is longer by twice that, less what the waistband sits below the waist in front and behind."""
    design = TrousersDesign(crotch_ease_cm=1.5, waist_drop_cm=2.0)
    for longer in (0.0, 3.0, 6.0):  # one hip girth, more belly and seat
        measures = body_of("women", "M")
        measures = changed(measures, crotch_length=measures.cm("crotch_length") + longer)
        seam = dict(draft_trousers(measures, design).notes)["crotch_seam"]
        assert seam == pytest.approx(measures.cm("crotch_length") + 2 * (1.5 - 2.0), abs=1e-6)


def test_the_inseam_is_the_body_s_less_crotch_ease_and_hem():
    measures, design = body_of("women", "M"), TrousersDesign()
    inseam = draft_trousers(measures, design).panel("front_left").edge("inseam").length
    straight = measures.cm("inside_leg") - design.crotch_ease_cm - design.hem_above_floor_cm
    assert straight < inseam < straight + 2.0  # it slants


def test_a_body_without_a_waist_gets_no_darts():
    measures = changed(body_of("men", "L"), waist_girth=104, hip_girth=102)
    for pattern in (draft_skirt(measures, SkirtDesign()), draft_trousers(measures, TrousersDesign())):
        assert not [edge.name for panel in pattern.panels for edge in panel.edges if edge.name.startswith("dart")]


def test_more_flare_makes_a_wider_hem():
    measures = body_of("women", "M")
    hems = [dict(draft_skirt(measures, SkirtDesign(flare_cm=flare)).notes)["hem"] for flare in (0, 5, 12)]
    assert hems[0] < hems[1] - 15 < hems[2] - 30


def test_a_hem_above_the_knee_is_refused():
    with pytest.raises(StudioError, match="hem_above_floor_cm"):
        draft_trousers(body_of("women", "M"), TrousersDesign(hem_above_floor_cm=50))


def test_a_pencil_skirt_comes_in_below_the_hips_and_an_a_line_swings_out():
    for chart, size in LETTERS:
        body = body_of(chart, size)
        depth = body.cm("waist_height") - body.cm("hip_height")
        for name, swing in (("a-line-skirt", 5.0), ("pencil-skirt", -2.5)):
            front = drafted(name, chart, size).panel("front")
            corner = front.edge("side_left").start  # a little along the slant, for the hem is squared to it
            assert 2 * corner[0] - width_at(front, -depth) == pytest.approx(2 * swing, abs=0.5), name


def test_a_slit_opens_the_centre_back_seam_above_the_hem():
    body = body_of("women", "M")
    whole, slit = (draft_skirt(body, SkirtDesign(length_cm=60, flare_cm=-2, slit_cm=length)) for length in (0, 20))
    assert [panel.name for panel in panels(whole, "back")] == ["back"]
    left, right = panels(slit, "back")
    assert (left.name, right.name) == ("back_left", "back_right")
    assert right.edge("slit").length == pytest.approx(20, abs=1e-9)
    assert right.edge("slit").length + right.edge("centre").length == pytest.approx(60, abs=1e-9)
    sewn = {ref for seam in slit.seams for ref in (seam.a, seam.b)}
    assert ("back_left", "centre") in sewn
    assert ("back_left", "slit") not in sewn
    for level in (-5.0, -20.0, -50.0):  # cut in two, not changed
        assert width_at(left, level) + width_at(right, level) == pytest.approx(width_at(whole.panel("back"), level), abs=1e-6)


def test_a_slit_into_the_hips_is_refused():
    with pytest.raises(StudioError, match="lower slit_cm or make the skirt longer"):
        draft_skirt(body_of("women", "M"), SkirtDesign(length_cm=45, slit_cm=30))
