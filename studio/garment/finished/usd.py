"""USD, through Blender's reader in a child process. A file stands alone: references to other files are refused, not followed."""

from __future__ import annotations

from pathlib import Path

from studio.errors import StudioError
from studio.garment.finished.by_blender import read_by_blender
from studio.garment.finished.mesh import MeshFile

SUFFIXES = (".usd", ".usda", ".usdc")
#: Largest file [bytes]: arrays of a crate file are compressed by LZ4, at most 255 to one, so it is kept well below the other formats.
MAX_FILE_BYTES = 100_000_000
_BEGINNINGS = (b"PXR-USDC", b"#usda")


def read_usd_mesh(path: Path, *, name: str) -> MeshFile:
    """Read the meshes of a USD file, metres and z up as the stage says. Raises StudioError for what is no USD, or refers to other files."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise StudioError(f"{name} is {path.stat().st_size / 1e6:.0f} MB of USD, and {MAX_FILE_BYTES / 1e6:.0f} MB are read at most.")
    with path.open("rb") as file:
        if not file.read(16).lstrip().startswith(_BEGINNINGS):
            raise StudioError(f"{name} is no USD file (neither #usda nor PXR-USDC); export it again.")
    return read_by_blender(path, name=name)
