"""Size charts: which body a size letter is made for."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import Field, model_validator

from studio.specs.base import Spec

Girth = Annotated[float, Field(ge=20, le=250)]
Range = tuple[Girth, Girth]


class SizeSpec(Spec):
    """One size: the range of bodies it is sold to, and the body it is drafted for.

    bust_range_cm: Bust (men: chest) girths that the letter covers, from inclusive, to exclusive.
    stature_cm, bust_girth_cm, waist_girth_cm, hip_girth_cm: The body that the pattern is drafted for.
    """

    bust_range_cm: Range
    stature_cm: Annotated[float, Field(ge=120, le=230)]
    bust_girth_cm: Girth
    waist_girth_cm: Girth
    hip_girth_cm: Girth

    @model_validator(mode="after")
    def _inside(self) -> SizeSpec:
        low, high = self.bust_range_cm
        if not low <= self.bust_girth_cm < high:
            raise ValueError(f"the bust girth {self.bust_girth_cm:g} cm lies outside the size's own range {low:g} to {high:g}")
        return self


class SizeChart(Spec):
    """A chart of sizes, smallest first."""

    title: str
    population: Literal["women", "men"]
    source: str
    sizes: dict[str, SizeSpec]

    @model_validator(mode="after")
    def _ordered(self) -> SizeChart:
        if not self.sizes:
            raise ValueError("the chart has no sizes")
        ordered = list(self.sizes.values())
        for smaller, larger in itertools.pairwise(ordered):
            if smaller.bust_range_cm[1] != larger.bust_range_cm[0]:
                raise ValueError(
                    f"the sizes leave a gap or overlap: one ends at {smaller.bust_range_cm[1]:g} cm bust and the next starts at "
                    f"{larger.bust_range_cm[0]:g}"
                )
        return self

    def size_for(self, bust_girth_cm: float) -> str | None:
        """The letter whose range holds a bust girth; None where the chart has none."""
        for name, size in self.sizes.items():
            if size.bust_range_cm[0] <= bust_girth_cm < size.bust_range_cm[1]:
                return name
        return None
