"""What a job is told of the scene: set, lights, cards, sky and cameras as plain data. Radiances are multiplied with the job's base gain."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.shot.camera import PlacedCamera
from studio.shot.faces import ROUND, face_axes, rings
from studio.shot.lights import PlacedLight, light_direction, place_card, sky_of
from studio.shot.photometry import balanced_rgb_from_rgb, irradiance_of_ev, light_rgb, linear_rgb
from studio.shot.props import write_model
from studio.specs.light import Card
from studio.specs.scene import SceneSpec

#: The bulb behind a spot's lens, and a bare bulb, have the diameter ``size_cm``; a spot shows no larger one than this [m].
_SPOT_LENS_M = 0.15


def scene_request(
    folder: Path, scene: SceneSpec, *, lights: Sequence[PlacedLight], stature: float, base_gain: float, files: Mapping[str, Path]
) -> dict[str, Any]:
    """The parts of a job that its scene decides; what they need lies in ``folder`` afterwards. files: The scene's own, by name."""
    return {
        "view": {"transform": scene.view, "contrast": scene.contrast},
        "set": _set(folder, scene, base_gain, files),
        "lights": [_light(light, base_gain) for light in lights],
        "cards": [_card(card, stature) for card in scene.cards],
        "around": _around(folder, scene, base_gain, files),
    }


def camera_request(camera: PlacedCamera, *, base_gain: float, rig_deg: float, gaze: list[list[list[float]]]) -> dict[str, Any]:
    """One camera. gaze: world_from_eye of both eyes."""
    return {
        "name": camera.name,
        "position": camera.position.tolist(),
        "world_from_camera": camera.world_from_camera.tolist(),
        "focal_mm": camera.focal_mm,
        "crop_mm": list(camera.crop_mm),
        "shift": list(camera.shift),
        "size_px": list(camera.size_px),
        "focus_m": camera.focus_m,
        "detail_mm": camera.millimetres_per_pixel,
        "f_number": camera.aperture_f_number,
        "gain": camera.gain / base_gain,
        "rig_deg": rig_deg,
        "gaze": gaze,
    }


def _light(light: PlacedLight, base_gain: float) -> dict[str, Any]:
    spec = light.light
    size = [min(side, _SPOT_LENS_M) for side in spec.size_m] if spec.shape == "spot" else list(spec.size_m)
    return {
        "name": light.name,
        "shape": spec.shape,
        "size_m": size,
        "rings": rings(spec.shape) if spec.shape in ROUND else None,
        "angle_deg": spec.angle_deg,
        "grid_deg": spec.grid_deg,
        "beam_deg": spec.beam_deg,
        "edge": spec.edge,
        "position": light.position.tolist(),
        "aim": light.aim.tolist(),
        "watts": light.watts * base_gain,
        "rgb": light.rgb.tolist(),
        "gobo": None if light.gobo is None else {"vertices": light.gobo[0].tolist(), "quads": light.gobo[1].tolist()},
    }


def _card(card: Card, stature: float) -> dict[str, Any]:
    """A card's corners, as it faces its point of the subject."""
    position, _ = place_card(card, stature=stature)
    axis = light_direction(card.clock, card.elevation_deg)
    side, up = (unit * size / 200 for unit, size in zip(face_axes(axis), card.size_cm, strict=True))
    return {"finish": card.finish, "corners": [(position + a * side + b * up).tolist() for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]}


def _around(folder: Path, scene: SceneSpec, base_gain: float, files: Mapping[str, Path]) -> dict[str, Any] | None:
    """Even light, a clear sky as ``sky.npz`` in the folder, or a panorama's file; None where it is dark."""
    spec, sky = scene.set.sky, sky_of(scene)
    if spec is None:
        if scene.set.ambient_ev is None:
            return None
        rgb = light_rgb(scene.set.ambient_k, white_balance_k=scene.white_balance_k, tint=scene.tint)
        return {"radiance": irradiance_of_ev(scene.set.ambient_ev) / np.pi * base_gain, "rgb": rgb.tolist()}
    if sky is not None:
        np.savez(folder / "sky.npz", radiance=(sky.radiance * base_gain).astype(np.float32))
        # a picture's middle column looks along +x of the world; the sun is in it, and stands at its clock
        sun = light_direction(spec.sun_clock, 0.0)
        return {"sky": "sky.npz", "turn_deg": -float(np.degrees(np.arctan2(sun[1], sun[0]))), "visible": spec.visible}
    assert spec.file is not None  # a sky without a file is a clear one
    assert spec.ev is not None  # a panorama has one, by its spec
    name = f"panorama{Path(spec.file).suffix}"
    shutil.copyfile(files[spec.file], folder / name)
    return {
        "file": name,
        "called": spec.file,
        "irradiance": irradiance_of_ev(spec.ev) * base_gain,
        "balance": balanced_rgb_from_rgb(scene.white_balance_k, tint=scene.tint).tolist(),
        "turn_deg": -90.0 - spec.rotation_deg,  # its middle behind the subject, at +y
        "visible": spec.visible,
    }


def _set(folder: Path, scene: SceneSpec, base_gain: float, files: Mapping[str, Path]) -> dict[str, Any]:
    """The set's own numbers, with colours as linear Rec.709 and brightness as radiance."""
    request = _linear(scene.set.model_dump(exclude={"sky", "ambient_ev", "ambient_k", "props"}))
    for name in ("lit", "neon"):
        if (reading := request.pop(f"{name}_ev", None)) is not None:
            request[f"{name}_radiance"] = irradiance_of_ev(reading) / np.pi * base_gain
    request["props"] = []
    for number, prop in enumerate(scene.set.props):
        model = None if prop.file is None else write_model(folder, number, files[prop.file], scale=prop.scale)
        request["props"].append(_linear(prop.model_dump(exclude={"file", "scale"})) | {"model": model})
    return request


def _linear(value: Any) -> Any:
    """Plain data with every surface's ``colour`` as linear ``rgb``, and lists of colours likewise."""
    if isinstance(value, dict):
        plain = {key: _linear(inner) for key, inner in value.items() if key != "colour"}
        return plain | ({"rgb": linear_rgb(value["colour"]).tolist()} if "colour" in value else {})
    if isinstance(value, list | tuple):
        return [_linear(inner) for inner in value]
    return linear_rgb(value).tolist() if isinstance(value, str) and value.startswith("#") else value
