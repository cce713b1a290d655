"""A real shot's mask reaches the channel's checks: what fills the frame, and what is cut by it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from studio.deliver import stage
from studio.shot.stage import shoot
from tests.deliver.floor import channel as channel_of
from tests.shot.test_stage import publish

RULES = {
    "size": {"best_px": [72, 104]}, "most_bytes": 90_000, "may_touch": [], "fill": {"of": "height", "least": 0.8},
}  # fmt: skip


@pytest.fixture
def channel(monkeypatch):
    """A channel as strict as Zalando's that asks for small pictures, since what is checked does not depend on the size."""
    monkeypatch.setattr(stage, "load_channel", lambda _: channel_of(**RULES))


def test_a_full_figure_passes_and_a_portrait_is_found_to_be_cut(store, tmp_path, channel):
    look = publish(store)
    options = {"scene": "catalog-white", "quality": "proof", "size_px": (72, 104), "device": "cpu"}
    front, portrait = (shot.ref for shot in shoot(store, look, cameras=("front", "portrait"), **options))

    full = stage.deliver(store, (front,), channel="test", out=tmp_path / "full")
    assert full.passed, full.files[0].checks
    assert {"fill", "subject_in_frame"} <= {check.name for check in full.files[0].checks}

    cut = stage.deliver(store, (portrait,), channel="test", out=tmp_path / "cut")
    assert [check.name for check in cut.files[0].checks if not check.passed] == ["subject_in_frame"]
    assert "bottom" in next(check.found for check in cut.files[0].checks if check.name == "subject_in_frame")

    # the skirt of the look, of which its recipe says no title, ends at the waist
    assert full.files[0].alt_text == "A virtual model wears a navy a line skirt, seen from the front in full figure, on plain white."
    assert cut.files[0].alt_text == "A virtual model, seen from the front, from the chest up, on plain white."
    assert len(cut.files[0].origin.worn) == 1  # though the manifest has it

    with Image.open(store.resolve(front).path("mask.png")) as mask, Image.open(tmp_path / "full" / full.files[0].file) as file:
        subject, pixels = np.asarray(mask) > 127, np.asarray(file)
    assert pixels[subject].min(axis=1).mean() < 200 < pixels[~subject].min(axis=1).mean()  # the mask lies on the delivered picture
