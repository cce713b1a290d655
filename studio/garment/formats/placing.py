"""Where an imported panel goes on any body, from how its file lays it round the file's own.

The file's heights belong to its body, so they are not kept. A garment hangs from one level: the side neck points where it has shoulders,
else the armpits, else the waist. Panels that reach it hang from there, others where their seams meet; sleeves are rolled round the arms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from studio.garment.curves import Point
from studio.garment.formats.laid import Laid, Link, links_of
from studio.garment.formats.parts import Part, hand_of, parts_of, shoulder_edges
from studio.garment.formats.sleeves import place_sleeves
from studio.garment.formats.unlaid import spread
from studio.garment.pattern import Edge, EdgeRef, Panel, Placement, Region

#: Upper edges have their middle above this share of a panel's height: above the crotch curve of trousers. Panels whose tops are this near
#: the highest hang from the waist [cm]: the side gores of the four-panel skirt in the examples lie 3 cm higher than its front.
_TOP_SHARE, _SAME_LEVEL_CM = 0.88, 8.0

#: A seam of a panel with itself closes it round the body where its edges are farther apart than this share of the width; nearer it is a
#: dart. Chosen.
_WRAPS = 0.6

#: A panel whose right side looks this much inward (cosine) is turned over, unless it lies this near to the middle [cm]. Chosen: pieces
#: seen edge on are left as they are.
_INWARD, _NEAR_CM = -0.25, 2.0

_REGIONS: dict[Part, Region] = {"torso": "torso", "band": "waist", "neck": "neck", "hood": "neck"}


@dataclass(frozen=True)
class Placed:
    """panels: With their places, in the file's order. turned: Those that were turned over. remarks: What was guessed or mended."""

    panels: tuple[Panel, ...]
    turned: frozenset[str]
    remarks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Garment:
    """All panels, upright, with what they are and what they are sewn to."""

    panels: dict[str, Laid]
    parts: dict[str, Part]
    links: dict[str, tuple[Link, ...]]


def place_panels(laid: Sequence[Laid], stitches: Sequence[tuple[EdgeRef, EdgeRef]]) -> Placed:
    """Place the panels of a garment. ``stitches`` are pairs of (panel, edge) names; which way they are sewn does not matter here."""
    laid, remark = spread(laid)
    remarks = [remark] if remark else []
    panels = {panel.name: panel for panel in laid}
    parts, guessed = parts_of(panels, links_of(panels, stitches))
    if guessed:
        names = ", ".join(f"'{name}' ({parts[name]})" for name in guessed)
        remarks.append(f"Neither names nor seams tell what these panels are, so their heights decided: {names}.")
    panels, turned = _right_side_out(panels, parts)
    if turned:
        remarks.append(f"The right side of {_listed(sorted(turned))} faced the body; drawn from outside, it is turned over.")
    panels = {name: panel if parts[name] == "arm" else panel.with_up(_up(panel)) for name, panel in panels.items()}
    garment = Garment(panels, parts, links_of(panels, stitches))
    sleeves, placements = place_sleeves({name: panels[name] for name in panels if parts[name] == "arm"}, garment.links, parts)
    garment = replace(garment, panels=panels | sleeves)
    placements |= _place_flat(replace(garment, links=links_of(garment.panels, stitches)), remarks)
    made = tuple(
        Panel(name, panel.outline, placements[name], holes=panel.holes, grain_deg=panel.grain_deg % 180)
        for name, panel in garment.panels.items()
    )
    return Placed(made, frozenset(turned), tuple(remarks))


def _right_side_out(panels: dict[str, Laid], parts: dict[str, Part]) -> tuple[dict[str, Laid], set[str]]:
    """Panels whose right side faces the middle of the limb or trunk they belong to, turned over."""
    groups: dict[str, list[Laid]] = {}
    for name, panel in panels.items():
        groups.setdefault(_group(panel, parts[name]), []).append(panel)
    turned = set()
    for group, members in groups.items():
        centres = np.array([panel.centre for panel in members])
        middle = (centres.min(axis=0) + centres.max(axis=0)) / 2
        middle[0] = 0.0 if group == "trunk" else middle[0]
        for panel in members:
            away = (panel.centre - middle) * ([0.0, 0.0, 1.0] if group.startswith("arm") else [1.0, 0.0, 1.0])  # not along the limb
            distance = float(np.linalg.norm(away))
            if distance > _NEAR_CM and float(panel.normal @ away) < _INWARD * distance:
                turned.add(panel.name)
    return {name: panel.turned_over() if name in turned else panel for name, panel in panels.items()}, turned


