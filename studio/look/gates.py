"""Quality gates of a look, measured on the meshes that are rendered.

Penetration is looked for at the vertices and at points spread over every triangle, 2 mm apart at most, so a limb that pokes through
between vertices is found as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from studio.look.cloth import strain_along
from studio.look.finish import RenderMesh
from studio.look.obstacle import Obstacle, OuterBody, WornCloth
from studio.mesh.intersect import mesh_intersections, self_intersections

#: Deeper than this counts as penetration [m].
TOLERATED_M = 0.001
#: Distance between measuring points on a surface [m].
SAMPLING_M = 0.002
#: What is behind a garment by more than this is on its other side on purpose: an arm beside a skirt, the far half of the body [m].
_BEHIND_M = 0.02

#: The thresholds; those of crossing pairs and of strain depend on the garment and its solver (see `Allowed`).
LIMITS = {"penetrating_vertices": 0, "penetrating_samples": 0, "seam_gap_max_mm": 1.5, "settled_mm_per_frame": 0.5}

_UNITS = {"seam_gap_max_mm": " mm", "settled_mm_per_frame": " mm a frame"}
_SHARES = ("strain_p99", "bias_p99")
_WORDS = {
    "penetrating_vertices": "vertices inside the body or a garment below",
    "penetrating_samples": "surface points inside the body or a garment below",
    "intersecting_pairs": "pairs of triangles that cross",
    "seam_gap_max_mm": "the widest seam gap",
    "settled_mm_per_frame": "motion at the end",
    "strain_p99": "strain (99th percentile)",
    "bias_p99": "strain on the bias (99th percentile)",
}


@dataclass(frozen=True, kw_only=True)
class Gates:
    """What was measured on one look, over all its garments.

    penetrating_vertices, penetrating_samples: Vertices, and surface points, deeper than 1 mm in the body or behind a garment below.
    deepest_mm: The deepest of both, 0 where nothing is inside. intersecting_pairs: Triangles that cross and share no vertex, of one
    garment or of two. pairs_allowed: How many may be. seam_gap_max_mm: Largest gap that was left to be welded.
    settled_mm_per_frame: Mean motion of the vertices in the last frame of 31.6 ms, of the garment that moved most.
    strain_p99: Stretch less 1 along weft or warp, whichever is larger, 99th percentile by area, of the fabric, main or rib, that is
    stretched most against what it allows, which is strain_allowed. bias_p99: Likewise on the bias, of the garment that is stretched most
    there against what it allows, which is bias_allowed. tightest: Where cloth is stretched by more, in words, of the first that is.

    Threads and bias are told apart because cloth does: threads hardly give, while cloth that is pulled on the bias shears, which is how it
    takes a body's form. Pietroni et al. (Computational Pattern Making from 3D Garment Models, SIGGRAPH 2022) bound the threads as well.
    """

    penetrating_vertices: int
    penetrating_samples: int
    deepest_mm: float
    intersecting_pairs: int
    pairs_allowed: int
    seam_gap_max_mm: float
    settled_mm_per_frame: float
    strain_p99: float
    strain_allowed: float
    bias_p99: float
    bias_allowed: float
    tightest: str = ""

    @property
    def failures(self) -> tuple[str, ...]:
        """The gates that did not hold, each with what was found and what is allowed."""
        limits = {**LIMITS, "intersecting_pairs": self.pairs_allowed}
        limits |= {"strain_p99": self.strain_allowed, "bias_p99": self.bias_allowed}
        found = []
        for name, limit in limits.items():
            value = getattr(self, name)
            if not value <= limit:  # also where it is not a number
                shown = (f"{value:.1%}", f"{100 * limit:.2g}%") if name in _SHARES else (f"{value:g}", f"{limit:g}{_UNITS.get(name, '')}")
                where = f" at the {self.tightest}" if name == self._named and self.tightest else ""
                found.append(f"{_WORDS[name]}{where}: {shown[0]}, allowed {shown[1]}")
        return tuple(found)

    @property
    def stretched(self) -> bool:
        """Whether cloth is stretched by more than its fabric is worn at: a matter of size and cut."""
        return not (self.strain_p99 <= self.strain_allowed and self.bias_p99 <= self.bias_allowed)

    @property
    def _named(self) -> str:
        """Of which failure it is told where."""
        return "strain_p99" if not self.strain_p99 <= self.strain_allowed else "bias_p99"

    @property
    def passed(self) -> bool:
        """Whether every gate held."""
        return not self.failures


@dataclass(frozen=True)
class Allowed:
    """What one garment may have: crossing pairs of triangles, and strain at the 99th percentile of the threads of its main fabric, of those
    of its ribs, and on the bias."""

    pairs: int
    strain: float
    rib_strain: float
    bias: float


@dataclass(frozen=True, eq=False)
class Measured:
    """One garment and what its making left: seam gap that was welded [m], motion in the last frame [mm].

    grain_m: Its triangles' flat corners with the warp along y [m], shape (F, 3, 2). allowed: See `Solver.allowed`. ribs: Of rib knit.
    """

    mesh: RenderMesh
    grain_m: np.ndarray
    seam_gap_max_m: float
    motion_mm: float
    allowed: Allowed
    ribs: tuple[int, ...] = ()

    @cached_property
    def strain(self) -> tuple[np.ndarray, np.ndarray]:
        """Strain of each triangle along its threads, the larger, and on the bias, shape (F,) each."""
        found = strain_along(self.mesh.vertices[self.mesh.faces], self.grain_m)
        return found[:, :2].max(axis=1), found[:, 2]

    def strains(self) -> list[tuple[float, float]]:
        """Strain of the main fabric's threads and, where there are any, of the ribs', each with what is allowed."""
        ribbed = np.isin(self.mesh.panel, self.ribs)
        parts = [(~ribbed, self.allowed.strain), (ribbed, self.allowed.rib_strain)]
        return [(percentile(self.strain[0][faces], self.grain_m[faces]), allowed) for faces, allowed in parts if faces.any()]

    def on_the_bias(self) -> tuple[float, float]:
        """Strain of the main fabric on the bias, and what is allowed."""
        main = ~np.isin(self.mesh.panel, self.ribs)
        return percentile(self.strain[1][main], self.grain_m[main]), self.allowed.bias


def measure_gates(body_vertices: np.ndarray, body_faces: np.ndarray, garments: Sequence[Measured]) -> Gates:
    """Measure a look: the posed body (vertices (V, 3) [m], faces (F, 3)) and its garments, innermost first."""
    body = OuterBody(body_vertices, body_faces)
    inside_vertices = inside_samples = pairs = 0
    deepest = 0.0
    worn: list[Measured] = []
    for garment in garments:
        mesh = garment.mesh
        below: list[Obstacle] = [body, *(WornCloth(other.mesh.vertices, other.mesh.faces) for other in worn)]
        depth = _depth(mesh.vertices, below)
        samples = _depth(surface_samples(mesh.vertices, mesh.faces), below)
        inside_vertices += int((depth > TOLERATED_M).sum())
        inside_samples += int((samples > TOLERATED_M).sum())
        deepest = max(deepest, depth.max(), samples.max())
        pairs += len(self_intersections(mesh.vertices, mesh.faces))
        pairs += sum(len(mesh_intersections(mesh.vertices, mesh.faces, other.mesh.vertices, other.mesh.faces)) for other in worn)
        worn.append(garment)
    strain, allowed = max((pair for garment in garments for pair in garment.strains()), key=lambda pair: pair[0] / pair[1])
    bias, bias_allowed = max((garment.on_the_bias() for garment in garments), key=lambda pair: pair[0] / pair[1])
    return Gates(
        penetrating_vertices=inside_vertices,
        penetrating_samples=inside_samples,
        deepest_mm=1000 * float(deepest),
        intersecting_pairs=pairs,
        pairs_allowed=sum(garment.allowed.pairs for garment in garments),
        seam_gap_max_mm=1000 * max(garment.seam_gap_max_m for garment in garments),
        settled_mm_per_frame=max(garment.motion_mm for garment in garments),
        strain_p99=strain,
        strain_allowed=allowed,
        bias_p99=bias,
        bias_allowed=bias_allowed,
    )


def percentile(values: np.ndarray, flat_m: np.ndarray, percent: float = 99.0) -> float:
    """What ``percent`` of the flat area of triangles stays at or below. values: Shape (F,). flat_m: Their flat corners, (F, 3, 2)."""
    u, v = flat_m[:, 1] - flat_m[:, 0], flat_m[:, 2] - flat_m[:, 0]
    area = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    order = np.argsort(values)
    share = np.cumsum(area[order]) / area.sum()
    return float(values[order[np.searchsorted(share, percent / 100)]])


def surface_samples(vertices: np.ndarray, faces: np.ndarray, *, spacing_m: float = SAMPLING_M) -> np.ndarray:
    """Points inside every triangle, on a barycentric grid no wider than ``spacing_m``, shape (N, 3)."""
    corners = vertices[faces]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    steps = np.maximum(np.ceil(longest / spacing_m).astype(int), 1)
    found = []
    for n in np.unique(steps):
        i, j = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
        inside = i + j < n
        u, v = (i[inside] + 1 / 3) / n, (j[inside] + 1 / 3) / n  # centres of the upright small triangles
        weights = np.stack([1 - u - v, u, v], axis=1)
        found.append(np.einsum("sk,fkd->fsd", weights, corners[steps == n]).reshape(-1, 3))
    return np.concatenate(found)


def _depth(points: np.ndarray, obstacles: Sequence[Obstacle]) -> np.ndarray:
    """How deep points are inside the deepest obstacle [m], 0 outside, shape (N,)."""
    depth = np.zeros(len(points))
    for index, obstacle in enumerate(obstacles):
        inside = -obstacle.closest(points)[0]
        if index > 0:
            inside[inside > _BEHIND_M] = 0.0
        depth = np.maximum(depth, inside)
    return depth
