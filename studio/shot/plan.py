"""From a figure, a scene and an appearance to a job folder that Blender renders, and back to pictures. No bpy here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine import Engine, JobResult, write_job
from studio.mesh.closest import Surface
from studio.progress import Report, silent
from studio.shot import develop
from studio.shot.camera import PlacedCamera, place
from studio.shot.catchlight import EyeGlints, eye_glints
from studio.shot.cloth import ClothMesh, Garment, tailor
from studio.shot.eyes import gaze_rotation, gaze_target
from studio.shot.fabric import write_surface
from studio.shot.figure import Figure
from studio.shot.groom.grow import Groom, grow_hair, hair_thickening
from studio.shot.groom.hat import pressed_under
from studio.shot.groom.pigment import seen_between
from studio.shot.groom.styles.short import shade
from studio.shot.ground import GroundShadow, ground_shadow
from studio.shot.head import Head, find_head
from studio.shot.lights import PlacedLight, key_of, place_lights
from studio.shot.painted import PaintedGarment, write_painted
from studio.shot.photometry import EV100_OF_UNIT_RADIANCE, ev_of, irradiance_of_ev, linear_rgb
from studio.shot.quality import Quality
from studio.shot.request import camera_request, scene_request
from studio.shot.retouch import Layers, to_16_bit
from studio.shot.subject import Skin, build_skin, eye_arrays, mouth_arrays
from studio.specs.appearance import AppearanceSpec
from studio.specs.camera import Camera
from studio.specs.scene import SceneSpec
from studio.twin.twin import SkinPictures

#: Side of the square of floor on which a white set keeps the subject's shadow [m]: contact and full.
_SHADOW_WIDTH_M = {"contact": 1.5, "full": 3.6}

#: Lashes are nearly black on everybody, linear Rec.709 (mascara aside, chosen by eye).
_LASH_RGB = (0.008, 0.005, 0.004)


@dataclass(frozen=True)
class ShotPlan:
    """A job folder and what is needed to develop its pictures.

    base_gain: What all lights were multiplied with, so that Cycles works near display white; a camera's own gain is relative to it.
    feet: Points of both feet on the floor, (N, 2) [m]. shadows: of the subject on a white floor, by how far the lights have turned.
    layers: Whether retouchers' layers are made as well.
    eye_glints: The catchlights of both eyes by camera, None where it is too far from the face.
    """

    folder: Path
    scene: SceneSpec
    cameras: tuple[PlacedCamera, ...]
    lights: tuple[PlacedLight, ...]
    base_gain: float
    feet: np.ndarray
    shadows: dict[float, GroundShadow]
    layers: bool
    eye_glints: dict[str, EyeGlints | None]


@dataclass(frozen=True)
class Picture:
    """A developed picture: bytes (H, W, 3), where its subject is in 255ths of a pixel (H, W), the digest of its pixels, how long its
    camera took [s], and what retouchers get where that was asked for.
    """

    camera: str
    pixels: np.ndarray
    mask: np.ndarray
    pixel_sha256: str
    seconds: float
    layers: Layers | None = None


def picture_size(scene: SceneSpec, camera: Camera, quality: Quality, size_px: tuple[int, int] | None) -> tuple[int, int]:
    """Width and height of a picture: as asked, or the camera's aspect, or the scene's, on the quality's long side."""
    if size_px is not None:
        return size_px
    width, height = camera.aspect or scene.aspect
    scale = quality.long_side_px / max(width, height)
    return round(width * scale), round(height * scale)


