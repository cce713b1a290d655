"""What is sewn to a garment once it is closed round the body: stands and hoods at the neck, and collars that are laid over their stand.

Sewn together with the rest, they would end up below the shoulders: fronts and back close over them from before and behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.garment.meshing import PatternMesh
from studio.garment.pattern import Pattern
from studio.look.field import DistanceField
from studio.look.obstacle import Layered, Obstacle, WornCloth

#: Distance from the garment that is kept while something is sewn to it [m], and where its seam is: so many times the way along the cloth.
CLEARANCE_M, _BESIDE_SEAM = 0.004, 0.4
#: What is turned over lies nearer: so many times the way from its fold, which keeps it steep, and its outer edge as short as it is cut.
_BESIDE_FOLD = 0.15
#: A collar starts laid over by this much below the level [degrees] and is raised in such steps until it is clear, at most to the last.
_LAID_DEG, _STEP_DEG, _HIGHEST_DEG = 85.0, 5.0, -80.0
#: Places along a fold are raised together over this length [m].
_TOGETHER_M = 0.06
#: Rounds of neighbours that the directions along a fold are smoothed over: a stand's edge is wavy, and what fans out from it more so.
_SMOOTH = 12


def sewing_order(pattern: Pattern) -> list[tuple[str, ...]]:
    """Names of the panels that are sewn together: first all but the neck's, then those, then what is turned over; none is empty."""
    groups: list[list[str]] = [[], [], []]
    for panel in pattern.panels:
        groups[0 if panel.placement.region != "neck" else 2 if panel.placement.turned else 1].append(panel.name)
    return [tuple(group) for group in groups if group]


def vertices_of(mesh: PatternMesh, names: tuple[str, ...]) -> np.ndarray:
    """Which vertices belong to the panels, shape (V,), bool."""
    return np.isin(mesh.vertex_panel, [index for index, name in enumerate(mesh.panel_names) if name in names])


@dataclass(frozen=True, eq=False)
class Garment:
    """What is sewn already: its vertices of the pattern mesh ``sewn`` (V,), bool, at positions ``x`` [m], (V, 3)."""

    mesh: PatternMesh
    x: np.ndarray
    sewn: np.ndarray

    @property
    def faces(self) -> np.ndarray:
        """Its triangles, shape (F, 3)."""
        return self.mesh.faces[self.sewn[self.mesh.faces].all(axis=1)]

    def obstacle(self, body: Obstacle) -> Obstacle:
        """The body under it."""
        return Layered([body, WornCloth(*_used(self.x, self.faces))], [0.0, 0.0])

    def seams_to(self, new: np.ndarray) -> np.ndarray:
        """Pairs of a new vertex and one that is sewn already, shape (S, 2)."""
        pairs = self.mesh.seam_pairs
        forth = pairs[new[pairs[:, 0]] & self.sewn[pairs[:, 1]]]
        back = pairs[new[pairs[:, 1]] & self.sewn[pairs[:, 0]]]
        return np.concatenate([forth, back[:, ::-1]])


@dataclass(frozen=True, eq=False)
class OverGarment:
    """What something new stays out of while it is sewn on: the body, and the garment but for the seam between them.

    clearance_m: From the garment, for each vertex of the part that is sewn on, shape (V',).
    """

    body: DistanceField
    garment: WornCloth
    clearance_m: np.ndarray

    def push_out(self, points: np.ndarray, clearance_m: float, *, rounds: int = 1) -> np.ndarray:
        """As `DistanceField.push_out`, and out of the garment by each vertex's own clearance."""
        points = self.body.push_out(points, clearance_m, rounds=rounds)
        distance, direction = self.garment.closest(points)
        close = distance < self.clearance_m
        points[close] += (self.clearance_m[close] - distance[close])[:, None] * direction[close]
        return points


def over_garment(garment: Garment, part: PatternMesh, index: np.ndarray, new: np.ndarray, body: DistanceField) -> OverGarment:
    """What a part is kept out of. index: Its vertices' numbers in the whole mesh, (V',). new: Which whole vertices are sewn on, (V,)."""
    seam, along = garment.seams_to(new)[:, 0], np.full(len(index), np.inf)
    for panel in np.unique(garment.mesh.vertex_panel[seam]):
        mine = part.vertex_panel == panel
        ends = garment.mesh.flat_m[seam[garment.mesh.vertex_panel[seam] == panel]]
        along[mine] = np.linalg.norm(part.flat_m[mine][:, None] - ends, axis=2).min(axis=1)
    clearance = np.where(new[index], np.minimum(CLEARANCE_M, _BESIDE_SEAM * along), -np.inf)
    return OverGarment(body, WornCloth(*_used(garment.x, garment.faces)), clearance)


