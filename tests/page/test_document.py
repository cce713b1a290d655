"""A page is one file: nothing from elsewhere, no scripts, and text is never markup."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.page import charts, document
from studio.page.charts import Series, colour_scale, small_multiples
from studio.page.colourmap import diverging
from studio.page.document import Column, Group
from studio.page.files import page_file, write_whole

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'"


class Reader(HTMLParser):
    """What a browser would find: elements with their attributes, and the text between them."""

    VOID = frozenset({"meta", "img", "br", "rect", "line", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def assert_self_contained(page: str) -> Reader:
    """The page needs and runs nothing: no scripts, handlers, links or addresses; its policy allows its own style and nothing else."""
    reader = Reader(page)
    assert reader.open == []
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form", "foreignobject", "audio", "video"}
    for tag, attributes in reader.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        for name in ("src", "href", "srcset", "action", "xlink:href"):
            assert (attributes.get(name) or "data:image/").startswith("data:image/"), (tag, name)
    addresses = set(re.findall(r"[a-z]+://[^\s\"'<>)]+", re.sub(r"data:image/[^\"]+", "", page)))
    assert addresses <= {"http" + "://www.w3.org/2000/svg"}  # a name of a vocabulary, which nothing fetches
    assert "@import" not in page
    assert "url(" not in page
    policy = next(attributes["content"] for tag, attributes in reader.elements if attributes.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    return reader


def test_text_is_never_markup_wherever_it_stands():
    picture = np.zeros((4, 6, 4), dtype=np.uint8)
    values = diverging(1)
    body = [
        document.title(HOSTILE),
        document.paragraph(HOSTILE, kind=HOSTILE),
        document.facts([(HOSTILE, HOSTILE)]),
        document.key_figures([(HOSTILE, HOSTILE, HOSTILE)]),
        document.notice(HOSTILE, [HOSTILE]),
        document.plate([Group(HOSTILE, (picture,))], alt=HOSTILE),
        document.section(HOSTILE, [document.table([Column(HOSTILE), Column(HOSTILE, number=True)], [(HOSTILE, HOSTILE)])]),
        colour_scale(values, np.zeros(3), unit=HOSTILE, ends=(HOSTILE, HOSTILE)),
        small_multiples([Series(HOSTILE, HOSTILE, np.zeros(1), np.zeros(1))], np.zeros(1), [HOSTILE], hollow=[False], title=HOSTILE),
    ]
    reader = assert_self_contained(document.document(title=HOSTILE, body=body))
    assert "".join(reader.text).count(HOSTILE) >= 20
    assert len([tag for tag, _ in reader.elements if tag == "img"]) == 1


def test_pictures_of_a_plate_stay_in_register_and_keep_their_colours():
    red, blue = (np.full((40, 30, 4), 255, dtype=np.uint8) for _ in range(2))
    red[..., 1:3], blue[..., :2] = 20, 20
    page = document.plate([Group("pair", (red, blue)), Group("one", (red,))], alt="three")
    data = re.search(r"data:image/webp;base64,([^\"]+)", page)[1]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
    assert pixels.shape == (40, 30 + 4 + 30 + 28 + 30, 3)
    for left, colour in ((0, (255, 20, 20)), (34, (20, 20, 255)), (92, (255, 20, 20))):
        assert np.abs(pixels[10:30, left + 8 : left + 22] - colour).max() < 20
    assert pixels[:, 64 + 8 : 92 - 8].min() > 245
    assert re.findall(r'<td width="([\d.]+)%">', page) == ["75.41", "24.59"]


def test_a_scale_counts_every_value_once_and_those_beyond_at_the_ends():
    values = np.concatenate([np.full(30, -9.0), np.full(10, 0.5), np.full(60, 9.0), [np.nan]])
    drawing = ElementTree.fromstring(colour_scale(diverging(2), values, unit="mm", bins=20))
    bars = [each for each in drawing.iter() if each.get("fill") == "#6d7076"]
    heights = {round(float(each.get("x")), 1): float(each.get("height")) for each in bars}
    assert sorted(heights.values()) == pytest.approx([74 / 6, 37, 74], abs=0.01)
    texts = [each.text for each in drawing.iter() if each.tag.endswith("text")]
    assert texts[:5] == ["≤ -2 mm", "-1 mm", "0 mm", "+1 mm", "≥ +2 mm"]


def test_equal_changes_look_equal_in_every_small_multiple():
    places = np.array([0.0, 0.4, 1.0])
    series = [
        Series("stature", "cm", np.array([170.0, 171.0, 172.0]), np.full(3, 0.1)),
        Series("waist", "cm", np.array([80.0, np.nan, 74.0]), np.full(3, 0.5)),
    ]
    drawing = ElementTree.fromstring(small_multiples(series, places, ["a", "b", "c"], hollow=[False, True, False], title="t"))
    circles = [each for each in drawing.iter() if each.tag.endswith("circle")]
    assert len(circles) == 5
    heights, across = [float(each.get("cy")) for each in circles], [float(each.get("cx")) for each in circles]
    per_cm = heights[0] - heights[1]
    assert per_cm > 5
    assert heights[1] - heights[2] == pytest.approx(per_cm, abs=0.11)
    assert heights[4] - heights[3] == pytest.approx(6 * per_cm, abs=0.7)
    assert (across[1] - across[0]) / (across[2] - across[0]) == pytest.approx(0.4, abs=0.001)
    assert [each.get("fill") == "#ffffff" for each in circles] == [False, True, False, False, False]


def test_charts_are_drawings_of_their_own_with_a_name_for_those_who_hear_them():
    drawing = ElementTree.fromstring(charts.svg(10, 10, [charts.label(1, 2, HOSTILE)], title=HOSTILE))
    assert drawing.get("role") == "img"
    assert drawing[0].text == HOSTILE
    assert drawing[1].text == HOSTILE


def test_out_is_a_file_by_its_suffix_and_otherwise_a_folder(tmp_path):
    assert page_file(tmp_path, name="a") == tmp_path / "a.html"
    assert page_file(tmp_path / "new", name="a") == tmp_path / "new" / "a.html"
    assert page_file(tmp_path / "b.HTML", name="a") == tmp_path / "b.HTML"
    assert page_file(tmp_path / "b.svg", name="a", suffixes=(".html", ".svg")) == tmp_path / "b.svg"
    (tmp_path / "file").write_text("kept")
    for wrong, sentence in (
        ("b.pdf", r"b\.pdf is neither a folder nor a file that ends in \.html"),
        ("nowhere/b.html", r"There is no folder .*nowhere"),
        ("file", "neither a folder nor"),
        ("file/deeper", r"file is a file"),
    ):
        with pytest.raises(StudioError, match=sentence):
            page_file(tmp_path / wrong, name="a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = write_whole(tmp_path / "new" / "a.html", "first ä")
    assert file.read_text(encoding="utf-8") == "first ä"
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_whole(file, b"second")
    assert file.read_text(encoding="utf-8") == "first ä"
    assert [path.name for path in file.parent.iterdir()] == ["a.html"]
