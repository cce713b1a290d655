"""The contact sheet: the overview picture of a shoot, with what each frame is and how it was shot."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from studio.errors import StudioError
from studio.shot.develop import srgb_profile
from studio.store import Ref
from studio.store.store import Store

#: Layout in pixels at the sheet's own size; chosen on screen for a sheet that is read at 1600 to 2400 pixels.
MARGIN, GAP, CAPTION, HEADER = 48, 24, 58, 104
MOST_IN_A_ROW = 6
PAPER, INK, QUIET = (250, 250, 249), (28, 28, 30), (120, 120, 124)


@dataclass(frozen=True)
class Frame:
    """One picture on the sheet: title and settings stand beneath it."""

    picture: Path
    title: str
    settings: str


def contact_sheet(
    store: Store,
    shots: tuple[Ref, ...],
    *,
    out: Path | str,
    title: str,
    subtitle: str = "",
    frame_height_px: int = 760,
    max_bytes: int = 500_000,
) -> Path:
    """Lay out the pictures of ``shots``, in their order, and write a JPEG of at most ``max_bytes``. Returns its path."""
    frames = []
    for ref in shots:
        asset = store.resolve(ref)
        facts = asset.facts
        frames.append(Frame(asset.path("picture.png"), f"{facts['scene']} · {facts['camera']}", str(facts.get("settings", ""))))
    if not frames:
        raise StudioError("A contact sheet needs at least one shot: name some, for example shot/NAME.")
    return _write_jpeg(compose(in_rows(frames), title=title, subtitle=subtitle, frame_height_px=frame_height_px), Path(out), max_bytes)


def in_rows(frames: Sequence[Frame]) -> tuple[tuple[Frame, ...], ...]:
    """Frames in rows of equal length, give or take one, of at most ``MOST_IN_A_ROW``."""
    rows = -(-len(frames) // MOST_IN_A_ROW)
    cuts = [round(len(frames) * row / rows) for row in range(rows + 1)]
    return tuple(tuple(frames[start:stop]) for start, stop in pairwise(cuts))


def compose(rows: tuple[tuple[Frame, ...], ...], *, title: str, subtitle: str, frame_height_px: int) -> Image.Image:
    """Draw the sheet: rows of frames of equal height, as wide as the widest row."""
    scaled = [[(_scaled(frame.picture, frame_height_px), frame) for frame in row] for row in rows]
    width = max(sum(image.width for image, _ in row) + GAP * (len(row) - 1) for row in scaled) + 2 * MARGIN
    height = HEADER + MARGIN + len(scaled) * (frame_height_px + CAPTION + GAP)
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, 34), title, INK, _font(34))
    draw.text((width - MARGIN, 48), subtitle, QUIET, _font(17), anchor="ra")
    top = HEADER
    for row in scaled:
        left = MARGIN
        for image, frame in row:
            sheet.paste(image, (left, top))
            draw.rectangle((left - 1, top - 1, left + image.width, top + image.height), outline=(225, 225, 224))
            draw.text((left, top + frame_height_px + 9), frame.title, INK, _font(17))
            draw.text((left, top + frame_height_px + 32), frame.settings, QUIET, _font(14))
            left += image.width + GAP
        top += frame_height_px + CAPTION + GAP
    return sheet


def _scaled(path: Path, height_px: int) -> Image.Image:
    with Image.open(path) as picture:
        width = round(picture.width * height_px / picture.height)
        return picture.convert("RGB").resize((width, height_px), Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)  # the typeface that Pillow carries, so that a sheet looks the same everywhere


def _write_jpeg(sheet: Image.Image, out: Path, max_bytes: int) -> Path:
    for quality in range(92, 40, -4):
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=quality, icc_profile=srgb_profile(), optimize=True)
        if buffer.tell() <= max_bytes:
            break
    out.parent.mkdir(parents=True, exist_ok=True)
    incoming = out.with_name(f".{out.name}-{uuid.uuid4().hex}")
    try:
        incoming.write_bytes(buffer.getvalue())
        incoming.replace(out)
    finally:
        incoming.unlink(missing_ok=True)
    return out
