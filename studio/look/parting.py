"""Flesh gives way where skin meets skin and cloth goes between: thighs in trousers, an arm beside the chest, the crook of an elbow.

A posed body model knows nothing of contact: limbs touch, or pass through each other, and between them there is no room for two layers of
cloth. On a person flesh yields by some millimetres on both sides. Here skin that faces skin is moved apart until there is room, and what is
moved is small and smooth; hands, feet and the head stay as they are, and what they lie against yields alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.body.model import BodyModel, BodyParameters, forward
from studio.frames import smplx_from_world, world_from_smplx
from studio.garment.pattern import Region
from studio.look.figure import Figure, skin_faces
from studio.look.wearing.turns import skin_turns
from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals
from studio.mesh.smooth import neighbour_mean

#: What the cloth of one garment takes between two limbs [m]: two layers, each 2 mm from its skin and 1 mm from the other, and as much again
#: for edges of 12 mm that do not follow a wedge (trousers over thighs that touch: 1,120 crossing pairs with none, 58 with 5 mm, 0 with 8).
LAYERS_M = 0.008
#: Limbs are looked for so deep in each other [m]; skin faces skin when the cosine of their normals is below the second number.
_DEEPEST_M, _FACING = 0.03, -0.3
#: Rounds, in each of which skin moves and shares its way with its neighbours; they end when nothing moves by more than this [m].
_ROUNDS, _DONE_M = 8, 1e-4
_LIMBS: tuple[Region, ...] = ("left_arm", "right_arm", "left_leg", "right_leg")
#: Which parts of the body cloth goes between, and what it covers then.
_BETWEEN: tuple[tuple[str, str, frozenset[Region]], ...] = (
    ("left_leg", "right_leg", frozenset({"left_leg", "right_leg"})),
    *((f"{side}_arm", "trunk", frozenset({"torso", "waist", f"{side}_arm"})) for side in ("left", "right")),
    *((f"{side}_arm", "legs", frozenset({"waist", f"{side}_arm", f"{side}_leg"})) for side in ("left", "right")),
    *((limb.replace("_", "_upper_"), limb.replace("_", "_lower_"), frozenset({limb})) for limb in _LIMBS),
)


def give_way(model: BodyModel, posed: BodyParameters, regions: Sequence[frozenset[Region]], *, offsets: np.ndarray) -> np.ndarray:
    """Offsets on the rest body [m], smplx frame, (V, 3), with which the posed body has room for cloth between its limbs.

    regions: What each garment covers. Sleeves and the chest go between arms and trunk, trouser legs between the legs, both into the crooks
    of elbows and knees. offsets: The body's own, (V, 3).
    """
    pairs = [(one, other, LAYERS_M * sum(bool(needs & covered) for covered in regions)) for one, other, needs in _BETWEEN]
    pairs = [(one, other, room_m) for one, other, room_m in pairs if room_m]
    if not pairs:
        return offsets
    figure, turns = _figure(model, posed, offsets), None
    parts, mean = _parts(figure), neighbour_mean(figure.faces, len(figure.owner))
    for _ in range(_ROUNDS):
        skin = _posed(model, posed, offsets)
        ways = [(parts[a], parts[b], room_m) for one, other, room_m in pairs for a, b in ((one, other), (other, one))]
        move = sum(_away(skin, figure, mover & figure.dressable, wall, room_m) for mover, wall, room_m in ways)
        if np.linalg.norm(move, axis=1).max() < _DONE_M:
            break
        move = 0.5 * move + 0.5 * (mean @ move)
        if turns is None:
            turns = skin_turns(_posed(model, _at_rest(model, posed), offsets), skin, model.weights)
        offsets = (offsets + smplx_from_world(np.einsum("vba,vb->va", turns, move))).astype(np.float32)
    return offsets


def _parts(figure: Figure) -> dict[str, np.ndarray]:
    """The vertices of each part of the body, shape (V,), bool."""
    limbs = {limb: figure.part(limb) for limb in _LIMBS}
    legs, arms = limbs["left_leg"] | limbs["right_leg"], limbs["left_arm"] | limbs["right_arm"]
    lower = {limb.replace("_", "_lower_"): figure.part(limb.replace("_", "_lower_")) for limb in _LIMBS}
    upper = {limb.replace("_", "_upper_"): limbs[limb] & ~lower[limb.replace("_", "_lower_")] for limb in _LIMBS}
    return limbs | lower | upper | {"legs": legs, "trunk": figure.used & ~legs & ~arms & ~figure.part("head")}


def _away(skin: np.ndarray, figure: Figure, mover: np.ndarray, wall: np.ndarray, room_m: float) -> np.ndarray:
    """How far skin (V, 3) of ``mover`` (V,) has to move for room between it and what it faces of ``wall`` (V,) [m], (V, 3)."""
    normals = vertex_normals(skin, figure.faces)
    faces = figure.faces[wall[figure.faces].all(axis=1)]
    moves, index = np.zeros_like(skin), np.flatnonzero(mover)
    found = Surface(skin, faces).closest(skin[index])
    near = found.distances < max(room_m, _DEEPEST_M)
    index, corners, weights = index[near], faces[found.triangles[near]], found.barycentric[near]
    out = np.einsum("nk,nkd->nd", weights, normals[corners])
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    offset = skin[index] - found.points[near]
    gap = np.einsum("nd,nd->n", offset, out)
    aside = np.linalg.norm(offset - gap[:, None] * out, axis=1)
    faced = (np.einsum("nd,nd->n", out, normals[index]) < _FACING) & (aside < room_m)
    yields = np.einsum("nk,nk->n", weights, figure.dressable[corners].astype(float))
    wanted = np.where(faced, np.maximum(room_m - gap, 0.0), 0.0) * (1 - 0.5 * yields)
    moves[index] = 0.5 * wanted[:, None] * (out - normals[index])
    return moves


def _posed(model: BodyModel, posed: BodyParameters, offsets: np.ndarray) -> np.ndarray:
    return world_from_smplx(forward(model, posed, offsets=offsets).vertices.astype(np.float64))


def _at_rest(model: BodyModel, posed: BodyParameters) -> BodyParameters:
    zero = type(posed).zero(model)
    return zero.replace(betas=posed.betas, expression=posed.expression)


def _figure(model: BodyModel, posed: BodyParameters, offsets: np.ndarray) -> Figure:
    body = forward(model, posed, offsets=offsets)
    skin, joints = (world_from_smplx(points.astype(np.float64))[None] for points in (body.vertices, body.joints))
    return Figure(vertices=skin, joints=joints, faces=skin_faces(model), owner=model.weights.argmax(axis=1), landmarks={})
