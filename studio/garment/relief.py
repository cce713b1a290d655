"""The relief of a cloth's surface: yarns that cross or loop, fuzz, grain. Periodic height fields at true scale.

Every field is a function of periodic coordinates, so that its edges meet. Rows run along the warp (up the grain), columns along the weft.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.specs.fabric import FabricAppearance

#: Pixels across one yarn. Chosen: enough for its roundness and two turns of its twist.
PIXELS = 18
#: About so many yarns make a tile. Chosen: irregularities repeat at 5 to 15 mm, where the eye sees them no more.
_CELLS = 20
#: Courses over wales where a fabric does not say. Knits: loop shape factor 1.3 of relaxed jersey (Munden 1959); wovens: chosen.
_COURSE_SHARE = {"single-jersey": 0.77, "interlock": 0.85, "rib": 0.75, "plain": 1.05, "twill": 1.2, "satin": 1.0}
#: Share of the pitch that a yarn covers. Chosen.
_COVER = {"plain": 0.94, "twill": 0.98, "satin": 1.0}
#: Fibres that stand off the cloth: how many directions, length and thickness [pixels]. Chosen by looking.
_FIBRE_TURNS, _FIBRE_PIXELS = 12, (3.2, 0.7)
#: Deviation of the height of raised fibres, and of fleece's tufts, as shares of the thickness. Chosen by looking.
_NAP_HIGH, _TUFT_HIGH = 0.011, 0.05
#: Warp floats of a five-end satin: over four, under one, binding points two apart.
_SATIN, _SATIN_STEP = 5, 2


@dataclass(frozen=True, eq=False)
class Relief:
    """A periodic surface.

    height_mm: Above the deepest gap, shape (H, W), float64. warp: Share of each pixel that is warp yarn (knits: 1), shape (H, W).
    along_warp: Whether fibres run along the warp rather than the weft there, shape (H, W), 0 to 1. size_mm: Width and height.
    """

    height_mm: np.ndarray
    warp: np.ndarray
    along_warp: np.ndarray
    size_mm: tuple[float, float]


def relief(looks: FabricAppearance, *, thickness_mm: float, rng: np.random.Generator) -> Relief:
    """The surface of a cloth of that thickness."""
    if looks.construction in ("fleece", "leather"):
        return _isotropic(looks, thickness_mm, rng)
    repeat = _repeat(looks)
    cells = repeat * round(_CELLS / repeat)
    course = looks.course_pitch_mm or looks.yarn_pitch_mm * _COURSE_SHARE[looks.construction]
    rows = max(8, round(PIXELS * min(course / looks.yarn_pitch_mm, 2.0)))
    x, y = _cell_coordinates(cells, rows, looks.slub, rng)
    if looks.knit:
        height, warp, along = _knit(looks, x, y, cells, course / looks.yarn_pitch_mm, thickness_mm)
    else:
        height, warp, along = _woven(looks, x, y, cells, thickness_mm, rng)
    size = (cells * looks.yarn_pitch_mm, cells * course)
    if looks.nap > 0:
        raised = fuzz(height.shape, rng) * _NAP_HIGH * thickness_mm
        height = (1 - looks.nap) * height + looks.nap * (raised + 0.2 * smooth(height, PIXELS / 3))
    return Relief(height - height.min(), warp, along, size)


def periodic_noise(shape: tuple[int, int], scale: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Smooth noise that continues over the edges: mean 0, deviation 1. scale: Its lengths along rows' and columns' axes [pixels]."""
    return _unit(smooth(rng.standard_normal(shape), scale))


def smooth(field: np.ndarray, scale: float | tuple[float, float]) -> np.ndarray:
    """A Gaussian mean over the edges. scale: Its standard deviation [pixels], of rows and columns."""
    down, across = (scale, scale) if isinstance(scale, int | float) else scale
    fy, fx = np.fft.fftfreq(field.shape[0])[:, None], np.fft.rfftfreq(field.shape[1])[None]
    damp = np.exp(-2 * math.pi**2 * ((down * fy) ** 2 + (across * fx) ** 2))
    return np.fft.irfft2(np.fft.rfft2(field) * damp, s=field.shape)


def _unit(field: np.ndarray) -> np.ndarray:
    field = field - field.mean()
    return field / max(field.std(), 1e-12)


def _repeat(looks: FabricAppearance) -> int:
    """Yarns after which the weave or knit begins anew."""
    if looks.construction == "twill":
        over, under = (int(part) for part in looks.twill.split("/"))
        return over + under
    return {"satin": _SATIN, "single-jersey": 1}.get(looks.construction, 2)


