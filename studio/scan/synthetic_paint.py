"""Colours of a made-up person: skin that varies, hair, brows, lips, eyes, and grey capture clothes. sRGB."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.body.joints import INDEX
from studio.body.model import BodyModel

#: Skin from light to dark, between which a person's tone lies. Chosen by eye near the mid-tones of photographed cheeks.
_SKIN = np.array([[232, 198, 176], [214, 172, 144], [188, 141, 110], [148, 103, 76], [106, 72, 54]], dtype=np.float64)
_HAIR = np.array([[38, 28, 24], [62, 42, 30], [96, 68, 44], [24, 20, 20]], dtype=np.float64)
_IRIS = np.array([[84, 56, 36], [96, 112, 122], [88, 96, 70]], dtype=np.float64)
_GREY = np.array([112.0, 114.0, 118.0])
_SCLERA, _PUPIL = np.array([232.0, 226.0, 220.0]), np.array([16.0, 13.0, 13.0])
_BLUSH = np.array([14.0, -6.0, -5.0])

#: Sizes in the eye [m]: radius of iris and pupil (adult means 5.9 and about 1.8 in bright light).
_IRIS_M, _PUPIL_M = 0.0059, 0.0018


class SmoothField:
    """A smooth random function of space with mean 0 and standard deviation 1 (random Fourier features, Rahimi and Recht 2007)."""

    _TERMS = 48

    def __init__(self, length_m: float, rng: np.random.Generator) -> None:
        """length_m: Distance over which it changes."""
        self._waves = rng.normal(0, 1 / length_m, (self._TERMS, 3))
        self._phases = rng.uniform(0, 2 * np.pi, self._TERMS)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Values at points of shape (N, 3), shape (N,)."""
        total = np.zeros(len(points))
        for wave, phase in zip(self._waves, self._phases, strict=True):
            total += np.cos(points @ wave + phase)
        return total * np.sqrt(2 / self._TERMS)


@dataclass(frozen=True)
class Wardrobe:
    """What decides a person's colours.

    joints: Joints of the rest body [m], shape (55, 3). skin, hair, iris: sRGB, shape (3,).
    waist, hem, bust, neckline: Heights of the edges of shorts and top on the rest body [m]; ``bust`` is infinite without a top.
    """

    joints: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    waist: float
    hem: float
    bust: float
    neckline: float


@dataclass(frozen=True)
class RestSamples:
    """Where samples of the surface lie on the rest body.

    points: [m], shape (N, 3). masks: Regions by name, and parts, each (N,), float64, 0 to 1. arm: Share of skinning weight on arms, (N,).
    """

    points: np.ndarray
    masks: dict[str, np.ndarray]
    arm: np.ndarray

    @classmethod
    def at(cls, model: BodyModel, rest: np.ndarray, faces: np.ndarray, triangles: np.ndarray, barycentric: np.ndarray) -> RestSamples:
        """Samples given by triangle and barycentric coordinates."""
        corners = faces[triangles]

        def between(values: np.ndarray) -> np.ndarray:
            return np.einsum("nk,nk...->n...", barycentric, values[corners])

        masks = {name: between(mask.astype(np.float64)) for name, mask in model.surface.regions.items()}
        for part in ("left_eye", "right_eye"):
            masks[part] = between(model.surface.is_part(part).astype(np.float64))
        return cls(between(rest.astype(np.float64)), masks, between(arm_weight(model.weights)))


def random_wardrobe(joints: np.ndarray, *, top: bool, rng: np.random.Generator) -> Wardrobe:
    """A person's colours, and where the clothes end. joints: Of the rest body [m], shape (55, 3). top: Or shorts alone."""
    tone = rng.uniform(0, len(_SKIN) - 1.001)
    low = int(tone)
    skin = _SKIN[low] + (tone - low) * (_SKIN[low + 1] - _SKIN[low])
    at = {
        name: joints[INDEX[name]].astype(np.float64)
        for name in ("left_hip", "left_knee", "spine1", "spine2", "spine3", "left_collar", "left_shoulder")
    }
    hair = _HAIR[rng.integers(len(_HAIR))] if tone < 2.2 else _HAIR[3]
    return Wardrobe(
        joints=joints.astype(np.float64),
        skin=skin,
        hair=hair,
        iris=_IRIS[rng.integers(len(_IRIS))] if tone < 1.5 else _IRIS[0],
        waist=float(at["spine1"][1] + 0.25 * (at["spine2"][1] - at["spine1"][1])),
        hem=float(at["left_hip"][1] + 0.38 * (at["left_knee"][1] - at["left_hip"][1])),
        bust=float(at["spine2"][1] - 0.02) if top else np.inf,
        neckline=float(at["left_collar"][1] - 0.01),
    )


def arm_weight(weights: np.ndarray) -> np.ndarray:
    """Share of skinning weight on the arms, shape (V,); weights of shape (V, 55)."""
    arms = [
        joint
        for name, joint in INDEX.items()
        if any(word in name for word in ("shoulder", "elbow", "wrist", "index", "middle", "ring", "pinky", "thumb"))
    ]
    return weights[:, arms].sum(axis=1).astype(np.float64)


def cloth_weight(rest: np.ndarray, weights: np.ndarray, wardrobe: Wardrobe) -> np.ndarray:
    """Which vertices of the rest body are under cloth, shape (V,), float64, 0 or 1."""
    return _cloth(rest, arm_weight(weights), wardrobe).astype(np.float64)


