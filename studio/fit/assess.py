"""Everything that is measured on one garment of a look, in one place: from its sheet and its body to verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.fit.balance import HemBalance, Opening, SideSeam, hems, openings, side_seams
from studio.fit.body import REGIONS, FitBody
from studio.fit.contact import RegionContact, gaps_m, laplace_pa, region_contacts, regions_below
from studio.fit.drag import DragLine, RegionState, drag_lines, region_states
from studio.fit.girths import Girth, girth_at
from studio.fit.neckline import neckline
from studio.fit.points import MeasuredPoint, measured_points
from studio.fit.sizes import LevelOffsets, flat_girth_cm
from studio.fit.strain import PanelStrain, Spread, panel_strains, spread
from studio.fit.verdict import LevelNumbers, Target, Verdict, Word, judge, judge_region, worst
from studio.look.follow import STANDOFF_M
from studio.look.obstacle import Obstacle
from studio.look.sheet import WornSheet
from studio.mesh.section import section, tape_length
from studio.specs.fitting import FittingSpec

#: Regions of the skin that a hem of the body or of a leg hangs round.
_BELOW_A_HEM = ("bust", "ribs", "upper back", "waist", "abdomen", "seat", "thigh", "lower leg")

#: A line of cloth lies level on its pattern where it is no more than this share longer, or shorter, than the panels are wide there. Chosen:
#: folds under an arm that is too wide add 5 % (measured on a T-shirt two sizes too large).
_NEARLY_LEVEL = 0.1
#: What was meant at a level where the pattern has a flat girth: measure and girth [cm] to a target.
TargetOf = Callable[[str, float], Target | None]


@dataclass(frozen=True)
class LevelFit:
    """A garment at a level of the body. verdict: None where there is nothing to judge by. offsets: Where the level lies on its pattern;
    None for a neckline, a hem, and where panels do not lie level."""

    numbers: LevelNumbers
    verdict: Verdict | None
    offsets: LevelOffsets | None


@dataclass(frozen=True)
class RegionFit:
    """The cloth over a region of the body but the neck; collars are left out, they are folded. strain: Of its threads, the larger. over:
    Share of it that is stretched beyond what it is worn at. verdict: None where there is nothing to judge by."""

    region: str
    strain: Spread
    over: float
    verdict: Verdict | None


@dataclass(frozen=True, eq=False)
class Assessment:
    """A garment on a body. gaps_m: From skin to cloth at each vertex, (V,). laplace_pa: Laplace's pressure on each triangle, (F,)."""

    sheet: WornSheet
    levels: tuple[LevelFit, ...]
    strains: tuple[PanelStrain, ...]
    contacts: tuple[RegionContact, ...]
    regions: tuple[RegionFit, ...]
    states: tuple[RegionState, ...]
    drag: tuple[DragLine, ...]
    hems: tuple[HemBalance, ...]
    seams: tuple[SideSeam, ...]
    points: tuple[MeasuredPoint, ...]
    gaps_m: np.ndarray
    laplace_pa: np.ndarray

    @property
    def word(self) -> Word:
        """The verdict of the worst level or region."""
        return worst(each.verdict.word for each in (*self.levels, *self.regions) if each.verdict)

    @property
    def offsets(self) -> tuple[LevelOffsets, ...]:
        """Where the levels lie on the pattern."""
        return tuple(level.offsets for level in self.levels if level.offsets is not None)


def assess(sheet: WornSheet, body: FitBody, below: Obstacle, *, target_of: TargetOf, rules: FittingSpec, whole: bool = True) -> Assessment:
    """Measure a garment on a body. below: What it lies on, the body with what is worn under it. target_of: What was meant.

    whole: Nothing passes through itself or another garment; where something does, strain is no ground to judge a region by.
    """
    gaps, laplace = gaps_m(sheet, below, STANDOFF_M), laplace_pa(sheet)
    under = regions_below(sheet, body.vertices, body.faces, body.region)
    borders = openings(sheet)
    level_hems = hems(sheet, borders)
    contacts = region_contacts(sheet, under, REGIONS, gaps, laplace)
    return Assessment(
        sheet=sheet, levels=_judged(sheet, body, borders, level_hems, target_of, rules), strains=panel_strains(sheet),
        contacts=contacts, regions=_regions(sheet, under, contacts, rules, whole), states=region_states(sheet, under, REGIONS),
        drag=drag_lines(sheet, under, REGIONS), hems=level_hems, seams=side_seams(sheet), points=measured_points(sheet, rules.points),
        gaps_m=gaps, laplace_pa=laplace,
    )  # fmt: skip


def _regions(
    sheet: WornSheet, under: np.ndarray, contacts: Sequence[RegionContact], rules: FittingSpec, whole: bool
) -> tuple[RegionFit, ...]:
    """Strain of the threads over each region that is covered, and the verdicts. under: Number into `REGIONS` under each vertex, (V,)."""
    region, flat = under[sheet.faces[:, 0]], ~sheet.of_regions("neck")
    rows = []
    for contact in contacts:
        mine = flat & (region == REGIONS.index(contact.region))
        if not mine.any() or contact.region == "neck":  # edges of collars and necklines: the neck has a level of its own
            continue
        areas, strain, limit = sheet.areas_m2[mine], sheet.thread_strain[mine], sheet.limit[mine]
        found, over = spread(strain, areas), float(areas @ (strain > limit) / areas.sum())
        worn_at = float(np.average(limit, weights=areas))
        verdict = judge_region(found.p95, over, contact.pressure_kpa.mean, limit=worn_at, rules=rules) if whole else None
        rows.append(RegionFit(contact.region, found, over, verdict))
    return tuple(rows)


