"""Teeth, gums and tongue: what a mouth shows when it opens.

The body model has a tongue, and for either jaw a plain strip where teeth shall be, which follows its shape, skull and jaw. The strip
says where an arch lies and how wide it is; teeth of anatomical size stand along it, each a stack of rounded cross-sections, in gums
with a scalloped margin. An arch is rigid: upper teeth move with the skull, lower ones with the jaw, whatever the lips do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.mesh.closest import Surface
from studio.mesh.subdivide import refine
from studio.shot.figure import Figure
from studio.shot.head import rigid

#: Crowns from the midline to the second molar: width along the arch, depth across it, height [mm] (Nelson and Ash, Wheeler's Dental
#: Anatomy, Physiology and Occlusion, 9th ed., tables 6-1 to 12-2), and inclination, positive where the edge leans out of the mouth
#: [deg] (Andrews 1972, The six keys to normal occlusion).
_UPPER = (
    (8.5, 7.0, 10.5, 7), (6.5, 6.0, 9.0, 3), (7.5, 8.0, 10.0, -7), (7.0, 9.0, 8.5, -7), (7.0, 9.0, 8.5, -7), (10.0, 11.0, 7.5, -9),
    (9.0, 11.0, 7.0, -9),
)  # fmt: skip
_LOWER = (
    (5.0, 6.0, 9.0, -1), (5.5, 6.5, 9.5, -1), (7.0, 7.5, 11.0, -11), (7.0, 7.5, 8.5, -17), (7.0, 8.0, 8.0, -22), (11.0, 10.5, 7.5, -30),
    (10.5, 10.0, 7.0, -35),
)  # fmt: skip
#: How far upper front teeth reach down before the lower ones, and stand before them [m] (Proffit, Contemporary Orthodontics: 1 to 2 mm
#: and 2 to 3 mm are ideal).
_OVERBITE_M, _OVERJET_M = 0.0018, 0.0026
#: The body's strips are wider than an arch of such teeth (measured on the mean body: 69 mm against about 60 between second molars).
_ARCH_OF_STRIP = 0.90
#: Air between front teeth and lips at rest [m]: they all but touch; the strips lie 6 mm behind the lips.
_BEHIND_LIPS_M = 0.0005
#: How deep crowns go on under the gum, and how far gums reach beyond their margin [m].
_ROOT_M, _GUM_M = 0.003, 0.009
#: How far gum fills the gap between two teeth, as a share of the crown (papillae of healthy gums: about half of it).
_PAPILLA = 0.42
_RING, _LOOP = 28, 9


@dataclass(frozen=True)
class MouthPart:
    """A mesh of the mouth. vertices: World [m], (V, 3). quads: (Q, 4). local: Positions that its texture sticks to [m], (V, 3).

    neck: From 0 at the edge of a tooth to 1 at the gum, on gums from 0 at their margin to 1 away from it, (V,).
    """

    vertices: np.ndarray
    quads: np.ndarray
    local: np.ndarray
    neck: np.ndarray


@dataclass(frozen=True)
class _Arch:
    """Where teeth stand, in the rest frame [m].

    front: Edge of the front teeth at the midline. width, depth: Of the arch to the second molars. rise: How much the edges rise
    towards the back. up: Which way the crowns grow out of the gum is -up: +1 for the upper jaw.
    """

    front: np.ndarray
    width: float
    depth: float
    rise: float
    up: float

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Arc length [m] from the midline to the subject's left and points across and backwards, (N,) and (N, 2).

        The beta function of Braun et al. 1998, The form of the human dental arch, equation 1.
        """
        share = np.sin(np.linspace(0, np.pi / 2, 600)) / 2  # dense at the end, where the curve is steep
        depth = self.depth * 3.0314 * ((0.5 + share) * (0.5 - share)) ** 0.8
        points = np.stack([share * self.width, self.depth * (3.0314 * 0.25**0.8) - depth], axis=1)
        return np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))], points


