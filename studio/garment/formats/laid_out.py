"""Where the panels of a pattern lie round pygarment's mean body: what a GarmentCode file says of a panel's place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from studio.garment.formats.laid import deg_from_rotation
from studio.garment.pattern import Panel, Pattern

Triple = tuple[float, float, float]

#: Heights of landmarks above the floor on pygarment's mean body [cm], from assets/bodies/mean_all.yaml: stature 171.99, less head 26.33,
#: less waist line 36.89 (bust line 25.69), less hip line 23.48, less crotch 8.81; shoulders 22 degrees below the neck, 36.5 wide; armpits
#: 12.9 below them. Neck, limbs: in the proportions of the same stature (ANSUR II).
HEIGHTS_CM: Mapping[str, float] = MappingProxyType(
    {
        "crown": 172.0, "back_neck": 145.7, "side_neck": 144.5, "front_neck": 140.5, "shoulder": 138.4, "armpit": 125.5, "bust": 120.0,
        "bust_point": 120.0, "underbust": 115.5, "waist": 108.8, "hip": 85.3, "crotch": 76.5, "elbow": 113.0, "wrist": 94.0, "knee": 48.0,
        "ankle": 8.0,
    }
)  # fmt: skip

#: Half the shoulder width [cm], and how far its arms hang below level [degrees] (arm_pose_angle): pygarment's A-pose.
_SHOULDER_CM, _ARM_DEG = 18.2, 45.5

#: How far before and behind the body's middle flat panels hang [cm], as pygarment's programs place them, and sleeves from the arm's.
_FRONT_CM, _BACK_CM, _ARM_CM = 25.0, 20.0, 15.0

#: Room between the halves of trousers [cm].
_APART_CM = 1.0


def lay_out(pattern: Pattern) -> dict[str, tuple[Triple, Triple]]:
    """Translation [cm] and rotation [degrees, about x, then y, then z] of every panel, by name. The body: y up, facing +z, floor at 0."""
    return {panel.name: _sleeve(panel) if panel.placement.region.endswith("arm") else _flat(panel) for panel in pattern.panels}


def _flat(panel: Panel) -> tuple[Triple, Triple]:
    """Before or behind the body; what goes round it hangs before it, as pygarment lays such pieces."""
    back = panel.placement.side == "back"
    x, y = panel.placement.at_cm
    sign = -1.0 if back else 1.0
    aside = 0.0
    if panel.placement.region.endswith("leg"):
        hand = 1.0 if panel.placement.region == "left_leg" else -1.0
        aside = hand * max(_APART_CM / 2 - float((hand * sign * (panel.polygon()[:, 0] - x)).min()), 0.0)
    translation = (aside - sign * x + 0.0, _height(panel) - y, -_BACK_CM if back else _FRONT_CM)
    return translation, (0.0, 180.0 if back else 0.0, 0.0)


def _sleeve(panel: Panel) -> tuple[Triple, Triple]:
    """Beside the arm where its middle goes, its right side outward: over the arm, or before and behind it with half a sleeve."""
    hand = 1.0 if panel.placement.region == "left_arm" else -1.0
    down = np.radians(_ARM_DEG)
    up_arm = np.array([-hand * np.cos(down), np.sin(down), 0.0])
    over = np.array([hand * np.sin(down), np.cos(down), 0.0])
    low, high = panel.polygon()[:, 0].min(), panel.polygon()[:, 0].max()
    turn = 2 * np.pi * panel.placement.share * ((low + high) / 2 - panel.placement.at_cm[0]) / (high - low)
    normal = np.cos(turn) * over + np.sin(turn) * np.cross(up_arm, over)  # as a rolled panel's x goes
    rotation = np.stack([np.cross(up_arm, normal), up_arm, normal], axis=1)
    shoulder = np.array([hand * _SHOULDER_CM, HEIGHTS_CM["shoulder"], 0.0]) + _ARM_CM * normal
    x, y, z = shoulder - rotation[:, :2] @ np.asarray(panel.placement.at_cm)
    return (float(x), float(y), float(z)), deg_from_rotation(rotation)


def _height(panel: Panel) -> float:
    """Height of the landmark a panel hangs from; of the waist for one that this body has not."""
    name = panel.placement.landmark.removeprefix("left_").removeprefix("right_").removesuffix("_left").removesuffix("_right")
    return HEIGHTS_CM.get(name, HEIGHTS_CM["waist"])
