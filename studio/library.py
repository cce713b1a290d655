"""Reading the authored folders rigs/, garments/ and scenes/: from a checkout, or from inside an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from studio.errors import StudioError, did_you_mean

ROOMS = ("rigs", "garments", "scenes")


@cache
def root() -> Path:
    """The folder that holds rigs/, garments/ and scenes/."""
    package = Path(__file__).resolve().parent
    for candidate in (package / "_authored", package.parent):
        if all((candidate / room).is_dir() for room in ROOMS):
            return candidate
    raise StudioError(f"The authored folders {', '.join(ROOMS)} are missing beside {package}; install the package again.")


def folder(room: str, *parts: str) -> Path:
    """A folder inside an authored room, for example ``folder("rigs", "poses")``."""
    return root().joinpath(room, *parts)


def names(room: str, *parts: str, suffix: str = ".toml") -> list[str]:
    """The names of the authored files with ``suffix`` in a folder, sorted."""
    return sorted(path.stem for path in folder(room, *parts).glob(f"*{suffix}"))


def find(name: str, room: str, *parts: str, what: str, suffix: str = ".toml") -> Path:
    """The authored file of that name. Raises StudioError with the closest name where there is none."""
    known = names(room, *parts, suffix=suffix)
    if name not in known:
        raise StudioError(f"There is no {what} '{name}': {did_you_mean(name, known)}")
    return folder(room, *parts) / f"{name}{suffix}"
