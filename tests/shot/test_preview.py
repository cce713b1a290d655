"""`pose preview` shows the pose that was asked for, from the front and from the side."""

from __future__ import annotations

import numpy as np
from PIL import Image

from studio.shot.preview import preview_pose

SIZE = (64, 96)


def outline(path) -> np.ndarray:
    """Where a preview differs from the grey paper that its first row shows, (H, 2 W)."""
    with Image.open(path) as picture:
        assert picture.size == (2 * SIZE[0], SIZE[1])
        assert "icc_profile" in picture.info
        pixels = np.asarray(picture).astype(int)
    return abs(pixels - pixels[:1]).max(axis=2) > 40


def test_a_preview_shows_the_pose(tmp_path):
    spans = {}
    for name in ("t", "attention"):
        seen = outline(preview_pose(name, out=tmp_path / f"{name}.png", size_px=SIZE))
        for view, half in {"front": seen[:, : SIZE[0]], "three-quarter": seen[:, SIZE[0] :]}.items():
            rows = np.flatnonzero(half.any(axis=1))
            upper = half[rows[0] : rows[0] + len(rows) // 2].any(axis=0)  # head, arms and trunk
            spans[name, view] = np.ptp(np.flatnonzero(upper)) / len(rows)
    assert spans["t", "front"] > 0.8  # the span of the arms is about the stature
    assert spans["attention", "front"] < 0.55
    assert spans["t", "three-quarter"] < 0.9 * spans["t", "front"]  # seen from the side arms are foreshortened
