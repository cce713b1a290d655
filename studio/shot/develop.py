"""From scene-linear pixels to a finished 8-bit sRGB picture. Blender writes no colour profile, so pictures are encoded here.

The standard view is the sRGB curve and nothing else: a swatch keeps its value. A subject on white is laid over a ground that is
exactly 255 wherever its own shadow does not fall, in linear light, so that edges and hair blend as light does.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from studio.shot.camera import PlacedCamera
from studio.shot.ground import GroundShadow

#: Shadows lighter than this are noise, not shadow: the ground there is pure white. About one 8-bit step.
_SHADOW_FLOOR = 0.006
#: A contact shadow fades out between these distances from the feet [m].
_CONTACT_NEAR_M, _CONTACT_FAR_M = 0.06, 0.42
#: A cover below this is rounding: one sample in a thousand is more.
_NO_COVER = 1e-4
#: Within this share of the picture's smaller side from its border a shadow fades out, so that the border is pure white.
_BORDER_SHARE = 0.05


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear Rec.709 to sRGB code values 0 to 1 (IEC 61966-2-1), clipped."""
    clipped = np.clip(linear, 0.0, 1.0)
    return np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * np.power(clipped, 1 / 2.4) - 0.055)


def to_8_bit(encoded: np.ndarray) -> np.ndarray:
    """Code values 0 to 1 to bytes, rounded."""
    return (np.clip(encoded, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def over_white(linear: np.ndarray, gain: float, ground: np.ndarray | None) -> np.ndarray:
    """Lay a subject that was rendered before pure white over a ground that is white but for its shadow.

    linear: (H, W, 4); the fourth channel is the share of the pixel that the subject covers, and the white behind it has the radiance
    that ``gain`` turns into 1. ground: Light on the ground, (H, W), 1 is white. Returns linear (H, W, 3), exactly 1 on bare ground.
    """
    cover = np.clip(linear[..., 3:], 0.0, 1.0)
    light = np.ones_like(cover) if ground is None else ground[..., None]
    picture = linear[..., :3] * gain
    # the white behind the subject becomes ground; where the denoised picture and the noisy cover disagree, never darker than the ground
    # would make it
    mixed = np.maximum(picture - (1 - cover) * (1 - light), picture * light)
    return np.where(cover > _NO_COVER, mixed, light)


def cover_mask(linear: np.ndarray) -> np.ndarray:
    """Where the subject is: its share of each pixel in 255ths, (H, W) uint8, from (H, W, 4); 0 exactly where it covers nothing at all."""
    cover = np.clip(linear[..., 3], 0.0, 1.0)
    return np.where(cover > _NO_COVER, np.maximum(to_8_bit(cover), 1), 0).astype(np.uint8)


def subject_box(mask: np.ndarray) -> list[int] | None:
    """Left, top, right and bottom [px] of the pixels that are at least half subject, right and bottom beyond them; None without any."""
    rows, columns = np.flatnonzero((mask > 127).any(axis=1)), np.flatnonzero((mask > 127).any(axis=0))
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1] if rows.size else None


def ground_light(camera: PlacedCamera, shadow: GroundShadow, *, feet: np.ndarray | None) -> np.ndarray:
    """How much light the floor has in each pixel of a picture, 1 where the subject takes none away. Shape (H, W).

    feet: Points near which a contact shadow is kept, (N, 2), or None for the full one. It fades to exactly 1 before the map, and
    before the picture, ends.
    """
    width, height = camera.size_px
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    points = camera.ground_points(np.stack([columns.ravel(), rows.ravel()], axis=1))
    light_map = _faded(shadow, feet)
    size = len(light_map)
    with np.errstate(invalid="ignore"):
        x = (points[:, 0] - shadow.centre[0]) / shadow.width_m * size + size / 2 - 0.5
        y = size / 2 - 0.5 - (points[:, 1] - shadow.centre[1]) / shadow.width_m * size
        inside = (x >= 0) & (y >= 0) & (x <= size - 1) & (y <= size - 1)
    light = np.ones(len(points))
    light[inside] = _bilinear(light_map, x[inside], y[inside])
    from_border = np.minimum.reduce([columns, rows, width - columns, height - rows]) - 0.5
    keep = np.clip(from_border / (_BORDER_SHARE * min(width, height)), 0.0, 1.0)
    return 1.0 - (1.0 - light.reshape(height, width)) * keep


def _faded(shadow: GroundShadow, feet: np.ndarray | None) -> np.ndarray:
    """The floor's light with everything that is not the subject's shadow set to exactly 1."""
    size = len(shadow.light)
    axis = (np.arange(size) + 0.5) / size - 0.5
    x, y = axis[None, :] * shadow.width_m + shadow.centre[0], -axis[:, None] * shadow.width_m + shadow.centre[1]
    dark = np.maximum(1.0 - shadow.light - _SHADOW_FLOOR, 0.0)
    keep = np.clip((0.5 - np.maximum(np.abs(axis)[None, :], np.abs(axis)[:, None])) / 0.08, 0.0, 1.0)
    if feet is not None:
        distance = np.min([np.hypot(x - foot[0], y - foot[1]) for foot in feet], axis=0)
        t = np.clip((_CONTACT_FAR_M - distance) / (_CONTACT_FAR_M - _CONTACT_NEAR_M), 0.0, 1.0)
        keep = keep * t * t * (3 - 2 * t)
    keep[[0, -1]] = keep[:, [0, -1]] = 0.0
    return 1.0 - dark * keep


def _bilinear(grid: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    column, row = np.minimum(x.astype(int), grid.shape[1] - 2), np.minimum(y.astype(int), grid.shape[0] - 2)
    u, v = x - column, y - row
    upper = grid[row, column] * (1 - u) + grid[row, column + 1] * u
    lower = grid[row + 1, column] * (1 - u) + grid[row + 1, column + 1] * u
    return upper * (1 - v) + lower * v


@cache
def srgb_profile() -> bytes:
    """An sRGB ICC profile whose bytes do not depend on the day: LittleCMS writes the date into bytes 24 to 35."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes([0x07, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])  # 2024-01-01: a profile needs some date
    profile[84:100] = bytes(16)  # the profile's own checksum, which is optional
    return bytes(profile)


def write_png(path: Path, picture: np.ndarray) -> str:
    """Write bytes (H, W, 3) as a PNG with an sRGB profile. Returns the digest of its decoded pixels."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", icc_profile=srgb_profile(), compress_level=6)
    path.write_bytes(buffer.getvalue())
    return pixel_sha256(picture)


def write_mask(path: Path, mask: np.ndarray) -> None:
    """Write shares in 255ths, (H, W) uint8, as a grey PNG. They are no colours, so it carries no profile."""
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG", compress_level=6)
    path.write_bytes(buffer.getvalue())


def pixel_sha256(picture: np.ndarray) -> str:
    """SHA-256 over the size and the pixels of an 8-bit picture (H, W, C): equal for equal pictures, whatever the file's bytes are."""
    height, width, channels = picture.shape
    head = f"{width}x{height}x{channels}:u8:".encode()
    return hashlib.sha256(head + np.ascontiguousarray(picture, dtype=np.uint8).tobytes()).hexdigest()
