"""From lights in photographic units to where they stand and how many watts they have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.shot.faces import blender_watts, irradiance_per_watt
from studio.shot.gobo import gobo_mesh
from studio.shot.photometry import ev_of, irradiance_of_ev, light_rgb, lux, watts_of_lumens
from studio.shot.sky import ClearSky, clear_sky, level_irradiance
from studio.specs.light import Card, Light
from studio.specs.scene import SceneSpec

#: The sun stands this far away, only to have a place from which to aim [m].
_SUN_DISTANCE_M = 10.0


@dataclass(frozen=True)
class PlacedLight:
    """A light that stands somewhere. Positions in the rig's frame: the world's, before the rig turns with a camera.

    position, aim: [m], shape (3,). irradiance: On the axis at the aim point, for a receiver that faces the light [W/m2].
    watts: What Blender is given: radiant power, or irradiance for the sun. rgb: Linear Rec.709 of luminance 1 (less with a gel).
    gobo: Vertices and quads of its opaque parts, or None.
    """

    name: str
    light: Light
    position: np.ndarray
    aim: np.ndarray
    irradiance: float
    watts: float
    rgb: np.ndarray
    gobo: tuple[np.ndarray, np.ndarray] | None

    @property
    def illuminance(self) -> float:
        """What a meter at the aim point shows for this light alone, facing it [lx]."""
        return lux(self.irradiance)


def light_direction(clock: float, elevation_deg: float) -> np.ndarray:
    """Unit vector from the subject to a light: 6 o'clock is in front (-y), 9 the camera's left (-x). Shape (3,)."""
    angle, elevation = math.radians(30.0 * clock), math.radians(elevation_deg)
    return np.array([math.sin(angle) * math.cos(elevation), math.cos(angle) * math.cos(elevation), math.sin(elevation)])


def turned(points: np.ndarray, rig_deg: float) -> np.ndarray:
    """Points (..., 3) of the rig's frame where it has turned about the vertical."""
    angle = math.radians(rig_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle), 0.0], [math.sin(angle), math.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(points) @ turn.T


def sky_of(scene: SceneSpec) -> ClearSky | None:
    """The clear sky of a scene, as its camera sees it; None without one."""
    sky = scene.set.sky
    if sky is None or sky.file is not None:
        return None
    natural = clear_sky(
        sun_elevation_deg=sky.sun_elevation_deg,
        haze=sky.haze,
        altitude_m=sky.altitude_m,
        white_balance_k=scene.white_balance_k,
        tint=scene.tint,
    )
    return natural if sky.ev is None else natural.times(irradiance_of_ev(sky.ev) / level_irradiance(natural.radiance))


def place_lights(scene: SceneSpec, *, stature: float) -> list[PlacedLight]:
    """Set all lights of a scene up for a subject of that stature [m], the sky's sun last. Powers are worked out from the key's.

    Raises StudioError for lights that would stand under the floor.
    """
    sun = _sun(scene, stature)
    key = next((light for light in scene.lights if light.role == "key"), None)
    key_irradiance = _irradiance(key, None) if key is not None else sun.irradiance if sun is not None else None
    placed = [_place(light, index, scene, stature, key_irradiance) for index, light in enumerate(scene.lights)]
    return placed if sun is None else [*placed, sun]


def key_of(lights: list[PlacedLight] | tuple[PlacedLight, ...]) -> PlacedLight:
    """The key light among those of a scene."""
    return next(light for light in lights if light.light.role == "key")


def place_card(card: Card, *, stature: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a flag or reflector hangs, and the point of the subject that it faces [m], (3,) each."""
    aim = np.array([0.0, 0.0, card.aim * stature])
    return aim + light_direction(card.clock, card.elevation_deg) * card.distance_m, aim


def _sun(scene: SceneSpec, stature: float) -> PlacedLight | None:
    """The sky's sun as a light, where it is one."""
    spec, sky = scene.set.sky, sky_of(scene)
    if spec is None or sky is None or not spec.has_sun:
        return None
    reading = min(max(ev_of(sky.sun_irradiance), -6.0), 20.0)
    light = Light(role=spec.sun, name="sun", shape="sun", ev=reading, clock=spec.sun_clock, elevation_deg=spec.sun_elevation_deg)
    aim = np.array([0.0, 0.0, light.aim * stature])
    position = aim + light_direction(light.clock, light.elevation_deg) * _SUN_DISTANCE_M
    return PlacedLight("sun", light, position, aim, sky.sun_irradiance, sky.sun_irradiance, sky.sun_rgb, None)


def _place(light: Light, index: int, scene: SceneSpec, stature: float, key_irradiance: float | None) -> PlacedLight:
    aim = np.array([0.0, 0.0, light.aim * stature])
    distance = _SUN_DISTANCE_M if light.shape == "sun" else light.distance_m
    if light.role == "background":  # lights the wall behind the subject instead of the subject
        aim = np.array([0.0, getattr(scene.set, "wall_m", 0.0), light.aim * stature])
    position = aim + light_direction(light.clock, light.elevation_deg) * distance
    if light.shape != "sun" and position[2] < 0:
        raise StudioError(
            f"The {light.role} light at {light.clock:g} o'clock would stand {-position[2]:.2f} m under the floor; raise its elevation_deg."
        )
    irradiance = _irradiance(light, key_irradiance)
    watts = blender_watts(light.shape, irradiance, size_m=light.size_m, distance_m=light.distance_m, grid_deg=light.grid_deg)
    return PlacedLight(
        name=light.name or f"{light.role}-{index}",
        light=light,
        position=position,
        aim=aim,
        irradiance=irradiance,
        watts=watts,
        rgb=light_rgb(light.colour_k, white_balance_k=scene.white_balance_k, tint=scene.tint, gel=light.gel),
        gobo=None if light.gobo is None else gobo_mesh(light.gobo, aim, position),
    )


def _irradiance(light: Light, key_irradiance: float | None) -> float:
    """On the axis at the distance of the subject [W/m2]."""
    if light.ev is not None:
        return irradiance_of_ev(light.ev)
    if light.stops is not None:
        assert key_irradiance is not None  # a scene has a key, and the key itself cannot be given in stops
        return key_irradiance * 2.0**light.stops
    watts = light.watts if light.watts is not None else watts_of_lumens(light.lumens or 0.0)
    return watts * irradiance_per_watt(light.shape, size_m=light.size_m, distance_m=light.distance_m, beam_deg=light.beam_deg)
