"""Pictures of meshes and clouds against geometry that is known, and against slow rasterisers."""

from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.closest import Surface
from studio.mesh.picture import (
    CLAY,
    SAMPLES,
    cloud_layer,
    linear_from_srgb,
    mesh_layer,
    on_ground,
    shaded,
    splat_spacing,
    srgb_from_linear,
)
from studio.mesh.view import SIDES, View, frame, view_axes
from tests.mesh.test_closest import sphere

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (20, 160, 40)


def view(azimuth_deg: float = 0.0, *, pixel_m: float = 0.02, size_px: tuple[int, int] = (120, 120), centre=(0.0, 0.0, 0.0)) -> View:
    return View(azimuth_deg, np.array(centre, dtype=float), pixel_m, size_px)


def sphere_points(count: int, *, radius: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over a sphere, and their normals."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    normals = np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)
    return radius * normals, normals


def area(picture: np.ndarray, pixel_m: float) -> float:
    return float(picture[..., 3].sum() / 255 * pixel_m**2)


def test_a_sphere_covers_the_area_of_its_circle():
    drawn = shaded(mesh_layer(view(), Surface(*sphere(80))))
    assert area(drawn, 0.02) == pytest.approx(np.pi, rel=0.002)


def test_the_nearest_surface_of_a_sphere_is_where_its_equation_says():
    layer = mesh_layer(view(), Surface(*sphere(200)))
    rows, columns = np.nonzero(layer.shown)
    x, z = (columns + 0.5 - 120) * 0.01, (120 - rows - 0.5) * 0.01
    well_inside = x * x + z * z < 0.9
    truth = np.sqrt(1 - x[well_inside] ** 2 - z[well_inside] ** 2)
    np.testing.assert_allclose(layer.nearness[rows, columns][well_inside], truth, atol=3e-4)
    normals = layer.normals[rows, columns][well_inside]
    np.testing.assert_allclose(normals, np.stack([x[well_inside], z[well_inside], truth], axis=1), atol=0.01)


def slow_nearness(looking: View, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Every sample against every triangle, by barycentric coordinates in the picture."""
    fine = looking.finer(SAMPLES)
    width, height = fine.size_px
    flat = fine.project(vertices)
    found = np.full((height, width), -np.inf)
    for row in range(height):
        for column in range(width):
            for a, b, c in flat[faces]:
                edges = np.array([[b[0] - a[0], c[0] - a[0]], [b[1] - a[1], c[1] - a[1]]])
                if abs(np.linalg.det(edges)) < 1e-12:
                    continue
                u, v = np.linalg.solve(edges, [column + 0.5 - a[0], row + 0.5 - a[1]])
                if u >= 0 and v >= 0 and u + v <= 1:
                    found[row, column] = max(found[row, column], a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2]))
    return found


@pytest.mark.parametrize("azimuth_deg", [0.0, 130.0])
def test_of_triangles_in_disorder_each_sample_shows_the_nearest(azimuth_deg):
    rng = np.random.default_rng(8)
    vertices, faces = rng.uniform(-0.6, 0.6, (18, 3)), np.array([rng.choice(18, 3, replace=False) for _ in range(12)])
    looking = view(azimuth_deg, pixel_m=0.08, size_px=(14, 18))
    layer = mesh_layer(looking, Surface(vertices, faces))
    truth = slow_nearness(looking, vertices, faces)
    agree = layer.shown == np.isfinite(truth)
    assert agree.mean() > 0.995  # a ray along an edge may go either way
    both = layer.shown & np.isfinite(truth)
    np.testing.assert_allclose(layer.nearness[both], truth[both], atol=1e-5)


def test_what_is_in_front_hides_what_is_behind_from_every_side():
    small, big = sphere(24, radius=0.3, centre=(0.0, -1.0, 0.0)), sphere(24, radius=0.6)
    vertices, faces = np.concatenate([small[0], big[0]]), np.concatenate([small[1], big[1] + len(small[0])])
    colours = np.concatenate([np.tile(RED, (len(small[0]), 1)), np.tile(BLUE, (len(big[0]), 1))]).astype(np.uint8)
    for azimuth_deg, middle in ((0.0, RED), (180.0, BLUE)):
        drawn = shaded(mesh_layer(view(azimuth_deg), Surface(vertices, faces), colours=colours), relief=0)
        assert tuple(drawn[60, 60, :3]) == middle
        assert tuple(drawn[60 - 22, 60, :3]) == BLUE  # above the small sphere the big one shows from both sides
        points = np.concatenate([sphere_points(4000, radius=0.3)[0] + (0, -1, 0), sphere_points(9000, radius=0.6)[0]])
        normals = np.concatenate([sphere_points(4000)[1], sphere_points(9000)[1]])
        of_points = np.concatenate([np.tile(RED, (4000, 1)), np.tile(BLUE, (9000, 1))]).astype(np.uint8)
        cloud = shaded(cloud_layer(view(azimuth_deg), points, normals, spacing_m=0.025, colours=of_points), relief=0)
        assert tuple(cloud[60, 60, :3]) == middle
        assert tuple(cloud[60 - 22, 60, :3]) == BLUE


@pytest.mark.parametrize(
    ("side", "left_colour", "right_colour"),
    [("front", RED, BLUE), ("back", BLUE, RED), ("left", BLUE, BLUE), ("right", RED, RED)],
)
def test_sides_are_the_subjects_own(side, left_colour, right_colour):
    vertices, faces = sphere(40)
    colours = np.where(vertices[:, :1] > 0, BLUE, RED).astype(np.uint8)  # +x is the subject's left: blue
    drawn = shaded(mesh_layer(view(SIDES[side]), Surface(vertices, faces), colours=colours), relief=0)
    assert tuple(drawn[60, 60 - 20, :3]) == left_colour
    assert tuple(drawn[60, 60 + 20, :3]) == right_colour


def test_up_is_up_and_a_vertex_has_its_colour_at_its_place():
    vertices = np.array([[-0.8, 0.0, -0.8], [0.8, 0.0, -0.8], [0.0, 0.0, 0.8]])
    colours = np.array([RED, BLUE, GREEN], dtype=np.uint8)
    looking = view()
    drawn = shaded(mesh_layer(looking, Surface(vertices, [[0, 1, 2]]), colours=colours), relief=0)
    for place, colour in zip(looking.project(0.96 * vertices + 0.04 * vertices.mean(axis=0)), colours, strict=True):
        found = drawn[int(place[1]), int(place[0])]
        assert found[3] == 255
        assert np.abs(found[:3].astype(int) - colour).max() < 32  # 4 % of the way to the middle, in linear light
    middle = looking.project(vertices.mean(axis=0, keepdims=True))[0]
    mixed = srgb_from_linear(linear_from_srgb(colours).mean(axis=0))
    assert np.abs(drawn[int(middle[1]), int(middle[0]), :3].astype(int) - mixed).max() <= 3


def test_a_cloud_lies_on_the_mesh_that_it_was_taken_from():
    points, normals = sphere_points(20_000)
    spacing = splat_spacing(points)
    assert spacing == pytest.approx(np.sqrt(4 * np.pi / 20_000), rel=0.1)
    mesh, cloud = shaded(mesh_layer(view(), Surface(*sphere(80)))), shaded(cloud_layer(view(), points, normals, spacing_m=spacing))
    assert np.pi < area(cloud, 0.02) < np.pi * (1 + 1.2 * spacing + 0.01) ** 2  # splats reach over the edge by their radius
    inner = mesh[..., 3] == 255
    assert (cloud[..., 3][inner] == 255).all()  # without holes
    rows, columns = np.mgrid[:120, :120] - 59.5
    face_on = rows**2 + columns**2 < 43**2
    assert np.abs(mesh[face_on, :3].astype(int) - cloud[face_on, :3]).mean() < 5  # in the same light; discs are flat, the sphere is not


def test_a_cloud_is_drawn_as_a_slow_splatter_draws_it():
    rng = np.random.default_rng(4)
    points, spacing, sample_m = rng.uniform(-0.5, 0.5, (60, 3)), 0.06, 0.05 / SAMPLES
    normals = rng.normal((0, -1, 0), 0.4, (60, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    looking = view(pixel_m=0.05, size_px=(30, 30))
    layer = cloud_layer(looking, points, normals, spacing_m=spacing)
    flat, radius = looking.finer(SAMPLES).project(points), 1.2 * spacing / sample_m
    facing = normals @ looking.axes.T
    for row in range(60):
        for column in range(60):
            right, down = column - np.floor(flat[:, 0]), row - np.floor(flat[:, 1])
            over = np.flatnonzero((right**2 + down**2 <= radius**2) & (facing[:, 2] > -0.2))
            if not len(over):
                assert not layer.shown[row, column]
                continue
            over = over[flat[over, 2] > flat[over, 2].max() - 3 * spacing]
            weight = 1 / (0.5 + right[over] ** 2 + down[over] ** 2) ** 2
            steep = np.maximum(facing[over, 2], 0.25)
            near = flat[over, 2] - (facing[over, 0] * right[over] - facing[over, 1] * down[over]) * sample_m / steep
            normal = weight @ facing[over]
            assert layer.nearness[row, column] == pytest.approx(weight @ near / weight.sum(), abs=1e-4)
            np.testing.assert_allclose(layer.normals[row, column], normal / np.linalg.norm(normal), atol=1e-4)


def test_points_that_face_away_are_not_seen():
    points, normals = sphere_points(3000)
    half = points[:, 1] > 0.3  # the side away from a viewer in front
    layer = cloud_layer(view(), points[half], normals[half], spacing_m=0.05)
    assert not layer.shown.any()


def test_the_inside_of_a_mesh_is_told_from_its_outside():
    vertices, faces = sphere(30)
    away = faces[vertices[faces].mean(axis=1)[:, 1] > 0]  # an open bowl, its hollow towards the viewer in front
    front = shaded(mesh_layer(view(0), Surface(vertices, away)), relief=0)
    back = shaded(mesh_layer(view(180), Surface(vertices, away)), relief=0)
    assert tuple(back[60, 60, :3]) == CLAY
    assert front[60, 60, :3].max() < 140


def test_light_comes_from_the_upper_left_and_a_crease_is_darker_than_a_plain():
    drawn = shaded(mesh_layer(view(), Surface(*sphere(60))))[..., :3].astype(float).mean(axis=2)
    assert drawn[40, 40] > drawn[60, 60] > drawn[80, 80]
    left, right = sphere(60, radius=0.5, centre=(-0.45, 0, 0)), sphere(60, radius=0.5, centre=(0.45, 0, 0))
    both = Surface(np.concatenate([left[0], right[0]]), np.concatenate([left[1], right[1] + len(left[0])]))
    looking = view(pixel_m=0.004, size_px=(400, 300))
    alone, together = shaded(mesh_layer(looking, Surface(*left))), shaded(mesh_layer(looking, both))
    crease = int(200 - 0.012 / 0.004)
    assert together[150, crease, 0] < 0.9 * alone[150, crease, 0]


def test_views_of_one_frame_have_one_scale_and_show_everything():
    rng = np.random.default_rng(2)
    scan, twin = rng.normal((2, 1, 0), (0.3, 0.1, 0.5), (500, 3)), rng.normal((2, 1, 0.2), (0.2, 0.3, 0.4), (400, 3))
    views = frame([scan, twin], height_px=300)
    assert [each.azimuth_deg for each in views] == list(SIDES.values())
    assert len({each.pixel_m for each in views}) == 1
    for each in views:
        width, height = each.size_px
        places = each.project(np.concatenate([scan, twin]))
        assert height == 300
        assert places[:, :2].min() > 0
        assert (places[:, 0] < width).all()
        assert (places[:, 1] < height).all()
        assert places[:, 1].min() == pytest.approx(0.025 * 300, abs=0.5)
    front, _, back, _ = views
    mirrored = front.size_px[0] - front.project(scan)[:, 0]
    np.testing.assert_allclose(back.project(scan)[:, 0], mirrored, atol=1e-6)
    with pytest.raises(ValueError, match="at least one point"):
        frame([np.zeros((0, 3))], height_px=100)


def test_axes_of_a_view_are_a_right_handed_frame_that_looks_at_the_subject():
    for azimuth_deg in (0, 37, 90, 211):
        axes = view_axes(azimuth_deg)
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1)
    np.testing.assert_allclose(view_axes(0)[2], [0, -1, 0], atol=1e-12)  # the subject faces -y, so that is where the viewer stands
    np.testing.assert_allclose(view_axes(90)[2], [1, 0, 0], atol=1e-12)  # +x is the subject's left


def test_every_grey_survives_the_way_to_linear_light_and_back():
    greys = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(srgb_from_linear(linear_from_srgb(greys)), greys)


def test_on_its_ground_a_picture_keeps_what_is_solid():
    drawn = shaded(mesh_layer(view(), Surface(*sphere(30))))
    laid = on_ground(drawn, (244, 244, 242))
    assert tuple(laid[0, 0]) == (244, 244, 242)
    np.testing.assert_array_equal(laid[drawn[..., 3] == 255], drawn[drawn[..., 3] == 255][:, :3])
