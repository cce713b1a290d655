from __future__ import annotations

import numpy as np
import pytest

from studio.body.ground import stand
from studio.body.measure import measure_body
from studio.body.model import BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.intersect import self_intersections
from studio.specs.fit import FitSpec
from studio.twin.fit import fit_body
from studio.twin.landmarks import LANDMARKS

#: A fit that takes a few seconds: few points, few starts, no betas beyond the leading ones. The code is the same.
QUICK = {"points": 1500, "starts": 3, "betas": 40}


@pytest.fixture(scope="session")
def person(known_body):
    """A person in the A-pose, scanned with a millimetre of noise."""
    return known_body("a", seed=11, noise_m=0.001, count=30_000)


@pytest.fixture(scope="session")
def fitted(model, person):
    return fit_body(model, person.points, person.normals, spec=FitSpec(points=4000, starts=4, betas=80))


@pytest.fixture(scope="session")
def quick(model, person):
    """The same person without offsets and with few of everything: what can be compared to fits of the person moved about."""
    return fit_body(model, person.points, person.normals, spec=FitSpec(mode="clothed", **QUICK))


def posed(model, fit) -> np.ndarray:
    return world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets).vertices.astype(np.float64))


def girths(model, parameters: BodyParameters, offsets: np.ndarray | None = None) -> dict[str, float]:
    standing = stand(model, apply_pose(model, parameters, load_pose("a")), offsets=offsets)
    body = forward(model, standing, offsets=offsets)
    skin = model.surface.is_part("skin")
    measures = measure_body(world_from_smplx(body.vertices), world_from_smplx(body.joints), model.faces[skin[model.faces].all(axis=1)])
    return {item.name: item.cm for item in measures}


def test_known_body_is_recovered(model, skin, person, fitted):
    assert fitted.parameters_only.mean < 1.5  # mm, with 1 mm of noise on every axis: a perfect fit has 0.8
    assert fitted.scan_to_twin.mean < 1.1
    assert fitted.scan_to_twin.explained == 1.0
    error = np.linalg.norm(posed(model, fitted) - person.vertices, axis=1)[skin.outer]
    assert error.mean() < 0.003
    assert np.percentile(error, 95) < 0.008


def test_measures_of_the_known_body_are_recovered_within_iso_20685(model, person, fitted):
    """Maximum allowable errors of ISO 20685: heights 4 mm, large girths 9 mm, small girths 4 mm."""
    true, found = girths(model, person.parameters), girths(model, fitted.parameters, fitted.offsets)
    allowed = {"stature": 0.4, "bust_girth": 0.9, "waist_girth": 0.9, "hip_girth": 0.9, "upper_arm_girth": 0.4, "calf_girth": 0.4}
    for name, limit in allowed.items():
        assert abs(found[name] - true[name]) < limit, name


def test_offsets_are_small_on_a_body_that_the_model_can_make_and_nothing_crosses(model, fitted):
    assert np.linalg.norm(fitted.offsets, axis=1).max() < 0.008
    assert fitted.crossings == 0
    a_pose = apply_pose(model, fitted.parameters, load_pose("a"))
    plain, bent = (forward(model, a_pose, offsets=offsets).vertices for offsets in (None, fitted.offsets))
    known = {tuple(pair) for pair in self_intersections(plain, model.faces)}
    assert {tuple(pair) for pair in self_intersections(bent, model.faces)} <= known


def test_limbs_stay_within_their_joints(body, fitted):
    pose = np.linalg.lstsq(body.degrees.pose_from_p, fitted.parameters.full_pose.astype(np.float64).ravel(), rcond=None)[0]
    slack = np.radians(6.0)
    turning = body.degrees.joints > 0
    assert (pose[turning] > body.degrees.lowest[turning] - slack).all()
    assert (pose[turning] < body.degrees.highest[turning] + slack).all()


def test_same_seed_gives_the_same_twin(model, person, quick):
    again = fit_body(model, person.points, person.normals, spec=FitSpec(mode="clothed", **QUICK))
    for name, array in again.parameters.arrays().items():
        np.testing.assert_array_equal(array, getattr(quick.parameters, name), err_msg=name)


def test_moved_and_turned_scan_moves_and_turns_the_twin(model, skin, person, quick):
    turn = np.radians(40.0)
    rotation = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    shift = np.array([3.0, -2.0, 0.5])
    moved = fit_body(model, person.points @ rotation.T + shift, person.normals @ rotation.T, spec=FitSpec(mode="clothed", **QUICK))
    assert abs(moved.scan_to_twin.mean - quick.scan_to_twin.mean) < 0.15
    expected = posed(model, quick) @ rotation.T + shift
    assert np.linalg.norm(posed(model, moved) - expected, axis=1)[skin.outer].mean() < 0.002


def test_person_who_faces_the_other_way_than_was_said_is_turned(model, person, quick):
    turned = person.points * [-1, -1, 1], person.normals * [-1, -1, 1]
    fit = fit_body(model, *turned, spec=FitSpec(mode="clothed", **QUICK))
    assert fit.scan_to_twin.mean < 1.3 * quick.scan_to_twin.mean
    nose = posed(model, fit)[LANDMARKS["nose"]]
    assert nose[1] > posed(model, fit)[:, 1].mean()  # +y: away from where the world says people face


