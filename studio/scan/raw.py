"""What a scan file says, before anything is cleaned or turned: `RawScan`, in the file's own coordinates and unit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Paint:
    """The colour of a mesh by texture: pictures, and where each triangle's corners lie in them.

    pictures: RGB pictures, sRGB, each of shape (H, W, 3), uint8.
    picture: Which picture each triangle shows, -1 for none, shape (F,), int32.
    corner_uv: Texture coordinates of the triangles' corners, origin at the picture's lower left, shape (F, 3, 2), float32.
    flat: Colour of each triangle where it has no picture, sRGB, shape (F, 3), uint8.
    """

    pictures: tuple[np.ndarray, ...]
    picture: np.ndarray
    corner_uv: np.ndarray
    flat: np.ndarray


@dataclass(frozen=True)
class RawScan:
    """Points or a triangle mesh as a file holds them: file coordinates, file unit, any axes.

    points: Shape (N, 3), float64; not a number where the file says so (the holes of a depth frame).
    normals: Shape (N, 3), float32, or None.
    colours: Shape (N, 3), uint8, sRGB, or None.
    faces: Vertex indices of triangles, shape (F, 3), int32, or None for a point cloud.
    paint: The texture of a mesh, or None.
    metres_per_unit: What the format or the file itself prescribes (glTF: metres), or None.
    remarks: Sentences for the person who added the file, such as a picture that is missing.
    """

    points: np.ndarray
    normals: np.ndarray | None = None
    colours: np.ndarray | None = None
    faces: np.ndarray | None = None
    paint: Paint | None = None
    metres_per_unit: float | None = None
    remarks: tuple[str, ...] = ()

    def keep(self, mask: np.ndarray) -> RawScan:
        """The scan of those points alone, mask of shape (N,), bool; triangles stay where all three corners stay."""
        if mask.all():
            return self
        changed = {"points": self.points[mask]}
        if self.normals is not None:
            changed["normals"] = self.normals[mask]
        if self.colours is not None:
            changed["colours"] = self.colours[mask]
        if self.faces is not None:
            whole = mask[self.faces].all(axis=1)
            new_index = np.cumsum(mask, dtype=np.int32) - 1
            changed["faces"] = new_index[self.faces[whole]]
            if self.paint is not None:
                paint = self.paint
                changed["paint"] = replace(paint, picture=paint.picture[whole], corner_uv=paint.corner_uv[whole], flat=paint.flat[whole])
        return replace(self, **changed)


def fan_triangles(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut polygons into fans of triangles.

    counts: Corners of each polygon, shape (P,); those below three give no triangle.

    Returns which corners make the triangles, as positions in the list of all polygons' corners one after the other, shape (F, 3), and the
    polygon that each triangle came from, shape (F,); both int64.
    """
    counts = np.asarray(counts, dtype=np.int64)
    first_corner = np.cumsum(counts) - counts
    triangles_of = np.maximum(counts - 2, 0)
    polygon = np.repeat(np.arange(len(counts)), triangles_of)
    step = np.arange(len(polygon)) - np.repeat(np.cumsum(triangles_of) - triangles_of, triangles_of)
    first = first_corner[polygon]
    return np.stack([first, first + step + 1, first + step + 2], axis=1), polygon


def inside_folder(folder: Path, reference: str) -> Path | None:
    """The file that a scan file refers to, if it exists inside ``folder``; a path that leads out counts by its last part alone.

    Exporters often write the absolute path of the machine that made the file (C:\\Users\\...), and the picture lies beside it.
    """
    reference = reference.strip().strip('"').replace("\\", "/")
    folder = folder.resolve()
    for candidate in (reference, reference.rsplit("/", 1)[-1]):
        if not candidate or "\0" in candidate:
            continue
        path = (folder / candidate).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    return None


def parse_numbers(text: bytes, dtype: type = np.float64) -> np.ndarray:
    """All numbers of a text between blanks, in order. Raises ValueError where something else is among them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's way to say that it stopped at a word
        try:
            return np.fromstring(text, dtype=dtype, sep=" ")
        except DeprecationWarning as warning:
            raise ValueError("not only numbers") from warning
