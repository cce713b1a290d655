"""Garments that bring their own materials: rendered as their files have them, without hems, stitches and weaves of ours."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.garment.finished.mesh import Material
from studio.shot.cloth import ClothMesh
from studio.store import Asset


@dataclass(frozen=True, eq=False)
class PaintedGarment:
    """One finished garment of a look, as published.

    vertices: World [m], (V, 3). faces: (F, 3), outward. corner_uv: Texture coordinates of the corners, origin at the lower left,
    (F, 3, 2); zero where the file has none. material: Of each face, a number into ``materials``, (F,). pictures: By the names in them.
    over_hair: Whether it is a hat.
    """

    name: str
    vertices: np.ndarray
    faces: np.ndarray
    corner_uv: np.ndarray
    material: np.ndarray
    materials: tuple[Material, ...]
    pictures: Mapping[str, Path]
    over_hair: bool = False

    def __post_init__(self) -> None:
        if self.material.shape != (len(self.faces),) or not 0 <= self.material.min() <= self.material.max() < len(self.materials):
            raise StudioError(f"The garment '{self.name}' has triangles whose materials it does not have; dress the twin again.")

    @property
    def mesh(self) -> ClothMesh:
        """What hair, shadows and the floor are told of it."""
        return ClothMesh(self.vertices, self.faces, {}, self.vertices, self.faces)


def painted_garment(look: Asset, index: int, facts: Mapping[str, Any]) -> PaintedGarment:
    """A look's garment that has materials of its own. facts: What the look says of it."""
    arrays = look.arrays(f"garment-{index}.npz")
    materials = tuple(Material.model_validate(each) for each in facts["materials"])
    used = {picture for each in materials for picture in (each.colour, each.normal, each.surface) if picture is not None}
    faces = arrays["faces"].astype(np.int64)
    return PaintedGarment(
        name=f"{facts['garment']}-{index}",
        vertices=np.asarray(arrays["vertices"], dtype=float),
        faces=faces,
        corner_uv=np.asarray(arrays["corner_uv"], dtype=float) if "corner_uv" in arrays else np.zeros((*faces.shape, 2)),
        material=arrays["material"].astype(np.int64),
        materials=materials,
        pictures={picture: look.path(f"garment-{index}-{picture}") for picture in sorted(used)},
        over_hair=facts["kind"] == "hat",
    )


def write_painted(folder: Path, index: int, garment: PaintedGarment) -> dict[str, Any]:
    """Write a garment and its pictures into a job folder. Returns what the job says of it."""
    written = write_mesh(
        folder,
        f"garment-{index}",
        vertices=garment.vertices,
        faces=garment.faces,
        corner_uv=garment.corner_uv,
        material=garment.material,
        materials=garment.materials,
        pictures=garment.pictures,
    )
    return written | {"name": garment.name}


def write_mesh(
    folder: Path,
    stem: str,
    *,
    vertices: np.ndarray,
    faces: np.ndarray,
    corner_uv: np.ndarray,
    material: np.ndarray,
    materials: Sequence[Material],
    pictures: Mapping[str, Path | bytes],
) -> dict[str, Any]:
    """Write a mesh with materials of its own as ``<stem>.npz``, and its pictures beside it. Returns what the job says of it.

    pictures: Files, or what they hold, by the names in the materials.
    """
    np.savez(
        folder / f"{stem}.npz",
        vertices=vertices.astype(np.float32),
        faces=faces.astype(np.int32),
        corner_uv=corner_uv.astype(np.float32),
        material=material.astype(np.int32),
    )
    for picture, source in pictures.items():
        file = folder / f"{stem}-{picture}"
        file.write_bytes(source) if isinstance(source, bytes) else shutil.copyfile(source, file)

    def named(picture: str | None) -> str | None:
        return None if picture is None else f"{stem}-{picture}"

    said = [
        each.model_dump(mode="json") | {role: named(getattr(each, role)) for role in ("colour", "normal", "surface")} for each in materials
    ]
    return {"name": stem, "arrays": f"{stem}.npz", "materials": said}
