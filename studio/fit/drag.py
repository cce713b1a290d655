"""Drag lines: where cloth is pulled one way and slack the other, so that it wrinkles along the pull.

Tension field theory tells three states of a membrane by its principal values (Roddeman, Drukker, Oomens, Janssen, "The Wrinkling of Thin
Membranes", J. Applied Mechanics 1987; the mixed criterion of Miller and Hedgepeth 1982): taut where both tensions pull, wrinkled where the
larger pulls and the smaller does not, slack where neither does. In the wrinkled state wrinkles run along the larger tension. A drag line
is a path along it through wrinkled cloth, from the strongest place both ways to where the pull has fallen off: what it ends at is what
pulls. Soft folds of cloth that only hangs are slack, or pulled by no more than what hangs on them: their own weight is the measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.look.sheet import WornSheet
from studio.mesh.normals import face_normals, vertex_normals
from studio.specs.fabric import GRAVITY

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

STATES = ("taut", "wrinkled", "slack")
#: Cloth that bears less than the weight of this length of itself counts as slack [m]: a hem's own weight makes no drag line. Chosen.
_HANGING_M = 0.10
#: A drag line starts where the pull is at least this many times that of all that could hang below it, and stretches the cloth by this share
#: of what it is worn at; it goes on while it is this share of what it is at its strongest, and is this long at least [m]. Chosen: a
#: T-shirt of the right size has none, one two sizes too small eight.
_START, _STRETCHES, _GOES_ON, _SHORTEST_M = 3.0, 0.1, 0.4, 0.07
#: Lines that pass each other nearer than this are one [m]; no more than so many are told.
_APART_M, _MOST = 0.035, 8
#: Rounds of neighbours over which forces are averaged before lines are followed: a triangle's own are noisy, a drag line is two edges wide.
_SMOOTH = 2
#: What is nearer to the middle than this is on neither side [m]; what faces forwards or backwards by less than this cosine is the side.
_CENTRE_M, _FACING = 0.02, 0.5
#: A tension of less than this share of the larger one counts as none.
_NOTHING = 0.05
_MOST_TRIANGLES = 400


@dataclass(frozen=True, eq=False)
class DragLine:
    """points: In order [m], (N, 3). length_m: Along it. tension_n_m: Mean along it, and the other way: across_n_m. start, end: Places of
    the body that it runs between, such as ``left bust, front``. angle_deg: Of the line between its ends from level, 0 to 90."""

    points: np.ndarray
    length_m: float
    tension_n_m: float
    across_n_m: float
    start: str
    end: str
    angle_deg: float


@dataclass(frozen=True)
class RegionState:
    """region: Of the body. taut, wrinkled, slack: Shares of the cloth over it. pull_n_m: Mean larger tension where it is wrinkled."""

    region: str
    taut: float
    wrinkled: float
    slack: float
    pull_n_m: float


def states(sheet: WornSheet) -> np.ndarray:
    """The state of each triangle, a number into `STATES`, shape (F,)."""
    large, small = sheet.principal_tension[0].T
    least = sheet.fabric.areal_weight_g_m2 / 1000 * GRAVITY * _HANGING_M
    return np.where(large < least, 2, np.where(small > 0.0, 0, 1))


def region_states(sheet: WornSheet, below: np.ndarray, names: tuple[str, ...]) -> tuple[RegionState, ...]:
    """How taut the cloth over each region is. below: Number into ``names`` under each vertex, (V,)."""
    state, large = states(sheet), sheet.principal_tension[0][:, 0]
    region = below[sheet.faces[:, 0]]
    rows = []
    for index, name in enumerate(names):
        mine = region == index
        total = sheet.areas_m2[mine].sum()
        if not total > 0:
            continue
        shares = [float(sheet.areas_m2[mine & (state == k)].sum() / total) for k in range(len(STATES))]
        pulled = mine & (state == 1)
        pull = float(np.average(large[pulled], weights=sheet.areas_m2[pulled])) if pulled.any() else 0.0
        rows.append(RegionState(name, *shares, pull))
    return tuple(rows)


def drag_lines(sheet: WornSheet, below: np.ndarray, names: tuple[str, ...]) -> tuple[DragLine, ...]:
    """The strongest drag lines, strongest first.

    A line starts where wrinkled cloth bears more than what could hang on it, the weight of the whole garment's height of cloth, and is
    stretched by it.
    """
    large, small, along = _smoothed(sheet)
    hanging = sheet.fabric.areal_weight_g_m2 / 1000 * GRAVITY * float(np.ptp(sheet.vertices[:, 2]))
    least = max(_START * hanging, float((_STRETCHES * sheet.limit * sheet.moduli_n_m[:, :2].mean(axis=1)).mean()))
    wrinkled = (small <= _NOTHING * large) & (large > 0) & ~sheet.of_regions("neck")  # collars are folded: what they bear is no drag
    across, normals, middle = _neighbours(sheet.faces), face_normals(sheet.vertices, sheet.faces), float(np.median(sheet.vertices[:, 0]))
    middles = sheet.vertices[sheet.faces].mean(axis=1)
    found: list[DragLine] = []
    for start in np.argsort(-large):
        if large[start] < least or len(found) == _MOST:
            break
        if not wrinkled[start] or any(np.linalg.norm(line.points - middles[start], axis=1).min() < _APART_M for line in found):
            continue
        lasting = wrinkled & (large > _GOES_ON * large[start])
        (before, back), (after, on) = (_follow(sheet, int(start), sign, along, lasting, across) for sign in (-1.0, 1.0))
        path, points = [*reversed(before), int(start), *after], np.array([*reversed(back), middles[start], *on])
        length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        if length < _SHORTEST_M:
            continue
        way = points[-1] - points[0]
        ends = [_place(names[below[sheet.faces[face, 0]]], middles[face], normals[face], middle) for face in (path[0], path[-1])]
        angle = float(np.degrees(np.arctan2(abs(way[2]), np.hypot(way[0], way[1]))))
        found.append(DragLine(points, length, float(large[path].mean()), float(small[path].mean()), *ends, angle))
    return tuple(found)


def _place(region: str, point: np.ndarray, normal: np.ndarray, middle: float) -> str:
    """A place as people say it: side, region, and whether it faces forwards or backwards."""
    side = "" if abs(point[0] - middle) < _CENTRE_M else "left " if point[0] > middle else "right "
    faces = "front" if normal[1] < -_FACING else "back" if normal[1] > _FACING else "side"
    return f"{side}{region}, {faces}"


def _smoothed(sheet: WornSheet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Larger and smaller principal tension [N/m], (F,) each, and the larger one's direction, (F, 3), of forces averaged over neighbours."""
    normals = vertex_normals(sheet.vertices, sheet.faces)[sheet.faces].mean(axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    jacobian = (sheet.areas_now_m2 / sheet.areas_m2)[:, None, None]
    force = np.einsum("fad,fab,fbe->fde", sheet.images, sheet.membrane, sheet.images) / jacobian  # Cauchy stress in space
    weight = sheet.areas_now_m2
    mean = _averaging(sheet.faces, weight)
    flat = force.reshape(-1, 9)
    for _ in range(_SMOOTH):
        flat = mean @ flat
    force = flat.reshape(-1, 3, 3)
    inside = np.eye(3) - normals[:, :, None] * normals[:, None, :]
    values, vectors = np.linalg.eigh(inside @ force @ inside)
    # one of the three belongs to the normal and is nothing: the other two are the membrane's
    off = np.abs(np.einsum("fdk,fd->fk", vectors, normals)).argmax(axis=1)
    kept = np.array([[1, 2], [0, 2], [0, 1]])[off]
    rows = np.arange(len(kept))
    return values[rows, kept[:, 1]], values[rows, kept[:, 0]], vectors[rows, :, kept[:, 1]]


def _averaging(faces: np.ndarray, weight: np.ndarray) -> csr_matrix:
    """The matrix that takes values of triangles to means over those that share a corner, by area, shape (F, F)."""
    from scipy.sparse import csr_matrix, diags

    count = len(faces)
    at = csr_matrix((np.ones(3 * count), (np.repeat(np.arange(count), 3), faces.ravel())), shape=(count, int(faces.max()) + 1))
    near = (at @ at.T).astype(bool).astype(float) @ diags(weight)
    return (diags(1 / np.maximum(np.asarray(near.sum(axis=1)).ravel(), 1e-15)) @ near).tocsr()


def _neighbours(faces: np.ndarray) -> np.ndarray:
    """The triangle beyond each side (corner k to k + 1), -1 at a hem, shape (F, 3)."""
    count = int(faces.max()) + 1
    start, stop = faces, np.roll(faces, -1, axis=1)
    keys, back = (start * count + stop).ravel(), (stop * count + start).ravel()
    order = np.argsort(keys)
    at = np.minimum(np.searchsorted(keys[order], back), len(keys) - 1)
    found = keys[order][at] == back
    return np.where(found, order[at] // 3, -1).reshape(-1, 3)


def _follow(
    sheet: WornSheet, face: int, sign: float, along: np.ndarray, lasting: np.ndarray, across: np.ndarray
) -> tuple[list[int], list[np.ndarray]]:
    """Triangles that a line passes from the middle of one, along the pull, while it lasts, and the places where it leaves each."""
    place, way, seen = sheet.vertices[sheet.faces[face]].mean(axis=0), sign * along[face], {face}
    path: list[int] = []
    places: list[np.ndarray] = []
    while len(path) < _MOST_TRIANGLES:
        side, place = _leaves(sheet.vertices[sheet.faces[face]], place, way)
        places.append(place)
        face = int(across[face, side])
        if face < 0 or face in seen or not lasting[face]:
            break
        seen.add(face)
        path.append(face)
        following = along[face]
        way = following if following @ way >= 0 else -following
    return path, places


def _leaves(corners: np.ndarray, place: np.ndarray, way: np.ndarray) -> tuple[int, np.ndarray]:
    """The side by which a line leaves a triangle (3, 3), and where."""
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    best, found = np.inf, (0, place)
    for side in range(3):
        a, b = corners[side], corners[(side + 1) % 3]
        outward = np.cross(b - a, normal)
        speed = float(outward @ way)
        if speed <= 1e-15:
            continue
        far = float(outward @ (a - place)) / speed
        if far < best:
            best, found = far, (side, place + max(far, 0.0) * way)
    return found
