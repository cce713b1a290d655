"""The user's own licensed SMPL-X model, read without trusting it: numeric arrays by name, never a pickled object.

The official ``SMPLX_*.npz`` files also hold object arrays (``joint2num``, ``part2num`` and others); an npz file is an archive
of single arrays, so those are simply never opened.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from studio.body.model import BodyModel, model_from_arrays
from studio.errors import MissingDependency, StudioError, did_you_mean

GENDERS = ("neutral", "female", "male")
SETTING = "STUDIO_SMPLX_DIR"
#: The arrays that the forward pass needs; all numeric in the official files (version 1.1).
KEYS = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")
#: A locked-head file with 400 shape directions is 170 MB; anything far larger is not this model.
MAX_BYTES = 2_000_000_000


def find_licensed(gender: str) -> Path:
    """Where the licensed file of a gender is. Raises MissingDependency with the remedy where it is not."""
    if gender not in GENDERS:
        raise StudioError(f"There is no SMPL-X model '{gender}': {did_you_mean(gender, GENDERS)}")
    name = f"SMPLX_{gender.upper()}.npz"
    remedy = (
        f"Register at https://smpl-x.is.tue.mpg.de, download the models, and set {SETTING} to the folder that holds {name}. "
        "--body open needs nothing."
    )
    folder = os.environ.get(SETTING)
    if not folder:
        raise MissingDependency(f"--body smplx needs your licensed file {name}, and {SETTING} is not set. {remedy}")
    for candidate in (Path(folder) / name, Path(folder) / "smplx" / name):
        if candidate.is_file():
            return candidate
    raise MissingDependency(f"--body smplx needs your licensed file {name}, and {folder} does not hold it. {remedy}")


def load_licensed_body(gender: str = "neutral") -> BodyModel:
    """The licensed SMPL-X model of a gender. Raises StudioError where the file is not such a model."""
    path = find_licensed(gender)
    if path.stat().st_size > MAX_BYTES:
        raise StudioError(f"{path} is {path.stat().st_size:,} bytes, far more than an SMPL-X model: it was not opened.")
    return model_from_arrays(read_arrays(path), name=f"smplx-{gender}", digest=_file_digest(path), path=path)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The numeric arrays of an SMPL-X npz. Raises StudioError where one is missing or is a pickled object."""
    if not zipfile.is_zipfile(path):
        raise StudioError(f"{path} is not an npz file. Download SMPL-X again, as npz, from https://smpl-x.is.tue.mpg.de.")
    arrays = {}
    try:
        with np.load(path, allow_pickle=False) as file:
            for key in KEYS:
                if key not in file.files:
                    raise StudioError(f"{path} is not an SMPL-X model: it has no '{key}'.")
                arrays[key] = _numeric(file, key, path)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise StudioError(f"{path} cannot be read as an npz file: {error}. Download it again.") from None
    return arrays


def _numeric(file: np.lib.npyio.NpzFile, key: str, path: Path) -> np.ndarray:
    try:
        array = file[key]
    except ValueError as error:  # numpy's refusal to unpickle
        raise StudioError(
            f"{path}: '{key}' is a pickled object, which could run code, and was not opened. Use the npz file from "
            "https://smpl-x.is.tue.mpg.de, not one converted by others."
        ) from error
    if array.dtype.kind not in "fiu":
        raise StudioError(f"{path}: '{key}' holds {array.dtype}, and numbers were expected.")
    return array


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
