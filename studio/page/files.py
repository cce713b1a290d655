"""Where a page goes, and writing it so that nobody sees half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from studio.errors import StudioError


def page_file(out: Path | str, *, name: str, suffixes: tuple[str, ...] = (".html",)) -> Path:
    """The file that ``--out`` means: itself where it ends in one of ``suffixes``, else ``name`` with the first of them in that folder.

    The folder need not be there yet; the folder of a file must. Raises StudioError in one sentence where neither can be written.
    """
    out = Path(out)
    if out.is_dir():
        return out / f"{name}{suffixes[0]}"
    if out.suffix.lower() in suffixes:
        if not out.parent.is_dir():
            raise StudioError(f"There is no folder {out.parent}: make it first, or name another place for {out.name}.")
        return out
    if out.suffix or out.exists():
        raise StudioError(f"{out} is neither a folder nor a file that ends in {' or '.join(suffixes)}: name one of these.")
    if not _nearest_folder(out).is_dir():
        raise StudioError(f"{out} cannot be made a folder, since {_nearest_folder(out)} is a file: name another place.")
    return out / f"{name}{suffixes[0]}"


def write_whole(file: Path, content: str | bytes) -> Path:
    """Write a file beside its place and put it there in one step; its folder is made where it is not there. Returns the path."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    incoming = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
        incoming.chmod(0o644)
        incoming.replace(file)
    finally:
        incoming.unlink(missing_ok=True)
    return file


def _nearest_folder(path: Path) -> Path:
    """The nearest of the folders above that exists."""
    return next(parent for parent in path.parents if parent.exists())
