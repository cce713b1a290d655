"""Specs refuse what they do not know, in a sentence that names the file, the key and the closest right one."""

from __future__ import annotations

import pytest

from studio.errors import StudioError
from studio.specs import Spec, canonical_json, load_spec


class Light(Spec):
    size_cm: float
    role: str = "key"


class Scene(Spec):
    name: str
    lights: tuple[Light, ...] = ()


def load(tmp_path, text: str) -> Scene:
    path = tmp_path / "scene.toml"
    path.write_text(text)
    return load_spec(Scene, path)


def test_a_valid_file_is_read(tmp_path):
    assert load(tmp_path, 'name = "a"\n[[lights]]\nsize_cm = 90') == Scene(name="a", lights=(Light(size_cm=90),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('nam = "a"', "the key 'name' is missing"),
        ('name = "a"\nlightz = 1', r"unknown key 'lightz': did you mean 'lights'\?"),
        ('name = "a"\n[[lights]]\nsize_cm = 9\nrool = "key"', r"unknown key 'lights.0.rool': did you mean 'role'\?"),
        ('name = "a"\n[[lights]]\nsize_cm = "wide"', "'lights.0.size_cm': .* found 'wide'"),
        ('name = "a"\n[[lights]]\nsize_cm = inf', "finite"),
        ("name = ", "not valid TOML"),
        ("x" * 1_000_001, "may have 1,000,000 at most"),
    ],
)
def test_a_bad_file_gets_one_sentence(tmp_path, text, message):
    with pytest.raises(StudioError, match=message) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "scene.toml") in str(caught.value)
    assert "\n" not in str(caught.value).replace("\\n", "") or "TOML" in str(caught.value)


def test_canonical_json_ignores_the_order_of_keys():
    assert canonical_json({"b": 1, "a": [1.5, None]}) == canonical_json({"a": [1.5, None], "b": 1}) == '{"a":[1.5,null],"b":1}'
