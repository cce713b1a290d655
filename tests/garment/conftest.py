"""Drawings as pattern programs write them, built in code."""

import pytest

from studio.garment.formats import dxf_entities


class Sheet:
    """A DXF under construction, as a pattern program would write it; coordinates are given in cm and written in ``scale`` units."""

    def __init__(self, *, scale=10.0, version="R12", texts=("Units: METRIC",)):
        with dxf_entities.quiet():
            import ezdxf

            self.document = ezdxf.new(version)
        self.scale = scale
        for text in texts:
            self.document.modelspace().add_text(text, dxfattribs={"layer": "1"})

    def block(self, name, *, texts=(), inserted=True):
        block = self.document.blocks.new(name)
        for text in texts:
            block.add_text(text, dxfattribs={"layer": "1"})
        if inserted:
            self.document.modelspace().add_blockref(name, (0, 0), dxfattribs={"layer": "1"})
        return block

    def points(self, corners):
        return [(x * self.scale, y * self.scale) for x, y in corners]

    def line(self, block, corners, layer, *, close=False):
        block.add_polyline2d(self.points(corners), close=close, dxfattribs={"layer": str(layer)})

    def marks(self, block, corners, layer):
        for point in self.points(corners):
            block.add_point(point, dxfattribs={"layer": str(layer)})

    def piece(self, name, corners, *, size="M", turns=None, texts=()):
        """A piece in one closed line, with turn points at ``turns`` (all corners where not given)."""
        block = self.block(f"{name}-{size}", texts=(f"Piece Name: {name}", f"Size: {size}", *texts))
        self.line(block, corners, 1, close=True)
        self.marks(block, corners if turns is None else turns, 2)
        return block

    def save(self, path):
        with dxf_entities.quiet():
            self.document.saveas(path)
        return path


@pytest.fixture
def sheet():
    """Makes a `Sheet`."""
    return Sheet


@pytest.fixture
def file(tmp_path):
    """Where a drawing is saved."""
    return tmp_path / "style.dxf"
