"""Posed bodies of several shapes stand on the floor, on the feet that the pose plants, with their arms outside their bodies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from studio import library
from studio.body.arms import ARM_CLEARANCE_M, Part, arm_vertices, gaps, part_faces, trunk
from studio.body.feet import foot_vertices, plant_feet, sole_and_toes
from studio.body.ground import measuring_stance, pose_body, stand
from studio.body.joints import FINGERS, INDEX, below
from studio.body.model import BodyParameters, forward
from studio.body.poses import apply_pose, load_pose, pose_rotations
from studio.body.rotations import axis_rotation, from_matrix
from studio.mesh.closest import Surface
from studio.specs.pose import PoseSpec

POSES = library.names("rigs", "poses")
SHAPES = ("mean", "woman", "plus-size woman", "tall man", "heavy man", "uneven")
#: Poses that are tried on more bodies than a full one: one that stands, one that touches, one that steps, and arms that meet each other.
ON = {
    "relaxed": SHAPES, "hand-on-hip": SHAPES, "walk": ("mean", "woman", "tall man", "uneven"),
    "arms-crossed": SHAPES[1:4], "hands-in-front": SHAPES[1:4], "hands-behind": SHAPES[1:3],
}  # fmt: skip


#: How near to its place a part of a reaching hand is at least [m].
REACHED_M = 0.05


@pytest.fixture(scope="session")
def shapes(open_body) -> dict[str, BodyParameters]:
    """Bodies of different build, one of them with legs and sides that differ."""
    from studio.body.open_shape import PHENOTYPES

    with np.load(open_body.path, allow_pickle=False) as file:
        design = file["studio_phenotype_betas"]

    usual = dict.fromkeys(PHENOTYPES, 0.5) | {"age": 0.2, "height": 0.36} | dict.fromkeys(PHENOTYPES[-3:], 1 / 3)

    def body(**values: float) -> np.ndarray:
        return np.array([1.0, *(usual | values).values()]) @ design

    zero = BodyParameters.zero(open_body)
    betas = {
        "mean": zero.betas,
        "woman": body(gender=1.0, weight=0.3, height=0.4),
        "plus-size woman": body(gender=1.0, weight=0.95, height=0.4),
        "tall man": body(gender=0.0, weight=0.45, height=0.75),
        "heavy man": body(gender=0.0, weight=0.95),
        "uneven": np.random.default_rng(8).normal(0, 1.2, open_body.beta_count),
    }
    return {name: zero.replace(betas=value) for name, value in betas.items()}


@pytest.fixture(scope="session")
def posed(open_body, shapes):
    """Every pose on a full body, and some on others, computed once: (parameters, output)."""
    bodies = {}
    for pose in POSES:
        for shape in ON.get(pose, SHAPES[2:3]):
            parameters = pose_body(open_body, shapes[shape], load_pose(pose))
            bodies[pose, shape] = parameters, forward(open_body, parameters)
    return bodies


def test_every_body_stands_on_the_floor_over_the_origin(open_body, posed):
    feet = foot_vertices(open_body)
    for (pose, shape), (_, output) in posed.items():
        assert abs(output.vertices[feet["left"] | feet["right"], 1].min()) < 1e-5, (pose, shape)
        assert output.vertices[:, 1].min() > -0.002, (pose, shape)
        np.testing.assert_allclose(output.joints[0, [0, 2]], 0, atol=1e-5)


def test_planted_feet_all_touch_the_floor(open_body, posed):
    feet = foot_vertices(open_body)
    for (pose, shape), (_, output) in posed.items():
        for side in load_pose(pose).planted:
            assert abs(output.vertices[feet[side], 1].min()) < 5e-4, (pose, shape, side)


def test_level_feet_rest_on_heel_and_ball(open_body, posed):
    for (pose, shape), (_, output) in posed.items():
        for side in load_pose(pose).level:
            sole = output.vertices[foot_vertices(open_body)[side] & (open_body.weights[:, INDEX[f"{side}_foot"]] < 0.5)].astype(np.float64)
            forward = (output.joints[INDEX[f"{side}_foot"]] - output.joints[INDEX[f"{side}_ankle"]]) * [1, 0, 1]
            along = sole @ (forward / np.linalg.norm(forward))
            heel, ball = along < np.quantile(along, 0.3), along > np.quantile(along, 0.7)
            lowest = sole[:, 1].min()
            assert sole[heel, 1].min() - lowest < 0.002, (pose, shape, side)
            assert sole[ball, 1].min() - lowest < 0.002, (pose, shape, side)


def test_toes_of_level_feet_touch_the_floor_and_do_not_go_through_it(open_body):
    """However they point in the rest pose: here down on one foot, and up on the other."""
    turned = np.tile(np.eye(3), (55, 1, 1))
    for side, angle_deg in (("left", 8.0), ("right", -6.0)):
        turned[INDEX[f"{side}_foot"]] = axis_rotation(0, np.radians(angle_deg))
    body = BodyParameters.zero(open_body)
    pointed = forward(open_body, body.with_full_pose(from_matrix(turned))).vertices - open_body.template
    for side, low in (("left", True), ("right", False)):
        sole, toes = ((open_body.template + pointed)[part, 1].min() for part in sole_and_toes(open_body, side))
        assert (toes < sole - 0.004) if low else (toes > sole + 0.003), side
    for pose in ("a", "relaxed"):
        standing = pose_body(open_body, body, load_pose(pose), offsets=pointed)
        heights = forward(open_body, standing, offsets=pointed).vertices[:, 1]
        for side in ("left", "right"):
            sole, toes = (heights[part].min() for part in sole_and_toes(open_body, side))
            assert abs(sole) < 7e-4, (pose, side)
            assert abs(toes) < 7e-4, (pose, side)


def test_arms_and_hands_are_outside_the_body(open_body, posed):
    for (pose, shape), (_, output) in posed.items():
        body = trunk(open_body, output)
        for side in ("left", "right"):
            gap = gaps(body, output.vertices[arm_vertices(open_body, side)]).min()
            spec = load_pose(pose)
            least = -0.001 if side in (*spec.touching, *spec.reach) else ARM_CLEARANCE_M - 0.003
            assert gap > least, (pose, shape, side, gap)


def test_arms_and_hands_are_outside_each_other(open_body, posed):
    parts = {side: part_faces(open_body, arm_vertices(open_body, side)) for side in ("left", "right")}
    for (pose, shape), (_, output) in posed.items():
        for side, other in (("left", "right"), ("right", "left")):
            faces, at_cut = parts[other]
            arm = Part(Surface(output.vertices, faces), at_cut)
            assert gaps(arm, output.vertices[arm_vertices(open_body, side)]).min() > -0.001, (pose, shape, side)


@pytest.mark.parametrize("name", library.names("rigs", "hands"))
def test_fingers_do_not_go_through_each_other(open_body, shapes, name):
    own = {finger: open_body.weights[:, [INDEX[f"left_{finger}{k}"] for k in (1, 2, 3)]].sum(axis=1) > 0.5 for finger in FINGERS}
    for shape in ("woman", "heavy man"):
        skin = forward(open_body, apply_pose(open_body, shapes[shape], PoseSpec(hands=name, planted=(), level=()))).vertices
        for finger, vertices in own.items():
            part = Part(Surface(skin, *part_faces(open_body, vertices)[:1]), part_faces(open_body, vertices)[1])
            for other in set(FINGERS) - {finger}:
                assert gaps(part, skin[own[other]]).min() > -0.001, (shape, finger, other)


def test_the_centre_of_mass_is_over_the_feet_that_carry_it(open_body, posed):
    """Of flesh of one density, whose error is under a centimetre: the lungs are high and in the middle."""
    skin = open_body.faces[open_body.surface.is_part("skin")[open_body.faces].all(axis=1)]
    checked = 0
    for (pose, shape), (_, output) in posed.items():
        spec = load_pose(pose)
        if not spec.planted or spec.carried_by != "feet":
            continue
        corners = output.vertices[skin].astype(np.float64).swapaxes(0, 1)
        volumes = np.einsum("nd,nd->n", corners[0], np.cross(corners[1], corners[2]))
        centre = (corners.sum(axis=0) * volumes[:, None]).sum(axis=0) / (4 * volumes.sum())
        feet = np.logical_or.reduce([foot_vertices(open_body)[side] for side in spec.planted])
        support = ConvexHull(output.vertices[feet & (output.vertices[:, 1] < 0.01)][:, [0, 2]])
        inside = -(support.equations[:, :2] @ centre[[0, 2]] + support.equations[:, 2]).max()
        assert inside > 0.01, (pose, shape, inside)
        checked += 1
    assert checked > 30


def test_what_is_not_balanced_says_that_the_scene_carries_it():
    assert {name for name in POSES if load_pose(name).carried_by == "scene"} == {"seated", "seated-side", "leaning", "step-up"}


@pytest.mark.parametrize("name", POSES)
def test_eyes_turn_no_farther_than_eyes_do(name):
    eyes = pose_rotations(load_pose(name))[[INDEX["left_eye"], INDEX["right_eye"]]]
    assert np.degrees(np.linalg.norm(from_matrix(eyes), axis=1)).max() < 28


def test_a_reaching_hand_comes_to_its_place_on_every_body(open_body, posed):
    """Joined hands meet, a hand at the collar is there: to a hand's breadth, since fingers of other sizes are between."""
    for (pose, shape), (_, output) in posed.items():
        for side, reach in load_pose(pose).reach.items():
            hand = open_body.weights[:, below(INDEX[f"{side}_wrist"])].sum(axis=1) > 0.5
            joint = INDEX[reach.to]
            place = output.joints[joint] + output.posed_from_rest[joint, :3, :3] @ (0.01 * np.array(reach.offset_cm))
            if not any(reach.to.startswith(f"{other}_") for other in ("left", "right")) or "_col" in reach.to or "_hip" in reach.to:
                nearest = trunk(open_body, output).surface.closest(place[None])
                place = nearest.points[0] + 0.01 * reach.off_skin_cm * nearest.normals[0]
            assert np.linalg.norm(output.vertices[hand] - place, axis=1).min() < REACHED_M, (pose, shape, side)


