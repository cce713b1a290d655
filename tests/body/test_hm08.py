"""The MakeHuman mesh on the open body: helpers go where the body goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.body.hm08 import hm08_vertices
from studio.body.makehuman import VERTICES, MakeHuman
from studio.body.model import BodyParameters, forward
from studio.errors import StudioError


def test_the_body_part_of_hm08_is_the_open_body(open_body, anyone):
    vertices = hm08_vertices(open_body, anyone)
    assert vertices.shape == (VERTICES, 3)
    np.testing.assert_array_equal(vertices[open_body.surface.hm08], forward(open_body, anyone).vertices)
    np.testing.assert_array_equal(np.sort(open_body.surface.hm08), np.flatnonzero(np.isin(np.arange(VERTICES), open_body.surface.hm08)))


def test_tights_stay_on_the_skin_for_every_shape_and_pose(open_body):
    """The helper 'tights' is a second skin: its distance to the body hardly changes with shape and pose."""
    from studio.body.poses import apply_pose, load_pose
    from studio.mesh.closest import Surface

    tights = MakeHuman.installed().vertex_groups["helper-tights"]
    zero = BodyParameters.zero(open_body)
    other = apply_pose(open_body, zero.replace(betas=np.random.default_rng(2).normal(0, 0.6, 300)), load_pose("relaxed"))
    for parameters in (zero, other):
        vertices = hm08_vertices(open_body, parameters)
        distances = Surface(vertices[open_body.surface.hm08], open_body.faces, threads=1).closest(vertices[tights]).distances
        assert np.quantile(distances, 0.95) < 0.025


def test_other_bodies_have_no_makehuman_mesh(open_body):
    with pytest.raises(StudioError, match="body 'open'"):
        hm08_vertices(replace(open_body, surface=None, name="smplx-neutral"), BodyParameters.zero(open_body))