def _group(panel: Laid, part: Part) -> str:
    return f"{part} {hand_of(panel)}" if part in ("arm", "leg") else "trunk"


def _up(panel: Laid) -> np.ndarray:
    """The world's up in the panel's plane; its own y axis where it lies level."""
    up = panel.rotation[1, :2]
    return up if np.linalg.norm(up) > 0.2 else np.array([0.0, 1.0])


# -- flat panels -----------------------------------------------------------------------------------------------------------------


def _place_flat(garment: Garment, remarks: list[str]) -> dict[str, Placement]:
    """Placements of all panels but sleeves."""
    flat = [name for name in garment.panels if garment.parts[name] != "arm"]
    landmark, levels = _anchors(garment, flat)
    if flat and not levels:
        landmark, levels = "side_neck", {flat[0]: float(garment.panels[flat[0]].polygon[:, 1].min())}
    _hang_others(garment, flat, levels, remarks)
    placements: dict[str, Placement] = {}
    aside = [name for name in flat if garment.panels[name].faces_aside]
    for name in [*(name for name in levels if name not in aside), *aside]:  # nearest to where it hangs from first
        panel, part = garment.panels[name], garment.parts[name]
        region = f"{hand_of(panel)}_leg" if part == "leg" else _REGIONS.get(part, "waist" if landmark == "waist" else "torso")
        if name in aside:
            side, x = _beside(name, garment, placements)
        elif _goes_round(name, garment, placements):
            side, x = "around", _front_of_roll(name, garment, placements)
        else:
            side, x = _front_or_back(panel), _mid_plane(panel, levels[name])
        placements[name] = Placement(region, side, landmark, (x + 0.0, levels[name] + 0.0))
    return placements


def _anchors(garment: Garment, flat: Sequence[str]) -> tuple[str, dict[str, float]]:
    """The landmark the garment hangs from, and of the panels that reach it the y that goes there."""
    panels, parts = garment.panels, garment.parts
    shouldered = {name: shoulder_edges(panels[name], panels, garment.links[name], parts) for name in flat if parts[name] == "torso"}
    shouldered = {name: edges for name, edges in shouldered.items() if edges}
    if shouldered:
        return "side_neck", {name: max(y for edge in edges for _, y in (edge.start, edge.end)) for name, edges in shouldered.items()}
    lower = [name for name in flat if parts[name] in ("skirt", "leg")]
    torsos = [name for name in flat if parts[name] == "torso"]
    for landmark, names in (("armpit", torsos), ("waist", lower)):
        if names:
            top = max(float(panels[name].world[:, 1].max()) for name in names)
            highest = [name for name in names if panels[name].world[:, 1].max() > top - _SAME_LEVEL_CM]
            return landmark, {name: _upper_edge(name, garment) for name in highest}
    bands = [name for name in flat if parts[name] == "band"]
    landmark, names = ("waist", bands) if bands else ("side_neck", flat)
    return landmark, {name: float(panels[name].polygon[:, 1].min()) for name in names}


def _upper_edge(name: str, garment: Garment) -> float:
    """Mean height of the edges that a band is sewn to, else of those that run across at the panel's top, in its own coordinates [cm]."""
    panel = garment.panels[name]
    low, high = panel.polygon[:, 1].min(), panel.polygon[:, 1].max()
    banded = [link.edge for link in garment.links[name] if garment.parts[link.other] == "band"]
    across = [edge for edge in panel.outline if panel.runs_across(edge) and _y(edge) > low + _TOP_SHARE * (high - low)]
    tops = banded or across
    return float(np.average([_y(edge) for edge in tops], weights=[edge.length for edge in tops])) if tops else float(high)


def _hang_others(garment: Garment, flat: Sequence[str], levels: dict[str, float], remarks: list[str]) -> None:
    """Hang further panels where their seams meet those that hang already, in place; the one with the longest seams first."""
    rest = [name for name in flat if name not in levels]
    while rest:
        seams = {name: [link for link in garment.links[name] if link.other in levels] for name in rest}
        name = max(rest, key=lambda each: math.fsum(link.edge.length for link in seams[each]))
        if seams[name]:
            weights = [link.edge.length for link in seams[name]]
            heights = [_y(link.edge) - _y(link.theirs) + levels[link.other] for link in seams[name]]
            levels[name] = float(np.average(heights, weights=weights))
        else:
            remarks.append(f"The panel '{name}' is sewn to none of the others; it hangs at the height the file lays it at.")
            levels[name] = _laid_level(name, garment, levels)
        rest.remove(name)


