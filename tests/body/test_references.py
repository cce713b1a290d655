"""References to poses: names, files, mirrored ones, blends, and frames of captured motions."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.joints import INDEX, JOINTS, MIRROR, PARENTS
from studio.body.poses import apply_pose, load_pose, pose_names, pose_rotations
from studio.body.references import pose_label, pose_slug
from studio.body.rotations import axis_rotation, from_matrix, to_matrix
from studio.errors import StudioError
from studio.specs.base import canonical_json
from studio.specs.pose import PoseSpec

FLIP = np.diag([-1.0, 1.0, 1.0])


def apart_deg(a: np.ndarray, b: np.ndarray) -> float:
    """The largest angle between rotations (..., 3, 3) [deg]."""
    return float(np.degrees(np.linalg.norm(from_matrix(a.swapaxes(-1, -2) @ b), axis=-1)).max())


@pytest.mark.parametrize("name", pose_names())
def test_a_mirrored_pose_is_the_reflection_of_every_joint_and_twice_mirrored_it_is_itself(name):
    pose, other = load_pose(name), load_pose(f"{name}:mirrored")
    np.testing.assert_allclose(pose_rotations(other), FLIP @ pose_rotations(pose)[list(MIRROR)] @ FLIP, atol=1e-12)
    assert load_pose(f"{name}:mirrored:mirrored") == PoseSpec(**pose.model_dump())
    swapped = {"left": "right", "right": "left"}
    for field in ("planted", "level", "touching"):
        assert {swapped[side] for side in getattr(pose, field)} == set(getattr(other, field))
    assert {swapped[side] for side in pose.reach} == set(other.reach)


def test_what_a_mirrored_hand_reaches_is_on_the_other_side():
    reach, other = load_pose("hand-at-collar").reach["right"], load_pose("hand-at-collar:mirrored").reach["left"]
    assert (other.to, other.offset_cm) == (reach.to, (-reach.offset_cm[0], *reach.offset_cm[1:]))
    assert load_pose("hands-in-front:mirrored").reach["left"].to == "right_wrist"


def test_a_blend_turns_every_joint_its_share_of_the_shortest_way():
    a, b = (pose_rotations(load_pose(name)) for name in ("arms-out", "hand-on-hip"))
    mixed = pose_rotations(load_pose("arms-out+hand-on-hip:0.3"))
    ankles = [INDEX[f"{side}_ankle"] for side in ("left", "right")]  # level feet follow from the legs
    others = np.setdiff1d(np.arange(55), ankles)
    way, gone = (from_matrix(a.swapaxes(1, 2) @ each)[others] for each in (b, mixed))
    np.testing.assert_allclose(gone, 0.3 * way, atol=1e-5)
    assert np.abs(way).max() > 0.5


def test_a_blend_stands_on_the_feet_that_both_poses_plant_and_ends_at_either_pose():
    mixed = load_pose("relaxed+step-up:0.5")
    assert (mixed.planted, mixed.level, mixed.carried_by) == (("right",), ("right",), "scene")
    for share, name in (("0", "relaxed"), ("1", "walk")):
        assert load_pose(f"relaxed+walk:{share}") == load_pose(name)
    assert load_pose("walk:mirrored+walk:0.4").planted == ("left", "right")


def test_a_pose_file_is_read_and_its_content_is_what_the_recipe_sees(tmp_path):
    file = tmp_path / "mine+yours.toml"
    file.write_text("[joints]\nhead = { turn = 20 }\n")
    first = load_pose(str(file))
    assert first.joints["head"] == {"turn": 20.0}
    assert load_pose(f"{file}:mirrored").joints["head"] == {"turn": -20.0}
    blend = canonical_json(load_pose(f"{file}+relaxed:0.5"))
    assert blend == canonical_json(load_pose(f"{file}+relaxed:0.5"))
    file.write_text("[joints]\nhead = { turn = 21 }\n")
    assert load_pose(str(file)) != first
    assert canonical_json(load_pose(f"{file}+relaxed:0.5")) != blend
    assert pose_label(f"{file}:mirrored") == "mine+yours.toml:mirrored"
    assert pose_slug("a/b/Walk 2.npz#12:mirrored+relaxed:0.3") == "walk-2.npz-12-mirrored-relaxed-0.3"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("relaxd", "There is no pose 'relaxd': did you mean 'relaxed'"),
        ("relaxed:mirored", "A pose is not 'mirored': did you mean 'mirrored'"),
        ("relaxed+walk", "does not say how far"),
        ("relaxed+walk:1.3", "write a number from 0 to 1"),
        ("relaxed+walk:nan", "write a number from 0 to 1"),
        ("relaxed+wolk:0.5", "did you mean 'walk'"),
        ("none.toml", "There is no file none.toml"),
        ("none.npz#3", "There is no motion file none.npz"),
        ("none.npz", "say which of its frames, for example none.npz#0"),
        ("none.bvh#first", "write its number, the first is 0"),
    ],
)
def test_what_is_no_pose_is_refused_in_one_sentence(reference, message):
    with pytest.raises(StudioError) as caught:
        load_pose(reference)
    assert message in str(caught.value)


# -- frames ---------------------------------------------------------------------------------------------------------------------------

#: SMPL-X joint -> what Mixamo calls it. Offsets below are of a person in a T-pose [cm], y up, facing +z.
MIXAMO = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck", "head": "Head",
    **{f"{side}_{ours}": f"{side.title()}{theirs}" for side in ("left", "right") for ours, theirs in {
        "collar": "Shoulder", "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand", "hip": "UpLeg", "knee": "Leg", "ankle": "Foot",
        "foot": "ToeBase", "index1": "HandIndex1", "index2": "HandIndex2", "index3": "HandIndex3",
    }.items()},
}  # fmt: skip
SMPL = {name: name.replace("left_", "L_").replace("right_", "R_").title() for name in MIXAMO if "index" not in name}
CMU = {name: text for name, text in MIXAMO.items() if "index" not in name} | {"neck": "Neck", "head": "Head"}


def bvh(
    names: dict[str, str], rest: np.ndarray, frames: list[np.ndarray], *, zero: np.ndarray | None = None, file_from_body=np.eye(3)
) -> str:
    """A BVH of SMPL-X rotations (55, 3, 3). rest: Joints in the T-pose [m]. zero: World rotations of the joints in the file's zero pose."""
    from scipy.spatial.transform import Rotation

    zero = np.tile(np.eye(3), (55, 1, 1)) if zero is None else zero
    kept = [name for name in JOINTS if name in names]

    def parent(name: str) -> str | None:
        k = PARENTS[INDEX[name]]
        return None if k < 0 else JOINTS[k]

    def lines(name: str, depth: int) -> list[str]:
        tab, up = "  " * depth, parent(name)
        bone = np.zeros(3) if up is None else zero[INDEX[up]] @ (rest[INDEX[name]] - rest[INDEX[up]])
        offset = " ".join(f"{each:.5f}" for each in 100 * file_from_body @ bone)
        below = [line for child in kept if parent(child) == name for line in lines(child, depth + 1)]
        ends = below or [f"{tab}  End Site", f"{tab}  {{", f"{tab}    OFFSET 0 0 1", f"{tab}  }}"]
        channels = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation" if up is None else "3 Zrotation Xrotation Yrotation"
        return [
            f"{tab}{'ROOT' if up is None else 'JOINT'} {names[name]}",
            f"{tab}{{",
            f"{tab}  OFFSET {offset}",
            f"{tab}  CHANNELS {channels}",
            *ends,
            f"{tab}}}",
        ]

    def order(name: str) -> list[str]:
        return [name, *(each for child in kept if parent(child) == name for each in order(child))]

    rows = []
    for number, rotations in enumerate(frames):
        world = np.tile(np.eye(3), (55, 1, 1))
        for k in range(55):
            world[k] = rotations[k] if PARENTS[k] < 0 else world[PARENTS[k]] @ rotations[k]
        shown = world @ zero.swapaxes(1, 2)
        row = [10.0 * number, 95.0, 2.0 * number]
        for name in order("pelvis"):
            k, up = INDEX[name], parent(name)
            local = shown[k] if up is None else shown[INDEX[up]].T @ shown[k]
            row += list(Rotation.from_matrix(file_from_body @ local @ file_from_body.T).as_euler("ZXY", degrees=True))
        rows.append(" ".join(f"{each:.6f}" for each in row))
    head = ["HIERARCHY", *lines("pelvis", 0), "MOTION", f"Frames: {len(frames)}", "Frame Time: 0.0333333"]
    return "\n".join([*head, *rows]) + "\n"


