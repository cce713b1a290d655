"""FBX, through Blender's reader in a child process: all of its meshes as one, with base colours and the pictures that it embeds.

A binary FBX packs its arrays with zlib, so that a small file can claim any amount of memory. What its arrays claim is therefore added up
from their headers before anything is unpacked (the node records of versions 7.1 to 7.7, as Blender's own reader and writer have them).
"""

from __future__ import annotations

import struct
from pathlib import Path

from studio.errors import StudioError
from studio.garment.finished.by_blender import read_by_blender
from studio.garment.finished.mesh import MeshFile

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
    return read_by_blender(path, name=name)


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
