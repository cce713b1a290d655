"""The posed body as a camera sees it: arrays that the rest of the room works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import StudioError
from studio.frames import world_from_smplx

if TYPE_CHECKING:
    from studio.body.model import BodyModel, BodyParameters
    from studio.body.surface import BodySurface

#: Regions that the skin wants; a missing one is taken as zero everywhere.
REGIONS = ("lips", "ears", "eyelids", "fingernails", "toenails", "inside_mouth", "head", "skull", "outer")
#: Joints whose skinning weights make up the head.
_HEAD_JOINTS = ("head", "jaw", "left_eye", "right_eye")


@dataclass(frozen=True)
class Figure:
    """A posed body in the world frame (metres, z up, facing -y).

    vertices: Posed vertices [m], shape (V, 3), float.
    rest_vertices: The same vertices of the same person in the rest pose, a neutral face, world axes [m], shape (V, 3). What is
        painted on the skin is computed there, so that it moves with the skin.
    quads: Vertex indices, outward, shape (Q, 4), int; a triangle repeats its last index.
    uv: Texture coordinates of the quads' corners, shape (Q, 4, 2).
    joints: Posed SMPL-X joints [m], shape (J, 3), named by joint_names; rest_joints likewise in the rest pose.
    skin: Which vertices are skin (neither eyeball nor tongue), shape (V,), bool.
    eyeballs: Vertex indices of the left and the right eyeball.
    teeth: Vertex indices of the strips where the upper and the lower teeth shall be; none where the body has no such strips.
    tongue: Vertex indices of the tongue, likewise.
    regions: Per-vertex weights 0 to 1 by name, each shape (V,): those of the body model, what moves with head and jaw, with the skull
        alone, and what can be seen from outside.
    """

    vertices: np.ndarray
    rest_vertices: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    joints: np.ndarray
    rest_joints: np.ndarray
    joint_names: tuple[str, ...]
    skin: np.ndarray
    eyeballs: tuple[np.ndarray, np.ndarray]
    teeth: tuple[np.ndarray, np.ndarray]
    tongue: np.ndarray
    regions: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.vertices)
        if self.rest_vertices.shape != self.vertices.shape or self.skin.shape != (count,):
            raise StudioError(f"A body of {count} vertices wants as many rest vertices and skin flags; its arrays do not agree.")
        if self.quads.ndim != 2 or self.quads.shape[1] != 4 or self.quads.min() < 0 or self.quads.max() >= count:
            raise StudioError(f"The quads of a body must index its {count} vertices, and these have shape {self.quads.shape}.")
        if not (np.isfinite(self.vertices).all() and np.isfinite(self.rest_vertices).all()):
            raise StudioError("The body has vertices that are not finite; dress the twin again.")
        if len(self.joints) != len(self.joint_names) or self.rest_joints.shape != self.joints.shape:
            raise StudioError(f"The body names {len(self.joint_names)} joints and has {len(self.joints)}.")

    def joint(self, name: str, *, rest: bool = False) -> np.ndarray:
        """The position of a joint [m], shape (3,)."""
        return (self.rest_joints if rest else self.joints)[self.joint_names.index(name)]

    def region(self, name: str) -> np.ndarray:
        """A region's weights, zero where the body does not know it, shape (V,)."""
        return self.regions.get(name, np.zeros(len(self.vertices)))

    @property
    def stature(self) -> float:
        """Height of the top of the head above the floor in this pose [m]."""
        return float(self.vertices[self.skin, 2].max())

    @property
    def body_height(self) -> float:
        """Height of the body standing upright, whatever the pose is [m]."""
        heights = self.rest_vertices[self.skin, 2]
        return float(np.ptp(heights))


def figure_of(
    model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None, expression: dict[str, float] | None = None
) -> Figure:
    """The figure of a body model in a pose.

    offsets: Of the twin on the shaped rest body [m], smplx frame, (V, 3). expression: Facial actions by name, 0 to 1, that the face
    has besides the parameters' own; actions that the model does not know are left out. Raises StudioError for a model without quads.
    """
    from studio.body.joints import JOINTS
    from studio.body.model import forward

    if model.surface is None:
        raise StudioError(
            f"The body model '{model.name}' has no quads and no regions, so skin and hair cannot be put on it; use the body 'open'."
        )
    surface = model.surface
    wanted = parameters.expression.copy()
    for name, amount in (expression or {}).items():
        if name in model.expression_names:
            wanted[model.expression_names.index(name)] += amount
    posed = forward(model, parameters.replace(expression=wanted), offsets=offsets)
    zero = type(parameters).zero(model)
    rest = forward(model, zero.replace(betas=parameters.betas), offsets=offsets)
    regions = {name: np.asarray(mask, dtype=float) for name, mask in surface.regions.items()}
    regions["outer"] = surface.outer.astype(float)
    regions["skull"] = model.weights[:, JOINTS.index("head")].astype(float)
    regions["head"] = model.weights[:, [JOINTS.index(joint) for joint in _HEAD_JOINTS]].sum(axis=1).astype(float)
    return Figure(
        vertices=world_from_smplx(np.asarray(posed.vertices, dtype=float)),
        rest_vertices=world_from_smplx(np.asarray(rest.vertices, dtype=float)),
        quads=np.asarray(surface.quads, dtype=np.int64),
        uv=np.asarray(surface.uv, dtype=float),
        joints=world_from_smplx(np.asarray(posed.joints, dtype=float)),
        rest_joints=world_from_smplx(np.asarray(rest.joints, dtype=float)),
        joint_names=tuple(JOINTS),
        skin=surface.is_part("skin"),
        eyeballs=_parts(surface, "left_eye", "right_eye"),
        teeth=_parts(surface, "upper_teeth", "lower_teeth"),
        tongue=np.flatnonzero(surface.is_part("tongue")),
        regions=regions,
    )


def _parts(surface: BodySurface, first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
    return np.flatnonzero(surface.is_part(first)), np.flatnonzero(surface.is_part(second))
