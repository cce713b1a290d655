"""Arms and the rest of the body: which vertices are arm, how far they are from trunk, legs and head, and shoulders that open.

A shoulder opens by bisection on the distance between arm and body. What that alone cannot solve, as hands that meet in front of a belly,
`studio.body.reach` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel, BodyOutput, BodyParameters, forward
from studio.body.rotations import axis_rotation, from_matrix, to_matrix
from studio.mesh.closest import ClosestPoints, Surface

ARM_CLEARANCE_M = 0.008  # chosen: room for two layers of cloth between a hanging arm and the side of the chest
TOUCH_M = 0.002  # a hand that rests on the body; skin cannot be nearer without being inside somewhere
MAX_OPENING_DEG = 40.0
MAX_CLOSING_DEG = 20.0
OPENING_STEP_DEG = 2.0
_OPENING_SHARE = 0.6  # of its swing by which a reaching arm opens (chosen: clears the flank and the belly of a full body alike)


def clear_arms(
    model: BodyModel,
    parameters: BodyParameters,
    *,
    touching: tuple[str, ...] = (),
    reaching: tuple[str, ...] = (),
    left_alone: tuple[str, ...] = (),
    offsets: np.ndarray | None = None,
) -> BodyParameters:
    """Open each shoulder as little as it takes for arm and hand to keep clear of trunk, thighs and head.

    An arm opens to its side. One that is ``reaching`` is taken out of the body to where its hand is, before or behind it, and
    `studio.body.reach` goes on from there; one that is ``left_alone`` is not opened. One that is ``touching`` is opened or closed until it
    rests on the body; what cannot be reached within ``MAX_CLOSING_DEG`` is left as it is written.
    """
    posed = forward(model, parameters, offsets=offsets)
    body = trunk(model, posed)
    pose = to_matrix(parameters.full_pose)
    for side in sorted({"left", "right"} - set(left_alone)):
        open_by = _swing(posed, side) if side in reaching else _sideways(side)
        gap = _gap_of_opening(model, parameters, pose, side, body, offsets, open_by)
        if side in touching:
            opening = _least_opening(gap, TOUCH_M, start=-MAX_CLOSING_DEG)
        else:
            wanted = TOUCH_M if side in reaching else ARM_CLEARANCE_M
            opening = 0.0 if gap(0.0) >= wanted else _least_opening(gap, wanted, start=0.0)
        pose[INDEX[f"{side}_shoulder"]] = open_by(opening) @ pose[INDEX[f"{side}_shoulder"]]
    return parameters.with_full_pose(from_matrix(pose))


def _sideways(side: str) -> Callable[[float], np.ndarray]:
    """The rotation, in the collar's axes, that raises an arm to its side by some degrees."""
    sign = 1.0 if side == "left" else -1.0
    return lambda degrees: axis_rotation(2, sign * np.radians(degrees))


def _swing(posed: BodyOutput, side: str) -> Callable[[float], np.ndarray]:
    """The rotation, in the collar's axes, that takes an arm away by some degrees to where its hand is, before the body or behind it.

    It swings, and opens a little: flanks and belly of full bodies are in the way of the upper arm as much as of the hand.
    """
    ahead = posed.posed_from_rest[INDEX["spine3"], :3, 2]
    hand = posed.joints[INDEX[f"{side}_wrist"]] - posed.joints[INDEX["pelvis"]]
    swing, opening = (-1.0 if hand @ ahead > 0 else 1.0), (_OPENING_SHARE if side == "left" else -_OPENING_SHARE)
    return lambda degrees: to_matrix(np.radians(degrees) * np.array([swing, 0.0, opening]))


def _gap_of_opening(
    model: BodyModel,
    parameters: BodyParameters,
    pose: np.ndarray,
    side: str,
    body: Part,
    offsets: np.ndarray | None,
    open_by: Callable[[float], np.ndarray],
) -> Callable[[float], float]:
    """The least distance [m] between an arm and the body as a function of the shoulder's opening [deg]."""
    import torch

    from studio.body.lbs import lbs

    arm = np.flatnonzero(arm_vertices(model, side))
    tensors = model.tensors.subset(arm)
    shape = {name: torch.from_numpy(getattr(parameters, name))[None] for name in ("betas", "expression", "transl")}
    displaced = None if offsets is None else torch.from_numpy(np.asarray(offsets, dtype=np.float32)[arm])

    def gap(degrees: float) -> float:
        turned = pose.copy()
        turned[INDEX[f"{side}_shoulder"]] = open_by(degrees) @ pose[INDEX[f"{side}_shoulder"]]
        with torch.no_grad():
            posed = lbs(tensors, **shape, pose=torch.from_numpy(turned.astype(np.float32))[None], offsets=displaced)
        return float(gaps(body, posed.vertices[0].numpy()).min())

    return gap


