"""What a fit of a body solves for, what it makes of it, and points that ride on the result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Unknowns:
    """What a fit solves for; float64.

    transl [m] (3,), p: degrees of freedom of the pose [rad] (P,), betas (B,), and, in standard deviations, what the model cannot know of a
    person: flesh, how much more than its pose correctives the skin shows at each body joint (21,), and the swellings that no shape
    direction holds (K,). Both are empty where the model is taken at its word.
    """

    transl: np.ndarray
    p: np.ndarray
    betas: np.ndarray
    flesh: np.ndarray = field(default_factory=lambda: np.zeros(0))
    swell: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def moved(self, step: np.ndarray) -> Unknowns:
        """The unknowns after a step of shape (size,), in the order of the fields."""
        return Unknowns(*(value + part for value, part in zip(self._parts, self.split(step), strict=True)))

    def split(self, step: np.ndarray) -> list[np.ndarray]:
        """A vector of shape (size, ...) cut into the parts of the single fields."""
        return np.split(step, np.cumsum([len(part) for part in self._parts[:-1]]))

    def cut(self, betas: int) -> Unknowns:
        """The unknowns with the first betas alone."""
        return replace(self, betas=self.betas[:betas])

    def padded(self, betas: int) -> Unknowns:
        """The unknowns with zeros for further betas."""
        return replace(self, betas=np.concatenate([self.betas, np.zeros(betas - len(self.betas))]))

    @property
    def size(self) -> int:
        return sum(len(part) for part in self._parts)

    @property
    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.transl, self.p, self.betas, self.flesh, self.swell


@dataclass(frozen=True, eq=False)
class State:
    """A body posed by unknowns.

    vertices, normals: [m] and unit outward, shape (V, 3). shaped: Rest vertices (V, 3). linear: What skinning does to small rest
    vectors, (V, 3, 3). rotations: Of the joints in the world (55, 3, 3). joints: Where they are, without transl (55, 3).
    rest_joints: In the T-pose (55, 3). shift: Translation of each joint's rigid transform (55, 3).
    """

    unknowns: Unknowns
    vertices: np.ndarray
    normals: np.ndarray
    shaped: np.ndarray
    linear: np.ndarray
    rotations: np.ndarray
    joints: np.ndarray
    rest_joints: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True, eq=False)
class SurfacePoints:
    """S points that ride on the surface: corner vertices (S, 3), int, and their weights (S, 3)."""

    corners: np.ndarray
    barycentric: np.ndarray

    @classmethod
    def at_vertices(cls, vertices: np.ndarray) -> SurfacePoints:
        """Points that are vertices."""
        corners = np.repeat(np.asarray(vertices)[:, None], 3, axis=1)
        return cls(corners, np.tile([1.0, 0.0, 0.0], (len(vertices), 1)))

    @classmethod
    def all_over(cls, faces: np.ndarray, areas: np.ndarray) -> tuple[SurfacePoints, np.ndarray]:
        """Points all over some triangles (F, 3) of the given areas (F,), and what area each stands for.

        Means over them are exact for what is quadratic on a triangle (centre 3/4, corners 1/12 each: Zienkiewicz and Taylor, "The Finite
        Element Method", on numerical integration over triangles), as the distance between a triangle and a curved surface is: points at
        the corners alone would put all of the mesh inside a convex one.
        """
        corners, where = np.unique(faces, return_inverse=True)
        at_corners = np.bincount(where.ravel(), np.repeat(areas / 12, 3))
        centres = cls(faces, np.full(faces.shape, 1 / 3))
        return cls.joined(cls.at_vertices(corners), centres), np.concatenate([at_corners, 0.75 * areas])

    def of(self, values: np.ndarray) -> np.ndarray:
        """Vertex values (V, D) at the points, shape (S, D)."""
        return np.einsum("sc,scd->sd", self.barycentric, values[self.corners])

    def at(self, chosen: np.ndarray) -> SurfacePoints:
        """Some of the points."""
        return SurfacePoints(self.corners[chosen], self.barycentric[chosen])

    @staticmethod
    def joined(*parts: SurfacePoints) -> SurfacePoints:
        """All points of several sets, in order."""
        return SurfacePoints(np.concatenate([part.corners for part in parts]), np.concatenate([part.barycentric for part in parts]))
