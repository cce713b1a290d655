"""A body's way from one stance to another as cloth goes along with it: poses in small steps, seen from the pelvis.

Cloth does not know where on the floor it is, or which way it faces. So what the pelvis does as a whole, its way and its turn about the
vertical, is taken off before cloth follows and put on again after: a body that only walks or turns takes its cloth along rigidly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel, forward
from studio.body.poses import interpolate
from studio.frames import apply, world_from_smplx
from studio.look.figure import Figure, skin_faces
from studio.look.wearing.outfit import Stance
from studio.look.wearing.turns import rigid_between

#: Skin that garments reach goes no farther than this between two poses [m]; more steps than the second number are not taken. From the
#: relaxed pose to a step forward that is 6 of them.
STRIDE_M, _MOST = 0.06, 24
#: Poses at which the length of a way is told.
_LOOKED_AT = 5


@dataclass(frozen=True, eq=False)
class Way:
    """A figure on its way, as it is and as its pelvis sees it.

    figure: World frame. seen: The same poses in the pelvis' own frame, which is the world's in the first pose.
    world_from_seen: Rotations about the vertical and shifts, shape (P, 4, 4), the first the identity.
    """

    figure: Figure
    seen: Figure
    world_from_seen: np.ndarray

    @classmethod
    def of(cls, figure: Figure) -> Way:
        """A figure's way."""
        frames = np.array([level_motion(figure.vertices[0], skin, figure.owner) for skin in figure.vertices])
        back = np.linalg.inv(frames)
        vertices, joints = (np.array([apply(t, x) for t, x in zip(back, each, strict=True)]) for each in (figure.vertices, figure.joints))
        seen = Figure(vertices=vertices, joints=joints, faces=figure.faces, owner=figure.owner, landmarks=figure.landmarks)
        return cls(figure, seen, frames)

    def to_seen(self, keys: np.ndarray) -> np.ndarray:
        """World positions in every pose (P, N, 3) as the pelvis sees them."""
        return np.array([apply(t, x) for t, x in zip(np.linalg.inv(self.world_from_seen), keys, strict=True)])

    def to_world(self, keys: np.ndarray) -> np.ndarray:
        """Positions in every pose (P, N, 3) that the pelvis sees, in the world."""
        return np.array([apply(t, x) for t, x in zip(self.world_from_seen, keys, strict=True)])


def way_between(model: BodyModel, a: Stance, b: Stance, landmarks: Mapping[str, np.ndarray], *, least: int = 1) -> Way:
    """A body's way from one stance to another: joints turn at constant speed, in steps that cloth can follow, ``least`` at least."""
    looked = _figure(model, a, b, landmarks, _LOOKED_AT)
    seen = Way.of(looked).seen
    moved = np.linalg.norm(np.diff(seen.vertices[:, seen.dressable], axis=0), axis=2)
    steps = int(np.clip(np.ceil(moved.sum(axis=0).max() / STRIDE_M), least, _MOST))
    return Way.of(_figure(model, a, b, landmarks, steps + 1))


def _figure(model: BodyModel, a: Stance, b: Stance, landmarks: Mapping[str, np.ndarray], poses: int) -> Figure:
    vertices, joints = [], []
    for t in np.linspace(0.0, 1.0, poses):
        offsets = ((1 - t) * a.offsets + t * b.offsets).astype(np.float32)
        posed = forward(model, interpolate(a.posed, b.posed, float(t)), offsets=offsets)
        vertices.append(world_from_smplx(posed.vertices.astype(np.float64)))
        joints.append(world_from_smplx(posed.joints.astype(np.float64)))
    return Figure(
        vertices=np.array(vertices), joints=np.array(joints), faces=skin_faces(model), owner=model.weights.argmax(axis=1),
        landmarks=landmarks,
    )  # fmt: skip


def level_motion(source: np.ndarray, target: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """What a body's pelvis has done but for its tilt: a turn about the vertical and a shift, (4, 4).

    source, target: The body's vertices before and after, shape (V, 3). owner: The joint of each vertex: the pelvis is told by its skin.
    """
    own = owner == INDEX["pelvis"]
    before, after = source[own], target[own]
    turn, _ = rigid_between(before, after)
    heading = np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1])
    cos, sin = np.cos(heading), np.sin(heading)
    motion = np.eye(4)
    motion[:2, :2] = [[cos, -sin], [sin, cos]]
    motion[:3, 3] = after.mean(axis=0) - motion[:3, :3] @ before.mean(axis=0)
    return motion
