"""The contact sheet: the overview picture of a shoot, with what each frame is and how it was shot."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from studio.deliver.contact_pdf import Frame, contact_pdf, shortened
from studio.errors import StudioError
from studio.page.files import write_whole
from studio.shot.develop import srgb_profile
from studio.store import Ref
from studio.store.store import Store

#: Layout in pixels at the sheet's own size; chosen on screen for a sheet that is read at 1600 to 2400 pixels.
MARGIN, GAP, CAPTION, HEADER = 48, 24, 58, 104
MOST_IN_A_ROW = 6
_SUFFIXES = (".jpg", ".jpeg", ".pdf")
PAPER, INK, QUIET = (250, 250, 249), (28, 28, 30), (120, 120, 124)


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
    """Lay out the pictures of ``shots``, in their order, with their names and settings. Returns the file's path.

    A file that ends in .jpg is one picture of at most ``max_bytes``; one that ends in .pdf has pages of A4. Raises StudioError for others.
    """
    out = Path(out)
    if out.suffix.lower() not in _SUFFIXES:
        raise StudioError(f"A contact sheet is not written as {out.name}: name a file that ends in .jpg or .pdf.")
    frames = []
    for ref in shots:
        asset = store.resolve(ref)
        facts = asset.facts
        name = f"{facts['scene']} · {facts['camera']}"
        frames.append(Frame(asset.path("picture.png"), name, str(facts.get("settings", "")), str(asset.ref)))
    if not frames:
        raise StudioError("A contact sheet needs at least one shot: name some, for example shot/NAME.")
    if out.suffix.lower() == ".pdf":
        return write_whole(out, contact_pdf(frames, title=title, subtitle=subtitle))
    return write_whole(out, _jpeg(compose(in_rows(frames), title=title, subtitle=subtitle, frame_height_px=frame_height_px), max_bytes))


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
            draw.text((left, top + frame_height_px + 9), shortened(frame.title, 17, image.width), INK, _font(17))
            draw.text((left, top + frame_height_px + 32), shortened(frame.settings, 14, image.width), QUIET, _font(14))
            left += image.width + GAP
        top += frame_height_px + CAPTION + GAP
    return sheet


def _scaled(path: Path, height_px: int) -> Image.Image:
    with Image.open(path) as picture:
        width = round(picture.width * height_px / picture.height)
        return picture.convert("RGB").resize((width, height_px), Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)  # the typeface that Pillow carries, so that a sheet looks the same everywhere


def _jpeg(sheet: Image.Image, max_bytes: int) -> bytes:
    for quality in range(92, 40, -4):
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=quality, icc_profile=srgb_profile(), optimize=True)
        if buffer.tell() <= max_bytes:
            break
    return buffer.getvalue()
