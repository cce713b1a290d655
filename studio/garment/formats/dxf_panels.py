"""Pieces of an apparel DXF as panels, by the sewing relations beside it: edges cut, joined and named, pieces turned and mirrored."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import TypeVar

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.garment.curves import Point, Segment, points_at, split_path
from studio.garment.formats.dxf_outline import numbered_edges
from studio.garment.formats.dxf_pieces import Piece
from studio.garment.formats.relations import PieceRelation
from studio.garment.pattern import Edge, Panel, Placement

#: Notches closer than this to an end of their edge [cm] mark the end, not a place on the edge.
_END_CM = 0.2

#: A notch is on an edge within this [cm]: it was moved onto the outline when the piece was read, or onto its half.
_ON_EDGE_CM = 1e-3

T = TypeVar("T")

_NOTCH = re.compile(r"n([1-9]\d{0,3})")


@dataclass(frozen=True, eq=False)
class Made:
    """A panel, what the relations call its edges (any of their words -> the edge's name), and its notches and drill holes as notes."""

    panel: Panel
    names: Mapping[str, str]
    notes: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class _Span:
    """A run of edges of one loop of a piece: the loop (0 is the outline), the first edge and how many."""

    loop: int
    first: int
    count: int


def plain_panel(name: str, piece: Piece) -> Made:
    """A piece without relations: a panel with numbered edges that hangs from the shoulders in front."""
    return make_panel(name, piece, PieceRelation(), size=piece.size or "", words=(), source="")


def make_panel(name: str, piece: Piece, how: PieceRelation, *, size: str, words: Sequence[str], source: str) -> Made:
    """The panel that the relations make of a piece.

    size: For the point that goes to the landmark. words: What seams call its edges. source: What the user calls the relations.
    Raises StudioError that names the relations, the panel and the edge.
    """
    where = f"{source}: '{name}'"
    parts = _cut_loops(piece, how, where)
    loops, names = _named_loops(parts, how, words, where)
    at = _anchor({edge.name: edge for loop in (*parts, *loops) for edge in loop}, names, how, size, where)
    turn = math.radians(how.turn_deg)
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]) if how.turn_deg else np.eye(2)
    outline, *holes = ([Edge(edge.name, _turned(edge.path, matrix)) for edge in loop] for loop in loops)
    x, y = matrix @ at if at is not None else _top(outline)
    grain = ((90.0 if piece.grain_deg is None else piece.grain_deg) + how.turn_deg) % 180.0
    share = _of_size(how.share, size, "share", where)
    placement = Placement(how.region, how.side, how.landmark, (float(x), float(y)), share, how.folded_over)
    panel = Panel(name, tuple(outline), placement, tuple(tuple(hole) for hole in holes), grain, how.cloth)
    if how.mirrored:
        panel = panel.mirrored(name, replace(placement, at_cm=(0.0 - float(x), float(y))))
    return Made(panel, names, _notes(name, piece, loops, mirrored=how.mirrored, matrix=matrix))


def _cut_loops(piece: Piece, how: PieceRelation, where: str) -> list[list[Edge]]:
    """The numbered edges of the outline and the cut-outs, cut where the relations ask for it."""
    loops, first = [], 1
    for outline in (piece.outline, *piece.holes):
        loops.append(numbered_edges(outline, first))
        first += len(loops[-1])
    known = [edge.name for loop in loops for edge in loop]
    for name in how.split:
        if name not in known:
            raise StudioError(f"{where} has no edge '{name}' to split: {did_you_mean(name, known)}")
    return [[part for edge in loop for part in _split(edge, how.split.get(edge.name, ()), piece.notches, where)] for loop in loops]


def _split(edge: Edge, places: Sequence[float | str], notches: np.ndarray, where: str) -> list[Edge]:
    if not places:
        return [edge]
    on = notches_on(edge, notches)
    distances = []
    for place in places:
        notch = _NOTCH.fullmatch(place) if isinstance(place, str) else None
        if isinstance(place, str) and (notch is None or int(notch[1]) > len(on)):
            raise StudioError(f"{where}: '{edge.name}' has {len(on)} notches and is not split at '{place}'; name n1, n2, ... or a share.")
        distances.append(on[int(notch[1]) - 1] if notch else float(place) * edge.length)
    if len(distances) >= len(ascii_lowercase):
        raise StudioError(f"{where}: '{edge.name}' is split {len(distances)} times; {len(ascii_lowercase) - 1} are the most.")
    paths, rest, done = [], edge.path, 0.0
    for distance in sorted(distances):
        before, rest = split_path(rest, distance - done)
        if not before or not rest:
            raise StudioError(f"{where}: '{edge.name}' is split twice at the same place, or at its end.")
        paths.append(before)
        done = distance
    return [Edge(f"{edge.name}{letter}", path) for letter, path in zip(ascii_lowercase, [*paths, rest], strict=False)]


def _named_loops(
    loops: list[list[Edge]], how: PieceRelation, words: Sequence[str], where: str
) -> tuple[list[list[Edge]], Mapping[str, str]]:
    """The loops with runs of edges joined and names given, and what each word means."""
    spans: dict[_Span, str] = {}
    names: dict[str, str] = {}
    for name, word in how.edges.items():
        span = _span(loops, word, where)
        if span in spans:
            raise StudioError(f"{where} gives '{word}' two names, '{spans[span]}' and '{name}'; keep one.")
        spans[span] = name
        names[name] = name
    for word in words:
        if word not in names:
            span = _span(loops, word, where, also=list(how.edges))
            names[word] = spans.setdefault(span, word)
    _refuse_overlap(loops, spans, where)
    joined = [_joined(loop, k, spans) for k, loop in enumerate(loops)]
    for loop in joined:
        for edge in loop:
            names.setdefault(edge.name, edge.name)
    return joined, names


