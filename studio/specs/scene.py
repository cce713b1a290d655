"""A scene: the set, the lights and the cameras of a shoot, in the units that photographers use.

Directions around the subject are a clock seen from above: 6 o'clock is in front of the subject's face (where the main camera
stands), 12 is behind, 9 is the camera's left, 3 is the camera's right. One hour is 30 degrees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from studio import library
from studio.errors import StudioError, did_you_mean
from studio.specs.base import Spec, load_spec

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Metres = Annotated[float, Field(gt=0, le=100)]
Centimetres = Annotated[float, Field(gt=0, le=2000)]

Role = Literal["key", "fill", "rim", "kicker", "hair", "background", "top"]
Shape = Literal["softbox", "octa", "strip", "bare", "sun"]
Framing = Literal["full", "three-quarter", "half", "portrait"]
FocusPoint = Literal["eyes", "chest", "waist", "hands", "feet"]
View = Literal["standard", "agx", "filmic"]


class Window(Spec):
    """A window between a light and the subject: opaque, with a grid of panes. What photographers call a gobo.

    size_cm: Width and height of the opening. panes: Columns and rows. bar_cm: Width of the bars between the panes.
    distance_m: From the subject towards the light. tilt_deg: Turned in its own plane.
    """

    size_cm: tuple[Centimetres, Centimetres]
    panes: tuple[Annotated[int, Field(ge=1, le=40)], Annotated[int, Field(ge=1, le=40)]] = (1, 1)
    bar_cm: Centimetres = 4.0
    distance_m: Metres
    tilt_deg: float = Field(default=0.0, ge=-90, le=90)


class Light(Spec):
    """One light. Exactly one of ``ev``, ``stops``, ``watts`` and ``lumens`` says how strong it is.

    role: What it does in the picture; ``stops`` are relative to the light with the role key.
    shape: softbox (rectangle), octa (disc), strip (narrow rectangle), bare (a bulb), sun (parallel rays, no distance).
    size_cm: Width and height of the emitting face, or one diameter; for the sun its angular diameter is ``angle_deg``.
    distance_m: From the face of the light to the point it aims at.
    clock: Where it stands around the subject, hours 0-12 (6 = in front, 9 = camera left, 12 = behind).
    elevation_deg: Its height as an angle above the horizon of the point that it aims at.
    aim: The height on the subject that it aims at, as a share of the stature (0 floor, 1 top of the head).
    ev: What an incident meter shows at the subject for this light alone, in EV at ISO 100 (lux = 2.5 * 2**ev).
    stops: The same reading relative to the key's: -1 is half of the key's illuminance.
    watts: Radiant power [W] as Blender defines it. lumens: Luminous flux [lm], 683 lm for a radiant watt.
    colour_k: Correlated colour temperature [K]. gel: A filter's colour, sRGB.
    grid_deg: Full opening angle of a grid; like a real one it takes light away at the sides and leaves the axis.
    """

    role: Role
    name: Name | None = None
    shape: Shape = "softbox"
    size_cm: Centimetres | tuple[Centimetres, Centimetres] = 100.0
    angle_deg: float = Field(default=0.53, gt=0, le=60)
    distance_m: Metres = 2.0
    clock: float = Field(default=6.0, ge=0, le=12)
    elevation_deg: float = Field(default=30.0, ge=-89, le=89.9)
    aim: float = Field(default=0.6, ge=0, le=1.2)
    ev: float | None = Field(default=None, ge=-6, le=20)
    stops: float | None = Field(default=None, ge=-12, le=12)
    watts: float | None = Field(default=None, gt=0, le=1e6)
    lumens: float | None = Field(default=None, gt=0, le=1e9)
    colour_k: float = Field(default=5600.0, ge=1700, le=20000)
    gel: Colour | None = None
    grid_deg: float | None = Field(default=None, ge=5, le=170)
    window: Window | None = None

    @model_validator(mode="after")
    def _one_power(self) -> Self:
        given = [unit for unit in ("ev", "stops", "watts", "lumens") if getattr(self, unit) is not None]
        if len(given) != 1:
            raise ValueError(f"a light wants exactly one of ev, stops, watts or lumens, and this one has {' and '.join(given) or 'none'}")
        if self.shape == "sun" and given[0] in ("watts", "lumens"):
            raise ValueError("the sun has no power in W or lm: say ev or stops")
        if self.role == "key" and self.stops is not None:
            raise ValueError("the key light cannot be relative to itself: say ev, watts or lumens")
        return self

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of the emitting face [m]."""
        width, height = self.size_cm if isinstance(self.size_cm, tuple) else (self.size_cm, self.size_cm)
        return width / 100, height / 100


