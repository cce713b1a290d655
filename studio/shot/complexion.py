"""Where the skin blushes, shines, darkens or grows hair: fields of 0 to 1 on the vertices of the refined body.

Coarse masks are sampled per vertex and smoothed by subdivision; what a mask cannot hold is a soft spot around a landmark, in head
coordinates (`studio.shot.head`), symmetric in x. Positions and spreads were set by eye on rendered faces.
"""

from __future__ import annotations

import numpy as np

from studio.shot.figure import REGIONS, Figure
from studio.shot.head import Head

#: Where hair begins, as azimuth from the front [deg] and height above the eyes [m]: forehead, temple, sideburn, ear, nape.
HAIRLINE_DEG = (0, 18, 32, 48, 62, 75, 84, 92, 105, 125, 150, 180)
HAIRLINE_M = (0.066, 0.067, 0.066, 0.058, 0.040, 0.006, -0.006, 0.020, 0.020, -0.022, -0.058, -0.070)
#: Height of the crown above the eyes of the head that the hairline was drawn on [m].
_HAIRLINE_TOP_M = 0.125
#: A chest whose sides stand this much farther out than its middle has a bust [m] (between the open body's men and women).
_BUST_M = 0.0165
#: Skin nearer than this to the skull's upright axis is inside the head [m].
_SKULL_INNER_M = 0.045


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """0 below low, 1 above high, a cubic between; low may exceed high to fall instead of rise."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def paint(figure: Figure, head: Head, *, woman: bool = False) -> dict[str, np.ndarray]:
    """Fields on the coarse vertices of a figure, each shape (V,), 0 to 1. Fields that need the refined surface come later.

    woman: Whether she wears a bandeau however flat her chest is; else what the chest's shape says.
    """
    local = head.head_from_rest(figure.rest_vertices)
    p = np.c_[np.abs(local[:, 0]), local[:, 1:]]
    nose, mouth = head.nose, head.mouth
    eye = np.array([0.030, 0.0, 0.0])
    fields = {name: figure.region(name).copy() for name in REGIONS}
    ears, near = fields["ears"], fields["head"]

    def spot(centre: tuple[float, float, float], spread: tuple[float, float, float]) -> np.ndarray:
        return np.exp(-0.5 * (((p - centre) / spread) ** 2).sum(axis=1))

    cheek = spot((0.043, nose[1] + 0.035, nose[2] - 0.002), (0.017, 0.030, 0.015))
    tip = spot((0.0, nose[1], nose[2]), (0.013, 0.016, 0.011))
    chin = spot((0.0, mouth[1], mouth[2] - 0.032), (0.014, 0.020, 0.011))
    fields["blush"] = np.clip(0.85 * cheek + 0.7 * tip + 0.35 * chin + 0.5 * ears, 0, 1)
    fields["undereye"] = spot((eye[0] - 0.003, -0.014, -0.014), (0.012, 0.020, 0.006)) + 0.5 * spot(
        (eye[0] - 0.013, -0.012, 0.0), (0.005, 0.020, 0.009)
    )
    forehead = spot((0.0, nose[1] + 0.01, 0.035), (0.025, 0.05, 0.02))
    bridge = spot((0.0, nose[1], nose[2] + 0.008), (0.010, 0.03, 0.02))
    cheekbone = spot((0.040, nose[1] + 0.035, nose[2] + 0.012), (0.012, 0.03, 0.008))
    fields["oil"] = np.clip(forehead + bridge + 0.6 * cheekbone + 0.5 * chin, 0, 1)
    opening = spot((0.0075, nose[1] + 0.014, nose[2] - 0.007), (0.009, 0.012, 0.007))
    fields["nostril"] = smoothstep(0.25, 0.6, opening) * (1 - fields.pop("outer"))
    fields["knuckle"] = _knuckles(figure)
    fields["scalp"] = _scalp(local, head, near, ears)
    fields["underwear"] = _underwear(figure, woman)
    fields["beard"] = _beard(p, head, near, fields["lips"])
    return fields


def _knuckles(figure: Figure) -> np.ndarray:
    """Where skin is stretched over joints: fingers, elbows, knees; also heels and toes, which carry the body."""
    field = np.zeros(len(figure.vertices))
    for name, joint in zip(figure.joint_names, figure.joints, strict=True):
        finger = name[-1] in "123" and name.split("_")[-1][:-1] in ("index", "middle", "ring", "pinky", "thumb")
        large = name.endswith(("_elbow", "_knee"))
        if finger or large or name.endswith("_foot"):
            spread, strength = (0.009, 1.0) if finger else (0.045, 0.5)
            field = np.maximum(field, strength * np.exp(-0.5 * (np.linalg.norm(figure.vertices - joint, axis=1) / spread) ** 2))
    return field


def bust_height(figure: Figure) -> float | None:
    """Height of the bust in the rest pose [m], or None for a chest without one."""
    height, relief = chest(figure)
    return height if relief > _BUST_M else None


def chest(figure: Figure) -> tuple[float, float]:
    """Height of the chest's most forward place beside the sternum [m], and how far it stands before it [m]."""
    p, across = figure.rest_vertices, np.abs(figure.rest_vertices[:, 0])
    chest, shoulder = figure.joint("spine3", rest=True), figure.joint("left_shoulder", rest=True)
    front = figure.skin & (p[:, 1] < chest[1]) & (p[:, 2] < shoulder[2] - 0.07) & (p[:, 2] > shoulder[2] - 0.30)
    aside, sternum = front & (np.abs(across - 0.085) < 0.025), front & (across < 0.02)
    tip = p[aside][p[aside, 1].argmin()]
    middle = p[sternum][np.abs(p[sternum, 2] - tip[2]) < 0.02]
    return float(tip[2]), float(middle[:, 1].mean() - tip[1]) if len(middle) else 0.0


