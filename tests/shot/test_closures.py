"""Buttons and zips lie where the pattern says, on the cloth, and face out of it."""

from __future__ import annotations

import numpy as np
import pytest

from studio.garment.catalog import draft, load_garment
from studio.shot.closures import Opening, opening_of, trim_of


@pytest.fixture(scope="module")
def patterns():
    return {name: draft(load_garment(name), size="M") for name in ("shirt", "jacket", "tee")}


def test_a_shirt_has_the_buttons_of_its_pattern_a_jacket_its_zip_and_a_tee_neither(patterns):
    shirt, jacket = opening_of(patterns["shirt"]), opening_of(patterns["jacket"])
    notes = dict(patterns["shirt"].notes)
    assert shirt.buttons_cm == tuple(notes[f"button_{k}"] for k in range(1, len(shirt.buttons_cm) + 1))
    assert len(shirt.buttons_cm) >= 5
    assert shirt.stand_cm == notes["button_stand"]
    assert (jacket.buttons_cm, jacket.zip_cm) == ((), dict(patterns["jacket"].notes)["zip"])
    assert opening_of(patterns["tee"]) is None
    for opening in (shirt, jacket):
        assert (opening.centre_cm[:, 0, 1] > opening.centre_cm[:, 1, 1]).all()  # from the neck down


def flat_front(opening):
    """Both sides of a front as flat sheets of 40 x 80 cm in the plane y = 0.1, facing -y, sewn along x = 0, its neck at z = 1.4."""
    vertices, faces, uv, panel = [], [], [], []
    for number, sign in ((opening.under, 1.0), (opening.over, -1.0)):
        x, z = np.meshgrid(np.linspace(0, 40, 9) * sign, np.linspace(-80, 0, 17), indexing="ij")
        index = np.arange(x.size).reshape(x.shape) + sum(map(len, vertices))
        a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
        own = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
        flat = np.stack([x.ravel(), z.ravel()], axis=1)
        if sign < 0:
            own = own[:, ::-1]
        vertices.append(np.stack([flat[:, 0] / 100, np.full(len(flat), 0.1), 1.4 + flat[:, 1] / 100], axis=1))
        faces.append(own)
        uv.append(flat[own - index.min()])
        panel.append(np.full(len(own), number))
    return np.concatenate(vertices), np.concatenate(faces), np.concatenate(uv), np.concatenate(panel)


def opening(**fields):
    line = np.array([[0.0, 0.0], [0.0, -80.0]])
    return Opening(
        **{"under": 0, "over": 1, "centre_cm": np.array([line, line]), "stand_cm": 1.5, "buttons_cm": (), "zip_cm": 0.0} | fields
    )


def test_buttons_sit_on_the_centre_at_their_distances_and_face_out():
    buttoned = opening(buttons_cm=(6.5, 15.5, 70.0))
    trim = trim_of(buttoned, *flat_front(buttoned), thickness_m=0.001)
    each = trim.vertices.reshape(3, -1, 3)
    middles = (each.min(axis=1) + each.max(axis=1)) / 2
    np.testing.assert_allclose(middles[:, 0], 0, atol=1e-4)
    np.testing.assert_allclose(middles[:, 2], [1.4 - 0.065, 1.4 - 0.155, 1.4 - 0.70], atol=2e-4)
    assert (each[..., 1] < 0.1).all()  # before the cloth, none of it within
    assert each[..., 1].min() > 0.1 - 0.006
    np.testing.assert_allclose(np.ptp(each[..., [0, 2]], axis=1), 0.0114, rtol=0.02)
    assert set(trim.part) == {0, 1}


def test_a_zip_runs_as_far_as_it_is_long_with_its_slider_at_the_top():
    zipped = opening(zip_cm=50.0, stand_cm=0.0)
    trim = trim_of(zipped, *flat_front(zipped), thickness_m=0.001)
    assert trim.parts == ("metal",)
    assert 1.4 - trim.vertices[:, 2].min() == pytest.approx(0.50, abs=0.005)
    assert 0 < 1.4 - trim.vertices[:, 2].max() < 0.01
    assert np.abs(trim.vertices[:, 0]).max() < 0.006


def test_trim_follows_the_cloth_wherever_it_is_draped():
    buttoned = opening(buttons_cm=(6.5, 15.5))
    vertices, faces, uv, panel = flat_front(buttoned)
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    still, moved = (trim_of(buttoned, at, faces, uv, panel, thickness_m=0.001) for at in (vertices, vertices @ turn.T + [1, 2, 3]))
    np.testing.assert_allclose(moved.vertices, still.vertices @ turn.T + [1, 2, 3], atol=1e-9)
