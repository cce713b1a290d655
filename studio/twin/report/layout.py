"""The page of a twin's report, from what was found out about it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from studio.body.tape import Measures
from studio.page import charts
from studio.page.colourmap import ColourMap
from studio.page.document import (
    Column,
    Group,
    document,
    facts,
    halves,
    key_figures,
    notice,
    paragraph,
    plate,
    section,
    table,
    title,
)
from studio.store import Asset
from studio.twin.nearness import Nearness
from studio.twin.report.pictures import SIDE_NAMES
from studio.twin.report.remarks import Remark
from studio.twin.report.words import cm, words
from studio.twin.scan_tape import ScanCheck

#: What a way of fitting means, for the reader.
MODE_WORDS = {
    "skin": "skin: the twin follows the scanned surface, so what was worn is part of its shape",
    "clothed": "clothed: the twin is the body under the clothes, an estimate that stays inside what was scanned",
    "created": "created: made from measurements, without a scan",
}
_KEY_MEASURES = ("stature", "bust_girth", "waist_girth", "hip_girth")


@dataclass(frozen=True, eq=False)
class Plates:
    """The pictures of a report, from front, left, back and right, to one scale: sRGB with alpha, (H, W, 4), uint8; V vertices.

    twin: As clay; in the scan's pose where there is a scan. The rest is empty without one. scan: In its own colours.
    scan_maps: The scan by its signed distance to the twin, in colours of ``signed``. twin_maps: The twin by its distance to the scan, in
    colours of ``plain``. skin_area: That each vertex of the twin stands for [m2], (V,).
    """

    twin: tuple[np.ndarray, ...]
    scan: tuple[np.ndarray, ...] = ()
    scan_maps: tuple[np.ndarray, ...] = ()
    twin_maps: tuple[np.ndarray, ...] = ()
    signed: ColourMap | None = None
    plain: ColourMap | None = None
    skin_area: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Sheet:
    """Everything on the page. scan, near: None for a twin without one. measures: None where the tape failed.

    checks: Girths read on the scan itself, where there is one.
    """

    asset: Asset
    scan: Asset | None
    near: Nearness | None
    measures: Measures | None
    remarks: tuple[Remark, ...]
    plates: Plates
    checks: tuple[ScanCheck, ...] = ()


def report_page(sheet: Sheet) -> str:
    """The page as HTML."""
    body = [*_head(sheet), *_remarks(sheet), *_side_by_side(sheet), *_distances(sheet), *_measures(sheet), *_provenance(sheet)]
    return document(title=f"Twin report: {sheet.asset.ref}", body=body)


def _head(sheet: Sheet) -> Iterator[str]:
    asset, found = sheet.asset, sheet.asset.facts
    yield paragraph("Twin report", kind="eyebrow")
    yield title(str(asset.ref))
    mode = str(found.get("mode", ""))
    rows = [("Published", f"{asset.manifest.created_at[:10]}, {'passed' if asset.passed else 'failed its gate'}")]
    rows.append(("Subject", str(found.get("subject") or "not named")))
    rows.append(("Body model", f"{found.get('body', '')} ({str(found.get('body_digest', ''))[:12]})"))
    reason = str(found.get("mode_reason") or "")
    rows.append(("How it was made", f"{MODE_WORDS.get(mode, mode or asset.manifest.stage)}{f'. {reason}' if reason else ''}"))
    if sheet.scan is not None:
        facts_of_scan = sheet.scan.facts
        kind = "mesh" if facts_of_scan.get("faces") else "point cloud"
        points = facts_of_scan.get("points", 0)
        rows.append(("Scan", f"{sheet.scan.ref}: {kind}, {points:,} points, {facts_of_scan.get('height_m', math.nan):.3f} m tall"))
    else:
        name = found.get("scan")
        rows.append(("Scan", f"{name}, which is not in this store" if name else "none: made without a scan"))
    rows.append(("Appearance", _appearance(found.get("appearance"))))
    yield facts(rows)
    yield key_figures(_key_figures(sheet))


def _appearance(value: object) -> str:
    """The name of a preset, or the title of an appearance that is the twin's own."""
    return str(value.get("title", "its own")) if isinstance(value, Mapping) else str(value or "not chosen")


def _key_figures(sheet: Sheet) -> Iterator[tuple[str, str, str]]:
    if sheet.near is not None:
        yield "Scan to twin", f"{sheet.near.mean_mm:.2f}", "mm"
        yield "95 % within", f"{sheet.near.percentile_mm(95):.1f}", "mm"
        yield "Skin shown", f"{100 * sheet.near.shown:.0f}", "%"
    for name in _KEY_MEASURES:
        if sheet.measures is not None and name in sheet.measures:
            measure = sheet.measures[name]  # the tape's uncertainty would pass for the estimate's
            unit = "cm est." if sheet.asset.facts.get("mode") == "clothed" else f"± {100 * measure.uncertainty_m:.1f} cm"
            yield words(name).capitalize(), f"{measure.cm:.1f}", unit


def _remarks(sheet: Sheet) -> Iterator[str]:
    warnings = [remark.text for remark in sheet.remarks if remark.level == "warning"]
    notes = [remark.text for remark in sheet.remarks if remark.level == "note"]
    if warnings:
        yield notice("Before you rely on this twin" if len(warnings) > 1 else "One thing to know", warnings)
    else:
        yield notice("No warnings.", [], calm=True)
    if notes:
        yield notice("Remarks", notes, calm=True)


