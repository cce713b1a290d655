"""A scene: the set, the lights and the cameras of a shoot, in the units that photographers use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from studio import library
from studio.errors import StudioError, did_you_mean
from studio.specs.base import Spec, load_spec
from studio.specs.camera import DETAILS, FRAMINGS, Camera
from studio.specs.light import Card, Light
from studio.specs.quantity import Kelvin
from studio.specs.surroundings import StudioSet, SweepSet

View = Literal["standard", "agx", "filmic"]
GazeWord = Literal["camera", "forward", "left", "right", "up", "down"]
_Place = Annotated[float, Field(ge=-50, le=50)]
#: A word, left and right being the subject's own; or a point of the world [m], which faces -y.
Gaze = GazeWord | tuple[_Place, _Place, _Place]

#: What a detail is shot with where a scene has no camera for it: a short telephoto lens, and as much of the picture as stays calm.
_DETAIL_FOCAL_MM, _DETAIL_FILL = 100.0, 1.0
#: How much of the picture the range takes where a scene has no camera for a framing of that kind.
_INTENT_FILL = 0.88


class SceneSpec(Spec):
    """What ``scenes/<name>/scene.toml`` holds.

    aspect: Width to height of the pictures. view: How scene light becomes display values: standard (linear to sRGB: colours
    keep their values), agx or filmic (a film-like shoulder). contrast: AgX look. white_balance_k: Light of this colour is neutral;
    tint: then corrected from green (negative) to magenta (positive), in the units of raw converters, -150 to 150.
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
    white_balance_k: Kelvin = 5600.0
    tint: float = Field(default=0.0, ge=-150, le=150)
    turns: Literal["subject", "camera"] = "subject"
    gaze: Gaze = "camera"
    set: StudioSet = SweepSet()
    lights: tuple[Light, ...] = ()
    cards: tuple[Card, ...] = ()
    cameras: tuple[Camera, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        sky = self.set.sky
        roles = [light.role for light in self.lights] + ([sky.sun] if sky is not None and sky.has_sun else [])
        keys = roles.count("key")
        if not keys:
            raise ValueError("a scene wants a light with the role key: the others are relative to it")
        if keys > 1:
            raise ValueError(f"a scene has one key light, and this one has {keys}" + (", the sky's sun among them" if sky else ""))
        names = [camera.name for camera in self.cameras]
        if not names:
            raise ValueError("a scene wants one camera at least")
        if len(set(names)) < len(names):
            raise ValueError(f"two cameras share a name among {', '.join(names)}")
        if self.set.kind == "white" and self.view != "standard":
            raise ValueError(f"a pure white ground needs the view standard: {self.view} maps white below 255")
        return self

    def camera(self, name: str) -> Camera:
        """The camera of that name; or, for a framing (``portrait``, ``back``, ``detail:collar``) that has no camera, one that the scene's
        first camera is turned into. Raises StudioError with the closest name where there is neither.
        """
        for camera in self.cameras:
            if camera.name == name:
                return camera
        intents = [*FRAMINGS, "back", *(f"detail:{detail}" for detail in DETAILS)]
        if name in intents:
            return self._intended(name)
        known = [*(camera.name for camera in self.cameras), *intents]
        raise StudioError(f"The scene '{self.title}' has no camera '{name}': {did_you_mean(name, known)}")

    def _intended(self, intent: str) -> Camera:
        first = self.cameras[0]
        plain = {"name": intent.replace(":", "-"), "distance_m": None, "height_m": None, "shift_x": 0.0, "rise": 0.5, "fill": _INTENT_FILL}
        if intent == "back":
            change = plain | {"framing": "full", "azimuth_deg": 180.0}
        elif intent.startswith("detail:"):
            change = plain | {"framing": intent, "focus": None, "focal_mm": max(first.focal_mm, _DETAIL_FOCAL_MM), "fill": _DETAIL_FILL}
        else:
            change = plain | {"framing": intent}
        return Camera.model_validate(first.model_dump() | change)


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


def scene_path(name: str) -> Path:
    """Where an authored scene lies by its name, or the path of a scene.toml as it is. Raises StudioError for unknown names."""
    if Path(name).suffix == ".toml":
        return Path(name)
    known = scene_names()
    if name not in known:
        raise StudioError(f"There is no scene '{name}': {did_you_mean(name, known)}")
    return library.folder("scenes", name, "scene.toml")


def load_scene(name: str) -> SceneSpec:
    """An authored scene by its name, or a scene.toml by its path. Raises StudioError for unknown names and invalid files."""
    return load_spec(SceneSpec, scene_path(name))