def _least_opening(gap: Callable[[float], float], wanted: float, *, start: float) -> float:
    """The least opening [deg] from ``start`` on at which the gap is as wanted, by steps, then bisection; 0 where there is none.

    A gap that is already met at ``start`` below 0 means that the body cannot be touched by closing the arm that far: 0 as well.
    """
    closed, opened = start, start
    while gap(opened) < wanted:
        closed, opened = opened, opened + OPENING_STEP_DEG
        if opened > MAX_OPENING_DEG:
            return 0.0
    if opened == start:
        return 0.0
    for _ in range(5):
        middle = 0.5 * (closed + opened)
        closed, opened = (closed, middle) if gap(middle) >= wanted else (middle, opened)
    return opened


def arm_vertices(model: BodyModel, side: str) -> np.ndarray:
    """Forearm, hand and the lower two thirds of the upper arm, shape (V,), bool."""
    lower = [number for name, number in INDEX.items() if name.startswith(f"{side}_") and _below_elbow(name)]
    below = model.weights[:, lower].sum(axis=1) > 0.5
    shoulder, elbow = (model.joint_regressor[INDEX[f"{side}_{name}"]] @ model.template for name in ("shoulder", "elbow"))
    along = (model.template - shoulder) @ (elbow - shoulder) / np.square(elbow - shoulder).sum()
    return below | ((model.weights[:, INDEX[f"{side}_shoulder"]] > 0.9) & (along > 0.35))


def _below_elbow(name: str) -> bool:
    bare = name.split("_", 1)[1]
    return bare in ("elbow", "wrist") or bare.rstrip("123") in ("index", "middle", "pinky", "ring", "thumb")


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a posed body: an open surface, and which of its triangles lie at the cut, shape (F,), bool."""

    surface: Surface
    at_cut: np.ndarray

    def nearest(self, points: np.ndarray) -> tuple[ClosestPoints, np.ndarray]:
        """Where the surface is nearest to points (N, 3), and the distances from it, negative inside, shape (N,) [m].

        Inside is behind the nearest point, by the normal there, blended between the vertices: at an edge, one triangle alone may have it
        wrong (Baerentzen, Aanaes, IEEE TVCG 11, 2005). Beyond the cut, where the surface is open, every point counts as outside.
        """
        nearest = self.surface.closest(points)
        normals = np.einsum("nk,nkd->nd", nearest.barycentric, self.surface.smooth_normals[self.surface.faces[nearest.triangles]])
        behind = np.einsum("nd,nd->n", points - nearest.points, normals) < 0
        return nearest, np.where(behind & ~self.at_cut[nearest.triangles], -nearest.distances, nearest.distances)


def trunk(model: BodyModel, posed: BodyOutput) -> Part:
    """Head, trunk and legs of a posed body."""
    faces, at_cut = trunk_faces(model)
    return Part(Surface(posed.vertices, faces, threads=1), at_cut)


def trunk_faces(model: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """The triangles of head, trunk and legs, shape (F, 3), and which of them lie where the arms are cut off, shape (F,), bool."""
    arms = [INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("shoulder", "elbow", "wrist")]
    return part_faces(model, model.weights[:, [*arms, *range(INDEX["left_index1"], len(INDEX))]].sum(axis=1) < 0.05)


def part_faces(model: BodyModel, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The triangles of which all corners are kept, shape (F, 3), and which of them lie at the cut, shape (F,), bool. kept: (V,), bool."""
    whole = kept[model.faces].all(axis=1)
    cut = np.zeros(model.vertex_count, dtype=bool)
    cut[model.faces[~whole]] = True
    faces = model.faces[whole]
    return faces, cut[faces].any(axis=1)


def gaps(body: Part, points: np.ndarray) -> np.ndarray:
    """Distances of points from a part of the body, negative inside it, shape (N,) [m]; see `Part.nearest`."""
    return body.nearest(points)[1]