def _side_by_side(sheet: Sheet) -> Iterator[str]:
    if not sheet.plates.scan:
        text = paragraph("The twin in the A-pose. All pictures have one scale and no perspective, so they can be measured.")
        picture = plate(four_sides(sheet.plates.twin), alt="The twin from the front, the left, the back and the right")
        yield section("From four sides", [text, picture])
        return
    text = paragraph("Left the scan, right the twin in its pose. All pictures have one scale and no perspective, so they can be measured.")
    pairs = [
        Group(f"{name}: scan, twin", tuple(pair))
        for name, *pair in zip(SIDE_NAMES.values(), sheet.plates.scan, sheet.plates.twin, strict=True)
    ]
    yield section(
        "Scan and twin, side by side", [text, plate(pairs[:2], alt="Scan and twin side by side, from the front and from the left")]
    )
    yield plate(pairs[2:], alt="Scan and twin side by side, from the back and from the right")


def four_sides(pictures: tuple[np.ndarray, ...]) -> list[Group]:
    """One picture of each side, under its name."""
    return [Group(name, (picture,)) for name, picture in zip(SIDE_NAMES.values(), pictures, strict=True)]


def _distances(sheet: Sheet) -> Iterator[str]:
    near = sheet.near
    if near is None:
        return
    text = "Each point of the scan by its distance to the twin's surface. Red: the scan lies outside the twin. Blue: inside it."
    drawn = plate(four_sides(sheet.plates.scan_maps), alt="The scan coloured by its distance to the twin, from four sides")
    ends = ("scan inside the twin", "scan outside the twin")
    scale = charts.colour_scale(sheet.plates.signed, near.to_twin_mm, unit="mm", ends=ends)
    yield section("Distance from scan to twin", [paragraph(text), drawn, scale])
    text = "Each place of the twin by its distance to the scan. Grey: the scan shows nothing there, and the body model filled it in."
    drawn = plate(four_sides(sheet.plates.twin_maps), alt="The twin coloured by its distance to the scan, from four sides")
    ends = ("on the scan", "away from the scan")
    scale = charts.colour_scale(sheet.plates.plain, near.to_scan_mm, unit="mm", ends=ends, weights=sheet.plates.skin_area)
    yield section("Distance from twin to scan", [paragraph(text), drawn, scale])
    text = "Skin counts as shown where the scan lies over it and faces the same way."
    yield section("Distances by part of the body", [_parts(near), paragraph(text, kind="fine")])


def _parts(near: Nearness) -> str:
    columns = [Column("Part")] + [
        Column(title, number=True)
        for title in (
            "Points of the scan, %",
            "Mean, mm",
            "Median, mm",
            "95th percentile, mm",
            "Scan outside (+), median, mm",
            "Skin shown, %",
        )
    ]
    rows = [
        (
            part.part,
            f"{100 * part.share:.1f}",
            *(_number(value, "{:.2f}") for value in (part.mean_mm, part.median_mm, part.p95_mm)),
            _number(part.outside_mm, "{:+.2f}"),
            f"{100 * part.shown:.0f}",
        )
        for part in near.parts
    ]
    whole = ("whole body", "100.0", f"{near.mean_mm:.2f}", f"{near.percentile_mm(50):.2f}", f"{near.percentile_mm(95):.2f}")
    rows.append((*whole, f"{float(np.median(near.to_twin_mm)):+.2f}", f"{100 * near.shown:.0f}"))
    return table(columns, rows)


def _number(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "–"


def _measures(sheet: Sheet) -> Iterator[str]:
    if sheet.measures is None:
        yield section("Measures", [paragraph("The tape does not go round this body: see the warnings.")])
        return
    text = (
        "Taken by tape on the twin in the A-pose. The uncertainty is the tape's: what another careful measurer of this twin may differ by, "
        "not how sure the twin is. Clauses are those of ISO 8559-1:2017, empty where the standard has no such measure."
    )
    columns = [Column("Measure"), Column("cm", number=True), Column("±", number=True), Column("Clause")]
    rows = [[words(item.name).capitalize(), f"{item.cm:.1f}", f"{100 * item.uncertainty_m:.1f}", item.clause] for item in sheet.measures]
    if sheet.checks:
        text += " Last column: the same tape laid on the scan itself, less the twin, where the scan shows enough of it."
        columns.append(Column("Scan", number=True))
        read = {check.name: check.difference_m for check in sheet.checks}
        for line, item in zip(rows, sheet.measures, strict=True):
            difference = read.get(item.name)
            line.append("" if difference is None else cm(100 * difference, signed=True))
    middle = -(-len(rows) // 2)
    yield section("Measures", [paragraph(text), halves(table(columns, rows[:middle]), table(columns, rows[middle:]))])


def _provenance(sheet: Sheet) -> Iterator[str]:
    manifest = sheet.asset.manifest
    rows = [("asset", str(sheet.asset.ref), sheet.asset.digest)]
    rows += [(item.role, item.name, item.digest) for item in manifest.inputs]
    if sheet.scan is not None:
        rows += [(f"scan's {item.role}", item.name, item.digest) for item in sheet.scan.manifest.inputs]
    rows += [("source of the stage", manifest.stage, manifest.source), ("recipe", manifest.stage, manifest.recipe)]
    origin = table([Column("What"), Column("Name"), Column("SHA-256")], rows)
    tools = ", ".join(f"{name} {version}" for name, version in sorted(manifest.tools.items()))
    seeds = ", ".join(f"{name} {seed}" for name, seed in sorted(manifest.seeds.items()))
    spec = ", ".join(f"{name} {value}" for name, value in sorted(manifest.spec.items()) if not isinstance(value, dict | list))
    made = facts([("Tools", tools or "none"), ("Seeds", seeds or "none"), ("Settings", spec or "none"), ("Published", manifest.created_at)])
    yield section("Where it comes from", [paragraph("The same inputs, settings and versions give the same twin."), origin, made])
