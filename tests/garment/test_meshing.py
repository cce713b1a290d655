"""Meshes of patterns: they fill the panels exactly, are uniform, sewn pair by pair, and the same every time."""

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.catalog import draft, garment_names, load_garment
from studio.garment.curves import Arc, Line
from studio.garment.meshing import mesh_pattern, weld
from studio.garment.pattern import Edge, Panel, Pattern, Seam, signed_area
from tests.garment.test_pattern import BACK, FRONT, SQUARE, polygon_panel

H = 0.015


@pytest.fixture(scope="session")
def meshes():
    """Pattern and mesh of every garment at size M."""
    patterns = {name: draft(load_garment(name), size="M") for name in garment_names()}
    return {name: (pattern, mesh_pattern(pattern, edge_length_m=H)) for name, pattern in patterns.items()}


def smallest_angles(mesh):
    corners = mesh.flat_m[mesh.faces]
    angles = []
    for k in range(3):
        u, v = corners[:, (k + 1) % 3] - corners[:, k], corners[:, (k + 2) % 3] - corners[:, k]
        cosine = (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
        angles.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.min(angles, axis=0)


def boundary_area(mesh, index):
    """Area inside the border of one panel's triangles, by the shoelace formula over its directed border."""
    faces = mesh.faces[mesh.panel == index]
    sides = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    directed = {tuple(side) for side in sides.tolist()}
    border = np.array([side for side in directed if side[::-1] not in directed])
    (x0, y0), (x1, y1) = mesh.flat_m[border[:, 0]].T, mesh.flat_m[border[:, 1]].T
    return 0.5 * (x0 * y1 - x1 * y0).sum()


def test_triangles_fill_every_panel(meshes):
    for name, (pattern, mesh) in meshes.items():
        for index, panel in enumerate(pattern.panels):
            area = mesh.areas_m2[mesh.panel == index].sum()
            assert area == pytest.approx(panel.area_cm2() * 1e-4, rel=0.004), (name, panel.name)  # chords cut corners off curves
            assert area == pytest.approx(boundary_area(mesh, index), rel=1e-9)


def test_triangles_are_counter_clockwise(meshes):
    for _, mesh in meshes.values():
        assert (mesh.areas_m2 > 0).all()


def test_edges_are_uniform_and_angles_wide(meshes):
    for name, (_, mesh) in meshes.items():
        low, high = np.percentile(mesh.spring_lengths_m / H, [1, 99])
        assert low > 0.78, name
        assert high < 1.36, name
        assert np.percentile(smallest_angles(mesh), 1) > 36, name
        assert smallest_angles(mesh).min() > 20, name


def test_a_finer_mesh_has_finer_edges():
    pattern = draft(load_garment("a-line-skirt"), size="S")
    mesh = mesh_pattern(pattern, edge_length_m=0.03)
    assert np.median(mesh.spring_lengths_m) == pytest.approx(0.03, rel=0.05)


def test_named_edges_run_along_the_pattern(meshes):
    for pattern, mesh in meshes.values():
        for panel in pattern.panels:
            for edge in panel.edges:
                points = mesh.flat_m[mesh.edges[panel.name, edge.name]] * 100
                assert tuple(points[0]) == pytest.approx(edge.start, abs=1e-9)
                assert tuple(points[-1]) == pytest.approx(edge.end, abs=1e-9)
                assert np.allclose(points, edge.sample(len(points) - 1), atol=1e-9)


def test_every_vertex_belongs_to_its_panel(meshes):
    for _, mesh in meshes.values():
        assert (mesh.vertex_panel[mesh.faces] == mesh.panel[:, None]).all()
        assert np.array_equal(np.unique(mesh.faces), np.arange(len(mesh.flat_m)))


def test_seams_pair_start_to_end(meshes):
    for pattern, mesh in meshes.values():
        for k, seam in enumerate(pattern.seams):
            pairs = mesh.seam_pairs[mesh.seam_index == k]
            a, b = mesh.edges[seam.a], mesh.edges[seam.b][::-1]
            assert len(a) == len(b)
            assert set(map(tuple, pairs)) == {(i, j) for i, j in zip(a, b, strict=True) if i != j}


def test_a_welded_garment_is_one_piece_with_the_openings_it_should_have(meshes):
    openings = {"a-line-skirt": 2, "pencil-skirt": 2, "straight-trousers": 3, "shift-dress": 4}
    openings |= dict.fromkeys(("tee", "tank", "long-sleeve-top", "shirt", "hoodie", "jacket"), 4)
    for name, (_, mesh) in meshes.items():
        faces = weld(mesh)[mesh.faces]
        assert all(len(set(face)) == 3 for face in faces.tolist())
        sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        unique, counts = np.unique(sides, axis=0, return_counts=True)
        assert counts.max() == 2, name  # a manifold with border
        rings = components(unique[counts == 1])
        assert len(rings) == openings[name], (name, [len(ring) for ring in rings])
        assert len(components(unique)) == 1


def test_welded_triangles_agree_in_orientation(meshes):
    """Neighbours across a seam walk their common side in opposite directions: outside is outside everywhere."""
    for _, mesh in meshes.values():
        faces = weld(mesh)[mesh.faces]
        directed = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        assert len(np.unique(directed, axis=0)) == len(directed)


def test_dart_legs_are_sewn_and_meet_in_one_tip(meshes):
    _, mesh = meshes["a-line-skirt"]
    inner, outer = mesh.edges["back", "dart_1_inner_right"], mesh.edges["back", "dart_1_outer_right"]
    assert len({inner[0], inner[-1]} & {outer[0], outer[-1]}) == 1
    welded = weld(mesh)
    assert np.array_equal(welded[inner], welded[outer[::-1]])


def test_two_runs_agree_bit_by_bit():
    pattern = draft(load_garment("tee"), size="S")
    first, second = (mesh_pattern(pattern, edge_length_m=0.02) for _ in range(2))
    assert np.array_equal(first.flat_m, second.flat_m)
    assert np.array_equal(first.faces, second.faces)
    assert np.array_equal(first.seam_pairs, second.seam_pairs)


def test_arrays_are_read_only(meshes):
    _, mesh = meshes["tee"]
    with pytest.raises(ValueError, match="read-only"):
        mesh.flat_m[0] = 0
    with pytest.raises(TypeError):
        mesh.edges["front", "hem"] = None


def test_a_disc_with_a_hole_is_meshed():
    outer = (Edge("outer", (Arc((10, 0), (-10, 0), 1.0), Arc((-10, 0), (10, 0), 1.0))),)
    hole = (Edge("hole", (Arc((4, 0), (-4, 0), -1.0), Arc((-4, 0), (4, 0), -1.0))),)
    pattern = Pattern("ring", (Panel("disc", outer, FRONT, holes=(hole,)),), ())
    mesh = mesh_pattern(pattern, edge_length_m=0.01)
    assert mesh.areas_m2.sum() == pytest.approx(np.pi * (0.1**2 - 0.04**2), rel=0.01)
    assert np.linalg.norm(mesh.flat_m[mesh.faces].mean(axis=1), axis=1).min() > 0.04


def test_both_sides_of_a_seam_with_ease_get_as_many_vertices():
    wide = polygon_panel("back", [(0, 0), (11, 0), (11, 11), (0, 11)], BACK)
    pattern = Pattern("p", (polygon_panel("front", SQUARE), wide), (Seam(("front", "e1"), ("back", "e3"), ease=0.1),))
    mesh = mesh_pattern(pattern, edge_length_m=0.01)
    assert len(mesh.edges["front", "e1"]) == len(mesh.edges["back", "e3"])
    assert len(mesh.seam_pairs) == len(mesh.edges["front", "e1"])


@pytest.mark.parametrize("length", [0.0, 0.0005, 0.2])
def test_an_edge_length_out_of_range_is_refused(length):
    pattern = Pattern("p", (polygon_panel("front", SQUARE),), ())
    with pytest.raises(StudioError, match="1 to 100 mm"):
        mesh_pattern(pattern, edge_length_m=length)


def test_too_many_vertices_are_refused_with_the_number():
    big = polygon_panel("front", [(0, 0), (400, 0), (400, 400), (0, 400)])
    with pytest.raises(StudioError, match=r"would give the pattern 'p' [\d,]+ vertices"):
        mesh_pattern(Pattern("p", (big,), ()), edge_length_m=0.002)


def test_an_outline_that_comes_too_close_to_itself_is_refused_with_the_panel():
    # a slit of a millimetre, whose two sides get differently many vertices
    uneven = [(0, 0), (20, 0), (20, 20), (10.1, 20), (10.1, 4.5), (10, 3.2), (10, 20), (0, 20)]
    pattern = Pattern("p", (polygon_panel("front", uneven),), ())
    with pytest.raises(StudioError, match="'front' can not be meshed"):
        mesh_pattern(pattern, edge_length_m=0.03)


def test_the_shoelace_of_a_square():
    assert signed_area(np.array(SQUARE, dtype=float)) == 100
    assert Line((0, 0), (3, 4)).length == 5


def components(sides):
    """Vertex sets that sides connect."""
    neighbours = {}
    for a, b in sides.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    left, found = set(neighbours), []
    while left:
        stack, ring = [left.pop()], set()
        while stack:
            v = stack.pop()
            ring.add(v)
            for w in neighbours[v]:
                if w in left:
                    left.discard(w)
                    stack.append(w)
        found.append(ring)
    return found