@pytest.fixture(scope="module")
def rest(open_body) -> np.ndarray:
    return (open_body.joint_regressor @ open_body.template).astype(np.float64)


@pytest.fixture(scope="module")
def frames(open_body):
    """A step and a hand on the hip as rotations, fingers but the index flat, eyes and jaw at rest."""
    found = []
    for name in ("walk", "hand-on-hip"):
        rotations = pose_rotations(load_pose(name))
        for joint in JOINTS:
            if joint not in MIXAMO:
                rotations[INDEX[joint]] = np.eye(3)
        found.append(rotations)
    return found


def facing(rotations: np.ndarray) -> np.ndarray:
    """The same with the pelvis facing ahead."""
    root = rotations[0]
    turned = rotations.copy()
    turned[0] = axis_rotation(1, -np.arctan2(root[0, 2] - root[2, 0], root[0, 0] + root[2, 2])) @ root
    return turned


@pytest.mark.parametrize("names", [MIXAMO, SMPL, CMU], ids=["mixamo", "smpl", "cmu"])
def test_a_frame_of_a_bvh_gives_the_rotations_that_it_was_written_from(names, rest, frames, tmp_path):
    file = tmp_path / "motion.bvh"
    file.write_text(bvh(names, rest, frames))
    known = [INDEX[name] for name in names]
    for number, rotations in enumerate(frames):
        found = pose_rotations(load_pose(f"{file}#{number}"))
        assert apart_deg(found[known], facing(rotations)[known]) < 0.6, number  # a hundredth of a millimetre of offsets is 0.05 degrees


