"""The line between the lips: found by looking from the front, closed where the lips of a shut mouth stand apart, and painted.

The body's lips meet only almost: rays from the front find a slit of 0.3 to 1.2 mm between them, which would be drawn as a black cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.shot.head import Head

#: Steps in which a mouth is looked at [m].
_ACROSS_M, _UP_M = 0.0005, 0.0001
#: Farther than this behind the lips a ray has gone in between them [m].
_DEEP_M = 0.009
#: Lips that stand apart by less than the first are shut; by more than the second, open [m].
_SHUT_M, _OPEN_M = 0.0016, 0.0034
#: How far the lips move when they are closed: over that height it dies out, and over that depth behind their front [m].
_SPREAD_M, _SPREAD_DEPTH_M = 0.0040, (0.009, 0.015)
#: How much closed lips press into each other [m].
_PRESS_M = 0.00004


@dataclass(frozen=True)
class LipLine:
    """Where the lips meet, in the head's axes around the mouth [m]: x to the subject's left, z up, forward towards the face's front.

    centre: Of the mouth, world, (3,). table: Rows (x, lower edge, upper edge, front), x rising, (N, 4): what is seen between lower and
    upper edge is not lip; they are equal where the lips touch. front: How far the lips reach forward.
    """

    centre: np.ndarray
    table: np.ndarray

    @property
    def gap(self) -> float:
        """How far the lips are apart at most [m]."""
        return float((self.table[:, 2] - self.table[:, 1]).max())

    @property
    def shut(self) -> bool:
        """Whether these are the lips of a shut mouth, which shows nothing of its inside."""
        return self.gap < _SHUT_M

    def at(self, x: np.ndarray, column: int) -> np.ndarray:
        """A column of the table at x, (N,)."""
        return np.interp(x, self.table[:, 0], self.table[:, column])


def lip_line(head: Head, surface: Surface) -> LipLine:
    """Follow the notch between the lips from the middle to both corners. surface: The skin."""
    centre = head.world_from_head(head.mouth[None])[0]
    axes = head.direction(np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]))
    x, z = np.arange(-0.034, 0.0341, _ACROSS_M), np.arange(-0.042, 0.0121, _UP_M)
    xx, zz = np.meshgrid(x, z, indexing="ij")
    start = centre + xx.reshape(-1, 1) * axes[0] + zz.reshape(-1, 1) * axes[1] + 0.06 * axes[2]
    reach, _ = surface.first_hits(start, np.broadcast_to(-axes[2], start.shape))
    depth = np.where(np.isfinite(reach), reach, 1.0).reshape(xx.shape)
    middle = len(x) // 2
    rows: dict[int, tuple[float, float, float, float]] = {}
    for way in (1, -1):
        at, i = int(np.argmin(np.abs(z))), middle
        while 0 <= i < len(x) and (row := _notch(depth[i], z, at, wide=i == middle)) is not None:
            lower, upper, front = row
            rows[i] = (x[i], z[lower], z[upper], 0.06 - front)
            at, i = (lower + upper) // 2, i + way
    table = np.array([rows[i] for i in sorted(rows)]) if len(rows) > 24 else np.array([[-0.02, 0, 0, 0.0], [0.02, 0, 0, 0.0]])
    if len(rows) > 24:
        kernel = np.ones(5) / 5
        for column in (1, 2, 3):
            table[2:-2, column] = np.convolve(table[:, column], kernel, "same")[2:-2]
    return LipLine(centre, table)


def _notch(depth: np.ndarray, z: np.ndarray, at: int, *, wide: bool) -> tuple[int, int, float] | None:
    """Lower and upper edge of what lies between the lips in one column, and how near the lips come; None beyond a corner."""
    reach = round((0.005 if wide else 0.0012) / _UP_M)
    low, high = max(at - reach, 1), min(at + reach, len(z) - 2)
    deepest = low + int(np.argmax(depth[low : high + 1]))
    step = round(0.0035 / _UP_M)
    below, above = depth[max(deepest - step, 0) : deepest], depth[deepest + 1 : deepest + step + 1]
    if not len(below) or not len(above):
        return None
    upright = int(np.argmin(np.abs(z)))  # the upper lip, which no jaw takes away
    front = float(min(below.min(), above.min(), depth[upright : upright + round(0.009 / _UP_M)].min()))
    if depth[deepest] - front < _DEEP_M:
        hollow = depth[deepest] - max(float(below.min()), float(above.min()))  # how deep the notch is, seen from both lips
        return (deepest, deepest, front) if hollow > 0.0003 else None
    lower = upper = deepest
    while lower > 0 and depth[lower - 1] - front > _DEEP_M:
        lower -= 1
    while upper < len(z) - 1 and depth[upper + 1] - front > _DEEP_M:
        upper += 1
    near = np.r_[depth[max(lower - step, 0) : lower], depth[upper + 1 : upper + step + 1]]
    return lower, upper, float(near.min())


def closed_lips(head: Head, line: LipLine, vertices: np.ndarray) -> np.ndarray:
    """The skin's vertices with the lips of a shut mouth brought together, halfway each; an open mouth stays as it is."""
    share = float(np.clip((_OPEN_M - line.gap) / (_OPEN_M - _SHUT_M), 0, 1))
    if share == 0 or line.gap == 0:
        return vertices
    x, z, forward = _around(head, line, vertices)
    half = (line.at(x, 2) - line.at(x, 1)) / 2
    half = np.where(half > 0, half + _UP_M / 2 + _PRESS_M, 0.0)
    middle = (line.at(x, 2) + line.at(x, 1)) / 2
    away = np.maximum(np.abs(z - middle) - half, 0.0)
    behind = line.at(x, 3) - forward
    ends = (x > line.table[0, 0]) & (x < line.table[-1, 0])
    falloff = np.exp(-((away / _SPREAD_M) ** 2)) * np.clip((_SPREAD_DEPTH_M[1] - behind) / np.ptp(_SPREAD_DEPTH_M), 0, 1) * (behind > -0.01)
    step = share * ends * half * falloff * np.where(z > middle, -1.0, 1.0)
    return vertices + step[:, None] * head.direction([0.0, 0.0, 1.0])


def lip_fields(head: Head, line: LipLine, vertices: np.ndarray) -> dict[str, np.ndarray]:
    """Fields of the skin, (V,): ``lip_line``, 1 where lips meet, within half a millimetre; ``lip_wet``, 1 on the moist inner lip."""
    x, z, forward = _around(head, line, vertices)
    inside = np.clip(x, line.table[0, 0], line.table[-1, 0])
    beyond = np.abs(x - inside)
    lower, upper, front = (line.at(inside, column) for column in (1, 2, 3))
    away = np.hypot(np.maximum(np.maximum(z - upper, lower - z), 0), beyond)
    near = (forward < front + 0.01) & (forward > front - 0.022)
    half = max(line.table[-1, 0] - line.table[0, 0], 1e-6) / 2
    fade = np.clip(1.15 - np.abs(inside) / half, 0.25, 1)  # towards the corners the line softens
    return {"lip_line": near * fade * np.exp(-((away / 0.0007) ** 2)), "lip_wet": near * np.exp(-((away / 0.0030) ** 2)) * (beyond == 0)}


def _around(head: Head, line: LipLine, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    offset = vertices - line.centre
    return tuple(offset @ head.direction(axis) for axis in ([1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]))
