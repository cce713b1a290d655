"""Stretch and shear of woven and knitted cloth: an orthotropic membrane.

The energy per area is Baraff and Witkin's ("Large Steps in Cloth Simulation", SIGGRAPH 98, section 4.2-4.3) as a finite element (Kim, "A
Finite Element Formulation of Baraff-Witkin Cloth", SCA 2020): with f and g the images of the unit weft and warp,

    1/2 Y_weft (|f| - 1)^2 + 1/2 Y_warp (|g| - 1)^2 + 1/2 G (f . g)^2.

Hessians are projected to be positive semi-definite by their analytic eigenvalues. Compressed cloth is as stiff as pulled cloth: it buckles
by itself where the mesh can show it, and a limit to compression on top of that makes the drape depend on the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.statics.sheet import Sheet

_SHORTEST = 1e-6
#: Share of its stiffness with which gathered cloth resists being pressed together: its folds are too small for the mesh, and nearly free.
_FOLDED = 0.02


@dataclass(frozen=True, eq=False)
class Stretch:
    """The state of every triangle.

    images: Of the unit weft and warp on the flat triangle, shape (F, 2, 3). lengths: Theirs on the curved cloth, (F, 2). moduli: Stiffness
    along each as it is stretched or pressed [N/m], (F, 2). shear: Product of the images, about the angle that weft and warp lost, (F,).
    """

    images: np.ndarray
    lengths: np.ndarray
    moduli: np.ndarray
    shear: np.ndarray

    @property
    def tension(self) -> np.ndarray:
        """Along weft and warp [N/m], negative where compressed, shape (F, 2)."""
        return self.moduli * (self.lengths - 1)


def stretch(sheet: Sheet, x: np.ndarray, bulge: np.ndarray) -> Stretch:
    """How far every triangle is stretched at positions x [m], shape (V, 3). bulge: See `Patches.bulge`, shape (F, 3)."""
    images = np.einsum("fck,fcd->fkd", sheet.gradients, x[sheet.faces])
    lengths = np.sqrt(np.maximum((images**2).sum(axis=2) + bulge[:, :2], _SHORTEST**2))
    return Stretch(images, lengths, _moduli(sheet, lengths), (images[:, 0] * images[:, 1]).sum(axis=1) + bulge[:, 2])


def _moduli(sheet: Sheet, lengths: np.ndarray) -> np.ndarray:
    """Stiffness along weft and warp [N/m], shape (F, 2)."""
    moduli = np.stack([sheet.material.weft_n_m, sheet.material.warp_n_m], axis=1)
    if sheet.gathered is not None:
        moduli = np.where(sheet.gathered[:, None] & (lengths < 1), _FOLDED * moduli, moduli)
    return moduli


def energy(sheet: Sheet, x: np.ndarray, bulge: np.ndarray) -> float:
    """Energy of stretch and shear [J]."""
    state = stretch(sheet, x, bulge)
    density = 0.5 * (state.tension * (state.lengths - 1)).sum(axis=1) + 0.5 * sheet.material.shear_n_m * state.shear**2
    return float(sheet.areas @ density)


def forces(sheet: Sheet, state: Stretch) -> np.ndarray:
    """Derivative of the energy by the images of weft and warp, per rest area [N/m], shape (F, 2, 3): the first Piola-Kirchhoff stress."""
    unit = state.images / state.lengths[..., None]
    return state.tension[..., None] * unit + (sheet.material.shear_n_m * state.shear)[:, None, None] * state.images[:, ::-1]


def hessians(sheet: Sheet, state: Stretch) -> np.ndarray:
    """Second derivatives of the energy per rest area by the images, positive semi-definite, shape (F, 2, 2, 3, 3) [N/m]."""
    unit = state.images / state.lengths[..., None]
    outer = unit[..., :, None] * unit[..., None, :]
    across = np.maximum(state.tension / state.lengths, 0.0)[..., None, None] * (np.eye(3) - outer)
    blocks = np.zeros((len(sheet.faces), 2, 2, 3, 3))
    for k in range(2):
        blocks[:, k, k] = state.moduli[:, k, None, None] * outer[:, k] + across[:, k]
    shear, f, g = sheet.material.shear_n_m, state.images[:, 0], state.images[:, 1]
    for k, a in enumerate((g, f)):
        for m, b in enumerate((g, f)):
            blocks[:, k, m] += shear[:, None, None] * a[:, :, None] * b[:, None, :]
    # The rest of the shear's Hessian swaps the images, with eigenvalues +- G (f . g): its positive half is kept.
    half, sign = 0.5 * shear * np.abs(state.shear), np.sign(state.shear)
    for k in range(2):
        blocks[:, k, k] += half[:, None, None] * np.eye(3)
        blocks[:, k, 1 - k] += (half * sign)[:, None, None] * np.eye(3)
    return blocks
