"""What a person looks like, for finding one in a file: the open body's mean shape in the poses that people are scanned in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from studio.frames import world_from_smplx

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from studio.body.model import BodyModel

#: Mean stature of adults [m]: the mean of ANSUR II's 4,082 men (1.756) and 1,986 women (1.629).
MEAN_STATURE_M = 1.69

#: Poses by name, in the words of `studio.specs.pose`: from raised arms over the T-pose and the A-poses of scanners to a relaxed stance.
_STANDING = {
    "raised": {"collars": {"lift": 5}, "shoulders": {"lower": -45}, "elbows": {"bend": 5}, "hips": {"spread": 6}},
    "T": {},
    "A high": {"collars": {"lift": -3}, "shoulders": {"lower": 27}, "elbows": {"bend": 5}, "hips": {"spread": 6}},
    "A": {"collars": {"lift": -5}, "shoulders": {"lower": 47}, "elbows": {"bend": 12}, "hips": {"spread": 8}},
    "A low": {"collars": {"lift": -6}, "shoulders": {"lower": 60}, "elbows": {"bend": 22}, "hips": {"spread": 8}},
    "relaxed": {"collars": {"lift": -8}, "shoulders": {"lower": 69}, "elbows": {"bend": 25}, "hips": {"spread": 2}},
}
_HANGING = {"shoulders": {"lower": 62}, "elbows": {"bend": 15}}
#: Less usual ones, which are tried on the mean shape alone. Measured: without them people who sit, step or bend were seen with the wrong
#: front or refused; standing people lost nothing.
_LIVELY = {
    "seated": {"shoulders": {"lower": 70, "swing": 20}, "elbows": {"bend": 45}, "hips": {"bend": 85, "spread": 6}, "knees": {"bend": 85}},
    "left step": _HANGING | {"left_hip": {"bend": 25}, "right_hip": {"bend": -15}, "right_knee": {"bend": 15}},
    "right step": _HANGING | {"right_hip": {"bend": 25}, "left_hip": {"bend": -15}, "left_knee": {"bend": 15}},
    "left knee": _HANGING | {"left_hip": {"bend": 80}, "left_knee": {"bend": 85}},
    "right knee": _HANGING | {"right_hip": {"bend": 80}, "right_knee": {"bend": 85}},
    "to the front": {"shoulders": {"forward": 80}, "hips": {"spread": 4}},
    "bent": {"pelvis": {"bend": 25}, "spine1": {"bend": 12}, "spine2": {"bend": 10}, "shoulders": {"lower": 55}, "hips": {"bend": 30}},
}  # fmt: skip

#: How heavy the second shape is, in standard deviations of adults. Chosen: BMI about 36.
_HEAVY_SD = 6.0
_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head", "jaw", "left_collar", "right_collar")

#: Points that stand for the reference's surface: spacing about 13 mm on a person.
_POINTS = 12_000

#: Cells of the distance field along the body's height (25 mm on a person), and the room around the body in heights.
_CELLS_PER_HEIGHT = 68
_MARGIN = 0.22


@dataclass(frozen=True, eq=False)
class Reference:
    """The mean body in one pose: height 1, feet on z = 0, centred over the origin, facing -y. M points.

    points: Evenly spread over the skin that can be seen, shape (M, 3), float64.
    normals: Outward, unit length, shape (M, 3), float64.
    trunk: Which points are on the head, neck or trunk, not on limbs, shape (M,), bool.
    tree: Search tree over the points.
    stature: How tall the body is when it stands upright: less than 1 where the hands are above its head, more where it sits.
    depth: How deep the middle 80 % of the points reach, from front to back.
    """

    pose: str
    points: np.ndarray
    normals: np.ndarray
    trunk: np.ndarray
    tree: cKDTree
    stature: float
    depth: float
    _distance: np.ndarray
    _nearest: np.ndarray
    _origin: np.ndarray
    _last: np.ndarray

    def rough_distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the body from a field of cells, for points of shape (..., 3); beyond the field the margin. In heights."""
        cell, beyond = self._cells(points)
        return np.where(beyond, _MARGIN, self._distance[cell])

    def rough_nearest(self, points: np.ndarray) -> np.ndarray:
        """Index of a point of the body near each of the points of shape (..., 3), to a cell's accuracy."""
        return self._nearest[self._cells(points)[0]]

    def _cells(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells of the field, those at its border for points beyond it, and which points are beyond, each of shape (...)."""
        index = ((points - self._origin) * _CELLS_PER_HEIGHT).astype(np.int32)
        kept = np.clip(index, 0, self._last)
        _, width, height = self._last + 1
        return (kept[..., 0] * width + kept[..., 1]) * height + kept[..., 2], (kept != index).any(axis=-1)


@cache
def references() -> tuple[Reference, ...]:
    """The bank of shapes and poses, made once per process from the open body (which is built once per machine)."""
    from studio.body.joints import INDEX
    from studio.body.model import load_body
    from studio.body.poses import pose_rotations
    from studio.specs.pose import PoseSpec

    model = load_body("open")
    used, faces = np.unique(model.faces[model.surface.outer[model.faces].all(axis=1)], return_inverse=True)
    faces = faces.reshape(-1, 3)
    trunk = np.isin(model.weights[used].argmax(axis=1), [INDEX[name] for name in _TRUNK])
    every = _STANDING | _LIVELY
    rotations = {name: pose_rotations(PoseSpec(joints=joints, hands="flat")) for name, joints in every.items()}
    heavy = _heavy_betas(model, model.faces[model.surface.outer[model.faces].all(axis=1)])
    bank = []
    for shape, betas, poses in (("mean", np.zeros(model.beta_count), every), ("heavy", heavy, _STANDING)):
        posed = _posed(model, used, betas, np.stack([np.eye(3)[None].repeat(len(INDEX), 0), *(rotations[name] for name in poses)]))
        standing = float(np.ptp(posed[0, :, 2]))
        bank += [_reference(f"{shape}, {name}", body, faces, trunk, standing) for name, body in zip(poses, posed[1:], strict=True)]
    return tuple(bank)


def _posed(model: BodyModel, used: np.ndarray, betas: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Some vertices of one body in many poses, world axes [m], shape (P, U, 3). used: Shape (U,). rotations: Shape (P, 55, 3, 3)."""
    import torch

    from studio.body.lbs import lbs

    with torch.no_grad():
        one = torch.from_numpy(betas.astype(np.float32))[None]
        vertices = lbs(model.tensors.subset(used), betas=one, pose=torch.from_numpy(rotations.astype(np.float32))).vertices
    return world_from_smplx(vertices.numpy().astype(np.float64))


def _heavy_betas(model: BodyModel, faces: np.ndarray) -> np.ndarray:
    """Betas of a heavy body of mean height: the direction in which volume grows fastest while the height stays, shape (B,)."""
    from studio.mesh.normals import face_normals

    template = model.template.astype(np.float64)
    weighted = face_normals(template, faces, normalized=False) / 6  # a third of the area vector for each corner
    per_vertex = np.stack([np.bincount(faces.ravel(), np.repeat(weighted[:, axis], 3), len(template)) for axis in range(3)], axis=1)
    volume = np.einsum("vd,vdb->b", per_vertex, model.shape_dirs)
    used = np.unique(faces)
    top, bottom = used[template[used, 1].argmax()], used[template[used, 1].argmin()]
    height = model.shape_dirs[top, 1] - model.shape_dirs[bottom, 1]
    height = height / np.linalg.norm(height)
    direction = volume - (volume @ height) * height
    direction[10:] = 0
    return _HEAVY_SD * direction / np.linalg.norm(direction)


def _reference(name: str, vertices: np.ndarray, faces: np.ndarray, trunk: np.ndarray, standing_m: float) -> Reference:
    """trunk: Which vertices belong to it, shape (V,), bool. standing_m: How tall this body stands upright."""
    from scipy.ndimage import distance_transform_edt
    from scipy.spatial import cKDTree

    from studio.mesh.normals import face_normals

    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = (vertices - [0.0, 0.0, low[2]]) / (high[2] - low[2])
    points, triangle = surface_samples(vertices, faces, _POINTS, rng=np.random.default_rng(0))
    points -= points.mean(axis=0) * [1.0, 1.0, 0.0]
    origin = points.min(axis=0) - _MARGIN
    shape = np.ceil((points.max(axis=0) + _MARGIN - origin) * _CELLS_PER_HEIGHT).astype(int)
    empty = np.ones(shape, bool)
    cells = tuple(((points - origin) * _CELLS_PER_HEIGHT).astype(int).T)
    empty[cells] = False
    owner = np.zeros(shape, np.int32)
    owner[cells] = np.arange(_POINTS)
    distance, nearest_cell = distance_transform_edt(empty, return_indices=True)
    return Reference(
        pose=name,
        points=points,
        normals=face_normals(vertices, faces)[triangle],
        trunk=trunk[faces[triangle]].all(axis=1),
        tree=cKDTree(points),
        stature=standing_m / (high[2] - low[2]),
        depth=float(np.ptp(np.percentile(points[:, 1], [10, 90]))),
        _distance=np.minimum(distance / _CELLS_PER_HEIGHT, _MARGIN).astype(np.float32).ravel(),
        _nearest=owner[tuple(nearest_cell)].ravel(),
        _origin=origin,
        _last=np.array(shape, np.int32) - 1,
    )


def surface_samples(vertices: np.ndarray, faces: np.ndarray, count: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points spread evenly over a mesh by area, in random order (Osada et al., Shape Distributions, 2002, section 4.1).

    Returns the points, shape (count, 3), float64, and the triangle that each lies on, shape (count,), int64.
    """
    from studio.mesh.normals import face_areas

    cumulative = np.cumsum(face_areas(vertices, faces))
    places = (np.arange(count) + rng.random(count)) / count * cumulative[-1]  # stratified: evenly over the list of triangles
    triangle = np.minimum(np.searchsorted(cumulative, places), len(faces) - 1)
    triangle = triangle[rng.permutation(count)]
    root, share = np.sqrt(rng.random(count)), rng.random(count)
    weights = np.stack([1 - root, root * (1 - share), root * share], axis=1)
    return np.einsum("nk,nkd->nd", weights, vertices[faces[triangle]]), triangle
