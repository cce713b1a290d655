"""From a figure, a scene and an appearance to a job folder that Blender renders, and back to pictures. No bpy here."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.engine import Engine, JobResult, write_job
from studio.mesh.closest import Surface
from studio.progress import Report, silent
from studio.shot import develop
from studio.shot.camera import PlacedCamera, place
from studio.shot.cloth import ClothMesh, Garment, tailor
from studio.shot.eyes import gaze_rotation, gaze_target
from studio.shot.fabric import write_surface
from studio.shot.figure import Figure
from studio.shot.groom.grow import Groom, grow_hair, hair_thickening
from studio.shot.groom.hat import pressed_under
from studio.shot.ground import GroundShadow, ground_shadow
from studio.shot.head import Head, find_head
from studio.shot.lights import PlacedLight, place_lights
from studio.shot.painted import PaintedGarment, write_painted
from studio.shot.photometry import EV100_OF_UNIT_RADIANCE, ev_of, irradiance_of_ev, light_rgb, linear_rgb
from studio.shot.quality import Quality
from studio.shot.subject import Skin, build_skin, eye_arrays
from studio.specs.appearance import AppearanceSpec
from studio.specs.scene import Camera, SceneSpec, StudioSet
from studio.specs.scene import Surface as SurfaceSpec
from studio.twin.twin import SkinPictures

#: Side of the square of floor on which a white set keeps the subject's shadow [m]: contact and full.
_SHADOW_WIDTH_M = {"contact": 1.5, "full": 3.6}

#: Absorption of eumelanin in R, G, B (d'Eon et al. 2011, used by Chiang et al. 2016).
_EUMELANIN = np.array([0.419, 0.697, 1.37])
#: Lashes are nearly black on everybody, linear Rec.709 (mascara aside, chosen by eye).
_LASH_RGB = (0.008, 0.005, 0.004)


@dataclass(frozen=True)
class ShotPlan:
    """A job folder and what is needed to develop its pictures.

    base_gain: What all lights were multiplied with, so that Cycles works near display white; a camera's own gain is relative to it.
    feet: Points of both feet on the floor, (N, 2) [m]. shadows: of the subject on a white floor, by how far the lights have turned.
    """

    folder: Path
    scene: SceneSpec
    cameras: tuple[PlacedCamera, ...]
    lights: tuple[PlacedLight, ...]
    base_gain: float
    feet: np.ndarray
    shadows: dict[float, GroundShadow]


@dataclass(frozen=True)
class Picture:
    """A developed picture: bytes (H, W, 3), where its subject is in 255ths of a pixel (H, W), the digest of its pixels, and how long its
    camera took [s].
    """

    camera: str
    pixels: np.ndarray
    mask: np.ndarray
    pixel_sha256: str
    seconds: float


def picture_size(scene: SceneSpec, quality: Quality, size_px: tuple[int, int] | None) -> tuple[int, int]:
    """Width and height of the pictures: as asked, or the scene's aspect on the quality's long side."""
    if size_px is not None:
        return size_px
    width, height = scene.aspect
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
    device: str = "cpu",
    seed: int = 0,
) -> ShotPlan:
    """Write the job folder for one look in one scene. Several cameras share one job: what does not move is built once.

    pictures: Of the twin's own skin; without them the skin's colour is that of the appearance.
    A picture does not depend on the other cameras of its job, as long as they want hair of the same thickness: `sharing_jobs`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = picture_size(scene, quality, size_px)
    extent = np.concatenate([figure.vertices[figure.skin], *(garment.vertices for garment in garments)])
    placed = tuple(place(camera, figure, size_px=size, extent=extent) for camera in cameras)
    lights = tuple(place_lights(scene, stature=figure.stature))
    head = find_head(figure)
    skin = build_skin(figure, head, woman=appearance.figure == "female")
    thickening = min(hair_thickening(camera.millimetres_per_pixel) for camera in placed)
    cloths = [garment.mesh if isinstance(garment, PaintedGarment) else tailor(garment) for garment in garments]
    worn = [(cloth.outer_vertices, cloth.outer_normals) for garment, cloth in zip(garments, cloths, strict=True) if not garment.over_hair]
    hats = [Surface(cloth.vertices, cloth.faces) for garment, cloth in zip(garments, cloths, strict=True) if garment.over_hair]
    groom = grow_hair(skin, head, appearance, worn=worn, thickening=thickening, share=quality.strands)
    groom = pressed_under(groom, hats)
    # near what the key asks for, and the same whatever cameras share the job: a picture must not depend on its neighbours
    base_gain = 2.0 ** (EV100_OF_UNIT_RADIANCE - ev_of(lights[scene.lights.index(scene.key)].irradiance))
    shadows = _shadows(scene, placed, lights, figure, [skin.surface, *(Surface(c.vertices, c.faces) for c in cloths)], quality)
    write_job(
        folder,
        "render",
        device=device,
        seed=seed,
        quality=quality.as_request(),
        view={"transform": scene.view, "contrast": scene.contrast},
        set=_set_request(scene.set),
        lights=[_light_request(light, base_gain) for light in lights],
        ambient=_ambient_request(scene, base_gain),
        body=_write_body(folder, skin, appearance, pictures),
        eyes=_write_eyes(folder, head, skin, appearance),
        strands=_write_strands(folder, groom, appearance),
        tie=None if groom.tie is None else groom.tie.tolist(),
        garments=[_write_garment(folder, index, *pair) for index, pair in enumerate(zip(garments, cloths, strict=True))],
        cameras=[_camera_request(camera, scene, head, base_gain) for camera in placed],
    )
    feet = np.stack([figure.joint(f"{side}_{part}")[:2] for side in ("left", "right") for part in ("ankle", "foot")])
    return ShotPlan(folder, scene, placed, lights, base_gain, feet, shadows)


