"""What an exported twin is made of: skin with the twin's own textures where it has them, mouth, eyes with a painted iris, teeth."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from studio.body.surface import BodySurface
from studio.specs.appearance import AppearanceSpec, Eyes, Iris, load_appearance
from studio.specs.base import validate
from studio.store import Asset
from studio.twin.twin import Twin

#: Textures of a twin asset by role: base colour in sRGB, and tangent-space normals with green up (OpenGL, as glTF and USD want it).
ALBEDO, NORMAL = "albedo.png", "normal.png"

#: Width of the iris [m]: horizontal visible iris diameter 11.7 mm, Rüfer et al. 2005.
_IRIS_M = 0.0117
#: The eye's image reaches this much beyond the eyeball's outline, so that filtering at its rim finds white.
_RIM = 1.04
_EYE_PX = 512  # 200 pixels across the iris: finer than a portrait of 4,000 pixels shows it
#: Dark and light fibres of the irises, linear Rec.709: those that the studio's own renderer uses (``studio.blender.eyes``).
_FIBRES: dict[Iris, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "dark": ((0.016, 0.008, 0.005), (0.042, 0.020, 0.011)),
    "brown": ((0.035, 0.014, 0.006), (0.110, 0.048, 0.018)),
    "hazel": ((0.045, 0.028, 0.010), (0.145, 0.095, 0.038)),
    "green": ((0.050, 0.055, 0.028), (0.160, 0.150, 0.075)),
    "blue": ((0.070, 0.130, 0.200), (0.260, 0.360, 0.440)),
    "grey": ((0.090, 0.110, 0.130), (0.300, 0.330, 0.350)),
}
#: Albedos of the white of the eye near the iris and at the rim, of teeth (chosen by eye; the first two as in ``studio.blender.eyes``).
_WHITE, _WHITE_RIM, _TEETH = (0.62, 0.57, 0.54), (0.50, 0.34, 0.30), (0.66, 0.60, 0.50)
#: Blood under thin skin: factors on the skin's albedo (the mouth of ``studio.blender.skin``).
_MOUTH = (0.45, 0.20, 0.20)
_ROUGHNESS = {"skin": 0.5, "mouth": 0.35, "eyes": 0.08, "teeth": 0.25}  # oil, saliva and tears shine (chosen by eye)
_FIBRE_COUNT, _FIBRE_SEED = 180, 1


@dataclass(frozen=True)
class Image:
    """An image file in memory. name: Without suffix. data: Its bytes, PNG."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Material:
    """A metallic-roughness material, not metallic. colour: Albedo, linear Rec.709, used where there is no image. normal: Tangent space."""

    name: str
    colour: tuple[float, float, float]
    roughness: float
    image: Image | None = None
    normal: Image | None = None


def materials(asset: Asset, twin: Twin) -> tuple[tuple[Material, ...], np.ndarray]:
    """The materials of a twin on the open body, and the number of each quad's material, shape (Q,)."""
    surface = twin.model.surface
    assert surface is not None
    appearance = _appearance(twin)
    red, green, blue = appearance.skin.albedo
    mouth = (red * _MOUTH[0], green * _MOUTH[1], blue * _MOUTH[2])
    made_of = (
        Material("skin", (red, green, blue), _ROUGHNESS["skin"], _texture(asset, ALBEDO), _texture(asset, NORMAL)),
        Material("mouth", mouth, _ROUGHNESS["mouth"]),
        Material("eyes", _WHITE, _ROUGHNESS["eyes"], Image("eyes", paint_eye(appearance.eyes))),
        Material("teeth", _TEETH, _ROUGHNESS["teeth"]),
    )
    return made_of, _material_of(surface)


def _material_of(surface: BodySurface) -> np.ndarray:
    part = np.array(surface.parts)[surface.part[surface.quads[:, 0]]]
    inside = surface.regions["inside_mouth"][surface.quads].min(axis=1) > 0.5
    return np.select(
        [np.isin(part, ("left_eye", "right_eye")), np.isin(part, ("upper_teeth", "lower_teeth")), (part == "tongue") | inside], [2, 3, 1], 0
    )


