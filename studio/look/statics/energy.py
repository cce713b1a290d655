"""The whole energy of a cloth under its load, with first and second derivatives."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.look.statics import membrane
from studio.look.statics.bending import bending_matrix, patches
from studio.look.statics.contact import (
    STIFFNESS_PA_M,
    Contact,
    Places,
    Support,
    friction_energy,
    hold_of_friction,
    push,
    push_energy,
    tangential,
)
from studio.look.statics.layers import Layers
from studio.look.statics.sheet import Sheet
from studio.look.statics.wind import Wind
from studio.mesh.normals import face_normals
from studio.specs.fabric import GRAVITY

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix


#: Share of the wind's change that a step takes in.
_NEW_WIND = 0.25


@dataclass(frozen=True, eq=False)
class Load:
    """What acts on a sheet besides itself.

    fixed: Vertices that are held, shape (V,), bool. support: What it lies on. gravity: [m/s2], downwards. hung_n_m: How stiffly each vertex
    is held at a height, as by a stylist's clip [N/m], shape (V,), or None. heights: Those heights [m], shape (V,). wind: Where it blows.
    """

    fixed: np.ndarray
    support: Support | None = None
    gravity: float = GRAVITY
    hung_n_m: np.ndarray | None = None
    heights: np.ndarray | None = None
    wind: Wind | None = None


@dataclass(frozen=True, eq=False)
class Instant:
    """What stays the same while a step is searched for: where it starts, what curvature adds to the metric there, and what holds.

    x: Positions [m], shape (V, 3). contact: With the support. hold: Friction times normal force [N], (Q,). slipped: How far each place
    slipped in the step before [m], (Q,). layers: With itself, or None. blown: Force of the wind [N], (V, 3), or 0.
    """

    x: np.ndarray
    bulge: np.ndarray
    contact: Contact
    hold: np.ndarray
    slipped: np.ndarray
    layers: Layers | None
    blown: np.ndarray | float


class Energy:
    """The energy of a sheet under a load: stretch, bending, weight, contact, and the work against friction since a step's start."""

    def __init__(self, sheet: Sheet, load: Load) -> None:
        self.sheet, self.load, self.places = sheet, load, Places.of(sheet)
        self._patches = patches(sheet)
        self._bending = bending_matrix(sheet, self._patches)
        self._weight = np.zeros((sheet.vertex_count, 3))
        self._weight[:, 2] = -load.gravity * sheet.masses
        self._pattern = _Pattern(sheet, self._bending, self.places.edges)

    def under(self, load: Load) -> Energy:
        """The same sheet under another load of the same gravity."""
        other = copy.copy(self)
        other.load = load
        return other

    def touch(self, x: np.ndarray, near: np.ndarray) -> Contact:
        """Contact with the support at positions x (V, 3); only the places ``near`` (Q,), bool, can touch."""
        support, places = self.load.support, self.places.at(x)
        return Contact(np.zeros(len(places)), np.zeros_like(places)) if support is None else support.touch(places, near)

    def stretch(self, x: np.ndarray) -> membrane.Stretch:
        """How far every triangle is stretched at positions x [m], shape (V, 3)."""
        return membrane.stretch(self.sheet, x, self._patches.bulge(x, face_normals(x, self.sheet.faces)))

    def instant(
        self, x: np.ndarray, contact: Contact, slipped: np.ndarray, layers: Layers | None, blown: np.ndarray | float | None = None
    ) -> Instant:
        """The start of a step.

        blown: Force of the wind in the step before [N], (V, 3): it changes by a share only, or cloth would flutter between what the wind of
        one step does and that of the next.
        """
        support = self.load.support
        hold = (0.0 if support is None else support.friction) * STIFFNESS_PA_M * self.places.areas * contact.depth
        now = 0.0 if self.load.wind is None else self.load.wind.force(x, self.sheet.faces)
        blown = now if blown is None else blown + _NEW_WIND * (now - blown)
        return Instant(x, self._patches.bulge(x, face_normals(x, self.sheet.faces)), contact, hold, slipped, layers, blown)

    def value(self, start: Instant, x: np.ndarray, contact: Contact) -> float:
        """The energy at positions x [J]. contact: The contact there."""
        bent = 0.5 * float((x * (self._bending @ x)).sum())
        pushed = push_energy(contact, self.places.areas)
        rubbed = friction_energy(tangential(self.places.at(x - start.x), start.contact.outward), start.hold)
        layers = 0.0 if start.layers is None else start.layers.energy(x)
        if self.load.hung_n_m is not None:
            pushed += 0.5 * float(self.load.hung_n_m @ (x[:, 2] - self.load.heights) ** 2)
        outer = float(((self._weight + start.blown) * x).sum())
        return membrane.energy(self.sheet, x, start.bulge) + bent - outer + pushed + rubbed + layers

    def derivatives(self, start: Instant) -> tuple[np.ndarray, csc_matrix]:
        """Gradient [N], shape (V, 3), and positive semi-definite Hessian [N/m], shape (3 V, 3 V), at the start of a step."""
        sheet, x = self.sheet, start.x
        state = membrane.stretch(sheet, x, start.bulge)
        weighted = sheet.areas[:, None, None] * sheet.gradients
        corner = np.einsum("fck,fkd->fcd", weighted, membrane.forces(sheet, state))
        pushed, push_block = push(start.contact, self.places.areas)
        touching = push_block + hold_of_friction(start.slipped, start.contact.outward, start.hold)
        gradient = self._bending @ x - self._weight - start.blown + self.places.gathered(pushed)
        for axis in range(3):
            gradient[:, axis] += np.bincount(sheet.faces.ravel(), corner[:, :, axis].ravel(), minlength=len(x))
        blocks = np.einsum("fak,fbm,fkmij->fabij", weighted, sheet.gradients, membrane.hessians(sheet, state), optimize=True)
        own, middle = touching[: len(x)], touching[len(x) :] / 4
        if self.load.hung_n_m is not None:
            gradient[:, 2] += self.load.hung_n_m * (x[:, 2] - self.load.heights)
            own[:, 2, 2] += self.load.hung_n_m
        hessian = self._pattern.matrix(blocks, own, middle)
        if start.layers is not None:
            between, more = start.layers.derivatives(x)
            gradient, hessian = gradient + between, hessian + more
        return gradient, hessian.tocsc()


