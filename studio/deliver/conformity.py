"""Conformity: opens the file that was written and measures what the channel demands. Trusts nothing that was meant to be written."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError

from studio.deliver.articles import article_fault
from studio.deliver.frame import COVERED
from studio.deliver.naming import read_name
from studio.deliver.tags import Tags, read_tags
from studio.errors import StudioError
from studio.shot.develop import pixel_sha256, srgb_profile, subject_box
from studio.specs.channel import EXTENSIONS, ChannelSpec, FillRule

#: A picture above this is refused before it is decoded (Pillow's own warning is at 89 Mpx; 8k x 12k is a print poster).
MAX_PIXELS = 120_000_000
#: Pillow's names of what is looked into; nothing else is decoded.
_DECODERS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
#: A JPEG of several pictures is one.
_FORMATS = {"MPO": "jpeg"}
#: Without a mask the subject is what is darker than white by more than this, in any channel. Measured on a figure of the catalogue at JPEG
#: quality 70 to 100: its height then comes out 0.4 % too large, the darkest of its contact shadow; 12 made it 1 %.
_OFF_WHITE = 24
#: Colours that a profile is tried on, and how far [levels] sRGB may be missed: profiles of other makers differ by rounding.
_PROBES = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128], [200, 120, 60], [30, 60, 90]], dtype=np.uint8)
_PROFILE_LEVELS = 4
_DPI_ROUNDING = 0.5  # PNG keeps pixels a metre


@dataclass(frozen=True)
class Check:
    """One rule: what it demands, what the file has, whether that is enough. Where it is not ``required`` it only advises."""

    name: str
    demanded: str
    found: str
    passed: bool
    required: bool = True


@dataclass(frozen=True)
class FileReport:
    """What a file was found to be, and the checks of one channel.

    not_measured: Rules that nothing could be said of, for want of a mask or of a white ground.
    fill: The subject's height, as a share of the picture's. ground: Darkest value on the picture's border, 0 to 255.
    """

    checks: tuple[Check, ...]
    not_measured: tuple[str, ...]
    bytes: int
    format: str
    mode: str
    size_px: tuple[int, int]
    icc: str
    dpi: float | None
    fill: float | None
    ground: int
    pixel_sha256: str
    tags: Tags | None

    @property
    def passed(self) -> bool:
        """Whether every rule that is demanded holds."""
        return all(check.passed for check in self.checks if check.required)


@dataclass(frozen=True)
class _Opened:
    """A file, decoded."""

    path: Path
    bytes: int
    format: str
    mode: str
    deep: bool
    profile: bytes | None
    plain_srgb: bool
    dpi: float | None
    pixels: np.ndarray
    tags: Tags | None


def check_file(path: Path, channel: ChannelSpec, *, mask: np.ndarray | None = None) -> FileReport:
    """Every rule of the channel, measured on the file at ``path``.

    mask: Where the subject is, shape (H, W) bool at the file's size. Without it the subject is what differs from a white border; where
    the border is not white either, the rules about the subject are not measured.
    Raises StudioError for what is no picture, or too large to be opened.
    """
    opened = _open(path)
    height, width = opened.pixels.shape[:2]
    border = _border(opened.pixels)
    if mask is None and border.min() >= 255 - _OFF_WHITE:  # white, or white as JPEG leaves it
        mask = (opened.pixels < 255 - _OFF_WHITE).any(axis=2)
    about_subject = _check_subject(mask, channel) if mask is not None else []
    unmeasured = [] if mask is not None else [name for name, asked in _subject_rules(channel).items() if asked]
    return FileReport(
        checks=(*_check_file(opened, channel), *_check_name(path, channel), *_check_ground(border, channel), *about_subject),
        not_measured=tuple(unmeasured),
        bytes=opened.bytes,
        format=opened.format,
        mode=opened.mode,
        size_px=(width, height),
        icc=_profile_name(opened),
        dpi=opened.dpi,
        fill=None if mask is None else _extents(mask)[1] / height,
        ground=int(border.min()),
        pixel_sha256=pixel_sha256(opened.pixels),
        tags=opened.tags,
    )


def _open(path: Path) -> _Opened:
    if not path.is_file():
        raise StudioError(f"There is no file {path}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is our own
            with Image.open(path, formats=_DECODERS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    size = f"{picture.width}x{picture.height}"
                    raise StudioError(f"{path} has {size} pixels, and {MAX_PIXELS:,} are looked at, at most: make it smaller.")
                info, tile = picture.info, picture.tile
                kind = _FORMATS.get(str(picture.format), str(picture.format).lower())
                dpi = info.get("dpi")
                return _Opened(
                    path=path,
                    bytes=path.stat().st_size,
                    format=kind,
                    mode=picture.mode,
                    deep=any("16" in str(part.args) for part in tile) if kind in {"png", "tiff"} else False,
                    profile=info.get("icc_profile"),
                    plain_srgb="srgb" in info,
                    dpi=round(float(min(dpi)), 2) if dpi else None,
                    pixels=np.asarray(picture.convert("RGB")),
                    tags=read_tags(info.get("xmp") or info.get("XML:com.adobe.xmp")),
                )
    except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError, EOFError) as error:
        raise StudioError(f"{path} is no picture that can be read: {error}.") from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise StudioError(f"{path} is no picture that can be read: {error}.") from None


def _check_file(opened: _Opened, channel: ChannelSpec) -> list[Check]:
    suffix = opened.path.suffix.lower()
    fitting = EXTENSIONS.get(opened.format, ())
    limit = channel.most_bytes
    kind = f"{opened.mode}, {16 if opened.deep else 8} bit"
    checks = [
        Check("format", " or ".join(channel.formats), opened.format, opened.format in channel.formats),
        Check("extension", f"{' or '.join(fitting)} for a {opened.format}", suffix or "none", suffix in fitting),
        *_check_size(opened, channel),
        Check("bytes", f"<= {limit}", str(opened.bytes), opened.bytes <= limit),
        Check("mode", "RGB, 8 bit", kind, opened.mode == "RGB" and not opened.deep),
        Check("colour_space", channel.colour_space, _profile_name(opened), _is_srgb(opened)),
    ]
    if channel.page is not None:
        asked, found = channel.page.dpi, opened.dpi
        right = found is not None and abs(found - asked) <= _DPI_ROUNDING
        checks.append(Check("dpi", f"{asked}", "none" if found is None else f"{found:g}", right))
    return checks


def _check_size(opened: _Opened, channel: ChannelSpec) -> list[Check]:
    height, width = opened.pixels.shape[:2]
    rule, found, best = channel.size, f"{width}x{height}", "x".join(map(str, channel.size.best_px))
    if rule.exact:
        checks = [Check("size", best, found, (width, height) == rule.best_px)]
    else:
        least, most = rule.least_px or (1, 1), rule.most_px or (width, height)
        words = [f">= {least[0]}x{least[1]}"] * (rule.least_px is not None)
        words += [f">= {rule.least_long_px} on the longer side"] * (rule.least_long_px is not None)
        words += [f"<= {most[0]}x{most[1]}"] * (rule.most_px is not None)
        enough = width >= least[0] and height >= least[1] and max(width, height) >= (rule.least_long_px or 1)
        checks = [Check("size", ", ".join(words), found, enough and width <= most[0] and height <= most[1])]
        is_best = width >= rule.best_px[0] and height >= rule.best_px[1]
        checks.append(Check("best_size", f">= {best}", found, is_best, required=False))
    if rule.most_megapixels is not None:
        megapixels = width * height / 1e6
        checks.append(Check("megapixels", f"<= {rule.most_megapixels:g}", f"{megapixels:.1f}", megapixels <= rule.most_megapixels))
    if channel.ratio is not None:
        low, high = ("{:g}:{:g}".format(*pair) for pair in (channel.ratio.least, channel.ratio.most))
        asked = low if low == high else f"{low} to {high}"
        fits = channel.ratio.accepts(width, height)
        checks.append(Check("ratio", asked, f"{width / height:.3f}:1", fits, required=channel.ratio.demanded))
    return checks


def _check_name(path: Path, channel: ChannelSpec) -> list[Check]:
    said = read_name(path.stem, channel)
    checks = [Check("name", _grammar(channel), path.stem, said is not None)]
    if said is None:
        return checks
    if said.article:
        fault = article_fault(said.article, channel.articles)
        asked = " or ".join(channel.articles) + ", a GTIN with its check digit"
        checks.append(Check("article", asked, said.article if fault is None else f"{said.article} {fault}", fault is None))
    if channel.views and said.view is not None:
        checks.append(Check("view", " or ".join(channel.views), said.view, said.view in channel.views))
    return checks


def _grammar(channel: ChannelSpec) -> str:
    slots = channel.slots and (channel.slots[0] if len(channel.slots) == 1 else f"{channel.slots[0]} to {channel.slots[-1]}")
    return channel.name.format(article="ARTICLE", view="VIEW", slot=slots or "")


def _check_ground(border: np.ndarray, channel: ChannelSpec) -> list[Check]:
    darkest = int(border.min())
    return [Check("ground", "border exactly 255", f"darkest {darkest}", darkest == 255)] if channel.ground == "white" else []


def _subject_rules(channel: ChannelSpec) -> dict[str, bool]:
    return {"fill": channel.fill is not None, "subject_in_frame": len(channel.may_touch) < 4}


def _check_subject(mask: np.ndarray, channel: ChannelSpec) -> list[Check]:
    checks = [] if channel.fill is None else [_check_fill(mask, channel.fill)]
    if not _subject_rules(channel)["subject_in_frame"]:
        return checks
    height, width = mask.shape
    clear = max(round(channel.clear_px * height / channel.size.best_px[1]), 1)
    bands = {"top": mask[:clear], "bottom": mask[height - clear :], "left": mask[:, :clear], "right": mask[:, width - clear :]}
    asked = [side for side in bands if side not in channel.may_touch]
    touched = [side for side in asked if bands[side].any()]
    words = "touches " + ("no side" if len(asked) == 4 else f"not the {' or '.join(asked)}")
    words += f", {clear} px clear" if channel.clear_px else ""
    return [*checks, Check("subject_in_frame", words, ", ".join(touched) or words, not touched)]


def _check_fill(mask: np.ndarray, rule: FillRule) -> Check:
    (wide, tall), (height, width) = _extents(mask), mask.shape
    fill = wide / width if rule.of == "long_side" and wide > tall else tall / height
    asked = f">= {rule.least:.0%}" if rule.most == 1 else f"{rule.least:.0%} to {rule.most:.0%}"
    of = "the height" if rule.of == "height" else "the subject's longer side"
    return Check("fill", f"{asked} of {of}", f"{fill:.1%}", tall > 0 and rule.least <= fill <= rule.most, required=rule.demanded)


def _extents(mask: np.ndarray) -> tuple[int, int]:
    """Width and height [px] of what a mask covers."""
    left, top, right, bottom = subject_box(mask.astype(np.uint8) * (COVERED + 1)) or (0, 0, 0, 0)
    return right - left, bottom - top


def _border(pixels: np.ndarray) -> np.ndarray:
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _profile_name(opened: _Opened) -> str:
    if not opened.profile:
        return "sRGB by its format's own mark" if opened.plain_srgb else "no profile"
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(opened.profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        return "an unreadable profile"


def _is_srgb(opened: _Opened) -> bool:
    """Whether the profile means the colours of sRGB, whatever it is called: a few colours are taken through it."""
    if not opened.profile:
        return opened.plain_srgb
    try:
        own, target = (ImageCms.ImageCmsProfile(io.BytesIO(data)) for data in (opened.profile, srgb_profile()))
        if own.profile.xcolor_space.strip() != "RGB":
            return False
        probe = Image.fromarray(_PROBES[None])
        converted = ImageCms.profileToProfile(probe, own, target, renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
    except (ImageCms.PyCMSError, OSError):
        return False
    return converted is not None and int(np.abs(np.asarray(converted)[0].astype(int) - _PROBES).max()) <= _PROFILE_LEVELS
