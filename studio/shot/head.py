"""Landmarks of the head, and the rigid transform that takes its rest pose to where it is in the picture.

Everything that is placed on a face (brows, lashes, hairline, blush) is placed in head coordinates: metres of an average adult head,
origin midway between the eyes' centres, x to the subject's left, y backwards, z up. `Head.scale` adapts them to the head at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.shot.figure import Figure

#: Half the distance between the eyeballs' centres of the heads that the landmark distances were drawn on [m] (measured: four open bodies).
REFERENCE_HALF_EYE_DISTANCE_M = 0.0300


@dataclass(frozen=True)
class Head:
    """The head of a figure.

    origin_rest: Midway between the eyes in the rest frame [m]. rotation, offset: world_from_rest of the rigid head.
    scale: Size of this head relative to the one that the landmark distances were drawn on.
    eye_centres: Of the eyeballs left and right, world [m], (2, 3). eye_radius: Of the eyeball surface that the lids lie on [m].
    nose, mouth, top, back, half_width: Landmarks in head coordinates: (3,), (3,), height, depth, half of the width.
    nape: Depth of the neck's axis 0.15 m below the eyes.
    """

    origin_rest: np.ndarray
    rotation: np.ndarray
    offset: np.ndarray
    scale: float
    eye_centres: np.ndarray
    eye_radius: float
    nose: np.ndarray
    mouth: np.ndarray
    top: float
    back: float
    half_width: float
    nape: float

    def head_from_rest(self, points: np.ndarray) -> np.ndarray:
        """Rest positions (N, 3) [m] in head coordinates."""
        return (points - self.origin_rest) / self.scale

    def head_from_world(self, points: np.ndarray) -> np.ndarray:
        """World positions (N, 3) [m] in head coordinates, as if they belonged to the rigid head."""
        return self.head_from_rest((points - self.offset) @ self.rotation)

    def world_from_head(self, points: np.ndarray) -> np.ndarray:
        """Head coordinates (N, 3) to world [m]."""
        return (np.asarray(points) * self.scale + self.origin_rest) @ self.rotation.T + self.offset

    def direction(self, vectors: np.ndarray) -> np.ndarray:
        """Directions (..., 3) in head axes to world axes; lengths are kept."""
        return np.asarray(vectors, dtype=float) @ self.rotation.T

    @property
    def centre(self) -> np.ndarray:
        """The middle of the skull in head coordinates, from which the hairline is drawn, shape (3,)."""
        return np.array([0.0, (self.nose[1] + self.back) / 2, 0.03])


def find_head(figure: Figure) -> Head:
    """Measure the head of a figure. Raises StudioError where the body does not say which vertices belong to the head."""
    weight = figure.region("head")
    fixed = figure.skin & (figure.region("skull") > 0.99)  # an open jaw must not tilt the head
    if fixed.sum() < 100:
        raise StudioError("The body has no region 'head', so no face can be drawn on it; build the body model again.")
    rotation, offset = rigid(figure.rest_vertices[fixed], figure.vertices[fixed])
    eyes = [_sphere(figure.rest_vertices[eyeball]) for eyeball in figure.eyeballs]
    origin = (eyes[0][0] + eyes[1][0]) / 2
    scale = float(np.linalg.norm(eyes[0][0] - eyes[1][0]) / 2 / REFERENCE_HALF_EYE_DISTANCE_M)
    local = (figure.rest_vertices - origin) / scale
    skin = local[figure.skin]
    lips = local[figure.skin & (figure.region("lips") > 0.5)]
    mouth = lips.mean(axis=0) * [0, 1, 1] if len(lips) else np.array([0.0, -0.02, -0.065])
    ridge = skin[(np.abs(skin[:, 0]) < 0.012) & (skin[:, 2] < -0.012) & (skin[:, 2] > mouth[2])]
    skull = local[figure.skin & (weight > 0.9) & (figure.region("ears") < 0.1)]
    neck = skin[(np.abs(skin[:, 2] + 0.15) < 0.012) & (np.abs(skin[:, 0]) < 0.09)]
    return Head(
        origin_rest=origin,
        rotation=rotation,
        offset=offset,
        scale=scale,
        eye_centres=np.stack([eyes[0][0], eyes[1][0]]) @ rotation.T + offset,
        eye_radius=float(eyes[0][1] + eyes[1][1]) / 2,
        nose=ridge[ridge[:, 1].argmin()] * [0, 1, 1],
        mouth=mouth,
        top=float(skull[:, 2].max()),
        back=float(skull[:, 1].max()),
        half_width=float(np.abs(skull[:, 0]).max()),
        nape=float(neck[:, 1].mean()),
    )


def rigid(source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotation and offset that take source to target best in least squares (Kabsch 1976)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    u, _, vt = np.linalg.svd((source - source_mean).T @ (target - target_mean))
    rotation = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    return rotation, target_mean - rotation @ source_mean


def _sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius of the sphere through points in least squares (algebraic fit)."""
    solution = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(axis=1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))
