"""Wavefront OBJ with its material library (MTL), as CLO, Marvelous Designer and modelling programs write it.

The order of the vertices is that of the file: a MakeHuman binding counts on it. Polygons are cut into fans. Of a material are read the
diffuse colour and picture (``Kd``, ``map_Kd``), the bump or normal picture (``map_Bump``, ``norm``), the dissolve (``d``, ``Tr``), and the
roughness of the physically based extension (``Pr``); a specular exponent ``Ns`` becomes the roughness ``(2 / (Ns + 2))^(1/4)``, by which
Blinn's and Beckmann's lobes agree (Walter et al., EGSR 2007, section 5).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.errors import StudioError
from studio.garment.finished.mesh import Material, MeshFile, Variant
from studio.garment.finished.pictures import PictureRoll
from studio.mesh.picture import linear_from_srgb
from studio.scan.formats.obj import obj_lines, obj_polygons, obj_table, without_options
from studio.scan.raw import fan_triangles, inside_folder

#: A material library is a page of text.
_MAX_MTL_BYTES = 10_000_000
#: Cloth that says nothing of its gloss.
_ROUGH = 0.8


def read_obj_mesh(path: Path, *, name: str) -> MeshFile:
    """Read a garment from an OBJ file and what it refers to in its own folder. name: What the file is called in messages."""
    data = path.read_bytes().replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    table = obj_table(data, b"v", (3, 4, 6, 7), path)
    if not len(table):
        raise StudioError(f"{name} has no vertices (lines that begin with 'v'); export the garment again as OBJ.")
    uv = obj_table(data, b"vt", (1, 2, 3), path)
    polygons = obj_polygons(data, len(table), len(uv), path)
    if polygons is None:
        raise StudioError(f"{name} has no faces (lines that begin with 'f'): export the garment's mesh, not its points.")
    triangles, polygon = fan_triangles(polygons.counts)
    texture = polygons.texture[triangles]
    corner_uv = None
    if len(uv) and uv.shape[1] >= 2 and (texture >= 0).all():
        corner_uv = uv[texture, :2]
    library, roll, remarks = _library(data, path, name)
    used, part = np.unique(polygons.material[polygon], return_inverse=True)
    if not any(polygons.names[index] in library for index in used):
        return MeshFile(table[:, :3].copy(), polygons.vertex[triangles], np.zeros(len(triangles), np.int32), corner_uv, remarks=remarks)
    materials = tuple(library.get(polygons.names[index], Material(name=polygons.names[index] or "plain")) for index in used)
    return MeshFile(
        table[:, :3].copy(), polygons.vertex[triangles], part.astype(np.int32), corner_uv, materials,
        (Variant(name="one", materials=tuple(range(len(used)))),), roll.kept, remarks=remarks,
    )  # fmt: skip


def _library(data: bytes, path: Path, name: str) -> tuple[dict[str, Material], PictureRoll, tuple[str, ...]]:
    roll, remarks, library = PictureRoll(name), [], {}
    for line in obj_lines(data, b"mtllib"):
        reference = line.decode("utf-8", "replace").strip()
        file = inside_folder(path.parent, reference)
        if file is None:
            remarks.append(f"The material library {reference} of {name} is not beside it: its colours are missing.")
            continue
        if file.stat().st_size > _MAX_MTL_BYTES:
            raise StudioError(f"The material library {file.name} of {name} has over {_MAX_MTL_BYTES:,} bytes: it is no MTL file.")
        for title, said in _statements(file.read_text(encoding="utf-8", errors="replace")).items():
            library[title] = _material(title, said, path, name, roll, remarks)
    return library, roll, tuple(remarks)


def _statements(text: str) -> dict[str, dict[str, str]]:
    """What each material of an MTL text says, by keyword in small letters; the last word counts."""
    found: dict[str, dict[str, str]] = {}
    title = None
    for line in text.splitlines():
        keyword, _, rest = line.strip().partition(" ")
        if keyword.lower() == "newmtl":
            title = rest.strip()[:200]
            found[title] = {}
        elif title is not None and keyword:
            found[title][keyword.lower()] = rest.strip()
    return found


def _material(title: str, said: dict[str, str], path: Path, name: str, roll: PictureRoll, remarks: list[str]) -> Material:
    def number(key: str, default: float) -> float:
        try:
            return float(said[key].split()[0])
        except (KeyError, IndexError, ValueError):
            return default

    def picture(*keys: str) -> str | None:
        reference = next((without_options(said[key]) for key in keys if said.get(key)), None)
        if reference is None:
            return None
        file = inside_folder(path.parent, reference)
        if file is None:
            remarks.append(f"The texture {reference} of {name} is not beside it: that part is plain.")
            return None
        return roll.keep(file.read_bytes(), file.name)

    try:
        diffuse = np.array([float(word) for word in said.get("kd", "1 1 1").split()[:3]])
    except ValueError:
        diffuse = np.ones(3)  # a spectral file or another rare form
    diffuse = np.ones(3) if diffuse.shape != (3,) or not np.isfinite(diffuse).all() else np.clip(diffuse, 0, 1)
    roughness = number("pr", (2 / (number("ns", 0.0) + 2)) ** 0.25 if number("ns", 0.0) > 0 else _ROUGH)
    opacity = number("d", 1 - number("tr", 0.0))
    return Material(
        name=title,
        rgb=tuple(linear_from_srgb(np.round(255 * diffuse).astype(np.uint8)).tolist()),
        roughness=_clipped(roughness, _ROUGH),
        metallic=_clipped(number("pm", 0.0), 0.0),
        opacity=_clipped(opacity, 1.0) or 1.0,  # some exporters write 0 and mean solid
        colour=picture("map_kd"),
        normal=picture("norm", "map_bump", "bump"),
        cut_out="map_d" in said,
    )


def _clipped(value: float, default: float) -> float:
    return float(np.clip(value, 0, 1)) if np.isfinite(value) else default
