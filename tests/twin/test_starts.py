from __future__ import annotations

import numpy as np
import pytest

from studio.frames import smplx_from_world
from studio.twin.landmarks import LANDMARKS
from studio.twin.starts import find_starts
from studio.twin.target import prepare_target


@pytest.mark.parametrize(
    ("pose", "turn_deg", "shoulder_deg", "within_deg"),
    [("t", 0, 0, 20), ("a", 180, -45, 20), ("relaxed", 90, -72, 25), ("arms-out", 315, -62, 30)],
)
def test_pose_and_facing_are_found_by_the_first_start(body, known_body, pose, turn_deg, shoulder_deg, within_deg):
    known = known_body(pose, seed=4, turn_deg=turn_deg, count=6000)
    rng = np.random.default_rng(0)
    target = prepare_target(smplx_from_world(known.points), smplx_from_world(known.normals), None, rng)
    starts = find_starts(body, target, rng, count=6)
    best = starts[0]
    assert [start.score for start in starts] == sorted(start.score for start in starts)
    assert best.yaw_deg == turn_deg
    left, right = (np.degrees(best.unknowns.p[body.degrees.index(f"{side}_shoulder.z")]) for side in ("left", "right"))
    assert abs(left - shoulder_deg) <= within_deg
    assert abs(right + shoulder_deg) <= within_deg


@pytest.mark.parametrize("camera_deg", [-40, 35])
def test_person_seen_by_one_camera_is_not_put_behind_what_it_sees(body, known_body, camera_deg):
    """Head and shoulders from one side: the middle of that side lies 10 cm before the body's own."""
    known = known_body("attention", seed=6, count=20_000)
    towards = np.array([np.sin(np.radians(camera_deg)), -np.cos(np.radians(camera_deg)), 0.0])
    seen = (known.normals @ towards > 0.1) & (known.points[:, 2] > known.vertices[:, 2].max() - 0.5)
    rng = np.random.default_rng(0)
    target = prepare_target(smplx_from_world(known.points[seen]), smplx_from_world(known.normals[seen]), None, rng)
    best = find_starts(body, target, rng, count=6)[0]
    assert best.yaw_deg == 0
    truth = smplx_from_world(known.vertices[LANDMARKS["nose"]])
    nose = body.evaluate(best.unknowns).vertices[LANDMARKS["nose"]]
    assert np.linalg.norm((nose - truth)[[0, 2]]) < 0.07


def test_other_facings_are_kept_for_the_fit_to_decide(body, known_body):
    known = known_body("t", seed=5, count=6000)
    rng = np.random.default_rng(0)
    target = prepare_target(smplx_from_world(known.points), smplx_from_world(known.normals), None, rng)
    assert len({start.yaw_deg for start in find_starts(body, target, rng, count=9)}) >= 3


def test_a_person_who_sits_is_found_sitting(body, known_body):
    known = known_body("seated", seed=7, count=6000)
    rng = np.random.default_rng(0)
    target = prepare_target(smplx_from_world(known.points), smplx_from_world(known.normals), None, rng)
    best = find_starts(body, target, rng, count=6)[0]
    assert best.yaw_deg == 0
    for name, least_deg in (("left_hip.x", 60), ("right_hip.x", 60), ("left_knee.x", 60), ("right_knee.x", 60)):
        assert abs(np.degrees(best.unknowns.p[body.degrees.index(name)])) >= least_deg - 1, name
