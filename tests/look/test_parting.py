"""Flesh makes room for cloth where limbs touch, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.ground import pose_body
from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyParameters, forward, load_body
from studio.body.poses import load_pose
from studio.frames import world_from_smplx
from studio.look.figure import skin_faces
from studio.look.parting import LAYERS_M, give_way
from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals

TROUSERS, TEE = frozenset({"waist", "left_leg", "right_leg"}), frozenset({"torso", "left_arm", "right_arm"})


@pytest.fixture(scope="module")
def body() -> BodyModel:
    return load_body()


def posed(body: BodyModel, together_deg: float) -> BodyParameters:
    """The mean body relaxed, its legs and its arms turned inwards."""
    found = pose_body(body, BodyParameters.zero(body), load_pose("relaxed"), offsets=np.zeros_like(body.template))
    pose = found.full_pose.copy()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        pose[INDEX[f"{side}_hip"], 2] -= sign * np.radians(together_deg)
        pose[INDEX[f"{side}_shoulder"], 2] -= sign * np.radians(together_deg)
    return found.with_full_pose(pose)


def skin(body: BodyModel, parameters: BodyParameters, offsets: np.ndarray) -> np.ndarray:
    return world_from_smplx(forward(body, parameters, offsets=offsets).vertices.astype(np.float64))


def between_thighs(body: BodyModel, x: np.ndarray) -> np.ndarray:
    """Distances of the left thigh's skin to the right one's surface, negative inside, where it faces it [m]."""
    owner, faces = body.weights.argmax(axis=1), skin_faces(body)
    left, right = (owner == INDEX[f"{side}_hip"] for side in ("left", "right"))
    height = x[:, 2] - x[left | right, 2].min()
    middle = left & (height > 0.08) & (height < 0.28) & np.isin(np.arange(len(x)), faces)
    thigh = Surface(x, faces[right[faces].all(axis=1)])
    found = thigh.closest(x[middle])
    normal = np.cross(
        *(thigh.vertices[thigh.faces[found.triangles]][:, k] - thigh.vertices[thigh.faces[found.triangles]][:, 0] for k in (1, 2))
    )
    way = x[middle] - found.points
    return np.where((way * normal).sum(axis=1) > 0, 1.0, -1.0) * found.distances


def test_thighs_that_pass_through_each_other_leave_room_for_two_layers(body):
    zero = np.zeros_like(body.template)
    parameters = posed(body, 5.0)
    assert between_thighs(body, skin(body, parameters, zero)).min() < -0.002
    offsets = give_way(body, parameters, [TROUSERS], offsets=zero)
    assert between_thighs(body, skin(body, parameters, offsets)).min() > 0.8 * LAYERS_M


def test_a_sleeve_finds_room_in_the_crook_of_a_bent_elbow(body):
    zero = np.zeros_like(body.template)
    parameters = posed(body, 0.0)
    pose = parameters.full_pose.copy()
    pose[INDEX["left_elbow"]] = [0.0, np.radians(-115.0), 0.0]
    parameters = parameters.with_full_pose(pose)
    owner, faces = body.weights.argmax(axis=1), skin_faces(body)
    arm = np.isin(owner, [INDEX["left_shoulder"], INDEX["left_elbow"]])

    def buried(offsets: np.ndarray) -> int:
        x = skin(body, parameters, offsets)
        above = x + 0.0005 * vertex_normals(x, faces)
        return int(Surface(x, faces).contains(above[arm & np.isin(np.arange(len(x)), faces)]).sum())

    assert buried(zero) > 20
    assert buried(give_way(body, parameters, [TEE], offsets=zero)) < 0.2 * buried(zero)
    assert buried(give_way(body, parameters, [TROUSERS], offsets=zero)) > 0.8 * buried(zero)


def test_what_moves_is_small_smooth_and_near_the_place_and_hands_stay(body):
    zero = np.zeros_like(body.template)
    parameters = posed(body, 3.0)
    before = skin(body, parameters, zero)
    moved = np.linalg.norm(skin(body, parameters, give_way(body, parameters, [TROUSERS, TEE], offsets=zero)) - before, axis=1)
    owner = body.weights.argmax(axis=1)
    assert 0.002 < moved.max() < 0.02
    far = np.isin(owner, [INDEX[name] for name in ("head", "left_ankle", "right_ankle", "left_wrist", "right_wrist", "left_foot")])
    assert moved[far].max() == 0.0
    assert (moved > 1e-4).mean() < 0.1
    faces = skin_faces(body)
    steps = np.abs(moved[faces] - np.roll(moved[faces], 1, axis=1)) / np.linalg.norm(
        before[faces] - np.roll(before[faces], 1, axis=1), axis=2
    )
    assert np.percentile(steps[moved[faces].max(axis=1) > 1e-4], 99) < 1.0  # no crease that folds over


def test_a_body_gives_way_only_to_cloth_that_goes_between(body):
    zero = np.zeros_like(body.template)
    parameters = posed(body, 5.0)
    np.testing.assert_array_equal(give_way(body, parameters, [frozenset({"neck"})], offsets=zero), zero)  # a collar
    skirt = give_way(body, parameters, [frozenset({"waist"})], offsets=zero)  # goes between hands and hips
    assert between_thighs(body, skin(body, parameters, skirt)).min() < -0.002
    only_arms = give_way(body, parameters, [TEE], offsets=zero)
    legs = np.isin(body.weights.argmax(axis=1), [INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee")])
    assert np.abs(only_arms).max() > 0.001
    assert between_thighs(body, skin(body, parameters, only_arms)).min() < -0.002
    assert np.abs(only_arms[legs]).max() == 0.0


def test_limbs_that_are_apart_stay_as_they_are(body):
    zero = np.zeros_like(body.template)
    parameters = BodyParameters.zero(body).with_full_pose(np.zeros_like(posed(body, 0.0).full_pose))
    parted = give_way(body, parameters, [TEE], offsets=zero)
    assert np.abs(parted).max() < 0.002  # only where an arm begins
