"""How near a scan and a twin are to each other, in both directions and part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import face_normals
from studio.mesh.picture import splat_spacing
from studio.scan.reference import surface_samples
from studio.twin.distances import EXPLAINED_M
from studio.twin.skin import Skin

#: Points that stand for a scan; of larger ones as many are taken at even steps. Bounds time and memory: 200,000 take about a second.
POINTS = 200_000
#: Parts of the body that are told apart, by the names in `studio.twin.skin.PARTS`.
BODY_PARTS: dict[str, tuple[str, ...]] = {
    "head": ("head", "scalp"),
    "trunk": ("trunk",),
    "left arm": ("left_arm",),
    "right arm": ("right_arm",),
    "left hand": ("left_hand",),
    "right hand": ("right_hand",),
    "left leg": ("left_leg",),
    "right leg": ("right_leg",),
    "left foot": ("left_foot",),
    "right foot": ("right_foot",),
}
#: A vertex of the twin is shown by the scan where a point that faces the same way is this near above it [m]: noise and tight
#: clothes on skin, and where clothes are their stand-off (95 % of two clothed captures' points are within 6 and 11 cm). Heads
#: and hands are bare, and less surely placed under the noise of captures that show clothes.
_SHOWN_M, _SHOWN_UNDER_CLOTHES_M, _SHOWN_BARE_M = 0.015, 0.08, 0.03
#: A point that faces the opposite way counts as so much farther off [m]: a hand is 3 cm thick.
_TURN_M = 0.03
#: Normals that face the same way [cosine]: at 45 degrees the front of an arm does not stand for its back.
_SAME_WAY = 0.7
#: Beside a scan point by no more than this, the distance to the scan is that to the planes of the points around it [spacings], which
#: are so many: their median is quieter than one noisy point.
_BESIDE, _AROUND = 2.0, 9


@dataclass(frozen=True)
class PartNearness:
    """One part of the body: the scan's points nearest to it, and how much of it the scan shows.

    share: Of all points, 0 to 1. mean_mm, median_mm, p95_mm: Their distances to the twin; not a number where there are no points.
    outside_mm: Median of the signed distances: positive where the scan lies outside the twin. shown: Share of the part's area, 0 to 1.
    """

    part: str
    share: float
    mean_mm: float
    median_mm: float
    p95_mm: float
    outside_mm: float
    shown: float


@dataclass(frozen=True, eq=False)
class Nearness:
    """Scan against twin, world frame. M points are the scan's, V vertices the twin's.

    points [m] and outward unit normals, shape (M, 3). to_twin_mm: From each point, negative inside the twin, shape (M,).
    to_scan_mm: From each vertex of the twin, unsigned; not a number where the scan shows nothing of it, shape (V,).
    explained: Share of the points within 30 mm. shown: Share of the skin's area that the scan shows. parts: By body part.
    """

    points: np.ndarray
    normals: np.ndarray
    to_twin_mm: np.ndarray
    to_scan_mm: np.ndarray
    explained: float
    shown: float
    parts: tuple[PartNearness, ...]

    @property
    def mean_mm(self) -> float:
        """Mean distance from the scan to the twin."""
        return float(np.abs(self.to_twin_mm).mean())

    def facts(self) -> dict[str, float]:
        """The distances over the whole body: mean, median and 95th percentile [mm], and shares, as plain data."""
        numbers = {"mean_mm": self.mean_mm, "median_mm": self.percentile_mm(50), "p95_mm": self.percentile_mm(95)}
        return numbers | {"explained": self.explained, "shown": self.shown}

    def percentile_mm(self, percent: float) -> float:
        """Percentile of the distances from the scan to the twin."""
        return float(np.percentile(np.abs(self.to_twin_mm), percent))


def nearness(
    points: np.ndarray,
    normals: np.ndarray,
    faces: np.ndarray | None,
    *,
    vertices: np.ndarray,
    model_faces: np.ndarray,
    skin: Skin,
    mode: str,
) -> Nearness:
    """Compare a scan with a twin that stands in the scan's pose.

    points [m] and outward unit normals of the scan, shape (N, 3); faces where it is a mesh, (F, 3). vertices: Of the twin [m], (V, 3);
    model_faces: All its triangles. skin: Its outer skin. mode: How it was fitted.
    """
    step = -(-len(points) // POINTS)
    kept, facing = points[::step].astype(np.float64), normals[::step].astype(np.float64)
    surface = Surface(vertices, model_faces)
    signed, triangle = signed_distance(surface, kept)
    part_of_vertex = _part_numbers(skin)
    part = part_of_vertex[model_faces[triangle, 0]]
    reach_m = np.full(len(vertices), _SHOWN_M if mode == "skin" else _SHOWN_UNDER_CLOTHES_M)
    if mode != "skin":
        reach_m[skin.is_part(*BODY_PARTS["head"], "left_hand", "right_hand")] = _SHOWN_BARE_M
    surface_of_scan = _even(points, faces) if faces is not None and len(faces) else (kept, facing)
    to_scan = _to_scan(*surface_of_scan, vertices, surface.smooth_normals, reach_m)
    to_scan[~skin.outer] = np.nan
    rows = tuple(_part(name, signed[part == k], len(kept), part_of_vertex == k, to_scan, skin) for k, name in enumerate(BODY_PARTS))
    return Nearness(
        points=kept,
        normals=facing,
        to_twin_mm=1e3 * signed,
        to_scan_mm=1e3 * to_scan,
        explained=float((np.abs(signed) < EXPLAINED_M).mean()),
        shown=_shown(np.ones(len(vertices), dtype=bool), to_scan, skin),
        parts=rows,
    )


def _even(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over a mesh, whose own may be far apart, with their normals, each (M, 3)."""
    samples, triangle = surface_samples(points.astype(np.float64), faces, POINTS, rng=np.random.default_rng(0))
    return samples, face_normals(points, faces)[triangle]


