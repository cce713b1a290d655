"""`shoot`: a look in a scene through cameras becomes published shots."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.progress import Report, silent, within
from studio.shot.cloth import Garment
from studio.shot.complexion import bust_height
from studio.shot.develop import subject_box, write_mask, write_png
from studio.shot.expression import expression_of, with_lids
from studio.shot.fabric import cloth_surface, fabric_looks
from studio.shot.figure import Figure, figure_of
from studio.shot.head import find_head
from studio.shot.lights import meter_readings
from studio.shot.painted import PaintedGarment, painted_garment
from studio.shot.plan import Picture, ShotPlan, picture_size, plan_shots, sharing_jobs, take
from studio.shot.quality import Quality, quality_of
from studio.specs.appearance import AppearanceSpec, load_appearance
from studio.specs.base import validate
from studio.specs.expression import ExpressionSpec, load_expression
from studio.specs.fabric import FabricSpec
from studio.specs.scene import Camera, Gaze, SceneSpec, load_scene, parse_gaze
from studio.store import Asset, Draft, Input, Outcome, Production, Recipe
from studio.store.refs import Ref
from studio.store.store import Store
from studio.twin.twin import SkinPictures, skin_pictures

#: What can change a picture besides its inputs.
_CODE = (
    "shot", "mesh", "body", "frames", "engine", "specs/scene", "specs/appearance", "specs/fabric", "garment/weave", "garment/relief",
    "garment/prints", "blender/render", "blender/skin", "blender/eyes", "blender/hair", "blender/cloth_look", "blender/surroundings",
    "blender/light", "blender/camera", "blender/meshes", "blender/nodes", "blender/painted", "garment/finished/mesh",
    "specs/expression",
)  # fmt: skip
_TOOLS = ("bpy", "numpy", "open3d", "pillow", "scipy")
#: A face of which the scan showed more than this brings its own brows.
_OWN_FACE = 0.5
#: Largest picture that is taken [px]: 100 megapixels, what medium format backs deliver.
_MAX_PIXELS = 100_000_000


@dataclass(frozen=True)
class Sitting:
    """A look in front of the camera: what all of its shots share."""

    look: Asset
    figure: Figure
    garments: tuple[Garment | PaintedGarment, ...]
    appearance: AppearanceSpec
    pictures: SkinPictures | None


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
    seed: int = 0,
    report: Report = silent,
    again: bool = False,
) -> tuple[Production, ...]:
    """Photograph a look and publish one ``shot/<look>-<scene>-<camera>`` for each camera, in the order asked.

    scene: A scene of the library. cameras: Names of its cameras, all of them without it. quality: draft, proof or final.
    size_px: Width and height; the scene's aspect without it. appearance: Of the library; the twin's own without it.
    expression: Of the library; the appearance's own without it. gaze: A word or a point, see `parse_gaze`; the scene's without it.
    device: cpu, gpu or auto. On the processor the same shot gives the same pixels.

    A shot holds ``picture.png`` (sRGB), ``mask.png`` (how much of each pixel is body, hair or garment, in 255ths) and ``job.json``; its
    facts say ``camera``, ``scene``, ``look``, ``quality``, ``pixel_sha256``, ``settings`` and ``subject_box_px``.

    Raises StudioError for unknown scenes, cameras and qualities, and for a look that failed its gates.
    """
    report("preparing", 0.0)
    spec, budget, asset = load_scene(scene), quality_of(quality), store.resolve(look)
    if gaze is not None:
        spec = spec.model_copy(update={"gaze": parse_gaze(gaze)})
    face = None if expression is None else load_expression(expression)
    if not asset.passed:
        raise StudioError(f"{asset.ref} failed its gates and is not photographed: dress the twin again, or see 'studio show {asset.ref}'.")
    chosen = tuple(spec.camera(name) for name in cameras) if cameras else spec.cameras
    size = picture_size(spec, budget, size_px)
    if min(size) < 16 or size[0] * size[1] > _MAX_PIXELS:
        raise StudioError(f"A picture of {size[0]}x{size[1]} pixels was asked for: 16 to a side at least, {_MAX_PIXELS:,} at most.")
    worn = _appearance(store, asset, appearance)
    recipes = {camera.name: _recipe(asset, spec, scene, camera, budget, quality, size, worn, face, device, seed) for camera in chosen}
    names = {camera.name: _shot_name(asset.ref.name, scene, camera.name) for camera in chosen}
    missing = [
        camera for camera in chosen if again or store.find(kind="shot", name=names[camera.name], recipe=recipes[camera.name]) is None
    ]
    taken: dict[str, _Negative] = {}
    if missing:
        sitting = _sit(store, asset, worn, face or expression_of(worn), spec.gaze)
        taken = _take_all(sitting, spec, missing, budget, size, device=device, seed=seed, report=within(report, 0.05, 0.98))
    shots = tuple(
        store.produce(
            kind="shot",
            name=names[camera.name],
            recipe=recipes[camera.name],
            build=lambda made, camera=camera: _publish(made, taken[camera.name], asset, scene, camera, quality, device),
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
class _Negative:
    """A picture that is not published yet, and the job that made it."""

    picture: Picture
    job: Mapping[str, Any]
    meter: list[dict[str, float | str]]
    device: str
    cpu_seconds: float


def _recipe(
    asset: Asset, spec: SceneSpec, scene: str, camera: Camera, budget: Quality, quality: str, size: tuple[int, int],
    worn: AppearanceSpec, face: ExpressionSpec | None, device: str, seed: int,
) -> Recipe:  # fmt: skip
    scene_but_cameras = spec.model_dump(mode="json", exclude={"cameras"})
    return Recipe(
        stage="shot.shoot",
        inputs=(Input("look", str(asset.ref), asset.digest),),
        spec={
            "scene": scene_but_cameras | {"name": scene},
            "camera": camera.model_dump(mode="json"),
            "quality": budget.as_request() | {"name": quality},
            "size_px": list(size),
            "appearance": worn.model_dump(mode="json"),
            "expression": None if face is None else face.actions,
            "fabrics": [fabric_looks(*_fabric(facts)) for facts in asset.facts["garments"]],
            "device": device,
        },
        tools=_TOOLS,
        code=_CODE,
        seeds={"cycles": seed},
    )


def _shot_name(look: str, scene: str, camera: str) -> str:
    return f"{look}-{Path(scene).stem if scene.endswith('.toml') else scene}-{camera}"[:64].rstrip("-_.")


def _appearance(store: Store, look: Asset, asked: str | None) -> AppearanceSpec:
    """As asked, else the twin's own, else the one that fits the body's shape."""
    if asked is not None:
        return load_appearance(asked)
    own = own_appearance(store.resolve(Ref.parse(look.facts["twin"], kind="twin")))
    if own is not None:
        return own
    figure = _figure(look, {})
    return load_appearance("ines" if bust_height(figure) is not None else "jonas")


def own_appearance(twin: Asset) -> AppearanceSpec | None:
    """The appearance that a twin was given, in the skin tone that was read from its scan; None where it has none."""
    own, melanin = twin.facts.get("appearance"), twin.facts.get("skin_melanin")
    if isinstance(own, str):
        preset = load_appearance(own)
        if melanin is None:
            return preset
        return preset.model_copy(update={"skin": preset.skin.model_copy(update={"melanin": min(max(float(melanin), 0.0), 1.0)})})
    if isinstance(own, Mapping):
        return validate(AppearanceSpec, dict(own), source=f"the appearance of {twin.ref}")
    return None


def _sit(store: Store, look: Asset, appearance: AppearanceSpec, face: ExpressionSpec, gaze: Gaze) -> Sitting:
    pictures = skin_pictures(store.resolve(Ref.parse(look.facts["twin"], kind="twin")))
    if pictures is not None and pictures.face_covered > _OWN_FACE:  # brows of one's own are in the picture, where they are
        appearance = appearance.model_copy(update={"brows": appearance.brows.model_copy(update={"density": 0.0})})
    figure = _figure(look, with_lids(face.actions, gaze, find_head(_figure(look, face.actions))))
    return Sitting(look, figure, _garments(look, eyes_m=float(figure.joint("left_eye")[2])), appearance, pictures)


def _figure(look: Asset, actions: Mapping[str, float]) -> Figure:
    from studio.body.model import BodyParameters, load_body

    model, arrays = load_body(), look.arrays("body.npz")
    if len(arrays["vertices"]) != model.vertex_count or look.facts["body"]["digest"] != model.digest:
        raise StudioError(f"{look.ref} was made on another build of the body '{look.facts['body']['name']}'; dress the twin again.")
    return figure_of(model, BodyParameters.from_arrays(arrays), offsets=arrays["offsets"], expression=dict(actions))


def _fabric(facts: Mapping[str, Any]) -> tuple[FabricSpec, Path]:
    """The fabric of one of a look's garments, and the folder that its print lies in."""
    from studio import library
    from studio.garment.catalog import load_fabric

    return load_fabric(facts["fabric"]), library.folder("garments", "fabrics")


