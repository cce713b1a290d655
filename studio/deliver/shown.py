"""Which garments of a look can be seen in a cut of a shot: a portrait of somebody in trousers shows no trousers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from studio.deliver.frame import Cut
from studio.errors import StudioError
from studio.shot.camera import PlacedCamera
from studio.store import Asset
from studio.store.store import Store

#: A garment is named where this share of it lies in the picture, or where it takes this share of the picture's height. Chosen: a waistband
#: below a shirt is no pair of trousers, and a collar below a face is a shirt.
_OF_GARMENT, _OF_PICTURE = 0.2, 0.15
_CAMERA = ("name", "position", "world_from_camera", "focal_mm", "crop_mm", "shift", "size_px", "focus_m", "f_number", "gain")


def garments_shown(store: Store, shot: Asset, cut: Cut) -> tuple[bool, ...] | None:
    """For each garment of the shot's look, innermost first, whether it lies in the cut; what hides behind what is not looked at.

    None where the look is not in the store, or where the shot has no job that says where its camera stood.
    """
    try:
        look = store.resolve(shot.facts["look"])
    except StudioError:
        return None
    camera = _camera(shot)
    files = [f"garment-{index}.npz" for index in range(len(look.facts.get("garments", ())))]
    if camera is None or not all(file in look.manifest.files for file in files):
        return None
    low, high = np.array([cut.left, cut.top]), np.array([cut.left + cut.width, cut.top + cut.height])
    shown = []
    for file in files:
        points = camera.project(look.arrays(file)["vertices"])
        inside = ((points[:, :2] >= low) & (points[:, :2] <= high)).all(axis=1) & (points[:, 2] > 0)
        rows = np.ptp(points[inside, 1]) if inside.any() else 0.0
        shown.append(bool(inside.mean() >= _OF_GARMENT or rows >= _OF_PICTURE * cut.height))
    return tuple(shown)


def _camera(shot: Asset) -> PlacedCamera | None:
    """The camera of a shot, from the job that took it."""
    if "job.json" not in shot.manifest.files:
        return None
    cameras: list[Mapping[str, Any]] = shot.json("job.json").get("cameras", [])
    found = next((camera for camera in cameras if camera.get("name") == shot.facts["camera"]), None)
    if found is None or not all(key in found for key in _CAMERA):
        return None
    arrays = {key: np.asarray(found[key], dtype=float) for key in ("position", "world_from_camera")}
    pairs = {key: tuple(found[key]) for key in ("crop_mm", "shift", "size_px")}
    rest = {key: found[key] for key in _CAMERA if key not in arrays and key not in pairs}
    return PlacedCamera(**arrays, **pairs, **rest, azimuth_deg=float("nan"))  # the direction is in the rotation
