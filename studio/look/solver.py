"""What every solver of cloth is given and gives back: the one interface behind which statics and Blender's cloth stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from studio.look.cloth import Cloth
from studio.look.figure import Figure
from studio.look.gates import Allowed
from studio.look.obstacle import Layered, Obstacle, OuterBody, WornCloth
from studio.progress import Report, silent
from studio.specs.fabric import FabricMechanics

#: Waistbands are interfaced: a fusible makes them several times stiffer than their cloth, and holds their length [times].
INTERFACING = 4.0


@dataclass(frozen=True, eq=False)
class Collider:
    """Something that cloth falls on.

    keys: Positions in each pose [m], shape (P, B, 3). faces: Shape (F, 3), normals outward. thickness_m: Of a garment's cloth.
    """

    keys: np.ndarray
    faces: np.ndarray
    thickness_m: float = 0.0

    def cut_to(self, low: np.ndarray, high: np.ndarray) -> Collider:
        """The part whose faces come into a box in any of the poses."""
        middles = self.keys[:, self.faces].mean(axis=2)
        near = ((middles > low) & (middles < high)).all(axis=2).any(axis=0)
        used, faces = np.unique(self.faces[near], return_inverse=True)
        return Collider(self.keys[:, used], faces.reshape(-1, 3))


@dataclass(frozen=True, eq=False)
class Cut:
    """What a garment is cut from, and how.

    fabric, rib: The main fabric's mechanics, and of what is cut from rib knit; ``ribbed``: those triangles, shape (F,), bool.
    grain_m: The triangles' flat corners, warp along y [m], shape (F, 3, 2). interfaced: Vertices of waistbands, shape (V,), bool.
    creases: Edges that are pressed, so that nothing resists their fold: pairs of vertices, shape (E, 2). gathered: Triangles at a seam that
    gathers or pleats them, (F,), bool.
    """

    fabric: FabricMechanics
    rib: FabricMechanics
    ribbed: np.ndarray
    grain_m: np.ndarray
    interfaced: np.ndarray
    creases: np.ndarray
    gathered: np.ndarray


@dataclass(frozen=True, eq=False)
class Stress:
    """What a garment's cloth bears where its forces are in equilibrium.

    stretch: Length over flat length along weft and warp of each triangle, shape (F, 2). shear: The angle that they lost [rad], (F,).
    tension_n_m: Along weft and warp, negative where compressed, (F, 2). pressure_pa: On what is below, at each vertex, (V,).
    """

    stretch: np.ndarray
    shear: np.ndarray
    tension_n_m: np.ndarray
    pressure_pa: np.ndarray


@dataclass(frozen=True, eq=False)
class Settled:
    """A garment that has come to rest.

    vertices: Positions at the end [m], shape (V, 3). keys: Positions when the body was in each pose, the last at the end, (P, V, 3).
    motion_mm: Mean motion of the vertices in the last frame. motion_p95_mm: Its 95th percentile. frames: How many were simulated,
    or how many steps the last equilibrium took. stress: Where the solver knows forces.
    """

    vertices: np.ndarray
    keys: np.ndarray
    motion_mm: float
    motion_p95_mm: float
    frames: int
    stress: Stress | None = None


class Solver(Protocol):
    """What brings a sewn garment to rest."""

    def settle(
        self, cloth: Cloth, start: np.ndarray, figure: Figure, below: Sequence[Collider], cut: Cut, *, name: str, report: Report = silent
    ) -> Settled:
        """Bring one garment to rest in the figure's last pose.

        start: Positions to begin with, outside of everything in the first pose [m], shape (V, 3). below: Garments that are worn already.
        name: Of the garment within its look.
        """
        ...

    def allowed(self, cut: Cut, *, sleeves: bool) -> Allowed:
        """What a garment of that fabric may have of crossing pairs and strain for a look to pass."""
        ...


def obstacle_of(figure: Figure, below: Sequence[Collider], pose: int, *, hooded: bool) -> Obstacle:
    """The body in a pose, under garments that are as thick as their cloth. hooded: Its ears are filled up, for a hood."""
    body = OuterBody(figure.hooded(pose) if hooded else figure.vertices[pose], figure.faces)
    if not below:
        return body
    return Layered([body, *(WornCloth(each.keys[pose], each.faces) for each in below)], [0.0, *(each.thickness_m for each in below)])
