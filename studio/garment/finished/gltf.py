"""glTF 2.0 and GLB: every triangle of the default scene with its material, and KHR_materials_variants.

Of materials are read the metallic-roughness model and the normal picture; a specular-glossiness material is taken by its diffuse
picture and one less its glossiness. Skins and morph targets are left at rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.garment.finished.mesh import Material, MeshFile, Variant
from studio.garment.finished.pictures import PictureRoll
from studio.scan.formats.gltf import GltfFile, accessor_values, image_bytes, open_gltf, placed_primitives, primitive_triangles

_TRIANGLE_MODES = (4, 5, 6)
_VARIANTS = "KHR_materials_variants"
_GLOSSY = "KHR_materials_pbrSpecularGlossiness"
#: What the file itself asks for where no variant is chosen, when that is none of the named ones.
DEFAULT = "default"


def read_gltf_mesh(path: Path, *, name: str) -> MeshFile:
    """Read a garment from a glTF or GLB file. Raises StudioError where it is malformed, cut off, compressed or without triangles."""
    file = open_gltf(path)
    try:
        return _read(file, name)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StudioError(f"{name} is damaged glTF ({type(error).__name__}: {error}); export it again.") from None


def _read(file: GltfFile, name: str) -> MeshFile:
    points, faces, part, corner_uv, primitives, count = [], [], [], [], [], 0
    for primitive, scene_from_node in placed_primitives(file):
        if primitive.get("mode", 4) not in _TRIANGLE_MODES:
            continue
        linear = scene_from_node[:3, :3]
        own = accessor_values(file, primitive["attributes"]["POSITION"]).astype(np.float64) @ linear.T + scene_from_node[:3, 3]
        triangles = primitive_triangles(file, primitive, len(own))
        if np.linalg.det(linear) < 0:
            triangles = triangles[:, ::-1]  # a mirrored node turns its triangles inside out (3.7.4)
        points.append(own)
        faces.append(triangles + count)
        part.append(np.full(len(triangles), len(primitives), np.int32))
        corner_uv.append(_corner_uv(file, primitive, triangles))
        primitives.append(primitive)
        count += len(own)
    if not faces:
        raise StudioError(f"{name} has no triangles in its scene; export the garment itself as GLB.")
    roll, remarks = PictureRoll(name), []
    listed = file.document.get("materials", [])
    materials = [_material(file, material, k, roll, remarks) for k, material in enumerate(listed)]
    if any("material" not in primitive for primitive in primitives):
        materials.append(Material(name="plain"))  # what has none
    variants = _variants(file, primitives, plain=len(listed))
    whole = all(uv is not None for uv in corner_uv)
    return MeshFile(
        np.concatenate(points), np.concatenate(faces), np.concatenate(part), np.concatenate(corner_uv) if whole else None,
        tuple(materials) if listed else (), variants if listed else (), roll.kept, metres_per_unit=1.0, remarks=tuple(remarks),
    )  # fmt: skip


def _corner_uv(file: GltfFile, primitive: dict[str, Any], triangles: np.ndarray) -> np.ndarray | None:
    """Texture coordinates with the origin at the lower left; glTF counts from the top."""
    if "TEXCOORD_0" not in primitive["attributes"]:
        return None
    uv = accessor_values(file, primitive["attributes"]["TEXCOORD_0"]).astype(np.float64)
    if len(uv) and triangles.size and triangles.max() >= len(uv):
        raise ValueError(f"texture coordinates for {len(uv)} vertices, and more are used")
    return np.stack([uv[triangles][..., 0], 1.0 - uv[triangles][..., 1]], axis=-1)


def _variants(file: GltfFile, primitives: list[dict[str, Any]], *, plain: int) -> tuple[Variant, ...]:
    usual = tuple(int(primitive.get("material", plain)) for primitive in primitives)
    named = file.document.get("extensions", {}).get(_VARIANTS, {}).get("variants", [])
    found = []
    for k, entry in enumerate(named):
        chosen = []
        for primitive, material in zip(primitives, usual, strict=True):
            mappings = primitive.get("extensions", {}).get(_VARIANTS, {}).get("mappings", [])
            chosen.append(next((int(each["material"]) for each in mappings if k in each["variants"]), material))
        found.append(Variant(name=_word(str(entry["name"])), materials=tuple(chosen)))
    first = next((variant for variant in found if variant.materials == usual), None)
    if first is None:
        return (Variant(name=DEFAULT if found else "one", materials=usual), *found)
    return (first, *(variant for variant in found if variant is not first))


def _word(name: str) -> str:
    """A variant's name as a command line takes it: no colons, slashes or blanks."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name.strip())[:64] or "variant"


def _material(file: GltfFile, material: dict[str, Any], number: int, roll: PictureRoll, remarks: list[str]) -> Material:
    surface = material.get("pbrMetallicRoughness", {})
    factor = surface.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
    colour, rough = surface.get("baseColorTexture"), float(surface.get("roughnessFactor", 1.0))
    metal, mixed = float(surface.get("metallicFactor", 1.0)), surface.get("metallicRoughnessTexture")
    if (glossy := material.get("extensions", {}).get(_GLOSSY)) is not None:
        factor, colour = glossy.get("diffuseFactor", factor), glossy.get("diffuseTexture", colour)
        rough, metal, mixed = 1.0 - float(glossy.get("glossinessFactor", 1.0)), 0.0, None
    mode = material.get("alphaMode", "OPAQUE")
    title = str(material.get("name", f"material {number}"))[:200]

    def picture(texture: dict[str, Any] | None) -> str | None:
        if texture is None:
            return None
        if texture.get("texCoord", 0) != 0:
            remarks.append(f"The material '{title}' has a picture on a second set of texture coordinates, which is not read.")
            return None
        source = file.document["textures"][texture["index"]].get("source")
        return None if source is None else roll.keep(*image_bytes(file, source))

    normal = material.get("normalTexture")
    return Material(
        name=title,
        rgb=tuple(float(np.clip(value, 0, 1)) for value in factor[:3]),
        roughness=float(np.clip(rough, 0, 1)),
        metallic=float(np.clip(metal, 0, 1)),
        opacity=float(np.clip(factor[3], 0, 1)) if mode == "BLEND" and len(factor) > 3 else 1.0,
        cut_out=mode != "OPAQUE",
        colour=picture(colour),
        normal=picture(normal),
        normal_scale=float(np.clip((normal or {}).get("scale", 1.0), 0, 4)),
        surface=picture(mixed),
    )
