"""How much error a second of rendering leaves: our qualities against Cycles as Blender and BlenderProc set it, on the same scenes.

References (no denoiser, no clamp, Blender's bounces) take an hour each; like every picture they are kept in ``bench/render/``, and a run
goes on with what is missing. Seconds are of Cycles alone, one picture after the other.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.look.stage import dress
from studio.shot import develop
from studio.shot.plan import plan_shots
from studio.shot.quality import QUALITIES, Quality
from studio.shot.sitting import sit_for, worn_appearance
from studio.specs.person import load_model
from studio.specs.scene import load_scene
from studio.store.store import Store
from studio.store.workspace import open_workspace
from studio.twin.create.stage import create_twin

FOLDER = Path(__file__).parent / "render"
SIZE_PX = (256, 384)
#: Scene, camera, and what is looked at.
SUBJECTS = {
    "portrait with hair": ("catalog-white", "portrait"),
    "full figure on white": ("catalog-white", "front"),
    "street at golden hour": ("street-golden", "three-quarter"),
}
#: What Blender 4.5 starts with, and what BlenderProc 2.8 sets (blenderproc/python/utility/DefaultConfig.py).
_BLENDER = {
    "samples": 4096, "threshold": 0.01, "denoise": True, "caustics": True, "clamp_indirect": 10.0, "persistent": False,
    "bounces": {"max": 12, "diffuse": 4, "glossy": 4, "transmission": 12, "transparent_max": 8},
}  # fmt: skip
_BLENDERPROC = _BLENDER | {
    "samples": 1024, "persistent": True,
    "bounces": {"max": 3, "diffuse": 3, "glossy": 0, "transmission": 0, "transparent_max": 8},
}  # fmt: skip
_REFERENCE = _BLENDER | {"samples": 16384, "threshold": 0.0, "denoise": False, "clamp_indirect": 0.0}
PEERS = {"Blender's defaults": _BLENDER, "BlenderProc's defaults": _BLENDERPROC}
#: Samples at which the error-time curves are taken; the last of each is the method as it is.
_CURVE = {"Blender's defaults": (16, 64, 256, 1024, 4096), "BlenderProc's defaults": (16, 64, 256, 1024)}
_OURS = (8, 16, 32, 64, 160)


@dataclass(frozen=True)
class Taken:
    """One picture: its linear pixels as exposed (H, W, 3), and the seconds that Cycles took."""

    pixels: np.ndarray
    seconds: float


def run() -> str:
    """Render what is missing, and return the table."""
    FOLDER.mkdir(exist_ok=True)
    store = open_workspace(FOLDER / "workspace")
    look = _look(store)
    lines = [_HEAD]
    for name, (scene, camera) in SUBJECTS.items():
        folder = FOLDER / name.replace(" ", "-")
        reference = _reference(folder, store, look, scene, camera)
        rows = [(f"ours, {quality}", _ours(folder / quality, store, look, scene, camera, QUALITIES[quality])) for quality in QUALITIES]
        curves = {"ours": [(n, _ours(folder / f"ours-{n}", store, look, scene, camera, _with(n))) for n in _OURS]}
        for peer, counts in _CURVE.items():
            taken = [(n, _peer(folder / f"{peer[:8]}-{n}", store, look, scene, camera, PEERS[peer] | {"samples": n})) for n in counts]
            curves[peer] = taken
            rows.append((peer, taken[-1][1]))
        lines.append(_table(name, reference, rows))
        lines.append(_curves(reference, curves))
    return "\n".join(lines)


_HEAD = f"""## Render

