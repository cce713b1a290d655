"""PCD, the point cloud format of PCL: ASCII, binary and compressed (LZF); decoded by Open3D once the header has been checked."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.scan.raw import RawScan

_MAX_HEADER_BYTES = 100_000

#: Compressed clouds unpack to this many times their size at most (LZF's own limit is 264 bytes out of 3).
_MAX_LZF_RATIO = 264


def read_pcd(path: Path) -> RawScan:
    """Read a PCD file. Raises StudioError where it is malformed or cut off. By its convention (REP 103) it is in metres."""
    _check(path)
    import open3d as o3d

    with o3d.utility.VerbosityContextManager(o3d.utility.VerbosityLevel.Error):
        try:
            cloud = o3d.t.io.read_point_cloud(str(path), format="pcd", remove_nan_points=False, remove_infinite_points=False)
        except RuntimeError as error:
            raise StudioError(f"{path.name} cannot be read as PCD ({_first_line(error)}); export it again.") from None
    if "positions" not in cloud.point or not len(cloud.point.positions):
        raise StudioError(f"{path.name} has no points that can be read; it is cut off or damaged, export it again as PCD.")
    points = cloud.point.positions.numpy().astype(np.float64)
    normals = cloud.point.normals.numpy().astype(np.float32) if "normals" in cloud.point else None
    colours = None
    if "colors" in cloud.point:
        colours = cloud.point.colors.numpy()
        if colours.dtype.kind == "f":
            colours = np.round(np.clip(colours, 0, 1) * 255)
        colours = colours.astype(np.uint8)
    return RawScan(points, normals, colours, metres_per_unit=1.0)


def _check(path: Path) -> None:
    """Hold the header's promises to the file's size, since the decoder does not."""
    with path.open("rb") as file:
        head = file.read(_MAX_HEADER_BYTES)
    at = head.find(b"\nDATA ")
    end = head.find(b"\n", at + 1)
    if at < 0 or end < 0:
        raise StudioError(f"{path.name} is cut off inside its PCD header; copy or export it again.")
    style = head[at + 6 : end].split()[0].decode("latin-1") if head[at + 6 : end].split() else ""
    fields = {line.split()[0]: line.split()[1:] for line in head[:at].decode("latin-1").splitlines() if len(line.split()) > 1}
    try:
        sizes, counts = [int(size) for size in fields["SIZE"]], [int(count) for count in fields.get("COUNT", ["1"] * len(fields["SIZE"]))]
        points = int(fields["POINTS"][0])
        record = sum(size * count for size, count in zip(sizes, counts, strict=True))
        if not {"x", "y", "z"} <= set(fields["FIELDS"]) or min(sizes) < 1 or min(counts) < 0 or points < 0:
            raise ValueError
    except (KeyError, ValueError, IndexError):
        raise StudioError(f"{path.name} has a PCD header without sizes, points or x, y and z; export it again.") from None
    content = path.stat().st_size - end - 1
    promised = points * record
    if style == "binary_compressed":
        if len(head) < end + 9 or content < 8:
            raise StudioError(f"{path.name} is cut off behind its PCD header; copy or export it again.")
        packed, unpacked = struct.unpack_from("<II", head, end + 1)
        whole = packed <= content - 8 and unpacked == promised and unpacked <= packed * _MAX_LZF_RATIO
    elif style == "binary":
        whole = promised <= content
    elif style == "ascii":
        with path.open("rb") as file:
            file.seek(end + 1)
            lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b""))
            file.seek(-1, 2)
            whole = lines + (file.read(1) != b"\n") >= points
    else:
        raise StudioError(f"{path.name} is PCD of the kind '{style}', and ascii, binary and binary_compressed are read.")
    if not whole:
        raise StudioError(f"{path.name} is cut off or damaged: its header promises {points:,} points; copy or export it again.")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0][:120]
