"""A twin's history as a plot and as a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.page import charts
from studio.page.charts import Series
from studio.page.document import Column, document, paragraph, section, table, title
from studio.page.files import page_file, write_whole
from studio.store import Ref
from studio.twin.history import KEY_MEASURES, Version
from studio.twin.report.words import words

#: Versions stand at their times where none is nearer to the next than this share of the whole time; else at equal steps.
_NEAREST = 0.06


def history_file(ref: Ref, *, out: Path | str) -> Path:
    """The file that ``out`` means for a history: ``.html``, ``.svg``, or a folder. Raises StudioError where there can be none."""
    return page_file(out, name=f"history-{ref.name}", suffixes=(".html", ".svg"))


def write_history(versions: tuple[Version, ...], *, out: Path | str) -> Path:
    """Write the history of a twin as a drawing (``.svg``) or a page (``.html``). Returns the path.

    Raises StudioError for another suffix and a folder that is not there.
    """
    file = history_file(versions[0].ref, out=out)
    return write_whole(file, history_svg(versions) if file.suffix.lower() == ".svg" else history_page(versions))


def history_svg(versions: tuple[Version, ...]) -> str:
    """Key measures over the versions, one small chart each, all with one scale in centimetres; bands are uncertainties."""
    rows = []
    for name in KEY_MEASURES:
        found = [version.measures[name] if version.measures is not None and name in version.measures else None for version in versions]
        values = np.array([np.nan if each is None else each.cm for each in found])
        spread = np.array([np.nan if each is None else 100 * each.uncertainty_m for each in found])
        rows.append(Series(words(name).capitalize(), "cm", values, spread))
    names = [f"@{version.ref.version}  {version.created_at:%d %b}" for version in versions]
    hollow = [not version.passed for version in versions]
    read_out = f"Measures of {versions[0].ref.kind}/{versions[0].ref.name} over its versions, in cm, with their uncertainties"
    return charts.small_multiples(rows, _places(versions), names, hollow=hollow, title=read_out)


def history_page(versions: tuple[Version, ...]) -> str:
    """The page as HTML."""
    name = f"{versions[0].ref.kind}/{versions[0].ref.name}"
    text = "All charts have one scale, so equal changes look equal. Bands and bars are uncertainties; empty circles failed their gate."
    columns = [Column("Version"), Column("Published"), Column("Made by"), Column("Gate")]
    columns += [Column(f"{words(each).capitalize()}, cm", number=True) for each in KEY_MEASURES]
    rows = [
        (
            str(version.ref),
            f"{version.created_at:%Y-%m-%d %H:%M}",
            version.made,
            "passed" if version.passed else "failed",
            *(cells_cm(version)),
        )
        for version in versions
    ]
    notes = [paragraph(f"{version.ref}: {version.why_not}", kind="fine") for version in versions if version.why_not]
    body = [
        paragraph("History", kind="eyebrow"),
        title(name),
        section("Measures", [paragraph(text), history_svg(versions)]),
        section("Versions", [table(columns, rows), *notes]),
    ]
    return document(title=f"History of {name}", body=body)


def cells_cm(version: Version) -> list[str]:
    """The key measures of a version as they are written, a dash where it has none."""
    if version.measures is None:
        return ["–"] * len(KEY_MEASURES)
    return [f"{version.measures.cm(name):.1f}" if name in version.measures else "–" for name in KEY_MEASURES]


def _places(versions: tuple[Version, ...]) -> np.ndarray:
    """Where versions stand along the axis, 0 to 1, shape (N,)."""
    if len(versions) == 1:
        return np.array([0.5])
    times = np.array([version.created_at.timestamp() for version in versions])
    span = times[-1] - times[0]
    if span > 0 and np.diff(times).min() >= _NEAREST * span:
        return (times - times[0]) / span
    return np.linspace(0, 1, len(versions))