def test_poses_as_they_are_written_would_put_arms_into_some_bodies(open_body, shapes):
    """So the tests above are about what is done for each body, and not about what the files say."""
    arms = arm_vertices(open_body, "left") | arm_vertices(open_body, "right")
    deepest = 0.0
    for pose in ("hands-in-front", "arms-crossed", "in-pocket"):
        for shape in ("plus-size woman", "heavy man"):
            written = forward(open_body, apply_pose(open_body, shapes[shape], load_pose(pose)))
            deepest = min(deepest, gaps(trunk(open_body, written), written.vertices[arms]).min())
    assert deepest < -0.01


def test_a_touching_hand_touches(open_body, posed):
    for shape in SHAPES:
        _, output = posed["hand-on-hip", shape]
        hand = open_body.weights[:, INDEX["right_wrist"]] + open_body.weights[:, INDEX["right_index1"] :].sum(axis=1) > 0.5
        assert gaps(trunk(open_body, output), output.vertices[hand]).min() < 0.006, shape


def test_hands_that_do_not_reach_for_each_other_are_apart(open_body, posed):
    for (pose, shape), (_, output) in posed.items():
        if len(load_pose(pose).reach) == 2:
            continue
        left, right = (output.joints[INDEX[f"{side}_middle1"]] for side in ("left", "right"))
        assert np.linalg.norm(left - right) > 0.2, (pose, shape)


