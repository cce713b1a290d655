"""The whole chain in small: the example as it stands, then the demo in the same workspace, with less effort but the same code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from studio.store.store import Store

ROOT = Path(__file__).resolve().parents[1]

#: Runs before the example or the command: fewer correspondences, a coarser cloth, smaller and noisier pictures; the demo wears what the
#: example wears, so that one drape does for both.
LESS_EFFORT = """
import dataclasses, runpy, sys
from studio.specs.fit import FitSpec
for name, value in {"points": 1000, "starts": 2, "betas": 30}.items():
    FitSpec.model_fields[name].default = value
FitSpec.model_rebuild(force=True)
from studio.look import dress
dress.drape.__kwdefaults__["edge_length_m"] = 0.018
from studio.shot.quality import QUALITIES
for name in QUALITIES:
    QUALITIES[name] = dataclasses.replace(QUALITIES[name], samples=4, min_samples=2, long_side_px=150, shadow_px=48, strands=0.1)
from studio import pipeline
pipeline.WEAR = ("a-line-skirt:M", "tee:M:cotton-jersey")
"""
EXAMPLE = f"{LESS_EFFORT}\nsys.argv = ['first_shoot.py', 'anna.ply']\nrunpy.run_path({str(ROOT / 'examples' / 'first_shoot.py')!r})"
COMMAND = f"{LESS_EFFORT}\nsys.argv[0] = 'studio'\nfrom studio.cli import main\nmain()"


def run(code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def shoot(tmp_path_factory) -> Path:
    """A folder in which the example was run on a small synthetic scan."""
    from studio.scan.synthetic import synthesize_scan, write_ply

    folder = tmp_path_factory.mktemp("shoot")
    write_ply(folder / "anna.ply", synthesize_scan(seed=22, points=15_000).raw)
    (folder / "printed").write_text(run(EXAMPLE, cwd=folder).stdout)
    return folder


def refs(folder: Path) -> list[str]:
    return [str(entry.ref) for entry in Store(folder / "my-studio" / "store").entries()]


def test_the_example_takes_a_scan_to_a_contact_sheet(shoot):
    assert (shoot / "printed").read_text().strip() == "contact-sheet.jpg"
    with Image.open(shoot / "contact-sheet.jpg") as sheet:
        assert sheet.width > 1000
    views = [f"shot/anna-catalog-white-{camera}@1" for camera in ("back", "front")]
    assert refs(shoot) == ["look/anna@1", "scan/anna@1", *views, "twin/anna@1"]
    store = Store(shoot / "my-studio" / "store")
    assert store.verify() == []
    assert store.resolve("twin/anna").facts["scan_to_twin_mm"]["mean"] < 3.0
    look, front = store.resolve("look/anna"), store.resolve("shot/anna-catalog-white-front")
    assert [item["garment"] for item in look.facts["garments"]] == ["a-line-skirt", "tee"]
    assert look.facts["gates"]["penetrating_vertices"] == 0
    assert front.facts["look"] == "look/anna@1"
    left, top, right, bottom = front.facts["subject_box_px"]
    width, height = front.facts["size_px"]
    assert bottom - top > 0.8 * height
    assert abs((left + right) / 2 - width / 2) < 0.1 * width


def test_the_demo_goes_on_from_there_and_a_second_run_changes_nothing(shoot):
    demo = ("demo", "--out", "my-studio", "--scan", "anna.ply")
    first = json.loads(run(COMMAND, "--json", *demo, cwd=shoot).stdout)
    assert (first["scan"], first["twin"], first["look"]) == ("scan/anna@1", "twin/anna@1", "look/anna@1")  # found, not made again
    assert len(first["shots"]) == 5
    assert not first["nothing_changed"]
    published, sheet = refs(shoot), shoot / first["contact_sheet"]
    before = sheet.read_bytes()

    second = run(COMMAND, *demo, cwd=shoot)
    assert "Nothing changed" in second.stderr
    assert str(Path(first["contact_sheet"])) in second.stdout
    assert refs(shoot) == published
    assert sheet.read_bytes() == before
