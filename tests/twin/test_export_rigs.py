"""USD and FBX files reopened: by usd-core, by a small FBX reader, and all rigs by Blender."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from studio.body.joints import JOINTS, PARENTS
from studio.frames import world_from_smplx
from studio.store.store import Store
from studio.twin.export import export_twin
from studio.twin.twin import load_twin
from tests.twin.exported import albedo, farthest_mm, normals, parameters_in, pixels, publish_twin, rest, rest_joints, truth
from tests.twin.fbx_reader import Fbx, short

#: Float32 numbers of up to 2 m; measured: 0.0004 mm.
ROUNDING_MM = 0.003
#: FBX keeps joint rotations as three angles, whose conversion Blender's exporter makes in float32; measured: 0.0012 mm, in Blender too.
FBX_ROUNDING_MM = 0.005
REOPEN = Path(__file__).with_name("reopen_in_blender.py")


@pytest.fixture(scope="module")
def twin(tmp_path_factory, one_body):
    store = Store(tmp_path_factory.mktemp("rigs") / "store")
    publish_twin(store)
    publish_twin(store, name="bea-2", textured=True)
    return store, load_twin(store, "twin/bea-2")


@pytest.fixture(scope="module")
def files(twin, tmp_path_factory):
    folder, (store, _) = tmp_path_factory.mktemp("files"), twin
    for name, pose in (("a.usd", "scan"), ("b.usdz", "seated"), ("a.fbx", "scan"), ("b.fbx", "seated"), ("b.glb", "seated")):
        export_twin(store, "twin/bea-2", folder / name, pose=pose)
    return folder


@pytest.fixture(scope="module")
def in_blender(files):
    """What Blender finds in the files, by name."""
    names = ("a.usd", "a.fbx", "b.glb")
    run = [sys.executable, str(REOPEN), *(str(files / name) for name in names)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for name in names:
        with np.load(files / f"{name}.npz", allow_pickle=False) as stored:
            found[name] = dict(stored)
    return found


@pytest.fixture(scope="module")
def usd(files):
    """Open a stage, and its root, skeleton query and mesh."""
    pytest.importorskip("pxr", reason="usd-core is not installed")
    from pxr import Usd, UsdSkel

    def reopen(name: str):
        stage = Usd.Stage.Open(str(files / name))
        root = UsdSkel.Root(stage.GetDefaultPrim())
        path = root.GetPath()
        cache = UsdSkel.Cache()
        cache.Populate(root, Usd.PrimDefaultPredicate)
        mesh = stage.GetPrimAtPath(path.AppendChild("body"))
        return stage, root, cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath(path.AppendChild("rig")))), mesh

    return reopen


def test_usd_says_its_unit_its_axis_and_what_it_shows_first(usd):
    from pxr import UsdGeom

    stage, root, _, mesh = usd("a.usd")
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1.0
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y
    assert root.GetPath() == "/bea_2"
    assert root.GetPrim().GetCustomData()["twin"] == "twin/bea-2@1, pose scan"
    assert mesh.GetAttribute("subdivisionScheme").Get() == "none"
    assert set(mesh.GetAttribute("faceVertexCounts").Get()) == {4}


@pytest.mark.parametrize(("name", "pose"), [("a.usd", "scan"), ("b.usdz", "seated")])
def test_usd_core_finds_the_body_its_joints_and_its_weights_and_poses_it_as_we_do(usd, twin, name, pose):
    from pxr import Gf, Usd, UsdGeom, UsdSkel

    stage, root, skeleton, mesh = usd(name)
    _, twin = twin
    wanted = truth(twin, parameters_in(twin, pose))
    assert farthest_mm(np.array(mesh.GetAttribute("points").Get()), rest(twin)) < ROUNDING_MM
    assert tuple(path.rsplit("/", 1)[-1] for path in skeleton.GetJointOrder()) == JOINTS
    assert [skeleton.GetTopology().GetParent(joint) for joint in range(55)] == list(PARENTS)
    bind = np.array(skeleton.GetJointWorldBindTransforms())
    np.testing.assert_array_equal(bind[:, :3, :3], np.tile(np.eye(3), (55, 1, 1)))
    assert farthest_mm(bind[:, 3, :3], rest_joints(twin)) < ROUNDING_MM
    raised = root.GetPrim().GetCustomData()["floor_m"]
    assert raised == pytest.approx(rest_joints(twin)[0, 1] - wanted.rest_joints[0, 1], abs=1e-6)
    binding = UsdSkel.BindingAPI(mesh)
    indices, weights = (np.array(primvar.Get()).reshape(twin.model.vertex_count, -1) for primvar in (
        binding.GetJointIndicesPrimvar(), binding.GetJointWeightsPrimvar()))  # fmt: skip
    dense = np.zeros_like(twin.model.weights)
    np.add.at(dense, (np.arange(len(dense))[:, None], indices), weights)
    np.testing.assert_allclose(dense, twin.model.weights, atol=1e-6)
    joints = np.array(skeleton.ComputeJointSkelTransforms(Usd.TimeCode.Default()))[:, 3, :3]
    assert farthest_mm(joints, wanted.joints) < ROUNDING_MM
    flat = Usd.Stage.Open(stage.Flatten())
    assert UsdSkel.BakeSkinning(UsdSkel.Root(flat.GetDefaultPrim()), Gf.Interval(0, 0))
    baked = UsdGeom.Mesh(flat.GetPrimAtPath(mesh.GetPath())).GetPointsAttr().Get(0)
    assert farthest_mm(np.array(baked), wanted.vertices) < ROUNDING_MM


def test_usd_has_the_facial_actions_as_blend_shapes(usd, twin):
    from pxr import UsdSkel

    stage, _, _, mesh = usd("a.usd")
    _, twin = twin
    query = UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(mesh))
    names = UsdSkel.BindingAPI(mesh).GetBlendShapesAttr().Get()
    assert tuple(names) == (*twin.model.expression_names, "pose_correctives")
    assert query.GetNumBlendShapes() == len(names)
    for index, path in enumerate(UsdSkel.BindingAPI(mesh).GetBlendShapeTargetsRel().GetTargets()[:-1]):
        shape = UsdSkel.BlendShape(stage.GetPrimAtPath(path))
        offsets = np.zeros_like(twin.model.template)
        offsets[np.array(shape.GetPointIndicesAttr().Get())] = np.array(shape.GetOffsetsAttr().Get()).reshape(-1, 3)
        np.testing.assert_allclose(offsets, twin.model.expression_dirs[..., index], atol=2e-7)


def test_usd_binds_its_textures_and_finds_them(usd, files, twin):
    from pxr import UsdGeom, UsdShade

    stage, _, _, mesh = usd("a.usd")
    surface = twin[1].model.surface
    st = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st").ComputeFlattened()
    skin = surface.outer[surface.quads].all(axis=1)
    np.testing.assert_allclose(np.array(st).reshape(-1, 4, 2)[skin], surface.uv[skin], atol=1e-6)
    subsets = UsdShade.MaterialBindingAPI(mesh).GetMaterialBindSubsets()
    assert sum(len(subset.GetIndicesAttr().Get()) for subset in subsets) == len(surface.quads)
    found = {prim.GetPath().GetParentPath().name: {} for prim in stage.Traverse() if prim.IsA(UsdShade.Material)}
    textures = [prim for prim in stage.Traverse() if prim.GetAttribute("inputs:file")]
    for prim in textures:
        path = prim.GetAttribute("inputs:file").Get().resolvedPath
        found[f"{prim.GetParent().GetName()}/{prim.GetName()}"] = pixels(Path(path).read_bytes())
    np.testing.assert_array_equal(found["skin/image"], albedo())
    np.testing.assert_array_equal(found["skin/normal_image"], normals())
    assert found["eyes/image"].shape == (512, 512, 3)
    assert sorted(path.name for path in files.glob("a-*")) == ["a-albedo.png", "a-eyes.png", "a-normal.png"]


def test_a_usdz_holds_everything_and_leaves_nothing_beside_it(files):
    with zipfile.ZipFile(files / "b.usdz") as package:
        names = package.namelist()
        assert names[0].endswith(".usdc")
        assert {Path(name).name for name in names[1:]} == {"b-albedo.png", "b-eyes.png", "b-normal.png"}
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in package.infolist())
    assert not list(files.glob("b-*"))


@pytest.mark.parametrize(("name", "pose"), [("a.fbx", "scan"), ("b.fbx", "seated")])
def test_fbx_is_in_centimetres_under_plain_nodes_and_posed_by_its_own_data_it_is_our_forward_pass(files, twin, name, pose):
    file, (_, twin) = Fbx(files / name), twin
    assert {key: file.settings[key] for key in ("UpAxis", "UpAxisSign", "FrontAxis", "CoordAxis", "UnitScaleFactor")} == {
        "UpAxis": [1], "UpAxisSign": [1], "FrontAxis": [2], "CoordAxis": [0], "UnitScaleFactor": [1.0],
    }  # fmt: skip
    for model in file.kind("Model").values():
        assert model.properties().get("Lcl Scaling", [1, 1, 1]) == pytest.approx([1, 1, 1], abs=1e-6)
        if model.values[2] != b"LimbNode":
            assert model.properties().get("Lcl Rotation", [0, 0, 0]) == pytest.approx([0, 0, 0], abs=1e-4)
    bones = {each: file.objects[each] for each in file.bones}
    assert len(bones) == 55
    names = {each: short(file.objects[each]) for each in bones}
    (rig,) = file.kind("Model", b"Null").values()
    assert short(rig) == "bea-2"
    assert rig.properties()["twin"] == [f"twin/bea-2@1, pose {pose}".encode()]
    parents = {names[each]: names.get(file.parent_of(each)) for each in bones}
    assert parents == {name: JOINTS[parent] if parent >= 0 else None for name, parent in zip(JOINTS, PARENTS, strict=True)}
    wanted = truth(twin, parameters_in(twin, pose))
    assert farthest_mm(file.vertices / 100, rest(twin)) < FBX_ROUNDING_MM
    np.testing.assert_allclose(file.weights(JOINTS), twin.model.weights, atol=1e-6)
    bind = np.array([file.bind(joint) for joint in JOINTS])
    np.testing.assert_allclose(bind[:, :3, :3], np.tile(np.eye(3), (55, 1, 1)), atol=1e-6)
    assert farthest_mm(bind[:, :3, 3] / 100, rest_joints(twin)) < FBX_ROUNDING_MM
    assert farthest_mm(file.posed(JOINTS) / 100, wanted.vertices) < FBX_ROUNDING_MM


def test_fbx_has_the_shapes_with_their_weights_and_its_images_inside(files, twin):
    file, (_, twin) = Fbx(files / "a.fbx"), twin
    assert tuple(file.shapes) == (*twin.model.expression_names, "pose_correctives")
    for index, name in enumerate(twin.model.expression_names):
        offsets, weight = file.shapes[name]
        np.testing.assert_allclose(offsets / 100, twin.model.expression_dirs[..., index], atol=3e-6)
        assert weight == pytest.approx(twin.parameters.expression[index])
    assert file.shapes["pose_correctives"][1] == pytest.approx(1.0)
    videos = {Path(each.one("RelativeFilename").values[0].decode()).name: each for each in file.kind("Video").values()}
    np.testing.assert_array_equal(pixels(videos["albedo.png"].value("Content")), albedo())
    np.testing.assert_array_equal(pixels(videos["normal.png"].value("Content")), normals())
    assert {path.name for path in files.glob("a.fbx*")} <= {"a.fbx", "a.fbx.npz"}


@pytest.mark.parametrize(("name", "pose"), [("a.usd", "scan"), ("a.fbx", "scan"), ("b.glb", "seated")])
def test_blender_opens_them_upright_in_metres_and_poses_them_as_we_do(in_blender, twin, name, pose):
    found, (_, twin) = in_blender[name], twin
    wanted = truth(twin, parameters_in(twin, pose))
    vertices, joints = world_from_smplx(wanted.vertices), world_from_smplx(wanted.joints)
    order = [list(found["bones"]).index(joint) for joint in JOINTS]
    assert farthest_mm(found["joints"][order], joints) < FBX_ROUNDING_MM
    assert farthest_mm(found["heads"][order], world_from_smplx(rest_joints(twin))) < FBX_ROUNDING_MM
    vertex = np.arange(len(vertices))
    if name.endswith(".glb"):  # doubled at seams
        _, vertex = cKDTree(world_from_smplx(rest(twin))).query(found["rest"])
    assert farthest_mm(found["rest"], world_from_smplx(rest(twin))[vertex]) < FBX_ROUNDING_MM
    assert farthest_mm(found["vertices"], vertices[vertex]) < FBX_ROUNDING_MM
    np.testing.assert_allclose(found["weights"][:, order], twin.model.weights[vertex], atol=1e-5)
    parents = dict(zip(found["bones"], found["bone_parents"], strict=True))
    assert parents == {joint: JOINTS[parent] if parent >= 0 else "" for joint, parent in zip(JOINTS, PARENTS, strict=True)}
    shapes = dict(zip(found["shapes"], found["shape_weights"], strict=True))
    assert list(shapes) == [*twin.model.expression_names, "pose_correctives"]
    assert (shapes["mouthSmileLeft"], shapes["jawOpen"], shapes["pose_correctives"]) == pytest.approx((0.5, 0.0, 1.0))
    assert [str(each).split(".")[0] for each in found["materials"]] == ["skin", "mouth", "eyes", "teeth"]
    assert len(found["images"]) == 3
