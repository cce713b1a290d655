"""Catchlights: which lights of a scene a camera sees mirrored in either cornea, and how large. Eyes without any look dead.

The cornea is the dome of `studio.shot.eyes.eyeball`, as it is rendered. A light is sampled over its face; a sample is seen where some
point of the dome mirrors it towards the camera, neither lid, nose nor brow is in the way, and the light's own window lets it through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.normals import vertex_normals
from studio.shot.camera import PlacedCamera
from studio.shot.eyes import eyeball, gaze_rotation, gaze_target
from studio.shot.faces import ROUND, face_axes
from studio.shot.head import Head
from studio.shot.lights import PlacedLight, turned
from studio.specs.light import Light
from studio.specs.scene import SceneSpec

#: Samples along one side of a light's face.
_SAMPLES = 7
#: Off the eye, so that a ray does not meet what the lids rest on [m].
_LIFT_M = 0.0004
#: The dome is mirrored up to this distance from its axis, in radii of the iris.
_DOME = 1.0
#: A mirrored ray that misses a light by less than this meets it: half the step between two of the dome's vertices [deg].
_STEP_DEG = 1.2
#: An eye light: this much over the lens [deg], so that it does not stand in the picture, and this wide [cm].
_EYE_LIGHT_OVER_DEG, _EYE_LIGHT_CM = 9.0, 30.0
#: Height of the eyes as a share of the stature (ANSUR II, men and women).
_EYES_AT = 0.935
#: What is smaller than this [mm2] in an iris of 106 mm2 does not enliven it (chosen by eye): the sun's picture, a sliver of a softbox.
_LEAST_MM2 = 0.2
#: Eyes are looked at where a pixel is smaller than this [mm]: an iris is then 6 pixels wide. And from less far aside than this [deg].
_EYES_SEEN_MM, _FACE_SEEN_DEG = 2.0, 50.0


@dataclass(frozen=True)
class Catchlight:
    """A light in an eye. eye: 0 left, 1 right. light: Its name. position: Of its middle on the cornea, world [m], (3,).

    area_mm2: Of the part that is seen. share: Of the light's face that is seen, 0 to 1.
    """

    eye: int
    light: str
    position: np.ndarray
    area_mm2: float
    share: float


@dataclass(frozen=True)
class EyeGlints:
    """What a camera that is near enough sees in the eyes.

    lights: Names of those that left and right eye mirror, the largest first. missing: A light to add where an eye has none.
    """

    lights: tuple[tuple[str, ...], tuple[str, ...]]
    missing: Light | None


def eye_glints(
    camera: PlacedCamera, scene: SceneSpec, lights: Sequence[PlacedLight], head: Head, surface: Surface, *, rig_deg: float
) -> EyeGlints | None:
    """What a camera sees in the eyes; None where it is too far away or sees no face. surface, rig_deg: As for `catchlights`."""
    subject = head.eye_centres.mean(axis=0)
    towards = camera.position - subject
    facing = float(towards @ head.direction([0.0, -1.0, 0.0]) / np.linalg.norm(towards))
    if camera.millimetres_per_pixel > _EYES_SEEN_MM or facing < np.cos(np.radians(_FACE_SEEN_DEG)):
        return None
    target = gaze_target(scene.gaze, head, camera.position)
    gaze = [gaze_rotation(head, eye, target) for eye in (0, 1)]
    found = catchlights(head, surface, lights, camera=camera.position, gaze=gaze, rig_deg=rig_deg)
    seen = [each for each in found if each.area_mm2 > _LEAST_MM2]
    left, right = (tuple(each.light for each in seen if each.eye == eye) for eye in (0, 1))
    place, eyes = turned(np.stack([camera.position, subject]), -rig_deg)
    return EyeGlints((left, right), None if left and right else eye_light(place, eyes))


def catchlights(
    head: Head, surface: Surface, lights: Sequence[PlacedLight], *, camera: np.ndarray, gaze: Sequence[np.ndarray], rig_deg: float = 0.0
) -> tuple[Catchlight, ...]:
    """The catchlights of both eyes for a camera at that world position, the largest first.

    surface: What stands in the way: skin. gaze: world_from_eye of both eyes. rig_deg: How far the lights have turned with the camera.
    """
    shell, _ = eyeball(head.eye_radius)
    dome = shell.radius_share <= _DOME
    normals = vertex_normals(shell.vertices, shell.quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3))[dome]
    found = []
    for eye, world_from_eye in enumerate(gaze):
        points, outward = head.eye_centres[eye] + shell.vertices[dome] @ world_from_eye.T, normals @ world_from_eye.T
        away = camera - points
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        seen = np.isinf(surface.first_hits(points + _LIFT_M * outward, away)[0]) & ((outward * away).sum(axis=1) > 0.05)
        if not seen.any():
            continue
        points, outward, away = points[seen], outward[seen], away[seen]
        mirrored = 2 * (outward * away).sum(axis=1, keepdims=True) * outward - away
        found += [
            light_seen
            for light in lights
            if light.light.role != "background" and (light_seen := _in_eye(eye, light, points, mirrored, surface, rig_deg)) is not None
        ]
    return tuple(sorted(found, key=lambda each: -each.area_mm2))


def eye_light(camera: np.ndarray, subject: np.ndarray) -> Light:
    """The light that a photographer adds where an eye has no catchlight: small, weak, just over the lens. All in the rig's frame [m].

    camera: Its position. subject: Between the eyes.
    """
    away = camera - subject
    level = float(np.hypot(*away[:2]))
    elevation = np.degrees(np.arctan2(away[2], level)) + _EYE_LIGHT_OVER_DEG
    clock = (np.degrees(np.arctan2(away[0], away[1])) / 30.0) % 12.0
    return Light(
        role="fill", name="eye-light", shape="octa", size_cm=_EYE_LIGHT_CM, distance_m=round(min(level, 1.4), 2), clock=round(clock, 2),
        elevation_deg=round(float(elevation), 1), aim=_EYES_AT, stops=-4.0,
    )  # fmt: skip


def _in_eye(eye: int, light: PlacedLight, points: np.ndarray, mirrored: np.ndarray, surface: Surface, rig_deg: float) -> Catchlight | None:
    """One light in what is seen of one cornea: mirrored, the directions that its points send to the camera, (N, 3)."""
    places, angle = _face(light, rig_deg)
    away = places[:, None] - points
    away /= np.linalg.norm(away, axis=2, keepdims=True)
    miss = np.degrees(np.arccos(np.clip((away * mirrored).sum(axis=2), -1, 1)))
    nearest = miss.argmin(axis=1)
    met = miss.min(axis=1) < _STEP_DEG
    at = points[nearest]
    towards = np.take_along_axis(away, nearest[:, None, None], axis=1)[:, 0]
    met &= np.isinf(surface.first_hits(at + _LIFT_M * towards, towards)[0])
    if light.gobo is not None:
        vertices, quads = light.gobo
        wall = Surface(turned(vertices, rig_deg), quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3))
        reach, _ = wall.first_hits(at, towards)
        met &= ~(reach < np.linalg.norm(places - at, axis=1))
    if not met.any():
        return None
    share = float(met.mean())
    # a sphere of radius R mirrors a light of angular size w, w R / 2 wide; here measured: how mirrored rays turn across the dome
    turn = _radius_of_curvature(points, mirrored) / 2
    return Catchlight(eye, light.name, at[met].mean(axis=0), 1e6 * share * angle * turn**2, share)


def _face(light: PlacedLight, rig_deg: float) -> tuple[np.ndarray, float]:
    """Places on a light's face, world, (S, 3), and the solid angle that the face has from where it aims [sr]."""
    axis = light.position - light.aim
    distance = float(np.linalg.norm(axis))
    axis = axis / distance
    spec = light.light
    side, up = face_axes(axis)
    if spec.shape == "sun":
        return turned(light.aim + 1000.0 * axis, rig_deg)[None], np.pi * np.radians(spec.angle_deg / 2) ** 2
    is_round = spec.shape in (*ROUND, "bare", "spot")
    width, height = (spec.size_m[0],) * 2 if is_round else spec.size_m
    u, v = np.meshgrid(*[np.linspace(-0.5, 0.5, _SAMPLES)] * 2)
    inside = np.hypot(u, v) <= 0.5 if is_round else np.full(u.shape, True)
    places = light.position + u[inside][:, None] * width * side + v[inside][:, None] * height * up
    area = width * height * (np.pi / 4 if is_round else 1.0)
    return turned(places, rig_deg), area / distance**2


def _radius_of_curvature(points: np.ndarray, mirrored: np.ndarray) -> float:
    """Of the dome [m]: how far its points lie apart for the angle between what they mirror, which turns twice as fast."""
    middle = int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())
    apart = np.linalg.norm(points - points[middle], axis=1)
    near = (apart > 0.0004) & (apart < 0.0025)
    if not near.any():
        return 0.008
    angle = np.arccos(np.clip(mirrored[near] @ mirrored[middle], -1, 1)) / 2
    return float(np.median(apart[near] / np.maximum(angle, 1e-6)))
