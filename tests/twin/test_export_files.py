"""Exports as files: the plain meshes and the parameters, all or nothing on disk, and what is refused."""

from __future__ import annotations

import os

import numpy as np
import pytest
import trimesh

from studio.body.model import BodyParameters, forward
from studio.errors import StudioError
from studio.frames import apply, world_from_smplx
from studio.store.store import Store
from studio.twin.export import SUFFIXES, export_twin
from studio.twin.twin import load_twin
from tests.twin.exported import FILE_FROM_WORLD, albedo, farthest_mm, parameters_in, publish_twin, truth


@pytest.fixture(scope="module")
def twin(tmp_path_factory, one_body):
    store = Store(tmp_path_factory.mktemp("files") / "store")
    publish_twin(store)
    publish_twin(store, name="bea", textured=True)
    publish_twin(store, name="measured", scanned=False)
    return store, load_twin(store, "twin/anna")


def test_an_obj_in_the_scans_pose_lies_in_the_scans_file_and_keeps_its_texture(twin, tmp_path):
    store, plain = twin
    file = export_twin(store, "twin/bea", tmp_path / "bea scan.obj")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bea scan.obj", "bea_scan-albedo.png", "bea_scan-eyes.png", "bea_scan-normal.png", "bea_scan.mtl",
    ]  # fmt: skip
    wanted = apply(FILE_FROM_WORLD, world_from_smplx(truth(plain, plain.parameters).vertices))
    lines = file.read_text().splitlines()
    vertices = np.array([line.split()[1:] for line in lines if line.startswith("v ")], dtype=float)
    assert farthest_mm(vertices / 1000, wanted / 1000) < 0.001
    corners = [[corner.split("/") for corner in line.split()[1:]] for line in lines if line.startswith("f ")]
    uv = np.array([line.split()[1:] for line in lines if line.startswith("vt ")], dtype=float)
    quads = np.array(corners, dtype=int)[..., 0] - 1
    order = {tuple(sorted(quad)): number for number, quad in enumerate(plain.model.surface.quads.tolist())}
    for quad, corner in zip(quads[::700], corners[::700], strict=True):
        mine = order[tuple(sorted(quad.tolist()))]
        by_vertex = dict(zip(plain.model.surface.quads[mine].tolist(), plain.model.surface.uv[mine], strict=True))
        if plain.model.surface.outer[quad].all():
            for vertex, (_, texture, normal) in zip(quad.tolist(), corner, strict=True):
                np.testing.assert_allclose(uv[int(texture) - 1], by_vertex[vertex], atol=1e-6)
                assert int(normal) == vertex + 1
    scene = trimesh.load(file, process=False)
    parts = {mesh.visual.material.name: mesh for mesh in scene.geometry.values()}
    np.testing.assert_array_equal(np.asarray(parts["skin"].visual.material.image.convert("RGB")), albedo())
    whole = trimesh.util.concatenate([trimesh.Trimesh(mesh.vertices, mesh.faces, process=False) for mesh in parts.values()])
    assert whole.volume > 0.03 * 1000**3  # outside is outside, though the file's frame is a mirrored one


@pytest.mark.parametrize("suffix", [".obj", ".ply"])
def test_a_twin_without_a_scan_is_exported_where_it_stands_in_the_world(twin, tmp_path, suffix):
    store, plain = twin
    mesh = trimesh.load(export_twin(store, "twin/measured", tmp_path / f"m{suffix}"), process=False)
    mesh = mesh if isinstance(mesh, trimesh.Trimesh) else mesh.to_geometry()
    wanted = world_from_smplx(truth(plain, plain.parameters).vertices)
    np.testing.assert_allclose(mesh.bounds, [wanted.min(axis=0), wanted.max(axis=0)], atol=1e-5)
    assert mesh.volume > 0.03


def test_the_parameters_drive_the_smplx_package(twin, tmp_path):
    smplx = pytest.importorskip("smplx")
    import torch

    store, plain = twin
    with np.load(export_twin(store, "twin/anna", tmp_path / "anna.npz", pose="walk"), allow_pickle=False) as file:
        arrays = dict(file)
    model = plain.model
    other = smplx.create(
        str(model.path), model_type="smplx", ext="npz", use_pca=False, flat_hand_mean=True,
        num_betas=len(arrays["betas"]), num_expression_coeffs=len(arrays["expression"]),
    )  # fmt: skip
    names = BodyParameters.zero(model).arrays()
    with torch.no_grad():
        found = other(**{name: torch.from_numpy(arrays[name].reshape(1, -1)) for name in names})
    bare = forward(model, BodyParameters.from_arrays(arrays))
    assert farthest_mm(found.vertices[0].numpy(), bare.vertices) < 0.01


