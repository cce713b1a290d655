"""Where hair starts and what it must not go through, in head coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.shot.groom.strands import unit
from studio.shot.head import Head
from studio.shot.subject import Skin

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Obstacles lower than this below the eyes are out of reach of any style [m].
_REACH_BELOW_M = 0.75
#: Points farther than this from all obstacles are free [m].
_FAR_M = 0.12


@dataclass(frozen=True)
class Roots:
    """Where N strands leave the scalp. points, normals: (N, 3). density: of the scalp there, 0 at the hairline to 1, (N,)."""

    points: np.ndarray
    normals: np.ndarray
    density: np.ndarray

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True)
class Obstacles:
    """Surfaces as points with outward normals: skin, and what is worn."""

    tree: cKDTree
    normals: np.ndarray

    def push_out(self, points: np.ndarray, directions: np.ndarray, margin: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points lifted to a margin [m] above the nearest surface, directions turned along it, and its normals there."""
        distance, nearest = self.tree.query(points, workers=-1, distance_upper_bound=_FAR_M)
        close = np.isfinite(distance)
        nearest = np.where(close, nearest, 0)
        normals = self.normals[nearest]
        height = ((points - self.tree.data[nearest]) * normals).sum(axis=1)
        deep = np.where(close, np.maximum(margin - height, 0), 0)
        into = (directions * normals).sum(axis=1)
        along = unit(directions - normals * into[:, None])
        directions = np.where(((deep > 0) & (into < 0))[:, None], along, directions)
        return points + normals * deep[:, None], directions, normals


def plant(skin: Skin, head: Head, count: int, rng: np.random.Generator, *, field: str = "scalp") -> Roots:
    """Spread roots evenly over the area that a field of the skin names, thinner where the field is low."""
    triangles = skin.triangles
    weight = skin.fields[field][triangles].mean(axis=1)
    triangles, weight = triangles[weight > 0.02], weight[weight > 0.02]
    corners = head.head_from_world(skin.vertices[triangles].reshape(-1, 3)).reshape(-1, 3, 3)
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chance = area * weight
    chosen = rng.choice(len(triangles), count, p=chance / chance.sum())
    u, v = rng.random(count), rng.random(count)
    flip = u + v > 1
    u[flip], v[flip] = 1 - u[flip], 1 - v[flip]
    barycentric = np.stack([1 - u - v, u, v], axis=1)[..., None]
    normals = skin.normals[triangles[chosen]] @ head.rotation
    density = (skin.fields[field][triangles[chosen]][..., None] * barycentric).sum(axis=1)[:, 0]
    return Roots((corners[chosen] * barycentric).sum(axis=1), unit((normals * barycentric).sum(axis=1)), density)


def obstacles(skin: Skin, head: Head, worn: list[tuple[np.ndarray, np.ndarray]]) -> Obstacles:
    """The skin of head and shoulders, and garments as (vertices, normals) in the world."""
    from scipy.spatial import cKDTree

    points = [head.head_from_world(skin.vertices), *(head.head_from_world(vertices) for vertices, _ in worn)]
    normals = [skin.normals @ head.rotation, *(normal @ head.rotation for _, normal in worn)]
    everything, all_normals = np.concatenate(points), np.concatenate(normals)
    near = everything[:, 2] > -_REACH_BELOW_M
    # the mouth's inside and the nostrils have normals that would pull hair in
    inner = np.zeros(len(everything), dtype=bool)
    inner[: len(skin.vertices)] = skin.fields["inside_mouth"] > 0.3
    keep = near & ~inner
    return Obstacles(cKDTree(everything[keep]), all_normals[keep])
