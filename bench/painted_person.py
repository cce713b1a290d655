"""A made-up scan whose colours are known: a body mesh painted with features of skin, in light that is baked in, as OBJ with a texture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import face_areas, vertex_normals
from studio.twin.texture.canvas import texels
from studio.twin.texture.colour import linear_from_srgb, srgb_from_linear
from studio.twin.texture.margin import fill_margins

#: sRGB of what is painted.
SKIN, TAN, HAIR, LIP = (214, 170, 145), (186, 134, 106), (52, 36, 28), (176, 96, 92)
INK, MOLE, FRECKLE, CLOTH = (46, 58, 84), (92, 58, 44), (170, 116, 86), (104, 107, 112)
WHITE, IRIS, PUPIL, STUBBLE = (228, 222, 216), (92, 106, 112), (14, 12, 12), (150, 122, 108)
#: Vertices of SMPL-X's mesh: tip of the nose (``smplx/vertex_ids.py``).
NOSE = 9120


@dataclass(frozen=True, eq=False)
class Person:
    """A painted body, in the frame of its file: metres, y up, facing +z.

    vertices, faces, uv: Of the mesh, (V, 3), (F, 3), (F, 3, 2). moles: Centres on the skin [m], (M, 3). eyes: Of the eyeballs' middles,
    left and right, (2, 3). eyeball: Which vertices belong to them, (V,).
    """

    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    moles: np.ndarray
    freckles: np.ndarray
    eyes: np.ndarray
    eyeball: np.ndarray

    @cached_property
    def surface(self) -> Surface:
        return Surface(self.vertices, self.faces)

    @cached_property
    def face_moles(self) -> np.ndarray:
        """The moles on the face, (M', 3)."""
        return self.moles[self.on_face(self.moles)]

    def on_face(self, points: np.ndarray) -> np.ndarray:
        """Which points lie on the front of the head between chin and hairline."""
        nose = self.vertices[NOSE]
        return (np.abs(points[:, 1] - nose[1] + 0.005) < 0.085) & (points[:, 2] > nose[2] - 0.10) & (np.abs(points[:, 0]) < 0.07)


def load_person(file: Path, *, seed: int = 5) -> Person:
    """Read a mesh with texture coordinates and place its moles and freckles."""
    rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    vertices = np.array([row[1:4] for row in rows if row and row[0] == "v"], dtype=np.float64)
    flat = np.array([row[1:3] for row in rows if row and row[0] == "vt"], dtype=np.float64)
    corners = np.array([[part.split("/")[:2] for part in row[1:4]] for row in rows if row and row[0] == "f"], dtype=np.int64) - 1
    faces, uv = corners[..., 0], flat[corners[..., 1]]
    rng = np.random.default_rng(seed)
    eyeball = _eyeballs(faces, len(vertices))
    left = eyeball & (vertices[:, 0] > 0)
    eyes = np.stack([vertices[left].mean(axis=0), vertices[eyeball & ~left].mean(axis=0)])
    nose = vertices[NOSE]
    areas = face_areas(vertices, faces) * ~eyeball[faces[:, 0]]
    on_head = vertices[faces].mean(axis=1)
    face = (np.linalg.norm(on_head - nose, axis=1) < 0.085) & (on_head[:, 2] > nose[2] - 0.06)
    moles = np.concatenate([_spread(vertices, faces, areas * face, 14, rng), _spread(vertices, faces, areas, 60, rng)])
    moles = moles[[k for k in range(len(moles)) if k == 0 or np.linalg.norm(moles[:k] - moles[k], axis=1).min() > 0.018]]
    near = np.linalg.norm(on_head - nose, axis=1) < 0.07
    return Person(vertices, faces, uv, moles, _spread(vertices, faces, areas * near, 160, rng), eyes, eyeball)


def _eyeballs(faces: np.ndarray, count: int) -> np.ndarray:
    """The two small pieces of the mesh."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    label = connected_components(coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count)), directed=False)[1]
    return label != np.bincount(label).argmax()


def _spread(vertices: np.ndarray, faces: np.ndarray, areas: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    chosen = faces[rng.choice(len(faces), count, p=areas / areas.sum())]
    return np.einsum("nk,nkd->nd", rng.dirichlet((1, 1, 1), count), vertices[chosen])


def paint(person: Person, points: np.ndarray, *, eyeball: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """True albedo at places of the skin, linear, (N, 3), and which of them are bare skin, (N,), bool.

    points: In the person's frame [m], (N, 3). eyeball: Which of them lie on an eyeball, (N,).
    """
    x, y, z = points.T
    nose = person.vertices[NOSE]
    colour = np.broadcast_to(_lin(SKIN), points.shape).copy()
    colour = _over(colour, TAN, 0.75 * _edge(np.abs(x), 0.24, 0.004) + 0.5 * _edge(y, nose[1] - 0.16, 0.01))
    colour *= 1 + (0.05 * _waves(points, 0.05) + 0.03 * _waves(points, 0.012) + 0.02 * _waves(points, 0.004))[:, None] * [0.6, 1.0, 1.1]
    across, up, front = np.abs(x), y - nose[1], z > nose[2] - 0.06
    cheek = np.exp(-0.5 * (((across - 0.04) / 0.016) ** 2 + ((up - 0.005) / 0.014) ** 2)) * front
    colour = _over(colour, (196, 120, 104), 0.5 * cheek)
    colour = _over(colour, STUBBLE, 0.6 * _edge(-up, 0.012, 0.006) * _edge(up, -0.085, 0.01) * _edge(z, nose[2] - 0.085, 0.01))
    mouth = ((across / 0.026) ** 2 + ((up + 0.031) / (0.010 * (1 - 0.25 * (across / 0.026) ** 2).clip(0.3))) ** 2) ** 0.5
    colour = _over(colour, LIP, _edge(1 - mouth, 0.0, 0.12) * front)
    for eye in person.eyes:
        along = (np.abs(x) - abs(eye[0])) / 0.024
        arch = y - eye[1] - 0.021 - 0.003 * np.cos(1.5 * along)
        hairs = 0.75 + 0.25 * np.sin(900 * x + 300 * y)
        colour = _over(
            colour, HAIR, 0.9 * hairs * np.exp(-((arch / 0.0042) ** 4)) * _edge(1.05 - np.abs(along), 0, 0.2) * front * (x * eye[0] > 0)
        )
    for centres, radius, ink, depth in ((person.freckles, 0.0011, FRECKLE, 0.7), (person.moles, 0.0022, MOLE, 0.95)):
        colour = _over(colour, ink, depth * _edge(radius - _nearest(centres, points), 0.0, 0.0006))
    colour = _patches(colour, points, nose)
    hair = _edge(up + 0.25 * np.minimum(z - nose[2] + 0.06, 0), 0.105, 0.003) * _edge(y, nose[1] - 0.05, 0.001)
    hair = np.maximum(hair, _edge(-z, -(nose[2] - 0.135), 0.004) * _edge(up, -0.03, 0.004) * (across < 0.09))
    colour = _over(colour, HAIR, hair * (0.9 + 0.1 * np.sin(2000 * x)))
    cloth = _edge(y, nose[1] - 0.86, 0.0008) * _edge(-y, -(nose[1] - 0.60), 0.0008) * (across < 0.22)
    colour = _over(colour, CLOTH, cloth)
    if eyeball is not None and eyeball.any():
        colour[eyeball] = _eye(person, points[eyeball])
    bare = (hair < 0.01) & (cloth < 0.01) & ~(np.zeros(len(points), bool) if eyeball is None else eyeball)
    return np.clip(colour, 0, 1), bare


def _patches(colour: np.ndarray, points: np.ndarray, nose: np.ndarray) -> np.ndarray:
    """A tattoo on the left upper arm, and chequers of skin tones on the belly, the back and a thigh."""
    x, y, z = points.T
    arm = _edge(0.035 - np.abs(x - 0.30), 0.0, 0.001) * (z > -0.06)
    lines = _edge(np.sin(2 * np.pi * x / 0.014 + 3 * np.sin(y / 0.01)), 0.35, 0.3)
    colour = _over(colour, INK, 0.85 * arm * lines)
    for centre, side in (((0.0, nose[1] - 0.50), 0.008), ((0.09, nose[1] - 0.98), 0.012)):
        inside = (np.abs(x - centre[0]) < 0.04) & (np.abs(y - centre[1]) < 0.04)
        odd = (np.floor(x / side) + np.floor(y / side)) % 2 > 0
        colour = np.where((inside & odd)[:, None], colour * [0.62, 0.55, 0.52], colour)
    return colour


def _eye(person: Person, points: np.ndarray) -> np.ndarray:
    eye = person.eyes[(points[:, 0] < 0).astype(int)]
    radius = np.linalg.norm((points - eye)[:, :2], axis=1)
    ball = _over(np.broadcast_to(_lin(WHITE), points.shape).copy(), IRIS, _edge(0.0059 - radius, 0, 0.0004))
    return _over(ball, PUPIL, _edge(0.0018 - radius, 0, 0.0003))


def _nearest(centres: np.ndarray, points: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return np.minimum(cKDTree(centres).query(points, distance_upper_bound=0.01, workers=-1)[0], 0.01)


def _lin(srgb: tuple[int, int, int]) -> np.ndarray:
    return linear_from_srgb(np.array(srgb)).astype(np.float64)


def _edge(value: np.ndarray, at: float, width: float) -> np.ndarray:
    return np.clip((value - at) / width + 0.5, 0, 1)


def _over(below: np.ndarray, srgb: tuple[int, int, int], share: np.ndarray) -> np.ndarray:
    return below + share[:, None] * (_lin(srgb) - below)


def _waves(points: np.ndarray, length: float) -> np.ndarray:
    """A smooth function of space with standard deviation 1 that changes over that length [m]."""
    rng = np.random.default_rng(int(length * 1e6))
    total = np.zeros(len(points))
    for direction, phase in zip(rng.normal(0, 1 / length, (10, 3)), rng.uniform(0, 2 * np.pi, 10), strict=True):
        total += np.cos(points @ direction + phase)
    return total / np.sqrt(5)


def irradiance(person: Person, *, directions: int = 384) -> np.ndarray:
    """Light that arrives at the vertices: a soft key from the upper left, a cool sky, a warm floor; by channel, (V, 3).

    Exposed as a photographer would: the mean is 0.72, so that the brightest skin is not clipped.
    """
    z = 1 - (2 * np.arange(directions) + 1) / directions
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(directions)
    ways = np.stack([np.sqrt(1 - z * z) * np.cos(turn), z, np.sqrt(1 - z * z) * np.sin(turn)], axis=1)
    key = np.array([0.55, 0.55, 0.63])
    radiance = 1.1 * np.exp(8 * (ways @ key - 1))[:, None] * [1.0, 0.97, 0.92]
    radiance += np.where(ways[:, 1:2] > 0, [[0.30, 0.32, 0.36]], [[0.22, 0.19, 0.16]])
    normals = vertex_normals(person.vertices, person.faces)
    total = np.zeros_like(person.vertices)
    for way, light in zip(ways, radiance, strict=True):
        facing = np.flatnonzero(normals @ way > 0)
        free = np.isinf(person.surface.first_hits(person.vertices[facing] + 0.0015 * normals[facing], np.tile(way, (len(facing), 1)))[0])
        bounce = 0.35 * radiance.mean(axis=0)  # where the body hides the sky, skin shines in
        total[facing] += (normals[facing] @ way)[:, None] * np.where(free[:, None], light, bounce)
    skin = ~person.eyeball
    return 0.72 * total / total[skin].mean(axis=0)


def write_scan(person: Person, file: Path, *, size: int = 4096, lit: bool = True) -> None:
    """Write the painted person as OBJ, MTL and PNG."""
    from PIL import Image

    light = irradiance(person) if lit else np.ones_like(person.vertices)
    picture, painted = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), bool)
    for part in texels(person.uv, size):
        corners = person.faces[part.triangle]
        colour, _ = paint(person, part.of(person.vertices, corners), eyeball=person.eyeball[corners[:, 0]])
        picture[part.row, part.column] = srgb_from_linear(colour * part.of(light, corners))
        painted[part.row, part.column] = True
    fill_margins(picture, painted)
    Image.fromarray(picture).save(file.with_suffix(".png"), compress_level=1)
    flat = person.uv.reshape(-1, 2)
    rows = [f"mtllib {file.stem}.mtl", *(f"v {a:.6f} {b:.6f} {c:.6f}" for a, b, c in person.vertices)]
    rows += [f"vt {u:.7f} {v:.7f}" for u, v in flat] + ["usemtl skin"]
    numbers = np.arange(len(flat)).reshape(-1, 3) + 1
    rows += ["f " + " ".join(f"{v + 1}/{t}" for v, t in zip(f, n, strict=True)) for f, n in zip(person.faces, numbers, strict=True)]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    file.with_suffix(".mtl").write_text(f"newmtl skin\nKd 1 1 1\nmap_Kd {file.stem}.png\n", encoding="utf-8")
