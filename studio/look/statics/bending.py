"""Bending of cloth that keeps its lengths: a quadratic energy with its own rigidity along weft and warp.

Where a flat sheet is bent without stretching, the second derivatives of its positions are normal to it and as long as its curvatures
(Bergou, Wardetzky, Harmon, Zorin, Grinspun, "A Quadratic Bending Model for Inextensible Surfaces", SGP 2006): an orthotropic plate's energy

    1/2 integral of B_weft |x_uu|^2 + B_warp |x_vv|^2 + 2 sqrt(B_weft B_warp) |x_uv|^2

is quadratic in the positions, and its matrix constant. Second derivatives on a triangle are those of the quadratic through its own
corners and the far corners of its neighbours, unfolded into its plane (the rotation-free triangle of Onate and Cervera, "Derivation
of thin plate bending elements with one degree of freedom per node", Engineering Computations 1993): exact for constant curvature on any
mesh. A triangle at a hem lacks a neighbour and takes the curvature of those it has: left free, a strip of ten rows would lose a tenth of
its rigidity across.

The same quadratic tells how much longer cloth is than the flat triangles that stand for it: without that, triangles that are not much
smaller than a fold's radius resist it as if the cloth were stiffer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from studio.look.statics.sheet import Sheet

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Weight of the energy against meeting the six points: small enough to meet them to a millionth, large enough to choose beyond hems.
_LEAST = 1e-6
#: Most that curvature may add to a triangle's metric: beyond it the triangle is folded over, and the quadratic says nothing.
_MOST = 0.3


@dataclass(frozen=True, eq=False)
class Patches:
    """The quadratic through every triangle and its neighbours.

    second: Takes vertex values to their second derivatives uu, vv, uv on every triangle [1/m2], shape (3 F, V), three rows for each.
    edges: The triangles' edges on the rest shape [m], shape (F, 3, 2).
    """

    second: csr_matrix
    edges: np.ndarray

    def bulge(self, x: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """What a flat triangle's metric lacks because its edges are chords of a curved cloth: of uu, vv and uv, shape (F, 3).

        A chord of length L and curvature k is shorter than its arc by ``k^2 L^3 / 24``; three edges make a metric.
        x: Positions [m], shape (V, 3). normals: Of the triangles, unit, shape (F, 3).
        """
        curvature = np.einsum("fmd,fd->fm", (self.second @ x).reshape(-1, 3, 3), normals)
        sagitta = np.einsum("fem,fm->fe", self._along, curvature)
        lack = np.einsum("fme,fe->fm", self._metric, sagitta**2 / 12)
        return lack * np.minimum(1.0, _MOST / np.maximum(np.abs(lack[:, 0]) + np.abs(lack[:, 1]), 1e-12))[:, None]

    @cached_property
    def _along(self) -> np.ndarray:
        """What a symmetric tensor of components uu, vv, uv gives along each edge, shape (F, 3, 3)."""
        u, v = self.edges[..., 0], self.edges[..., 1]
        return np.stack([u**2, v**2, 2 * u * v], axis=2)

    @cached_property
    def _metric(self) -> np.ndarray:
        """The other way: the tensor whose values along the edges are given, shape (F, 3, 3)."""
        return np.linalg.inv(self._along)


def patches(sheet: Sheet) -> Patches:
    """The patches of a sheet."""
    from scipy.sparse import csr_matrix

    corners, places = _patches(sheet)
    size = np.sqrt(sheet.areas)[:, None, None]
    known = corners >= 0
    weights = _quadratics((places - places[:, :1]) / size, known, sheet)[:, 3:] / size**2
    columns = np.broadcast_to(np.maximum(corners, 0)[:, None, :], weights.shape)
    rows = np.arange(0, weights.size + 1, 6)
    own = csr_matrix((weights.ravel(), columns.ravel(), rows), shape=(3 * len(corners), sheet.vertex_count))
    return Patches((_carried_over(sheet, known.all(axis=1)) @ own).tocsr(), np.roll(sheet.rest, -1, axis=1) - sheet.rest)


def bending_matrix(sheet: Sheet, patches: Patches) -> csr_matrix:
    """The matrix K of the energy ``1/2 sum over axes of x' K x`` [N/m], shape (V, V), positive semi-definite."""
    from scipy.sparse import diags

    material = sheet.material
    twist = 2 * np.sqrt(material.bend_weft_n_m * material.bend_warp_n_m)
    rigidity = sheet.areas[:, None] * np.stack([material.bend_weft_n_m, material.bend_warp_n_m, twist], axis=1)
    return (patches.second.T @ diags(rigidity.ravel()) @ patches.second).tocsr()


