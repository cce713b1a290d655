"""`shoot`: a look in a scene through cameras becomes published shots."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.shot.catchlight import EyeGlints
from studio.shot.develop import subject_box, write_mask, write_png
from studio.shot.fabric import fabric_looks
from studio.shot.meter import meter_readings
from studio.shot.plan import Picture, ShotPlan, picture_size, plan_shots, sharing_jobs, take
from studio.shot.props import scene_files
from studio.shot.quality import Quality, quality_of
from studio.shot.retouch import write_layers
from studio.shot.sitting import Sitting, fabric_of, sit_for, worn_appearance
from studio.specs.appearance import AppearanceSpec
from studio.specs.camera import Camera
from studio.specs.expression import ExpressionSpec, load_expression
from studio.specs.light import Light
from studio.specs.scene import SceneSpec, load_scene, parse_gaze, scene_path
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe, file_digest
from studio.store.refs import Ref
from studio.store.store import Store

#: What can change a picture besides its inputs.
_CODE = (
    "shot", "mesh", "body", "frames", "engine", "specs/scene", "specs/camera", "specs/light", "specs/surroundings", "specs/quantity",
    "specs/appearance", "specs/expression", "specs/fabric", "specs/wind", "garment/weave", "garment/relief", "garment/prints",
    "garment/finished", "blender/render", "blender/skin", "blender/eyes", "blender/mouth", "blender/hair", "blender/cloth_look",
    "blender/surroundings", "blender/sky", "blender/light", "blender/camera", "blender/meshes", "blender/nodes", "blender/painted",
    "blender/layers", "blender/trim",
)  # fmt: skip
_TOOLS = ("bpy", "numpy", "open3d", "pillow", "scipy")
#: Largest picture that is taken [px]: 100 megapixels, what medium format backs deliver.
_MAX_PIXELS = 100_000_000


def shoot(
    store: Store,
    look: Ref,
    *,
    scene: str,
    cameras: tuple[str, ...] | None = None,
    quality: str = "proof",
    size_px: tuple[int, int] | None = None,
    appearance: str | None = None,
    expression: str | None = None,
    gaze: str | None = None,
    device: str = "auto",
    layers: bool = False,
    seed: int = 0,
    report: Report = silent,
    again: bool = False,
) -> tuple[Production, ...]:
    """Photograph a look and publish one ``shot/<look>-<scene>-<camera>`` for each camera, in the order asked.

    scene: A scene of the library. cameras: Names of its cameras, all of them without it. quality: draft, proof or final.
    size_px: Width and height; the scene's aspect without it. appearance: Of the library; the twin's own without it.
    expression: Of the library; the appearance's own without it. gaze: A word or a point, see `parse_gaze`; the scene's without it.
    device: cpu, gpu or auto. On the processor the same shot gives the same pixels. layers: Publish what retouchers want as well:
    ``picture.tiff`` in 16 bits, ``linear.exr``, ``mask-<part>.png`` for skin, hair and each garment, ``layers.npz`` with depth and normals.

    A shot holds ``picture.png`` (sRGB), ``mask.png`` (how much of each pixel is body, hair or garment, in 255ths) and ``job.json``; its
    facts say ``camera``, ``scene``, ``look``, ``quality``, ``pixel_sha256``, ``settings`` and ``subject_box_px``; of a camera near a face
    also ``catchlights``, the lights that either eye mirrors, and where an eye has none, ``eye_light``, a light to add to the scene.

    Raises StudioError for unknown scenes, cameras and qualities, and for a look that failed its gates.
    """
    report("preparing", 0.0)
    spec = load_scene(scene)
    if gaze is not None:
        spec = spec.model_copy(update={"gaze": parse_gaze(gaze)})
    face = None if expression is None else load_expression(expression)
    quality_of(quality)  # a slip is told before a look is sought
    asset = store.resolve(look)
    if not asset.passed:
        raise StudioError(f"{asset.ref} failed its gates and is not photographed: dress the twin again, or see 'studio show {asset.ref}'.")
    chosen = tuple(spec.camera(name) for name in cameras) if cameras else spec.cameras
    order = _Order(
        look=asset,
        scene=spec,
        scene_name=scene,
        files=scene_files(spec, scene_path(scene).parent),
        quality=quality,
        size_px=size_px,
        appearance=worn_appearance(store, asset, appearance),
        expression=face,
        device=device,
        layers=layers,
        seed=seed,
    )
    recipes = {camera.name: order.recipe(camera) for camera in chosen}
    names = {camera.name: _shot_name(asset.ref.name, scene, camera.name) for camera in chosen}
    missing = [
        camera for camera in chosen if again or store.find(kind="shot", name=names[camera.name], recipe=recipes[camera.name]) is None
    ]
    taken: dict[str, _Negative] = {}
    if missing:
        sitting = sit_for(store, asset, order.appearance, expression=face, gaze=spec.gaze)
        taken = _take_all(sitting, order, missing, report=within(report, 0.05, 0.98))
    shots = tuple(
        store.produce(
            kind="shot",
            name=names[camera.name],
            recipe=recipes[camera.name],
            build=lambda made, camera=camera: _publish(made, taken[camera.name], order, camera),
            again=again,
        )
        for camera in chosen
    )
    report("done", 1.0)
    return tuple(
        Production(shot.asset, shot.reused, shot.seconds + (taken[camera.name].picture.seconds if camera.name in taken else 0.0))
        for shot, camera in zip(shots, chosen, strict=True)
    )


@dataclass(frozen=True)
class _Order:
    """What was asked for, the same for all cameras. scene_name: As it was asked for. files: That the scene brings along."""

    look: Asset
    scene: SceneSpec
    scene_name: str
    files: Mapping[str, Path]
    quality: str
    size_px: tuple[int, int] | None
    appearance: AppearanceSpec
    expression: ExpressionSpec | None
    device: str
    layers: bool
    seed: int

    @property
    def budget(self) -> Quality:
        return quality_of(self.quality)

    def picture_size(self, camera: Camera) -> tuple[int, int]:
        """Width and height of a camera's picture. Raises StudioError for one that is not taken."""
        width, height = picture_size(self.scene, camera, self.budget, self.size_px)
        if min(width, height) < 16 or width * height > _MAX_PIXELS:
            raise StudioError(f"A picture of {width}x{height} pixels was asked for: 16 to a side at least, {_MAX_PIXELS:,} at most.")
        return width, height

    def recipe(self, camera: Camera) -> Recipe:
        """All that can change a camera's picture."""
        scene_but_cameras = self.scene.model_dump(mode="json", exclude={"cameras"})
        digests = {name: file_digest(path) for name, path in self.files.items()}
        return Recipe(
            stage="shot.shoot",
            inputs=(Input("look", str(self.look.ref), self.look.digest),),
            spec={
                "scene": scene_but_cameras | {"name": self.scene_name, "files": digests},
                "camera": camera.model_dump(mode="json"),
                "quality": self.budget.as_request() | {"name": self.quality},
                "size_px": list(self.picture_size(camera)),
                "appearance": self.appearance.model_dump(mode="json"),
                "expression": None if self.expression is None else self.expression.actions,
                "fabrics": [fabric_looks(*fabric_of(facts)) for facts in self.look.facts["garments"]],
                "device": self.device,
                "layers": self.layers,
            },
            tools=_TOOLS,
            code=_CODE,
            seeds={"cycles": self.seed},
        )


