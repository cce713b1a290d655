"""A cloth as statics sees it: triangles with a flat rest shape along the grain, and what each resists with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from studio.specs.fabric import FabricMechanics


@dataclass(frozen=True, eq=False)
class Material:
    """Stiffness of each triangle, shape (F,) each, float64; weft is along x of the rest shape, warp along y.

    weft_n_m, warp_n_m: Membrane stiffness, force per width at full elongation [N/m]. shear_n_m: Per width and radian [N/m].
    bend_weft_n_m, bend_warp_n_m: Bending rigidity per width of a strip cut along that direction [N.m]. mass_kg_m2: Areal weight.
    """

    weft_n_m: np.ndarray
    warp_n_m: np.ndarray
    shear_n_m: np.ndarray
    bend_weft_n_m: np.ndarray
    bend_warp_n_m: np.ndarray
    mass_kg_m2: np.ndarray

    @classmethod
    def of(cls, fabric: FabricMechanics, faces: int) -> Material:
        """One fabric all over, its bending rigidity times what its drape was calibrated to."""
        bend_weft, bend_warp = (fabric.drape_stiffness * each for each in (fabric.bending_weft_n_m, fabric.bending_warp_n_m))
        values = (
            fabric.stretch_weft_n_m, fabric.stretch_warp_n_m, fabric.shear_n_m, bend_weft, bend_warp, fabric.areal_weight_g_m2 / 1000,
        )  # fmt: skip
        return cls(*(np.full(faces, value, dtype=float) for value in values))


@dataclass(frozen=True, eq=False)
class Sheet:
    """A cloth of V vertices and F triangles.

    faces: Counter-clockwise from outside, shape (F, 3), int64. rest: Their corners when flat and free of force [m], weft along x and warp
    along y, shape (F, 3, 2), float64; triangles need not lie in one plane together, only share the lengths of common edges.
    creases: Edges whose fold nothing resists, pairs of vertices, shape (E, 2). gathered: Triangles that stand for cloth in small folds:
    they give way when pressed together, shape (F,), bool, or None.
    """

    vertex_count: int
    faces: np.ndarray
    rest: np.ndarray
    material: Material
    creases: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    gathered: np.ndarray | None = None

    @cached_property
    def areas(self) -> np.ndarray:
        """Rest areas [m2], shape (F,)."""
        u, v = self.rest[:, 1] - self.rest[:, 0], self.rest[:, 2] - self.rest[:, 0]
        return 0.5 * np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])

    @cached_property
    def vertex_areas(self) -> np.ndarray:
        """A third of the areas around each vertex [m2], shape (V,)."""
        return np.bincount(self.faces.ravel(), np.repeat(self.areas / 3, 3), minlength=self.vertex_count)

    @cached_property
    def masses(self) -> np.ndarray:
        """Mass at each vertex [kg], shape (V,)."""
        shares = np.repeat(self.areas * self.material.mass_kg_m2 / 3, 3)
        return np.bincount(self.faces.ravel(), shares, minlength=self.vertex_count)

    @cached_property
    def gradients(self) -> np.ndarray:
        """Gradients of the corners' linear shape functions on the rest shape [1/m], shape (F, 3, 2)."""
        edges = np.stack([self.rest[:, 1] - self.rest[:, 0], self.rest[:, 2] - self.rest[:, 0]], axis=2)
        inverse = np.linalg.inv(edges)  # rows: gradients of corners 1 and 2
        return np.stack([-inverse.sum(axis=1), inverse[:, 0], inverse[:, 1]], axis=1)