def _garments(look: Asset, *, eyes_m: float) -> tuple[Garment | PaintedGarment, ...]:
    """What the look wears. eyes_m: Height of the eyes: hair lies under hats, and under what is worn higher than that, as a hood is."""
    garments: list[Garment | PaintedGarment] = []
    for index, facts in enumerate(look.facts["garments"]):
        if facts.get("materials"):
            garments.append(painted_garment(look, index, facts))
            continue
        arrays, (fabric, folder) = look.arrays(f"garment-{index}.npz"), _fabric(facts)
        vertices = np.asarray(arrays["vertices"], dtype=float)
        surface = cloth_surface(fabric, facts.get("colourway"), folder=folder)
        garments.append(
            Garment(
                name=f"{facts['garment']}-{index}",
                vertices=vertices,
                faces=arrays["faces"],
                uv_cm=np.asarray(arrays["uv_cm"], dtype=float),
                panel=arrays["panel"],
                ribs=frozenset(facts.get("ribs", ())),
                look=surface.look,
                weave=surface.weave,
                print=surface.print,
                over_hair=facts.get("kind") == "hat" or float(vertices[:, 2].max()) > eyes_m,
            )
        )
    return tuple(garments)


def _take_all(
    sitting: Sitting,
    spec: SceneSpec,
    cameras: list[Camera],
    budget: Quality,
    size: tuple[int, int],
    *,
    device: str,
    seed: int,
    report: Report,
) -> dict[str, _Negative]:
    """Render all cameras, in as few jobs as give pictures that do not depend on each other."""
    from studio.engine import Engine

    taken: dict[str, _Negative] = {}
    jobs = Path(tempfile.mkdtemp(prefix="studio-shot-"))  # kept where a job fails: the error names it, and it can be replayed
    groups = sharing_jobs(cameras, sitting.figure, size_px=size)
    with Engine() as engine:
        for number, group in enumerate(groups):
            part = within(report, len(taken) / len(cameras), (len(taken) + len(group)) / len(cameras))
            part("setting up", 0.0)
            plan = plan_shots(
                jobs / str(number),
                sitting.figure,
                scene=spec,
                cameras=group,
                appearance=sitting.appearance,
                quality=budget,
                size_px=size,
                garments=sitting.garments,
                pictures=sitting.pictures,
                device=device,
                seed=seed,
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
        negatives[picture.camera] = _Negative(picture, own, meter_readings(plan.lights), result.facts["device"], cpu_seconds)
    return negatives


def _publish(made: Draft, negative: _Negative, look: Asset, scene: str, camera: Camera, quality: str, device: str) -> Outcome:
    picture = negative.picture
    write_png(made.path("picture.png"), picture.pixels)
    write_mask(made.path("mask.png"), picture.mask)
    made.write_json("job.json", negative.job)
    height, width = picture.pixels.shape[:2]
    return Outcome(
        facts={
            "camera": camera.name,
            "scene": scene,
            "look": str(look.ref),
            "twin": look.facts["twin"],
            "subject": look.facts.get("subject"),
            "quality": quality,
            "size_px": [width, height],
            "pixel_sha256": picture.pixel_sha256,
            "subject_box_px": subject_box(picture.mask),
            "settings": settings_line(camera),
            "light_meter": negative.meter,
            "device": negative.device,
            "render_seconds": round(picture.seconds, 2),
            "cpu_seconds": round(negative.cpu_seconds, 2),
        }
    )


def settings_line(camera: Camera) -> str:
    """What a photographer writes under a frame, for example ``85 mm  f/9  1/125 s  ISO 100``."""
    shutter = f"1/{round(1 / camera.shutter_s)} s" if camera.shutter_s < 0.4 else f"{camera.shutter_s:g} s"
    line = f"{camera.focal_mm:g} mm  f/{camera.f_number:g}  {shutter}  ISO {camera.iso:g}"
    return line + (f"  {camera.ev:+g} EV" if camera.ev else "")
