"""Girths of a garment at the levels of a body: how long the cloth is that goes round there, flat and worn.

A level's plane cuts the garment. The line of cloth in the plane is followed over every triangle: its length on the flat pattern is what
the pattern has there, its length in the solver's metric is what it has become. The difference is strain, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.fit.body import Level
from studio.look.sheet import WornSheet
from studio.mesh.section import Loop, flattened, section, tape_length

#: A garment that does not go round a level, as where its armhole is lower than the bust, is read so far beside it at most, and in such
#: steps [m].
_FARTHEST_M, _STEP_M = 0.08, 0.005
#: What garments cover each part of the body with, as regions of panels.
_COVERS = {"trunk": ("torso", "waist", "left_leg", "right_leg"), "leg": ("torso", "waist", "left_leg", "right_leg"), "neck": ("neck",)}


@dataclass(frozen=True, eq=False)
class Girth:
    """A garment at a level.

    level: Where. beside_m: How far down from it the garment was read; 0 where it goes round there. flat_m: Length of the line of cloth on
    the flat pattern. worn_m: As it is worn. tape_m: Of a tape round the worn garment, over its folds. strain_p95: 95 % of the line is
    stretched by less. in_contact: Share of the line that lies on what is below. faces: Triangles that it crosses, (N,).
    offsets_cm: For each panel it crosses, its mean height there over the point that the panel hangs from.
    """

    level: Level
    beside_m: float
    flat_m: float
    worn_m: float
    tape_m: float
    strain_p95: float
    in_contact: float
    faces: np.ndarray
    offsets_cm: Mapping[str, float]

    @property
    def strain(self) -> float:
        """How much longer the line is than on the flat pattern, as a share."""
        return self.worn_m / self.flat_m - 1.0


def girth_at(sheet: WornSheet, level: Level, *, avoid: np.ndarray | None = None) -> Girth | None:
    """A garment's girth at a level, or at the nearest place down from it where it goes round; None where it covers nothing there.

    avoid: A point that the line must not go round [m], (3,): the other leg's.
    """
    chosen = sheet.of_regions(f"{level.side}_arm") if level.part == "arm" else sheet.of_regions(*_COVERS[level.part])
    faces = np.flatnonzero(chosen)
    for beside in np.arange(0.0, _FARTHEST_M + _STEP_M / 2, _STEP_M):
        origin = level.origin + beside * level.normal
        loop = _loop_round(sheet, faces, origin, level.normal, avoid)
        if loop is not None:
            return _read(sheet, faces, loop, level, float(beside), origin)
    return None


def directional_strain(metric: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Stretch less 1 of flat directions (N, 2), any length, under metrics (N, 2, 2), shape (N,)."""
    squared = np.einsum("na,nab,nb->n", direction, metric, direction)
    return np.sqrt(np.maximum(squared, 0.0)) / np.maximum(np.linalg.norm(direction, axis=1), 1e-15) - 1.0


def _loop_round(sheet: WornSheet, faces: np.ndarray, origin: np.ndarray, normal: np.ndarray, avoid: np.ndarray | None) -> Loop | None:
    """The innermost closed line of cloth in a plane that goes round a point of it."""
    found = []
    for loop in section(sheet.vertices, sheet.faces[faces], origin=origin, normal=normal):
        if loop.closed and _goes_round(loop.points, origin, normal) and (avoid is None or not _goes_round(loop.points, avoid, normal)):
            found.append(loop)
    return min(found, key=lambda loop: loop.length) if found else None


def _goes_round(points: np.ndarray, place: np.ndarray, normal: np.ndarray) -> bool:
    """Whether a closed line winds round a place, seen along a normal."""
    flat = flattened(points - place, normal)
    angles = np.arctan2(flat[:, 1], flat[:, 0])
    steps = np.diff(angles, append=angles[:1])
    return abs(float((steps - 2 * np.pi * np.round(steps / (2 * np.pi))).sum())) > np.pi


def _read(sheet: WornSheet, faces: np.ndarray, loop: Loop, level: Level, beside: float, origin: np.ndarray) -> Girth:
    """What a line of cloth says."""
    crossed, grain, panel = crossed_faces(sheet, faces, loop, origin, level.normal)
    along = grain[:, 1] - grain[:, 0]
    flat = np.linalg.norm(along, axis=1)
    strain = directional_strain(sheet.metric[crossed], along)
    order = np.argsort(strain)
    p95 = strain[order[np.searchsorted(np.cumsum(flat[order]), 0.95 * flat.sum())]]
    touching = (sheet.pressure_pa[sheet.faces[crossed]] > 0).mean(axis=1)
    offsets = {}
    for index in np.unique(sheet.panel[crossed]):
        mine = sheet.panel[crossed] == index
        piece = sheet.pattern.panels[index]
        offsets[piece.name] = float(np.average(panel[mine].mean(axis=1)[:, 1], weights=flat[mine] + 1e-12) - piece.placement.at_cm[1])
    return Girth(
        level=level, beside_m=beside, flat_m=float(flat.sum()), worn_m=float(flat @ (1 + strain)),
        tape_m=tape_length(loop.points, level.normal), strain_p95=float(p95), in_contact=float(flat @ touching / flat.sum()),
        faces=crossed, offsets_cm=offsets,
    )  # fmt: skip


def crossed_faces(
    sheet: WornSheet, faces: np.ndarray, loop: Loop, origin: np.ndarray, normal: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The triangles that a line in a plane crosses, (N,), and where it enters and leaves each, (N, 2, 2): along the grain [m], and in the
    panel [cm]."""
    heights = (sheet.vertices - origin) @ (normal / np.linalg.norm(normal))
    count = len(sheet.vertices)
    on_line = np.sort(loop.sides, axis=1) @ [count, 1]
    corners = sheet.faces[faces]
    front = heights[corners] >= 0
    ahead = np.roll(front, -1, axis=1)
    sides = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], axis=2), axis=2) @ [count, 1]
    cut = (front != ahead) & np.isin(sides, on_line)
    mixed = cut.sum(axis=1) == 2
    chosen, cut = faces[mixed], cut[mixed]
    start = heights[corners[mixed]]
    share = np.where(cut, start / np.where(cut, start - np.roll(start, -1, axis=1), 1.0), 0.0)
    places = []
    for flat in (sheet.grain_m[chosen], sheet.flat_cm[chosen]):
        on_side = flat + share[..., None] * (np.roll(flat, -1, axis=1) - flat)
        places.append(on_side[cut].reshape(-1, 2, 2))
    return chosen, places[0], places[1]
