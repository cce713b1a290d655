"""The whole MakeHuman base mesh hm08 on an open body: what clothes and hair made for MakeHuman (``.mhclo``) bind to.

hm08 has 19,158 vertices. Those of the body are the open body's own; the others (tights, skirt and hair helpers, eyelashes, joint
cubes, smoothed-over vertices) follow its betas and its joints.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from studio.body.makehuman import VERTICES
from studio.body.model import BodyModel, BodyParameters, forward
from studio.errors import StudioError


@dataclass(frozen=True, eq=False)
class Helpers:
    """The vertices of hm08 that the open body does not have, K of them.

    numbers: in hm08, shape (K,). template [m] (K, 3), shape_dirs (K, 3, B), weights (K, 55): as in BodyModel, float32.
    """

    numbers: np.ndarray
    template: np.ndarray
    shape_dirs: np.ndarray
    weights: np.ndarray


@cache
def load_helpers(path: Path) -> Helpers:
    """The helpers kept in an open body's npz file."""
    with np.load(path, allow_pickle=False) as file:
        keys = ("others", "template", "shapedirs", "weights")
        numbers, *arrays = (file[f"studio_hm08_{key}"] for key in keys)
    return Helpers(numbers, *(array.astype(np.float32) for array in arrays))


def hm08_vertices(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None) -> np.ndarray:
    """All vertices of hm08 on a posed body [m], smplx frame, shape (19158, 3), float32.

    ``offsets`` (V, 3) move the body's own vertices; helpers have neither offsets nor pose correctives. Raises StudioError for a
    body that is not MakeHuman's.
    """
    if model.surface is None or model.path is None:
        raise StudioError(f"MakeHuman clothes bind to the body 'open'; the body '{model.name}' has another mesh.")
    helpers = load_helpers(model.path)
    posed = forward(model, parameters, offsets=offsets)
    shaped = helpers.template + helpers.shape_dirs[..., : len(parameters.betas)] @ parameters.betas
    blended = np.einsum("kj,jab->kab", helpers.weights, posed.posed_from_rest, optimize=True)
    vertices = np.empty((VERTICES, 3), dtype=np.float32)
    vertices[model.surface.hm08] = posed.vertices
    vertices[helpers.numbers] = np.einsum("kab,kb->ka", blended[:, :3, :3], shaped) + blended[:, :3, 3]
    return vertices


@cache
def makehuman_rest_pose() -> np.ndarray:
    """Joint rotations, axis-angle [rad], shape (55, 3), float32, that take the open body from the T-pose to that of MakeHuman.

    Those of MakeHuman's own mean body, by the same rotations that the open body was built with: clothes are bound in that pose.
    """
    from studio.body.joints import PARENTS
    from studio.body.makehuman import MakeHuman
    from studio.body.open_recipe import load_recipe
    from studio.body.open_rig import finger_tips, marker_joints, t_rotations
    from studio.body.rotations import from_matrix

    source, recipe = MakeHuman.installed(), load_recipe()
    base = source.vertices[None].astype(np.float64)
    joints = marker_joints(source, recipe, base)
    back = t_rotations(joints, finger_tips(source, base), recipe.t_pose)[0].swapaxes(-1, -2)
    local = [back[parent].T @ back[joint] if parent >= 0 else back[joint] for joint, parent in enumerate(PARENTS)]
    return from_matrix(np.stack(local)).astype(np.float32)
