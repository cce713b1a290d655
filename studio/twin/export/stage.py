"""`twin export`: a twin becomes a file for another program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from studio import frames
from studio.body.model import BodyParameters
from studio.errors import StudioError, did_you_mean
from studio.progress import Report, silent
from studio.store import Asset, Ref
from studio.store.store import Store
from studio.twin.export.meshes import write_npz, write_obj, write_ply
from studio.twin.export.place import in_place
from studio.twin.twin import Twin, load_twin

RIGGED = (".glb", ".usd", ".usda", ".usdc", ".usdz", ".fbx")
MESHES = (".obj", ".ply")
SUFFIXES = (*RIGGED, *MESHES, ".npz")


@dataclass(frozen=True, eq=False)
class _Asked:
    """A twin in the pose that was asked for."""

    asset: Asset
    twin: Twin
    parameters: BodyParameters
    pose: str

    @property
    def title(self) -> str:
        return f"{self.asset.ref}, pose {self.pose}"


def export_twin(store: Store, ref: Ref | str, file: Path, *, pose: str = "scan", report: Report = silent) -> Path:
    """Write a twin to a file; its suffix says which kind.

    GLB, USD (``.usd`` ``.usdc`` binary, ``.usda`` text, ``.usdz`` packed with its textures) and FBX hold a rig (see
    ``studio.twin.export.rig``): a skinned mesh in the T-pose on the floor, the 55 SMPL-X joints, skin weights, the facial actions as
    shapes, materials, and the asked pose as the joints' rotations. GLB and USD are in metres, FBX in centimetres, as each format's users
    expect; y is up, the person faces +z. Shapes, weights and pose together give our own forward pass. Images go into GLB, USDZ and FBX,
    and beside USD and OBJ.

    OBJ and PLY hold the posed mesh, OBJ with quads, texture coordinates and a material file beside it. NPZ holds the parameters in the
    SMPL-X frame by the names that ``smplx`` uses, ``offsets`` in that pose, the posed ``vertices`` (SMPL-X frame) and ``faces``.

    pose: ``scan`` is the pose that the twin was made in. A mesh then lies on the scan in the coordinates and the unit of the scan's own
    file; a rig has a prescribed unit, so it stands where the scan stands in the world. A twin that has no scan keeps to the world.
    Any other (``a``, ``t``, see `studio.body.references`) stands on the floor; a mesh is in world metres (z up, facing -y).

    Returns the path. A file of that name is replaced in one step; nothing half-written is ever seen. Raises StudioError for a suffix or a
    pose that there is not, a missing folder, and a rig of a twin on the licensed body.
    """
    file = Path(file)
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        raise StudioError(f"A twin is not written as '{file.suffix or file.name}': {did_you_mean(suffix, SUFFIXES)}")
    if not file.parent.is_dir():
        raise StudioError(f"There is no folder {file.parent}: make it first, or name another place for {file.name}.")
    asset = store.resolve(Ref.parse(ref, kind="twin") if isinstance(ref, str) else ref)
    twin = load_twin(store, asset.ref, report=report)
    asked = _Asked(asset, twin, _parameters(twin, pose), pose)
    with in_place(file) as folder:
        if suffix in RIGGED:
            _write_rigged(folder / file.name, suffix, asked, report)
        elif suffix in MESHES:
            _write_mesh(folder / file.name, suffix, asked)
        else:
            write_npz(folder / file.name, twin, asked.parameters)
    return file


def _parameters(twin: Twin, pose: str) -> BodyParameters:
    if pose == "scan":
        return twin.parameters
    return twin.standing(pose)


def _write_rigged(file: Path, suffix: str, asked: _Asked, report: Report) -> None:
    from studio.twin.export.glb import write_glb
    from studio.twin.export.interchange import write_fbx, write_usd
    from studio.twin.export.rig import rig_twin

    rig = rig_twin(asked.asset, asked.twin, asked.parameters, pose=asked.pose)
    if suffix == ".glb":
        write_glb(file, rig)
    elif suffix == ".fbx":
        write_fbx(file, rig, report=report)
    else:
        write_usd(file, rig, report=report)


def _write_mesh(file: Path, suffix: str, asked: _Asked) -> None:
    model = asked.twin.model
    points = frames.world_from_smplx(asked.twin.posed(asked.parameters).vertices.astype(np.float64))
    file_from_world = np.array(asked.asset.facts.get("file_from_world") or np.eye(4), dtype=np.float64)
    mirrored = False
    if asked.pose == "scan":
        points = frames.apply(file_from_world, points)
        mirrored = np.linalg.det(file_from_world[:3, :3]) < 0  # it turns polygons inside out
    if suffix == ".ply":
        write_ply(file, points, model.faces[:, ::-1] if mirrored else model.faces, title=asked.title)
    else:
        write_obj(file, points, asked.asset, asked.twin, title=asked.title, mirrored=mirrored)
