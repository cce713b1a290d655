"""Where the subject stands: paper and walls of a studio, a loft, a street, the open; what stands around; and the sky."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from studio.specs.base import Spec
from studio.specs.light import Role
from studio.specs.quantity import Centimetres, Clock, Colour, Kelvin, Metres, Reading, Share

Position = Annotated[float, Field(ge=-100, le=100)]


class Surface(Spec):
    """What a wall or a floor is made of. colour: albedo as sRGB. finish: its texture and gloss."""

    colour: Colour
    finish: Literal["paper", "paint", "plaster", "canvas", "concrete", "wood", "brick", "asphalt", "paving", "sand"] = "paint"


class Sky(Spec):
    """Light from all around: a clear sky with its sun, or a panorama from a file.

    sun_elevation_deg, sun_clock: Where the sun stands; the sky's colour and the sun's follow from it. sun: Which role the sun has among the
    lights, or ``none`` where a house stands before it. haze: Dust in the air, 1 is a clear day. altitude_m: Of the place above the sea.
    ev: What a meter that lies level under the sky alone shows; without it a clear sky is as bright as it is out there.
    file: A panorama (equirectangular .hdr or .exr) beside the scene instead of a clear sky; it wants ``ev``.
    rotation_deg: Turns the panorama, seen from above, anticlockwise; its middle is then behind the subject. visible: To the camera.
    """

    sun_elevation_deg: float = Field(default=35.0, ge=-6, le=89)
    sun_clock: Clock = 8.0
    sun: Role | Literal["none"] = "key"
    haze: float = Field(default=1.0, ge=0, le=10)
    altitude_m: float = Field(default=0.0, ge=0, le=8000)
    ev: Reading | None = None
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(hdr|exr)$")] | None = None
    rotation_deg: float = Field(default=0.0, ge=-360, le=360)
    visible: bool = True

    @model_validator(mode="after")
    def _panorama(self) -> Self:
        if self.file is not None and self.ev is None:
            raise ValueError("a panorama says nothing of how bright it was: give the sky's ev, what a level meter is to show under it")
        if self.has_sun and self.sun_elevation_deg <= 0:
            raise ValueError('the sun is below the horizon, so it is no light: say sun = "none", or raise sun_elevation_deg above 0')
        return self

    @property
    def has_sun(self) -> bool:
        """Whether the sun is one of the scene's lights."""
        return self.file is None and self.sun != "none"


class Prop(Spec):
    """Something that stands around. Exactly one of ``shape`` and ``file``.

    shape: box, cylinder or ball of ``size_cm`` (width, depth, height) in ``surface``; it stands on its lowest point.
    file: A model beside the scene: .glb, .obj, .usd, .usdc or .usda, metres, z up once read, scaled by ``scale``.
    at_m: Where its foot stands: to the camera's right, behind the subject, and above the floor. turn_deg: About the vertical.
    """

    shape: Literal["box", "cylinder", "ball"] | None = None
    size_cm: tuple[Centimetres, Centimetres, Centimetres] = (40.0, 40.0, 40.0)
    surface: Surface = Surface(colour="#dddddd", finish="paint")
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(glb|obj|usd|usdc|usda)$")] | None = None
    scale: float = Field(default=1.0, gt=0, le=1000)
    at_m: tuple[Position, Position, Position] = (0.0, 0.0, 0.0)
    turn_deg: float = Field(default=0.0, ge=-360, le=360)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.shape is None) == (self.file is None):
            raise ValueError("a prop is either a shape (box, cylinder, ball) or a file, one of the two")
        return self


class _Surroundings(Spec):
    """What all sets have. ambient_ev: Even light from all around, read like a light's ev. props: What stands on the floor."""

    ambient_ev: Reading | None = None
    ambient_k: Kelvin = 5600.0
    sky: Sky | None = None
    props: tuple[Prop, ...] = ()

    @model_validator(mode="after")
    def _one_all_around(self) -> Self:
        if self.sky is not None and self.ambient_ev is not None:
            raise ValueError("a set has either a sky or even ambient light, not both")
        return self


class WhiteSet(_Surroundings):
    """A lit white cyclorama that the camera does not see: the ground of the picture is exactly 255, with the subject's own shadow on it.

    shadow: none, contact (only where the feet stand) or full. wall_m: Distance of the wall behind the subject.
    """

    kind: Literal["white"] = "white"
    shadow: Literal["none", "contact", "full"] = "contact"
    wall_m: Metres = 2.6

    @model_validator(mode="after")
    def _indoors(self) -> Self:
        if self.sky is not None:
            raise ValueError("a white set has no sky: it is lit by lights and ambient_ev")
        return self


