"""Teeth are there when a mouth opens, and nowhere else; shut lips meet."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from studio.body.ground import pose_body
from studio.body.model import BodyParameters, load_body
from studio.body.poses import load_pose
from studio.mesh.closest import Surface
from studio.shot.figure import Figure, figure_of
from studio.shot.head import find_head
from studio.shot.lips import lip_line
from studio.shot.mouth import MouthPart, mouth_parts
from studio.shot.subject import Skin, build_skin, triangles_of

#: A smile as wide as an appearance may ask for.
SMILE = {"mouthSmileLeft": 0.6, "mouthSmileRight": 0.55, "mouthPressLeft": 0.18, "mouthPressRight": 0.18, "cheekSquintLeft": 0.4}
HEADS = (None, 3, 29)


@cache
def somebody(seed: int | None, *, jaw_deg: float = 0.0, smile: bool = False) -> Figure:
    """The average body, or one whose first betas are drawn, relaxed."""
    model = load_body()
    betas = np.zeros(model.beta_count, np.float32)
    if seed is not None:
        betas[:12] = np.random.default_rng(seed).normal(0, 1.0, 12)
    parameters = pose_body(model, BodyParameters.zero(model).replace(betas=betas), load_pose("relaxed"))
    opened = parameters.replace(jaw_pose=np.array([np.radians(jaw_deg), 0, 0], np.float32))
    return figure_of(model, opened, expression=SMILE if smile else {})


@cache
def covered(seed: int | None, *, jaw_deg: float = 0.0, smile: bool = False) -> Skin:
    """The skin of the same."""
    return build_skin(somebody(seed, jaw_deg=jaw_deg, smile=smile))


def from_the_front(figure: Figure, surface: Surface) -> np.ndarray:
    """Where rays through a grid over the mouth first meet a surface: distances, (N,)."""
    head = find_head(figure)
    x, z = np.meshgrid(np.arange(-0.03, 0.0301, 0.001), np.arange(-0.045, 0.0151, 0.001))
    axes = [head.direction(axis) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0])]
    start = head.world_from_head(head.mouth[None]) + x.reshape(-1, 1) * axes[0] + z.reshape(-1, 1) * axes[1] + 0.08 * axes[2]
    return surface.first_hits(start, np.broadcast_to(-axes[2], start.shape))[0]


def seen_mm2(figure: Figure, part: MouthPart, skin: Skin) -> float:
    """How much of a part of the mouth is seen from the front [mm2]."""
    hidden = from_the_front(figure, skin.surface)
    return float((from_the_front(figure, Surface(part.vertices, triangles_of(part.quads))) < hidden).sum())


@pytest.mark.parametrize("seed", HEADS)
def test_an_open_mouth_shows_its_teeth(seed):
    figure, skin = somebody(seed, jaw_deg=15), covered(seed, jaw_deg=15)
    parts = mouth_parts(figure)
    assert seen_mm2(figure, parts["teeth"], skin) > 15
    assert seen_mm2(figure, parts["tongue"], skin) > 15


@pytest.mark.parametrize("seed", HEADS)
@pytest.mark.parametrize("smile", [False, True], ids=["rest", "smile"])
def test_a_shut_mouth_shows_nothing_and_its_crowns_lie_free_in_it(seed, smile):
    figure = somebody(seed, smile=smile)
    skin, parts = covered(seed, smile=smile), mouth_parts(figure)
    teeth = parts["teeth"]
    crowns = teeth.vertices[teeth.neck < 0.9]
    assert skin.surface.signed_distance(crowns).min() > 0  # flesh is inside, and the mouth's hollow outside
    hidden = from_the_front(figure, skin.surface)
    outer = _outer(figure)
    for name, part in parts.items():
        assert not (from_the_front(figure, Surface(part.vertices, triangles_of(part.quads))) < hidden - 1e-4).any(), name
        assert outer.closest(part.vertices).distances.min() > 0.0015, name  # gums and roots lie in flesh, never near its outside


def _outer(figure: Figure) -> Surface:
    """The skin that is seen from outside."""
    chosen = (figure.skin & (figure.region("outer") > 0.5) & (figure.region("inside_mouth") < 0.5))[figure.quads].all(axis=1)
    return Surface(figure.vertices, triangles_of(figure.quads[chosen]))


@pytest.mark.parametrize("seed", HEADS)
def test_shut_lips_meet_and_open_ones_stay_open(seed):
    line = lip_line(find_head(somebody(seed)), covered(seed).surface)
    assert line.gap < 0.00035
    assert covered(seed).mouth_shut
    assert 0.038 < np.ptp(line.table[:, 0]) < 0.062  # a mouth is 45 to 55 mm wide
    wide = somebody(seed, jaw_deg=15)
    assert lip_line(find_head(wide), covered(seed, jaw_deg=15).surface).gap > 0.010
    assert not covered(seed, jaw_deg=15).mouth_shut


def test_teeth_are_rigid_with_skull_and_jaw_and_have_the_size_of_teeth():
    shut, opened = (mouth_parts(somebody(None, jaw_deg=jaw, smile=smile))["teeth"] for jaw, smile in ((0, True), (15, False)))
    half = len(shut.vertices) // 2
    for arch in (slice(0, half), slice(half, None)):
        before, after = shut.vertices[arch], opened.vertices[arch]
        chosen = np.random.default_rng(0).integers(0, half, (2, 400))
        apart = [np.linalg.norm(each[chosen[0]] - each[chosen[1]], axis=1) for each in (before, after)]
        np.testing.assert_allclose(*apart, atol=1e-5)
    assert np.linalg.norm(shut.vertices[:half] - opened.vertices[:half], axis=1).max() < 5e-4
    front = opened.vertices[half:] - shut.vertices[half:]
    assert np.linalg.norm(front, axis=1).max() > 0.012
    count = half // 14
    centrals = [np.ptp(shut.vertices[at * count : (at + 1) * count], axis=0) for at in (0, 1)]
    for size in centrals:  # 8.5 mm wide (Nelson and Ash), by as much as the arch is not an average one
        assert 0.0070 < size[0] < 0.0105


def test_teeth_of_one_jaw_stand_beside_each_other():
    teeth = mouth_parts(somebody(None))["teeth"]
    half = len(teeth.vertices) // 2
    count = half // 14
    for jaw in (0, half):
        crowns = [teeth.vertices[jaw + at * count : jaw + (at + 1) * count] for at in range(14)]
        left = sorted(crowns, key=lambda crown: crown[:, 0].mean())
        for one, other in pairwise(left):
            assert np.linalg.norm(one[:, None] - other[None], axis=2).min() < 0.0015
