"""A twin keeps its face: in every pose of the library, and in every scene, the geometry that is rendered is the twin's own."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from studio.body.ground import pose_body
from studio.body.model import BodyParameters, load_body
from studio.body.poses import apply_pose, load_pose, pose_names
from studio.shot.figure import figure_of
from studio.shot.head import find_head
from studio.shot.plan import plan_shots
from studio.shot.quality import quality_of
from studio.specs.appearance import AppearanceSpec, Hair
from studio.specs.scene import load_scene

#: How far the face may be from a rigid motion of itself [m]: rounding leaves 5e-6; where the head is turned farthest, over the shoulder,
#: the neck's pose correctives reach the corners of the lower lip with 8e-5.
_RIGID_M = 1e-4
SCENES = ("catalog-white", "loft-daylight", "street-golden", "neon-night", "desert-noon")


@pytest.fixture(scope="module")
def someone():
    model = load_body()
    betas = np.random.default_rng(3).normal(0, 0.7, len(BodyParameters.zero(model).betas))
    return model, BodyParameters.zero(model).replace(betas=betas.astype(np.float32))


@pytest.mark.parametrize("name", pose_names())
def test_the_face_is_the_same_in_every_pose(someone, name):
    model, parameters = someone
    figure = figure_of(model, apply_pose(model, parameters, load_pose(name)))
    head = find_head(figure)
    # what can be seen of it from before: where the neck and its correctives take no part, and without the mouth's inside
    before = head.head_from_rest(figure.rest_vertices)[:, 1] < -0.012
    face = figure.skin & before & (figure.region("head") > 1 - 1e-6) & (figure.region("inside_mouth") < 0.3)
    assert face.sum() > 1200
    apart = figure.vertices[face] - (figure.rest_vertices[face] @ head.rotation.T + head.offset)
    assert np.linalg.norm(apart, axis=1).max() < _RIGID_M


def test_the_body_that_is_rendered_is_the_same_in_every_scene(someone, tmp_path):
    model, parameters = someone
    figure = figure_of(model, pose_body(model, parameters, load_pose("relaxed")))
    bare = AppearanceSpec(title="t", figure="female", hair=Hair(style="none"))
    digests = set()
    for name in SCENES:
        scene = load_scene(name)
        plan_shots(
            tmp_path / name, figure, scene=scene, cameras=scene.cameras[:1], appearance=bare, quality=quality_of("draft"), size_px=(40, 50)
        )
        with np.load(tmp_path / name / "body.npz") as stored:
            digests.add(hashlib.sha256(stored["vertices"].tobytes() + stored["quads"].tobytes()).hexdigest())
    assert len(digests) == 1