def _span(loops: list[list[Edge]], word: str, where: str, also: Sequence[str] = ()) -> _Span:
    """The run of edges that ``e3`` or ``e2-e4`` means."""
    places = {edge.name: (k, i) for k, loop in enumerate(loops) for i, edge in enumerate(loop)}
    first, dash, last = word.partition("-")
    for name in (first, last) if dash else (first,):
        if name.strip() not in places:
            raise StudioError(f"{where} has no edge '{name.strip()}': {did_you_mean(name.strip(), [*places, *also])}")
    (loop, i), (other, j) = places[first.strip()], places[(last if dash else first).strip()]
    if loop != other:
        raise StudioError(f"{where}: '{word}' leads from one outline of the piece to another; name edges of one.")
    return _Span(loop, i, (j - i) % len(loops[loop]) + 1)


def _refuse_overlap(loops: list[list[Edge]], spans: Mapping[_Span, str], where: str) -> None:
    used: dict[tuple[int, int], str] = {}
    for span, name in spans.items():
        for k in range(span.count):
            index = (span.first + k) % len(loops[span.loop])
            if (span.loop, index) in used:
                edge = loops[span.loop][index].name
                raise StudioError(f"{where}: the edge '{edge}' is part of both '{used[span.loop, index]}' and '{name}'; split or drop one.")
            used[span.loop, index] = name


def _joined(loop: list[Edge], number: int, spans: Mapping[_Span, str]) -> list[Edge]:
    """A loop with its runs of edges joined; it begins with the run that holds its first edge."""
    begins = {span.first: (span.count, name) for span, name in spans.items() if span.loop == number}
    wrapped = [first for first, (count, _) in begins.items() if first + count > len(loop)]
    index = wrapped[0] if wrapped else 0
    end, edges = index + len(loop), []
    while index < end:
        count, name = begins.get(index % len(loop), (1, loop[index % len(loop)].name))
        path = tuple(segment for k in range(count) for segment in loop[(index + k) % len(loop)].path)
        edges.append(Edge(name, path))
        index += count
    return edges


def _anchor(known: Mapping[str, Edge], names: Mapping[str, str], how: PieceRelation, size: str, where: str) -> np.ndarray | None:
    """The point of the drawn piece that goes to the landmark; None for the middle of its top."""
    if how.at_edge is not None:
        word, share = how.at_edge
        name = names.get(word, word)
        if name not in known:
            raise StudioError(f"{where} has no edge '{word}' to be placed by: {did_you_mean(word, known)}")
        return points_at(known[name].path, np.array([share * known[name].length]))[0]
    return None if how.at_cm is None else np.array(_of_size(how.at_cm, size, "at_cm", where))


def _of_size(value: T | dict[str, T], size: str, key: str, where: str) -> T:
    """What relations say for all sizes or for each."""
    if not isinstance(value, dict):
        return value
    if size not in value:
        raise StudioError(f"{where} has no '{key}' for size '{size}': {did_you_mean(size, value)}")
    return value[size]


def _turned(path: Sequence[Segment], matrix: np.ndarray) -> tuple[Segment, ...]:
    if np.array_equal(matrix, np.eye(2)):
        return tuple(path)
    return tuple(segment.moved(matrix, (0.0, 0.0)) for segment in path)


def _top(outline: Sequence[Edge]) -> Point:
    points = np.array([segment.start for edge in outline for segment in edge.path])
    return float(points[:, 0].min() + points[:, 0].max()) / 2, float(points[:, 1].max())


def notches_on(edge: Edge, notches: np.ndarray) -> list[float]:
    """Distances of the notches that lie on an edge from its start [cm], sorted; those at its ends are left out."""
    chain = np.array([edge.start, *(segment.end for segment in edge.path)])
    side = np.diff(chain, axis=0)
    lengths = np.linalg.norm(side, axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    found = []
    for notch in notches:
        offset = notch - chain[:-1]
        share = np.clip((offset * side).sum(axis=1) / np.maximum(lengths, 1e-300) ** 2, 0.0, 1.0)
        distance = np.linalg.norm(offset - share[:, None] * side, axis=1)
        k = int(distance.argmin())
        place = float(along[k] + share[k] * lengths[k])
        if distance[k] <= _ON_EDGE_CM and _END_CM < place < along[-1] - _END_CM:
            found.append(place)
    return sorted(found)


def _notes(name: str, piece: Piece, loops: list[list[Edge]], *, mirrored: bool, matrix: np.ndarray) -> tuple[tuple[str, float], ...]:
    """Notches as distances from the start of their edges, drill holes as places on the panel [cm]."""
    notes = []
    for edge in (edge for loop in loops for edge in loop):
        places = notches_on(edge, piece.notches)
        places = [edge.length - place for place in reversed(places)] if mirrored else places
        notes += [(f"{name}.{edge.name}.n{k}", round(place, 4)) for k, place in enumerate(places, start=1)]
    for k, (x, y) in enumerate(piece.drills @ matrix.T, start=1):
        notes += [(f"{name}.drill{k}_x", round(float(-x if mirrored else x), 4)), (f"{name}.drill{k}_y", round(float(y), 4))]
    return tuple(notes)
