"""Encoding: from pixels to a channel's file."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, PngImagePlugin

from studio.deliver.tags import Tags
from studio.shot.develop import srgb_profile
from studio.specs.channel import ChannelSpec

#: JPEG quality goes down to this where a channel's limit of bytes needs it, and no further.
_LEAST_QUALITY, _STEP = 70, 5


def encode(picture: Image.Image, channel: ChannelSpec, tags: Tags) -> bytes:
    """The file's bytes: tagged as sRGB, with its words and its resolution. JPEG quality goes down in steps where the bytes need it."""
    common: dict[str, Any] = {"icc_profile": srgb_profile(), "optimize": True}
    if channel.page is not None:
        common["dpi"] = (channel.page.dpi, channel.page.dpi)
    if channel.formats[0] == "png":
        words = PngImagePlugin.PngInfo()
        words.add_itxt("XML:com.adobe.xmp", tags.packet().decode())
        return _saved(picture, "PNG", pnginfo=words, **common)
    data = b""
    for quality in range(channel.jpeg_quality, _LEAST_QUALITY - 1, -_STEP):
        # 4:4:4: colour edges of prints and trims survive; the size is far below the channels' limits.
        data = _saved(picture, "JPEG", quality=quality, subsampling=0, xmp=tags.packet(), **common)
        if len(data) <= channel.most_bytes:
            break
    return data


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
