"""Every authored scene and appearance is valid and can be set up; and what is wrong with a file is said in one sentence."""

from __future__ import annotations

import pytest

from studio import library
from studio.errors import StudioError
from studio.shot.camera import place
from studio.shot.lights import key_of, place_lights
from studio.shot.photometry import ev100, ev_of
from studio.specs.appearance import load_appearance
from studio.specs.scene import load_scene, scene_names

APPEARANCES = library.names("rigs", "appearance")


@pytest.mark.parametrize("name", scene_names())
@pytest.mark.parametrize("stature", [1.48, 2.02])
def test_every_scene_stands_around_small_and_tall_people(figure, name, stature):
    scene = load_scene(name)
    for light in place_lights(scene, stature=stature):
        assert light.watts > 0
        assert light.position[2] > 0
    for camera in scene.cameras:
        placed = place(camera, figure, size_px=(scene.aspect[0] * 50, scene.aspect[1] * 50))
        assert placed.position[2] > 0.1, camera.name
        assert placed.focus_m > 0.5


@pytest.mark.parametrize("name", scene_names())
def test_every_scene_is_exposed_for_its_light(name):
    scene = load_scene(name)
    key = key_of(place_lights(scene, stature=1.7))
    for camera in scene.cameras:
        setting = ev100(f_number=camera.f_number, shutter_s=camera.shutter_s, iso=camera.iso) - camera.ev
        assert abs(ev_of(key.irradiance) - setting) < 2.5, camera.name


def test_the_catalogue_has_the_views_that_product_pages_want():
    scene = load_scene("catalog-white")
    assert {"front", "three-quarter", "side", "back"} <= {camera.name for camera in scene.cameras}
    assert scene.set.kind == "white"
    assert scene.view == "standard"
    distances = {(camera.framing, camera.focal_mm) for camera in scene.cameras if camera.framing == "full"}
    assert len(distances) == 1  # full views are framed alike


def test_there_are_people_of_several_kinds():
    looks = [load_appearance(name) for name in APPEARANCES]
    assert len(looks) >= 3
    melanin = sorted(look.skin.melanin for look in looks)
    assert melanin[-1] - melanin[0] > 0.5
    assert len({look.hair.style for look in looks}) >= 3


@pytest.mark.parametrize("name", APPEARANCES)
def test_every_appearance_is_valid_and_smiles_a_little(name):
    look = load_appearance(name)
    assert look.title
    assert 0 < look.expression.smile < 0.6


@pytest.mark.parametrize(
    ("load", "asked", "sentence"),
    [
        (load_scene, "catalogue-white", "There is no scene 'catalogue-white': did you mean 'catalog-white'\\?"),
        (load_appearance, "inez", "There is no appearance 'inez': did you mean 'ines'\\?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(load, asked, sentence):
    with pytest.raises(StudioError, match=sentence):
        load(asked)


def test_an_unknown_camera_is_answered_with_the_nearest():
    with pytest.raises(StudioError, match="no camera 'frnt': did you mean 'front'"):
        load_scene("catalog-white").camera("frnt")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[lights]]\nrole = "key"\nev = 12\ncolor_k = 5000', "unknown key 'lights.0.color_k': did you mean 'colour_k'"),
        ('[[lights]]\nrole = "key"\nev = 12\nwatts = 5', "exactly one of ev, stops, watts or lumens"),
        ('[[lights]]\nrole = "fill"\nev = 12', "a scene wants a light with the role key"),
        ('view = "agx"\n[set]\nkind = "white"\n[[lights]]\nrole = "key"\nev = 12', "a pure white ground needs the view standard"),
    ],
)
def test_what_is_wrong_with_a_scene_is_said_with_the_files_name(tmp_path, text, sentence):
    path = tmp_path / "scene.toml"
    path.write_text(f'title = "t"\n{text}\n[[cameras]]\nname = "front"\n', encoding="utf-8")
    with pytest.raises(StudioError, match=sentence) as caught:
        load_scene(str(path))
    assert str(path) in str(caught.value)
