from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot.cloth import Garment, cloth_look, tailor

LOOK = cloth_look(construction="interlock", pitch_mm=0.8, colour="#808080", roughness=0.9, sheen=0.2, thickness_mm=1.0)
STEP_M = 0.01


def panel(columns, rows, offset):
    """A flat panel in the xz plane: vertices, faces, pattern [cm]."""
    x, z = np.meshgrid(np.arange(columns + 1) * STEP_M, np.arange(rows + 1) * STEP_M, indexing="ij")
    vertices = np.stack([x.ravel() + offset, np.zeros(x.size), z.ravel()], axis=1)
    index = np.arange(x.size).reshape(x.shape)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return vertices, faces, np.stack([x.ravel(), z.ravel()], axis=1) * 100


@pytest.fixture(params=["welded", "apart"])
def two_panels(request):
    """Two panels of 12 x 10 cm, sewn along x = 0.12, with one set of vertices at the seam or with two."""
    left, faces, flat = panel(12, 10, 0.0)
    right, _, _ = panel(12, 10, 0.12)
    vertices = np.concatenate([left, right])
    everything = np.concatenate([faces, faces + len(left)])
    uv = np.concatenate([flat[faces], flat[faces]])
    if request.param == "welded":
        _, first, inverse = np.unique(np.round(vertices, 6), axis=0, return_index=True, return_inverse=True)
        vertices, everything = vertices[first], inverse.ravel()[everything]
    return Garment("cloth", vertices, everything, uv, np.repeat([0, 1], len(faces)), LOOK)


def test_hems_and_seams_are_measured_on_the_flat_pattern(two_panels):
    cloth = tailor(two_panels)
    outer = slice(0, len(cloth.outer_vertices))
    faces = cloth.faces[(cloth.faces < outer.stop).all(axis=1)]
    x, z = cloth.vertices[faces][..., 0], cloth.vertices[faces][..., 2]
    seam = cloth.corners["seam_mm"][: len(faces)]
    edge = cloth.corners["edge_mm"][: len(faces)]
    from_seam = 1000 * np.abs(x - 0.12)
    near = from_seam < 79
    np.testing.assert_allclose(seam[near], from_seam[near], atol=1e-3)
    from_edge = 1000 * np.minimum.reduce([np.where(x < 0.1201, x, 9), np.where(x > 0.1199, 0.24 - x, 9), z, 0.10 - z])
    np.testing.assert_allclose(edge, np.minimum(from_edge, 80), atol=1e-3)


def test_cloth_has_its_thickness_and_a_closed_rim(two_panels):
    cloth = tailor(two_panels)
    count = len(cloth.outer_vertices)
    np.testing.assert_allclose(np.linalg.norm(cloth.outer_vertices - cloth.vertices[count:], axis=1), 0.001, atol=1e-9)
    half = np.stack([cloth.faces, np.roll(cloth.faces, -1, axis=1)], axis=2).reshape(-1, 2)
    _, counts = np.unique(half, axis=0, return_counts=True)
    assert (counts == 1).all()  # each direction of an edge once: consistently oriented
    backward = {tuple(edge) for edge in half[:, ::-1].tolist()}
    assert backward == {tuple(edge) for edge in half.tolist()}  # and with a partner: closed


def test_the_inner_side_lies_where_the_simulation_left_it(two_panels):
    cloth = tailor(two_panels)
    inner = cloth.vertices[len(cloth.outer_vertices) :]
    np.testing.assert_allclose(inner[: len(two_panels.vertices)], two_panels.vertices)


def test_smoothing_rounds_a_cylinder_and_moves_no_given_vertex():
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    height = np.arange(6) * 0.02
    vertices = np.stack([np.tile(0.1 * np.cos(angle), 6), np.tile(0.1 * np.sin(angle), 6), np.repeat(height, 24)], axis=1)
    i, j = np.meshgrid(np.arange(5), np.arange(24), indexing="ij")
    a, b = (i * 24 + j).ravel(), (i * 24 + (j + 1) % 24).ravel()
    faces = np.concatenate([np.stack([a, b, b + 24], axis=1), np.stack([a, b + 24, a + 24], axis=1)])
    uv = np.stack([10 * np.arctan2(vertices[:, 1], vertices[:, 0]), 100 * vertices[:, 2]], axis=1)[faces]
    cloth = tailor(Garment("tube", vertices, faces, uv, np.zeros(len(faces), dtype=int), LOOK))
    inner = cloth.vertices[len(cloth.outer_vertices) :]
    np.testing.assert_allclose(inner[: len(vertices)], vertices)
    middle = np.abs(inner[:, 2] - 0.05) < 0.02
    radius = np.hypot(inner[middle, 0], inner[middle, 1])
    chord = 0.1 * np.cos(np.pi / 24)
    assert radius.min() > chord + 0.6 * (0.1 - chord)
    assert radius.max() < 0.1003


def test_arrays_that_do_not_fit_are_refused(two_panels):
    with pytest.raises(StudioError, match="pattern coordinates do not fit"):
        Garment("cloth", two_panels.vertices, two_panels.faces, two_panels.uv_cm[:-1], two_panels.panel, LOOK)
    with pytest.raises(StudioError, match="not finite"):
        Garment("cloth", two_panels.vertices * np.nan, two_panels.faces, two_panels.uv_cm, two_panels.panel, LOOK)
