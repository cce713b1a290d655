"""Where the flat panels stand before they are sewn: hung before and behind the body, or rolled round a limb.

Flat is right for the torso: cylinders round the body with shear were tried and threw panels about. Rolled is right for sleeves: flat
boards over the arm end inside out. Flat panels keep their shape exactly, so that all strain comes from sewing. Rolled ones go round the
limb by their share at every height, stretched where they have to be: a long sleeve that kept its shape would cover the outside of the
forearm only, and be sewn together beside the arm (measured on the demo's figure: 3,000 crossings, none when it goes round).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.errors import StudioError, did_you_mean
from studio.garment.meshing import PatternMesh
from studio.garment.pattern import Panel, Pattern
from studio.look.figure import Figure
from studio.mesh.closest import Surface

#: How far flat panels hang off the foremost and hindmost point of what they cover [m]. Less lets sewing start in contact.
STAND_OFF_M = 0.028
#: Panels that hang from the neck or the shoulders start higher by this [m], so that shoulder seams close over the body and not in it.
LIFT_M = 0.02
#: Space that a rolled panel leaves to the body [m]; where it has none it is widened by the second [m], to so many times its own radius.
ROLL_CLEARANCE_M, _WIDEN_M, _ROLL_LIMIT = 0.004, 0.002, 3.0
#: A panel's width is taken at heights so far apart; it is widened together over so much height; a joint turns over so much length [m].
_LEVEL_M, _TOGETHER_M, _BEND_M = 0.015, 0.06, 0.06
#: What is turned over, as a collar over its stand, starts this much outside it [m] and spreads: it sinks by this share of its depth only.
TURNED_OUT_M, TURNED_SINKS = 0.006, 0.3
#: Sleeves start this much further out along the arm [m], less towards the wrist: clear of the armhole that they are pulled to. One whose
#: underarm would begin in the armpit, for its cap is flat, starts farther out.
SLEEVES_OUT_M = (0.035, 0.065, 0.095)
#: Room between the two halves of trousers where their crotch extensions would overlap [m].
HALVES_APART_M = 0.012

_HANGS_FROM_SHOULDERS = ("torso", "neck")
#: Where the panels of each side stand: the axis across them, and which way is out. What lies beside the body are hoods: beside the head.
_SIDES = {"front": (1, -1.0), "back": (1, 1.0), "left": (0, 1.0), "right": (0, -1.0)}


@dataclass(frozen=True, eq=False)
class _Limb:
    """A part of the body that a panel can be rolled round.

    line: Through its middle [m], shape (K, 3); beyond its ends it goes on straight. facing: Where the panel's middle goes, shape (3,).
    """

    line: np.ndarray
    facing: np.ndarray

    @property
    def length(self) -> float:
        """Length of the line [m]: beyond it, at hands and feet, a roll may start inside the body."""
        return float(np.linalg.norm(np.diff(self.line, axis=0), axis=1).sum())

    def place_of(self, point: np.ndarray) -> float:
        """How far along the line's first piece a point lies [m]."""
        first = self.line[1] - self.line[0]
        return float((point - self.line[0]) @ first / np.linalg.norm(first))

    def frames(self, along: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points of the line at places along it [m], and there the directions to the panel's middle and to its +x, shape (N, 3) each."""
        steps = np.diff(self.line, axis=0)
        lengths = np.linalg.norm(steps, axis=1)
        straight, starts = steps / lengths[:, None], np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
        piece = np.clip(np.searchsorted(starts, along, side="right") - 1, 0, len(lengths) - 1)
        direction = straight[piece].copy()
        for joint in range(1, len(lengths)):
            near = np.abs(along - starts[joint]) < _BEND_M
            turned = ((along[near] - starts[joint]) / _BEND_M + 1)[:, None] / 2
            direction[near] = (1 - turned) * straight[joint - 1] + turned * straight[joint]
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        facing = self.facing - direction * (direction @ self.facing)[:, None]
        facing /= np.linalg.norm(facing, axis=1, keepdims=True)
        # (across, up the panel, outward) is right-handed
        return self.line[piece] + (along - starts[piece])[:, None] * straight[piece], facing, np.cross(-direction, facing)


def place(pattern: Pattern, mesh: PatternMesh, figure: Figure, *, worn: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Positions of the mesh's vertices round the body in its first pose, world frame [m], shape (V, 3), float64.

    mesh: Of the pattern or a part of it. worn: Triangles of the garments that are worn already, shape (F, 3, 3) each.
    Raises StudioError for a landmark that the body does not have, and for a rolled panel that the limb does not fit into.
    """
    placed = np.zeros((len(mesh.flat_m), 3))
    surface = Surface(figure.vertices[0], figure.faces)
    panels = {index: pattern.panel(mesh.panel_names[index]) for index in np.unique(mesh.vertex_panel)}
    for index, panel in panels.items():
        mine = np.flatnonzero(mesh.vertex_panel == index)
        local = mesh.flat_m[mine] - np.asarray(panel.placement.at_cm) / 100
        if panel.placement.side == "around":
            placed[mine] = _rolled(panel, local, figure, surface)
        else:
            placed[mine] = _hung(panel, local, figure)
            if panel.placement.region.endswith("leg"):
                placed[mine, 0] += _aside(panel.placement.region, placed[mine, 2], figure)
    _stand_off(panels, mesh, figure, worn, placed)
    _part_halves(panels, mesh, placed)
    return placed


def _hung(panel: Panel, local: np.ndarray, figure: Figure) -> np.ndarray:
    """A flat panel in the body's mid plane (y = 0, beside it x = 0), as seen from outside: the back's +x is the wearer's right."""
    at, flat = _landmark(panel, figure), np.zeros(len(local))
    height = at[2] + local[:, 1] + (LIFT_M if panel.placement.region in _HANGS_FROM_SHOULDERS else 0.0)
    if panel.placement.side in ("left", "right"):
        return np.stack([flat, at[1] + (1.0 if panel.placement.side == "left" else -1.0) * local[:, 0], height], axis=1)
    return np.stack([(1.0 if panel.placement.side == "front" else -1.0) * local[:, 0], flat, height], axis=1)


def _aside(region: str, heights: np.ndarray, figure: Figure) -> np.ndarray:
    """How far a leg stands aside at heights below the crotch, of where it is there [m], shape (N,): its panels hang along it."""
    side = region.split("_")[0]
    line = np.array([figure.joint(f"{side}_{joint}") for joint in ("ankle", "knee", "hip")])
    crotch = float(figure.landmarks["crotch"][2])
    across = np.interp(np.append(np.minimum(heights, crotch), crotch), line[:, 2], line[:, 0])
    return across[:-1] - across[-1]


def _trunk(figure: Figure) -> np.ndarray:
    """Triangles of the body without arms and head, shape (F, 3, 3)."""
    trunk = ~(figure.part("left_arm") | figure.part("right_arm") | figure.part("head"))
    return figure.vertices[0][figure.faces[trunk[figure.faces].all(axis=1)]]


def _head(figure: Figure) -> np.ndarray:
    """Triangles of the head, shape (F, 3, 3)."""
    return figure.vertices[0][figure.faces[figure.part("head")[figure.faces].all(axis=1)]]


def _stand_off(panels: dict[int, Panel], mesh: PatternMesh, figure: Figure, worn: Sequence[np.ndarray], placed: np.ndarray) -> None:
    """Move all flat panels of a side, in place, to one plane clear of what they cover: their common seams start closed."""
    around, beside = np.concatenate([_trunk(figure), *worn]), _head(figure)
    for side, (axis, sign) in _SIDES.items():
        body = around if axis == 1 else beside
        bottom, top = body[..., 2].min(axis=1), body[..., 2].max(axis=1)
        mine = np.isin(mesh.vertex_panel, [index for index, panel in panels.items() if panel.placement.side == side])
        if not mine.any():
            continue
        low, high = placed[mine, 2].min(), placed[mine, 2].max()
        level = body[(top > low) & (bottom < high)].reshape(-1, 3)
        if not len(level):
            raise StudioError(f"The {side} panels hang between {low:.2f} and {high:.2f} m, where this body is not.")
        placed[mine, axis] = sign * ((sign * level[:, axis]).max() + STAND_OFF_M)


def _part_halves(panels: dict[int, Panel], mesh: PatternMesh, placed: np.ndarray) -> None:
    """Shift the panels of the two legs apart, in place, where they overlap in the mid plane."""
    for side in ("front", "back"):
        for region, sign in (("left_leg", 1.0), ("right_leg", -1.0)):
            group = [index for index, panel in panels.items() if panel.placement.side == side and panel.placement.region == region]
            mine = np.isin(mesh.vertex_panel, group)
            if mine.any():
                overlap = HALVES_APART_M / 2 - (sign * placed[mine, 0]).min()
                placed[mine, 0] += sign * max(overlap, 0.0)


def _rolled(panel: Panel, local: np.ndarray, figure: Figure, surface: Surface) -> np.ndarray:
    """A panel laid round its limb at every height by its share, no wider than it is or than it must be to clear the body."""
    for out_m in SLEEVES_OUT_M if panel.placement.region.endswith("arm") else (0.0,):
        rolled = _rolled_at(out_m, panel, local, figure, surface)
        if rolled is not None:
            return rolled
    raise StudioError(
        f"The panel '{panel.name}' is {np.ptp(local[:, 0]) * 100:.1f} cm wide, and the {panel.placement.region} does not fit into it."
    )


def _rolled_at(out_m: float, panel: Panel, local: np.ndarray, figure: Figure, surface: Surface) -> np.ndarray | None:
    """The same so much further out along the limb; None where that does not clear the body."""
    limb = _limb(panel, figure)
    middle, radius = _rounds(local, panel.placement.share)
    angle = (local[:, 0] - middle) / radius + middle[local[:, 1].argmax()] / radius.max()
    folded = local[:, 1] - local[:, 1].min() if panel.placement.turned else np.zeros(len(local))  # distance from the fold
    along = limb.place_of(_landmark(panel, figure)) - local[:, 1] + (1 + TURNED_SINKS) * folded
    if panel.placement.region.endswith("arm"):
        along += out_m * np.clip(1 - along / limb.length, 0.0, 1.0)
        # Not over the hand, which a cuff would cut through as it closes; and not shifted, which would put the cap into the shoulder.
        along = np.where(along > 0, along * min(1.0, limb.length / max(float(along.max()), 1e-9)), along)
    points, facing, across = limb.frames(along)
    spokes = np.cos(angle)[:, None] * facing + np.sin(angle)[:, None] * across
    out = radius + np.sqrt(1 - TURNED_SINKS**2) * folded + (TURNED_OUT_M if panel.placement.turned else 0.0)
    while True:
        rolled = points + out[:, None] * spokes
        tight = (surface.signed_distance(rolled) <= ROLL_CLEARANCE_M) & (along <= limb.length)
        if not tight.any():
            return rolled
        out += _WIDEN_M * _around(along, along[tight])
        if (out - folded).max() > _ROLL_LIMIT * radius.max():
            return None


def _rounds(local: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """For each vertex the panel's middle at its height and the radius at which it goes round by its share [m], shape (V,) each.

    Above its widest place, the underarm points below a sleeve's cap, a panel is laid as there.
    """
    low, high = local[:, 1].min(), local[:, 1].max()
    levels = np.linspace(low, high, max(2, int(np.ceil((high - low) / _LEVEL_M)) + 1))
    near = [local[np.abs(local[:, 1] - level) <= 1.5 * _LEVEL_M, 0] for level in levels]
    sides = np.array([[x.min(), x.max()] for x in near])
    width = sides[:, 1] - sides[:, 0]
    top = np.flatnonzero(width >= 0.97 * width.max()).max()
    sides[top:] = sides[top]
    radius = (sides[:, 1] - sides[:, 0]) / share / (2 * np.pi) * 1.02
    return np.interp(local[:, 1], levels, sides.mean(axis=1)), np.interp(local[:, 1], levels, radius)


def _around(along: np.ndarray, tight: np.ndarray) -> np.ndarray:
    """1 at the heights of tight places, falling to 0 within reach of them, so that rounds stay round and smooth, shape (N,)."""
    levels = np.unique(np.round(tight / _LEVEL_M)) * _LEVEL_M
    return np.clip(1 - np.abs(along[:, None] - levels).min(axis=1) / _TOGETHER_M, 0.0, 1.0)


def _limb(panel: Panel, figure: Figure) -> _Limb:
    region = panel.placement.region
    side, front = region.split("_")[0], np.array([0.0, -1.0, 0.0])
    lateral = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
    if region.endswith("arm"):
        line = [figure.joint(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist")]
        return _Limb(np.array(line), lateral + np.array([0.0, 0.0, 1.0]))
    if region.endswith("leg"):
        return _Limb(np.array([figure.joint(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")]), lateral)
    if region == "neck":  # collars lie in the plane through the front and the back neck point
        before, behind = (np.asarray(figure.landmarks[name]) * [0.0, 1.0, 1.0] for name in ("front_neck", "back_neck"))
        up = np.cross([1.0, 0.0, 0.0], behind - before)
        middle = (before + behind) / 2
        return _Limb(np.array([middle, middle - up / np.linalg.norm(up)]), front)
    pelvis = figure.joint("pelvis") * np.array([0.0, 1.0, 1.0])
    top = np.array([0.0, pelvis[1], figure.joint("spine3")[2]])
    return _Limb(np.array([top, pelvis]), front)


def _landmark(panel: Panel, figure: Figure) -> np.ndarray:
    name = panel.placement.landmark
    if name not in figure.landmarks:
        raise StudioError(f"The panel '{panel.name}' hangs from '{name}', which this body lacks: {did_you_mean(name, figure.landmarks)}")
    return np.asarray(figure.landmarks[name])
