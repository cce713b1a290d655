"""Pictures of meshes and point clouds without a renderer: what is in front at each pixel, softly shaded, on a clear ground.

Two steps. `mesh_layer` and `cloud_layer` find what each sample of a view shows: how near it is, where it faces, its colour. `shaded`
lights such a layer and averages the samples to pixels. So a scan and a mesh get the same light, and lie on each other to the pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.view import View

#: Samples on each side of a pixel. Chosen: 4 samples a pixel leave no steps at a limb's edge at the size of a page.
SAMPLES = 2
#: Colour of what has none: a light warm grey, as sculptors' clay (sRGB).
CLAY = (205, 197, 187)
#: What shows its inside, at the rim of a hole: darker and cooler than any lit skin (sRGB).
_INSIDE = (92, 100, 116)
#: Side of the tiles in which a mesh is looked for [samples].
_TILE = 16
#: Neighbours from which the density of a cloud is read, and how many of its points take part: enough for a median, quick for millions.
_DENSITY_NEIGHBOURS, _DENSITY_POINTS = 8, 400_000
#: Slopes count as no steeper than this [cosine to the viewer]: at the outline they would run away.
_STEEPEST = 0.25
#: Points that are projected and splatted at once: bounds the memory of clouds of millions.
_CHUNK = 1_000_000
#: Radius of a splat in spacings: of points strewn at random over an area, all but one place in a hundred have one within 1.2 spacings
#: (exp(-pi r^2) = 0.01).
_SPLAT_SPACINGS = 1.2
#: The widest splat [samples]: beyond it a cloud is so sparse that its gaps should be seen.
_WIDEST_SPLAT = 25
#: Colours of neighbouring splats within this depth of the front one are one surface [spacings].
_SAME_SURFACE_SPACINGS = 3.0


@dataclass(frozen=True, eq=False)
class Layer:
    """What a view shows at each of its samples, ``SAMPLES`` on each side of a pixel. H, W count samples.

    nearness: Metres towards the viewer from the view's centre, minus infinity where nothing is, shape (H, W), float32.
    normals: Unit, along the view's axes (right, up, towards the viewer), shape (H, W, 3), float32.
    colours: Linear light 0 to 1, shape (H, W, 3), float32.
    sample_m: Side of a sample [m].
    """

    nearness: np.ndarray
    normals: np.ndarray
    colours: np.ndarray
    sample_m: float

    @property
    def shown(self) -> np.ndarray:
        """Where something is, shape (H, W), bool."""
        return np.isfinite(self.nearness)


def mesh_layer(view: View, surface: Surface, *, colours: np.ndarray | None = None) -> Layer:
    """What a view shows of a mesh, by one ray for each sample, with smooth normals.

    colours: sRGB of the vertices, shape (V, 3), uint8; clay without them. Triangles seen from their inside are shown as such.
    """
    fine = view.finer(SAMPLES)
    layer = _empty(fine)
    axes, flat = fine.axes, fine.project(surface.vertices)
    width, height = fine.size_px
    rows, columns = np.nonzero(_covered(flat[:, :2], surface.faces, fine.size_px))
    reach = float(np.ptp(flat[:, 2])) * 1.01 + 1e-6
    start = float(flat[:, 2].min()) + reach
    origins = (
        fine.centre
        + ((columns + 0.5 - width / 2) * fine.pixel_m)[:, None] * axes[0]
        + ((height / 2 - rows - 0.5) * fine.pixel_m)[:, None] * axes[1]
        + start * axes[2]
    )
    distance, triangle = surface.first_hits(origins, np.broadcast_to(-axes[2], origins.shape))
    hit = triangle >= 0
    rows, columns, triangle = rows[hit], columns[hit], triangle[hit]
    corners = surface.faces[triangle]
    weights = _barycentric(np.stack([columns + 0.5, rows + 0.5], axis=1), flat[:, :2][corners])
    facing = (surface.smooth_normals @ axes.T).astype(np.float32)
    normals = _interpolated(weights, facing, corners)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    inside = _seen_from_inside(flat[:, :2], surface.faces)[triangle]
    painted = linear_from_srgb(np.array(CLAY, np.uint8) if colours is None else colours)
    painted = painted if colours is None else _interpolated(weights, painted, corners)
    layer.nearness[rows, columns] = start - distance[hit]
    layer.normals[rows, columns] = np.where(inside[:, None], -normals, normals)
    layer.colours[rows, columns] = np.where(inside[:, None], linear_from_srgb(np.array(_INSIDE, np.uint8)), painted)
    return layer


def cloud_layer(view: View, points: np.ndarray, normals: np.ndarray, *, spacing_m: float, colours: np.ndarray | None = None) -> Layer:
    """What a view shows of a point cloud: discs as wide as the points are apart, the nearest in front.

    At a sample the discs of the front surface are averaged, nearer to their middles counting more, as in surface splatting (Zwicker et
    al., SIGGRAPH 2001), with the depth of the nearest deciding what is in front (Botsch et al., High-Quality Surface Splatting, 2005).

    points [m] and outward unit normals, shape (N, 3). spacing_m: Root of the area that a point stands for where the cloud is sparse, as
    `splat_spacing` finds it. colours: sRGB, shape (N, 3), uint8; clay without them.
    """
    fine = view.finer(SAMPLES)
    layer = _empty(fine)
    width, height = fine.size_px
    axes = fine.axes.astype(np.float32)
    offsets = _disc(_SPLAT_SPACINGS * spacing_m / fine.pixel_m)
    front = np.full(width * height, -np.inf, dtype=np.float32)
    kept = []
    for start in range(0, len(points), _CHUNK):
        part = slice(start, start + _CHUNK)
        facing = normals[part].astype(np.float32, copy=False) @ axes.T
        seen = np.flatnonzero(facing[:, 2] > -0.2)
        flat = fine.project(points[part][seen]).astype(np.float32)
        kept.append((start + seen, flat, facing[seen]))
        for sample, chosen in _splats(flat, offsets, (width, height)):
            np.maximum.at(front, sample, flat[chosen, 2])
    sums = np.zeros((width * height, 8), dtype=np.float32)  # weight, normal, colour, nearness
    for index, flat, facing in kept:
        paint = linear_from_srgb(np.array(CLAY, np.uint8) if colours is None else colours[index])
        values = np.concatenate([np.ones((len(flat), 1), np.float32), facing, np.broadcast_to(paint, (len(flat), 3)), flat[:, 2:]], axis=1)
        slopes = facing[:, :2] * (fine.pixel_m / np.maximum(facing[:, 2:], _STEEPEST))
        for (right, down, weight), (sample, chosen) in zip(offsets, _splats(flat, offsets, (width, height)), strict=True):
            same = flat[chosen, 2] > front[sample] - _SAME_SURFACE_SPACINGS * spacing_m
            sample, chosen = sample[same], chosen[same]
            for channel in range(7):
                np.add.at(sums[:, channel], sample, weight * values[chosen, channel])
            tilted = values[chosen, 7] - slopes[chosen, 0] * right + slopes[chosen, 1] * down
            np.add.at(sums[:, 7], sample, weight * tilted)
    shown = sums[:, 0] > 0
    mean = sums[shown, 1:] / sums[shown, :1]
    layer.nearness.reshape(-1)[shown] = mean[:, 6]
    layer.normals.reshape(-1, 3)[shown] = mean[:, :3] / np.maximum(np.linalg.norm(mean[:, :3], axis=1, keepdims=True), 1e-6)
    layer.colours.reshape(-1, 3)[shown] = mean[:, 3:6]
    return layer


def shaded(layer: Layer, *, relief: float = 1.0) -> np.ndarray:
    """Light a layer softly from the upper left and average its samples: sRGB with straight alpha, shape (H, W, 4), uint8, pixels.

    relief: 1 for a picture of a thing; less for a map, whose colours must be read off a scale: 0 leaves them as they are.
    """
    seen = np.flatnonzero(layer.shown)
    light = 1.0 + relief * (_light(layer, seen) - 1.0)
    lit = layer.colours.reshape(-1, 3)[seen] * light[:, None]
    lit += relief * (lit / (1 + lit**4) ** 0.25 - lit)  # a soft shoulder: white cloth in the key light keeps its folds
    samples = np.zeros((layer.nearness.size, 4), dtype=np.float32)
    samples[seen, :3], samples[seen, 3] = np.clip(lit, 0, 1), 1
    pixels = _pixels(samples.reshape(*layer.nearness.shape, 4))
    colour = srgb_from_linear(pixels[..., :3] / np.maximum(pixels[..., 3:], 1e-6))
    return np.concatenate([colour, np.round(255 * pixels[..., 3:]).astype(np.uint8)], axis=2)


def on_ground(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """A picture with alpha (H, W, 4) laid on a ground of one colour: sRGB, shape (H, W, 3), uint8."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    mixed = alpha * linear_from_srgb(picture[..., :3]) + (1 - alpha) * linear_from_srgb(np.array(colour, np.uint8))
    return srgb_from_linear(mixed)