class Surface(Spec):
    """What a wall or a floor is made of. colour: albedo as sRGB. finish: its texture and gloss."""

    colour: Colour
    finish: Literal["paper", "paint", "plaster", "canvas", "concrete", "wood"] = "paint"


class StudioSet(Spec):
    """Where the subject stands.

    kind: ``white``: a lit white cyclorama that the camera does not see; the ground of the picture is exactly 255, with the
    subject's own shadow on it. ``sweep``: seamless paper from wall to floor. ``room``: a floor and a wall that meet in a corner.
    shadow: For ``white``: none, contact (only where the feet stand) or full.
    wall_m: Distance of the wall or of the hanging paper behind the subject. width_m: Of paper or wall.
    coving_m: Radius with which paper turns from wall to floor. ambient_ev: Even light from all around, read like a light's ev.
    haze: How much light the air of a ``room`` scatters per metre; 0 is clear air.
    """

    kind: Literal["white", "sweep", "room"] = "sweep"
    shadow: Literal["none", "contact", "full"] = "contact"
    backdrop: Surface = Surface(colour="#e8e8e8", finish="paper")
    floor: Surface | None = None
    wall_m: Metres = 2.5
    width_m: Metres = 6.0
    coving_m: Metres = 0.8
    skirting_cm: float = Field(default=0.0, ge=0, le=60)
    ambient_ev: float | None = Field(default=None, ge=-6, le=20)
    ambient_k: float = Field(default=5600.0, ge=1700, le=20000)


class Camera(Spec):
    """One camera. It stands where ``framing`` asks for it, so that the whole range is framed alike on every twin.

    name: Also the view's name in deliveries. azimuth_deg: Around the subject, 0 in front, 90 the subject's left side, 180 behind.
    focal_mm, sensor_mm: Focal length and sensor (width, height) [mm]; the picture's aspect crops the sensor.
    f_number, shutter_s, iso: The exposure triangle: EV100 = log2(N^2 / t * 100 / ISO). ev: Exposure compensation in stops.
    framing: full (floor to head), three-quarter (mid-thigh up), half (waist up), portrait (chest up).
    fill: Share of the picture's height that the framed range takes. rise: How much of the rest lies above, 0.5 is centred.
    distance_m: Overrides what framing computes. height_m: Of the lens above the floor; without it level with the middle of the
    range. Verticals stay parallel: the lens is shifted, not tilted, as with a technical camera; ``tilt`` tilts it instead.
    shift_x: Moves the picture sideways, in widths of it: room for copy. focus: What is sharp.
    """

    name: Name
    azimuth_deg: float = Field(default=0.0, ge=-360, le=360)
    focal_mm: float = Field(default=85.0, ge=8, le=1200)
    sensor_mm: tuple[Annotated[float, Field(gt=1, le=200)], Annotated[float, Field(gt=1, le=200)]] = (36.0, 24.0)
    f_number: float = Field(default=8.0, ge=0.7, le=64)
    shutter_s: float = Field(default=1 / 125, gt=0, le=60)
    iso: float = Field(default=100.0, ge=6, le=409600)
    ev: float = Field(default=0.0, ge=-10, le=10)
    framing: Framing = "full"
    fill: float = Field(default=0.88, ge=0.1, le=1.0)
    rise: float = Field(default=0.5, ge=0, le=1)
    distance_m: Metres | None = None
    height_m: Metres | None = None
    tilt: bool = False
    shift_x: float = Field(default=0.0, ge=-0.5, le=0.5)
    focus: FocusPoint = "eyes"


