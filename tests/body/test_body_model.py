"""The forward pass: against a slow twin, against the smplx package, and against what SMPL-X promises."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.joints import INDEX, JOINTS, MIRROR, PARENTS, mirrored
from studio.body.model import BodyParameters, forward, load_body
from studio.body.reference import forward_reference
from studio.body.rotations import to_matrix
from studio.errors import StudioError


def test_joint_names_and_tree_are_those_of_smplx():
    names = pytest.importorskip("smplx.joint_names").JOINT_NAMES
    assert [name.removesuffix("_smplhf") for name in names[:55]] == list(JOINTS)
    assert all(parent < joint for joint, parent in enumerate(PARENTS))
    assert [mirrored(mirrored(name)) for name in JOINTS] == list(JOINTS)
    assert [MIRROR[MIRROR[joint]] for joint in range(55)] == list(range(55))


def test_zero_pose_is_the_template(open_body):
    posed = forward(open_body, BodyParameters.zero(open_body))
    np.testing.assert_allclose(posed.vertices, open_body.template, atol=1e-6)
    np.testing.assert_allclose(posed.posed_from_rest, np.tile(np.eye(4), (55, 1, 1)), atol=1e-6)


def test_fast_pass_equals_the_slow_twin(open_body, anyone):
    rng = np.random.default_rng(2)
    offsets = rng.normal(0, 0.01, open_body.template.shape).astype(np.float32)
    fast, slow = (run(open_body, anyone, offsets=offsets) for run in (forward, forward_reference))
    np.testing.assert_allclose(fast.vertices, slow.vertices, atol=1e-5)
    np.testing.assert_allclose(fast.joints, slow.joints, atol=1e-5)
    np.testing.assert_allclose(fast.rest_joints, slow.rest_joints, atol=1e-5)
    np.testing.assert_allclose(fast.posed_from_rest, slow.posed_from_rest, atol=1e-5)


def test_forward_equals_the_smplx_package_on_the_same_file(open_body, anyone, smplx_output):
    vertices, joints = smplx_output(open_body.path, anyone)
    posed = forward(open_body, anyone)
    np.testing.assert_allclose(posed.vertices, vertices, atol=1e-5)
    np.testing.assert_allclose(posed.joints, joints, atol=1e-5)


def test_landmark_vertices_of_smplx_lie_on_the_right_places(open_body):
    ids = pytest.importorskip("smplx.vertex_ids").vertex_ids["smplx"]
    joints = open_body.joint_regressor @ open_body.template
    for name, vertex in ids.items():
        point = open_body.template[vertex]
        side = {"l": "left", "r": "right"}[name[0].lower()] if name != "nose" else None
        if name == "nose":
            assert abs(point[0]) < 1e-3
            assert point[2] > joints[INDEX["head"], 2] + 0.05
            continue
        assert np.sign(point[0]) == (1 if side == "left" else -1)
        near = {"eye": "eye", "ear": "head", "BigToe": "foot", "SmallToe": "foot", "Heel": "ankle"}.get(name[1:], f"{name[1:]}3")
        joint = joints[INDEX["head" if near == "head" else f"{side}_{near}"]]
        assert np.linalg.norm(point - joint) < 0.13, name


def test_subset_gives_the_same_points_and_all_joints(open_body, anyone):
    torch = pytest.importorskip("torch")
    from studio.body.lbs import lbs

    chosen = np.arange(5, open_body.vertex_count, 97)
    given = {"betas": anyone.betas, "expression": anyone.expression, "pose": anyone.full_pose, "transl": anyone.transl}
    posed = lbs(open_body.tensors.subset(chosen), **{name: torch.tensor(array)[None] for name, array in given.items()})
    whole = forward(open_body, anyone)
    np.testing.assert_allclose(posed.vertices[0], whole.vertices[chosen], atol=1e-6)
    np.testing.assert_allclose(posed.joints[0], whole.joints, atol=1e-6)


def test_gradients_of_the_pose_match_finite_differences(open_body):
    torch = pytest.importorskip("torch")
    from studio.body.lbs import BodyTensors, lbs

    body = BodyTensors.of(open_body, dtype=torch.float64).subset(np.arange(0, open_body.vertex_count, 3001), betas=4)
    generator = torch.Generator().manual_seed(0)
    pose = torch.randn(1, 55, 3, dtype=torch.float64, generator=generator) * 0.3
    pose[0, 20:30] = 0.0  # the formula must be smooth where there is no rotation
    betas = torch.randn(1, 4, dtype=torch.float64, generator=generator)
    pose.requires_grad_(True)
    betas.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda p, b: lbs(body, betas=b, pose=p).vertices, (pose, betas), atol=1e-6)


def test_batch_rows_are_independent(open_body, anyone):
    torch = pytest.importorskip("torch")
    from studio.body.lbs import lbs

    pose = torch.tensor(np.stack([anyone.full_pose, np.zeros((55, 3), dtype=np.float32)]))
    body = open_body.tensors.subset(np.arange(0, open_body.vertex_count, 501))
    both = lbs(body, betas=torch.zeros(2, 3), pose=pose).vertices
    alone = lbs(body, betas=torch.zeros(1, 3), pose=pose[:1]).vertices
    torch.testing.assert_close(both[:1], alone, atol=1e-6, rtol=0)
    torch.testing.assert_close(both[1], body.template, atol=1e-6, rtol=0)


def test_offsets_follow_the_skin(open_body):
    """An offset of the rest body is turned with the part it sits on: on the hand, exactly by the wrist's rotation."""
    hand = np.flatnonzero(open_body.weights[:, INDEX["left_wrist"]] > 0.999)
    assert len(hand) > 50
    pose = np.zeros((55, 3), dtype=np.float32)
    pose[INDEX["left_shoulder"]], pose[INDEX["left_wrist"]] = [0.2, 0.3, -0.9], [0.5, -0.4, 0.2]
    parameters = BodyParameters.zero(open_body).with_full_pose(pose)
    offsets = np.zeros_like(open_body.template)
    offsets[hand] = [0.0, 0.02, 0.01]
    moved = forward(open_body, parameters, offsets=offsets).vertices - forward(open_body, parameters).vertices
    rotation = to_matrix(pose[INDEX["left_shoulder"]]) @ to_matrix(pose[INDEX["left_wrist"]])
    np.testing.assert_allclose(moved[hand], np.broadcast_to(rotation @ [0.0, 0.02, 0.01], (len(hand), 3)), atol=1e-5)
    assert not np.delete(moved, hand, axis=0).any()


