"""Where a camera stands so that every twin is framed alike, and where a point of the world lands in its picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.errors import StudioError
from studio.shot.figure import Figure
from studio.shot.framing import focus_distance, frame_of
from studio.shot.photometry import exposure_gain
from studio.specs.camera import Camera

#: The least margin that a full figure keeps on all sides, as a share of the picture (chosen: no crop at the edges).
SAFE_MARGIN = 0.012


@dataclass(frozen=True)
class PlacedCamera:
    """A camera that stands somewhere. A pinhole with a shifted lens; pixels run right and down from the upper left corner.

    position: Of the pinhole [m], world, shape (3,). world_from_camera: Rotation; the camera looks along its -z, y up. Shape (3, 3).
    focal_mm, crop_mm: Focal length and the part of the sensor that is used, width and height. shift: Of the lens, in widths and
    heights of the picture: positive moves the view right and up. size_px: Width and height of the picture.
    focus_m: Distance along the optical axis that is sharp. f_number, gain: aperture and exposure.
    """

    name: str
    position: np.ndarray
    world_from_camera: np.ndarray
    focal_mm: float
    crop_mm: tuple[float, float]
    shift: tuple[float, float]
    size_px: tuple[int, int]
    focus_m: float
    f_number: float
    gain: float
    azimuth_deg: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points of shape (N, 3) to pixels and depth along the axis [m], shape (N, 3)."""
        local = (np.asarray(points, dtype=float) - self.position) @ self.world_from_camera
        depth = -local[:, 2]
        x = 0.5 + self.focal_mm * local[:, 0] / depth / self.crop_mm[0] - self.shift[0]
        y = 0.5 - self.focal_mm * local[:, 1] / depth / self.crop_mm[1] + self.shift[1]
        return np.stack([x * self.size_px[0], y * self.size_px[1], depth], axis=1)

    def ground_points(self, pixels: np.ndarray) -> np.ndarray:
        """Where the rays through pixels of shape (N, 2) meet the floor z = 0, shape (N, 2); nan where they do not."""
        x = (pixels[:, 0] / self.size_px[0] - 0.5 + self.shift[0]) * self.crop_mm[0] / self.focal_mm
        y = (0.5 - pixels[:, 1] / self.size_px[1] + self.shift[1]) * self.crop_mm[1] / self.focal_mm
        rays = np.stack([x, y, -np.ones_like(x)], axis=1) @ self.world_from_camera.T
        reach = np.where(rays[:, 2] < -1e-9, -self.position[2] / np.minimum(rays[:, 2], -1e-9), np.nan)
        return self.position[:2] + rays[:, :2] * reach[:, None]

    @property
    def aperture_f_number(self) -> float:
        """The f-number that a pinhole whose image lies at the focal length needs for the blur of a thin lens, whose image of what is sharp
        lies farther back: blur is focal^2 / (N (s - focal)) |d - s| / d on the sensor, with s = focus_m (Hecht, Optics, section 5.2).
        """
        focal = self.focal_mm / 1000
        return self.f_number * max(self.focus_m - focal, focal) / self.focus_m

    @property
    def millimetres_per_pixel(self) -> float:
        """Size of a pixel at the distance that is sharp [mm]."""
        return self.crop_mm[1] / self.focal_mm * self.focus_m / self.size_px[1] * 1000


def crop_of(camera: Camera, aspect: tuple[int, int]) -> tuple[float, float]:
    """The part of the sensor that a picture of this aspect uses [mm]; the camera is turned upright for upright pictures."""
    long_side, short_side = max(camera.sensor_mm), min(camera.sensor_mm)
    wide = aspect[0] >= aspect[1]
    width, height = (long_side, short_side) if wide else (short_side, long_side)
    ratio = aspect[0] / aspect[1]
    return (width, width / ratio) if width / ratio <= height else (height * ratio, height)


