"""The job kind ``render``: one look in one scene through several cameras, with Cycles.

In: ``job.json`` as `studio.shot.plan` wrote it, and its arrays. Out, for each camera: ``linear-<camera>.npz`` (``pixels`` (H, W, 4)
float32, scene-linear Rec.709, upper row first; the fourth channel is the share of the pixel that the subject covers), with a film-like
view also ``view-<camera>.png``. Where ``layers`` are asked for also what `studio.blender.layers` tells apart, ``linear-<camera>.exr``,
and the view in 16 bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from studio.blender.camera import add_camera
from studio.blender.cloth_look import ClothPictures, cloth_detail, cloth_material
from studio.blender.eyes import add_eyes, turn_eyes
from studio.blender.hair import fibre_material, hair_material
from studio.blender.job import Job
from studio.blender.layers import cover_as_alpha, cover_before_white, cover_of_family, parts_of, tell_apart
from studio.blender.light import add_lights, show_white
from studio.blender.meshes import add_mesh, add_object, add_strands, add_texture_coordinates, add_tube
from studio.blender.mouth import add_mouth
from studio.blender.painted import add_painted
from studio.blender.probe import DEVICE_KINDS
from studio.blender.skin import SkinImages, skin_detail, skin_material
from studio.blender.sky import set_world, turn_world
from studio.blender.surroundings.build import add_cards, build_set
from studio.blender.targets import add_targets
from studio.blender.trim import add_trim
from studio.errors import StudioError


def run(job: Job) -> dict[str, Any]:
    """Build, then render all cameras. Facts: device, seconds and processor seconds by camera."""
    request = job.request
    clock = {"start": time.perf_counter()}
    device = configure(request["quality"], device=request["device"], seed=request["seed"])
    _set_view(request["view"])
    rig = add_object("rig", None)
    if request["set"] is not None:
        build_set(job, request["set"], rig)
    add_lights(request["lights"], rig)
    add_cards(request["cards"], rig)
    set_world(job, request["around"])
    others = set(bpy.data.objects)
    turning, coats = _add_subject(job)
    subject = add_object("subject", None)
    for item in set(bpy.data.objects) - others - {subject}:
        item.parent = subject
    add_targets(request.get("targets", []))
    job.progress("built", 0.05)
    seconds, cpu_seconds = {"build": time.perf_counter() - clock["start"]}, {}
    cameras = request["cameras"]
    for index, camera in enumerate(cameras):
        started, started_cpu = time.perf_counter(), time.process_time()
        if turning:
            turn_eyes(turning, camera["gaze"], request["eyes"]["centres"])
        for coat in coats:
            coat.suit(camera["detail_mm"])
        rig.rotation_euler = (0.0, 0.0, math.radians(camera["rig_deg"]))
        turn_world(camera["rig_deg"])
        _shoot(job, camera, request, subject)
        seconds[camera["name"]] = time.perf_counter() - started
        cpu_seconds[camera["name"]] = time.process_time() - started_cpu
        job.progress(f"photographed {camera['name']}", 0.05 + 0.85 * (index + 1) / len(cameras))
    return {
        "device": device,
        "seconds": {key: round(value, 3) for key, value in seconds.items()},
        "cpu_seconds": {key: round(value, 3) for key, value in cpu_seconds.items()},
    }


def configure(quality: dict[str, Any], *, device: str, seed: int) -> str:
    """Set Cycles up. Returns the device that it will use."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.samples = quality["samples"]
    cycles.use_adaptive_sampling = True
    cycles.adaptive_threshold = quality["threshold"]
    cycles.adaptive_min_samples = quality["min_samples"]
    cycles.seed = seed
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = quality["prefilter"]
    cycles.denoising_quality = quality["denoise"]
    cycles.max_bounces = quality["bounces"]
    cycles.diffuse_bounces = min(quality["bounces"], 3)
    cycles.glossy_bounces = min(quality["bounces"], 4)
    cycles.transmission_bounces = min(quality["bounces"], 6)
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    scene.cycles_curves.shape = "RIBBONS"
    scene.cycles_curves.subdivisions = 2
    scene.render.use_persistent_data = True
    scene.render.threads_mode = "AUTO"
    scene.render.dither_intensity = 0.0
    return _choose_device(device)


