"""The body that a finished garment was made on: told by a mesh or by a twin, or found among mean bodies.

Whichever it is, it ends as the open body in the garment's own world: shape, pose and offsets. Every point of it is then known on every
twin, which is what the garment is carried over by (see `studio.look.wearing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.body.ground import pose_body, stand
from studio.body.model import BodyModel, BodyParameters, forward
from studio.body.poses import apply_pose, load_pose
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.mesh.normals import vertex_normals
from studio.progress import Report, silent, within

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

#: Poses in which garments are made, of the library: those of CLO's and Marvelous Designer's avatars, and standing.
POSES = ("a", "t", "relaxed", "attention")
#: Mean bodies that are tried, by the first shape direction, which is mostly height [standard deviations]: 1.50 to 1.93 m.
_STATURES = (-1.8, -0.9, 0.0, 0.9, 1.8)
#: Heights are tried this far apart [m], with so many of a garment's sampled points; the best is then found to a tenth of it with all.
_STEP_M, _SAMPLES, _ROUGH = 0.03, 400, 100
#: Cloth that is farther off than this says no more [m]: a skirt, a cape. A point inside the body costs several points off it.
_FAR_M, _INSIDE_COST = 0.10, 8.0
#: A garment that costs more than this lies on none of the bodies [m]. A tight suit costs 0.01, a coat 0.05.
_NOT_WORN_M = 0.075
#: Share of a mannequin that must lie within 30 mm of the body that was fitted to it.
_EXPLAINED = 0.8


@dataclass(frozen=True, eq=False)
class Mannequin:
    """A body in the garment's own world frame. parameters: Shape and pose. offsets: On the shaped rest body [m], (V, 3).

    world_from_file: Takes points of the garment's file, in metres and world axes, to where the body stands, shape (3,) shift.
    """

    parameters: BodyParameters
    offsets: np.ndarray
    shift: np.ndarray
    up: str
    remark: str

    def arrays(self) -> dict[str, np.ndarray]:
        """What is kept in an npz file."""
        return self.parameters.arrays() | {"offsets": self.offsets}


@dataclass(frozen=True, eq=False)
class Candidate:
    """A body that a garment may have been made on. name: For people. moves: Whether its place relative to the garment is unknown."""

    name: str
    parameters: BodyParameters
    offsets: np.ndarray
    moves: bool


def mean_bodies(model: BodyModel) -> Iterator[Candidate]:
    """Mean bodies of five statures in the poses of mannequins."""
    zero = np.zeros_like(model.template)
    for pose in POSES:
        for beta in _STATURES:
            betas = np.zeros(model.beta_count, dtype=np.float32)
            betas[0] = beta
            posed = stand(model, apply_pose(model, BodyParameters.zero(model).replace(betas=betas), load_pose(pose)))
            stature = float(np.ptp(forward(model, posed).vertices[:, 1]))
            yield Candidate(f"a mean body of {stature:.2f} m in the pose '{pose}'", posed, zero, moves=True)


def twin_bodies(model: BodyModel, parameters: BodyParameters, offsets: np.ndarray, *, ref: str) -> Iterator[Candidate]:
    """A twin as it is exported: in its own pose, and standing in the poses of mannequins."""
    yield Candidate(f"{ref} in its own pose", parameters, offsets, moves=False)
    for pose in POSES:
        yield Candidate(f"{ref} in the pose '{pose}'", pose_body(model, parameters, load_pose(pose), offsets=offsets), offsets, moves=False)


def find_mannequin(
    model: BodyModel, candidates: Sequence[Candidate], points: dict[str, np.ndarray], *, name: str, report: Report = silent
) -> Mannequin:
    """The candidate on which a garment lies best: near the skin and not in it.

    points: Of the garment in world axes [m], by the axis that is taken for up, shape (N, 3) each. Raises StudioError where it lies on none.
    """
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(next(iter(points.values()))))[:_SAMPLES]
    best: tuple[float, Candidate, str, np.ndarray] | None = None
    for k, candidate in enumerate(candidates):
        report(f"trying {candidate.name}", k / len(candidates))
        body = world_from_smplx(forward(model, candidate.parameters, offsets=candidate.offsets).vertices.astype(np.float64))
        skin = _skin(body, model.faces)
        for up, garment in points.items():
            cost, shift = _best_place(skin, garment[chosen], garment, moves=candidate.moves)
            if best is None or cost < best[0]:
                best = cost, candidate, up, shift
    cost, candidate, up, shift = best
    if cost > _NOT_WORN_M:
        where = "any mean body" if candidate.moves else candidate.name.split(" in ")[0]
        raise StudioError(
            f"{name} does not lie on {where} (at best {1000 * cost:.0f} mm off on the mean): give the mannequin that it was made on with"
            " --mannequin FILE, or its --unit."
        )
    guessed = " (none was given: this one fits it best)" if candidate.moves else ""
    remark = f"It was made on {candidate.name}{guessed}; it lies {1000 * cost:.0f} mm off it on the mean."
    return Mannequin(candidate.parameters, candidate.offsets, shift, up, remark)


@dataclass(frozen=True, eq=False)
class _Skin:
    """A body's skin, asked for distances by its vertices and their normals: to some millimetres, for thousands of places at once."""

    points: np.ndarray
    normals: np.ndarray
    tree: cKDTree

    def costs(self, garments: np.ndarray) -> np.ndarray:
        """What each of S garments costs that lie differently, shape (S, N, 3): [m], shape (S,)."""
        distance, nearest = self.tree.query(garments, distance_upper_bound=_FAR_M)
        nearest = np.minimum(nearest, len(self.points) - 1)
        inside = np.einsum("snd,snd->sn", garments - self.points[nearest], self.normals[nearest]) < 0
        return np.where(np.isfinite(distance) & inside, _INSIDE_COST * np.minimum(distance, _FAR_M), np.minimum(distance, _FAR_M)).mean(
            axis=1
        )


