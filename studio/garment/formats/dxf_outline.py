"""Closed chains of lines as outlines of pieces: what lies on them, where their edges begin, unfolding halves, taking off allowances.

Curves stay the chains of lines that the file draws. All in cm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.garment.curves import Line
from studio.garment.pattern import Edge, signed_area

#: What lies within the first of an outline [cm] belongs to it; what lies within the second of one of its points is that point. Chosen:
#: half a millimetre is below what is cut, and real files are exact to 0.01 mm.
ON_OUTLINE_CM, AT_POINT_CM = 0.05, 0.02

#: Points closer together than this [cm] are dropped, unless an edge begins there; the distance grows for outlines that would keep more
#: points than the second. On a curve of 2 cm radius the outline moves by 0.006 mm.
THIN_CM, _MOST_POINTS = 0.05, 2500

#: Where a file marks no turn points, an edge begins where the outline turns by more than this [degrees]. Chosen: curves of real files turn
#: by less than 15 degrees from one point to the next, corners of pieces by more than 45.
CORNER_DEG = 30.0

#: Corners whose places differ by less than this [cm] along the diagonal are equally far down and left: the leftmost counts.
_TIE_CM = 0.01

#: How much nearer a numbering has to bring the corners of two sizes (share of the piece's size) to be preferred to the plain one.
_CLEARLY = 1e-3

#: Cut-outs of a piece whose heights differ by less than this share of its own height are level.
_LEVEL = 0.02

#: A spike's offset is cut off at this many times the allowance (a mitre limit).
_MITRE = 4.0


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed chain of lines [cm].

    points: Corners, shape (N, 2), float64; an outline runs counter-clockwise, a hole clockwise; the first is not repeated.
    turn: Where edges begin, shape (N,), bool. rule: Number of the grade rule of each point, -1 for none, shape (N,), int64.
    """

    points: np.ndarray
    turn: np.ndarray
    rule: np.ndarray

    @property
    def corners(self) -> np.ndarray:
        """Indices of the points where edges begin, shape (K,), int64."""
        return np.flatnonzero(self.turn)

    def rolled(self, first: int) -> Outline:
        """The same outline, begun at another point."""
        return Outline(*(np.roll(array, -first, axis=0) for array in (self.points, self.turn, self.rule)))

    def reversed(self) -> Outline:
        """The same outline run the other way round."""
        return Outline(self.points[::-1], self.turn[::-1], self.rule[::-1])

    def moved(self, displacement: np.ndarray) -> Outline:
        """The outline with its points moved by vectors of shape (N, 2)."""
        return replace(self, points=self.points + displacement)


def outline_of(points: np.ndarray, *, turns: np.ndarray, rules: list[tuple[tuple[float, float], int]], hole: bool = False) -> Outline:
    """An outline from a loop, with the turn points and grade rules that lie on it, thinned, in its own direction.

    points: Shape (N, 2). turns: Places of turn points of all lines of the piece, shape (K, 2). rules: Place and number.
    """
    marks = np.concatenate([turns.reshape(-1, 2), np.array([at for at, _ in rules], dtype=float).reshape(-1, 2)])
    points, where = _embedded(points, marks)
    turn, rule = np.zeros(len(points), dtype=bool), np.full(len(points), -1, dtype=np.int64)
    turn[where[: len(turns)][where[: len(turns)] >= 0]] = True
    for index, (_, number) in zip(where[len(turns) :], rules, strict=True):
        if index >= 0:
            rule[index] = number
    found = _thinned(Outline(points, turn, rule))
    return found.reversed() if (signed_area(found.points) < 0) != hole else found


def with_corners(outline: Outline) -> Outline:
    """The outline with an edge beginning wherever it turns by more than `CORNER_DEG`."""
    return replace(outline, turn=turning_deg(outline.points) > CORNER_DEG)


def turning_deg(points: np.ndarray) -> np.ndarray:
    """By how much a closed chain changes direction at each of its points, degrees, shape (N,)."""
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return np.degrees(np.abs(np.arctan2(cross, (before * after).sum(axis=1))))


