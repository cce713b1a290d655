"""What pictures of scans and bodies cost: four sides of clouds of growing size, and of the open body as a mesh."""

from __future__ import annotations

import resource
import time

import numpy as np

from studio.body.model import BodyParameters, forward, load_body
from studio.body.poses import apply_pose, load_pose
from studio.frames import world_from_smplx
from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals
from studio.mesh.picture import cloud_layer, mesh_layer, shaded, splat_spacing
from studio.mesh.view import View, frame
from studio.scan.reference import surface_samples
from studio.twin.report.pictures import HEIGHT_PX

#: Noise of the made-up clouds [m]: what a photogrammetry rig has.
_NOISE_M = 0.0008
POINTS = (60_000, 200_000, 1_000_000, 5_000_000)

_HEAD = f"""## Pictures

Four sides at {HEIGHT_PX} px, 4 samples to a pixel, shaded. Processor seconds for all four; the largest resident memory of the process so
far [GB], the cloud itself included (the sizes are taken in this order).

| what | find spacing s | four pictures s | memory GB |
|---|---|---|---|"""


def run() -> str:
    """Draw everything and return the table."""
    model = load_body("open")
    posed = forward(model, apply_pose(model, BodyParameters.zero(model), load_pose("a")))
    vertices = world_from_smplx(posed.vertices.astype(np.float64))
    views = frame([vertices], height_px=HEIGHT_PX)
    rows = [_HEAD, _mesh_row(views, vertices, model.faces)]
    return "\n".join([*rows, *(_cloud_row(views, vertices, model.faces, count) for count in POINTS)])


def _mesh_row(views: tuple[View, ...], vertices: np.ndarray, faces: np.ndarray) -> str:
    start = time.process_time()
    surface = Surface(vertices, faces)
    for view in views:
        shaded(mesh_layer(view, surface))
    return f"| mesh of {len(faces):,} triangles | - | {time.process_time() - start:.1f} | {_memory_gb():.2f} |"


def _cloud_row(views: tuple[View, ...], vertices: np.ndarray, faces: np.ndarray, count: int) -> str:
    rng = np.random.default_rng(1)
    points, triangle = surface_samples(vertices, faces, count, rng=rng)
    points = (points + rng.normal(0, _NOISE_M, points.shape)).astype(np.float32)
    normals = vertex_normals(vertices, faces)[faces[triangle, 0]].astype(np.float32)
    del triangle
    start = time.process_time()
    spacing = splat_spacing(points)
    found = time.process_time()
    for view in views:
        shaded(cloud_layer(view, points, normals, spacing_m=spacing))
    return f"| cloud of {count:,} points | {found - start:.1f} | {time.process_time() - found:.1f} | {_memory_gb():.2f} |"


def _memory_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
