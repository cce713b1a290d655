"""Patterns of ours as GarmentCode JSON files, version 2: cm, relative curvature, laid round pygarment's mean body.

Other programs find outlines, stitches, labels and a place in space; what the format lacks is noted under one key of ``properties``
(`garmentcode_notes`), so that what is read back is the pattern that was written. The format sews one edge to one edge, each of one
segment: edges are cut where the other side of their seam has a corner.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.garment.curves import Segment, parameters_at
from studio.garment.formats.curvature import curvature_of, cut
from studio.garment.formats.garmentcode_file import NOTES_KEY, pattern_digest
from studio.garment.formats.garmentcode_notes import EdgeNotes, PanelNotes, PatternNotes, PlacementNotes, SeamNotes
from studio.garment.formats.laid_out import lay_out
from studio.garment.pattern import Edge, EdgeRef, Panel, Pattern, Seam
from studio.page.files import write_whole

#: Corners of the two sides of a seam this near are one notch [share of the seam]: they are paired, and neither side is cut beside them.
_NOTCH = 0.01

#: Cuts keep this far from the ends of a segment, in its parameter: no crumbs.
_CRUMB = 1e-3

#: pygarment's word for what a panel belongs to, by region: its mesh generator starts from it when it looks for the body part below.
_LABELS = {"torso": "body", "neck": "body", "waist": "leg", "left_arm": "arm", "right_arm": "arm", "left_leg": "leg", "right_leg": "leg"}


def write_garmentcode(pattern: Pattern, path: Path | str) -> None:
    """Write a pattern as a GarmentCode JSON file; `garmentcode.read_garmentcode` gives it back."""
    write_whole(Path(path), json.dumps(garmentcode(pattern), indent=1, allow_nan=False) + "\n")


def garmentcode(pattern: Pattern) -> dict[str, Any]:
    """A pattern as the content of a GarmentCode JSON file, plain data."""
    cuts = _cuts(pattern)
    labels = _labels(pattern)
    lies = lay_out(pattern)
    panels, numbers = {}, {}
    for panel in pattern.panels:
        record, own = _panel(panel, cuts, labels)
        record["translation"], record["rotation"] = (list(triple) for triple in lies[panel.name])
        panels[panel.name] = record
        numbers.update(own)
    section = {
        "panels": panels,
        "stitches": [stitch for seam in pattern.seams for stitch in _stitches(seam, numbers)],
        "panel_order": [panel.name for panel in pattern.panels],
    }
    return {
        "pattern": section,
        "parameters": {},
        "parameter_order": [],
        "properties": {
            "curvature_coords": "relative",
            "normalize_panel_translation": False,
            "normalized_edge_loops": True,
            "units_in_meter": 100,
            NOTES_KEY: _notes(pattern, cuts, pattern_digest(section)).model_dump(mode="json"),
        },
    }


def _panel(panel: Panel, cuts: dict[EdgeRef, tuple[tuple[float, ...], ...]], labels: set[EdgeRef]) -> tuple[dict[str, Any], dict]:
    """A panel's vertices and edges, and the numbers of the file's edges that each of ours became."""
    vertices: list[list[float]] = []
    edges: list[dict[str, Any]] = []
    numbers: dict[EdgeRef, list[int]] = {}
    for loop in (panel.outline, *panel.holes):
        pieces = [(edge.name, piece) for edge in loop for piece in _pieces(edge, cuts[panel.name, edge.name])]
        first = len(vertices)
        for k, (name, piece) in enumerate(pieces):
            vertices.append(list(piece.start))
            record: dict[str, Any] = {"endpoints": [first + k, first + (k + 1) % len(pieces)]}
            if (curvature := curvature_of(piece)) is not None:
                record["curvature"] = curvature
            if (panel.name, name) in labels:
                record["label"] = name
            numbers.setdefault((panel.name, name), []).append(len(edges))
            edges.append(record)
    return {"vertices": vertices, "edges": edges, "label": _LABELS.get(panel.placement.region, "body")}, numbers


def _pieces(edge: Edge, cuts: Sequence[Sequence[float]]) -> Iterable[Segment]:
    for segment, parameters in zip(edge.path, cuts, strict=True):
        yield from cut(segment, parameters)


def _stitches(seam: Seam, numbers: dict[EdgeRef, list[int]]) -> list[list[Any]]:
    a, b = numbers[seam.a], numbers[seam.b]
    pairs = zip(a, b if seam.right_wrong else reversed(b), strict=True)
    marked = ["right_wrong"] if seam.right_wrong else []
    return [[{"panel": seam.a[0], "edge": i}, {"panel": seam.b[0], "edge": j}, *marked] for i, j in pairs]


def _labels(pattern: Pattern) -> set[EdgeRef]:
    """The edges that carry their names as labels. pygarment refuses a stitch whose two edges have different labels (boxmeshgen.py,
    read_stitches), so of such a seam only the first side has one."""
    silent = {seam.b for seam in pattern.seams if seam.a[1] != seam.b[1]}
    return {(panel.name, edge.name) for panel in pattern.panels for edge in panel.edges} - silent


def _notes(pattern: Pattern, cuts: dict[EdgeRef, tuple[tuple[float, ...], ...]], digest: str) -> PatternNotes:
    panels = {}
    for panel in pattern.panels:
        place = panel.placement
        panels[panel.name] = PanelNotes(
            loops=tuple(
                tuple(EdgeNotes(name=edge.name, cuts=cuts[panel.name, edge.name]) for edge in loop)
                for loop in (panel.outline, *panel.holes)
            ),
            placement=PlacementNotes(
                region=place.region, side=place.side, landmark=place.landmark, at_cm=place.at_cm, share=place.share, turned=place.turned
            ),
            grain_deg=panel.grain_deg,
            cloth=panel.cloth,
        )
    seams = tuple(SeamNotes(a=seam.a, b=seam.b, ease=seam.ease, right_wrong=seam.right_wrong) for seam in pattern.seams)
    return PatternNotes(pattern_sha256=digest, name=pattern.name, panels=panels, seams=seams, notes=pattern.notes)


# -- where edges are cut -----------------------------------------------------------------------------------------------------------


def _cuts(pattern: Pattern) -> dict[EdgeRef, tuple[tuple[float, ...], ...]]:
    """For every edge the parameters at which each of its segments is cut, so that both sides of a seam have as many pieces."""
    shares: dict[EdgeRef, list[float]] = {}
    for seam in pattern.seams:
        a, b = (_corners(pattern.edge(ref)) for ref in (seam.a, seam.b))
        mirrored = b if seam.right_wrong else [1 - share for share in reversed(b)]
        on_a, on_b = _unpaired(a, mirrored)
        shares[seam.a] = on_a
        shares[seam.b] = on_b if seam.right_wrong else [1 - share for share in reversed(on_b)]
    return {
        (panel.name, edge.name): _parameters(edge, shares.get((panel.name, edge.name), []))
        for panel in pattern.panels
        for edge in panel.edges
    }


def _corners(edge: Edge) -> list[float]:
    """Where an edge's segments meet, as shares of its length."""
    lengths = [segment.length for segment in edge.path]
    return [float(along) / edge.length for along in itertools.accumulate(lengths[:-1])]


