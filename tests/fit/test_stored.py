"""What `dress` stores of a garment at rest, and that it is read back as it was."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from studio.garment.catalog import draft, load_fabric, load_garment
from studio.garment.meshing import mesh_pattern
from studio.look.cloth import along_grain, weld_cloth
from studio.look.finish import RenderMesh
from studio.look.sheet import load_sheet
from studio.look.solver import Settled, Stress
from studio.look.stage import _write_garment
from studio.store import Outcome, Recipe


def publish(store, stress):
    """A look that holds a shirt, whose yoke lies across the grain, laid flat; and its cloth."""
    pattern = draft(load_garment("shirt"), size="M")
    mesh = mesh_pattern(pattern, edge_length_m=0.03)
    cloth, welded = weld_cloth(mesh)
    x = np.zeros((cloth.vertex_count, 3))
    x[welded, :2] = mesh.flat_m
    stress = stress(cloth) if stress else None
    worn = SimpleNamespace(
        mesh=RenderMesh(x, cloth.faces, cloth.flat_m, cloth.panel, x), grain_m=cloth.flat_m, piece=SimpleNamespace(pattern=pattern),
        sewn=SimpleNamespace(cloth=cloth), settled=Settled(x, x[None], 0.0, 0.0, 1, stress),
    )  # fmt: skip

    def build(made):
        _write_garment(made, 0, worn)
        return Outcome({})

    return store.produce(kind="look", name="ada", recipe=Recipe("test", (), {}), build=build).asset, pattern, cloth, stress


def test_the_simulated_sheet_its_stress_and_its_pattern_are_stored_and_read_back(store):
    rng = np.random.default_rng(1)

    def stress(cloth):
        count = len(cloth.faces)
        return Stress(
            rng.normal(1, 0.1, (count, 2)), rng.normal(0, 0.1, count), rng.normal(0, 9, (count, 2)), rng.uniform(0, 99, cloth.vertex_count)
        )

    look, pattern, cloth, given = publish(store, stress)
    mechanics = load_fabric("cotton-poplin").mechanics
    sheet = load_sheet(look, 0, mechanics, mechanics)
    np.testing.assert_array_equal(sheet.faces, cloth.faces)
    np.testing.assert_array_equal(sheet.panel, cloth.panel)
    np.testing.assert_allclose(sheet.grain_m, along_grain(cloth.flat_m, cloth.panel, cloth.panel_names, pattern), atol=1e-9)
    np.testing.assert_allclose(sheet.flat_cm, 100 * cloth.flat_m, atol=1e-9)  # turned back into the panels' own coordinates
    for name in ("stretch", "shear", "tension_n_m", "pressure_pa"):
        np.testing.assert_allclose(getattr(sheet, name), getattr(given, name), rtol=1e-6, atol=1e-6)
    assert [panel.name for panel in sheet.pattern.panels] == [panel.name for panel in pattern.panels]
    assert sheet.pattern.panel("yoke").grain_deg == 0.0
    assert sheet.pattern.panel("collar").placement.turned == pattern.panel("collar").placement.turned


def test_a_solver_that_knows_no_forces_leaves_no_sheet(store):
    look, *_ = publish(store, None)
    assert set(look.manifest.files) == {"garment-0.npz"}