def _choose_device(wanted: str) -> str:
    """The first kind of card that is there, one backend enumerated at a time; or the processor."""
    cycles = bpy.context.scene.cycles
    cycles.device = "CPU"
    if wanted == "cpu":
        return "cpu"
    preferences = bpy.context.preferences.addons["cycles"].preferences
    for kind in DEVICE_KINDS:
        try:
            found = [device for device in preferences.get_devices_for_type(kind) or () if device.type == kind]
        except (ValueError, TypeError, RuntimeError):
            continue
        if found:
            preferences.compute_device_type = kind
            for device in preferences.devices:
                device.use = device.type == kind and device.id == found[0].id
            cycles.device = "GPU"
            return f"{kind.lower()}: {found[0].name}"
    if wanted == "gpu":
        raise StudioError("A graphics card was asked for, and Cycles finds none that it can use; ask for the device cpu or auto.")
    return "cpu"


def _set_view(view: dict[str, Any]) -> None:
    """The view transform for pictures that Blender itself turns into display values."""
    scene = bpy.context.scene
    scene.display_settings.display_device = "sRGB"
    scene.view_settings.view_transform = {"standard": "Standard", "agx": "AgX", "filmic": "Filmic"}[view["transform"]]
    look = {"low": "Low Contrast", "base": None, "medium-high": "Medium High Contrast", "high": "High Contrast"}[view["contrast"]]
    if look is not None and view["transform"] != "standard":
        prefix = "AgX - " if view["transform"] == "agx" else ""
        scene.view_settings.look = prefix + look


def _add_subject(job: Job) -> tuple[list[bpy.types.Object], list[Coat]]:
    """Body, eyes, hairs and garments. Returns the objects that turn with the gaze, and what depends on the size of a pixel."""
    request = job.request
    turning: list[bpy.types.Object] = []
    coats = []
    if (body := request["body"]) is not None:
        arrays = job.arrays(body["arrays"])
        attributes = {key[6:]: value for key, value in arrays.items() if key.startswith("field_")}
        attributes["rest_co"] = arrays["rest"]
        item = add_mesh("body", arrays["vertices"], arrays["quads"], attributes=attributes)
        coat = partial(skin_material, body["skin"], body["lips"], body["scalp_rgb"])
        if (pictures := body.get("pictures")) is not None:
            add_texture_coordinates(item, arrays["corner_uv"])
            coat = partial(coat, pictures=SkinImages.load({role: job.inside(name) for role, name in pictures.items()}))
        coats.append(Coat(item, coat, skin_detail))
    if request["eyes"] is not None:
        turning = add_eyes(job.arrays(request["eyes"]["arrays"]), request["eyes"])
    if (mouth := request.get("mouth")) is not None:
        add_mouth(job.arrays(mouth["arrays"]))
    for strands in request["strands"]:
        arrays = job.arrays(strands["arrays"])
        material = fibre_material(strands["name"], strands["rgb"]) if strands["rgb"] else hair_material()
        add_strands(strands["name"], arrays["points"], arrays["radii"], material, absorption=arrays.get("absorption"))
    if request["tie"] is not None:
        add_tube("tie", np.array(request["tie"]), 0.0032, fibre_material("tie", [0.012, 0.012, 0.013]))
    for garment in request["garments"]:
        if "materials" in garment:
            add_painted(job, garment)
            continue
        arrays = job.arrays(garment["arrays"])
        corners = {key[7:]: value for key, value in arrays.items() if key.startswith("corner_")}
        item = add_mesh(garment["name"], arrays["vertices"], arrays["faces"], corners=corners)
        add_texture_coordinates(item, corners["pattern"][..., :2])
        coat = partial(cloth_material, garment["name"], garment["look"], pictures=ClothPictures.load(job, garment))
        coats.append(Coat(item, coat, partial(cloth_detail, garment["look"])))
        if garment["trim"] is not None:
            add_trim(job, garment)
    return turning, coats


class Coat:
    """The materials of one object, one for each degree of detail: made when a camera first wants it."""

    def __init__(self, item: bpy.types.Object, make: Callable[[str], bpy.types.Material], detail: Callable[[float], str]) -> None:
        self._item, self._make, self._detail = item, make, detail
        self._made: dict[str, bpy.types.Material] = {}

    def suit(self, pixel_mm: float) -> None:
        """Wear the material for pixels of that size."""
        detail = self._detail(pixel_mm)
        if detail not in self._made:
            self._made[detail] = self._make(detail)
        materials = self._item.data.materials
        if not materials:
            materials.append(self._made[detail])
        elif materials[0] != self._made[detail]:
            materials[0] = self._made[detail]


