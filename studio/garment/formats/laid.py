"""Panels as a GarmentCode file lays them round its body, before they have a place on ours.

The file's world: cm, y up, the body faces +z, +x is its left. A panel is drawn in its own plane; a rotation and a translation lay that
plane in the world (rotation first). Angles turn about the fixed axes x, then y, then z, which is how pygarment's own mesh generator reads
them (pattern/rotation.py, euler_xyz_to_R).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from studio.garment.curves import reversed_path
from studio.garment.pattern import Edge, EdgeRef, loop_polygon

#: Outlines are looked at as polygons with steps of this [cm].
_STEP = 1.0
_MIRROR = np.diag([-1.0, 1.0])
#: A half turn about the panel's own y: what mirroring its drawing does to the plane it lies in.
_HALF_TURN = np.diag([-1.0, 1.0, -1.0])

#: A panel's direction this close to its axes is meant to be them [degrees]: rounding, no design.
_ON_AXIS_DEG = 1e-6

Loop = tuple[Edge, ...]


@dataclass(frozen=True, eq=False)
class Laid:
    """A panel, seen from the right side of its cloth, outline counter-clockwise, and how it lies in the file's world.

    name, label: As in the file. outline, holes: Edges [cm].
    rotation: The panel's axes and normal in the world as columns, shape (3, 3). translation: Of its origin [cm], shape (3,).
    grain_deg: Direction of the file's own y axis, or of its x axis where that runs along the limb, from +x.
    """

    name: str
    label: str
    outline: Loop
    holes: tuple[Loop, ...]
    rotation: np.ndarray
    translation: np.ndarray
    grain_deg: float = 90.0

    @cached_property
    def polygon(self) -> np.ndarray:
        """The outline, shape (N, 2) [cm]."""
        return loop_polygon(self.outline, _STEP)

    @cached_property
    def world(self) -> np.ndarray:
        """The outline in the file's world, shape (N, 3) [cm]."""
        return self.lies_at(self.polygon)

    @cached_property
    def centre(self) -> np.ndarray:
        """Middle of the panel's extent in the file's world, shape (3,) [cm]."""
        return (self.world.min(axis=0) + self.world.max(axis=0)) / 2

    @property
    def normal(self) -> np.ndarray:
        """Where the right side of the cloth looks, shape (3,)."""
        return self.rotation[:, 2]

    @property
    def faces_aside(self) -> bool:
        """Whether it looks to the left or right rather than to the front or back."""
        return abs(self.normal[0]) > 1.5 * abs(self.normal[2])

    @property
    def width(self) -> float:
        """Extent along the panel's x [cm]."""
        return float(np.ptp(self.polygon[:, 0]))

    @cached_property
    def edges(self) -> dict[str, Edge]:
        """All edges by name."""
        return {edge.name: edge for loop in (self.outline, *self.holes) for edge in loop}

    def lies_at(self, points: np.ndarray) -> np.ndarray:
        """Points of the panel, shape (N, 2), in the file's world, shape (N, 3)."""
        return points @ self.rotation[:, :2].T + self.translation

    def middle(self, edge: Edge) -> np.ndarray:
        """Middle of an edge in the file's world, shape (3,)."""
        return self.lies_at(edge.sample(2)[1:2])[0]

    def runs_across(self, edge: Edge) -> bool:
        """Whether an edge runs round the body rather than down it."""
        along = self.lies_at(np.array([edge.end]))[0] - self.lies_at(np.array([edge.start]))[0]
        return abs(float(along[1])) <= math.hypot(along[0], along[2])

    def seen_from_behind(self) -> Laid:
        """The same piece in the same place, drawn mirrored: for an outline that was clockwise."""
        return self._moved(_MIRROR, _HALF_TURN, reverse=False)

    def turned_over(self) -> Laid:
        """The same piece in the same place with its other side called right: every edge now runs the other way."""
        return self._moved(_MIRROR, _HALF_TURN, reverse=True)

    def with_up(self, up: np.ndarray, *, snap_deg: float = _ON_AXIS_DEG) -> Laid:
        """The drawing turned so that a direction of its plane, shape (2,), points along +y. It stays where it lies.

        Where the direction is within ``snap_deg`` of an axis of the drawing, that axis is meant: nothing is rounded then.
        The warp is taken to run along that axis, or the nearest one.
        """
        angle = math.degrees(math.atan2(up[1], up[0]))
        quarters = round(angle / 90)
        off = angle - 90 * quarters
        turn = quarter_turn(1 - quarters)
        if abs(off) > snap_deg:
            c, s = math.cos(math.radians(-off)), math.sin(math.radians(-off))
            turn = np.array([[c, -s], [s, c]]) @ turn
        else:
            off = 0.0
        if np.array_equal(turn, np.eye(2)):
            return self
        whole = np.eye(3)
        whole[:2, :2] = turn.T
        return replace(self._moved(turn, whole, reverse=False), grain_deg=90.0 - off)

    def _moved(self, matrix: np.ndarray, plane: np.ndarray, *, reverse: bool) -> Laid:
        def moved(loop: Sequence[Edge]) -> Loop:
            edges = [Edge(edge.name, tuple(segment.moved(matrix, (0.0, 0.0)) for segment in edge.path)) for edge in loop]
            return tuple(Edge(edge.name, reversed_path(edge.path)) for edge in reversed(edges)) if reverse else tuple(edges)

        return replace(self, outline=moved(self.outline), holes=tuple(moved(hole) for hole in self.holes), rotation=self.rotation @ plane)


@dataclass(frozen=True)
class Link:
    """A seam from one panel's side. edge: Its own. other, theirs: The panel at the other side and its edge."""

    edge: Edge
    other: str
    theirs: Edge


def links_of(panels: dict[str, Laid], stitches: Sequence[tuple[EdgeRef, EdgeRef]]) -> dict[str, tuple[Link, ...]]:
    """What each panel is sewn to, in the file's order; a seam of a panel with itself appears twice."""
    found: dict[str, list[Link]] = {name: [] for name in panels}
    for stitch in stitches:
        for (panel, edge), (other, theirs) in (stitch, stitch[::-1]):
            found[panel].append(Link(panels[panel].edges[edge], other, panels[other].edges[theirs]))
    return {name: tuple(links) for name, links in found.items()}


def quarter_turn(count: int) -> np.ndarray:
    """So many quarter turns counter-clockwise, without rounding, shape (2, 2)."""
    c, s = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[count % 4]
    return np.array([[c, -s], [s, c]])


def rotation_from_deg(angles: Sequence[float]) -> np.ndarray:
    """The rotation about the fixed axes x, y, z in turn, shape (3, 3). Quarter turns come out without rounding."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        c, s = _cos_sin(angle)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
        matrix = turn @ matrix
    return matrix


def deg_from_rotation(matrix: np.ndarray) -> tuple[float, float, float]:
    """Angles about the fixed axes x, y, z in turn that give a rotation. Where y is a right angle, the turn about z is taken as 0."""
    y = math.asin(min(1.0, max(-1.0, -float(matrix[2, 0]))))
    if abs(math.cos(y)) > 1e-9:
        x = math.atan2(matrix[2, 1], matrix[2, 2])
        z = math.atan2(matrix[1, 0], matrix[0, 0])
    else:
        x, z = math.atan2(-matrix[1, 2], matrix[1, 1]), 0.0
    return tuple(math.degrees(angle) + 0.0 for angle in (x, y, z))


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    quarters = angle_deg / 90
    if quarters == round(quarters):
        (c, _), (s, _) = quarter_turn(round(quarters)).tolist()
        return c, s
    return math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
