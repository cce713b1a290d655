"""Garments, shoes and hats in code, and the files that programs write of them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from studio.garment.finished.mend import GarmentMesh


def tube(*, radius=0.2, height=0.5, around=24, levels=9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An open upright tube: vertices (V, 3) [m] with z up, faces (F, 3) outward, and flat corners (F, 3, 2) [m]."""
    angles = 2 * np.pi * np.arange(around + 1) / around
    grid = np.stack(np.meshgrid(angles, np.linspace(0, height, levels), indexing="xy"), axis=-1)
    faces, corners = [], []
    for j in range(levels - 1):
        for i in range(around):
            quad = [(j, i), (j, i + 1), (j + 1, i + 1), (j + 1, i)]
            for triangle in ((0, 1, 2), (0, 2, 3)):
                faces.append([quad[k][0] * around + quad[k][1] % around for k in triangle])
                corners.append([[radius * grid[quad[k]][0], grid[quad[k]][1]] for k in triangle])
    ring = angles[:-1]
    rings = [np.stack([radius * np.cos(ring), radius * np.sin(ring), np.full(around, z)], axis=1) for z in np.linspace(0, height, levels)]
    return np.concatenate(rings), np.array(faces, dtype=np.int64), np.array(corners)


def as_mesh(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray | None = None) -> GarmentMesh:
    """A mesh as if it had been mended."""
    return GarmentMesh(vertices, faces, np.zeros(len(faces), np.int32), uv, np.arange(len(vertices)))


def picture(colour=(200, 30, 40), *, size=8, kind="PNG") -> bytes:
    """A small picture of one colour, packed."""
    packed = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(packed, kind)
    return packed.getvalue()


def obj_text(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray | None = None, *, head: str = "") -> str:
    """An OBJ. uv: Flat corners, (F, 3, 2)."""
    lines = [head, *(f"v {x:.9g} {y:.9g} {z:.9g}" for x, y, z in vertices)]
    if uv is None:
        return "\n".join([*lines, *("f " + " ".join(str(k + 1) for k in face) for face in faces)]) + "\n"
    lines += [f"vt {u:.9g} {v:.9g}" for u, v in uv.reshape(-1, 2)]
    lines += ["f " + " ".join(f"{vertex + 1}/{3 * f + k + 1}" for k, vertex in enumerate(face)) for f, face in enumerate(faces)]
    return "\n".join(lines) + "\n"


def y_up(vertices: np.ndarray) -> np.ndarray:
    """World axes (z up, facing -y) to those of OBJ and glTF (y up, facing +z)."""
    return vertices @ np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])


def glb(vertices: np.ndarray, faces: np.ndarray, *, pictures: tuple[bytes, ...] = (), variants: tuple[str, ...] = (), scale=1.0) -> bytes:
    """A GLB of one mesh, y up; with a material for each picture, and a variant for each material."""
    chunks = [vertices.astype("<f4").tobytes(), faces.astype("<u4").tobytes(), np.zeros((len(vertices), 2), "<f4").tobytes(), *pictures]
    views, at = [], 0
    for chunk in chunks:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(chunk)})
        at += len(chunk) + (-len(chunk)) % 4
    primitive = {"attributes": {"POSITION": 0, "TEXCOORD_0": 2}, "indices": 1}
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "scale": [scale] * 3}],
        "meshes": [{"primitives": [primitive]}],
        "buffers": [{"byteLength": at}],
        "bufferViews": views,
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "type": "VEC3", "count": len(vertices)},
            {"bufferView": 1, "componentType": 5125, "type": "SCALAR", "count": faces.size},
            {"bufferView": 2, "componentType": 5126, "type": "VEC2", "count": len(vertices)},
        ],
    }
    if pictures:
        document["images"] = [{"bufferView": 3 + k, "mimeType": "image/png"} for k in range(len(pictures))]
        document["textures"] = [{"source": k} for k in range(len(pictures))]
        document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": k}}} for k in range(len(pictures))]
        primitive["material"] = 0
    if variants:
        document["extensions"] = {"KHR_materials_variants": {"variants": [{"name": name} for name in variants]}}
        mappings = [{"material": k, "variants": [k]} for k in range(len(variants))]
        primitive["extensions"] = {"KHR_materials_variants": {"mappings": mappings}}
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(chunk + b"\0" * (-len(chunk) % 4) for chunk in chunks)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


Outline = Callable[[np.ndarray], np.ndarray]


