"""The shirt: yoke, collar on its stand, buttoned front, cuffs."""

from itertools import pairwise

import pytest

from studio.errors import StudioError
from studio.garment.blocks.shirt import draft_shirt
from studio.garment.bodice import shoulder_frame
from studio.specs.base import validate
from studio.specs.garment import ShirtDesign
from tests.garment.measuring import (
    LETTERS,
    ODD,
    armholes,
    body_of,
    changed,
    chord_length,
    corner_deg,
    drafted,
    fronts,
    neckline,
    odd_body,
    underarm_y,
    width_at,
)


@pytest.fixture(scope="module")
def shirts():
    """The shirt in some sizes and on some odd bodies."""
    bodies = [odd_body(name) for name in list(ODD)[::4]]
    return [drafted("shirt", *size) for size in LETTERS[::3]] + [draft_shirt(body, ShirtDesign()) for body in bodies]


def test_it_has_the_pieces_of_a_shirt():
    assert [panel.name for panel in drafted("shirt", "women", "M").panels] == [
        "front_left", "front_right", "back", "yoke", "stand", "collar", "sleeve_left", "sleeve_right", "cuff_left", "cuff_right",
    ]  # fmt: skip


def test_the_stand_is_as_long_as_the_neckline_and_the_collar_as_the_stand(shirts):
    for shirt in shirts:
        stand, collar = shirt.panel("stand"), shirt.panel("collar")
        seam = sum(chord_length(stand.edge(name)) for name in ("front_left", "yoke", "front_right"))
        assert seam == pytest.approx(neckline(shirt), rel=1e-4)
        assert chord_length(collar.edge("seam")) == pytest.approx(chord_length(stand.edge("top")), rel=1e-4)
        assert 0.5 < seam - chord_length(stand.edge("top")) < 2.5  # the neck narrows upwards
        assert chord_length(collar.edge("outer")) > chord_length(collar.edge("seam")) + 3  # the collar lies on the shoulders


def test_the_neckline_is_the_neck_base_and_what_the_design_adds(shirts):
    for (chart, size), shirt in zip(LETTERS[::3], shirts, strict=False):
        assert 0.5 < neckline(shirt) - body_of(chart, size).cm("neck_base_girth") < 4.0


def test_the_collar_covers_the_seam_of_its_stand():
    shirt = drafted("shirt", "women", "M")
    stand, collar = (shirt.panel(name).polygon() for name in ("stand", "collar"))
    height = collar[abs(collar[:, 0]) < 0.4][:, 1]
    assert height.max() - height.min() == pytest.approx(4.3, abs=0.05)
    assert height.max() - height.min() > stand[abs(stand[:, 0]) < 0.4][:, 1].max()
    with pytest.raises(StudioError, match=r"collar_cm must be at least 0\.5 over stand_cm"):
        validate(ShirtDesign, {"stand_cm": 4, "collar_cm": 4.2}, source="shirt")


def test_seams_run_on_smoothly_from_front_and_back_over_the_yoke(shirts):
    """Armhole and neckline make no corner where the yoke's front seam meets them, and none at the shoulder, which is a fold now."""
    for shirt in shirts:
        front, yoke = shirt.panel("front_left"), shirt.panel("yoke")  # the yoke's own drafted half is the right; both hands are equal
        assert corner_deg(front, "armhole", "yoke") + corner_deg(yoke, "armhole_right", "front_right") == pytest.approx(180, abs=0.01)
        assert corner_deg(front, "yoke", "neck") + corner_deg(yoke, "front_right", "neck") == pytest.approx(180, abs=0.01)
        for edge in (yoke.edge("armhole_right"), yoke.edge("neck")):
            for before, after in pairwise(edge.path):
                (a,), (b,) = before.derivative([1.0]), after.derivative([0.0])
                assert (a @ b) / ((a @ a) * (b @ b)) ** 0.5 > 0.9999


def test_yoke_front_and_back_make_the_same_body_as_without_a_yoke():
    """Shoulder and scye depth are those of the body: the yoke only moves the seams. Behind, its seam takes a dart of 7 mm."""
    shirt, body = drafted("shirt", "women", "M"), body_of("women", "M")
    yoke, back = shirt.panel("yoke"), shirt.panel("back")
    assert back.edge("armhole_right").end[1] - yoke.edge("armhole_right").start[1] == pytest.approx(-0.7, abs=1e-6)
    centre = yoke.edge("neck").sample(2)[1]  # the middle of the neck seam is the back neck point
    depth = centre[1] - yoke.edge("back").start[1]
    assert depth == pytest.approx(8.0, abs=1e-6)
    assert yoke.edge("back").start[1] == pytest.approx(back.edge("yoke").sample(2)[1, 1], abs=1e-6)
    armpit = -(shoulder_frame(body).back_depth_cm + body.cm("scye_depth"))
    assert armpit - underarm_y(shirt) == pytest.approx(ShirtDesign().armhole_ease_cm, abs=1e-6)


