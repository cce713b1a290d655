"""A colour chart held where the subject will stand: what a scene's light and a camera's settings do to known colours."""

from __future__ import annotations

import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.engine import write_job
from studio.shot.camera import PlacedCamera
from studio.shot.colour_difference import ciede2000
from studio.shot.lights import key_of, place_lights
from studio.shot.photometry import EV100_OF_UNIT_RADIANCE, ev_of, exposure_gain, linear_rgb, luminance
from studio.shot.props import scene_files
from studio.shot.quality import Quality
from studio.shot.request import camera_request, scene_request
from studio.specs.scene import SceneSpec

if TYPE_CHECKING:
    from studio.engine import Engine

#: The 24 patches of the ColorChecker Classic in sRGB, row by row (X-Rite's published values, D65).
PATCHES = (
    "#735244", "#c29682", "#627a9d", "#576c43", "#8580b1", "#67bdaa", "#d67e2c", "#505ba6", "#c15a63", "#5e3c6c", "#9dbc40", "#e0a32e",
    "#383d96", "#469449", "#af363c", "#e7c71f", "#bb5695", "#0885a1", "#f3f3f2", "#c8c8c8", "#a0a0a0", "#7a7a79", "#555555", "#343434",
)  # fmt: skip
_COLUMNS, _ROWS = 6, 4
#: Side of a patch [m], its side in the picture [px], how much of its middle is read.
_PATCH_M, _PATCH_PX, _READ = 0.04, 24, 0.5
#: The patch by which the exposure is told: neutral 5, whose 18 to 20 per cent are what meters are made for.
_GREY = 21
#: The lens of the chart's camera, so long that the camera stands as far away as for a portrait [mm].
_FOCAL_MM, _SENSOR_MM = 200.0, 24.0
_STATURE_M = 1.72
_BUDGET = Quality(256, 64, 0.005, 4, "ACCURATE", "HIGH", 0, 0, 0.0)


@dataclass(frozen=True)
class ChartReading:
    """What became of a chart. patches: Each as (asked, found) in linear Rec.709, (24, 2, 3), found at the exposure of the grey patch.

    mean_delta_e, worst_delta_e: CIEDE2000 between them. exposure_stops: How much brighter the grey patch came out than it is.
    picture: As the camera has it, linear, (H, W, 3).
    """

    patches: np.ndarray
    mean_delta_e: float
    worst_delta_e: float
    exposure_stops: float
    picture: np.ndarray

    def as_facts(self) -> dict[str, Any]:
        """As plain data, rounded."""
        differences = ciede2000(self.patches[:, 0], self.patches[:, 1])
        return {
            "mean_delta_e": round(self.mean_delta_e, 2),
            "worst_delta_e": round(self.worst_delta_e, 2),
            "exposure_stops": round(self.exposure_stops, 2),
            "patches": {colour: round(float(difference), 2) for colour, difference in zip(PATCHES, differences, strict=True)},
        }


def read_chart(scene: SceneSpec, *, engine: Engine, folder: Path = Path(), height_m: float = 1.3) -> ChartReading:
    """Hold the chart at a height [m] before the camera of a scene, and read it with the exposure of the scene's first camera.

    folder: Where the scene's own files lie. The view transform is left out: the chart tells what light, balance and exposure do.
    """
    job = Path(tempfile.mkdtemp(prefix="studio-chart-"))
    lights = place_lights(scene, stature=_STATURE_M)
    base_gain = 2.0 ** (EV100_OF_UNIT_RADIANCE - ev_of(key_of(lights).irradiance))
    request = scene_request(
        job, scene, lights=lights, stature=_STATURE_M, base_gain=base_gain, files=scene_files(scene, folder)
    )  # fmt: skip
    camera = _camera(scene, height_m)
    write_job(
        job, "render", device="cpu", seed=0, quality=_BUDGET.as_request(), layers=False, body=None, eyes=None, strands=[], tie=None,
        garments=[], targets=_targets(height_m),
        cameras=[camera_request(camera, base_gain=base_gain, rig_deg=0.0, gaze=[])],
        **request | {"view": {"transform": "standard", "contrast": "base"}},
    )  # fmt: skip
    with np.load(engine.run(job).path("linear-chart.npz"), allow_pickle=False) as stored:
        picture = stored["pixels"][..., :3].astype(float) * camera.gain / base_gain
    shutil.rmtree(job)
    return _reading(picture)


def _reading(picture: np.ndarray) -> ChartReading:
    asked = np.array([linear_rgb(colour) for colour in PATCHES])
    half = int(_PATCH_PX * _READ / 2)
    found = np.empty_like(asked)
    for number in range(len(PATCHES)):
        row, column = (_PATCH_PX * at + _PATCH_PX // 2 for at in divmod(number, _COLUMNS))
        found[number] = picture[row - half : row + half, column - half : column + half].mean(axis=(0, 1))
    over = float(luminance(found[_GREY]) / luminance(asked[_GREY]))
    differences = ciede2000(asked, found / over)
    pairs = np.stack([asked, found / over], axis=1)
    return ChartReading(pairs, float(differences.mean()), float(differences.max()), math.log2(over), picture)


def _camera(scene: SceneSpec, height_m: float) -> PlacedCamera:
    first = scene.cameras[0]
    size_m = (_COLUMNS * _PATCH_M, _ROWS * _PATCH_M)
    distance = size_m[1] * _FOCAL_MM / _SENSOR_MM
    return PlacedCamera(
        name="chart",
        position=np.array([0.0, -distance, height_m]),
        world_from_camera=np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]),
        focal_mm=_FOCAL_MM,
        crop_mm=(_SENSOR_MM * _COLUMNS / _ROWS, _SENSOR_MM),
        shift=(0.0, 0.0),
        size_px=(_COLUMNS * _PATCH_PX, _ROWS * _PATCH_PX),
        focus_m=distance,
        f_number=64.0,
        gain=exposure_gain(f_number=first.f_number, shutter_s=first.shutter_s, iso=first.iso, ev=first.ev),
        azimuth_deg=0.0,
    )


def _targets(height_m: float) -> list[dict[str, Any]]:
    """The patches as matt cards side by side, the first at the upper left as the camera sees it."""
    targets = []
    for number, colour in enumerate(PATCHES):
        row, column = divmod(number, _COLUMNS)
        x, z = (column - (_COLUMNS - 1) / 2) * _PATCH_M, height_m + ((_ROWS - 1) / 2 - row) * _PATCH_M
        targets.append(
            {"kind": "card", "position": [x, 0.0, z], "facing": [0, -1, 0], "size_m": _PATCH_M, "rgb": linear_rgb(colour).tolist()}
        )
    return targets