def _unpaired(a: Sequence[float], b: Sequence[float]) -> tuple[list[float], list[float]]:
    """Cuts that each side needs: the other's corners that have no corner of its own for a partner. Both are rising shares."""
    on_a, on_b, i, j = [], [], 0, 0
    while i < len(a) or j < len(b):
        if i < len(a) and j < len(b) and abs(a[i] - b[j]) <= _NOTCH and not _better(a, i, b[j]) and not _better(b, j, a[i]):
            i, j = i + 1, j + 1
        elif j == len(b) or (i < len(a) and a[i] < b[j]):
            on_b.append(a[i])
            i += 1
        else:
            on_a.append(b[j])
            j += 1
    return on_a, on_b


def _better(own: Sequence[float], k: int, other: float) -> bool:
    """Whether the next corner is a nearer partner."""
    return k + 1 < len(own) and abs(own[k + 1] - other) < abs(own[k] - other)


def _parameters(edge: Edge, shares: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    """Shares of an edge's length as parameters of the segments they fall in; a segment that ends where it starts is halved."""
    found: list[list[float]] = [[0.5] if math.dist(segment.start, segment.end) < 1e-9 else [] for segment in edge.path]
    starts = [0.0, *itertools.accumulate(segment.length for segment in edge.path)]
    for share in shares:
        along = share * edge.length
        k = min(int(np.searchsorted(starts, along, side="right")) - 1, len(edge.path) - 1)
        t = float(parameters_at(edge.path[k], np.array([along - starts[k]]))[0])
        found[k].append(min(max(t, _CRUMB), 1 - _CRUMB))
    return tuple(_apart(sorted(parameters)) for parameters in found)


def _apart(parameters: list[float]) -> tuple[float, ...]:
    """Rising parameters, each a little after the one before it: a piece has a length."""
    for k in range(1, len(parameters)):
        parameters[k] = max(parameters[k], parameters[k - 1] + 1e-3 * (1 - parameters[k - 1]))
    return tuple(parameters)
