"""`twin create`: a made-up person becomes a published twin."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.body.model import BodyModel, BodyParameters, load_body
from studio.progress import Report, silent, within
from studio.specs.person import PersonSpec
from studio.store import Draft, Input, Outcome, Production, Recipe
from studio.store.store import Store
from studio.twin.create.person import Created, create_person
from studio.twin.create.tape import MASS, Reading

#: What can change a made-up twin besides its spec.
CODE = ("twin", "body", "mesh", "frames", "specs/person", "specs/appearance", "specs/anthropometry")
TOOLS = ("numpy", "scipy", "torch")


def create_twin(store: Store, name: str, spec: PersonSpec, *, report: Report = silent, again: bool = False) -> Production:
    """Make a natural body with the given measures and publish it as ``twin/name``.

    The asset holds what a fitted twin's does: ``twin.npz``, here without offsets and in the A-pose. Facts: those of a fitted twin that
    do not speak of a scan (``scan`` is null, ``mode`` is ``created``, ``subject`` is ``synthetic``), ``measures`` (given, reached, error),
    ``naturalness``, ``gender``, ``age``, ``ethnicity``, ``seed``, and the whole ``appearance``.

    Raises StudioError for unknown or contradictory measures, and where no body has them.
    """
    model = load_body("open", report=within(report, 0.0, 0.1))
    recipe = Recipe(
        stage="twin.create",
        inputs=(Input("body", model.name, model.digest),),
        spec=spec.model_dump(mode="json") | {"tables": table_digests()},
        tools=TOOLS,
        code=CODE,
        seeds={} if spec.seed is None else {"person": spec.seed},
    )

    def build(draft: Draft) -> Outcome:
        created = create_person(model, spec, report=within(report, 0.1, 1.0))
        draft.write_arrays("twin.npz", **standing(model, created.solution.betas).arrays(), offsets=np.zeros_like(model.template))
        return Outcome(facts=_facts(model, spec, created), passed=True)

    production = store.produce(kind="twin", name=name, recipe=recipe, build=build, again=again)
    report("done", 1.0)
    return production


def table_digests() -> dict[str, str]:
    """Digests of the authored tables that a made-up body depends on."""
    import hashlib

    from studio import library

    paths = sorted(library.folder("rigs", "anthropometry").glob("*.toml"))
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in paths}


def standing(model: BodyModel, betas: np.ndarray) -> BodyParameters:
    """A shape in the A-pose on the floor."""
    from studio.body.ground import stand
    from studio.body.poses import apply_pose, load_pose

    return stand(model, apply_pose(model, BodyParameters.zero(model).replace(betas=betas.astype(np.float32)), load_pose("a")))


def _facts(model: BodyModel, spec: PersonSpec, created: Created) -> dict[str, Any]:
    heritage = created.heritage
    return {
        "mode": "created",
        "body": model.name,
        "body_digest": model.digest,
        "scan": None,
        "subject": "synthetic",
        "appearance": spec.look(heritage.gender).model_dump(mode="json"),
        "skin_melanin": None,
        "file_from_world": np.eye(4).tolist(),
        "measures": measure_rows(created.names, created.given, created.solution.reading),
        "naturalness": round(created.typical, 4),
        "steps": created.solution.steps,
        "gender": heritage.gender,
        "gender_suggested": created.suggested,
        "age": spec.age,
        "ethnicity": dict(zip(("african", "asian", "caucasian"), (round(share, 4) for share in heritage.ancestry), strict=True)),
        "seed": spec.seed,
    }


def measure_rows(names: tuple[str, ...], given: np.ndarray, reading: Reading) -> dict[str, dict[str, float | str]]:
    """What was asked and what the tape reads: ``given`` and ``reached`` in ``unit``, with ``error_mm`` (``error_kg`` for the mass)."""
    rows: dict[str, dict[str, float | str]] = {}
    for name, value in zip(names, given, strict=True):
        found = reading[name]
        if name == MASS:
            rows[name] = {"given": round(float(value), 2), "reached": round(found, 2), "unit": "kg", "error_kg": round(found - value, 3)}
        else:
            error = round(1000 * (found - float(value)), 2)
            rows[name] = {"given": round(100 * float(value), 2), "reached": round(100 * found, 2), "unit": "cm", "error_mm": error}
    return rows
