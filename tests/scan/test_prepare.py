"""A capture becomes a person who stands in the world frame: what is found, what is taken away, and that the way back is exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.errors import StudioError
from studio.frames import METRES_PER_UNIT, apply, world_from_axes
from studio.mesh.closest import Surface
from studio.scan.prepare import Scan, prepare
from studio.scan.raw import RawScan
from studio.scan.synthetic import FACING, UNIT, UP
from studio.specs.scan import ScanSpec


def world_of(person) -> np.ndarray:
    """Where the points of the made-up capture truly are."""
    return apply(np.linalg.inv(person.file_from_world), person.raw.points)


def kept_points(raw: RawScan, scan: Scan) -> np.ndarray:
    """Which of the file's points a scan kept, found by their exact places in the file."""
    from scipy.spatial import cKDTree

    apart, index = cKDTree(raw.points).query(apply(scan.file_from_world, scan.points))
    assert apart.max() < 1e-9
    mask = np.zeros(len(raw.points), bool)
    mask[index] = True
    return mask


@pytest.fixture(scope="module")
def naked(person) -> np.ndarray:
    """Clean samples of the person's true surface, world frame [m]."""
    from studio.scan.reference import surface_samples

    rng = np.random.default_rng(2)
    points, _ = surface_samples(person.surface_vertices, person.surface_faces, 12_000, rng=rng)
    return points + rng.normal(0, 0.001, points.shape)


# -- what is found ---------------------------------------------------------------------------------------------------------


def test_unit_and_axes_are_found_on_a_turntable_among_strays(scan: Scan) -> None:
    assert (scan.unit, scan.up, scan.facing) == (UNIT, UP, FACING)
    assert scan.metres_per_unit == METRES_PER_UNIT[UNIT]
    assert scan.remarks == (), "no doubts"


def test_the_person_stands_upright_on_the_floor_at_the_origin(person, scan: Scan) -> None:
    true_from_found = np.linalg.inv(person.file_from_world) @ scan.file_from_world
    up, forward = true_from_found[:3, 2], -true_from_found[:3, 1]
    assert np.degrees(np.arccos(up[2])) < 1.0
    assert np.degrees(np.arccos(-forward[1])) < 6.0, "the made-up person is turned by up to 5 degrees against the file's axes"
    assert abs(true_from_found[2, 3]) < 0.001, "the floor was seen: its height is known to a millimetre"
    assert scan.floor
    pelvis = scan.points[np.abs(scan.points[:, 2] / scan.height_m - 0.52) < 0.02]
    assert np.linalg.norm(pelvis[:, :2].mean(axis=0)) < 0.03


def test_the_height_is_the_persons_to_the_accuracy_of_scanners(person, scan: Scan) -> None:
    assert abs(scan.height_m - person.stature_m) < 0.004, "ISO 20685 allows 4 mm for heights"


def test_floor_turntable_and_strays_go_and_the_person_stays(person, scan: Scan) -> None:
    kept = kept_points(person.raw, scan)
    assert kept[person.is_body].mean() > 0.99
    assert kept[~person.is_body].mean() < 0.01
    assert scan.removed == (~kept).sum()


def test_what_is_lost_of_the_person_missed_the_surface_anyway(person, scan: Scan) -> None:
    lost = person.is_body & ~kept_points(person.raw, scan)
    surface = Surface(person.surface_vertices, person.surface_faces)
    assert np.median(surface.closest(world_of(person)[lost]).distances) > 0.01


def test_file_coordinates_come_back_exactly_and_colours_travel_along(person, scan: Scan) -> None:
    kept = kept_points(person.raw, scan)
    np.testing.assert_allclose(apply(scan.file_from_world, scan.points), person.raw.points[kept], atol=1e-9)
    np.testing.assert_array_equal(scan.colours, person.raw.colours[kept])


def test_normals_point_out_of_the_true_surface(person, scan: Scan) -> None:
    true_from_found = np.linalg.inv(person.file_from_world) @ scan.file_from_world
    truth = Surface(person.surface_vertices, person.surface_faces).closest(apply(true_from_found, scan.points)).normals
    cosine = np.einsum("nd,nd->n", scan.normals @ (true_from_found[:3, :3] / np.cbrt(np.linalg.det(true_from_found[:3, :3]))).T, truth)
    np.testing.assert_allclose(np.linalg.norm(scan.normals, axis=1), 1, atol=1e-5)
    assert (cosine > 0).mean() > 0.98
    assert np.median(cosine) > 0.98


