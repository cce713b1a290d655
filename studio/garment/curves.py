"""Plane curves of sewing patterns: straight, quadratic, cubic and circular segments with exact lengths. Unit: cm.

A segment runs from ``start`` to ``end``; its parameter t goes from 0 to 1. Lengths are closed forms, except for the cubic, which has
none: it is integrated by Gauss-Legendre quadrature on halved intervals until two levels agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

#: A point or vector of the pattern plane [cm].
Point = tuple[float, float]

#: Two halving levels of the quadrature must agree to this [cm]: a hundred thousandth of what scissors can follow.
_LENGTH_TOLERANCE_CM = 1e-9
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)

#: Nodes of the table that inverts arc length: with cubic interpolation, points are placed to better than 1e-5 cm on a 60 cm curve.
_TABLE_NODES = 513


@dataclass(frozen=True)
class Line:
    """A straight segment."""

    start: Point
    end: Point

    @property
    def controls(self) -> tuple[Point, ...]:
        return self.start, self.end

    def at(self, t: np.ndarray) -> np.ndarray:
        """Points at parameters t of shape (N,), shape (N, 2), float64."""
        a, b = np.array(self.start), np.array(self.end)
        return a + np.asarray(t, dtype=float)[:, None] * (b - a)

    def derivative(self, t: np.ndarray) -> np.ndarray:
        """Derivatives by t at parameters of shape (N,), shape (N, 2), float64."""
        return np.repeat((np.array(self.end) - np.array(self.start))[None], len(t), axis=0)

    @cached_property
    def length(self) -> float:
        return math.dist(self.start, self.end)

    def reversed(self) -> Line:
        return Line(self.end, self.start)

    def moved(self, matrix: np.ndarray, shift: Point) -> Line:
        """The segment under ``p -> matrix @ p + shift``; matrix is a rotation or reflection, shape (2, 2)."""
        return Line(*_move(self.controls, matrix, shift))


@dataclass(frozen=True)
class Quadratic:
    """A quadratic Bézier segment."""

    start: Point
    control: Point
    end: Point

    @property
    def controls(self) -> tuple[Point, ...]:
        return self.start, self.control, self.end

    def at(self, t: np.ndarray) -> np.ndarray:
        """Points at parameters t of shape (N,), shape (N, 2), float64."""
        p, t = np.array(self.controls), np.asarray(t, dtype=float)[:, None]
        return (1 - t) ** 2 * p[0] + 2 * t * (1 - t) * p[1] + t**2 * p[2]

    def derivative(self, t: np.ndarray) -> np.ndarray:
        """Derivatives by t at parameters of shape (N,), shape (N, 2), float64."""
        p, t = np.array(self.controls), np.asarray(t, dtype=float)[:, None]
        return 2 * ((1 - t) * (p[1] - p[0]) + t * (p[2] - p[1]))

    @cached_property
    def length(self) -> float:
        """The integral of sqrt(A t^2 + B t + C): the speed of a quadratic Bézier is the root of a quadratic in t."""
        p = np.array(self.controls)
        u, v = p[0] - 2 * p[1] + p[2], p[1] - p[0]
        A, B, C = 4 * u @ u, 8 * u @ v, 4 * v @ v
        if max(C, 1e-300) * 1e-12 > A:  # the control point bisects the chord: uniform speed
            return float(math.sqrt(C))
        k = C - B * B / (4 * A)

        def antiderivative(t: float) -> float:
            x = t + B / (2 * A)
            root = math.sqrt(max(A * x * x + k, 0.0))
            if k <= 1e-12 * C:  # the curve folds back on a line
                return 0.5 * x * root
            return 0.5 * (x * root + k / math.sqrt(A) * math.asinh(x * math.sqrt(A / k)))

        return antiderivative(1.0) - antiderivative(0.0)

    def reversed(self) -> Quadratic:
        return Quadratic(self.end, self.control, self.start)

    def moved(self, matrix: np.ndarray, shift: Point) -> Quadratic:
        """The segment under ``p -> matrix @ p + shift``; matrix is a rotation or reflection, shape (2, 2)."""
        return Quadratic(*_move(self.controls, matrix, shift))


@dataclass(frozen=True)
class Cubic:
    """A cubic Bézier segment."""

    start: Point
    control_1: Point
    control_2: Point
    end: Point

    @property
    def controls(self) -> tuple[Point, ...]:
        return self.start, self.control_1, self.control_2, self.end

    def at(self, t: np.ndarray) -> np.ndarray:
        """Points at parameters t of shape (N,), shape (N, 2), float64."""
        p, t = np.array(self.controls), np.asarray(t, dtype=float)[:, None]
        return (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]

    def derivative(self, t: np.ndarray) -> np.ndarray:
        """Derivatives by t at parameters of shape (N,), shape (N, 2), float64."""
        p, t = np.array(self.controls), np.asarray(t, dtype=float)[:, None]
        d = np.diff(p, axis=0)
        return 3 * ((1 - t) ** 2 * d[0] + 2 * t * (1 - t) * d[1] + t**2 * d[2])

    @cached_property
    def length(self) -> float:
        before, pieces = _quadrature(self, 1), 2
        while True:
            after = _quadrature(self, pieces)
            if abs(after - before) < _LENGTH_TOLERANCE_CM or pieces >= 1024:
                return after
            before, pieces = after, pieces * 2

    def reversed(self) -> Cubic:
        return Cubic(self.end, self.control_2, self.control_1, self.start)

    def moved(self, matrix: np.ndarray, shift: Point) -> Cubic:
        """The segment under ``p -> matrix @ p + shift``; matrix is a rotation or reflection, shape (2, 2)."""
        return Cubic(*_move(self.controls, matrix, shift))


@dataclass(frozen=True)
class Arc:
    """A circular arc. ``bulge`` is the tangent of a quarter of the swept angle, positive to the left of the chord's right-hand
    side (counter-clockwise travel), as DXF writes it: 1 is a half circle, 0 would be a straight line."""

    start: Point
    end: Point
    bulge: float

    @property
    def controls(self) -> tuple[Point, ...]:
        return self.start, self.end

    @cached_property
    def radius(self) -> float:
        return math.dist(self.start, self.end) * (1 + self.bulge**2) / (4 * abs(self.bulge))

    @cached_property
    def sweep_rad(self) -> float:
        return 4 * math.atan(self.bulge)

    @cached_property
    def centre(self) -> Point:
        (x0, y0), (x1, y1) = self.start, self.end
        # the centre lies left of the chord by (1 - b^2) / (4 b) chord lengths
        k = (1 - self.bulge**2) / (4 * self.bulge)
        return (x0 + x1) / 2 - k * (y1 - y0), (y0 + y1) / 2 + k * (x1 - x0)

    def _angles(self, t: np.ndarray) -> np.ndarray:
        cx, cy = self.centre
        return math.atan2(self.start[1] - cy, self.start[0] - cx) + np.asarray(t, dtype=float) * self.sweep_rad

    def at(self, t: np.ndarray) -> np.ndarray:
        """Points at parameters t of shape (N,), shape (N, 2), float64."""
        angles = self._angles(t)
        return np.array(self.centre) + self.radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)

    def derivative(self, t: np.ndarray) -> np.ndarray:
        """Derivatives by t at parameters of shape (N,), shape (N, 2), float64."""
        angles = self._angles(t)
        return self.radius * self.sweep_rad * np.stack([-np.sin(angles), np.cos(angles)], axis=1)

    @cached_property
    def length(self) -> float:
        return self.radius * abs(self.sweep_rad)

    def reversed(self) -> Arc:
        return Arc(self.end, self.start, -self.bulge)

    def moved(self, matrix: np.ndarray, shift: Point) -> Arc:
        """The segment under ``p -> matrix @ p + shift``; matrix is a rotation or reflection, shape (2, 2)."""
        sign = math.copysign(1.0, float(np.linalg.det(matrix)))
        return Arc(*_move(self.controls, matrix, shift), self.bulge * sign)


Segment = Line | Quadratic | Cubic | Arc


def reversed_path(path: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same path walked from its end to its start."""
    return tuple(segment.reversed() for segment in reversed(path))


