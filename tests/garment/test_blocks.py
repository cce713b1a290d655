"""Drafts of every garment for every size and for measured bodies: what a pattern maker checks."""

import math

import numpy as np
import pytest

from studio.body.tape import Measure, Measures
from studio.errors import StudioError
from studio.garment.blocks.dress import draft_dress
from studio.garment.blocks.skirt import draft_skirt
from studio.garment.blocks.tee import draft_tee
from studio.garment.blocks.trousers import draft_trousers, girth_below_waist
from studio.garment.bodice import neckline, shoulder_frame
from studio.garment.catalog import DESIGNS, chart_names, draft, garment_names, load_chart, load_garment, size_measures
from studio.specs.garment import DressDesign, SkirtDesign, TeeDesign, TrousersDesign

SIZES = [(chart, size) for chart in chart_names() for size in load_chart(chart).sizes]


@pytest.fixture(scope="session")
def drafts():
    """Every garment in every size of every chart."""
    return {
        (name, chart, size): draft(load_garment(name), size=size, chart=chart) for name in garment_names() for chart, size in SIZES
    }  # fmt: skip


def cm(chart, size):
    return size_measures(size, chart=chart).cm


def changed(measures, **values_cm):
    """Measures with some replaced."""
    return Measures.of(
        *(Measure(m.name, values_cm[m.name] / 100 if m.name in values_cm else m.value_m, m.clause, m.uncertainty_m) for m in measures)
    )


def heading(edge, end):
    """Unit direction of an edge at its start (0) or end (-1)."""
    segment = edge.path[0 if end == 0 else -1]
    d = segment.derivative(np.array([0.0 if end == 0 else 1.0]))[0]
    return d / np.linalg.norm(d)


def angle_between(a, b):
    return math.degrees(math.acos(np.clip(np.dot(a, b), -1, 1)))


def test_every_garment_is_drafted_in_every_size(drafts):
    assert len(drafts) == 4 * 12
    assert {name for name, _, _ in drafts} == {"tee", "a-line-skirt", "straight-trousers", "shift-dress"}


def test_both_sides_of_every_seam_match(drafts):
    for key, pattern in drafts.items():
        for seam, a, b in pattern.seam_lengths():
            assert b == pytest.approx(a * (1 + seam.ease), rel=1e-6), (key, seam)


def test_left_and_right_are_reflections(drafts):
    for key, pattern in drafts.items():
        for panel in pattern.panels:
            if panel.name in ("front", "back"):
                polygon = panel.polygon(0.5)
                assert polygon[:, 0].max() == pytest.approx(-polygon[:, 0].min(), abs=1e-9), key
                lengths = {edge.name: edge.length for edge in panel.edges}
                for name, length in lengths.items():
                    if name.endswith("_left"):
                        assert length == pytest.approx(lengths[name.removesuffix("left") + "right"], rel=1e-9), (key, name)


# --- tee ----------------------------------------------------------------------------------------------------------------------


def test_the_tee_measures_the_chest_plus_its_ease(drafts):
    ease = TeeDesign().bust_ease_cm
    for chart, size in SIZES:
        tee = drafts["tee", chart, size]
        holes = [tee.panel(side).edge(f"armhole_{hand}") for side in ("front", "back") for hand in ("left", "right")]
        width = sum(max(abs(hole.path[0].start[0]), abs(hole.path[-1].end[0])) for hole in holes)  # an armhole is widest at the underarm
        assert width == pytest.approx(cm(chart, size)("bust_girth") + ease, abs=1e-6)


def test_the_front_of_a_tee_is_wider_than_its_back_by_what_the_bust_stands_out():
    for underbust_cm, wider_cm in ((94.0, 0.0), (89.0, 0.0), (80.0, 4.5), (60.0, 8.0)):
        tee = draft_tee(changed(size_measures("M", chart="women"), underbust_girth=underbust_cm), TeeDesign())
        front, back = (np.ptp(tee.panel(side).polygon()[:, 0]) for side in ("front", "back"))
        assert front - back == pytest.approx(wider_cm, abs=1e-6)


