"""Expressions and gaze: what a face does, where its eyes go, and that both are part of what a shot is made from."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot.expression import expression_of, with_lids
from studio.shot.eyes import GAZE_LIMIT_DEG, gaze_rotation, gaze_target
from studio.shot.figure import figure_of
from studio.shot.head import find_head
from studio.specs.appearance import load_appearance
from studio.specs.base import validate
from studio.specs.expression import ACTIONS, ExpressionSpec, expression_names, load_expression
from studio.specs.scene import parse_gaze
from tests.shot.test_stage import publish, take


@pytest.fixture(scope="module")
def body():
    from studio.body.model import BodyParameters, load_body

    model = load_body()
    return model, BodyParameters.zero(model)


@pytest.fixture(scope="module")
def turned_head(body):
    """A head that looks to its left and down a little."""
    from studio.body.ground import pose_body
    from studio.body.poses import load_pose

    model, zero = body
    return find_head(figure_of(model, pose_body(model, zero, load_pose("three-quarter"))))


def test_the_facial_actions_that_can_be_named_are_those_of_the_open_body(body):
    assert set(ACTIONS) == set(body[0].expression_names)


@pytest.mark.parametrize("name", expression_names())
def test_every_authored_expression_says_what_it_is_and_moves_the_face_as_no_other_does(body, name):
    spec = load_expression(name)
    assert spec.description.endswith(".")
    others = [load_expression(other).actions for other in expression_names() if other != name]
    assert spec.actions not in others
    model, zero = body
    moved = np.linalg.norm(figure_of(model, zero, expression=spec.actions).vertices - figure_of(model, zero).vertices, axis=1).max()
    assert (moved == 0) if name == "neutral" else (0.0015 < moved < 0.03)


def test_closed_eyes_are_closed(body):
    model, zero = body
    from studio.mesh.closest import Surface
    from studio.shot.eyes import lid_line
    from studio.shot.subject import build_skin

    openings = {}
    for name in ("neutral", "eyes-closed"):
        figure = figure_of(model, zero, expression=load_expression(name).actions)
        skin = build_skin(figure)
        surface = skin.surface
        assert isinstance(surface, Surface)
        table = lid_line(find_head(figure), 0, surface).table
        openings[name] = float((table[:, 2] - table[:, 1]).max())
    assert openings["neutral"] > 0.006
    assert openings["eyes-closed"] < 0.3 * openings["neutral"]


def test_an_expression_of_an_appearance_is_what_it_says():
    assert expression_of(load_appearance("ines")).actions["mouthSmileLeft"] == load_appearance("ines").expression.smile


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"actions": {"mouthSmile": 0.4}}, "no facial action 'mouthSmile': did you mean 'mouthSmile"),
        ({"actions": {"jawOpen": 1.4}}, "less than or equal to 1"),
        ({"action": {}}, "unknown key 'action': did you mean 'actions'"),
    ],
)
def test_a_wrong_expression_is_refused_in_one_sentence(data, message):
    with pytest.raises(StudioError) as caught:
        validate(ExpressionSpec, data, source="mine.toml")
    assert message in str(caught.value)


def test_unknown_expressions_and_gazes_are_refused_with_the_closest_name():
    with pytest.raises(StudioError, match="no expression 'smil': did you mean 'smile'"):
        load_expression("smil")
    with pytest.raises(StudioError, match="no gaze 'lft': did you mean 'left'"):
        parse_gaze("lft")
    for text in ("1,2,x", "1,2,nan", "1,2,90"):
        with pytest.raises(StudioError, match="is no point"):
            parse_gaze(text)
    assert parse_gaze("0.5,-2,1.4") == (0.5, -2.0, 1.4)
    assert parse_gaze("camera") == "camera"


def angles_deg(head, rotation):
    """Where an eye looks in the head's own axes: to its left, and up [deg]."""
    gaze = rotation[:, 2]
    left, up, ahead = (float(gaze @ head.direction(axis)) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]))
    return np.degrees(np.arctan2(left, ahead)), np.degrees(np.arctan2(up, np.hypot(left, ahead)))


