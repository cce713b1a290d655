"""The change between two twins as a page and as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.mesh.picture import on_ground
from studio.page import charts
from studio.page.colourmap import ColourMap, diverging, round_limit
from studio.page.document import TILE, Column, document, key_figures, paragraph, plate, section, table, title
from studio.page.files import page_file, write_whole
from studio.store import Ref
from studio.twin.compare import MeasureChange, SurfaceChange, TwinChange
from studio.twin.report import pictures
from studio.twin.report.layout import four_sides
from studio.twin.report.words import cm, said, words

#: The scale reaches to this percentile of the changes, and is never shorter than that [mm]: what a shape is measured to at best.
_SCALE_PERCENTILE, _LEAST_SCALE_MM = 98, 1.0


@dataclass(frozen=True, eq=False)
class _Map:
    """A change drawn on the second body: from four sides, sRGB with alpha (H, W, 4), and its colours."""

    pictures: tuple[np.ndarray, ...]
    colours: ColourMap


def change_file(before: Ref, after: Ref, *, out: Path | str) -> Path:
    """The file that ``out`` means for a change: ``.html``, ``.png``, or a folder. Raises StudioError where there can be none."""
    names = [f"{ref.name}-{ref.version}" for ref in (before, after)]
    return page_file(out, name=f"diff-{names[0]}-{names[1]}", suffixes=(".html", ".png"))


def write_change(change: TwinChange, *, out: Path | str) -> Path:
    """Write a change as an HTML page (``.html``) or its map as a picture (``.png``). Returns the path.

    Raises StudioError for another suffix and a folder that is not there.
    """
    file = change_file(change.before, change.after, out=out)
    return write_whole(file, change_picture(change) if file.suffix.lower() == ".png" else change_page(change))


def change_page(change: TwinChange) -> str:
    """The page as HTML."""
    return document(title=f"{change.before} and {change.after}", body=list(_pieces(change)))


def change_picture(change: TwinChange) -> bytes:
    """The map from four sides with its scale, as PNG."""
    from PIL import Image, ImageDraw, ImageFont

    drawn = _draw(change)
    tiles = [np.pad(on_ground(picture, TILE), ((0, 0), (0, 12), (0, 0)), constant_values=255) for picture in drawn.pictures]
    body = np.concatenate(tiles, axis=1)[:, :-12]
    margin, head, foot = 40, 70, 110
    sheet = Image.new("RGB", (body.shape[1] + 2 * margin, body.shape[0] + head + foot), (255, 255, 255))
    sheet.paste(Image.fromarray(body), (margin, head))
    draw, ink = ImageDraw.Draw(sheet), (27, 28, 31)
    draw.text((margin, 22), f"{change.before} to {change.after}: red has grown, blue has shrunk", ink, ImageFont.load_default(24))
    width, top = min(600, body.shape[1]), head + body.shape[0] + 26
    values = np.linspace(drawn.colours.low, drawn.colours.high, width)
    sheet.paste(Image.fromarray(np.tile(drawn.colours(values)[None], (18, 1, 1))), (margin, top))
    for value in np.linspace(drawn.colours.low, drawn.colours.high, 5):
        x = margin + (value - drawn.colours.low) / (drawn.colours.high - drawn.colours.low) * width
        anchor = "la" if value == drawn.colours.low else "ra" if value == drawn.colours.high else "ma"
        draw.text((x, top + 26), f"{value:+g} mm" if value else "0 mm", ink, ImageFont.load_default(18), anchor=anchor)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw(change: TwinChange) -> _Map:
    size = np.abs(change.outward_mm[np.isfinite(change.outward_mm)])
    colours = diverging(max(round_limit(float(np.percentile(size, _SCALE_PERCENTILE))), _LEAST_SCALE_MM))
    views = pictures.four_views(change.vertices)
    return _Map(pictures.body_maps(views, change.vertices, change.faces, colours(change.outward_mm)), colours)


def _pieces(change: TwinChange) -> Iterator[str]:
    yield paragraph("What changed", kind="eyebrow")
    yield title(f"{change.before} to {change.after}")
    moved = [row for row in change.measures if row.beyond_uncertainty]
    figures = [("Skin moved, mean", f"{change.whole.mean:.1f}", "mm"), ("95 % within", f"{change.whole.p95:.1f}", "mm")]
    figures += [(words(row.name).capitalize(), f"{row.change_cm:+.1f}", "cm") for row in sorted(moved, key=_by_size)[:5]]
    yield key_figures(figures)
    drawn = _draw(change)
    text = (
        f"{change.after} by its distance from {change.before}, both on the floor in the A-pose and laid on each other. "
        "Red: has grown outward. Blue: has shrunk."
    )
    scale = charts.colour_scale(drawn.colours, change.outward_mm, unit="mm", ends=("inward", "outward"), weights=change.area)
    picture = plate(four_sides(drawn.pictures), alt="The second twin coloured by how far its surface moved, from four sides")
    yield section("Where the surface moved", [paragraph(text), picture, scale])
    yield section("Measures", list(_measures(change.measures)))
    yield section("By part of the body", [_parts((*change.parts, change.whole))])
    if change.turned_deg:
        columns = [Column("Joint"), Column("Turned by, degrees", number=True)]
        rows = [(words(name), f"{angle:.1f}") for name, angle in change.turned_deg[:12]]
        yield section("Pose of the scan", [table(columns, rows)])
    if change.facts:
        columns = [Column("What"), Column("Before"), Column("After")]
        yield section(
            "What is recorded differently", [table(columns, [(row.name, said(row.before), said(row.after)) for row in change.facts])]
        )


def _by_size(row: MeasureChange) -> float:
    return -abs(row.change_cm)


def _measures(rows: tuple[MeasureChange, ...]) -> Iterator[str]:
    if not rows:
        yield paragraph("The tape goes round neither of these bodies.")
        return
    yield paragraph("Set off: changed by more than both uncertainties together. Clauses are those of ISO 8559-1:2017.")
    columns = [
        Column("Measure"),
        *(Column(title, number=True) for title in ("Before, cm", "After, cm", "Change, cm", "±")),
        Column("Clause"),
    ]
    lines = [
        (
            words(row.name).capitalize(),
            cm(row.before_cm),
            cm(row.after_cm),
            cm(row.change_cm, signed=True),
            f"{row.uncertainty_cm:.1f}",
            row.clause,
        )
        for row in rows
    ]
    yield table(columns, lines, marked=[row.beyond_uncertainty for row in rows])


def _parts(rows: tuple[SurfaceChange, ...]) -> str:
    titles = ("Moved, mean, mm", "95th percentile, mm", "Largest, mm", "Outward (+), mean, mm")
    columns = [Column("Part"), *(Column(title, number=True) for title in titles)]
    return table(columns, [(row.part, f"{row.mean:.2f}", f"{row.p95:.2f}", f"{row.max:.2f}", f"{row.outward:+.2f}") for row in rows])
