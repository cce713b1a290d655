"""Hair styles. Each grows all strands at once, point by point: a direction that remembers, is combed, falls, and is held off the skin.

Head coordinates throughout: metres of an average head, origin between the eyes, x to the subject's left, y backwards, z up.
The weights and distances were found by rendering and looking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.shot.complexion import smoothstep
from studio.shot.groom.scalp import Obstacles, Roots
from studio.shot.groom.strands import clump, cut_below, stray, tangent, unit, wander
from studio.shot.head import Head
from studio.specs.appearance import Hair


@dataclass(frozen=True)
class Comb:
    """What every style works with."""

    head: Head
    roots: Roots
    around: Obstacles
    hair: Hair
    rng: np.random.Generator
    down: np.ndarray  # gravity in head axes, (3,)

    @property
    def azimuth_deg(self) -> np.ndarray:
        """Of the roots around the skull, 0 in front, 180 behind, negative on the subject's right, (N,)."""
        offset = self.roots.points - self.head.centre
        return np.degrees(np.arctan2(offset[:, 0], -offset[:, 1]))


def ponytail(comb: Comb) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Combed back, gathered high on the back of the head, falling from the tie."""
    tie = np.array([0.0, comb.head.back + 0.006, 0.042])
    lengths = (comb.hair.length_cm or 34.0) / 100
    count, rng = len(comb.roots), comb.rng
    offsets = unit(rng.normal(size=(count, 3))) * 0.0085 * np.sqrt(rng.random(count))[:, None] * [1, 0.6, 1]
    drawn = _gather(comb, tie, offsets, 26)
    noise = wander(comb.roots.points, 45, rng)
    direction = unit(np.array([0, 1.0, 0.25]) + 0.10 * noise + 22 * offsets * [1, 0, 1])
    length = np.clip(lengths * (1 + 0.10 * noise[:, 0] + 0.07 * rng.normal(size=count)), 0.4 * lengths, 1.2 * lengths)
    current, tail = drawn[:, -1].copy(), []
    steps = 30
    for k in range(1, steps):
        fall = 0.05 + 0.24 * min(1.0, k / 7)
        spread = 0.35 * offsets / 0.0085 * np.exp(-k / 4.0) * 0.12
        direction = unit(direction + comb.down * fall + 0.010 * noise * np.sin(0.3 * k + 4 * noise[:, :1]) + spread)
        current = current + direction * (length / steps)[:, None]
        current, direction, _ = comb.around.push_out(current, direction, 0.007)
        tail.append(current.copy())
    strands = np.concatenate([drawn, np.stack(tail, axis=1)], axis=1)
    clump(strands, offsets * 8 + comb.roots.points * 0.12, clumps=520, pull=0.45, power=1.5, rng=rng, start=26)
    _comb_lines(strands, comb.roots.points, 26, rng)
    return strands, {"tie": _ring(tie, 0.0105, comb)}


def bun(comb: Comb) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Combed back and wound into a knot."""
    axis = unit(np.array([0.0, 1.0, 0.38]))
    knot = np.array([0.0, comb.head.back + 0.001, 0.058])
    count, rng = len(comb.roots), comb.rng
    offsets = unit(rng.normal(size=(count, 3))) * 0.012 * np.sqrt(rng.random(count))[:, None]
    drawn = _gather(comb, knot, offsets, 26)
    _comb_lines(drawn, comb.roots.points, 26, rng)
    first = unit(np.cross(axis, [1.0, 0, 0]))
    second = np.cross(axis, first)
    number, turn = int(count * 0.6), np.linspace(0, 1, 44)
    # three locks wound one over the other: strands of a lock run together, so the knot shows its winding
    lock = rng.integers(0, 5, number)
    start = lock * 1.27 + rng.normal(0, 0.10, number)
    turns = 0.95 + 0.10 * lock + rng.normal(0, 0.03, number)
    angle = start[:, None] + 2 * np.pi * turns[:, None] * turn
    layer = 0.0175 + 0.0035 * (lock % 3)
    tube_angle = rng.uniform(0, 2 * np.pi, number)
    tube = 0.0082 * np.sqrt(rng.uniform(0.35, 1, number))
    twist = tube_angle[:, None] + 2.6 * turn * turns[:, None]
    radius = layer[:, None] + tube[:, None] * np.cos(twist)
    height = 0.010 + 0.004 * (lock[:, None] % 2) + tube[:, None] * np.sin(twist) * 1.25 + 0.005 * np.sin(angle + lock[:, None])
    centre = knot + axis * 0.010
    coil = centre + radius[..., None] * (np.cos(angle)[..., None] * first + np.sin(angle)[..., None] * second) + height[..., None] * axis
    return drawn, {"coil": coil}


