"""Specimens of textile laboratories: strips, discs and tubes of plain cloth, and what is read off them.

Cantilever: ASTM D1388, Peirce ("The handle of cloth as a measurable quantity", J. Textile Institute 1930). Drape: Cusick, 30 cm on an 18 cm
disc (BS 5058, ISO 9073-9). How many folds a disc falls into hangs on how it is laid down, and its coefficient on the folds (Jeong, "A
Study of Fabric-drape Behaviour with Image Analysis, Part I", J. Textile Institute 1998; on why, Cerda, Mahadevan, Pasini, "The elements of
draping", PNAS 2004): a value is the mean of specimens that start from different folds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.look.statics.contact import Support
from studio.look.statics.energy import Energy, Load
from studio.look.statics.equilibrium import find_equilibrium
from studio.look.statics.sheet import Material, Sheet
from studio.specs.fabric import GRAVITY

#: Radii of the drape tester [m].
_SPECIMEN_M, _SUPPORT_M = 0.15, 0.09
#: Bending rigidity of the held triangles, times their own: the clamp's curvature is felt by those with a side on it, half of their row, and
#: they see half of it, for what is held is flat. With 4, a strip is clamped within 0.03 edges of its last held row (5 to 10 mm edges,
#: bending length 1.5 and 2.1 cm); with 1 half a row behind it, and a disc that is held half a row farther out has a rounder support.
_CLAMPED = 4.0
#: Stiffness of the specimens whose bending is read [N/m]: a firm woven cloth's, which a strip's own weight stretches by a thousandth.
_FIRM_N_M, _FIRM_SHEAR_N_M = 2000.0, 500.0
#: Edges of a disc at its clamp [m], and how much longer they get with the distance from it. A sheet that is clamped along a circle and has
#: fixed lengths cannot bend there at all; cloth stretches in a seam about sqrt(radius) (bending / membrane stiffness)^(1/4) wide, 2 to 5
#: mm. With edges of 10 and 7 mm there, a firm cotton's coefficient was 67 and 74 %; with these it is 72 and 73.
_CLAMP_EDGE_M, _COARSER = 0.0025, 0.4
#: A disc starts from folds of this height at its rim [m], for cloth that is laid on a support by hand is not flat, and is let down by
#: these shares of gravity, to near rest at each. Let go at once, limp cloth crumples: the coefficients of a faille that starts from 5, 6
#: and 7 folds scattered by 5 points, and now do by 1.4.
_FOLDS_M, _LOWERED, _NEAR_REST_M = 0.004, (0.125, 0.25, 0.5), 5e-4
#: The specimens of a value: from how many folds each starts, and how far its mesh is turned against the grain [degrees].
SPECIMENS = ((5, 0.0), (6, 20.0), (7, 40.0))


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
    """A disc of rings of vertices, finer towards one where the edge of a support lies: points (N, 2) and faces (F, 3)."""
    ring = radius_m if ring_m is None else ring_m

    def edge(radius: float) -> float:
        return edge_m if ring_m is None else min(edge_m, _CLAMP_EDGE_M + _COARSER * abs(radius - ring))

    inside, beyond = [ring], [ring]
    while inside[-1] > 0.9 * edge_m:
        inside.append(inside[-1] - 0.866 * edge(inside[-1]))
    while beyond[-1] < radius_m - 1e-9:
        beyond.append(beyond[-1] + 0.866 * edge(beyond[-1]))
    if len(beyond) > 2 and radius_m - beyond[-2] < beyond[-1] - radius_m:
        beyond.pop()
    stretched = (radius_m - ring) / (beyond[-1] - ring) if len(beyond) > 1 else 1.0
    points = [np.zeros((1, 2))]
    for index, radius in enumerate([*(ring + stretched * (each - ring) for each in beyond), *inside[1:]]):
        if radius > 0.5 * edge_m:
            count = max(6, round(2 * np.pi * radius / edge(radius)))
            angle = 2 * np.pi * (np.arange(count) + 0.5 * (index % 2)) / count
            points.append(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return triangulated(np.concatenate(points))


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
    radius = float(np.linalg.norm(rest.x[middle, :2], axis=1).mean())
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
    """A draped disc.

    percent: Its drape coefficient. nodes: Folds on the rim. x: Positions [m], (V, 3). faces: (F, 3). steps: Solved. rests: Whether it came
    to rest.
    """

    percent: float
    nodes: int
    x: np.ndarray
    faces: np.ndarray
    steps: int
    rests: bool


def drape_percent(
    rigidity_n_m: float, mass_kg_m2: float, edge_m: float, *, bend_warp_n_m: float | None = None, weft_n_m: float = _FIRM_N_M,
    warp_n_m: float = _FIRM_N_M, shear_n_m: float = _FIRM_SHEAR_N_M, folds: int = 6, turn_deg: float = 0.0,
) -> Drape:  # fmt: skip
    """Drape a disc of cloth: the shadow of the ring beyond the support as a share of the flat ring, and the folds.

    folds: It starts with so many. turn_deg: Its mesh is turned against the grain. See `SPECIMENS`.
    """
    points, faces = disc(_SPECIMEN_M, _SUPPORT_M, edge_m)
    turn = np.radians(turn_deg)
    points = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    held = radius <= _SUPPORT_M + 1e-9
    sheet = plain(
        points, faces, weft=weft_n_m, warp=warp_n_m, shear=shear_n_m, bending=rigidity_n_m, mass=mass_kg_m2, bend_warp=bend_warp_n_m
    )
    over = np.maximum(radius - _SUPPORT_M, 0.0) / (_SPECIMEN_M - _SUPPORT_M)
    x, sheet, steps = np.concatenate([points, (_FOLDS_M * over**2 * np.cos(folds * angle))[:, None]], axis=1), _clamped(sheet, held), 0
    for share in _LOWERED:
        lowered = find_equilibrium(Energy(sheet, Load(held, gravity=share * GRAVITY)), x, most=40, rest_m=_NEAR_REST_M)
        x, steps = lowered.x, steps + lowered.steps
    rest = find_equilibrium(Energy(sheet, Load(held)), x, most=600, rest_m=5e-5)
    rim = np.flatnonzero(radius > _SPECIMEN_M - 1e-9)
    heights = rest.x[rim[np.argsort(angle[rim])], 2]
    support = np.pi * _SUPPORT_M**2
    percent = 100 * (_shadow_m2(rest.x, faces) - support) / (np.pi * _SPECIMEN_M**2 - support)
    return Drape(float(percent), _folds(heights), rest.x, faces, steps + rest.steps, rest.rests)


def _clamped(sheet: Sheet, held: np.ndarray) -> Sheet:
    """The sheet with its held vertices (V,), bool, between two plates that end at the last of them."""
    stiffer = np.where(held[sheet.faces].all(axis=1), _CLAMPED, 1.0)
    material = sheet.material
    material = replace(material, bend_weft_n_m=stiffer * material.bend_weft_n_m, bend_warp_n_m=stiffer * material.bend_warp_n_m)
    return replace(sheet, material=material)


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
