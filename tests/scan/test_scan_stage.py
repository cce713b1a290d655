"""`add_scan` publishes a scan as ARCHITECTURE.md says, once for the same file, and nothing for a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.errors import StudioError
from studio.frames import apply
from studio.scan.stage import add_scan
from studio.scan.synthetic import write_ply
from studio.specs.base import validate
from studio.specs.scan import ScanSpec


@pytest.fixture
def file(person, tmp_path: Path) -> Path:
    write_ply(tmp_path / "person.ply", person.raw)
    return tmp_path / "person.ply"


def test_a_scan_is_published_with_its_arrays_and_facts(store, file: Path, person, scan) -> None:
    heard: list[tuple[str, float]] = []
    production = add_scan(
        store, file, name="mara", subject="synthetic", spec=ScanSpec(), report=lambda label, share: heard.append((label, share))
    )
    arrays, facts = production.asset.arrays("scan.npz"), production.asset.facts
    assert str(production.ref) == "scan/mara@1"
    assert {name: (array.dtype.str, array.shape[1]) for name, array in arrays.items()} == {
        "points": ("<f4", 3), "normals": ("<f4", 3), "colours": ("|u1", 3)
    }  # fmt: skip
    np.testing.assert_array_equal(arrays["points"], scan.points.astype(np.float32))
    assert facts["points"] == len(arrays["points"])
    assert (facts["unit"], facts["up"], facts["facing"]) == (scan.unit, scan.up, scan.facing)
    assert facts["colour"] is True
    assert facts["subject"] == "synthetic"
    assert abs(facts["height_m"] - person.stature_m) < 0.004
    back = apply(np.array(facts["file_from_world"]), arrays["points"].astype(np.float64))
    np.testing.assert_allclose(back, apply(scan.file_from_world, scan.points), atol=2e-5)  # centimetres; float32 of a metre
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    again = add_scan(store, file, name="mara", subject="synthetic", spec=ScanSpec())
    assert again.reused
    assert again.ref == production.ref


def test_a_mesh_keeps_its_triangles(store, person, tmp_path: Path) -> None:
    rows = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in person.surface_vertices]
    rows += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in person.surface_faces]
    (tmp_path / "person.obj").write_text("\n".join(rows))
    asset = add_scan(store, tmp_path / "person.obj", name="mesh", subject="synthetic", spec=ScanSpec(up="+z", facing="-y")).asset
    arrays = asset.arrays("scan.npz")
    assert arrays["faces"].dtype == np.int32
    assert arrays["faces"].max() < len(arrays["points"])
    assert asset.facts["faces"] == len(arrays["faces"])
    assert asset.facts["colour"] is False
    assert "colours" not in arrays


def test_a_bad_file_publishes_nothing(store, tmp_path: Path) -> None:
    (tmp_path / "ball.xyz").write_text("\n".join(f"{x} {y} {z}" for x, y, z in np.random.default_rng(0).normal(size=(2000, 3))))
    with pytest.raises(StudioError):
        add_scan(store, tmp_path / "ball.xyz", name="ball", subject="synthetic", spec=ScanSpec())
    assert store.entries() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"unit": "furlong"}, "a unit is one of"),
        ({"unit": "-3"}, "a unit is one of"),
        ({"unit": "nan"}, "a unit is one of"),
        ({"up": "+w"}, "an axis is one of"),
        ({"up": "+y", "facing": "-y"}, "lie on one axis"),
        ({"upp": "+y"}, "did you mean 'up'"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict, words: str) -> None:
    with pytest.raises(StudioError, match=words):
        validate(ScanSpec, asked, source="scan add")


def test_axes_and_units_may_be_written_loosely() -> None:
    spec = ScanSpec(unit=" CM", up="y", facing="-Z")
    assert (spec.unit, spec.up, spec.facing, spec.metres_per_unit) == ("cm", "+y", "-z", 0.01)
    assert ScanSpec(unit="0.0254").metres_per_unit == 0.0254
