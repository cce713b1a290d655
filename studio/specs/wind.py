"""Wind as a photographer asks for it: where it comes from and how strong it is."""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import Field

from studio.errors import StudioError
from studio.specs.base import Spec

#: ``FROM:SPEED``, both numbers.
_FORM = re.compile(r"(-?\d+(?:\.\d+)?):(\d+(?:\.\d+)?)")
#: A studio fan makes 2 to 6 m/s; cloth tears at people's clothes beyond 15, a near gale.
STRONGEST_M_S = 15.0


class WindSpec(Spec):
    """A steady wind.

    from_deg: Where it comes from, around the subject: 0 before them, 90 on their left, 180 behind.
    speed_m_s: 2 moves a light skirt, 4 lifts it.
    """

    from_deg: Annotated[float, Field(ge=-360, le=360)]
    speed_m_s: Annotated[float, Field(gt=0, le=STRONGEST_M_S)]

    @property
    def velocity_m_s(self) -> tuple[float, float, float]:
        """In the world's frame, whose subject faces -y with the left hand at +x [m/s]."""
        angle = math.radians(self.from_deg)
        return (-self.speed_m_s * math.sin(angle), self.speed_m_s * math.cos(angle), 0.0)


def parse_wind(text: str) -> WindSpec:
    """The wind that ``FROM:SPEED`` stands for. Raises StudioError for anything else, and for a wind nobody could work in."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise StudioError(f"The wind '{text}' is not FROM:SPEED in degrees and m/s; 0 is before the subject: write for example 30:3.")
    from_deg, speed = float(match[1]), float(match[2])
    if not (-360 <= from_deg <= 360 and 0 < speed <= STRONGEST_M_S):
        raise StudioError(f"The wind '{text}' is out of range: -360 to 360 degrees, and more than 0 to {STRONGEST_M_S:g} m/s.")
    return WindSpec(from_deg=from_deg, speed_m_s=speed)
