"""A bad file gets one sentence that says what was asked and what was found; never a crash, never invented points."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from studio.errors import StudioError
from studio.scan.raw import RawScan
from studio.scan.readers import MIN_POINTS, read_scan

# -- bad files -------------------------------------------------------------------------------------------------------------


def assert_one_sentence(error: StudioError, name: str) -> None:
    text = str(error)
    assert name in text
    assert "\n" not in text
    assert text.endswith(".")
    assert "Traceback" not in text


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.98])
def test_a_file_that_is_cut_off_is_refused_in_one_sentence_or_read_without_invention(
    format_name: str, share: float, writers, known, tmp_path: Path
) -> None:
    name = format_name
    writers.write(tmp_path / name, known)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    try:
        raw = read_scan(tmp_path / name)
    except StudioError as error:
        assert_one_sentence(error, name)
    else:  # a list of points without an end mark may simply be shorter
        assert Path(name).suffix in (".xyz", ".csv", ".obj")
        assert (raw.points[:-1] == known.points[: len(raw.points) - 1]).all()


def test_a_damaged_file_is_refused_in_one_sentence_or_read(format_name: str, writers, known, tmp_path: Path) -> None:
    """Bytes are overwritten at random: any answer but a crash or another kind of error is right."""
    name = format_name
    writers.write(tmp_path / name, known)
    whole, rng = (tmp_path / name).read_bytes(), np.random.default_rng(5)
    for _ in range(25):
        damaged = bytearray(whole)
        at = int(rng.integers(0, min(len(whole), 2000) - 30))
        damaged[at : at + 30] = rng.integers(0, 256, size=int(rng.integers(1, 30)), dtype=np.uint8).tobytes()
        (tmp_path / name).write_bytes(bytes(damaged))
        try:
            raw = read_scan(tmp_path / name)
        except StudioError as error:
            assert_one_sentence(error, name)
        else:
            assert isinstance(raw, RawScan)
            assert raw.faces is None or raw.faces.max(initial=0) < len(raw.points)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.ply", b"", "empty"),
        ("noise.ply", bytes(range(256)) * 20, "no PLY"),
        ("noise.obj", b"lorem ipsum dolor sit amet\n" * 50, "no vertices"),
        ("noise.xyz", b"lorem ipsum dolor sit amet\n" * 50, "no line of x y z"),
        ("noise.glb", b"\0" * 2000, "glTF"),
        ("noise.stl", b"\0" * 83, "cut off"),
        ("noise.pcd", b"x y z\n" * 100, "no PCD"),
        ("few.xyz", b"1 2 3\n" * 10, "10 points"),
        (
            "nothing.ply",
            b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\nend_header\n",
            "0 points",
        ),
        ("flat.ply", b"ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nend_header\n", "x, y and z"),
        ("picture.ply", b"\x89PNG\r\n\x1a\n" + b"\0" * 400, "PNG picture"),
        ("archive.obj", b"PK\x03\x04" + b"\0" * 400, "ZIP"),
        ("cloud.obj", b"ply\nformat ascii 1.0\n", "PLY"),
        ("body.fbx", b"Kaydara FBX Binary", "not read"),
        ("body", b"ply\n", "no suffix"),
        ("two.xyz", b"1 2\n3 4\n", "no line of x y z"),
        ("five.xyz", b"1 2 3 4 5\n" * 400, "columns"),
        ("ragged.xyz", b"1 2 3\n" * 400 + b"1 2\n", "does not fit"),
        (
            "huge.ply",
            b"ply\nformat binary_little_endian 1.0\nelement vertex 99999999999\nproperty float x\nend_header\n" + b"\0" * 99,
            "cut off",
        ),
        ("huge.pcd", b"# .PCD v0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nPOINTS 999999999\nDATA binary\n\0\0\0\0", "cut off"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence_that_says_what_was_found(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StudioError) as caught:
        read_scan(tmp_path / name)
    assert_one_sentence(caught.value, name)
    assert words in str(caught.value)


def test_a_missing_file_names_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "anna.ply").write_bytes(b"ply\n")
    with pytest.raises(StudioError, match=r"did you mean 'anna\.ply'"):
        read_scan(tmp_path / "ana.ply")
    with pytest.raises(StudioError, match="is a folder"):
        read_scan(tmp_path)


def test_fewer_points_than_a_body_needs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_text("1 2 3\n" * (MIN_POINTS - 1))
    with pytest.raises(StudioError, match=str(MIN_POINTS)):
        read_scan(tmp_path / "a.xyz")


def test_reading_prints_nothing(writers, known, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("binary.pcd", "compressed.pcd", "a.obj", "a.glb", "a.xyz"):
        writers.write(tmp_path / name, known)
        read_scan(tmp_path / name)
    (tmp_path / "bad.pcd").write_bytes((tmp_path / "compressed.pcd").read_bytes()[:-3] + b"abc")
    with contextlib.suppress(StudioError):
        read_scan(tmp_path / "bad.pcd")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
