"""What is sewn on at the neck: after the rest, outside of it, and turned over where it is meant to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.garment.curves import Line
from studio.garment.meshing import mesh_pattern
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam
from studio.look.attach import CLEARANCE_M, Garment, lay_over, sewing_order, vertices_of
from studio.look.cloth import merged, principal_stretches, weld_cloth
from studio.look.obstacle import OuterBody
from studio.mesh.intersect import self_crossings
from tests.look.conftest import capsule

RADIUS = 0.06


def strip_panel(name: str, placement: Placement, width: float, height: float) -> Panel:
    corners = [(-width / 2, 0.0), (width / 2, 0.0), (width / 2, height), (-width / 2, height)]
    edges = zip(("lower", "right", "upper", "left"), corners, [*corners[1:], corners[0]], strict=True)
    return Panel(name, tuple(Edge(edge, (Line(start, stop),)) for edge, start, stop in edges), placement)


@pytest.fixture(scope="module")
def collared():
    """A stand round a neck of 6 cm radius, open at the front, and a collar to be turned over its upper edge."""
    girth = 100 * 2 * np.pi * (RADIUS + 0.006) * 0.9
    stand = strip_panel("stand", Placement("neck", "around", "side_neck", (0.0, 0.0)), girth, 3.0)
    collar = strip_panel("collar", Placement("neck", "around", "side_neck", (0.0, 0.0), turned=True), girth, 5.0)
    pattern = Pattern("collared", (stand, collar), (Seam(("stand", "upper"), ("collar", "lower")),))
    mesh = mesh_pattern(pattern, edge_length_m=0.01)
    angle = mesh.flat_m[:, 0] / (RADIUS + 0.006)
    radius = RADIUS + 0.006
    x = np.stack([radius * np.sin(angle), -radius * np.cos(angle), mesh.flat_m[:, 1]], axis=1)
    stand_only = vertices_of(mesh, ("stand",))
    return mesh, Garment(mesh, np.where(stand_only[:, None], x, 0.0), stand_only)


def test_the_neck_is_sewn_after_the_rest_and_what_is_turned_over_last():
    torso = strip_panel("front", Placement("torso", "front", "side_neck", (0.0, 0.0)), 40, 60)
    stand = strip_panel("stand", Placement("neck", "around", "side_neck", (0.0, 0.0)), 40, 3)
    collar = replace(stand, name="collar", placement=replace(stand.placement, turned=True))
    pattern = Pattern("all", (collar, stand, torso), (Seam(("stand", "upper"), ("collar", "lower")),))
    assert sewing_order(pattern) == [("front",), ("stand",), ("collar",)]
    assert sewing_order(Pattern("one", (torso,), ())) == [("front",)]


def test_a_collar_lies_over_its_stand_clear_of_it_and_of_the_neck(collared):
    mesh, garment = collared
    neck = OuterBody(*capsule(RADIUS, 0.4))
    new = ~garment.sewn
    x = lay_over(garment, new, neck)
    np.testing.assert_array_equal(x[garment.sewn], garment.x[garment.sewn])  # the stand stays
    pairs = garment.seams_to(new)
    np.testing.assert_allclose(x[pairs[:, 0]], x[pairs[:, 1]], atol=1e-9)  # and the seam is closed
    far = new & (mesh.flat_m[:, 1] > 0.03)
    assert garment.obstacle(neck).closest(x[far])[0].min() > 0.99 * CLEARANCE_M
    assert np.hypot(x[far, 0], x[far, 1]).min() > RADIUS + 0.006  # outside of the stand
    assert x[new & (mesh.flat_m[:, 1] > 0.045), 2].max() < 0.0  # it hangs down, past the stand's lower edge
    cloth, welded = weld_cloth(mesh)
    assert not len(self_crossings(merged(x, welded), cloth.faces).faces)


def test_a_laid_collar_keeps_its_lengths_along_and_away_from_the_fold(collared):
    mesh, garment = collared
    new = ~garment.sewn
    x = lay_over(garment, new, OuterBody(*capsule(RADIUS, 0.4)))
    faces = mesh.faces[new[mesh.faces].all(axis=1)]
    stretch = principal_stretches(x[faces], mesh.flat_m[faces])
    assert np.abs(stretch - 1).max() < 0.25  # it fans out: 5 cm down at 85 to 80 degrees is 4 to 9 mm of radius in 66
    heights = np.linalg.norm(x[mesh.edges["collar", "upper"]] - x[mesh.edges["collar", "lower"]][::-1], axis=1)
    np.testing.assert_allclose(heights, 0.05, rtol=1e-6)
