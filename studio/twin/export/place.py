"""Putting finished files in place: all of an export or nothing."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.errors import StudioError


@contextmanager
def in_place(file: Path) -> Iterator[Path]:
    """A hidden folder beside ``file`` to write into; when the block ends well, its files move to ``file``'s folder, ``file`` last.

    Files of those names that were there are replaced, each in one step. An error, or an interrupt, leaves nothing.
    """
    _refuse_folder(file)
    try:
        made = tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.")
    except PermissionError:
        raise StudioError(f"{file.name} may not be written into {file.parent}: choose a folder of your own.") from None
    with made as name:
        folder = Path(name)
        yield folder
        beside = [path for path in folder.iterdir() if path.name != file.name]
        for path in beside:
            _refuse_folder(file.parent / path.name)
        new: list[Path] = []
        try:
            for path in [*beside, folder / file.name]:
                target = file.parent / path.name
                if not target.exists():
                    new.append(target)
                path.chmod(0o644)  # temporary files are their owner's alone
                path.replace(target)
        except BaseException:
            for target in new:
                target.unlink(missing_ok=True)
            raise


def _refuse_folder(file: Path) -> None:
    if file.is_dir():
        raise StudioError(f"{file} is a folder, and a file of that name would be written: choose another name.")


def plain_stem(file: Path) -> str:
    """The stem of a file's name without characters that a material file, or the reader of one, would trip over."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", file.stem)


def beside(file: Path, name: str) -> str:
    """Name of an image that goes along with ``file``."""
    return f"{plain_stem(file)}-{name}"