def test_a_bvh_may_have_its_arms_down_at_zero_another_axis_up_and_a_namespace(rest, frames, tmp_path):
    zero = np.tile(np.eye(3), (55, 1, 1))
    for side, sign in (("left", -1.0), ("right", 1.0)):  # an A-pose at zero: what hangs on a shoulder is 45 degrees down
        for k, name in enumerate(JOINTS):
            if name.startswith(side) and name.split("_")[1].rstrip("123") in ("shoulder", "elbow", "wrist", "index"):
                zero[k] = axis_rotation(2, sign * np.pi / 4)
    z_up = axis_rotation(0, np.pi / 2)
    file = tmp_path / "motion.bvh"
    named = {ours: f"mixamorig:{theirs}" for ours, theirs in MIXAMO.items()}
    file.write_text(bvh(named, rest, frames, zero=zero, file_from_body=z_up))
    arms = [INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("shoulder", "elbow", "wrist", "hip", "knee", "index2")]
    for number, rotations in enumerate(frames):
        found = pose_rotations(load_pose(f"{file}#{number}"))
        # twist about a bone that rests elsewhere is told to the degree of how straight the T-pose's arm is
        world, wanted = (_world(each)[arms] for each in (found, facing(rotations)))
        assert apart_deg(world, wanted) < 8.0
        assert np.degrees(np.arccos(np.clip((world[:, :, 0] * wanted[:, :, 0]).sum(axis=1), -1, 1))).max() < 8.0


