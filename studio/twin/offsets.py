"""Offsets on the rest body: what shape directions cannot hold, smoothly, and only where the scan shows it.

The offsets d minimise, over the skin,

    sum of pairs w (n . (x + M d - target))^2 + integral of l^4 |laplacian d|^2 + (l / h)^4 |d|^2

where M takes small rest vectors to the scan's pose. The length l is shortened from solve to solve (Amberg et al., "Optimal Step Nonrigid
ICP Algorithms for Surface Registration", CVPR 2007), so that large differences are met by large patches; h is how far offsets reach into
holes before the model is itself again. The Laplacian is Botsch and Sorkine's cotangent one ("On Linear Variational Surface Deformation
Methods", TVCG 2008, thin plate).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from studio.body.feet import sole_and_toes, sole_turn
from studio.body.joints import INDEX
from studio.body.rotations import from_matrix
from studio.mesh.normals import face_areas, face_normals
from studio.twin.correspond import Pairs, body_to_scan, scan_to_body
from studio.twin.kinematics import FitBody
from studio.twin.target import ScanTarget
from studio.twin.unknowns import State, SurfacePoints

if TYPE_CHECKING:
    import scipy.sparse

#: Smoothing lengths [m], one solve each; the last grows with the scan's noise.
_LENGTHS_M = (0.050, 0.028, 0.015, 0.008)
#: Smoothing length added per metre of noise: at 1 mm of noise patches of 1.6 cm are averaged, some fifty points of a good scan.
_LENGTH_PER_NOISE = 8.0
#: How far offsets reach into holes [m]: about the width of a hand.
_HOLE_REACH_M = 0.10
#: A place whose nearest scan point lies this many spacings aside is at the rim of a hole and not over data: over data 4 % are as unlucky.
#: Pairs across a rim bend the skin there, and with it all that fills the hole.
_RIM_SPACINGS = 1.0
#: Parts that a nearest-point search understands badly are kept stiffer: smoothing lengths times these.
_STIFFER = {"ears": 2.5, "eyelids": 4.0, "lips": 4.0, "fingernails": 3.0, "toenails": 3.0}
_STIFFER_PARTS = {"left_hand": 0.9, "right_hand": 0.9}
_TOES, _INSIDE = 2.5, 6.0
#: Loose parts belong to the inner skin within this distance; outer skin goes along with them altogether and no more at these [m].
_POCKET_M, _POCKET_RIM_M = 0.01, (0.004, 0.012)
#: What stands off the skull by more than this is hair [m]: twice what shape directions miss of bald bodies (median 1.4 mm).
_HAIR_M = 0.003
#: A triangle is spoiled where it turned against the plain body by more than this [cos] or lost this share of its area.
_TURNED, _SHRUNK = 0.35, 0.2
#: How much stiffer skin may become around spoiled triangles, as a factor of the smoothing length.
_STIFFEST = 8.0
#: A foot whose underside is this near to the floor [m] and as level as this [rad] stands on it; what of it lies this low when it is level
#: touches the floor [m]. Scanners lose the lowest 3 to 5 mm of feet; a foot that is higher up or on its toes may be lifted.
_STANDING_M, _LEVEL, _CONTACT_M = 0.006, np.radians(6.0), 0.004
#: Share of a foot's skin, toes aside, that faces the floor where it stands: 0.31 in the open body, 0.14 with the heel down and the toes up.
_SOLE_SHARE = 0.22
#: Weight of what touches the floor: it is a tenth of the sole, and speaks for all of it.
_CONTACT_WEIGHT = 10.0
#: Distances beyond which pairs count a quarter [m], first and last solve.
_REACH_M = (0.030, 0.015)
_TURN_M = 0.02
#: Scan points that pull in each solve, drawn anew each time.
_SCAN_POINTS = 30_000


@dataclass(frozen=True, eq=False)
class Plate:
    """What is fixed while offsets are solved for: the smoothness of the body's surface.

    laplacian: Integrated cotangent Laplacian, (V, V). mass: Area of each vertex [m2], (V,). length_scale: Of the smoothing length, (V,).
    pockets: Eyes and mouth, each as vertices and how much (0 to 1) each takes part in moving as a whole.
    """

    laplacian: scipy.sparse.csr_array
    mass: np.ndarray
    length_scale: np.ndarray
    pockets: tuple[tuple[np.ndarray, np.ndarray], ...]


def plate_of(body: FitBody) -> Plate:
    """The plate of a body on its mean shape."""
    vertices, faces = body.template, body.model.faces.astype(np.int64)
    scale = np.ones(len(vertices))
    for part, times in _STIFFER_PARTS.items():
        scale[body.skin.is_part(part)] *= times
    toes = body.weights[:, [INDEX["left_foot"], INDEX["right_foot"]]].sum(axis=1)
    scale *= 1 + (_TOES - 1) * toes  # they touch each other, and few scanners see between them
    scale[~body.skin.outer] *= _INSIDE  # mouth cavity and eye sockets move as a whole, with what is in them
    surface = body.model.surface
    for region, times in _STIFFER.items() if surface is not None else ():
        scale *= 1 + (times - 1) * surface.regions[region]
    mass = np.zeros(len(vertices))
    np.add.at(mass, faces, face_areas(vertices, faces)[:, None] / 3)
    return Plate(_cotangents(vertices, faces), np.maximum(mass, 1e-10), scale, _pockets(vertices, faces, body.skin.outer))


def solve_offsets(
    body: FitBody,
    target: ScanTarget,
    state: State,
    plate: Plate,
    trust: np.ndarray,
    rng: np.random.Generator,
    *,
    floor: float | None = None,
    bare: bool = False,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Offsets of the rest vertices [m]: the person's own, and those with which the body lies on the scan in its pose; and the solves.

    trust: How far each vertex shows the person and not the pose, 0 to 1, shape (V,) (see `studio.twin.bending`). floor: Height of the
    floor that the person stands on, in the frame of the fit [m]; None where it is not known. bare: Whether no hair covers the scalp.
    Both offsets have shape (V, 3), float64; where all skin is trusted they are the same.
    """
    spacing = np.sqrt(target.area)
    outer, on_outer = SurfacePoints.all_over(body.skin.faces, face_areas(body.template, body.skin.faces))
    offsets = np.zeros_like(body.template)
    stiffness = np.ones(len(offsets))
    lengths = [length + _LENGTH_PER_NOISE * target.noise_m for length in _LENGTHS_M]
    for solve, length in enumerate(lengths):
        reach = _REACH_M[0] * (_REACH_M[1] / _REACH_M[0]) ** (solve / (len(lengths) - 1))
        moved = body.displaced(state, offsets)
        there = body_to_scan(moved, target, outer, on_outer, reach_m=reach, turn_m=_TURN_M)
        here, facing = outer.of(moved.vertices), outer.of(moved.normals)
        there = _over_data(there, here, spacing[target.nearest(here, facing, turn_m=_TURN_M)])
        scan = target.sample(_SCAN_POINTS, rng)
        share = np.full(len(scan), target.area.sum() / len(scan))
        back = scan_to_body(moved, body.skin, target, scan, share, reach_m=reach, turn_m=_TURN_M)
        if not bare:
            there, back = (_without_hair(pairs, state, body.skin.is_part("scalp")) for pairs in (there, back))
        pairs = (there, back) if floor is None else (there, back, _on_floor(body, moved, floor))
        for _ in range(3):  # folds are smoothed away, not accepted
            solved = _solve(body, state, pairs, plate, length * plate.length_scale * stiffness, offsets)
            spoiled = _spoiled(body, state, solved) & (stiffness < _STIFFEST)
            if not spoiled.any():
                break
            stiffness = np.where(spoiled, 2 * stiffness, stiffness)
        offsets = solved
    trusted = tuple(replace(pair, weights=pair.weights * pair.points.of(trust[:, None])[:, 0]) for pair in pairs)
    own = _solve(body, state, trusted, plate, length * plate.length_scale * stiffness, offsets)
    return with_rigid_pockets(own, plate), with_rigid_pockets(offsets, plate), len(lengths) + 1


