"""The bake: from a canvas and a scan to the pictures of the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.progress import Report, silent, within
from studio.specs.fit import Mode
from studio.twin.texture.canvas import Canvas, Texels, texels
from studio.twin.texture.colour import srgb_from_linear
from studio.twin.texture.grain import Grain
from studio.twin.texture.margin import fill_margins
from studio.twin.texture.plan import Plan, make_plan
from studio.twin.texture.relief import corner_tangents, relief_bytes
from studio.twin.texture.sight import CloudSight, Sight

#: Weights below this change no byte.
_NOTHING = 1 / 512
#: A texel of a cloud's texture need not be smaller than so many spacings of its points.
_TEXELS_PER_SPACING = 0.4
#: A normal map that is flat, in bytes.
_FLAT = np.array([128, 128, 255], dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of the outer skin's texels by where their colour comes from: the scan there, the other side, neither. Their sum is 1."""

    covered: float
    mirrored: float
    inpainted: float
    face_covered: float


@dataclass(frozen=True, eq=False)
class Baked:
    """The pictures of a twin's skin, upper row first.

    albedo: sRGB, (S, S, 3), uint8. normal: Tangent space, OpenGL's convention, (S, S, 3), uint8. confidence: 255 where the scan shows the
    place, 128 where its mirror image does, 0 where neither does, (S, S), uint8. shares: See `Shares`. unevenness: Of the light that was
    taken out. baked_px: Side at which the scan was looked at; a cloud's texture is enlarged from there.
    """

    albedo: np.ndarray
    normal: np.ndarray
    confidence: np.ndarray
    shares: Shares
    unevenness: float
    baked_px: int


def bake(canvas: Canvas, sight: Sight, *, mode: Mode, size: int, seed: int = 0, report: Report = silent) -> Baked:
    """Bake a scan's colour to the texture of a twin.

    mode: How the twin was fitted. size: Side of the texture in texels. seed: Of the grain where nothing was seen.
    """
    plan = make_plan(canvas, sight, mode=mode, report=within(report, 0.0, 0.3))
    baked = min(size, _useful_size(canvas, sight)) if isinstance(sight, CloudSight) else size
    painter = _Painter(canvas, sight, plan, baked, Grain(np.random.default_rng(seed)))
    triangles = len(canvas.triangles)
    for part in texels(canvas.uv, baked):
        painter.paint(part)
        report("painting", 0.3 + 0.55 * float(part.triangle[-1]) / triangles)
    report("margins", 0.85)
    shares = painter.shares()
    for picture in (painter.albedo, painter.normal):
        fill_margins(picture, painter.painted.copy())
    pictures = (painter.albedo, painter.normal, painter.confidence)
    if baked != size:
        pictures = tuple(_enlarged(picture, size) for picture in pictures)
    return Baked(*pictures, shares, plan.light.unevenness, baked)


def _useful_size(canvas: Canvas, sight: Sight) -> int:
    """Side of a texture whose texels are smaller than what a cloud resolves: a power of two times 1024."""
    corners = canvas.vertices[canvas.triangles].astype(np.float64)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    flat = np.abs(np.cross(canvas.uv[:, 1] - canvas.uv[:, 0], canvas.uv[:, 2] - canvas.uv[:, 0])).sum() / 2
    wanted = np.sqrt(area / flat) / (_TEXELS_PER_SPACING * sight.spacing)
    return 1024 << int(np.clip(np.ceil(np.log2(max(wanted, 1) / 1024)), 0, 3))


def _enlarged(picture: np.ndarray, size: int) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC))