def _cloth(points: np.ndarray, arm: np.ndarray, wardrobe: Wardrobe) -> np.ndarray:
    """Shorts, and a top with straps between the neck and the shoulders, shape (N,), bool."""
    x, y = np.abs(points[:, 0]), points[:, 1]
    shoulder = wardrobe.joints[INDEX["left_shoulder"]]
    shorts = (y < wardrobe.waist) & (y > wardrobe.hem) & (arm < 0.5)
    scoop = wardrobe.neckline - np.where(points[:, 2] > 0, 0.6, 0.1) * np.clip(0.075 - x, 0, None)  # deepest in the middle of the front
    strap = (x > 0.055) & (x < 0.055 + 0.35 * shoulder[0])
    top = (y > wardrobe.bust) & (arm < 0.45) & ((y < scoop) | strap) & (x < shoulder[0] * 0.98) & (y < shoulder[1] + 0.12)
    return shorts | top


def paint(samples: RestSamples, wardrobe: Wardrobe, rng: np.random.Generator) -> np.ndarray:
    """sRGB of each sample, shape (N, 3), uint8."""
    points, masks = samples.points, samples.masks
    redness, light, patches = (SmoothField(length, rng)(points) for length in (0.06, 0.12, 0.015))
    colours = (
        wardrobe.skin
        + np.outer(2.2 * light + 1.2 * patches, [1.0, 1.0, 1.0])
        + np.outer(1.8 * redness + _warm(points, wardrobe), _BLUSH / 8)
    )
    colours = _blend(colours, wardrobe.skin * [0.86, 0.6, 0.6], 0.75 * _edge(masks["lips"], 0.45, 0.1))
    colours = _blend(colours, np.minimum(wardrobe.skin * [1.05, 1.0, 1.0] + 8, 245), 0.6 * masks["fingernails"])
    colours = _blend(colours, wardrobe.skin * 0.75, 0.25 * masks["eyelids"])
    strands = 5 * SmoothField(0.003, rng)(points * [1.0, 0.15, 1.0]) + 4 * patches
    hair = wardrobe.hair + strands[:, None]
    colours = _blend(colours, hair, 0.8 * _brows(points, wardrobe))
    colours = _blend(colours, hair, _edge(masks["scalp"] + 0.05 * patches, 0.35, 0.08) * (masks["ears"] < 0.5))
    for side in ("left", "right"):
        colours = _eye(colours, points, masks[f"{side}_eye"], wardrobe, side)
    cloth = _cloth(points, samples.arm, wardrobe)
    weave = 3 * SmoothField(0.002, rng)(points) + 5 * light
    colours[cloth] = _GREY + weave[cloth, None]
    return np.clip(np.round(colours + rng.normal(0, 1.5, colours.shape)), 0, 255).astype(np.uint8)


def _warm(points: np.ndarray, wardrobe: Wardrobe) -> np.ndarray:
    """Where blood shows: cheeks, nose, ears, knees, elbows, knuckles; shape (N,), 0 to about 8."""
    eye, head = wardrobe.joints[INDEX["left_eye"]], wardrobe.joints[INDEX["head"]]
    mirrored = np.abs(points[:, 0])
    cheek = np.array([eye[0] + 0.012, eye[1] - 0.045, eye[2]])
    places = [
        (cheek, 0.022, 5.0),
        (np.array([0.0, eye[1] - 0.035, eye[2] + 0.035]), 0.012, 5.0),
        (np.array([0.085, head[1], head[2]]), 0.02, 4.0),
    ]
    places += [(wardrobe.joints[INDEX[f"left_{name}"]], size, amount) for name, size, amount in (("knee", 0.05, 2.0), ("elbow", 0.04, 2.5))]
    places += [(wardrobe.joints[INDEX[f"left_{finger}2"]], 0.012, 5.0) for finger in ("index", "middle", "ring", "pinky", "thumb")]
    total = np.zeros(len(points))
    for place, size, amount in places:
        offset = np.stack([mirrored - abs(place[0]), points[:, 1] - place[1], points[:, 2] - place[2]], axis=1)
        total += amount * np.exp(-0.5 * (offset**2).sum(axis=1) / size**2)
    return total


def _brows(points: np.ndarray, wardrobe: Wardrobe) -> np.ndarray:
    """Eyebrows above the eyes, shape (N,), 0 to 1."""
    eye = wardrobe.joints[INDEX["left_eye"]]
    across = np.abs(points[:, 0]) - eye[0]
    arch = 0.021 + 0.003 * np.cos(across / 0.016) - 0.1 * np.clip(across - 0.008, 0, None)
    thickness = np.interp(across, [-0.018, -0.012, 0.01, 0.026], [0.0015, 0.0042, 0.0036, 0.0012])
    height = points[:, 1] - eye[1] - arch
    inside = (across > -0.018) & (across < 0.026) & (points[:, 2] > eye[2] - 0.02)
    return inside * np.exp(-0.5 * (height / thickness) ** 4)


def _eye(colours: np.ndarray, points: np.ndarray, mask: np.ndarray, wardrobe: Wardrobe, side: str) -> np.ndarray:
    """White, iris and pupil of an eye that looks straight ahead on the rest body."""
    joint = wardrobe.joints[INDEX[f"{side}_eye"]]
    radius = np.linalg.norm(points[:, :2] - joint[:2], axis=1)
    eye = np.broadcast_to(_SCLERA, colours.shape)
    eye = _blend(eye, wardrobe.iris, _edge(-radius, -_IRIS_M, 0.0006))
    eye = _blend(eye, _PUPIL, _edge(-radius, -_PUPIL_M, 0.0004))
    return _blend(colours, eye, (mask > 0.5).astype(np.float64))


def _edge(value: np.ndarray, at: float, width: float) -> np.ndarray:
    """0 below, 1 above, with a soft edge."""
    return np.clip((value - at) / width + 0.5, 0, 1)


def _blend(below: np.ndarray, above: np.ndarray, share: np.ndarray) -> np.ndarray:
    return below + share[:, None] * (above - below)
