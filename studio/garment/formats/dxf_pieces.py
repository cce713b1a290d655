"""The pieces of an apparel DXF in cm, one for each size: outlines, notches, grain, folds, and what their texts say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Point
from studio.garment.formats import dxf_entities as layers
from studio.garment.formats.dxf_chain import Chained, chain_loops
from studio.garment.formats.dxf_entities import Drawing, Group, Label
from studio.garment.formats.dxf_outline import (
    AT_POINT_CM,
    CORNER_DEG,
    ON_OUTLINE_CM,
    Outline,
    nearest_on,
    outline_of,
    place_on,
    with_corners,
)
from studio.garment.formats.dxf_text import allowance_of, fields_of, quantity_of, rule_number

#: Lines of an outline are joined where their ends are this close [cm]. Real files are exact to 0.001 mm; chosen far below what is cut.
JOIN_CM = 0.05

#: The same for pieces that lie outside of blocks, before the file's unit is known: as a share of the whole drawing's extent.
_JOIN_SHARE = 1e-4

#: A notch lies on the cut line, the outline may be the sewing line: at most this far inside [cm]. The widest usual allowance, a hem's.
_NOTCH_REACH_CM = 5.0

#: Notches closer together than this [cm] are one: AccuMark marks the notch's depth with a second point inside of it.
_SAME_NOTCH_CM = 0.1

#: A cut line's graded corner belongs to the sewing line's corner within this [cm].
_ALLOWANCE_REACH_CM = 4.0

#: Limits of one piece: points of an outline, lines it is drawn in, and marks.
MAX_OUTLINE_POINTS, MAX_LINES, MAX_MARKS = 20_000, 5_000, 5_000


@dataclass(frozen=True, eq=False)
class Piece:
    """One piece in one size, in cm.

    name, size: What the file calls them; size is None where it names none. block: The block that draws it.
    outline: The sewing line where one is drawn (then ``sewn``), else the cut line. holes: Cut-outs, clockwise.
    notches, drills: Places, shape (K, 2). fold: The fold line of a half piece, shape (2, 2), or None.
    grain_deg: Direction of the grain line from +x, 0 to 180; None where none is drawn. axis_deg: The direction of a grade rule's dx.
    quantity: How often it is cut. allowance_cm: What lies between a cut line and its sewing line, by the file's words.
    by_angle: Edges begin at sharp corners, since the file marks no turn points. remarks: What was mended, guessed or left out.
    """

    name: str
    size: str | None
    block: str
    outline: Outline
    sewn: bool
    holes: tuple[Outline, ...]
    notches: np.ndarray
    drills: np.ndarray
    fold: np.ndarray | None
    grain_deg: float | None
    axis_deg: float
    quantity: int
    allowance_cm: float | None
    by_angle: bool
    remarks: tuple[str, ...]


def piece_groups(drawing: Drawing) -> tuple[Group, ...]:
    """The groups that draw a piece each: the blocks, or the closed outlines of a file that has its pieces outside of blocks."""
    if drawing.groups:
        return drawing.groups
    paths = drawing.loose.on(layers.BOUNDARY)
    if not paths:
        return ()
    everything = np.concatenate([path.points for path in paths])
    extent = float(np.ptp(everything, axis=0).max())
    if len(paths) > MAX_LINES:
        raise StudioError(f"The file draws {len(paths):,} lines outside of blocks on layer 1; at most {MAX_LINES:,} are put together.")
    loops = chain_loops([(path.points, path.closed) for path in paths], tolerance=_JOIN_SHARE * extent).loops
    outer = [loop for k, loop in enumerate(loops) if not any(_inside(loop[0], other) for other in loops[:k])]
    return tuple(_within(drawing.loose, loop, k) for k, loop in enumerate(outer, start=1))


def largest_extent(groups: Sequence[Group]) -> float:
    """The longer side of the largest piece, in the file's unit."""
    boxes = [np.concatenate([path.points for path in group.on(layers.BOUNDARY, layers.SEW)]) for group in groups]
    return max(float(np.ptp(box, axis=0).max()) for box in boxes)


