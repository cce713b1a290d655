"""The light meter: what an incident meter at the subject shows for each light, and what that makes of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from studio.shot.lights import PlacedLight, key_of, place_lights, sky_of
from studio.shot.photometry import ev100, ev_of, irradiance_of_ev, lux
from studio.shot.sky import level_irradiance
from studio.specs.scene import SceneSpec


@dataclass(frozen=True)
class Reading:
    """What the meter shows for one light alone: the receiver faces it; for ambient light and sky it lies level.

    lux: Illuminance. ev100: The same in EV at ISO 100. stops: Relative to the key.
    """

    light: str
    role: str
    lux: float
    ev100: float
    stops: float

    def as_facts(self) -> dict[str, float | str]:
        """As plain data, rounded as a meter's display is."""
        return asdict(self) | {"lux": round(self.lux, 1), "ev100": round(self.ev100, 2), "stops": round(self.stops, 2)}


@dataclass(frozen=True)
class Metering:
    """All readings of a scene, and the exposure of its cameras.

    key_to_fill: The lighting ratio as studios count it: key and fill together to the fill alone, e.g. 4.0 for 4:1; None without a fill.
    exposures: By camera, how many stops more than the key's reading asks for its settings let in.
    """

    readings: tuple[Reading, ...]
    key_to_fill: float | None
    exposures: dict[str, float]


def read_meter(scene: SceneSpec, *, stature: float) -> Metering:
    """Meter a scene for a subject of that stature [m]."""
    lights = place_lights(scene, stature=stature)
    key, readings = key_of(lights), [*meter_readings(lights)]
    sky, spec = sky_of(scene), scene.set.sky
    around = spec.ev if spec is not None else scene.set.ambient_ev
    if sky is not None:
        readings.append(_reading("sky", "ambient", level_irradiance(sky.radiance), key.irradiance))
    elif around is not None:
        readings.append(_reading("ambient" if spec is None else "sky", "ambient", irradiance_of_ev(around), key.irradiance))
    fills = [reading.lux for reading in readings if reading.role in ("fill", "ambient")]
    exposures = {
        camera.name: ev_of(key.irradiance) + camera.ev - ev100(f_number=camera.f_number, shutter_s=camera.shutter_s, iso=camera.iso)
        for camera in scene.cameras
    }
    return Metering(tuple(readings), (lux(key.irradiance) + sum(fills)) / sum(fills) if sum(fills) else None, exposures)


def meter_readings(lights: Sequence[PlacedLight]) -> list[Reading]:
    """What an incident meter at the subject shows for each light alone, facing it; lights on the background do not reach it."""
    key = key_of(tuple(lights))
    lit = [light for light in lights if light.light.role != "background"]
    return [_reading(light.name, light.light.role, light.irradiance, key.irradiance) for light in lit]


def metering_facts(metering: Metering) -> dict[str, Any]:
    """A metering as plain data."""
    return {
        "readings": [reading.as_facts() for reading in metering.readings],
        "key_to_fill": None if metering.key_to_fill is None else round(metering.key_to_fill, 2),
        "exposure_stops": {name: round(stops, 2) for name, stops in metering.exposures.items()},
    }


def _reading(name: str, role: str, irradiance: float, key: float) -> Reading:
    return Reading(name, role, lux(irradiance), ev_of(irradiance), math.log2(irradiance / key))
