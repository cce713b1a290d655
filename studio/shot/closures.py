"""What closes a front: where its pattern says buttons or a zip lie, and their shapes on the draped cloth.

A front that is worn closed is drafted and simulated to the centre line, where both sides are sewn together. What one sees instead of that
seam is the upper side's edge, a button stand beyond the centre, and buttons on it; or a zip between both edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Line
from studio.garment.pattern import Pattern
from studio.mesh.normals import vertex_normals

#: A shirt's button: 18 lignes across (11.4 mm), with four holes; thickness, height of its rim, distance and size of the holes [m].
_BUTTON_M, _THICK_M, _RIM_M, _HOLES_M, _HOLE_M = 0.0114, 0.0026, 0.0005, 0.0011, 0.0009
#: A zip with teeth of 5 mm, as jackets have: width and height of a tooth, distance of two [m] (28 in 5 cm, both sides together).
_TOOTH_M, _TOOTH_HIGH_M, _PITCH_M = 0.0062, 0.0022, 0.0018
#: Its slider: width, length, thickness; and the puller that hangs from it [m].
_SLIDER_M, _PULLER_M = (0.009, 0.011, 0.005), (0.006, 0.026, 0.0016)
#: How far under the top of the front a closed zip's slider stays [m].
_BELOW_TOP_M = 0.004
_SIDES = 28

Part = Literal["button", "thread", "metal"]


@dataclass(frozen=True, eq=False)
class Opening:
    """The front opening of a garment. under, over: The panels of its lower and its upper side. centre_cm: The centre line on both, from the
    neck to the hem, (2, 2, 2): panel, end, coordinates. stand_cm: How far the upper side reaches past it; 0 for a zip. buttons_cm: Their
    distances from the neck. zip_cm: Length of the zip, or 0.
    """

    under: int
    over: int
    centre_cm: np.ndarray
    stand_cm: float
    buttons_cm: tuple[float, ...]
    zip_cm: float

    @property
    def edge_mm(self) -> float:
        """Distance from the centre of what the sewer stitched along it [mm]."""
        return 10 * self.stand_cm if self.buttons_cm else 7.0


@dataclass(frozen=True, eq=False)
class Trim:
    """Small hard things on a garment. vertices: World [m], (V, 3). faces: (F, 3). part: What each face is, a number into ``parts``."""

    vertices: np.ndarray
    faces: np.ndarray
    part: np.ndarray
    parts: tuple[Part, ...]


def opening_of(pattern: Pattern) -> Opening | None:
    """The front opening that a pattern's notes speak of; None without. Women's fronts close right over left."""
    notes = dict(pattern.notes)
    names = [panel.name for panel in pattern.panels]
    fronts = ("front_left", "front_right")
    if not ("button_1" in notes or "zip" in notes) or not set(fronts) <= set(names):
        return None
    lines = []
    for name in fronts:
        try:
            path = pattern.panel(name).edge("centre").path
        except StudioError:
            return None
        if not all(isinstance(segment, Line) for segment in path):
            return None
        ends = np.array([path[0].start, path[-1].end])
        lines.append(ends[np.argsort(-ends[:, 1])])  # from the neck down: patterns have the grain upwards
    buttons = tuple(value for name, value in pattern.notes if name.removeprefix("button_").isdigit())
    return Opening(
        under=names.index(fronts[0]),
        over=names.index(fronts[1]),
        centre_cm=np.array(lines),
        stand_cm=notes.get("button_stand", 0.0),
        buttons_cm=buttons,
        zip_cm=notes.get("zip", 0.0),
    )


def trim_of(opening: Opening, vertices: np.ndarray, faces: np.ndarray, uv_cm: np.ndarray, panel: np.ndarray, *, thickness_m: float) -> Trim:
    """Buttons or a zip on a draped garment. vertices: Of its outer side [m], (V, 3). faces, uv_cm, panel: As of a `Garment`."""
    front = _Front(opening, vertices, faces, uv_cm, panel, vertex_normals(vertices, faces))
    return _buttons(front, thickness_m) if opening.buttons_cm else _zip(front)


@dataclass(frozen=True, eq=False)
class _Front:
    """The upper side of an opening on the draped garment."""

    opening: Opening
    vertices: np.ndarray
    faces: np.ndarray
    uv_cm: np.ndarray
    panel: np.ndarray
    normals: np.ndarray

    def down_the_centre(self, at_cm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World points and normals at distances (N,) from the neck down the centre [cm]: in the triangle there, or the nearest."""
        line = self.opening.centre_cm[1]
        along = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
        own = np.flatnonzero(self.panel == self.opening.over)
        a, b, c = (self.uv_cm[own, k] for k in range(3))
        matrix = np.stack([b - a, c - a], axis=2)
        points, directions = [], []
        for place in line[0] + at_cm[:, None] * along:
            two = np.linalg.solve(matrix, (place - a)[..., None])[..., 0]
            shares = np.stack([1 - two.sum(axis=1), two[:, 0], two[:, 1]], axis=1)
            best = int(shares.min(axis=1).argmax())
            share = np.clip(shares[best], 0.0, 1.0)
            share /= share.sum()
            corners = self.faces[own[best]]
            points.append(share @ self.vertices[corners])
            directions.append(share @ self.normals[corners])
        found = np.array(directions)
        return np.array(points), found / np.linalg.norm(found, axis=1, keepdims=True)