def _underwear(figure: Figure, woman: bool) -> np.ndarray:
    """Briefs, and a bandeau for a woman or where there is a bust: how far a vertex lies inside their outline [m], negative outside."""
    p = figure.rest_vertices
    torso = figure.skin & (np.abs(p[:, 0]) < 0.75 * np.abs(figure.joint("left_elbow", rest=True)[0]))
    hip = figure.joint("left_hip", rest=True)
    middle = p[torso & (np.abs(p[:, 0]) < 0.012) & (p[:, 2] < hip[2] + 0.05)]
    crotch = middle[:, 2].min()
    across = np.abs(p[:, 0])
    leg = p[:, 2] - (crotch - 0.03 + 0.75 * np.maximum(across - 0.035, 0) * (p[:, 1] < hip[1]) + 0.30 * across * (p[:, 1] >= hip[1]))
    briefs = np.minimum(hip[2] + 0.065 - p[:, 2], leg)
    field = briefs
    bust, relief = chest(figure)
    if woman or relief > _BUST_M:
        field = np.maximum(field, np.minimum(bust + 0.075 - p[:, 2], p[:, 2] - (bust - 0.085)))
    return np.where(torso, field, -1.0)


def _scalp(local: np.ndarray, head: Head, near: np.ndarray, ears: np.ndarray) -> np.ndarray:
    from_centre = local - head.centre
    azimuth = np.degrees(np.abs(np.arctan2(from_centre[:, 0], -from_centre[:, 1])))
    line = np.interp(azimuth, HAIRLINE_DEG, HAIRLINE_M) * head.top / _HAIRLINE_TOP_M
    scalp = smoothstep(-0.006, 0.006, local[:, 2] - line) * (near > 0.3) * (1 - smoothstep(0.02, 0.2, ears))
    scalp[(azimuth < 100) & (local[:, 2] < -0.03)] = 0
    inside = (np.hypot(from_centre[:, 0], from_centre[:, 1]) < _SKULL_INNER_M) & (local[:, 2] < 0.02)
    scalp[inside] = 0  # the throat lies above the nape's hairline
    return scalp


def _beard(p: np.ndarray, head: Head, near: np.ndarray, lips: np.ndarray) -> np.ndarray:
    """The area that is shaved: upper lip, chin, jaw up to the sideburns, the upper throat."""
    nose, mouth = head.nose, head.mouth
    moustache = smoothstep(0.030, 0.022, p[:, 0]) * smoothstep(nose[2] - 0.010, nose[2] - 0.016, p[:, 2])
    moustache *= smoothstep(mouth[2] - 0.010, mouth[2], p[:, 2]) * (p[:, 1] < mouth[1] + 0.035)
    top = np.interp(p[:, 1] - nose[1], [0.0, 0.035, 0.060, 0.085], [mouth[2] - 0.004, mouth[2] + 0.004, mouth[2] + 0.020, mouth[2] + 0.055])
    jaw = smoothstep(0.008, -0.006, p[:, 2] - top) * smoothstep(mouth[2] - 0.105, mouth[2] - 0.075, p[:, 2])
    jaw *= smoothstep(nose[1] + 0.105, nose[1] + 0.085, p[:, 1]) * (near > 0.05)
    return np.clip(np.maximum(moustache, jaw) * (1 - smoothstep(0.1, 0.5, lips)), 0, 1)
