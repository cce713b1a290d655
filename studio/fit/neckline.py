"""How wide a garment is round the neck: along the seam of its collar, or round its opening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.fit.balance import Opening, flat_lengths, seams_between
from studio.look.sheet import WornSheet

#: A neckline leans by no more than this share of its own size; a hood's opening goes round the face and stands up. Chosen.
_LEANS = 0.8
#: It goes round the neck no lower than this under where the neck is slimmest [m].
_BELOW_M = 0.25


@dataclass(frozen=True)
class Neckline:
    """name: ``neck seam`` of a collar, or ``neck opening``. flat_m, worn_m: Its length on the pattern and worn."""

    name: str
    flat_m: float
    worn_m: float


def neckline(sheet: WornSheet, borders: Sequence[Opening], neck: np.ndarray) -> Neckline | None:
    """The neckline of a garment; None where it has none. neck: Where the neck is slimmest [m], (3,)."""
    return _collar_seam(sheet) or _opening(sheet, borders, neck)


def _collar_seam(sheet: WornSheet) -> Neckline | None:
    """The seam along which a collar or its stand, a panel that is laid round the neck, is sewn to the body."""
    around = np.array([panel.placement.region == "neck" and panel.placement.side == "around" for panel in sheet.pattern.panels])
    found = seams_between(sheet, around[sheet.panel], sheet.of_regions("torso"))
    if not found:
        return None
    flat = flat_lengths(sheet)
    lengths = [sum(flat[min(a, b), max(a, b)] for a, b in zip(chain[:-1].tolist(), chain[1:].tolist(), strict=True)) for chain in found]
    longest = int(np.argmax(lengths))
    return Neckline("neck seam", lengths[longest], float(np.linalg.norm(np.diff(sheet.vertices[found[longest]], axis=0), axis=1).sum()))


def _opening(sheet: WornSheet, borders: Sequence[Opening], neck: np.ndarray) -> Neckline | None:
    """The longest border that goes round the neck."""
    for border in borders:
        points = sheet.vertices[border.vertices]
        width = float(np.ptp(points[:, 0]))
        limbs = border.regions & {"left_arm", "right_arm", "left_leg", "right_leg"}
        if limbs or np.ptp(points[:, 2]) > _LEANS * width or points[:, 2].max() < neck[2] - _BELOW_M:
            continue
        angles = np.unwrap(np.arctan2(points[:, 1] - neck[1], points[:, 0] - neck[0]))
        if np.linalg.norm((points.mean(axis=0) - neck)[:2]) < 0.5 * width and abs(angles[-1] - angles[0]) > np.pi:
            return Neckline("neck opening", border.flat_m, border.worn_m)
    return None