def _buttons(front: _Front, thickness_m: float) -> Trim:
    at_cm = np.array(front.opening.buttons_cm)
    points, out = front.down_the_centre(at_cm)
    below, _ = front.down_the_centre(at_cm + 1.0)
    shape, shape_faces, shape_part = _button()
    meshes = []
    for point, normal, next_point in zip(points, out, below, strict=True):
        frame = _frame(normal, next_point - point)
        meshes.append((shape @ frame.T + point + normal * thickness_m, shape_faces, shape_part))
    return _joined(meshes, ("button", "thread"))


def _zip(front: _Front) -> Trim:
    length_cm = np.linalg.norm(np.diff(front.opening.centre_cm[1], axis=0))
    points, out = front.down_the_centre(np.arange(100 * _BELOW_TOP_M, min(front.opening.zip_cm, length_cm) - 0.2, 100 * _PITCH_M))
    out = _smoothed_directions(out)
    plain = np.zeros(len(_BOX_FACES), dtype=int)
    meshes = []
    for k, point in enumerate(points):
        frame = _frame(out[k], points[min(k + 1, len(points) - 1)] - points[max(k - 1, 0)])
        lean = 0.18 * (1 if k % 2 else -1) * _TOOTH_M  # teeth of both sides take turns
        tooth = _box((_TOOTH_M * 0.8, 0.72 * _PITCH_M, _TOOTH_HIGH_M)) + np.array([lean, 0, 0])
        meshes.append((tooth @ frame.T + point, _BOX_FACES, plain))
    frame = _frame(out[0], points[1] - points[0])
    for size, place in ((_SLIDER_M, (0, 0.3 * _SLIDER_M[1], 0.4 * _SLIDER_M[2])), (_PULLER_M, (0, 0.75 * _PULLER_M[1], _SLIDER_M[2]))):
        meshes.append(((_box(size) + np.array(place)) @ frame.T + points[0], _BOX_FACES, plain))
    return _joined(meshes, ("metal",))


def _smoothed_directions(directions: np.ndarray, reach: int = 6) -> np.ndarray:
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    padded = np.pad(directions, ((reach, reach), (0, 0)), mode="edge")
    mean = np.stack([np.convolve(padded[:, k], kernel, "valid") for k in range(3)], axis=1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def _frame(normal: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Columns: across, along (down the front), out of the cloth, (3, 3)."""
    along = along - normal * (along @ normal)
    along /= np.linalg.norm(along)
    return np.stack([np.cross(along, normal), along, normal], axis=1)


def _button() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sew-through button around the origin, out along +z: a turned profile with a raised rim, and thread through its four holes."""
    radius = _BUTTON_M / 2
    profile = [(0.0, 0.55), (0.62, 0.55), (0.74, 0.78), (0.86, 1.0), (0.96, 0.92), (1.0, 0.6), (0.96, 0.25), (0.80, 0.0)]
    angle = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
    rings = [
        np.stack([r * radius * np.cos(angle), r * radius * np.sin(angle), np.full(_SIDES, h * _THICK_M + _RIM_M * (h - 0.5))], axis=1)
        for r, h in profile[1:]
    ]
    points = [np.array([[0, 0, profile[0][1] * _THICK_M]]), *rings]
    faces = [(0, 1 + k, 1 + (k + 1) % _SIDES) for k in range(_SIDES)]
    for ring in range(len(rings) - 1):
        a, b = 1 + ring * _SIDES, 1 + (ring + 1) * _SIDES
        for k in range(_SIDES):
            n = (k + 1) % _SIDES
            faces += [(a + k, b + k, b + n), (a + k, b + n, a + n)]
    vertices, part = np.concatenate(points), [0] * len(faces)
    high = profile[0][1] * _THICK_M + 0.00025
    for turn in (0.25 * np.pi, 0.75 * np.pi):  # two stitches that cross
        box = _box((2.9 * _HOLES_M, 0.6 * _HOLE_M, 0.0009))
        spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        faces += (_BOX_FACES + len(vertices)).tolist()
        part += [1] * len(_BOX_FACES)
        vertices = np.concatenate([vertices, box @ spin.T + [0, 0, high - 0.0003]])
    return vertices, np.array(faces), np.array(part)


_BOX_FACES = np.array(
    [(0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6), (0, 1, 4), (1, 5, 4), (2, 6, 3), (3, 6, 7), (0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)]
)


def _box(size: tuple[float, float, float]) -> np.ndarray:
    return np.array([(x, y, z) for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)]) * np.array(size)


def _joined(meshes: list[tuple[np.ndarray, np.ndarray, np.ndarray]], parts: tuple[Part, ...]) -> Trim:
    starts = np.cumsum([0, *(len(vertices) for vertices, _, _ in meshes)])
    return Trim(
        np.concatenate([vertices for vertices, _, _ in meshes]),
        np.concatenate([faces + start for (_, faces, _), start in zip(meshes, starts, strict=False)]),
        np.concatenate([part for _, _, part in meshes]),
        parts,
    )
