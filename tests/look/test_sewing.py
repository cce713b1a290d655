"""Placing, sewing, untangling and relaxing without Blender."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from studio.errors import StudioError
from studio.look.cloth import merged, principal_stretches, weld_cloth
from studio.look.field import distance_field
from studio.look.layers import contour_step
from studio.look.obstacle import OuterBody
from studio.look.place import STAND_OFF_M, place
from studio.look.projective import ProjectiveSystem, Weights, boundary_vertices
from studio.look.relax import iron, relax
from studio.look.sew import IRONED, close_seams, join
from studio.mesh.intersect import self_intersections, unique_edges
from studio.mesh.normals import face_normals
from tests.look.conftest import sheet, tube


@pytest.fixture(scope="module")
def field(post):
    return distance_field(OuterBody(post.vertices[0], post.faces), low=np.array([-0.35, -0.3, 0.3]), high=np.array([0.35, 0.3, 0.95]))


@pytest.fixture(scope="module")
def placed(post, tube_mesh):
    return place(tube(40.0, 36.0), tube_mesh, post)


@pytest.fixture(scope="module")
def sewn(tube_mesh, placed, field):
    return join(tube_mesh, close_seams(tube_mesh, placed, field), field)


def lengths(positions: np.ndarray, springs: np.ndarray) -> np.ndarray:
    return np.linalg.norm(positions[springs[:, 0]] - positions[springs[:, 1]], axis=1)


def test_placing_keeps_every_length_and_puts_outsides_out(placed, tube_mesh):
    np.testing.assert_allclose(lengths(placed, tube_mesh.springs), tube_mesh.spring_lengths_m, rtol=1e-9)
    normals = face_normals(placed, tube_mesh.faces)
    outward = np.where(tube_mesh.panel == tube_mesh.panel_names.index("front"), -1.0, 1.0)
    np.testing.assert_allclose(normals[:, 1], outward, atol=1e-9)


def test_flat_panels_stand_off_the_body_and_hang_from_their_landmark(placed, tube_mesh, post):
    front = placed[tube_mesh.vertex_panel == tube_mesh.panel_names.index("front")]
    np.testing.assert_allclose(front[:, 1], post.vertices[0][:, 1].min() - STAND_OFF_M, atol=1e-9)
    assert front[:, 2].max() == pytest.approx(0.82)  # the landmark, and the lift of what hangs from shoulders


def test_panel_that_hangs_from_an_unknown_landmark_is_refused(tube_mesh, post):
    from dataclasses import replace

    with pytest.raises(StudioError, match="hangs from 'top', which this body lacks: did you mean 'tip'"):
        place(tube(40.0, 36.0), tube_mesh, replace(post, landmarks={"tip": np.zeros(3)}))


def test_tube_is_sewn_shut_keeps_its_lengths_and_stays_off_the_body(tube_mesh, placed, field, post):
    x = close_seams(tube_mesh, placed, field)
    gaps = np.linalg.norm(x[tube_mesh.seam_pairs[:, 0]] - x[tube_mesh.seam_pairs[:, 1]], axis=1)
    assert gaps.max() < 0.001
    assert np.abs(lengths(x, tube_mesh.springs) / tube_mesh.spring_lengths_m - 1).max() < 0.02
    assert OuterBody(post.vertices[0], post.faces).signed_distance(x).min() > 0.005


def test_sewn_tube_is_one_untangled_piece(sewn):
    assert sewn.seam_gap_max_m < 0.001
    assert sewn.crossings == 0
    assert not len(self_intersections(sewn.vertices, sewn.cloth.faces))
    euler = sewn.cloth.vertex_count - len(unique_edges(sewn.cloth.faces)) + len(sewn.cloth.faces)
    assert euler == 0  # a cylinder; two open panels would have 2
    assert np.percentile(sewn.cloth.stretch(sewn.vertices), 99) < 0.02


def test_welding_keeps_area_and_averages_positions(tube_mesh):
    cloth, welded = weld_cloth(tube_mesh)
    assert cloth.areas_m2.sum() == pytest.approx(0.4 * 0.36 * 2, rel=1e-9)
    positions = np.random.default_rng(0).random((len(tube_mesh.flat_m), 3))
    pair = tube_mesh.seam_pairs[3]
    group = np.flatnonzero(welded == welded[pair[0]])
    assert set(pair) <= set(group)
    np.testing.assert_allclose(merged(positions, welded)[welded[pair[0]]], positions[group].mean(axis=0))


def test_principal_stretches_are_those_of_the_map_that_made_them():
    flat = np.random.default_rng(1).random((50, 3, 2))
    rotation, _ = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))
    stretch = np.array([[1.3, 0.0], [0.0, 0.9]]) @ np.array([[0.8, -0.6], [0.6, 0.8]])
    corners = (flat @ stretch.T) @ rotation[:, :2].T
    np.testing.assert_allclose(principal_stretches(corners, flat), np.tile([1.3, 0.9], (50, 1)), rtol=1e-7)


def system_of(flat: np.ndarray, faces: np.ndarray, weights: Weights) -> ProjectiveSystem:
    """A sheet's springs, as long as they are where it lies flat (V, 3), and its bending."""
    springs = unique_edges(faces)
    return ProjectiveSystem(
        vertex_count=len(flat), springs=springs, lengths=lengths(flat, springs), faces=faces, flat=flat[faces][..., :2], weights=weights
    )