def test_the_sleeve_cap_is_the_armhole_with_its_ease(drafts):
    ease = TeeDesign().cap_ease
    for chart, size in SIZES:
        tee = drafts["tee", chart, size]
        hole = tee.panel("front").edge("armhole_left").length + tee.panel("back").edge("armhole_left").length
        cap = tee.panel("sleeve_left").edge("cap_front").length + tee.panel("sleeve_left").edge("cap_back").length
        assert cap == pytest.approx(hole * (1 + ease), rel=1e-6)
        assert 34 < hole < 70


def test_the_front_armhole_is_hollowed_more_than_the_back(drafts):
    for chart, size in SIZES:
        tee = drafts["tee", chart, size]
        front, back = (tee.panel(side).polygon(0.1) for side in ("front", "back"))
        tip = tee.panel("front").edge("shoulder_left").start
        level = (tip[1] + tee.panel("front").edge("side_left").end[1]) / 2
        narrowest = [np.abs(p[np.abs(p[:, 1] - level) < 3][:, 0]).min() for p in (front[front[:, 0] > 5], back[back[:, 0] > 5])]
        assert narrowest[0] < narrowest[1] < tip[0]


def test_seams_run_on_smoothly_across_the_shoulder_and_the_underarm(drafts):
    """Neck and armhole leave the shoulder seam, and the armhole the side seam, at right angles."""
    for (name, chart, size), pattern in drafts.items():
        if name not in ("tee", "shift-dress"):
            continue
        for panel in (pattern.panel("front"), pattern.panel("back")):
            hand = "left" if panel.name == "front" else "right"  # the drafted half
            shoulder, hole = panel.edge(f"shoulder_{hand}"), panel.edge(f"armhole_{hand}")
            assert angle_between(heading(hole, -1), heading(shoulder, 0)) == pytest.approx(90, abs=1e-6)
            assert angle_between(heading(shoulder, -1), heading(panel.edge("neck"), 0)) == pytest.approx(90, abs=1e-6)
            side = [edge for edge in panel.outline if edge.name.startswith("side") and edge.name.endswith(hand)][-1]
            assert angle_between(heading(side, -1), heading(hole, 0)) == pytest.approx(90, abs=1e-6), (name, chart, size)


def test_the_neck_base_is_as_long_as_the_body_measures():
    for chart, size in SIZES:
        measures = size_measures(size, chart=chart)
        frame = shoulder_frame(measures)
        length = 2 * sum(
            neckline(frame, side=0, depth=depth, back=back).length
            for depth, back in ((frame.front_depth_cm, False), (frame.back_depth_cm, True))
        )
        assert length == pytest.approx(measures.cm("neck_base_girth"), rel=1e-6)
        assert frame.front_depth_cm > 2 * frame.back_depth_cm


def test_the_shoulder_tip_lies_where_the_tape_ends():
    measures = size_measures("M", chart="women")
    frame = shoulder_frame(measures)
    assert math.hypot(frame.tip[0], frame.tip[1] + frame.back_depth_cm) == pytest.approx(measures.cm("shoulder_width") / 2, rel=1e-9)


def test_a_heavy_arm_deepens_the_armhole():
    measures = size_measures("M", chart="women")
    normal, heavy = draft_tee(measures, TeeDesign()), draft_tee(changed(measures, upper_arm_girth=40), TeeDesign())
    assert dict(normal.notes)["armhole_deepened"] == 0
    assert dict(heavy.notes)["armhole_deepened"] > 0
    assert heavy.panel("front").edge("armhole_left").length > normal.panel("front").edge("armhole_left").length


