"""The whole energy of a cloth under its load, with first and second derivatives."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.look.statics import membrane
from studio.look.statics.bending import bending_matrix, patches
from studio.look.statics.contact import STIFFNESS_PA_M, Contact, Support, friction_energy, hold_of_friction, push, push_energy, tangential
from studio.look.statics.layers import Layers
from studio.look.statics.sheet import Sheet
from studio.mesh.normals import face_normals
from studio.specs.fabric import GRAVITY

if TYPE_CHECKING:
    from scipy.sparse import csc_matrix, csr_matrix


@dataclass(frozen=True, eq=False)
class Load:
    """What acts on a sheet besides itself.

    fixed: Vertices that are held, shape (V,), bool. support: What it lies on. gravity: [m/s2], downwards. hung_n_m: How stiffly each vertex
    is held at a height, as by a stylist's clip [N/m], shape (V,), or None. heights: Those heights [m], shape (V,).
    """

    fixed: np.ndarray
    support: Support | None = None
    gravity: float = GRAVITY
    hung_n_m: np.ndarray | None = None
    heights: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Instant:
    """What stays the same while a step is searched for: where it starts, what curvature adds to the metric there, and what holds.

    x: Positions [m], shape (V, 3). contact: With the support. hold: Friction times normal force [N], (V,). slipped: How far each vertex
    slipped in the step before [m], (V,). layers: With itself, or None.
    """

    x: np.ndarray
    bulge: np.ndarray
    contact: Contact
    hold: np.ndarray
    slipped: np.ndarray
    layers: Layers | None


class Energy:
    """The energy of a sheet under a load: stretch, bending, weight, contact, and the work against friction since a step's start."""

    def __init__(self, sheet: Sheet, load: Load) -> None:
        self.sheet, self.load = sheet, load
        self._patches = patches(sheet)
        self._bending = bending_matrix(sheet, self._patches)
        self._weight = np.zeros((sheet.vertex_count, 3))
        self._weight[:, 2] = -load.gravity * sheet.masses
        self._pattern = _Pattern(sheet, self._bending)

    def under(self, load: Load) -> Energy:
        """The same sheet under another load of the same gravity."""
        other = copy.copy(self)
        other.load = load
        return other

    def touch(self, x: np.ndarray, near: np.ndarray) -> Contact:
        """Contact with the support; only the vertices ``near`` (V,), bool, can touch."""
        support = self.load.support
        return Contact(np.zeros(len(x)), np.zeros_like(x)) if support is None else support.touch(x, near)

    def instant(self, x: np.ndarray, contact: Contact, slipped: np.ndarray, layers: Layers | None) -> Instant:
        """The start of a step."""
        support = self.load.support
        hold = (0.0 if support is None else support.friction) * STIFFNESS_PA_M * self.sheet.vertex_areas * contact.depth
        return Instant(x, self._patches.bulge(x, face_normals(x, self.sheet.faces)), contact, hold, slipped, layers)

    def value(self, start: Instant, x: np.ndarray, contact: Contact) -> float:
        """The energy at positions x [J]. contact: The contact there."""
        bent = 0.5 * float((x * (self._bending @ x)).sum())
        pushed = push_energy(contact, self.sheet.vertex_areas)
        rubbed = friction_energy(tangential(x - start.x, start.contact.outward), start.hold)
        layers = 0.0 if start.layers is None else start.layers.energy(x)
        if self.load.hung_n_m is not None:
            pushed += 0.5 * float(self.load.hung_n_m @ (x[:, 2] - self.load.heights) ** 2)
        return membrane.energy(self.sheet, x, start.bulge) + bent - float((self._weight * x).sum()) + pushed + rubbed + layers

    def derivatives(self, start: Instant) -> tuple[np.ndarray, csc_matrix]:
        """Gradient [N], shape (V, 3), and positive semi-definite Hessian [N/m], shape (3 V, 3 V), at the start of a step."""
        sheet, x = self.sheet, start.x
        state = membrane.stretch(sheet, x, start.bulge)
        weighted = sheet.areas[:, None, None] * sheet.gradients
        corner = np.einsum("fck,fkd->fcd", weighted, membrane.forces(sheet, state))
        pushed, push_block = push(start.contact, sheet.vertex_areas)
        rub_block = hold_of_friction(start.slipped, start.contact.outward, start.hold)
        gradient = self._bending @ x - self._weight + pushed
        for axis in range(3):
            gradient[:, axis] += np.bincount(sheet.faces.ravel(), corner[:, :, axis].ravel(), minlength=len(x))
        blocks = np.einsum("fak,fbm,fkmij->fabij", weighted, sheet.gradients, membrane.hessians(sheet, state), optimize=True)
        own = push_block + rub_block
        if self.load.hung_n_m is not None:
            gradient[:, 2] += self.load.hung_n_m * (x[:, 2] - self.load.heights)
            own[:, 2, 2] += self.load.hung_n_m
        hessian = self._pattern.matrix(blocks, own)
        if start.layers is not None:
            between, more = start.layers.derivatives(x)
            gradient, hessian = gradient + between, hessian + more
        return gradient, hessian.tocsc()


class _Pattern:
    """Where the entries of the Hessian go: a triangle's corners and its neighbours' far corners, always the same."""

    def __init__(self, sheet: Sheet, bending: csr_matrix) -> None:
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
        bent = bending.tocoo()
        places = np.searchsorted(keys, bent.row.astype(np.int64) * count + bent.col)
        self._bending = np.bincount(places, bent.data, minlength=len(keys))

    def matrix(self, blocks: np.ndarray, diagonal: np.ndarray) -> csr_matrix:
        """Membrane blocks (F, 3, 3, 3, 3), bending, and the vertices' own blocks (V, 3, 3), as one matrix."""
        from scipy.sparse import bsr_matrix

        data = np.zeros((len(self._indices), 3, 3))
        for i in range(3):
            for j in range(3):
                data[:, i, j] = np.bincount(self._faces, blocks[..., i, j].ravel(), minlength=len(self._indices))
            data[:, i, i] += self._bending
        data[self._diagonal] += diagonal
        return bsr_matrix((data, self._indices, self._indptr), shape=(3 * self._count,) * 2).tocsr()