@pytest.mark.parametrize("lost", ["back", "head-top-and-hands"])
def test_missing_parts_do_not_pull_the_body_out_of_shape(model, skin, person, lost):
    if lost == "back":
        keep = person.normals[:, 1] < -0.1  # what one camera in front sees
    else:
        hands = np.abs(person.points[:, 0]) > np.percentile(np.abs(person.vertices[:, 0]), 99) - 0.1
        keep = (person.points[:, 2] < person.vertices[:, 2].max() - 0.1) & ~hands
    fit = fit_body(model, person.points[keep], person.normals[keep], spec=FitSpec(**QUICK))
    assert fit.scan_to_twin.mean < 1.5
    error = np.linalg.norm(posed(model, fit) - person.vertices, axis=1)
    trunk = skin.outer & skin.is_part("trunk", "left_leg", "right_leg", "left_arm", "right_arm", "head")
    assert np.percentile(error[trunk], 95) < (0.030 if lost == "back" else 0.012)
    assert np.linalg.norm(fit.offsets, axis=1).max() < 0.02


def test_body_under_clothes_stays_inside_them_and_near_the_truth(model, skin, known_body):
    """A person in a wide shirt and trousers: cloth stands 1 to 4 cm off the trunk and the limbs, face and hands are bare."""
    person = known_body("a", seed=12, count=30_000)
    nearest = Surface(person.vertices, model.faces).closest(person.points)
    corner = model.faces[nearest.triangles][:, 0]
    bare = skin.is_part("head", "scalp", "left_hand", "right_hand", "left_foot", "right_foot")[corner]
    folds = 0.025 + 0.015 * np.sin(12 * person.points[:, 0]) * np.sin(9 * person.points[:, 2])
    clothed = person.points + np.where(bare, 0.0, folds)[:, None] * person.normals
    fit = fit_body(model, clothed, person.normals, spec=FitSpec(mode="clothed", **QUICK))
    assert fit.mode == "clothed"
    assert not fit.offsets.any()
    body = Surface(posed(model, fit), model.faces)
    inside = body.signed_distance(clothed[~bare])  # negative: the cloth is inside the body
    assert (inside > -0.004).mean() > 0.97
    hugging = fit_body(model, clothed, person.normals, spec=FitSpec(**QUICK))
    under, over = (np.abs(Surface(posed(model, each), model.faces).signed_distance(person.points[~bare])).mean() for each in (fit, hugging))
    assert under < 0.012
    assert under < 0.6 * over


def test_landmarks_pull_the_body_to_them(model, person):
    places = {name: tuple(person.vertices[LANDMARKS[name]]) for name in ("nose", "left_index", "right_heel")}
    fit = fit_body(model, person.points, person.normals, spec=FitSpec(mode="clothed", landmarks=places, **QUICK))
    for name, place in places.items():
        assert np.linalg.norm(posed(model, fit)[LANDMARKS[name]] - place) < 0.01, name


def test_bad_input_is_refused_in_a_sentence(model, person):
    with pytest.raises(StudioError, match="has 100 points, and a body needs 500"):
        fit_body(model, person.points[:100], person.normals[:100])
    with pytest.raises(StudioError, match="shape"):
        fit_body(model, person.points, person.normals[:100])
    with pytest.raises(StudioError, match="finite"):
        fit_body(model, np.where(np.arange(len(person.points))[:, None] == 5, np.nan, person.points), person.normals)
    with pytest.raises(StudioError, match="There is no landmark 'nosee': did you mean 'nose'"):
        fit_body(model, person.points, person.normals, spec=FitSpec(landmarks={"nosee": (0, 0, 0)}))


def test_auto_mode_tells_skin_from_clothes_and_says_why(model, skin, person, known_body):
    """The person bare, and in something that stands 2 to 4 cm off trunk and limbs."""
    bare = fit_body(model, person.points, person.normals, spec=FitSpec(mode="auto", **QUICK))
    assert bare.mode == "skin"
    assert bare.mode_reason.startswith("Taken for bare or tightly clothed, since only a tenth of the scan")
    corner = model.faces[Surface(person.vertices, model.faces).closest(person.points).triangles][:, 0]
    dressed = ~skin.is_part("head", "scalp", "left_hand", "right_hand", "left_foot", "right_foot")[corner]
    folds = dressed * (0.03 + 0.01 * np.sin(11 * person.points[:, 0]) * np.sin(8 * person.points[:, 2]))
    clothed = fit_body(model, person.points + folds[:, None] * person.normals, person.normals, spec=FitSpec(mode="auto", **QUICK))
    assert clothed.mode == "clothed"
    assert clothed.mode_reason.startswith("Taken for clothed, since a tenth of the scan")
    assert not clothed.offsets.any()


def test_joints_that_a_sensor_knows_find_an_arm_that_the_scan_lacks(model, person):
    """The left arm below the elbow is not in the scan; its joints are known to a few centimetres."""
    from studio.body.joints import INDEX

    posed_joints = world_from_smplx(forward(model, person.parameters).joints.astype(np.float64))
    kept = person.points[:, 0] < posed_joints[INDEX["left_elbow"], 0] - 0.02
    wrist = posed_joints[INDEX["left_wrist"]] + [-0.10, -0.15, 0.05]  # the forearm points elsewhere than a relaxed one
    wrist = posed_joints[INDEX["left_elbow"]] + (wrist - posed_joints[INDEX["left_elbow"]]) * 0.95
    off = []
    for joints in ({}, {"left_wrist": tuple(wrist), "left_elbow": tuple(posed_joints[INDEX["left_elbow"]])}):
        spec = FitSpec(mode="clothed", joints=joints, joints_sd_m=0.02, **QUICK)
        fit = fit_body(model, person.points[kept], person.normals[kept], spec=spec)
        found = world_from_smplx(forward(model, fit.parameters).joints.astype(np.float64))[INDEX["left_wrist"]]
        off.append(np.linalg.norm(found - wrist))
    assert off[1] < 0.03
    assert off[0] > 2 * off[1]
