"""A twin as other programs know a character: a mesh in its bind pose, joints, skin weights, shapes, materials, and one pose.

Rigs skin linearly and add shapes before they skin, as our forward pass does (``studio.body.lbs``), so nothing is lost on the way: the
betas and the offsets are baked into the mesh, each facial action is a shape, and what the asked pose does to the flesh (the model's pose
correctives, and in the scan's pose what only that pose shows) is one more shape, fully on. A rig has no formula that drives such shapes
by joint rotations; in another pose it is turned off by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import PARENTS
from studio.body.model import BodyParameters
from studio.body.rotations import to_matrix
from studio.errors import StudioError
from studio.mesh.normals import vertex_normals
from studio.store import Asset
from studio.twin.export.materials import Material, eye_uv, materials
from studio.twin.twin import Twin

#: The shape that holds what the exported pose does to the flesh.
CORRECTIVES = "pose_correctives"
#: Correctives that move no vertex by more than this are left out [m]: the T-pose has none.
_STILL_M = 1e-6


@dataclass(frozen=True, eq=False)
class Shape:
    """A shape (morph target, blend shape). offsets: Displacement of the bind pose at weight 1 [m], (V, 3). weight: In the exported pose."""

    name: str
    offsets: np.ndarray
    weight: float


@dataclass(frozen=True, eq=False)
class Rig:
    """A rigged twin. Axes of SMPL-X (y up, facing +z), metres. V vertices, Q quads.

    name: Of the twin. title: Reference and pose, for people.
    vertices: Bind pose: the T-pose, standing on the floor, shape (V, 3), float64. normals: Its unit vertex normals, (V, 3), float64.
    quads: Shape (Q, 4). uv: Texture coordinates of the corners, origin bottom left, (Q, 4, 2). Those of the eyes show the eye's own image.
    joints: Bind positions of the joints, shape (55, 3), float64, named and ordered by ``studio.body.joints.JOINTS``; all joint frames
        are parallel to the axes.
    weights: Skin weights, shape (V, 55), float32.
    rotations: The pose: rotation of each joint relative to its parent, shape (55, 3, 3), float64.
    pelvis: Position of the pelvis in the pose, shape (3,), float64. The other joints keep their distances to their parents.
    shapes: Facial actions and correctives. materials: What the quads are made of. material: A number into it for each quad, (Q,).
    floor_m: The bind pose is the SMPL-X T-pose of the same person, raised by this.
    posed: Vertices of our own forward pass in this pose, shape (V, 3), float32.
    """

    name: str
    title: str
    vertices: np.ndarray
    normals: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    rotations: np.ndarray
    pelvis: np.ndarray
    shapes: tuple[Shape, ...]
    materials: tuple[Material, ...]
    material: np.ndarray
    floor_m: float
    posed: np.ndarray

    @property
    def triangles(self) -> np.ndarray:
        """The halves of the quads, shape (2 Q, 3): those of ``BodyModel.faces``."""
        return halves(self.quads)

    @property
    def quaternions(self) -> np.ndarray:
        """The pose once more, x y z w, shape (55, 4), float64."""
        from scipy.spatial.transform import Rotation

        return Rotation.from_matrix(self.rotations).as_quat(canonical=True)

    @property
    def translations(self) -> np.ndarray:
        """Position of each joint in its parent's frame, in the exported pose [m], shape (55, 3); of the pelvis in the world."""
        bones = self.joints - self.joints[list(PARENTS)]
        bones[0] = self.pelvis
        return bones


def halves(quads: np.ndarray) -> np.ndarray:
    """Two triangles for each quad, in the order of the open body's faces, shape (2 Q, 3)."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def rig_twin(asset: Asset, twin: Twin, parameters: BodyParameters, *, pose: str) -> Rig:
    """Make a rig of a twin in a pose.

    Raises StudioError for a twin on the licensed body: weights and facial actions are that model's own, and do not leave in a file.
    """
    model, surface = twin.model, twin.model.surface
    if surface is None:
        raise StudioError(
            f"{twin.ref} is on the licensed body '{model.name}', whose rig may not be handed on: write it as .ply, .obj or .npz, "
            "or fit it again with --body open."
        )
    vertices = _rest(twin)
    posed = twin.posed(parameters)
    floor_m = -float(vertices[:, 1].min())
    up = np.array([0.0, floor_m, 0.0])
    made_of, material = materials(asset, twin)
    return Rig(
        name=twin.ref.name,
        title=f"{twin.ref}, pose {pose}",
        vertices=vertices + up,
        normals=vertex_normals(vertices, model.faces),
        quads=surface.quads,
        uv=rest_uv(twin),
        joints=posed.rest_joints.astype(np.float64) + up,
        weights=model.weights,
        rotations=to_matrix(parameters.full_pose.astype(np.float64)),
        pelvis=posed.joints[0].astype(np.float64),
        shapes=(*_actions(twin, parameters), *_correctives(twin, parameters)),
        materials=made_of,
        material=material,
        floor_m=floor_m,
        posed=posed.vertices,
    )


def _actions(twin: Twin, parameters: BodyParameters) -> tuple[Shape, ...]:
    model, weights = twin.model, np.zeros(twin.model.expression_count)
    weights[: len(parameters.expression)] = parameters.expression
    return tuple(
        Shape(name, model.expression_dirs[..., index].astype(np.float64), float(weights[index]))
        for index, name in enumerate(model.expression_names)
    )


def _correctives(twin: Twin, parameters: BodyParameters) -> tuple[Shape, ...]:
    directions = twin.model.pose_dirs
    rotations = to_matrix(parameters.full_pose.astype(np.float64))
    features = (rotations[1:] - np.eye(3)).reshape(-1)[: directions.shape[2]]
    offsets = directions.astype(np.float64) @ features + (offsets_in(twin, parameters) - twin.offsets)
    return (Shape(CORRECTIVES, offsets, 1.0),) if np.abs(offsets).max(initial=0.0) > _STILL_M else ()


def offsets_in(twin: Twin, parameters: BodyParameters) -> np.ndarray:
    """Displacements of the shaped rest body in a pose [m], shape (V, 3): in the scan's own pose more than in others."""
    return twin.offsets + twin.scan_offsets if parameters is twin.parameters else twin.offsets


def rest_uv(twin: Twin) -> np.ndarray:
    """Texture coordinates of a twin on the open body, shape (Q, 4, 2): MakeHuman's layout, except that each eye shows the eye's image."""
    surface, vertices = twin.model.surface, _rest(twin)
    assert surface is not None
    uv = surface.uv.astype(np.float64)
    for side in ("left_eye", "right_eye"):
        mine = surface.is_part(side)
        quads = mine[surface.quads[:, 0]]
        own = np.zeros((len(vertices), 2))
        own[mine] = eye_uv(vertices[mine])
        uv[quads] = own[surface.quads[quads]]
    return uv


def _rest(twin: Twin) -> np.ndarray:
    """The shaped T-pose with its offsets, SMPL-X frame [m], shape (V, 3), float64."""
    betas = twin.parameters.betas.astype(np.float64)
    return twin.model.template + twin.model.shape_dirs[..., : len(betas)].astype(np.float64) @ betas + twin.offsets
