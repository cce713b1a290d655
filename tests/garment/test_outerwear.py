"""The hoodie and the bomber jacket: hood, ribs, two-piece sleeves, zip front."""

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.blocks.hoodie import draft_hoodie
from studio.garment.blocks.jacket import draft_jacket
from studio.specs.garment import HoodieDesign, JacketDesign
from tests.garment.measuring import (
    LETTERS,
    ODD,
    body_of,
    changed,
    chord_length,
    corner_deg,
    drafted,
    neckline,
    odd_body,
    panels,
    upper_arm,
    width_at,
)


@pytest.fixture(scope="module")
def hoodies():
    return [drafted("hoodie", *size) for size in LETTERS[::3]] + [draft_hoodie(odd_body(name), HoodieDesign()) for name in list(ODD)[::4]]


@pytest.fixture(scope="module")
def jackets():
    return [drafted("jacket", *size) for size in LETTERS[::3]] + [draft_jacket(odd_body(name), JacketDesign()) for name in list(ODD)[::4]]


def test_the_hood_s_neck_edge_is_the_neckline(hoodies):
    for hoodie in hoodies:
        hood = hoodie.panel("hood_left")
        for part, side in (("neck_front", "front"), ("neck_back", "back")):
            assert chord_length(hood.edge(part)) == pytest.approx(chord_length(hoodie.panel(side).edge("neck_left")), rel=1e-4)
        assert 2 * sum(chord_length(hood.edge(part)) for part in ("neck_front", "neck_back")) == pytest.approx(neckline(hoodie), rel=1e-4)


def test_the_hood_goes_over_the_head_with_room():
    """Its opening is longer than the face from chin to crown, its centre seam than the head from the nape over the crown to the brow."""
    for chart, size in LETTERS:
        body, hood = body_of(chart, size), drafted("hoodie", chart, size).panel("hood_left")
        head = body.cm("stature") - body.cm("cervical_height")
        assert chord_length(hood.edge("face")) > head + 8
        assert chord_length(hood.edge("centre")) > 0.5 * body.cm("head_girth") + 15
        depth = np.ptp(hood.polygon()[:, 0])
        assert body.cm("head_girth") / 3 + 4 < depth < body.cm("head_girth") / 3 + 11


def test_the_hood_s_corners_are_square_so_that_both_halves_make_smooth_lines(hoodies):
    """Across the centre seam the face edge and the neck edge run on without a corner."""
    for hoodie in hoodies:
        hood = hoodie.panel("hood_left")
        for first, second in (("neck_back", "centre"), ("centre", "face"), ("face", "neck_front")):
            assert corner_deg(hood, first, second) == pytest.approx(90, abs=0.5)


def test_ribs_are_shorter_than_what_they_gather(hoodies, jackets):
    for garment in (*hoodies, *jackets):
        hem = sum(chord_length(panel.edge("hem")) for panel in panels(garment, "front", "back"))
        rib = sum(width_at(panel, -2.0) for panel in panels(garment, "rib"))
        assert 0.65 < rib / hem <= 1.0
        sleeve = sum(chord_length(panel.edge("hem")) for panel in panels(garment, "sleeve") if panel.name.endswith("left"))
        assert 0.6 < width_at(garment.panel("cuff_left"), -2.0) / sleeve < 0.85


def test_a_rib_longer_than_its_hem_is_refused():
    with pytest.raises(StudioError, match="lower rib_ease_cm or raise hip_ease_cm"):
        draft_hoodie(body_of("women", "M"), HoodieDesign(hip_ease_cm=2, bust_ease_cm=2, upper_arm_ease_cm=4, rib_ease_cm=20))


def test_a_neckline_too_short_for_the_hood_is_refused():
    with pytest.raises(StudioError, match="make the neckline wider or lower hood_depth_cm"):
        draft_hoodie(changed(body_of("women", "M"), neck_base_girth=22), HoodieDesign(neck_side_cm=0, neck_front_cm=0, hood_depth_cm=16))


