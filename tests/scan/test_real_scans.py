"""Real captures: noisy, clothed, cut off, in a room. What a person sees in them must be found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.frames import apply
from studio.scan.prepare import Scan, prepare
from studio.scan.readers import read_scan
from studio.specs.scan import ScanSpec

pytestmark = pytest.mark.shared_data


def read(path: Path) -> tuple[np.ndarray, Scan]:
    raw = read_scan(path)
    return raw.points, prepare(raw, ScanSpec(), name=path.name)


def degrees_between(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def axes_in_file(scan: Scan) -> np.ndarray:
    """Columns: the subject's left, back and up, in file coordinates."""
    return scan.file_from_world[:3, :3]


@pytest.mark.parametrize(("name", "stature"), [("smpl_man_tpose", 1.791), ("smpl_woman_tpose", 1.658), ("smplx_neutral_tpose", 1.721)])
def test_bodies_of_another_model_family_are_read_exactly(name: str, stature: float, shared_data: Path) -> None:
    points, scan = read(shared_data / "bodies" / f"{name}.obj")
    assert (scan.unit, scan.up, scan.facing) == ("m", "+y", "+z")
    assert scan.height_m == pytest.approx(stature, abs=0.001)
    np.testing.assert_allclose(apply(scan.file_from_world, scan.points), points, atol=1e-12)


@pytest.mark.parametrize("name", ["20190823_020756", "20190823_030127"])
def test_a_fused_depth_scan_of_a_clothed_person_is_read(name: str, shared_data: Path) -> None:
    """The sensor looked down by 13.5 degrees, says the first line of the joints file; the joints give the facing."""
    folder = shared_data / "scans" / "kinect_fusion"
    rows = [line.split(",") for line in (folder / f"{name}_joints.csv").read_text().splitlines()[1:]]
    joints = {row[0]: np.array([float(value) for value in row[1:4]]) for row in rows}
    points, scan = read(folder / f"{name}.pcd")
    assert (scan.unit, scan.up, scan.facing) == ("m", "+y", "+z")
    tilt = np.radians(joints["Degree"][0])
    assert degrees_between(axes_in_file(scan)[:, 2], np.array([0, np.cos(tilt), -np.sin(tilt)])) < 7
    assert degrees_between(axes_in_file(scan)[:, 0], joints["ShoulderLeft"] - joints["ShoulderRight"]) < 15
    assert 1.5 < scan.height_m < 1.8, "without the top of the head and the feet"
    assert len(scan.points) > 0.95 * len(points)


def test_remains_of_the_floor_are_taken_from_a_fused_scan(shared_data: Path) -> None:
    points, scan = read(shared_data / "scans" / "kinect_fusion" / "20190823_030127.pcd")
    stray = points[(points[:, 1] < -0.93) & (points[:, 2] > -1.75)]  # in front of the feet, seen in the raw file
    kept = {tuple(point) for point in np.round(apply(scan.file_from_world, scan.points), 6)}
    assert len(stray) > 500
    assert np.mean([tuple(point) in kept for point in np.round(stray, 6)]) < 0.1


def test_a_person_is_found_in_one_depth_frame_of_a_room(shared_data: Path) -> None:
    """Head and shoulders in profile, 1.5 m in front of shelves and a wall; y down, z away from the sensor."""
    points, scan = read(shared_data / "scans" / "depth_frame" / "person.pcd")
    assert (scan.unit, scan.up, scan.facing) == ("m", "-y", "+x")
    back = apply(scan.file_from_world, scan.points)
    assert back[:, 2].max() < 1.3, "nothing of the room"
    bust = np.isfinite(points).all(axis=1) & (points[:, 2] < 1.2) & (points[:, 0] < 0.25) & (points[:, 0] > -0.4)
    assert len(back) > 0.97 * bust.sum()
    assert 0.3 < scan.height_m < 0.7
    towards_sensor = np.einsum("nd,nd->n", scan.normals @ axes_in_file(scan).T, -back)
    assert (towards_sensor > 0).mean() > 0.93, "one view sees outsides only"