def test_an_impossible_arm_is_refused_in_one_sentence():
    measures = changed(size_measures("XS", chart="women"), upper_arm_girth=90)
    with pytest.raises(StudioError, match=r"upper arm of 90\.0 cm does not fit the armhole"):
        draft_tee(measures, TeeDesign())


def test_without_a_band_the_neckline_is_the_same_opening():
    measures = size_measures("M", chart="women")
    banded, raw = draft_tee(measures, TeeDesign()), draft_tee(measures, TeeDesign(band_cm=0))
    inner = banded.panel("neckband_front").edge("inner").length
    assert raw.panel("front").edge("neck").length == pytest.approx(inner, rel=1e-9)
    assert len(raw.panels) == len(banded.panels) - 2
    assert {panel.cloth for panel in banded.panels if panel.name.startswith("neckband")} == {"rib"}
    assert banded.panel("neckband_front").edge("outer").length > inner  # a straight rib strip would be stretched on


def test_longer_sleeves_end_narrower():
    measures = size_measures("M", chart="women")
    short, long = (draft_tee(measures, TeeDesign(sleeve_share=share)).panel("sleeve_left") for share in (0.34, 1.0))
    assert long.edge("hem").length < short.edge("hem").length
    drop = short.placement.at_cm[1] - short.edge("hem").start[1]
    assert drop == pytest.approx(0.34 * measures.cm("sleeve_length"), abs=1e-6)


# --- skirt and trousers -------------------------------------------------------------------------------------------------------


def waist_length(pattern):
    """Finished waist: the seam pieces of all panels but the bands."""
    return sum(
        edge.length for panel in pattern.panels if not panel.name.startswith("band") for edge in panel.edges
        if edge.name.startswith("waist") and "dart" not in edge.name
    )  # fmt: skip


def test_the_waist_is_the_body_plus_ease_once_the_darts_are_closed(drafts):
    for chart, size in SIZES:
        measures = size_measures(size, chart=chart)
        skirt, trousers = drafts["a-line-skirt", chart, size], drafts["straight-trousers", chart, size]
        assert waist_length(skirt) == pytest.approx(measures.cm("waist_girth") + SkirtDesign().waist_ease_cm, abs=1e-4)
        wanted = girth_below_waist(measures, TrousersDesign().waist_drop_cm) + TrousersDesign().waist_ease_cm
        assert waist_length(trousers) == pytest.approx(wanted, abs=1e-4)


def test_bands_are_as_long_as_the_waist(drafts):
    for name in ("a-line-skirt", "straight-trousers"):
        for chart, size in SIZES:
            pattern = drafts[name, chart, size]
            band = pattern.panel("band_front").edge("top").length + pattern.panel("band_back").edge("top").length
            assert band == pytest.approx(waist_length(pattern), abs=1e-6)


def test_the_waist_seam_is_smooth_where_darts_close(drafts):
    """Seam pieces meet the legs of their darts at right angles, and both legs are equal."""
    found = 0
    for (name, _, _), pattern in drafts.items():
        if name not in ("a-line-skirt", "straight-trousers"):
            continue
        for panel in pattern.panels:
            edges = panel.outline
            for before, leg in zip(edges, edges[1:] + edges[:1], strict=True):
                if before.name.startswith("waist") and leg.name.startswith("dart"):
                    assert angle_between(heading(before, -1), heading(leg, 0)) == pytest.approx(90, abs=0.01)
                    found += 1
                if before.name.startswith("dart") and leg.name.startswith("dart"):
                    assert before.length == pytest.approx(leg.length, rel=1e-9)
    assert found > 50


