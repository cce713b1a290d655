"""Landmarks and joints from files: what programs write is understood, goes to the right place, and anything else is one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.body.joints import INDEX
from studio.errors import StudioError
from studio.frames import apply
from studio.twin.landmark_files import SYSTEMS, read_landmarks
from studio.twin.landmarks import LANDMARKS, joint_arrays, landmark_arrays

KINECT = [
    "SpineBase", "SpineMid", "Neck", "Head", "ShoulderLeft", "ElbowLeft", "WristLeft", "HandLeft", "ShoulderRight", "ElbowRight",
    "WristRight", "HandRight", "HipLeft", "KneeLeft", "AnkleLeft", "FootLeft", "HipRight", "KneeRight", "AnkleRight", "FootRight",
    "SpineShoulder", "HandTipLeft", "ThumbLeft", "HandTipRight", "ThumbRight",
]  # fmt: skip
COCO = [name for system in SYSTEMS if system.name == "COCO" for name in system.order]
BODY_25 = [name for system in SYSTEMS if system.name == "OpenPose BODY_25" for name in system.order]


def write(folder: Path, name: str, content: object) -> Path:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder / name


def test_every_name_of_every_system_means_a_place_that_the_body_has():
    for system in SYSTEMS:
        assert {ours for ours in system.names.values() if ours is not None} <= set(LANDMARKS) | set(INDEX), system.name
        assert set(system.order) <= set(system.names)
        meant = [ours for ours in system.names.values() if ours is not None]
        assert len(meant) == len(set(meant)), "no two names of one system for one place"
    assert (len(COCO), len(BODY_25), len(KINECT)) == (17, 25, 25)


def test_a_kinect_skeleton_keeps_its_sides_and_leaves_out_what_the_body_lacks(tmp_path):
    rows = [f"{name},{number},{number + 0.5},-2" for number, name in enumerate(KINECT)]
    marks = read_landmarks(write(tmp_path, "joints.csv", "\n".join(["Joints,X,Y,Z", "Degree,13.5,13.5,13.5", *rows])))
    assert marks.system == "Kinect v2"
    assert marks.joint_sd_m > 0.03, "a depth camera's joints are off by centimetres"
    assert not marks.landmarks
    assert len(marks.joints) == 16
    assert marks.joints["left_knee"] == (KINECT.index("KneeLeft"), KINECT.index("KneeLeft") + 0.5, -2)
    assert marks.joints["right_wrist"][0] == KINECT.index("WristRight")
    assert set(marks.unused) == {"Degree", *(name for name in KINECT if name.startswith(("Hand", "Thumb", "SpineMid", "Neck", "Head")))}


SHAPES = {
    "object": lambda places: {name: list(place) for name, place in places.items()},
    "object of objects": lambda places: {name: dict(zip("xyz", place, strict=True)) for name, place in places.items()},
    "list": lambda places: [{"name": name, "position": list(place)} for name, place in places.items()],
    "flat list": lambda places: [{"label": name, "X": x, "Y": y, "Z": z} for name, (x, y, z) in places.items()],
    "groups": lambda places: {
        "landmarks": {name: list(place) for name, place in places.items() if name in LANDMARKS},
        "joints": [{"name": name, "position": list(place)} for name, place in places.items() if name not in LANDMARKS],
    },
    "comma": lambda places: "\n".join(f"{name},{x},{y},{z}" for name, (x, y, z) in places.items()),
    "semicolon": lambda places: "name;x;y;z\n" + "\n".join(f"{n};{x};{y};{z}".replace(".", ",") for n, (x, y, z) in places.items()),
    "blanks": lambda places: "# by hand\n" + "\n".join(f"{name} {x}  {y} {z}" for name, (x, y, z) in places.items()),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_all_plain_ways_to_write_the_same_places_say_the_same(shape, tmp_path):
    places = {"nose": (0.25, 1.5, 0.125), "left_knee": (-0.5, 0.25, 1.0), "right_heel": (3.5, 0.0, -1e-3)}
    content = SHAPES[shape](places)
    marks = read_landmarks(write(tmp_path, "marks.csv" if isinstance(content, str) else "marks.json", content))
    assert dict(marks.landmarks) == {name: places[name] for name in ("nose", "right_heel")}
    assert dict(marks.joints) == {"left_knee": places["left_knee"]}
    assert marks.system == "SMPL-X"


def test_names_are_read_without_case_and_signs(tmp_path):
    marks = read_landmarks(write(tmp_path, "marks.json", {"Left Knee": [1, 2, 3], "RIGHT-HEEL": [4, 5, 6]}))
    assert set(marks.joints) == {"left_knee"}
    assert set(marks.landmarks) == {"right_heel"}


@pytest.mark.parametrize("width", [3, 4])
@pytest.mark.parametrize("flat", [True, False])
def test_bare_keypoints_are_named_by_their_number(width, flat, tmp_path):
    for order, system in ((COCO, "COCO"), (BODY_25, "OpenPose BODY_25")):
        rows = [[float(number), 1.0, 2.0, 0.9][:width] for number in range(len(order))]
        listed = [value for row in rows for value in row] if flat else rows
        for content in (listed, {"keypoints": listed}, {"people": [{"pose_keypoints_3d": listed}]}):
            marks = read_landmarks(write(tmp_path, "k.json", content))
            assert marks.system == system
            number = order.index("left_knee" if system == "COCO" else "LKnee")
            assert marks.joints["left_knee"] == (number, 1.0, 2.0)
            assert marks.landmarks["nose"] == (0.0, 1.0, 2.0)


def test_named_coco_keypoints_are_known_as_coco(tmp_path):
    assert read_landmarks(write(tmp_path, "k.json", {name: [0, 1, number] for number, name in enumerate(COCO)})).system == "COCO"


def test_keypoints_that_were_not_seen_are_left_out(tmp_path):
    rows = [[1.0, 2.0, 3.0, 0.0 if name == "left_wrist" else 0.8] for name in COCO]
    marks = read_landmarks(write(tmp_path, "k.json", rows))
    assert "left_wrist" not in marks.joints
    assert "right_wrist" in marks.joints


BAD = {
    "unknown.json": ({"left_kne": [1, 2, 3], "nose": [1, 2, 3]}, "left_kne.*did you mean 'left_knee'"),
    "kinect.csv": ("SpineBase,1,2,3\nHipLefft,1,2,3\nKneeLeft,1,2,3", "HipLefft.*Kinect v2.*did you mean 'HipLeft'"),
    "twice.csv": ("nose,1,2,3\nNose,1,2,4", "'Nose' twice"),
    "two.json": ({"nose": [1, 2]}, "no x, y, z for 'nose'"),
    "word.json": ({"nose": ["a", 2, 3]}, "no x, y, z for 'nose'"),
    "infinite.json": ('{"nose": [1, 2, Infinity]}', "not finite"),
    "word.csv": ("nose,1,2,3\nleft_knee,one,2,3", "else than numbers in line 'left_knee"),
    "broken.json": ('{"nose": [1, 2', "is no JSON"),
    "deep.json": ("[" * 100_000, "is no JSON"),
    "number.json": ("3", "neither an object nor a list"),
    "many.json": ([[0, 0, 0]] * 30, "30 places without names"),
    "loose.json": ([1, 2, 3, 4, 5], "5 numbers"),
    "empty.json": ({}, "holds no places"),
    "empty.csv": ("", "holds no places"),
    "useless.csv": ("SpineMid,1,2,3", "no place that the body has"),
    "crowd.json": ({"people": [{"pose_keypoints_3d": []}] * 2}, "2 people"),
    "marks.xlsx": ("PK", "no landmark file that is read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_sentence(name, tmp_path):
    content, words = BAD[name]
    with pytest.raises(StudioError, match=words) as caught:
        read_landmarks(write(tmp_path, name, content))
    text = str(caught.value)
    assert name in text
    assert "\n" not in text
    assert text.endswith((".", "?"))


def test_files_that_are_missing_binary_or_huge_are_refused(tmp_path):
    write(tmp_path, "marks.json", "{}")
    with pytest.raises(StudioError, match=r"did you mean 'marks\.json'"):
        read_landmarks(tmp_path / "mark.json")
    (tmp_path / "marks.csv").write_bytes(b"\xff\xfe\x00nose")
    with pytest.raises(StudioError, match="is no text"):
        read_landmarks(tmp_path / "marks.csv")
    (tmp_path / "big.csv").write_text(" " * 1_000_001)
    with pytest.raises(StudioError, match="larger than"):
        read_landmarks(tmp_path / "big.csv")


@pytest.fixture
def cloud() -> np.ndarray:
    return np.random.default_rng(0).uniform([-0.3, -0.2, 0.0], [0.3, 0.2, 1.7], (4000, 3))


def test_places_of_the_file_arrive_in_the_world(cloud, tmp_path):
    file_from_world = np.eye(4)
    file_from_world[:3, :3] = 100 * np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    file_from_world[:3, 3] = (250, -40, 7)
    world = {"nose": (0.0, -0.1, 1.6), "left_knee": (0.1, 0.0, 0.5), "right_ankle": (-0.1, 0.05, 0.1)}
    marks = read_landmarks(
        write(tmp_path, "m.json", {name: apply(file_from_world, np.array(place)).tolist() for name, place in world.items()})
    )
    placed = marks.in_world(file_from_world, cloud, name="m.json")
    for name, place in (*placed.landmarks.items(), *placed.joints.items()):
        np.testing.assert_allclose(place, world[name], atol=1e-12)


@pytest.mark.parametrize(("factor", "words"), [(100.0, "m from the scan"), (0.01, "cm of one another")])
def test_places_in_another_unit_than_the_scans_file_are_refused(factor, words, cloud, tmp_path):
    places = {"nose": (0, -0.1, 1.6), "left_knee": (0.1, 0, 0.5), "right_ankle": (-0.1, 0, 0.1), "neck": (0, 0, 1.4), "pelvis": (0, 0, 0.9)}
    marks = read_landmarks(write(tmp_path, "m.json", {name: [factor * value for value in place] for name, place in places.items()}))
    with pytest.raises(StudioError, match=f"{words}.*unit of the scan's own file"):
        marks.in_world(np.eye(4), cloud, name="m.json")


def test_arrays_for_the_solver_are_in_a_fixed_order_and_refuse_unknown_names():
    numbers, places = joint_arrays({"left_knee": (1, 2, 3), "pelvis": (4, 5, 6)})
    assert numbers.tolist() == [INDEX["pelvis"], INDEX["left_knee"]]
    assert places.tolist() == [[4, 5, 6], [1, 2, 3]]
    assert [array.shape for array in joint_arrays({})] == [(0,), (0, 3)]
    with pytest.raises(StudioError, match="did you mean 'left_knee'"):
        joint_arrays({"left_kne": (0, 0, 0)})
    with pytest.raises(StudioError, match="did you mean 'left_heel'"):
        landmark_arrays({"left_hel": (0, 0, 0)})


@pytest.mark.shared_data
def test_joints_of_a_real_depth_camera_lie_in_its_scan(shared_data):
    for name in ("20190823_020756", "20190823_030127"):
        marks = read_landmarks(shared_data / "scans" / "kinect_fusion" / f"{name}_joints.csv")
        assert marks.system == "Kinect v2"
        left, right = np.array(marks.joints["left_shoulder"]), np.array(marks.joints["right_shoulder"])
        assert 0.25 < np.linalg.norm(left - right) < 0.5
        assert marks.joints["left_knee"][1] < marks.joints["left_hip"][1], "y is up"
