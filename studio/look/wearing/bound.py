"""MakeHuman's clothes on a twin, by their own binding to its mesh hm08."""

from __future__ import annotations

import numpy as np

from studio.body.hm08 import hm08_vertices, load_helpers, makehuman_rest_pose
from studio.body.makehuman import VERTICES
from studio.body.model import BodyModel, BodyParameters, forward
from studio.frames import world_from_smplx
from studio.garment.finished.mhclo import Binding
from studio.look.wearing.turns import nearest_rotations


def bound_vertices(model: BodyModel, parameters: BodyParameters, binding: Binding, *, offsets: np.ndarray) -> np.ndarray:
    """Where bound vertices lie on a posed body [m], world frame, shape (V, 3), float64.

    Their places on hm08 go with its skin, helpers included. Offsets have their size from the twin's body in MakeHuman's rest pose, and turn
    from there to the pose with the joints, blended as skin is. In the rest pose itself that is MakeHuman's own formula.
    """
    at_rest = in_rest_pose(model, parameters)
    rest = hm08_vertices(model, at_rest, offsets=offsets).astype(np.float64)
    posed = hm08_vertices(model, parameters, offsets=offsets).astype(np.float64)
    places = np.einsum("vk,vkd->vd", binding.weights, posed[binding.vertices])
    turns = forward(model, parameters, offsets=offsets).posed_from_rest[:, :3, :3].astype(np.float64)
    back = forward(model, at_rest, offsets=offsets).posed_from_rest[:, :3, :3].astype(np.float64)
    joints = np.einsum("vk,vkj->vj", binding.weights, _weights(model)[binding.vertices])
    turn = nearest_rotations(np.einsum("vj,jab->vab", joints, turns @ back.swapaxes(1, 2)))
    return world_from_smplx(places + np.einsum("vab,vb->va", turn, binding.scales(rest) * binding.offsets))


def in_rest_pose(model: BodyModel, parameters: BodyParameters) -> BodyParameters:
    """The same body as MakeHuman models it, with a neutral face."""
    return BodyParameters.zero(model).replace(betas=parameters.betas).with_full_pose(makehuman_rest_pose())


def _weights(model: BodyModel) -> np.ndarray:
    """Skinning weights of all vertices of hm08, shape (19158, 55)."""
    helpers = load_helpers(model.path)
    weights = np.zeros((VERTICES, model.weights.shape[1]))
    weights[model.surface.hm08], weights[helpers.numbers] = model.weights, helpers.weights
    return weights