@pytest.mark.parametrize(
    ("unit", "up", "facing"),
    [("m", "+z", "-y"), ("mm", "+y", "+z"), ("in", "-y", "-x"), ("cm", "+x", "-z"), ("ft", "-z", "+x"), ("dm", "-x", "+y")],
)
def test_the_same_person_in_any_axes_and_unit_comes_to_the_same_place(unit: str, up: str, facing: str, naked: np.ndarray) -> None:
    file_from_world = world_from_axes(up, facing).T / METRES_PER_UNIT[unit]
    offset = np.array([3.0, -1.0, 2.0]) / METRES_PER_UNIT[unit]
    stored = naked @ file_from_world.T + offset
    scan = prepare(RawScan(stored), ScanSpec(), name="person.ply")
    assert (scan.unit, scan.up, scan.facing) == (unit, up, facing)
    back = apply(np.linalg.inv(scan.file_from_world), stored)
    centred = naked - [*(naked[:, :2] - back[:, :2]).mean(axis=0), np.percentile(naked[:, 2], 0.1)]
    np.testing.assert_allclose(np.median(np.linalg.norm(back - centred, axis=1)), 0, atol=0.001)
    assert np.linalg.norm(back[:, :2].mean(axis=0) - naked[:, :2].mean(axis=0)) < 0.05


def test_a_tilted_capture_is_levelled_by_its_floor(person) -> None:
    tilt = np.radians(14.0)  # a sensor on a tripod that looks down
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    stored = world_of(person) @ about_x.T
    scan = prepare(RawScan(stored, metres_per_unit=1.0), ScanSpec(), name="tilted.pcd")
    up_in_file = np.linalg.inv(scan.file_from_world[:3, :3])[2]
    assert np.degrees(np.arccos(up_in_file @ about_x[:, 2])) < 0.5


def test_a_capture_far_from_its_origin_keeps_its_precision(naked: np.ndarray) -> None:
    far = np.array([512_000.0, 5_400_000.0, 300.0])  # metres of a map grid
    scan = prepare(RawScan(naked + far), ScanSpec(up="+z"), name="map.ply")
    np.testing.assert_allclose(
        np.sort(apply(scan.file_from_world, scan.points) - far, axis=0)[50:-50],
        np.sort(naked, axis=0)[50 : len(scan.points) - 50],
        atol=0.02,
    )
    assert abs(scan.height_m - np.ptp(naked[:, 2])) < 0.01


# -- what can be told ------------------------------------------------------------------------------------------------------


def test_what_is_told_is_taken(naked: np.ndarray) -> None:
    spec = ScanSpec(unit="m", up="+z", facing="-y")
    scan = prepare(RawScan(naked), spec, name="person.ply")
    np.testing.assert_array_equal(scan.file_from_world[:3, :3], np.eye(3))
    assert (scan.up_confidence, scan.facing_confidence) == (1.0, 1.0)
    turned = prepare(RawScan(naked), replace_facing(spec, "+y"), name="person.ply")
    np.testing.assert_allclose(turned.file_from_world[:3, :3], np.diag([-1.0, -1.0, 1.0]), atol=1e-12)
    assert turned.facing == "+y"


def replace_facing(spec: ScanSpec, facing: str) -> ScanSpec:
    return spec.model_copy(update={"facing": facing})


def test_keep_all_keeps_every_finite_point_in_the_same_frame(person, scan: Scan) -> None:
    holes = person.raw.points.copy()
    holes[::1000] = np.nan
    everything = prepare(replace(person.raw, points=holes), ScanSpec(keep_all=True), name="person.ply")
    finite = np.isfinite(holes).all(axis=1)
    np.testing.assert_allclose(apply(everything.file_from_world, everything.points), holes[finite], atol=1e-9)
    assert everything.removed == 0
    apart = apply(np.linalg.inv(scan.file_from_world) @ everything.file_from_world, np.zeros(3))
    assert np.linalg.norm(apart) < 0.001
    assert abs(everything.height_m - scan.height_m) < 0.002


def test_a_file_without_a_unit_says_what_to_do_and_that_works(naked: np.ndarray) -> None:
    raw = RawScan(naked / naked[:, 2].max() * 0.9)
    with pytest.raises(StudioError, match="say --unit") as caught:
        prepare(raw, ScanSpec(), name="normalised.obj")
    metres = str(caught.value).split("--unit ")[2].split()[0]
    scan = prepare(raw, ScanSpec(unit=metres), name="normalised.obj")
    assert abs(scan.height_m - 1.70) < 0.02
    assert scan.unit == metres


