"""A rig as USD or FBX: a job for the Blender child, which brings Pixar's USD library and Blender's FBX exporter."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio.body.joints import JOINTS, PARENTS
from studio.engine import Engine, write_job
from studio.progress import Report, silent
from studio.twin.export.materials import Material
from studio.twin.export.place import beside
from studio.twin.export.rig import Rig


def write_usd(file: Path, rig: Rig, *, report: Report = silent) -> None:
    """Write a rig as ``.usd``, ``.usdc`` (both binary), ``.usda`` (text), with its images beside it, or as ``.usdz``, which holds them."""
    _run(file, rig, kind="usd", names=lambda name: beside(file, name), keep_images=file.suffix.lower() != ".usdz", report=report)


def write_fbx(file: Path, rig: Rig, *, report: Report = silent) -> None:
    """Write a rig as binary FBX 7.4, its images embedded."""
    _run(file, rig, kind="fbx", names=lambda name: name, keep_images=False, report=report)


def _run(file: Path, rig: Rig, *, kind: str, names: Callable[[str], str], keep_images: bool, report: Report) -> None:
    job = Path(tempfile.mkdtemp(prefix=f"studio-{kind}-"))  # kept where the job fails: the error names it, and it can be replayed
    images = {image.name: image.data for each in rig.materials for image in (each.image, each.normal) if image is not None}
    write_job(
        job,
        kind,
        file=f"twin{file.suffix.lower()}",
        name=rig.name,
        title=rig.title,
        floor_m=rig.floor_m,
        joints=list(JOINTS),
        shapes=[shape.name for shape in rig.shapes],
        materials=[_material(each, names) for each in rig.materials],
        images=[names(f"{name}.png") for name in images],
    )
    np.savez(
        job / "rig.npz",
        vertices=rig.vertices, normals=rig.normals, quads=rig.quads, uv=rig.uv, material=rig.material, weights=rig.weights,
        joints=rig.joints, parents=np.array(PARENTS), rotations=rig.rotations, quaternions=rig.quaternions, translations=rig.translations,
        shape_offsets=np.stack([shape.offsets for shape in rig.shapes]), shape_weights=np.array([shape.weight for shape in rig.shapes]),
        extent=np.stack([rig.posed.min(axis=0), rig.posed.max(axis=0)]),
    )  # fmt: skip
    for name, data in images.items():
        (job / names(f"{name}.png")).write_bytes(data)
    try:
        with Engine() as engine:
            shutil.copyfile(engine.run(job, report=report).path(f"twin{file.suffix.lower()}"), file)
    except KeyboardInterrupt:
        shutil.rmtree(job)
        raise
    if keep_images:
        for name in images:
            shutil.copyfile(job / names(f"{name}.png"), file.parent / names(f"{name}.png"))
    shutil.rmtree(job)


def _material(each: Material, names: Callable[[str], str]) -> dict[str, Any]:
    images = {role: names(f"{image.name}.png") for role, image in (("image", each.image), ("normal", each.normal)) if image is not None}
    return {"name": each.name, "colour": each.colour, "roughness": each.roughness} | images
