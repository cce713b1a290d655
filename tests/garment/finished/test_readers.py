"""Files of finished garments: what is read of them, and what is refused."""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.finished import pictures
from studio.garment.finished.fbx import MAX_UNPACKED_BYTES, read_fbx_mesh, unpacked_bytes
from studio.garment.finished.gltf import read_gltf_mesh
from studio.garment.finished.obj import read_obj_mesh
from studio.garment.finished.read import check_file, files_of
from tests.garment.finished.shapes import glb, obj_text, picture, tube, write, y_up
from tests.garment.refusals import one_sentence

VERTICES, FACES, FLAT = tube()
MTL = "newmtl red\nKd 1 0.5 0\nmap_Kd {}\nPr 0.3\nnewmtl plain\nKd 0 0 1\nNs 1000\nd 0.5\n"


# --- OBJ ----------------------------------------------------------------------------------------------------------------------


def two_materials(folder, texture: str):
    half = len(FACES) // 2
    text = obj_text(VERTICES, FACES, FLAT, head="mtllib tube.mtl\nusemtl red")
    lines = text.splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("f "))
    lines.insert(first + half, "usemtl plain")
    write(folder, "tube.mtl", MTL.format(texture))
    return write(folder, "tube.obj", "\n".join(lines))


def test_an_obj_keeps_its_vertices_texture_coordinates_and_materials(tmp_path):
    write(tmp_path, "red.png", picture())
    read = read_obj_mesh(two_materials(tmp_path, "-s 1 1 1 red.png"), name="tube.obj")
    np.testing.assert_allclose(read.points, VERTICES, atol=1e-8)
    np.testing.assert_array_equal(read.faces, FACES)
    np.testing.assert_allclose(read.corner_uv, FLAT, atol=1e-8)
    red, plain = (read.materials[read.variants[0].materials[part]] for part in (read.part[0], read.part[-1]))
    assert (red.name, red.roughness, red.colour, read.pictures[red.colour]) == ("red", 0.3, "picture-0.png", picture())
    assert red.rgb == pytest.approx((1.0, 0.2140, 0.0), abs=2e-3)  # linear light of sRGB 0.5
    assert (plain.rgb, plain.opacity, plain.colour) == ((0.0, 0.0, 1.0), 0.5, None)
    assert plain.roughness == pytest.approx((2 / 1002) ** 0.25)


@pytest.mark.parametrize("texture", ["red.png", "../red.png", "{outside}", "C:\\tmp\\red.png"])
def test_textures_outside_of_the_folder_are_never_opened(texture, tmp_path):
    folder = tmp_path / "garment"
    folder.mkdir()
    outside = write(tmp_path, "red.png", picture())
    read = read_obj_mesh(two_materials(folder, texture.format(outside=outside)), name="tube.obj")
    assert read.pictures == {}
    assert "is not beside it: that part is plain." in read.remarks[0]


def test_a_texture_whose_path_is_of_another_machine_is_found_beside_the_file(tmp_path):
    write(tmp_path, "red.png", picture())
    read = read_obj_mesh(two_materials(tmp_path, "C:\\Users\\anna\\red.png"), name="tube.obj")
    assert list(read.pictures.values()) == [picture()]


def test_an_obj_without_materials_says_nothing_of_looks(tmp_path):
    read = read_obj_mesh(write(tmp_path, "tube.obj", obj_text(VERTICES, FACES)), name="tube.obj")
    assert (read.materials, read.variants, read.corner_uv) == ((), (), None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\n", "has no faces"),
        ("f 1 2 3\n", "has no vertices"),
        ("v 0 0 0\nv 1 0\nv 0 1 0\nf 1 2 3\n", "lines of different lengths"),
        ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "name vertices it does not have"),
        ("v 0 0 zero\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", "that are not numbers"),
    ],
)
def test_damaged_obj_files_are_refused(content, sentence, tmp_path):
    with pytest.raises(StudioError, match=sentence) as info:
        read_obj_mesh(write(tmp_path, "bad.obj", content), name="bad.obj")
    one_sentence(info)


def test_a_picture_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("studio.scan.pictures.MAX_PIXELS", 16)
    write(tmp_path, "red.png", picture())
    with pytest.raises(StudioError, match="more than a texture may have"):
        read_obj_mesh(two_materials(tmp_path, "red.png"), name="tube.obj")


def test_pictures_in_other_formats_are_kept_as_png_and_too_many_are_refused(monkeypatch):
    roll = pictures.PictureRoll("coat.obj")
    assert roll.keep(picture(kind="BMP"), "a.bmp") == "picture-0.png"
    assert roll.kept["picture-0.png"].startswith(b"\x89PNG")
    assert roll.keep(picture(kind="BMP"), "again.bmp") == "picture-0.png"  # the same picture is kept once
    monkeypatch.setattr(pictures, "MAX_PICTURES", 1)
    with pytest.raises(StudioError, match=r"coat\.obj has more than 1 textures"):
        roll.keep(picture((1, 2, 3)), "b.png")


# --- glTF ---------------------------------------------------------------------------------------------------------------------


def test_a_glb_keeps_its_variants_the_files_own_first(tmp_path):
    looks = (picture((255, 0, 0)), picture((0, 255, 0)), picture((0, 0, 255)))
    file = write(tmp_path, "shoe.glb", glb(y_up(VERTICES), FACES, pictures=looks, variants=("Rot 1", "green", "blue"), scale=2.0))
    read = read_gltf_mesh(file, name="shoe.glb")
    assert [variant.name for variant in read.variants] == ["Rot-1", "green", "blue"]
    shown = [read.pictures[read.materials[variant.materials[0]].colour] for variant in read.variants]
    assert shown == list(looks)
    np.testing.assert_allclose(read.points, 2 * y_up(VERTICES), atol=1e-6)
    assert (read.metres_per_unit, read.up) == (1.0, "y")


