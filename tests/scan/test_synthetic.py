"""The made-up scan is the same for a seed, tells the truth about itself, and is not what a fit could have made itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.body.model import forward, load_body
from studio.frames import METRES_PER_UNIT, apply, world_from_smplx
from studio.mesh.closest import Surface
from studio.scan.readers import read_scan
from studio.scan.synthetic import UNIT, synthesize_scan, write_ply


def test_a_seed_gives_the_same_scan_and_another_seed_another_person(person) -> None:
    again, other = synthesize_scan(seed=3, points=40_000), synthesize_scan(seed=4, points=40_000)
    np.testing.assert_array_equal(again.raw.points, person.raw.points)
    np.testing.assert_array_equal(again.raw.colours, person.raw.colours)
    assert abs(other.stature_m - person.stature_m) > 0.001
    assert np.linalg.norm(other.parameters.betas - person.parameters.betas) > 1


def test_the_points_lie_on_the_true_surface_up_to_the_noise_of_a_scanner(person) -> None:
    world = apply(np.linalg.inv(person.file_from_world), person.raw.points[person.is_body])
    distances = Surface(person.surface_vertices, person.surface_faces).closest(world).distances
    assert 0.0004 < np.median(distances) < 0.0012
    assert np.percentile(distances, 95) < 0.006
    assert 0.001 < (distances > 0.01).mean() < 0.01, "a few miss the surface"


def test_the_file_is_in_its_own_unit_and_axes(person) -> None:
    height = np.ptp(person.raw.points[person.is_body][:, 1]) * METRES_PER_UNIT[UNIT]
    assert abs(height - person.stature_m) < 0.03
    assert 1.5 < person.stature_m < 2.0
    rotation = person.file_from_world[:3, :3] * METRES_PER_UNIT[UNIT]
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)


def test_the_parameters_alone_do_not_give_the_surface(person) -> None:
    """Millimetres of tissue and cloth, half a centimetre of hair: what per-vertex offsets are for. Over the area, for most vertices lie in
    the face and the hands, where there is little of it.
    """
    body = world_from_smplx(forward(load_body("open"), person.parameters).vertices.astype(np.float64))
    corners = person.surface_vertices[person.surface_faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    apart = np.linalg.norm(body - person.surface_vertices, axis=1)[person.surface_faces].mean(axis=1)
    order = np.argsort(apart)
    median = apart[order][np.searchsorted(np.cumsum(area[order]), 0.5 * area.sum())]
    assert 0.002 < median < 0.006
    assert apart.max() > 0.008


def test_the_capture_has_the_holes_that_captures_have(person) -> None:
    world = apply(np.linalg.inv(person.file_from_world), person.raw.points[person.is_body])
    assert world[:, 2].min() > -0.03
    assert ((world[:, 2] < 0.002) & (np.abs(world[:, 2]) < 0.002)).mean() < 0.005, "no soles"
    crown = person.surface_vertices[np.unique(person.surface_faces)]
    crown = crown[crown[:, 2].argmax()]
    near = np.linalg.norm(world - crown, axis=1)
    usual = np.median([np.sort(np.linalg.norm(world - point, axis=1))[10] for point in world[::4000]])
    assert np.sort(near)[10] > 1.5 * usual, "the top of the head is thin"


def test_a_ply_file_gives_the_scan_back(person, tmp_path: Path) -> None:
    write_ply(tmp_path / "person.ply", person.raw)
    raw = read_scan(tmp_path / "person.ply")
    np.testing.assert_array_equal(raw.points, person.raw.points)
    np.testing.assert_array_equal(raw.colours, person.raw.colours)