def mouth_parts(figure: Figure) -> dict[str, MouthPart]:
    """The parts ``teeth``, ``gums`` and ``tongue`` of a posed figure; nothing for a body without them."""
    if not len(figure.tongue) or not all(len(strip) for strip in figure.teeth):
        return {}
    teeth, gums = [], []
    for arch, strip, crowns in zip(_arches(figure), figure.teeth, (_UPPER, _LOWER), strict=True):
        rotation, offset = rigid(figure.rest_vertices[strip], figure.vertices[strip])
        for made, parts in zip(_set_of_teeth(arch, crowns), (teeth, gums), strict=True):
            parts.append(MouthPart(made.vertices @ rotation.T + offset, made.quads, made.local, made.neck))
    return {"teeth": _joined(teeth), "gums": _joined(gums), "tongue": _tongue(figure)}


def _arches(figure: Figure) -> tuple[_Arch, _Arch]:
    """Both arches of a figure, from its strips: as wide and deep as they say, moved forward until front teeth all but touch the lips."""
    strips = [figure.rest_vertices[strip] for strip in figure.teeth]
    middle = float(np.mean([strip[:, 0].mean() for strip in strips]))
    upper, lower = strips
    front, back = upper[:, 1].min(), upper[:, 1].max()
    edges = [_edge_height(strip, up) for strip, up in ((upper, 1.0), (lower, -1.0))]
    (bite, rise) = np.mean(edges, axis=0)
    width, depth = _ARCH_OF_STRIP * np.ptp(upper[:, 0]), _ARCH_OF_STRIP * (back - front)
    front -= _room_before(figure, np.array([middle, front, bite]))

    def arch(up: float, over: float, behind: float) -> _Arch:
        edge = np.array([middle, front + behind, bite + over])
        return _Arch(edge, float(width - 2 * behind), float(depth - behind), float(rise * _ARCH_OF_STRIP - over), up)

    return arch(1.0, -_OVERBITE_M / 2, 0.0), arch(-1.0, _OVERBITE_M / 2, _OVERJET_M)


def _edge_height(strip: np.ndarray, up: float) -> tuple[float, float]:
    """Height of a strip's edge at the front [m], and how much it rises to the back [m]."""
    across = np.abs(strip[:, 0] - strip[:, 0].mean())
    front, back = strip[across < 0.35 * across.max()], strip[across > 0.9 * across.max()]
    ends = [part[:, 2].min() if up > 0 else part[:, 2].max() for part in (front, back)]
    return float(ends[0]), float(ends[1] - ends[0])


def _room_before(figure: Figure, front: np.ndarray) -> float:
    """How far front teeth can come forward [m] until they are as near to the closed lips' inner side as teeth are."""
    quads = figure.quads[figure.skin[figure.quads].all(axis=1)]
    surface = Surface(figure.rest_vertices, quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3))
    x, z = np.meshgrid(np.linspace(-0.016, 0.016, 9), np.linspace(-0.007, 0.007, 5))
    start = front + np.stack([x.ravel(), np.zeros(x.size), z.ravel()], axis=1)
    reach, _ = surface.first_hits(start, np.broadcast_to([0.0, -1.0, 0.0], start.shape))
    bulge = 0.35 * x.ravel() ** 2 / 0.016  # the arch falls back from its middle
    air = (reach + bulge)[np.isfinite(reach)]
    return float(np.clip(air.min() - _BEHIND_LIPS_M, 0.0, 0.008)) if len(air) else 0.0


def _set_of_teeth(arch: _Arch, crowns: tuple[tuple[float, ...], ...]) -> tuple[MouthPart, MouthPart]:
    """The teeth of one jaw and their gum in the rest frame: crowns fill the arch, from the midline to both sides."""
    length = arch.curve()[0]
    widths = np.array([crown[0] for crown in crowns])
    scale = 0.985 * length[-1] / widths.sum()  # arches are as long as their teeth are wide, together
    ends = np.r_[0, np.cumsum(widths)] * scale
    teeth, tops = [], []
    for number, (width, depth, height, lean) in enumerate(crowns):
        middle = (ends[number] + ends[number + 1]) / 2
        for side in (1.0, -1.0):
            teeth.append(_placed(arch, _crown(number, arch.up > 0, width, depth, height, scale), middle, side, np.radians(lean)))
        tops.append((middle, height * scale))
    return _joined(teeth), _gum(arch, ends, np.array(tops))