def mirrored_path(path: Sequence[Segment]) -> tuple[Segment, ...]:
    """The path reflected about x = 0 and walked backwards, so that a loop that contains it keeps its sense of rotation."""
    flip = np.diag([-1.0, 1.0])
    return reversed_path([segment.moved(flip, (0.0, 0.0)) for segment in path])


def path_length(path: Sequence[Segment]) -> float:
    """Length of a chain of segments [cm]."""
    return math.fsum(segment.length for segment in path)


def points_at(path: Sequence[Segment], distances: np.ndarray) -> np.ndarray:
    """Points of a chain at given distances along it [cm], shape (N, 2), float64. Distances are clipped to the chain."""
    distances = np.asarray(distances, dtype=float)
    starts = np.concatenate([[0.0], np.cumsum([segment.length for segment in path])])
    which = np.clip(np.searchsorted(starts, distances, side="right") - 1, 0, len(path) - 1)
    points = np.empty((len(distances), 2))
    for k, segment in enumerate(path):
        mine = which == k
        if mine.any():
            points[mine] = segment.at(parameters_at(segment, np.clip(distances[mine] - starts[k], 0.0, segment.length)))
    return points


def sample_path(path: Sequence[Segment], count: int) -> np.ndarray:
    """``count`` + 1 points at equal distances along a chain, ends included exactly, shape (count + 1, 2), float64."""
    points = points_at(path, np.linspace(0.0, path_length(path), count + 1))
    points[0], points[-1] = path[0].start, path[-1].end
    return points