def test_the_yoke_s_seam_lies_before_the_shoulder_by_its_share():
    """Armhole lengths before the shoulder line and the yoke's front part agree with the front of a shirt with a narrower yoke."""
    body = body_of("women", "M")
    near, far = (draft_shirt(body, ShirtDesign(forward_cm=reach)) for reach in (2.0, 5.0))
    for shirt, reach in ((near, 2.0), (far, 5.0)):
        yoke = shirt.panel("yoke")
        (x0, y0), (x1, y1) = yoke.edge("front_right").start, yoke.edge("front_right").end
        frame = shoulder_frame(body)
        normal = (frame.heading[1], -frame.heading[0])  # towards the front as the yoke lies flat: up
        neck = frame.on_line(frame.neck_half_cm)
        for x, y in ((x0, y0), (x1, y1)):
            assert -((x - neck[0]) * normal[0] + (y - neck[1]) * normal[1]) == pytest.approx(reach, abs=1e-6)
    assert armholes(near) == pytest.approx(armholes(far), abs=1e-3)


def test_the_fronts_meet_at_the_centre_and_the_button_stand_is_noted(shirts):
    for shirt in shirts:
        left, right = fronts(shirt)
        assert all(x == 0 for x, _ in (left.edge("centre").start, left.edge("centre").end, right.edge("centre").start))
        assert any({seam.a, seam.b} == {("front_left", "centre"), ("front_right", "centre")} for seam in shirt.seams)
        assert any({seam.a, seam.b} == {("stand", "end_left"), ("stand", "end_right")} for seam in shirt.seams)
        notes = dict(shirt.notes)
        assert notes["button_stand"] == 1.5
        buttons = [value for name, value in shirt.notes if name.startswith("button_") and name != "button_stand"]
        steps = [b - a for a, b in pairwise(buttons)]
        assert 4 <= len(buttons) <= 8
        assert max(steps) - min(steps) < 1e-6
        assert 6 < steps[0] < 13.6
        assert buttons[-1] < left.edge("centre").length - 8.9


def test_a_button_lies_on_the_bust_line():
    body = body_of("women", "M")
    shirt = draft_shirt(body, ShirtDesign())
    reach, half = body.cm("neck_to_bust_point"), body.cm("bust_point_distance") / 2
    bust_y = -((reach**2 - (shoulder_frame(body).neck_half_cm - half) ** 2) ** 0.5)
    below = shirt.panel("front_left").edge("centre").start[1] - bust_y
    buttons = [value for name, value in shirt.notes if name.startswith("button_") and name != "button_stand"]
    assert min(abs(button - below) for button in buttons) < 1e-6


def test_a_bust_gets_a_dart_and_a_flat_chest_none():
    body = body_of("women", "M")
    full = draft_shirt(changed(body, front_waist_length=46), ShirtDesign())
    flat = draft_shirt(changed(body, front_waist_length=body.cm("back_waist_length") + 2), ShirtDesign())
    front = full.panel("front_left")
    assert dict(full.notes)["bust_dart"] > 4
    assert front.edge("bust_dart_upper").length == pytest.approx(front.edge("bust_dart_lower").length, rel=1e-6)
    assert dict(flat.notes)["bust_dart"] == 0
    assert not [edge.name for edge in flat.panel("front_left").edges if "dart" in edge.name]


def test_cuffs_gather_the_sleeves_by_their_pleats(shirts):
    for shirt in shirts:
        sleeve, cuff = chord_length(shirt.panel("sleeve_left").edge("hem")), width_at(shirt.panel("cuff_left"), -3.0)
        assert sleeve - cuff == pytest.approx(ShirtDesign().cuff_pleats_cm, abs=0.02)


def test_a_yoke_that_misses_the_armhole_is_refused():
    with pytest.raises(StudioError, match=r"does not cross its armhole.*yoke_cm"):
        draft_shirt(body_of("women", "M"), ShirtDesign(yoke_cm=19))


def test_a_collar_as_high_as_the_neck_is_long_is_refused():
    with pytest.raises(StudioError, match="lower collar_cm"):
        draft_shirt(changed(body_of("kids", "104"), neck_base_girth=20), ShirtDesign(collar_cm=9))
