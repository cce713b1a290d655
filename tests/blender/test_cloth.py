"""The cloth job against closed forms, with SI values going in and metres coming out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from studio.engine import Engine, JobResult, write_job
from studio.errors import StudioError
from tests.look.conftest import capsule, sheet

GRAVITY = 9.81
FABRIC = {"areal_weight_kg_m2": 0.2, "stretch_n_m": 60.0, "bending_n_m": 5e-6, "friction": 0.4}


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def strip(
    engine: Engine, folder: Path, vertices: np.ndarray, faces: np.ndarray, pinned: np.ndarray, fabric: dict, frames: int, edge_m: float
) -> tuple[np.ndarray, JobResult]:
    """Positions of a piece of cloth that hangs from its pinned vertices, after some frames."""
    write_job(folder, "cloth", fabric=fabric, frames={"still": frames, "move": 0, "settle": 0}, contact={"self_m": 0.0}, quiet_mm=0.0)
    u, v = vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]]
    area_m2 = 0.5 * np.linalg.norm(np.cross(u, v), axis=1).sum()
    np.savez(folder / "cloth.npz", vertices=vertices, faces=faces, pinned=pinned.astype(float), area_m2=area_m2, edge_m=edge_m)
    result = engine.run(folder)
    with np.load(result.path("settled.npz")) as stored:
        return stored["vertices"], result


@pytest.mark.parametrize("spacing", [0.02, 0.01])
def test_hanging_strip_grows_by_its_weight_over_its_stiffness(engine, tmp_path, spacing):
    # Wide: the two side edges have one spring more than their share of the width.
    flat, faces = sheet(round(0.4 / (spacing * 0.866)) + 1, round(0.24 / spacing) + 1, spacing)
    hanging = np.stack([flat[:, 0], np.zeros(len(flat)), -flat[:, 1]], axis=1)
    top = hanging[:, 2] > -1e-9
    end, result = strip(engine, tmp_path / "strip", hanging, faces, top, FABRIC, 160, spacing)
    length = -hanging[:, 2].min()
    bottom = hanging[:, 2] < -length + 1e-9
    growth = FABRIC["areal_weight_kg_m2"] * GRAVITY * length**2 / (2 * FABRIC["stretch_n_m"])
    assert (hanging[bottom, 2] - end[bottom, 2]).mean() == pytest.approx(growth, rel=0.05)
    assert result.facts["motion_mm"] < 0.05


@pytest.mark.parametrize("spacing", [0.01, 0.006])
def test_cantilever_bends_to_its_bending_length(engine, tmp_path, spacing):
    """ASTM D1388 read backwards: Peirce's formula gives the bending length from the angle of the overhang's chord."""
    bending_length, overhang = 0.02, 0.04
    fabric = FABRIC | {"bending_n_m": FABRIC["areal_weight_kg_m2"] * GRAVITY * bending_length**3, "stretch_n_m": 300.0}
    columns = round((overhang + 2 * spacing) / spacing) + 1
    flat, faces = sheet(9, columns, spacing)
    clamped = flat[:, 0] < 1.6 * spacing  # two columns: they hold the tangent
    edge = 1.25 * spacing  # the last clamped vertex, in the mean of the rows, which are half a spacing apart in turn
    end, _ = strip(engine, tmp_path / "cantilever", flat, faces, clamped, fabric, 250, spacing)
    tip = flat[:, 0] > flat[:, 0].max() - 0.6 * spacing
    length = (flat[tip, 0] - edge).mean()
    angle = np.arctan2(-end[tip, 2].mean(), (end[tip, 0] - edge).mean())
    found = length * (np.cos(angle / 2) / (8 * np.tan(angle))) ** (1 / 3)
    assert found == pytest.approx(bending_length, rel=0.05)


def falling(folder: Path, **more) -> Path:
    """A sheet that falls onto a ball which moves aside by 20 mm."""
    vertices, faces = sheet(15, 15, 0.02)
    start = vertices - [vertices[:, 0].mean(), vertices[:, 1].mean(), 0]
    ball, ball_faces = capsule(0.1, 0.01, (0, 0, -0.115))
    keys = np.stack([ball + np.array([0.02 * t, 0, 0]) for t in (0.0, 0.5, 1.0)])
    request = {
        "fabric": FABRIC, "frames": {"still": 4, "move": 8, "settle": 30}, "colliders": ["ball.npz"], "quiet_mm": 0.0,
    }  # fmt: skip
    write_job(folder, "cloth", **(request | more))
    np.savez(folder / "cloth.npz", vertices=start, faces=faces, area_m2=0.07, edge_m=0.02)
    np.savez(folder / "ball.npz", keys=keys, faces=ball_faces)
    return folder


def test_sheet_falls_on_a_ball_and_not_into_it(engine, tmp_path):
    result = engine.run(falling(tmp_path / "fall"))
    with np.load(result.path("settled.npz")) as stored:
        end, keys = stored["vertices"], stored["keys"]
    assert np.linalg.norm(end - [0.02, 0, -0.12], axis=1).min() > 0.0985
    assert np.linalg.norm(end - [0.02, 0, -0.11], axis=1).min() > 0.0985
    assert end[:, 2].min() < -0.05  # and it does fall
    assert keys.shape == (3, *end.shape)
    np.testing.assert_array_equal(keys[-1], end)
    assert result.facts["frames"] == 43


def test_motion_is_reported_by_frame_and_quiet_cloth_ends_the_job(engine, tmp_path):
    result = engine.run(falling(tmp_path / "quiet", quiet_mm=50.0))
    assert result.facts["frames"] == 4 + 8 + 1 + 10 + 1  # the move, the ramp of the air drag, and one frame
    with np.load(result.path("settled.npz")) as stored:
        assert len(stored["motion_mm"]) == result.facts["frames"]
        assert stored["motion_mm"][-1] == pytest.approx(result.facts["motion_mm"])
    steps = [json.loads(line) for line in (tmp_path / "quiet" / "progress.jsonl").read_text().splitlines()]
    assert [step["fraction"] for step in steps] == sorted(step["fraction"] for step in steps)


def test_cloth_that_flies_apart_is_an_error_and_not_a_look(engine, tmp_path):
    folder = falling(tmp_path / "apart")
    with np.load(folder / "cloth.npz") as stored:
        arrays = dict(stored)
    arrays["vertices"] = arrays["vertices"].copy()
    arrays["vertices"][7] = np.nan
    np.savez(folder / "cloth.npz", **arrays)
    with pytest.raises(StudioError, match="flew apart in frame 1 of"):
        engine.run(folder)


def test_collider_that_is_not_there_is_named(engine, tmp_path):
    with pytest.raises(StudioError, match=r"needs the file 'moon\.npz'"):
        engine.run(falling(tmp_path / "missing", colliders=["moon.npz"]))
