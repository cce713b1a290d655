"""The one door to files of captured motion."""

from __future__ import annotations

from pathlib import Path

from studio.body.captures.bvh import read_bvh
from studio.body.captures.capture import MOST_BYTES, MOST_FRAMES, Capture
from studio.body.captures.npz import read_npz
from studio.errors import StudioError, did_you_mean

_READERS = {".npz": read_npz, ".bvh": read_bvh}
SUFFIXES = tuple(_READERS)


def read_capture(file: Path, *, still: bool = False) -> Capture:
    """Read a captured motion (``.npz`` with SMPL-X poses, ``.bvh``). still: One frame of it is wanted, and it may have no more.

    Raises StudioError for what is not one, is damaged, or is larger than anything one would wear.
    """
    if file.suffix.lower() not in _READERS:
        raise StudioError(f"A motion is not read from '{file.suffix or file.name}': {did_you_mean(file.suffix.lower(), SUFFIXES)}")
    if not file.is_file():
        raise StudioError(f"There is no motion file {file}: name an .npz with SMPL-X poses, a .bvh, or a motion of the library.")
    if file.stat().st_size > MOST_BYTES:
        raise StudioError(f"{file} has {file.stat().st_size / 1e6:,.0f} MB, and a motion may have {MOST_BYTES / 1e6:,.0f}: cut it first.")
    capture = _READERS[file.suffix.lower()](file, still=still)
    least = 1 if still else 2
    if not least <= len(capture.rotations) <= MOST_FRAMES:
        raise StudioError(f"{file} holds {len(capture.rotations):,} frames, and a motion has {least} to {MOST_FRAMES:,}.")
    return capture
