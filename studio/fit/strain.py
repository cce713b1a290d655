"""How far cloth is stretched against its flat pattern, panel by panel, and the share beyond what its fabric is worn at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.look.sheet import WornSheet

#: Directions of `WornSheet.strain`, in its order.
DIRECTIONS = ("weft", "warp", "bias")


@dataclass(frozen=True)
class Spread:
    """Mean, 95th percentile and largest of a quantity, each place counting by its area."""

    mean: float
    p95: float
    max: float


@dataclass(frozen=True, eq=False)
class PanelStrain:
    """panel: Its name. along: Of weft, warp and bias: strain as a share, negative where cloth is pushed together. largest: Of the larger
    principal strain, whatever its direction. over: Share of the area whose threads are stretched by more than the panel's cloth is worn at.
    tension_n_m: Of the larger principal tension."""

    panel: str
    along: Mapping[str, Spread]
    largest: Spread
    over: float
    tension_n_m: Spread


def spread(values: np.ndarray, areas: np.ndarray) -> Spread:
    """Of values (N,) that stand for areas (N,). Nothing has no spread: not a number."""
    if not len(values) or not areas.sum() > 0:
        return Spread(np.nan, np.nan, np.nan)
    return Spread(float(np.average(values, weights=areas)), percentile(values, areas, 95.0), float(values.max()))


def percentile(values: np.ndarray, areas: np.ndarray, percent: float) -> float:
    """The value that ``percent`` of the area stays at or below."""
    order = np.argsort(values)
    share = np.cumsum(areas[order]) / areas.sum()
    return float(values[order[min(np.searchsorted(share, percent / 100), len(order) - 1)]])


def panel_strains(sheet: WornSheet) -> tuple[PanelStrain, ...]:
    """Every panel in the pattern's order."""
    tension = sheet.principal_tension[0][:, 0]
    rows = []
    for index, panel in enumerate(sheet.pattern.panels):
        mine = sheet.panel == index
        areas = sheet.areas_m2[mine]
        largest = sheet.principal_strain[mine, 0]
        along = {name: spread(sheet.strain[mine, k], areas) for k, name in enumerate(DIRECTIONS)}
        over = float(areas @ (sheet.thread_strain[mine] > sheet.limit[mine]) / areas.sum()) if len(areas) else 0.0
        rows.append(PanelStrain(panel.name, along, spread(largest, areas), over, spread(tension[mine], areas)))
    return tuple(rows)