def test_catalogue_arms_stay_near_the_body(posed):
    """10 to 30 degrees off the vertical: near enough to look at ease, far enough for cloth."""
    for shape in ("mean", "woman"):
        _, output = posed["relaxed", shape]
        for side, sign in (("left", 1), ("right", -1)):
            arm = output.joints[INDEX[f"{side}_wrist"]] - output.joints[INDEX[f"{side}_shoulder"]]
            assert 8 < np.degrees(np.arctan2(sign * arm[0], -arm[1])) < 30


def test_planting_changes_only_the_legs(open_body, shapes):
    before = apply_pose(open_body, shapes["uneven"], load_pose("relaxed"))
    after = plant_feet(open_body, before, ("left", "right"))
    legs = [INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("hip", "knee", "ankle")]
    others = np.setdiff1d(np.arange(55), legs)
    np.testing.assert_allclose(after.full_pose[others], before.full_pose[others], atol=1e-5)
    old, new = forward(open_body, before), forward(open_body, after)
    for side in ("left", "right"):  # feet keep their directions in space, and stay under the same place
        ankle = INDEX[f"{side}_ankle"]
        np.testing.assert_allclose(new.posed_from_rest[ankle, :3, :3], old.posed_from_rest[ankle, :3, :3], atol=1e-4)
        np.testing.assert_allclose(new.joints[ankle, [0, 2]], old.joints[ankle, [0, 2]], atol=1e-4)


