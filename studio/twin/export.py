"""Twins as files: meshes for other programs, and SMPL-X parameters."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from studio import frames
from studio.body.model import BodyParameters
from studio.errors import StudioError, did_you_mean
from studio.store import Ref
from studio.store.store import Store
from studio.twin.twin import Twin, load_twin

SUFFIXES = (".ply", ".obj", ".npz")


def export_twin(store: Store, ref: Ref | str, file: Path, *, pose: str = "scan") -> Path:
    """Write a twin to a PLY or OBJ mesh, or its parameters to an NPZ file.

    pose: ``scan`` is the pose of the scan, and a mesh then lies on the scan in the coordinates and the unit of the scan's own file. Any
    other pose of the library (``a``, ``t``, ...) stands on the floor in world metres (z up, facing -y). An NPZ holds the
    parameters in the SMPL-X frame by the names that ``smplx`` uses, ``offsets``, and the posed ``vertices`` (SMPL-X frame) and ``faces``.

    Returns the path. Raises StudioError for a suffix or a pose that there is not.
    """
    file = Path(file)
    if file.suffix.lower() not in SUFFIXES:
        raise StudioError(f"A twin is not written as '{file.suffix or file.name}': {did_you_mean(file.suffix.lower(), SUFFIXES)}")
    if not file.parent.is_dir():
        raise StudioError(f"There is no folder {file.parent}: make it first, or name another place for {file.name}.")
    asset = store.resolve(Ref.parse(ref, kind="twin") if isinstance(ref, str) else ref)
    twin = load_twin(store, asset.ref)
    parameters = _parameters(twin, pose)
    vertices = twin.posed(parameters).vertices.astype(np.float64)
    if file.suffix.lower() == ".npz":
        return _write(file, lambda path: _write_npz(path, twin, parameters, vertices))
    points = frames.world_from_smplx(vertices)
    if pose == "scan":
        points = frames.apply(np.array(asset.facts["file_from_world"], dtype=np.float64), points)
    faces = twin.model.faces
    if pose == "scan" and np.linalg.det(np.array(asset.facts["file_from_world"])[:3, :3]) < 0:
        faces = faces[:, ::-1]  # a mirrored file frame turns triangles inside out
    write_mesh = _write_ply if file.suffix.lower() == ".ply" else _write_obj
    return _write(file, lambda path: write_mesh(path, points, faces, title=f"{asset.ref}, pose {pose}"))


def _parameters(twin: Twin, pose: str) -> BodyParameters:
    if pose == "scan":
        return twin.parameters
    from studio.body.poses import pose_names

    if pose not in pose_names():
        raise StudioError(f"There is no pose '{pose}': {did_you_mean(pose, ['scan', *pose_names()])}")
    return twin.standing(pose)


def _write(file: Path, write) -> Path:
    """Write beside the file and put it in place in one step, so that nobody sees half of it."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=file.suffix)
    os.close(handle)
    try:
        write(Path(name))
        Path(name).chmod(0o644)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
    return file


def _write_npz(path: Path, twin: Twin, parameters: BodyParameters, vertices: np.ndarray) -> None:
    arrays = parameters.arrays() | {"offsets": twin.offsets, "vertices": vertices.astype(np.float32), "faces": twin.model.faces}
    np.savez_compressed(path, body=np.array(twin.model.name), **arrays)


def _write_ply(path: Path, points: np.ndarray, faces: np.ndarray, *, title: str) -> None:
    """Binary little-endian PLY with double coordinates: a file in millimetres or far from its origin keeps its digits."""
    header = (
        f"ply\nformat binary_little_endian 1.0\ncomment {title}\nelement vertex {len(points)}\nproperty double x\nproperty double y\n"
        f"property double z\nelement face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = np.empty(len(faces), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, faces
    with path.open("wb") as handle:
        handle.write(header.encode("ascii"))
        handle.write(points.astype("<f8").tobytes())
        handle.write(rows.tobytes())


def _write_obj(path: Path, points: np.ndarray, faces: np.ndarray, *, title: str) -> None:
    with path.open("w", encoding="utf-8") as handle:
        handle.write(f"# {title}\n")
        np.savetxt(handle, points, fmt="v %.9g %.9g %.9g")
        np.savetxt(handle, faces + 1, fmt="f %d %d %d")
