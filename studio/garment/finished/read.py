"""Reading a finished garment's file of any kind, told by its suffix and checked by its first bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.errors import StudioError, did_you_mean
from studio.garment.finished.mesh import MeshFile
from studio.scan.formats.gltf import gltf_references
from studio.scan.formats.obj import obj_references
from studio.scan.raw import inside_folder

#: Suffixes of finished garments.
SUFFIXES = (".obj", ".glb", ".gltf", ".fbx", ".usd", ".usda", ".usdc", ".mhclo")
#: Largest file that is read [bytes]. Chosen: a million triangles as text are 150 MB.
MAX_FILE_BYTES = 500_000_000

#: How contents begin that are something else.
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive"), (b"\x1f\x8b", "a GZIP archive"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"), (b"<!doctype", "a web page"), (b"<html", "a web page"),
)  # fmt: skip
_OWN = ((b"gltf", (".glb", ".gltf"), "glTF"), (b"kaydara fbx", (".fbx",), "FBX"))


def is_finished_file(text: str) -> bool:
    """Whether a word names the file of a finished garment."""
    return Path(text).suffix.lower() in SUFFIXES


def check_file(path: Path) -> None:
    """Raises StudioError in one sentence for a file that is missing, empty, too large, or not what its name says."""
    if path.is_dir():
        raise StudioError(f"{path} is a folder; name the garment's file in it.")
    if not path.is_file():
        near = did_you_mean(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else "its folder does not exist."
        raise StudioError(f"There is no file {path}: {near}")
    if not is_finished_file(path.name):
        raise StudioError(f"{path.name} is no garment that studio reads: {did_you_mean(path.suffix, SUFFIXES)}")
    size = path.stat().st_size
    if size == 0:
        raise StudioError(f"{path.name} is empty; export or copy the garment again.")
    if size > MAX_FILE_BYTES:
        raise StudioError(f"{path.name} is {size / 1e9:.2f} GB, and {MAX_FILE_BYTES / 1e9:g} GB are read at most; thin it out first.")
    with path.open("rb") as file:
        head = file.read(400).lstrip().lower()
    found = next((words for mark, words in _OTHERS if head.startswith(mark.lower())), None)
    for mark, suffixes, words in _OWN:
        is_one, named = head.startswith(mark), path.suffix.lower() in suffixes
        if is_one and not named:
            found = words
    if found is not None:
        raise StudioError(f"{path.name} is named {path.suffix.lower()}, and its content is {found}; rename it, or export it again.")


def read_mesh(path: Path, *, name: str) -> MeshFile:
    """The mesh in a file; of a clothes file the OBJ that it names is read instead. name: What it is called in messages."""
    try:
        return _reader(path.suffix.lower())(path, name=name)
    except MemoryError:
        raise StudioError(f"{name} does not fit into memory; thin it out first.") from None
    except UnicodeDecodeError:
        raise StudioError(f"{name} holds bytes where its format has text; it is damaged, export it again.") from None


def files_of(path: Path) -> tuple[Path, ...]:
    """The file and what it needs beside it: material libraries, textures, buffers, the mesh of a clothes file; those that exist."""
    suffix, found = path.suffix.lower(), [path]
    if suffix == ".mhclo":
        from studio.garment.finished.mhclo import read_clothes

        return (path, *files_of(read_clothes(path, name=path.name).mesh))
    listed = {".obj": obj_references, ".glb": gltf_references, ".gltf": gltf_references}.get(suffix)
    found += [file for reference in (listed(path) if listed else ()) if (file := inside_folder(path.parent, reference)) is not None]
    return tuple(dict.fromkeys(found))


def _reader(suffix: str) -> Callable[..., MeshFile]:
    """The reader of a kind of file; its module is loaded when it is needed."""
    if suffix == ".obj":
        from studio.garment.finished.obj import read_obj_mesh

        return read_obj_mesh
    if suffix == ".fbx":
        from studio.garment.finished.fbx import read_fbx_mesh

        return read_fbx_mesh
    if suffix in (".usd", ".usda", ".usdc"):
        from studio.garment.finished.usd import read_usd_mesh

        return read_usd_mesh
    from studio.garment.finished.gltf import read_gltf_mesh

    return read_gltf_mesh
