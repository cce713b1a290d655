"""Finished garments on bodies: they go where the body goes, stay out of it, and are measured like sewn ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from studio.body.ground import pose_body
from studio.body.hm08 import hm08_vertices, makehuman_rest_pose
from studio.body.makehuman import MakeHuman
from studio.body.model import BodyParameters, forward, load_body
from studio.body.poses import load_pose
from studio.body.rotations import axis_rotation, from_matrix, to_matrix
from studio.frames import WORLD_FROM_SMPLX, world_from_smplx
from studio.garment.finished.mesh import Material, Variant
from studio.garment.finished.mhclo import Binding
from studio.look.figure import Figure, skin_faces
from studio.look.gates import measure_gates, surface_samples
from studio.look.obstacle import OuterBody
from studio.look.wearing.bound import bound_vertices, in_rest_pose
from studio.look.wearing.carry import carrier
from studio.look.wearing.clear import lifted
from studio.look.wearing.hats import put_hat_on
from studio.look.wearing.outfit import FinishedPiece, FittedPiece, drape_outfit, stand_in
from studio.look.wearing.shoes import put_shoes_on
from studio.look.wearing.turns import nearest_rotations, rigid_between, skin_turns
from studio.mesh.normals import vertex_normals
from studio.specs.fabric import FabricMechanics
from tests.garment.finished.shapes import LENGTH, RISE, as_mesh, hat, shoe
from tests.look.conftest import capsule


@pytest.fixture(scope="module")
def model():
    return load_body()


@pytest.fixture(scope="module")
def standing(model):
    """The mean body in the relaxed pose."""
    return pose_body(model, BodyParameters.zero(model), load_pose("relaxed"))


@pytest.fixture(scope="module")
def zero(model):
    return np.zeros_like(model.template)


def skin_of(model, parameters, offsets=None):
    return world_from_smplx(forward(model, parameters, offsets=offsets).vertices.astype(float))


def trousers(model, parameters, *, waist=0.95):
    """A second skin, 6 mm off hips and legs up to a height [m]: vertices [m], world, and faces."""
    skin, faces = skin_of(model, parameters), skin_faces(model)
    height = skin[:, 2]
    chosen = (height > 0.14) & (height < waist) & (model.weights[:, 20:].sum(axis=1) < 0.1) & (np.abs(skin[:, 0]) < 0.3)
    chosen &= model.weights[:, [16, 17, 18, 19]].sum(axis=1) < 0.1
    part = faces[chosen[faces].all(axis=1)]
    used, part = np.unique(part, return_inverse=True)
    return (skin + 0.006 * vertex_normals(skin, faces))[used], part.reshape(-1, 3)


# --- carried by the skin ----------------------------------------------------------------------------------------------------------


def carried(model, garment, source, target):
    found = carrier(garment, source, skin_faces(model), carries=np.ones(len(source), bool))
    return found.to(target, skin_turns(source, target, model.weights))


def test_nothing_moves_where_the_body_does_not(model, standing):
    garment, _ = trousers(model, standing)
    skin = skin_of(model, standing)
    np.testing.assert_allclose(carried(model, garment, skin, skin), garment, atol=1e-9)


def test_a_garment_turns_and_moves_with_the_whole_body(model, standing):
    garment, _ = trousers(model, standing)
    skin, turn, shift = skin_of(model, standing), axis_rotation(2, 0.7) @ axis_rotation(0, 0.2), np.array([0.3, -0.2, 0.5])
    np.testing.assert_allclose(carried(model, garment, skin, skin @ turn.T + shift), garment @ turn.T + shift, atol=1e-8)


def test_a_bent_knee_takes_its_trouser_leg_along(model, standing):
    garment, faces = trousers(model, standing)
    pose = standing.full_pose.copy()
    pose[4] += [0.6, 0, 0]
    bent = standing.with_full_pose(pose)
    moved = carried(model, garment, skin_of(model, standing), skin_of(model, bent))
    inside = -OuterBody(skin_of(model, bent), skin_faces(model)).signed_distance(moved)
    assert inside.max() < 0.004  # of 6 mm of ease, in the hollow of the knee
    assert np.linalg.norm(moved - garment, axis=1).max() > 0.15
    edges = np.linalg.norm(moved[faces] - moved[np.roll(faces, 1, axis=1)], axis=2)
    before = np.linalg.norm(garment[faces] - garment[np.roll(faces, 1, axis=1)], axis=2)
    assert np.quantile(np.abs(edges / before - 1), 0.95) < 0.25


def test_a_taller_body_has_a_longer_garment_in_proportion(model):
    def body(beta):
        betas = np.zeros(model.beta_count, np.float32)
        betas[0] = beta
        return pose_body(model, BodyParameters.zero(model).replace(betas=betas), load_pose("a"))

    short, tall = body(1.0), body(-1.0)
    if np.ptp(skin_of(model, short)[:, 2]) > np.ptp(skin_of(model, tall)[:, 2]):
        short, tall = tall, short
    garment, _ = trousers(model, short)
    source, target = skin_of(model, short), skin_of(model, tall)
    moved = carried(model, garment, source, target)
    legs = [forward(model, each).joints for each in (short, tall)]
    longer = np.linalg.norm(legs[1][1] - legs[1][7]) / np.linalg.norm(legs[0][1] - legs[0][7])
    assert longer > 1.05
    assert np.ptp(moved[:, 2]) / np.ptp(garment[:, 2]) == pytest.approx(longer, abs=0.03)


def test_rotations_are_found_again():
    rng = np.random.default_rng(3)
    turn = to_matrix(rng.normal(size=3))
    points = rng.normal(size=(40, 3))
    found, shift = rigid_between(points, points @ turn.T + [1, 2, 3])
    np.testing.assert_allclose(found, turn, atol=1e-12)
    np.testing.assert_allclose(shift, [1, 2, 3], atol=1e-12)
    np.testing.assert_allclose(nearest_rotations(turn * 3.0), turn, atol=1e-12)


# --- lifted off the body ------------------------------------------------------------------------------------------------------------


def test_a_lift_leaves_nothing_inside_and_layers_in_order():
    vertices, faces = capsule(0.1, 0.2)
    body = OuterBody(*capsule(0.12, 0.2))
    both = np.concatenate([vertices, 1.04 * vertices])  # two layers, up to 2 cm inside, 4 mm apart
    triangles = np.concatenate([faces, faces + len(vertices)])
    x = lifted(both, triangles, body)
    assert body.signed_distance(x).min() > 0.001
    assert body.signed_distance(surface_samples(x, triangles)).min() > -0.001
    inner, outer = np.split(np.linalg.norm(x[:, :2], axis=1), 2)
    middle = np.abs(vertices[:, 2]) < 0.1
    assert (outer > inner)[middle].all()
    away = both + np.array([1.0, 0, 0])
    np.testing.assert_array_equal(lifted(away, triangles, body), away)


# --- bound by MakeHuman ---------------------------------------------------------------------------------------------------------------


def some_binding(count=200) -> Binding:
    """Points at vertices of hm08, off them by about 2 cm."""
    rng = np.random.default_rng(5)
    first = rng.choice(13000, count)
    weights = rng.dirichlet([1, 1, 1], count)
    vertices = np.stack([first, first, first], axis=1)
    pairs = np.array([[5399, 11998], [791, 881], [962, 5320]])
    return Binding(vertices, weights, rng.normal(0, 0.02, (count, 3)), pairs, np.array([0.15, 0.2, 0.18]))


def test_the_rest_pose_is_the_one_that_makehuman_models_in(model):
    """On its own mean body a tights helper lies in our rest pose where MakeHuman's file has it, up to shape: limbs point the same way."""
    ours = hm08_vertices(model, BodyParameters.zero(model).with_full_pose(makehuman_rest_pose())).astype(float)
    theirs = MakeHuman.installed().vertices
    tights = MakeHuman.installed().vertex_groups["helper-tights"]
    turn, _ = rigid_between(theirs[tights], ours[tights])
    assert np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))) < 2.0
    scale = np.ptp(ours[tights], axis=0) / np.ptp(theirs[tights], axis=0)
    np.testing.assert_allclose(scale / scale.mean(), 1.0, atol=0.04)  # 50 % if an arm hung 30 degrees lower


