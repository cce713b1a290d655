"""The small tools of the scan room: thinning, parts, planes and normals, against slow twins and shapes that are known."""

from __future__ import annotations

import numpy as np
import pytest

from studio.scan.normals import cloud_normals, local_normals, mesh_normals, seen_side
from studio.scan.planes import find_plane, occupied_area
from studio.scan.sampling import components, spacing, thin, thin_to


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def ball(count: int, rng: np.random.Generator) -> np.ndarray:
    points = rng.normal(size=(count, 3))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


# -- thinning --------------------------------------------------------------------------------------------------------------


def test_thinning_keeps_the_first_point_of_each_cell(rng: np.random.Generator) -> None:
    points, cell = rng.uniform(-3, 5, (3000, 3)), 0.7
    first: dict[tuple[int, ...], int] = {}
    owner = [first.setdefault(tuple(np.floor((p - points.min(axis=0)) / cell).astype(int)), i) for i, p in enumerate(points)]
    result = thin(points, cell)
    np.testing.assert_array_equal(result.chosen, sorted(first.values()))
    np.testing.assert_array_equal(result.chosen[result.cell_of], owner)


def test_thinning_to_a_count_obeys_it_and_leaves_no_part_out(rng: np.random.Generator) -> None:
    points = np.concatenate([ball(20_000, rng), ball(50, rng) * 0.05 + 4])
    result = thin_to(points, 1500)
    assert 500 < len(result.chosen) <= 1500
    # grids are nested loosely: a point is at most two cells from the one that stands for it
    gaps = np.linalg.norm(points - points[result.chosen][result.cell_of], axis=1)
    assert gaps.max() <= 2 * np.sqrt(3) * result.cell + 1e-12, (
        "grids are nested loosely: a point is at most two cells from the one that stands for it"
    )


def test_parts_are_those_of_a_slow_flood_fill(rng: np.random.Generator) -> None:
    points, cell = rng.uniform(0, 10, (250, 3)), 1.1
    grid = [tuple(index) for index in np.floor((points - points.min(axis=0)) / cell).astype(int)]
    label, parts = {}, 0
    for start in grid:
        if start in label:
            continue
        stack = [start]
        while stack:
            at = stack.pop()
            if at in label or at not in grid:
                continue
            label[at] = parts
            stack += [(at[0] + x, at[1] + y, at[2] + z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)]
        parts += 1
    found = components(points, cell)
    slow = np.array([label[index] for index in grid])
    assert len({*zip(found.tolist(), slow.tolist(), strict=True)}) == parts == found.max() + 1
    assert (np.diff(np.bincount(found)) <= 0).all(), "largest first"


def test_spacing_is_the_side_of_a_lattice() -> None:
    lattice = np.stack(np.meshgrid(*[np.arange(12)] * 3), axis=-1).reshape(-1, 3) * 0.25
    assert spacing(lattice) == pytest.approx(0.25)


# -- planes ----------------------------------------------------------------------------------------------------------------


def test_a_plane_is_found_among_as_many_outliers(rng: np.random.Generator) -> None:
    normal = np.array([1.0, 2.0, -2.0]) / 3
    flat = rng.uniform(-1, 1, (2000, 3))
    flat += np.outer(0.4 - flat @ normal, normal) + np.outer(rng.normal(0, 0.001, 2000), normal)
    cloud = np.concatenate([flat, rng.uniform(-1, 1, (2000, 3))])
    plane = find_plane(cloud, 0.005, rng=rng)
    assert abs(plane.normal @ normal) > np.cos(np.radians(0.1))
    assert abs(abs(plane.offset) - 0.4) < 0.0005
    assert plane.on[:2000].mean() > 0.99


def test_a_bounding_plane_has_nothing_beyond_it(rng: np.random.Generator) -> None:
    """The largest plane cuts through a cross; the one that bounds it is another."""
    middle = np.column_stack([rng.uniform(-1, 1, (3000, 2)), np.zeros(3000)])
    floor = np.column_stack([rng.uniform(-1, 1, (900, 2)), np.full(900, -1.0)])
    above = rng.uniform([-0.2, -0.2, 0], [0.2, 0.2, 1.0], (1500, 3))
    cloud = np.concatenate([middle, floor, above])
    assert abs(find_plane(cloud, 0.01, rng=rng).offset) < 0.01
    assert abs(find_plane(cloud, 0.01, rng=rng, most_beyond=0.02).offset) == pytest.approx(1.0, abs=0.01)


def test_the_area_of_a_shadow_is_that_of_the_shape(rng: np.random.Generator) -> None:
    slab = rng.uniform([0, 0, 0], [2, 1.5, 0.1], (40_000, 3))
    assert occupied_area(slab, np.array([0, 0, 1.0]), 0.05) == pytest.approx(3.0, rel=0.06)


# -- normals ---------------------------------------------------------------------------------------------------------------


def test_local_normals_of_a_sphere_are_its_radii(rng: np.random.Generator) -> None:
    points = ball(4000, rng)
    assert np.abs(np.einsum("nd,nd->n", local_normals(points), points)).min() > 0.97


def test_the_outside_is_what_can_be_seen_even_through_a_hole(rng: np.random.Generator) -> None:
    points = ball(6000, rng)
    points = points[points[:, 2] < 0.95]  # an open top, as heads have
    normals = points * rng.choice([-1.0, 1.0], (len(points), 1))
    side = np.sign(seen_side(points, normals, spacing(points)))
    assert (side == np.sign(np.einsum("nd,nd->n", normals, points))).mean() > 0.97


def test_cloud_normals_are_outward_on_two_nested_limbs(rng: np.random.Generator) -> None:
    """An arm beside a trunk: a centroid rule would turn the arm's inner side the wrong way."""
    angle, height = rng.uniform(0, 2 * np.pi, (2, 9000)), rng.uniform(0, 0.6, (2, 9000))
    outward = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)
    radius = np.array([[0.15], [0.05]])
    points = outward * radius[..., None] + np.stack([np.array([[0.0], [0.24]]) + 0 * height, 0 * height, height], axis=-1)
    normals = cloud_normals(points.reshape(-1, 3), lambda near: np.zeros_like(near))
    assert (np.einsum("nd,nd->n", normals, outward.reshape(-1, 3)) > 0).mean() > 0.99


def test_a_sheet_that_is_seen_from_both_sides_follows_the_hint(rng: np.random.Generator) -> None:
    sheet = np.column_stack([rng.uniform(0, 0.4, (5000, 2)), np.zeros(5000)])
    for sign in (1.0, -1.0):
        normals = cloud_normals(sheet, lambda near, sign=sign: np.broadcast_to([0, 0, sign], near.shape))
        assert (normals[:, 2] * sign > 0.9).all()


def test_mesh_normals_do_not_break_at_a_seam() -> None:
    roof = np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 1], [1, 1, 0], [-1, 0, 0], [-1, 1, 0]])
    points = np.concatenate([roof[[0, 1, 2, 3]], roof[[0, 2, 4, 5]]])  # the ridge is stored twice
    faces = np.array([[0, 1, 3], [0, 3, 2], [4, 5, 7], [4, 7, 6]])
    normals = mesh_normals(points, faces)
    np.testing.assert_allclose(normals[[0, 4]], [[0, 0, 1], [0, 0, 1]], atol=1e-12)
