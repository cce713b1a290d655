"""The scan as a fit sees it: a cloud of even density with normals, and trees that find the nearest point that faces the same way."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: Points that a fit works with at most. One per 6 mm square of a person's skin (1.8 m2); more did not change the third digit.
DENSE_POINTS = 50_000
#: Neighbours from which density and noise are estimated.
_NEIGHBOURS = 9


@dataclass(frozen=True, eq=False)
class ScanTarget:
    """A scan prepared for a fit, SMPL-X frame.

    points [m] and unit normals, shape (N, 3), float64. area: skin that each point stands for [m2], shape (N,).
    spacing_m: Median distance between neighbours. noise_m: How far points stray from the plane of their neighbours, robustly.
    """

    points: np.ndarray
    normals: np.ndarray
    area: np.ndarray
    spacing_m: float
    noise_m: float
    _trees: dict[float, object] = field(default_factory=dict, repr=False)

    def sample(self, count: int, rng: np.random.Generator, *, boost: np.ndarray | None = None) -> np.ndarray:
        """At most ``count`` points, spread by area times ``boost`` (N,), sorted."""
        if count >= len(self.points):
            return np.arange(len(self.points))
        share = self.area if boost is None else self.area * boost
        return np.sort(rng.choice(len(self.points), count, replace=False, p=share / share.sum()))

    def nearest(self, points: np.ndarray, normals: np.ndarray, *, turn_m: float) -> np.ndarray:
        """The target point nearest to each query in position and direction: facing the opposite way costs 2 ``turn_m``. Shape (N,)."""
        from scipy.spatial import cKDTree

        if turn_m not in self._trees:
            self._trees[turn_m] = cKDTree(np.hstack([self.points, turn_m * self.normals]))
        return self._trees[turn_m].query(np.hstack([points, turn_m * normals]), workers=threads(len(points)))[1]


def threads(queries: int) -> int:
    """Threads for a tree query: starting them costs more than a small query."""
    return -1 if queries > 3000 else 1


def prepare_target(points: np.ndarray, normals: np.ndarray, faces: np.ndarray | None, rng: np.random.Generator) -> ScanTarget:
    """Make the target of a fit: a mesh is sampled evenly, since its vertices are dense where its maker cared; a cloud is thinned.

    points [m] and unit normals (N, 3), SMPL-X frame; faces (F, 3) or None.
    """
    noise = 0.0
    if faces is not None and len(faces):
        points, normals = _sampled(points, normals, faces, rng)
    else:
        noise = _noise(points, rng)
        if len(points) > 2 * DENSE_POINTS:
            kept = np.sort(rng.choice(len(points), 2 * DENSE_POINTS, replace=False))
            points, normals = points[kept], normals[kept]
    distance = _neighbours(points)[0]
    area = np.minimum(distance[:, -1], 4 * np.median(distance[:, -1])) ** 2  # lone points do not stand for much
    if len(points) > DENSE_POINTS:
        kept = np.sort(rng.choice(len(points), DENSE_POINTS, replace=False, p=area / area.sum()))
        points, normals = points[kept], normals[kept]
        distance = _neighbours(points)[0]
        area = np.minimum(distance[:, -1], 4 * np.median(distance[:, -1])) ** 2
    area = area * (np.pi / (_NEIGHBOURS - 1))
    return ScanTarget(points.astype(np.float64), normals.astype(np.float64), area, float(np.median(distance[:, 1])), noise)


def _sampled(points: np.ndarray, normals: np.ndarray, faces: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over a mesh, with smooth normals."""
    from studio.mesh.normals import face_areas

    areas = face_areas(points, faces)
    cumulative = np.cumsum(areas)
    at = (np.arange(DENSE_POINTS) + rng.random(DENSE_POINTS)) / DENSE_POINTS * cumulative[-1]  # stratified: even along the list
    triangle = np.minimum(np.searchsorted(cumulative, at), len(faces) - 1)
    u, v = np.sqrt(rng.random(DENSE_POINTS)), rng.random(DENSE_POINTS)
    weights = np.stack([1 - u, u * (1 - v), u * v], axis=1)
    corners = faces[triangle]
    normal = np.einsum("nc,ncd->nd", weights, normals[corners])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    good = length[:, 0] > 1e-6
    return np.einsum("nc,ncd->nd", weights, points[corners])[good], (normal / np.maximum(length, 1e-12))[good]


def _neighbours(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.spatial import cKDTree

    return cKDTree(points).query(points, k=min(_NEIGHBOURS, len(points)), workers=-1)


def _noise(points: np.ndarray, rng: np.random.Generator) -> float:
    """Median distance [m] of points from the plane of their 24 neighbours, as a standard deviation."""
    from scipy.spatial import cKDTree

    chosen = points[rng.choice(len(points), min(2000, len(points)), replace=False)]
    _, near = cKDTree(points).query(chosen, k=min(25, len(points)), workers=-1)
    patch = points[near[:, 1:]]
    centre = patch.mean(axis=1)
    _, _, axes = np.linalg.svd(patch - centre[:, None], full_matrices=False)
    return float(1.4826 * np.median(np.abs(np.einsum("nd,nd->n", chosen - centre, axes[:, -1]))))