# -- meshes and parts ------------------------------------------------------------------------------------------------------


def test_a_mesh_keeps_its_triangles_loses_its_floor_and_is_turned_outward(person) -> None:
    side = np.linspace(-1.2, 1.2, 40)
    x, y = np.meshgrid(side, side, indexing="ij")
    floor = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    corner = np.arange(x.size).reshape(x.shape)
    quads = np.stack([corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]], axis=-1).reshape(-1, 4)
    bodies = len(person.surface_vertices)
    floor_faces = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]) + bodies
    vertices = np.concatenate([person.surface_vertices, floor])
    faces = np.concatenate([person.surface_faces[:, ::-1], floor_faces])  # inside out, as some exporters write it
    scan = prepare(RawScan(vertices, faces=faces), ScanSpec(), name="mesh.obj")
    used = len(np.unique(person.surface_faces))
    assert 0.99 * used < len(scan.points)
    back = apply(scan.file_from_world, scan.points)
    assert (np.abs(back[:, 2]) < 0.002).sum() < 0.02 * len(back)
    volume = (
        np.einsum("fd,fd->f", scan.points[scan.faces[:, 0]], np.cross(scan.points[scan.faces[:, 1]], scan.points[scan.faces[:, 2]])).sum()
        / 6
    )
    assert 0.04 < volume < 0.15, "positive: outward"
    truth = Surface(person.surface_vertices, person.surface_faces).closest(back).normals @ scan.file_from_world[:3, :3]
    assert (np.einsum("nd,nd->n", scan.normals, truth) > 0).mean() > 0.98


def test_half_a_body_is_accepted_and_stands_on_its_lowest_point(naked: np.ndarray) -> None:
    top = naked[:, 2].max()
    upper = naked[naked[:, 2] > 0.5 * top]
    scan = prepare(RawScan(upper[:, [0, 2, 1]] * [1, 1, -1], metres_per_unit=1.0), ScanSpec(), name="upper.glb")
    assert (scan.unit, scan.up, scan.facing) == ("m", "+y", "+z")
    assert abs(scan.height_m - 0.5 * top) < 0.02
    assert "part of a person" in " ".join(scan.remarks)


# -- what is no person -----------------------------------------------------------------------------------------------------


def box(count: int, size: tuple[float, float, float], centre: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    points = rng.uniform(-0.5, 0.5, (count, 3))
    face = rng.integers(0, 3, count)
    points[np.arange(count), face] = np.sign(points[np.arange(count), face]) * 0.5
    return points * size + centre


def things(rng: np.random.Generator) -> dict[str, np.ndarray]:
    ball = rng.normal(size=(6000, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    car = [box(4000, (4.4, 1.7, 0.7), (0, 0, 0.6), rng), box(2500, (2.2, 1.5, 0.6), (-0.2, 0, 1.2), rng)]
    return {
        "sphere": ball,
        "cube": box(6000, (1, 1, 1), (0, 0, 0), rng),
        "wardrobe": box(6000, (0.5, 0.3, 1.75), (0, 0, 0), rng),
        "pill": ball * [0.2, 0.15, 0.87],
        "car": np.concatenate(car),
        "line": np.outer(np.linspace(0, 1.8, 3000), [0, 0, 1.0]) + rng.normal(0, 0.001, (3000, 3)),
    }


@pytest.mark.parametrize("name", ["sphere", "cube", "wardrobe", "pill", "car", "line"])
def test_what_is_no_person_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(StudioError) as caught:
        prepare(RawScan(things(np.random.default_rng(1))[name]), ScanSpec(), name=f"{name}.ply")
    text = str(caught.value)
    assert text.startswith(f"{name}.ply ")
    assert text.endswith(".")
    assert "\n" not in text


def test_points_that_are_no_numbers_or_all_one_are_refused() -> None:
    with pytest.raises(StudioError, match="finite"):
        prepare(RawScan(np.full((1000, 3), np.nan)), ScanSpec(), name="nan.ply")
    with pytest.raises(StudioError, match="one place"):
        prepare(RawScan(np.ones((1000, 3))), ScanSpec(), name="one.ply")


def test_preparing_twice_gives_the_same_bytes(person, scan: Scan) -> None:
    again = prepare(person.raw, ScanSpec(), name="person.ply")
    for name in ("points", "normals", "colours", "file_from_world"):
        np.testing.assert_array_equal(getattr(again, name), getattr(scan, name))
