"""Things that keep their shape and go with one joint of the body: shoes with the ankles, a hat with the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyOutput
from studio.frames import WORLD_FROM_SMPLX, apply
from studio.look.figure import Figure
from studio.look.wearing.turns import rigid_between

#: Skin that goes with its joint alone has this much of its weight; a joint with less of it is told by what it moves most.
_ALONE = 0.9


@dataclass(frozen=True, eq=False)
class Rigid:
    """A part of an accessory. joint: What it goes with. local: Its vertices in that joint's rest coordinates [m], SMPL-X axes, (N, 3).

    share: How much each vertex goes with the joint, (N,): the shaft of a boot and a sock go with the leg as cloth does.
    """

    joint: str
    local: np.ndarray
    share: np.ndarray

    def placed(self, posed: BodyOutput) -> np.ndarray:
        """Its vertices on a posed body [m], world, shape (N, 3)."""
        return apply(world_from_rest(posed, self.joint), self.local)


def world_from_rest(posed: BodyOutput, joint: str) -> np.ndarray:
    """What takes the rest surroundings of a joint (SMPL-X axes) to the world, shape (4, 4)."""
    world = np.eye(4)
    world[:3, :3] = WORLD_FROM_SMPLX
    return world @ posed.posed_from_rest[INDEX[joint]].astype(np.float64)


def rigid_in(vertices: np.ndarray, posed: BodyOutput, joint: str, share: np.ndarray | None = None) -> Rigid:
    """What lies at ``vertices`` [m], world, (N, 3), on a posed body, as it goes with a joint from there, wholly where no share is given."""
    local = apply(np.linalg.inv(world_from_rest(posed, joint)), vertices)
    return Rigid(joint, local, np.ones(len(local)) if share is None else share)


def rigid_keys(vertices: np.ndarray, figure: Figure, weights: np.ndarray, joint: str) -> np.ndarray:
    """Vertices that are given in a figure's last pose, in all of its poses, shape (P, N, 3). weights: Of skinning, (V, 55)."""
    own = weights[:, INDEX[joint]] > min(_ALONE, 0.95 * float(weights[:, INDEX[joint]].max()))
    keys = []
    for skin in figure.vertices:
        turn, shift = rigid_between(figure.vertices[-1][own], skin[own])
        keys.append(vertices @ turn.T + shift)
    return np.array(keys)
