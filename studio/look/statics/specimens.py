"""Specimens of textile laboratories: strips, discs and tubes of plain cloth, and what is read off them.

Cantilever: ASTM D1388, Peirce ("The handle of cloth as a measurable quantity", J. Textile Institute 1930). Drape: Cusick, 30 cm on an 18 cm
disc (BS 5058, ISO 9073-9).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.look.statics.contact import Support
from studio.look.statics.energy import Energy, Load
from studio.look.statics.equilibrium import find_equilibrium
from studio.look.statics.sheet import Material, Sheet

#: Radii of the drape tester [m].
_SPECIMEN_M, _SUPPORT_M = 0.15, 0.09
#: Half the height of a row of equilateral triangles, in edges: the last held row bends as well, about its middle, so what is held has to
#: reach that much farther.
_HALF_ROW = 0.433
#: Stiffness of the specimens whose bending is read [N/m]: a firm woven cloth's, which a strip's own weight stretches by a thousandth.
_FIRM_N_M, _FIRM_SHEAR_N_M = 2000.0, 500.0
#: A drape starts from folds of this height [m], of this many on the rim: cloth that is laid on the disc by hand is not flat.
_WAVES_M, _WAVES = 0.004, range(3, 9)


def plain(
    points: np.ndarray, faces: np.ndarray, *, weft: float, warp: float, shear: float, bending: float, mass: float,
    bend_warp: float | None = None, welded: np.ndarray | None = None,
) -> Sheet:  # fmt: skip
    """A sheet of one cloth from flat points (N, 2) [m] and faces (F, 3); ``welded`` (N,) numbers the points that are one vertex."""
    corners = faces if welded is None else welded[faces]
    values = (weft, warp, shear, bending, bending if bend_warp is None else bend_warp, mass)
    material = Material(*(np.full(len(faces), float(value)) for value in values))
    return Sheet(int(corners.max()) + 1, corners.astype(np.int64), points[faces], material)


def strip(length_m: float, width_m: float, edge_m: float, *, behind: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A strip along x from 0 to ``length_m``, with ``behind`` further columns before 0: points (N, 2) and faces (F, 3)."""
    columns, rows = max(1, round(length_m / edge_m)), max(1, round(width_m / (edge_m * 0.866)))
    step, height = length_m / columns, width_m / rows
    points = []
    for row in range(rows + 1):
        inner = (
            np.arange(-behind, columns + 1.0) if row % 2 == 0 else np.concatenate([[-behind], np.arange(-behind, columns) + 0.5, [columns]])
        )
        points += [(x * step, row * height) for x in inner]
    return triangulated(np.array(points))