def read_piece(group: Group, *, unit_cm: float, style: Mapping[str, str], source: str) -> Piece:
    """The piece that a group draws. style: What the file says of all its pieces. source: What the user calls the file.

    Raises StudioError where its outline is open (with the gap's size) or too large.
    """
    fields = {**{key: style[key] for key in ("allowance",) if key in style}, **fields_of(group.labels)}
    size = fields.get("size")
    name = fields.get("piece") or _name_of_block(group.name, size)
    where = f"'{name}'{f' (size {size})' if size else ''} in {source}"
    remarks: list[str] = []
    fold = _fold(group, unit_cm)
    cut, sewn = (_loops(group, layer, unit_cm, where, fold) for layer in (layers.BOUNDARY, layers.SEW))
    if not cut.loops and not sewn.loops:
        opened = _openness(cut if group.on(layers.BOUNDARY) else sewn)
        raise StudioError(f"The outline of {where} {opened}; close it there and export it again.")
    if group.on(layers.SEW) and not sewn.loops:
        remarks.append(f"The sew line of '{name}' {_openness(sewn)}; its cut line is used.")
    chosen = sewn if sewn.loops else cut
    more = len(chosen.loops) - 1 + chosen.strays
    if more:
        remarks.append(f"'{name}' has {more} more line{'s' if more > 1 else ''} on the layer of its outline, left out here.")
    outline, holes, by_angle = _outlines(group, chosen.loops[0], cut.loops[0] if cut.loops else None, unit_cm, where)
    if by_angle:
        remarks.append(f"'{name}' has no turn points: its edges begin where it turns by more than {CORNER_DEG:g} degrees.")
    grain = _direction(group, layers.GRAIN)
    if grain is None:
        remarks.append(f"'{name}' has no grain line: the warp is taken to run straight up.")
    remarks += _ignored(group, name)
    return Piece(
        name=name, size=size, block=group.name, outline=outline, sewn=bool(sewn.loops), holes=holes,
        notches=_notches(group.points(*layers.NOTCHES) * unit_cm, outline), drills=group.points(layers.DRILL) * unit_cm,
        fold=fold, grain_deg=grain, axis_deg=_axis(group), quantity=quantity_of(fields),
        allowance_cm=None if sewn.loops else allowance_of(fields, unit_cm), by_angle=by_angle, remarks=tuple(remarks),
    )  # fmt: skip


def _outlines(
    group: Group, loop: np.ndarray, cut: np.ndarray | None, unit_cm: float, where: str
) -> tuple[Outline, tuple[Outline, ...], bool]:
    """The outline, the cut-outs inside it, and whether its edges have to begin at sharp corners."""
    turns = group.points(layers.TURN) * unit_cm
    ruled = [(label, number) for label in group.labels if (number := rule_number(label)) is not None]
    marks = len(turns) + len(ruled) + len(group.points(*layers.NOTCHES))
    if marks > MAX_MARKS:
        raise StudioError(f"{where} has {marks:,} turn points, grade points and notches; {MAX_MARKS:,} are read at most.")
    rules = _rules(group, ruled, unit_cm)
    outline = outline_of(loop, turns=turns, rules=rules)
    if cut is not None and cut is not loop and not (outline.rule >= 0).any():
        outline = _ruled_like(outline, outline_of(cut, turns=turns, rules=rules))
    cutouts = [hole for hole in _loops(group, layers.CUTOUT, unit_cm, where).loops if _inside(hole[0], loop)]
    holes = tuple(outline_of(hole, turns=turns, rules=rules, hole=True) for hole in cutouts)
    return outline, tuple(hole if hole.turn.any() else with_corners(hole) for hole in holes), not outline.turn.any()


def _ruled_like(outline: Outline, cut: Outline) -> Outline:
    """A sewing line with the grade rules of its cut line: each goes to the nearest corner, or else to the nearest point."""
    rule = outline.rule.copy()
    for index in np.flatnonzero(cut.rule >= 0):
        distances = np.linalg.norm(outline.points - cut.points[index], axis=1)
        corners = outline.corners
        if len(corners) and distances[corners].min() <= _ALLOWANCE_REACH_CM:
            rule[corners[distances[corners].argmin()]] = cut.rule[index]
        elif distances.min() <= _ALLOWANCE_REACH_CM:
            rule[distances.argmin()] = cut.rule[index]
    return replace(outline, rule=rule)


def _loops(group: Group, layer: int, unit_cm: float, where: str, fold: np.ndarray | None = None) -> Chained:
    """The closed lines of a layer [cm]; the line of a half piece that ends at its fold at both ends is closed there."""
    paths = [(path.points * unit_cm, path.closed) for path in group.on(layer)]
    points = max((len(path.points) for path in group.on(layer)), default=0)
    if len(paths) > MAX_LINES or points > MAX_OUTLINE_POINTS:
        raise StudioError(
            f"{where} draws {len(paths):,} lines of up to {points:,} points on layer {layer}; {MAX_LINES:,} of {MAX_OUTLINE_POINTS:,} "
            "are read at most."
        )
    chained = chain_loops(paths, tolerance=JOIN_CM)
    if chained.loops or fold is None:
        return chained
    ends = np.array([points[k] for points, closed in paths if not closed for k in (0, -1)]).reshape(-1, 2)
    direction = (fold[1] - fold[0]) / max(float(np.linalg.norm(fold[1] - fold[0])), 1e-9)
    offset = ends - fold[0]
    at_fold = ends[np.abs(offset[:, 0] * direction[1] - offset[:, 1] * direction[0]) <= ON_OUTLINE_CM]
    return chain_loops([*paths, (at_fold, False)], tolerance=JOIN_CM) if len(at_fold) == 2 else chained


