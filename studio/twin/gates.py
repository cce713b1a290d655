"""Whether a twin can be believed: how much of the body the scan shows, and whether what came out is a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.body.model import BodyModel, forward
from studio.errors import StudioError
from studio.frames import world_from_smplx
from studio.mesh.normals import vertex_normals
from studio.scan.reference import surface_samples
from studio.scan.sampling import spacing, thin
from studio.specs.fit import Mode
from studio.twin.skin import PARTS, Skin

if TYPE_CHECKING:
    from studio.twin.fit import Fit

#: Skin counts as shown where the scan has a point this near that faces the same way [m]: the width of a thumb. Cloth stands off farther.
_SHOWN_M: Mapping[Mode, float] = {"skin": 0.02, "clothed": 0.06}
#: The same in typical spacings of the scan: the middle between the points of a sparse cloud.
_SHOWN_SPACINGS = 1.5
#: The scan is thinned to this spacing for it [m].
_CELL_M = 0.005
_MESH_SAMPLES = 150_000
_NEIGHBOURS = 4

#: Share of the skin that a scan must show. Chosen: one camera sees 45 % of a person who stands free, half a body is 50 %; below
#: it most of the twin's measures come from the body model alone.
LEAST_COVERAGE = 0.40
#: A part of the body of which less is shown is named; for the trunk, which most measures are taken from, the twin fails.
_LEAST_PART = 0.25
#: Directions by the normals of the rest pose, as cosines to the front.
_FRONT = 0.5

#: A twin that explains less of its scan than this is another pose than was tried, or no person.
_LEAST_EXPLAINED: Mapping[Mode, float] = {"skin": 0.75, "clothed": 0.45}
#: Leading betas are in standard deviations of adults. Beyond the first a person is unusual, beyond the second there is none.
_LEADING_BETAS, _RARE_BETA, _IMPOSSIBLE_BETA = 10, 4.0, 6.0
#: Measures of adults with room for the unusual [cm]; ANSUR II's range over 6,068 adults is given behind each.
_MEASURES_CM = {
    "stature": (120, 225),  # 141 to 199
    "bust_girth": (60, 180),  # 69 to 147 (chest)
    "waist_girth": (45, 190),  # 58 to 138
    "hip_girth": (60, 190),  # 74 to 148
}
#: Mean distance of a hugged scan from the body without offsets above which it is cloth, or hair, or no person [mm]. Measured: bodies of
#: other model families 2, clothed depth-camera scans 10 and more.
_CLOTHED_MM = 7.0


@dataclass(frozen=True)
class Verdict:
    """What is to be said about a twin.

    coverage: Share of the outer skin, by area, that the scan shows. parts: The same for the parts of `studio.twin.skin`, and for the
        ``front`` and the ``back`` of the body.
    remarks: Sentences about what to look at. failures: Sentences for which the twin is marked failed; empty where it passed.
    """

    coverage: float
    parts: Mapping[str, float]
    remarks: tuple[str, ...]
    failures: tuple[str, ...]


def judge(model: BodyModel, skin: Skin, fit: Fit, points: np.ndarray, normals: np.ndarray, faces: np.ndarray | None) -> Verdict:
    """Judge a fit by the scan that it was made from.

    skin: The model's outer skin. points [m], normals: The scan, world frame, shape (N, 3). faces: Its triangles (F, 3), or None.
    """
    shown = _shown(model, skin, fit, points, normals, faces)
    toward = vertex_normals(model.template.astype(np.float64), model.faces)[:, 2]
    groups = {name: skin.is_part(name) for name in PARTS} | {"front": toward > _FRONT, "back": toward < -_FRONT}
    parts = {name: _share(shown, skin.area * mask) for name, mask in groups.items()}
    coverage = _share(shown, skin.area)
    guessed = _guessed(parts)
    failures = _shape_failures(model, fit)
    explained, needed = fit.scan_to_twin.explained, _LEAST_EXPLAINED[fit.mode]
    if explained < needed:
        failures.insert(
            0,
            f"The twin comes within 3 cm of {100 * explained:.0f} % of the scan's points, and {100 * needed:.0f} % are needed: the scan "
            "shows another pose than was found, something beside the person, or no person.",
        )
    remarks = []
    if coverage < LEAST_COVERAGE:
        lacking = f"; it lacks {guessed}" if guessed else ""
        share = f"{100 * coverage:.0f} % of the body, and {100 * LEAST_COVERAGE:.0f} % are needed"
        failures.append(f"The scan shows {share}{lacking}: scan the whole person.")
    elif parts["trunk"] < _LEAST_PART:
        share = f"{100 * parts['trunk']:.0f} % of the trunk, which most measures are taken from"
        failures.append(f"The scan shows {share}; it lacks {guessed}: scan the whole person.")
    elif guessed:
        remarks.append(f"The scan shows little or nothing of {guessed}: there the twin is the body model's guess.")
    if fit.mode == "skin" and fit.parameters_only.mean > _CLOTHED_MM:
        remarks.append(
            f"The scan lies {fit.parameters_only.mean:.0f} mm from the nearest body on average: under loose clothes --mode clothed finds "
            "the body, and this twin wears them as skin."
        )
    beta = float(np.abs(fit.parameters.betas[:_LEADING_BETAS]).max(initial=0.0))
    if _RARE_BETA < beta <= _IMPOSSIBLE_BETA:
        remarks.append(f"The shape is {beta:.1f} standard deviations from the mean body: look at it before it is used.")
    return Verdict(coverage, parts, tuple(remarks), tuple(failures))


def _shown(model: BodyModel, skin: Skin, fit: Fit, points: np.ndarray, normals: np.ndarray, faces: np.ndarray | None) -> np.ndarray:
    """Which vertices of the twin the scan shows, shape (V,), bool."""
    from scipy.spatial import cKDTree

    if faces is not None and len(faces):
        points, triangle = surface_samples(points.astype(np.float64), faces, _MESH_SAMPLES, rng=np.random.default_rng(0))
        normals = normals[faces[triangle, 0]]
    else:
        chosen = thin(points, _CELL_M).chosen
        points, normals = points[chosen], normals[chosen]
    reach = max(_SHOWN_M[fit.mode], _SHOWN_SPACINGS * _even_spacing(points))
    vertices = world_from_smplx(forward(model, fit.parameters, offsets=fit.offsets + fit.scan_offsets).vertices.astype(np.float64))
    facing = vertex_normals(vertices, model.faces)
    outer = np.flatnonzero(skin.outer)
    distance, nearest = cKDTree(points).query(vertices[outer], k=_NEIGHBOURS, distance_upper_bound=reach, workers=-1)
    found = np.isfinite(distance)
    alike = np.einsum("nd,nkd->nk", facing[outer], normals[np.where(found, nearest, 0)]) > 0
    shown = np.zeros(len(vertices), bool)
    shown[outer] = (found & alike).any(axis=1)
    return shown


def _even_spacing(points: np.ndarray) -> float:
    """The spacing of a grid as dense as the cloud [m]: random points are nearer to their nearest, at half of it on average."""
    return 2.0 * spacing(points)


def _share(shown: np.ndarray, area: np.ndarray) -> float:
    return float(area[shown].sum() / max(area.sum(), 1e-12))


def _guessed(parts: Mapping[str, float]) -> str:
    """The parts that the scan hardly shows, for a sentence; both sides as one where both lack."""
    lacking = [name for name, share in parts.items() if share < _LEAST_PART and name not in ("front", "back")]
    named = []
    for name in lacking:
        side, _, part = name.partition("_")
        other = {"left": "right", "right": "left"}.get(side)
        plural = {"foot": "feet"}.get(part, f"{part}s")
        if other is None:
            named.append({"scalp": "the top of the head"}.get(name, f"the {name}"))
        elif f"{other}_{part}" not in lacking:
            named.append(f"the {side} {part}")
        elif side == "left":
            named.append(f"the {plural}")
    if len(lacking) < len(PARTS) / 2:
        named += [f"the {side}" for side in ("front", "back") if parts[side] < _LEAST_PART]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)


def _shape_failures(model: BodyModel, fit: Fit) -> list[str]:
    """What is impossible about the shape."""
    from studio.twin.measure import measures_of_shape

    failures = []
    beta = float(np.abs(fit.parameters.betas[:_LEADING_BETAS]).max(initial=0.0))
    if beta > _IMPOSSIBLE_BETA:
        failures.append(
            f"The shape is {beta:.1f} standard deviations from the mean body, farther than people are: the scan shows no person."
        )
    try:
        measures = measures_of_shape(model, fit.parameters, fit.offsets)
    except StudioError as error:
        return [*failures, f"The twin cannot be measured as a body: {error}"]
    for name, (low, high) in _MEASURES_CM.items():
        value = 100 * measures[name].value_m
        if not low <= value <= high:
            said = name.replace("_", " ")
            failures.append(
                f"The {said} would be {value:.0f} cm, and people have {low} to {high} cm: check the unit of the scan, and its person."
            )
    return failures
