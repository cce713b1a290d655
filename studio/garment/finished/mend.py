"""Meshes of others, mended where that is safe, and refused where it is not.

What is done is told in remarks: vertices that are the same are joined, triangles without an area and copies of triangles go, sheets that
meet three at an edge are cut apart there, and triangles that face the other way than their neighbours are turned; a part that then
faces inward is turned as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError
from studio.mesh.normals import face_areas, face_normals

#: More than this is a scene or a scan rather than a garment: game garments have 5,000 to 50,000 triangles, exports of CLO up to 500,000.
MAX_TRIANGLES = 1_000_000
#: Vertices nearer to each other than this share of the mesh's extent are one: rounding of exporters.
_SAME = 1e-6
#: A mesh of which more than these shares are damaged is not mended: vertices that are not finite, triangles where three sheets meet.
_MAX_BROKEN, _MAX_SHARED = 0.01, 0.25
#: A part is inside out when it encloses this share of what a sphere of its area would, the wrong way round. Flat parts enclose nothing.
_ENCLOSES = 0.02


@dataclass(frozen=True, eq=False)
class GarmentMesh:
    """A garment's mesh after mending.

    vertices: Shape (V, 3), float64. faces: Outward, shape (F, 3), int64. part: Of one material each, shape (F,), int32.
    corner_uv: Shape (F, 3, 2), or None. source: The file's vertex of each vertex, shape (V,), int64.
    """

    vertices: np.ndarray
    faces: np.ndarray
    part: np.ndarray
    corner_uv: np.ndarray | None
    source: np.ndarray

    def of_faces(self, keep: np.ndarray) -> GarmentMesh:
        """The mesh of some faces alone, a mask or numbers, (F,)."""
        return replace(
            self, faces=self.faces[keep], part=self.part[keep], corner_uv=None if self.corner_uv is None else self.corner_uv[keep]
        )

    def without_loose_vertices(self) -> GarmentMesh:
        """The mesh of the vertices that its faces use."""
        used, faces = np.unique(self.faces, return_inverse=True)
        return replace(self, vertices=self.vertices[used], faces=faces.reshape(-1, 3), source=self.source[used])

    def turned(self, flip: np.ndarray) -> GarmentMesh:
        """The mesh with some of its faces turned over, a mask (F,)."""
        faces = np.where(flip[:, None], self.faces[:, ::-1], self.faces)
        uv = None if self.corner_uv is None else np.where(flip[:, None, None], self.corner_uv[:, ::-1], self.corner_uv)
        return replace(self, faces=faces, corner_uv=uv)


def mend(
    points: np.ndarray, faces: np.ndarray, part: np.ndarray, corner_uv: np.ndarray | None, *, name: str
) -> tuple[GarmentMesh, tuple[str, ...]]:
    """Mend a mesh. name: Of its file, for messages. Returns it with what was done; raises StudioError where it is beyond that."""
    if len(faces) > MAX_TRIANGLES:
        raise StudioError(f"{name} has {len(faces):,} triangles, and a garment {MAX_TRIANGLES:,} at most: thin it out first.")
    mesh = GarmentMesh(points, faces, part, corner_uv, np.arange(len(points)))
    remarks: list[str] = []
    mesh = _finite(mesh, name, remarks)
    mesh = _joined(mesh, remarks)
    mesh = _without_copies(mesh, name, remarks)
    mesh = _cut_apart(mesh, name, remarks)
    return _facing_outward(mesh.without_loose_vertices(), remarks), tuple(remarks)


def parts_of(faces: np.ndarray, count: int) -> np.ndarray:
    """The connected part that each of ``count`` vertices belongs to, shape (V,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    return connected_components(coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(count, count)), directed=False)[1]


def _finite(mesh: GarmentMesh, name: str, remarks: list[str]) -> GarmentMesh:
    good = np.isfinite(mesh.vertices).all(axis=1)
    broken = int((~good).sum())
    if broken > _MAX_BROKEN * len(good):
        raise StudioError(f"{name} has {broken:,} of {len(good):,} vertices that are not finite numbers; export it again.")
    whole = good[mesh.faces].all(axis=1)
    if mesh.corner_uv is not None:
        whole &= np.isfinite(mesh.corner_uv).all(axis=(1, 2))
    if broken or not whole.all():
        remarks.append(f"{(~whole).sum():,} triangles with numbers that are not finite were left out.")
    mesh = mesh.of_faces(whole)
    if not len(mesh.faces):
        raise StudioError(f"{name} has no triangle left whose numbers are finite; export it again.")
    return replace(mesh, vertices=np.where(good[:, None], mesh.vertices, 0.0))


def _joined(mesh: GarmentMesh, remarks: list[str]) -> GarmentMesh:
    """Vertices at one place as one: exporters split them where texture coordinates or normals break."""
    used = mesh.vertices[mesh.faces].reshape(-1, 3)
    step = max(float(np.ptp(used, axis=0).max()) * _SAME, 1e-300)
    _, first, inverse = np.unique(np.round(mesh.vertices / step).astype(np.float64), axis=0, return_index=True, return_inverse=True)
    same = len(mesh.vertices) - len(first)
    if not same:
        return mesh
    remarks.append(f"{same:,} vertices at the same place as another were joined.")
    return replace(mesh, vertices=mesh.vertices[first], faces=inverse.ravel()[mesh.faces], source=mesh.source[first])