@pytest.mark.parametrize("pose", ["scan", "walk"])
def test_the_parameters_and_offsets_give_the_vertices_beside_them(twin, tmp_path, pose):
    store, plain = twin
    with np.load(export_twin(store, "twin/anna", tmp_path / "anna.npz", pose=pose), allow_pickle=False) as file:
        arrays = dict(file)
    again = forward(plain.model, BodyParameters.from_arrays(arrays), offsets=arrays["offsets"])
    assert farthest_mm(arrays["vertices"], again.vertices) < 0.001
    assert farthest_mm(arrays["vertices"], truth(plain, parameters_in(plain, pose)).vertices) < 0.01
    np.testing.assert_array_equal(arrays["faces"], plain.model.faces)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_export_that_fails_or_is_interrupted_leaves_what_was_there(twin, tmp_path, suffix, monkeypatch):
    store, _ = twin
    kept = tmp_path / f"bea{suffix}"
    kept.write_text("the export of yesterday")

    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    for place in ("glb._container", "interchange.Engine.run", "meshes.np.savetxt", "meshes.np.savez_compressed"):
        monkeypatch.setattr(f"studio.twin.export.{place}", interrupted)
    monkeypatch.setattr("studio.twin.export.stage.write_ply", interrupted)
    monkeypatch.setattr("tempfile.tempdir", str(jobs_of(tmp_path)))
    with pytest.raises(KeyboardInterrupt):
        export_twin(store, "twin/bea", kept)
    assert kept.read_text() == "the export of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == [kept.name]
    assert not list(jobs_of(tmp_path).iterdir())  # nor a job folder


def jobs_of(tmp_path):
    folder = tmp_path.with_name(tmp_path.name + "-jobs")
    folder.mkdir(exist_ok=True)
    return folder


def test_when_one_of_several_files_cannot_be_put_in_place_none_is(twin, tmp_path):
    store, _ = twin
    (tmp_path / "bea.mtl").mkdir()
    with pytest.raises(StudioError, match=r"bea\.mtl is a folder"):
        export_twin(store, "twin/bea", tmp_path / "bea.obj")
    assert [path.name for path in tmp_path.iterdir()] == ["bea.mtl"]


def test_a_file_of_that_name_is_replaced_and_readable_by_others(twin, tmp_path):
    store, _ = twin
    file = tmp_path / "anna.GLB"
    file.write_text("old")
    export_twin(store, "twin/anna", file, pose="t")
    assert file.read_bytes()[:4] == b"glTF"
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["anna.GLB"]


def test_the_same_twin_and_pose_give_the_same_glb(twin, tmp_path):
    store, _ = twin
    first, second = (export_twin(store, "twin/bea", tmp_path / name, pose="a").read_bytes() for name in ("1.glb", "2.glb"))
    assert first == second


@pytest.mark.parametrize(
    ("name", "pose", "sentence"),
    [
        ("anna.glbb", "scan", r"'\.glbb': did you mean '\.glb'\?"),
        ("anna.stl", "scan", r"'\.stl'.*there is: \.fbx, \.glb, \.npz, \.obj, \.ply, \.usd"),
        ("anna", "scan", r"'anna'"),
        ("anna.usd", "relaxd", r"There is no pose 'relaxd': did you mean 'relaxed'\?"),
        ("nowhere/anna.fbx", "scan", r"There is no folder .*nowhere: make it first"),
        ("folder.glb", "scan", r"folder\.glb is a folder"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_sentence(twin, tmp_path, name, pose, sentence):
    store, _ = twin
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(StudioError, match=sentence):
        export_twin(store, "twin/anna", tmp_path / name, pose=pose)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.glb"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the superuser")
def test_a_folder_that_may_not_be_written_is_named(twin, tmp_path):
    store, _ = twin
    tmp_path.chmod(0o500)
    with pytest.raises(StudioError, match=r"anna\.glb may not be written into"):
        export_twin(store, "twin/anna", tmp_path / "anna.glb")


def test_the_rig_of_a_licensed_body_does_not_leave_in_a_file(twin, tmp_path, monkeypatch):
    from dataclasses import replace

    store, plain = twin
    licensed = replace(plain, model=replace(plain.model, name="smplx-female", surface=None))
    monkeypatch.setattr("studio.twin.export.stage.load_twin", lambda *_args, **_options: licensed)
    for suffix in (".glb", ".usd", ".fbx"):
        with pytest.raises(StudioError, match=r"licensed body 'smplx-female'.*\.ply, \.obj or \.npz"):
            export_twin(store, "twin/anna", tmp_path / f"anna{suffix}")
    assert not list(tmp_path.iterdir())
    mesh = trimesh.load(export_twin(store, "twin/anna", tmp_path / "anna.obj", pose="t"), process=False)
    assert len(mesh.faces) == len(plain.model.faces)
