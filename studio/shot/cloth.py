"""Garments as they are rendered: smoother, with a thickness, and with what a sewer left on them: hems, stitches, seams, ribs.

Distances to edges and seams are measured on the flat pattern, where a hem is a straight line, and not on the creased cloth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.garment.prints import PrintPicture
from studio.garment.weave import WeaveTile
from studio.mesh.normals import vertex_normals
from studio.shot.closures import Opening, Trim, trim_of
from studio.shot.photometry import linear_rgb
from studio.specs.fabric import KNITS

#: Distances beyond this are of no interest to any stitch [mm].
_FAR_MM = 80.0
#: Panels whose edges lie closer than this are sewn together [m]; a look's gate allows no wider gap.
_WELD_M = 0.0012
#: Triangles with longer edges than this get one step of smoothing [m].
_SMOOTH_ABOVE_M = 0.008
#: A corner that is as far from a seam as from the centre, to this, lies beside the centre's seam [mm].
_SAME_LINE_MM = 0.4
#: Segments that are looked at for each point: edges of one mesh differ in length by less than this allows for.
_CANDIDATES = 8
#: How far Phong tessellation (Boubekeur and Alexa 2008) leans to the tangent planes: at a half, middles of chords land on the circle.
_PHONG = 0.5


@dataclass(frozen=True)
class Garment:
    """One layer of a look, as published.

    vertices: World [m], (V, 3). faces: (F, 3), outward. uv_cm: Pattern coordinates of the corners, (F, 3, 2), v along the grain.
    panel: (F,). ribs: Which panels are of rib knit. look: How the cloth looks, from `cloth_look`. weave: One repeat of its surface; without
    it no yarns are drawn. print: A picture on it. over_hair: Whether it is a hat or a hood, which hair lies under and not on.
    opening: Of its front, with buttons or a zip.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    uv_cm: np.ndarray
    panel: np.ndarray
    look: dict[str, Any]
    ribs: frozenset[int] = frozenset()
    weave: WeaveTile | None = None
    print: PrintPicture | None = None
    over_hair: bool = False
    opening: Opening | None = None

    def __post_init__(self) -> None:
        count = len(self.faces)
        if self.uv_cm.shape != (count, 3, 2) or self.panel.shape != (count,):
            raise StudioError(f"The garment '{self.name}' has {count} triangles, and its pattern coordinates do not fit them.")
        if count == 0 or self.faces.min() < 0 or self.faces.max() >= len(self.vertices):
            raise StudioError(f"The garment '{self.name}' has triangles that name vertices it does not have.")
        if not np.isfinite(self.vertices).all():
            raise StudioError(f"The garment '{self.name}' has vertices that are not finite; dress the twin again.")


@dataclass(frozen=True)
class ClothMesh:
    """A garment ready to render.

    vertices: (V', 3) [m]. faces: (F', 3). corners: fields by corner, (F', 3) or (F', 3, 3) each. outer_vertices, outer_faces: The outer
    side alone, (V, 3), (F, 3). trim: Its buttons or its zip.
    """

    vertices: np.ndarray
    faces: np.ndarray
    corners: dict[str, np.ndarray]
    outer_vertices: np.ndarray
    outer_faces: np.ndarray
    trim: Trim | None = None


#: By construction: over how many yarns the pattern that a camera sees runs, how far lightness wanders, unrest of worn cloth. Chosen by eye.
_CONSTRUCTIONS = {
    "single-jersey": (1.0, 0.03, 0.30),
    "interlock": (1.0, 0.03, 0.26),
    "rib": (2.0, 0.03, 0.20),
    "plain": (1.0, 0.02, 0.28),
    "twill": (2.0, 0.025, 0.24),
    "satin": (2.0, 0.01, 0.30),
    "fleece": (1.0, 0.04, 0.25),
    "leather": (1.0, 0.02, 0.22),
}
#: How far the lightness of a melange of strength 1 wanders at some millimetres, beside what its fibres do.
_MELANGE = 0.16


