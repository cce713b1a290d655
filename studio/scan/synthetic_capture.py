"""What a photogrammetry rig gets from a made-up person: samples where enough cameras look, noise, holes, and the surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import face_normals, vertex_normals
from studio.scan.reference import surface_samples

#: Rings of cameras: height [m], distance [m], count. A rig for whole bodies; few cameras look from above.
_RINGS = ((0.5, 2.1, 16), (1.1, 2.1, 16), (1.75, 2.0, 16), (2.05, 2.0, 8))
#: Cosine between surface and view below which a camera gives no depth (76 deg), and how many cameras a point needs.
_GRAZING = 0.24
_CAMERAS_NEEDED = 3.0
#: Noise along the normal [m]: skin, hair. Share of points that miss the surface, and by how much [m].
_NOISE_M, _HAIR_NOISE_M = 0.001, 0.0025
_MISS_SHARE, _MISS_M = 0.002, 0.02
#: Density varies with the texture that the matcher finds.
_DENSITY_RANGE = (0.35, 1.0)
#: Holes where light or hair spoilt the match: how many, and their radius [m].
_HOLES, _HOLE_M = 7, (0.006, 0.016)

#: Turntable: radius and thickness [m]; the floor around it: radius [m].
_TABLE_RADIUS_M, _TABLE_M, _FLOOR_RADIUS_M = 0.42, 0.05, 1.05
_TABLE_COLOUR, _FLOOR_COLOUR, _STRAY_COLOUR = (46, 46, 48), (142, 128, 112), (90, 92, 96)


@dataclass(frozen=True)
class Capture:
    """Points of a capture, world frame.

    points: On the person, with noise [m], shape (N, 3). triangles, barycentric: Where they were taken, shapes (N,) and (N, 3).
    other_points, other_colours: Floor, turntable and strays, shapes (K, 3), float64, and (K, 3), uint8.
    """

    points: np.ndarray
    triangles: np.ndarray
    barycentric: np.ndarray
    other_points: np.ndarray
    other_colours: np.ndarray


def capture(vertices: np.ndarray, faces: np.ndarray, count: int, *, hair: np.ndarray, rng: np.random.Generator) -> Capture:
    """Sample a person who stands on z = 0 at the origin.

    vertices: World [m], shape (V, 3). faces: What can be seen at all, shape (F, 3). hair: Mask, shape (V,). count: About how many
    points are wanted.
    """
    seen = _seen_by(vertices, faces)
    density = _DENSITY_RANGE[0] + (_DENSITY_RANGE[1] - _DENSITY_RANGE[0]) * rng.random()
    drawn = int(count / (0.62 + 0.2 * density))
    points, triangles = surface_samples(vertices, faces, drawn, rng=rng)
    barycentric = _barycentric(points, vertices[faces[triangles]])
    at = faces[triangles]
    cameras = np.einsum("nk,nk->n", barycentric, seen[at])
    texture = np.clip(0.75 + 0.25 * _wave(points, 0.09, rng), *_DENSITY_RANGE)
    kept = (cameras + 0.4 * _wave(points, 0.03, rng) > _CAMERAS_NEEDED) & (rng.random(drawn) < texture) & ~_holes(points, rng)
    kept &= points[:, 2] > 0.003  # nothing sees below the soles
    points, triangles, barycentric, at = points[kept], triangles[kept], barycentric[kept], at[kept]
    normals = face_normals(vertices, faces)[triangles]
    hairy = np.einsum("nk,nk->n", barycentric, hair[at]) > 0.35
    error = rng.normal(0, np.where(hairy, _HAIR_NOISE_M, _NOISE_M))
    misses = rng.random(len(points)) < _MISS_SHARE
    error[misses] = rng.normal(0, _MISS_M, misses.sum())
    noisy = points + error[:, None] * normals + rng.normal(0, _NOISE_M / 3, points.shape)
    others = _surroundings(Surface(vertices, faces), count, rng)
    return Capture(noisy, triangles, barycentric, *others)


def _seen_by(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """How many cameras see each vertex, shape (V,), float64."""
    surface, normals = Surface(vertices, faces), vertex_normals(vertices, faces)
    used = np.unique(faces)
    count = np.zeros(len(vertices))
    start = vertices[used] + 0.001 * normals[used]
    for height, distance, cameras in _RINGS:
        for angle in np.arange(cameras) * (2 * np.pi / cameras):
            to_camera = np.array([distance * np.cos(angle), distance * np.sin(angle), height]) - start
            to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
            towards = np.einsum("nd,nd->n", to_camera, normals[used]) > _GRAZING
            free, _ = surface.first_hits(start[towards], to_camera[towards])
            count[used[towards]] += np.isinf(free)
    return count


def _barycentric(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    from studio.mesh.closest import closest_barycentric

    return closest_barycentric(points, corners)


def _wave(points: np.ndarray, length: float, rng: np.random.Generator) -> np.ndarray:
    from studio.scan.synthetic_paint import SmoothField

    return SmoothField(length, rng)(points)


def _holes(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Which points lie in spoilt spots."""
    inside = np.zeros(len(points), bool)
    for centre in points[rng.integers(0, len(points), _HOLES)]:
        inside |= np.linalg.norm(points - centre, axis=1) < rng.uniform(*_HOLE_M)
    return inside


