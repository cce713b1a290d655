"""How a garment hangs: hems level or not, front against back, side seams plumb or swinging."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.look.sheet import WornSheet

#: A hem is a closed border that lies level to this share of its own size: necks and armholes lean, hems do not. Chosen.
_LEVEL = 0.35
#: A seam is a side seam where it falls by this share of its length: shoulder seams do not. Chosen.
_FALLS = 0.7


@dataclass(frozen=True, eq=False)
class Opening:
    """A closed border of a garment: a hem, an armhole, a neckline.

    vertices: In order, (N,). flat_m, worn_m: Its length on the pattern and worn. centre: Its middle [m], (3,). regions: Of its panels.
    """

    vertices: np.ndarray
    flat_m: float
    worn_m: float
    centre: np.ndarray
    regions: frozenset[str]


@dataclass(frozen=True)
class HemBalance:
    """spread_mm: Highest less lowest place. front_mm, back_mm, left_mm, right_mm: Height of each quarter over the mean, positive up.
    height_m: Mean above the floor. flat_m, worn_m: Girth on the pattern and worn."""

    name: str
    spread_mm: float
    front_mm: float
    back_mm: float
    left_mm: float
    right_mm: float
    height_m: float
    flat_m: float
    worn_m: float


@dataclass(frozen=True)
class SideSeam:
    """side: left or right of the wearer. forward_mm: How far its lower end lies before its upper end. lean_deg: Of the line between them
    from plumb, seen from the side: positive where the lower end swings forward. length_m: Worn."""

    side: str
    forward_mm: float
    lean_deg: float
    length_m: float


def openings(sheet: WornSheet) -> tuple[Opening, ...]:
    """The closed borders of a garment, longest first."""
    follow = {int(a): int(b) for a, b in sheet.border}
    flat = flat_lengths(sheet)
    region = {}
    for face, panel in zip(sheet.faces.tolist(), sheet.panel.tolist(), strict=True):
        for vertex in face:
            region.setdefault(vertex, set()).add(sheet.pattern.panels[panel].placement.region)
    found, seen = [], set()
    for first in sorted(follow):
        chain = []
        while first not in seen and first in follow:
            seen.add(first)
            chain.append(first)
            first = follow[first]
        if len(chain) < 3 or first != chain[0]:
            continue
        points = sheet.vertices[chain]
        sides = itertools.pairwise([*chain, chain[0]])
        lengths = [flat[min(side), max(side)] for side in sides]
        worn = float(np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).sum())
        named = frozenset(name for vertex in chain for name in region[vertex])
        found.append(Opening(np.array(chain), float(sum(lengths)), worn, points.mean(axis=0), named))
    return tuple(sorted(found, key=lambda opening: -opening.flat_m))


def hems(sheet: WornSheet, found: Sequence[Opening]) -> tuple[HemBalance, ...]:
    """The lower borders of a garment: of the body, or of each leg; sleeves end round the arm and have no level."""
    rows = []
    for opening in found:
        points = sheet.vertices[opening.vertices]
        size = np.ptp(points, axis=0)
        below = opening.centre[2] < np.average(sheet.vertices[sheet.faces].mean(axis=1)[:, 2], weights=sheet.areas_m2)
        if not below or size[2] > _LEVEL * max(size[0], size[1]) or opening.regions & {"left_arm", "right_arm", "neck"}:
            continue
        legs = opening.regions & {"left_leg", "right_leg"}
        rows.append(_balance(f"{next(iter(legs)).split('_')[0]} leg" if len(legs) == 1 else "hem", points, opening))
    return tuple(rows)


def _balance(name: str, points: np.ndarray, opening: Opening) -> HemBalance:
    sides = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1)
    weight = (sides + np.roll(sides, 1)) / 2
    mean = float(np.average(points[:, 2], weights=weight))
    angle = np.arctan2(points[:, 1] - opening.centre[1], points[:, 0] - opening.centre[0])

    def quarter(middle: float) -> float:
        away = np.abs(np.angle(np.exp(1j * (angle - middle))))
        near = away <= max(np.pi / 4, float(away.min()))
        return 1000 * (float(np.average(points[near, 2], weights=weight[near])) - mean)

    return HemBalance(
        name, 1000 * float(np.ptp(points[:, 2])), quarter(-np.pi / 2), quarter(np.pi / 2), quarter(0.0), quarter(np.pi), mean,
        opening.flat_m, opening.worn_m,
    )  # fmt: skip


def side_seams(sheet: WornSheet) -> tuple[SideSeam, ...]:
    """The seams between front and back that fall down the sides; of trousers the outer ones."""
    rows = []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        chains = [chain for chain in _front_to_back(sheet) if sign * (sheet.vertices[chain, 0].mean() - _middle(sheet)) > 0]
        falling = [chain for chain in chains if _fall(sheet.vertices[chain]) > _FALLS]
        if not falling:
            continue
        chain = max(falling, key=lambda chain: sign * sheet.vertices[chain, 0].mean())
        points = sheet.vertices[chain]
        top, bottom = points[points[:, 2].argmax()], points[points[:, 2].argmin()]
        forward = top[1] - bottom[1]  # the subject faces -y
        length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        rows.append(SideSeam(side, 1000 * float(forward), float(np.degrees(np.arctan2(forward, top[2] - bottom[2]))), length))
    return tuple(rows)


def _front_to_back(sheet: WornSheet) -> list[np.ndarray]:
    """Chains of vertices along which a front panel is sewn to a back panel."""
    side = np.array([panel.placement.side for panel in sheet.pattern.panels])[sheet.panel]
    trunk = sheet.of_regions("torso", "waist", "left_leg", "right_leg")
    return seams_between(sheet, trunk & (side == "front"), trunk & (side == "back"))


def seams_between(sheet: WornSheet, one: np.ndarray, other: np.ndarray) -> list[np.ndarray]:
    """Chains of vertices along which some triangles (F,), bool, are joined to others; the first vertex of a ring comes again at its end."""
    ends = np.sort(sheet.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    of = np.repeat(np.arange(len(sheet.faces)), 3)
    edges, index = np.unique(ends, axis=0, return_inverse=True)
    kinds = [np.bincount(index.ravel(), kind[of], minlength=len(edges)) > 0 for kind in (one, other)]
    return chains(edges[kinds[0] & kinds[1]])


def chains(edges: np.ndarray) -> list[np.ndarray]:
    """Edges (E, 2) strung together from end to end where no more than two meet."""
    beside: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    found, used = [], set()
    for first in sorted(beside, key=lambda vertex: (len(beside[vertex]) == 2, vertex)):
        for second in beside[first]:
            chain, before, here = [first], first, second
            while (min(before, here), max(before, here)) not in used:
                used.add((min(before, here), max(before, here)))
                chain.append(here)
                following = [vertex for vertex in beside[here] if vertex != before]
                if len(following) != 1:
                    break
                before, here = here, following[0]
            if len(chain) > 1:
                found.append(np.array(chain))
    return found


def _fall(points: np.ndarray) -> float:
    return float(abs(points[-1, 2] - points[0, 2]) / max(np.linalg.norm(np.diff(points, axis=0), axis=1).sum(), 1e-9))


def _middle(sheet: WornSheet) -> float:
    return float(sheet.vertices[:, 0].min() + sheet.vertices[:, 0].max()) / 2


def flat_lengths(sheet: WornSheet) -> dict[tuple[int, int], float]:
    """Flat length of every edge of the mesh [m], by its ends, the smaller number first; of a seam the last side's."""
    lengths = np.linalg.norm(np.roll(sheet.grain_m, -1, axis=1) - sheet.grain_m, axis=2)
    ends = np.sort(np.stack([sheet.faces, np.roll(sheet.faces, -1, axis=1)], axis=2), axis=2)
    return {(int(a), int(b)): float(length) for (a, b), length in zip(ends.reshape(-1, 2), lengths.ravel(), strict=True)}