def cloth_look(
    *, construction: str, pitch_mm: float, colour: str, roughness: float, sheen: float, thickness_mm: float, transmission: float = 0.0,
    anisotropy: float = 0.0, melange: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """What the cloth's material wants to know. colour: sRGB hex. transmission: share of light that passes."""
    period, wander, unrest = _CONSTRUCTIONS[construction]
    knit = construction in KNITS
    return {
        "rgb": linear_rgb(colour).tolist(),
        "period_mm": period * pitch_mm,
        "wander": wander + _MELANGE * melange,
        "unrest": unrest,
        "roughness": roughness,
        "anisotropy": anisotropy,
        "sheen": sheen,
        "specular": 0.5 if construction in ("satin", "leather") else 0.25,
        "translucency": min(0.5, 0.6 * transmission),
        "thickness_mm": thickness_mm,
        "hem_mm": 20.0,
        "hem_rows": 2 if knit else 1,
        "stitch_mm": 3.0,
        "opening_mm": None,
    }


def tailor(garment: Garment) -> ClothMesh:
    """Smooth a garment, measure its edges and seams, give it its thickness."""
    vertices, faces = np.asarray(garment.vertices, dtype=float), np.asarray(garment.faces, dtype=np.int64)
    uv, panel = np.asarray(garment.uv_cm, dtype=float), garment.panel
    lengths = np.linalg.norm(vertices[faces] - vertices[np.roll(faces, -1, axis=1)], axis=2)
    if np.median(lengths) > _SMOOTH_ABOVE_M:
        vertices, faces, uv = _smoothed(vertices, faces, uv)
        panel = np.repeat(panel, 4)
    edge, along, seam = _pattern_distances(garment, uv, panel)
    place = np.broadcast_to(panel[:, None, None] * 1.0, (*faces.shape, 1))
    rib = np.isin(panel, list(garment.ribs)).astype(float)
    corners = {
        "edge_mm": edge,
        "along_mm": along,
        "seam_mm": seam,
        "pattern": np.concatenate([uv / 100, place], axis=2),
        "rib": np.repeat(rib[:, None], 3, axis=1),
    }
    normals, thickness, trim = vertex_normals(vertices, faces), garment.look["thickness_mm"] / 1000, None
    if garment.opening is not None:
        corners |= _front(garment.opening, uv, panel, corners["seam_mm"])
        trim = trim_of(garment.opening, vertices, faces, uv, panel, thickness_m=thickness)
    return replace(_thickened(vertices, faces, normals, corners, thickness), trim=trim)


def _front(opening: Opening, uv: np.ndarray, panel: np.ndarray, seam: np.ndarray) -> dict[str, np.ndarray]:
    """Distance of the fronts' corners from the centre line [mm], which lie under the other side, and the seam's distance without it."""
    centre = np.full(uv.shape[:2], _FAR_MM)
    for number, line in zip((opening.under, opening.over), opening.centre_cm, strict=True):
        own = panel == number
        near, _ = _to_segments(uv[own].reshape(-1, 2) * 10, line[:1] * 10, line[1:] * 10)
        centre[own] = np.minimum(near, _FAR_MM).reshape(-1, 3)
    under = np.repeat((panel == opening.under)[:, None] * float(opening.stand_cm > 0), 3, axis=1)
    return {"centre_mm": centre, "under": under, "seam_mm": np.where(np.abs(seam - centre) < _SAME_LINE_MM, _FAR_MM, seam)}


def _pattern_distances(garment: Garment, uv: np.ndarray, panel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For corners on their flat panels: distance to the open edge, length along that edge, distance to the nearest seam [mm].

    uv: Pattern coordinates [cm] of the corners of some mesh, (F, 3, 2), and its faces' panels (F,).
    """
    open_edges, sewn_edges = _edges(garment)
    shape = uv.shape[:2]
    edge, along, seam = np.full(shape, _FAR_MM), np.zeros(shape), np.full(shape, _FAR_MM)
    for number in np.unique(panel):
        faces = np.flatnonzero(panel == number)
        points = uv[faces].reshape(-1, 2) * 10
        for edges, distance in ((open_edges, edge), (sewn_edges, seam)):
            own = edges[garment.panel[edges[:, 0]] == number]
            if not len(own):
                continue
            start = garment.uv_cm[own[:, 0], own[:, 1]] * 10
            stop = garment.uv_cm[own[:, 0], (own[:, 1] + 1) % 3] * 10
            near, at = _to_segments(points, start, stop)
            distance[faces] = np.minimum(near, _FAR_MM).reshape(-1, 3)
            if edges is open_edges:
                along[faces] = at.reshape(-1, 3)
    return edge, along, seam


def _edges(garment: Garment) -> tuple[np.ndarray, np.ndarray]:
    """Open edges and sewn edges as (face, corner) rows: an edge starts at its corner."""
    from scipy.spatial import cKDTree

    faces = np.asarray(garment.faces, dtype=np.int64)
    rim = _single(faces)
    welded = np.arange(len(garment.vertices))
    loose = np.unique(np.concatenate([faces[rim[:, 0], rim[:, 1]], faces[rim[:, 0], (rim[:, 1] + 1) % 3]])) if len(rim) else rim[:, 0]
    if len(loose):
        for a, b in cKDTree(garment.vertices[loose]).query_pairs(_WELD_M, output_type="ndarray"):
            welded[max(loose[a], loose[b])] = min(welded[loose[a]], welded[loose[b]])
    joined = welded[faces]
    open_rows = _single(joined)
    corner_a, corner_b = joined, np.roll(joined, -1, axis=1)
    keys = np.minimum(corner_a, corner_b) * (len(welded) + 1) + np.maximum(corner_a, corner_b)
    order = np.argsort(keys.ravel(), kind="stable")
    same = np.flatnonzero(keys.ravel()[order][1:] == keys.ravel()[order][:-1])
    first, second = order[same], order[same + 1]
    flat_uv = garment.uv_cm
    f1, c1, f2, c2 = first // 3, first % 3, second // 3, second % 3
    # the two faces run along their common edge in opposite directions
    apart = np.linalg.norm(flat_uv[f1, c1] - flat_uv[f2, (c2 + 1) % 3], axis=1)
    apart += np.linalg.norm(flat_uv[f1, (c1 + 1) % 3] - flat_uv[f2, c2], axis=1)
    split = (garment.panel[f1] != garment.panel[f2]) | (apart > 0.02)
    sewn = np.concatenate([np.stack([f1[split], c1[split]], axis=1), np.stack([f2[split], c2[split]], axis=1)])
    return open_rows, sewn


def _single(faces: np.ndarray) -> np.ndarray:
    """Edges that one face only has, as (face, corner) rows."""
    a, b = faces, np.roll(faces, -1, axis=1)
    keys = np.minimum(a, b) * (faces.max() + 1) + np.maximum(a, b)
    _, inverse, counts = np.unique(keys.ravel(), return_inverse=True, return_counts=True)
    alone = np.flatnonzero(counts[inverse] == 1)
    return np.stack([alone // 3, alone % 3], axis=1)


def _to_segments(points: np.ndarray, start: np.ndarray, stop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance from points (N, 2) to the nearest of some segments, and the place along that segment's own direction.

    That place is counted from a common origin, so that neighbours along a straight hem agree. Candidates are the segments whose
    middles are nearest: exact for segments of similar length, as a mesh's edges are.
    """
    from scipy.spatial import cKDTree

    places, back = np.unique(np.round(points, 3), axis=0, return_inverse=True)  # a vertex comes up in all of its faces
    axis = stop - start
    length = np.maximum(np.linalg.norm(axis, axis=1), 1e-9)
    unit = axis / length[:, None]
    count = min(_CANDIDATES, len(start))
    _, near = cKDTree((start + stop) / 2).query(places, k=count)
    near = near.reshape(len(places), count)
    offset = places[:, None] - start[near]
    t = np.clip((offset * unit[near]).sum(axis=2), 0, length[near])
    distance = np.linalg.norm(offset - t[..., None] * unit[near], axis=2)
    chosen = distance.argmin(axis=1)
    row = np.arange(len(places))
    along = (places * unit[near[row, chosen]]).sum(axis=1)
    back = back.ravel()
    return distance[row, chosen][back], along[back]


def _smoothed(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step of Phong tessellation: every triangle in four; the given vertices stay where the simulation left them."""
    normals = vertex_normals(vertices, faces)
    half = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, of_edge = np.unique(np.sort(half, axis=1), axis=0, return_inverse=True)
    of_edge = of_edge.reshape(-1, 3)
    a, b = vertices[edges[:, 0]], vertices[edges[:, 1]]
    flat = (a + b) / 2
    lean = np.zeros_like(flat)
    for end, normal in ((a, normals[edges[:, 0]]), (b, normals[edges[:, 1]])):
        lean += (flat - ((flat - end) * normal).sum(axis=1, keepdims=True) * normal) / 2
    middle = (1 - _PHONG) * flat + _PHONG * lean
    m = len(vertices) + of_edge
    fine = np.stack([np.stack([faces[:, k], m[:, k], m[:, (k + 2) % 3]], axis=1) for k in range(3)] + [m], axis=1).reshape(-1, 3)
    mid = (uv + np.roll(uv, -1, axis=1)) / 2
    parts = [np.stack([uv[:, k], mid[:, k], mid[:, (k + 2) % 3]], axis=1) for k in range(3)] + [mid]
    return np.concatenate([vertices, middle]), fine, np.stack(parts, axis=1).reshape(-1, 3, 2)


def _thickened(vertices: np.ndarray, faces: np.ndarray, normals: np.ndarray, corners: dict[str, np.ndarray], thickness: float) -> ClothMesh:
    """Outer side, inner side where the simulation left it, and the rim between them along open edges."""
    count = len(vertices)
    outer = vertices + normals * thickness
    rim = _single(faces)
    a, b = faces[rim[:, 0], rim[:, 1]], faces[rim[:, 0], (rim[:, 1] + 1) % 3]
    rim_faces = np.concatenate([np.stack([a, a + count, b + count], axis=1), np.stack([a, b + count, b], axis=1)])
    everything = np.concatenate([faces, faces[:, ::-1] + count, rim_faces])
    fields = {}
    for name, values in corners.items():
        at_a, at_b = values[rim[:, 0], rim[:, 1]], values[rim[:, 0], (rim[:, 1] + 1) % 3]
        rims = np.concatenate([np.stack([at_a, at_a, at_b], axis=1), np.stack([at_a, at_b, at_b], axis=1)])
        fields[name] = np.concatenate([values, values[:, ::-1], rims])
    return ClothMesh(np.concatenate([outer, vertices]), everything, fields, outer, faces)
