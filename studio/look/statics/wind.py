"""Steady wind on cloth: the pressure of the air that is stopped, on what nothing shelters.

Cloth feels ``1/2 rho C v^2`` of the wind's part across it, as a plate that is held at an angle (Hoerner, "Fluid-Dynamic Drag", 1965,
section 3-16: the force is across the plate, with a coefficient of 1.2 when it is square to the wind). What lies in the lee of
the body feels none. There are no gusts, so cloth finds an equilibrium in the wind as in still air.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import face_normals

#: Density of air at 20 degrees [kg/m3], and the coefficient of a square plate.
_AIR_KG_M3, _PLATE = 1.2, 1.2
#: A ray against the wind starts this far from the cloth [m]: what lies on the body is not sheltered by the skin below it.
_AHEAD_M = 0.01


@dataclass(frozen=True, eq=False)
class Wind:
    """A wind of a velocity [m/s], shape (3,), and the body that shelters from it."""

    velocity_m_s: np.ndarray
    body: Surface

    def force(self, x: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """What it does to the vertices [N], shape (V, 3). x: Positions [m], shape (V, 3). faces: Shape (F, 3)."""
        normals = face_normals(x, faces, normalized=False)
        double_area = np.maximum(np.linalg.norm(normals, axis=1), 1e-15)
        across = normals @ self.velocity_m_s / double_area
        push = 0.5 * _AIR_KG_M3 * _PLATE * across * np.abs(across) * self._exposed(x[faces].mean(axis=1)) / 2
        on_corner = (push[:, None] * normals) / 3
        return np.stack([np.bincount(faces.ravel(), np.repeat(on_corner[:, axis], 3), minlength=len(x)) for axis in range(3)], axis=1)

    def _exposed(self, points: np.ndarray) -> np.ndarray:
        """1 where the wind comes through, 0 in the lee of the body, shape (N,)."""
        against = -self.velocity_m_s / np.linalg.norm(self.velocity_m_s)
        distance, _ = self.body.first_hits(points + _AHEAD_M * against, np.broadcast_to(against, points.shape))
        return np.isinf(distance).astype(float)