def _gather(comb: Comb, target: np.ndarray, offsets: np.ndarray, steps: int) -> np.ndarray:
    """Strands drawn over the skull to a tie: along the surface, a little lifted, straight for the last centimetres."""
    roots, rng = comb.roots, comb.rng
    noise = wander(roots.points, 45, rng)
    far = np.linalg.norm(target - roots.points, axis=1)
    lift = 0.0004 + 0.0020 * rng.random(len(roots)) ** 1.5 * smoothstep(0.0, 0.05, far) * comb.hair.volume
    direction, current = tangent(target - roots.points, roots.normals), roots.points.copy()
    points = [roots.points - roots.normals * 0.0008]
    for k in range(1, steps):
        left = steps - k
        to_tie = target + offsets - current
        distance = np.linalg.norm(to_tie, axis=1)
        _, _, normals = comb.around.push_out(current, direction, 0.0)
        hug = np.clip(distance / 0.02 - 1, 0, 1)
        along = unit(to_tie - normals * ((to_tie * normals).sum(axis=1) * hug)[:, None])
        direction = unit(0.45 * direction + along + 0.02 * noise * np.sin(0.4 * k + 3 * noise[:, :1]))
        direction = np.where((distance < 0.015)[:, None], unit(to_tie), direction)
        current = current + direction * np.minimum(np.maximum(distance / left * 1.06, 1e-5), distance)[:, None]
        if k < steps - 1:
            margin = lift * min(1.0, k / 4) * np.clip(distance / 0.03, 0.15, 1) + 0.0006
            current = comb.around.lay(current, margin, np.clip(distance / 0.03 - 0.5, 0, 1))
        points.append(current.copy())
    return np.stack(points, axis=1)


def _comb_lines(strands: np.ndarray, keys: np.ndarray, end: int, rng: np.random.Generator) -> None:
    """The lines that a comb leaves in hair that is drawn back."""
    part = strands[:, :end].copy()
    clump(part, keys, clumps=1300, pull=0.40, power=0.7, rng=rng)
    fade = np.linspace(1, 0, end)[None, :, None] ** 0.5
    strands[:, :end] = part * fade + strands[:, :end] * (1 - fade)


def _ring(centre: np.ndarray, radius: float, comb: Comb) -> np.ndarray:
    """A closed polyline around a tail just behind its tie, for an elastic band."""
    angle = np.linspace(0, 2 * np.pi, 40)
    return centre + np.array([0, 0.006, 0.001]) + radius * np.stack([np.cos(angle), 0.25 * np.sin(angle), np.sin(angle)], axis=1)


def crop(comb: Comb) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Short at the sides and the nape, longer on top, brushed forward and to one side from a whorl at the crown."""
    roots, rng, head = comb.roots, comb.rng, comb.head
    count, q = len(roots), roots.points
    top_m = (comb.hair.length_cm or 4.2) / 100
    noise, fine = wander(q, 45, rng), wander(q, 220, rng)
    upper = smoothstep(0.030, 0.088, q[:, 2])  # a soft fade from the sides to the top
    frontal = smoothstep(0.03, -0.05, q[:, 1] - head.centre[1])
    length = 0.0065 + (top_m * 0.72 - 0.0065) * upper + top_m * 0.35 * upper * frontal
    nape = smoothstep(0.02, -0.05, q[:, 2]) * smoothstep(0.02, 0.06, q[:, 1] - head.centre[1])
    length = length * (1 - 0.45 * nape) * np.clip(1 + 0.14 * noise[:, 0] + 0.10 * rng.normal(size=count), 0.45, 1.5)
    whorl = np.array([0.012, head.back - 0.035])
    around = q[:, :2] - whorl
    outward = unit(np.c_[around, np.zeros(count)])
    swirl = np.c_[-outward[:, 1], outward[:, 0], np.zeros(count)]
    to_side = np.sign(comb.hair.part_cm or 1.0) * -1.0
    forward = np.c_[np.full(count, 0.40 * to_side), np.full(count, -1.0), np.zeros(count)]
    near_whorl = np.exp(-((np.linalg.norm(around, axis=1) / 0.03) ** 2))[:, None]
    downward = np.c_[np.zeros(count), np.full(count, 0.30), np.full(count, -1.0)]
    wanted = upper[:, None] * ((1 - near_whorl) * forward + near_whorl * (outward + 0.8 * swirl)) + (1 - upper[:, None]) * downward
    along = tangent(wanted, roots.normals)
    lift = (0.45 + 0.75 * upper * (0.6 + 0.4 * frontal) * comb.hair.volume)[:, None]
    direction, current = unit(roots.normals * lift + along * 0.85 + 0.22 * noise + 0.14 * fine), q.copy()
    steps = 12
    points = [q - roots.normals * 0.0006]
    for k in range(1, steps):
        bend = 0.16 + 0.06 * upper[:, None]
        direction = unit(direction + along * bend + comb.down * 0.06 * upper[:, None] + 0.05 * fine * np.sin(0.6 * k + 3 * noise[:, :1]))
        current = current + direction * (length / (steps - 1))[:, None]
        current, direction, _ = comb.around.push_out(current, direction, 0.0004 + 0.0010 * k / steps)
        points.append(current.copy())
    strands = np.stack(points, axis=1)
    clump(strands, q, clumps=3200, pull=0.50, power=1.3, rng=rng)
    clump(strands, q, clumps=700, pull=0.22, power=1.6, rng=rng)
    return strands, {}


def bob(comb: Comb) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Parted at the side, cut level with the chin."""
    return _hanging(comb, cut=-(comb.hair.length_cm or 12.5) / 100, steps=28, reach=0.36, long=False), {}


