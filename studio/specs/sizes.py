"""Size charts: which body a size letter is made for."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import Field, model_validator

from studio.specs.base import Spec

Girth = Annotated[float, Field(ge=20, le=250)]
Range = tuple[Annotated[float, Field(ge=20, le=250)], Annotated[float, Field(ge=20, le=250)]]
Primary = Literal["bust_girth", "stature"]

#: What people call the primary dimensions.
_WORDS = {"bust_girth": "bust", "stature": "stature"}


class SizeSpec(Spec):
    """One size: the range of bodies it is sold to, and the body it is drafted for.

    bust_range_cm: Bust (men: chest) girths that the letter covers, from inclusive, to exclusive.
    stature_range_cm: Or the statures that it covers, in charts that go by stature, as children's do.
    stature_cm, bust_girth_cm, waist_girth_cm, hip_girth_cm: The body that the pattern is drafted for.
    further_cm: Other measures that the chart itself gives, by name; those it does not give are derived.
    """

    bust_range_cm: Range | None = None
    stature_range_cm: Range | None = None
    stature_cm: Annotated[float, Field(ge=80, le=230)]
    bust_girth_cm: Girth
    waist_girth_cm: Girth
    hip_girth_cm: Girth
    further_cm: dict[str, Annotated[float, Field(gt=0, le=250)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _inside(self) -> SizeSpec:
        if (self.bust_range_cm is None) == (self.stature_range_cm is None):
            raise ValueError("a size covers a range of busts or of statures: give bust_range_cm or stature_range_cm, one of the two")
        low, high = self.range_cm
        if not low <= self.own_cm < high:
            kind = "bust girth" if self.primary == "bust_girth" else "stature"
            raise ValueError(f"the {kind} {self.own_cm:g} cm lies outside the size's own range {low:g} to {high:g}")
        return self

    @property
    def primary(self) -> Primary:
        """The measure that decides who wears the size."""
        return "stature" if self.bust_range_cm is None else "bust_girth"

    @property
    def range_cm(self) -> Range:
        """The range of the primary measure, from inclusive, to exclusive."""
        return self.stature_range_cm if self.bust_range_cm is None else self.bust_range_cm

    @property
    def own_cm(self) -> float:
        """The primary measure of the body that the size is drafted for."""
        return self.stature_cm if self.primary == "stature" else self.bust_girth_cm


class SizeChart(Spec):
    """A chart of sizes, smallest first, all by the same primary measure."""

    title: str
    population: Literal["women", "men", "kids"]
    source: str
    sizes: dict[str, SizeSpec]

    @model_validator(mode="after")
    def _ordered(self) -> SizeChart:
        if not self.sizes:
            raise ValueError("the chart has no sizes")
        ordered = list(self.sizes.values())
        for smaller, larger in itertools.pairwise(ordered):
            if smaller.primary != larger.primary:
                raise ValueError("some sizes go by bust and some by stature; a chart goes by one of them")
            if smaller.range_cm[1] != larger.range_cm[0]:
                raise ValueError(
                    f"the sizes leave a gap or overlap: one ends at {smaller.range_cm[1]:g} cm {_WORDS[self.primary]} and the next starts "
                    f"at {larger.range_cm[0]:g}"
                )
        return self

    @property
    def primary(self) -> Primary:
        """The measure that decides the size: a name of the tape's."""
        return next(iter(self.sizes.values())).primary

    def size_for(self, primary_cm: float) -> str | None:
        """The letter whose range holds a value of the chart's primary measure [cm]; None where the chart has none."""
        for name, size in self.sizes.items():
            if size.range_cm[0] <= primary_cm < size.range_cm[1]:
                return name
        return None
