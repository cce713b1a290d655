"""One HTML page in one file: pictures inside it, no scripts, nothing from elsewhere, dark text on white, prints on A4.

Text goes in through `escaped`, so that a name is never markup. A content security policy in the page forbids everything but its own style
sheet (by its digest) and pictures that are part of the file.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from studio.mesh.picture import on_ground

#: Quality of pictures in a page, 0 to 100. Chosen: at 88 no edge of a body shows a ripple at twice its printed size.
_WEBP_QUALITY = 88

#: Ground of pictures (sRGB): light enough for paper, and a light body still stands out from it.
TILE = (244, 244, 242)
#: White space between pictures of one group, and between groups [px].
_THIN_PX, _GAP_PX = 4, 28

_STYLE = """
@page { size: A4; margin: 14mm 13mm }
* { box-sizing: border-box }
html { -webkit-print-color-adjust: exact; print-color-adjust: exact }
body { margin: 0 auto; padding: 40px 32px 64px; max-width: 1040px; background: #fff; color: #1b1c1f;
  font: 15px/1.5 "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums }
h1 { margin: 0; font-size: 34px; line-height: 1.15; font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere }
h2 { margin: 44px 0 10px; padding-top: 14px; border-top: 1px solid #d9d9d6; font-size: 19px; font-weight: 600 }
p { margin: 6px 0 10px; max-width: 92ch }
.eyebrow { margin: 0 0 2px; color: #5c5e63; font-size: 13px; letter-spacing: 0.06em; text-transform: uppercase }
.lead { color: #44464b }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 10px 28px; margin: 20px 0 0 }
.facts div { border-top: 1px solid #d9d9d6; padding-top: 6px }
dt { color: #5c5e63; font-size: 12.5px }
dd { margin: 0; overflow-wrap: anywhere }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 12px 18px; margin: 26px 0 0 }
.figures dd { font-size: 24px; line-height: 1.25; font-weight: 600 }
.figures small { font-size: 13px; font-weight: 400; color: #44464b }
.warnings { margin: 26px 0 0; padding: 12px 18px; background: #fdf4e3; border-left: 4px solid #b8680b }
.calm { background: #f1f4f1; border-left-color: #4f7a5b }
.warnings ul { margin: 4px 0 0; padding-left: 20px }
.warnings p { margin: 0 }
figure { margin: 14px 0 0; break-inside: avoid }
img, svg { display: block; max-width: 100%; height: auto }
figure img { width: 100% }
.captions { margin: 4px 0 0; table-layout: fixed }
.captions td { border: 0; padding: 0; color: #5c5e63; font-size: 13px }
.halves { display: grid; grid-template-columns: 1fr 1fr; gap: 0 44px; align-items: start }
table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 8px 0 }
th { text-align: left; font-weight: 600; font-size: 12.5px; color: #44464b; border-bottom: 1px solid #8f9095; vertical-align: bottom }
th, td { padding: 4px 12px 4px 0 }
td:first-child { white-space: nowrap }
.captions td:first-child { white-space: normal }
td { border-bottom: 1px solid #e9e9e6 }
tr { break-inside: avoid }
.number { text-align: right; white-space: nowrap }
.marked td { background: #fdf4e3 }
.failed { color: #9c2f17; font-weight: 600 }
code { font: 12.5px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere }
.fine { color: #5c5e63; font-size: 13px }
@media print { body { padding: 0; max-width: none; font-size: 10.2pt } h2 { margin-top: 22px; break-after: avoid } table { font-size: 9pt }
  .captions td, .fine, dt { font-size: 8.5pt }
  .figures { grid-template-columns: repeat(auto-fit, minmax(76px, 1fr)); gap: 6px 10px } .figures dd { font-size: 13.5pt }
  .figures small { font-size: 9pt }
  td, th { padding-top: 2px; padding-bottom: 2px } .keep { break-inside: avoid } .scale { max-height: 30mm } }
"""


@dataclass(frozen=True)
class Column:
    """A column of a table. number: Set flush right, figures under figures."""

    title: str
    number: bool = False


def document(*, title: str, body: Iterable[str]) -> str:
    """A whole page. title: Plain text. body: Pieces of HTML, in order."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def escaped(text: object) -> str:
    """Text as HTML shows it, also inside a quoted attribute."""
    return escape(str(text), quote=True)


def title(text: str) -> str:
    """The title of the page."""
    return f"<h1>{escaped(text)}</h1>"


def section(name: str, pieces: Iterable[str]) -> str:
    """A part of the page under a title; on paper it is kept on one leaf where it fits on one."""
    return f'<section class="keep">\n<h2>{escaped(name)}</h2>\n' + "\n".join(pieces) + "\n</section>"


def paragraph(text: str, *, kind: str = "") -> str:
    """A paragraph of plain text. kind: A class of the style sheet: ``lead``, ``fine``, ``eyebrow``."""
    return f'<p class="{escaped(kind)}">{escaped(text)}</p>' if kind else f"<p>{escaped(text)}</p>"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names with what they are, in columns."""
    return '<dl class="facts">' + "".join(f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>" for name, value in rows) + "</dl>"


def key_figures(rows: Iterable[tuple[str, str, str]]) -> str:
    """The few numbers that matter, large: name, value, unit."""
    cells = (f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)} <small>{escaped(unit)}</small></dd></div>" for name, value, unit in rows)
    return '<dl class="figures">' + "".join(cells) + "</dl>"


def notice(title: str, lines: Sequence[str], *, calm: bool = False) -> str:
    """A box with sentences that should not be missed. calm: For good news and remarks."""
    items = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    listed = f"<ul>{items}</ul>" if lines else ""
    return f'<section class="warnings{" calm" if calm else ""} keep"><p><strong>{escaped(title)}</strong></p>{listed}</section>'


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]], *, marked: Sequence[bool] = ()) -> str:
    """A table. marked: Which rows are set off, by number; the rest of them are not."""
    kinds = [' class="number"' if column.number else "" for column in columns]
    head = "".join(f'<th scope="col"{kind}>{escaped(column.title)}</th>' for column, kind in zip(columns, kinds, strict=True))
    lines = []
    for number, row in enumerate(rows):
        cells = "".join(f"<td{kind}>{escaped(value)}</td>" for value, kind in zip(row, kinds, strict=True))
        lines.append(f"<tr{' class=marked' if number < len(marked) and marked[number] else ''}>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


@dataclass(frozen=True, eq=False)
class Group:
    """Pictures of one height that belong together under one caption: sRGB with alpha, each (H, W, 4), uint8."""

    caption: str
    pictures: tuple[np.ndarray, ...]


def plate(groups: Sequence[Group], *, alt: str) -> str:
    """A row of pictures over the width of the page, each group with its caption; they stay in register however wide the page is."""
    tiles, widths = [], []
    for number, group in enumerate(groups):
        space = _GAP_PX if number < len(groups) - 1 else 0
        drawn = [
            _with_margin(on_ground(picture, TILE), _THIN_PX if k < len(group.pictures) - 1 else space)
            for k, picture in enumerate(group.pictures)
        ]
        tiles += drawn
        widths.append(sum(tile.shape[1] for tile in drawn))
    pixels = np.concatenate(tiles, axis=1)
    cells = "".join(
        f'<td width="{100 * width / sum(widths):.2f}%">{escaped(group.caption)}</td>' for width, group in zip(widths, groups, strict=True)
    )
    height, width = pixels.shape[:2]
    source = f"data:image/webp;base64,{base64.b64encode(webp(pixels)).decode()}"
    picture = f'<img width="{width // 2}" height="{height // 2}" alt="{escaped(alt)}" src="{source}">'
    return f'<figure>{picture}<table class="captions" role="presentation"><tr>{cells}</tr></table></figure>'


def webp(pixels: np.ndarray) -> bytes:
    """A picture as WebP. pixels: sRGB, (H, W, 3), uint8."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=4)
    return buffer.getvalue()


def halves(left: str, right: str) -> str:
    """Two pieces next to each other."""
    return f'<div class="halves"><div>{left}</div><div>{right}</div></div>'


def _with_margin(pixels: np.ndarray, right_px: int) -> np.ndarray:
    """White space to the right of a picture (H, W, 3)."""
    return np.pad(pixels, ((0, 0), (0, right_px), (0, 0)), constant_values=255)
