"""The T-shirt block: tees, long-sleeved tops, tank tops."""

import math

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.blocks.tee import draft_tee
from studio.garment.bodice import neckline, shoulder_frame
from studio.specs.garment import TeeDesign
from tests.garment.measuring import LETTERS, angle_between, body_of, changed, drafted, heading, width_at


def test_the_tee_measures_the_chest_plus_its_ease():
    ease = TeeDesign().bust_ease_cm
    for chart, size in LETTERS:
        tee = drafted("tee", chart, size)
        holes = [tee.panel(side).edge(f"armhole_{hand}") for side in ("front", "back") for hand in ("left", "right")]
        width = sum(max(abs(hole.path[0].start[0]), abs(hole.path[-1].end[0])) for hole in holes)  # an armhole is widest at the underarm
        assert width == pytest.approx(body_of(chart, size).cm("bust_girth") + ease, abs=1e-6)


def test_the_front_of_a_tee_is_wider_than_its_back_by_what_the_bust_stands_out():
    for underbust_cm, wider_cm in ((94.0, 0.0), (89.0, 0.0), (80.0, 4.5), (60.0, 8.0)):
        tee = draft_tee(changed(body_of("women", "M"), underbust_girth=underbust_cm), TeeDesign())
        front, back = (np.ptp(tee.panel(side).polygon()[:, 0]) for side in ("front", "back"))
        assert front - back == pytest.approx(wider_cm, abs=1e-6)


def test_the_sleeve_cap_is_the_armhole_with_its_ease():
    ease = TeeDesign().cap_ease
    for chart, size in LETTERS:
        tee = drafted("tee", chart, size)
        hole = tee.panel("front").edge("armhole_left").length + tee.panel("back").edge("armhole_left").length
        cap = tee.panel("sleeve_left").edge("cap_front").length + tee.panel("sleeve_left").edge("cap_back").length
        assert cap == pytest.approx(hole * (1 + ease), rel=1e-6)
        assert 34 < hole < 70


def test_the_front_armhole_is_hollowed_more_than_the_back():
    for chart, size in LETTERS:
        tee = drafted("tee", chart, size)
        front, back = (tee.panel(side).polygon(0.1) for side in ("front", "back"))
        tip = tee.panel("front").edge("shoulder_left").start
        level = (tip[1] + tee.panel("front").edge("side_left").end[1]) / 2
        narrowest = [np.abs(p[np.abs(p[:, 1] - level) < 3][:, 0]).min() for p in (front[front[:, 0] > 5], back[back[:, 0] > 5])]
        assert narrowest[0] < narrowest[1] < tip[0]


def test_the_neck_base_is_as_long_as_the_body_measures():
    for chart, size in LETTERS:
        measures = body_of(chart, size)
        frame = shoulder_frame(measures)
        length = 2 * sum(
            neckline(frame, side=0, depth=depth, back=back).length
            for depth, back in ((frame.front_depth_cm, False), (frame.back_depth_cm, True))
        )
        assert length == pytest.approx(measures.cm("neck_base_girth"), rel=1e-6)
        assert frame.front_depth_cm > 2 * frame.back_depth_cm


def test_the_shoulder_tip_lies_where_the_tape_ends():
    measures = body_of("women", "M")
    frame = shoulder_frame(measures)
    assert math.hypot(frame.tip[0], frame.tip[1] + frame.back_depth_cm) == pytest.approx(measures.cm("shoulder_width") / 2, rel=1e-9)


def test_a_heavy_arm_deepens_the_armhole():
    measures = body_of("women", "M")
    normal, heavy = draft_tee(measures, TeeDesign()), draft_tee(changed(measures, upper_arm_girth=40), TeeDesign())
    assert dict(normal.notes)["armhole_deepened"] == 0
    assert dict(heavy.notes)["armhole_deepened"] > 0
    assert heavy.panel("front").edge("armhole_left").length > normal.panel("front").edge("armhole_left").length


def test_an_impossible_arm_is_refused_in_one_sentence():
    measures = changed(body_of("women", "XS"), upper_arm_girth=90)
    with pytest.raises(StudioError, match=r"upper arm of 90\.0 cm does not fit the armhole"):
        draft_tee(measures, TeeDesign())


def test_without_a_band_the_neckline_is_the_same_opening():
    measures = body_of("women", "M")
    banded, raw = draft_tee(measures, TeeDesign()), draft_tee(measures, TeeDesign(band_cm=0))
    inner = banded.panel("neckband_front").edge("inner").length
    assert raw.panel("front").edge("neck").length == pytest.approx(inner, rel=1e-9)
    assert len(raw.panels) == len(banded.panels) - 2
    assert {panel.cloth for panel in banded.panels if panel.name.startswith("neckband")} == {"rib"}
    assert banded.panel("neckband_front").edge("outer").length > inner  # a straight rib strip would be stretched on