def split_path(path: Sequence[Segment], distance: float) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Cut a chain at a distance along it [cm]; both parts together are the same curve. Empty parts are possible at the ends."""
    before: list[Segment] = []
    rest = list(path)
    while rest and distance >= rest[0].length - 1e-9:
        distance -= rest[0].length
        before.append(rest.pop(0))
    if rest and distance > 1e-9:
        t = float(parameters_at(rest[0], np.array([distance]))[0])
        first, second = split_segment(rest.pop(0), t)
        before.append(first)
        rest.insert(0, second)
    return tuple(before), tuple(rest)


def _move(controls: tuple[Point, ...], matrix: np.ndarray, shift: Point) -> list[Point]:
    moved = np.array(controls) @ np.asarray(matrix, dtype=float).T + np.array(shift)
    return [(float(x) + 0.0, float(y) + 0.0) for x, y in moved]  # + 0.0 turns -0.0 into 0.0: equal patterns print equally


def _quadrature(curve: Cubic, pieces: int) -> float:
    edges = np.linspace(0.0, 1.0, pieces + 1)
    half = (edges[1] - edges[0]) / 2
    t = (edges[:-1, None] + half * (_NODES + 1)).ravel()
    speed = np.linalg.norm(curve.derivative(t), axis=1)
    return float((speed * np.tile(_WEIGHTS, pieces)).sum() * half)


def parameters_at(segment: Segment, distances: np.ndarray) -> np.ndarray:
    """Parameters t at distances from the segment's start: by proportion where the speed is constant, else by a table.

    Between the table's nodes t is the cubic that also has the right slope dt/ds = 1/speed at both (Hermite).
    """
    if isinstance(segment, Line | Arc):
        return distances / segment.length if segment.length > 0 else np.zeros(len(distances))
    t = np.linspace(0.0, 1.0, _TABLE_NODES)
    steps = np.linalg.norm(np.diff(segment.at(t), axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    along *= segment.length / along[-1]
    k = np.clip(np.searchsorted(along, distances, side="right") - 1, 0, len(t) - 2)
    gap = np.maximum(along[k + 1] - along[k], 1e-300)
    u = (distances - along[k]) / gap
    rate = gap / np.maximum(np.linalg.norm(segment.derivative(t), axis=1), 1e-9)[[k, k + 1]]
    rate = np.minimum(rate, 3 * (t[1] - t[0]))  # keeps the cubic rising where the curve comes to rest (Fritsch and Carlson 1980)
    h00, h10, h01, h11 = (1 + 2 * u) * (1 - u) ** 2, u * (1 - u) ** 2, u**2 * (3 - 2 * u), u**2 * (u - 1)
    return np.clip(h00 * t[k] + h10 * rate[0] + h01 * t[k + 1] + h11 * rate[1], 0.0, 1.0)


def split_segment(segment: Segment, t: float) -> tuple[Segment, Segment]:
    """The two parts of a segment before and after its parameter t, by de Casteljau's subdivision; an arc keeps its circle."""
    if isinstance(segment, Arc):
        (x, y) = segment.at(np.array([t]))[0]
        middle = (float(x), float(y))
        sweep = segment.sweep_rad
        return Arc(segment.start, middle, math.tan(sweep * t / 4)), Arc(middle, segment.end, math.tan(sweep * (1 - t) / 4))
    points = np.array(segment.controls)
    left, right = [points[0]], [points[-1]]
    while len(points) > 1:
        points = points[:-1] + t * np.diff(points, axis=0)
        left.append(points[0])
        right.append(points[-1])
    pairs = [tuple(float(c) for c in p) for p in left], [tuple(float(c) for c in p) for p in reversed(right)]
    return type(segment)(*pairs[0]), type(segment)(*pairs[1])
