"""Conformity: opens the file that was written and measures what the channel demands. Trusts nothing that was meant to be written."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from studio.specs.channel import ChannelSpec


@dataclass(frozen=True)
class Check:
    """One demand: what was demanded, what the file has, whether that is enough."""

    name: str
    demanded: str
    found: str
    passed: bool


def check_file(path: Path, channel: ChannelSpec, *, mask: np.ndarray | None = None) -> tuple[Check, ...]:
    """Every demand of the channel, measured on the file at ``path``.

    mask: Where the subject is, shape (H, W) bool at the file's size; without it the demands on the subject are not checked.
    """
    size = path.stat().st_size
    with Image.open(path) as opened:
        kind, mode, dimensions = opened.format or "unknown", opened.mode, opened.size
        profile = opened.info.get("icc_profile")
        pixels = np.asarray(opened.convert("RGB"))
    demanded = (channel.width_px, channel.height_px)
    checks = [
        Check("format", channel.format, kind.lower(), kind.lower() == channel.format),
        Check("extension", channel.suffix, path.suffix, path.suffix == channel.suffix),
        Check("size", "x".join(map(str, demanded)), "x".join(map(str, dimensions)), dimensions == demanded),
        Check("bytes", f"<= {channel.max_bytes}", str(size), size <= channel.max_bytes),
        Check("mode", "RGB, 8 bit", mode, mode == "RGB"),
        Check("colour_space", channel.colour_space, _profile_name(profile), "srgb" in _profile_name(profile).lower()),
    ]
    if channel.ground == "white":
        darkest = int(_border(pixels).min())
        checks.append(Check("ground", "border exactly 255", f"darkest {darkest}", darkest == 255))
    if mask is not None:
        checks += _check_subject(mask, channel)
    return tuple(checks)


def _check_subject(mask: np.ndarray, channel: ChannelSpec) -> list[Check]:
    rows = np.flatnonzero(mask.any(axis=1))
    fill = float(rows[-1] - rows[0] + 1) / mask.shape[0] if rows.size else 0.0
    checks = [Check("fill", f">= {channel.min_fill:.0%} of the height", f"{fill:.1%}", rows.size > 0 and fill >= channel.min_fill)]
    if channel.subject_touches == "none":
        sides = {"top": mask[0], "bottom": mask[-1], "left": mask[:, 0], "right": mask[:, -1]}
        touched = [side for side, line in sides.items() if line.any()]
        checks.append(Check("subject_in_frame", "touches no side", ", ".join(touched) or "touches no side", not touched))
    return checks


def _border(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _profile_name(profile: bytes | None) -> str:
    if not profile:
        return "no profile"
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        return "an unreadable profile"
