"""Every format gives back the positions, triangles and colours that were written into it; nothing outside a file's folder is read."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.scan.pictures import painted, sample
from studio.scan.raw import RawScan, fan_triangles
from studio.scan.readers import MIN_POINTS, read_scan


@dataclass(frozen=True)
class Known:
    """A mesh whose values survive float32 and text with six digits, so that a round trip is exact."""

    points: np.ndarray
    colours: np.ndarray
    faces: np.ndarray


@pytest.fixture(scope="module")
def known() -> Known:
    rng = np.random.default_rng(11)
    points = rng.integers(-2000, 2000, size=(500, 3)) / 1024.0
    faces = np.array([rng.choice(500, size=3, replace=False) for _ in range(700)])
    return Known(points, rng.integers(0, 256, size=(500, 3)).astype(np.uint8), faces)


# -- writers: the slow, plain reading of each specification ----------------------------------------------------------------


def ply_header(known: Known, style: str, *, faces: bool = True, colour: str = "uchar") -> str:
    lines = ["ply", f"format {style} 1.0", "comment made by a test", f"element vertex {len(known.points)}"]
    lines += [f"property double {axis}" for axis in "xyz"] + [f"property {colour} {name}" for name in ("red", "green", "blue")]
    if faces:
        lines += [f"element face {len(known.faces)}", "property list uchar int vertex_indices"]
    return "\n".join([*lines, "end_header", ""])


def write_ply_ascii(path: Path, known: Known) -> None:
    rows = [" ".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True)]
    rows += ["3 " + " ".join(map(str, face)) for face in known.faces.tolist()]
    path.write_text(ply_header(known, "ascii") + "\n".join(rows) + "\n")


def write_ply_binary(path: Path, known: Known, order: str = "<") -> None:
    style = {"<": "binary_little_endian", ">": "binary_big_endian"}[order]
    body = b"".join(struct.pack(order + "dddBBB", *p, *c) for p, c in zip(known.points, known.colours.tolist(), strict=True))
    body += b"".join(struct.pack(order + "Biii", 3, *face) for face in known.faces.tolist())
    path.write_bytes(ply_header(known, style).encode() + body)


def write_ply_big_endian(path: Path, known: Known) -> None:
    write_ply_binary(path, known, ">")


def write_obj(path: Path, known: Known) -> None:
    rows = [f"v {' '.join(map(str, p))} {' '.join(str(c / 255) for c in cs)}" for p, cs in zip(known.points, known.colours, strict=True)]
    rows += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in known.faces]
    path.write_text("# scanner\r\n" + "\r\n".join(rows) + "\r\n")


def gltf_document(known: Known, *, node: dict | None = None, generator: str = "test") -> tuple[dict, bytes]:
    """Vertex colours as the specification wants them: linear floats."""
    srgb = known.colours / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    chunks = [known.points.astype("<f4").tobytes(), linear.astype("<f4").tobytes(), known.faces.astype("<u4").tobytes()]
    starts = np.cumsum([0] + [len(chunk) for chunk in chunks]).tolist()
    views = [{"buffer": 0, "byteOffset": start, "byteLength": len(chunk)} for start, chunk in zip(starts, chunks, strict=False)]
    n, f = len(known.points), known.faces.size
    accessors = [{"bufferView": 0, "componentType": 5126, "count": n, "type": "VEC3"}]
    accessors += [{"bufferView": 1, "componentType": 5126, "count": n, "type": "VEC3"}]
    accessors += [{"bufferView": 2, "componentType": 5125, "count": f, "type": "SCALAR"}]
    return {
        "asset": {"version": "2.0", "generator": generator},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": starts[-1]}],
    }, b"".join(chunks)


def write_document(path: Path, document: dict, binary: bytes) -> None:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body)


def write_glb(path: Path, known: Known) -> None:
    write_document(path, *gltf_document(known))


def write_gltf(path: Path, known: Known) -> None:
    document, binary = gltf_document(known)
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    path.write_text(json.dumps(document))


def pcd_header(known: Known, style: str) -> bytes:
    n = len(known.points)
    return (
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 1 1\n"
        f"WIDTH {n}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA {style}\n"
    ).encode()


def packed_rgb(known: Known) -> np.ndarray:
    red, green, blue = known.colours.astype(np.uint32).T
    return (red << 16 | green << 8 | blue).view(np.float32)


def write_pcd_ascii(path: Path, known: Known) -> None:
    rows = [f"{x} {y} {z} {rgb:.10e}" for (x, y, z), rgb in zip(known.points, packed_rgb(known), strict=True)]
    path.write_bytes(pcd_header(known, "ascii") + "\n".join(rows).encode() + b"\n")


def write_pcd_binary(path: Path, known: Known) -> None:
    table = np.concatenate([known.points.astype("<f4"), packed_rgb(known)[:, None]], axis=1)
    path.write_bytes(pcd_header(known, "binary") + table.astype("<f4").tobytes())


def write_pcd_compressed(path: Path, known: Known) -> None:
    """LZF without a single back reference: literal runs of up to 32 bytes, which every decoder must accept."""
    columns = np.concatenate([known.points.astype("<f4").T, packed_rgb(known)[None]]).astype("<f4").tobytes()
    packed = b"".join(bytes([len(columns[i : i + 32]) - 1]) + columns[i : i + 32] for i in range(0, len(columns), 32))
    path.write_bytes(pcd_header(known, "binary_compressed") + struct.pack("<II", len(packed), len(columns)) + packed)


def write_xyz(path: Path, known: Known) -> None:
    rows = [" ".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True)]
    path.write_text("\n".join(rows))


def write_csv(path: Path, known: Known) -> None:
    rows = [",".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True)]
    path.write_text("X,Y,Z,R,G,B\n" + "\n".join(rows))


WRITERS: dict[str, Callable[[Path, Known], None]] = {
    "ascii.ply": write_ply_ascii, "little.ply": write_ply_binary, "big.ply": write_ply_big_endian, "a.obj": write_obj,
    "a.glb": write_glb, "a.gltf": write_gltf, "ascii.pcd": write_pcd_ascii, "binary.pcd": write_pcd_binary,
    "compressed.pcd": write_pcd_compressed, "a.xyz": write_xyz, "a.csv": write_csv,
}  # fmt: skip
MESH_FORMATS = (".ply", ".obj", ".glb", ".gltf")


# -- round trips -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITERS)
def test_positions_colours_and_triangles_come_back_exactly(name: str, known: Known, tmp_path: Path) -> None:
    WRITERS[name](tmp_path / name, known)
    raw = read_scan(tmp_path / name)
    np.testing.assert_array_equal(raw.points, known.points)
    np.testing.assert_array_equal(raw.colours, known.colours)
    if Path(name).suffix in MESH_FORMATS:
        np.testing.assert_array_equal(raw.faces, known.faces)
    else:
        assert raw.faces is None


@pytest.mark.parametrize("style", ["binary", "ascii"])
def test_stl_gives_back_the_triangles_with_shared_corners_joined(style: str, known: Known, tmp_path: Path) -> None:
    corners = known.points[known.faces]
    path = tmp_path / "a.stl"
    if style == "binary":
        records = b"".join(struct.pack("<12fH", 0, 0, 0, *triangle.ravel(), 0) for triangle in corners)
        path.write_bytes(b"solid in name only".ljust(80, b"\0") + struct.pack("<I", len(corners)) + records)
    else:
        facets = [
            "facet normal 0 0 0\nouter loop\n" + "".join(f"vertex {x} {y} {z}\n" for x, y, z in t) + "endloop\nendfacet" for t in corners
        ]
        path.write_text("solid a\n" + "\n".join(facets) + "\nendsolid a\n")
    raw = read_scan(path)
    np.testing.assert_array_equal(raw.points[raw.faces], corners)
    assert len(raw.points) == len(np.unique(corners.reshape(-1, 3), axis=0))


def test_normals_are_read_where_a_format_has_them(known: Known, tmp_path: Path) -> None:
    normals = known.points / np.linalg.norm(known.points, axis=1, keepdims=True)
    np.savetxt(tmp_path / "a.xyz", np.concatenate([known.points, normals], axis=1), fmt="%.9f")
    text = "\n".join(" ".join(map(str, row)) for row in np.concatenate([known.points, normals], axis=1).tolist())
    names = "\n".join(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz"))
    (tmp_path / "a.ply").write_text(f"ply\nformat ascii 1.0\nelement vertex {len(known.points)}\n{names}\nend_header\n{text}\n")
    for name in ("a.xyz", "a.ply"):
        raw = read_scan(tmp_path / name)
        np.testing.assert_allclose(raw.normals, normals, atol=1e-6)
        assert raw.colours is None


def test_holes_of_a_depth_frame_stay_not_a_number(known: Known, tmp_path: Path) -> None:
    holes = Known(np.where(np.arange(500)[:, None] % 7 == 0, np.nan, known.points), known.colours, known.faces)
    write_pcd_binary(tmp_path / "frame.pcd", holes)
    np.testing.assert_array_equal(read_scan(tmp_path / "frame.pcd").points, holes.points)


@pytest.mark.parametrize("style", ["ascii", "binary_little_endian"])
def test_a_ply_of_triangles_and_quads_is_cut_into_triangles(style: str, known: Known, tmp_path: Path) -> None:
    polygons = [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9], [10, 11, 12, 13, 14]]
    header = ply_header(Known(known.points, known.colours, np.zeros((len(polygons), 3))), style)
    if style == "ascii":
        body = "\n".join(" ".join(map(str, [*p, *c])) for p, c in zip(known.points.tolist(), known.colours.tolist(), strict=True))
        body = (body + "\n" + "\n".join(" ".join(map(str, [len(p), *p])) for p in polygons) + "\n").encode()
    else:
        body = b"".join(struct.pack("<dddBBB", *p, *c) for p, c in zip(known.points, known.colours.tolist(), strict=True))
        body += b"".join(struct.pack(f"<B{len(p)}i", len(p), *p) for p in polygons)
    (tmp_path / "a.ply").write_bytes(header.encode() + body)
    expected = [[0, 1, 2], [3, 4, 5], [3, 5, 6], [7, 8, 9], [10, 11, 12], [10, 12, 13], [10, 13, 14]]
    np.testing.assert_array_equal(read_scan(tmp_path / "a.ply").faces, expected)


def test_fans_cover_each_polygon_and_skip_lines() -> None:
    triangles, polygon = fan_triangles(np.array([2, 3, 1, 4]))
    np.testing.assert_array_equal(triangles, [[2, 3, 4], [6, 7, 8], [6, 8, 9]])
    np.testing.assert_array_equal(polygon, [1, 3, 3])


def test_obj_indices_of_every_notation_mean_the_same(known: Known, tmp_path: Path) -> None:
    vertices = "\n".join(f"v {x} {y} {z}" for x, y, z in known.points)
    faces = ["f 1 2 3", "f 4/1 5/1 6/1", "f 7//1 8//1 9//1", "f 1/1/1 2/1/1 3/1/1 4/1/1", "f -500 -499 -498"]
    (tmp_path / "a.obj").write_text(vertices + "\nvt 0.5 0.5\nvn 0 0 1\n" + "\n".join(faces) + "\n")
    expected = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 1, 2], [0, 2, 3], [0, 1, 2]]
    np.testing.assert_array_equal(read_scan(tmp_path / "a.obj").faces, expected)


# -- glTF scenes -----------------------------------------------------------------------------------------------------------


def test_gltf_nodes_move_their_meshes_and_mirrors_keep_outside_outside(known: Known, tmp_path: Path) -> None:
    document, binary = gltf_document(known, node={"scale": [-2.0, 2.0, 2.0]})
    half = np.sqrt(0.5)
    document["nodes"].append({"children": [0], "rotation": [half, 0, 0, half], "translation": [1.0, 2.0, 3.0]})
    document["scenes"][0]["nodes"] = [1]
    write_document(tmp_path / "a.glb", document, binary)
    raw = read_scan(tmp_path / "a.glb")
    x, y, z = (known.points * [-2, 2, 2]).T  # mirrored, then turned by 90 degrees about x, then moved
    np.testing.assert_allclose(raw.points, np.stack([x + 1, -z + 2, y + 3], axis=1), atol=1e-6)
    np.testing.assert_array_equal(raw.faces, known.faces[:, ::-1])


def test_two_gltf_nodes_that_share_a_mesh_become_two_copies(known: Known, tmp_path: Path) -> None:
    document, binary = gltf_document(known)
    document["nodes"].append({"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]})
    document["scenes"][0]["nodes"] = [0, 1]
    write_document(tmp_path / "a.glb", document, binary)
    raw = read_scan(tmp_path / "a.glb")
    np.testing.assert_allclose(raw.points, np.concatenate([known.points, known.points + np.array([5, 0, 0])]), atol=1e-6)
    np.testing.assert_array_equal(raw.faces, np.concatenate([known.faces, known.faces + 500]))


def test_gltf_from_a_writer_of_srgb_colours_is_taken_as_such(known: Known, tmp_path: Path) -> None:
    document, binary = gltf_document(known, generator="https://github.com/mikedh/trimesh")
    start = document["bufferViews"][1]["byteOffset"]
    stop = start + document["bufferViews"][1]["byteLength"]
    write_document(tmp_path / "a.glb", document, binary[:start] + (known.colours / 255).astype("<f4").tobytes() + binary[stop:])
    np.testing.assert_array_equal(read_scan(tmp_path / "a.glb").colours, known.colours)


def test_a_gltf_scene_that_contains_itself_is_refused(known: Known, tmp_path: Path) -> None:
    document, binary = gltf_document(known, node={"children": [0]})
    write_document(tmp_path / "a.glb", document, binary)
    with pytest.raises(StudioError, match="circle"):
        read_scan(tmp_path / "a.glb")


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


def test_a_glb_takes_the_colours_of_its_embedded_texture(tmp_path: Path) -> None:
    points, uv, quads = grid()
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    stored = io.BytesIO()
    Image.fromarray(ramp()).save(stored, "PNG")
    down = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)  # glTF counts from the top
    document, _ = gltf_document(Known(points, np.zeros((400, 3), np.uint8), faces))
    chunks = [points.astype("<f4").tobytes(), down.astype("<f4").tobytes(), faces.astype("<u4").tobytes(), stored.getvalue()]
    starts = np.cumsum([0] + [len(chunk) for chunk in chunks]).tolist()
    document["bufferViews"] = [{"buffer": 0, "byteOffset": s, "byteLength": len(c)} for s, c in zip(starts, chunks, strict=False)]
    document["accessors"][1]["type"] = "VEC2"
    document["meshes"][0]["primitives"][0] |= {"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "material": 0}
    document["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    document["textures"], document["images"] = [{"source": 0}], [{"bufferView": 3, "mimeType": "image/png"}]
    write_document(tmp_path / "a.glb", document, b"".join(chunks))
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


# -- bad files -------------------------------------------------------------------------------------------------------------


def assert_one_sentence(error: StudioError, name: str) -> None:
    text = str(error)
    assert name in text
    assert "\n" not in text
    assert text.endswith(".")
    assert "Traceback" not in text


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_a_file_that_is_cut_off_is_refused_in_one_sentence_or_read_without_invention(
    name: str, share: float, known: Known, tmp_path: Path
) -> None:
    WRITERS[name](tmp_path / name, known)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    try:
        raw = read_scan(tmp_path / name)
    except StudioError as error:
        assert_one_sentence(error, name)
    else:  # a list of points without an end mark may simply be shorter
        assert Path(name).suffix in (".xyz", ".csv", ".obj")
        assert (raw.points[:-1] == known.points[: len(raw.points) - 1]).all()


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_refused_in_one_sentence_or_read(name: str, known: Known, tmp_path: Path) -> None:
    """Bytes are overwritten at random: any answer but a crash or another kind of error is right."""
    WRITERS[name](tmp_path / name, known)
    whole, rng = (tmp_path / name).read_bytes(), np.random.default_rng(5)
    for _ in range(25):
        damaged = bytearray(whole)
        at = int(rng.integers(0, min(len(whole), 2000) - 30))
        damaged[at : at + 30] = rng.integers(0, 256, size=int(rng.integers(1, 30)), dtype=np.uint8).tobytes()
        (tmp_path / name).write_bytes(bytes(damaged))
        try:
            raw = read_scan(tmp_path / name)
        except StudioError as error:
            assert_one_sentence(error, name)
        else:
            assert isinstance(raw, RawScan)
            assert raw.faces is None or raw.faces.max(initial=0) < len(raw.points)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.ply", b"", "empty"),
        ("noise.ply", bytes(range(256)) * 20, "no PLY"),
        ("noise.obj", b"lorem ipsum dolor sit amet\n" * 50, "no vertices"),
        ("noise.xyz", b"lorem ipsum dolor sit amet\n" * 50, "no line of x y z"),
        ("noise.glb", b"\0" * 2000, "glTF"),
        ("noise.stl", b"\0" * 83, "cut off"),
        ("noise.pcd", b"x y z\n" * 100, "no PCD"),
        ("few.xyz", b"1 2 3\n" * 10, "10 points"),
        (
            "nothing.ply",
            b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n",
            "0 points",
        ),
        ("flat.ply", b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nend_header\n", "x, y and z"),
        ("picture.ply", b"\x89PNG\r\n\x1a\n" + b"\0" * 400, "PNG picture"),
        ("archive.obj", b"PK\x03\x04" + b"\0" * 400, "ZIP"),
        ("cloud.obj", b"ply\nformat ascii 1.0\n", "PLY"),
        ("body.fbx", b"Kaydara FBX Binary", "not read"),
        ("body", b"ply\n", "no suffix"),
        ("two.xyz", b"1 2\n3 4\n", "no line of x y z"),
        ("five.xyz", b"1 2 3 4 5\n" * 400, "columns"),
        ("ragged.xyz", b"1 2 3\n" * 400 + b"1 2\n", "does not fit"),
        (
            "huge.ply",
            b"ply\nformat binary_little_endian 1.0\nelement vertex 99999999999\nproperty float x\nend_header\n" + b"\0" * 99,
            "cut off",
        ),
        ("huge.pcd", b"# .PCD v0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nPOINTS 999999999\nDATA binary\n\0\0\0\0", "cut off"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence_that_says_what_was_found(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StudioError) as caught:
        read_scan(tmp_path / name)
    assert_one_sentence(caught.value, name)
    assert words in str(caught.value)


def test_a_missing_file_names_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "anna.ply").write_bytes(b"ply\n")
    with pytest.raises(StudioError, match=r"did you mean 'anna\.ply'"):
        read_scan(tmp_path / "ana.ply")
    with pytest.raises(StudioError, match="is a folder"):
        read_scan(tmp_path)


def test_fewer_points_than_a_body_needs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("1 2 3\n" * (MIN_POINTS - 1))
    with pytest.raises(StudioError, match=str(MIN_POINTS)):
        read_scan(tmp_path / "a.xyz")


def test_reading_prints_nothing(known: Known, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, write in WRITERS.items():
        write(tmp_path / name, known)
        read_scan(tmp_path / name)
    (tmp_path / "bad.pcd").write_bytes((tmp_path / "compressed.pcd").read_bytes()[:-3] + b"abc")
    with contextlib.suppress(StudioError):
        read_scan(tmp_path / "bad.pcd")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
