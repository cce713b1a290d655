"""Colours come from textures the right way up and in full detail, and nothing outside a scan's folder is ever read."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.scan.pictures import painted, sample
from studio.scan.readers import companions, read_scan

# -- textures --------------------------------------------------------------------------------------------------------------


def grid(side: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A unit square of quads: points, texture coordinates, quads."""
    u, v = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side), indexing="ij")
    uv = np.stack([u.ravel(), v.ravel()], axis=1)
    corner = np.arange(side * side).reshape(side, side)
    quads = np.stack([corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]], axis=-1).reshape(-1, 4)
    return np.concatenate([uv, np.zeros((len(uv), 1))], axis=1), uv, quads


def ramp(size: int = 256) -> np.ndarray:
    """Red grows to the right, green grows upwards, so a colour tells where it was taken."""
    right, down = np.meshgrid(np.arange(size), np.arange(size))
    return np.stack([right, size - 1 - down, np.full_like(right, 77)], axis=-1).astype(np.uint8)


def expected_ramp(points: np.ndarray) -> np.ndarray:
    return np.clip(points[:, :2] * 256 - 0.5, 0, 255)


def write_textured_obj(folder: Path, *, texture: str = "skin.png", quads: np.ndarray | None = None) -> Path:
    points, uv, all_quads = grid()
    rows = ["mtllib a.mtl", *(f"v {x} {y} {z}" for x, y, z in points), *(f"vt {u} {v}" for u, v in uv), "usemtl skin"]
    rows += ["f " + " ".join(f"{i + 1}/{i + 1}" for i in quad) for quad in (all_quads if quads is None else quads)]
    (folder / "a.obj").write_text("\n".join(rows))
    (folder / "a.mtl").write_text(f"newmtl skin\nKd 0.8 0.8 0.8\nmap_Kd -s 1 1 1 {texture}\n")
    return folder / "a.obj"


def test_an_obj_takes_the_colours_of_its_texture_the_right_way_up(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "skin.png")
    scan = painted(read_scan(write_textured_obj(tmp_path)), target_points=0)
    assert len(scan.points) == 400
    inner = (scan.points[:, :2] > 0.01).all(axis=1) & (scan.points[:, :2] < 0.99).all(axis=1)
    np.testing.assert_allclose(scan.colours[inner, :2], expected_ramp(scan.points[inner]), atol=1)
    assert (scan.colours[:, 2] == 77).all()


def test_a_textured_mesh_is_divided_so_that_its_picture_is_not_lost(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "skin.png")
    raw = read_scan(write_textured_obj(tmp_path))
    scan = painted(raw, target_points=10_000)
    assert 2_500 < len(scan.points) <= 10_000
    np.testing.assert_array_equal(scan.points[: len(raw.points)], raw.points)
    inner = (scan.points[:, :2] > 0.01).all(axis=1) & (scan.points[:, :2] < 0.99).all(axis=1)
    np.testing.assert_allclose(scan.colours[inner, :2], expected_ramp(scan.points[inner]), atol=1)
    area = np.linalg.norm(np.cross(*np.diff(scan.points[scan.faces], axis=1).transpose(1, 0, 2)), axis=1).sum() / 2
    np.testing.assert_allclose(area, 1.0)
    assert len(np.unique(scan.points, axis=0)) == len(scan.points), "neighbours share the new points"


