"""A garment as one mesh: the panels welded along their seams, with what they were when flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studio.garment.meshing import PatternMesh, weld
from studio.garment.pattern import Pattern
from studio.look.projective import ProjectiveSystem, Weights


@dataclass(frozen=True, eq=False)
class Cloth:
    """A sewn garment's connections and flat shape; positions are kept apart, for it goes through many.

    vertex_count: V. faces: Triangles, counter-clockwise from outside, shape (F, 3), int64.
    flat_m: Panel coordinates of each triangle's corners [m], shape (F, 3, 2), float64; a welded vertex has one per panel.
    panel: Index into ``panel_names`` per face, shape (F,), int64.
    springs: Edges, shape (E, 2), int64. lengths_m: Their lengths when flat, the mean of both sides on a seam, shape (E,), float64.
    """

    vertex_count: int
    faces: np.ndarray
    flat_m: np.ndarray
    panel: np.ndarray
    panel_names: tuple[str, ...]
    springs: np.ndarray
    lengths_m: np.ndarray

    @cached_property
    def areas_m2(self) -> np.ndarray:
        """Areas of the flat triangles [m2], shape (F,)."""
        return 0.5 * np.abs(_cross(self.flat_m))

    def system(self, *, inertia: float, bending: float) -> ProjectiveSystem:
        """The projective system of this cloth."""
        return ProjectiveSystem(
            vertex_count=self.vertex_count, springs=self.springs, lengths=self.lengths_m, faces=self.faces,
            flat=self.flat_m, weights=Weights(inertia=inertia, bending=bending),
        )  # fmt: skip

    def stretch(self, vertices: np.ndarray) -> np.ndarray:
        """Larger principal stretch of each triangle less 1, against the flat pattern, shape (F,), float64.

        The larger singular value of the deformation gradient F = dx/dX (a 3 x 2 matrix per triangle).
        """
        return principal_stretches(vertices[self.faces], self.flat_m)[:, 0] - 1.0


def along_grain(flat: np.ndarray, panel: np.ndarray, panel_names: Sequence[str], pattern: Pattern) -> np.ndarray:
    """Panel coordinates of triangles' corners, turned so that y runs along each panel's grain, shape (F, 3, 2)."""
    turn = np.radians([90.0 - pattern.panel(name).grain_deg for name in panel_names])[panel]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    u, v = flat[..., 0], flat[..., 1]
    return np.stack([cos * u - sin * v, sin * u + cos * v], axis=-1)


def weld_cloth(mesh: PatternMesh) -> tuple[Cloth, np.ndarray]:
    """The welded cloth of a pattern mesh, and the welded vertex of each vertex of it, shape (V,), int64."""
    welded = weld(mesh)
    count = int(welded.max()) + 1
    pairs = np.sort(welded[mesh.springs], axis=1)
    keys, inverse = np.unique(pairs[:, 0] * count + pairs[:, 1], return_inverse=True)
    lengths = np.bincount(inverse, mesh.spring_lengths_m) / np.bincount(inverse)
    springs = np.stack([keys // count, keys % count], axis=1)
    real = springs[:, 0] != springs[:, 1]  # a dart one edge wide closes onto itself
    faces = welded[mesh.faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    cloth = Cloth(
        vertex_count=count, faces=faces[whole], flat_m=mesh.flat_m[mesh.faces][whole], panel=mesh.panel[whole],
        panel_names=mesh.panel_names, springs=springs[real], lengths_m=lengths[real],
    )  # fmt: skip
    return cloth, welded


def merged(positions: np.ndarray, welded: np.ndarray) -> np.ndarray:
    """Positions of welded vertices: the mean of those that were joined, shape (V', 3)."""
    count = np.bincount(welded)
    return np.stack([np.bincount(welded, positions[:, axis]) / count for axis in range(3)], axis=1)


def strain_along(corners: np.ndarray, grain: np.ndarray) -> np.ndarray:
    """Stretch of triangles less 1 along weft, warp and bias, shape (F, 3); the bias is that of the two diagonals which is longer.

    corners: Positions, shape (F, 3, 3). grain: Rest positions in the plane with the warp along y, same unit, shape (F, 3, 2).
    """
    metric = _metric(corners, grain)
    weft, warp = metric[:, 0, 0], metric[:, 1, 1]
    return np.sqrt(np.maximum(np.stack([weft, warp, 0.5 * (weft + warp) + np.abs(metric[:, 0, 1])], axis=1), 0.0)) - 1.0


def principal_stretches(corners: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Singular values of dx/dX of triangles, the larger first, shape (F, 2).

    corners: Positions, shape (F, 3, 3). flat: Rest positions in the plane, same unit, shape (F, 3, 2).
    """
    metric = _metric(corners, flat)  # its eigenvalues are the squared stretches
    half_trace = 0.5 * (metric[:, 0, 0] + metric[:, 1, 1])
    spread = np.hypot(0.5 * (metric[:, 0, 0] - metric[:, 1, 1]), metric[:, 0, 1])
    return np.sqrt(np.maximum(np.stack([half_trace + spread, half_trace - spread], axis=1), 0.0))


def _metric(corners: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Products of dx/dX with itself: symmetric, shape (F, 2, 2)."""
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
    rest = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], axis=2)
    gradient = edges @ np.linalg.inv(rest)
    return np.swapaxes(gradient, 1, 2) @ gradient


def _cross(flat: np.ndarray) -> np.ndarray:
    u, v = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