def test_more_is_taken_out_behind_than_in_front(drafts):
    def intake(panel):
        legs = [edge for edge in panel.edges if edge.name.startswith("dart") and "outer" in edge.name]
        twins = [panel.edge(edge.name.replace("outer", "inner")) for edge in legs]
        points = [(o.start if o.start not in (i.start, i.end) else o.end, i.start if i.start not in (o.start, o.end) else i.end)
                  for o, i in zip(legs, twins, strict=True)]  # fmt: skip
        return sum(math.dist(a, b) for a, b in points)

    for chart, size in SIZES:
        skirt = drafts["a-line-skirt", chart, size]
        assert intake(skirt.panel("back")) > intake(skirt.panel("front")) or intake(skirt.panel("back")) == 0


def test_the_crotch_seam_runs_on_smoothly_from_front_to_back(drafts):
    """Rise and inseam meet at right angles in front and behind, so together they make a straight line."""
    for chart, size in SIZES:
        trousers = drafts["straight-trousers", chart, size]
        for name in ("front_left", "back_right"):
            panel = trousers.panel(name)
            assert angle_between(heading(panel.edge("rise"), -1), heading(panel.edge("inseam"), 0)) == pytest.approx(90, abs=0.01)
        assert -1.5 < dict(trousers.notes)["back_crotch_lowered"] < 2.5


def test_the_back_rise_is_longer_and_its_fork_wider(drafts):
    for chart, size in SIZES:
        trousers = drafts["straight-trousers", chart, size]
        front, back = trousers.panel("front_left"), trousers.panel("back_right")
        assert back.edge("rise").length > front.edge("rise").length + 3
        assert back.edge("inseam").start[0] < front.edge("inseam").start[0] - 2
        assert back.edge("rise").start[1] > front.edge("rise").start[1] + 1.5


def test_the_legs_are_wide_enough_for_the_thighs():
    measures = changed(size_measures("S", chart="women"), thigh_girth=68)
    trousers = draft_trousers(measures, TrousersDesign())
    assert dict(trousers.notes)["thigh"] > 68


def test_the_inseam_is_the_body_s_less_crotch_ease_and_hem():
    measures, design = size_measures("M", chart="women"), TrousersDesign()
    inseam = draft_trousers(measures, design).panel("front_left").edge("inseam").length
    straight = measures.cm("inside_leg") - design.crotch_ease_cm - design.hem_above_floor_cm
    assert straight < inseam < straight + 2.0  # it slants


def test_a_body_without_a_waist_gets_no_darts():
    measures = changed(size_measures("L", chart="men"), waist_girth=104, hip_girth=102)
    for pattern in (draft_skirt(measures, SkirtDesign()), draft_trousers(measures, TrousersDesign())):
        assert not [edge.name for panel in pattern.panels for edge in panel.edges if edge.name.startswith("dart")]


def test_more_flare_makes_a_wider_hem():
    measures = size_measures("M", chart="women")
    hems = [dict(draft_skirt(measures, SkirtDesign(flare_cm=flare)).notes)["hem"] for flare in (0, 5, 12)]
    assert hems[0] < hems[1] - 15 < hems[2] - 30


def test_a_hem_above_the_knee_is_refused():
    with pytest.raises(StudioError, match="hem_above_floor_cm"):
        draft_trousers(size_measures("M", chart="women"), TrousersDesign(hem_above_floor_cm=50))


# --- dress --------------------------------------------------------------------------------------------------------------------


def test_the_bust_dart_takes_what_the_front_is_longer():
    measures = size_measures("M", chart="women")
    base = dict(draft_dress(measures, DressDesign()).notes)["bust_dart"]
    longer = changed(measures, front_waist_length=measures.cm("front_waist_length") + 1.5)
    assert dict(draft_dress(longer, DressDesign()).notes)["bust_dart"] == pytest.approx(base + 1.5, abs=1e-6)
    flat = changed(measures, front_waist_length=measures.cm("back_waist_length") + 2)
    assert dict(draft_dress(flat, DressDesign()).notes)["bust_dart"] == 0


