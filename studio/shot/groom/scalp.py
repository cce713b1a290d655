"""Where hair starts and what it must not go through, in head coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.groom.strands import unit
from studio.shot.head import Head
from studio.shot.subject import Skin

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Obstacles lower than this below the eyes are out of reach of any style [m].
_REACH_BELOW_M = 0.75
#: Points farther than this from all obstacles are free [m]: well beyond the margins, and short enough for a quick search.
_FAR_M = 0.035
#: Cloth within this of the skin, and no farther aside than this, covers it [m]: a loose tee, and the spacing of its vertices.
_COVER_M, _BESIDE_M = 0.035, 0.012


@dataclass(frozen=True)
class Roots:
    """Where N strands leave the scalp. points, normals: (N, 3). density: of the scalp there, 0 at the hairline to 1, (N,)."""

    points: np.ndarray
    normals: np.ndarray
    density: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def of(self, chosen: np.ndarray) -> Roots:
        """Some of them, chosen (N,), bool or indices."""
        return Roots(self.points[chosen], self.normals[chosen], self.density[chosen])


@dataclass(frozen=True)
class Obstacles:
    """Surfaces as points with outward normals: skin, and what is worn."""

    tree: cKDTree
    normals: np.ndarray
    ridge_y: float = 0.1

    def nape_y(self, z: float) -> float:
        """Depth of the back of the neck at a height [m]."""
        p = self.tree.data
        return float(p[(np.abs(p[:, 2] - z) < 0.008) & (np.abs(p[:, 0]) < 0.02), 1].max())

    def push_out(self, points: np.ndarray, directions: np.ndarray, margin: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points lifted to a margin [m] above the nearest surface, directions turned along it, and its normals there."""
        distance, height, normals = self.above(points)
        close = np.isfinite(distance)
        deep = np.where(close, np.maximum(margin - height, 0), 0)
        into = (directions * normals).sum(axis=1)
        along = unit(directions - normals * into[:, None])
        directions = np.where(((deep > 0) & (into < 0))[:, None], along, directions)
        return points + normals * deep[:, None], directions, normals

    def lay(self, points: np.ndarray, margin: np.ndarray, grip: np.ndarray) -> np.ndarray:
        """Points brought to a margin [m] above the nearest surface: up always, down by the share ``grip``.

        A step along a tangent leaves a convex surface a little each time; hair that is drawn back does not.
        """
        distance, height, normals = self.above(points)
        move = np.where(np.isfinite(distance), margin - height, 0.0)
        return points + normals * np.where(move < 0, move * grip, move)[:, None]

    def above(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How far points are from the nearest known one (infinite beyond some centimetres), how high over the surface there, and its
        normals (zero where that is infinite), (N,), (N,), (N, 3).
        """
        distance, nearest = self.tree.query(points, workers=-1, distance_upper_bound=_FAR_M)
        close = np.isfinite(distance)
        nearest = np.where(close, nearest, 0)
        normals = self.normals[nearest] * close[:, None]
        return distance, ((points - self.tree.data[nearest]) * normals).sum(axis=1), normals


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


def obstacles(skin: Skin, head: Head, worn: Sequence[Surface]) -> Obstacles:
    """The skin of head and shoulders, and garments in the world."""
    from scipy.spatial import cKDTree

    coarse = slice(0, skin.coarse)  # of a refined mesh the first vertices are those of the level before: 2 mm apart on a head
    points = [head.head_from_world(skin.vertices[coarse]), *(head.head_from_world(cloth.vertices) for cloth in worn)]
    normals = [skin.normals[coarse] @ head.rotation, *(cloth.smooth_normals @ head.rotation for cloth in worn)]
    everything, all_normals = np.concatenate(points), np.concatenate(normals)
    keep = everything[:, 2] > -_REACH_BELOW_M
    count = skin.coarse
    keep[:count] &= skin.fields["inside_mouth"][coarse] < 0.3  # normals in there would pull hair in
    if worn:  # hair lies on the cloth, not between cloth and skin
        keep[:count] &= ~_covered(everything[:count], all_normals[:count], everything[count:])
    return Obstacles(cKDTree(everything[keep]), all_normals[keep], _ridge(everything[keep]))


def _ridge(points: np.ndarray) -> float:
    """Depth of the shoulders' upper edge beside the neck [m]."""
    beside = points[(np.abs(np.abs(points[:, 0]) - 0.085) < 0.015) & (points[:, 2] < -0.11) & (points[:, 2] > -0.30)]
    return float(np.median(beside[np.argsort(-beside[:, 2])[:30], 1])) if len(beside) >= 30 else 0.10


def _covered(points: np.ndarray, normals: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """Which points of the skin have cloth above them, (N,), bool."""
    from scipy.spatial import cKDTree

    distance, nearest = cKDTree(cloth).query(points, workers=-1, distance_upper_bound=_COVER_M)
    close = np.isfinite(distance)
    offset = cloth[np.where(close, nearest, 0)] - points
    height = (offset * normals).sum(axis=1)
    aside = np.linalg.norm(offset - height[:, None] * normals, axis=1)
    return close & (height > 0) & (aside < _BESIDE_M)
