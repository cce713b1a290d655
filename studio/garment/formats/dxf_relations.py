"""The sewing relations of patterns that are written as DXF: what is written is read back as the same sewn pattern."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from studio.errors import StudioError
from studio.garment.formats.dxf_write import edge_numbers
from studio.garment.formats.pattern_set import PatternSet
from studio.garment.formats.relations import RelationsSpec, toml_text
from studio.garment.pattern import Panel, Pattern
from studio.page.files import write_whole
from studio.specs.base import validate

T = TypeVar("T")


def write_relations(patterns: PatternSet, path: Path) -> None:
    """Write the ``seams.toml`` that belongs to `write_dxf`'s file of the same patterns: seams, places, cloths and names of edges.

    Raises StudioError where sizes differ in more than their measures: one file serves all of them.
    """
    base = patterns.patterns[patterns.base]
    for size, pattern in patterns.patterns.items():
        if _plan(pattern) != _plan(base):
            raise StudioError(
                f"The sizes '{patterns.base}' and '{size}' of '{patterns.name}' differ in their pieces, edges or seams, and one seams.toml "
                "serves all sizes; write them to files of their own."
            )
    pieces = {panel.name: _piece_relation(patterns, panel) for panel in base.panels}
    seams = [_seam_relation(patterns, k) for k in range(len(base.seams))]
    write_whole(path, toml_text(validate(RelationsSpec, {"pieces": pieces, "seams": seams}, source=str(path))))


def _plan(pattern: Pattern) -> object:
    """What has to be the same in all sizes."""
    places = {panel.name: replace(panel.placement, at_cm=(0.0, 0.0), share=1.0) for panel in pattern.panels}
    edges = {panel.name: ([edge.name for edge in panel.edges], panel.cloth) for panel in pattern.panels}
    return list(places), places, edges, [(seam.a, seam.b, seam.right_wrong) for seam in pattern.seams]


def _piece_relation(patterns: PatternSet, panel: Panel) -> dict[str, Any]:
    places = {size: pattern.panel(panel.name).placement for size, pattern in patterns.patterns.items()}
    place = panel.placement
    return {
        "region": place.region, "side": place.side, "landmark": place.landmark, "cloth": panel.cloth,
        "share": _by_size({size: each.share for size, each in places.items()}),
        "folded_over": place.turned,
        "at_cm": _by_size({size: each.at_cm for size, each in places.items()}),
        "edges": {name: number for name, number in edge_numbers(panel).items() if name != number},
    }  # fmt: skip


def _seam_relation(patterns: PatternSet, number: int) -> dict[str, Any]:
    seam = patterns.patterns[patterns.base].seams[number]
    ease = _by_size({size: pattern.seams[number].ease for size, pattern in patterns.patterns.items()})
    return {"a": seam.a, "b": seam.b, "ease": ease, "turned": seam.right_wrong}


def _by_size(values: dict[str, T]) -> T | dict[str, T]:
    """One value where all sizes have the same."""
    return next(iter(values.values())) if len(set(values.values())) == 1 else values