def test_longer_sleeves_end_narrower():
    measures = body_of("women", "M")
    short, long = (draft_tee(measures, TeeDesign(sleeve_share=share)).panel("sleeve_left") for share in (0.34, 1.0))
    assert long.edge("hem").length < short.edge("hem").length


def test_a_sleeve_ends_where_its_share_of_the_arm_says():
    """From the shoulder point: the shoulder seam that goes past it is not counted twice."""
    measures = body_of("women", "M")
    for share, past in ((0.34, 0.5), (0.6, 3.0), (1.0, -0.5)):
        top = draft_tee(measures, TeeDesign(sleeve_share=share, shoulder_extension_cm=past))
        sleeve = top.panel("sleeve_left")
        along = past + sleeve.edge("cap_front").start[1] - sleeve.edge("hem").sample(2)[1, 1]
        assert along == pytest.approx(share * measures.cm("sleeve_length"), abs=0.02)


@pytest.mark.parametrize("name", ["tee", "long-sleeve-top", "shirt", "hoodie"])
def test_hems_of_sleeves_run_level_round_the_arm(name):
    """Closed at the underarm, the sleeve is a cone: a level hem keeps one distance from its tip."""
    for chart, size in LETTERS[::3]:
        sleeve = drafted(name, chart, size).panel("sleeve_left")
        back, front = sleeve.edge("underarm_back"), sleeve.edge("underarm_front")
        (x0, y0), (x1, y1), middle = back.start, back.end, (front.start[0] + back.end[0]) / 2
        tip = np.array([middle, y0 + (y1 - y0) * (middle - x0) / (x1 - x0)])  # on the middle line, by symmetry
        distances = np.linalg.norm(sleeve.edge("hem").sample(40) - tip, axis=1)
        assert np.ptp(distances) < 1e-6
        assert angle_between(heading(sleeve.edge("hem"), -1), heading(back, 0)) == pytest.approx(90, abs=1e-6)


def test_a_tank_top_is_the_same_draft_without_sleeves():
    tank = drafted("tank", "women", "M")
    assert [panel.name for panel in tank.panels] == ["front", "back", "neckband_front", "neckband_back"]
    strap = tank.panel("front").edge("shoulder_left").length + 1.2
    assert 4 < strap < 8
    assert strap < drafted("tee", "women", "M").panel("front").edge("shoulder_left").length


def test_children_s_necklines_are_smaller_in_proportion():
    """On a shoulder of half the length both straps and necklines would otherwise meet."""
    small, large = body_of("kids", "104"), body_of("women", "M")
    widths = []
    for body in (small, large):
        neck = draft_tee(body, TeeDesign(neck_side_cm=4, band_cm=0)).panel("front").edge("neck")
        widths.append(neck.start[0] - shoulder_frame(body).neck_half_cm)
    assert widths[1] == pytest.approx(4.0)
    assert 2.0 < widths[0] < 3.0


def test_a_neckline_wider_than_the_shoulder_is_refused():
    with pytest.raises(StudioError, match=r"leaves 1\.\d cm of this body's shoulder.*neck_side_cm"):
        draft_tee(body_of("women", "M"), TeeDesign(neck_side_cm=12, band_cm=0))


def test_a_hem_at_the_underarm_is_refused():
    with pytest.raises(StudioError, match="length_below_hip_cm"):
        draft_tee(body_of("women", "M"), TeeDesign(length_below_hip_cm=-30, armhole_ease_cm=8))


def test_an_armhole_at_the_waist_is_refused():
    with pytest.raises(StudioError, match="armhole_ease_cm"):
        draft_tee(changed(body_of("women", "M"), back_waist_length=28), TeeDesign(armhole_ease_cm=11))


def test_a_cropped_top_ends_above_the_hip_and_keeps_the_rest():
    body = body_of("women", "M")
    whole, crop = (draft_tee(body, TeeDesign(length_below_hip_cm=length)) for length in (4, -14))
    long_y, short_y = (top.panel("front").edge("hem").start[1] for top in (whole, crop))
    assert short_y - long_y == pytest.approx(18, abs=1e-6)
    for level in (short_y + 1, short_y + 6):
        assert width_at(crop.panel("front"), level) == pytest.approx(width_at(whole.panel("front"), level), abs=0.02)
