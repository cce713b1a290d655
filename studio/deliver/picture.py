"""Cutting and encoding: from a shot's picture to a channel's file. Never upscales."""

from __future__ import annotations

import io

from PIL import Image

from studio.errors import StudioError
from studio.shot.develop import srgb_profile
from studio.specs.channel import ChannelSpec

#: A picture above this is refused before it is decoded (Pillow's own warning is at 89 Mpx; 8k x 12k is a print poster).
MAX_PIXELS = 120_000_000


def fit_to_channel(picture: Image.Image, channel: ChannelSpec, *, what: str) -> Image.Image:
    """Cut the picture to the channel's ratio around its middle and scale it down to the channel's size.

    Raises StudioError where the picture is smaller than the channel demands: pixels are not invented.
    """
    width, height = channel.width_px, channel.height_px
    scale = max(width / picture.width, height / picture.height)
    if scale > 1.0:
        raise StudioError(
            f"{channel.title} demands {width}x{height} pixels and {what} has {picture.width}x{picture.height}: "
            f"shoot it with --size {width}x{height}."
        )
    cut_width, cut_height = width / scale, height / scale
    left, top = (picture.width - cut_width) / 2, (picture.height - cut_height) / 2
    box = (left, top, left + cut_width, top + cut_height)
    if (picture.width, picture.height) == (width, height):
        return picture.convert("RGB")
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS, box=box)


def encode(picture: Image.Image, channel: ChannelSpec) -> bytes:
    """The file's bytes, tagged as sRGB. JPEG quality goes down in steps where the channel's limit of bytes needs it."""
    for quality in range(channel.jpeg_quality, 69, -5):
        buffer = io.BytesIO()
        if channel.format == "png":
            picture.save(buffer, "PNG", icc_profile=srgb_profile(), optimize=True)
        else:
            # 4:4:4: colour edges of prints and trims survive; the size is far below the channels' limits.
            picture.save(buffer, "JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile(), optimize=True)
        data = buffer.getvalue()
        if len(data) <= channel.max_bytes or channel.format == "png":
            return data
    return data
