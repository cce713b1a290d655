"""What an e-commerce team types: channels are shown, shots are delivered to several of them, and any file is checked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.store.workspace import create_workspace, open_store
from tests.cli.test_commands import studio
from tests.deliver.floor import shoot

GTIN = "4006381333931"


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """A workspace with shot/anna-tee-front and -back, large enough for the web and too small for print."""
    folder = create_workspace(tmp_path_factory.mktemp("shop"))
    store = open_store(folder)
    for camera in ("front", "back"):
        shoot(store, camera=camera, size=(900, 1300), box=(0.3, 0.06, 0.7, 0.94))
    return folder


@pytest.fixture(scope="module")
def delivered(shop) -> dict:
    run = studio(
        "--json", "deliver", "shot/anna-tee-front", "shot/anna-tee-back", "--channel", "shopify", "--channel", "amazon-secondary",
        "--article", GTIN, "--out", "out", cwd=shop,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("\n") == 1
    return json.loads(run.stdout)


def test_channels_are_listed_and_shown_with_their_sources(tmp_path):
    run = studio("--json", "channel", "list", cwd=tmp_path)
    listed = json.loads(run.stdout)["channels"]
    assert listed["zalando"]["best_px"] == [1801, 2600]
    assert listed["amazon-main"]["certainty"] == "secondary"
    shown = studio("channel", "show", "amazon-main", cwd=tmp_path)
    assert shown.returncode == 0
    for said in ("read 2026-11-20", "85%", "exactly white at the border", "MAIN", "between you and Amazon"):
        assert said in shown.stdout
    rules = json.loads(studio("--json", "channel", "show", "print-a4", cwd=tmp_path).stdout)
    assert (rules["channel"], rules["page"]["dpi"], rules["size"]["best_px"]) == ("print-a4", 300, [2551, 3579])


def test_one_call_fills_a_folder_for_each_channel(shop, delivered):
    assert delivered["passed"] is True
    assert [part["channel"] for part in delivered["deliveries"]] == ["shopify", "amazon-secondary"]
    names = [Path(row["file"]).relative_to("out").as_posix() for row in delivered["files"]]
    assert names == [
        f"shopify/{GTIN}-front.jpg", f"shopify/{GTIN}-back.jpg", f"amazon-secondary/{GTIN}.PT01.jpg", f"amazon-secondary/{GTIN}.PT02.jpg",
    ]  # fmt: skip
    for row in delivered["files"]:
        assert row["alt_text"].startswith("A virtual model wears a rust crew-neck T-shirt")
        assert row["checks"]["size"] == row["checks"]["size"] | {"passed": True, "required": True}
    for channel in ("shopify", "amazon-secondary"):
        assert {path.suffix for path in (shop / "out" / channel).iterdir()} == {".jpg", ".json", ".jsonl", ".csv"}


def test_one_channel_is_answered_as_ever_and_told_what_is_only_advised(shop):
    run = studio("--json", "deliver", "shot/anna-tee-front", "--channel", "instagram", "--out", "one", cwd=shop)
    answer = json.loads(run.stdout)
    assert run.returncode == 0
    assert (answer["channel"], answer["passed"], answer["manifest"]) == ("instagram", True, str(Path("one") / "manifest.json"))
    assert [row["file"] for row in answer["files"]] == [str(Path("one") / "anna-tee_front.jpg")]
    run = studio("deliver", "shot/anna-tee-front", "--channel", "instagram", "--out", "one", cwd=shop)
    assert run.stdout.strip() == f"{Path('one') / 'anna-tee_front.jpg'}  conforms"
    assert "best_size >= 1080x1350 is advised, found 1040x1300" in run.stderr


def test_what_is_delivered_conforms_when_it_is_checked_from_outside(shop, delivered):
    for row in (delivered["files"][0], delivered["files"][2]):
        run = studio("--json", "channel", "check", row["file"], "--channel", row["channel"], cwd=shop)
        assert run.returncode == 0, run.stdout
        answer = json.loads(run.stdout)
        assert answer["passed"] is True
        assert set(row["checks"]) == set(answer["checks"])


def test_a_file_that_does_not_conform_is_exit_code_3_one_sentence_and_every_check(shop):
    Image.fromarray(np.full((600, 600, 3), 250, np.uint8)).save(shop / "B0ABCDEFGH.jpg", "PNG")
    run = studio("--json", "channel", "check", "B0ABCDEFGH.jpg", "--channel", "amazon-main", cwd=shop)
    assert run.returncode == 3
    assert run.stdout.count("\n") == 1
    answer = json.loads(run.stdout)
    failed = {name for name, check in answer["checks"].items() if check["required"] and not check["passed"]}
    assert failed == {"extension", "size", "colour_space", "name", "ground", "fill"}
    assert answer["passed"] is False
    assert len(run.stderr.strip().splitlines()) == 1
    for said in (
        "does not conform to amazon-main",
        "extension should be .png for a png, found .jpg",
        "ground should be border exactly 255",
    ):
        assert said in run.stderr


def test_a_contact_sheet_is_written_as_pages(shop):
    run = studio("--json", "contact-sheet", "shot/anna-tee-front", "shot/anna-tee-back", "--out", "sheet.pdf", "--title", "Anna", cwd=shop)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"file": "sheet.pdf", "shots": ["shot/anna-tee-front", "shot/anna-tee-back"]}
    assert (shop / "sheet.pdf").read_bytes().startswith(b"%PDF-1.4")