def _on_floor(body: FitBody, state: State, floor: float) -> Pairs:
    """Pairs that lay the undersides of standing feet level on the floor, and keep their toes above it: no scanner sees there, and the
    stature is taken from there."""
    up = np.array([0.0, 1.0, 0.0])
    chosen, gaps = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for side in ("left", "right"):
        sole = body.skin.is_part(f"{side}_foot") & (body.weights[:, INDEX[f"{side}_foot"]] < 0.5)  # without toes, as feet are levelled
        foot = np.flatnonzero(sole & body.skin.outer & (state.normals @ up < -0.5))
        if body.skin.area[foot].sum() < _SOLE_SHARE * body.skin.area[sole].sum():
            continue
        heights = state.vertices[foot] @ up
        turn = sole_turn(state.vertices[foot], up=up)
        if abs(heights.min() - floor) < _STANDING_M and np.linalg.norm(from_matrix(turn)) < _LEVEL:
            level = (state.vertices[foot] @ turn.T) @ up
            level -= level.min()  # the sole as it is, but level
            low = level < _CONTACT_M
            toes = sole_and_toes(body.model, side)[1]
            deep = toes[state.vertices[toes] @ up < floor]
            chosen += [foot[low], deep]
            gaps += [(heights - floor - level)[low], state.vertices[deep] @ up - floor]
    vertices, gap = np.concatenate(chosen), np.concatenate(gaps)
    normals = np.tile(-up, (len(vertices), 1))
    targets = state.vertices[vertices] - gap[:, None] * up
    return Pairs(SurfacePoints.at_vertices(vertices), targets, normals, _CONTACT_WEIGHT * body.skin.area[vertices], gap)