def _at(arch: _Arch, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points on the arch's edge at an arc length to the left and the directions along it there, world axes, (N, 3) each."""
    length, points = arch.curve()
    where = np.stack([np.interp(along, length, points[:, axis]) for axis in (0, 1)], axis=-1)
    nearby = np.stack([np.interp(along - 0.002, length, points[:, axis]) for axis in (0, 1)], axis=-1)
    nearby[along < 0.002] = where[along < 0.002] - [0.002, 0.0]
    onward = where - nearby
    onward /= np.linalg.norm(onward, axis=-1, keepdims=True)
    rise = arch.rise * where[:, 1] / arch.depth
    return arch.front + np.c_[where, rise], np.c_[onward, np.zeros(len(along))]


def _placed(arch: _Arch, crown: MouthPart, along: float, side: float, lean: float) -> MouthPart:
    """A crown, made at the origin (x along the arch, y inwards, z from edge to root), where it stands."""
    (edge,), (onward,) = _at(arch, np.array([along]))
    inward = np.array([-onward[1], onward[0], 0.0])
    root = np.array([0.0, 0.0, arch.up])
    turned = root * np.cos(lean) + inward * np.sin(lean)
    across = np.cross(turned, onward) * arch.up
    vertices = edge + crown.vertices @ np.stack([onward, across, turned])
    vertices = arch.front * [1, 0, 0] + (vertices - arch.front * [1, 0, 0]) * [side, 1, 1]
    flip = side * arch.up < 0
    return MouthPart(vertices, crown.quads[:, ::-1] if flip else crown.quads, crown.local + np.array([3 * along * side, 0, 0]), crown.neck)


def _crown(number: int, upper: bool, width: float, depth: float, height: float, scale: float) -> MouthPart:
    """One tooth as cross-sections from its edge to under the gum, all in [m]. number: From the midline, 0 is the first incisor."""
    front, canine = number < 3, number == 2
    half, deep, tall = (0.5 * scale * value for value in (width, depth, 2 * height))
    share = np.array([0.0, 0.02, 0.07, 0.16, 0.30, 0.48, 0.66, 0.84, 1.0])
    levels = np.r_[share, 1 + _ROOT_M / tall]
    neck = 0.74 if front else 0.82
    if front:
        wide = np.interp(levels, [0, 0.02, 0.07, 0.3, 1, 1.4], [0.74, 0.86, 0.93, 0.99, neck, neck - 0.1])
        wide = wide * np.interp(levels, [0, 0.35], [0.42, 1.0]) if canine else wide
        outer = np.interp(levels, [0, 0.02, 0.3, 0.8, 1, 1.4], [0.30, 0.22, 0.08, 0.0, 0.06, 0.2]) * deep
        inner = np.interp(levels, [0, 0.02, 0.07, 0.5, 1, 1.4], [0.38, 0.46, 0.56, 1.0, 1.9, 1.8]) * deep
    else:
        wide = np.interp(levels, [0, 0.02, 0.07, 0.16, 0.45, 1, 1.4], [0.55, 0.72, 0.85, 0.94, 1.0, neck, neck - 0.1])
        outer = np.interp(levels, [0, 0.02, 0.07, 0.16, 0.6, 1, 1.4], [0.62, 0.42, 0.26, 0.16, 0.0, 0.08, 0.2]) * deep
        inner = np.interp(levels, [0, 0.02, 0.07, 0.16, 0.6, 1, 1.4], [1.40, 1.60, 1.75, 1.86, 2.0, 1.9, 1.8]) * deep
    angle = np.linspace(0, 2 * np.pi, _RING, endpoint=False)
    power = 0.72 if front else 0.66  # superellipse of exponent about 2.8 to 3
    cosine, sine = (np.sign(f(angle)) * np.abs(f(angle)) ** power for f in (np.cos, np.sin))
    x = np.outer(half * wide, cosine)
    y = (outer + inner)[:, None] / 2 + np.outer((inner - outer) / 2, sine)
    z = np.repeat((levels * tall)[:, None], _RING, axis=1)
    corner = 0.0022 if canine else 0.0007 if front and (upper or number) else 0.0004 if front else 0.0
    z += corner * (np.abs(x) / half) ** (1.3 if canine else 4) * np.clip(1 - levels / 0.5, 0, 1)[:, None] ** 2
    if not front:
        z[0] += 0.0012  # the chewing surface is lower than the cusps around it
    vertices = np.concatenate([np.stack([x, y, z], axis=-1).reshape(-1, 3), [[0, y[0].mean(), z[0].mean() + (0.0 if front else 0.0006)]]])
    quads = np.concatenate([_grid(len(levels), _RING), _cap(len(vertices) - 1)])
    return MouthPart(vertices, quads, vertices, np.r_[np.repeat(np.minimum(levels, 1), _RING), 0.0])


def _grid(rings: int, segments: int) -> np.ndarray:
    """Quads between closed rings of vertices, (Q, 4)."""
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(segments), indexing="ij")
    k = (j + 1) % segments
    return np.stack([i * segments + j, i * segments + k, (i + 1) * segments + k, (i + 1) * segments + j], axis=-1).reshape(-1, 4)


