"""`twin update`: the next version of the same person, by new measures or by a new scan."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from studio.body.model import BodyModel
from studio.body.population import Heritage, Population, load_population
from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.specs.anthropometry import load_linear_tape, load_survey
from studio.specs.fit import FitSpec
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, Ref
from studio.store.store import Store
from studio.twin.create.conflict import TAPE_TOLERANCE, refuse_conflicts, unusualness
from studio.twin.create.person import known_names, metric
from studio.twin.create.solve import Solution, Wanted, solve
from studio.twin.create.stage import CODE, TOOLS, measure_rows, standing, table_digests
from studio.twin.create.statistics import BodyLines, Distribution, distribution
from studio.twin.create.tape import MASS, Reading, read_body
from studio.twin.twin import Twin, load_twin

#: Facts that speak of how a version lies on its scan: they do not hold for a body whose measures were changed.
_OF_THE_SCAN = ("scan_to_twin_mm", "parameters_only_mm", "explained", "iterations", "noise_mm", "offset_crossings")
#: Facts of how a version was created, which do not hold either.
_OF_THE_CREATION = ("naturalness", "steps", "gender_suggested")
#: How far the tape may move on what was not asked for [m]: little, but where it lies on the same soft surface as a waist that changes.
_REST_M = 0.004
_SPREAD = {"stature": 0.0005, "waist_girth": 0.02, "navel_girth": 0.02, "high_hip_girth": 0.02}
#: Numbers that follow from others, or whose landmark jumps where the surface is flat: nothing is held by them.
_FREE = (
    "mass", "neck_base_girth", "underbust_height", "bust_height", "bust_point_distance", "crotch_length", "waist_height", "hip_height",
    "neck_to_bust_point", "front_waist_length", "back_waist_length", "scye_depth", "shoulder_drop", "shoulder_length",
)  # fmt: skip
#: How still the face is held, within the head [m]: less than a scan's noise.
_FACE_M = 0.0003
#: Every so many vertices of the face hold it: its shape directions are smooth.
_FACE_EVERY = 7
#: What a person's measures are weighed against when some of them change.
_CORE = ("stature", "bust_girth", "waist_girth", "hip_girth", "inside_leg")


def update_measures(store: Store, ref: Ref, measures: Mapping[str, float], *, report: Report = silent, again: bool = False) -> Production:
    """Publish the next version of a twin, with some measures [cm; mass in kg] changed and as little else as can be.

    The face within the head, the offsets, the pose, the appearance and every further file are kept. Facts: those of the version before,
    ``previous`` (its reference), ``measures`` (given, reached, error) and ``changed`` (the other measures that moved by more than 2 mm).

    Raises StudioError for a twin of another body than the open one, unknown measures, and values that do not go with the rest of the body.
    """
    source = store.resolve(ref)
    twin = load_twin(store, source.ref, report=within(report, 0.0, 0.1))
    if twin.model.surface is None:
        raise StudioError(
            f"{source.ref} is a twin of '{twin.model.name}', and measures are changed on the open body only: fit it with that."
        )
    lines = BodyLines.of(load_linear_tape(), twin.model.beta_count)
    names = known_names(lines, tuple(measures))
    given = metric(names, tuple(measures.values()))
    recipe = Recipe(
        stage="twin.update",
        inputs=(Input("twin", str(source.ref), source.digest),),
        spec={"measures": dict(zip(names, given.tolist(), strict=True)), "tables": table_digests()},
        tools=TOOLS,
        code=CODE,
    )

    def build(draft: Draft) -> Outcome:
        before, solution = _changed(twin, source, lines, names, given, within(report, 0.1, 1.0))
        parameters = twin.parameters.replace(betas=solution.betas.astype(np.float32))
        if twin.mode == "created":
            parameters = standing(twin.model, solution.betas)  # there is no scan whose place is to be kept: it stays on the floor
        draft.write_arrays("twin.npz", **parameters.arrays(), offsets=twin.offsets, scan_offsets=twin.scan_offsets)
        _carry_files(source, draft)
        return Outcome(facts=_facts(source, before, solution, names, given), passed=True)

    return store.produce(kind="twin", name=source.ref.name, recipe=recipe, build=build, again=again)


def _changed(
    twin: Twin, source: Asset, lines: BodyLines, names: tuple[str, ...], given: np.ndarray, report: Report
) -> tuple[Reading, Solution]:
    """What the tape read before, and the betas that have the new measures."""
    model, betas = twin.model, twin.parameters.betas.astype(float)
    if len(betas) < model.beta_count:
        betas = np.append(betas, np.zeros(model.beta_count - len(betas)))

    def read(shape: np.ndarray) -> Reading:
        return read_body(model, shape.astype(np.float32), twin.offsets)

    before, population = read(betas), load_population(model, report=within(report, 0.0, 0.3))
    everyone, gender = _kind(source.facts, lines, population, before)
    core = tuple(name for name in _CORE if name not in names)
    refuse_conflicts(everyone, (*names, *core), np.concatenate([given, before.of(core)]), asked=len(names))
    wanted = _wanted(everyone, before, names, given)
    covariance = _face_held(model, population.covariance(gender))
    return before, solve(read, lines, wanted, mean=betas, covariance=covariance, report=within(report, 0.3, 1.0))


def _wanted(everyone: Distribution, before: Reading, names: tuple[str, ...], given: np.ndarray) -> Wanted:
    """The new measures, firmly, and the others as they are.

    A body does not grow in its neck alone: where the stature is new, all lengths follow as they do among people, where another length is,
    the heights do, and where the mass is, the girths do. The stature stays unless it was asked for.
    """
    drivers = names if "stature" in names else (*names, "stature")
    values = given if "stature" in names else np.append(given, before["stature"])
    at = everyone.at(drivers)
    seen = everyone.covariance[np.ix_(at, at)] + TAPE_TOLERANCE**2 * np.eye(len(at))
    follows = everyone.covariance[:, at] @ np.linalg.solve(seen, np.log(values / before.of(drivers)))
    held = tuple(name for name in everyone.names if name in before.names and name not in names and name not in _FREE)
    moves = [follows[everyone.names.index(name)] if _follows(name, names) else 0.0 for name in held]
    return Wanted(
        names=(*names, *held),
        values=np.concatenate([given, before.of(held) * np.exp(moves)]),
        spread=np.array([0.0] * len(names) + [_SPREAD.get(name, _REST_M) for name in held]),
        given=np.arange(len(names) + len(held)) < len(names),
    )


def _follows(name: str, changed: tuple[str, ...]) -> bool:
    """Whether a measure moves with those that are changed, as it does among people."""
    if name.endswith("_girth"):
        return MASS in changed
    if "stature" in changed:
        return True
    return name.endswith("_height") and any(not each.endswith("_girth") and each != MASS for each in changed)


def _kind(facts: Mapping[str, Any], lines: BodyLines, population: Population, reading: Reading) -> tuple[Distribution, float]:
    """The people that a twin is one of, and their gender: as it was created, else the one in which its measures are more frequent."""
    age, shares = float(facts.get("age") or 35.0), tuple((facts.get("ethnicity") or {}).values()) or (1 / 3, 1 / 3, 1 / 3)
    genders = (1.0, 0.0) if facts.get("gender") is None else (float(facts["gender"]),)
    found = [(distribution(load_survey(), lines, population, Heritage(gender, age, shares)), gender) for gender in genders]

    def surprise(kind: tuple[Distribution, float]) -> float:
        at = kind[0].at(_CORE)
        seen = kind[0].covariance[np.ix_(at, at)] + TAPE_TOLERANCE**2 * np.eye(len(at))
        return unusualness(kind[0], _CORE, reading.of(_CORE)) + np.linalg.slogdet(seen)[1]

    return min(found, key=surprise)


def _face_held(model: BodyModel, covariance: np.ndarray) -> np.ndarray:
    """How betas may vary, (B, B), where the face keeps its shape: conditioned on no displacement of its vertices within the head."""
    face = np.flatnonzero((model.surface.regions["face"] > 0.5) & model.surface.outer)[::_FACE_EVERY]
    moves = model.shape_dirs[face].astype(float)
    moves = (moves - moves.mean(axis=0)).reshape(-1, model.beta_count)  # the head goes where the body takes it
    gram = moves.T @ moves / _FACE_M**2
    # (C^-1 + G)^-1 without inverting C, which has no variance in the antisymmetric directions.
    return covariance @ np.linalg.inv(np.eye(len(gram)) + gram @ covariance)


def _facts(source: Asset, before: Reading, solution: Solution, names: tuple[str, ...], given: np.ndarray) -> dict[str, Any]:
    facts = {key: value for key, value in source.facts.items() if key not in (*_OF_THE_SCAN, *_OF_THE_CREATION)}
    fitted = {key: source.facts[key] for key in _OF_THE_SCAN if key in source.facts} or source.facts.get("fitted")
    after = solution.reading
    apart = {name: round(1000 * (after[name] - before[name]), 1) for name in before.names if name not in names and name != "mass"}
    earlier = {name: row for name, row in (source.facts.get("measures") or {}).items() if name not in names}
    return facts | {
        "previous": str(source.ref),
        "measures": measure_rows(names, given, after),
        "kept_measures": earlier,
        "changed": {name: mm for name, mm in apart.items() if abs(mm) > 2.0},
        **({"fitted": fitted} if fitted else {}),
    }


def _carry_files(source: Asset, draft: Draft) -> None:
    """Further files of the version before, such as textures, that the new one has not made itself."""
    for role in source.manifest.files:
        if not draft.path(role).exists():
            shutil.copyfile(source.path(role), draft.path(role))


def update_scan(store: Store, ref: Ref, scan: Ref, *, report: Report = silent, again: bool = False) -> Production:
    """Publish the next version of a twin, fitted to a new scan of the same person; its appearance and further files are kept.

    Raises StudioError where the scan is of somebody else.
    """
    from studio.body.model import load_body
    from studio.twin.stage import build_twin

    source, cloud = store.resolve(ref), store.resolve(scan)
    mine, theirs = source.facts.get("subject"), cloud.facts.get("subject")
    if mine != theirs:
        raise StudioError(
            f"{source.ref} is of '{mine}', and {cloud.ref} of '{theirs}': name a scan of the same person, or fit a twin of its own."
        )
    kind = str(source.facts["body"]).partition("-")[0]
    mode = source.facts["mode"]
    spec = FitSpec(body=kind, mode="skin" if mode == "created" else mode)
    model = load_body(kind, report=within(report, 0.0, 0.05))
    recipe = Recipe(
        stage="twin.update",
        inputs=(Input("twin", str(source.ref), source.digest), Input("scan", str(cloud.ref), cloud.digest)),
        spec=spec.model_dump(mode="json"),
        tools=(*TOOLS, "open3d"),
        code=(*CODE, "specs/fit"),
        seeds={"points": spec.seed},
    )

    def build(draft: Draft) -> Outcome:
        outcome = build_twin(draft, cloud, model, spec, within(report, 0.05, 1.0))
        _carry_files(source, draft)
        kept = {key: source.facts[key] for key in ("appearance", "skin_melanin", "gender", "age", "ethnicity") if key in source.facts}
        return replace(outcome, facts={**outcome.facts, **kept, "previous": str(source.ref)})

    return store.produce(kind="twin", name=source.ref.name, recipe=recipe, build=build, again=again)
