"""The stage: a published look becomes published shots."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.shot.develop import pixel_sha256
from studio.shot.stage import settings_line, shoot
from studio.specs.base import validate
from studio.specs.camera import Camera
from studio.specs.light import Light
from studio.store import Outcome, Recipe

SIZE = (72, 104)


def wide_tube(low, high, radius):
    """A skirt that stands off everything: vertices, faces, pattern [cm]."""
    around, rows = 40, 6
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    height = np.linspace(low, high, rows)
    vertices = np.stack([np.tile(radius * np.cos(angle), rows), np.tile(radius * np.sin(angle), rows), np.repeat(height, around)], axis=1)
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    a, b = (i * around + j).ravel(), (i * around + (j + 1) % around).ravel()
    faces = np.concatenate([np.stack([a, b, b + around], axis=1), np.stack([a, b + around, a + around], axis=1)])
    corner = vertices[faces]
    turn = np.unwrap(np.arctan2(corner[..., 1], corner[..., 0]), axis=1)
    return vertices, faces, np.stack([100 * radius * turn, 100 * corner[..., 2]], axis=-1)


@cache
def average():
    """The body model and its average person, standing."""
    from studio.body.ground import stand
    from studio.body.model import BodyParameters, load_body
    from studio.body.poses import apply_pose, load_pose

    model = load_body()
    return model, stand(model, apply_pose(model, BodyParameters.zero(model), load_pose("a")))


def publish(store, *, passed=True, name="dummy", wind=None):
    """A twin and a look without simulation: the average body in a tube."""
    from studio.body.model import forward
    from studio.frames import world_from_smplx

    model, posed = average()
    body = forward(model, posed)
    offsets = np.zeros(model.template.shape, dtype=np.float32)

    def twin(made):
        made.write_arrays("twin.npz", offsets=offsets, **posed.arrays())
        facts = {"appearance": "jonas", "subject": "synthetic", "mode": "skin", "skin_melanin": None, "file_from_world": np.eye(4).tolist()}
        return Outcome(facts=facts | {"body": model.name, "body_digest": model.digest})

    production = store.produce(kind="twin", name=name, recipe=Recipe(stage="test", inputs=(), spec={"name": name}), build=twin)

    def look(made):
        made.write_arrays(
            "body.npz", vertices=world_from_smplx(body.vertices), joints=world_from_smplx(body.joints), offsets=offsets, **posed.arrays()
        )
        vertices, faces, uv = wide_tube(0.45, 1.0, 0.30)
        made.write_arrays("garment-0.npz", vertices=vertices, faces=faces, uv_cm=uv, panel=np.zeros(len(faces), dtype=np.int32))
        worn = {"garment": "a-line-skirt", "fabric": "cotton-twill", "colourway": "navy", "ribs": []}
        facts = {
            "garments": [worn],
            "twin": str(production.ref),
            "body": {"name": model.name, "digest": model.digest},
            "subject": "synthetic",
        }
        return Outcome(facts=facts, passed=passed)

    recipe = Recipe(stage="test", inputs=(), spec={"name": name, "passed": passed, "wind": wind})
    return store.produce(kind="look", name=name, recipe=recipe, build=look).ref


def take(store, look, **options):
    return shoot(store, look, scene="catalog-white", quality="draft", size_px=SIZE, device="cpu", **options)


SIDELIT = """
title = "From the side"
aspect = [7, 10]
[[lights]]
role = "key"
shape = "strip"
size_cm = [30, 120]
clock = 10.2
ev = 10
[[cameras]]
name = "portrait"
framing = "portrait"
"""


def test_a_portrait_says_what_lights_its_eyes_and_what_would(store, tmp_path):
    look = publish(store)
    (white,) = shoot(store, look, scene="catalog-white", cameras=("portrait",), quality="draft", size_px=(225, 325), device="cpu")
    assert set(white.asset.facts["catchlights"]) == {"left", "right"}
    assert all(white.asset.facts["catchlights"].values())
    assert white.asset.facts["eye_light"] is None
    path = tmp_path / "side.toml"
    path.write_text(SIDELIT)
    (dark,) = shoot(store, look, scene=str(path), quality="draft", size_px=(224, 320), device="cpu")
    assert not all(dark.asset.facts["catchlights"].values())
    assert validate(Light, dark.asset.facts["eye_light"], source="the fact").name == "eye-light"


def test_a_look_is_photographed_once_and_then_found(store):
    look = publish(store)
    front = take(store, look, cameras=("front",))
    assert [str(shot.ref) for shot in front] == ["shot/dummy-catalog-white-front@1"]
    assert not front[0].reused
    facts = front[0].asset.facts
    assert (facts["camera"], facts["scene"], facts["look"], facts["quality"]) == ("front", "catalog-white", "look/dummy@1", "draft")
    with Image.open(front[0].asset.path("picture.png")) as picture:
        assert picture.size == SIZE
        assert "icc_profile" in picture.info
        pixels = np.asarray(picture)
    assert pixel_sha256(pixels) == facts["pixel_sha256"]
    assert (facts["catchlights"], facts["eye_light"]) == (None, None)  # nobody sees eyes from there
    assert (pixels[0] == 255).all()
    middle = pixels[60, 36].astype(int)
    assert middle[2] > middle[0]  # the skirt is navy

    with Image.open(front[0].asset.path("mask.png")) as mask:
        assert (mask.size, mask.mode) == (SIZE, "L")
        inside = np.asarray(mask) > 127
    assert inside[60, 36]
    left, top, right, bottom = facts["subject_box_px"]
    assert inside[top:bottom, left:right].sum() == inside.sum()
    assert all(line.any() for line in (inside[top], inside[bottom - 1], inside[:, left], inside[:, right - 1]))

    both = take(store, look, cameras=("back", "front"))
    assert [shot.reused for shot in both] == [False, True]
    assert both[1].ref == front[0].ref

    anew = take(store, look, cameras=("front",), again=True)
    assert anew[0].ref.version == 2
    assert anew[0].asset.facts["pixel_sha256"] == facts["pixel_sha256"]  # though another child rendered it, and no 'back' before


def test_another_appearance_or_size_is_another_picture(store):
    look = publish(store)
    base = take(store, look, cameras=("back",))[0]
    dyed = take(store, look, cameras=("back",), appearance="amara")[0]
    assert dyed.asset.facts["pixel_sha256"] != base.asset.facts["pixel_sha256"]
    assert not dyed.reused


def test_a_look_that_failed_is_not_photographed(store):
    look = publish(store, passed=False)
    with pytest.raises(StudioError, match="failed its gates and is not photographed"):
        take(store, look)
    assert not store.entries(kind="shot")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scene": "catalog-wite"}, "no scene 'catalog-wite': did you mean 'catalog-white'"),
        ({"cameras": ("fron",)}, "no camera 'fron': did you mean 'front'"),
        ({"quality": "finale"}, "no quality 'finale': did you mean 'final'"),
        ({"size_px": (8, 20)}, "16 to a side at least"),
        ({"appearance": "inez"}, "no appearance 'inez'"),
    ],
)
def test_a_wrong_word_is_answered_before_anything_is_rendered(store, options, sentence):
    look = publish(store)
    with pytest.raises(StudioError, match=sentence):
        shoot(store, look, **{"scene": "catalog-white", **options})
    assert not store.entries(kind="shot")


def test_the_line_under_a_frame_reads_like_a_photographers():
    camera = Camera(name="c", focal_mm=85, f_number=5.6, shutter_s=1 / 125, iso=200)
    assert settings_line(camera) == "85 mm  f/5.6  1/125 s  ISO 200"


def test_the_wind_that_a_look_was_dressed_in_blows_in_the_hair(store, monkeypatch):
    """The plan gets the velocity that the wind stands for; a look in still air gets none."""
    from studio.shot import stage

    class Asked(Exception):
        pass

    asked = []

    def plan(*_, wind_m_s, **__):
        asked.append(wind_m_s)
        raise Asked

    monkeypatch.setattr(stage, "plan_shots", plan)
    for name, wind in (("calm", None), ("windy", {"from_deg": 90.0, "speed_m_s": 4.0})):
        with pytest.raises(Asked):
            take(store, publish(store, name=name, wind=wind))
    assert asked[0] == (0.0, 0.0, 0.0)
    assert asked[1] == pytest.approx((-4.0, 0.0, 0.0), abs=1e-9)