def test_joint_transforms_carry_the_rest_joints_to_the_posed_ones(open_body, anyone):
    posed = forward(open_body, anyone)
    carried = np.einsum("jab,jb->ja", posed.posed_from_rest[:, :3, :3], posed.rest_joints) + posed.posed_from_rest[:, :3, 3]
    np.testing.assert_allclose(carried, posed.joints, atol=1e-5)
    np.testing.assert_array_equal(posed.body_from_joint[:, :3, 3], posed.joints)


def test_moving_and_turning_the_body_moves_and_turns_every_vertex(open_body, anyone):
    pelvis = forward(open_body, anyone).joints[0]
    turn = np.array([0.3, 1.1, -0.4], dtype=np.float32)
    pose = anyone.full_pose.copy()
    pose[0] = 0
    still = forward(open_body, anyone.with_full_pose(pose)).vertices - pelvis
    pose[0] = turn
    moved = forward(open_body, anyone.with_full_pose(pose).replace(transl=anyone.transl + 1)).vertices - pelvis - 1
    np.testing.assert_allclose(moved, still @ to_matrix(turn).T, atol=1e-5)


def test_parameters_survive_a_file(open_body, anyone, tmp_path):
    np.savez(tmp_path / "body.npz", **anyone.arrays())
    with np.load(tmp_path / "body.npz", allow_pickle=False) as file:
        again = BodyParameters.from_arrays(file)
    for name, array in anyone.arrays().items():
        np.testing.assert_array_equal(getattr(again, name), array)
    np.testing.assert_array_equal(again.with_full_pose(again.full_pose).body_pose, anyone.body_pose)


def test_wrong_parameters_are_refused_by_name(open_body):
    zero = BodyParameters.zero(open_body)
    with pytest.raises(StudioError, match=r"body_pose.*\(21, 3\).*\(2, 3\)"):
        zero.replace(body_pose=np.zeros((2, 3)))
    with pytest.raises(StudioError, match="not finite"):
        zero.replace(transl=np.array([0.0, np.nan, 0.0]))
    with pytest.raises(StudioError, match="did you mean 'betas'"):
        zero.replace(beta=np.zeros(3))
    with pytest.raises(StudioError, match="left_eye_pose"):
        BodyParameters.from_arrays({"betas": np.zeros(3)})


def test_unknown_bodies_are_refused_with_what_there_is():
    with pytest.raises(StudioError, match="did you mean 'smplx'"):
        load_body("smpl-x")
    with pytest.raises(StudioError, match="'neutral'"):
        load_body("open", gender="female")