class _Painter:
    """The pictures while they are painted, part by part."""

    def __init__(self, canvas: Canvas, sight: Sight, plan: Plan, size: int, grain: Grain) -> None:
        self._canvas, self._sight, self._plan, self._grain = canvas, sight, plan, grain
        self._tangents = corner_tangents(canvas)
        self._fields = np.column_stack([plan.gain, plan.fill, plan.own, plan.mirrored, plan.grain, _relief_amount(canvas)])
        self.albedo = np.zeros((size, size, 3), np.uint8)
        self.normal = np.broadcast_to(_FLAT, (size, size, 3)).copy()
        self.confidence = np.zeros((size, size), np.uint8)
        self.painted = np.zeros((size, size), bool)
        self._counts = np.zeros(5)

    def paint(self, part: Texels) -> None:
        """Paint some texels."""
        canvas = self._canvas
        corners = canvas.triangles[part.triangle]
        fields, rest = part.of(self._fields, corners), part.of(canvas.rest, corners)
        gain, fill, own, mirrored, grain, relief = (
            fields[:, 0:3],
            fields[:, 3:6],
            fields[:, 6].copy(),
            fields[:, 7],
            fields[:, 8],
            fields[:, 9],
        )
        colour = fill * self._grain.factors(rest, grain) if (own < 1 - _NOTHING).any() else fill
        helped = np.zeros(len(part), np.float32)
        seen = np.flatnonzero(own > _NOTHING)
        normals = _unit(part.of(canvas.normals, corners))
        bytes_ = np.broadcast_to(_FLAT, (len(part), 3)).copy()
        shown = self._sight.look(_at(part, canvas.vertices, corners, seen), normals[seen], rest[seen])
        own[seen] *= shown.weight
        own[own <= _NOTHING] = 0
        lacking = np.flatnonzero((own < 1 - _NOTHING) & (mirrored > _NOTHING))
        if len(lacking):
            helped[lacking], other = self._other_side(part, corners, lacking, mirrored[lacking])
            colour[lacking] += helped[lacking, None] * (other - colour[lacking])
        colour[seen] += own[seen, None] * (shown.colour * gain[seen] - colour[seen])
        bytes_[seen] = relief_bytes(
            _some(part, seen), self._tangents[part.triangle[seen]], normals[seen], shown.normal, own[seen] * relief[seen]
        )
        row, column = part.row, part.column
        self.albedo[row, column] = srgb_from_linear(colour)
        self.normal[row, column] = bytes_
        self.confidence[row, column] = np.rint(255 * own + 128 * (1 - own) * helped).astype(np.uint8)
        self.painted[row, column] = True
        self._count(corners, own, helped)

    def _other_side(self, part: Texels, corners: np.ndarray, lacking: np.ndarray, mirrored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far the other side helps some texels, and its colour in one's own tone."""
        canvas, some, here = self._canvas, _some(part, lacking), corners[lacking]
        there = canvas.mirror[here]
        paired = (there >= 0).all(axis=1)
        there = np.where(paired[:, None], there, 0)
        normals = _unit(some.of(canvas.normals, there))
        shown = self._sight.look(some.of(canvas.vertices, there), normals, some.of(canvas.rest, there))
        return mirrored * shown.weight * paired, shown.colour * some.of(self._plan.mirrored_gain, here)

    def _count(self, corners: np.ndarray, own: np.ndarray, helped: np.ndarray) -> None:
        outer = self._canvas.outer[corners[:, 0]]
        face = outer & (self._canvas.regions["face"][corners[:, 0]] > 0.5)
        covered, mirrored = own >= 0.5, (own < 0.5) & (helped >= 0.5)
        self._counts += [outer.sum(), (covered & outer).sum(), (mirrored & outer).sum(), face.sum(), (covered & face).sum()]

    def shares(self) -> Shares:
        """What was painted from where, so far."""
        outer, covered, mirrored, face, face_covered = self._counts
        outer, face = max(outer, 1.0), max(face, 1.0)
        return Shares(covered / outer, mirrored / outer, (outer - covered - mirrored) / outer, face_covered / face)


def _relief_amount(canvas: Canvas) -> np.ndarray:
    """Relief is not followed where lids, ears and lips of scan and twin may lie beside each other."""
    amount = np.ones(len(canvas.vertices), np.float32)
    for name, share in (("eyelids", 1.0), ("ears", 0.7), ("inside_mouth", 1.0), ("lips", 0.5), ("scalp", 1.0)):
        amount *= 1 - share * np.clip(canvas.regions[name], 0, 1)
    return amount


def _some(part: Texels, chosen: np.ndarray) -> Texels:
    return Texels(part.row[chosen], part.column[chosen], part.triangle[chosen], part.weights[chosen])


def _at(part: Texels, values: np.ndarray, corners: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return _some(part, chosen).of(values, corners[chosen])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
