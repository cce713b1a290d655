"""Motions on a body, authored and captured: keys are met, cycles close, feet stay on the floor and where they stand."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from studio.body.captures.read import MOST_FRAMES, read_capture
from studio.body.feet import foot_vertices
from studio.body.ground import pose_body
from studio.body.joints import JOINTS
from studio.body.model import BodyParameters, forward, load_body
from studio.body.poses import load_pose
from studio.body.rotations import axis_rotation, from_matrix, to_matrix
from studio.errors import StudioError
from studio.look.motion.authored import continuous, key_poses, load_motion, mirrored_pose, motion_names
from studio.look.motion.bodies import stances
from studio.look.motion.stage import find_motion
from studio.specs.base import validate
from studio.specs.motion import MotionSpec


@pytest.fixture(scope="module")
def body():
    model = load_body()
    return SimpleNamespace(model=model, zero=BodyParameters.zero(model), offsets=np.zeros_like(model.template))


@pytest.fixture(scope="module")
def walk(body):
    return key_poses(body.model, body.zero, load_motion("walk"), offsets=body.offsets)


def standing(body, motion, shares, *, travels=False):
    return stances(body.model, body.zero, (), motion, shares, travels=travels, offsets=body.offsets)


def apart_deg(a, b) -> float:
    """The largest angle between rotations (J, 3) of the same joints."""
    return float(np.degrees(np.linalg.norm(from_matrix(to_matrix(a).swapaxes(-1, -2) @ to_matrix(b)), axis=-1).max()))


def test_a_motion_goes_through_its_keys_as_the_body_would_take_them_alone(body, walk):
    spec = load_motion("walk")
    for key in spec.keys[::2]:
        alone = pose_body(body.model, body.zero, spec.key_pose(key, None), offsets=body.offsets).full_pose
        assert apart_deg(walk.at(key.at), alone) < 0.01
        assert apart_deg(walk.at(key.at + 0.5), mirrored_pose(alone)) < 0.01  # the other step


def test_a_cycle_begins_again_where_it_ends_without_a_kink(walk):
    assert apart_deg(walk.at(0.0), walk.at(1.0)) < 1e-6
    step = 1e-3
    before, after = (walk.at(1.0 - step), walk.at(step))
    assert np.abs((walk.at(0.0) - before) - (after - walk.at(0.0))).max() < 0.02 * step / 1e-3  # radians: velocity goes on


def test_a_joint_never_swings_beyond_its_keys(walk):
    own = walk.rotations[(walk.times >= 0) & (walk.times < 1)]
    through = np.array([walk.at(share) for share in np.linspace(0, 1, 101)])
    assert (through <= own.max(axis=0) + 1e-9).all()
    assert (through >= own.min(axis=0) - 1e-9).all()


@pytest.mark.parametrize("name", motion_names())
def test_between_the_keys_of_every_motion_the_lowest_sole_is_on_the_floor(body, walk, name):
    spec = load_motion(name)
    motion = walk if name == "walk" else key_poses(body.model, body.zero, spec, offsets=body.offsets)
    for stance in standing(body, motion, [0.06, 0.32, 0.45, 0.8], travels=spec.travels):
        low = forward(body.model, stance.posed).vertices[:, 1].min()
        assert abs(low) < 0.0005
        assert abs(stance.posed.transl).max() < 2.0


def test_the_foot_that_stands_stays_where_it_is_while_the_body_walks_on(body, walk):
    frames = standing(body, walk, np.arange(25) / 24, travels=True)
    skins = np.array([forward(body.model, each.posed).vertices for each in frames], dtype=float)
    slipped = []
    for mask in foot_vertices(body.model).values():
        feet = skins[:, mask]
        stands = (feet[1:, :, 1] < 0.002) & (feet[:-1, :, 1] < 0.002)
        slipped.append(np.linalg.norm(np.diff(feet, axis=0)[..., [0, 2]], axis=-1)[stands])
    slipped = np.concatenate(slipped)
    assert len(slipped) > 200
    assert 1000 * np.median(slipped) < 1.5
    assert 1000 * np.percentile(slipped, 90) < 4.0
    ahead = frames[-1].posed.transl - frames[0].posed.transl
    assert 0.9 < ahead[2] < 1.6  # a stride, in the direction that it faces
    assert abs(ahead[0]) < 0.01
    assert abs(frames[0].posed.transl[[0, 2]]).max() < 0.01


def test_rotations_are_told_by_the_nearest_vector_so_that_a_turn_can_be_whole():
    angles = np.radians([0.0, 100.0, 170.0, 190.0, 300.0, 360.0, 380.0])
    told = from_matrix(np.array([axis_rotation(1, angle) for angle in angles]))[:, None]
    np.testing.assert_allclose(continuous(told)[1:5, 0, 1], angles[1:5], atol=1e-9)
    assert apart_deg(continuous(told)[:, 0], told[:, 0]) < 1e-4


def test_a_mirrored_pose_is_the_body_in_a_mirror(body):
    pose = body.zero.with_full_pose(from_matrix(to_matrix(0.3 * np.random.default_rng(5).normal(size=(55, 3)))))
    other = body.zero.with_full_pose(mirrored_pose(pose.full_pose))
    joints, mirrored = (forward(body.model, each).joints for each in (pose, other))
    swap = [JOINTS.index(name.replace("left_", "-").replace("right_", "left_").replace("-", "right_")) for name in JOINTS]
    np.testing.assert_allclose(mirrored[swap] * [-1, 1, 1], joints, atol=0.004)  # the mean body is symmetric but for its mesh


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"keys": [{"at": 0.0}, {"at": 0.6}], "cyclic": True, "mirrored": True}, "before 0.5"),
        ({"keys": [{"at": 0.0}, {"at": 0.6}]}, "is at 1, and this one is at 0.6"),
        ({"keys": [{"at": 0.0}, {"at": 0.6}, {"at": 0.4}], "cyclic": True}, "in the order of their times"),
        ({"keys": [{"at": 0.1}, {"at": 1.0}]}, "first key of a motion is at 0"),
        ({"keys": [{"at": 0.0, "joints": {"left_nee": {"bend": 3}}}, {"at": 1.0}]}, "did you mean 'left_knee'"),
        ({"keys": [{"at": 0.0}, {"at": 1.0}], "joints": {"knees": {"lift": 3}}}, "has no 'lift'"),
        ({"keys": [{"at": 0.0, "levl": ["left"]}, {"at": 1.0}]}, "levl"),
        ({"keys": [{"at": 0.0}]}, "at least 2"),
    ],
)
def test_a_motion_that_cannot_be_is_refused_with_what_is_wrong(changes, words):
    with pytest.raises(StudioError, match=words):
        validate(MotionSpec, {"duration_s": 1.0} | changes, source="run.toml")


def test_what_a_key_says_of_both_sides_takes_the_place_of_what_was_said_of_one():
    keys = [
        {"at": 0.0, "pose": "walk", "joints": {"hips": {"bend": 3}}},
        {"at": 1.0, "joints": {"left_hip": {"bend": 9}}, "level": ["left"]},
    ]
    spec = validate(MotionSpec, {"duration_s": 1.0, "joints": {"hips": {"bend": 5}}, "keys": keys}, source="x")
    first = spec.key_pose(spec.keys[0], load_pose("walk"))
    assert first.angles("left_hip") == {"bend": 3}
    assert first.angles("left_knee") == load_pose("walk").angles("left_knee")
    second = spec.key_pose(spec.keys[1], None)
    assert (second.angles("left_hip"), second.angles("right_hip")) == ({"bend": 9}, {"bend": 5})
    assert (second.planted, second.level) == (("left",), ("left",))


# -- captured ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def captured(walk):
    """A walk as AMASS would have it: z up, facing -x, somewhere in the room; and what it is in our own axes."""
    poses = np.array([walk.at(share) for share in np.linspace(0, 0.8, 9)])
    places = np.linspace(0, 1, 9)[:, None] * np.array([0.1, 0.02, 0.9])
    turn = axis_rotation(2, -np.pi / 2) @ axis_rotation(0, np.pi / 2)
    turned = poses.copy()
    turned[:, 0] = from_matrix(turn @ to_matrix(poses[:, 0]))
    return SimpleNamespace(poses=poses, places=places, turned=turned, moved=places @ turn.T + [3.0, -2.0, 0.9])


def save(file, **arrays):
    np.savez(file, **arrays)
    return file


def variants(captured):
    """The same motion as every kind of file keeps it."""
    t, count = captured.turned, len(captured.turned)
    amass = {"trans": captured.moved, "betas": np.zeros(16), "gender": np.array("neutral")}
    return {
        "smplx": amass | {"poses": t.reshape(count, 165), "mocap_frame_rate": np.array(60.0)},
        "named": amass | {
            "root_orient": t[:, 0], "pose_body": t[:, 1:22].reshape(count, 63), "pose_jaw": t[:, 22],
            "pose_eye": t[:, 23:25].reshape(count, 6), "pose_hand": t[:, 25:].reshape(count, 90), "mocap_frame_rate": np.array(60),
        },
        "package": {
            "global_orient": t[:, 0], "body_pose": t[:, 1:22], "jaw_pose": t[:, 22], "leye_pose": t[:, 23], "reye_pose": t[:, 24],
            "left_hand_pose": t[:, 25:40], "right_hand_pose": t[:, 40:], "transl": captured.moved, "fps": np.array([60]),
        },
        "smplh": amass | {"poses": np.delete(t, (22, 23, 24), axis=1).reshape(count, 156), "mocap_framerate": np.array(60.0)},
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["smplx", "named", "package", "smplh"])
def test_every_kind_of_capture_is_read_upright_facing_us_and_begun_at_the_origin(captured, tmp_path, kind):
    found = read_capture(save(tmp_path / "walk.npz", **variants(captured)[kind]))
    assert (found.fps, found.duration_s) == (60.0, pytest.approx(8 / 60))
    heading = from_matrix(to_matrix(captured.poses[0, 0]))[1]  # of a pelvis that is turned a little, as walkers' are
    back = axis_rotation(1, -heading)
    wanted = captured.poses.copy()
    wanted[:, 0] = from_matrix(back @ to_matrix(wanted[:, 0]))
    for frame, pose in zip(found.rotations, wanted, strict=True):
        assert apart_deg(frame, pose) < 0.2
    np.testing.assert_allclose(found.places, captured.places @ back.T, atol=0.004)
    between, place = found.at(1 / 16)
    assert 0 < apart_deg(between, wanted[0]) < apart_deg(wanted[1], wanted[0])
    np.testing.assert_allclose(place, captured.places[1] @ back.T / 2, atol=0.004)


def test_a_captured_body_goes_where_the_capture_has_it_and_stands_on_its_own_feet(body, captured, tmp_path):
    found = read_capture(save(tmp_path / "walk.npz", **variants(captured)["smplx"]))
    frames = standing(body, found, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(frames[-1].posed.transl[[0, 2]] - frames[0].posed.transl[[0, 2]], found.places[-1, [0, 2]], atol=0.03)
    for frame in frames:
        assert abs(forward(body.model, frame.posed).vertices[:, 1].min()) < 0.0005


class _Trap:
    def __reduce__(self):
        return (pytest.fail, ("the file was unpickled",))


def test_captures_that_are_damaged_or_not_of_a_body_are_refused_in_a_sentence(captured, tmp_path):
    good = variants(captured)["smplx"]
    file = tmp_path / "bad.npz"
    cases = [
        ({k: v for k, v in good.items() if k != "mocap_frame_rate"}, "does not say how fast"),
        (good | {"mocap_frame_rate": np.array(0.0)}, "1 to 1000"),
        (good | {"poses": np.zeros((9, 72))}, r"shape \(9, 72\)"),
        (good | {"poses": np.full((9, 165), np.nan)}, "not finite"),
        (good | {"trans": np.zeros((8, 3))}, r"\(9, 3\) was expected"),
        (good | {"poses": good["poses"][:1], "trans": good["trans"][:1]}, "holds 1 frames"),
        (
            good | {"poses": np.zeros((MOST_FRAMES + 1, 156), np.float16), "trans": np.zeros((MOST_FRAMES + 1, 3))},
            "frames, and a motion has",
        ),
        ({"rot": good["poses"], "fps": np.array(30)}, "has no poses"),
        ({"body_pose": np.zeros((9, 63)), "fps": np.array(30)}, "has no 'root_orient'"),
        (good | {"poses": np.array(["a"])}, "holds no numbers"),
    ]
    for arrays, words in cases:
        with pytest.raises(StudioError, match=words):
            read_capture(save(file, **arrays))
    np.savez(file, **(good | {"trans": np.array([_Trap()], dtype=object)}))
    with pytest.raises(StudioError, match="without Python objects"):
        read_capture(file)
    for content, words in ((pickle.dumps(_Trap()), "cannot be read"), (b"PK\x03\x04 no", "cannot be read"), (b"", "cannot be read")):
        file.write_bytes(content)
        with pytest.raises(StudioError, match=words):
            read_capture(file)
    with pytest.raises(StudioError, match="There is no motion file"):
        read_capture(tmp_path / "none.npz")
    with pytest.raises(StudioError, match=r"did you mean 'walk'\?"):
        find_motion("wolk")


def test_a_file_that_unpacks_to_more_than_it_may_is_not_unpacked(captured, tmp_path, monkeypatch):
    from studio.body.captures import npz, read

    file = tmp_path / "bomb.npz"
    np.savez_compressed(file, **(variants(captured)["smplx"] | {"more": np.zeros(200_000)}))
    monkeypatch.setattr(npz, "MOST_BYTES", 50_000)
    assert file.stat().st_size < 50_000
    with pytest.raises(StudioError, match="unpacks to"):
        read_capture(file)
    monkeypatch.setattr(read, "MOST_BYTES", 5_000)
    with pytest.raises(StudioError, match="cut it first"):
        read_capture(file)