def _shoot(job: Job, camera: dict[str, Any], request: dict[str, Any], subject: bpy.types.Object) -> None:
    """Render one camera and store its scene-linear pixels, with the subject's cover as their fourth channel, and layers where asked."""
    scene = bpy.context.scene
    scene.camera = add_camera(camera)
    scene.render.resolution_x, scene.render.resolution_y = camera["size_px"]
    cover, store_layers = partial(cover_of_family, subject) if subject.children else None, None
    if request["set"] is not None and request["set"]["kind"] == "white":
        show_white(1.0 / camera["gain"])
        cover = partial(cover_before_white, 1.0 / camera["gain"])
    if cover is not None:
        layers = cover_as_alpha(cover)
        store_layers = tell_apart(job, layers, parts_of(request)) if request["layers"] else None
    pixels, exr = _render(job)
    job.save(f"linear-{camera['name']}.npz", pixels=pixels)
    if store_layers is not None:
        store_layers(camera["name"])
        _save_linear(job, camera, pixels)
    if request["view"]["transform"] != "standard":
        _show(camera, pixels, exr)
        _save_view(exr, job.output(f"view-{camera['name']}.png"), bits="8")
        if request["layers"]:
            _save_deep_view(job, camera, exr)
    bpy.data.images.remove(exr)


def _save_linear(job: Job, camera: dict[str, Any], pixels: np.ndarray) -> None:
    """The scene-linear picture as ``linear-<camera>.exr``: 16-bit floats, exposed so that 1.0 is display white."""
    height, width, _ = pixels.shape
    image = bpy.data.images.new("linear", width, height, alpha=True, float_buffer=True)
    exposed = pixels[::-1] * np.array([*[camera["gain"]] * 3, 1.0], dtype=np.float32)
    image.pixels.foreach_set(np.ascontiguousarray(exposed).ravel())
    settings = bpy.context.scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth, settings.exr_codec = "OPEN_EXR", "RGBA", "16", "ZIP"
    image.save_render(str(job.output(f"linear-{camera['name']}.exr")), scene=bpy.context.scene)
    bpy.data.images.remove(image)


def _show(camera: dict[str, Any], pixels: np.ndarray, exr: bpy.types.Image) -> None:
    """Put opaque pixels into the image, and the camera's exposure into the view."""
    opaque = pixels[::-1].copy()
    opaque[..., 3] = 1.0
    exr.pixels.foreach_set(opaque.ravel())
    bpy.context.scene.view_settings.exposure = math.log2(camera["gain"])


def _save_view(exr: bpy.types.Image, path: Path, *, bits: str) -> None:
    """The picture as the view transform shows it, as a PNG."""
    scene = bpy.context.scene
    scene.render.dither_intensity = 1.0 if bits == "8" else 0.0  # smooth walls would show steps in 8 bits
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGB", bits
    exr.save_render(str(path), scene=scene)
    scene.render.dither_intensity = 0.0


def _save_deep_view(job: Job, camera: dict[str, Any], exr: bpy.types.Image) -> None:
    """The view's code values as 16-bit numbers, ``view-<camera>.npz``: ``pixels`` (H, W, 3), upper row first."""
    path = Path(job.folder) / "deep.png"
    _save_view(exr, path, bits="16")
    shown = bpy.data.images.load(str(path))
    shown.colorspace_settings.name = "Non-Color"
    width, height = shown.size
    flat = np.empty(width * height * 4, dtype=np.float32)
    shown.pixels.foreach_get(flat)
    values = flat.reshape(height, width, 4)[::-1, :, :3]
    job.save(f"view-{camera['name']}.npz", pixels=(values * 65535 + 0.5).astype(np.uint16))
    bpy.data.images.remove(shown)
    path.unlink()


def _render(job: Job) -> tuple[np.ndarray, bpy.types.Image]:
    """Render the scene's camera. Returns pixels (H, W, 4), upper row first, and the image that Blender read back."""
    scene = bpy.context.scene
    path = Path(job.folder) / "render.exr"
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth, settings.exr_codec = "OPEN_EXR", "RGBA", "32", "NONE"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    width, height = image.size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    path.unlink()
    return np.ascontiguousarray(pixels.reshape(height, width, 4)[::-1]), image