def _carried_over(sheet: Sheet, whole: np.ndarray) -> csr_matrix:
    """The matrix that gives triangles at a hem the mean second derivatives of their whole neighbours, shape (3 F, 3 F).

    whole: Which triangles have all their neighbours, shape (F,), bool. What has no whole neighbour keeps what costs least.
    """
    from scipy.sparse import csr_matrix, diags, identity, kron

    count = len(whole)
    sides = np.sort(sheet.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, edge = np.unique(sides, axis=0, return_inverse=True)
    on_edge = csr_matrix((np.ones(3 * count), (np.repeat(np.arange(count), 3), edge.ravel())))
    beside = (on_edge @ on_edge.T - 3 * identity(count)) @ diags(whole.astype(float))
    neighbours = np.asarray(beside.sum(axis=1)).ravel()
    lent = ~whole & (neighbours > 0)
    mean = diags(np.where(lent, 1 / np.maximum(neighbours, 1), 0.0)) @ beside
    return kron(mean + diags((~lent).astype(float)), identity(3)).tocsr()


def _patches(sheet: Sheet) -> tuple[np.ndarray, np.ndarray]:
    """Each triangle's corners and its neighbours' far corners (-1 beyond a hem), (F, 6), and where they lie in its plane, (F, 6, 2)."""
    faces, rest = sheet.faces, sheet.rest
    count = len(faces)
    corners = np.concatenate([faces, np.full((count, 3), -1)], axis=1)
    places = np.concatenate([rest, np.zeros((count, 3, 2))], axis=1)
    sides = {}
    for face, triangle in enumerate(faces.tolist()):
        for k in range(3):
            sides[triangle[k], triangle[(k + 1) % 3]] = face, k
    for a, b in sheet.creases.tolist():
        sides.pop((a, b), None), sides.pop((b, a), None)
    for (a, b), (face, k) in sides.items():
        if (b, a) in sides:
            other, m = sides[b, a]
            far = (m + 2) % 3
            corners[face, 3 + k] = faces[other, far]
            places[face, 3 + k] = _unfolded(rest[other], m, rest[face, k], rest[face, (k + 1) % 3])
    return corners, places


def _unfolded(triangle: np.ndarray, side: int, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The far corner of a neighbour that shares the side from ``start`` to ``end``, laid beside it, shape (2,)."""
    a, b, far = triangle[(side + 1) % 3], triangle[side], triangle[(side + 2) % 3]  # the neighbour runs along it the other way
    along, own = b - a, end - start
    length = np.linalg.norm(along)
    t = (far - a) @ along / length**2
    height = (along[0] * (far - a)[1] - along[1] * (far - a)[0]) / length
    across = np.array([-own[1], own[0]]) / np.linalg.norm(own)
    return start + t * own + height * across


def _quadratics(places: np.ndarray, known: np.ndarray, sheet: Sheet) -> np.ndarray:
    """Weights of the six corners in the coefficients of 1, u, v, u^2/2, v^2/2, uv, on places of about unit size, shape (F, 6, 6)."""
    u, v = places[..., 0], places[..., 1]
    quadratic = np.stack([np.ones_like(u), u, v, u**2 / 2, v**2 / 2, u * v], axis=2) * known[..., None]
    material = sheet.material
    stiff = np.stack([material.bend_weft_n_m, material.bend_warp_n_m, 2 * np.sqrt(material.bend_weft_n_m * material.bend_warp_n_m)], axis=1)
    cost = np.zeros((len(places), 6, 6))
    cost[:, [3, 4, 5], [3, 4, 5]] = _LEAST * stiff / stiff.max(axis=1, keepdims=True)
    normal = np.einsum("fck,fcm->fkm", quadratic, quadratic) + cost
    return np.linalg.solve(normal, np.swapaxes(quadratic, 1, 2))
