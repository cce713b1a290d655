"""The nest of an apparel DXF: which pieces there are in which sizes, and their edges numbered alike in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.garment.formats.dxf_finish import finished, graded
from studio.garment.formats.dxf_outline import ON_OUTLINE_CM, Outline, begun, begun_like, cornered_like, in_order, numbered_edges
from studio.garment.formats.dxf_pieces import Piece
from studio.garment.formats.rul import RuleTable

#: The size of a file that names none.
ONE_SIZE = "one"


@dataclass(frozen=True, eq=False)
class Nest:
    """All pieces in all sizes. pieces: Name -> size -> piece. sizes: In the file's order. base: The size they were graded from."""

    pieces: Mapping[str, Mapping[str, Piece]]
    sizes: tuple[str, ...]
    base: str
    remarks: tuple[str, ...]


def nest_of(pieces: Sequence[Piece], *, sample: str | None, table: RuleTable | None, source: str) -> Nest:
    """Sort pieces by name and size. sample: The file's sample size. table: Grade rules that make the other sizes from it.

    Raises StudioError where the table's sample size is not drawn.
    """
    drawn = tuple(dict.fromkeys(piece.size for piece in pieces if piece.size)) or (ONE_SIZE,)
    named, remarks = _named(pieces)
    if table is not None:
        return _graded_nest(named, drawn, table, source, remarks)
    base = next((size for size in drawn if sample and size.upper() == sample.upper()), None)
    if base is None:
        base = drawn[len(drawn) // 2]
        if len(drawn) > 1:
            said = f"names the sample size '{sample}', which it does not draw" if sample else "names no sample size"
            remarks.append(f"The file {said}: '{base}' of {', '.join(drawn)} is taken.")
    sized: dict[str, dict[str, Piece]] = {}
    for name, by_size in named.items():
        usual = by_size.get(base) or by_size.get(None) or next(iter(by_size.values()))
        missing = [size for size in drawn if size not in by_size and None not in by_size]
        if missing:
            remarks.append(f"'{name}' is not drawn in {', '.join(missing)}: it is the same there as in {usual.size}.")
        sized[name] = {size: replace(by_size.get(size) or usual, size=size) for size in drawn}
    return Nest(sized, drawn, base, tuple(remarks))


def find_piece(nest: Nest, name: str, *, where: str, source: str) -> str:
    """The name of a piece as the file writes it, from its name in any case.

    Raises StudioError with the closest name; ``where`` is who asks, ``source`` what the user calls the drawing.
    """
    if name in nest.pieces:
        return name
    same = [known for known in nest.pieces if known.upper() == name.upper()]
    if len(same) != 1:
        hint = did_you_mean(name.upper(), {known.upper() for known in nest.pieces})
        raise StudioError(f"{where} is to be made of the piece '{name}', and {source} has none of that name: {hint}")
    return same[0]


def numbered(by_size: Mapping[str, Piece], base: str, *, fold: str | None = None, allowance_cm: float | None = None) -> dict[str, Piece]:
    """One piece of a nest in all sizes, whole and at its sewing line, with edges that carry the same numbers in every size.

    fold: The edge of a half piece at which it is unfolded, by its number in the half. A size whose corners do not match those of the
    base size is left out. Raises StudioError where the fold is no edge or no straight one.
    """
    if fold is None:
        return _alike({size: finished(piece, allowance_cm=allowance_cm) for size, piece in by_size.items()}, base)
    halves = _alike({size: finished(piece, allowance_cm=0.0) for size, piece in by_size.items()}, base)
    wholes = {}
    for size, half in halves.items():
        half = replace(half, fold=_fold_at(half, fold), allowance_cm=by_size[size].allowance_cm)
        wholes[size] = finished(half, allowance_cm=allowance_cm)
    return _alike(wholes, base)


def _named(pieces: Sequence[Piece]) -> tuple[dict[str, dict[str | None, Piece]], list[str]]:
    """Pieces by name and size; a second one of the same name and size gets a name of its own."""
    named: dict[str, dict[str | None, Piece]] = {}
    remarks: list[str] = []
    for piece in pieces:
        name, count = piece.name, 1
        while piece.size in named.get(name, {}):
            count += 1
            name = f"{piece.name}-{count}"
        if count > 1:
            first = named[piece.name][piece.size].block
            size = f" of size {piece.size}" if piece.size else ""
            remarks.append(f"Two pieces{size} are called '{piece.name}' (blocks '{first}' and '{piece.block}'): one is called '{name}'.")
        named.setdefault(name, {})[piece.size] = replace(piece, name=name)
    return named, remarks


def _graded_nest(
    named: Mapping[str, Mapping[str | None, Piece]], drawn: tuple[str, ...], table: RuleTable, source: str, remarks: list[str]
) -> Nest:
    base = table.sample
    if base not in drawn and len(drawn) > 1:
        raise StudioError(f"{table.source} grades from size '{base}', which {source} does not draw: {did_you_mean(base, drawn)}")
    used = base if base in drawn else drawn[0]
    if used != base and used != ONE_SIZE:
        remarks.append(f"The file draws size '{used}', and {table.source} grades from '{base}': they are taken for the same.")
    if len(drawn) > 1:
        remarks.append(f"The file draws {', '.join(drawn)}; '{base}' is graded by {table.source}, the others are left out.")
    sized: dict[str, dict[str, Piece]] = {}
    for name, by_size in named.items():
        piece = by_size.get(used) or by_size.get(None)
        if piece is None:
            remarks.append(f"'{name}' is not drawn in size '{used}' and is left out.")
            continue
        if not (piece.outline.rule >= 0).any():
            remarks.append(f"'{name}' has no graded points: it is the same in every size.")
        sized[name] = {size: graded(piece, table, size) for size in table.sizes}
    return Nest(sized, table.sizes, base, tuple(remarks))


def _fold_at(half: Piece, fold: str) -> np.ndarray:
    """The fold line along an edge of a half piece, shape (2, 2)."""
    edges = numbered_edges(half.outline)
    found = next((edge for edge in edges if edge.name == fold), None)
    if found is None:
        raise StudioError(f"The half piece '{half.name}' has no edge '{fold}' to unfold at: {did_you_mean(fold, [e.name for e in edges])}")
    ends = np.array([found.start, found.end])
    across = np.array([line.start for line in found.path]) - ends[0]
    chord = ends[1] - ends[0]
    bend = np.abs(across[:, 0] * chord[1] - across[:, 1] * chord[0]).max() / max(float(np.linalg.norm(chord)), 1e-9)
    if bend > ON_OUTLINE_CM:
        raise StudioError(f"The half piece '{half.name}' is not unfolded at '{fold}', which bends by {bend:.2f} cm; name a straight edge.")
    return ends


def _alike(by_size: Mapping[str, Piece], base: str) -> dict[str, Piece]:
    """Pieces whose first edges are the same in all sizes; a size whose corners do not match is left out."""
    model = _begun(by_size[base])
    found = {size: model if size == base else _like(piece, model) for size, piece in by_size.items()}
    return {size: piece for size, piece in found.items() if piece is not None}


def _begun(piece: Piece) -> Piece:
    return replace(piece, outline=begun(piece.outline), holes=tuple(begun(hole) for hole in in_order(piece.holes, piece.outline)))


def _like(piece: Piece, model: Piece) -> Piece | None:
    outline: Outline | None = piece.outline
    if piece.by_angle and len(piece.outline.corners) != len(model.outline.corners):
        outline = cornered_like(piece.outline, model.outline)
    outline = begun_like(outline, model.outline) if outline is not None else None
    if outline is None or len(piece.holes) != len(model.holes):
        return None
    holes = [begun_like(hole, like) for hole, like in zip(in_order(piece.holes, piece.outline), model.holes, strict=True)]
    if any(hole is None for hole in holes):
        return None
    return replace(piece, outline=outline, holes=tuple(hole for hole in holes if hole is not None))