def level_fits(sheet: WornSheet, body: FitBody, *, target_of: TargetOf, rules: FittingSpec) -> tuple[LevelFit, ...]:
    """The levels alone: what a size matrix wants of a size that was draped."""
    borders = openings(sheet)
    return _judged(sheet, body, borders, hems(sheet, borders), target_of, rules)


def _judged(
    sheet: WornSheet, body: FitBody, borders: Sequence[Opening], level_hems: Sequence[HemBalance], target_of: TargetOf,
    rules: FittingSpec,
) -> tuple[LevelFit, ...]:  # fmt: skip
    found: dict[str, list[Girth]] = {}
    for level in body.levels:
        avoid = body.middles[1 if level.side == "left" else 0, 1] if level.part == "leg" else None
        girth = girth_at(sheet, level, avoid=avoid)
        if girth is not None:
            found.setdefault(level.measure, []).append(girth)
    rows = []
    for girths in found.values():
        numbers = _numbers(sheet, girths, target_of)
        level = _straight_cm(sheet, girths[0]) is not None
        at = LevelOffsets(numbers.level, numbers.measure, numbers.body_cm, girths[0].offsets_cm) if level else None
        limit = float(min(sheet.limit[girth.faces].min() for girth in girths))  # of a cuff, its rib's
        rows.append(LevelFit(numbers, judge(numbers, limit=limit, rules=rules), at))
    further = [*_neckline(sheet, body, borders), *_hem_girths(body, level_hems)]
    main = sheet.fabric.wearable_stretch_percent / 100
    return (*rows, *(LevelFit(numbers, judge(numbers, limit=main, rules=rules), None) for numbers in further))


def _numbers(sheet: WornSheet, girths: Sequence[Girth], target_of: TargetOf) -> LevelNumbers:
    """One level, of limbs the mean of both sides and what is harder of them."""
    level = girths[0].level
    body, tape = (100 * float(np.mean(values)) for values in zip(*((girth.level.girth_m, girth.tape_m) for girth in girths), strict=True))
    flats = [_straight_cm(sheet, girth) or 100 * girth.flat_m for girth in girths]
    flat = float(np.mean(flats))
    worn = float(np.mean([each * (1 + girth.strain) for each, girth in zip(flats, girths, strict=True)]))
    contact = float(np.mean([girth.in_contact for girth in girths]))
    kept = 100 * 2 * np.pi * STANDOFF_M * contact  # the cloth's middle is simulated so far off the skin where it lies on it
    return LevelNumbers(
        level=level.name.removeprefix(f"{level.side} "), measure=level.measure, body_cm=body, flat_cm=flat, worn_cm=worn, tape_cm=tape,
        ease_worn_cm=worn - body - kept, strain=worn / flat - 1, strain_p95=max(girth.strain_p95 for girth in girths), contact=contact,
        pressure_kpa=max(_pressure_kpa(sheet, girth) for girth in girths), beside_cm=100 * max(girth.beside_m for girth in girths),
        target=target_of(level.measure, flat),
    )  # fmt: skip


def _straight_cm(sheet: WornSheet, girth: Girth) -> float | None:
    """What a pattern maker finds at a level: the panels' widths at the mean height of its line, which folds would make longer [cm].

    None where the panels do not lie level there, as a collar does not.
    """
    straight, line = flat_girth_cm(sheet.pattern, girth.offsets_cm), 100 * girth.flat_m
    return straight if straight is not None and abs(straight - line) < _NEARLY_LEVEL * line else None


def _pressure_kpa(sheet: WornSheet, girth: Girth) -> float:
    """Mean pressure of the cloth along a line where it touches [kPa]."""
    vertices = np.unique(sheet.faces[girth.faces])
    touching = vertices[sheet.pressure_pa[vertices] > 0]
    return float(np.average(sheet.pressure_pa[touching], weights=sheet.vertex_areas_m2[touching]) / 1000) if len(touching) else 0.0


def _neckline(sheet: WornSheet, body: FitBody, borders: Sequence[Opening]) -> list[LevelNumbers]:
    """The neckline against the girth of the neck's base."""
    necks = [level for level in body.levels if level.part == "neck"]
    found = neckline(sheet, borders, necks[0].origin) if necks else None
    if found is None:
        return []
    flat, worn, neck = 100 * found.flat_m, 100 * found.worn_m, body.girths_cm["neck_base_girth"]
    strain = worn / flat - 1
    return [LevelNumbers(found.name, "neck_base_girth", neck, flat, worn, worn, worn - neck, strain, strain, encloses=False)]


def _hem_girths(body: FitBody, level_hems: Sequence[HemBalance]) -> list[LevelNumbers]:
    """Each hem against the body at its height: of the hips and both legs, or of one leg."""
    wanted = np.isin(body.region, [REGIONS.index(name) for name in _BELOW_A_HEM])
    faces = body.faces[wanted[body.faces].all(axis=1)]
    rows = []
    for hem in level_hems:
        normal = np.array([0.0, 0.0, 1.0])
        loops = section(body.vertices, faces, origin=np.array([0.0, 0.0, hem.height_m]), normal=normal)
        sign = {"left leg": 1.0, "right leg": -1.0}.get(hem.name)
        middle = body.middles[:, :, 0].mean()
        points = [loop.points for loop in loops if sign is None or sign * (loop.points[:, 0].mean() - middle) > 0]
        if points:
            girth, strain = 100 * tape_length(np.concatenate(points), normal), hem.worn_m / hem.flat_m - 1
            name, worn = hem.name if hem.name == "hem" else f"hem of the {hem.name}", 100 * hem.worn_m
            rows.append(LevelNumbers(name, "", girth, 100 * hem.flat_m, worn, worn, worn - girth, strain, strain))
    return rows