def test_a_cut_off_glb_is_refused(tmp_path):
    whole = glb(VERTICES, FACES, pictures=(picture(),))
    for share in (0.2, 0.6, 0.95):
        with pytest.raises(StudioError) as info:
            read_gltf_mesh(write(tmp_path, "cut.glb", whole[: int(share * len(whole))]), name="cut.glb")
        one_sentence(info)


# --- FBX ----------------------------------------------------------------------------------------------------------------------


def record(name: bytes, properties: bytes, count: int, start: int) -> bytes:
    """One record of an FBX file without children, at a place of it."""
    end = start + 13 + len(name) + len(properties)
    return struct.pack("<IIIB", end, count, len(properties), len(name)) + name + properties


def fbx(*records: tuple[bytes, bytes, int]) -> bytes:
    data = b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400)
    for name, properties, count in records:
        data += record(name, properties, count, len(data))
    return data + bytes(13) + b"footer"


def test_what_an_fbx_unpacks_to_is_known_before_it_is_unpacked():
    packed = b"d" + struct.pack("<III", 1000, 1, 5) + b"12345"
    assert unpacked_bytes(fbx((b"Vertices", packed, 1), (b"Name", b"S" + struct.pack("<I", 3) + b"abc", 1))) == 8000


def test_an_fbx_bomb_is_refused_before_blender_sees_it(tmp_path):
    bomb = b"d" + struct.pack("<III", MAX_UNPACKED_BYTES // 8 + 1, 1, 5) + b"12345"
    with pytest.raises(StudioError, match=r"unpacks to 2\.0 GB"):
        read_fbx_mesh(write(tmp_path, "bomb.fbx", fbx((b"Vertices", bomb, 1))), name="bomb.fbx")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"; FBX 7.4.0 project file\n", "FBX as text"),
        (fbx((b"Vertices", b"S" + struct.pack("<I", 900) + b"abc", 1)), "cut off or damaged FBX"),
        (fbx()[:30], "cut off or damaged FBX"),
    ],
)
def test_damaged_fbx_files_are_refused(content, sentence, tmp_path):
    with pytest.raises(StudioError, match=sentence) as info:
        read_fbx_mesh(write(tmp_path, "bad.fbx", content), name="bad.fbx")
    one_sentence(info)


WRITER = """
import sys, bpy
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.mesh.primitive_cube_add(size=0.5, location=(0.1, 0.2, 0.3))
item = bpy.context.object
material = bpy.data.materials.new("cloth")
material.use_nodes = True
shader = material.node_tree.nodes["Principled BSDF"]
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = bpy.data.images.load(sys.argv[1])
material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
item.data.materials.append(material)
bpy.ops.export_scene.fbx(filepath=sys.argv[2], path_mode="COPY", embed_textures=True)
import os; sys.stdout.flush(); os._exit(0)
"""


def test_an_fbx_that_blender_wrote_comes_back_with_its_place_size_and_embedded_picture(tmp_path):
    image = write(tmp_path, "red.png", picture())
    file = tmp_path / "cube.fbx"
    subprocess.run([sys.executable, "-c", WRITER, str(image), str(file)], check=True, capture_output=True)
    image.unlink()
    read = read_fbx_mesh(file, name="cube.fbx")
    np.testing.assert_allclose(read.points.min(axis=0), [-0.15, -0.05, 0.05], atol=1e-5)
    np.testing.assert_allclose(read.points.max(axis=0), [0.35, 0.45, 0.55], atol=1e-5)
    assert (len(read.faces), read.up, read.corner_uv.shape) == (12, "z", (12, 3, 2))
    assert read.pictures[read.materials[read.variants[0].materials[0]].colour] == picture()


# --- any file -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.stl", b"solid", r"is no garment that studio reads"),
        ("a.obj", b"", r"is empty"),
        ("a.obj", b"PK\x03\x04zip", r"its content is a ZIP archive"),
        ("a.obj", b"glTF\x02", r"its content is glTF"),
        ("a.glb", b"Kaydara FBX Binary", r"its content is FBX"),
        ("a.fbx", b"<html><body>", r"its content is a web page"),
    ],
)
def test_files_that_are_something_else_are_refused(name, content, sentence, tmp_path):
    with pytest.raises(StudioError, match=sentence) as info:
        check_file(write(tmp_path, name, content))
    one_sentence(info)


def test_huge_and_missing_files_are_refused(tmp_path, monkeypatch):
    write(tmp_path, "coat.obj", "v 0 0 0")
    with pytest.raises(StudioError, match=r"did you mean 'coat\.obj'"):
        check_file(tmp_path / "coot.obj")
    monkeypatch.setattr("studio.garment.finished.read.MAX_FILE_BYTES", 3)
    with pytest.raises(StudioError, match="thin it out"):
        check_file(tmp_path / "coat.obj")


def test_what_a_file_needs_beside_it_is_listed(tmp_path):
    write(tmp_path, "red.png", picture())
    file = two_materials(tmp_path, "red.png")
    assert {path.name for path in files_of(file)} == {"tube.obj", "tube.mtl", "red.png"}