@dataclass(frozen=True)
class _Negative:
    """A picture that is not published yet, and the job that made it."""

    picture: Picture
    job: Mapping[str, Any]
    meter: list[dict[str, float | str]]
    glints: EyeGlints | None
    device: str
    cpu_seconds: float


def _shot_name(look: str, scene: str, camera: str) -> str:
    return f"{look}-{Path(scene).stem if scene.endswith('.toml') else scene}-{camera}"[:64].rstrip("-_.")


def _take_all(sitting: Sitting, order: _Order, cameras: list[Camera], *, report: Report) -> dict[str, _Negative]:
    """Render all cameras, in as few jobs as give pictures that do not depend on each other."""
    from studio.engine import Engine

    taken: dict[str, _Negative] = {}
    jobs = Path(tempfile.mkdtemp(prefix="studio-shot-"))  # kept where a job fails: the error names it, and it can be replayed
    sizes = [order.picture_size(camera) for camera in cameras]
    groups = sharing_jobs(cameras, sitting.figure, sizes_px=sizes, worn=[garment.vertices for garment in sitting.garments])
    with Engine() as engine:
        for number, group in enumerate(groups):
            part = within(report, len(taken) / len(cameras), (len(taken) + len(group)) / len(cameras))
            part("setting up", 0.0)
            plan = plan_shots(
                jobs / str(number),
                sitting.figure,
                scene=order.scene,
                cameras=group,
                appearance=sitting.appearance,
                quality=order.budget,
                size_px=order.size_px,
                garments=sitting.garments,
                pictures=sitting.pictures,
                files=order.files,
                layers=order.layers,
                wind_m_s=sitting.wind_m_s,
                device=order.device,
                seed=order.seed,
            )
            taken |= _develop_all(plan, engine, within(part, 0.08, 1.0))
    shutil.rmtree(jobs)
    return taken


