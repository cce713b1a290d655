"""A street that runs away behind the subject: houses on both sides, pavement, kerb and road; by day, or at night with windows and neon."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from studio.blender.meshes import add_mesh, add_tube
from studio.blender.surroundings.finishes import finish, glass, glow
from studio.blender.surroundings.solids import boxes
from studio.blender.surroundings.walls import quad

#: The subject stands this far from the houses on the left, and from the kerb on the right [m]; height of a kerb; width of a kerb stone.
_TO_HOUSES_M, _TO_KERB_M, _KERB_HIGH_M, _KERB_M = 2.4, 1.5, 0.12, 0.15
#: From where the houses stand, and to where [m]: behind the camera, and where a long lens has blurred them.
_FROM_M, _TO_M = -14.0, 90.0
#: Height of a storey, of the ground floor, of the roof's cornice [m]; lengths of houses along the street.
_STOREY_M, _GROUND_M, _CORNICE_M, _HOUSE_M = 3.2, 3.9, 0.5, (7.0, 13.0)
#: Width and height of a window, its distance to the next, how far its frame stands out [m].
_WINDOW_M, _BAY_M, _FRAME_M = (1.15, 1.75), 2.35, 0.07
#: Light in windows, by a bulb of 2900 K: linear Rec.709 of luminance 1.
_LAMPLIGHT = np.array([1.62, 0.90, 0.37])
#: Radius of a neon tube [m] (15 mm glass), and of its glow's stand-off from the wall.
_TUBE_M, _OFF_WALL_M = 0.009, 0.08


def street(spec: dict[str, Any]) -> list[bpy.types.Object]:
    """Everything, the pavement first."""
    rng = np.random.default_rng(spec["seed"])
    left, right = -_TO_HOUSES_M, spec["width_m"] - _TO_HOUSES_M
    kerb, far = _TO_KERB_M, right - _TO_HOUSES_M - 0.6
    pavement = finish("pavement", spec["pavement"], wet=spec["wet"])
    road = finish("road", {"rgb": [0.045, 0.045, 0.047], "finish": "asphalt"}, wet=spec["wet"])
    stone = finish("kerb", {**spec["pavement"], "finish": "concrete"})

    def level(name: str, x: tuple[float, float], z: float, material: bpy.types.Material) -> bpy.types.Object:
        return quad(name, [(x[0], _FROM_M, z), (x[1], _FROM_M, z), (x[1], _TO_M, z), (x[0], _TO_M, z)], material)

    items = [
        level("pavement", (left, kerb), 0.0, pavement),
        level("road", (kerb + _KERB_M, far), -_KERB_HIGH_M, road),
        level("far pavement", (far, right), 0.0, pavement),
        add_mesh("kerbs", *_kerbs(kerb, far), stone, smooth=False),
    ]
    for x, side in ((left, 1.0), (right, -1.0)):
        items += _row_of_houses(spec, x, side, rng)
    return items + _lamp_posts(far) + _neon(spec, (left, right), rng)


def _kerbs(near: float, far: float) -> tuple[np.ndarray, np.ndarray]:
    return boxes(
        [(near, _FROM_M, -_KERB_HIGH_M - 0.05), (far - _KERB_M, _FROM_M, -_KERB_HIGH_M - 0.05)],
        [(near + _KERB_M, _TO_M, 0.003), (far, _TO_M, 0.003)],
    )


def _row_of_houses(spec: dict[str, Any], x: float, side: float, rng: np.random.Generator) -> list[bpy.types.Object]:
    """One side of the street. side: 1 where the houses face +x."""
    walls: dict[str, list[tuple[Any, Any]]] = {"wall": [], "trim": [], "glass": [], "lit": []}
    tones, y = [], _FROM_M
    items = []
    while y < _TO_M:
        stop = y + rng.uniform(*_HOUSE_M)
        storeys = max(1, spec["storeys"] + int(rng.integers(-1, 2)))
        _house(walls, x, side, (y, stop), storeys, spec["lit"], rng)
        tone = np.array(spec["facade"]["rgb"]) * rng.uniform(0.72, 1.12) * (1 + 0.06 * rng.normal(size=3))
        material = finish("facade", {"rgb": np.clip(tone, 0.02, 0.85).tolist(), "finish": spec["facade"]["finish"]})
        items.append(_merged("house", walls["wall"], material))
        walls["wall"] = []
        tones.append(tone)
        y = stop
    trim = finish("trim", {"rgb": np.clip(np.mean(tones, axis=0) * 1.25, 0.05, 0.85).tolist(), "finish": "paint"})
    items += [_merged("trim", walls["trim"], trim), _merged("windows", walls["glass"], glass("pane"))]
    if walls["lit"]:
        items.append(_merged("lit windows", walls["lit"], glow("lamplight", _LAMPLIGHT, spec["lit_radiance"])))
    return items


def _house(
    parts: dict[str, list[tuple[Any, Any]]], x: float, side: float, span: tuple[float, float], storeys: int, lit: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Boxes of one house: its body, cornices, shop fronts, windows with frames and sills."""
    high = _GROUND_M + storeys * _STOREY_M

    def put(part: str, y: tuple[float, float], z: tuple[float, float], out: float, inner: float = 0.0) -> None:
        ends = sorted((x + side * inner, x + side * out))
        parts[part].append(((ends[0], y[0], z[0]), (ends[1], y[1], z[1])))

    put("wall", span, (-0.2, high), 0.0, -8.0)
    put("trim", span, (high, high + _CORNICE_M), 0.35, -0.2)
    put("trim", span, (_GROUND_M - 0.25, _GROUND_M), 0.12)
    bays = int((span[1] - span[0] - 0.8) / _BAY_M)
    start = (span[0] + span[1]) / 2 - bays * _BAY_M / 2 + (_BAY_M - _WINDOW_M[0]) / 2
    for bay in range(bays):
        y = start + bay * _BAY_M
        shop = (y - 0.35, y + _WINDOW_M[0] + 0.35)
        put("lit" if rng.random() < lit else "glass", shop, (0.55, _GROUND_M - 0.75), 0.02)
        put("trim", (shop[0] - 0.09, shop[0]), (0.0, _GROUND_M - 0.65), _FRAME_M)
        put("trim", (shop[1], shop[1] + 0.09), (0.0, _GROUND_M - 0.65), _FRAME_M)
        for storey in range(storeys):
            z = _GROUND_M + storey * _STOREY_M + 0.75
            window = (y, y + _WINDOW_M[0])
            put("lit" if rng.random() < lit else "glass", window, (z, z + _WINDOW_M[1]), 0.015)
            put("trim", (window[0] - 0.12, window[1] + 0.12), (z - 0.12, z), 0.14)
            put("trim", (window[0] - 0.12, window[1] + 0.12), (z + _WINDOW_M[1], z + _WINDOW_M[1] + 0.14), 0.10)
            put("trim", (y + _WINDOW_M[0] / 2 - 0.03, y + _WINDOW_M[0] / 2 + 0.03), (z, z + _WINDOW_M[1]), 0.04)