def test_the_length_below_the_hip_counts_the_rib(hoodies):
    body = body_of("women", "M")
    short, long = (draft_hoodie(body, HoodieDesign(rib_cm=rib)) for rib in (3.0, 9.0))
    for hoodie, rib in ((short, 3.0), (long, 9.0)):
        ends = hoodie.panel("back").edge("hem").start[1] - rib
        assert ends == pytest.approx(short.panel("back").edge("hem").start[1] - 3.0, abs=1e-6)


# --- jacket -------------------------------------------------------------------------------------------------------------------


def test_the_collar_is_as_long_as_the_neckline(jackets):
    for jacket in jackets:
        collar = jacket.panel("collar")
        seam = sum(chord_length(collar.edge(name)) for name in ("front_left", "back", "front_right"))
        assert seam == pytest.approx(neckline(jacket), rel=1e-4)
        assert collar.cloth == "rib"


def test_seams_of_the_two_piece_sleeve_match_and_bend_forward(jackets):
    for jacket in jackets:
        upper, under = jacket.panel("sleeve_upper_left"), jacket.panel("sleeve_under_left")
        for name in ("seam_front", "seam_back"):
            assert chord_length(upper.edge(name)) == pytest.approx(chord_length(under.edge(name)), rel=1e-6)
        assert chord_length(upper.edge("seam_back")) > chord_length(upper.edge("seam_front")) + 1.0  # longer round the elbow
        middle = upper.edge("hem").sample(2)[1, 0]
        top = (upper.edge("seam_front").start[0] + upper.edge("seam_back").end[0]) / 2
        assert top - middle == pytest.approx(3.0, abs=1e-6)  # on the left sleeve the front lies at -x


def test_the_cap_runs_on_smoothly_from_the_upper_to_the_under_sleeve(jackets):
    for jacket in jackets:
        upper, under = jacket.panel("sleeve_upper_left"), jacket.panel("sleeve_under_left")
        before = corner_deg(upper, "cap_front", "seam_front") + corner_deg(under, "seam_front", "cap_front")
        behind = corner_deg(upper, "seam_back", "cap_back") + corner_deg(under, "cap_back", "seam_back")
        assert before == pytest.approx(180, abs=0.01)
        assert behind == pytest.approx(180, abs=0.01)


def test_the_sleeve_narrows_evenly_to_the_cuff(jackets):
    for jacket in jackets:
        pieces = [panel for panel in panels(jacket, "sleeve") if panel.name.endswith("left")]
        bottom = min(panel.edge("hem").start[1] for panel in pieces) + 4
        girths = [sum(width_at(panel, y) for panel in pieces) for y in np.linspace(-0.5, bottom, 12)]
        assert (np.diff(girths) < 0.15).all()
        assert girths[0] == pytest.approx(upper_arm(jacket), abs=0.3)


def test_the_zip_closes_fronts_and_ribs_and_leaves_the_collar_open():
    jacket = drafted("jacket", "women", "M")
    closed = {frozenset((seam.a, seam.b)) for seam in jacket.seams}
    assert frozenset((("front_left", "centre"), ("front_right", "centre"))) in closed
    assert frozenset((("rib_front_left", "centre"), ("rib_front_right", "centre"))) in closed
    assert not [pair for pair in closed if ("collar", "end_left") in pair or ("collar", "top") in pair]
    front = jacket.panel("front_left").edge("centre").length
    assert dict(jacket.notes)["zip"] == pytest.approx(front + 6.0, abs=1e-6)


def test_a_straight_sleeve_is_a_bend_of_nothing():
    jacket = draft_jacket(body_of("women", "M"), JacketDesign(elbow_bend_cm=0))
    upper = jacket.panel("sleeve_upper_left")
    assert chord_length(upper.edge("seam_front")) == pytest.approx(chord_length(upper.edge("seam_back")), abs=1.5)
    assert upper.edge("hem").start[1] == pytest.approx(upper.edge("hem").end[1], abs=1e-9)