def place(camera: Camera, figure: Figure, *, size_px: tuple[int, int], worn: Sequence[np.ndarray] = ()) -> PlacedCamera:
    """Set a camera up for a figure.

    size_px: Width and height of the picture. worn: Vertices of its garments, innermost first, (V, 3) each; a full figure is shown with all
    of them. Raises StudioError where the camera would stand inside the subject, and for details that nothing worn has.
    """
    frame, crop = frame_of(camera.framing, figure, worn), crop_of(camera, size_px)
    picture_m = frame.height_m / camera.fill  # height of the picture in the plane of the frame
    rest = picture_m - frame.height_m
    below = rest * (1 - camera.rise) if camera.framing == "full" or camera.detail is not None else 0.0  # other crops end at a line
    centre = np.array([*frame.centre[:2], frame.centre[2] - frame.height_m / 2 - below + picture_m / 2])
    distance = camera.distance_m or picture_m * camera.focal_mm / crop[1]
    placed = _stand(camera, figure, worn, crop=crop, distance=distance, centre=centre, size_px=size_px)
    if camera.framing == "full" and camera.distance_m is None:
        points = np.concatenate([figure.vertices[figure.skin], *worn])
        for _ in range(24):  # each step 1 %: a wide pose or a wide garment moves the camera back until all of it is in
            if _inside(placed, points):
                break
            distance *= 1.01
            placed = _stand(camera, figure, worn, crop=crop, distance=distance, centre=centre, size_px=size_px)
    _refuse_inside(camera, figure, placed, distance)
    return placed


def _refuse_inside(camera: Camera, figure: Figure, placed: PlacedCamera, distance: float) -> None:
    reach = float(np.linalg.norm(figure.vertices[:, :2], axis=1).max())
    if camera.detail is None and distance < reach + 0.1:
        raise StudioError(
            f"The camera '{camera.name}' would stand {distance:.2f} m from the axis of a subject that reaches {reach:.2f} m; "
            f"use a longer focal length or a larger distance_m."
        )
    if camera.detail is not None and placed.focus_m < 0.1:
        raise StudioError(f"The camera '{camera.name}' would stand {placed.focus_m:.2f} m before what it shows; use a longer focal length.")


def _inside(placed: PlacedCamera, points: np.ndarray) -> bool:
    share = placed.project(points)[:, :2] / np.array(placed.size_px)
    return bool((share.min(axis=0) >= SAFE_MARGIN).all() and (share.max(axis=0) <= 1 - SAFE_MARGIN).all())


def _stand(
    camera: Camera,
    figure: Figure,
    worn: Sequence[np.ndarray],
    *,
    crop: tuple[float, float],
    distance: float,
    centre: np.ndarray,
    size_px: tuple[int, int],
) -> PlacedCamera:
    """A camera at a level distance from ``centre``, which lies in the middle of the picture."""
    azimuth = math.radians(camera.azimuth_deg)
    outward = np.array([math.sin(azimuth), -math.cos(azimuth), 0.0])
    height = centre[2] if camera.height_m is None else camera.height_m
    position = outward * distance + np.array([centre[0], centre[1], height])
    forward, shift_y = -outward, 0.0
    if camera.tilt:
        forward = (centre - position) / np.linalg.norm(centre - position)
    else:
        shift_y = camera.focal_mm * (centre[2] - height) / distance / crop[1]
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    unfocused = PlacedCamera(
        name=camera.name,
        position=position,
        world_from_camera=np.stack([right, np.cross(right, forward), -forward], axis=1),
        focal_mm=camera.focal_mm,
        crop_mm=crop,
        shift=(-camera.shift_x, shift_y),
        size_px=size_px,
        focus_m=distance,
        f_number=camera.f_number,
        gain=exposure_gain(f_number=camera.f_number, shutter_s=camera.shutter_s, iso=camera.iso, ev=camera.ev),
        azimuth_deg=camera.azimuth_deg,
    )
    return replace(unfocused, focus_m=focus_distance(camera, unfocused, figure, worn))
