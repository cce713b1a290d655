"""The shift dress."""

import math

import numpy as np
import pytest

from studio.garment.blocks.dress import draft_dress
from studio.garment.bodice import shoulder_frame
from studio.specs.garment import DressDesign
from tests.garment.measuring import body_of, changed


def test_the_bust_dart_takes_what_the_front_is_longer():
    measures = body_of("women", "M")
    base = dict(draft_dress(measures, DressDesign()).notes)["bust_dart"]
    longer = changed(measures, front_waist_length=measures.cm("front_waist_length") + 1.5)
    assert dict(draft_dress(longer, DressDesign()).notes)["bust_dart"] == pytest.approx(base + 1.5, abs=1e-6)
    flat = changed(measures, front_waist_length=measures.cm("back_waist_length") + 2)
    assert dict(draft_dress(flat, DressDesign()).notes)["bust_dart"] == 0


def test_the_bust_dart_points_at_the_bust_and_stays_short_of_it():
    measures = body_of("women", "M")
    dress = draft_dress(measures, DressDesign())
    tip = dress.panel("front").edge("bust_dart_upper_left").start
    frame = shoulder_frame(measures)
    x = measures.cm("bust_point_distance") / 2
    y = -math.sqrt(measures.cm("neck_to_bust_point") ** 2 - (frame.neck_half_cm - x) ** 2)
    assert tip[0] == pytest.approx(x + 2.5)
    assert tip[1] == pytest.approx(y, abs=0.7)


def test_the_dress_measures_its_girths_through_the_darts():
    measures, design = body_of("women", "M"), DressDesign()
    dress = draft_dress(measures, design)
    intake = dict(dress.notes)["waist_dart"]
    back = dress.panel("back").polygon(0.02)
    frame = shoulder_frame(measures)
    level = -(frame.back_depth_cm + measures.cm("back_waist_length"))
    half = back[np.abs(back[:, 1] - level) < 0.02][:, 0].max()
    assert 4 * (half + 0.5) - 8 * intake / 2 == pytest.approx(measures.cm("waist_girth") + design.waist_ease_cm, abs=0.3)


def test_sleeves_and_sleeveless_dresses():
    measures = body_of("women", "M")
    bare, sleeved = draft_dress(measures, DressDesign()), draft_dress(measures, DressDesign(sleeve_share=0.36))
    assert [panel.name for panel in bare.panels] == ["front", "back"]
    assert [panel.name for panel in sleeved.panels] == ["front", "back", "sleeve_left", "sleeve_right"]
    assert bare.panel("front").edge("shoulder_left").length < sleeved.panel("front").edge("shoulder_left").length
