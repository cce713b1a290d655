"""Where a garment is too tight, in words: the measure of the body that its most stretched cloth goes round."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from studio.garment.pattern import Pattern
from studio.look.finish import RenderMesh

#: What people call the levels of the trunk and the legs, and the places along an arm, by landmark.
_LEVELS = {
    "side_neck": "neck", "shoulder": "shoulders", "bust": "bust", "underbust": "underbust", "waist": "waist", "hip": "hips",
    "crotch": "crotch", "knee": "knees", "ankle": "ankles",
}  # fmt: skip
_ALONG_ARM = {"shoulder": "shoulders", "elbow": "elbows", "wrist": "wrists"}


def tightest(mesh: RenderMesh, pattern: Pattern, landmarks: Mapping[str, np.ndarray], *, over: np.ndarray) -> str:
    """Where most of the triangles ``over`` (F,), bool, are, those that are stretched too far: ``hips``; empty where there are none.

    landmarks: Of the body in the pose in which it was sewn [m], as `Figure.landmarks`.
    """
    if not over.any():
        return ""
    sewn, flat = mesh.sewn_m[mesh.faces[over]].mean(axis=1), mesh.flat_m[over]
    areas = np.abs(np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]))
    on_arm = np.array([panel.placement.region.endswith("arm") for panel in pattern.panels])[mesh.panel[over]]
    total: dict[str, float] = {}
    for mine, names in ((on_arm, _ALONG_ARM), (~on_arm, _LEVELS)):
        known = {words: landmarks[name] for name, words in names.items() if name in landmarks}
        if not mine.any() or not known:
            continue
        places = np.where([True, False, False], np.abs(sewn[mine]), sewn[mine])  # both arms as the left one
        offset = places - np.stack(list(known.values()))[:, None]
        away = np.linalg.norm(offset, axis=2) if names is _ALONG_ARM else np.abs(offset[..., 2])
        for index, words in enumerate(known):
            total[words] = total.get(words, 0.0) + float(areas[mine][away.argmin(axis=0) == index].sum())
    return max(total, key=total.__getitem__) if total else ""
