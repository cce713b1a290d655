"""Cloth in equilibrium: Newton's method on its whole energy, with just enough inertia to find the way there.

A step minimises the energy plus ``m / (2 h^2) |x - x_before|^2``: backward Euler with the velocity taken out, which comes to rest in a
minimum of the energy (Martin et al., "Example-Based Elastic Materials", TOG 2011, section 4, on the variational form). The time step h
grows as long as cloth moves little. Each step factorises the Hessian, positive semi-definite by construction, and searches along the
descent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.look.statics.contact import Contact, push, tangential
from studio.look.statics.energy import Energy, Instant
from studio.look.statics.layers import LayerSearch
from studio.mesh.normals import face_areas

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix

#: First and longest time step [s], and how fast it grows while the longest move stays below half of what is allowed.
_FIRST_S, _LONGEST_S, _GROWTH = 0.02, 2.0, 1.6
#: How far vertices are taken to have slipped before the first step [m]: cloth that is put down may slide to its place.
_FIRST_SLIP_M = 0.001
#: Longest move of a vertex in a step [m]; half of it after a step in which cloth had to be held back from itself, at the least the second.
_LONGEST_M, _LEAST_M = 0.02, 0.002
#: Vertices farther than this from their support [m], and pairs farther apart, are not looked at within a step.
_NEAR_M, _LAYERS_M = 0.025, 0.01
#: A search along the descent gives up at this share of a step, and wants this share of the decrease that the slope promises.
_SHORTEST, _DECREASE = 1e-3, 1e-4
#: Passes of refinement on the single-precision factors.
_PASSES = 2


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Cloth at rest, or on its way.

    x: Positions [m], shape (V, 3). contact: Depth and direction at every place. moved_m: How far each vertex went in the last step, (V,).
    pressure_pa: On the support, per area as it is now, (V,). rests: Whether it moved as little as was asked. steps: Linear systems solved.
    """

    x: np.ndarray
    contact: Contact
    moved_m: np.ndarray
    pressure_pa: np.ndarray
    rests: bool
    steps: int


def find_equilibrium(
    energy: Energy, start: np.ndarray, *, most: int, rest_m: float, first_s: float = _FIRST_S, layers: LayerSearch | None = None
) -> Equilibrium:
    """Let a sheet come to rest under its load, from positions ``start`` [m], shape (V, 3), in at most ``most`` steps.

    rest_m: It rests when 95 % of the vertices move by less in a step of the longest length [m], and none by ten times that. first_s: The
    first time step. layers: For contact with itself.
    """
    sheet = energy.sheet
    x, step_s, longest_m = np.array(start, dtype=np.float64), first_s, _LONGEST_M
    contact = energy.touch(x, _near(energy, x))
    moved, slipped, rests, steps = np.zeros(len(x)), np.full(len(contact.depth), _FIRST_SLIP_M), False, 0
    blown: np.ndarray | float | None = None
    tangled = np.zeros(len(x), dtype=bool) if layers is None else layers.tangled(x)
    while steps < most and not rests:
        steps += 1
        before, found = x, None
        if layers is not None:
            found = layers.find(x, _LAYERS_M, tangled)
        near = _near(energy, x)
        instant = energy.instant(x, contact, slipped, found, blown)
        blown = instant.blown
        x, contact = _stepped(energy, instant, near, step_s, longest_m)
        if layers is not None:
            kept = layers.apart(before, x, tangled)
            longest_m = min(1.5 * longest_m, _LONGEST_M) if kept is x else max(0.5 * longest_m, _LEAST_M)
            if tangled.any():
                kept = layers.untangled(kept, tangled)
                tangled = layers.tangled(kept)
            x, contact = (x, contact) if kept is x else (kept, energy.touch(kept, near))
        moved = np.linalg.norm(x - before, axis=1)
        slipped = np.linalg.norm(tangential(energy.places.at(x - before), contact.outward), axis=1)
        rests = step_s >= _LONGEST_S and np.percentile(moved, 95) < rest_m and moved.max() < 10 * rest_m
        step_s = min(step_s * (_GROWTH if moved.max() < 0.5 * longest_m else 1.0), _LONGEST_S)
    now = np.bincount(sheet.faces.ravel(), np.repeat(face_areas(x, sheet.faces) / 3, 3), minlength=len(x))
    pushed = np.linalg.norm(energy.places.gathered(push(contact, energy.places.areas)[0]), axis=1)
    pressure = pushed / np.maximum(now, 1e-12)
    return Equilibrium(x, contact, moved, pressure, rests, steps)


def _near(energy: Energy, x: np.ndarray) -> np.ndarray:
    """Places that can touch the support within a step, shape (Q,), bool."""
    support, places = energy.load.support, energy.places.at(x)
    return np.zeros(len(places), dtype=bool) if support is None else support.obstacle.closest(places)[0] < _NEAR_M


def _stepped(energy: Energy, start: Instant, near: np.ndarray, step_s: float, longest_m: float) -> tuple[np.ndarray, Contact]:
    """One step of backward Euler, by one step of Newton's method with a line search: positions and contact after it."""
    from scipy.sparse import diags

    gradient, hessian = energy.derivatives(start)
    inertia = np.repeat(energy.sheet.masses / step_s**2, 3)
    free = np.repeat(~energy.load.fixed, 3)
    matrix = (hessian + diags(inertia)).tocsc()
    move = np.zeros(start.x.size)
    move[free] = _solved(matrix if free.all() else matrix[free][:, free], -gradient.ravel()[free])
    move = move.reshape(-1, 3)
    move *= min(1.0, longest_m / max(np.linalg.norm(move, axis=1).max(), 1e-12))
    if start.layers is not None:
        move = start.layers.bounded(move)
    slope, before, share = float((gradient * move).sum()), energy.value(start, start.x, start.contact), 1.0
    while True:
        x = start.x + share * move
        contact = energy.touch(x, near)
        after = energy.value(start, x, contact) + 0.5 * float(inertia @ (share * move).ravel() ** 2)
        if after <= before + _DECREASE * share * slope or share < _SHORTEST:
            return x, contact
        share *= 0.5


def _solved(matrix: csc_matrix, right: np.ndarray) -> np.ndarray:
    """The solution of a symmetric positive definite system: factors in single precision, half as dear, refined by conjugate gradients."""
    from scipy.sparse.linalg import LinearOperator, cg, splu

    # Symmetric and positive definite: no pivoting needed, and the minimum degree of A + A' keeps the factor small.
    options = {"SymmetricMode": True}
    factor = splu(matrix.astype(np.float32).tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    coarse = LinearOperator(matrix.shape, matvec=lambda r: factor.solve(r.astype(np.float32)).astype(np.float64))
    return cg(matrix, right, M=coarse, rtol=1e-4, maxiter=_PASSES)[0]