def test_a_glb_takes_the_colours_of_its_embedded_texture(writers, tmp_path: Path) -> None:
    points, uv, quads = grid()
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    stored = io.BytesIO()
    Image.fromarray(ramp()).save(stored, "PNG")
    down = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)  # glTF counts from the top
    document, _ = writers.gltf_document(writers.mesh(points, np.zeros((400, 3), np.uint8), faces))
    chunks = [points.astype("<f4").tobytes(), down.astype("<f4").tobytes(), faces.astype("<u4").tobytes(), stored.getvalue()]
    starts = np.cumsum([0] + [len(chunk) for chunk in chunks]).tolist()
    document["bufferViews"] = [{"buffer": 0, "byteOffset": s, "byteLength": len(c)} for s, c in zip(starts, chunks, strict=False)]
    document["accessors"][1]["type"] = "VEC2"
    document["meshes"][0]["primitives"][0] |= {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}
    document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    document["textures"], document["images"] = [{"source": 0}], [{"bufferView": 3, "mimeType": "image/png"}]
    writers.gltf(tmp_path / "a.glb", document, b"".join(chunks))
    scan = painted(read_scan(tmp_path / "a.glb"), target_points=0)
    inner = (scan.points[:, :2] > 0.01).all(axis=1) & (scan.points[:, :2] < 0.99).all(axis=1)
    np.testing.assert_allclose(scan.colours[inner, :2], expected_ramp(scan.points[inner]), atol=1)


def test_a_ply_of_a_photogrammetry_program_takes_the_colours_of_its_texture(tmp_path: Path) -> None:
    points, uv, quads = grid()
    Image.fromarray(ramp()).save(tmp_path / "my skin.png")
    header = (
        "ply\nformat binary_little_endian 1.0\ncomment TextureFile my skin.png\nelement vertex 400\nproperty float x\nproperty float y\n"
    )
    header += f"property float z\nelement face {2 * len(quads)}\nproperty list uchar int vertex_indices\n"
    header += "property list uchar float texcoord\nend_header\n"
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).tolist()
    body = points.astype("<f4").tobytes() + b"".join(struct.pack("<BiiiB6f", 3, *face, 6, *uv[face].ravel()) for face in faces)
    (tmp_path / "a.ply").write_bytes(header.encode() + body)
    scan = painted(read_scan(tmp_path / "a.ply"), target_points=0)
    inner = (scan.points[:, :2] > 0.01).all(axis=1) & (scan.points[:, :2] < 0.99).all(axis=1)
    np.testing.assert_allclose(scan.colours[inner, :2], expected_ramp(scan.points[inner]), atol=1)


def test_a_texture_is_never_read_from_outside_the_folder_of_the_scan(tmp_path: Path) -> None:
    (tmp_path / "scan").mkdir()
    Image.fromarray(ramp()).save(tmp_path / "secret.png")
    for texture in ("../secret.png", str(tmp_path / "secret.png"), "..\\secret.png"):
        raw = read_scan(write_textured_obj(tmp_path / "scan", texture=texture))
        assert raw.paint is None
        assert "not beside it" in raw.remarks[0]
    (tmp_path / "scan" / "skin.png").symlink_to(tmp_path / "secret.png")
    assert read_scan(write_textured_obj(tmp_path / "scan")).paint is None


def test_a_texture_named_by_another_machines_path_is_found_beside_the_scan(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "skin.png")
    raw = read_scan(write_textured_obj(tmp_path, texture="C:\\Users\\scanner\\out\\skin.png"))
    assert len(raw.paint.pictures) == 1


def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    bomb = bytearray(base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="))
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bytes(bomb[12:29])))
    (tmp_path / "skin.png").write_bytes(bytes(bomb))
    with pytest.raises(StudioError, match=r"skin\.png"):
        read_scan(write_textured_obj(tmp_path))


def test_sampling_hits_pixel_centres_and_repeats_beyond_the_edge() -> None:
    picture = ramp(4)
    centres = (np.stack(np.meshgrid(np.arange(4), np.arange(4)), axis=-1) + 0.5) / 4
    np.testing.assert_allclose(sample(picture, centres)[::-1], picture, atol=1e-4)
    np.testing.assert_allclose(sample(picture, centres + np.array([1, -2])), sample(picture, centres), atol=1e-4)


def test_the_files_that_a_scan_needs_are_named_so_that_a_changed_texture_makes_a_new_scan(tmp_path: Path) -> None:
    Image.fromarray(ramp()).save(tmp_path / "skin.png")
    path = write_textured_obj(tmp_path)
    assert companions(path) == (tmp_path / "a.mtl", tmp_path / "skin.png")
    (tmp_path / "skin.png").unlink()
    assert companions(path) == (tmp_path / "a.mtl",)
