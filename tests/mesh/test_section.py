"""Plane sections against closed forms."""

import numpy as np
import pytest
import trimesh

from studio.mesh.section import convex_hull, flattened, section, tape_length

UP = np.array([0.0, 0.0, 1.0])


def torus(major=1.0, minor=0.3, around=256, section_count=128):
    u, v = np.meshgrid(np.arange(around), np.arange(section_count), indexing="ij")
    a, b = 2 * np.pi * u / around, 2 * np.pi * v / section_count
    r = major + minor * np.cos(b)
    vertices = np.stack([r * np.cos(a), r * np.sin(a), minor * np.sin(b)], axis=-1).reshape(-1, 3)

    def index(i, j):
        return (i % around) * section_count + j % section_count

    quads = np.stack([index(u, v), index(u + 1, v), index(u + 1, v + 1), index(u, v + 1)], axis=-1).reshape(-1, 4)
    return vertices, np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


@pytest.mark.parametrize("height", [0.0, 0.3, -0.77])
def test_a_sphere_is_cut_in_one_circle(height):
    sphere = trimesh.creation.icosphere(subdivisions=5)
    (loop,) = section(sphere.vertices, sphere.faces, origin=[0, 0, height], normal=UP)
    assert loop.closed
    radius = np.sqrt(1 - height**2)
    assert loop.length == pytest.approx(2 * np.pi * radius, rel=1e-3)
    assert tape_length(loop.points, UP) == pytest.approx(loop.length, rel=1e-4)
    assert np.allclose(loop.points[:, 2], height, atol=1e-12)


def test_a_tilted_cut_of_a_cylinder_is_an_ellipse():
    cylinder = trimesh.creation.cylinder(radius=0.5, height=6, sections=400)
    tilt = np.radians(40)
    normal = np.array([np.sin(tilt), 0, np.cos(tilt)])
    (loop,) = section(cylinder.vertices, cylinder.faces, origin=[0, 0, 0.1], normal=normal)
    a, b = 0.5 / np.cos(tilt), 0.5
    t = np.linspace(0, 2 * np.pi, 200_001)
    perimeter = np.linalg.norm(np.diff(np.stack([a * np.cos(t), b * np.sin(t)], axis=1), axis=0), axis=1).sum()
    assert tape_length(loop.points, normal) == pytest.approx(perimeter, rel=2e-4)


def test_a_torus_is_cut_in_two_circles_and_the_tape_bridges_its_hole():
    vertices, faces = torus()
    outer, inner = sorted(section(vertices, faces, origin=[0, 0, 0.1], normal=UP), key=lambda loop: -loop.length)
    half = np.sqrt(0.3**2 - 0.1**2)
    assert outer.length == pytest.approx(2 * np.pi * (1 + half), rel=1e-3)
    assert inner.length == pytest.approx(2 * np.pi * (1 - half), rel=1e-3)
    across = section(vertices, faces, origin=[0.9, 0, 0], normal=[1, 0, 0])  # through the tube's hollow side: a peanut
    points = np.concatenate([loop.points for loop in across])
    assert tape_length(points, [1, 0, 0]) < sum(loop.length for loop in across)


def test_outer_contours_run_counter_clockwise_and_holes_clockwise():
    vertices, faces = torus()
    areas = []
    for loop in section(vertices, faces, origin=[0, 0, 0.01], normal=UP):
        x, y = flattened(loop.points, UP).T
        areas.append(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    assert sorted(np.sign(areas)) == [-1, 1]
    assert max(areas, key=abs) > 0


def test_the_length_does_not_depend_on_frame_or_density():
    rng = np.random.default_rng(5)
    coarse, fine = (trimesh.creation.icosphere(subdivisions=n) for n in (4, 6))
    rotation = trimesh.transformations.random_rotation_matrix(rng.random(3))[:3, :3]
    lengths = []
    for mesh in (coarse, fine):
        moved = mesh.vertices * [1.0, 0.7, 1.3] @ rotation.T + [3.0, -2.0, 5.0]
        (loop,) = section(moved, mesh.faces, origin=[3.0, -2.0, 5.0], normal=rotation @ UP)
        lengths.append(tape_length(loop.points, rotation @ UP))
    assert lengths[0] == pytest.approx(lengths[1], rel=2e-3)


def test_a_plane_through_vertices_still_gives_closed_loops():
    box = trimesh.creation.box(extents=(1, 1, 1)).subdivide().subdivide()  # has vertices at z = 0
    (loop,) = section(box.vertices, box.faces, origin=[0, 0, 0], normal=UP)
    assert loop.closed
    assert tape_length(loop.points, UP) == pytest.approx(4.0, abs=1e-9)


def test_a_mesh_with_a_border_gives_an_open_chain():
    sphere = trimesh.creation.icosphere(subdivisions=4)
    half = sphere.faces[sphere.triangles_center[:, 0] > 0]
    (chain,) = section(sphere.vertices, half, origin=[0, 0, 0.05], normal=UP)
    assert not chain.closed
    assert chain.length == pytest.approx(np.pi * np.sqrt(1 - 0.05**2), rel=0.03)


def test_a_plane_that_misses_gives_nothing():
    sphere = trimesh.creation.icosphere(subdivisions=2)
    assert section(sphere.vertices, sphere.faces, origin=[0, 0, 2], normal=UP) == ()


def test_the_hull_agrees_with_scipy():
    from scipy.spatial import ConvexHull

    points = np.random.default_rng(2).normal(size=(300, 2))
    ours, theirs = convex_hull(points), ConvexHull(points)
    assert {tuple(p) for p in ours} == {tuple(p) for p in points[theirs.vertices]}
    assert np.linalg.norm(ours - np.roll(ours, -1, axis=0), axis=1).sum() == pytest.approx(theirs.area)