def _world(rotations):
    world = rotations.copy()
    for k in range(1, 55):
        world[k] = world[PARENTS[k]] @ rotations[k]
    return world


def test_a_bvh_walks_as_far_as_a_person_of_our_size_would(rest, frames, tmp_path):
    from studio.body.captures.read import read_capture

    file = tmp_path / "motion.bvh"
    file.write_text(bvh(MIXAMO, rest, frames))
    capture = read_capture(file)
    assert np.linalg.norm(capture.places[1]) == pytest.approx(np.hypot(0.10, 0.02), rel=0.01)
    assert capture.fps == pytest.approx(30.0, abs=0.01)
    assert capture.has_hands


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("LeftForeArm", "LeftFroArm"), "has no joint for 'left_elbow'"),
        (lambda text: text.replace("Frames: 2", "Frames: 3"), "3 frames of"),
        (lambda text: text.replace("Frame Time: 0.0333333", "Frame Time: zero"), "after MOTION"),
        (lambda text: text.replace("MOTION", "EMOTION", 1)[: text.index("MOTION")], "it has no MOTION"),
        (lambda text: text.replace("Zrotation Xrotation", "Wrotation Xrotation", 1), "the channel 'wrotation' is not one"),
        (lambda text: text.replace("{", "", 1), "is no BVH"),
        (lambda text: text.replace("95.000000", "nan", 1), "is no motion"),
    ],
)
def test_a_bvh_that_is_damaged_or_of_nobody_is_refused_in_one_sentence(change, message, rest, frames, tmp_path):
    file = tmp_path / "motion.bvh"
    file.write_text(change(bvh(MIXAMO, rest, frames)))
    with pytest.raises(StudioError) as caught:
        load_pose(f"{file}#0")
    assert message in str(caught.value)


def test_a_bvh_whose_zero_pose_does_not_stand_is_refused(rest, frames, tmp_path):
    sitting = np.tile(np.eye(3), (55, 1, 1))
    for side in ("left", "right"):
        for name in ("hip", "knee", "ankle", "foot"):
            sitting[INDEX[f"{side}_{name}"]] = axis_rotation(0, -np.pi / 2)
    file = tmp_path / "motion.bvh"
    file.write_text(bvh(MIXAMO, rest, frames, zero=sitting))
    with pytest.raises(StudioError, match="zero pose that does not stand"):
        load_pose(f"{file}#0")


def test_a_frame_of_an_npz_faces_the_camera_and_keeps_its_fingers(open_body, tmp_path):
    poses = np.array([from_matrix(pose_rotations(load_pose(name))) for name in ("relaxed", "back")])
    file = tmp_path / "poses.npz"
    np.savez(file, fullpose=poses.reshape(2, 165))  # no frame rate: a still needs none
    found, wanted = pose_rotations(load_pose(f"{file}#1")), facing(pose_rotations(load_pose("back")))
    assert apart_deg(found[1:], wanted[1:]) < 0.01
    assert abs(np.degrees(np.arctan2(found[0, 0, 2], found[0, 2, 2]))) < 0.5
    with pytest.raises(StudioError, match="its frames are 0 to 1"):
        load_pose(f"{file}#2")


def test_a_frame_without_fingers_has_relaxed_hands(open_body, tmp_path):
    poses = np.zeros((1, 156))
    poses[0, 3 * INDEX["left_knee"]] = 0.3
    file = tmp_path / "poses.npz"
    np.savez(file, poses=poses)
    spec = load_pose(f"{file}#0")
    assert spec.hands == "relaxed"
    assert np.abs(pose_rotations(spec)[INDEX["left_index1"]] - np.eye(3)).max() > 0.05
    assert to_matrix(apply_pose(open_body, _zero(open_body), spec).full_pose)[INDEX["left_knee"]][2, 1] == pytest.approx(
        np.sin(0.3), abs=1e-4
    )


def _zero(model):
    from studio.body.model import BodyParameters

    return BodyParameters.zero(model)
