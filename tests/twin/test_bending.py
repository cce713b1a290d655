"""What a bent pose does to the flesh stays with the pose: the person keeps their own shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.body.joints import INDEX
from studio.body.poses import apply_pose, load_pose
from studio.twin.bending import trust_of
from studio.twin.kinematics import FLESH_JOINTS, FLESH_SD
from studio.twin.offsets import _on_floor, plate_of, solve_offsets
from studio.twin.solve import Level, Problem, refine
from studio.twin.target import prepare_target
from studio.twin.unknowns import Unknowns


def unknowns_in(body, model, pose: str) -> Unknowns:
    parameters = apply_pose(model, body.parameters(body.start()), load_pose(pose))
    p = np.linalg.lstsq(body.degrees.pose_from_p, parameters.full_pose.astype(np.float64).ravel(), rcond=None)[0]
    return Unknowns(np.zeros(3), p, np.zeros(body.betas))


def test_skin_is_trusted_in_the_measuring_stance_and_hardly_at_hips_and_knees_that_sit(model, body, skin):
    stance, seated = (trust_of(body, unknowns_in(body, model, pose)) for pose in ("a", "seated"))
    assert stance[skin.outer & ~skin.is_part("left_hand", "right_hand")].min() > 0.99
    assert seated[skin.is_part("head", "left_hand", "right_hand")].min() > 0.8
    hips = model.weights[:, [1, 2]].max(axis=1)
    folded = skin.outer & (hips > 0.4) & (hips < 0.6)  # half the thigh's, half the pelvis'
    assert np.median(seated[folded]) < 0.1


@pytest.fixture(scope="module")
def squashed(model, body, skin):
    """A seated body whose scan is flattened by 12 mm where it sits, and what is solved for it."""
    state = body.evaluate(unknowns_in(body, model, "seated"))
    trust = trust_of(body, state.unknowns)
    pressed = skin.outer & (trust < 0.2)
    points = state.vertices + np.where(pressed, -0.012, 0.003)[:, None] * state.normals
    target = prepare_target(points[skin.outer], state.normals[skin.outer], None, np.random.default_rng(0))
    own, in_scan, _ = solve_offsets(body, target, state, plate_of(body), trust, np.random.default_rng(1))
    along = [np.einsum("vd,vd->v", (state.linear @ each[..., None])[..., 0], state.normals) for each in (own, in_scan)]
    return pressed, trust, *along


def test_the_body_lies_on_the_scan_in_its_pose_but_does_not_keep_what_the_seat_did(squashed):
    pressed, _, own, in_scan = squashed
    assert np.median(in_scan[pressed]) < -0.005
    assert np.median(own[pressed]) > 0.3 * np.median(in_scan[pressed])


def test_where_skin_is_not_bent_the_persons_offsets_are_the_scans(squashed, skin):
    _, trust, own, in_scan = squashed
    calm = skin.outer & (trust > 0.9) & skin.is_part("head", "scalp")
    assert np.abs(own - in_scan)[calm].mean() < 0.0005


def test_soles_of_standing_feet_reach_the_floor_that_no_scanner_sees_below_them(model, body, skin):
    state = body.evaluate(unknowns_in(body, model, "a"))
    floor = state.vertices[skin.outer, 1].min() - 0.004  # the person stands 4 mm lower than the model's soles
    seen = skin.outer & ~(skin.is_part("left_foot", "right_foot") & (state.normals[:, 1] < -0.3))
    target = prepare_target(state.vertices[seen], state.normals[seen], None, np.random.default_rng(0))
    ones = np.ones(body.vertex_count)
    lowest = []
    for known in (None, floor):
        offsets = solve_offsets(body, target, state, plate_of(body), ones, np.random.default_rng(1), floor=known)[1]
        lowest.append(body.displaced(state, offsets).vertices[skin.outer, 1].min() - floor)
    assert lowest[0] > 0.003
    assert abs(lowest[1]) < 0.001


@pytest.mark.parametrize(("bend_deg", "stands"), [(0, True), (-90, False), (-150, False)])
def test_only_feet_that_stand_are_laid_on_the_floor(body, skin, bend_deg, stands):
    """Legs straight down; stretched out in front of who sits on the ground; in the air."""
    p = body.start().p.copy()
    p[[body.degrees.index(f"{side}_hip.x") for side in ("left", "right")]] = np.radians(bend_deg)
    state = body.evaluate(replace(body.start(), p=p))
    assert (len(_on_floor(body, state, state.vertices[skin.outer, 1].min()).gap) > 0) == stands


def test_a_seat_that_gives_way_otherwise_than_the_model_is_not_taken_for_the_persons_shape(model, body, skin):
    """The scan is of the model's own mean shape, seated, with hips that bend as linear blending bends them."""
    there = unknowns_in(body, model, "seated")
    hips = [INDEX[f"{side}_hip"] - 1 for side in ("left", "right")]
    stiff = np.zeros(len(FLESH_JOINTS))
    stiff[hips] = -0.9 / FLESH_SD
    scan = body.evaluate(replace(there, flesh=stiff))
    target = prepare_target(scan.vertices[skin.outer], scan.normals[skin.outer], None, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    ones = np.ones(body.vertex_count)
    problem = Problem(body, target, skin.sample(2500, rng), target.sample(2500, rng), ones, ones)
    level = Level(8, 40, (0.03, 0.012), 0.03, 0.0015, hands=False)
    strict, loose = (refine(problem, start, level)[0] for start in (there, body.loosened(there)))
    strictly, loosely = (np.abs(body.shape_directions @ each.betas).max() for each in (strict, loose))  # true betas are nil [m]
    assert loosely < 0.5 * strictly
    assert np.abs(FLESH_SD * loose.flesh[hips] + 0.9).max() < 0.4
