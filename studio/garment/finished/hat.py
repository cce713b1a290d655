"""A hat in its own frame, and the room that it has for a head.

The frame is that of the wearer in the world: up along z, the front towards -y. Its origin is the middle of the opening, at the height where
the crown rests on the head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError
from studio.garment.finished.mend import GarmentMesh
from studio.mesh.closest import Surface

#: Directions in which the crown is felt for from inside.
_AROUND = 48
#: Its roof is felt for this far from its middle [m]: there may be an eyelet, or a button.
_FELT_M = 0.02
#: Levels between the lowest and the highest point at which it is felt for.
_LEVELS = 40
#: What is this much wider than most of the crown is brim [times].
_BRIM = 1.08
#: A level is inside the crown where so many of the directions meet it.
_CLOSED = 0.95


@dataclass(frozen=True, eq=False)
class Hat:
    """A hat in its own frame [m]. mesh: The hat. girth: Inside the crown where it rests. depth: From there to its inner top."""

    mesh: GarmentMesh
    girth: float
    depth: float

    def scaled(self, factor: float) -> Hat:
        """The same hat in another size."""
        return Hat(replace(self.mesh, vertices=self.mesh.vertices * factor), self.girth * factor, self.depth * factor)


def lay_out_hat(mesh: GarmentMesh, *, name: str) -> tuple[Hat, tuple[str, ...]]:
    """Bring a hat into its frame. mesh: World axes [m], upright. Raises StudioError where no crown closes over a head."""
    surface = Surface(mesh.vertices, mesh.faces)
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    top = mesh.vertices[mesh.vertices[:, 2] > high[2] - 0.3 * (high[2] - low[2])]
    centre = (top[:, :2].min(axis=0) + top[:, :2].max(axis=0)) / 2
    levels = low[2] + (np.arange(_LEVELS) + 0.5) / _LEVELS * (high[2] - low[2])
    rings = [_ring(surface, centre, level) for level in levels]
    inside = [k for k, (share, _, _) in enumerate(rings) if share >= _CLOSED]
    starts = np.array([[*centre, low[2] - 0.01]]) + _FELT_M * np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    roof, _ = surface.first_hits(starts, np.tile([0.0, 0.0, 1.0], (len(starts), 1)))
    if not inside or not np.isfinite(roof).all():
        raise StudioError(f"{name} has no crown that closes over a head: turn it upright with its opening down, or add it as a garment.")
    inner_top = low[2] - 0.01 + float(roof.min())
    inside = [k for k in inside if levels[k] < inner_top]
    if not inside:
        raise StudioError(f"{name} is closed below its crown: a head cannot go in; open its underside.")
    crown = float(np.median([rings[k][1] for k in inside]))
    rest = next(k for k in inside if rings[k][1] < _BRIM * crown)  # below it lies the brim
    _, girth, middle = rings[rest]
    origin = np.array([*middle, levels[rest]])
    hat = Hat(replace(mesh, vertices=mesh.vertices - origin), girth, inner_top - levels[rest])
    return hat, (f"Its crown is {100 * girth:.0f} cm round inside and {100 * hat.depth:.0f} cm deep.",)


def _ring(surface: Surface, centre: np.ndarray, level: float) -> tuple[float, float, np.ndarray]:
    """How much of a level's directions meet the hat, the girth of what they meet [m], and its middle, shape (2,)."""
    angles = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    rays = np.stack([np.cos(angles), np.sin(angles), np.zeros(_AROUND)], axis=1)
    distance, triangle = surface.first_hits(np.tile([*centre, level], (_AROUND, 1)), rays)
    met = triangle >= 0
    if met.sum() < 3:
        return 0.0, 0.0, centre
    points = centre + distance[met, None] * rays[met, :2]
    girth = float(np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).sum())
    return float(met.mean()), girth, (points.min(axis=0) + points.max(axis=0)) / 2
