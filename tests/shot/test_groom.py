from __future__ import annotations

import numpy as np
import pytest

from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals
from studio.shot.groom.grow import grow_hair, hair_thickening
from studio.specs.appearance import AppearanceSpec, Hair

STYLES = ("crop", "bob", "long", "ponytail", "bun")
#: Strands are rooted this far under the skin, and obstacles are known by points 2 mm apart.
ROOT_M, TOLERANCE_M = 0.0012, 0.003


def groom(skin, head, style, *, worn=(), seed=3, strands=3000):
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style=style, strands=strands, seed=seed))
    return grow_hair(skin, head, appearance, worn=list(worn), thickening=1.0)


@pytest.fixture(scope="module")
def collar(skin, figure):
    """A stiff cape: the shoulders' skin, 12 mm out."""
    high = figure.joint("neck")[2] + 0.01
    faces = skin.triangles
    band = (skin.vertices[faces][..., 2] < high).all(axis=1) & (skin.vertices[faces][..., 2] > high - 0.35).all(axis=1)
    used, inverse = np.unique(faces[band], return_inverse=True)
    vertices = skin.vertices[used] + 0.012 * skin.normals[used]
    return vertices, inverse.reshape(-1, 3)


@pytest.mark.parametrize("style", STYLES)
def test_hair_stays_out_of_the_body_and_of_the_clothes(skin, head, collar, style):
    vertices, faces = collar
    grown = groom(skin, head, style, worn=[(vertices, vertex_normals(vertices, faces))])
    cape = Surface(vertices, faces)
    for tuft in grown.tufts:
        if tuft.name in ("brows", "lashes"):
            continue
        points = tuft.points[:, 3:].reshape(-1, 3)
        closest = skin.surface.closest(points)
        depth = -((points - closest.points) * closest.normals).sum(axis=1) * (closest.distances < 0.02)
        assert np.quantile(depth, 0.999) < TOLERANCE_M, tuft.name
        onto = cape.closest(points)
        under = -((points - onto.points) * onto.normals).sum(axis=1) * (onto.distances < 0.01)
        assert (under > TOLERANCE_M).mean() < 0.01, tuft.name


@pytest.mark.parametrize("style", STYLES)
def test_strands_start_in_the_skin_and_the_same_seed_grows_them_again(skin, head, style):
    first, second, other = (groom(skin, head, style, seed=seed, strands=1200) for seed in (3, 3, 4))
    hair = next(tuft for tuft in first.tufts if tuft.name == "hair")
    assert skin.surface.closest(hair.points[:, 0]).distances.max() < ROOT_M
    for a, b in zip(first.tufts, second.tufts, strict=True):
        np.testing.assert_array_equal(a.points, b.points)
    assert not np.array_equal(hair.points, next(tuft for tuft in other.tufts if tuft.name == "hair").points)


@pytest.mark.parametrize("style", STYLES)
def test_the_face_is_free(skin, head, style):
    hair = next(tuft for tuft in groom(skin, head, style).tufts if tuft.name == "hair")
    local = head.head_from_world(hair.points.reshape(-1, 3))
    face = (np.abs(local[:, 0]) < 0.035) & (local[:, 2] < 0.030) & (local[:, 2] > -0.09) & (local[:, 1] < 0.0)
    assert face.mean() < 0.002


def test_a_bob_ends_at_the_chin_and_long_hair_below_the_shoulders(skin, head):
    ends = {style: head.head_from_world(_hair(groom(skin, head, style)).points[:, -1])[:, 2] for style in ("bob", "long")}
    assert np.median(ends["bob"]) == pytest.approx(-0.125, abs=0.03)
    assert np.quantile(ends["long"], 0.3) < -0.25


def test_a_ponytail_goes_through_its_tie(skin, head):
    grown = groom(skin, head, "ponytail")
    tie = head.head_from_world(grown.tie).mean(axis=0)
    tied = head.head_from_world(_hair(grown).points[:, 26])
    assert np.linalg.norm(tied - tie, axis=1).max() < 0.02


@pytest.mark.parametrize("length_cm", [20.0, 45.0])
def test_the_length_that_was_asked_is_grown(skin, head, length_cm):
    appearance = AppearanceSpec(title="t", figure="female", hair=Hair(style="ponytail", strands=1500, length_cm=length_cm))
    tail = _hair(grow_hair(skin, head, appearance, worn=[], thickening=1.0)).points[:, 25:]
    length = np.linalg.norm(np.diff(tail, axis=1), axis=2).sum(axis=1)
    assert np.median(length) == pytest.approx(length_cm / 100, rel=0.08)


def test_brows_and_lashes_lie_before_the_skin(skin, head):
    grown = {tuft.name: tuft for tuft in groom(skin, head, "crop", strands=1000).tufts}
    for name, most in (("brows", 0.004), ("lashes", 0.012)):
        tips = grown[name].points[:, 2:].reshape(-1, 3)
        distance = skin.surface.closest(tips).distances
        assert distance.max() < most
        assert (head.head_from_world(tips)[:, 1] < 0.02).all()


def test_hair_grows_thicker_in_steps_as_pixels_grow():
    assert hair_thickening(0.2) == 1.0
    steps = [hair_thickening(pixel) for pixel in np.linspace(0.1, 6, 60)]
    assert steps == sorted(steps)
    assert len(set(steps)) <= 5


def _hair(grown):
    return next(tuft for tuft in grown.tufts if tuft.name == "hair")