def test_gathers_that_lean_through_each_other_come_apart():
    """Springs hold such folds where they cross; all of their pull leaves more than a hundred crossings for good."""
    flat, faces = sheet(31, 31, 0.01)
    x = flat * [0.6, 1.0, 1.0]
    phase = 2 * np.pi * x[:, 0] / 0.05
    x = x + np.stack([0.012 * np.sin(2 * phase), np.zeros(len(x)), 0.02 * np.sin(phase)], axis=1)
    assert len(self_intersections(x, faces)) > 500
    system = system_of(flat, faces, Weights(inertia=0.05, bending=0.036))
    free = SimpleNamespace(push_out=lambda points, _, rounds=2: points)
    rest = relax(system, faces, x, free, clearance_m=0.0, least=1, most=60)
    assert rest.crossings == 0
    assert not len(self_intersections(rest.vertices, faces))


def test_a_fold_that_went_through_itself_is_ironed_flat():
    """A loop like an alpha has no way back by small steps; what is far from it stays where it was."""
    flat, faces = sheet(25, 41, 0.01)
    along = np.linspace(0.0, 0.42, 2000)
    heading = 2 * np.pi * np.clip((along - 0.15) / 0.1, 0.0, 1.0)
    step = along[1] - along[0]
    x = flat.copy()
    x[:, 0] = np.interp(flat[:, 0], along, np.cumsum(np.cos(heading)) * step)
    x[:, 2] = np.interp(flat[:, 0], along, np.cumsum(np.sin(heading)) * step)
    assert len(self_intersections(x, faces)) > 50
    free = SimpleNamespace(push_out=lambda points, _, rounds=2: points)
    ironed = x
    for rings in IRONED:
        ironed = iron(faces, ironed, free, clearance_m=0.0, rings=rings)
    assert not len(self_intersections(ironed, faces))
    far = np.abs(flat[:, 0] - 0.2) > 0.05 + (IRONED[-1] + 1) * 0.01
    np.testing.assert_array_equal(ironed[far], x[far])


