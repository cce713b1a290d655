"""`pose preview` shows the pose that was asked for, from the front and from the side."""

from __future__ import annotations

import numpy as np
from PIL import Image

from studio.shot.preview import preview_pose, preview_scene

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


def test_a_preview_of_a_scene_shows_its_set_and_somebody_in_it_by_every_camera_asked(tmp_path):
    path = preview_scene("paper-terracotta", out=tmp_path / "scene.png", cameras=("hero", "portrait"), height_px=100)
    with Image.open(path) as picture:
        assert picture.size == (160, 100)
        pixels = np.asarray(picture).astype(int)
    hero, portrait = pixels[:, :80], pixels[:, 80:]
    for view in (hero, portrait):
        red, green, blue = view[8, 5]  # the paper
        assert red > 1.3 * green > 1.1 * blue
    skin = abs(hero - hero[8, 40]).max(axis=2) > 40
    assert skin.any()
    assert skin.sum() < (abs(portrait - portrait[4, 40]).max(axis=2) > 40).sum()  # nearer, so larger