def test_in_the_rest_pose_the_binding_is_makehumans_formula(model, zero):
    rng = np.random.default_rng(0)
    betas = np.zeros(model.beta_count, np.float32)
    betas[:10] = rng.normal(0, 0.7, 10)
    rest = in_rest_pose(model, BodyParameters.zero(model).replace(betas=betas))
    binding, hm08 = some_binding(), hm08_vertices(model, rest).astype(float)
    expected = []
    for corners, weights, offset in zip(binding.vertices, binding.weights, binding.offsets, strict=True):  # slow and readable
        place = sum(weight * hm08[corner] for corner, weight in zip(corners, weights, strict=True))
        pairs = enumerate(zip(binding.scale_pairs, binding.scale_m, strict=True))
        scale = [abs(hm08[a][axis] - hm08[b][axis]) / metres for axis, ((a, b), metres) in pairs]
        expected.append(place + np.array(scale) * offset)
    found = bound_vertices(model, rest, binding, offsets=zero)
    np.testing.assert_allclose(found, world_from_smplx(np.array(expected)), atol=1e-5)


def test_bound_clothes_turn_with_the_body(model, zero, standing):
    turn = axis_rotation(1, 0.8)
    pose = to_matrix(standing.full_pose)
    pose[0] = turn @ pose[0]
    turned = standing.with_full_pose(from_matrix(pose))
    binding = some_binding()
    world = WORLD_FROM_SMPLX @ turn @ WORLD_FROM_SMPLX.T
    pelvis = world_from_smplx(forward(model, standing).joints[0].astype(float))
    before, after = (bound_vertices(model, each, binding, offsets=zero) for each in (standing, turned))
    np.testing.assert_allclose(after, (before - pelvis) @ world.T + pelvis, atol=2e-4)