def signed_distance(surface: Surface, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance from points (N, 3) to a closed surface, negative inside, and the nearest triangles, each shape (N,).

    The side is told by the smooth normal at the nearest point (Bærentzen and Aanæs, IEEE TVCG 2005: vertex normals tell it right also
    where an edge or a corner is nearest), which costs nothing beside the search.
    """
    found = surface.closest(points)
    smooth = np.einsum("nk,nkd->nd", found.barycentric, surface.smooth_normals[surface.faces[found.triangles]])
    side = np.einsum("nd,nd->n", points - found.points, smooth)
    return np.where(side < 0, -found.distances, found.distances), found.triangles


def _to_scan(points: np.ndarray, normals: np.ndarray, vertices: np.ndarray, facing: np.ndarray, reach_m: np.ndarray) -> np.ndarray:
    """Distance from vertices to the scan [m], not a number where none that faces the same way is within ``reach_m`` (V,). Shape (V,)."""
    from scipy.spatial import cKDTree

    spacing = splat_spacing(points)
    tree = cKDTree(np.hstack([points, _TURN_M * normals]))
    _, near = tree.query(np.hstack([vertices, _TURN_M * facing]), k=min(_AROUND, len(points)), workers=-1)
    near = near.reshape(len(vertices), -1)
    steps = vertices[:, None] - points[near]
    above = np.einsum("nkd,nkd->nk", steps, normals[near])
    length = np.linalg.norm(steps[:, 0], axis=1)
    aside = np.sqrt(np.maximum(length**2 - above[:, 0] ** 2, 0))
    distance = np.where(aside < _BESIDE * spacing, np.abs(np.median(above, axis=1)), length)
    height = np.abs(above[:, 0])
    same_way = np.einsum("nd,nd->n", facing, normals[near[:, 0]]) > _SAME_WAY
    shown = same_way & (height < reach_m) & (aside < _BESIDE * spacing + height / 2)  # farther cloth may hang a little aside
    return np.where(shown, distance, np.nan)


def _part_numbers(skin: Skin) -> np.ndarray:
    """Number into ``BODY_PARTS`` of each vertex, shape (V,)."""
    number = np.zeros(len(skin.part), dtype=np.int64)
    for k, names in enumerate(BODY_PARTS.values()):
        number[skin.is_part(*names)] = k
    return number


def _part(name: str, signed: np.ndarray, total: int, mine: np.ndarray, to_scan: np.ndarray, skin: Skin) -> PartNearness:
    shown = _shown(mine, to_scan, skin)
    if not len(signed):
        return PartNearness(name, 0.0, *[float("nan")] * 4, shown)
    mm = 1e3 * np.abs(signed)
    numbers = (mm.mean(), np.median(mm), np.percentile(mm, 95), 1e3 * np.median(signed), shown)
    return PartNearness(name, len(signed) / total, *(float(number) for number in numbers))


def _shown(mine: np.ndarray, to_scan: np.ndarray, skin: Skin) -> float:
    """Share of the area of some vertices that the scan shows, 0 to 1."""
    area = skin.area * (mine & skin.outer)
    return float((area * np.isfinite(to_scan)).sum() / max(area.sum(), 1e-12))
