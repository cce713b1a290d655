"""Pattern coordinates of a finished garment: so that weave, print and hems have their true size on it.

CLO and Marvelous Designer lay the pattern pieces themselves out as texture coordinates, all at one scale. Whether a file does so shows in
its triangles: flat and worn they then have the same shape, up to the stretch of worn cloth. Other layouts are islands at scales of
their own; each is brought to the mean size of its triangles, which keeps a weave's size right on the whole and not in every place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.garment.finished.mend import GarmentMesh, parts_of
from studio.mesh.normals import face_areas, face_normals

#: Texture coordinates are a pattern where nine tenths of the cloth's directions are stretched by less than this against their median: worn
#: knits stretch by some per cent, layouts made for painting squeeze parts by tens.
PATTERN_WITHIN = 0.12
_MIDDLE = (5.0, 95.0)
#: A scale this near to a unit of length is that unit: the rest is how the cloth is worn.
_UNITS_M, _NEAR_UNIT = (1.0, 0.1, 0.01, 0.001, 0.0254), 0.04


@dataclass(frozen=True, eq=False)
class Flat:
    """uv_cm: Pattern coordinates of the corners, shape (F, 3, 2), v along the grain. panel: Number of the piece, shape (F,), int32.

    cm_per_uv: Centimetres of one unit of the file's texture coordinates where they are a pattern, else None. remark: How it was found.
    """

    uv_cm: np.ndarray
    panel: np.ndarray
    cm_per_uv: float | None
    remark: str


def flatten(mesh: GarmentMesh) -> Flat:
    """Pattern coordinates of a mesh in metres."""
    if mesh.corner_uv is None:
        return _by_direction(mesh)
    panel, uv = _islands(mesh), mesh.corner_uv
    stretch = _stretches(mesh, uv)
    known = np.isfinite(stretch).all(axis=1)
    if not known.any():
        return _by_direction(mesh)
    weights = np.repeat(face_areas(mesh.vertices, mesh.faces)[known], 2)
    low, middle, high = _percentiles(stretch[known].ravel(), weights, (_MIDDLE[0], 50.0, _MIDDLE[1]))
    if high < middle * (1 + PATTERN_WITHIN) and low > middle * (1 - PATTERN_WITHIN):
        metres = next((unit for unit in _UNITS_M if abs(middle / unit - 1) < _NEAR_UNIT), middle)
        worn = f"{low / metres - 1:+.1%} to {high / metres - 1:+.1%}"
        scale = f"one unit is {100 * metres:.4g} cm"
        words = f"The texture coordinates keep the cloth's scale, as a pattern does: {scale}; worn, it is stretched by {worn}."
        return Flat(100 * metres * uv, panel, 100 * metres, words)
    scale = _island_scales(mesh, uv, panel)
    words = (
        f"The texture coordinates are no pattern (worn over flat varies from {low / middle:.2f} to {high / middle:.2f} of its median): "
        "weaves have their size on the mean of each piece."
    )
    return Flat(100 * scale[panel][:, None, None] * uv, panel, None, words)


def _stretches(mesh: GarmentMesh, uv: np.ndarray) -> np.ndarray:
    """Metres for one unit of texture coordinates along both principal directions of each triangle, (F, 2); nan without an area."""
    corners = mesh.vertices[mesh.faces]
    worn = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], axis=2)
    flat = np.stack([uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]], axis=2)
    area, longest = np.linalg.det(flat), np.abs(flat).max(axis=(1, 2))
    good = np.abs(area) > 1e-6 * longest**2
    found = np.full((len(uv), 2), np.nan)
    if good.any():
        found[good] = np.linalg.svd(worn[good] @ np.linalg.inv(flat[good]), compute_uv=False)
    return found


def _percentiles(values: np.ndarray, weights: np.ndarray, percents: tuple[float, ...]) -> list[float]:
    order = np.argsort(values)
    share = 100 * np.cumsum(weights[order]) / weights.sum()
    return [float(values[order[min(np.searchsorted(share, percent), len(order) - 1)]]) for percent in percents]


def _islands(mesh: GarmentMesh) -> np.ndarray:
    """The piece of each face: faces that share a vertex there and in the texture's plane are one, shape (F,), int32."""
    step = max(float(np.ptp(mesh.corner_uv.reshape(-1, 2), axis=0).max()) * 1e-5, 1e-300)
    places = np.concatenate([mesh.faces.reshape(-1, 1), np.round(mesh.corner_uv.reshape(-1, 2) / step)], axis=1)
    corner = np.unique(places, axis=0, return_inverse=True)[1].reshape(-1, 3)
    owner = parts_of(corner, int(corner.max()) + 1)[corner[:, 0]]
    return np.unique(owner, return_inverse=True)[1].astype(np.int32)


def _island_scales(mesh: GarmentMesh, uv: np.ndarray, panel: np.ndarray) -> np.ndarray:
    """Metres for one unit by area, for each piece."""
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    flat = np.bincount(panel, 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))
    worn = np.bincount(panel, face_areas(mesh.vertices, mesh.faces))
    whole = np.sqrt(worn.sum() / max(flat.sum(), 1e-300))
    return np.where(flat > 1e-12 * flat.sum(), np.sqrt(worn / np.maximum(flat, 1e-300)), whole)


def _by_direction(mesh: GarmentMesh) -> Flat:
    """Without texture coordinates: seen along the world axis that each triangle faces most, upward along v."""
    normals = face_normals(mesh.vertices, mesh.faces)
    axis = np.abs(normals).argmax(axis=1)
    sign = np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] < 0
    seen = np.array([[1, 2], [0, 2], [0, 1]])[axis]
    uv = np.take_along_axis(mesh.vertices[mesh.faces], np.repeat(seen[:, None, :], 3, axis=1), axis=2)
    words = "The file has no texture coordinates: cloth is laid on from six sides, and its weave breaks where they meet."
    return Flat(100 * uv, (2 * axis + sign).astype(np.int32), None, words)
