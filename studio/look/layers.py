"""Cloth that passes through itself is pulled apart again.

Volino and Magnenat-Thalmann, "Resolving Surface Collisions through Intersection Contour Minimization" (SIGGRAPH 2006), section 3: every
edge that passes through a triangle is moved, against that triangle, in the direction in which the contour of the intersection
shortens fastest. It needs no history and no inside: a contour that has shrunk to nothing is an intersection that is gone.
"""

from __future__ import annotations

import numpy as np

from studio.mesh.intersect import self_crossings
from studio.mesh.normals import face_normals

#: Longest move of a crossing in one round [m]: a third of the edge length of the usual mesh.
LONGEST_M = 0.004
#: An edge that is nearly parallel to the triangle it crosses would be moved without bound: its slope counts as this much at least.
_SLOPE = 0.05
#: Crossings whose contour hardly shortens in any direction move less: by the root of this and the squared gradient.
_SOFT = 0.01


def contour_step(vertices: np.ndarray, faces: np.ndarray, *, longest_m: float = LONGEST_M) -> tuple[np.ndarray, int]:
    """One round: displacements that shorten all self-intersection contours, shape (V, 3) [m], and the number of crossings found.

    vertices: Shape (V, 3) [m]. faces: Shape (F, 3), consistently oriented.
    """
    found = self_crossings(vertices, faces)
    if not len(found.faces):
        return np.zeros_like(vertices), 0
    normals = face_normals(vertices, faces)
    start, stop = vertices[found.edges[:, 0]], vertices[found.edges[:, 1]]
    edge = stop - start
    edge /= np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-12)
    through = normals[found.faces]
    slope = np.einsum("nd,nd->n", edge, through)
    slope = np.where(slope < 0, -1.0, 1.0) * np.maximum(np.abs(slope), _SLOPE)
    gradient = np.zeros_like(edge)
    for neighbour, present in _faces_of(found.edges, faces):
        contour = np.cross(through, normals[neighbour])
        contour /= np.maximum(np.linalg.norm(contour, axis=1, keepdims=True), 1e-12)
        inward = vertices[faces[neighbour]].sum(axis=1) - 2 * start - stop  # from the edge's start to the third corner
        inward -= edge * np.einsum("nd,nd->n", inward, edge)[:, None]
        contour *= np.sign(np.einsum("nd,nd->n", contour, inward))[:, None]
        along = np.einsum("nd,nd->n", edge, contour) / slope
        gradient += np.where(present[:, None], contour - along[:, None] * through, 0.0)
    move = gradient * (longest_m / np.sqrt(np.einsum("nd,nd->n", gradient, gradient) + _SOFT))[:, None]
    return _spread(move, found.edges, found.along, faces[found.faces], found.barycentric, len(vertices)), len(found.faces)


def _faces_of(edges: np.ndarray, faces: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The first and the second triangle on each edge, and whether there is one."""
    count = int(faces.max()) + 1
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = sides[:, 0] * count + sides[:, 1]
    order = np.argsort(keys, kind="stable")
    owner = np.repeat(np.arange(len(faces)), 3)[order]
    wanted = edges[:, 0] * count + edges[:, 1]
    first = np.searchsorted(keys[order], wanted, side="left")
    beyond = np.searchsorted(keys[order], wanted, side="right")
    return [(owner[np.minimum(first + k, len(owner) - 1)], first + k < beyond) for k in range(2)]


def _spread(move: np.ndarray, edges: np.ndarray, along: np.ndarray, corners: np.ndarray, barycentric: np.ndarray, count: int) -> np.ndarray:
    """Half of each move to the edge's ends, half the other way to the triangle's corners; where several meet, their weighted mean."""
    total, weights = np.zeros((count, 3)), np.zeros(count)
    shares = [(edges[:, 0], 1 - along, 0.5), (edges[:, 1], along, 0.5)]
    shares += [(corners[:, k], barycentric[:, k], -0.5) for k in range(3)]
    for index, weight, sign in shares:
        np.add.at(total, index, (sign * weight)[:, None] * move)
        np.add.at(weights, index, weight)
    return total / np.maximum(weights, 1e-3)[:, None]
