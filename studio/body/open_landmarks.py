"""Face landmarks of the open body in the order that ``smplx`` returns them: 51 of iBUG's 68 points, and 17 on the contour.

Sagonas et al., "300 Faces In-the-Wild Challenge", IVC 2016, figure 1. Points are vertices, found on the symmetric template by
what they are: corners and rims of eyes and lips, the ridge of the nose, the visible edge of the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.open_topology import SMPLX_VERTEX_IDS

CONTOUR_VIEWS = 79  # smplx: head turned by 0..39 degrees one way, then 1..39 the other
CONTOUR_POINTS = 17
#: Height of the eyebrow above the eye's centre [m] from its inner to its outer end; chosen by eye on the template.
_BROW_RISE = (0.014, 0.018, 0.020, 0.019, 0.014)


@dataclass(frozen=True)
class Face:
    """What landmarks are found on: template (V, 3), joints (55, 3), weights (V, 55), outer skin (V,), lips (V,), ears (V,), mirror (V,)."""

    template: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    outer: np.ndarray
    lips: np.ndarray
    ears: np.ndarray
    mirror: np.ndarray

    @property
    def skin(self) -> np.ndarray:
        """Outer skin of the head, shape (V,), bool."""
        return self.outer & (self.weights[:, [INDEX["head"], INDEX["jaw"]]].sum(axis=1) > 0.9)

    def nearest(self, candidates: np.ndarray, x: float, y: float) -> int:
        """The candidate in front whose place in the frontal view is nearest to (x, y)."""
        candidates = candidates[self.template[candidates, 2] > self.joints[INDEX["head"], 2]]
        offset = self.template[candidates, :2] - [x, y]
        return int(candidates[np.argmin(np.square(offset).sum(axis=1))])


def landmark_keys(face: Face, faces: np.ndarray) -> dict[str, np.ndarray]:
    """The landmark arrays of an SMPL-X file for triangles (F, 3): faces and barycentric weights."""
    corner = np.full((len(face.template), 2), -1, dtype=np.int64)
    for place in (2, 1, 0):
        corner[faces[:, place], 0], corner[faces[:, place], 1] = np.arange(len(faces)), place
    keys = {}
    for prefix, vertices in (("lmk", _fixed(face)), ("dynamic_lmk", contours(face))):
        keys[f"{prefix}_faces_idx"] = corner[vertices, 0]
        keys[f"{prefix}_bary_coords"] = np.eye(3, dtype=np.float32)[corner[vertices, 1]]
    return keys


def _fixed(face: Face) -> np.ndarray:
    """Vertices of the 51 fixed landmarks, from the subject's right to the left where they form a row, shape (51,)."""
    brow, eye = _left_brow(face), _left_eye(face)
    bridge, base = _nose(face)
    outer_lip, inner_lip = _left_mouth(face)
    right = face.mirror
    brows = [*right[brow[::-1]], *brow]
    inner, upper_in, upper_out, outer, lower_out, lower_in = eye
    eyes = [*right[[outer, upper_out, upper_in, inner, lower_in, lower_out]], *eye]
    nose = [*bridge, *right[base[:0:-1]], *base]
    top, bottom = outer_lip  # from the middle to the left; the corner ends the upper row
    mouth = [*right[top[:0:-1]], *top, *bottom[::-1], *right[bottom[1:]]]
    top, bottom = inner_lip
    mouth += [*right[top[:0:-1]], *top, *bottom[::-1], *right[bottom[1:]]]
    return np.array([*brows, *nose, *eyes, *mouth], dtype=np.int64)


def _left_brow(face: Face) -> np.ndarray:
    eye = face.joints[INDEX["left_eye"]]
    skin = np.flatnonzero(face.skin)
    xs = np.linspace(0.40 * eye[0], 1.70 * eye[0], len(_BROW_RISE))
    return np.array([face.nearest(skin, x, eye[1] + rise) for x, rise in zip(xs, _BROW_RISE, strict=True)])


def _left_eye(face: Face) -> np.ndarray:
    """Inner corner, upper inner, upper outer, outer corner, lower outer, lower inner: the rim of the lids on the eyeball."""
    centre = face.joints[INDEX["left_eye"]]
    ball = np.linalg.norm(face.template[SMPLX_VERTEX_IDS["leye"]] - centre)
    distance = np.linalg.norm(face.template - centre, axis=1)
    lids = np.flatnonzero(face.skin & (distance < ball + 0.0025) & (face.template[:, 2] > centre[2]))
    points = face.template[lids]
    inner, outer = lids[np.argmin(points[:, 0])], lids[np.argmax(points[:, 0])]
    rim = [inner]
    for side, shares in ((1.0, (1 / 3, 2 / 3)), (-1.0, (2 / 3, 1 / 3))):
        for share in shares:
            x, level = face.template[inner, :2] + share * (face.template[outer, :2] - face.template[inner, :2])
            rise = side * (points[:, 1] - level)
            near = (np.abs(points[:, 0] - x) < 0.003) & (rise > 0.001)
            rim.append(lids[near][np.argmin(rise[near])])
        if side > 0:
            rim.append(outer)
    return np.array(rim)


