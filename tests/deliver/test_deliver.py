"""A delivery is what the channel demands, as measured on the files that were written; what is not deliverable is refused whole."""

from __future__ import annotations

import csv
import hashlib
import json

import numpy as np
import pytest
from PIL import Image

from studio.deliver import stage
from studio.deliver.manifest import COLUMNS
from studio.deliver.picture import encode
from studio.deliver.stage import deliver, deliver_all
from studio.deliver.tags import Tags, read_tags
from studio.errors import StudioError
from studio.shot.develop import pixel_sha256, srgb_profile
from tests.deliver.floor import channel, publish_look, shoot

GTIN = "4006381333931"
CUT = (0.3, 0.0, 0.7, 0.9)


@pytest.fixture
def small(monkeypatch):
    """Channels of small pictures under names of their own, since what is done does not depend on the size."""
    rules = {
        "tall": channel(size={"best_px": [90, 130]}, may_touch=[]),
        "square": channel(size={"best_px": [130, 130]}, may_touch=[], ground="white", name="{article}.{slot}", slots=["MAIN", "PT01"]),
        "exact": channel(size={"best_px": [900, 1300]}),
        "png": channel(size={"best_px": [90, 130]}, formats=["png"], page={"dpi": 100, "trim_mm": [22.86, 33.02]}),
    }
    monkeypatch.setattr(stage, "load_channel", rules.__getitem__)
    return rules


def test_zalando_gets_the_size_format_and_tag_it_demands(store, tmp_path):
    shots = (shoot(store), shoot(store, camera="back"))
    delivery = deliver(store, shots, channel="zalando", out=tmp_path / "out", article="SKU-1")
    assert delivery.passed
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "SKU-1_back.jpg", "SKU-1_front.jpg", "manifest.csv", "manifest.json", "manifest.jsonl",
    ]  # fmt: skip
    with Image.open(tmp_path / "out" / "SKU-1_front.jpg") as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1801, 2600), "RGB")
        assert picture.info["icc_profile"] == srgb_profile()
    rows = list(csv.DictReader((tmp_path / "out" / "manifest.csv").open()))
    content = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [row["file"] for row in rows] == [row["file"] for row in content["files"]] == ["SKU-1_front.jpg", "SKU-1_back.jpg"]
    assert {check["name"] for check in content["files"][0]["checks"]} >= {"format", "size", "bytes", "colour_space", "subject_in_frame"}


def test_every_channel_of_the_library_takes_a_catalogue_picture_that_is_large_enough(store, tmp_path):
    shot = shoot(store, size=(2551, 3685), box=(0.3, 0.055, 0.7, 0.945))
    for delivery in deliver_all(store, (shot,), channels=tuple(stage.channel_names()), out=tmp_path, article=GTIN):
        (file,) = delivery.files
        assert delivery.passed, (delivery.channel, file.checks)
        assert file.report.size_px == stage.load_channel(delivery.channel).size.best_px
        assert file.report.not_measured == ()
        assert file.report.ground == 255
        assert file.report.tags == Tags(file.title, file.alt_text, "digitalCreation")


def test_a_final_picture_of_the_catalogue_lacks_a_pixel_for_zalando_and_gets_it_in_white(store, tmp_path):
    delivery = deliver(store, (shoot(store, size=(1800, 2600)),), channel="zalando", out=tmp_path)
    assert delivery.passed
    assert delivery.files[0].report.size_px == (1801, 2600)
    assert "1 px of white added" in delivery.files[0].cut


def test_draft_quality_and_small_shots_are_refused_and_nothing_is_written(store, tmp_path):
    good = shoot(store)
    for bad, message in (
        (shoot(store, camera="side", quality="draft"), "draft quality"),
        (
            shoot(store, camera="back", size=(900, 1300)),
            r"demands 1801x2600 pixels and shot/anna-tee-back@1 has 900x1300: shoot it with --size 1801x2600",
        ),
    ):
        with pytest.raises(StudioError, match=message):
            deliver(store, (good, bad), channel="zalando", out=tmp_path / "out")
        assert not list((tmp_path / "out").glob("*"))


def test_a_figure_that_touches_the_frame_fails_the_check(store, tmp_path, small):
    delivery = deliver(store, (shoot(store, size=(90, 130), box=CUT),), channel="tall", out=tmp_path)
    assert [check.name for check in delivery.files[0].checks if not check.passed] == ["subject_in_frame"]
    assert not delivery.passed
    assert json.loads((tmp_path / "manifest.json").read_text())["files"][0]["passed"] is False


def test_a_shot_that_does_not_say_where_its_subject_is_is_not_cut_blindly(store, tmp_path, small):
    with pytest.raises(StudioError, match=r"does not say where its subject is.*shoot it with --again"):
        deliver(store, (shoot(store, size=(90, 130), mask=False),), channel="tall", out=tmp_path)