def _over_data(pairs: Pairs, here: np.ndarray, spacing: np.ndarray) -> Pairs:
    """Without pairs whose scan point lies far aside, as at the rim of a hole."""
    offset = pairs.targets - here
    across = np.einsum("nd,nd->n", offset, pairs.normals)
    aside = np.sqrt(np.maximum(np.einsum("nd,nd->n", offset, offset) - across**2, 0))
    return replace(pairs, weights=pairs.weights * (aside < _RIM_SPACINGS * spacing + 0.25 * np.abs(across)))


def _without_hair(pairs: Pairs, state: State, scalp: np.ndarray) -> Pairs:
    """Without pairs that would lift the scalp off the skull: that is hair, which a twin wears over its own head."""
    above = np.einsum("nd,nd->n", pairs.targets - pairs.points.of(state.vertices), pairs.normals) > _HAIR_M
    hairy = above & (pairs.points.of(scalp[:, None].astype(float))[:, 0] > 0.5)
    return replace(pairs, weights=pairs.weights * ~hairy)


def _solve(body: FitBody, state: State, pairs: tuple[Pairs, Pairs], plate: Plate, length: np.ndarray, start: np.ndarray) -> np.ndarray:
    """One linear solve for the offsets by conjugate gradients; smoothness with the data's mean stiffness is the preconditioner."""
    import scipy.sparse as sp
    from scipy.sparse.linalg import LinearOperator, cg, splu

    count = len(start)
    rows, right = zip(*(_data_rows(body, state, pair) for pair in pairs), strict=True)
    data, wanted = sp.vstack(rows).tocsr(), np.concatenate(right)
    bend = plate.laplacian.T @ sp.diags_array(length**4 / plate.mass) @ plate.laplacian
    smooth = (bend + sp.diags_array((np.median(length) / _HOLE_REACH_M) ** 4 * plate.mass)).tocsc()
    normal = (data.T @ data).tocsr()
    pull = data.T @ wanted
    mean_stiffness = normal.diagonal().reshape(count, 3).mean(axis=1)
    factor = splu((smooth + sp.diags_array(mean_stiffness)).tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})

    def times(x: np.ndarray) -> np.ndarray:
        return normal @ x + (smooth @ x.reshape(count, 3)).ravel()

    def precondition(x: np.ndarray) -> np.ndarray:
        return factor.solve(x.reshape(count, 3)).ravel()

    size = (3 * count, 3 * count)
    solution, _ = cg(
        LinearOperator(size, matvec=times, dtype=np.float64),
        pull,
        x0=start.ravel(),
        rtol=1e-3,
        maxiter=150,
        M=LinearOperator(size, matvec=precondition, dtype=np.float64),
    )
    return solution.reshape(count, 3)


def _data_rows(body: FitBody, state: State, pairs: Pairs) -> tuple[scipy.sparse.csr_array, np.ndarray]:
    """Rows ``sqrt(w) n^T M b`` of the offsets, shape (S, 3 V), and right sides, shape (S,)."""
    import scipy.sparse as sp

    used = np.flatnonzero(pairs.weights > 0)
    points, normals = pairs.points.at(used), pairs.normals[used]
    root = np.sqrt(pairs.weights[used])
    local = (normals[:, None, None] @ state.linear[points.corners])[:, :, 0] * (points.barycentric * root[:, None])[:, :, None]
    columns = (3 * points.corners[:, :, None] + np.arange(3)).reshape(-1)
    rows = sp.csr_array((local.ravel(), columns, np.arange(0, 9 * len(used) + 1, 9)), shape=(len(used), 3 * len(state.vertices)))
    gap = np.einsum("nd,nd->n", pairs.targets[used] - points.of(state.vertices), normals)
    return rows, root * gap