def test_the_bust_dart_points_at_the_bust_and_stays_short_of_it():
    measures = size_measures("M", chart="women")
    dress = draft_dress(measures, DressDesign())
    tip = dress.panel("front").edge("bust_dart_upper_left").start
    frame = shoulder_frame(measures)
    x = measures.cm("bust_point_distance") / 2
    y = -math.sqrt(measures.cm("neck_to_bust_point") ** 2 - (frame.neck_half_cm - x) ** 2)
    assert tip[0] == pytest.approx(x + 2.5)
    assert tip[1] == pytest.approx(y, abs=0.7)


def test_the_dress_measures_its_girths_through_the_darts():
    measures, design = size_measures("M", chart="women"), DressDesign()
    dress = draft_dress(measures, design)
    intake = dict(dress.notes)["waist_dart"]
    back = dress.panel("back").polygon(0.02)
    frame = shoulder_frame(measures)
    level = -(frame.back_depth_cm + measures.cm("back_waist_length"))
    half = back[np.abs(back[:, 1] - level) < 0.02][:, 0].max()
    assert 4 * (half + 0.5) - 8 * intake / 2 == pytest.approx(measures.cm("waist_girth") + design.waist_ease_cm, abs=0.3)


def test_sleeves_and_sleeveless_dresses():
    measures = size_measures("M", chart="women")
    bare, sleeved = draft_dress(measures, DressDesign()), draft_dress(measures, DressDesign(sleeve_share=0.36))
    assert [panel.name for panel in bare.panels] == ["front", "back"]
    assert [panel.name for panel in sleeved.panels] == ["front", "back", "sleeve_left", "sleeve_right"]
    assert bare.panel("front").edge("shoulder_left").length < sleeved.panel("front").edge("shoulder_left").length


# --- made to measure ----------------------------------------------------------------------------------------------------------

BODIES = {  # [cm], a woman's M with what differs
    "slim": {"bust_girth": 76, "waist_girth": 57, "hip_girth": 83, "upper_arm_girth": 22, "thigh_girth": 46, "neck_base_girth": 34},
    "heavy": {"bust_girth": 128, "waist_girth": 118, "hip_girth": 134, "upper_arm_girth": 42, "thigh_girth": 78, "neck_base_girth": 44},
    "tall": {"stature": 190, "waist_height": 120, "hip_height": 98, "inside_leg": 92, "knee_height": 54, "back_waist_length": 44,
             "front_waist_length": 48, "scye_depth": 20, "sleeve_length": 65},
    "man": {"bust_girth": 104, "waist_girth": 90, "hip_girth": 101, "shoulder_width": 46, "neck_base_girth": 43, "scye_depth": 21,
            "back_waist_length": 45, "front_waist_length": 46.5},
    "pear": {"bust_girth": 84, "waist_girth": 66, "hip_girth": 112, "thigh_girth": 70},
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", garment_names())
def test_garments_are_drafted_to_measure(body, name):
    measures = changed(size_measures("M", chart="women"), **BODIES[body])
    pattern = draft(load_garment(name), measures=measures)
    for seam, a, b in pattern.seam_lengths():
        assert b == pytest.approx(a * (1 + seam.ease), rel=1e-6), seam


@pytest.mark.parametrize("name", garment_names())
def test_a_garment_uses_the_measures_it_declares_and_no_others(name):
    garment = load_garment(name)
    every = size_measures("M", chart="women")
    declared = Measures.of(*(measure for measure in every if measure.name in garment.spec.measures))
    designs = [garment.design]
    if name == "shift-dress":
        designs.append(DESIGNS["shift-dress"](sleeve_share=0.36))
    seen = set()

    class Recording(Measures):
        def __getitem__(self, key):
            seen.add(key)
            return super().__getitem__(key)

    drafting = {"tee": draft_tee, "a-line-skirt": draft_skirt, "straight-trousers": draft_trousers, "shift-dress": draft_dress}[name]
    for design in designs:
        drafting(Recording(declared.by_name), design)
    assert seen == set(garment.spec.measures)
