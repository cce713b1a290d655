"""Our forward pass against Blender's own armature with the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.joints import PARENTS
from studio.body.lbs import rotation_matrices
from studio.body.model import BodyParameters, forward, load_body
from studio.engine import Engine, write_job


@pytest.mark.parametrize("reach", [0.25, 0.8])
def test_our_skinning_is_that_of_blenders_armature_with_the_same_weights(tmp_path, reach):
    import torch

    model, rng = load_body(), np.random.default_rng(5)
    zero = BodyParameters.zero(model)
    pose = rng.normal(0, reach, (55, 3)).astype(np.float32)
    parameters = zero.replace(betas=rng.normal(0, 1, model.beta_count).astype(np.float32) * (np.arange(model.beta_count) < 10))
    parameters = parameters.with_full_pose(pose)
    rotations = rotation_matrices(torch.as_tensor(parameters.full_pose, dtype=torch.float64)).numpy()
    posed = forward(model, parameters)
    features = (rotations[1:] - np.eye(3)).reshape(-1)[: model.pose_dirs.shape[2]]
    shaped = model.template + model.shape_dirs @ parameters.betas + model.pose_dirs @ features
    write_job(tmp_path, "armature")
    np.savez(
        tmp_path / "skin.npz", vertices=shaped, faces=model.faces, weights=model.weights, joints=posed.rest_joints,
        parents=np.array(PARENTS), rotations=rotations,
    )  # fmt: skip
    with Engine() as engine:
        result = engine.run(tmp_path)
    with np.load(result.path("posed.npz")) as stored:
        theirs = stored["vertices"]
    moved = np.linalg.norm(posed.vertices - shaped, axis=1)
    assert moved.max() > 0.1  # the pose is a real one
    assert np.abs(theirs - posed.vertices).max() < 1e-4