# --- shoes ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shod(model, zero, standing):
    return put_shoes_on(model, standing, shoe(), binding=None, offsets=zero, name="runner")


def halves(mesh):
    return np.split(mesh.vertices, 2)


def test_soles_stand_on_the_floor_and_both_shoes_are_mirror_images(shod, model):
    left, right = halves(shod.mesh)
    assert min(left[:, 2].min(), right[:, 2].min()) == pytest.approx(0.0, abs=1e-6)
    assert abs(left[:, 2].min() - right[:, 2].min()) < 0.004  # each stands on its own foot
    turn, shift = rigid_between(left * [-1, 1, 1], right)
    np.testing.assert_allclose((left * [-1, 1, 1]) @ turn.T + shift, right, atol=1e-6)
    count = len(shod.mesh.faces) // 2
    np.testing.assert_array_equal(shod.mesh.faces[:count][:, ::-1], shod.mesh.faces[count:] - len(left))


def test_the_body_is_raised_by_what_it_stands_on_and_the_heel_by_the_inner_sole(shod, model, standing):
    factor = np.ptp(halves(shod.mesh)[0][:, 1]) / LENGTH
    before, after = (world_from_smplx(forward(model, each).joints.astype(float)) for each in (standing, shod.posed))
    for ankle, toes in ((7, 10), (8, 11)):
        raised = after[ankle, 2] - before[ankle, 2], after[toes, 2] - before[toes, 2]
        assert raised[0] - raised[1] > 0.5 * RISE * factor  # the heel more than the ball
    assert after[12, 2] - before[12, 2] > 0.03  # and all of the body with them


def test_feet_fit_into_their_shoes(shod, model):
    body = OuterBody(skin_of(model, shod.posed, shod.offsets), skin_faces(model))
    depth = -body.signed_distance(surface_samples(shod.mesh.vertices, shod.mesh.faces))
    assert depth.max() < 0.001


def test_skin_away_from_the_shoes_is_not_touched(shod, model, zero):
    skin = skin_of(model, shod.posed)
    moved = np.abs(shod.offsets - zero).max(axis=1) > 1e-3
    assert moved.any()
    assert skin[moved][:, 2].max() < 0.3


