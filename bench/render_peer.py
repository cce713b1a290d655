"""The child of `bench render`: one render job with the Cycles settings of somebody else.

``python -m bench.render_peer FOLDER SETTINGS``; SETTINGS is JSON: ``samples``, ``threshold``, ``bounces`` by kind and so on. Scene,
camera and development are the job's own, so that nothing but Cycles' settings differs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: str, settings: str) -> int:
    """Run the job in the folder with those settings."""
    from studio.blender import render, serve

    wanted = json.loads(settings)
    own = render.configure
    render.configure = lambda quality, *, device, seed: _configure(own, quality, wanted, device=device, seed=seed)
    return 0 if serve.serve(Path(folder)) else 1


def _configure(own: Any, quality: dict[str, Any], wanted: dict[str, Any], *, device: str, seed: int) -> str:
    import bpy

    used = own(quality, device=device, seed=seed)
    scene = bpy.context.scene
    cycles = scene.cycles
    cycles.samples, cycles.adaptive_threshold, cycles.adaptive_min_samples = wanted["samples"], wanted["threshold"], 0
    cycles.use_adaptive_sampling = wanted["threshold"] > 0
    cycles.use_denoising = wanted["denoise"]
    cycles.denoising_prefilter, cycles.denoising_quality = "ACCURATE", "HIGH"  # Blender's own
    for kind, count in wanted["bounces"].items():
        setattr(cycles, f"{kind}_bounces", count)
    cycles.caustics_reflective = cycles.caustics_refractive = wanted["caustics"]
    cycles.sample_clamp_indirect = wanted["clamp_indirect"]
    scene.render.use_persistent_data = wanted["persistent"]
    return used


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