def disc(radius_m: float, ring_m: float | None, edge_m: float) -> tuple[np.ndarray, np.ndarray]:
    """A disc, with vertices on a circle inside it where a support's edge lies: points (N, 2) and faces (F, 3)."""
    reach = int(radius_m / edge_m) + 2
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
    grid = np.stack([(i + 0.5 * (j % 2)).ravel(), 0.866 * j.ravel()], axis=1) * edge_m
    rings = [radius_m] if ring_m is None else [radius_m, ring_m]
    far = np.linalg.norm(grid, axis=1)
    keep = far < radius_m - 0.55 * edge_m
    for ring in rings[1:]:
        keep &= np.abs(far - ring) > 0.5 * edge_m
    parts = [grid[keep]]
    for ring in rings:
        angle = np.linspace(0, 2 * np.pi, round(2 * np.pi * ring / edge_m), endpoint=False)
        parts.append(ring * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return triangulated(np.concatenate(parts))


def tube(radius_m: float, length_m: float, edge_m: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A tube round the z axis: flat points (N, 2), faces, the vertex of each point (N,), and the vertices in place (V, 3)."""
    points, faces = strip(2 * np.pi * radius_m, length_m, edge_m)
    start, end = (np.flatnonzero(np.abs(points[:, 0] - x) < 1e-9) for x in (0.0, 2 * np.pi * radius_m))
    vertex = np.arange(len(points))
    vertex[end[np.argsort(points[end, 1])]] = start[np.argsort(points[start, 1])]
    _, first, vertex = np.unique(vertex, return_index=True, return_inverse=True)
    angle, height = points[first, 0] / radius_m, points[first, 1] - length_m / 2
    return points, faces, vertex, np.stack([radius_m * np.cos(angle), radius_m * np.sin(angle), height], axis=1)


def triangulated(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 2) and the counter-clockwise triangles of their convex hull, (F, 3)."""
    from scipy.spatial import Delaunay

    faces = Delaunay(points).simplices
    one, two = points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    faces = np.where((area < 0)[:, None], faces[:, ::-1], faces)
    return points, faces[np.abs(area) > 1e-6 * np.abs(area).max()]


def cantilever_angle_deg(overhang_m: float, rigidity_n_m: float, mass_kg_m2: float, edge_m: float, *, width_m: float = 0.025) -> float:
    """The angle below level of the line from an edge to the tip of a strip that hangs over it.

    The last held row of triangles bends as well, about its middle: the overhang is counted from there.
    """
    columns = max(2, round(overhang_m / edge_m - 0.5))
    step = overhang_m / (columns + 0.5)
    points, faces = strip(columns * step, width_m, step, behind=3)
    sheet = plain(points, faces, weft=_FIRM_N_M, warp=_FIRM_N_M, shear=_FIRM_SHEAR_N_M, bending=rigidity_n_m, mass=mass_kg_m2)
    start = np.stack([points[:, 0], points[:, 1], np.zeros(len(points))], axis=1)
    rest = find_equilibrium(Energy(sheet, Load(points[:, 0] <= 1e-9)), start, most=200, rest_m=1e-5)
    tip = rest.x[points[:, 0] > columns * step - 1e-9].mean(axis=0)
    return float(np.degrees(np.arctan2(-tip[2], tip[0] + step / 2)))


@dataclass(frozen=True)
class Cylinder:
    """An obstacle: a cylinder round the z axis, of a radius in metres."""

    radius_m: float

    def closest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `Obstacle.closest`."""
        offset = points * [1.0, 1.0, 0.0]
        length = np.linalg.norm(offset, axis=1)
        return length - self.radius_m, offset / length[:, None]


def sleeve_pressure_pa(radius_m: float, narrow: float, modulus_n_m: float, edge_m: float) -> tuple[float, float]:
    """Pressure of a sleeve on a cylinder that it is too narrow for by a share: as found, and its tension over its radius [Pa].

    Laplace's law, P = T / R. The middle half of the sleeve counts; gravity is off.
    """
    standoff = 0.002
    points, faces, vertex, x = tube(radius_m + standoff, 0.12, edge_m)
    sheet = plain(
        points * [1 - narrow, 1.0],
        faces,
        weft=modulus_n_m,
        warp=modulus_n_m,
        shear=0.4 * modulus_n_m,
        bending=1e-5,
        mass=0.2,
        welded=vertex,
    )
    load = Load(np.zeros(len(x), dtype=bool), Support(Cylinder(radius_m), standoff, 0.3), gravity=0.0)
    rest = find_equilibrium(Energy(sheet, load), x, most=60, rest_m=1e-6)
    middle = np.abs(rest.x[:, 2]) < 0.03
    radius = radius_m + standoff - float(rest.contact.depth[middle].mean())
    tension = modulus_n_m * (radius / ((radius_m + standoff) * (1 - narrow)) - 1)
    return float(rest.pressure_pa[middle].mean()), tension / radius


def strip_stretch_m(length_m: float, modulus_n_m: float, mass_kg_m2: float, edge_m: float) -> float:
    """How much longer a strip gets that hangs by its end [m]: mass x gravity x length^2 / (2 modulus) by the book."""
    points, faces = strip(length_m, 0.05, edge_m)
    sheet = plain(points, faces, weft=modulus_n_m, warp=modulus_n_m, shear=0.4 * modulus_n_m, bending=1e-5, mass=mass_kg_m2)
    start = np.stack([points[:, 1], np.zeros(len(points)), -points[:, 0]], axis=1)
    rest = find_equilibrium(Energy(sheet, Load(points[:, 0] < 1e-9)), start, most=80, rest_m=1e-6)
    return float(-rest.x[:, 2].min() - length_m)


@dataclass(frozen=True, eq=False)
class Drape:
    """A draped disc. percent: Its drape coefficient. nodes: Folds on the rim. x: Positions [m], (V, 3). faces: (F, 3). steps: Solved."""

    percent: float
    nodes: int
    x: np.ndarray
    faces: np.ndarray
    steps: int


def drape_percent(
    rigidity_n_m: float, mass_kg_m2: float, edge_m: float, *, bend_warp_n_m: float | None = None, weft_n_m: float = _FIRM_N_M,
    warp_n_m: float = _FIRM_N_M, shear_n_m: float = _FIRM_SHEAR_N_M, seed: int = 0,
) -> Drape:  # fmt: skip
    """Drape a disc of cloth: the shadow of the ring beyond the support as a share of the flat ring, and the folds."""
    held_m = _SUPPORT_M + _HALF_ROW * edge_m
    points, faces = disc(_SPECIMEN_M, held_m, edge_m)
    sheet = plain(
        points, faces, weft=weft_n_m, warp=warp_n_m, shear=shear_n_m, bending=rigidity_n_m, mass=mass_kg_m2, bend_warp=bend_warp_n_m
    )
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    rng = np.random.default_rng(seed)
    waves = sum(rng.normal() * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in _WAVES)
    over = np.maximum(radius - _SUPPORT_M, 0.0) / (_SPECIMEN_M - _SUPPORT_M)
    start = np.concatenate([points, (_WAVES_M * over**2 * waves)[:, None]], axis=1)
    rest = find_equilibrium(Energy(sheet, Load(radius <= held_m + 1e-9)), start, most=400, rest_m=2e-5)
    rim = np.flatnonzero(radius > _SPECIMEN_M - 1e-9)
    heights = rest.x[rim[np.argsort(angle[rim])], 2]
    support = np.pi * _SUPPORT_M**2
    percent = 100 * (_shadow_m2(rest.x, faces) - support) / (np.pi * _SPECIMEN_M**2 - support)
    return Drape(float(percent), _folds(heights), rest.x, faces, rest.steps)


def _shadow_m2(x: np.ndarray, faces: np.ndarray, pixel_m: float = 2e-4) -> float:
    """Area that triangles cover from above [m2]."""
    from PIL import Image, ImageDraw

    low = x[:, :2].min(axis=0) - pixel_m
    size = np.ceil((x[:, :2].max(axis=0) - low) / pixel_m).astype(int) + 2
    picture = Image.new("1", tuple(size.tolist()))
    draw = ImageDraw.Draw(picture)
    for corners in ((x[:, :2] - low) / pixel_m)[faces]:
        draw.polygon([tuple(corner) for corner in corners], fill=1)
    return float(np.asarray(picture).sum()) * pixel_m**2


def _folds(heights: np.ndarray) -> int:
    """How many ridges a closed profile of heights (N,) has that rise by a tenth of its range over the valleys beside them."""
    least = 0.1 * np.ptp(heights)
    count, rising, extreme = 0, False, heights[heights.argmin()]
    for height in np.roll(heights, -int(heights.argmin())):
        if rising and height < extreme - least:
            count, rising, extreme = count + 1, False, height
        elif not rising and height > extreme + least:
            rising, extreme = True, height
        extreme = max(extreme, height) if rising else min(extreme, height)
    return count + int(rising)
