"""What the body does in a motion, frame by frame: in its pose, on the floor, in its shoes, and where its feet have taken it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from studio.body.captures.capture import Capture
from studio.body.feet import foot_vertices
from studio.body.ground import stand
from studio.body.model import BodyModel, BodyParameters, forward
from studio.look.dress import Piece
from studio.look.motion.authored import KeyPoses, levelled
from studio.look.wearing.feet import ShoeSolid
from studio.look.wearing.outfit import FinishedPiece, Stance, stand_in
from studio.mesh.closest import Surface

#: A place of a foot counts as standing by how near the floor it is, before and after a frame: e-fold over this [m]. What stands then
#: slips by 0.8 mm from frame to frame of the library's walk (median; 4 mm: 0.9, and 48 instead of 8 at most, when a heel comes down).
_STANDS_M = 0.001


def stances(
    model: BodyModel, parameters: BodyParameters, pieces: Sequence[Piece | FinishedPiece], motion: KeyPoses | Capture,
    shares: Sequence[float], *, travels: bool, offsets: np.ndarray,
) -> list[Stance]:  # fmt: skip
    """The body at shares of a motion: its lowest sole is on the floor, in its shoes if it wears any.

    A captured body is where the capture has it. travels: An authored one goes where its standing foot pushes it; it is over the origin at
    share 0.
    """
    found, places = [], []
    for share in shares:
        if isinstance(motion, Capture):
            rotations, place = motion.at(share)
            posed = parameters.with_full_pose(rotations)
        else:
            posed, place = levelled(model, parameters, motion, share, offsets=offsets), np.zeros(3)
        found.append(stand_in(model, stand(model, posed, offsets=offsets), pieces, offsets=offsets))
        places.append(place * [1.0, 0.0, 1.0])
    if travels:
        way = walked(model, found)
        places = way - way[int(np.argmin(np.abs(shares)))]
    return [_moved(stance, place) for stance, place in zip(found, places, strict=True)]


def walked(model: BodyModel, frames: Sequence[Stance]) -> np.ndarray:
    """Where the pelvis goes over frames so that what stands of the feet stays where it is [m], SMPL-X axes, shape (T, 3), first at 0."""
    feet = np.logical_or(*foot_vertices(model).values())
    soles = np.array([forward(model, each.posed, offsets=each.offsets).vertices[feet] for each in frames], dtype=np.float64)
    height = soles[:, :, 1] - soles[:, :, 1].min(axis=1, keepdims=True)
    depth = -(height[1:] + height[:-1]) / _STANDS_M
    stands = np.exp(depth - depth.max(axis=1, keepdims=True))
    slipped = np.einsum("tv,tvd->td", stands, np.diff(soles, axis=0)) / stands.sum(axis=1)[:, None]
    return np.concatenate([np.zeros((1, 3)), -np.cumsum(slipped * [1.0, 0.0, 1.0], axis=0)])


def _moved(stance: Stance, place: np.ndarray) -> Stance:
    """A stance somewhere else on the floor: its accessories go with their joints."""
    posed = stance.posed.replace(transl=(stance.posed.transl + place).astype(np.float32))
    shift = np.array([place[0], -place[2], 0.0])  # as `world_from_smplx` has it; nothing moves up or down
    rigid = {index: (replace(mesh, vertices=mesh.vertices + shift), parts) for index, (mesh, parts) in stance.rigid.items()}
    solids = {index: tuple(_moved_solid(solid, shift) for solid in pair) for index, pair in stance.solids.items()}
    return replace(stance, posed=posed, rigid=rigid, solids=solids)


def _moved_solid(solid: ShoeSolid, shift: np.ndarray) -> ShoeSolid:
    middle = tuple((start + shift, stop + shift) for start, stop in solid.middle)
    return ShoeSolid(middle, Surface(solid.shoe.vertices + shift, solid.shoe.faces))
