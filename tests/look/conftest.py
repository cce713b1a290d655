"""Bodies and garments in code: capsules instead of people, tubes instead of clothes."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from studio.garment.curves import Line
from studio.garment.meshing import PatternMesh, mesh_pattern
from studio.garment.pattern import Edge, Panel, Pattern, Placement, Seam
from studio.look.figure import Figure


def capsule(radius: float, height: float, centre: tuple[float, float, float] = (0, 0, 0)) -> tuple[np.ndarray, np.ndarray]:
    """An upright capsule; ``height`` between the centres of its caps."""
    mesh = trimesh.creation.capsule(height=height, radius=radius, count=[40, 40])
    vertices = np.asarray(mesh.vertices) - [0, 0, np.asarray(mesh.vertices)[:, 2].mean()]
    return vertices + np.array(centre), np.asarray(mesh.faces, dtype=np.int64)


def joined(*parts: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Meshes as one."""
    offsets = np.cumsum([0, *(len(vertices) for vertices, _ in parts[:-1])])
    faces = [faces + offset for (_, faces), offset in zip(parts, offsets, strict=True)]
    return np.concatenate([vertices for vertices, _ in parts]), np.concatenate(faces)


def sheet(rows: int, columns: int, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """A flat rectangle of equilateral triangles in the plane z = 0, normals up."""
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    points = np.stack([(x + 0.5 * (y % 2)) * spacing, y * spacing * np.sqrt(3) / 2, np.zeros(x.shape)], axis=-1).reshape(-1, 3)
    faces = []
    for j in range(rows - 1):
        for i in range(columns - 1):
            a, b, c, d = j * columns + i, j * columns + i + 1, (j + 1) * columns + i, (j + 1) * columns + i + 1
            faces += [(a, b, c), (b, d, c)] if j % 2 == 0 else [(a, b, d), (a, d, c)]
    return points, np.array(faces, dtype=np.int64)


def trapezium(name: str, side: str, width_cm: float, hem_cm: float, height_cm: float) -> Panel:
    """A panel whose upper edge hangs at the landmark ``top``."""
    w, v, h = width_cm / 2, hem_cm / 2, height_cm
    corners = {"hem": ((-v, -h), (v, -h)), "plus": ((v, -h), (w, 0.0)), "up": ((w, 0.0), (-w, 0.0)), "minus": ((-w, 0.0), (-v, -h))}
    outline = tuple(Edge(edge, (Line(start, stop),)) for edge, (start, stop) in corners.items())
    return Panel(name, outline, Placement("torso", side, "top", (0.0, 0.0)))


def tube(half_girth_cm: float, height_cm: float, *, half_hem_cm: float | None = None) -> Pattern:
    """A tube of two panels. The back is drawn as seen from behind, so its plus side meets the front's minus side."""
    half_hem_cm = half_girth_cm if half_hem_cm is None else half_hem_cm
    front, back = (trapezium(side, side, half_girth_cm, half_hem_cm, height_cm) for side in ("front", "back"))
    seams = (Seam(("front", "plus"), ("back", "minus")), Seam(("front", "minus"), ("back", "plus")))
    return Pattern("tube", (front, back), seams)


@pytest.fixture(scope="session")
def post() -> Figure:
    """An upright capsule, 0.24 m thick and 1 m tall, that leans over by 5 degrees from its first pose to its last."""
    vertices, faces = capsule(0.12, 0.76, (0, 0, 0.5))
    poses = []
    for angle in np.radians(np.linspace(0, 5, 3)):
        turn = np.array([[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]])
        poses.append(vertices @ turn.T)
    return Figure(
        vertices=np.array(poses), joints=np.zeros((3, 55, 3)), faces=faces, owner=np.zeros(len(vertices), dtype=np.int64),
        landmarks={"top": np.array([0.0, 0.0, 0.8])},
    )  # fmt: skip


@pytest.fixture(scope="session")
def tube_mesh() -> PatternMesh:
    """A tube with 6 cm of ease for `post`, meshed at 20 mm."""
    return mesh_pattern(tube(40.0, 36.0), edge_length_m=0.02)


def lean(degrees: float) -> np.ndarray:
    """Rotation about x."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])


@pytest.fixture(scope="session")
def egg() -> Figure:
    """A body like an egg on its end, 1 m tall and 0.3 m thick, that leans over by 5 degrees from its first pose to its last."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=1.0)
    vertices = np.asarray(ball.vertices) * [0.15, 0.15, 0.5] + np.array([0, 0, 0.5])
    poses = [vertices @ lean(angle).T for angle in (0.0, 2.5, 5.0)]
    return Figure(
        vertices=np.array(poses), joints=np.zeros((3, 55, 3)), faces=np.asarray(ball.faces, dtype=np.int64),
        owner=np.zeros(len(vertices), dtype=np.int64), landmarks={"top": np.array([0.0, 0.0, 0.82])},
    )  # fmt: skip
