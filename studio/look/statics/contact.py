"""Contact of cloth with what it lies on: pressure by a stiff cushion, and Coulomb friction against a step's slip.

Contact is looked for at the vertices and in the middle of every edge: on a round body those come nearest, and a thin one would slip
between vertices. The cushion presses with ``stiffness * depth`` where cloth comes nearer than its stand-off, so pressure is a force per
area in the solution and not a by-product. Friction is the smoothed, lagged potential of Li et al., "Incremental Potential Contact" (TOG
2020, section 5): it holds with any force up to friction times pressure while cloth creeps by less than ``_CREEP_M`` in a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.obstacle import Obstacle
from studio.look.statics.sheet import Sheet

#: Pressure per depth [Pa/m]: the weight of a garment sinks in by less than 0.1 mm, a tight waistband (2 kPa) by 2 mm, as into skin and fat.
#: Ten times as stiff, most steps of the solver come to nothing (measured on a tee: 1 to 6 % of a step instead of all of it).
STIFFNESS_PA_M = 1e6
#: Slip in a step below which friction holds as a spring does [m].
_CREEP_M = 2e-5


@dataclass(frozen=True, eq=False)
class Places:
    """Where cloth can touch: its V vertices, then the middles of its edges, Q together.

    edges: Vertex pairs, shape (E, 2). areas: What each place stands for [m2], (Q,): as if every triangle were cut in four.
    """

    edges: np.ndarray
    areas: np.ndarray

    @classmethod
    def of(cls, sheet: Sheet) -> Places:
        """The places of a sheet."""
        sides = np.sort(sheet.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        edges, edge = np.unique(sides, axis=0, return_inverse=True)
        return cls(edges, np.concatenate([sheet.vertex_areas / 4, np.bincount(edge.ravel(), np.repeat(sheet.areas / 4, 3))]))

    def at(self, x: np.ndarray) -> np.ndarray:
        """Values at the places of what is given at vertices and linear between, (V, ...) to (Q, ...)."""
        return np.concatenate([x, 0.5 * (x[self.edges[:, 0]] + x[self.edges[:, 1]])])

    def gathered(self, forces: np.ndarray) -> np.ndarray:
        """Forces on the places (Q, 3) as forces on the vertices, (V, 3)."""
        count = len(forces) - len(self.edges)
        total = forces[:count].copy()
        for end in range(2):
            for axis in range(3):
                total[:, axis] += np.bincount(self.edges[:, end], 0.5 * forces[count:, axis], minlength=count)
        return total


@dataclass(frozen=True, eq=False)
class Contact:
    """Where cloth touches at some positions.

    depth: How much nearer than the stand-off each place is [m], zero where it is free, shape (Q,). outward: Unit directions, (Q, 3).
    """

    depth: np.ndarray
    outward: np.ndarray


@dataclass(frozen=True, eq=False)
class Support:
    """What cloth lies on: an obstacle, how far from it the cloth's middle stays [m], and friction against it."""

    obstacle: Obstacle
    standoff_m: float
    friction: float

    def touch(self, x: np.ndarray, near: np.ndarray) -> Contact:
        """The contact of places x (Q, 3); only those ``near`` (Q,), bool, can touch."""
        depth, outward = np.zeros(len(x)), np.zeros_like(x)
        index = np.flatnonzero(near)
        if len(index):
            distance, direction = self.obstacle.closest(x[index])
            depth[index], outward[index] = np.maximum(self.standoff_m - distance, 0.0), direction
        return Contact(depth, outward)


def push_energy(contact: Contact, areas: np.ndarray) -> float:
    """Energy of the cushion [J]."""
    return float(0.5 * STIFFNESS_PA_M * (areas @ contact.depth**2))


def push(contact: Contact, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Derivative of the energy [N], (Q, 3), and its positive second derivative [N/m], (Q, 3, 3)."""
    stiffness = STIFFNESS_PA_M * areas * (contact.depth > 0)
    gradient = -(STIFFNESS_PA_M * areas * contact.depth)[:, None] * contact.outward
    return gradient, stiffness[:, None, None] * contact.outward[:, :, None] * contact.outward[:, None, :]


def friction_energy(slip: np.ndarray, limit: np.ndarray) -> float:
    """Work of friction over a step [J]. slip: Tangential, (Q, 3) [m]. limit: Friction times normal force [N], (Q,)."""
    length = np.linalg.norm(slip, axis=1)
    inside = length**2 / _CREEP_M - length**3 / (3 * _CREEP_M**2)
    return float(limit @ np.where(length < _CREEP_M, inside, length - _CREEP_M / 3))


def hold_of_friction(slipped: np.ndarray, outward: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """How stiffly friction holds at the start of a step [N/m], positive blocks of shape (Q, 3, 3).

    Its work has a kink there. The quadratic that a step is planned with meets it where the place slipped to in the step before, (Q,) [m]
    (iteratively reweighted least squares): what slid may slide on, and what held creeps less from step to step.
    """
    across = np.eye(3) - outward[:, :, None] * outward[:, None, :]
    return (limit / np.maximum(slipped, 0.5 * _CREEP_M))[:, None, None] * across


def tangential(step: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """The part of a step (Q, 3) along the surface."""
    return step - (step * outward).sum(axis=1, keepdims=True) * outward