def _without_copies(mesh: GarmentMesh, name: str, remarks: list[str]) -> GarmentMesh:
    a, b, c = mesh.faces.T
    thin = (a == b) | (b == c) | (c == a)
    lengths = np.linalg.norm(mesh.vertices[mesh.faces] - mesh.vertices[np.roll(mesh.faces, 1, axis=1)], axis=2).max(axis=1)
    thin |= face_areas(mesh.vertices, mesh.faces) <= 1e-9 * lengths**2
    _, first = np.unique(np.sort(mesh.faces, axis=1), axis=0, return_index=True)
    copies = np.ones(len(mesh.faces), bool)
    copies[first] = False
    if thin.any():
        remarks.append(f"{thin.sum():,} triangles without an area were left out.")
    if (copies & ~thin).any():
        remarks.append(f"{(copies & ~thin).sum():,} copies of triangles were left out.")
    mesh = mesh.of_faces(~(thin | copies))
    if not len(mesh.faces):
        raise StudioError(f"{name} has no triangle with an area; export it again.")
    return mesh


def _edges(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The number of the edge of each side (F, 3), how many faces each edge has, and whether a side runs from the lower vertex up."""
    start, stop = faces, np.roll(faces, -1, axis=1)
    keys = np.minimum(start, stop) * (int(faces.max()) + 1) + np.maximum(start, stop)
    _, edge, counts = np.unique(keys.ravel(), return_inverse=True, return_counts=True)
    return edge.reshape(-1, 3), counts, start < stop


def _cut_apart(mesh: GarmentMesh, name: str, remarks: list[str]) -> GarmentMesh:
    """Where more than two triangles meet at an edge, those beyond the first two get vertices of their own."""
    edge, counts, _ = _edges(mesh.faces)
    shared = int((counts > 2).sum())
    if not shared:
        return mesh
    touched = (counts[edge] > 2).any(axis=1).mean()
    if touched > _MAX_SHARED:
        raise StudioError(f"{name} has {touched:.0%} of its triangles where three sheets or more meet: it is no surface; export it again.")
    order = np.argsort(edge.ravel(), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    loose = (rank.reshape(-1, 3) >= 2).any(axis=1)
    remarks.append(f"{shared:,} edges where three sheets or more meet were cut apart.")
    faces, extra = mesh.faces.copy(), mesh.faces[loose]
    faces[loose] = len(mesh.vertices) + np.arange(extra.size).reshape(-1, 3)
    return replace(
        mesh, faces=faces, vertices=np.concatenate([mesh.vertices, mesh.vertices[extra.ravel()]]),
        source=np.concatenate([mesh.source, mesh.source[extra.ravel()]]),
    )  # fmt: skip


def _facing_outward(mesh: GarmentMesh, remarks: list[str]) -> GarmentMesh:
    flip = _against_neighbours(mesh.faces)
    if flip.any():
        remarks.append(f"{flip.sum():,} triangles faced the other way than their neighbours and were turned.")
    mesh = mesh.turned(flip)
    owner = parts_of(mesh.faces, len(mesh.vertices))[mesh.faces[:, 0]]
    normals, areas = face_normals(mesh.vertices, mesh.faces, normalized=False), face_areas(mesh.vertices, mesh.faces)
    middles = mesh.vertices[mesh.faces].mean(axis=1)
    area = np.maximum(np.bincount(owner, areas), 1e-300)
    centre = np.stack([np.bincount(owner, areas * middles[:, k]) / area for k in range(3)], axis=1)
    volume = np.bincount(owner, np.einsum("fd,fd->f", normals, middles - centre[owner]) / 6)
    inward = volume < -_ENCLOSES * area**1.5 / (6 * np.sqrt(np.pi))
    if inward.any():
        remarks.append(f"{inward.sum():,} of {len(area):,} parts were inside out and were turned.")
    return mesh.turned(inward[owner])


def _against_neighbours(faces: np.ndarray) -> np.ndarray:
    """Which faces to turn so that neighbours agree, shape (F,), bool: the fewer of the two ways for each connected part."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order, connected_components

    edge, counts, upward = _edges(faces)
    sides = np.argsort(edge.ravel(), kind="stable")
    inner = counts[edge.ravel()[sides]] == 2
    pairs = sides[inner].reshape(-1, 2)
    first, second = pairs[:, 0] // 3, pairs[:, 1] // 3
    against = upward.ravel()[pairs[:, 0]] == upward.ravel()[pairs[:, 1]]
    count = len(faces)
    if not against.any():
        return np.zeros(count, bool)
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(count, count)).tocsr()
    parity = {(a, b): c for a, b, c in zip(first.tolist(), second.tolist(), against.tolist(), strict=True)}
    _, owner = connected_components(graph, directed=False)
    flip = np.zeros(count, bool)
    for component in np.unique(owner[first[against]]):
        members = np.flatnonzero(owner == component)
        order, before = breadth_first_order(graph, members[0], directed=False)
        for face in order[1:].tolist():
            parent = int(before[face])
            flip[face] = flip[parent] ^ (parity[(parent, face)] if (parent, face) in parity else parity[(face, parent)])
        if flip[members].sum() * 2 > len(members):
            flip[members] = ~flip[members]
    return flip