def _develop_all(plan: ShotPlan, engine: Any, report: Report) -> dict[str, _Negative]:
    pictures, result = take(plan, engine, report=report)
    job = json.loads((plan.folder / "job.json").read_text(encoding="utf-8"))
    negatives = {}
    for picture in pictures:
        own = job | {"cameras": [camera for camera in job["cameras"] if camera["name"] == picture.camera]}
        cpu_seconds = result.facts["cpu_seconds"][picture.camera]
        meter = [reading.as_facts() for reading in meter_readings(plan.lights)]
        glints = plan.eye_glints[picture.camera]
        negatives[picture.camera] = _Negative(picture, own, meter, glints, result.facts["device"], cpu_seconds)
    return negatives


def _publish(made: Draft, negative: _Negative, order: _Order, camera: Camera) -> Outcome:
    picture, look = negative.picture, order.look
    write_png(made.path("picture.png"), picture.pixels)
    write_mask(made.path("mask.png"), picture.mask)
    made.write_json("job.json", negative.job)
    if picture.layers is not None:
        write_layers(made, picture.layers)
    height, width = picture.pixels.shape[:2]
    return Outcome(
        facts={
            "camera": camera.name,
            "scene": order.scene_name,
            "look": str(look.ref),
            "twin": look.facts["twin"],
            "subject": look.facts.get("subject"),
            "quality": order.quality,
            "size_px": [width, height],
            "pixel_sha256": picture.pixel_sha256,
            "subject_box_px": subject_box(picture.mask),
            "settings": settings_line(camera),
            "light_meter": negative.meter,
            "catchlights": None if negative.glints is None else dict(zip(("left", "right"), negative.glints.lights, strict=True)),
            "eye_light": None if negative.glints is None or negative.glints.missing is None else _as_written(negative.glints.missing),
            "device": negative.device,
            "render_seconds": round(picture.seconds, 2),
            "cpu_seconds": round(negative.cpu_seconds, 2),
        }
    )


def _as_written(light: Light) -> dict[str, Any]:
    """A light as a scene's file has it: what is not as usual."""
    return light.model_dump(mode="json", exclude_defaults=True)


def settings_line(camera: Camera) -> str:
    """What a photographer writes under a frame, for example ``85 mm  f/9  1/125 s  ISO 100``."""
    shutter = f"1/{round(1 / camera.shutter_s)} s" if camera.shutter_s < 0.4 else f"{camera.shutter_s:g} s"
    line = f"{camera.focal_mm:g} mm  f/{camera.f_number:g}  {shutter}  ISO {camera.iso:g}"
    return line + (f"  {camera.ev:+g} EV" if camera.ev else "")
