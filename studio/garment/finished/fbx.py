"""FBX, through Blender's reader in a child process: all of its meshes as one, with base colours and the pictures that it embeds.

A binary FBX packs its arrays with zlib, so that a small file can claim any amount of memory. What its arrays claim is therefore added up
from their headers before anything is unpacked (the node records of versions 7.1 to 7.7, as Blender's own reader and writer have them).
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np

from studio.engine import Engine, JobResult, write_job
from studio.errors import StudioError
from studio.garment.finished.mesh import Material, MeshFile, Variant
from studio.garment.finished.pictures import PictureRoll
from studio.scan.raw import inside_folder

_MAGIC = b"Kaydara FBX Binary  \x00"
_HEADER_BYTES = 27
#: What the arrays of one file may unpack to [bytes]: a million vertices with all their layers are a tenth of it.
MAX_UNPACKED_BYTES = 2_000_000_000
_ELEMENT_BYTES = {b"f": 4, b"d": 8, b"l": 8, b"i": 4, b"b": 1, b"c": 1}
_SCALAR_BYTES = {b"Y": 2, b"C": 1, b"B": 1, b"I": 4, b"F": 4, b"D": 8, b"L": 8}
_MAX_DEPTH = 64


def read_fbx_mesh(path: Path, *, name: str) -> MeshFile:
    """Read a garment from a binary FBX file. Raises StudioError where it is malformed, a bomb, text, or without triangles."""
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise StudioError(f"{name} is FBX as text, which is not read: export it as binary FBX, or as GLB.")
    try:
        claimed = unpacked_bytes(data)
    except (struct.error, KeyError, ValueError) as error:
        raise StudioError(f"{name} is cut off or damaged FBX ({error}); export it again.") from None
    if claimed > MAX_UNPACKED_BYTES:
        raise StudioError(f"{name} unpacks to {claimed / 1e9:.1f} GB, {MAX_UNPACKED_BYTES / 1e9:.0f} GB at most: thin it out first.")
    job = Path(tempfile.mkdtemp(prefix="studio-fbx-"))  # kept where the job fails: the error names it, and it can be replayed
    write_job(job, "mesh-import", file="garment.fbx")
    shutil.copyfile(path, job / "garment.fbx")
    with Engine() as engine:
        mesh = _mesh(engine.run(job), path.parent, name)
    shutil.rmtree(job)
    return mesh


def unpacked_bytes(data: bytes) -> int:
    """What the arrays of a binary FBX unpack to, by their headers. Raises ValueError where the records do not fit the file."""
    version = struct.unpack_from("<I", data, 23)[0]
    head = "<QQQB" if version >= 7500 else "<IIIB"
    total, at, stack = 0, _HEADER_BYTES, [len(data)]
    while stack:
        if len(stack) > 1 and at >= stack[-1]:
            at = stack.pop()
            continue
        end, count, _, name_bytes = struct.unpack_from(head, data, at)
        at += struct.calcsize(head)
        if end == 0:  # closes a list of records; the outermost is followed by the file's footer
            inner = stack.pop()
            at = inner if stack else at
            continue
        if end > stack[-1] or end < at or len(stack) > _MAX_DEPTH:
            raise ValueError("a record ends outside its file")
        at += name_bytes
        for _ in range(count):
            size, claimed = _property(data, at)
            at, total = at + size, total + claimed
            if at > end:
                raise ValueError("a record is longer than it says")
        stack.append(end)
    return total


def _property(data: bytes, at: int) -> tuple[int, int]:
    """How many bytes a property takes in the file, and what its array unpacks to."""
    kind = data[at : at + 1]
    if kind in _SCALAR_BYTES:
        return 1 + _SCALAR_BYTES[kind], 0
    if kind in (b"S", b"R"):
        return 5 + struct.unpack_from("<I", data, at + 1)[0], 0
    length, _, packed = struct.unpack_from("<III", data, at + 1)
    return 13 + packed, length * _ELEMENT_BYTES[kind]


def _mesh(result: JobResult, folder: Path, name: str) -> MeshFile:
    with np.load(result.path("mesh.npz"), allow_pickle=False) as stored:
        arrays = dict(stored)
    if not len(arrays["faces"]):
        raise StudioError(f"{name} has no meshes with faces; export the garment itself as FBX.")
    roll, remarks = PictureRoll(name), []

    def picture(said: dict[str, str] | None) -> str | None:
        if said is None:
            return None
        if said.get("file"):
            return roll.keep(result.path(said["file"]).read_bytes(), said["name"])
        file = inside_folder(folder, said["name"])
        if file is None:
            remarks.append(f"The texture {said['name']} of {name} is neither inside it nor beside it: that part is plain.")
            return None
        return roll.keep(file.read_bytes(), file.name)

    materials = tuple(
        Material(
            name=each["name"][:200], rgb=tuple(float(np.clip(value, 0, 1)) for value in each["rgb"]),
            roughness=float(np.clip(each["roughness"], 0, 1)), metallic=float(np.clip(each["metallic"], 0, 1)),
            colour=picture(each["colour"]), normal=picture(each["normal"]),
        )
        for each in result.facts["materials"]
    )  # fmt: skip
    variants = (Variant(name="one", materials=tuple(range(len(materials)))),) if materials else ()
    return MeshFile(
        arrays["vertices"].astype(np.float64), arrays["faces"].astype(np.int64), arrays["part"].astype(np.int32),
        arrays["corner_uv"].astype(np.float64) if arrays["corner_uv"].size else None, materials, variants, roll.kept,
        up="z", metres_per_unit=1.0, remarks=tuple(remarks),
    )  # fmt: skip