def _cap(centre: int) -> np.ndarray:
    """Quads that close the first ring around a middle vertex, each over two segments, (Q, 4)."""
    first = np.arange(0, _RING, 2)
    return np.stack([np.full(len(first), centre), (first + 2) % _RING, first + 1, first], axis=1)


def _gum(arch: _Arch, ends: np.ndarray, tops: np.ndarray) -> MouthPart:
    """The gum of one jaw: a ridge along the arch that covers the necks, scalloped, with a papilla between any two teeth."""
    along = np.linspace(0.0, ends[-1] + 0.001, 260)
    edge, onward = _at(arch, along)
    inward = np.c_[-onward[:, 1], onward[:, 0], np.zeros(len(along))]
    nearest = np.clip(np.searchsorted(ends, along) - 1, 0, len(tops) - 1)
    width = (ends[1:] - ends[:-1])[nearest]
    from_middle = np.abs(along - tops[nearest, 0]) / (width / 2)
    tall = np.interp(along, tops[:, 0], tops[:, 1])
    margin = tall * (1 - _PAPILLA * np.clip(from_middle, 0, 1) ** 3.0) - 0.0004
    depth = np.interp(along, [ends[0], ends[3], ends[5]], [0.007, 0.0085, 0.0105])
    plump = 0.0009 + 0.0006 * np.cos(np.pi * np.clip(from_middle, 0, 1))  # roots stand out, the hollows between them lie back
    rows = []
    for away, out in ((1.0, 0.0005), (0.6, 0.0009), (0.25, 0.0009), (0.06, 0.0004), (0.0, -0.0012)):  # the side of the lips
        rows.append((margin + away * _GUM_M, -(out + plump * away * (1 - 0.5 * away) * 1.4)))
    for away, out in ((0.0, -0.0012), (0.06, 0.0004), (0.4, 0.0012), (1.0, 0.003)):  # the side of the tongue
        rows.append((margin + away * _GUM_M, depth + out))
    loops = [edge + inward * inner[:, None] + np.array([0, 0, arch.up]) * up[:, None] for up, inner in rows]
    half = np.stack(loops, axis=1)
    other = half[::-1] * [-1, 1, 1] + arch.front * [2, 0, 0]
    vertices = np.concatenate([other[:-1], half]).reshape(-1, 3)
    count = len(vertices) // _LOOP
    quads = _grid(count, _LOOP)
    quads = quads[(quads[:, 0] % _LOOP) != _LOOP - 1]  # open towards the jaw's bone
    neck = np.tile([1.0, 0.6, 0.25, 0.06, 0.0, 0.0, 0.06, 0.4, 1.0], count)
    return MouthPart(vertices, quads if arch.up > 0 else quads[:, ::-1], vertices, neck)


def _tongue(figure: Figure) -> MouthPart:
    """The body's own tongue, refined."""
    part = np.zeros(len(figure.vertices), dtype=bool)
    part[figure.tongue] = True
    renumber = np.cumsum(part) - 1
    fine = refine(renumber[figure.quads[part[figure.quads].all(axis=1)]], len(figure.tongue), 2)
    rest = fine(figure.rest_vertices[figure.tongue])
    return MouthPart(fine(figure.vertices[figure.tongue]), fine.quads, rest, np.zeros(len(rest)))


def _joined(parts: list[MouthPart]) -> MouthPart:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return MouthPart(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.quads + start for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.local for part in parts]),
        np.concatenate([part.neck for part in parts]),
    )