def _spoiled(body: FitBody, state: State, offsets: np.ndarray) -> np.ndarray:
    """Vertices around triangles that folded or collapsed, on the rest body or in the scan's pose, with their neighbours, shape (V,)."""
    faces = body.model.faces.astype(np.int64)
    bad = np.zeros(len(faces), dtype=bool)
    for plain, bent in ((state.shaped, state.shaped + offsets), (state.vertices, body.displaced(state, offsets).vertices)):
        turned = np.einsum("fd,fd->f", face_normals(plain, faces), face_normals(bent, faces)) < _TURNED
        bad |= turned | (face_areas(bent, faces) < _SHRUNK * face_areas(plain, faces))
    marked = np.zeros(len(offsets), dtype=bool)
    marked[faces[bad]] = True
    for _ in range(2):
        touched = marked[faces].any(axis=1)
        marked[faces[touched]] = True
    return marked


def with_rigid_pockets(offsets: np.ndarray, plate: Plate) -> np.ndarray:
    """Offsets with which eyeballs and teeth move together with their sockets, as they are; shape (V, 3).

    No scan shows them, and whatever fits them apart would push eyeballs through lids.
    """
    offsets = offsets.copy()
    for vertices, share in plate.pockets:
        whole = offsets[vertices][share == 1].mean(axis=0)
        offsets[vertices] += share[:, None] * (whole - offsets[vertices])
    return offsets


def _pockets(vertices: np.ndarray, faces: np.ndarray, outer: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Parts that hang loose in the mesh with the inner skin around them; nearby outer skin takes part the less the further it is away."""
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    def labels(graph_faces: np.ndarray) -> np.ndarray:
        ends = (graph_faces.ravel(), np.roll(graph_faces, 1, axis=1).ravel())
        graph = sp.csr_array((np.ones(graph_faces.size), ends), shape=(len(vertices), len(vertices)))
        return connected_components(graph, directed=False)[1]

    component = labels(faces)
    skin = component == np.bincount(component).argmax()
    inner = labels(faces[~(outer | ~skin)[faces].any(axis=1)])  # patches of skin that no scanner sees
    inner[outer | ~skin] = -1
    loose: dict[int, list[int]] = {}
    for part in np.unique(component[~skin]):
        near = cKDTree(vertices[component == part]).query(vertices, distance_upper_bound=_POCKET_M)[0]
        around = inner[np.isfinite(near) & (inner >= 0)]
        if len(around):
            loose.setdefault(int(np.bincount(around).argmax()), []).append(int(part))
    pockets = []
    for patch, parts in loose.items():
        whole = (inner == patch) | np.isin(component, parts)
        distance, _ = cKDTree(vertices[whole]).query(vertices, distance_upper_bound=_POCKET_RIM_M[1])
        share = np.interp(distance, _POCKET_RIM_M, (1.0, 0.0)) * (skin | whole)
        pockets.append((np.flatnonzero(share > 0), share[share > 0]))
    return tuple(pockets)


def _cotangents(vertices: np.ndarray, faces: np.ndarray) -> scipy.sparse.csr_array:
    """Integrated cotangent Laplacian, positive semi-definite, shape (V, V); cotangents are kept positive so that it stays so."""
    import scipy.sparse as sp

    count = len(vertices)
    entries, rows, columns = [], [], []
    for corner in range(3):
        here, one, two = faces[:, corner], faces[:, (corner + 1) % 3], faces[:, (corner + 2) % 3]
        u, v = vertices[one] - vertices[here], vertices[two] - vertices[here]
        sine = np.linalg.norm(np.cross(u, v), axis=1)
        cotangent = 0.5 * np.clip(np.einsum("fd,fd->f", u, v) / np.maximum(sine, 1e-12), 0.05, 5.0)
        entries += [cotangent, cotangent]
        rows, columns = [*rows, one, two], [*columns, two, one]
    parts = (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns)))
    weights = sp.coo_array(parts, shape=(count, count)).tocsr()
    return (sp.diags_array(weights.sum(axis=1)) - weights).tocsr()