def test_layer_that_bulges_through_another_is_pulled_back():
    vertices, faces = sheet(25, 41, 0.01)
    beyond = vertices[:, 0] - 0.2  # folded over at x = 0.2, the upper layer 4 mm above the lower
    angle = np.clip(beyond / (0.002 * np.pi), 0, 1) * np.pi
    over = np.maximum(beyond - 0.002 * np.pi, 0)
    x = vertices.copy()
    x[:, 0] = np.where(beyond > 0, 0.2 + 0.002 * np.sin(angle) - over, vertices[:, 0])
    x[:, 2] = np.where(beyond > 0, 0.002 * (1 - np.cos(angle)), 0.0)
    upper = over > 0
    away = np.hypot(x[:, 0] - 0.1, x[:, 1] - 0.1)
    x[upper, 2] -= 0.009 * np.exp(-((away[upper] / 0.025) ** 2))
    assert len(self_intersections(x, faces)) > 10
    system = system_of(vertices, faces, Weights(inertia=0.3, bending=0.03))
    for _ in range(60):
        x = system.solve(x, x, iterations=2)
        move, crossings = contour_step(x, faces)
        if not crossings:
            break
        assert np.linalg.norm(move, axis=1).max() <= 0.004 + 1e-9
        x += move
    assert not len(self_intersections(x, faces))
    below = np.array([np.argmin(np.linalg.norm((x - p)[~upper][:, :2], axis=1)) for p in x[upper & (away < 0.02)]])
    assert (x[upper & (away < 0.02), 2] > x[~upper][below, 2]).all()  # and on the side it came from


def test_cloth_without_crossings_is_not_touched():
    move, crossings = contour_step(*sheet(12, 12, 0.01))
    assert crossings == 0
    assert not move.any()


def test_relaxing_at_rest_changes_nothing_and_out_of_the_body_moves_only_what_is_inside(field, sewn):
    system = sewn.cloth.system(inertia=0.3, bending=0.036)
    rest = relax(system, sewn.cloth.faces, sewn.vertices, field, clearance_m=0.003, least=10, most=10)
    assert np.linalg.norm(rest.vertices - sewn.vertices, axis=1).mean() < 0.001
    assert field.closest(rest.vertices)[0].min() > 0.0025


def test_projective_step_conserves_momentum_and_does_not_turn_free_cloth():
    vertices, faces = sheet(8, 8, 0.01)
    springs = unique_edges(faces)
    system = ProjectiveSystem(
        vertex_count=len(vertices), springs=springs, lengths=0.9 * lengths(vertices, springs), faces=faces, flat=vertices[faces][..., :2],
        weights=Weights(inertia=0.1, bending=0.05),
    )  # fmt: skip
    moved = system.solve(vertices, vertices, iterations=40)
    np.testing.assert_allclose(moved.mean(axis=0), vertices.mean(axis=0), atol=1e-9)
    assert np.abs(system.strain(moved)).mean() < 0.06  # on its way to the shorter lengths
    np.testing.assert_allclose(moved[:, 2], 0, atol=1e-12)


def test_bending_lets_flat_cloth_be_up_to_its_hems(tube_mesh):
    """On the irregular mesh of a pattern, however it is turned, and for a fold it answers along the normal."""
    from studio.look.projective import _off_the_plane

    bending = _off_the_plane(tube_mesh.faces, tube_mesh.flat_m[tube_mesh.faces], len(tube_mesh.flat_m))
    turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))
    flat = np.concatenate([tube_mesh.flat_m, np.zeros((len(tube_mesh.flat_m), 1))], axis=1)
    np.testing.assert_allclose(bending @ (flat @ turn.T + 1.0), 0, atol=1e-12)
    rows = np.diff(bending.indptr) > 0
    corners = len(tube_mesh.flat_m) - rows.sum()
    assert corners <= 8  # where a hem vertex has no neighbour inside
    bent = flat.copy()
    bent[:, 2] = 3.0 * flat[:, 0] ** 2 + 2.0 * flat[:, 1] ** 2
    offsets = bending @ bent
    assert np.abs(offsets[:, :2]).max() < 1e-12
    assert np.abs(offsets[rows, 2]).min() > 1e-5


def test_boundary_of_a_sheet_is_its_rim():
    vertices, faces = sheet(6, 7, 1.0)
    rows, columns = np.divmod(np.arange(len(vertices)), 7)
    rim = np.flatnonzero((rows == 0) | (rows == 5) | (columns == 0) | (columns == 6))
    np.testing.assert_array_equal(boundary_vertices(faces), rim)
