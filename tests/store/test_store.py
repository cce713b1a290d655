"""A published asset is whole and never changes; anything else is invisible."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from studio.errors import StudioError
from studio.store import Draft, Input, Outcome, Recipe, Ref
from studio.store.store import Store


def recipe(**changes) -> Recipe:
    return Recipe(
        **{"stage": "test", "inputs": (Input("file", "a.ply", "0" * 64),), "spec": {"seed": 1}, "tools": ("numpy",), "code": ("store",)}
        | changes
    )


def write_one(draft: Draft) -> Outcome:
    draft.write_arrays("points.npz", points=np.arange(6.0).reshape(2, 3))
    draft.write_json("notes.json", {"b": 1})
    return Outcome(facts={"points": 2})


def test_what_is_published_is_what_was_written(store):
    asset = store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one).asset
    again = store.resolve("scan/anna")
    assert again.ref == asset.ref == Ref("scan", "anna", 1)
    assert np.array_equal(again.arrays("points.npz")["points"], np.arange(6.0).reshape(2, 3))
    assert again.json("notes.json") == {"b": 1}
    assert again.facts == {"points": 2}
    assert again.manifest.tools == {"numpy": np.__version__}


def test_the_same_recipe_is_not_computed_twice_and_again_is(store):
    first = store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one)
    second = store.produce(kind="scan", name="anna", recipe=recipe(), build=lambda _: pytest.fail("computed again"))
    third = store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one, again=True)
    assert not first.reused
    assert second.reused
    assert second.asset == first.asset
    assert third.asset.ref.version == 2
    assert third.asset.manifest.files == first.asset.manifest.files


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": {"seed": 2}},
        {"inputs": (Input("file", "a.ply", "1" * 64),)},
        {"seeds": {"fit": 3}},
        {"tools": ()},
        {"code": ("specs",)},
        {"stage": "other"},
    ],
)
def test_any_change_of_the_recipe_is_another_result(changes):
    assert recipe(**changes).key() != recipe().key()


def test_what_an_input_is_called_does_not_change_the_recipe():
    assert recipe(inputs=(Input("file", "b.ply", "0" * 64),)).key() == recipe().key()


def test_a_failed_result_is_kept_but_never_chosen_or_reused(store):
    store.produce(kind="look", name="l", recipe=recipe(), build=write_one)
    failed = store.produce(kind="look", name="l", recipe=recipe(spec={}), build=lambda draft: Outcome({}, passed=False))
    assert store.resolve("look/l").ref.version == 1
    assert not store.resolve(failed.asset.ref).passed
    assert not store.produce(kind="look", name="l", recipe=recipe(spec={}), build=write_one).reused


def test_a_stage_that_raises_publishes_nothing_and_leaves_nothing(store):
    def build(draft: Draft) -> Outcome:
        draft.write_json("half.json", {})
        raise StudioError("no")

    with pytest.raises(StudioError, match=r"^no$"):
        store.produce(kind="scan", name="anna", recipe=recipe(), build=build)
    assert store.entries() == []
    assert not list((store.folder / "staging").iterdir())
    assert not (store.folder / "blobs").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from studio.store import Draft, Outcome, Recipe
from studio.store.index import Index
from studio.store.store import Store

victim, count = sys.argv[2], int(sys.argv[3])
owner, name = {"write": (Draft, "write_json"), "link": (os, "link"), "fsync": (os, "fsync"), "index": (Index, "add")}[victim]
real, seen = getattr(owner, name), 0

def dying(*args, **kwargs):
    global seen
    seen += 1
    if seen == count:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)

store = Store(Path(sys.argv[1]))
setattr(owner, name, dying)

def build(draft: Draft) -> Outcome:
    draft.write_json("a.json", {"a": 1})
    draft.write_json("b.json", {"b": 2})
    return Outcome({})

store.produce(kind="scan", name="anna", recipe=Recipe("test", (), {}), build=build)
print("published")
"""


