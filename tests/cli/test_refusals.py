"""Refusals where there is something to refuse: a workspace with a twin, looks and shots, and words that do not fit them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.store import Outcome, Recipe
from studio.store.store import Store
from studio.store.workspace import create_workspace, open_store
from tests.cli.test_commands import BAD, assert_refused, commands, studio
from tests.shot.test_stage import publish


def publish_shot(store: Store, *, name: str, quality: str, size: tuple[int, int]) -> None:
    def build(made) -> Outcome:
        Image.fromarray(np.full((size[1], size[0], 3), 255, np.uint8)).save(made.path("picture.png"))
        return Outcome({"look": "look/dummy@1", "scene": "catalog-white", "camera": "front", "quality": quality})

    store.produce(kind="shot", name=name, recipe=Recipe("test", (), {"name": name}), build=build)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory) -> Path:
    """A workspace with twin/dummy, look/dummy, the failed look/torn, and shots: draft, small."""
    folder = create_workspace(tmp_path_factory.mktemp("stocked"))
    store = open_store(folder)
    publish(store)
    publish(store, passed=False, name="torn")
    publish_shot(store, name="draft", quality="draft", size=(1801, 2600))
    publish_shot(store, name="small", quality="final", size=(180, 260))
    (folder / "text.txt").write_text("this is no folder")
    (folder / "broken.toml").write_text("title = ")
    return folder


#: A command line that is refused, and what its one sentence says.
REFUSED = [
    (("show", "twin/dummy@9"), r"There is no twin/dummy@9: the newest version is twin/dummy@1"),
    (("list", "shots"), r"There is no kind 'shots': did you mean 'shot'\?"),
    (("log", "twin"), r"'twin' is not a reference"),
    (("init", "text.txt"), r"text\.txt is a file"),
    (("--workspace", "nowhere", "verify"), r"There is no folder .*nowhere"),
    (("twin", "export", "twin/dummy", "a.stl"), r"a\.stl|\.stl"),
    (("twin", "export", "twin/dummy", "a.gbl"), r"did you mean '\.glb'\?"),
    (("twin", "export", "twin/dummy", "a.ply", "--pose", "relaxd"), r"did you mean 'relaxed'\?"),
    (("twin", "export", "twin/dummy", "text.txt/a.ply"), r"text\.txt"),
    (("twin", "measure", "look/dummy"), r"'look/dummy' is a look, and a twin is needed"),
    (("twin", "report", "look/dummy"), r"'look/dummy' is a look, and a twin is needed"),
    (("twin", "report", "twin/dummy", "--out", "report.pdf"), r"report\.pdf is neither a folder nor a file that ends in \.html"),
    (("twin", "report", "twin/dummy", "--out", "nowhere/report.html"), r"There is no folder nowhere"),
    (("twin", "history", "twin/dummy", "--out", "h.png"), r"h\.png is neither a folder nor a file that ends in \.html or \.svg"),
    (("diff", "twin/dummy", "look/dummy"), r"twin/dummy@1 is a twin and look/dummy@1 a look: name two assets of one kind"),
    (("diff", "shot/small", "shot/draft", "--out", "d.html"), r"A change between two shots is not drawn, only listed"),
    (("diff", "twin/dummy", "twin/dummy", "--out", "text.txt/d.html"), r"text\.txt"),
    (("twin", "texture", "twin/dummy", "--size", "big"), r"A texture has a size such as 4k or 4096, and 'big' is none"),
    (("twin", "create", "x", "--height-cm", "170", "--age", "12"), r"'age': input should be greater than or equal to 18, found 12"),
    (("twin", "create", "x", "--model", "zolla"), r"There is no model 'zolla': did you mean 'zola'\?"),
    (("twin", "update", "twin/dummy"), r"Say what has changed of twin/dummy"),
    (("twin", "update", "twin/dummy", "--measure", "waist_girth"), r"'waist_girth' is no measure: write NAME=CM"),
    (("dress", "twin/dummy", "--wear", "tea"), r"There is no garment 'tea': did you mean 'tee'\?"),
    (("dress", "twin/dummy", "--wear", "tee:M:denimm"), r"denim"),
    (("dress", "twin/dummy", "--wear", "tee:M/pinkish"), r"has no colour 'pinkish'"),
    (("dress", "twin/dummy", "--wear", "tee", "--pose", "relaxd"), r"did you mean 'relaxed'\?"),
    (("dress", "twin/dummy", "--wear", "tee", "--name", "A B"), r"A B"),
    (("dress", "twin/dummy", "--wear", "tee", "--wind", "north"), r"The wind 'north' is not FROM:SPEED in degrees and m/s"),
    (("dress", "twin/dummy", "--wear", "tee", "--wind", "0:99"), r"The wind '0:99' is out of range: .* more than 0 to 15 m/s"),
    (("dress", "twin/dummy", "--wear", "tee", "--solver", "blender", "--wind", "0:3"), r"Wind is blown by the solver 'statics' alone"),
    (("fit-report", "look/dummy", "--out", "d"), r"look/dummy@1 has no garment"),
    (("repose", "look/dummy", "--pose", "relaxd"), r"did you mean 'relaxed'\?"),
    (("repose", "look/torn@1", "--pose", "walk"), r"look/torn@1 failed its gates"),
    (("animate", "look/dummy", "--motion", "wlk"), r"did you mean 'walk'\?"),
    (("shoot", "look/dummy", "--scene", "catalog-white", "--camera", "fron"), r"did you mean 'front'\?"),
    (("shoot", "look/dummy", "--scene", "missing.toml"), r"missing\.toml"),
    (("shoot", "look/dummy", "--scene", "broken.toml"), r"broken\.toml is not valid TOML"),
    (("shoot", "look/dummy", "--scene", "catalog-white", "--size", "8x8"), r"16 to a side at least"),
    (("shoot", "look/torn@1", "--scene", "catalog-white"), r"look/torn@1 failed its gates"),
    (("shoot", "look/torn", "--scene", "catalog-white"), r"No version of look/torn passed its gates"),
    (("deliver", "shot/draft", "--channel", "zalando", "--out", "d"), r"draft quality, which is not delivered"),
    (("deliver", "shot/small", "--channel", "zalando", "--out", "d"), r"shoot it with --size 1801x2600"),
    (("deliver", "shot/small", "--channel", "zalando", "--out", "d", "--article", "../x"), r"cannot stand in a file name"),
    (("deliver", "shot/small", "--channel", "zalando", "--out", "d", "--article", "4006381333932"), r"its check digit should be 1"),
    (("deliver", "shot/small", "--channel", "amazon-main", "--out", "d"), r"'dummy' is not an ASIN or a GTIN .* give --article"),
    (("deliver", "shot/small", "--channel", "shopify", "--channel", "zalando", "--out", "d"), r"demands 1801x2600|800x800 pixels at least"),
    (("deliver", "shot/small", "--channel", "zalando", "--channel", "zalando", "--out", "d"), r"zalando is named twice"),
    (("deliver", "shot/small", "--channel", "zalando", "--channel", "shopfy", "--out", "d"), r"did you mean 'shopify'\?"),
    (("channel", "show", "zalndo"), r"There is no channel 'zalndo': did you mean 'zalando'\?"),
    (("channel", "check", "text.txt", "--channel", "zalando"), r"text\.txt is no picture that can be read"),
    (("channel", "check", "none.jpg", "--channel", "zalando"), r"There is no file none\.jpg"),
    (("channel", "check", "text.txt", "--channel", "zalndo"), r"did you mean 'zalando'\?"),
    (("contact-sheet", "shot/small", "--out", "sheet.gif"), r"not written as sheet\.gif: name a file that ends in \.jpg or \.pdf"),
    (("contact-sheet", "look/dummy"), r"'look/dummy' is a look, and a shot is needed"),
    (("contact-sheet", "shot/small", "--out", "text.txt/sheet.jpg"), r"text\.txt"),
    (("garment", "check", "tee:M", "--out", "nowhere/tee.svg"), r"nowhere"),
    (("garment", "check", "tee", "--twin", "look/dummy"), r"'look/dummy' is a look"),
    (("garment", "add", "text.txt", "--name", "x"), r"text\.txt is no pattern file that studio reads"),
    (("garment", "add", "empty.obj", "--name", "x"), r"empty\.obj"),
    (("garment", "export", "tee:M", "tee.stl"), r"A pattern is not written as tee\.stl"),
    (("pose", "preview", "relaxed", "--twin", "twin/nobody"), r"There is no twin/nobody"),
    (("pose", "preview", "relaxed", "--expression", "smil"), r"did you mean 'smile'\?"),
    (("pose", "show", "relaxed+walk:2"), r"write a number from 0 to 1"),
    (("pose", "sheet", "--out", "poses.jpg"), r"is written as \.png"),
    (("dress", "twin/dummy", "--wear", "tee", "--pose", "text.txt#3"), r"There is no pose 'text\.txt#3'"),
    (("shoot", "look/dummy", "--scene", "catalog-white", "--expression", "smil"), r"did you mean 'smile'\?"),
    (("shoot", "look/dummy", "--scene", "catalog-white", "--gaze", "lft"), r"did you mean 'left'\?"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_what_does_not_fit_is_refused_in_one_sentence_and_nothing_is_published(arguments, sentence, stocked):
    before, files = open_store(stocked).entries(), set(stocked.iterdir())
    run = studio(*arguments, cwd=stocked)
    assert_refused(run, sentence)
    assert open_store(stocked).entries() == before
    assert set(stocked.iterdir()) - files <= {stocked / "d"}
    assert not list((stocked / "d").glob("*"))


def test_every_command_that_takes_something_is_given_something_wrong():
    tried = [tuple(word for word in arguments if not word.startswith("-")) for arguments, *_ in (*BAD, *REFUSED)]
    tried += [words[1:] for words in tried if words[0] == "nowhere"]
    without_input = {("channel", "list"), ("doctor",), ("garment", "list"), ("model", "list"), ("pose", "list"), ("scene", "list")}
    for command in commands():
        assert command in without_input or any(words[: len(command)] == command for words in tried), " ".join(command)


def test_an_interrupted_command_leaves_with_130_and_publishes_nothing(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'studio'; from studio.cli import main; main()", "demo", "--out", "demo"]
    heeding = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # jobs in the background are born deaf to Ctrl-C
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, preexec_fn=heeding) as run:
        try:
            until = time.monotonic() + 60
            while not (tmp_path / "demo" / "store" / "index.sqlite").exists() and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(0.5)
            run.send_signal(signal.SIGINT)
            answer, said = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert answer == ""
    assert open_store(tmp_path / "demo").entries() == []