@pytest.mark.parametrize(("word", "left", "up"), [("left", 1, 0), ("right", -1, 0), ("up", 0, 1), ("down", 0, -1), ("forward", 0, 0)])
def test_eyes_go_where_a_word_sends_them_in_the_heads_own_axes(turned_head, word, left, up):
    for eye in (0, 1):
        found = angles_deg(turned_head, gaze_rotation(turned_head, eye, gaze_target(word, turned_head, None)))
        for angle, wanted in zip(found, (left, up), strict=True):
            assert abs(angle) < 1.5 if wanted == 0 else 10 < wanted * angle < 25


def test_a_point_is_looked_at_by_both_eyes_and_eyes_never_turn_beyond_their_reach(turned_head):
    point = turned_head.eye_centres.mean(axis=0) + turned_head.direction([0.2, -1.0, 0.1])
    for eye in (0, 1):
        gaze = gaze_rotation(turned_head, eye, gaze_target(tuple(point), turned_head, None))[:, 2]
        towards = point - turned_head.eye_centres[eye]
        assert gaze @ towards / np.linalg.norm(towards) > 0.99999
    for wanted in np.random.default_rng(4).uniform(-3, 3, (200, 3)):
        target = gaze_target(tuple(wanted), turned_head, None)
        for eye in (0, 1):
            left, up = angles_deg(turned_head, gaze_rotation(turned_head, eye, target))
            assert np.hypot(left, up) < GAZE_LIMIT_DEG + 1
        middle = wanted - turned_head.eye_centres.mean(axis=0)
        aside = middle @ turned_head.direction([1.0, 0, 0])
        if abs(aside) > 0.8 and middle @ turned_head.direction([0, -1.0, 0]) > -0.5:  # beside: the eyes go towards it, as far as they go
            assert np.sign(angles_deg(turned_head, gaze_rotation(turned_head, 0, target))[0]) == np.sign(aside)


def test_the_camera_is_looked_at_where_it_is_within_reach_and_else_nothing_is(turned_head):
    near = turned_head.eye_centres.mean(axis=0) + turned_head.direction([0.3, -2.0, 0.0])
    assert gaze_target("camera", turned_head, near) is near
    left, _ = angles_deg(turned_head, gaze_rotation(turned_head, 0, near))
    assert left > 5
    behind = turned_head.eye_centres.mean(axis=0) + turned_head.direction([2.0, 1.0, 0.0])
    assert abs(angles_deg(turned_head, gaze_rotation(turned_head, 0, behind))[0]) < 1


def test_lids_follow_eyes_down_and_up_and_closed_ones_stay_closed(body, turned_head):
    down, up = (with_lids({"mouthSmileLeft": 0.2}, word, turned_head) for word in ("down", "up"))
    assert down["eyeLookDownLeft"] > 0.8
    assert "eyeLookUpLeft" not in down
    assert up["eyeLookUpRight"] > 0.8
    assert down["mouthSmileLeft"] == 0.2
    assert with_lids({"eyeBlinkLeft": 1.0}, "down", turned_head)["eyeLookDownLeft"] == 0.0
    assert with_lids({}, "camera", turned_head) == {}
    model, zero = body
    plain, lowered = (figure_of(model, zero, expression=actions) for actions in ({}, down))
    lifted = figure_of(model, zero, expression=up)
    assert (lifted.vertices - plain.vertices)[plain.region("eyelids") > 0.5, 2].max() > 0.003
    assert (lowered.vertices - plain.vertices)[plain.region("eyelids") > 0.5, 2].min() < -0.002


def test_expression_and_gaze_are_part_of_what_a_shot_is_made_from(store):
    look = publish(store)

    def shot(**options):
        return take(store, look, cameras=("front",), **options)[0]

    plain, asked = shot(), shot(expression="eyes-closed", gaze="left")
    assert not asked.reused
    assert plain.asset.facts["pixel_sha256"] != asked.asset.facts["pixel_sha256"]
    gazes = [np.array(each.asset.json("job.json")["cameras"][0]["gaze"])[:, :, 2] for each in (plain, asked)]
    assert (gazes[1] - gazes[0])[:, 0].min() > 0.2  # to the subject's left, +x
    assert shot(expression="eyes-closed", gaze="left").reused
    assert shot().reused
    with pytest.raises(StudioError, match="did you mean 'pout'"):
        shot(expression="powt")
