"""Normals of triangle meshes, numpy only."""

from __future__ import annotations

import numpy as np


def face_normals(vertices: np.ndarray, faces: np.ndarray, *, normalized: bool = True) -> np.ndarray:
    """Normals of triangles by the right-hand rule, shape (..., F, 3), float64.

    vertices: Positions, shape (..., V, 3); batch dimensions first.
    faces: Vertex indices, shape (F, 3).
    normalized: Unit length; otherwise twice the triangle's area long, as the cross product gives it. A triangle without
        area has a zero normal in both cases.
    """
    vertices = np.asarray(vertices, dtype=np.float64)
    a, b, c = (vertices[..., faces[:, corner], :] for corner in range(3))
    normals = np.cross(b - a, c - a)
    return _unit(normals) if normalized else normals


def face_areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Areas of triangles in the square of the vertices' unit, shape (..., F), float64."""
    return 0.5 * np.linalg.norm(face_normals(vertices, faces, normalized=False), axis=-1)


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit vertex normals: the faces' normals weighted by area (Gouraud 1971), shape (..., V, 3), float64.

    A vertex that no triangle with an area uses has a zero normal.

    vertices: Positions, shape (..., V, 3); batch dimensions first.
    faces: Vertex indices, shape (F, 3).
    """
    vertices = np.asarray(vertices, dtype=np.float64)
    weighted = face_normals(vertices, faces, normalized=False)
    flat = weighted.reshape(-1, len(faces), 3)
    count = vertices.shape[-2]
    corners = np.asarray(faces).T.ravel()  # all first corners, then all second, then all third
    summed = np.empty((len(flat), count, 3))
    for batch, axis in np.ndindex(len(flat), 3):
        summed[batch, :, axis] = np.bincount(corners, weights=np.tile(flat[batch, :, axis], 3), minlength=count)
    return _unit(summed).reshape(vertices.shape)


def _unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors scaled to length 1; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
