from __future__ import annotations

import numpy as np
import pytest

from studio.body.model import forward
from studio.mesh.intersect import self_intersections
from studio.mesh.normals import face_areas, face_normals
from studio.twin.fit import _crossings, _repaired
from studio.twin.offsets import plate_of, solve_offsets
from studio.twin.repair import without_new_crossings
from studio.twin.target import prepare_target

#: How much larger the scanned body is than the fitted one.
SWELLING_M = 0.005


@pytest.fixture(scope="module")
def swollen(body, skin):
    """Offsets for a scan that lies 5 mm outside the body and has no chest: body, target's mask, offsets."""
    state = body.evaluate(body.start())
    points = state.vertices + SWELLING_M * state.normals
    rng = np.random.default_rng(0)
    triangle = rng.choice(len(skin.faces), 40_000, p=face_areas(points, skin.faces) / face_areas(points, skin.faces).sum())
    weights = rng.dirichlet((1, 1, 1), len(triangle))
    scan = np.einsum("nc,ncd->nd", weights, points[skin.faces[triangle]])
    facing = face_normals(points, skin.faces)[triangle]
    hole = in_hole(body, scan, 0.16)
    target = prepare_target(scan[~hole], facing[~hole], None, rng)
    own, in_scan, _ = solve_offsets(body, target, state, plate_of(body), np.ones(body.vertex_count), rng)
    np.testing.assert_allclose(own, in_scan, atol=5e-4)  # where all skin is trusted, what the scan shows is the person
    return state, in_scan


def in_hole(body, points: np.ndarray, radius: float) -> np.ndarray:
    chest = body.evaluate(body.start()).joints[9] + [0, 0.0, 0.13]
    return np.linalg.norm(points - chest, axis=-1) < radius


def test_offsets_follow_the_scan_where_it_has_data(body, skin, swollen):
    state, offsets = swollen
    seen = skin.outer & ~in_hole(body, state.vertices, 0.19) & skin.is_part("trunk", "left_arm", "right_arm", "left_leg", "right_leg")
    along = np.einsum("vd,vd->v", offsets, state.normals)[seen]
    assert abs(np.median(along) - SWELLING_M) < 0.0002
    assert np.percentile(np.abs(along - SWELLING_M), 95) < 0.001


def test_offsets_fade_smoothly_into_holes(body, skin, swollen):
    state, offsets = swollen
    along = np.einsum("vd,vd->v", offsets, state.normals)
    middle, whole = in_hole(body, state.vertices, 0.05) & skin.outer, in_hole(body, state.vertices, 0.16) & skin.outer
    assert np.linalg.norm(offsets[whole], axis=1).max() < 1.2 * SWELLING_M
    assert -0.001 < along[middle].mean() < 0.95 * SWELLING_M
    edges = skin.faces[:, [0, 1]][whole[skin.faces[:, :2]].all(axis=1)]
    length = np.linalg.norm(state.vertices[edges[:, 0]] - state.vertices[edges[:, 1]], axis=1)
    assert (np.linalg.norm(offsets[edges[:, 0]] - offsets[edges[:, 1]], axis=1) < 0.15 * length + 1e-5).all()


def test_no_triangle_folds_or_collapses(model, swollen):
    state, offsets = swollen
    turned = np.einsum("fd,fd->f", face_normals(state.shaped, model.faces), face_normals(state.shaped + offsets, model.faces))
    assert turned.min() > 0.3
    assert (face_areas(state.shaped + offsets, model.faces) / face_areas(state.shaped, model.faces)).min() > 0.15


def test_hair_is_not_taken_for_skull(body, skin):
    """Hair that stands 8 mm off the scalp leaves the head as it is; a scalp that is 1 mm higher than the model's is followed."""
    state = body.evaluate(body.start())
    scalp = skin.is_part("scalp") & skin.outer
    rng = np.random.default_rng(1)
    for lift, low, high in ((0.008, -0.0005, 0.002), (0.001, 0.0007, 0.0013)):
        points = state.vertices + np.where(scalp, lift, 0.0)[:, None] * state.normals
        head = skin.is_part("scalp", "head", "trunk") & skin.outer
        target = prepare_target(points[head], state.normals[head], None, rng)
        _, offsets, _ = solve_offsets(body, target, state, plate_of(body), np.ones(body.vertex_count), rng)
        along = np.einsum("vd,vd->v", offsets, state.normals)
        face = skin.is_part("head") & skin.outer
        assert low < np.median(along[scalp]) < high
        assert np.percentile(np.abs(along[face]), 90) < 0.002


def test_eyes_and_teeth_move_as_they_are(model, body, swollen):
    _, offsets = swollen
    for name in ("left_eye", "right_eye", "upper_teeth"):
        part = offsets[model.surface.is_part(name)]
        assert np.ptp(part, axis=0).max() < 1e-9
        assert 0 < np.linalg.norm(part[0]) < 2 * SWELLING_M


def test_offsets_that_make_skin_cross_are_taken_back_and_others_stay(model, body, skin):
    parameters = body.parameters(body.start())
    offsets = np.zeros_like(model.template, dtype=np.float64)
    finger = model.weights[:, 29] > 0.5  # middle finger pushed into its neighbour
    offsets[finger] = [0.0, 0.0, 0.012]
    back = skin.is_part("trunk") & (model.template[:, 2] < -0.05)
    offsets[back] = [0.0, 0.0, -0.004]
    (repaired, on_top), left = _repaired(model, parameters, offsets, offsets, _crossings(model, parameters))
    assert left == 0
    np.testing.assert_allclose(on_top[back], 0, atol=1e-7)
    np.testing.assert_allclose(repaired[back], offsets[back], atol=1e-7)

    def crossings(displacement):
        posed = forward(model, parameters, offsets=displacement.astype(np.float32)).vertices
        return {tuple(pair) for pair in self_intersections(posed, model.faces)}

    plain = crossings(np.zeros_like(offsets))
    assert crossings(offsets) - plain
    assert not crossings(repaired) - plain


def test_what_crosses_without_offsets_is_left_alone():
    """Two sheets that cross before, and a third that offsets push through the first."""
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21)), axis=-1).reshape(-1, 2)
    cells = np.arange(20)[:, None] * 21 + np.arange(20)
    quads = np.concatenate([np.stack([cells, cells + 1, cells + 22], -1), np.stack([cells, cells + 22, cells + 21], -1)]).reshape(-1, 3)
    level = np.insert(grid, 2, 0.0, axis=1)
    steep = np.stack([grid[:, 0], np.full(len(grid), 0.511), grid[:, 1] * 0.4 - 0.21], axis=1)
    above = np.insert(grid, 2, 0.3, axis=1)
    rest = np.concatenate([level, steep, above])
    faces = np.concatenate([quads + k * len(grid) for k in range(3)])
    offsets = np.zeros_like(rest)
    near = np.linalg.norm(rest - [0.2, 0.2, 0.3], axis=1) < 0.15
    offsets[near, 2] = -0.35
    known = self_intersections(rest, faces)
    repaired, left = without_new_crossings(offsets, rest, faces, lambda moved: rest + moved, known)
    assert left == 0
    before = {tuple(pair) for pair in self_intersections(rest, faces)}
    assert before
    assert {tuple(pair) for pair in self_intersections(rest + repaired, faces)} <= before
