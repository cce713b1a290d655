"""Patterns in the GarmentCode JSON format, versions 1 and 2, become patterns of ours.

The format and ours agree on most: cm (after a factor), pieces seen from the right side, seams that join start to end. What the format
lacks is found: placements from how its panels lie round its body, ease from the lengths of a seam's two sides. It says nothing of grain
(taken up the panel) or cloth. Parameters and constraints of version 1 are not applied: the outlines are stored as they make them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.garment.curves import Segment
from studio.garment.formats.curvature import joined, segment_from
from studio.garment.formats.garmentcode_file import MAX_CM, FilePanel, FileStitch, PatternFile, load_file, parse_file
from studio.garment.formats.garmentcode_notes import PanelNotes, PatternNotes
from studio.garment.formats.laid import Laid, Loop, rotation_from_deg
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.formats.placing import place_panels
from studio.garment.pattern import SEAM_TOLERANCE, Edge, EdgeRef, Panel, Pattern, Seam, loop_polygon, signed_area
from studio.specs.base import validate

#: What a pattern's only size is called.
ONE_SIZE = "one"

#: Sides of a seam that differ by more than this are said to be gathered or eased [share]: more than a set-in sleeve's cap has.
_GATHERED = 0.06

#: An edge must be longer than this [cm]: a hundredth of a thread.
_SHORTEST_CM = 1e-4


def read_garmentcode(path: Path | str) -> PatternSet:
    """Read a GarmentCode JSON file. Raises StudioError in one sentence for a file that is none, or whose pattern cannot be sewn."""
    path = Path(path)
    return parse_garmentcode(load_file(path), file=path.name)


def parse_garmentcode(content: bytes, *, file: str) -> PatternSet:
    """The same from a file's bytes. ``file`` is what the user calls it; the pattern is called after it."""
    found = parse_file(content, file=file)
    try:
        if found.notes is not None:
            notes = validate(PatternNotes, found.notes, source=f"{file}: 'properties.studio'")
            if notes.pattern_sha256 == found.digest:
                return _as_written(found, notes)
        name = pattern_name(file)
        pattern, remarks = _as_found(found, name)
    except StudioError as error:
        raise StudioError(str(error) if str(error).startswith(file) else f"{file}: {error}") from None
    if found.notes is not None:
        remarks = ("Another program has changed the pattern since studio wrote it, so what studio noted beside it is left aside.", *remarks)
    return PatternSet(name, {ONE_SIZE: pattern}, ONE_SIZE, remarks)


def pattern_name(file: str) -> str:
    """What a pattern is called after its file: without ``_specification``, which pygarment appends."""
    return Path(file).stem.removesuffix("_specification") or Path(file).stem


# -- files of other programs -------------------------------------------------------------------------------------------------------


def _as_found(found: PatternFile, name: str) -> tuple[Pattern, tuple[str, ...]]:
    """The pattern of a file that was made elsewhere, and remarks."""
    laid, reversed_edges = [], set()
    for panel in found.panels:
        piece, backwards = _laid(panel, found)
        laid.append(piece)
        reversed_edges |= {(panel.name, edge) for edge in backwards}
    names = {panel.name: _edge_names(panel) for panel in found.panels}
    stitches = [tuple((panel, names[panel][edge]) for panel, edge in (stitch.a, stitch.b)) for stitch in found.stitches]
    placed = place_panels(laid, stitches)
    panels = {panel.name: panel for panel in placed.panels}
    against = reversed_edges | {(panel, edge.name) for panel in placed.turned for edge in panels[panel].edges}
    seams = [_seam(refs, stitch, panels, against) for refs, stitch in zip(stitches, found.stitches, strict=True)]
    pattern = Pattern(name, placed.panels, tuple(seams))
    return pattern, (*_parameter_remarks(found), *placed.remarks, *_ease_remarks(pattern), _GRAIN_REMARK)


_GRAIN_REMARK = "The format has no grainline: the warp is taken to run up each panel, and along the sleeves."


def _laid(panel: FilePanel, found: PatternFile) -> tuple[Laid, set[str]]:
    """A panel as it is drawn and laid, and the names of hole edges that had to be turned round."""
    loops = _loops(panel, found)
    areas = [signed_area(loop_polygon(loop, 0.5)) for loop in loops]
    outer = max(range(len(loops)), key=lambda k: abs(areas[k]))
    _refuse_outside(panel.name, loops, outer)
    holes, backwards = [], set()
    for k, loop in enumerate(loops):
        if k == outer:
            continue
        same_way = areas[k] * areas[outer] > 0
        holes.append(tuple(Edge(edge.name, _backwards(edge)) for edge in reversed(loop)) if same_way else loop)
        backwards |= {edge.name for edge in loop} if same_way else set()
    translation = np.array(panel.translation) * found.scale
    if np.abs(translation).max() > MAX_CM:
        raise StudioError(f"the panel '{panel.name}' lies {np.abs(translation).max() / 100:,.0f} m from the body; is the unit right?")
    laid = Laid(panel.name, panel.label, loops[outer], tuple(holes), rotation_from_deg(panel.rotation_deg), translation)
    return (laid if areas[outer] > 0 else laid.seen_from_behind()), backwards


def _backwards(edge: Edge) -> tuple[Segment, ...]:
    return tuple(segment.reversed() for segment in reversed(edge.path))


