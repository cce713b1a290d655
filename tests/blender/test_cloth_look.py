"""Cloth close up: yarns and prints at their true scale and the right way up, in the colour that the cloth has from afar."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.engine import Engine, write_job
from studio.garment.catalog import load_fabric
from studio.garment.fabric_prior import estimate_fabric
from studio.shot.cloth import Garment, tailor
from studio.shot.fabric import cloth_surface, write_surface
from studio.specs.fabric import FabricSpec, Print
from tests.blender.test_render import PLAIN, overhead_card

FEW = {"samples": 32, "min_samples": 32, "threshold": 0.001, "prefilter": "ACCURATE", "denoise": "HIGH", "bounces": 1}
SIZE_PX = 96


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def photographed(engine, folder, fabric: FabricSpec, *, width_mm: float, pixel_mm: float | None = None, prints=None, slanted=False):
    """A flat piece of a fabric from straight above, scene-linear, upper row first. pixel_mm: What the material is told a pixel shows."""
    folder.mkdir()
    half = 0.6 * width_mm / 1000
    corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    surface = cloth_surface(fabric, None, folder=prints or folder)
    look = surface.look | {"unrest": 0.0, "wander": 0.0}  # what is looked at here is the weave
    garment = Garment("cloth", corners, faces, 100 * corners[faces][..., :2], np.zeros(2, dtype=int), look, weave=surface.weave)
    cloth = tailor(garment)
    cloth.corners["edge_mm"][:] = cloth.corners["seam_mm"][:] = 80.0
    arrays = {f"corner_{name}": values.astype(np.float32) for name, values in cloth.corners.items()}
    np.savez(folder / "cloth.npz", vertices=cloth.vertices.astype(np.float32), faces=cloth.faces.astype(np.int32), **arrays)
    request = {"name": "cloth", "arrays": "cloth.npz", "look": look, "trim": None}
    request |= write_surface(folder, 0, look, surface.weave, surface.print)
    camera = overhead_card(0.5) | {
        "size_px": [SIZE_PX, SIZE_PX],
        "crop_mm": [0.4 * width_mm] * 2,
        "detail_mm": pixel_mm or width_mm / SIZE_PX,
    }
    side = {
        "name": "key", "shape": "softbox", "size_m": [0.1, 0.1], "angle_deg": 1, "grid_deg": None, "position": [0.4, 0.4, 0.5],
        "aim": [0, 0, 0], "watts": 3.0, "rgb": [1, 1, 1], "gobo": None, "rings": None,
    }  # fmt: skip
    lights = [side] if slanted else []
    around = None if slanted else {"radiance": 1.0, "rgb": [1, 1, 1]}
    write_job(folder, "render", **{**PLAIN, "quality": FEW, "garments": [request], "cameras": [camera], "lights": lights, "around": around})
    return np.load(engine.run(folder).path("linear-card.npz"))["pixels"][..., :3]


def loudest(picture, axis):
    """Cycles per picture of the strongest regular pattern along an axis: 1 across, 0 up."""
    grey = picture.mean(axis=2)
    spectrum = np.abs(np.fft.rfft(grey - grey.mean(), axis=axis)).mean(axis=1 - axis)
    return int(np.argmax(spectrum[3:])) + 3


def test_yarns_are_drawn_at_their_true_scale(engine, tmp_path):
    fabric = estimate_fabric(200, "medium", "single-jersey")
    pitch = fabric.appearance.yarn_pitch_mm
    picture = photographed(engine, tmp_path / "near", fabric, width_mm=10 * pitch, slanted=True)
    assert loudest(picture, axis=1) == 10
    assert loudest(picture, axis=0) == pytest.approx(10 / 0.77, abs=1)  # courses lie closer than wales


@pytest.mark.parametrize("name", ["cotton-jersey", "denim", "linen"])
def test_a_cloth_has_the_same_colour_near_and_far(engine, tmp_path, name):
    fabric = load_fabric(name)
    near = photographed(engine, tmp_path / "near", fabric, width_mm=15)
    far = photographed(engine, tmp_path / "far", fabric, width_mm=15, pixel_mm=10.0)
    assert (near.std(axis=(0, 1)) > 1.5 * far.std(axis=(0, 1))).all()  # yarns are seen near, and not far
    np.testing.assert_allclose(near.mean(axis=(0, 1)), far.mean(axis=(0, 1)), rtol=0.05)


def test_a_print_is_upright_has_its_repeat_and_lets_the_cloth_show_where_it_is_transparent(engine, tmp_path):
    prints = tmp_path / "prints"
    prints.mkdir()
    pixels = np.zeros((64, 64, 4), dtype=np.uint8)
    pixels[:32, :32] = (255, 0, 0, 255)  # a red square at the upper left of each repeat
    Image.fromarray(pixels).save(prints / "squares.png")
    plain = estimate_fabric(120, "soft", "plain", colour="#4060a0")
    printed = plain.model_copy(
        update={"appearance": plain.appearance.model_copy(update={"print": Print(file="squares.png", repeat_cm=(4, 4))})}
    )
    picture = photographed(engine, tmp_path / "job", printed, width_mm=80, prints=prints)
    red = picture[..., 0] > 3 * picture[..., 2]
    quarter = SIZE_PX // 4
    expected = np.zeros((SIZE_PX, SIZE_PX), dtype=bool)
    for row in (0, 2):
        for column in (0, 2):
            expected[row * quarter : (row + 1) * quarter, column * quarter : (column + 1) * quarter] = True
    assert (red == expected).mean() > 0.97
    blue = picture[~red]
    assert (blue[:, 2] > blue[:, 0]).mean() > 0.97
