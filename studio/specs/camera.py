"""A camera in a photographer's terms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from studio.errors import did_you_mean
from studio.specs.base import Spec
from studio.specs.pose import KIND
from studio.specs.quantity import Metres, Name

#: What a framing may show of a body, from floor or joint to the top of the head, and the details of a garment.
FRAMINGS = ("full", "three-quarter", "half", "portrait")
DETAILS = ("collar", "shoulder", "chest", "waist", "hip", "cuff", "hem", "feet")
#: Points that can be sharp besides the joints of the body.
FOCUS_POINTS = ("eyes", "chest", "waist", "hands", "feet", "garment")

Side = Annotated[float, Field(gt=1, le=200)]


class Camera(Spec):
    """One camera. It stands where ``framing`` asks for it, so that the whole range is framed alike on every twin.

    name: Also the view's name in deliveries. azimuth_deg: Around the subject, 0 in front, 90 the subject's left side, 180 behind.
    aspect: Width to height; the scene's without it. focal_mm, sensor_mm: Focal length and sensor (width, height) [mm]; the picture's
    aspect crops the sensor.
    f_number, shutter_s, iso: The exposure triangle: EV100 = log2(N^2 / t * 100 / ISO). ev: Exposure compensation in stops.
    framing: full (floor to head), three-quarter (mid-thigh up), half (waist up), portrait (chest up), or a detail: detail:collar,
    detail:hem and so on.
    fill: Share of the picture's height that the framed range takes. rise: How much of the rest lies above, 0.5 is centred.
    distance_m: Overrides what framing computes. height_m: Of the lens above the floor; without it level with the middle of the
    range. Verticals stay parallel: the lens is shifted, not tilted, as with a technical camera; ``tilt`` tilts it instead.
    shift_x: Moves the picture sideways, in widths of it: room for copy.
    focus: What is sharp: eyes, chest, waist, hands, feet, garment (the cloth nearest to the middle of the picture), or a joint by its name
    (left_wrist); without it the eyes where the framing shows them, and the garment in a detail.
    """

    name: Name
    azimuth_deg: float = Field(default=0.0, ge=-360, le=360)
    aspect: tuple[Annotated[int, Field(ge=1, le=20000)], Annotated[int, Field(ge=1, le=20000)]] | None = None
    focal_mm: float = Field(default=85.0, ge=8, le=1200)
    sensor_mm: tuple[Side, Side] = (36.0, 24.0)
    f_number: float = Field(default=8.0, ge=0.7, le=64)
    shutter_s: float = Field(default=1 / 125, gt=0, le=60)
    iso: float = Field(default=100.0, ge=6, le=409600)
    ev: float = Field(default=0.0, ge=-10, le=10)
    framing: str = "full"
    fill: float = Field(default=0.88, ge=0.1, le=1.0)
    rise: float = Field(default=0.5, ge=0, le=1)
    distance_m: Metres | None = None
    height_m: Metres | None = None
    tilt: bool = False
    shift_x: float = Field(default=0.0, ge=-0.5, le=0.5)
    focus: str | None = None

    @field_validator("framing")
    @classmethod
    def _framing_is_known(cls, framing: str) -> str:
        known = [*FRAMINGS, *(f"detail:{detail}" for detail in DETAILS)]
        if framing not in known:
            raise ValueError(f"there is no framing '{framing}': {did_you_mean(framing, known)}")
        return framing

    @field_validator("focus")
    @classmethod
    def _focus_is_known(cls, focus: str | None) -> str | None:
        if focus is not None and focus not in FOCUS_POINTS and focus not in KIND:
            raise ValueError(f"there is no point '{focus}' to focus on: {did_you_mean(focus, [*FOCUS_POINTS, *KIND])}")
        return focus

    @property
    def detail(self) -> str | None:
        """The detail that is framed, or None where the framing is of the body."""
        return self.framing.removeprefix("detail:") if self.framing.startswith("detail:") else None
