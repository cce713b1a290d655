"""System libraries that bpy and open3d load and that a bare Debian lacks. ``python -m studio.system --install`` puts them in place.

Runs before anything else does, so it needs the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class SystemLibrary:
    """A shared library by its file name, the Debian package that holds it, and who needs it."""

    file: str
    package: str
    needed_by: str


#: What `ldd` lists for bpy's and open3d's extension modules beyond the C and C++ runtimes (bpy 4.5.15, open3d 0.20, Debian 12).
LIBRARIES = (
    SystemLibrary("libusb-1.0.so.0", "libusb-1.0-0", "open3d"),
    SystemLibrary("libEGL.so.1", "libegl1", "open3d"),
    SystemLibrary("libudev.so.1", "libudev1", "open3d"),
    SystemLibrary("libidn2.so.0", "libidn2-0", "open3d"),
    SystemLibrary("libGL.so.1", "libgl1", "bpy, open3d"),
    SystemLibrary("libX11.so.6", "libx11-6", "bpy, open3d"),
    SystemLibrary("libSM.so.6", "libsm6", "bpy"),
    SystemLibrary("libXi.so.6", "libxi6", "bpy"),
    SystemLibrary("libxkbcommon.so.0", "libxkbcommon0", "bpy"),
    SystemLibrary("libXfixes.so.3", "libxfixes3", "bpy"),
    SystemLibrary("libXrender.so.1", "libxrender1", "bpy"),
)


def missing_libraries() -> tuple[SystemLibrary, ...]:
    """The libraries that the loader cannot find. Empty on systems other than Linux, whose wheels bring their own."""
    if sys.platform != "linux":
        return ()
    return tuple(library for library in LIBRARIES if not _loads(library.file))


def libraries_of(package: str) -> tuple[SystemLibrary, ...]:
    """The libraries that ``bpy`` or ``open3d`` loads."""
    return tuple(library for library in LIBRARIES if package in library.needed_by.split(", "))


def install_command(missing: tuple[SystemLibrary, ...]) -> str:
    """The line that installs them on Debian or Ubuntu."""
    return "apt-get install -y " + " ".join(library.package for library in missing)


def install(missing: tuple[SystemLibrary, ...]) -> bool:
    """Install them where this is root and apt is there. False where it is not, or where libraries are missing afterwards."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, stdout=sys.stderr)
    subprocess.run([*install_command(missing).split(), "-qq"], check=False, env=environment, stdout=sys.stderr)
    return not missing_libraries()


def _loads(file: str) -> bool:
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """``--install``: put missing libraries in place, or print the line that does."""
    missing = missing_libraries()
    if not missing or (arguments == ["--install"] and install(missing)):
        return 0
    print(f"Missing system libraries: run `sudo {install_command(missing)}`, then repeat this command.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
