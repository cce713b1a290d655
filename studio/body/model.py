"""Body models in the SMPL-X format, their parameters, and the forward pass for one body.

Frame: that of SMPL-X (metres, y up, facing +z). ``load_body`` gives the open body, which is built on first use, or the
user's licensed SMPL-X; both are the same kind of object and run the same code.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from dataclasses import replace as _replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.body.joints import JOINTS, PARENTS
from studio.errors import StudioError, did_you_mean
from studio.progress import Report, silent

if TYPE_CHECKING:
    import torch

    from studio.body.lbs import BodyTensors
    from studio.body.surface import BodySurface

BODY_KINDS = ("open", "smplx")
JOINT_COUNT = len(JOINTS)


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A body model: template, directions in which it varies, and what its joints do to it. All arrays are read-only.

    name: ``open`` or ``smplx-neutral``, ``smplx-female``, ``smplx-male``. digest: identity, sha256 in
    hexadecimal: of what the open body is built from, of the licensed file.
    template: Vertices of the mean body in the T-pose [m], shape (V, 3), float32.
    faces: Triangles, counter-clockwise from outside, shape (F, 3), int32.
    shape_dirs: Displacement per unit of each beta [m], shape (V, 3, B), float32.
    expression_dirs: Displacement per unit of each expression coefficient [m], shape (V, 3, E), float32.
    expression_names: Their names where they have any (the open body: 52 ARKit actions, 0 to 1), else empty.
    pose_dirs: Displacement per pose feature (R - 1 of the first K joints but the pelvis) [m], shape (V, 3, 9 K), float32.
    joint_regressor: Joints from vertices, shape (55, V), float32.
    weights: Skinning weights, shape (V, 55), float32, rows sum to 1.
    parents: Parent of each joint, -1 for the pelvis, shape (55,), int64.
    surface: What the mesh is made of (quads, uv, regions); None for smplx.
    path: The npz file that it was read from; ``smplx.create`` loads it as well.
    """

    name: str
    digest: str
    template: np.ndarray
    faces: np.ndarray
    shape_dirs: np.ndarray
    expression_dirs: np.ndarray
    expression_names: tuple[str, ...]
    pose_dirs: np.ndarray
    joint_regressor: np.ndarray
    weights: np.ndarray
    parents: np.ndarray
    surface: BodySurface | None
    path: Path | None = None

    @property
    def vertex_count(self) -> int:
        """V."""
        return len(self.template)

    @property
    def beta_count(self) -> int:
        """B."""
        return self.shape_dirs.shape[2]

    @property
    def expression_count(self) -> int:
        """E."""
        return self.expression_dirs.shape[2]

    @cached_property
    def tensors(self) -> BodyTensors:
        """The model as float32 torch tensors on the CPU, made on first use."""
        from studio.body.lbs import BodyTensors

        return BodyTensors.of(self)