def nearest_on(points: np.ndarray, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The places of a closed chain nearest to some points.

    Returns distances, shape (Q,), the side of the chain, shape (Q,), int64, and how far along it, 0 to 1, shape (Q,).
    """
    along = np.roll(points, -1, axis=0) - points
    square = np.maximum((along * along).sum(axis=1), 1e-300)
    distance, side, share = np.zeros(len(queries)), np.zeros(len(queries), dtype=np.int64), np.zeros(len(queries))
    for k, query in enumerate(queries):
        offset = query - points
        shares = np.clip((offset * along).sum(axis=1) / square, 0.0, 1.0)
        distances = np.linalg.norm(offset - shares[:, None] * along, axis=1)
        side[k] = distances.argmin()
        distance[k], share[k] = distances[side[k]], shares[side[k]]
    return distance, side, share


def place_on(points: np.ndarray, side: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Points of a closed chain, given by side and share, shape (Q, 2)."""
    return points[side] + share[:, None] * (np.roll(points, -1, axis=0) - points)[side]


def unfolded(outline: Outline, fold: np.ndarray) -> Outline | None:
    """The whole piece from a half whose outline has an edge on the fold line, which goes; None where no edge lies on it.

    fold: The line's two ends, shape (2, 2).
    """
    direction = fold[1] - fold[0]
    length = float(np.linalg.norm(direction))
    if length <= 0:
        return None
    direction = direction / length
    offset = outline.points - fold[0]
    across = offset[:, 0] * direction[1] - offset[:, 1] * direction[0]
    along = offset @ direction
    on = (np.abs(across) <= ON_OUTLINE_CM) & (along >= -ON_OUTLINE_CM) & (along <= length + ON_OUTLINE_CM)
    run = _longest_run(on & np.roll(on, -1), outline.points)
    if run is None:
        return None
    first, count = run
    half = outline.rolled((first + count) % len(on))
    size = len(on) - count + 1  # from the end of the fold round to its start, both included
    points, turn, rule = half.points[:size].copy(), half.turn[:size], half.rule[:size]
    for end in (0, -1):
        points[end] = fold[0] + ((points[end] - fold[0]) @ direction) * direction
    mirrored = fold[0] + (points - fold[0]) @ (2 * np.outer(direction, direction) - np.eye(2))
    whole = np.concatenate([points, mirrored[-2:0:-1]])
    turns = np.concatenate([turn, turn[-2:0:-1]])
    turns[[0, size - 1]] = turning_deg(whole)[[0, size - 1]] > CORNER_DEG
    return Outline(whole, turns, np.concatenate([rule, rule[-2:0:-1]]))


def mirrored_points(points: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Points of the other half, shape (N, 2)."""
    direction = (fold[1] - fold[0]) / np.linalg.norm(fold[1] - fold[0])
    return fold[0] + (points - fold[0]) @ (2 * np.outer(direction, direction) - np.eye(2))


def inset(outline: Outline, allowance_cm: float) -> Outline:
    """The sewing line inside a cut line: every side moved inwards by the seam allowance, corners mitred."""
    after = np.roll(outline.points, -1, axis=0) - outline.points
    after = after / np.maximum(np.linalg.norm(after, axis=1), 1e-300)[:, None]
    inwards = np.stack([-after[:, 1], after[:, 0]], axis=1)
    before = np.roll(inwards, 1, axis=0)
    scale = 1 / np.maximum(1 + (inwards * before).sum(axis=1), 2 / _MITRE**2)
    return outline.moved(allowance_cm * (inwards + before) * scale[:, None])


def begun(outline: Outline) -> Outline:
    """The outline begun where its first edge begins: at the corner that lies farthest down and left. Every file and size has the same."""
    corners = outline.corners
    if not len(corners):
        return outline.rolled(_lower_left(outline.points))
    return outline.rolled(int(corners[_lower_left(outline.points[corners])]))


def begun_like(outline: Outline, model: Outline) -> Outline | None:
    """The outline begun at the corner that is the model's first one in another size; None where they have other numbers of corners.

    Corners are compared in the two pieces' own bounding boxes, so that a graded piece lies on its model.
    """
    outline = begun(outline)
    if len(outline.corners) != len(model.corners):
        return None
    if not len(outline.corners):
        return outline
    mine, theirs = _in_box(outline)[outline.corners], _in_box(model)[model.corners]
    costs = [np.abs(np.roll(mine, -k, axis=0) - theirs).sum() for k in range(len(mine))]
    best = int(np.argmin(costs))
    return outline if costs[0] - costs[best] < _CLEARLY else outline.rolled(int(outline.corners[best]))


def cornered_like(outline: Outline, model: Outline) -> Outline | None:
    """The outline with edges beginning where those of another size do; None where the order of the corners would change."""
    mine, theirs = _in_box(outline), _in_box(model)[model.corners]
    nearest = np.linalg.norm(mine[None] - theirs[:, None], axis=2).argmin(axis=1)
    steps = np.diff(np.append(nearest, nearest[:1])) % len(mine)
    if len(theirs) > 1 and (steps.sum() != len(mine) or (steps == 0).any()):
        return None
    turn = np.zeros(len(mine), dtype=bool)
    turn[nearest] = True
    return replace(outline, turn=turn)


def in_order(holes: Sequence[Outline], outline: Outline) -> list[Outline]:
    """Cut-outs from the lowest up, level ones from left to right."""
    level = max(_LEVEL * float(np.ptp(outline.points[:, 1])), 1e-9)
    return sorted(holes, key=lambda hole: (round(hole.points[:, 1].mean() / level), hole.points[:, 0].mean()))


def numbered_edges(outline: Outline, first: int = 1) -> list[Edge]:
    """The edges of an outline that begins where its first edge does, named ``e1``, ``e2``, ... from the number ``first`` on."""
    corners = outline.corners if outline.turn.any() else np.array([0])
    ends = [*corners[1:], len(outline.points)]
    chain = [(float(x), float(y)) for x, y in np.append(outline.points, outline.points[:1], axis=0)]
    return [
        Edge(f"e{first + k}", tuple(Line(chain[i], chain[i + 1]) for i in range(a, b)))
        for k, (a, b) in enumerate(zip(corners, ends, strict=True))
    ]


def _lower_left(points: np.ndarray) -> int:
    height = points.sum(axis=1)
    low = np.flatnonzero(height <= height.min() + _TIE_CM)
    return int(low[np.argmin(points[low, 0])])


def _in_box(outline: Outline) -> np.ndarray:
    low, high = outline.points.min(axis=0), outline.points.max(axis=0)
    return (outline.points - low) / np.maximum(high - low, 1e-9)


def _longest_run(sides: np.ndarray, points: np.ndarray) -> tuple[int, int] | None:
    """First side and number of sides of the longest run of marked sides of a closed chain; None where it is no edge to speak of."""
    if not sides.any() or sides.all():
        return None
    lengths = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    starts = np.flatnonzero(sides & ~np.roll(sides, 1))
    runs = []
    for start in starts:
        count = int(np.argmin(np.roll(sides, -start)))
        runs.append((math.fsum(np.roll(lengths, -start)[:count]), int(start), count))
    length, start, count = max(runs)
    return (start, count) if length > 10 * ON_OUTLINE_CM else None


def _embedded(points: np.ndarray, marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chain with a point at every mark that lies on it, and the index of each mark's point, -1 for marks that lie elsewhere."""
    if not len(marks):
        return points, np.zeros(0, dtype=np.int64)
    distance, side, share = nearest_on(points, marks)
    on = distance <= ON_OUTLINE_CM
    places = place_on(points, side, share)
    after = (side + 1) % len(points)
    to_start, to_end = (np.linalg.norm(places - points[k], axis=1) for k in (side, after))
    vertex = np.where(to_start <= to_end, side, after)
    fresh = on & (np.minimum(to_start, to_end) > AT_POINT_CM)
    order = np.lexsort((share, side))
    inserted: list[int] = []  # marks that get a point of their own
    slot = np.zeros(len(marks), dtype=np.int64)
    for k in order[fresh[order]]:
        if not inserted or side[inserted[-1]] != side[k] or math.dist(places[inserted[-1]], places[k]) > AT_POINT_CM:
            inserted.append(int(k))
        slot[k] = len(inserted) - 1
    chain = np.insert(points, side[inserted] + 1, places[inserted], axis=0) if inserted else points
    moved = vertex + np.searchsorted(side[inserted], vertex, side="left")
    where = np.where(fresh, side + 1 + slot, moved)
    return chain, np.where(on, where, -1).astype(np.int64)


def _thinned(outline: Outline) -> Outline:
    """Without points that lie closer than `THIN_CM` to the one before, except where an edge begins, a rule applies or a corner is."""
    outline = _spaced(outline, outline.turn | (outline.rule >= 0), AT_POINT_CM)  # jitter between points would look like corners
    fixed = outline.turn | (outline.rule >= 0) | (turning_deg(outline.points) > CORNER_DEG)
    thin = _spaced(outline, fixed, THIN_CM)
    if len(thin.points) <= _MOST_POINTS:
        return thin
    return _spaced(outline, fixed, float(np.linalg.norm(np.diff(thin.points, axis=0), axis=1).sum()) / _MOST_POINTS)


def _spaced(outline: Outline, fixed: np.ndarray, step: float) -> Outline:
    """The outline with points at least ``step`` apart; fixed ones stay."""
    if fixed.any():
        first = int(np.flatnonzero(fixed)[0])
        outline, fixed = outline.rolled(first), np.roll(fixed, -first)
    points = outline.points
    kept = [0]
    for k in range(1, len(points)):
        near = math.dist(points[k], points[kept[-1]]) < step
        if near and fixed[k] and not fixed[kept[-1]]:
            kept[-1] = k
        elif not near or fixed[k]:
            kept.append(k)
    while len(kept) > 3 and not fixed[kept[-1]] and math.dist(points[kept[-1]], points[0]) < step:
        kept.pop()
    return Outline(points[kept], outline.turn[kept], outline.rule[kept])
