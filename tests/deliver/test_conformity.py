"""Each rule of a channel: a file that breaks it is refused for that and nothing else, and the right one passes."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageCms

from studio.deliver.conformity import check_file
from studio.deliver.stage import channel_names, load_channel
from studio.errors import StudioError
from studio.shot.develop import srgb_profile
from tests.deliver.floor import channel, figure

SRGB = srgb_profile()


def other_profile(name: str) -> bytes:
    """A profile of colours that are not those of sRGB, by whatever name: the linear-light one that Pillow can make of XYZ."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = profile.index(b"rXYZ") + 4  # the tag table: signature, offset, size
    offset = int.from_bytes(profile[at : at + 4], "big") + 8
    profile[offset : offset + 4] = round(0.61 * 65536).to_bytes(4, "big")  # red of Adobe RGB
    assert name in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(bytes(profile))))
    return bytes(profile)


def save(folder, pixels, *, name="a_front.jpg", kind="JPEG", mode="RGB", icc=SRGB, **options):
    path = folder / name
    if kind == "JPEG":
        options = {
            "subsampling": 0,
            "quality": 95,
            **options,
        }  # at this size 16 pixels of a subsampled block would reach from the figure to the border
    Image.fromarray(pixels).convert(mode).save(path, kind, **({"icc_profile": icc} if icc else {}), **options)
    return path


def failed(path, rules, mask=None):
    return {check.name for check in check_file(path, rules, mask=mask).checks if not check.passed}


PICTURE, COVER = figure((90, 130))

#: A rule, what breaks it (of the file that conforms otherwise), and the check that says so.
BROKEN = [
    ({}, {"kind": "PNG", "name": "a_front.png"}, {"format"}),
    ({}, {"kind": "PNG"}, {"format", "extension"}),
    ({"formats": ["png", "jpeg"]}, {"kind": "PNG"}, {"extension"}),
    ({}, {"name": "a_front.jpe"}, {"extension"}),
    ({}, {"icc": None}, {"colour_space"}),
    ({}, {"icc": other_profile("sRGB")}, {"colour_space"}),
    ({}, {"icc": b"this is no profile"}, {"colour_space"}),
    ({}, {"mode": "L", "icc": None}, {"mode", "colour_space"}),
    ({}, {"mode": "CMYK", "icc": None}, {"mode", "colour_space"}),
    ({"size": {"best_px": [91, 130]}}, {}, {"size"}),
    ({"size": {"best_px": [180, 260], "least_px": [91, 100]}}, {}, {"size", "best_size"}),
    ({"size": {"best_px": [180, 260], "least_long_px": 131}}, {}, {"size", "best_size"}),
    ({"size": {"best_px": [45, 65], "least_px": [20, 20], "most_px": [89, 200]}}, {}, {"size"}),
    ({"size": {"best_px": [45, 65], "least_px": [20, 20], "most_megapixels": 0.011}}, {}, {"megapixels"}),
    ({"size": {"best_px": [80, 80], "least_px": [20, 20]}, "ratio": {"least": [1, 1], "most": [1, 1]}}, {}, {"ratio"}),
    ({"size": {"best_px": [80, 80], "least_px": [20, 20]}, "ratio": {"least": [4, 5], "most": [2, 1]}}, {}, {"ratio"}),
    ({"most_bytes": 900}, {}, {"bytes"}),
    ({"size": {"best_px": [319, 449]}, "page": {"dpi": 300, "trim_mm": [25, 36], "bleed_mm": 1}}, {}, {"size", "dpi"}),
    ({}, {"name": "front.jpg"}, {"name"}),
    ({"name": "{article}.{slot}", "slots": ["MAIN"]}, {"name": "a.PT01.jpg"}, {"name"}),
    ({}, {"name": "4006381333932_front.jpg"}, {"article"}),
    ({"articles": ["asin", "gtin"]}, {"name": "SKU1_front.jpg"}, {"article"}),
    ({"views": ["front"]}, {"name": "a_back.jpg"}, {"view"}),
    ({"fill": {"of": "height", "least": 0.85}}, {}, {"fill"}),
    ({"fill": {"of": "long_side", "least": 0.5, "most": 0.75}}, {}, {"fill"}),
    ({"may_touch": ["top", "left", "right"], "clear_px": 14}, {}, {"subject_in_frame"}),
]


@pytest.mark.parametrize(
    ("rules", "spoilt", "names"), BROKEN, ids=lambda value: " ".join(sorted(value)) if isinstance(value, set | dict) else ""
)
def test_a_file_that_breaks_a_rule_is_found_by_its_check(tmp_path, rules, spoilt, names):
    assert failed(save(tmp_path, PICTURE), channel()) == set()
    assert failed(save(tmp_path, PICTURE, **spoilt), channel(**rules)) == names


