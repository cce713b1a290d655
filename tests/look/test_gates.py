"""The gates find what is planted, and count it exactly."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from studio.look.cloth import Cloth
from studio.look.finish import RenderMesh, finish, subdivide
from studio.look.follow import BIAS
from studio.look.gates import LIMITS, Allowed, Gates, Measured, measure_gates, percentile, surface_samples
from studio.mesh.closest import Surface
from studio.mesh.intersect import self_intersections, unique_edges
from studio.mesh.normals import vertex_normals
from tests.look.conftest import sheet


@pytest.fixture(scope="module")
def ball() -> tuple[np.ndarray, np.ndarray]:
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    return np.asarray(mesh.vertices), np.asarray(mesh.faces, dtype=np.int64)


def cloth(vertices: np.ndarray, faces: np.ndarray, flat: np.ndarray | None = None) -> RenderMesh:
    flat = vertices[..., :2] if flat is None else flat
    return RenderMesh(vertices, faces, flat[faces], np.zeros(len(faces), dtype=np.int64), vertices)


def over_the_ball(height: float = 0.105) -> tuple[np.ndarray, np.ndarray]:
    """A flat sheet over the ball, in the middle."""
    vertices, faces = sheet(15, 15, 0.01)
    return vertices - [vertices[:, 0].mean(), vertices[:, 1].mean(), -height], faces


def measured(mesh: RenderMesh, **changes) -> Measured:
    usual = {"grain_m": mesh.flat_m, "seam_gap_max_m": 0.0, "motion_mm": 0.0, "allowed": Allowed(5, 0.05, 0.05, 0.067)}
    return Measured(**{"mesh": mesh, **usual, **changes})


def test_sheet_clear_of_the_body_passes_with_zeros(ball):
    gates = measure_gates(*ball, [measured(cloth(*over_the_ball()))])
    assert gates.passed
    assert gates.failures == ()
    assert (gates.penetrating_vertices, gates.penetrating_samples, gates.deepest_mm, gates.intersecting_pairs) == (0, 0, 0.0, 0)
    assert gates.strain_p99 == pytest.approx(0.0, abs=1e-9)


def test_planted_vertices_are_counted_exactly(ball):
    vertices, faces = over_the_ball()
    planted = np.argsort(np.linalg.norm(vertices[:, :2], axis=1))[:7]
    vertices[planted] *= (0.1 - np.array([0.0005, 0.0008, 0.0012, 0.0015, 0.002, 0.003, 0.0061]) / 1)[:, None] / np.linalg.norm(
        vertices[planted], axis=1, keepdims=True
    )
    gates = measure_gates(*ball, [measured(cloth(vertices, faces))])
    assert gates.penetrating_vertices == 5  # the two that are less than 1 mm deep are tolerated
    assert gates.deepest_mm == pytest.approx(6.1, abs=0.1)
    assert not gates.passed
    assert any("5, allowed 0" in failure for failure in gates.failures)


def test_body_that_pokes_through_between_vertices_is_found(ball):
    vertices, faces = sheet(5, 5, 0.12)  # edges longer than the ball is thick
    vertices = vertices - vertices[faces[12]].mean(axis=0) - [0, 0, -0.095]
    assert np.linalg.norm(vertices, axis=1).min() > 0.1
    gates = measure_gates(*ball, [measured(cloth(vertices, faces))])
    assert gates.penetrating_vertices == 0
    cap = np.pi * (0.1**2 - (0.095 + 0.001) ** 2)  # of the sheet, where it is more than about 1 mm deep
    density = len(surface_samples(vertices, faces)) / (len(faces) * 0.12**2 * np.sqrt(3) / 4)
    assert gates.penetrating_samples == pytest.approx(cap * density, rel=0.2)
    assert gates.deepest_mm == pytest.approx(5.0, abs=0.1)


def test_samples_are_never_farther_apart_than_asked():
    vertices, faces = sheet(4, 4, 0.013)
    samples = surface_samples(vertices, faces, spacing_m=0.002)
    probe = np.random.default_rng(0).dirichlet([1, 1, 1], size=(len(faces), 50))
    points = np.einsum("fsk,fkd->fsd", probe, vertices[faces]).reshape(-1, 3)
    from scipy.spatial import cKDTree

    assert cKDTree(samples).query(points)[0].max() < 0.002
    assert Surface(vertices, faces).closest(samples).distances.max() < 1e-9


def test_garment_that_dips_behind_the_one_below_is_found(ball):
    below, faces = over_the_ball(0.105)
    above = over_the_ball(0.110)[0] + [0.003, 0.002, 0]
    assert measure_gates(*ball, [measured(cloth(below, faces)), measured(cloth(above, faces))]).passed
    dip = np.argmin(np.linalg.norm(above[:, :2], axis=1))
    above[dip, 2] -= 0.008
    gates = measure_gates(*ball, [measured(cloth(below, faces)), measured(cloth(above, faces))])
    assert gates.penetrating_vertices == 1
    assert gates.deepest_mm == pytest.approx(3.0, abs=0.05)
    assert gates.intersecting_pairs >= 6  # the six faces around it pass through the sheet below


def test_crossings_are_counted_exactly(ball):
    vertices, faces = over_the_ball(0.2)
    spike = vertices[faces[100]].mean(axis=0) + np.array([[0.0, 0, -0.003], [0.0005, 0, 0.003], [0.0, 0.0005, 0.003]])
    both = np.concatenate([vertices, spike])
    flat = np.concatenate([vertices[:, :2], [[0, 0], [0.001, 0], [0, 0.001]]])
    mesh = cloth(both, np.concatenate([faces, [[len(vertices), len(vertices) + 1, len(vertices) + 2]]]), flat)
    assert measure_gates(*ball, [measured(mesh)]).intersecting_pairs == 1


def test_strain_is_that_of_the_stretched_share(ball):
    vertices, faces = sheet(121, 11, 0.01)
    flat = vertices[:, :2].copy()
    stretched = vertices * [1.05, 1, 1] + [0, 0, 5]
    assert measure_gates(*ball, [measured(cloth(stretched, faces, flat))]).strain_p99 == pytest.approx(0.05)
    part = vertices.copy()  # the last row of 120 only
    rows = np.unique(np.round(part[:, 1], 6))
    part[part[:, 1] > rows[-2], 1] += 0.002
    strain, _ = measured(cloth(part, faces, flat)).strain
    assert percentile(strain, flat[faces], 99.5) > 0.15
    assert percentile(strain, flat[faces], 99.0) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("turn_deg", [0.0, 30.0, 45.0])
def test_cloth_pulled_along_its_threads_is_strained_and_across_them_on_the_bias(ball, turn_deg):
    """A pull by 6 % across a turned grain, told by the cosines of its angles with the threads and with both diagonals."""
    vertices, faces = sheet(21, 11, 0.01)
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    grain = (vertices[:, :2] @ np.array([[cos, sin], [-sin, cos]]))[faces]
    pulled = cloth(vertices * [1.06, 1, 1] + [0, 0, 5], faces, vertices[:, :2])
    gates = measure_gates(*ball, [measured(pulled, grain_m=grain)])
    angles = np.radians(turn_deg + np.array([0.0, 90.0, 45.0, -45.0]))
    along = np.hypot(1.06 * np.cos(angles), np.sin(angles)) - 1
    assert gates.strain_p99 == pytest.approx(along[:2].max(), abs=1e-9)
    assert gates.bias_p99 == pytest.approx(along[2:].max(), abs=1e-9)
    assert gates.passed == (turn_deg != 0.0)  # 6 % on the bias is worn, along the threads it is not


def test_cloth_that_is_sheared_farther_than_it_is_worn_fails(ball):
    vertices, faces = sheet(21, 11, 0.01)
    for degrees, passed in ((7.9, True), (8.1, False)):
        angle = np.radians(degrees)
        sheared = vertices @ np.array([[1, 0, 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]) + [0, 0, 5]
        gates = measure_gates(*ball, [measured(cloth(sheared, faces, vertices[:, :2]), allowed=Allowed(5, 0.05, 0.05, BIAS))])
        assert gates.bias_p99 == pytest.approx(np.sqrt(1 + np.sin(angle)) - 1)
        assert gates.strain_p99 == pytest.approx(0.0, abs=1e-9)
        assert gates.passed is passed
    assert gates.failures == ("strain on the bias (99th percentile): 6.8%, allowed 6.7%",)


def test_each_gate_fails_alone_and_says_what_was_found():
    good = {
        "penetrating_vertices": 0, "penetrating_samples": 0, "deepest_mm": 0.9, "intersecting_pairs": 20, "pairs_allowed": 20,
        "seam_gap_max_mm": 1.5, "settled_mm_per_frame": 0.5, "strain_p99": 0.08, "strain_allowed": 0.08,
        "bias_p99": 0.067, "bias_allowed": 0.067,
    }  # fmt: skip
    assert Gates(**good).passed
    bad = {
        "penetrating_vertices": 1, "penetrating_samples": 1, "intersecting_pairs": 21, "seam_gap_max_mm": 1.51,
        "settled_mm_per_frame": 0.51, "strain_p99": 0.0801, "bias_p99": 0.0671,
    }  # fmt: skip
    assert set(bad) == {*LIMITS, "intersecting_pairs", "strain_p99", "bias_p99"}
    for name, value in bad.items():
        gates = Gates(**{**good, name: value})
        assert len(gates.failures) == 1, name
        assert not gates.passed
    assert Gates(**{**good, "strain_p99": 0.0801}).failures == ("strain (99th percentile): 8.0%, allowed 8%",)
    assert not Gates(**{**good, "strain_p99": float("nan")}).passed


def test_each_garment_may_be_stretched_as_far_as_its_fabric():
    """The gate is that of the garment that is nearest to its own limit, not of the one that is stretched most."""
    vertices, faces = sheet(21, 11, 0.01)
    knit, woven = (cloth(vertices * [1 + strain, 1, 1] + [0, 0, 5], faces, vertices[:, :2]) for strain in (0.15, 0.06))
    body = (np.array([[0, 0, -9.0], [1, 0, -9], [0, 1, -9], [0, 0, -8]]), np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]]))
    for garments, passed, found in (
        ([measured(knit, allowed=Allowed(5, 0.2, 0.2, 0.2))], True, 0.15),
        ([measured(knit, allowed=Allowed(5, 0.2, 0.2, 0.2)), measured(woven)], False, 0.06),
    ):
        gates = measure_gates(*body, garments)
        assert gates.strain_p99 == pytest.approx(found)
        assert any("strain" in failure for failure in gates.failures) is not passed


def test_seam_gaps_and_motion_are_those_of_the_worst_garment(ball):
    mesh = cloth(*over_the_ball())
    far = cloth(over_the_ball(0.13)[0], mesh.faces)
    gates = measure_gates(*ball, [measured(mesh, seam_gap_max_m=0.003), measured(far, motion_mm=0.7)])
    assert gates.seam_gap_max_mm == pytest.approx(3.0)
    assert gates.settled_mm_per_frame == 0.7
    assert gates.pairs_allowed == 10
    assert len(gates.failures) == 2


# --- the mesh that is rendered


def test_subdivision_of_a_flat_sheet_is_flat_keeps_its_area_and_its_vertices():
    vertices, faces = sheet(7, 9, 0.01)
    fine = subdivide(faces, len(vertices))
    positions = fine.vertices(vertices)
    np.testing.assert_array_equal(positions[: len(vertices)], vertices)
    np.testing.assert_allclose(positions[:, 2], 0, atol=1e-15)
    assert len(positions) == len(vertices) + len(unique_edges(faces))
    assert len(fine.faces) == 4 * len(faces)
    corners = fine.corners(vertices[faces][..., :2])
    np.testing.assert_allclose(corners, positions[fine.faces][..., :2], atol=1e-12)  # pattern coordinates go with the vertices
    normals = vertex_normals(positions, fine.faces)
    assert (normals[:, 2] > 0.999).all()


def test_subdivision_of_a_ball_comes_five_times_closer_to_the_ball():
    mesh = trimesh.creation.icosphere(subdivisions=3, radius=0.1)
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces, dtype=np.int64)
    positions = subdivide(faces, len(vertices)).vertices(vertices)
    chord = 0.1 - np.linalg.norm(vertices[unique_edges(faces)].mean(axis=1), axis=1)
    off = np.abs(np.linalg.norm(positions[len(vertices) :], axis=1) - 0.1)
    assert off.max() < 0.2 * chord.max()


def test_layers_that_something_presses_into_each_other_are_rendered_as_they_came_to_rest():
    """Two layers 2 mm apart, and a wall on either side that wants 1.7 mm more: pushed all the way they would cross."""
    vertices, faces = sheet(21, 21, 0.01)
    beside = vertices + np.array([0.003, 0.002, 0.002])
    both, joined = np.concatenate([vertices, beside]), np.concatenate([faces, faces + len(vertices)])
    middle = both.mean(axis=0)

    class Walls:
        def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            inwards = np.where(points[:, 2] < middle[2], 1.0, -1.0)
            beyond = np.abs(points[:, 2] - middle[2]) - 0.0005
            tight = np.hypot(points[:, 0] - middle[0], points[:, 1] - middle[1]) < 0.03
            return np.where(tight, -beyond, 0.1), np.stack([0 * inwards, 0 * inwards, 3 * inwards], axis=1) / 3

    cloth = Cloth(
        len(both), joined, both[joined][..., :2], np.zeros(len(joined), dtype=np.int64), ("one",), unique_edges(joined), np.zeros(0),
    )  # fmt: skip
    made = finish(cloth, both, both, Walls())
    assert len(self_intersections(made.vertices, made.faces)) == 0
    assert np.abs(made.vertices[: len(both)] - both).max() < 0.003
