"""How a garment is cut is told from its pattern and flat mesh alone: what a published look keeps."""

from __future__ import annotations

import numpy as np
import pytest

from studio.garment.catalog import draft, load_fabric, load_garment
from studio.garment.meshing import mesh_pattern
from studio.look.cloth import along_grain, weld_cloth
from studio.look.cut import GATHERED, cut_of

JERSEY, RIB = (load_fabric(name).mechanics for name in ("cotton-jersey", "rib-knit"))


@pytest.fixture(scope="module", params=["a-line-skirt", "shirt", "hoodie"])
def garment(request):
    """A pattern, its mesh, its cloth, and the welded vertex of each vertex of the mesh."""
    pattern = draft(load_garment(request.param), size="M")
    mesh = mesh_pattern(pattern, edge_length_m=0.02)
    return pattern, mesh, *weld_cloth(mesh)


def cut(pattern, cloth):
    grain_m = along_grain(cloth.flat_m, cloth.panel, cloth.panel_names, pattern)
    ribs = [index for index, panel in enumerate(pattern.panels) if panel.cloth == "rib"]
    return cut_of(cloth, pattern, grain_m, fabric=JERSEY, rib=RIB, ribs=ribs)


def test_gathers_are_the_triangles_along_the_longer_edge_as_the_mesh_was_sampled(garment):
    pattern, mesh, cloth, welded = garment
    wanted = np.zeros(len(cloth.faces), dtype=bool)
    for seam, a, b in pattern.seam_lengths():
        if max(a, b) > (1 + GATHERED) * min(a, b):
            panel, edge = seam.a if a > b else seam.b
            on_edge = np.isin(cloth.faces, welded[mesh.edges[panel, edge]]).any(axis=1)
            wanted |= on_edge & (cloth.panel == cloth.panel_names.index(panel))
    np.testing.assert_array_equal(cut(pattern, cloth).gathered, wanted)
    assert wanted.any() == (pattern.name != "a-line-skirt")  # cuffs gather sleeves, a skirt has none


def test_only_collars_have_creases_and_they_are_where_they_are_sewn_on(garment):
    pattern, mesh, cloth, welded = garment
    wanted = set()
    for seam in pattern.seams:
        for own, other in ((seam.a, seam.b), (seam.b, seam.a)):
            if pattern.panel(own[0]).placement.turned and not pattern.panel(other[0]).placement.turned:
                line = welded[mesh.edges[own]]
                wanted |= {tuple(sorted(pair)) for pair in zip(line[:-1].tolist(), line[1:].tolist(), strict=True)}
    assert {tuple(sorted(edge)) for edge in cut(pattern, cloth).creases.tolist()} == wanted
    assert bool(wanted) == (pattern.name == "shirt")


def test_waistbands_are_interfaced_and_ribs_are_of_rib(garment):
    pattern, _mesh, cloth, _welded = garment
    found = cut(pattern, cloth)
    bands = {name for name in cloth.panel_names if name.startswith("band_")}
    whole = {cloth.panel_names[index] for index in np.unique(cloth.panel[found.interfaced[cloth.faces].all(axis=1)])}
    assert whole == bands
    assert bool(bands) == (pattern.name == "a-line-skirt")
    assert {cloth.panel_names[index] for index in np.unique(cloth.panel[found.ribbed])} == {
        panel.name for panel in pattern.panels if panel.cloth == "rib"
    }
