"""Every format gives back the positions, triangles and colours that were written into it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from studio.errors import StudioError
from studio.scan.raw import fan_triangles
from studio.scan.readers import read_scan

MESH_FORMATS = (".ply", ".obj", ".glb", ".gltf")


# -- round trips -----------------------------------------------------------------------------------------------------------


def test_positions_colours_and_triangles_come_back_exactly(format_name: str, writers, known, tmp_path: Path) -> None:
    writers.write(tmp_path / format_name, known)
    raw = read_scan(tmp_path / format_name)
    np.testing.assert_array_equal(raw.points, known.points)
    np.testing.assert_array_equal(raw.colours, known.colours)
    if Path(format_name).suffix in MESH_FORMATS:
        np.testing.assert_array_equal(raw.faces, known.faces)
    else:
        assert raw.faces is None


@pytest.mark.parametrize("style", ["binary", "ascii"])
def test_stl_gives_back_the_triangles_with_shared_corners_joined(style: str, writers, known, tmp_path: Path) -> None:
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


def test_normals_are_read_where_a_format_has_them(writers, known, tmp_path: Path) -> None:
    normals = known.points / np.linalg.norm(known.points, axis=1, keepdims=True)
    np.savetxt(tmp_path / "a.xyz", np.concatenate([known.points, normals], axis=1), fmt="%.9f")
    text = "\n".join(" ".join(map(str, row)) for row in np.concatenate([known.points, normals], axis=1).tolist())
    names = "\n".join(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz"))
    (tmp_path / "a.ply").write_text(f"ply\nformat ascii 1.0\nelement vertex {len(known.points)}\n{names}\nend_header\n{text}\n")
    for name in ("a.xyz", "a.ply"):
        raw = read_scan(tmp_path / name)
        np.testing.assert_allclose(raw.normals, normals, atol=1e-6)
        assert raw.colours is None


def test_holes_of_a_depth_frame_stay_not_a_number(writers, known, tmp_path: Path) -> None:
    holes = writers.mesh(np.where(np.arange(500)[:, None] % 7 == 0, np.nan, known.points), known.colours, known.faces)
    writers.write(tmp_path / "binary.pcd", holes)
    np.testing.assert_array_equal(read_scan(tmp_path / "binary.pcd").points, holes.points)


@pytest.mark.parametrize("style", ["ascii", "binary_little_endian"])
def test_a_ply_of_triangles_and_quads_is_cut_into_triangles(style: str, writers, known, tmp_path: Path) -> None:
    polygons = [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9], [10, 11, 12, 13, 14]]
    header = writers.ply_header(writers.mesh(known.points, known.colours, np.zeros((len(polygons), 3))), style)
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


def test_obj_indices_of_every_notation_mean_the_same(writers, known, tmp_path: Path) -> None:
    vertices = "\n".join(f"v {x} {y} {z}" for x, y, z in known.points)
    faces = ["f 1 2 3", "f 4/1 5/1 6/1", "f 7//1 8//1 9//1", "f 1/1/1 2/1/1 3/1/1 4/1/1", "f -500 -499 -498"]
    (tmp_path / "a.obj").write_text(vertices + "\nvt 0.5 0.5\nvn 0 0 1\n" + "\n".join(faces) + "\n")
    expected = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 1, 2], [0, 2, 3], [0, 1, 2]]
    np.testing.assert_array_equal(read_scan(tmp_path / "a.obj").faces, expected)


# -- glTF scenes -----------------------------------------------------------------------------------------------------------


def test_gltf_nodes_move_their_meshes_and_mirrors_keep_outside_outside(writers, known, tmp_path: Path) -> None:
    document, binary = writers.gltf_document(known, node={"scale": [-2.0, 2.0, 2.0]})
    half = np.sqrt(0.5)
    document["nodes"].append({"children": [0], "rotation": [half, 0, 0, half], "translation": [1.0, 2.0, 3.0]})
    document["scenes"][0]["nodes"] = [1]
    writers.gltf(tmp_path / "a.glb", document, binary)
    raw = read_scan(tmp_path / "a.glb")
    x, y, z = (known.points * [-2, 2, 2]).T  # mirrored, then turned by 90 degrees about x, then moved
    np.testing.assert_allclose(raw.points, np.stack([x + 1, -z + 2, y + 3], axis=1), atol=1e-6)
    np.testing.assert_array_equal(raw.faces, known.faces[:, ::-1])


def test_two_gltf_nodes_that_share_a_mesh_become_two_copies(writers, known, tmp_path: Path) -> None:
    document, binary = writers.gltf_document(known)
    document["nodes"].append({"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]})
    document["scenes"][0]["nodes"] = [0, 1]
    writers.gltf(tmp_path / "a.glb", document, binary)
    raw = read_scan(tmp_path / "a.glb")
    np.testing.assert_allclose(raw.points, np.concatenate([known.points, known.points + np.array([5, 0, 0])]), atol=1e-6)
    np.testing.assert_array_equal(raw.faces, np.concatenate([known.faces, known.faces + 500]))


def test_gltf_from_a_writer_of_srgb_colours_is_taken_as_such(writers, known, tmp_path: Path) -> None:
    document, binary = writers.gltf_document(known, generator="https://github.com/mikedh/trimesh")
    start = document["bufferViews"][1]["byteOffset"]
    stop = start + document["bufferViews"][1]["byteLength"]
    writers.gltf(tmp_path / "a.glb", document, binary[:start] + (known.colours / 255).astype("<f4").tobytes() + binary[stop:])
    np.testing.assert_array_equal(read_scan(tmp_path / "a.glb").colours, known.colours)


def test_a_gltf_scene_that_contains_itself_is_refused(writers, known, tmp_path: Path) -> None:
    document, binary = writers.gltf_document(known, node={"children": [0]})
    writers.gltf(tmp_path / "a.glb", document, binary)
    with pytest.raises(StudioError, match="circle"):
        read_scan(tmp_path / "a.glb")
