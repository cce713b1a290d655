"""What is done to a piece of an apparel DXF before its edges are numbered: grading, unfolding, taking off the seam allowance."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from studio.errors import StudioError
from studio.garment.formats.dxf_outline import Outline, inset, mirrored_points, nearest_on, place_on, unfolded, with_corners
from studio.garment.formats.dxf_pieces import Piece, distinct_places
from studio.garment.formats.rul import RuleTable, displacements
from studio.garment.pattern import self_crossing


def graded(piece: Piece, table: RuleTable, size: str) -> Piece:
    """The piece in another size, by the grade rules that the drawing names at its points."""
    turn = math.radians(piece.axis_deg)
    axis = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])

    def field(outline: Outline) -> np.ndarray:
        ruled = np.flatnonzero(outline.rule >= 0)
        return displacements(outline.points, {int(k): axis @ table.delta(int(outline.rule[k]), size) for k in ruled})

    move = field(piece.outline)

    def carried(points: np.ndarray) -> np.ndarray:
        """Points that lie on the outline or near it move as the nearest part of it."""
        _, side, share = nearest_on(piece.outline.points, points)
        return points + (1 - share)[:, None] * move[side] + share[:, None] * np.roll(move, -1, axis=0)[side]

    holes = tuple(hole.moved(field(hole) if (hole.rule >= 0).any() else carried(hole.points) - hole.points) for hole in piece.holes)
    fold = piece.fold if piece.fold is None else carried(piece.fold)
    return replace(
        piece, size=size, outline=piece.outline.moved(move), holes=holes, notches=carried(piece.notches),
        drills=carried(piece.drills), fold=fold,
    )  # fmt: skip


def finished(piece: Piece, *, allowance_cm: float | None = None) -> Piece:
    """The whole piece at its sewing line: unfolded where it is a half, and less its seam allowance.

    allowance_cm: The user's word on the allowance, instead of the file's.
    """
    whole = unfolded(piece.outline, piece.fold) if piece.fold is not None else None
    if whole is not None:
        both = {
            what: distinct_places(np.concatenate([points, mirrored_points(points, piece.fold)]))
            for what, points in (("notches", piece.notches), ("drills", piece.drills))
        }
        mirrored_holes = tuple(replace(hole, points=mirrored_points(hole.points, piece.fold)).reversed() for hole in piece.holes)
        piece = replace(piece, outline=whole, holes=piece.holes + mirrored_holes, **both)
    elif piece.fold is not None:
        piece = replace(piece, remarks=(*piece.remarks, f"The mirror line of '{piece.name}' is no edge of it; it is whole already."))
    if piece.by_angle:
        piece = replace(piece, outline=with_corners(piece.outline))
    allowance = piece.allowance_cm if allowance_cm is None else allowance_cm
    remark = ""
    if allowance:
        word = "as the file says" if allowance_cm is None else "as asked"
        remark = f"The sewing lines lie {allowance:g} cm inside the cut lines, {word}."
        inner = inset(piece.outline, allowance)
        _, side, share = nearest_on(piece.outline.points, piece.notches)
        piece = replace(piece, outline=inner, notches=place_on(inner.points, side, share))
    elif not piece.sewn and allowance is None:
        remark = "The file has no sew lines and states no seam allowance: cut lines are taken as sewing lines."
    return replace(piece, fold=None, allowance_cm=None, remarks=(*piece.remarks, *filter(None, [remark])))


def refuse_crossing(piece: Piece, source: str) -> None:
    """Raise StudioError where the outline crosses itself, with the place."""
    crossing = self_crossing(piece.outline.points)
    if crossing:
        x, y = piece.outline.points[crossing[0]]
        size = f" (size {piece.size})" if piece.size else ""
        raise StudioError(
            f"The outline of '{piece.name}'{size} in {source} crosses itself near ({x:.1f}, {y:.1f}) cm; mend it in the program that "
            "made it."
        )
