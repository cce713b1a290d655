"""A garment at rest as the fit report reads it: the mesh that was simulated, its flat pattern, and what its cloth bears.

The metric of a triangle, what a unit square of flat cloth has become, is the solver's own: along weft and warp it knows how much longer
the curved cloth is than the flat triangles that stand for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.garment.formats.garmentcode import parse_garmentcode
from studio.garment.pattern import Pattern
from studio.mesh.normals import face_areas
from studio.specs.fabric import FabricMechanics

if TYPE_CHECKING:
    from studio.store import Asset

#: Where cloth is stretched by less than this, its stiffness cannot be told from its tension.
_TELLING_STRAIN = 1e-5


@dataclass(frozen=True, eq=False)
class WornSheet:
    """One garment of a look, V vertices and F triangles.

    pattern: As it was cut. fabric: What it is made of; rib: what its panels of rib are made of. vertices: World frame [m], (V, 3). faces:
    Outward, (F, 3). grain_m: Flat corners, weft along x and warp along y [m], (F, 3, 2). panel: Index into the pattern's panels, (F,).
    stretch: Length over flat length along weft and warp, (F, 2). shear: The angle that they lost [rad], (F,). tension_n_m: Along weft and
    warp per flat width, (F, 2). pressure_pa: On what is below, per area as it is now, (V,).
    """

    pattern: Pattern
    fabric: FabricMechanics
    rib: FabricMechanics
    vertices: np.ndarray
    faces: np.ndarray
    grain_m: np.ndarray
    panel: np.ndarray
    stretch: np.ndarray
    shear: np.ndarray
    tension_n_m: np.ndarray
    pressure_pa: np.ndarray

    @cached_property
    def areas_m2(self) -> np.ndarray:
        """Flat areas [m2], shape (F,)."""
        u, v = self.grain_m[:, 1] - self.grain_m[:, 0], self.grain_m[:, 2] - self.grain_m[:, 0]
        return 0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])

    @cached_property
    def areas_now_m2(self) -> np.ndarray:
        """Areas as they are worn [m2], shape (F,)."""
        return face_areas(self.vertices, self.faces)

    @cached_property
    def vertex_areas_m2(self) -> np.ndarray:
        """A third of the worn areas around each vertex [m2], shape (V,)."""
        return np.bincount(self.faces.ravel(), np.repeat(self.areas_now_m2 / 3, 3), minlength=len(self.vertices))

    @cached_property
    def gradients(self) -> np.ndarray:
        """Gradients of the corners' linear shape functions on the flat triangles [1/m], shape (F, 3, 2)."""
        edges = np.stack([self.grain_m[:, 1] - self.grain_m[:, 0], self.grain_m[:, 2] - self.grain_m[:, 0]], axis=2)
        inverse = np.linalg.inv(edges)
        return np.stack([-inverse.sum(axis=1), inverse[:, 0], inverse[:, 1]], axis=1)

    @cached_property
    def images(self) -> np.ndarray:
        """What the unit weft and the unit warp have become in space, shape (F, 2, 3)."""
        return np.einsum("fck,fcd->fkd", self.gradients, self.vertices[self.faces])

    @cached_property
    def metric(self) -> np.ndarray:
        """Squared lengths and product of the images of weft and warp, symmetric, shape (F, 2, 2)."""
        off = self.shear
        return np.stack([np.stack([self.stretch[:, 0] ** 2, off], axis=1), np.stack([off, self.stretch[:, 1] ** 2], axis=1)], axis=1)

    @cached_property
    def principal_strain(self) -> np.ndarray:
        """Principal stretches less 1, the larger first, shape (F, 2)."""
        return np.sqrt(np.maximum(np.linalg.eigvalsh(self.metric)[:, ::-1], 0.0)) - 1.0

    @cached_property
    def strain(self) -> np.ndarray:
        """Stretch less 1 along weft, warp and bias, shape (F, 3); the bias is that of the two diagonals which is longer."""
        half = (self.stretch**2).sum(axis=1) / 2
        bias = np.sqrt(np.maximum(half + np.abs(self.shear), 0.0))
        return np.concatenate([self.stretch, bias[:, None]], axis=1) - 1.0

    @cached_property
    def thread_strain(self) -> np.ndarray:
        """The larger of stretch less 1 along weft and warp, (F,): what fabrics are worn at bounds that. On the bias cloth shears freely."""
        return self.stretch.max(axis=1) - 1.0

    @cached_property
    def _ribbed(self) -> np.ndarray:
        """Triangles of panels that are cut from rib, shape (F,), bool."""
        return np.array([panel.cloth == "rib" for panel in self.pattern.panels])[self.panel]

    @cached_property
    def moduli_n_m(self) -> np.ndarray:
        """Stiffness of the cloth along weft, warp and in shear [N/m], shape (F, 3)."""
        main, rib = ((each.stretch_weft_n_m, each.stretch_warp_n_m, each.shear_n_m) for each in (self.fabric, self.rib))
        return np.where(self._ribbed[:, None], rib, main)

    @cached_property
    def limit(self) -> np.ndarray:
        """Strain that the cloth is worn at, as a share, shape (F,)."""
        return np.where(self._ribbed, self.rib.wearable_stretch_percent, self.fabric.wearable_stretch_percent) / 100

    @cached_property
    def stiffening(self) -> np.ndarray:
        """How many times as stiff as its cloth each triangle is, as where it is interfaced, shape (F,); 1 where it bears nothing."""
        linear = self.moduli_n_m[:, :2] * (self.stretch - 1.0)
        square = (linear**2).sum(axis=1)
        told = np.abs(self.stretch - 1.0).max(axis=1) > _TELLING_STRAIN
        return np.where(told, (linear * self.tension_n_m).sum(axis=1) / np.maximum(square, 1e-30), 1.0)

    @cached_property
    def membrane(self) -> np.ndarray:
        """Tension along weft and warp and shear force about the flat grain, symmetric, shape (F, 2, 2) [N/m].

        The second Piola-Kirchhoff stress of the solver's membrane (see `studio.look.statics.membrane`).
        """
        shear = self.moduli_n_m[:, 2] * self.stiffening * self.shear
        normal = self.tension_n_m / np.maximum(self.stretch, 1e-6)
        return np.stack([np.stack([normal[:, 0], shear], axis=1), np.stack([shear, normal[:, 1]], axis=1)], axis=1)

    @cached_property
    def principal_tension(self) -> tuple[np.ndarray, np.ndarray]:
        """Principal tensions per worn width, the larger first [N/m], (F, 2), and the larger one's direction in space, unit, (F, 3).

        They are those of the Cauchy stress ``F S F' / J`` in the triangle's plane: what a cut across the worn cloth would have to hold.
        """
        first = self.images[:, 0] / np.maximum(np.linalg.norm(self.images[:, 0], axis=1, keepdims=True), 1e-12)
        across = self.images[:, 1] - (self.images[:, 1] * first).sum(axis=1, keepdims=True) * first
        basis = np.stack([first, across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)], axis=1)
        gradient = np.einsum("fbd,fkd->fbk", basis, self.images)
        cauchy = gradient @ self.membrane @ np.swapaxes(gradient, 1, 2) / np.maximum(np.linalg.det(gradient), 1e-9)[:, None, None]
        values, vectors = np.linalg.eigh(cauchy)
        return values[:, ::-1], np.einsum("fb,fbd->fd", vectors[:, :, 1], basis)

    @cached_property
    def flat_cm(self) -> np.ndarray:
        """Corners in their panels' own coordinates [cm], shape (F, 3, 2)."""
        turn = np.radians([panel.grain_deg - 90.0 for panel in self.pattern.panels])[self.panel]
        cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
        u, v = 100 * self.grain_m[..., 0], 100 * self.grain_m[..., 1]
        return np.stack([cos * u - sin * v, sin * u + cos * v], axis=-1)

    def at_vertices(self, values: np.ndarray) -> np.ndarray:
        """Values of triangles (F,) as means at the vertices, by flat area, shape (V,)."""
        weight = np.repeat(self.areas_m2, 3)
        total = np.bincount(self.faces.ravel(), weight, minlength=len(self.vertices))
        return np.bincount(self.faces.ravel(), weight * np.repeat(values, 3), minlength=len(self.vertices)) / np.maximum(total, 1e-15)

    def of_regions(self, *regions: str) -> np.ndarray:
        """Triangles of the panels that are placed in one of these regions, shape (F,), bool."""
        chosen = np.array([panel.placement.region in regions for panel in self.pattern.panels])
        return chosen[self.panel]

    @cached_property
    def border(self) -> np.ndarray:
        """Sides of triangles that have no neighbour, in the triangles' sense, shape (B, 2): hems and openings."""
        sides = self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        _, index, counts = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
        return sides[counts[index.ravel()] == 1]


def load_sheet(look: Asset, index: int, fabric: FabricMechanics, rib: FabricMechanics) -> WornSheet:
    """The sheet of a look's garment, which must have one."""
    pattern = next(iter(parse_garmentcode(look.path(f"pattern-{index}.json").read_bytes(), file=f"{look.ref}/pattern").patterns.values()))
    arrays = look.arrays(f"sheet-{index}.npz")
    whole = {name: arrays[name].astype(np.int64) for name in ("faces", "panel")}
    real = {name: arrays[name].astype(np.float64) for name in ("vertices", "grain_m", "stretch", "shear", "tension_n_m", "pressure_pa")}
    return WornSheet(pattern=pattern, fabric=fabric, rib=rib, **whole, **real)
