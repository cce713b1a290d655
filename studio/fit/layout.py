"""The page of a fit report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from studio.fit.assess import Assessment, RegionFit
from studio.fit.garments import GarmentFit
from studio.fit.maps import SIDES, FitMap
from studio.fit.strain import DIRECTIONS, Spread
from studio.fit.tables import balance_tables, point_table, quality_table, size_tables
from studio.page import charts
from studio.page.document import Column, Group, document, facts, key_figures, notice, paragraph, plate, section, table, title
from studio.specs.fitting import FittingSpec
from studio.store import Asset


def fit_page(
    look: Asset, rules: FittingSpec, garments: Sequence[GarmentFit], maps: Sequence[tuple[FitMap, ...]], *, undraped: Mapping[str, str]
) -> str:
    """The page as HTML. undraped: Sizes that were asked for and could not be put on, with why."""
    body = [*_head(look, garments)]
    if undraped:
        body.append(notice("Sizes that could not be put on", [f"{size}: {why}" for size, why in undraped.items()]))
    for garment, drawn in zip(garments, maps, strict=True):
        body += _garment(garment, drawn, several=len(garments) > 1)
    body += _method(rules)
    return document(title=f"Fit report: {look.ref}", body=body)


def _head(look: Asset, garments: Sequence[GarmentFit]) -> Iterator[str]:
    yield paragraph("Fit report", kind="eyebrow")
    yield title(str(look.ref))
    rows = [("Published", f"{look.manifest.created_at[:10]}, {'every gate passed' if look.passed else 'failed a gate'}")]
    rows += [("Twin", str(look.facts["twin"])), ("Pose", str(look.facts["pose"]))]
    rows += [("Garment", f"{each.title}, {each.size}, in {each.fabric.title.lower()}") for each in garments]
    yield facts(rows)
    bare = [item["garment"] for index, item in enumerate(look.manifest.spec["wear"]) if f"sheet-{index}.npz" not in look.manifest.files]
    if bare:
        rows = [f"{name}: a finished mesh without a flat pattern." for name in bare]
        yield notice("Not measured", rows, calm=True)
    if not look.passed:
        reasons = [f"{failure}." for failure in look.facts["failures"]]
        yield notice("This look failed a gate; where it did, its numbers are of a cloth that is not quite at rest or not whole.", reasons)


def _garment(fit: GarmentFit, maps: Sequence[FitMap], *, several: bool) -> Iterator[str]:
    found = fit.found
    if several:
        yield title(f"{fit.title}, {fit.size}")
    yield key_figures(_key_figures(fit))
    yield _verdicts(fit)
    yield section("Ease", list(_ease(found)))
    for drawn in maps:
        yield section(drawn.title, list(_map(drawn, found)))
    yield section("Strain by panel", list(_strain(fit)))
    yield section("Contact and pressure by region", list(_contact(found)))
    yield section("Pull and drag lines", list(_drag(found)))
    if found.hems or found.seams:
        yield section("Balance", list(balance_tables(found)))
    if found.points:
        yield section("Points of measure", list(point_table(found)))
    if fit.matrix is not None:
        yield section("Sizes on this body", list(size_tables(fit)))
    yield section("How well it was simulated", list(quality_table(fit)))


def _key_figures(fit: GarmentFit) -> Iterator[tuple[str, str, str]]:
    yield "Fit", fit.found.word, ""
    if fit.matrix is not None:
        yield "Recommended size", fit.matrix.best or "none", f"then {fit.matrix.second}" if fit.matrix.second else ""
    for level in fit.found.levels:
        if level.numbers.level in ("bust", "waist", "hip"):
            yield f"Ease, {level.numbers.level}", f"{level.numbers.ease_cm:+.1f}", "cm"
    over = sum(row.over * area for row, area in zip(fit.found.strains, _panel_areas(fit.found), strict=True)) / sum(_panel_areas(fit.found))
    yield "Stretched too far", f"{100 * over:.1f}", "% of cloth"
    pressed = [row.pressure_kpa.mean for row in fit.found.contacts if np.isfinite(row.pressure_kpa.mean)]
    yield "Hardest region", f"{max(pressed, default=0.0):.2f}", "kPa"


def _panel_areas(found: Assessment) -> list[float]:
    return [float(found.sheet.areas_m2[found.sheet.panel == index].sum()) for index in range(len(found.sheet.pattern.panels))]


def _verdicts(fit: GarmentFit) -> str:
    judged = [level for level in fit.found.levels if level.verdict]
    wrong = [f"{each.numbers.level.capitalize()}: {each.verdict.word}. {_sentence(each.verdict.reason)}" for each in judged
             if each.verdict and each.verdict.word != "good"]  # fmt: skip
    wrong += [
        f"Over the {each.region}: {each.verdict.word}. {_sentence(each.verdict.reason)}" for each in fit.found.regions if each.verdict
    ]
    if wrong:
        return notice(f"This size is {fit.found.word} on this body.", wrong)
    return notice("This size fits as it was meant.", [], calm=True)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ease(found: Assessment) -> Iterator[str]:
    yield paragraph(
        "Ease is the garment's girth less the body's. Flat: of the pattern, at the height of the cloth that goes round the level. Worn: of "
        "that cloth as it is stretched there; what the solver keeps between skin and cloth is taken off. Meant: what the design has on the "
        "body of its own size."
    )
    titles = ("Body, cm", "Flat, cm", "Ease, cm", "Ease, %", "Meant, cm", "Worn ease, cm", "Strain, %", "Contact, %", "kPa")
    columns = [Column("Level"), *(Column(name, number=True) for name in titles), Column("Verdict")]
    rows, marked, beside = [], [], []
    for level in found.levels:
        n, word = level.numbers, level.verdict.word if level.verdict else "–"
        meant = f"{n.target.ease_cm:+.1f}" if n.target else "–"
        star = "*" if n.beside_cm > 0.05 else ""
        numbers = (f"{n.body_cm:.1f}", f"{n.flat_cm:.1f}", f"{n.ease_cm:+.1f}", f"{n.ease_percent:+.1f}", meant, f"{n.ease_worn_cm:+.1f}")
        borne = (f"{100 * n.strain:+.1f}", f"{100 * n.contact:.0f}", f"{n.pressure_kpa:.2f}")
        rows.append((n.level.capitalize() + star, *numbers, *borne, word))
        marked.append(word not in ("good", "–"))
        if star:
            beside.append(f"{n.level} {n.beside_cm:.1f} cm farther down")
    yield table(columns, rows, marked=marked)
    if beside:
        yield paragraph(f"* Read where the garment first goes round: {', '.join(beside)}.", kind="fine")


def _map(drawn: FitMap, found: Assessment) -> Iterator[str]:
    sheet = found.sheet
    areas = np.bincount(sheet.faces.ravel(), np.repeat(sheet.areas_m2 / 3, 3), minlength=len(sheet.vertices))
    yield paragraph(drawn.caption)
    groups = [Group(name, (picture,)) for name, picture in zip(SIDES, drawn.pictures, strict=True)]
    yield plate(groups, alt=f"{drawn.title}, from the front and from behind")
    yield charts.colour_scale(drawn.colours, drawn.values, unit=drawn.unit, ends=drawn.ends, weights=areas)


def _strain(fit: GarmentFit) -> Iterator[str]:
    sheet, main = fit.found.sheet, fit.fabric.mechanics.wearable_stretch_percent
    rib = f", its rib at {sheet.rib.wearable_stretch_percent:g} %" if any(panel.cloth == "rib" for panel in sheet.pattern.panels) else ""
    yield paragraph(
        f"Against the flat pattern, in %: mean, 95 % of the area below, largest triangle. The fabric is worn at {main:g} %{rib}."
    )
    columns = [Column("Panel"), *(Column(name.capitalize(), number=True) for name in DIRECTIONS)]
    columns += [Column("Largest, any way", number=True), Column("Area over that", number=True), Column("Tension, N/m", number=True)]
    rows = [
        (row.panel.replace("_", " "), *(_percents(row.along[name]) for name in DIRECTIONS), _percents(row.largest),
         f"{100 * row.over:.1f} %", f"{row.tension_n_m.mean:.1f} / {row.tension_n_m.p95:.1f}")
        for row in fit.found.strains
    ]  # fmt: skip
    yield table(columns, rows, marked=[row.over > 0.01 for row in fit.found.strains])


def _percents(spread: Spread) -> str:
    return f"{100 * spread.mean:+.1f} / {100 * spread.p95:+.1f} / {100 * spread.max:+.1f}"


def _contact(found: Assessment) -> Iterator[str]:
    yield paragraph(
        "Pressure where cloth touches, in kPa: by the solver's contact, and as a check by Laplace's law from tension and curvature. "
        "Laplace's is an estimate; it is known to fail at cuffs and elastic bands, and where contact is a few points only."
    )
    titles = ("Cloth, cm²", "In contact, %", "Mean, kPa", "95 %", "Largest", "Laplace, mean", "Gap, mm", "Strain, mean / 95 %")
    columns = [Column("Region"), *(Column(name, number=True) for name in titles), Column("Verdict")]
    borne = {row.region: row for row in found.regions}
    rows = [
        (row.region.capitalize(), f"{1e4 * row.area_m2:.0f}", f"{100 * row.contact:.0f}", *(_kpa(value) for value in (row.pressure_kpa.mean,
         row.pressure_kpa.p95, row.pressure_kpa.max, row.laplace_kpa)), f"{row.gap_mm:.1f}",
         *_borne(borne.get(row.region)))
        for row in found.contacts
    ]  # fmt: skip
    yield table(columns, rows, marked=[row[-1] != "–" for row in rows])


def _borne(region: RegionFit | None) -> tuple[str, str]:
    """Strain over a region, and its verdict."""
    if region is None:
        return "–", "–"
    return f"{100 * region.strain.mean:+.1f} / {100 * region.strain.p95:+.1f}", region.verdict.word if region.verdict else "–"


def _kpa(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _drag(found: Assessment) -> Iterator[str]:
    yield paragraph(
        "Cloth is taut where it is pulled both ways, wrinkled where it is pulled one way and slack across, slack where it hangs free. A "
        "drag line runs along the pull through wrinkled cloth; what it ends at is what pulls."
    )
    columns = [
        Column("From"),
        Column("To"),
        *(Column(name, number=True) for name in ("Length, cm", "Pull, N/m", "Across, N/m", "From level, °")),
    ]
    if found.drag:
        rows = [(line.start, line.end, f"{100 * line.length_m:.0f}", f"{line.tension_n_m:.1f}", f"{line.across_n_m:.1f}",
                 f"{line.angle_deg:.0f}")
                for line in found.drag]  # fmt: skip
        yield table(columns, rows)
    else:
        yield paragraph("No drag lines: nothing pulls harder than what hangs there.")
    columns = [
        Column("Region"),
        *(Column(name, number=True) for name in ("Taut, %", "Wrinkled, %", "Slack, %", "Pull where wrinkled, N/m")),
    ]
    rows = [(row.region.capitalize(), f"{100 * row.taut:.0f}", f"{100 * row.wrinkled:.0f}", f"{100 * row.slack:.0f}", f"{row.pull_n_m:.1f}")
            for row in found.states]  # fmt: skip
    yield table(columns, rows)


def _method(rules: FittingSpec) -> Iterator[str]:
    texts = [
        f"Strain. {rules.strain.source}", f"Pressure. {rules.pressure.source}", f"Ease. {rules.ease.source}",
        "Body girths: ISO 8559-1:2017, by tape on the twin in the measuring stance. In the look's pose the same points of the skin are "
        "found again, and the plane through them cuts the garment.",
    ]  # fmt: skip
    yield section("Where the thresholds come from", [paragraph(" ".join(text.split()), kind="fine") for text in texts])
