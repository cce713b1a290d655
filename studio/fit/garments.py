"""The garments of a published look with all that is found out about them: their fit, their other sizes, how well they were simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.fit.assess import Assessment, LevelFit, TargetOf, assess, level_fits
from studio.fit.body import FitBody
from studio.fit.contact import felt_pa
from studio.fit.sizes import SizeMatrix, TargetOfSize, chart_patterns, interval_cm, size_matrix, target_at
from studio.fit.verdict import Target
from studio.garment.catalog import DESIGNS, load_chart
from studio.garment.pattern import Pattern
from studio.look.follow import STANDOFF_M
from studio.look.obstacle import Layered, Obstacle, OuterBody, WornCloth
from studio.look.sheet import WornSheet, load_sheet
from studio.specs.fabric import FabricSpec
from studio.specs.fitting import FittingSpec
from studio.specs.garment import GarmentSpec
from studio.store import Asset, Ref
from studio.store.store import Store

#: The design's ease at each measure, where a block drafts it at that level. Sleeves are drafted at the underarm, and taper from there.
_DESIGN_EASE = {
    "bust_girth": "bust_ease_cm", "waist_girth": "waist_ease_cm", "hip_girth": "hip_ease_cm", "wrist_girth": "cuff_ease_cm",
    "knee_girth": "knee_ease_cm",
}  # fmt: skip


@dataclass(frozen=True)
class Quality:
    """How well a garment was simulated. motion_mean_mm, motion_p95_mm: Of the vertices in the last step. steps: Of the last equilibrium.
    edge_mm: Mean edge of the mesh. vertices: Its number. standoff_mm: What the solver keeps between skin and the cloth's middle.
    pressed_in_mm: Deepest that skin gave way. pressure_kpa, laplace_kpa: Mean over all contact but that of collars, by the solver and by
    Laplace's law."""

    motion_mean_mm: float
    motion_p95_mm: float
    steps: int
    edge_mm: float
    vertices: int
    standoff_mm: float
    pressed_in_mm: float
    pressure_kpa: float
    laplace_kpa: float


@dataclass(frozen=True)
class DrapedSize:
    """A size that was draped on the same twin in the same pose. ref: The look. passed: Whether its gates held. levels: Of that size."""

    size: str
    ref: Ref
    passed: bool
    levels: tuple[LevelFit, ...]


@dataclass(frozen=True, eq=False)
class GarmentFit:
    """One garment of a look. name: Its key, unique in the look. size: As it was asked for; ``made to measure`` without one. matrix: None
    where it comes in no sizes. draped: Sizes of it that were draped, its own among them."""

    name: str
    title: str
    size: str
    fabric: FabricSpec
    found: Assessment
    matrix: SizeMatrix | None
    draped: tuple[DrapedSize, ...]
    quality: Quality


