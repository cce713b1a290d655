"""Twins as plain meshes, posed: PLY and OBJ; and as SMPL-X parameters: NPZ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from studio.body.model import BodyParameters
from studio.mesh.normals import vertex_normals
from studio.store import Asset
from studio.twin.export.materials import Material, materials
from studio.twin.export.place import beside, plain_stem
from studio.twin.export.rig import offsets_in, rest_uv
from studio.twin.twin import Twin


def write_npz(file: Path, twin: Twin, parameters: BodyParameters) -> None:
    """Parameters by the names that ``smplx`` uses, ``offsets`` in this pose, the posed ``vertices`` (SMPL-X frame) and ``faces``."""
    posed = twin.posed(parameters).vertices
    arrays = parameters.arrays() | {"offsets": offsets_in(twin, parameters), "vertices": posed, "faces": twin.model.faces}
    np.savez_compressed(file, body=np.array(twin.model.name), **arrays)


def write_ply(file: Path, points: np.ndarray, faces: np.ndarray, *, title: str) -> None:
    """Binary little-endian PLY with double coordinates: a file in millimetres or far from its origin keeps its digits."""
    header = (
        f"ply\nformat binary_little_endian 1.0\ncomment {title}\nelement vertex {len(points)}\nproperty double x\nproperty double y\n"
        f"property double z\nelement face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = np.empty(len(faces), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, faces
    with file.open("wb") as handle:
        handle.write(header.encode("ascii"))
        handle.write(points.astype("<f8").tobytes())
        handle.write(rows.tobytes())


def write_obj(file: Path, points: np.ndarray, asset: Asset, twin: Twin, *, title: str, mirrored: bool) -> None:
    """An OBJ of quads with normals and texture coordinates, its materials and images beside it; bare triangles on the licensed body.

    mirrored: The points lie in a mirrored frame: corners are listed the other way round, so that outside stays outside.
    """
    turn = slice(None, None, -1 if mirrored else 1)
    with file.open("w", encoding="utf-8") as handle:
        handle.write(f"# {title}\n")
        if twin.model.surface is None:
            np.savetxt(handle, points, fmt="v %.9g %.9g %.9g")
            np.savetxt(handle, twin.model.faces[:, turn] + 1, fmt="f %d %d %d")
            return
        made_of, material = materials(asset, twin)
        library = f"{plain_stem(file)}.mtl"
        _write_materials(file.parent, library, made_of, lambda name: beside(file, name))
        uv, corner = np.unique(rest_uv(twin).reshape(-1, 2), axis=0, return_inverse=True)
        quads = twin.model.surface.quads
        corners = np.stack([quads, corner.reshape(-1, 4), quads], axis=2) + 1
        handle.write(f"mtllib {library}\no {twin.ref.name}\n")
        np.savetxt(handle, points, fmt="v %.9g %.9g %.9g")
        np.savetxt(handle, uv, fmt="vt %.6f %.6f")
        np.savetxt(handle, vertex_normals(points, twin.model.faces[:, turn]), fmt="vn %.5f %.5f %.5f")
        for number, each in enumerate(made_of):
            handle.write(f"usemtl {each.name}\n")
            np.savetxt(handle, corners[material == number][:, turn].reshape(-1, 12), fmt="f " + " ".join(["%d/%d/%d"] * 4))


def _write_materials(folder: Path, library: str, made_of: tuple[Material, ...], name_of: Callable[[str], str]) -> None:
    """A Wavefront material file with the physically based statements that most programs read (``Pr``, ``norm``), and its images."""
    lines = []
    for each in made_of:
        colour = (1.0, 1.0, 1.0) if each.image else each.colour
        lines += [f"newmtl {each.name}", "Kd {:.5f} {:.5f} {:.5f}".format(*colour), "Ks 0.04 0.04 0.04", "illum 2", "d 1"]
        lines += [f"Pr {each.roughness:.3f}", "Pm 0"]
        for statement, image in (("map_Kd", each.image), ("norm", each.normal)):
            if image is not None:
                name = name_of(f"{image.name}.png")
                (folder / name).write_bytes(image.data)
                lines.append(f"{statement} {name}")
    (folder / library).write_text("\n".join(lines) + "\n", encoding="utf-8")