def test_standing_moves_the_body_as_a_whole(open_body, anyone):
    after = stand(open_body, anyone)
    moved = forward(open_body, after).vertices - forward(open_body, anyone).vertices
    np.testing.assert_allclose(moved, np.broadcast_to(after.transl - anyone.transl, moved.shape), atol=1e-5)


def test_standing_knows_the_offsets(open_body, shapes):
    offsets = np.zeros_like(open_body.template)
    offsets[:, 1] = -0.01  # thicker soles
    lower = stand(open_body, shapes["mean"], offsets=offsets)
    bare = stand(open_body, shapes["mean"])
    np.testing.assert_allclose(lower.transl - bare.transl, [0, 0.01, 0], atol=1e-6)


def test_the_same_pose_twice_is_the_same(open_body, shapes, posed):
    again = pose_body(open_body, shapes["woman"], load_pose("hand-on-hip"))
    np.testing.assert_array_equal(again.full_pose, posed["hand-on-hip", "woman"][0].full_pose)


def test_measuring_stance_puts_both_flat_feet_on_the_floor_and_keeps_trunk_and_legs_upright(open_body, shapes):
    feet = foot_vertices(open_body)
    shorter = np.zeros_like(open_body.template)
    shorter[feet["left"], 1] = 0.008  # a sole that lies higher: a leg that is shorter
    mean = forward(open_body, apply_pose(open_body, BodyParameters.zero(open_body), load_pose("a")))
    for shape, body in shapes.items():
        plain, standing = (
            forward(open_body, stance(open_body, each, offsets=shorter), offsets=shorter)
            for stance, each in ((stand, apply_pose(open_body, body, load_pose("a"))), (measuring_stance, body))
        )
        before, after = ([body.vertices[feet[side], 1].min() for side in ("left", "right")] for body in (plain, standing))
        assert before[0] - before[1] > 0.006, shape
        assert max(np.abs(after)) < 5e-4, shape
        turned = standing.posed_from_rest[INDEX["spine3"], :3, :3] @ plain.posed_from_rest[INDEX["spine3"], :3, :3].T
        assert np.trace(turned) > 1 + 2 * np.cos(np.radians(0.1)), shape
        for side in ("left", "right"):
            leg, mean_leg = (each.joints[INDEX[f"{side}_ankle"]] - each.joints[INDEX[f"{side}_hip"]] for each in (standing, mean))
            assert leg @ mean_leg > np.cos(np.radians(0.1)) * np.linalg.norm(leg) * np.linalg.norm(mean_leg), (shape, side)
        even = forward(open_body, measuring_stance(open_body, body))
        assert np.ptp(standing.vertices[:, 1]) - np.ptp(even.vertices[:, 1]) == pytest.approx(-0.004, abs=0.001), shape  # half of it


def test_how_far_a_rest_pose_spreads_its_legs_hardly_counts_in_the_measuring_stance(open_body):
    """A fit cannot tell legs that are apart at rest from legs that a hip spreads: the stature must not depend on it."""
    spread = np.tile(np.eye(3), (55, 1, 1))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        spread[INDEX[f"{side}_hip"]] = axis_rotation(2, sign * np.radians(3.0))
    model = _with_direction(open_body, forward(open_body, BodyParameters.zero(open_body).with_full_pose(from_matrix(spread))))
    bodies = [BodyParameters.zero(model).replace(betas=np.eye(model.beta_count)[0] * amount) for amount in (0.0, 1.0)]
    plain, stance = (
        [np.ptp(forward(model, stood(model, body)).vertices[:, 1]) for body in bodies]
        for stood in (lambda model, body: stand(model, apply_pose(model, body, load_pose("a"))), measuring_stance)
    )
    assert abs(plain[1] - plain[0]) > 0.003
    assert abs(stance[1] - stance[0]) < 0.001


def _with_direction(model, posed):
    """The model with a first shape direction that takes skin and joints to those of a posed body."""
    direction = posed.vertices - model.template
    dirs = model.shape_dirs.copy()
    dirs[:, :, 0] = direction
    skin = np.hstack([model.template, np.ones((len(direction), 1)), direction]).astype(np.float64)
    rest = model.joint_regressor @ model.template
    joints = np.hstack([rest, np.ones((55, 1)), posed.joints - rest])
    regressor = model.joint_regressor + (joints - model.joint_regressor @ skin) @ np.linalg.pinv(skin)  # the least change
    return replace(model, shape_dirs=dirs, joint_regressor=regressor.astype(np.float32))
