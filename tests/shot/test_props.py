"""What a scene brings along: models and panoramas beside its scene.toml, and nothing from elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pytest

from studio.errors import StudioError
from studio.shot import props
from studio.shot.props import scene_files, write_model
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.specs.scene import SceneSpec
from studio.specs.surroundings import Prop, RoomSet, Sky

#: A block of 2 x 4 x 1 units in y-up coordinates, off its origin.
OBJ = "\n".join(f"v {x} {y} {z}" for x in (3, 5) for y in (-1, 3) for z in (7, 8)) + "\n" + "\n".join(
    f"f {face}" for face in ("1 2 4 3", "5 7 8 6", "1 5 6 2", "3 4 8 7", "1 3 7 5", "2 6 8 4")
)  # fmt: skip


def scene(*things, sky=None):
    return SceneSpec(title="t", set=RoomSet(props=things, sky=sky), lights=(Light(role="key", ev=9),), cameras=(Camera(name="c"),))


def test_a_model_stands_upright_over_its_foot_in_the_size_that_was_asked(tmp_path):
    (tmp_path / "block.obj").write_text(OBJ)
    request = write_model(tmp_path, 0, tmp_path / "block.obj", scale=0.5)
    vertices = np.load(tmp_path / request["arrays"])["vertices"]
    np.testing.assert_allclose(vertices.min(axis=0), [-0.5, -0.25, 0.0], atol=1e-6)
    np.testing.assert_allclose(vertices.max(axis=0), [0.5, 0.25, 2.0], atol=1e-6)
    assert request["materials"][0]["name"] == "plain"


def test_the_files_of_a_scene_are_those_it_names(tmp_path):
    for name in ("block.obj", "sky.hdr", "other.obj"):
        (tmp_path / name).write_text("x")
    found = scene_files(scene(Prop(file="block.obj"), Prop(shape="box"), sky=Sky(file="sky.hdr", ev=10)), tmp_path)
    assert found == {name: tmp_path / name for name in ("block.obj", "sky.hdr")}


def test_a_missing_file_is_answered_with_the_nearest(tmp_path):
    (tmp_path / "block.obj").write_text("x")
    with pytest.raises(StudioError, match=r"names the file blok\.obj, .* did you mean 'block\.obj'"):
        scene_files(scene(Prop(file="blok.obj")), tmp_path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    inside = tmp_path / "scene"
    inside.mkdir()
    (tmp_path / "secret.obj").write_text(OBJ)
    (inside / "block.obj").symlink_to(tmp_path / "secret.obj")
    with pytest.raises(StudioError, match="a link that leads out"):
        scene_files(scene(Prop(file="block.obj")), inside)


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    (tmp_path / "block.obj").write_text(OBJ)
    monkeypatch.setattr(props, "MAX_FILE_BYTES", 10)
    with pytest.raises(StudioError, match=r"block\.obj is 0 MB"):
        scene_files(scene(Prop(file="block.obj")), tmp_path)
    monkeypatch.setattr(props, "_MOST_TRIANGLES", 5)
    with pytest.raises(StudioError, match="12 triangles, and 5 are read at most"):
        write_model(tmp_path, 0, tmp_path / "block.obj", scale=1.0)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "either a shape"),
        ({"shape": "box", "file": "a.glb"}, "either a shape"),
        ({"file": "../a.glb"}, "pattern"),
        ({"file": "a.blend"}, "pattern"),
    ],
)
def test_a_prop_that_is_nothing_or_two_things_or_comes_from_elsewhere_is_refused(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        Prop(**fields)


def test_a_prop_with_materials_keeps_them(tmp_path):
    quad = (
        np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32).tobytes()
        + np.array([0, 1, 2, 0, 2, 3], dtype=np.uint16).tobytes()
    )
    tree = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"name": "red", "pbrMetallicRoughness": {"baseColorFactor": [0.8, 0.1, 0.1, 1.0], "roughnessFactor": 0.3}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 48}, {"buffer": 0, "byteOffset": 48, "byteLength": 12}],
        "buffers": [{"byteLength": 60}],
    }  # fmt: skip
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    body = b"glTF" + np.array([2, 12 + 8 + len(text) + 8 + len(quad)], dtype="<u4").tobytes()
    body += np.array([len(text)], dtype="<u4").tobytes() + b"JSON" + text + np.array([len(quad)], dtype="<u4").tobytes() + b"BIN\x00" + quad
    (tmp_path / "sign.glb").write_bytes(body)
    request = write_model(tmp_path, 3, tmp_path / "sign.glb", scale=2.0)
    assert request["materials"][0]["rgb"] == pytest.approx([0.8, 0.1, 0.1])
    vertices = np.load(tmp_path / request["arrays"])["vertices"]
    np.testing.assert_allclose(np.ptp(vertices, axis=0), [2, 0, 2], atol=1e-6)
