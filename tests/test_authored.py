"""Every authored file in rigs/, garments/ and scenes/ is valid, is read by some part of the program, and can be used where it is needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from studio import library
from studio.body.open_recipe import load_recipe
from studio.body.poses import load_hand, load_pose, pose_names, pose_rotations
from studio.deliver.stage import channel_names, load_channel
from studio.garment.catalog import chart_names, fabric_names, garment_names, load_chart, load_fabric, load_garment, parse_wear
from studio.look.motion.authored import load_motion, motion_names
from studio.shot.cloth import cloth_look
from studio.specs import base
from studio.specs.anthropometry import load_linear_tape, load_survey
from studio.specs.appearance import load_appearance
from studio.specs.expression import expression_names, load_expression
from studio.specs.fitting import load_fitting
from studio.specs.person import load_model, model_names
from studio.specs.scene import load_scene, scene_names

ROOT = Path(__file__).resolve().parents[1]

#: How each kind of authored file is named and read.
LIBRARY = {
    "pose": (pose_names, load_pose),
    "hand": (lambda: library.names("rigs", "hands"), load_hand),
    "motion": (motion_names, load_motion),
    "expression": (expression_names, load_expression),
    "appearance": (lambda: library.names("rigs", "appearance"), load_appearance),
    "model": (model_names, load_model),
    "survey": (lambda: ["ansur2"], load_survey),
    "linear tape": (lambda: ["open-body"], lambda _: load_linear_tape.__wrapped__()),
    "recipe of the open body": (lambda: ["open"], lambda _: load_recipe()),
    "garment": (garment_names, load_garment),
    "fabric": (fabric_names, load_fabric),
    "size chart": (chart_names, load_chart),
    "fitting rules": (lambda: ["fit"], lambda _: load_fitting.__wrapped__()),
    "scene": (scene_names, load_scene),
    "channel": (channel_names, load_channel),
}


def test_every_authored_file_is_read_by_a_loader_and_valid(monkeypatch):
    read, load_toml = set(), base.load_toml
    monkeypatch.setattr(base, "load_toml", lambda path: read.add(path.resolve()) or load_toml(path))
    for names, load in LIBRARY.values():
        getattr(load, "cache_clear", lambda: None)()
        for name in names():
            load(name)
    authored = {path.resolve() for room in library.ROOMS for path in library.folder(room).rglob("*") if path.is_file()}
    assert {path for path in authored - read if path.name != "README.md"} == set()
    assert read <= authored


@pytest.mark.parametrize("kind", LIBRARY)
def test_no_kind_of_authored_file_is_empty(kind):
    assert LIBRARY[kind][0]()


@pytest.mark.parametrize("fabric", fabric_names())
def test_every_fabric_in_every_colour_can_be_worn_and_photographed(fabric):
    looks = load_fabric(fabric).appearance
    for colourway in (None, *looks.colourways):
        wear = parse_wear(f"tee:M:{fabric}" + (f"/{colourway}" if colourway else ""))
        assert (wear.fabric, wear.colourway) == (fabric, colourway)
        look = cloth_look(
            construction=looks.construction,
            pitch_mm=looks.yarn_pitch_mm,
            colour=looks.colourways[colourway] if colourway else looks.colour,
            roughness=looks.roughness,
            sheen=looks.sheen,
            thickness_mm=load_fabric(fabric).mechanics.thickness_mm,
            transmission=looks.transmission,
        )
        assert all(0.0 <= channel <= 1.0 for channel in look["rgb"])


@pytest.mark.parametrize("name", pose_names())
def test_every_hand_that_a_pose_names_is_there(name):
    pose = load_pose(name)
    assert pose_rotations(pose).shape == (55, 3, 3)
    assert all(load_hand(pose.hand(side)).description for side in ("left", "right"))


def test_an_installed_wheel_brings_every_authored_file(tmp_path):
    """The package laid out as the wheel does it, away from the checkout, finds the same files as the checkout."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in build["packages"]:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for source, target in build["force-include"].items():
        shutil.copytree(ROOT / source, tmp_path / target)
    code = (
        "import json, studio; from studio import library as l; print(json.dumps([studio.__file__, *(str(l.folder(r)) for r in l.ROOMS)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    module, *folders = (Path(path) for path in json.loads(done.stdout))
    assert module.is_relative_to(tmp_path)
    for room, folder in zip(library.ROOMS, folders, strict=True):
        assert folder.is_relative_to(tmp_path)
        packed, there = ({path.relative_to(start) for path in start.rglob("*.toml")} for start in (folder, ROOT / room))
        assert packed == there
