"""Authored poses: words, files, interpolation."""

from __future__ import annotations

import numpy as np
import pytest

from studio import library
from studio.body.joint_words import joint_rotation
from studio.body.joints import INDEX, JOINTS, MIRROR
from studio.body.model import BodyParameters, forward
from studio.body.poses import apply_pose, interpolate, load_hand, load_pose, pose_names, pose_rotations
from studio.body.rotations import from_matrix, slerp, to_matrix
from studio.errors import StudioError
from studio.specs.base import validate
from studio.specs.pose import KIND, WORDS, PoseSpec

FLIP = np.diag([-1.0, 1.0, 1.0])


def test_every_joint_but_none_other_can_be_named():
    assert set(KIND) == set(JOINTS)


@pytest.mark.parametrize("name", library.names("rigs", "poses"))
def test_every_authored_pose_is_valid_and_says_what_it_is(name):
    pose = load_pose(name)
    assert pose.description.endswith((".", "fitted."))
    rotations = pose_rotations(pose)
    np.testing.assert_allclose(rotations @ rotations.swapaxes(1, 2), np.tile(np.eye(3), (55, 1, 1)), atol=1e-12)


@pytest.mark.parametrize("name", library.names("rigs", "hands"))
def test_every_authored_hand_is_valid_and_says_what_it_is(name):
    assert load_hand(name).description.endswith(".")


def test_there_are_the_poses_that_other_rooms_rely_on():
    assert {"t", "a", "attention", "relaxed", "walk", "hand-on-hip"} <= set(pose_names())


def test_the_t_pose_is_zero(open_body, anyone):
    assert not apply_pose(open_body, anyone, load_pose("t")).full_pose.any()


def test_applying_a_pose_keeps_shape_and_place(open_body, anyone):
    posed = apply_pose(open_body, anyone, load_pose("walk"))
    for name in ("betas", "expression", "transl"):
        np.testing.assert_array_equal(getattr(posed, name), getattr(anyone, name))


@pytest.mark.parametrize("joint", [name for name in KIND if name.startswith("left_")])
def test_the_same_words_give_mirrored_rotations_on_both_sides(joint):
    angles = {word: 0.3 * high + 2 * place for place, (word, (_, _, _, high)) in enumerate(WORDS[KIND[joint]].items())}
    other = JOINTS[MIRROR[INDEX[joint]]]
    np.testing.assert_allclose(joint_rotation(other, angles), FLIP @ joint_rotation(joint, angles) @ FLIP, atol=1e-12)


@pytest.mark.parametrize(
    ("joint", "words", "rest", "expected"),
    [
        ("left_shoulder", {"lower": 90.0}, [1, 0, 0], [0, -1, 0]),  # the arm hangs
        ("right_shoulder", {"forward": 90.0}, [-1, 0, 0], [0, 0, 1]),  # reaches forward
        ("left_shoulder", {"lower": 90.0, "swing": 90.0}, [1, 0, 0], [0, 0, 1]),  # hangs, then swings forward
        ("left_shoulder", {"twist": 90.0}, [0, 0, 1], [0, -1, 0]),  # the thumb, in front, turns down
        ("left_elbow", {"bend": 90.0}, [1, 0, 0], [0, 0, 1]),
        ("right_wrist", {"bend": 60.0}, [-1, 0, 0], [-0.5, -np.sqrt(0.75), 0]),  # palms face down
        ("left_hip", {"bend": 90.0}, [0, -1, 0], [0, 0, 1]),
        ("left_hip", {"spread": 30.0}, [0, -1, 0], [0.5, -np.sqrt(0.75), 0]),
        ("right_hip", {"turn": 30.0}, [0, 0, 1], [-0.5, 0, np.sqrt(0.75)]),  # toes outward
        ("left_knee", {"bend": 90.0}, [0, -1, 0], [0, 0, -1]),
        ("left_ankle", {"bend": 30.0}, [0, 0, 1], [0, 0.5, np.sqrt(0.75)]),  # toes up
        ("spine1", {"bend": 30.0}, [0, 1, 0], [0, np.sqrt(0.75), 0.5]),
        ("spine2", {"lean": 20.0}, [0, 1, 0], [np.sin(np.radians(20)), np.cos(np.radians(20)), 0]),
        ("head", {"turn": 60.0}, [0, 0, 1], [np.sqrt(0.75), 0, 0.5]),  # looks to its left
        ("left_index1", {"bend": 90.0}, [1, 0, 0], [0, -1, 0]),
        ("jaw", {"open": 30.0}, [0, 0, 1], [0, -0.5, np.sqrt(0.75)]),
        ("left_eye", {"up": 30.0}, [0, 0, 1], [0, 0.5, np.sqrt(0.75)]),
        ("spine3", {"rotvec": (0.0, 0.0, 90.0)}, [1, 0, 0], [0, 1, 0]),
    ],
)
def test_words_move_the_body_as_they_say(joint, words, rest, expected):
    np.testing.assert_allclose(joint_rotation(joint, words) @ rest, expected, atol=1e-12)