def _laid_level(name: str, garment: Garment, levels: dict[str, float]) -> float:
    """The y of a panel that the file lays at the height that the first hung panel hangs from."""
    first = next(iter(levels))
    height = garment.panels[first].lies_at(np.array([[0.0, levels[first]]]))[0, 1]
    panel = garment.panels[name]
    return float((height - panel.translation[1]) / max(panel.rotation[1, 1], 0.2))


def _y(edge: Edge) -> float:
    return float(edge.sample(2)[1, 1])


def _front_or_back(panel: Laid) -> Literal["front", "back"]:
    return "front" if panel.normal[2] >= 0 else "back"


def _mid_plane(panel: Laid, y: float) -> float:
    """The panel's x in the body's mid plane, at a height of it [cm]."""
    across, up = panel.rotation[0, 0], panel.rotation[0, 1]
    return float(-(panel.translation[0] + up * y) / across) if abs(across) > 0.2 else 0.0


def _goes_round(name: str, garment: Garment, placements: dict[str, Placement]) -> bool:
    """Whether a panel covers front and back: sewn to itself behind, or as a band or collar to both fronts and backs or to what does."""
    panel, links = garment.panels[name], garment.links[name]
    middles = [(float(link.edge.sample(2)[1, 0]), float(link.theirs.sample(2)[1, 0])) for link in links if link.other == name]
    if any(abs(a - b) > _WRAPS * panel.width for a, b in middles):
        return True
    if garment.parts[name] not in ("band", "neck"):
        return False
    if any(link.other in placements and placements[link.other].side == "around" for link in links):
        return True
    others = [link.other for link in links if garment.parts[link.other] not in ("arm", garment.parts[name])]
    return len({_front_or_back(garment.panels[other]) for other in others if not garment.panels[other].faces_aside}) == 2


def _front_of_roll(name: str, garment: Garment, placements: dict[str, Placement]) -> float:
    """The x of a rolled panel that comes to the front's middle: amid the edges that are sewn to front panels, round the circle.

    What is sewn to a rolled panel is rolled like it; one that is sewn to none is closed behind.
    """
    panel = garment.panels[name]
    rolled = [link for link in garment.links[name] if link.other in placements and placements[link.other].side == "around"]
    if rolled:
        fronts = [_x(link.edge) - _x(link.theirs) + placements[link.other].at_cm[0] for link in rolled]
        return float(np.average(fronts, weights=[link.edge.length for link in rolled]))
    low, width = float(panel.polygon[:, 0].min()), panel.width
    circle = 0j
    for link in garment.links[name]:
        other = garment.panels[link.other]
        if link.other != name and garment.parts[link.other] != "arm" and not other.faces_aside:
            sign = 1 if _front_or_back(other) == "front" else -1
            turn = 2 * math.pi * (float(link.edge.sample(2)[1, 0]) - low) / width
            circle += sign * link.edge.length * complex(math.cos(turn), math.sin(turn))
    if abs(circle) < 1e-9:
        return low + width / 2
    return low + width * (math.atan2(circle.imag, circle.real) / (2 * math.pi) % 1)


def _beside(name: str, garment: Garment, placements: dict[str, Placement]) -> tuple[Literal["front", "back"], float]:
    """Side and x of a panel that faces left or right: hung in the plane of the front or back, next to what it is sewn to there.

    The two halves of a hood hang behind, their common seam in the middle.
    """
    panel, links = garment.panels[name], garment.links[name]
    lengths = {"front": 0.0, "back": 0.0}
    for link in links:
        if link.other in placements and placements[link.other].side in lengths:
            lengths[placements[link.other].side] += link.edge.length
    side: Literal["front", "back"] = "back" if garment.parts[name] == "hood" or lengths["back"] > lengths["front"] else "front"
    ends: list[Point] = [
        end for link in links if garment.panels[link.other].normal[0] * panel.normal[0] < -0.2 for end in (link.edge.start, link.edge.end)
    ]
    if ends:
        towards_left = panel.normal[0] > 0
        return side, (max if towards_left == (side == "back") else min)(x for x, _ in ends)
    seams = [link for link in links if link.other in placements and placements[link.other].side == side]
    if not seams:
        return side, float(panel.polygon[:, 0].mean())
    places = [_x(link.theirs) - placements[link.other].at_cm[0] for link in seams]
    own = [_x(link.edge) for link in seams]
    weights = [link.edge.length for link in seams]
    return side, float(np.average(np.subtract(own, places), weights=weights))


def _x(edge: Edge) -> float:
    return float(edge.sample(2)[1, 0])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
