"""Formats that Blender reads for us, in a child process: all meshes of a file as one, with base colours and the pictures that it embeds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from studio.engine import Engine, JobResult, write_job
from studio.errors import StudioError
from studio.garment.finished.mesh import Material, MeshFile, Variant
from studio.garment.finished.pictures import PictureRoll
from studio.scan.raw import inside_folder


def read_by_blender(path: Path, *, name: str) -> MeshFile:
    """The mesh in an FBX or USD file. Raises StudioError where it has no faces."""
    job = Path(tempfile.mkdtemp(prefix="studio-mesh-"))  # kept where the job fails: the error names it, and it can be replayed
    file = f"mesh{path.suffix.lower()}"
    write_job(job, "mesh-import", file=file)
    shutil.copyfile(path, job / file)
    with Engine() as engine:
        mesh = _mesh(engine.run(job), path.parent, name)
    shutil.rmtree(job)
    return mesh


def _mesh(result: JobResult, folder: Path, name: str) -> MeshFile:
    with np.load(result.path("mesh.npz"), allow_pickle=False) as stored:
        arrays = dict(stored)
    if not len(arrays["faces"]):
        raise StudioError(f"{name} has no meshes with faces; export the mesh itself.")
    roll, remarks = PictureRoll(name), []

    def picture(said: dict[str, str] | None) -> str | None:
        if said is None:
            return None
        if said.get("file"):
            return roll.keep(result.path(said["file"]).read_bytes(), said["name"])
        file = inside_folder(folder, said["name"])
        if file is None:
            remarks.append(f"The texture {said['name']} of {name} is neither inside it nor beside it: that part is plain.")
            return None
        return roll.keep(file.read_bytes(), file.name)

    materials = tuple(
        Material(
            name=each["name"][:200], rgb=tuple(float(np.clip(value, 0, 1)) for value in each["rgb"]),
            roughness=float(np.clip(each["roughness"], 0, 1)), metallic=float(np.clip(each["metallic"], 0, 1)),
            colour=picture(each["colour"]), normal=picture(each["normal"]),
        )
        for each in result.facts["materials"]
    )  # fmt: skip
    variants = (Variant(name="one", materials=tuple(range(len(materials)))),) if materials else ()
    return MeshFile(
        arrays["vertices"].astype(np.float64), arrays["faces"].astype(np.int64), arrays["part"].astype(np.int32),
        arrays["corner_uv"].astype(np.float64) if arrays["corner_uv"].size else None, materials, variants, roll.kept,
        up="z", metres_per_unit=1.0, remarks=tuple(remarks),
    )  # fmt: skip
