"""What no shape direction holds: smooth swellings of the skin, solved for together with pose and shape.

A person differs from every shape space by several millimetres, and smoothly so. A fit that has nothing else to explain this with bends
pose, joints and shape to follow it, however well it then lies on the scan. So the model may be wrong in a way of which the size and
the smoothness are known (Kennedy and O'Hagan, "Bayesian Calibration of Computer Models", JRSS B 2001, section 4.1: the discrepancy term).
Swellings are Gaussians over the rest skin, along its normals; they move no joint.
"""

from __future__ import annotations

import numpy as np

from studio.body.joints import INDEX
from studio.mesh.normals import vertex_normals

#: Width of a swelling, which is also the distance between them, and standard deviation of all of them together at a place [m]. Chosen: what
#: the three bodies of other models and made-up people with displacements of 5 to 15 mm leave after 300 betas varies over 10 to 20 cm.
_WIDTH_M, _SPREAD_M = 0.12, 0.004


#: What is left of swellings where bone is near and parts are thin: a finger of twice its width is no finger.
_LEFT = {"hand": 0.1, "toes": 0.3, "head": 0.4}
_JOINTS = {
    "hand": [number for name, number in INDEX.items() if "wrist" in name or number >= INDEX["left_index1"]],
    "toes": [INDEX["left_foot"], INDEX["right_foot"]],
    "head": [INDEX[name] for name in ("head", "jaw", "left_eye", "right_eye")],
}


def swellings(vertices: np.ndarray, faces: np.ndarray, outer: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Displacements of the rest vertices per standard deviation of each swelling [m], shape (V, 3, K), float32.

    vertices: Rest body in the T-pose, in which no limb comes near another one, (V, 3). faces: (F, 3). outer: Outer skin, (V,), bool.
    weights: Skinning weights, (V, 55).
    """
    centres = _spread_out(vertices[outer], 1.1 * _WIDTH_M)
    squares = np.square(vertices[:, None] - centres).sum(axis=2)
    heights = np.exp(-0.5 * squares / _WIDTH_M**2)
    heights *= _SPREAD_M / np.sqrt(np.square(heights).sum(axis=1).mean())
    left = 1 - sum((1 - share) * weights[:, _JOINTS[part]].sum(axis=1) for part, share in _LEFT.items())
    return ((left[:, None] * vertex_normals(vertices, faces))[:, :, None] * heights[:, None]).astype(np.float32)


def _spread_out(points: np.ndarray, apart: float) -> np.ndarray:
    """Some of the points, so that none is farther than ``apart`` [m] from them: each time the farthest (Gonzalez 1985)."""
    chosen, nearest = [0], np.full(len(points), np.inf)
    while True:
        nearest = np.minimum(nearest, np.linalg.norm(points - points[chosen[-1]], axis=1))
        if nearest.max() < apart:
            return points[chosen]
        chosen.append(int(nearest.argmax()))
