"""`fit-report`: how the garments of a look fit, as one page, as numbers and as maps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.fit.body import fit_body
from studio.fit.garments import GarmentFit, LookFit, asked_sizes
from studio.fit.layout import fit_page
from studio.fit.maps import FitMap, Scene, fit_maps, map_png
from studio.fit.numbers import ease_numbers, garment_numbers, pressure_numbers, strain_numbers, verdict_numbers
from studio.look.sheet import WornSheet
from studio.page.files import write_whole
from studio.progress import Report, silent, within
from studio.specs.fitting import load_fitting
from studio.store import Asset, Ref
from studio.store.store import Store
from studio.twin.twin import load_twin


@dataclass(frozen=True)
class FitReport:
    """A report that was written. files: The page first, then the numbers and the maps. The rest is by garment: ease_cm by level, strain by
    panel, pressure_kpa by region, verdict with its levels and the recommended size."""

    ref: Ref
    files: tuple[Path, ...]
    ease_cm: Mapping[str, Any]
    strain: Mapping[str, Any]
    pressure_kpa: Mapping[str, Any]
    verdict: Mapping[str, Any]


def fit_report(store: Store, ref: Ref | str, *, out: Path | str, sizes: str | None = None, report: Report = silent) -> FitReport:
    """Write how a look's garments fit into a folder: ``fit.html`` (one page that holds its pictures), ``fit.json`` and the maps as PNG.

    ref: A look that was draped by statics; without a version the newest that passed, and where none did, the newest. A garment that is too
    tight often fails its look's gates, and its report says why. sizes: ``all`` or ``XS,S,M``: these sizes of the outermost garment are
    draped as well where they are not in the store yet, each as ``look/NAME-SIZE``.

    Raises StudioError where there is no such look, it was draped without an equilibrium of forces, a size does not exist, or the folder
    cannot be made.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise StudioError(f"{folder} is a file, and a fit report is several: name a folder for them.")
    look = _newest(store, Ref.parse(ref, kind="look") if isinstance(ref, str) else ref)
    if not any(role.startswith("sheet-") for role in look.manifest.files):
        raise StudioError(
            f"{look.ref} has no garment that was sewn and brought to rest by statics, which strain and pressure are read from: dress the "
            "twin again with --solver statics."
        )
    report("measuring the twin", 0.0)
    arrays = look.arrays("body.npz")
    twin = load_twin(store, str(look.facts["twin"]))
    body = fit_body(twin, arrays["vertices"].astype(np.float64), arrays["joints"].astype(np.float64))
    fit = LookFit(store, look, body, load_fitting())
    undraped = {} if sizes is None else _drape(fit, sizes, within(report, 0.05, 0.85))
    report("measuring the garments", 0.85)
    garments = [fit.garment(index) for index in fit.measured]
    report("drawing", 0.9)
    maps = [
        fit_maps(each.found, _scene(fit, index, each.found.sheet), fit.rules) for index, each in zip(fit.measured, garments, strict=True)
    ]
    files = _write(folder, fit, garments, maps, undraped)
    report("done", 1.0)
    return FitReport(
        ref=look.ref, files=files, ease_cm={each.name: ease_numbers(each) for each in garments},
        strain={each.name: strain_numbers(each) for each in garments},
        pressure_kpa={each.name: pressure_numbers(each) for each in garments},
        verdict={each.name: verdict_numbers(each) for each in garments},
    )  # fmt: skip


def _newest(store: Store, ref: Ref) -> Asset:
    """The look of that reference; without a version the newest that passed, else the newest."""
    entries = store.entries(kind=ref.kind, name=ref.name)
    if ref.version is None and entries and not any(entry.passed for entry in entries):
        return store.resolve(max(entries, key=lambda entry: entry.ref.version or 0).ref)
    return store.resolve(ref)


def _drape(fit: LookFit, sizes: str, report: Report) -> dict[str, str]:
    """Dress the twin in the other sizes of the outermost garment that is measured; why, by size, where one cannot be put on."""
    from studio.look.stage import dress

    last = fit.measured[-1]
    known = list(fit.patterns(last))
    if not known:
        raise StudioError(f"The garment '{fit.wear[last]['garment']}' comes in one size: leave --sizes away.")
    missing = [size for size in asked_sizes(sizes, known) if size != fit.wear[last]["size"]]
    twin, pose = Ref.parse(str(fit.look.facts["twin"]), kind="twin"), str(fit.look.manifest.spec["pose"]["name"])
    undraped: dict[str, str] = {}
    for number, size in enumerate(missing):
        sized = fit.wear[last] | {"size": size, "chart": None if fit.wear[last]["asset"] else fit.chart(last)}
        wear = [_worn_as(sized if index == last else item) for index, item in enumerate(fit.wear)]
        try:
            dress(
                fit.store, twin, wear=tuple(wear), pose=pose, solver="statics", name=f"{fit.look.ref.name}-{size.lower()}",
                report=within(report, number / len(missing), (number + 1) / len(missing)),
            )  # fmt: skip
        except StudioError as error:  # a size that does not go on is an answer too
            undraped[size] = str(error)
    return undraped


def _worn_as(item: Mapping[str, Any]) -> str:
    """What a garment was asked for as, as text."""
    size = "" if not item["size"] else f":{item['chart']}-{item['size']}" if item["chart"] else f":{item['size']}"
    colour = f"/{item['colourway']}" if item["colourway"] else ""
    return f"{item['asset'] or item['garment']}{size}:{item['fabric']}{colour}"


def _scene(fit: LookFit, index: int, sheet: WornSheet) -> Scene:
    garment = fit.look.arrays(f"garment-{index}.npz")
    turned = np.array([panel.placement.turned for panel in sheet.pattern.panels])
    return Scene(
        body=fit.body.vertices, body_faces=fit.body.faces, garment=garment["vertices"].astype(np.float64), sheet_faces=sheet.faces,
        sheet_count=len(sheet.vertices), turned=turned[sheet.panel],
    )  # fmt: skip


def _write(
    folder: Path, fit: LookFit, garments: list[GarmentFit], maps: list[tuple[FitMap, ...]], undraped: dict[str, str]
) -> tuple[Path, ...]:
    look = fit.look
    numbers = {
        "look": str(look.ref), "twin": str(look.facts["twin"]), "pose": str(look.facts["pose"]), "passed": look.passed,
        "failures": list(look.facts["failures"]), "gates": dict(look.facts["gates"]),
        "sizes_not_draped": undraped, "garments": {garment.name: garment_numbers(garment) for garment in garments},
        "thresholds": fit.rules.model_dump(mode="json", exclude={"points"}),
    }  # fmt: skip
    pictures = [
        write_whole(folder / f"{garment.name}-{each.name}.png", map_png(each, heading=f"{garment.title}, {garment.size}"))
        for garment, drawn in zip(garments, maps, strict=True)
        for each in drawn
    ]
    data = write_whole(folder / "fit.json", json.dumps(numbers, indent=1, allow_nan=False))
    page = write_whole(folder / "fit.html", fit_page(look, fit.rules, garments, maps, undraped=undraped))
    return (page, data, *pictures)
