"""The contact sheet as a PDF: pages of A4 across, with text that can be searched and selected. Equal sheets have equal bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageFont, PdfParser

from studio.shot.develop import srgb_profile

#: A page of A4 across (ISO 216), its margins and the room of captions [pt, 1/72 inch].
PAGE = (841.89, 595.28)
_MARGIN, _GAP, _HEADER, _CAPTION, _FOOTER = 34.0, 14.0, 40.0, 40.0, 16.0
#: Frames beside each other and above each other, at most. Chosen: settings can be read in print.
COLUMNS, ROWS = 5, 2
#: Resolution of the pictures in print [dpi], and the quality they are kept with.
_DPI, _QUALITY = 220, 90
_INK, _QUIET, _LINE = "0.11 g", "0.47 g", "0.86 G 0.5 w"


@dataclass(frozen=True)
class Frame:
    """One picture on the sheet: title, settings and the shot's reference stand beneath it."""

    picture: Path
    title: str
    settings: str
    ref: str


def contact_pdf(frames: Sequence[Frame], *, title: str, subtitle: str) -> bytes:
    """The bytes of a PDF with these frames in their order, ``COLUMNS`` x ``ROWS`` a page at most."""
    rows = ROWS if len(frames) > COLUMNS else 1
    a_page = COLUMNS * rows
    pages = [frames[start : start + a_page] for start in range(0, len(frames), a_page)]
    buffer = io.BytesIO()
    pdf = PdfParser.PdfParser(f=buffer, mode="w+b")
    pdf.info["Title"] = title
    pdf.start_writing()
    pdf.write_header()
    pdf.pages.extend(pdf.next_object_id(0) for _ in pages)
    pdf.write_catalog()
    name = PdfParser.PdfName
    fonts = {
        key: pdf.write_obj(None, Type=name("Font"), Subtype=name("Type1"), BaseFont=name(font), Encoding=name("WinAnsiEncoding"))
        for key, font in (("F", "Helvetica"), ("B", "Helvetica-Bold"))
    }
    profile = pdf.write_obj(None, stream=srgb_profile(), N=3)
    for number, content in enumerate(pages):
        footer = f"{number + 1} / {len(pages)}"
        _write_page(pdf, number, content, rows, PdfParser.PdfDict(fonts), [name("ICCBased"), profile], (title, subtitle, footer))
    pdf.write_xref_and_trailer()
    return buffer.getvalue()


def _write_page(
    pdf: PdfParser.PdfParser, number: int, frames: Sequence[Frame], rows: int, fonts: Any, colours: list[Any], words: tuple[str, str, str]
) -> None:
    title, subtitle, footer = words
    width, height = PAGE
    columns = min(len(frames), COLUMNS) if rows == 1 else COLUMNS
    cell = (width - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    row = (height - 2 * _MARGIN - _HEADER - _FOOTER - (rows - 1) * _GAP) / rows
    drawn = [
        _text(title, _MARGIN, height - _MARGIN - 16, 16, font="B", room=width * 0.6),
        _text(subtitle, width - _MARGIN, height - _MARGIN - 16, 8, ink=_QUIET, right=True),
        _text(footer, width - _MARGIN, _MARGIN - 8, 7, ink=_QUIET, right=True),
    ]
    images: dict[str, Any] = {}
    for start in range(0, len(frames), columns):
        top = height - _MARGIN - _HEADER - start // columns * (row + _GAP)
        pictures = [_picture(frame.picture, cell, row - _CAPTION) for frame in frames[start : start + columns]]
        line = top - max(down for _, _, (_, down) in pictures)  # captions of a row stand level
        for column, (frame, (data, size_px, (across, down))) in enumerate(zip(frames[start:], pictures, strict=False)):
            left, bottom, key = _MARGIN + column * (cell + _GAP), top - down, f"P{start + column}"
            images[key] = _write_image(pdf, data, size_px, colours)
            drawn += [
                f"q {across:.2f} 0 0 {down:.2f} {left:.2f} {bottom:.2f} cm /{key} Do Q",
                f"{_LINE} {left:.2f} {bottom:.2f} {across:.2f} {down:.2f} re S",
                _text(frame.title, left, line - 11, 8, font="B", room=cell),
                _text(frame.settings, left, line - 21, 7, room=cell),
                _text(frame.ref, left, line - 31, 6, ink=_QUIET, room=cell),
            ]
    content = pdf.write_obj(None, stream="\n".join(drawn).encode("cp1252", errors="replace"))
    resources = PdfParser.PdfDict(Font=fonts, XObject=PdfParser.PdfDict(images))
    pdf.write_page(number, Resources=resources, MediaBox=[0, 0, *PAGE], Contents=content)


def _picture(path: Path, across: float, down: float) -> tuple[bytes, tuple[int, int], tuple[float, float]]:
    """A picture for a place of ``across`` x ``down`` [pt]: its JPEG, its size [px], and what it takes of the place [pt]."""
    with Image.open(path) as opened:
        scale = min(across / opened.width, down / opened.height)
        taken = (opened.width * scale, opened.height * scale)
        most = tuple(max(round(side / 72 * _DPI), 1) for side in taken)
        picture = opened.convert("RGB")
    if most[0] < picture.width:
        picture = picture.resize((most[0], most[1]), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, optimize=True)
    return buffer.getvalue(), picture.size, taken


def _write_image(pdf: PdfParser.PdfParser, data: bytes, size_px: tuple[int, int], colours: list[Any]) -> Any:
    name = PdfParser.PdfName
    return pdf.write_obj(
        None, stream=data, Type=name("XObject"), Subtype=name("Image"), Width=size_px[0], Height=size_px[1],
        ColorSpace=colours, BitsPerComponent=8, Filter=name("DCTDecode"),
    )  # fmt: skip


def _text(
    text: str, x: float, y: float, size: float, *, font: str = "F", ink: str = _INK, room: float | None = None, right: bool = False
) -> str:
    """The drawing of a line of text [pt], shortened to ``room``, or with its end at ``x``."""
    text = "".join(letter for letter in text if letter.isprintable())
    text = text if room is None else shortened(text, size, room)
    x = x - _width(text, size) if right else x
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT {ink} /{font} {size:g} Tf {x:.2f} {y:.2f} Td ({escaped}) Tj ET"


def shortened(text: str, size: float, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than ``room`` at that type size."""
    if _width(text, size) <= room:
        return text
    while text and _width(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _width(text: str, size: float) -> float:
    """Its width in the typeface that Pillow carries, which runs a little wider than Helvetica."""
    return float(ImageFont.load_default(100).getlength(text)) * size / 100
