"""Finding planes in clouds: walls, floors, turntables (RANSAC, Fischler and Bolles 1981, then reweighted least squares)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Triples of points that are tried; the second and third are drawn from this share of the cloud around the first. With 6 % of the cloud
#: on the plane and every third neighbour too, all trials miss it with a chance below 2 %; drawn from anywhere it would be 88 %.
_TRIALS = 600
_NEIGHBOURHOOD = 0.05

#: Steps of reweighted least squares on the points that lie on the plane, and the share of the tolerance where a point's pull is greatest.
_REFINEMENTS, _CORE = 8, 0.25

#: Points that vote on a trial: enough to tell shares of 1 % apart.
_VOTERS = 4000


@dataclass(frozen=True)
class Plane:
    """A plane ``normal @ p = offset`` with the points that lie on it.

    normal: Unit normal, shape (3,), float64. offset: In the cloud's unit.
    on: Which points lie within the tolerance, shape (N,), bool.
    """

    normal: np.ndarray
    offset: float
    on: np.ndarray

    def heights(self, points: np.ndarray) -> np.ndarray:
        """Signed distances of points of shape (N, 3) along the normal."""
        return points @ self.normal - self.offset


def find_plane(
    points: np.ndarray,
    tolerance: float,
    *,
    rng: np.random.Generator,
    near: np.ndarray | None = None,
    within_deg: float = 180.0,
    most_beyond: float = 1.0,
) -> Plane | None:
    """The plane that most points lie on.

    points: Shape (N, 3). tolerance: Largest distance of a point on the plane, in the cloud's unit.
    near, within_deg: A direction, shape (3,), and how far the plane's normal may be from it.
    most_beyond: Share of the points that may lie on the emptier side of the plane: small for one that bounds the cloud.

    Returns None where no trial gives such a plane. The normal points to the side of ``near``, or to the side of most points.
    """
    if len(points) < 3:
        return None
    from scipy.spatial import cKDTree

    voters = points[rng.integers(0, len(points), size=min(len(points), _VOTERS))]
    first = rng.integers(0, len(voters), size=_TRIALS)
    _, near_first = cKDTree(voters).query(voters[first], k=max(2, int(_NEIGHBOURHOOD * len(voters))))
    others = near_first[np.arange(_TRIALS)[:, None], rng.integers(0, near_first.shape[1], size=(_TRIALS, 2))]
    triples = voters[np.column_stack([first, others])]
    normals = np.cross(triples[:, 1] - triples[:, 0], triples[:, 2] - triples[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    usable = lengths > 1e-12 * max(lengths.max(), 1e-300)
    if near is not None:
        usable &= np.abs(normals @ near) >= np.cos(np.radians(within_deg)) * lengths * np.linalg.norm(near)
    normals, triples = normals[usable] / lengths[usable, None], triples[usable]
    heights = voters @ normals.T - np.einsum("nd,nd->n", normals, triples[:, 0])
    votes = (np.abs(heights) <= tolerance).sum(axis=0)
    beyond = np.minimum((heights > tolerance).mean(axis=0), (heights < -tolerance).mean(axis=0))
    votes[beyond > most_beyond] = -1
    if not len(votes) or votes.max() < 3:
        return None
    normal = normals[int(votes.argmax())]
    offset = float(normal @ triples[int(votes.argmax()), 0])
    on = np.abs(points @ normal - offset) <= tolerance
    for _ in range(_REFINEMENTS):
        if on.sum() < 3:
            return None
        # Geman and McClure's weights: of two floors that are closer than the tolerance, a turntable on a stage, the fuller one wins.
        weights = (1.0 + ((points[on] @ normal - offset) / (_CORE * tolerance)) ** 2) ** -2
        centre = np.average(points[on], axis=0, weights=weights)
        normal = np.linalg.eigh(np.cov((points[on] - centre).T, aweights=weights))[1][:, 0]
        offset = float(normal @ centre)
        on = np.abs(points @ normal - offset) <= tolerance
    side = normal @ near if near is not None else np.sign(points[~on] @ normal - offset).sum()
    if side < 0:
        normal, offset = -normal, -offset
    return Plane(normal, float(offset), on)


def occupied_area(points: np.ndarray, normal: np.ndarray, cell: float) -> float:
    """Area of the shadow that a cloud throws along a normal, on a grid of cells; in the square of its unit."""
    if not len(points):
        return 0.0
    return len(np.unique(np.floor(in_plane(points, normal) / cell), axis=0)) * cell**2


def in_plane(points: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Coordinates of points in a plane with that unit normal, shape (N, 2)."""
    first = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    first /= np.linalg.norm(first)
    return points @ np.stack([first, np.cross(normal, first)], axis=1)
