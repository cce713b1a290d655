"""How a garment is cut, told from its pattern and its mesh with its flat corners: what a look keeps of it as well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.garment.pattern import Panel, Pattern
from studio.look.cloth import Cloth
from studio.look.solver import Cut
from studio.mesh.intersect import unique_edges
from studio.specs.fabric import FabricMechanics

#: A strip of this height round the waist, or less, is a waistband [cm]: the highest that a garment spec allows, and its curve.
BAND_CM = 12.0
#: A seam gathers where one edge is longer than the other by this share: a sleeve's cap is eased in by 1 to 4 %.
GATHERED = 0.05
#: Corners nearer than this to an edge of their panel lie on it [cm]: what a pattern loses when it is written, and its curves' chords.
_ON_EDGE_CM = 0.02
#: Edges are followed in steps of this [cm].
_STEP_CM = 0.05


def cut_of(
    cloth: Cloth, pattern: Pattern, grain_m: np.ndarray, *, fabric: FabricMechanics, rib: FabricMechanics, ribs: Sequence[int]
) -> Cut:
    """How a garment is cut. cloth: Its mesh, with panel coordinates. grain_m: The same along the grain. ribs: Panels of rib knit."""
    panels = [pattern.panel(name) for name in cloth.panel_names]
    bands = [index for index, panel in enumerate(panels) if _is_waistband(panel)]
    interfaced = np.zeros(cloth.vertex_count, dtype=bool)
    interfaced[cloth.faces[np.isin(cloth.panel, bands)]] = True
    turned = np.array([panel.placement.turned for panel in panels])[cloth.panel]
    return Cut(fabric, rib, np.isin(cloth.panel, ribs), grain_m, interfaced, _common_edges(cloth, turned), _gathered(cloth, pattern))


def _is_waistband(panel: Panel) -> bool:
    return panel.placement.region == "waist" and float(np.ptp(panel.polygon()[:, 1])) <= BAND_CM


def _common_edges(cloth: Cloth, turned: np.ndarray) -> np.ndarray:
    """Edges between triangles that are turned over and others, shape (E, 2)."""
    sides = [unique_edges(cloth.faces[mask]) for mask in (turned, ~turned)]
    keys = [edges[:, 0] * cloth.vertex_count + edges[:, 1] for edges in sides]
    return sides[0][np.isin(keys[0], keys[1])]


def _gathered(cloth: Cloth, pattern: Pattern) -> np.ndarray:
    """Triangles along the longer edge of a seam whose edges differ, shape (F,), bool."""
    from scipy.spatial import cKDTree

    found = np.zeros(len(cloth.faces), dtype=bool)
    for seam, a, b in pattern.seam_lengths():
        if max(a, b) <= (1 + GATHERED) * min(a, b):
            continue
        name, edge = seam.a if a > b else seam.b
        line = pattern.edge((name, edge)).sample(int(np.ceil(max(a, b) / _STEP_CM)))
        mine = np.flatnonzero(cloth.panel == cloth.panel_names.index(name))
        distance, _ = cKDTree(line).query(100 * cloth.flat_m[mine].reshape(-1, 2))
        corners = cloth.faces[mine].ravel()[distance < _ON_EDGE_CM + 0.5 * _STEP_CM]
        found[mine] |= np.isin(cloth.faces[mine], corners).any(axis=1)
    return found
