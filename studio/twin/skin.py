"""The outer skin of a body model: which of its vertices a scanner can see, how much area each stands for, and which part it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.body.joints import INDEX
from studio.mesh.closest import Surface
from studio.mesh.normals import face_areas, vertex_normals

if TYPE_CHECKING:
    from studio.body.model import BodyModel

#: Rays from each vertex, and the share that must get away for the vertex to count as seen from outside. Measured on the open
#: body: mouth cavity, eyelids' backs and nostrils have less than 0.05; armpits, crotch and the skin between fingers 0.1 and more.
_RAYS = 96
_SEEN_SHARE = 0.06
#: How far in front of the skin a ray starts [m]: past the rounding of its own triangles.
_RAY_START_M = 2e-4

PARTS = ("trunk", "head", "scalp", "left_arm", "right_arm", "left_hand", "right_hand", "left_leg", "right_leg", "left_foot", "right_foot")
_PART_JOINTS = {
    "trunk": ("pelvis", "spine1", "spine2", "spine3", "left_collar", "right_collar", "neck"),
    "head": ("head", "jaw", "left_eye", "right_eye"),
} | {
    f"{side}_{part}": tuple(f"{side}_{joint}" for joint in joints)
    for side in ("left", "right")
    for part, joints in {
        "arm": ("shoulder", "elbow"),
        "hand": ("wrist", *(f"{finger}{k}" for finger in ("index", "middle", "pinky", "ring", "thumb") for k in (1, 2, 3))),
        "leg": ("hip", "knee"),
        "foot": ("ankle", "foot"),
    }.items()
}


@dataclass(frozen=True, eq=False)
class Skin:
    """The outer skin of a body model with V vertices.

    outer: Vertices that a scanner can see, shape (V,), bool. faces: Triangles whose corners are all outer, shape (F', 3), int64.
    area: Area that each vertex stands for on the mean body [m2], zero for inner ones, shape (V,).
    part: Number into PARTS of each vertex, shape (V,). vertex_faces: Triangles (of ``faces``) around each vertex, padded by
    repeating the first, shape (V, K); -1 for inner vertices.
    """

    outer: np.ndarray
    faces: np.ndarray
    area: np.ndarray
    part: np.ndarray
    vertex_faces: np.ndarray

    def is_part(self, *names: str) -> np.ndarray:
        """Which vertices belong to any of the parts, shape (V,), bool."""
        return np.isin(self.part, [PARTS.index(name) for name in names])

    def sample(self, count: int, rng: np.random.Generator, *, boost: np.ndarray | None = None) -> np.ndarray:
        """At most ``count`` outer vertices, spread by area times ``boost`` (V,), sorted."""
        candidates = np.flatnonzero(self.outer)
        if count >= len(candidates):
            return candidates
        share = self.area[candidates] * (1.0 if boost is None else boost[candidates])
        return np.sort(rng.choice(candidates, count, replace=False, p=share / share.sum()))

    def at(self, vertices: np.ndarray) -> Skin:
        """The skin seen at some of its vertices only, without triangles. Each stands for an equal area, as `sample` chose them."""
        area = np.full(len(vertices), self.area.sum() / len(vertices))
        nothing = np.zeros((0, 3), dtype=np.int64)
        return Skin(np.ones(len(vertices), dtype=bool), nothing, area, self.part[vertices], np.zeros((len(vertices), 0), dtype=np.int64))


def outer_skin(model: BodyModel) -> Skin:
    """Find the outer skin of a body model on its mean body in the T-pose."""
    vertices, faces = model.template.astype(np.float64), model.faces.astype(np.int64)
    outer = _seen_from_outside(vertices, faces)
    outer &= model.weights[:, [INDEX["left_eye"], INDEX["right_eye"]]].max(axis=1) < 0.5  # eyeballs roll
    if model.surface is not None:
        outer &= model.surface.is_part("skin")
    kept = faces[outer[faces].all(axis=1)]
    area = np.zeros(len(vertices))
    np.add.at(area, kept, face_areas(vertices, kept)[:, None] / 3)
    outer &= area > 0
    return Skin(outer, kept, area, _parts(model), _vertex_faces(kept, len(vertices)))


def _seen_from_outside(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    normals = vertex_normals(vertices, faces)
    directions = _sphere(_RAYS)
    surface = Surface(vertices, faces)
    escaped, cast = np.zeros(len(vertices)), np.zeros(len(vertices))
    for direction in directions:
        facing = np.flatnonzero(normals @ direction > 0.05)
        distance, _ = surface.first_hits(vertices[facing] + _RAY_START_M * normals[facing], np.tile(direction, (len(facing), 1)))
        escaped[facing] += np.isinf(distance)
        cast[facing] += 1
    return escaped > _SEEN_SHARE * np.maximum(cast, 1)


def _sphere(count: int) -> np.ndarray:
    """Directions spread evenly over the sphere: a Fibonacci lattice (González, Mathematical Geosciences 2010), shape (count, 3)."""
    z = 1 - (2 * np.arange(count) + 1) / count
    azimuth = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    radius = np.sqrt(1 - z * z)
    return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z], axis=1)


def _parts(model: BodyModel) -> np.ndarray:
    """Part of each vertex: the one whose joints carry most of its weight; the scalp is the head above and behind the ears."""
    names = [name for name in PARTS if name in _PART_JOINTS]
    shares = np.stack([model.weights[:, [INDEX[joint] for joint in _PART_JOINTS[name]]].sum(axis=1) for name in names], axis=1)
    part = np.array([PARTS.index(name) for name in names])[shares.argmax(axis=1)]
    eyes = model.joint_regressor[[INDEX["left_eye"], INDEX["right_eye"]]] @ model.template
    up, forward = model.template[:, 1] - eyes[:, 1].mean(), model.template[:, 2] - eyes[:, 2].mean()
    # Hairline of an adult head: 6 cm above the eyes at the front, sinking behind the ears (10 cm behind the eyes) to the nape.
    hairy = up > np.interp(forward, [-0.12, -0.09, -0.03, 0.0], [-0.06, 0.02, 0.05, 0.055])
    part[(part == PARTS.index("head")) & hairy] = PARTS.index("scalp")
    return part


def _vertex_faces(faces: np.ndarray, count: int) -> np.ndarray:
    order = np.argsort(faces.ravel(), kind="stable")
    vertex, face = faces.ravel()[order], order // 3
    valence = np.bincount(vertex, minlength=count)
    first = np.cumsum(valence) - valence
    place = np.arange(len(vertex)) - first[vertex]
    table = np.full((count, valence.max()), -1)
    table[vertex, place] = face
    return np.where(table < 0, table[:, :1], table)
