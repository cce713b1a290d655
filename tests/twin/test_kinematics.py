from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.body.joints import INDEX
from studio.body.model import forward
from studio.body.rotations import left_jacobians, to_matrix
from studio.twin.kinematics import FLESH_JOINTS, FLESH_SD, FitBody
from studio.twin.unknowns import SurfacePoints, Unknowns


def random_unknowns(body: FitBody, seed: int) -> Unknowns:
    rng = np.random.default_rng(seed)
    return Unknowns(rng.normal(0, 1, 3), rng.normal(0, 0.4, len(body.degrees.names)), rng.normal(0, 1, body.betas))


def test_poses_the_body_as_the_torch_forward_pass_does(model, body):
    unknowns = random_unknowns(body, 1)
    ours, theirs = body.evaluate(unknowns), forward(model, body.parameters(unknowns))
    np.testing.assert_allclose(ours.vertices, theirs.vertices, atol=3e-6)
    np.testing.assert_allclose(ours.joints + unknowns.transl, theirs.joints, atol=3e-6)


def test_thinned_body_is_the_whole_body_at_fewer_points(body):
    thin = body.thinned(300, 15, np.random.default_rng(0), always=np.array([9120, 5361]))
    unknowns = random_unknowns(body, 2).cut(15)
    whole = body.evaluate(unknowns.padded(body.betas))
    state = thin.evaluate(unknowns)
    np.testing.assert_allclose(state.vertices, whole.vertices[thin.kept], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(state.normals, axis=1), 1, atol=1e-12)
    assert np.median(np.einsum("vd,vd->v", state.normals, whole.normals[thin.kept])) > 0.99
    assert thin.kept[thin.where(np.array([9120, 5361]))].tolist() == [9120, 5361]


def test_derivatives_are_those_of_finite_differences(model, skin):
    rigid = replace(model, pose_dirs=model.pose_dirs[:, :, :0])  # rows() takes pose correctives as constant
    body = FitBody(rigid, skin, betas=12)
    unknowns, rng = body.loosened(random_unknowns(body, 3)), np.random.default_rng(3)
    points = SurfacePoints(skin.faces[rng.integers(0, len(skin.faces), 200)], rng.dirichlet((1, 1, 1), 200))
    directions = rng.normal(size=(200, 3))
    rows = body.rows(body.evaluate(unknowns), points, directions)
    for column in range(unknowns.size):
        step = np.zeros(unknowns.size)
        step[column] = 1e-6
        ahead, behind = (points.of(body.evaluate(unknowns.moved(sign * step)).vertices) for sign in (1, -1))
        expected = np.einsum("nd,nd->n", (ahead - behind) / 2e-6, directions)
        np.testing.assert_allclose(rows[:, column], expected, atol=2e-7, err_msg=f"unknown {column}")


def test_flesh_is_how_far_the_skin_follows_the_pose_correctives(model, skin, body):
    """At the share -1 a joint bends its skin as linear blending alone does; the derivative is that of finite differences."""
    unknowns = body.loosened(random_unknowns(body, 5))
    column = INDEX["left_knee"] - 1
    without = model.pose_dirs.copy()
    without[:, :, 9 * column : 9 * column + 9] = 0
    stiff = np.zeros(len(FLESH_JOINTS))
    stiff[column] = -1 / FLESH_SD
    expected = FitBody(replace(model, pose_dirs=without), skin, betas=body.betas).evaluate(unknowns).vertices
    state = body.evaluate(replace(unknowns, flesh=stiff))
    np.testing.assert_allclose(state.vertices, expected, atol=1e-6)
    points, directions = SurfacePoints.at_vertices(np.arange(0, 13000, 40)), np.random.default_rng(5).normal(size=(325, 3))
    free = np.zeros(unknowns.size, dtype=bool)
    free[-len(unknowns.swell) - len(FLESH_JOINTS) : -len(unknowns.swell)] = True
    moved = points.of(state.vertices - body.evaluate(unknowns).vertices)
    rows = body.rows(state, points, directions, free=free)
    np.testing.assert_allclose(-rows[:, column] / FLESH_SD, np.einsum("nd,nd->n", moved, directions), atol=1e-6)
    assert np.abs(rows[:, column]).max() > 1e-3


