"""Point clouds as text: a point a line, x y z first, then normals or colours as scanners write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.scan.raw import RawScan

#: Lines at the top that may be a title, a count of points or column names.
_MAX_HEADER_LINES = 20


def read_text(path: Path) -> RawScan:
    """Read XYZ, PTS, ASC or TXT: columns between blanks, commas or semicolons; lines with # or // are comments.

    Three columns are positions; of the further ones three whole numbers 0 to 255 are colours, three numbers of unit length are
    normals, and a single one is an intensity, which is left out. Raises StudioError for anything else.
    """
    first, separator, skipped = _first_row(path)
    try:
        with path.open(encoding="latin-1") as file:
            table = np.loadtxt(file, dtype=np.float64, delimiter=separator, comments=("#", "//"), skiprows=skipped, ndmin=2)
    except ValueError as error:
        reason = str(error).split(";")[0]
        raise StudioError(f"{path.name} has a line that does not fit the others ({reason}); it is cut off or no point cloud.") from None
    if table.shape[1] not in (3, 4, 6, 7, 9, 10):
        raise StudioError(f"{path.name} has {len(first)} columns, and x y z with normals (3) or colours (3) are read; export it so.")
    rest = table[:, 3:]
    if rest.shape[1] in (1, 4, 7):
        rest = rest[:, 1:]  # the intensity of PTS stands before the colours
    normals = colours = None
    for start in range(0, rest.shape[1], 3):
        triple = rest[:, start : start + 3]
        if _are_normals(triple):
            normals = triple.astype(np.float32)
        elif triple.min() >= 0 and triple.max() <= 255:
            scale = 255.0 if triple.max() <= 1.0 and (triple % 1 != 0).any() else 1.0
            colours = np.round(triple * scale).astype(np.uint8)
    return RawScan(table[:, :3].copy(), normals, colours)


def _are_normals(triple: np.ndarray) -> bool:
    lengths = np.linalg.norm(triple, axis=1)
    return bool((np.abs(lengths - 1) < 0.02).mean() > 0.9)


def _first_row(path: Path) -> tuple[list[float], str | None, int]:
    """The first line of numbers, what separates them, and how many lines stand before it."""
    with path.open(encoding="latin-1") as file:
        for skipped in range(_MAX_HEADER_LINES):
            line = file.readline(10_000)
            if not line:
                break
            text = line.strip()
            if not text or text.startswith(("#", "//")):
                continue
            separator = next((mark for mark in ",;" if mark in text), None)
            try:
                row = [float(word) for word in text.split(separator)]
            except ValueError:
                continue  # column names
            if len(row) >= 3:
                return row, separator, skipped
    raise StudioError(f"{path.name} is no point cloud as text: its first {_MAX_HEADER_LINES} lines hold no line of x y z.")
