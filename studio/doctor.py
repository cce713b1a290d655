"""What this machine has: packages, system libraries, devices, body models. Looks and reports; changes nothing."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from studio.errors import StudioError
from studio.system import SystemLibrary, install_command, missing_libraries

#: What a default installation needs, and what the extras bring.
PACKAGES = ("bpy", "torch", "open3d", "anny", "trimesh", "scipy", "numpy", "pillow", "pydantic", "sqlalchemy", "typer")
EXTRAS = {"smplx": "smplx"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``remedy`` is empty where nothing needs to be done."""

    what: str
    found: str
    good: bool
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything. The answer is good where every finding that is needed is."""
    libraries = missing_libraries()
    return (
        _python(),
        *(_package(name) for name in PACKAGES),
        *(_extra(extra, name) for extra, name in EXTRAS.items()),
        _libraries(libraries),
        _processor(),
        _devices() if not libraries else Finding("render devices", "not looked at", True, "install the system libraries first"),
        _open_body(),
        _licensed_body(),
    )


def _python() -> Finding:
    good = sys.version_info[:2] == (3, 11)
    return Finding("python", platform.python_version(), good, "" if good else "use Python 3.11: bpy 4.5 has a wheel for that version only")


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name), True)
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", False, "pip install studio")


def _extra(extra: str, name: str) -> Finding:
    try:
        return Finding(f"[{extra}] {name}", metadata.version(name), True)
    except metadata.PackageNotFoundError:
        return Finding(f"[{extra}] {name}", "not installed (optional)", True)


def _libraries(missing: tuple[SystemLibrary, ...]) -> Finding:
    if not missing:
        return Finding("system libraries", "all there", True)
    files = ", ".join(library.file for library in missing)
    return Finding("system libraries", f"missing {files}", False, f"sudo {install_command(missing)}")


def _processor() -> Finding:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return Finding("processor", f"{os.cpu_count()} cores, {memory_gb:.0f} GB of memory", True)


def _devices() -> Finding:
    """What Cycles would render on, as a Blender child answers."""
    from studio.engine import Engine, write_job

    with tempfile.TemporaryDirectory() as folder, Engine() as engine:
        try:
            facts = engine.run(write_job(Path(folder) / "job", "probe")).facts
        except StudioError as error:
            return Finding("render devices", "Blender did not start", False, str(error))
    cards = [f"{kind.lower()}: {name}" for kind, names in facts["devices"].items() for name in names]
    return Finding("render devices", ", ".join(["cpu", *cards]), True)


def _open_body() -> Finding:
    from studio.body.open_body import open_body_path

    path = open_body_path()
    return Finding("body model 'open'", str(path) if path.exists() else "is built when it is first needed (about a minute)", True)


def _licensed_body() -> Finding:
    from studio.body.licensed import find_licensed

    try:
        return Finding("body model 'smplx'", str(find_licensed("neutral")), True)
    except StudioError:
        return Finding("body model 'smplx'", "not there (optional: your own licensed weights)", True)