def sharing_jobs(cameras: Sequence[Camera], figure: Figure, *, size_px: tuple[int, int]) -> list[list[Camera]]:
    """Cameras in groups that can share a job: those for which hair is drawn equally thick."""
    groups: dict[float, list[Camera]] = {}
    for camera in cameras:
        pixel_mm = place(camera, figure, size_px=size_px).millimetres_per_pixel
        groups.setdefault(hair_thickening(pixel_mm), []).append(camera)
    return list(groups.values())


def take(plan: ShotPlan, engine: Engine, *, report: Report = silent) -> tuple[tuple[Picture, ...], JobResult]:
    """Render a plan and develop its pictures, in the order of its cameras."""
    result = engine.run(plan.folder, report=report)
    pictures = []
    for camera in plan.cameras:
        linear = _array(result.path(f"linear-{camera.name}.npz"), "pixels")
        pixels, seconds = _develop(plan, camera, linear, result), float(result.facts["seconds"][camera.name])
        pictures.append(Picture(camera.name, pixels, develop.cover_mask(linear), develop.pixel_sha256(pixels), seconds))
    return tuple(pictures), result


def _develop(plan: ShotPlan, camera: PlacedCamera, linear: np.ndarray, result: JobResult) -> np.ndarray:
    from PIL import Image

    if plan.scene.view != "standard":
        with Image.open(result.path(f"view-{camera.name}.png")) as picture:
            return np.asarray(picture.convert("RGB"))
    gain = camera.gain / plan.base_gain
    if plan.scene.set.kind != "white":
        return develop.to_8_bit(develop.encode_srgb(linear[..., :3] * gain))
    ground = None
    if (shadow := plan.shadows.get(_rig_deg(plan.scene, camera))) is not None:
        ground = develop.ground_light(camera, shadow, feet=plan.feet if plan.scene.set.shadow == "contact" else None)
    return develop.to_8_bit(develop.encode_srgb(develop.over_white(linear, gain, ground)))


def _array(path: Path, name: str) -> np.ndarray:
    with np.load(path, allow_pickle=False) as stored:
        return stored[name]


def _rig_deg(scene: SceneSpec, camera: PlacedCamera) -> float:
    """How far set and lights turn for a camera: with it, where the subject turns on the spot."""
    return camera.azimuth_deg % 360 if scene.turns == "subject" else 0.0


