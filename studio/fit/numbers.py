"""The numbers of a fit report as plain data: what ``fit.json`` holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from studio.fit.assess import LevelFit
from studio.fit.garments import GarmentFit
from studio.fit.strain import Spread

#: Decimals that numbers are written with: a tenth of a millimetre, a Pascal.
_DECIMALS = 4


def garment_numbers(fit: GarmentFit) -> dict[str, Any]:
    """All that was found out about one garment."""
    found = fit.found
    return _plain(
        {
            "title": fit.title, "size": fit.size, "fabric": fit.fabric.title,
            "worn_at_strain": found.sheet.fabric.wearable_stretch_percent / 100,
            "verdict": verdict_numbers(fit), "levels": {level.numbers.level: _level(level) for level in found.levels},
            "strain": strain_numbers(fit), "contact": {row.region: asdict(row) for row in found.contacts},
            "regions": {row.region: asdict(row) for row in found.regions},
            "tension_states": {row.region: asdict(row) for row in found.states},
            "drag_lines": [
                {
                    "from": line.start, "to": line.end, "length_cm": 100 * line.length_m, "tension_n_m": line.tension_n_m,
                    "across_n_m": line.across_n_m, "angle_deg": line.angle_deg, "points_m": line.points.tolist(),
                }
                for line in found.drag
            ],
            "hems": [asdict(row) for row in found.hems], "side_seams": [asdict(row) for row in found.seams],
            "points_of_measure": [asdict(row) for row in found.points], "sizes": size_numbers(fit), "simulation": asdict(fit.quality),
        }
    )  # fmt: skip


def ease_numbers(fit: GarmentFit) -> dict[str, Any]:
    """Ease by level [cm]: flat, worn, and meant."""
    return _plain(
        {
            level.numbers.level: {
                "flat": level.numbers.ease_cm, "worn": level.numbers.ease_worn_cm,
                "meant": level.numbers.target.ease_cm if level.numbers.target else None,
            }
            for level in fit.found.levels
        }
    )  # fmt: skip


def strain_numbers(fit: GarmentFit) -> dict[str, Any]:
    """Strain by panel, as shares: along weft, warp and bias, and the larger principal one; the area whose threads give more than the fabric
    is worn at; and the larger principal tension."""
    return _plain(
        {
            row.panel: {
                **{name: asdict(along) for name, along in row.along.items()}, "largest": asdict(row.largest), "area_over_limit": row.over,
                "tension_n_m": asdict(row.tension_n_m),
            }
            for row in fit.found.strains
        }
    )  # fmt: skip


def pressure_numbers(fit: GarmentFit) -> dict[str, Any]:
    """Contact pressure by region [kPa]: by the solver, and by Laplace's law, an estimate."""
    return _plain(
        {
            row.region: {"contact": row.contact, **asdict(row.pressure_kpa), "laplace_estimate": row.laplace_kpa}
            for row in fit.found.contacts
        }
    )


def verdict_numbers(fit: GarmentFit) -> dict[str, Any]:
    """The verdict of the garment, and of every level and region that there is something to judge by, with its reason and its source."""
    judged = {level.numbers.level: asdict(level.verdict) for level in fit.found.levels if level.verdict}
    regions = {region.region: asdict(region.verdict) for region in fit.found.regions if region.verdict}
    matrix = fit.matrix
    size = None if matrix is None else {"recommended": matrix.best or None, "second": matrix.second or None, "why": matrix.why}
    return {"overall": fit.found.word, "levels": judged, "regions": regions, "size": size}


def size_numbers(fit: GarmentFit) -> dict[str, Any] | None:
    """Every size on this body, and the sizes that were draped on it."""
    if fit.matrix is None:
        return None
    sizes = {row.size: {key: value for key, value in asdict(row).items() if key != "size"} for row in fit.matrix.sizes}
    draped = {
        each.size: {"look": str(each.ref), "passed": each.passed, "levels": {level.numbers.level: _level(level) for level in each.levels}}
        for each in fit.draped
    }
    return {
        "recommended": fit.matrix.best or None,
        "second": fit.matrix.second or None,
        "why": fit.matrix.why,
        "flat": sizes,
        "draped": draped,
    }


def _level(level: LevelFit) -> dict[str, Any]:
    numbers = asdict(level.numbers) | {"ease_cm": level.numbers.ease_cm, "ease_percent": level.numbers.ease_percent}
    return numbers | {"verdict": asdict(level.verdict) if level.verdict else None}


def _plain(value: Any) -> Any:
    """Numbers rounded; what is not a number is null, which JSON does have."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    if isinstance(value, Spread):
        return _plain(asdict(value))
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    return value