GazeWord = Literal["camera", "forward", "left", "right", "up", "down"]
#: A word, left and right being the subject's own; or a point of the world [m], which faces -y.
Gaze = (
    GazeWord | tuple[Annotated[float, Field(ge=-50, le=50)], Annotated[float, Field(ge=-50, le=50)], Annotated[float, Field(ge=-50, le=50)]]
)


class SceneSpec(Spec):
    """What ``scenes/<name>/scene.toml`` holds.

    aspect: Width to height of the pictures. view: How scene light becomes display values: standard (linear to sRGB: colours
    keep their values), agx or filmic (a film-like shoulder). contrast: AgX look. white_balance_k: Light of this colour is neutral.
    turns: What turns when a camera has an azimuth: the subject on the spot, with set and lights staying with the camera as in a
    catalogue studio (subject), or the camera goes around and light and set stay (camera).
    gaze: The subject looks into the camera where that is within reach of the eyes (camera), straight ahead (forward), to its left or right,
    up or down, or at a point [m].
    """

    title: str
    description: str = ""
    aspect: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = (9, 13)
    view: View = "standard"
    contrast: Literal["low", "base", "medium-high", "high"] = "base"
    white_balance_k: float = Field(default=5600.0, ge=1700, le=20000)
    turns: Literal["subject", "camera"] = "subject"
    gaze: Gaze = "camera"
    set: StudioSet = StudioSet()
    lights: tuple[Light, ...]
    cameras: tuple[Camera, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        keys = [light for light in self.lights if light.role == "key"]
        if not keys:
            raise ValueError("a scene wants a light with the role key: the others are relative to it")
        if len(keys) > 1:
            raise ValueError(f"a scene has one key light, and this one has {len(keys)}")
        names = [camera.name for camera in self.cameras]
        if not names:
            raise ValueError("a scene wants one camera at least")
        if len(set(names)) < len(names):
            raise ValueError(f"two cameras share a name among {', '.join(names)}")
        if self.set.kind == "white" and self.view != "standard":
            raise ValueError(f"a pure white ground needs the view standard: {self.view} maps white below 255")
        return self

    @property
    def key(self) -> Light:
        """The key light."""
        return next(light for light in self.lights if light.role == "key")

    def camera(self, name: str) -> Camera:
        """The camera of that name. Raises StudioError with the closest name where there is none."""
        for camera in self.cameras:
            if camera.name == name:
                return camera
        raise StudioError(f"The scene '{self.title}' has no camera '{name}': {did_you_mean(name, [c.name for c in self.cameras])}")


def parse_gaze(text: str) -> Gaze:
    """The gaze that a word or ``X,Y,Z`` stands for. Raises StudioError for anything else."""
    words = get_args(GazeWord)
    if text in words:
        return text
    parts = text.split(",")
    if len(parts) != 3:
        raise StudioError(f"There is no gaze '{text}': {did_you_mean(text, words)} A point is written X,Y,Z in metres, as 0.5,-2,1.4.")
    try:
        x, y, z = (float(part) for part in parts)
    except ValueError:
        x = y = z = float("nan")
    if not all(abs(each) <= 50 for each in (x, y, z)):
        raise StudioError(f"The gaze '{text}' is no point: write X,Y,Z in metres of the set, -50 to 50, for example 0.5,-2,1.4.")
    return (x, y, z)


def scene_names() -> list[str]:
    """The names of the authored scenes, sorted."""
    return sorted(path.parent.name for path in library.folder("scenes").glob("*/scene.toml"))


def load_scene(name: str) -> SceneSpec:
    """An authored scene by its name, or a scene.toml by its path. Raises StudioError for unknown names and invalid files."""
    path = Path(name)
    if path.suffix == ".toml":
        return load_spec(SceneSpec, path)
    known = scene_names()
    if name not in known:
        raise StudioError(f"There is no scene '{name}': {did_you_mean(name, known)}")
    return load_spec(SceneSpec, library.folder("scenes", name, "scene.toml"))
