"""`pose list`, `show` and `sheet`: what the poses of the library are, in words and in one picture."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image

from studio.body.poses import load_pose, pose_names
from tests.cli.test_commands import studio


def test_the_list_says_what_each_pose_is_for_which_hands_it_has_and_on_which_feet_it_stands(tmp_path):
    rows = json.loads(studio("--json", "pose", "list", cwd=tmp_path).stdout)["poses"]
    assert [row["name"] for row in rows] == pose_names()
    for row in rows:
        spec = load_pose(row["name"])
        assert row["description"] == spec.description
        assert row["hands"] == {side: spec.hand(side) for side in ("left", "right")}
        assert row["planted"] == list(spec.planted)
    shown = studio("pose", "list", cwd=tmp_path).stdout
    assert all(f"{row['name']} " in shown and row["description"] in shown for row in rows)


def test_show_gives_degrees_by_joint_for_whatever_can_be_posed(tmp_path):
    (tmp_path / "mine.toml").write_text('description = "Mine."\n[joints]\nleft_knee = { bend = 33 }\n')
    found = json.loads(studio("--json", "pose", "show", "mine.toml:mirrored", cwd=tmp_path).stdout)
    assert (found["name"], found["joints"]) == ("mine.toml:mirrored", {"right_knee": {"bend": 33.0}})
    assert "right_knee  bend 33" in studio("pose", "show", "mine.toml:mirrored", cwd=tmp_path).stdout
    assert len(json.loads(studio("--json", "pose", "show", "relaxed+walk:0.5", cwd=tmp_path).stdout)["joints"]) == 55


def test_a_sheet_shows_each_pose_under_its_name(tmp_path):
    run = studio("--json", "pose", "sheet", "t", "seated", "--out", "poses.png", cwd=tmp_path)
    assert json.loads(run.stdout) == {"file": "poses.png"}, run.stderr
    with Image.open(tmp_path / "poses.png") as picture:
        pixels = np.asarray(picture).astype(int)
    ground = pixels[0, 0]
    figures = [half[:380] for half in np.split(pixels, 2, axis=1)]
    extents = [np.ptp(np.argwhere(np.abs(half - ground).max(axis=-1) > 20), axis=0) for half in figures]
    assert extents[0][1] > 0.9 * extents[0][0]  # arms out: about as wide as high
    assert extents[1][0] < 0.85 * extents[0][0]  # who sits is lower
    names = pixels[380:]
    assert (np.abs(names - ground).max(axis=-1) > 100).any(axis=0).reshape(2, -1).any(axis=1).all()
