"""A finished garment is lifted off what it would lie in: all of its layers together, so that they stay in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.look.field import DistanceField, distance_field
from studio.look.obstacle import Obstacle, WornCloth, smoothed_closest
from studio.look.wearing.feet import ShoeSolid
from studio.mesh.closest import Surface

#: Distance from the body and from garments below [m]: as `studio.look.finish` keeps it; and between vertices.
CLEARANCE_M, BETWEEN_M = 0.0012, 0.0005
#: A lift spreads to this far around [m], falling off; in so many rounds, and then in place alone, where little is left.
_AROUND_M, _ROUNDS, _LAST_ROUNDS = 0.025, 12, 10
#: Nearest places of a lift that count for a vertex.
_NEAREST = 6
#: What is moved is moved a little farther than it must [m], so that rounding does not bring it back.
_SLACK_M = 0.0002
_FIELD_MARGIN_M = 0.04
#: Behind a garment by more than this is on its other side [m]: as the gates count it.
_BEHIND_M = 0.02
#: Points of small parts count as standing through cloth that they are this near to [m], inside of its triangles and not at their sides.
_TIP_M, _EDGE, _OUTWARD = 0.012, 1e-4, 0.3
#: Where triangles are looked at, as weights of their corners.
_INSIDE = np.array([[1, 1, 1], [4, 4, 1], [1, 4, 4], [4, 1, 4]]) / np.array([[3], [9], [9], [9]])


@dataclass(frozen=True, eq=False)
class NearCloth:
    """A garment that is worn already, as far as it lies before what is worn over it.

    What is behind its surface by more than the gates allow for (`studio.look.gates`) is on its other side on purpose: the far
    half of a jacket.
    """

    cloth: WornCloth

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `WornCloth.closest`; infinite behind."""
        distance, direction = self.cloth.closest(points)
        distance[distance < -_BEHIND_M] = np.inf
        return distance, direction


def lifted(
    vertices: np.ndarray, faces: np.ndarray, obstacle: Obstacle, *, shoes: Sequence[ShoeSolid] = (), together: bool = True
) -> np.ndarray:
    """Positions (V, 3) [m] clear of the obstacle, vertices and triangles between them.

    shoes: Worn below: their small parts, as laces and loops, could stand through a triangle. together: Whether a lift takes what is around
    it along; where little is left to lift it need not.
    """
    field = distance_field(obstacle, low=vertices.min(axis=0) - _FIELD_MARGIN_M, high=vertices.max(axis=0) + _FIELD_MARGIN_M)
    x = np.array(vertices, dtype=np.float64)
    for number in range(_ROUNDS + _LAST_ROUNDS):
        lift = _needed(x, faces, field, obstacle)
        for shoe in shoes:
            lift = _over_tips(x, faces, lift, shoe)
        moved = np.abs(lift).max(axis=1) > 0
        if not moved.any():
            break
        x += _spread(x, lift, moved) if together and number < _ROUNDS else lift
    return x


def _needed(x: np.ndarray, faces: np.ndarray, field: DistanceField, obstacle: Obstacle) -> np.ndarray:
    """By how much each vertex must move so that it, and the triangles around it, are clear, shape (V, 3)."""
    lift = np.zeros_like(x)
    near = np.flatnonzero(field.closest(x)[0] < 3 * CLEARANCE_M)
    if len(near):
        distance, direction = smoothed_closest(obstacle, x[near], CLEARANCE_M)
        close = distance < CLEARANCE_M
        lift[near[close]] = (CLEARANCE_M + _SLACK_M - distance[close])[:, None] * direction[close]
    total, count = np.zeros_like(x), np.zeros(len(x))
    for weights in _INSIDE:
        points = np.einsum("k,fkd->fd", weights, x[faces] + lift[faces])
        near = np.flatnonzero(field.closest(points)[0] < 2 * CLEARANCE_M)
        if not len(near):
            continue
        distance, direction = obstacle.closest(points[near])
        close = distance < BETWEEN_M
        for corner in range(3):
            index = faces[near[close], corner]
            np.add.at(total, index, (BETWEEN_M + _SLACK_M - distance[close])[:, None] * direction[close])
            np.add.at(count, index, 1.0)
    return lift + total / np.maximum(count, 1.0)[:, None]


def _over_tips(x: np.ndarray, faces: np.ndarray, lift: np.ndarray, shoe: ShoeSolid) -> np.ndarray:
    """The lift with outer triangles raised over points of a shoe that would stand through them. Beside a hem nothing does."""
    tips = shoe.shoe.vertices
    near = ((tips > x.min(axis=0) - _TIP_M) & (tips < x.max(axis=0) + _TIP_M)).all(axis=1)
    found = Surface(x, faces).closest(tips[near])
    height = np.einsum("nd,nd->n", tips[near] - found.points, found.normals)
    through = (found.distances < _TIP_M) & (height > -CLEARANCE_M / 2) & (found.barycentric > _EDGE).all(axis=1)
    through &= np.einsum("nd,nd->n", shoe.closest(found.points)[1], found.normals) > _OUTWARD
    lift, corners = lift.copy(), faces[found.triangles[through]]
    move = (height[through] + CLEARANCE_M)[:, None] * found.normals[through]
    for corner in range(3):
        longer = np.linalg.norm(move, axis=1) > np.linalg.norm(lift[corners[:, corner]], axis=1)
        lift[corners[longer, corner]] = move[longer]
    return lift


def _spread(x: np.ndarray, lift: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The lift with its surroundings taken along: other layers, and cloth beside it, so that nothing creases."""
    from scipy.spatial import cKDTree

    places = np.flatnonzero(moved)
    count = min(_NEAREST, len(places))
    distance, near = cKDTree(x[places]).query(x, k=count, distance_upper_bound=2 * _AROUND_M)
    distance, near = distance.reshape(len(x), count), near.reshape(len(x), count)
    known = np.isfinite(distance)
    weights = np.where(known, np.exp(-((distance / _AROUND_M) ** 2)) + 1e-9, 0.0)
    mean = np.einsum("vk,vkd->vd", weights, lift[places[np.where(known, near, 0)]]) / np.maximum(weights.sum(axis=1), 1e-9)[:, None]
    spread = mean * np.where(known[:, 0], np.exp(-((np.where(known[:, 0], distance[:, 0], 0.0) / _AROUND_M) ** 2)), 0.0)[:, None]
    return np.where(moved[:, None], lift, spread)
