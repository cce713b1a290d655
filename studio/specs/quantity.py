"""Numbers and names that several specs share, with the limits that keep a slip of the keyboard from becoming a picture."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Metres = Annotated[float, Field(gt=0, le=100)]
Centimetres = Annotated[float, Field(gt=0, le=2000)]
Kelvin = Annotated[float, Field(ge=1700, le=20000)]
Clock = Annotated[float, Field(ge=0, le=12)]
Reading = Annotated[float, Field(ge=-6, le=20)]