def _nose(face: Face) -> tuple[np.ndarray, np.ndarray]:
    """The ridge from between the eyes to the tip (4), and the base from the middle to the left wing (3)."""
    template, tip = face.template, SMPLX_VERTEX_IDS["nose"]
    middle = np.flatnonzero(face.skin & (np.abs(template[:, 0]) < 1e-4))
    eye = face.joints[INDEX["left_eye"]]
    levels = np.linspace(eye[1], template[tip, 1], 4)
    bridge = [int(middle[np.argmin(np.abs(template[middle, 1] - y) - 0.2 * template[middle, 2])]) for y in levels[:3]]
    lip = template[face.lips > 0.5, 1].max()
    upper_half = 0.5 * (template[tip, 1] + lip)  # below it, the groove of the upper lip may lie deeper than the base of the nose
    under = middle[(template[middle, 1] < template[tip, 1]) & (template[middle, 1] > upper_half)]
    base = int(under[np.argmin(template[under, 2])])
    level, depth = template[base, 1:]
    wing = np.flatnonzero(face.skin & (np.abs(template[:, 1] - level) < 0.006) & (template[:, 2] > depth - 0.010))
    wing = wing[(template[wing, 0] > 0) & (template[wing, 0] < 0.62 * eye[0])]
    side = int(wing[np.argmax(template[wing, 0])])
    between = face.nearest(wing, template[side, 0] / 2, level)
    return np.array([*bridge, tip]), np.array([base, between, side])


def _left_mouth(face: Face) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Outer and inner edge of the lips, each as (upper from the middle to the corner, lower from the middle outward)."""
    template = face.template
    lips = np.flatnonzero(face.outer & (face.lips > 0.5))
    upper = lips[face.weights[lips, INDEX["jaw"]] < 0.5]
    lower = lips[face.weights[lips, INDEX["jaw"]] >= 0.5]
    corner = int(lips[np.argmax(template[lips, 0])])
    width = template[corner, 0]

    def edge(row: np.ndarray, share: float, side: float) -> int:
        aside = np.abs(template[row, 0] - share * width)
        near = aside < max(0.12 * width, aside.min() + 1e-6)
        return int(row[near][np.argmax(side * template[row[near], 1] - 0.7 * aside[near])])

    outer = [edge(upper, share, 1.0) for share in (0.0, 0.3, 0.65)], [edge(lower, share, -1.0) for share in (0.0, 0.3, 0.65)]
    inner_corner = edge(upper, 0.88, -1.0)
    inner = [edge(upper, share, -1.0) for share in (0.0, 0.5)], [edge(lower, share, 1.0) for share in (0.0, 0.5)]
    return (np.array([*outer[0], corner]), np.array(outer[1])), (np.array([*inner[0], inner_corner]), np.array(inner[1]))


def contours(face: Face) -> np.ndarray:
    """Vertices of the jaw's visible edge from the subject's right ear over the chin to the left, shape (79, 17).

    Row k is for a head that smplx measures as turned by k degrees, rows beyond 39 for turns the other way.
    """
    skin = np.flatnonzero(face.skin & (face.ears < 0.3))
    eye = face.joints[INDEX["left_eye"], 1]
    centre = np.array([0.0, 0.5 * (eye + face.template[face.lips > 0.5, 1].mean()), face.joints[INDEX["head"], 2]])
    points = face.template[skin] - centre
    wanted = np.linspace(-np.pi, 0, CONTOUR_POINTS)
    rows = []
    for view in range(CONTOUR_VIEWS):
        yaw = np.radians(-view if view <= 39 else view - 39)
        x = np.cos(yaw) * points[:, 0] + np.sin(yaw) * points[:, 2]
        angle, radius = np.arctan2(points[:, 1], x), np.hypot(x, points[:, 1])
        row = []
        for direction in wanted:
            off = np.abs((angle - direction + np.pi) % (2 * np.pi) - np.pi)
            row.append(skin[np.argmax(np.where(off < 0.12, radius - 0.05 * off, -1.0))])
        rows.append(row)
    return np.array(rows, dtype=np.int64)
