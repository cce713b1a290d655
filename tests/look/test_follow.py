"""How a garment is taken along: shaken on its way, held by all of its friction where it comes to rest."""

from __future__ import annotations

import numpy as np
import pytest

from studio.body.joints import INDEX
from studio.garment.catalog import load_fabric
from studio.look.dress import Fitting, Piece
from studio.look.figure import Figure
from studio.look.follow import Follower, Statics
from studio.mesh.intersect import mesh_intersections
from studio.progress import silent
from tests.look.conftest import capsule, joined, tube

#: Where the egg's side is [m]: x, and the height.
AT_M = (0.15, 0.54)


def test_cloth_is_shaken_on_its_way_and_held_by_its_own_friction_at_the_end(post, monkeypatch):
    held, at_rest = [], Follower.at_rest

    def listening(self, *arguments, **options):
        held.append(self.friction)
        return at_rest(self, *arguments, **options)

    monkeypatch.setattr(Follower, "at_rest", listening)
    jersey = load_fabric("cotton-jersey").mechanics
    Fitting(post, Statics(), 0.03).put_on(Piece("tube", tube(40.0, 36.0), jersey), [], silent)
    assert len(held) > 2
    assert held[:-1] == pytest.approx([0.1 * jersey.friction] * (len(held) - 1))
    assert held[-1] == jersey.friction


@pytest.fixture
def pointing(egg) -> tuple[Figure, np.ndarray]:
    """The egg, and a finger that comes from 10 cm away to 14 mm off it in one step; and the finger's faces."""
    finger, finger_faces = capsule(0.007, 0.06)
    finger = finger[:, [2, 0, 1]]  # it lies along x
    body, faces = joined((egg.vertices[0], egg.faces), (finger, finger_faces))
    tip = len(egg.vertices[0])
    poses = []
    for gap_m in (0.100, 0.014):
        pose = body.copy()
        pose[tip:] += [AT_M[0] + gap_m - finger[:, 0].min(), 0.0, AT_M[1]]
        poses.append(pose)
    owner = np.zeros(len(body), dtype=np.int64)
    owner[tip:] = INDEX["left_wrist"]
    figure = Figure(vertices=np.array(poses), joints=np.zeros((2, 55, 3)), faces=faces, owner=owner, landmarks=egg.landmarks)
    return figure, finger_faces + tip


def test_a_hand_that_comes_near_pushes_cloth_and_does_not_go_through_it(pointing):
    figure, finger = pointing
    skirt = Piece("skirt", tube(35.5, 30.0, half_hem_cm=65.0), load_fabric("cotton-jersey").mechanics)
    worn = Fitting(figure, Statics(), 0.02).put_on(skirt, [], silent)
    x = worn.mesh.vertices
    assert len(mesh_intersections(x, worn.mesh.faces, figure.vertices[-1], finger)) == 0
    before = x[(x[:, 0] > 0) & (np.abs(x[:, 1:] - [0.0, AT_M[1]]).max(axis=1) < 0.012)]
    assert before[:, 0].min() < AT_M[0] + 0.014  # it is between the finger and the egg
