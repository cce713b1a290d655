"""Cloth that goes on from where it hangs: on the spot, to another pose, and with a body that moves as a whole."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from studio.frames import apply
from studio.garment.catalog import load_fabric
from studio.look.cut import cut_of
from studio.look.dress import Drape, Piece, Worn, drape, judged
from studio.look.figure import Figure
from studio.look.follow import Follower, Statics
from studio.look.motion.along import go_along
from studio.look.motion.way import Way, level_motion
from tests.look.conftest import tube

FABRIC = load_fabric("cotton-jersey").mechanics
#: How far the egg leans in the pose that it is dressed in, and in the one it goes to [degrees].
DRESSED, REPOSED = 3.0, 6.0


def egg_in(*poses: np.ndarray) -> Figure:
    """A body like an egg on its end, 1 m tall and 0.3 m thick, in poses (4, 4)."""
    ball = trimesh.creation.icosphere(subdivisions=3, radius=1.0)
    vertices = np.asarray(ball.vertices) * [0.15, 0.15, 0.5] + np.array([0, 0, 0.5])
    return Figure(
        vertices=np.array([apply(pose, vertices) for pose in poses]), joints=np.zeros((len(poses), 55, 3)),
        faces=np.asarray(ball.faces, dtype=np.int64), owner=np.zeros(len(vertices), dtype=np.int64),
        landmarks={"top": np.array([0.0, 0.0, 0.82])},
    )  # fmt: skip


def lean(degrees: float) -> np.ndarray:
    """A rotation about x, (4, 4)."""
    return trimesh.transformations.rotation_matrix(np.radians(degrees), [1, 0, 0])


def elsewhere(degrees: float, *shift: float) -> np.ndarray:
    """A turn about the vertical and a shift, (4, 4)."""
    motion = trimesh.transformations.rotation_matrix(np.radians(degrees), [0, 0, 1])
    motion[:3, 3] = shift
    return motion


def dressed_in(*poses: np.ndarray) -> Drape:
    """Two skirts on the egg, one over the other, with hardly a fold."""
    pieces = [Piece("inner", tube(35.5, 14.0, half_hem_cm=44.5), FABRIC), Piece("outer", tube(37.0, 19.0, half_hem_cm=48.0), FABRIC)]
    return drape(egg_in(*poses), pieces, solver=Statics(), edge_length_m=0.032)


@pytest.fixture(scope="module")
def dressed() -> Drape:
    return dressed_in(lean(0), lean(DRESSED))


@pytest.fixture(scope="module")
def followers(dressed) -> list[Follower]:
    """What takes the skirts along."""
    found = []
    for worn in dressed.garments:
        cloth = worn.sewn.cloth
        found.append(Follower.of(cloth, cut_of(cloth, worn.piece.pattern, cloth.flat_m, fabric=FABRIC, rib=FABRIC, ribs=())))
    return found


@pytest.fixture(scope="module")
def hanging(dressed, followers) -> list[Worn]:
    """The skirts come to rest: rings without a waistband on a slope slide on a little after they were dressed."""
    worn = dressed.garments
    for _ in range(2):
        worn = gone(worn, followers, lean(DRESSED), lean(DRESSED))[1]
    return worn


def gone(worn, followers, *poses: np.ndarray):
    """A way through poses, the first the one that the skirts hang in, and the skirts after it."""
    way = Way.of(egg_in(*poses))
    return way, go_along(way, worn, followers, put_on=None)


@pytest.fixture(scope="module")
def stayed(hanging, followers) -> list[Worn]:
    """The skirts on the spot."""
    return gone(hanging, followers, lean(DRESSED), lean(DRESSED))[1]


def test_the_same_pose_again_changes_nothing(hanging, stayed):
    for before, after in zip(hanging, stayed, strict=True):
        assert 1000 * np.linalg.norm(after.mesh.vertices - before.mesh.vertices, axis=1).max() < 1.0


def test_another_pose_is_what_dressing_in_it_gives(dressed, followers):
    way, moved = gone(dressed.garments, followers, lean(DRESSED), lean((DRESSED + REPOSED) / 2), lean(REPOSED))
    directly = dressed_in(lean(0), lean(DRESSED), lean(REPOSED))
    apart = np.concatenate(
        [np.linalg.norm(a.mesh.vertices - b.mesh.vertices, axis=1) for a, b in zip(moved, directly.garments, strict=True)]
    )
    assert 1000 * np.percentile(apart, 95) < 4.0
    assert 1000 * np.median(apart) < 2.0
    assert judged(way.figure, moved).failures == ()
    for worn in moved:
        assert worn.settled.stress is not None  # a fit report can be made of it
        assert worn.seconds.keys() == {"follow", "finish"}


def test_cloth_goes_rigidly_with_a_body_that_turns_and_walks_as_a_whole(hanging, followers, stayed):
    """Half round and a metre on, in two steps that no cloth would follow vertex by vertex; what is left is rounding."""
    here = lean(DRESSED)
    there = elsewhere(170.0, 1.0, -0.4, 0.1)
    _, moved = gone(hanging, followers, here, elsewhere(80.0, 0.5, 0.0, 0.0) @ here, there @ here)
    for still, other in zip(stayed, moved, strict=True):
        assert 1000 * np.linalg.norm(other.mesh.vertices - apply(there, still.mesh.vertices), axis=1).max() < 1.0


def test_wind_blows_from_where_it_comes_whichever_way_the_body_faces(dressed, followers):
    here, there = lean(DRESSED), elsewhere(90.0, 0.0, 0.0, 0.0)
    way = Way.of(egg_in(here, there @ here))
    blown = go_along(way, dressed.garments, followers, put_on=None, wind_m_s=(0.0, 9.0, 0.0), last=8)
    calm = go_along(way, dressed.garments, followers, put_on=None, last=8)
    hem = calm[1].mesh.vertices[:, 2] < np.percentile(calm[1].mesh.vertices[:, 2], 15)
    drift = (blown[1].mesh.vertices - calm[1].mesh.vertices)[hem].mean(axis=0)
    assert drift[1] > 0.001
    assert abs(drift[0]) < 0.5 * drift[1]


def test_the_motion_of_a_body_as_a_whole_is_told_from_its_pelvis_whatever_it_tilts():
    points = np.random.default_rng(3).normal(size=(400, 3))
    points -= points.mean(axis=0)
    wanted = elsewhere(130.0, 0.3, -2.0, 0.7)
    moved = apply(wanted @ lean(12.0), points)
    others = np.concatenate([moved, np.full((50, 3), 9.0)])  # an arm that went its own way
    owner = np.repeat([0, 17], [400, 50])
    found = level_motion(np.concatenate([points, np.zeros((50, 3))]), others, owner)
    np.testing.assert_allclose(found[:3, 3], wanted[:3, 3], atol=1e-9)
    np.testing.assert_allclose(found[2], [0, 0, 1, 0.7], atol=1e-9)
    straight = level_motion(np.concatenate([points, np.zeros((50, 3))]), np.concatenate([apply(wanted, points), np.zeros((50, 3))]), owner)
    np.testing.assert_allclose(straight, wanted, atol=1e-9)
    turn = np.degrees(np.arctan2(found[1, 0], found[0, 0]))
    assert turn == pytest.approx(130.0, abs=3.0)
