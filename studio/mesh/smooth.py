"""Values on a mesh, smoothed over neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def neighbour_mean(faces: np.ndarray, count: int) -> csr_matrix:
    """The matrix that takes vertex values to the mean of their neighbours', shape (V, V)."""
    from scipy.sparse import csr_matrix, diags

    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.unique(np.concatenate([sides, sides[:, ::-1]]), axis=0)
    beside = csr_matrix((np.ones(len(pairs)), pairs.T), shape=(count, count))
    return (diags(1 / np.maximum(np.asarray(beside.sum(axis=1)).ravel(), 1)) @ beside).tocsr()
