"""Lights and what photographers put before them: grids, gobos, flags, reflectors.

Directions around the subject are a clock seen from above: 6 o'clock is in front of the subject's face (where the main camera
stands), 12 is behind, 9 is the camera's left, 3 is the camera's right. One hour is 30 degrees.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from studio.specs.base import Spec
from studio.specs.quantity import Centimetres, Clock, Colour, Kelvin, Metres, Name, Reading

Role = Literal["key", "fill", "rim", "kicker", "hair", "background", "top"]
Shape = Literal["softbox", "octa", "strip", "umbrella", "dish", "bare", "spot", "sun"]
#: Shapes with a face, which a grid can be put on.
FACES = ("softbox", "octa", "strip", "umbrella", "dish")


class Gobo(Spec):
    """An opaque sheet with openings between a light and the subject; its shadow falls on subject and set.

    kind: ``window``: one opening of ``size_cm`` that bars divide into panes. ``blinds``: the same with as many slots as ``panes`` has rows.
    ``leaves``: foliage, ``density`` of which is leaves, in and around ``size_cm``.
    size_cm: Width and height of the opening. panes: Columns and rows. bar_cm: Width of the bars between them; length of a leaf.
    distance_m: From the subject towards the light. tilt_deg: Turned in its own plane. seed: Of the leaves.
    """

    kind: Literal["window", "blinds", "leaves"] = "window"
    size_cm: tuple[Centimetres, Centimetres]
    panes: tuple[Annotated[int, Field(ge=1, le=40)], Annotated[int, Field(ge=1, le=40)]] = (1, 1)
    bar_cm: Centimetres = 4.0
    density: float = Field(default=0.5, ge=0.05, le=0.95)
    distance_m: Metres
    tilt_deg: float = Field(default=0.0, ge=-90, le=90)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)


class Light(Spec):
    """One light. Exactly one of ``ev``, ``stops``, ``watts`` and ``lumens`` says how strong it is.

    role: What it does in the picture; ``stops`` are relative to the light with the role key.
    shape: softbox (rectangle), octa (disc), strip (narrow rectangle), umbrella (disc, brighter in its middle), dish (a beauty dish: a
    ring around its deflector), bare (a bulb), spot (a cone of ``beam_deg``), sun (parallel rays, no distance).
    size_cm: Width and height of the emitting face, or one diameter; for the sun its angular diameter is ``angle_deg``.
    distance_m: From the face of the light to the point it aims at.
    clock: Where it stands around the subject, hours 0-12 (6 = in front, 9 = camera left, 12 = behind).
    elevation_deg: Its height as an angle above the horizon of the point that it aims at.
    aim: The height on the subject that it aims at, as a share of the stature (0 floor, 1 top of the head).
    ev: What an incident meter shows at the subject for this light alone, in EV at ISO 100 (lux = 2.5 * 2**ev).
    stops: The same reading relative to the key's: -1 is half of the key's illuminance.
    watts: Radiant power [W] that leaves the light. lumens: Luminous flux [lm], 683 lm for a radiant watt.
    colour_k: Correlated colour temperature [K]. gel: A filter's colour, sRGB.
    grid_deg: Full opening angle of a grid; like a real one it takes light away at the sides and leaves the axis.
    beam_deg: Full opening angle of a spot's cone. edge: How much of the cone's radius fades out, 0 to 1.
    """

    role: Role
    name: Name | None = None
    shape: Shape = "softbox"
    size_cm: Centimetres | tuple[Centimetres, Centimetres] = 100.0
    angle_deg: float = Field(default=0.53, gt=0, le=60)
    distance_m: Metres = 2.0
    clock: Clock = 6.0
    elevation_deg: float = Field(default=30.0, ge=-89, le=89.9)
    aim: float = Field(default=0.6, ge=0, le=1.2)
    ev: Reading | None = None
    stops: float | None = Field(default=None, ge=-12, le=12)
    watts: float | None = Field(default=None, gt=0, le=1e6)
    lumens: float | None = Field(default=None, gt=0, le=1e9)
    colour_k: Kelvin = 5600.0
    gel: Colour | None = None
    grid_deg: float | None = Field(default=None, ge=5, le=170)
    beam_deg: float = Field(default=30.0, ge=2, le=150)
    edge: float = Field(default=0.15, ge=0, le=1)
    gobo: Gobo | None = None

    @model_validator(mode="after")
    def _one_power(self) -> Self:
        given = [unit for unit in ("ev", "stops", "watts", "lumens") if getattr(self, unit) is not None]
        if len(given) != 1:
            raise ValueError(f"a light wants exactly one of ev, stops, watts or lumens, and this one has {' and '.join(given) or 'none'}")
        if self.shape == "sun" and given[0] in ("watts", "lumens"):
            raise ValueError("the sun has no power in W or lm: say ev or stops")
        if self.role == "key" and self.stops is not None:
            raise ValueError("the key light cannot be relative to itself: say ev, watts or lumens")
        if self.grid_deg is not None and self.shape not in FACES:
            raise ValueError(f"a grid sits on a light with a face, and {self.shape} has none: leave grid_deg out, or use a spot's beam_deg")
        return self

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the emitting face [m]."""
        width, height = self.size_cm if isinstance(self.size_cm, tuple) else (self.size_cm, self.size_cm)
        return width / 100, height / 100


class Card(Spec):
    """A flag or a reflector: a flat card that faces the subject, and that the camera does not see.

    finish: black takes light away; white, silver and gold throw it back. size_cm, distance_m, clock, elevation_deg, aim: As of a light.
    """

    finish: Literal["black", "white", "silver", "gold"] = "white"
    size_cm: tuple[Centimetres, Centimetres] = (100.0, 100.0)
    distance_m: Metres = 1.0
    clock: Clock = 6.0
    elevation_deg: float = Field(default=0.0, ge=-89, le=89.9)
    aim: float = Field(default=0.6, ge=0, le=1.2)
