"""Cuts keep the subject whole, invent no pixel, and say what to shoot where there is none to be had."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.deliver.frame import apply_cut, plan_cut
from studio.errors import StudioError
from studio.shot.develop import subject_box
from tests.deliver.floor import STANDING, channel, figure

WHOLE = {"may_touch": []}


def cut(size, rules, box=STANDING, ground=255):
    """A cut, the picture in it and where the subject is in that picture."""
    pixels, mask = figure(size, box, ground=ground)
    planned = plan_cut(pixels, mask, rules, what="shot/x@1")
    return planned, np.asarray(apply_cut(Image.fromarray(pixels), planned)), np.asarray(apply_cut(Image.fromarray(mask), planned, ground=0))


def test_a_shot_of_the_right_size_is_delivered_pixel_for_pixel():
    pixels, mask = figure((90, 130))
    planned, picture, cover = cut((90, 130), channel(**WHOLE))
    assert (picture == pixels).all()
    assert (cover == mask).all()
    assert planned.words((90, 130)) == "whole"


def test_a_square_of_a_tall_figure_on_white_gets_white_at_both_sides_and_says_so():
    rules = channel(size={"best_px": [130, 130]}, **WHOLE)
    planned, picture, cover = cut((90, 130), rules)
    pixels, mask = figure((90, 130))
    assert (picture[:, 20:110] == pixels).all()
    assert (picture[:, :20] == 255).all()
    assert (picture[:, 110:] == 255).all()
    assert cover.sum() == mask.sum()
    assert planned.added_px((90, 130)) == {"left": 20, "right": 20}
    assert planned.words((90, 130)) == "cut 130x130 at -20,0 of 90x130, 20 px of white added at the left, 20 px of white added at the right"


@pytest.mark.parametrize("ground", [254, 200])
def test_a_ground_that_is_not_exactly_white_is_never_extended(ground):
    with pytest.raises(
        StudioError, match=r"in the ratio 1:1, and such a cut of shot/x@1.* would go into its subject: shoot it with --size 80x80"
    ):
        cut((90, 130), channel(size={"best_px": [80, 80]}, **WHOLE), ground=ground)


def test_one_pixel_off_white_at_one_side_sends_the_white_to_the_other():
    pixels, mask = figure((90, 130))
    pixels[64, 0] = 254
    planned = plan_cut(pixels, mask, channel(size={"best_px": [130, 130]}, **WHOLE), what="x")
    assert planned.added_px((90, 130)) == {"right": 40}


def test_a_cut_stays_with_a_subject_that_stands_aside_and_keeps_the_shares_of_its_ground():
    box = (0.6, 0.1, 0.9, 0.9)  # left: 60 % of ground, right: 10 %
    planned, _, cover = cut((200, 130), channel(size={"best_px": [90, 130]}, **WHOLE), box=box, ground=120)
    left, _, right, _ = subject_box(cover)
    assert (left, right) == (26, 86)  # a blind middle cut, from 55 on, would end at 145 and halve it
    assert left / (90 - right) == pytest.approx(6, rel=0.1)
    assert planned.left == 94


def test_a_portrait_that_leaves_the_frame_below_may_be_cut_deeper_there_and_keeps_its_headroom():
    box = (0.2, 0.2, 0.8, 1.0)
    rules = channel(size={"best_px": [80, 80]}, may_touch=["bottom", "left", "right"])
    planned, _, cover = cut((90, 130), rules, box=box, ground=120)
    _, top, _, bottom = subject_box(cover)
    assert planned.height == 90
    assert bottom == 80
    assert top / 80 == pytest.approx(0.2, abs=0.02)
    with pytest.raises(StudioError, match="would go into its subject"):
        cut((90, 130), channel(size={"best_px": [80, 80]}, **WHOLE), box=box, ground=120)


def test_a_portrait_is_not_cut_to_a_slit():
    box = (0.0, 0.2, 1.0, 1.0)
    rules = channel(size={"best_px": [80, 40]}, may_touch=["bottom", "left", "right"])
    with pytest.raises(StudioError, match="would go into its subject"):
        cut((90, 130), rules, box=box, ground=120)


@pytest.mark.parametrize(("ground", "clear"), [(255, 20), (120, 10)])
def test_what_is_to_be_kept_clear_is_clear(ground, clear):
    _, _, cover = cut((180, 260), channel(clear_px=clear, **WHOLE), ground=ground)
    left, top, right, bottom = subject_box(cover)
    assert min(left, top, 90 - right, 130 - bottom) >= clear - 1
    with pytest.raises(StudioError, match=r"with 20 px clear around the subject.*and a camera of less fill"):
        cut((180, 260), channel(clear_px=20, **WHOLE), ground=120)


@pytest.mark.parametrize("of", ["height", "long_side"])
def test_a_demanded_fill_is_cut_to_where_there_are_pixels_for_it(of):
    rules = channel(size={"best_px": [90, 130]}, fill={"of": of, "least": 0.85}, **WHOLE)
    planned, _, cover = cut((180, 260), rules, box=(0.4, 0.2, 0.6, 0.8), ground=120)
    _, top, _, bottom = subject_box(cover)
    assert 0.85 <= (bottom - top) / 130 <= 0.88
    assert planned.height < 190


def test_white_is_added_until_the_subject_fills_no_more_than_it_may():
    rules = channel(size={"best_px": [90, 130]}, fill={"of": "height", "least": 0.5, "most": 0.6}, **WHOLE)
    _, picture, cover = cut((180, 260), rules)
    _, top, _, bottom = subject_box(cover)
    assert 0.55 <= (bottom - top) / 130 <= 0.6
    assert picture[0].min() == 255


@pytest.mark.parametrize(
    ("size", "box", "ground", "changes", "sentence"),
    [
        ((60, 90), STANDING, 255, {}, r"Test demands 90x130 pixels and shot/x@1 has 60x90: shoot it with --size 90x130\."),
        ((60, 90), STANDING, 255, {"size": {"best_px": [180, 260], "least_px": [90, 100]}}, r"demands 90x130 pixels at least and"),
        ((89, 130), STANDING, 120, {}, r"demands 90x130 pixels and shot/x@1 has 89x130"),
        (
            (90, 130), (0.4, 0.3, 0.6, 0.7), 255, {"fill": {"of": "height", "least": 0.8}},
            r"fills 80% of the picture, and shot/x@1 cut so close has fewer than 90x130 pixels: shoot it with --size 183x265",
        ),
        (
            (180, 260), (0.05, 0.3, 0.95, 0.7), 255, {"fill": {"of": "height", "least": 0.8}},
            r"in shot/x@1 it is too wide for that: shoot a pose or a camera in which it is narrower",
        ),
        (
            (180, 260), STANDING, 120, {"fill": {"of": "height", "least": 0.4, "most": 0.5}},
            r"fills 50% of the picture at most, and shot/x@1 has no white ground to add: shoot it .* camera whose fill is 0\.5 at most",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_says_what_to_shoot_instead(size, box, ground, changes, sentence):
    with pytest.raises(StudioError, match=sentence):
        cut(size, channel(**WHOLE | changes), box=box, ground=ground)


def test_what_the_sentence_says_can_be_cut():
    rules = channel(fill={"of": "height", "least": 0.8}, **WHOLE)
    _, _, cover = cut((183, 265), rules, box=(0.4, 0.3, 0.6, 0.7))
    _, top, _, bottom = subject_box(cover)
    assert (bottom - top) / 130 >= 0.8


@given(
    size=st.tuples(st.integers(60, 200), st.integers(60, 200)),
    edges=st.tuples(*[st.floats(0, 1)] * 4),
    ground=st.sampled_from((255, 120)),
    best=st.sampled_from(((90, 130), (80, 80), (45, 80), (120, 60))),
    least=st.sampled_from((None, [20, 20])),
    fill=st.sampled_from((None, {"of": "height", "least": 0.7}, {"of": "long_side", "least": 0.4, "most": 0.8})),
    may_touch=st.sampled_from(([], ["bottom"], ["bottom", "left", "right"])),
)
@settings(max_examples=100, deadline=None)
def test_a_cut_invents_nothing_and_cuts_nothing_off(size, edges, ground, best, least, fill, may_touch):
    (left, right), (top, bottom) = sorted(edges[:2]), sorted(edges[2:])
    pixels, mask = figure(size, (left, top, right, bottom), ground=ground)
    box = subject_box(mask)
    assume(box is not None)
    rules = channel(size={"best_px": best, "least_px": least}, may_touch=may_touch, fill=fill)
    try:
        planned = plan_cut(pixels, mask, rules, what="x")
    except StudioError:
        return
    width, height = planned.size_px
    assert width <= planned.width + 1e-3 and height <= planned.height + 1e-3  # never up  # noqa: PT018
    assert planned.width / planned.height == pytest.approx(best[0] / best[1])
    assert planned.size_px == tuple(best) or rules.size.least_share * best[1] - 1 <= height <= best[1]
    for side in planned.added_px(size):
        line = {"left": pixels[:, 0], "right": pixels[:, -1], "top": pixels[0], "bottom": pixels[-1]}[side]
        assert (line == 255).all()
    inside = {
        "left": planned.left <= box[0] + 1e-6, "top": planned.top <= box[1] + 1e-6,
        "right": box[2] <= planned.left + planned.width + 1e-6, "bottom": box[3] <= planned.top + planned.height + 1e-6,
    }  # fmt: skip
    touching = {"left": box[0] == 0, "top": box[1] == 0, "right": box[2] == size[0], "bottom": box[3] == size[1]}
    for side, holds in inside.items():
        assert holds or (touching[side] and side in may_touch), side