def test_each_file_is_listed_with_all_that_it_came_from(store, tmp_path, small):
    look = publish_look(store)
    shot = store.resolve(shoot(store, size=(180, 260), look=look))
    delivery = deliver(store, (shot.ref,), channel="square", out=tmp_path, article=GTIN)
    assert delivery.passed, delivery.files[0].checks
    (line,) = (tmp_path / "manifest.jsonl").read_text().splitlines()
    record = json.loads(line)
    file = tmp_path / f"{GTIN}.MAIN.jpg"
    with Image.open(file) as picture:
        pixels, packet = np.asarray(picture), picture.info["xmp"]
    assert tuple(record) == COLUMNS
    assert record == record | {
        "file": file.name, "article": GTIN, "gtin": GTIN, "slot": "MAIN", "view": "front", "twin": "twin/anna@1", "look": str(look),
        "pose": "relaxed", "shot": str(shot.ref), "recipe": shot.manifest.recipe, "bytes": file.stat().st_size,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "pixel_sha256": pixel_sha256(pixels), "width_px": 130, "height_px": 130,
        "mode": "RGB", "icc": "sRGB built-in", "dpi": None, "ground": 255, "scene": "catalog-white", "quality": "final", "seed": 7,
        "settings": "85 mm  f/8  1/125 s  ISO 100", "device": "cpu", "seconds": 12.5, "digital_source_type": "digitalCreation",
        "title": f"{GTIN}, front", "passed": True,
    }  # fmt: skip
    assert record["fill"] == pytest.approx(0.8, abs=0.01)
    assert record["cut"].startswith("cut 260x260 at -40,0 of 180x260, 40 px of white added at the left")
    assert read_tags(packet) == Tags(record["title"], record["alt_text"], "digitalCreation")
    skirt, tee = record["garments"]
    assert (tee["garment"], tee["fabric"], tee["colourway"], tee["size"]) == ("tee", "cotton-jersey", "rust", "M")
    assert len({skirt["version"], tee["version"], skirt["fabric_version"], tee["fabric_version"]}) == 4
    (row,) = csv.DictReader((tmp_path / "manifest.csv").open())
    assert tuple(row) == COLUMNS
    assert row["garments"].endswith(f"; tee@{tee['version']}:M:cotton-jersey@{tee['fabric_version']}/rust")
    assert row["alt_text"] == record["alt_text"]


def test_a_version_of_a_garment_changes_when_its_file_does_and_only_then(store, tmp_path, small):
    def version(name, **changes):
        from studio.deliver.origin import origin_of
        from tests.deliver.floor import TEE

        shot = shoot(store, size=(90, 130), look=publish_look(store, garments=({**TEE, **changes},), name=name))
        (worn,) = origin_of(store, store.resolve(shot)).worn
        return worn.version, worn.fabric_version

    base = version("one")
    assert version("two", size="L") == base
    assert version("three", fabric="linen", colourway="white")[0] == base[0]
    assert version("four", fabric="linen", colourway="white")[1] != base[1]
    assert version("five", garment="tank")[0] != base[0]


def test_an_article_that_is_no_gtin_has_none(store, tmp_path, small):
    delivery = deliver(store, (shoot(store, size=(90, 130)),), channel="tall", out=tmp_path, article="SKU-7")
    assert (delivery.files[0].gtin, delivery.files[0].record()["article"]) == (None, "SKU-7")


def test_one_call_delivers_to_several_channels_a_folder_each(store, tmp_path, small):
    shots = (shoot(store, size=(180, 260)), shoot(store, camera="back", size=(180, 260)))
    tall, square, png = deliver_all(store, shots, channels=("tall", "square", "png"), out=tmp_path, article="A1")
    assert tall.passed and square.passed and png.passed  # noqa: PT018
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*") if path.suffix in {".jpg", ".png"}} == {
        "tall/A1_front.jpg", "tall/A1_back.jpg", "square/A1.MAIN.jpg", "square/A1.PT01.jpg", "png/A1_front.png", "png/A1_back.png",
    }  # fmt: skip
    with Image.open(tmp_path / "png" / "A1_front.png") as picture:
        assert picture.info["dpi"] == pytest.approx((100, 100), abs=0.02)


def test_several_channels_get_all_their_files_or_none(store, tmp_path, small):
    with pytest.raises(StudioError, match=r"demands 900x1300 pixels"):
        deliver_all(store, (shoot(store, size=(180, 260)),), channels=("tall", "exact"), out=tmp_path / "out")
    assert list((tmp_path / "out").rglob("*")) == []
    with pytest.raises(StudioError, match="named twice"):
        deliver_all(store, (), channels=("tall", "tall"), out=tmp_path / "out")


def test_a_delivery_that_fails_leaves_what_was_there(store, tmp_path, small):
    deliver(store, (shoot(store, size=(90, 130)),), channel="tall", out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(StudioError):
        deliver(
            store, (shoot(store, camera="back", size=(90, 130)), shoot(store, camera="side", size=(60, 90))), channel="tall", out=tmp_path
        )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_equal_deliveries_have_equal_bytes(store, tmp_path, small):
    shot = shoot(store, size=(180, 260))
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        deliver(store, (shot,), channel="square", out=folder, article=GTIN)
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == two


def test_unknown_channels_name_the_closest(store, tmp_path):
    with pytest.raises(StudioError, match=r"There is no channel 'zalndo': did you mean 'zalando'\?"):
        deliver(store, (), channel="zalndo", out=tmp_path)


def test_the_limit_of_bytes_is_met_by_lower_quality():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (130, 90, 3), np.uint8))
    tags = Tags("a", "b", None)
    assert len(encode(noise, channel(most_bytes=30_000), tags)) > 23_000
    assert len(encode(noise, channel(most_bytes=23_000), tags)) <= 23_000
