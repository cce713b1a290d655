"""Apparel DXF (ANSI/AAMA-292, ASTM D6673) in: pieces of all sizes, by grade rules where the file draws one size, sewn by relations.

DXF says nothing about sewing. `studio.garment.formats.relations` is the file beside it that does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from studio.errors import StudioError
from studio.garment.formats.dxf_entities import Drawing, read_drawing
from studio.garment.formats.dxf_finish import refuse_crossing
from studio.garment.formats.dxf_nest import Nest, find_piece, nest_of, numbered
from studio.garment.formats.dxf_panels import Made, make_panel, plain_panel
from studio.garment.formats.dxf_pieces import Piece, largest_extent, piece_groups, read_piece
from studio.garment.formats.dxf_text import fields_of, unit_of
from studio.garment.formats.dxf_write import dxf_bytes
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.formats.relations import Relations, SeamRelation
from studio.garment.formats.rul import read_rules
from studio.garment.pattern import SEAM_TOLERANCE, Pattern, Seam
from studio.page.files import write_whole

#: Ease that no relation states: remarked above the first share, refused above the second, where the wrong edge is more likely than ease.
#: Chosen: sleeve caps are eased by 3 to 8 %, gathers by far more.
_REMARKED_EASE, _UNSTATED_EASE = 0.03, 0.10

#: By how much the ease that a relation states may differ from what the lengths make it, as a share. Chosen: graded sizes differ so.
_EASE_SLACK = 0.02


def read_dxf(path: Path, *, relations: Relations | None = None, rules: Path | None = None) -> PatternSet:
    """Read an apparel DXF.

    relations: What is sewn to what. Without them every piece is a panel that hangs in front of the body, and nothing is sewn.
    rules: A grade rule table (``.rul``) that makes all its sizes from the one that the file draws.

    Raises StudioError in one sentence: for a file that is no DXF, for outlines that stay open or cross themselves, for units that make no
    garment, and for relations that name pieces or edges which are not there or do not fit each other.
    """
    drawing = read_drawing(path)
    groups = piece_groups(drawing)
    if not groups:
        raise StudioError(f"{path} draws no piece: nothing on layer 1 (outlines) or 14 (sew lines); export it as AAMA or ASTM DXF.")
    style = _style(drawing)
    asked = relations.spec.unit if relations else None
    unit_cm, remarks = unit_of(
        str(path), asked=asked, stated=style.get("units", ""), insunits=drawing.insunits, largest=largest_extent(groups)
    )  # fmt: skip
    pieces = [read_piece(group, unit_cm=unit_cm, style=style, source=str(path)) for group in groups]
    table = read_rules(rules) if rules is not None else None
    nest = nest_of(pieces, sample=style.get("sample"), table=table, source=str(path))
    found = [*drawing.remarks, *remarks, *nest.remarks, *(remark for piece in pieces for remark in piece.remarks)]
    name = style.get("style") or path.stem
    patterns, more = _unsewn(path, nest, name) if relations is None else _sewn(path, nest, relations, name)
    return PatternSet(name, patterns, nest.base, tuple(dict.fromkeys((*found, *more))))


def write_dxf(patterns: PatternSet, path: Path) -> None:
    """Write patterns as ASTM DXF: release 12, ASCII, millimetres, one block for each piece and size.

    The same patterns give the same bytes. `write_relations` writes the seams, which DXF cannot carry. Raises StudioError for
    characters that the format cannot carry.
    """
    write_whole(path, dxf_bytes(patterns))


def _style(drawing: Drawing) -> dict[str, str]:
    """What the file says of all its pieces: outside of its blocks first, else in any of them."""
    return fields_of([*drawing.loose.labels, *(label for group in drawing.groups for label in group.labels)])


def _unsewn(path: Path, nest: Nest, name: str) -> tuple[dict[str, Pattern], list[str]]:
    """Patterns without seams: what the pieces look like, so that their edges can be read off."""
    made: dict[str, dict[str, Made]] = {}
    remarks: list[str] = []
    for piece_name in nest.pieces:
        by_size = _numbered(path, nest, piece_name, remarks)
        made[piece_name] = {size: plain_panel(piece_name, piece) for size, piece in by_size.items()}
        quantity = nest.pieces[piece_name][nest.base].quantity
        if quantity > 1:
            remarks.append(f"'{piece_name}' is cut {quantity} times: relations say what each is and which is mirrored.")
    remarks.append(
        f"DXF carries no seams, so {path.name} cannot be sewn yet: write which edges belong together into a seams.toml; "
        f"'studio garment check {path.name} --out pattern.svg' draws the pieces with their edges numbered."
    )
    sizes = _common_sizes(nest, made, remarks)
    return {size: _pattern(name, {piece: by_size[size] for piece, by_size in made.items()}, ()) for size in sizes}, remarks


def _sewn(path: Path, nest: Nest, relations: Relations, name: str) -> tuple[dict[str, Pattern], list[str]]:
    made: dict[str, dict[str, Made]] = {}
    remarks: list[str] = []
    used: Counter[str] = Counter()
    for panel, how in relations.spec.pieces.items():
        piece_name = find_piece(nest, how.piece or panel, where=f"{relations.source}: '{panel}'", source=path.name)
        used[piece_name] += 1
        by_size = _numbered(path, nest, piece_name, remarks, fold=how.fold, allowance_cm=how.seam_allowance_cm)
        made[panel] = {
            size: make_panel(panel, piece, how, size=size, words=relations.edges_of(panel), source=relations.source)
            for size, piece in by_size.items()
        }
    for piece_name, count in used.items():
        quantity = nest.pieces[piece_name][nest.base].quantity
        if quantity != count:
            remarks.append(f"The file has '{piece_name}' cut {quantity} times, and {relations.source} uses it {count} times.")
    left = [piece_name for piece_name in nest.pieces if piece_name not in used]
    if left:
        remarks.append(f"Pieces that {relations.source} does not name are left out: {', '.join(left)}.")
    patterns = {}
    for size in _common_sizes(nest, made, remarks):
        of_size = {panel: by_size[size] for panel, by_size in made.items()}
        seams = [_seam(seam, of_size, size, relations.source, remarks) for seam in relations.spec.seams]
        patterns[size] = _pattern(name, of_size, tuple(seams))
    return patterns, remarks


def _numbered(
    path: Path, nest: Nest, name: str, remarks: list[str], *, fold: str | None = None, allowance_cm: float | None = None
) -> dict[str, Piece]:
    """A piece in all sizes with its edges numbered, checked."""
    by_size = numbered(nest.pieces[name], nest.base, fold=fold, allowance_cm=allowance_cm)
    for size, piece in by_size.items():
        refuse_crossing(piece, str(path))
        if size == nest.base:
            remarks += piece.remarks
    for size in nest.sizes:
        if size not in by_size:
            remarks.append(f"Size '{size}' is left out: the corners of its '{name}' are not those of size '{nest.base}'.")
    return by_size


def _common_sizes(nest: Nest, made: Mapping[str, Mapping[str, Made]], remarks: list[str]) -> list[str]:
    """The sizes in which every panel could be made."""
    return [size for size in nest.sizes if all(size in by_size for by_size in made.values())]


def _pattern(name: str, made: Mapping[str, Made], seams: tuple[Seam, ...]) -> Pattern:
    return Pattern(name, tuple(each.panel for each in made.values()), seams, tuple(note for each in made.values() for note in each.notes))


def _seam(seam: SeamRelation, made: Mapping[str, Made], size: str, source: str, remarks: list[str]) -> Seam:
    """A seam with the ease that it has in this size."""
    (a, first), (b, second) = seam.a, seam.b
    refs = (a, made[a].names[first]), (b, made[b].names[second])
    lengths = [made[panel].panel.edge(edge).length for panel, edge in refs]
    ease = lengths[1] / lengths[0] - 1
    what = f"{source}: the seam of '{a}.{first}' ({lengths[0]:.2f} cm) and '{b}.{second}' ({lengths[1]:.2f} cm) in size '{size}'"
    stated = seam.ease.get(size) if isinstance(seam.ease, dict) else seam.ease
    if stated is None and abs(ease) > _UNSTATED_EASE:
        raise StudioError(f"{what} differs by {ease:+.1%}; name other edges, or say ease = {ease:.3f} if that is meant.")
    if stated is not None and abs(ease - stated) > _EASE_SLACK:
        raise StudioError(f"{what} is eased by {ease:+.1%}, and {stated:+.1%} is stated; change the ease or the edge.")
    if stated is None and abs(ease) > _REMARKED_EASE:
        remarks.append(f"{what} is eased by {ease:+.1%}.")
    if abs(ease - (stated or 0.0)) < 0.99 * SEAM_TOLERANCE:  # a pattern refuses more, and does its own arithmetic
        ease = stated or 0.0
    return Seam(refs[0], refs[1], ease, seam.turned)
