"""Straight pieces that finish an edge: cuffs, and the ribs of hems and wrists. All in cm, pattern axes: x to the right, y up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from studio.body.tape import Measures
from studio.garment.curves import Line
from studio.garment.pattern import Edge, Panel, Placement


def strip_panel(
    name: str, pieces: Sequence[tuple[str, float]], *, height: float, left: float, placement: Placement,
    ends: tuple[str, str] = ("end_minus", "end_plus"), cloth: Literal["main", "rib"] = "main",
) -> Panel:  # fmt: skip
    """A rectangle whose upper edge, at y = 0, is sewn on.

    pieces: Names and lengths of the upper edge's parts from -x to +x, the first of which begins at x = ``left``. ends: Names of the ends,
    the one at -x first; the lower edge is ``hem``. Ribs have their wales upright, cuffs lie along the warp.
    """
    corners = [left]
    for _, length in pieces:
        corners.append(corners[-1] + length)
    right = corners[-1]
    top = [
        Edge(piece, (Line((b, 0.0), (a, 0.0)),)) for (piece, _), a, b in zip(pieces, corners[:-1], corners[1:], strict=True)
    ]  # fmt: skip
    outline = (
        Edge("hem", (Line((left, -height), (right, -height)),)),
        Edge(ends[1], (Line((right, -height), (right, 0.0)),)),
        *reversed(top),
        Edge(ends[0], (Line((left, 0.0), (left, -height)),)),
    )
    return Panel(name, outline, placement, grain_deg=90.0 if cloth == "rib" else 0.0, cloth=cloth)


def cuff_panels(
    sleeve: Sequence[tuple[str, float]], *, girth: float, height: float, before: float, on_arm_cm: float, cloth: Literal["main", "rib"]
) -> list[Panel]:
    """Left and right cuff, to be closed to a ring. Its upper edge has the pieces of the sleeve's hem, each in proportion.

    sleeve: Names and lengths of those pieces on the left arm, from -x to +x. before: Share of the girth that lies at x < 0, before the top
    of the arm. on_arm_cm: Where the upper edge goes on the arm, from the shoulder point.
    """
    hem = math.fsum(length for _, length in sleeve)
    pieces = [(name, length / hem * girth) for name, length in sleeve]
    placement = Placement("left_arm", "around", "left_shoulder", (0.0, on_arm_cm))
    panel = strip_panel("cuff_left", pieces, height=height, left=-before * girth, placement=placement, cloth=cloth)
    return [panel, panel.mirrored("cuff_right", Placement("right_arm", "around", "right_shoulder", (0.0, on_arm_cm)))]


def cuff_girth(m: Measures, ease: float) -> float:
    """Girth of a cuff at the wrist [cm]."""
    return m.cm("wrist_girth") + ease