def test_a_one_sided_entry_replaces_that_for_both_sides():
    pose = PoseSpec(joints={"elbows": {"bend": 20.0}, "left_elbow": {"twist": 5.0}})
    assert pose.angles("left_elbow") == {"twist": 5.0}
    assert pose.angles("right_elbow") == {"bend": 20.0}
    assert pose.angles("left_foot") == {}
    assert PoseSpec(joints={"feet": {"bend": 20.0}}).angles("left_foot") == {"bend": 20.0}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"joints": {"elbow": {"bend": 20}}}, "no joint 'elbow': did you mean 'elbows'"),
        ({"joints": {"elbows": {"bnd": 20}}}, "elbows has no 'bnd': did you mean 'bend'"),
        ({"joints": {"knees": {"bend": -60}}}, "knees: bend goes from -10 to 155 degrees"),
        ({"joints": {"knees": {"bend": [1, 2, 3]}}}, "knees: bend is one number"),
        ({"joints": {"head": {"rotvec": [1, 2, 3], "turn": 3}}}, "rotvec takes three degrees and stands alone"),
        ({"planted": ["left"], "level": ["left", "right"]}, "the right foot is level but not planted"),
        ({"joint": {}}, "unknown key 'joint': did you mean 'joints'"),
        ({"joints": {"head": {"turn": float("nan")}}}, "turn"),
    ],
)
def test_a_wrong_pose_is_refused_in_one_sentence(data, message):
    with pytest.raises(StudioError, match=r"mine\.toml") as caught:
        validate(PoseSpec, data, source="mine.toml")
    assert message in str(caught.value)


def test_unknown_poses_are_refused_with_the_closest_name():
    with pytest.raises(StudioError, match="did you mean 'relaxed'"):
        load_pose("relax")
    with pytest.raises(StudioError, match="hand preset"):
        load_hand("gun")


def test_interpolation_ends_where_it_should_and_turns_evenly(open_body, anyone):
    a, b = anyone, apply_pose(open_body, anyone, load_pose("walk")).replace(transl=np.array([1.0, 2.0, 3.0]))
    for t, end in ((0.0, a), (1.0, b)):
        between = interpolate(a, b, t)
        np.testing.assert_allclose(forward(open_body, between).vertices, forward(open_body, end).vertices, atol=1e-4)
    quarter, half = (to_matrix(interpolate(a, b, t).full_pose) for t in (0.25, 0.5))
    start = to_matrix(a.full_pose)
    step = start.swapaxes(1, 2) @ quarter
    np.testing.assert_allclose(half, start @ step @ step, atol=1e-5)


def test_interpolation_takes_the_shortest_way():
    a, b = np.array([0.0, 3.0, 0.0]), np.array([0.0, -3.0, 0.0])  # 0.28 rad apart through pi
    middle = to_matrix(slerp(a, b, 0.5))
    np.testing.assert_allclose(np.abs(from_matrix(middle)), [0, np.pi, 0], atol=1e-6)


def test_a_pose_from_motion_data_needs_no_words(open_body):
    pose = PoseSpec(joints={"left_shoulder": {"rotvec": (0.0, 0.0, -70.0)}}, planted=(), level=(), hands="flat")
    words = PoseSpec(joints={"left_shoulder": {"lower": 70.0}}, planted=(), level=(), hands="flat")
    zero = BodyParameters.zero(open_body)
    np.testing.assert_allclose(apply_pose(open_body, zero, pose).full_pose, apply_pose(open_body, zero, words).full_pose, atol=1e-6)