@dataclass(frozen=True, eq=False)
class LookFit:
    """What all garments of a look share. look: Published. body: As it stands in it. rules: Thresholds and points of measure."""

    store: Store
    look: Asset
    body: FitBody
    rules: FittingSpec

    @property
    def measured(self) -> list[int]:
        """Layers of the garments that were sewn from a pattern and brought to rest by statics: finished meshes have no flat cloth."""
        return [index for index in range(len(self.wear)) if f"sheet-{index}.npz" in self.look.manifest.files]

    @property
    def whole(self) -> bool:
        """Whether nothing passes through itself or another garment, but for the few pairs that the gates let pass."""
        gates = self.look.facts["gates"]
        return gates["intersecting_pairs"] <= gates["pairs_allowed"]

    @property
    def wear(self) -> list[dict[str, Any]]:
        """What each garment was asked for as."""
        return self.look.manifest.spec["wear"]

    def garment(self, index: int) -> GarmentFit:
        """One garment, by its layer from the skin."""
        item, fabric = self.wear[index], FabricSpec.model_validate(self.look.manifest.spec["fabrics"][index])
        sheet = _sheet(self.look, index)
        found = assess(sheet, self.body, self.below(index), target_of=self.target_of(self.look, index), rules=self.rules, whole=self.whole)
        limit = fabric.mechanics.wearable_stretch_percent / 100
        matrix = None
        if patterns := self.patterns(index):
            matrix = size_matrix(patterns, found.offsets, target_of=self._target_of_size(index), limit=limit, rules=self.rules)
        own = DrapedSize(str(item["size"]), self.look.ref, self.look.passed, found.levels)
        draped = (*([own] if item["size"] else []), *self._draped(index)) if matrix else ()
        return GarmentFit(
            name=self._key(index), title=self._title(index), size=_said_size(item), fabric=fabric, found=found, matrix=matrix,
            draped=tuple(sorted(draped, key=lambda each: list(patterns).index(each.size))), quality=self._quality(index, sheet, found),
        )  # fmt: skip

    def below(self, index: int) -> Obstacle:
        """What a garment lies on: the body under the garments that are worn below it, as thick as their cloth."""
        body = OuterBody(self.body.vertices, self.body.faces)
        worn = [self.look.arrays(f"garment-{k}.npz") for k in range(index)]
        cloths = [WornCloth(arrays["vertices"].astype(np.float64), arrays["faces"].astype(np.int64)) for arrays in worn]
        thickness = [fabric["mechanics"]["thickness_mm"] / 1000 for fabric in self.look.manifest.spec["fabrics"][:index]]
        return Layered([body, *cloths], [0.0, *thickness]) if cloths else body

    def patterns(self, index: int) -> Mapping[str, Pattern | str]:
        """The garment in every size that it comes in; none for one that was imported in one size."""
        item = self.wear[index]
        if item["asset"]:
            from studio.garment.imported import load_imported

            found = load_imported(self.store, item["asset"]).patterns().patterns
            return found if len(found) > 1 else {}
        return chart_patterns(item["garment"], self.chart(index))

    def chart(self, index: int) -> str:
        """The size chart of a garment of the library: the one that its size was named by, or its own."""
        return self.wear[index]["chart"] or self._spec(index).chart

    def target_of(self, look: Asset, index: int) -> TargetOf:
        """What was meant of a garment of a look: by its size's chart, or by its design where it was made to measure."""
        item = look.manifest.spec["wear"][index]
        if item["asset"]:
            return lambda measure, flat_cm: None
        if item["size"]:
            eases = self._design_eases(index)
            return lambda measure, flat_cm: target_at(flat_cm, measure, chart=item["chart"], size=item["size"], eases=eases)
        return self._target_made(index)

    def _design_eases(self, index: int) -> dict[str, float]:
        """What the design of a garment of the library says of ease, by measure [cm]."""
        spec = self._spec(index)
        design = DESIGNS[spec.block].model_validate(spec.design)
        return {measure: float(getattr(design, name)) for measure, name in _DESIGN_EASE.items() if hasattr(design, name)}

    def _target_made(self, index: int) -> TargetOf:
        spec, eases = self._spec(index), self._design_eases(index)
        chart = load_chart(spec.chart)
        primary = self.body.girths_cm.get(chart.primary)
        near = min(chart.sizes, key=lambda size: abs(chart.sizes[size].own_cm - primary)) if primary else next(iter(chart.sizes))

        def target(measure: str, flat_cm: float) -> Target | None:
            del flat_cm
            known = measure in eases
            return Target(eases[measure], interval_cm(measure, chart=spec.chart, size=near), 0.0, None) if known else None

        return target

    def _target_of_size(self, index: int) -> TargetOfSize:
        if self.wear[index]["asset"]:
            return lambda size, measure, flat_cm: None
        chart, eases = self.chart(index), self._design_eases(index)
        return lambda size, measure, flat_cm: target_at(flat_cm, measure, chart=chart, size=size, eases=eases)

    def _draped(self, index: int) -> list[DrapedSize]:
        """The newest look of every other size: the same twin, pose and outfit, but for this garment's size."""
        found: dict[str, DrapedSize] = {}
        for entry in sorted(self.store.entries(kind="look"), key=lambda entry: entry.created_at, reverse=True):
            other = self.store.resolve(entry.ref)
            size = self._other_size(other, index)
            if size is None or size in found:
                continue
            levels = level_fits(_sheet(other, index), self.body, target_of=self.target_of(other, index), rules=self.rules)
            found[size] = DrapedSize(size, other.ref, other.passed, levels)
        return list(found.values())

    def _other_size(self, other: Asset, index: int) -> str | None:
        """The size in which another look shows this garment, None where anything else differs too, or it is the same size."""
        if other.manifest.stage != self.look.manifest.stage or f"sheet-{index}.npz" not in other.manifest.files:
            return None
        mine, its = self.look.manifest.spec, other.manifest.spec
        twins = [next((item.digest for item in asset.manifest.inputs if item.role == "twin"), None) for asset in (self.look, other)]
        if twins[0] != twins[1] or mine["pose"] != its["pose"] or len(mine["wear"]) != len(its["wear"]):
            return None
        outfits = [[_but_size(item, k == index) for k, item in enumerate(spec["wear"])] for spec in (mine, its)]
        size, chart = its["wear"][index]["size"], its["wear"][index]["chart"]
        same_chart = chart == (None if its["wear"][index]["asset"] else self.chart(index))
        return size if outfits[0] == outfits[1] and size and size != mine["wear"][index]["size"] and same_chart else None

    def _spec(self, index: int) -> GarmentSpec:
        return GarmentSpec.model_validate(self.look.manifest.spec["garments"][index])

    def _title(self, index: int) -> str:
        return self.wear[index]["garment"] if self.wear[index]["asset"] else self._spec(index).title

    def _key(self, index: int) -> str:
        names = [item["garment"] for item in self.wear]
        return names[index] if names.count(names[index]) == 1 else f"{names[index]}-{index}"

    def _quality(self, index: int, sheet: WornSheet, found: Assessment) -> Quality:
        facts = self.look.facts["garments"][index]
        sides = np.unique(np.sort(sheet.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
        touching, areas = sheet.pressure_pa > 0, sheet.vertex_areas_m2
        touching[sheet.faces[sheet.of_regions("neck")]] = False  # folded collars lie on themselves
        weight, felt, laplace = areas * touching, felt_pa(sheet), sheet.at_vertices(found.laplace_pa)
        total = max(float(weight.sum()), 1e-12)
        return Quality(
            motion_mean_mm=float(self.look.facts["gates"]["settled_mm_per_frame"]), motion_p95_mm=float(facts["motion_p95_mm"]),
            steps=int(facts["frames"]), edge_mm=1000 * float(np.linalg.norm(np.diff(sheet.vertices[sides], axis=1), axis=2).mean()),
            vertices=len(sheet.vertices), standoff_mm=1000 * STANDOFF_M,
            pressed_in_mm=1000 * float(max(-found.gaps_m.min(), 0.0)), pressure_kpa=float(weight @ felt) / total / 1000,
            laplace_kpa=float(weight @ laplace) / total / 1000,
        )  # fmt: skip


def _sheet(look: Asset, index: int) -> WornSheet:
    """A garment's sheet with the mechanics that the look was draped with: those of the rib follow those of its garments."""
    fabrics = [FabricSpec.model_validate(fabric).mechanics for fabric in look.manifest.spec["fabrics"]]
    return load_sheet(look, index, fabrics[index], fabrics[-1])


def asked_sizes(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """The sizes that ``all`` or ``XS,S,M`` names. Raises StudioError with the closest size for an unknown one."""
    if text.strip() == "all":
        return tuple(known)
    asked = tuple(part.strip() for part in text.split(",") if part.strip())
    if not asked:
        raise StudioError(f"--sizes names no size: say all, or some of {', '.join(known)}, with commas between.")
    for size in asked:
        if size not in known:
            raise StudioError(f"The garment has no size '{size}': {did_you_mean(size, known)}")
    return tuple(dict.fromkeys(asked))


def _but_size(item: Mapping[str, Any], this: bool) -> dict[str, Any]:
    """What a garment was asked for as, without what a size or a colour changes."""
    return {key: value for key, value in item.items() if not (this and key in ("size", "chart")) and key != "colourway"}


def _said_size(item: Mapping[str, Any]) -> str:
    return str(item["size"]) if item["size"] else "one size" if item["asset"] else "made to measure"
