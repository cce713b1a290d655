"""Patterns to triangle meshes of near-uniform edge length, with the seams as vertex pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from studio.errors import StudioError
from studio.garment.pattern import Edge, EdgeRef, Panel, Pattern
from studio.garment.triangulate import triangulate

#: A finer mesh is a mistake in the unit, or more than a cloth simulation can carry.
_MAX_VERTICES = 500_000


@dataclass(frozen=True, eq=False)
class PatternMesh:
    """A pattern as triangles. All panels in one set of arrays, each in its own panel coordinates (they overlap each other).

    flat_m: Vertices in panel coordinates [m], shape (V, 2), float64.
    faces: Vertex indices, counter-clockwise as seen from outside the garment, shape (F, 3), int64.
    panel: Index into ``panel_names`` per face, shape (F,), int64.
    vertex_panel: The same per vertex, shape (V,), int64.
    panel_names: Names of the panels, in the pattern's order.
    edges: (panel, edge) -> vertex indices in order along the edge, ends included, int64; read-only.
    seam_pairs: Vertex pairs that are to be sewn, shape (S, 2), int64.
    seam_index: Index of the pattern's seam per pair, shape (S,), int64.
    """

    flat_m: np.ndarray
    faces: np.ndarray
    panel: np.ndarray
    vertex_panel: np.ndarray
    panel_names: tuple[str, ...]
    edges: Mapping[EdgeRef, np.ndarray]
    seam_pairs: np.ndarray
    seam_index: np.ndarray

    @cached_property
    def springs(self) -> np.ndarray:
        """All edges of the triangles, each once with the smaller index first, shape (E, 2), int64."""
        sides = self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
        return np.unique(np.sort(sides, axis=1), axis=0)

    @cached_property
    def spring_lengths_m(self) -> np.ndarray:
        """Lengths of ``springs`` in the flat pattern [m], shape (E,), float64."""
        ends = self.flat_m[self.springs]
        return np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)

    @cached_property
    def areas_m2(self) -> np.ndarray:
        """Areas of the triangles in the flat pattern [m2], shape (F,), float64."""
        a, b, c = (self.flat_m[self.faces[:, k]] for k in range(3))
        return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])

    def part(self, vertices: np.ndarray) -> tuple[PatternMesh, np.ndarray]:
        """What lies between some vertices (V,), bool, as a mesh of its own, and its vertices' numbers in this one, shape (V',)."""
        index, number = np.flatnonzero(vertices), np.cumsum(vertices) - 1
        faces, seams = vertices[self.faces].all(axis=1), vertices[self.seam_pairs].all(axis=1)
        edges = {name: number[edge] for name, edge in self.edges.items() if vertices[edge].all()}
        part = PatternMesh(
            self.flat_m[index], number[self.faces[faces]], self.panel[faces], self.vertex_panel[index], self.panel_names,
            MappingProxyType(edges), number[self.seam_pairs[seams]], self.seam_index[seams],
        )  # fmt: skip
        return part, index


def mesh_pattern(pattern: Pattern, *, edge_length_m: float) -> PatternMesh:
    """Triangulate all panels with edges of about ``edge_length_m``. Deterministic.

    The two sides of a seam get the same number of vertices, at equal distances along each, and are paired by the pattern's rule
    (start to end; right side to wrong side: start to start). Raises StudioError for an edge length that no panel can carry, or a panel
    too narrow for it.
    """
    if not 0.001 <= edge_length_m <= 0.1:
        raise StudioError(f"A pattern is meshed with edges of 1 to 100 mm, and {edge_length_m * 1000:g} mm were asked for.")
    step_cm = edge_length_m * 100
    expected = sum(panel.area_cm2(step_cm) for panel in pattern.panels) / (step_cm**2 * math.sqrt(3) / 2)
    if expected > _MAX_VERTICES:
        raise StudioError(f"Edges of {edge_length_m * 1000:g} mm would give the pattern '{pattern.name}' {expected:,.0f} vertices; "
                          f"at most {_MAX_VERTICES:,} are made: ask for longer edges.")  # fmt: skip
    counts = _edge_counts(pattern, step_cm)
    flat, faces, panel_of_face, panel_of_vertex = [], [], [], []
    edges: dict[EdgeRef, np.ndarray] = {}
    offset = 0
    for index, panel in enumerate(pattern.panels):
        points, triangles, local = _mesh_panel(panel, counts, step_cm)
        flat.append(points / 100)
        faces.append(triangles + offset)
        panel_of_face.append(np.full(len(triangles), index, dtype=np.int64))
        panel_of_vertex.append(np.full(len(points), index, dtype=np.int64))
        edges.update({(panel.name, name): indices + offset for name, indices in local.items()})
        offset += len(points)
    pairs, seam_index = _seam_pairs(pattern, edges)
    arrays = [np.concatenate(part) for part in (flat, faces, panel_of_face, panel_of_vertex)]
    for array in (*arrays, pairs, seam_index, *edges.values()):
        array.setflags(write=False)
    return PatternMesh(*arrays, tuple(panel.name for panel in pattern.panels), MappingProxyType(edges), pairs, seam_index)


def weld(mesh: PatternMesh) -> np.ndarray:
    """Welded vertex index per vertex, shape (V,), int64: vertices that the seams join get one index.

    Welded indices are numbered by the first vertex of each group, so ``np.unique(weld(m), return_index=True)[1]`` picks one
    representative each.
    """
    parent = np.arange(len(mesh.flat_m))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in mesh.seam_pairs:
        ra, rb = root(int(a)), root(int(b))
        parent[max(ra, rb)] = min(ra, rb)
    roots = np.array([root(i) for i in range(len(parent))])
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _edge_counts(pattern: Pattern, step_cm: float) -> dict[EdgeRef, int]:
    """How many steps each edge is cut into; equal on both sides of a seam."""
    counts = {
        (panel.name, edge.name): max(1, round(edge.length / step_cm)) for panel in pattern.panels for edge in panel.edges
    }  # fmt: skip
    for seam, a, b in pattern.seam_lengths():
        counts[seam.a] = counts[seam.b] = max(1, round((a + b) / 2 / step_cm))
    return counts


def _mesh_panel(panel: Panel, counts: dict[EdgeRef, int], step_cm: float) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Vertices [cm], triangles, and vertex indices per edge of one panel; boundary vertices come first."""
    loops, local, start = [], {}, 0
    for loop in (panel.outline, *panel.holes):
        points, indices = _boundary(loop, panel.name, counts, start)
        loops.append(points)
        local.update(indices)
        start += len(points)
    boundary = np.concatenate(loops)
    segments = np.concatenate([_ring(len(points)) + s for points, s in zip(loops, _starts(loops), strict=True)])
    points, triangles = triangulate(boundary, segments, holes=len(panel.holes), edge_length=step_cm, name=panel.name)
    return points, triangles, local


