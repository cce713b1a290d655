"""MakeHuman's clothes files (``.mhclo``): how each vertex of an OBJ is bound to the base mesh hm08.

A vertex lies at the weighted mean of three vertices of hm08, or at one of them, plus an offset along the axes of MakeHuman's rest pose.
The offset is scaled along each axis by a distance between two vertices of the body over what it was on the body that the garment was
made on (the file's ``x_scale``, ``y_scale``, ``z_scale``). Units are decimetres. Format: makehuman ``shared/proxy.py`` and mpfb2
``services/clothesservice.py``, described here from files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio.body.makehuman import METRES_PER_UNIT, VERTICES
from studio.errors import StudioError
from studio.scan.raw import inside_folder

#: A binding is a line for each vertex.
_MAX_BYTES = 50_000_000
_AXES = ("x_scale", "y_scale", "z_scale")


@dataclass(frozen=True, eq=False)
class Binding:
    """Where the V vertices of a garment lie on hm08.

    vertices: Three vertices of hm08 each, shape (V, 3), int64. weights: Shape (V, 3), rows sum to 1. offsets: On the garment's own body
    [m], MakeHuman's axes (y up, facing +z), shape (V, 3).
    scale_pairs: Two vertices of hm08 for each axis, shape (3, 2). scale_m: How far apart they were [m], shape (3,); 0 leaves an axis alone.
    """

    vertices: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    scale_pairs: np.ndarray
    scale_m: np.ndarray

    def scales(self, hm08: np.ndarray) -> np.ndarray:
        """How much larger than on the garment's own body offsets are on a body in MakeHuman's rest pose, by axis, shape (3,)."""
        apart = np.abs(hm08[self.scale_pairs[:, 0]] - hm08[self.scale_pairs[:, 1]])[np.arange(3), np.arange(3)]
        return np.where(self.scale_m > 0, apart / np.where(self.scale_m > 0, self.scale_m, 1.0), 1.0)

    def kept(self, vertices: np.ndarray) -> Binding:
        """The binding of some of the vertices, by their numbers."""
        return Binding(self.vertices[vertices], self.weights[vertices], self.offsets[vertices], self.scale_pairs, self.scale_m)

    def arrays(self) -> dict[str, np.ndarray]:
        """What is kept in an npz file."""
        return {"vertices": self.vertices, "weights": self.weights, "offsets": self.offsets,
                "scale_pairs": self.scale_pairs, "scale_m": self.scale_m}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ClothesFile:
    """A clothes file: its title, what kinds it says it is, its OBJ beside it, and its binding."""

    title: str
    tags: tuple[str, ...]
    mesh: Path
    binding: Binding
    remarks: tuple[str, ...]


def read_clothes(path: Path, *, name: str) -> ClothesFile:
    """Read a clothes file. Raises StudioError where it is for another base mesh, cut off, or its OBJ is not beside it."""
    if path.stat().st_size > _MAX_BYTES:
        raise StudioError(f"{name} has {path.stat().st_size:,} bytes, and a clothes file has {_MAX_BYTES:,} at most.")
    said, lines, tags = _statements(path.read_text(encoding="utf-8", errors="replace"))
    base = said.get("basemesh", "hm08")
    if base not in ("hm08", "alpha_7", "alpha_8"):
        raise StudioError(f"{name} is made for the base mesh '{base[:40]}', and clothes for hm08 are read: choose its version for hm08.")
    mesh = inside_folder(path.parent, said.get("obj_file", ""))
    if mesh is None:
        raise StudioError(f"{name} needs its mesh {said.get('obj_file') or '(it names none)'}, which is not beside it: put it there.")
    if not lines:
        raise StudioError(f"{name} binds no vertices (lines after 'verts'); it is cut off, download it again.")
    try:
        vertices, weights, offsets = _bindings(lines)
        pairs, apart = _scales(said)
    except ValueError as error:
        raise StudioError(f"{name} has lines that cannot be read ({error}); it is cut off or damaged, download it again.") from None
    if vertices.min() < 0 or vertices.max() >= VERTICES or pairs.min() < 0 or pairs.max() >= VERTICES:
        raise StudioError(f"{name} names vertices that hm08 does not have ({VERTICES:,}); it is for another base mesh.")
    binding = Binding(vertices, weights, offsets * METRES_PER_UNIT, pairs, apart * METRES_PER_UNIT)
    sheared = any(key.startswith(("shear_", "l_shear_", "r_shear_")) for key in said)
    remarks = (f"{name} shears its offsets with the body, which is not read: they are scaled alone.",) if sheared else ()
    return ClothesFile(said.get("name", path.stem)[:200], tags, mesh, binding, remarks)


def _statements(text: str) -> tuple[dict[str, str], list[list[str]], tuple[str, ...]]:
    """What is said by keyword, the rows of vertices, and the tags."""
    said: dict[str, str] = {}
    rows: list[list[str]] = []
    tags: list[str] = []
    inside = False
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0][0].isdigit() or words[0][0] == "-":
            if inside:
                rows.append(words)
            continue
        if words[0] in ("verts", "delete_verts"):
            inside = words[0] == "verts"  # other keywords may stand between it and its rows
        if words[0] == "tag":
            tags.append(" ".join(words[1:]))
        else:
            said[words[0]] = " ".join(words[1:])
    return said, rows, tuple(tags)


def _bindings(rows: list[list[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    vertices, weights, offsets = np.zeros((len(rows), 3), np.int64), np.zeros((len(rows), 3)), np.zeros((len(rows), 3))
    for k, row in enumerate(rows):
        if len(row) == 1:
            vertices[k], weights[k] = int(row[0]), (1.0, 0.0, 0.0)
        elif len(row) in (6, 9):
            vertices[k], weights[k] = [int(word) for word in row[:3]], [float(word) for word in row[3:6]]
            offsets[k] = [float(word) for word in row[6:9]] if len(row) == 9 else 0.0
        else:
            raise ValueError(f"vertex {k} has {len(row)} numbers")
    if not (np.isfinite(weights).all() and np.isfinite(offsets).all()):
        raise ValueError("a number is not finite")
    total = weights.sum(axis=1, keepdims=True)
    if (np.abs(total - 1) > 0.01).any():
        raise ValueError("weights that do not add up to 1")
    return vertices, weights / total, offsets


def _scales(said: dict[str, str]) -> tuple[np.ndarray, np.ndarray]:
    pairs, apart = np.zeros((3, 2), np.int64), np.zeros(3)
    for axis, key in enumerate(_AXES):
        if key in said:
            first, second, distance = said[key].split()[:3]
            pairs[axis], apart[axis] = (int(first), int(second)), float(distance)
    if not np.isfinite(apart).all():
        raise ValueError("a scale is not finite")
    return pairs, apart