def test_shoes_go_with_the_feet_of_a_walk(model, zero):
    walking = pose_body(model, BodyParameters.zero(model), load_pose("walk"))
    worn = put_shoes_on(model, walking, shoe(), binding=None, offsets=zero, name="runner")
    assert worn.mesh.vertices[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    depth = -OuterBody(skin_of(model, worn.posed, worn.offsets), skin_faces(model)).signed_distance(worn.mesh.vertices)
    assert depth.max() < 0.001


# --- hats -----------------------------------------------------------------------------------------------------------------------------


def test_a_hat_sits_on_the_scalp_and_follows_the_head(model, zero, standing):
    worn = put_hat_on(model, standing, hat(), binding=None, offsets=zero, name="cap")
    skin = skin_of(model, standing)
    crown = worn.mesh.vertices[:, 2].max()
    assert 0.0 < crown - skin[:, 2].max() < 0.06
    depth = -OuterBody(skin, skin_faces(model)).signed_distance(surface_samples(worn.mesh.vertices, worn.mesh.faces))
    assert depth.max() < 0.001
    pose = to_matrix(standing.full_pose)
    pose[15] = axis_rotation(1, 0.5) @ pose[15]
    turned = put_hat_on(model, standing.with_full_pose(from_matrix(pose)), hat(), binding=None, offsets=zero, name="cap")
    turn, shift = rigid_between(worn.mesh.vertices, turned.mesh.vertices)
    np.testing.assert_allclose(worn.mesh.vertices @ turn.T + shift, turned.mesh.vertices, atol=1e-6)
    assert np.arccos((np.trace(turn) - 1) / 2) == pytest.approx(0.5, abs=1e-3)


# --- outfits --------------------------------------------------------------------------------------------------------------------------


def fabric() -> FabricMechanics:
    from studio.garment.catalog import load_fabric

    return load_fabric("cotton-twill").mechanics


def piece(name, kind, mesh, *, materials=(), variant=("one", ()), mannequin=None):
    """A finished garment as it is published, without a store."""
    flat = mesh.vertices[mesh.faces][..., [0, 2]] * 100
    garment = SimpleNamespace(
        kind=kind, mesh=mesh, materials=materials, binding=None, mannequin=mannequin, pattern=(flat, np.zeros(len(mesh.faces), np.int32))
    )
    return FinishedPiece(name, garment, Variant(name=variant[0], materials=variant[1]), fabric())


@pytest.fixture(scope="module")
def outfit(model, zero, standing):
    """Shoes of two looks, then trousers that were made on the same body in the A-pose."""
    made_on = pose_body(model, BodyParameters.zero(model), load_pose("a"))
    legs = as_mesh(*trousers(model, made_on, waist=0.4))
    looks = (Material(name="day"), Material(name="night"))
    pieces = [
        piece("runner", "shoe", shoe(), materials=looks, variant=("night", (1,))),
        piece("trousers", "garment", legs, mannequin=made_on.arrays() | {"offsets": zero}),
    ]
    stance = stand_in(model, standing, pieces, offsets=zero)
    skin = skin_of(model, stance.posed, stance.offsets)
    lower = skin - [0, 0, 0.05]
    figure = Figure(np.array([lower, skin]), np.zeros((2, 55, 3)), skin_faces(model), model.weights.argmax(axis=1), {})
    return figure, drape_outfit(figure, pieces, model, stance, solver=None)


def test_finished_garments_pass_the_gates_and_strain_does_not_apply(outfit):
    _figure, draped = outfit
    gates = draped.gates
    assert (gates.penetrating_vertices, gates.penetrating_samples) == (0, 0)
    assert gates.strain_p99 == pytest.approx(0.0, abs=1e-6)
    assert gates.passed, gates.failures


def test_a_finished_garment_that_stands_in_the_body_fails_the_gates(outfit):
    from dataclasses import replace

    figure, draped = outfit
    legs = draped.garments[1]
    inside = replace(legs.mesh, vertices=legs.mesh.vertices + np.array([0.02, 0, 0]))
    broken = replace(legs, mesh=inside)
    gates = measure_gates(figure.vertices[-1], figure.faces, [broken.measured])
    assert gates.penetrating_vertices > 50
    assert not gates.passed


def test_what_is_worn_over_finished_garments_meets_them_in_every_pose(outfit):
    _figure, draped = outfit
    for worn in draped.garments:
        collider = worn.collider
        assert collider.keys.shape == (2, len(worn.mesh.vertices), 3)
        np.testing.assert_allclose(collider.keys[-1], worn.mesh.vertices)
        np.testing.assert_allclose(collider.keys[0], worn.mesh.vertices - [0, 0, 0.05], atol=1e-6)  # the figure only rises


def test_a_variant_wears_its_own_materials(outfit):
    own = outfit[1].garments[0].piece
    assert isinstance(own, FittedPiece)
    assert [material.name for material in own.materials] == ["night"]
    assert set(own.material) == {0}
    assert "raises the body" in own.remarks[-1]
    assert outfit[1].garments[1].piece.materials == ()
