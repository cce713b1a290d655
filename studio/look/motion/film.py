"""An animation for film: body and garments as USD meshes whose points are sampled over time."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.look.motion.preview import SKIN, garment_colour
from studio.mesh.picture import linear_from_srgb
from studio.progress import Report, silent
from studio.store import Asset

SUFFIXES = (".usd", ".usda", ".usdc")


def write_film(animation: Asset, file: Path, *, report: Report = silent) -> Path:
    """Write a published animation as ``.usd`` or ``.usdc`` (both binary) or ``.usda`` (text): world frame, metres, z up.

    ``body`` and each garment are meshes with points in every frame, faces once; garments have their pattern as texture coordinates [m].
    Frame 1 is the first. A file of that name is replaced in one step. Raises StudioError for another suffix and for a missing folder.
    """
    from studio.engine import Engine, write_job

    check_film(file)
    colours, name = [SKIN, *(garment_colour(facts) for facts in animation.facts["garments"])], _plain(animation.ref.name)
    names = ["body", *(f"garment_{index}_{_plain(facts['garment'])}" for index, facts in enumerate(animation.facts["garments"]))]
    linear = [linear_from_srgb(np.array(colour, np.uint8)).tolist() for colour in colours]
    meshes = [{"name": each, "colour": colour} for each, colour in zip(names, linear, strict=True)]
    job = Path(tempfile.mkdtemp(prefix="studio-motion-"))  # kept where the job fails: the error names it, and it can be replayed
    write_job(
        job, "motion", file=f"film{file.suffix.lower()}", name=name, title=str(animation.ref), fps=animation.facts["fps"], meshes=meshes
    )
    for number, _ in enumerate(meshes):
        arrays = animation.arrays("body.npz" if number == 0 else f"garment-{number - 1}.npz")
        uv = {} if number == 0 else {"uv": arrays["uv_cm"] / 100}
        np.savez(job / f"mesh-{number}.npz", points=arrays["vertices"], faces=arrays["faces"], **uv)
    made = file.with_name(f".{file.name}.part")
    with Engine() as engine:
        shutil.copyfile(engine.run(job, report=report).path(f"film{file.suffix.lower()}"), made)
    made.replace(file)
    shutil.rmtree(job)
    return file


def check_film(file: Path) -> None:
    """Refuse a file that cannot be written as a film. Raises StudioError."""
    if file.suffix.lower() not in SUFFIXES:
        raise StudioError(f"An animation is not written as '{file.suffix or file.name}': {did_you_mean(file.suffix.lower(), SUFFIXES)}")
    if not file.parent.is_dir():
        raise StudioError(f"There is no folder {file.parent}: make it first, or name another place for {file.name}.")


def _plain(name: str) -> str:
    """A name as USD takes it: letters, digits and underscores, no digit first."""
    return re.sub(r"^(?=\d)|\W", "_", name, flags=re.ASCII)
