"""The workspace: the nearest folder upwards with ``studio.toml``. The store lives in its ``store`` folder."""

from __future__ import annotations

from pathlib import Path

from studio.errors import StudioError
from studio.specs.base import Spec, load_spec

MARKER = "studio.toml"

_TEMPLATE = """# This folder is a studio workspace. Its assets are in store/.
schema_number = 1
"""


class WorkspaceSpec(Spec):
    """What ``studio.toml`` may say. ``index_url`` puts the index into another database; without it, SQLite in the store."""

    schema_number: int = 1
    index_url: str | None = None


def create_workspace(folder: Path) -> Path:
    """Make ``folder`` a workspace; one that is there already is kept as it is. Returns the folder."""
    marker = folder / MARKER
    if folder.exists() and not folder.is_dir():
        raise StudioError(f"{folder} is a file, and a workspace is a folder: choose another place.")
    folder.mkdir(parents=True, exist_ok=True)
    if not marker.exists():
        marker.write_text(_TEMPLATE, encoding="utf-8")
    load_spec(WorkspaceSpec, marker)
    return folder


def find_workspace(start: Path) -> Path:
    """The nearest folder at or above ``start`` that is a workspace. Raises StudioError where there is none."""
    start = start.resolve()
    if not start.is_dir():
        raise StudioError(f"There is no folder {start}, so no workspace: run 'studio init {start.name}', or name a folder that is there.")
    for folder in (start, *start.parents):
        if (folder / MARKER).is_file():
            return folder
    raise StudioError(f"Neither {start} nor a folder above it is a workspace: run 'studio init' there first, or give --workspace DIR.")


def open_store(workspace: Path):
    """The store of a workspace folder, as named in its ``studio.toml``."""
    from studio.store.store import Store  # deferred: importing the database layer takes a quarter of a second

    spec = load_spec(WorkspaceSpec, workspace / MARKER)
    return Store(workspace / "store", index_url=spec.index_url)


def open_workspace(folder: Path | str):
    """The store of the workspace at ``folder``, which is made where it is not there yet."""
    return open_store(create_workspace(Path(folder)))