def _cell_coordinates(cells: int, rows: int, slub: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows in units of yarns, shaken a little as yarns are: no two lie quite alike."""
    shape = (cells * rows, cells * PIXELS)
    shake = 0.035 + 0.05 * slub
    x = (np.arange(shape[1]) + 0.5)[None] / PIXELS + shake * periodic_noise(shape, (2.5 * rows, 0.8 * PIXELS), rng)
    y = (np.arange(shape[0]) + 0.5)[:, None] / rows + shake * periodic_noise(shape, (0.8 * rows, 2.5 * PIXELS), rng)
    return x % cells, y % cells


def _warp_over(looks: FabricAppearance, cells: int) -> np.ndarray:
    """Whether the warp yarn lies over the weft at each crossing, shape (picks, ends), bool."""
    pick, end = np.arange(cells)[:, None], np.arange(cells)[None]
    if looks.construction == "plain":
        return (end + pick) % 2 == 0
    if looks.construction == "satin":
        return (end - _SATIN_STEP * pick) % _SATIN != 0
    over, under = (int(part) for part in looks.twill.split("/"))
    rising = end - pick if looks.twill_direction == "right" else end + pick
    return rising % (over + under) < over


def _woven(
    looks: FabricAppearance, x: np.ndarray, y: np.ndarray, cells: int, thickness_mm: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two systems of elliptic yarns on wavy paths; what lies higher is seen."""
    over = np.where(_warp_over(looks, cells), 1.0, -1.0)
    half = thickness_mm / 3.6  # a yarn's half height: crimp 0.8 of it on both sides, so that the cloth has its thickness
    cover = _COVER[looks.construction]
    width = {axis: _widths(cells, x.shape, axis, looks.slub, cover, rng) for axis in (0, 1)}
    warp = _yarn(x, y, over.T, cells, half, width[1])
    weft = _yarn(y, x, -over, cells, half, width[0])
    return np.maximum(np.maximum(warp, weft), -1.2 * half), (warp >= weft).astype(float), (warp >= weft).astype(float)


def _widths(cells: int, shape: tuple[int, int], axis: int, slub: float, cover: float, rng: np.random.Generator) -> np.ndarray:
    """Half width of the yarns in units of their pitch, by place: even yarns by a little, slubbed ones by more. axis: 1 for the warp."""
    along = shape[0] if axis == 1 else shape[1]
    each = periodic_noise((along, cells), (along / 7, 0.3), rng)
    columns = np.repeat(each, (shape[1] if axis == 1 else shape[0]) // cells, axis=1)
    return 0.5 * cover * np.clip(1 + (0.03 + 0.16 * slub) * (columns if axis == 1 else columns.T), 0.5, 1.12)


def _yarn(across: np.ndarray, along: np.ndarray, over: np.ndarray, cells: int, half: float, width: np.ndarray) -> np.ndarray:
    """Height of the nearest yarn of one system [mm], deep where there is none. over: +1 or -1, shape (yarns, crossings)."""
    number = np.floor(across).astype(int) % cells
    offset = (across - np.floor(across) - 0.5) / width
    crossing = np.floor(along - 0.5).astype(int)
    share = (along - 0.5) - crossing
    step = 0.5 - 0.5 * np.cos(math.pi * share)
    path = (1 - step) * over[number, crossing % cells] + step * over[number, (crossing + 1) % cells]
    round_ = np.sqrt(np.clip(1 - offset**2, 0.0, None))
    twist = 0.05 * half * np.sin(2 * math.pi * (2 * along + 1.1 * offset)) * round_
    return np.where(np.abs(offset) < 1, 0.8 * half * path + half * round_ + twist, -2 * half)


def _knit(
    looks: FabricAppearance, x: np.ndarray, y: np.ndarray, cells: int, aspect: float, thickness_mm: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wales of V-shaped loops; of ribs, every other wale lies back and shows its courses. aspect: Course over wale pitch."""
    high = 0.24 * thickness_mm
    if looks.construction != "rib":
        spread = 0.30 if looks.construction == "interlock" else 0.36
        height = _legs(x - np.floor(x), y - np.floor(y), aspect, spread) * high
    else:
        pair = (x % 2) / 2  # the wale in front takes 0.62 of the pair's width
        front = np.clip(pair / 0.62, 0.0, 1.0)
        loops = _legs(front, y - np.floor(y), aspect * 0.8, 0.34) * high
        back = 0.35 * high * np.abs(np.sin(math.pi * y)) * (0.7 + 0.3 * np.cos(2 * math.pi * (pair - 0.81) / 0.38))
        lift = 0.9 * high * np.sin(math.pi * front) ** 0.5
        height = np.where(pair < 0.62, loops + lift, np.minimum(back, high))
    return height, np.ones_like(height), np.ones_like(height)


def _legs(x: np.ndarray, y: np.ndarray, aspect: float, spread: float) -> np.ndarray:
    """Legs of jersey loops in one cell, x and y in 0 to 1: they rise from behind, spread upwards and go behind the next loop. 0 to 1."""
    low, high, radius = -0.15, 1.30, 0.215
    best = np.zeros_like(x)
    for row in (-1, 0, 1):
        for wale in (-1, 0, 1):
            for side in (-1.0, 1.0):
                share = np.clip((y - row - low) / (high - low), 0.0, 1.0)
                centre = 0.5 + wale + side * (0.08 + spread * np.sin(0.5 * math.pi * share) ** 1.2)
                slope = spread * 0.5 * math.pi / ((high - low) * aspect)  # mean lean of the leg, so that its width is that of a tube
                away = np.abs(x - centre) / (radius * math.hypot(1.0, 0.6 * slope))
                ends = np.minimum(y - row - low, high - (y - row)) > 0
                ridge = np.sqrt(np.clip(1 - away**2, 0.0, None))
                twist = 1 + 0.05 * np.sin(2 * math.pi * (1.5 * share * (high - low) / 0.5 + 0.8 * side * away))
                best = np.maximum(best, np.where(ends, (0.35 + 0.65 * np.sin(math.pi * share) ** 0.6) * ridge * twist, 0.0))
    return best


def _isotropic(looks: FabricAppearance, thickness_mm: float, rng: np.random.Generator) -> Relief:
    """Cloths whose surface shows no yarns: raised fibres, or the grain of leather."""
    cells, size = 10, 10 * looks.yarn_pitch_mm
    shape = (360, 360)
    if looks.construction == "fleece":
        tuft = shape[0] / cells
        height = thickness_mm * (_TUFT_HIGH * periodic_noise(shape, (tuft / 4, tuft / 4), rng) + _NAP_HIGH * fuzz(shape, rng))
    else:
        height = 0.07 * thickness_mm * _grain(shape[0], cells, rng)
    flat = np.full(shape, 0.5)
    return Relief(height - height.min(), np.ones(shape), flat, (size, size))


def fuzz(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Short fibres in all directions: mean 0, deviation 1."""
    turns = (np.arange(_FIBRE_TURNS) + rng.uniform(0, 1, _FIBRE_TURNS)) * math.pi / _FIBRE_TURNS
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None]
    layers = []
    for turn in turns:
        along, across = fx * math.cos(turn) + fy * math.sin(turn), fy * math.cos(turn) - fx * math.sin(turn)
        damp = np.exp(-2 * math.pi**2 * ((_FIBRE_PIXELS[0] * along) ** 2 + (_FIBRE_PIXELS[1] * across) ** 2))
        layers.append(_unit(np.fft.irfft2(np.fft.rfft2(rng.standard_normal(shape)) * damp, s=shape)))
    return _unit(np.max(layers, axis=0))  # fibres lie over each other


def _grain(side: int, cells: int, rng: np.random.Generator) -> np.ndarray:
    """Pebbles with furrows between them, 0 to 1: Worley noise F2 - F1 on a jittered lattice, shape (side, side)."""
    seeds = rng.uniform(0.1, 0.9, (cells, cells, 2))
    place = (np.arange(side) + 0.5) * cells / side
    gx, gy = np.meshgrid(place, place)
    first = second = np.full((side, side), np.inf)
    for dy in (-2, -1, 0, 1, 2):
        for dx in (-2, -1, 0, 1, 2):
            column, row = np.floor(gx).astype(int) + dx, np.floor(gy).astype(int) + dy
            seed = seeds[row % cells, column % cells]
            distance = np.hypot(gx - column - seed[..., 0], gy - row - seed[..., 1])
            first, second = np.minimum(first, distance), np.minimum(second, np.maximum(first, distance))
    edge = np.clip((second - first) / 0.35, 0.0, 1.0)
    return edge * edge * (3 - 2 * edge)
