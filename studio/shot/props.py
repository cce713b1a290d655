"""Models and panoramas that a scene brings along: which files they are, whether they may be read, and a model as a job wants it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.frames import world_from_smplx
from studio.garment.finished.mesh import Material, MeshFile
from studio.garment.finished.read import read_mesh
from studio.shot.painted import write_mesh
from studio.specs.scene import SceneSpec

#: Largest file that a scene brings along [bytes]: a panorama of 8192 x 4096 as .exr in single precision is 400 MB.
MAX_FILE_BYTES = 400_000_000
#: Most triangles of a model.
_MOST_TRIANGLES = 3_000_000
#: A model that says nothing of its looks is painted like this: light grey, matt.
_PLAIN = Material(name="plain", rgb=(0.6, 0.6, 0.6), roughness=0.6)


def scene_files(scene: SceneSpec, folder: Path) -> dict[str, Path]:
    """The files that a scene names, by their names. folder: Where its scene.toml lies.

    Raises StudioError where one is missing, too large, or leads out of the folder.
    """
    named = [prop.file for prop in scene.set.props if prop.file is not None]
    if scene.set.sky is not None and scene.set.sky.file is not None:
        named.append(scene.set.sky.file)
    found = {}
    for name in named:
        path = folder / name
        if not path.is_file():
            near = did_you_mean(name, [each.name for each in folder.iterdir() if each.is_file()])
            raise StudioError(f"The scene '{scene.title}' names the file {name}, which does not lie beside its scene.toml: {near}")
        if path.resolve().parent != folder.resolve():
            raise StudioError(
                f"The file {name} of the scene '{scene.title}' is a link that leads out of the scene's folder; copy it there."
            )
        if path.stat().st_size > MAX_FILE_BYTES:
            raise StudioError(f"{name} is {path.stat().st_size / 1e6:.0f} MB, and {MAX_FILE_BYTES / 1e6:.0f} MB are read at most.")
        found[name] = path
    return found


def write_model(folder: Path, number: int, path: Path, *, scale: float) -> dict[str, Any]:
    """Read a model and write it into a job folder; its foot becomes the origin. Returns what the job says of it.

    Raises StudioError for files that are no models or too large.
    """
    model = read_mesh(path, name=path.name)
    if not len(model.faces):
        raise StudioError(f"{path.name} has no faces; export the model as a mesh.")
    if len(model.faces) > _MOST_TRIANGLES:
        raise StudioError(f"{path.name} has {len(model.faces):,} triangles, and {_MOST_TRIANGLES:,} are read at most; thin it out first.")
    return write_mesh(
        folder,
        f"prop-{number}",
        vertices=_standing(model) * scale * (model.metres_per_unit or 1.0),
        faces=model.faces,
        corner_uv=np.zeros((*model.faces.shape, 2)) if model.corner_uv is None else model.corner_uv,
        material=_of_faces(model),
        materials=model.materials or (_PLAIN,),
        pictures=model.pictures,
    )


def _standing(model: MeshFile) -> np.ndarray:
    """Vertices with z up, standing on z = 0 over the origin, (V, 3)."""
    points = model.points if model.up == "z" else world_from_smplx(model.points)
    low, high = points.min(axis=0), points.max(axis=0)
    return points - [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]]


def _of_faces(model: MeshFile) -> np.ndarray:
    """The material of each face, in the first variant of the file, (F,)."""
    if not model.materials:
        return np.zeros(len(model.faces), dtype=np.int64)
    numbers = np.array(model.variants[0].materials, dtype=np.int64) if model.variants and model.variants[0].materials else None
    return model.part.astype(np.int64) if numbers is None else numbers[model.part]
