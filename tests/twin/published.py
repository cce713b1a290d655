"""Published scans and twins that are made up, so that reports need no fit."""

from __future__ import annotations

import numpy as np

from studio.body.model import BodyModel, BodyParameters
from studio.store import Asset, Input, Outcome, Recipe
from studio.store.store import Store


def publish_scan(store: Store, *, name: str, points: np.ndarray, normals: np.ndarray, colours: np.ndarray | None = None, **facts) -> Asset:
    """A scan as `scan add` would have published it."""

    def build(draft) -> Outcome:
        arrays = {"points": points.astype(np.float32), "normals": normals.astype(np.float32)}
        draft.write_arrays("scan.npz", **arrays, **({} if colours is None else {"colours": colours}))
        found = {"points": len(points), "height_m": float(np.ptp(points[:, 2])), "faces": 0, "floor_seen": True, "remarks": []}
        return Outcome({**found, "subject": "synthetic", "file_from_world": np.eye(4).tolist(), **facts})

    recipe = Recipe("scan.add", (Input("file", f"{name}.ply", "1" * 64),), {"name": name, **facts})
    return store.produce(kind="scan", name=name, recipe=recipe, build=build).asset


def publish_twin(
    store: Store,
    model: BodyModel,
    parameters: BodyParameters,
    *,
    name: str,
    offsets: np.ndarray | None = None,
    scan: Asset | None = None,
    passed: bool = True,
    stage: str = "twin.fit",
    **facts,
) -> Asset:
    """A twin as `twin fit` would have published it."""
    moved = np.zeros_like(model.template) if offsets is None else offsets.astype(np.float32)

    def build(draft) -> Outcome:
        draft.write_arrays("twin.npz", **parameters.arrays(), offsets=moved)
        found = {
            "mode": "skin", "body": model.name, "body_digest": model.digest, "scan": None if scan is None else str(scan.ref),
            "subject": "synthetic", "appearance": "amara", "skin_melanin": None, "noise_mm": 0.5, "offset_crossings": 0,
        }  # fmt: skip
        return Outcome({**found, **facts}, passed)

    inputs = (Input("body", model.name, model.digest),) if scan is None else (Input("scan", str(scan.ref), scan.digest),)
    spec = {"sum": float(np.abs(moved).sum()), "betas": parameters.betas.tolist(), "passed": passed, **facts}
    return store.produce(kind="twin", name=name, recipe=Recipe(stage, inputs, spec, ("numpy",), seeds={"points": 7}), build=build).asset