#: The same rules, kept: what a file must be for the check to hold.
KEPT = [
    ({"formats": ["jpeg", "png"]}, {"kind": "PNG", "name": "a_front.png"}),
    ({"size": {"best_px": [45, 65], "least_px": [20, 20], "most_px": [90, 130], "most_megapixels": 0.0117}}, {}),
    ({"size": {"best_px": [90, 130], "least_long_px": 130}, "ratio": {"least": [9, 13], "most": [9, 13]}}, {}),
    ({"name": "{article}.{slot}", "slots": ["MAIN"], "articles": ["asin"]}, {"name": "B0ABCDEFGH.MAIN.jpg"}),
    ({"articles": ["gtin"], "views": ["front"]}, {"name": "4006381333931_front.jpg"}),
    ({"fill": {"of": "height", "least": 0.8}}, {}),
    ({"may_touch": ["top", "left", "right"], "clear_px": 12}, {}),
    ({"ground": "white"}, {"quality": 80}),
    ({"size": {"best_px": [90, 130]}, "page": {"dpi": 300, "trim_mm": [7.62, 11.0067]}}, {"dpi": (300, 300)}),
]


@pytest.mark.parametrize(("rules", "made"), KEPT, ids=lambda value: " ".join(sorted(value)))
def test_a_file_that_keeps_the_rules_passes(tmp_path, rules, made):
    report = check_file(save(tmp_path, PICTURE, **made), channel(**rules))
    assert report.passed, [check for check in report.checks if not check.passed]
    assert report.not_measured == ()


def test_every_rule_of_a_channel_has_been_broken():
    """No check is left without a file that fails it; the ground has its own test."""
    seen = {name for _, _, names in BROKEN for name in names} | {"ground"}
    for name in channel_names():
        assert every_check(load_channel(name)) <= seen


def every_check(rules):
    path_free = {"format", "extension", "size", "bytes", "mode", "colour_space", "name", "article", "subject_in_frame"}
    also = {
        "best_size": not rules.size.exact, "megapixels": rules.size.most_megapixels, "ratio": rules.ratio, "dpi": rules.page,
        "ground": rules.ground == "white", "fill": rules.fill, "view": rules.views,
    }  # fmt: skip
    return path_free | {name for name, asked in also.items() if asked}


def test_a_ground_one_level_off_white_is_found(tmp_path):
    pixels = np.full((130, 90, 3), 255, np.uint8)
    rules = channel(formats=["png"], ground="white")
    assert failed(save(tmp_path, pixels, kind="PNG", name="a_front.png"), rules) == set()
    pixels[129, 3, 1] = 254
    assert failed(save(tmp_path, pixels, kind="PNG", name="a_front.png"), rules) == {"ground"}


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_a_subject_that_touches_a_side_is_found_there_and_nowhere_else(tmp_path, side):
    box = {"top": (0.3, 0, 0.7, 0.9), "bottom": (0.3, 0.1, 0.7, 1), "left": (0, 0.1, 0.7, 0.9), "right": (0.3, 0.1, 1, 0.9)}[side]
    pixels, mask = figure((90, 130), box, ground=120)
    path = save(tmp_path, pixels)
    others = [other for other in ("top", "bottom", "left", "right") if other != side]
    assert failed(path, channel(may_touch=others), mask > 127) == {"subject_in_frame"}
    assert failed(path, channel(may_touch=[side]), mask > 127) == set()


def test_without_a_mask_the_subject_is_found_on_white_and_left_unmeasured_elsewhere(tmp_path):
    rules = channel(may_touch=[], fill={"of": "height", "least": 0.9})
    on_white = check_file(save(tmp_path, PICTURE, quality=90), rules)
    assert on_white.fill == pytest.approx(0.8, abs=0.01)
    assert {check.name for check in on_white.checks if not check.passed} == {"fill"}
    in_a_room = check_file(save(tmp_path, figure((90, 130), ground=120)[0]), rules)
    assert in_a_room.not_measured == ("fill", "subject_in_frame")
    assert in_a_room.fill is None
    assert in_a_room.passed


def test_advice_is_told_and_refuses_nothing(tmp_path):
    rules = channel(fill={"of": "height", "least": 0.9, "demanded": False}, size={"best_px": [180, 260], "least_px": [20, 20]})
    report = check_file(save(tmp_path, PICTURE), rules)
    assert {check.name for check in report.checks if not check.passed} == {"fill", "best_size"}
    assert report.passed


def test_a_png_of_16_bits_a_colour_is_found(tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xff" * 6 * 90 for _ in range(130))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 90, 130, 16, 2, 0, 0, 0)) + chunk(b"sRGB", b"\x00")
    path = tmp_path / "a_front.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    report = check_file(path, channel(formats=["png"]))
    assert {check.name: check.found for check in report.checks if not check.passed} == {"mode": "RGB, 16 bit"}


def test_what_is_no_picture_or_far_too_large_is_refused_in_one_sentence(tmp_path):
    text = tmp_path / "a_front.jpg"
    text.write_text("this is no picture")
    with pytest.raises(StudioError, match=r"a_front\.jpg is no picture that can be read"):
        check_file(text, channel())
    cut_short = save(tmp_path, PICTURE)
    cut_short.write_bytes(cut_short.read_bytes()[:400])
    with pytest.raises(StudioError, match="is no picture that can be read"):
        check_file(cut_short, channel())
    bomb = tmp_path / "bomb.png"
    Image.new("1", (12_000, 11_000)).save(bomb)
    with pytest.raises(StudioError, match=r"12000x11000 pixels, and 120,000,000 are looked at"):
        check_file(bomb, channel())
    with pytest.raises(StudioError, match=re.escape(f"There is no file {tmp_path / 'none.jpg'}.")):
        check_file(tmp_path / "none.jpg", channel())