def test_swellings_move_skin_along_its_normals_and_no_joint(body):
    unknowns = body.loosened(body.start())
    swollen = replace(unknowns, swell=np.random.default_rng(6).normal(size=len(unknowns.swell)))
    plain, state = body.evaluate(unknowns), body.evaluate(swollen)
    np.testing.assert_array_equal(state.joints, plain.joints)
    moved = state.vertices - plain.vertices
    np.testing.assert_allclose(moved, body.swell(swollen), atol=1e-12)
    along = np.einsum("vd,vd->v", moved, plain.normals)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), np.abs(along), atol=1e-6)
    outer = body.skin.outer
    assert 0.003 < np.sqrt(np.average(np.square(along[outer]), weights=body.skin.area[outer])) < 0.008


def test_derivatives_by_a_few_unknowns_are_those_of_all(body):
    unknowns = body.loosened(random_unknowns(body, 4))
    points, directions = SurfacePoints.at_vertices(np.arange(0, 13000, 200)), np.random.default_rng(4).normal(size=(65, 3))
    state = body.evaluate(unknowns)
    free = np.zeros(unknowns.size, dtype=bool)
    free[3 : 3 + len(body.degrees.names)] = body.degrees.select("left_knee", "head")
    betas = 3 + len(body.degrees.names)
    free[betas : betas + 7] = True
    free[[betas + body.betas + 3, -5]] = True  # flesh, a swelling
    few = body.rows(state, points, directions, free=free)
    np.testing.assert_allclose(few, body.rows(state, points, directions)[:, free], atol=1e-12)


def test_offsets_on_the_rest_body_are_posed_by_skinning(model, body):
    unknowns = random_unknowns(body, 5)
    offsets = np.random.default_rng(5).normal(0, 0.01, body.template.shape)
    ours = body.displaced(body.evaluate(unknowns), offsets).vertices
    np.testing.assert_allclose(ours, forward(model, body.parameters(unknowns), offsets=offsets).vertices, atol=3e-6)


@pytest.mark.parametrize("scale", [1e-7, 0.3, 2.9])
def test_left_jacobian_is_the_derivative_of_the_rotation(scale):
    vector = scale * np.array([0.36, -0.48, 0.8])
    change = 1e-7 * np.array([0.2, 0.7, -0.5])
    turned = to_matrix(vector + change) @ to_matrix(vector).T
    small = np.array([turned[2, 1] - turned[1, 2], turned[0, 2] - turned[2, 0], turned[1, 0] - turned[0, 1]]) / 2
    np.testing.assert_allclose(small, left_jacobians(vector) @ change, atol=1e-13)


def test_right_side_may_move_as_the_left_side_mirrored(body):
    degrees = body.degrees
    for number, name in enumerate(degrees.names):
        if not name.startswith("left_"):
            continue
        other = degrees.index("right_" + name.removeprefix("left_"))
        left = (degrees.lowest[number], degrees.mean[number], degrees.highest[number])
        right = (degrees.lowest[other], degrees.mean[other], degrees.highest[other])
        assert right in (left, tuple(-value for value in reversed(left))), name


def test_priors_lie_within_limits_and_the_t_pose_is_allowed(body):
    degrees = body.degrees
    assert (degrees.lowest < degrees.mean).all()
    assert (degrees.mean < degrees.highest).all()
    assert (degrees.lowest < 0).all()
    assert (degrees.highest > 0).all()


def test_places_of_joints_have_the_derivatives_of_finite_differences(model, skin):
    body = FitBody(replace(model, pose_dirs=model.pose_dirs[:, :, :0]), skin, betas=8)
    unknowns, joints = random_unknowns(body, 6), np.array([0, 7, 16, 21, 40])

    def places(at: Unknowns) -> np.ndarray:
        return (body.evaluate(at).joints[joints] + at.transl).ravel()

    rows = body.joint_rows(body.evaluate(unknowns), joints, np.ones(unknowns.size, dtype=bool))
    for column, step in enumerate(1e-6 * np.eye(unknowns.size)):
        expected = (places(unknowns.moved(step)) - places(unknowns.moved(-step))) / 2e-6
        np.testing.assert_allclose(rows[:, column], expected, atol=2e-7, err_msg=f"unknown {column}")
