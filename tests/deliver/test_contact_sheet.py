"""A contact sheet shows every frame of a shoot with its name and settings, as one picture or as pages."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PdfParser

from studio.deliver.contact_pdf import COLUMNS, ROWS, Frame, contact_pdf, shortened
from studio.deliver.contact_sheet import contact_sheet, in_rows
from studio.errors import StudioError
from tests.deliver.floor import shoot


def shots_of(store, *cameras, size=(300, 450)):
    return tuple(shoot(store, camera=camera, size=size) for camera in cameras)


def pages_of(data: bytes):
    """The pages of a PDF: for each its words and its pictures."""
    pdf = PdfParser.PdfParser(buf=bytearray(data))

    def read(ref):
        return pdf.read_indirect(ref)

    found = []
    for ref in pdf.pages:
        page = read(ref)
        content = read(page[b"Contents"]).decode().decode("cp1252")
        pictures = [Image.open(io.BytesIO(read(image).buf)) for image in page[b"Resources"][b"XObject"].values()]
        words = [re.sub(r"\\(.)", r"\1", text) for text in re.findall(r"\(((?:[^()\\]|\\.)*)\) Tj", content)]
        found.append((words, pictures))
    return found


def test_a_contact_sheet_shows_every_frame_within_its_bytes(store, tmp_path):
    path = contact_sheet(store, shots_of(store, "front", "side", "back"), out=tmp_path / "sheet.jpg", title="anna", frame_height_px=450)
    assert path.stat().st_size <= 500_000
    with Image.open(path) as sheet:
        dark = (np.asarray(sheet.convert("L"))[300] < 80).astype(int)
    assert (np.diff(dark) == 1).sum() == 3  # three figures stand beside each other


@pytest.mark.parametrize(("count", "rows"), [(1, [1]), (5, [5]), (6, [6]), (7, [4, 3]), (13, [4, 5, 4])])
def test_a_contact_sheet_fills_its_rows_evenly_and_in_order(count, rows):
    frames = [Frame(Path(f"{number}.png"), "", "", "") for number in range(count)]
    laid = in_rows(frames)
    assert [len(row) for row in laid] == rows
    assert [frame for row in laid for frame in row] == frames


def test_a_pdf_has_every_frame_once_with_its_name_and_settings_on_as_many_pages_as_it_takes(store, tmp_path):
    shots = shots_of(store, "front", "side", "back", "three-quarter") * 3
    path = contact_sheet(store, shots, out=tmp_path / "sheet.pdf", title="Anna (autumn), café", subtitle="twin/anna@1")
    pages = pages_of(path.read_bytes())
    assert [len(pictures) for _, pictures in pages] == [COLUMNS * ROWS, 12 - COLUMNS * ROWS]
    said = [word for words, _ in pages for word in words]
    assert said.count("Anna (autumn), café") == 2
    assert [word for word in said if word.startswith("shot/")] == [str(ref) for ref in shots]
    assert said.count("85 mm  f/8  1/125 s  ISO 100") == 12
    assert said.count("catalog-white · side") == 3
    assert {"1 / 2", "2 / 2"} <= set(said)
    for _, pictures in pages:
        for picture in pictures:
            assert picture.width / picture.height == pytest.approx(300 / 450, rel=0.01)
            assert np.asarray(picture.convert("L")).min() < 80  # the figure is on it


def test_equal_sheets_have_equal_bytes_and_pictures_are_never_enlarged(store, tmp_path):
    (shot,) = shots_of(store, "front", size=(60, 90))
    one, two = (contact_sheet(store, (shot,), out=tmp_path / name, title="t").read_bytes() for name in ("a.pdf", "b.PDF"))
    assert one == two
    ((_, (picture,)),) = pages_of(one)
    assert picture.size == (60, 90)


def test_words_that_are_too_long_for_their_frame_are_shortened():
    assert shortened("short", 8, 100) == "short"
    cut = shortened("a very long name of a scene and a camera", 8, 60)
    assert cut.endswith("…")
    assert len(cut) < 20
    assert shortened("anything", 8, 0) == "…"


def test_letters_that_the_page_has_no_place_for_break_nothing():
    data = contact_pdf([], title="服 \\ (", subtitle="")
    assert data.startswith(b"%PDF-1.4")


@pytest.mark.parametrize("name", ["sheet.gif", "sheet", "sheet.pdf.txt"])
def test_other_files_are_refused_before_anything_is_read(store, tmp_path, name):
    with pytest.raises(StudioError, match=r"name a file that ends in \.jpg or \.pdf"):
        contact_sheet(store, (), out=tmp_path / name, title="")
    assert not list(tmp_path.glob("sheet*"))


@pytest.mark.parametrize("name", ["sheet.jpg", "sheet.pdf"])
def test_a_contact_sheet_of_nothing_is_refused(store, tmp_path, name):
    with pytest.raises(StudioError, match="at least one shot"):
        contact_sheet(store, (), out=tmp_path / name, title="")
