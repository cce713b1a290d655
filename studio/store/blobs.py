"""Content-addressed files: ``blobs/ab/abcdef…``, named by SHA-256, written once, read only.

Order of writing follows restic's design document: bytes and their folder reach the disk before anything refers to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from pathlib import Path

from studio.errors import StudioError

_CHUNK = 1 << 20


def fsync_folder(folder: Path) -> None:
    """Make names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Write a new file and flush it to disk."""
    with path.open("xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


class BlobStore:
    """The folder of blobs. Adding the same bytes twice stores them once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the bytes with that digest are, whether or not they are there."""
        return self.folder / sha256[:2] / sha256

    def add(self, source: Path) -> tuple[str, int]:
        """Copy a file in. Returns its SHA-256 and its size in bytes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        incoming = self.folder / f".incoming-{os.getpid()}-{uuid.uuid4().hex}"
        digest, size = hashlib.sha256(), 0
        try:
            with source.open("rb") as reader, incoming.open("xb") as writer:
                while chunk := reader.read(_CHUNK):
                    digest.update(chunk)
                    writer.write(chunk)
                    size += len(chunk)
                writer.flush()
                os.fsync(writer.fileno())
            incoming.chmod(0o444)
            target = self.path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            # Equal bytes stored by someone else meanwhile are as good as ours.
            with contextlib.suppress(FileExistsError):
                os.link(incoming, target)
            fsync_folder(target.parent)
        finally:
            incoming.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def check(self, sha256: str, size: int) -> str | None:
        """None where the bytes are there and right, else what is wrong with them."""
        path = self.path(sha256)
        if not path.is_file():
            return "is missing"
        if path.stat().st_size != size:
            return f"has {path.stat().st_size:,} bytes and should have {size:,}"
        with path.open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
        return None if found == sha256 else "has other bytes than were published"

    def require(self, sha256: str, *, of: str) -> Path:
        """The path of bytes that must be there. Raises StudioError that names the asset and file."""
        path = self.path(sha256)
        if not path.is_file():
            raise StudioError(
                f"The file of {of} is missing from the store: run 'studio verify' to see what else is, or make it again with --again."
            )
        return path
