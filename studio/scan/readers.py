"""Reading a scan file of any format into a `RawScan`. A file is data: nothing in it is executed, and its size is limited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.errors import StudioError, did_you_mean
from studio.scan.raw import RawScan, inside_folder

#: Largest file that is read. Chosen: 5 million points with normals and colours are 0.14 GB as binary PLY and 0.4 GB as text.
MAX_FILE_BYTES = 2_000_000_000

#: Fewer points cannot show a body: a coarse fit samples about a thousand.
MIN_POINTS = 300

_FORMAT_OF_SUFFIX = {
    ".ply": "PLY", ".obj": "OBJ", ".glb": "glTF", ".gltf": "glTF", ".pcd": "PCD", ".stl": "STL",
    ".xyz": "text", ".xyzn": "text", ".xyzrgb": "text", ".pts": "text", ".asc": "text", ".txt": "text", ".csv": "text",
}  # fmt: skip

#: How contents begin, for files whose name says something else.
_SIGNATURES = (
    (b"ply\n", "PLY"), (b"ply\r", "PLY"), (b"glTF", "glTF"), (b"# .PCD", "PCD"), (b"VERSION .7", "PCD"), (b"VERSION 0.7", "PCD"),
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a GZIP archive"), (b"%PDF", "a PDF document"), (b"<!DOCTYPE", "a web page"), (b"<html", "a web page"),
    (b"Kaydara FBX", "FBX"), (b"ASTM-E57", "E57"), (b"PXR-USDC", "USD"), (b"#usda", "USD"), (b"LASF", "LAS"),
)  # fmt: skip


def read_scan(path: Path) -> RawScan:
    """Read a scan file: PLY, OBJ, GLB, glTF, PCD, STL, or points as text.

    Returns it as it is: file coordinates, no cleaning, texture not yet turned into colours of points (`pictures.painted` does).

    Raises StudioError in one sentence for a file that is missing, empty, too large, of another format than its name says, cut
    off, damaged, or has fewer points than `MIN_POINTS`.
    """
    path = Path(path)
    reader = _reader_for(path)
    try:
        raw = reader(path)
    except MemoryError:
        raise StudioError(f"{path.name} does not fit into memory; thin it out to a few million points first.") from None
    except UnicodeDecodeError:
        raise StudioError(f"{path.name} holds bytes where its format has text; it is damaged, export it again.") from None
    if len(raw.points) < MIN_POINTS:
        found = f"{len(raw.points)} point{'s' if len(raw.points) != 1 else ''}"
        raise StudioError(f"{path.name} has {found}, and a scan of a person needs {MIN_POINTS} at least; choose the full scan file.")
    return raw


def companions(path: Path) -> tuple[Path, ...]:
    """The files beside a scan file that it needs: material libraries, textures, buffers; those that exist, sorted.

    Raises StudioError where the scan file itself is not one that is read.
    """
    from studio.scan.formats.gltf import gltf_references
    from studio.scan.formats.obj import obj_references
    from studio.scan.formats.ply import ply_references

    path = Path(path)
    _reader_for(path)
    listed = {"OBJ": obj_references, "glTF": gltf_references, "PLY": ply_references}.get(_FORMAT_OF_SUFFIX[path.suffix.lower()])
    found = (inside_folder(path.parent, reference) for reference in (listed(path) if listed else ()))
    return tuple(sorted({file for file in found if file is not None}))


def _reader_for(path: Path) -> Callable[[Path], RawScan]:
    if path.is_dir():
        raise StudioError(f"{path} is a folder; name the scan file in it.")
    if not path.is_file():
        near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else "its folder does not exist."
        raise StudioError(f"There is no file {path}: {near}")
    expected = _FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if expected is None:
        known = ", ".join(sorted(_FORMAT_OF_SUFFIX))
        raise StudioError(f"{path.name} is of a kind that is not read ('{path.suffix or 'no suffix'}'); export the scan as one of {known}.")
    size = path.stat().st_size
    if size == 0:
        raise StudioError(f"{path.name} is empty; export or copy the scan again.")
    if size > MAX_FILE_BYTES:
        raise StudioError(f"{path.name} is {size / 1e9:.1f} GB, and {MAX_FILE_BYTES / 1e9:.0f} GB are read at most; thin it out first.")
    with path.open("rb") as file:
        head = file.read(400)
    begins = next((kind for mark, kind in _SIGNATURES if head.lstrip().lower().startswith(mark.lower())), None)
    if (begins is not None and begins != expected) or (begins is None and expected in ("PLY", "PCD")):
        found = begins or "no " + expected
        raise StudioError(f"{path.name} is named {path.suffix.lower()}, and its content is {found}; rename it, or export it as {expected}.")
    return _reader(expected)


def _reader(name: str) -> Callable[[Path], RawScan]:
    """The reader of a format; its module is loaded when it is needed."""
    from studio.scan.formats.gltf import read_gltf
    from studio.scan.formats.obj import read_obj
    from studio.scan.formats.pcd import read_pcd
    from studio.scan.formats.ply import read_ply
    from studio.scan.formats.stl import read_stl
    from studio.scan.formats.text import read_text

    return {"PLY": read_ply, "OBJ": read_obj, "glTF": read_gltf, "PCD": read_pcd, "STL": read_stl, "text": read_text}[name]
