"""What a framing shows of a figure and what it wears, and which distance is then sharp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import StudioError
from studio.shot.figure import Figure
from studio.specs.camera import Camera

if TYPE_CHECKING:
    from studio.shot.camera import PlacedCamera

#: The front of the eye lies about this far in front of its centre [m] (axial length 24 mm, Gross anatomy of the adult eye).
EYE_RADIUS_M = 0.012
#: Height of what a detail shows, as a share of the stature (chosen on screen: the part, and enough around it to know where it is).
_DETAIL_HEIGHT = {
    "collar": 0.19, "shoulder": 0.20, "chest": 0.22, "waist": 0.21, "hip": 0.22, "cuff": 0.15, "hem": 0.22, "feet": 0.20,
}  # fmt: skip
#: A hem is where a garment's lowest ring of cloth lies: the points within this of its lowest one before the subject [m].
_HEM_M = 0.06
#: Cloth in this middle share of the picture is what focusing on the garment means.
_MIDDLE = 0.25
_FOCUS_JOINTS = {
    "chest": ("spine3",), "waist": ("pelvis",), "hands": ("left_wrist", "right_wrist"), "feet": ("left_ankle", "right_ankle"),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What a picture is to show. centre: World [m], (3,). height_m: Of the range around it."""

    centre: np.ndarray
    height_m: float


def frame_of(framing: str, figure: Figure, worn: Sequence[np.ndarray] = ()) -> Frame:
    """The frame of a framing. worn: Vertices of garments, innermost first. Raises StudioError for a hem where nothing is worn."""
    if framing.startswith("detail:"):
        detail = framing.removeprefix("detail:")
        return Frame(_detail_centre(detail, figure, worn), _DETAIL_HEIGHT[detail] * figure.body_height)
    low, high = framed_range(figure, framing)
    return Frame(np.array([0.0, 0.0, (low + high) / 2]), high - low)


def framed_range(figure: Figure, framing: str) -> tuple[float, float]:
    """Lowest and highest point of the body that a framing shows [m above the floor]."""

    def height(*names: str) -> float:
        return float(np.mean([figure.joint(name)[2] for name in names]))

    hip, knee = height("left_hip", "right_hip"), height("left_knee", "right_knee")
    shoulder = height("left_shoulder", "right_shoulder")
    bottom = {
        "full": 0.0,
        "three-quarter": knee + 0.35 * (hip - knee),  # cut between knee and mid-thigh, never at a joint
        "half": hip + 0.02 * figure.stature,
        "portrait": shoulder - 0.32 * (shoulder - hip),
    }[framing]
    return bottom, figure.stature


def _detail_centre(detail: str, figure: Figure, worn: Sequence[np.ndarray]) -> np.ndarray:
    """The middle of a detail, world [m], (3,)."""

    def mean(*names: str) -> np.ndarray:
        return np.mean([figure.joint(name) for name in names], axis=0)

    if detail == "hem":
        if not worn:
            raise StudioError("A detail of the hem was asked for, and nothing is worn: dress the twin, or ask for another detail.")
        cloth = worn[-1]
        front = cloth[cloth[:, 1] <= np.median(cloth[:, 1])]
        ring = front[front[:, 2] < front[:, 2].min() + _HEM_M]
        return np.array([ring[:, 0].mean(), ring[:, 1].mean(), ring[:, 2].min() + 0.35 * _DETAIL_HEIGHT["hem"] * figure.body_height])
    if detail == "cuff":
        return mean("right_wrist") + 0.3 * (mean("right_elbow") - mean("right_wrist"))
    if detail == "feet":
        return mean("left_ankle", "right_ankle") * [1, 1, 0] + [0, 0, 0.5 * (_DETAIL_HEIGHT["feet"] - 0.04) * figure.body_height]
    pair = {
        "collar": ("neck",), "shoulder": ("right_shoulder",), "chest": ("spine3",), "waist": ("spine1",), "hip": ("left_hip", "right_hip"),
    }[detail]  # fmt: skip
    return mean(*pair)


def focus_distance(camera: Camera, placed: PlacedCamera, figure: Figure, worn: Sequence[np.ndarray]) -> float:
    """How far along the optical axis it is sharp [m]."""
    focus = camera.focus or ("garment" if camera.detail is not None else "eyes")

    def depth(point: np.ndarray) -> float:
        return float(placed.project(point[None])[0, 2])

    if focus == "garment":
        return _nearest_in_the_middle(placed, worn or [figure.vertices[figure.skin]])
    if focus == "eyes":
        return depth(np.mean([figure.vertices[eyeball].mean(axis=0) for eyeball in figure.eyeballs], axis=0)) - EYE_RADIUS_M
    return depth(np.mean([figure.joint(joint) for joint in _FOCUS_JOINTS.get(focus, (focus,))], axis=0))


def _nearest_in_the_middle(placed: PlacedCamera, surfaces: Sequence[np.ndarray]) -> float:
    """Depth of what lies nearest to the camera in the middle of the picture, or as near to its middle as there is anything [m]."""
    seen = placed.project(np.concatenate(list(surfaces)))
    aside = np.abs(seen[:, :2] / np.array(placed.size_px) - 0.5).max(axis=1)
    middle = seen[aside < max(_MIDDLE / 2, aside.min() + _MIDDLE / 4)]
    return float(np.percentile(middle[:, 2], 2))  # a single vertex that sticks out is not the cloth