def lay_over(garment: Garment, new: np.ndarray, body: Obstacle) -> np.ndarray:
    """Positions of panels that are turned over along their seam, just clear of what they lie on [m], shape (V, 3); others as they were.

    Every point goes as far from the fold as it is on the panel, in a direction that is raised until nothing is in the way. Folding is
    the end of a way that cloth could not take without stretching; as the fold is where it was sewn, only the end counts.
    """
    x, below = garment.x.copy(), garment.obstacle(body)
    for panel in np.unique(garment.mesh.vertex_panel[new]):
        mine = np.flatnonzero(new & (garment.mesh.vertex_panel == panel))
        pairs = garment.seams_to(new & (garment.mesh.vertex_panel == panel))
        pairs = pairs[np.argsort(garment.mesh.flat_m[pairs[:, 0], 0])]
        fold = _Fold.through(garment.mesh.flat_m[pairs[:, 0]], garment.x[pairs[:, 1]], garment.mesh.flat_m[mine])
        x[mine] = fold.clear_of(below)
    return x


@dataclass(frozen=True, eq=False)
class _Fold:
    """A fold line, and N points beside it on the flat panel.

    foot: Nearest places on the fold [m], (N, 3). place: How far along it [m], (N,). along, outward, up: Its frame there, unit, (N, 3).
    beside: Offsets along the fold and away from it [m], (N, 2).
    """

    foot: np.ndarray
    place: np.ndarray
    along: np.ndarray
    outward: np.ndarray
    up: np.ndarray
    beside: np.ndarray

    @classmethod
    def through(cls, flat: np.ndarray, line: np.ndarray, points: np.ndarray) -> _Fold:
        """A fold that runs through ``line`` (K, 3) where the panel has ``flat`` (K, 2). points: On the panel, (N, 2)."""
        steps = np.diff(flat, axis=0)
        offset = points[:, None] - flat[None, :-1]
        share = np.clip((offset * steps).sum(axis=2) / (steps**2).sum(axis=1), 0.0, 1.0)
        distance = np.linalg.norm(offset - share[..., None] * steps, axis=2)
        piece = distance.argmin(axis=1)
        rows = np.arange(len(points))
        share, steps = share[rows, piece], steps[piece] / np.linalg.norm(steps[piece], axis=1, keepdims=True)
        rest = offset[rows, piece] - share[:, None] * np.diff(flat, axis=0)[piece]
        away = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
        tangents = _unit(_smoothed(np.gradient(line, axis=0)))
        middle = line.mean(axis=0)
        upright = _unit(np.linalg.svd(line - middle)[2][2])
        upright = upright if upright[2] > 0 else -upright
        outward = np.cross(tangents, upright)
        outward *= np.sign(((line - middle) * outward).sum())
        first, second = piece, np.minimum(piece + 1, len(line) - 1)

        def at(values: np.ndarray) -> np.ndarray:
            return (1 - share)[:, None] * values[first] + share[:, None] * values[second]

        lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        place = at(lengths[:, None])[:, 0]
        beside = np.stack([(rest * steps).sum(axis=1), np.abs((rest * away).sum(axis=1))], axis=1)
        return cls(at(line), place, _unit(at(tangents)), _unit(at(outward)), np.broadcast_to(upright, (len(points), 3)), beside)

    def clear_of(self, below: Obstacle) -> np.ndarray:
        """Where the points are, the panel turned over as far as it goes [m], shape (N, 3)."""
        angle = np.full(len(self.place), _LAID_DEG)
        wanted = np.minimum(CLEARANCE_M, _BESIDE_FOLD * self.beside[:, 1])
        while True:
            points = self._turned(angle)
            tight = (below.closest(points)[0] < wanted) & (self.beside[:, 1] > 1e-6) & (angle > _HIGHEST_DEG)
            if not tight.any():
                return points
            near = np.clip(1.5 - np.abs(self.place[:, None] - self.place[tight]).min(axis=1) / _TOGETHER_M, 0.0, 1.0)
            angle -= _STEP_DEG * near

    def _turned(self, angle_deg: np.ndarray) -> np.ndarray:
        cos, sin = np.cos(np.radians(angle_deg))[:, None], np.sin(np.radians(angle_deg))[:, None]
        direction = cos * self.outward - sin * self.up
        return self.foot + self.beside[:, :1] * self.along + self.beside[:, 1:] * direction


def _smoothed(values: np.ndarray) -> np.ndarray:
    for _ in range(_SMOOTH):
        padded = np.concatenate([values[:1], values, values[-1:]])
        values = (padded[:-2] + 2 * values + padded[2:]) / 4
    return values


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _used(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Only the vertices that the faces use, and the faces among them."""
    used, renumbered = np.unique(faces, return_inverse=True)
    return vertices[used], renumbered.reshape(-1, 3)