def _write_body(folder: Path, skin: Skin, appearance: AppearanceSpec, pictures: SkinPictures | None) -> dict[str, Any]:
    own = {} if pictures is None else {"corner_uv": skin.uv.astype(np.float32)}
    np.savez(
        folder / "body.npz",
        vertices=skin.vertices.astype(np.float32),
        rest=skin.rest.astype(np.float32),
        quads=skin.quads.astype(np.int32),
        **{f"field_{name}": values.astype(np.float32) for name, values in skin.fields.items()},
        **own,
    )
    lips = appearance.lips.model_dump()
    lips["tint_rgb"] = linear_rgb(lips.pop("tint")).tolist() if appearance.lips.tint else None
    scalp = None if appearance.hair.style == "none" else _under_hair(appearance).tolist()
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
    return {"name": garment.name, "arrays": name, "look": garment.look} | write_surface(
        folder, index, garment.look, garment.weave, garment.print
    )


def _write_eyes(folder: Path, head: Head, skin: Skin, appearance: AppearanceSpec) -> dict[str, Any]:
    np.savez(folder / "eyes.npz", **eye_arrays(head, skin.lids))
    return {"arrays": "eyes.npz", "centres": head.eye_centres.tolist(), **appearance.eyes.model_dump()}


def _write_strands(folder: Path, groom: Groom, appearance: AppearanceSpec) -> list[dict[str, Any]]:
    hair = {"melanin": appearance.hair.melanin, "redness": appearance.hair.redness, "dye_rgb": None}
    if appearance.hair.dye is not None:
        hair["dye_rgb"] = linear_rgb(appearance.hair.dye).tolist()
    requests = []
    for tuft in groom.tufts:
        if not len(tuft.points):
            continue
        name = f"strands-{tuft.name}.npz"
        np.savez(folder / name, points=tuft.points.astype(np.float32), radii=tuft.radii.astype(np.float32))
        plain = {"brows": (_under_hair(appearance) * 0.6).tolist(), "lashes": list(_LASH_RGB)}.get(tuft.name)
        requests.append({"name": tuft.name, "arrays": name, "hair": None if plain else hair, "rgb": plain})
    return requests


def _under_hair(appearance: AppearanceSpec) -> np.ndarray:
    """The dark between hairs of that colour: transmission through a few fibres, by Chiang et al. 2016's absorption of melanin."""
    if appearance.hair.dye is not None:
        return linear_rgb(appearance.hair.dye) * 0.25
    return 0.22 * np.exp(-_EUMELANIN * (0.6 + 3.2 * appearance.hair.melanin))


def _camera_request(camera: PlacedCamera, scene: SceneSpec, head: Head, base_gain: float) -> dict[str, Any]:
    target = gaze_target(scene.gaze, head, camera.position)
    return {
        "name": camera.name,
        "position": camera.position.tolist(),
        "world_from_camera": camera.world_from_camera.tolist(),
        "focal_mm": camera.focal_mm,
        "crop_mm": list(camera.crop_mm),
        "shift": list(camera.shift),
        "size_px": list(camera.size_px),
        "focus_m": camera.focus_m,
        "detail_mm": camera.millimetres_per_pixel,
        "f_number": camera.f_number,
        "gain": camera.gain / base_gain,
        "rig_deg": _rig_deg(scene, camera),
        "gaze": [gaze_rotation(head, eye, target).tolist() for eye in (0, 1)],
    }


def _light_request(light: PlacedLight, base_gain: float) -> dict[str, Any]:
    spec = light.light
    return {
        "name": light.name,
        "shape": spec.shape,
        "size_m": list(spec.size_m),
        "angle_deg": spec.angle_deg,
        "grid_deg": spec.grid_deg,
        "position": light.position.tolist(),
        "aim": light.aim.tolist(),
        "watts": light.watts * base_gain,
        "rgb": light.rgb.tolist(),
        "window": None if light.panes is None else {"vertices": light.panes[0].tolist(), "quads": light.panes[1].tolist()},
    }


def _ambient_request(scene: SceneSpec, base_gain: float) -> dict[str, Any] | None:
    if scene.set.ambient_ev is None:
        return None
    rgb = light_rgb(scene.set.ambient_k, white_balance_k=scene.white_balance_k)
    return {"radiance": irradiance_of_ev(scene.set.ambient_ev) / np.pi * base_gain, "rgb": rgb.tolist()}


def _set_request(spec: StudioSet) -> dict[str, Any]:
    def finish(surface: SurfaceSpec | None) -> dict[str, Any] | None:
        return None if surface is None else {"rgb": linear_rgb(surface.colour).tolist(), "finish": surface.finish}

    return spec.model_dump() | {"backdrop": finish(spec.backdrop), "floor": finish(spec.floor)}


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
