"""What studio adds to a GarmentCode file under one key of its ``properties``, so that its own patterns come back as they were.

The format has one segment to an edge, one edge to a side of a seam, and neither grain nor cloth nor a place on a body. The notes say which
of the file's edges are pieces of one edge of ours, and the rest. They hold for the pattern they were written with, told by its digest:
where another program has changed it, they are left aside.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from studio.garment.pattern import Placement, Region, Side
from studio.specs.base import Spec

Parameter = Annotated[float, Field(gt=0, lt=1)]


class EdgeNotes(Spec):
    """An edge. cuts: For each of its segments the parameters at which it is cut into edges of the file."""

    name: str
    cuts: tuple[tuple[Parameter, ...], ...]

    @property
    def pieces(self) -> int:
        """How many edges of the file it is."""
        return sum(len(parameters) + 1 for parameters in self.cuts)


class PlacementNotes(Spec):
    """A panel's place, as `pattern.Placement` says it."""

    region: Region
    side: Side
    landmark: str
    at_cm: tuple[float, float]
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    turned: bool = False

    def placement(self) -> Placement:
        return Placement(self.region, self.side, self.landmark, self.at_cm, self.share, self.turned)


class PanelNotes(Spec):
    """A panel. loops: Its edges, outline first, then holes, in the order of the file's."""

    loops: tuple[tuple[EdgeNotes, ...], ...]
    placement: PlacementNotes
    grain_deg: float
    cloth: Literal["main", "rib"]


class SeamNotes(Spec):
    """A seam, as `pattern.Seam` says it."""

    a: tuple[str, str]
    b: tuple[str, str]
    ease: float
    right_wrong: bool


class PatternNotes(Spec):
    """All notes of a file. pattern_sha256: Digest of the pattern section they belong to. notes: Those of `pattern.Pattern`."""

    schema_number: Literal[1] = 1
    pattern_sha256: str
    name: str
    panels: dict[str, PanelNotes]
    seams: tuple[SeamNotes, ...]
    notes: tuple[tuple[str, float], ...]
