"""STL: triangles without order or colour, binary or ASCII. Corners at the same place become one vertex."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.scan.raw import RawScan, parse_numbers

_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEADER_BYTES = 84


def read_stl(path: Path) -> RawScan:
    """Read an STL file. Raises StudioError where it is malformed or cut off."""
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little") if len(data) >= _HEADER_BYTES else -1
    if count >= 0 and len(data) == _HEADER_BYTES + count * _RECORD.itemsize:
        corners = np.frombuffer(data, _RECORD, count, _HEADER_BYTES)["corners"].reshape(-1, 3).astype(np.float64)
    elif data[:5].lower() == b"solid" and b"facet" in data[:1000]:
        corners = _ascii_corners(data, path)
    else:
        raise StudioError(f"{path.name} is cut off: STL with {count:,} triangles has another size; copy or export it again.")
    if not len(corners):
        raise StudioError(f"{path.name} has no triangles; export the scan again as STL.")
    points, first, inverse = np.unique(corners, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # the file's order of first use
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    faces = rank[inverse.reshape(-1, 3)]
    kept = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return RawScan(points[order], faces=faces[kept])


def _ascii_corners(data: bytes, path: Path) -> np.ndarray:
    lines = re.findall(rb"vertex[ \t]+([^\r\n]*)", data)
    try:
        numbers = parse_numbers(b"\n".join(lines))
    except ValueError:
        numbers = np.zeros(0)
    if b"endsolid" not in data[-1000:] or not len(lines) or len(lines) % 3 or len(numbers) != 3 * len(lines):
        raise StudioError(f"{path.name} is cut off or damaged STL text; copy or export it again.")
    return numbers.reshape(-1, 3)