def _surroundings(body: Surface, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Turntable, floor around it, and strays: tripods, cables, single points."""
    table = _disc(int(0.08 * count), 0.0, _TABLE_RADIUS_M, 0.0, rng)
    angle = rng.uniform(0, 2 * np.pi, int(0.02 * count))
    rim = np.stack([_TABLE_RADIUS_M * np.cos(angle), _TABLE_RADIUS_M * np.sin(angle), rng.uniform(-_TABLE_M, 0, len(angle))], axis=1)
    floor = _disc(int(0.12 * count), _TABLE_RADIUS_M, _FLOOR_RADIUS_M, -_TABLE_M, rng)
    floor = floor[_wave(floor, 0.25, rng) > -0.4]  # shiny places have no points
    clusters = []
    for _ in range(6):
        away, turn = rng.uniform(0.65, 1.3), rng.uniform(0, 2 * np.pi)
        centre = np.array([away * np.cos(turn), away * np.sin(turn), rng.uniform(0.1, 1.9)])
        clusters.append(centre + rng.normal(0, 1, (int(rng.integers(30, 500)), 3)) * rng.uniform(0.004, 0.05, 3))
    single = rng.uniform([-1.2, -1.2, 0.0], [1.2, 1.2, 2.2], (int(0.0008 * count), 3))
    strays = np.concatenate([*clusters, single])
    ground = np.concatenate([table, rim, floor])
    ground += rng.normal(0, 0.0015, ground.shape)
    above, _ = body.first_hits(ground - [0.0, 0.0, 0.01], np.broadcast_to([0.0, 0.0, 1.0], ground.shape))
    shaded = above < 0.06  # hidden below the feet
    colours = np.repeat([_TABLE_COLOUR, _TABLE_COLOUR, _FLOOR_COLOUR], [len(table), len(rim), len(floor)], axis=0)[~shaded]
    ground = ground[~shaded]
    colours = np.concatenate([colours, np.tile(_STRAY_COLOUR, (len(strays), 1))]) + rng.normal(0, 5, (len(ground) + len(strays), 1))
    return np.concatenate([ground, strays]), np.clip(np.round(colours), 0, 255).astype(np.uint8)


def _disc(count: int, inner: float, outer: float, height: float, rng: np.random.Generator) -> np.ndarray:
    radius, angle = np.sqrt(rng.uniform(inner**2, outer**2, count)), rng.uniform(0, 2 * np.pi, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(count, height)], axis=1)
