"""From lights in photographic units to where they stand and how many watts they have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.shot.photometry import ev_of, grid_power_share, irradiance_of_ev, irradiance_per_watt, light_rgb, lux, watts_of_lumens
from studio.specs.scene import Light, SceneSpec, Window

#: How far a window's opaque wall reaches beyond its opening [m]: past the cone that a light throws on a subject and a set.
_WALL_BEYOND_M = 6.0
#: The sun stands this far away, only to have a place from which to aim [m].
_SUN_DISTANCE_M = 10.0


@dataclass(frozen=True)
class PlacedLight:
    """A light that stands somewhere. Positions in the rig's frame: the world's, before the rig turns with a camera.

    position, aim: [m], shape (3,). irradiance: On the axis at the aim point, for a receiver that faces the light [W/m2].
    watts: What Blender is given: radiant power, or irradiance for the sun. rgb: Linear Rec.709 of luminance 1 (less with a gel).
    panes: Vertices and quads of the window's wall, or None.
    """

    name: str
    light: Light
    position: np.ndarray
    aim: np.ndarray
    irradiance: float
    watts: float
    rgb: np.ndarray
    panes: tuple[np.ndarray, np.ndarray] | None

    @property
    def illuminance(self) -> float:
        """What a meter at the aim point shows for this light alone, facing it [lx]."""
        return lux(self.irradiance)


def light_direction(clock: float, elevation_deg: float) -> np.ndarray:
    """Unit vector from the subject to a light: 6 o'clock is in front (-y), 9 the camera's left (-x). Shape (3,)."""
    angle, elevation = math.radians(30.0 * clock), math.radians(elevation_deg)
    return np.array([math.sin(angle) * math.cos(elevation), math.cos(angle) * math.cos(elevation), math.sin(elevation)])


def place_lights(scene: SceneSpec, *, stature: float) -> list[PlacedLight]:
    """Set all lights of a scene up for a subject of that stature [m]. Powers are worked out from the key's."""
    key_irradiance = _irradiance(scene.key, None)
    return [_place(light, index, scene, stature, key_irradiance) for index, light in enumerate(scene.lights)]


def meter_readings(lights: list[PlacedLight] | tuple[PlacedLight, ...]) -> list[dict[str, float | str]]:
    """What an incident meter at the subject shows for each light alone, facing it: lux, EV at ISO 100, stops relative to the key."""
    key = next(light for light in lights if light.light.role == "key")
    return [
        {
            "light": light.name,
            "role": light.light.role,
            "lux": round(light.illuminance, 1),
            "ev100": round(ev_of(light.irradiance), 2),
            "stops": round(ev_of(light.irradiance) - ev_of(key.irradiance), 2),
        }
        for light in lights
        if light.light.role != "background"
    ]


def _place(light: Light, index: int, scene: SceneSpec, stature: float, key_irradiance: float) -> PlacedLight:
    aim = np.array([0.0, 0.0, light.aim * stature])
    distance = _SUN_DISTANCE_M if light.shape == "sun" else light.distance_m
    if light.role == "background":  # lights the wall behind the subject instead of the subject
        aim = np.array([0.0, scene.set.wall_m, light.aim * stature])
    position = aim + light_direction(light.clock, light.elevation_deg) * distance
    if light.shape != "sun" and position[2] < 0:
        raise StudioError(
            f"The {light.role} light at {light.clock:g} o'clock would stand {-position[2]:.2f} m under the floor; raise its elevation_deg."
        )
    irradiance = _irradiance(light, key_irradiance)
    watts = irradiance / _per_watt(light)
    if light.grid_deg is not None and light.shape in ("softbox", "octa", "strip"):
        watts *= grid_power_share(light.grid_deg)
    return PlacedLight(
        name=light.name or f"{light.role}-{index}",
        light=light,
        position=position,
        aim=aim,
        irradiance=irradiance,
        watts=watts,
        rgb=light_rgb(light.colour_k, white_balance_k=scene.white_balance_k, gel=light.gel),
        panes=None if light.window is None else _wall_with_panes(light.window, aim, position),
    )


def _per_watt(light: Light) -> float:
    return irradiance_per_watt(light.shape, size_m=light.size_m, distance_m=light.distance_m)


def _irradiance(light: Light, key_irradiance: float | None) -> float:
    """On the axis at the distance of the subject [W/m2]."""
    if light.ev is not None:
        return irradiance_of_ev(light.ev)
    if light.stops is not None:
        assert key_irradiance is not None  # the key itself cannot be given in stops, by its spec
        return key_irradiance * 2.0**light.stops
    watts = light.watts if light.watts is not None else watts_of_lumens(light.lumens or 0.0)
    return watts * _per_watt(light)


def _wall_with_panes(window: Window, aim: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An opaque wall across the light's axis, with an opening that bars divide: vertices (V, 3) and quads (Q, 4)."""
    axis = (position - aim) / np.linalg.norm(position - aim)
    side = np.cross([0.0, 0.0, 1.0], axis)
    side /= np.linalg.norm(side)
    up = np.cross(axis, side)
    tilt = math.radians(window.tilt_deg)
    side, up = side * math.cos(tilt) + up * math.sin(tilt), up * math.cos(tilt) - side * math.sin(tilt)
    lines = []
    for size_cm, count in zip(window.size_cm, window.panes, strict=True):
        size, bar = size_cm / 100, window.bar_cm / 100
        pane = (size - (count - 1) * bar) / count
        if pane <= 0:
            raise StudioError(f"{count} panes with bars of {window.bar_cm:g} cm do not fit into a window of {size_cm:g} cm.")
        starts = -size / 2 + np.arange(count) * (pane + bar)
        edges = np.stack([starts, starts + pane], axis=1).ravel()
        lines.append(np.r_[-size / 2 - _WALL_BEYOND_M, edges, size / 2 + _WALL_BEYOND_M])
    centre = aim + axis * window.distance_m
    columns, rows = lines
    grid = centre + columns[:, None, None] * side + rows[None, :, None] * up
    index = np.arange(grid.shape[0] * grid.shape[1]).reshape(grid.shape[:2])
    quads = [
        (index[i, j], index[i + 1, j], index[i + 1, j + 1], index[i, j + 1])
        for i in range(len(columns) - 1)
        for j in range(len(rows) - 1)
        if not (i % 2 == 1 and j % 2 == 1)  # odd cells are the panes
    ]
    return grid.reshape(-1, 3), np.array(quads)