def _appearance(twin: Twin) -> AppearanceSpec:
    """The twin's appearance with the skin tone that was read from its scan."""
    own = twin.appearance
    preset = validate(AppearanceSpec, dict(own), source=f"appearance of {twin.ref}") if isinstance(own, Mapping) else load_appearance(own)
    if twin.melanin is None:
        return preset
    return preset.model_copy(update={"skin": preset.skin.model_copy(update={"melanin": min(max(float(twin.melanin), 0.0), 1.0)})})


def _texture(asset: Asset, role: str) -> Image | None:
    if role not in asset.manifest.files:
        return None
    return Image(role.removesuffix(".png"), asset.path(role).read_bytes())


def eye_uv(vertices: np.ndarray) -> np.ndarray:
    """Texture coordinates of one eyeball's vertices (N, 3), SMPL-X axes, for the image of `paint_eye`, shape (N, 2).

    The eye is seen from the front along its gaze, +z in the bind pose, so that the iris is round; the back half lies on the rim.
    """
    from_centre = vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    radius = np.linalg.norm(from_centre, axis=1).max()
    flat = from_centre[:, :2] / (radius * _RIM)
    across = np.linalg.norm(flat, axis=1, keepdims=True)
    rim = np.divide(flat, across, out=np.zeros_like(flat), where=across > 0) / _RIM
    return 0.5 + 0.5 * np.where(from_centre[:, 2:] > 0, flat, rim)


def paint_eye(eyes: Eyes, *, radius_m: float = 0.0157) -> bytes:
    """A PNG of one eye from the front: white, iris with fibres and dark limbus, pupil; the middle of the image is the gaze.

    radius_m: Of the eyeball; the open body's is 15.3 to 16.0 mm, made to fit its lids.
    """
    from PIL import Image as Picture

    at = (np.arange(_EYE_PX) + 0.5) / _EYE_PX * 2 - 1
    x, y = np.meshgrid(at, -at)
    across, angle = np.hypot(x, y), np.arctan2(y, x)
    share = across * _RIM * radius_m / (_IRIS_M / 2)
    dark, light = (np.array(colour) for colour in _FIBRES[eyes.iris])
    fibres = _fibres(angle, share)[..., None]
    iris = dark + (light - dark) * fibres
    iris = _mix(iris, dark * 0.18, _ramp(share, 0.70, 1.0) * 0.9)  # limbal ring
    iris = _mix(iris, np.full(3, 0.002), _ramp(share, eyes.pupil + 0.035, eyes.pupil))
    white = _mix(np.array(_WHITE), np.array(_WHITE_RIM), _ramp(share, 1.15, 2.3))
    white = _mix(white, np.array((0.16, 0.13, 0.12)), _ramp(share, 1.16, 0.98) * 0.85)
    colour = _mix(white, iris, _ramp(share, 1.03, 0.97))
    encoded = np.where(colour <= 0.0031308, colour * 12.92, 1.055 * np.maximum(colour, 0.0031308) ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    file = io.BytesIO()
    Picture.fromarray(np.round(np.clip(encoded, 0, 1) * 255).astype(np.uint8)).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _fibres(angle: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Brightness 0 to 1 of radial fibres, two layers that shift against each other with the radius."""
    rng = np.random.default_rng(_FIBRE_SEED)
    total = np.zeros_like(angle)
    for count, weight in ((_FIBRE_COUNT, 0.4), (_FIBRE_COUNT // 3, 0.6)):
        values = rng.uniform(0, 1, count)
        turn = (angle / (2 * np.pi) % 1 + 0.006 * np.sin(9 * share)) * count
        total += weight * np.interp(turn % count, np.arange(count + 1), np.append(values, values[0]))
    return np.clip((total - 0.25) / 0.5, 0, 1)


def _ramp(value: np.ndarray, start: float, stop: float) -> np.ndarray:
    """0 at start, 1 at stop, straight between; start may exceed stop."""
    return np.clip((value - start) / (stop - start), 0, 1)


def _mix(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    return a + (b - a) * share[..., None]