def _boundary(loop: tuple[Edge, ...], panel: str, counts: dict[EdgeRef, int], start: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    parts, spans, total = [], {}, 0
    for edge in loop:
        count = counts[panel, edge.name]
        parts.append(edge.sample(count)[:-1])
        spans[edge.name] = (total, count)
        total += count
    if total < 3:
        raise StudioError(f"The panel '{panel}' is too small for edges of this length; ask for shorter ones.")
    indices = {name: start + (np.arange(first, first + count + 1) % total) for name, (first, count) in spans.items()}
    return np.concatenate(parts), {name: array.astype(np.int64) for name, array in indices.items()}


def _ring(count: int) -> np.ndarray:
    return np.stack([np.arange(count), (np.arange(count) + 1) % count], axis=1)


def _starts(loops: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum([len(points) for points in loops])[:-1]]).astype(np.int64)


def _seam_pairs(pattern: Pattern, edges: dict[EdgeRef, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices to be joined, start of a to end of b, or to start of b right side to wrong; a shared vertex (a dart's tip) makes no pair."""
    pairs, index = [], []
    for k, seam in enumerate(pattern.seams):
        both = np.stack([edges[seam.a], edges[seam.b] if seam.right_wrong else edges[seam.b][::-1]], axis=1)
        both = both[both[:, 0] != both[:, 1]]
        pairs.append(both)
        index.append(np.full(len(both), k, dtype=np.int64))
    if not pairs:
        return np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(pairs).astype(np.int64), np.concatenate(index)
