"""Where the flat panels stand before they are sewn: hung before and behind the body, or rolled round a limb. Isometric throughout.

Flat is right for the torso: cylinders round the body with shear were tried and threw panels about. Rolled is right for sleeves: flat
boards over the arm end inside out. Panels keep their shape exactly, so that all strain comes from sewing.
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
#: Space that a rolled panel leaves to the body [m], and how much wider the roll grows while it has none.
ROLL_CLEARANCE_M = 0.004
_ROLL_GROWTH, _ROLL_LIMIT = 1.04, 3.0
#: Sleeves start this much further out along the arm [m]: clear of the armhole that they are pulled to.
SLEEVE_OUT_M = 0.035
#: Room between the two halves of trousers where their crotch extensions would overlap [m].
HALVES_APART_M = 0.012

_HANGS_FROM_SHOULDERS = ("torso", "neck")


@dataclass(frozen=True)
class _Limb:
    """A straight piece of the body that a panel can be rolled round: axis from ``start`` to ``stop``, the panel's middle at ``facing``."""

    start: np.ndarray
    stop: np.ndarray
    facing: np.ndarray

    @property
    def direction(self) -> np.ndarray:
        return (self.stop - self.start) / np.linalg.norm(self.stop - self.start)


def place(pattern: Pattern, mesh: PatternMesh, figure: Figure, *, worn: Sequence[np.ndarray] = ()) -> np.ndarray:
    """Positions of the mesh's vertices round the body in its first pose, world frame [m], shape (V, 3), float64.

    worn: Triangles of the garments that are worn already, shape (F, 3, 3) each.
    Raises StudioError for a landmark that the body does not have, and for a rolled panel that the limb does not fit into.
    """
    placed = np.zeros((len(mesh.flat_m), 3))
    surface = Surface(figure.vertices[0], figure.faces)
    panels = {index: pattern.panel(name) for index, name in enumerate(mesh.panel_names)}
    for index, panel in panels.items():
        mine = np.flatnonzero(mesh.vertex_panel == index)
        local = mesh.flat_m[mine] - np.asarray(panel.placement.at_cm) / 100
        if panel.placement.side == "around":
            placed[mine] = _rolled(panel, local, figure, surface)
        else:
            placed[mine] = _hung(panel, local, figure)
    _stand_off(panels, mesh, [_trunk(figure), *worn], placed)
    _part_halves(panels, mesh, placed)
    return placed


def _hung(panel: Panel, local: np.ndarray, figure: Figure) -> np.ndarray:
    """A flat panel in the body's mid plane (y = 0), as seen from outside: the back's +x is the wearer's right."""
    height = _landmark(panel, figure)[2] + (LIFT_M if panel.placement.region in _HANGS_FROM_SHOULDERS else 0.0)
    sign = 1.0 if panel.placement.side == "front" else -1.0
    return np.stack([sign * local[:, 0], np.zeros(len(local)), height + local[:, 1]], axis=1)


def _trunk(figure: Figure) -> np.ndarray:
    """Triangles of the body without arms and head, shape (F, 3, 3)."""
    trunk = ~(figure.part("left_arm") | figure.part("right_arm") | figure.part("head"))
    return figure.vertices[0][figure.faces[trunk[figure.faces].all(axis=1)]]


def _stand_off(panels: dict[int, Panel], mesh: PatternMesh, covered: Sequence[np.ndarray], placed: np.ndarray) -> None:
    """Move all flat panels of a side, in place, to one plane clear of what they cover: their common seams start closed."""
    body = np.concatenate(covered)
    bottom, top = body[..., 2].min(axis=1), body[..., 2].max(axis=1)
    for side, sign in (("front", -1.0), ("back", 1.0)):
        mine = np.isin(mesh.vertex_panel, [index for index, panel in panels.items() if panel.placement.side == side])
        if not mine.any():
            continue
        low, high = placed[mine, 2].min(), placed[mine, 2].max()
        level = body[(top > low) & (bottom < high)].reshape(-1, 3)
        if not len(level):
            raise StudioError(f"The {side} panels hang between {low:.2f} and {high:.2f} m, where this body is not.")
        placed[mine, 1] = sign * ((sign * level[:, 1]).max() + STAND_OFF_M)


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
    """A panel rolled to a cylinder round its limb, the smallest that clears the body."""
    limb = _limb(panel, figure)
    along = limb.direction
    facing = limb.facing - along * (limb.facing @ along)
    facing /= np.linalg.norm(facing)
    across = np.cross(-along, facing)  # x of the panel at its middle: (across, up the panel, outward) is right-handed
    top = (_landmark(panel, figure) - limb.start) @ along
    if panel.placement.region.endswith("arm"):
        top += SLEEVE_OUT_M
    width = np.ptp(local[:, 0]) / panel.placement.share  # of the whole roll
    radius = width / (2 * np.pi) * 1.02
    while True:
        angle = local[:, 0] / radius
        spoke = np.cos(angle)[:, None] * facing + np.sin(angle)[:, None] * across
        rolled = limb.start + (top - local[:, 1])[:, None] * along + radius * spoke
        if surface.signed_distance(rolled).min() > ROLL_CLEARANCE_M:
            return rolled
        radius *= _ROLL_GROWTH
        if radius > _ROLL_LIMIT * width / (2 * np.pi):
            raise StudioError(
                f"The panel '{panel.name}' is {width * 100:.1f} cm wide, and the {panel.placement.region} does not fit into it."
            )


def _limb(panel: Panel, figure: Figure) -> _Limb:
    side = panel.placement.region.split("_")[0]
    lateral = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
    if panel.placement.region.endswith("arm"):
        return _Limb(figure.joint(f"{side}_shoulder"), figure.joint(f"{side}_elbow"), lateral + np.array([0.0, 0.0, 1.0]))
    if panel.placement.region.endswith("leg"):
        return _Limb(figure.joint(f"{side}_hip"), figure.joint(f"{side}_knee"), lateral)
    top, bottom = ("head", "neck") if panel.placement.region == "neck" else ("spine3", "pelvis")
    centre = figure.joint(bottom) * np.array([0.0, 1.0, 1.0])
    return _Limb(centre + np.array([0.0, 0.0, figure.joint(top)[2] - centre[2]]), centre, np.array([0.0, -1.0, 0.0]))


def _landmark(panel: Panel, figure: Figure) -> np.ndarray:
    name = panel.placement.landmark
    if name not in figure.landmarks:
        raise StudioError(f"The panel '{panel.name}' hangs from '{name}', which this body lacks: {did_you_mean(name, figure.landmarks)}")
    return np.asarray(figure.landmarks[name])