def _loops(panel: FilePanel, found: PatternFile) -> list[Loop]:
    """The closed outlines that a panel's edges make, in the file's order. Raises StudioError where an edge does not follow on another."""
    segments, names = _segments(panel, found), _edge_names(panel)
    loops, loop, first = [], [], panel.edges[0].start
    for number, edge in enumerate(panel.edges):
        if loop and edge.start != panel.edges[number - 1].end:
            raise StudioError(
                f"the edge {number} of '{panel.name}' starts at the vertex {edge.start}, and the one before it ends at "
                f"{panel.edges[number - 1].end}; edges follow one another round the panel."
            )
        if not loop:
            first = edge.start
        loop.append(Edge(names[number], (segments[number],)))
        if edge.end == first:
            loops.append(tuple(loop))
            loop = []
    if loop:
        raise StudioError(f"the outline of '{panel.name}' is open: its last edge does not end at the vertex {first}, where it began.")
    return loops


def _segments(panel: FilePanel, found: PatternFile) -> list[Segment]:
    """Every edge of a panel as a segment [cm]."""
    points = [(x * found.scale, y * found.scale) for x, y in panel.vertices]
    segments = []
    for number, edge in enumerate(panel.edges):
        start, end = points[edge.start], points[edge.end]
        if max(map(abs, (*start, *end))) > MAX_CM:
            raise StudioError(f"the panel '{panel.name}' reaches {max(map(abs, (*start, *end))) / 100:,.0f} m; is the unit right?")
        if math.dist(start, end) < _SHORTEST_CM:
            raise StudioError(f"the edge {number} of '{panel.name}' has no length.")
        segment = segment_from(edge.kind, edge.numbers, start, end, relative=found.relative, scale=found.scale)
        if not segment.length < 10 * MAX_CM:
            raise StudioError(f"the edge {number} of '{panel.name}' is {segment.length / 100:,.0f} m long; is its curvature right?")
        segments.append(segment)
    return segments


def _refuse_outside(name: str, loops: Sequence[Loop], outer: int) -> None:
    from studio.garment.triangulate import inside

    boundary = loop_polygon(loops[outer], 0.5)
    index = np.arange(len(boundary))
    sides = np.stack([index, np.roll(index, -1)], axis=1)
    for k, loop in enumerate(loops):
        if k != outer and not inside(loop_polygon(loop, 0.5), boundary, sides).all():
            raise StudioError(f"the panel '{name}' has two outlines, one beside the other; make them two panels.")


def _edge_names(panel: FilePanel) -> list[str]:
    """Names of a panel's edges: their labels, numbered where one label is used again, else ``edge_<number>`` as the file counts."""
    names: list[str] = []
    for number, edge in enumerate(panel.edges):
        name, again = edge.label or f"edge_{number}", 2
        while name in names:
            name, again = f"{edge.label or f'edge_{number}'}_{again}", again + 1
        names.append(name)
    return names


def _seam(refs: tuple[EdgeRef, EdgeRef], stitch: FileStitch, panels: dict[str, Panel], against: set[EdgeRef]) -> Seam:
    """The seam of a stitch; turning one of its edges round swaps the way they are joined."""
    (a, b) = (panels[panel].edge(edge).length for panel, edge in refs)
    ease = b / a - 1
    swapped = (refs[0] in against) != (refs[1] in against)
    return Seam(*refs, ease if abs(ease) > SEAM_TOLERANCE / 2 else 0.0, right_wrong=stitch.right_wrong != swapped)


def _parameter_remarks(found: PatternFile) -> tuple[str, ...]:
    said = [
        f"{len(names)} {what}{'s' if len(names) > 1 else ''} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})"
        for what, names in (("parameter", found.parameters), ("constraint", found.constraints))
        if names
    ]
    return (f"The file has {' and '.join(said)}; the outlines are read as they are stored, which is as these make them.",) if said else ()


def _ease_remarks(pattern: Pattern) -> tuple[str, ...]:
    gathered = [(abs(b - a) / min(a, b), seam) for seam, a, b in pattern.seam_lengths() if abs(b - a) > _GATHERED * min(a, b)]
    if not gathered:
        return ()
    most, seam = max(gathered, key=lambda item: item[0])
    seams = f"{len(gathered)} seams gather" if len(gathered) > 1 else "One seam gathers"
    where = f"'{'.'.join(seam.a)}' and '{'.'.join(seam.b)}'"
    return (f"{seams} more than {_GATHERED:.0%}, which the file may mean; the most is {most:.0%}, of {where}.",)


# -- files that studio wrote -------------------------------------------------------------------------------------------------------


def _as_written(found: PatternFile, notes: PatternNotes) -> PatternSet:
    """The pattern that was written, as it was."""
    if set(notes.panels) != {panel.name for panel in found.panels}:
        raise StudioError("what studio noted beside the pattern names other panels than it has; write the file again.")
    panels = tuple(_noted_panel(panel, notes.panels[panel.name], found) for panel in found.panels)
    seams = tuple(Seam(seam.a, seam.b, seam.ease, seam.right_wrong) for seam in notes.seams)
    return PatternSet(notes.name, {ONE_SIZE: Pattern(notes.name, panels, seams, notes.notes)}, ONE_SIZE)


def _noted_panel(panel: FilePanel, notes: PanelNotes, found: PatternFile) -> Panel:
    if sum(edge.pieces for loop in notes.loops for edge in loop) != len(panel.edges) or not notes.loops:
        raise StudioError(f"what studio noted beside the panel '{panel.name}' does not fit its edges; write the file again.")
    pieces = iter(_segments(panel, found))
    outline, *holes = (
        tuple(Edge(edge.name, tuple(joined([next(pieces) for _ in range(len(cuts) + 1)], cuts) for cuts in edge.cuts)) for edge in loop)
        for loop in notes.loops
    )
    return Panel(panel.name, outline, notes.placement.placement(), tuple(holes), notes.grain_deg, notes.cloth)
