"""Named places on the skin, for scans on which somebody marked them.

The numbers are those of the SMPL-X mesh (``smplx/vertex_ids.py``); the open body is ordered so that they land on the same places.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studio.body.joints import INDEX
from studio.errors import StudioError, did_you_mean

LANDMARKS: dict[str, int] = {
    "nose": 9120, "left_ear": 6, "right_ear": 616,
    "left_thumb": 5361, "left_index": 4933, "left_middle": 5058, "left_ring": 5169, "left_pinky": 5286,
    "right_thumb": 8079, "right_index": 7669, "right_middle": 7794, "right_ring": 7905, "right_pinky": 8022,
    "left_big_toe": 5770, "left_small_toe": 5780, "left_heel": 8846,
    "right_big_toe": 8463, "right_small_toe": 8474, "right_heel": 8635,
}  # fmt: skip


def landmark_arrays(landmarks: Mapping[str, tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices, shape (L,), and places as they were given, shape (L, 3), sorted by name. Raises StudioError for an unknown name."""
    for name in landmarks:
        if name not in LANDMARKS:
            raise StudioError(f"There is no landmark '{name}': {did_you_mean(name, LANDMARKS)}")
    names = sorted(landmarks)
    return np.array([LANDMARKS[name] for name in names], dtype=np.int64), np.array([landmarks[name] for name in names]).reshape(-1, 3)


def joint_arrays(joints: Mapping[str, tuple[float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Joint numbers, shape (J,), and places as given, shape (J, 3), in the joints' order. Raises StudioError for an unknown name."""
    for name in joints:
        if name not in INDEX:
            raise StudioError(f"There is no joint '{name}': {did_you_mean(name, INDEX)}")
    names = sorted(joints, key=INDEX.__getitem__)
    return np.array([INDEX[name] for name in names], dtype=np.int64), np.array([joints[name] for name in names]).reshape(-1, 3)
