"""A garment is carried from one state of a body to another: by the skin around it, smoothly.

Every point of it goes as the skin near it goes, rigidly with each place of the skin, and the ways of several places are averaged with
weights that fall off with distance. Near the skin few places count, so that cloth keeps its ease; far from it many, so that a skirt
between two legs follows both. Where both states are the same nothing moves; where the body turns, the garment turns with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Places of the skin that a point looks at.
_PLACES = 96
#: Width of the weights [m]: on the skin, and how fast it grows with distance from it.
_ON_SKIN_M, _WIDENS = 0.015, 0.35
#: Garments are carried in parts of so many points: bounds the memory.
_TOGETHER = 20_000


@dataclass(frozen=True, eq=False)
class Carrier:
    """What carries the N points of a garment: places of the skin near each, shape (N, K), and their shares, which sum to 1."""

    points: np.ndarray
    source: np.ndarray
    near: np.ndarray
    shares: np.ndarray

    def to(self, target: np.ndarray, turns: np.ndarray) -> np.ndarray:
        """The points when the skin is at ``target`` (V, 3), its surroundings turned by ``turns`` (V, 3, 3); shape (N, 3)."""
        found = np.empty_like(self.points)
        for start in range(0, len(self.points), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            near, shares, points = self.near[part], self.shares[part], self.points[part]
            turn = np.einsum("nk,nkab->nab", shares, turns[near])
            shift = target[near] - np.einsum("nkab,nkb->nka", turns[near], self.source[near])
            found[part] = np.einsum("nab,nb->na", turn, points) + np.einsum("nk,nka->na", shares, shift)
        return found


def carrier(points: np.ndarray, source: np.ndarray, faces: np.ndarray, *, carries: np.ndarray) -> Carrier:
    """Prepare to carry a garment. points: On the body as it is at ``source`` (V, 3). faces: Of its skin. carries: Which may carry, (V,).

    A place of the skin counts by the area around it, so that a body's mesh may be finer in one place than in another.
    """
    from scipy.spatial import cKDTree

    from studio.mesh.normals import face_areas

    area = np.bincount(faces.ravel(), np.repeat(face_areas(source, faces), 3), minlength=len(source)) / 3
    chosen = np.flatnonzero(carries & (area > 0))
    distance, near = cKDTree(source[chosen]).query(points, k=min(_PLACES, len(chosen)))
    width = _ON_SKIN_M + _WIDENS * distance[:, :1]
    shares = area[chosen][near] * np.exp(-0.5 * ((distance - distance[:, :1]) / width) ** 2)
    return Carrier(points, source, chosen[near], shares / shares.sum(axis=1, keepdims=True))