class SweepSet(_Surroundings):
    """Seamless paper from wall to floor. wall_m: Distance of the hanging paper. width_m: Of the paper. coving_m: Radius with which it turns
    from wall to floor. floor: The bare floor around it.
    """

    kind: Literal["sweep"] = "sweep"
    backdrop: Surface = Surface(colour="#e8e8e8", finish="paper")
    floor: Surface | None = None
    wall_m: Metres = 2.5
    width_m: Metres = 6.0
    coving_m: Metres = 0.8


class CycloramaSet(_Surroundings):
    """A painted infinity cove: three walls and a floor that meet in curves.

    wall_m: Distance of the back wall. half_width_m: Of the side walls. radius_m: Of the curves.
    """

    kind: Literal["cyclorama"] = "cyclorama"
    surface: Surface = Surface(colour="#f0f0ee", finish="paint")
    wall_m: Metres = 3.2
    half_width_m: Metres = 3.6
    radius_m: Metres = 1.1


class RoomSet(_Surroundings):
    """A floor and a wall that meet in a corner. wall_m: Distance of the wall. skirting_cm: Height of its skirting board."""

    kind: Literal["room"] = "room"
    backdrop: Surface = Surface(colour="#d9d4cb", finish="plaster")
    floor: Surface | None = None
    wall_m: Metres = 2.5
    skirting_cm: float = Field(default=0.0, ge=0, le=60)


class LoftSet(_Surroundings):
    """A room with tall windows on the camera's left, open to the sky. wall_m: Distance of the back wall. side_m: Of the window wall.
    windows: How many. sill_cm, head_cm: Lower and upper edge of the openings. ceiling_m: Height of the room.
    """

    kind: Literal["loft"] = "loft"
    backdrop: Surface = Surface(colour="#b9b2a8", finish="brick")
    floor: Surface = Surface(colour="#8a6a4a", finish="wood")
    wall_m: Metres = 3.0
    side_m: Metres = 3.0
    ceiling_m: Annotated[float, Field(ge=2.2, le=12)] = 4.0
    windows: Annotated[int, Field(ge=1, le=8)] = 3
    window_cm: tuple[Centimetres, Centimetres] = (150.0, 260.0)
    sill_cm: float = Field(default=60.0, ge=0, le=300)

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if self.sill_cm + self.window_cm[1] > 100 * self.ceiling_m - 5:
            raise ValueError(
                f"windows of {self.window_cm[1]:g} cm above a sill of {self.sill_cm:g} cm do not fit under {self.ceiling_m:g} m"
            )
        return self


class StreetSet(_Surroundings):
    """A street between houses that runs away behind the subject, who stands on its pavement.

    width_m: Between the two rows of houses. storeys: Of the houses. facade: Their walls. wet: How much of the ground is puddles.
    lit: Share of the windows with light in them, of the brightness ``lit_ev`` (as a white card in that light would have). neon: Colours of
    the tubes on the houses, of the brightness ``neon_ev``. seed: Of the houses.
    """

    kind: Literal["street"] = "street"
    facade: Surface = Surface(colour="#b8a189", finish="plaster")
    pavement: Surface = Surface(colour="#8f8b85", finish="paving")
    width_m: Metres = 12.0
    storeys: Annotated[int, Field(ge=1, le=12)] = 4
    wet: Share = 0.0
    lit: Share = 0.0
    lit_ev: Reading = 5.0
    neon: tuple[Colour, ...] = Field(default=(), max_length=8)
    neon_ev: Reading = 8.0
    seed: int = Field(default=1, ge=0, le=2**31 - 1)


class DesertSet(_Surroundings):
    """Sand to the horizon, flat where the subject stands. dune_m: Height of the dunes. seed: Of the dunes."""

    kind: Literal["desert"] = "desert"
    surface: Surface = Surface(colour="#c9a06c", finish="sand")
    dune_m: float = Field(default=5.0, ge=0, le=40)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)


StudioSet = Annotated[
    WhiteSet | SweepSet | CycloramaSet | RoomSet | LoftSet | StreetSet | DesertSet, Field(discriminator="kind")
]  # fmt: skip
