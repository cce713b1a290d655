"""Parts of the body by name, from the skinning weights: the same for every body model in the SMPL-X format."""

from __future__ import annotations

import numpy as np

from studio.body.joints import INDEX, LEFT_HAND_JOINTS, RIGHT_HAND_JOINTS
from studio.body.model import BodyModel

_SIDED = {
    "upper_arm": ("shoulder",), "forearm": ("elbow",), "hand": ("wrist",), "thigh": ("hip",), "shin": ("knee",), "foot": ("ankle", "foot"),
}  # fmt: skip


def _joints_of_segments() -> dict[str, tuple[str, ...]]:
    segments: dict[str, tuple[str, ...]] = {
        "head": ("head", "jaw", "left_eye", "right_eye"),
        "neck": ("neck",),
        "torso": ("pelvis", "spine1", "spine2", "spine3", "left_collar", "right_collar"),
    }
    for side, fingers in (("left", LEFT_HAND_JOINTS), ("right", RIGHT_HAND_JOINTS)):
        for name, joints in _SIDED.items():
            segments[f"{side}_{name}"] = tuple(f"{side}_{joint}" for joint in joints) + (fingers if name == "hand" else ())
    return segments


#: The joints whose skin makes each segment; every joint belongs to one.
SEGMENT_JOINTS: dict[str, tuple[str, ...]] = _joints_of_segments()
SEGMENTS: tuple[str, ...] = tuple(SEGMENT_JOINTS)


def segment_weights(model: BodyModel) -> np.ndarray:
    """How much of each vertex belongs to each of ``SEGMENTS``, shape (V, 15), float32, rows sum to 1: soft borders."""
    return np.stack([model.weights[:, [INDEX[joint] for joint in joints]].sum(axis=1) for joints in SEGMENT_JOINTS.values()], axis=1)


def segment_labels(model: BodyModel) -> np.ndarray:
    """The segment that each vertex belongs to most, a number into ``SEGMENTS``, shape (V,), uint8."""
    return segment_weights(model).argmax(axis=1).astype(np.uint8)


def segment_mask(model: BodyModel, *names: str) -> np.ndarray:
    """Which vertices belong to any of the named segments, shape (V,), bool."""
    return np.isin(segment_labels(model), [SEGMENTS.index(name) for name in names])
