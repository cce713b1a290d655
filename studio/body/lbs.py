"""The SMPL-X forward pass in torch: batched, differentiable, for all vertices or for a few.

Method: Loper et al., "SMPL: A Skinned Multi-Person Linear Model", TOG 2015, sections 3.1 to 3.3 (shape and pose blend
shapes, joint regression, linear blend skinning); Pavlakos et al., CVPR 2019, section 3.1 for SMPL-X. Written from the papers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from studio.body.model import BodyModel


@dataclass(frozen=True, eq=False)
class BodyTensors:
    """A body model, or some of its vertices, as tensors of one dtype and device. V is the number of vertices kept.

    template (V, 3); shape_dirs (V * 3, B); expression_dirs (V * 3, E); pose_dirs (9 K, V * 3); weights (V, 55).
    joint_template (55, 3), joint_shape_dirs (55 * 3, B), joint_expression_dirs (55 * 3, E): joints as functions of the shape
    coefficients, regressed once from all vertices, so that a subset needs no others. parents: joint tree.
    """

    template: torch.Tensor
    shape_dirs: torch.Tensor
    expression_dirs: torch.Tensor
    pose_dirs: torch.Tensor
    weights: torch.Tensor
    joint_template: torch.Tensor
    joint_shape_dirs: torch.Tensor
    joint_expression_dirs: torch.Tensor
    parents: tuple[int, ...]

    @classmethod
    def of(cls, model: BodyModel, *, dtype: torch.dtype = torch.float32, device: str = "cpu") -> BodyTensors:
        """All vertices of a model."""

        def tensor(array: np.ndarray) -> torch.Tensor:
            return torch.tensor(array, dtype=dtype, device=device)

        regressor = model.joint_regressor.astype(np.float64)

        def joints(directions: np.ndarray) -> torch.Tensor:
            carriers = np.flatnonzero(regressor.any(axis=0))  # few vertices carry joints
            moved = np.einsum("jv,vkd->jkd", regressor[:, carriers], directions[carriers].astype(np.float64), optimize=True)
            return tensor(moved.reshape(-1, directions.shape[2]))

        flat = (model.template.size, -1)
        return cls(
            template=tensor(model.template),
            shape_dirs=tensor(model.shape_dirs.reshape(flat)),
            expression_dirs=tensor(model.expression_dirs.reshape(model.template.size, model.expression_count)),
            pose_dirs=tensor(model.pose_dirs.reshape(model.template.size, model.pose_dirs.shape[2]).T),
            weights=tensor(model.weights),
            joint_template=tensor(regressor @ model.template.astype(np.float64)),
            joint_shape_dirs=joints(model.shape_dirs),
            joint_expression_dirs=joints(model.expression_dirs),
            parents=tuple(int(parent) for parent in model.parents),
        )

    def subset(self, vertices: np.ndarray | torch.Tensor, *, betas: int | None = None, correctives: bool = True) -> BodyTensors:
        """The tensors of some vertices only, for fits that pose thousands of points many times.

        Args:
            vertices: Vertex numbers, shape (S,).
            betas: Keep the first so many shape directions; None for all.
            correctives: False leaves the pose correctives out, which a coarse fit can do without.
        """
        index = torch.as_tensor(vertices, dtype=torch.long, device=self.template.device)
        rows = (index[:, None] * 3 + torch.arange(3, device=index.device)).reshape(-1)
        return replace(
            self,
            template=self.template[index],
            shape_dirs=self.shape_dirs[rows, :betas],
            expression_dirs=self.expression_dirs[rows],
            pose_dirs=self.pose_dirs[:, rows] if correctives else self.pose_dirs[:0, rows],
            weights=self.weights[index],
            joint_shape_dirs=self.joint_shape_dirs[:, :betas],
        )


@dataclass(frozen=True, eq=False)
class Posed:
    """Result of :func:`lbs`, batch N. vertices (N, V, 3), joints and rest_joints (N, 55, 3) [m], posed_from_rest (N, 55, 4, 4)."""

    vertices: torch.Tensor
    joints: torch.Tensor
    rest_joints: torch.Tensor
    posed_from_rest: torch.Tensor


def lbs(
    body: BodyTensors,
    *,
    betas: torch.Tensor,
    expression: torch.Tensor | None = None,
    pose: torch.Tensor,
    transl: torch.Tensor | None = None,
    offsets: torch.Tensor | None = None,
) -> Posed:
    """Shape and pose a batch of bodies. Gradients flow to every argument.

    Args:
        body: The model or a subset of it.
        betas: Shape coefficients, shape (N, b) with b <= B.
        expression: Expression coefficients, shape (N, e) with e <= E; None for a neutral face.
        pose: Rotations of all joints, axis-angle [rad], shape (N, 55, 3), or matrices, shape (N, 55, 3, 3).
        transl: Translation [m], shape (N, 3).
        offsets: Displacements of the shaped rest vertices [m], shape (N, V, 3) or (V, 3). They do not move the joints.
    """
    batch = max(pose.shape[0], betas.shape[0])
    rotations = pose if pose.dim() == 4 else rotation_matrices(pose)
    shaped, joints = _shaped(body, betas, expression)
    if offsets is not None:
        shaped = shaped + offsets
    if len(body.pose_dirs):
        features = (rotations[:, 1:] - torch.eye(3, dtype=rotations.dtype, device=rotations.device)).flatten(1)
        shaped = shaped + (features[:, : len(body.pose_dirs)] @ body.pose_dirs).unflatten(1, (-1, 3))
    world = _chain(rotations, joints.expand(batch, -1, -1), body.parents)
    posed_joints = world[..., :3, 3]
    shift = posed_joints - (world[..., :3, :3] @ joints[..., None])[..., 0]
    if transl is not None:
        posed_joints, shift = posed_joints + transl[:, None], shift + transl[:, None]
    affine = torch.cat([world[..., :3, :3], shift[..., None]], dim=-1)
    blended = (body.weights @ affine.flatten(2)).unflatten(2, (3, 4))
    vertices = (blended[..., :3] @ shaped[..., None])[..., 0] + blended[..., 3]
    bottom = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=affine.dtype, device=affine.device).expand(*affine.shape[:2], 1, 4)
    return Posed(vertices, posed_joints, joints.expand(batch, -1, -1), torch.cat([affine, bottom], dim=2))


def _shaped(body: BodyTensors, betas: torch.Tensor, expression: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
    b = betas.shape[1]
    vertices = betas @ body.shape_dirs[:, :b].T
    joints = betas @ body.joint_shape_dirs[:, :b].T
    if expression is not None and expression.shape[1]:
        e = expression.shape[1]
        vertices = vertices + expression @ body.expression_dirs[:, :e].T
        joints = joints + expression @ body.joint_expression_dirs[:, :e].T
    return body.template + vertices.unflatten(1, (-1, 3)), body.joint_template + joints.unflatten(1, (-1, 3))


def rotation_matrices(vectors: torch.Tensor) -> torch.Tensor:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3) [rad] by Rodrigues' formula; smooth at zero."""
    square = (vectors * vectors).sum(dim=-1, keepdim=True)[..., None]
    small = square < 1e-6  # there the series is exact in float32 and its gradient is finite
    angle = torch.where(small, torch.ones_like(square), square).sqrt()
    first = torch.where(small, 1 - square / 6, angle.sin() / angle)
    second = torch.where(small, 0.5 - square / 24, (1 - angle.cos()) / (angle * angle))
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    return torch.eye(3, dtype=vectors.dtype, device=vectors.device) + first * skew + second * (skew @ skew)


def _chain(rotations: torch.Tensor, joints: torch.Tensor, parents: tuple[int, ...]) -> torch.Tensor:
    """World transforms (N, 55, 4, 4) of the joints, one step per generation of the tree."""
    root = joints[:, :1]
    bones = torch.cat([root, joints[:, 1:] - joints[:, list(parents[1:])]], dim=1)
    local = torch.cat([rotations, bones[..., None]], dim=-1)
    bottom = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=local.dtype, device=local.device).expand(*local.shape[:2], 1, 4)
    local = torch.cat([local, bottom], dim=2)
    place = {0: 0}
    world, generation = local[:, :1], [0]
    while True:
        generation = [joint for joint, parent in enumerate(parents) if parent in set(generation)]
        if not generation:
            break
        world = torch.cat([world, world[:, [place[parents[joint]] for joint in generation]] @ local[:, generation]], dim=1)
        place |= {joint: len(place) + step for step, joint in enumerate(generation)}
    return world[:, [place[joint] for joint in range(len(parents))]]
