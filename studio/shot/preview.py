"""Quick pictures: of a pose on a plain grey set, and of a scene with somebody in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from studio.progress import Report, silent, within
from studio.shot.complexion import bust_height
from studio.shot.develop import write_png
from studio.shot.figure import Figure, figure_of
from studio.shot.plan import plan_shots, take
from studio.shot.props import scene_files
from studio.shot.quality import quality_of
from studio.shot.sitting import own_appearance
from studio.specs.appearance import AppearanceSpec, Hair, Skin
from studio.specs.base import validate
from studio.specs.camera import Camera
from studio.specs.expression import load_expression
from studio.specs.scene import SceneSpec, load_scene, scene_path
from studio.store.refs import Ref
from studio.store.store import Store

#: The set of a preview: grey paper, one soft light from the upper left, one from the right.
_SCENE = {
    "title": "Preview",
    "aspect": [2, 3],
    "set": {"kind": "sweep", "backdrop": {"colour": "#b4b5b8", "finish": "paper"}, "ambient_ev": 9.5},
    "lights": [
        {"role": "key", "shape": "octa", "size_cm": 140, "distance_m": 2.6, "clock": 7.6, "elevation_deg": 38, "ev": 13.0},
        {"role": "fill", "shape": "softbox", "size_cm": [140, 180], "distance_m": 3.0, "clock": 4.4, "elevation_deg": 12, "stops": -1.8},
    ],
    "cameras": [
        {"name": "front", "framing": "full", "f_number": 9},
        {"name": "three-quarter", "framing": "full", "f_number": 9, "azimuth_deg": 40},
    ],
}


def preview_pose(
    name: str,
    *,
    out: Path,
    store: Store | None = None,
    twin: Ref | None = None,
    expression: str | None = None,
    size_px: tuple[int, int] = (400, 600),
    report: Report = silent,
) -> Path:
    """Render a pose from the front and from the side, next to each other, into the PNG file ``out``. Returns its path.

    name: A pose of the library, or another reference (see `studio.body.references`). twin: Who takes it; the average open body without it.
    expression: Of the library; a resting face without it. Raises StudioError for unknown poses, expressions and twins.
    """
    face = {} if expression is None else load_expression(expression).actions
    scene = validate(SceneSpec, _SCENE, source="the preview's scene")
    figure, appearance = _sitter(name, face, store, twin, report=within(report, 0.0, 0.3))
    return _written(out, figure, appearance, scene, scene.cameras, {}, size_px, report=within(report, 0.3, 1.0))


def preview_scene(
    name: str,
    *,
    out: Path,
    cameras: tuple[str, ...] = (),
    store: Store | None = None,
    twin: Ref | None = None,
    height_px: int = 500,
    report: Report = silent,
) -> Path:
    """Render a scene with a body in its underwear, one picture for each camera next to each other, into the PNG file ``out``.

    name: A scene of the library, or a scene.toml. cameras: Or framings; the scene's first without them. twin: Who stands there; the average
    open body without it. Raises StudioError for unknown scenes, cameras and twins.
    """
    scene = load_scene(name)
    chosen = tuple(scene.camera(camera) for camera in cameras) or scene.cameras[:1]
    files = scene_files(scene, scene_path(name).parent)
    figure, appearance = _sitter("relaxed", {}, store, twin, report=within(report, 0.0, 0.3))
    size_px = (round(height_px * scene.aspect[0] / scene.aspect[1]), height_px)
    return _written(out, figure, appearance, scene, chosen, files, size_px, report=within(report, 0.3, 1.0))


def _sitter(
    pose: str, face: Mapping[str, float], store: Store | None, twin: Ref | None, *, report: Report
) -> tuple[Figure, AppearanceSpec]:  # fmt: skip
    """A twin, or the average open body, in a pose, and how it looks."""
    from studio.body.ground import pose_body
    from studio.body.model import BodyParameters, load_body
    from studio.body.poses import load_pose

    spec, model = load_pose(pose), load_body(report=report)
    parameters, offsets, own = BodyParameters.zero(model), None, None
    if twin is not None and store is not None:
        asset = store.resolve(twin)
        arrays, own = asset.arrays("twin.npz"), own_appearance(asset)
        parameters, offsets = BodyParameters.from_arrays(arrays), arrays["offsets"]
    figure = figure_of(model, pose_body(model, parameters, spec, offsets=offsets), offsets=offsets, expression=dict(face))
    female = bust_height(figure) is not None
    bare = AppearanceSpec(
        title="Preview", figure="female" if female else "male", skin=Skin(freckles=0), hair=Hair(style="bun" if female else "crop")
    )
    return figure, own or bare


def _written(
    out: Path,
    figure: Figure,
    appearance: AppearanceSpec,
    scene: SceneSpec,
    cameras: Sequence[Camera],
    files: Mapping[str, Path],
    size_px: tuple[int, int],
    *,
    report: Report,
) -> Path:
    from studio.engine import Engine

    jobs = Path(tempfile.mkdtemp(prefix="studio-preview-"))
    plan = plan_shots(
        jobs, figure, scene=scene, cameras=cameras, appearance=appearance, quality=quality_of("draft"), size_px=size_px, files=files
    )
    with Engine() as engine:
        pictures, _ = take(plan, engine, report=report)
    shutil.rmtree(jobs)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_png(out, np.concatenate([picture.pixels for picture in pictures], axis=1))
    return out
