"""What a pattern file holds: one garment's patterns, one for each size it was graded to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio.garment.pattern import Pattern


@dataclass(frozen=True)
class PatternSet:
    """A garment's patterns by size.

    name: What the file calls the garment. patterns: By size, in the file's order; a file without sizes has the one size ``one``.
    base: The size that the others were graded from. remarks: Sentences about what was mended, guessed or left out.
    """

    name: str
    patterns: Mapping[str, Pattern]
    base: str
    remarks: tuple[str, ...] = ()
