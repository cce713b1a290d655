"""Stretch and shear of woven and knitted cloth: an orthotropic membrane that buckles where the mesh cannot.

The energy per area is Baraff and Witkin's ("Large Steps in Cloth Simulation", SIGGRAPH 98, section 4.2-4.3) as a finite element (Kim, "A
Finite Element Formulation of Baraff-Witkin Cloth", SCA 2020): with f and g the images of the unit weft and warp,

    phi_weft(|f| - 1) + phi_warp(|g| - 1) + 1/2 G (f . g)^2,     phi(s) = 1/2 Y s^2 under tension.

Compressed, cloth carries no more than the load at which the piece that a triangle stands for buckles: the force goes to that load
exponentially instead of growing, as the relaxed energy of a membrane does (Pipkin, "The relaxed energy density for isotropic elastic
membranes", IMA J. Appl. Math. 1986) with a floor that bending rigidity gives. Hessians are projected to be positive semi-definite
by their analytic eigenvalues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.statics.sheet import Sheet

_SHORTEST = 1e-6


@dataclass(frozen=True, eq=False)
class Stretch:
    """The state of every triangle.

    images: Of the unit weft and warp on the flat triangle, shape (F, 2, 3). lengths: Theirs on the curved cloth, (F, 2). tension: Along
    each [N/m], negative where compressed, (F, 2). stiffness: Its derivative by the strain [N/m], (F, 2). shear: Product of the images,
    about the angle that weft and warp lost [rad], (F,).
    """

    images: np.ndarray
    lengths: np.ndarray
    tension: np.ndarray
    stiffness: np.ndarray
    shear: np.ndarray


def stretch(sheet: Sheet, x: np.ndarray, bulge: np.ndarray) -> Stretch:
    """How far every triangle is stretched at positions x [m], shape (V, 3). bulge: See `Patches.bulge`, shape (F, 3)."""
    images = np.einsum("fck,fcd->fkd", sheet.gradients, x[sheet.faces])
    lengths = np.sqrt(np.maximum((images**2).sum(axis=2) + bulge[:, :2], _SHORTEST**2))
    material, strain = sheet.material, lengths - 1
    modulus = np.stack([material.weft_n_m, material.warp_n_m], axis=1)
    decay = np.exp(np.minimum(modulus * strain / sheet.buckling_n_m, 0.0))
    pressed = strain < 0
    tension = np.where(pressed, -sheet.buckling_n_m * (1 - decay), modulus * strain)
    return Stretch(
        images, lengths, tension, np.where(pressed, modulus * decay, modulus), (images[:, 0] * images[:, 1]).sum(axis=1) + bulge[:, 2]
    )


def energy(sheet: Sheet, x: np.ndarray, bulge: np.ndarray) -> float:
    """Energy of stretch and shear [J]."""
    state, material = stretch(sheet, x, bulge), sheet.material
    strain = state.lengths - 1
    modulus, limit = np.stack([material.weft_n_m, material.warp_n_m], axis=1), sheet.buckling_n_m
    pulled = 0.5 * modulus * strain**2
    pressed = limit * (-strain + state.tension / modulus)  # the integral of the tension from rest
    density = np.where(strain < 0, pressed, pulled).sum(axis=1) + 0.5 * material.shear_n_m * state.shear**2
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
        blocks[:, k, k] = state.stiffness[:, k, None, None] * outer[:, k] + across[:, k]
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
