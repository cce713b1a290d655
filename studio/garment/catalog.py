"""The garment library: reading garments, fabrics and size charts by name, what a ``--wear`` option means, and drafting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from studio import library
from studio.body.tape import Measures
from studio.errors import StudioError, did_you_mean
from studio.garment.pattern import Pattern
from studio.specs.base import Spec, load_spec, validate
from studio.specs.fabric import FabricSpec
from studio.specs.garment import (
    DressDesign,
    GarmentSpec,
    HoodieDesign,
    JacketDesign,
    ShirtDesign,
    SkirtDesign,
    TeeDesign,
    TrousersDesign,
)
from studio.specs.sizes import SizeChart

if TYPE_CHECKING:
    from studio.store.store import Store

#: How the reference of an imported garment begins.
_IMPORTED = "garment/"
#: What stands for a size where a garment is made to measure.
_MADE = "made"

#: The model of each block's design parameters.
DESIGNS: dict[str, type[Spec]] = {
    "tee": TeeDesign,
    "skirt": SkirtDesign,
    "straight-trousers": TrousersDesign,
    "shift-dress": DressDesign,
    "shirt": ShirtDesign,
    "hoodie": HoodieDesign,
    "jacket": JacketDesign,
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

    garment: Its name, in the library or among imported garments.
    chart, size: The size, or None for made to measure; an imported garment has sizes of its own, and None where it comes in one. Of a
    finished garment it is the variant.
    fabric: A fabric's name. colourway: One of its colours, or None for the base colour.
    asset: The imported garment's reference with its version, or None for one of the library.
    """

    garment: str
    chart: str | None
    size: str | None
    fabric: str
    colourway: str | None
    asset: str | None = None


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
    from studio.garment.fabric_prior import estimate_named, load_fabric_file

    return estimate_named(name) or load_fabric_file(library.find(name, "garments", "fabrics", what="fabric"))


@cache
def load_chart(name: str) -> SizeChart:
    """A size chart by name. Raises StudioError with the closest name, or with what is wrong in its file."""
    return load_spec(SizeChart, library.find(name, "garments", "sizes", what="size chart"))


def parse_wear(text: str, *, store: Store | None = None) -> Wear:
    """Read ``GARMENT[:SIZE][:FABRIC][/COLOURWAY]``, for example ``tee``, ``tee:M``, ``tee/rust``, ``tee:men-L:cotton-jersey/navy``.

    SIZE is a letter of the garment's own chart, or ``CHART-LETTER``; with ``made``, or without it, the garment is made to measure. FABRIC
    is the garment's usual one unless named, or estimated from a weight in g/m2 and a hand, as ``g200-soft``; the colourway is one of the
    fabric's.
    ``garment/NAME`` is a garment that was imported into ``store``; so is a bare name that the library has not. Its sizes are those of its
    file, or the variants of a finished garment. Raises StudioError for unknown names.
    """
    imported = text.startswith(_IMPORTED)
    parts, slash, colourway = text.removeprefix(_IMPORTED).partition("/")
    name, *rest = parts.split(":")
    if len(rest) > 2:
        raise StudioError(f"'{text}' has {len(rest) + 1} parts; say GARMENT[:SIZE][:FABRIC][/COLOURWAY], for example tee:M/rust.")
    worn = _read_imported(name, rest, store) if imported or _is_imported(name, store) else _read_library(name, rest)
    known = load_fabric(worn.fabric).appearance.colourways
    if slash and colourway not in known:
        raise StudioError(f"The fabric '{worn.fabric}' has no colour '{colourway}': {did_you_mean(colourway, known)}")
    return replace(worn, colourway=colourway or None)


def _read_library(name: str, rest: list[str]) -> Wear:
    """A garment of the library with what follows its name."""
    garment = load_garment(name)
    rest = _with_estimates(rest, usual=garment.spec.fabric)
    chart = size = None
    if len(rest) == 2 or (rest and not _is_fabric(rest[0])):
        chart, size = (None, None) if rest[0] == _MADE else _size(rest[0], garment)
        rest = rest[1:]
    return Wear(name, chart, size, rest[0] if rest else garment.spec.fabric, None)


def _with_estimates(rest: list[str], *, usual: str) -> list[str]:
    """Estimated fabrics such as ``g200-soft`` under their full names, in the construction of the garment's usual fabric."""
    from studio.garment.fabric_prior import estimate_name

    construction = load_fabric(usual).appearance.construction
    return [estimate_name(part, construction=construction) or part for part in rest]


def _is_imported(name: str, store: Store | None) -> bool:
    """Whether a bare name, with a version or without, means an imported garment: the library's names come first."""
    bare = name.partition("@")[0]
    return store is not None and bare not in garment_names() and any(entry.ref.name == bare for entry in store.entries(kind="garment"))


def _read_imported(name: str, rest: list[str], store: Store | None) -> Wear:
    """An imported garment with what follows its name."""
    from studio.garment.imported import load_imported

    if store is None:
        raise StudioError(f"{_IMPORTED}{name} is looked for in a workspace, and there is none here: give --workspace DIR.")
    garment = load_imported(store, name)
    rest = _with_estimates(rest, usual=garment.fabric)
    size = None
    if len(rest) == 2 or (rest and not _is_fabric(rest[0])):
        if rest[0] not in garment.roles and len(rest) == 1:
            hint = did_you_mean(rest[0], [*garment.roles, *fabric_names()])
            raise StudioError(f"'{rest[0]}' is neither a {garment.comes_in} of {garment.ref} nor a fabric: {hint}")
        size = garment.size(rest[0])
        rest = rest[1:]
    if rest and garment.has_own_looks:
        raise StudioError(f"{garment.ref} has looks of its own, and '{rest[0]}' would be another cloth: leave out the fabric.")
    return Wear(garment.asset.ref.name, None, size, rest[0] if rest else garment.fabric, None, garment.ref)


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
    return _block(garment.spec.block)(measures, garment.design, name=garment.name)


def size_measures(size: str, *, chart: str) -> Measures:
    """The measures of the body that a size of a chart is made for. Raises StudioError with the closest name for an unknown size."""
    from studio.garment.derive import chart_measures

    sizes = load_chart(chart)
    if size not in sizes.sizes:
        raise StudioError(f"The size chart '{chart}' has no size '{size}': {did_you_mean(size, sizes.sizes)}")
    return chart_measures(sizes, sizes.sizes[size])


def _is_fabric(text: str) -> bool:
    from studio.garment.fabric_prior import estimate_name

    return text in fabric_names() or estimate_name(text) is not None


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


def _block(name: str) -> Callable[..., Pattern]:
    """The drafting function of a block; it takes measures, the block's own design model, and the garment's name."""
    from studio.garment.blocks import dress, hoodie, jacket, shirt, skirt, tee, trousers

    blocks = {
        "tee": tee.draft_tee,
        "skirt": skirt.draft_skirt,
        "straight-trousers": trousers.draft_trousers,
        "shift-dress": dress.draft_dress,
        "shirt": shirt.draft_shirt,
        "hoodie": hoodie.draft_hoodie,
        "jacket": jacket.draft_jacket,
    }
    return blocks[name]