def _merged(name: str, parts: list[tuple[Any, Any]], material: bpy.types.Material) -> bpy.types.Object:
    return add_mesh(name, *boxes([low for low, _ in parts], [high for _, high in parts]), material, smooth=False)


def _lamp_posts(kerb: float) -> list[bpy.types.Object]:
    """Along the far kerb, where they stand beside the subject and not in its back."""
    metal = finish("post", {"rgb": [0.03, 0.032, 0.033], "finish": "paint"})
    x = kerb + 0.35
    return [
        add_tube("post", np.array([(x, y, 0.0), (x, y, 4.6), (x - 0.25, y, 4.9), (x - 0.7, y, 4.95)]), 0.055, metal)
        for y in np.arange(13.0, _TO_M, 17.0)
    ]


def _neon(spec: dict[str, Any], sides: tuple[float, float], rng: np.random.Generator) -> list[bpy.types.Object]:
    """Tubes of neon on the houses, the first ones just behind the subject, of each colour in turn."""
    colours = spec["neon"]
    if not colours:
        return []
    items, y = [], 2.2
    for number in range(14):
        rgb = np.array(colours[number % len(colours)])
        x, side = (sides[0], 1.0) if number % 2 == 0 else (sides[1], -1.0)
        z = 2.0 + 1.8 * rng.random()
        kind = number % 3
        if kind == 0:  # a ring
            angle, radius = np.linspace(0, 2 * math.pi, 48), 0.35 + 0.3 * rng.random()
            line = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        elif kind == 1:  # a lightning bolt
            line = np.array([(0.25, 0.9), (-0.2, 0.05), (0.15, 0.05), (-0.25, -0.9)]) * (0.8 + 0.5 * rng.random())
        else:  # a bar along the house
            line = np.array([(-1.1, 0.0), (1.1, 0.0)])
        points = np.stack([np.full(len(line), x + side * _OFF_WALL_M), y + line[:, 0], z + line[:, 1]], axis=1)
        items.append(add_tube("neon", points, _TUBE_M * (2.2 if kind == 2 else 1.6), glow("neon", rgb, spec["neon_radiance"])))
        y += rng.uniform(1.4, 3.4)
    return items