def long(comb: Comb) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Parted, falling behind the shoulders."""
    return _hanging(comb, cut=-(comb.hair.length_cm or 33.0) / 100, steps=36, reach=0.62, long=True), {}


def _hanging(comb: Comb, *, cut: float, steps: int, reach: float, long: bool) -> np.ndarray:
    """Hair that is parted and hangs. cut: height of the ends relative to the eyes [m]. reach: length that is grown [m]."""
    roots, rng, head, q = comb.roots, comb.rng, comb.head, comb.roots.points
    count = len(roots)
    part = comb.hair.part_cm / 100
    behind = smoothstep(-0.005, 0.035, q[:, 1] - head.centre[1])  # the parting ends at the crown
    wobble = 0.0011 * rng.normal(size=count) + 0.0012 * np.sin(q[:, 1] * 300)
    side = np.where(q[:, 0] > part + wobble, 1.0, -1.0)
    noise, fine = wander(q, 45, rng), wander(q, 220, rng)
    azimuth = np.abs(comb.azimuth_deg)
    frontal = np.clip(1 - azimuth / 85, 0, 1)
    along = _parted(q, side, part, frontal, behind, head, rng)
    along = tangent(along, roots.normals)
    direction = unit(roots.normals * 0.42 + along + 0.10 * noise + 0.05 * fine)
    height = np.clip((q[:, 2] + 0.06) / (head.top + 0.06), 0, 1)
    margin = (0.002 + 0.0085 * comb.hair.volume * height**1.3) * rng.uniform(0.25, 1, count)
    step = np.full(count, reach / steps)
    current, points = q.copy(), [q - roots.normals * 0.0008]
    for k in range(1, steps):
        fall = 0.20 + 0.34 * min(1.0, k / 7)
        backward = np.c_[side * 0.10 * (1 - behind), np.where(frontal > 0.2, 0.85, 0.15), np.zeros(count)] * np.exp(-(((k - 3) / 5) ** 2))
        memory = 1.0 if k < 3 else 0.82
        direction = unit(direction * memory + comb.down * fall + 0.10 * backward + 0.012 * noise * np.sin(0.35 * k + 3 * noise[:, :1]))
        if not long and k > 10:  # the ends of a bob turn in
            inward = np.c_[-current[:, 0], -(current[:, 1] - head.centre[1] - 0.005), np.zeros(count)]
            direction = unit(direction + 0.09 * smoothstep(cut + 0.08, cut, current[:, 2])[:, None] * unit(inward))
        current = current + direction * step[:, None]
        free = margin * min(1.0, k / 4) if k < 10 else np.minimum(margin + 0.004 * smoothstep(0, 0.5, 1 - height), 0.012) + 0.002
        current, direction, _ = comb.around.push_out(current, direction, free)
        if k > 2:
            current = _off_the_face(current, q, side, azimuth, head, rng, long=long)
        points.append(current.copy())
    strands = np.stack(points, axis=1)
    keep = ~_crosses_face(strands, head)
    strands, q, noise, side, behind = strands[keep], q[keep], noise[keep], side[keep], behind[keep]
    ragged = 0.012 * noise[:, 0] * (1.0 if long else 0.25) + rng.normal(0, 0.006 if long else 0.0018, len(q))
    back = q[:, 1] - head.centre[1]
    shape = -0.10 * smoothstep(0.0, 0.11, back) if long else 0.012 * smoothstep(0, 0.1, back)
    strands = cut_below(strands, cut + ragged + shape)
    keys = np.c_[q, side * 0.05 * (1 - behind)]  # strands from both sides of the parting never share a clump
    clump(strands, keys, clumps=1400 if long else 1100, pull=0.62, power=1.6, rng=rng)
    clump(strands, keys, clumps=170, pull=0.22, power=1.4, rng=rng)
    flat = strands[:, 3:].reshape(-1, 3)  # clumps cut corners through shoulders
    strands[:, 3:] = comb.around.push_out(flat, np.zeros_like(flat), 0.0015)[0].reshape(len(strands), -1, 3)
    return strands


def _parted(
    q: np.ndarray, side: np.ndarray, part: float, frontal: np.ndarray, behind: np.ndarray, head: Head, rng: np.random.Generator
) -> np.ndarray:
    """Where a comb leads from the roots: away from the parting and back in front, down behind the crown."""
    zero = np.zeros(len(q))
    from_part = smoothstep(0.0, 0.07, np.abs(q[:, 0] - part))
    front = np.c_[side * (1 - 0.25 * (1 - frontal)), 0.30 + 0.75 * frontal * from_part + 0.25 * (1 - frontal), zero - 0.15]
    fan = np.clip(q[:, 0] - part * (1 - behind), -0.05, 0.05) * 14 + 0.15 * rng.normal(size=len(q))
    back = np.c_[fan, zero + 0.45, zero - 0.75]
    return front * (1 - behind[:, None]) + back * behind[:, None]


def _off_the_face(
    points: np.ndarray, q: np.ndarray, side: np.ndarray, azimuth: np.ndarray, head: Head, rng: np.random.Generator, *, long: bool
) -> np.ndarray:
    """Hold strands beside the face, behind the ears and the neck, and within the width of the shoulders; small steps at a time."""
    x, y, z = points.T
    zero = np.zeros(len(points))
    centre_y = head.centre[1]
    face = (y < centre_y - 0.012) & (z < 0.05) & (z > -0.16)
    room = np.where(face, 0.066 - 0.010 * smoothstep(-0.02, -0.10, z) - np.abs(x), 0)
    room = np.clip(room, 0, 0.004)
    moved = points + np.c_[side * room, room * 0.6, zero]
    from_back = azimuth > (88 if long else 60)
    low = np.where(from_back, smoothstep(-0.03, -0.08, z), smoothstep(-0.085, -0.15, z))
    own_side = np.where(from_back, np.where(np.abs(q[:, 0]) > 0.02, np.sign(q[:, 0]), side), side)
    behind_neck = np.where(from_back | long, np.clip(head.nape + 0.022 - y, 0, 0.015), 0.0)
    beside = np.where(from_back | long, 0, np.clip(0.050 - np.abs(x) * np.where(x * own_side > 0, 1, -1), 0, 0.005))
    narrow = np.sign(x) * np.clip(np.abs(x) - 0.075, 0, 0.0035) * smoothstep(-0.02, -0.09, z)
    return moved + np.c_[own_side * beside * low - narrow, behind_neck * low, zero]


def _crosses_face(strands: np.ndarray, head: Head) -> np.ndarray:
    """Strands that would hang over the throat or the face, (N,), bool; a hairdresser would pin them."""
    x, y, z = np.abs(strands[..., 0]), strands[..., 1], strands[..., 2]
    throat = (z < -0.10) & (x < 0.05) & (y < head.nape - 0.01)
    face = (z < 0.02) & (z > -0.1) & (x < 0.055) & (y < head.centre[1] - 0.03)
    return (throat | face).any(axis=1)


STYLES: dict[str, Callable[[Comb], tuple[np.ndarray, dict[str, np.ndarray]]]] = {
    "ponytail": ponytail, "bun": bun, "crop": crop, "bob": bob, "long": long,
}  # fmt: skip

#: How far stray hairs of a style leave the others [m].
STRAY_M = {"ponytail": 0.006, "bun": 0.005, "crop": 0.003, "bob": 0.010, "long": 0.010}


def style(comb: Comb) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Grow the style that the hair asks for. Returns strands (N, K, 3) and extra parts: ``coil`` strands, ``tie`` polyline."""
    strands, extra = STYLES[comb.hair.style](comb)
    if comb.hair.style in ("ponytail", "bun"):
        drawn = strands[:, :26].copy()
        stray(drawn, share=comb.hair.flyaways, reach_m=STRAY_M[comb.hair.style], rng=comb.rng)
        blend = np.sin(np.linspace(0, np.pi, 26))[None, :, None]  # both ends stay: the root, and the tie
        strands[:, :26] += (drawn - strands[:, :26]) * blend
    else:
        stray(strands, share=comb.hair.flyaways, reach_m=STRAY_M[comb.hair.style], rng=comb.rng)
    fuzz = np.linspace(0, 1, strands.shape[1])[None, :, None]
    strands += comb.rng.normal(size=(len(strands), 1, 3)) * 0.0004 * fuzz
    return strands, extra