def linear_from_srgb(colours: np.ndarray) -> np.ndarray:
    """sRGB of 8 bits to linear light 0 to 1 (IEC 61966-2-1), any shape, float32."""
    value = np.arange(256, dtype=np.float64) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return table[colours]


def srgb_from_linear(light: np.ndarray) -> np.ndarray:
    """Linear light 0 to 1 to sRGB of 8 bits (IEC 61966-2-1), any shape, uint8."""
    light = np.clip(light, 0, 1)
    return np.round(255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)).astype(np.uint8)


def _empty(fine: View) -> Layer:
    width, height = fine.size_px
    return Layer(
        np.full((height, width), -np.inf, dtype=np.float32),
        np.zeros((height, width, 3), dtype=np.float32),
        np.zeros((height, width, 3), dtype=np.float32),
        fine.pixel_m,
    )


def splat_spacing(points: np.ndarray) -> float:
    """Root of the area that a point of a surface stands for, in its sparser tenth, on a sample of the cloud (N, 3); in its unit."""
    from scipy.spatial import cKDTree

    if len(points) < 2:
        return 0.0
    count = min(_DENSITY_NEIGHBOURS + 1, len(points))
    kept = points[:: max(1, len(points) // _DENSITY_POINTS)]
    thinned = len(points) / len(kept)
    sample = kept[:: max(1, len(kept) // 4000)]
    distance, _ = cKDTree(kept).query(sample, k=min(count, len(kept)), workers=-1)
    area = np.pi * distance[:, -1] ** 2 / (distance.shape[1] - 1) / thinned
    return float(np.sqrt(np.percentile(area, 90)))


def _covered(flat: np.ndarray, faces: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which samples may show a triangle: those in tiles that its box touches, shape (H, W), bool."""
    width, height = size
    grid = (height // _TILE + 2, width // _TILE + 2)
    corners = np.floor(flat[faces] / _TILE)
    low, high = (np.clip(np.floor(each).astype(int), 0, (grid[1] - 2, grid[0] - 2)) for each in (corners.min(axis=1), corners.max(axis=1)))
    count = np.zeros(grid, dtype=np.int64)  # of boxes, by their corners: its running sum over both axes counts those over a tile
    for rows, columns, sign in ((low, low, 1), (high + 1, low, -1), (low, high + 1, -1), (high + 1, high + 1, 1)):
        np.add.at(count, (rows[:, 1], columns[:, 0]), sign)
    tiles = count.cumsum(axis=0).cumsum(axis=1) > 0
    return tiles.repeat(_TILE, axis=0).repeat(_TILE, axis=1)[:height, :width]


def _seen_from_inside(flat: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which triangles turn their back to the viewer, by the sense of their corners on the picture, shape (F,), bool."""
    a, b, c = (flat[faces[:, corner]] for corner in range(3))
    return _doubled(a, b, c) > 0  # counter-clockwise from outside is clockwise where y points down: negative


def _interpolated(weights: np.ndarray, values: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Values of vertices (V, C) between the corners of one triangle for each of N places, shape (N, C), float32."""
    return sum(weights[:, k, None] * values[corners[:, k]] for k in range(3))


def _doubled(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Twice the signed areas of triangles on the picture, shape (N,)."""
    return (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (r[:, 0] - p[:, 0])


def _barycentric(places: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weights of a triangle's corners at places on the picture, shape (N, 3), float32: in a parallel view they are those in space."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    weights = np.stack([_doubled(b, c, places), _doubled(c, a, places), _doubled(a, b, places)], axis=1)
    area = _doubled(a, b, c)[:, None]
    weights = np.clip(np.divide(weights, area, out=np.full_like(weights, 1 / 3), where=np.abs(area) > 1e-12), 0, 1)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _disc(radius: float) -> list[tuple[int, int, float]]:
    """The samples under a round splat: columns and rows from its middle, and its weight there."""
    radius = min(max(radius, 0.5), _WIDEST_SPLAT / 2)
    whole = int(np.ceil(radius))
    spots = []
    for row in range(-whole, whole + 1):
        for column in range(-whole, whole + 1):
            squared = (row * row + column * column) / (radius * radius)
            if squared <= 1.0:
                spots.append((column, row, 1 / (0.5 + row * row + column * column) ** 2))  # where points are dense, the nearest decides
    return spots


def _splats(flat: np.ndarray, offsets: list[tuple[int, int, float]], size: tuple[int, int]):
    """For each spot of the splat: samples, and which points cover them."""
    width, height = size
    column, row = np.floor(flat[:, 0]).astype(np.int32), np.floor(flat[:, 1]).astype(np.int32)
    for right, down, _ in offsets:
        x, y = column + right, row + down
        chosen = np.flatnonzero((x >= 0) & (x < width) & (y >= 0) & (y < height))
        yield y[chosen] * width + x[chosen], chosen


#: Two lights as (right, up, towards the viewer), and how strong each is beside the sky. Chosen on screen: a key from the upper left, as
#: pictures of sculpture are lit, and a weak fill from the right, so that no side is black.
_KEY, _FILL = np.array([-0.45, 0.62, 0.64]), np.array([0.78, 0.10, 0.62])
_KEY_SHARE, _FILL_SHARE, _SKY_SHARE = 0.92, 0.14, 0.36
#: How far a light reaches round the edge, 0 to 1: soft boxes are large.
_WRAP = 0.15
#: Radii [m] within which the surroundings hide the sky, and how much light that takes: creases, then hollows.
_HOLLOWS = ((0.008, 0.5), (0.025, 0.7))
_DIRECTIONS = 8


def _light(layer: Layer, seen: np.ndarray) -> np.ndarray:
    """How much light samples get, by their flat numbers (K,): two soft lights and a sky that the surroundings hide in part. Shape (K,)."""
    normals = layer.normals.reshape(-1, 3)[seen]
    light = _SKY_SHARE * (0.62 + 0.38 * normals[:, 1])
    for direction, share in ((_KEY, _KEY_SHARE), (_FILL, _FILL_SHARE)):
        cosine = normals @ (direction / np.linalg.norm(direction)).astype(np.float32)
        light += share * np.clip((cosine + _WRAP) / (1 + _WRAP), 0, 1)
    for radius_m, strength in _HOLLOWS:
        light *= 1 - strength * _hidden(layer, seen, normals, radius_m)
    return light


def _hidden(layer: Layer, seen: np.ndarray, normals: np.ndarray, radius_m: float) -> np.ndarray:
    """How much of the surroundings at a radius rise above the surface at samples (K,) with their normals, 0 to 1, shape (K,).

    Ambient occlusion from the depth buffer (Shanmugam and Arikan, "Hardware accelerated ambient occlusion techniques on GPUs", I3D
    2007), with the slope of the surface itself taken off. What stands much farther in front is another limb, and hides nothing.
    """
    height, width = layer.nearness.shape
    step = max(1, round(radius_m / layer.sample_m))
    here = layer.nearness.ravel()[seen]
    rows, columns = np.divmod(seen, width)
    slopes = normals[:, :2] * (layer.sample_m / np.maximum(normals[:, 2:], _STEEPEST))
    hidden = np.zeros(len(seen), dtype=np.float32)
    for k in range(_DIRECTIONS):
        angle = 2 * np.pi * k / _DIRECTIONS
        right, up = round(step * np.cos(angle)), round(step * np.sin(angle))
        there = layer.nearness[np.clip(rows - up, 0, height - 1), np.clip(columns + right, 0, width - 1)]
        rise = (there - here + (slopes[:, 0] * right + slopes[:, 1] * up)) / radius_m
        hidden += np.clip(rise, 0, 1) * np.clip(3 - rise, 0, 1)
    return hidden / _DIRECTIONS


def _pixels(samples: np.ndarray) -> np.ndarray:
    """Mean over the samples of each pixel, shape (H / SAMPLES, W / SAMPLES, C)."""
    parts = [samples[row::SAMPLES, column::SAMPLES] for row in range(SAMPLES) for column in range(SAMPLES)]
    return sum(parts[1:], start=parts[0]) / len(parts)
