"""A delivery is what the channel demands, as measured on the files that were written; what is not deliverable is refused whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.deliver.conformity import check_file
from studio.deliver.contact_sheet import Frame, contact_sheet, in_rows
from studio.deliver.picture import encode, fit_to_channel
from studio.deliver.stage import channel_names, deliver, load_channel
from studio.errors import StudioError
from studio.shot.develop import srgb_profile
from studio.specs.channel import ChannelSpec
from studio.store import Input, Outcome, Recipe, Ref


def channel(**changes) -> ChannelSpec:
    base = {"title": "Test", "source": "here", "width_px": 90, "height_px": 130, "format": "jpeg", "max_bytes": 40_000}
    return ChannelSpec(**base | changes)


def figure(width: int, height: int, *, touch: bool = False) -> tuple[Image.Image, Image.Image]:
    """A dark figure on a white ground, and where it is."""
    mask = np.zeros((height, width), bool)
    mask[(0 if touch else height // 10) : height - height // 10, width // 3 : 2 * width // 3] = True
    pixels = np.where(mask[..., None], (90, 40, 30), 255).astype(np.uint8)
    return Image.fromarray(pixels), Image.fromarray(mask.astype(np.uint8) * 255)


def shoot(store, *, camera="front", quality="final", size=(1801, 2600), touch=False) -> Ref:
    def build(draft):
        picture, mask = figure(*size, touch=touch)
        picture.save(draft.path("picture.png"), icc_profile=srgb_profile())
        mask.save(draft.path("mask.png"))
        return Outcome({"look": "look/anna-tee@1", "scene": "white", "camera": camera, "quality": quality, "settings": "85 mm f/8"})

    recipe = Recipe(
        "shoot", (Input("look", "look/anna-tee@1", "0" * 64),), {"camera": camera, "quality": quality, "size": size, "touch": touch}
    )
    return store.produce(kind="shot", name=f"anna-{camera}", recipe=recipe, build=build).asset.ref


def test_every_authored_channel_is_valid_and_names_its_source():
    assert "zalando" in channel_names()
    for name in channel_names():
        assert load_channel(name).source


def test_zalando_gets_the_size_format_and_tag_it_demands(store, tmp_path):
    shots = (shoot(store), shoot(store, camera="back"))
    delivery = deliver(store, shots, channel="zalando", out=tmp_path / "out", article="SKU-1")
    assert delivery.passed
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "SKU-1_back.jpg",
        "SKU-1_front.jpg",
        "manifest.csv",
        "manifest.json",
    ]
    with Image.open(tmp_path / "out" / "SKU-1_front.jpg") as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1801, 2600), "RGB")
        assert picture.info["icc_profile"] == srgb_profile()
    rows = list(csv.DictReader((tmp_path / "out" / "manifest.csv").open()))
    content = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [row["file"] for row in rows] == [row["file"] for row in content["files"]] == ["SKU-1_front.jpg", "SKU-1_back.jpg"]
    assert {check["name"] for check in content["files"][0]["checks"]} >= {"format", "size", "bytes", "colour_space", "subject_in_frame"}


def test_draft_quality_and_small_shots_are_refused_and_nothing_is_written(store, tmp_path):
    good = shoot(store)
    for bad, message in (
        (shoot(store, camera="side", quality="draft"), "draft quality"),
        (
            shoot(store, camera="back", size=(900, 1300)),
            r"demands 1801x2600 pixels and shot/anna-back@1 has 900x1300: shoot it with --size 1801x2600",
        ),
    ):
        with pytest.raises(StudioError, match=message):
            deliver(store, (good, bad), channel="zalando", out=tmp_path / "out")
        assert not list((tmp_path / "out").glob("*"))


def test_a_figure_that_touches_the_frame_fails_the_check(store, tmp_path):
    delivery = deliver(store, (shoot(store, touch=True),), channel="zalando", out=tmp_path)
    assert [check.name for check in delivery.files[0].checks if not check.passed] == ["subject_in_frame"]
    assert not delivery.passed


def test_two_shots_of_one_name_are_refused(store, tmp_path):
    shot = shoot(store)
    with pytest.raises(StudioError, match=r"would both be named anna-tee_front\.jpg"):
        deliver(store, (shot, shot), channel="zalando", out=tmp_path)


@pytest.mark.parametrize("article", ["../x", "a/b", "", ".hidden", "ä"])
def test_an_article_number_is_never_a_path(store, tmp_path, article):
    with pytest.raises(StudioError):
        deliver(store, (shoot(store),), channel="zalando", out=tmp_path / "out", article=article or " ")


def test_unknown_channels_name_the_closest(store, tmp_path):
    with pytest.raises(StudioError, match=r"There is no channel 'zalndo': did you mean 'zalando'\?"):
        deliver(store, (), channel="zalndo", out=tmp_path)


def test_a_larger_picture_is_cut_around_its_middle_and_scaled_down():
    pixels = np.zeros((260, 260, 3), np.uint8)
    pixels[:, 40:220, 0] = 255  # exactly the 180x260 that the ratio leaves
    fitted = np.asarray(fit_to_channel(Image.fromarray(pixels), channel(), what="x"))
    assert fitted.shape == (130, 90, 3)
    assert fitted[:, 4:-4, 0].min() == 255  # Lanczos rings for three pixels at the cut


def test_the_limit_of_bytes_is_met_by_lower_quality():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (130, 90, 3), np.uint8))
    assert len(encode(noise, channel(max_bytes=30_000))) > 22_000
    assert len(encode(noise, channel(max_bytes=22_000))) <= 22_000


@pytest.mark.parametrize(
    ("save", "wrong"),
    [
        ({"format": "PNG"}, {"format"}),
        ({"format": "JPEG"}, {"colour_space"}),
        ({"format": "JPEG", "icc_profile": srgb_profile()}, set()),
    ],
)
def test_conformity_measures_the_file_and_not_the_intention(tmp_path, save, wrong):
    path = tmp_path / "a.jpg"
    picture, _ = figure(90, 130)
    picture.save(path, **({"icc_profile": srgb_profile()} if save["format"] == "PNG" else {}), **save)
    assert {check.name for check in check_file(path, channel()) if not check.passed} == wrong


def test_a_ground_one_level_off_white_is_found(tmp_path):
    path = tmp_path / "a.png"
    pixels = np.full((130, 90, 3), 255, np.uint8)
    rules = channel(format="png", ground="white")
    Image.fromarray(pixels).save(path, icc_profile=srgb_profile())
    assert all(check.passed for check in check_file(path, rules))
    pixels[129, 3, 1] = 254
    Image.fromarray(pixels).save(path, icc_profile=srgb_profile())
    assert [check.name for check in check_file(path, rules) if not check.passed] == ["ground"]


def test_a_contact_sheet_shows_every_frame_within_its_bytes(store, tmp_path):
    shots = tuple(shoot(store, camera=camera, size=(300, 450)) for camera in ("front", "side", "back"))
    path = contact_sheet(store, shots, out=tmp_path / "sheet.jpg", title="anna", frame_height_px=450)
    assert path.stat().st_size <= 500_000
    with Image.open(path) as sheet:
        dark = (np.asarray(sheet.convert("L"))[300] < 80).astype(int)
    assert (np.diff(dark) == 1).sum() == 3  # three figures stand beside each other


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (5, [5]), (6, [6]), (7, [4, 3]), (13, [4, 5, 4])])
def test_a_contact_sheet_fills_its_rows_evenly_and_in_order(count, rows):
    frames = [Frame(Path(f"{number}.png"), "", "") for number in range(count)]
    laid = in_rows(frames)
    assert [len(row) for row in laid] == rows
    assert [frame for row in laid for frame in row] == frames


def test_a_contact_sheet_of_nothing_is_refused(store, tmp_path):
    with pytest.raises(StudioError, match="at least one shot"):
        contact_sheet(store, (), out=tmp_path / "sheet.jpg", title="")