def _skin(vertices: np.ndarray, faces: np.ndarray) -> _Skin:
    from scipy.spatial import cKDTree

    used = np.unique(faces)
    return _Skin(vertices[used], vertex_normals(vertices, faces)[used], cKDTree(vertices[used]))


def _best_place(skin: _Skin, sample: np.ndarray, garment: np.ndarray, *, moves: bool) -> tuple[float, np.ndarray]:
    """The lowest cost of a garment on a body, and by how much it must be moved for it [m], shape (3,)."""
    if not moves:
        return float(skin.costs(sample[None])[0]), np.zeros(3)
    low, high = garment.min(axis=0), garment.max(axis=0)
    middle = -(low + high) / 2
    start, stop = skin.points[:, 2].min() - low[2] - _STEP_M, skin.points[:, 2].max() - (low[2] + high[2]) / 2
    heights = np.array([0.0, *np.arange(start, max(stop, start) + _STEP_M, _STEP_M)])
    shifts = np.concatenate([[0.0, 0.0, 1.0] * heights[:, None] + across for across in (np.zeros(3), middle * [1, 1, 0])])
    few = sample[:: max(len(sample) // _ROUGH, 1)]
    shift = shifts[skin.costs(few + shifts[:, None]).argmin()]
    for step in (_STEP_M / 2, _STEP_M / 4, _STEP_M / 10):
        around = np.concatenate([[shift], shift + step * np.concatenate([np.eye(3), -np.eye(3)])])
        shift = around[skin.costs(sample + around[:, None]).argmin()]
    return float(skin.costs((sample + shift)[None])[0]), shift


def fitted_mannequin(model: BodyModel, file: Path, *, report: Report = silent) -> tuple[Mannequin, np.ndarray]:
    """The open body fitted to a mesh of a mannequin, and what takes world metres to the file's own coordinates, shape (4, 4).

    Raises StudioError where the file cannot be read or shows no person.
    """
    from studio.scan.prepare import prepare
    from studio.scan.readers import read_scan
    from studio.specs.fit import FitSpec
    from studio.specs.scan import ScanSpec
    from studio.twin.fit import fit_body

    scan = prepare(read_scan(file), ScanSpec(keep_all=True), name=file.name, report=within(report, 0.0, 0.3))
    fit = fit_body(
        model, scan.points, scan.normals, faces=scan.faces, floor=False, spec=FitSpec(mode="skin"), report=within(report, 0.3, 1.0)
    )
    if fit.scan_to_twin.explained < _EXPLAINED:
        raise StudioError(
            f"{file.name} is not seen as a person: the body explains {fit.scan_to_twin.explained:.0%} of it; give the whole mannequin."
        )
    remark = f"It was made on {file.name}, which the open body lies on to {fit.scan_to_twin.mean:.1f} mm on the mean."
    return Mannequin(fit.parameters, fit.offsets + fit.scan_offsets, np.zeros(3), "file", remark), scan.file_from_world
