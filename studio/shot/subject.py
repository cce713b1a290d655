"""What a job renders: the refined body with its painted fields, eyes, hairs and garments, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals
from studio.mesh.subdivide import refine, refine_corners
from studio.shot import eyes
from studio.shot.ageing import fine_lines, lined
from studio.shot.complexion import paint
from studio.shot.figure import Figure
from studio.shot.head import Head, find_head
from studio.shot.lips import closed_lips, lip_fields, lip_line
from studio.shot.mouth import mouth_parts

#: Subdivisions of the body: 1 mm between vertices on the face, 5 mm on the body.
LEVELS = 2


@dataclass(frozen=True)
class Skin:
    """The refined skin. vertices, rest: (V, 3) [m]. quads: (Q, 4). normals: (V, 3). fields: (V,) each. surface: for rays and distances.

    coarse: How many of the first vertices are those of one subdivision less. uv: Texture coordinates of the quads' corners, (Q, 4, 2).
    mouth_shut: Whether nothing can be seen of the inside of the mouth.
    """

    vertices: np.ndarray
    rest: np.ndarray
    quads: np.ndarray
    normals: np.ndarray
    fields: dict[str, np.ndarray]
    surface: Surface
    lids: tuple[eyes.LidLine, eyes.LidLine]
    coarse: int
    uv: np.ndarray
    mouth_shut: bool

    @property
    def triangles(self) -> np.ndarray:
        """The quads' halves, (2 Q, 3)."""
        return triangles_of(self.quads)


def triangles_of(quads: np.ndarray) -> np.ndarray:
    """Both halves of each quad, shape (2 Q, 3); triangles 2 i and 2 i + 1 are quad i."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def build_skin(figure: Figure, head: Head | None = None, *, woman: bool = False, age: float = 30.0, seed: int = 1) -> Skin:
    """Refine the skin of a figure, close its lips, fold it where its age has drawn lines, and paint it.

    head: Of the figure, where it is known. woman: see `paint`. age, seed: see `studio.shot.ageing`.
    """
    chosen = figure.skin[figure.quads].all(axis=1)
    quads = figure.quads[chosen]
    used = np.unique(quads)
    renumber = np.full(len(figure.vertices), -1)
    renumber[used] = np.arange(len(used))
    fine = refine(renumber[quads], len(used), LEVELS)
    vertices, rest = fine(figure.vertices[used]), fine(figure.rest_vertices[used])
    triangles = triangles_of(fine.quads)
    head = head or find_head(figure)
    line = lip_line(head, Surface(vertices, triangles))
    vertices = closed_lips(head, line, vertices)
    vertices = vertices + vertex_normals(vertices, triangles) * lined(head, rest, age, seed=seed)[:, None]
    surface = Surface(vertices, triangles)
    fields = {name: fine(values[used]) for name, values in paint(figure, head, woman=woman).items()}
    lids = (eyes.lid_line(head, 0, surface), eyes.lid_line(head, 1, surface))
    fields["lid_upper"], fields["lid_lower"] = eyes.lid_margins(head, vertices, lids)
    fields |= lip_fields(head, line, vertices) | {"fine_lines": fine_lines(head, rest)}
    coarse = len(vertices) - 3 * len(fine.quads) // 4
    uv = refine_corners(figure.uv[chosen], LEVELS)
    return Skin(vertices, rest, fine.quads, vertex_normals(vertices, triangles), fields, surface, lids, coarse, uv, line.shut)


def eye_arrays(head: Head, lids: tuple[eyes.LidLine, eyes.LidLine]) -> dict[str, np.ndarray]:
    """The arrays of both eyes for a job."""
    import trimesh

    shell, iris = eyes.eyeball(head.eye_radius)
    arrays = {}
    for name, part in (("shell", shell), ("iris", iris)):
        arrays |= {
            f"{name}_vertices": part.vertices,
            f"{name}_quads": part.quads,
            f"{name}_share": part.radius_share,
            f"{name}_polar": part.polar,
        }
    for eye, side in enumerate(("left", "right")):
        arrays[f"tears_{side}"] = eyes.tear_line(head, eye, lids[eye])
        arrays[f"caruncle_{side}"] = eyes.caruncle(head, eye, lids[eye])
    bead = trimesh.creation.icosphere(subdivisions=3, radius=0.0015)
    return arrays | {"bead_vertices": np.asarray(bead.vertices), "bead_faces": np.asarray(bead.faces)}


def mouth_arrays(figure: Figure) -> dict[str, np.ndarray]:
    """The arrays of teeth, gums and tongue for a job; empty for a body without them."""
    arrays = {}
    for name, part in mouth_parts(figure).items():
        arrays |= {
            f"{name}_vertices": part.vertices.astype(np.float32),
            f"{name}_quads": part.quads.astype(np.int32),
            f"{name}_local": part.local.astype(np.float32),
            f"{name}_neck": part.neck.astype(np.float32),
        }
    return arrays