def _openness(chained: Chained) -> str:
    if not math.isfinite(chained.gap):
        return "is a single line"
    return f"stays open by {chained.gap:.2f} cm near ({chained.at[0]:.1f}, {chained.at[1]:.1f}) cm"


def _name_of_block(block: str, size: str | None) -> str:
    for mark in "-_ .":
        if size and block.upper().endswith(f"{mark}{size.upper()}") and len(block) > len(size) + 1:
            return block[: -len(size) - 1]
    return block


def _rules(group: Group, ruled: list[tuple[Label, int]], unit_cm: float) -> list[tuple[Point, int]]:
    """Grade rules and where they apply: at the text itself where a point of the outline or a mark is there, else at the mark before it."""
    marks = np.array([at for _, at in group.marks]).reshape(-1, 2)
    known = np.concatenate([marks, *(path.points for path in group.on(layers.BOUNDARY, layers.SEW, layers.CUTOUT))])
    found = []
    for label, number in ruled:
        close = np.linalg.norm(known - np.array(label.at), axis=1).min() * unit_cm <= AT_POINT_CM
        x, y = label.at if close or label.after is None else label.after
        found.append(((x * unit_cm, y * unit_cm), number))
    return found


def _notches(points: np.ndarray, outline: Outline) -> np.ndarray:
    """Notches moved onto the outline, each once, shape (K, 2)."""
    if not len(points):
        return points
    distance, side, share = nearest_on(outline.points, points)
    return distinct_places(place_on(outline.points, side, share)[distance <= _NOTCH_REACH_CM])


def distinct_places(points: np.ndarray) -> np.ndarray:
    """Places without those that are closer than `_SAME_NOTCH_CM` to one before, shape (K, 2)."""
    kept: list[np.ndarray] = []
    for place in points:
        if all(math.dist(place, other) > _SAME_NOTCH_CM for other in kept):
            kept.append(place)
    return np.array(kept).reshape(-1, 2)


def _fold(group: Group, unit_cm: float) -> np.ndarray | None:
    """The two ends of the mirror line."""
    lines = group.on(layers.MIRROR)
    if not lines:
        return None
    longest = max(lines, key=lambda path: float(np.linalg.norm(path.points[-1] - path.points[0])))
    return longest.points[[0, -1]] * unit_cm


def _direction(group: Group, layer: int) -> float | None:
    """Direction of the longest line on a layer, degrees from +x, 0 to 180; None where there is none."""
    chords = [path.points[-1] - path.points[0] for path in group.on(layer) if not path.closed]
    if not chords or max(float(np.linalg.norm(chord)) for chord in chords) <= 0:
        return None
    x, y = max(chords, key=lambda chord: float(np.linalg.norm(chord)))
    return round(math.degrees(math.atan2(y, x)), 4) % 180.0


def _axis(group: Group) -> float:
    """Direction of a grade rule's dx: along the grade reference line (D6673), from left to right; +x where there is none."""
    direction = _direction(group, layers.GRADE_REFERENCE)
    if direction is None:
        return 0.0
    return direction - 180.0 if direction > 90.0 else direction


def _ignored(group: Group, name: str) -> list[str]:
    counts = {"internal": len(group.on(layers.INTERNAL)), "stripe or plaid": len(group.on(layers.STRIPE, layers.PLAID))}
    return [f"'{name}' has {count} {what} line{'s' if count > 1 else ''}, not read." for what, count in counts.items() if count]


def _inside(point: np.ndarray, loop: np.ndarray) -> bool:
    """Whether a point lies inside a loop (even-odd rule)."""
    a, b = loop, np.roll(loop, -1, axis=0)
    straddles = (a[:, 1] > point[1]) != (b[:, 1] > point[1])
    rise = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
    x = a[:, 0] + (point[1] - a[:, 1]) / rise * (b[:, 0] - a[:, 0])
    return bool(np.count_nonzero(straddles & (x > point[0])) % 2)


def _within(group: Group, loop: np.ndarray, number: int) -> Group:
    """The part of a group that lies in a loop or on it."""
    reach = 10 * _JOIN_SHARE * float(np.ptp(loop, axis=0).max())

    def belongs(at: np.ndarray) -> bool:
        return _inside(at, loop) or bool(nearest_on(loop, at[None])[0][0] <= reach)

    return Group(
        f"piece-{number}",
        tuple(path for path in group.paths if belongs(path.points[len(path.points) // 2])),
        tuple((layer, at) for layer, at in group.marks if belongs(np.array(at))),
        tuple(label for label in group.labels if belongs(np.array(label.at))),
    )