class _Pattern:
    """Where the entries of the Hessian go: a triangle's corners and its neighbours' far corners, always the same."""

    def __init__(self, sheet: Sheet, bending: csr_matrix, edges: np.ndarray) -> None:
        from scipy.sparse import csr_matrix, identity

        count, faces = sheet.vertex_count, sheet.faces
        rows = np.broadcast_to(faces[:, :, None], (len(faces), 3, 3)).ravel()
        columns = np.broadcast_to(faces[:, None, :], (len(faces), 3, 3)).ravel()
        corners = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count))
        pattern = (abs(bending) + identity(count) + corners).tocsr()
        pattern.sort_indices()
        self._indptr, self._indices, self._count = pattern.indptr, pattern.indices, count
        keys = np.repeat(np.arange(count), np.diff(pattern.indptr)) * count + pattern.indices
        self._faces = np.searchsorted(keys, rows * count + columns)
        self._diagonal = np.searchsorted(keys, np.arange(count) * (count + 1))
        self._ends = np.stack([[np.searchsorted(keys, a * count + b) for a in edges.T] for b in edges.T])
        bent = bending.tocoo()
        places = np.searchsorted(keys, bent.row.astype(np.int64) * count + bent.col)
        self._bending = np.bincount(places, bent.data, minlength=len(keys))

    def matrix(self, blocks: np.ndarray, diagonal: np.ndarray, middles: np.ndarray) -> csr_matrix:
        """Membrane blocks (F, 3, 3, 3, 3), bending, the vertices' own blocks (V, 3, 3), and those of edges' middles, (E, 3, 3), as one."""
        from scipy.sparse import bsr_matrix

        data = np.zeros((len(self._indices), 3, 3))
        for i in range(3):
            for j in range(3):
                data[:, i, j] = np.bincount(self._faces, blocks[..., i, j].ravel(), minlength=len(self._indices))
            data[:, i, i] += self._bending
        data[self._diagonal] += diagonal
        touching = np.flatnonzero(middles.any(axis=(1, 2)))
        for index in self._ends[:, :, touching].reshape(4, -1):
            np.add.at(data, index, middles[touching])
        return bsr_matrix((data, self._indices, self._indptr), shape=(3 * self._count,) * 2).tocsr()
