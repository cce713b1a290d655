"""How a fit is judged, and where a garment is measured: ``garments/fit.toml``."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from studio import library
from studio.specs.base import Spec, load_spec

EdgePattern = Annotated[str, Field(pattern=r"^[a-z0-9_*]+\.[a-z0-9_*]+$")]
PanelPattern = Annotated[str, Field(pattern=r"^[a-z0-9_*]+$")]
Length = Annotated[float, Field(ge=0, le=200)]


class PressureRule(Spec):
    """Up to comfortable_kpa a garment sits well, beyond it it is tight, and beyond uncomfortable_kpa too tight."""

    comfortable_kpa: Annotated[float, Field(gt=0, le=50)]
    uncomfortable_kpa: Annotated[float, Field(gt=0, le=50)]
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> PressureRule:
        if self.comfortable_kpa >= self.uncomfortable_kpa:
            raise ValueError("uncomfortable_kpa must be more than comfortable_kpa")
        return self


class StrainRule(Spec):
    """tight_share: Share of what its fabric is worn at from which cloth counts as tight; beyond all of it it is too tight."""

    tight_share: Annotated[float, Field(gt=0, lt=1)]
    source: str


class EaseRule(Spec):
    """Ease that differs from the design's by up to good_sizes intervals of the chart is good, by up to loose_sizes loose or tight."""

    good_sizes: Annotated[float, Field(gt=0, le=5)]
    loose_sizes: Annotated[float, Field(gt=0, le=5)]
    source: str

    @model_validator(mode="after")
    def _ordered(self) -> EaseRule:
        if self.good_sizes >= self.loose_sizes:
            raise ValueError("loose_sizes must be more than good_sizes")
        return self


class WidthLine(Spec):
    """A level line over some panels. across: Those panels. below: It lies beneath the lowest point of these edges (from_top: the highest),
    by down_cm, or by a share of the way to the lowest point of the edges ``towards``."""

    across: tuple[PanelPattern, ...]
    below: tuple[EdgePattern, ...]
    down_cm: Length = 0.0
    towards: tuple[EdgePattern, ...] = ()
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    from_top: bool = False


class HeightLine(Spec):
    """A line down through some panels, from the highest point of the edges ``top`` (at_centre: from where they meet the centre) to the
    lowest point of the edges ``bottom``."""

    through: tuple[PanelPattern, ...]
    top: tuple[EdgePattern, ...]
    bottom: tuple[EdgePattern, ...]
    at_centre: bool = False


class MeasurePoint(Spec):
    """A point of measure: along edges, across or down panels; one of the three.

    region: What the panels cover; garments without such panels are not measured there. tolerance_cm: What sewn garments may differ by.
    times: What the length is multiplied with: 0.5 where a width is half a girth.
    """

    name: str
    region: Literal["torso", "waist", "left_arm", "left_leg", "neck"]
    tolerance_cm: Annotated[float, Field(gt=0, le=10)]
    times: Annotated[float, Field(gt=0, le=2)] = 1.0
    edges: tuple[EdgePattern, ...] = ()
    width: WidthLine | None = None
    height: HeightLine | None = None

    @model_validator(mode="after")
    def _one(self) -> MeasurePoint:
        if bool(self.edges) + (self.width is not None) + (self.height is not None) != 1:
            raise ValueError("a point of measure runs along edges, or is a width, or a height: give one of the three")
        return self


class FittingSpec(Spec):
    """Thresholds with their sources, and the points of measure in the order of their table."""

    title: str
    pressure: PressureRule
    strain: StrainRule
    ease: EaseRule
    points: tuple[MeasurePoint, ...]


@cache
def load_fitting() -> FittingSpec:
    """The rules of the library. Raises StudioError with what is wrong in the file."""
    return load_spec(FittingSpec, library.folder("garments") / "fit.toml")