Pictures of {SIZE_PX[0]}x{SIZE_PX[1]} pixels against a reference of {_REFERENCE["samples"]:,} samples without denoiser and clamping: the
same job, device and threads, one after the other. RMSE on linear light as exposed, clipped at display white; FLIP (Andersson et al. 2020)
on the sRGB picture. Seconds of Cycles with its denoiser."""


def _with(samples: int) -> Quality:
    return replace(QUALITIES["final"], samples=samples, min_samples=min(samples, QUALITIES["final"].min_samples))


def _look(store: Store) -> Any:
    """Somebody with long hair, dressed."""
    twin = create_twin(store, "sitter", load_model("astrid").person)
    return dress(store, twin.asset.ref, wear=("a-line-skirt", "tee"), pose="relaxed", name="sitter").asset


def _plan(folder: Path, store: Store, look: Any, scene: str, camera: str, quality: Quality) -> float:
    """Write the job. Returns the gain that exposes it."""
    shutil.rmtree(folder, ignore_errors=True)
    sitting, spec = sit_for(store, look, worn_appearance(store, look, None)), load_scene(scene)
    plan = plan_shots(
        folder, sitting.figure, scene=spec, cameras=[spec.camera(camera)], appearance=sitting.appearance,
        quality=replace(quality, strands=1.0, shadow_px=64), size_px=SIZE_PX, garments=sitting.garments, pictures=sitting.pictures,
    )  # fmt: skip
    return plan.cameras[0].gain / plan.base_gain


def _ours(folder: Path, store: Store, look: Any, scene: str, camera: str, quality: Quality) -> Taken:
    return _taken(
        folder, {"quality": asdict(quality)}, lambda: _plan(folder, store, look, scene, camera, quality), ["studio.blender.serve"]
    )


def _peer(folder: Path, store: Store, look: Any, scene: str, camera: str, settings: dict[str, Any]) -> Taken:
    return _taken(folder, settings, lambda: _plan(folder, store, look, scene, camera, QUALITIES["final"]), ["bench.render_peer"])


def _reference(folder: Path, store: Store, look: Any, scene: str, camera: str) -> np.ndarray:
    return _peer(folder / "reference", store, look, scene, camera, _REFERENCE).pixels


def _taken(folder: Path, settings: dict[str, Any], plan: Any, module: list[str]) -> Taken:
    """The picture in a folder, rendered where it is not there, or was made with other settings."""
    kept = folder.with_suffix(".npz")
    if kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            if str(stored["settings"]) == json.dumps(settings, sort_keys=True):
                return Taken(stored["pixels"], float(stored["seconds"]))
    gain = plan()
    arguments = [json.dumps(settings)] if module == ["bench.render_peer"] else []
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", *module, str(folder), *arguments], check=True, env={**os.environ}, stdout=subprocess.DEVNULL)
    outcome = json.loads((folder / "result.json").read_text())
    assert "error" not in outcome, outcome
    seconds = sum(value for name, value in outcome["facts"]["seconds"].items() if name != "build")
    with np.load(next(folder.glob("linear-*.npz")), allow_pickle=False) as stored:
        pixels = (stored["pixels"][..., :3] * gain).astype(np.float32)
    np.savez_compressed(kept, pixels=pixels, seconds=seconds, settings=json.dumps(settings, sort_keys=True))
    shutil.rmtree(folder)
    print(folder.parent.name, folder.name, f"{seconds:.1f} s of {time.perf_counter() - start:.1f}", flush=True)
    return Taken(pixels, seconds)


def _errors(reference: np.ndarray, taken: Taken) -> tuple[float, float]:
    """RMSE on linear light, and FLIP."""
    from flip_evaluator import evaluate

    clipped = [np.clip(pixels, 0.0, 1.0) for pixels in (reference, taken.pixels)]
    rmse = float(np.sqrt(((clipped[0] - clipped[1]) ** 2).mean()))
    shown = [develop.encode_srgb(pixels).astype(np.float32) for pixels in clipped]
    return rmse, float(evaluate(shown[0], shown[1], "LDR")[1])


def _table(name: str, reference: np.ndarray, rows: list[tuple[str, Taken]]) -> str:
    slow = next(taken.seconds for method, taken in rows if method.startswith("Blender's"))
    lines = [f"\n### {name.capitalize()}\n", "| method | seconds | share of Blender's time | RMSE | FLIP |", "|---|---|---|---|---|"]
    for method, taken in rows:
        rmse, flip = _errors(reference, taken)
        lines.append(f"| {method} | {taken.seconds:.1f} | 1/{slow / taken.seconds:.1f} | {rmse:.5f} | {flip:.4f} |")
    return "\n".join(lines)


def _curves(reference: np.ndarray, curves: dict[str, list[tuple[int, Taken]]]) -> str:
    lines = ["\nError by time, samples at most: seconds, RMSE, FLIP.\n"]
    for method, taken in curves.items():
        points = []
        for samples, each in taken:
            rmse, flip = _errors(reference, each)
            points.append(f"{samples}: {each.seconds:.1f} s, {rmse:.5f}, {flip:.4f}")
        lines.append(f"- {method}: {'; '.join(points)}")
    return "\n".join(lines)