def plan_shots(
    folder: Path,
    figure: Figure,
    *,
    scene: SceneSpec,
    cameras: Sequence[Camera],
    appearance: AppearanceSpec,
    quality: Quality,
    size_px: tuple[int, int] | None = None,
    garments: Sequence[Garment | PaintedGarment] = (),
    pictures: SkinPictures | None = None,
    files: Mapping[str, Path] | None = None,
    layers: bool = False,
    wind_m_s: tuple[float, float, float] = (0.0, 0.0, 0.0),
    device: str = "cpu",
    seed: int = 0,
) -> ShotPlan:
    """Write the job folder for one look in one scene. Several cameras share one job: what does not move is built once.

    pictures: Of the twin's own skin; without them the skin's colour is that of the appearance. files: That the scene names, from
    `studio.shot.props.scene_files`. layers: Make what retouchers want as well. wind_m_s: That blows in the hair.
    A picture does not depend on the other cameras of its job, as long as they want hair of the same thickness: `sharing_jobs`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    worn_points = [np.asarray(garment.vertices) for garment in garments]
    placed = tuple(place(camera, figure, size_px=picture_size(scene, camera, quality, size_px), worn=worn_points) for camera in cameras)
    lights = tuple(place_lights(scene, stature=figure.stature))
    head = find_head(figure)
    age, seed = appearance.skin.age, appearance.skin.seed
    skin = build_skin(figure, head, woman=appearance.figure == "female", age=age, seed=seed)
    thickening = min(hair_thickening(camera.millimetres_per_pixel) for camera in placed)
    cloths = [garment.mesh if isinstance(garment, PaintedGarment) else tailor(garment) for garment in garments]
    worn = [Surface(c.outer_vertices, c.outer_faces) for garment, c in zip(garments, cloths, strict=True) if not garment.over_hair]
    hats = [Surface(cloth.vertices, cloth.faces) for garment, cloth in zip(garments, cloths, strict=True) if garment.over_hair]
    groom = grow_hair(skin, head, appearance, worn=worn, thickening=thickening, share=quality.strands, wind_m_s=wind_m_s)
    groom = pressed_under(groom, hats)
    # near what the key asks for, and the same whatever cameras share the job: a picture must not depend on its neighbours
    base_gain = 2.0 ** (EV100_OF_UNIT_RADIANCE - ev_of(key_of(lights).irradiance))
    shadows = _shadows(scene, placed, lights, figure, [skin.surface, *(Surface(c.vertices, c.faces) for c in cloths)], quality)
    write_job(
        folder,
        "render",
        device=device,
        seed=seed,
        quality=quality.as_request(),
        layers=layers,
        **scene_request(folder, scene, lights=lights, stature=figure.stature, base_gain=base_gain, files=files or {}),
        body=_write_body(folder, skin, head, appearance, pictures),
        eyes=_write_eyes(folder, head, skin, appearance),
        mouth=None if skin.mouth_shut else _write_mouth(folder, figure),
        strands=_write_strands(folder, groom, appearance),
        tie=None if groom.tie is None else groom.tie.tolist(),
        garments=[_write_garment(folder, index, *pair) for index, pair in enumerate(zip(garments, cloths, strict=True))],
        cameras=[
            camera_request(camera, base_gain=base_gain, rig_deg=_rig_deg(scene, camera), gaze=_gaze(camera, scene, head))
            for camera in placed
        ],
    )
    feet = np.stack([figure.joint(f"{side}_{part}")[:2] for side in ("left", "right") for part in ("ankle", "foot")])
    glints = {camera.name: eye_glints(camera, scene, lights, head, skin.surface, rig_deg=_rig_deg(scene, camera)) for camera in placed}
    return ShotPlan(folder, scene, placed, lights, base_gain, feet, shadows, layers, glints)


def sharing_jobs(
    cameras: Sequence[Camera], figure: Figure, *, sizes_px: Sequence[tuple[int, int]], worn: Sequence[np.ndarray] = ()
) -> list[list[Camera]]:
    """Cameras in groups that can share a job: those for which hair is drawn equally thick. worn: Vertices of the garments."""
    groups: dict[float, list[Camera]] = {}
    for camera, size_px in zip(cameras, sizes_px, strict=True):
        pixel_mm = place(camera, figure, size_px=size_px, worn=worn).millimetres_per_pixel
        groups.setdefault(hair_thickening(pixel_mm), []).append(camera)
    return list(groups.values())


def take(plan: ShotPlan, engine: Engine, *, report: Report = silent) -> tuple[tuple[Picture, ...], JobResult]:
    """Render a plan and develop its pictures, in the order of its cameras."""
    result = engine.run(plan.folder, report=report)
    pictures = []
    for camera in plan.cameras:
        linear = _array(result.path(f"linear-{camera.name}.npz"), "pixels")
        pixels, seconds = _develop(plan, camera, linear, result), float(result.facts["seconds"][camera.name])
        layers = _layers(plan, camera, linear, result) if plan.layers else None
        pictures.append(Picture(camera.name, pixels, develop.cover_mask(linear), develop.pixel_sha256(pixels), seconds, layers))
    return tuple(pictures), result


def _develop(plan: ShotPlan, camera: PlacedCamera, linear: np.ndarray, result: JobResult) -> np.ndarray:
    """The finished picture, (H, W, 3) uint8."""
    from PIL import Image

    if plan.scene.view == "standard":
        return develop.to_8_bit(_encoded(plan, camera, linear))
    with Image.open(result.path(f"view-{camera.name}.png")) as picture:
        return np.asarray(picture.convert("RGB"))


def _encoded(plan: ShotPlan, camera: PlacedCamera, linear: np.ndarray) -> np.ndarray:
    """Code values of the standard view, 0 to 1, (H, W, 3)."""
    gain = camera.gain / plan.base_gain
    if plan.scene.set.kind != "white":
        return develop.encode_srgb(linear[..., :3] * gain)
    ground = None
    if (shadow := plan.shadows.get(_rig_deg(plan.scene, camera))) is not None:
        ground = develop.ground_light(camera, shadow, feet=plan.feet if plan.scene.set.shadow == "contact" else None)
    return develop.encode_srgb(develop.over_white(linear, gain, ground))


def _layers(plan: ShotPlan, camera: PlacedCamera, linear: np.ndarray, result: JobResult) -> Layers:
    standard = plan.scene.view == "standard"
    deep = to_16_bit(_encoded(plan, camera, linear)) if standard else _array(result.path(f"view-{camera.name}.npz"), "pixels")
    with np.load(result.path(f"layers-{camera.name}.npz"), allow_pickle=False) as stored:
        shares = {name.removeprefix("share_"): stored[name] for name in stored.files if name.startswith("share_")}
        depth, normal = stored["depth"], stored["normal"]
    return Layers(deep, result.path(f"linear-{camera.name}.exr").read_bytes(), depth, normal, shares)


def _array(path: Path, name: str) -> np.ndarray:
    with np.load(path, allow_pickle=False) as stored:
        return stored[name]


def _rig_deg(scene: SceneSpec, camera: PlacedCamera) -> float:
    """How far set and lights turn for a camera: with it, where the subject turns on the spot."""
    return camera.azimuth_deg % 360 if scene.turns == "subject" else 0.0


def _write_body(folder: Path, skin: Skin, head: Head, appearance: AppearanceSpec, pictures: SkinPictures | None) -> dict[str, Any]:
    own = {} if pictures is None else {"corner_uv": skin.uv.astype(np.float32)}
    fields = skin.fields | {"scalp": shade(appearance.hair.style, head.head_from_rest(skin.rest), skin.fields["scalp"])}
    np.savez(
        folder / "body.npz",
        vertices=skin.vertices.astype(np.float32),
        rest=skin.rest.astype(np.float32),
        quads=skin.quads.astype(np.int32),
        **{f"field_{name}": values.astype(np.float32) for name, values in fields.items()},
        **own,
    )
    lips = appearance.lips.model_dump()
    lips["tint_rgb"] = linear_rgb(lips.pop("tint")).tolist() if appearance.lips.tint else None
    scalp = None if appearance.hair.style == "none" else seen_between(appearance.hair).tolist()
    tone = appearance.skin.model_dump() | {"albedo": list(appearance.skin.albedo)}
    request = {"arrays": "body.npz", "skin": tone, "lips": lips, "scalp_rgb": scalp}
    if pictures is None:
        return request
    names = {"albedo": "albedo.png", "normal": "normal.png"}
    for role, name in names.items():
        shutil.copyfile(getattr(pictures, role), folder / name)
    return request | {"pictures": names}


def _write_garment(folder: Path, index: int, garment: Garment | PaintedGarment, cloth: ClothMesh) -> dict[str, Any]:
    if isinstance(garment, PaintedGarment):
        return write_painted(folder, index, garment)
    name = f"garment-{index}.npz"
    np.savez(
        folder / name,
        vertices=cloth.vertices.astype(np.float32),
        faces=cloth.faces.astype(np.int32),
        **{f"corner_{key}": values.astype(np.float32) for key, values in cloth.corners.items()},
    )
    request = {"name": garment.name, "arrays": name, "look": garment.look, "trim": None}
    if (trim := cloth.trim) is not None:
        np.savez(folder / f"trim-{index}.npz", vertices=trim.vertices.astype(np.float32), faces=trim.faces.astype(np.int32), part=trim.part)
        request["trim"] = {"arrays": f"trim-{index}.npz", "parts": list(trim.parts)}
    return request | write_surface(folder, index, garment.look, garment.weave, garment.print)


def _write_eyes(folder: Path, head: Head, skin: Skin, appearance: AppearanceSpec) -> dict[str, Any]:
    np.savez(folder / "eyes.npz", **eye_arrays(head, skin.lids))
    return {"arrays": "eyes.npz", "centres": head.eye_centres.tolist(), **appearance.eyes.model_dump()}


def _write_mouth(folder: Path, figure: Figure) -> dict[str, Any] | None:
    arrays = mouth_arrays(figure)
    if not arrays:
        return None
    np.savez(folder / "mouth.npz", **arrays)
    return {"arrays": "mouth.npz"}


def _write_strands(folder: Path, groom: Groom, appearance: AppearanceSpec) -> list[dict[str, Any]]:
    requests = []
    for tuft in groom.tufts:
        if not len(tuft.points):
            continue
        name = f"strands-{tuft.name}.npz"
        own = {} if tuft.absorption is None else {"absorption": tuft.absorption.astype(np.float32)}
        np.savez(folder / name, points=tuft.points.astype(np.float32), radii=tuft.radii.astype(np.float32), **own)
        under = (seen_between(appearance.hair) * 0.6).tolist()
        plain = {"brows": under, "stubble": under, "lashes": list(_LASH_RGB)}.get(tuft.name)
        requests.append({"name": tuft.name, "arrays": name, "rgb": plain})
    return requests


def _gaze(camera: PlacedCamera, scene: SceneSpec, head: Head) -> list[list[list[float]]]:
    target = gaze_target(scene.gaze, head, camera.position)
    return [gaze_rotation(head, eye, target).tolist() for eye in (0, 1)]


def _shadows(
    scene: SceneSpec,
    cameras: Sequence[PlacedCamera],
    lights: Sequence[PlacedLight],
    figure: Figure,
    surfaces: list[Surface],
    quality: Quality,
) -> dict[float, GroundShadow]:
    """The subject's shadow on a white floor for every position of the lights that some camera wants."""
    if scene.set.kind != "white" or scene.set.shadow == "none":
        return {}
    middle = np.mean([figure.joint(f"{side}_{part}")[:2] for side in ("left", "right") for part in ("ankle", "foot")], axis=0)
    return {
        angle: ground_shadow(
            surfaces,
            [light for light in lights if light.light.role != "background"],
            ambient=0.0 if scene.set.ambient_ev is None else irradiance_of_ev(scene.set.ambient_ev),
            rig_deg=angle,
            centre=(float(middle[0]), float(middle[1])),
            width_m=_SHADOW_WIDTH_M[scene.set.shadow],
            size=quality.shadow_px,
        )
        for angle in {_rig_deg(scene, camera) for camera in cameras}
    }
