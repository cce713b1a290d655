"""The user's licensed model: read from numeric arrays only, refused with a remedy, and the same code as the open body."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from studio.body.joints import PARENTS
from studio.body.licensed import SETTING
from studio.body.model import BodyParameters, forward, load_body
from studio.errors import MissingDependency, StudioError

VERTICES = 9940  # fewer than SMPL-X, but smplx looks up landmarks by number up to 9929
FEW = 120


class Bomb:
    """A pickle that writes a file when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.write_text, (self.path, "run"))


def official_arrays(vertices: int = FEW) -> dict[str, np.ndarray]:
    """Random numbers in the layout, dtypes and odd corners of the official SMPLX_NEUTRAL.npz (version 1.1)."""
    rng = np.random.default_rng(0)
    weights = rng.random((vertices, 55)) ** 8
    regressor = np.zeros((55, vertices))
    regressor[np.arange(55)[:, None], rng.integers(0, vertices, (55, 20))] = 1 / 20
    regressor /= regressor.sum(axis=1, keepdims=True)
    tree = np.array([[2**32 - 1, *PARENTS[1:]], range(55)], dtype=np.int64)
    return {
        "v_template": rng.normal(0, 0.3, (vertices, 3)),
        "f": rng.integers(0, vertices, (200, 3)).astype(np.uint32),
        "shapedirs": rng.normal(0, 0.01, (vertices, 3, 400)),
        "posedirs": rng.normal(0, 0.001, (vertices, 3, 486)),
        "J_regressor": regressor,
        "weights": weights / weights.sum(axis=1, keepdims=True),
        "kintree_table": tree,
        "hands_componentsl": np.eye(45), "hands_componentsr": np.eye(45), "hands_meanl": np.zeros(45), "hands_meanr": np.zeros(45),
        "lmk_faces_idx": np.zeros(51, dtype=np.int64), "lmk_bary_coords": np.full((51, 3), 1 / 3),
        "dynamic_lmk_faces_idx": np.zeros((79, 17), dtype=np.int64), "dynamic_lmk_bary_coords": np.full((79, 17, 3), 1 / 3),
    }  # fmt: skip


def write_npz(path: Path, arrays: dict[str, np.ndarray], objects: dict[str, object]) -> None:
    """An npz with further entries that are pickled object arrays, as the official files have them."""
    np.savez(path, **arrays)
    with zipfile.ZipFile(path, "a") as archive:
        for name, value in objects.items():
            box = np.empty((), dtype=object)
            box[()] = value
            content = io.BytesIO()
            np.lib.format.write_array(content, box, allow_pickle=True)
            archive.writestr(f"{name}.npy", content.getvalue())


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a stand-in of the licensed neutral model, which holds two object arrays; one of them is dangerous."""
    folder = tmp_path_factory.mktemp("licensed")
    objects = {"joint2num": {"pelvis": 0}, "part2num": Bomb(folder / "touched")}
    write_npz(folder / "SMPLX_NEUTRAL.npz", official_arrays(VERTICES), objects)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SETTING, str(folder))
        yield folder


def test_a_licensed_file_loads_without_opening_its_objects(licensed):
    model = load_body("smplx")
    assert not (licensed / "touched").exists()
    assert (model.name, model.vertex_count, model.beta_count, model.expression_count) == ("smplx-neutral", VERTICES, 300, 100)
    assert model.surface is None
    assert pickle.loads(pickle.dumps(Bomb(licensed / "touched"))) is not None  # the bomb does go off when it is opened
    (licensed / "touched").unlink()


def test_a_licensed_body_poses_as_the_smplx_package_does(licensed, tmp_path, smplx_output):
    model = load_body("smplx")
    rng = np.random.default_rng(3)
    zero = BodyParameters.zero(model)
    anyone = zero.with_full_pose(rng.normal(0, 0.4, (55, 3))).replace(betas=rng.normal(0, 1, 300), expression=rng.normal(0, 1, 100))
    harmless = tmp_path / "SMPLX_NEUTRAL.npz"  # smplx itself opens every object
    write_npz(harmless, official_arrays(VERTICES), {})
    vertices, joints = smplx_output(harmless, anyone)
    posed = forward(model, anyone)
    np.testing.assert_allclose(posed.vertices, vertices, atol=1e-5)
    np.testing.assert_allclose(posed.joints, joints, atol=1e-5)


def test_an_old_file_with_twenty_directions_has_ten_betas_and_ten_expressions(tmp_path, monkeypatch):
    arrays = official_arrays()
    arrays["shapedirs"] = arrays["shapedirs"][..., :20]
    np.savez(tmp_path / "SMPLX_MALE.npz", **arrays)
    monkeypatch.setenv(SETTING, str(tmp_path))
    model = load_body("smplx", gender="male")
    assert (model.beta_count, model.expression_count) == (10, 10)


@pytest.mark.parametrize("key", ["v_template", "shapedirs", "weights"])
def test_a_pickled_array_is_refused_unopened(key, tmp_path, monkeypatch):
    arrays = official_arrays()
    del arrays[key]
    write_npz(tmp_path / "SMPLX_NEUTRAL.npz", arrays, {key: Bomb(tmp_path / "touched")})
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(StudioError, match=f"'{key}' is a pickled object"):
        load_body("smplx")
    assert not (tmp_path / "touched").exists()


def test_what_is_no_smplx_model_is_refused_with_the_reason(tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, str(tmp_path))
    path = tmp_path / "SMPLX_NEUTRAL.npz"
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "touched")))
    with pytest.raises(StudioError, match="not an npz file"):
        load_body("smplx")
    np.savez(path, v_template=np.zeros((3, 3)))
    with pytest.raises(StudioError, match="no 'f'"):
        load_body("smplx")
    arrays = official_arrays()
    np.savez(path, **arrays | {"weights": arrays["weights"][:, :24]})
    with pytest.raises(StudioError, match=r"'weights' is \(120, 24\)"):
        load_body("smplx")
    tree = arrays["kintree_table"].copy()
    tree[0, 20] = 3
    np.savez(path, **arrays | {"kintree_table": tree})
    with pytest.raises(StudioError, match="another joint tree"):
        load_body("smplx")
    assert not (tmp_path / "touched").exists()


def test_a_missing_licence_says_where_to_register_and_that_open_needs_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv(SETTING, raising=False)
    with pytest.raises(MissingDependency, match=r"STUDIO_SMPLX_DIR is not set.*smpl-x.is.tue.mpg.de.*--body open needs nothing"):
        load_body("smplx")
    monkeypatch.setenv(SETTING, str(tmp_path))
    with pytest.raises(MissingDependency, match=r"SMPLX_FEMALE.npz.*does not hold it"):
        load_body("smplx", gender="female")
    with pytest.raises(StudioError, match="did you mean 'female'"):
        load_body("smplx", gender="femal")
