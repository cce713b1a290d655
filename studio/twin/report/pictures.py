"""Pictures for reports: bodies and scans from four sides, plain and with numbers as colours, all of one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.picture import cloud_layer, mesh_layer, shaded, splat_spacing
from studio.mesh.view import SIDES, View, frame

#: Height of a picture [px]: twice what a page shows, for paper and dense screens.
HEIGHT_PX = 880
#: How much of the light and shade a map keeps: enough to see which place it is, too little to be taken for a value.
_MAP_RELIEF = 0.4

#: How the sides are written beneath pictures.
SIDE_NAMES = {"front": "Front", "left": "Left side", "back": "Back", "right": "Right side"}


@dataclass(frozen=True, eq=False)
class ScanShape:
    """A scan as it is drawn. points [m], normals, shape (N, 3); colours sRGB (N, 3) uint8, faces (F, 3), or None."""

    points: np.ndarray
    normals: np.ndarray
    colours: np.ndarray | None = None
    faces: np.ndarray | None = None

    @property
    def is_mesh(self) -> bool:
        """Whether it has triangles."""
        return self.faces is not None and len(self.faces) > 0


def four_views(*subjects: np.ndarray) -> tuple[View, ...]:
    """Front, left, back and right of everything given, each (N, 3) [m]."""
    return frame(subjects, height_px=HEIGHT_PX, azimuths_deg=tuple(SIDES.values()))


def scan_pictures(views: Sequence[View], scan: ScanShape) -> tuple[np.ndarray, ...]:
    """A scan in its own colours, or as clay: sRGB with alpha, (H, W, 4), uint8, one for each view."""
    return _scan_drawn(views, scan, scan.colours, relief=1.0)


def scan_maps(views: Sequence[View], scan: ScanShape, colours: np.ndarray) -> tuple[np.ndarray, ...]:
    """A scan in given colours of its points (N, 3), lit so weakly that they can be read off a scale."""
    return _scan_drawn(views, scan, colours, relief=_MAP_RELIEF)


def body_pictures(views: Sequence[View], vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, ...]:
    """A body as clay. vertices [m], (V, 3)."""
    surface = Surface(vertices, faces)
    return tuple(shaded(mesh_layer(view, surface)) for view in views)


def body_maps(views: Sequence[View], vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray) -> tuple[np.ndarray, ...]:
    """A body in given colours of its vertices (V, 3), lit so weakly that they can be read off a scale."""
    surface = Surface(vertices, faces)
    return tuple(shaded(mesh_layer(view, surface, colours=colours), relief=_MAP_RELIEF) for view in views)


def _scan_drawn(views: Sequence[View], scan: ScanShape, colours: np.ndarray | None, *, relief: float) -> tuple[np.ndarray, ...]:
    if scan.is_mesh:
        surface = Surface(scan.points, scan.faces)
        return tuple(shaded(mesh_layer(view, surface, colours=colours), relief=relief) for view in views)
    spacing = splat_spacing(scan.points)
    return tuple(shaded(cloud_layer(view, scan.points, scan.normals, spacing_m=spacing, colours=colours), relief=relief) for view in views)