@dataclass(frozen=True, eq=False)
class BodyParameters:
    """Shape, expression and pose of one body; float32 arrays, rotations as axis-angle vectors in radians.

    betas (B,), expression (E,), global_orient (3,), body_pose (21, 3), left_hand_pose and right_hand_pose (15, 3) in the
    order of ``JOINTS``, jaw_pose, left_eye_pose, right_eye_pose (3,), transl (3,) [m]. Zero is the T-pose with flat hands.
    """

    betas: np.ndarray
    expression: np.ndarray
    global_orient: np.ndarray
    body_pose: np.ndarray
    left_hand_pose: np.ndarray
    right_hand_pose: np.ndarray
    jaw_pose: np.ndarray
    left_eye_pose: np.ndarray
    right_eye_pose: np.ndarray
    transl: np.ndarray

    def __post_init__(self) -> None:
        for field in fields(self):
            shape = _SHAPES.get(field.name, (-1,))
            array = np.asarray(getattr(self, field.name), dtype=np.float32)
            if array.size != np.prod(shape) and shape != (-1,):
                raise StudioError(f"Body parameter '{field.name}' must have shape {shape}, found {array.shape}.")
            if not np.isfinite(array).all():
                raise StudioError(f"Body parameter '{field.name}' holds a number that is not finite.")
            object.__setattr__(self, field.name, array.reshape(shape))

    @classmethod
    def zero(cls, model: BodyModel) -> BodyParameters:
        """The mean body of a model in the T-pose."""
        sizes = _SHAPES | {"betas": (model.beta_count,), "expression": (model.expression_count,)}
        return cls(**{field.name: np.zeros(sizes[field.name], dtype=np.float32) for field in fields(cls)})

    def replace(self, **changes: np.ndarray) -> BodyParameters:
        """The same parameters with some of them changed."""
        unknown = set(changes) - set(self.arrays())
        if unknown:
            name = min(unknown)
            raise StudioError(f"There is no body parameter '{name}': {did_you_mean(name, self.arrays())}")
        return _replace(self, **changes)

    @property
    def full_pose(self) -> np.ndarray:
        """Rotations of all joints in the order of ``JOINTS``, axis-angle [rad], shape (55, 3), float32."""
        parts = [self.global_orient[None], self.body_pose, self.jaw_pose[None], self.left_eye_pose[None], self.right_eye_pose[None]]
        return np.concatenate([*parts, self.left_hand_pose, self.right_hand_pose])

    def with_full_pose(self, pose: np.ndarray) -> BodyParameters:
        """The same shape with the rotations of all 55 joints, shape (55, 3)."""
        pose = np.asarray(pose, dtype=np.float32).reshape(JOINT_COUNT, 3)
        head = {"global_orient": pose[0], "body_pose": pose[1:22], "jaw_pose": pose[22]}
        eyes = {"left_eye_pose": pose[23], "right_eye_pose": pose[24]}
        return self.replace(**head, **eyes, left_hand_pose=pose[25:40], right_hand_pose=pose[40:55])

    def arrays(self) -> dict[str, np.ndarray]:
        """The parameters by name, as they are kept in an npz file."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> BodyParameters:
        """Parameters from named arrays, such as an open npz file; further names are ignored. Raises StudioError if one is missing."""
        missing = [field.name for field in fields(cls) if field.name not in arrays]
        if missing:
            raise StudioError(f"These are not body parameters: {', '.join(missing)} missing.")
        return cls(**{field.name: np.asarray(arrays[field.name]) for field in fields(cls)})


_SHAPES: dict[str, tuple[int, ...]] = {
    "global_orient": (3,), "body_pose": (21, 3), "left_hand_pose": (15, 3), "right_hand_pose": (15, 3),
    "jaw_pose": (3,), "left_eye_pose": (3,), "right_eye_pose": (3,), "transl": (3,),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class BodyOutput:
    """A posed body, SMPL-X frame, float32.

    vertices [m] (V, 3). joints: where the joints are now [m] (55, 3). rest_joints: where they are in the T-pose of this shape
    [m] (55, 3). posed_from_rest: rigid transform of each joint that takes its T-pose surroundings along, (55, 4, 4).
    """

    vertices: np.ndarray
    joints: np.ndarray
    rest_joints: np.ndarray
    posed_from_rest: np.ndarray

    @property
    def body_from_joint(self) -> np.ndarray:
        """Frame of each joint in the posed body: its rotation, and the joint as origin, shape (55, 4, 4). T-pose: no rotation."""
        frames = self.posed_from_rest.copy()
        frames[:, :3, 3] = self.joints
        return frames


def forward(model: BodyModel, parameters: BodyParameters, *, offsets: np.ndarray | None = None) -> BodyOutput:
    """Pose one body.

    Args:
        model: The body model.
        parameters: Shape and pose; ``betas`` and ``expression`` may be shorter than the model's.
        offsets: Displacements of the shaped rest body [m], shape (V, 3), added before skinning; None for none.
    """
    import torch

    from studio.body.lbs import lbs

    def batch(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))[None]

    with torch.no_grad():
        posed = lbs(
            model.tensors,
            betas=batch(parameters.betas),
            expression=batch(parameters.expression),
            pose=batch(parameters.full_pose),
            transl=batch(parameters.transl),
            offsets=None if offsets is None else batch(offsets),
        )
    arrays = (posed.vertices, posed.joints, posed.rest_joints, posed.posed_from_rest)
    return BodyOutput(*(array[0].numpy() for array in arrays))


def load_body(kind: str = "open", *, gender: str = "neutral", report: Report = silent) -> BodyModel:
    """Load a body model.

    Args:
        kind: ``open`` (CC0; built on first use, about half a minute, then cached) or ``smplx`` (the user's licensed file).
        gender: Which licensed file; the open body is one model for all and takes ``neutral`` only.
        report: Told about the build, if there is one.

    Raises:
        StudioError: For an unknown kind or gender. MissingDependency: where the licensed file is not found.
    """
    if kind == "open":
        if gender != "neutral":
            raise StudioError(f"The open body is one model for every gender, and '{gender}' was asked for: ask for 'neutral'.")
        from studio.body.open_body import load_open_body

        return load_open_body(report=report)
    if kind == "smplx":
        from studio.body.licensed import load_licensed_body

        return load_licensed_body(gender)
    raise StudioError(f"There is no body model '{kind}': {did_you_mean(kind, BODY_KINDS)}")


def model_from_arrays(
    arrays: dict[str, np.ndarray], *, name: str, digest: str, path: Path | None = None, surface: BodySurface | None = None
) -> BodyModel:
    """A body model from the arrays of an SMPL-X file: numeric keys only, checked for shape.

    Shape directions are ``shapedirs[..., :300]``, expressions the rest, as ``smplx`` splits them; a file with 20 columns
    holds 10 of each. Directions that are zero to the end of their block are dropped.
    """
    template = np.asarray(arrays["v_template"], dtype=np.float32)
    directions = np.asarray(arrays["shapedirs"])
    split = 300 if directions.shape[-1] > 300 else min(10, directions.shape[-1])
    vertices = len(template)
    expected = {"weights": (vertices, JOINT_COUNT), "J_regressor": (JOINT_COUNT, vertices), "kintree_table": (2, JOINT_COUNT)}
    for key, shape in expected.items():
        if arrays[key].shape != shape:
            raise StudioError(f"The body model {path or name} is not in SMPL-X format: '{key}' is {arrays[key].shape}, not {shape}.")
    parents = np.asarray(arrays["kintree_table"], dtype=np.int64)[0].copy()
    parents[0] = -1
    if tuple(parents) != PARENTS:
        raise StudioError(f"The body model {path or name} has another joint tree than SMPL-X: this is not an SMPL-X file.")
    model = {
        "template": template,
        "faces": np.asarray(arrays["f"]).astype(np.int32),
        "shape_dirs": _trimmed(directions[..., :split], 1),
        "expression_dirs": _trimmed(directions[..., split:], 1),
        "pose_dirs": _trimmed(np.asarray(arrays["posedirs"]), 9),
        "joint_regressor": np.asarray(arrays["J_regressor"], dtype=np.float32),
        "weights": np.asarray(arrays["weights"], dtype=np.float32),
        "parents": parents,
    }
    for array in model.values():
        array.setflags(write=False)
    names = tuple(str(each) for each in arrays["studio_expressions"]) if "studio_expressions" in arrays else ()
    return BodyModel(name=name, digest=digest, expression_names=names, surface=surface, path=path, **model)


def _trimmed(directions: np.ndarray, block: int) -> np.ndarray:
    """Directions (V, 3, D) as float32 without the blocks of ``block`` zero columns at the end."""
    used = directions.shape[-1]
    while used >= block and not directions[..., used - block : used].any():
        used -= block
    return np.ascontiguousarray(directions[..., :used], dtype=np.float32)
