"""What can be asked of `scan add`: the things that are found by themselves, and may be said instead."""

from __future__ import annotations

import math

from pydantic import field_validator, model_validator

from studio.frames import AXES, METRES_PER_UNIT
from studio.specs.base import Spec


class ScanSpec(Spec):
    """How to read a scan file. None means: find it.

    unit: The file's unit of length: m, cm, mm, dm, in or ft; or the metres in one unit of the file as a number, for a file without a
        unit ("1.83" where a person of 1.83 m is 1 high).
    up: The axis of the file that points up: +x, -x, +y, -y, +z or -z.
    facing: The axis of the file that the person looks along.
    keep_all: Keep every point; no floor, turntable, room or stray points are removed.
    """

    unit: str | None = None
    up: str | None = None
    facing: str | None = None
    keep_all: bool = False

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str | None) -> str | None:
        if unit is None:
            return None
        unit = unit.strip().lower()
        if unit in METRES_PER_UNIT:
            return unit
        try:
            metres = float(unit)
        except ValueError:
            metres = math.nan
        if not (math.isfinite(metres) and metres > 0):
            raise ValueError(f"a unit is one of {', '.join(METRES_PER_UNIT)}, or the metres in one unit of the file as a number")
        return unit

    @field_validator("up", "facing")
    @classmethod
    def _known_axis(cls, axis: str | None) -> str | None:
        if axis is None:
            return None
        axis = axis.strip().lower()
        axis = axis if axis[:1] in ("+", "-") else f"+{axis}"
        if axis not in AXES:
            raise ValueError(f"an axis is one of {', '.join(AXES)}")
        return axis

    @model_validator(mode="after")
    def _perpendicular(self) -> ScanSpec:
        if self.up is not None and self.facing is not None and self.up[1] == self.facing[1]:
            raise ValueError(f"up {self.up} and facing {self.facing} lie on one axis, and a person looks across the up axis")
        return self

    @property
    def metres_per_unit(self) -> float | None:
        """Metres in one unit of the file, or None where it is to be found."""
        if self.unit is None:
            return None
        return METRES_PER_UNIT.get(self.unit) or float(self.unit)
