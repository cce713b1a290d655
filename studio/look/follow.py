"""A sewn garment comes to rest on a body and goes with it to its pose: statics from pose to pose.

Between two poses cloth is carried along with the skin it lies on, and finds its equilibrium again in a few steps; in the last pose it comes
to rest. Nothing is simulated in time, so nothing swings, and what is left is an equilibrium of forces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.look.cloth import Cloth
from studio.look.figure import Figure
from studio.look.gates import Allowed
from studio.look.solver import INTERFACING, Collider, Settled, obstacle_of
from studio.look.statics.contact import Support
from studio.look.statics.energy import Energy, Load
from studio.look.statics.equilibrium import find_equilibrium
from studio.look.statics.layers import LayerSearch
from studio.look.statics.sheet import Material, Sheet
from studio.mesh.closest import Surface
from studio.progress import Report, silent
from studio.specs.fabric import GRAVITY, FabricMechanics

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Steps of the solver before the pose changes, at each pose on the way, and in the last one at most.
FIRST, EACH, LAST = 12, 3, 36
#: First time steps on the way and at its end [s]: what was carried along is nearly at rest.
_EACH_S, _LAST_S = 0.05, 0.2
#: Cloth rests when 95 % of it moves by less than this in a step of two seconds [m].
REST_M = 1e-4
#: Distance of the cloth's middle from skin and from the outer side of garments below [m]: what is rendered keeps 1.2 mm.
STANDOFF_M = 0.002
#: Two layers of a garment keep apart by its thickness, within these bounds [m].
_APART_M = (0.001, 0.002)
#: A waistband that is wider than the waist would slide off: a stylist clips it. It sinks by this under the weight of its garment [m].
_CLIPPED_M = 0.002
#: Crossing pairs that may be left. Cloth may be stretched by what its fabric is worn at, and by this at least: what tight cotton takes
#: (Zhang, Wang, Ramani 2016, of jeans).
PAIRS, STRAIN = 5, 0.05
#: Cloth goes along with skin that is nearer than about this [m], in shares of this many, smoothed over so many rounds of neighbours.
_CARRIED_M, _SHARES, _SMOOTH = 0.06, 3, 12
#: Layers are looked for this far around when cloth is carried along [m].
_LAYERS_M = 0.02


@dataclass(frozen=True, eq=False)
class Statics:
    """The solver that finds an equilibrium of forces. It has no job that a name could be for."""

    def settle(
        self, cloth: Cloth, start: np.ndarray, figure: Figure, below: Sequence[Collider], fabric: FabricMechanics, *, grain_m: np.ndarray,
        interfaced: np.ndarray, name: str, report: Report = silent,
    ) -> Settled:  # fmt: skip
        """See `Solver.settle`."""
        del name
        sheet = Sheet(cloth.vertex_count, cloth.faces, grain_m, _material(cloth, fabric, interfaced))
        layers = LayerSearch(cloth.faces, sheet.vertex_areas, apart_m=float(np.clip(fabric.thickness_mm / 1000, *_APART_M)))
        mean = neighbour_mean(cloth.faces, cloth.vertex_count)
        nothing = np.zeros(cloth.vertex_count, dtype=bool)
        poses = len(figure.vertices)
        clip_n_m = interfaced * (sheet.masses.sum() * GRAVITY / (_CLIPPED_M * max(interfaced.sum(), 1)))

        def load_at(pose: int, x: np.ndarray) -> Load:
            support = Support(obstacle_of(figure, below, pose), STANDOFF_M, fabric.friction)
            return Load(nothing, support, hung_n_m=clip_n_m, heights=x[:, 2].copy())

        energy = Energy(sheet, load_at(0, start))
        rest = find_equilibrium(energy, start, most=FIRST, rest_m=REST_M, layers=layers)
        keys = [rest.x]
        for pose in range(1, poses):
            report("following", (FIRST + EACH * pose) / (FIRST + EACH * poses + LAST))
            x = _carried(rest.x, figure, pose, layers, mean)
            energy = energy.under(load_at(pose, x))
            last = pose == poses - 1
            rest = find_equilibrium(
                energy, x, most=LAST if last else EACH, rest_m=REST_M, first_s=_LAST_S if last else _EACH_S, layers=layers
            )
            keys.append(rest.x)
        moved = 1000 * rest.moved_m
        return Settled(rest.x, np.array(keys), float(moved.mean()), float(np.percentile(moved, 95)), rest.steps)

    def allowed(self, fabric: FabricMechanics, *, sleeves: bool) -> Allowed:
        """See `Solver.allowed`."""
        del sleeves
        return Allowed(PAIRS, max(fabric.wearable_stretch_percent / 100, STRAIN))


def _material(cloth: Cloth, fabric: FabricMechanics, interfaced: np.ndarray) -> Material:
    """The fabric, several times as stiff where it is interfaced."""
    material = Material.of(fabric, len(cloth.faces))
    times = np.where(interfaced[cloth.faces].all(axis=1), INTERFACING, 1.0)
    stiff = {name: getattr(material, name) * times for name in ("weft_n_m", "warp_n_m", "shear_n_m", "bend_weft_n_m", "bend_warp_n_m")}
    return Material(**stiff, mass_kg_m2=material.mass_kg_m2)


def _carried(x: np.ndarray, figure: Figure, pose: int, layers: LayerSearch, mean: csr_matrix) -> np.ndarray:
    """Positions (V, 3) of cloth that has gone along with the skin from the pose before; never through itself."""
    skin = Surface(figure.vertices[pose - 1], figure.faces).closest(x)
    way = (figure.vertices[pose] - figure.vertices[pose - 1])[figure.faces[skin.triangles]]
    move = np.einsum("nk,nkd->nd", skin.barycentric, way) * np.exp(-((skin.distances / _CARRIED_M) ** 2))[:, None]
    for _ in range(_SMOOTH):  # an arm and the chest beside it go different ways
        move = 0.5 * move + 0.5 * (mean @ move)
    for _ in range(_SHARES):
        x = layers.apart(x, x + layers.find(x, _LAYERS_M).bounded(move / _SHARES))
    return x


def neighbour_mean(faces: np.ndarray, count: int) -> csr_matrix:
    """The matrix that takes vertex values to the mean of their neighbours', shape (V, V)."""
    from scipy.sparse import csr_matrix, diags

    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.unique(np.concatenate([sides, sides[:, ::-1]]), axis=0)
    beside = csr_matrix((np.ones(len(pairs)), pairs.T), shape=(count, count))
    return (diags(1 / np.maximum(np.asarray(beside.sum(axis=1)).ravel(), 1)) @ beside).tocsr()
