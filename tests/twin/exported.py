"""A published twin that is made, not fitted, and what its exported files must hold."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
from PIL import Image

from studio.body.model import BodyOutput, BodyParameters, load_body
from studio.body.reference import forward_reference
from studio.store import Outcome, Recipe
from studio.store.store import Store
from studio.twin.twin import Twin

#: The scan's file is in millimetres, y up, off its origin, and mirrored.
FILE_FROM_WORLD = np.array([[-1000.0, 0, 0, 40], [0, 0, 1000, -7], [0, 1000, 0, 900], [0, 0, 0, 1]])


#: Reading the body takes a second, and every export reads it; tests read it once.
body_once = cache(load_body)


def publish_twin(store: Store, *, name: str = "anna", textured: bool = False, scanned: bool = True, body: str = "open") -> None:
    """A person with a shape, smooth offsets, a bent and turned pose away from the origin, and half a smile."""
    model, rng = body_once(), np.random.default_rng(11)
    betas = np.where(np.arange(model.beta_count) < 20, rng.normal(0, 0.8, model.beta_count), 0)
    expression = np.zeros(model.expression_count)
    expression[[model.expression_names.index(f"mouthSmile{side}") for side in ("Left", "Right")]] = 0.5
    pose = np.concatenate([[[0.1, 0.6, -0.05]], rng.normal(0, 0.2, (54, 3))])
    parameters = BodyParameters.zero(model).replace(betas=betas, expression=expression, transl=np.array([0.3, 1.25, -0.2]))
    parameters = parameters.with_full_pose(pose)
    offsets = 0.004 * np.sin(20 * model.template[:, [1, 2, 0]])
    scan_offsets = 0.003 * np.cos(15 * model.template)

    def build(draft) -> Outcome:
        draft.write_arrays(
            "twin.npz", offsets=offsets.astype(np.float32), scan_offsets=scan_offsets.astype(np.float32), **parameters.arrays()
        )
        if textured:
            Image.fromarray(albedo()).save(draft.path("albedo.png"))
            Image.fromarray(normals()).save(draft.path("normal.png"))
        facts = {
            "appearance": "ines",
            "subject": "synthetic",
            "mode": "skin",
            "skin_melanin": 0.4,
            "body": body,
            "body_digest": model.digest,
        }
        if scanned:
            facts |= {"file_from_world": FILE_FROM_WORLD.tolist()}
        return Outcome(facts)

    recipe = Recipe("test", (), {"name": name, "textured": textured, "scanned": scanned, "body": body})
    store.produce(kind="twin", name=name, recipe=recipe, build=build)


def albedo() -> np.ndarray:
    """An image that no turn or flip leaves as it is, (64, 64, 3), uint8."""
    y, x = np.mgrid[:64, :64]
    return np.stack([3 * x, 2 * y + 40, 90 + x // 2 + y // 2], axis=-1).astype(np.uint8)


def normals() -> np.ndarray:
    """A normal map, (64, 64, 3), uint8."""
    y, x = np.mgrid[:64, :64]
    return np.stack([128 + x // 2, 128 - y // 2, np.full_like(x, 250)], axis=-1).astype(np.uint8)


def pixels(data: bytes) -> np.ndarray:
    """The pixels of an image file."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@cache
def parameters_in(twin: Twin, pose: str) -> BodyParameters:
    """The parameters that an export in that pose holds."""
    return twin.parameters if pose == "scan" else twin.standing(pose)


@cache
def truth(twin: Twin, parameters: BodyParameters) -> BodyOutput:
    """The twin by the slow float64 oracle, SMPL-X frame."""
    in_scan = np.array_equal(parameters.full_pose, twin.parameters.full_pose)
    return forward_reference(twin.model, parameters, offsets=twin.offsets + in_scan * twin.scan_offsets)


def rest(twin: Twin) -> np.ndarray:
    """The shaped T-pose with a neutral face, on the floor [m], (V, 3)."""
    vertices = _zero(twin).vertices
    return vertices - [0, vertices[:, 1].min(), 0]


def rest_joints(twin: Twin) -> np.ndarray:
    """The joints of `rest` [m], (55, 3)."""
    zero = _zero(twin)
    return zero.rest_joints - [0, zero.vertices[:, 1].min(), 0]


@cache
def _zero(twin: Twin) -> BodyOutput:
    return truth(twin, BodyParameters.zero(twin.model).replace(betas=twin.parameters.betas))


def farthest_mm(found: np.ndarray, wanted: np.ndarray) -> float:
    """The largest distance between corresponding points [mm]."""
    return float(1000 * np.linalg.norm(found - wanted, axis=-1).max())
