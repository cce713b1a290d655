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

#: Poses by name: how far the arms hang below the horizontal [deg] (shares of collar and shoulder are added up), how far each leg is
#: spread [deg], and how far the elbows are bent forward [deg]. From raised arms over the T-pose and the A-poses of scanners
#: to a relaxed stance.
_POSES = {
    "raised": (-50.0, 6.0, 5.0),
    "T": (0.0, 0.0, 0.0),
    "A high": (30.0, 6.0, 5.0),
    "A": (52.0, 8.0, 12.0),
    "A low": (66.0, 8.0, 22.0),
    "relaxed": (77.0, 2.0, 25.0),
}

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
    stature: Height of the top of the head; less than 1 where the hands are above it.
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

    def rough_distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the body from a field of cells, for points of shape (..., 3); beyond the field the margin. In heights."""
        cell, inside = self._cell(points)
        return np.where(inside, self._distance[cell], _MARGIN)

    def rough_nearest(self, points: np.ndarray) -> np.ndarray:
        """Index of a point of the body near each of the points of shape (..., 3), to a cell's accuracy."""
        return self._nearest[self._cell(points)[0]]

    def _cell(self, points: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        """Cells of the field, those at its border for points beyond it, and which points are inside."""
        index = ((points - self._origin) * _CELLS_PER_HEIGHT).astype(np.int64)
        inside = ((index >= 0) & (index < self._distance.shape)).all(axis=-1)
        index = np.clip(index, 0, np.array(self._distance.shape) - 1)
        return (index[..., 0], index[..., 1], index[..., 2]), inside


@cache
def references() -> tuple[Reference, ...]:
    """The bank of shapes and poses, made once per process from the open body (which is built once per machine)."""
    from studio.body.joints import INDEX
    from studio.body.model import BodyParameters, forward, load_body

    model = load_body("open")
    skin = model.surface.outer
    faces = model.faces[skin[model.faces].all(axis=1)]
    joint = model.weights.argmax(axis=1)
    trunk, head = np.isin(joint, [INDEX[name] for name in _TRUNK]), joint == INDEX["head"]
    heavy = _heavy_betas(model, faces)
    bank = []
    for name, (lowered, spread, bent) in _POSES.items():
        pose = np.zeros((len(INDEX), 3), np.float32)
        for side, sign in (("left", 1.0), ("right", -1.0)):
            pose[INDEX[f"{side}_collar"], 2] = -sign * np.radians(0.1 * lowered)
            pose[INDEX[f"{side}_shoulder"], 2] = -sign * np.radians(0.9 * lowered)
            pose[INDEX[f"{side}_elbow"], 1] = -sign * np.radians(bent)
            pose[INDEX[f"{side}_hip"], 2] = sign * np.radians(spread)
            pose[INDEX[f"{side}_ankle"], 2] = -sign * np.radians(spread)
        for shape, betas in (("mean", np.zeros(model.beta_count)), ("heavy", heavy)):
            body = BodyParameters.zero(model).with_full_pose(pose).replace(betas=betas)
            vertices = world_from_smplx(forward(model, body).vertices.astype(np.float64))
            bank.append(_reference(f"{shape}, {name}", vertices, faces, trunk, head))
    return tuple(bank)


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


def _reference(name: str, vertices: np.ndarray, faces: np.ndarray, trunk: np.ndarray, head: np.ndarray) -> Reference:
    """trunk, head: Which vertices belong to them, shape (V,), bool."""
    from scipy.ndimage import distance_transform_edt
    from scipy.spatial import cKDTree

    from studio.mesh.normals import face_normals

    used = vertices[np.unique(faces)]
    low, high = used.min(axis=0), used.max(axis=0)
    vertices = (vertices - [0.0, 0.0, low[2]]) / (high[2] - low[2])
    points, triangle = surface_samples(vertices, faces, _POINTS, rng=np.random.default_rng(0))
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
        stature=float(vertices[head, 2].max()),
        depth=float(np.ptp(np.percentile(points[:, 1], [10, 90]))),
        _distance=np.minimum(distance / _CELLS_PER_HEIGHT, _MARGIN).astype(np.float32),
        _nearest=owner[tuple(nearest_cell)],
        _origin=origin,
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
