"""The garment library: reading garments, fabrics and size charts by name, what a ``--wear`` option means, and drafting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from studio import library
from studio.body.tape import Measures
from studio.errors import StudioError, did_you_mean
from studio.garment.pattern import Pattern
from studio.specs.base import Spec, load_spec, validate
from studio.specs.fabric import FabricSpec
from studio.specs.garment import DressDesign, GarmentSpec, SkirtDesign, TeeDesign, TrousersDesign
from studio.specs.sizes import SizeChart

#: The model of each block's design parameters.
DESIGNS: dict[str, type[Spec]] = {
    "tee": TeeDesign,
    "a-line-skirt": SkirtDesign,
    "straight-trousers": TrousersDesign,
    "shift-dress": DressDesign,
}


@dataclass(frozen=True)
class Garment:
    """A garment of the library, its design validated against its block.

    name: Its folder. spec: What garment.toml says. design: The block's parameters, defaults filled in.
    """

    name: str
    spec: GarmentSpec
    design: Spec


@dataclass(frozen=True)
class Wear:
    """What one ``--wear`` option asks for.

    garment: A name of the library. chart, size: The size, or None for made to measure.
    fabric: A fabric's name. colourway: One of its colours, or None for the base colour.
    """

    garment: str
    chart: str | None
    size: str | None
    fabric: str
    colourway: str | None


def garment_names() -> list[str]:
    """Names of the garments in the library, sorted."""
    return sorted(path.parent.name for path in library.folder("garments").glob("*/garment.toml"))


def fabric_names() -> list[str]:
    """Names of the fabrics in the library, sorted."""
    return library.names("garments", "fabrics")


def chart_names() -> list[str]:
    """Names of the size charts in the library, sorted."""
    return library.names("garments", "sizes")


@cache
def load_garment(name: str) -> Garment:
    """A garment by name. Raises StudioError with the closest name, or with what is wrong in its file."""
    known = garment_names()
    if name not in known:
        raise StudioError(f"There is no garment '{name}': {did_you_mean(name, known)}")
    path = library.folder("garments", name) / "garment.toml"
    spec = load_spec(GarmentSpec, path)
    return Garment(name, spec, validate(DESIGNS[spec.block], spec.design, source=f"{path} [design]"))


@cache
def load_fabric(name: str) -> FabricSpec:
    """A fabric by name. Raises StudioError with the closest name, or with what is wrong in its file."""
    return load_spec(FabricSpec, library.find(name, "garments", "fabrics", what="fabric"))


@cache
def load_chart(name: str) -> SizeChart:
    """A size chart by name. Raises StudioError with the closest name, or with what is wrong in its file."""
    return load_spec(SizeChart, library.find(name, "garments", "sizes", what="size chart"))


def parse_wear(text: str) -> Wear:
    """Read ``GARMENT[:SIZE][:FABRIC][/COLOURWAY]``, for example ``tee``, ``tee:M``, ``tee/rust``, ``tee:men-L:cotton-jersey/navy``.

    SIZE is a letter of the garment's own chart, or ``CHART-LETTER``; without it the garment is made to measure. FABRIC is the garment's
    usual one unless named; the colourway is one of the fabric's. Raises StudioError for unknown names.
    """
    parts, slash, colourway = text.partition("/")
    name, *rest = parts.split(":")
    if len(rest) > 2:
        raise StudioError(f"'{text}' has {len(rest) + 1} parts; say GARMENT[:SIZE][:FABRIC][/COLOURWAY], for example tee:M/rust.")
    garment = load_garment(name)
    chart = size = None
    if len(rest) == 2 or (rest and not _is_fabric(rest[0])):
        chart, size = _size(rest[0], garment)
        rest = rest[1:]
    fabric = rest[0] if rest else garment.spec.fabric
    known = load_fabric(fabric).appearance.colourways
    if slash and colourway not in known:
        raise StudioError(f"The fabric '{fabric}' has no colour '{colourway}': {did_you_mean(colourway, known)}")
    return Wear(name, chart, size, fabric, colourway or None)


def draft(garment: Garment, *, measures: Measures | None = None, size: str | None = None, chart: str | None = None) -> Pattern:
    """Draft a garment's pattern: to measure from ``measures``, or for a ``size`` of a chart (the garment's own by default).

    Raises StudioError when neither or both are given, for unknown sizes, missing measures, and measures that the design can not fit.
    """
    if (measures is None) == (size is None):
        raise StudioError(f"The garment '{garment.name}' is drafted from a body's measures or for a size: give one of the two.")
    if measures is None:
        measures = size_measures(size, chart=chart or garment.spec.chart)
    for name in garment.spec.measures:
        if name not in measures:
            raise StudioError(f"The garment '{garment.name}' needs the measure '{name}', and the body has none; measure the twin again.")
    return _block(garment.spec.block)(measures, garment.design)


def size_measures(size: str, *, chart: str) -> Measures:
    """The measures of the body that a size of a chart is made for. Raises StudioError with the closest name for an unknown size."""
    from studio.garment.derive import chart_measures

    sizes = load_chart(chart)
    if size not in sizes.sizes:
        raise StudioError(f"The size chart '{chart}' has no size '{size}': {did_you_mean(size, sizes.sizes)}")
    return chart_measures(sizes, sizes.sizes[size])


def _is_fabric(text: str) -> bool:
    return text in fabric_names()


def _size(text: str, garment: Garment) -> tuple[str, str]:
    """Chart and size letter from ``M`` or ``men-M``."""
    head, dash, letter = text.rpartition("-")
    chart = head if dash else garment.spec.chart
    known = chart_names()
    if chart in known:
        sizes = load_chart(chart).sizes
        if letter in sizes:
            return chart, letter
        hint = did_you_mean(letter, [*sizes, *fabric_names()])
        raise StudioError(f"'{text}' is neither a fabric nor a size of the chart '{chart}': {hint}")
    names = [*load_chart(garment.spec.chart).sizes, *fabric_names()]
    raise StudioError(f"'{text}' is neither a size nor a fabric: {did_you_mean(text, names)}")


def _block(name: str) -> Callable[[Measures, Any], Pattern]:
    """The drafting function of a block; it takes measures and the block's own design model."""
    from studio.garment.blocks import dress, skirt, tee, trousers

    blocks = {
        "tee": tee.draft_tee,
        "a-line-skirt": skirt.draft_skirt,
        "straight-trousers": trousers.draft_trousers,
        "shift-dress": dress.draft_dress,
    }
    return blocks[name]