@pytest.mark.parametrize(
    ("victim", "count"),
    [
        ("write", 2),
        ("fsync", 1),
        ("fsync", 2),
        ("fsync", 4),
        ("link", 1),
        ("link", 2),
        ("fsync", 5),
        ("link", 3),
        ("fsync", 6),
        ("index", 1),
    ],
)
def test_a_publisher_killed_anywhere_leaves_a_whole_asset_or_nothing(tmp_path, victim, count):
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path / "store"), victim, str(count)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    store = Store(tmp_path / "store")
    assert store.verify() == []
    assert not list((store.folder / "staging").iterdir())
    if store.entries():
        assert store.resolve("scan/anna").json("b.json") == {"b": 2}
    after = store.produce(kind="scan", name="anna", recipe=Recipe("test", (), {}), build=write_one)
    assert after.reused == bool(after.asset.manifest.files.get("a.json"))


def test_publishers_at_the_same_time_get_different_versions(tmp_path):
    def publish(_: int) -> int:
        store = Store(tmp_path / "store")
        return store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one, again=True).asset.ref.version

    Store(tmp_path / "store")
    with ThreadPoolExecutor(4) as pool:
        versions = sorted(pool.map(publish, range(12)))
    assert versions == list(range(1, 13))
    assert Store(tmp_path / "store").verify() == []


def test_verify_finds_every_damage(store):
    asset = store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one).asset
    assert store.verify() == []
    path = asset.path("points.npz")
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert [(problem.ref, "other bytes" in problem.what) for problem in store.verify()] == [("scan/anna@1", True)]
    path.unlink()
    assert ["is missing" in problem.what for problem in store.verify()] == [True]


def test_verify_finds_a_manifest_that_was_edited(store):
    store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one)
    path = store.folder / "manifests" / "scan" / "anna" / "1.json"
    path.chmod(0o644)
    content = json.loads(path.read_text())
    content["facts"]["points"] = 3
    path.write_text(json.dumps(content))
    assert len(store.verify()) == 1


def test_the_index_is_rebuilt_from_the_manifests(store):
    first = store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one).asset
    store.produce(kind="twin", name="anna", recipe=recipe(inputs=(Input("scan", "scan/anna@1", first.digest),)), build=write_one)
    before, made = store.entries(), store.made_from(first)
    (store.folder / "index.sqlite").unlink()
    reopened = Store(store.folder)
    assert reopened.entries() == before
    assert reopened.made_from(first) == made
    assert [str(entry.ref) for entry in made] == ["twin/anna@1"]
    assert reopened.produce(kind="scan", name="anna", recipe=recipe(), build=write_one).reused


def test_published_files_cannot_be_written(store):
    path = store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one).asset.path("notes.json")
    assert path.stat().st_mode & 0o222 == 0


def test_equal_bytes_are_stored_once(store):
    for name in ("anna", "berta"):
        store.produce(kind="scan", name=name, recipe=recipe(), build=write_one)
    assert sum(len(files) for _, _, files in os.walk(store.folder / "blobs")) == 2


def test_unknown_references_name_the_closest(store):
    store.produce(kind="scan", name="anna", recipe=recipe(), build=write_one)
    with pytest.raises(StudioError, match=r"There is no scan/ana: did you mean 'scan/anna'\?"):
        store.resolve("scan/ana")
    with pytest.raises(StudioError, match="There is no scan/anna@7: the newest version is scan/anna@1"):
        store.resolve("scan/anna@7")


@pytest.mark.parametrize(
    "text", ["", "scan", "scan/", "scan/../x", "scan/A", "Scan/a", "scan/a@0", "scan/a@x", "scan/a/b", "scan/.a", "scan/" + "a" * 65]
)
def test_what_is_not_a_reference_is_refused(text):
    with pytest.raises(StudioError, match="is not a reference"):
        Ref.parse(text)


def test_arrays_of_objects_are_refused(store):
    with pytest.raises(TypeError, match="objects"):
        store.produce(kind="scan", name="a", recipe=recipe(), build=lambda draft: draft.write_arrays("a.npz", a=np.array([None])))
