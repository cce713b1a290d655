"""Files that mean no good: whatever stands in a DXF, it is read or refused in one sentence."""

import random

import pytest

from studio.errors import StudioError
from studio.garment.formats import dxf_entities
from studio.garment.formats.dxf import read_dxf
from tests.garment.refusals import one_sentence

SQUARE = [(0, 0), (30, 0), (30, 20), (0, 20)]


def refusal(file):
    """Why a file is not read, empty where it is read."""
    try:
        read_dxf(file)
    except StudioError as error:
        return str(error)
    return ""


def test_what_is_no_dxf_is_refused_in_one_sentence(file):
    for content in (b"", b"hello\n", b"\x00" * 500, b"AutoCAD Binary DXF\r\n\x1a\x00\xff\xff", b"  0\nSECTION\n  2\nHEADER\n  9\n"):
        file.write_bytes(content)
        with pytest.raises(StudioError) as info:
            read_dxf(file)
        assert str(file) in one_sentence(info)
    with pytest.raises(StudioError, match="There is no file"):
        read_dxf(file.with_name("gone.dxf"))


def test_a_damaged_file_is_read_or_refused_in_one_sentence_and_nothing_is_printed(file, capfd, caplog, sheet):
    page = sheet()
    page.piece("FRONT", [(0, 0), (40, 0), (30, 60), (10, 60)])
    page.piece("BACK", SQUARE, size="L")
    content = page.save(file).read_bytes()
    start = content.index(b"BLOCKS")
    chance = random.Random(7)
    outcomes = []
    for k in range(60):
        broken = bytearray(content)
        if k % 3 == 0:
            broken = broken[: chance.randrange(start, len(broken))]
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(start, len(broken)) if len(broken) > start + 1 else 0] = chance.choice(b"0123456789-.eE\n \x00\xffA")
        file.write_bytes(broken)
        outcomes.append(refusal(file))
    assert 0 < outcomes.count("") < 60
    assert not any("\n" in outcome for outcome in outcomes)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
    assert caplog.records == []  # without handlers, logging would print them


def test_points_that_are_nowhere_are_refused(file, sheet):
    page = sheet()
    page.piece("A", SQUARE)
    content = page.save(file).read_bytes()
    for value in (b"nan", b"1e308", b"-inf"):
        file.write_bytes(content.replace(b"300.0", value))
        with pytest.raises(StudioError) as info:
            read_dxf(file)
        one_sentence(info)


def test_limits_hold(file, monkeypatch, sheet):
    page = sheet()
    page.piece("A", SQUARE)
    page.save(file)
    monkeypatch.setattr(dxf_entities, "MAX_BYTES", 1000)
    with pytest.raises(StudioError, match=r"bytes, and a pattern file may have 1,000 at most"):
        read_dxf(file)
    monkeypatch.undo()
    monkeypatch.setattr(dxf_entities, "MAX_ENTITIES", 5)
    with pytest.raises(StudioError, match="draws more than"):
        read_dxf(file)


@pytest.mark.parametrize("width", [2, 30])
def test_blocks_that_hold_each_other_without_end_are_cut_off(width, file, monkeypatch, sheet):
    monkeypatch.setattr(dxf_entities, "MAX_ENTITIES", 5000)
    page = sheet()
    piece = page.piece("A", SQUARE)
    piece.add_blockref("A-M", (1, 1))
    for name, inner in (("B", "C"), ("C", "D"), ("D", "B")):
        block = page.block(name, inserted=False)
        page.marks(block, [(0, 0)], 4)
        for _ in range(width):
            block.add_blockref(inner, (0, 0))
    piece.add_blockref("B", (0, 0))
    page.save(file)
    if width == 2:
        assert any("Blocks inside more than 4 blocks are left out" in remark for remark in read_dxf(file).remarks)
    else:
        assert "draws more than 5,000 things" in refusal(file)


def test_pictures_and_other_drawings_are_left_out_with_a_remark_and_never_opened(file, tmp_path, sheet):
    page = sheet(version="R2000")
    page.piece("A", SQUARE)
    picture = page.document.add_image_def(filename=str(tmp_path / "gone.png"), size_in_pixel=(10, 10))
    page.document.modelspace().add_image(insert=(0, 0), size_in_units=(10, 10), image_def=picture)
    page.document.add_xref_def(filename=str(tmp_path / "gone.dxf"), name="OTHER")
    patterns = read_dxf(page.save(file))
    assert [panel.name for panel in patterns.patterns["M"].panels] == ["A"]
    assert any("IMAGE" in remark for remark in patterns.remarks)
    assert any("OTHER" in remark and "not followed" in remark for remark in patterns.remarks)


def test_a_drawing_without_outlines_is_refused_with_what_was_looked_for(file, sheet):
    page = sheet()
    page.line(page.block("A"), SQUARE, "walls", close=True)
    with pytest.raises(StudioError) as info:
        read_dxf(page.save(file))
    assert "nothing on layer 1" in one_sentence(info)
