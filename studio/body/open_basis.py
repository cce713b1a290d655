"""Shape directions: principal components of sampled bodies, exactly symmetric or antisymmetric about the body's middle.

Mirroring each sample and doing one decomposition of both would give the same; taking the symmetric and the antisymmetric
part of every sample apart needs two Gram matrices of half the size and leaves no rounding between the sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CHUNK = 6000  # columns per step of the Gram matrix: bounds the float64 copy at 900 x 6000 x 8 = 43 MB


@dataclass(frozen=True)
class ShapeBasis:
    """Mean body and shape directions scaled to one standard deviation.

    mean: [m], shape (V, 3), float64. directions: [m per sd], shape (V, 3, B), float32, largest first.
    scores: betas of the samples, shape (N, B), float64. explained: share of the variance of each direction, shape (B,).
    symmetric: whether each direction is the same on both sides, shape (B,), bool.
    """

    mean: np.ndarray
    directions: np.ndarray
    scores: np.ndarray
    explained: np.ndarray
    symmetric: np.ndarray


def shape_basis(vertices: np.ndarray, mirror: np.ndarray, betas: int) -> ShapeBasis:
    """Principal components of bodies (N, V, 3), float32, whose vertices have mirror partners (V,)."""
    flip = np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    mean = vertices.mean(axis=0, dtype=np.float64)
    mean = 0.5 * (mean + mean[mirror] * flip)
    centred = vertices - mean.astype(np.float32)
    reflected = centred[:, mirror] * flip
    halves = {True: 0.5 * (centred + reflected), False: 0.5 * (centred - reflected)}
    found, total = [], 0.0
    for symmetric, half in halves.items():
        flat = half.reshape(len(half), -1)
        gram = _gram(flat)
        total += np.trace(gram)
        values, vectors = np.linalg.eigh(gram)
        keep = np.argsort(values, kind="stable")[::-1][:betas]
        found += [(values[k], symmetric, _signed(vectors[:, k])) for k in keep if values[k] > 1e-9 * values[-1]]
    found.sort(key=lambda item: -item[0])
    found = found[:betas]
    directions = np.zeros((vertices.shape[1] * 3, betas), dtype=np.float32)
    freedom = len(vertices) - 1
    scores = np.zeros((len(vertices), betas))
    for symmetric, half in halves.items():
        columns = [k for k, item in enumerate(found) if item[1] == symmetric]
        vectors = np.stack([found[k][2] for k in columns], axis=1)
        directions[:, columns] = half.reshape(len(half), -1).T @ (vectors / np.sqrt(freedom)).astype(np.float32)
        scores[:, columns] = vectors * np.sqrt(freedom)
    explained = np.zeros(betas)
    explained[: len(found)] = [item[0] / total for item in found]
    sides = np.array([item[1] for item in found] + [True] * (betas - len(found)))
    return ShapeBasis(mean, directions.reshape(-1, 3, betas), scores, explained, sides)


def directions_of(vertices: np.ndarray, mean: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """How further vertices (N, W, 3) move with the betas ``scores`` (N, B) of the same bodies: shape (W, 3, B), float32."""
    centred = (vertices - mean).reshape(len(vertices), -1)
    solution = centred.T @ (scores / np.maximum(np.square(scores).sum(axis=0), 1e-12)).astype(np.float32)
    return solution.reshape(*vertices.shape[1:], -1)


def _gram(rows: np.ndarray) -> np.ndarray:
    total = np.zeros((len(rows), len(rows)))
    for start in range(0, rows.shape[1], _CHUNK):
        part = rows[:, start : start + _CHUNK].astype(np.float64)
        total += part @ part.T
    return total


def _signed(vector: np.ndarray) -> np.ndarray:
    """Fix the sign, which an eigenvector leaves open: the largest entry is positive."""
    return vector * np.sign(vector[np.argmax(np.abs(vector))])
