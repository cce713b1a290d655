"""Where a camera stands so that every twin is framed alike, and where a point of the world lands in its picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError
from studio.shot.figure import Figure
from studio.shot.photometry import exposure_gain
from studio.specs.scene import Camera

#: The least margin that a full figure keeps on all sides, as a share of the picture (chosen: no crop at the edges).
SAFE_MARGIN = 0.012
#: The front of the eye lies about this far in front of its centre [m] (axial length 24 mm, Gross anatomy of the adult eye).
EYE_RADIUS_M = 0.012
_FOCUS_JOINTS = {
    "chest": ("spine3",), "waist": ("pelvis",), "hands": ("left_wrist", "right_wrist"), "feet": ("left_ankle", "right_ankle"),
}  # fmt: skip


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


def framed_range(figure: Figure, framing: str) -> tuple[float, float]:
    """Lowest and highest point of the body that a framing shows [m above the floor]."""

    def height(*names: str) -> float:
        return float(np.mean([figure.joint(name)[2] for name in names]))

    hip, knee = height("left_hip", "right_hip"), height("left_knee", "right_knee")
    shoulder = height("left_shoulder", "right_shoulder")
    bottom = {
        "full": 0.0,
        "three-quarter": knee + 0.35 * (hip - knee),  # cut between knee and mid-thigh, never at a joint
        "half": hip + 0.02 * figure.stature,
        "portrait": shoulder - 0.32 * (shoulder - hip),
    }[framing]
    return bottom, figure.stature


def focus_point(figure: Figure, name: str) -> np.ndarray:
    """The point that is to be sharp [m], shape (3,)."""
    if name == "eyes":
        centres = [figure.vertices[eyeball].mean(axis=0) for eyeball in figure.eyeballs]
        return np.mean(centres, axis=0)
    joints = _FOCUS_JOINTS[name]
    return np.mean([figure.joint(joint) for joint in joints], axis=0)


def place(camera: Camera, figure: Figure, *, size_px: tuple[int, int], extent: np.ndarray | None = None) -> PlacedCamera:
    """Set a camera up for a figure.

    size_px: Width and height of the picture. extent: Points that a full figure must show, shape (N, 3); the body's without it.
    Raises StudioError where the camera would stand inside the subject.
    """
    low, high = framed_range(figure, camera.framing)
    crop = crop_of(camera, size_px)
    picture_m = (high - low) / camera.fill  # height of the picture in the plane of the subject's axis
    rest = picture_m - (high - low)
    bottom = low - (rest * (1 - camera.rise) if camera.framing == "full" else 0.0)
    centre = bottom + picture_m / 2
    distance = camera.distance_m or picture_m * camera.focal_mm / crop[1]
    placed = _stand(camera, figure, crop=crop, distance=distance, centre=centre, size_px=size_px)
    if camera.framing == "full" and camera.distance_m is None:
        points = figure.vertices[figure.skin] if extent is None else extent
        for _ in range(24):  # each step 1 %: a wide pose or a wide garment moves the camera back until all of it is in
            if _inside(placed, points):
                break
            distance *= 1.01
            placed = _stand(camera, figure, crop=crop, distance=distance, centre=centre, size_px=size_px)
    reach = float(np.linalg.norm(figure.vertices[:, :2], axis=1).max())
    if distance < reach + 0.1:
        raise StudioError(
            f"The camera '{camera.name}' would stand {distance:.2f} m from the axis of a subject that reaches {reach:.2f} m; "
            f"use a longer focal length or a larger distance_m."
        )
    return placed


def _inside(placed: PlacedCamera, points: np.ndarray) -> bool:
    share = placed.project(points)[:, :2] / np.array(placed.size_px)
    return bool((share.min(axis=0) >= SAFE_MARGIN).all() and (share.max(axis=0) <= 1 - SAFE_MARGIN).all())


def _stand(
    camera: Camera, figure: Figure, *, crop: tuple[float, float], distance: float, centre: float, size_px: tuple[int, int]
) -> PlacedCamera:
    """A camera at a distance from the subject's axis, with the height ``centre`` in the middle of the picture."""
    azimuth = math.radians(camera.azimuth_deg)
    outward = np.array([math.sin(azimuth), -math.cos(azimuth), 0.0])
    height = centre if camera.height_m is None else camera.height_m
    position = outward * distance + np.array([0.0, 0.0, height])
    forward = -outward
    shift_y = 0.0
    if camera.tilt:
        forward = np.array([0.0, 0.0, centre]) - position
        forward /= np.linalg.norm(forward)
    else:
        shift_y = camera.focal_mm * (centre - height) / distance / crop[1]
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    focus = focus_point(figure, camera.focus)
    return PlacedCamera(
        name=camera.name,
        position=position,
        world_from_camera=np.stack([right, up, -forward], axis=1),
        focal_mm=camera.focal_mm,
        crop_mm=crop,
        shift=(-camera.shift_x, shift_y),
        size_px=size_px,
        focus_m=float((focus - position) @ forward) - (EYE_RADIUS_M if camera.focus == "eyes" else 0.0),
        f_number=camera.f_number,
        gain=exposure_gain(f_number=camera.f_number, shutter_s=camera.shutter_s, iso=camera.iso, ev=camera.ev),
        azimuth_deg=camera.azimuth_deg,
    )
