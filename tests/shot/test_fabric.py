"""From a fabric to what a job is told of its surface."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.garment.catalog import load_fabric
from studio.garment.fabric_prior import estimate_fabric
from studio.shot.fabric import cloth_surface, fabric_looks, write_surface
from studio.shot.photometry import linear_rgb
from studio.specs.fabric import Print


def printed(repeat_cm=(6.0, 3.0)):
    plain = estimate_fabric(120)
    return plain.model_copy(
        update={"appearance": plain.appearance.model_copy(update={"print": Print(file="dots.png", repeat_cm=repeat_cm)})}
    )


def dots(folder, colour):
    Image.new("RGB", (8, 8), colour).save(folder / "dots.png")


def test_a_colourway_changes_the_colour_of_the_surface_and_nothing_of_its_relief(tmp_path):
    denim = load_fabric("denim")
    surfaces = [cloth_surface(denim, name, folder=tmp_path) for name in (None, "light")]
    for surface, colour in zip(surfaces, (denim.appearance.colour, denim.appearance.colourways["light"]), strict=True):
        assert surface.look["rgb"] == pytest.approx(linear_rgb(colour).tolist())
        np.testing.assert_allclose(surface.weave.colour.mean(axis=(0, 1), dtype=float), linear_rgb(colour), atol=2e-4)
    np.testing.assert_array_equal(surfaces[0].weave.normal, surfaces[1].weave.normal)


def test_a_job_gets_the_weave_relative_to_the_cloth_and_the_print_at_its_size(tmp_path):
    dots(tmp_path, (200, 10, 10))
    surface = cloth_surface(printed(), None, folder=tmp_path)
    job = tmp_path / "job"
    job.mkdir()
    request = write_surface(job, 3, surface.look, surface.weave, surface.print)
    assert request["print"] == {"file": "print-3.png", "size_mm": [60.0, 30.0]}
    assert request["weave"]["size_mm"] == list(surface.weave.size_mm)
    with np.load(job / request["weave"]["arrays"], allow_pickle=False) as stored:
        tint, normal = (stored[key].astype(float) for key in ("tint", "normal"))
    np.testing.assert_allclose(tint.mean(axis=(0, 1)) * normal[..., 2].mean(), 1.0, rtol=2e-3)  # shaded yarns show the cloth's colour
    np.testing.assert_allclose(np.linalg.norm(normal, axis=2), 1.0, atol=2e-3)
    assert np.asarray(Image.open(job / "print-3.png"))[0, 0].tolist() == [200, 10, 10, 255]
    assert write_surface(job, 4, surface.look, None, None) == {}


def test_a_recipe_knows_all_that_changes_how_a_fabric_looks(tmp_path):
    dots(tmp_path, (200, 10, 10))
    before = fabric_looks(printed(), tmp_path)
    assert before == fabric_looks(printed(), tmp_path)
    assert before != fabric_looks(printed(repeat_cm=(6.0, 4.0)), tmp_path)
    dots(tmp_path, (10, 10, 200))
    assert before != fabric_looks(printed(), tmp_path)
    (tmp_path / "dots.png").unlink()
    with pytest.raises(StudioError, match=r"'dots\.png' is not in"):
        fabric_looks(printed(), tmp_path)
