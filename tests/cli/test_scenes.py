"""What a photographer types before a shoot: which scenes there are, what is in them, what the meter reads, what the chart shows."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from studio.specs.scene import scene_names
from tests.cli.test_commands import studio


def answer(*arguments, cwd):
    run = studio("--json", *arguments, cwd=cwd)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("\n") == 1
    return json.loads(run.stdout)


def test_scenes_are_listed_and_shown_with_all_that_their_files_leave_out(tmp_path):
    listed = {row["name"]: row for row in answer("scene", "list", cwd=tmp_path)["scenes"]}
    assert list(listed) == scene_names()
    assert len(listed) >= 10
    shown = answer("scene", "show", "catalog-white", cwd=tmp_path)["scene"]
    assert [camera["name"] for camera in shown["cameras"]] == listed["catalog-white"]["cameras"]
    assert shown["cameras"][0]["iso"] == 100


def test_the_meter_reads_every_light_and_the_ratio(tmp_path):
    read = answer("scene", "meter", "catalog-white", cwd=tmp_path)
    by_role = {row["role"]: row for row in read["readings"]}
    assert by_role["key"]["ev100"] == 12.95
    assert by_role["key"]["lux"] == pytest.approx(2.5 * 2**12.95, rel=1e-4)
    assert by_role["rim"]["stops"] == -1.6
    assert 2 < read["key_to_fill"] < 4
    assert set(read["exposure_stops"]) == {"front", "three-quarter", "side", "back", "portrait"}
    table = studio("scene", "meter", "street-golden", cwd=tmp_path).stdout
    assert "sun" in table
    assert "sky" in table


def test_the_chart_says_how_far_colours_are_off_and_writes_its_picture(tmp_path):
    read = answer("scene", "chart", "catalog-white", "--out", "chart.png", cwd=tmp_path)
    assert read["mean_delta_e"] <= 1.0
    assert len(read["patches"]) == 24
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.size == (144, 96)
        red, green = picture.getpixel((2 * 24 + 12, 2 * 24 + 12))[:2]
        assert red > 2.5 * green  # the red patch is the third of the third row
