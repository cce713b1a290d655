"""USD files through Blender's reader: in their stage's metres, upright, and never with what lies elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from studio.errors import StudioError
from studio.garment.finished import usd
from studio.garment.finished.read import read_mesh

SQUARE = """#usda 1.0
(
    metersPerUnit = 0.01
    upAxis = "Y"
)
def Xform "World"
{
    def Mesh "Square"
    {
        point3f[] points = [(0, 0, 0), (100, 0, 0), (100, 200, 0), (0, 200, 0)]
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
    }
}
"""
REFERENCE = '#usda 1.0\ndef "A" (\n    references = @/tmp/other.usda@\n)\n{\n}\n'


def test_a_usd_file_is_read_in_the_metres_and_the_up_of_its_stage(tmp_path):
    path = tmp_path / "square.usda"
    path.write_text(SQUARE)
    mesh = read_mesh(path, name="square.usda")
    assert (mesh.up, mesh.metres_per_unit) == ("z", 1.0)
    np.testing.assert_allclose(np.ptp(mesh.points, axis=0), [1, 0, 2], atol=1e-6)
    assert len(mesh.faces) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (REFERENCE, "refers to /tmp/other.usda, and a file must stand alone"),
        ('#usda 1.0\ndef "A" (\n    refer', "no valid USD"),
        ("o cube", "no USD file"),
    ],
)
def test_a_usd_file_that_is_damaged_or_brings_in_others_is_refused(tmp_path, text, sentence):
    path = tmp_path / "bad.usda"
    path.write_text(text)
    with pytest.raises(StudioError, match=sentence):
        read_mesh(path, name="bad.usda")


def test_a_usd_file_that_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "big.usda"
    path.write_text(SQUARE)
    monkeypatch.setattr(usd, "MAX_FILE_BYTES", 10)
    with pytest.raises(StudioError, match=r"big\.usda is 0 MB of USD"):
        read_mesh(path, name="big.usda")
