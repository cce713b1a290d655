"""People in lively poses are read rightly, and what is not one person is refused with what was found."""

from __future__ import annotations

import numpy as np
import pytest

from bench.bench_scan import kept_mask
from bench.oddities import groups, pieces, things
from bench.subjects import noisy, person
from studio.errors import StudioError
from studio.frames import METRES_PER_UNIT, apply, world_from_axes
from studio.scan.orient import _no_person
from studio.scan.place import Placement, Search
from studio.scan.prepare import prepare
from studio.scan.raw import RawScan
from studio.scan.reference import references
from studio.specs.scan import ScanSpec


@pytest.mark.parametrize(
    ("pose", "unit", "up", "facing"),
    [
        ("seated", "mm", "+y", "-x"),
        ("leg forward", "cm", "-z", "+y"),
        ("bent forward", "m", "+x", "+y"),
        ("arms to the front", "mm", "-y", "-z"),
    ],
)
def test_a_person_in_a_lively_pose_is_read_rightly_from_any_axes_and_unit(pose, unit, up, facing):
    file_from_world = np.eye(4)
    file_from_world[:3, :3] = world_from_axes(up, facing).T / METRES_PER_UNIT[unit]
    points = noisy(person(pose, seed=31, count=8000).points, noise_m=0.003, rng=np.random.default_rng(1))
    scan = prepare(RawScan(apply(file_from_world, points)), ScanSpec(), name="scan")
    turn = np.linalg.inv(file_from_world)[:3, :3] @ scan.file_from_world[:3, :3]
    assert scan.unit == unit
    assert np.degrees(np.arccos(min(turn[2, 2], 1.0))) < 20
    assert np.degrees(np.arccos(min(turn[1, 1], 1.0))) < 30
    assert scan.removed < 0.01 * len(points)


def test_the_bank_of_poses_is_upright_of_height_one_and_knows_how_tall_it_stands():
    bank = {reference.pose: reference for reference in references()}
    for name, reference in bank.items():
        assert reference.points[:, 2].min() == pytest.approx(0, abs=0.005), name
        assert reference.points[:, 2].max() == pytest.approx(1, abs=0.01), name
        np.testing.assert_allclose(reference.points[:, :2].mean(axis=0), 0, atol=1e-9)
    assert bank["mean, A"].stature == pytest.approx(1, abs=0.03), "feet apart: a little lower than upright"
    assert bank["mean, raised"].stature < 0.97, "hands above the head"
    assert 1.2 < bank["mean, seated"].stature < 1.45, "a person who sits is taller than what is seen"


def test_lookups_in_the_field_agree_with_the_points_to_a_cell():
    """The distance field against the tree, on points in and beyond it."""
    reference = references()[0]
    points = np.random.default_rng(0).uniform([-0.9, -0.6, -0.4], [0.9, 0.6, 1.4], (3000, 3))
    exact = reference.tree.query(points)[0]
    rough = reference.rough_distance(points)
    near = exact < 0.15
    assert np.abs(rough - exact)[near].max() < 0.03
    assert (rough[~near] > 0.1).all()
    found = np.linalg.norm(reference.points[reference.rough_nearest(points[near])] - points[near], axis=1)
    assert (found - exact[near]).max() < 0.06


@pytest.mark.parametrize(
    ("name", "make", "spec", "words"),
    [
        ("two", groups()["two people 0.8 m apart"], ScanSpec(), r"shows two people, 1\.\d\d and 1\.\d\d m tall.*cut the other one out"),
        ("child", groups()["mother and child"], ScanSpec(), r"shows two people, 1\.\d\d and (0\.9|1\.0)\d m tall"),
        ("touching", groups()["two people who touch"], ScanSpec(), "a person together with something that touches them"),
        (
            "doll",
            lambda _: person("A", seed=3, count=6000, scale=0.18).points,
            ScanSpec(unit="m"),
            r"person 0\.3\d* m tall.*leave out --unit",
        ),
        (
            "statue",
            lambda _: person("A", seed=3, count=6000, scale=18.0).points,
            ScanSpec(unit="m"),
            r"person 3\d\.\d m tall.*--unit 0\.05",
        ),
        ("legs", pieces()["lower half"], ScanSpec(), "if this is a part of one"),
        ("dog", things()["dog"], ScanSpec(), "does not look like a person: (no body|nothing in it)"),
    ],
)
def test_what_is_not_one_whole_person_is_refused_with_what_was_found(name, make, spec, words):
    with pytest.raises(StudioError, match=words) as caught:
        prepare(RawScan(make(np.random.default_rng(2))), spec, name=f"{name}.ply")
    text = str(caught.value)
    assert text.startswith(f"{name}.ply ")
    assert "\n" not in text
    assert text.endswith(".")


@pytest.mark.parametrize(("whole", "limit"), [(True, "people come within 4.6 %"), (False, "parts of people come within 3.0 %")])
def test_a_refusal_says_how_near_the_nearest_body_came(whole, limit):
    nearest = Placement(np.eye(3), 1.0, np.zeros(3), 1.0, 1.0, references()[0], whole, None, cost=0.0712)
    text = str(_no_person("vase.ply", np.zeros((0, 3)), [], Search(), nearest))
    assert text.startswith("vase.ply does not look like a person: no body")
    assert "comes nearer than 7.1 % of a body's height" in text
    assert limit in text


def test_a_chair_beside_the_person_is_no_second_person_and_goes():
    points = groups()["person beside a chair"](np.random.default_rng(0))
    scan = prepare(RawScan(points), ScanSpec(), name="it")
    kept = kept_mask(points, scan)
    assert kept[:25_000].mean() > 0.999
    assert not kept[25_000:].any()


def test_feet_stay_on_a_noisy_floor():
    """Insteps are flat and low, and were taken for a second floor."""
    rng = np.random.default_rng(1)
    body = noisy(person("relaxed", seed=301).points, noise_m=0.003, rng=rng)
    floor = np.column_stack([rng.uniform(-1.2, 1.2, (10_000, 2)), rng.normal(-0.002, 0.002, 10_000)])
    points = np.concatenate([body, floor])
    scan = prepare(RawScan(points), ScanSpec(), name="it")
    kept = kept_mask(points, scan)
    assert scan.floor
    assert (~kept[: len(body)]).mean() < 0.001
    assert kept[len(body) :].sum() < 0.003 * kept.sum()