def loft(shares: np.ndarray, left: Outline, right: Outline, bottom: Outline, top: Outline, length: float) -> tuple[np.ndarray, np.ndarray]:
    """A closed body along -y between two outlines and two heights, each a function of the share of the length."""
    sections = [
        np.array([[f(share), -share * length, g(share)] for f, g in ((left, bottom), (right, bottom), (right, top), (left, top))])
        for share in shares
    ]
    faces = []
    for k in range(len(shares) - 1):
        for i in range(4):
            a, b = 4 * k + i, 4 * k + (i + 1) % 4
            faces += [[a, b, b + 4], [a, b + 4, a + 4]]
    last = 4 * (len(shares) - 1)
    faces += [[0, 2, 1], [0, 3, 2], [last, last + 1, last + 2], [last, last + 2, last + 3]]
    faces = np.array(faces)
    vertices = np.concatenate(sections)
    corners = vertices[faces]
    volume = np.einsum("fd,fd->", np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), corners[:, 0])
    return vertices, faces if volume > 0 else faces[:, ::-1]


#: Of the shoe below [m]: outer length, wall, height of the inner sole at the ball, and how much higher it is at the heel.
LENGTH, WALL, SOLE, RISE = 0.28, 0.006, 0.018, 0.03


def shoe(*, rise=RISE, bent=True) -> GarmentMesh:
    """A left shoe in the world: toes towards -y, a sole that rises to the heel, walls, a cap over the toes, open at the ankle."""
    shares = np.linspace(0.0, 1.0, 41)
    curve = 1.0 if bent else 0.0

    def middle(s: float) -> float:
        return curve * LENGTH * (0.02 * np.sin(np.pi * min(s / 0.84, 1.0)) - 0.06 * max(s - 0.66, 0.0))

    def half(s: float) -> float:
        return 0.030 + 0.018 * np.sin(np.pi * (0.15 + 0.7 * s)) * (0.6 + 0.4 * s)

    def insole(s: float) -> float:
        return SOLE + rise * float(np.clip((0.66 - s) / 0.52, 0.0, 1.0))

    def wall_top(s: float) -> float:
        return insole(s) + (0.06 if s < 0.45 else 0.055)

    parts = [loft(shares, lambda s: middle(s) - half(s), lambda s: middle(s) + half(s), lambda s: 0.0, insole, LENGTH)]
    for side in (-1, 1):
        edges = (lambda s, q=side: middle(s) + q * half(s), lambda s, q=side: middle(s) + q * (half(s) - WALL))
        parts.append(loft(shares, *edges, lambda s: 0.0, wall_top, LENGTH))
    for start in (0.0, 1.0 - WALL / LENGTH):
        ends = np.array([start, start + WALL / LENGTH])
        parts.append(loft(ends, lambda s: middle(s) - half(s), lambda s: middle(s) + half(s), lambda s: 0.0, wall_top, LENGTH))
    ahead = shares[shares >= 0.45]
    parts.append(loft(ahead, lambda s: middle(s) - half(s), lambda s: middle(s) + half(s), lambda s: wall_top(s) - 0.004, wall_top, LENGTH))
    return joined(*((vertices + 3e-5 * k, faces) for k, (vertices, faces) in enumerate(parts)))  # bodies that touch nowhere


def joined(*parts: tuple[np.ndarray, np.ndarray]) -> GarmentMesh:
    """Meshes as one."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in parts[:-1])])
    faces = np.concatenate([faces + start for (_, faces), start in zip(parts, starts, strict=True)])
    return as_mesh(np.concatenate([vertices for vertices, _ in parts]), faces)


def hat(*, radius=0.1, depth=0.12, brim=0.06, around=48) -> GarmentMesh:
    """A hat of one sheet turned about z: brim, crown, flat top; its opening at z = 0."""
    profile = [(radius + brim, 0.0), (radius, 0.0), (radius, 0.4 * depth), (radius, depth), (0.5 * radius, depth), (1e-4, depth)]
    angles = 2 * np.pi * np.arange(around) / around
    vertices = np.concatenate([np.stack([r * np.cos(angles), r * np.sin(angles), np.full(around, z)], axis=1) for r, z in profile])
    faces = []
    for j in range(len(profile) - 1):
        for i in range(around):
            a, b = j * around + i, j * around + (i + 1) % around
            faces += [[a, b, b + around], [a, b + around, a + around]]
    return as_mesh(vertices, np.array(faces))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
